//! One lock for the whole runtime: one domain, shared by all interpreters. No object is ever foreign, no count is ever atomic.

use super::interpreter_lock::InterpreterLock;
use super::{LockRules, NoDomainLeft};
use crate::domain::Domain;
use crate::runtime::RuntimeBase;
use crate::thread::ThreadBase;
use std::sync::Arc;

pub(super) struct ProcessLock;

impl LockRules for ProcessLock {
    fn interpreter_domain(runtime: &RuntimeBase) -> Result<Option<Arc<Domain>>, NoDomainLeft> {
        match runtime.domains.iter().next() {
            Some(domain) => Ok(Some(domain.clone())),
            None => runtime.domains.allocate().map(Some).ok_or(NoDomainLeft),
        }
    }

    fn thread_domain(
        runtime: &RuntimeBase,
        of_interpreter: Option<&Arc<Domain>>,
    ) -> Result<Arc<Domain>, NoDomainLeft> {
        InterpreterLock::thread_domain(runtime, of_interpreter)
    }

    fn start_thread(thread: &Arc<ThreadBase>, world_stopped: bool) {
        InterpreterLock::start_thread(thread, world_stopped);
    }

    #[inline]
    fn attach(thread: &ThreadBase) {
        InterpreterLock::attach(thread);
    }

    #[inline]
    fn detach(thread: &ThreadBase) {
        InterpreterLock::detach(thread);
    }

    fn hand_over(thread: &ThreadBase) {
        InterpreterLock::hand_over(thread);
    }

    fn end_thread(thread: &ThreadBase) -> Option<Arc<ThreadBase>> {
        InterpreterLock::end_thread(thread)
    }

    fn end_interpreter(_runtime: &RuntimeBase, _domain: Option<&Arc<Domain>>) {
        // The domain is the runtime's and outlives every interpreter.
    }

    fn try_borrow(thread: &ThreadBase, domain: &Domain) -> bool {
        InterpreterLock::try_borrow(thread, domain)
    }

    fn end_borrow(thread: &ThreadBase, domain: &Domain) {
        InterpreterLock::end_borrow(thread, domain);
    }

    fn notify(runtime: &RuntimeBase, domain: &Domain, bits: u32) -> bool {
        InterpreterLock::notify(runtime, domain, bits)
    }

    fn stop_others(_thread: &ThreadBase) {
        // Who holds the only lock has stopped everybody else.
    }

    fn resume_others(thread: &ThreadBase) {
        thread.runtime().world.unclaim();
    }

    fn repair_after_fork(thread: &ThreadBase, gone: &[Arc<ThreadBase>]) {
        InterpreterLock::repair_after_fork(thread, gone);
    }
}
