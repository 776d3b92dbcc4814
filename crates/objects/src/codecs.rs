//! Encoding and decoding for `str.encode`, `bytes.decode` and the module `_codecs`.
//!
//! The codecs themselves are in `orochi_text::codecs`. Here are the interpreter's registry of search
//! functions and error handlers ([`Registry`]), the bridge from a codec's errors to handlers and
//! exceptions (`codecs/errors.rs`), and the shortcuts: a codec that `orochi_text` knows by name runs
//! without a look into the registry.

mod errors;
mod registry;
#[cfg(test)]
mod tests;

use orochi_heap::Value;
use orochi_text::Wtf8;
use orochi_text::codecs::Codec;

use crate::bytes;
use crate::protocol;
use crate::str::{self, as_str};
use crate::thread::{Attached, PyResult};
use crate::type_::{class_of, type_name};

pub use errors::{Input, ObjectHandler, decode_error, encode_error};
pub use registry::{lookup, lookup_error, register, register_error, unregister, unregister_error};

/// Whether an argument that names an encoding is left out or names UTF-8 in the most usual ways.
#[inline]
pub(crate) fn is_utf8(encoding: &Value) -> bool {
    encoding.is_unbound() || as_str(encoding).is_some_and(|s| matches!(s.bytes(), b"utf-8" | b"utf8"))
}

/// The UTF-8 text of an argument that names an encoding or an error handler.
fn name<'a>(t: Attached<'_>, v: &'a Value) -> PyResult<&'a str> {
    match str::utf8(v) {
        Some(text) if text.contains('\0') => Err(t.value_error("embedded null character")),
        Some(text) => Ok(text),
        None => match as_str(v) {
            Some(s) => {
                let start = s.wtf8().first_surrogate().map_or(0, |at| s.char_of(at));
                let (start, end) = (crate::int::from_usize(t, start), crate::int::from_usize(t, start + 1));
                let args = vec![str::new(t, "utf-8"), v.clone(), start, end, str::new(t, "surrogates not allowed")];
                Err(t.raise_with(&crate::exception::UnicodeEncodeError, args))
            }
            None => Err(t.type_error(format!("argument must be str, not {}", type_name(t, v)))),
        },
    }
}

/// The names given, or the defaults.
fn names<'a>(
    t: Attached<'_>,
    encoding: Option<&'a Value>,
    errors: Option<&'a Value>,
) -> PyResult<(&'a str, Option<&'a str>)> {
    let encoding = match encoding {
        Some(v) => name(t, v)?,
        None => "utf-8",
    };
    let errors = match errors {
        Some(v) => Some(name(t, v)?),
        None => None,
    };
    Ok((encoding, errors))
}

/// `text.encode(encoding, errors)`: a bytes object. The arguments are strs; `None`: `utf-8`, `strict`.
pub fn encode(t: Attached<'_>, text: &Value, encoding: Option<&Value>, errors: Option<&Value>) -> PyResult {
    let (encoding, errors) = names(t, encoding, errors)?;
    encode_named(t, text, encoding, errors)
}

/// As [`encode`], with names that are at hand.
pub fn encode_named(t: Attached<'_>, text: &Value, encoding: &str, errors: Option<&str>) -> PyResult {
    let Some(s) = as_str(text) else { return Err(t.type_error("a str is required")) };
    let Some(codec) = Codec::from_name(encoding) else { return encode_by_registry(t, text, encoding, errors) };
    if s.is_ascii() && matches!(codec, Codec::Utf8 | Codec::Ascii | Codec::Latin1) {
        return bytes::try_new(t, s.bytes());
    }
    let mut handler = ObjectHandler::new(t, errors, Input::Text(text));
    let out = codec.encode(s.wtf8(), &mut handler)?;
    bytes::try_new(t, &out)
}

fn encode_by_registry(t: Attached<'_>, text: &Value, encoding: &str, errors: Option<&str>) -> PyResult {
    let codec = registry::lookup_text(t, encoding, "codecs.encode()")?;
    let out = registry::call_codec(t, &codec, 0, text, errors, encoding)?;
    if bytes::as_bytes(&out).is_some() {
        return Ok(out);
    }
    if let Some(array) = crate::bytearray::as_bytearray(&out) {
        return bytes::try_new(t, &array.to_vec());
    }
    let wrong = type_name(t, &out);
    Err(t.type_error(format!(
        "'{encoding}' encoder returned '{wrong}' instead of 'bytes'; use codecs.encode() to encode to arbitrary types"
    )))
}

