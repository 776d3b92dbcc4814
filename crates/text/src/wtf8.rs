//! The storage of `str`: generalized UTF-8, borrowed ([`Wtf8`]) and owned ([`Wtf8Buf`]).
//!
//! Generalized UTF-8 is UTF-8 without the ban on surrogates: `U+D800` is `ED A0 80`. Unlike the WTF-8 of the web,
//! a high surrogate followed by a low one stays two code points, because Python keeps them apart:
//! `len('\ud83d\ude00') == 2`. So each sequence of code points has exactly one encoding, and the other way round.
//!
//! Invariant of both types: the bytes are a concatenation of shortest-form encodings of code points up to
//! `U+10FFFF`. The unchecked decoding in `chars.rs` rests on it.

mod buf;
mod chars;
mod code_point;
mod index;
#[cfg(test)]
mod tests;

pub use buf::Wtf8Buf;
pub use chars::{CharIndices, Chars, decode_first, decode_last};
pub use code_point::CodePoint;
pub use index::CharIndex;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

/// Borrowed generalized UTF-8, unsized like `str`.
#[repr(transparent)]
#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wtf8([u8]);

/// Where [`Wtf8::from_bytes`] found bytes that are not generalized UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidWtf8 {
    /// Everything before this byte offset is valid.
    pub valid_up_to: usize,
}

/// Whether `byte` begins a code point (or is ASCII).
#[inline(always)]
pub(crate) const fn is_lead(byte: u8) -> bool {
    (byte as i8) >= -0x40
}

/// Length in bytes of the code point that begins with `lead`.
#[inline(always)]
pub const fn encoded_len(lead: u8) -> usize {
    match lead {
        0..0x80 => 1,
        0x80..0xE0 => 2,
        0xE0..0xF0 => 3,
        _ => 4,
    }
}

/// Number of code points in `bytes`, which must be generalized UTF-8: the bytes that are not continuations.
#[inline]
pub(crate) fn count_leads(bytes: &[u8]) -> usize {
    if bytes.len() <= 64 { bytes.len() - count_continuations(bytes) } else { count_leads_long(bytes) }
}

/// Number of continuation bytes, eight bytes at a time.
#[inline]
fn count_continuations(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    // A continuation byte has bit 7 set and bit 6 clear.
    let in_word = |word: u64| ((word >> 7) & !(word >> 6) & ONES).count_ones() as usize;
    let (words, rest) = bytes.as_chunks::<8>();
    let mut found = 0;
    for word in words {
        found += in_word(u64::from_le_bytes(*word));
    }
    found + rest.iter().filter(|&&b| !is_lead(b)).count()
}

/// As [`count_leads`]. The sums are kept in 8 bits for 192 bytes at a time, so that the compiler adds whole vectors.
fn count_leads_long(bytes: &[u8]) -> usize {
    let mut total = 0usize;
    for chunk in bytes.chunks(192) {
        let mut in_chunk = 0u8;
        for &byte in chunk {
            in_chunk += is_lead(byte) as u8;
        }
        total += in_chunk as usize;
    }
    total
}

impl Wtf8 {
    /// The empty string.
    pub const EMPTY: &'static Wtf8 = Wtf8::from_str("");

