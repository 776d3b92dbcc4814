//! From character numbers to byte offsets and back, for strings that are not ASCII.
//!
//! Without a table this is a walk that counts lead bytes, a block at a time. [`CharIndex`] remembers the byte
//! offset of each 64th character, so that the walk never passes more than 64 characters (256 bytes). Who owns a
//! string decides whether a table pays; the table does not know its string, and is wrong for any other.

use super::{Wtf8, count_leads, encoded_len, is_lead};

/// Characters per entry of the table.
const STRIDE: usize = 64;

/// Byte offsets of the characters 0, 64, 128 … of one string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CharIndex {
    offsets: Offsets,
    chars: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Offsets {
    /// The string is shorter than 4 GiB.
    Narrow(Box<[u32]>),
    Wide(Box<[usize]>),
}

/// Byte offset of character number `n` of generalized UTF-8; the length if `n` is the number of characters;
/// `None` beyond.
pub(super) fn nth_char(bytes: &[u8], n: usize) -> Option<usize> {
    const BLOCK: usize = 64;
    let mut at = 0;
    let mut left = n;
    // A block whose lead bytes all come before the wanted one is passed without looking at its characters.
    while let Some(block) = bytes.get(at..at + BLOCK) {
        let leads = count_leads(block);
        if leads > left {
            break;
        }
        left -= leads;
        at += BLOCK;
    }
    // The block may have ended inside a character whose lead is already counted.
    while at < bytes.len() && !is_lead(bytes[at]) {
        at += 1;
    }
    while left > 0 {
        at += encoded_len(*bytes.get(at)?);
        left -= 1;
    }
    Some(at)
}

impl CharIndex {
    /// Reads the whole string once.
    pub fn build(s: &Wtf8) -> CharIndex {
        let bytes = s.as_bytes();
        let mut offsets = Vec::with_capacity(bytes.len() / (2 * STRIDE) + 1);
        let mut at = 0;
        let mut chars = 0;
        while at < bytes.len() {
            if chars % STRIDE == 0 {
                offsets.push(at);
            }
            at += encoded_len(bytes[at]);
            chars += 1;
        }
        let offsets = if bytes.len() <= u32::MAX as usize {
            Offsets::Narrow(offsets.into_iter().map(|at| at as u32).collect())
        } else {
            Offsets::Wide(offsets.into())
        };
        CharIndex { offsets, chars }
    }

    /// Number of characters of the string.
    #[inline]
    pub fn char_count(&self) -> usize {
        self.chars
    }

    /// What the table takes from the heap, in bytes.
    pub fn heap_size(&self) -> usize {
        match &self.offsets {
            Offsets::Narrow(v) => size_of_val::<[u32]>(v),
            Offsets::Wide(v) => size_of_val::<[usize]>(v),
        }
    }

    /// Byte offset of character number `n` of `s`, the string the table was built for; the length for the number
    /// of characters; `None` beyond.
    #[inline]
    pub fn byte_offset(&self, s: &Wtf8, n: usize) -> Option<usize> {
        if n >= self.chars {
            return (n == self.chars).then_some(s.len());
        }
        let mut at = match &self.offsets {
            Offsets::Narrow(v) => v[n / STRIDE] as usize,
            Offsets::Wide(v) => v[n / STRIDE],
        };
        let bytes = s.as_bytes();
        for _ in 0..n % STRIDE {
            at += encoded_len(bytes[at]);
        }
        Some(at)
    }

    /// Number of the character at a byte offset of `s`, which must be a boundary.
    pub fn char_offset(&self, s: &Wtf8, byte_offset: usize) -> usize {
        if byte_offset >= s.len() {
            return self.chars;
        }
        let (entry, start) = match &self.offsets {
            Offsets::Narrow(v) => {
                let entry = v.partition_point(|&at| at as usize <= byte_offset) - 1;
                (entry, v[entry] as usize)
            }
            Offsets::Wide(v) => {
                let entry = v.partition_point(|&at| at <= byte_offset) - 1;
                (entry, v[entry])
            }
        };
        entry * STRIDE + count_leads(&s.as_bytes()[start..byte_offset])
    }
}
