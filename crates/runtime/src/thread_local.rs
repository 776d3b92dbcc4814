//! The current domain and the current thread.
//!
//! The domain id is read on every reference-count operation ("is this object mine?"), so it is a plain cell, initialised at compile
//! time, without a destructor: reading it is one load relative to the thread pointer, with no check that it was initialised.
//! Attach sets both, detach clears both, nothing else writes them, except that a thread which borrows a domain wears its id meanwhile.

use crate::thread::ThreadBase;
use std::cell::Cell;

#[cfg(not(feature = "model"))]
thread_local! {
    static CURRENT_DOMAIN: Cell<u32> = const { Cell::new(0) };
    static CURRENT_THREAD: Cell<*const ThreadBase> = const { Cell::new(std::ptr::null()) };
    static OBJECTS_ARE_SHARED: Cell<bool> = const { Cell::new(true) };
}

#[cfg(feature = "model")]
shuttle::thread_local! {
    static CURRENT_DOMAIN: Cell<u32> = Cell::new(0);
    static CURRENT_THREAD: Cell<*const ThreadBase> = Cell::new(std::ptr::null());
    static OBJECTS_ARE_SHARED: Cell<bool> = Cell::new(true);
}

/// The domain whose objects this thread may count without atomics; 0 while it is detached.
#[inline(always)]
#[must_use]
pub fn current_domain() -> u32 {
    CURRENT_DOMAIN.with(Cell::get)
}

/// Sets the current domain and returns the previous one. Attach and detach do it; others only to test the counting itself.
#[inline(always)]
pub fn set_current_domain(id: u32) -> u32 {
    CURRENT_DOMAIN.with(|d| d.replace(id))
}

/// The entry of the thread that is attached here, or null.
#[inline(always)]
#[must_use]
pub fn current_thread() -> *const ThreadBase {
    CURRENT_THREAD.with(Cell::get)
}

/// Whether objects that can change are seen by several threads at once in the mode of the thread that was attached here last; true
/// before the first attach. What [`ObjectLock::hold`](crate::ObjectLock::hold) asks.
#[inline(always)]
#[must_use]
pub fn objects_are_shared() -> bool {
    OBJECTS_ARE_SHARED.with(Cell::get)
}

#[inline]
pub(crate) fn set_objects_are_shared(shared: bool) {
    OBJECTS_ARE_SHARED.with(|s| s.set(shared));
}

/// Gives the attached thread's entry to `f`, `None` when this OS thread is detached.
#[inline]
pub fn with_current_thread<R>(f: impl FnOnce(Option<&ThreadBase>) -> R) -> R {
    let ptr = current_thread();
    // SAFETY: the pointer is set by attach from a live `&ThreadBase` and cleared by detach; the registry keeps the entry alive until
    // its thread has ended, and `f` runs on this very thread, so it cannot end meanwhile.
    f(unsafe { ptr.as_ref() })
}

#[inline]
pub(crate) fn set_current_thread(thread: *const ThreadBase) {
    CURRENT_THREAD.with(|t| t.set(thread));
}
