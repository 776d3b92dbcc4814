//! `charmap_encode`, `charmap_decode`, `charmap_build`: codecs over a mapping.

use orochi_heap::{Payload, Value, payload};
use orochi_objects::codecs::{Input, ObjectHandler};
use orochi_objects::spec::{TypeSpec, flags};
use orochi_objects::type_::type_name;
use orochi_objects::{Attached, Method, PyResult, bytes, dict, exception, int, protocol, str};
use orochi_text::codecs as text;
use orochi_text::{CodePoint, Wtf8Buf};

use super::{data, encoded, errors, pair};

/// The body of an `EncodingMap`: a decoding table turned round.
pub struct PyEncodingMap {
    table: text::CharmapTable,
}

impl Payload for PyEncodingMap {
    payload!(PyEncodingMap, "EncodingMap");
    const CYCLIC: bool = false;
}

/// `EncodingMap`.
pub static ENCODING_MAP: TypeSpec = TypeSpec::new::<PyEncodingMap>("EncodingMap")
    .flags(flags::NO_NEW)
    .methods(&[Method::new("size", "($self, /)", |t, _| Ok(int::from_usize(t, size_of::<PyEncodingMap>())), "Bytes in memory.")]);

/// The character that means "undefined" in answers of a decoding mapping.
const UNDEFINED: u32 = 0xFFFE;

pub(super) fn build(t: Attached<'_>, a: &[Value]) -> PyResult {
    let table = str::expect(t, &a[0], "charmap_build() argument")?;
    let mut chars = table.wtf8().chars().take(256).map(CodePoint::to_u32);
    // A table whose first character alone is NUL gets the compact form; others become a dict, as in CPython.
    if chars.next() == Some(0) && chars.all(|c| c != 0 && c <= 0xFFFF) {
        return Ok(ENCODING_MAP.alloc(t, PyEncodingMap { table: text::CharmapTable::new(table.wtf8()) }));
    }
    let out = dict::new(t);
    for (byte, c) in table.wtf8().chars().take(256).enumerate() {
        dict::set(t, &out, &Value::i32(c.to_u32() as i32), Value::i32(byte as i32))?;
    }
    Ok(out)
}

/// The answer of a mapping for a number, `None` if it has none.
fn answer(t: Attached<'_>, mapping: &Value, n: u32) -> PyResult<Option<Value>> {
    match protocol::get_item(t, mapping, &Value::i32(n as i32)) {
        Ok(v) if v.is_none() => Ok(None),
        Ok(v) => Ok(Some(v)),
        Err(e) => {
            drop(t.catch(e, &exception::LookupError)?);
            Ok(None)
        }
    }
}

pub(super) fn encode(t: Attached<'_>, a: &[Value]) -> PyResult {
    encoded(t, a, "charmap_encode", |s, handler| {
        let mapping = match a[2].given() {
            Some(v) if !v.is_none() => v,
            _ => return text::latin1_encode(s, handler),
        };
        if let Some(map) = mapping.payload::<PyEncodingMap>() {
            return map.table.encode(s, handler);
        }
        let byte_of = |c: CodePoint, out: &mut Vec<u8>| {
            let Some(v) = answer(t, mapping, c.to_u32())? else { return Ok(false) };
            if let Some(bytes) = bytes::as_bytes(&v) {
                out.extend_from_slice(bytes);
            } else if int::is_int(&v) {
                match int::as_i64(&v).and_then(|n| u8::try_from(n).ok()) {
                    Some(byte) => out.push(byte),
                    None => return Err(t.type_error("character mapping must be in range(256)")),
                }
            } else {
                let wrong = type_name(t, &v);
                return Err(t.type_error(format!("character mapping must return integer, bytes or None, not {wrong}")));
            }
            Ok(true)
        };
        text::charmap_encode(s, byte_of, handler)
    })
}

pub(super) fn decode(t: Attached<'_>, a: &[Value]) -> PyResult {
    let errors = errors(t, a, "charmap_decode")?;
    let input = data(t, &a[0])?;
    let mut handler = ObjectHandler::new(t, errors, Input::Bytes(&input));
    let out = match a[2].given() {
        Some(v) if !v.is_none() => match str::as_str(v) {
            Some(table) => text::charmap_table_decode(&input, table.wtf8(), &mut handler)?.text,
            None => {
                let map = |byte: u8| match answer(t, v, u32::from(byte))? {
                    Some(found) => text_of(t, &found),
                    None => Ok(None),
                };
                text::charmap_decode(&input, map, &mut handler)?.text
            }
        },
        _ => text::latin1_decode(&input),
    };
    pair(t, str::try_from_wtf8(t, &out)?, input.len())
}

/// What a decoding mapping's answer means.
fn text_of(t: Attached<'_>, v: &Value) -> PyResult<Option<Wtf8Buf>> {
    if int::is_int(v) {
        let c = int::as_i64(v).and_then(|n| u32::try_from(n).ok()).and_then(CodePoint::new);
        return match c {
            Some(c) if c.to_u32() == UNDEFINED => Ok(None),
            Some(c) => Ok(Some(c.into())),
            None => Err(t.type_error("character mapping must be in range(0x110000)")),
        };
    }
    match str::as_str(v) {
        Some(s) if s.char_len() == 1 && s.char_at(0) == Some(UNDEFINED) => Ok(None),
        Some(s) => Ok(Some(s.wtf8().chars().collect())),
        None => Err(t.type_error("character mapping must return integer, None or str")),
    }
}
