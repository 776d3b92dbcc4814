//! Python's `cmath`. The functions come from the crate `pymath`; errors are `math domain error` and `math range error`.

use crate::complex::{Complex, new};
use crate::math::plain;
use crate::{NumberError, NumberResult};
use num_complex::Complex64;
use pymath::cmath;

fn to(z: Complex) -> Complex64 {
    Complex64::new(z.re, z.im)
}

fn from(result: pymath::Result<Complex64>) -> NumberResult<Complex> {
    result.map(|z| new(z.re, z.im)).map_err(plain)
}

/// A function of one complex number that may fail.
pub type Unary = fn(Complex) -> NumberResult<Complex>;

/// Every function of `cmath` that takes one complex number and gives one, by name.
pub const UNARY: &[(&str, Unary)] = &[
    ("acos", acos),
    ("acosh", acosh),
    ("asin", asin),
    ("asinh", asinh),
    ("atan", atan),
    ("atanh", atanh),
    ("cos", cos),
    ("cosh", cosh),
    ("exp", exp),
    ("log10", log10),
    ("sin", sin),
    ("sinh", sinh),
    ("sqrt", sqrt),
    ("tan", tan),
    ("tanh", tanh),
];

macro_rules! unary {
    ($($name:ident)*) => {$(
        #[doc = concat!("`cmath.", stringify!($name), "(z)`")]
        ///
        /// # Errors
        /// `ValueError: math domain error`, `OverflowError: math range error`.
        pub fn $name(z: Complex) -> NumberResult<Complex> {
            from(cmath::$name(to(z)))
        }
    )*};
}

unary! { acos acosh asin asinh atan atanh cos cosh exp log10 sin sinh sqrt tan tanh }

/// `cmath.log(z)` or `cmath.log(z, base)`
///
/// # Errors
/// `ValueError: math domain error`.
pub fn log(z: Complex, base: Option<Complex>) -> NumberResult<Complex> {
    from(cmath::log(to(z), base.map(to)))
}

/// `cmath.phase(z)`
pub fn phase(z: Complex) -> f64 {
    z.im.atan2(z.re)
}

/// `cmath.polar(z)`
///
/// # Errors
/// `OverflowError: math range error`.
pub fn polar(z: Complex) -> NumberResult<(f64, f64)> {
    cmath::polar(to(z)).map_err(plain)
}

/// `cmath.rect(r, phi)`
///
/// # Errors
/// `ValueError: math domain error`.
pub fn rect(r: f64, phi: f64) -> NumberResult<Complex> {
    from(cmath::rect(r, phi))
}

/// `cmath.isfinite(z)`
pub fn isfinite(z: Complex) -> bool {
    z.re.is_finite() && z.im.is_finite()
}

/// `cmath.isinf(z)`
pub fn isinf(z: Complex) -> bool {
    z.re.is_infinite() || z.im.is_infinite()
}

/// `cmath.isnan(z)`
pub fn isnan(z: Complex) -> bool {
    z.re.is_nan() || z.im.is_nan()
}

/// `cmath.isclose(a, b, rel_tol=..., abs_tol=...)`
///
/// # Errors
/// `ValueError: tolerances must be non-negative`.
pub fn isclose(a: Complex, b: Complex, rel_tol: f64, abs_tol: f64) -> NumberResult<bool> {
    cmath::isclose(to(a), to(b), Some(rel_tol), Some(abs_tol))
        .map_err(|_| NumberError::value("tolerances must be non-negative"))
}
