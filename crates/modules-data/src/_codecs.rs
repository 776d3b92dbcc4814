//! `_codecs`: the registry of codecs as Python functions, and every codec of `orochi_text` as a pair of
//! functions that give what they made and how much of the input it stands for.
//!
//! The registry itself is in `orochi_objects::codecs`. `_codecs/charmap.rs` has the mapping codecs.

mod charmap;
#[cfg(test)]
mod tests;

use orochi_heap::Value;
use orochi_objects::codecs::{self, Input, ObjectHandler};
use orochi_objects::thread::Raised;
use orochi_objects::type_::type_name;
use orochi_objects::{Attached, Method, ModuleSpec, PyResult, buffer, bytes, exception, int, protocol, str, tuple};
use orochi_text::codecs::{self as text, ByteOrder, BytesEscapeError, Decoded, Decoded16, InvalidEscape};
use orochi_text::{Wtf8, Wtf8Buf};

/// `_codecs`.
pub static MODULE: ModuleSpec = ModuleSpec::new("_codecs").functions(FUNCTIONS);

const ENCODE: &str = "(str, errors=None, /)";
const DECODE: &str = "(data, errors=None, /)";
const DECODE_PARTS: &str = "(data, errors=None, final=False, /)";
const DECODE_WHOLE: &str = "(data, errors=None, final=True, /)";
const DECODE_ORDERED: &str = "(data, errors=None, byteorder=0, final=False, /)";

