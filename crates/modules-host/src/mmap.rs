//! `mmap`: files and memory mapped into the process.
//!
//! The map is shared with buffers that look at it; it can be closed or resized only when nobody does.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering::*};

use orochi_host::mmap::{Map, page_size};
use orochi_host::{Errno, constants, fs};
use orochi_objects::buffer::{self, Buffer, Memory};
use orochi_objects::type_::type_name;
use orochi_objects::{
    Args, Attached, Def, GetSet, Method, ModuleSpec, Payload, PyResult, TypeSpec, Value, bytes, dict, exception, flags, int,
    payload, protocol, str,
};
use orochi_runtime::Locked;

use crate::arguments::{c_int, c_int_or, c_long};
use crate::errors::{check, os_error};

const ACCESS_DEFAULT: i32 = 0;
const ACCESS_READ: i32 = 1;
const ACCESS_WRITE: i32 = 2;
const ACCESS_COPY: i32 = 3;
const MAP_SHARED: i32 = 1;
const MAP_PRIVATE: i32 = 2;
const MAP_ANONYMOUS: i32 = 0x20;
const PROT_READ: i32 = 1;
const PROT_WRITE: i32 = 2;

/// The body of a map.
pub struct PyMap {
    /// `None` once closed.
    map: Locked<Option<Arc<Map>>>,
    position: AtomicUsize,
    /// A copy of the file's descriptor, or -1.
    fd: AtomicI32,
    offset: i64,
    access: i32,
}

impl Payload for PyMap {
    payload!(PyMap, "mmap");
    const CYCLIC: bool = false;
}

impl Drop for PyMap {
    fn drop(&mut self) {
        let fd = *self.fd.get_mut();
        if fd >= 0 {
            let _ = fs::close(fd);
        }
    }
}

/// The memory of a map as a buffer.
struct Window(Arc<Map>);

impl Memory for Window {
    fn len(&self) -> usize {
        self.0.len()
    }
    fn read(&self, offset: usize, into: &mut [u8]) {
        let _ = self.0.read(offset, into);
    }
    fn write(&self, offset: usize, from: &[u8]) {
        let _ = self.0.write(offset, from);
    }
}

/// `mmap.mmap`.
pub static MMAP: TypeSpec = TypeSpec::new::<PyMap>("mmap.mmap")
    .flags(flags::BASETYPE | flags::HAS_WEAKREF)
    .slots(&[
        Def::New(new),
        Def::Repr(repr),
        Def::Len(|t, v| Ok(map(t, v)?.len())),
        Def::GetItem(get_item),
        Def::SetItem(set_item),
        Def::Buffer(get_buffer),
    ])
    .methods(&[
        Method::new("close", "($self, /)", close, ""),
        Method::new("find", "($self, view, start=None, end=None, /)", |t, a| search(t, a, false), ""),
        Method::new("rfind", "($self, view, start=None, end=None, /)", |t, a| search(t, a, true), ""),
        Method::new("flush", "($self, offset=0, size=None, /)", flush, ""),
        Method::new("madvise", "($self, option, start=0, length=None, /)", madvise, ""),
        Method::new("move", "($self, dest, src, count, /)", move_bytes, ""),
        Method::new("read", "($self, n=None, /)", read, ""),
        Method::new("read_byte", "($self, /)", read_byte, ""),
        Method::new("readline", "($self, /)", readline, ""),
        Method::new("resize", "($self, newsize, /)", resize, ""),
        Method::new("seek", "($self, pos, whence=0, /)", seek, ""),
        Method::new("seekable", "($self, /)", |_, _| Ok(Value::bool(true)), ""),
        Method::new("size", "($self, /)", size, ""),
        Method::new("tell", "($self, /)", |t, a| { map(t, &a[0])?; Ok(int::from_usize(t, this(&a[0]).position.load(Relaxed))) }, ""),
        Method::new("write", "($self, bytes, /)", write, ""),
        Method::new("write_byte", "($self, byte, /)", write_byte, ""),
        Method::new("__enter__", "($self, /)", |t, a| { map(t, &a[0])?; Ok(a[0].clone()) }, ""),
        Method::new("__exit__", "($self, exc_type, exc_value, traceback, /)", close, ""),
    ])
    .getset(&[GetSet::read("closed", |_, v| Ok(Value::bool(this(v).map.lock().is_none())), "")])
    .doc("mmap(fileno, length[, flags[, prot[, access[, offset[, trackfd]]]]])\n\nMaps the file specified by the file descriptor fileno.");

