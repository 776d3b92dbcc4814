//! A lock per interpreter: each interpreter is a domain, and whoever holds its lock owns everything in it.

use super::{LockRules, NoDomainLeft};
use crate::domain::Domain;
use crate::gil::Gil;
use crate::runtime::RuntimeBase;
use crate::safepoint::bits;
use crate::sync::atomic::Ordering;
use crate::thread::ThreadBase;
use std::sync::Arc;

pub(super) struct InterpreterLock;

/// The lock of the thread's domain. Every domain of a runtime with locks has one.
#[inline]
fn gil(domain: &Domain) -> &Gil {
    match domain.gil() {
        Some(gil) => gil,
        None => unreachable!("a domain without a lock in a mode with locks"),
    }
}

impl LockRules for InterpreterLock {
    fn interpreter_domain(runtime: &RuntimeBase) -> Result<Option<Arc<Domain>>, NoDomainLeft> {
        runtime.domains.allocate().map(Some).ok_or(NoDomainLeft)
    }

    fn thread_domain(
        _runtime: &RuntimeBase,
        of_interpreter: Option<&Arc<Domain>>,
    ) -> Result<Arc<Domain>, NoDomainLeft> {
        of_interpreter.cloned().ok_or(NoDomainLeft)
    }

    fn start_thread(_thread: &Arc<ThreadBase>, _world_stopped: bool) {
        // A stopped world means that the stopper holds the lock, which is enough to keep the new thread out.
    }

    #[inline]
    fn attach(thread: &ThreadBase) {
        let owed = thread.owed_turn.load(Ordering::Relaxed);
        if owed != 0 {
            thread.owed_turn.store(0, Ordering::Relaxed);
            gil(&thread.domain).wait_turn((owed - 1) as u32);
        }
        gil(&thread.domain).acquire(thread);
        // A request that was meant for the last time that this thread held the lock.
        if thread.pending.load(Ordering::Relaxed) & bits::LOCK_REQUEST != 0 {
            thread.take_pending(bits::LOCK_REQUEST);
        }
        // Who pushed while nobody held the lock told nobody. The push is ordered before its look at the lock's word, this look after
        // taking it.
        if thread.domain.queue().is_nonempty() {
            thread.request(bits::MERGE);
        }
    }

    #[inline]
    fn detach(thread: &ThreadBase) {
        let gil = gil(&thread.domain);
        thread.gave_up_early.store(true, Ordering::Relaxed);
        if thread.pending.load(Ordering::Relaxed) & bits::LOCK_REQUEST != 0 {
            thread
                .owed_turn
                .store(1 + u64::from(gil.switch_count()), Ordering::Relaxed);
        }
        gil.release(thread.slot);
    }

    fn hand_over(thread: &ThreadBase) {
        thread.gave_up_early.store(false, Ordering::Relaxed);
        if gil(&thread.domain).release_forced(thread.slot) {
            Self::attach(thread);
        }
    }

    fn end_thread(thread: &ThreadBase) -> Option<Arc<ThreadBase>> {
        // The slot is given back after the lock, so that no other thread has it while the lock's word says it.
        gil(&thread.domain).release(thread.slot);
        thread.runtime().registry.lock().remove(thread.slot)
    }

    fn end_interpreter(runtime: &RuntimeBase, domain: Option<&Arc<Domain>>) {
        if let Some(domain) = domain {
            runtime.domains.release(domain.id());
        }
    }

    fn try_borrow(thread: &ThreadBase, domain: &Domain) -> bool {
        let gil = gil(domain);
        // A stopper holds all locks already.
        gil.holder_racy() == thread.slot || gil.try_acquire(thread.slot)
    }

    fn end_borrow(thread: &ThreadBase, domain: &Domain) {
        if thread.runtime().world.stopper() != thread.slot {
            gil(domain).release(thread.slot);
        }
    }

    fn notify(runtime: &RuntimeBase, domain: &Domain, bits: u32) -> bool {
        let gil = gil(domain);
        loop {
            let holder = gil.holder_racy();
            if holder == 0 {
                return false;
            }
            // Only if it holds the lock after the bit was set will it see the bit when it leaves.
            if runtime.registry.request(holder, bits) && gil.holder_racy() == holder {
                return true;
            }
        }
    }

    fn stop_others(thread: &ThreadBase) {
        for domain in thread.runtime().domains.iter() {
            if domain.id() != thread.domain.id() {
                gil(domain).acquire_urgently(thread);
            }
        }
    }

    fn resume_others(thread: &ThreadBase) {
        for domain in thread.runtime().domains.iter() {
            let gil = gil(domain);
            if domain.id() != thread.domain.id() && gil.holder_racy() == thread.slot {
                gil.release(thread.slot);
            }
        }
        thread.runtime().world.unclaim();
    }

    fn repair_after_fork(thread: &ThreadBase, _gone: &[Arc<ThreadBase>]) {
        for domain in thread.runtime().domains.iter() {
            gil(domain).reset_after_fork(thread.slot);
        }
    }
}
