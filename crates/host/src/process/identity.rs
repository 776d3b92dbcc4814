//! Who the process is: ids of processes, groups, sessions, users.

use crate::errno::{Errno, Result, check, done};
use std::ffi::CStr;

/// Id of this process.
pub fn getpid() -> i32 {
    // SAFETY: takes nothing and cannot fail.
    unsafe { libc::getpid() }
}

/// Id of the parent.
pub fn getppid() -> i32 {
    // SAFETY: takes nothing and cannot fail.
    unsafe { libc::getppid() }
}

/// Process group of `pid` (0: this process).
pub fn getpgid(pid: i32) -> Result<i32> {
    // SAFETY: only an integer crosses.
    check(unsafe { libc::getpgid(pid) })
}

/// Puts `pid` into a group (0: its own id).
pub fn setpgid(pid: i32, group: i32) -> Result<()> {
    // SAFETY: only integers cross.
    done(unsafe { libc::setpgid(pid, group) })
}

/// Session of `pid` (0: this process).
pub fn getsid(pid: i32) -> Result<i32> {
    // SAFETY: only an integer crosses.
    check(unsafe { libc::getsid(pid) })
}

/// Starts a session.
pub fn setsid() -> Result<i32> {
    // SAFETY: takes nothing.
    check(unsafe { libc::setsid() })
}

/// Real user id.
pub fn getuid() -> u32 {
    // SAFETY: takes nothing and cannot fail.
    unsafe { libc::getuid() }
}

/// Effective user id.
pub fn geteuid() -> u32 {
    // SAFETY: takes nothing and cannot fail.
    unsafe { libc::geteuid() }
}

/// Real group id.
pub fn getgid() -> u32 {
    // SAFETY: takes nothing and cannot fail.
    unsafe { libc::getgid() }
}

/// Effective group id.
pub fn getegid() -> u32 {
    // SAFETY: takes nothing and cannot fail.
    unsafe { libc::getegid() }
}

/// Sets the user id.
pub fn setuid(uid: u32) -> Result<()> {
    // SAFETY: only an integer crosses.
    done(unsafe { libc::setuid(uid) })
}

/// Sets the effective user id.
pub fn seteuid(uid: u32) -> Result<()> {
    // SAFETY: only an integer crosses.
    done(unsafe { libc::seteuid(uid) })
}

/// Sets the group id.
pub fn setgid(gid: u32) -> Result<()> {
    // SAFETY: only an integer crosses.
    done(unsafe { libc::setgid(gid) })
}

/// Sets the effective group id.
pub fn setegid(gid: u32) -> Result<()> {
    // SAFETY: only an integer crosses.
    done(unsafe { libc::setegid(gid) })
}

/// Sets real and effective user id; `u32::MAX` leaves one as it is.
pub fn setreuid(real: u32, effective: u32) -> Result<()> {
    // SAFETY: only integers cross.
    done(unsafe { libc::setreuid(real, effective) })
}

/// Sets real and effective group id; `u32::MAX` leaves one as it is.
pub fn setregid(real: u32, effective: u32) -> Result<()> {
    // SAFETY: only integers cross.
    done(unsafe { libc::setregid(real, effective) })
}

/// Sets real, effective and saved user id; `u32::MAX` leaves one as it is.
pub fn setresuid(real: u32, effective: u32, saved: u32) -> Result<()> {
    // SAFETY: only integers cross.
    done(unsafe { libc::setresuid(real, effective, saved) })
}

/// Sets real, effective and saved group id; `u32::MAX` leaves one as it is.
pub fn setresgid(real: u32, effective: u32, saved: u32) -> Result<()> {
    // SAFETY: only integers cross.
    done(unsafe { libc::setresgid(real, effective, saved) })
}

/// Real, effective and saved user id.
pub fn getresuid() -> Result<(u32, u32, u32)> {
    let (mut real, mut effective, mut saved) = (0, 0, 0);
    // SAFETY: the three numbers have room.
    done(unsafe { libc::getresuid(&raw mut real, &raw mut effective, &raw mut saved) })?;
    Ok((real, effective, saved))
}

/// Real, effective and saved group id.
pub fn getresgid() -> Result<(u32, u32, u32)> {
    let (mut real, mut effective, mut saved) = (0, 0, 0);
    // SAFETY: the three numbers have room.
    done(unsafe { libc::getresgid(&raw mut real, &raw mut effective, &raw mut saved) })?;
    Ok((real, effective, saved))
}

/// The further groups of the process.
pub fn getgroups() -> Result<Vec<u32>> {
    loop {
        // SAFETY: with size 0 nothing is written.
        let wanted = check(unsafe { libc::getgroups(0, std::ptr::null_mut()) })?;
        let mut groups = vec![0u32; wanted as usize];
        // SAFETY: the vector has room for `wanted` numbers.
        match check(unsafe { libc::getgroups(wanted, groups.as_mut_ptr()) }) {
            Ok(n) => {
                groups.truncate(n as usize);
                return Ok(groups);
            }
            // The list has grown in between.
            Err(Errno::EINVAL) if wanted > 0 => {}
            Err(error) => return Err(error),
        }
    }
}

/// Sets the further groups of the process.
pub fn setgroups(groups: &[u32]) -> Result<()> {
    // SAFETY: the numbers are readable for the length given.
    done(unsafe { libc::setgroups(groups.len(), groups.as_ptr()) })
}

/// The groups that `user` belongs to, with `group` among them.
pub fn getgrouplist(user: &CStr, group: u32) -> Result<Vec<u32>> {
    let mut size = 64;
    while size <= 1 << 16 {
        let mut groups = vec![0u32; size];
        let mut n = size as i32;
        // SAFETY: the vector has room for `n` numbers, the name is NUL-ended.
        if unsafe { libc::getgrouplist(user.as_ptr(), group, groups.as_mut_ptr(), &raw mut n) } >= 0 {
            groups.truncate(usize::try_from(n).unwrap_or(0));
            return Ok(groups);
        }
        size = usize::try_from(n).unwrap_or(0).max(size * 2);
    }
    Err(Errno::EINVAL)
}

/// Sets the further groups to those of `user`, and `group`.
pub fn initgroups(user: &CStr, group: u32) -> Result<()> {
    // SAFETY: the name is NUL-ended and outlives the call.
    done(unsafe { libc::initgroups(user.as_ptr(), group) })
}

/// Sends `signal` to a process; 0 only asks whether that may be done.
pub fn kill(pid: i32, signal: i32) -> Result<()> {
    // SAFETY: only integers cross.
    done(unsafe { libc::kill(pid, signal) })
}

/// Sends `signal` to a process group.
pub fn killpg(group: i32, signal: i32) -> Result<()> {
    // SAFETY: only integers cross.
    done(unsafe { libc::killpg(group, signal) })
}

/// A descriptor that stands for a process.
pub fn pidfd_open(pid: i32, flags: u32) -> Result<i32> {
    // SAFETY: only integers cross.
    check(unsafe { libc::syscall(libc::SYS_pidfd_open, pid, flags) }).map(|fd| fd as i32)
}
