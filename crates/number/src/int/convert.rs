//! Ints against floats: exact conversion, correctly rounded conversion and division, comparison, and the hash that
//! makes equal numbers of different types hash alike.

use super::arith::bit_length;
use crate::{NumberError, NumberResult};
use dashu_int::ops::{BitTest, UnsignedAbs};
use dashu_int::{IBig, Sign, UBig, Word};
use std::cmp::Ordering;

/// The modulus of Python's numeric hash, the Mersenne prime 2^61 - 1.
pub const HASH_MODULUS: u64 = (1 << 61) - 1;

/// `mantissa * 2**exponent` as the nearest float, ties to even; `None` if it is too large.
///
/// A caller that drops low bits ORs them into bit 0 of a mantissa of at least 66 bits ("sticky"); the result is then
/// still correctly rounded.
pub(crate) fn scale_to_f64(mantissa: u128, exponent: i64) -> Option<f64> {
    if mantissa == 0 {
        return Some(0.0);
    }
    let bits = 128 - i64::from(mantissa.leading_zeros());
    let top = bits + exponent; // value in [2^(top-1), 2^top)
    if top > 1024 {
        return None;
    }
    // A normal number keeps 53 bits; a subnormal one keeps what lies above 2^-1074.
    let lowest = (top - 53).max(-1074);
    let drop = lowest - exponent;
    let kept = if drop <= 0 {
        // Exact: at most 53 bits remain after the shift.
        mantissa << (-drop) as u32
    } else if drop > 128 {
        0
    } else {
        let rest = if drop == 128 { mantissa } else { mantissa & ((1 << drop) - 1) };
        let kept = if drop == 128 { 0 } else { mantissa >> drop };
        let half = 1u128 << (drop - 1);
        kept + u128::from(rest > half || (rest == half && kept & 1 == 1))
    };
    // `kept` is at most 2^53, exact as a float; building by bits avoids a second rounding.
    let kept = kept as u64;
    if kept == 0 {
        return Some(0.0);
    }
    let width = 64 - i64::from(kept.leading_zeros());
    let value_top = width + lowest;
    if value_top > 1024 {
        return None;
    }
    if value_top <= -1022 {
        return Some(f64::from_bits(kept)); // subnormal: lowest is -1074
    }
    let aligned = if width > 53 { kept >> (width - 53) } else { kept << (53 - width) };
    let biased = (value_top + 1022) as u64;
    Some(f64::from_bits((biased << 52) | (aligned & ((1 << 52) - 1))))
}

/// The top 128 bits of `n` with everything lost ORed into bit 0, and the exponent of that mantissa.
pub(crate) fn top_bits(words: &[Word]) -> (u128, i64) {
    let width = Word::BITS as usize;
    let total = match words.last() {
        Some(top) => words.len() * width - top.leading_zeros() as usize,
        None => return (0, 0),
    };
    let drop = total.saturating_sub(127);
    let mut value = 0u128;
    let skip = drop / width;
    for (i, &w) in words.iter().enumerate().skip(skip) {
        let at = (i * width) as i64 - drop as i64;
        let w = u128::from(w);
        value |= if at >= 0 { w << at } else { w >> -at };
    }
    let lost = words[..skip].iter().any(|&w| w != 0)
        || (drop % width != 0 && words[skip] & ((1 << (drop % width)) - 1) != 0);
    (value | u128::from(lost), drop as i64)
}

/// `float(n)`, correctly rounded, ties to even.
///
/// # Errors
/// `OverflowError: int too large to convert to float`.
pub fn to_f64(n: &IBig) -> NumberResult<f64> {
    let (sign, words) = n.as_sign_words();
    let (mantissa, exponent) = top_bits(words);
    match scale_to_f64(mantissa, exponent) {
        Some(v) => Ok(if sign == Sign::Negative { -v } else { v }),
        None => Err(NumberError::overflow("int too large to convert to float")),
    }
}

/// `int(x)`: the exact value without its fraction.
///
/// # Errors
/// `OverflowError` for infinity, `ValueError` for NaN.
pub fn from_f64(x: f64) -> NumberResult<IBig> {
    if x.abs() < 9.2e18 {
        return Ok(IBig::from(x as i64));
    }
    if x.is_nan() {
        return Err(NumberError::value("cannot convert float NaN to integer"));
    }
    if x.is_infinite() {
        return Err(NumberError::overflow("cannot convert float infinity to integer"));
    }
    let (mantissa, exponent) = decode(x);
    let v = IBig::from(mantissa) << exponent as usize; // |x| >= 2^62, so the exponent is positive
    Ok(if x < 0.0 { -v } else { v })
}

/// A finite float as `(mantissa, exponent)` of its magnitude.
pub(crate) fn decode(x: f64) -> (u64, i64) {
    let bits = x.to_bits();
    let biased = ((bits >> 52) & 0x7ff) as i64;
    let fraction = bits & ((1 << 52) - 1);
    if biased == 0 { (fraction, -1074) } else { (fraction | (1 << 52), biased - 1075) }
}

