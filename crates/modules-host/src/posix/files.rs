//! Functions on open descriptors.

use std::io::{IoSlice, IoSliceMut};

use orochi_host::clock::Timespec;
use orochi_host::fs::{self, TimerSetting};
use orochi_host::constants;
use orochi_objects::buffer::{self, Buffer};
use orochi_objects::type_::type_name;
use orochi_objects::{Attached, Method, PyResult, Value, bytes, int, protocol, struct_sequence, tuple};

use super::{at, mode};
use crate::arguments::{
    Also, Path, c_int, c_int_or, c_long, c_uint_wrapping, c_ulong, decoded, descriptor, dir_fd, file_name, flag,
    list_or_tuple,
};
use crate::errors::{blocking, blocking_none, check, os_error, retry};
use crate::seconds::{self, Rounding};

struct_sequence! {
    /// `os.terminal_size`.
    pub static TERMINAL_SIZE = "os.terminal_size", visible 2, flags 0,
        "A tuple of (columns, lines) for holding terminal window size",
        ["columns": "width of the terminal window in characters", "lines": "height of the terminal window in characters"];
}

pub(super) static FUNCTIONS: &[Method] = &[
    Method::new("open", "(path, flags, mode=511, *, dir_fd=None)", open, "Open a file for low level IO.  Returns a file descriptor (integer)."),
    Method::new("close", "(fd)", close, "Close a file descriptor."),
    Method::new("closerange", "(fd_low, fd_high, /)", closerange, "Closes all file descriptors in [fd_low, fd_high), ignoring errors."),
    Method::new("copy_file_range", "(src, dst, count, offset_src=None, offset_dst=None)", copy_file_range, "Copy count bytes from one file descriptor to another."),
    Method::new("device_encoding", "(fd)", device_encoding, "Return a string describing the encoding of a terminal's file descriptor."),
    Method::new("dup", "(fd, /)", |t, a| { let fd = c_int(t, &a[0])?; number(t, check(t, fs::dup(fd))?) }, "Return a duplicate of a file descriptor."),
    Method::new("dup2", "(fd, fd2, inheritable=True)", dup2, "Duplicate file descriptor."),
    Method::new("eventfd", "(initval, flags=EFD_CLOEXEC)", eventfd, "Creates and returns an event notification file descriptor."),
    Method::new("eventfd_read", "(fd)", |t, a| { let fd = c_int(t, &a[0])?; Ok(int::from_u64(t, blocking(t, || fs::eventfd_read(fd))?)) }, "Read eventfd value"),
    Method::new("eventfd_write", "(fd, value)", eventfd_write, "Write eventfd value."),
    Method::new("fdatasync", "(fd)", |t, a| { let fd = descriptor(t, &a[0])?; blocking_none(t, || fs::fdatasync(fd)) }, "Force write of fd to disk without forcing update of metadata."),
    Method::new("fsync", "(fd)", |t, a| { let fd = descriptor(t, &a[0])?; blocking_none(t, || fs::fsync(fd)) }, "Force write of fd to disk."),
    Method::new("fpathconf", "(fd, name, /)", fpathconf, "Return the configuration limit name for the file descriptor fd."),
    Method::new("pathconf", "(path, name)", pathconf, "Return the configuration limit name for the file or directory path."),
    Method::new("ftruncate", "(fd, length, /)", ftruncate, "Truncate a file, specified by file descriptor, to a specific length."),
    Method::new("get_blocking", "(fd, /)", |t, a| Ok(Value::bool(check(t, fs::get_blocking(c_int(t, &a[0])?))?)), "Get the blocking mode of the file descriptor."),
    Method::new("set_blocking", "(fd, blocking, /)", set_blocking, "Set the blocking mode of the specified file descriptor."),
    Method::new("get_inheritable", "(fd, /)", |t, a| Ok(Value::bool(check(t, fs::get_inheritable(c_int(t, &a[0])?))?)), "Get the close-on-exe flag of the specified file descriptor."),
    Method::new("set_inheritable", "(fd, inheritable, /)", set_inheritable, "Set the inheritable flag of the specified file descriptor."),
    Method::new("get_terminal_size", "(fd=<unrepresentable>, /)", get_terminal_size, "Return the size of the terminal window as (columns, lines)."),
    Method::new("isatty", "(fd, /)", |t, a| { let fd = c_int(t, &a[0])?; Ok(Value::bool(t.detached(|| fs::isatty(fd)))) }, "Return True if the fd is connected to a terminal."),
    Method::new("lockf", "(fd, command, length, /)", lockf, "Apply, test or remove a POSIX lock on an open file descriptor."),
    Method::new("lseek", "(fd, position, whence, /)", lseek, "Set the position of a file descriptor.  Return the new position."),
    Method::new("memfd_create", "(name, flags=MFD_CLOEXEC)", memfd_create, "Create an anonymous file in memory."),
    Method::new("openpty", "()", |t, _| pair(t, check(t, fs::openpty())?), "Open a pseudo-terminal."),
    Method::new("posix_openpt", "(oflag, /)", |t, a| { let flags = c_int(t, &a[0])?; number(t, check(t, fs::posix_openpt(flags))?) }, "Open and return a file descriptor for a master pseudo-terminal device."),
    Method::new("grantpt", "(fd, /)", |t, a| { let fd = descriptor(t, &a[0])?; check(t, fs::grantpt(fd))?; Ok(Value::none()) }, "Grant access to the slave pseudo-terminal device."),
    Method::new("unlockpt", "(fd, /)", |t, a| { let fd = descriptor(t, &a[0])?; check(t, fs::unlockpt(fd))?; Ok(Value::none()) }, "Unlock a pseudo-terminal master/slave pair."),
    Method::new("ptsname", "(fd, /)", |t, a| { let fd = descriptor(t, &a[0])?; let raw = check(t, fs::ptsname(fd))?; Ok(decoded(t, &raw)) }, "Return the name of the slave pseudo-terminal device."),
    Method::new("login_tty", "(fd, /)", |t, a| { let fd = descriptor(t, &a[0])?; check(t, fs::login_tty(fd))?; Ok(Value::none()) }, "Prepare the tty of which fd is a file descriptor for a new login session."),
    Method::new("pipe", "()", |t, _| pair(t, check(t, fs::pipe2(O_CLOEXEC))?), "Create a pipe."),
    Method::new("pipe2", "(flags, /)", |t, a| { let flags = c_int(t, &a[0])?; pair(t, check(t, fs::pipe2(flags))?) }, "Create a pipe with flags set atomically."),
    Method::new("posix_fadvise", "(fd, offset, length, advice, /)", posix_fadvise, "Announce an intention to access data in a specific pattern."),
    Method::new("posix_fallocate", "(fd, offset, length, /)", posix_fallocate, "Ensure a file has allocated at least a particular number of bytes on disk."),
    Method::new("pread", "(fd, length, offset, /)", pread, "Read a number of bytes from a file descriptor starting at a particular offset."),
    Method::new("preadv", "(fd, buffers, offset, flags=0, /)", preadv, "Reads from a file descriptor into a number of mutable bytes-like objects."),
    Method::new("pwrite", "(fd, buffer, offset, /)", pwrite, "Write bytes to a file descriptor starting at a particular offset."),
    Method::new("pwritev", "(fd, buffers, offset, flags=0, /)", pwritev, "Writes the contents of bytes-like objects to a file descriptor at a given offset."),
    Method::new("read", "(fd, length, /)", read, "Read from a file descriptor.  Returns a bytes object."),
    Method::new("readinto", "(fd, buffer, /)", readinto, "Read into a buffer object from a file descriptor."),
    Method::new("readv", "(fd, buffers, /)", readv, "Read from a file descriptor fd into an iterable of buffers."),
    Method::new("sendfile", "(out_fd, in_fd, offset, count)", sendfile, "Copy count bytes from file descriptor in_fd to file descriptor out_fd."),
    Method::new("splice", "(src, dst, count, offset_src=None, offset_dst=None, flags=0)", splice, "Transfer count bytes from one pipe to a descriptor or vice versa."),
    Method::new("sync", "()", |t, _| { t.detached(fs::sync); Ok(Value::none()) }, "Force write of everything to disk."),
    Method::new("tcgetpgrp", "(fd, /)", |t, a| number(t, check(t, fs::tcgetpgrp(c_int(t, &a[0])?))?), "Return the process group associated with the terminal specified by fd."),
    Method::new("tcsetpgrp", "(fd, pgid, /)", |t, a| { check(t, fs::tcsetpgrp(c_int(t, &a[0])?, c_int(t, &a[1])?))?; Ok(Value::none()) }, "Set the process group associated with the terminal specified by fd."),
    Method::new("ttyname", "(fd, /)", |t, a| { let raw = check(t, fs::ttyname(c_int(t, &a[0])?))?; Ok(decoded(t, &raw)) }, "Return the name of the terminal device connected to 'fd'."),
    Method::new("timerfd_create", "(clockid, /, *, flags=TFD_CLOEXEC)", timerfd_create, "Create and return a timer file descriptor."),
    Method::new("timerfd_settime", "(fd, /, *, flags=0, initial=0.0, interval=0.0)", |t, a| timerfd_settime(t, a, false), "Alter a timer file descriptor's internal timer in seconds."),
    Method::new("timerfd_settime_ns", "(fd, /, *, flags=0, initial=0, interval=0)", |t, a| timerfd_settime(t, a, true), "Alter a timer file descriptor's internal timer in nanoseconds."),
    Method::new("timerfd_gettime", "(fd, /)", |t, a| { let now = check(t, fs::timerfd_gettime(descriptor(t, &a[0])?))?; Ok(timer(t, now, false)) }, "Return a tuple of a timer file descriptor's (interval, next expiration) in float seconds."),
    Method::new("timerfd_gettime_ns", "(fd, /)", |t, a| { let now = check(t, fs::timerfd_gettime(descriptor(t, &a[0])?))?; Ok(timer(t, now, true)) }, "Return a tuple of a timer file descriptor's (interval, next expiration) in nanoseconds."),
    Method::new("write", "(fd, data, /)", write, "Write a bytes object to a file descriptor."),
    Method::new("writev", "(fd, buffers, /)", writev, "Iterate over buffers, and write the contents of each to a file descriptor."),
];

