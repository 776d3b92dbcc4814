//! Slots, methods and attributes of exceptions.

use std::sync::atomic::Ordering::*;

use orochi_heap::Value;

use super::{PyException, as_exception};
use crate::args::Args;
use crate::slots::Def;
use crate::spec::{GetSet, Method};
use crate::thread::{Attached, PyResult};
use crate::type_::type_name;

pub(super) const SLOTS: &[Def] =
    &[Def::New(exception_new), Def::Init(exception_init), Def::Repr(exception_repr), Def::Str(exception_str)];
pub(super) const METHODS: &[Method] = &[
    Method::new("with_traceback", "($self, tb, /)", with_traceback, "Set self.__traceback__ to tb and return self."),
    Method::new("__reduce__", "($self, /)", reduce, ""),
    Method::new("__setstate__", "($self, state, /)", set_state, ""),
    Method::new("add_note", "($self, note, /)", add_note, "Add a note to the exception"),
];
pub(super) const GETSET: &[GetSet] = &[
    GetSet::write("args", get_args, set_args, ""),
    GetSet::write("__traceback__", get_traceback, set_traceback, ""),
    GetSet::write("__context__", get_context, set_context, "exception context"),
    GetSet::write("__cause__", get_cause, set_cause_attr, "exception cause"),
    GetSet::write("__suppress_context__", get_suppress, set_suppress, ""),
];

pub(super) fn body<'a>(t: Attached<'_>, v: &'a Value) -> PyResult<&'a PyException> {
    as_exception(v).ok_or_else(|| t.type_error(format!("expected an exception, not {}", type_name(t, v))))
}

/// `BaseException.__new__`.
pub(crate) fn exception_new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    let tuple = crate::tuple::from_slice(t, args.positional());
    crate::type_::alloc_instance(t, class, PyException::new(tuple))
}

/// `BaseException.__init__`.
pub(crate) fn exception_init(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    if !args.names().is_empty() {
        args.no_keywords(t, &type_name(t, this))?;
    }
    let e = body(t, this)?;
    // `__new__` has mostly stored the very same arguments.
    let now = e.args.load();
    let now = crate::tuple::items(&now);
    let given = args.positional();
    if now.len() != given.len() || !now.iter().zip(given).all(|(a, b)| a.is(b)) {
        e.args.set(crate::tuple::from_slice(t, given));
    }
    Ok(())
}

fn exception_repr(t: Attached<'_>, this: &Value) -> PyResult {
    let args = body(t, this)?.args.load();
    let name = type_name(t, this);
    let inner = match crate::tuple::items(&args) {
        [one] => format!("({})", crate::str::display(&crate::protocol::repr(t, one)?)),
        _ => crate::str::display(&crate::protocol::repr(t, &args)?),
    };
    Ok(crate::str::from_string(t, format!("{name}{inner}")))
}

pub(super) fn exception_str(t: Attached<'_>, this: &Value) -> PyResult {
    let args = body(t, this)?.args.load();
    match crate::tuple::items(&args) {
        [] => Ok(crate::str::empty(t)),
        [one] => crate::protocol::str(t, one),
        _ => crate::protocol::str(t, &args),
    }
}

/// The instance's own attributes as a dict; `None` if there are none.
pub(super) fn own_dict(t: Attached<'_>, this: &Value) -> Option<Value> {
    let h = this.header()?;
    if crate::attr::instance_items(t, h).is_empty() {
        return None;
    }
    crate::attr::materialize_dict(t, h)
}

/// `(class, args[, attributes])`: how an exception is pickled.
pub(super) fn reduce_with(t: Attached<'_>, this: &Value, args: Value) -> PyResult {
    let mut parts = vec![crate::type_::type_of(t, this).clone(), args];
    parts.extend(own_dict(t, this));
    Ok(crate::tuple::new(t, parts))
}

fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    reduce_with(t, &a[0], body(t, &a[0])?.args.load())
}

fn set_state(t: Attached<'_>, a: &[Value]) -> PyResult {
    if a[1].is_none() {
        return Ok(Value::none());
    }
    if crate::dict::as_dict(&a[1]).is_none() {
        return Err(t.type_error("state is not a dictionary"));
    }
    for (name, value) in crate::dict::items(&a[1]) {
        crate::attr::set(t, &a[0], &name, Some(&value))?;
    }
    Ok(Value::none())
}

fn with_traceback(t: Attached<'_>, a: &[Value]) -> PyResult {
    set_traceback(t, &a[0], Some(&a[1]))?;
    Ok(a[0].clone())
}

fn add_note(t: Attached<'_>, a: &[Value]) -> PyResult {
    if !crate::str::is_str(&a[1]) {
        return Err(t.type_error(format!("add_note() argument must be str, not {}", crate::args::type_word(t, &a[1]))));
    }
    let name = &t.names().__notes__;
    let notes = match crate::attr::find(t, &a[0], name)? {
        Some(notes) => notes,
        None => {
            let new = crate::list::new(t, Vec::new());
            crate::attr::set(t, &a[0], name, Some(&new))?;
            new
        }
    };
    match crate::list::as_list(&notes) {
        Some(list) => list.push(t, a[1].clone())?,
        None => return Err(t.type_error("Cannot add note: __notes__ is not a list")),
    }
    Ok(Value::none())
}

fn get_args(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(body(t, this)?.args.load())
}
fn set_args(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    let Some(value) = value else { return Err(t.type_error("args may not be deleted")) };
    let items = crate::protocol::collect(t, value)?;
    let e = body(t, this)?;
    super::simple::pin(t, this, e);
    e.args.set(crate::tuple::new(t, items));
    Ok(())
}
fn get_traceback(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(body(t, this)?.traceback.load())
}
fn set_traceback(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    let Some(value) = value else { return Err(t.type_error("__traceback__ may not be deleted")) };
    if !value.is_none() && value.kind().is_none_or(|k| k.name != "traceback") {
        return Err(t.type_error("__traceback__ must be a traceback or None"));
    }
    body(t, this)?.traceback.set(value.clone());
    Ok(())
}
fn get_context(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(body(t, this)?.context.load())
}
fn set_context(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    let Some(value) = value else { return Err(t.type_error("__context__ may not be deleted")) };
    if !value.is_none() && as_exception(value).is_none() {
        return Err(t.type_error("exception context must be None or derive from BaseException"));
    }
    body(t, this)?.context.set(value.clone());
    Ok(())
}
fn get_cause(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(body(t, this)?.cause.load())
}
fn set_cause_attr(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    let Some(value) = value else { return Err(t.type_error("__cause__ may not be deleted")) };
    if !value.is_none() && as_exception(value).is_none() {
        return Err(t.type_error("exception cause must be None or derive from BaseException"));
    }
    super::set_cause(this, value.clone());
    Ok(())
}
fn get_suppress(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(Value::bool(body(t, this)?.suppress_context.load(Relaxed)))
}
fn set_suppress(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    let Some(value) = value else { return Err(t.type_error("can't delete numeric/char attribute")) };
    let Some(b) = value.as_bool() else { return Err(t.type_error("attribute value type must be bool")) };
    body(t, this)?.suppress_context.store(b, Relaxed);
    Ok(())
}
