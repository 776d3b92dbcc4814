//! A float's decimal digits, the common ground of repr, rounding and formatting.
//!
//! A [`Decimal`] is a digit string and the position of its point: value = 0.d1d2d3... * 10^point. Shortest digits come
//! from `zmij`; digits to a given precision from the standard library, whose exact mode rounds the exact binary value
//! half to even. The standard library limits a precision to 65,535, and no float has more than 1,074 fractional or 767
//! significant digits, so longer requests are cut there; whoever lays the digits out pads with zeros.

use std::fmt::Write;

use crate::text::Digits;

/// Decimal digits of the magnitude of a finite float. Zero is the single digit `0` with point 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    /// ASCII digits; no leading zero unless the value is zero.
    pub digits: String,
    /// Digits before the decimal point; may be negative or beyond the digits.
    pub point: i32,
}

/// Powers of ten that a float holds exactly.
pub(crate) const MAX_EXACT_POWER: usize = 22;
const POWERS: [u128; MAX_EXACT_POWER + 1] = {
    let mut powers = [1; MAX_EXACT_POWER + 1];
    let mut i = 1;
    while i <= MAX_EXACT_POWER {
        powers[i] = powers[i - 1] * 10;
        i += 1;
    }
    powers
};

/// The magnitude of `x` times `10**places`, rounded half to even; `None` if that is not computed in 128 bits (more than
/// 22 places) or takes more than 64. Exact: the significand has 53 bits and the power of ten 74.
pub(crate) fn scaled(x: f64, places: usize) -> Option<u64> {
    let power = *POWERS.get(places)?;
    let bits = x.to_bits();
    let (field, fraction) = (bits >> 52 & 0x7FF, bits & ((1 << 52) - 1));
    let (significand, exponent) = match field {
        0x7FF => return None,
        0 => (fraction, -1074),
        _ => (fraction | 1 << 52, field as i32 - 1075),
    };
    if exponent >= 0 {
        if exponent > 10 {
            return None;
        }
        return u64::try_from(power.checked_mul(u128::from(significand << exponent))?).ok();
    }
    let (product, shift) = (power * u128::from(significand), exponent.unsigned_abs());
    if shift >= 128 {
        // The product is below 2^127, so this is less than a half.
        return Some(0);
    }
    let whole = product >> shift;
    let (rest, half) = (product & ((1 << shift) - 1), 1 << (shift - 1));
    let up = rest > half || (rest == half && whole & 1 == 1);
    u64::try_from(whole + u128::from(up)).ok()
}

/// `10**n` for `n` up to [`MAX_EXACT_POWER`].
pub(crate) fn exact_power(n: usize) -> f64 {
    POWERS.get(n).map_or(f64::INFINITY, |&p| p as f64)
}

/// A short text with a fixed number of places, on the stack.
pub(crate) struct Fixed {
    buffer: [u8; 48],
    len: usize,
}

impl Fixed {
    /// The magnitude of `x` with exactly `places` digits after the point (a point if there are any or `point`), and
    /// whether all are zero; `None`: too long for this.
    pub(crate) fn new(x: f64, places: usize, point: bool) -> Option<(Fixed, bool)> {
        let n = scaled(x, places)?;
        let digits = Digits::decimal(n);
        let digits = digits.as_bytes();
        let mut out = Fixed { buffer: [0; 48], len: 0 };
        let whole = digits.len().saturating_sub(places);
        out.push(if whole == 0 { b"0" } else { &digits[..whole] });
        if places > 0 || point {
            out.push(b".");
        }
        // At most 22 places, of which 20 at most are digits.
        out.push(&[b'0'; MAX_EXACT_POWER][..places - (digits.len() - whole)]);
        out.push(&digits[whole..]);
        Some((out, n == 0))
    }
    fn push(&mut self, bytes: &[u8]) {
        self.buffer[self.len..self.len + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }
    pub(crate) fn as_str(&self) -> &str {
        // All of it is ASCII.
        std::str::from_utf8(&self.buffer[..self.len]).unwrap_or("")
    }
}

/// The fewest digits that read back as `x` (finite).
pub(crate) fn shortest(x: f64) -> Decimal {
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(x.abs());
    let (mantissa, exponent) = match text.split_once('e') {
        Some((m, e)) => (m, e.parse().unwrap_or(0)),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits = String::with_capacity(20);
    digits.push_str(whole);
    digits.push_str(fraction);
    normalise(digits, whole.len() as i32 + exponent)
}

/// Drops zeros at both ends.
fn normalise(mut digits: String, mut point: i32) -> Decimal {
    digits.truncate(digits.trim_end_matches('0').len());
    let zeros = digits.len() - digits.trim_start_matches('0').len();
    digits.drain(..zeros);
    point -= zeros as i32;
    if digits.is_empty() {
        digits.push('0');
        point = 1;
    }
    Decimal { digits, point }
}

/// `count` significant digits (at least 1), correctly rounded; trailing zeros dropped.
pub(crate) fn significant(x: f64, count: usize) -> Decimal {
    let mut text = String::with_capacity(32);
    // Writing to a String cannot fail.
    let _ = write!(text, "{:.*e}", count.clamp(1, 800) - 1, x.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let point = exponent.parse::<i32>().unwrap_or(0) + 1;
    normalise(mantissa.replace('.', ""), point)
}

/// Digits up to `places` after the point, correctly rounded; trailing zeros dropped.
pub(crate) fn fixed(x: f64, places: usize) -> Decimal {
    let mut text = String::with_capacity(32);
    let _ = write!(text, "{:.*}", places.min(1100), x.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let point = whole.len() as i32;
    normalise(format!("{whole}{fraction}"), point)
}

impl Decimal {
    /// Whether all digits are zero.
    pub(crate) fn is_zero(&self) -> bool {
        self.digits == "0"
    }

    /// Appends `whole.fraction` with exactly `places` digits after the point; no point if `places` is 0 unless `point`.
    pub(crate) fn write_fixed(&self, out: &mut String, places: usize, point: bool) {
        let n = self.digits.len() as i32;
        if self.point <= 0 {
            out.push('0');
        } else {
            let whole = self.point.min(n) as usize;
            out.push_str(&self.digits[..whole]);
            zeros(out, (self.point - n).max(0) as usize);
        }
        if places > 0 || point {
            out.push('.');
        }
        let lead = (-self.point).max(0) as usize;
        let tail = &self.digits[self.point.clamp(0, n) as usize..];
        let lead = lead.min(places);
        zeros(out, lead);
        let tail = &tail[..tail.len().min(places - lead)];
        out.push_str(tail);
        zeros(out, places - lead - tail.len());
    }

    /// Appends `d.ddde+XX` with exactly `places` digits after the point.
    pub(crate) fn write_exponent(&self, out: &mut String, places: usize, point: bool, upper: bool) {
        out.push_str(&self.digits[..1]);
        if places > 0 || point {
            out.push('.');
        }
        let tail = &self.digits[1..];
        let tail = &tail[..tail.len().min(places)];
        out.push_str(tail);
        zeros(out, places - tail.len());
        let exponent = if self.is_zero() { 0 } else { self.point - 1 };
        let _ = write!(
            out,
            "{}{}{:02}",
            if upper { 'E' } else { 'e' },
            if exponent < 0 { '-' } else { '+' },
            exponent.unsigned_abs()
        );
    }
}

fn zeros(out: &mut String, count: usize) {
    out.extend(std::iter::repeat_n('0', count));
}
