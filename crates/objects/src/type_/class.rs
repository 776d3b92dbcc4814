//! Makes classes: `type.__new__`. Best base, layout, `__slots__`, MRO, slots, `__set_name__`,
//! `__init_subclass__`.

use std::sync::atomic::Ordering::*;

use orochi_heap::{MapHead, Value};

use super::{PyType, as_type, bare, class_of, set_root_map, type_name};
use crate::args::Args;
use crate::dict;
use crate::spec::flags;
use crate::thread::{Attached, PyResult};

/// `type.__new__(meta, name, bases, namespace, **keywords)`. `bases` and `namespace` are a tuple and a
/// dict; the namespace is copied.
pub fn new_class(t: Attached<'_>, meta: &Value, name: &Value, bases: &Value, namespace: &Value, keywords: Args<'_>) -> PyResult {
    let n = t.names();
    let base_list: Vec<Value> = match crate::tuple::items(bases) {
        [] => vec![crate::object::TYPE.get(t).clone()],
        list => list.to_vec(),
    };
    for base in &base_list {
        let Some(b) = base.payload::<PyType>() else {
            if crate::attr::find(t, base, &n.__mro_entries__)?.is_some() {
                return Err(t.type_error(
                    "type() doesn't support MRO entry resolution; use types.new_class()",
                ));
            }
            return Err(t.type_error("bases must be types"));
        };
        if !b.has(flags::BASETYPE) {
            return Err(t.type_error(format!("type '{}' is not an acceptable base type", b.spec.map_or_else(|| b.name_text(), |s| s.name.to_owned()))));
        }
    }
    let meta = most_derived_meta(t, meta, &base_list)?;
    let base = best_base(t, &base_list)?;
    let base_type = as_type(&base);
    let attributes = dict::copy(t, namespace)?;

    let slot_names = declared_slots(t, &attributes, name)?;
    let mut type_flags = flags::HEAP_TYPE | flags::BASETYPE;
    for b in &base_list {
        let inherited = super::native_types::inherited_flags(as_type(b));
        type_flags |= inherited & (flags::HAS_DICT | flags::HAS_WEAKREF | flags::FINALIZE | flags::SEQUENCE | flags::MAPPING | flags::MATCH_SELF);
    }
    let mut members: Vec<(Value, u32)> = Vec::new();
    let mut member_count = base_type.members;
    match &slot_names {
        None => {
            // A module keeps its attributes in its own namespace.
            let own_namespace = std::ptr::eq(base_type.kind, as_type(crate::module::TYPE.get(t)).kind);
            type_flags |= if own_namespace { flags::HAS_WEAKREF } else { flags::HAS_DICT | flags::HAS_WEAKREF };
        }
        Some(list) => {
            for slot in list {
                let text = crate::str::display(slot);
                match text.as_str() {
                    "__dict__" => {
                        if type_flags & flags::HAS_DICT != 0 {
                            return Err(t.type_error("__dict__ slot disallowed: we already got one"));
                        }
                        type_flags |= flags::HAS_DICT;
                    }
                    "__weakref__" => {
                        if type_flags & flags::HAS_WEAKREF != 0 {
                            return Err(t.type_error("__weakref__ slot disallowed: we already got one"));
                        }
                        type_flags |= flags::HAS_WEAKREF;
                    }
                    _ => {
                        if dict::contains(t, &attributes, slot)? {
                            return Err(t.value_error(format!("'{text}' in __slots__ conflicts with class variable")));
                        }
                        let mangled = mangle(&crate::str::display(name), &text);
                        members.push((crate::str::intern(t, &mangled), member_count));
                        member_count += 1;
                    }
                }
            }
        }
    }
    let tail_base = base_type.mro_types().any(|b| b.spec.is_some_and(|s| s.tail));
    // The types that CPython stores with a variable number of items; `str` is none of them there.
    let refuses = [&crate::int::TYPE, &crate::bytes::TYPE, &crate::tuple::TYPE];
    if !members.is_empty() && refuses.iter().any(|spec| base_type.is_subtype(as_type(spec.get(t)))) {
        return Err(t.type_error(format!("nonempty __slots__ not supported for subtype of '{}'", base_type.name_text())));
    }

    let qualname = match dict::remove(t, &attributes, &n.__qualname__)? {
        Some(q) if crate::str::is_str(&q) => q,
        Some(q) => {
            return Err(t.type_error(format!("type __qualname__ must be a str, not {}", type_name(t, &q))));
        }
        None => name.clone(),
    };
    if crate::str::as_str(name).is_some_and(|s| s.bytes().contains(&0)) {
        return Err(t.value_error("type name must not contain null characters"));
    }
    let bases_tuple = crate::tuple::new(t, base_list.clone());
    let meta_map = as_type(&meta).map().cast::<MapHead>();
    let ty = bare(t, meta_map, name.clone(), qualname, bases_tuple, base.clone(), base_type.kind, type_flags, member_count, None);
    let body = as_type(&ty);

    // Attributes that the class statement leaves to us.
    for special in [&n.__init_subclass__, &n.__class_getitem__] {
        if let Some(f) = dict::get_str(t, &attributes, special)
            && type_name(t, &f) == "function"
        {
            let class_method = crate::protocol::call(t, &crate::protocol::builtin(t, "classmethod")?, &[f])?;
            dict::set_str(t, &attributes, special, class_method);
        }
    }
    if let Some(f) = dict::get_str(t, &attributes, &n.__new__)
        && type_name(t, &f) == "function"
    {
        let static_method = crate::protocol::call(t, &crate::protocol::builtin(t, "staticmethod")?, &[f])?;
        dict::set_str(t, &attributes, &n.__new__, static_method);
    }
    if dict::get_str(t, &attributes, &n.__module__).is_none() {
        let module = crate::object_methods::caller_module(t);
        if !module.is_none() {
            dict::set_str(t, &attributes, &n.__module__, module);
        }
    }
    if dict::get_str(t, &attributes, &n.__doc__).is_none() {
        dict::set_str(t, &attributes, &n.__doc__, Value::none());
    }
    if dict::get_str(t, &attributes, &n.__eq__).is_some() && dict::get_str(t, &attributes, &n.__hash__).is_none() {
        dict::set_str(t, &attributes, &n.__hash__, Value::none());
    }
    let cell = dict::remove(t, &attributes, &n.__classcell__)?;
    let dict_cell = dict::remove(t, &attributes, &n.__classdictcell__)?;
    for (member, index) in &members {
        let descriptor = crate::member::new(t, &ty, member, *index);
        dict::set_str(t, &attributes, member, descriptor);
    }
    let base_has = |flag: u64| base_list.iter().any(|b| as_type(b).has(flag));
    // The `__dict__` of a class is that of `type`, whatever the metaclass.
    let is_meta = base_type.is_subtype(as_type(super::TYPE.get(t)));
    if type_flags & flags::HAS_DICT != 0 && !is_meta && !base_has(flags::HAS_DICT) && !dict::contains(t, &attributes, &n.__dict__)? {
        dict::set_str(t, &attributes, &n.__dict__, crate::member::dict_descriptor(t, &ty));
    }
    if type_flags & flags::HAS_WEAKREF != 0 && !base_has(flags::HAS_WEAKREF) && !dict::contains(t, &attributes, &n.__weakref__)? {
        dict::set_str(t, &attributes, &n.__weakref__, crate::member::weakref_descriptor(t, &ty));
    }
    intern_keys(t, &attributes);
    body.dict.set(attributes.clone());

    // Layout: how many attributes instances will have is known from the class's methods.
    let own_attributes = match dict::get_str(t, &attributes, &n.__static_attributes__) {
        Some(names) => crate::tuple::items(&names).len(),
        None => 0,
    };
    let base_inline = inline_hint(base_type);
    let inline = if type_flags & flags::HAS_DICT == 0 {
        0
    } else if own_attributes + base_inline == 0 {
        4
    } else {
        (own_attributes + base_inline).min(40)
    };
    set_root_map(&ty, inline as u32, tail_base);

    // MRO, by the metaclass's `mro` if it has its own.
    let mro = super::compute_mro(t, &ty, &base_list)?;
    let mro = if has_own_mro(t, &meta) {
        body.set_mro(t, crate::tuple::new(t, mro));
        let listed = crate::protocol::call_method(t, &ty, &n.mro, &[])?;
        let listed = crate::protocol::collect(t, &listed)?;
        for class in &listed {
            let Some(c) = class.payload::<PyType>() else {
                return Err(t.type_error(format!("mro() returned a non-class ('{}')", type_name(t, class))));
            };
            let object_kind = as_type(crate::object::TYPE.get(t)).kind;
            if !std::ptr::eq(c.kind, body.kind) && !std::ptr::eq(c.kind, object_kind) {
                return Err(t.type_error(format!("mro() returned base with unsuitable layout ('{}')", c.name_text())));
            }
        }
        listed
    } else {
        mro
    };
    body.set_mro(t, crate::tuple::new(t, mro));
    for b in &base_list {
        as_type(b).add_subclass(&ty);
    }

    // Slots: the base's, then what the special methods say.
    for &id in crate::slots::SlotId::ALL {
        body.slots.copy(&base_type.slots, id);
    }
    crate::dunder::update_all_slots(t, body);
    if body.slots.finalize().is_some() {
        body.flags.fetch_or(flags::FINALIZE, Relaxed);
        set_finalize(body);
    }

    if let Some(cell) = cell {
        crate::cell::set(t, &cell, &ty)?;
    }
    if let Some(cell) = dict_cell {
        crate::cell::set(t, &cell, &attributes)?;
    }

    // __set_name__ on a snapshot: it may change the namespace.
    for (key, value) in dict::items(&attributes) {
        if value.is_object() && crate::protocol::has_special(t, &value, &n.__set_name__) {
            let result = crate::protocol::call_special(t, &value, &n.__set_name__, &[ty.clone(), key.clone()]);
            if let Err(e) = result {
                let note = format!(
                    "Error calling __set_name__ on '{}' instance '{}' in '{}'",
                    type_name(t, &value),
                    crate::str::display(&key),
                    body.name_text()
                );
                let exception = t.peek_raised(&e);
                let text = crate::str::from_string(t, note);
                crate::protocol::call_method(t, &exception, &crate::str::intern(t, "add_note"), &[text])?;
                return Err(e);
            }
        }
    }
    init_subclass(t, &ty, keywords)?;
    Ok(ty)
}

