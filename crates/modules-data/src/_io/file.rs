//! `FileIO`: an open descriptor. Every system call that can block runs detached.

use std::sync::atomic::{AtomicBool, AtomicI32, AtomicI64, AtomicU8, Ordering::Relaxed};

use orochi_host::{Errno, fs};
use orochi_objects::args::Signature;
use orochi_objects::exception::{OSError, RuntimeWarning};
use orochi_objects::spec::{GetSet, Method, TypeSpec, flags};
use orochi_objects::{Args, Attached, Def, Payload, PyResult, Raised, Value, attr, buffer, bytes, int, payload, protocol, str, type_};

use super::base::{self, RAW_BASE};
use super::support::*;

const CREATED: u8 = 1;
const READABLE: u8 = 2;
const WRITABLE: u8 = 4;
const APPENDING: u8 = 8;
const OWNED: u8 = 16;

/// The body. Fields are set by `__init__` and `close`; any thread may look at any time. Ordering of
/// all: relaxed, none says anything about another.
pub struct PyFileIO {
    /// -1: closed.
    fd: AtomicI32,
    /// The bits above.
    how: AtomicU8,
    /// 0 unknown, 1 no, 2 yes.
    seekable: AtomicU8,
    finalizing: AtomicBool,
    /// What the file system wants to be read at once, or 0.
    block_size: AtomicI64,
    /// Whether it was a character device when it was opened (only these can be terminals).
    maybe_tty: AtomicBool,
}

impl Payload for PyFileIO {
    payload!(PyFileIO, "FileIO");
}

/// `_io.FileIO`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyFileIO>("_io.FileIO")
    .base(&RAW_BASE)
    .flags(flags::BASETYPE)
    .slots(&[Def::New(new), Def::Init(init), Def::Repr(repr)])
    .methods(&[
        Method::new("read", "($self, size=-1, /)", read, "Read at most size bytes, returned as bytes."),
        Method::new("readall", "($self, /)", |t, a| read_all(t, &a[0]), "Read all data from the file, returned as bytes."),
        Method::new("readinto", "($self, buffer, /)", readinto, "Same as RawIOBase.readinto()."),
        Method::new("write", "($self, b, /)", write, "Write buffer b to file, return number of bytes written."),
        Method::new("seek", "($self, pos, whence=0, /)", seek, "Move to new file position and return the file position."),
        Method::new("tell", "($self, /)", tell, "Current file position."),
        Method::new("truncate", "($self, size=None, /)", truncate, "Truncate the file to at most size bytes and return the truncated size."),
        Method::new("close", "($self, /)", close, "Close the file."),
        Method::new("seekable", "($self, /)", |t, a| is_seekable(t, &a[0]).map(Value::bool), "True if file supports random-access."),
        Method::new("readable", "($self, /)", |t, a| open_bit(t, &a[0], READABLE), "True if file was opened in a read mode."),
        Method::new("writable", "($self, /)", |t, a| open_bit(t, &a[0], WRITABLE), "True if file was opened in a write mode."),
        Method::new("fileno", "($self, /)", |t, a| fd(t, &a[0]).map(Value::i32), "Return the underlying file descriptor (an integer)."),
        Method::new("isatty", "($self, /)", |t, a| fd(t, &a[0]).map(|fd| Value::bool(fs::isatty(fd))), "True if the file is connected to a TTY device."),
        Method::new("_isatty_open_only", "($self, /)", isatty_open_only, "Cheap check whether the file was a TTY when it was opened."),
        Method::new("_dealloc_warn", "($self, source, /)", dealloc_warn, ""),
        Method::new("__getstate__", "($self, /)", refuse_pickle, ""),
    ])
    .getset(&[
        GetSet::read("closed", |_, v| Ok(Value::bool(body(v).fd.load(Relaxed) < 0)), "True if the file is closed"),
        GetSet::read("closefd", |_, v| Ok(Value::bool(body(v).has(OWNED))), "True if the file descriptor will be closed by close()."),
        GetSet::read("mode", |t, v| Ok(str::intern(t, mode(v))), "String giving the file mode"),
        GetSet::write("_blksize", blksize, set_blksize, "Stat st_blksize if available"),
        GetSet::write("_finalizing", |_, v| Ok(Value::bool(body(v).finalizing.load(Relaxed))), set_finalizing, ""),
    ])
    .doc("FileIO(file, mode='r', closefd=True, opener=None)\n--\n\nOpen a file.");

