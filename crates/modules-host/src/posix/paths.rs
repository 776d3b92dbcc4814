//! Functions on file names: links, directories, permissions, times, extended attributes.

use std::ffi::CStr;

use orochi_host::clock::Timespec;
use orochi_host::fs;
use orochi_host::fs::Subject;
use orochi_objects::type_::type_name;
use orochi_objects::{Attached, Method, PyResult, Value, buffer, bytes, float, int, list, protocol, str, tuple};
use orochi_text::Wtf8Buf;

use super::{at, check_fd_alone, mode};
use crate::arguments::{Also, Path, c_int, c_int_or, c_long, c_uint_wrapping, c_ulong, decoded, dir_fd, file_name, flag, fspath, user_id};
use crate::errors::{blocking_none, check, two_files_error};
use crate::seconds::{self, Rounding};

pub(super) static FUNCTIONS: &[Method] = &[
    Method::new("access", "(path, mode, *, dir_fd=None, effective_ids=False, follow_symlinks=True)", access, "Use the real uid/gid to test for access to a path."),
    Method::new("chdir", "(path)", chdir, "Change the current working directory to the specified path."),
    Method::new("fchdir", "(fd)", fchdir, "Change to the directory of the given file descriptor."),
    Method::new("chmod", "(path, mode, *, dir_fd=None, follow_symlinks=True)", chmod, "Change the access permissions of a file."),
    Method::new("fchmod", "(fd, mode)", fchmod, "Change the access permissions of the file given by file descriptor fd."),
    Method::new("chown", "(path, uid, gid, *, dir_fd=None, follow_symlinks=True)", chown, "Change the owner and group id of path to the numeric uid and gid."),
    Method::new("fchown", "(fd, uid, gid)", fchown, "Change the owner and group id of the file specified by file descriptor."),
    Method::new("lchown", "(path, uid, gid)", lchown, "Change the owner and group id of path, without following symbolic links."),
    Method::new("chroot", "(path)", chroot, "Change root directory to path."),
    Method::new("ctermid", "()", |t, _| Ok(decoded(t, &fs::ctermid())), "Return the name of the controlling terminal for this process."),
    Method::new("getcwd", "()", |t, _| { let raw = check(t, fs::getcwd())?; Ok(decoded(t, &raw)) }, "Return a unicode string representing the current working directory."),
    Method::new("getcwdb", "()", |t, _| { let raw = check(t, fs::getcwd())?; Ok(bytes::new(t, &raw)) }, "Return a bytes string representing the current working directory."),
    Method::new("link", "(src, dst, *, src_dir_fd=None, dst_dir_fd=None, follow_symlinks=True)", link, "Create a hard link to a file."),
    Method::new("symlink", "(src, dst, target_is_directory=False, *, dir_fd=None)", symlink, "Create a symbolic link pointing to src named dst."),
    Method::new("readlink", "(path, *, dir_fd=None)", readlink, "Return a string representing the path to which the symbolic link points."),
    Method::new("listdir", "(path=None)", listdir, "Return a list containing the names of the files in the directory."),
    Method::new("mkdir", "(path, mode=511, *, dir_fd=None)", mkdir, "Create a directory."),
    Method::new("mkfifo", "(path, mode=438, *, dir_fd=None)", mkfifo, "Create a \"fifo\" (a POSIX named pipe)."),
    Method::new("mknod", "(path, mode=384, device=0, *, dir_fd=None)", mknod, "Create a node in the file system."),
    Method::new("major", "(device, /)", |t, a| part_of_device(t, &a[0], fs::major), "Extracts a device major number from a raw device number."),
    Method::new("minor", "(device, /)", |t, a| part_of_device(t, &a[0], fs::minor), "Extracts a device minor number from a raw device number."),
    Method::new("makedev", "(major, minor, /)", makedev, "Composes a raw device number from the major and minor device numbers."),
    Method::new("rename", "(src, dst, *, src_dir_fd=None, dst_dir_fd=None)", |t, a| rename(t, a, "rename"), "Rename a file or directory."),
    Method::new("replace", "(src, dst, *, src_dir_fd=None, dst_dir_fd=None)", |t, a| rename(t, a, "replace"), "Rename a file or directory, overwriting the destination."),
    Method::new("rmdir", "(path, *, dir_fd=None)", rmdir, "Remove a directory."),
    Method::new("unlink", "(path, *, dir_fd=None)", |t, a| unlink(t, a, "unlink"), "Remove a file (same as remove())."),
    Method::new("remove", "(path, *, dir_fd=None)", |t, a| unlink(t, a, "remove"), "Remove a file (same as unlink())."),
    Method::new("truncate", "(path, length)", truncate, "Truncate a file, specified by path, to a specific length."),
    Method::new("umask", "(mask, /)", |t, a| Ok(int::new(t, i64::from(fs::umask(c_int(t, &a[0])? as u32)))), "Set the current numeric umask and return the previous umask."),
    Method::new("utime", "(path, times=None, *, ns=<unrepresentable>, dir_fd=None, follow_symlinks=True)", utime, "Set the access and modified time of path."),
    Method::new("getxattr", "(path, attribute, *, follow_symlinks=True)", getxattr, "Return the value of extended attribute attribute on path."),
    Method::new("setxattr", "(path, attribute, value, flags=0, *, follow_symlinks=True)", setxattr, "Set extended attribute attribute on path to value."),
    Method::new("removexattr", "(path, attribute, *, follow_symlinks=True)", removexattr, "Remove extended attribute attribute on path."),
    Method::new("listxattr", "(path=None, *, follow_symlinks=True)", listxattr, "Return a list of extended attributes on path."),
    Method::new("fspath", "(path)", |t, a| fspath(t, &a[0]), "Return the file system path representation of the object."),
    Method::new("_path_normpath", "(path)", normpath, "Normalize path, eliminating double slashes, etc."),
    Method::new("_path_splitroot_ex", "(p)", splitroot, "Split a pathname into drive, root and tail."),
];

