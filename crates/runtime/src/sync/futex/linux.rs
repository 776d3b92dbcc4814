//! Futex by system call. Private futexes only: no word of this crate lives in memory shared between processes.

use crate::sync::Wait;
use crate::sync::atomic::AtomicU32;
use std::time::Duration;

/// A word that threads can sleep on.
#[repr(transparent)]
pub struct Futex {
    word: AtomicU32,
}

impl Futex {
    /// A word with the value `value`.
    #[must_use]
    pub const fn new(value: u32) -> Self {
        Self {
            word: AtomicU32::new(value),
        }
    }

    #[inline]
    pub(super) fn word(&self) -> &AtomicU32 {
        &self.word
    }

    /// As `wait`, for a sleeper of the classes in `mask` (not 0).
    pub fn wait_class(&self, expected: u32, timeout: Option<Duration>, mask: u32) -> Wait {
        // FUTEX_WAIT_BITSET takes an absolute time on the monotonic clock, so an interrupted wait can be repeated unchanged.
        let deadline = timeout.and_then(absolute);
        let deadline_ptr = deadline
            .as_ref()
            .map_or(std::ptr::null(), std::ptr::from_ref);
        // SAFETY: the word outlives the call (borrowed), the timespec is null or lives on this stack frame; the kernel only reads both.
        let rc = unsafe {
            libc::syscall(
                libc::SYS_futex,
                self.word.as_ptr(),
                libc::FUTEX_WAIT_BITSET | libc::FUTEX_PRIVATE_FLAG,
                expected,
                deadline_ptr,
                std::ptr::null::<u32>(),
                mask,
            )
        };
        if rc < 0 && std::io::Error::last_os_error().raw_os_error() == Some(libc::ETIMEDOUT) {
            return Wait::TimedOut;
        }
        Wait::Woken
    }

    /// Wakes at most `count` sleepers whose class is in `mask`; returns how many.
    pub fn wake_class(&self, count: u32, mask: u32) -> u32 {
        // SAFETY: the kernel uses the address as a key only and the word is borrowed for the call.
        let rc = unsafe {
            libc::syscall(
                libc::SYS_futex,
                self.word.as_ptr(),
                libc::FUTEX_WAKE_BITSET | libc::FUTEX_PRIVATE_FLAG,
                count,
                std::ptr::null::<libc::timespec>(),
                std::ptr::null::<u32>(),
                mask,
            )
        };
        u32::try_from(rc).unwrap_or(0)
    }
}

/// Now plus `timeout` on the monotonic clock; `None` (sleep without limit) when that is beyond what the clock can say.
fn absolute(timeout: Duration) -> Option<libc::timespec> {
    let mut now = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `now` is a valid, writable timespec for the length of the call.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    let mut sec = now
        .tv_sec
        .checked_add(libc::time_t::try_from(timeout.as_secs()).ok()?)?;
    let mut nsec = now.tv_nsec + libc::c_long::from(timeout.subsec_nanos() as i32);
    if nsec >= 1_000_000_000 {
        nsec -= 1_000_000_000;
        sec = sec.checked_add(1)?;
    }
    Some(libc::timespec {
        tv_sec: sec,
        tv_nsec: nsec,
    })
}
