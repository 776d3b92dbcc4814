//! Arithmetic and bit operations with Python's signs: floor division, two's complement, checked sizes.

use super::{check_bits, is_small};
use crate::{ErrorKind, NumberError, NumberResult};
use dashu_int::fast_div::ConstDivisor;
use dashu_int::ops::{BitTest, DivRem, PowerOfTwo, UnsignedAbs};
use dashu_int::{IBig, Sign, UBig};

/// `a + b` if it fits 63 bits.
#[inline]
pub fn small_add(a: i64, b: i64) -> Option<i64> {
    a.checked_add(b).filter(|&v| is_small(v))
}

/// `a - b` if it fits 63 bits.
#[inline]
pub fn small_sub(a: i64, b: i64) -> Option<i64> {
    a.checked_sub(b).filter(|&v| is_small(v))
}

/// `a * b` if it fits 63 bits.
#[inline]
pub fn small_mul(a: i64, b: i64) -> Option<i64> {
    a.checked_mul(b).filter(|&v| is_small(v))
}

/// `a // b` for 63-bit operands with `b != 0`; `None` if `b` is zero or the result does not fit.
#[inline]
pub fn small_floor_div(a: i64, b: i64) -> Option<i64> {
    let q = a.checked_div(b)?;
    let q = if q * b != a && (a < 0) != (b < 0) { q - 1 } else { q };
    Some(q).filter(|&v| is_small(v))
}

/// `a % b`, the sign following `b`; `None` if `b` is zero.
#[inline]
pub fn small_modulo(a: i64, b: i64) -> Option<i64> {
    if b == 0 {
        return None;
    }
    let r = a.wrapping_rem(b);
    Some(if r != 0 && (r < 0) != (b < 0) { r + b } else { r })
}

/// `base ** exp` for `exp >= 0` if every step fits 63 bits.
pub fn small_pow(base: i64, exp: i64) -> Option<i64> {
    match base {
        0 => return Some(i64::from(exp == 0)),
        1 => return Some(1),
        -1 => return Some(if exp & 1 == 0 { 1 } else { -1 }),
        _ => {}
    }
    let exp = u32::try_from(exp).ok().filter(|&e| e < 64)?;
    base.checked_pow(exp).filter(|&v| is_small(v))
}

/// `a << count` for `count >= 0` if it fits 63 bits.
#[inline]
pub fn small_shl(a: i64, count: i64) -> Option<i64> {
    if a == 0 {
        return Some(0);
    }
    if !(0..62).contains(&count) {
        return None;
    }
    let v = a << count;
    (v >> count == a && is_small(v)).then_some(v)
}

/// `a >> count` for `count >= 0` (floor); `None` if `count` is negative.
#[inline]
pub fn small_shr(a: i64, count: i64) -> Option<i64> {
    (count >= 0).then(|| a >> count.min(63))
}

/// `divmod(a, b)`.
///
/// # Errors
/// `ZeroDivisionError`.
pub fn floor_divmod(a: &IBig, b: &IBig) -> NumberResult<(IBig, IBig)> {
    if b.is_zero() {
        return Err(NumberError::division_by_zero());
    }
    let (q, r) = a.div_rem(b);
    Ok(if !r.is_zero() && r.sign() != b.sign() { (q - IBig::ONE, r + b) } else { (q, r) })
}

/// `a // b`.
///
/// # Errors
/// `ZeroDivisionError`.
pub fn floor_div(a: &IBig, b: &IBig) -> NumberResult<IBig> {
    floor_divmod(a, b).map(|(q, _)| q)
}

/// `a % b`; the result has the sign of `b`.
///
/// # Errors
/// `ZeroDivisionError`.
pub fn modulo(a: &IBig, b: &IBig) -> NumberResult<IBig> {
    if b.is_zero() {
        return Err(NumberError::division_by_zero());
    }
    let r = a % b;
    Ok(if !r.is_zero() && r.sign() != b.sign() { r + b } else { r })
}

/// `a * b` with a checked size.
///
/// # Errors
/// `MemoryError`.
pub fn mul(a: &IBig, b: &IBig) -> NumberResult<IBig> {
    check_bits(bit_length(a).saturating_add(bit_length(b)))?;
    Ok(a * b)
}

/// `base ** exp` for `exp >= 0`. Can take long: the result has about `bit_length(base) * exp` bits.
/// For a negative exponent Python computes with floats; the caller does that.
///
/// # Errors
/// `MemoryError` for a result beyond the size limit; `ValueError` for a negative exponent.
pub fn pow(base: &IBig, exp: &IBig) -> NumberResult<IBig> {
    if exp.sign() == Sign::Negative {
        return Err(NumberError::value("negative exponent"));
    }
    if exp.is_zero() || base.is_one() {
        return Ok(IBig::ONE);
    }
    if base.is_zero() {
        return Ok(IBig::ZERO);
    }
    if *base == IBig::NEG_ONE {
        return Ok(if exp.bit(0) { IBig::NEG_ONE } else { IBig::ONE });
    }
    let exp = usize::try_from(exp).map_err(|_| NumberError::memory())?;
    let magnitude = base.unsigned_abs();
    // A power of two is one bit and a shift.
    if magnitude.is_power_of_two() {
        let bits = (magnitude.bit_len() - 1).checked_mul(exp).ok_or_else(NumberError::memory)?;
        check_bits(bits.saturating_add(1))?;
        let v = IBig::ONE << bits;
        return Ok(if base.sign() == Sign::Negative && exp & 1 == 1 { -v } else { v });
    }
    check_bits(magnitude.bit_len().checked_mul(exp).ok_or_else(NumberError::memory)?)?;
    Ok(base.pow(exp))
}

