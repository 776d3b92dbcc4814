//! Clocks, sleeping, and the calendar of the local time zone.

mod calendar;

pub use calendar::{
    BrokenDown, Zone, asctime, gmtime, localtime, mktime, strftime, timegm, tzset, zone,
};

use crate::errno::{Errno, Result, direct, done};
use std::time::Duration;

/// Seconds and nanoseconds; `nsec` counts forward from `sec` also when `sec` is negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timespec {
    pub sec: i64,
    pub nsec: i64,
}

/// Nanoseconds in a second.
pub const NANOS: i64 = 1_000_000_000;

impl Timespec {
    /// No time at all.
    pub const ZERO: Timespec = Timespec { sec: 0, nsec: 0 };

    /// From a count of nanoseconds, rounding toward the past as `nsec` demands.
    pub fn from_nanos(nanos: i64) -> Timespec {
        Timespec { sec: nanos.div_euclid(NANOS), nsec: nanos.rem_euclid(NANOS) }
    }

    /// The count of nanoseconds, exactly.
    pub fn as_nanos(self) -> i128 {
        i128::from(self.sec) * i128::from(NANOS) + i128::from(self.nsec)
    }

    /// The count of nanoseconds, held to the range of `i64` (292 years around the epoch).
    pub fn as_nanos_saturating(self) -> i64 {
        self.sec.saturating_mul(NANOS).saturating_add(self.nsec)
    }

    pub(crate) fn to_c(self) -> libc::timespec {
        libc::timespec { tv_sec: self.sec, tv_nsec: self.nsec }
    }

    pub(crate) fn from_c(c: libc::timespec) -> Timespec {
        Timespec { sec: c.tv_sec, nsec: c.tv_nsec }
    }

    /// From whole microseconds in libc's form.
    pub(crate) fn from_timeval(c: libc::timeval) -> Timespec {
        Timespec { sec: c.tv_sec, nsec: c.tv_usec * 1000 }
    }

    /// To microseconds, rounded up, so that a short wait does not become none.
    pub(crate) fn to_timeval(self) -> libc::timeval {
        let micros = (self.nsec + 999) / 1000;
        libc::timeval { tv_sec: self.sec.saturating_add(micros / 1_000_000), tv_usec: micros % 1_000_000 }
    }
}

impl From<Duration> for Timespec {
    fn from(time: Duration) -> Timespec {
        Timespec { sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX), nsec: i64::from(time.subsec_nanos()) }
    }
}

/// The wall clock, which may jump.
pub const REALTIME: i32 = libc::CLOCK_REALTIME;
/// The clock that only moves forward.
pub const MONOTONIC: i32 = libc::CLOCK_MONOTONIC;
/// Processor time of the process.
pub const PROCESS: i32 = libc::CLOCK_PROCESS_CPUTIME_ID;
/// Processor time of the calling thread.
pub const THREAD: i32 = libc::CLOCK_THREAD_CPUTIME_ID;

/// Time of clock `id`.
pub fn clock_gettime(id: i32) -> Result<Timespec> {
    let mut now = Timespec::ZERO.to_c();
    // SAFETY: the structure is a local that outlives the call.
    done(unsafe { libc::clock_gettime(id, &raw mut now) })?;
    Ok(Timespec::from_c(now))
}

/// Resolution of clock `id`.
pub fn clock_getres(id: i32) -> Result<Timespec> {
    let mut step = Timespec::ZERO.to_c();
    // SAFETY: the structure is a local that outlives the call.
    done(unsafe { libc::clock_getres(id, &raw mut step) })?;
    Ok(Timespec::from_c(step))
}

/// Sets clock `id`; needs privilege.
pub fn clock_settime(id: i32, time: Timespec) -> Result<()> {
    let time = time.to_c();
    // SAFETY: the structure is a local that outlives the call.
    done(unsafe { libc::clock_settime(id, &raw const time) })
}

/// Nanoseconds of the monotonic clock.
#[inline]
pub fn monotonic_nanos() -> i64 {
    clock_gettime(MONOTONIC).map_or(0, Timespec::as_nanos_saturating)
}

/// Nanoseconds of the wall clock since the epoch.
#[inline]
pub fn realtime_nanos() -> i64 {
    clock_gettime(REALTIME).map_or(0, Timespec::as_nanos_saturating)
}

/// How a sleep ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sleep {
    /// The time is over.
    Complete,
    /// A signal came; for a relative sleep this much was left.
    Interrupted(Timespec),
}

/// Sleeps on clock `id`, for a while or, with `absolute`, until the clock shows `time`.
pub fn clock_nanosleep(id: i32, time: Timespec, absolute: bool) -> Result<Sleep> {
    let (time, mut left) = (time.to_c(), Timespec::ZERO.to_c());
    let flags = if absolute { libc::TIMER_ABSTIME } else { 0 };
    // SAFETY: both structures are locals that outlive the call.
    match direct(unsafe { libc::clock_nanosleep(id, flags, &raw const time, &raw mut left) }) {
        Ok(()) => Ok(Sleep::Complete),
        Err(Errno::EINTR) => Ok(Sleep::Interrupted(Timespec::from_c(left))),
        Err(error) => Err(error),
    }
}

/// Sleeps for a while on the monotonic clock.
pub fn nanosleep(time: Timespec) -> Result<Sleep> {
    clock_nanosleep(MONOTONIC, time, false)
}

/// The clock of the processor time of the thread with kernel id `thread`. The number follows the
/// kernel's encoding: inverted id, then the bits "one thread" and "scheduler's count".
pub fn thread_clock(thread: i32) -> i32 {
    (!thread << 3) | 0b110
}

#[cfg(test)]
mod tests;
