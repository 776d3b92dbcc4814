//! The codecs that need no registry: `str.encode` and `bytes.decode` know these names and call the codec directly.

use super::{
    ByteOrder, ErrorHandler, ascii_decode, ascii_encode, latin1_decode, latin1_encode, utf8_decode,
    utf8_encode, utf16_decode, utf16_encode, utf32_decode, utf32_encode,
};
use crate::wtf8::{Wtf8, Wtf8Buf};

/// A codec known by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Codec {
    Utf8,
    Utf16(ByteOrder),
    Utf32(ByteOrder),
    Ascii,
    Latin1,
}

impl Codec {
    /// By name, in any case, with `-`, `_`, a space or nothing between the parts. `None`: ask the registry.
    pub fn from_name(name: &str) -> Option<Codec> {
        if matches!(name, "utf-8" | "utf8") {
            return Some(Codec::Utf8);
        }
        const LONGEST: usize = 12;
        let mut plain = [0u8; LONGEST];
        let mut len = 0;
        for byte in name.bytes() {
            *plain.get_mut(len)? = match byte {
                b'-' | b' ' => b'_',
                byte => byte.to_ascii_lowercase(),
            };
            len += 1;
        }
        Some(match &plain[..len] {
            b"utf_8" | b"utf8" => Codec::Utf8,
            b"ascii" | b"us_ascii" => Codec::Ascii,
            b"latin_1" | b"latin1" | b"iso_8859_1" | b"iso8859_1" => Codec::Latin1,
            b"utf_16" | b"utf16" => Codec::Utf16(ByteOrder::Marked),
            b"utf_16_le" | b"utf_16le" => Codec::Utf16(ByteOrder::Little),
            b"utf_16_be" | b"utf_16be" => Codec::Utf16(ByteOrder::Big),
            b"utf_32" | b"utf32" => Codec::Utf32(ByteOrder::Marked),
            b"utf_32_le" | b"utf_32le" => Codec::Utf32(ByteOrder::Little),
            b"utf_32_be" | b"utf_32be" => Codec::Utf32(ByteOrder::Big),
            _ => return None,
        })
    }

    /// All of the bytes to text.
    pub fn decode<H: ErrorHandler + ?Sized>(
        self,
        input: &[u8],
        handler: &mut H,
    ) -> Result<Wtf8Buf, H::Error> {
        Ok(match self {
            Codec::Utf8 => utf8_decode(input, true, handler)?.text,
            Codec::Utf16(order) => utf16_decode(input, order, true, handler)?.text,
            Codec::Utf32(order) => utf32_decode(input, order, true, handler)?.text,
            Codec::Ascii => ascii_decode(input, handler)?.text,
            Codec::Latin1 => latin1_decode(input),
        })
    }

    /// Text to bytes.
    pub fn encode<H: ErrorHandler + ?Sized>(
        self,
        input: &Wtf8,
        handler: &mut H,
    ) -> Result<Vec<u8>, H::Error> {
        match self {
            Codec::Utf8 => utf8_encode(input, handler),
            Codec::Utf16(order) => utf16_encode(input, order, handler),
            Codec::Utf32(order) => utf32_encode(input, order, handler),
            Codec::Ascii => ascii_encode(input, handler),
            Codec::Latin1 => latin1_encode(input, handler),
        }
    }
}
