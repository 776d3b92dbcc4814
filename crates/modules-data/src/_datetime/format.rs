//! Texts of dates and times: ISO 8601, and `strftime`.

use std::ffi::CString;

use orochi_host::clock::{self, BrokenDown};
use orochi_objects::{Attached, PyResult, Value, attr, dict, protocol, str, tuple};
use orochi_text::Wtf8Buf;
use orochi_text::wtf8::CodePoint;

use super::calendar::{self, SECOND};
use super::fields::{Hms, Ymd, word};
use super::tzinfo;

fn digit(n: u32) -> char {
    char::from(b'0' + (n % 10) as u8)
}

/// Two digits.
pub fn push2(text: &mut String, n: u32) {
    text.push(digit(n / 10));
    text.push(digit(n));
}
/// Four digits.
pub fn push4(text: &mut String, n: u32) {
    push2(text, n / 100);
    push2(text, n);
}
/// Six digits.
pub fn push6(text: &mut String, n: u32) {
    push2(text, n / 10_000);
    push4(text, n);
}

/// `YYYY-MM-DD`.
pub fn push_date(text: &mut String, day: Ymd) {
    push4(text, u32::from(day.year));
    text.push('-');
    push2(text, u32::from(day.month));
    text.push('-');
    push2(text, u32::from(day.day));
}

/// How much of a time `isoformat` writes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Timespec {
    /// Microseconds if there are any.
    Auto,
    /// `HH`.
    Hours,
    /// `HH:MM`.
    Minutes,
    /// `HH:MM:SS`.
    Seconds,
    /// `HH:MM:SS.mmm`.
    Milliseconds,
    /// `HH:MM:SS.mmmmmm`.
    Microseconds,
}

/// The `timespec` argument, the `position`th of `isoformat`.
pub fn timespec(t: Attached<'_>, v: &Value, position: usize) -> PyResult<Timespec> {
    let Some(v) = v.given() else { return Ok(Timespec::Auto) };
    if !str::is_str(v) {
        return Err(t.type_error(format!("isoformat() argument {position} must be str, not {}", word(t, v))));
    }
    Ok(match str::utf8(v) {
        Some("auto") => Timespec::Auto,
        Some("hours") => Timespec::Hours,
        Some("minutes") => Timespec::Minutes,
        Some("seconds") => Timespec::Seconds,
        Some("milliseconds") => Timespec::Milliseconds,
        Some("microseconds") => Timespec::Microseconds,
        _ => return Err(t.value_error("Unknown timespec value")),
    })
}

/// `HH:MM:SS.mmmmmm`, as far as `spec` says.
pub fn push_time(text: &mut String, time: Hms, spec: Timespec) {
    let spec = match spec {
        Timespec::Auto if time.micros == 0 => Timespec::Seconds,
        Timespec::Auto => Timespec::Microseconds,
        spec => spec,
    };
    push2(text, u32::from(time.hour));
    if spec == Timespec::Hours {
        return;
    }
    text.push(':');
    push2(text, u32::from(time.minute));
    if spec == Timespec::Minutes {
        return;
    }
    text.push(':');
    push2(text, u32::from(time.second));
    match spec {
        Timespec::Milliseconds => {
            let millis = time.micros / 1000;
            text.push('.');
            text.push(digit(millis / 100));
            push2(text, millis);
        }
        Timespec::Microseconds => {
            text.push('.');
            push6(text, time.micros);
        }
        _ => {}
    }
}

/// `+HH:MM`, with seconds and microseconds only if there are any.
pub fn push_offset(text: &mut String, micros: i64, separator: &::core::primitive::str) {
    text.push(if micros < 0 { '-' } else { '+' });
    let n = micros.unsigned_abs();
    let seconds = (n / SECOND as u64) as u32;
    push2(text, seconds / 3600);
    text.push_str(separator);
    push2(text, seconds / 60 % 60);
    let rest = (n % SECOND as u64) as u32;
    if !seconds.is_multiple_of(60) || rest != 0 {
        text.push_str(separator);
        push2(text, seconds % 60);
        if rest != 0 {
            text.push('.');
            push6(text, rest);
        }
    }
}

