//! Operators of complex; a real operand is not turned into a complex one first (see `orochi_number::complex`).

use orochi_heap::Value;
use orochi_number::complex::{self as number, Complex};

use super::{as_complex, new};
use crate::number::check;
use crate::slots::CompareOp;
use crate::thread::{Attached, PyResult};

/// An operand: complex or real.
enum Operand {
    Complex(Complex),
    Real(f64),
}

use Operand::{Complex as C, Real as R};

fn operand(t: Attached<'_>, v: &Value) -> PyResult<Option<Operand>> {
    match as_complex(v) {
        Some(z) => Ok(Some(C(z))),
        None => Ok(crate::float::real(t, v)?.map(R)),
    }
}

fn full(o: Operand) -> Complex {
    match o {
        C(z) => z,
        R(x) => number::new(x, 0.0),
    }
}

macro_rules! operands {
    ($t:expr, $a:expr, $b:expr) => {
        match (operand($t, $a)?, operand($t, $b)?) {
            (Some(x), Some(y)) => (x, y),
            _ => return Ok(Value::not_implemented()),
        }
    };
}

pub(super) fn add(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    Ok(new(t, match operands!(t, a, b) {
        (C(x), C(y)) => number::add(x, y),
        (C(x), R(y)) | (R(y), C(x)) => number::add_real(x, y),
        (R(x), R(y)) => number::new(x + y, 0.0),
    }))
}
pub(super) fn sub(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    Ok(new(t, match operands!(t, a, b) {
        (C(x), C(y)) => number::sub(x, y),
        (C(x), R(y)) => number::sub_real(x, y),
        (R(x), C(y)) => number::real_sub(x, y),
        (R(x), R(y)) => number::new(x - y, 0.0),
    }))
}
pub(super) fn mul(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    Ok(new(t, match operands!(t, a, b) {
        (C(x), C(y)) => number::mul(x, y),
        (C(x), R(y)) | (R(y), C(x)) => number::mul_real(x, y),
        (R(x), R(y)) => number::new(x * y, 0.0),
    }))
}
pub(super) fn true_div(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    let z = match operands!(t, a, b) {
        (C(x), C(y)) => number::div(x, y),
        (C(x), R(y)) => number::div_real(x, y),
        (R(x), C(y)) => number::real_div(x, y),
        (x, y) => number::div(full(x), full(y)),
    };
    Ok(new(t, check(t, z)?))
}
pub(super) fn pow(t: Attached<'_>, a: &Value, b: &Value, modulus: &Value) -> PyResult {
    let (x, y) = operands!(t, a, b);
    if !modulus.is_none() {
        return Err(t.value_error("complex modulo"));
    }
    Ok(new(t, check(t, number::pow(full(x), full(y)))?))
}

fn own(v: &Value) -> Complex {
    as_complex(v).unwrap_or(number::new(0.0, 0.0))
}

pub(super) fn neg(t: Attached<'_>, a: &Value) -> PyResult {
    Ok(new(t, number::neg(own(a))))
}
pub(super) fn absolute(t: Attached<'_>, a: &Value) -> PyResult {
    Ok(crate::float::new(t, check(t, number::abs(own(a)))?))
}
pub(super) fn truth(_: Attached<'_>, a: &Value) -> PyResult<bool> {
    let z = own(a);
    Ok(z.re != 0.0 || z.im != 0.0)
}
pub(super) fn hash(t: Attached<'_>, a: &Value) -> PyResult<i64> {
    match number::hash(own(a)) {
        Some(h) => Ok(h),
        None => crate::object::identity_hash(t, a),
    }
}

pub(super) fn compare(_: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Value::not_implemented());
    }
    let z = own(a);
    let equal = if let Some(w) = as_complex(b) {
        z.re == w.re && z.im == w.im
    } else if let Some(y) = crate::float::as_f64(b) {
        z.re == y && z.im == 0.0
    } else if let Some(n) = crate::int::view(b) {
        z.im == 0.0 && n.order_f64(z.re) == Some(std::cmp::Ordering::Equal)
    } else {
        return Ok(Value::not_implemented());
    };
    Ok(Value::bool(equal == (op == CompareOp::Eq)))
}