/// The number of `O_CLOEXEC`, from the table of constants.
const O_CLOEXEC: i32 = named_constant("O_CLOEXEC");
const EFD_CLOEXEC: i32 = named_constant("EFD_CLOEXEC");
const MFD_CLOEXEC: i32 = named_constant("MFD_CLOEXEC");
const TFD_CLOEXEC: i32 = named_constant("TFD_CLOEXEC");

const fn named_constant(name: &str) -> i32 {
    let table = constants::posix_constants();
    let mut i = 0;
    while i < table.len() {
        let (a, b) = (table[i].0.as_bytes(), name.as_bytes());
        let mut same = a.len() == b.len();
        let mut k = 0;
        while same && k < b.len() {
            same = a[k] == b[k];
            k += 1;
        }
        if same {
            return table[i].1 as i32;
        }
        i += 1;
    }
    panic!("no such constant")
}

fn number(t: Attached<'_>, n: i32) -> PyResult {
    Ok(int::new(t, i64::from(n)))
}
fn pair(t: Attached<'_>, (a, b): (i32, i32)) -> PyResult {
    Ok(tuple::new(t, vec![Value::i32(a), Value::i32(b)]))
}
fn size(t: Attached<'_>, n: usize) -> PyResult {
    Ok(int::from_usize(t, n))
}

