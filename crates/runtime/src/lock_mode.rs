//! The three lock modes. The mode is chosen when a runtime is made; nothing turns it afterwards.
//!
//! What differs by mode is written three times, in three sibling files with the same functions in the same order. Everybody else asks
//! "is this object mine?" and never which mode it is.

mod interpreter_lock;
mod no_lock;
mod process_lock;

use crate::domain::Domain;
use crate::runtime::RuntimeBase;
use crate::thread::ThreadBase;
use std::sync::Arc;

/// Who holds a lock to run Python.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum LockMode {
    /// One lock for the whole runtime (`gil`, the default): one domain.
    #[default]
    ProcessLock,
    /// A lock per interpreter: one domain per interpreter.
    InterpreterLock,
    /// No lock (`nogil`): one domain per thread.
    NoLock,
}

impl LockMode {
    /// Whether threads of one interpreter run Python one at a time: what `sys._is_gil_enabled()` says.
    #[inline]
    #[must_use]
    pub const fn has_lock(self) -> bool {
        !matches!(self, LockMode::NoLock)
    }

    /// Whether objects that can change are seen by several domains, so that they need per-object locks and deferred reclamation.
    #[inline]
    #[must_use]
    pub const fn shares_mutable_objects(self) -> bool {
        matches!(self, LockMode::NoLock)
    }

    /// The name, as on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            LockMode::ProcessLock => "gil",
            LockMode::InterpreterLock => "interpreter",
            LockMode::NoLock => "nogil",
        }
    }
}

/// What each mode says. Implemented by the unit types of the three sibling files.
trait LockRules {
    /// The domain that a new interpreter gets, if it gets one. `None` inside: no domain was left.
    fn interpreter_domain(runtime: &RuntimeBase) -> Result<Option<Arc<Domain>>, NoDomainLeft>;
    /// The domain that a new thread gets: its interpreter's, or one of its own.
    fn thread_domain(
        runtime: &RuntimeBase,
        of_interpreter: Option<&Arc<Domain>>,
    ) -> Result<Arc<Domain>, NoDomainLeft>;
    /// The new thread enters its domain's books, detached, and suspended if the world is stopped. Registry lock held.
    fn start_thread(thread: &Arc<ThreadBase>, world_stopped: bool);
    /// Waits until the thread may run Python.
    fn attach(thread: &ThreadBase);
    /// Lets others run.
    fn detach(thread: &ThreadBase);
    /// Gives the lock to a thread that asked for it, and waits to get it back.
    fn hand_over(thread: &ThreadBase);
    /// The attached thread leaves for good, and its entry the registry.
    fn end_thread(thread: &ThreadBase) -> Option<Arc<ThreadBase>>;
    /// The interpreter is gone, its domain has no threads.
    fn end_interpreter(runtime: &RuntimeBase, domain: Option<&Arc<Domain>>);
    /// Claims a domain in which nobody runs, for a moment; never waits.
    fn try_borrow(thread: &ThreadBase, domain: &Domain) -> bool;
    /// Ends the claim.
    fn end_borrow(thread: &ThreadBase, domain: &Domain);
    /// Tells the thread that runs in the domain; returns whether one does.
    fn notify(runtime: &RuntimeBase, domain: &Domain, bits: u32) -> bool;
    /// Brings every other thread to rest. The caller is the only stopper.
    fn stop_others(thread: &ThreadBase);
    /// Lets them go on, and gives the right to stop back.
    fn resume_others(thread: &ThreadBase);
    /// In the child of a fork: `thread` is the only one, attached; `gone` are the entries of the others.
    fn repair_after_fork(thread: &ThreadBase, gone: &[Arc<ThreadBase>]);
}

/// All 4094 domains are in use.
#[derive(Debug)]
pub(crate) struct NoDomainLeft;

macro_rules! by_mode {
    ($mode:expr, $function:ident($($argument:expr),*)) => {
        match $mode {
            LockMode::ProcessLock => process_lock::ProcessLock::$function($($argument),*),
            LockMode::InterpreterLock => interpreter_lock::InterpreterLock::$function($($argument),*),
            LockMode::NoLock => no_lock::NoLock::$function($($argument),*),
        }
    };
}

pub(crate) fn interpreter_domain(
    runtime: &RuntimeBase,
) -> Result<Option<Arc<Domain>>, NoDomainLeft> {
    by_mode!(runtime.mode(), interpreter_domain(runtime))
}

pub(crate) fn thread_domain(
    runtime: &RuntimeBase,
    of_interpreter: Option<&Arc<Domain>>,
) -> Result<Arc<Domain>, NoDomainLeft> {
    by_mode!(runtime.mode(), thread_domain(runtime, of_interpreter))
}

pub(crate) fn start_thread(thread: &Arc<ThreadBase>, world_stopped: bool) {
    by_mode!(thread.runtime().mode(), start_thread(thread, world_stopped));
}

#[inline]
pub(crate) fn attach(thread: &ThreadBase) {
    by_mode!(thread.runtime().mode(), attach(thread));
}

#[inline]
pub(crate) fn detach(thread: &ThreadBase) {
    by_mode!(thread.runtime().mode(), detach(thread));
}

pub(crate) fn hand_over(thread: &ThreadBase) {
    by_mode!(thread.runtime().mode(), hand_over(thread));
}

pub(crate) fn end_thread(thread: &ThreadBase) -> Option<Arc<ThreadBase>> {
    by_mode!(thread.runtime().mode(), end_thread(thread))
}

pub(crate) fn end_interpreter(runtime: &RuntimeBase, domain: Option<&Arc<Domain>>) {
    by_mode!(runtime.mode(), end_interpreter(runtime, domain));
}

pub(crate) fn try_borrow(thread: &ThreadBase, domain: &Domain) -> bool {
    by_mode!(thread.runtime().mode(), try_borrow(thread, domain))
}

pub(crate) fn end_borrow(thread: &ThreadBase, domain: &Domain) {
    by_mode!(thread.runtime().mode(), end_borrow(thread, domain));
}

pub(crate) fn notify(runtime: &RuntimeBase, domain: &Domain, bits: u32) -> bool {
    by_mode!(runtime.mode(), notify(runtime, domain, bits))
}

pub(crate) fn stop_others(thread: &ThreadBase) {
    by_mode!(thread.runtime().mode(), stop_others(thread));
}

pub(crate) fn resume_others(thread: &ThreadBase) {
    by_mode!(thread.runtime().mode(), resume_others(thread));
}

pub(crate) fn repair_after_fork(thread: &ThreadBase, gone: &[Arc<ThreadBase>]) {
    by_mode!(thread.runtime().mode(), repair_after_fork(thread, gone));
}
