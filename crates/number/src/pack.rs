//! Floats as the bytes of `struct`, `array` and `memoryview`: half, single and double precision.
//!
//! The caller orders the bytes. A finite value that rounds beyond the format's range is an `OverflowError`; NaNs keep
//! their sign, kind and as much payload as fits.

use crate::{NumberError, NumberResult};

const DOUBLE_FRACTION: u64 = (1 << 52) - 1;

/// The top `bits` bits of a NaN's payload; never zero, which would mean infinity.
fn nan_payload(x: f64, bits: u32) -> u64 {
    let payload = (x.to_bits() & DOUBLE_FRACTION) >> (52 - bits);
    payload.max(1)
}

/// The half-precision (`e`) image, rounded to nearest, ties to even.
///
/// # Errors
/// `OverflowError: float too large to pack with e format`.
pub fn pack_half(x: f64) -> NumberResult<u16> {
    let sign = ((x.to_bits() >> 63) as u16) << 15;
    if x.is_nan() {
        return Ok(sign | 0x7c00 | nan_payload(x, 10) as u16);
    }
    if x.is_infinite() {
        return Ok(sign | 0x7c00);
    }
    let size = x.abs();
    if size >= 65520.0 {
        return Err(NumberError::overflow("float too large to pack with e format"));
    }
    // One unit in the last place is 2^(e-10), and never below 2^-24.
    let exponent = (((size.to_bits() >> 52) as i32) - 1023).max(-14);
    let units = (size * 2f64.powi(10 - exponent)).round_ties_even() as u16; // exact scaling, at most 2048
    // A carry out of the fraction moves into the exponent by itself.
    Ok(sign | ((((exponent + 14) as u16) << 10) + units))
}

/// The value of a half-precision image.
pub fn unpack_half(bits: u16) -> f64 {
    let sign = u64::from(bits >> 15) << 63;
    let exponent = i32::from((bits >> 10) & 0x1f);
    let fraction = u64::from(bits & 0x3ff);
    match exponent {
        0x1f => f64::from_bits(sign | (0x7ff << 52) | fraction << 42),
        0 => (fraction as f64 * 2f64.powi(-24)).copysign(f64::from_bits(sign)),
        _ => ((fraction + 1024) as f64 * 2f64.powi(exponent - 25)).copysign(f64::from_bits(sign)),
    }
}

/// The single-precision (`f`) image.
///
/// # Errors
/// `OverflowError: float too large to pack with f format`.
pub fn pack_single(x: f64) -> NumberResult<u32> {
    if x.is_nan() {
        let sign = ((x.to_bits() >> 63) as u32) << 31;
        return Ok(sign | 0x7f80_0000 | nan_payload(x, 23) as u32);
    }
    let single = x as f32;
    if single.is_infinite() && x.is_finite() {
        return Err(NumberError::overflow("float too large to pack with f format"));
    }
    Ok(single.to_bits())
}

/// The value of a single-precision image.
pub fn unpack_single(bits: u32) -> f64 {
    let single = f32::from_bits(bits);
    if single.is_nan() {
        let sign = u64::from(bits >> 31) << 63;
        return f64::from_bits(sign | (0x7ff << 52) | u64::from(bits & 0x7f_ffff) << 29);
    }
    f64::from(single)
}

/// The double-precision (`d`) image.
pub fn pack_double(x: f64) -> u64 {
    x.to_bits()
}

/// The value of a double-precision image.
pub fn unpack_double(bits: u64) -> f64 {
    f64::from_bits(bits)
}
