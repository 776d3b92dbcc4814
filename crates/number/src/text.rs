//! Where formatted text goes, and the digits of small numbers, which need no memory of their own.

use crate::{NumberError, NumberResult};

/// Takes a text piece by piece. Formatting writes straight into the caller's buffer through it.
pub trait TextSink {
    /// Makes room for that many bytes, or fails with a memory error.
    ///
    /// # Errors
    /// `MemoryError`.
    fn reserve(&mut self, bytes: usize) -> NumberResult<()>;
    /// Appends a text.
    fn push_str(&mut self, text: &str);
    /// Appends `count` times the same character.
    fn fill(&mut self, c: char, count: usize);
}

impl TextSink for String {
    fn reserve(&mut self, bytes: usize) -> NumberResult<()> {
        self.try_reserve(bytes).map_err(|_| NumberError::memory())
    }
    fn push_str(&mut self, text: &str) {
        String::push_str(self, text);
    }
    fn fill(&mut self, c: char, count: usize) {
        self.extend(std::iter::repeat_n(c, count));
    }
}

/// The numbers 00 to 99, two digits each.
const PAIRS: [u8; 200] = {
    let mut pairs = [0; 200];
    let mut i = 0;
    while i < 100 {
        pairs[2 * i] = b'0' + (i / 10) as u8;
        pairs[2 * i + 1] = b'0' + (i % 10) as u8;
        i += 1;
    }
    pairs
};

/// The digits of a 64-bit number in some base.
pub struct Digits {
    buffer: [u8; Digits::ROOM],
    start: usize,
}

impl Digits {
    /// 64 digits of base 2, a prefix and a sign.
    const ROOM: usize = 67;

    /// In base 10.
    #[inline]
    pub fn decimal(mut n: u64) -> Digits {
        let mut buffer = [0; Digits::ROOM];
        let mut start = Digits::ROOM;
        while n >= 100 {
            let pair = (n % 100) as usize;
            n /= 100;
            start -= 2;
            buffer[start..start + 2].copy_from_slice(&PAIRS[2 * pair..2 * pair + 2]);
        }
        if n >= 10 {
            start -= 2;
            buffer[start..start + 2].copy_from_slice(&PAIRS[2 * n as usize..2 * n as usize + 2]);
        } else {
            start -= 1;
            buffer[start] = b'0' + n as u8;
        }
        Digits { buffer, start }
    }
    /// In base 10 with the sign in front.
    #[inline]
    pub fn signed(n: i64) -> Digits {
        let mut digits = Digits::decimal(n.unsigned_abs());
        if n < 0 {
            digits.push_front(b'-');
        }
        digits
    }
    /// In base 2, 8 or 16: `bits` of the number a digit.
    #[inline]
    pub fn power_of_two(mut n: u64, bits: u32, upper: bool) -> Digits {
        let letters: &[u8; 16] = if upper { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
        let mask = (1 << bits) - 1;
        let mut buffer = [0; Digits::ROOM];
        let mut start = Digits::ROOM;
        loop {
            start -= 1;
            buffer[start] = letters[(n & mask) as usize & 15];
            n >>= bits;
            if n == 0 {
                return Digits { buffer, start };
            }
        }
    }
    /// Puts an ASCII character in front: a prefix's or a sign, three at most.
    #[inline]
    pub fn push_front(&mut self, c: u8) {
        if c.is_ascii() && self.start > 0 {
            self.start -= 1;
            self.buffer[self.start] = c;
        }
    }
    /// The text.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.buffer[self.start..]
    }
    /// The text.
    #[inline]
    pub fn as_str(&self) -> &str {
        // All of it is ASCII.
        std::str::from_utf8(self.as_bytes()).unwrap_or("")
    }
}
