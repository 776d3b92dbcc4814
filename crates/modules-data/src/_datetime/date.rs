//! `datetime.date`, and the body that it shares with its subclass `datetime.datetime`.

use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

use orochi_heap::Visit;
use orochi_objects::spec::flags;
use orochi_objects::{Args, Attached, CompareOp, Def, GetSet, Method, Payload, PyResult, TypeSpec, Value};
use orochi_objects::{bytes, dict, int, payload, protocol, str, tuple, type_};

use super::calendar::{self, IsoFault};
use super::fields::{self, Hms, Ymd, word};
use super::{datetime, format, iso, local, timedelta, week_date};

/// The body of a date or a datetime.
pub struct PyDate {
    /// The day.
    pub day: Ymd,
    /// The time of day; midnight for a date.
    pub time: Hms,
    /// Set once, by who makes the object.
    fold: AtomicU8,
    is_datetime: bool,
    /// A tzinfo, or None.
    pub zone: Value,
}

impl Payload for PyDate {
    payload!(PyDate, "date");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.value(&self.zone);
    }
}

impl PyDate {
    /// A date.
    pub fn of_day(day: Ymd) -> PyDate {
        PyDate { day, time: Hms::default(), fold: AtomicU8::new(0), is_datetime: false, zone: Value::none() }
    }
    /// A datetime.
    pub fn of_moment(day: Ymd, time: Hms, zone: Value, fold: u8) -> PyDate {
        PyDate { day, time, fold: AtomicU8::new(fold), is_datetime: true, zone }
    }
    /// 1 for the second of two equal wall clock readings.
    pub fn fold(&self) -> u8 {
        self.fold.load(Relaxed)
    }
    /// For the result of a subclass's constructor, which knows no fold.
    pub fn set_fold(&self, fold: u8) {
        self.fold.store(fold, Relaxed);
    }
    /// Microseconds from the day before day 1, on the wall clock.
    pub fn micros(&self) -> i64 {
        self.day.ordinal() * calendar::DAY + self.time.total()
    }
}

/// `datetime.date`.
pub static DATE: TypeSpec = TypeSpec::new::<PyDate>("datetime.date")
    .flags(flags::BASETYPE)
    .slots(&[
        Def::New(new),
        Def::Repr(repr),
        Def::Str(text),
        Def::Hash(hash),
        Def::Compare(compare),
        Def::Add(add),
        Def::Sub(sub),
    ])
    .methods(&[
        Method::class("fromtimestamp", "($type, timestamp, /)", fromtimestamp, "The local date of a POSIX timestamp."),
        Method::class("today", "($type, /)", today, "The local date now."),
        Method::class("fromordinal", "($type, ordinal, /)", fromordinal, "The date of a day number; 1 January of year 1 is day 1."),
        Method::class("fromisoformat", "($type, string, /)", fromisoformat, "The date that a text in ISO 8601 names."),
        Method::class("fromisocalendar", "($type, /, year, week, day)", fromisocalendar, "The date of an ISO year, week and day of the week."),
        Method::class("strptime", "($type, string, format, /)", strptime, "The date that a text in a format (as for time.strptime()) names."),
        Method::new("ctime", "($self, /)", ctime, "The date as C's ctime() writes it."),
        Method::new("strftime", "($self, /, format)", strftime, "The date in a format as of time.strftime()."),
        Method::new("__format__", "($self, format, /)", format_, "The date as strftime() writes it."),
        Method::new("isoformat", "($self, /)", isoformat, "The date as YYYY-MM-DD."),
        Method::new("isoweekday", "($self, /)", isoweekday, "The day of the week, 1 on Monday."),
        Method::new("isocalendar", "($self, /)", isocalendar, "A named tuple of ISO year, week and day of the week."),
        Method::new("timetuple", "($self, /)", timetuple, "A time tuple as time.localtime() gives."),
        Method::new("toordinal", "($self, /)", toordinal, "The day number; 1 January of year 1 is day 1."),
        Method::new("weekday", "($self, /)", weekday, "The day of the week, 0 on Monday."),
        Method::new("replace", "($self, /, year=unchanged, month=unchanged, day=unchanged)", replace, "The date with other fields.").named(replace_named),
        Method::new("__replace__", "($self, /, year=unchanged, month=unchanged, day=unchanged)", replace, "The same as replace().").named(replace_named),
        Method::new("__reduce__", "($self, /)", reduce, "__reduce__() -> (cls, state)"),
    ])
    .getset(&[
        GetSet::read("year", |t, v| Ok(int::new(t, i64::from(body(v).day.year))), ""),
        GetSet::read("month", |t, v| Ok(int::new(t, i64::from(body(v).day.month))), ""),
        GetSet::read("day", |t, v| Ok(int::new(t, i64::from(body(v).day.day))), ""),
    ])
    .extra(|t, class| {
        let namespace = type_::as_type(class).dict.load();
        let (first, last) = (Ymd::of_valid((1, 1, 1)), Ymd::of_valid((9999, 12, 31)));
        for (name, day) in [("min", first), ("max", last)] {
            dict::set_by_name(t, &namespace, name, DATE.alloc_for(t, class, PyDate::of_day(day))?);
        }
        dict::set_by_name(t, &namespace, "resolution", timedelta::make(t, i128::from(calendar::DAY))?);
        Ok(())
    })
    .doc("date(year, month, day) --> date object");

