//! `cycle`: the members again and again.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use orochi_heap::Visit;
use orochi_objects::{Args, Attached, Def, Payload, PyResult, Slot, TypeSpec, Value, flags, iter::itself, payload, protocol};
use orochi_runtime::Locked;

use super::own;

struct PyCycle {
    /// Unbound when it has ended.
    iterator: Slot,
    /// Its members. Guarded by: the lock.
    saved: Locked<Vec<Value>>,
    at: AtomicUsize,
}

impl Payload for PyCycle {
    payload!(PyCycle, "itertools.cycle");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.iterator);
        if let Some(saved) = self.saved.try_lock() {
            visit.values(saved.iter());
        }
    }
    fn clear(&self) {
        drop(self.iterator.take());
        let saved = std::mem::take(&mut *self.saved.lock());
        drop(saved);
    }
}

/// `itertools.cycle`.
pub(super) static TYPE: TypeSpec = TypeSpec::new::<PyCycle>("itertools.cycle")
    .flags(flags::BASETYPE)
    .slots(&[Def::New(new), Def::Iter(itself), Def::Next(next)])
    .doc("cycle(iterable, /)\n--\n\nReturn elements from the iterable until it is exhausted. Then repeat the sequence indefinitely.");

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    TYPE.refuse_keywords(t, class, args)?;
    let a = Args::new(args.positional()).expect(t, "cycle", 1, 1)?;
    let iterator = protocol::get_iter(t, &a[0])?;
    let body = PyCycle { iterator: Slot::new(iterator), saved: Locked::new(Vec::new()), at: AtomicUsize::new(0) };
    TYPE.alloc_for(t, class, body)
}

fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let s = own::<PyCycle>(this);
    let iterator = s.iterator.load();
    if !iterator.is_unbound() {
        if let Some(v) = protocol::next(t, &iterator)? {
            let kept = v.clone();
            let mut saved = s.saved.lock();
            if saved.try_reserve(1).is_err() {
                drop(saved);
                return Err(t.memory_error());
            }
            saved.push(kept);
            return Ok(Some(v));
        }
        drop(s.iterator.take());
    }
    let saved = s.saved.lock();
    if saved.is_empty() {
        return Ok(None);
    }
    let at = s.at.load(Relaxed) % saved.len();
    s.at.store(at + 1, Relaxed);
    Ok(Some(saved[at].clone()))
}
