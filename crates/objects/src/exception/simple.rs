//! Small exception classes: StopIteration, SystemExit, KeyError, AttributeError, NameError.
//!
//! `StopIteration.value` and `SystemExit.code` follow from `args` until they are set, so that
//! raising one costs no more than any other exception.

use orochi_heap::Value;

use super::{PyException, as_exception, fields, methods};
use crate::args::Args;
use crate::slots::Def;
use crate::spec::{GetSet, Method, TypeSpec, flags};
use crate::thread::{Attached, PyResult, Raised};

/// Place of `value` and of `code`.
const VALUE: usize = 0;
/// Place of `name`.
const NAME: usize = 0;
/// Place of `obj`.
const OBJ: usize = 1;

pub(super) const fn stop_iteration_type(spec: TypeSpec) -> TypeSpec {
    spec.flags(flags::SOLID).getset(const { &[GetSet::write("value", get_value, fields::set::<VALUE>, "generator return value")] })
}
pub(super) const fn system_exit_type(spec: TypeSpec) -> TypeSpec {
    spec.flags(flags::SOLID).getset(const { &[GetSet::write("code", get_code, fields::set::<VALUE>, "exception code")] })
}
pub(super) const fn key_error_type(spec: TypeSpec) -> TypeSpec {
    spec.slots(&[Def::Str(key_error_str)])
}
pub(super) const fn attribute_error_type(spec: TypeSpec) -> TypeSpec {
    spec.flags(flags::SOLID)
        .slots(&[Def::Init(attribute_error_init)])
        .methods(const { &[
            Method::new("__reduce__", "($self, /)", attribute_error_reduce, ""),
            Method::new("__getstate__", "($self, /)", |t, a| attribute_error_state(t, &a[0]), ""),
        ] })
        .getset(const { &[
            GetSet::write("name", fields::get::<NAME>, fields::set::<NAME>, "attribute name"),
            GetSet::write("obj", fields::get::<OBJ>, fields::set::<OBJ>, "object"),
        ] })
}
pub(super) const fn name_error_type(spec: TypeSpec) -> TypeSpec {
    spec.flags(flags::SOLID)
        .slots(&[Def::Init(name_error_init)])
        .getset(const { &[GetSet::write("name", fields::get::<NAME>, fields::set::<NAME>, "name")] })
}

/// `value` or `code` as `args` say; used before `args` is replaced, too.
fn derived(t: Attached<'_>, e: &PyException, whole_tuple: bool) -> Value {
    let set = e.fields.get(VALUE);
    if !set.is_unbound() {
        return set;
    }
    let args = e.args.load();
    match crate::tuple::items(&args) {
        [] => Value::none(),
        [_, _, ..] if whole_tuple => crate::tuple::from_slice(t, crate::tuple::items(&args)),
        [first, ..] => first.clone(),
    }
}

fn get_value(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(as_exception(this).map_or(Value::none(), |e| derived(t, e, false)))
}
fn get_code(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(as_exception(this).map_or(Value::none(), |e| derived(t, e, true)))
}

/// `args` is about to be replaced: what followed from it until now stays.
pub(super) fn pin(t: Attached<'_>, this: &Value, e: &PyException) {
    if super::StopIteration.check(t, this) {
        e.fields.set(VALUE, derived(t, e, false));
    } else if super::SystemExit.check(t, this) {
        e.fields.set(VALUE, derived(t, e, true));
    }
}

/// StopIteration with a return value (None: none).
pub fn stop_iteration(t: Attached<'_>, value: Value) -> Raised {
    let args = if value.is_none() { Vec::new() } else { vec![value] };
    let body = PyException::new(crate::tuple::new(t, args));
    t.raise_value(super::StopIteration.alloc(t, body))
}

/// The value of a StopIteration.
pub fn stop_value(t: Attached<'_>, exception: &Value) -> Value {
    as_exception(exception).map_or(Value::none(), |e| derived(t, e, false))
}

/// NameError with its `name` (a str).
#[cold]
pub fn name_error(t: Attached<'_>, message: impl AsRef<str>, name: &Value) -> Raised {
    named(t, &super::NameError, message.as_ref(), name)
}
/// UnboundLocalError with its `name` (a str).
#[cold]
pub fn unbound_local_error(t: Attached<'_>, message: impl AsRef<str>, name: &Value) -> Raised {
    named(t, &super::UnboundLocalError, message.as_ref(), name)
}
fn named(t: Attached<'_>, spec: &'static TypeSpec, message: &str, name: &Value) -> Raised {
    let raised = t.raise(spec, message);
    if let Some(e) = as_exception(&t.peek_raised(&raised)) {
        e.fields.set(NAME, name.clone());
    }
    raised
}
/// AttributeError with its `name` and `obj`.
#[cold]
pub fn attribute_error(t: Attached<'_>, message: impl AsRef<str>, object: &Value, name: &Value) -> Raised {
    let raised = t.raise(&super::AttributeError, message);
    set_attribute(&t.peek_raised(&raised), object, name);
    raised
}
/// Sets `name` and `obj` of an AttributeError that has none yet.
pub fn set_attribute(exception: &Value, object: &Value, name: &Value) {
    if let Some(e) = as_exception(exception)
        && e.fields.get(NAME).is_unbound()
        && e.fields.get(OBJ).is_unbound()
    {
        e.fields.set(NAME, name.clone());
        e.fields.set(OBJ, object.clone());
    }
}

fn key_error_str(t: Attached<'_>, this: &Value) -> PyResult {
    let args = methods::body(t, this)?.args.load();
    match crate::tuple::items(&args) {
        [one] => crate::protocol::repr(t, one),
        _ => methods::exception_str(t, this),
    }
}

/// Keyword arguments of an exception class, each with its place.
pub(super) fn init_with_keywords(
    t: Attached<'_>,
    this: &Value,
    args: Args<'_>,
    class: &str,
    known: &[(&str, usize)],
) -> PyResult<()> {
    let e = methods::body(t, this)?;
    e.args.set(crate::tuple::from_slice(t, args.positional()));
    for &(_, i) in known {
        if !e.fields.get(i).is_unbound() {
            e.fields.set(i, Value::unbound());
        }
    }
    for (name, value) in args.keywords() {
        let text = crate::str::display(name);
        match known.iter().find(|(k, _)| *k == text) {
            Some(&(_, i)) => e.fields.set(i, value.clone()),
            None => return Err(t.type_error(format!("{class}() got an unexpected keyword argument '{text}'"))),
        }
    }
    Ok(())
}

fn attribute_error_init(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    init_with_keywords(t, this, args, "AttributeError", &[("name", NAME), ("obj", OBJ)])
}
fn name_error_init(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    init_with_keywords(t, this, args, "NameError", &[("name", NAME)])
}

/// The state for pickling: without `obj`, which may not be picklable.
fn attribute_error_state(t: Attached<'_>, this: &Value) -> PyResult {
    let e = methods::body(t, this)?;
    let state = match methods::own_dict(t, this) {
        Some(d) => crate::dict::copy(t, &d)?,
        None => crate::dict::new(t),
    };
    let name = e.fields.get(NAME);
    if !name.is_unbound() {
        crate::dict::set_str(t, &state, &t.names().name, name);
    }
    crate::dict::set_str(t, &state, &t.names().args, e.args.load());
    Ok(state)
}
fn attribute_error_reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let state = attribute_error_state(t, &a[0])?;
    let class = crate::type_::type_of(t, &a[0]).clone();
    Ok(crate::tuple::new(t, vec![class, methods::body(t, &a[0])?.args.load(), state]))
}