/// Bytes to a str. The arguments are strs; `None`: `utf-8`, `strict`.
pub fn decode(t: Attached<'_>, input: &[u8], encoding: Option<&Value>, errors: Option<&Value>) -> PyResult {
    let (encoding, errors) = names(t, encoding, errors)?;
    decode_named(t, input, encoding, errors)
}

/// As [`decode`], with names that are at hand.
pub fn decode_named(t: Attached<'_>, input: &[u8], encoding: &str, errors: Option<&str>) -> PyResult {
    let Some(codec) = Codec::from_name(encoding) else { return decode_by_registry(t, input, encoding, errors) };
    match codec {
        Codec::Utf8 => {
            if let Some(made) = str::build::from_utf8(t, input) {
                return made;
            }
        }
        Codec::Ascii | Codec::Latin1 if input.is_ascii() => {
            if let Ok(text) = Wtf8::from_bytes(input) {
                return str::piece(t, text, true);
            }
        }
        _ => {}
    }
    let mut handler = ObjectHandler::new(t, errors, Input::Bytes(input));
    let text = codec.decode(input, &mut handler)?;
    str::try_from_wtf8(t, &text)
}

fn decode_by_registry(t: Attached<'_>, input: &[u8], encoding: &str, errors: Option<&str>) -> PyResult {
    let codec = registry::lookup_text(t, encoding, "codecs.decode()")?;
    let object = bytes::try_new(t, input)?;
    let out = registry::call_codec(t, &codec, 1, &object, errors, encoding)?;
    if str::is_str(&out) {
        return Ok(out);
    }
    let wrong = type_name(t, &out);
    Err(t.type_error(format!(
        "'{encoding}' decoder returned '{wrong}' instead of 'str'; use codecs.decode() to decode to arbitrary types"
    )))
}

/// `str(object, encoding, errors)`: the text of what has bytes.
pub fn decode_object(t: Attached<'_>, object: &Value, encoding: Option<&Value>, errors: Option<&Value>) -> PyResult {
    if let Some(bytes) = bytes::as_bytes(object) {
        return decode(t, bytes, encoding, errors);
    }
    if str::is_str(object) {
        return Err(t.type_error("decoding str is not supported"));
    }
    match class_of(t, object).slots.buffer() {
        Some(open) => {
            let buffer = open(t, object, false)?;
            let copy = buffer.to_vec();
            drop(buffer);
            decode(t, &copy, encoding, errors)
        }
        None => {
            let wrong = type_name(t, object);
            Err(t.type_error(format!("decoding to str: need a bytes-like object, {wrong} found")))
        }
    }
}

/// `codecs.encode(object, encoding, errors)`: any codec.
pub fn encode_any(t: Attached<'_>, object: &Value, encoding: Option<&Value>, errors: Option<&Value>) -> PyResult {
    let (encoding, errors) = names(t, encoding, errors)?;
    let codec = registry::lookup(t, encoding)?;
    registry::call_codec(t, &codec, 0, object, errors, encoding)
}

/// `codecs.decode(object, encoding, errors)`: any codec.
pub fn decode_any(t: Attached<'_>, object: &Value, encoding: Option<&Value>, errors: Option<&Value>) -> PyResult {
    let (encoding, errors) = names(t, encoding, errors)?;
    let codec = registry::lookup(t, encoding)?;
    registry::call_codec(t, &codec, 1, object, errors, encoding)
}

/// The text of an argument that names an error handler (None: `strict`).
pub fn errors_argument<'a>(t: Attached<'_>, v: Option<&'a Value>) -> PyResult<Option<&'a str>> {
    match v {
        Some(v) if !v.is_none() => name(t, v).map(Some),
        _ => Ok(None),
    }
}

/// The text of an argument that names an encoding.
pub fn encoding_argument<'a>(t: Attached<'_>, v: &'a Value) -> PyResult<&'a str> {
    name(t, v)
}

/// Whether the value can be called; handlers and search functions must be.
fn expect_callable(t: Attached<'_>, v: &Value, message: &str) -> PyResult<()> {
    if protocol::is_callable(t, v) { Ok(()) } else { Err(t.type_error(message)) }
}
