//! Integer constants of Python's `_signal` module on Linux.
//!
//! Values come from the `libc` crate; a bare number is a kernel or glibc constant which that crate lacks.

#![allow(clippy::unnecessary_cast, reason = "the C type of a constant differs between targets")]

/// Name and value of each integer constant of `_signal`: signal numbers, mask operations, interval timers.
pub const fn signal_constants() -> &'static [(&'static str, i64)] {
    SIGNAL_CONSTANTS
}

const SIGNAL_CONSTANTS: &[(&str, i64)] = &[
    ("ITIMER_PROF", libc::ITIMER_PROF as i64),
    ("ITIMER_REAL", libc::ITIMER_REAL as i64),
    ("ITIMER_VIRTUAL", libc::ITIMER_VIRTUAL as i64),
    ("NSIG", crate::signal::LIMIT as i64),
    ("SIGABRT", libc::SIGABRT as i64),
    ("SIGALRM", libc::SIGALRM as i64),
    ("SIGBUS", libc::SIGBUS as i64),
    ("SIGCHLD", libc::SIGCHLD as i64),
    ("SIGCLD", 17),
    ("SIGCONT", libc::SIGCONT as i64),
    ("SIGFPE", libc::SIGFPE as i64),
    ("SIGHUP", libc::SIGHUP as i64),
    ("SIGILL", libc::SIGILL as i64),
    ("SIGINT", libc::SIGINT as i64),
    ("SIGIO", libc::SIGIO as i64),
    ("SIGIOT", libc::SIGIOT as i64),
    ("SIGKILL", libc::SIGKILL as i64),
    ("SIGPIPE", libc::SIGPIPE as i64),
    ("SIGPOLL", libc::SIGPOLL as i64),
    ("SIGPROF", libc::SIGPROF as i64),
    ("SIGPWR", libc::SIGPWR as i64),
    ("SIGQUIT", libc::SIGQUIT as i64),
    ("SIGRTMAX", 64),
    ("SIGRTMIN", 34),
    ("SIGSEGV", libc::SIGSEGV as i64),
    ("SIGSTKFLT", libc::SIGSTKFLT as i64),
    ("SIGSTOP", libc::SIGSTOP as i64),
    ("SIGSYS", libc::SIGSYS as i64),
    ("SIGTERM", libc::SIGTERM as i64),
    ("SIGTRAP", libc::SIGTRAP as i64),
    ("SIGTSTP", libc::SIGTSTP as i64),
    ("SIGTTIN", libc::SIGTTIN as i64),
    ("SIGTTOU", libc::SIGTTOU as i64),
    ("SIGURG", libc::SIGURG as i64),
    ("SIGUSR1", libc::SIGUSR1 as i64),
    ("SIGUSR2", libc::SIGUSR2 as i64),
    ("SIGVTALRM", libc::SIGVTALRM as i64),
    ("SIGWINCH", libc::SIGWINCH as i64),
    ("SIGXCPU", libc::SIGXCPU as i64),
    ("SIGXFSZ", libc::SIGXFSZ as i64),
    ("SIG_BLOCK", libc::SIG_BLOCK as i64),
    ("SIG_DFL", libc::SIG_DFL as i64),
    ("SIG_IGN", libc::SIG_IGN as i64),
    ("SIG_SETMASK", libc::SIG_SETMASK as i64),
    ("SIG_UNBLOCK", libc::SIG_UNBLOCK as i64),
];
