//! Splitting. Each splitter is a lazy iterator over pieces of the subject; those from the right yield the last
//! piece first, so a caller that builds a list reverses it.

use super::{Occurrences, Subject, find_bytes, rfind_bytes};

/// Pieces between occurrences of a separator, from the left.
pub struct Split<'a, T: Subject + ?Sized> {
    subject: &'a T,
    /// Where the next piece begins; `None` at the end.
    start: Option<usize>,
    separator_len: usize,
    occurrences: Occurrences<'a, 'a>,
    splits_left: usize,
}

impl<'a, T: Subject + ?Sized> Split<'a, T> {
    /// At most `max_split` splits, if given. `None` for an empty separator (a `ValueError` in Python).
    #[inline]
    pub fn new(s: &'a T, separator: &'a T, max_split: Option<usize>) -> Option<Self> {
        let separator_len = separator.raw().len();
        (separator_len > 0).then(|| Split {
            subject: s,
            start: Some(0),
            separator_len,
            occurrences: Occurrences::new(s.raw(), separator.raw()),
            splits_left: max_split.unwrap_or(usize::MAX),
        })
    }
}

impl<'a, T: Subject + ?Sized> Iterator for Split<'a, T> {
    type Item = &'a T;

    #[inline]
    fn next(&mut self) -> Option<&'a T> {
        let start = self.start?;
        let found = if self.splits_left > 0 { self.occurrences.next() } else { None };
        let end = match found {
            Some(at) => {
                self.splits_left -= 1;
                self.start = Some(at + self.separator_len);
                at
            }
            None => {
                self.start = None;
                self.subject.raw().len()
            }
        };
        // SAFETY: both ends of an occurrence of whole elements lie between elements, and occurrences do not overlap.
        Some(unsafe { self.subject.cut(start, end) })
    }
}

/// Pieces between occurrences of a separator, from the right.
pub struct RSplit<'a, T: Subject + ?Sized> {
    rest: Option<&'a T>,
    separator: &'a [u8],
    splits_left: usize,
}

impl<'a, T: Subject + ?Sized> RSplit<'a, T> {
    /// As [`Split::new`].
    pub fn new(s: &'a T, separator: &'a T, max_split: Option<usize>) -> Option<Self> {
        let separator = separator.raw();
        (!separator.is_empty()).then_some(RSplit {
            rest: Some(s),
            separator,
            splits_left: max_split.unwrap_or(usize::MAX),
        })
    }
}

impl<'a, T: Subject + ?Sized> Iterator for RSplit<'a, T> {
    type Item = &'a T;

    fn next(&mut self) -> Option<&'a T> {
        let s = self.rest?;
        if self.splits_left > 0
            && let Some(at) = rfind_bytes(s.raw(), self.separator)
        {
            self.splits_left -= 1;
            // SAFETY: both ends of an occurrence of whole elements lie between elements.
            unsafe {
                self.rest = Some(s.cut(0, at));
                return Some(s.cut(at + self.separator.len(), s.raw().len()));
            }
        }
        self.rest.take()
    }
}

/// Offset of the first element at or after `at` that is (or, for `false`, is not) white space.
#[inline]
fn scan_space<T: Subject + ?Sized>(s: &T, mut at: usize, want: bool) -> usize {
    let bytes = s.raw();
    while let Some(&byte) = bytes.get(at) {
        if byte < 0x80 {
            if T::is_ascii_space(byte) == want {
                break;
            }
            at += 1;
            continue;
        }
        // SAFETY: `at` moves by whole elements.
        let space = unsafe { s.cut(at, bytes.len()) }.space_at_front();
        if (space > 0) == want {
            break;
        }
        at += if space > 0 {
            space
        } else {
            T::element_len(byte)
        };
    }
    at
}

/// Offset of the end of the last element before `end` that is (or is not) white space.
fn rscan_space<T: Subject + ?Sized>(s: &T, mut end: usize, want: bool) -> usize {
    let bytes = s.raw();
    while end > 0 {
        // SAFETY: `end` moves by whole elements.
        let space = unsafe { s.cut(0, end) }.space_at_back();
        if (space > 0) == want {
            break;
        }
        if space > 0 {
            end -= space;
        } else {
            end -= 1;
            while !T::is_element_start(bytes[end]) {
                end -= 1;
            }
        }
    }
    end
}

/// Runs of elements that are not white space, from the left.
pub struct SplitWhitespace<'a, T: Subject + ?Sized> {
    rest: &'a T,
    splits_left: usize,
}

