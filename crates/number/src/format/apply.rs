//! The format spec applied to each family: int, float, complex, str.

use super::layout::{self, Groups, Pieces};
use super::{Align, FormatSpec, Grouping, NumberLocale};
use crate::float::digits::{self, Decimal};
use crate::int::{is_negative, magnitude_digits, to_decimal, to_f64};
use crate::{NumberError, NumberResult};
use dashu_int::IBig;

fn unknown(kind: char, type_name: &str) -> NumberError {
    NumberError::value(if kind > ' ' && kind < '\u{80}' {
        format!("Unknown format code '{kind}' for object of type '{type_name}'")
    } else {
        format!("Unknown format code '\\x{:x}' for object of type '{type_name}'", kind as u32)
    })
}

/// The separators of `grouping` for digits of a base whose groups have `size` digits.
fn groups(grouping: Grouping, size: &'static [u8]) -> Groups<'static> {
    match grouping {
        Grouping::None => Groups::NONE,
        Grouping::Comma => Groups { separator: ",", sizes: size },
        Grouping::Underscore => Groups { separator: "_", sizes: size },
    }
}

/// How many code points of a text to keep, and the padding around them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextLayout {
    /// Code points of the text to keep from its start.
    pub keep: usize,
    /// Fill characters before it.
    pub left: usize,
    /// Fill characters after it.
    pub right: usize,
    /// The fill character.
    pub fill: char,
}

/// `format(str, spec)` for a text of `length` code points. The caller builds the text, whatever its encoding.
///
/// # Errors
/// `ValueError`.
pub fn text(spec: &FormatSpec, length: usize, type_name: &str) -> NumberResult<TextLayout> {
    if let Some(kind) = spec.kind
        && kind != 's'
    {
        return Err(unknown(kind, type_name));
    }
    if let Some(sign) = spec.sign {
        return Err(NumberError::value(if sign == ' ' {
            "Space not allowed in string format specifier"
        } else {
            "Sign not allowed in string format specifier"
        }));
    }
    if spec.no_negative_zero {
        return Err(NumberError::value("Negative zero coercion (z) not allowed in string format specifier"));
    }
    if spec.alternate {
        return Err(NumberError::value("Alternate form (#) not allowed in string format specifier"));
    }
    if spec.align == Align::AfterSign {
        return Err(NumberError::value("'=' alignment not allowed in string format specifier"));
    }
    let keep = length.min(spec.precision.unwrap_or(usize::MAX));
    let (left, right) = layout::split(spec.align, spec.width.unwrap_or(0).saturating_sub(keep));
    Ok(TextLayout { keep, left, right, fill: spec.fill })
}

fn check_int(spec: &FormatSpec) -> NumberResult<()> {
    if spec.precision.is_some() {
        return Err(NumberError::value("Precision not allowed in integer format specifier"));
    }
    if spec.no_negative_zero {
        return Err(NumberError::value("Negative zero coercion (z) not allowed in integer format specifier"));
    }
    Ok(())
}

/// The type `c`: the code point (a lone surrogate included, which no `String` can hold) and its padding.
///
/// # Errors
/// `ValueError`; `OverflowError` for a number that is no code point.
pub fn int_char(spec: &FormatSpec, n: &IBig) -> NumberResult<(u32, TextLayout)> {
    check_int(spec)?;
    if spec.sign.is_some() {
        return Err(NumberError::value("Sign not allowed with integer format specifier 'c'"));
    }
    if spec.alternate {
        return Err(NumberError::value("Alternate form (#) not allowed with integer format specifier 'c'"));
    }
    let code = i64::try_from(n).map_err(|_| NumberError::overflow("Python int too large to convert to C long"))?;
    let code = u32::try_from(code)
        .ok()
        .filter(|&c| c < 0x11_0000)
        .ok_or_else(|| NumberError::overflow("%c arg not in range(0x110000)"))?;
    let (left, right) = layout::split(spec.align, spec.width.unwrap_or(0).saturating_sub(1));
    Ok((code, TextLayout { keep: 1, left, right, fill: spec.fill }))
}

