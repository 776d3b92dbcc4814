//! Options of sockets, as numbers and as raw bytes.

use crate::errno::{Result, done, zeroed};

/// Reads an option that is an int.
pub fn getsockopt_int(fd: i32, level: i32, name: i32) -> Result<i32> {
    let mut value = 0i32;
    let mut len = size_of::<i32>() as libc::socklen_t;
    // SAFETY: value and length are locals that outlive the call.
    done(unsafe { libc::getsockopt(fd, level, name, (&raw mut value).cast(), &raw mut len) })?;
    Ok(value)
}

/// Reads up to `len` bytes of an option.
pub fn getsockopt(fd: i32, level: i32, name: i32, len: usize) -> Result<Vec<u8>> {
    let mut value = zeroed(len)?;
    let mut got = libc::socklen_t::try_from(len).unwrap_or(libc::socklen_t::MAX);
    // SAFETY: the buffer is writable for the length given.
    done(unsafe { libc::getsockopt(fd, level, name, value.as_mut_ptr().cast(), &raw mut got) })?;
    value.truncate(got as usize);
    Ok(value)
}

/// Sets an option that is an int.
pub fn setsockopt_int(fd: i32, level: i32, name: i32, value: i32) -> Result<()> {
    setsockopt(fd, level, name, &value.to_ne_bytes())
}

/// Sets an option from bytes.
pub fn setsockopt(fd: i32, level: i32, name: i32, value: &[u8]) -> Result<()> {
    let len = libc::socklen_t::try_from(value.len()).map_err(|_| crate::Errno::EINVAL)?;
    // SAFETY: the bytes are readable for the length given.
    done(unsafe { libc::setsockopt(fd, level, name, value.as_ptr().cast(), len) })
}

/// Sets an option with no value but a length.
pub fn setsockopt_null(fd: i32, level: i32, name: i32, len: u32) -> Result<()> {
    // SAFETY: the kernel answers EFAULT where it wants to read the value.
    done(unsafe { libc::setsockopt(fd, level, name, std::ptr::null(), len) })
}

/// Takes the pending error of a socket (`SO_ERROR`), as after a connect that did not wait.
pub fn take_error(fd: i32) -> Result<Option<crate::Errno>> {
    Ok(match getsockopt_int(fd, libc::SOL_SOCKET, libc::SO_ERROR)? {
        0 => None,
        error => Some(crate::Errno(error)),
    })
}
