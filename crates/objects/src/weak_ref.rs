//! `weakref.ref`; the proxies are in `weak_ref/proxy.rs`.
//!
//! The heap's weak table finds the watchers of an object; what Python sees is here. A plain
//! reference without callback is shared by all who ask for one.

mod proxy;

use std::sync::atomic::{AtomicI64, Ordering::*};

use orochi_heap::weak::Watcher;
use orochi_heap::{Header, Payload, Value, Visit, payload};

use crate::args::Args;
use crate::slots::{CompareOp, Def};
use crate::spec::{GetSet, Method, TypeSpec, flags};
use crate::thread::{Attached, PyResult, Raised};
use crate::type_::{class_of, type_name};

pub use proxy::{CALLABLE_PROXY, PROXY, new_proxy};

/// The body of a weak reference.
#[repr(C)]
pub struct PyWeakRef {
    /// What the heap knows: must be the first field.
    watcher: Watcher,
    /// The target's hash, -1 until asked for.
    hash: AtomicI64,
}

impl Payload for PyWeakRef {
    payload!(PyWeakRef, "weakref");
    const DEATH_SHOWS: bool = true;
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.watcher.callback);
    }
    fn clear(&self) {
        self.watcher.callback.take();
    }
}

impl Drop for PyWeakRef {
    fn drop(&mut self) {
        unwatch(std::ptr::from_ref(self).cast(), &self.watcher);
    }
}

/// Ends the watch of the body at `body`, which dies.
fn unwatch(body: *const u8, watcher: &Watcher) {
    let object = body as usize - size_of::<Header>();
    crate::start::with_current(|t| t.runtime().heap.weak.unwatch(object, watcher));
}

/// `weakref.ReferenceType`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyWeakRef>("weakref.ReferenceType")
    .flags(flags::BASETYPE)
    .slots(&[
        Def::New(ref_new),
        Def::Init(ref_init),
        Def::Call(ref_call),
        Def::Repr(ref_repr),
        Def::Hash(ref_hash),
        Def::Compare(ref_compare),
    ])
    .methods(&[Method::class("__class_getitem__", "($type, object, /)", crate::generic_alias::class_getitem, "See PEP 585")])
    .getset(&[GetSet::read("__callback__", get_callback, "")]);

/// A weak reference to `target`; TypeError if its type does not allow that.
pub fn new(t: Attached<'_>, target: &Value, callback: Value) -> PyResult {
    new_in(t, TYPE.get(t), target, callback)
}

/// The target, or `None` if it has died (or if the value is no weak reference).
pub fn target(t: Attached<'_>, reference: &Value) -> Option<Value> {
    t.runtime().heap.weak.upgrade(&reference.payload::<PyWeakRef>()?.watcher)
}

/// Whether the value is a weak reference whose target has died.
pub fn is_dead(reference: &Value) -> bool {
    reference.payload::<PyWeakRef>().is_some_and(|r| r.watcher.is_dead())
}

/// All weak references and proxies of an object.
pub fn watchers(t: Attached<'_>, target: &Value) -> Vec<Value> {
    t.runtime().heap.weak.watchers(target)
}

/// Number of weak references and proxies of an object.
pub fn count(t: Attached<'_>, target: &Value) -> usize {
    t.runtime().heap.weak.count(target)
}

fn check_target(t: Attached<'_>, target: &Value) -> PyResult<()> {
    if target.is_object() && class_of(t, target).has(flags::HAS_WEAKREF) {
        return Ok(());
    }
    Err(t.type_error(format!("cannot create weak reference to '{}' object", type_name(t, target))))
}

fn new_in(t: Attached<'_>, class: &Value, target: &Value, callback: Value) -> PyResult {
    check_target(t, target)?;
    let callback = if callback.is_none() { Value::unbound() } else { callback };
    if callback.is_unbound() && class.is(TYPE.get(t)) {
        let shared = watchers(t, target)
            .into_iter()
            .find(|w| TYPE.is_exact(t, w) && w.payload::<PyWeakRef>().is_some_and(|r| r.watcher.callback.is_unbound()));
        if let Some(shared) = shared {
            return Ok(shared);
        }
    }
    let reference = TYPE.alloc_for(t, class, PyWeakRef { watcher: Watcher::new(callback), hash: AtomicI64::new(-1) })?;
    t.runtime().heap.weak.watch(target, &reference, &body(&reference).watcher);
    Ok(reference)
}

