//! Python's `complex`: arithmetic by C99's Annex G as Python 3.14 applies it, powers, comparison with the hash, and text.
//!
//! Since 3.14 an operation between a real and a complex number does not first turn the real one into a complex one, so
//! infinities and signed zeros survive; the `*_real` and `real_*` functions are these. Multiplication and division repair
//! results that would be NaN although an operand is infinite.
//!
//! `complex/text.rs` is repr and parsing.

mod text;

pub use text::{parse, repr};

use crate::float;
use crate::{ErrorKind, NumberError, NumberResult};

/// A complex number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Complex {
    /// The real part.
    pub re: f64,
    /// The imaginary part.
    pub im: f64,
}

/// `re + im*j`.
#[inline]
pub const fn new(re: f64, im: f64) -> Complex {
    Complex { re, im }
}

/// `a + b`
#[inline]
pub fn add(a: Complex, b: Complex) -> Complex {
    new(a.re + b.re, a.im + b.im)
}

/// `a + b` (and `b + a`) for a real `b`
#[inline]
pub fn add_real(a: Complex, b: f64) -> Complex {
    new(a.re + b, a.im)
}

/// `a - b`
#[inline]
pub fn sub(a: Complex, b: Complex) -> Complex {
    new(a.re - b.re, a.im - b.im)
}

/// `a - b` for a real `b`
#[inline]
pub fn sub_real(a: Complex, b: f64) -> Complex {
    new(a.re - b, a.im)
}

/// `a - b` for a real `a`
#[inline]
pub fn real_sub(a: f64, b: Complex) -> Complex {
    new(a - b.re, -b.im)
}

/// `-a`
#[inline]
pub fn neg(a: Complex) -> Complex {
    new(-a.re, -a.im)
}

/// `a.conjugate()`
#[inline]
pub fn conjugate(a: Complex) -> Complex {
    new(a.re, -a.im)
}

/// An infinite part becomes 1, a finite one 0, with its sign.
fn boxed(v: f64) -> f64 {
    (if v.is_infinite() { 1.0f64 } else { 0.0 }).copysign(v)
}

/// NaN becomes zero with its sign.
fn without_nan(v: f64) -> f64 {
    if v.is_nan() { 0.0f64.copysign(v) } else { v }
}

/// `z * w`
pub fn mul(z: Complex, w: Complex) -> Complex {
    let (ac, bd, ad, bc) = (z.re * w.re, z.im * w.im, z.re * w.im, z.im * w.re);
    let product = new(ac - bd, ad + bc);
    if product.re.is_nan() && product.im.is_nan() { repair_product(z, w, [ac, bd, ad, bc], product) } else { product }
}

#[cold]
fn repair_product(mut z: Complex, mut w: Complex, partial: [f64; 4], product: Complex) -> Complex {
    let mut repair = false;
    if z.re.is_infinite() || z.im.is_infinite() {
        z = new(boxed(z.re), boxed(z.im));
        w = new(without_nan(w.re), without_nan(w.im));
        repair = true;
    }
    if w.re.is_infinite() || w.im.is_infinite() {
        w = new(boxed(w.re), boxed(w.im));
        z = new(without_nan(z.re), without_nan(z.im));
        repair = true;
    }
    if !repair && partial.iter().any(|p| p.is_infinite()) {
        // Finite operands overflowed in the partial products.
        z = new(without_nan(z.re), without_nan(z.im));
        w = new(without_nan(w.re), without_nan(w.im));
        repair = true;
    }
    if !repair {
        return product;
    }
    new(f64::INFINITY * (z.re * w.re - z.im * w.im), f64::INFINITY * (z.re * w.im + z.im * w.re))
}

/// `a * b` (and `b * a`) for a real `b`
#[inline]
pub fn mul_real(a: Complex, b: f64) -> Complex {
    new(a.re * b, a.im * b)
}

/// Smith's division, which scales by the larger part of the divisor; `None` for a zero divisor.
fn quotient(a: Complex, b: Complex) -> Option<Complex> {
    let (size_re, size_im) = (b.re.abs(), b.im.abs());
    let q = if size_re >= size_im {
        if size_re == 0.0 {
            return None;
        }
        let ratio = b.im / b.re;
        let scale = b.re + b.im * ratio;
        new((a.re + a.im * ratio) / scale, (a.im - a.re * ratio) / scale)
    } else if size_im >= size_re {
        let ratio = b.re / b.im;
        let scale = b.re * ratio + b.im;
        new((a.re * ratio + a.im) / scale, (a.im * ratio - a.re) / scale)
    } else {
        new(f64::NAN, f64::NAN)
    };
    Some(if q.re.is_nan() && q.im.is_nan() { repair_quotient(a, b, q) } else { q })
}

