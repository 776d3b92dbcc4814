//! UnicodeDecodeError, UnicodeEncodeError, UnicodeTranslateError: what could not be coded, and where.

use orochi_heap::Value;

use super::{PyException, fields, methods};
use crate::args::Args;
use crate::slots::Def;
use crate::spec::{GetSet, TypeSpec, flags};
use crate::thread::{Attached, PyResult};
use crate::type_::type_name;

const ENCODING: usize = 0;
const OBJECT: usize = 1;
const START: usize = 2;
const END: usize = 3;
const REASON: usize = 4;

const GETSET: &[GetSet] = &[
    GetSet::write("encoding", fields::get::<ENCODING>, fields::set::<ENCODING>, "exception encoding"),
    GetSet::write("object", fields::get::<OBJECT>, fields::set::<OBJECT>, "exception object"),
    GetSet::write("start", get_number::<START>, set_number::<START>, "exception start"),
    GetSet::write("end", get_number::<END>, set_number::<END>, "exception end"),
    GetSet::write("reason", fields::get::<REASON>, fields::set::<REASON>, "exception reason"),
];

pub(super) const fn decode_type(spec: TypeSpec) -> TypeSpec {
    spec.flags(flags::SOLID).slots(&[Def::Init(decode_init), Def::Str(decode_str)]).getset(GETSET)
}
pub(super) const fn encode_type(spec: TypeSpec) -> TypeSpec {
    spec.flags(flags::SOLID).slots(&[Def::Init(encode_init), Def::Str(encode_str)]).getset(GETSET)
}
pub(super) const fn translate_type(spec: TypeSpec) -> TypeSpec {
    spec.flags(flags::SOLID).slots(&[Def::Init(translate_init), Def::Str(translate_str)]).getset(GETSET)
}

fn get_number<const I: usize>(t: Attached<'_>, this: &Value) -> PyResult {
    let v = methods::body(t, this)?.fields.get(I);
    Ok(if v.is_unbound() { Value::i32(0) } else { v })
}
fn set_number<const I: usize>(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    let Some(v) = value else { return Err(t.type_error("can't delete numeric/char attribute")) };
    let n = crate::protocol::as_size(t, v)?;
    methods::body(t, this)?.fields.set(I, crate::int::new(t, n as i64));
    Ok(())
}

/// Base initialisation, and the number of arguments.
fn begin<'a, 'v>(t: Attached<'_>, this: &'v Value, args: &Args<'a>, n: usize) -> PyResult<(&'v PyException, &'a [Value])> {
    args.no_keywords(t, &type_name(t, this))?;
    let a = args.positional();
    let e = methods::body(t, this)?;
    e.args.set(crate::tuple::from_slice(t, a));
    if a.len() != n {
        return Err(t.type_error(format!("function takes exactly {n} arguments ({} given)", a.len())));
    }
    Ok((e, a))
}

fn need_str(t: Attached<'_>, v: &Value, number: usize) -> PyResult {
    if crate::str::is_str(v) {
        return Ok(v.clone());
    }
    Err(t.type_error(format!("argument {number} must be str, not {}", crate::args::type_word(t, v))))
}
fn number(t: Attached<'_>, v: &Value) -> PyResult {
    Ok(crate::int::new(t, crate::protocol::as_size(t, v)? as i64))
}

fn fill(e: &PyException, values: [Value; 5]) {
    for (i, v) in values.into_iter().enumerate() {
        e.fields.set(i, v);
    }
}

