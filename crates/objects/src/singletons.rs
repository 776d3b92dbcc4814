//! `None`, `Ellipsis`, `NotImplemented`: values without memory, and their types.

use crate::object::PyObject;
use crate::spec::{Method, TypeSpec};
use crate::slots::Def;
use crate::thread::{Attached, PyResult};
use orochi_heap::Value;

/// `NoneType`.
pub static NONE_TYPE: TypeSpec = TypeSpec::new::<PyObject>("NoneType")
    .slots(&[Def::New(none_new), Def::Repr(none_repr), Def::Bool(none_bool)])
    .doc("The type of the None singleton.");
/// `ellipsis`.
pub static ELLIPSIS_TYPE: TypeSpec = TypeSpec::new::<PyObject>("ellipsis")
    .slots(&[Def::New(ellipsis_new), Def::Repr(ellipsis_repr)])
    .methods(&[Method::new("__reduce__", "($self, /)", |t, _| Ok(crate::str::intern(t, "Ellipsis")), "")])
    .doc("The type of the Ellipsis singleton.");
/// `NotImplementedType`.
pub static NOT_IMPLEMENTED_TYPE: TypeSpec = TypeSpec::new::<PyObject>("NotImplementedType")
    .slots(&[Def::New(not_implemented_new), Def::Repr(not_implemented_repr), Def::Bool(not_implemented_bool)])
    .methods(&[Method::new("__reduce__", "($self, /)", |t, _| Ok(crate::str::intern(t, "NotImplemented")), "")])
    .doc("The type of the NotImplemented singleton.");

/// The constructor of a singleton's type gives the singleton and takes nothing.
fn no_arguments(t: Attached<'_>, args: crate::Args<'_>, name: &str) -> PyResult<()> {
    if args.is_empty() { Ok(()) } else { Err(t.type_error(format!("{name} takes no arguments"))) }
}
fn none_new(t: Attached<'_>, _: &Value, args: crate::Args<'_>) -> PyResult {
    no_arguments(t, args, "NoneType").map(|()| Value::none())
}
fn ellipsis_new(t: Attached<'_>, _: &Value, args: crate::Args<'_>) -> PyResult {
    no_arguments(t, args, "EllipsisType").map(|()| Value::ellipsis())
}
fn not_implemented_new(t: Attached<'_>, _: &Value, args: crate::Args<'_>) -> PyResult {
    no_arguments(t, args, "NotImplementedType").map(|()| Value::not_implemented())
}

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