/// A path argument without a descriptor, and its directory.
fn named(t: Attached<'_>, v: &Value, function: &str, dir: &Value) -> PyResult<(Path, i32)> {
    let path = Path::of(t, v, function, "path", Also::Nothing)?;
    let dir = at(dir_fd(t, dir)?);
    Ok((path, dir))
}

/// Runs a call on a name; OSError names the file.
fn on(t: Attached<'_>, path: &Path, call: impl FnOnce(&CStr) -> orochi_host::Result<()> + Send) -> PyResult {
    let name = path.name.as_c_str();
    let done = t.detached(|| call(name));
    path.check(t, done)?;
    Ok(Value::none())
}

fn access(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (path, dir) = named(t, &a[0], "access", &a[2])?;
    let (mode, effective, follow) = (c_int(t, &a[1])?, flag(t, &a[3], false)?, flag(t, &a[4], true)?);
    let name = path.name.as_c_str();
    Ok(Value::bool(t.detached(|| fs::access(dir, name, mode, effective, follow))))
}

fn chdir(t: Attached<'_>, a: &[Value]) -> PyResult {
    let path = Path::of(t, &a[0], "chdir", "path", Also::Descriptor)?;
    let fd = path.fd;
    on(t, &path, move |name| fd.map_or_else(|| fs::chdir(name), fs::fchdir))
}
fn fchdir(t: Attached<'_>, a: &[Value]) -> PyResult {
    let fd = crate::arguments::descriptor(t, &a[0])?;
    blocking_none(t, || fs::fchdir(fd))
}
fn chroot(t: Attached<'_>, a: &[Value]) -> PyResult {
    let path = Path::of(t, &a[0], "chroot", "path", Also::Nothing)?;
    on(t, &path, fs::chroot)
}

fn chmod(t: Attached<'_>, a: &[Value]) -> PyResult {
    let path = Path::of(t, &a[0], "chmod", "path", Also::Descriptor)?;
    let mode = c_int(t, &a[1])? as u32;
    let (dir, follow) = (dir_fd(t, &a[2])?, flag(t, &a[3], true)?);
    check_fd_alone(t, "chmod", &path, dir, follow)?;
    let fd = path.fd;
    on(t, &path, move |name| fd.map_or_else(|| fs::chmod(at(dir), name, mode, follow), |fd| fs::fchmod(fd, mode)))
}
fn fchmod(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (fd, mode) = (c_int(t, &a[0])?, c_int(t, &a[1])? as u32);
    blocking_none(t, || fs::fchmod(fd, mode))
}

