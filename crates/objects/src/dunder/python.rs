//! Slot functions of classes that define special methods in Python: each looks the method up on the
//! type and calls it.

use orochi_heap::Value;

use crate::args::Args;
use crate::buffer::Buffer;
use crate::exception::{AttributeError, StopIteration};
use crate::protocol::{self, call_special, lookup_special};
use crate::slots::CompareOp;
use crate::thread::{Attached, PyResult};
use crate::type_::{class_of, lookup_resolved, type_name};

fn missing(t: Attached<'_>, this: &Value, name: &str) -> crate::Raised {
    t.type_error(format!("'{}' object has no method {name}", type_name(t, this)))
}

macro_rules! unary {
    ($($f:ident $name:ident;)+) => { $(
        pub(super) fn $f(t: Attached<'_>, this: &Value) -> PyResult {
            match call_special(t, this, &t.names().$name, &[])? {
                Some(r) => Ok(r),
                None => Err(missing(t, this, stringify!($name))),
            }
        }
    )+ };
}

unary! {
    int __int__; float __float__; index __index__; neg __neg__; pos __pos__;
    invert __invert__; abs __abs__; await_ __await__; aiter __aiter__; anext __anext__;
}

pub(super) fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    match call_special(t, this, &t.names().__repr__, &[])? {
        Some(r) => Ok(r),
        None => Ok(crate::str::from_string(t, format!("<{} object at {:#x}>", type_name(t, this), this.identity()))),
    }
}

pub(super) fn str(t: Attached<'_>, this: &Value) -> PyResult {
    match call_special(t, this, &t.names().__str__, &[])? {
        Some(r) => Ok(r),
        None => protocol::repr(t, this),
    }
}

pub(super) fn iter(t: Attached<'_>, this: &Value) -> PyResult {
    match lookup_special(t, this, &t.names().__iter__)? {
        Some(f) if f.is_none() => Err(t.type_error(format!("'{}' object is not iterable", type_name(t, this)))),
        Some(f) => protocol::call(t, &f, &[]),
        None => Err(t.type_error(format!("'{}' object is not iterable", type_name(t, this)))),
    }
}

/// `a op b` where either side may be the Python class: the method of the left side, then the
/// reflected one of the right side; the right side goes first if it is a subclass that overrides.
fn operator(t: Attached<'_>, a: &Value, b: &Value, name: &Value, reflected: &Value, own: crate::slots::BinaryFn, slot: fn(&crate::slots::Slots) -> Option<crate::slots::BinaryFn>) -> PyResult {
    let (ta, tb) = (class_of(t, a), class_of(t, b));
    let is_own = |f: Option<crate::slots::BinaryFn>| f.is_some_and(|f| f as usize == own as usize);
    let mut try_right = !std::ptr::eq(ta, tb) && is_own(slot(&tb.slots));
    if is_own(slot(&ta.slots)) {
        if try_right && tb.is_subtype(ta) && overrides(t, ta, tb, reflected) {
            if let Some(r) = call_special(t, b, reflected, std::slice::from_ref(a))?
                && !r.is_not_implemented()
            {
                return Ok(r);
            }
            try_right = false;
        }
        if let Some(r) = call_special(t, a, name, std::slice::from_ref(b))?
            && !r.is_not_implemented()
        {
            return Ok(r);
        }
        if std::ptr::eq(ta, tb) {
            return Ok(Value::not_implemented());
        }
    }
    if try_right && let Some(r) = call_special(t, b, reflected, std::slice::from_ref(a))? {
        return Ok(r);
    }
    Ok(Value::not_implemented())
}

/// Whether the subclass has another method of that name than the base.
fn overrides(t: Attached<'_>, base: &crate::type_::PyType, sub: &crate::type_::PyType, name: &Value) -> bool {
    match (lookup_resolved(t, sub, name), lookup_resolved(t, base, name)) {
        (Some(x), Some(y)) => !x.is(&y),
        (Some(_), None) => true,
        _ => false,
    }
}