#[cold]
fn repair_quotient(a: Complex, b: Complex, q: Complex) -> Complex {
    let finite = |z: Complex| z.re.is_finite() && z.im.is_finite();
    if (a.re.is_infinite() || a.im.is_infinite()) && finite(b) {
        let (x, y) = (boxed(a.re), boxed(a.im));
        return new(f64::INFINITY * (x * b.re + y * b.im), f64::INFINITY * (y * b.re - x * b.im));
    }
    if (b.re.is_infinite() || b.im.is_infinite()) && finite(a) {
        let (x, y) = (boxed(b.re), boxed(b.im));
        return new(0.0 * (a.re * x + a.im * y), 0.0 * (a.im * x - a.re * y));
    }
    q
}

/// `a / b`
///
/// # Errors
/// `ZeroDivisionError`.
pub fn div(a: Complex, b: Complex) -> NumberResult<Complex> {
    quotient(a, b).ok_or_else(NumberError::division_by_zero)
}

/// `a / b` for a real `b`
///
/// # Errors
/// `ZeroDivisionError`.
pub fn div_real(a: Complex, b: f64) -> NumberResult<Complex> {
    if b == 0.0 { Err(NumberError::division_by_zero()) } else { Ok(new(a.re / b, a.im / b)) }
}

/// `a / b` for a real `a`
///
/// # Errors
/// `ZeroDivisionError`.
pub fn real_div(a: f64, b: Complex) -> NumberResult<Complex> {
    let (size_re, size_im) = (b.re.abs(), b.im.abs());
    let q = if size_re >= size_im {
        if size_re == 0.0 {
            return Err(NumberError::division_by_zero());
        }
        let ratio = b.im / b.re;
        let scale = b.re + b.im * ratio;
        new(a / scale, (-a * ratio) / scale)
    } else if size_im >= size_re {
        let ratio = b.re / b.im;
        let scale = b.re * ratio + b.im;
        new((a * ratio) / scale, -a / scale)
    } else {
        new(f64::NAN, f64::NAN)
    };
    if q.re.is_nan() && q.im.is_nan() && a.is_finite() && (size_re.is_infinite() || size_im.is_infinite()) {
        let (x, y) = (boxed(b.re), boxed(b.im));
        return Ok(new(0.0 * (a * x), 0.0 * (-a * y)));
    }
    Ok(q)
}

/// `z ** n` for `n > 0` by squaring.
fn power_by_squaring(z: Complex, n: u32) -> Complex {
    let (mut result, mut square, mut rest) = (new(1.0, 0.0), z, n);
    loop {
        if rest & 1 == 1 {
            result = mul(result, square);
        }
        rest >>= 1;
        if rest == 0 {
            return result;
        }
        square = mul(square, square);
    }
}

/// `a ** b`
///
/// # Errors
/// `ZeroDivisionError: zero to a negative or complex power`, `OverflowError: complex exponentiation`.
pub fn pow(a: Complex, b: Complex) -> NumberResult<Complex> {
    let zero_power = || NumberError::new(ErrorKind::ZeroDivision, "zero to a negative or complex power");
    let result = if b.im == 0.0 && b.re == b.re.floor() && b.re.abs() <= 100.0 {
        // Small whole exponents are exact where the products are.
        let n = b.re as i32;
        if n == 0 {
            new(1.0, 0.0)
        } else if n > 0 {
            power_by_squaring(a, n.unsigned_abs())
        } else {
            quotient(new(1.0, 0.0), power_by_squaring(a, n.unsigned_abs())).ok_or_else(zero_power)?
        }
    } else if a.re == 0.0 && a.im == 0.0 {
        if b.im != 0.0 || b.re < 0.0 {
            return Err(zero_power());
        }
        new(0.0, 0.0)
    } else {
        let size = a.re.hypot(a.im);
        let angle = a.im.atan2(a.re);
        let mut length = size.powf(b.re);
        let mut phase = angle * b.re;
        if b.im != 0.0 {
            length *= (-angle * b.im).exp();
            phase += b.im * size.ln();
        }
        if phase.is_infinite() {
            // The C library calls the sine of infinity a domain error, which CPython reports in these words.
            return Err(zero_power());
        }
        new(length * phase.cos(), length * phase.sin())
    };
    if result.re.is_infinite() || result.im.is_infinite() {
        return Err(NumberError::overflow("complex exponentiation"));
    }
    Ok(result)
}

/// `abs(a)`
///
/// # Errors
/// `OverflowError: absolute value too large`.
pub fn abs(a: Complex) -> NumberResult<f64> {
    let size = a.re.hypot(a.im); // infinite if either part is, even beside NaN
    if size.is_infinite() && a.re.is_finite() && a.im.is_finite() {
        return Err(NumberError::overflow("absolute value too large"));
    }
    Ok(size)
}

/// `hash(a)`; `None` if a part is NaN, whose hash is the object's identity.
pub fn hash(a: Complex) -> Option<i64> {
    let re = float::hash(a.re)?;
    let im = float::hash(a.im)?;
    let h = re.wrapping_add(im.wrapping_mul(1_000_003));
    Some(if h == -1 { -2 } else { h })
}
