//! Calls.

use orochi_heap::Value;
use smallvec::SmallVec;

use crate::args::Args;
use crate::spec::flags;
use crate::thread::{Attached, PyResult};
use crate::type_::{class_of, lookup_resolved, type_name};

/// `callable(*positional)`.
#[inline]
pub fn call(t: Attached<'_>, callable: &Value, positional: &[Value]) -> PyResult {
    call_args(t, callable, Args::new(positional))
}

/// `callable(...)`.
#[inline]
pub fn call_args(t: Attached<'_>, callable: &Value, args: Args<'_>) -> PyResult {
    match class_of(t, callable).slots.call() {
        Some(f) => {
            t.check_stack("")?;
            f(t, callable, args)
        }
        None => Err(t.type_error(format!("'{}' object is not callable", type_name(t, callable)))),
    }
}

/// Whether the value can be called.
pub fn is_callable(t: Attached<'_>, v: &Value) -> bool {
    class_of(t, v).slots.call().is_some()
}

/// `object.name(*positional)`, without making a bound method where that can be seen.
#[inline]
pub fn call_method(t: Attached<'_>, object: &Value, name: &Value, positional: &[Value]) -> PyResult {
    call_method_args(t, object, name, Args::new(positional))
}

/// `object.name(...)` with named arguments, without making a bound method where that can be seen.
pub fn call_method_args(t: Attached<'_>, object: &Value, name: &Value, args: Args<'_>) -> PyResult {
    let ty = class_of(t, object);
    let generic = ty.slots.get_attr().is_some_and(|f| f as usize == crate::attr::generic_get as crate::slots::BinaryFn as usize);
    if generic
        && let Some(f) = lookup_resolved(t, ty, name)
        && class_of(t, &f).has(flags::METHOD_DESCRIPTOR)
        && object.header().is_none_or(|h| crate::attr::instance_get(t, h, name).is_none())
    {
        return with_self(object, args.all(), |all| t.keeping(f, |f| call_args(t, f, Args::with_names(all, args.names()))));
    }
    let f = crate::attr::get(t, object, name)?;
    call_args(t, &f, args)
}

fn with_self<R>(object: &Value, positional: &[Value], f: impl FnOnce(&[Value]) -> R) -> R {
    match positional {
        [] => return f(&[object.clone_register()]),
        [one] => return f(&[object.clone_register(), one.clone_register()]),
        _ => {}
    }
    let mut all: SmallVec<[Value; 6]> = SmallVec::with_capacity(positional.len() + 1);
    // The caller's references outlive the call: what all threads share need not be counted for it.
    all.push(object.clone_register());
    all.extend(positional.iter().map(Value::clone_register));
    f(&all)
}

/// Whether the type of the value has the special method.
pub fn has_special(t: Attached<'_>, object: &Value, name: &Value) -> bool {
    lookup_resolved(t, class_of(t, object), name).is_some()
}

/// The special method `name` of the value's type, bound to the value; `None` if there is none.
pub fn lookup_special(t: Attached<'_>, object: &Value, name: &Value) -> PyResult<Option<Value>> {
    let ty = class_of(t, object);
    let Some(f) = lookup_resolved(t, ty, name) else { return Ok(None) };
    match class_of(t, &f).slots.descr_get() {
        Some(get) => t.keeping(f, |f| get(t, f, Some(object), ty.this())).map(Some),
        None => Ok(Some(f.counted())),
    }
}

/// Calls the special method `name` of the value's type; `None` if there is none.
pub fn call_special(t: Attached<'_>, object: &Value, name: &Value, positional: &[Value]) -> PyResult<Option<Value>> {
    let ty = class_of(t, object);
    let Some(f) = lookup_resolved(t, ty, name) else { return Ok(None) };
    let f_type = class_of(t, &f);
    if f_type.has(flags::METHOD_DESCRIPTOR) {
        return with_self(object, positional, |all| t.keeping(f, |f| call(t, f, all))).map(Some);
    }
    match f_type.slots.descr_get() {
        Some(get) => {
            let bound = t.keeping(f, |f| get(t, f, Some(object), ty.this()))?;
            call(t, &bound, positional).map(Some)
        }
        None => t.keeping(f, |f| call(t, f, positional)).map(Some),
    }
}

/// A name of the `builtins` module.
pub fn builtin(t: Attached<'_>, name: &str) -> PyResult {
    let builtins = t.interpreter().builtins.load();
    let found = if crate::dict::as_dict(&builtins).is_some() { crate::dict::get_by_name(t, &builtins, name) } else { None };
    match found {
        Some(v) => Ok(v),
        None => Err(t.raise(&crate::exception::AttributeError, format!("module 'builtins' has no attribute '{name}'"))),
    }
}