fn chown(t: Attached<'_>, a: &[Value]) -> PyResult {
    let path = Path::of(t, &a[0], "chown", "path", Also::Descriptor)?;
    let (uid, gid) = (user_id(t, &a[1], "uid")?, user_id(t, &a[2], "gid")?);
    let (dir, follow) = (dir_fd(t, &a[3])?, flag(t, &a[4], true)?);
    if path.fd.is_some() && dir.is_some() {
        return Err(t.value_error("chown: can't specify both dir_fd and fd"));
    }
    check_fd_alone(t, "chown", &path, dir, follow)?;
    let fd = path.fd;
    on(t, &path, move |name| {
        fd.map_or_else(|| fs::chown(at(dir), name, uid, gid, follow), |fd| fs::fchown(fd, uid, gid))
    })
}
fn fchown(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (fd, uid, gid) = (c_int(t, &a[0])?, user_id(t, &a[1], "uid")?, user_id(t, &a[2], "gid")?);
    blocking_none(t, || fs::fchown(fd, uid, gid))
}
fn lchown(t: Attached<'_>, a: &[Value]) -> PyResult {
    let path = Path::of(t, &a[0], "lchown", "path", Also::Nothing)?;
    let (uid, gid) = (user_id(t, &a[1], "uid")?, user_id(t, &a[2], "gid")?);
    on(t, &path, move |name| fs::chown(fs::CWD, name, uid, gid, false))
}

/// Two paths of one call.
fn pair(t: Attached<'_>, a: &[Value], function: &str) -> PyResult<(Path, Path)> {
    let source = Path::of(t, &a[0], function, "src", Also::Nothing)?;
    let target = Path::of(t, &a[1], function, "dst", Also::Nothing)?;
    Ok((source, target))
}
fn on_two(
    t: Attached<'_>,
    (source, target): (Path, Path),
    call: impl FnOnce(&CStr, &CStr) -> orochi_host::Result<()> + Send,
) -> PyResult {
    let (a, b) = (source.name.as_c_str(), target.name.as_c_str());
    match t.detached(|| call(a, b)) {
        Ok(()) => Ok(Value::none()),
        Err(e) => Err(two_files_error(t, e, &source.object, &target.object)),
    }
}

fn link(t: Attached<'_>, a: &[Value]) -> PyResult {
    let both = pair(t, a, "link")?;
    let (from, to) = (at(dir_fd(t, &a[2])?), at(dir_fd(t, &a[3])?));
    // Without the argument the system decides what linking a link means; Linux links the link itself.
    let follow = flag(t, &a[4], false)?;
    on_two(t, both, move |source, target| fs::link(from, source, to, target, follow))
}
fn symlink(t: Attached<'_>, a: &[Value]) -> PyResult {
    let both = pair(t, a, "symlink")?;
    let dir = at(dir_fd(t, &a[3])?);
    on_two(t, both, move |content, path| fs::symlink(content, dir, path))
}
fn rename(t: Attached<'_>, a: &[Value], function: &str) -> PyResult {
    let both = pair(t, a, function)?;
    let (from, to) = (at(dir_fd(t, &a[2])?), at(dir_fd(t, &a[3])?));
    on_two(t, both, move |source, target| fs::rename(from, source, to, target))
}

fn readlink(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (path, dir) = named(t, &a[0], "readlink", &a[1])?;
    let name = path.name.as_c_str();
    let raw = t.detached(|| fs::readlink(dir, name));
    let raw = path.check(t, raw)?;
    Ok(path.result(t, &raw))
}

fn listdir(t: Attached<'_>, a: &[Value]) -> PyResult {
    let path = Path::of(t, &a[0], "listdir", "path", Also::DescriptorOrNone)?;
    let (name, fd) = (path.name.as_c_str(), path.fd);
    let names = t.detached(|| fd.map_or_else(|| fs::listdir(name), fs::flistdir));
    let names = path.check(t, names)?;
    Ok(list::new(t, names.iter().map(|raw| path.result(t, raw)).collect()))
}

fn mkdir(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (path, dir) = named(t, &a[0], "mkdir", &a[2])?;
    let mode = mode(t, &a[1], 0o777)?;
    on(t, &path, move |name| fs::mkdir(dir, name, mode))
}
fn mkfifo(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (path, dir) = named(t, &a[0], "mkfifo", &a[2])?;
    let mode = mode(t, &a[1], 0o666)?;
    on(t, &path, move |name| fs::mkfifo(dir, name, mode))
}
fn mknod(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (path, dir) = named(t, &a[0], "mknod", &a[3])?;
    let mode = mode(t, &a[1], 0o600)?;
    let number = a[2].given().map_or(Ok(0), |v| device(t, v))?;
    on(t, &path, move |name| fs::mknod(dir, name, mode, number))
}

