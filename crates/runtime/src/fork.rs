//! Fork: in the child only the thread that forked exists.
//!
//! Rule: a fork happens with the world stopped and with the registry's lock held. Then no thread is inside a protocol of this crate (an
//! attached thread is at a safepoint, a detached one holds no guard), so every lock that the child inherits is either free or ours, and
//! the child has only to forget the others: their entries leave the registry, their domains become orphans that the next new threads
//! adopt with all their objects, locks are held by the survivor or free, nobody waits. The kernel's queues of sleepers are not
//! inherited, so no word needs a wake.
//!
//! What this cannot repair is a lock of a library that a detached thread held at that moment; that is why a child that forks with
//! several threads should do little before it executes another program, and why Python warns.

use crate::lock_mode;
use crate::registry::Slots;
use crate::runtime::InterpreterBase;
use crate::stop_world;
use crate::sync::LockedGuard;
use crate::thread::ThreadBase;
use std::sync::Arc;

/// The locks of the runtime that are held while the process forks, in the order in which they are taken.
#[derive(Debug)]
struct Locks<'t> {
    /// Held, not read: no interpreter appears or goes.
    _interpreters: LockedGuard<'t, Vec<Arc<InterpreterBase>>>,
    slots: LockedGuard<'t, Slots>,
}

/// The world, ready to be forked. End it with [`in_parent`](Self::in_parent) or [`in_child`](Self::in_child).
#[derive(Debug)]
#[must_use = "the world stays stopped until the guard is ended"]
pub struct ForkGuard<'t> {
    thread: &'t ThreadBase,
    /// `None` only while the guard is being ended.
    locks: Option<Locks<'t>>,
}

/// Stops the world and takes the locks that the child must find in order. `thread` is the caller, attached.
pub fn prepare(thread: &ThreadBase) -> ForkGuard<'_> {
    stop_world::stop(thread);
    let interpreters = thread.runtime().interpreters.lock();
    let slots = thread.runtime().registry.lock();
    ForkGuard {
        thread,
        locks: Some(Locks {
            _interpreters: interpreters,
            slots,
        }),
    }
}

impl ForkGuard<'_> {
    /// In the parent, also when the fork failed: everybody goes on.
    pub fn in_parent(self) {
        drop(self);
    }

    /// In the child: forgets the other threads. Returns their entries, for the crates above to forget what belongs to them; those have
    /// ended as far as this crate is concerned.
    #[must_use]
    pub fn in_child(mut self) -> Vec<Arc<ThreadBase>> {
        let thread = self.thread;
        let runtime = thread.runtime().clone();
        let mut gone = Vec::new();
        if let Some(Locks { slots, .. }) = &mut self.locks {
            let others: Vec<u32> = slots
                .iter()
                .map(|t| t.slot)
                .filter(|&s| s != thread.slot)
                .collect();
            gone.extend(others.into_iter().filter_map(|slot| slots.remove(slot)));
        }
        self.locks = None;
        lock_mode::repair_after_fork(thread, &gone);
        for other in &gone {
            runtime.qsbr.leave_behind(other);
        }
        thread.bind();
        // Resumes: gives the other domains' locks back and ends the claim.
        drop(self);
        gone
    }
}

impl Drop for ForkGuard<'_> {
    fn drop(&mut self) {
        self.locks = None;
        stop_world::resume(self.thread);
    }
}
