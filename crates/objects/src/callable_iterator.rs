//! `callable_iterator`: what `iter(callable, sentinel)` gives.

use orochi_heap::{Payload, Slot, Value, Visit, payload};

use crate::iter::itself;
use crate::protocol;
use crate::slots::Def;
use crate::spec::{Method, TypeSpec, flags};
use crate::thread::{Attached, PyResult};

/// The body of a callable iterator.
pub struct PyCallableIterator {
    /// Unbound at the end.
    callable: Slot,
    sentinel: Slot,
}

impl Payload for PyCallableIterator {
    payload!(PyCallableIterator, "callable_iterator");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.callable);
        visit.slot(&self.sentinel);
    }
    fn clear(&self) {
        drop(self.callable.take());
        drop(self.sentinel.take());
    }
}

/// `callable_iterator`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyCallableIterator>("callable_iterator")
    .flags(flags::NO_NEW)
    .slots(&[Def::Iter(itself), Def::Next(next)])
    .methods(&[Method::new("__reduce__", "($self, /)", reduce, "Return state information for pickling.")]);

/// An iterator of what `callable()` gives until that equals `sentinel`.
pub fn new(t: Attached<'_>, callable: &Value, sentinel: &Value) -> Value {
    TYPE.alloc(
        t,
        PyCallableIterator { callable: Slot::new(callable.clone()), sentinel: Slot::new(sentinel.clone()) },
    )
}

fn own(v: &Value) -> &PyCallableIterator {
    match v.payload::<PyCallableIterator>() {
        Some(c) => c,
        None => unreachable!("slots are called with their own type"),
    }
}

fn end(c: &PyCallableIterator) {
    drop(c.callable.take());
    drop(c.sentinel.take());
}

fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let c = own(this);
    let callable = c.callable.load();
    if callable.is_unbound() {
        return Ok(None);
    }
    match protocol::call(t, &callable, &[]) {
        Ok(v) => {
            let sentinel = c.sentinel.load();
            if sentinel.is_unbound() {
                // The call itself has ended the iteration.
                return Ok(None);
            }
            if protocol::equal_or_same(t, &sentinel, &v)? {
                end(c);
                return Ok(None);
            }
            Ok(Some(v))
        }
        Err(e) => {
            drop(t.catch(e, &crate::exception::StopIteration)?);
            end(c);
            Ok(None)
        }
    }
}

fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let c = own(&a[0]);
    let iter = protocol::builtin(t, "iter")?;
    let (callable, sentinel) = (c.callable.load(), c.sentinel.load());
    if callable.is_unbound() || sentinel.is_unbound() {
        let empty = crate::tuple::new(t, vec![crate::tuple::new(t, Vec::new())]);
        return Ok(crate::tuple::new(t, vec![iter, empty]));
    }
    Ok(crate::tuple::new(t, vec![iter, crate::tuple::new(t, vec![callable, sentinel])]))
}
