//! `_deque_iterator` and `_deque_reverse_iterator`.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use orochi_objects::{
    Args, Attached, Def, Method, Payload, PyResult, Slot, TypeSpec, Value, exception, int, iter, payload, protocol,
    tuple, type_,
};

use super::deque::{self, PyDeque};

/// The body of a deque iterator.
pub struct PyDequeIter {
    /// The deque; unbound at the end.
    deque: Slot,
    /// Members given so far.
    at: AtomicUsize,
    /// The deque's state when the iterator was made.
    state: AtomicUsize,
    left: AtomicUsize,
}

impl Payload for PyDequeIter {
    payload!(PyDequeIter, "_deque_iterator");
    fn trace(&self, visit: &mut orochi_heap::Visit<'_>) {
        visit.slot(&self.deque);
    }
}

const METHODS: &[Method] = &[
    Method::new("__length_hint__", "($self, /)", length_hint, "How many members may still come."),
    Method::new("__reduce__", "($self, /)", reduce, "How to make the iterator again, for pickle."),
];

/// `_deque_iterator`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyDequeIter>("collections._deque_iterator")
    .slots(&[Def::New(new_forward), Def::Iter(iter::itself), Def::Next(next)])
    .methods(METHODS);

/// `_deque_reverse_iterator`.
pub static REVERSE: TypeSpec = TypeSpec::new::<PyDequeIter>("collections._deque_reverse_iterator")
    .slots(&[Def::New(new_backward), Def::Iter(iter::itself), Def::Next(previous)])
    .methods(METHODS);

/// An iterator over the deque, forwards or backwards.
pub(super) fn make(t: Attached<'_>, deque: &Value, reverse: bool) -> Value {
    let body = deque::body(deque);
    let it = PyDequeIter {
        deque: Slot::new(deque.clone()),
        at: AtomicUsize::new(0),
        state: AtomicUsize::new(body.state()),
        left: AtomicUsize::new(body.len()),
    };
    if reverse { REVERSE.alloc(t, it) } else { TYPE.alloc(t, it) }
}

fn new(t: Attached<'_>, args: Args<'_>, reverse: bool) -> PyResult {
    let name = if reverse { "_deque_reverse_iterator" } else { "_deque_iterator" };
    let a = args.expect(t, name, 1, 2)?;
    if a[0].payload::<PyDeque>().is_none() {
        return Err(t.type_error(format!("argument 1 must be collections.deque, not {}", type_::type_name(t, &a[0]))));
    }
    let skip = match a.get(1) {
        Some(n) => protocol::as_size(t, n)?.max(0) as usize,
        None => 0,
    };
    let made = make(t, &a[0], reverse);
    let it = body(&made);
    let n = it.left.load(Relaxed);
    it.at.store(skip.min(n), Relaxed);
    it.left.store(n - skip.min(n), Relaxed);
    Ok(made)
}
fn new_forward(t: Attached<'_>, _: &Value, args: Args<'_>) -> PyResult {
    new(t, args, false)
}
fn new_backward(t: Attached<'_>, _: &Value, args: Args<'_>) -> PyResult {
    new(t, args, true)
}

fn body(v: &Value) -> &PyDequeIter {
    match v.payload::<PyDequeIter>() {
        Some(b) => b,
        None => unreachable!("slots are called with their own type"),
    }
}

fn step(t: Attached<'_>, this: &Value, reverse: bool) -> PyResult<Option<Value>> {
    let it = body(this);
    let deque = it.deque.load();
    let Some(d) = deque.payload::<PyDeque>() else { return Ok(None) };
    if d.state() != it.state.load(Relaxed) {
        it.left.store(0, Relaxed);
        return Err(t.raise(&exception::RuntimeError, "deque mutated during iteration"));
    }
    let (at, left) = (it.at.load(Relaxed), it.left.load(Relaxed));
    let found = if left == 0 { None } else { d.get(if reverse { d.len().wrapping_sub(at + 1) } else { at }) };
    match found {
        Some(v) => {
            it.at.store(at + 1, Relaxed);
            it.left.store(left - 1, Relaxed);
            Ok(Some(v))
        }
        None => {
            it.deque.take();
            Ok(None)
        }
    }
}
fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    step(t, this, false)
}
fn previous(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    step(t, this, true)
}

fn length_hint(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(int::from_usize(t, body(&a[0]).left.load(Relaxed)))
}

fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let it = body(&a[0]);
    let class = type_::type_of(t, &a[0]).clone();
    let deque = it.deque.load();
    let deque = if deque.is_unbound() { deque::TYPE.alloc(t, PyDeque::default()) } else { deque };
    let at = int::from_usize(t, it.at.load(Relaxed));
    Ok(tuple::new(t, vec![class, tuple::new(t, vec![deque, at])]))
}
