//! Arguments of the constructors: binding by position and name without copies, and the checks of the fields.

use orochi_objects::type_::{class_of, type_name};
use orochi_objects::{Args, Attached, PyResult, Value, int, protocol, str};

use super::calendar::{self, MAX_YEAR};
use super::tzinfo;

/// How messages call the constructors of dates and times.
pub const FIELDS: &::core::primitive::str = "function";

/// What stands for each of the parameters; the first `positional` of them can be given by position, the first
/// `required` must be there. `function` is how the messages call the callee.
pub fn bind<'a, const N: usize>(
    t: Attached<'_>,
    function: &::core::primitive::str,
    names: &[&::core::primitive::str; N],
    (required, positional): (usize, usize),
    args: Args<'a>,
) -> PyResult<[Option<&'a Value>; N]> {
    let mut bound = [None; N];
    let given = args.positional();
    let s = |n: usize| if n == 1 { "" } else { "s" };
    if args.all().len() > N {
        let word = if given.is_empty() { "keyword " } else { "" };
        let message = format!("{function} takes at most {N} {word}argument{} ({} given)", s(N), args.all().len());
        return Err(t.type_error(message));
    }
    if given.len() > positional {
        let message =
            format!("{function} takes at most {positional} positional argument{} ({} given)", s(positional), given.len());
        return Err(t.type_error(message));
    }
    for (to, v) in bound.iter_mut().zip(given) {
        *to = Some(v);
    }
    let mut wrong = None;
    for (name, v) in args.keywords() {
        let text = str::utf8(name);
        match names.iter().position(|&n| text == Some(n)) {
            None => {
                let this = if function == FIELDS { "this " } else { "" };
                let text = str::display(name);
                wrong.get_or_insert_with(|| format!("{this}{function} got an unexpected keyword argument '{text}'"));
            }
            Some(i) if bound[i].is_some() => {
                let text = names[i];
                wrong.get_or_insert_with(|| {
                    format!("argument for {function} given by name ('{text}') and position ({})", i + 1)
                });
            }
            Some(i) => bound[i] = Some(v),
        }
    }
    if let Some(i) = bound.iter().take(required).position(Option::is_none) {
        if function == FIELDS {
            // Fields of a date: those in front are looked at before a missing one is noticed.
            for v in bound[..i].iter().flatten() {
                int_of(t, v)?;
            }
        }
        return Err(t.type_error(format!("{function} missing required argument '{}' (pos {})", names[i], i + 1)));
    }
    match wrong {
        Some(message) => Err(t.type_error(message)),
        None => Ok(bound),
    }
}

/// The same for a method, self in front, where nothing is wrong; else the arguments are to be bound as usual.
pub fn bind_named<'a, const N: usize>(
    args: Args<'a>,
    names: &[&::core::primitive::str; N],
    positional: usize,
) -> Option<(&'a Value, [Option<&'a Value>; N])> {
    let mut bound = [None; N];
    let (this, given) = args.positional().split_first()?;
    if given.len() > positional {
        return None;
    }
    for (to, v) in bound.iter_mut().zip(given) {
        *to = Some(v);
    }
    for (name, v) in args.keywords() {
        let text = str::utf8(name)?;
        let to = bound.get_mut(names.iter().position(|&n| n == text)?)?;
        if to.replace(v).is_some() {
            return None;
        }
    }
    Some((this, bound))
}

/// An int of 32 bits.
pub fn int_of(t: Attached<'_>, v: &Value) -> PyResult<i64> {
    let n = match int::as_i64(v) {
        Some(n) => n,
        None => match int::as_i64(&protocol::as_index(t, v)?) {
            Some(n) => n,
            None => return Err(t.overflow_error("Python int too large to convert to C long")),
        },
    };
    match i32::try_from(n) {
        Ok(n) => Ok(i64::from(n)),
        Err(_) if n > 0 => Err(t.overflow_error("signed integer is greater than maximum")),
        Err(_) => Err(t.overflow_error("signed integer is less than minimum")),
    }
}

/// A field that may be left out or given.
pub fn int_or(t: Attached<'_>, v: Option<&Value>, default: i64) -> PyResult<i64> {
    v.map_or(Ok(default), |v| int_of(t, v))
}

/// The fields of a date.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Ymd {
    /// 1 to 9999.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// From 1.
    pub day: u8,
}

impl Ymd {
    /// Fields that were checked.
    pub fn of_valid((year, month, day): (i64, i64, i64)) -> Ymd {
        Ymd { year: year as u16, month: month as u8, day: day as u8 }
    }
    /// ValueError for what is no date.
    pub fn check(t: Attached<'_>, year: i64, month: i64, day: i64) -> PyResult<Ymd> {
        check_year(t, year)?;
        if !(1..=12).contains(&month) {
            return Err(t.value_error(format!("month must be in 1..12, not {month}")));
        }
        let last = calendar::days_in_month(year, month);
        if !(1..=last).contains(&day) {
            let message = format!("day {day} must be in range 1..{last} for month {month} in year {year}");
            return Err(t.value_error(message));
        }
        Ok(Ymd::of_valid((year, month, day)))
    }
    /// The date of a day number; OverflowError outside the years.
    pub fn of_ordinal(t: Attached<'_>, ordinal: i64) -> PyResult<Ymd> {
        if !(1..=calendar::MAX_ORDINAL).contains(&ordinal) {
            return Err(t.overflow_error("date value out of range"));
        }
        Ok(Ymd::of_valid(calendar::civil(ordinal)))
    }
    /// The day number.
    pub fn ordinal(self) -> i64 {
        calendar::ordinal(i64::from(self.year), i64::from(self.month), i64::from(self.day))
    }
}

