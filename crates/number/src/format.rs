//! The format-spec mini-language: `[[fill]align][sign][z][#][0][width][grouping][.precision[grouping]][type]`.
//!
//! [`FormatSpec::parse`] reads a spec for one family of types (their defaults differ); [`int`], [`float`], [`complex`]
//! and [`text`] apply it. Messages are CPython 3.14's. Sizes are checked before memory is taken, because a program may
//! ask for any width.
//!
//! `format/layout.rs` puts the pieces of a number in place: sign, prefix, groups, padding; `format/apply.rs` is one
//! function per type.

mod apply;
mod layout;

pub use apply::{Int, TextLayout, complex, float, int, int_char, text, write_float, write_int};
pub(crate) use apply::{FloatStyle, float_text};

use crate::{NumberError, NumberResult};

/// Where padding goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// `<`
    Left,
    /// `>`
    Right,
    /// `^`
    Center,
    /// `=`: between sign and digits
    AfterSign,
}

/// Separators between digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// None.
    None,
    /// `,` every three digits.
    Comma,
    /// `_` every three digits (four in bases 2, 8, 16).
    Underscore,
}

/// What the current locale gives to the type `n`.
#[derive(Clone, Copy, Debug)]
pub struct NumberLocale<'a> {
    /// `localeconv()['decimal_point']`
    pub decimal_point: &'a str,
    /// `localeconv()['thousands_sep']`
    pub thousands_sep: &'a str,
    /// The raw grouping bytes: sizes from the right; the last repeats, 127 ends grouping.
    pub grouping: &'a [u8],
}

impl NumberLocale<'static> {
    /// The "C" locale: a point and no grouping.
    pub const C: Self = Self { decimal_point: ".", thousands_sep: "", grouping: &[] };
}

/// A parsed format spec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormatSpec {
    /// The padding character.
    pub fill: char,
    /// The alignment, given or implied.
    pub align: Align,
    /// `+`, `-` or space.
    pub sign: Option<char>,
    /// `z`: a negative zero is written without its sign.
    pub no_negative_zero: bool,
    /// `#`
    pub alternate: bool,
    /// The minimum width in code points.
    pub width: Option<usize>,
    /// Separators in the integer part.
    pub grouping: Grouping,
    /// The precision.
    pub precision: Option<usize>,
    /// Separators in the fraction (new in 3.14).
    pub fraction_grouping: Grouping,
    /// The type code, if given.
    pub kind: Option<char>,
}

/// The families of types with their own defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Aligned left, type `s`.
    Text,
    /// Aligned right, type `d`.
    Int,
    /// Aligned right, type none: float and complex.
    Float,
}

fn align_of(c: Option<&u8>) -> Option<Align> {
    Some(match c? {
        b'<' => Align::Left,
        b'>' => Align::Right,
        b'^' => Align::Center,
        b'=' => Align::AfterSign,
        _ => return None,
    })
}

impl FormatSpec {
    /// What an empty specification says.
    pub const fn plain(family: Family) -> Self {
        Self {
            fill: ' ',
            align: if matches!(family, Family::Text) { Align::Left } else { Align::Right },
            sign: None,
            no_negative_zero: false,
            alternate: false,
            width: None,
            grouping: Grouping::None,
            precision: None,
            fraction_grouping: Grouping::None,
            kind: None,
        }
    }

    /// Reads `spec`; `type_name` is the object's type, for messages.
    ///
    /// # Errors
    /// `ValueError`.
    pub fn parse(spec: &str, family: Family, type_name: &str) -> NumberResult<Self> {
        let mut out = Self::plain(family);
        out.read(spec, family, type_name)?;
        Ok(out)
    }

