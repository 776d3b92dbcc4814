//! `datetime.time`: a time of day, of a zone or of none.

use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

use orochi_heap::Visit;
use orochi_objects::spec::flags;
use orochi_objects::{Args, Attached, CompareOp, Def, GetSet, Method, Payload, PyResult, TypeSpec, Value};
use orochi_objects::{bytes, dict, int, payload, protocol, str, tuple, type_};

use super::fields::{self, Hms, Ymd};
use super::{date, format, iso, timedelta, timezone, tzinfo};

/// The body of a time.
pub struct PyTime {
    /// The fields.
    pub time: Hms,
    /// Set once, by who makes the object.
    fold: AtomicU8,
    /// A tzinfo, or None.
    pub zone: Value,
}

impl Payload for PyTime {
    payload!(PyTime, "time");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.value(&self.zone);
    }
}

impl PyTime {
    fn of(time: Hms, zone: Value, fold: u8) -> PyTime {
        PyTime { time, fold: AtomicU8::new(fold), zone }
    }
    /// 1 for the second of two equal wall clock readings.
    pub fn fold(&self) -> u8 {
        self.fold.load(Relaxed)
    }
}

/// `datetime.time`.
pub static TIME: TypeSpec = TypeSpec::new::<PyTime>("datetime.time")
    .flags(flags::BASETYPE)
    .slots(&[Def::New(new), Def::Repr(repr), Def::Str(text), Def::Hash(hash), Def::Compare(compare)])
    .methods(&[
        Method::class("strptime", "($type, string, format, /)", strptime, "The time that a text in a format (as for time.strptime()) names."),
        Method::class("fromisoformat", "($type, string, /)", fromisoformat, "The time that a text in ISO 8601 names."),
        Method::new("isoformat", "($self, /, timespec='auto')", isoformat, "The time as HH:MM:SS.mmmmmm+HH:MM.\n\ntimespec says how much of it: 'auto', 'hours', 'minutes', 'seconds', 'milliseconds' or 'microseconds'."),
        Method::new("strftime", "($self, /, format)", strftime, "The time in a format as of time.strftime()."),
        Method::new("__format__", "($self, format, /)", date::format_, "The time as strftime() writes it."),
        Method::new("utcoffset", "($self, /)", utcoffset, "What the zone says for None."),
        Method::new("tzname", "($self, /)", tzname, "What the zone says for None."),
        Method::new("dst", "($self, /)", dst, "What the zone says for None."),
        Method::new("replace", REPLACE, replace, "The time with other fields.").named(replace_named),
        Method::new("__replace__", REPLACE, replace, "The same as replace().").named(replace_named),
        Method::new("__reduce_ex__", "($self, proto, /)", reduce_ex, "__reduce_ex__(proto) -> (cls, state)"),
        Method::new("__reduce__", "($self, /)", reduce, "__reduce__() -> (cls, state)"),
    ])
    .getset(&[
        GetSet::read("hour", |t, v| Ok(int::new(t, i64::from(body(v).time.hour))), ""),
        GetSet::read("minute", |t, v| Ok(int::new(t, i64::from(body(v).time.minute))), ""),
        GetSet::read("second", |t, v| Ok(int::new(t, i64::from(body(v).time.second))), ""),
        GetSet::read("microsecond", |t, v| Ok(int::new(t, i64::from(body(v).time.micros))), ""),
        GetSet::read("tzinfo", |_, v| Ok(body(v).zone.clone()), ""),
        GetSet::read("fold", |t, v| Ok(int::new(t, i64::from(body(v).fold()))), ""),
    ])
    .extra(|t, class| {
        let namespace = type_::as_type(class).dict.load();
        let last = Hms { hour: 23, minute: 59, second: 59, micros: 999_999 };
        for (name, time) in [("min", Hms::default()), ("max", last)] {
            dict::set_by_name(t, &namespace, name, TIME.alloc_for(t, class, PyTime::of(time, Value::none(), 0))?);
        }
        dict::set_by_name(t, &namespace, "resolution", timedelta::make(t, 1)?);
        Ok(())
    })
    .doc("time([hour[, minute[, second[, microsecond[, tzinfo]]]]]) --> a time object\n\nA time of day; what is left out is 0. tzinfo is None or a zone (an instance of\na subclass of tzinfo); everything else is an int.");

