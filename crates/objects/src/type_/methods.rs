//! Slots, methods and attributes of `type`.

use std::sync::atomic::Ordering::*;

use orochi_heap::Value;

use super::{PyType, as_type, class_of, invalidate, lookup_resolved, type_name};
use crate::args::Args;
use crate::dict;
use crate::slots::{Def, SlotId};
use crate::spec::{GetSet, Method, TypeSpec, flags};
use crate::thread::{Attached, PyResult};

/// `type`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyType>("type")
    .flags(flags::BASETYPE | flags::HAS_WEAKREF)
    .slots(&[
        Def::Call(type_call),
        Def::New(type_new),
        Def::Init(type_init),
        Def::Repr(type_repr),
        Def::GetAttr(type_get_attr),
        Def::SetAttr(type_set_attr),
        Def::Or(crate::union_::or),
    ])
    .methods(&[
        Method::new("mro", "($self, /)", type_mro, "Return a type's method resolution order."),
        Method::new("__subclasses__", "($self, /)", type_subclasses, "Return a list of immediate subclasses."),
        Method::new("__instancecheck__", "($self, instance, /)", instance_check, "Check if an object is an instance."),
        Method::new("__subclasscheck__", "($self, subclass, /)", subclass_check, "Check if a class is a subclass."),
        Method::class("__prepare__", "($type, /, *args, **kwargs)", prepare, "Create the namespace for the class statement"),
        Method::new("__dir__", "($self, /)", type_dir, "Specialized __dir__ implementation for types."),
    ])
    .getset(&[
        GetSet::write("__name__", get_name, set_name, ""),
        GetSet::write("__qualname__", get_qualname, set_qualname, ""),
        GetSet::write("__module__", get_module, set_module, ""),
        GetSet::write("__bases__", get_bases, set_bases, ""),
        GetSet::read("__base__", get_base, ""),
        GetSet::read("__mro__", get_mro, ""),
        GetSet::read("__dict__", get_dict, ""),
        GetSet::write("__doc__", get_doc, set_doc, ""),
        GetSet::write("__abstractmethods__", get_abstract, set_abstract, ""),
        GetSet::read("__flags__", get_flags, ""),
        GetSet::read("__basicsize__", get_basic_size, ""),
        GetSet::read("__itemsize__", get_item_size, ""),
        GetSet::read("__text_signature__", get_text_signature, ""),
        GetSet::write("__type_params__", get_type_params, set_type_params, ""),
        GetSet::write("__annotate__", super::annotations::get_annotate, super::annotations::set_annotate, ""),
        GetSet::write("__annotations__", super::annotations::get_annotations, super::annotations::set_annotations, ""),
    ])
    .doc("type(object) -> the object's type\ntype(name, bases, dict, **kwds) -> a new type");

/// `cls(...)`: `__new__`, then `__init__` if it gave an instance.
pub fn type_call(t: Attached<'_>, callee: &Value, args: Args<'_>) -> PyResult {
    let ty = as_type(callee);
    if args.all().len() == 1 && callee.is(TYPE.get(t)) && args.names().is_empty() {
        return Ok(super::type_of(t, &args.all()[0]).clone());
    }
    let Some(new) = ty.slots.new_() else {
        return Err(t.type_error(format!("cannot create '{}' instances", ty.full_name(t))));
    };
    let instance = new(t, callee, args)?;
    if crate::exception::is_plain(ty) && args.names().is_empty() {
        // `__init__` has nothing to do that `__new__` has not done.
        return Ok(instance);
    }
    let its_type = class_of(t, &instance);
    if std::ptr::eq(its_type, ty)
        && ty.spec.is_some()
        && new as usize != crate::object::object_new as crate::slots::NewFn as usize
        && ty.slots.init().is_some_and(|f| f as usize == crate::object::object_init as crate::slots::InitFn as usize)
    {
        // A builtin type with a `__new__` of its own took the arguments.
        return Ok(instance);
    }
    if !its_type.is_subtype(ty) {
        return Ok(instance);
    }
    if let Some(init) = its_type.slots.init() {
        init(t, &instance, args)?;
    }
    Ok(instance)
}