const FUNCTIONS: &[Method] = &[
    Method::new("register", "(search_function, /)", register, "Adds a function that finds codecs by name."),
    Method::new("unregister", "(search_function, /)", unregister, "Takes a search function out, and forgets what was found."),
    Method::new("lookup", "(encoding, /)", lookup, "The codec of an encoding: encoder, decoder, stream reader, stream writer."),
    Method::new("encode", "(obj, encoding='utf-8', errors='strict')", encode, "Encodes an object with any codec."),
    Method::new("decode", "(obj, encoding='utf-8', errors='strict')", decode, "Decodes an object with any codec."),
    Method::new("register_error", "(errors, handler, /)", register_error, "Names a function that handles coding errors."),
    Method::new("_unregister_error", "(errors, /)", unregister_error, "Takes a handler out; whether there was one."),
    Method::new("lookup_error", "(name, /)", lookup_error, "The handler of a name."),
    Method::new("escape_encode", "(data, errors=None, /)", escape_encode, ""),
    Method::new("escape_decode", DECODE, escape_decode, ""),
    Method::new("readbuffer_encode", DECODE, readbuffer_encode, ""),
    Method::new("utf_8_encode", ENCODE, |t, a| encoded(t, a, "utf_8_encode", |s, h| text::utf8_encode(s, h)), ""),
    Method::new("utf_8_decode", DECODE_PARTS, |t, a| decoded(t, a, "utf_8_decode", |b, f, h| plain(text::utf8_decode(b, f, h))), ""),
    Method::new("utf_7_encode", ENCODE, |t, a| encoded(t, a, "utf_7_encode", |s, _| Ok(text::utf7_encode(s))), ""),
    Method::new("utf_7_decode", DECODE_PARTS, |t, a| decoded(t, a, "utf_7_decode", |b, f, h| plain(text::utf7_decode(b, f, h))), ""),
    Method::new("utf_16_encode", "(str, errors=None, byteorder=0, /)", |t, a| {
        let order = byte_order(t, &a[2])?;
        encoded(t, a, "utf_16_encode", |s, h| text::utf16_encode(s, order, h))
    }, ""),
    Method::new("utf_16_le_encode", ENCODE, |t, a| encoded(t, a, "utf_16_le_encode", |s, h| text::utf16_encode(s, ByteOrder::Little, h)), ""),
    Method::new("utf_16_be_encode", ENCODE, |t, a| encoded(t, a, "utf_16_be_encode", |s, h| text::utf16_encode(s, ByteOrder::Big, h)), ""),
    Method::new("utf_16_decode", DECODE_PARTS, |t, a| decoded(t, a, "utf_16_decode", |b, f, h| wide(text::utf16_decode(b, ByteOrder::Marked, f, h))), ""),
    Method::new("utf_16_le_decode", DECODE_PARTS, |t, a| decoded(t, a, "utf_16_le_decode", |b, f, h| wide(text::utf16_decode(b, ByteOrder::Little, f, h))), ""),
    Method::new("utf_16_be_decode", DECODE_PARTS, |t, a| decoded(t, a, "utf_16_be_decode", |b, f, h| wide(text::utf16_decode(b, ByteOrder::Big, f, h))), ""),
    Method::new("utf_16_ex_decode", DECODE_ORDERED, |t, a| ordered(t, a, "utf_16_ex_decode", |b, o, f, h| text::utf16_decode(b, o, f, h)), ""),
    Method::new("utf_32_encode", "(str, errors=None, byteorder=0, /)", |t, a| {
        let order = byte_order(t, &a[2])?;
        encoded(t, a, "utf_32_encode", |s, h| text::utf32_encode(s, order, h))
    }, ""),
    Method::new("utf_32_le_encode", ENCODE, |t, a| encoded(t, a, "utf_32_le_encode", |s, h| text::utf32_encode(s, ByteOrder::Little, h)), ""),
    Method::new("utf_32_be_encode", ENCODE, |t, a| encoded(t, a, "utf_32_be_encode", |s, h| text::utf32_encode(s, ByteOrder::Big, h)), ""),
    Method::new("utf_32_decode", DECODE_PARTS, |t, a| decoded(t, a, "utf_32_decode", |b, f, h| wide(text::utf32_decode(b, ByteOrder::Marked, f, h))), ""),
    Method::new("utf_32_le_decode", DECODE_PARTS, |t, a| decoded(t, a, "utf_32_le_decode", |b, f, h| wide(text::utf32_decode(b, ByteOrder::Little, f, h))), ""),
    Method::new("utf_32_be_decode", DECODE_PARTS, |t, a| decoded(t, a, "utf_32_be_decode", |b, f, h| wide(text::utf32_decode(b, ByteOrder::Big, f, h))), ""),
    Method::new("utf_32_ex_decode", DECODE_ORDERED, |t, a| ordered(t, a, "utf_32_ex_decode", |b, o, f, h| text::utf32_decode(b, o, f, h)), ""),
    Method::new("unicode_escape_encode", ENCODE, |t, a| encoded(t, a, "unicode_escape_encode", |s, _| Ok(text::unicode_escape_encode(s))), ""),
    Method::new("unicode_escape_decode", DECODE_WHOLE, unicode_escape_decode, ""),
    Method::new("raw_unicode_escape_encode", ENCODE, |t, a| encoded(t, a, "raw_unicode_escape_encode", |s, _| Ok(text::raw_unicode_escape_encode(s))), ""),
    Method::new("raw_unicode_escape_decode", DECODE_WHOLE, raw_unicode_escape_decode, ""),
    Method::new("latin_1_encode", ENCODE, |t, a| encoded(t, a, "latin_1_encode", |s, h| text::latin1_encode(s, h)), ""),
    Method::new("latin_1_decode", DECODE, |t, a| decoded(t, a, "latin_1_decode", |b, _, _| Ok((text::latin1_decode(b), b.len()))), ""),
    Method::new("ascii_encode", ENCODE, |t, a| encoded(t, a, "ascii_encode", |s, h| text::ascii_encode(s, h)), ""),
    Method::new("ascii_decode", DECODE, |t, a| decoded(t, a, "ascii_decode", |b, _, h| plain(text::ascii_decode(b, h))), ""),
    Method::new("charmap_encode", "(str, errors=None, mapping=None, /)", charmap::encode, ""),
    Method::new("charmap_decode", "(data, errors=None, mapping=None, /)", charmap::decode, ""),
    Method::new("charmap_build", "(map, /)", charmap::build, ""),
];

// --- arguments and results -------------------------------------------------------------------------

/// Text and the number of bytes it stands for.
type Text = Result<(Wtf8Buf, usize), Raised>;

fn plain(r: Result<Decoded, Raised>) -> Text {
    r.map(|d| (d.text, d.consumed))
}
fn wide(r: Result<Decoded16, Raised>) -> Text {
    r.map(|d| (d.text, d.consumed))
}

/// The optional name of an error handler, argument 2 of `function`.
fn errors<'a>(t: Attached<'_>, a: &'a [Value], function: &str) -> PyResult<Option<&'a str>> {
    match a[1].given() {
        Some(v) if !v.is_none() && !str::is_str(v) => {
            let wrong = type_name(t, v);
            Err(t.type_error(format!("{function}() argument 2 must be str or None, not {wrong}")))
        }
        v => codecs::errors_argument(t, v),
    }
}

