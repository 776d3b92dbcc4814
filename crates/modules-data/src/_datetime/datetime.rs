//! `datetime.datetime`: a day and a time of day, of a zone or of none. What is read and asked is here; how they are
//! made is in `datetime/make.rs`, comparison and arithmetic are in `datetime/arith.rs`.

use orochi_objects::spec::flags;
use orochi_objects::{Attached, Def, GetSet, Method, PyResult, TypeSpec, Value};
use orochi_objects::{bytes, dict, int, protocol, str, tuple, type_};

use super::date::{self, DATE, PyDate};
use super::fields::{Hms, Ymd, word};
use super::{calendar, fields, format, local, time, timedelta, tzinfo};

mod arith;
mod make;

pub use arith::shift;
pub use make::make;

/// `datetime.datetime`.
pub static DATETIME: TypeSpec = TypeSpec::new::<PyDate>("datetime.datetime")
    .base(&DATE)
    .flags(flags::BASETYPE)
    .slots(&[
        Def::New(make::new),
        Def::Repr(repr),
        Def::Str(text),
        Def::Hash(arith::hash),
        Def::Compare(arith::compare),
        Def::Add(arith::add),
        Def::Sub(arith::sub),
    ])
    .methods(&[
        Method::class("now", "($type, /, tz=None)", make::now, "The time now, in the local zone or the one given."),
        Method::class("utcnow", "($type, /)", make::utcnow, "The time now in UTC, without a zone."),
        Method::class("fromtimestamp", "($type, /, timestamp, tz=None)", make::fromtimestamp, "The time of a POSIX timestamp, in the local zone or the one given."),
        Method::class("utcfromtimestamp", "($type, timestamp, /)", make::utcfromtimestamp, "The time of a POSIX timestamp in UTC, without a zone."),
        Method::class("strptime", "($type, string, format, /)", make::strptime, "The time that a text in a format (as for time.strptime()) names."),
        Method::class("combine", "($type, /, date, time, tzinfo=unchanged)", make::combine, "The datetime of a date and a time."),
        Method::class("fromisoformat", "($type, string, /)", make::fromisoformat, "The datetime that a text in ISO 8601 names."),
        Method::new("date", "($self, /)", date_part, "The date of it."),
        Method::new("time", "($self, /)", time_part, "The time of day, without the zone."),
        Method::new("timetz", "($self, /)", timetz, "The time of day, with the zone."),
        Method::new("ctime", "($self, /)", ctime, "The time as C's ctime() writes it."),
        Method::new("timetuple", "($self, /)", timetuple, "A time tuple as time.localtime() gives."),
        Method::new("timestamp", "($self, /)", timestamp, "The POSIX timestamp, as a float."),
        Method::new("utctimetuple", "($self, /)", utctimetuple, "A time tuple in UTC as time.gmtime() gives."),
        Method::new("isoformat", "($self, /, sep='T', timespec='auto')", isoformat, "The time as YYYY-MM-DDTHH:MM:SS.mmmmmm+HH:MM.\n\nsep stands between date and time; timespec says how much of the time there is: 'auto', 'hours', 'minutes',\n'seconds', 'milliseconds' or 'microseconds'."),
        Method::new("utcoffset", "($self, /)", utcoffset, "How far the zone's time is ahead of UTC."),
        Method::new("tzname", "($self, /)", tzname, "The name of the zone."),
        Method::new("dst", "($self, /)", dst, "How much of the offset is summer time."),
        Method::new("replace", REPLACE, make::replace, "The datetime with other fields.").named(make::replace_named),
        Method::new("__replace__", REPLACE, make::replace, "The same as replace().").named(make::replace_named),
        Method::new("astimezone", "($self, /, tz=None)", astimezone, "The same moment in another zone, by default the local one."),
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
        let first = (Ymd::of_valid((1, 1, 1)), Hms::default());
        let last = (Ymd::of_valid((9999, 12, 31)), Hms { hour: 23, minute: 59, second: 59, micros: 999_999 });
        for (name, (day, time)) in [("min", first), ("max", last)] {
            let body = PyDate::of_moment(day, time, Value::none(), 0);
            dict::set_by_name(t, &namespace, name, DATETIME.alloc_for(t, class, body)?);
        }
        dict::set_by_name(t, &namespace, "resolution", timedelta::make(t, 1)?);
        Ok(())
    })
    .doc("datetime(year, month, day[, hour[, minute[, second[, microsecond[,tzinfo]]]]])\n\nYear, month and day are needed. tzinfo is None or a zone (an instance of a\nsubclass of tzinfo); everything else is an int.");