fn open(t: Attached<'_>, a: &[Value]) -> PyResult {
    let path = Path::of(t, &a[0], "open", "path", Also::Nothing)?;
    let flags = c_int(t, &a[1])? | O_CLOEXEC;
    let mode = mode(t, &a[2], 0o777)?;
    let dir = at(dir_fd(t, &a[3])?);
    let name = path.name.as_c_str();
    let opened = retry(t, || fs::open(dir, name, flags, mode))?;
    number(t, path.check(t, opened)?)
}

fn close(t: Attached<'_>, a: &[Value]) -> PyResult {
    let fd = c_int(t, &a[0])?;
    // Not repeated: the descriptor is gone even if a signal came.
    match t.detached(|| fs::close(fd)) {
        Err(e) if e != orochi_host::Errno::EINTR => Err(os_error(t, e)),
        _ => {
            t.safepoint()?;
            Ok(Value::none())
        }
    }
}
fn closerange(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (low, high) = (c_int(t, &a[0])?, c_int(t, &a[1])?);
    t.detached(|| fs::close_each(low.max(0), high));
    Ok(Value::none())
}

/// An offset that may be None.
fn optional_offset(t: Attached<'_>, v: &Value) -> PyResult<Option<i64>> {
    v.given().filter(|v| !v.is_none()).map(|v| c_long(t, v)).transpose()
}
fn count(t: Attached<'_>, v: &Value) -> PyResult<usize> {
    let n = protocol::as_size(t, v)?;
    usize::try_from(n).map_err(|_| t.value_error("negative value for 'count' not allowed"))
}

