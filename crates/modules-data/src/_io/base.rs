//! `_IOBase` and the three classes between it and concrete files. They hold nothing themselves: what
//! `_IOBase` must remember (that it was closed) is an attribute of the instance.

use orochi_objects::exception::OSError;
use orochi_objects::object::PyObject;
use orochi_objects::spec::{GetSet, Method, TypeSpec, flags};
use orochi_objects::{Attached, Def, PyResult, Value, attr, buffer, bytes, int, list, protocol, type_};

use super::support::*;

/// `_io._IOBase`.
pub static IO_BASE: TypeSpec = TypeSpec::new::<PyObject>("_io._IOBase")
    .flags(flags::BASETYPE | flags::HAS_DICT | flags::HAS_WEAKREF | flags::FINALIZE)
    .slots(&[Def::Iter(base_iter), Def::Next(base_next), Def::Finalize(finalize)])
    .methods(&[
        Method::new("seek", "($self, offset, whence=0, /)", |t, _| Err(unsupported(t, "seek")), "Change the stream position to the given byte offset."),
        Method::new("tell", "($self, /)", base_tell, "Return current stream position."),
        Method::new("truncate", "($self, size=None, /)", |t, _| Err(unsupported(t, "truncate")), "Truncate file to size bytes."),
        Method::new("flush", "($self, /)", base_flush, "Flush write buffers, if applicable."),
        Method::new("close", "($self, /)", base_close, "Flush and close the IO object."),
        Method::new("seekable", "($self, /)", |_, _| Ok(Value::bool(false)), "Return whether object supports random access."),
        Method::new("readable", "($self, /)", |_, _| Ok(Value::bool(false)), "Return whether object was opened for reading."),
        Method::new("writable", "($self, /)", |_, _| Ok(Value::bool(false)), "Return whether object was opened for writing."),
        Method::new("_checkClosed", "($self, msg=None, /)", check_closed_method, ""),
        Method::new("_checkSeekable", "($self, msg=None, /)", |t, a| check_seekable(t, &a[0]).map(|()| Value::bool(true)), ""),
        Method::new("_checkReadable", "($self, msg=None, /)", |t, a| check_readable(t, &a[0]).map(|()| Value::bool(true)), ""),
        Method::new("_checkWritable", "($self, msg=None, /)", |t, a| check_writable(t, &a[0]).map(|()| Value::bool(true)), ""),
        Method::new("fileno", "($self, /)", |t, _| Err(unsupported(t, "fileno")), "Return underlying file descriptor if one exists."),
        Method::new("isatty", "($self, /)", base_isatty, "Return whether this is an 'interactive' stream."),
        Method::new("__enter__", "($self, /)", base_enter, ""),
        Method::new("__exit__", "($self, /, *args)", base_exit, "").at_once(base_exit),
        Method::new("readline", "($self, size=-1, /)", base_readline, "Read and return a line from the stream."),
        Method::new("readlines", "($self, hint=-1, /)", base_readlines, "Return a list of lines from the stream."),
        Method::new("writelines", "($self, lines, /)", base_writelines, "Write a list of lines to stream."),
    ])
    .getset(&[GetSet::read("closed", base_closed, ""), GetSet::write("__dict__", get_dict, set_dict, "")])
    .doc("The abstract base class for all I/O classes.");

/// `_io._RawIOBase`.
pub static RAW_BASE: TypeSpec = TypeSpec::new::<PyObject>("_io._RawIOBase")
    .base(&IO_BASE)
    .flags(flags::BASETYPE)
    .methods(&[
        Method::new("read", "($self, size=-1, /)", raw_read, ""),
        Method::new("readall", "($self, /)", raw_readall, "Read until EOF, using multiple read() call."),
        Method::new("readinto", "($self, buffer, /)", not_implemented, "Read bytes into buffer."),
        Method::new("write", "($self, b, /)", not_implemented, "Write buffer b to the IO stream."),
    ])
    .doc("Base class for raw binary I/O.");

