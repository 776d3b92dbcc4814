//! A lock of one byte that lives in an object's body.
//!
//! Bits: 1 = locked, 2 = somebody sleeps. Taking and releasing an uncontended lock is one atomic operation each. A contended taker
//! spins briefly, then sets the second bit and sleeps in the parking lot; the releaser clears both bits and wakes everybody who sleeps
//! there, so a releaser never has to know how many there are.
//!
//! The holder must not reach a safepoint, because a world stop could then wait for a thread that waits for this lock: the debug
//! builds count held locks per thread and assert. What runs Python while it needs an object still goes through a critical section
//! that gives its locks up at safepoints.

use super::atomic::{AtomicU8, Ordering};
use super::{locked, parking_lot, spin_hint};
use crate::thread_local::objects_are_shared;
use std::marker::PhantomData;

const LOCKED: u8 = 1;
const PARKED: u8 = 2;

/// Looks at a lock that is held before sleeping. Between two looks a taker waits longer each time: a holder that
/// writes in a loop then does many writes while the lock's memory stays in its core's cache, instead of handing
/// it to and fro at each of them.
const LOOKS: u32 = if cfg!(feature = "model") { 1 } else { 5 };
/// Pauses before the second look; doubled each time. All together are some microseconds.
const FIRST_WAIT: u32 = if cfg!(feature = "model") { 1 } else { 16 };

/// One byte: a lock without data. All-zero memory is an unlocked lock.
#[repr(transparent)]
#[derive(Debug)]
pub struct ObjectLock {
    byte: AtomicU8,
}

#[cfg(not(feature = "model"))]
const _: () = assert!(size_of::<ObjectLock>() == 1);

impl ObjectLock {
    /// An unlocked lock.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            byte: AtomicU8::new(0),
        }
    }

    /// Takes the lock, spinning briefly and then sleeping while another thread has it. Not reentrant.
    #[inline]
    pub fn lock(&self) {
        if self
            .byte
            .compare_exchange(0, LOCKED, Ordering::Acquire, Ordering::Relaxed)
            .is_err()
        {
            self.lock_slow();
        }
        locked::count_guard();
    }

    /// Takes the lock if it is free; returns whether it was.
    #[inline]
    #[must_use]
    pub fn try_lock(&self) -> bool {
        let taken = self.try_lock_uncounted();
        if taken {
            locked::count_guard();
        }
        taken
    }

    /// Releases the lock, which this thread must hold.
    #[inline]
    pub fn unlock(&self) {
        locked::uncount_guard();
        // SeqCst: the parking lot's ticket is read before a sleeper looks at this byte again.
        let before = self.byte.swap(0, Ordering::SeqCst);
        debug_assert!(
            before & LOCKED != 0,
            "an object lock was released that nobody held"
        );
        if before & PARKED != 0 {
            self.wake();
        }
    }

    /// Takes the lock if this thread's mode shares objects that can change, and does nothing else with a lock, where holding that one
    /// is enough: what a list or dict does around a write. Released on drop. The rule about safepoints holds in every mode.
    #[inline]
    pub fn hold(&self) -> Held<'_> {
        let shared = objects_are_shared();
        if shared {
            self.lock();
        } else {
            locked::count_guard();
        }
        Held {
            lock: shared.then_some(self),
            not_send: PhantomData,
        }
    }

    /// Runs `f` with the lock held; releases it also when `f` panics.
    #[inline]
    pub fn with<R>(&self, f: impl FnOnce() -> R) -> R {
        struct Unlock<'a>(&'a ObjectLock);
        impl Drop for Unlock<'_> {
            fn drop(&mut self) {
                self.0.unlock();
            }
        }
        self.lock();
        let _unlock = Unlock(self);
        f()
    }

    /// Whether somebody holds the lock at this moment. For debug output.
    #[must_use]
    pub fn is_locked_racy(&self) -> bool {
        self.byte.load(Ordering::Relaxed) & LOCKED != 0
    }

    /// Marks the lock free, whoever held it: after a fork, in the child, where the holder does not exist.
    pub fn reset_after_fork(&self) {
        self.byte.store(0, Ordering::SeqCst);
    }

    fn try_lock_uncounted(&self) -> bool {
        let seen = self.byte.load(Ordering::Relaxed);
        seen & LOCKED == 0
            && self
                .byte
                .compare_exchange(seen, seen | LOCKED, Ordering::Acquire, Ordering::Relaxed)
                .is_ok()
    }

    #[cold]
    fn lock_slow(&self) {
        let mut looks = 0;
        loop {
            let seen = self.byte.load(Ordering::Relaxed);
            if seen & LOCKED == 0 {
                if self
                    .byte
                    .compare_exchange(seen, seen | LOCKED, Ordering::Acquire, Ordering::Relaxed)
                    .is_ok()
                {
                    return;
                }
                continue;
            }
            if looks < LOOKS && seen & PARKED == 0 {
                for _ in 0..FIRST_WAIT << looks {
                    spin_hint();
                }
                looks += 1;
                continue;
            }
            if seen & PARKED == 0
                && self
                    .byte
                    .compare_exchange(seen, seen | PARKED, Ordering::SeqCst, Ordering::Relaxed)
                    .is_err()
            {
                continue;
            }
            parking_lot::park(self.address(), || {
                self.byte.load(Ordering::SeqCst) == LOCKED | PARKED
            });
            looks = 0;
        }
    }

    #[cold]
    fn wake(&self) {
        parking_lot::unpark(self.address());
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}

/// The right to change an object, see [`ObjectLock::hold`].
#[derive(Debug)]
#[must_use = "the lock is released on drop"]
pub struct Held<'a> {
    lock: Option<&'a ObjectLock>,
    not_send: PhantomData<*const ()>,
}

impl Drop for Held<'_> {
    #[inline]
    fn drop(&mut self) {
        match self.lock {
            Some(lock) => lock.unlock(),
            None => locked::uncount_guard(),
        }
    }
}

impl Default for ObjectLock {
    fn default() -> Self {
        Self::new()
    }
}
