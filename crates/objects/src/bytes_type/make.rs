//! What `bytes(...)` and `bytearray(...)` accept, and text to bytes and back.

use orochi_heap::Value;

use super::flavor::byte_arg;
use crate::args::{Args, Signature};
use crate::buffer;
use crate::exception::TypeError;
use crate::thread::{Attached, PyResult, Raised};
use crate::type_::{class_of, type_name};

/// What the arguments of a constructor gave.
pub(crate) enum Source {
    /// A `bytes` object, which may be the result itself.
    Object(Value),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// Reads `(source, encoding, errors)` of the constructor of type `name`; `item` is what a member out
/// of range is called. `special`: whether `__bytes__` is asked.
pub(crate) fn from_args(t: Attached<'_>, name: &str, item: &str, special: bool, args: Args<'_>) -> PyResult<Source> {
    let given = args.all().len();
    if given > 3 {
        return Err(t.type_error(format!("{name}() takes at most 3 arguments ({given} given)")));
    }
    if let ([one], []) = (args.all(), args.names()) {
        return from_object(t, name, item, special, one);
    }
    let signature = Signature::parse("(source=None, encoding=None, errors=None)");
    signature.call(t, name, args, |a| {
        for (v, what) in [(&a[1], "encoding"), (&a[2], "errors")] {
            if let Some(v) = v.given()
                && !crate::str::is_str(v)
            {
                return Err(t.type_error(format!("{name}() argument '{what}' must be str, not {}", type_name(t, v))));
            }
        }
        let (encoding, errors) = (a[1].given(), a[2].given());
        let source = a[0].given();
        match (source, encoding, errors) {
            (Some(s), Some(_), _) if crate::str::is_str(s) => Ok(Source::Bytes(encode(t, s, encoding, errors)?)),
            (_, Some(_), _) => Err(t.type_error("encoding without a string argument")),
            (Some(s), None, Some(_)) if crate::str::is_str(s) => Err(t.type_error("string argument without an encoding")),
            (_, None, Some(_)) => Err(t.type_error("errors without a string argument")),
            (Some(s), None, None) => from_object(t, name, item, special, s),
            (None, None, None) => Ok(Source::Bytes(Vec::new())),
        }
    })
}

fn from_object(t: Attached<'_>, name: &str, item: &str, special: bool, v: &Value) -> PyResult<Source> {
    if special {
        if crate::bytes::TYPE.is_exact(t, v) {
            return Ok(Source::Object(v.clone()));
        }
        if let Some(r) = crate::protocol::call_special(t, v, &t.names().__bytes__, &[])? {
            if crate::bytes::as_bytes(&r).is_none() {
                return Err(t.type_error(format!("__bytes__ returned non-bytes (type {})", type_name(t, &r))));
            }
            return Ok(Source::Object(r));
        }
    }
    if crate::str::is_str(v) {
        return Err(t.type_error("string argument without an encoding"));
    }
    if class_of(t, v).slots.index().is_some() {
        match crate::protocol::as_size(t, v) {
            Ok(n) => {
                let Ok(n) = usize::try_from(n) else { return Err(t.value_error("negative count")) };
                let mut zeros = Vec::new();
                if zeros.try_reserve_exact(n).is_err() {
                    return Err(t.memory_error());
                }
                zeros.resize(n, 0);
                return Ok(Source::Bytes(zeros));
            }
            // A type whose `__index__` refuses may still be iterable.
            Err(e) => drop(t.catch(e, &TypeError)?),
        }
    }
    collect(t, v, item, || t.type_error(format!("cannot convert '{}' object to {name}", type_name(t, v)))).map(Source::Bytes)
}

/// The bytes of a buffer or of an iterable of ints. `refuse` makes the error for other values.
pub(crate) fn collect(t: Attached<'_>, v: &Value, item: &str, refuse: impl FnOnce() -> Raised) -> PyResult<Vec<u8>> {
    if buffer::is_exporter(t, v) {
        let buffer = buffer::get_full(t, v, false)?;
        return match &buffer.shape {
            Some(shape) if !shape.is_c_contiguous() => Ok(gather_from(&*buffer.memory, shape)),
            _ => {
                drop(buffer);
                Ok(buffer::get(t, v, false)?.to_vec())
            }
        };
    }
    let plain = crate::list::TYPE.is_exact(t, v) || crate::tuple::TYPE.is_exact(t, v);
    if plain {
        let members = crate::protocol::collect(t, v)?;
        return members.iter().map(|member| byte_arg(t, member, item)).collect();
    }
    if !crate::protocol::is_iterable(t, v) {
        return Err(refuse());
    }
    let mut out = Vec::new();
    let hint = crate::protocol::length_hint(t, v, 64)?;
    if out.try_reserve(hint.min(1 << 20)).is_err() {
        return Err(t.memory_error());
    }
    crate::protocol::for_each(t, v, |member| {
        let b = byte_arg(t, &member, item)?;
        if out.try_reserve(1).is_err() {
            return Err(t.memory_error());
        }
        out.push(b);
        Ok(())
    })?;
    Ok(out)
}

/// The items of a buffer with gaps, in order of their indexes.
pub(crate) fn gather_from(memory: &dyn buffer::Memory, shape: &buffer::Shape) -> Vec<u8> {
    let mut out = vec![0; shape.byte_len()];
    if shape.is_c_contiguous() {
        memory.read(shape.offset, &mut out);
        return out;
    }
    let mut at = 0;
    crate::memoryview::for_each_offset(&shape.shape, &shape.strides, shape.offset as isize, &mut |offset| {
        memory.read(offset as usize, &mut out[at..at + shape.item_size]);
        at += shape.item_size;
    });
    out
}

/// Text to bytes.
pub(crate) fn encode(t: Attached<'_>, text: &Value, encoding: Option<&Value>, errors: Option<&Value>) -> PyResult<Vec<u8>> {
    let encoded = crate::codecs::encode(t, text, encoding, errors)?;
    Ok(crate::bytes::as_bytes(&encoded).unwrap_or_default().to_vec())
}

/// Bytes to text.
pub(crate) fn decode(t: Attached<'_>, bytes: &[u8], encoding: Option<&Value>, errors: Option<&Value>) -> PyResult {
    crate::codecs::decode(t, bytes, encoding, errors)
}