    /// Views a Rust string.
    #[inline]
    #[allow(
        clippy::should_implement_trait,
        reason = "this one cannot fail and is const"
    )]
    pub const fn from_str(s: &str) -> &Wtf8 {
        // SAFETY: UTF-8 is generalized UTF-8.
        unsafe { Self::from_bytes_unchecked(s.as_bytes()) }
    }

    /// Views bytes that are known to be generalized UTF-8.
    ///
    /// # Safety
    /// `bytes` must fulfil the invariant in the module's description.
    #[inline]
    pub const unsafe fn from_bytes_unchecked(bytes: &[u8]) -> &Wtf8 {
        // SAFETY: Wtf8 is repr(transparent) over [u8], so the two fat pointers have the same layout.
        unsafe { &*(bytes as *const [u8] as *const Wtf8) }
    }

    /// Views bytes after checking them.
    pub fn from_bytes(bytes: &[u8]) -> Result<&Wtf8, InvalidWtf8> {
        let mut done = 0;
        loop {
            match std::str::from_utf8(&bytes[done..]) {
                // SAFETY: each stretch was either accepted as UTF-8 or is one surrogate in shortest form.
                Ok(_) => return Ok(unsafe { Self::from_bytes_unchecked(bytes) }),
                Err(e) => {
                    done += e.valid_up_to();
                    match bytes[done..] {
                        [0xED, 0xA0..=0xBF, 0x80..=0xBF, ..] => done += 3,
                        _ => return Err(InvalidWtf8 { valid_up_to: done }),
                    }
                }
            }
        }
    }

    /// The encoded bytes.
    #[inline(always)]
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Length in bytes.
    #[inline(always)]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no code point at all.
    #[inline(always)]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether all code points are below 128; then byte and character positions are the same.
    #[inline]
    pub const fn is_ascii(&self) -> bool {
        self.0.is_ascii()
    }

    /// The same text as a Rust string, unless it holds a surrogate.
    pub fn as_str(&self) -> Option<&str> {
        if self.first_surrogate().is_some() {
            return None;
        }
        // SAFETY: generalized UTF-8 without surrogates is UTF-8.
        Some(unsafe { std::str::from_utf8_unchecked(&self.0) })
    }

    /// Byte offset of the first surrogate.
    pub fn first_surrogate(&self) -> Option<usize> {
        // A surrogate is the only code point whose lead is ED and whose next byte is A0 or above.
        memchr::memchr_iter(0xED, &self.0).find(|&at| self.0[at + 1] >= 0xA0)
    }

    /// The same text with each surrogate replaced by U+FFFD.
    pub fn to_string_lossy(&self) -> Cow<'_, str> {
        match self.as_str() {
            Some(s) => Cow::Borrowed(s),
            None => Cow::Owned(
                self.chars()
                    .map(|c| c.to_char().unwrap_or('\u{FFFD}'))
                    .collect(),
            ),
        }
    }

    /// The code points, from either end.
    #[inline]
    pub fn chars(&self) -> Chars<'_> {
        Chars::new(self)
    }

    /// The code points from the end.
    #[inline]
    pub fn rchars(&self) -> std::iter::Rev<Chars<'_>> {
        self.chars().rev()
    }

    /// The code points, each with its byte offset.
    #[inline]
    pub fn char_indices(&self) -> CharIndices<'_> {
        CharIndices::new(self)
    }

    /// Number of code points: Python's `len`.
    #[inline]
    pub fn char_count(&self) -> usize {
        count_leads(&self.0)
    }

    /// Whether `at` is 0, the length, or the start of a code point.
    #[inline]
    pub fn is_boundary(&self, at: usize) -> bool {
        match self.0.get(at) {
            Some(&byte) => is_lead(byte),
            None => at == self.0.len(),
        }
    }

    /// The part between two byte offsets.
    ///
    /// # Panics
    /// If the range is not inside the string or splits a code point.
    #[inline]
    #[track_caller]
    pub fn slice(&self, range: Range<usize>) -> &Wtf8 {
        assert!(
            self.is_boundary(range.start) && self.is_boundary(range.end),
            "slice splits a code point"
        );
        // SAFETY: cut at boundaries, which was just checked.
        unsafe { Self::from_bytes_unchecked(&self.0[range]) }
    }

    /// The part from a byte offset to the end; panics as [`Wtf8::slice`] does.
    #[inline]
    #[track_caller]
    pub fn slice_from(&self, start: usize) -> &Wtf8 {
        self.slice(start..self.len())
    }

    /// The part up to a byte offset; panics as [`Wtf8::slice`] does.
    #[inline]
    #[track_caller]
    pub fn slice_to(&self, end: usize) -> &Wtf8 {
        self.slice(0..end)
    }

    /// The part between two byte offsets that are known to be boundaries.
    ///
    /// # Safety
    /// `range.start <= range.end <= self.len()`, and both are boundaries.
    #[inline]
    pub unsafe fn slice_unchecked(&self, range: Range<usize>) -> &Wtf8 {
        debug_assert!(
            range.start <= range.end
                && self.is_boundary(range.start)
                && self.is_boundary(range.end)
        );
        // SAFETY: inside the string and at boundaries, as the caller promises.
        unsafe { Self::from_bytes_unchecked(self.0.get_unchecked(range)) }
    }

    /// The code point that starts at a byte offset; `None` at the end.
    ///
    /// # Panics
    /// If `at` is beyond the end or inside a code point.
    #[inline]
    #[track_caller]
    pub fn char_at_byte(&self, at: usize) -> Option<CodePoint> {
        self.slice_from(at).chars().next()
    }

    /// Byte offset of the code point number `char_index`; the length for the number of code points; `None`
    /// beyond. Linear in the offset: long strings that are indexed often want a [`CharIndex`].
    pub fn byte_offset(&self, char_index: usize) -> Option<usize> {
        index::nth_char(&self.0, char_index)
    }

    /// Number of code points before a byte offset that is a boundary.
    #[inline]
    pub fn char_offset(&self, byte_offset: usize) -> usize {
        count_leads(&self.0[..byte_offset])
    }

    /// The code points `start..end` (clamped to the string) by character number.
    pub fn substring(&self, start: usize, end: usize) -> &Wtf8 {
        let from = self.byte_offset(start).unwrap_or(self.len());
        let rest = self.slice_from(from);
        let to = rest
            .byte_offset(end.saturating_sub(start))
            .unwrap_or(rest.len());
        rest.slice_to(to)
    }

    /// The greatest code point: decides the width of CPython's own representation.
    pub fn max_char(&self) -> CodePoint {
        if self.is_ascii() {
            return self
                .0
                .iter()
                .max()
                .map_or(CodePoint::NUL, |&b| CodePoint::from(b));
        }
        self.chars().max().unwrap_or(CodePoint::NUL)
    }
}

