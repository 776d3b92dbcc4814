//! Whole files at once, for source and code files. Only here is `EINTR` retried: a caller that wants a file
//! whole has no partial result to give back between two attempts.

use crate::errno::{Errno, Result};
use std::ffi::CStr;

/// Repeats `call` while signals interrupt it.
fn uninterrupted<T>(mut call: impl FnMut() -> Result<T>) -> Result<T> {
    loop {
        match call() {
            Err(Errno::EINTR) => {}
            result => return result,
        }
    }
}

/// All that can be read from `fd` until its end.
pub fn read_to_end(fd: i32) -> Result<Vec<u8>> {
    // One byte more than the file has, so that its end is met without a second allocation.
    let size = super::fstat(fd).map_or(0, |stat| usize::try_from(stat.size).unwrap_or(0));
    let mut bytes = Vec::new();
    let mut step = size.saturating_add(1).max(512);
    while uninterrupted(|| super::read_append(fd, &mut bytes, step))? > 0 {
        step = (bytes.capacity() - bytes.len()).max(8192);
    }
    Ok(bytes)
}

/// The content of the file at `path`. `EISDIR` for a directory.
pub fn read_file(path: &CStr) -> Result<Vec<u8>> {
    let fd = uninterrupted(|| super::open(super::CWD, path, libc::O_RDONLY | libc::O_CLOEXEC, 0))?;
    let bytes = read_to_end(fd);
    let _ = super::close(fd);
    bytes
}

/// Writes all of `data` to `fd`.
pub fn write_all(fd: i32, mut data: &[u8]) -> Result<()> {
    while !data.is_empty() {
        match uninterrupted(|| super::write(fd, data))? {
            0 => return Err(Errno::EIO),
            n => data = &data[n..],
        }
    }
    Ok(())
}

/// Makes `data` the content of the file at `path`, which is made with `mode` if it does not exist.
pub fn write_file(path: &CStr, data: &[u8], mode: u32) -> Result<()> {
    let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_TRUNC | libc::O_CLOEXEC;
    let fd = uninterrupted(|| super::open(super::CWD, path, flags, mode))?;
    let written = write_all(fd, data);
    let closed = super::close(fd);
    written.and(closed)
}
