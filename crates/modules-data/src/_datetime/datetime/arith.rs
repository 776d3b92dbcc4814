//! Comparison, hashing and arithmetic of datetimes. Those of one zone are compared as wall clocks, those of different
//! zones as moments.

use orochi_objects::{Attached, CompareOp, PyResult, Value, str, type_};

use super::super::calendar::DAY;
use super::super::date::{PyDate, as_datetime, body};
use super::super::fields::{Hms, Ymd};
use super::super::{timedelta, tzinfo};
use super::{DATETIME, make};

/// Day and time of that many microseconds; OverflowError outside the years.
pub fn fields_at(t: Attached<'_>, micros: i64) -> PyResult<(Ymd, Hms)> {
    Ok((Ymd::of_ordinal(t, micros.div_euclid(DAY))?, Hms::of_micros(micros.rem_euclid(DAY))))
}

/// The datetime that much later on the wall clock, of the same class and zone.
pub fn shift(t: Attached<'_>, this: &Value, b: &PyDate, by: i128) -> PyResult {
    let Some(micros) = i64::try_from(by).ok().and_then(|by| b.micros().checked_add(by)) else {
        return Err(t.overflow_error("date value out of range"));
    };
    let (day, time) = fields_at(t, micros)?;
    make(t, type_::type_of(t, this), day, time, &b.zone, 0)
}

pub fn add(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    if let Some(x) = as_datetime(a) {
        if let Some(delta) = timedelta::as_delta(b) {
            return shift(t, a, x, delta.total());
        }
    } else if let Some(y) = as_datetime(b)
        && let Some(delta) = timedelta::as_delta(a)
    {
        return shift(t, b, y, delta.total());
    }
    Ok(Value::not_implemented())
}

pub fn sub(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    let Some(x) = as_datetime(a) else { return Ok(Value::not_implemented()) };
    if let Some(delta) = timedelta::as_delta(b) {
        return shift(t, a, x, -delta.total());
    }
    let Some(y) = as_datetime(b) else { return Ok(Value::not_implemented()) };
    let mut difference = x.micros() - y.micros();
    if !x.zone.is(&y.zone) {
        match (tzinfo::utcoffset(t, &x.zone, a)?, tzinfo::utcoffset(t, &y.zone, b)?) {
            (Some(p), Some(q)) => difference += q - p,
            (None, None) => {}
            _ => return Err(t.type_error("can't subtract offset-naive and offset-aware datetimes")),
        }
    }
    timedelta::make(t, i128::from(difference))
}

/// The same reading with another fold, of the same class, without its constructor.
fn with_fold(t: Attached<'_>, this: &Value, b: &PyDate, fold: u8) -> PyResult {
    DATETIME.alloc_for(t, type_::type_of(t, this), PyDate::of_moment(b.day, b.time, b.zone.clone(), fold))
}

/// Whether the offset depends on the fold: such a datetime equals none of another zone.
fn depends_on_fold(t: Attached<'_>, this: &Value, b: &PyDate, offset: Option<i64>) -> PyResult<bool> {
    if b.zone.is_none() || super::super::timezone::as_timezone(&b.zone).is_some() {
        return Ok(false);
    }
    let flipped = with_fold(t, this, b, 1 - b.fold().min(1))?;
    Ok(tzinfo::utcoffset(t, &b.zone, &flipped)? != offset)
}

pub fn compare(t: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (as_datetime(a), as_datetime(b)) else { return Ok(Value::not_implemented()) };
    if x.zone.is(&y.zone) {
        return Ok(Value::bool(op.holds((x.day, x.time).cmp(&(y.day, y.time)))));
    }
    let (p, q) = (tzinfo::utcoffset(t, &x.zone, a)?, tzinfo::utcoffset(t, &y.zone, b)?);
    let equality = matches!(op, CompareOp::Eq | CompareOp::Ne);
    if p.is_some() != q.is_some() {
        if equality {
            return Ok(Value::bool(op == CompareOp::Ne));
        }
        return Err(t.type_error("can't compare offset-naive and offset-aware datetimes"));
    }
    let order = (x.micros() - p.unwrap_or(0)).cmp(&(y.micros() - q.unwrap_or(0)));
    if equality && order.is_eq() && (depends_on_fold(t, a, x, p)? || depends_on_fold(t, b, y, q)?) {
        return Ok(Value::bool(op == CompareOp::Ne));
    }
    Ok(Value::bool(op.holds(order)))
}

/// The moment in UTC, as microseconds; of two equal readings the first.
pub fn hash(t: Attached<'_>, this: &Value) -> PyResult<i64> {
    let b = body(this);
    let offset = if b.fold() == 0 {
        tzinfo::utcoffset(t, &b.zone, this)?
    } else {
        tzinfo::utcoffset(t, &b.zone, &with_fold(t, this, b, 0)?)?
    };
    Ok(str::hash_bytes(t, &(b.micros() - offset.unwrap_or(0)).to_le_bytes()))
}