const REPLACE: &::core::primitive::str = "($self, /, hour=unchanged, minute=unchanged, second=unchanged, microsecond=unchanged, tzinfo=unchanged, *, fold=unchanged)";

/// The body, if the value is a time.
pub fn as_time(v: &Value) -> Option<&PyTime> {
    v.payload::<PyTime>()
}

fn body(v: &Value) -> &PyTime {
    match as_time(v) {
        Some(b) => b,
        None => unreachable!("slots and methods are called with their own type"),
    }
}

/// A time of the class: what a subclass's own constructor makes of the fields.
pub fn make(t: Attached<'_>, class: &Value, time: Hms, zone: &Value, fold: u8) -> PyResult {
    if class.is(TIME.get(t)) {
        return Ok(TIME.alloc(t, PyTime::of(time, zone.clone(), fold)));
    }
    let n = |n: u32| int::new(t, i64::from(n));
    let arguments =
        [n(time.hour.into()), n(time.minute.into()), n(time.second.into()), n(time.micros), zone.clone()];
    let made = protocol::call(t, class, &arguments)?;
    if let Some(b) = as_time(&made)
        && fold != 0
    {
        b.fold.store(fold, Relaxed);
    }
    Ok(made)
}

/// An exact time.
pub fn make_exact(t: Attached<'_>, time: Hms, zone: Value, fold: u8) -> Value {
    TIME.alloc(t, PyTime::of(time, zone, fold))
}

/// The zone of a pickled state.
pub fn state_zone(t: Attached<'_>, v: Option<&Value>) -> PyResult {
    match v {
        None => Ok(Value::none()),
        Some(v) if v.is_none() || tzinfo::TZINFO.check(t, v) => Ok(v.clone()),
        Some(_) => Err(t.type_error("bad tzinfo state arg")),
    }
}

/// Microseconds in a state.
pub fn micros_of(state: [u8; 3]) -> u32 {
    u32::from_be_bytes([0, state[0], state[1], state[2]])
}

const NAMES: [&::core::primitive::str; 6] = ["hour", "minute", "second", "microsecond", "tzinfo", "fold"];

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    if let [state, zone @ ..] = args.all()
        && zone.len() < 2
        && args.names().is_empty()
        && let Some(s) = fields::pickled(t, state, "time", |s: &[u8; 6]| s[0] & 0x7F < 24)?
    {
        let zone = state_zone(t, zone.first())?;
        let time = Hms { hour: s[0] & 0x7F, minute: s[1], second: s[2], micros: micros_of([s[3], s[4], s[5]]) };
        return TIME.alloc_for(t, class, PyTime::of(time, zone, s[0] >> 7));
    }
    let b = fields::bind(t, fields::FIELDS, &NAMES, (0, 5), args)?;
    let mut n = [0; 4];
    for (n, v) in n.iter_mut().zip(b) {
        *n = fields::int_or(t, v, 0)?;
    }
    let fold = b[5].map(|v| fields::int_of(t, v)).transpose()?;
    let time = Hms::check(t, n[0], n[1], n[2], n[3])?;
    let fold = fields::check_fold(t, fold)?;
    let zone = fields::zone_or_none(t, b[4])?;
    TIME.alloc_for(t, class, PyTime::of(time, zone, fold))
}

fn strptime(t: Attached<'_>, a: &[Value]) -> PyResult {
    date::parse_with(t, a, "_strptime_datetime_time")
}

/// A zone of an offset as written.
pub fn written_zone(t: Attached<'_>, offset: Option<i64>) -> PyResult {
    match offset {
        None => Ok(Value::none()),
        Some(micros) => timezone::of_micros(t, micros, None),
    }
}