/// Tells all maps of the type that instances have a finaliser.
pub(crate) fn set_finalize(body: &PyType) {
    // SAFETY: the root map lives as long as the type.
    unsafe { &*body.map() }.for_tree(&mut |m| {
        m.head.flags.fetch_or(orochi_heap::kind::MAP_FINALIZE, Relaxed);
    });
}

fn inline_hint(base: &PyType) -> usize {
    let map = base.map();
    if map.is_null() || !base.has(flags::HAS_DICT) {
        return 0;
    }
    // SAFETY: the map lives as long as the type.
    let slots = unsafe { (*map).head.inline_slots } as usize;
    let own = slots.saturating_sub(base.members as usize);
    // The default room of classes without known attributes is no hint.
    if base.spec.is_some() || own == 4 { 0 } else { own }
}

fn has_own_mro(t: Attached<'_>, meta: &Value) -> bool {
    !meta.is(super::TYPE.get(t))
        && super::lookup_resolved(t, as_type(meta), &t.names().mro)
            .is_some_and(|f| f.payload::<crate::native::PyMethodDescriptor>().is_none())
}

/// Keys of class dicts are interned, so that lookup compares addresses.
fn intern_keys(t: Attached<'_>, attributes: &Value) {
    let plain = dict::keys(attributes)
        .iter()
        .any(|k| crate::str::is_exact_str(k) && !crate::str::as_str(k).is_some_and(crate::str::PyStr::is_interned));
    if plain {
        let items = dict::items(attributes);
        dict::clear(attributes);
        for (k, v) in items {
            let key = if crate::str::is_exact_str(&k) { crate::str::intern_value(t, &k) } else { k };
            if let Err(e) = dict::set(t, attributes, &key, v) {
                drop(t.take_raised(e));
            }
        }
    }
}

