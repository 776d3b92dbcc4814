//! The facade over atomics and parking, and the small primitives built on it.
//!
//! Everything in this crate that two threads touch goes through this module, so that one feature (`model`) swaps the lot for
//! shuttle's scheduler-controlled twins and the protocols are explored interleaving by interleaving. Shuttle explores sequentially
//! consistent executions; the weaker orderings used here are argued where they stand.
//!
//! Primitives: [`Futex`] (a word one can sleep on), [`ObjectLock`] (one byte), [`Locked`] (one byte + data), [`Event`] (set once),
//! [`Parker`] (a token for one sleeper), [`RecursiveLock`] (its holder may take it again).

mod event;
mod futex;
mod locked;
mod object_lock;
mod parker;
mod parking_lot;
mod recursive_lock;

pub use event::Event;
pub use futex::{Futex, Wait};
pub(crate) use locked::assert_may_pause;
pub use locked::{Locked, LockedGuard, NoSafepoint, guards_held};
pub use object_lock::{Held, ObjectLock};
pub use parker::Parker;
pub use recursive_lock::RecursiveLock;

/// Atomics: the standard library's, or shuttle's under `model`.
pub mod atomic {
    #[cfg(not(feature = "model"))]
    pub use std::sync::atomic::{
        AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
    };

    #[cfg(feature = "model")]
    pub use shuttle::sync::atomic::{
        AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
    };
}

/// One turn of a spin loop. Under `model` it gives the other threads a turn, else spinning would never end there.
#[inline]
pub fn spin_hint() {
    #[cfg(not(feature = "model"))]
    std::hint::spin_loop();
    #[cfg(feature = "model")]
    shuttle::hint::spin_loop();
}

/// Gives the processor to another thread.
#[inline]
pub fn yield_now() {
    #[cfg(not(feature = "model"))]
    std::thread::yield_now();
    #[cfg(feature = "model")]
    shuttle::thread::yield_now();
}

/// A moment after which a waiter stops being patient.
///
/// Under `model` there is no clock: whether the moment has come is a random choice of the scheduler, so both answers are explored.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    #[cfg(not(feature = "model"))]
    at: std::time::Instant,
}

impl Deadline {
    /// The moment `after` from now.
    #[must_use]
    pub fn after(after: std::time::Duration) -> Self {
        #[cfg(not(feature = "model"))]
        {
            let now = std::time::Instant::now();
            // A duration that the clock cannot represent means "never"; a year is as good.
            let at = now
                .checked_add(after)
                .unwrap_or_else(|| now + std::time::Duration::from_secs(365 * 24 * 3600));
            Self { at }
        }
        #[cfg(feature = "model")]
        {
            let _ = after;
            Self {}
        }
    }

    /// Time left, `None` when the moment has passed.
    #[must_use]
    pub fn remaining(&self) -> Option<std::time::Duration> {
        #[cfg(not(feature = "model"))]
        {
            let left = self.at.saturating_duration_since(std::time::Instant::now());
            (!left.is_zero()).then_some(left)
        }
        #[cfg(feature = "model")]
        {
            use shuttle::rand::Rng;
            shuttle::rand::thread_rng()
                .gen_bool(0.5)
                .then_some(std::time::Duration::from_millis(1))
        }
    }
}

/// Microseconds of a monotonic clock since an arbitrary start; 0 under `model`.
#[must_use]
pub fn monotonic_us() -> u64 {
    #[cfg(all(not(feature = "model"), unix))]
    {
        let mut ts = libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        // SAFETY: `ts` is a valid, writable timespec for the length of the call.
        unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut ts) };
        (ts.tv_sec as u64)
            .wrapping_mul(1_000_000)
            .wrapping_add(ts.tv_nsec as u64 / 1000)
    }
    #[cfg(any(feature = "model", not(unix)))]
    {
        0
    }
}

#[cfg(all(test, not(feature = "model")))]
mod tests;