macro_rules! binary {
    ($($f:ident $name:ident $reflected:ident;)+) => { $(
        pub(super) fn $f(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
            let n = t.names();
            operator(t, a, b, &n.$name, &n.$reflected, $f, |s| s.$f())
        }
    )+ };
}

binary! {
    add __add__ __radd__; sub __sub__ __rsub__; mul __mul__ __rmul__;
    true_div __truediv__ __rtruediv__; floor_div __floordiv__ __rfloordiv__;
    rem __mod__ __rmod__; divmod __divmod__ __rdivmod__; mat_mul __matmul__ __rmatmul__;
    shl __lshift__ __rlshift__; shr __rshift__ __rrshift__; and __and__ __rand__;
    or __or__ __ror__; xor __xor__ __rxor__;
}

macro_rules! inplace {
    ($($f:ident $name:ident;)+) => { $(
        pub(super) fn $f(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
            Ok(call_special(t, a, &t.names().$name, std::slice::from_ref(b))?.unwrap_or(Value::not_implemented()))
        }
    )+ };
}

inplace! {
    inplace_add __iadd__; inplace_sub __isub__; inplace_mul __imul__; inplace_true_div __itruediv__;
    inplace_floor_div __ifloordiv__; inplace_rem __imod__; inplace_mat_mul __imatmul__;
    inplace_shl __ilshift__; inplace_shr __irshift__; inplace_and __iand__; inplace_or __ior__;
    inplace_xor __ixor__; inplace_pow __ipow__;
}

pub(super) fn pow(t: Attached<'_>, a: &Value, b: &Value, modulus: &Value) -> PyResult {
    let n = t.names();
    let args = [b.clone(), modulus.clone()];
    let args = if modulus.is_none() { &args[..1] } else { &args[..] };
    let (ta, tb) = (class_of(t, a), class_of(t, b));
    let own = |ty: &crate::type_::PyType| ty.slots.pow().is_some_and(|f| f as usize == pow as crate::slots::TernaryFn as usize);
    let right_first = !std::ptr::eq(ta, tb) && own(tb) && tb.is_subtype(ta) && overrides(t, ta, tb, &n.__rpow__);
    let reflected_args = [a.clone(), modulus.clone()];
    let reflected_args = if modulus.is_none() { &reflected_args[..1] } else { &reflected_args[..] };
    if right_first
        && let Some(r) = call_special(t, b, &n.__rpow__, reflected_args)?
        && !r.is_not_implemented()
    {
        return Ok(r);
    }
    if own(ta)
        && let Some(r) = call_special(t, a, &n.__pow__, args)?
        && !r.is_not_implemented()
    {
        return Ok(r);
    }
    if !right_first
        && !std::ptr::eq(ta, tb)
        && own(tb)
        && let Some(r) = call_special(t, b, &n.__rpow__, reflected_args)?
    {
        return Ok(r);
    }
    Ok(Value::not_implemented())
}

/// Python classes never feed the native repetition slots.
pub(super) fn repeat_unused(_: Attached<'_>, _: &Value, _: isize) -> PyResult {
    Ok(Value::not_implemented())
}

pub(super) fn get_attr(t: Attached<'_>, this: &Value, name: &Value) -> PyResult {
    let n = t.names();
    let ty = class_of(t, this);
    let own = lookup_resolved(t, ty, &n.__getattribute__);
    let plain = own.as_ref().is_none_or(|f| {
        f.payload::<super::PySlotWrapper>()
            .is_some_and(|w| w.function == crate::attr::generic_get as crate::slots::BinaryFn as usize)
    });
    let fallback = lookup_resolved(t, ty, &n.__getattr__).is_some();
    let found = if plain {
        if fallback {
            match crate::attr::generic_find(t, this, name) {
                Ok(Some(v)) => return Ok(v),
                Ok(None) => return call_fallback(t, this, name),
                Err(e) => Err(e),
            }
        } else {
            crate::attr::generic_get(t, this, name)
        }
    } else {
        match call_special(t, this, &n.__getattribute__, std::slice::from_ref(name)) {
            Ok(Some(v)) => Ok(v),
            Ok(None) => crate::attr::generic_get(t, this, name),
            Err(e) => Err(e),
        }
    };
    match found {
        Ok(v) => Ok(v),
        Err(e) if fallback => {
            drop(t.catch(e, &AttributeError)?);
            call_fallback(t, this, name)
        }
        Err(e) => Err(e),
    }
}