/// The body of a date or a datetime.
pub fn as_date(v: &Value) -> Option<&PyDate> {
    v.payload::<PyDate>()
}
/// The body of a datetime.
pub fn as_datetime(v: &Value) -> Option<&PyDate> {
    as_date(v).filter(|d| d.is_datetime)
}
fn as_plain(v: &Value) -> Option<&PyDate> {
    as_date(v).filter(|d| !d.is_datetime)
}
/// The body of self.
pub fn body(v: &Value) -> &PyDate {
    match as_date(v) {
        Some(d) => d,
        None => unreachable!("slots and methods are called with their own type"),
    }
}

/// A date of the class: what a subclass's own constructor makes of the fields.
pub fn make(t: Attached<'_>, class: &Value, day: Ymd) -> PyResult {
    if class.is(DATE.get(t)) {
        return Ok(DATE.alloc(t, PyDate::of_day(day)));
    }
    if class.is(datetime::DATETIME.get(t)) {
        return datetime::make(t, class, day, Hms::default(), &Value::none(), 0);
    }
    let n = |n: i64| int::new(t, n);
    protocol::call(t, class, &[n(i64::from(day.year)), n(i64::from(day.month)), n(i64::from(day.day))])
}

/// An instance without its constructor: a pickled state, or a check of the constructor's arguments that went well.
fn alloc(t: Attached<'_>, class: &Value, day: Ymd) -> PyResult {
    let plain = class.is(DATE.get(t)) || !type_::as_type(class).is_subtype(type_::as_type(datetime::DATETIME.get(t)));
    let body = if plain { PyDate::of_day(day) } else { PyDate::of_moment(day, Hms::default(), Value::none(), 0) };
    DATE.alloc_for(t, class, body)
}

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    if let ([state], true) = (args.all(), args.names().is_empty())
        && let Some(s) = fields::pickled(t, state, "date", |s: &[u8; 4]| (1..=12).contains(&s[2]))?
    {
        return alloc(t, class, Ymd { year: u16::from_be_bytes([s[0], s[1]]), month: s[2], day: s[3] });
    }
    let bound = fields::bind(t, fields::FIELDS, &NAMES, (3, 3), args)?;
    let mut n = [0; 3];
    for (n, v) in n.iter_mut().zip(bound) {
        *n = fields::int_or(t, v, 0)?;
    }
    alloc(t, class, Ymd::check(t, n[0], n[1], n[2])?)
}

fn fromtimestamp(t: Attached<'_>, a: &[Value]) -> PyResult {
    let time = local::localtime(t, local::whole_seconds(t, &a[1])?)?;
    make(t, &a[0], local::fields_of(t, &time)?.0)
}

fn today(t: Attached<'_>, a: &[Value]) -> PyResult {
    if a[0].is(DATE.get(t)) {
        let time = local::localtime(t, local::now().0)?;
        return make(t, &a[0], local::fields_of(t, &time)?.0);
    }
    let now = protocol::call_method(t, &format::import(t, "time")?, &str::intern(t, "time"), &[])?;
    protocol::call_method(t, &a[0], &str::intern(t, "fromtimestamp"), &[now])
}