/// The body of a FileIO or an instance of a subclass.
pub fn body(v: &Value) -> &PyFileIO {
    match v.payload::<PyFileIO>() {
        Some(p) => p,
        None => unreachable!("methods are called with their own type"),
    }
}

impl PyFileIO {
    fn has(&self, bit: u8) -> bool {
        self.how.load(Relaxed) & bit != 0
    }
    /// Whether the file is closed.
    pub fn is_closed(&self) -> bool {
        self.fd.load(Relaxed) < 0
    }
}

/// The descriptor; ValueError if the file is closed.
fn fd(t: Attached<'_>, this: &Value) -> PyResult<i32> {
    let fd = body(this).fd.load(Relaxed);
    if fd < 0 { Err(closed_error(t)) } else { Ok(fd) }
}

/// The descriptor of a file that must be open for reading or writing.
fn fd_for(t: Attached<'_>, this: &Value, bit: u8) -> PyResult<i32> {
    let fd = fd(t, this)?;
    if body(this).has(bit) {
        return Ok(fd);
    }
    Err(unsupported(t, if bit == READABLE { "File not open for reading" } else { "File not open for writing" }))
}

fn open_bit(t: Attached<'_>, this: &Value, bit: u8) -> PyResult {
    fd(t, this)?;
    Ok(Value::bool(body(this).has(bit)))
}

fn new(t: Attached<'_>, class: &Value, _: Args<'_>) -> PyResult {
    let file = PyFileIO {
        fd: AtomicI32::new(-1),
        how: AtomicU8::new(OWNED),
        seekable: AtomicU8::new(0),
        finalizing: AtomicBool::new(false),
        block_size: AtomicI64::new(0),
        maybe_tty: AtomicBool::new(true),
    };
    TYPE.alloc_for(t, class, file)
}

fn init(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    Signature::parse("(file, mode='r', closefd=True, opener=None)").call(t, "FileIO", args, |a| {
        let text = match a[1].given() {
            None => "r".to_owned(),
            Some(v) if str::is_str(v) => str::display(v),
            Some(v) => {
                return Err(t.type_error(format!("FileIO() argument 'mode' must be str, not {}", type_::type_name(t, v))));
            }
        };
        open(t, this, &a[0], &text, flag_arg(t, &a[2], true)?, &or_none(&a[3]))
    })
}

/// The open flags and state bits of a mode.
fn parse_mode(t: Attached<'_>, mode: &str) -> PyResult<(i32, u8)> {
    let (mut bits, mut open_flags, mut kinds, mut plus) = (0u8, 0, 0, 0);
    for c in mode.chars() {
        match c {
            'x' => (bits, open_flags, kinds) = (bits | CREATED | WRITABLE, open_flags | libc::O_EXCL | libc::O_CREAT, kinds + 1),
            'r' => (bits, kinds) = (bits | READABLE, kinds + 1),
            'w' => (bits, open_flags, kinds) = (bits | WRITABLE, open_flags | libc::O_CREAT | libc::O_TRUNC, kinds + 1),
            'a' => (bits, open_flags, kinds) = (bits | WRITABLE | APPENDING, open_flags | libc::O_APPEND | libc::O_CREAT, kinds + 1),
            'b' => {}
            '+' => (bits, plus) = (bits | READABLE | WRITABLE, plus + 1),
            _ => return Err(t.value_error(format!("invalid mode: {mode}"))),
        }
    }
    if kinds != 1 || plus > 1 {
        return Err(t.value_error("Must have exactly one of create/read/write/append mode and at most one plus"));
    }
    open_flags |= match (bits & READABLE != 0, bits & WRITABLE != 0) {
        (true, true) => libc::O_RDWR,
        (true, false) => libc::O_RDONLY,
        _ => libc::O_WRONLY,
    };
    Ok((open_flags | libc::O_CLOEXEC, bits))
}

