//! Searching in short subjects, where setting up memchr's searchers would cost more than the search.
//!
//! The needle's first and last byte are compared with 16 places at once (W. Muła, "SIMD-friendly algorithms for
//! substring searching"); only where both agree the bytes between are looked at. That is quadratic at worst, so
//! [`Occurrences`] takes it for short needles or subjects only. SSE2 belongs to every x86-64; other machines take
//! memchr's searchers always.

use memchr::memmem;

/// Bytes of a subject up to which any needle is searched for here.
const SHORT_SUBJECT: usize = 512;
/// Bytes of a needle up to which a subject of [`MEDIUM_SUBJECT`] is searched here.
const SHORT_NEEDLE: usize = 32;
const MEDIUM_SUBJECT: usize = 4096;

const fn is_near(haystack: usize, needle: usize) -> bool {
    cfg!(target_arch = "x86_64")
        && (haystack <= SHORT_SUBJECT || (needle <= SHORT_NEEDLE && haystack <= MEDIUM_SUBJECT))
}

/// Offset of the first `byte`.
#[inline]
pub(super) fn find_byte(haystack: &[u8], byte: u8) -> Option<usize> {
    if haystack.len() < 16 {
        return haystack.iter().position(|&b| b == byte);
    }
    #[cfg(target_arch = "x86_64")]
    if haystack.len() <= 128 {
        return sse2::find_byte(haystack, byte);
    }
    memchr::memchr(byte, haystack)
}

/// Offset of the first occurrence of a needle of any length.
#[inline]
pub(super) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    match needle {
        [] => Some(0),
        [byte] => find_byte(haystack, *byte),
        _ if needle.len() > haystack.len() => None,
        _ if is_near(haystack.len(), needle.len()) => find_near(haystack, needle),
        _ => memmem::find(haystack, needle),
    }
}

/// Offset of the last occurrence of a needle of any length.
#[inline]
pub(super) fn rfind(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    match needle {
        [] => Some(haystack.len()),
        [byte] => memchr::memrchr(*byte, haystack),
        _ if needle.len() > haystack.len() => None,
        #[cfg(target_arch = "x86_64")]
        _ if is_near(haystack.len(), needle.len()) => sse2::rfind(haystack, needle),
        _ => memmem::rfind(haystack, needle),
    }
}

/// As [`find`] for needles of two bytes or more that are not longer than the subject.
#[cfg(target_arch = "x86_64")]
#[inline]
fn find_near(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    sse2::find(haystack, needle)
}
#[cfg(not(target_arch = "x86_64"))]
fn find_near(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    memmem::find(haystack, needle)
}

/// The offsets of the occurrences of a needle that do not overlap, from the left.
pub struct Occurrences<'h, 'n> {
    haystack: &'h [u8],
    needle: &'n [u8],
    at: usize,
    /// For subjects or needles that are not short.
    finder: Option<Box<memmem::Finder<'n>>>,
}

impl<'h, 'n> Occurrences<'h, 'n> {
    /// `needle` is not empty.
    #[inline]
    pub fn new(haystack: &'h [u8], needle: &'n [u8]) -> Self {
        let near = needle.len() < 2 || is_near(haystack.len(), needle.len());
        let finder = if near { None } else { Some(Box::new(memmem::Finder::new(needle))) };
        Occurrences { haystack, needle, at: 0, finder }
    }
}

impl Iterator for Occurrences<'_, '_> {
    type Item = usize;
    #[inline]
    fn next(&mut self) -> Option<usize> {
        let rest = &self.haystack[self.at..];
        let found = match (&self.finder, self.needle) {
            (Some(finder), _) => finder.find(rest),
            (None, [byte]) => find_byte(rest, *byte),
            (None, needle) if needle.len() <= rest.len() => find_near(rest, needle),
            _ => None,
        }?;
        let found = self.at + found;
        // An empty needle, which callers exclude, would be found in the same place for ever.
        self.at = found + self.needle.len().max(1);
        if self.at > self.haystack.len() {
            self.at = self.haystack.len();
        }
        Some(found)
    }
}

#[cfg(target_arch = "x86_64")]
mod sse2 {
    use std::arch::x86_64::{
        __m128i, _mm_and_si128, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_set1_epi8,
    };

    const LANES: usize = 16;

