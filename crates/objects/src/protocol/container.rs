//! Length, items, membership, slices.

use orochi_heap::Value;

use crate::thread::{Attached, PyResult};
use crate::type_::{class_of, type_name};

/// `len(v)`.
pub fn length(t: Attached<'_>, v: &Value) -> PyResult<usize> {
    match class_of(t, v).slots.len() {
        Some(f) => f(t, v),
        None => Err(t.type_error(format!("object of type '{}' has no len()", type_name(t, v)))),
    }
}

/// `operator.length_hint(v, default)`.
pub fn length_hint(t: Attached<'_>, v: &Value, default: usize) -> PyResult<usize> {
    if let Some(f) = class_of(t, v).slots.len() {
        match f(t, v) {
            Ok(n) => return Ok(n),
            Err(e) => drop(t.catch(e, &crate::exception::TypeError)?),
        }
    }
    let hint = match super::call_special(t, v, &t.names().__length_hint__, &[]) {
        Ok(Some(h)) => h,
        Ok(None) => return Ok(default),
        Err(e) => {
            drop(t.catch(e, &crate::exception::TypeError)?);
            return Ok(default);
        }
    };
    if hint.is_not_implemented() {
        return Ok(default);
    }
    match crate::int::as_i64(&hint) {
        Some(n) if n >= 0 => Ok(n as usize),
        Some(_) => Err(t.value_error("__length_hint__() should return >= 0")),
        None => Err(t.type_error(format!("__length_hint__ must be an integer, not {}", type_name(t, &hint)))),
    }
}

/// `v[key]`.
#[inline]
pub fn get_item(t: Attached<'_>, v: &Value, key: &Value) -> PyResult {
    if let Some(f) = class_of(t, v).slots.get_item() {
        return f(t, v, key);
    }
    if v.payload::<crate::type_::PyType>().is_some() {
        if let Some(f) = crate::attr::find(t, v, &t.names().__class_getitem__)? {
            return super::call(t, &f, std::slice::from_ref(key));
        }
        return Err(t.type_error(format!("type '{}' is not subscriptable", crate::type_::as_type(v).name_text())));
    }
    Err(t.type_error(format!("'{}' object is not subscriptable", type_name(t, v))))
}

/// `v[key] = value`.
#[inline]
pub fn set_item(t: Attached<'_>, v: &Value, key: &Value, value: &Value) -> PyResult<()> {
    match class_of(t, v).slots.set_item() {
        Some(f) => f(t, v, key, Some(value)),
        None => Err(t.type_error(format!("'{}' object does not support item assignment", type_name(t, v)))),
    }
}

/// `del v[key]`.
pub fn del_item(t: Attached<'_>, v: &Value, key: &Value) -> PyResult<()> {
    match class_of(t, v).slots.set_item() {
        Some(f) => f(t, v, key, None),
        None => Err(t.type_error(format!("'{}' object doesn't support item deletion", type_name(t, v)))),
    }
}

/// `item in container`.
pub fn contains(t: Attached<'_>, container: &Value, item: &Value) -> PyResult<bool> {
    match class_of(t, container).slots.contains() {
        Some(f) => f(t, container, item),
        None => contains_by_iteration(t, container, item),
    }
}

/// Membership by comparing each member.
pub fn contains_by_iteration(t: Attached<'_>, container: &Value, item: &Value) -> PyResult<bool> {
    if !super::is_iterable(t, container) {
        return Err(t.type_error(format!("argument of type '{}' is not a container or iterable", type_name(t, container))));
    }
    let it = super::get_iter(t, container)?;
    while let Some(v) = super::next(t, &it)? {
        if super::equal_or_same(t, &v, item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// An index counted from the end if negative; `None` if it lies outside `0..len`.
#[inline(always)]
pub fn normalize_index(i: isize, len: usize) -> Option<usize> {
    let at = if i < 0 { i.checked_add(len as isize)? } else { i };
    if at >= 0 && (at as usize) < len { Some(at as usize) } else { None }
}

/// A slice's start, step and number of members for a sequence of `len`.
pub fn slice_indices(t: Attached<'_>, slice: &Value, len: usize) -> PyResult<(isize, isize, usize)> {
    crate::slice::indices(t, slice, len)
}
