//! `repr(complex)` and `complex(text)`.

use super::{Complex, new};
use crate::float;
use crate::int::trim;

/// `repr(z)`: `2j`, `(1+2j)`, `(-0-1j)`. A real part that is a positive zero is left out.
pub fn repr(z: Complex) -> String {
    let mut out = String::with_capacity(32);
    if z.re == 0.0 && z.re.is_sign_positive() {
        float::repr_with(z.im, &mut out, false);
        out.push('j');
        return out;
    }
    out.push('(');
    float::repr_with(z.re, &mut out, false);
    if z.im.is_nan() || z.im.is_sign_positive() {
        out.push('+');
    }
    float::repr_with(z.im, &mut out, false);
    out.push_str("j)");
    out
}

/// The length of the float that `text` starts with, sign included; `None` if there is none.
fn float_prefix(text: &[u8]) -> Option<usize> {
    let sign = usize::from(matches!(text.first(), Some(b'+' | b'-')));
    let body = &text[sign..];
    for word in [&b"infinity"[..], b"inf", b"nan"] {
        if body.len() >= word.len() && body[..word.len()].eq_ignore_ascii_case(word) {
            return Some(sign + word.len());
        }
    }
    let digits = |from: usize| body[from..].iter().take_while(|c| c.is_ascii_digit()).count();
    let whole = digits(0);
    let mut end = whole;
    let mut fraction = 0;
    if body.get(end) == Some(&b'.') {
        fraction = digits(end + 1);
        end += 1 + fraction;
    }
    if whole + fraction == 0 {
        return None;
    }
    if matches!(body.get(end), Some(b'e' | b'E')) {
        let signed = usize::from(matches!(body.get(end + 1), Some(b'+' | b'-')));
        if body.len() > end + 1 + signed {
            let exponent = digits(end + 1 + signed);
            if exponent > 0 {
                end += 1 + signed + exponent;
            }
        }
    }
    Some(sign + end)
}

/// Reads a float off the front.
fn take_float(text: &mut &[u8]) -> Option<f64> {
    let (number, rest) = text.split_at(float_prefix(text)?);
    let value = float::parse_plain(std::str::from_utf8(number).ok()?)?;
    *text = rest;
    Some(value)
}

/// `complex(text)`; `text` has its Unicode digits and spaces already mapped to ASCII. `None`: the caller raises
/// `ValueError: complex() arg is a malformed string`.
pub fn parse(text: &[u8]) -> Option<Complex> {
    let mut rest = trim(text);
    if let [b'(', inner @ .., b')'] = rest {
        rest = trim(inner);
    }
    let plain;
    if rest.contains(&b'_') {
        // An underscore stands only between digits.
        for (i, &c) in rest.iter().enumerate() {
            let digit = |at: Option<usize>| at.and_then(|at| rest.get(at)).is_some_and(u8::is_ascii_digit);
            if c == b'_' && !(digit(i.checked_sub(1)) && digit(Some(i + 1))) {
                return None;
            }
        }
        plain = rest.iter().copied().filter(|&c| c != b'_').collect::<Vec<u8>>();
        rest = &plain;
    }
    let first = take_float(&mut rest);
    let (re, im) = match (first, rest.first()) {
        (Some(re), None) => return Some(new(re, 0.0)),
        (Some(im), Some(b'j' | b'J')) => (0.0, im),
        (Some(re), Some(b'+' | b'-')) => (re, imaginary(&mut rest)?),
        (None, Some(b'+' | b'-' | b'j' | b'J')) => (0.0, imaginary(&mut rest)?),
        _ => return None,
    };
    matches!(rest, [b'j' | b'J']).then_some(new(re, im))
}

/// A signed float, or a sign alone (one), before the `j`.
fn imaginary(rest: &mut &[u8]) -> Option<f64> {
    if let Some(value) = take_float(rest) {
        return Some(value);
    }
    let sign = match rest.first()? {
        b'+' => 1.0,
        b'-' => -1.0,
        _ => return Some(1.0),
    };
    *rest = &rest[1..];
    Some(sign)
}
