//! Strs written where they lie: the size is known before, so that no buffer stands between.
//!
//! Where the size is not known, [`Scratch`] collects the text on the stack first.

use std::mem::MaybeUninit;

use orochi_heap::Value;
use orochi_number::text::Digits;
use orochi_number::{NumberError, NumberResult, TextSink};
use orochi_text::search::Occurrences;
use orochi_text::wtf8::{CodePoint, Wtf8};
use smallvec::SmallVec;

use super::{PyStr, copy_bytes, empty, from_code_point, make};
use crate::thread::{Attached, PyResult};

/// Bytes that [`Scratch`] holds without memory of its own.
const ON_STACK: usize = 232;

/// A text that is being written: on the stack while it is short.
pub(crate) struct Scratch {
    len: usize,
    /// The text, while `long` is empty.
    short: [MaybeUninit<u8>; ON_STACK],
    /// The text, once it is longer; never empty again then.
    long: Vec<u8>,
}

impl Scratch {
    /// Nothing yet.
    #[inline(always)]
    pub(crate) fn new() -> Scratch {
        Scratch { len: 0, short: [const { MaybeUninit::uninit() }; ON_STACK], long: Vec::new() }
    }
    /// The bytes.
    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        if self.long.is_empty() {
            // SAFETY: `len` bytes are written, and they lie here as long as `long` is empty.
            unsafe { std::slice::from_raw_parts(self.short.as_ptr().cast(), self.len) }
        } else {
            &self.long
        }
    }
    /// Where `n` more bytes go, which the caller writes; null if there is no memory.
    #[inline(always)]
    fn grow(&mut self, n: usize) -> *mut u8 {
        if n <= ON_STACK - self.len.min(ON_STACK) && self.long.is_empty() {
            let at = self.len;
            self.len += n;
            // SAFETY: `at` is inside the array.
            return unsafe { self.short.as_mut_ptr().add(at).cast() };
        }
        self.grow_long(n)
    }
    #[cold]
    #[inline(never)]
    fn grow_long(&mut self, n: usize) -> *mut u8 {
        let first = self.long.is_empty();
        let wanted = if first { self.len.checked_add(n) } else { Some(n) };
        if wanted.is_none_or(|n| self.long.try_reserve(n).is_err()) {
            return std::ptr::null_mut();
        }
        if first {
            // SAFETY: `len` bytes are written; the vector is another place.
            let short = unsafe { std::slice::from_raw_parts(self.short.as_ptr().cast(), self.len) };
            self.long.extend_from_slice(short);
        }
        let at = self.long.len();
        // Zeros, so that the vector is whole whatever the caller writes.
        self.long.resize(at + n, 0);
        self.len = at + n;
        // SAFETY: `at` is inside the vector.
        unsafe { self.long.as_mut_ptr().add(at) }
    }
    /// Appends bytes; MemoryError.
    #[inline(always)]
    pub(crate) fn push(&mut self, t: Attached<'_>, bytes: &[u8]) -> PyResult<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let to = self.grow(bytes.len());
        if to.is_null() {
            return Err(t.memory_error());
        }
        // SAFETY: there is room for the bytes, in another place.
        unsafe { copy_bytes(bytes.as_ptr(), to, bytes.len()) };
        Ok(())
    }
    /// Appends one code point many times; MemoryError.
    #[inline]
    pub(crate) fn fill_with(&mut self, t: Attached<'_>, c: CodePoint, count: usize) -> PyResult<()> {
        if count == 0 {
            return Ok(());
        }
        let mut unit = [0; 4];
        let unit: &[u8] = c.encode(&mut unit);
        let to = match unit.len().checked_mul(count) {
            Some(n) => self.grow(n),
            None => std::ptr::null_mut(),
        };
        if to.is_null() {
            return Err(t.memory_error());
        }
        // SAFETY: there is room for `count` units.
        unsafe { write_repeated(to, unit, count) };
        Ok(())
    }
    /// A new str.
    ///
    /// # Safety
    /// The bytes pushed are, one after the other, generalized UTF-8.
    #[inline]
    pub(crate) unsafe fn to_str(&self, t: Attached<'_>) -> PyResult {
        let bytes = self.bytes();
        // SAFETY: as the caller says.
        super::piece(t, unsafe { Wtf8::from_bytes_unchecked(bytes) }, bytes.is_ascii())
    }
}

