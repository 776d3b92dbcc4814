//! `ThreadBase`: one entry per OS thread and interpreter.
//!
//! Created detached (usually by the thread that starts the new one, so that a failure is reported there), bound to its OS thread by
//! [`ThreadBase::bind`], then attached and detached any number of times, then ended. Crates above keep their own data beside it.
//!
//! States: *detached* (runs no Python, counts as stopped), *attached* (runs Python), *suspended* (detached, and must not attach because
//! the world is stopped). With a lock, attached means holding the domain's lock. Without one, the owner word of the domain says it.

use crate::domain::Domain;
use crate::qsbr::Limbo;
use crate::runtime::{InterpreterBase, RuntimeBase};
use crate::sync::Locked;
use crate::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, Ordering};
use std::sync::Arc;

/// What a thread is doing, as others see it. May be stale when read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThreadState {
    /// Runs Python.
    Attached,
    /// Runs no Python.
    Detached,
    /// Runs no Python and must not attach: the world is stopped.
    Suspended,
}

/// Why no thread could be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartError {
    /// All 4094 domains are in use.
    TooManyDomains,
    /// The interpreter is ending.
    Finalizing,
}

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            StartError::TooManyDomains => "too many threads: all ownership domains are in use",
            StartError::Finalizing => "can't create new thread at interpreter shutdown",
        })
    }
}

impl std::error::Error for StartError {}

/// One OS thread in one interpreter.
#[repr(C)]
pub struct ThreadBase {
    /// The safepoint word, first so that machine code reaches it at offset 0. Guarded by: nothing. Ordering: see `safepoint.rs`.
    pub(crate) pending: AtomicU32,
    /// Index in the registry, from 1; what the lock's word holds while this thread has it.
    pub(crate) slot: u32,
    pub(crate) domain: Arc<Domain>,
    /// Last sequence number that this thread confirmed at a quiescent point. Guarded by: written by this thread. Ordering: release.
    pub(crate) quiescent: AtomicU64,
    /// Whether the last release of the lock was this thread's own wish. Guarded by: this thread. Ordering: relaxed.
    pub(crate) gave_up_early: AtomicBool,
    /// Whether a request for the lock was open when this thread released it by itself: then 1 + the lock's switch count of that
    /// moment, else 0. Guarded by: this thread. Ordering: relaxed.
    pub(crate) owed_turn: AtomicU64,
    /// Memory that this thread retired. Guarded by: itself; contended only when the world is stopped or the thread ends.
    pub(crate) limbo: Locked<Limbo>,
    runtime: Arc<RuntimeBase>,
    interpreter: Arc<InterpreterBase>,
    daemon: AtomicBool,
    ended: AtomicBool,
    ident: AtomicU64,
    native_id: AtomicU64,
    name: Locked<String>,
    /// Data of the crate above. Ordering: release / acquire.
    upper: AtomicPtr<()>,
}

const _: () = assert!(std::mem::offset_of!(ThreadBase, pending) == 0);

impl ThreadBase {
    pub(crate) fn new(
        slot: u32,
        domain: Arc<Domain>,
        runtime: Arc<RuntimeBase>,
        interpreter: Arc<InterpreterBase>,
    ) -> Self {
        Self {
            pending: AtomicU32::new(0),
            slot,
            domain,
            quiescent: AtomicU64::new(0),
            gave_up_early: AtomicBool::new(false),
            owed_turn: AtomicU64::new(0),
            limbo: Locked::new(Limbo::new()),
            runtime,
            interpreter,
            daemon: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            ident: AtomicU64::new(0),
            native_id: AtomicU64::new(0),
            name: Locked::new(String::new()),
            upper: AtomicPtr::new(std::ptr::null_mut()),
        }
    }

    /// The domain in which this thread runs.
    #[inline]
    #[must_use]
    pub fn domain(&self) -> &Arc<Domain> {
        &self.domain
    }

    /// The runtime.
    #[inline]
    #[must_use]
    pub fn runtime(&self) -> &Arc<RuntimeBase> {
        &self.runtime
    }

    /// The interpreter.
    #[inline]
    #[must_use]
    pub fn interpreter(&self) -> &Arc<InterpreterBase> {
        &self.interpreter
    }

