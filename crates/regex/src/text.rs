//! Text encodings. The engine is compiled once per encoding, so that one-byte texts pay nothing
//! for UTF-8. Decoding never panics: a malformed byte counts as one character of its own value.

/// A text that the engine can read. Positions are byte offsets into [`Text::bytes`].
pub trait Text: Copy {
    /// Whether characters may be longer than one byte.
    const WIDE: bool;

    /// The encoded text.
    fn bytes(&self) -> &[u8];

    /// The character at `at` and the position after it; `None` at the end of `text`.
    fn decode(text: &[u8], at: usize) -> Option<(u32, usize)>;

    /// Start of the character that ends at `at`; `None` at the beginning.
    fn before(text: &[u8], at: usize) -> Option<usize>;

    /// The position `count` characters before `at`; `None` when there are not so many.
    fn back(text: &[u8], at: usize, count: u32) -> Option<usize>;
}

/// One byte per character: `bytes`, and `str` known to be ASCII.
#[derive(Clone, Copy, Debug)]
pub struct Bytes<'a>(pub &'a [u8]);

/// Generalized UTF-8: UTF-8 in which surrogates are encoded like other code points.
#[derive(Clone, Copy, Debug)]
pub struct Utf8<'a>(pub &'a [u8]);

impl Text for Bytes<'_> {
    const WIDE: bool = false;

    #[inline(always)]
    fn bytes(&self) -> &[u8] {
        self.0
    }

    #[inline(always)]
    fn decode(text: &[u8], at: usize) -> Option<(u32, usize)> {
        text.get(at).map(|&b| (u32::from(b), at + 1))
    }

    #[inline(always)]
    fn before(_: &[u8], at: usize) -> Option<usize> {
        at.checked_sub(1)
    }

    #[inline(always)]
    fn back(_: &[u8], at: usize, count: u32) -> Option<usize> {
        at.checked_sub(count as usize)
    }
}

impl Text for Utf8<'_> {
    const WIDE: bool = true;

    #[inline(always)]
    fn bytes(&self) -> &[u8] {
        self.0
    }

    #[inline(always)]
    fn decode(text: &[u8], at: usize) -> Option<(u32, usize)> {
        let lead = *text.get(at)?;
        if lead < 0x80 {
            return Some((u32::from(lead), at + 1));
        }
        Some(decode_wide(text, at, lead))
    }

    #[inline(always)]
    fn before(text: &[u8], at: usize) -> Option<usize> {
        let mut start = at.checked_sub(1)?;
        let floor = at.saturating_sub(4);
        while start > floor && text.get(start).is_some_and(|b| b & 0xC0 == 0x80) {
            start -= 1;
        }
        Some(start)
    }

    fn back(text: &[u8], at: usize, count: u32) -> Option<usize> {
        let mut at = at;
        for _ in 0..count {
            at = Self::before(text, at)?;
        }
        Some(at)
    }
}

#[inline]
fn decode_wide(text: &[u8], at: usize, lead: u8) -> (u32, usize) {
    let tail = |n: usize| {
        text.get(at + n)
            .filter(|b| *b & 0xC0 == 0x80)
            .map(|b| u32::from(b & 0x3F))
    };
    let lead32 = u32::from(lead);
    let wide = match lead {
        0xC0..=0xDF => tail(1).map(|a| (((lead32 & 0x1F) << 6) | a, at + 2)),
        0xE0..=0xEF => tail(1)
            .zip(tail(2))
            .map(|(a, b)| (((lead32 & 0x0F) << 12) | (a << 6) | b, at + 3)),
        0xF0..=0xF7 => match (tail(1), tail(2), tail(3)) {
            (Some(a), Some(b), Some(c)) => {
                Some((((lead32 & 0x07) << 18) | (a << 12) | (b << 6) | c, at + 4))
            }
            _ => None,
        },
        _ => None,
    };
    wide.unwrap_or((lead32, at + 1))
}

/// Appends `c` in generalized UTF-8; false when it is no code point.
pub(crate) fn encode(c: u32, out: &mut Vec<u8>) -> bool {
    let low = |shift: u32| 0x80 | ((c >> shift) & 0x3F) as u8;
    match c {
        0..=0x7F => out.push(c as u8),
        0x80..=0x7FF => out.extend([0xC0 | (c >> 6) as u8, low(0)]),
        0x800..=0xFFFF => out.extend([0xE0 | (c >> 12) as u8, low(6), low(0)]),
        0x1_0000..=0x10_FFFF => out.extend([0xF0 | (c >> 18) as u8, low(12), low(6), low(0)]),
        _ => return false,
    }
    true
}
