//! No lock: each thread is a domain. Attaching is a compare-and-swap on the domain's owner word, which nobody else touches except a
//! borrower and a world stop.

use super::{LockRules, NoDomainLeft};
use crate::domain::{ATTACHED, Domain, ORPHAN};
use crate::runtime::RuntimeBase;
use crate::safepoint::bits;
use crate::sync::atomic::Ordering;
use crate::thread::ThreadBase;
use std::sync::Arc;

pub(super) struct NoLock;

impl LockRules for NoLock {
    fn interpreter_domain(_runtime: &RuntimeBase) -> Result<Option<Arc<Domain>>, NoDomainLeft> {
        Ok(None)
    }

    fn thread_domain(
        runtime: &RuntimeBase,
        _of_interpreter: Option<&Arc<Domain>>,
    ) -> Result<Arc<Domain>, NoDomainLeft> {
        runtime.domains.allocate().ok_or(NoDomainLeft)
    }

    fn start_thread(thread: &Arc<ThreadBase>, world_stopped: bool) {
        let domain = &thread.domain;
        domain.owner_adopt(world_stopped);
        *domain.owner_thread.lock() = Some(thread.clone());
        if domain.queue().is_nonempty() {
            thread.request(bits::MERGE);
        }
    }

    #[inline]
    fn attach(thread: &ThreadBase) {
        thread.domain.owner_attach();
    }

    #[inline]
    fn detach(thread: &ThreadBase) {
        thread.domain.owner_detach();
        if thread.pending.load(Ordering::SeqCst) & bits::STOP_WORLD != 0 {
            thread.runtime().world.notify_stopper();
        }
    }

    fn hand_over(_thread: &ThreadBase) {}

    fn end_thread(thread: &ThreadBase) -> Option<Arc<ThreadBase>> {
        let runtime = thread.runtime();
        let domain = &thread.domain;
        let told = domain.owner_thread.lock().take();
        let entry = {
            // One step for a stopper, which looks at domains by way of the registry: attached and listed, or neither.
            let mut slots = runtime.registry.lock();
            domain.owner_abandon();
            // Under this lock also because this thread is no longer stopped by a world stop, and a fork must find the table in order.
            runtime.domains.release(domain.id());
            slots.remove(thread.slot)
        };
        runtime.world.notify_stopper();
        drop(told);
        entry
    }

    fn end_interpreter(_runtime: &RuntimeBase, _domain: Option<&Arc<Domain>>) {}

    fn try_borrow(thread: &ThreadBase, domain: &Domain) -> bool {
        domain.owner_try_borrow(thread.runtime().world.stopper() == thread.slot)
    }

    fn end_borrow(_thread: &ThreadBase, domain: &Domain) {
        domain.owner_end_borrow();
    }

    fn notify(_runtime: &RuntimeBase, domain: &Domain, bits: u32) -> bool {
        if let Some(thread) = &*domain.owner_thread.lock() {
            thread.request(bits);
        }
        // The bit waits for a detached owner, but somebody else should do its work meanwhile.
        domain.owner_is_attached()
    }

    fn stop_others(thread: &ThreadBase) {
        let runtime = thread.runtime();
        loop {
            let ticket = runtime.world.ticket();
            let mut running = 0;
            for other in runtime.registry.lock().iter() {
                if other.slot == thread.slot || other.domain.owner_suspend() {
                    continue;
                }
                // The bit first, then a second look: a thread that detaches looks for the bit after it has left.
                other.request(bits::STOP_WORLD);
                if !other.domain.owner_suspend() {
                    running += 1;
                }
            }
            if running == 0 {
                return;
            }
            runtime.world.wait_ticket(ticket);
        }
    }

    fn resume_others(thread: &ThreadBase) {
        let slots = thread.runtime().registry.lock();
        // Under the registry's lock: a thread that starts is either in the list here, or finds that the world runs. The next stopper
        // may claim now, but needs this lock to stop anybody.
        thread.runtime().world.unclaim();
        for other in slots.iter() {
            if other.slot != thread.slot {
                other.take_pending(bits::STOP_WORLD);
                other.domain.owner_resume();
            }
        }
    }

    fn repair_after_fork(thread: &ThreadBase, gone: &[Arc<ThreadBase>]) {
        for other in gone {
            drop(other.domain.owner_thread.lock().take());
            other.domain.owner_reset(ORPHAN);
            thread.runtime().domains.release(other.domain.id());
        }
        thread.domain.owner_reset(ATTACHED);
    }
}
