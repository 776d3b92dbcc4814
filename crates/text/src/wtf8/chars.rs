//! Decoding: one code point at either end of the bytes, and the iterators made of that.

use super::{CodePoint, Wtf8};

/// The first code point of a string and its length in bytes.
#[inline]
pub fn decode_first(s: &Wtf8) -> Option<(CodePoint, usize)> {
    let bytes = s.as_bytes();
    let first = *bytes.first()?;
    // SAFETY: by Wtf8's invariant the lead byte announces how many continuation bytes follow, so they are there,
    // and the sum is at most 0x10FFFF.
    unsafe {
        if first < 0x80 {
            return Some((CodePoint::new_unchecked(first as u32), 1));
        }
        let tail = |i: usize| (*bytes.get_unchecked(i) & 0x3F) as u32;
        let first = first as u32;
        Some(if first < 0xE0 {
            (CodePoint::new_unchecked((first & 0x1F) << 6 | tail(1)), 2)
        } else if first < 0xF0 {
            (
                CodePoint::new_unchecked((first & 0x0F) << 12 | tail(1) << 6 | tail(2)),
                3,
            )
        } else {
            (
                CodePoint::new_unchecked(
                    (first & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3),
                ),
                4,
            )
        })
    }
}

/// The last code point of a string and its length in bytes.
#[inline]
pub fn decode_last(s: &Wtf8) -> Option<(CodePoint, usize)> {
    let bytes = s.as_bytes();
    let last = *bytes.last()?;
    // SAFETY: by Wtf8's invariant a continuation byte has a lead at most three bytes before it, and the bytes from
    // the lead to the end are one code point of at most 0x10FFFF.
    unsafe {
        if last < 0x80 {
            return Some((CodePoint::new_unchecked(last as u32), 1));
        }
        let at = |back: usize| *bytes.get_unchecked(bytes.len() - back) as u32;
        let low = (last & 0x3F) as u32;
        let second = at(2);
        if second >= 0xC0 {
            return Some((CodePoint::new_unchecked((second & 0x1F) << 6 | low), 2));
        }
        let low = (second & 0x3F) << 6 | low;
        let third = at(3);
        if third >= 0xC0 {
            return Some((CodePoint::new_unchecked((third & 0x0F) << 12 | low), 3));
        }
        Some((
            CodePoint::new_unchecked((at(4) & 0x07) << 18 | (third & 0x3F) << 12 | low),
            4,
        ))
    }
}

/// Iterator over code points; see [`Wtf8::chars`].
#[derive(Clone)]
pub struct Chars<'a> {
    rest: &'a Wtf8,
}

impl<'a> Chars<'a> {
    #[inline]
    pub(super) fn new(rest: &'a Wtf8) -> Self {
        Chars { rest }
    }

    /// What has not been visited yet.
    #[inline]
    pub fn as_wtf8(&self) -> &'a Wtf8 {
        self.rest
    }
}

impl Iterator for Chars<'_> {
    type Item = CodePoint;

    #[inline]
    fn next(&mut self) -> Option<CodePoint> {
        let (c, len) = decode_first(self.rest)?;
        // SAFETY: a code point of `len` bytes was just read there, so `len` is a boundary inside the string.
        self.rest = unsafe { self.rest.slice_unchecked(len..self.rest.len()) };
        Some(c)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.rest.len().div_ceil(4), Some(self.rest.len()))
    }

    fn count(self) -> usize {
        self.rest.char_count()
    }
}

impl DoubleEndedIterator for Chars<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<CodePoint> {
        let (c, len) = decode_last(self.rest)?;
        // SAFETY: the last code point takes `len` bytes, so it starts at a boundary.
        self.rest = unsafe { self.rest.slice_unchecked(0..self.rest.len() - len) };
        Some(c)
    }
}

impl std::iter::FusedIterator for Chars<'_> {}

/// Iterator over code points with their byte offsets; see [`Wtf8::char_indices`].
#[derive(Clone)]
pub struct CharIndices<'a> {
    front: usize,
    chars: Chars<'a>,
}

impl<'a> CharIndices<'a> {
    #[inline]
    pub(super) fn new(s: &'a Wtf8) -> Self {
        CharIndices {
            front: 0,
            chars: Chars::new(s),
        }
    }

    /// Byte offset of the next code point from the front.
    #[inline]
    pub fn offset(&self) -> usize {
        self.front
    }
}

impl Iterator for CharIndices<'_> {
    type Item = (usize, CodePoint);

    #[inline]
    fn next(&mut self) -> Option<(usize, CodePoint)> {
        let c = self.chars.next()?;
        let at = self.front;
        self.front += c.len();
        Some((at, c))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.chars.size_hint()
    }
}

impl DoubleEndedIterator for CharIndices<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<(usize, CodePoint)> {
        let c = self.chars.next_back()?;
        Some((self.front + self.chars.rest.len(), c))
    }
}
