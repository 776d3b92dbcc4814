//! `isinstance`, `issubclass`, `callable`, `hash`, `id`.

use orochi_objects::{Attached, PyResult, Value, int, protocol};

pub(super) fn isinstance(t: Attached<'_>, a: &[Value]) -> PyResult {
    protocol::is_instance(t, &a[0], &a[1]).map(Value::bool)
}

pub(super) fn issubclass(t: Attached<'_>, a: &[Value]) -> PyResult {
    protocol::is_subclass(t, &a[0], &a[1]).map(Value::bool)
}

pub(super) fn callable(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(Value::bool(protocol::is_callable(t, &a[0])))
}

pub(super) fn hash(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(int::new(t, protocol::hash(t, &a[0])?))
}

pub(super) fn id(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(int::from_u64(t, a[0].identity()))
}
