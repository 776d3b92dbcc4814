//! UTF-16.

use super::{ByteOrder, ErrorHandler, Replacement, decode_error, encode_error};
use crate::wtf8::{CodePoint, Wtf8, Wtf8Buf};

/// As [`super::Decoded`], with the byte order that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded16 {
    /// The text.
    pub text: Wtf8Buf,
    /// How many bytes of the input it stands for.
    pub consumed: usize,
    /// The given order, or the mark's; [`ByteOrder::Marked`] still if there was no mark.
    pub order: ByteOrder,
}

/// Bytes to text; a byte order mark is looked for (and left out) with [`ByteOrder::Marked`] only.
pub fn utf16_decode<H: ErrorHandler + ?Sized>(
    input: &[u8],
    order: ByteOrder,
    finished: bool,
    handler: &mut H,
) -> Result<Decoded16, H::Error> {
    let mut order = order;
    let mut at = 0;
    if order == ByteOrder::Marked {
        order = match input {
            [0xFF, 0xFE, ..] => ByteOrder::Little,
            [0xFE, 0xFF, ..] => ByteOrder::Big,
            _ => order,
        };
        at = if order == ByteOrder::Marked { 0 } else { 2 };
    }
    let big = order == ByteOrder::Big;
    let name = if big { "utf-16-be" } else { "utf-16-le" };
    let unit = |at: usize| {
        let pair = [*input.get(at)?, *input.get(at + 1)?];
        Some(u32::from(if big {
            u16::from_be_bytes(pair)
        } else {
            u16::from_le_bytes(pair)
        }))
    };
    let mut out = Wtf8Buf::with_capacity(input.len());
    while at < input.len() {
        let Some(first) = unit(at) else {
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
        let (end, reason) = match first {
            0..0x80 => {
                out.push_ascii(first as u8);
                at += 2;
                continue;
            }
            0xDC00..=0xDFFF => (at + 2, "illegal encoding"),
            0xD800..=0xDBFF => match unit(at + 2) {
                Some(second @ 0xDC00..=0xDFFF) => {
                    out.extend(CodePoint::new(
                        0x10000 + ((first & 0x3FF) << 10) + (second & 0x3FF),
                    ));
                    at += 4;
                    continue;
                }
                Some(_) => (at + 2, "illegal UTF-16 surrogate"),
                None if !finished => break,
                None => (input.len(), "unexpected end of data"),
            },
            _ => {
                out.extend(CodePoint::new(first));
                at += 2;
                continue;
            }
        };
        at = decode_error(handler, name, input, (at, end), reason, &mut out)?;
    }
    Ok(Decoded16 {
        text: out,
        consumed: at,
        order,
    })
}

/// Text to bytes; with [`ByteOrder::Marked`] a mark comes first.
pub fn utf16_encode<H: ErrorHandler + ?Sized>(
    input: &Wtf8,
    order: ByteOrder,
    handler: &mut H,
) -> Result<Vec<u8>, H::Error> {
    const REASON: &str = "surrogates not allowed";
    let name = match order {
        ByteOrder::Marked => "utf-16",
        ByteOrder::Little => "utf-16-le",
        ByteOrder::Big => "utf-16-be",
    };
    let push = |out: &mut Vec<u8>, unit: u16| {
        out.extend_from_slice(&if order == ByteOrder::Big {
            unit.to_be_bytes()
        } else {
            unit.to_le_bytes()
        });
    };
    let mut out = Vec::with_capacity(2 * input.char_count() + 2);
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
            match c.to_u32() {
                v @ 0..0x10000 => push(&mut out, v as u16),
                v => {
                    push(&mut out, 0xD800 + ((v - 0x10000) >> 10) as u16);
                    push(&mut out, 0xDC00 + (v & 0x3FF) as u16);
                }
            }
            continue;
        }
        let (replacement, resume) = encode_error(handler, name, input, (at, at + 3), REASON)?;
        match replacement {
            Replacement::Bytes(bytes) if bytes.len() % 2 == 0 => out.extend_from_slice(&bytes),
            Replacement::Text(text) if text.is_ascii() => {
                text.as_bytes()
                    .iter()
                    .for_each(|&b| push(&mut out, u16::from(b)));
            }
            _ => return Err(handler.unencodable(name, input, at, at + 3, REASON)),
        }
        chars = input.slice_from(resume).chars();
    }
}