impl<'a, T: Subject + ?Sized> SplitWhitespace<'a, T> {
    /// At most `max_split` splits, if given; the last piece then keeps its white space, but for the leading one.
    pub fn new(s: &'a T, max_split: Option<usize>) -> Self {
        SplitWhitespace {
            rest: s,
            splits_left: max_split.unwrap_or(usize::MAX),
        }
    }
}

impl<'a, T: Subject + ?Sized> Iterator for SplitWhitespace<'a, T> {
    type Item = &'a T;

    fn next(&mut self) -> Option<&'a T> {
        let s = self.rest;
        let len = s.raw().len();
        let start = scan_space(s, 0, false);
        if start == len {
            return None;
        }
        let end = if self.splits_left == 0 {
            len
        } else {
            scan_space(s, start, true)
        };
        self.splits_left = self.splits_left.saturating_sub(1);
        // SAFETY: `scan_space` returns offsets between elements.
        unsafe {
            self.rest = s.cut(end, len);
            Some(s.cut(start, end))
        }
    }
}

/// Runs of elements that are not white space, from the right.
pub struct RSplitWhitespace<'a, T: Subject + ?Sized> {
    rest: &'a T,
    splits_left: usize,
}

impl<'a, T: Subject + ?Sized> RSplitWhitespace<'a, T> {
    /// At most `max_split` splits, if given; the last piece then keeps its white space, but for the trailing one.
    pub fn new(s: &'a T, max_split: Option<usize>) -> Self {
        RSplitWhitespace {
            rest: s,
            splits_left: max_split.unwrap_or(usize::MAX),
        }
    }
}

impl<'a, T: Subject + ?Sized> Iterator for RSplitWhitespace<'a, T> {
    type Item = &'a T;

    fn next(&mut self) -> Option<&'a T> {
        let s = self.rest;
        let end = rscan_space(s, s.raw().len(), false);
        if end == 0 {
            return None;
        }
        let start = if self.splits_left == 0 {
            0
        } else {
            rscan_space(s, end, true)
        };
        self.splits_left = self.splits_left.saturating_sub(1);
        // SAFETY: `rscan_space` returns offsets between elements.
        unsafe {
            self.rest = s.cut(0, start);
            Some(s.cut(start, end))
        }
    }
}

/// Lines; an empty last one is left out, as in `splitlines`.
pub struct Lines<'a, T: Subject + ?Sized> {
    rest: &'a T,
    keep_ends: bool,
}

impl<'a, T: Subject + ?Sized> Lines<'a, T> {
    /// With `keep_ends` each piece keeps the line end that closes it.
    pub fn new(s: &'a T, keep_ends: bool) -> Self {
        Lines { rest: s, keep_ends }
    }
}

impl<'a, T: Subject + ?Sized> Iterator for Lines<'a, T> {
    type Item = &'a T;

    fn next(&mut self) -> Option<&'a T> {
        let s = self.rest;
        let bytes = s.raw();
        if bytes.is_empty() {
            return None;
        }
        let mut at = 0;
        let mut end_len = 0;
        while at < bytes.len() {
            // Nearly all bytes are printable ASCII, which ends no line.
            if (0x20..0x80).contains(&bytes[at]) {
                at += 1;
                continue;
            }
            // SAFETY: `at` moves by whole elements.
            end_len = unsafe { s.cut(at, bytes.len()) }.line_break_at_front();
            if end_len > 0 {
                break;
            }
            at += T::element_len(bytes[at]);
        }
        // SAFETY: a line end is made of whole elements.
        unsafe {
            self.rest = s.cut(at + end_len, bytes.len());
            Some(s.cut(0, if self.keep_ends { at + end_len } else { at }))
        }
    }
}

/// The parts before and after the first separator; `None` if it does not occur (or is empty).
pub fn partition<'a, T: Subject + ?Sized>(s: &'a T, separator: &T) -> Option<(&'a T, &'a T)> {
    let len = separator.raw().len();
    let at = if len == 0 {
        None
    } else {
        find_bytes(s.raw(), separator.raw())
    }?;
    // SAFETY: both ends of an occurrence of whole elements lie between elements.
    unsafe { Some((s.cut(0, at), s.cut(at + len, s.raw().len()))) }
}

/// The parts before and after the last separator; `None` if it does not occur (or is empty).
pub fn rpartition<'a, T: Subject + ?Sized>(s: &'a T, separator: &T) -> Option<(&'a T, &'a T)> {
    let len = separator.raw().len();
    let at = if len == 0 {
        None
    } else {
        rfind_bytes(s.raw(), separator.raw())
    }?;
    // SAFETY: both ends of an occurrence of whole elements lie between elements.
    unsafe { Some((s.cut(0, at), s.cut(at + len, s.raw().len()))) }
}