fn fromordinal(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = fields::int_of(t, &a[1])?;
    if n < 1 {
        return Err(t.value_error("ordinal must be >= 1"));
    }
    let (year, month, day) = calendar::civil(n);
    make(t, &a[0], Ymd::check(t, year, month, day)?)
}

/// What is wrong with a text in ISO 8601.
pub fn invalid(t: Attached<'_>, text: &Value) -> orochi_objects::Raised {
    match protocol::repr(t, text) {
        Ok(shown) => match str::join(t, &[str::new(t, "Invalid isoformat string: "), shown]) {
            Ok(message) => t.raise_with(&orochi_objects::exception::ValueError, vec![message]),
            Err(e) => e,
        },
        Err(e) => e,
    }
}

fn fromisoformat(t: Attached<'_>, a: &[Value]) -> PyResult {
    let Some(text) = str::as_str(&a[1]) else { return Err(t.type_error("fromisoformat: argument must be str")) };
    let written = match text.char_len() {
        7 | 8 | 10 => iso::date(&iso::characters(text)),
        _ => None,
    };
    let Some((year, month, day)) = written else { return Err(invalid(t, &a[1])) };
    make(t, &a[0], Ymd::check(t, year, month, day)?)
}

fn fromisocalendar(t: Attached<'_>, a: &[Value]) -> PyResult {
    let mut n = [0; 3];
    for (n, v) in n.iter_mut().zip(&a[1..]) {
        *n = match fields::int_of(t, v) {
            Ok(n) => n,
            Err(e) => {
                t.catch(e, &orochi_objects::exception::OverflowError)?;
                return Err(t.value_error("ISO calendar component out of range"));
            }
        };
    }
    let [year, week, day] = n;
    let ordinal = calendar::from_iso_week(year, week, day).map_err(|fault| match fault {
        IsoFault::Year => t.value_error(format!("year must be in 1..9999, not {year}")),
        IsoFault::Week => t.value_error(format!("Invalid week: {week}")),
        IsoFault::Day => t.value_error(format!("Invalid weekday: {day} (range is [1, 7])")),
    })?;
    let (year, month, day) = calendar::civil(ordinal);
    make(t, &a[0], Ymd::check(t, year, month, day)?)
}

/// `_strptime`'s function of that name for the class.
pub fn parse_with(t: Attached<'_>, a: &[Value], function: &::core::primitive::str) -> PyResult {
    for (i, v) in a[1..].iter().enumerate() {
        if !str::is_str(v) {
            return Err(t.type_error(format!("strptime() argument {} must be str, not {}", i + 1, word(t, v))));
        }
    }
    protocol::call_method(t, &format::import(t, "_strptime")?, &str::intern(t, function), a)
}
fn strptime(t: Attached<'_>, a: &[Value]) -> PyResult {
    parse_with(t, a, "_strptime_datetime_date")
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let Ymd { year, month, day } = body(this).day;
    let name = timedelta::shown_class(t, this, &DATE);
    Ok(str::from_string(t, format!("{name}({year}, {month}, {day})")))
}

fn text(t: Attached<'_>, this: &Value) -> PyResult {
    if DATE.is_exact(t, this) {
        return iso_text(t, body(this).day);
    }
    protocol::call_method(t, this, &str::intern(t, "isoformat"), &[])
}

fn iso_text(t: Attached<'_>, day: Ymd) -> PyResult {
    let mut text = String::with_capacity(10);
    format::push_date(&mut text, day);
    Ok(str::from_string(t, text))
}
fn isoformat(t: Attached<'_>, a: &[Value]) -> PyResult {
    iso_text(t, body(&a[0]).day)
}

fn ctime(t: Attached<'_>, a: &[Value]) -> PyResult {
    let d = body(&a[0]);
    format::ctime(t, d.day, d.time)
}

fn strftime(t: Attached<'_>, a: &[Value]) -> PyResult {
    let d = body(&a[0]);
    format::strftime(t, &a[1], &format::Moment { day: d.day, time: d.time, zone: &d.zone, at: &a[0] })
}

