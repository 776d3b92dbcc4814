//! Methods and computed attributes of `object`, and the checks behind `isinstance` and `issubclass`.

use orochi_heap::Value;

use crate::spec::{GetSet, Method};
use crate::thread::{Attached, PyResult, Raised};
use crate::type_::{PyType, as_type, class_of};

pub(crate) const METHODS: &[Method] = &[];
pub(crate) const GETSET: &[GetSet] = &[GetSet::read("__class__", crate::object::class, "the object's class")];

/// The error for an instance of an abstract class.
pub(crate) fn abstract_error(t: Attached<'_>, class: &Value) -> Raised {
    let name = as_type(class).name_text();
    t.type_error(format!("Can't instantiate abstract class {name}"))
}

/// `type.__instancecheck__`: by the real type, then by `__class__`.
pub fn real_is_instance(t: Attached<'_>, v: &Value, class: &Value) -> PyResult<bool> {
    let Some(c) = class.payload::<PyType>() else {
        return Err(t.type_error("isinstance() arg 2 must be a type, a tuple of types, or a union"));
    };
    let ty = class_of(t, v);
    if ty.is_subtype(c) {
        return Ok(true);
    }
    match crate::attr::find(t, v, &t.names().__class__)? {
        Some(claimed) if !claimed.is(ty.this()) => Ok(claimed.payload::<PyType>().is_some_and(|k| k.is_subtype(c))),
        _ => Ok(false),
    }
}

/// `type.__subclasscheck__`.
pub fn real_is_subclass(t: Attached<'_>, sub: &Value, class: &Value) -> PyResult<bool> {
    let (Some(s), Some(c)) = (sub.payload::<PyType>(), class.payload::<PyType>()) else {
        return Err(t.type_error("issubclass() arg 1 must be a class"));
    };
    Ok(s.is_subtype(c))
}
