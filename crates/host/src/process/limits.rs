//! What the process has used and what it may use.

use crate::clock::Timespec;
use crate::errno::{Result, check, done};

/// Use of resources. `utime` and `stime` are processor time, `maxrss` is in KiB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    pub utime: Timespec,
    pub stime: Timespec,
    pub maxrss: i64,
    pub ixrss: i64,
    pub idrss: i64,
    pub isrss: i64,
    pub minflt: i64,
    pub majflt: i64,
    pub nswap: i64,
    pub inblock: i64,
    pub oublock: i64,
    pub msgsnd: i64,
    pub msgrcv: i64,
    pub nsignals: i64,
    pub nvcsw: i64,
    pub nivcsw: i64,
}

impl Usage {
    pub(super) fn from_c(c: &libc::rusage) -> Usage {
        Usage {
            utime: Timespec::from_timeval(c.ru_utime),
            stime: Timespec::from_timeval(c.ru_stime),
            maxrss: c.ru_maxrss,
            ixrss: c.ru_ixrss,
            idrss: c.ru_idrss,
            isrss: c.ru_isrss,
            minflt: c.ru_minflt,
            majflt: c.ru_majflt,
            nswap: c.ru_nswap,
            inblock: c.ru_inblock,
            oublock: c.ru_oublock,
            msgsnd: c.ru_msgsnd,
            msgrcv: c.ru_msgrcv,
            nsignals: c.ru_nsignals,
            nvcsw: c.ru_nvcsw,
            nivcsw: c.ru_nivcsw,
        }
    }

    pub(super) fn blank() -> libc::rusage {
        // SAFETY: the structure is plain integers.
        unsafe { std::mem::zeroed() }
    }
}

/// What `who` (`RUSAGE_*`) has used.
pub fn getrusage(who: i32) -> Result<Usage> {
    let mut c = Usage::blank();
    // SAFETY: integers, and a structure that outlives the call.
    done(unsafe { libc::syscall(libc::SYS_getrusage, who, &raw mut c) })?;
    Ok(Usage::from_c(&c))
}

/// No limit, in [`getrlimit`] and [`setrlimit`].
pub const UNLIMITED: u64 = libc::RLIM_INFINITY;

/// The soft and hard limit of `resource` (`RLIMIT_*`).
pub fn getrlimit(resource: i32) -> Result<(u64, u64)> {
    prlimit(0, resource, None)
}

/// Sets the soft and hard limit of `resource` (`RLIMIT_*`).
pub fn setrlimit(resource: i32, soft: u64, hard: u64) -> Result<()> {
    prlimit(0, resource, Some((soft, hard))).map(|_| ())
}

/// Reads and perhaps sets the limits of process `pid` (0: this one); answers the old ones.
pub fn prlimit(pid: i32, resource: i32, limits: Option<(u64, u64)>) -> Result<(u64, u64)> {
    let (soft, hard) = limits.unwrap_or((0, 0));
    let new = libc::rlimit64 { rlim_cur: soft, rlim_max: hard };
    let new = if limits.is_some() { &raw const new } else { std::ptr::null() };
    let mut old = libc::rlimit64 { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: both structures are NULL or locals that outlive the call.
    done(unsafe { libc::syscall(libc::SYS_prlimit64, pid, resource, new, &raw mut old) })?;
    Ok((old.rlim_cur, old.rlim_max))
}

/// Answer of [`times`], in clock ticks (`SC_CLK_TCK` a second).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    pub user: i64,
    pub system: i64,
    pub children_user: i64,
    pub children_system: i64,
    pub elapsed: i64,
}

/// Processor time of the process and of its ended children.
pub fn times() -> Result<Times> {
    let mut c = libc::tms { tms_utime: 0, tms_stime: 0, tms_cutime: 0, tms_cstime: 0 };
    // SAFETY: the structure is a local that outlives the call.
    let elapsed = check(unsafe { libc::times(&raw mut c) })?;
    Ok(Times {
        user: c.tms_utime,
        system: c.tms_stime,
        children_user: c.tms_cutime,
        children_system: c.tms_cstime,
        elapsed,
    })
}
