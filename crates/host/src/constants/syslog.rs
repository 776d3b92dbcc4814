//! Integer constants of Python's `syslog` module.
//!
//! Values come from the `libc` crate; a bare number is a kernel or glibc constant which that crate lacks.

#![allow(clippy::unnecessary_cast, reason = "the C type of a constant differs between targets")]

/// Name and value of each integer constant of `syslog`.
pub const fn syslog_constants() -> &'static [(&'static str, i64)] {
    SYSLOG_CONSTANTS
}

const SYSLOG_CONSTANTS: &[(&str, i64)] = &[
    ("LOG_ALERT", libc::LOG_ALERT as i64),
    ("LOG_AUTH", libc::LOG_AUTH as i64),
    ("LOG_AUTHPRIV", libc::LOG_AUTHPRIV as i64),
    ("LOG_CONS", libc::LOG_CONS as i64),
    ("LOG_CRIT", libc::LOG_CRIT as i64),
    ("LOG_CRON", libc::LOG_CRON as i64),
    ("LOG_DAEMON", libc::LOG_DAEMON as i64),
    ("LOG_DEBUG", libc::LOG_DEBUG as i64),
    ("LOG_EMERG", libc::LOG_EMERG as i64),
    ("LOG_ERR", libc::LOG_ERR as i64),
    ("LOG_FTP", libc::LOG_FTP as i64),
    ("LOG_INFO", libc::LOG_INFO as i64),
    ("LOG_KERN", libc::LOG_KERN as i64),
    ("LOG_LOCAL0", libc::LOG_LOCAL0 as i64),
    ("LOG_LOCAL1", libc::LOG_LOCAL1 as i64),
    ("LOG_LOCAL2", libc::LOG_LOCAL2 as i64),
    ("LOG_LOCAL3", libc::LOG_LOCAL3 as i64),
    ("LOG_LOCAL4", libc::LOG_LOCAL4 as i64),
    ("LOG_LOCAL5", libc::LOG_LOCAL5 as i64),
    ("LOG_LOCAL6", libc::LOG_LOCAL6 as i64),
    ("LOG_LOCAL7", libc::LOG_LOCAL7 as i64),
    ("LOG_LPR", libc::LOG_LPR as i64),
    ("LOG_MAIL", libc::LOG_MAIL as i64),
    ("LOG_NDELAY", libc::LOG_NDELAY as i64),
    ("LOG_NEWS", libc::LOG_NEWS as i64),
    ("LOG_NOTICE", libc::LOG_NOTICE as i64),
    ("LOG_NOWAIT", libc::LOG_NOWAIT as i64),
    ("LOG_ODELAY", libc::LOG_ODELAY as i64),
    ("LOG_PERROR", libc::LOG_PERROR as i64),
    ("LOG_PID", libc::LOG_PID as i64),
    ("LOG_SYSLOG", libc::LOG_SYSLOG as i64),
    ("LOG_USER", libc::LOG_USER as i64),
    ("LOG_UUCP", libc::LOG_UUCP as i64),
    ("LOG_WARNING", libc::LOG_WARNING as i64),
];