fn fromisoformat(t: Attached<'_>, a: &[Value]) -> PyResult {
    let Some(text) = str::as_str(&a[1]) else { return Err(t.type_error("fromisoformat: argument must be str")) };
    let characters = iso::characters(text);
    let Some(mut c) = iso::time(characters.strip_prefix(b"T").unwrap_or(&characters)) else {
        return Err(date::invalid(t, &a[1]));
    };
    midnight_at_24(t, &mut c)?;
    let zone = written_zone(t, c.offset)?;
    make(t, &a[0], Hms::check(t, c.hour, c.minute, c.second, c.micros)?, &zone, 0)
}

/// 24:00 becomes 0:00; tells whether it was that.
pub fn midnight_at_24(t: Attached<'_>, c: &mut iso::Clock) -> PyResult<bool> {
    if c.hour != 24 {
        return Ok(false);
    }
    if (c.minute, c.second, c.micros) != (0, 0, 0) {
        return Err(t.value_error("minute, second, and microsecond must be 0 when hour is 24"));
    }
    c.hour = 0;
    Ok(true)
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let b = body(this);
    let Hms { hour, minute, second, micros } = b.time;
    let mut text = format!("{}({hour}, {minute}", timedelta::shown_class(t, this, &TIME));
    if micros != 0 {
        text += &format!(", {second}, {micros}");
    } else if second != 0 {
        text += &format!(", {second}");
    }
    end_repr(t, text, &b.zone, if b.fold() != 0 { ", fold=1)" } else { ")" })
}

/// The zone of a repr, and its end.
pub fn end_repr(t: Attached<'_>, mut text: String, zone: &Value, end: &::core::primitive::str) -> PyResult {
    if zone.is_none() {
        text += end;
        return Ok(str::from_string(t, text));
    }
    text += ", tzinfo=";
    let shown = t.check_stack(" while getting the repr of an object").and_then(|()| protocol::repr(t, zone))?;
    str::join(t, &[str::from_string(t, text), shown, str::new(t, end)])
}

fn text(t: Attached<'_>, this: &Value) -> PyResult {
    if TIME.is_exact(t, this) {
        return iso_text(t, body(this), format::Timespec::Auto);
    }
    protocol::call_method(t, this, &str::intern(t, "isoformat"), &[])
}

fn iso_text(t: Attached<'_>, b: &PyTime, spec: format::Timespec) -> PyResult {
    let mut text = String::with_capacity(24);
    format::push_time(&mut text, b.time, spec);
    if let Some(micros) = tzinfo::utcoffset(t, &b.zone, &Value::none())? {
        format::push_offset(&mut text, micros, ":");
    }
    Ok(str::from_string(t, text))
}

fn isoformat(t: Attached<'_>, a: &[Value]) -> PyResult {
    let spec = format::timespec(t, &a[1], 1)?;
    iso_text(t, body(&a[0]), spec)
}

fn strftime(t: Attached<'_>, a: &[Value]) -> PyResult {
    let b = body(&a[0]);
    let day = Ymd { year: 1900, month: 1, day: 1 };
    format::strftime(t, &a[1], &format::Moment { day, time: b.time, zone: &b.zone, at: &Value::none() })
}

fn utcoffset(t: Attached<'_>, a: &[Value]) -> PyResult {
    tzinfo::delta_or_none(t, tzinfo::utcoffset(t, &body(&a[0]).zone, &Value::none())?)
}
fn dst(t: Attached<'_>, a: &[Value]) -> PyResult {
    tzinfo::delta_or_none(t, tzinfo::dst(t, &body(&a[0]).zone, &Value::none())?)
}
fn tzname(t: Attached<'_>, a: &[Value]) -> PyResult {
    tzinfo::tzname(t, &body(&a[0]).zone, &Value::none())
}

