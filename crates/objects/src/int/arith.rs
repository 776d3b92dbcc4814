//! Operators of int. Each is a slot function: it gets both operands in order, and gives NotImplemented
//! unless both are ints. The eval loop calls the public ones when its own paths for words do not apply.

use dashu_int::IBig;
use orochi_heap::Value;
use orochi_number::int as number;

use super::{IntView, PyInt, from_big, new, view};
use crate::number::check;
use crate::slots::CompareOp;
use crate::thread::{Attached, PyResult};

use IntView::Small;

macro_rules! both {
    ($a:expr, $b:expr) => {
        match (view($a), view($b)) {
            (Some(x), Some(y)) => (x, y),
            _ => return Ok(Value::not_implemented()),
        }
    };
}
macro_rules! own {
    ($a:expr) => {
        match view($a) {
            Some(x) => x,
            None => return Ok(Value::not_implemented()),
        }
    };
}

/// `a + b`; NotImplemented unless both are ints.
#[inline]
pub fn add(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    Ok(match both!(a, b) {
        // Words have 63 bits: their sum fits 64.
        (Small(x), Small(y)) => new(t, x + y),
        (x, y) => from_big(t, x.to_big().as_ref() + y.to_big().as_ref()),
    })
}
/// `a - b`; NotImplemented unless both are ints.
#[inline]
pub fn sub(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    Ok(match both!(a, b) {
        (Small(x), Small(y)) => new(t, x - y),
        (x, y) => from_big(t, x.to_big().as_ref() - y.to_big().as_ref()),
    })
}
/// `a * b`; NotImplemented unless both are ints.
#[inline]
pub fn mul(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    Ok(match both!(a, b) {
        (Small(x), Small(y)) => match x.checked_mul(y) {
            Some(p) => new(t, p),
            None => from_big(t, IBig::from(i128::from(x) * i128::from(y))),
        },
        (x, y) => from_big(t, check(t, number::mul(&x.to_big(), &y.to_big()))?),
    })
}
/// `a // b`; NotImplemented unless both are ints.
#[inline]
pub fn floor_div(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    let (x, y) = both!(a, b);
    if let (Small(x), Small(y)) = (x, y)
        && y != 0
    {
        // The one quotient that leaves 63 bits still fits 64.
        let q = x / y;
        return Ok(new(t, if q * y != x && (x < 0) != (y < 0) { q - 1 } else { q }));
    }
    Ok(from_big(t, check(t, number::floor_div(&x.to_big(), &y.to_big()))?))
}
/// `a % b`; NotImplemented unless both are ints.
#[inline]
pub fn modulo(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    let (x, y) = both!(a, b);
    if let (Small(x), Small(y)) = (x, y)
        && let Some(r) = number::small_modulo(x, y)
    {
        return Ok(new(t, r));
    }
    Ok(from_big(t, check(t, number::modulo(&x.to_big(), &y.to_big()))?))
}
/// `divmod(a, b)`; NotImplemented unless both are ints.
pub fn divmod(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    let (x, y) = both!(a, b);
    if let (Small(x), Small(y)) = (x, y)
        && let (Some(q), Some(r)) = (number::small_floor_div(x, y), number::small_modulo(x, y))
    {
        return Ok(crate::tuple::new(t, vec![new(t, q), new(t, r)]));
    }
    let (q, r) = check(t, number::floor_divmod(&x.to_big(), &y.to_big()))?;
    Ok(crate::tuple::new(t, vec![from_big(t, q), from_big(t, r)]))
}
/// `a / b`; NotImplemented unless both are ints.
#[inline]
pub fn true_div(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    let q = match both!(a, b) {
        (Small(x), Small(y)) => number::small_true_div(x, y),
        (x, y) => number::true_div(&x.to_big(), &y.to_big()),
    };
    Ok(crate::float::new(t, check(t, q)?))
}
/// `a << b`; NotImplemented unless both are ints.
pub fn shl(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    let (x, y) = both!(a, b);
    if let (Small(x), Small(y)) = (x, y)
        && let Some(v) = number::small_shl(x, y)
        && y >= 0
    {
        return Ok(new(t, v));
    }
    Ok(from_big(t, check(t, number::shl(&x.to_big(), &y.to_big()))?))
}
/// `a >> b`; NotImplemented unless both are ints.
pub fn shr(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    let (x, y) = both!(a, b);
    if let (Small(x), Small(y)) = (x, y)
        && let Some(v) = number::small_shr(x, y)
    {
        return Ok(new(t, v));
    }
    Ok(from_big(t, check(t, number::shr(&x.to_big(), &y.to_big()))?))
}
/// `a & b`; NotImplemented unless both are ints.
#[inline]
pub fn and(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    Ok(match both!(a, b) {
        (Small(x), Small(y)) => new(t, x & y),
        (x, y) => from_big(t, number::and(&x.to_big(), &y.to_big())),
    })
}
/// `a | b`; NotImplemented unless both are ints.
#[inline]
pub fn or(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    Ok(match both!(a, b) {
        (Small(x), Small(y)) => new(t, x | y),
        (x, y) => from_big(t, number::or(&x.to_big(), &y.to_big())),
    })
}
/// `a ^ b`; NotImplemented unless both are ints.
#[inline]
pub fn xor(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    Ok(match both!(a, b) {
        (Small(x), Small(y)) => new(t, x ^ y),
        (x, y) => from_big(t, number::xor(&x.to_big(), &y.to_big())),
    })
}

