//! `str.translate` with the mapping as a callback.

use crate::wtf8::{CodePoint, Wtf8, Wtf8Buf};

/// What a character becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Translated {
    /// It stays (the mapping has no entry: `LookupError`).
    Keep,
    /// It goes (`None`).
    Delete,
    /// Another character (an `int`, or a `str` of one).
    Char(CodePoint),
    /// Some text.
    Text(Wtf8Buf),
}

/// Maps each character. Answers for ASCII characters are remembered, so that `map` is asked once for each of them
/// unless its answer is a text or not ASCII.
pub fn translate<E>(
    s: &Wtf8,
    mut map: impl FnMut(CodePoint) -> Result<Translated, E>,
) -> Result<Wtf8Buf, E> {
    const UNKNOWN: u8 = 0xFF;
    const DELETE: u8 = 0xFE;
    let mut known = [UNKNOWN; 128];
    let mut out = Wtf8Buf::with_capacity(s.len());
    for c in s.chars() {
        let slot = c.to_u32() as usize;
        match known.get(slot) {
            Some(&DELETE) => continue,
            Some(&to) if to != UNKNOWN => {
                out.push_ascii(to);
                continue;
            }
            _ => {}
        }
        let result = match map(c)? {
            Translated::Keep => Some(c),
            Translated::Char(to) => Some(to),
            Translated::Delete => None,
            Translated::Text(text) => {
                out.push_wtf8(&text);
                continue;
            }
        };
        if let Some(to) = result {
            out.push(to);
        }
        if let Some(known) = known.get_mut(slot) {
            *known = match result {
                None => DELETE,
                Some(to) if to.is_ascii() => to.to_u32() as u8,
                Some(_) => UNKNOWN,
            };
        }
    }
    Ok(out)
}
