//! `None`, `Ellipsis`, `NotImplemented`: values without memory, and their types.

use crate::object::PyObject;
use crate::spec::{Method, TypeSpec, flags};
use crate::slots::Def;
use crate::thread::{Attached, PyResult};
use orochi_heap::Value;

/// `NoneType`.
pub static NONE_TYPE: TypeSpec = TypeSpec::new::<PyObject>("NoneType")
    .flags(flags::NO_NEW)
    .slots(&[Def::Repr(none_repr), Def::Bool(none_bool)])
    .doc("The type of the None singleton.");
/// `ellipsis`.
pub static ELLIPSIS_TYPE: TypeSpec = TypeSpec::new::<PyObject>("ellipsis")
    .flags(flags::NO_NEW)
    .slots(&[Def::Repr(ellipsis_repr)])
    .methods(&[Method::new("__reduce__", "($self, /)", |t, _| Ok(crate::str::intern(t, "Ellipsis")), "")])
    .doc("The type of the Ellipsis singleton.");
/// `NotImplementedType`.
pub static NOT_IMPLEMENTED_TYPE: TypeSpec = TypeSpec::new::<PyObject>("NotImplementedType")
    .flags(flags::NO_NEW)
    .slots(&[Def::Repr(not_implemented_repr), Def::Bool(not_implemented_bool)])
    .methods(&[Method::new("__reduce__", "($self, /)", |t, _| Ok(crate::str::intern(t, "NotImplemented")), "")])
    .doc("The type of the NotImplemented singleton.");

fn none_repr(t: Attached<'_>, _: &Value) -> PyResult {
    Ok(crate::str::intern(t, "None"))
}
fn none_bool(_: Attached<'_>, _: &Value) -> PyResult<bool> {
    Ok(false)
}
fn ellipsis_repr(t: Attached<'_>, _: &Value) -> PyResult {
    Ok(crate::str::intern(t, "Ellipsis"))
}
fn not_implemented_repr(t: Attached<'_>, _: &Value) -> PyResult {
    Ok(crate::str::intern(t, "NotImplemented"))
}
fn not_implemented_bool(t: Attached<'_>, _: &Value) -> PyResult<bool> {
    Err(t.type_error("NotImplemented should not be used in a boolean context"))
}
