//! `min`, `max`, `sorted`.

use orochi_objects::{Attached, CompareOp, PyResult, Value, list, protocol, tuple};

fn extreme(t: Attached<'_>, a: &[Value], name: &str, op: CompareOp) -> PyResult {
    let positional = tuple::items(&a[0]);
    let key = a[1].given().filter(|k| !k.is_none());
    let default = a[2].given();
    let iterable = match positional {
        [] => return Err(t.type_error(format!("{name} expected at least 1 argument, got 0"))),
        [one] => one,
        _ if default.is_some() => {
            return Err(t.type_error(format!("Cannot specify a default for {name}() with multiple positional arguments")));
        }
        _ => &a[0],
    };
    let best = match key {
        None => best_member(t, iterable, op)?,
        Some(key) => best_by_key(t, iterable, key, op)?,
    };
    match (best, default) {
        (Some(v), _) => Ok(v),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Err(t.value_error(format!("{name}() iterable argument is empty"))),
    }
}

/// The first member that no other is better than.
fn best_member(t: Attached<'_>, iterable: &Value, op: CompareOp) -> PyResult<Option<Value>> {
    let mut members = protocol::Members::of(t, iterable)?;
    let Some(mut best) = members.next(t)? else { return Ok(None) };
    while let Some(v) = members.next(t)? {
        if protocol::compare_bool(t, &v, &best, op)? {
            best = v;
        }
        t.safepoint()?;
    }
    Ok(Some(best))
}

/// As [`best_member`], compared by what the key function gives for them.
fn best_by_key(t: Attached<'_>, iterable: &Value, key: &Value, op: CompareOp) -> PyResult<Option<Value>> {
    let rank = |v: &Value| protocol::call(t, key, std::slice::from_ref(v));
    let mut members = protocol::Members::of(t, iterable)?;
    let Some(mut best) = members.next(t)? else { return Ok(None) };
    let mut top = rank(&best)?;
    while let Some(v) = members.next(t)? {
        let own = rank(&v)?;
        if protocol::compare_bool(t, &own, &top, op)? {
            (best, top) = (v, own);
        }
        t.safepoint()?;
    }
    Ok(Some(best))
}

pub(super) fn max(t: Attached<'_>, a: &[Value]) -> PyResult {
    extreme(t, a, "max", CompareOp::Gt)
}

pub(super) fn min(t: Attached<'_>, a: &[Value]) -> PyResult {
    extreme(t, a, "min", CompareOp::Lt)
}

pub(super) fn sorted(t: Attached<'_>, a: &[Value]) -> PyResult {
    let reverse = a[2].given().map_or(Ok(false), |v| protocol::truth(t, v))?;
    list::sort::sorted(t, &a[0], &a[1].given().cloned().unwrap_or(Value::none()), reverse)
}
