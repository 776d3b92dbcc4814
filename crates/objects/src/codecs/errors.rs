//! What happens to what cannot be coded: a standard handler, or one that Python code registered.
//!
//! Codecs speak of byte offsets of generalized UTF-8; Python's exceptions and handlers count code
//! points. The translation is here and nowhere else.

use orochi_heap::Value;
use orochi_text::codecs::{Builtin, CodecError, ErrorHandler, Replacement};
use orochi_text::{Wtf8, Wtf8Buf};

use super::registry::{lookup_error, registered_error};
use crate::exception as x;
use crate::protocol;
use crate::str::{self, as_str};
use crate::thread::{Attached, PyResult, Raised};
use crate::type_::type_name;
use crate::{Method, bytes};

/// What is being coded, for the exceptions.
#[derive(Clone, Copy)]
pub enum Input<'a> {
    /// Encoding: the str.
    Text(&'a Value),
    /// Decoding: the bytes.
    Bytes(&'a [u8]),
}

/// The exception for input that cannot be decoded.
#[cold]
pub fn decode_error(t: Attached<'_>, encoding: &str, object: Value, start: usize, end: usize, reason: &str) -> Raised {
    t.raise_with(&x::UnicodeDecodeError, error_args(t, encoding, object, start, end, reason))
}

/// The exception for text that cannot be encoded; positions in code points.
#[cold]
pub fn encode_error(t: Attached<'_>, encoding: &str, object: Value, start: usize, end: usize, reason: &str) -> Raised {
    t.raise_with(&x::UnicodeEncodeError, error_args(t, encoding, object, start, end, reason))
}

fn error_args(t: Attached<'_>, encoding: &str, object: Value, start: usize, end: usize, reason: &str) -> Vec<Value> {
    let (start, end) = (crate::int::from_usize(t, start), crate::int::from_usize(t, end));
    vec![str::new(t, encoding), object, start, end, str::new(t, reason)]
}

/// An error handler of the interpreter, by name.
pub struct ObjectHandler<'a> {
    t: Attached<'a>,
    name: &'a str,
    input: Input<'a>,
    /// The bytes object of the input, once an exception needed it.
    object: Option<Value>,
    resolved: Option<Resolved>,
}

#[derive(Clone)]
enum Resolved {
    Builtin(Builtin),
    Python(Value),
}

impl<'a> ObjectHandler<'a> {
    /// The handler `errors` (`None`: `strict`) for coding `input`. An unknown name is an error only when
    /// the handler is needed.
    pub fn new(t: Attached<'a>, errors: Option<&'a str>, input: Input<'a>) -> ObjectHandler<'a> {
        ObjectHandler { t, name: errors.unwrap_or("strict"), input, object: None, resolved: None }
    }

    fn resolve(&mut self) -> PyResult<Resolved> {
        if let Some(known) = &self.resolved {
            return Ok(known.clone());
        }
        let resolved = match Builtin::from_name(self.name) {
            // CPython's codecs know these by name and do not ask the registry; the others it asks.
            Some(Builtin::NameReplace) => match registered_error(self.t, self.name) {
                Some(handler) => Resolved::Python(handler),
                None => Resolved::Builtin(Builtin::NameReplace),
            },
            Some(builtin) => Resolved::Builtin(builtin),
            None => Resolved::Python(lookup_error(self.t, self.name)?),
        };
        self.resolved = Some(resolved.clone());
        Ok(resolved)
    }

    /// The object that is coded, for an exception.
    fn object(&mut self) -> PyResult {
        match self.input {
            Input::Text(v) => Ok(v.clone()),
            Input::Bytes(input) => {
                if let Some(object) = &self.object {
                    return Ok(object.clone());
                }
                let object = bytes::try_new(self.t, input)?;
                self.object = Some(object.clone());
                Ok(object)
            }
        }
    }

    fn decoding_failed(&mut self, encoding: &str, start: usize, end: usize, reason: &str) -> Raised {
        match self.object() {
            Ok(object) => decode_error(self.t, encoding, object, start, end, reason),
            Err(e) => e,
        }
    }
    fn encoding_failed(&mut self, encoding: &str, input: &Wtf8, start: usize, end: usize, reason: &str) -> Raised {
        let (start, end) = (input.char_offset(start), input.char_offset(end));
        match self.object() {
            Ok(object) => encode_error(self.t, encoding, object, start, end, reason),
            Err(e) => e,
        }
    }

    /// Calls a Python handler with an exception; its answer and position, still as objects.
    fn ask(&self, handler: &Value, exception: Raised) -> PyResult<Option<(Value, isize)>> {
        let t = self.t;
        let exception = t.take_raised(exception);
        let before = match self.input {
            Input::Bytes(_) => self.object.clone(),
            Input::Text(_) => None,
        };
        let answer = protocol::call(t, handler, std::slice::from_ref(&exception))?;
        if let Some(before) = before
            && !crate::attr::get_by_name(t, &exception, "object")?.is(&before)
        {
            // The codecs read one input to its end; going on in another one could repeat for ever.
            let message = "decoding error handlers that replace the exception's object are not supported";
            return Err(t.raise(&x::NotImplementedError, message));
        }
        match crate::tuple::as_tuple(&answer).map(|pair| pair.items()) {
            Some([text, position]) if crate::int::is_int(position) => {
                let position = protocol::as_size(t, position)?;
                Ok(Some((text.clone(), position)))
            }
            _ => Ok(None),
        }
    }
}

/// A position that a handler gave, counted from the end if negative.
fn resume_at(t: Attached<'_>, position: isize, len: usize) -> PyResult<usize> {
    let at = if position < 0 { position.saturating_add(len as isize) } else { position };
    match usize::try_from(at).ok().filter(|&at| at <= len) {
        Some(at) => Ok(at),
        None => Err(t.raise(&x::IndexError, format!("position {at} from error handler out of bounds"))),
    }
}

impl ErrorHandler for ObjectHandler<'_> {
    type Error = Raised;

