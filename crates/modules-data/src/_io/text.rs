//! `TextIOWrapper`: str over a buffered file.
//!
//! Two independent halves. Reading holds text that was decoded and not given out, and what is needed to
//! name a position inside it (`position.rs`). Writing holds encoded bytes that were not given to the
//! buffer. A line that is decoded already, and text that fits, cost one lock and no call.
//!
//! UTF-8, ASCII and Latin-1 over our own buffered types run without any Python call.

mod attributes;
mod position;
mod read;
mod write;

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering::Relaxed};

use orochi_objects::args::Signature;
use orochi_objects::exception::AttributeError;
use orochi_objects::spec::{TypeSpec, flags, native_body};
use orochi_objects::{Args, Attached, Def, Payload, PyResult, Slot, Value, attr, dict, int, payload, protocol, str, type_};
use orochi_runtime::Locked;
use orochi_text::wtf8::Wtf8Buf;

use super::base::TEXT_BASE;
use super::buffered;
use super::coder::{self, Decoder, Native, Newlines};
use super::exclusive::Exclusive;
use super::support::*;

/// The argument `newline`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Newline {
    /// None: all line ends are read as `\n`.
    Universal,
    /// Empty: all line ends end lines and stay as they are.
    Keep,
    /// `\n`.
    Lf,
    /// `\r`.
    Cr,
    /// `\r\n`.
    CrLf,
}

impl Newline {
    const ALL: [Newline; 5] = [Newline::Universal, Newline::Keep, Newline::Lf, Newline::Cr, Newline::CrLf];
    /// From the argument; `None`: it is not allowed.
    pub fn parse(text: Option<&str>) -> Option<Newline> {
        Some(match text {
            None => Newline::Universal,
            Some("") => Newline::Keep,
            Some("\n") => Newline::Lf,
            Some("\r") => Newline::Cr,
            Some("\r\n") => Newline::CrLf,
            Some(_) => return None,
        })
    }
    /// What is written for `\n`, if it is something else.
    pub fn written(self) -> Option<&'static [u8]> {
        match self {
            Newline::Cr => Some(b"\r"),
            Newline::CrLf => Some(b"\r\n"),
            _ => None,
        }
    }
    /// The translation behind the decoder.
    pub fn translation(self) -> Option<Newlines> {
        match self {
            Newline::Universal => Some(Newlines { translate: true, ..Newlines::default() }),
            Newline::Keep => Some(Newlines::default()),
            _ => None,
        }
    }
    /// Where the first line of `text[from..]` ends (behind its end), if it does.
    pub fn line_end(self, text: &[u8], from: usize) -> Option<usize> {
        let rest = text.get(from..)?;
        let at = match self {
            Newline::Universal | Newline::Lf => memchr::memchr(b'\n', rest)? + 1,
            Newline::Cr => memchr::memchr(b'\r', rest)? + 1,
            Newline::CrLf => {
                memchr::memchr_iter(b'\n', rest).find(|&at| from + at > 0 && text[from + at - 1] == b'\r')? + 1
            }
            Newline::Keep => {
                let at = memchr::memchr2(b'\n', b'\r', rest)?;
                at + 1 + usize::from(rest[at] == b'\r' && rest.get(at + 1) == Some(&b'\n'))
            }
        };
        Some(from + at)
    }
}

/// The reading half.
#[derive(Default)]
pub struct Reading {
    /// How bytes become text.
    decoder: Decoder,
    /// What the last chunk gave.
    text: Wtf8Buf,
    /// How much of it was given out, in bytes.
    at: usize,
    /// Decoder flags before the last chunk, and the bytes that the decoder held then with the chunk behind.
    snapshot: Option<(u64, Vec<u8>)>,
    /// Bytes a character, in the last chunk.
    ratio: f64,
}

impl Reading {
    fn rest(&self) -> &orochi_text::wtf8::Wtf8 {
        self.text.slice_from(self.at)
    }
    fn forget_text(&mut self) {
        self.text.clear();
        self.at = 0;
    }
}

/// The writing half.
#[derive(Default)]
struct Writing {
    /// Encoded, not yet given to the buffer.
    pending: Vec<u8>,
    /// The native codec; without: ask the Python encoder.
    native: Option<Native>,
}

/// The body.
pub struct PyText {
    /// Unbound: not initialised, or detached.
    buffer: Slot,
    encoding: Slot,
    errors: Slot,
    /// Python's incremental decoder and encoder, where the codec is not native.
    decoder: Slot,
    encoder: Slot,
    state: AtomicU8,
    readable: AtomicBool,
    writable: AtomicBool,
    seekable: AtomicBool,
    /// Whether positions can be told: not while lines are iterated over.
    telling: AtomicBool,
    has_read1: AtomicBool,
    line_buffering: AtomicBool,
    write_through: AtomicBool,
    finalizing: AtomicBool,
    newline: AtomicU8,
    chunk: AtomicUsize,
    /// Whether anything was read since the last write or seek.
    was_read: AtomicBool,
    reading: Exclusive<Reading>,
    writing: Locked<Writing>,
    /// Held while pending bytes go out, so that they go in order.
    flushing: Exclusive<()>,
}

