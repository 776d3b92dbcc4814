//! Bytes in and out of descriptors: read and write in all their forms, and copies inside the kernel.

use crate::errno::{Result, check, count, done, empty};
use std::io::{IoSlice, IoSliceMut};

/// The kernel moves at most this many bytes in one call, larger buffers are only part used.
pub const MAX_TRANSFER: usize = 0x7fff_f000;

/// How many buffers one scattered call may take (`IOV_MAX`).
pub const MAX_BUFFERS: usize = 1024;

/// Reads into `buffer`; 0 means end of file.
pub fn read(fd: i32, buffer: &mut [u8]) -> Result<usize> {
    let len = buffer.len().min(MAX_TRANSFER);
    // SAFETY: the buffer is writable for `len` bytes.
    count(unsafe { libc::read(fd, buffer.as_mut_ptr().cast(), len) })
}

/// Reads up to `len` bytes into a new vector, without clearing it first.
pub fn read_vec(fd: i32, len: usize) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    read_append(fd, &mut bytes, len)?;
    trim(&mut bytes, len);
    Ok(bytes)
}

/// Gives room back when far less came than was asked for.
pub(crate) fn trim(bytes: &mut Vec<u8>, asked: usize) {
    if asked > 4096 && bytes.len() < asked / 2 {
        bytes.shrink_to_fit();
    }
}

/// Reads up to `len` bytes onto the end of `bytes`; answers how many came.
pub fn read_append(fd: i32, bytes: &mut Vec<u8>, len: usize) -> Result<usize> {
    let len = len.min(MAX_TRANSFER);
    bytes.try_reserve(len).map_err(|_| crate::Errno::ENOMEM)?;
    let spare = bytes.spare_capacity_mut();
    // SAFETY: the spare room holds at least `len` bytes, and the kernel only writes there.
    let got = count(unsafe { libc::read(fd, spare.as_mut_ptr().cast(), len) })?;
    // SAFETY: the kernel has filled `got` bytes behind the old end.
    unsafe { bytes.set_len(bytes.len() + got) };
    Ok(got)
}

/// Reads from `offset` without moving the file position.
pub fn pread(fd: i32, buffer: &mut [u8], offset: i64) -> Result<usize> {
    let len = buffer.len().min(MAX_TRANSFER);
    // SAFETY: the buffer is writable for `len` bytes.
    count(unsafe { libc::pread(fd, buffer.as_mut_ptr().cast(), len, offset) })
}

/// [`pread`] into a new vector.
pub fn pread_vec(fd: i32, len: usize, offset: i64) -> Result<Vec<u8>> {
    let len = len.min(MAX_TRANSFER);
    let mut bytes = empty(len)?;
    // SAFETY: the vector has room for `len` bytes, and the kernel only writes there.
    let got = count(unsafe { libc::pread(fd, bytes.as_mut_ptr().cast(), len, offset) })?;
    // SAFETY: the kernel has filled `got` bytes.
    unsafe { bytes.set_len(got) };
    trim(&mut bytes, len);
    Ok(bytes)
}

/// Writes `data`; answers how many bytes were taken.
pub fn write(fd: i32, data: &[u8]) -> Result<usize> {
    let len = data.len().min(MAX_TRANSFER);
    // SAFETY: the data is readable for `len` bytes.
    count(unsafe { libc::write(fd, data.as_ptr().cast(), len) })
}

/// Writes at `offset` without moving the file position.
pub fn pwrite(fd: i32, data: &[u8], offset: i64) -> Result<usize> {
    let len = data.len().min(MAX_TRANSFER);
    // SAFETY: the data is readable for `len` bytes.
    count(unsafe { libc::pwrite(fd, data.as_ptr().cast(), len, offset) })
}

/// A buffer count that C can take; too many gives `EINVAL` from the kernel.
fn buffer_count(len: usize) -> i32 {
    i32::try_from(len).unwrap_or(i32::MAX)
}

