//! Python's `int`: one meaning over two carriers.
//!
//! The runtime stores an int in a tagged word when it fits 63 bits ([`SMALL_MIN`]`..=`[`SMALL_MAX`]) and as an [`IBig`]
//! otherwise. Functions named `small_*` work on the word and return `None` where the result may leave it (the caller
//! then repeats the operation on `IBig`, which costs no allocation below 128 bits); all others take `&IBig`.
//! [`as_small`] says whether a result belongs in a word again.
//!
//! `int/arith.rs` arithmetic and bits; `int/convert.rs` floats, hashes, comparison; `int/text.rs` text;
//! `int/bytes.rs` byte and digit images; `int/theory.rs` gcd, roots, combinatorics.

mod arith;
mod bytes;
mod convert;
mod text;
mod theory;

pub use arith::*;
pub use bytes::*;
pub use convert::*;
pub(crate) use convert::{decode, finish_hash, scale_to_f64, top_bits};
pub use text::*;
pub(crate) use text::{magnitude_digits, trim};
pub use theory::*;

use crate::{NumberError, NumberResult};
use dashu_int::IBig;

/// The smallest int that the runtime keeps in a tagged word: -2^62.
pub const SMALL_MIN: i64 = -(1 << 62);
/// The largest int that the runtime keeps in a tagged word: 2^62 - 1.
pub const SMALL_MAX: i64 = (1 << 62) - 1;

/// The most bits that a result may have (4 GiB of them); more is a `MemoryError`.
pub const MAX_BITS: usize = 1 << 35;

/// From this size on, memory for a result is tried before it is computed, because the bignum library cannot report
/// a failed allocation.
const PROBE_BITS: usize = 1 << 28;

/// `Some` if `n` fits the runtime's 63-bit word.
#[inline]
pub fn as_small(n: &IBig) -> Option<i64> {
    match i64::try_from(n) {
        Ok(v) if (SMALL_MIN..=SMALL_MAX).contains(&v) => Some(v),
        _ => None,
    }
}

/// Whether `v` fits the runtime's 63-bit word.
#[inline]
pub fn is_small(v: i64) -> bool {
    (SMALL_MIN..=SMALL_MAX).contains(&v)
}

/// Fails with a memory error unless a result of `bits` bits is permitted and can be allocated.
///
/// # Errors
/// `MemoryError`.
pub fn check_bits(bits: usize) -> NumberResult<()> {
    if bits < PROBE_BITS {
        return Ok(());
    }
    if bits > MAX_BITS {
        return Err(NumberError::memory());
    }
    let mut probe: Vec<u8> = Vec::new();
    probe.try_reserve_exact(bits / 8 * 2).map_err(|_| NumberError::memory())
}

