//! Descriptors that no path leads to: pipes, memory files, event counters, timers, terminal pairs.

use crate::clock::Timespec;
use crate::errno::{Result, check, direct, done};
use crate::strings::until_nul;
use std::ffi::CStr;

/// A pipe: reading end, writing end.
pub fn pipe2(flags: i32) -> Result<(i32, i32)> {
    let mut ends = [0; 2];
    // SAFETY: the array has room for the two numbers.
    done(unsafe { libc::pipe2(ends.as_mut_ptr(), flags) })?;
    Ok((ends[0], ends[1]))
}

/// A file that lives in memory.
pub fn memfd_create(name: &CStr, flags: u32) -> Result<i32> {
    // SAFETY: the name is NUL-ended and outlives the call.
    check(unsafe { libc::memfd_create(name.as_ptr(), flags) })
}

/// An event counter.
pub fn eventfd(initial: u32, flags: i32) -> Result<i32> {
    // SAFETY: only integers cross.
    check(unsafe { libc::eventfd(initial, flags) })
}

/// Takes the value of an event counter.
pub fn eventfd_read(fd: i32) -> Result<u64> {
    let mut value = 0u64;
    // SAFETY: the pointer leads to room for the value.
    done(unsafe { libc::eventfd_read(fd, &raw mut value) })?;
    Ok(value)
}

/// Adds to an event counter.
pub fn eventfd_write(fd: i32, value: u64) -> Result<()> {
    // SAFETY: only integers cross.
    done(unsafe { libc::eventfd_write(fd, value) })
}

/// A timer that is read like a file.
pub fn timerfd_create(clock: i32, flags: i32) -> Result<i32> {
    // SAFETY: only integers cross.
    check(unsafe { libc::timerfd_create(clock, flags) })
}

/// First expiry and interval of a timer descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimerSetting {
    pub value: Timespec,
    pub interval: Timespec,
}

fn timer_to_c(setting: TimerSetting) -> libc::itimerspec {
    libc::itimerspec { it_interval: setting.interval.to_c(), it_value: setting.value.to_c() }
}

fn timer_from_c(c: libc::itimerspec) -> TimerSetting {
    TimerSetting { value: Timespec::from_c(c.it_value), interval: Timespec::from_c(c.it_interval) }
}

const NO_TIMER: TimerSetting = TimerSetting { value: Timespec::ZERO, interval: Timespec::ZERO };

/// Arms or stops a timer descriptor; answers the setting before.
pub fn timerfd_settime(fd: i32, flags: i32, setting: TimerSetting) -> Result<TimerSetting> {
    let (new, mut old) = (timer_to_c(setting), timer_to_c(NO_TIMER));
    // SAFETY: both structures are locals that outlive the call.
    done(unsafe { libc::timerfd_settime(fd, flags, &raw const new, &raw mut old) })?;
    Ok(timer_from_c(old))
}

/// The time left of a timer descriptor.
pub fn timerfd_gettime(fd: i32) -> Result<TimerSetting> {
    let mut now = timer_to_c(NO_TIMER);
    // SAFETY: the structure is a local that outlives the call.
    done(unsafe { libc::timerfd_gettime(fd, &raw mut now) })?;
    Ok(timer_from_c(now))
}

/// A pseudo-terminal pair: the controlling side, then the terminal side. Neither is inheritable.
pub fn openpty() -> Result<(i32, i32)> {
    let (mut controller, mut terminal) = (-1, -1);
    // SAFETY: the two numbers have room; NULL leaves name, modes and size to the system.
    done(unsafe {
        libc::openpty(
            &raw mut controller,
            &raw mut terminal,
            std::ptr::null_mut(),
            std::ptr::null(),
            std::ptr::null(),
        )
    })?;
    let flagged = super::set_inheritable(controller, false).and_then(|()| super::set_inheritable(terminal, false));
    if let Err(error) = flagged {
        let _ = super::close(controller);
        let _ = super::close(terminal);
        return Err(error);
    }
    Ok((controller, terminal))
}

/// Opens the controlling side of a new pseudo-terminal.
pub fn posix_openpt(flags: i32) -> Result<i32> {
    // SAFETY: only an integer crosses.
    check(unsafe { libc::posix_openpt(flags) })
}

/// Gives the terminal side of `fd` to the caller.
pub fn grantpt(fd: i32) -> Result<()> {
    // SAFETY: only an integer crosses.
    done(unsafe { libc::grantpt(fd) })
}

/// Lets the terminal side of `fd` be opened.
pub fn unlockpt(fd: i32) -> Result<()> {
    // SAFETY: only an integer crosses.
    done(unsafe { libc::unlockpt(fd) })
}

/// Path of the terminal side of `fd`.
pub fn ptsname(fd: i32) -> Result<Vec<u8>> {
    let mut name = [0u8; 256];
    // SAFETY: the buffer is writable for the length given.
    direct(unsafe { libc::ptsname_r(fd, name.as_mut_ptr().cast(), name.len()) })?;
    Ok(until_nul(&name))
}

/// Makes terminal `fd` the controlling terminal and the three standard streams of a new session.
pub fn login_tty(fd: i32) -> Result<()> {
    // SAFETY: only an integer crosses.
    done(unsafe { libc::login_tty(fd) })
}