/// `format(int, spec)`. `max_digits` is the decimal digit limit (0: none).
///
/// # Errors
/// `ValueError`, `OverflowError`, `MemoryError`. A lone surrogate by the type `c` is an error here; see [`int_char`].
pub fn int(
    spec: &FormatSpec,
    n: &IBig,
    type_name: &str,
    locale: &NumberLocale<'_>,
    max_digits: usize,
) -> NumberResult<String> {
    let kind = spec.kind.unwrap_or('d');
    let mut out = String::new();
    match kind {
        'c' => {
            let (code, place) = int_char(spec, n)?;
            let c = char::from_u32(code)
                .ok_or_else(|| NumberError::value("a lone surrogate cannot be formatted as text"))?;
            let padding = (place.left + place.right).saturating_mul(place.fill.len_utf8());
            layout::reserve(&mut out, padding.saturating_add(4))?;
            layout::pad(&mut out, place.fill, place.left);
            out.push(c);
            layout::pad(&mut out, place.fill, place.right);
        }
        'd' | 'n' | 'b' | 'o' | 'x' | 'X' => {
            check_int(spec)?;
            let (digits, prefix) = match kind {
                'b' => (magnitude_digits(n, 2), "0b"),
                'o' => (magnitude_digits(n, 8), "0o"),
                'x' => (magnitude_digits(n, 16), "0x"),
                'X' => (magnitude_digits(n, 16).to_uppercase(), "0X"),
                _ => (to_decimal(n, max_digits)?, ""),
            };
            let size: &[u8] = if matches!(kind, 'd' | 'n') { &[3] } else { &[4] };
            let groups = if kind == 'n' {
                Groups { separator: locale.thousands_sep, sizes: locale.grouping }
            } else {
                groups(spec.grouping, size)
            };
            let pieces = Pieces {
                negative: is_negative(n),
                prefix: if spec.alternate { prefix } else { "" },
                digits: digits.trim_start_matches('-'),
                point: "",
                fraction: "",
                rest: "",
            };
            layout::write(&mut out, spec, &pieces, groups, Groups::NONE)?;
        }
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%' => return float(spec, to_f64(n)?, type_name, locale),
        _ => return Err(unknown(kind, type_name)),
    }
    Ok(out)
}

/// How [`float_text`] lays digits out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FloatStyle {
    /// `e`, `f`, `g`, or `r` for the shortest digits.
    pub code: char,
    pub precision: usize,
    pub upper: bool,
    /// Keep the point and, for `g`, trailing zeros.
    pub alternate: bool,
    /// Write `.0` after an integral value.
    pub dot_zero: bool,
}

/// The magnitude of `x` as text, and whether it is all zeros. Precision above a C int is a `ValueError`.
pub(crate) fn float_text(x: f64, style: &FloatStyle) -> NumberResult<(String, bool)> {
    let FloatStyle { code, precision, upper, alternate, dot_zero } = *style;
    if !x.is_finite() {
        let text = match (x.is_nan(), upper) {
            (true, false) => "nan",
            (true, true) => "NAN",
            (false, false) => "inf",
            (false, true) => "INF",
        };
        return Ok((text.to_owned(), false));
    }
    let mut out = String::new();
    let zero = |d: &Decimal| d.is_zero();
    match code {
        'e' => {
            layout::reserve(&mut out, precision.saturating_add(16))?;
            let d = digits::significant(x, precision + 1);
            d.write_exponent(&mut out, precision, alternate, upper);
            Ok((out, zero(&d)))
        }
        'f' => {
            layout::reserve(&mut out, precision.saturating_add(320))?;
            let d = digits::fixed(x, precision);
            d.write_fixed(&mut out, precision, alternate);
            Ok((out, zero(&d)))
        }
        _ => {
            let shortest = code == 'r';
            let precision = precision.max(1);
            let d = if shortest { digits::shortest(x) } else { digits::significant(x, precision) };
            let limit = if shortest { 16 } else { precision as i64 - i64::from(dot_zero) };
            let point = i64::from(d.point);
            let keep_zeros = alternate && !shortest;
            if keep_zeros {
                layout::reserve(&mut out, precision.saturating_add(320))?;
            }
            if point <= -4 || point > limit {
                let places = if keep_zeros { precision } else { d.digits.len() } - 1;
                d.write_exponent(&mut out, places, alternate, upper);
            } else {
                let kept = if keep_zeros { precision as i64 } else { d.digits.len() as i64 };
                let places = (kept - point).max(i64::from(dot_zero)) as usize;
                d.write_fixed(&mut out, places, alternate);
            }
            Ok((out, zero(&d)))
        }
    }
}

/// Splits the text of a number at its point: whole digits, whether there is a point, fraction digits, the rest.
fn pieces_of(text: &str) -> (&str, bool, &str, &str) {
    let digits = |t: &str| t.bytes().take_while(u8::is_ascii_digit).count();
    let (whole, rest) = text.split_at(digits(text));
    match rest.strip_prefix('.') {
        Some(tail) => {
            let (fraction, rest) = tail.split_at(digits(tail));
            (whole, true, fraction, rest)
        }
        None => (whole, false, "", rest),
    }
}

