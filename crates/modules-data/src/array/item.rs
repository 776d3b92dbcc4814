//! Items by typecode: sizes, bytes to values and back, with the messages that each type has.

use orochi_objects::memoryview::item::{self, Misfit};
use orochi_objects::type_::type_name;
use orochi_objects::{Attached, PyResult, Raised, Value};
use orochi_objects::{int, protocol, str};

/// Every typecode.
pub(super) const CODES: &::core::primitive::str = "bBuwhHiIlLqQfd";

/// Whether items are characters.
pub(super) fn is_text(code: u8) -> bool {
    matches!(code, b'u' | b'w')
}

/// Bytes of an item.
pub(super) fn size(code: u8) -> usize {
    if is_text(code) { 4 } else { item::size(code).unwrap_or(1) }
}

/// The value of an item.
pub(super) fn unpack(t: Attached<'_>, code: u8, bytes: &[u8]) -> PyResult {
    if is_text(code) {
        let c = bytes.try_into().map_or(0, u32::from_ne_bytes);
        if c > 0x10_FFFF {
            return Err(t.value_error(format!("character U+{c:x} is not in range [U+0000; U+10ffff]")));
        }
        return Ok(str::from_code_point(t, c));
    }
    item::unpack(t, code, bytes).unwrap_or_else(|| Err(bad_code(t)))
}

#[cold]
pub(super) fn bad_code(t: Attached<'_>) -> Raised {
    t.value_error("bad typecode (must be b, B, u, w, h, H, i, I, l, L, q, Q, f or d)")
}

/// The bytes of a value; the first [`size`] of them count.
pub(super) fn pack(t: Attached<'_>, code: u8, v: &Value) -> PyResult<[u8; 8]> {
    let mut out = [0; 8];
    if is_text(code) {
        let Some(s) = str::as_str(v) else {
            let given = type_name(t, v);
            return Err(t.type_error(format!("array item must be a unicode character, not {given}")));
        };
        let mut chars = s.wtf8().chars();
        let (Some(c), None) = (chars.next(), chars.next()) else {
            let n = s.char_len();
            return Err(t.type_error(format!("array item must be a unicode character, not a string of length {n}")));
        };
        out[..4].copy_from_slice(&c.to_u32().to_ne_bytes());
        return Ok(out);
    }
    match item::pack(t, code, v, &mut out[..size(code)]) {
        Ok(()) => Ok(out),
        Err(Misfit::Raised(e)) => Err(e),
        Err(Misfit::Type) if matches!(code, b'f' | b'd') => {
            Err(t.type_error(format!("must be real number, not {}", type_name(t, v))))
        }
        Err(Misfit::Type) => Err(protocol::as_index(t, v).err().unwrap_or_else(|| bad_code(t))),
        Err(Misfit::Value) => Err(out_of_range(t, code, v)),
    }
}

#[cold]
fn out_of_range(t: Attached<'_>, code: u8, v: &Value) -> Raised {
    let negative = match protocol::as_index(t, v) {
        Ok(i) => int::as_big(&i).is_some_and(|n| orochi_number::int::is_negative(&n)),
        Err(e) => return e,
    };
    let name = match code {
        b'b' => "signed char",
        b'B' => "unsigned byte integer",
        b'h' => "signed short integer",
        b'H' => "unsigned short",
        b'i' => "signed integer",
        b'I' | b'L' if negative => return t.overflow_error("can't convert negative value to unsigned int"),
        b'I' => "unsigned int",
        b'l' => return t.overflow_error("Python int too large to convert to C long"),
        b'L' => return t.overflow_error("Python int too large to convert to C unsigned long"),
        b'Q' if negative => return t.overflow_error("can't convert negative int to unsigned"),
        _ => return t.overflow_error("int too big to convert"),
    };
    let end = if negative { "less than minimum" } else { "greater than maximum" };
    t.overflow_error(format!("{name} is {end}"))
}