static TYPES: &[&TypeSpec] = &[&MMAP];

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("mmap").types(TYPES).exec(|t, namespace| {
    crate::arguments::constants(t, namespace, constants::mmap_constants());
    let put = |name: &str, value: Value| dict::set_by_name(t, namespace, name, value);
    for (name, n) in [
        ("ACCESS_DEFAULT", ACCESS_DEFAULT),
        ("ACCESS_READ", ACCESS_READ),
        ("ACCESS_WRITE", ACCESS_WRITE),
        ("ACCESS_COPY", ACCESS_COPY),
    ] {
        put(name, Value::i32(n));
    }
    put("PAGESIZE", int::from_usize(t, page_size()));
    put("ALLOCATIONGRANULARITY", int::from_usize(t, page_size()));
    put("error", exception::OSError.get(t).clone());
    Ok(())
});

fn this(v: &Value) -> &PyMap {
    match v.payload::<PyMap>() {
        Some(m) => m,
        None => unreachable!("methods are called with their own type"),
    }
}
fn map(t: Attached<'_>, v: &Value) -> PyResult<Arc<Map>> {
    let map = this(v).map.lock().clone();
    map.ok_or_else(|| t.value_error("mmap closed or invalid"))
}
fn writable(t: Attached<'_>, v: &Value) -> PyResult<Arc<Map>> {
    if this(v).access == ACCESS_READ {
        return Err(t.type_error("mmap can't modify a readonly memory map."));
    }
    map(t, v)
}

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    let signature = orochi_objects::args::Signature::parse(
        "(fileno, length, flags=MAP_SHARED, prot=3, access=ACCESS_DEFAULT, offset=0, *, trackfd=True)",
    );
    signature.call(t, "mmap", args, |a| {
        let fd = c_int(t, &a[0])?;
        let length = protocol::as_size(t, &a[1])?;
        let access = c_int_or(t, &a[4], ACCESS_DEFAULT)?;
        let offset = a[5].given().map_or(Ok(0), |v| c_long(t, v))?;
        let track = crate::arguments::flag(t, &a[6], true)?;
        let Ok(mut length) = usize::try_from(length) else {
            return Err(t.overflow_error("memory mapped length must be positive"));
        };
        if offset < 0 {
            return Err(t.overflow_error("memory mapped offset must be positive"));
        }
        let (mut flags, mut protection) = (c_int_or(t, &a[2], MAP_SHARED)?, c_int_or(t, &a[3], PROT_READ | PROT_WRITE)?);
        if access != ACCESS_DEFAULT && (a[2].given().is_some() || a[3].given().is_some()) {
            return Err(t.value_error("mmap can't specify both access and flags, prot."));
        }
        let mut kept = access;
        match access {
            ACCESS_READ => (flags, protection) = (MAP_SHARED, PROT_READ),
            ACCESS_WRITE => (flags, protection) = (MAP_SHARED, PROT_READ | PROT_WRITE),
            ACCESS_COPY => (flags, protection) = (MAP_PRIVATE, PROT_READ | PROT_WRITE),
            ACCESS_DEFAULT => {
                let both = PROT_READ | PROT_WRITE;
                kept = if protection & both == both { ACCESS_DEFAULT } else if protection & PROT_WRITE != 0 { ACCESS_WRITE } else { ACCESS_READ };
            }
            _ => return Err(t.value_error("mmap invalid access parameter.")),
        }
        let mut copy = -1;
        if fd != -1 {
            if let Ok(stat) = fs::fstat(fd)
                && stat.is_file()
            {
                if length == 0 {
                    if stat.size == 0 {
                        return Err(t.value_error("cannot mmap an empty file"));
                    }
                    if offset >= stat.size {
                        return Err(t.value_error("mmap offset is greater than file size"));
                    }
                    length = usize::try_from(stat.size - offset).map_err(|_| t.value_error("mmap length is too large"))?;
                } else if offset > stat.size || stat.size - offset < i64::try_from(length).unwrap_or(i64::MAX) {
                    return Err(t.value_error("mmap length is greater than file size"));
                }
            }
            if track {
                copy = check(t, fs::dup(fd))?;
            }
        } else {
            flags |= MAP_ANONYMOUS;
        }
        let made = match t.detached(|| Map::new(fd, length, offset, protection, flags)) {
            Ok(made) => made,
            Err(e) => {
                if copy >= 0 {
                    let _ = fs::close(copy);
                }
                return Err(os_error(t, e));
            }
        };
        let body = PyMap {
            map: Locked::new(Some(Arc::new(made))),
            position: AtomicUsize::new(0),
            fd: AtomicI32::new(copy),
            offset,
            access: kept,
        };
        MMAP.alloc_for(t, class, body)
    })
}