fn open(t: Attached<'_>, this: &Value, file: &Value, mode: &str, owned: bool, opener: &Value) -> PyResult<()> {
    let f = body(this);
    if f.fd.load(Relaxed) >= 0 {
        // Initialised again: the old file goes.
        if f.has(OWNED) {
            close_fd(t, this)?;
        } else {
            f.fd.store(-1, Relaxed);
        }
    }
    let number = if file.as_bool().is_some() {
        warn(t, &RuntimeWarning, "bool is used as a file descriptor", None)?;
        int::as_i64(file)
    } else if int::is_int(file) || (!str::is_str(file) && type_::class_of(t, file).slots.index().is_some()) {
        let i = protocol::as_index(t, file)?;
        Some(int::as_i64(&i).ok_or_else(|| t.overflow_error("Python int too large to convert to C int"))?)
    } else {
        None
    };
    let number = match number {
        Some(n) if n < 0 => return Err(t.value_error("negative file descriptor")),
        Some(n) => Some(i32::try_from(n).map_err(|_| t.overflow_error("Python int too large to convert to C int"))?),
        None => None,
    };
    let path = if number.is_none() { Some(fspath(t, file)?) } else { None };
    let c_path = path.as_ref().map(|p| path_to_c(t, p)).transpose()?;
    let (open_flags, bits) = parse_mode(t, mode)?;
    f.how.store(bits | if owned { OWNED } else { 0 }, Relaxed);
    f.seekable.store(0, Relaxed);
    let fd = match (number, &c_path) {
        (Some(fd), _) => fd,
        (None, Some(c_path)) => {
            if !owned {
                return Err(t.value_error("Cannot use closefd=False with file name"));
            }
            if opener.is_none() {
                loop {
                    match t.detached(|| fs::open(fs::CWD, c_path, open_flags, 0o666)) {
                        Ok(fd) => break fd,
                        Err(Errno::EINTR) => t.safepoint()?,
                        Err(e) => return Err(os_error_at(t, e, file)),
                    }
                }
            } else {
                let fd = protocol::call(t, opener, &[file.clone(), Value::i32(open_flags)])?;
                if !int::is_int(&fd) {
                    return Err(t.type_error("expected integer from opener"));
                }
                let fd = int::as_i64(&fd).and_then(|n| i32::try_from(n).ok());
                let fd = fd.ok_or_else(|| t.overflow_error("Python int too large to convert to C int"))?;
                if fd < 0 {
                    return Err(t.value_error(format!("opener returned {fd}")));
                }
                if let Err(e) = fs::set_inheritable(fd, false) {
                    return Err(os_error(t, e));
                }
                fd
            }
        }
        (None, None) => return Err(t.type_error("a path or a descriptor is required")),
    };
    if let Err(e) = examine(t, this, file, fd) {
        if number.is_none() {
            let _ = fs::close(fd);
        }
        f.fd.store(-1, Relaxed);
        return Err(e);
    }
    Ok(())
}

/// What must be known of a descriptor that was just opened; makes it this file's.
fn examine(t: Attached<'_>, this: &Value, name: &Value, fd: i32) -> PyResult<()> {
    let f = body(this);
    match t.detached(|| fs::fstat(fd)) {
        Ok(stat) => {
            if stat.is_dir() {
                return Err(os_error_at(t, Errno::EISDIR, name));
            }
            f.block_size.store(stat.blksize.max(0), Relaxed);
            f.maybe_tty.store(stat.kind() == libc::S_IFCHR, Relaxed);
        }
        Err(Errno::EBADF) => return Err(os_error(t, Errno::EBADF)),
        Err(_) => f.maybe_tty.store(true, Relaxed),
    }
    f.fd.store(fd, Relaxed);
    attr::set(t, this, &t.names().name, Some(name))?;
    if f.has(APPENDING) {
        // Errors mean that it cannot seek: a pipe or a terminal.
        let _ = fs::lseek(fd, 0, libc::SEEK_END);
    }
    Ok(())
}

fn close_fd(t: Attached<'_>, this: &Value) -> PyResult<()> {
    let fd = body(this).fd.swap(-1, Relaxed);
    if fd < 0 {
        return Ok(());
    }
    match t.detached(|| fs::close(fd)) {
        Ok(()) | Err(Errno::EINTR) => Ok(()),
        Err(e) => Err(os_error(t, e)),
    }
}

fn close(t: Attached<'_>, a: &[Value]) -> PyResult {
    let f = body(&a[0]);
    let closed = base::close(t, &a[0]);
    if !f.has(OWNED) {
        f.fd.store(-1, Relaxed);
        return closed.map(|()| Value::none());
    }
    let failed = match closed {
        Ok(()) => None,
        Err(e) => Some(t.take_raised(e)),
    };
    if f.finalizing.load(Relaxed) && !f.is_closed() {
        warn_unclosed(t, &a[0]);
    }
    let failed = match failed {
        Some(e) => Err(t.set_raised(e)),
        None => Ok(()),
    };
    both(t, failed, || close_fd(t, &a[0]))?;
    Ok(Value::none())
}

