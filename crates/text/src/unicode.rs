//! The Unicode Character Database as Python sees it: version 16.0, and 3.2 for `unicodedata.ucd_3_2_0`.
//!
//! Nearly all properties of a code point are in one record; a table of two stages leads from the code point to
//! the number of its record. Multi-character case mappings, decompositions and numeric values have sorted tables
//! of their own. All tables are generated (`tables.rs`); the generator is in `crates/text/generate`.

mod case;
mod decomposition;
mod names;
mod normalize;
mod old;
#[rustfmt::skip]
mod tables;
#[cfg(test)]
mod tests;

pub use case::{
    Mapped, fold_full, lower_full, title_full, to_lower, to_title, to_upper, upper_full,
};
pub use decomposition::decomposition;
pub use names::{lookup, lookup_sequence, name};
pub use normalize::{Form, is_normalized, normalize};
pub use old::Unicode32;

use crate::wtf8::CodePoint;

/// `unicodedata.unidata_version`.
pub const UNIDATA_VERSION: &str = "16.0.0";

/// What the tables say about one code point.
#[derive(Clone, Copy)]
struct Record {
    flags: u16,
    category: u8,
    bidirectional: u8,
    combining: u8,
    width: u8,
    /// -1: none.
    decimal: i8,
    /// -1: none.
    digit: i8,
    /// Simple case mappings, as distances.
    upper: i32,
    lower: i32,
    title: i32,
    /// Only if it folds to one character.
    fold: i32,
}

/// Short for the generated file.
#[allow(
    clippy::too_many_arguments,
    reason = "called by the generated table only"
)]
const fn record(
    flags: u16,
    category: u8,
    bidirectional: u8,
    combining: u8,
    width: u8,
    decimal: i8,
    digit: i8,
    upper: i32,
    lower: i32,
    title: i32,
    fold: i32,
) -> Record {
    Record {
        flags,
        category,
        bidirectional,
        combining,
        width,
        decimal,
        digit,
        upper,
        lower,
        title,
        fold,
    }
}

/// Bits of `Record::flags`, in the generator's order.
mod flag {
    pub const UPPER: u16 = 1 << 0;
    pub const LOWER: u16 = 1 << 1;
    pub const XID_START: u16 = 1 << 2;
    pub const XID_CONTINUE: u16 = 1 << 3;
    pub const CASED: u16 = 1 << 4;
    pub const CASE_IGNORABLE: u16 = 1 << 5;
    pub const PRINTABLE: u16 = 1 << 6;
    pub const MIRRORED: u16 = 1 << 7;
    pub const NUMERIC: u16 = 1 << 8;
    pub const SPECIAL_CASE: u16 = 1 << 9;
}

#[inline]
fn record_of(c: CodePoint) -> &'static Record {
    let v = c.to_u32() as usize;
    let block = tables::RECORD_STAGE1[v >> tables::RECORD_SHIFT] as usize;
    let place = block << tables::RECORD_SHIFT | v & ((1 << tables::RECORD_SHIFT) - 1);
    &tables::RECORDS[tables::RECORD_STAGE2[place] as usize]
}

/// General categories; the discriminants are those of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[rustfmt::skip]
pub enum Category {
    Cn, Lu, Ll, Lt, Lm, Lo, Mn, Mc, Me, Nd, Nl, No, Pc, Pd, Ps, Pe, Pi, Pf, Po, Sm, Sc, Sk, So, Zs, Zl, Zp, Cc, Cf, Cs, Co,
}

use Category::*;

#[rustfmt::skip]
const CATEGORIES: [Category; 30] = [
    Cn, Lu, Ll, Lt, Lm, Lo, Mn, Mc, Me, Nd, Nl, No, Pc, Pd, Ps, Pe, Pi, Pf, Po, Sm, Sc, Sk, So, Zs, Zl, Zp, Cc, Cf, Cs, Co,
];

#[rustfmt::skip]
const BIDIRECTIONAL: [&str; 24] = [
    "", "L", "R", "AL", "AN", "EN", "ES", "CS", "ET", "ON", "BN", "B", "S", "WS", "NSM", "LRE", "LRO", "RLE", "RLO",
    "PDF", "LRI", "RLI", "FSI", "PDI",
];

const WIDTHS: [&str; 6] = ["N", "A", "H", "F", "Na", "W"];

impl Category {
    /// The two letters.
    #[rustfmt::skip]
    pub const fn name(self) -> &'static str {
        match self {
            Cn => "Cn", Lu => "Lu", Ll => "Ll", Lt => "Lt", Lm => "Lm", Lo => "Lo", Mn => "Mn", Mc => "Mc", Me => "Me",
            Nd => "Nd", Nl => "Nl", No => "No", Pc => "Pc", Pd => "Pd", Ps => "Ps", Pe => "Pe", Pi => "Pi", Pf => "Pf",
            Po => "Po", Sm => "Sm", Sc => "Sc", Sk => "Sk", So => "So", Zs => "Zs", Zl => "Zl", Zp => "Zp", Cc => "Cc",
            Cf => "Cf", Cs => "Cs", Co => "Co",
        }
    }
}