/// `str` without a format, else `strftime`.
pub fn format_(t: Attached<'_>, a: &[Value]) -> PyResult {
    let Some(format) = str::as_str(&a[1]) else {
        return Err(t.type_error(format!("__format__() argument 1 must be str, not {}", word(t, &a[1]))));
    };
    if format.bytes().is_empty() {
        return protocol::str(t, &a[0]);
    }
    protocol::call_method(t, &a[0], &str::intern(t, "strftime"), &a[1..])
}

fn isoweekday(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(int::new(t, calendar::weekday(body(&a[0]).day.ordinal()) + 1))
}
fn weekday(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(int::new(t, calendar::weekday(body(&a[0]).day.ordinal())))
}
fn toordinal(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(int::new(t, body(&a[0]).day.ordinal()))
}
fn isocalendar(t: Attached<'_>, a: &[Value]) -> PyResult {
    week_date::make(t, calendar::iso_week(body(&a[0]).day.ordinal()))
}
fn timetuple(t: Attached<'_>, a: &[Value]) -> PyResult {
    format::struct_time(t, body(&a[0]).day, Hms::default(), -1)
}

const NAMES: [&::core::primitive::str; 3] = ["year", "month", "day"];

fn replace(t: Attached<'_>, a: &[Value]) -> PyResult {
    replaced(t, &a[0], [a[1].given(), a[2].given(), a[3].given()])
}
fn replace_named(t: Attached<'_>, args: Args<'_>) -> Option<PyResult> {
    let (this, given) = fields::bind_named(args, &NAMES, 3)?;
    Some(replaced(t, this, given))
}
fn replaced(t: Attached<'_>, this: &Value, [year, month, of_month]: [Option<&Value>; 3]) -> PyResult {
    let day = body(this).day;
    let year = fields::int_or(t, year, i64::from(day.year))?;
    let month = fields::int_or(t, month, i64::from(day.month))?;
    let of_month = fields::int_or(t, of_month, i64::from(day.day))?;
    let class = type_::type_of(t, this);
    if class.is(DATE.get(t)) {
        return make(t, class, Ymd::check(t, year, month, of_month)?);
    }
    protocol::call(t, class, &[int::new(t, year), int::new(t, month), int::new(t, of_month)])
}

/// The pickled state of a day.
pub fn state(day: Ymd) -> [u8; 4] {
    let [high, low] = day.year.to_be_bytes();
    [high, low, day.month, day.day]
}

fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let state = bytes::new(t, &state(body(&a[0]).day));
    Ok(tuple::new(t, vec![type_::type_of(t, &a[0]).clone(), tuple::new(t, vec![state])]))
}

fn hash(t: Attached<'_>, this: &Value) -> PyResult<i64> {
    Ok(str::hash_bytes(t, &state(body(this).day)))
}

fn compare(_: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    Ok(match (as_plain(a), as_plain(b)) {
        (Some(a), Some(b)) => Value::bool(op.holds(a.day.cmp(&b.day))),
        _ => Value::not_implemented(),
    })
}

fn moved(t: Attached<'_>, this: &Value, d: &PyDate, days: i64) -> PyResult {
    make(t, type_::type_of(t, this), Ymd::of_ordinal(t, d.day.ordinal() + days)?)
}

fn add(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    match (as_plain(a), as_plain(b)) {
        (Some(d), None) => {
            if let Some(delta) = timedelta::as_delta(b) {
                return moved(t, a, d, delta.days());
            }
        }
        (None, Some(d)) => {
            if let Some(delta) = timedelta::as_delta(a) {
                return moved(t, b, d, delta.days());
            }
        }
        _ => {}
    }
    Ok(Value::not_implemented())
}

fn sub(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    let Some(d) = as_plain(a) else { return Ok(Value::not_implemented()) };
    if let Some(other) = as_plain(b) {
        let days = d.day.ordinal() - other.day.ordinal();
        return timedelta::make(t, i128::from(days * calendar::DAY));
    }
    match timedelta::as_delta(b) {
        Some(delta) => moved(t, a, d, -delta.days()),
        None => Ok(Value::not_implemented()),
    }
}
