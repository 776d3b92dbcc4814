//! The merge queue of a domain: objects whose shared count wants the owner to merge it with the local one.
//!
//! Foreign threads push, the owner (or who borrows the domain) takes all at once. Pushing is rare, a foreign thread that gives up the
//! last shared reference of an object whose owner still counts, so the queue is a plain vector under a one-byte lock, in order of
//! arrival, and what must be cheap is the question "is it empty?", one load.

use crate::sync::Locked;
use crate::sync::atomic::{AtomicBool, Ordering};

/// Addresses that wait for their owner.
#[derive(Debug, Default)]
pub struct MergeQueue {
    items: Locked<Vec<usize>>,
    /// Guarded by: the lock of `items` for writing. Ordering: SeqCst, so that a pusher which finds no owner attached, and an owner which
    /// attaches and finds the queue empty, cannot both be right.
    nonempty: AtomicBool,
}

impl MergeQueue {
    /// An empty queue.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            items: Locked::new(Vec::new()),
            nonempty: AtomicBool::new(false),
        }
    }

    /// Appends the address of an object; returns whether the queue was empty, and the owner has to be told.
    pub fn push(&self, ptr: usize) -> bool {
        let mut items = self.items.lock();
        items.push(ptr);
        let first = items.len() == 1;
        if first {
            self.nonempty.store(true, Ordering::SeqCst);
        }
        first
    }

    /// Takes everything, oldest first. Only for the owner of the domain or who borrows it.
    #[must_use]
    pub fn take_all(&self) -> Vec<usize> {
        if !self.is_nonempty() {
            return Vec::new();
        }
        let mut items = self.items.lock();
        self.nonempty.store(false, Ordering::SeqCst);
        std::mem::take(&mut *items)
    }

    /// Whether something waits.
    #[inline]
    #[must_use]
    pub fn is_nonempty(&self) -> bool {
        self.nonempty.load(Ordering::SeqCst)
    }
}