const REPLACE: &::core::primitive::str = "($self, /, year=unchanged, month=unchanged, day=unchanged, hour=unchanged, minute=unchanged, second=unchanged, microsecond=unchanged, tzinfo=unchanged, *, fold=unchanged)";

use super::date::body;

fn date_part(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(DATE.alloc(t, PyDate::of_day(body(&a[0]).day)))
}
fn time_part(t: Attached<'_>, a: &[Value]) -> PyResult {
    let b = body(&a[0]);
    Ok(time::make_exact(t, b.time, Value::none(), b.fold()))
}
fn timetz(t: Attached<'_>, a: &[Value]) -> PyResult {
    let b = body(&a[0]);
    Ok(time::make_exact(t, b.time, b.zone.clone(), b.fold()))
}

fn ctime(t: Attached<'_>, a: &[Value]) -> PyResult {
    let b = body(&a[0]);
    format::ctime(t, b.day, b.time)
}

fn timetuple(t: Attached<'_>, a: &[Value]) -> PyResult {
    let b = body(&a[0]);
    let isdst = match tzinfo::dst(t, &b.zone, &a[0])? {
        None => -1,
        Some(n) => i64::from(n != 0),
    };
    format::struct_time(t, b.day, b.time, isdst)
}

fn utctimetuple(t: Attached<'_>, a: &[Value]) -> PyResult {
    let b = body(&a[0]);
    let (mut day, mut time) = (b.day, b.time);
    if let Some(offset) = tzinfo::utcoffset(t, &b.zone, &a[0])?
        && offset != 0
    {
        (day, time) = arith::fields_at(t, b.micros() - offset)?;
    }
    format::struct_time(t, day, time, 0)
}

/// Microseconds from 1970 on the wall clock.
fn since_epoch(b: &PyDate) -> i64 {
    b.micros() - calendar::EPOCH * calendar::DAY
}

fn timestamp(t: Attached<'_>, a: &[Value]) -> PyResult {
    let b = body(&a[0]);
    if b.zone.is_none() {
        let seconds = local::moment(t, local::count(b.day, b.time), b.fold())?;
        return Ok(orochi_objects::float::new(t, seconds as f64 + f64::from(b.time.micros) / 1e6));
    }
    match tzinfo::utcoffset(t, &b.zone, &a[0])? {
        Some(offset) => timedelta::seconds_of(t, i128::from(since_epoch(b) - offset)),
        None => Err(t.type_error("can't subtract offset-naive and offset-aware datetimes")),
    }
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let b = body(this);
    let Hms { hour, minute, second, micros } = b.time;
    let name = timedelta::shown_class(t, this, &DATETIME);
    let mut text = format!("{name}({}, {}, {}, {hour}, {minute}", b.day.year, b.day.month, b.day.day);
    if micros != 0 {
        text += &format!(", {second}, {micros}");
    } else if second != 0 {
        text += &format!(", {second}");
    }
    if b.fold() != 0 {
        text += ", fold=1";
    }
    time::end_repr(t, text, &b.zone, ")")
}

fn text(t: Attached<'_>, this: &Value) -> PyResult {
    if DATETIME.is_exact(t, this) {
        return iso_text(t, this, None, format::Timespec::Auto);
    }
    // A subclass writes itself as its `isoformat` does.
    let method = orochi_objects::attr::get_by_name(t, this, "isoformat")?;
    let arguments = orochi_objects::Args::with_names;
    protocol::call_args(t, &method, arguments(&[str::new(t, " ")], &[str::intern(t, "sep")]))
}