/// The precision of a float spec, at most a C int.
fn checked_precision(spec: &FormatSpec) -> NumberResult<Option<usize>> {
    match spec.precision {
        Some(p) if p > i32::MAX as usize => Err(NumberError::value("precision too big")),
        p => Ok(p),
    }
}

/// `format(float, spec)`.
///
/// # Errors
/// `ValueError`, `MemoryError`.
pub fn float(spec: &FormatSpec, x: f64, type_name: &str, locale: &NumberLocale<'_>) -> NumberResult<String> {
    let kind = spec.kind.unwrap_or('\0');
    if !matches!(kind, '\0' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'n' | '%') {
        return Err(unknown(kind, type_name));
    }
    let precision = checked_precision(spec)?;
    let percent = kind == '%';
    let x = if percent { x * 100.0 } else { x };
    let code = match kind {
        '\0' if precision.is_none() => 'r',
        '\0' | 'n' => 'g',
        '%' => 'f',
        c => c.to_ascii_lowercase(),
    };
    let style = FloatStyle {
        code,
        precision: precision.unwrap_or(6),
        upper: kind.is_ascii_uppercase(),
        alternate: spec.alternate,
        dot_zero: kind == '\0',
    };
    let mut out = String::new();
    write_float(&mut out, spec, x, &style, kind == 'n', percent, locale)?;
    Ok(out)
}

fn write_float(
    out: &mut String,
    spec: &FormatSpec,
    x: f64,
    style: &FloatStyle,
    localised: bool,
    percent: bool,
    locale: &NumberLocale<'_>,
) -> NumberResult<()> {
    let (mut text, zero) = float_text(x, style)?;
    if percent {
        text.push('%');
    }
    let (whole, has_point, fraction, rest) = pieces_of(&text);
    let pieces = Pieces {
        negative: x.is_sign_negative() && !x.is_nan() && !(zero && spec.no_negative_zero),
        prefix: "",
        digits: whole,
        point: match (has_point, localised) {
            (false, _) => "",
            (true, false) => ".",
            (true, true) => locale.decimal_point,
        },
        fraction,
        rest,
    };
    let whole_groups = if localised {
        Groups { separator: locale.thousands_sep, sizes: locale.grouping }
    } else {
        groups(spec.grouping, &[3])
    };
    layout::write(out, spec, &pieces, whole_groups, groups(spec.fraction_grouping, &[3]))
}

/// `format(complex, spec)` for `re + im*j`.
///
/// # Errors
/// `ValueError`, `MemoryError`.
pub fn complex(
    spec: &FormatSpec,
    re: f64,
    im: f64,
    type_name: &str,
    locale: &NumberLocale<'_>,
) -> NumberResult<String> {
    let kind = spec.kind.unwrap_or('\0');
    if !matches!(kind, '\0' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'n') {
        return Err(unknown(kind, type_name));
    }
    let precision = checked_precision(spec)?;
    if spec.fill == '0' {
        return Err(NumberError::value("Zero padding is not allowed in complex format specifier"));
    }
    if spec.align == Align::AfterSign {
        return Err(NumberError::value("'=' alignment flag is not allowed in complex format specifier"));
    }
    let code = match kind {
        '\0' if precision.is_none() => 'r',
        '\0' | 'n' => 'g',
        c => c.to_ascii_lowercase(),
    };
    let style = FloatStyle {
        code,
        precision: precision.unwrap_or(6),
        upper: kind.is_ascii_uppercase(),
        alternate: spec.alternate,
        dot_zero: false,
    };
    // As in repr: without a type the parentheses come, and a positive zero real part goes.
    let skip_real = kind == '\0' && re == 0.0 && re.is_sign_positive();
    let parentheses = kind == '\0' && !skip_real;
    let part = FormatSpec { width: None, align: Align::Right, fill: '\0', ..*spec };
    let mut body = String::new();
    if parentheses {
        body.push('(');
    }
    if !skip_real {
        write_float(&mut body, &part, re, &style, kind == 'n', false, locale)?;
    }
    let imaginary = if skip_real { part } else { FormatSpec { sign: Some('+'), ..part } };
    write_float(&mut body, &imaginary, im, &style, kind == 'n', false, locale)?;
    body.push('j');
    if parentheses {
        body.push(')');
    }
    let missing = spec.width.unwrap_or(0).saturating_sub(body.chars().count());
    let (left, right) = layout::split(spec.align, missing);
    let mut out = String::new();
    layout::reserve(&mut out, missing.saturating_mul(spec.fill.len_utf8()).saturating_add(body.len()))?;
    layout::pad(&mut out, spec.fill, left);
    out.push_str(&body);
    layout::pad(&mut out, spec.fill, right);
    Ok(out)
}