/// `pow(base, exp, modulus)`; a negative exponent uses the modular inverse. Can take long.
///
/// # Errors
/// `ValueError`: zero modulus, or no inverse.
pub fn pow_mod(base: &IBig, exp: &IBig, modulus: &IBig) -> NumberResult<IBig> {
    if modulus.is_zero() {
        return Err(NumberError::value("pow() 3rd argument cannot be 0"));
    }
    let size = modulus.unsigned_abs();
    if size.is_one() {
        return Ok(IBig::ZERO);
    }
    let ring = ConstDivisor::new(size.clone());
    let mut reduced = ring.reduce(base.clone());
    if exp.sign() == Sign::Negative {
        reduced = reduced
            .inv()
            .ok_or_else(|| NumberError::value("base is not invertible for the given modulus"))?;
    }
    let residue = IBig::from(reduced.pow(&exp.unsigned_abs()).residue());
    Ok(if modulus.sign() == Sign::Negative && !residue.is_zero() { residue + modulus } else { residue })
}

/// `a << count`.
///
/// # Errors
/// `ValueError` for a negative count, `OverflowError` or `MemoryError` for a huge one.
pub fn shl(a: &IBig, count: &IBig) -> NumberResult<IBig> {
    if count.sign() == Sign::Negative {
        return Err(NumberError::value("negative shift count"));
    }
    if a.is_zero() {
        return Ok(IBig::ZERO);
    }
    let count = usize::try_from(count)
        .ok()
        .filter(|&c| c <= isize::MAX as usize)
        .ok_or_else(|| NumberError::overflow("too many digits in integer"))?;
    check_bits(bit_length(a).saturating_add(count))?;
    Ok(a << count)
}

/// `a >> count`, rounding to minus infinity.
///
/// # Errors
/// `ValueError` for a negative count.
pub fn shr(a: &IBig, count: &IBig) -> NumberResult<IBig> {
    if count.sign() == Sign::Negative {
        return Err(NumberError::value("negative shift count"));
    }
    match usize::try_from(count) {
        Ok(c) if c < bit_length(a) => Ok(a >> c),
        _ => Ok(if a.sign() == Sign::Negative { IBig::NEG_ONE } else { IBig::ZERO }),
    }
}

/// `a & b` in two's complement of unbounded width.
pub fn and(a: &IBig, b: &IBig) -> IBig {
    a & b
}

/// `a | b` in two's complement of unbounded width.
pub fn or(a: &IBig, b: &IBig) -> IBig {
    a | b
}

/// `a ^ b` in two's complement of unbounded width.
pub fn xor(a: &IBig, b: &IBig) -> IBig {
    a ^ b
}

/// `~a`, which is `-a - 1`.
pub fn invert(a: &IBig) -> IBig {
    !a
}

/// `a.bit_length()`: bits of the magnitude.
#[inline]
pub fn bit_length(a: &IBig) -> usize {
    let (_, words) = a.as_sign_words();
    match words.last() {
        Some(top) => words.len() * dashu_int::Word::BITS as usize - top.leading_zeros() as usize,
        None => 0,
    }
}

/// `a.bit_count()`: ones in the magnitude.
pub fn bit_count(a: &IBig) -> usize {
    a.as_sign_words().1.iter().map(|w| w.count_ones() as usize).sum()
}

/// `abs(a)` without its sign.
pub fn magnitude(a: &IBig) -> UBig {
    a.unsigned_abs()
}

/// Whether `a` is negative.
#[inline]
pub fn is_negative(a: &IBig) -> bool {
    a.sign() == Sign::Negative
}

/// Whether `a` is odd.
#[inline]
pub fn is_odd(a: &IBig) -> bool {
    a.as_sign_words().1.first().is_some_and(|w| w & 1 == 1)
}

/// `0 ** negative`, for ints and floats.
#[cold]
pub fn zero_to_negative_power() -> NumberError {
    NumberError::new(ErrorKind::ZeroDivision, "zero to a negative power")
}

/// `round(n, -places)` for `places >= 0`: to the nearest multiple of `10**places`, a tie to the even multiple.
///
/// # Errors
/// `MemoryError` if `places` is beyond any size; a count larger than the number's digits gives zero at once.
pub fn round_half_even(n: &IBig, places: usize) -> NumberResult<IBig> {
    if places == 0 {
        return Ok(n.clone());
    }
    // 10**places > 2 * |n| rounds to zero: one decimal digit is more than three bits.
    if places.saturating_mul(3) > bit_length(n).saturating_add(1) {
        return Ok(IBig::ZERO);
    }
    let unit = IBig::from(10).pow(places);
    let (q, r) = floor_divmod(n, &unit)?;
    let up = match (&r + &r).cmp(&unit) {
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => is_odd(&q),
        std::cmp::Ordering::Less => false,
    };
    Ok(n - r + if up { unit } else { IBig::ZERO })
}
