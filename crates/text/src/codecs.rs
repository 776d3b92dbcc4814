//! Encoding and decoding, with errors given to a handler.
//!
//! Each codec is a function over an [`ErrorHandler`]. What it cannot code it reports as Python's `UnicodeError`
//! would: the encoding's name, where the piece starts and ends, the reason. The handler gives back a replacement and
//! where to go on, or an error of its own type, which ends the coding. [`Builtin`] has Python's eight standard
//! handlers; the object layer wraps handlers that Python code registered.
//!
//! Decoders take `finished`: whether no more input will follow. If more may follow, a truncated piece at the end is
//! left alone, and `consumed` tells how much was decoded.
//!
//! Positions in text are byte offsets of the generalized UTF-8. A handler that shows them to Python translates them
//! with [`Wtf8::char_offset`] and [`Wtf8::byte_offset`].

mod bytes_escape;
mod charmap;
mod direct;
mod handlers;
mod single_byte;
#[cfg(test)]
mod tests;
mod unicode_escape;
mod utf16;
mod utf32;
mod utf7;
mod utf8;

pub use bytes_escape::{BytesEscapeError, BytesEscapes, bytes_escape_decode, bytes_escape_encode};
pub use charmap::{CharmapTable, charmap_decode, charmap_encode, charmap_table_decode};
pub use direct::Codec;
pub use handlers::{Builtin, CodecError, StandardEncoding, TextError};
pub use single_byte::{ascii_decode, ascii_encode, latin1_decode, latin1_encode};
pub use unicode_escape::{
    InvalidEscape, Unescaped, raw_unicode_escape_decode, raw_unicode_escape_encode,
    unicode_escape_decode, unicode_escape_encode,
};
pub use utf7::{utf7_decode, utf7_encode};
pub use utf8::{utf8_decode, utf8_encode};
pub use utf16::{Decoded16, utf16_decode, utf16_encode};
pub use utf32::{utf32_decode, utf32_encode};

use crate::wtf8::{Wtf8, Wtf8Buf};

/// What stands in for text that cannot be encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replacement {
    /// Text, encoded in turn; if that fails, [`ErrorHandler::unencodable`] makes the error.
    Text(Wtf8Buf),
    /// Bytes, taken as they are.
    Bytes(Vec<u8>),
}

/// Decides what happens to what cannot be coded.
///
/// The positions to go on at must be inside the input (the end included); a handler that takes them from Python
/// raises `IndexError` otherwise. Positions beyond the end, or inside a character, count as the end.
pub trait ErrorHandler {
    /// What ends the coding.
    type Error;

    /// `input[start..end]` is no text in `encoding`. Returns the replacement and where in `input` to go on.
    fn decode_error(
        &mut self,
        encoding: &str,
        input: &[u8],
        start: usize,
        end: usize,
        reason: &'static str,
    ) -> Result<(Wtf8Buf, usize), Self::Error>;

    /// The text from byte `start` to byte `end` of `input` has no form in `encoding`. Returns the replacement and
    /// the byte of `input` to go on at.
    fn encode_error(
        &mut self,
        encoding: &str,
        input: &Wtf8,
        start: usize,
        end: usize,
        reason: &'static str,
    ) -> Result<(Replacement, usize), Self::Error>;

    /// The error for text that still cannot be encoded after replacing: what `strict` would make of it.
    fn unencodable(
        &mut self,
        encoding: &str,
        input: &Wtf8,
        start: usize,
        end: usize,
        reason: &'static str,
    ) -> Self::Error;
}

/// What a decoder made of its input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The text.
    pub text: Wtf8Buf,
    /// How many bytes of the input it stands for.
    pub consumed: usize,
}

/// Order of the bytes in a unit of UTF-16 or UTF-32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// Decoding: as the byte order mark says, little-endian without one. Encoding: a mark and little-endian.
    Marked,
    /// Least significant byte first, no mark.
    Little,
    /// Most significant byte first, no mark.
    Big,
}

impl ByteOrder {
    /// From the number in Python's codec functions.
    pub fn from_number(order: i64) -> ByteOrder {
        match order {
            0 => ByteOrder::Marked,
            i64::MIN..0 => ByteOrder::Little,
            _ => ByteOrder::Big,
        }
    }

    /// -1 little, 0 marked, 1 big.
    pub fn to_number(self) -> i64 {
        match self {
            ByteOrder::Little => -1,
            ByteOrder::Marked => 0,
            ByteOrder::Big => 1,
        }
    }
}

/// Asks the handler about a decoding error, appends its answer, and returns where to go on.
fn decode_error<H: ErrorHandler + ?Sized>(
    handler: &mut H,
    encoding: &'static str,
    input: &[u8],
    (start, end): (usize, usize),
    reason: &'static str,
    out: &mut Wtf8Buf,
) -> Result<usize, H::Error> {
    let (replacement, resume) = handler.decode_error(encoding, input, start, end, reason)?;
    out.push_wtf8(&replacement);
    Ok(resume.min(input.len()))
}

/// Asks the handler about an encoding error and returns its answer and where to go on.
fn encode_error<H: ErrorHandler + ?Sized>(
    handler: &mut H,
    encoding: &'static str,
    input: &Wtf8,
    (start, end): (usize, usize),
    reason: &'static str,
) -> Result<(Replacement, usize), H::Error> {
    let (replacement, resume) = handler.encode_error(encoding, input, start, end, reason)?;
    Ok((
        replacement,
        if input.is_boundary(resume) {
            resume
        } else {
            input.len()
        },
    ))
}
