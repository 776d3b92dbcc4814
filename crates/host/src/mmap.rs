//! Memory maps. Bytes are reached only through checked copies on raw pointers; no reference into a map is
//! ever made, because another process or thread may write it at any time. Copies between threads go word
//! by word through relaxed atomics, so a race gives mixed bytes but no undefined behaviour.
//! One danger stays, as in every user of maps: touching pages behind the end of a file that someone has
//! shortened raises SIGBUS.

use crate::errno::{Errno, Result, done};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering::Relaxed};

pub use crate::memory::page_size;

const WORD: usize = size_of::<usize>();

/// Bytes that a search copies at once.
const CHUNK: usize = 1 << 16;

/// A mapped area, unmapped when dropped.
#[derive(Debug)]
pub struct Map {
    start: NonNull<u8>,
    len: usize,
    protection: i32,
}

// SAFETY: the area belongs to the process, not to a thread.
unsafe impl Send for Map {}
// SAFETY: shared methods touch the bytes through atomics only; those that move or end the area need
// `&mut self`.
unsafe impl Sync for Map {}

impl Map {
    /// Maps `len` bytes of `fd` from `offset`, or anonymous memory with `MAP_ANONYMOUS` in `flags` (then
    /// `fd` is -1). `MAP_FIXED` is refused: it would replace memory that others use.
    pub fn new(fd: i32, len: usize, offset: i64, protection: i32, flags: i32) -> Result<Map> {
        if flags & (libc::MAP_FIXED | libc::MAP_FIXED_NOREPLACE | libc::MAP_GROWSDOWN) != 0 {
            return Err(Errno::EINVAL);
        }
        // SAFETY: without a fixed address the kernel picks room that nobody uses.
        let start = unsafe { libc::mmap(std::ptr::null_mut(), len, protection, flags, fd, offset) };
        if start == libc::MAP_FAILED {
            return Err(Errno::last());
        }
        let start = NonNull::new(start.cast::<u8>()).ok_or(Errno::ENOMEM)?;
        Ok(Map { start, len, protection })
    }

