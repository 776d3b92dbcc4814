//! Strings as JSON writes them.

use orochi_objects::{Attached, PyResult, Value, str};
use orochi_text::wtf8::{Wtf8, Wtf8Buf};

const HEX: &[u8; 16] = b"0123456789abcdef";

/// The short escape of an ASCII character, if it has one.
fn short(b: u8) -> Option<&'static str> {
    Some(match b {
        b'"' => "\\\"",
        b'\\' => "\\\\",
        b'\n' => "\\n",
        b'\r' => "\\r",
        b'\t' => "\\t",
        8 => "\\b",
        12 => "\\f",
        _ => return None,
    })
}

fn push_unit(out: &mut Wtf8Buf, unit: u32) {
    out.push_str("\\u");
    for shift in [12, 8, 4, 0] {
        out.push_ascii(HEX[(unit >> shift & 15) as usize]);
    }
}

/// Appends the quoted text; `ascii`: everything else escaped.
pub(super) fn push(out: &mut Wtf8Buf, text: &Wtf8, ascii: bool) {
    let bytes = text.as_bytes();
    out.push_ascii(b'"');
    let mut from = 0;
    let mut i = 0;
    while i < bytes.len() {
        let b = bytes[i];
        if (0x20..0x7f).contains(&b) && b != b'"' && b != b'\\' {
            i += 1;
            continue;
        }
        if !ascii && b >= 0x7f {
            i += 1;
            continue;
        }
        out.push_wtf8(super::part(text, from, i));
        if b < 0x80 {
            match short(b) {
                Some(escape) => out.push_str(escape),
                None => push_unit(out, u32::from(b)),
            }
            i += 1;
        } else {
            let Some(c) = text.char_at_byte(i) else { break };
            let (c, len) = (c.to_u32(), c.len());
            if c >= 0x10000 {
                push_unit(out, 0xd800 + ((c - 0x10000) >> 10));
                push_unit(out, 0xdc00 + ((c - 0x10000) & 0x3ff));
            } else {
                push_unit(out, c);
            }
            i += len;
        }
        from = i;
    }
    out.push_wtf8(super::part(text, from, bytes.len()));
    out.push_ascii(b'"');
}

fn encoded(t: Attached<'_>, v: &Value, ascii: bool) -> PyResult {
    let s = super::text(t, v)?;
    let mut out = Wtf8Buf::new();
    out.try_reserve(s.bytes().len() + 2).map_err(|_| t.memory_error())?;
    push(&mut out, s.wtf8(), ascii);
    str::try_from_wtf8(t, &out)
}

/// `encode_basestring_ascii(string)`.
pub(super) fn encode_ascii(t: Attached<'_>, a: &[Value]) -> PyResult {
    encoded(t, &a[0], true)
}
/// `encode_basestring(string)`.
pub(super) fn encode(t: Attached<'_>, a: &[Value]) -> PyResult {
    encoded(t, &a[0], false)
}
