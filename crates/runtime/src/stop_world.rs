//! Stopping the world: every other thread of the runtime at rest, one closure, all go on.
//!
//! Without a lock each other thread is either detached, and then marked so that it cannot attach, or attached, and then asked by
//! `STOP_WORLD` to come to a safepoint, where it detaches. With locks, the stopper takes them all.
//!
//! Only one thread stops the world at a time. A second one that wants to, lets itself be stopped first: it detaches, waits until the
//! world has gone on, and tries again; so two stoppers cannot wait for each other. A stopper never waits for a detached thread, nor for
//! a thread that waits for a lock of this crate's own kind, because no guard is held across a safepoint.
//!
//! The closure must not pause, hand over or detach (asserted in debug builds), and must not run Python.

use crate::lock_mode;
use crate::sync::atomic::Ordering;
use crate::sync::{Futex, NoSafepoint};
use crate::thread::ThreadBase;

/// The world-stop state of a runtime.
#[derive(Debug)]
pub(crate) struct World {
    /// 0 = the world runs, else the slot of the thread that stops it or has stopped it. Futex of those who wait for it to go on.
    stopper: Futex,
    /// Moves whenever a thread that was asked to stop has left Python. Futex of the stopper.
    left: Futex,
}

impl World {
    pub(crate) const fn new() -> Self {
        Self {
            stopper: Futex::new(0),
            left: Futex::new(0),
        }
    }

    /// The slot of the stopper, 0 if there is none.
    #[inline]
    pub(crate) fn stopper(&self) -> u32 {
        self.stopper.load(Ordering::SeqCst)
    }

    /// Sleeps until no thread but `slot` stops the world.
    pub(crate) fn wait_resumed(&self, slot: u32) {
        loop {
            let stopper = self.stopper();
            if stopper == 0 || stopper == slot {
                return;
            }
            self.stopper.wait(stopper, None);
        }
    }

    /// A thread has left Python; the stopper counts again.
    #[cold]
    pub(crate) fn notify_stopper(&self) {
        self.left.fetch_add(1, Ordering::SeqCst);
        if self.stopper() != 0 {
            self.left.wake_all();
        }
    }

    pub(crate) fn ticket(&self) -> u32 {
        self.left.load(Ordering::SeqCst)
    }

    pub(crate) fn wait_ticket(&self, ticket: u32) {
        self.left.wait(ticket, None);
    }

    fn claim(&self, slot: u32) -> bool {
        self.stopper
            .compare_exchange(0, slot, Ordering::SeqCst, Ordering::SeqCst)
            .is_ok()
    }

    /// Gives the right to stop back.
    pub(crate) fn unclaim(&self) {
        self.stopper.store(0, Ordering::SeqCst);
        self.stopper.wake_all();
    }
}

/// Runs `f` while no other thread of the runtime runs Python. `thread` is the caller, attached.
///
/// Other threads may run Python before `f` begins if another stop was first. Resumes the world also when `f` panics. If the interpreter
/// ends while another stop is waited for, the call does not return, as with [`ThreadBase::attach`].
pub fn stop_world<R>(thread: &ThreadBase, f: impl FnOnce() -> R) -> R {
    struct Resume<'a>(&'a ThreadBase);
    impl Drop for Resume<'_> {
        fn drop(&mut self) {
            resume(self.0);
        }
    }
    stop(thread);
    let _resume = Resume(thread);
    let _no_safepoint = NoSafepoint::begin();
    f()
}

/// Stops the world until [`resume`].
pub(crate) fn stop(thread: &ThreadBase) {
    crate::sync::assert_may_pause("a world stop");
    debug_assert!(
        thread.is_current(),
        "a world stop by a thread that is not attached here"
    );
    let world = &thread.runtime().world;
    while !world.claim(thread.slot) {
        if crate::attach::pause_for_world(thread).is_err() {
            crate::finalize::hang();
        }
    }
    lock_mode::stop_others(thread);
}

/// Lets the world go on.
pub(crate) fn resume(thread: &ThreadBase) {
    lock_mode::resume_others(thread);
}
