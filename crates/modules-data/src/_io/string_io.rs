//! `StringIO`: text in memory. The position counts characters; next to it stands the byte where that
//! is, so that reading and appending never count.

use orochi_objects::args::Signature;
use orochi_objects::spec::{GetSet, Method, NativeFn, TypeSpec, flags};
use orochi_objects::{Args, Attached, Def, Payload, PyResult, Value, attr, dict, int, payload, protocol, str, tuple, type_};
use orochi_runtime::Locked;
use orochi_text::wtf8::{Wtf8, Wtf8Buf};

use super::base::{self, TEXT_BASE};
use super::coder::Newlines;
use super::support::*;
use super::text::Newline;

struct State {
    text: Wtf8Buf,
    /// Characters of `text`.
    chars: usize,
    /// Position in characters; may lie behind the end.
    pos: usize,
    /// Byte of the position, if it is not behind the end.
    at: usize,
    closed: bool,
    ready: bool,
    newline: Newline,
    newlines: Option<Newlines>,
}

impl State {
    fn rest(&self) -> &Wtf8 {
        if self.pos > self.chars { self.text.slice_from(self.text.len()) } else { self.text.slice_from(self.at) }
    }
    fn move_to(&mut self, pos: usize) {
        self.pos = pos;
        self.at = if self.text.len() == self.chars {
            pos.min(self.chars)
        } else {
            self.text.byte_offset(pos).unwrap_or(self.text.len())
        };
    }
    /// Text over and behind the position; false if there is no memory.
    fn put(&mut self, s: &Wtf8, chars: usize) -> bool {
        let pad = self.pos.saturating_sub(self.chars);
        if self.text.try_reserve(s.len().saturating_add(pad)).is_err() {
            return false;
        }
        for _ in 0..pad {
            self.text.push_ascii(0);
        }
        if pad > 0 {
            self.chars += pad;
            self.at = self.text.len();
        }
        if self.at == self.text.len() {
            self.text.push_wtf8(s);
            self.chars += chars;
        } else {
            let tail = self.text.slice_from(self.at);
            let replaced = tail.byte_offset(chars).unwrap_or(tail.len());
            let gone = tail.slice_to(replaced).char_count();
            let mut text = Wtf8Buf::with_capacity(self.text.len() + s.len());
            text.push_wtf8(self.text.slice_to(self.at));
            text.push_wtf8(s);
            text.push_wtf8(tail.slice_from(replaced));
            self.text = text;
            self.chars = self.chars - gone + chars;
        }
        self.at += s.len();
        self.pos += chars;
        true
    }
}

/// The body.
pub struct PyStringIO {
    state: Locked<State>,
}

impl Payload for PyStringIO {
    payload!(PyStringIO, "StringIO");
}

const fn m(name: &'static str, signature: &'static str, call: NativeFn) -> Method {
    Method::new(name, signature, call, "")
}

/// `_io.StringIO`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyStringIO>("_io.StringIO")
    .base(&TEXT_BASE)
    .flags(flags::BASETYPE)
    .slots(&[Def::New(new), Def::Init(init), Def::Next(next)])
    .methods(&[
        m("close", "($self, /)", close),
        m("getvalue", "($self, /)", getvalue),
        m("read", "($self, size=-1, /)", read),
        m("readline", "($self, size=-1, /)", |t, a| line(t, &a[0], size_arg(t, &a[1])?)),
        m("tell", "($self, /)", |t, a| with(t, &a[0], |s| s.pos).map(|n| int::from_usize(t, n))),
        m("truncate", "($self, pos=None, /)", truncate),
        m("seek", "($self, pos, whence=0, /)", seek),
        m("write", "($self, s, /)", write),
        m("readable", "($self, /)", open_true),
        m("writable", "($self, /)", open_true),
        m("seekable", "($self, /)", open_true),
        m("__getstate__", "($self, /)", getstate),
        m("__setstate__", "($self, state, /)", setstate),
    ])
    .getset(&[
        GetSet::read("closed", |_, v| Ok(Value::bool(body(v).state.lock().closed)), ""),
        GetSet::read("newlines", newlines, ""),
        GetSet::read("line_buffering", |t, v| with(t, v, |_| Value::bool(false)), ""),
    ])
    .doc("StringIO(initial_value='', newline='\\n')\n--\n\nText I/O implementation using an in-memory buffer.");

fn body(v: &Value) -> &PyStringIO {
    match v.payload::<PyStringIO>() {
        Some(p) => p,
        None => unreachable!("methods are called with their own type"),
    }
}

fn fresh(newline: Newline, ready: bool) -> State {
    State {
        text: Wtf8Buf::new(),
        chars: 0,
        pos: 0,
        at: 0,
        closed: false,
        ready,
        newline,
        newlines: newline.translation(),
    }
}

fn new(t: Attached<'_>, class: &Value, _: Args<'_>) -> PyResult {
    TYPE.alloc_for(t, class, PyStringIO { state: Locked::new(fresh(Newline::Lf, false)) })
}

