//! How datetimes are made.

use orochi_objects::{Args, Attached, PyResult, Value, attr, exception, int, protocol, str, type_};

use super::super::date::{self, PyDate, as_date, as_datetime, body};
use super::super::fields::{self, Hms, Ymd, word};
use super::super::{calendar, format, iso, local, time};
use super::DATETIME;

const NAMES: [&::core::primitive::str; 9] =
    ["year", "month", "day", "hour", "minute", "second", "microsecond", "tzinfo", "fold"];

pub fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    if let [state, zone @ ..] = args.all()
        && zone.len() < 2
        && args.names().is_empty()
        && let Some(s) = fields::pickled(t, state, "datetime", |s: &[u8; 10]| (1..=12).contains(&(s[2] & 0x7F)))?
    {
        let zone = time::state_zone(t, zone.first())?;
        let day = Ymd { year: u16::from_be_bytes([s[0], s[1]]), month: s[2] & 0x7F, day: s[3] };
        let clock = Hms { hour: s[4], minute: s[5], second: s[6], micros: time::micros_of([s[7], s[8], s[9]]) };
        return DATETIME.alloc_for(t, class, PyDate::of_moment(day, clock, zone, s[2] >> 7));
    }
    let b = fields::bind(t, fields::FIELDS, &NAMES, (3, 8), args)?;
    let mut n = [0; 7];
    for (n, v) in n.iter_mut().zip(b) {
        *n = fields::int_or(t, v, 0)?;
    }
    let fold = b[8].map(|v| fields::int_of(t, v)).transpose()?;
    let day = Ymd::check(t, n[0], n[1], n[2])?;
    let clock = Hms::check(t, n[3], n[4], n[5], n[6])?;
    let fold = fields::check_fold(t, fold)?;
    let zone = fields::zone_or_none(t, b[7])?;
    DATETIME.alloc_for(t, class, PyDate::of_moment(day, clock, zone, fold))
}

/// A datetime of the class: what a subclass's own constructor makes of the fields; it is not told the fold.
pub fn make(t: Attached<'_>, class: &Value, day: Ymd, time: Hms, zone: &Value, fold: u8) -> PyResult {
    if class.is(DATETIME.get(t)) {
        return Ok(DATETIME.alloc(t, PyDate::of_moment(day, time, zone.clone(), fold)));
    }
    let n = |n: u32| int::new(t, i64::from(n));
    let arguments = [
        n(day.year.into()),
        n(day.month.into()),
        n(day.day.into()),
        n(time.hour.into()),
        n(time.minute.into()),
        n(time.second.into()),
        n(time.micros),
        zone.clone(),
    ];
    let made = protocol::call(t, class, &arguments)?;
    if fold != 0
        && let Some(b) = as_datetime(&made)
    {
        b.set_fold(fold);
    }
    Ok(made)
}

/// The datetime of a moment: in the zone, or in local time without one.
fn at_moment(t: Attached<'_>, class: &Value, (seconds, micros): (i64, u32), zone: &Value) -> PyResult {
    if zone.is_none() {
        let (day, time, fold) = local::local_fields(t, seconds)?;
        return make(t, class, day, Hms { micros, ..time }, zone, fold);
    }
    let made = at_moment_in_utc(t, class, (seconds, micros), zone)?;
    protocol::call_method(t, zone, &str::intern(t, "fromutc"), &[made])
}

fn at_moment_in_utc(t: Attached<'_>, class: &Value, (seconds, micros): (i64, u32), zone: &Value) -> PyResult {
    let (day, time) = local::utc_fields(t, seconds)?;
    make(t, class, day, Hms { micros, ..time }, zone, 0)
}

fn zone_argument(t: Attached<'_>, v: &Value) -> PyResult {
    fields::zone_or_none(t, v.given())
}

pub fn now(t: Attached<'_>, a: &[Value]) -> PyResult {
    let zone = zone_argument(t, &a[1])?;
    at_moment(t, &a[0], local::now(), &zone)
}
pub fn fromtimestamp(t: Attached<'_>, a: &[Value]) -> PyResult {
    let zone = zone_argument(t, &a[2])?;
    at_moment(t, &a[0], local::seconds_and_micros(t, &a[1])?, &zone)
}

fn deprecated(t: Attached<'_>, method: &::core::primitive::str, instead: &::core::primitive::str) -> PyResult<()> {
    let message = format!(
        "datetime.datetime.{method}() is deprecated and scheduled for removal in a future version. Use timezone-aware \
         objects to represent datetimes in UTC: datetime.datetime.{instead}."
    );
    let category = exception::DeprecationWarning.get(t).clone();
    let warn = attr::get_by_name(t, &format::import(t, "warnings")?, "warn")?;
    protocol::call(t, &warn, &[str::from_string(t, message), category]).map(drop)
}