/// A device number; -1 is the one that is none.
fn device(t: Attached<'_>, v: &Value) -> PyResult<u64> {
    let n = protocol::as_index(t, v)?;
    if int::as_i64(&n) == Some(-1) {
        return Ok(u64::MAX);
    }
    c_ulong(t, &n)
}
fn part_of_device(t: Attached<'_>, v: &Value, part: fn(u64) -> u32) -> PyResult {
    let device = device(t, v)?;
    Ok(int::new(t, if device == u64::MAX { -1 } else { i64::from(part(device)) }))
}
fn makedev(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (major, minor) = (c_uint_wrapping(t, &a[0])?, c_uint_wrapping(t, &a[1])?);
    Ok(int::from_u64(t, fs::makedev(major, minor)))
}

fn rmdir(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (path, dir) = named(t, &a[0], "rmdir", &a[1])?;
    on(t, &path, move |name| fs::rmdir(dir, name))
}
fn unlink(t: Attached<'_>, a: &[Value], function: &str) -> PyResult {
    let (path, dir) = named(t, &a[0], function, &a[1])?;
    on(t, &path, move |name| fs::unlink(dir, name))
}
fn truncate(t: Attached<'_>, a: &[Value]) -> PyResult {
    let path = Path::of(t, &a[0], "truncate", "path", Also::Descriptor)?;
    let length = c_long(t, &a[1])?;
    let fd = path.fd;
    on(t, &path, move |name| fd.map_or_else(|| fs::truncate(name, length), |fd| fs::ftruncate(fd, length)))
}

fn utime(t: Attached<'_>, a: &[Value]) -> PyResult {
    let path = Path::of(t, &a[0], "utime", "path", Also::Descriptor)?;
    let times = a[1].given().filter(|v| !v.is_none());
    if times.is_some() && a[2].given().is_some() {
        return Err(t.value_error("utime: you may specify either 'times' or 'ns' but not both"));
    }
    let moments = match (times, a[2].given()) {
        (Some(times), _) => {
            let [first, second] = tuple::items(times) else {
                return Err(t.type_error("utime: 'times' must be either a tuple of two ints or None"));
            };
            Some((moment(t, first)?, moment(t, second)?))
        }
        (None, Some(ns)) => {
            let [first, second] = tuple::items(ns) else {
                return Err(t.type_error("utime: 'ns' must be a tuple of two ints"));
            };
            Some((from_nanos(t, first)?, from_nanos(t, second)?))
        }
        (None, None) => None,
    };
    let (dir, follow) = (dir_fd(t, &a[3])?, flag(t, &a[4], true)?);
    check_fd_alone(t, "utime", &path, dir, follow)?;
    let fd = path.fd;
    on(t, &path, move |name| fd.map_or_else(|| fs::utime(at(dir), name, moments, follow), |fd| fs::futime(fd, moments)))
}
fn moment(t: Attached<'_>, v: &Value) -> PyResult<Timespec> {
    if float::as_f64(v).is_none() && !int::is_int(v) {
        return Err(t.type_error(format!("argument must be int or float, not {}", type_name(t, v))));
    }
    seconds::timespec(t, v, Rounding::Floor)
}
fn from_nanos(t: Attached<'_>, v: &Value) -> PyResult<Timespec> {
    let n = protocol::as_index(t, v)?;
    match int::as_i64(&n) {
        Some(n) => Ok(Timespec::from_nanos(n)),
        None => {
            let big = int::as_big(&n).and_then(|n| i128::try_from(&n).ok());
            let second = i128::from(orochi_host::clock::NANOS);
            let parts = big.and_then(|n| Some((i64::try_from(n.div_euclid(second)).ok()?, n.rem_euclid(second) as i64)));
            match parts {
                Some((sec, nsec)) => Ok(Timespec { sec, nsec }),
                None => Err(t.overflow_error("timestamp out of range for platform time_t")),
            }
        }
    }
}

