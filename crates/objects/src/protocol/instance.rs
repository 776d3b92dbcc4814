//! `isinstance` and `issubclass`: tuples, `__instancecheck__` and `__subclasscheck__`, and things that
//! are no types but have `__bases__`.

use orochi_heap::Value;

use crate::thread::{Attached, PyResult};
use crate::type_::{PyType, TYPE, class_of, lookup_resolved, type_of};

/// `isinstance(v, class)`.
pub fn is_instance(t: Attached<'_>, v: &Value, class: &Value) -> PyResult<bool> {
    if type_of(t, v).is(class) {
        return Ok(true);
    }
    if TYPE.is_exact(t, class) {
        return real_is_instance(t, v, class);
    }
    if crate::tuple::as_tuple(class).is_some() {
        t.check_stack(" in __instancecheck__")?;
        for member in crate::tuple::items(class) {
            if is_instance(t, v, member)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    t.check_stack(" in __instancecheck__")?;
    if let Some(r) = super::call_special(t, class, &t.names().__instancecheck__, std::slice::from_ref(v))? {
        return super::truth(t, &r);
    }
    real_is_instance(t, v, class)
}

/// `issubclass(sub, class)`.
pub fn is_subclass(t: Attached<'_>, sub: &Value, class: &Value) -> PyResult<bool> {
    if TYPE.is_exact(t, class) {
        return if sub.is(class) { Ok(true) } else { real_is_subclass(t, sub, class) };
    }
    if crate::tuple::as_tuple(class).is_some() {
        t.check_stack(" in __subclasscheck__")?;
        for member in crate::tuple::items(class) {
            if is_subclass(t, sub, member)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    t.check_stack(" in __subclasscheck__")?;
    if let Some(r) = super::call_special(t, class, &t.names().__subclasscheck__, std::slice::from_ref(sub))? {
        return super::truth(t, &r);
    }
    real_is_subclass(t, sub, class)
}

/// What `type.__instancecheck__` says: the real type, then the claimed `__class__`.
pub fn real_is_instance(t: Attached<'_>, v: &Value, class: &Value) -> PyResult<bool> {
    if let Some(c) = class.payload::<PyType>() {
        let ty = class_of(t, v);
        if ty.is_subtype(c) {
            return Ok(true);
        }
        // Only an object can claim another class.
        if v.header().is_none() {
            return Ok(false);
        }
        let claimed = claimed_class(t, v)?;
        return Ok(claimed.is_some_and(|k| k.payload::<PyType>().is_some_and(|k| k.is_subtype(c))));
    }
    if bases(t, class)?.is_none() {
        return Err(t.type_error("isinstance() arg 2 must be a type, a tuple of types, or a union"));
    }
    match crate::attr::find(t, v, &t.names().__class__)? {
        Some(k) => abstract_is_subclass(t, &k, class),
        None => Ok(false),
    }
}

/// The class that `v.__class__` claims, where that is another than the real one (a proxy, a mock).
///
/// Most objects have the attribute from `object`, which tells the real class: nothing is called then.
pub fn claimed_class(t: Attached<'_>, v: &Value) -> PyResult<Option<Value>> {
    let ty = class_of(t, v);
    let name = &t.names().__class__;
    if ty.slots.get_attr().is_some_and(|f| f as usize == crate::attr::generic_get as crate::slots::BinaryFn as usize)
        && lookup_resolved(t, ty, name).is_some_and(|found| crate::native::is_real_class(&found))
    {
        return Ok(None);
    }
    Ok(crate::attr::find(t, v, name)?.filter(|k| !k.is(ty.this())))
}

/// What `type.__subclasscheck__` says.
pub fn real_is_subclass(t: Attached<'_>, sub: &Value, class: &Value) -> PyResult<bool> {
    if let (Some(s), Some(c)) = (sub.payload::<PyType>(), class.payload::<PyType>()) {
        return Ok(s.is_subtype(c));
    }
    if bases(t, sub)?.is_none() {
        return Err(t.type_error("issubclass() arg 1 must be a class"));
    }
    if bases(t, class)?.is_none() {
        return Err(t.type_error("issubclass() arg 2 must be a class, a tuple of classes, or a union"));
    }
    abstract_is_subclass(t, sub, class)
}

/// `__bases__` of a class or of what looks like one.
fn bases(t: Attached<'_>, v: &Value) -> PyResult<Option<Value>> {
    Ok(crate::attr::find(t, v, &t.names().__bases__)?.filter(|b| crate::tuple::as_tuple(b).is_some()))
}

fn abstract_is_subclass(t: Attached<'_>, sub: &Value, class: &Value) -> PyResult<bool> {
    t.check_stack(" in __issubclass__")?;
    if sub.is(class) {
        return Ok(true);
    }
    let Some(bases) = bases(t, sub)? else { return Ok(false) };
    for base in crate::tuple::items(&bases) {
        if abstract_is_subclass(t, base, class)? {
            return Ok(true);
        }
    }
    Ok(false)
}
