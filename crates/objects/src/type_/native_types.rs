//! Makes the type object of a [`TypeSpec`], at first use.
//!
//! Making a type makes descriptors, whose types may have to be made first, and so on in a circle.
//! So a type is first made bare and noted as being built, which only the building thread sees, then
//! filled, then published. Building holds a lock that the same thread may take again.

use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering::*};
use std::sync::Mutex;

use orochi_heap::{MapHead, Value};

use super::{PyType, as_type, bare, set_root_map};
use crate::slots::SlotId;
use crate::spec::{NativeType, TypeSpec, flags};
use crate::thread::Attached;

/// Serialises building, and knows what is being built.
#[derive(Default)]
pub(crate) struct TypeBuildLock {
    owner: AtomicU64,
    building: Mutex<Vec<(usize, &'static NativeType)>>,
}

#[inline(never)]
pub(crate) fn make_native(t: Attached<'_>, spec: &'static TypeSpec) -> &'static NativeType {
    let lock = &t.runtime().types.build;
    let me = t.base.ident() | 1 << 63;
    let outermost = lock.owner.load(Acquire) != me;
    if outermost {
        while lock.owner.compare_exchange(0, me, AcqRel, Relaxed).is_err() {
            t.detached(std::thread::yield_now);
        }
    }
    let entry = make_locked(t, spec);
    if outermost {
        // Now everything is filled: publish.
        let all = std::mem::take(&mut *lock.building.lock().unwrap_or_else(|e| e.into_inner()));
        for (index, entry) in all {
            t.runtime().types.entries[index].store(std::ptr::from_ref(entry).cast_mut(), Release);
        }
        lock.owner.store(0, Release);
    }
    entry
}

fn being_built(t: Attached<'_>, spec: &'static TypeSpec) -> Option<&'static NativeType> {
    let published = t.runtime().types.entries[spec.id()].load(Acquire);
    if !published.is_null() {
        // SAFETY: entries live as long as the runtime.
        return Some(unsafe { &*published });
    }
    let building = t.runtime().types.build.building.lock().unwrap_or_else(|e| e.into_inner());
    building.iter().find(|(i, _)| *i == spec.id()).map(|(_, e)| *e)
}

fn note(t: Attached<'_>, spec: &'static TypeSpec, ty: &Value) -> &'static NativeType {
    let entry: &'static NativeType = Box::leak(Box::new(NativeType {
        ty: ty.clone(),
        map: AtomicPtr::new(as_type(ty).map().cast::<MapHead>()),
    }));
    t.runtime().types.build.building.lock().unwrap_or_else(|e| e.into_inner()).push((spec.id(), entry));
    entry
}

fn make_locked(t: Attached<'_>, spec: &'static TypeSpec) -> &'static NativeType {
    if let Some(entry) = being_built(t, spec) {
        return entry;
    }
    if being_built(t, &super::TYPE).is_none() {
        bootstrap(t);
        if let Some(entry) = being_built(t, spec) {
            return entry;
        }
    }
    let base_spec = spec.base.unwrap_or(&crate::object::TYPE);
    let base = make_locked(t, base_spec).ty.clone();
    let meta = make_locked(t, &super::TYPE);
    let also: Vec<Value> = spec.also.iter().map(|s| make_locked(t, s).ty.clone()).collect();
    let ty = make_bare(t, spec, meta.map.load(Acquire), Some(&base));
    let entry = note(t, spec, &ty);
    link(t, &ty, Some(&base));
    if !also.is_empty() {
        link_more(t, &ty, &base, also);
    }
    fill_linked(t, spec, &ty, Some(&base));
    entry
}