/// The input of a decoder.
fn data(t: Attached<'_>, v: &Value) -> PyResult<Vec<u8>> {
    buffer::with_bytes(t, v, "", <[u8]>::to_vec)
}
/// The same, where a str may be given, which means its UTF-8.
fn data_or_text(t: Attached<'_>, v: &Value) -> PyResult<Vec<u8>> {
    if str::is_str(v) {
        let encoded = codecs::encode(t, v, None, None)?;
        return Ok(bytes::as_bytes(&encoded).unwrap_or_default().to_vec());
    }
    data(t, v)
}

fn pair(t: Attached<'_>, made: Value, count: usize) -> PyResult {
    Ok(tuple::new(t, vec![made, int::from_usize(t, count)]))
}

fn encoded(
    t: Attached<'_>,
    a: &[Value],
    function: &str,
    encode: impl FnOnce(&Wtf8, &mut ObjectHandler<'_>) -> Result<Vec<u8>, Raised>,
) -> PyResult {
    let Some(s) = str::as_str(&a[0]) else {
        let wrong = orochi_objects::args::type_word(t, &a[0]);
        return Err(t.type_error(format!("{function}() argument 1 must be str, not {wrong}")));
    };
    let mut handler = ObjectHandler::new(t, errors(t, a, function)?, Input::Text(&a[0]));
    let out = encode(s.wtf8(), &mut handler)?;
    pair(t, bytes::try_new(t, &out)?, s.char_len())
}

fn decoded(
    t: Attached<'_>,
    a: &[Value],
    function: &str,
    decode: impl FnOnce(&[u8], bool, &mut ObjectHandler<'_>) -> Text,
) -> PyResult {
    let errors = errors(t, a, function)?;
    let finished = match a.get(2).and_then(Value::given) {
        Some(v) => protocol::truth(t, v)?,
        None => false,
    };
    let input = data(t, &a[0])?;
    let (text, consumed) = decode(&input, finished, &mut ObjectHandler::new(t, errors, Input::Bytes(&input)))?;
    pair(t, str::try_from_wtf8(t, &text)?, consumed)
}

fn byte_order(t: Attached<'_>, v: &Value) -> PyResult<ByteOrder> {
    match v.given() {
        Some(v) => Ok(ByteOrder::from_number(protocol::expect_i64(t, v)?)),
        None => Ok(ByteOrder::Marked),
    }
}

/// The decoders that tell the byte order they found.
fn ordered(
    t: Attached<'_>,
    a: &[Value],
    function: &str,
    decode: impl FnOnce(&[u8], ByteOrder, bool, &mut ObjectHandler<'_>) -> Result<Decoded16, Raised>,
) -> PyResult {
    let errors = errors(t, a, function)?;
    let order = byte_order(t, &a[2])?;
    let finished = match a[3].given() {
        Some(v) => protocol::truth(t, v)?,
        None => false,
    };
    let input = data(t, &a[0])?;
    let out = decode(&input, order, finished, &mut ObjectHandler::new(t, errors, Input::Bytes(&input)))?;
    let text = str::try_from_wtf8(t, &out.text)?;
    let order = int::new(t, out.order.to_number());
    Ok(tuple::new(t, vec![text, int::from_usize(t, out.consumed), order]))
}

// --- the registry ----------------------------------------------------------------------------------

fn name_arg<'a>(t: Attached<'_>, v: &'a Value, what: &str) -> PyResult<&'a str> {
    str::expect(t, v, what)?;
    codecs::encoding_argument(t, v)
}

fn register(t: Attached<'_>, a: &[Value]) -> PyResult {
    codecs::register(t, &a[0])?;
    Ok(Value::none())
}
fn unregister(t: Attached<'_>, a: &[Value]) -> PyResult {
    codecs::unregister(t, &a[0]);
    Ok(Value::none())
}
fn lookup(t: Attached<'_>, a: &[Value]) -> PyResult {
    codecs::lookup(t, name_arg(t, &a[0], "lookup() argument")?)
}
fn register_error(t: Attached<'_>, a: &[Value]) -> PyResult {
    codecs::register_error(t, name_arg(t, &a[0], "register_error() argument 1")?, &a[1])?;
    Ok(Value::none())
}
fn unregister_error(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(Value::bool(codecs::unregister_error(t, name_arg(t, &a[0], "_unregister_error() argument")?)?))
}
fn lookup_error(t: Attached<'_>, a: &[Value]) -> PyResult {
    codecs::lookup_error(t, name_arg(t, &a[0], "lookup_error() argument")?)
}

/// The optional names of `encode` and `decode`.
fn names<'a>(t: Attached<'_>, a: &'a [Value], function: &str) -> PyResult<(Option<&'a Value>, Option<&'a Value>)> {
    for (v, name) in [(&a[1], "encoding"), (&a[2], "errors")] {
        if let Some(v) = v.given() {
            str::expect(t, v, &format!("{function}() argument '{name}'"))?;
        }
    }
    Ok((a[1].given(), a[2].given()))
}
fn encode(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (encoding, errors) = names(t, a, "encode")?;
    codecs::encode_any(t, &a[0], encoding, errors)
}
fn decode(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (encoding, errors) = names(t, a, "decode")?;
    codecs::decode_any(t, &a[0], encoding, errors)
}

// --- escapes ---------------------------------------------------------------------------------------

/// The warning about an escape that means nothing; `quote` is `"` or `b"`.
fn warn_escape(t: Attached<'_>, escape: Option<InvalidEscape>, quote: &str) -> PyResult<()> {
    let message = match escape {
        None => return Ok(()),
        Some(InvalidEscape::Unknown { byte, .. }) => {
            format!("{quote}\\{}\" is an invalid escape sequence. Such sequences will not work in the future. ", char::from(byte))
        }
        Some(InvalidEscape::Octal { value, .. }) => {
            format!("{quote}\\{value:o}\" is an invalid octal escape sequence. Such sequences will not work in the future. ")
        }
    };
    let import = protocol::builtin(t, "__import__")?;
    let warnings = protocol::call(t, &import, &[str::intern(t, "warnings")])?;
    let category = exception::DeprecationWarning.get(t).clone();
    protocol::call_method(t, &warnings, &str::intern(t, "warn"), &[str::from_string(t, message), category]).map(drop)
}

fn escape_encode(t: Attached<'_>, a: &[Value]) -> PyResult {
    errors(t, a, "escape_encode")?;
    let Some(input) = bytes::as_bytes(&a[0]) else {
        let wrong = type_name(t, &a[0]);
        return Err(t.type_error(format!("escape_encode() argument 1 must be bytes, not {wrong}")));
    };
    pair(t, bytes::try_new(t, &text::bytes_escape_encode(input))?, input.len())
}

fn escape_decode(t: Attached<'_>, a: &[Value]) -> PyResult {
    let errors = errors(t, a, "escape_decode")?.unwrap_or("strict");
    let input = data_or_text(t, &a[0])?;
    let out = text::bytes_escape_decode(&input, errors).map_err(|e| match e {
        Some(BytesEscapeError::InvalidHex(at)) => t.value_error(format!("invalid \\x escape at position {at}")),
        Some(BytesEscapeError::TrailingBackslash) => t.value_error("Trailing \\ in string"),
        None => t.value_error(format!("decoding error; unknown error handling code: {errors}")),
    })?;
    warn_escape(t, out.first_invalid, "b\"")?;
    pair(t, bytes::try_new(t, &out.bytes)?, input.len())
}

fn unicode_escape_decode(t: Attached<'_>, a: &[Value]) -> PyResult {
    let errors = errors(t, a, "unicode_escape_decode")?;
    let finished = whole(t, a)?;
    let input = data_or_text(t, &a[0])?;
    let out = text::unicode_escape_decode(&input, finished, &mut ObjectHandler::new(t, errors, Input::Bytes(&input)))?;
    warn_escape(t, out.first_invalid, "\"")?;
    pair(t, str::try_from_wtf8(t, &out.text)?, out.consumed)
}

fn raw_unicode_escape_decode(t: Attached<'_>, a: &[Value]) -> PyResult {
    let errors = errors(t, a, "raw_unicode_escape_decode")?;
    let finished = whole(t, a)?;
    let input = data_or_text(t, &a[0])?;
    let mut handler = ObjectHandler::new(t, errors, Input::Bytes(&input));
    let out = text::raw_unicode_escape_decode(&input, finished, &mut handler)?;
    pair(t, str::try_from_wtf8(t, &out.text)?, out.consumed)
}

/// The argument `final` where it is true by default.
fn whole(t: Attached<'_>, a: &[Value]) -> PyResult<bool> {
    match a[2].given() {
        Some(v) => protocol::truth(t, v),
        None => Ok(true),
    }
}

fn readbuffer_encode(t: Attached<'_>, a: &[Value]) -> PyResult {
    errors(t, a, "readbuffer_encode")?;
    let input = data_or_text(t, &a[0])?;
    pair(t, bytes::try_new(t, &input)?, input.len())
}
