//! The format spec applied to each family: int, float, complex, str.

use super::layout::{self, Groups, Pieces};
use super::{Align, FormatSpec, Grouping, NumberLocale};
use crate::float::digits::{self, Decimal};
use crate::int::{is_negative, magnitude_digits, to_decimal, to_f64};
use crate::text::Digits;
use crate::{NumberError, NumberResult, TextSink};
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

/// An int, in a word or of any size.
#[derive(Clone, Copy, Debug)]
pub enum Int<'a> {
    /// In a word.
    Small(i64),
    /// Of any size.
    Big(&'a IBig),
}

/// `format(int, spec)` as a new string; see [`write_int`].
///
/// # Errors
/// As [`write_int`].
pub fn int(
    spec: &FormatSpec,
    n: &IBig,
    type_name: &str,
    locale: &NumberLocale<'_>,
    max_digits: usize,
) -> NumberResult<String> {
    let mut out = String::new();
    write_int(&mut out, spec, Int::Big(n), type_name, locale, max_digits)?;
    Ok(out)
}

/// Appends `format(int, spec)`. `max_digits` is the decimal digit limit (0: none).
///
/// # Errors
/// `ValueError`, `OverflowError`, `MemoryError`. A lone surrogate by the type `c` is an error here; see [`int_char`].
pub fn write_int<O: TextSink>(
    out: &mut O,
    spec: &FormatSpec,
    n: Int<'_>,
    type_name: &str,
    locale: &NumberLocale<'_>,
    max_digits: usize,
) -> NumberResult<()> {
    let kind = spec.kind.unwrap_or('d');
    match kind {
        'c' => {
            let (code, place) = match n {
                Int::Small(i) => int_char(spec, &IBig::from(i))?,
                Int::Big(n) => int_char(spec, n)?,
            };
            let c = char::from_u32(code)
                .ok_or_else(|| NumberError::value("a lone surrogate cannot be formatted as text"))?;
            let padding = (place.left + place.right).saturating_mul(place.fill.len_utf8());
            layout::reserve(out, padding.saturating_add(4))?;
            out.fill(place.fill, place.left);
            out.fill(c, 1);
            out.fill(place.fill, place.right);
            Ok(())
        }
        'd' | 'n' | 'b' | 'o' | 'x' | 'X' => {
            check_int(spec)?;
            let prefix = match kind {
                'b' => "0b",
                'o' => "0o",
                'x' => "0x",
                'X' => "0X",
                _ => "",
            };
            let (word, big);
            let (negative, digits) = match n {
                Int::Small(i) => {
                    word = small_digits(i.unsigned_abs(), kind);
                    (i < 0, word.as_str())
                }
                Int::Big(n) => {
                    big = match kind {
                        'b' => magnitude_digits(n, 2),
                        'o' => magnitude_digits(n, 8),
                        'x' => magnitude_digits(n, 16),
                        'X' => magnitude_digits(n, 16).to_uppercase(),
                        _ => to_decimal(n, max_digits)?,
                    };
                    (is_negative(n), big.trim_start_matches('-'))
                }
            };
            let size: &[u8] = if matches!(kind, 'd' | 'n') { &[3] } else { &[4] };
            let groups = if kind == 'n' {
                Groups { separator: locale.thousands_sep, sizes: locale.grouping }
            } else {
                groups(spec.grouping, size)
            };
            let prefix = if spec.alternate { prefix } else { "" };
            let pieces = Pieces { negative, prefix, digits, point: "", fraction: "", rest: "", end: "" };
            layout::write(out, spec, &pieces, groups, Groups::NONE)
        }
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%' => {
            let x = match n {
                Int::Small(i) => i as f64,
                Int::Big(n) => to_f64(n)?,
            };
            write_float(out, spec, x, type_name, locale)
        }
        _ => Err(unknown(kind, type_name)),
    }
}