    /// Anonymous memory that forked children share.
    pub fn anonymous(len: usize) -> Result<Map> {
        Map::new(-1, len, 0, libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED | libc::MAP_ANONYMOUS)
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether the map has no bytes; never true for a live map.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether bytes may be written.
    pub fn is_writable(&self) -> bool {
        self.protection & libc::PROT_WRITE != 0
    }

    /// Address of the first byte, for buffers that outlive single calls. It holds until the map is
    /// resized or dropped.
    pub fn as_ptr(&self) -> *mut u8 {
        self.start.as_ptr()
    }

    /// The pointer to `at` if `len` bytes lie behind it; `EINVAL` otherwise.
    fn range(&self, at: usize, len: usize) -> Result<*mut u8> {
        match at.checked_add(len) {
            // SAFETY: `at` is inside the area or just behind its end.
            Some(end) if end <= self.len => Ok(unsafe { self.start.as_ptr().add(at) }),
            _ => Err(Errno::EINVAL),
        }
    }

    fn readable(&self) -> Result<()> {
        if self.protection & (libc::PROT_READ | libc::PROT_WRITE) == 0 { Err(Errno::EACCES) } else { Ok(()) }
    }

    fn writable(&self) -> Result<()> {
        if self.is_writable() { Ok(()) } else { Err(Errno::EACCES) }
    }

    /// Copies bytes from `at` into `target`. `EINVAL` outside the map, `EACCES` for a map without access.
    pub fn read(&self, at: usize, target: &mut [u8]) -> Result<()> {
        self.readable()?;
        let source = self.range(at, target.len())?;
        // SAFETY: the range is inside the area and readable.
        unsafe { copy_out(source, target) };
        Ok(())
    }

    /// A copy of `len` bytes from `at`.
    pub fn read_vec(&self, at: usize, len: usize) -> Result<Vec<u8>> {
        self.range(at, len)?;
        let mut bytes = crate::errno::zeroed(len)?;
        self.read(at, &mut bytes)?;
        Ok(bytes)
    }

    /// Copies `data` to `at`. `EINVAL` outside the map, `EACCES` for a map that is not writable.
    pub fn write(&self, at: usize, data: &[u8]) -> Result<()> {
        self.writable()?;
        let target = self.range(at, data.len())?;
        // SAFETY: the range is inside the area and writable.
        unsafe { copy_in(target, data) };
        Ok(())
    }

    /// The byte at `at`, `None` outside the map.
    pub fn get(&self, at: usize) -> Option<u8> {
        let mut byte = [0];
        self.read(at, &mut byte).ok().map(|()| byte[0])
    }

    /// Moves `len` bytes from `from` to `to`; the ranges may overlap.
    pub fn copy_within(&self, to: usize, from: usize, len: usize) -> Result<()> {
        self.range(to, len)?;
        let bytes = self.read_vec(from, len)?;
        self.write(to, &bytes)
    }

    /// Position of `needle` in `start..end`, the first or with `last` the last one.
    pub fn find(&self, needle: &[u8], start: usize, end: usize, last: bool) -> Option<usize> {
        let end = end.min(self.len);
        if start > end || self.readable().is_err() {
            return None;
        }
        if needle.is_empty() {
            return Some(if last { end } else { start });
        }
        // Searched in copied chunks that overlap by all but one byte of the needle.
        let finder = memchr::memmem::Finder::new(needle);
        let back = memchr::memmem::FinderRev::new(needle);
        let step = CHUNK.max(needle.len());
        let mut chunk = Vec::new();
        chunk.try_reserve_exact(step.checked_add(needle.len())?.min(end - start)).ok()?;
        let (mut low, mut high) = (start, end);
        while high - low >= needle.len() {
            let size = (high - low).min(step + needle.len() - 1);
            let at = if last { high - size } else { low };
            chunk.resize(size, 0);
            self.read(at, &mut chunk).ok()?;
            if let Some(i) = if last { back.rfind(&chunk) } else { finder.find(&chunk) } {
                return Some(at + i);
            }
            let searched = size - (needle.len() - 1);
            if last { high -= searched } else { low += searched }
        }
        None
    }

    /// Position of the first `byte` in `start..end`.
    pub fn find_byte(&self, byte: u8, start: usize, end: usize) -> Option<usize> {
        self.find(&[byte], start, end, false)
    }

    /// Writes changed pages in the range to the file; `at` is a multiple of the page size.
    pub fn flush(&self, at: usize, len: usize, flags: i32) -> Result<()> {
        let start = self.range(at, len)?;
        // SAFETY: the range is inside the area.
        done(unsafe { libc::msync(start.cast(), len, flags) })
    }

    /// Tells the kernel how the range will be used; `at` is a multiple of the page size.
    pub fn advise(&self, at: usize, len: usize, advice: i32) -> Result<()> {
        let start = self.range(at, len)?;
        // SAFETY: the range is inside the area.
        done(unsafe { libc::madvise(start.cast(), len, advice) })
    }

    /// Changes the length; the area may move.
    pub fn resize(&mut self, len: usize) -> Result<()> {
        // SAFETY: the area is ours, and `&mut self` says that nobody reads it now.
        let start = unsafe { libc::mremap(self.start.as_ptr().cast(), self.len, len, libc::MREMAP_MAYMOVE) };
        if start == libc::MAP_FAILED {
            return Err(Errno::last());
        }
        self.start = NonNull::new(start.cast::<u8>()).ok_or(Errno::ENOMEM)?;
        self.len = len;
        Ok(())
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        // SAFETY: the area is ours and not used again.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.len) };
    }
}

/// Copies `target.len()` bytes from shared memory.
///
/// # Safety
/// The bytes at `source` are readable for that length.
unsafe fn copy_out(source: *mut u8, target: &mut [u8]) {
    let len = target.len();
    let head = source.align_offset(WORD).min(len);
    let words = (len - head) / WORD;
    // SAFETY: all positions are below `len`; the word loads are aligned after `head` bytes.
    unsafe {
        for (i, slot) in target[..head].iter_mut().enumerate() {
            *slot = AtomicU8::from_ptr(source.add(i)).load(Relaxed);
        }
        for w in 0..words {
            let at = head + w * WORD;
            let word = AtomicUsize::from_ptr(source.add(at).cast()).load(Relaxed);
            target[at..at + WORD].copy_from_slice(&word.to_ne_bytes());
        }
        for (i, slot) in target.iter_mut().enumerate().skip(head + words * WORD) {
            *slot = AtomicU8::from_ptr(source.add(i)).load(Relaxed);
        }
    }
}

/// Copies `data` to shared memory.
///
/// # Safety
/// The bytes at `target` are writable for the length of `data`.
unsafe fn copy_in(target: *mut u8, data: &[u8]) {
    let len = data.len();
    let head = target.align_offset(WORD).min(len);
    let words = (len - head) / WORD;
    // SAFETY: all positions are below `len`; the word stores are aligned after `head` bytes.
    unsafe {
        for (i, byte) in data[..head].iter().enumerate() {
            AtomicU8::from_ptr(target.add(i)).store(*byte, Relaxed);
        }
        for w in 0..words {
            let at = head + w * WORD;
            let mut word = [0; WORD];
            word.copy_from_slice(&data[at..at + WORD]);
            AtomicUsize::from_ptr(target.add(at).cast()).store(usize::from_ne_bytes(word), Relaxed);
        }
        for (i, byte) in data.iter().enumerate().skip(head + words * WORD) {
            AtomicU8::from_ptr(target.add(i)).store(*byte, Relaxed);
        }
    }
}

#[cfg(test)]
mod tests;