fn copy_file_range(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (source, target, n) = (c_int(t, &a[0])?, c_int(t, &a[1])?, count(t, &a[2])?);
    let (from, to) = (optional_offset(t, &a[3])?, optional_offset(t, &a[4])?);
    size(t, blocking(t, || fs::copy_file_range(source, from, target, to, n, 0))?)
}
fn splice(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (source, target, n) = (c_int(t, &a[0])?, c_int(t, &a[1])?, count(t, &a[2])?);
    let (from, to) = (optional_offset(t, &a[3])?, optional_offset(t, &a[4])?);
    let flags = a[5].given().map_or(Ok(0), |v| c_uint_wrapping(t, v))?;
    size(t, blocking(t, || fs::splice(source, from, target, to, n, flags))?)
}
fn sendfile(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (target, source, n) = (c_int(t, &a[0])?, c_int(t, &a[1])?, protocol::expect_usize(t, &a[3])?);
    let offset = if a[2].is_none() { None } else { Some(c_long(t, &a[2])?) };
    size(t, blocking(t, || fs::sendfile(target, source, offset, n))?)
}

fn device_encoding(t: Attached<'_>, a: &[Value]) -> PyResult {
    let fd = c_int(t, &a[0])?;
    if !fs::isatty(fd) {
        return Ok(Value::none());
    }
    Ok(crate::arguments::message(t, "utf-8"))
}

fn dup2(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (fd, target, inheritable) = (c_int(t, &a[0])?, c_int(t, &a[1])?, flag(t, &a[2], true)?);
    number(t, blocking(t, || fs::dup2(fd, target, inheritable))?)
}

fn eventfd(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (initial, flags) = (c_uint_wrapping(t, &a[0])?, c_int_or(t, &a[1], EFD_CLOEXEC)?);
    number(t, check(t, fs::eventfd(initial, flags))?)
}
fn eventfd_write(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (fd, value) = (c_int(t, &a[0])?, c_ulong(t, &a[1])?);
    blocking_none(t, || fs::eventfd_write(fd, value))
}

/// A configuration name by number or text.
pub(super) fn configuration(t: Attached<'_>, v: &Value, table: &[(&str, i32)]) -> PyResult<i32> {
    if int::is_int(v) {
        return c_int(t, v);
    }
    if !orochi_objects::str::is_str(v) {
        return Err(t.type_error("configuration names must be strings or integers"));
    }
    let name = orochi_objects::str::utf8(v).unwrap_or("");
    match table.iter().find(|(n, _)| *n == name) {
        Some((_, number)) => Ok(*number),
        None => Err(t.value_error("unrecognized configuration name")),
    }
}
fn limit(t: Attached<'_>, n: Option<i64>) -> PyResult {
    Ok(int::new(t, n.unwrap_or(-1)))
}
fn fpathconf(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (fd, name) = (descriptor(t, &a[0])?, configuration(t, &a[1], constants::pathconf_names())?);
    limit(t, check(t, fs::fpathconf(fd, name))?)
}
fn pathconf(t: Attached<'_>, a: &[Value]) -> PyResult {
    let path = Path::of(t, &a[0], "pathconf", "path", Also::Descriptor)?;
    let name = configuration(t, &a[1], constants::pathconf_names())?;
    let found = match path.fd {
        Some(fd) => fs::fpathconf(fd, name),
        None => fs::pathconf(&path.name, name),
    };
    limit(t, path.check(t, found)?)
}

fn ftruncate(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (fd, length) = (c_int(t, &a[0])?, c_long(t, &a[1])?);
    blocking_none(t, || fs::ftruncate(fd, length))
}
fn set_blocking(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (fd, on) = (c_int(t, &a[0])?, protocol::truth(t, &a[1])?);
    check(t, fs::set_blocking(fd, on))?;
    Ok(Value::none())
}
fn set_inheritable(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (fd, on) = (c_int(t, &a[0])?, c_int(t, &a[1])? != 0);
    check(t, fs::set_inheritable(fd, on))?;
    Ok(Value::none())
}
fn get_terminal_size(t: Attached<'_>, a: &[Value]) -> PyResult {
    let fd = c_int_or(t, &a[0], 1)?;
    let (columns, lines) = check(t, fs::get_terminal_size(fd))?;
    TERMINAL_SIZE.make(t, vec![Value::i32(i32::from(columns)), Value::i32(i32::from(lines))])
}

