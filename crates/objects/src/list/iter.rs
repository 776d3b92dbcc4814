//! `list_iterator` and `list_reverseiterator`.
//!
//! An iterator keeps the list and the next index; at the end it gives the list up, so it stays at the
//! end for good. Two threads that share one may see a member twice or miss one, never anything else.

use std::sync::atomic::{AtomicIsize, Ordering::Relaxed};

use orochi_heap::{Payload, Slot, Value, Visit, payload};

use super::{PyList, body};
use crate::slots::Def;
use crate::spec::{Method, TypeSpec, flags};
use crate::thread::{Attached, PyResult};

/// The body of a list iterator.
pub struct PyListIter {
    /// The list; unbound at the end.
    list: Slot,
    at: AtomicIsize,
    forward: bool,
}

impl Payload for PyListIter {
    payload!(PyListIter, "list_iterator");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.list);
    }
}

/// `list_iterator`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyListIter>("list_iterator")
    .flags(flags::NO_NEW)
    .slots(&[Def::Iter(crate::iter::itself), Def::Next(next)])
    .methods(&[
        Method::new("__length_hint__", "($self, /)", length_hint, "How many members may still come."),
        Method::new("__reduce__", "($self, /)", reduce, "How to make the iterator again, for pickle."),
        Method::new("__setstate__", "($self, state, /)", set_state, "Sets the next index."),
    ]);

/// `list_reverseiterator`.
pub static REVERSE: TypeSpec = TypeSpec::new::<PyListIter>("list_reverseiterator")
    .flags(flags::NO_NEW)
    .slots(&[Def::Iter(crate::iter::itself), Def::Next(previous)])
    .methods(&[
        Method::new("__length_hint__", "($self, /)", reverse_length_hint, "How many members may still come."),
        Method::new("__reduce__", "($self, /)", reverse_reduce, "How to make the iterator again, for pickle."),
        Method::new("__setstate__", "($self, state, /)", reverse_set_state, "Sets the next index."),
    ]);

/// `iter(list)`.
#[inline]
pub fn new(t: Attached<'_>, list: &Value) -> PyResult {
    Ok(TYPE.alloc(t, PyListIter { list: Slot::new(list.clone()), at: AtomicIsize::new(0), forward: true }))
}
/// `reversed(list)`.
pub fn new_reverse(t: Attached<'_>, a: &[Value]) -> PyResult {
    let last = body(&a[0]).len() as isize - 1;
    Ok(REVERSE.alloc(t, PyListIter { list: Slot::new(a[0].clone()), at: AtomicIsize::new(last), forward: false }))
}

#[inline(always)]
fn it(v: &Value) -> &PyListIter {
    match v.payload::<PyListIter>() {
        Some(i) => i,
        None => unreachable!("slots are called with their own type"),
    }
}

impl PyListIter {
    /// Runs `f` with the list, if the iterator is not at the end.
    #[inline(always)]
    fn with<R>(&self, t: Attached<'_>, f: impl FnOnce(&PyList) -> R) -> Option<R> {
        if t.single_domain() {
            // SAFETY: with one domain nobody writes the slot before `f`, which reaches no safepoint, is done.
            let list = unsafe { self.list.view() };
            return list.payload::<PyList>().map(f);
        }
        let list = self.list.load_register();
        list.payload::<PyList>().map(f)
    }
}

/// The next member of a list iterator for a register; `None`: ask [`next`], which also knows the end.
#[inline(always)]
pub fn next_register(t: Attached<'_>, it: &PyListIter) -> Option<Value> {
    if !it.forward {
        return None;
    }
    let at = it.at.load(Relaxed);
    let v = if t.single_domain() {
        // SAFETY: with one domain nobody writes the slot before the member is cloned.
        let list = unsafe { it.list.view() }.payload::<PyList>()?;
        if at as usize >= list.len() {
            return None;
        }
        list.block()?.slots().get(at as usize)?.load_register()
    } else {
        it.with(t, |list| list.get_register(at as usize))??
    };
    it.at.store(at + 1, Relaxed);
    Some(v)
}

