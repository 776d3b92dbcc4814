//! Python's standard error handlers, and errors as plain data.

use super::{ErrorHandler, Replacement};
use crate::repr::{push_escape, push_hex_escape};
use crate::unicode;
use crate::wtf8::{CodePoint, Wtf8, Wtf8Buf};
use std::fmt::Write as _;

/// The fields of a `UnicodeDecodeError` or `UnicodeEncodeError`, but for the object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextError {
    /// Name of the codec.
    pub encoding: String,
    /// First byte; see the module's description about positions in text.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
    /// In words.
    pub reason: &'static str,
}

/// Why coding with a standard handler ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodecError {
    /// `UnicodeDecodeError`.
    Decode(TextError),
    /// `UnicodeEncodeError`.
    Encode(TextError),
    /// `TypeError`: a handler for encoding met a decoding error.
    NotForDecoding,
}

/// The handlers that Python has under these names (`backslashreplace` and so on).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Builtin {
    /// Ends with an error.
    Strict,
    /// Leaves out.
    Ignore,
    /// `?` or U+FFFD.
    Replace,
    /// `&#233;`; encoding only.
    XmlCharRefReplace,
    /// `\xe9`.
    BackslashReplace,
    /// `\N{...}`; encoding only.
    NameReplace,
    /// Bytes of 128 and more as U+DC80 to U+DCFF, and back.
    SurrogateEscape,
    /// Surrogates as if they were characters, in the UTF codecs.
    SurrogatePass,
}

/// The codecs in which `surrogatepass` can write a surrogate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum StandardEncoding {
    Utf8,
    Utf16Le,
    Utf16Be,
    Utf32Le,
    Utf32Be,
}

impl StandardEncoding {
    /// By any usual spelling; names without a byte order mean little-endian.
    pub fn from_name(name: &str) -> Option<StandardEncoding> {
        let plain: String = name
            .chars()
            .filter(|c| !matches!(c, '-' | '_'))
            .map(|c| c.to_ascii_lowercase())
            .collect();
        Some(match plain.as_str() {
            "utf8" | "cputf8" | "cp65001" => StandardEncoding::Utf8,
            "utf16" | "utf16le" => StandardEncoding::Utf16Le,
            "utf16be" => StandardEncoding::Utf16Be,
            "utf32" | "utf32le" => StandardEncoding::Utf32Le,
            "utf32be" => StandardEncoding::Utf32Be,
            _ => return None,
        })
    }

    fn push_surrogate(self, value: u32, out: &mut Vec<u8>) {
        match self {
            StandardEncoding::Utf8 => {
                let c = CodePoint::new(value).unwrap_or(CodePoint::REPLACEMENT);
                out.extend_from_slice(c.encode(&mut [0; 4]));
            }
            StandardEncoding::Utf16Le => out.extend_from_slice(&(value as u16).to_le_bytes()),
            StandardEncoding::Utf16Be => out.extend_from_slice(&(value as u16).to_be_bytes()),
            StandardEncoding::Utf32Le => out.extend_from_slice(&value.to_le_bytes()),
            StandardEncoding::Utf32Be => out.extend_from_slice(&value.to_be_bytes()),
        }
    }

    /// The surrogate at the front of `bytes`, and its length.
    fn read_surrogate(self, bytes: &[u8]) -> Option<(CodePoint, usize)> {
        let (value, len) = match (self, bytes) {
            (StandardEncoding::Utf8, &[0xED, b @ 0xA0..=0xBF, c @ 0x80..=0xBF, ..]) => {
                (0xD000 | u32::from(b & 0x3F) << 6 | u32::from(c & 0x3F), 3)
            }
            (StandardEncoding::Utf16Le, &[a, b, ..]) => (u32::from(u16::from_le_bytes([a, b])), 2),
            (StandardEncoding::Utf16Be, &[a, b, ..]) => (u32::from(u16::from_be_bytes([a, b])), 2),
            (StandardEncoding::Utf32Le, &[a, b, c, d, ..]) => (u32::from_le_bytes([a, b, c, d]), 4),
            (StandardEncoding::Utf32Be, &[a, b, c, d, ..]) => (u32::from_be_bytes([a, b, c, d]), 4),
            _ => return None,
        };
        CodePoint::new(value)
            .filter(|c| c.is_surrogate())
            .map(|c| (c, len))
    }
}

impl Builtin {
    /// By Python's name.
    pub fn from_name(name: &str) -> Option<Builtin> {
        Some(match name {
            "strict" => Builtin::Strict,
            "ignore" => Builtin::Ignore,
            "replace" => Builtin::Replace,
            "xmlcharrefreplace" => Builtin::XmlCharRefReplace,
            "backslashreplace" => Builtin::BackslashReplace,
            "namereplace" => Builtin::NameReplace,
            "surrogateescape" => Builtin::SurrogateEscape,
            "surrogatepass" => Builtin::SurrogatePass,
            _ => return None,
        })
    }

