//! Puts the pieces of a formatted number in place.
//!
//! Zero padding (`fill` zero, alignment after the sign) takes part in the grouping: `format(1234, '010,')` is
//! `00,001,234`, and a separator never comes first, so the result may be one wider than asked.

use super::{Align, FormatSpec};
use std::borrow::Cow;

use crate::{NumberError, NumberResult, TextSink};

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
    /// Exponent, or the whole text of `inf`.
    pub rest: &'a str,
    /// Percent sign.
    pub end: &'a str,
}

/// The digits of the whole part with separators, zero-padded to at least `min_width` code points: zeros to put in
/// front, and the rest.
fn grouped<'a>(digits: &'a str, min_width: usize, groups: Groups<'_>) -> (usize, Cow<'a, str>) {
    match groups.sizes {
        [] => return (min_width.saturating_sub(digits.len()), Cow::Borrowed(digits)),
        [size, ..] if digits.len() <= *size as usize && min_width <= digits.len() => return (0, Cow::Borrowed(digits)),
        &[size @ 1..127] if min_width <= digits.len() => {
            let size = size as usize;
            let mut out = String::with_capacity(digits.len() + digits.len() / size * groups.separator.len());
            let (first, mut rest) = digits.split_at(digits.len() % size);
            out.push_str(first);
            while !rest.is_empty() {
                let (group, tail) = rest.split_at(size);
                if !out.is_empty() {
                    out.push_str(groups.separator);
                }
                out.push_str(group);
                rest = tail;
            }
            return (0, Cow::Owned(out));
        }
        _ => {}
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
    (0, Cow::Owned(out))
}

/// Digits after the point, grouped from the left.
fn grouped_fraction<'a>(digits: &'a str, groups: Groups<'_>) -> Cow<'a, str> {
    let Some(&size) = groups.sizes.first() else { return Cow::Borrowed(digits) };
    let mut out = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && i % size as usize == 0 {
            out.push_str(groups.separator);
        }
        out.push(c);
    }
    Cow::Owned(out)
}

/// Code points of a text that mostly has one or none.
fn width_of(text: &str) -> usize {
    if text.len() <= 1 { text.len() } else { text.chars().count() }
}

/// Reserves `bytes` or fails with a memory error.
pub(super) fn reserve<O: TextSink>(out: &mut O, bytes: usize) -> NumberResult<()> {
    if bytes > isize::MAX as usize {
        return Err(NumberError::memory());
    }
    out.reserve(bytes)
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
pub(super) fn write<O: TextSink>(
    out: &mut O,
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
    // Fractions and their separators, rest and end are ASCII.
    let fixed = sign.len()
        + pieces.prefix.len()
        + width_of(pieces.point)
        + fraction.len()
        + pieces.rest.len()
        + pieces.end.len();
    let width = spec.width.unwrap_or(0);
    // Separators add at most as much as the digits.
    let estimate = fixed.saturating_add(pieces.digits.len() * 2).saturating_add(width.saturating_mul(spec.fill.len_utf8()));
    reserve(out, estimate)?;
    let min_width =
        if spec.fill == '0' && spec.align == Align::AfterSign { width.saturating_sub(fixed) } else { 0 };
    let (zeros, digits) = if pieces.digits.is_empty() {
        (0, Cow::Borrowed(""))
    } else {
        if !groups.sizes.is_empty() && min_width > pieces.digits.len() {
            // The padded digits are a second copy, and their groups a list, of that size.
            reserve(&mut String::new(), min_width.saturating_mul(8))?;
        }
        grouped(pieces.digits, min_width, groups)
    };
    let digits_width = match &digits {
        Cow::Borrowed(plain) => plain.len(),
        Cow::Owned(text) => text.chars().count(),
    };
    let missing = width.saturating_sub(fixed + zeros + digits_width);
    let (left, right) = split(spec.align, missing);
    if spec.align != Align::AfterSign {
        out.fill(spec.fill, left);
    }
    out.push_str(sign);
    out.push_str(pieces.prefix);
    if spec.align == Align::AfterSign {
        out.fill(spec.fill, left);
    }
    out.fill('0', zeros);
    out.push_str(&digits);
    out.push_str(pieces.point);
    out.push_str(&fraction);
    out.push_str(pieces.rest);
    out.push_str(pieces.end);
    out.fill(spec.fill, right);
    Ok(())
}
