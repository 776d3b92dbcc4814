//! Python's methods of the three buffered types, and their attributes.

use std::sync::atomic::Ordering::Relaxed;

use orochi_objects::spec::{GetSet, Method};
use orochi_objects::{Attached, PyResult, Value, attr, buffer, bytes, int, protocol, str, type_};

use super::*;

const fn m(name: &'static str, signature: &'static str, call: orochi_objects::spec::NativeFn) -> Method {
    Method::new(name, signature, call, "")
}

/// What each type lists: methods that all have, then its own.
macro_rules! methods {
    ($($own:expr),* $(,)?) => {
        &[
            m("detach", "($self, /)", detach),
            m("flush", "($self, /)", flush_method),
            m("close", "($self, /)", close_method),
            m("seekable", "($self, /)", |t, a| forward(t, &a[0], &t.names().seekable)),
            m("fileno", "($self, /)", |t, a| forward(t, &a[0], &t.names().fileno)),
            m("isatty", "($self, /)", |t, a| forward(t, &a[0], &t.names().isatty)),
            m("_dealloc_warn", "($self, source, /)", dealloc_warn),
            m("tell", "($self, /)", |t, a| tell(t, &a[0]).map(|at| int::new(t, at))),
            m("seek", "($self, target, whence=0, /)", seek_method),
            m("truncate", "($self, pos=None, /)", |t, a| truncate(t, &a[0], &or_none(&a[1]))),
            m("__sizeof__", "($self, /)", size_of),
            m("__getstate__", "($self, /)", refuse_pickle),
            $($own,)*
        ]
    };
}

/// Of `BufferedReader`.
pub static READER: &[Method] = methods![
    m("readable", "($self, /)", |t, a| forward(t, &a[0], &t.names().readable)),
    m("read", "($self, size=-1, /)", read),
    m("peek", "($self, size=0, /)", peek),
    m("read1", "($self, size=-1, /)", read1),
    m("readinto", "($self, buffer, /)", |t, a| readinto(t, a, false)),
    m("readinto1", "($self, buffer, /)", |t, a| readinto(t, a, true)),
    m("readline", "($self, size=-1, /)", readline),
];

/// Of `BufferedWriter`.
pub static WRITER: &[Method] = methods![
    m("writable", "($self, /)", |t, a| forward(t, &a[0], &t.names().writable)),
    m("write", "($self, buffer, /)", write),
];

/// Of `BufferedRandom`.
pub static RANDOM: &[Method] = methods![
    m("readable", "($self, /)", |t, a| forward(t, &a[0], &t.names().readable)),
    m("writable", "($self, /)", |t, a| forward(t, &a[0], &t.names().writable)),
    m("read", "($self, size=-1, /)", read),
    m("peek", "($self, size=0, /)", peek),
    m("read1", "($self, size=-1, /)", read1),
    m("readinto", "($self, buffer, /)", |t, a| readinto(t, a, false)),
    m("readinto1", "($self, buffer, /)", |t, a| readinto(t, a, true)),
    m("readline", "($self, size=-1, /)", readline),
    m("write", "($self, buffer, /)", write),
];

/// Attributes of all three.
pub static ATTRIBUTES: &[GetSet] = &[
    GetSet::read("raw", raw_attribute, ""),
    GetSet::read("closed", |t, v| raw(t, v).and_then(|raw| attr::get(t, &raw, &t.names().closed)), ""),
    GetSet::read("name", |t, v| raw(t, v).and_then(|raw| attr::get(t, &raw, &t.names().name)), ""),
    GetSet::read("mode", |t, v| raw(t, v).and_then(|raw| attr::get(t, &raw, &t.names().mode)), ""),
    GetSet::write("_finalizing", |_, v| Ok(Value::bool(body(v).finalizing.load(Relaxed))), set_finalizing, ""),
];

fn raw_attribute(_: Attached<'_>, this: &Value) -> PyResult {
    let raw = body(this).raw.load();
    Ok(if raw.is_unbound() { Value::none() } else { raw })
}

fn set_finalizing(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    let yes = value.map_or(Ok(false), |v| protocol::truth(t, v))?;
    body(this).finalizing.store(yes, Relaxed);
    Ok(())
}

fn forward(t: Attached<'_>, this: &Value, name: &Value) -> PyResult {
    let raw = raw(t, this)?;
    call(t, &raw, name, &[])
}

pub(super) fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let class = type_::class_of(t, this).full_name(t);
    let text = match name_for_repr(t, this)? {
        Some(name) => format!("<{class} name={name}>"),
        None => format!("<{class}>"),
    };
    Ok(str::from_string(t, text))
}

