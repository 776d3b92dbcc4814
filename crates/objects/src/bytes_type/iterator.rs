//! Iterators over `bytes`, `bytearray` and `memoryview`: one body, three types.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use orochi_heap::{Payload, Slot, Value, Visit, payload};

use crate::slots::Def;
use crate::spec::{Method, TypeSpec, flags};
use crate::thread::{Attached, PyResult};

/// The body.
pub(crate) struct PyBytesIterator {
    /// What is iterated; unbound at the end.
    sequence: Slot,
    at: AtomicUsize,
}

impl Payload for PyBytesIterator {
    payload!(PyBytesIterator, "bytes_iterator");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.sequence);
    }
    fn clear(&self) {
        drop(self.sequence.take());
    }
}

const METHODS: &[Method] = &[
    Method::new("__length_hint__", "($self, /)", length_hint, "Number of members left."),
    Method::new("__reduce__", "($self, /)", reduce, "State for pickling."),
    Method::new("__setstate__", "($self, state, /)", set_state, "Sets the position."),
];

/// `bytes_iterator`.
pub(crate) static BYTES: TypeSpec = TypeSpec::new::<PyBytesIterator>("bytes_iterator")
    .flags(flags::NO_NEW)
    .slots(&[Def::Iter(crate::iter::itself), Def::Next(next)])
    .methods(METHODS);
/// `bytearray_iterator`.
pub(crate) static BYTEARRAY: TypeSpec = TypeSpec::new::<PyBytesIterator>("bytearray_iterator")
    .flags(flags::NO_NEW)
    .slots(&[Def::Iter(crate::iter::itself), Def::Next(next)])
    .methods(METHODS);
/// `memory_iterator`.
pub(crate) static MEMORY: TypeSpec = TypeSpec::new::<PyBytesIterator>("memory_iterator")
    .flags(flags::NO_NEW)
    .slots(&[Def::Iter(crate::iter::itself), Def::Next(next)]);

/// An iterator of one of the types above.
pub(crate) fn new(t: Attached<'_>, ty: &'static TypeSpec, sequence: &Value) -> Value {
    ty.alloc(t, PyBytesIterator { sequence: Slot::new(sequence.clone()), at: AtomicUsize::new(0) })
}

fn body(v: &Value) -> &PyBytesIterator {
    match v.payload::<PyBytesIterator>() {
        Some(it) => it,
        None => unreachable!("slots are called with their own type"),
    }
}

fn len(t: Attached<'_>, sequence: &Value) -> PyResult<usize> {
    if let Some(bytes) = crate::bytes::as_bytes(sequence) {
        return Ok(bytes.len());
    }
    match crate::bytearray::as_bytearray(sequence) {
        Some(b) => Ok(b.len()),
        None => crate::protocol::length(t, sequence),
    }
}

fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let it = body(this);
    let sequence = it.sequence.load();
    if sequence.is_unbound() {
        return Ok(None);
    }
    let at = it.at.load(Relaxed);
    let byte = if let Some(bytes) = crate::bytes::as_bytes(&sequence) {
        bytes.get(at).copied()
    } else if let Some(b) = crate::bytearray::as_bytearray(&sequence) {
        b.byte(at)
    } else {
        let item = if at < crate::protocol::length(t, &sequence)? {
            Some(crate::protocol::get_item(t, &sequence, &crate::int::from_usize(t, at))?)
        } else {
            None
        };
        match &item {
            Some(_) => it.at.store(at + 1, Relaxed),
            None => drop(it.sequence.take()),
        }
        return Ok(item);
    };
    match byte {
        Some(b) => {
            it.at.store(at + 1, Relaxed);
            Ok(Some(Value::i32(i32::from(b))))
        }
        None => {
            drop(it.sequence.take());
            Ok(None)
        }
    }
}

fn length_hint(t: Attached<'_>, a: &[Value]) -> PyResult {
    let it = body(&a[0]);
    let sequence = it.sequence.load();
    let left = if sequence.is_unbound() { 0 } else { len(t, &sequence)?.saturating_sub(it.at.load(Relaxed)) };
    Ok(crate::int::from_usize(t, left))
}

fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let iter = crate::protocol::builtin(t, "iter")?;
    let it = body(&a[0]);
    let sequence = it.sequence.load();
    if sequence.is_unbound() {
        let nothing = crate::tuple::new(t, vec![crate::tuple::new(t, Vec::new())]);
        return Ok(crate::tuple::new(t, vec![iter, nothing]));
    }
    let at = crate::int::from_usize(t, it.at.load(Relaxed));
    Ok(crate::tuple::new(t, vec![iter, crate::tuple::new(t, vec![sequence]), at]))
}

fn set_state(t: Attached<'_>, a: &[Value]) -> PyResult {
    let at = crate::protocol::as_size(t, &a[1])?.max(0) as usize;
    let it = body(&a[0]);
    let sequence = it.sequence.load();
    if !sequence.is_unbound() {
        it.at.store(at.min(len(t, &sequence)?), Relaxed);
    }
    Ok(Value::none())
}
