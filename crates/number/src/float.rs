//! Python's `float`: arithmetic with Python's signs and errors, rounding, exact conversion and the hash.
//!
//! `float/digits.rs` turns a float into decimal digits; `float/text.rs` is repr and parsing; `float/hex.rs` the
//! hexadecimal form.

pub(crate) mod digits;
mod hex;
mod text;

pub use hex::{from_hex, to_hex};
pub use text::{parse, repr, repr_into};
pub(crate) use text::{parse_plain, repr_with};

use crate::int::{self, HASH_MODULUS, decode, finish_hash, scale_to_f64};
use crate::{NumberError, NumberResult};
use dashu_int::IBig;

/// The hash of positive infinity; the negative one's is its negation.
pub const HASH_INF: i64 = 314_159;

/// What `x ** y` is for floats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PowResult {
    /// A float.
    Real(f64),
    /// A negative base with a fractional exponent: the caller computes with complex numbers.
    Complex,
}

/// `x / y`.
///
/// # Errors
/// `ZeroDivisionError`.
#[inline]
pub fn true_div(x: f64, y: f64) -> NumberResult<f64> {
    if y == 0.0 { Err(NumberError::division_by_zero()) } else { Ok(x / y) }
}

/// `divmod(x, y)`. The remainder has the sign of `y`; the quotient is the floor as a float.
///
/// # Errors
/// `ZeroDivisionError`.
pub fn floor_divmod(x: f64, y: f64) -> NumberResult<(f64, f64)> {
    if y == 0.0 {
        return Err(NumberError::division_by_zero());
    }
    let rest = x % y;
    // x - rest is very nearly a multiple of y; the quotient is made integral below.
    let mut quotient = (x - rest) / y;
    let modulo = if rest == 0.0 {
        0.0f64.copysign(y)
    } else if (y < 0.0) != (rest < 0.0) {
        quotient -= 1.0;
        rest + y
    } else {
        rest
    };
    let floor = if quotient == 0.0 {
        0.0f64.copysign(x / y)
    } else {
        let floor = quotient.floor();
        if quotient - floor > 0.5 { floor + 1.0 } else { floor }
    };
    Ok((floor, modulo))
}

/// `x // y`.
///
/// # Errors
/// `ZeroDivisionError`.
pub fn floor_div(x: f64, y: f64) -> NumberResult<f64> {
    floor_divmod(x, y).map(|(q, _)| q)
}

/// `x % y`.
///
/// # Errors
/// `ZeroDivisionError`.
pub fn modulo(x: f64, y: f64) -> NumberResult<f64> {
    if y == 0.0 {
        return Err(NumberError::division_by_zero());
    }
    let rest = x % y;
    Ok(if rest == 0.0 {
        0.0f64.copysign(y)
    } else if (y < 0.0) != (rest < 0.0) {
        rest + y
    } else {
        rest
    })
}

/// `x ** y`.
///
/// # Errors
/// `ZeroDivisionError` for zero to a negative power, the range `OverflowError` for a finite overflow.
pub fn pow(x: f64, y: f64) -> NumberResult<PowResult> {
    let real = |v| Ok(PowResult::Real(v));
    if y == 0.0 || x == 1.0 {
        return real(1.0);
    }
    if x.is_nan() {
        return real(x);
    }
    if y.is_nan() {
        return real(y);
    }
    if y.is_infinite() {
        let size = x.abs();
        return real(if size == 1.0 {
            1.0
        } else if (y > 0.0) == (size > 1.0) {
            f64::INFINITY
        } else {
            0.0
        });
    }
    let odd = y % 2.0 != 0.0 && y.floor() == y;
    if x.is_infinite() {
        return real(match (y > 0.0, odd) {
            (true, true) => x,
            (true, false) => f64::INFINITY,
            (false, true) => 0.0f64.copysign(x),
            (false, false) => 0.0,
        });
    }
    if x == 0.0 {
        if y < 0.0 {
            return Err(int::zero_to_negative_power());
        }
        return real(if odd { x } else { 0.0 });
    }
    if x < 0.0 && y != y.floor() {
        return Ok(PowResult::Complex);
    }
    if x == -1.0 {
        return real(if odd { -1.0 } else { 1.0 });
    }
    let magnitude = x.abs().powf(y);
    if magnitude.is_infinite() {
        return Err(NumberError::result_range());
    }
    real(if x < 0.0 && odd { -magnitude } else { magnitude })
}

