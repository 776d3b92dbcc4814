//! The lock under `_thread.lock`: one word to sleep on, taken without a system call when it is free.
//!
//! Word: 0 free, 1 held, 2 held and somebody may sleep. A sleeper that is interrupted by a signal goes
//! back to Python for a moment, so that handlers run while a program waits for a lock.

use std::sync::atomic::Ordering::*;
use std::time::Duration;

use orochi_objects::{Attached, PyResult, Value};
use orochi_runtime::sync::{Deadline, Futex, Wait};

use crate::seconds::{self, Rounding};

/// Longest wait that can be asked for, in nanoseconds.
pub const TIMEOUT_MAX: i64 = i64::MAX;

/// Looks at a held lock before sleeping, each after twice the wait of the one before, and pauses before the first:
/// some microseconds in all, the price of a sleep and a wake.
const LOOKS: u32 = 5;
const FIRST_WAIT: u32 = 8;

/// A lock that any thread may release.
pub struct RawLock(Futex);

/// How long to wait for something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Patience {
    /// Not at all.
    None,
    /// So long.
    For(Duration),
    /// For ever.
    Endless,
}

enum Outcome {
    Done,
    TimedOut,
    Interrupted,
}

impl Default for RawLock {
    fn default() -> RawLock {
        RawLock(Futex::new(0))
    }
}

impl RawLock {
    /// Takes the lock if it is free.
    #[inline]
    pub fn try_acquire(&self) -> bool {
        self.0.compare_exchange(0, 1, Acquire, Relaxed).is_ok()
    }
    /// Whether somebody holds the lock.
    pub fn is_held(&self) -> bool {
        self.0.load(Relaxed) != 0
    }
    /// Gives the lock back; `false` if nobody held it.
    #[inline]
    pub fn release(&self) -> bool {
        match self.0.swap(0, Release) {
            0 => false,
            1 => true,
            _ => {
                self.0.wake_one();
                true
            }
        }
    }
    /// Frees the lock whatever its state: in a fork's child, where the holder may be gone.
    pub fn reset(&self) {
        self.0.store(0, Release);
    }
    /// Takes the lock; `false` when the time is over. Raises what signal handlers raise.
    pub fn acquire(&self, t: Attached<'_>, patience: Patience) -> PyResult<bool> {
        if self.try_acquire() {
            return Ok(true);
        }
        let deadline = match patience {
            Patience::None => return Ok(false),
            Patience::For(time) => Some(Deadline::after(time)),
            Patience::Endless => None,
        };
        // Where the holder runs at the same time it is often done before a sleep would have begun.
        if !t.single_domain() {
            for look in 0..LOOKS {
                for _ in 0..FIRST_WAIT << look {
                    std::hint::spin_loop();
                }
                if !self.is_held() && self.try_acquire() {
                    return Ok(true);
                }
            }
        }
        loop {
            match t.detached(|| self.sleep(deadline)) {
                Outcome::Done => return Ok(true),
                Outcome::TimedOut => return Ok(false),
                Outcome::Interrupted => t.safepoint()?,
            }
        }
    }
    fn sleep(&self, deadline: Option<Deadline>) -> Outcome {
        loop {
            if self.0.swap(2, Acquire) == 0 {
                return Outcome::Done;
            }
            let left = match deadline.map(|d| d.remaining()) {
                Some(None) => return Outcome::TimedOut,
                Some(Some(left)) => Some(left),
                None => None,
            };
            self.0.wait(2, left);
            if orochi_host::signal::any_pending() {
                // The word stays "somebody may sleep": at worst one wake too many.
                if self.0.swap(2, Acquire) == 0 {
                    return Outcome::Done;
                }
                return Outcome::Interrupted;
            }
        }
    }
}

/// Something that happens once and that threads wait for.
pub struct Once(Futex);

impl Default for Once {
    fn default() -> Once {
        Once(Futex::new(0))
    }
}

impl Once {
    /// Whether it has happened.
    pub fn is_set(&self) -> bool {
        self.0.load(Acquire) != 0
    }
    /// It has happened.
    pub fn set(&self) {
        self.0.store(1, Release);
        self.0.wake_all();
    }
    /// Waits, without Python: for what happens soon.
    pub fn wait(&self) {
        while !self.is_set() {
            self.0.wait(0, None);
        }
    }
    /// Waits detached; `false` when the time is over. Raises what signal handlers raise.
    pub fn wait_interruptibly(&self, t: Attached<'_>, patience: Patience) -> PyResult<bool> {
        let deadline = match patience {
            _ if self.is_set() => return Ok(true),
            Patience::None => return Ok(false),
            Patience::For(time) => Some(Deadline::after(time)),
            Patience::Endless => None,
        };
        loop {
            let outcome = t.detached(|| {
                loop {
                    if self.is_set() {
                        return Outcome::Done;
                    }
                    let left = match deadline.map(|d| d.remaining()) {
                        Some(None) => return Outcome::TimedOut,
                        Some(Some(left)) => Some(left),
                        None => None,
                    };
                    if self.0.wait(0, left) == Wait::Woken && !self.is_set() {
                        return Outcome::Interrupted;
                    }
                }
            });
            match outcome {
                // A signal that came meanwhile belongs to this wait: what was waited for stays so.
                Outcome::Done => return t.safepoint().map(|()| true),
                Outcome::TimedOut => return Ok(false),
                Outcome::Interrupted => t.safepoint()?,
            }
        }
    }
}

/// The patience that `acquire(blocking, timeout)` asks for.
pub fn patience(t: Attached<'_>, blocking: &Value, timeout: &Value) -> PyResult<Patience> {
    let blocking = crate::arguments::flag(t, blocking, true)?;
    let unset = -orochi_host::clock::NANOS;
    let time = match timeout.given() {
        Some(v) => seconds::nanos(t, v, Rounding::Up)?,
        None => unset,
    };
    if !blocking && time != unset {
        return Err(t.value_error("can't specify a timeout for a non-blocking call"));
    }
    if time < 0 && time != unset {
        return Err(t.value_error("timeout value must be a non-negative number"));
    }
    Ok(match (blocking, u64::try_from(time)) {
        (false, _) => Patience::None,
        (true, Err(_)) => Patience::Endless,
        (true, Ok(0)) => Patience::None,
        (true, Ok(n)) => Patience::For(Duration::from_nanos(n)),
    })
}

/// The patience of a timeout that may be None (for ever) or negative (for ever).
pub fn optional_patience(t: Attached<'_>, timeout: &Value) -> PyResult<Patience> {
    let Some(v) = timeout.given().filter(|v| !v.is_none()) else { return Ok(Patience::Endless) };
    let time = seconds::nanos(t, v, Rounding::Up)?;
    Ok(match u64::try_from(time) {
        Err(_) => Patience::Endless,
        Ok(0) => Patience::None,
        Ok(n) => Patience::For(Duration::from_nanos(n)),
    })
}