fn call_fallback(t: Attached<'_>, this: &Value, name: &Value) -> PyResult {
    match call_special(t, this, &t.names().__getattr__, std::slice::from_ref(name))? {
        Some(v) => Ok(v),
        None => Err(crate::attr::no_attribute(t, this, name)),
    }
}

fn setter(t: Attached<'_>, this: &Value, key: &Value, value: Option<&Value>, set: &Value, delete: &Value, what: &str) -> PyResult<()> {
    let done = match value {
        Some(v) => call_special(t, this, set, &[key.clone(), v.clone()])?,
        None => call_special(t, this, delete, std::slice::from_ref(key))?,
    };
    match done {
        Some(_) => Ok(()),
        None => Err(t.raise(
            if what.starts_with("item") || what.is_empty() { &crate::exception::TypeError } else { &AttributeError },
            match (what, value.is_some()) {
                ("item", true) => format!("'{}' object does not support item assignment", type_name(t, this)),
                ("item", false) => format!("'{}' object doesn't support item deletion", type_name(t, this)),
                (_, true) => "__set__".to_owned(),
                (_, false) => "__delete__".to_owned(),
            },
        )),
    }
}

pub(super) fn set_attr(t: Attached<'_>, this: &Value, name: &Value, value: Option<&Value>) -> PyResult<()> {
    let n = t.names();
    setter(t, this, name, value, &n.__setattr__, &n.__delattr__, "attr")
}
pub(super) fn set_item(t: Attached<'_>, this: &Value, key: &Value, value: Option<&Value>) -> PyResult<()> {
    let n = t.names();
    // A class that replaces one of the two methods still has the other from its native base.
    let (name, shape) = match value {
        Some(_) => (&n.__setitem__, super::Shape::Set),
        None => (&n.__delitem__, super::Shape::Delete),
    };
    if let Some(f) = lookup_resolved(t, class_of(t, this), name)
        && let Some(set) = super::wrapper::native_item_setter(t, &f, this, shape)
    {
        return set(t, this, key, value);
    }
    setter(t, this, key, value, &n.__setitem__, &n.__delitem__, "item")
}
pub(super) fn descr_set(t: Attached<'_>, this: &Value, instance: &Value, value: Option<&Value>) -> PyResult<()> {
    let n = t.names();
    setter(t, this, instance, value, &n.__set__, &n.__delete__, "descr")
}

pub(super) fn descr_get(t: Attached<'_>, this: &Value, instance: Option<&Value>, owner: &Value) -> PyResult {
    // The caller's references outlive the call.
    let args = [instance.map_or(Value::none(), Value::clone_register), owner.clone_register()];
    Ok(call_special(t, this, &t.names().__get__, &args)?.unwrap_or_else(|| this.clone()))
}

pub(super) fn hash(t: Attached<'_>, this: &Value) -> PyResult<i64> {
    let r = match lookup_special(t, this, &t.names().__hash__)? {
        Some(f) if !f.is_none() => protocol::call(t, &f, &[])?,
        _ => return Err(t.type_error(format!("unhashable type: '{}'", type_name(t, this)))),
    };
    if let Some(i) = crate::int::as_i64(&r) {
        return Ok(if i == -1 { -2 } else { i });
    }
    match crate::int::as_big(&r) {
        Some(big) => Ok(orochi_number::int::hash(&big)),
        None => Err(t.type_error("__hash__ method should return an integer")),
    }
}

