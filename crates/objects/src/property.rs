//! `property`: an attribute computed by functions.
//!
//! The docstring is the getter's unless one is given. A subclass keeps it as an attribute of the
//! instance, because the subclass's own `__doc__` hides the one declared here.

use std::sync::atomic::{AtomicBool, Ordering::*};

use orochi_heap::{Payload, Slot, Value, Visit, payload};

use crate::args::{Args, Signature};
use crate::slots::Def;
use crate::spec::{GetSet, Method, TypeSpec, flags};
use crate::thread::{Attached, PyResult, Raised};
use crate::type_::{class_of, type_name};
use crate::wrapped;

/// The body of a property. Absent parts are None.
pub struct PyProperty {
    /// Reads.
    pub get: Slot,
    /// Writes.
    pub set: Slot,
    /// Deletes.
    pub delete: Slot,
    doc: Slot,
    /// The name that `__set_name__` told, or unbound.
    name: Slot,
    /// Whether the docstring is the getter's.
    doc_of_getter: AtomicBool,
}

impl Payload for PyProperty {
    payload!(PyProperty, "property");
    fn trace(&self, visit: &mut Visit<'_>) {
        for slot in [&self.get, &self.set, &self.delete, &self.doc, &self.name] {
            visit.slot(slot);
        }
    }
    fn clear(&self) {
        for slot in [&self.get, &self.set, &self.delete, &self.doc] {
            slot.set(Value::none());
        }
    }
}

/// `property`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyProperty>("property")
    .flags(flags::BASETYPE)
    .slots(&[Def::New(new_empty), Def::Init(init), Def::DescrGet(descr_get), Def::DescrSet(descr_set)])
    .methods(&[
        Method::new("getter", "($self, fget, /)", getter, "Descriptor to obtain a copy of the property with a different getter."),
        Method::new("setter", "($self, fset, /)", setter, "Descriptor to obtain a copy of the property with a different setter."),
        Method::new("deleter", "($self, fdel, /)", deleter, "Descriptor to obtain a copy of the property with a different deleter."),
        Method::new("__set_name__", "($self, /, *args)", set_name, "__set_name__(owner, name)\n\nRemember the name of the attribute."),
    ])
    .getset(&[
        GetSet::read("fget", |_, v| Ok(body(v).get.load()), ""),
        GetSet::read("fset", |_, v| Ok(body(v).set.load()), ""),
        GetSet::read("fdel", |_, v| Ok(body(v).delete.load()), ""),
        GetSet::write("__doc__", |_, v| Ok(body(v).doc.load()), write_doc, ""),
        GetSet::write("__name__", read_name, write_name, ""),
        GetSet::read("__isabstractmethod__", is_abstract, ""),
    ])
    .doc("property(fget=None, fset=None, fdel=None, doc=None)\n--\n\nProperty attribute.\n\n  fget\n    function to be used for getting an attribute value\n  fset\n    function to be used for setting an attribute value\n  fdel\n    function to be used for del'ing an attribute\n  doc\n    docstring");

fn body(v: &Value) -> &PyProperty {
    match v.payload::<PyProperty>() {
        Some(p) => p,
        None => unreachable!("slots are called with their own type"),
    }
}

fn new_empty(t: Attached<'_>, class: &Value, _: Args<'_>) -> PyResult {
    let none = || Slot::new(Value::none());
    let v = TYPE.alloc_for(
        t,
        class,
        PyProperty {
            get: none(),
            set: none(),
            delete: none(),
            doc: none(),
            name: Slot::unbound(),
            doc_of_getter: AtomicBool::new(false),
        },
    )?;
    orochi_heap::count::defer(&v);
    Ok(v)
}

fn init(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    Signature::parse("(fget=None, fset=None, fdel=None, doc=None)").call(t, "property", args, |a| {
        let p = body(this);
        let part = |i: usize| a[i].given().cloned().unwrap_or(Value::none());
        p.get.set(part(0));
        p.set.set(part(1));
        p.delete.set(part(2));
        p.name.take();
        p.doc_of_getter.store(false, Relaxed);
        let mut doc = part(3);
        let get = p.get.load();
        if doc.is_none()
            && !get.is_none()
            && let Some(found) = crate::attr::find(t, &get, &t.names().__doc__)?
            && !found.is_none()
        {
            doc = found;
            p.doc_of_getter.store(true, Relaxed);
        }
        if TYPE.is_exact(t, this) {
            p.doc.set(doc);
            return Ok(());
        }
        match crate::attr::set(t, this, &t.names().__doc__, Some(&doc)) {
            Ok(()) => Ok(()),
            Err(e) if p.doc_of_getter.load(Relaxed) || doc.is_none() => {
                drop(t.catch(e, &crate::exception::AttributeError)?);
                Ok(())
            }
            Err(e) => Err(e),
        }
    })
}