pub fn utcnow(t: Attached<'_>, a: &[Value]) -> PyResult {
    deprecated(t, "utcnow", "now(datetime.UTC)")?;
    at_moment_in_utc(t, &a[0], local::now(), &Value::none())
}
pub fn utcfromtimestamp(t: Attached<'_>, a: &[Value]) -> PyResult {
    deprecated(t, "utcfromtimestamp", "fromtimestamp(timestamp, datetime.UTC)")?;
    at_moment_in_utc(t, &a[0], local::seconds_and_micros(t, &a[1])?, &Value::none())
}

pub fn strptime(t: Attached<'_>, a: &[Value]) -> PyResult {
    date::parse_with(t, a, "_strptime_datetime_datetime")
}

pub fn combine(t: Attached<'_>, a: &[Value]) -> PyResult {
    let Some(day) = as_date(&a[1]) else {
        return Err(t.type_error(format!("combine() argument 1 must be datetime.date, not {}", word(t, &a[1]))));
    };
    let Some(clock) = time::as_time(&a[2]) else {
        return Err(t.type_error(format!("combine() argument 2 must be datetime.time, not {}", word(t, &a[2]))));
    };
    let zone = match a[3].given() {
        None => &clock.zone,
        Some(zone) => {
            fields::zone(t, zone)?;
            zone
        }
    };
    make(t, &a[0], day.day, clock.time, zone, clock.fold())
}

pub fn fromisoformat(t: Attached<'_>, a: &[Value]) -> PyResult {
    let Some(text) = str::as_str(&a[1]) else { return Err(t.type_error("fromisoformat: argument must be str")) };
    let Some(((year, month, of_month), mut clock)) = written(&iso::characters(text)) else {
        return Err(date::invalid(t, &a[1]));
    };
    let next_day = time::midnight_at_24(t, &mut clock)?;
    let zone = time::written_zone(t, clock.offset)?;
    let mut day = Ymd::check(t, year, month, of_month)?;
    if next_day {
        let (year, month, of_month) = calendar::civil(day.ordinal() + 1);
        day = Ymd::check(t, year, month, of_month)?;
    }
    let time = Hms::check(t, clock.hour, clock.minute, clock.second, clock.micros)?;
    make(t, &a[0], day, time, &zone, 0)
}

fn written(text: &[u8]) -> Option<(iso::Written, iso::Clock)> {
    if text.len() < 7 {
        return None;
    }
    let (day, rest) = text.split_at_checked(iso::date_end(text))?;
    let clock = match rest {
        [] | [_] => iso::Clock::default(),
        [_, rest @ ..] => iso::time(rest)?,
    };
    Some((iso::date(day)?, clock))
}

pub fn replace(t: Attached<'_>, a: &[Value]) -> PyResult {
    replaced(t, &a[0], std::array::from_fn(|i| a[i + 1].given()))
}
pub fn replace_named(t: Attached<'_>, args: Args<'_>) -> Option<PyResult> {
    let (this, given) = fields::bind_named(args, &NAMES, 8)?;
    Some(replaced(t, this, given))
}
fn replaced(t: Attached<'_>, this: &Value, a: [Option<&Value>; 9]) -> PyResult {
    let b = body(this);
    let own: [u32; 7] = [
        b.day.year.into(),
        b.day.month.into(),
        b.day.day.into(),
        b.time.hour.into(),
        b.time.minute.into(),
        b.time.second.into(),
        b.time.micros,
    ];
    let mut n = [0; 7];
    for ((n, v), own) in n.iter_mut().zip(a).zip(own) {
        *n = fields::int_or(t, v, i64::from(own))?;
    }
    let zone = a[7].unwrap_or(&b.zone);
    let fold = a[8].map(|v| fields::int_of(t, v)).transpose()?.unwrap_or(i64::from(b.fold()));
    let class = type_::type_of(t, this);
    if class.is(DATETIME.get(t)) {
        let day = Ymd::check(t, n[0], n[1], n[2])?;
        let time = Hms::check(t, n[3], n[4], n[5], n[6])?;
        let fold = fields::check_fold(t, Some(fold))?;
        fields::zone(t, zone)?;
        return make(t, class, day, time, zone, fold);
    }
    let mut arguments: Vec<Value> = n.iter().map(|&n| int::new(t, n)).collect();
    arguments.push(zone.clone());
    let made = protocol::call(t, class, &arguments)?;
    let fold = fields::check_fold(t, Some(fold))?;
    if let Some(b) = as_datetime(&made)
        && fold != 0
    {
        b.set_fold(fold);
    }
    Ok(made)
}