fn body(v: &Value) -> &PyWeakRef {
    match v.payload::<PyWeakRef>() {
        Some(r) => r,
        None => unreachable!("slots are called with their own type"),
    }
}

fn ref_new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    let a = args.positional();
    let n = a.len();
    if n < 1 {
        return Err(t.type_error("__new__ expected at least 1 argument, got 0"));
    }
    if n > 2 {
        return Err(t.type_error(format!("__new__ expected at most 2 arguments, got {n}")));
    }
    if class.is(TYPE.get(t)) && !args.names().is_empty() {
        return Err(t.type_error("ref() takes no keyword arguments"));
    }
    new_in(t, class, &a[0], a.get(1).cloned().unwrap_or(Value::none()))
}

fn ref_init(t: Attached<'_>, _: &Value, args: Args<'_>) -> PyResult<()> {
    args.no_keywords(t, "ref")?;
    args.expect(t, "__init__", 1, 2).map(drop)
}

fn ref_call(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult {
    args.expect(t, "weakref", 0, 0)?;
    Ok(target(t, this).unwrap_or(Value::none()))
}

/// `'C' at 0x...`, or `None` for a dead target.
fn describe(t: Attached<'_>, target: &Value) -> String {
    let ty = class_of(t, target);
    let name = ty.spec.map_or_else(|| ty.name_text(), |s| s.name.to_owned());
    format!("to '{name}' at {:#x}", target.identity())
}

fn ref_repr(t: Attached<'_>, this: &Value) -> PyResult {
    let text = match target(t, this) {
        None => format!("<weakref at {:#x}; dead>", this.identity()),
        Some(target) => {
            // A target that fails when it is asked for its name has none to show.
            let name = crate::attr::find(t, &target, &t.names().__name__).unwrap_or_else(|e| {
                drop(t.take_raised(e));
                None
            });
            let name = match name {
                Some(n) if crate::str::is_str(&n) => format!(" ({})", crate::str::display(&n)),
                _ => String::new(),
            };
            format!("<weakref at {:#x}; {}{name}>", this.identity(), describe(t, &target))
        }
    };
    Ok(crate::str::from_string(t, text))
}

fn ref_hash(t: Attached<'_>, this: &Value) -> PyResult<i64> {
    let r = body(this);
    let known = r.hash.load(Relaxed);
    if known != -1 {
        return Ok(known);
    }
    let Some(target) = target(t, this) else { return Err(t.type_error("weak object has gone away")) };
    let hash = crate::protocol::hash(t, &target)?;
    r.hash.store(hash, Relaxed);
    Ok(hash)
}

fn ref_compare(t: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    if !matches!(op, CompareOp::Eq | CompareOp::Ne)
        || a.payload::<PyWeakRef>().is_none()
        || b.payload::<PyWeakRef>().is_none()
    {
        return Ok(Value::not_implemented());
    }
    match (target(t, a), target(t, b)) {
        (Some(x), Some(y)) => crate::protocol::compare(t, &x, &y, op),
        _ => Ok(Value::bool(a.is(b) == (op == CompareOp::Eq))),
    }
}

fn get_callback(_: Attached<'_>, this: &Value) -> PyResult {
    let r = body(this);
    let callback = r.watcher.callback.load();
    Ok(if callback.is_unbound() || r.watcher.is_dead() { Value::none() } else { callback })
}

/// The error of a proxy whose target has died.
#[cold]
fn gone(t: Attached<'_>) -> Raised {
    t.raise(&crate::exception::ReferenceError, "weakly-referenced object no longer exists")
}

#[cfg(test)]
mod tests;
