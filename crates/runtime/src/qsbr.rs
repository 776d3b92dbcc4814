//! Memory that a lock-free reader may still see: freed when every thread has passed a quiescent point.
//!
//! **Problem.** Without a lock, a reader loads the address of a list's array and then an item of it; a writer that replaces the array
//! must not free the old one in between. **Rule.** A reader keeps such an address only between two quiescent points (safepoints and
//! detaches). Who unlinks memory *retires* it: it notes the present sequence number plus one as the goal and frees when every attached
//! thread has confirmed a number at least as large. A detached thread reads nothing and is not asked.
//!
//! **Cost.** Reading costs nothing, attach and detach cost nothing. Retiring costs a fence and a push; each 32nd (or each 256 KiB) asks
//! the thread to reclaim at its next safepoint, which advances the number, confirms it, looks at all threads, asks the late ones by
//! `QUIESCENT`, and frees what has ripened.
//!
//! **Why it is right.** Retire is "unlink; fence; read number n", a confirmation is "read number m; fence; go on reading". If m > n then the
//! retirer's fence came first (else it would have read at least m), so what the reader reads afterwards is without the unlinked memory.
//! A thread that is found detached is found by a read-modify-write on its owner word; its next attach reads from that, and so
//! sees the unlink as well. With locks, mutable memory is seen by one domain only, and retiring frees at once.

use crate::safepoint::bits;
use crate::sync::Locked;
use crate::sync::atomic::{AtomicU64, Ordering, fence};
use crate::thread::ThreadBase;
use std::collections::VecDeque;

/// How retired memory is freed: address and size in bytes, as given to [`retire`].
pub type FreeFn = unsafe fn(*mut u8, usize);

/// Retired blocks between two attempts to reclaim.
const BATCH: u32 = 32;
/// Retired bytes between two attempts to reclaim.
const BATCH_BYTES: usize = 256 << 10;

#[derive(Debug)]
struct Retired {
    ptr: *mut u8,
    size: usize,
    free: FreeFn,
    goal: u64,
}

impl Retired {
    fn free(self) {
        // SAFETY: the caller of `retire` promised that the memory may be freed so, by any thread, once nobody can see it.
        unsafe { (self.free)(self.ptr, self.size) }
    }
}

// SAFETY: `retire` requires that any thread may free the memory; until then nobody touches it.
unsafe impl Send for Retired {}

/// What one thread has retired, oldest (smallest goal) first.
#[derive(Debug)]
pub(crate) struct Limbo {
    items: VecDeque<Retired>,
    since_attempt: u32,
    bytes_since_attempt: usize,
}

impl Limbo {
    pub(crate) const fn new() -> Self {
        Self {
            items: VecDeque::new(),
            since_attempt: 0,
            bytes_since_attempt: 0,
        }
    }

    fn take_ripe(&mut self, passed: u64) -> Vec<Retired> {
        let ripe = self.items.partition_point(|r| r.goal <= passed);
        self.items.drain(..ripe).collect()
    }
}

impl Drop for Limbo {
    fn drop(&mut self) {
        // The last reference to a thread entry goes after the thread has ended, and `end_thread` has emptied this; what is left
        // belongs to a runtime that is dropped with nobody running.
        for retired in self.items.drain(..) {
            retired.free();
        }
    }
}

/// Quiescent-state-based reclamation of one runtime.
#[derive(Debug)]
pub struct Qsbr {
    deferred: bool,
    /// Advanced by reclaimers. Ordering: see "why it is right".
    sequence: AtomicU64,
    /// What ended threads have left. Guarded by: itself.
    left_behind: Locked<Limbo>,
}

impl Qsbr {
    pub(crate) const fn new(deferred: bool) -> Self {
        Self {
            deferred,
            sequence: AtomicU64::new(1),
            left_behind: Locked::new(Limbo::new()),
        }
    }

    /// The number that every thread must have confirmed before memory that is unlinked now may be reused. For callers that keep their
    /// own lists, such as the heap's pages.
    #[must_use]
    pub fn goal(&self) -> u64 {
        fence(Ordering::SeqCst);
        self.sequence.load(Ordering::SeqCst) + 1
    }

    /// Whether every thread has passed `goal`. Looks at all threads, and asks the late ones; without deferral always true.
    #[must_use]
    pub fn has_passed(&self, thread: &ThreadBase, goal: u64) -> bool {
        !self.deferred || {
            if self.sequence.load(Ordering::SeqCst) < goal {
                self.sequence.fetch_max(goal, Ordering::SeqCst);
            }
            self.passed(thread, goal) >= goal
        }
    }