pub(super) fn call(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult {
    match lookup_special(t, this, &t.names().__call__)? {
        Some(f) => protocol::call_args(t, &f, args),
        None => Err(t.type_error(format!("'{}' object is not callable", type_name(t, this)))),
    }
}

pub(super) fn compare(t: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    let n = t.names();
    let name = match op {
        CompareOp::Lt => &n.__lt__,
        CompareOp::Le => &n.__le__,
        CompareOp::Eq => &n.__eq__,
        CompareOp::Ne => &n.__ne__,
        CompareOp::Gt => &n.__gt__,
        CompareOp::Ge => &n.__ge__,
    };
    Ok(call_special(t, a, name, std::slice::from_ref(b))?.unwrap_or(Value::not_implemented()))
}

pub(super) fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    match call_special(t, this, &t.names().__next__, &[]) {
        Ok(Some(v)) => Ok(Some(v)),
        Ok(None) => Err(t.type_error(format!("'{}' object is not an iterator", type_name(t, this)))),
        Err(e) => t.catch(e, &StopIteration).map(|_| None),
    }
}

pub(super) fn init(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    let Some(f) = lookup_special(t, this, &t.names().__init__)? else { return Ok(()) };
    let r = protocol::call_args(t, &f, args)?;
    if r.is_none() {
        return Ok(());
    }
    Err(t.type_error(format!("__init__() should return None, not '{}'", type_name(t, &r))))
}

pub(super) fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    let f = crate::attr::get(t, class, &t.names().__new__)?;
    args.with_first(class, |args| protocol::call_args(t, &f, args))
}

pub(super) fn finalize(t: Attached<'_>, this: &Value) -> PyResult<()> {
    call_special(t, this, &t.names().__del__, &[]).map(drop)
}

pub(super) fn len(t: Attached<'_>, this: &Value) -> PyResult<usize> {
    let Some(r) = call_special(t, this, &t.names().__len__, &[])? else {
        return Err(t.type_error(format!("object of type '{}' has no len()", type_name(t, this))));
    };
    let r = protocol::as_index(t, &r)?;
    match crate::int::as_i64(&r) {
        Some(n) if n >= 0 => Ok(n as usize),
        None if !crate::int::as_big(&r).is_some_and(|b| orochi_number::int::is_negative(&b)) => {
            Err(t.overflow_error("cannot fit 'int' into an index-sized integer"))
        }
        _ => Err(t.value_error("__len__() should return >= 0")),
    }
}

pub(super) fn bool(t: Attached<'_>, this: &Value) -> PyResult<bool> {
    match call_special(t, this, &t.names().__bool__, &[])? {
        Some(r) => match r.as_bool() {
            Some(b) => Ok(b),
            None => Err(t.type_error(format!("__bool__ should return bool, returned {}", type_name(t, &r)))),
        },
        None => Ok(true),
    }
}

pub(super) fn get_item(t: Attached<'_>, this: &Value, key: &Value) -> PyResult {
    match call_special(t, this, &t.names().__getitem__, std::slice::from_ref(key))? {
        Some(v) => Ok(v),
        None => Err(t.type_error(format!("'{}' object is not subscriptable", type_name(t, this)))),
    }
}

pub(super) fn contains(t: Attached<'_>, this: &Value, item: &Value) -> PyResult<bool> {
    match lookup_special(t, this, &t.names().__contains__)? {
        Some(f) if f.is_none() => Err(t.type_error(format!("'{}' object is not a container", type_name(t, this)))),
        Some(f) => {
            let r = protocol::call(t, &f, std::slice::from_ref(item))?;
            protocol::truth(t, &r)
        }
        None => protocol::contains_by_iteration(t, this, item),
    }
}

/// `__buffer__` gives a memoryview, whose buffer is passed on.
pub(super) fn buffer(t: Attached<'_>, this: &Value, writable: bool) -> PyResult<Buffer> {
    let flags = Value::i32(if writable { 1 } else { 0 });
    match call_special(t, this, &t.names().__buffer__, &[flags])? {
        Some(view) => match class_of(t, &view).slots.buffer() {
            Some(f) if f as usize != buffer as crate::slots::BufferFn as usize => f(t, &view, writable),
            _ => Err(t.type_error("__buffer__ returned non-memoryview object")),
        },
        None => Err(t.type_error(format!("a bytes-like object is required, not '{}'", type_name(t, this)))),
    }
}