    fn decode_error(
        &mut self,
        encoding: &str,
        input: &[u8],
        start: usize,
        end: usize,
        reason: &'static str,
    ) -> Result<(Wtf8Buf, usize), Raised> {
        let t = self.t;
        let handler = match self.resolve()? {
            Resolved::Builtin(mut builtin) => {
                return builtin.decode_error(encoding, input, start, end, reason).map_err(|e| match e {
                    CodecError::NotForDecoding => {
                        t.type_error("don't know how to handle UnicodeDecodeError in error callback")
                    }
                    _ => self.decoding_failed(encoding, start, end, reason),
                });
            }
            Resolved::Python(handler) => handler,
        };
        let exception = self.decoding_failed(encoding, start, end, reason);
        match self.ask(&handler, exception)? {
            Some((text, position)) if as_str(&text).is_some() => {
                let at = resume_at(t, position, input.len())?;
                Ok((as_str(&text).map(|s| s.wtf8().chars().collect()).unwrap_or_default(), at))
            }
            _ => Err(t.type_error("decoding error handler must return (str, int) tuple")),
        }
    }

    fn encode_error(
        &mut self,
        encoding: &str,
        input: &Wtf8,
        start: usize,
        end: usize,
        reason: &'static str,
    ) -> Result<(Replacement, usize), Raised> {
        let t = self.t;
        let handler = match self.resolve()? {
            Resolved::Builtin(mut builtin) => {
                return builtin.encode_error(encoding, input, start, end, reason).map_err(|e| match e {
                    CodecError::Encode(e) => self.encoding_failed(encoding, input, e.start, e.end, reason),
                    _ => self.encoding_failed(encoding, input, start, end, reason),
                });
            }
            Resolved::Python(handler) => handler,
        };
        let exception = self.encoding_failed(encoding, input, start, end, reason);
        let wrong = || t.type_error("encoding error handler must return (str/bytes, int) tuple");
        let Some((answer, position)) = self.ask(&handler, exception)? else { return Err(wrong()) };
        let replacement = match (as_str(&answer), bytes::as_bytes(&answer)) {
            (Some(s), _) => Replacement::Text(s.wtf8().chars().collect()),
            (_, Some(b)) => Replacement::Bytes(b.to_vec()),
            _ => return Err(wrong()),
        };
        let at = resume_at(t, position, input.char_count())?;
        Ok((replacement, input.byte_offset(at).unwrap_or(input.len())))
    }

    fn unencodable(&mut self, encoding: &str, input: &Wtf8, start: usize, end: usize, reason: &'static str) -> Raised {
        self.encoding_failed(encoding, input, start, end, reason)
    }
}