/// `_io._BufferedIOBase`.
pub static BUFFERED_BASE: TypeSpec = TypeSpec::new::<PyObject>("_io._BufferedIOBase")
    .base(&IO_BASE)
    .flags(flags::BASETYPE)
    .methods(&[
        Method::new("detach", "($self, /)", |t, _| Err(unsupported(t, "detach")), "Disconnect this buffer from its underlying raw stream and return it."),
        Method::new("read", "($self, size=-1, /)", |t, _| Err(unsupported(t, "read")), "Read and return up to n bytes."),
        Method::new("read1", "($self, size=-1, /)", |t, _| Err(unsupported(t, "read1")), "Read and return up to size bytes, with at most one read() call to the underlying raw stream."),
        Method::new("readinto", "($self, buffer, /)", |t, a| readinto_by(t, a, false), ""),
        Method::new("readinto1", "($self, buffer, /)", |t, a| readinto_by(t, a, true), ""),
        Method::new("write", "($self, b, /)", |t, _| Err(unsupported(t, "write")), "Write buffer b to the IO stream."),
    ])
    .doc("Base class for buffered IO objects.");

/// `_io._TextIOBase`.
pub static TEXT_BASE: TypeSpec = TypeSpec::new::<PyObject>("_io._TextIOBase")
    .base(&IO_BASE)
    .flags(flags::BASETYPE)
    .methods(&[
        Method::new("detach", "($self, /)", |t, _| Err(unsupported(t, "detach")), "Separate the underlying buffer from the TextIOBase and return it."),
        Method::new("read", "($self, size=-1, /)", |t, _| Err(unsupported(t, "read")), "Read at most size characters from stream."),
        Method::new("readline", "($self, size=-1, /)", |t, _| Err(unsupported(t, "readline")), "Read until newline or EOF."),
        Method::new("write", "($self, s, /)", |t, _| Err(unsupported(t, "write")), "Write string s to stream."),
    ])
    .getset(&[
        GetSet::read("encoding", |_, _| Ok(Value::none()), "Encoding of the text stream."),
        GetSet::read("newlines", |_, _| Ok(Value::none()), "Line endings translated so far."),
        GetSet::read("errors", |_, _| Ok(Value::none()), "The error setting of the decoder or encoder."),
    ])
    .doc("Base class for text I/O.");

fn get_dict(t: Attached<'_>, this: &Value) -> PyResult {
    match this.header().and_then(|h| attr::materialize_dict(t, h)) {
        Some(d) => Ok(d),
        None => Err(attr::no_attribute(t, this, &t.names().__dict__)),
    }
}

fn set_dict(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    match (value, this.header()) {
        (Some(v), Some(h)) if orochi_objects::dict::as_dict(v).is_some() => {
            attr::replace_dict(t, h, v.clone());
            Ok(())
        }
        (Some(v), _) => {
            Err(t.type_error(format!("__dict__ must be set to a dictionary, not a '{}'", type_::type_name(t, v))))
        }
        (None, _) => Err(t.type_error("cannot delete __dict__")),
    }
}

/// ValueError if the file is closed, with the text that `_IOBase` has for it.
pub fn check_closed(t: Attached<'_>, this: &Value) -> PyResult<()> {
    if is_closed(t, this)? { Err(t.value_error("I/O operation on closed file.")) } else { Ok(()) }
}
fn check_closed_method(t: Attached<'_>, a: &[Value]) -> PyResult {
    check_closed(t, &a[0])?;
    Ok(Value::none())
}

fn check(t: Attached<'_>, this: &Value, question: &Value, word: &str) -> PyResult<()> {
    let answer = call(t, this, question, &[])?;
    if answer.is_true() { Ok(()) } else { Err(unsupported(t, &format!("File or stream is not {word}."))) }
}
/// UnsupportedOperation unless `this.seekable()`.
pub fn check_seekable(t: Attached<'_>, this: &Value) -> PyResult<()> {
    check(t, this, &t.names().seekable, "seekable")
}
/// UnsupportedOperation unless `this.readable()`.
pub fn check_readable(t: Attached<'_>, this: &Value) -> PyResult<()> {
    check(t, this, &t.names().readable, "readable")
}
/// UnsupportedOperation unless `this.writable()`.
pub fn check_writable(t: Attached<'_>, this: &Value) -> PyResult<()> {
    check(t, this, &t.names().writable, "writable")
}

fn base_tell(t: Attached<'_>, a: &[Value]) -> PyResult {
    call(t, &a[0], &t.names().seek, &[Value::i32(0), Value::i32(1)])
}