/// The separator is a blank if none is given.
fn iso_text(t: Attached<'_>, this: &Value, separator: Option<char>, spec: format::Timespec) -> PyResult {
    let b = body(this);
    let mut text = String::with_capacity(40);
    format::push_date(&mut text, b.day);
    text.push(separator.unwrap_or(' '));
    format::push_time(&mut text, b.time, spec);
    if let Some(micros) = tzinfo::utcoffset(t, &b.zone, this)? {
        format::push_offset(&mut text, micros, ":");
    }
    Ok(str::from_string(t, text))
}

fn isoformat(t: Attached<'_>, a: &[Value]) -> PyResult {
    let mut separator = 'T';
    let mut surrogate = None;
    if let Some(v) = a[1].given() {
        const WANTED: &::core::primitive::str = "isoformat() argument 1 must be a unicode character, not";
        let Some(s) = str::as_str(v) else { return Err(t.type_error(format!("{WANTED} {}", word(t, v)))) };
        let mut chars = s.wtf8().chars();
        let (Some(c), None) = (chars.next(), chars.next()) else {
            return Err(t.type_error(format!("{WANTED} a string of length {}", s.char_len())));
        };
        match char::from_u32(c.to_u32()) {
            Some(c) => separator = c,
            None => surrogate = Some(v),
        }
    }
    let spec = format::timespec(t, &a[2], 2)?;
    let text = iso_text(t, &a[0], Some(separator), spec)?;
    match surrogate {
        None => Ok(text),
        // A `T` of one byte stands in its place.
        Some(s) => {
            let (day, rest) = str::utf8(&text).and_then(|text| text.split_once('T')).unwrap_or_default();
            str::join(t, &[str::new(t, day), s.clone(), str::new(t, rest)])
        }
    }
}

fn utcoffset(t: Attached<'_>, a: &[Value]) -> PyResult {
    tzinfo::delta_or_none(t, tzinfo::utcoffset(t, &body(&a[0]).zone, &a[0])?)
}
fn dst(t: Attached<'_>, a: &[Value]) -> PyResult {
    tzinfo::delta_or_none(t, tzinfo::dst(t, &body(&a[0]).zone, &a[0])?)
}
fn tzname(t: Attached<'_>, a: &[Value]) -> PyResult {
    tzinfo::tzname(t, &body(&a[0]).zone, &a[0])
}

/// The zone that a datetime without one is meant in.
fn local_zone(t: Attached<'_>, b: &PyDate) -> PyResult {
    local::zone_of_reading(t, local::count(b.day, b.time), b.fold())
}

fn astimezone(t: Attached<'_>, a: &[Value]) -> PyResult {
    let b = body(&a[0]);
    let wanted = a[1].given().filter(|z| !z.is_none());
    if let Some(zone) = wanted {
        fields::zone(t, zone)?;
        if b.zone.is(zone) {
            return Ok(a[0].clone());
        }
    }
    let mut offset = tzinfo::utcoffset(t, &b.zone, &a[0])?;
    if offset.is_none() {
        let zone = local_zone(t, b)?;
        offset = tzinfo::utcoffset(t, &zone, &a[0])?;
    }
    let utc = b.micros() - offset.unwrap_or(0);
    let (day, time) = arith::fields_at(t, utc)?;
    let zone = match wanted {
        Some(zone) => zone.clone(),
        None => local::zone_at(t, (utc - calendar::EPOCH * calendar::DAY).div_euclid(calendar::SECOND))?,
    };
    let moment = make(t, type_::type_of(t, &a[0]), day, time, &zone, 0)?;
    protocol::call_method(t, &zone, &str::intern(t, "fromutc"), &[moment])
}

fn reduced(t: Attached<'_>, this: &Value, with_fold: bool) -> PyResult {
    let b = body(this);
    let [_, high, middle, low] = b.time.micros.to_be_bytes();
    let fold = if with_fold { b.fold() << 7 } else { 0 };
    let [century, year, month, day] = date::state(b.day);
    let Hms { hour, minute, second, .. } = b.time;
    let state = [century, year, month | fold, day, hour, minute, second, high, middle, low];
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
