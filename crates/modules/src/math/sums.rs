//! Functions of `math` over iterables: sums, products, distances.

use orochi_number::math as number;
use orochi_objects::{Attached, PyResult, Value, float, int, number::check, protocol, protocol::Operator, tuple};

fn floats(t: Attached<'_>, values: &[Value]) -> PyResult<Vec<f64>> {
    values.iter().map(|v| protocol::to_float(t, v)).collect()
}

pub(super) fn hypot(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(float::new(t, number::hypot(&floats(t, tuple::items(&a[0]))?)))
}

pub(super) fn dist(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (p, q) = (protocol::collect(t, &a[0])?, protocol::collect(t, &a[1])?);
    if p.len() != q.len() {
        return Err(t.value_error("both points must have the same number of dimensions"));
    }
    Ok(float::new(t, check(t, number::dist(&floats(t, &p)?, &floats(t, &q)?))?))
}

pub(super) fn fsum(t: Attached<'_>, a: &[Value]) -> PyResult {
    let values = floats(t, &protocol::collect(t, &a[0])?)?;
    Ok(float::new(t, check(t, number::fsum(values))?))
}

pub(super) fn prod(t: Attached<'_>, a: &[Value]) -> PyResult {
    let it = protocol::get_iter(t, &a[0])?;
    let mut total = a[1].given().cloned().unwrap_or(Value::i32(1));
    while let Some(v) = protocol::next(t, &it)? {
        total = protocol::binary(t, &total, &v, Operator::Mul)?;
        t.safepoint()?;
    }
    Ok(total)
}

/// An exact float, int or bool as a float, and whether it is a float.
fn real(t: Attached<'_>, v: &Value) -> Option<(f64, bool)> {
    if float::TYPE.is_exact(t, v) {
        return float::as_f64(v).map(|f| (f, true));
    }
    if v.is_small_int() || v.as_bool().is_some() || int::TYPE.is_exact(t, v) {
        return int::view(v)?.to_f64().map(|f| (f, false));
    }
    None
}

/// Sums of products: ints exactly, then floats with extended precision, then anything by its operators.
/// Once a pair does not fit a way of summing, that way is not used again.
pub(super) fn sumprod(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (p, q) = (protocol::get_iter(t, &a[0])?, protocol::get_iter(t, &a[1])?);
    let mut total = Value::i32(0);
    let mut ints = Some(0i64);
    let mut sum = Some(number::SumProd::default());
    let mut sum_used = false;
    loop {
        let pair = match (protocol::next(t, &p)?, protocol::next(t, &q)?) {
            (Some(x), Some(y)) => Some((x, y)),
            (None, None) => None,
            _ => return Err(t.value_error("Inputs are not the same length")),
        };
        t.safepoint()?;
        if let Some(so_far) = ints {
            if let Some((x, y)) = &pair
                && let (Some(x), Some(y)) = (x.as_small_int(), y.as_small_int())
                && let Some(next) = x.checked_mul(y).and_then(|xy| so_far.checked_add(xy))
            {
                ints = Some(next);
                continue;
            }
            ints = None;
            total = protocol::binary(t, &total, &int::new(t, so_far), Operator::Add)?;
        }
        if let Some(so_far) = &mut sum {
            if let Some((x, y)) = &pair
                && let (Some((x, x_float)), Some((y, y_float))) = (real(t, x), real(t, y))
                && (x_float || y_float)
                && so_far.push(x, y)
            {
                sum_used = true;
                continue;
            }
            if sum_used {
                let flushed = float::new(t, so_far.total());
                total = protocol::binary(t, &total, &flushed, Operator::Add)?;
                sum = None;
            }
        }
        let Some((x, y)) = pair else { return Ok(total) };
        let xy = protocol::binary(t, &x, &y, Operator::Mul)?;
        total = protocol::binary(t, &total, &xy, Operator::Add)?;
    }
}
