//! Leaving the program: other programs in its place, copies of it, its end.

use crate::errno::{Errno, Result, check};
use crate::strings::CStringArray;
use std::ffi::CStr;

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
    let environment = super::environment::hold();
    let walk = crate::users::WALK.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let turn = crate::locale::turn();
    // SAFETY: integers only. The child runs on with one thread, as POSIX has it.
    let id = unsafe { libc::fork() };
    let error = Errno::last();
    drop((turn, walk, environment));
    if id == -1 { Err(error) } else { Ok(id) }
}

/// [`fork`] with the child on a new terminal: (child's id or 0, controlling descriptor or -1).
pub fn forkpty() -> Result<(i32, i32)> {
    let environment = super::environment::hold();
    let mut controller = -1;
    // SAFETY: the number has room; NULL leaves name, modes and size to the system.
    let id = unsafe {
        libc::forkpty(&raw mut controller, std::ptr::null_mut(), std::ptr::null(), std::ptr::null())
    };
    let error = Errno::last();
    drop(environment);
    match id {
        -1 => Err(error),
        0 => Ok((0, -1)),
        id => {
            crate::fs::set_inheritable(controller, false)?;
            Ok((id, controller))
        }
    }
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