fn dealloc_warn(t: Attached<'_>, a: &[Value]) -> PyResult {
    let f = body(&a[0]);
    if !f.is_closed() && f.has(OWNED) {
        warn_unclosed(t, &a[1]);
    }
    Ok(Value::none())
}

/// Reads up to `len` bytes onto the end of `into`; `None`: it would block.
pub fn read_into(t: Attached<'_>, this: &Value, into: &mut Vec<u8>, len: usize) -> PyResult<Option<usize>> {
    let fd = fd_for(t, this, READABLE)?;
    into.try_reserve(len.min(fs::MAX_TRANSFER)).map_err(|_| t.memory_error())?;
    blocking(t, || fs::read_append(fd, into, len))
}

/// Writes some of `data`; `None`: it would block.
pub fn write_some(t: Attached<'_>, this: &Value, data: &[u8]) -> PyResult<Option<usize>> {
    let fd = fd_for(t, this, WRITABLE)?;
    blocking(t, || fs::write(fd, data))
}

fn read(t: Attached<'_>, a: &[Value]) -> PyResult {
    let size = size_arg(t, &a[1])?;
    fd_for(t, &a[0], READABLE)?;
    if size < 0 {
        return read_all(t, &a[0]);
    }
    let mut data = Vec::new();
    match read_into(t, &a[0], &mut data, size as usize)? {
        Some(_) => bytes::try_new(t, &data),
        None => Ok(Value::none()),
    }
}

/// Everything up to the end onto `into`; false if nothing came because it would block.
pub fn read_rest(t: Attached<'_>, this: &Value, into: &mut Vec<u8>) -> PyResult<bool> {
    let fd = fd_for(t, this, READABLE)?;
    let begun = into.len();
    let left = t.detached(|| match (fs::fstat(fd), fs::lseek(fd, 0, libc::SEEK_CUR)) {
        (Ok(stat), Ok(at)) if stat.size > at => usize::try_from(stat.size - at).unwrap_or(0),
        _ => 0,
    });
    // One byte more than the file has, so that its end is met without a second allocation.
    let mut step = left.saturating_add(1).max(if left == 0 { super::DEFAULT_BUFFER_SIZE } else { 0 });
    loop {
        match read_into(t, this, into, step)? {
            Some(0) => return Ok(true),
            Some(_) => step = (into.capacity() - into.len()).max(super::DEFAULT_BUFFER_SIZE),
            None => return Ok(into.len() > begun),
        }
    }
}

fn read_all(t: Attached<'_>, this: &Value) -> PyResult {
    let mut data = Vec::new();
    if read_rest(t, this, &mut data)? { bytes::try_new(t, &data) } else { Ok(Value::none()) }
}

fn readinto(t: Attached<'_>, a: &[Value]) -> PyResult {
    fd_for(t, &a[0], READABLE)?;
    let room = buffer::write_arg(t, &a[1], "readinto() argument")?;
    let mut data = Vec::new();
    match read_into(t, &a[0], &mut data, room.len())? {
        Some(_) => Ok(int::from_usize(t, room.fill(&data))),
        None => Ok(Value::none()),
    }
}

fn write(t: Attached<'_>, a: &[Value]) -> PyResult {
    fd_for(t, &a[0], WRITABLE)?;
    let written = match bytes::as_bytes(&a[1]) {
        Some(data) => write_some(t, &a[0], data)?,
        None => {
            let data = buffer::read_arg(t, &a[1], "")?.to_vec();
            write_some(t, &a[0], &data)?
        }
    };
    Ok(written.map_or(Value::none(), |n| int::from_usize(t, n)))
}

/// Moves the position; gives the new one.
pub fn seek_to(t: Attached<'_>, this: &Value, offset: i64, whence: i32) -> PyResult<i64> {
    let fd = fd(t, this)?;
    match t.detached(|| fs::lseek(fd, offset, whence)) {
        Ok(at) => {
            body(this).seekable.store(2, Relaxed);
            Ok(at)
        }
        Err(e) => Err(os_error(t, e)),
    }
}

