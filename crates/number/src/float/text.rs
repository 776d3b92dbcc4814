//! `repr(float)` and `float(text)`.

use super::digits;
use crate::int::trim;

/// `repr(x)`: the shortest text that reads back, in Python's layout.
pub fn repr(x: f64) -> String {
    let mut out = String::with_capacity(24);
    repr_into(x, &mut out);
    out
}

/// Appends `repr(x)`.
pub fn repr_into(x: f64, out: &mut String) {
    repr_with(x, out, true);
}

/// Appends the shortest text; `.0` is added to integral values if `dot_zero` (complex parts have none).
pub(crate) fn repr_with(x: f64, out: &mut String, dot_zero: bool) {
    if x.is_nan() {
        out.push_str("nan");
        return;
    }
    if x.is_sign_negative() {
        out.push('-');
    }
    if x.is_infinite() {
        out.push_str("inf");
        return;
    }
    let size = x.abs();
    if (1e-4..1e16).contains(&size) {
        // Here the library's layout is Python's.
        let mut buffer = zmij::Buffer::new();
        let text = buffer.format_finite(size);
        if !text.contains('e') {
            out.push_str(if dot_zero { text } else { text.strip_suffix(".0").unwrap_or(text) });
            return;
        }
    }
    let decimal = digits::shortest(x);
    let n = decimal.digits.len() as i32;
    if decimal.point > -4 && decimal.point <= 16 {
        let places = (n - decimal.point).max(i32::from(dot_zero)) as usize;
        decimal.write_fixed(out, places, false);
    } else {
        decimal.write_exponent(out, (n - 1) as usize, false, false);
    }
}

/// `float(text)`; `text` has its Unicode digits and spaces already mapped to ASCII. `None`: the caller raises
/// `ValueError: could not convert string to float: REPR`.
pub fn parse(text: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(trim(text)).ok()?;
    if !text.contains('_') {
        return parse_plain(text);
    }
    // An underscore stands only between digits.
    let bytes = text.as_bytes();
    for (i, &c) in bytes.iter().enumerate() {
        let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
        if c == b'_' && !(digit(i.checked_sub(1)) && digit(Some(i + 1))) {
            return None;
        }
    }
    parse_plain(&text.replace('_', ""))
}

/// Python's grammar without underscores: that of the standard library, whose `inf`, `infinity` and `nan` also ignore case.
pub(crate) fn parse_plain(text: &str) -> Option<f64> {
    text.parse().ok()
}