fn type_new(t: Attached<'_>, meta: &Value, args: Args<'_>) -> PyResult {
    let a = args.positional();
    if a.len() != 3 {
        if meta.is(TYPE.get(t)) && a.len() != 1 {
            return Err(t.type_error("type() takes 1 or 3 arguments"));
        }
        return Err(t.type_error(format!("type.__new__() takes exactly 3 arguments ({} given)", a.len())));
    }
    if !crate::str::is_str(&a[0]) {
        return Err(t.type_error(format!("type.__new__() argument 1 must be str, not {}", type_name(t, &a[0]))));
    }
    if crate::tuple::as_tuple(&a[1]).is_none() {
        return Err(t.type_error(format!("type.__new__() argument 2 must be tuple, not {}", type_name(t, &a[1]))));
    }
    if dict::as_dict(&a[2]).is_none() {
        return Err(t.type_error(format!("type.__new__() argument 3 must be dict, not {}", type_name(t, &a[2]))));
    }
    let winner = super::class::most_derived_meta(t, meta, crate::tuple::items(&a[1]).iter().filter(|b| b.payload::<PyType>().is_some()).cloned().collect::<Vec<_>>().as_slice())?;
    if !winner.is(meta)
        && as_type(&winner).slots.raw(SlotId::New) != as_type(TYPE.get(t)).slots.raw(SlotId::New)
        && let Some(new) = as_type(&winner).slots.new_()
    {
        return new(t, &winner, args);
    }
    super::new_class(t, &winner, &a[0], &a[1], &a[2], args)
}

fn type_init(t: Attached<'_>, _: &Value, args: Args<'_>) -> PyResult<()> {
    let n = args.positional().len();
    if n != 1 && n != 3 {
        return Err(t.type_error("type.__init__() takes 1 or 3 arguments"));
    }
    Ok(())
}

fn type_repr(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(crate::str::from_string(t, format!("<class '{}'>", as_type(this).full_name(t))))
}

/// `cls.name`: a data descriptor of the metaclass, the class's own MRO, then the rest of the metaclass.
pub fn type_get_attr(t: Attached<'_>, this: &Value, name: &Value) -> PyResult {
    match type_find_attr(t, this, name)? {
        Some(v) => Ok(v),
        None => Err(crate::attr::attribute_error(
            t,
            format!("type object '{}' has no attribute '{}'", as_type(this).name_text(), crate::str::display(name)),
            this,
            name,
        )),
    }
}

/// As [`type_get_attr`], with `None` where there is no such attribute.
pub fn type_find_attr(t: Attached<'_>, this: &Value, name: &Value) -> PyResult<Option<Value>> {
    let name = &crate::attr::interned_name(t, name)?;
    let meta = class_of(t, this);
    let of_meta = lookup_resolved(t, meta, name);
    let mut meta_get = None;
    if let Some(attr) = &of_meta {
        let slots = &class_of(t, attr).slots;
        meta_get = slots.descr_get();
        if let Some(get) = meta_get
            && slots.descr_set().is_some()
        {
            return t.keeping(attr.clone_register(), |attr| get(t, attr, Some(this), meta.this())).map(Some);
        }
    }
    if let Some(attr) = lookup_resolved(t, as_type(this), name) {
        return match class_of(t, &attr).slots.descr_get() {
            Some(get) => t.keeping(attr, |attr| get(t, attr, None, this)).map(Some),
            None => Ok(Some(attr.counted())),
        };
    }
    match (of_meta, meta_get) {
        (Some(attr), Some(get)) => t.keeping(attr, |attr| get(t, attr, Some(this), meta.this())).map(Some),
        (Some(attr), None) => Ok(Some(attr.counted())),
        (None, _) => Ok(None),
    }
}

fn type_set_attr(t: Attached<'_>, this: &Value, name: &Value, value: Option<&Value>) -> PyResult<()> {
    let name = &crate::attr::interned_name(t, name)?;
    let ty = as_type(this);
    if ty.has(flags::IMMUTABLE) {
        return Err(t.type_error(format!(
            "cannot set '{}' attribute of immutable type '{}'",
            crate::str::display(name),
            ty.full_name(t)
        )));
    }
    if let Some(attr) = lookup_resolved(t, class_of(t, this), name)
        && let Some(set) = class_of(t, &attr).slots.descr_set()
    {
        return t.keeping(attr, |attr| set(t, attr, this, value));
    }
    let attributes = ty.dict.load();
    match value {
        Some(v) => dict::set(t, &attributes, name, v.clone())?,
        None => {
            if dict::remove(t, &attributes, name)?.is_none() {
                return Err(crate::attr::attribute_error(
                    t,
                    format!("type object '{}' has no attribute '{}'", ty.name_text(), crate::str::display(name)),
                    this,
                    name,
                ));
            }
        }
    }
    changed(t, ty, name, value);
    Ok(())
}

