//! Attach and detach: entering and leaving Python.
//!
//! A thread is attached while it may touch Python objects, detached around everything that can block. Attaching can wait: for the lock,
//! for a borrower of the domain, for a stopped world to go on; and it can fail for ever, when the interpreter ends. Detaching never
//! waits. The thread-locals are set after the mode has let the thread in and cleared before it lets go, so that "my domain" is never
//! wrong while anybody else can be in it.

use crate::finalize::{self, Finalizing};
use crate::lock_mode;
use crate::safepoint::bits;
use crate::sync::assert_may_pause;
use crate::sync::atomic::Ordering;
use crate::thread::ThreadBase;
use crate::thread_local::{
    current_thread, set_current_domain, set_current_thread, set_objects_are_shared,
};

impl ThreadBase {
    /// Waits until this thread may run Python. If the interpreter is ending and this is not the thread that ends it, the call never
    /// returns: the OS thread sleeps until the process exits.
    #[inline]
    pub fn attach(&self) {
        if self.try_attach().is_err() {
            finalize::hang();
        }
    }

    /// As [`attach`](Self::attach), but returns when the interpreter is ending.
    ///
    /// # Errors
    /// `Finalizing`: this thread will never run Python again; it is detached.
    #[inline]
    pub fn try_attach(&self) -> Result<(), Finalizing> {
        assert_may_pause("an attach");
        debug_assert!(
            current_thread().is_null(),
            "attach on an OS thread that is attached already"
        );
        lock_mode::attach(self);
        finish_attach(self)
    }

    /// Lets others run. The thread must be attached, and must not touch an object until it is again.
    #[inline]
    pub fn detach(&self) {
        assert_may_pause("a detach");
        debug_assert!(
            self.is_current(),
            "detach of a thread that is not attached here"
        );
        clear_current();
        lock_mode::detach(self);
        if self.pending.load(Ordering::SeqCst) & bits::MERGE != 0 {
            self.leave_merge_work();
        }
    }

    /// Somebody pushed work for this thread's domain while it was attached, and it has left without doing it: it may sleep for an hour
    /// now, and finalizers must not wait so long.
    #[cold]
    fn leave_merge_work(&self) {
        if self.domain.queue().is_nonempty() {
            self.runtime().announce_idle_work(self.slot);
        }
    }
}

/// Runs `f` detached: for everything that can block, and for native work worth more than an attach. Attaches again in every case, also
/// when `f` panics.
#[inline]
pub fn detached<R>(thread: &ThreadBase, f: impl FnOnce() -> R) -> R {
    struct Reattach<'a>(&'a ThreadBase);
    impl Drop for Reattach<'_> {
        fn drop(&mut self) {
            self.0.attach();
        }
    }
    thread.detach();
    let _reattach = Reattach(thread);
    f()
}

/// As [`detached`], but gives the result back also when the interpreter ended meanwhile; the thread is detached then. For hosts that
/// can unwind their own threads. If `f` panics in that case the panic goes on without an attach.
///
/// # Errors
/// `Finalizing` and the result of `f`: the thread must not touch an object again.
pub fn try_detached<R>(thread: &ThreadBase, f: impl FnOnce() -> R) -> Result<R, (Finalizing, R)> {
    struct Reattach<'a>(&'a ThreadBase);
    impl Drop for Reattach<'_> {
        fn drop(&mut self) {
            let _ending = self.0.try_attach();
        }
    }
    thread.detach();
    let reattach = Reattach(thread);
    let result = f();
    std::mem::forget(reattach);
    match thread.try_attach() {
        Ok(()) => Ok(result),
        Err(ending) => Err((ending, result)),
    }
}

#[inline]
pub(crate) fn clear_current() {
    set_current_thread(std::ptr::null());
    set_current_domain(0);
}

/// The mode has let the thread in: deals with what forbids it to stay, then sets the thread-locals.
#[inline]
pub(crate) fn finish_attach(thread: &ThreadBase) -> Result<(), Finalizing> {
    if thread.pending.load(Ordering::SeqCst) & (bits::STOP_WORLD | bits::FINALIZING) != 0 {
        finish_attach_slow(thread)?;
    }
    set_current_domain(thread.domain.id().raw());
    set_objects_are_shared(thread.runtime().shares_mutable_objects());
    set_current_thread(thread);
    Ok(())
}

#[cold]
fn finish_attach_slow(thread: &ThreadBase) -> Result<(), Finalizing> {
    loop {
        let pending = thread.pending.load(Ordering::SeqCst);
        if pending & bits::FINALIZING != 0 {
            lock_mode::detach(thread);
            return Err(Finalizing);
        }
        if pending & bits::STOP_WORLD == 0 {
            return Ok(());
        }
        // A stopper found this thread attached, before it left for a moment: do not slip through, or a thread that comes and goes
        // could keep it waiting.
        lock_mode::detach(thread);
        thread.runtime().world.wait_resumed(thread.slot);
        lock_mode::attach(thread);
    }
}

/// An attached thread stands still until the world goes on.
pub(crate) fn pause_for_world(thread: &ThreadBase) -> Result<(), Finalizing> {
    thread.detach();
    thread.runtime().world.wait_resumed(thread.slot);
    thread.try_attach()
}
