//! Codecs over a mapping between bytes and characters, which nearly all 8-bit codecs of Python are.
//!
//! Decoding takes either a string of up to 256 characters, the fast way, or a callback for mappings of any other
//! kind. Encoding takes a callback, for which [`CharmapTable`] (Python's `EncodingMap`) can answer.

use super::{Decoded, ErrorHandler, Replacement, decode_error, encode_error};
use crate::wtf8::{CodePoint, Wtf8, Wtf8Buf};

const NAME: &str = "charmap";
const REASON: &str = "character maps to <undefined>";
/// The character that means "undefined" in a decoding string.
const UNDEFINED: u32 = 0xFFFE;

/// Bytes to text by a string: byte `n` means its character number `n`, unless that is U+FFFE or missing.
pub fn charmap_table_decode<H: ErrorHandler + ?Sized>(
    input: &[u8],
    table: &Wtf8,
    handler: &mut H,
) -> Result<Decoded, H::Error> {
    let mut chars = [CodePoint::MAX; 256];
    let mut defined = [false; 256];
    for (n, c) in table.chars().take(256).enumerate() {
        chars[n] = c;
        defined[n] = c.to_u32() != UNDEFINED;
    }
    let mut out = Wtf8Buf::with_capacity(input.len());
    let mut at = 0;
    while let Some(&byte) = input.get(at) {
        if defined[byte as usize] {
            out.push(chars[byte as usize]);
            at += 1;
        } else {
            at = decode_error(handler, NAME, input, (at, at + 1), REASON, &mut out)?;
        }
    }
    Ok(Decoded {
        text: out,
        consumed: at,
    })
}

/// Bytes to text by a callback: what a byte means, or `None` if nothing (`LookupError`, `None` and U+FFFE).
pub fn charmap_decode<H: ErrorHandler + ?Sized>(
    input: &[u8],
    mut map: impl FnMut(u8) -> Result<Option<Wtf8Buf>, H::Error>,
    handler: &mut H,
) -> Result<Decoded, H::Error> {
    let mut out = Wtf8Buf::with_capacity(input.len());
    let mut at = 0;
    while let Some(&byte) = input.get(at) {
        match map(byte)? {
            Some(text) => {
                out.push_wtf8(&text);
                at += 1;
            }
            None => at = decode_error(handler, NAME, input, (at, at + 1), REASON, &mut out)?,
        }
    }
    Ok(Decoded {
        text: out,
        consumed: at,
    })
}

/// Text to bytes by a callback that appends a character's bytes, or says `false` if it has none. A run of
/// characters without is one error; the text that replaces them goes through the mapping too.
pub fn charmap_encode<H: ErrorHandler + ?Sized>(
    input: &Wtf8,
    mut map: impl FnMut(CodePoint, &mut Vec<u8>) -> Result<bool, H::Error>,
    handler: &mut H,
) -> Result<Vec<u8>, H::Error> {
    let mut out = Vec::with_capacity(input.len());
    let mut chars = input.chars();
    loop {
        let start = input.len() - chars.as_wtf8().len();
        let Some(c) = chars.next() else {
            return Ok(out);
        };
        if map(c, &mut out)? {
            continue;
        }
        let mut end = input.len() - chars.as_wtf8().len();
        let mut scratch = Vec::new();
        for c in chars {
            if map(c, &mut scratch)? {
                break;
            }
            end += c.len();
        }
        let (replacement, resume) = encode_error(handler, NAME, input, (start, end), REASON)?;
        match replacement {
            Replacement::Bytes(bytes) => out.extend_from_slice(&bytes),
            Replacement::Text(text) => {
                for c in text.chars() {
                    if !map(c, &mut out)? {
                        return Err(handler.unencodable(NAME, input, start, end, REASON));
                    }
                }
            }
        }
        chars = input.slice_from(resume).chars();
    }
}

/// A decoding string turned round: Python's `codecs.charmap_build`.
#[derive(Clone, Debug)]
pub struct CharmapTable {
    /// Byte of each character below 256, if `low_defined`.
    low: [u8; 256],
    low_defined: [bool; 256],
    /// Others, sorted.
    high: Vec<(CodePoint, u8)>,
}

impl CharmapTable {
    /// Of a character that occurs twice the last place counts.
    pub fn new(decoding: &Wtf8) -> CharmapTable {
        let mut table = CharmapTable {
            low: [0; 256],
            low_defined: [false; 256],
            high: Vec::new(),
        };
        // Python's compact form of the table leaves U+FFFE out. But where that form cannot be used, because a
        // character is too large or NUL is not (only) the first, Python makes a dict, which has it.
        let mut chars = decoding.chars().take(256).map(CodePoint::to_u32);
        let compact = chars.next() == Some(0) && chars.all(|v| v != 0 && v <= 0xFFFF);
        for (byte, c) in (0..=255u8).zip(decoding.chars()) {
            match c.to_u32() {
                UNDEFINED if compact => {}
                v @ 0..256 => {
                    table.low[v as usize] = byte;
                    table.low_defined[v as usize] = true;
                }
                _ => table.high.push((c, byte)),
            }
        }
        table.high.sort();
        table.high.reverse();
        table.high.dedup_by_key(|entry| entry.0);
        table.high.reverse();
        table
    }

    /// The byte of a character.
    #[inline]
    pub fn lookup(&self, c: CodePoint) -> Option<u8> {
        if let v @ 0..256 = c.to_u32() as usize {
            return self.low_defined[v].then_some(self.low[v]);
        }
        self.high
            .binary_search_by_key(&c, |entry| entry.0)
            .ok()
            .map(|at| self.high[at].1)
    }

    /// Text to bytes.
    pub fn encode<H: ErrorHandler + ?Sized>(
        &self,
        input: &Wtf8,
        handler: &mut H,
    ) -> Result<Vec<u8>, H::Error> {
        let map = |c: CodePoint, out: &mut Vec<u8>| {
            let byte = self.lookup(c);
            out.extend(byte);
            Ok(byte.is_some())
        };
        charmap_encode(input, map, handler)
    }
}
