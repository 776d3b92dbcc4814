//! Leaving the program: other programs in its place, copies of it, its end.

use crate::errno::{Errno, Result, check};
use crate::strings::CStringArray;
use std::ffi::CStr;
use std::os::unix::ffi::OsStringExt;

/// Replaces the program, keeping the environment. Returns only to say why it failed.
pub fn execv(path: &CStr, arguments: &CStringArray) -> Errno {
    // SAFETY: path and array are NUL-ended and NULL-ended and outlive the call.
    unsafe { libc::execv(path.as_ptr(), arguments.as_ptr()) };
    Errno::last()
}

/// Replaces the program. Returns only to say why it failed.
pub fn execve(path: &CStr, arguments: &CStringArray, environment: &CStringArray) -> Errno {
    // SAFETY: path and arrays are NUL-ended and NULL-ended and outlive the call.
    unsafe { libc::execve(path.as_ptr(), arguments.as_ptr(), environment.as_ptr()) };
    Errno::last()
}

/// Replaces the program by the file open as `fd`. Returns only to say why it failed.
pub fn fexecve(fd: i32, arguments: &CStringArray, environment: &CStringArray) -> Errno {
    // SAFETY: the arrays are NULL-ended and outlive the call.
    unsafe { libc::fexecve(fd, arguments.as_ptr(), environment.as_ptr()) };
    Errno::last()
}

/// Copies the process: the child's id in the parent, 0 in the child. The child has this thread only, and
/// locks that other threads hold stay locked there: the runtime must repair its own. The locks of this
/// crate are held across the copy and free on both sides.
pub fn fork() -> Result<i32> {
    // SAFETY: integers only. The child runs on with one thread, as POSIX has it.
    with_own_locks(|| check(unsafe { libc::fork() }))
}

/// Runs `copy` while this thread holds every lock of this crate, so that none is left locked by a thread
/// that the child does not have.
fn with_own_locks(copy: impl FnOnce() -> Result<i32>) -> Result<i32> {
    let _environment = super::environment::hold();
    let _users = crate::users::hold();
    let _locale = crate::locale::turn();
    let _names = crate::net::hold();
    let _log = crate::syslog::hold();
    copy()
}

/// [`fork`] with the child on a new terminal: (child's id or 0, controlling descriptor or -1).
pub fn forkpty() -> Result<(i32, i32)> {
    let mut controller = -1;
    let id = with_own_locks(|| {
        let (name, modes, size) = (std::ptr::null_mut(), std::ptr::null(), std::ptr::null());
        // SAFETY: the number has room; NULL leaves name, modes and size to the system.
        check(unsafe { libc::forkpty(&raw mut controller, name, modes, size) })
    })?;
    if id == 0 {
        return Ok((0, -1));
    }
    crate::fs::set_inheritable(controller, false)?;
    Ok((id, controller))
}

/// Ends the process after libc's exit handlers have run.
pub fn exit(status: i32) -> ! {
    std::process::exit(status)
}

/// The words of the command line, the program's own name first.
pub fn arguments() -> Vec<Vec<u8>> {
    std::env::args_os().map(OsStringExt::into_vec).collect()
}

/// Path of the file that this process runs.
pub fn executable() -> Result<Vec<u8>> {
    crate::fs::readlink(crate::fs::CWD, c"/proc/self/exe")
}

/// Ends the process at once: no exit handlers, no buffers written.
pub fn exit_now(status: i32) -> ! {
    // SAFETY: only an integer crosses.
    unsafe { libc::_exit(status) }
}

/// Ends the process with SIGABRT.
pub fn abort() -> ! {
    // SAFETY: takes nothing.
    unsafe { libc::abort() }
}

/// Runs a command in the shell and waits; answers the wait status.
pub fn system(command: &CStr) -> Result<i32> {
    // SAFETY: the command is NUL-ended and outlives the call.
    check(unsafe { libc::system(command.as_ptr()) })
}
