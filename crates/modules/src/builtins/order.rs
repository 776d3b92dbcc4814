//! `min`, `max`, `sorted`.

use orochi_objects::{Attached, CompareOp, PyResult, Value, list, protocol, tuple};

fn extreme(t: Attached<'_>, positional: &[Value], key: Option<&Value>, default: Option<&Value>, name: &str, op: CompareOp) -> PyResult {
    let best = match (positional, key) {
        ([], _) => return Err(t.type_error(format!("{name} expected at least 1 argument, got 0"))),
        ([one], None) => best_member(t, protocol::Members::of(t, one)?, op)?,
        ([one], Some(key)) => best_by_key(t, protocol::Members::of(t, one)?, key, op)?,
        _ if default.is_some() => {
            return Err(t.type_error(format!("Cannot specify a default for {name}() with multiple positional arguments")));
        }
        (several, None) => best_member(t, protocol::Members::of_slice(several), op)?,
        (several, Some(key)) => best_by_key(t, protocol::Members::of_slice(several), key, op)?,
    };
    match (best, default) {
        (Some(v), _) => Ok(v),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Err(t.value_error(format!("{name}() iterable argument is empty"))),
    }
}

/// The first member that no other is better than.
fn best_member(t: Attached<'_>, mut members: protocol::Members<'_>, op: CompareOp) -> PyResult<Option<Value>> {
    let Some(mut best) = members.next(t)? else { return Ok(None) };
    members.walk(t, |v| {
        if protocol::compare_bool(t, &v, &best, op)? {
            best = v;
        }
        Ok(true)
    })?;
    Ok(Some(best))
}

/// As [`best_member`], compared by what the key function gives for them.
fn best_by_key(
    t: Attached<'_>,
    mut members: protocol::Members<'_>,
    key: &Value,
    op: CompareOp,
) -> PyResult<Option<Value>> {
    let (mut best, mut asked): (Option<(Value, Value)>, _) = (None, None);
    protocol::call_each(t, key, &mut |rank| {
        if let (Some(rank), Some(v)) = (rank, asked.take()) {
            let better = match &best {
                Some((_, top)) => protocol::compare_bool(t, &rank, top, op)?,
                None => true,
            };
            if better {
                best = Some((v, rank));
            }
        }
        asked = members.next(t)?;
        Ok(asked.clone())
    })?;
    Ok(best.map(|(v, _)| v))
}

fn bound(t: Attached<'_>, a: &[Value], name: &str, op: CompareOp) -> PyResult {
    extreme(t, tuple::items(&a[0]), a[1].given().filter(|k| !k.is_none()), a[2].given(), name, op)
}

pub(super) fn max(t: Attached<'_>, a: &[Value]) -> PyResult {
    bound(t, a, "max", CompareOp::Gt)
}
/// `max` of the arguments given, without key and default.
pub(super) fn max_at_once(t: Attached<'_>, a: &[Value]) -> PyResult {
    extreme(t, a, None, None, "max", CompareOp::Gt)
}

pub(super) fn min(t: Attached<'_>, a: &[Value]) -> PyResult {
    bound(t, a, "min", CompareOp::Lt)
}
/// `min` of the arguments given, without key and default.
pub(super) fn min_at_once(t: Attached<'_>, a: &[Value]) -> PyResult {
    extreme(t, a, None, None, "min", CompareOp::Lt)
}

pub(super) fn sorted(t: Attached<'_>, a: &[Value]) -> PyResult {
    let reverse = a[2].given().map_or(Ok(false), |v| protocol::truth(t, v))?;
    list::sort::sorted(t, &a[0], &a[1].given().cloned().unwrap_or(Value::none()), reverse)
}