/// A module, imported if it is not there yet.
pub fn import(t: Attached<'_>, name: &::core::primitive::str) -> PyResult {
    let modules = t.interpreter().modules.load();
    if dict::as_dict(&modules).is_some()
        && let Some(module) = dict::get_by_name(t, &modules, name)
        && !module.is_none()
    {
        return Ok(module);
    }
    protocol::call(t, &protocol::builtin(t, "__import__")?, &[str::intern(t, name)])
}

/// A `time.struct_time`.
pub fn struct_time(t: Attached<'_>, day: Ymd, time: Hms, isdst: i64) -> PyResult {
    let ordinal = day.ordinal();
    let of_year = ordinal - calendar::ordinal(i64::from(day.year), 1, 1) + 1;
    let items = [
        i64::from(day.year),
        i64::from(day.month),
        i64::from(day.day),
        i64::from(time.hour),
        i64::from(time.minute),
        i64::from(time.second),
        calendar::weekday(ordinal),
        of_year,
        isdst,
    ]
    .map(|n| orochi_objects::int::new(t, n));
    let class = attr::get_by_name(t, &import(t, "time")?, "struct_time")?;
    protocol::call(t, &class, &[tuple::from_slice(t, &items)])
}

/// What `strftime` writes about.
pub struct Moment<'a> {
    /// The day.
    pub day: Ymd,
    /// The time of day.
    pub time: Hms,
    /// The zone, or None.
    pub zone: &'a Value,
    /// What the zone is asked about: the datetime, or None.
    pub at: &'a Value,
}

/// The text of `v` as `format` says. What depends on no locale is written here, the rest by the C library.
pub fn strftime(t: Attached<'_>, format: &Value, moment: &Moment<'_>) -> PyResult {
    let Some(format) = str::as_str(format) else {
        return Err(t.type_error(format!("strftime() argument 1 must be str, not {}", word(t, format))));
    };
    let mut writer = Writer { moment, out: Wtf8Buf::new(), run: String::new(), foreign: false };
    let mut chars = format.wtf8().chars();
    while let Some(c) = chars.next() {
        if c != CodePoint::from('%') {
            writer.literal(t, c)?;
            continue;
        }
        match chars.next().map(|c| (c, char::from_u32(c.to_u32()))) {
            None => writer.foreign("%"),
            Some((_, Some(':'))) => match chars.next() {
                Some(c) if c == CodePoint::from('z') => writer.offset(t, ":")?,
                other => {
                    writer.foreign("%:");
                    if let Some(c) = other {
                        writer.literal(t, c)?;
                    }
                }
            },
            Some((_, Some('z'))) => writer.offset(t, "")?,
            Some((_, Some('Z'))) => writer.name(t)?,
            Some((c, Some(letter))) => {
                if !writer.own(letter) {
                    writer.foreign("%");
                    writer.literal(t, c)?;
                }
            }
            Some((c, None)) => {
                writer.foreign("%");
                writer.literal(t, c)?;
            }
        }
    }
    writer.flush(t)?;
    Ok(str::from_buf(t, writer.out))
}

struct Writer<'a> {
    moment: &'a Moment<'a>,
    out: Wtf8Buf,
    /// What goes through the C library together.
    run: String,
    /// Whether the run has directives for the C library.
    foreign: bool,
}

