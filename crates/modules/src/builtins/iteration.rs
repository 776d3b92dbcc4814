//! `iter`, `next`, `len`, `all`, `any`.

use orochi_objects::{
    Attached, PyResult, Value, callable_iterator, exception, flags, int, protocol,
    type_::{class_of, type_name},
};

pub(super) fn len(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(int::from_usize(t, protocol::length(t, &a[0])?))
}

pub(super) fn iter(t: Attached<'_>, a: &[Value]) -> PyResult {
    match a[1].given() {
        None => protocol::get_iter(t, &a[0]),
        Some(sentinel) => {
            if !protocol::is_callable(t, &a[0]) {
                return Err(t.type_error("iter(v, w): v must be callable"));
            }
            Ok(callable_iterator::new(t, &a[0], sentinel))
        }
    }
}

pub(super) fn next(t: Attached<'_>, a: &[Value]) -> PyResult {
    let class = class_of(t, &a[0]);
    let Some(slot) = class.slots.next() else {
        return Err(t.type_error(format!("'{}' object is not an iterator", type_name(t, &a[0]))));
    };
    // A class's own `__next__` is called itself: the slot would lose the value of its StopIteration.
    let outcome = if class.has(flags::HEAP_TYPE) {
        protocol::call_special(t, &a[0], &t.names().__next__, &[])
    } else {
        slot(t, &a[0])
    };
    match (outcome, a[1].given()) {
        (Ok(Some(v)), _) => Ok(v),
        (Ok(None), Some(default)) => Ok(default.clone()),
        (Ok(None), None) => Err(t.raise_with(&exception::StopIteration, Vec::new())),
        (Err(e), Some(default)) => t.catch(e, &exception::StopIteration).map(|_| default.clone()),
        (Err(e), None) => Err(e),
    }
}

/// Whether a member of the iterable has the truth `wanted`.
fn has_member(t: Attached<'_>, iterable: &Value, wanted: bool) -> PyResult<bool> {
    let mut found = false;
    protocol::Members::of(t, iterable)?.walk(t, |v| {
        found = protocol::truth(t, &v)? == wanted;
        Ok(!found)
    })?;
    Ok(found)
}

pub(super) fn all(t: Attached<'_>, a: &[Value]) -> PyResult {
    has_member(t, &a[0], false).map(|found| Value::bool(!found))
}

pub(super) fn any(t: Attached<'_>, a: &[Value]) -> PyResult {
    has_member(t, &a[0], true).map(Value::bool)
}
