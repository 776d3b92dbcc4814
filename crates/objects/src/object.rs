//! `object`: the root type, and the body of instances that have none but attributes.

use orochi_heap::{Payload, Value, payload};

use crate::args::Args;
use crate::slots::{CompareOp, Def};
use crate::spec::{TypeSpec, flags};
use crate::thread::{Attached, PyResult};
use crate::type_::{as_type, class_of, type_of};

/// The body of plain instances: nothing. Attributes lie behind it.
pub struct PyObject;

impl Payload for PyObject {
    payload!(PyObject, "object");
}

/// `object`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyObject>("object")
    .flags(flags::BASETYPE)
    .slots(&[
        Def::New(object_new),
        Def::Init(object_init),
        Def::Repr(object_repr),
        Def::Str(object_str),
        Def::Hash(identity_hash),
        Def::Compare(object_compare),
        Def::GetAttr(crate::attr::generic_get),
        Def::SetAttr(crate::attr::generic_set),
    ])
    .methods(crate::object_methods::METHODS)
    .getset(crate::object_methods::GETSET)
    .doc("object()\n--\n\nThe base class of the class hierarchy.\n\nWhen called, it accepts no arguments and returns a new featureless\ninstance that has no instance attributes and cannot be given any.\n");

/// Whether a class overrides a slot of `object`.
fn overrides(class: &crate::type_::PyType, id: crate::slots::SlotId) -> bool {
    let own = match id {
        crate::slots::SlotId::New => object_new as crate::slots::NewFn as usize,
        _ => object_init as crate::slots::InitFn as usize,
    };
    class.slots.raw(id) != own
}

/// `object.__new__`.
pub fn object_new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    let ty = as_type(class);
    if !args.is_empty() {
        if overrides(ty, crate::slots::SlotId::New) {
            return Err(t.type_error("object.__new__() takes exactly one argument (the type to instantiate)"));
        }
        if !overrides(ty, crate::slots::SlotId::Init) {
            return Err(t.type_error(format!("{}() takes no arguments", ty.name_text())));
        }
    }
    if ty.has(flags::ABSTRACT) {
        return Err(crate::object_methods::abstract_error(t, class));
    }
    crate::type_::alloc_instance(t, class, PyObject)
}

/// `object.__init__`.
pub fn object_init(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    let ty = class_of(t, this);
    if !args.is_empty() {
        if overrides(ty, crate::slots::SlotId::Init) {
            return Err(t.type_error("object.__init__() takes exactly one argument (the instance to initialize)"));
        }
        if !overrides(ty, crate::slots::SlotId::New) {
            return Err(t.type_error(format!("{}.__init__() takes exactly one argument (the instance to initialize)", ty.name_text())));
        }
    }
    Ok(())
}

fn object_repr(t: Attached<'_>, this: &Value) -> PyResult {
    let name = class_of(t, this).full_name(t);
    let name = if name.contains('.') { name } else { name_with_module(t, this) };
    Ok(crate::str::from_string(t, format!("<{name} object at {:#x}>", this.identity())))
}

fn name_with_module(t: Attached<'_>, this: &Value) -> String {
    class_of(t, this).full_name(t)
}

fn object_str(t: Attached<'_>, this: &Value) -> PyResult {
    crate::protocol::repr(t, this)
}

/// Hash by identity.
pub fn identity_hash(_: Attached<'_>, this: &Value) -> PyResult<i64> {
    let id = this.identity();
    Ok(id.rotate_right(4) as i64)
}

fn object_compare(t: Attached<'_>, this: &Value, other: &Value, op: CompareOp) -> PyResult {
    match op {
        CompareOp::Eq if this.is(other) => Ok(Value::bool(true)),
        CompareOp::Ne => {
            // `!=` is the contrary of the type's own `==`.
            let Some(compare) = class_of(t, this).slots.compare() else { return Ok(Value::not_implemented()) };
            let equal = compare(t, this, other, CompareOp::Eq)?;
            if equal.is_not_implemented() {
                return Ok(equal);
            }
            Ok(Value::bool(!crate::protocol::truth(t, &equal)?))
        }
        _ => Ok(Value::not_implemented()),
    }
}

/// `object.__class__`.
pub fn class(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(type_of(t, this).clone())
}