fn decode_init(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    let (e, a) = begin(t, this, &args, 5)?;
    let encoding = need_str(t, &a[0], 1)?;
    let (start, end) = (number(t, &a[2])?, number(t, &a[3])?);
    let reason = need_str(t, &a[4], 5)?;
    let object = if crate::bytes::as_bytes(&a[1]).is_some() {
        a[1].clone()
    } else {
        let buffer = crate::buffer::get(t, &a[1], false)?;
        crate::bytes::try_new(t, &buffer.to_vec())?
    };
    fill(e, [encoding, object, start, end, reason]);
    Ok(())
}
fn encode_init(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    let (e, a) = begin(t, this, &args, 5)?;
    let encoding = need_str(t, &a[0], 1)?;
    let object = need_str(t, &a[1], 2)?;
    let (start, end) = (number(t, &a[2])?, number(t, &a[3])?);
    let reason = need_str(t, &a[4], 5)?;
    fill(e, [encoding, object, start, end, reason]);
    Ok(())
}
fn translate_init(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    let (e, a) = begin(t, this, &args, 4)?;
    let object = need_str(t, &a[0], 1)?;
    let (start, end) = (number(t, &a[1])?, number(t, &a[2])?);
    let reason = need_str(t, &a[3], 4)?;
    fill(e, [Value::unbound(), object, start, end, reason]);
    Ok(())
}

/// Encoding, range (clamped to the object) and reason, for the message. `None`: not initialised.
fn parts(t: Attached<'_>, e: &PyException, len: usize) -> PyResult<(String, usize, usize, String)> {
    let text = |i: usize| crate::protocol::str(t, &e.field_or_none(i)).map(|s| crate::str::display(&s));
    let at = |i: usize| crate::int::as_i64(&e.fields.get(i)).unwrap_or(0);
    let start = at(START).clamp(0, (len as i64 - 1).max(0));
    let end = at(END).clamp(1.min(len as i64), (len as i64).max(1)).max(0);
    Ok((text(ENCODING)?, start as usize, end as usize, text(REASON)?))
}

fn escape(c: u32) -> String {
    match c {
        0..0x100 => format!("\\x{c:02x}"),
        0x100..0x1_0000 => format!("\\u{c:04x}"),
        _ => format!("\\U{c:08x}"),
    }
}

fn last(end: usize) -> i64 {
    end as i64 - 1
}

fn decode_str(t: Attached<'_>, this: &Value) -> PyResult {
    let e = methods::body(t, this)?;
    let object = e.fields.get(OBJECT);
    let Some(bytes) = crate::bytes::as_bytes(&object) else { return Ok(crate::str::empty(t)) };
    let (encoding, start, end, reason) = parts(t, e, bytes.len())?;
    let text = match bytes.get(start) {
        Some(byte) if end == start + 1 => {
            format!("'{encoding}' codec can't decode byte 0x{byte:02x} in position {start}: {reason}")
        }
        _ => format!("'{encoding}' codec can't decode bytes in position {start}-{}: {reason}", last(end)),
    };
    Ok(crate::str::from_string(t, text))
}

/// The character at a place of the object, if the range is just that one.
fn one_character(object: &Value, start: usize, end: usize) -> Option<u32> {
    if end != start + 1 {
        return None;
    }
    crate::str::wtf8(object)?.chars().nth(start).map(|c| c.to_u32())
}

fn encode_str(t: Attached<'_>, this: &Value) -> PyResult {
    let e = methods::body(t, this)?;
    let object = e.fields.get(OBJECT);
    let Some(s) = crate::str::as_str(&object) else { return Ok(crate::str::empty(t)) };
    let (encoding, start, end, reason) = parts(t, e, s.char_len())?;
    let text = match one_character(&object, start, end) {
        Some(c) => format!("'{encoding}' codec can't encode character '{}' in position {start}: {reason}", escape(c)),
        None => format!("'{encoding}' codec can't encode characters in position {start}-{}: {reason}", last(end)),
    };
    Ok(crate::str::from_string(t, text))
}

fn translate_str(t: Attached<'_>, this: &Value) -> PyResult {
    let e = methods::body(t, this)?;
    let object = e.fields.get(OBJECT);
    let Some(s) = crate::str::as_str(&object) else { return Ok(crate::str::empty(t)) };
    let (_, start, end, reason) = parts(t, e, s.char_len())?;
    let text = match one_character(&object, start, end) {
        Some(c) => format!("can't translate character '{}' in position {start}: {reason}", escape(c)),
        None => format!("can't translate characters in position {start}-{}: {reason}", last(end)),
    };
    Ok(crate::str::from_string(t, text))
}
