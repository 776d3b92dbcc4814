//! What searching needs to know about `str` and `bytes`.

use crate::wtf8::{
    CodePoint, Wtf8, Wtf8Buf, count_leads, decode_first, decode_last, encoded_len, is_lead,
};

/// A sequence that Python can search: [`Wtf8`] or `[u8]`.
///
/// # Safety
/// `from_raw` and `owned_from_raw` are called with concatenations of pieces cut out of `raw` at offsets where an
/// element begins or ends, and must then be sound.
pub unsafe trait Subject {
    /// The owned form.
    type Owned;
    /// The bytes.
    fn raw(&self) -> &[u8];
    /// Views bytes.
    ///
    /// # Safety
    /// The bytes are whole elements.
    unsafe fn from_raw(bytes: &[u8]) -> &Self;
    /// Takes bytes.
    ///
    /// # Safety
    /// The bytes are whole elements.
    unsafe fn owned_from_raw(bytes: Vec<u8>) -> Self::Owned;
    /// Number of elements: Python's `len`.
    fn element_count(&self) -> usize;
    /// Length of the element that begins with `lead`.
    fn element_len(lead: u8) -> usize;
    /// Whether an element begins with `byte`.
    fn is_element_start(byte: u8) -> bool;
    /// Whether a byte below 128 is white space.
    fn is_ascii_space(byte: u8) -> bool;
    /// Length of the white space element at the front, 0 if there is none.
    fn space_at_front(&self) -> usize;
    /// Length of the white space element at the back, 0 if there is none.
    fn space_at_back(&self) -> usize;
    /// Length of the line end at the front, 0 if there is none. `\r\n` is one.
    fn line_break_at_front(&self) -> usize;

    /// The part between two offsets.
    ///
    /// # Safety
    /// The offsets are in order, inside, and between elements.
    #[inline(always)]
    unsafe fn cut(&self, start: usize, end: usize) -> &Self {
        debug_assert!(start <= end && end <= self.raw().len());
        // SAFETY: what the caller promises.
        unsafe { Self::from_raw(self.raw().get_unchecked(start..end)) }
    }
}

/// Python's white space among bytes: space, and `\t` to `\r`.
#[inline(always)]
pub const fn is_byte_space(byte: u8) -> bool {
    matches!(byte, b' ' | 0x09..=0x0D)
}

/// Python's white space among characters (`str.isspace`): bidirectional class WS, B or S, or category Zs.
#[inline]
pub const fn is_str_space(c: CodePoint) -> bool {
    matches!(c.to_u32(),
        0x20 | 0x09..=0x0D | 0x1C..=0x1F | 0x85 | 0xA0 | 0x1680 | 0x2000..=0x200A | 0x2028 | 0x2029 | 0x202F | 0x205F
        | 0x3000)
}

/// The characters at which `str.splitlines` splits.
#[inline]
pub const fn is_str_line_break(c: CodePoint) -> bool {
    matches!(c.to_u32(), 0x0A..=0x0D | 0x1C..=0x1E | 0x85 | 0x2028 | 0x2029)
}

// SAFETY: any bytes are a valid `[u8]`.
unsafe impl Subject for [u8] {
    type Owned = Vec<u8>;
    #[inline(always)]
    fn raw(&self) -> &[u8] {
        self
    }
    #[inline(always)]
    unsafe fn from_raw(bytes: &[u8]) -> &Self {
        bytes
    }
    #[inline(always)]
    unsafe fn owned_from_raw(bytes: Vec<u8>) -> Vec<u8> {
        bytes
    }
    #[inline(always)]
    fn element_count(&self) -> usize {
        self.len()
    }
    #[inline(always)]
    fn element_len(_: u8) -> usize {
        1
    }
    #[inline(always)]
    fn is_element_start(_: u8) -> bool {
        true
    }
    #[inline(always)]
    fn is_ascii_space(byte: u8) -> bool {
        is_byte_space(byte)
    }
    #[inline(always)]
    fn space_at_front(&self) -> usize {
        self.first().is_some_and(|&b| is_byte_space(b)) as usize
    }
    #[inline(always)]
    fn space_at_back(&self) -> usize {
        self.last().is_some_and(|&b| is_byte_space(b)) as usize
    }
    #[inline(always)]
    fn line_break_at_front(&self) -> usize {
        match self {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => 0,
        }
    }
}

// SAFETY: whole encoded code points, concatenated, are generalized UTF-8.
unsafe impl Subject for Wtf8 {
    type Owned = Wtf8Buf;
    #[inline(always)]
    fn raw(&self) -> &[u8] {
        self.as_bytes()
    }
    #[inline(always)]
    unsafe fn from_raw(bytes: &[u8]) -> &Self {
        // SAFETY: the caller's promise.
        unsafe { Wtf8::from_bytes_unchecked(bytes) }
    }
    #[inline(always)]
    unsafe fn owned_from_raw(bytes: Vec<u8>) -> Wtf8Buf {
        // SAFETY: the caller's promise.
        unsafe { Wtf8Buf::from_bytes_unchecked(bytes) }
    }
    #[inline]
    fn element_count(&self) -> usize {
        count_leads(self.as_bytes())
    }
    #[inline(always)]
    fn element_len(lead: u8) -> usize {
        encoded_len(lead)
    }
    #[inline(always)]
    fn is_element_start(byte: u8) -> bool {
        is_lead(byte)
    }
    #[inline(always)]
    fn is_ascii_space(byte: u8) -> bool {
        is_byte_space(byte) || (0x1C..0x20).contains(&byte)
    }
    #[inline(always)]
    fn space_at_front(&self) -> usize {
        match self.as_bytes() {
            [] => 0,
            [b, ..] if *b < 0x80 => (is_byte_space(*b) || (0x1C..0x20).contains(b)) as usize,
            _ => decode_first(self).map_or(0, |(c, len)| if is_str_space(c) { len } else { 0 }),
        }
    }
    #[inline(always)]
    fn space_at_back(&self) -> usize {
        match self.as_bytes() {
            [] => 0,
            [.., b] if *b < 0x80 => (is_byte_space(*b) || (0x1C..0x20).contains(b)) as usize,
            _ => decode_last(self).map_or(0, |(c, len)| if is_str_space(c) { len } else { 0 }),
        }
    }
    #[inline(always)]
    fn line_break_at_front(&self) -> usize {
        match self.as_bytes() {
            [b'\r', b'\n', ..] => 2,
            [0x0A..=0x0D | 0x1C..=0x1E, ..] => 1,
            [0xC2, 0x85, ..] => 2,
            [0xE2, 0x80, 0xA8 | 0xA9, ..] => 3,
            _ => 0,
        }
    }
}
