//! A 32-bit word that threads can sleep on: the kernel's futex on Linux, a mutex and condition variable elsewhere and in the model.
//!
//! The promise is the kernel's: `wait(expected)` sleeps only if the word still holds `expected` at a moment that is ordered against
//! every `wake`; whoever changes the word and then wakes loses nobody. Waiters carry a class mask, so that a waker can prefer one
//! class over another (the lock wakes threads that gave it up early first). Spurious returns are allowed; callers loop.

#[cfg(any(feature = "model", not(target_os = "linux")))]
#[path = "futex/portable.rs"]
mod imp;
#[cfg(all(not(feature = "model"), target_os = "linux"))]
#[path = "futex/linux.rs"]
mod imp;

pub use imp::Futex;

/// How a [`Futex::wait`] ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Woken, interrupted, or the word had another value already.
    Woken,
    /// The time ran out.
    TimedOut,
}

/// The mask that matches every class of waiter.
pub const ANY_CLASS: u32 = u32::MAX;

impl Futex {
    /// Sleeps while the word is `expected`, until woken or until `timeout` has passed.
    pub fn wait(&self, expected: u32, timeout: Option<std::time::Duration>) -> Wait {
        self.wait_class(expected, timeout, ANY_CLASS)
    }

    /// Wakes one sleeper; returns whether there was one.
    pub fn wake_one(&self) -> bool {
        self.wake_class(1, ANY_CLASS) != 0
    }

    /// Wakes every sleeper.
    pub fn wake_all(&self) {
        self.wake_class(i32::MAX as u32, ANY_CLASS);
    }
}

impl std::ops::Deref for Futex {
    type Target = super::atomic::AtomicU32;
    #[inline]
    fn deref(&self) -> &Self::Target {
        self.word()
    }
}

impl std::fmt::Debug for Futex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Futex({:#x})",
            self.word().load(super::atomic::Ordering::Relaxed)
        )
    }
}
