//! Decoding and encoding in pieces.
//!
//! UTF-8, ASCII and Latin-1 with Python's standard error handlers are done here, without a Python call.
//! Everything else goes through the incremental codec that `codecs` gives. Translation of newlines
//! sits behind the decoder in both cases ([`Newlines`]).

use orochi_objects::exception::{LookupError, UnicodeDecodeError, UnicodeEncodeError};
use orochi_objects::{Attached, PyResult, Raised, Value, attr, bytes, int, protocol, str, tuple, type_};
use orochi_text::codecs::{self, Builtin, CodecError};
use orochi_text::wtf8::{Wtf8, Wtf8Buf};

use super::support::*;

/// An encoding that is done natively.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NativeCodec {
    /// UTF-8.
    Utf8,
    /// ASCII.
    Ascii,
    /// Latin-1.
    Latin1,
}

/// A native codec with its state.
#[derive(Clone, Debug)]
pub struct Native {
    /// The encoding.
    pub codec: NativeCodec,
    /// What happens to errors.
    pub errors: Builtin,
    /// Bytes of a character that is not complete yet.
    pub tail: Vec<u8>,
}

impl Native {
    /// A codec at the beginning of its input.
    pub fn new(codec: NativeCodec, errors: Builtin) -> Native {
        Native { codec, errors, tail: Vec::new() }
    }
    /// By the names that Python code uses; `None`: ask the registry.
    pub fn find(encoding: &str, errors: &str) -> Option<Native> {
        let codec = match codecs::Codec::from_name(encoding)? {
            codecs::Codec::Utf8 => NativeCodec::Utf8,
            codecs::Codec::Ascii => NativeCodec::Ascii,
            codecs::Codec::Latin1 => NativeCodec::Latin1,
            _ => return None,
        };
        Some(Native::new(codec, Builtin::from_name(errors)?))
    }

    /// Text of the next piece.
    pub fn decode(&mut self, t: Attached<'_>, input: &[u8], last: bool) -> PyResult<Wtf8Buf> {
        if self.codec == NativeCodec::Latin1 {
            return Ok(codecs::latin1_decode(input));
        }
        let joined;
        let all = if self.tail.is_empty() {
            input
        } else {
            let mut tail = std::mem::take(&mut self.tail);
            tail.extend_from_slice(input);
            joined = tail;
            &joined[..]
        };
        let decoded = match self.codec {
            NativeCodec::Utf8 => codecs::utf8_decode(all, last, &mut self.errors),
            _ => codecs::ascii_decode(all, &mut self.errors),
        };
        match decoded {
            Ok(d) => {
                self.tail.extend_from_slice(&all[d.consumed..]);
                Ok(d.text)
            }
            Err(e) => Err(codec_error(t, e, &|| bytes::new(t, all), None)),
        }
    }

    /// Bytes of `text`, the text of the str object `object`.
    pub fn encode(&mut self, t: Attached<'_>, object: &Value, text: &Wtf8) -> PyResult<Vec<u8>> {
        let encoded = match self.codec {
            NativeCodec::Utf8 => codecs::utf8_encode(text, &mut self.errors),
            NativeCodec::Ascii => codecs::ascii_encode(text, &mut self.errors),
            NativeCodec::Latin1 => codecs::latin1_encode(text, &mut self.errors),
        };
        encoded.map_err(|e| codec_error(t, e, &|| object.clone(), Some(text)))
    }
}

/// The exception of an error. Positions in `text` are bytes there and characters for Python.
#[cold]
fn codec_error(t: Attached<'_>, e: CodecError, object: &dyn Fn() -> Value, text: Option<&Wtf8>) -> Raised {
    let (class, e) = match e {
        CodecError::Decode(e) => (&UnicodeDecodeError, e),
        CodecError::Encode(e) => (&UnicodeEncodeError, e),
        CodecError::NotForDecoding => {
            return t.type_error("don't know how to handle UnicodeDecodeError in error callback");
        }
    };
    let position = |at: usize| text.map_or(at, |text| text.char_offset(at));
    let args = vec![
        str::new(t, &e.encoding),
        object(),
        int::from_usize(t, position(e.start)),
        int::from_usize(t, position(e.end)),
        str::new(t, e.reason),
    ];
    t.raise_with(class, args)
}

/// `codecs.lookup(encoding)`, which must be a text encoding.
pub fn lookup(t: Attached<'_>, encoding: &str) -> PyResult {
    let import = protocol::builtin(t, "__import__")?;
    let module = protocol::call(t, &import, &[str::new(t, "codecs")])?;
    let f = attr::get_by_name(t, &module, "lookup")?;
    let info = protocol::call(t, &f, &[str::new(t, encoding)])?;
    if let Some(text) = attr::find(t, &info, &str::intern(t, "_is_text_encoding"))?
        && !protocol::truth(t, &text)?
    {
        return Err(t.raise(&LookupError, format!("'{encoding}' is not a text encoding")));
    }
    Ok(info)
}

/// Line ends seen: bits of `seen`.
const SEEN_CR: u8 = 1;
const SEEN_LF: u8 = 2;
const SEEN_CRLF: u8 = 4;

/// Universal newlines over text that comes in pieces.
#[derive(Clone, Debug, Default)]
pub struct Newlines {
    /// Whether line ends become `\n`.
    pub translate: bool,
    /// A `\r` that ended the last piece and may be half of `\r\n`.
    pub pending_cr: bool,
    /// Which line ends were seen.
    pub seen: u8,
}

