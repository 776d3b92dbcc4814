//! What is done to names in the file system: links, renames, modes, owners, times, the working directory.

use crate::clock::Timespec;
use crate::errno::{Errno, Result, check, count, done, zeroed};
use crate::strings::until_nul;
use std::ffi::CStr;

fn nofollow(follow: bool) -> i32 {
    if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW }
}

/// Whether the file may be used as `mode` (`F_OK`, `R_OK` | ...) says.
pub fn access(dir: i32, path: &CStr, mode: i32, effective_ids: bool, follow: bool) -> bool {
    let flags = nofollow(follow) | if effective_ids { libc::AT_EACCESS } else { 0 };
    // SAFETY: the path is NUL-ended and outlives the call.
    unsafe { libc::faccessat(dir, path.as_ptr(), mode, flags) == 0 }
}

/// Changes the mode of a file; without `follow` that of a link itself (`ENOTSUP` on most file systems).
pub fn chmod(dir: i32, path: &CStr, mode: u32, follow: bool) -> Result<()> {
    // SAFETY: the path is NUL-ended and outlives the call.
    done(unsafe { libc::fchmodat(dir, path.as_ptr(), mode, nofollow(follow)) })
}

/// Changes the mode of an open file.
pub fn fchmod(fd: i32, mode: u32) -> Result<()> {
    // SAFETY: only integers cross.
    done(unsafe { libc::fchmod(fd, mode) })
}

/// Changes the mode of a link itself.
pub fn lchmod(path: &CStr, mode: u32) -> Result<()> {
    chmod(super::CWD, path, mode, false)
}

/// Changes the owner; `u32::MAX` leaves an id as it is.
pub fn chown(dir: i32, path: &CStr, uid: u32, gid: u32, follow: bool) -> Result<()> {
    // SAFETY: the path is NUL-ended and outlives the call.
    done(unsafe { libc::fchownat(dir, path.as_ptr(), uid, gid, nofollow(follow)) })
}

/// Changes the owner of an open file; `u32::MAX` leaves an id as it is.
pub fn fchown(fd: i32, uid: u32, gid: u32) -> Result<()> {
    // SAFETY: only integers cross.
    done(unsafe { libc::fchown(fd, uid, gid) })
}

/// Makes a hard link. With `follow`, a link as source is resolved first.
pub fn link(source_dir: i32, source: &CStr, target_dir: i32, target: &CStr, follow: bool) -> Result<()> {
    let flags = if follow { libc::AT_SYMLINK_FOLLOW } else { 0 };
    // SAFETY: both paths are NUL-ended and outlive the call.
    done(unsafe { libc::linkat(source_dir, source.as_ptr(), target_dir, target.as_ptr(), flags) })
}

/// Makes a symbolic link `path` that reads `content`.
pub fn symlink(content: &CStr, dir: i32, path: &CStr) -> Result<()> {
    // SAFETY: both strings are NUL-ended and outlive the call.
    done(unsafe { libc::symlinkat(content.as_ptr(), dir, path.as_ptr()) })
}

/// The content of a symbolic link, however long.
pub fn readlink(dir: i32, path: &CStr) -> Result<Vec<u8>> {
    let mut size = 256;
    loop {
        let mut text = zeroed(size)?;
        // SAFETY: the path is NUL-ended, the buffer is writable for the length given.
        let n = count(unsafe { libc::readlinkat(dir, path.as_ptr(), text.as_mut_ptr().cast(), size) })?;
        if n < size {
            text.truncate(n);
            return Ok(text);
        }
        size *= 4;
    }
}

/// Renames, replacing an existing target.
pub fn rename(source_dir: i32, source: &CStr, target_dir: i32, target: &CStr) -> Result<()> {
    // SAFETY: both paths are NUL-ended and outlive the call.
    done(unsafe { libc::renameat(source_dir, source.as_ptr(), target_dir, target.as_ptr()) })
}

/// Removes a name that is not a directory.
pub fn unlink(dir: i32, path: &CStr) -> Result<()> {
    // SAFETY: the path is NUL-ended and outlives the call.
    done(unsafe { libc::unlinkat(dir, path.as_ptr(), 0) })
}

/// Removes an empty directory.
pub fn rmdir(dir: i32, path: &CStr) -> Result<()> {
    // SAFETY: the path is NUL-ended and outlives the call.
    done(unsafe { libc::unlinkat(dir, path.as_ptr(), libc::AT_REMOVEDIR) })
}

/// Makes a directory.
pub fn mkdir(dir: i32, path: &CStr, mode: u32) -> Result<()> {
    // SAFETY: the path is NUL-ended and outlives the call.
    done(unsafe { libc::mkdirat(dir, path.as_ptr(), mode) })
}

