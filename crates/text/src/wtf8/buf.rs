//! The growing form of [`Wtf8`].

use super::{CodePoint, InvalidWtf8, Wtf8};
use crate::OutOfMemory;
use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;

/// Owned generalized UTF-8, like `String`.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wtf8Buf(Vec<u8>);

impl Wtf8Buf {
    /// An empty string; allocates nothing.
    #[inline]
    pub const fn new() -> Wtf8Buf {
        Wtf8Buf(Vec::new())
    }

    /// An empty string with room for `bytes` bytes. Aborts when there is no memory, so sizes that a Python
    /// program chooses go to [`Wtf8Buf::try_with_capacity`].
    #[inline]
    pub fn with_capacity(bytes: usize) -> Wtf8Buf {
        Wtf8Buf(Vec::with_capacity(bytes))
    }

    /// The text of bytes from the operating system: UTF-8, every other byte as the lone surrogate that stands for it
    /// (PEP 383). Aborts when there is no memory.
    pub fn from_system(bytes: &[u8]) -> Wtf8Buf {
        let mut text = Wtf8Buf::with_capacity(bytes.len());
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            for &byte in chunk.invalid() {
                if let Some(c) = CodePoint::new(0xDC00 + u32::from(byte)) {
                    text.push(c);
                }
            }
        }
        text
    }

    /// An empty string with room for exactly `bytes` bytes.
    #[inline]
    pub fn try_with_capacity(bytes: usize) -> Result<Wtf8Buf, OutOfMemory> {
        crate::vec_with_room(bytes).map(Wtf8Buf)
    }

    /// Makes room for `more` bytes.
    #[inline]
    pub fn try_reserve(&mut self, more: usize) -> Result<(), OutOfMemory> {
        Ok(self.0.try_reserve(more)?)
    }

    /// Takes bytes that are known to be generalized UTF-8.
    ///
    /// # Safety
    /// As for [`Wtf8::from_bytes_unchecked`].
    #[inline]
    pub const unsafe fn from_bytes_unchecked(bytes: Vec<u8>) -> Wtf8Buf {
        Wtf8Buf(bytes)
    }

    /// Takes bytes after checking them.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Wtf8Buf, InvalidWtf8> {
        Wtf8::from_bytes(&bytes)?;
        Ok(Wtf8Buf(bytes))
    }

    /// Takes bytes that are all below 128; `None` if one is not.
    pub fn from_ascii(bytes: Vec<u8>) -> Option<Wtf8Buf> {
        bytes.is_ascii().then_some(Wtf8Buf(bytes))
    }

    /// The borrowed form.
    #[inline]
    pub fn as_wtf8(&self) -> &Wtf8 {
        self
    }

    /// Appends one code point.
    #[inline]
    pub fn push(&mut self, c: CodePoint) {
        if c.is_ascii() {
            self.0.push(c.to_u32() as u8);
        } else {
            self.0.extend_from_slice(c.encode(&mut [0; 4]));
        }
    }

    /// Appends one character.
    #[inline]
    pub fn push_char(&mut self, c: char) {
        self.push(c.into());
    }

    /// Appends an ASCII character.
    ///
    /// # Panics
    /// If `byte` is 128 or more.
    #[inline]
    pub fn push_ascii(&mut self, byte: u8) {
        assert!(byte < 0x80);
        self.0.push(byte);
    }

    /// Appends `count` times the same code point.
    pub fn push_repeated(&mut self, c: CodePoint, count: usize) -> Result<(), OutOfMemory> {
        let len = c.len().checked_mul(count).ok_or(OutOfMemory)?;
        self.0.try_reserve(len)?;
        if c.is_ascii() {
            self.0.resize(self.0.len() + len, c.to_u32() as u8);
        } else {
            let mut buffer = [0; 4];
            let encoded = c.encode(&mut buffer);
            (0..count).for_each(|_| self.0.extend_from_slice(encoded));
        }
        Ok(())
    }

    /// Appends a string.
    #[inline]
    pub fn push_wtf8(&mut self, s: &Wtf8) {
        self.0.extend_from_slice(s.as_bytes());
    }

    /// Appends a Rust string.
    #[inline]
    pub fn push_str(&mut self, s: &str) {
        self.0.extend_from_slice(s.as_bytes());
    }

    /// Appends bytes that are known to be generalized UTF-8.
    ///
    /// # Safety
    /// As for [`Wtf8::from_bytes_unchecked`].
    #[inline]
    pub unsafe fn push_bytes_unchecked(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Removes and returns the last code point.
    pub fn pop(&mut self) -> Option<CodePoint> {
        let (c, len) = super::decode_last(self)?;
        self.0.truncate(self.0.len() - len);
        Some(c)
    }

    /// Shortens to `len` bytes.
    ///
    /// # Panics
    /// If `len` splits a code point.
    pub fn truncate(&mut self, len: usize) {
        assert!(
            len >= self.0.len() || self.is_boundary(len),
            "truncate splits a code point"
        );
        self.0.truncate(len);
    }

    /// Makes it empty and keeps the room.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The encoded bytes.
    #[inline]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// The encoded bytes without spare room.
    #[inline]
    pub fn into_boxed_bytes(self) -> Box<[u8]> {
        self.0.into_boxed_slice()
    }

    /// The Rust string, unless there is a surrogate.
    pub fn into_string(self) -> Result<String, Wtf8Buf> {
        if self.first_surrogate().is_some() {
            return Err(self);
        }
        // SAFETY: generalized UTF-8 without surrogates is UTF-8.
        Ok(unsafe { String::from_utf8_unchecked(self.0) })
    }
}

