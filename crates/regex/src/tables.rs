//! Character predicates that the engine borrows from its caller: Unicode data lives in another
//! crate and the C locale is a property of the process.

/// Predicates and simple case maps, one function each.
///
/// The Unicode functions take any code point including lone surrogates, and values above
/// U+10FFFF when a code array contains them. The locale functions take the byte of a `bytes`
/// text; they may answer differently from call to call, so nothing is precomputed from them.
#[derive(Clone, Copy, Debug)]
pub struct CharTables {
    /// `str.isalnum` of one character.
    pub is_alnum: fn(u32) -> bool,
    /// `str.isdecimal` of one character.
    pub is_decimal: fn(u32) -> bool,
    /// `str.isspace` of one character.
    pub is_space: fn(u32) -> bool,
    /// Whether `str.splitlines` breaks at the character.
    pub is_linebreak: fn(u32) -> bool,
    /// Simple (one to one) lower case.
    pub to_lower: fn(u32) -> u32,
    /// Simple (one to one) upper case.
    pub to_upper: fn(u32) -> u32,
    /// `isalnum` of the current C locale.
    pub locale_is_alnum: fn(u8) -> bool,
    /// `tolower` of the current C locale.
    pub locale_lower: fn(u8) -> u8,
    /// `toupper` of the current C locale.
    pub locale_upper: fn(u8) -> u8,
}

/// Tables that know ASCII only; enough for `bytes` patterns in the C locale.
pub static ASCII_TABLES: CharTables = CharTables {
    is_alnum: |c| u8::try_from(c).is_ok_and(|b| b.is_ascii_alphanumeric()),
    is_decimal: |c| u8::try_from(c).is_ok_and(|b| b.is_ascii_digit()),
    is_space: |c| matches!(c, 9..=13 | 28..=32),
    is_linebreak: |c| matches!(c, 10..=13 | 28..=30),
    to_lower: lower_ascii,
    to_upper: |c| u8::try_from(c).map_or(c, |b| u32::from(b.to_ascii_uppercase())),
    locale_is_alnum: |b| b.is_ascii_alphanumeric(),
    locale_lower: |b| b.to_ascii_lowercase(),
    locale_upper: |b| b.to_ascii_uppercase(),
};

/// ASCII lower case; everything else stays.
pub(crate) fn lower_ascii(c: u32) -> u32 {
    if c.wrapping_sub(65) < 26 { c + 32 } else { c }
}

impl CharTables {
    pub(crate) fn lower_locale(&self, c: u32) -> u32 {
        u8::try_from(c).map_or(c, |b| u32::from((self.locale_lower)(b)))
    }

    pub(crate) fn upper_locale(&self, c: u32) -> u32 {
        u8::try_from(c).map_or(c, |b| u32::from((self.locale_upper)(b)))
    }

    /// Membership in one of the category codes of `re/_constants.py`.
    pub(crate) fn category(&self, code: u32, c: u32) -> bool {
        let ascii = u8::try_from(c).ok().filter(u8::is_ascii);
        let positive = match code >> 1 {
            0 => ascii.is_some_and(|b| b.is_ascii_digit()),
            1 => matches!(c, 9..=13 | 32),
            2 => ascii.is_some_and(is_word_byte),
            3 => c == 10,
            4 => self.is_word_locale(c),
            5 => (self.is_decimal)(c),
            6 => (self.is_space)(c),
            7 => self.is_word_unicode(c),
            _ => (self.is_linebreak)(c),
        };
        positive != (code & 1 == 1)
    }

    pub(crate) fn is_word_locale(&self, c: u32) -> bool {
        c == 95 || u8::try_from(c).is_ok_and(|b| (self.locale_is_alnum)(b))
    }

    pub(crate) fn is_word_unicode(&self, c: u32) -> bool {
        c == 95 || (self.is_alnum)(c)
    }
}

/// ASCII letter, digit or underscore.
pub(crate) fn is_word_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_'
}
