//! `set_iterator`, of sets and frozensets.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use orochi_heap::{Payload, Slot, Value, Visit, payload};

use super::PySet;
use crate::dict::table::{self, Item};
use crate::slots::Def;
use crate::spec::{Method, TypeSpec, flags};
use crate::thread::{Attached, PyResult, Raised};

/// The body of a set iterator.
pub struct PySetIter {
    /// The set; unbound at the end.
    set: Slot,
    at: AtomicUsize,
    /// Length that the set must keep; `usize::MAX` after it did not.
    expected: AtomicUsize,
    left: AtomicUsize,
}

impl Payload for PySetIter {
    payload!(PySetIter, "set_iterator");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.set);
    }
}

/// `set_iterator`.
pub static TYPE: TypeSpec = TypeSpec::new::<PySetIter>("set_iterator")
    .flags(flags::NO_NEW)
    .slots(&[Def::Iter(crate::iter::itself), Def::Next(next)])
    .methods(&[
        Method::new("__length_hint__", "($self, /)", length_hint, "How many members may still come."),
        Method::new("__reduce__", "($self, /)", reduce, "How to make the iterator again, for pickle."),
    ]);

/// `iter(set)`.
pub fn new(t: Attached<'_>, set: &Value) -> PyResult {
    let n = super::len(set);
    Ok(TYPE.alloc(
        t,
        PySetIter {
            set: Slot::new(set.clone()),
            at: AtomicUsize::new(0),
            expected: AtomicUsize::new(n),
            left: AtomicUsize::new(n),
        },
    ))
}

fn it(v: &Value) -> &PySetIter {
    match v.payload::<PySetIter>() {
        Some(i) => i,
        None => unreachable!("slots are called with their own type"),
    }
}

/// How a step ended.
enum Step {
    Found(Value),
    End,
    /// The set has another length.
    Changed,
}

#[inline(always)]
fn step(it: &PySetIter, set: &Value) -> Step {
    let Some(body) = set.payload::<PySet>() else { return Step::End };
    if body.len() != it.expected.load(Relaxed) {
        return Step::Changed;
    }
    let mut at = it.at.load(Relaxed);
    let Some((k, _)) = table::next_key(&body.map, &mut at) else { return Step::End };
    it.at.store(at, Relaxed);
    it.left.store(it.left.load(Relaxed).saturating_sub(1), Relaxed);
    Step::Found(k)
}

/// `next(set_iterator)`.
pub fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let it = it(this);
    if t.single_domain()
        // SAFETY: with one domain nobody writes the slot nor changes the set before the member is cloned.
        && let Some(body) = unsafe { it.set.view() }.payload::<PySet>()
        && body.len() == it.expected.load(Relaxed)
    {
        let mut at = it.at.load(Relaxed);
        if let Some(entry) = table::next_in_place(&body.map, &mut at) {
            it.at.store(at, Relaxed);
            it.left.store(it.left.load(Relaxed).saturating_sub(1), Relaxed);
            return Ok(Some(entry.key().load()));
        }
    }
    next_anyhow(t, it)
}

/// As [`next`], beside other threads and at the end.
#[inline(never)]
fn next_anyhow(t: Attached<'_>, it: &PySetIter) -> PyResult<Option<Value>> {
    let step = step(it, &it.set.load());
    match step {
        Step::Found(k) => Ok(Some(k)),
        Step::End => {
            drop(it.set.take());
            Ok(None)
        }
        Step::Changed => Err(changed(t, it)),
    }
}

#[cold]
#[inline(never)]
fn changed(t: Attached<'_>, it: &PySetIter) -> Raised {
    it.expected.store(usize::MAX, Relaxed);
    t.raise(&crate::exception::RuntimeError, "Set changed size during iteration")
}

fn length_hint(t: Attached<'_>, a: &[Value]) -> PyResult {
    let it = it(&a[0]);
    let set = it.set.load();
    let same = set.payload::<PySet>().is_some_and(|s| s.len() == it.expected.load(Relaxed));
    Ok(crate::int::from_usize(t, if same { it.left.load(Relaxed) } else { 0 }))
}

fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let iter = crate::protocol::builtin(t, "iter")?;
    let it = it(&a[0]);
    let mut rest = Vec::new();
    let set = it.set.load();
    if let Some(body) = set.payload::<PySet>() {
        if body.len() != it.expected.load(Relaxed) {
            return Err(changed(t, it));
        }
        let mut at = it.at.load(Relaxed);
        while let Some((k, _)) = table::next_key(&body.map, &mut at) {
            rest.push(k);
        }
    }
    let rest = crate::list::new(t, rest);
    Ok(crate::tuple::new(t, vec![iter, crate::tuple::new(t, vec![rest])]))
}
