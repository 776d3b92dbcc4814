//! The lock of a domain: who holds it may run Python there.
//!
//! ```text
//! word      0 = free, else the slot of the thread that holds it; also the futex on which waiters sleep
//! waiters   how many threads want it (so that a release without waiters makes no system call)
//! waking    a waiter was woken and has not looked yet (so that a holder which comes and goes does not wake one each time)
//! switches  how often a waiter has got it; the futex on which a thread sleeps that was made to give the lock away
//! ```
//!
//! **Taking** it uncontended is one compare-and-swap, **releasing** one exchange. A thread that comes back from a call that returned at
//! once usually finds the lock still free, because the woken waiter has not arrived: it takes it back and nothing was lost.
//!
//! **Interval.** A waiter sleeps for the switch interval (5 ms, as CPython's users know it) counted from when it began to wait, not
//! from when the lock last changed hands, so that a holder who releases often cannot put it off. Then it sets `LOCK_REQUEST` at the
//! holder, and again after each further interval.
//!
//! **Forced hand-over.** A holder that finds the request at a safepoint releases, and does not try to take the lock again before a
//! waiter has had it. Without that the releaser, which is running, would win against the waiter, which is just waking up. A thread that
//! was asked and releases by itself first (around a system call) goes on at once, and owes the turn when it comes back.
//!
//! **No convoy.** What sets the policies apart is how patient a waiter is, see [`GilPolicy`] in `gil/policy.rs`.
//!
//! Orderings: `word`, `waiters`, `waking` and `switches` are used sequentially consistently on the contended paths. They are pairwise
//! Dekker patterns ("I store mine, then look at yours"), and on the usual processors the compare-and-swap and the exchange cost the
//! same in every ordering.

mod policy;

pub use policy::GilPolicy;

use crate::runtime::RuntimeBase;
use crate::safepoint::bits;
use crate::sync::atomic::{AtomicU32, Ordering};
use crate::sync::{Deadline, Futex, Wait};
use crate::thread::ThreadBase;
use policy::Budget;

/// Sleeper classes: who gave the lock up early is woken before who used its whole interval.
const EARLY: u32 = 1;
const PATIENT: u32 = 2;

/// `waking`: no waiter is awake.
const NOBODY: u32 = 0;
/// `waking`: a waiter was woken and has not looked yet, or is about to be woken.
const ON_THE_WAY: u32 = 1;
/// `waking`: as before, and another release has counted on it.
const RELIED_ON: u32 = 2;

/// The lock of one domain.
#[derive(Debug)]
#[repr(align(64))]
pub struct Gil {
    word: Futex,
    waiters: AtomicU32,
    waking: AtomicU32,
    switches: Futex,
    /// Forced releasers that sleep on `switches`.
    yielding: AtomicU32,
    budget: Budget,
}