/// The standard handlers as Python functions of an exception: what `codecs.lookup_error` gives.
pub(super) static BUILTIN_HANDLERS: &[Method] = &[
    Method::new("strict_errors", "(exception, /)", |t, a| handle(t, a, Builtin::Strict), "Raises the exception."),
    Method::new("ignore_errors", "(exception, /)", |t, a| handle(t, a, Builtin::Ignore), "Leaves out what cannot be coded."),
    Method::new("replace_errors", "(exception, /)", |t, a| handle(t, a, Builtin::Replace), "Puts a replacement character for what cannot be coded."),
    Method::new("xmlcharrefreplace_errors", "(exception, /)", |t, a| handle(t, a, Builtin::XmlCharRefReplace), "Puts XML character references."),
    Method::new("backslashreplace_errors", "(exception, /)", |t, a| handle(t, a, Builtin::BackslashReplace), "Puts escapes with a backslash."),
    Method::new("namereplace_errors", "(exception, /)", |t, a| handle(t, a, Builtin::NameReplace), "Puts escapes with the character's name."),
    Method::new("surrogatepass", "(exception, /)", |t, a| handle(t, a, Builtin::SurrogatePass), "Codes surrogates as if they were characters."),
    Method::new("surrogateescape", "(exception, /)", |t, a| handle(t, a, Builtin::SurrogateEscape), "Carries bytes in lone surrogates."),
];

/// The attributes of a Unicode exception: the object, and the piece meant, clipped to the object.
fn piece(t: Attached<'_>, exception: &Value, len: impl Fn(&Value) -> Option<usize>) -> PyResult<(Value, usize, usize)> {
    let get = |name: &str| crate::attr::get_by_name(t, exception, name);
    let object = get("object")?;
    let Some(len) = len(&object) else {
        return Err(t.type_error(format!("object attribute must be str or bytes, not {}", type_name(t, &object))));
    };
    let clip = |v: &Value| crate::int::as_i64(v).unwrap_or(0).clamp(0, len as i64) as usize;
    let (start, end) = (clip(&get("start")?), clip(&get("end")?));
    // CPython keeps the start inside the object and the end behind its first item.
    let start = if start == len && len > 0 { len - 1 } else { start };
    let end = end.max(1).min(len);
    Ok((object, start, end))
}

fn handle(t: Attached<'_>, a: &[Value], builtin: Builtin) -> PyResult {
    let exception = &a[0];
    if builtin == Builtin::Strict {
        if x::as_exception(exception).is_none() {
            return Err(t.type_error("codec must pass exception instance"));
        }
        return Err(t.raise_value(exception.clone()));
    }
    let answer = |text: Value, end: usize| Ok(crate::tuple::new(t, vec![text, crate::int::from_usize(t, end)]));
    let unfit = || {
        let name = type_name(t, exception);
        t.type_error(format!("don't know how to handle {name} in error callback"))
    };
    let encoding = || -> PyResult<String> { Ok(str::display(&crate::attr::get_by_name(t, exception, "encoding")?)) };
    let encode = x::UnicodeEncodeError.check(t, exception);
    let translate = x::UnicodeTranslateError.check(t, exception);
    if encode || translate {
        let (object, start, end) = piece(t, exception, |v| as_str(v).map(|s| s.char_len()))?;
        let Some(s) = as_str(&object) else { return Err(unfit()) };
        if translate {
            let text = match builtin {
                Builtin::Ignore => Wtf8Buf::new(),
                Builtin::Replace => (start..end).map(|_| orochi_text::CodePoint::REPLACEMENT).collect(),
                Builtin::BackslashReplace => match builtin.handle_encode("", s.wtf8(), s.byte_of(start), s.byte_of(end.max(start))) {
                    Some((Replacement::Text(text), _)) => text,
                    _ => return Err(unfit()),
                },
                _ => return Err(unfit()),
            };
            return answer(str::from_buf(t, text), end);
        }
        return match builtin.handle_encode(&encoding()?, s.wtf8(), s.byte_of(start), s.byte_of(end.max(start))) {
            Some((Replacement::Text(text), _)) => answer(str::try_from_wtf8(t, &text)?, end),
            Some((Replacement::Bytes(b), _)) => answer(bytes::try_new(t, &b)?, end),
            None => Err(t.raise_value(exception.clone())),
        };
    }
    if x::UnicodeDecodeError.check(t, exception) {
        if matches!(builtin, Builtin::XmlCharRefReplace | Builtin::NameReplace) {
            return Err(unfit());
        }
        let (object, start, end) = piece(t, exception, |v| bytes::as_bytes(v).map(<[u8]>::len))?;
        let Some(input) = bytes::as_bytes(&object) else { return Err(unfit()) };
        return match builtin.handle_decode(&encoding()?, input, start, end.max(start)) {
            Some((text, at)) => answer(str::try_from_wtf8(t, &text)?, at),
            None => Err(t.raise_value(exception.clone())),
        };
    }
    Err(unfit())
}