fn lockf(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (fd, command, length) = (c_int(t, &a[0])?, c_int(t, &a[1])?, c_long(t, &a[2])?);
    blocking_none(t, || fs::lockf(fd, command, length))
}
fn lseek(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (fd, position, whence) = (c_int(t, &a[0])?, c_long(t, &a[1])?, c_int(t, &a[2])?);
    Ok(int::new(t, check(t, t.detached(|| fs::lseek(fd, position, whence)))?))
}
fn memfd_create(t: Attached<'_>, a: &[Value]) -> PyResult {
    let name = file_name(t, &a[0])?;
    let flags = a[1].given().map_or(Ok(MFD_CLOEXEC as u32), |v| c_uint_wrapping(t, v))?;
    number(t, check(t, fs::memfd_create(&name, flags))?)
}
fn posix_fadvise(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (fd, offset, length, advice) = (c_int(t, &a[0])?, c_long(t, &a[1])?, c_long(t, &a[2])?, c_int(t, &a[3])?);
    blocking_none(t, || fs::posix_fadvise(fd, offset, length, advice))
}
fn posix_fallocate(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (fd, offset, length) = (c_int(t, &a[0])?, c_long(t, &a[1])?, c_long(t, &a[2])?);
    blocking_none(t, || fs::posix_fallocate(fd, offset, length))
}

fn length(t: Attached<'_>, v: &Value) -> PyResult<usize> {
    let n = protocol::as_size(t, v)?;
    usize::try_from(n).map_err(|_| os_error(t, orochi_host::Errno::EINVAL))
}
fn read(t: Attached<'_>, a: &[Value]) -> PyResult {
    let fd = c_int(t, &a[0])?;
    let n = length(t, &a[1])?.min(fs::MAX_TRANSFER);
    bytes::try_new(t, &blocking(t, || fs::read_vec(fd, n))?)
}
fn pread(t: Attached<'_>, a: &[Value]) -> PyResult {
    let fd = c_int(t, &a[0])?;
    let n = length(t, &a[1])?.min(fs::MAX_TRANSFER);
    let offset = c_long(t, &a[2])?;
    bytes::try_new(t, &blocking(t, || fs::pread_vec(fd, n, offset))?)
}
fn readinto(t: Attached<'_>, a: &[Value]) -> PyResult {
    let fd = c_int(t, &a[0])?;
    let target = buffer::write_arg(t, &a[1], "readinto() argument 2")?;
    let n = target.len().min(fs::MAX_TRANSFER);
    let data = blocking(t, || fs::read_vec(fd, n))?;
    size(t, target.fill(&data))
}

fn write(t: Attached<'_>, a: &[Value]) -> PyResult {
    let fd = c_int(t, &a[0])?;
    let data = buffer::read_arg(t, &a[1], "")?;
    let written = data.with(|data| blocking(t, || fs::write(fd, data)))?;
    size(t, written)
}
fn pwrite(t: Attached<'_>, a: &[Value]) -> PyResult {
    let fd = c_int(t, &a[0])?;
    let data = buffer::read_arg(t, &a[1], "")?;
    let offset = c_long(t, &a[2])?;
    let written = data.with(|data| blocking(t, || fs::pwrite(fd, data, offset)))?;
    size(t, written)
}

