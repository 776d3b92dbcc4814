//! `datetime.tzinfo`, the base of time zones, and how zones are asked for their offsets.

use orochi_objects::object::PyObject;
use orochi_objects::spec::flags;
use orochi_objects::type_::type_name;
use orochi_objects::{Attached, Def, Method, PyResult, TypeSpec, Value};
use orochi_objects::{attr, exception, protocol, str, tuple, type_};

use super::{date, timedelta, timezone};
use super::calendar::DAY;

/// `datetime.tzinfo`.
pub static TZINFO: TypeSpec = TypeSpec::new::<PyObject>("datetime.tzinfo")
    .flags(flags::BASETYPE)
    .slots(&[Def::New(|t, class, _| TZINFO.alloc_for(t, class, PyObject))])
    .methods(&[
        Method::new("tzname", "($self, dt, /)", |t, _| missing(t, "tzname"), "The name of the zone at a datetime."),
        Method::new(
            "utcoffset",
            "($self, dt, /)",
            |t, _| missing(t, "utcoffset"),
            "The timedelta that local time is ahead of UTC at a datetime.",
        ),
        Method::new("dst", "($self, dt, /)", |t, _| missing(t, "dst"), "The part of the offset that is summer time."),
        Method::new("fromutc", "($self, dt, /)", fromutc, "The local time of a datetime in UTC."),
        Method::new("__reduce__", "($self, /)", reduce, "-> (cls, state)"),
    ])
    .doc("Base class of time zones.");

fn missing(t: Attached<'_>, method: &::core::primitive::str) -> PyResult {
    Err(t.raise(&exception::NotImplementedError, format!("a tzinfo subclass must implement {method}()")))
}

fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let arguments = match attr::find(t, &a[0], &str::intern(t, "__getinitargs__"))? {
        Some(f) => protocol::call(t, &f, &[])?,
        None => tuple::empty(t),
    };
    let state = protocol::call_method(t, &a[0], &t.names().__getstate__, &[])?;
    Ok(tuple::new(t, vec![type_::type_of(t, &a[0]).clone(), arguments, state]))
}

/// What `zone.method(at)` gives: microseconds, or nothing.
fn ask(t: Attached<'_>, zone: &Value, method: &::core::primitive::str, at: &Value) -> PyResult<Option<i64>> {
    let offset = protocol::call_method(t, zone, &str::intern(t, method), std::slice::from_ref(at))?;
    if offset.is_none() {
        return Ok(None);
    }
    let Some(delta) = timedelta::as_delta(&offset) else {
        let wrong = type_name(t, &offset);
        return Err(t.type_error(format!("tzinfo.{method}() must return None or timedelta, not '{wrong}'")));
    };
    within_a_day(t, delta, &offset).map(Some)
}

/// An offset in microseconds; ValueError for a day or more.
pub fn within_a_day(t: Attached<'_>, delta: timedelta::PyDelta, shown: &Value) -> PyResult<i64> {
    match i64::try_from(delta.total()) {
        Ok(n) if n.abs() < DAY => Ok(n),
        _ => {
            let shown = str::display(&protocol::repr(t, shown)?);
            Err(t.value_error(format!(
                "offset must be a timedelta strictly between -timedelta(hours=24) and timedelta(hours=24), not {shown}"
            )))
        }
    }
}

/// How far local time is ahead of UTC, in microseconds; `zone` may be None.
pub fn utcoffset(t: Attached<'_>, zone: &Value, at: &Value) -> PyResult<Option<i64>> {
    if zone.is_none() {
        return Ok(None);
    }
    match timezone::as_timezone(zone) {
        Some(fixed) => Ok(Some(fixed.offset_micros())),
        None => ask(t, zone, "utcoffset", at),
    }
}

/// How much of the offset is summer time, in microseconds; `zone` may be None.
pub fn dst(t: Attached<'_>, zone: &Value, at: &Value) -> PyResult<Option<i64>> {
    if zone.is_none() || timezone::as_timezone(zone).is_some() {
        return Ok(None);
    }
    ask(t, zone, "dst", at)
}

/// The zone's name, None or a str; `zone` may be None.
pub fn tzname(t: Attached<'_>, zone: &Value, at: &Value) -> PyResult {
    if zone.is_none() {
        return Ok(Value::none());
    }
    let name = protocol::call_method(t, zone, &str::intern(t, "tzname"), std::slice::from_ref(at))?;
    if name.is_none() || str::is_str(&name) {
        return Ok(name);
    }
    let wrong = type_name(t, &name);
    Err(t.type_error(format!("tzinfo.tzname() must return None or a string, not '{wrong}'")))
}

/// A timedelta of the microseconds, or None.
pub fn delta_or_none(t: Attached<'_>, micros: Option<i64>) -> PyResult {
    match micros {
        None => Ok(Value::none()),
        Some(n) => timedelta::make(t, i128::from(n)),
    }
}

/// The zone's standard time first; if that is summer time there, its offset on top.
fn fromutc(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (this, at) = (&a[0], &a[1]);
    let Some(body) = date::as_datetime(at) else {
        return Err(t.type_error("fromutc: argument must be a datetime"));
    };
    if !body.zone.is(this) {
        return Err(t.value_error("fromutc: dt.tzinfo is not self"));
    }
    let Some(offset) = utcoffset(t, this, at)? else {
        return Err(t.value_error("fromutc: non-None utcoffset() result required"));
    };
    let Some(summer) = dst(t, this, at)? else {
        return Err(t.value_error("fromutc: non-None dst() result required"));
    };
    // Neither is a whole day.
    let standard = offset - summer;
    let result = super::datetime::shift(t, at, body, i128::from(standard))?;
    let Some(shifted) = date::as_datetime(&result) else { return Ok(result) };
    let summer = if standard == 0 { Some(summer) } else { dst(t, &shifted.zone, &result)? };
    match summer {
        None => Err(t.value_error("fromutc: tz.dst() gave inconsistent results; cannot convert")),
        Some(0) => Ok(result),
        Some(summer) => super::datetime::shift(t, &result, shifted, i128::from(summer)),
    }
}
