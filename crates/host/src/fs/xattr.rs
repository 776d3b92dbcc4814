//! Extended attributes, by path (with or without following a final link) or by descriptor.

use crate::errno::{Errno, Result, count, done, zeroed};
use std::ffi::CStr;

/// What an attribute call acts on.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// A path; a final link is followed.
    Path(&'a CStr),
    /// A path; a final link is itself the subject.
    Link(&'a CStr),
    /// An open file.
    Descriptor(i32),
}

/// Repeats `call` with growing buffers until the answer fits.
fn grow(call: impl Fn(&mut [u8]) -> isize) -> Result<Vec<u8>> {
    let mut size = 256;
    loop {
        let mut bytes = zeroed(size)?;
        match count(call(&mut bytes)) {
            Ok(n) => {
                bytes.truncate(n);
                return Ok(bytes);
            }
            Err(Errno::ERANGE) if size < 1 << 17 => size *= 4,
            Err(error) => return Err(error),
        }
    }
}

/// The value of attribute `name`.
pub fn getxattr(subject: Subject<'_>, name: &CStr) -> Result<Vec<u8>> {
    grow(|buffer| {
        let (bytes, size) = (buffer.as_mut_ptr().cast(), buffer.len());
        // SAFETY: strings are NUL-ended, the buffer is writable for the length given.
        unsafe {
            match subject {
                Subject::Path(path) => libc::getxattr(path.as_ptr(), name.as_ptr(), bytes, size),
                Subject::Link(path) => libc::lgetxattr(path.as_ptr(), name.as_ptr(), bytes, size),
                Subject::Descriptor(fd) => libc::fgetxattr(fd, name.as_ptr(), bytes, size),
            }
        }
    })
}

/// Sets attribute `name`; `flags` are `XATTR_CREATE` and `XATTR_REPLACE`.
pub fn setxattr(subject: Subject<'_>, name: &CStr, value: &[u8], flags: i32) -> Result<()> {
    let (bytes, size) = (value.as_ptr().cast(), value.len());
    // SAFETY: strings are NUL-ended, the value is readable for the length given.
    done(unsafe {
        match subject {
            Subject::Path(path) => libc::setxattr(path.as_ptr(), name.as_ptr(), bytes, size, flags),
            Subject::Link(path) => libc::lsetxattr(path.as_ptr(), name.as_ptr(), bytes, size, flags),
            Subject::Descriptor(fd) => libc::fsetxattr(fd, name.as_ptr(), bytes, size, flags),
        }
    })
}

/// Removes attribute `name`.
pub fn removexattr(subject: Subject<'_>, name: &CStr) -> Result<()> {
    // SAFETY: strings are NUL-ended and outlive the call.
    done(unsafe {
        match subject {
            Subject::Path(path) => libc::removexattr(path.as_ptr(), name.as_ptr()),
            Subject::Link(path) => libc::lremovexattr(path.as_ptr(), name.as_ptr()),
            Subject::Descriptor(fd) => libc::fremovexattr(fd, name.as_ptr()),
        }
    })
}

/// The names of all attributes.
pub fn listxattr(subject: Subject<'_>) -> Result<Vec<Vec<u8>>> {
    let joined = grow(|buffer| {
        let (bytes, size) = (buffer.as_mut_ptr().cast(), buffer.len());
        // SAFETY: the path is NUL-ended, the buffer is writable for the length given.
        unsafe {
            match subject {
                Subject::Path(path) => libc::listxattr(path.as_ptr(), bytes, size),
                Subject::Link(path) => libc::llistxattr(path.as_ptr(), bytes, size),
                Subject::Descriptor(fd) => libc::flistxattr(fd, bytes, size),
            }
        }
    })?;
    Ok(joined.split(|b| *b == 0).filter(|name| !name.is_empty()).map(<[u8]>::to_vec).collect())
}