fn sequence(t: Attached<'_>, v: &Value, function: &str) -> PyResult<Vec<Value>> {
    if let Some(items) = list_or_tuple(v) {
        return Ok(items);
    }
    if orochi_objects::type_::class_of(t, v).slots.get_item().is_none() {
        return Err(t.type_error(format!("{function}() arg 2 must be a sequence")));
    }
    protocol::collect(t, v)
}
fn sources(t: Attached<'_>, v: &Value, function: &str) -> PyResult<Vec<Vec<u8>>> {
    let mut out = Vec::new();
    for item in sequence(t, v, function)? {
        out.push(buffer::read_arg(t, &item, "")?.to_vec());
    }
    Ok(out)
}
fn targets(t: Attached<'_>, v: &Value, function: &str) -> PyResult<(Vec<Buffer>, Vec<Vec<u8>>)> {
    let (mut buffers, mut rooms) = (Vec::new(), Vec::new());
    for item in sequence(t, v, function)? {
        let target = buffer::get(t, &item, true)?;
        let mut room = Vec::new();
        room.try_reserve_exact(target.len()).map_err(|_| t.memory_error())?;
        room.resize(target.len(), 0);
        rooms.push(room);
        buffers.push(target);
    }
    Ok((buffers, rooms))
}
/// Copies what was read into the caller's buffers.
fn spread(t: Attached<'_>, buffers: &[Buffer], rooms: &[Vec<u8>], n: usize) -> PyResult {
    let mut left = n;
    for (to, from) in buffers.iter().zip(rooms) {
        let here = left.min(from.len());
        to.fill(&from[..here]);
        left -= here;
    }
    size(t, n)
}
fn readv(t: Attached<'_>, a: &[Value]) -> PyResult {
    let fd = c_int(t, &a[0])?;
    let (buffers, mut rooms) = targets(t, &a[1], "readv")?;
    let n = blocking(t, || {
        let mut slices: Vec<IoSliceMut<'_>> = rooms.iter_mut().map(|r| IoSliceMut::new(r)).collect();
        fs::readv(fd, &mut slices)
    })?;
    spread(t, &buffers, &rooms, n)
}
fn preadv(t: Attached<'_>, a: &[Value]) -> PyResult {
    let fd = c_int(t, &a[0])?;
    let (buffers, mut rooms) = targets(t, &a[1], "preadv2")?;
    let (offset, flags) = (c_long(t, &a[2])?, c_int_or(t, &a[3], 0)?);
    let n = blocking(t, || {
        let mut slices: Vec<IoSliceMut<'_>> = rooms.iter_mut().map(|r| IoSliceMut::new(r)).collect();
        fs::preadv(fd, &mut slices, offset, flags)
    })?;
    spread(t, &buffers, &rooms, n)
}
fn writev(t: Attached<'_>, a: &[Value]) -> PyResult {
    let fd = c_int(t, &a[0])?;
    let data = sources(t, &a[1], "writev")?;
    let slices: Vec<IoSlice<'_>> = data.iter().map(|d| IoSlice::new(d)).collect();
    size(t, blocking(t, || fs::writev(fd, &slices))?)
}
fn pwritev(t: Attached<'_>, a: &[Value]) -> PyResult {
    let fd = c_int(t, &a[0])?;
    let data = sources(t, &a[1], "pwritev")?;
    let (offset, flags) = (c_long(t, &a[2])?, c_int_or(t, &a[3], 0)?);
    let slices: Vec<IoSlice<'_>> = data.iter().map(|d| IoSlice::new(d)).collect();
    size(t, blocking(t, || fs::pwritev(fd, &slices, offset, flags))?)
}

fn timerfd_create(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (clock, flags) = (c_int(t, &a[0])?, c_int_or(t, &a[1], TFD_CLOEXEC)?);
    number(t, check(t, fs::timerfd_create(clock, flags))?)
}
fn timer(t: Attached<'_>, setting: TimerSetting, nanos: bool) -> Value {
    let show = |time: Timespec| if nanos { seconds::nanos_as_int(t, time) } else { seconds::as_float(t, time) };
    tuple::new(t, vec![show(setting.value), show(setting.interval)])
}
fn timerfd_settime(t: Attached<'_>, a: &[Value], nanos: bool) -> PyResult {
    let (fd, flags) = (descriptor(t, &a[0])?, c_int_or(t, &a[1], 0)?);
    let time = |v: &Value| -> PyResult<Timespec> {
        let Some(v) = v.given() else { return Ok(Timespec::ZERO) };
        if nanos {
            if !int::is_int(v) {
                return Err(t.type_error(format!("'{}' object cannot be interpreted as an integer", type_name(t, v))));
            }
            return Ok(Timespec::from_nanos(c_long(t, v)?));
        }
        seconds::timespec(t, v, Rounding::Up)
    };
    let setting = TimerSetting { value: time(&a[2])?, interval: time(&a[3])? };
    let old = check(t, fs::timerfd_settime(fd, flags, setting))?;
    Ok(timer(t, old, nanos))
}
