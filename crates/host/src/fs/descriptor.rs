//! What is done with an open descriptor itself: opening, closing, duplicating, positions, flags.

use crate::errno::{Errno, Result, check, direct, done};
use std::ffi::CStr;

/// `openat`: opens `path` relative to the directory `dir`; `mode` counts when a file is created.
pub fn open(dir: i32, path: &CStr, flags: i32, mode: u32) -> Result<i32> {
    // SAFETY: the path is NUL-ended and outlives the call; the variadic argument is an unsigned int.
    check(unsafe { libc::openat(dir, path.as_ptr(), flags, mode as libc::c_uint) })
}

/// Closes `fd`. After `EINTR` the number is released too, so the call must not be repeated.
pub fn close(fd: i32) -> Result<()> {
    // SAFETY: only an integer crosses.
    done(unsafe { libc::close(fd) })
}

/// `close_range(first, last, flags)`; the last number is included.
pub fn close_range(first: u32, last: u32, flags: u32) -> Result<()> {
    // SAFETY: only integers cross.
    done(unsafe { libc::syscall(libc::SYS_close_range, first, last, flags) })
}

/// `os.closerange`: closes every number from `low` up to but without `high`; errors are ignored.
pub fn close_each(low: i32, high: i32) {
    let low = low.max(0);
    if low >= high {
        return;
    }
    if close_range(low as u32, high as u32 - 1, 0).is_err() {
        for fd in low..high {
            let _ = close(fd);
        }
    }
}

/// Moves the file position; answers the new one.
pub fn lseek(fd: i32, offset: i64, whence: i32) -> Result<i64> {
    // SAFETY: only integers cross.
    check(unsafe { libc::lseek(fd, offset, whence) })
}

/// Sets the length of an open file.
pub fn ftruncate(fd: i32, length: i64) -> Result<()> {
    // SAFETY: only integers cross.
    done(unsafe { libc::ftruncate(fd, length) })
}

/// Writes data and metadata to the disk.
pub fn fsync(fd: i32) -> Result<()> {
    // SAFETY: only an integer crosses.
    done(unsafe { libc::fsync(fd) })
}

/// Writes data to the disk, and the metadata needed to read it.
pub fn fdatasync(fd: i32) -> Result<()> {
    // SAFETY: only an integer crosses.
    done(unsafe { libc::fdatasync(fd) })
}

/// Writes every file system's dirty data.
pub fn sync() {
    // SAFETY: takes nothing and cannot fail.
    unsafe { libc::sync() }
}

/// Tells the kernel how a range will be read.
pub fn posix_fadvise(fd: i32, offset: i64, length: i64, advice: i32) -> Result<()> {
    // SAFETY: only integers cross.
    direct(unsafe { libc::posix_fadvise(fd, offset, length, advice) })
}

/// Reserves disk space for a range.
pub fn posix_fallocate(fd: i32, offset: i64, length: i64) -> Result<()> {
    // SAFETY: only integers cross.
    direct(unsafe { libc::posix_fallocate(fd, offset, length) })
}

/// `lockf(3)`: a POSIX record lock from the current position.
pub fn lockf(fd: i32, command: i32, length: i64) -> Result<()> {
    // SAFETY: only integers cross.
    done(unsafe { libc::lockf(fd, command, length) })
}

/// `flock(2)`: a lock on the whole open file.
pub fn flock(fd: i32, operation: i32) -> Result<()> {
    // SAFETY: only integers cross.
    done(unsafe { libc::flock(fd, operation) })
}

/// Duplicates `fd` to the lowest free number; the copy is not inherited by programs.
pub fn dup(fd: i32) -> Result<i32> {
    // SAFETY: only integers cross.
    check(unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) })
}

/// Duplicates `fd` as `target`. The copy is inherited by programs when `inheritable` is set; two equal
/// numbers are only checked, their flag is set as asked.
pub fn dup2(fd: i32, target: i32, inheritable: bool) -> Result<i32> {
    if fd == target || inheritable {
        // SAFETY: only integers cross.
        let copy = check(unsafe { libc::dup2(fd, target) })?;
        if !inheritable {
            set_inheritable(copy, false)?;
        }
        return Ok(copy);
    }
    dup3(fd, target, libc::O_CLOEXEC)
}

