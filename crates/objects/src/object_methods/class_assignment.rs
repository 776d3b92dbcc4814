//! `object.__class__ = other`: the object keeps its memory and gets a map of the other class.
//!
//! Attributes move to the instance's dict first, so that the new map needs to name none; slots of
//! `__slots__` members stay where they are, which both classes must agree on.

use orochi_heap::{MapHead, Value};

use crate::map::map_of;
use crate::spec::flags;
use crate::thread::{Attached, PyResult};
use crate::type_::{PyType, as_type, class_of, type_name};

pub(super) fn set_class(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    let Some(value) = value else { return Err(t.type_error("can't delete __class__ attribute")) };
    let Some(new) = value.payload::<PyType>() else {
        return Err(t.type_error(format!("__class__ must be set to a class, not '{}' object", type_name(t, value))));
    };
    let old = class_of(t, this);
    let module = as_type(crate::module::TYPE.get(t));
    let both_modules = old.is_subtype(module) && new.is_subtype(module);
    if !both_modules && (old.has(flags::IMMUTABLE) || new.has(flags::IMMUTABLE)) {
        return Err(t.type_error("__class__ assignment only supported for mutable types or ModuleType subclasses"));
    }
    if std::ptr::eq(old, new) {
        return Ok(());
    }
    let flags_of = |ty: &PyType| [flags::HAS_DICT, flags::HAS_WEAKREF].map(|f| ty.has(f));
    if !std::ptr::eq(old.kind, new.kind)
        || old.members != new.members
        || flags_of(old) != flags_of(new)
        || members(t, old) != members(t, new)
    {
        return Err(t.type_error(format!(
            "__class__ assignment: '{}' object layout differs from '{}'",
            new.name_text(),
            old.name_text()
        )));
    }
    let Some(h) = this.header() else {
        return Err(t.type_error("__class__ assignment only supported for mutable types or ModuleType subclasses"));
    };
    drop(crate::attr::materialize_dict(t, h));
    let lock = if t.single_domain() { None } else { Some(t.attr_lock(h)) };
    if let Some(lock) = lock {
        lock.lock();
    }
    let now = map_of(h);
    // SAFETY: the root map lives as long as the class.
    let root = unsafe { &*new.map() };
    let variant = root.with_inline_slots(now.head.inline_slots);
    let target = if now.is_dict { variant.dict_map() } else { variant };
    // SAFETY: same kind (checked), same inline slots (the variant's), and the map names only member
    // slots, which are initialised; the lock is held.
    unsafe { h.set_map(std::ptr::from_ref::<MapHead>(&target.head).cast_mut()) };
    if let Some(lock) = lock {
        lock.unlock();
    }
    Ok(())
}

/// Names of member slots by place.
fn members(t: Attached<'_>, ty: &PyType) -> Vec<(u32, u64)> {
    let mut out = Vec::new();
    for class in ty.mro_types() {
        for (name, value) in crate::dict::items(&class.dict.load()) {
            if let Some(i) = crate::member::slot_index(&value) {
                out.push((i, crate::attr::interned_name(t, &name).map_or(0, |n| n.identity())));
            }
        }
    }
    out.sort_unstable();
    out
}
