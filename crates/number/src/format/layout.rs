//! Puts the pieces of a formatted number in place.
//!
//! Zero padding (`fill` zero, alignment after the sign) takes part in the grouping: `format(1234, '010,')` is
//! `00,001,234`, and a separator never comes first, so the result may be one wider than asked.

use super::{Align, FormatSpec};
use crate::{NumberError, NumberResult};

/// How digits are grouped: sizes from the right, the last repeating; 127 ends grouping.
#[derive(Clone, Copy)]
pub(super) struct Groups<'a> {
    pub separator: &'a str,
    pub sizes: &'a [u8],
}

impl Groups<'static> {
    pub(super) const NONE: Self = Self { separator: "", sizes: &[] };
}

/// A number in pieces, all ASCII but `point` and the separators.
pub(super) struct Pieces<'a> {
    pub negative: bool,
    pub prefix: &'a str,
    pub digits: &'a str,
    pub point: &'a str,
    pub fraction: &'a str,
    /// Exponent, percent sign, or the whole text of `inf`.
    pub rest: &'a str,
}

/// The digits of the whole part with separators, zero-padded to at least `min_width` code points.
fn grouped(digits: &str, min_width: usize, groups: Groups<'_>) -> String {
    if groups.sizes.is_empty() || (digits.len() <= groups.sizes[0] as usize && min_width <= digits.len()) {
        let mut out = "0".repeat(min_width.saturating_sub(digits.len()));
        out.push_str(digits);
        return out;
    }
    let separator_width = groups.separator.chars().count();
    // Pieces from the right: (padding zeros, end of the digits taken, count of digits taken).
    let mut pieces: Vec<(usize, usize)> = Vec::new();
    let (mut left, mut wanted) = (digits.len(), min_width);
    let (mut index, mut size) = (0, 0usize);
    loop {
        match groups.sizes.get(index) {
            Some(&127) => size = usize::MAX,
            Some(&0) | None if size == 0 => size = usize::MAX, // no group at all
            Some(&0) | None => {}
            Some(&s) => {
                size = s as usize;
                index += 1;
            }
        }
        let length = size.min(left.max(wanted).max(1));
        let taken = length.min(left);
        pieces.push((length - taken, taken));
        left -= taken;
        wanted = wanted.saturating_sub(length);
        if left == 0 && wanted == 0 {
            break;
        }
        wanted = wanted.saturating_sub(separator_width);
    }
    let mut out = String::with_capacity(digits.len().max(min_width) * 4 / 3 + 4);
    let mut at = 0;
    for (i, &(zeros, taken)) in pieces.iter().rev().enumerate() {
        if i > 0 {
            out.push_str(groups.separator);
        }
        out.extend(std::iter::repeat_n('0', zeros));
        out.push_str(&digits[at..at + taken]);
        at += taken;
    }
    out
}

/// Digits after the point, grouped from the left.
fn grouped_fraction(digits: &str, groups: Groups<'_>) -> String {
    let Some(&size) = groups.sizes.first() else { return digits.to_owned() };
    let mut out = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && i % size as usize == 0 {
            out.push_str(groups.separator);
        }
        out.push(c);
    }
    out
}

/// Reserves `bytes` or fails with a memory error.
pub(super) fn reserve(out: &mut String, bytes: usize) -> NumberResult<()> {
    if bytes > isize::MAX as usize {
        return Err(NumberError::memory());
    }
    out.try_reserve(bytes).map_err(|_| NumberError::memory())
}

/// Appends `count` times `fill`.
pub(super) fn pad(out: &mut String, fill: char, count: usize) {
    out.extend(std::iter::repeat_n(fill, count));
}

/// `(left, right)` padding for `missing` code points.
pub(super) fn split(align: Align, missing: usize) -> (usize, usize) {
    match align {
        Align::Left => (0, missing),
        Align::Right | Align::AfterSign => (missing, 0),
        Align::Center => (missing / 2, missing - missing / 2),
    }
}

/// Appends the number.
pub(super) fn write(
    out: &mut String,
    spec: &FormatSpec,
    pieces: &Pieces<'_>,
    groups: Groups<'_>,
    fraction_groups: Groups<'_>,
) -> NumberResult<()> {
    let sign = match (pieces.negative, spec.sign) {
        (true, _) => "-",
        (false, Some('+')) => "+",
        (false, Some(' ')) => " ",
        _ => "",
    };
    let fraction = grouped_fraction(pieces.fraction, fraction_groups);
    let fixed = sign.len()
        + pieces.prefix.len()
        + pieces.point.chars().count()
        + fraction.chars().count()
        + pieces.rest.len();
    let width = spec.width.unwrap_or(0);
    // Separators add at most as much as the digits.
    let estimate = fixed.saturating_add(pieces.digits.len() * 2).saturating_add(width.saturating_mul(spec.fill.len_utf8()));
    reserve(out, estimate)?;
    let min_width =
        if spec.fill == '0' && spec.align == Align::AfterSign { width.saturating_sub(fixed) } else { 0 };
    let digits = if pieces.digits.is_empty() {
        String::new()
    } else {
        // The padded digits are a second copy, and their groups a list, of that size.
        reserve(&mut String::new(), min_width.saturating_mul(8))?;
        grouped(pieces.digits, min_width, groups)
    };
    let missing = width.saturating_sub(fixed + digits.chars().count());
    let (left, right) = split(spec.align, missing);
    if spec.align != Align::AfterSign {
        pad(out, spec.fill, left);
    }
    out.push_str(sign);
    out.push_str(pieces.prefix);
    if spec.align == Align::AfterSign {
        pad(out, spec.fill, left);
    }
    out.push_str(&digits);
    out.push_str(pieces.point);
    out.push_str(&fraction);
    out.push_str(pieces.rest);
    pad(out, spec.fill, right);
    Ok(())
}
