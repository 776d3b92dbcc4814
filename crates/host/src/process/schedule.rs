//! Priorities, scheduling policies, and the processors a process may use.

use crate::clock::Timespec;
use crate::errno::{Errno, Result, check, done};

/// Adds to the niceness; answers the new one.
pub fn nice(increment: i32) -> Result<i32> {
    Errno::set_last(0);
    // SAFETY: only an integer crosses.
    match (unsafe { libc::nice(increment) }, Errno::last()) {
        (-1, error) if error.0 != 0 => Err(error),
        (niceness, _) => Ok(niceness),
    }
}

/// Niceness of a process, group or user (`PRIO_*`).
#[allow(clippy::unnecessary_cast, reason = "the first parameter's type differs between C libraries")]
pub fn getpriority(which: i32, who: u32) -> Result<i32> {
    Errno::set_last(0);
    // SAFETY: only integers cross.
    match (unsafe { libc::getpriority(which as _, who) }, Errno::last()) {
        (-1, error) if error.0 != 0 => Err(error),
        (niceness, _) => Ok(niceness),
    }
}

/// Sets the niceness of a process, group or user (`PRIO_*`).
pub fn setpriority(which: i32, who: u32, niceness: i32) -> Result<()> {
    // SAFETY: only integers cross.
    done(unsafe { libc::setpriority(which as _, who, niceness) })
}

/// Gives the processor away.
pub fn sched_yield() -> Result<()> {
    // SAFETY: takes nothing.
    done(unsafe { libc::sched_yield() })
}

/// Highest priority of a policy (`SCHED_*`).
pub fn sched_get_priority_max(policy: i32) -> Result<i32> {
    // SAFETY: only an integer crosses.
    check(unsafe { libc::sched_get_priority_max(policy) })
}

/// Lowest priority of a policy (`SCHED_*`).
pub fn sched_get_priority_min(policy: i32) -> Result<i32> {
    // SAFETY: only an integer crosses.
    check(unsafe { libc::sched_get_priority_min(policy) })
}

/// Policy of process `pid` (0: this one).
pub fn sched_getscheduler(pid: i32) -> Result<i32> {
    // SAFETY: only an integer crosses.
    check(unsafe { libc::sched_getscheduler(pid) })
}

/// Sets policy and priority of process `pid` (0: this one).
pub fn sched_setscheduler(pid: i32, policy: i32, priority: i32) -> Result<()> {
    let parameter = libc::sched_param { sched_priority: priority };
    // SAFETY: the structure is a local that outlives the call.
    done(unsafe { libc::sched_setscheduler(pid, policy, &raw const parameter) })
}

/// Priority of process `pid` (0: this one).
pub fn sched_getparam(pid: i32) -> Result<i32> {
    let mut parameter = libc::sched_param { sched_priority: 0 };
    // SAFETY: the structure is a local that outlives the call.
    done(unsafe { libc::sched_getparam(pid, &raw mut parameter) })?;
    Ok(parameter.sched_priority)
}

/// Sets the priority of process `pid` (0: this one).
pub fn sched_setparam(pid: i32, priority: i32) -> Result<()> {
    let parameter = libc::sched_param { sched_priority: priority };
    // SAFETY: the structure is a local that outlives the call.
    done(unsafe { libc::sched_setparam(pid, &raw const parameter) })
}

/// Length of the time slice of process `pid` under `SCHED_RR`.
pub fn sched_rr_get_interval(pid: i32) -> Result<Timespec> {
    let mut slice = Timespec::ZERO.to_c();
    // SAFETY: the structure is a local that outlives the call.
    done(unsafe { libc::sched_rr_get_interval(pid, &raw mut slice) })?;
    Ok(Timespec::from_c(slice))
}

/// Most processors that an affinity mask may name here.
const MOST_PROCESSORS: usize = 1 << 20;

/// The processors that process `pid` (0: this one) may use, rising.
pub fn sched_getaffinity(pid: i32) -> Result<Vec<usize>> {
    let mut words = 16;
    loop {
        let mut mask = vec![0u64; words];
        // SAFETY: the mask is writable for the size given.
        match check(unsafe { libc::syscall(libc::SYS_sched_getaffinity, pid, words * 8, mask.as_mut_ptr()) }) {
            Ok(_) => {
                let bits = mask.iter().enumerate().flat_map(|(w, word)| {
                    (0..64).filter(move |b| word >> b & 1 == 1).map(move |b| w * 64 + b)
                });
                return Ok(bits.collect());
            }
            Err(Errno::EINVAL) if words * 64 < MOST_PROCESSORS => words *= 2,
            Err(error) => return Err(error),
        }
    }
}

/// Sets the processors that process `pid` (0: this one) may use. `EINVAL` for an absurd number.
pub fn sched_setaffinity(pid: i32, processors: &[usize]) -> Result<()> {
    let highest = processors.iter().copied().max().unwrap_or(0);
    if highest >= MOST_PROCESSORS {
        return Err(Errno::EINVAL);
    }
    let mut mask = vec![0u64; highest / 64 + 1];
    for p in processors {
        mask[p / 64] |= 1 << (p % 64);
    }
    // SAFETY: the mask is readable for the size given.
    done(unsafe { libc::syscall(libc::SYS_sched_setaffinity, pid, mask.len() * 8, mask.as_ptr()) })
}

/// How many processors are online.
pub fn cpu_count() -> Option<usize> {
    // SAFETY: only an integer crosses.
    usize::try_from(unsafe { libc::sysconf(libc::_SC_NPROCESSORS_ONLN) }).ok().filter(|n| *n > 0)
}