/// What an attribute call acts on.
fn subject<'p>(t: Attached<'_>, path: &'p Path, function: &str, follow: bool) -> PyResult<Subject<'p>> {
    check_fd_alone(t, function, path, None, follow)?;
    Ok(match path.fd {
        Some(fd) => Subject::Descriptor(fd),
        None if follow => Subject::Path(&path.name),
        None => Subject::Link(&path.name),
    })
}
fn getxattr(t: Attached<'_>, a: &[Value]) -> PyResult {
    let path = Path::of(t, &a[0], "getxattr", "path", Also::Descriptor)?;
    let attribute = file_name(t, &a[1])?;
    let subject = subject(t, &path, "getxattr", flag(t, &a[2], true)?)?;
    let value = t.detached(|| fs::getxattr(subject, &attribute));
    bytes::try_new(t, &path.check(t, value)?)
}
fn setxattr(t: Attached<'_>, a: &[Value]) -> PyResult {
    let path = Path::of(t, &a[0], "setxattr", "path", Also::Descriptor)?;
    let attribute = file_name(t, &a[1])?;
    let value = buffer::read_arg(t, &a[2], "")?.to_vec();
    let flags = c_int_or(t, &a[3], 0)?;
    let subject = subject(t, &path, "setxattr", flag(t, &a[4], true)?)?;
    let done = t.detached(|| fs::setxattr(subject, &attribute, &value, flags));
    path.check(t, done)?;
    Ok(Value::none())
}
fn removexattr(t: Attached<'_>, a: &[Value]) -> PyResult {
    let path = Path::of(t, &a[0], "removexattr", "path", Also::Descriptor)?;
    let attribute = file_name(t, &a[1])?;
    let subject = subject(t, &path, "removexattr", flag(t, &a[2], true)?)?;
    let done = t.detached(|| fs::removexattr(subject, &attribute));
    path.check(t, done)?;
    Ok(Value::none())
}
fn listxattr(t: Attached<'_>, a: &[Value]) -> PyResult {
    let path = Path::of(t, &a[0], "listxattr", "path", Also::DescriptorOrNone)?;
    let subject = subject(t, &path, "listxattr", flag(t, &a[1], true)?)?;
    let names = t.detached(|| fs::listxattr(subject));
    let names = path.check(t, names)?;
    Ok(list::new(t, names.iter().map(|raw| decoded(t, raw)).collect()))
}

/// A path without `.`, `..` behind a name, and doubled slashes. Two leading slashes stay two.
fn normal(raw: &[u8]) -> Vec<u8> {
    let lead = match raw.iter().take_while(|&&b| b == b'/').count() {
        2 => 2,
        0 => 0,
        _ => 1,
    };
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in raw.split(|&b| b == b'/') {
        match part {
            b"" | b"." => {}
            b".." if lead == 0 && parts.last().is_none_or(|p| *p == b"..") => parts.push(part),
            b".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    let mut out = vec![b'/'; lead];
    out.extend_from_slice(&parts.join(&b'/'));
    if out.is_empty() { b".".to_vec() } else { out }
}
fn normpath(t: Attached<'_>, a: &[Value]) -> PyResult {
    let path = fspath(t, &a[0])?;
    if let Some(raw) = bytes::as_bytes(&path) {
        return Ok(bytes::new(t, &normal(raw)));
    }
    let text = str::expect(t, &path, "_path_normpath() argument 'path'")?;
    match Wtf8Buf::from_bytes(normal(text.bytes())) {
        Ok(text) => Ok(str::from_buf(t, text)),
        Err(_) => Ok(path.clone()),
    }
}
fn splitroot(t: Attached<'_>, a: &[Value]) -> PyResult {
    let path = fspath(t, &a[0])?;
    let cut = |raw: &[u8]| match raw.iter().take_while(|&&b| b == b'/').count() {
        0 => 0,
        2 => 2,
        _ => 1,
    };
    let parts = if let Some(raw) = bytes::as_bytes(&path) {
        let (root, rest) = raw.split_at(cut(raw));
        vec![bytes::new(t, b""), bytes::new(t, root), bytes::new(t, rest)]
    } else {
        let text = str::expect(t, &path, "_path_splitroot_ex() argument 'p'")?.wtf8();
        let at = cut(str::as_str(&path).map_or(&[], |s| s.bytes()));
        vec![str::empty(t), str::from_wtf8(t, text.slice_to(at)), str::from_wtf8(t, text.slice_from(at))]
    };
    Ok(tuple::new(t, parts))
}