fn whence_arg(t: Attached<'_>, v: &Value) -> PyResult<i32> {
    let n = v.given().map_or(Ok(0), |v| protocol::expect_i64(t, v))?;
    i32::try_from(n).map_err(|_| t.overflow_error("Python int too large to convert to C int"))
}

fn seek(t: Attached<'_>, a: &[Value]) -> PyResult {
    fd(t, &a[0])?;
    if orochi_objects::float::as_f64(&a[1]).is_some() && !int::is_int(&a[1]) {
        return Err(t.type_error("an integer is required"));
    }
    let at = seek_to(t, &a[0], offset_arg(t, &a[1])?, whence_arg(t, &a[2])?)?;
    Ok(int::new(t, at))
}

fn tell(t: Attached<'_>, a: &[Value]) -> PyResult {
    seek_to(t, &a[0], 0, libc::SEEK_CUR).map(|at| int::new(t, at))
}

fn truncate(t: Attached<'_>, a: &[Value]) -> PyResult {
    let fd = fd_for(t, &a[0], WRITABLE)?;
    let size = match a[1].given().filter(|v| !v.is_none()) {
        Some(v) => offset_arg(t, v)?,
        None => seek_to(t, &a[0], 0, libc::SEEK_CUR)?,
    };
    if blocking(t, || fs::ftruncate(fd, size))?.is_none() {
        return Err(os_error(t, Errno::EAGAIN));
    }
    Ok(int::new(t, size))
}

/// Whether the file has a position.
pub fn is_seekable(t: Attached<'_>, this: &Value) -> PyResult<bool> {
    let fd = fd(t, this)?;
    let f = body(this);
    if f.seekable.load(Relaxed) == 0 {
        let yes = fs::lseek(fd, 0, libc::SEEK_CUR).is_ok();
        f.seekable.store(1 + u8::from(yes), Relaxed);
    }
    Ok(f.seekable.load(Relaxed) == 2)
}

/// Whether a file just opened is a terminal.
pub fn is_tty_now(t: Attached<'_>, this: &Value) -> PyResult<bool> {
    let fd = fd(t, this)?;
    Ok(body(this).maybe_tty.load(Relaxed) && fs::isatty(fd))
}
fn isatty_open_only(t: Attached<'_>, a: &[Value]) -> PyResult {
    is_tty_now(t, &a[0]).map(Value::bool)
}

/// The buffer size that suits the file.
pub fn best_buffer(this: &Value) -> usize {
    let block = usize::try_from(body(this).block_size.load(Relaxed)).unwrap_or(0);
    block.clamp(super::DEFAULT_BUFFER_SIZE, 8 * 1024 * 1024)
}
fn blksize(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(int::from_usize(t, best_buffer(this)))
}
fn set_blksize(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    let Some(v) = value else { return Err(t.type_error("can't delete numeric/char attribute")) };
    body(this).block_size.store(protocol::expect_i64(t, v)?, Relaxed);
    Ok(())
}
fn set_finalizing(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    let yes = value.map_or(Ok(false), |v| protocol::truth(t, v))?;
    body(this).finalizing.store(yes, Relaxed);
    Ok(())
}

fn mode(this: &Value) -> &'static str {
    let f = body(this);
    let plus = f.has(READABLE) && f.has(WRITABLE);
    if f.has(CREATED) {
        if f.has(READABLE) { "xb+" } else { "xb" }
    } else if f.has(APPENDING) {
        if f.has(READABLE) { "ab+" } else { "ab" }
    } else if plus {
        "rb+"
    } else if f.has(READABLE) {
        "rb"
    } else {
        "wb"
    }
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let f = body(this);
    let class = type_::class_of(t, this).full_name(t);
    let fd = f.fd.load(Relaxed);
    if fd < 0 {
        return Ok(str::from_string(t, format!("<{class} [closed]>")));
    }
    let owned = if f.has(OWNED) { "True" } else { "False" };
    let text = match name_for_repr(t, this)? {
        None => format!("<{class} fd={fd} mode='{}' closefd={owned}>", mode(this)),
        Some(name) => format!("<{class} name={name} mode='{}' closefd={owned}>", mode(this)),
    };
    Ok(str::from_string(t, text))
}

/// OSError made of text alone.
pub fn plain_os_error(t: Attached<'_>, message: &str) -> Raised {
    t.raise(&OSError, message)
}
