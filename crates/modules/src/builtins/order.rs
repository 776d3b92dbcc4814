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
    // The best member and its key.
    let mut best: Option<(Value, Value)> = None;
    let mut look = |v: Value| -> PyResult<()> {
        let rank = match key {
            Some(f) => protocol::call(t, f, std::slice::from_ref(&v))?,
            None => v.clone(),
        };
        let better = match &best {
            Some((_, top)) => protocol::compare_bool(t, &rank, top, op)?,
            None => true,
        };
        if better {
            best = Some((v, rank));
        }
        Ok(())
    };
    if positional.len() > 1 {
        for v in positional {
            look(v.clone())?;
        }
    } else {
        let it = protocol::get_iter(t, iterable)?;
        while let Some(v) = protocol::next(t, &it)? {
            look(v)?;
            t.safepoint()?;
        }
    }
    match (best, default) {
        (Some((v, _)), _) => Ok(v),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Err(t.value_error(format!("{name}() iterable argument is empty"))),
    }
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