impl TextSink for Scratch {
    /// Takes memory only where the stack does not do.
    #[inline(always)]
    fn reserve(&mut self, bytes: usize) -> NumberResult<()> {
        if self.long.is_empty() && bytes <= ON_STACK - self.len.min(ON_STACK) {
            return Ok(());
        }
        self.long.try_reserve(bytes.saturating_add(self.len)).map_err(|_| NumberError::memory())
    }
    #[inline(always)]
    fn push_str(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let to = self.grow(text.len());
        if !to.is_null() {
            // SAFETY: there is room for the bytes, in another place.
            unsafe { copy_bytes(text.as_ptr(), to, text.len()) };
        }
    }
    #[inline]
    fn fill(&mut self, c: char, count: usize) {
        if count == 0 {
            return;
        }
        let mut unit = [0; 4];
        let unit = c.encode_utf8(&mut unit).as_bytes();
        let to = match unit.len().checked_mul(count) {
            Some(n) => self.grow(n),
            None => std::ptr::null_mut(),
        };
        if !to.is_null() {
            // SAFETY: there is room for `count` units.
            unsafe { write_repeated(to, unit, count) };
        }
    }
}

/// The str of digits; those of one digit are the interned ones.
pub(crate) fn from_digits(t: Attached<'_>, digits: &Digits) -> Value {
    let bytes = digits.as_bytes();
    if let [digit] = bytes {
        return from_code_point(t, u32::from(*digit));
    }
    // SAFETY: digits, signs and prefixes are ASCII.
    let made = unsafe { make(t, bytes.len(), bytes.len(), 0, |tail| copy_bytes(bytes.as_ptr(), tail, bytes.len())) };
    match made {
        Ok(v) => v,
        Err(_) => std::alloc::handle_alloc_error(std::alloc::Layout::new::<PyStr>()),
    }
}
/// `str(i)`.
pub fn from_i64(t: Attached<'_>, i: i64) -> Value {
    from_digits(t, &Digits::signed(i))
}

/// `bin(i)`, `oct(i)`, `hex(i)`: `bits` of the number a digit (1, 3, 4), and the letter of the prefix.
pub fn from_i64_in_base(t: Attached<'_>, i: i64, bits: u32, prefix: u8) -> Value {
    let mut digits = Digits::power_of_two(i.unsigned_abs(), bits, false);
    digits.push_front(prefix);
    digits.push_front(b'0');
    if i < 0 {
        digits.push_front(b'-');
    }
    from_digits(t, &digits)
}

/// A changed copy of an ASCII text.
///
/// # Safety
/// `s` is ASCII, and `change` makes ASCII of ASCII.
pub(crate) unsafe fn changed_ascii(t: Attached<'_>, s: &PyStr, change: impl FnOnce(&mut [u8])) -> PyResult {
    let bytes = s.bytes();
    let n = bytes.len();
    if n == 0 {
        return Ok(empty(t));
    }
    if let [b] = *bytes {
        let mut one = [b];
        change(&mut one);
        return Ok(from_code_point(t, u32::from(one[0])));
    }
    // SAFETY: the tail gets `n` bytes of ASCII, all written before the slice is made.
    unsafe {
        make(t, n, n, 0, |tail| {
            copy_bytes(bytes.as_ptr(), tail, n);
            change(std::slice::from_raw_parts_mut(tail, n));
        })
    }
}

/// The text between two quotes: `repr` of a text in which nothing needs an escape.
pub(crate) fn quoted(t: Attached<'_>, s: &PyStr) -> PyResult {
    let bytes = s.bytes();
    let n = bytes.len();
    // SAFETY: a text between two ASCII characters, of a length that memory already holds.
    unsafe {
        make(t, n + 2, s.chars + 2, 0, |tail| {
            *tail = b'\'';
            copy_bytes(bytes.as_ptr(), tail.add(1), n);
            *tail.add(1 + n) = b'\'';
        })
    }
}

/// Writes a unit of bytes many times.
///
/// # Safety
/// There is room for them.
unsafe fn write_repeated(mut to: *mut u8, unit: &[u8], count: usize) {
    // SAFETY: the caller has room for `count` units.
    unsafe {
        if let [b] = unit {
            to.write_bytes(*b, count);
            return;
        }
        for _ in 0..count {
            copy_bytes(unit.as_ptr(), to, unit.len());
            to = to.add(unit.len());
        }
    }
}

/// The text between copies of a fill character; MemoryError.
pub(crate) fn padded(t: Attached<'_>, s: &PyStr, left: usize, right: usize, fill: CodePoint) -> PyResult {
    let mut unit = [0; 4];
    let unit: &[u8] = fill.encode(&mut unit);
    let n = s.len;
    let added = left.checked_add(right);
    let len = added.and_then(|count| count.checked_mul(unit.len())).and_then(|bytes| bytes.checked_add(n));
    let (Some(added), Some(len)) = (added, len) else { return Err(t.memory_error()) };
    // SAFETY: `left + right` whole characters around a text.
    unsafe {
        make(t, len, s.chars + added, 0, |tail| {
            write_repeated(tail, unit, left);
            let middle = tail.add(left * unit.len());
            copy_bytes(s.bytes().as_ptr(), middle, n);
            write_repeated(middle.add(n), unit, right);
        })
    }
}

