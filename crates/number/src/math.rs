//! Python's `math` on floats, and its logarithms on ints, with CPython 3.14's messages.
//!
//! The functions of the C library and CPython's own algorithms (gamma, lgamma, hypot, fsum) come from the crate `pymath`;
//! this file decides which exception a bad argument raises and in which words. Integer functions (`gcd`, `comb`,
//! `factorial`, `isqrt`, ...) are in [`crate::int`], `floor`, `ceil` and `trunc` to ints in [`crate::float`].
//!
//! `math/sumprod.rs` is the exact sum of products, as a stream.

mod sumprod;

pub use sumprod::{SumProd, sumprod};

use crate::float::{repr, true_div};
use crate::int::{is_negative, to_f64, top_bits};
use crate::{ErrorKind, NumberError, NumberResult};
use dashu_int::IBig;
use pymath::Error;

/// A function of one float that may fail.
pub type Unary = fn(f64) -> NumberResult<f64>;

/// Every function of `math` that takes one float and gives one, by name (`log`, `log2`, `log10` also take ints).
pub const UNARY: &[(&str, Unary)] = &[
    ("acos", acos),
    ("acosh", acosh),
    ("asin", asin),
    ("asinh", asinh),
    ("atan", atan),
    ("atanh", atanh),
    ("cbrt", cbrt),
    ("cos", cos),
    ("cosh", cosh),
    ("degrees", degrees),
    ("erf", erf),
    ("erfc", erfc),
    ("exp", exp),
    ("exp2", exp2),
    ("expm1", expm1),
    ("fabs", fabs),
    ("gamma", gamma),
    ("lgamma", lgamma),
    ("log", log),
    ("log10", log10),
    ("log1p", log1p),
    ("log2", log2),
    ("radians", radians),
    ("sin", sin),
    ("sinh", sinh),
    ("sqrt", sqrt),
    ("tan", tan),
    ("tanh", tanh),
    ("ulp", ulp),
];

pub(crate) fn domain_error() -> NumberError {
    NumberError::value("math domain error")
}

pub(crate) fn range_error() -> NumberError {
    NumberError::overflow("math range error")
}

pub(crate) fn plain(error: Error) -> NumberError {
    match error {
        Error::EDOM => domain_error(),
        Error::ERANGE => range_error(),
    }
}

/// `result` with a domain error that names what was expected and what was given.
fn expecting(result: pymath::Result<f64>, x: f64, expected: &str) -> NumberResult<f64> {
    result.map_err(|e| match e {
        Error::EDOM => NumberError::value(format!("{expected}, got {}", repr(x))),
        Error::ERANGE => range_error(),
    })
}

