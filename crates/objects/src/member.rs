//! Descriptors that classes get for their instances' storage: `__slots__` members, `__dict__`,
//! `__weakref__`. The last two are getset descriptors, as those of native types.

use orochi_heap::{Payload, Slot, Value, Visit, payload};

use crate::slots::Def;
use crate::spec::{GetSet, Method, TypeSpec, flags};
use crate::thread::{Attached, PyResult};
use crate::type_::{as_type, class_of, type_name};

/// The body of a member descriptor.
pub struct PyMember {
    name: Slot,
    owner: Slot,
    index: u32,
}

impl Payload for PyMember {
    payload!(PyMember, "member_descriptor");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.name);
        visit.slot(&self.owner);
    }
}

/// `member_descriptor`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyMember>("member_descriptor")
    .flags(flags::NO_NEW)
    .slots(&[Def::DescrGet(get), Def::DescrSet(set), Def::Repr(repr)])
    .getset(&[
        GetSet::read("__name__", member_name, ""),
        GetSet::read("__qualname__", member_qualname, ""),
        GetSet::read("__objclass__", member_owner, ""),
        GetSet::read("__doc__", |_, _| Ok(Value::none()), ""),
    ])
    .methods(&[Method::new("__reduce__", "($self, /)", reduce, "Helper for pickle.")]);

static DICT: GetSet = GetSet::write("__dict__", get_dict, set_dict, "dictionary for instance variables");
static WEAKREF: GetSet = GetSet::read("__weakref__", get_weakref, "list of weak references to the object");

/// The descriptor of the `__slots__` member in slot `index`.
pub fn new(t: Attached<'_>, owner: &Value, name: &Value, index: u32) -> Value {
    let d = TYPE.alloc(t, PyMember { name: Slot::new(name.clone()), owner: Slot::new(owner.clone()), index });
    orochi_heap::count::defer(&d);
    d
}
/// The descriptor `__dict__`.
pub fn dict_descriptor(t: Attached<'_>, owner: &Value) -> Value {
    crate::native::getset_descriptor(t, owner, &DICT)
}
/// The descriptor `__weakref__`.
pub fn weakref_descriptor(t: Attached<'_>, owner: &Value) -> Value {
    crate::native::getset_descriptor(t, owner, &WEAKREF)
}

fn member(v: &Value) -> &PyMember {
    match v.payload::<PyMember>() {
        Some(m) => m,
        None => unreachable!("slots are called with their own type"),
    }
}

/// The slot index of a `__slots__` member, for inline caches.
pub fn slot_index(v: &Value) -> Option<u32> {
    Some(v.payload::<PyMember>()?.index)
}

fn check(t: Attached<'_>, m: &PyMember, instance: &Value) -> PyResult<()> {
    let owner = m.owner.load();
    if class_of(t, instance).is_subtype(as_type(&owner)) {
        return Ok(());
    }
    Err(t.type_error(format!(
        "descriptor '{}' for '{}' objects doesn't apply to a '{}' object",
        crate::str::display(&m.name.load()),
        as_type(&owner).name_text(),
        type_name(t, instance)
    )))
}

fn get(t: Attached<'_>, this: &Value, instance: Option<&Value>, _: &Value) -> PyResult {
    let Some(instance) = instance else { return Ok(this.clone()) };
    let m = member(this);
    check(t, m, instance)?;
    let Some(h) = instance.header() else { return Ok(Value::none()) };
    let value = crate::attr::slot_of(h, crate::map::map_of(h), m.index as usize).map_or(Value::unbound(), Slot::load);
    if value.is_unbound() {
        return Err(crate::attr::no_attribute(t, instance, &m.name.load()));
    }
    Ok(value)
}

fn set(t: Attached<'_>, this: &Value, instance: &Value, value: Option<&Value>) -> PyResult<()> {
    let m = member(this);
    check(t, m, instance)?;
    let Some(h) = instance.header() else { return Ok(()) };
    let Some(slot) = crate::attr::slot_of(h, crate::map::map_of(h), m.index as usize) else { return Ok(()) };
    let old = slot.swap(value.cloned().unwrap_or(Value::unbound()));
    if value.is_none() && old.is_unbound() {
        return Err(crate::attr::no_attribute(t, instance, &m.name.load()));
    }
    Ok(())
}

fn get_weakref(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(t.runtime().heap.weak.watchers(this).into_iter().next().unwrap_or(Value::none()))
}

/// Reads `__dict__` of an instance, for types that declare it themselves.
pub fn get_dict(t: Attached<'_>, this: &Value) -> PyResult {
    match this.header().and_then(|h| crate::attr::materialize_dict(t, h)) {
        Some(d) => Ok(d),
        None => Err(crate::attr::no_attribute(t, this, &t.names().__dict__)),
    }
}
/// Replaces `__dict__` of an instance.
pub fn set_dict(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    let new = match value {
        Some(v) if crate::dict::as_dict(v).is_some() => v.clone(),
        Some(v) => {
            return Err(t.type_error(format!("__dict__ must be set to a dictionary, not a '{}'", type_name(t, v))));
        }
        None => crate::dict::new(t),
    };
    if let Some(h) = this.header() {
        crate::attr::replace_dict(t, h, new);
    }
    Ok(())
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let m = member(this);
    let owner = as_type(&m.owner.load()).name_text();
    Ok(crate::str::from_string(t, format!("<member '{}' of '{owner}' objects>", crate::str::display(&m.name.load()))))
}
fn member_name(_: Attached<'_>, this: &Value) -> PyResult {
    Ok(member(this).name.load())
}
fn member_qualname(t: Attached<'_>, this: &Value) -> PyResult {
    let m = member(this);
    let owner = crate::str::display(&as_type(&m.owner.load()).qualname.load());
    Ok(crate::str::from_string(t, format!("{owner}.{}", crate::str::display(&m.name.load()))))
}
fn member_owner(_: Attached<'_>, this: &Value) -> PyResult {
    Ok(member(this).owner.load())
}
/// `getattr(owner, name)` gives it again.
fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let m = member(&a[0]);
    let getattr = crate::protocol::builtin(t, "getattr")?;
    Ok(crate::tuple::new(t, vec![getattr, crate::tuple::new(t, vec![m.owner.load(), m.name.load()])]))
}
