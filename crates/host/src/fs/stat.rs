//! What the file system knows of a file, and of itself.

use crate::clock::Timespec;
use crate::errno::{Result, done};
use std::ffi::CStr;
use std::mem::MaybeUninit;

/// Answer of the `stat` family; times have nanoseconds, `blocks` counts 512 bytes each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    pub mode: u32,
    pub ino: u64,
    pub dev: u64,
    pub nlink: u64,
    pub uid: u32,
    pub gid: u32,
    pub size: i64,
    pub atime: Timespec,
    pub mtime: Timespec,
    pub ctime: Timespec,
    pub blksize: i64,
    pub blocks: i64,
    pub rdev: u64,
}

impl Stat {
    #[allow(clippy::unnecessary_cast, reason = "field widths differ between targets")]
    fn from_c(c: &libc::stat) -> Stat {
        Stat {
            mode: c.st_mode,
            ino: c.st_ino,
            dev: c.st_dev,
            nlink: c.st_nlink as u64,
            uid: c.st_uid,
            gid: c.st_gid,
            size: c.st_size,
            atime: Timespec { sec: c.st_atime, nsec: c.st_atime_nsec },
            mtime: Timespec { sec: c.st_mtime, nsec: c.st_mtime_nsec },
            ctime: Timespec { sec: c.st_ctime, nsec: c.st_ctime_nsec },
            blksize: c.st_blksize as i64,
            blocks: c.st_blocks,
            rdev: c.st_rdev,
        }
    }

    /// The file type bits (`S_IFMT`) of the mode.
    pub fn kind(&self) -> u32 {
        self.mode & libc::S_IFMT
    }

    /// Whether this is a directory.
    pub fn is_dir(&self) -> bool {
        self.kind() == libc::S_IFDIR
    }

    /// Whether this is a regular file.
    pub fn is_file(&self) -> bool {
        self.kind() == libc::S_IFREG
    }

    /// Whether this is a symbolic link.
    pub fn is_symlink(&self) -> bool {
        self.kind() == libc::S_IFLNK
    }
}

fn collect(call: impl FnOnce(*mut libc::stat) -> i32) -> Result<Stat> {
    let mut c = MaybeUninit::<libc::stat>::uninit();
    done(call(c.as_mut_ptr()))?;
    // SAFETY: the call succeeded, so the kernel has filled the structure.
    Ok(Stat::from_c(unsafe { c.assume_init_ref() }))
}

/// `stat` of an open descriptor.
pub fn fstat(fd: i32) -> Result<Stat> {
    // SAFETY: the pointer leads to room for the structure.
    collect(|c| unsafe { libc::fstat(fd, c) })
}

/// `stat` of a path, following a final link.
pub fn stat(path: &CStr) -> Result<Stat> {
    // SAFETY: the path is NUL-ended, the pointer leads to room for the structure.
    collect(|c| unsafe { libc::stat(path.as_ptr(), c) })
}

/// `stat` of a path, of the final link itself.
pub fn lstat(path: &CStr) -> Result<Stat> {
    // SAFETY: the path is NUL-ended, the pointer leads to room for the structure.
    collect(|c| unsafe { libc::lstat(path.as_ptr(), c) })
}

/// `stat` of a path relative to `dir`.
pub fn fstatat(dir: i32, path: &CStr, follow: bool) -> Result<Stat> {
    let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    // SAFETY: the path is NUL-ended, the pointer leads to room for the structure.
    collect(|c| unsafe { libc::fstatat(dir, path.as_ptr(), c, flags) })
}

/// Answer of the `statvfs` family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatVfs {
    pub bsize: u64,
    pub frsize: u64,
    pub blocks: u64,
    pub bfree: u64,
    pub bavail: u64,
    pub files: u64,
    pub ffree: u64,
    pub favail: u64,
    pub fsid: u64,
    pub flag: u64,
    pub namemax: u64,
}

fn collect_vfs(call: impl FnOnce(*mut libc::statvfs) -> i32) -> Result<StatVfs> {
    let mut c = MaybeUninit::<libc::statvfs>::zeroed();
    done(call(c.as_mut_ptr()))?;
    // SAFETY: the call succeeded, so the structure is filled.
    let c = unsafe { c.assume_init() };
    Ok(StatVfs {
        bsize: c.f_bsize,
        frsize: c.f_frsize,
        blocks: c.f_blocks,
        bfree: c.f_bfree,
        bavail: c.f_bavail,
        files: c.f_files,
        ffree: c.f_ffree,
        favail: c.f_favail,
        fsid: c.f_fsid,
        flag: c.f_flag,
        namemax: c.f_namemax,
    })
}

/// The file system that holds `path`.
pub fn statvfs(path: &CStr) -> Result<StatVfs> {
    // SAFETY: the path is NUL-ended, the pointer leads to room for the structure.
    collect_vfs(|c| unsafe { libc::statvfs(path.as_ptr(), c) })
}

/// The file system that holds the open file `fd`.
pub fn fstatvfs(fd: i32) -> Result<StatVfs> {
    // SAFETY: the pointer leads to room for the structure.
    collect_vfs(|c| unsafe { libc::fstatvfs(fd, c) })
}

/// The major number of a device.
pub fn major(device: u64) -> u32 {
    libc::major(device)
}

/// The minor number of a device.
pub fn minor(device: u64) -> u32 {
    libc::minor(device)
}

/// The device of a major and a minor number.
pub fn makedev(major: u32, minor: u32) -> u64 {
    libc::makedev(major, minor)
}