/// The digits of a magnitude for the type `kind`.
pub(crate) fn small_digits(n: u64, kind: char) -> Digits {
    match kind {
        'b' => Digits::power_of_two(n, 1, false),
        'o' => Digits::power_of_two(n, 3, false),
        'x' | 'X' => Digits::power_of_two(n, 4, kind == 'X'),
        _ => Digits::decimal(n),
    }
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

/// The text of a float's magnitude: on the stack where it is short, as it mostly is.
pub(crate) struct FloatText {
    text: Magnitude,
    /// Whether all digits are zero.
    pub zero: bool,
}

enum Magnitude {
    Short(digits::Fixed),
    Long(String),
}

impl FloatText {
    fn long(text: String, zero: bool) -> FloatText {
        FloatText { text: Magnitude::Long(text), zero }
    }
    pub(crate) fn as_str(&self) -> &str {
        match &self.text {
            Magnitude::Short(text) => text.as_str(),
            Magnitude::Long(text) => text,
        }
    }
}

/// The magnitude of `x` as text. Precision above a C int is a `ValueError`.
pub(crate) fn float_text(x: f64, style: &FloatStyle) -> NumberResult<FloatText> {
    let FloatStyle { code, precision, upper, alternate, dot_zero } = *style;
    if !x.is_finite() {
        let text = match (x.is_nan(), upper) {
            (true, false) => "nan",
            (true, true) => "NAN",
            (false, false) => "inf",
            (false, true) => "INF",
        };
        return Ok(FloatText::long(text.to_owned(), false));
    }
    if code == 'f'
        && let Some((short, zero)) = digits::Fixed::new(x, precision, alternate)
    {
        return Ok(FloatText { text: Magnitude::Short(short), zero });
    }
    if code == 'r' && !alternate {
        let mut text = String::with_capacity(24);
        crate::float::repr_with(x.abs(), &mut text, dot_zero);
        return Ok(FloatText::long(text, x == 0.0));
    }
    let mut out = String::new();
    let zero = |d: &Decimal| d.is_zero();
    match code {
        'e' => {
            layout::reserve(&mut out, precision.saturating_add(16))?;
            let d = digits::significant(x, precision + 1);
            d.write_exponent(&mut out, precision, alternate, upper);
            Ok(FloatText::long(out, zero(&d)))
        }
        'f' => {
            layout::reserve(&mut out, precision.saturating_add(320))?;
            let d = digits::fixed(x, precision);
            d.write_fixed(&mut out, precision, alternate);
            Ok(FloatText::long(out, zero(&d)))
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
            Ok(FloatText::long(out, zero(&d)))
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

/// `format(float, spec)` as a new string; see [`write_float`].
///
/// # Errors
/// As [`write_float`].
pub fn float(spec: &FormatSpec, x: f64, type_name: &str, locale: &NumberLocale<'_>) -> NumberResult<String> {
    let mut out = String::new();
    write_float(&mut out, spec, x, type_name, locale)?;
    Ok(out)
}

/// Appends `format(float, spec)`.
///
/// # Errors
/// `ValueError`, `MemoryError`.
pub fn write_float<O: TextSink>(
    out: &mut O,
    spec: &FormatSpec,
    x: f64,
    type_name: &str,
    locale: &NumberLocale<'_>,
) -> NumberResult<()> {
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
    place_float(out, spec, x, &style, kind == 'n', percent, locale)
}

fn place_float<O: TextSink>(
    out: &mut O,
    spec: &FormatSpec,
    x: f64,
    style: &FloatStyle,
    localised: bool,
    percent: bool,
    locale: &NumberLocale<'_>,
) -> NumberResult<()> {
    let text = float_text(x, style)?;
    let (whole, has_point, fraction, rest) = pieces_of(text.as_str());
    let pieces = Pieces {
        negative: x.is_sign_negative() && !x.is_nan() && !(text.zero && spec.no_negative_zero),
        prefix: "",
        digits: whole,
        point: match (has_point, localised) {
            (false, _) => "",
            (true, false) => ".",
            (true, true) => locale.decimal_point,
        },
        fraction,
        rest,
        end: if percent { "%" } else { "" },
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
        place_float(&mut body, &part, re, &style, kind == 'n', false, locale)?;
    }
    let imaginary = if skip_real { part } else { FormatSpec { sign: Some('+'), ..part } };
    place_float(&mut body, &imaginary, im, &style, kind == 'n', false, locale)?;
    body.push('j');
    if parentheses {
        body.push(')');
    }
    let missing = spec.width.unwrap_or(0).saturating_sub(body.chars().count());
    let (left, right) = layout::split(spec.align, missing);
    let mut out = String::new();
    layout::reserve(&mut out, missing.saturating_mul(spec.fill.len_utf8()).saturating_add(body.len()))?;
    out.fill(spec.fill, left);
    out.push_str(&body);
    out.fill(spec.fill, right);
    Ok(out)
}