const NEW: u8 = 0;
const READY: u8 = 1;
const DETACHED: u8 = 2;

impl Payload for PyText {
    payload!(PyText, "TextIOWrapper");
    fn trace(&self, visit: &mut orochi_heap::Visit<'_>) {
        for slot in [&self.buffer, &self.encoding, &self.errors, &self.decoder, &self.encoder] {
            visit.slot(slot);
        }
    }
    fn clear(&self) {
        self.buffer.take();
        self.decoder.take();
        self.encoder.take();
        self.state.store(DETACHED, Relaxed);
    }
}

/// `_io.TextIOWrapper`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyText>("_io.TextIOWrapper")
    .base(&TEXT_BASE)
    .flags(flags::BASETYPE)
    .slots(&[Def::New(new), Def::Init(init), Def::Repr(attributes::repr), Def::Next(read::next_line)])
    .methods(attributes::METHODS)
    .getset(attributes::ATTRIBUTES)
    .doc(
        "TextIOWrapper(buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False)\n--\n\nCharacter and line based layer over a BufferedIOBase object, buffer.",
    );

/// The body of a text file.
pub fn body(v: &Value) -> &PyText {
    match v.payload::<PyText>() {
        Some(p) => p,
        None => unreachable!("methods are called with their own type"),
    }
}

impl PyText {
    fn newline(&self) -> Newline {
        Newline::ALL[usize::from(self.newline.load(Relaxed)).min(4)]
    }
}

fn new(t: Attached<'_>, class: &Value, _: Args<'_>) -> PyResult {
    let body = PyText {
        buffer: Slot::unbound(),
        encoding: Slot::unbound(),
        errors: Slot::unbound(),
        decoder: Slot::new(Value::none()),
        encoder: Slot::new(Value::none()),
        state: AtomicU8::new(NEW),
        readable: AtomicBool::new(false),
        writable: AtomicBool::new(false),
        seekable: AtomicBool::new(false),
        telling: AtomicBool::new(false),
        has_read1: AtomicBool::new(false),
        line_buffering: AtomicBool::new(false),
        write_through: AtomicBool::new(false),
        finalizing: AtomicBool::new(false),
        newline: AtomicU8::new(0),
        chunk: AtomicUsize::new(8192),
        was_read: AtomicBool::new(false),
        reading: Exclusive::new(Reading::default()),
        writing: Locked::default(),
        flushing: Exclusive::new(()),
    };
    TYPE.alloc_for(t, class, body)
}

/// What `__init__` gets.
#[derive(Clone, Default)]
pub struct Settings {
    /// `encoding`, None: the locale's.
    pub encoding: Option<String>,
    /// `errors`, None: strict.
    pub errors: Option<String>,
    /// `newline`.
    pub newline: Option<String>,
    /// `line_buffering`.
    pub line_buffering: bool,
    /// `write_through`.
    pub write_through: bool,
}

fn init(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    let signature = "(buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False)";
    body(this).state.store(NEW, Relaxed);
    Signature::parse(signature).call(t, "TextIOWrapper", args, |a| {
        let settings = Settings {
            encoding: optional_str(t, &a[1], "TextIOWrapper", "encoding")?,
            errors: errors_arg(t, &a[2])?,
            newline: optional_str(t, &a[3], "TextIOWrapper", "newline")?,
            line_buffering: flag_arg(t, &a[4], false)?,
            write_through: flag_arg(t, &a[5], false)?,
        };
        set_up(t, this, &a[0], settings)
    })
}

fn errors_arg(t: Attached<'_>, v: &Value) -> PyResult<Option<String>> {
    match v.given() {
        Some(v) if !v.is_none() && !str::is_str(v) => Err(t.type_error(format!(
            "TextIOWrapper() argument 'errors' must be str or None, not {}",
            type_::type_name(t, v)
        ))),
        _ => optional_str(t, v, "TextIOWrapper", "errors"),
    }
}

/// Whether `-X utf8` holds, as `sys.flags` says.
pub fn utf8_mode(t: Attached<'_>) -> PyResult<bool> {
    let sys = t.interpreter().sys.load();
    if dict::as_dict(&sys).is_none() {
        return Ok(false);
    }
    match dict::get_by_name(t, &sys, "flags") {
        Some(all) => match attr::find(t, &all, &str::intern(t, "utf8_mode"))? {
            Some(v) => protocol::truth(t, &v),
            None => Ok(false),
        },
        None => Ok(false),
    }
}

/// The encoding that `None` and `"locale"` mean.
pub fn locale_encoding() -> String {
    String::from_utf8(orochi_host::locale::encoding()).ok().filter(|s| !s.is_empty()).unwrap_or("UTF-8".to_owned())
}

