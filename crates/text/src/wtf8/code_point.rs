//! One code point, surrogates included: what a Python string is made of.

use std::fmt;

/// A number in `0..=0x10FFFF`. Unlike `char` it may be a surrogate.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CodePoint(u32);

impl CodePoint {
    /// `U+0000`.
    pub const NUL: CodePoint = CodePoint(0);
    /// The greatest code point.
    pub const MAX: CodePoint = CodePoint(0x10FFFF);
    /// `U+FFFD`, which decoders write for what they cannot decode.
    pub const REPLACEMENT: CodePoint = CodePoint(0xFFFD);

    /// Checks the range.
    #[inline]
    pub const fn new(value: u32) -> Option<CodePoint> {
        if value <= 0x10FFFF {
            Some(CodePoint(value))
        } else {
            None
        }
    }

    /// Skips the check of the range.
    ///
    /// # Safety
    /// `value` is at most `0x10FFFF`.
    #[inline(always)]
    pub const unsafe fn new_unchecked(value: u32) -> CodePoint {
        debug_assert!(value <= 0x10FFFF);
        CodePoint(value)
    }

    /// A character by value, for constants.
    #[inline]
    pub const fn from_char(c: char) -> CodePoint {
        CodePoint(c as u32)
    }

    /// The number.
    #[inline(always)]
    pub const fn to_u32(self) -> u32 {
        self.0
    }

    /// The Rust character, unless this is a surrogate.
    #[inline]
    pub const fn to_char(self) -> Option<char> {
        char::from_u32(self.0)
    }

    /// Whether this is in `U+D800..=U+DFFF`.
    #[inline]
    pub const fn is_surrogate(self) -> bool {
        matches!(self.0, 0xD800..=0xDFFF)
    }

    /// Whether this is below 128.
    #[inline]
    pub const fn is_ascii(self) -> bool {
        self.0 < 0x80
    }

    /// Number of bytes of the encoding.
    #[inline]
    #[allow(clippy::len_without_is_empty, reason = "no code point is empty")]
    pub const fn len(self) -> usize {
        match self.0 {
            0..0x80 => 1,
            0x80..0x800 => 2,
            0x800..0x10000 => 3,
            _ => 4,
        }
    }

    /// Encodes into `buffer`, returning the used part.
    #[inline]
    pub fn encode(self, buffer: &mut [u8; 4]) -> &[u8] {
        let v = self.0;
        let tail = |shift: u32| 0x80 | ((v >> shift) & 0x3F) as u8;
        match self.len() {
            1 => {
                buffer[0] = v as u8;
                &buffer[..1]
            }
            2 => {
                (buffer[0], buffer[1]) = (0xC0 | (v >> 6) as u8, tail(0));
                &buffer[..2]
            }
            3 => {
                (buffer[0], buffer[1], buffer[2]) = (0xE0 | (v >> 12) as u8, tail(6), tail(0));
                &buffer[..3]
            }
            _ => {
                *buffer = [0xF0 | (v >> 18) as u8, tail(12), tail(6), tail(0)];
                &buffer[..]
            }
        }
    }
}

impl From<char> for CodePoint {
    #[inline]
    fn from(c: char) -> Self {
        CodePoint(c as u32)
    }
}

impl From<u8> for CodePoint {
    /// The Latin-1 character.
    #[inline]
    fn from(byte: u8) -> Self {
        CodePoint(byte as u32)
    }
}

impl From<CodePoint> for u32 {
    #[inline]
    fn from(c: CodePoint) -> u32 {
        c.0
    }
}

impl PartialEq<char> for CodePoint {
    #[inline]
    fn eq(&self, other: &char) -> bool {
        self.0 == *other as u32
    }
}

impl fmt::Debug for CodePoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "U+{:04X}", self.0)
    }
}
