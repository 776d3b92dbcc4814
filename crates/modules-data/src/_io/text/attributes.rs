//! Python's methods of `TextIOWrapper`, its attributes and `reconfigure`.

use std::sync::atomic::Ordering::Relaxed;

use orochi_objects::spec::{GetSet, Method, NativeFn};
use orochi_objects::{Attached, PyResult, Value, attr, int, protocol, str, type_};

use super::super::coder::Decoder;
use super::super::support::*;
use super::{DETACHED, body, buffer, find_codec, locale_encoding, open_buffer, parse_newline, position, read, write};

const fn m(name: &'static str, signature: &'static str, call: NativeFn) -> Method {
    Method::new(name, signature, call, "")
}

/// The methods.
pub static METHODS: &[Method] = &[
    m("write", "($self, text, /)", write::write),
    m("read", "($self, size=-1, /)", read::read),
    m("readline", "($self, size=-1, /)", read::readline),
    m("flush", "($self, /)", flush),
    m("close", "($self, /)", close),
    m("detach", "($self, /)", detach),
    m("fileno", "($self, /)", |t, a| forward(t, &a[0], &t.names().fileno)),
    m("seekable", "($self, /)", |t, a| forward(t, &a[0], &t.names().seekable)),
    m("readable", "($self, /)", |t, a| forward(t, &a[0], &t.names().readable)),
    m("writable", "($self, /)", |t, a| forward(t, &a[0], &t.names().writable)),
    m("isatty", "($self, /)", |t, a| forward(t, &a[0], &t.names().isatty)),
    m("seek", "($self, cookie, whence=0, /)", position::seek),
    m("tell", "($self, /)", position::tell),
    m("truncate", "($self, pos=None, /)", truncate),
    m(
        "reconfigure",
        "($self, /, *, encoding=None, errors=None, newline=None, line_buffering=None, write_through=None)",
        reconfigure,
    ),
    m("__getstate__", "($self, /)", refuse_pickle),
];

/// The attributes.
pub static ATTRIBUTES: &[GetSet] = &[
    GetSet::read("encoding", |_, v| Ok(or_none(&body(v).encoding.load())), ""),
    GetSet::read("errors", errors, ""),
    GetSet::read("buffer", buffer_attribute, ""),
    GetSet::read("line_buffering", |_, v| Ok(Value::bool(body(v).line_buffering.load(Relaxed))), ""),
    GetSet::read("write_through", |_, v| Ok(Value::bool(body(v).write_through.load(Relaxed))), ""),
    GetSet::write("_finalizing", |_, v| Ok(Value::bool(body(v).finalizing.load(Relaxed))), set_finalizing, ""),
    GetSet::read("name", |t, v| buffer(t, v).and_then(|b| attr::get(t, &b, &t.names().name)), ""),
    GetSet::read("closed", |t, v| buffer(t, v).and_then(|b| attr::get(t, &b, &t.names().closed)), ""),
    GetSet::read("newlines", newlines, ""),
    GetSet::write("_CHUNK_SIZE", |t, v| Ok(int::from_usize(t, body(v).chunk.load(Relaxed))), set_chunk, ""),
];

fn errors(t: Attached<'_>, this: &Value) -> PyResult {
    buffer(t, this)?;
    Ok(body(this).errors.load())
}
fn buffer_attribute(_: Attached<'_>, this: &Value) -> PyResult {
    Ok(or_none(&body(this).buffer.load()))
}
fn newlines(t: Attached<'_>, this: &Value) -> PyResult {
    buffer(t, this)?;
    let r = body(this).reading.enter(t, this)?;
    Ok(r.decoder.newlines.as_ref().map_or(Value::none(), |n| n.seen(t)))
}
fn set_finalizing(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    let yes = value.map_or(Ok(false), |v| protocol::truth(t, v))?;
    body(this).finalizing.store(yes, Relaxed);
    Ok(())
}
fn set_chunk(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    let Some(v) = value else { return Err(super::cannot_delete(t)) };
    let n = protocol::as_size(t, v)?;
    if n <= 0 {
        return Err(t.value_error("a strictly positive integer is required"));
    }
    body(this).chunk.store(n as usize, Relaxed);
    Ok(())
}

fn forward(t: Attached<'_>, this: &Value, name: &Value) -> PyResult {
    let buffer = buffer(t, this)?;
    call(t, &buffer, name, &[])
}

pub(super) fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let f = body(this);
    if f.state.load(Relaxed) == super::NEW {
        return Err(t.value_error("I/O operation on uninitialized object"));
    }
    let mut text = format!("<{}", type_::class_of(t, this).full_name(t));
    if let Some(name) = name_for_repr(t, this)? {
        text.push_str(&format!(" name={name}"));
    }
    let mode = match attr::find(t, this, &t.names().mode) {
        Ok(mode) => mode,
        Err(e) => {
            drop(t.catch(e, &orochi_objects::exception::Exception)?);
            None
        }
    };
    if let Some(mode) = mode {
        text.push_str(&format!(" mode={}", protocol::display_repr(t, &mode)));
    }
    text.push_str(&format!(" encoding={}>", protocol::display_repr(t, &or_none(&f.encoding.load()))));
    Ok(str::from_string(t, text))
}

