//! Decomposition mappings as `unicodedata.decomposition` writes them.

use super::tables;
use crate::wtf8::CodePoint;
use std::fmt::Write as _;

const TAGS: [&str; 17] = [
    "",
    "<font>",
    "<noBreak>",
    "<initial>",
    "<medial>",
    "<final>",
    "<isolated>",
    "<circle>",
    "<super>",
    "<sub>",
    "<vertical>",
    "<wide>",
    "<narrow>",
    "<small>",
    "<square>",
    "<fraction>",
    "<compat>",
];

/// The mapping one step deep: a tag, unless it is canonical, and hexadecimal code points. Empty if there is none.
pub fn decomposition(c: CodePoint) -> String {
    let mut out = String::new();
    let mut item = |text: std::fmt::Arguments<'_>| {
        if !out.is_empty() {
            out.push(' ');
        }
        let _ = out.write_fmt(text);
    };
    let v = c.to_u32();
    if let 0xAC00..=0xD7A3 = v {
        // Hangul syllables decompose by arithmetic (Unicode, section 3.12): to two jamo, in one step also a
        // syllable of three.
        let s = v - 0xAC00;
        let parts = [0x1100 + s / 588, 0x1161 + s % 588 / 28, 0x11A7 + s % 28];
        let count = if s.is_multiple_of(28) { 2 } else { 3 };
        parts[..count]
            .iter()
            .for_each(|part| item(format_args!("{part:04X}")));
        return out;
    }
    if let Ok(at) = tables::DECOMPOSITIONS.binary_search_by_key(&v, |e| e.0) {
        let entry = tables::DECOMPOSITIONS[at].1;
        let tag = TAGS[(entry >> 16) as usize];
        if !tag.is_empty() {
            item(format_args!("{tag}"));
        }
        let start = (entry & 0xFFFF) as usize;
        let len = tables::DECOMPOSED[start] as usize;
        tables::DECOMPOSED[start + 1..start + 1 + len]
            .iter()
            .for_each(|part| item(format_args!("{part:04X}")));
    }
    out
}
