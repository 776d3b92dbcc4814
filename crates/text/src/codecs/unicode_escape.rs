//! The codecs `unicode_escape` and `raw_unicode_escape`: text as it is written in Python source.

use super::{Decoded, ErrorHandler, decode_error};
use crate::repr::{push_escape, push_hex_escape};
use crate::unicode;
use crate::wtf8::{CodePoint, Wtf8, Wtf8Buf};

/// An escape that Python warns about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidEscape {
    /// A backslash before a byte that means nothing after one; both were kept.
    Unknown {
        /// Offset of the backslash.
        at: usize,
        /// The byte after it.
        byte: u8,
    },
    /// An octal escape above `\377`.
    Octal {
        /// Offset of the backslash.
        at: usize,
        /// Its value.
        value: u16,
    },
}

/// Decoded text, and the first escape to warn about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unescaped {
    /// The text.
    pub text: Wtf8Buf,
    /// How many bytes of the input it stands for.
    pub consumed: usize,
    /// The warning is `DeprecationWarning`, in source code `SyntaxWarning`.
    pub first_invalid: Option<InvalidEscape>,
}

/// What is at a backslash.
enum Escape {
    Char(CodePoint),
    /// Nothing: backslash and line end.
    Skip,
    /// The input ends inside the escape.
    Incomplete(&'static str),
    /// Not an escape up to the offset.
    Bad(usize, &'static str),
    /// The backslash and the next byte stand for themselves.
    Unknown(u8),
}

/// Reads `count` hexadecimal digits at `at`: the value, or the offset of what is none.
fn hex_digits(input: &[u8], at: usize, count: usize) -> Result<u32, usize> {
    (at..at + count).try_fold(0, |value: u32, at| {
        let digit = input
            .get(at)
            .and_then(|&b| (b as char).to_digit(16))
            .ok_or(at)?;
        Ok(value << 4 | digit)
    })
}

/// The character of `count` digits at `at`, or why not.
fn hex_escape(
    input: &[u8],
    at: usize,
    count: usize,
    truncated: &'static str,
    too_large: &'static str,
) -> (Escape, usize) {
    match hex_digits(input, at, count) {
        Ok(value) => match CodePoint::new(value) {
            Some(c) => (Escape::Char(c), at + count),
            None => (Escape::Bad(at + count, too_large), at + count),
        },
        Err(end) if end >= input.len() => (Escape::Incomplete(truncated), end),
        Err(end) => (Escape::Bad(end, truncated), end),
    }
}

/// `{NAME}` at `at`.
fn named(input: &[u8], at: usize) -> (Escape, usize) {
    const MALFORMED: &str = "malformed \\N character escape";
    match input.get(at) {
        None => return (Escape::Incomplete(MALFORMED), at),
        Some(b'{') => {}
        Some(_) => return (Escape::Bad(at, MALFORMED), at),
    }
    let start = at + 1;
    let Some(len) = memchr::memchr(b'}', &input[start..]) else {
        return (Escape::Incomplete(MALFORMED), input.len());
    };
    if len == 0 {
        return (Escape::Bad(start, MALFORMED), start);
    }
    let end = start + len + 1;
    match std::str::from_utf8(&input[start..start + len])
        .ok()
        .and_then(unicode::lookup)
    {
        Some(c) => (Escape::Char(c), end),
        None => (Escape::Bad(end, "unknown Unicode character name"), end),
    }
}

/// Reads the escape whose backslash is at `at`; also returns where it ends.
fn escape(input: &[u8], at: usize) -> (Escape, usize) {
    const ILLEGAL: &str = "illegal Unicode character";
    let Some(&kind) = input.get(at + 1) else {
        return (Escape::Incomplete("\\ at end of string"), at + 1);
    };
    let next = at + 2;
    let byte = match kind {
        b'\n' => return (Escape::Skip, next),
        b'\\' | b'\'' | b'"' => kind,
        b'a' => 0x07,
        b'b' => 0x08,
        b't' => b'\t',
        b'n' => b'\n',
        b'v' => 0x0B,
        b'f' => 0x0C,
        b'r' => b'\r',
        b'0'..=b'7' => {
            let digits = input[at + 1..]
                .iter()
                .take(3)
                .take_while(|b| matches!(b, b'0'..=b'7'));
            let (value, count) =
                digits.fold((0u32, 0), |(v, n), b| (v << 3 | u32::from(b - b'0'), n + 1));
            let c = CodePoint::new(value).unwrap_or(CodePoint::REPLACEMENT);
            return (Escape::Char(c), at + 1 + count);
        }
        b'x' => return hex_escape(input, next, 2, "truncated \\xXX escape", ILLEGAL),
        b'u' => return hex_escape(input, next, 4, "truncated \\uXXXX escape", ILLEGAL),
        b'U' => return hex_escape(input, next, 8, "truncated \\UXXXXXXXX escape", ILLEGAL),
        b'N' => return named(input, next),
        _ => return (Escape::Unknown(kind), next),
    };
    (Escape::Char(CodePoint::from(byte)), next)
}

/// Appends bytes as Latin-1.
fn push_latin1(out: &mut Wtf8Buf, bytes: &[u8]) {
    if bytes.is_ascii() {
        // SAFETY: ASCII.
        unsafe { out.push_bytes_unchecked(bytes) }
    } else {
        out.extend(bytes.iter().map(|&b| CodePoint::from(b)));
    }
}

/// Bytes to text. Bytes outside escapes are Latin-1.
pub fn unicode_escape_decode<H: ErrorHandler + ?Sized>(
    input: &[u8],
    finished: bool,
    handler: &mut H,
) -> Result<Unescaped, H::Error> {
    let mut out = Wtf8Buf::with_capacity(input.len());
    let mut first_invalid = None;
    let mut at = 0;
    while at < input.len() {
        let plain = memchr::memchr(b'\\', &input[at..]).unwrap_or(input.len() - at);
        push_latin1(&mut out, &input[at..at + plain]);
        at += plain;
        if at == input.len() {
            break;
        }
        let (found, next) = escape(input, at);
        let (end, reason) = match found {
            Escape::Incomplete(_) if !finished => break,
            Escape::Incomplete(reason) => (next, reason),
            Escape::Bad(end, reason) => (end, reason),
            Escape::Char(c) => {
                let octal = matches!(input[at + 1], b'0'..=b'7');
                if octal && c.to_u32() > 0o377 && first_invalid.is_none() {
                    first_invalid = Some(InvalidEscape::Octal {
                        at,
                        value: c.to_u32() as u16,
                    });
                }
                out.push(c);
                at = next;
                continue;
            }
            Escape::Skip => {
                at = next;
                continue;
            }
            Escape::Unknown(byte) => {
                first_invalid = first_invalid.or(Some(InvalidEscape::Unknown { at, byte }));
                out.push_ascii(b'\\');
                out.push(CodePoint::from(byte));
                at = next;
                continue;
            }
        };
        at = decode_error(handler, "unicodeescape", input, (at, end), reason, &mut out)?;
    }
    Ok(Unescaped {
        text: out,
        consumed: at,
        first_invalid,
    })
}

/// Bytes to text; only `\u` and `\U` are escapes, and bytes outside them are Latin-1.
pub fn raw_unicode_escape_decode<H: ErrorHandler + ?Sized>(
    input: &[u8],
    finished: bool,
    handler: &mut H,
) -> Result<Decoded, H::Error> {
    const TOO_LARGE: &str = "\\Uxxxxxxxx out of range";
    let mut out = Wtf8Buf::with_capacity(input.len());
    let mut at = 0;
    while at < input.len() {
        let plain = memchr::memchr(b'\\', &input[at..]).unwrap_or(input.len() - at);
        push_latin1(&mut out, &input[at..at + plain]);
        at += plain;
        let (found, next) = match input[at..] {
            [] => break,
            [_] if !finished => break,
            [_, b'u', ..] => hex_escape(input, at + 2, 4, "truncated \\uXXXX escape", TOO_LARGE),
            [_, b'U', ..] => {
                hex_escape(input, at + 2, 8, "truncated \\UXXXXXXXX escape", TOO_LARGE)
            }
            // A backslash and whatever follows it: a second one does not begin an escape.
            _ => {
                let end = (at + 2).min(input.len());
                push_latin1(&mut out, &input[at..end]);
                at = end;
                continue;
            }
        };
        let (end, reason) = match found {
            Escape::Char(c) => {
                out.push(c);
                at = next;
                continue;
            }
            Escape::Incomplete(_) if !finished => break,
            Escape::Incomplete(reason) => (next, reason),
            Escape::Bad(end, reason) => (end, reason),
            Escape::Skip | Escape::Unknown(_) => (next, TOO_LARGE),
        };
        at = decode_error(
            handler,
            "rawunicodeescape",
            input,
            (at, end),
            reason,
            &mut out,
        )?;
    }
    Ok(Decoded {
        text: out,
        consumed: at,
    })
}

/// Text to ASCII bytes.
pub fn unicode_escape_encode(input: &Wtf8) -> Vec<u8> {
    let mut out = Wtf8Buf::with_capacity(input.len());
    for c in input.chars() {
        match c.to_u32() {
            0x5C => out.push_str("\\\\"),
            0x09 => out.push_str("\\t"),
            0x0A => out.push_str("\\n"),
            0x0D => out.push_str("\\r"),
            0x20..0x7F => out.push(c),
            _ => push_escape(&mut out, c),
        }
    }
    out.into_bytes()
}

/// Text to bytes: Latin-1 as it is, the rest escaped.
pub fn raw_unicode_escape_encode(input: &Wtf8) -> Vec<u8> {
    let mut out = Vec::with_capacity(input.len());
    let mut text = Wtf8Buf::new();
    for c in input.chars() {
        match c.to_u32() {
            v @ 0..0x100 => out.push(v as u8),
            v => {
                text.clear();
                let (kind, digits) = if v < 0x10000 { ('u', 4) } else { ('U', 8) };
                push_hex_escape(&mut text, kind, v, digits);
                out.extend_from_slice(text.as_bytes());
            }
        }
    }
    out
}
