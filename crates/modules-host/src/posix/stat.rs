//! `stat` and `statvfs`.

use orochi_host::clock::Timespec;
use orochi_host::fs::{self, Stat, StatVfs};
use orochi_objects::{Attached, Method, PyResult, Value, int, struct_sequence};

use super::{at, check_fd_alone};
use crate::arguments::{Also, Path, c_int, dir_fd, flag};
use crate::errors::blocking;
use crate::seconds;

struct_sequence! {
    /// `os.stat_result`.
    pub static STAT_RESULT = "os.stat_result", visible 10, flags 0,
        complete |values| {
            for i in 7..10 {
                if values[i + 3].is_none() {
                    values[i + 3] = values[i].clone();
                }
            }
        },
        "stat_result: Result from stat, fstat, or lstat.\n\nThis object may be accessed either as a tuple of\n  (mode, ino, \
         dev, nlink, uid, gid, size, atime, mtime, ctime)\nor via the attributes st_mode, st_ino, st_dev, st_nlink, and so \
         on.\n\nPosix/windows: If your platform supports st_blksize, st_blocks, st_rdev,\nor st_flags, they are available \
         as attributes only.\n\nSee os.stat for more information.",
        [
            "st_mode": "protection bits", "st_ino": "inode", "st_dev": "device", "st_nlink": "number of hard links",
            "st_uid": "user ID of owner", "st_gid": "group ID of owner", "st_size": "total size, in bytes",
            "": "integer time of last access", "": "integer time of last modification", "": "integer time of last change",
            "st_atime": "time of last access", "st_mtime": "time of last modification", "st_ctime": "time of last change",
            "st_atime_ns": "time of last access in nanoseconds", "st_mtime_ns": "time of last modification in nanoseconds",
            "st_ctime_ns": "time of last change in nanoseconds", "st_blksize": "blocksize for filesystem I/O",
            "st_blocks": "number of blocks allocated", "st_rdev": "device type (if inode device)",
        ];
}

struct_sequence! {
    /// `os.statvfs_result`.
    pub static STATVFS_RESULT = "os.statvfs_result", visible 10, flags 0,
        "statvfs_result: Result from statvfs or fstatvfs.\n\nThis object may be accessed either as a tuple of\n  (bsize, \
         frsize, blocks, bfree, bavail, files, ffree, favail, flag, namemax),\nor via the attributes f_bsize, f_frsize, \
         f_blocks, f_bfree, and so on.\n\nSee os.statvfs for more information.",
        [
            "f_bsize": "", "f_frsize": "", "f_blocks": "", "f_bfree": "", "f_bavail": "", "f_files": "", "f_ffree": "",
            "f_favail": "", "f_flag": "", "f_namemax": "", "f_fsid": "",
        ];
}

pub(super) static FUNCTIONS: &[Method] = &[
    Method::new("stat", "(path, *, dir_fd=None, follow_symlinks=True)", stat, "Perform a stat system call on the given path."),
    Method::new("lstat", "(path, *, dir_fd=None)", lstat, "Perform a stat system call on the given path, without following symbolic links."),
    Method::new("fstat", "(fd)", fstat, "Perform a stat system call on the given file descriptor."),
    Method::new("statvfs", "(path)", statvfs, "Perform a statvfs system call on the given path."),
    Method::new("fstatvfs", "(fd, /)", fstatvfs, "Perform an fstatvfs system call on the given fd."),
];

/// The Python form of a `stat` answer.
pub fn result(t: Attached<'_>, s: &Stat) -> PyResult {
    let n = |x: i64| int::new(t, x);
    let whole = |time: Timespec| int::new(t, time.sec);
    STAT_RESULT.make(
        t,
        vec![
            n(i64::from(s.mode)),
            int::from_u64(t, s.ino),
            int::from_u64(t, s.dev),
            int::from_u64(t, s.nlink),
            n(i64::from(s.uid)),
            n(i64::from(s.gid)),
            n(s.size),
            whole(s.atime),
            whole(s.mtime),
            whole(s.ctime),
            seconds::as_float(t, s.atime),
            seconds::as_float(t, s.mtime),
            seconds::as_float(t, s.ctime),
            seconds::nanos_as_int(t, s.atime),
            seconds::nanos_as_int(t, s.mtime),
            seconds::nanos_as_int(t, s.ctime),
            n(s.blksize),
            n(s.blocks),
            int::from_u64(t, s.rdev),
        ],
    )
}

/// `stat` of a path argument.
pub fn of_path(t: Attached<'_>, path: &Path, dir: Option<i32>, follow: bool) -> PyResult<Stat> {
    let found = match path.fd {
        Some(fd) => t.detached(|| fs::fstat(fd)),
        None => {
            let name = path.name.as_c_str();
            t.detached(|| fs::fstatat(at(dir), name, follow))
        }
    };
    path.check(t, found)
}

fn stat(t: Attached<'_>, a: &[Value]) -> PyResult {
    let path = Path::of(t, &a[0], "stat", "path", Also::Descriptor)?;
    let (dir, follow) = (dir_fd(t, &a[1])?, flag(t, &a[2], true)?);
    check_fd_alone(t, "stat", &path, dir, follow)?;
    result(t, &of_path(t, &path, dir, follow)?)
}
fn lstat(t: Attached<'_>, a: &[Value]) -> PyResult {
    let path = Path::of(t, &a[0], "lstat", "path", Also::Nothing)?;
    let dir = dir_fd(t, &a[1])?;
    result(t, &of_path(t, &path, dir, false)?)
}
fn fstat(t: Attached<'_>, a: &[Value]) -> PyResult {
    let fd = c_int(t, &a[0])?;
    let found = blocking(t, || fs::fstat(fd))?;
    result(t, &found)
}

fn vfs_result(t: Attached<'_>, s: &StatVfs) -> PyResult {
    let fields = [s.bsize, s.frsize, s.blocks, s.bfree, s.bavail, s.files, s.ffree, s.favail, s.flag, s.namemax, s.fsid];
    STATVFS_RESULT.make(t, fields.iter().map(|&n| int::from_u64(t, n)).collect())
}
fn statvfs(t: Attached<'_>, a: &[Value]) -> PyResult {
    let path = Path::of(t, &a[0], "statvfs", "path", Also::Descriptor)?;
    let found = match path.fd {
        Some(fd) => t.detached(|| fs::fstatvfs(fd)),
        None => {
            let name = path.name.as_c_str();
            t.detached(|| fs::statvfs(name))
        }
    };
    vfs_result(t, &path.check(t, found)?)
}
fn fstatvfs(t: Attached<'_>, a: &[Value]) -> PyResult {
    let fd = c_int(t, &a[0])?;
    let found = blocking(t, || fs::fstatvfs(fd))?;
    vfs_result(t, &found)
}