/// Attribute `name` of the class was set or deleted: caches, slots, inline caches.
pub fn changed(t: Attached<'_>, ty: &PyType, name: &Value, value: Option<&Value>) {
    invalidate(t, ty, name);
    let text = crate::str::display(name);
    if crate::dunder::is_dunder(&text) {
        update_slots_below(t, ty, &text);
    }
    // Inline caches hold "this name is an instance slot": a data descriptor, or an own attribute
    // access, makes that wrong.
    let data_descriptor = value.is_some_and(|v| class_of(t, v).slots.descr_set().is_some());
    if data_descriptor || matches!(&*text, "__getattribute__" | "__setattr__" | "__delattr__" | "__set__" | "__delete__") {
        t.flush_caches();
    }
}

fn update_slots_below(t: Attached<'_>, ty: &PyType, name: &str) {
    crate::dunder::update_slots_for(t, ty, name);
    if name == "__del__" && ty.slots.finalize().is_some() {
        ty.flags.fetch_or(flags::FINALIZE, Relaxed);
        super::class::set_finalize(ty);
    }
    for sub in ty.subclasses() {
        update_slots_below(t, as_type(&sub), name);
    }
}

fn type_mro(t: Attached<'_>, a: &[Value]) -> PyResult {
    let bases = as_type(&a[0]).bases.load();
    let mro = super::compute_mro(t, &a[0], crate::tuple::items(&bases))?;
    Ok(crate::list::new(t, mro))
}
fn type_subclasses(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(crate::list::new(t, as_type(&a[0]).subclasses()))
}
fn instance_check(t: Attached<'_>, a: &[Value]) -> PyResult {
    crate::protocol::real_is_instance(t, &a[1], &a[0]).map(Value::bool)
}
fn subclass_check(t: Attached<'_>, a: &[Value]) -> PyResult {
    crate::protocol::real_is_subclass(t, &a[1], &a[0]).map(Value::bool)
}
fn prepare(t: Attached<'_>, _: &[Value]) -> PyResult {
    Ok(dict::new(t))
}
fn type_dir(t: Attached<'_>, a: &[Value]) -> PyResult {
    let all = dict::new(t);
    for class in as_type(&a[0]).mro_types() {
        dict::update(t, &all, &class.dict.load())?;
    }
    Ok(crate::list::new(t, dict::keys(&all)))
}

fn check_mutable(t: Attached<'_>, this: &Value, what: &str, value: Option<&Value>) -> PyResult<Value> {
    let ty = as_type(this);
    if !ty.has(flags::HEAP_TYPE) {
        return Err(t.type_error(format!("cannot set '{what}' attribute of immutable type '{}'", ty.full_name(t))));
    }
    match value {
        Some(v) => Ok(v.clone()),
        None => Err(t.type_error(format!("cannot delete '{what}' attribute of type '{}'", ty.full_name(t)))),
    }
}

