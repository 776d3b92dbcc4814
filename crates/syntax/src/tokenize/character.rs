//! Which characters make an identifier, and which can be shown in a message.
use unicode_normalization::UnicodeNormalization;

/// May `c` start an identifier? Names are NFKC-normalised, so each character of its
/// compatibility form must fit.
pub fn starts_identifier(c: char) -> bool {
    c == '_' || unicode_ident::is_xid_start(c)
}

/// May `c` stand within an identifier?
pub fn continues_identifier(c: char) -> bool {
    unicode_ident::is_xid_continue(c)
}

/// The identifier that a name in source stands for.
pub fn normalised(name: &str) -> String {
    name.nfkc().collect()
}

/// CPython's message about a character that belongs into no token.
pub fn invalid_message(c: char) -> String {
    let code = u32::from(c);
    if is_printable(c) {
        format!("invalid character '{c}' (U+{code:04X})")
    } else {
        format!("invalid non-printable character U+{code:04X}")
    }
}

/// `str.isprintable` of one character, for the assigned characters: no control, format,
/// private use, separator other than the space.
fn is_printable(c: char) -> bool {
    !matches!(u32::from(c),
        0..=0x1F | 0x7F..=0xA0 | 0xAD | 0x600..=0x605 | 0x61C | 0x6DD | 0x70F | 0x890..=0x891 | 0x8E2
        | 0x1680 | 0x180E | 0x2000..=0x200F | 0x2028..=0x202F | 0x205F..=0x206F | 0x3000
        | 0xE000..=0xF8FF | 0xFEFF | 0xFFF0..=0xFFFB | 0xFFFE | 0xFFFF | 0x110BD | 0x110CD
        | 0x13430..=0x1343F | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF
        | 0xF0000..=0x10FFFF)
}
