//! Reading a directory entry by entry.

use crate::errno::{Errno, Result, done};
use std::ffi::CStr;

/// One name in a directory. `kind` is a `DT_*` number; 0 means that the file system does not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryEntry {
    pub name: Vec<u8>,
    pub ino: u64,
    pub kind: u8,
}

/// `DirectoryEntry::kind` of a directory.
pub const KIND_DIRECTORY: u8 = libc::DT_DIR;
/// `DirectoryEntry::kind` of a regular file.
pub const KIND_FILE: u8 = libc::DT_REG;
/// `DirectoryEntry::kind` of a symbolic link.
pub const KIND_SYMLINK: u8 = libc::DT_LNK;
/// `DirectoryEntry::kind` where the file system does not say.
pub const KIND_UNKNOWN: u8 = libc::DT_UNKNOWN;

/// An open directory stream. `.` and `..` are left out.
#[derive(Debug)]
pub struct Directory {
    /// NULL once closed.
    stream: *mut libc::DIR,
    /// The caller's descriptor shares its position with ours, so it is put back to the start at the end.
    rewind: bool,
}

// SAFETY: a DIR stream has no thread affinity; `&mut self` on every method keeps uses apart.
unsafe impl Send for Directory {}

impl Directory {
    /// Opens the directory at `path`.
    pub fn open(path: &CStr) -> Result<Directory> {
        // SAFETY: the path is NUL-ended and outlives the call.
        let stream = unsafe { libc::opendir(path.as_ptr()) };
        if stream.is_null() { Err(Errno::last()) } else { Ok(Directory { stream, rewind: false }) }
    }

    /// Reads the directory open as `fd` through a copy of the descriptor; `fd` stays the caller's.
    pub fn from_descriptor(fd: i32) -> Result<Directory> {
        let copy = super::dup(fd)?;
        // SAFETY: `copy` is ours; on success the stream owns it.
        let stream = unsafe { libc::fdopendir(copy) };
        if stream.is_null() {
            let error = Errno::last();
            let _ = super::close(copy);
            return Err(error);
        }
        // SAFETY: the stream is open. The position is shared with the caller's descriptor.
        unsafe { libc::rewinddir(stream) };
        Ok(Directory { stream, rewind: true })
    }

    /// The next entry, `None` at the end.
    pub fn next_entry(&mut self) -> Result<Option<DirectoryEntry>> {
        if self.stream.is_null() {
            return Ok(None);
        }
        loop {
            Errno::set_last(0);
            // SAFETY: the stream is open, and `&mut self` keeps other readers away.
            let entry = unsafe { libc::readdir64(self.stream) };
            if entry.is_null() {
                return match Errno::last() {
                    Errno(0) => Ok(None),
                    error => Err(error),
                };
            }
            // SAFETY: readdir returned a valid entry with a NUL-ended name. The entry may be shorter than
            // the declared structure, so only its fields are read, through the raw pointer.
            let (name, ino, kind) = unsafe {
                let name = CStr::from_ptr((&raw const (*entry).d_name).cast());
                (name.to_bytes(), (*entry).d_ino, (*entry).d_type)
            };
            if name != b"." && name != b".." {
                return Ok(Some(DirectoryEntry { name: name.to_vec(), ino, kind }));
            }
        }
    }

    /// Closes the stream; later calls of [`Directory::next_entry`] answer `None`.
    pub fn close(&mut self) -> Result<()> {
        let stream = std::mem::replace(&mut self.stream, std::ptr::null_mut());
        if stream.is_null() {
            return Ok(());
        }
        if self.rewind {
            // SAFETY: the stream is still open here.
            unsafe { libc::rewinddir(stream) };
        }
        // SAFETY: the stream is open and forgotten by this value.
        done(unsafe { libc::closedir(stream) })
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = self.close();
    }
}

impl Iterator for Directory {
    type Item = Result<DirectoryEntry>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_entry().transpose()
    }
}

fn names(mut directory: Directory) -> Result<Vec<Vec<u8>>> {
    let mut names = Vec::new();
    while let Some(entry) = directory.next_entry()? {
        names.push(entry.name);
    }
    Ok(names)
}

/// All names in the directory at `path`.
pub fn listdir(path: &CStr) -> Result<Vec<Vec<u8>>> {
    names(Directory::open(path)?)
}

/// All names in the directory open as `fd`.
pub fn flistdir(fd: i32) -> Result<Vec<Vec<u8>>> {
    names(Directory::from_descriptor(fd)?)
}
