//! `float.hex()` and `float.fromhex()`.

use crate::int::{decode, scale_to_f64, trim};
use crate::{NumberError, NumberResult};

/// `x.hex()`.
pub fn to_hex(x: f64) -> String {
    if x.is_nan() {
        return "nan".to_owned();
    }
    let sign = if x.is_sign_negative() { "-" } else { "" };
    if x.is_infinite() {
        return format!("{sign}inf");
    }
    if x == 0.0 {
        return format!("{sign}0x0.0p+0");
    }
    let (m, _) = decode(x);
    let biased = (x.to_bits() >> 52) & 0x7ff;
    let exponent = if biased == 0 { -1022 } else { biased as i64 - 1023 };
    format!("{sign}0x{}.{:013x}p{exponent:+}", m >> 52, m & ((1 << 52) - 1))
}

/// `float.fromhex(text)`, correctly rounded.
///
/// # Errors
/// `ValueError` for a wrong text, `OverflowError` for a value too large.
pub fn from_hex(text: &[u8]) -> NumberResult<f64> {
    let invalid = || NumberError::value("invalid hexadecimal floating-point string");
    let mut rest = trim(text);
    let negative = rest.first() == Some(&b'-');
    if let Some((b'-' | b'+', tail)) = rest.split_first() {
        rest = tail;
    }
    let signed = |v: f64| if negative { -v } else { v };
    match rest.to_ascii_lowercase().as_slice() {
        b"inf" | b"infinity" => return Ok(signed(f64::INFINITY)),
        b"nan" => return Ok(signed(f64::NAN)),
        _ => {}
    }
    if let [b'0', b'x' | b'X', tail @ ..] = rest {
        rest = tail;
    }
    // The first 31 significant digits are kept, later ones only tell whether something was lost.
    let (mut mantissa, mut lost, mut exponent, mut digits, mut seen_point) = (0u128, false, 0i64, 0usize, false);
    while let Some((&c, tail)) = rest.split_first() {
        if c == b'.' && !seen_point {
            seen_point = true;
        } else if let Some(d) = (c as char).to_digit(16) {
            digits += 1;
            if mantissa >> 120 == 0 {
                mantissa = mantissa << 4 | u128::from(d);
                exponent -= if seen_point { 4 } else { 0 };
            } else {
                lost |= d != 0;
                exponent += if seen_point { 0 } else { 4 };
            }
        } else {
            break;
        }
        rest = tail;
    }
    if digits == 0 {
        return Err(invalid());
    }
    if let Some((b'p' | b'P', tail)) = rest.split_first() {
        let (minus, number) = match tail.split_first() {
            Some((b'-', t)) => (true, t),
            Some((b'+', t)) => (false, t),
            _ => (false, tail),
        };
        let length = number.iter().take_while(|c| c.is_ascii_digit()).count();
        if length == 0 {
            return Err(invalid());
        }
        let (number, after) = number.split_at(length);
        rest = after;
        let value = number.iter().fold(0i64, |v, d| v.saturating_mul(10).saturating_add(i64::from(d - b'0')));
        let value = value.min(1 << 60);
        exponent += if minus { -value } else { value };
    }
    // A mantissa that lost digits has more than 66 bits, so bit 0 can carry the loss.
    // CPython reports a too large value before text that follows it.
    let value = scale_to_f64(mantissa | u128::from(lost), exponent)
        .ok_or_else(|| NumberError::overflow("hexadecimal value too large to represent as a float"))?;
    if rest.is_empty() { Ok(signed(value)) } else { Err(invalid()) }
}