fn flush(t: Attached<'_>, a: &[Value]) -> PyResult {
    let buffer = open_buffer(t, &a[0])?;
    let f = body(&a[0]);
    f.telling.store(f.seekable.load(Relaxed), Relaxed);
    write::flush_pending(t, &a[0], &buffer)?;
    write::flush_buffer(t, &buffer)?;
    Ok(Value::none())
}

fn close(t: Attached<'_>, a: &[Value]) -> PyResult {
    let this = &a[0];
    let buffer = buffer(t, this)?;
    if is_closed(t, this)? {
        return Ok(Value::none());
    }
    if body(this).finalizing.load(Relaxed)
        && let Err(e) = call(t, &buffer, &t.names()._dealloc_warn, std::slice::from_ref(this))
    {
        drop(t.take_raised(e));
    }
    let flushed = call(t, this, &t.names().flush, &[]).map(drop);
    both(t, flushed, || call(t, &buffer, &t.names().close, &[]).map(drop))?;
    Ok(Value::none())
}

fn detach(t: Attached<'_>, a: &[Value]) -> PyResult {
    buffer(t, &a[0])?;
    call(t, &a[0], &t.names().flush, &[])?;
    let f = body(&a[0]);
    let buffer = buffer(t, &a[0])?;
    f.state.store(DETACHED, Relaxed);
    drop(f.buffer.take());
    Ok(buffer)
}

fn truncate(t: Attached<'_>, a: &[Value]) -> PyResult {
    let buffer = buffer(t, &a[0])?;
    call(t, &a[0], &t.names().flush, &[])?;
    call(t, &buffer, &t.names().truncate, &[or_none(&a[1])])
}

fn reconfigure(t: Attached<'_>, a: &[Value]) -> PyResult {
    let this = &a[0];
    let f = body(this);
    buffer(t, this)?;
    let encoding = optional_str(t, &a[1], "reconfigure", "encoding")?;
    let errors = optional_str(t, &a[2], "reconfigure", "errors")?;
    let newline = match a[3].given() {
        None => None,
        Some(v) if v.is_none() => Some(None),
        Some(v) if str::is_str(v) => Some(Some(str::display(v))),
        Some(v) => {
            return Err(t.type_error(format!("reconfigure() argument 'newline' must be str or None, not {}", type_::type_name(t, v))));
        }
    };
    let started = f.reading.quick(|r| (!r.text.is_empty() || r.snapshot.is_some()).then_some(())).is_some();
    if started && (encoding.is_some() || errors.is_some() || newline.is_some()) {
        return Err(unsupported(t, "It is not possible to set the encoding or newline of stream after the first read"));
    }
    let newline = newline.map(|n| parse_newline(t, n.as_deref())).transpose()?;
    let flag = |v: &Value, old: bool| match v.given().filter(|v| !v.is_none()) {
        None => Ok(old),
        Some(v) if v.as_bool().is_some() => Ok(v.is_true()),
        Some(v) => Ok(protocol::expect_i64(t, v)? != 0),
    };
    let line_buffering = flag(&a[4], f.line_buffering.load(Relaxed))?;
    let write_through = flag(&a[5], f.write_through.load(Relaxed))?;
    call(t, this, &t.names().flush, &[])?;
    if encoding.is_some() || errors.is_some() || newline.is_some() {
        let errors = match (errors, &encoding) {
            (Some(e), _) => e,
            (None, Some(_)) => "strict".to_owned(),
            (None, None) => str::display(&f.errors.load()),
        };
        let encoding = match encoding {
            None => str::display(&f.encoding.load()),
            Some(e) if e == "locale" => locale_encoding(),
            Some(e) => e,
        };
        let codec = find_codec(t, &encoding, &errors, f.readable.load(Relaxed), f.writable.load(Relaxed))?;
        let newline = newline.unwrap_or(f.newline());
        f.newline.store(newline as u8, Relaxed);
        f.encoding.set(str::new(t, &encoding));
        f.errors.set(str::new(t, &errors));
        f.decoder.set(codec.decoder);
        f.encoder.set(codec.encoder);
        f.writing.lock().native = codec.native.clone();
        let mut r = f.reading.enter(t, this)?;
        r.decoder = Decoder { native: codec.native, newlines: newline.translation() };
    }
    f.line_buffering.store(line_buffering, Relaxed);
    f.write_through.store(write_through, Relaxed);
    Ok(Value::none())
}
