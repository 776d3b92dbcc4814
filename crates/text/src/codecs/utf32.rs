//! UTF-32.

use super::utf16::Decoded16;
use super::{ByteOrder, ErrorHandler, Replacement, decode_error, encode_error};
use crate::wtf8::{CodePoint, Wtf8, Wtf8Buf};

/// Bytes to text; a byte order mark is looked for (and left out) with [`ByteOrder::Marked`] only.
pub fn utf32_decode<H: ErrorHandler + ?Sized>(
    input: &[u8],
    order: ByteOrder,
    finished: bool,
    handler: &mut H,
) -> Result<Decoded16, H::Error> {
    let mut order = order;
    let mut at = 0;
    if order == ByteOrder::Marked {
        order = match input {
            [0xFF, 0xFE, 0, 0, ..] => ByteOrder::Little,
            [0, 0, 0xFE, 0xFF, ..] => ByteOrder::Big,
            _ => order,
        };
        at = if order == ByteOrder::Marked { 0 } else { 4 };
    }
    let big = order == ByteOrder::Big;
    let name = if big { "utf-32-be" } else { "utf-32-le" };
    let mut out = Wtf8Buf::with_capacity(input.len() / 2);
    while at < input.len() {
        let Some(unit) = input[at..].first_chunk::<4>() else {
            if !finished {
                break;
            }
            at = decode_error(
                handler,
                name,
                input,
                (at, input.len()),
                "truncated data",
                &mut out,
            )?;
            continue;
        };
        let value = if big {
            u32::from_be_bytes(*unit)
        } else {
            u32::from_le_bytes(*unit)
        };
        let reason = match CodePoint::new(value) {
            Some(c) if !c.is_surrogate() => {
                out.push(c);
                at += 4;
                continue;
            }
            Some(_) => "code point in surrogate code point range(0xd800, 0xe000)",
            None => "code point not in range(0x110000)",
        };
        at = decode_error(handler, name, input, (at, at + 4), reason, &mut out)?;
    }
    Ok(Decoded16 {
        text: out,
        consumed: at,
        order,
    })
}

/// Text to bytes; with [`ByteOrder::Marked`] a mark comes first.
pub fn utf32_encode<H: ErrorHandler + ?Sized>(
    input: &Wtf8,
    order: ByteOrder,
    handler: &mut H,
) -> Result<Vec<u8>, H::Error> {
    const REASON: &str = "surrogates not allowed";
    let name = match order {
        ByteOrder::Marked => "utf-32",
        ByteOrder::Little => "utf-32-le",
        ByteOrder::Big => "utf-32-be",
    };
    let push = |out: &mut Vec<u8>, unit: u32| {
        out.extend_from_slice(&if order == ByteOrder::Big {
            unit.to_be_bytes()
        } else {
            unit.to_le_bytes()
        });
    };
    let mut out = Vec::with_capacity(4 * input.char_count() + 4);
    if order == ByteOrder::Marked {
        push(&mut out, 0xFEFF);
    }
    let mut chars = input.chars();
    loop {
        let at = input.len() - chars.as_wtf8().len();
        let Some(c) = chars.next() else {
            return Ok(out);
        };
        if !c.is_surrogate() {
            push(&mut out, c.to_u32());
            continue;
        }
        let (replacement, resume) = encode_error(handler, name, input, (at, at + 3), REASON)?;
        match replacement {
            Replacement::Bytes(bytes) if bytes.len() % 4 == 0 => out.extend_from_slice(&bytes),
            Replacement::Text(text) if text.is_ascii() => {
                text.as_bytes()
                    .iter()
                    .for_each(|&b| push(&mut out, u32::from(b)));
            }
            _ => return Err(handler.unencodable(name, input, at, at + 3, REASON)),
        }
        chars = input.slice_from(resume).chars();
    }
}
