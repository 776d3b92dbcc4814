//! Ints as bytes and digits: `to_bytes`/`from_bytes`, pickle's little-endian two's complement, marshal's 15-bit digits.

use super::arith::bit_length;
use crate::{NumberError, NumberResult};
use dashu_int::ops::UnsignedAbs;
use dashu_int::{IBig, Sign, UBig};

/// `n.to_bytes(length, ..., signed=signed)`; `little` chooses the byte order.
///
/// # Errors
/// `OverflowError` if `n` does not fit, `MemoryError` if `length` cannot be allocated.
pub fn to_bytes(n: &IBig, length: usize, little: bool, signed: bool) -> NumberResult<Vec<u8>> {
    let negative = n.sign() == Sign::Negative;
    if negative && !signed {
        return Err(NumberError::overflow("can't convert negative int to unsigned"));
    }
    let bits = if !signed {
        bit_length(n)
    } else if negative {
        bit_length(&(n + IBig::ONE)) + 1 // -2^k needs k bits and a sign
    } else if n.is_zero() {
        0
    } else {
        bit_length(n) + 1
    };
    if bits > length.saturating_mul(8) {
        return Err(NumberError::overflow("int too big to convert"));
    }
    let mut out = Vec::new();
    out.try_reserve_exact(length).map_err(|_| NumberError::memory())?;
    let fill = if negative {
        // Two's complement: the magnitude of -n-1, inverted.
        out.extend((!n).unsigned_abs().to_le_bytes().iter().map(|b| !b));
        0xff
    } else {
        out.extend_from_slice(&n.unsigned_abs().to_le_bytes());
        0
    };
    out.resize(length, fill);
    if !little {
        out.reverse();
    }
    Ok(out)
}

/// `int.from_bytes(bytes, ..., signed=signed)`.
pub fn from_bytes(bytes: &[u8], little: bool, signed: bool) -> IBig {
    match (little, signed) {
        (true, false) => UBig::from_le_bytes(bytes).into(),
        (false, false) => UBig::from_be_bytes(bytes).into(),
        (_, true) => {
            let top = if little { bytes.last() } else { bytes.first() };
            let unsigned = from_bytes(bytes, little, false);
            if top.is_some_and(|&b| b >= 0x80) { unsigned - (IBig::ONE << (bytes.len() * 8)) } else { unsigned }
        }
    }
}

/// The shortest little-endian two's complement image; empty for zero. Pickle's `LONG1`/`LONG4` payload.
pub fn to_pickle_bytes(n: &IBig) -> Vec<u8> {
    if n.is_zero() {
        return Vec::new();
    }
    let bits = if n.sign() == Sign::Negative { bit_length(&(n + IBig::ONE)) } else { bit_length(n) };
    to_bytes(n, bits / 8 + 1, true, true).unwrap_or_default()
}

/// The reverse of [`to_pickle_bytes`].
pub fn from_pickle_bytes(bytes: &[u8]) -> IBig {
    from_bytes(bytes, true, true)
}

/// The magnitude's base-2^15 digits, least significant first; empty for zero. Marshal's `TYPE_LONG` payload.
pub fn to_digits15(n: &IBig) -> Vec<u16> {
    let mut out = Vec::with_capacity(bit_length(n) / 15 + 1);
    let (mut acc, mut bits) = (0u32, 0);
    for &byte in n.unsigned_abs().to_le_bytes().iter() {
        acc |= u32::from(byte) << bits;
        bits += 8;
        if bits >= 15 {
            out.push((acc & 0x7fff) as u16);
            acc >>= 15;
            bits -= 15;
        }
    }
    if acc != 0 {
        out.push(acc as u16);
    }
    while out.last() == Some(&0) {
        out.pop();
    }
    out
}

/// The reverse of [`to_digits15`]; `None` if a digit has more than 15 bits.
pub fn from_digits15(digits: &[u16], negative: bool) -> Option<IBig> {
    let mut bytes = Vec::with_capacity(digits.len() * 2);
    let (mut acc, mut bits) = (0u32, 0);
    for &digit in digits {
        if digit > 0x7fff {
            return None;
        }
        acc |= u32::from(digit) << bits;
        bits += 15;
        while bits >= 8 {
            bytes.push(acc as u8);
            acc >>= 8;
            bits -= 8;
        }
    }
    bytes.push(acc as u8);
    let n = IBig::from(UBig::from_le_bytes(&bytes));
    Some(if negative { -n } else { n })
}