fn init_subclass(t: Attached<'_>, ty: &Value, keywords: Args<'_>) -> PyResult<()> {
    let n = t.names();
    let mro = as_type(ty).mro.load();
    for base in &crate::tuple::items(&mro)[1..] {
        if let Some(f) = dict::get_str(t, &as_type(base).dict.load(), &n.__init_subclass__) {
            let bound = match class_of(t, &f).slots.descr_get() {
                Some(get) => get(t, &f, None, ty)?,
                None => f,
            };
            let names = keywords.names();
            let values: Vec<Value> = keywords.keywords().map(|(_, v)| v.clone()).collect();
            return crate::protocol::call_args(t, &bound, Args::with_names(&values, names)).map(drop);
        }
    }
    Ok(())
}

/// The metaclass that all metaclasses of the bases allow.
pub fn most_derived_meta(t: Attached<'_>, meta: &Value, bases: &[Value]) -> PyResult {
    let mut winner = meta.clone();
    for base in bases {
        let candidate = super::type_of(t, base);
        if as_type(&winner).is_subtype(as_type(candidate)) {
            continue;
        }
        if as_type(candidate).is_subtype(as_type(&winner)) {
            winner = candidate.clone();
            continue;
        }
        return Err(t.type_error(
            "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases",
        ));
    }
    Ok(winner)
}