fn detach(t: Attached<'_>, a: &[Value]) -> PyResult {
    raw(t, &a[0])?;
    call(t, &a[0], &t.names().flush, &[])?;
    let b = body(&a[0]);
    let raw = b.raw.take();
    b.detached.store(true, Relaxed);
    Ok(if raw.is_unbound() { Value::none() } else { raw })
}

fn flush_method(t: Attached<'_>, a: &[Value]) -> PyResult {
    flush_any(t, &a[0])?;
    Ok(Value::none())
}

fn close_method(t: Attached<'_>, a: &[Value]) -> PyResult {
    close(t, &a[0])?;
    Ok(Value::none())
}

fn dealloc_warn(t: Attached<'_>, a: &[Value]) -> PyResult {
    let raw = body(&a[0]).raw.load();
    if !raw.is_unbound() {
        call(t, &raw, &t.names()._dealloc_warn, &a[1..])?;
    }
    Ok(Value::none())
}

fn seek_method(t: Attached<'_>, a: &[Value]) -> PyResult {
    let whence = a[2].given().map_or(Ok(0), |v| protocol::expect_i64(t, v))?;
    let whence = i32::try_from(whence).map_err(|_| t.overflow_error("Python int too large to convert to C int"))?;
    raw(t, &a[0])?;
    let target = offset_arg(t, &a[1])?;
    seek(t, &a[0], target, whence).map(|at| int::new(t, at))
}

fn size_of(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(int::from_usize(t, std::mem::size_of::<PyBuffered>() + 16 + body(&a[0]).size.load(Relaxed)))
}

fn read(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = size_arg(t, &a[1])?;
    if n < -1 {
        return Err(t.value_error("read length must be non-negative or -1"));
    }
    let mut data = Vec::new();
    let came = if n < 0 { read_rest(t, &a[0], &mut data)? } else { read_exactly(t, &a[0], &mut data, n as usize)? };
    if came { bytes::try_new(t, &data) } else { Ok(Value::none()) }
}

fn peek(t: Attached<'_>, a: &[Value]) -> PyResult {
    a[1].given().map_or(Ok(0), |v| protocol::as_size(t, v))?;
    let raw = open_raw(t, &a[0], "peek of")?;
    let mut held = enter(t, &a[0])?;
    before_read(t, &raw, &mut held)?;
    if held.unread().is_empty() {
        fill(t, &raw, &mut held, body(&a[0]).size.load(Relaxed))?;
    }
    bytes::try_new(t, held.unread())
}

/// At most `n` bytes with at most one read of the raw file.
fn once(t: Attached<'_>, this: &Value, n: usize) -> PyResult<Option<Vec<u8>>> {
    let raw = open_raw(t, this, "read of")?;
    let mut data = Vec::new();
    let mut held = enter(t, this)?;
    before_read(t, &raw, &mut held)?;
    let ready = n.min(held.unread().len());
    data.try_reserve(ready).map_err(|_| t.memory_error())?;
    if n == 0 || give(&mut held, &mut data, n) > 0 {
        return Ok(Some(data));
    }
    held.forget_ahead();
    let got = raw_read(t, &raw, &mut data, n)?;
    held.moved(got.unwrap_or(0));
    Ok(got.map(|_| data))
}

fn read1(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = plain_size_arg(t, &a[1])?;
    let n = usize::try_from(n).unwrap_or(body(&a[0]).size.load(Relaxed));
    bytes::try_new(t, &once(t, &a[0], n)?.unwrap_or_default())
}

fn readinto(t: Attached<'_>, a: &[Value], one: bool) -> PyResult {
    open_raw(t, &a[0], "readinto of")?;
    let room = buffer::write_arg(t, &a[1], if one { "readinto1() argument" } else { "readinto() argument" })?;
    let mut data = Vec::new();
    if one {
        match once(t, &a[0], room.len())? {
            Some(got) => data = got,
            None => return Ok(Value::none()),
        }
    } else if !read_exactly(t, &a[0], &mut data, room.len())? {
        return Ok(Value::none());
    }
    Ok(int::from_usize(t, room.fill(&data)))
}

fn readline(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = size_arg(t, &a[1])?;
    read_line(t, &a[0], usize::try_from(n).unwrap_or(usize::MAX))
}

/// How much of the data was taken, of an error about that.
fn write(t: Attached<'_>, a: &[Value]) -> PyResult {
    if let Some(data) = bytes::as_bytes(&a[1]) {
        write_bytes(t, &a[0], data)?;
        return Ok(int::from_usize(t, data.len()));
    }
    let data = data_of(t, &a[1])?.to_vec();
    write_bytes(t, &a[0], &data)?;
    Ok(int::from_usize(t, data.len()))
}
