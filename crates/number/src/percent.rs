//! Numbers in `%` formatting: `'%+08.3f' % x` and its kin, for `str` and `bytes` alike.
//!
//! The caller reads the template and picks the operand; these functions turn one number into its padded text. Flags are
//! C's: `#`, `0`, `-`, space, `+`.

use crate::format::{FloatStyle, Int, TextLayout, float_text};
use crate::int::{is_negative, magnitude_digits, to_decimal};
use crate::text::Digits;
use crate::{NumberError, NumberResult, TextSink};
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

    /// Writes a number whose digits are `zeros` zeros and `body`.
    fn place<O: TextSink>(&self, out: &mut O, negative: bool, prefix: &str, zeros: usize, body: &str) -> NumberResult<()> {
        let sign = match (negative, self.plus, self.blank) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        };
        let length = (sign.len() + prefix.len() + body.len()).saturating_add(zeros);
        let missing = self.width.saturating_sub(length);
        out.reserve(length.saturating_add(missing))?;
        if !self.left && !self.zero {
            out.fill(' ', missing);
        }
        out.push_str(sign);
        out.push_str(prefix);
        if !self.left && self.zero {
            out.fill('0', missing);
        }
        out.fill('0', zeros);
        out.push_str(body);
        if self.left {
            out.fill(' ', missing);
        }
        Ok(())
    }
}

/// The conversions `d i u o x X` of an int as a new string; see [`write_int`].
///
/// # Errors
/// As [`write_int`].
pub fn int(spec: &PercentSpec, conversion: char, n: &IBig, max_digits: usize) -> NumberResult<String> {
    let mut out = String::new();
    write_int(&mut out, spec, conversion, Int::Big(n), max_digits)?;
    Ok(out)
}

/// Appends the conversions `d i u o x X` of an int. `max_digits` is the decimal digit limit (0: none).
///
/// # Errors
/// `ValueError` past the digit limit or for a precision beyond a C int, `MemoryError`.
pub fn write_int<O: TextSink>(
    out: &mut O,
    spec: &PercentSpec,
    conversion: char,
    n: Int<'_>,
    max_digits: usize,
) -> NumberResult<()> {
    let prefix = match conversion {
        'o' => "0o",
        'x' => "0x",
        'X' => "0X",
        'd' | 'i' | 'u' => "",
        _ => return Err(NumberError::value(format!("unsupported format character '{conversion}'"))),
    };
    let (word, big);
    let (negative, digits) = match n {
        Int::Small(i) => {
            let size = i.unsigned_abs();
            word = match conversion {
                'o' => Digits::power_of_two(size, 3, false),
                'x' | 'X' => Digits::power_of_two(size, 4, conversion == 'X'),
                _ => Digits::decimal(size),
            };
            (i < 0, word.as_str())
        }
        Int::Big(n) => {
            big = match conversion {
                'o' => magnitude_digits(n, 8),
                'x' => magnitude_digits(n, 16),
                'X' => magnitude_digits(n, 16).to_uppercase(),
                _ => to_decimal(n, max_digits)?,
            };
            (is_negative(n), big.trim_start_matches('-'))
        }
    };
    let zeros = checked(spec.precision)?.unwrap_or(0).saturating_sub(digits.len());
    spec.place(out, negative, if spec.alternate { prefix } else { "" }, zeros, digits)
}

/// The conversions `e E f F g G` of a float as a new string; see [`write_float`].
///
/// # Errors
/// As [`write_float`].
pub fn float(spec: &PercentSpec, conversion: char, x: f64) -> NumberResult<String> {
    let mut out = String::new();
    write_float(&mut out, spec, conversion, x)?;
    Ok(out)
}

/// Appends the conversions `e E f F g G` of a float.
///
/// # Errors
/// `ValueError` for a precision beyond a C int, `MemoryError`.
pub fn write_float<O: TextSink>(out: &mut O, spec: &PercentSpec, conversion: char, x: f64) -> NumberResult<()> {
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
    let text = float_text(x, &style)?;
    spec.place(out, x.is_sign_negative() && !x.is_nan(), "", 0, text.as_str())
}

fn checked(precision: Option<usize>) -> NumberResult<Option<usize>> {
    match precision {
        Some(p) if p > i32::MAX as usize => Err(NumberError::value("precision too big")),
        p => Ok(p),
    }
}