fn replace(t: Attached<'_>, a: &[Value]) -> PyResult {
    replaced(t, &a[0], std::array::from_fn(|i| a[i + 1].given()))
}
fn replace_named(t: Attached<'_>, args: Args<'_>) -> Option<PyResult> {
    let (this, given) = fields::bind_named(args, &NAMES, 5)?;
    Some(replaced(t, this, given))
}
fn replaced(t: Attached<'_>, this: &Value, a: [Option<&Value>; 6]) -> PyResult {
    let b = body(this);
    let own = [b.time.hour.into(), b.time.minute.into(), b.time.second.into(), b.time.micros];
    let mut n = [0; 4];
    for ((n, v), own) in n.iter_mut().zip(a).zip(own) {
        *n = fields::int_or(t, v, i64::from(own))?;
    }
    let zone = a[4].unwrap_or(&b.zone);
    let fold = a[5].map(|v| fields::int_of(t, v)).transpose()?.unwrap_or(i64::from(b.fold()));
    let class = type_::type_of(t, this);
    if class.is(TIME.get(t)) {
        let time = Hms::check(t, n[0], n[1], n[2], n[3])?;
        let fold = fields::check_fold(t, Some(fold))?;
        fields::zone(t, zone)?;
        return Ok(make_exact(t, time, zone.clone(), fold));
    }
    let mut arguments: Vec<Value> = n.iter().map(|&n| int::new(t, n)).collect();
    arguments.push(zone.clone());
    let made = protocol::call(t, class, &arguments)?;
    let fold = fields::check_fold(t, Some(fold))?;
    if let Some(b) = as_time(&made)
        && fold != 0
    {
        b.fold.store(fold, Relaxed);
    }
    Ok(made)
}

fn reduced(t: Attached<'_>, this: &Value, with_fold: bool) -> PyResult {
    let b = body(this);
    let [_, high, middle, low] = b.time.micros.to_be_bytes();
    let fold = if with_fold { b.fold() << 7 } else { 0 };
    let state = [b.time.hour | fold, b.time.minute, b.time.second, high, middle, low];
    let mut arguments = vec![bytes::new(t, &state)];
    if !b.zone.is_none() {
        arguments.push(b.zone.clone());
    }
    Ok(tuple::new(t, vec![type_::type_of(t, this).clone(), tuple::new(t, arguments)]))
}
fn reduce_ex(t: Attached<'_>, a: &[Value]) -> PyResult {
    let protocol = fields::int_of(t, &a[1])?;
    reduced(t, &a[0], protocol > 3)
}
fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    reduced(t, &a[0], false)
}

/// The time of day in UTC, as microseconds. The zone is asked about fold 0: times that differ in it are equal. It is
/// asked about None, so the fold is nothing that it could see.
fn hash(t: Attached<'_>, this: &Value) -> PyResult<i64> {
    let b = body(this);
    let offset = tzinfo::utcoffset(t, &b.zone, &Value::none())?.unwrap_or(0);
    Ok(str::hash_bytes(t, &(b.time.total() - offset).to_le_bytes()))
}

fn compare(t: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (as_time(a), as_time(b)) else { return Ok(Value::not_implemented()) };
    if x.zone.is(&y.zone) {
        return Ok(Value::bool(op.holds(x.time.cmp(&y.time))));
    }
    let none = Value::none();
    let offsets = (tzinfo::utcoffset(t, &x.zone, &none)?, tzinfo::utcoffset(t, &y.zone, &none)?);
    match offsets {
        (Some(p), Some(q)) => Ok(Value::bool(op.holds((x.time.total() - p).cmp(&(y.time.total() - q))))),
        (None, None) => Ok(Value::bool(op.holds(x.time.cmp(&y.time)))),
        _ => match op {
            CompareOp::Eq => Ok(Value::bool(false)),
            CompareOp::Ne => Ok(Value::bool(true)),
            _ => Err(t.type_error("can't compare offset-naive and offset-aware times")),
        },
    }
}