macro_rules! unary {
    ($($(#[$meta:meta])* $name:ident $expected:literal;)*) => {$(
        $(#[$meta])*
        ///
        /// # Errors
        /// `ValueError` outside the domain, `OverflowError` for a result too large.
        pub fn $name(x: f64) -> NumberResult<f64> {
            expecting(pymath::math::$name(x), x, $expected)
        }
    )*};
}

unary! {
    /// `math.acos(x)`
    acos "expected a number in range from -1 up to 1";
    /// `math.acosh(x)`
    acosh "expected argument value not less than 1";
    /// `math.asin(x)`
    asin "expected a number in range from -1 up to 1";
    /// `math.asinh(x)`
    asinh "expected a number";
    /// `math.atan(x)`
    atan "expected a number";
    /// `math.atanh(x)`
    atanh "expected a number between -1 and 1";
    /// `math.cbrt(x)`
    cbrt "expected a number";
    /// `math.cos(x)`
    cos "expected a finite input";
    /// `math.cosh(x)`
    cosh "expected a number";
    /// `math.erf(x)`
    erf "expected a number";
    /// `math.erfc(x)`
    erfc "expected a number";
    /// `math.exp(x)`
    exp "expected a number";
    /// `math.exp2(x)`
    exp2 "expected a number";
    /// `math.expm1(x)`
    expm1 "expected a number";
    /// `math.lgamma(x)`
    lgamma "expected a noninteger or positive integer";
    /// `math.log10(x)` of a float
    log10 "expected a positive input";
    /// `math.log1p(x)`
    log1p "expected argument value > -1";
    /// `math.log2(x)` of a float
    log2 "expected a positive input";
    /// `math.sin(x)`
    sin "expected a finite input";
    /// `math.sinh(x)`
    sinh "expected a number";
    /// `math.sqrt(x)`
    sqrt "expected a nonnegative input";
    /// `math.tan(x)`
    tan "expected a finite input";
    /// `math.tanh(x)`
    tanh "expected a number";
}

/// `math.gamma(x)`
///
/// # Errors
/// `ValueError` at zero, negative integers and negative infinity, `OverflowError` for a result too large.
pub fn gamma(x: f64) -> NumberResult<f64> {
    if x == 23.0 {
        return Ok(1_124_000_727_777_607_680_000.0); // 22!, exact as a float; `pymath` approximates from here on
    }
    expecting(pymath::math::gamma(x), x, "expected a noninteger or positive integer")
}

/// `math.log(x)` of a float
///
/// # Errors
/// `ValueError` unless `x` is positive or NaN.
pub fn log(x: f64) -> NumberResult<f64> {
    expecting(pymath::math::log(x, None), x, "expected a positive input")
}

/// The last step of `math.log(x, base)`, from the logarithms of both.
///
/// # Errors
/// `ZeroDivisionError` for base 1.
pub fn log_ratio(log_x: f64, log_base: f64) -> NumberResult<f64> {
    true_div(log_x, log_base)
}

/// The logarithm of an int of any size: of its float, or of mantissa and exponent where the float would overflow.
fn log_of_int(n: &IBig, function: fn(f64) -> f64) -> NumberResult<f64> {
    if n.is_zero() || is_negative(n) {
        return Err(NumberError::value("expected a positive input"));
    }
    if let Ok(x) = to_f64(n) {
        return Ok(function(x));
    }
    let (fraction, exponent) = frexp_int(n);
    Ok(function(fraction) + function(2.0) * exponent as f64)
}

/// `(m, e)` with `n = m * 2**e` and `0.5 <= m < 1`, `m` rounded to nearest, ties to even. For positive `n`.
fn frexp_int(n: &IBig) -> (f64, i64) {
    let (mantissa, dropped) = top_bits(n.as_sign_words().1);
    let bits = 128 - i64::from(mantissa.leading_zeros());
    let fraction = crate::int::scale_to_f64(mantissa, -bits).unwrap_or(0.5);
    if fraction >= 1.0 { (0.5, bits + dropped + 1) } else { (fraction, bits + dropped) }
}

/// `math.log(n)` of an int
///
/// # Errors
/// `ValueError` unless `n` is positive.
pub fn log_int(n: &IBig) -> NumberResult<f64> {
    log_of_int(n, f64::ln)
}

/// `math.log2(n)` of an int; exact for powers of two.
///
/// # Errors
/// `ValueError` unless `n` is positive.
pub fn log2_int(n: &IBig) -> NumberResult<f64> {
    log_of_int(n, f64::log2)
}

/// `math.log10(n)` of an int
///
/// # Errors
/// `ValueError` unless `n` is positive.
pub fn log10_int(n: &IBig) -> NumberResult<f64> {
    log_of_int(n, f64::log10)
}

/// `math.degrees(x)`
///
/// # Errors
/// None; the type is that of [`UNARY`].
pub fn degrees(x: f64) -> NumberResult<f64> {
    Ok(pymath::math::degrees(x))
}

/// `math.radians(x)`
///
/// # Errors
/// None; the type is that of [`UNARY`].
pub fn radians(x: f64) -> NumberResult<f64> {
    Ok(pymath::math::radians(x))
}

/// `math.fabs(x)`
///
/// # Errors
/// None; the type is that of [`UNARY`].
pub fn fabs(x: f64) -> NumberResult<f64> {
    Ok(x.abs())
}

/// `math.ulp(x)`
///
/// # Errors
/// None; the type is that of [`UNARY`].
pub fn ulp(x: f64) -> NumberResult<f64> {
    Ok(pymath::math::ulp(x))
}

/// `math.atan2(y, x)`
pub fn atan2(y: f64, x: f64) -> f64 {
    y.atan2(x)
}

/// `math.copysign(x, y)`
pub fn copysign(x: f64, y: f64) -> f64 {
    x.copysign(y)
}

/// `math.fmod(x, y)`, whose result has the sign of `x`
///
/// # Errors
/// `ValueError`.
pub fn fmod(x: f64, y: f64) -> NumberResult<f64> {
    pymath::math::fmod(x, y).map_err(plain)
}

/// `math.remainder(x, y)`: IEEE 754's, with the nearest quotient
///
/// # Errors
/// `ValueError`.
pub fn remainder(x: f64, y: f64) -> NumberResult<f64> {
    pymath::math::remainder(x, y).map_err(plain)
}

/// `math.pow(x, y)`
///
/// # Errors
/// `ValueError`, `OverflowError`.
pub fn pow(x: f64, y: f64) -> NumberResult<f64> {
    pymath::math::pow(x, y).map_err(plain)
}

/// `math.fma(x, y, z)`
///
/// # Errors
/// `ValueError`, `OverflowError`.
pub fn fma(x: f64, y: f64, z: f64) -> NumberResult<f64> {
    pymath::math::fma(x, y, z).map_err(|e| match e {
        Error::EDOM => NumberError::value("invalid operation in fma"),
        Error::ERANGE => NumberError::overflow("overflow in fma"),
    })
}

/// `math.frexp(x)`
pub fn frexp(x: f64) -> (f64, i32) {
    pymath::math::frexp(x)
}

/// `math.modf(x)`: fraction and whole part, both with the sign of `x`
pub fn modf(x: f64) -> (f64, f64) {
    pymath::math::modf(x)
}

/// `math.ldexp(x, exponent)`; a larger exponent than 64 bits may be saturated
///
/// # Errors
/// `OverflowError`.
pub fn ldexp(x: f64, exponent: i64) -> NumberResult<f64> {
    // No float survives more than 2,200 doublings or halvings.
    let exponent = exponent.clamp(-4000, 4000) as i32;
    pymath::math::ldexp(x, exponent).map_err(plain)
}

/// `math.nextafter(x, y, steps=steps)`; a larger count than 64 bits may be saturated
pub fn nextafter(x: f64, y: f64, steps: Option<u64>) -> f64 {
    pymath::math::nextafter(x, y, steps)
}

/// `math.isclose(a, b, rel_tol=..., abs_tol=...)`
///
/// # Errors
/// `ValueError: tolerances must be non-negative`.
pub fn isclose(a: f64, b: f64, rel_tol: f64, abs_tol: f64) -> NumberResult<bool> {
    pymath::math::isclose(a, b, Some(rel_tol), Some(abs_tol))
        .map_err(|_| NumberError::value("tolerances must be non-negative"))
}

/// `math.hypot(*coordinates)`
pub fn hypot(coordinates: &[f64]) -> f64 {
    pymath::math::hypot(coordinates)
}

/// `math.dist(p, q)`
///
/// # Errors
/// `ValueError` for points of different dimension.
pub fn dist(p: &[f64], q: &[f64]) -> NumberResult<f64> {
    if p.len() != q.len() {
        return Err(NumberError::value("both points must have the same number of dimensions"));
    }
    Ok(pymath::math::dist(p, q))
}

/// `math.fsum(values)`: the correctly rounded sum
///
/// # Errors
/// `ValueError` for infinities of both signs, `OverflowError` if a partial sum overflows.
pub fn fsum(values: impl IntoIterator<Item = f64>) -> NumberResult<f64> {
    pymath::math::fsum(values).map_err(|e| match e {
        Error::EDOM => NumberError::value("-inf + inf in fsum"),
        Error::ERANGE => NumberError::new(ErrorKind::Overflow, "intermediate overflow in fsum"),
    })
}