    /// What the handler makes of a decoding error; `None`: the error stands.
    pub fn handle_decode(
        self,
        encoding: &str,
        input: &[u8],
        start: usize,
        end: usize,
    ) -> Option<(Wtf8Buf, usize)> {
        let piece = input.get(start..end)?;
        let mut out = Wtf8Buf::new();
        match self {
            Builtin::Strict | Builtin::XmlCharRefReplace | Builtin::NameReplace => return None,
            Builtin::Ignore => {}
            Builtin::Replace => out.push(CodePoint::REPLACEMENT),
            Builtin::BackslashReplace => {
                piece
                    .iter()
                    .for_each(|&byte| push_hex_escape(&mut out, 'x', u32::from(byte), 2));
            }
            Builtin::SurrogateEscape => {
                // No sequence of any codec is longer than four bytes.
                let escaped = piece.iter().take(4).take_while(|&&byte| byte >= 0x80);
                out.extend(escaped.filter_map(|&byte| CodePoint::new(0xDC00 + u32::from(byte))));
                let taken = out.char_count();
                return (taken > 0).then_some((out, start + taken));
            }
            Builtin::SurrogatePass => {
                let (c, len) =
                    StandardEncoding::from_name(encoding)?.read_surrogate(&input[start..])?;
                return Some((c.into(), start + len));
            }
        }
        Some((out, end))
    }

    /// What the handler makes of an encoding error; `None`: the error stands.
    pub fn handle_encode(
        self,
        encoding: &str,
        input: &Wtf8,
        start: usize,
        end: usize,
    ) -> Option<(Replacement, usize)> {
        if start > end || !input.is_boundary(start) || !input.is_boundary(end) {
            return None;
        }
        let piece = input.slice(start..end);
        let mut text = Wtf8Buf::new();
        let mut bytes = Vec::new();
        match self {
            Builtin::Strict => return None,
            Builtin::Ignore => {}
            Builtin::Replace => piece.chars().for_each(|_| text.push_ascii(b'?')),
            Builtin::XmlCharRefReplace => piece.chars().for_each(|c| {
                let _ = write!(text, "&#{};", c.to_u32());
            }),
            Builtin::BackslashReplace => piece.chars().for_each(|c| push_escape(&mut text, c)),
            Builtin::NameReplace => piece.chars().for_each(|c| match unicode::name(c) {
                Some(name) => {
                    let _ = write!(text, "\\N{{{name}}}");
                }
                None => push_escape(&mut text, c),
            }),
            Builtin::SurrogateEscape => {
                for c in piece.chars() {
                    let 0xDC80..=0xDCFF = c.to_u32() else {
                        return None;
                    };
                    bytes.push(c.to_u32() as u8);
                }
                return Some((Replacement::Bytes(bytes), end));
            }
            Builtin::SurrogatePass => {
                let encoding = StandardEncoding::from_name(encoding)?;
                for c in piece.chars() {
                    if !c.is_surrogate() {
                        return None;
                    }
                    encoding.push_surrogate(c.to_u32(), &mut bytes);
                }
                return Some((Replacement::Bytes(bytes), end));
            }
        }
        Some((Replacement::Text(text), end))
    }
}

fn text_error(encoding: &str, start: usize, end: usize, reason: &'static str) -> TextError {
    TextError {
        encoding: encoding.into(),
        start,
        end,
        reason,
    }
}

impl ErrorHandler for Builtin {
    type Error = CodecError;

    fn decode_error(
        &mut self,
        encoding: &str,
        input: &[u8],
        start: usize,
        end: usize,
        reason: &'static str,
    ) -> Result<(Wtf8Buf, usize), CodecError> {
        if let Builtin::XmlCharRefReplace | Builtin::NameReplace = self {
            return Err(CodecError::NotForDecoding);
        }
        self.handle_decode(encoding, input, start, end)
            .ok_or_else(|| CodecError::Decode(text_error(encoding, start, end, reason)))
    }

    fn encode_error(
        &mut self,
        encoding: &str,
        input: &Wtf8,
        start: usize,
        end: usize,
        reason: &'static str,
    ) -> Result<(Replacement, usize), CodecError> {
        // As in CPython, the codecs other than charmap escape what comes before the first character that cannot be
        // escaped, and only that one is the error.
        if *self == Builtin::SurrogateEscape && encoding != "charmap" && input.is_boundary(start) {
            let piece = input.slice_from(start).chars();
            let bytes: Vec<u8> = piece
                .map_while(|c| matches!(c.to_u32(), 0xDC80..=0xDCFF).then_some(c.to_u32() as u8))
                .take(end.saturating_sub(start) / 3)
                .collect();
            if !bytes.is_empty() {
                // A surrogate takes three bytes.
                let resume = start + 3 * bytes.len();
                return Ok((Replacement::Bytes(bytes), resume));
            }
        }
        self.handle_encode(encoding, input, start, end)
            .ok_or_else(|| CodecError::Encode(text_error(encoding, start, end, reason)))
    }

    fn unencodable(
        &mut self,
        encoding: &str,
        _: &Wtf8,
        start: usize,
        end: usize,
        reason: &'static str,
    ) -> CodecError {
        CodecError::Encode(text_error(encoding, start, end, reason))
    }
}