impl Gil {
    /// A free lock.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            word: Futex::new(0),
            waiters: AtomicU32::new(0),
            waking: AtomicU32::new(0),
            switches: Futex::new(0),
            yielding: AtomicU32::new(0),
            budget: Budget::new(),
        }
    }

    /// Takes the lock for `thread`, waiting as long as it takes.
    #[inline]
    pub(crate) fn acquire(&self, thread: &ThreadBase) {
        if !self.try_acquire(thread.slot) {
            self.acquire_slow(thread, false);
        }
    }

    /// Takes the lock for a thread that stops the world: asks for it at once.
    pub(crate) fn acquire_urgently(&self, thread: &ThreadBase) {
        if !self.try_acquire(thread.slot) {
            self.acquire_slow(thread, true);
        }
    }

    /// Takes the lock if it is free.
    #[inline]
    pub(crate) fn try_acquire(&self, slot: u32) -> bool {
        self.word
            .compare_exchange(0, slot, Ordering::SeqCst, Ordering::Relaxed)
            .is_ok()
    }

    #[cold]
    fn acquire_slow(&self, thread: &ThreadBase, urgent: bool) {
        let runtime = thread.runtime();
        let interval = runtime.switch_interval();
        let early = runtime.gil_policy() == GilPolicy::Early
            && thread.gave_up_early.load(Ordering::Relaxed)
            && self.budget.has_credit();
        let class = if early || urgent { EARLY } else { PATIENT };
        self.waiters.fetch_add(1, Ordering::SeqCst);
        let mut ask_at_once = early || urgent;
        let mut patience = Deadline::after(interval);
        loop {
            // Before the attempt: a releaser that finds the flag set must be able to rely on an attempt after its release.
            self.waking.store(NOBODY, Ordering::SeqCst);
            if self.try_acquire(thread.slot) {
                break;
            }
            let holder = self.word.load(Ordering::SeqCst);
            if holder == 0 {
                continue;
            }
            let left = patience.remaining();
            if left.is_none() || ask_at_once {
                self.ask(runtime, holder);
                ask_at_once = false;
                patience = Deadline::after(interval);
            }
            let left = left.unwrap_or(interval);
            if self.word.wait_class(holder, Some(left), class) == Wait::TimedOut {
                // The holder may have changed just now; the loop looks before it asks.
                continue;
            }
        }
        self.switches.fetch_add(1, Ordering::SeqCst);
        self.waiters.fetch_sub(1, Ordering::SeqCst);
        if self.yielding.load(Ordering::SeqCst) != 0 {
            self.switches.wake_all();
        }
        if early {
            self.budget.begin();
        }
    }

    fn ask(&self, runtime: &RuntimeBase, holder: u32) {
        runtime.registry.request(holder, bits::LOCK_REQUEST);
    }

    /// Releases the lock because the thread wants to.
    #[inline]
    pub(crate) fn release(&self, slot: u32) {
        self.budget.end();
        let before = self.word.swap(0, Ordering::SeqCst);
        debug_assert_eq!(
            before, slot,
            "the lock was released by a thread that did not hold it"
        );
        let _ = slot;
        if self.waiters.load(Ordering::SeqCst) != 0 {
            self.wake_waiter();
        }
    }

    /// Releases the lock because another thread asked, and returns when somebody has taken it. No-op when nobody waits.
    #[cold]
    pub(crate) fn release_forced(&self, slot: u32) -> bool {
        if self.waiters.load(Ordering::SeqCst) == 0 {
            return false;
        }
        let seen = self.switches.load(Ordering::SeqCst);
        self.yielding.fetch_add(1, Ordering::SeqCst);
        self.release(slot);
        self.sleep_until_switched(seen);
        self.yielding.fetch_sub(1, Ordering::SeqCst);
        true
    }

    /// Returns when nobody waits or when the lock has gone to a waiter since `switch_count` was `seen`: for a thread that was asked for
    /// the lock, released it by itself before it came to a safepoint, and is back.
    #[cold]
    pub(crate) fn wait_turn(&self, seen: u32) {
        self.yielding.fetch_add(1, Ordering::SeqCst);
        self.sleep_until_switched(seen);
        self.yielding.fetch_sub(1, Ordering::SeqCst);
    }

    /// The caller has counted itself in `yielding`, so that whoever gets the lock wakes it.
    fn sleep_until_switched(&self, seen: u32) {
        while self.waiters.load(Ordering::SeqCst) != 0
            && self.switches.load(Ordering::SeqCst) == seen
        {
            self.switches.wait(seen, None);
        }
    }

    /// Wakes one waiter, unless one is on its way. Never waits: the releaser may hold locks of this crate.
    #[cold]
    fn wake_waiter(&self) {
        loop {
            match self.waking.compare_exchange(
                NOBODY,
                ON_THE_WAY,
                Ordering::SeqCst,
                Ordering::SeqCst,
            ) {
                Ok(_) => break,
                // Whoever is on the way looks after this release; who is looking for somebody to wake looks again.
                Err(RELIED_ON) => return,
                Err(_) => {}
            }
            if self
                .waking
                .compare_exchange(ON_THE_WAY, RELIED_ON, Ordering::SeqCst, Ordering::SeqCst)
                .is_ok()
            {
                return;
            }
        }
        loop {
            if self.word.wake_class(1, EARLY) != 0 || self.word.wake_class(1, PATIENT) != 0 {
                return;
            }
            // Nobody slept: the waiter is between looking and sleeping, and will find the word changed. Unless the lock was taken and
            // released again meanwhile, by somebody who relied on us: then the word may look as before, the waiter sleeps, and the
            // wake is ours to do.
            if self
                .waking
                .compare_exchange(ON_THE_WAY, NOBODY, Ordering::SeqCst, Ordering::SeqCst)
                != Err(RELIED_ON)
            {
                return;
            }
            self.waking.store(ON_THE_WAY, Ordering::SeqCst);
        }
    }

    /// The slot of the holder, 0 if free. May be stale.
    #[inline]
    #[must_use]
    pub fn holder_racy(&self) -> u32 {
        self.word.load(Ordering::SeqCst)
    }

    /// How often a waiter has got the lock: wraps around.
    #[must_use]
    pub fn switch_count(&self) -> u32 {
        self.switches.load(Ordering::Relaxed)
    }

    /// How many threads wait. May be stale.
    #[must_use]
    pub fn waiters_racy(&self) -> u32 {
        self.waiters.load(Ordering::Relaxed)
    }

    /// After a fork, in the child: held by `slot` (0 = free), nobody waits.
    pub(crate) fn reset_after_fork(&self, slot: u32) {
        self.word.store(slot, Ordering::SeqCst);
        self.waiters.store(0, Ordering::SeqCst);
        self.waking.store(0, Ordering::SeqCst);
        self.yielding.store(0, Ordering::SeqCst);
        self.budget.end();
    }
}

impl Default for Gil {
    fn default() -> Self {
        Self::new()
    }
}
