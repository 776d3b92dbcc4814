//! `repr` and `ascii` of strings and bytes.

use crate::unicode;
use crate::wtf8::{CodePoint, Wtf8, Wtf8Buf};

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends a backslash, `kind`, and `digits` hexadecimal digits.
pub(crate) fn push_hex_escape(out: &mut Wtf8Buf, kind: char, value: u32, digits: u32) {
    out.push_ascii(b'\\');
    out.push_char(kind);
    for place in (0..digits).rev() {
        out.push_ascii(HEX[(value >> (4 * place) & 0xF) as usize]);
    }
}

/// Appends the shortest of `\xXX`, `\uXXXX` and `\UXXXXXXXX`.
pub(crate) fn push_escape(out: &mut Wtf8Buf, c: CodePoint) {
    match c.to_u32() {
        v @ 0..0x100 => push_hex_escape(out, 'x', v, 2),
        v @ 0x100..0x10000 => push_hex_escape(out, 'u', v, 4),
        v => push_hex_escape(out, 'U', v, 8),
    }
}

/// The quote Python puts around: `'`, unless that occurs and `"` does not.
fn quote_for(bytes: &[u8]) -> u8 {
    if memchr::memchr(b'\'', bytes).is_some() && memchr::memchr(b'"', bytes).is_none() {
        b'"'
    } else {
        b'\''
    }
}

/// Length of the prefix that is printable ASCII and needs no escape.
fn plain_prefix(bytes: &[u8], quote: u8) -> usize {
    let special = |b: u8| !(0x20..0x7F).contains(&b) | (b == b'\\') | (b == quote);
    // Whole blocks first, which the compiler looks at in one go.
    let blocks = bytes.chunks_exact(16).take_while(|block| !block.iter().fold(false, |found, &b| found | special(b)));
    let done = blocks.count() * 16;
    done + bytes[done..].iter().position(|&b| special(b)).unwrap_or(bytes.len() - done)
}

/// Whether `repr` of ASCII text is the text between two `'`.
#[inline]
pub fn is_plain(bytes: &[u8]) -> bool {
    plain_prefix(bytes, b'\'') == bytes.len()
}

/// Python's `repr(str)`.
pub fn repr(s: &Wtf8) -> Wtf8Buf {
    let mut out = Wtf8Buf::with_capacity(s.len() + 2);
    push_str_repr(&mut out, s, false);
    out
}

/// Python's `ascii(str)`.
pub fn ascii(s: &Wtf8) -> Wtf8Buf {
    let mut out = Wtf8Buf::with_capacity(s.len() + 2);
    push_str_repr(&mut out, s, true);
    out
}

/// Appends `repr(s)`, or `ascii(s)`.
pub fn push_str_repr(out: &mut Wtf8Buf, s: &Wtf8, ascii_only: bool) {
    let quote = quote_for(s.as_bytes());
    out.push_ascii(quote);
    let mut rest = s;
    loop {
        let plain = plain_prefix(rest.as_bytes(), quote);
        out.push_wtf8(rest.slice_to(plain));
        rest = rest.slice_from(plain);
        let mut chars = rest.chars();
        let Some(c) = chars.next() else { break };
        rest = chars.as_wtf8();
        if !push_simple_escape(out, c.to_u32(), quote) {
            if !ascii_only && !c.is_ascii() && unicode::is_printable(c) {
                out.push(c);
            } else {
                push_escape(out, c);
            }
        }
    }
    out.push_ascii(quote);
}

/// Appends the two-character escape of `value`, if it has one.
fn push_simple_escape(out: &mut Wtf8Buf, value: u32, quote: u8) -> bool {
    let letter = match value {
        0x09 => b't',
        0x0A => b'n',
        0x0D => b'r',
        0x5C => b'\\',
        v if v == u32::from(quote) => quote,
        _ => return false,
    };
    out.push_ascii(b'\\');
    out.push_ascii(letter);
    true
}

/// Python's `repr(bytes)`, all ASCII.
pub fn bytes_repr(bytes: &[u8]) -> Wtf8Buf {
    bytes_repr_quoted(bytes, quote_for(bytes))
}

/// As [`bytes_repr`], with the given quote.
pub(crate) fn bytes_repr_quoted(bytes: &[u8], quote: u8) -> Wtf8Buf {
    let mut out = Wtf8Buf::with_capacity(bytes.len() + 3);
    out.push_ascii(b'b');
    out.push_ascii(quote);
    let mut rest = bytes;
    loop {
        let plain = plain_prefix(rest, quote);
        // SAFETY: printable ASCII.
        unsafe { out.push_bytes_unchecked(&rest[..plain]) };
        rest = &rest[plain..];
        let Some((&byte, tail)) = rest.split_first() else {
            break;
        };
        rest = tail;
        if !push_simple_escape(&mut out, u32::from(byte), quote) {
            push_hex_escape(&mut out, 'x', u32::from(byte), 2);
        }
    }
    out.push_ascii(quote);
    out
}
