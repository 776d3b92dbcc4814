//! Functions of `math` that give ints or take only ints.

use orochi_number::{IBig, NumberResult, float as float_number, int as number};
use orochi_objects::{Attached, PyResult, Value, float, int, number::check, protocol, tuple};

/// An int argument.
fn index(t: Attached<'_>, v: &Value) -> PyResult<IBig> {
    let n = protocol::as_index(t, v)?;
    Ok(int::as_big(&n).unwrap_or_default())
}

/// A rounding: of a float directly, by the special method, or of what has `__float__`.
fn rounded(t: Attached<'_>, v: &Value, name: &Value, f: fn(f64) -> NumberResult<IBig>) -> PyResult {
    if !float::TYPE.is_exact(t, v)
        && let Some(r) = protocol::call_special(t, v, name, &[])?
    {
        return Ok(r);
    }
    let x = protocol::to_float(t, v)?;
    Ok(int::from_big(t, check(t, f(x))?))
}

pub(super) fn ceil(t: Attached<'_>, a: &[Value]) -> PyResult {
    rounded(t, &a[0], &t.names().__ceil__, float_number::ceil)
}
pub(super) fn floor(t: Attached<'_>, a: &[Value]) -> PyResult {
    rounded(t, &a[0], &t.names().__floor__, float_number::floor)
}
pub(super) fn trunc(t: Attached<'_>, a: &[Value]) -> PyResult {
    match protocol::call_special(t, &a[0], &t.names().__trunc__, &[])? {
        Some(r) => Ok(r),
        None => Err(super::no_method(t, &a[0], "__trunc__")),
    }
}

pub(super) fn factorial(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = index(t, &a[0])?;
    Ok(int::from_big(t, check(t, number::factorial(&n))?))
}
pub(super) fn isqrt(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = index(t, &a[0])?;
    Ok(int::from_big(t, check(t, number::isqrt(&n))?))
}
pub(super) fn comb(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (n, k) = (index(t, &a[0])?, index(t, &a[1])?);
    Ok(int::from_big(t, check(t, number::comb(&n, &k))?))
}
pub(super) fn perm(t: Attached<'_>, a: &[Value]) -> PyResult {
    match a[1].given().filter(|k| !k.is_none()) {
        None => factorial(t, a),
        Some(k) => {
            let (n, k) = (index(t, &a[0])?, index(t, k)?);
            Ok(int::from_big(t, check(t, number::perm(&n, &k))?))
        }
    }
}

pub(super) fn gcd(t: Attached<'_>, a: &[Value]) -> PyResult {
    let mut total = Value::i32(0);
    for v in tuple::items(&a[0]) {
        let n = protocol::as_index(t, v)?;
        total = match (total.as_small_int(), n.as_small_int()) {
            (Some(x), Some(y)) => int::from_u64(t, number::small_gcd(x, y)),
            _ => {
                let (x, y) = (int::as_big(&total).unwrap_or_default(), int::as_big(&n).unwrap_or_default());
                int::from_big(t, number::gcd(&x, &y))
            }
        };
    }
    Ok(total)
}
pub(super) fn lcm(t: Attached<'_>, a: &[Value]) -> PyResult {
    let mut total = IBig::ONE;
    for v in tuple::items(&a[0]) {
        let n = index(t, v)?;
        total = check(t, number::lcm(&total, &n))?;
    }
    Ok(int::from_big(t, total))
}
