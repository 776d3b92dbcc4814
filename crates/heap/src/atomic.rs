//! The atomics of counts and slots, and what else two threads meet at in this crate: the standard library's, or shuttle's under
//! `model`, so that the counting protocol is explored interleaving by interleaving (`tests/model.rs`).
//!
//! Only what takes part in that protocol goes through here: count words, slots, weak references' targets and their table. Pages and
//! maps stay as they are, because their layout is fixed and their protocol is simpler. Shuttle explores sequentially consistent
//! executions; the weaker orderings are argued where they stand. Under `model` no collection may run while there are tracked
//! objects: a trace looks at slots as at plain words.

#[cfg(not(feature = "model"))]
pub(crate) use std::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicU32, AtomicU64},
};

#[cfg(feature = "model")]
pub(crate) use shuttle::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicU32, AtomicU64},
};

/// One turn of a spin loop. Under `model` it gives the other threads a turn, else spinning would never end there.
#[inline]
pub(crate) fn spin_hint() {
    #[cfg(not(feature = "model"))]
    std::hint::spin_loop();
    #[cfg(feature = "model")]
    shuttle::hint::spin_loop();
}