fn repr(t: Attached<'_>, v: &Value) -> PyResult {
    let m = this(v);
    let name = orochi_objects::type_::class_of(t, v).full_name(t);
    let Some(map) = m.map.lock().clone() else { return Ok(str::from_string(t, format!("<{name} closed=True>"))) };
    let access = ["ACCESS_DEFAULT", "ACCESS_READ", "ACCESS_WRITE", "ACCESS_COPY"].get(m.access as usize).unwrap_or(&"unknown!");
    let (length, position, offset) = (map.len(), m.position.load(Relaxed), m.offset);
    let text = format!("<{name} closed=False, access={access}, length={length}, pos={position}, offset={offset}>");
    Ok(str::from_string(t, text))
}

fn close(t: Attached<'_>, a: &[Value]) -> PyResult {
    let m = this(&a[0]);
    let taken = {
        let mut place = m.map.lock();
        if place.as_ref().is_some_and(|map| Arc::strong_count(map) > 1) {
            None
        } else {
            Some(place.take())
        }
    };
    let Some(taken) = taken else {
        return Err(t.raise(&exception::BufferError, "cannot close exported pointers exist"));
    };
    let fd = m.fd.swap(-1, AcqRel);
    t.detached(move || {
        drop(taken);
        if fd >= 0 {
            let _ = fs::close(fd);
        }
    });
    Ok(Value::none())
}

fn get_buffer(t: Attached<'_>, v: &Value, wants_write: bool) -> PyResult<Buffer> {
    let map = map(t, v)?;
    let readonly = this(v).access == ACCESS_READ;
    if wants_write && readonly {
        return Err(t.raise(&exception::BufferError, "Object is not writable."));
    }
    Ok(Buffer { owner: v.clone(), memory: Box::new(Window(map)), readonly, shape: None })
}

fn index(t: Attached<'_>, v: &Value, len: usize) -> PyResult<usize> {
    let i = protocol::as_size(t, v)?;
    protocol::normalize_index(i, len).ok_or_else(|| t.raise(&exception::IndexError, "mmap index out of range"))
}
fn is_index(t: Attached<'_>, v: &Value) -> bool {
    orochi_objects::type_::class_of(t, v).slots.index().is_some()
}
fn is_slice(t: Attached<'_>, v: &Value) -> bool {
    orochi_objects::slice::TYPE.check(t, v)
}

fn get_item(t: Attached<'_>, v: &Value, key: &Value) -> PyResult {
    let map = map(t, v)?;
    if is_index(t, key) {
        let i = index(t, key, map.len())?;
        return Ok(Value::i32(i32::from(map.get(i).unwrap_or(0))));
    }
    if !is_slice(t, key) {
        return Err(t.type_error("mmap indices must be integers"));
    }
    let (start, step, count) = protocol::slice_indices(t, key, map.len())?;
    if step == 1 {
        return bytes::try_new(t, &check(t, map.read_vec(start.max(0) as usize, count))?);
    }
    let mut out = Vec::new();
    out.try_reserve_exact(count).map_err(|_| t.memory_error())?;
    for k in 0..count {
        out.push(map.get((start + step * k as isize) as usize).unwrap_or(0));
    }
    bytes::try_new(t, &out)
}

fn set_item(t: Attached<'_>, v: &Value, key: &Value, value: Option<&Value>) -> PyResult<()> {
    let map = writable(t, v)?;
    let Some(value) = value else {
        let what = if is_slice(t, key) { "slice" } else { "item" };
        return Err(t.type_error(format!("mmap object doesn't support {what} deletion")));
    };
    if is_index(t, key) {
        let i = index(t, key, map.len())?;
        if !is_index(t, value) {
            return Err(t.type_error("mmap item value must be an int"));
        }
        let n = protocol::as_size(t, value)?;
        let Ok(byte) = u8::try_from(n) else { return Err(t.value_error("mmap item value must be in range(0, 256)")) };
        return check(t, map.write(i, &[byte]));
    }
    if !is_slice(t, key) {
        return Err(t.type_error("mmap indices must be integer"));
    }
    let (start, step, count) = protocol::slice_indices(t, key, map.len())?;
    let data = buffer::read_arg(t, value, "")?.to_vec();
    if data.len() != count {
        return Err(t.raise(&exception::IndexError, "mmap slice assignment is wrong size"));
    }
    if step == 1 {
        return check(t, map.write(start.max(0) as usize, &data));
    }
    for (k, byte) in data.iter().enumerate() {
        check(t, map.write((start + step * k as isize) as usize, &[*byte]))?;
    }
    Ok(())
}