/// Makes a named pipe.
pub fn mkfifo(dir: i32, path: &CStr, mode: u32) -> Result<()> {
    // SAFETY: the path is NUL-ended and outlives the call.
    done(unsafe { libc::mkfifoat(dir, path.as_ptr(), mode) })
}

/// Makes a file, device or named pipe, as the type bits of `mode` say.
pub fn mknod(dir: i32, path: &CStr, mode: u32, device: u64) -> Result<()> {
    // SAFETY: the path is NUL-ended and outlives the call.
    done(unsafe { libc::mknodat(dir, path.as_ptr(), mode, device) })
}

/// Access and modification time; `None` means now.
fn time_pair(times: Option<(Timespec, Timespec)>) -> [libc::timespec; 2] {
    match times {
        Some((access, modify)) => [access.to_c(), modify.to_c()],
        None => [libc::timespec { tv_sec: 0, tv_nsec: libc::UTIME_NOW }; 2],
    }
}

/// Sets access and modification time; `None` means now.
pub fn utime(dir: i32, path: &CStr, times: Option<(Timespec, Timespec)>, follow: bool) -> Result<()> {
    let pair = time_pair(times);
    // SAFETY: the path is NUL-ended, the array holds the two times that the call reads.
    done(unsafe { libc::utimensat(dir, path.as_ptr(), pair.as_ptr(), nofollow(follow)) })
}

/// Sets access and modification time of an open file; `None` means now.
pub fn futime(fd: i32, times: Option<(Timespec, Timespec)>) -> Result<()> {
    let pair = time_pair(times);
    // SAFETY: the array holds the two times that the call reads.
    done(unsafe { libc::futimens(fd, pair.as_ptr()) })
}

/// The working directory. `ENOENT` when it has been removed.
pub fn getcwd() -> Result<Vec<u8>> {
    let mut size = 1024;
    loop {
        let mut text = zeroed(size)?;
        // SAFETY: the buffer is writable for the length given.
        let reply = unsafe { libc::getcwd(text.as_mut_ptr().cast(), size) };
        if !reply.is_null() {
            return Ok(until_nul(&text));
        }
        match Errno::last() {
            Errno::ERANGE => size *= 4,
            error => return Err(error),
        }
    }
}

/// Changes the working directory.
pub fn chdir(path: &CStr) -> Result<()> {
    // SAFETY: the path is NUL-ended and outlives the call.
    done(unsafe { libc::chdir(path.as_ptr()) })
}

/// Changes the working directory to an open one.
pub fn fchdir(fd: i32) -> Result<()> {
    // SAFETY: only an integer crosses.
    done(unsafe { libc::fchdir(fd) })
}

/// Changes the root directory.
pub fn chroot(path: &CStr) -> Result<()> {
    // SAFETY: the path is NUL-ended and outlives the call.
    done(unsafe { libc::chroot(path.as_ptr()) })
}

/// Sets the mask of mode bits that new files lack; answers the old one.
pub fn umask(mask: u32) -> u32 {
    // SAFETY: only an integer crosses; the call cannot fail.
    unsafe { libc::umask(mask) }
}

/// The absolute path without links, dots and double slashes.
pub fn realpath(path: &CStr) -> Result<Vec<u8>> {
    // SAFETY: the path is NUL-ended; with NULL libc allocates the answer.
    let text = unsafe { libc::realpath(path.as_ptr(), std::ptr::null_mut()) };
    if text.is_null() {
        return Err(Errno::last());
    }
    // SAFETY: libc returned a NUL-ended string that is ours until it is freed.
    let bytes = unsafe { crate::strings::bytes_of(text) }.unwrap_or_default();
    // SAFETY: the string came from malloc and is not used again.
    unsafe { libc::free(text.cast()) };
    Ok(bytes)
}

/// Name of the controlling terminal.
pub fn ctermid() -> Vec<u8> {
    let mut text = [0u8; 64];
    // SAFETY: the buffer is larger than `L_ctermid`.
    unsafe { libc::ctermid(text.as_mut_ptr().cast()) };
    until_nul(&text)
}

/// `unshare(2)`: leaves shared namespaces.
pub fn unshare(flags: i32) -> Result<()> {
    // SAFETY: only an integer crosses.
    done(unsafe { libc::unshare(flags) })
}

/// `setns(2)`: joins the namespace that `fd` names.
pub fn setns(fd: i32, kind: i32) -> Result<()> {
    // SAFETY: only integers cross.
    check(unsafe { libc::setns(fd, kind) }).map(|_| ())
}