/// The name, told or the getter's.
fn name_of(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let p = body(this);
    let name = p.name.load();
    if !name.is_unbound() {
        return Ok(Some(name));
    }
    let get = p.get.load();
    if get.is_none() { Ok(None) } else { crate::attr::find(t, &get, &t.names().__name__) }
}

#[cold]
fn missing(t: Attached<'_>, this: &Value, instance: &Value, part: &str) -> Raised {
    let name = match name_of(t, this) {
        Ok(n) => n,
        Err(e) => return e,
    };
    let class = class_of(t, instance).qualname.load();
    let class = crate::protocol::display_repr(t, &class);
    let message = match name {
        Some(n) => format!("property {} of {class} object has no {part}", crate::protocol::display_repr(t, &n)),
        None => format!("property of {class} object has no {part}"),
    };
    t.raise(&crate::exception::AttributeError, message)
}

fn descr_get(t: Attached<'_>, this: &Value, instance: Option<&Value>, _: &Value) -> PyResult {
    let Some(instance) = instance else { return Ok(this.clone()) };
    let get = body(this).get.load();
    if get.is_none() {
        return Err(missing(t, this, instance, "getter"));
    }
    crate::protocol::call(t, &get, std::slice::from_ref(instance))
}

fn descr_set(t: Attached<'_>, this: &Value, instance: &Value, value: Option<&Value>) -> PyResult<()> {
    match value {
        Some(value) => {
            let set = body(this).set.load();
            if set.is_none() {
                return Err(missing(t, this, instance, "setter"));
            }
            crate::protocol::call(t, &set, &[instance.clone(), value.clone()]).map(drop)
        }
        None => {
            let delete = body(this).delete.load();
            if delete.is_none() {
                return Err(missing(t, this, instance, "deleter"));
            }
            crate::protocol::call(t, &delete, std::slice::from_ref(instance)).map(drop)
        }
    }
}

/// A copy with some parts replaced.
fn copy(t: Attached<'_>, this: &Value, get: Option<&Value>, set: Option<&Value>, delete: Option<&Value>) -> PyResult {
    let p = body(this);
    let part = |new: Option<&Value>, old: &Slot| match new {
        Some(v) if !v.is_none() => v.clone(),
        _ => old.load(),
    };
    let get = part(get, &p.get);
    let doc = if p.doc_of_getter.load(Relaxed) && !get.is_none() { Value::none() } else { p.doc.load() };
    let class = class_of(t, this).this().clone();
    let new = crate::protocol::call(t, &class, &[get, part(set, &p.set), part(delete, &p.delete), doc])?;
    if TYPE.is_exact(t, &new) {
        body(&new).name.set(p.name.load());
    }
    Ok(new)
}

fn getter(t: Attached<'_>, a: &[Value]) -> PyResult {
    copy(t, &a[0], Some(&a[1]), None, None)
}
fn setter(t: Attached<'_>, a: &[Value]) -> PyResult {
    copy(t, &a[0], None, Some(&a[1]), None)
}
fn deleter(t: Attached<'_>, a: &[Value]) -> PyResult {
    copy(t, &a[0], None, None, Some(&a[1]))
}

fn set_name(t: Attached<'_>, a: &[Value]) -> PyResult {
    let given = crate::tuple::items(&a[1]);
    let [_, name] = given else {
        return Err(t.type_error(format!("__set_name__() takes 2 positional arguments but {} were given", given.len())));
    };
    body(&a[0]).name.set(name.clone());
    Ok(Value::none())
}

fn read_name(t: Attached<'_>, this: &Value) -> PyResult {
    match name_of(t, this)? {
        Some(n) => Ok(n),
        None => {
            let message = format!("'{}' object has no attribute '__name__'", type_name(t, this));
            Err(crate::attr::attribute_error(t, message, this, &t.names().__name__))
        }
    }
}
fn write_name(_: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    body(this).name.set(value.cloned().unwrap_or(Value::unbound()));
    Ok(())
}
fn write_doc(_: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    body(this).doc.set(value.cloned().unwrap_or(Value::none()));
    Ok(())
}
fn is_abstract(t: Attached<'_>, this: &Value) -> PyResult {
    let p = body(this);
    for part in [&p.get, &p.set, &p.delete] {
        if wrapped::is_abstract(t, &part.load())? {
            return Ok(Value::bool(true));
        }
    }
    Ok(Value::bool(false))
}
