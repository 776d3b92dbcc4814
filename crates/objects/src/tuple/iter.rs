//! `tuple_iterator`.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use orochi_heap::{Payload, Slot, Value, Visit, payload};

use super::items;
use crate::slots::Def;
use crate::spec::{Method, TypeSpec, flags};
use crate::thread::{Attached, PyResult};

/// The body of a tuple iterator.
pub struct PyTupleIter {
    /// The tuple; unbound at the end.
    tuple: Slot,
    at: AtomicUsize,
}

impl Payload for PyTupleIter {
    payload!(PyTupleIter, "tuple_iterator");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.tuple);
    }
}

/// `tuple_iterator`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyTupleIter>("tuple_iterator")
    .flags(flags::NO_NEW)
    .slots(&[Def::Iter(crate::iter::itself), Def::Next(next)])
    .methods(&[
        Method::new("__length_hint__", "($self, /)", length_hint, "How many members may still come."),
        Method::new("__reduce__", "($self, /)", reduce, "How to make the iterator again, for pickle."),
        Method::new("__setstate__", "($self, state, /)", set_state, "Sets the next index."),
    ]);

/// `iter(tuple)`.
#[inline]
pub fn new(t: Attached<'_>, tuple: &Value) -> PyResult {
    Ok(TYPE.alloc(t, PyTupleIter { tuple: Slot::new(tuple.clone()), at: AtomicUsize::new(0) }))
}

#[inline(always)]
fn it(v: &Value) -> &PyTupleIter {
    match v.payload::<PyTupleIter>() {
        Some(i) => i,
        None => unreachable!("slots are called with their own type"),
    }
}

/// `next(tuple_iterator)`.
pub fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    if t.single_domain() {
        let it = it(this);
        let at = it.at.load(Relaxed);
        // SAFETY: with one domain nobody writes the slot before the member is cloned.
        if let Some(v) = items(unsafe { it.tuple.view() }).get(at) {
            it.at.store(at + 1, Relaxed);
            return Ok(Some(v.clone()));
        }
    }
    next_anyhow(this)
}

/// As [`next`], beside other threads and at the end.
#[inline(never)]
fn next_anyhow(this: &Value) -> PyResult<Option<Value>> {
    let it = it(this);
    let at = it.at.load(Relaxed);
    let found = items(&it.tuple.load()).get(at).cloned();
    if found.is_some() {
        it.at.store(at + 1, Relaxed);
    } else {
        it.tuple.take();
    }
    Ok(found)
}

fn length_hint(t: Attached<'_>, a: &[Value]) -> PyResult {
    let it = it(&a[0]);
    let left = items(&it.tuple.load()).len().saturating_sub(it.at.load(Relaxed));
    Ok(crate::int::from_usize(t, left))
}

fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let iter = crate::protocol::builtin(t, "iter")?;
    // Looking the builtin up may have run Python: the state is read after it.
    let it = it(&a[0]);
    let tuple = it.tuple.load();
    if tuple.is_unbound() {
        let empty = super::new(t, Vec::new());
        return Ok(super::new(t, vec![iter, super::new(t, vec![empty])]));
    }
    let at = crate::int::from_usize(t, it.at.load(Relaxed));
    Ok(super::new(t, vec![iter, super::new(t, vec![tuple]), at]))
}

fn set_state(t: Attached<'_>, a: &[Value]) -> PyResult {
    let at = crate::protocol::as_size(t, &a[1])?;
    let it = it(&a[0]);
    let tuple = it.tuple.load();
    if !tuple.is_unbound() {
        it.at.store(at.clamp(0, items(&tuple).len() as isize) as usize, Relaxed);
    }
    Ok(Value::none())
}
