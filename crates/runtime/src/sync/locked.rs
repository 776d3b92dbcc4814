//! `Locked<T>`: data behind a one-byte lock, for native modules and for this crate's own lists.
//!
//! The rule: no guard is held across a safepoint, an attach or a detach. A thread that is stopped, detached or waits for the lock of
//! the interpreter while it holds a guard would stop everybody who wants the guard, with no way to make it go on. Debug builds count
//! the guards of each thread and assert at those places; release builds pay nothing for it.

use super::object_lock::ObjectLock;
use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

#[cfg(all(debug_assertions, not(feature = "model")))]
thread_local! {
    static GUARDS: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

#[cfg(all(debug_assertions, feature = "model"))]
shuttle::thread_local! {
    static GUARDS: std::cell::Cell<u32> = std::cell::Cell::new(0);
}

/// How many guards this thread holds. Always 0 in release builds.
#[inline]
#[must_use]
pub fn guards_held() -> u32 {
    #[cfg(debug_assertions)]
    {
        GUARDS.with(std::cell::Cell::get)
    }
    #[cfg(not(debug_assertions))]
    {
        0
    }
}

#[inline]
pub(crate) fn count_guard() {
    #[cfg(debug_assertions)]
    GUARDS.with(|g| g.set(g.get() + 1));
}

#[inline]
pub(crate) fn uncount_guard() {
    #[cfg(debug_assertions)]
    GUARDS.with(|g| {
        debug_assert!(
            g.get() > 0,
            "a lock was released that this thread did not count"
        );
        g.set(g.get().saturating_sub(1));
    });
}

/// Asserts (debug builds) that this thread may pause here.
#[inline]
#[track_caller]
pub(crate) fn assert_may_pause(what: &str) {
    debug_assert!(guards_held() == 0, "{what} while a lock guard is held");
    let _ = what;
}

/// While it lives, a safepoint, attach or detach on this thread is a debug assertion: for code that must not be interrupted.
#[derive(Debug)]
pub struct NoSafepoint {
    not_send: PhantomData<*const ()>,
}

impl NoSafepoint {
    /// Begins a stretch without pauses.
    #[inline]
    #[must_use]
    pub fn begin() -> Self {
        count_guard();
        Self {
            not_send: PhantomData,
        }
    }
}

impl Drop for NoSafepoint {
    #[inline]
    fn drop(&mut self) {
        uncount_guard();
    }
}

/// Data behind a one-byte lock.
#[derive(Debug, Default)]
pub struct Locked<T: ?Sized> {
    lock: ObjectLock,
    data: UnsafeCell<T>,
}

// SAFETY: the data goes to another thread with the value.
unsafe impl<T: ?Sized + Send> Send for Locked<T> {}
// SAFETY: `&Locked<T>` gives `&mut T` to one thread at a time (the lock), so `T: Send` is enough, as with `std::sync::Mutex`.
unsafe impl<T: ?Sized + Send> Sync for Locked<T> {}

impl<T> Locked<T> {
    /// `data` behind an unlocked lock.
    #[must_use]
    pub const fn new(data: T) -> Self {
        Self {
            lock: ObjectLock::new(),
            data: UnsafeCell::new(data),
        }
    }

    /// The data, without the lock.
    pub fn into_inner(self) -> T {
        self.data.into_inner()
    }
}

impl<T: ?Sized> Locked<T> {
    /// Takes the lock; spins briefly, then sleeps. Not reentrant.
    #[inline]
    pub fn lock(&self) -> LockedGuard<'_, T> {
        self.lock.lock();
        LockedGuard {
            locked: self,
            not_send: PhantomData,
        }
    }

    /// Takes the lock if it is free.
    #[inline]
    pub fn try_lock(&self) -> Option<LockedGuard<'_, T>> {
        self.lock.try_lock().then(|| LockedGuard {
            locked: self,
            not_send: PhantomData,
        })
    }

    /// The data, when nobody else can see it.
    pub fn get_mut(&mut self) -> &mut T {
        self.data.get_mut()
    }

    /// Marks the lock free: after a fork, in the child.
    ///
    /// # Safety
    /// No thread of this process holds a guard, or the data was not being changed when the process forked.
    pub unsafe fn reset_after_fork(&self) {
        self.lock.reset_after_fork();
    }
}

/// The right to the data; released on drop.
#[derive(Debug)]
pub struct LockedGuard<'a, T: ?Sized> {
    locked: &'a Locked<T>,
    // The per-thread count of guards must come down on the thread where it went up.
    not_send: PhantomData<*const ()>,
}

impl<T: ?Sized> Deref for LockedGuard<'_, T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the guard proves that this thread holds the lock, and hands out no longer borrow than itself.
        unsafe { &*self.locked.data.get() }
    }
}

impl<T: ?Sized> DerefMut for LockedGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`; `&mut self` makes the borrow the only one.
        unsafe { &mut *self.locked.data.get() }
    }
}

impl<T: ?Sized> Drop for LockedGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.locked.lock.unlock();
    }
}
