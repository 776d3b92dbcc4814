//! Operators of float. Each is a slot function: it gets both operands in order, takes ints on either
//! side, and gives NotImplemented for anything else. The eval loop calls the public ones when its own
//! paths for words do not apply.

use orochi_heap::Value;
use orochi_number::float::{self as number, PowResult};

use super::{as_f64, new};
use crate::int::{IntView, view};
use crate::number::check;
use crate::slots::CompareOp;
use crate::thread::{Attached, PyResult};

/// The number of a float or int, as float arithmetic takes it: `None` for other values; OverflowError
/// for an int that is too large.
#[inline(always)]
pub fn real(t: Attached<'_>, v: &Value) -> PyResult<Option<f64>> {
    if let Some(f) = v.as_small_float() {
        return Ok(Some(f));
    }
    real_slow(t, v)
}

fn real_slow(t: Attached<'_>, v: &Value) -> PyResult<Option<f64>> {
    if let Some(f) = as_f64(v) {
        return Ok(Some(f));
    }
    match view(v) {
        None => Ok(None),
        Some(IntView::Small(i)) => Ok(Some(i as f64)),
        Some(IntView::Big(b)) => check(t, orochi_number::int::to_f64(b)).map(Some),
    }
}

macro_rules! operator {
    ($(#[$doc:meta])* $name:ident, $t:ident, |$x:ident, $y:ident| $result:expr) => {
        $(#[$doc])*
        #[inline]
        pub fn $name($t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
            let (Some($x), Some($y)) = (real($t, a)?, real($t, b)?) else { return Ok(Value::not_implemented()) };
            Ok(new($t, $result))
        }
    };
}

operator!(
    /// `a + b`; NotImplemented unless both are floats or ints.
    add, t, |x, y| x + y
);
operator!(
    /// `a - b`; NotImplemented unless both are floats or ints.
    sub, t, |x, y| x - y
);
operator!(
    /// `a * b`; NotImplemented unless both are floats or ints.
    mul, t, |x, y| x * y
);
operator!(
    /// `a / b`; NotImplemented unless both are floats or ints.
    true_div, t, |x, y| check(t, number::true_div(x, y))?
);
operator!(
    /// `a // b`; NotImplemented unless both are floats or ints.
    floor_div, t, |x, y| check(t, number::floor_div(x, y))?
);
operator!(
    /// `a % b`; NotImplemented unless both are floats or ints.
    modulo, t, |x, y| check(t, number::modulo(x, y))?
);

/// `divmod(a, b)`; NotImplemented unless both are floats or ints.
pub fn divmod(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    let (Some(x), Some(y)) = (real(t, a)?, real(t, b)?) else { return Ok(Value::not_implemented()) };
    let (q, r) = check(t, number::floor_divmod(x, y))?;
    Ok(crate::tuple::new(t, vec![new(t, q), new(t, r)]))
}

/// `a ** b`; a modulus is a TypeError.
pub fn pow(t: Attached<'_>, a: &Value, b: &Value, modulus: &Value) -> PyResult {
    if !modulus.is_none() {
        return Err(t.type_error("pow() 3rd argument not allowed unless all arguments are integers"));
    }
    let (Some(x), Some(y)) = (real(t, a)?, real(t, b)?) else { return Ok(Value::not_implemented()) };
    pow_floats(t, x, y)
}

/// `x ** y`: a float, or a complex number for a negative base with a fractional exponent.
pub fn pow_floats(t: Attached<'_>, x: f64, y: f64) -> PyResult {
    match check(t, number::pow(x, y))? {
        PowResult::Real(v) => Ok(new(t, v)),
        PowResult::Complex => {
            let z = orochi_number::complex::pow(orochi_number::complex::new(x, 0.0), orochi_number::complex::new(y, 0.0));
            Ok(crate::complex::new(t, check(t, z)?))
        }
    }
}

/// `-a` of a float.
#[inline]
pub fn neg(t: Attached<'_>, a: &Value) -> PyResult {
    Ok(as_f64(a).map_or(Value::not_implemented(), |x| new(t, -x)))
}
/// `abs(a)` of a float.
pub fn absolute(t: Attached<'_>, a: &Value) -> PyResult {
    Ok(as_f64(a).map_or(Value::not_implemented(), |x| new(t, x.abs())))
}

pub(super) fn to_int(t: Attached<'_>, a: &Value) -> PyResult {
    super::methods::to_int_object(t, as_f64(a).unwrap_or(0.0))
}

pub(super) fn truth(_: Attached<'_>, a: &Value) -> PyResult<bool> {
    Ok(as_f64(a) != Some(0.0))
}

/// A nan is hashed by its identity, since it equals nothing.
pub(super) fn hash(t: Attached<'_>, a: &Value) -> PyResult<i64> {
    match number::hash(as_f64(a).unwrap_or(0.0)) {
        Some(h) => Ok(h),
        None => crate::object::identity_hash(t, a),
    }
}

/// Comparison of a float with a float or int, by exact value; NotImplemented for other values.
pub fn compare(_: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    let order = match (as_f64(a), as_f64(b)) {
        (Some(x), Some(y)) => x.partial_cmp(&y),
        (Some(x), None) => match view(b) {
            Some(n) => n.order_f64(x).map(std::cmp::Ordering::reverse),
            None => return Ok(Value::not_implemented()),
        },
        (None, Some(y)) => match view(a) {
            Some(n) => n.order_f64(y),
            None => return Ok(Value::not_implemented()),
        },
        (None, None) => return Ok(Value::not_implemented()),
    };
    Ok(Value::bool(match order {
        Some(order) => op.holds(order),
        None => op == CompareOp::Ne,
    }))
}
