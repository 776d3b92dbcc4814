//! `BytesIO`: a file in memory. While a view of it lives (`getbuffer`) it cannot change its size.

use std::sync::atomic::{AtomicUsize, Ordering};

use orochi_objects::args::Signature;
use orochi_objects::buffer::{self, Buffer, Memory};
use orochi_objects::exception::BufferError;
use orochi_objects::spec::{GetSet, Method, NativeFn, TypeSpec, flags};
use orochi_objects::{Args, Attached, Def, Payload, PyResult, Slot, Value, attr, bytes, dict, int, list, payload, protocol, tuple, type_};
use orochi_runtime::Locked;

use super::base::{self, BUFFERED_BASE};
use super::support::*;

#[derive(Default)]
struct State {
    data: Vec<u8>,
    pos: usize,
    closed: bool,
}

impl State {
    fn rest(&self) -> &[u8] {
        self.data.get(self.pos..).unwrap_or(&[])
    }
}

/// The body.
pub struct PyBytesIO {
    state: Locked<State>,
    /// Views that live. Changed and read with the lock held.
    exports: AtomicUsize,
}

impl Payload for PyBytesIO {
    payload!(PyBytesIO, "BytesIO");
}

const fn m(name: &'static str, signature: &'static str, call: NativeFn) -> Method {
    Method::new(name, signature, call, "")
}

/// `_io.BytesIO`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyBytesIO>("_io.BytesIO")
    .base(&BUFFERED_BASE)
    .flags(flags::BASETYPE)
    .slots(&[Def::New(new), Def::Init(init), Def::Iter(iter), Def::Next(next)])
    .methods(&[
        m("readable", "($self, /)", open_true),
        m("writable", "($self, /)", open_true),
        m("seekable", "($self, /)", open_true),
        m("flush", "($self, /)", |t, a| open(t, &a[0]).map(|()| Value::none())),
        m("isatty", "($self, /)", |t, a| open(t, &a[0]).map(|()| Value::bool(false))),
        m("tell", "($self, /)", |t, a| with(t, &a[0], |s| s.pos).map(|n| int::from_usize(t, n))),
        m("read", "($self, size=-1, /)", read),
        m("read1", "($self, size=-1, /)", read),
        m("readline", "($self, size=-1, /)", |t, a| line(t, &a[0], size_arg(t, &a[1])?)),
        m("readlines", "($self, size=None, /)", readlines),
        m("readinto", "($self, buffer, /)", readinto),
        m("truncate", "($self, size=None, /)", truncate),
        m("seek", "($self, pos, whence=0, /)", seek),
        m("write", "($self, b, /)", |t, a| write(t, &a[0], &a[1])),
        m("writelines", "($self, lines, /)", writelines),
        m("close", "($self, /)", close),
        m("getvalue", "($self, /)", getvalue),
        m("getbuffer", "($self, /)", getbuffer),
        m("__getstate__", "($self, /)", getstate),
        m("__setstate__", "($self, state, /)", setstate),
        m("__sizeof__", "($self, /)", |t, a| {
            let n = body(&a[0]).state.lock().data.capacity();
            Ok(int::from_usize(t, n + std::mem::size_of::<PyBytesIO>() + 16))
        }),
    ])
    .getset(&[GetSet::read("closed", |_, v| Ok(Value::bool(body(v).state.lock().closed)), "True if the file is closed.")])
    .doc("BytesIO(initial_bytes=b'')\n--\n\nBuffered I/O implementation using an in-memory bytes buffer.");

/// `_io._BytesIOBuffer`: what `memoryview` looks at.
pub static BUFFER: TypeSpec = TypeSpec::new::<PyBytesIOBuffer>("_io._BytesIOBuffer")
    .flags(flags::NO_NEW)
    .slots(&[Def::Buffer(|_, v, _| match v.payload::<PyBytesIOBuffer>() {
        Some(b) => Ok(Buffer { owner: v.clone(), memory: Box::new(View::new(b.source.load())), readonly: false, shape: None }),
        None => unreachable!("slots are called with their own type"),
    })]);

