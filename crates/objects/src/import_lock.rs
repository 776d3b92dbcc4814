//! The import lock of an interpreter: importlib holds it while it looks up or makes the lock of a module, and around finders.
//!
//! It is not held while a module runs: that is what the locks of the modules are for, and those see deadlocks. A fork happens with
//! it held by the thread that forks, so the child never inherits it half way.

use crate::thread::Attached;

/// Takes the lock; detached while another thread has it.
pub fn acquire(t: Attached<'_>) {
    let lock = &t.interpreter().import_lock;
    let me = t.base.ident();
    if !lock.try_acquire(me) {
        t.detached(|| lock.wait_acquire(me));
    }
}

/// Gives the lock back; false if this thread has it not.
pub fn release(t: Attached<'_>) -> bool {
    t.interpreter().import_lock.release(t.base.ident())
}

/// Whether any thread holds the lock.
pub fn is_held(t: Attached<'_>) -> bool {
    t.interpreter().import_lock.is_held()
}