/// The first three types need each other: `type`'s map has `type` as type, names are strs, bases
/// tuples, attributes dicts.
fn bootstrap(t: Attached<'_>) {
    // A map for `type` whose type is filled in when the object exists.
    let meta_map = crate::map::Map::root(<PyType as orochi_heap::Payload>::kind(), std::ptr::null_mut(), 0, 0, 0, false);
    let specs: [&'static TypeSpec; 5] =
        [&super::TYPE, &crate::object::TYPE, &crate::str::TYPE, &crate::tuple::TYPE, &crate::dict::TYPE];
    let mut made: Vec<Value> = Vec::new();
    for spec in specs {
        // No str, tuple or dict can be made yet: the slots are filled below.
        let flags = spec_flags(spec, None);
        let ty = bare_without_objects(meta_map.cast(), (spec.kind)(), flags, spec);
        set_root_map(&ty, 0, spec.tail);
        note(t, spec, &ty);
        made.push(ty);
    }
    // SAFETY: the map was made above and lives as long as `type`.
    unsafe { (*meta_map).head.ty.store(made[0].identity() as *mut _, Release) };
    let object = made[1].clone();
    for (spec, ty) in specs.iter().zip(&made) {
        let is_object = ty.is(&object);
        let body = as_type(ty);
        body.name.set(crate::str::intern(t, spec.short_name()));
        body.qualname.set(crate::str::intern(t, spec.short_name()));
        body.bases.set(crate::tuple::new(t, if is_object { vec![] } else { vec![object.clone()] }));
        body.base.set(if is_object { Value::none() } else { object.clone() });
        body.dict.set(crate::dict::new(t));
    }
    for i in [1usize, 0, 2, 3, 4] {
        let base = if i == 1 { None } else { Some(&object) };
        link(t, &made[i], base);
    }
    if t.runtime().names.get().is_none() {
        let names = crate::names::Names::new(t);
        let _ = t.runtime().names.set(names);
    }
    for i in [1usize, 0, 2, 3, 4] {
        let base = if i == 1 { None } else { Some(&object) };
        fill_linked(t, specs[i], &made[i], base);
    }
}

fn bare_without_objects(meta_map: *const MapHead, kind: &'static orochi_heap::Kind, flags: u64, spec: &'static TypeSpec) -> Value {
    let body = PyType {
        this: AtomicU64::new(0),
        name: Default::default(),
        qualname: Default::default(),
        bases: Default::default(),
        base: Default::default(),
        mro: Default::default(),
        dict: Default::default(),
        slots: Default::default(),
        flags: AtomicU64::new(flags),
        kind,
        map: AtomicPtr::default(),
        mro_raw: AtomicPtr::default(),
        resolved: AtomicPtr::default(),
        subclasses: orochi_runtime::Locked::new(Vec::new()),
        version: std::sync::atomic::AtomicU32::new(1),
        serial: super::next_serial(),
        spec: Some(spec),
        members: 0,
        module: Default::default(),
    };
    // SAFETY: the map lives for ever; its kind is PyType.
    let ty = unsafe { orochi_heap::alloc(meta_map, body) };
    as_type(&ty).this.store(ty.identity(), Release);
    orochi_heap::count::defer(&ty);
    ty
}

/// Flags that subclasses inherit.
const INHERITED: u64 = flags::SEQUENCE
    | flags::MAPPING
    | flags::HAS_DICT
    | flags::HAS_WEAKREF
    | flags::FINALIZE
    | flags::MATCH_SELF;

pub(super) fn inherited_flags(base: &PyType) -> u64 {
    base.flags.load(Relaxed) & INHERITED
}

fn spec_flags(spec: &'static TypeSpec, base: Option<&PyType>) -> u64 {
    spec.flags | base.map_or(0, inherited_flags)
}

fn make_bare(t: Attached<'_>, spec: &'static TypeSpec, meta_map: *const MapHead, base: Option<&Value>) -> Value {
    let name = crate::str::intern(t, spec.short_name());
    let bases = crate::tuple::new(t, base.iter().map(|&b| b.clone()).collect());
    let base_body = base.map(as_type);
    let type_flags = spec_flags(spec, base_body);
    let members = base_body.map_or(0, |b| b.members);
    let base_value = base.cloned().unwrap_or(Value::none());
    let ty = bare(t, meta_map, name.clone(), name, bases, base_value, (spec.kind)(), type_flags, members, Some(spec));
    let tail = spec.tail || base_body.and_then(|b| b.spec).is_some_and(|s| s.tail);
    let inline = if type_flags & flags::HAS_DICT != 0 { 2 } else { 0 };
    set_root_map(&ty, inline, tail);
    ty
}

/// MRO and subclass list.
fn link(t: Attached<'_>, ty: &Value, base: Option<&Value>) {
    let mut mro = vec![ty.clone()];
    if let Some(base) = base {
        // A base being bootstrapped may not be linked yet: then it is `object`.
        mro.extend(as_type(base).mro_types().map(|b| b.this().clone()));
        as_type(base).add_subclass(ty);
    }
    as_type(ty).set_mro(t, crate::tuple::new(t, mro));
}

/// The MRO of a native type with several bases.
fn link_more(t: Attached<'_>, ty: &Value, base: &Value, also: Vec<Value>) {
    let mut bases = vec![base.clone()];
    bases.extend(also);
    match super::compute_mro(t, ty, &bases) {
        Ok(mro) => {
            for b in &bases[1..] {
                as_type(b).add_subclass(ty);
            }
            as_type(ty).bases.set(crate::tuple::new(t, bases));
            as_type(ty).set_mro(t, crate::tuple::new(t, mro));
        }
        Err(e) => {
            // A native type that cannot be linked is a defect of this program: it keeps one base.
            drop(t.take_raised(e));
            debug_assert!(false, "bases of a native type are not consistent");
        }
    }
}

/// Slots, wrappers, methods, attributes.
fn fill_linked(t: Attached<'_>, spec: &'static TypeSpec, ty: &Value, base: Option<&Value>) {
    let body = as_type(ty);
    let own = |id: SlotId| spec.slots.iter().any(|d| d.parts().0 == id);
    if let Some(base) = base {
        let from = &as_type(base).slots;
        for &id in SlotId::ALL {
            body.slots.copy(from, id);
        }
        if own(SlotId::Compare) && !own(SlotId::Hash) {
            body.slots.unset(SlotId::Hash);
        }
    }
    for &def in spec.slots {
        body.slots.set(def);
    }
    if body.has(flags::NO_NEW) {
        body.slots.unset(SlotId::New);
    }
    let dict = body.dict.load();
    let put = |name: &str, value: Value| {
        let key = crate::str::intern(t, name);
        crate::dict::set_str(t, &dict, &key, value);
    };
    // Where it is in the type's dict, instances have it too.
    if spec.module_name() != "builtins" {
        put("__module__", crate::str::intern(t, spec.module_name()));
    }
    let (doc, signature) = crate::native::split_doc(spec.doc);
    put("__doc__", if doc.is_empty() && signature.is_none() { Value::none() } else { crate::str::new(t, doc) });
    for &def in spec.slots {
        crate::dunder::add_wrappers(t, ty, def.parts().0, &dict);
    }
    if own(SlotId::Compare) && !own(SlotId::Hash) {
        put("__hash__", Value::none());
    }
    if spec.flags & flags::HAS_DICT != 0 && !spec.getset.iter().any(|g| g.name == "__dict__") {
        put("__dict__", crate::member::dict_descriptor(t, ty));
    }
    for method in spec.methods {
        put(method.name, crate::native::method_descriptor(t, ty, method));
    }
    for getset in spec.getset {
        put(getset.name, crate::native::getset_descriptor(t, ty, getset));
    }
    if let Some(extra) = spec.extra
        && let Err(e) = extra(t, ty)
    {
        // A native type that cannot be completed is a defect of this program: it stays incomplete.
        drop(t.take_raised(e));
        debug_assert!(false, "type {} cannot be completed", spec.name);
    }
}