/// The text `count` times; MemoryError.
pub(crate) fn repeated(t: Attached<'_>, s: &PyStr, count: usize) -> PyResult {
    let bytes = s.bytes();
    let (Some(len), Some(chars)) = (bytes.len().checked_mul(count), s.chars.checked_mul(count)) else {
        return Err(t.memory_error());
    };
    // SAFETY: a text `count` times. Long ones grow by doubling what is written already.
    unsafe {
        make(t, len, chars, 0, |tail| {
            if bytes.len() == 1 || len <= 64 {
                write_repeated(tail, bytes, count);
                return;
            }
            copy_bytes(bytes.as_ptr(), tail, bytes.len());
            let mut done = bytes.len();
            while done < len {
                let more = done.min(len - done);
                std::ptr::copy_nonoverlapping(tail, tail.add(done), more);
                done += more;
            }
        })
    }
}

/// The `count` (two at least) bytes of an ASCII text at `start`, `start + step`, and so on, which are all inside.
pub(crate) fn strided(t: Attached<'_>, s: &PyStr, start: usize, step: isize, count: usize) -> PyResult {
    let bytes = s.bytes();
    debug_assert!(s.is_ascii());
    if step == -1 && count == bytes.len() {
        // SAFETY: the tail has `count` bytes; bytes of ASCII in another order are ASCII.
        return unsafe {
            make(t, count, count, 0, |tail| {
                for (i, b) in bytes.iter().rev().enumerate() {
                    *tail.add(i) = *b;
                }
            })
        };
    }
    // SAFETY: as above; the index is checked.
    unsafe {
        make(t, count, count, 0, |tail| {
            let mut at = start;
            for i in 0..count {
                *tail.add(i) = bytes[at];
                at = at.wrapping_add_signed(step);
            }
        })
    }
}

/// The text with the first `limit` occurrences of `old`, which is not empty, replaced; `None`: there are none.
pub(crate) fn replaced(t: Attached<'_>, s: &PyStr, old: &PyStr, new: &PyStr, limit: usize) -> PyResult<Option<Value>> {
    let (text, from, to) = (s.bytes(), old.bytes(), new.bytes());
    let places: SmallVec<[usize; 24]> = Occurrences::new(text, from).take(limit).collect();
    let count = places.len();
    if count == 0 {
        return Ok(None);
    }
    let too_long = || t.overflow_error("replace string is too long");
    let added = count.checked_mul(to.len()).ok_or_else(too_long)?;
    let len = (text.len() - count * from.len()).checked_add(added).ok_or_else(too_long)?;
    if len == 0 {
        return Ok(Some(empty(t)));
    }
    // Cannot wrap: there are at least as many bytes.
    let chars = s.chars - count * old.chars + count * new.chars;
    // SAFETY: whole characters are exchanged for whole characters; `len` is the sum of what is copied, as the
    // occurrences do not overlap.
    let made = unsafe {
        make(t, len, chars, 0, |mut tail| {
            let mut done = 0;
            for &at in &places {
                copy_bytes(text.as_ptr().add(done), tail, at - done);
                tail = tail.add(at - done);
                copy_bytes(to.as_ptr(), tail, to.len());
                tail = tail.add(to.len());
                done = at + from.len();
            }
            copy_bytes(text.as_ptr().add(done), tail, text.len() - done);
        })
    };
    made.map(Some)
}

/// Two lower case hexadecimal digits for each byte; MemoryError.
pub(crate) fn hex(t: Attached<'_>, bytes: &[u8]) -> PyResult {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    if bytes.is_empty() {
        return Ok(empty(t));
    }
    let Some(len) = bytes.len().checked_mul(2) else { return Err(t.memory_error()) };
    // SAFETY: two digits for each byte.
    unsafe {
        make(t, len, len, 0, |tail| {
            for (i, &b) in bytes.iter().enumerate() {
                *tail.add(2 * i) = DIGITS[usize::from(b >> 4)];
                *tail.add(2 * i + 1) = DIGITS[usize::from(b & 15)];
            }
        })
    }
}

/// A new str of UTF-8 bytes; `None`: they are not UTF-8.
pub(crate) fn from_utf8(t: Attached<'_>, bytes: &[u8]) -> Option<PyResult> {
    let ascii = bytes.is_ascii();
    let text = if ascii {
        // SAFETY: ASCII is UTF-8.
        unsafe { Wtf8::from_bytes_unchecked(bytes) }
    } else {
        Wtf8::from_str(std::str::from_utf8(bytes).ok()?)
    };
    Some(super::piece(t, text, ascii))
}