/// `a / b` for ints: the correctly rounded quotient.
///
/// # Errors
/// `ZeroDivisionError`; `OverflowError` if the quotient is too large.
pub fn true_div(a: &IBig, b: &IBig) -> NumberResult<f64> {
    if b.is_zero() {
        return Err(NumberError::division_by_zero());
    }
    let negative = (a.sign() == Sign::Negative) != (b.sign() == Sign::Negative);
    let signed = |v: f64| if negative { -v } else { v };
    if a.is_zero() {
        return Ok(signed(0.0));
    }
    let (la, lb) = (bit_length(a) as i64, bit_length(b) as i64);
    if la <= 53 && lb <= 53 {
        // Both are exact floats and one division rounds once.
        return Ok(to_f64(a)? / to_f64(b)?);
    }
    let too_large = || NumberError::overflow("integer division result too large for a float");
    if la - lb > 1024 {
        return Err(too_large());
    }
    if la - lb < -1076 {
        return Ok(signed(0.0));
    }
    // Scale so that the integer quotient has 70 or 71 bits, then fold the remainder into the sticky bit.
    let shift = 70 - (la - lb);
    let (mut num, mut den) = (a.unsigned_abs(), b.unsigned_abs());
    if shift >= 0 {
        num <<= shift as usize;
    } else {
        den <<= (-shift) as usize;
    }
    let q = &num / &den;
    let exact = &q * &den == num;
    let mantissa = u128::try_from(q).map_err(|_| too_large())? | u128::from(!exact);
    scale_to_f64(mantissa, -shift).map(signed).ok_or_else(too_large)
}

/// `a / b` for 63-bit ints.
///
/// # Errors
/// `ZeroDivisionError`.
#[inline]
pub fn small_true_div(a: i64, b: i64) -> NumberResult<f64> {
    const EXACT: u64 = 1 << 53;
    if b == 0 {
        return Err(NumberError::division_by_zero());
    }
    if a.unsigned_abs() <= EXACT && b.unsigned_abs() <= EXACT {
        return Ok(a as f64 / b as f64);
    }
    true_div(&IBig::from(a), &IBig::from(b))
}

/// Residue modulo 2^61 - 1 of a 122-bit or smaller product.
fn reduce(v: u128) -> u64 {
    let m = u128::from(HASH_MODULUS);
    let v = (v & m) + (v >> 61);
    let v = (v & m) + (v >> 61);
    if v >= m { (v - m) as u64 } else { v as u64 }
}

/// `hash(n)`: the magnitude modulo 2^61 - 1 with the sign of `n`; -1 becomes -2.
pub fn hash(n: &IBig) -> i64 {
    let (sign, words) = n.as_sign_words();
    let mut x = 0u64;
    for &w in words.iter().rev() {
        x = reduce((u128::from(x) << Word::BITS) | u128::from(w));
    }
    finish_hash(x, sign == Sign::Negative)
}

/// `hash(n)` of a 63-bit int.
#[inline]
pub fn small_hash(n: i64) -> i64 {
    let magnitude = n.unsigned_abs();
    if magnitude < HASH_MODULUS {
        return if n == -1 { -2 } else { n };
    }
    finish_hash(reduce(u128::from(magnitude)), n < 0)
}

pub(crate) fn finish_hash(residue: u64, negative: bool) -> i64 {
    let h = residue as i64;
    let h = if negative { -h } else { h };
    if h == -1 { -2 } else { h }
}

/// Compares an int with a float by exact value; `None` for NaN.
pub fn cmp_f64(n: &IBig, x: f64) -> Option<Ordering> {
    if x.is_nan() {
        return None;
    }
    if x.is_infinite() {
        return Some(if x > 0.0 { Ordering::Less } else { Ordering::Greater });
    }
    let whole = x.trunc();
    let order = match from_f64(whole) {
        Ok(v) => n.cmp(&v),
        Err(_) => return None,
    };
    Some(order.then_with(|| 0.0f64.partial_cmp(&(x - whole)).unwrap_or(Ordering::Equal)))
}

/// Compares a 63-bit int with a float by exact value; `None` for NaN.
#[inline]
pub fn small_cmp_f64(n: i64, x: f64) -> Option<Ordering> {
    if n.unsigned_abs() <= 1 << 53 {
        return (n as f64).partial_cmp(&x);
    }
    cmp_f64(&IBig::from(n), x)
}

/// The low 64 bits in two's complement, as C conversions that wrap take them.
#[allow(clippy::useless_conversion)] // `Word` has 32 bits on some targets
pub fn low_u64(n: &IBig) -> u64 {
    let (sign, words) = n.as_sign_words();
    let mut low = words.first().map_or(0, |&w| u64::from(w));
    if Word::BITS == 32 {
        low |= words.get(1).map_or(0, |&w| u64::from(w)) << 32;
    }
    if sign == Sign::Negative { low.wrapping_neg() } else { low }
}

/// The magnitude's bit at `index`.
pub fn magnitude_bit(n: &UBig, index: usize) -> bool {
    n.bit(index)
}
