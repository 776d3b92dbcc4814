//! UTF-7 (RFC 2152): ASCII, and `+`…`-` sections with UTF-16 in base 64.

use super::{Decoded, ErrorHandler, decode_error};
use crate::wtf8::{CodePoint, Wtf8, Wtf8Buf};

const NAME: &str = "utf7";
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn from_base64(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

/// Whether the encoder writes the character as itself: the RFC's sets D and O, and white space.
fn is_direct(c: CodePoint) -> bool {
    match c.to_u32() {
        v @ 0x20..0x7F => !matches!(v as u8, b'+' | b'\\' | b'~'),
        0x09 | 0x0A | 0x0D => true,
        _ => false,
    }
}

/// A section in base 64 that is being read.
struct Section {
    /// Where its `+` stands.
    start: usize,
    /// Length of the text before it.
    text_before: usize,
    /// Bits read and not used, and how many.
    buffer: u32,
    bits: u32,
    /// A high surrogate that waits for the low one.
    high: Option<CodePoint>,
}

impl Section {
    /// Takes six bits; with sixteen there is a unit.
    fn push(&mut self, sextet: u32, out: &mut Wtf8Buf) {
        self.buffer = self.buffer << 6 | sextet;
        self.bits += 6;
        if self.bits < 16 {
            return;
        }
        self.bits -= 16;
        let unit = self.buffer >> self.bits & 0xFFFF;
        self.buffer &= (1 << self.bits) - 1;
        if let Some(high) = self.high.take() {
            if let 0xDC00..=0xDFFF = unit {
                out.extend(CodePoint::new(
                    0x10000 + ((high.to_u32() & 0x3FF) << 10) + (unit & 0x3FF),
                ));
                return;
            }
            out.push(high);
        }
        match CodePoint::new(unit) {
            high @ Some(_) if matches!(unit, 0xD800..=0xDBFF) => self.high = high,
            c => out.extend(c),
        }
    }
}

/// Bytes to text.
pub fn utf7_decode<H: ErrorHandler + ?Sized>(
    input: &[u8],
    finished: bool,
    handler: &mut H,
) -> Result<Decoded, H::Error> {
    let mut out = Wtf8Buf::with_capacity(input.len());
    let mut at = 0;
    let mut section: Option<Section> = None;
    loop {
        let Some(&byte) = input.get(at) else {
            let Some(open) = section.take() else {
                return Ok(Decoded {
                    text: out,
                    consumed: at,
                });
            };
            if !finished {
                // All of the section is read again next time.
                out.truncate(open.text_before);
                return Ok(Decoded {
                    text: out,
                    consumed: open.start,
                });
            }
            if open.high.is_some() || open.bits >= 6 || open.buffer != 0 {
                let span = (open.start, input.len());
                at = decode_error(
                    handler,
                    NAME,
                    input,
                    span,
                    "unterminated shift sequence",
                    &mut out,
                )?;
            }
            continue;
        };
        if let Some(open) = &mut section {
            if let Some(sextet) = from_base64(byte) {
                open.push(sextet, &mut out);
                at += 1;
                continue;
            }
            let (start, bits, buffer, high) = (open.start, open.bits, open.buffer, open.high);
            section = None;
            let reason = match (bits, buffer) {
                (6.., _) => Some("partial character in shift sequence"),
                (_, 1..) => Some("non-zero padding bits in shift sequence"),
                _ => None,
            };
            if let Some(reason) = reason {
                at = decode_error(handler, NAME, input, (start, at + 1), reason, &mut out)?;
                continue;
            }
            if byte < 0x80 {
                out.extend(high);
            }
            // The closing hyphen belongs to the section; anything else closes it and stays.
            at += (byte == b'-') as usize;
            continue;
        }
        match (byte, input.get(at + 1)) {
            (b'+', Some(b'-')) => {
                out.push_ascii(b'+');
                at += 2;
            }
            (b'+', Some(&next)) if from_base64(next).is_none() => {
                at = decode_error(
                    handler,
                    NAME,
                    input,
                    (at, at + 2),
                    "ill-formed sequence",
                    &mut out,
                )?;
            }
            (b'+', _) => {
                section = Some(Section {
                    start: at,
                    text_before: out.len(),
                    buffer: 0,
                    bits: 0,
                    high: None,
                });
                at += 1;
            }
            (0..0x80, _) => {
                out.push_ascii(byte);
                at += 1;
            }
            _ => {
                at = decode_error(
                    handler,
                    NAME,
                    input,
                    (at, at + 1),
                    "unexpected special character",
                    &mut out,
                )?
            }
        }
    }
}

/// Text to bytes; surrogates are units like others, so there are no errors.
pub fn utf7_encode(input: &Wtf8) -> Vec<u8> {
    let mut out = Vec::with_capacity(input.len());
    let mut shifted = false;
    let (mut buffer, mut bits) = (0u32, 0u32);
    let digit = |value: u32| BASE64[(value & 63) as usize];
    for c in input.chars() {
        if is_direct(c) {
            let byte = c.to_u32() as u8;
            if shifted {
                if bits > 0 {
                    out.push(digit(buffer << (6 - bits)));
                    (buffer, bits) = (0, 0);
                }
                shifted = false;
                // Other characters end the section by themselves.
                if from_base64(byte).is_some() || byte == b'-' {
                    out.push(b'-');
                }
            }
            out.push(byte);
            continue;
        }
        if !shifted {
            out.push(b'+');
            if c == '+' {
                out.push(b'-');
                continue;
            }
            shifted = true;
        }
        let v = c.to_u32();
        let units = match v {
            0..0x10000 => [None, Some(v)],
            _ => [
                Some(0xD800 + ((v - 0x10000) >> 10)),
                Some(0xDC00 + (v & 0x3FF)),
            ],
        };
        for unit in units.into_iter().flatten() {
            buffer = buffer << 16 | unit;
            bits += 16;
            while bits >= 6 {
                bits -= 6;
                out.push(digit(buffer >> bits));
            }
            buffer &= (1 << bits) - 1;
        }
    }
    if bits > 0 {
        out.push(digit(buffer << (6 - bits)));
    }
    if shifted {
        out.push(b'-');
    }
    out
}