/// An optional place in the map: negative counts from the end, then held to the map.
fn place(t: Attached<'_>, v: &Value, len: usize, default: usize) -> PyResult<usize> {
    let Some(v) = v.given().filter(|v| !v.is_none()) else { return Ok(default) };
    let n = protocol::as_size(t, v)?;
    let n = if n < 0 { n.saturating_add_unsigned(len) } else { n };
    Ok(usize::try_from(n).unwrap_or(0).min(len))
}
fn search(t: Attached<'_>, a: &[Value], last: bool) -> PyResult {
    let map = map(t, &a[0])?;
    let needle = buffer::read_arg(t, &a[1], "")?.to_vec();
    let start = place(t, &a[2], map.len(), this(&a[0]).position.load(Relaxed).min(map.len()))?;
    let end = place(t, &a[3], map.len(), map.len())?;
    let found = if start <= end { t.detached(|| map.find(&needle, start, end, last)) } else { None };
    Ok(found.map_or(Value::i32(-1), |i| int::from_usize(t, i)))
}

fn flush(t: Attached<'_>, a: &[Value]) -> PyResult {
    let map = map(t, &a[0])?;
    let offset = a[1].given().map_or(Ok(0), |v| protocol::as_size(t, v))?;
    let whole = map.len() as isize - offset;
    let size = a[2].given().filter(|v| !v.is_none()).map_or(Ok(whole), |v| protocol::as_size(t, v))?;
    if size < 0 || offset < 0 || map.len() as isize - offset < size {
        return Err(t.value_error("flush values out of range"));
    }
    if matches!(this(&a[0]).access, ACCESS_READ | ACCESS_COPY) {
        return Ok(Value::none());
    }
    const MS_SYNC: i32 = 4;
    check(t, t.detached(|| map.flush(offset as usize, size as usize, MS_SYNC)))?;
    Ok(Value::none())
}
fn madvise(t: Attached<'_>, a: &[Value]) -> PyResult {
    let map = map(t, &a[0])?;
    let option = c_int(t, &a[1])?;
    let start = a[2].given().map_or(Ok(0), |v| protocol::as_size(t, v))?;
    let length = a[3].given().filter(|v| !v.is_none()).map_or(Ok(map.len() as isize), |v| protocol::as_size(t, v))?;
    let Some(start) = usize::try_from(start).ok().filter(|s| *s < map.len()) else {
        return Err(t.value_error("madvise start out of bounds"));
    };
    let Ok(length) = usize::try_from(length) else { return Err(t.value_error("madvise length invalid")) };
    let length = length.min(map.len() - start);
    check(t, map.advise(start, length, option))?;
    Ok(Value::none())
}
fn move_bytes(t: Attached<'_>, a: &[Value]) -> PyResult {
    let map = writable(t, &a[0])?;
    let n = |v: &Value| -> PyResult<usize> {
        usize::try_from(protocol::as_size(t, v)?).map_err(|_| t.value_error("source, destination, or count out of range"))
    };
    let (to, from, count) = (n(&a[1])?, n(&a[2])?, n(&a[3])?);
    if map.copy_within(to, from, count).is_err() {
        return Err(t.value_error("source, destination, or count out of range"));
    }
    Ok(Value::none())
}

