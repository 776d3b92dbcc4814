//! Times that Python passes as seconds (int or float) or nanoseconds, with CPython's rounding.

use orochi_host::clock::{NANOS, Timespec};
use orochi_objects::{Attached, PyResult, Value, float, int, protocol};

/// How a fraction of a nanosecond is rounded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// Toward the past.
    Floor,
    /// Away from zero: a short wait does not become none.
    Up,
    /// To nearest, ties to even.
    HalfEven,
}

/// 2 to the 63rd: the first float that is too large for an `i64`.
const TOO_LARGE: f64 = (1u64 << 63) as f64;

fn rounded(x: f64, rounding: Rounding) -> f64 {
    match rounding {
        Rounding::Floor => x.floor(),
        Rounding::Up => if x >= 0.0 { x.ceil() } else { x.floor() },
        Rounding::HalfEven => x.round_ties_even(),
    }
}

/// Seconds as a count of nanoseconds in `i64`.
pub fn nanos(t: Attached<'_>, v: &Value, rounding: Rounding) -> PyResult<i64> {
    let out_of_range = || t.overflow_error("timestamp out of range for C PyTime_t");
    if let Some(x) = float::as_f64(v) {
        if x.is_nan() {
            return Err(t.value_error("Invalid value NaN (not a number)"));
        }
        let n = rounded(x * 1e9, rounding);
        if !(-TOO_LARGE..TOO_LARGE).contains(&n) {
            return Err(out_of_range());
        }
        return Ok(n as i64);
    }
    if orochi_objects::type_::class_of(t, v).slots.index().is_none() {
        return Err(t.type_error(format!(
            "'{}' object cannot be interpreted as an integer or float",
            orochi_objects::type_::type_name(t, v)
        )));
    }
    let n = protocol::as_index(t, v)?;
    int::as_i64(&n).and_then(|n| n.checked_mul(NANOS)).ok_or_else(out_of_range)
}

/// Seconds as whole seconds and nanoseconds, for the whole range of the system's time.
pub fn timespec(t: Attached<'_>, v: &Value, rounding: Rounding) -> PyResult<Timespec> {
    let out_of_range = || t.overflow_error("timestamp out of range for platform time_t");
    if let Some(x) = float::as_f64(v) {
        if x.is_nan() {
            return Err(t.value_error("Invalid value NaN (not a number)"));
        }
        let (mut whole, mut part) = (x.trunc(), rounded(x.fract() * 1e9, rounding));
        if part >= 1e9 {
            part -= 1e9;
            whole += 1.0;
        } else if part < 0.0 {
            part += 1e9;
            whole -= 1.0;
        }
        if !(-TOO_LARGE..TOO_LARGE).contains(&whole) {
            return Err(out_of_range());
        }
        return Ok(Timespec { sec: whole as i64, nsec: part as i64 });
    }
    let n = protocol::as_index(t, v)?;
    int::as_i64(&n).map(|sec| Timespec { sec, nsec: 0 }).ok_or_else(out_of_range)
}

/// Seconds, rounded down, for calendar functions; None and omitted are now.
pub fn whole_seconds(t: Attached<'_>, v: &Value) -> PyResult<i64> {
    match v.given().filter(|v| !v.is_none()) {
        None => Ok(orochi_host::clock::realtime_nanos().div_euclid(NANOS)),
        Some(v) => Ok(timespec(t, v, Rounding::Floor)?.sec),
    }
}

/// A float of seconds.
pub fn as_float(t: Attached<'_>, time: Timespec) -> Value {
    float::new(t, time.sec as f64 + 1e-9 * time.nsec as f64)
}

/// A float of a count of nanoseconds.
pub fn nanos_as_float(t: Attached<'_>, nanos: i64) -> Value {
    // As CPython: one division where the count has whole seconds only, to be exact there.
    let f = if nanos % NANOS == 0 { (nanos / NANOS) as f64 } else { nanos as f64 / 1e9 };
    float::new(t, f)
}

/// An int of the nanoseconds of a time.
pub fn nanos_as_int(t: Attached<'_>, time: Timespec) -> Value {
    match i64::try_from(time.as_nanos()) {
        Ok(n) => int::new(t, n),
        Err(_) => int::from_big(t, dashu_int::IBig::from(time.as_nanos())),
    }
}