/// Reads into several buffers in order.
pub fn readv(fd: i32, buffers: &mut [IoSliceMut<'_>]) -> Result<usize> {
    let n = buffer_count(buffers.len());
    // SAFETY: `IoSliceMut` has the layout of `iovec`, and each names a writable buffer.
    count(unsafe { libc::readv(fd, buffers.as_mut_ptr().cast(), n) })
}

/// Reads into several buffers from `offset`; `flags` are `RWF_*`.
pub fn preadv(fd: i32, buffers: &mut [IoSliceMut<'_>], offset: i64, flags: i32) -> Result<usize> {
    let n = buffer_count(buffers.len());
    // SAFETY: `IoSliceMut` has the layout of `iovec`, and each names a writable buffer.
    count(unsafe { libc::preadv2(fd, buffers.as_mut_ptr().cast(), n, offset, flags) })
}

/// Writes several buffers in order.
pub fn writev(fd: i32, buffers: &[IoSlice<'_>]) -> Result<usize> {
    let n = buffer_count(buffers.len());
    // SAFETY: `IoSlice` has the layout of `iovec`, and each names a readable buffer.
    count(unsafe { libc::writev(fd, buffers.as_ptr().cast(), n) })
}

/// Writes several buffers at `offset`; `flags` are `RWF_*`.
pub fn pwritev(fd: i32, buffers: &[IoSlice<'_>], offset: i64, flags: i32) -> Result<usize> {
    let n = buffer_count(buffers.len());
    // SAFETY: `IoSlice` has the layout of `iovec`, and each names a readable buffer.
    count(unsafe { libc::pwritev2(fd, buffers.as_ptr().cast(), n, offset, flags) })
}

/// Copies up to `len` bytes from one descriptor to another in the kernel; without `offset` the source's
/// own position is used and moved.
pub fn sendfile(target: i32, source: i32, offset: Option<i64>, len: usize) -> Result<usize> {
    let mut position = offset.unwrap_or(0);
    let pointer = if offset.is_some() { &raw mut position } else { std::ptr::null_mut() };
    // SAFETY: the offset is NULL or points to a local that outlives the call.
    count(unsafe { libc::sendfile(target, source, pointer, len) })
}

/// Copies a file range in the kernel; an offset of `None` uses and moves the descriptor's position.
pub fn copy_file_range(
    source: i32,
    source_offset: Option<i64>,
    target: i32,
    target_offset: Option<i64>,
    len: usize,
    flags: u32,
) -> Result<usize> {
    let (mut from, mut to) = (source_offset.unwrap_or(0), target_offset.unwrap_or(0));
    let from = if source_offset.is_some() { &raw mut from } else { std::ptr::null_mut() };
    let to = if target_offset.is_some() { &raw mut to } else { std::ptr::null_mut() };
    // SAFETY: both offsets are NULL or point to locals that outlive the call.
    count(unsafe { libc::copy_file_range(source, from, target, to, len, flags) })
}

/// Moves bytes between two descriptors of which one is a pipe.
pub fn splice(
    source: i32,
    source_offset: Option<i64>,
    target: i32,
    target_offset: Option<i64>,
    len: usize,
    flags: u32,
) -> Result<usize> {
    let (mut from, mut to) = (source_offset.unwrap_or(0), target_offset.unwrap_or(0));
    let from = if source_offset.is_some() { &raw mut from } else { std::ptr::null_mut() };
    let to = if target_offset.is_some() { &raw mut to } else { std::ptr::null_mut() };
    // SAFETY: both offsets are NULL or point to locals that outlive the call.
    count(unsafe { libc::splice(source, from, target, to, len, flags) })
}

/// Bytes waiting to be read from a pipe, socket or terminal (`FIONREAD`).
pub fn available(fd: i32) -> Result<i32> {
    let mut waiting: libc::c_int = 0;
    // SAFETY: FIONREAD stores one int through the pointer.
    check(unsafe { libc::ioctl(fd, libc::FIONREAD, &raw mut waiting) })?;
    Ok(waiting)
}

/// Sets the length of the file at `path`.
pub fn truncate(path: &std::ffi::CStr, length: i64) -> Result<()> {
    // SAFETY: the path is NUL-ended and outlives the call.
    done(unsafe { libc::truncate(path.as_ptr(), length) })
}
