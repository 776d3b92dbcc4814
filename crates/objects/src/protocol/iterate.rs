//! Iteration.

use orochi_heap::Value;

use crate::thread::{Attached, PyResult};
use crate::type_::{class_of, type_name};

/// Whether `iter(v)` can work.
pub fn is_iterable(t: Attached<'_>, v: &Value) -> bool {
    let ty = class_of(t, v);
    ty.slots.iter().is_some() || ty.slots.get_item().is_some()
}

/// Whether `next(v)` can work.
pub fn is_iterator(t: Attached<'_>, v: &Value) -> bool {
    class_of(t, v).slots.next().is_some()
}

/// `iter(v)`.
pub fn get_iter(t: Attached<'_>, v: &Value) -> PyResult {
    let ty = class_of(t, v);
    if let Some(f) = ty.slots.iter() {
        let it = f(t, v)?;
        if class_of(t, &it).slots.next().is_none() {
            return Err(t.type_error(format!("iter() returned non-iterator of type '{}'", type_name(t, &it))));
        }
        return Ok(it);
    }
    if ty.slots.get_item().is_some() && !ty.has(crate::spec::flags::MAPPING) {
        return Ok(crate::iter::sequence_iterator(t, v));
    }
    Err(t.type_error(format!("'{}' object is not iterable", type_name(t, v))))
}

/// `next(it)`, or `None` at the end.
#[inline]
pub fn next(t: Attached<'_>, it: &Value) -> PyResult<Option<Value>> {
    match class_of(t, it).slots.next() {
        Some(f) => f(t, it),
        None => Err(t.type_error(format!("'{}' object is not an iterator", type_name(t, it)))),
    }
}

/// Calls `f` with each member.
pub fn for_each(t: Attached<'_>, iterable: &Value, mut f: impl FnMut(Value) -> PyResult<()>) -> PyResult<()> {
    if crate::list::TYPE.is_exact(t, iterable)
        && let Some(list) = crate::list::as_list(iterable)
    {
        let mut i = 0;
        while let Some(v) = list.get(i) {
            f(v)?;
            i += 1;
        }
        return Ok(());
    }
    if crate::tuple::TYPE.is_exact(t, iterable) {
        return crate::tuple::items(iterable).iter().cloned().try_for_each(f);
    }
    let it = get_iter(t, iterable)?;
    let Some(next) = class_of(t, &it).slots.next() else { return Ok(()) };
    while let Some(v) = next(t, &it)? {
        f(v)?;
        t.safepoint()?;
    }
    Ok(())
}

/// All members as a vector.
pub fn collect(t: Attached<'_>, iterable: &Value) -> PyResult<Vec<Value>> {
    if crate::list::TYPE.is_exact(t, iterable)
        && let Some(list) = crate::list::as_list(iterable)
    {
        return Ok(list.to_vec());
    }
    if crate::tuple::TYPE.is_exact(t, iterable) {
        return Ok(crate::tuple::items(iterable).to_vec());
    }
    let mut out = Vec::new();
    for_each(t, iterable, |v| {
        if out.len() == out.capacity() && out.try_reserve(out.len().max(8)).is_err() {
            return Err(t.memory_error());
        }
        out.push(v);
        Ok(())
    })?;
    Ok(out)
}