fn set_up(t: Attached<'_>, this: &Value, initial: &Value, newline: Option<&Value>) -> PyResult<()> {
    let newline = match newline {
        None => Newline::Lf,
        Some(v) if v.is_none() => Newline::Universal,
        Some(v) => {
            let Some(s) = str::utf8(v) else {
                return Err(t.type_error(format!("newline must be str or None, not {}", type_::type_name(t, v))));
            };
            match Newline::parse(Some(s)) {
                Some(n) => n,
                None => {
                    return Err(t.value_error(format!("illegal newline value: {}", protocol::display_repr(t, v))));
                }
            }
        }
    };
    if !initial.is_none() && !str::is_str(initial) {
        let got = type_::type_name(t, initial);
        return Err(t.type_error(format!("initial_value must be str or None, not {got}")));
    }
    let old = std::mem::replace(&mut *body(this).state.lock(), fresh(newline, true));
    drop(old);
    if !initial.is_none() {
        write_text(t, this, initial)?;
        with(t, this, |s| s.move_to(0))?;
    }
    Ok(())
}

fn init(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    Signature::parse("(initial_value='', newline='\\n')")
        .call(t, "StringIO", args, |a| set_up(t, this, &or_none(&a[0]), a[1].given()))
}

/// Runs `f` on the state of an open file. `f` must not raise.
fn with<R>(t: Attached<'_>, this: &Value, f: impl FnOnce(&mut State) -> R) -> PyResult<R> {
    let mut s = body(this).state.lock();
    if !s.ready || s.closed {
        let message = if s.ready { "I/O operation on closed file" } else { "I/O operation on uninitialized object" };
        drop(s);
        return Err(t.value_error(message));
    }
    Ok(f(&mut s))
}
fn open_true(t: Attached<'_>, a: &[Value]) -> PyResult {
    with(t, &a[0], |_| Value::bool(true))
}

fn close(t: Attached<'_>, a: &[Value]) -> PyResult {
    let old = {
        let mut s = body(&a[0]).state.lock();
        s.closed = true;
        s.chars = 0;
        s.pos = 0;
        s.at = 0;
        std::mem::take(&mut s.text)
    };
    drop(old);
    base::close(t, &a[0])?;
    Ok(Value::none())
}

fn copied(t: Attached<'_>, this: &Value, f: impl FnOnce(&mut State) -> Option<Wtf8Buf>) -> PyResult {
    match with(t, this, f)? {
        Some(text) => str::try_from_wtf8(t, &text),
        None => Err(t.memory_error()),
    }
}

fn copy(s: &Wtf8) -> Option<Wtf8Buf> {
    let mut out = Wtf8Buf::try_with_capacity(s.len()).ok()?;
    out.push_wtf8(s);
    Some(out)
}

fn getvalue(t: Attached<'_>, a: &[Value]) -> PyResult {
    copied(t, &a[0], |s| copy(&s.text))
}

fn read(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = size_arg(t, &a[1])?;
    copied(t, &a[0], |s| {
        let rest = s.rest();
        let piece = match usize::try_from(n) {
            Ok(n) => rest.slice_to(rest.byte_offset(n).unwrap_or(rest.len())),
            Err(_) => rest,
        };
        let out = copy(piece)?;
        let chars = out.char_count();
        s.at += out.len();
        s.pos += chars;
        Some(out)
    })
}

fn line(t: Attached<'_>, this: &Value, limit: isize) -> PyResult {
    copied(t, this, |s| {
        let rest = s.rest();
        let window = match usize::try_from(limit) {
            Ok(n) => rest.slice_to(rest.byte_offset(n).unwrap_or(rest.len())),
            Err(_) => rest,
        };
        let end = s.newline.line_end(window.as_bytes(), 0).unwrap_or(window.len());
        let out = copy(window.slice_to(end))?;
        let chars = out.char_count();
        s.at += out.len();
        s.pos += chars;
        Some(out)
    })
}

fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    if !TYPE.is_exact(t, this) {
        return base::base_next(t, this);
    }
    let l = line(t, this, -1)?;
    Ok(if str::as_str(&l).is_some_and(|s| s.bytes().is_empty()) { None } else { Some(l) })
}

fn truncate(t: Attached<'_>, a: &[Value]) -> PyResult {
    let pos = with(t, &a[0], |s| s.pos)?;
    let size = match a[1].given().filter(|v| !v.is_none()) {
        None => pos,
        Some(_) => {
            let n = size_arg(t, &a[1])?;
            usize::try_from(n).map_err(|_| t.value_error(format!("Negative size value {n}")))?
        }
    };
    with(t, &a[0], |s| {
        if size < s.chars {
            let end = s.text.byte_offset(size).unwrap_or(s.text.len());
            s.text.truncate(end);
            s.chars = size;
            let pos = s.pos;
            s.move_to(pos);
        }
    })?;
    Ok(int::from_usize(t, size))
}

