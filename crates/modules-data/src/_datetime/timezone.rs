//! `datetime.timezone`: a zone with one fixed offset.

use orochi_heap::Visit;
use orochi_objects::type_::type_name;
use orochi_objects::{Args, Attached, CompareOp, Def, Method, Payload, PyResult, TypeSpec, Value};
use orochi_objects::{dict, payload, protocol, str, tuple, type_};

use super::calendar::SECOND;
use super::{date, fields, format, timedelta, tzinfo};

/// The body of a timezone.
pub struct PyTimezone {
    /// The timedelta as given.
    offset: Value,
    /// A str, or None.
    name: Value,
    micros: i64,
}

impl Payload for PyTimezone {
    payload!(PyTimezone, "timezone");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.values([&self.offset, &self.name]);
    }
}

impl PyTimezone {
    /// The offset in microseconds, less than a day.
    pub fn offset_micros(&self) -> i64 {
        self.micros
    }
}

/// `datetime.timezone`.
pub static TIMEZONE: TypeSpec = TypeSpec::new::<PyTimezone>("datetime.timezone")
    .base(&tzinfo::TZINFO)
    .slots(&[Def::New(new), Def::Repr(repr), Def::Str(text), Def::Hash(hash), Def::Compare(compare)])
    .methods(&[
        Method::new("tzname", "($self, dt, /)", tzname, "The name given, or 'UTC' and the offset."),
        Method::new("utcoffset", "($self, dt, /)", utcoffset, "The fixed offset."),
        Method::new("dst", "($self, dt, /)", dst, "None."),
        Method::new("fromutc", "($self, dt, /)", fromutc, "The local time of a datetime in UTC."),
        Method::new("__getinitargs__", "($self, /)", getinitargs, "pickle support"),
    ])
    .extra(|t, class| {
        let namespace = type_::as_type(class).dict.load();
        const LAST: i64 = (23 * 60 + 59) * 60 * SECOND;
        for (name, micros) in [("utc", 0), ("min", -LAST), ("max", LAST)] {
            let offset = timedelta::make(t, i128::from(micros))?;
            let zone = TIMEZONE.alloc_for(t, class, PyTimezone { offset, name: Value::none(), micros })?;
            dict::set_by_name(t, &namespace, name, zone);
        }
        Ok(())
    })
    .doc("A zone that is always as far from UTC.");

/// The body, if the value is a timezone.
pub fn as_timezone(v: &Value) -> Option<&PyTimezone> {
    v.payload::<PyTimezone>()
}

fn body(v: &Value) -> &PyTimezone {
    match as_timezone(v) {
        Some(z) => z,
        None => unreachable!("slots and methods are called with their own type"),
    }
}

/// `timezone.utc`.
pub fn utc(t: Attached<'_>) -> Value {
    dict::get_by_name(t, &type_::as_type(TIMEZONE.get(t)).dict.load(), "utc").unwrap_or(Value::none())
}

/// A timezone; without a name and an offset it is `timezone.utc`.
pub fn make(t: Attached<'_>, offset: &Value, delta: timedelta::PyDelta, name: Option<&Value>) -> PyResult {
    if name.is_none() && delta.total() == 0 {
        return Ok(utc(t));
    }
    let micros = tzinfo::within_a_day(t, delta, offset)?;
    Ok(TIMEZONE.alloc(t, PyTimezone { offset: offset.clone(), name: name.cloned().unwrap_or(Value::none()), micros }))
}

/// A timezone of an offset in microseconds.
pub fn of_micros(t: Attached<'_>, micros: i64, name: Option<&Value>) -> PyResult {
    let delta = timedelta::PyDelta::of(t, i128::from(micros))?;
    make(t, &timedelta::DELTA.alloc(t, delta), delta, name)
}

fn new(t: Attached<'_>, _: &Value, args: Args<'_>) -> PyResult {
    let [offset, name] = fields::bind(t, "timezone()", &["offset", "name"], (1, 2), args)?;
    let Some(offset) = offset else { return Err(t.type_error("timezone() missing required argument 'offset' (pos 1)")) };
    let Some(delta) = timedelta::as_delta(offset) else {
        let wrong = fields::word(t, offset);
        return Err(t.type_error(format!("timezone() argument 1 must be datetime.timedelta, not {wrong}")));
    };
    if let Some(name) = name
        && !str::is_str(name)
    {
        let wrong = fields::word(t, name);
        return Err(t.type_error(format!("timezone() argument 2 must be str, not {wrong}")));
    }
    make(t, offset, delta, name)
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let zone = body(this);
    if zone.name.is_none() && zone.micros == 0 {
        return Ok(str::new(t, "datetime.timezone.utc"));
    }
    let offset = str::display(&protocol::repr(t, &zone.offset)?);
    if zone.name.is_none() {
        return Ok(str::from_string(t, format!("datetime.timezone({offset})")));
    }
    let pieces = [str::from_string(t, format!("datetime.timezone({offset}, ")), protocol::repr(t, &zone.name)?, str::new(t, ")")];
    str::join(t, &pieces)
}

fn text(t: Attached<'_>, this: &Value) -> PyResult {
    let zone = body(this);
    if !zone.name.is_none() {
        return Ok(zone.name.clone());
    }
    let mut text = "UTC".to_owned();
    if zone.micros != 0 {
        format::push_offset(&mut text, zone.micros, ":");
    }
    Ok(str::from_string(t, text))
}

fn hash(t: Attached<'_>, this: &Value) -> PyResult<i64> {
    Ok(timedelta::hash_of(t, timedelta::PyDelta::of(t, i128::from(body(this).micros))?))
}

fn compare(_: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (as_timezone(a), as_timezone(b)) else { return Ok(Value::not_implemented()) };
    Ok(match op {
        CompareOp::Eq => Value::bool(x.micros == y.micros),
        CompareOp::Ne => Value::bool(x.micros != y.micros),
        _ => Value::not_implemented(),
    })
}

/// TypeError unless the argument is a datetime or None.
fn check(t: Attached<'_>, v: &Value, method: &::core::primitive::str) -> PyResult<()> {
    if v.is_none() || date::as_datetime(v).is_some() {
        return Ok(());
    }
    let wrong = type_name(t, v);
    Err(t.type_error(format!("{method}(dt) argument must be a datetime instance or None, not {wrong}")))
}

fn tzname(t: Attached<'_>, a: &[Value]) -> PyResult {
    check(t, &a[1], "tzname")?;
    text(t, &a[0])
}
fn utcoffset(t: Attached<'_>, a: &[Value]) -> PyResult {
    check(t, &a[1], "utcoffset")?;
    Ok(body(&a[0]).offset.clone())
}
fn dst(t: Attached<'_>, a: &[Value]) -> PyResult {
    check(t, &a[1], "dst")?;
    Ok(Value::none())
}

fn fromutc(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (this, at) = (&a[0], &a[1]);
    let Some(moment) = date::as_datetime(at) else { return Err(t.type_error("fromutc: argument must be a datetime")) };
    if !moment.zone.is(this) {
        return Err(t.value_error("fromutc: dt.tzinfo is not self"));
    }
    super::datetime::shift(t, at, moment, i128::from(body(this).micros))
}

fn getinitargs(t: Attached<'_>, a: &[Value]) -> PyResult {
    let zone = body(&a[0]);
    let mut arguments = vec![zone.offset.clone()];
    if !zone.name.is_none() {
        arguments.push(zone.name.clone());
    }
    Ok(tuple::new(t, arguments))
}