/// Duplicates `fd` as `target` with `flags` (`O_CLOEXEC` or none).
pub fn dup3(fd: i32, target: i32, flags: i32) -> Result<i32> {
    // SAFETY: only integers cross.
    check(unsafe { libc::dup3(fd, target, flags) })
}

fn descriptor_flags(fd: i32) -> Result<i32> {
    // SAFETY: only integers cross.
    check(unsafe { libc::fcntl(fd, libc::F_GETFD) })
}

/// Whether programs started by `exec` keep `fd`.
pub fn get_inheritable(fd: i32) -> Result<bool> {
    Ok(descriptor_flags(fd)? & libc::FD_CLOEXEC == 0)
}

/// Says whether programs started by `exec` keep `fd`.
pub fn set_inheritable(fd: i32, inheritable: bool) -> Result<()> {
    let old = descriptor_flags(fd)?;
    let new = if inheritable { old & !libc::FD_CLOEXEC } else { old | libc::FD_CLOEXEC };
    if new == old {
        return Ok(());
    }
    // SAFETY: only integers cross.
    done(unsafe { libc::fcntl(fd, libc::F_SETFD, new) })
}

/// Status flags of the open file (`F_GETFL`).
pub fn status_flags(fd: i32) -> Result<i32> {
    // SAFETY: only integers cross.
    check(unsafe { libc::fcntl(fd, libc::F_GETFL) })
}

/// Whether calls on `fd` wait.
pub fn get_blocking(fd: i32) -> Result<bool> {
    Ok(status_flags(fd)? & libc::O_NONBLOCK == 0)
}

/// Says whether calls on `fd` wait.
pub fn set_blocking(fd: i32, blocking: bool) -> Result<()> {
    let old = status_flags(fd)?;
    let new = if blocking { old & !libc::O_NONBLOCK } else { old | libc::O_NONBLOCK };
    if new == old {
        return Ok(());
    }
    // SAFETY: only integers cross.
    done(unsafe { libc::fcntl(fd, libc::F_SETFL, new) })
}

/// Whether `fd` is open at all.
pub fn is_open(fd: i32) -> bool {
    descriptor_flags(fd).is_ok()
}

/// Whether `fd` is a terminal.
pub fn isatty(fd: i32) -> bool {
    // SAFETY: only an integer crosses.
    unsafe { libc::isatty(fd) == 1 }
}

/// Path of the terminal that `fd` is open on.
pub fn ttyname(fd: i32) -> Result<Vec<u8>> {
    let mut name = [0u8; 4096];
    // SAFETY: the buffer is writable for the length given.
    direct(unsafe { libc::ttyname_r(fd, name.as_mut_ptr().cast(), name.len()) })?;
    Ok(crate::strings::until_nul(&name))
}

/// Columns and rows of the terminal `fd`.
pub fn get_terminal_size(fd: i32) -> Result<(u16, u16)> {
    let size = crate::tty::window_size(fd)?;
    Ok((size.columns, size.rows))
}

/// The process group in the foreground of terminal `fd`.
pub fn tcgetpgrp(fd: i32) -> Result<i32> {
    // SAFETY: only an integer crosses.
    check(unsafe { libc::tcgetpgrp(fd) })
}

/// Puts a process group into the foreground of terminal `fd`.
pub fn tcsetpgrp(fd: i32, group: i32) -> Result<()> {
    // SAFETY: only integers cross.
    done(unsafe { libc::tcsetpgrp(fd, group) })
}

/// Limit named by a `_PC_` number for the open file; `None` means no limit.
pub fn fpathconf(fd: i32, name: i32) -> Result<Option<i64>> {
    Errno::set_last(0);
    // SAFETY: only integers cross.
    limit(unsafe { libc::fpathconf(fd, name) })
}

/// Limit named by a `_PC_` number for the path; `None` means no limit.
pub fn pathconf(path: &CStr, name: i32) -> Result<Option<i64>> {
    Errno::set_last(0);
    // SAFETY: the path is NUL-ended and outlives the call.
    limit(unsafe { libc::pathconf(path.as_ptr(), name) })
}

/// -1 with an untouched `errno` means "no limit".
fn limit(reply: i64) -> Result<Option<i64>> {
    match (reply, Errno::last()) {
        (-1, Errno(0)) => Ok(None),
        (-1, error) => Err(error),
        (value, _) => Ok(Some(value)),
    }
}