/// ValueError for a year outside 1..9999.
pub fn check_year(t: Attached<'_>, year: i64) -> PyResult<()> {
    if (1..=MAX_YEAR).contains(&year) {
        return Ok(());
    }
    Err(t.value_error(format!("year must be in 1..9999, not {year}")))
}

/// The fields of a time of day.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub struct Hms {
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
    /// 0 to 999,999.
    pub micros: u32,
}

impl Hms {
    /// ValueError for what is no time.
    pub fn check(t: Attached<'_>, hour: i64, minute: i64, second: i64, micros: i64) -> PyResult<Hms> {
        let fault = |name: &str, last: i64, n: i64| Err(t.value_error(format!("{name} must be in 0..{last}, not {n}")));
        if !(0..=23).contains(&hour) {
            return fault("hour", 23, hour);
        }
        if !(0..=59).contains(&minute) {
            return fault("minute", 59, minute);
        }
        if !(0..=59).contains(&second) {
            return fault("second", 59, second);
        }
        if !(0..=999_999).contains(&micros) {
            return fault("microsecond", 999_999, micros);
        }
        Ok(Hms { hour: hour as u8, minute: minute as u8, second: second as u8, micros: micros as u32 })
    }
    /// The time that many microseconds (less than a day's) after midnight.
    pub fn of_micros(micros: i64) -> Hms {
        let seconds = micros / calendar::SECOND;
        Hms {
            hour: (seconds / 3600) as u8,
            minute: (seconds / 60 % 60) as u8,
            second: (seconds % 60) as u8,
            micros: (micros % calendar::SECOND) as u32,
        }
    }
    /// Seconds after midnight.
    pub fn seconds(self) -> i64 {
        i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second)
    }
    /// Microseconds after midnight.
    pub fn total(self) -> i64 {
        self.seconds() * calendar::SECOND + i64::from(self.micros)
    }
}

/// `fold`: 0, or 1; 0 where it is left out.
pub fn check_fold(t: Attached<'_>, n: Option<i64>) -> PyResult<u8> {
    match n {
        None | Some(0) => Ok(0),
        Some(1) => Ok(1),
        Some(n) => Err(t.value_error(format!("fold must be either 0 or 1, not {n}"))),
    }
}

/// A time zone argument: None or a tzinfo.
pub fn zone(t: Attached<'_>, v: &Value) -> PyResult<()> {
    if v.is_none() || tzinfo::TZINFO.check(t, v) {
        return Ok(());
    }
    let name = class_of(t, v).name_text();
    Err(t.type_error(format!("tzinfo argument must be None or of a tzinfo subclass, not type '{name}'")))
}

/// A time zone argument, None where it is left out.
pub fn zone_or_none(t: Attached<'_>, v: Option<&Value>) -> PyResult {
    match v {
        None => Ok(Value::none()),
        Some(v) => zone(t, v).map(|()| v.clone()),
    }
}

/// The bytes of a pickled state of `N` bytes, which Python 2 wrote as text; `sane` looks at the byte that tells a
/// state from other arguments.
pub fn pickled<const N: usize>(
    t: Attached<'_>,
    v: &Value,
    kind: &str,
    sane: impl Fn(&[u8; N]) -> bool,
) -> PyResult<Option<[u8; N]>> {
    if let Some(bytes) = orochi_objects::bytes::as_bytes(v) {
        return Ok(bytes.try_into().ok().filter(sane));
    }
    let Some(text) = str::as_str(v).filter(|s| s.char_len() == N) else { return Ok(None) };
    let mut state = [0u8; N];
    let mut latin = true;
    for (to, c) in state.iter_mut().zip(text.wtf8().chars()) {
        match u8::try_from(c.to_u32()) {
            Ok(byte) => *to = byte,
            // A byte that looks sane, so that only the telling one decides.
            Err(_) => latin = false,
        }
    }
    if !latin {
        let message = format!(
            "Failed to encode latin1 string when unpickling a {kind} object. pickle.load(data, encoding='latin1') is assumed."
        );
        // Text that is no state at all is refused by the fields' own checks.
        return if sane(&state) { Err(t.value_error(message)) } else { Ok(None) };
    }
    Ok(Some(state).filter(sane))
}

/// `'name' object` for messages of arguments.
pub fn word(t: Attached<'_>, v: &Value) -> String {
    if v.is_none() { "None".to_owned() } else { type_name(t, v) }
}