/// `next(list_iterator)`.
pub fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    if t.single_domain() {
        let it = it(this);
        let at = it.at.load(Relaxed);
        // SAFETY: with one domain nobody writes the slot before the member is cloned.
        if let Some(list) = unsafe { it.list.view() }.payload::<PyList>()
            && (at as usize) < list.len()
            && let Some(slot) = list.block().and_then(|block| block.slots().get(at as usize))
        {
            it.at.store(at + 1, Relaxed);
            return Ok(Some(slot.load()));
        }
    }
    next_anyhow(t, this)
}

/// As [`next`], beside other threads and at the end.
#[inline(never)]
fn next_anyhow(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let it = it(this);
    let at = it.at.load(Relaxed);
    match it.with(t, |list| list.get(at as usize)) {
        Some(Some(v)) => {
            it.at.store(at + 1, Relaxed);
            Ok(Some(v))
        }
        Some(None) => {
            it.list.take();
            Ok(None)
        }
        None => Ok(None),
    }
}

/// `next(list_reverseiterator)`.
pub fn previous(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let it = it(this);
    let at = it.at.load(Relaxed);
    let found = if at < 0 { Some(None) } else { it.with(t, |list| list.get(at as usize)) };
    match found {
        Some(Some(v)) => {
            it.at.store(at - 1, Relaxed);
            Ok(Some(v))
        }
        Some(None) => {
            it.at.store(-1, Relaxed);
            it.list.take();
            Ok(None)
        }
        None => Ok(None),
    }
}

fn length_hint(t: Attached<'_>, a: &[Value]) -> PyResult {
    let it = it(&a[0]);
    let at = it.at.load(Relaxed);
    let left = it.with(t, |list| list.len().saturating_sub(at as usize)).unwrap_or(0);
    Ok(crate::int::from_usize(t, left))
}
fn reverse_length_hint(t: Attached<'_>, a: &[Value]) -> PyResult {
    let it = it(&a[0]);
    let left = it.at.load(Relaxed) + 1;
    let left = it.with(t, |list| if list.len() as isize >= left { left } else { 0 }).unwrap_or(0);
    Ok(crate::int::new(t, left as i64))
}

fn reduce_with(t: Attached<'_>, this: &Value, function: &str) -> PyResult {
    let function = crate::protocol::builtin(t, function)?;
    // Looking the builtin up may have run Python: the state is read after it.
    let it = it(this);
    let list = it.list.load();
    if list.is_unbound() {
        let iter = crate::protocol::builtin(t, "iter")?;
        let empty = crate::list::new(t, Vec::new());
        return Ok(crate::tuple::new(t, vec![iter, crate::tuple::new(t, vec![empty])]));
    }
    let at = crate::int::new(t, it.at.load(Relaxed) as i64);
    Ok(crate::tuple::new(t, vec![function, crate::tuple::new(t, vec![list]), at]))
}
fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    reduce_with(t, &a[0], "iter")
}
fn reverse_reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    reduce_with(t, &a[0], "reversed")
}

fn set_state(t: Attached<'_>, a: &[Value]) -> PyResult {
    let at = crate::protocol::as_size(t, &a[1])?;
    let it = it(&a[0]);
    if let Some(len) = it.with(t, PyList::len) {
        it.at.store(at.clamp(0, len as isize), Relaxed);
    }
    Ok(Value::none())
}
fn reverse_set_state(t: Attached<'_>, a: &[Value]) -> PyResult {
    let at = crate::protocol::as_size(t, &a[1])?;
    let it = it(&a[0]);
    if let Some(len) = it.with(t, PyList::len) {
        it.at.store(at.clamp(-1, len as isize - 1), Relaxed);
    }
    Ok(Value::none())
}