fn get_name(_: Attached<'_>, this: &Value) -> PyResult {
    Ok(as_type(this).name.load())
}
fn set_name(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    let v = check_mutable(t, this, "__name__", value)?;
    let Some(s) = crate::str::as_str(&v) else {
        let name = as_type(this).name_text();
        return Err(t.type_error(format!("can only assign string to {name}.__name__, not '{}'", type_name(t, &v))));
    };
    if s.bytes().contains(&0) {
        return Err(t.value_error("type name must not contain null characters"));
    }
    as_type(this).name.set(v);
    Ok(())
}
fn get_qualname(_: Attached<'_>, this: &Value) -> PyResult {
    Ok(as_type(this).qualname.load())
}
fn set_qualname(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    let v = check_mutable(t, this, "__qualname__", value)?;
    if !crate::str::is_str(&v) {
        let name = as_type(this).name_text();
        return Err(t.type_error(format!("can only assign string to {name}.__qualname__, not '{}'", type_name(t, &v))));
    }
    as_type(this).qualname.set(v);
    Ok(())
}
fn get_module(t: Attached<'_>, this: &Value) -> PyResult {
    let ty = as_type(this);
    match (dict::get_str(t, &ty.dict.load(), &t.names().__module__), ty.spec) {
        // A native type whose instances have a `__module__` keeps that descriptor there.
        (Some(v), Some(spec)) if !crate::str::is_str(&v) => Ok(crate::str::intern(t, spec.module_name())),
        (Some(v), _) => Ok(v),
        (None, Some(spec)) => Ok(crate::str::intern(t, spec.module_name())),
        (None, None) => Err(t.raise(&crate::exception::AttributeError, "__module__")),
    }
}
fn set_module(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    let v = check_mutable(t, this, "__module__", value)?;
    dict::set_str(t, &as_type(this).dict.load(), &t.names().__module__, v);
    invalidate(t, as_type(this), &t.names().__module__);
    Ok(())
}
fn get_bases(_: Attached<'_>, this: &Value) -> PyResult {
    Ok(as_type(this).bases.load())
}
fn set_bases(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    let v = check_mutable(t, this, "__bases__", value)?;
    let name = as_type(this).name_text();
    let Some(new) = crate::tuple::as_tuple(&v) else {
        return Err(t.type_error(format!("can only assign tuple to {name}.__bases__, not {}", type_name(t, &v))));
    };
    let new = new.items();
    if new.is_empty() {
        return Err(t.type_error(format!("can only assign non-empty tuple to {name}.__bases__, not ()")));
    }
    let ty = as_type(this);
    for b in new {
        let Some(base) = b.payload::<PyType>() else {
            return Err(t.type_error(format!("{name}.__bases__ must be tuple of classes, not '{}'", type_name(t, b))));
        };
        if base.is_subtype(ty) {
            return Err(t.type_error("a __bases__ item causes an inheritance cycle"));
        }
        if !std::ptr::eq(base.kind, ty.kind) && !std::ptr::eq(base.kind, as_type(crate::object::TYPE.get(t)).kind) {
            return Err(t.type_error(format!(
                "__bases__ assignment: '{}' object layout differs from '{}'",
                base.name_text(),
                as_type(&ty.base.load()).name_text()
            )));
        }
    }
    // Every class below gets a new MRO; all are computed before any is set.
    let old_bases = ty.bases.swap(v.clone());
    let mut updates: Vec<(Value, Value)> = Vec::new();
    if let Err(e) = new_mros(t, this, &mut updates) {
        ty.bases.set(old_bases);
        return Err(e);
    }
    for b in crate::tuple::items(&old_bases) {
        as_type(b).remove_subclass(this);
    }
    for b in new {
        as_type(b).add_subclass(this);
    }
    ty.base.set(new[0].clone());
    for (class, _) in &updates {
        super::invalidate_all(t, as_type(class));
        crate::dunder::update_all_slots(t, as_type(class));
    }
    t.flush_caches();
    Ok(())
}

