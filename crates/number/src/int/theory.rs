//! Number theory and counting: gcd, lcm, integer square root, factorial, permutations, combinations.
//!
//! All of these can take long for large arguments; none can be interrupted.

use super::arith::{bit_length, is_negative};
use super::check_bits;
use crate::{NumberError, NumberResult};
use dashu_int::ops::{Gcd, SquareRoot, UnsignedAbs};
use dashu_int::{IBig, UBig};

/// `math.gcd(a, b)`; `gcd(0, 0)` is 0.
pub fn gcd(a: &IBig, b: &IBig) -> IBig {
    match (a.is_zero(), b.is_zero()) {
        (true, _) => b.unsigned_abs().into(),
        (_, true) => a.unsigned_abs().into(),
        _ => a.gcd(b).into(),
    }
}

/// `math.gcd` of two words.
pub fn small_gcd(a: i64, b: i64) -> u64 {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    if a == 0 || b == 0 {
        return a | b;
    }
    let shift = (a | b).trailing_zeros();
    a >>= a.trailing_zeros();
    loop {
        b >>= b.trailing_zeros();
        if a > b {
            std::mem::swap(&mut a, &mut b);
        }
        b -= a;
        if b == 0 {
            return a << shift;
        }
    }
}

/// `math.lcm(a, b)`; zero if either is zero.
///
/// # Errors
/// `MemoryError`.
pub fn lcm(a: &IBig, b: &IBig) -> NumberResult<IBig> {
    if a.is_zero() || b.is_zero() {
        return Ok(IBig::ZERO);
    }
    check_bits(bit_length(a).saturating_add(bit_length(b)))?;
    let product = a / gcd(a, b) * b;
    Ok(product.unsigned_abs().into())
}

/// `math.isqrt(n)`: the floor of the square root.
///
/// # Errors
/// `ValueError` for a negative number.
pub fn isqrt(n: &IBig) -> NumberResult<IBig> {
    if is_negative(n) {
        return Err(NumberError::value("isqrt() argument must be nonnegative"));
    }
    Ok(n.unsigned_abs().sqrt().into())
}

/// The product of `from..=to`, by halves so that factors stay of equal size.
fn range_product(from: u64, to: u64) -> UBig {
    if from > to {
        return UBig::ONE;
    }
    if to - from < 8 {
        let mut acc = UBig::ONE;
        let mut word = 1u128;
        for k in from..=to {
            match word.checked_mul(u128::from(k)) {
                Some(w) => word = w,
                None => {
                    acc *= UBig::from(word);
                    word = u128::from(k);
                }
            }
        }
        return acc * UBig::from(word);
    }
    let middle = from + (to - from) / 2;
    range_product(from, middle) * range_product(middle + 1, to)
}

/// The product of `n * (n-1) * ... * (n-k+1)`, by halves.
fn falling_product(n: &IBig, k: u64) -> IBig {
    if k <= 4 {
        let mut acc = IBig::ONE;
        for i in 0..k {
            acc *= n - IBig::from(i);
        }
        return acc;
    }
    let half = k / 2;
    falling_product(n, half) * falling_product(&(n - IBig::from(half)), k - half)
}

/// `math.factorial(n)`.
///
/// # Errors
/// `ValueError` for a negative argument, `OverflowError`/`MemoryError` for one too large.
pub fn factorial(n: &IBig) -> NumberResult<IBig> {
    if is_negative(n) {
        return Err(NumberError::value("factorial() not defined for negative values"));
    }
    let Ok(n) = i64::try_from(n) else {
        return Err(NumberError::overflow(format!("factorial() argument should not exceed {}", i64::MAX)));
    };
    let n = n as u64;
    // n! has at most n * bits(n) bits, and at least half of these for large n.
    let bound = (n as usize).saturating_mul(64 - n.leading_zeros() as usize);
    check_bits(bound)?;
    Ok(range_product(2, n).into())
}

/// `math.perm(n, k)`; without `k` it is [`factorial`].
///
/// # Errors
/// As [`comb`].
pub fn perm(n: &IBig, k: &IBig) -> NumberResult<IBig> {
    check_counts(n, k)?;
    if k > n {
        return Ok(IBig::ZERO);
    }
    let k = count(k, "k")?;
    check_bits(bit_length(n).saturating_mul(k as usize))?;
    Ok(falling_product(n, k))
}

/// `math.comb(n, k)`.
///
/// # Errors
/// `ValueError` for negative arguments, `OverflowError`/`MemoryError` for a result too large.
pub fn comb(n: &IBig, k: &IBig) -> NumberResult<IBig> {
    check_counts(n, k)?;
    if k > n {
        return Ok(IBig::ZERO);
    }
    let other = n - k;
    let smaller = if other < *k { &other } else { k };
    let k = count(smaller, "min(n - k, k)")?;
    check_bits(bit_length(n).saturating_mul(k as usize))?;
    Ok(falling_product(n, k) / IBig::from(range_product(2, k)))
}

fn check_counts(n: &IBig, k: &IBig) -> NumberResult<()> {
    if is_negative(n) {
        return Err(NumberError::value("n must be a non-negative integer"));
    }
    if is_negative(k) {
        return Err(NumberError::value("k must be a non-negative integer"));
    }
    Ok(())
}

fn count(k: &IBig, name: &str) -> NumberResult<u64> {
    i64::try_from(k)
        .map(|k| k as u64)
        .map_err(|_| NumberError::overflow(format!("{name} must not exceed {}", i64::MAX)))
}