fn parse_newline(t: Attached<'_>, text: Option<&str>) -> PyResult<Newline> {
    Newline::parse(text).ok_or_else(|| t.value_error(format!("illegal newline value: {}", text.unwrap_or(""))))
}

/// The codec objects of an encoding.
struct Codec {
    native: Option<Native>,
    decoder: Value,
    encoder: Value,
}

fn find_codec(t: Attached<'_>, encoding: &str, errors: &str, readable: bool, writable: bool) -> PyResult<Codec> {
    let mut codec = Codec { native: Native::find(encoding, errors), decoder: Value::none(), encoder: Value::none() };
    if codec.native.is_some() {
        return Ok(codec);
    }
    let info = coder::lookup(t, encoding)?;
    let errors = str::new(t, errors);
    if readable {
        codec.decoder = call_named(t, &info, "incrementaldecoder", std::slice::from_ref(&errors))?;
    }
    if writable {
        codec.encoder = call_named(t, &info, "incrementalencoder", std::slice::from_ref(&errors))?;
    }
    Ok(codec)
}

/// Initialises a text file over `buffer`.
pub fn set_up(t: Attached<'_>, this: &Value, buffer: &Value, settings: Settings) -> PyResult<()> {
    let f = body(this);
    let newline = parse_newline(t, settings.newline.as_deref())?;
    let encoding = match settings.encoding {
        None if utf8_mode(t)? => "utf-8".to_owned(),
        None => locale_encoding(),
        Some(e) if e == "locale" => locale_encoding(),
        Some(e) => e,
    };
    let errors = settings.errors.unwrap_or("strict".to_owned());
    // The encoding is looked up before the buffer is asked anything.
    if Native::find(&encoding, &errors).is_none() {
        coder::lookup(t, &encoding)?;
    }
    let n = t.names();
    let readable = ask(t, buffer, &n.readable)?;
    let writable = ask(t, buffer, &n.writable)?;
    let codec = find_codec(t, &encoding, &errors, readable, writable)?;
    let seekable = ask(t, buffer, &n.seekable)?;
    let has_read1 = buffered::is_ours(buffer) || attr::find(t, buffer, &n.read1)?.is_some();
    f.encoding.set(str::new(t, &encoding));
    f.errors.set(str::new(t, &errors));
    f.decoder.set(codec.decoder);
    f.encoder.set(codec.encoder);
    for (flag, value) in [
        (&f.readable, readable),
        (&f.writable, writable),
        (&f.seekable, seekable),
        (&f.telling, seekable),
        (&f.has_read1, has_read1),
        (&f.line_buffering, settings.line_buffering),
        (&f.write_through, settings.write_through),
        (&f.was_read, false),
    ] {
        flag.store(value, Relaxed);
    }
    f.newline.store(newline as u8, Relaxed);
    let decoder = Decoder { native: codec.native.clone(), newlines: newline.translation() };
    *f.reading.enter(t, this)? = Reading { decoder, ..Reading::default() };
    let old = std::mem::replace(&mut *f.writing.lock(), Writing { pending: Vec::new(), native: codec.native });
    drop(old);
    f.buffer.set(buffer.clone());
    f.state.store(READY, Relaxed);
    if seekable && writable && !f.encoder.load().is_none() {
        let at = call(t, buffer, &n.tell, &[])?;
        if protocol::truth(t, &at)? {
            call(t, &f.encoder.load(), &n.setstate, &[Value::i32(0)])?;
        }
    }
    Ok(())
}

/// A text file over one of our buffered types.
pub fn make(t: Attached<'_>, buffer: &Value, settings: Settings) -> PyResult {
    let this = new(t, TYPE.get(t), Args::new(&[]))?;
    set_up(t, &this, buffer, settings)?;
    Ok(this)
}

/// The buffer; ValueError if there is none.
fn buffer(t: Attached<'_>, this: &Value) -> PyResult {
    let f = body(this);
    match f.state.load(Relaxed) {
        READY => {
            let buffer = f.buffer.load();
            if buffer.is_unbound() { Err(t.value_error("underlying buffer has been detached")) } else { Ok(buffer) }
        }
        DETACHED => Err(t.value_error("underlying buffer has been detached")),
        _ => Err(t.value_error("I/O operation on uninitialized object")),
    }
}

/// The buffer, open.
fn open_buffer(t: Attached<'_>, this: &Value) -> PyResult {
    let buffer = buffer(t, this)?;
    let closed = if buffered::is_ours(&buffer) && native_body::<PyText>(this).is_some() {
        let raw = buffered::raw(t, &buffer)?;
        buffered::raw_closed(t, &raw)?
    } else {
        is_closed(t, this)?
    };
    if closed { Err(t.value_error("I/O operation on closed file.")) } else { Ok(buffer) }
}

/// AttributeError for settings that cannot be deleted.
fn cannot_delete(t: Attached<'_>) -> orochi_objects::Raised {
    t.raise(&AttributeError, "cannot delete attribute")
}

/// An int of a position.
fn position_value(t: Attached<'_>, at: i64) -> Value {
    int::new(t, at)
}
