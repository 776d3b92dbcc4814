//! The `is…` methods of `str`. All but `is_printable` are false for the empty string.

use crate::unicode;
use crate::wtf8::{CodePoint, Wtf8};

fn all(s: &Wtf8, test: impl Fn(CodePoint) -> bool) -> bool {
    !s.is_empty() && s.chars().all(test)
}

/// `str.isalpha`.
pub fn is_alpha(s: &Wtf8) -> bool {
    all(s, unicode::is_alpha)
}

/// `str.isalnum`.
pub fn is_alnum(s: &Wtf8) -> bool {
    all(s, unicode::is_alnum)
}

/// `str.isdecimal`.
pub fn is_decimal(s: &Wtf8) -> bool {
    all(s, unicode::is_decimal)
}

/// `str.isdigit`.
pub fn is_digit(s: &Wtf8) -> bool {
    all(s, unicode::is_digit)
}

/// `str.isnumeric`.
pub fn is_numeric(s: &Wtf8) -> bool {
    all(s, unicode::is_numeric)
}

/// `str.isspace`.
pub fn is_space(s: &Wtf8) -> bool {
    all(s, unicode::is_space)
}

/// `str.isprintable`.
pub fn is_printable(s: &Wtf8) -> bool {
    s.chars().all(unicode::is_printable)
}

/// `str.isupper`: some uppercase, and no lowercase or titlecase.
pub fn is_upper(s: &Wtf8) -> bool {
    let mut found = false;
    for c in s.chars() {
        if unicode::is_lower(c) || unicode::is_title(c) {
            return false;
        }
        found |= unicode::is_upper(c);
    }
    found
}

/// `str.islower`: some lowercase, and no uppercase or titlecase.
pub fn is_lower(s: &Wtf8) -> bool {
    let mut found = false;
    for c in s.chars() {
        if unicode::is_upper(c) || unicode::is_title(c) {
            return false;
        }
        found |= unicode::is_lower(c);
    }
    found
}

/// `str.istitle`: uppercase and titlecase only after uncased characters, lowercase only after cased ones.
pub fn is_title(s: &Wtf8) -> bool {
    let mut found = false;
    let mut after_cased = false;
    for c in s.chars() {
        let high = unicode::is_upper(c) || unicode::is_title(c);
        let cased = high || unicode::is_lower(c);
        if cased && high == after_cased {
            return false;
        }
        after_cased = cased;
        found |= cased;
    }
    found
}

/// `str.isidentifier`; keywords count as identifiers.
pub fn is_identifier(s: &Wtf8) -> bool {
    let mut chars = s.chars();
    chars.next().is_some_and(unicode::is_identifier_start)
        && chars.all(unicode::is_identifier_continue)
}