/// `pow(a, b, modulus)`, `a ** b` for a None modulus; NotImplemented unless all given are ints. A negative
/// power without modulus is a float.
pub fn pow(t: Attached<'_>, a: &Value, b: &Value, modulus: &Value) -> PyResult {
    let (x, y) = both!(a, b);
    if !modulus.is_none() {
        let m = own!(modulus);
        return Ok(from_big(t, check(t, number::pow_mod(&x.to_big(), &y.to_big(), &m.to_big()))?));
    }
    if y.is_negative() {
        let (x, y) = (super::arith::as_float(t, x)?, super::arith::as_float(t, y)?);
        return crate::float::pow_floats(t, x, y);
    }
    if let (Small(x), Small(y)) = (x, y)
        && let Some(v) = number::small_pow(x, y)
    {
        return Ok(new(t, v));
    }
    Ok(from_big(t, check(t, number::pow(&x.to_big(), &y.to_big()))?))
}

/// `-a` of an int.
#[inline]
pub fn neg(t: Attached<'_>, a: &Value) -> PyResult {
    Ok(match own!(a) {
        Small(x) => new(t, -x),
        IntView::Big(x) => from_big(t, -x),
    })
}
/// `~a` of an int.
#[inline]
pub fn invert(t: Attached<'_>, a: &Value) -> PyResult {
    Ok(match own!(a) {
        Small(x) => new(t, !x),
        IntView::Big(x) => from_big(t, number::invert(x)),
    })
}
/// `abs(a)` of an int.
pub fn absolute(t: Attached<'_>, a: &Value) -> PyResult {
    if own!(a).is_negative() { neg(t, a) } else { super::new::plain(t, a) }
}

pub(super) fn as_float(t: Attached<'_>, x: IntView<'_>) -> PyResult<f64> {
    match x {
        Small(i) => Ok(i as f64),
        IntView::Big(b) => check(t, number::to_f64(b)),
    }
}

/// `float(a)` of an int.
pub(super) fn float(t: Attached<'_>, a: &Value) -> PyResult {
    Ok(crate::float::new(t, as_float(t, own!(a))?))
}

pub(super) fn truth(_: Attached<'_>, a: &Value) -> PyResult<bool> {
    Ok(view(a).is_some_and(|x| !x.is_zero()))
}

pub(super) fn hash(_: Attached<'_>, a: &Value) -> PyResult<i64> {
    Ok(match view(a) {
        Some(Small(i)) => number::small_hash(i),
        Some(IntView::Big(b)) => number::hash(b),
        None => 0,
    })
}

pub(super) fn compare(_: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    let (x, y) = both!(a, b);
    Ok(Value::bool(op.holds(x.order(y))))
}

/// The body of a subclass's instance or of a large int.
pub(super) fn body(x: IntView<'_>) -> PyInt {
    PyInt { value: x.to_big().into_owned() }
}
