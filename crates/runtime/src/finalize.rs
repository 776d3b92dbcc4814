//! The end of an interpreter: daemon threads never run Python again.
//!
//! The thread that ends an interpreter marks it and sets `FINALIZING` for every other thread of it. Such a thread notices at its next
//! safepoint or attach. It cannot be unwound (its frames and locks belong to Python code that must not run any more) and it must not
//! end by itself (thread-local destructors of the host could run Python), so it sleeps, detached, until the process exits. It holds no
//! `Locked` guard then, by the rule that no guard is held across a pause, so nobody waits for it. Hosts that own their threads use
//! the `try_` forms and get [`Finalizing`] instead.

use crate::lock_mode;
use crate::runtime::{InterpreterBase, RuntimeBase};
use crate::safepoint::bits;
use crate::sync::atomic::Ordering;
use crate::thread::ThreadBase;

/// This thread will never run Python again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finalizing;

impl std::fmt::Display for Finalizing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the interpreter is ending")
    }
}

impl std::error::Error for Finalizing {}

impl InterpreterBase {
    /// Begins the end: from now on only `thread`, which is attached, runs Python in this interpreter. Returns false when another
    /// thread did so before.
    pub fn begin_finalizing(&self, thread: &ThreadBase) -> bool {
        let runtime = thread.runtime();
        // Under the registry lock, so that a thread is either started before (and marked here) or refused.
        let slots = runtime.registry.lock();
        if self
            .finalizer
            .compare_exchange(0, thread.slot, Ordering::SeqCst, Ordering::SeqCst)
            .is_err()
        {
            return false;
        }
        for other in slots.iter() {
            if other.slot != thread.slot && other.interpreter().id() == self.id() {
                other.request(bits::FINALIZING);
            }
        }
        true
    }

    /// Whether the interpreter is ending.
    #[inline]
    #[must_use]
    pub fn is_finalizing(&self) -> bool {
        self.finalizer.load(Ordering::Acquire) != 0
    }

    /// The interpreter is gone: gives its domain back. All its threads have ended or sleep for ever.
    pub fn end(&self, runtime: &RuntimeBase) {
        let mut list = runtime.interpreters.lock();
        let before = list.len();
        list.retain(|i| i.id() != self.id());
        let listed = list.len() != before;
        drop(list);
        if listed {
            lock_mode::end_interpreter(runtime, self.domain());
        }
    }
}

/// Sleeps until the process exits. The thread is detached and holds nothing.
pub(crate) fn hang() -> ! {
    loop {
        #[cfg(not(feature = "model"))]
        std::thread::park();
        #[cfg(feature = "model")]
        shuttle::thread::park();
    }
}