    /// As [`FormatSpec::parse`], into a [`FormatSpec::plain`] one.
    ///
    /// # Errors
    /// `ValueError`.
    pub fn read(&mut self, spec: &str, family: Family, type_name: &str) -> NumberResult<()> {
        let out = self;
        // Only the fill character and the type may be other than ASCII.
        let bytes = spec.as_bytes();
        let first = spec.chars().next();
        let first_len = first.map_or(0, char::len_utf8);
        let mut at = 0;
        let (mut fill_given, mut align_given) = (false, false);
        if let (Some(fill), Some(align)) = (first, align_of(bytes.get(first_len))) {
            out.fill = fill;
            out.align = align;
            (fill_given, align_given) = (true, true);
            at = first_len + 1;
        } else if let Some(align) = align_of(bytes.first()) {
            out.align = align;
            align_given = true;
            at = 1;
        }
        if let Some(&c @ (b'+' | b'-' | b' ')) = bytes.get(at) {
            out.sign = Some(char::from(c));
            at += 1;
        }
        out.no_negative_zero = take(bytes, &mut at, b'z');
        out.alternate = take(bytes, &mut at, b'#');
        if !fill_given && take(bytes, &mut at, b'0') {
            out.fill = '0';
            if !align_given && family != Family::Text {
                out.align = Align::AfterSign;
            }
        }
        out.width = integer(bytes, &mut at)?;
        out.grouping = grouping(bytes, &mut at)?;
        if take(bytes, &mut at, b'.') {
            out.precision = integer(bytes, &mut at)?;
            out.fraction_grouping = grouping(bytes, &mut at)?;
            if out.precision.is_none() && out.fraction_grouping == Grouping::None {
                return Err(NumberError::value("Format specifier missing precision"));
            }
        }
        // All bytes read are ASCII or a whole fill character.
        let mut rest = spec.get(at..).unwrap_or("").chars();
        out.kind = rest.next();
        if rest.next().is_some() {
            return Err(NumberError::value(format!(
                "Invalid format specifier '{spec}' for object of type '{type_name}'"
            )));
        }
        if out.grouping != Grouping::None || out.fraction_grouping != Grouping::None {
            out.check_grouping(family)?;
        }
        Ok(())
    }

    fn check_grouping(&self, family: Family) -> NumberResult<()> {
        let kind = self.kind.unwrap_or(match family {
            Family::Text => 's',
            Family::Int => 'd',
            Family::Float => '\0',
        });
        let decimal = matches!(kind, 'd' | 'e' | 'f' | 'g' | 'E' | 'F' | 'G' | '%' | '\0');
        let allowed = |g: Grouping| match g {
            Grouping::None => true,
            Grouping::Comma => decimal,
            Grouping::Underscore => decimal || matches!(kind, 'b' | 'o' | 'x' | 'X'),
        };
        // The fraction's separators are refused for the locale's type only; other types ignore them or are unknown.
        let fraction_allowed = self.fraction_grouping == Grouping::None || kind != 'n';
        let wrong = if !allowed(self.grouping) {
            self.grouping
        } else if !fraction_allowed {
            self.fraction_grouping
        } else {
            return Ok(());
        };
        let separator = if wrong == Grouping::Comma { ',' } else { '_' };
        Err(NumberError::value(if kind > ' ' && kind < '\u{80}' {
            format!("Cannot specify '{separator}' with '{kind}'.")
        } else {
            format!("Cannot specify '{separator}' with '\\x{:x}'.", kind as u32)
        }))
    }
}

#[inline]
fn take(bytes: &[u8], at: &mut usize, wanted: u8) -> bool {
    let found = bytes.get(*at) == Some(&wanted);
    *at += usize::from(found);
    found
}

#[inline]
fn integer(bytes: &[u8], at: &mut usize) -> NumberResult<Option<usize>> {
    let mut value = None;
    while let Some(d) = bytes.get(*at).filter(|c| c.is_ascii_digit()) {
        let next = value
            .unwrap_or(0usize)
            .checked_mul(10)
            .and_then(|v| v.checked_add(usize::from(d - b'0')))
            .filter(|&v| v <= isize::MAX as usize)
            .ok_or_else(|| NumberError::value("Too many decimal digits in format string"))?;
        value = Some(next);
        *at += 1;
    }
    Ok(value)
}

#[inline]
fn grouping(bytes: &[u8], at: &mut usize) -> NumberResult<Grouping> {
    let both = || NumberError::value("Cannot specify both ',' and '_'.");
    let mut found = Grouping::None;
    if take(bytes, at, b',') {
        found = Grouping::Comma;
    }
    if take(bytes, at, b'_') {
        if found != Grouping::None {
            return Err(both());
        }
        found = Grouping::Underscore;
    }
    if found == Grouping::Underscore && bytes.get(*at) == Some(&b',') {
        return Err(both());
    }
    Ok(found)
}