/// Whether `_IOBase.close` has run.
fn marked_closed(t: Attached<'_>, this: &Value) -> PyResult<bool> {
    Ok(attr::generic_find(t, this, &t.names().__IOBase_closed)?.is_some())
}

fn base_flush(t: Attached<'_>, a: &[Value]) -> PyResult {
    if marked_closed(t, &a[0])? {
        return Err(t.value_error("I/O operation on closed file."));
    }
    Ok(Value::none())
}

/// `_IOBase.close(this)`.
pub fn close(t: Attached<'_>, this: &Value) -> PyResult<()> {
    if marked_closed(t, this)? {
        return Ok(());
    }
    let flushed = call(t, this, &t.names().flush, &[]).map(drop);
    both(t, flushed, || attr::set(t, this, &t.names().__IOBase_closed, Some(&Value::bool(true))))
}
fn base_close(t: Attached<'_>, a: &[Value]) -> PyResult {
    close(t, &a[0])?;
    Ok(Value::none())
}
fn base_closed(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(Value::bool(marked_closed(t, this)?))
}

/// Closes a file that nobody refers to any more. What that raises goes to `sys.unraisablehook`.
fn finalize(t: Attached<'_>, this: &Value) -> PyResult<()> {
    let closed = match attr::get(t, this, &t.names().closed).and_then(|c| protocol::truth(t, &c)) {
        Ok(closed) => closed,
        Err(e) => {
            drop(t.take_raised(e));
            false
        }
    };
    if closed {
        return Ok(());
    }
    if let Err(e) = attr::set(t, this, &t.names()._finalizing, Some(&Value::bool(true))) {
        drop(t.take_raised(e));
    }
    if let Err(e) = call(t, this, &t.names().close, &[]) {
        (t.runtime().upward.unraisable)(t, e, "Exception ignored in", this);
    }
    Ok(())
}

fn base_isatty(t: Attached<'_>, a: &[Value]) -> PyResult {
    check_closed(t, &a[0])?;
    Ok(Value::bool(false))
}
fn base_enter(t: Attached<'_>, a: &[Value]) -> PyResult {
    check_closed(t, &a[0])?;
    Ok(a[0].clone())
}
fn base_exit(t: Attached<'_>, a: &[Value]) -> PyResult {
    call(t, &a[0], &t.names().close, &[])
}
fn base_iter(t: Attached<'_>, this: &Value) -> PyResult {
    check_closed(t, this)?;
    Ok(this.clone())
}
/// `next(file)` by `readline`.
pub fn base_next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let line = call(t, this, &t.names().readline, &[])?;
    if protocol::length(t, &line)? == 0 { Ok(None) } else { Ok(Some(line)) }
}

fn base_readline(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = t.names();
    let limit = size_arg(t, &a[1])?;
    let limit = usize::try_from(limit).ok();
    let peek = attr::find(t, &a[0], &n.peek)?;
    let mut line: Vec<u8> = Vec::new();
    while limit.is_none_or(|limit| line.len() < limit) {
        let mut ahead = 1;
        if let Some(peek) = &peek {
            let seen = protocol::call(t, peek, &[Value::i32(1)])?;
            let seen = expect_bytes(t, &seen, "peek()")?;
            if !seen.is_empty() {
                let most = limit.map_or(seen.len(), |limit| seen.len().min(limit - line.len()));
                ahead = memchr::memchr(b'\n', &seen[..most]).map_or(most, |at| at + 1);
            }
        }
        let piece = call(t, &a[0], &n.read, &[int::from_usize(t, ahead)])?;
        let piece = expect_bytes(t, &piece, "read()")?;
        if piece.is_empty() {
            break;
        }
        line.try_reserve(piece.len()).map_err(|_| t.memory_error())?;
        line.extend_from_slice(piece);
        if line.last() == Some(&b'\n') {
            break;
        }
        t.safepoint()?;
    }
    bytes::try_new(t, &line)
}

