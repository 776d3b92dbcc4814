//! ASCII and Latin-1: one byte a character, the byte being the code point.

use super::{Decoded, ErrorHandler, Replacement, decode_error, encode_error};
use crate::wtf8::{CodePoint, Wtf8, Wtf8Buf};

/// Length of the ASCII prefix.
fn ascii_prefix(bytes: &[u8]) -> usize {
    if bytes.is_ascii() {
        bytes.len()
    } else {
        bytes.iter().position(|b| *b >= 0x80).unwrap_or(bytes.len())
    }
}

/// Bytes below 128 to text.
pub fn ascii_decode<H: ErrorHandler + ?Sized>(
    input: &[u8],
    handler: &mut H,
) -> Result<Decoded, H::Error> {
    let mut out = Wtf8Buf::with_capacity(input.len());
    let mut at = 0;
    loop {
        let plain = ascii_prefix(&input[at..]);
        // SAFETY: ASCII.
        unsafe { out.push_bytes_unchecked(&input[at..at + plain]) };
        at += plain;
        if at == input.len() {
            return Ok(Decoded {
                text: out,
                consumed: at,
            });
        }
        at = decode_error(
            handler,
            "ascii",
            input,
            (at, at + 1),
            "ordinal not in range(128)",
            &mut out,
        )?;
    }
}

/// Any bytes to text.
pub fn latin1_decode(input: &[u8]) -> Wtf8Buf {
    if input.is_ascii() {
        // SAFETY: ASCII.
        return unsafe { Wtf8Buf::from_bytes_unchecked(input.to_vec()) };
    }
    let high = input.iter().filter(|b| **b >= 0x80).count();
    let mut out = Wtf8Buf::with_capacity(input.len() + high);
    out.extend(input.iter().map(|&b| CodePoint::from(b)));
    out
}

/// Text to bytes below 128.
pub fn ascii_encode<H: ErrorHandler + ?Sized>(
    input: &Wtf8,
    handler: &mut H,
) -> Result<Vec<u8>, H::Error> {
    encode(input, 0x80, "ascii", "ordinal not in range(128)", handler)
}

/// Text to bytes.
pub fn latin1_encode<H: ErrorHandler + ?Sized>(
    input: &Wtf8,
    handler: &mut H,
) -> Result<Vec<u8>, H::Error> {
    encode(
        input,
        0x100,
        "latin-1",
        "ordinal not in range(256)",
        handler,
    )
}

/// Characters below `limit` to bytes; a run of others is one error.
fn encode<H: ErrorHandler + ?Sized>(
    input: &Wtf8,
    limit: u32,
    name: &'static str,
    reason: &'static str,
    handler: &mut H,
) -> Result<Vec<u8>, H::Error> {
    if input.is_ascii() {
        return Ok(input.as_bytes().to_vec());
    }
    let mut out = Vec::with_capacity(input.len());
    let mut start = 0;
    while start < input.len() {
        let mut at = start;
        for c in input.slice_from(start).chars() {
            if c.to_u32() >= limit {
                break;
            }
            out.push(c.to_u32() as u8);
            at += c.len();
        }
        let bad = input
            .slice_from(at)
            .chars()
            .take_while(|c| c.to_u32() >= limit)
            .map(CodePoint::len)
            .sum::<usize>();
        if bad == 0 {
            break;
        }
        let span = (at, at + bad);
        let (replacement, resume) = encode_error(handler, name, input, span, reason)?;
        match replacement {
            Replacement::Bytes(bytes) => out.extend_from_slice(&bytes),
            Replacement::Text(text) => {
                for c in text.chars() {
                    if c.to_u32() >= limit {
                        return Err(handler.unencodable(name, input, span.0, span.1, reason));
                    }
                    out.push(c.to_u32() as u8);
                }
            }
        }
        start = resume;
    }
    Ok(out)
}
