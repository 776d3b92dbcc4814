//! Names of characters, and characters by name.
//!
//! The names are those of the `unicode_names2` package, pinned to Unicode 16.0. Its search ignores spaces and
//! hyphens, which Python does not, so each hit is checked against the name itself. Aliases and named sequences are
//! in our own tables; as in Python they can be looked up but are never the answer to [`name`].

use super::tables;
use crate::wtf8::CodePoint;

/// Longer than any name, alias or sequence name.
const LONGEST: usize = 128;

/// The name; `None` if the character has none.
pub fn name(c: CodePoint) -> Option<String> {
    unicode_names2::name(c.to_char()?).map(|name| name.to_string())
}

/// The character with this name or alias, whatever the case of the letters.
pub fn lookup(wanted: &str) -> Option<CodePoint> {
    if wanted.len() > LONGEST || !wanted.is_ascii() {
        return None;
    }
    if let Some(c) = unicode_names2::character(wanted)
        && let Some(found) = unicode_names2::name(c)
        && is_same(found, wanted)
    {
        return Some(c.into());
    }
    let upper = wanted.to_ascii_uppercase();
    if let Some(hex) = upper.strip_prefix("TANGUT IDEOGRAPH-") {
        // Python finds these by name, though it gives no name back for them.
        let v = if hex.len() == 5 && hex.bytes().all(|b| b.is_ascii_hexdigit()) {
            u32::from_str_radix(hex, 16).ok()?
        } else {
            return None;
        };
        return matches!(v, 0x17000..=0x187F7 | 0x18D00..=0x18D08)
            .then(|| CodePoint::new(v))
            .flatten();
    }
    let at = tables::ALIASES
        .binary_search_by_key(&upper.as_str(), |e| e.0)
        .ok()?;
    CodePoint::new(tables::ALIASES[at].1)
}

/// The named sequence of characters, whatever the case of the letters.
pub fn lookup_sequence(wanted: &str) -> Option<&'static str> {
    if wanted.len() > LONGEST {
        return None;
    }
    let upper = wanted.to_ascii_uppercase();
    let at = tables::SEQUENCES
        .binary_search_by_key(&upper.as_str(), |e| e.0)
        .ok()?;
    Some(tables::SEQUENCES[at].1)
}

/// Whether the pieces of a name spell `wanted`.
fn is_same(pieces: unicode_names2::Name, wanted: &str) -> bool {
    let mut rest = wanted.as_bytes();
    for piece in pieces {
        match rest.split_at_checked(piece.len()) {
            Some((head, tail)) if head.eq_ignore_ascii_case(piece.as_bytes()) => rest = tail,
            _ => return false,
        }
    }
    rest.is_empty()
}