fn seek(t: Attached<'_>, a: &[Value]) -> PyResult {
    let whence = a[2].given().map_or(Ok(0), |v| protocol::expect_i64(t, v))?;
    let target = protocol::as_index(t, &a[1])?;
    let target = int::as_i64(&target)
        .ok_or_else(|| t.overflow_error("cannot fit 'int' into an index-sized integer"))?;
    with(t, &a[0], |_| ())?;
    if !(0..=2).contains(&whence) {
        return Err(t.value_error(format!("Invalid whence ({whence}, should be 0, 1 or 2)")));
    }
    if whence == 0 && target < 0 {
        return Err(t.value_error(format!("Negative seek position {target}")));
    }
    if whence != 0 && target != 0 {
        return Err(super::file::plain_os_error(t, "Can't do nonzero cur-relative seeks"));
    }
    let pos = with(t, &a[0], |s| {
        let pos = match whence {
            0 => target as usize,
            1 => s.pos,
            _ => s.chars,
        };
        s.move_to(pos);
        pos
    })?;
    Ok(int::from_usize(t, pos))
}

fn write(t: Attached<'_>, a: &[Value]) -> PyResult {
    let Some(s) = str::as_str(&a[1]) else {
        return Err(t.type_error(format!("string argument expected, got '{}'", type_::type_name(t, &a[1]))));
    };
    write_text(t, &a[0], &a[1])?;
    Ok(int::from_usize(t, s.char_len()))
}

fn write_text(t: Attached<'_>, this: &Value, text: &Value) -> PyResult<()> {
    let Some(s) = str::as_str(text) else { return Ok(()) };
    let done = with(t, this, |state| {
        let plain = state.newlines.is_none() && state.newline.written().is_none();
        if plain {
            return state.put(s.wtf8(), s.char_len());
        }
        let mut piece: Wtf8Buf = s.wtf8().into();
        if let Some(n) = &mut state.newlines {
            piece = n.feed(piece, true);
        }
        if let Some(newline) = state.newline.written() {
            let mut out = Wtf8Buf::with_capacity(piece.len() + 8);
            let mut from = 0;
            for at in memchr::memchr_iter(b'\n', piece.as_bytes()) {
                out.push_wtf8(piece.slice(from..at));
                newline.iter().for_each(|&b| out.push_ascii(b));
                from = at + 1;
            }
            out.push_wtf8(piece.slice_from(from));
            piece = out;
        }
        let chars = piece.char_count();
        state.put(&piece, chars)
    })?;
    if done { Ok(()) } else { Err(t.memory_error()) }
}

fn newlines(t: Attached<'_>, this: &Value) -> PyResult {
    let n = with(t, this, |s| s.newlines.clone())?;
    Ok(n.map_or(Value::none(), |n| n.seen(t)))
}

fn getstate(t: Attached<'_>, a: &[Value]) -> PyResult {
    let value = getvalue(t, a)?;
    let (newline, pos) = with(t, &a[0], |s| (s.newline, s.pos))?;
    let newline = match newline {
        Newline::Universal => Value::none(),
        Newline::Keep => str::empty(t),
        Newline::Lf => str::intern(t, "\n"),
        Newline::Cr => str::intern(t, "\r"),
        Newline::CrLf => str::intern(t, "\r\n"),
    };
    let namespace = match a[0].header().and_then(|h| attr::materialize_dict(t, h)) {
        Some(d) => dict::copy(t, &d)?,
        None => Value::none(),
    };
    Ok(tuple::new(t, vec![value, newline, int::from_usize(t, pos), namespace]))
}

fn setstate(t: Attached<'_>, a: &[Value]) -> PyResult {
    with(t, &a[0], |_| ()).or_else(|e| {
        // Unpickled objects are not initialised yet; closed ones stay closed.
        let ready = body(&a[0]).state.lock().ready;
        if ready { Err(e) } else { drop(t.take_raised(e)); Ok(()) }
    })?;
    let [value, newline, pos, namespace, ..] = tuple::items(&a[1]) else {
        let class = type_::type_name(t, &a[0]);
        let got = type_::type_name(t, &a[1]);
        return Err(t.type_error(format!("{class}.__setstate__ argument should be 4-tuple, got {got}")));
    };
    // The text is as it was, line ends included: it is stored without translation.
    set_up(t, &a[0], &Value::none(), Some(newline))?;
    let Some(text) = str::as_str(value) else {
        let got = type_::type_name(t, value);
        return Err(t.type_error(format!("initial_value must be str or None, not {got}")));
    };
    if !int::is_int(pos) {
        let got = type_::type_name(t, pos);
        return Err(t.type_error(format!("third item of state must be an integer, got {got}")));
    }
    let pos = protocol::as_size(t, pos)?;
    let pos = usize::try_from(pos).map_err(|_| t.value_error("position value cannot be negative"))?;
    let done = with(t, &a[0], |s| {
        let done = s.put(text.wtf8(), text.char_len());
        s.move_to(pos);
        done
    })?;
    if !done {
        return Err(t.memory_error());
    }
    if !namespace.is_none() {
        if dict::as_dict(namespace).is_none() {
            let got = type_::type_name(t, namespace);
            return Err(t.type_error(format!("fourth item of state should be a dict, got a {got}")));
        }
        for (k, v) in dict::items(namespace) {
            attr::set(t, &a[0], &k, Some(&v))?;
        }
    }
    Ok(Value::none())
}
