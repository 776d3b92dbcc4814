//! `classmethod`: a function in a class that gets the class as its first argument.

use orochi_heap::{Payload, Slot, Value, Visit, payload};

use crate::args::{Args, Signature};
use crate::slots::Def;
use crate::spec::{GetSet, Method, TypeSpec, flags};
use crate::thread::{Attached, PyResult};
use crate::wrapped;

/// The body of a classmethod.
pub struct PyClassMethod {
    /// The callable, or unbound before `__init__`.
    pub callable: Slot,
}

impl Payload for PyClassMethod {
    payload!(PyClassMethod, "classmethod");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.callable);
    }
    fn clear(&self) {
        self.callable.take();
    }
}

/// `classmethod`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyClassMethod>("classmethod")
    .flags(flags::BASETYPE | flags::HAS_DICT | flags::HAS_WEAKREF)
    .slots(&[
        Def::New(new_empty),
        Def::Init(init),
        Def::Repr(repr),
        Def::DescrGet(descr_get),
    ])
    .methods(&[Method::class("__class_getitem__", "($type, object, /)", crate::generic_alias::class_getitem, "See PEP 585")])
    .getset(&[
        GetSet::read("__func__", get_callable, ""),
        GetSet::read("__wrapped__", get_callable, ""),
        GetSet::read("__isabstractmethod__", get_abstract, ""),
        GetSet::write("__annotations__", get_annotations, set_annotations, ""),
        GetSet::write("__annotate__", get_annotate, set_annotate, ""),
    ])
    .doc("classmethod(function, /)\n--\n\nConvert a function to be a class method.\n\nA class method receives the class as implicit first argument.");

/// A new classmethod of a callable.
pub fn new(t: Attached<'_>, callable: &Value) -> PyResult {
    let v = TYPE.alloc(t, PyClassMethod { callable: Slot::new(callable.clone()) });
    orochi_heap::count::defer(&v);
    wrapped::take_over(t, &v, callable)?;
    Ok(v)
}

fn new_empty(t: Attached<'_>, class: &Value, _: Args<'_>) -> PyResult {
    let v = TYPE.alloc_for(t, class, PyClassMethod { callable: Slot::unbound() })?;
    orochi_heap::count::defer(&v);
    Ok(v)
}

fn init(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    args.no_keywords(t, "classmethod")?;
    Signature::parse("(callable, /)").call(t, "classmethod", args, |a| {
        if let Some(b) = this.payload::<PyClassMethod>() {
            b.callable.set(a[0].clone());
        }
        wrapped::take_over(t, this, &a[0])
    })
}

fn callable(t: Attached<'_>, this: &Value) -> PyResult {
    let v = this.payload::<PyClassMethod>().map_or(Value::unbound(), |b| b.callable.load());
    if v.is_unbound() {
        return Err(t.raise(&crate::exception::RuntimeError, "uninitialized classmethod object"));
    }
    Ok(v)
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let inner = match callable(t, this) {
        Ok(c) => crate::str::display(&crate::protocol::repr(t, &c)?),
        Err(e) => {
            drop(t.take_raised(e));
            "<NULL>".to_owned()
        }
    };
    Ok(crate::str::from_string(t, format!("<classmethod({inner})>")))
}

fn descr_get(t: Attached<'_>, this: &Value, _: Option<&Value>, class: &Value) -> PyResult {
    Ok(crate::native::bind(t, &callable(t, this)?, class))
}

fn get_callable(_: Attached<'_>, this: &Value) -> PyResult {
    let v = this.payload::<PyClassMethod>().map_or(Value::none(), |b| b.callable.load());
    Ok(if v.is_unbound() { Value::none() } else { v })
}
fn get_abstract(t: Attached<'_>, this: &Value) -> PyResult {
    wrapped::is_abstract(t, &get_callable(t, this)?).map(Value::bool)
}
fn get_annotations(t: Attached<'_>, this: &Value) -> PyResult {
    wrapped::forwarded(t, this, &callable(t, this)?, &t.names().__annotations__)
}
fn set_annotations(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    wrapped::set_forwarded(t, this, &t.names().__annotations__, value)
}
fn get_annotate(t: Attached<'_>, this: &Value) -> PyResult {
    wrapped::forwarded(t, this, &callable(t, this)?, &t.names().__annotate__)
}
fn set_annotate(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    wrapped::set_forwarded(t, this, &t.names().__annotate__, value)
}