impl Newlines {
    /// The next piece, with what is held back from the last one.
    pub fn feed(&mut self, text: Wtf8Buf, last: bool) -> Wtf8Buf {
        if !self.pending_cr && memchr::memchr(b'\r', text.as_bytes()).is_none() {
            if self.seen & SEEN_LF == 0 && memchr::memchr(b'\n', text.as_bytes()).is_some() {
                self.seen |= SEEN_LF;
            }
            return text;
        }
        let mut all = text;
        if self.pending_cr && (last || !all.is_empty()) {
            let mut joined = Wtf8Buf::with_capacity(all.len() + 1);
            joined.push_ascii(b'\r');
            joined.push_wtf8(&all);
            all = joined;
            self.pending_cr = false;
        }
        if !last && all.as_bytes().last() == Some(&b'\r') {
            all.truncate(all.len() - 1);
            self.pending_cr = true;
        }
        let mut out = Wtf8Buf::with_capacity(if self.translate { all.len() } else { 0 });
        let b = all.as_bytes();
        let mut from = 0;
        for at in memchr::memchr2_iter(b'\r', b'\n', b) {
            if b[at] == b'\r' {
                let pair = b.get(at + 1) == Some(&b'\n');
                self.seen |= if pair { SEEN_CRLF } else { SEEN_CR };
                if self.translate {
                    out.push_wtf8(all.slice(from..at));
                    if !pair {
                        out.push_ascii(b'\n');
                    }
                    from = at + 1;
                }
            } else if at == 0 || b[at - 1] != b'\r' {
                self.seen |= SEEN_LF;
            }
        }
        if !self.translate {
            return all;
        }
        out.push_wtf8(all.slice_from(from));
        out
    }
    /// The attribute `newlines`: None, a str, or a tuple of strs.
    pub fn seen(&self, t: Attached<'_>) -> Value {
        let all: Vec<Value> = [(SEEN_CR, "\r"), (SEEN_LF, "\n"), (SEEN_CRLF, "\r\n")]
            .iter()
            .filter(|(bit, _)| self.seen & bit != 0)
            .map(|(_, text)| str::intern(t, text))
            .collect();
        match &all[..] {
            [] => Value::none(),
            [one] => one.clone(),
            _ => tuple::new(t, all),
        }
    }
}

/// How a file's bytes become text: a native codec, or a Python incremental decoder (kept elsewhere,
/// where the collector sees it).
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    /// The native codec; without: ask the Python decoder.
    pub native: Option<Native>,
    /// Newline translation.
    pub newlines: Option<Newlines>,
}

impl Decoder {
    /// The next piece of text. `python` is the Python decoder, if the codec is not native.
    pub fn decode(&mut self, t: Attached<'_>, python: &Value, input: &[u8], last: bool) -> PyResult<Wtf8Buf> {
        let text = match &mut self.native {
            Some(native) => native.decode(t, input, last)?,
            None => python_decode(t, python, bytes::try_new(t, input)?, last)?,
        };
        Ok(match &mut self.newlines {
            Some(n) => n.feed(text, last),
            None => text,
        })
    }
    /// Bytes held back, and flags: what [`Decoder::set_state`] takes.
    pub fn state(&self, t: Attached<'_>, python: &Value) -> PyResult<(Vec<u8>, u64)> {
        let (tail, mut flags) = match &self.native {
            Some(native) => (native.tail.clone(), 0),
            None => python_state(t, python)?,
        };
        if let Some(n) = &self.newlines {
            flags = flags << 1 | u64::from(n.pending_cr);
        }
        Ok((tail, flags))
    }
    /// Returns to a state.
    pub fn set_state(&mut self, t: Attached<'_>, python: &Value, tail: &[u8], flags: u64) -> PyResult<()> {
        let mut flags = flags;
        if let Some(n) = &mut self.newlines {
            n.pending_cr = flags & 1 != 0;
            flags >>= 1;
        }
        match &mut self.native {
            Some(native) => {
                native.tail = tail.to_vec();
                Ok(())
            }
            None => {
                let flags = int::new(t, i64::try_from(flags).unwrap_or(i64::MAX));
                let state = tuple::new(t, vec![bytes::try_new(t, tail)?, flags]);
                call(t, python, &t.names().setstate, &[state]).map(drop)
            }
        }
    }
    /// Returns to the beginning.
    pub fn reset(&mut self, t: Attached<'_>, python: &Value) -> PyResult<()> {
        if let Some(n) = &mut self.newlines {
            n.pending_cr = false;
            n.seen = 0;
        }
        match &mut self.native {
            Some(native) => {
                native.tail.clear();
                Ok(())
            }
            None => call(t, python, &t.names().reset, &[]).map(drop),
        }
    }
}

/// `decoder.decode(input, last)`, which must give a str.
pub fn python_decode(t: Attached<'_>, decoder: &Value, input: Value, last: bool) -> PyResult<Wtf8Buf> {
    let text = call(t, decoder, &t.names().decode, &[input, Value::bool(last)])?;
    match str::as_str(&text) {
        Some(s) => Ok(s.wtf8().into()),
        None => Err(t.type_error(format!(
            "decoder should return a string result, not '{}'",
            type_::type_name(t, &text)
        ))),
    }
}

/// `decoder.getstate()`, checked.
pub fn python_state(t: Attached<'_>, decoder: &Value) -> PyResult<(Vec<u8>, u64)> {
    let state = call(t, decoder, &t.names().getstate, &[])?;
    if tuple::as_tuple(&state).is_none() {
        return Err(t.type_error("illegal decoder state"));
    }
    let [tail, flags] = tuple::items(&state) else { return Err(t.type_error("illegal decoder state")) };
    let Some(b) = bytes::as_bytes(tail) else {
        return Err(t.type_error(format!(
            "illegal decoder state: the first item should be a bytes object, not '{}'",
            type_::type_name(t, tail)
        )));
    };
    let flags = protocol::expect_i64(t, flags)?;
    Ok((b.to_vec(), flags.max(0) as u64))
}
