//! Hashing of strings and bytes: SipHash-1-3 under a secret key, as CPython does, with the same numbers for the
//! same seed.
//!
//! CPython hashes the bytes of its own storage: Latin-1, UCS-2 or UCS-4, whichever is the narrowest that fits, in
//! native order. For ASCII that is our storage too; other text is rewritten into that form on the way into the
//! hasher. So `hash(str)` equals CPython's on a little-endian machine for all text, and the hash of an ASCII string
//! equals that of the same bytes, as Python programs may expect.

use crate::wtf8::Wtf8;
use siphasher::sip::SipHasher13;
use std::hash::Hasher as _;

/// The key that all hashes of a process share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HashKey {
    k0: u64,
    k1: u64,
}

impl HashKey {
    /// From 16 random bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> HashKey {
        let whole = u128::from_le_bytes(bytes);
        HashKey {
            k0: whole as u64,
            k1: (whole >> 64) as u64,
        }
    }

    /// The key for `PYTHONHASHSEED=seed`: zero for 0, otherwise bytes from the linear congruential generator with
    /// multiplier 214013 and increment 2531011, of whose 32-bit state bits 16 to 23 are taken.
    pub fn from_seed(seed: u32) -> HashKey {
        if seed == 0 {
            return HashKey::default();
        }
        let mut state = seed;
        HashKey::from_bytes(std::array::from_fn(|_| {
            state = state.wrapping_mul(214013).wrapping_add(2531011);
            (state >> 16) as u8
        }))
    }

    #[inline]
    fn hasher(self) -> SipHasher13 {
        SipHasher13::new_with_keys(self.k0, self.k1)
    }
}

/// What Python reserves for errors is not a hash.
#[inline]
fn finish(hash: u64) -> i64 {
    match hash as i64 {
        -1 => -2,
        hash => hash,
    }
}

/// `hash(bytes)`.
#[inline]
pub fn hash_bytes(key: HashKey, bytes: &[u8]) -> i64 {
    if bytes.is_empty() {
        return 0;
    }
    finish(key.hasher().hash(bytes))
}

/// `hash(str)`.
#[inline]
pub fn hash_str(key: HashKey, s: &Wtf8) -> i64 {
    if s.is_ascii() {
        hash_bytes(key, s.as_bytes())
    } else {
        hash_wide(key, s)
    }
}

#[cold]
fn hash_wide(key: HashKey, s: &Wtf8) -> i64 {
    let width = match s.max_char().to_u32() {
        0..0x100 => 1,
        0x100..0x10000 => 2,
        _ => 4,
    };
    let mut hasher = key.hasher();
    let mut buffer = [0u8; 256];
    let mut used = 0;
    for c in s.chars() {
        buffer[used..used + width].copy_from_slice(&c.to_u32().to_le_bytes()[..width]);
        used += width;
        if used == buffer.len() {
            hasher.write(&buffer);
            used = 0;
        }
    }
    hasher.write(&buffer[..used]);
    finish(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by Python 3.14 under the two seeds.
    #[test]
    fn as_cpython() {
        let texts = [
            "",
            "a",
            "abc",
            "hello world",
            "é",
            "añb",
            "漢字",
            "😀",
            "a漢😀",
        ];
        for (seed, expected) in [(0, SEED_0), (42, SEED_42)] {
            let key = HashKey::from_seed(seed);
            let got: Vec<i64> = texts
                .iter()
                .map(|t| hash_str(key, Wtf8::from_str(t)))
                .collect();
            assert_eq!(got, expected);
            let long: String = "é漢".repeat(500);
            assert_eq!(
                hash_str(key, Wtf8::from_str(&long)),
                if seed == 0 { LONG_0 } else { LONG_42 }
            );
            assert_eq!(
                hash_bytes(key, b"abc"),
                hash_str(key, Wtf8::from_str("abc"))
            );
        }
    }

    #[rustfmt::skip]
    const SEED_0: [i64; 9] = [0, 4644417185603328019, -4594863902769663758, -5642461784034726774, 6047309291227476195, -6441594138862054539, -6795607626837722595, -3536540696076613844, 3979447266600259095];
    const LONG_0: i64 = 4612613563132896030;
    #[rustfmt::skip]
    const SEED_42: [i64; 9] = [0, -123207753977932514, 3869580338025362921, -3893157060480277979, 5653850369683463245, -828659122846676002, 7450473729066820458, 6601963133753205906, 7745173304396459676];
    const LONG_42: i64 = -1332008308508152712;
}