    /// Index in the registry, from 1. Reused after the thread has ended.
    #[inline]
    #[must_use]
    pub fn slot(&self) -> u32 {
        self.slot
    }

    /// Ties the entry to the OS thread that calls, which will attach it: records `threading.get_ident()` and the kernel's thread id.
    pub fn bind(&self) {
        let (ident, native) = os_ids();
        self.ident.store(ident, Ordering::Release);
        self.native_id.store(native, Ordering::Release);
    }

    /// What Python's `threading.get_ident()` returns; 0 before `bind`.
    #[must_use]
    pub fn ident(&self) -> u64 {
        self.ident.load(Ordering::Acquire)
    }

    /// The kernel's id of the thread; 0 before `bind` or where there is none.
    #[must_use]
    pub fn native_id(&self) -> u64 {
        self.native_id.load(Ordering::Acquire)
    }

    /// The name, for people.
    #[must_use]
    pub fn name(&self) -> String {
        self.name.lock().clone()
    }

    /// Sets the name.
    pub fn set_name(&self, name: &str) {
        let name = name.to_owned();
        *self.name.lock() = name;
    }

    /// Whether interpreter exit does not wait for this thread.
    #[must_use]
    pub fn is_daemon(&self) -> bool {
        self.daemon.load(Ordering::Relaxed)
    }

    /// Says whether interpreter exit waits for this thread.
    pub fn set_daemon(&self, daemon: bool) {
        self.daemon.store(daemon, Ordering::Relaxed);
    }

    /// The pointer that the crate above keeps here; null at first.
    #[inline]
    #[must_use]
    pub fn upper(&self) -> *mut () {
        self.upper.load(Ordering::Acquire)
    }

    /// Sets the pointer of the crate above.
    pub fn set_upper(&self, upper: *mut ()) {
        self.upper.store(upper, Ordering::Release);
    }

    /// Whether the calling OS thread is attached by this entry.
    #[inline]
    #[must_use]
    pub fn is_current(&self) -> bool {
        std::ptr::eq(crate::current_thread(), self)
    }

    /// What the thread is doing. May be stale unless the world is stopped.
    #[must_use]
    pub fn state_racy(&self) -> ThreadState {
        match self.domain.gil() {
            Some(gil) if gil.holder_racy() == self.slot => ThreadState::Attached,
            Some(_) => ThreadState::Detached,
            None => match self.domain.owner_racy() {
                "attached" => ThreadState::Attached,
                "suspended" => ThreadState::Suspended,
                _ => ThreadState::Detached,
            },
        }
    }

    /// Ends the entry: leaves Python for good, abandons a domain of its own, and leaves the registry. The OS thread may be attached
    /// or detached; if the interpreter is ending and will not let the thread in again, the entry stays as it is, parked for ever.
    pub fn end(&self) {
        if !self.is_current() && self.try_attach().is_err() {
            return;
        }
        if self.ended.swap(true, Ordering::AcqRel) {
            return;
        }
        self.runtime.qsbr.end_thread(self);
        crate::attach::clear_current();
        // The caller holds its own reference, so this is not the last one.
        drop(crate::lock_mode::end_thread(self));
        if self.domain.queue().is_nonempty() {
            self.runtime.announce_idle_work(self.slot);
        }
    }
}

impl std::fmt::Debug for ThreadBase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ThreadBase")
            .field("slot", &self.slot)
            .field("domain", &self.domain.id().raw())
            .field("ident", &self.ident.load(Ordering::Relaxed))
            .field("pending", &self.pending.load(Ordering::Relaxed))
            .field("state", &self.state_racy())
            .finish_non_exhaustive()
    }
}

/// `(pthread_self, gettid)` of the calling thread.
fn os_ids() -> (u64, u64) {
    #[cfg(unix)]
    // SAFETY: pthread_self has no preconditions.
    let ident = unsafe { libc::pthread_self() } as u64;
    #[cfg(not(unix))]
    let ident = {
        thread_local!(static MARK: u8 = const { 0 });
        MARK.with(|m| std::ptr::from_ref(m).addr() as u64)
    };
    #[cfg(target_os = "linux")]
    // SAFETY: gettid has no preconditions.
    let native = unsafe { libc::syscall(libc::SYS_gettid) } as u64;
    #[cfg(not(target_os = "linux"))]
    let native = ident;
    (ident, native)
}