/// The type whose layout a type's instances have: the nearest with fields of its own.
fn solid(ty: &PyType) -> &PyType {
    let mut best = ty;
    for b in ty.mro_types() {
        if b.has(flags::SOLID) && std::ptr::eq(b.kind, ty.kind) && b.members == ty.members {
            return b;
        }
        if std::ptr::eq(b.kind, ty.kind) && b.members == ty.members {
            best = b;
        }
    }
    best
}

/// The base whose instance layout the new class extends.
fn best_base(t: Attached<'_>, bases: &[Value]) -> PyResult {
    let mut winner: Option<(&Value, &PyType)> = None;
    for base in bases {
        let candidate = solid(as_type(base));
        match winner {
            None => winner = Some((base, candidate)),
            Some((_, w)) if w.is_subtype(candidate) => {}
            Some((_, w)) if candidate.is_subtype(w) => winner = Some((base, candidate)),
            Some(_) => return Err(t.type_error("multiple bases have instance lay-out conflict")),
        }
    }
    match winner {
        Some((base, _)) => Ok(base.clone()),
        None => Ok(crate::object::TYPE.get(t).clone()),
    }
}

/// The names in `__slots__`, or `None` if the class has none.
fn declared_slots(t: Attached<'_>, attributes: &Value, _name: &Value) -> PyResult<Option<Vec<Value>>> {
    let Some(slots) = dict::get_str(t, attributes, &t.names().__slots__) else { return Ok(None) };
    let list = if crate::str::is_str(&slots) { vec![slots] } else { crate::protocol::collect(t, &slots)? };
    for s in &list {
        let Some(text) = crate::str::as_str(s) else {
            return Err(t.type_error(format!("__slots__ items must be strings, not '{}'", type_name(t, s))));
        };
        if !orochi_text::str_ops::is_identifier(text.wtf8()) {
            return Err(t.type_error("__slots__ must be identifiers"));
        }
    }
    Ok(Some(list))
}

/// Private name mangling: `__x` in class `_C` is `_C__x`.
pub fn mangle(class: &str, name: &str) -> String {
    if !name.starts_with("__") || name.ends_with("__") || name.contains('.') {
        return name.to_owned();
    }
    match class.trim_start_matches('_') {
        "" => name.to_owned(),
        class => format!("_{class}{name}"),
    }
}
