//! Reading of JSON strings.

use orochi_objects::{Attached, PyResult, Value, int, protocol, str, tuple};
use orochi_text::wtf8::{CodePoint, Wtf8, Wtf8Buf};

use super::{decode_error, part};

/// What a scan of a string found.
pub(super) enum Scanned<'a> {
    /// Text without escapes, in place.
    Plain(&'a Wtf8),
    /// Text that had to be put together.
    Built(Wtf8Buf),
}

impl Scanned<'_> {
    pub(super) fn text(&self) -> &Wtf8 {
        match self {
            Scanned::Plain(s) => s,
            Scanned::Built(s) => s,
        }
    }
}

/// A mistake at a byte offset (-1: before the text).
pub(super) struct Mistake {
    pub(super) message: &'static str,
    pub(super) at: i64,
}

fn four_digits(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..at + 4)?;
    digits.iter().try_fold(0, |n, &d| Some(n << 4 | (d as char).to_digit(16)?))
}

/// Reads a string from the byte after its opening quote; gives the text and the byte after the
/// closing quote.
pub(super) fn scan(text: &Wtf8, start: usize, strict: bool) -> Result<(Scanned<'_>, usize), Mistake> {
    let bytes = text.as_bytes();
    let unterminated = Mistake { message: "Unterminated string starting at", at: start as i64 - 1 };
    let mut out: Option<Wtf8Buf> = None;
    let mut i = start;
    loop {
        let from = i;
        let Some(n) = bytes[i..].iter().position(|&b| b == b'"' || b == b'\\' || b < 0x20 && strict) else {
            return Err(unterminated);
        };
        i += n;
        let piece = part(text, from, i);
        match bytes[i] {
            b'"' => {
                let scanned = match out {
                    None => Scanned::Plain(piece),
                    Some(mut out) => {
                        out.push_wtf8(piece);
                        Scanned::Built(out)
                    }
                };
                return Ok((scanned, i + 1));
            }
            b'\\' => {}
            _ => return Err(Mistake { message: "Invalid control character at", at: i as i64 }),
        }
        let out = out.get_or_insert_with(Wtf8Buf::new);
        out.push_wtf8(piece);
        let Some(&escape) = bytes.get(i + 1) else { return Err(unterminated) };
        i += 2;
        let plain = match escape {
            b'"' => b'"',
            b'\\' => b'\\',
            b'/' => b'/',
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                // A closing quote must follow the digits, so the text cannot end with them.
                let bad = Mistake { message: "Invalid \\uXXXX escape", at: i as i64 - 1 };
                if i + 4 >= bytes.len() {
                    return Err(bad);
                }
                let Some(mut c) = four_digits(bytes, i) else { return Err(bad) };
                i += 4;
                if (0xd800..0xdc00).contains(&c) && i + 6 < bytes.len() && bytes[i..].starts_with(b"\\u") {
                    let Some(low) = four_digits(bytes, i + 2) else {
                        return Err(Mistake { message: "Invalid \\uXXXX escape", at: i as i64 + 1 });
                    };
                    if (0xdc00..0xe000).contains(&low) {
                        c = 0x10000 + (((c - 0xd800) << 10) | (low - 0xdc00));
                        i += 6;
                    }
                }
                if let Some(c) = CodePoint::new(c) {
                    out.push(c);
                }
                continue;
            }
            _ => return Err(Mistake { message: "Invalid \\escape", at: i as i64 - 2 }),
        };
        out.push_ascii(plain);
    }
}

/// `scanstring(string, end, strict=True)`.
pub(super) fn scanstring(t: Attached<'_>, a: &[Value]) -> PyResult {
    let s = super::text(t, &a[0])?;
    let end = protocol::as_size(t, &a[1])?;
    let strict = match a[2].given() {
        Some(v) => protocol::truth(t, v)?,
        None => true,
    };
    let start = usize::try_from(end).ok().filter(|&n| n <= s.char_len());
    let Some(start) = start.and_then(|n| if s.is_ascii() { Some(n) } else { s.wtf8().byte_offset(n) }) else {
        return Err(t.value_error("end is out of bounds"));
    };
    match scan(s.wtf8(), start, strict) {
        Ok((found, next)) => {
            let text = str::try_from_wtf8(t, found.text())?;
            Ok(tuple::new(t, vec![text, int::from_usize(t, super::chars_before(s, next))]))
        }
        Err(m) => Err(raise(t, &a[0], s, &m)),
    }
}

/// The mistake as JSONDecodeError.
#[cold]
pub(super) fn raise(t: Attached<'_>, document: &Value, s: &str::PyStr, m: &Mistake) -> orochi_objects::Raised {
    let at = if m.at < 0 { m.at } else { super::chars_before(s, m.at as usize) as i64 };
    decode_error(t, m.message, document, at)
}