impl fmt::Debug for Wtf8 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        f.write_char('"')?;
        for c in self.chars() {
            match c.to_char() {
                Some(c) => write!(f, "{}", c.escape_debug())?,
                None => write!(f, "\\u{{{:x}}}", c.to_u32())?,
            }
        }
        f.write_char('"')
    }
}

impl fmt::Display for Wtf8 {
    /// Surrogates show as U+FFFD.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&*self.to_string_lossy(), f)
    }
}

impl ToOwned for Wtf8 {
    type Owned = Wtf8Buf;
    fn to_owned(&self) -> Wtf8Buf {
        // SAFETY: a copy of valid bytes.
        unsafe { Wtf8Buf::from_bytes_unchecked(self.0.to_vec()) }
    }
}

impl AsRef<Wtf8> for Wtf8 {
    fn as_ref(&self) -> &Wtf8 {
        self
    }
}

impl AsRef<Wtf8> for str {
    fn as_ref(&self) -> &Wtf8 {
        Wtf8::from_str(self)
    }
}

impl<'a> From<&'a str> for &'a Wtf8 {
    fn from(s: &'a str) -> Self {
        Wtf8::from_str(s)
    }
}

impl PartialEq<str> for Wtf8 {
    fn eq(&self, other: &str) -> bool {
        self.0 == *other.as_bytes()
    }
}

impl PartialEq<&str> for Wtf8 {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other.as_bytes()
    }
}

impl Default for &Wtf8 {
    fn default() -> Self {
        Wtf8::EMPTY
    }
}