/// `hash(x)`; `None` for NaN, whose hash is the object's identity.
pub fn hash(x: f64) -> Option<i64> {
    if x.is_nan() {
        return None;
    }
    if x.is_infinite() {
        return Some(if x > 0.0 { HASH_INF } else { -HASH_INF });
    }
    if x.abs() < 9.0e15 && x == x.trunc() {
        return Some(int::small_hash(x as i64));
    }
    // x = m * 2^e and 2^61 = 1 (mod 2^61 - 1), so a power of two is a rotation of 61 bits.
    let (m, e) = decode(x);
    let turn = e.rem_euclid(61) as u32;
    let m = u128::from(m % HASH_MODULUS) << turn;
    let low = (m & u128::from(HASH_MODULUS)) as u64 | (m >> 61) as u64;
    Some(finish_hash(if low == HASH_MODULUS { 0 } else { low }, x < 0.0))
}

/// `x.is_integer()`.
#[inline]
pub fn is_integer(x: f64) -> bool {
    x.is_finite() && x == x.trunc()
}

/// `x.as_integer_ratio()`: lowest terms, positive denominator.
///
/// # Errors
/// `OverflowError` for infinity, `ValueError` for NaN.
pub fn as_integer_ratio(x: f64) -> NumberResult<(IBig, IBig)> {
    if x.is_nan() {
        return Err(NumberError::value("cannot convert NaN to integer ratio"));
    }
    if x.is_infinite() {
        return Err(NumberError::overflow("cannot convert Infinity to integer ratio"));
    }
    if x == 0.0 {
        return Ok((IBig::ZERO, IBig::ONE));
    }
    let (m, e) = decode(x);
    let zeros = m.trailing_zeros();
    let (m, e) = (IBig::from(m >> zeros), e + i64::from(zeros));
    let m = if x < 0.0 { -m } else { m };
    Ok(if e >= 0 { (m << e as usize, IBig::ONE) } else { (m, IBig::ONE << (-e) as usize) })
}

/// `int(x)` / `math.trunc(x)`.
///
/// # Errors
/// As [`int::from_f64`].
pub fn trunc(x: f64) -> NumberResult<IBig> {
    int::from_f64(x)
}

/// `math.floor(x)`.
///
/// # Errors
/// As [`int::from_f64`].
pub fn floor(x: f64) -> NumberResult<IBig> {
    int::from_f64(x.floor())
}

/// `math.ceil(x)`.
///
/// # Errors
/// As [`int::from_f64`].
pub fn ceil(x: f64) -> NumberResult<IBig> {
    int::from_f64(x.ceil())
}

/// `round(x)`: the nearest int, ties to even.
///
/// # Errors
/// As [`int::from_f64`].
pub fn round_to_int(x: f64) -> NumberResult<IBig> {
    int::from_f64(x.round_ties_even())
}

/// `round(x, digits)`: the float nearest to the correctly rounded decimal, ties (of the exact value) to even.
///
/// # Errors
/// `OverflowError: rounded value too large to represent`.
pub fn round(x: f64, digits: i64) -> NumberResult<f64> {
    // Beyond these limits every float is its own rounding, or rounds to zero.
    if !x.is_finite() || x == 0.0 || digits > 323 {
        return Ok(x);
    }
    if digits < -308 {
        return Ok(0.0 * x);
    }
    if digits >= 0 {
        // The quotient of two floats that are exact is the float nearest to the decimal.
        if digits <= digits::MAX_EXACT_POWER as i64
            && let Some(n) = digits::scaled(x, digits as usize)
            && n < 1 << 53
        {
            return Ok((n as f64 / digits::exact_power(digits as usize)).copysign(x));
        }
        let text = format!("{:.*}", digits as usize, x);
        return text.parse().map_err(|_| NumberError::value("could not round"));
    }
    let unit = IBig::from(10).pow((-digits) as usize);
    let size = x.abs();
    let whole = int::from_f64(size)?;
    let (q, r) = int::floor_divmod(&whole, &unit)?;
    let twice = &r + &r;
    let fraction = size != size.trunc();
    let up = twice > unit || (twice == unit && (fraction || int::is_odd(&q)));
    let rounded = int::mul(&(q + if up { IBig::ONE } else { IBig::ZERO }), &unit)?;
    int::to_f64(&rounded)
        .map(|v| v.copysign(x))
        .map_err(|_| NumberError::overflow("rounded value too large to represent"))
}

/// `mantissa * 2**exponent` rounded once, ties to even; `None` if too large. Bit 0 of a mantissa of 66 bits or more may
/// stand for dropped bits.
pub fn from_scaled(mantissa: u128, exponent: i64) -> Option<f64> {
    scale_to_f64(mantissa, exponent)
}