impl Writer<'_> {
    /// A character; NUL and surrogates do not go through C.
    fn literal(&mut self, t: Attached<'_>, c: CodePoint) -> PyResult<()> {
        match char::from_u32(c.to_u32()) {
            Some(c) if c != '\0' => self.run.push(c),
            _ => {
                self.flush(t)?;
                self.out.push(c);
            }
        }
        Ok(())
    }
    fn foreign(&mut self, text: &::core::primitive::str) {
        self.foreign = true;
        self.run.push_str(text);
    }
    /// Writes the directive if it is one that the C library is not needed for.
    fn own(&mut self, letter: char) -> bool {
        let Moment { day, time, .. } = *self.moment;
        let year = u32::from(day.year);
        let run = &mut self.run;
        match letter {
            'Y' => push4(run, year),
            'm' => push2(run, u32::from(day.month)),
            'd' => push2(run, u32::from(day.day)),
            'H' => push2(run, u32::from(time.hour)),
            'M' => push2(run, u32::from(time.minute)),
            'S' => push2(run, u32::from(time.second)),
            'f' => push6(run, time.micros),
            'F' => push_date(run, day),
            'T' => push_time(run, Hms { micros: 0, ..time }, Timespec::Seconds),
            'C' => push2(run, year / 100),
            'y' => push2(run, year % 100),
            'G' => push4(run, calendar::iso_week(day.ordinal()).0.clamp(0, 9999) as u32),
            'j' => {
                let n = calendar::day_of_year(i64::from(day.year), i64::from(day.month), i64::from(day.day)) as u32;
                run.push(digit(n / 100));
                push2(run, n);
            }
            _ => return false,
        }
        true
    }
    fn offset(&mut self, t: Attached<'_>, separator: &::core::primitive::str) -> PyResult<()> {
        if let Some(micros) = tzinfo::utcoffset(t, self.moment.zone, self.moment.at)? {
            push_offset(&mut self.run, micros, separator);
        }
        Ok(())
    }
    fn name(&mut self, t: Attached<'_>) -> PyResult<()> {
        let name = tzinfo::tzname(t, self.moment.zone, self.moment.at)?;
        if name.is_none() {
            return Ok(());
        }
        if !str::is_exact_str(&name) {
            // A subclass escapes the name itself.
            let percent = [str::new(t, "%"), str::new(t, "%%")];
            let escaped = protocol::call_method(t, &name, &str::intern(t, "replace"), &percent)?;
            let Some(escaped) = str::as_str(&escaped) else {
                return Err(t.type_error("tzname.replace() did not return a string"));
            };
            self.foreign = true;
            self.make_room(t, escaped.bytes().len())?;
            for c in escaped.wtf8().chars() {
                self.literal(t, c)?;
                self.foreign = true;
            }
            return Ok(());
        }
        let Some(name) = str::as_str(&name) else { return Ok(()) };
        self.make_room(t, name.bytes().len())?;
        for c in name.wtf8().chars() {
            if c == CodePoint::from('%') {
                self.foreign("%%");
            } else {
                self.literal(t, c)?;
            }
        }
        Ok(())
    }
    /// A zone's name may be long, and be wanted many times.
    fn make_room(&mut self, t: Attached<'_>, bytes: usize) -> PyResult<()> {
        let room = bytes.checked_mul(2).ok_or_else(|| t.memory_error())?;
        self.run.try_reserve(room).map_err(|_| t.memory_error())
    }
    fn flush(&mut self, t: Attached<'_>) -> PyResult<()> {
        let run = std::mem::take(&mut self.run);
        self.out.try_reserve(run.len()).map_err(|_| t.memory_error())?;
        if !std::mem::take(&mut self.foreign) {
            self.out.push_str(&run);
            return Ok(());
        }
        let Ok(format) = CString::new(run) else { return Ok(()) };
        let text = clock::strftime(&format, &broken_down(self.moment)).map_err(|_| t.memory_error())?;
        self.out.push_wtf8(&Wtf8Buf::from_system(&text));
        Ok(())
    }
}

fn broken_down(moment: &Moment<'_>) -> BrokenDown {
    let Moment { day, time, .. } = *moment;
    let (year, month, of_month) = (i64::from(day.year), i64::from(day.month), i64::from(day.day));
    BrokenDown {
        year: i32::from(day.year) - 1900,
        month: i32::from(day.month) - 1,
        mday: i32::from(day.day),
        hour: i32::from(time.hour),
        min: i32::from(time.minute),
        sec: i32::from(time.second),
        wday: ((calendar::weekday(day.ordinal()) + 1) % 7) as i32,
        yday: (calendar::day_of_year(year, month, of_month) - 1) as i32,
        isdst: -1,
        ..BrokenDown::default()
    }
}

/// `Mon Jan  1 00:00:00 2001`.
pub fn ctime(t: Attached<'_>, day: Ymd, time: Hms) -> PyResult {
    let name = calendar::DAYS[calendar::weekday(day.ordinal()) as usize];
    let month = calendar::MONTHS.get(usize::from(day.month).wrapping_sub(1)).copied().unwrap_or("???");
    let Ymd { day: of_month, year, .. } = day;
    let Hms { hour, minute, second, .. } = time;
    Ok(str::from_string(t, format!("{name} {month} {of_month:2} {hour:02}:{minute:02}:{second:02} {year:04}")))
}
