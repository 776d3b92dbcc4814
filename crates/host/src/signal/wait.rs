//! Waiting for blocked signals instead of being interrupted by them.

use super::SignalSet;
use crate::clock::Timespec;
use crate::errno::{Result, check, direct, done};

/// What came with a signal. Fields that its cause does not fill are 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignalInfo {
    pub signo: i32,
    pub code: i32,
    pub errno: i32,
    pub pid: i32,
    pub uid: u32,
    pub status: i32,
    pub band: i64,
}

impl SignalInfo {
    pub(crate) fn from_c(info: &libc::siginfo_t) -> SignalInfo {
        // SAFETY: the structure was zeroed and then filled by the kernel: every member of its unions is
        // plain integers, whichever cause filled them.
        unsafe {
            SignalInfo {
                signo: info.si_signo,
                code: info.si_code,
                errno: info.si_errno,
                pid: info.si_pid(),
                uid: info.si_uid(),
                status: info.si_status(),
                band: band_of(info),
            }
        }
    }
}

/// `si_band` is the first word of the union that follows the three leading numbers.
fn band_of(info: &libc::siginfo_t) -> i64 {
    const UNION_OFFSET: usize = 16;
    const { assert!(size_of::<libc::siginfo_t>() == 128) };
    // SAFETY: the structure is 128 bytes of initialised integers, the word lies inside it.
    unsafe { (&raw const *info).cast::<u8>().add(UNION_OFFSET).cast::<i64>().read_unaligned() }
}

pub(crate) fn blank() -> libc::siginfo_t {
    // SAFETY: the structure is plain integers.
    unsafe { std::mem::zeroed() }
}

/// Signals that are blocked and have come.
pub fn sigpending() -> Result<SignalSet> {
    let mut set = SignalSet::EMPTY.to_c();
    // SAFETY: the set is a local that outlives the call.
    done(unsafe { libc::sigpending(&raw mut set) })?;
    Ok(SignalSet::from_c(&set))
}

/// Waits for a signal of the set and takes it.
pub fn sigwait(set: SignalSet) -> Result<i32> {
    let (set, mut signal) = (set.to_c(), 0);
    // SAFETY: both are locals that outlive the call.
    direct(unsafe { libc::sigwait(&raw const set, &raw mut signal) })?;
    Ok(signal)
}

/// Waits for a signal of the set; answers what came with it.
pub fn sigwaitinfo(set: SignalSet) -> Result<SignalInfo> {
    let (set, mut info) = (set.to_c(), blank());
    // SAFETY: both are locals that outlive the call.
    check(unsafe { libc::sigwaitinfo(&raw const set, &raw mut info) })?;
    Ok(SignalInfo::from_c(&info))
}

/// [`sigwaitinfo`] for a limited time; `EAGAIN` when it is over.
pub fn sigtimedwait(set: SignalSet, time: Timespec) -> Result<SignalInfo> {
    let (set, mut info, time) = (set.to_c(), blank(), time.to_c());
    // SAFETY: all three are locals that outlive the call.
    check(unsafe { libc::sigtimedwait(&raw const set, &raw mut info, &raw const time) })?;
    Ok(SignalInfo::from_c(&info))
}
