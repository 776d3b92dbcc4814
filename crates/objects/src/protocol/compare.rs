//! Truth, comparison, hashing.

use orochi_heap::Value;

use crate::slots::CompareOp;
use crate::thread::{Attached, PyResult};
use crate::type_::{class_of, type_name};

/// `bool(v)`.
#[inline]
pub fn truth(t: Attached<'_>, v: &Value) -> PyResult<bool> {
    if let Some(b) = v.as_bool() {
        return Ok(b);
    }
    if v.is_none() {
        return Ok(false);
    }
    if let Some(i) = v.as_small_int() {
        return Ok(i != 0);
    }
    let slots = &class_of(t, v).slots;
    if let Some(f) = slots.bool() {
        return f(t, v);
    }
    match slots.len() {
        Some(f) => Ok(f(t, v)? != 0),
        None => Ok(true),
    }
}

/// As [`truth`]: the name that reads better in conditions.
pub fn is_true(t: Attached<'_>, v: &Value) -> PyResult<bool> {
    truth(t, v)
}

/// `a op b`: any value.
pub fn compare(t: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    if let (Some(x), Some(y)) = (a.as_small_int(), b.as_small_int()) {
        return Ok(Value::bool(op.holds(x.cmp(&y))));
    }
    t.check_stack(" in comparison")?;
    let (ta, tb) = (class_of(t, a), class_of(t, b));
    let mut reflected_tried = false;
    if !std::ptr::eq(ta, tb)
        && tb.is_subtype(ta)
        && let Some(f) = tb.slots.compare()
    {
        reflected_tried = true;
        let r = f(t, b, a, op.swapped())?;
        if !r.is_not_implemented() {
            return Ok(r);
        }
    }
    if let Some(f) = ta.slots.compare() {
        let r = f(t, a, b, op)?;
        if !r.is_not_implemented() {
            return Ok(r);
        }
    }
    if !reflected_tried
        && let Some(f) = tb.slots.compare()
    {
        let r = f(t, b, a, op.swapped())?;
        if !r.is_not_implemented() {
            return Ok(r);
        }
    }
    match op {
        CompareOp::Eq => Ok(Value::bool(a.is(b))),
        CompareOp::Ne => Ok(Value::bool(!a.is(b))),
        _ => Err(t.type_error(format!(
            "'{}' not supported between instances of '{}' and '{}'",
            op.symbol(),
            type_name(t, a),
            type_name(t, b)
        ))),
    }
}

/// Truth of `a op b`.
#[inline]
pub fn compare_bool(t: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult<bool> {
    if let (Some(x), Some(y)) = (a.as_small_int(), b.as_small_int()) {
        return Ok(op.holds(x.cmp(&y)));
    }
    let r = compare(t, a, b, op)?;
    truth(t, &r)
}

/// Truth of `a == b`; identity does not decide (nan).
#[inline]
pub fn equal(t: Attached<'_>, a: &Value, b: &Value) -> PyResult<bool> {
    if crate::str::is_exact_str(a) && crate::str::is_exact_str(b) {
        return Ok(crate::str::same_text(a, b));
    }
    compare_bool(t, a, b, CompareOp::Eq)
}

/// Identity or equality: how containers compare members.
#[inline]
pub fn equal_or_same(t: Attached<'_>, a: &Value, b: &Value) -> PyResult<bool> {
    if a.is(b) { Ok(true) } else { equal(t, a, b) }
}

/// `hash(v)`; TypeError if it has none.
#[inline]
pub fn hash(t: Attached<'_>, v: &Value) -> PyResult<i64> {
    if crate::str::is_exact_str(v) {
        return Ok(crate::str::hash(t, v));
    }
    if let Some(i) = v.as_small_int() {
        return Ok(orochi_number::int::small_hash(i));
    }
    match class_of(t, v).slots.hash() {
        Some(f) => f(t, v),
        None => Err(t.type_error(format!("unhashable type: '{}'", type_name(t, v)))),
    }
}
