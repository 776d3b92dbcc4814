//! Case changes of whole strings. ASCII stretches are changed bytewise.

use crate::unicode::{self, Mapped};
use crate::wtf8::{CodePoint, Wtf8, Wtf8Buf};

const SIGMA: char = 'Σ';
const FINAL_SIGMA: CodePoint = CodePoint::from_char('ς');

/// Lowercase of `c`, which stands between two strings. A capital sigma after a cased character and not before one,
/// case-ignorable characters not counted, is final (Unicode, table 3-17).
#[inline]
fn lower_between(before: &Wtf8, c: CodePoint, after: &Wtf8) -> Mapped {
    if c != SIGMA {
        return unicode::lower_full(c);
    }
    let cased = |c: Option<CodePoint>| c.is_some_and(unicode::is_cased);
    let counts = |c: &CodePoint| !unicode::is_case_ignorable(*c);
    if cased(before.rchars().find(counts)) && !cased(after.chars().find(counts)) {
        Mapped::One(FINAL_SIGMA)
    } else {
        unicode::lower_full(c)
    }
}

/// Goes through the string; `each` gets what is before, the character, what is after.
fn map_between(s: &Wtf8, mut each: impl FnMut(&Wtf8, CodePoint, &Wtf8) -> Mapped) -> Wtf8Buf {
    let mut out = Wtf8Buf::with_capacity(s.len());
    let mut chars = s.char_indices();
    while let Some((at, c)) = chars.next() {
        // SAFETY: both offsets come from the iterator over this very string.
        let (before, after) = unsafe {
            (
                s.slice_unchecked(0..at),
                s.slice_unchecked(chars.offset()..s.len()),
            )
        };
        each(before, c, after).push_to(&mut out);
    }
    out
}

/// As [`map_between`], with `ascii` for stretches of ASCII; `each` gets other characters and their offsets.
fn map_stretches(
    s: &Wtf8,
    ascii: fn(&mut [u8]),
    mut each: impl FnMut(usize, CodePoint) -> Mapped,
) -> Wtf8Buf {
    let bytes = s.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let plain = bytes[at..].iter().take_while(|b| b.is_ascii()).count();
        let start = out.len();
        out.extend_from_slice(&bytes[at..at + plain]);
        ascii(&mut out[start..]);
        at += plain;
        // SAFETY: `at` moves by whole characters.
        let rest = unsafe { s.slice_unchecked(at..s.len()) };
        for c in rest.chars().take_while(|c| !c.is_ascii()) {
            match each(at, c) {
                Mapped::One(c) => out.extend_from_slice(c.encode(&mut [0; 4])),
                Mapped::Many(text) => out.extend_from_slice(text.as_bytes()),
            }
            at += c.len();
        }
    }
    // SAFETY: whole characters, and ASCII that the callers' functions keep ASCII.
    unsafe { Wtf8Buf::from_bytes_unchecked(out) }
}

/// Maps ASCII bytes by `ascii`, which must return ASCII for ASCII.
fn map_ascii(s: &Wtf8, ascii: impl FnOnce(&mut [u8])) -> Wtf8Buf {
    let mut bytes = s.as_bytes().to_vec();
    ascii(&mut bytes);
    debug_assert!(bytes.is_ascii());
    // SAFETY: the callers pass functions that map ASCII to ASCII.
    unsafe { Wtf8Buf::from_bytes_unchecked(bytes) }
}

/// `str.upper`.
pub fn upper(s: &Wtf8) -> Wtf8Buf {
    if s.is_ascii() {
        return map_ascii(s, |b| b.make_ascii_uppercase());
    }
    map_stretches(
        s,
        |b| b.make_ascii_uppercase(),
        |_, c| unicode::upper_full(c),
    )
}

/// `str.lower`.
pub fn lower(s: &Wtf8) -> Wtf8Buf {
    if s.is_ascii() {
        return map_ascii(s, |b| b.make_ascii_lowercase());
    }
    map_stretches(
        s,
        |b| b.make_ascii_lowercase(),
        |at, c| {
            if c == SIGMA {
                lower_between(s.slice_to(at), c, s.slice_from(at + c.len()))
            } else {
                unicode::lower_full(c)
            }
        },
    )
}

/// `str.casefold`.
pub fn casefold(s: &Wtf8) -> Wtf8Buf {
    if s.is_ascii() {
        return map_ascii(s, |b| b.make_ascii_lowercase());
    }
    map_stretches(
        s,
        |b| b.make_ascii_lowercase(),
        |_, c| unicode::fold_full(c),
    )
}

/// `str.swapcase`.
pub fn swapcase(s: &Wtf8) -> Wtf8Buf {
    if s.is_ascii() {
        return map_ascii(s, crate::bytes_ops::swapcase_in_place);
    }
    map_between(s, |before, c, after| {
        if unicode::is_upper(c) {
            lower_between(before, c, after)
        } else if unicode::is_lower(c) {
            unicode::upper_full(c)
        } else {
            Mapped::One(c)
        }
    })
}

/// `str.title`: the first cased character of each run is in title case, the others in lower case.
pub fn title(s: &Wtf8) -> Wtf8Buf {
    if s.is_ascii() {
        return map_ascii(s, crate::bytes_ops::title_in_place);
    }
    let mut after_cased = false;
    map_between(s, |before, c, after| {
        let mapped = if after_cased {
            lower_between(before, c, after)
        } else {
            unicode::title_full(c)
        };
        after_cased = unicode::is_cased(c);
        mapped
    })
}

/// `str.capitalize`: the first character in title case, the others in lower case.
pub fn capitalize(s: &Wtf8) -> Wtf8Buf {
    if s.is_ascii() {
        return map_ascii(s, crate::bytes_ops::capitalize_in_place);
    }
    map_between(s, |before, c, after| {
        if before.is_empty() {
            unicode::title_full(c)
        } else {
            lower_between(before, c, after)
        }
    })
}
