//! `getattr`, `setattr`, `delattr`, `hasattr`, `dir`, `vars`.

use orochi_objects::{Attached, PyResult, Value, attr, dict, list, protocol, str, tuple, type_::type_name};

fn name(t: Attached<'_>, v: &Value) -> PyResult<()> {
    if str::is_str(v) {
        return Ok(());
    }
    Err(t.type_error(format!("attribute name must be string, not '{}'", type_name(t, v))))
}

pub(super) fn getattr(t: Attached<'_>, a: &[Value]) -> PyResult {
    name(t, &a[1])?;
    match a[2].given() {
        None => attr::get(t, &a[0], &a[1]),
        Some(default) => Ok(attr::find(t, &a[0], &a[1])?.unwrap_or_else(|| default.clone())),
    }
}

pub(super) fn hasattr(t: Attached<'_>, a: &[Value]) -> PyResult {
    name(t, &a[1])?;
    Ok(Value::bool(attr::find(t, &a[0], &a[1])?.is_some()))
}

pub(super) fn setattr(t: Attached<'_>, a: &[Value]) -> PyResult {
    name(t, &a[1])?;
    attr::set(t, &a[0], &a[1], Some(&a[2]))?;
    Ok(Value::none())
}

pub(super) fn delattr(t: Attached<'_>, a: &[Value]) -> PyResult {
    name(t, &a[1])?;
    attr::set(t, &a[0], &a[1], None)?;
    Ok(Value::none())
}

/// The namespace of the calling frame, as the evaluator's `locals()` gives it.
fn locals(t: Attached<'_>) -> PyResult {
    protocol::call(t, &protocol::builtin(t, "locals")?, &[])
}

/// A sorted list of the members.
fn sorted(t: Attached<'_>, members: &Value) -> PyResult {
    list::sort::sorted(t, members, &Value::none(), false)
}

pub(super) fn dir(t: Attached<'_>, a: &[Value]) -> PyResult {
    match tuple::items(&a[0]) {
        [] => {
            let locals = locals(t)?;
            let keys = if dict::as_dict(&locals).is_some() {
                list::new(t, dict::keys(&locals))
            } else {
                protocol::call_method(t, &locals, &t.names().keys, &[])?
            };
            sorted(t, &keys)
        }
        [object] => match protocol::call_special(t, object, &t.names().__dir__, &[])? {
            Some(names) => sorted(t, &names),
            None => Err(t.type_error("object does not provide __dir__")),
        },
        more => Err(t.type_error(format!("dir expected at most 1 argument, got {}", more.len()))),
    }
}

pub(super) fn vars(t: Attached<'_>, a: &[Value]) -> PyResult {
    match a[0].given() {
        None => locals(t),
        Some(object) => match attr::find(t, object, &t.names().__dict__)? {
            Some(namespace) => Ok(namespace),
            None => Err(t.type_error("vars() argument must have __dict__ attribute")),
        },
    }
}