fn new_mros(t: Attached<'_>, class: &Value, updates: &mut Vec<(Value, Value)>) -> PyResult<()> {
    let bases = as_type(class).bases.load();
    let mro = super::compute_mro(t, class, crate::tuple::items(&bases))?;
    let tuple = crate::tuple::new(t, mro);
    let old = as_type(class).mro.load();
    as_type(class).set_mro(t, tuple);
    updates.push((class.clone(), old));
    for sub in as_type(class).subclasses() {
        if let Err(e) = new_mros(t, &sub, updates) {
            for (class, old) in updates.drain(..) {
                as_type(&class).set_mro(t, old);
            }
            return Err(e);
        }
    }
    Ok(())
}
fn get_base(_: Attached<'_>, this: &Value) -> PyResult {
    Ok(as_type(this).base.load())
}
fn get_mro(_: Attached<'_>, this: &Value) -> PyResult {
    Ok(as_type(this).mro.load())
}
fn get_dict(t: Attached<'_>, this: &Value) -> PyResult {
    crate::mapping_proxy::new(t, &as_type(this).dict.load())
}
fn get_doc(t: Attached<'_>, this: &Value) -> PyResult {
    let Some(doc) = dict::get_str(t, &as_type(this).dict.load(), &t.names().__doc__) else { return Ok(Value::none()) };
    match class_of(t, &doc).slots.descr_get() {
        Some(get) => get(t, &doc, None, this),
        None => Ok(doc),
    }
}
fn set_doc(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    let v = check_mutable(t, this, "__doc__", value)?;
    dict::set_str(t, &as_type(this).dict.load(), &t.names().__doc__, v);
    invalidate(t, as_type(this), &t.names().__doc__);
    Ok(())
}
fn get_abstract(t: Attached<'_>, this: &Value) -> PyResult {
    let name = &t.names().__abstractmethods__;
    let own = if this.is(TYPE.get(t)) { None } else { dict::get_str(t, &as_type(this).dict.load(), name) };
    match own {
        Some(v) => Ok(v),
        None => Err(t.raise(&crate::exception::AttributeError, "__abstractmethods__")),
    }
}
fn set_abstract(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    let ty = as_type(this);
    let name = &t.names().__abstractmethods__;
    match value {
        Some(v) => {
            let abstract_ = crate::protocol::truth(t, v)?;
            dict::set_str(t, &ty.dict.load(), name, v.clone());
            if abstract_ {
                ty.flags.fetch_or(flags::ABSTRACT, Relaxed);
            } else {
                ty.flags.fetch_and(!flags::ABSTRACT, Relaxed);
            }
        }
        None => {
            if dict::remove(t, &ty.dict.load(), name)?.is_none() {
                return Err(t.raise(&crate::exception::AttributeError, "__abstractmethods__"));
            }
            ty.flags.fetch_and(!flags::ABSTRACT, Relaxed);
        }
    }
    invalidate(t, ty, name);
    Ok(())
}
fn get_flags(t: Attached<'_>, this: &Value) -> PyResult {
    let ty = as_type(this);
    let mut f = ty.flags.load(Relaxed) & 0xFFFF_FFFF | 1 << 12;
    if f & flags::IMMUTABLE == 0 {
        // A native type that can be changed passes for one made by a program.
        f |= flags::HEAP_TYPE;
    }
    let subclass_bits: [(&'static TypeSpec, u64); 8] = [
        (&crate::int::TYPE, 24),
        (&crate::list::TYPE, 25),
        (&crate::tuple::TYPE, 26),
        (&crate::bytes::TYPE, 27),
        (&crate::str::TYPE, 28),
        (&dict::TYPE, 29),
        (&crate::exception::BaseException, 30),
        (&TYPE, 31),
    ];
    for (spec, bit) in subclass_bits {
        if ty.is_subtype(as_type(spec.get(t))) {
            f |= 1 << bit;
        }
    }
    Ok(crate::int::new(t, f as i64))
}
fn get_basic_size(t: Attached<'_>, this: &Value) -> PyResult {
    let ty = as_type(this);
    Ok(crate::int::from_usize(t, 16 + ty.kind.size + 8 * ty.members as usize))
}
fn get_item_size(t: Attached<'_>, this: &Value) -> PyResult {
    let ty = as_type(this);
    let is = |spec: &'static TypeSpec| ty.is_subtype(as_type(spec.get(t)));
    Ok(Value::i32(if is(&crate::tuple::TYPE) {
        8
    } else if is(&crate::int::TYPE) {
        4
    } else if is(&crate::bytes::TYPE) {
        1
    } else {
        0
    }))
}
fn get_text_signature(t: Attached<'_>, this: &Value) -> PyResult {
    match as_type(this).spec.and_then(|s| crate::native::split_doc(s.doc).1) {
        Some(signature) => Ok(crate::str::new(t, signature)),
        None => Ok(Value::none()),
    }
}
fn get_type_params(t: Attached<'_>, this: &Value) -> PyResult {
    // `type` itself has the descriptor there.
    Ok(dict::get_str(t, &as_type(this).dict.load(), &t.names().__type_params__)
        .filter(|v| crate::tuple::as_tuple(v).is_some() || as_type(this).spec.is_none())
        .unwrap_or_else(|| crate::tuple::new(t, Vec::new())))
}
fn set_type_params(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    let v = check_mutable(t, this, "__type_params__", value)?;
    dict::set_str(t, &as_type(this).dict.load(), &t.names().__type_params__, v);
    invalidate(t, as_type(this), &t.names().__type_params__);
    Ok(())
}
