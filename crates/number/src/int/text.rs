//! Ints as text: Python's literal grammar with underscores and prefixes, and decimal output with the digit limit.
//!
//! The limit (`sys.set_int_max_str_digits`, default 4300, 0 = none) concerns decimal and other bases that are no power of
//! two, because only these take more than linear time.

use super::arith::bit_length;
use crate::{NumberError, NumberResult};
use dashu_int::ops::UnsignedAbs;
use dashu_int::{IBig, Sign, UBig};

/// `sys.int_info.default_max_str_digits`.
pub const DEFAULT_MAX_STR_DIGITS: usize = 4300;
/// `sys.int_info.str_digits_check_threshold`: shorter texts are never refused.
pub const STR_DIGITS_CHECK_THRESHOLD: usize = 640;

/// Why a text is no int.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParseIntError {
    /// The caller raises `ValueError: invalid literal for int() with base B: REPR`.
    Invalid,
    /// Another exception, complete: a wrong base or too many digits.
    Other(NumberError),
}

/// `int(text, base)`; `base` is 0 or 2..=36. `text` has its Unicode digits and spaces already mapped to ASCII.
/// Takes more than linear time for long texts when `max_digits` is 0.
///
/// # Errors
/// See [`ParseIntError`].
pub fn parse(text: &[u8], base: u32, max_digits: usize) -> Result<IBig, ParseIntError> {
    if base != 0 && !(2..=36).contains(&base) {
        return Err(ParseIntError::Other(NumberError::value("int() base must be >= 2 and <= 36, or 0")));
    }
    let mut rest = trim(text);
    let mut negative = false;
    if let Some((&sign, tail)) = rest.split_first()
        && (sign == b'-' || sign == b'+')
    {
        negative = sign == b'-';
        rest = tail;
    }
    let prefix = match rest {
        [b'0', b'x' | b'X', ..] => 16,
        [b'0', b'o' | b'O', ..] => 8,
        [b'0', b'b' | b'B', ..] => 2,
        _ => 0,
    };
    let mut radix = base;
    let mut only_zero = false;
    if base == 0 {
        radix = if prefix != 0 { prefix } else { 10 };
        // "007" is no decimal literal, "000" is.
        only_zero = prefix == 0 && rest.first() == Some(&b'0');
    }
    if prefix != 0 && prefix == radix {
        rest = &rest[2..];
        if let Some((b'_', tail)) = rest.split_first() {
            rest = tail;
        }
    }
    // Short decimal texts are nearly all there are.
    if radix == 10 && rest.len() <= 18 && !rest.is_empty() && rest.iter().all(u8::is_ascii_digit) {
        let v = rest.iter().fold(0i64, |v, d| v * 10 + i64::from(d - b'0'));
        if only_zero && v != 0 {
            return Err(ParseIntError::Invalid);
        }
        return Ok(IBig::from(if negative { -v } else { v }));
    }
    let mut digits = String::with_capacity(rest.len());
    let mut after_digit = false;
    for &c in rest {
        if c == b'_' {
            if !after_digit {
                return Err(ParseIntError::Invalid);
            }
            after_digit = false;
        } else {
            if !(c as char).is_digit(radix) {
                return Err(ParseIntError::Invalid);
            }
            digits.push(c as char);
            after_digit = true;
        }
    }
    if !after_digit {
        return Err(ParseIntError::Invalid);
    }
    if !radix.is_power_of_two() && digits.len() > STR_DIGITS_CHECK_THRESHOLD && max_digits > 0 && digits.len() > max_digits
    {
        return Err(ParseIntError::Other(NumberError::value(format!(
            "Exceeds the limit ({max_digits} digits) for integer string conversion: value has {} digits; \
             use sys.set_int_max_str_digits() to increase the limit",
            digits.len()
        ))));
    }
    let value = UBig::from_str_radix(&digits, radix).map_err(|_| ParseIntError::Invalid)?;
    if only_zero && !value.is_zero() {
        return Err(ParseIntError::Invalid);
    }
    Ok(IBig::from_parts(if negative { Sign::Negative } else { Sign::Positive }, value))
}

/// `int(text)` of plain decimal text with few digits and perhaps a sign; `None`: ask [`parse`].
#[inline]
pub fn parse_short(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    let mut n = 0i64;
    for d in digits {
        let d = d.wrapping_sub(b'0');
        if d > 9 {
            return None;
        }
        n = n * 10 + i64::from(d);
    }
    Some(if negative { -n } else { n })
}

/// Without the ASCII whitespace that Python's number parsers skip at both ends.
pub(crate) fn trim(mut text: &[u8]) -> &[u8] {
    let space = |c: &u8| matches!(c, b'\t'..=b'\r' | b' ');
    while let Some((c, tail)) = text.split_first()
        && space(c)
    {
        text = tail;
    }
    while let Some((c, head)) = text.split_last()
        && space(c)
    {
        text = head;
    }
    text
}

/// `str(n)`. Takes more than linear time for large numbers when `max_digits` is 0.
///
/// # Errors
/// `ValueError` if the text has more than `max_digits` digits (0: no limit).
pub fn to_decimal(n: &IBig, max_digits: usize) -> NumberResult<String> {
    let too_long = || {
        NumberError::value(format!(
            "Exceeds the limit ({max_digits} digits) for integer string conversion; \
             use sys.set_int_max_str_digits() to increase the limit"
        ))
    };
    // A number of b bits has at least (b-1)*0.30102 decimal digits: refuse before the work is done.
    let bits = bit_length(n);
    let least = (bits.saturating_sub(1) as u128 * 30102 / 100_000) as usize;
    if max_digits > 0 && least > STR_DIGITS_CHECK_THRESHOLD && least > max_digits {
        return Err(too_long());
    }
    let text = n.to_string();
    let digits = text.len() - usize::from(n.sign() == Sign::Negative);
    if max_digits > 0 && digits > STR_DIGITS_CHECK_THRESHOLD && digits > max_digits {
        return Err(too_long());
    }
    Ok(text)
}

/// `hex(n)`.
pub fn to_hex(n: &IBig) -> String {
    format!("{n:#x}")
}

/// `oct(n)`.
pub fn to_oct(n: &IBig) -> String {
    format!("{n:#o}")
}

/// `bin(n)`.
pub fn to_bin(n: &IBig) -> String {
    format!("{n:#b}")
}

/// The digits of the magnitude in base 2, 8 or 16, lower case, without prefix.
pub(crate) fn magnitude_digits(n: &IBig, base: u32) -> String {
    let m = n.unsigned_abs();
    match base {
        2 => format!("{m:b}"),
        8 => format!("{m:o}"),
        _ => format!("{m:x}"),
    }
}
