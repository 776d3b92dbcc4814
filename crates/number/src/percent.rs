//! Numbers in `%` formatting: `'%+08.3f' % x` and its kin, for `str` and `bytes` alike.
//!
//! The caller reads the template and picks the operand; these functions turn one number into its padded text. Flags are
//! C's: `#`, `0`, `-`, space, `+`.

use crate::format::{FloatStyle, TextLayout, float_text};
use crate::int::{is_negative, magnitude_digits, to_decimal};
use crate::{NumberError, NumberResult};
use dashu_int::IBig;

/// The flags, width and precision of one conversion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PercentSpec {
    /// `#`
    pub alternate: bool,
    /// `0`
    pub zero: bool,
    /// `-`
    pub left: bool,
    /// space
    pub blank: bool,
    /// `+`
    pub plus: bool,
    /// The minimum width.
    pub width: usize,
    /// The precision.
    pub precision: Option<usize>,
}

impl PercentSpec {
    /// The layout of a text of `length` code points (`%s`, `%r`, `%a`, `%c`); `%c` ignores the precision.
    pub fn text(&self, length: usize, use_precision: bool) -> TextLayout {
        let keep = if use_precision { length.min(self.precision.unwrap_or(usize::MAX)) } else { length };
        let missing = self.width.saturating_sub(keep);
        let (left, right) = if self.left { (0, missing) } else { (missing, 0) };
        TextLayout { keep, left, right, fill: ' ' }
    }

    fn place(&self, negative: bool, prefix: &str, body: &str) -> NumberResult<String> {
        let sign = match (negative, self.plus, self.blank) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        };
        let length = sign.len() + prefix.len() + body.len();
        let missing = self.width.saturating_sub(length);
        let mut out = String::new();
        out.try_reserve(length.saturating_add(missing)).map_err(|_| NumberError::memory())?;
        let pad = |out: &mut String, c| out.extend(std::iter::repeat_n(c, missing));
        if !self.left && !self.zero {
            pad(&mut out, ' ');
        }
        out.push_str(sign);
        out.push_str(prefix);
        if !self.left && self.zero {
            pad(&mut out, '0');
        }
        out.push_str(body);
        if self.left {
            pad(&mut out, ' ');
        }
        Ok(out)
    }
}

/// The conversions `d i u o x X` of an int. `max_digits` is the decimal digit limit (0: none).
///
/// # Errors
/// `ValueError` past the digit limit or for a precision beyond a C int, `MemoryError`.
pub fn int(spec: &PercentSpec, conversion: char, n: &IBig, max_digits: usize) -> NumberResult<String> {
    let (digits, prefix) = match conversion {
        'o' => (magnitude_digits(n, 8), "0o"),
        'x' => (magnitude_digits(n, 16), "0x"),
        'X' => (magnitude_digits(n, 16).to_uppercase(), "0X"),
        'd' | 'i' | 'u' => (to_decimal(n, max_digits)?, ""),
        _ => return Err(NumberError::value(format!("unsupported format character '{conversion}'"))),
    };
    let digits = digits.trim_start_matches('-');
    let precision = checked(spec.precision)?.unwrap_or(0);
    let mut body = String::new();
    body.try_reserve(precision.max(digits.len())).map_err(|_| NumberError::memory())?;
    body.extend(std::iter::repeat_n('0', precision.saturating_sub(digits.len())));
    body.push_str(digits);
    spec.place(is_negative(n), if spec.alternate { prefix } else { "" }, &body)
}

/// The conversions `e E f F g G` of a float.
///
/// # Errors
/// `ValueError` for a precision beyond a C int, `MemoryError`.
pub fn float(spec: &PercentSpec, conversion: char, x: f64) -> NumberResult<String> {
    if !matches!(conversion, 'e' | 'E' | 'f' | 'F' | 'g' | 'G') {
        return Err(NumberError::value(format!("unsupported format character '{conversion}'")));
    }
    let style = FloatStyle {
        code: conversion.to_ascii_lowercase(),
        precision: checked(spec.precision)?.unwrap_or(6),
        upper: conversion.is_ascii_uppercase(),
        alternate: spec.alternate,
        dot_zero: false,
    };
    let (text, _) = float_text(x, &style)?;
    spec.place(x.is_sign_negative() && !x.is_nan(), "", &text)
}

fn checked(precision: Option<usize>) -> NumberResult<Option<usize>> {
    match precision {
        Some(p) if p > i32::MAX as usize => Err(NumberError::value("precision too big")),
        p => Ok(p),
    }
}
