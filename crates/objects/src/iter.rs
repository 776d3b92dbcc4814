//! Iterators of sequences by index: of anything with `__getitem__`.

use std::sync::atomic::{AtomicUsize, Ordering::*};

use orochi_heap::{Payload, Slot, Value, Visit, payload};

use crate::slots::Def;
use crate::spec::{TypeSpec, flags};
use crate::thread::{Attached, PyResult};

/// The body of an `iterator`.
pub struct PySequenceIterator {
    /// The sequence; unbound at the end.
    sequence: Slot,
    at: AtomicUsize,
}

impl Payload for PySequenceIterator {
    payload!(PySequenceIterator, "iterator");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.sequence);
    }
}

/// `iterator`.
pub static TYPE: TypeSpec = TypeSpec::new::<PySequenceIterator>("iterator")
    .flags(flags::NO_NEW)
    .slots(&[Def::Iter(itself), Def::Next(next)]);

/// An iterator over `sequence[0]`, `sequence[1]` ...
pub fn sequence_iterator(t: Attached<'_>, sequence: &Value) -> Value {
    TYPE.alloc(t, PySequenceIterator { sequence: Slot::new(sequence.clone()), at: AtomicUsize::new(0) })
}

/// `iter(x)` of an iterator: itself.
pub fn itself(_: Attached<'_>, this: &Value) -> PyResult {
    Ok(this.clone())
}

fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let Some(it) = this.payload::<PySequenceIterator>() else { return Ok(None) };
    let sequence = it.sequence.load();
    if sequence.is_unbound() {
        return Ok(None);
    }
    let i = it.at.fetch_add(1, Relaxed);
    match crate::protocol::get_item(t, &sequence, &crate::int::from_usize(t, i)) {
        Ok(v) => Ok(Some(v)),
        Err(e) => {
            if t.raised_is(&e, &crate::exception::IndexError) || t.raised_is(&e, &crate::exception::StopIteration) {
                drop(t.take_raised(e));
                it.sequence.take();
                return Ok(None);
            }
            Err(e)
        }
    }
}
