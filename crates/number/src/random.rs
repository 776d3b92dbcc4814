//! The Mersenne twister MT19937 as Python's `random` drives it.
//!
//! Source: Matsumoto and Nishimura, "Mersenne Twister" (1998), with their 2002 initialisation by array. The sequence for
//! a seed is part of Python's documented behaviour, so every constant matters.

use crate::{NumberError, NumberResult, int};
use dashu_int::ops::UnsignedAbs;
use dashu_int::{IBig, UBig};

/// Words of state.
pub const STATE_WORDS: usize = 624;
const SHIFT: usize = 397;
const UPPER: u32 = 0x8000_0000;
const LOWER: u32 = 0x7fff_ffff;

/// One generator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MersenneTwister {
    state: [u32; STATE_WORDS],
    /// Words already given out; `STATE_WORDS` means that the next call makes new ones.
    index: usize,
}

impl MersenneTwister {
    /// A generator seeded by a single word; the base of [`Self::from_key`].
    fn from_word(seed: u32) -> Self {
        let mut state = [0u32; STATE_WORDS];
        state[0] = seed;
        for i in 1..STATE_WORDS {
            let previous = state[i - 1];
            state[i] = (previous ^ (previous >> 30)).wrapping_mul(1_812_433_253).wrapping_add(i as u32);
        }
        Self { state, index: STATE_WORDS }
    }

    /// Seeded by an array of words, as Python seeds from the system's randomness. An empty key counts as `[0]`.
    pub fn from_key(key: &[u32]) -> Self {
        let key = if key.is_empty() { &[0] } else { key };
        let mut out = Self::from_word(19_650_218);
        let state = &mut out.state;
        let mix = |state: &[u32; STATE_WORDS], i: usize, factor: u32| {
            state[i] ^ (state[i - 1] ^ (state[i - 1] >> 30)).wrapping_mul(factor)
        };
        let mut i = 1;
        let wrap = |state: &mut [u32; STATE_WORDS], i: &mut usize| {
            *i += 1;
            if *i == STATE_WORDS {
                state[0] = state[STATE_WORDS - 1];
                *i = 1;
            }
        };
        for step in 0..key.len().max(STATE_WORDS) {
            let j = step % key.len();
            state[i] = mix(state, i, 1_664_525).wrapping_add(key[j]).wrapping_add(j as u32);
            wrap(state, &mut i);
        }
        for _ in 1..STATE_WORDS {
            state[i] = mix(state, i, 1_566_083_941).wrapping_sub(i as u32);
            wrap(state, &mut i);
        }
        state[0] = UPPER;
        out
    }

    /// `random.seed(n)` for an int: its magnitude in 32-bit words, least significant first.
    pub fn from_seed(n: &IBig) -> Self {
        let bytes = n.unsigned_abs().to_le_bytes();
        let key: Vec<u32> = bytes
            .chunks(4)
            .map(|c| c.iter().rev().fold(0, |word, &b| word << 8 | u32::from(b)))
            .collect();
        Self::from_key(&key)
    }

    /// The state as `getstate()` gives it: 624 words and the index.
    pub fn state(&self) -> (&[u32; STATE_WORDS], usize) {
        (&self.state, self.index)
    }

    /// A generator with the given state.
    ///
    /// # Errors
    /// `ValueError: invalid state` for an index beyond 624.
    pub fn from_state(state: [u32; STATE_WORDS], index: usize) -> NumberResult<Self> {
        if index > STATE_WORDS {
            return Err(NumberError::value("invalid state"));
        }
        Ok(Self { state, index })
    }

    fn refill(&mut self) {
        let state = &mut self.state;
        for i in 0..STATE_WORDS {
            let y = (state[i] & UPPER) | (state[(i + 1) % STATE_WORDS] & LOWER);
            let twist = if y & 1 == 1 { 0x9908_b0df } else { 0 };
            state[i] = state[(i + SHIFT) % STATE_WORDS] ^ (y >> 1) ^ twist;
        }
        self.index = 0;
    }

    /// The next 32 random bits.
    pub fn next_u32(&mut self) -> u32 {
        if self.index >= STATE_WORDS {
            self.refill();
        }
        let mut y = self.state[self.index];
        self.index += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    /// `random()`: 53 random bits in [0, 1).
    pub fn random(&mut self) -> f64 {
        let high = self.next_u32() >> 5;
        let low = self.next_u32() >> 6;
        (f64::from(high) * 67_108_864.0 + f64::from(low)) * (1.0 / 9_007_199_254_740_992.0)
    }

    /// `getrandbits(bits)` for at most 64 bits.
    pub fn bits_u64(&mut self, bits: u32) -> u64 {
        match bits {
            0 => 0,
            1..=32 => u64::from(self.next_u32() >> (32 - bits)),
            _ => {
                let low = u64::from(self.next_u32());
                low | u64::from(self.next_u32() >> (64 - bits.min(64))) << 32
            }
        }
    }

    /// `getrandbits(bits)`. Takes time and memory in proportion to `bits`.
    ///
    /// # Errors
    /// `MemoryError`.
    pub fn bits(&mut self, bits: usize) -> NumberResult<IBig> {
        if bits <= 64 {
            return Ok(IBig::from(self.bits_u64(bits as u32)));
        }
        int::check_bits(bits)?;
        let words = bits.div_ceil(32);
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(words * 4).map_err(|_| NumberError::memory())?;
        for i in 0..words {
            let mut word = self.next_u32();
            let left = bits - i * 32;
            if left < 32 {
                word >>= 32 - left;
            }
            bytes.extend_from_slice(&word.to_le_bytes());
        }
        Ok(UBig::from_le_bytes(&bytes).into())
    }
}