/// Takes up to `n` bytes from the position on.
fn take(t: Attached<'_>, v: &Value, map: &Map, n: usize) -> PyResult {
    let m = this(v);
    let at = m.position.load(Relaxed).min(map.len());
    let n = n.min(map.len() - at);
    let raw = check(t, map.read_vec(at, n))?;
    m.position.store(at + n, Relaxed);
    bytes::try_new(t, &raw)
}
fn read(t: Attached<'_>, a: &[Value]) -> PyResult {
    let map = map(t, &a[0])?;
    let n = match a[1].given().filter(|v| !v.is_none()) {
        Some(v) if is_index(t, v) => usize::try_from(protocol::as_size(t, v)?).unwrap_or(usize::MAX),
        Some(v) => return Err(t.type_error(format!("argument should be integer or None, not '{}'", type_name(t, v)))),
        None => usize::MAX,
    };
    take(t, &a[0], &map, n)
}
fn read_byte(t: Attached<'_>, a: &[Value]) -> PyResult {
    let map = map(t, &a[0])?;
    let at = this(&a[0]).position.load(Relaxed);
    match map.get(at) {
        Some(byte) => {
            this(&a[0]).position.store(at + 1, Relaxed);
            Ok(Value::i32(i32::from(byte)))
        }
        None => Err(t.value_error("read byte out of range")),
    }
}
fn readline(t: Attached<'_>, a: &[Value]) -> PyResult {
    let map = map(t, &a[0])?;
    let at = this(&a[0]).position.load(Relaxed).min(map.len());
    let end = map.find_byte(b'\n', at, map.len()).map_or(map.len(), |i| i + 1);
    take(t, &a[0], &map, end - at)
}

fn write(t: Attached<'_>, a: &[Value]) -> PyResult {
    let map = writable(t, &a[0])?;
    let data = buffer::read_arg(t, &a[1], "")?.to_vec();
    let at = this(&a[0]).position.load(Relaxed);
    if at > map.len() || map.len() - at < data.len() {
        return Err(t.value_error("data out of range"));
    }
    check(t, map.write(at, &data))?;
    this(&a[0]).position.store(at + data.len(), Relaxed);
    Ok(int::from_usize(t, data.len()))
}
fn write_byte(t: Attached<'_>, a: &[Value]) -> PyResult {
    let map = writable(t, &a[0])?;
    let n = protocol::as_size(t, &a[1])?;
    let Ok(byte) = u8::try_from(n) else { return Err(t.overflow_error("unsigned byte integer is greater than maximum")) };
    let at = this(&a[0]).position.load(Relaxed);
    if at >= map.len() {
        return Err(t.value_error("write byte out of range"));
    }
    check(t, map.write(at, &[byte]))?;
    this(&a[0]).position.store(at + 1, Relaxed);
    Ok(Value::none())
}

fn seek(t: Attached<'_>, a: &[Value]) -> PyResult {
    let map = map(t, &a[0])?;
    let distance = protocol::as_size(t, &a[1])?;
    let base = match c_int_or(t, &a[2], 0)? {
        0 => 0,
        1 => this(&a[0]).position.load(Relaxed),
        2 => map.len(),
        _ => return Err(t.value_error("unknown seek type")),
    };
    match (base as isize).checked_add(distance).and_then(|n| usize::try_from(n).ok()).filter(|n| *n <= map.len()) {
        Some(place) => {
            this(&a[0]).position.store(place, Relaxed);
            Ok(int::from_usize(t, place))
        }
        None => Err(t.value_error("seek out of range")),
    }
}

fn size(t: Attached<'_>, a: &[Value]) -> PyResult {
    let map = map(t, &a[0])?;
    let fd = this(&a[0]).fd.load(Relaxed);
    if fd < 0 {
        return Ok(int::from_usize(t, map.len()));
    }
    Ok(int::new(t, check(t, fs::fstat(fd))?.size))
}

fn resize(t: Attached<'_>, a: &[Value]) -> PyResult {
    let m = this(&a[0]);
    drop(map(t, &a[0])?);
    let n = protocol::as_size(t, &a[1])?;
    if !matches!(m.access, ACCESS_DEFAULT | ACCESS_WRITE) {
        return Err(t.type_error("mmap can't resize a readonly or copy-on-write memory map."));
    }
    let Ok(n) = usize::try_from(n) else { return Err(t.value_error("new size out of range")) };
    let fd = m.fd.load(Relaxed);
    let result = {
        let mut place = m.map.lock();
        match place.as_mut().map(Arc::get_mut) {
            Some(Some(map)) => {
                let grown = i64::try_from(n).ok().and_then(|n| n.checked_add(m.offset));
                let file = match (fd >= 0, grown) {
                    (true, Some(length)) => fs::ftruncate(fd, length),
                    (true, None) => Err(Errno::EINVAL),
                    (false, _) => Ok(()),
                };
                Some(file.and_then(|()| map.resize(n)))
            }
            _ => None,
        }
    };
    match result {
        Some(done) => {
            check(t, done)?;
            Ok(Value::none())
        }
        None => Err(t.raise(&exception::BufferError, "mmap can't resize with extant pointers exported.")),
    }
}