fn base_readlines(t: Attached<'_>, a: &[Value]) -> PyResult {
    let hint = size_arg(t, &a[1])?;
    let lines = list::new(t, Vec::new());
    let Some(out) = list::as_list(&lines) else { return Ok(lines) };
    let mut total = 0usize;
    let it = protocol::get_iter(t, &a[0])?;
    while let Some(line) = protocol::next(t, &it)? {
        let len = if hint > 0 { protocol::length(t, &line)? } else { 0 };
        out.push(t, line)?;
        total = total.saturating_add(len);
        if hint > 0 && total >= hint as usize {
            break;
        }
        t.safepoint()?;
    }
    Ok(lines)
}

fn base_writelines(t: Attached<'_>, a: &[Value]) -> PyResult {
    check_closed(t, &a[0])?;
    protocol::for_each(t, &a[1], |line| call(t, &a[0], &t.names().write, &[line]).map(drop))?;
    Ok(Value::none())
}

fn not_implemented(t: Attached<'_>, _: &[Value]) -> PyResult {
    Err(t.raise_with(&orochi_objects::exception::NotImplementedError, vec![]))
}

/// A new `bytearray` of `len` zero bytes, to be read into by somebody else.
pub fn scratch(t: Attached<'_>, len: usize) -> PyResult {
    let class = protocol::builtin(t, "bytearray")?;
    protocol::call(t, &class, &[int::from_usize(t, len)])
}

fn raw_read(t: Attached<'_>, a: &[Value]) -> PyResult {
    let size = plain_size_arg(t, &a[1])?;
    if size < 0 {
        return call(t, &a[0], &t.names().readall, &[]);
    }
    let room = scratch(t, size as usize)?;
    let got = call(t, &a[0], &t.names().readinto, std::slice::from_ref(&room))?;
    if got.is_none() {
        return Ok(got);
    }
    let n = protocol::as_size(t, &got)?;
    if n < 0 || n > size {
        return Err(t.value_error(format!("readinto returned {n} outside buffer size {size}")));
    }
    let memory = buffer::get(t, &room, false)?;
    let n = (n as usize).min(memory.len());
    memory.with(|all| bytes::try_new(t, &all[..n]))
}

fn raw_readall(t: Attached<'_>, a: &[Value]) -> PyResult {
    let step = Value::i32(super::DEFAULT_BUFFER_SIZE as i32);
    let mut all = Vec::new();
    let mut first = true;
    loop {
        let piece = call(t, &a[0], &t.names().read, std::slice::from_ref(&step))?;
        if piece.is_none() {
            return if first { Ok(piece) } else { bytes::try_new(t, &all) };
        }
        first = false;
        let Some(b) = bytes::as_bytes(&piece) else { return Err(t.type_error("read() should return bytes")) };
        if b.is_empty() {
            return bytes::try_new(t, &all);
        }
        all.try_reserve(b.len()).map_err(|_| t.memory_error())?;
        all.extend_from_slice(b);
        t.safepoint()?;
    }
}

fn readinto_by(t: Attached<'_>, a: &[Value], once: bool) -> PyResult {
    let n = t.names();
    let room = buffer::write_arg(t, &a[1], if once { "readinto1() argument" } else { "readinto() argument" })?;
    let len = room.len();
    let data = call(t, &a[0], if once { &n.read1 } else { &n.read }, &[int::from_usize(t, len)])?;
    let Some(b) = bytes::as_bytes(&data) else { return Err(t.type_error("read() should return bytes")) };
    if b.len() > len {
        let message = format!("read() returned too much data: {len} bytes requested, {} returned", b.len());
        return Err(t.value_error(message));
    }
    room.fill(b);
    Ok(int::from_usize(t, b.len()))
}

/// The number that a method `what` of a raw file gave: an int in `0..=most`.
pub fn checked_count(t: Attached<'_>, v: &Value, what: &str, most: usize) -> PyResult<usize> {
    let n = match protocol::as_size(t, v) {
        Ok(n) => n,
        Err(e) => {
            let cause = t.take_raised(e);
            let raised = t.raise(&OSError, format!("raw {what}() failed"));
            let e = t.peek_raised(&raised);
            orochi_objects::exception::set_cause(&e, cause);
            return Err(raised);
        }
    };
    if n < 0 || n as usize > most {
        let message = format!("raw {what}() returned invalid length {n} (should have been between 0 and {most})");
        return Err(t.raise(&OSError, message));
    }
    Ok(n as usize)
}
