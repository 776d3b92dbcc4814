//! Case mappings of single characters, simple (one to one) and full (one to some).

use super::{Record, flag, record_of, tables};
use crate::wtf8::CodePoint;

/// The result of a full mapping, at most three characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mapped {
    /// One character, perhaps the same.
    One(CodePoint),
    /// Some characters.
    Many(&'static str),
}

impl Mapped {
    /// Appends the result.
    #[inline]
    pub fn push_to(self, out: &mut crate::Wtf8Buf) {
        match self {
            Mapped::One(c) => out.push(c),
            Mapped::Many(s) => out.push_str(s),
        }
    }
}

#[inline]
fn shifted(c: CodePoint, by: i32) -> CodePoint {
    CodePoint::new(c.to_u32().wrapping_add_signed(by)).unwrap_or(c)
}

/// The entry `which` of the character's special mappings, if it has them; otherwise the simple one.
#[inline]
fn full(c: CodePoint, which: usize, simple: impl Fn(&Record) -> i32) -> Mapped {
    let record = record_of(c);
    if record.flags & flag::SPECIAL_CASE != 0
        && let Ok(at) = tables::SPECIAL_CASES.binary_search_by_key(&c.to_u32(), |e| e.0)
    {
        return Mapped::Many(tables::SPECIAL_CASES[at].1[which]);
    }
    Mapped::One(shifted(c, simple(record)))
}

/// Simple lowercase mapping.
#[inline]
pub fn to_lower(c: CodePoint) -> CodePoint {
    shifted(c, record_of(c).lower)
}

/// Simple uppercase mapping.
#[inline]
pub fn to_upper(c: CodePoint) -> CodePoint {
    shifted(c, record_of(c).upper)
}

/// Simple titlecase mapping.
#[inline]
pub fn to_title(c: CodePoint) -> CodePoint {
    shifted(c, record_of(c).title)
}

/// Full lowercase mapping; the final sigma is the caller's, who knows the neighbours.
#[inline]
pub fn lower_full(c: CodePoint) -> Mapped {
    full(c, 0, |r| r.lower)
}

/// Full uppercase mapping.
#[inline]
pub fn upper_full(c: CodePoint) -> Mapped {
    full(c, 1, |r| r.upper)
}

/// Full titlecase mapping.
#[inline]
pub fn title_full(c: CodePoint) -> Mapped {
    full(c, 2, |r| r.title)
}

/// Full case folding.
#[inline]
pub fn fold_full(c: CodePoint) -> Mapped {
    full(c, 3, |r| r.fold)
}
