//! Exceptions: the body they share and the class hierarchy. Special attributes and methods in
//! `exception/`.

mod fields;
pub mod group;
mod hierarchy;
mod import_error;
mod methods;
mod os_error;
mod simple;
mod syntax_error;
mod unicode_error;

use std::sync::atomic::{AtomicBool, Ordering::*};

use orochi_heap::{Payload, Slot, Value, Visit, payload};

use crate::thread::Attached;

pub use fields::Fields;
pub use group::matches;
pub use hierarchy::*;
pub use import_error::{import_error, module_not_found};
pub use os_error::{error_text, os_error, os_error2};
pub use simple::{attribute_error, name_error, set_attribute, stop_iteration, stop_value, unbound_local_error};

/// The body of every exception.
pub struct PyException {
    /// `args` (a tuple).
    pub args: Slot,
    /// `__traceback__`, or None.
    pub traceback: Slot,
    /// `__context__`, or None.
    pub context: Slot,
    /// `__cause__`, or None.
    pub cause: Slot,
    /// `__suppress_context__`.
    pub suppress_context: AtomicBool,
    /// Attributes that only some classes have.
    pub fields: Fields,
}

impl Payload for PyException {
    payload!(PyException, "BaseException");
    fn trace(&self, visit: &mut Visit<'_>) {
        for slot in [&self.args, &self.traceback, &self.context, &self.cause] {
            visit.slot(slot);
        }
        self.fields.trace(visit);
    }
    fn clear(&self) {
        for slot in [&self.args, &self.traceback, &self.context, &self.cause] {
            slot.set(Value::none());
        }
        self.fields.clear();
    }
}

impl PyException {
    /// The body of an exception with these arguments (a tuple).
    pub fn new(args: Value) -> PyException {
        PyException {
            args: Slot::new(args),
            traceback: Slot::new(Value::none()),
            context: Slot::new(Value::none()),
            cause: Slot::new(Value::none()),
            suppress_context: AtomicBool::new(false),
            fields: Fields::default(),
        }
    }
}

/// The body, if the value is an exception.
#[inline]
pub fn as_exception(v: &Value) -> Option<&PyException> {
    v.payload::<PyException>()
}

/// Whether instances of the class are made by `BaseException.__new__`.
#[inline]
pub fn has_plain_new(class: &crate::type_::PyType) -> bool {
    class.slots.new_().is_some_and(|f| f as usize == methods::exception_new as crate::slots::NewFn as usize)
}

/// Whether instances of the class are made by `BaseException.__new__` and `BaseException.__init__`.
#[inline]
pub fn is_plain(class: &crate::type_::PyType) -> bool {
    has_plain_new(class)
        && class.slots.init().is_some_and(|f| f as usize == methods::exception_init as crate::slots::InitFn as usize)
}

/// A new instance of a class that [`is_plain`].
#[inline]
pub fn plain(t: Attached<'_>, class: &Value, args: &[Value]) -> crate::PyResult {
    crate::type_::alloc_instance(t, class, PyException::new(crate::tuple::from_slice(t, args)))
}

/// A new instance of a native exception type; as calling the type.
pub(crate) fn make(t: Attached<'_>, spec: &'static crate::TypeSpec, args: &[Value]) -> crate::PyResult {
    let class = spec.get(t);
    if !is_plain(crate::type_::as_type(class)) {
        let class = class.clone();
        return crate::protocol::call(t, &class, args);
    }
    plain(t, class, args)
}

/// Makes the exception being handled the context of `exception`, without making a circle.
pub fn link_context(t: Attached<'_>, exception: &Value) {
    if !t.is_handling() {
        return;
    }
    let handled = t.handled();
    if handled.is_none() || handled.is(exception) {
        return;
    }
    let Some(body) = as_exception(exception) else { return };
    // The chain of the handled exception must not lead back here. A circle made by hand must not hang us.
    let mut link = handled.clone();
    let mut slow = handled.clone();
    let mut step = false;
    while let Some(e) = as_exception(&link) {
        let next = e.context.load();
        if next.is(exception) {
            e.context.set(Value::none());
            break;
        }
        if step {
            slow = as_exception(&slow).map_or(Value::none(), |s| s.context.load());
            if slow.is(&next) {
                break;
            }
        }
        step = !step;
        link = next;
    }
    body.context.set(handled);
}

/// `__cause__` and `__suppress_context__` of `raise exception from cause`.
pub fn set_cause(exception: &Value, cause: Value) {
    if let Some(body) = as_exception(exception) {
        body.cause.set(cause);
        body.suppress_context.store(true, Relaxed);
    }
}

#[cfg(test)]
mod tests;