/// General category.
#[inline]
pub fn category(c: CodePoint) -> Category {
    CATEGORIES[record_of(c).category as usize]
}

/// Bidirectional class; empty if the code point is not assigned.
pub fn bidirectional(c: CodePoint) -> &'static str {
    BIDIRECTIONAL[record_of(c).bidirectional as usize]
}

/// Canonical combining class.
#[inline]
pub fn combining(c: CodePoint) -> u8 {
    record_of(c).combining
}

/// East Asian width.
pub fn east_asian_width(c: CodePoint) -> &'static str {
    WIDTHS[record_of(c).width as usize]
}

/// Whether the character is mirrored in right-to-left text.
pub fn is_mirrored(c: CodePoint) -> bool {
    record_of(c).flags & flag::MIRRORED != 0
}

/// Value of a decimal digit.
#[inline]
pub fn decimal(c: CodePoint) -> Option<u8> {
    u8::try_from(record_of(c).decimal).ok()
}

/// Value of a digit, superscripts and the like included.
#[inline]
pub fn digit(c: CodePoint) -> Option<u8> {
    u8::try_from(record_of(c).digit).ok()
}

/// Numeric value, fractions and ideographs included.
pub fn numeric(c: CodePoint) -> Option<f64> {
    if let Some(digit) = digit(c) {
        return Some(f64::from(digit));
    }
    let at = tables::NUMERIC
        .binary_search_by_key(&c.to_u32(), |e| e.0)
        .ok()?;
    Some(tables::NUMERIC[at].1)
}

/// `str.isalpha` of one character.
#[inline]
pub fn is_alpha(c: CodePoint) -> bool {
    if c.is_ascii() {
        return (c.to_u32() as u8).is_ascii_alphabetic();
    }
    matches!(category(c), Lu | Ll | Lt | Lm | Lo)
}

/// `str.isdecimal` of one character.
#[inline]
pub fn is_decimal(c: CodePoint) -> bool {
    record_of(c).decimal >= 0
}

/// `str.isdigit` of one character.
#[inline]
pub fn is_digit(c: CodePoint) -> bool {
    record_of(c).digit >= 0
}

/// `str.isnumeric` of one character.
#[inline]
pub fn is_numeric(c: CodePoint) -> bool {
    record_of(c).flags & flag::NUMERIC != 0
}

/// `str.isalnum` of one character.
#[inline]
pub fn is_alnum(c: CodePoint) -> bool {
    if c.is_ascii() {
        return (c.to_u32() as u8).is_ascii_alphanumeric();
    }
    is_alpha(c) || is_numeric(c) || is_digit(c) || is_decimal(c)
}

/// `str.isspace` of one character.
#[inline]
pub fn is_space(c: CodePoint) -> bool {
    crate::search::is_str_space(c)
}

/// Whether the character has the property Uppercase.
#[inline]
pub fn is_upper(c: CodePoint) -> bool {
    record_of(c).flags & flag::UPPER != 0
}

/// Whether the character has the property Lowercase.
#[inline]
pub fn is_lower(c: CodePoint) -> bool {
    record_of(c).flags & flag::LOWER != 0
}

/// Whether the character is a titlecase letter.
#[inline]
pub fn is_title(c: CodePoint) -> bool {
    category(c) == Lt
}

/// Whether `repr` shows the character as it is.
#[inline]
pub fn is_printable(c: CodePoint) -> bool {
    if c.is_ascii() {
        return matches!(c.to_u32(), 0x20..0x7F);
    }
    record_of(c).flags & flag::PRINTABLE != 0
}

/// Whether an identifier may start with the character: `_` and XID_Start.
#[inline]
pub fn is_identifier_start(c: CodePoint) -> bool {
    c == '_' || record_of(c).flags & flag::XID_START != 0
}

/// Whether an identifier may go on with the character: XID_Continue.
#[inline]
pub fn is_identifier_continue(c: CodePoint) -> bool {
    record_of(c).flags & flag::XID_CONTINUE != 0
}

/// Whether the character has case: what counts around a final sigma.
#[inline]
pub fn is_cased(c: CodePoint) -> bool {
    record_of(c).flags & flag::CASED != 0
}

/// Whether the character is passed over when looking around a sigma.
#[inline]
pub fn is_case_ignorable(c: CodePoint) -> bool {
    record_of(c).flags & flag::CASE_IGNORABLE != 0
}