impl Deref for Wtf8Buf {
    type Target = Wtf8;
    #[inline]
    fn deref(&self) -> &Wtf8 {
        // SAFETY: the invariant of Wtf8Buf is that of Wtf8.
        unsafe { Wtf8::from_bytes_unchecked(&self.0) }
    }
}

impl Borrow<Wtf8> for Wtf8Buf {
    fn borrow(&self) -> &Wtf8 {
        self
    }
}

impl AsRef<Wtf8> for Wtf8Buf {
    fn as_ref(&self) -> &Wtf8 {
        self
    }
}

impl From<String> for Wtf8Buf {
    fn from(s: String) -> Self {
        Wtf8Buf(s.into_bytes())
    }
}

impl From<&str> for Wtf8Buf {
    fn from(s: &str) -> Self {
        Wtf8Buf(s.as_bytes().to_vec())
    }
}

impl From<&Wtf8> for Wtf8Buf {
    fn from(s: &Wtf8) -> Self {
        s.to_owned()
    }
}

impl From<CodePoint> for Wtf8Buf {
    fn from(c: CodePoint) -> Self {
        Wtf8Buf(c.encode(&mut [0; 4]).to_vec())
    }
}

impl Extend<CodePoint> for Wtf8Buf {
    fn extend<I: IntoIterator<Item = CodePoint>>(&mut self, iter: I) {
        let iter = iter.into_iter();
        self.0.reserve(iter.size_hint().0);
        iter.for_each(|c| self.push(c));
    }
}

impl FromIterator<CodePoint> for Wtf8Buf {
    fn from_iter<I: IntoIterator<Item = CodePoint>>(iter: I) -> Self {
        let mut out = Wtf8Buf::new();
        out.extend(iter);
        out
    }
}

impl fmt::Write for Wtf8Buf {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        self.push_str(s);
        Ok(())
    }
}

impl fmt::Debug for Wtf8Buf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl fmt::Display for Wtf8Buf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

impl PartialEq<Wtf8> for Wtf8Buf {
    fn eq(&self, other: &Wtf8) -> bool {
        **self == *other
    }
}

impl PartialEq<str> for Wtf8Buf {
    fn eq(&self, other: &str) -> bool {
        **self == *other
    }
}

impl PartialEq<&str> for Wtf8Buf {
    fn eq(&self, other: &&str) -> bool {
        **self == **other
    }
}