    /// The 16 bytes from `at` on.
    ///
    /// # Safety
    /// `at + 16` is at most the length.
    #[inline(always)]
    unsafe fn load(bytes: &[u8], at: usize) -> __m128i {
        debug_assert!(at + LANES <= bytes.len());
        // SAFETY: inside, as the caller says; the load needs no alignment. SSE2 is part of x86-64.
        unsafe { _mm_loadu_si128(bytes.as_ptr().add(at).cast()) }
    }

    /// `haystack` has 16 bytes or more.
    #[inline]
    pub(super) fn find_byte(haystack: &[u8], byte: u8) -> Option<usize> {
        let last = haystack.len().checked_sub(LANES)?;
        // SAFETY: SSE2 is part of x86-64; each block begins at `last` or before.
        unsafe {
            let wanted = _mm_set1_epi8(byte as i8);
            let mut at = 0;
            loop {
                let mask = _mm_movemask_epi8(_mm_cmpeq_epi8(load(haystack, at), wanted)) as u32;
                if mask != 0 {
                    return Some(at + mask.trailing_zeros() as usize);
                }
                if at == last {
                    return None;
                }
                // The last block overlaps the one before, in which nothing was found.
                at = (at + LANES).min(last);
            }
        }
    }

    /// Whether the needle is at `at`, where its first and last byte are.
    #[inline(always)]
    fn middle_agrees(haystack: &[u8], needle: &[u8], at: usize) -> bool {
        let n = needle.len();
        n == 2 || haystack[at + 1..at + n - 1] == needle[1..n - 1]
    }

    /// The places among 16 from `at` on where the first and the last byte of the needle are.
    ///
    /// # Safety
    /// `at + 16 + needle.len() - 1` is at most the haystack's length; the needle is not empty.
    #[inline(always)]
    unsafe fn candidates(haystack: &[u8], n: usize, at: usize, first: __m128i, last: __m128i) -> u32 {
        // SAFETY: both loads are inside, as the caller says.
        unsafe {
            let a = _mm_cmpeq_epi8(load(haystack, at), first);
            let b = _mm_cmpeq_epi8(load(haystack, at + n - 1), last);
            _mm_movemask_epi8(_mm_and_si128(a, b)) as u32
        }
    }

    /// The needle has two bytes or more and is not longer than the haystack.
    pub(super) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
        let n = needle.len();
        let places = haystack.len().checked_sub(n)? + 1;
        let (first, last) = (*needle.first()?, *needle.last()?);
        if places < LANES {
            return (0..places)
                .find(|&at| haystack[at] == first && haystack[at + n - 1] == last && middle_agrees(haystack, needle, at));
        }
        // SAFETY: each block begins at `places - 16` or before, so its second load ends with the haystack at most.
        unsafe {
            let (first, last) = (_mm_set1_epi8(first as i8), _mm_set1_epi8(last as i8));
            let mut at = 0;
            loop {
                let mut mask = candidates(haystack, n, at, first, last);
                while mask != 0 {
                    let place = at + mask.trailing_zeros() as usize;
                    if middle_agrees(haystack, needle, place) {
                        return Some(place);
                    }
                    mask &= mask - 1;
                }
                if at == places - LANES {
                    return None;
                }
                // The last block overlaps the one before, in which nothing was found.
                at = (at + LANES).min(places - LANES);
            }
        }
    }

    /// As [`find`], from the right.
    pub(super) fn rfind(haystack: &[u8], needle: &[u8]) -> Option<usize> {
        let n = needle.len();
        let places = haystack.len().checked_sub(n)? + 1;
        let (first, last) = (*needle.first()?, *needle.last()?);
        if places < LANES {
            return (0..places)
                .rev()
                .find(|&at| haystack[at] == first && haystack[at + n - 1] == last && middle_agrees(haystack, needle, at));
        }
        // SAFETY: each block begins at `places - 16` or before, so its second load ends with the haystack at most.
        unsafe {
            let (first, last) = (_mm_set1_epi8(first as i8), _mm_set1_epi8(last as i8));
            let mut at = places - LANES;
            loop {
                let mut mask = candidates(haystack, n, at, first, last);
                while mask != 0 {
                    let bit = 31 - mask.leading_zeros();
                    let place = at + bit as usize;
                    if middle_agrees(haystack, needle, place) {
                        return Some(place);
                    }
                    mask &= !(1 << bit);
                }
                if at == 0 {
                    return None;
                }
                // The first block overlaps the one behind, in which nothing was found.
                at = at.saturating_sub(LANES);
            }
        }
    }
}
