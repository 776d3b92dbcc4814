//! Clock identifiers of Python's `time` module on Linux.
//!
//! Values come from the `libc` crate; a bare number is a kernel or glibc constant which that crate lacks.

#![allow(clippy::unnecessary_cast, reason = "the C type of a constant differs between targets")]

/// Name and value of each clock identifier of `time`.
pub const fn time_constants() -> &'static [(&'static str, i64)] {
    TIME_CONSTANTS
}

const TIME_CONSTANTS: &[(&str, i64)] = &[
    ("CLOCK_BOOTTIME", libc::CLOCK_BOOTTIME as i64),
    ("CLOCK_MONOTONIC", libc::CLOCK_MONOTONIC as i64),
    ("CLOCK_MONOTONIC_RAW", libc::CLOCK_MONOTONIC_RAW as i64),
    ("CLOCK_PROCESS_CPUTIME_ID", libc::CLOCK_PROCESS_CPUTIME_ID as i64),
    ("CLOCK_REALTIME", libc::CLOCK_REALTIME as i64),
    ("CLOCK_TAI", libc::CLOCK_TAI as i64),
    ("CLOCK_THREAD_CPUTIME_ID", libc::CLOCK_THREAD_CPUTIME_ID as i64),
];
