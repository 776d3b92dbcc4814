//! The result tuple of an iterator that gives tuples: made once, and used again for the next step when
//! nobody else holds it any more, as in `for k, v in d.items()`.
//!
//! Who takes a step takes the tuple out of its place first, so two threads that share an iterator never
//! have the same one in hand; the second makes a new one.

use std::sync::atomic::Ordering::Relaxed;

use orochi_heap::{Slot, Value, Visit, count};
use smallvec::SmallVec;

use crate::thread::Attached;

/// What an iterator puts into its next tuple.
pub type Members = SmallVec<[Value; 6]>;

/// Where an iterator keeps its result tuple.
#[derive(Default)]
pub struct ResultTuple(Slot);

impl ResultTuple {
    /// Shows the tuple to the collector.
    pub fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.0);
    }
    /// Gives the tuple up: at the end of the iteration.
    pub fn clear(&self) {
        drop(self.0.take());
    }
    /// A tuple of the two values.
    #[inline]
    pub fn pair(&self, t: Attached<'_>, a: Value, b: Value) -> Value {
        if t.single_domain() {
            // SAFETY: with one domain nobody writes the slot while the tuple is looked at.
            let kept = unsafe { self.0.view() };
            if let Some(h) = kept.header()
                && count::is_unique(h)
                && let Some(tuple) = crate::tuple::as_tuple(kept)
                && tuple.all().len() == 2
            {
                let result = kept.clone();
                let members = tuple.all().as_ptr().cast_mut();
                tuple.hash.store(0, Relaxed);
                // SAFETY: the tuple has two members; only the slot held it, so nobody looks at them. The old
                // ones are dropped when the tuple is whole, and count for two.
                let _old = unsafe { (members.replace(a.counted()), members.add(1).replace(b.counted())) };
                return result;
            }
        }
        self.of(t, &mut [a, b])
    }
    /// A tuple of the values. They are moved out; what is left in their places is to be dropped.
    pub fn of(&self, t: Attached<'_>, values: &mut [Value]) -> Value {
        let kept = self.0.take();
        if let Some(h) = kept.header()
            && count::is_unique(h)
            && let Some(tuple) = crate::tuple::as_tuple(&kept)
            && tuple.all().len() == values.len()
        {
            let members = tuple.all().as_ptr().cast_mut();
            for (i, v) in values.iter_mut().enumerate() {
                let new = std::mem::replace(v, Value::unbound()).counted();
                // SAFETY: `i` is less than the number of members. The tuple's only reference is in our
                // hand, so nobody else looks at its members; no slice of them is alive here.
                *v = unsafe { members.add(i).replace(new) };
            }
            tuple.hash.store(0, Relaxed);
            let result = kept.clone();
            drop(self.0.swap(kept));
            return result;
        }
        let result = crate::tuple::new(t, values.iter_mut().map(|v| std::mem::replace(v, Value::unbound())).collect());
        // One that is still in use stays: it may be free at the next step.
        drop(self.0.swap(if kept.is_unbound() { result.clone() } else { kept }));
        result
    }
}
