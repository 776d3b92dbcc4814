//! `fcntl` and `ioctl` in the forms that Python's `fcntl` module offers: a number, a buffer, a record lock.
//!
//! The kernel does not know how long a caller's buffer is. So a buffer is copied to a scratch area of at
//! least [`SCRATCH`] bytes, the largest size that an ioctl request number can state, and copied back.
//! Some requests read a number as an address, or an address inside the buffer; what the kernel does there
//! is outside any check, as with a write to `/proc/self/mem`. That is the nature of these two calls.

use crate::errno::{Result, check, done, zeroed};

/// Smallest area the kernel gets to write to: request numbers carry sizes of at most 14 bits.
const SCRATCH: usize = 1 << 14;

/// `fcntl` with a number.
pub fn fcntl(fd: i32, command: i32, argument: i64) -> Result<i32> {
    // SAFETY: integers cross; a command that reads the number as an address answers for itself, see the
    // module's remark.
    check(unsafe { libc::fcntl(fd, command, argument as libc::c_long) })
}

/// `fcntl` with a buffer that the kernel may change.
pub fn fcntl_bytes(fd: i32, command: i32, buffer: &mut [u8]) -> Result<i32> {
    with_scratch(buffer, |area| {
        // SAFETY: the area is writable, longer than any structure that fcntl commands store.
        check(unsafe { libc::fcntl(fd, command, area.as_mut_ptr()) })
    })
}

/// `ioctl` with a number.
pub fn ioctl(fd: i32, request: u64, argument: i64) -> Result<i32> {
    // SAFETY: integers cross; a request that reads the number as an address answers for itself, see the
    // module's remark.
    check(unsafe { libc::ioctl(fd, request as libc::Ioctl, argument as libc::c_long) })
}

/// `ioctl` with a buffer that the kernel may change.
pub fn ioctl_bytes(fd: i32, request: u64, buffer: &mut [u8]) -> Result<i32> {
    with_scratch(buffer, |area| {
        // SAFETY: the area is writable and at least as long as any size a request number can state.
        check(unsafe { libc::ioctl(fd, request as libc::Ioctl, area.as_mut_ptr()) })
    })
}

fn with_scratch(buffer: &mut [u8], call: impl FnOnce(&mut [u8]) -> Result<i32>) -> Result<i32> {
    let mut area = zeroed(buffer.len().saturating_add(8).max(SCRATCH))?;
    area[..buffer.len()].copy_from_slice(buffer);
    let reply = call(&mut area)?;
    buffer.copy_from_slice(&area[..buffer.len()]);
    Ok(reply)
}

/// A POSIX record lock: `kind` is `F_RDLCK`, `F_WRLCK` or `F_UNLCK`; `wait` chooses `F_SETLKW`.
pub fn record_lock(fd: i32, kind: i32, wait: bool, start: i64, length: i64, whence: i32) -> Result<()> {
    let lock = libc::flock {
        l_type: kind as libc::c_short,
        l_whence: whence as libc::c_short,
        l_start: start,
        l_len: length,
        l_pid: 0,
    };
    let command = if wait { libc::F_SETLKW } else { libc::F_SETLK };
    // SAFETY: the structure is a local that outlives the call.
    done(unsafe { libc::fcntl(fd, command, &raw const lock) })
}
