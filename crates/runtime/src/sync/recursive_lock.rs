//! A lock that its holder may take again: what the import system holds around its bookkeeping.
//!
//! Word: 0 free, 1 held, 2 held and somebody may sleep. Who holds it is told by a number that the caller gives (a thread's
//! identifier), because one Python thread is one holder whatever OS thread asks. Only the holder writes `owner` and `depth`, so its
//! own reads of them are exact and everybody else's answer "not me" is.

use super::Futex;
use super::atomic::{AtomicU32, AtomicU64, Ordering};

/// A lock with a holder and a depth.
#[derive(Debug)]
pub struct RecursiveLock {
    state: Futex,
    /// Identifier of the holder, 0: nobody.
    owner: AtomicU64,
    depth: AtomicU32,
}

impl RecursiveLock {
    /// A free lock.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            state: Futex::new(0),
            owner: AtomicU64::new(0),
            depth: AtomicU32::new(0),
        }
    }

    /// Takes the lock for the thread `me` (not 0) if it is free or `me` has it; returns whether it was taken.
    pub fn try_acquire(&self, me: u64) -> bool {
        if self.is_held_by(me) {
            self.depth.fetch_add(1, Ordering::Relaxed);
            return true;
        }
        let free = self
            .state
            .compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed)
            .is_ok();
        if free {
            self.begin(me);
        }
        free
    }

    /// Takes the lock for the thread `me`, which has it not; sleeps while another has it. Call it detached.
    pub fn wait_acquire(&self, me: u64) {
        while self.state.swap(2, Ordering::Acquire) != 0 {
            self.state.wait(2, None);
        }
        self.begin(me);
    }

    /// Gives one of `me`'s holds back; false if it has none.
    pub fn release(&self, me: u64) -> bool {
        if !self.is_held_by(me) {
            return false;
        }
        if self.depth.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.owner.store(0, Ordering::Relaxed);
            if self.state.swap(0, Ordering::Release) == 2 {
                self.state.wake_one();
            }
        }
        true
    }

    /// Whether the thread `me` holds the lock.
    #[must_use]
    pub fn is_held_by(&self, me: u64) -> bool {
        self.owner.load(Ordering::Relaxed) == me
    }

    /// Whether anybody holds the lock at this moment.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.state.load(Ordering::Relaxed) != 0
    }

    fn begin(&self, me: u64) {
        self.owner.store(me, Ordering::Relaxed);
        self.depth.store(1, Ordering::Relaxed);
    }
}

impl Default for RecursiveLock {
    fn default() -> Self {
        Self::new()
    }
}