/// The body of a `_BytesIOBuffer`.
pub struct PyBytesIOBuffer {
    source: Slot,
}

impl Payload for PyBytesIOBuffer {
    payload!(PyBytesIOBuffer, "_BytesIOBuffer");
    fn trace(&self, visit: &mut orochi_heap::Visit<'_>) {
        visit.slot(&self.source);
    }
}

/// The bytes of a BytesIO, exported.
struct View {
    source: Value,
    len: usize,
}

impl View {
    fn new(source: Value) -> View {
        let len = {
            let state = body(&source).state.lock();
            body(&source).exports.fetch_add(1, Ordering::Relaxed);
            state.data.len()
        };
        View { source, len }
    }
}

impl Drop for View {
    fn drop(&mut self) {
        body(&self.source).exports.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Memory for View {
    fn len(&self) -> usize {
        self.len
    }
    fn read(&self, offset: usize, into: &mut [u8]) {
        if let Some(from) = body(&self.source).state.lock().data.get(offset..offset + into.len()) {
            into.copy_from_slice(from);
        }
    }
    fn write(&self, offset: usize, from: &[u8]) {
        if let Some(to) = body(&self.source).state.lock().data.get_mut(offset..offset + from.len()) {
            to.copy_from_slice(from);
        }
    }
    fn trace(&self, visit: &mut orochi_heap::Visit<'_>) {
        visit.value(&self.source);
    }
}

fn body(v: &Value) -> &PyBytesIO {
    match v.payload::<PyBytesIO>() {
        Some(p) => p,
        None => unreachable!("methods are called with their own type"),
    }
}

fn new(t: Attached<'_>, class: &Value, _: Args<'_>) -> PyResult {
    TYPE.alloc_for(t, class, PyBytesIO { state: Locked::default(), exports: AtomicUsize::new(0) })
}

fn init(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    Signature::parse("(initial_bytes=b'')").call(t, "BytesIO", args, |a| {
        check_exports(t, this)?;
        {
            let mut s = body(this).state.lock();
            s.data.clear();
            s.pos = 0;
        }
        match a[0].given().filter(|v| !v.is_none()) {
            None => Ok(()),
            Some(v) => {
                let data = match bytes::as_bytes(v) {
                    Some(b) => copy(t, b)?,
                    None => buffer::read_arg(t, v, "")?.to_vec(),
                };
                body(this).state.lock().data = data;
                Ok(())
            }
        }
    })
}

fn copy(t: Attached<'_>, b: &[u8]) -> PyResult<Vec<u8>> {
    let mut v = Vec::new();
    v.try_reserve_exact(b.len()).map_err(|_| t.memory_error())?;
    v.extend_from_slice(b);
    Ok(v)
}

/// Runs `f` on the state of an open file. `f` must not raise.
fn with<R>(t: Attached<'_>, this: &Value, f: impl FnOnce(&mut State) -> R) -> PyResult<R> {
    let mut state = body(this).state.lock();
    if state.closed {
        drop(state);
        return Err(t.value_error("I/O operation on closed file."));
    }
    Ok(f(&mut state))
}
fn open(t: Attached<'_>, this: &Value) -> PyResult<()> {
    with(t, this, |_| ())
}
fn open_true(t: Attached<'_>, a: &[Value]) -> PyResult {
    open(t, &a[0]).map(|()| Value::bool(true))
}
fn check_exports(t: Attached<'_>, this: &Value) -> PyResult<()> {
    if body(this).exports.load(Ordering::Relaxed) == 0 {
        return Ok(());
    }
    Err(t.raise(&BufferError, "Existing exports of data: object cannot be re-sized"))
}

/// The next `n` bytes, taken out under the lock and made bytes after it.
fn take(t: Attached<'_>, this: &Value, n: usize) -> PyResult {
    let piece = with(t, this, |s| {
        let piece = &s.rest()[..n.min(s.rest().len())];
        let mut out = Vec::new();
        let result = out.try_reserve_exact(piece.len()).map(|()| out.extend_from_slice(piece));
        if result.is_ok() {
            s.pos += out.len();
        }
        result.map(|()| out)
    })?;
    let piece = piece.map_err(|_| t.memory_error())?;
    bytes::try_new(t, &piece)
}

fn read(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = size_arg(t, &a[1])?;
    take(t, &a[0], usize::try_from(n).unwrap_or(usize::MAX))
}

fn line(t: Attached<'_>, this: &Value, limit: isize) -> PyResult {
    let n = with(t, this, |s| {
        let rest = s.rest();
        let window = &rest[..rest.len().min(usize::try_from(limit).unwrap_or(usize::MAX))];
        memchr::memchr(b'\n', window).map_or(window.len(), |at| at + 1)
    })?;
    take(t, this, n)
}

fn readlines(t: Attached<'_>, a: &[Value]) -> PyResult {
    let most = size_arg(t, &a[1])?;
    let mut lines = Vec::new();
    let mut total = 0usize;
    loop {
        let l = line(t, &a[0], -1)?;
        let n = bytes::as_bytes(&l).map_or(0, <[u8]>::len);
        if n == 0 {
            return Ok(list::new(t, lines));
        }
        lines.push(l);
        total += n;
        if most > 0 && total >= most as usize {
            return Ok(list::new(t, lines));
        }
        t.safepoint()?;
    }
}

fn readinto(t: Attached<'_>, a: &[Value]) -> PyResult {
    open(t, &a[0])?;
    let room = buffer::write_arg(t, &a[1], "readinto() argument")?;
    let data = take(t, &a[0], room.len())?;
    Ok(int::from_usize(t, room.fill(bytes::as_bytes(&data).unwrap_or(&[]))))
}

fn truncate(t: Attached<'_>, a: &[Value]) -> PyResult {
    let pos = with(t, &a[0], |s| s.pos)?;
    let size = match a[1].given().filter(|v| !v.is_none()) {
        None => pos,
        Some(_) => {
            let n = size_arg(t, &a[1])?;
            usize::try_from(n).map_err(|_| t.value_error(format!("negative size value {n}")))?
        }
    };
    check_exports(t, &a[0])?;
    with(t, &a[0], |s| s.data.truncate(size))?;
    Ok(int::from_usize(t, size))
}

fn seek(t: Attached<'_>, a: &[Value]) -> PyResult {
    let whence = a[2].given().map_or(Ok(0), |v| protocol::expect_i64(t, v))?;
    let (pos, len) = with(t, &a[0], |s| (s.pos, s.data.len()))?;
    let target = protocol::as_index(t, &a[1])?;
    let target = int::as_i64(&target)
        .ok_or_else(|| t.overflow_error("cannot fit 'int' into an index-sized integer"))?;
    let from = match whence {
        0 if target < 0 => return Err(t.value_error(format!("negative seek value {target}"))),
        0 => 0,
        1 => pos as i64,
        2 => len as i64,
        _ => return Err(t.value_error(format!("invalid whence ({whence}, should be 0, 1 or 2)"))),
    };
    let Some(at) = from.checked_add(target) else { return Err(t.overflow_error("new position too large")) };
    let at = at.max(0) as usize;
    with(t, &a[0], |s| s.pos = at)?;
    Ok(int::from_usize(t, at))
}

fn write(t: Attached<'_>, this: &Value, data: &Value) -> PyResult {
    open(t, this)?;
    let n = match bytes::as_bytes(data) {
        Some(b) => put(t, this, b)?,
        None => {
            let b = buffer::read_arg(t, data, "")?.to_vec();
            put(t, this, &b)?
        }
    };
    Ok(int::from_usize(t, n))
}

fn put(t: Attached<'_>, this: &Value, b: &[u8]) -> PyResult<usize> {
    check_exports(t, this)?;
    if b.is_empty() {
        return Ok(0);
    }
    let done = with(t, this, |s| {
        let end = s.pos.checked_add(b.len())?;
        if end > s.data.len() {
            s.data.try_reserve(end - s.data.len()).ok()?;
            let keep = s.pos.min(s.data.len());
            if s.pos > s.data.len() {
                s.data.resize(s.pos, 0);
            } else {
                s.data.truncate(keep);
            }
            s.data.extend_from_slice(b);
        } else {
            s.data[s.pos..end].copy_from_slice(b);
        }
        s.pos = end;
        Some(())
    })?;
    done.map(|()| b.len()).ok_or_else(|| t.memory_error())
}

fn writelines(t: Attached<'_>, a: &[Value]) -> PyResult {
    open(t, &a[0])?;
    protocol::for_each(t, &a[1], |l| write(t, &a[0], &l).map(drop))?;
    Ok(Value::none())
}

fn close(t: Attached<'_>, a: &[Value]) -> PyResult {
    check_exports(t, &a[0])?;
    let old = {
        let mut s = body(&a[0]).state.lock();
        s.closed = true;
        std::mem::take(&mut s.data)
    };
    drop(old);
    Ok(Value::none())
}

fn contents(t: Attached<'_>, this: &Value) -> PyResult {
    let all = with(t, this, |s| {
        let mut out = Vec::new();
        out.try_reserve_exact(s.data.len()).map(|()| out.extend_from_slice(&s.data)).map(|()| out)
    })?;
    bytes::try_new(t, &all.map_err(|_| t.memory_error())?)
}
fn getvalue(t: Attached<'_>, a: &[Value]) -> PyResult {
    contents(t, &a[0])
}

fn getbuffer(t: Attached<'_>, a: &[Value]) -> PyResult {
    open(t, &a[0])?;
    let exporter = BUFFER.alloc(t, PyBytesIOBuffer { source: Slot::new(a[0].clone()) });
    protocol::call(t, &protocol::builtin(t, "memoryview")?, &[exporter])
}

fn getstate(t: Attached<'_>, a: &[Value]) -> PyResult {
    let value = contents(t, &a[0])?;
    let pos = with(t, &a[0], |s| s.pos)?;
    let namespace = match a[0].header().and_then(|h| attr::materialize_dict(t, h)) {
        Some(d) => dict::copy(t, &d)?,
        None => Value::none(),
    };
    Ok(tuple::new(t, vec![value, int::from_usize(t, pos), namespace]))
}

fn setstate(t: Attached<'_>, a: &[Value]) -> PyResult {
    let [value, pos, namespace, ..] = tuple::items(&a[1]) else {
        let class = type_::type_name(t, &a[0]);
        let got = type_::type_name(t, &a[1]);
        return Err(t.type_error(format!("{class}.__setstate__ argument should be 3-tuple, got {got}")));
    };
    check_exports(t, &a[0])?;
    {
        let mut s = body(&a[0]).state.lock();
        s.pos = 0;
        s.data.clear();
    }
    write(t, &a[0], value)?;
    if !int::is_int(pos) {
        let got = type_::type_name(t, pos);
        return Err(t.type_error(format!("second item of state must be an integer, not {got}")));
    }
    let pos = protocol::as_size(t, pos)?;
    let pos = usize::try_from(pos).map_err(|_| t.value_error("position value cannot be negative"))?;
    with(t, &a[0], |s| s.pos = pos)?;
    if !namespace.is_none() {
        if dict::as_dict(namespace).is_none() {
            let got = type_::type_name(t, namespace);
            return Err(t.type_error(format!("third item of state should be a dict, got a {got}")));
        }
        for (k, v) in dict::items(namespace) {
            attr::set(t, &a[0], &k, Some(&v))?;
        }
    }
    Ok(Value::none())
}

fn iter(t: Attached<'_>, this: &Value) -> PyResult {
    open(t, this)?;
    Ok(this.clone())
}

fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    if !TYPE.is_exact(t, this) {
        return base::base_next(t, this);
    }
    let l = line(t, this, -1)?;
    Ok(if bytes::as_bytes(&l).is_some_and(<[u8]>::is_empty) { None } else { Some(l) })
}