    /// A quiescent point of `thread`, which asked for it or was asked: confirms, and reclaims what has ripened.
    pub(crate) fn quiesce(&self, thread: &ThreadBase) {
        if !self.deferred {
            return;
        }
        let newest = thread.limbo.lock().items.back().map(|r| r.goal);
        if let Some(newest) = newest {
            self.sequence.fetch_max(newest, Ordering::SeqCst);
        }
        let confirmed = self.sequence.load(Ordering::SeqCst);
        fence(Ordering::SeqCst);
        thread.quiescent.store(confirmed, Ordering::Release);
        if newest.is_some() || !self.left_behind.lock().items.is_empty() {
            self.reclaim(thread);
        }
    }

    /// Frees what has ripened, of this thread and of ended ones.
    fn reclaim(&self, thread: &ThreadBase) {
        let wanted = self.sequence.load(Ordering::SeqCst);
        let passed = self.passed(thread, wanted);
        let mut ripe = {
            let mut limbo = thread.limbo.lock();
            limbo.since_attempt = 0;
            limbo.bytes_since_attempt = 0;
            limbo.take_ripe(passed)
        };
        if let Some(mut left) = self.left_behind.try_lock() {
            ripe.extend(left.take_ripe(passed));
        }
        // Outside the locks: freeing may take other locks.
        for retired in ripe {
            retired.free();
        }
    }

    /// The smallest number that an attached thread has confirmed; asks those that are behind `wanted`.
    fn passed(&self, thread: &ThreadBase, wanted: u64) -> u64 {
        let mut smallest = wanted;
        for other in thread.runtime().registry.lock().iter() {
            let confirmed = other.quiescent.load(Ordering::Acquire);
            if confirmed < wanted && (other.slot == thread.slot || other.domain.owner_is_attached())
            {
                smallest = smallest.min(confirmed);
                other.request(bits::QUIESCENT);
            }
        }
        smallest
    }

    /// Frees everything that was retired, by anybody. The world is stopped, so every thread is at a quiescent point; `f` of
    /// `stop_world` calls it, with no such address in hand.
    pub fn reclaim_all_stopped(&self, thread: &ThreadBase) {
        debug_assert!(
            !self.deferred || thread.runtime().world.stopper() == thread.slot,
            "reclaiming everything while the world runs"
        );
        let mut all = Vec::new();
        for other in thread.runtime().registry.lock().iter() {
            all.extend(other.limbo.lock().items.drain(..));
        }
        all.extend(self.left_behind.lock().items.drain(..));
        for retired in all {
            retired.free();
        }
    }

    /// How many retired blocks wait, over all threads. For tests and statistics.
    #[must_use]
    pub fn waiting(&self, thread: &ThreadBase) -> usize {
        let of_threads: usize = thread
            .runtime()
            .registry
            .lock()
            .iter()
            .map(|t| t.limbo.lock().items.len())
            .sum();
        of_threads + self.left_behind.lock().items.len()
    }

    /// The attached thread ends: reclaims what it can and leaves the rest to the others.
    pub(crate) fn end_thread(&self, thread: &ThreadBase) {
        self.quiesce(thread);
        self.leave_behind(thread);
    }

    /// Moves the limbo of a thread that will not run again.
    pub(crate) fn leave_behind(&self, thread: &ThreadBase) {
        let items = std::mem::take(&mut thread.limbo.lock().items);
        if items.is_empty() {
            return;
        }
        let mut left = self.left_behind.lock();
        left.items.extend(items);
        left.items.make_contiguous().sort_by_key(|r| r.goal);
    }
}

/// Gives memory back when nobody can see it any more: `free(ptr, size)` is called at once with a lock, and without one after every
/// attached thread has passed a quiescent point, by any thread, at a safepoint.
///
/// # Safety
/// `thread` is the caller, attached. The memory is unlinked: a reader that begins after this call cannot reach it. `free` may be called
/// with it once, by any thread, and neither pauses nor runs Python.
pub unsafe fn retire(thread: &ThreadBase, ptr: *mut u8, size: usize, free: FreeFn) {
    let qsbr = &thread.runtime().qsbr;
    let retired = Retired {
        ptr,
        size,
        free,
        goal: 0,
    };
    if !qsbr.deferred {
        retired.free();
        return;
    }
    let goal = qsbr.goal();
    let ask = {
        let mut limbo = thread.limbo.lock();
        limbo.items.push_back(Retired { goal, ..retired });
        limbo.since_attempt += 1;
        limbo.bytes_since_attempt = limbo.bytes_since_attempt.saturating_add(size);
        limbo.since_attempt.is_multiple_of(BATCH) || limbo.bytes_since_attempt >= BATCH_BYTES
    };
    if ask {
        thread.request(bits::QUIESCENT);
    }
}
