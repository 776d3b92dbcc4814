//! Waiting for children, and reading what they left.

use super::limits::Usage;
use crate::errno::{Result, check, done};
use crate::signal::SignalInfo;

/// Waits for a child; answers its id (0 with `WNOHANG` and none ready) and its status.
pub fn waitpid(pid: i32, options: i32) -> Result<(i32, i32)> {
    let mut status = 0;
    // SAFETY: the status has room.
    let id = check(unsafe { libc::waitpid(pid, &raw mut status, options) })?;
    Ok((id, status))
}

/// [`waitpid`] with what the child has used.
pub fn wait4(pid: i32, options: i32) -> Result<(i32, i32, Usage)> {
    let (mut status, mut usage) = (0, Usage::blank());
    // SAFETY: status and usage have room.
    let id = check(unsafe { libc::wait4(pid, &raw mut status, options, &raw mut usage) })?;
    Ok((id, status, Usage::from_c(&usage)))
}

/// Waits for a change of a child that `kind` (`P_*`) and `id` name; `None` with `WNOHANG` and none ready.
pub fn waitid(kind: u32, id: u32, options: i32) -> Result<Option<SignalInfo>> {
    // SAFETY: the structure is plain integers.
    let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
    // SAFETY: the structure has room.
    done(unsafe { libc::waitid(kind as libc::idtype_t, id, &raw mut info, options) })?;
    let info = SignalInfo::from_c(&info);
    Ok((info.pid != 0).then_some(info))
}

/// What a wait status says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Ended by itself with this code.
    Exited(i32),
    /// Ended by this signal.
    Signaled(i32),
    /// Stopped by this signal.
    Stopped(i32),
    /// Runs again.
    Continued,
    /// None of these.
    Unknown,
}

/// Reads a wait status.
pub fn ending(status: i32) -> Ending {
    if libc::WIFEXITED(status) {
        Ending::Exited(libc::WEXITSTATUS(status))
    } else if libc::WIFCONTINUED(status) {
        Ending::Continued
    } else if libc::WIFSTOPPED(status) {
        Ending::Stopped(libc::WSTOPSIG(status))
    } else if libc::WIFSIGNALED(status) {
        Ending::Signaled(libc::WTERMSIG(status))
    } else {
        Ending::Unknown
    }
}

/// The exit code field of a status, whatever its kind.
pub fn exit_code_of(status: i32) -> i32 {
    libc::WEXITSTATUS(status)
}

/// The ending signal field of a status, whatever its kind.
pub fn term_signal_of(status: i32) -> i32 {
    libc::WTERMSIG(status)
}

/// The stopping signal field of a status, whatever its kind.
pub fn stop_signal_of(status: i32) -> i32 {
    libc::WSTOPSIG(status)
}

/// Whether the child left a core dump.
pub fn core_dumped(status: i32) -> bool {
    libc::WCOREDUMP(status)
}
