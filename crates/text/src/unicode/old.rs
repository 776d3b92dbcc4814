//! Unicode 3.2, which IDNA and stringprep are defined on: `unicodedata.ucd_3_2_0`.
//!
//! Stored as what is different from 16.0. A code point that 3.2 did not have is unassigned, whatever it is now.

use super::normalize::{Form, stretches};
use super::{BIDIRECTIONAL, CATEGORIES, Category, WIDTHS, tables};
use crate::wtf8::{CodePoint, Wtf8, Wtf8Buf};

/// Ideographs whose canonical decomposition was wrong in 3.2 and corrected later (Unicode's Corrigendum 4).
const CORRECTED: [(char, char); 5] = [
    ('\u{2F868}', '\u{2136A}'),
    ('\u{2F874}', '\u{5F33}'),
    ('\u{2F91F}', '\u{43AB}'),
    ('\u{2F95F}', '\u{7AAE}'),
    ('\u{2F9BF}', '\u{4D57}'),
];

/// The functions of this module as a namespace of their own, named as those for 16.0.
pub struct Unicode32;

fn change(c: CodePoint) -> Option<&'static [u8; 5]> {
    let v = c.to_u32();
    let at = tables::CHANGES_3_2.partition_point(|e| e.1 < v);
    tables::CHANGES_3_2
        .get(at)
        .filter(|e| e.0 <= v)
        .map(|e| &e.2)
}

/// The changed field, unless it is the same as today's.
fn changed(c: CodePoint, field: usize) -> Option<u8> {
    change(c)
        .map(|fields| fields[field])
        .filter(|&value| value != 255)
}

impl Unicode32 {
    /// `ucd_3_2_0.unidata_version`.
    pub const UNIDATA_VERSION: &'static str = "3.2.0";

    /// Whether 3.2 had the code point.
    pub fn is_assigned(c: CodePoint) -> bool {
        let v = c.to_u32();
        let at = tables::ASSIGNED_3_2.partition_point(|range| range.1 < v);
        tables::ASSIGNED_3_2
            .get(at)
            .is_some_and(|range| range.0 <= v)
    }

    /// General category.
    pub fn category(c: CodePoint) -> Category {
        if !Self::is_assigned(c) {
            return Category::Cn;
        }
        changed(c, 0).map_or_else(|| super::category(c), |v| CATEGORIES[v as usize])
    }

    /// Bidirectional class.
    pub fn bidirectional(c: CodePoint) -> &'static str {
        if !Self::is_assigned(c) {
            return "";
        }
        changed(c, 1).map_or_else(|| super::bidirectional(c), |v| BIDIRECTIONAL[v as usize])
    }

    /// East Asian width.
    pub fn east_asian_width(c: CodePoint) -> &'static str {
        if !Self::is_assigned(c) {
            // Python keeps today's width for what is still unassigned.
            return if super::category(c) == Category::Cn {
                super::east_asian_width(c)
            } else {
                "N"
            };
        }
        changed(c, 2).map_or_else(|| super::east_asian_width(c), |v| WIDTHS[v as usize])
    }

    /// Whether the character is mirrored in right-to-left text.
    pub fn is_mirrored(c: CodePoint) -> bool {
        Self::is_assigned(c) && changed(c, 3).map_or_else(|| super::is_mirrored(c), |v| v == 1)
    }

    /// Canonical combining class.
    pub fn combining(c: CodePoint) -> u8 {
        if Self::is_assigned(c) {
            super::combining(c)
        } else {
            0
        }
    }

    /// Value of a decimal digit.
    pub fn decimal(c: CodePoint) -> Option<u8> {
        if !Self::is_assigned(c) {
            return None;
        }
        changed(c, 4).map_or_else(|| super::decimal(c), |v| (v != 254).then_some(v))
    }

    /// Value of a digit. Python does not look at the version here, so this is today's answer.
    pub fn digit(c: CodePoint) -> Option<u8> {
        super::digit(c)
    }

    /// Numeric value.
    pub fn numeric(c: CodePoint) -> Option<f64> {
        if !Self::is_assigned(c) {
            return None;
        }
        match tables::NUMERIC_3_2.binary_search_by_key(&c.to_u32(), |e| e.0) {
            Ok(at) => Some(tables::NUMERIC_3_2[at].1).filter(|v| !v.is_nan()),
            Err(_) => super::numeric(c),
        }
    }

    /// Decomposition mapping.
    pub fn decomposition(c: CodePoint) -> String {
        if Self::is_assigned(c) {
            super::decomposition(c)
        } else {
            String::new()
        }
    }

    /// Name, unchanged for what 3.2 had.
    pub fn name(c: CodePoint) -> Option<String> {
        if Self::is_assigned(c) {
            super::name(c)
        } else {
            None
        }
    }

    /// The character with this name.
    pub fn lookup(wanted: &str) -> Option<CodePoint> {
        super::lookup(wanted).filter(|&c| Self::is_assigned(c))
    }

    /// The text in a form. Code points that 3.2 did not have stay as they are, and part the text around them.
    pub fn normalize(form: Form, s: &Wtf8) -> Wtf8Buf {
        let mut out = Wtf8Buf::with_capacity(s.len());
        let mut run = String::new();
        let flush = |run: &mut String, out: &mut Wtf8Buf| {
            out.push_wtf8(&super::normalize(form, Wtf8::from_str(run)));
            run.clear();
        };
        for stretch in stretches(s) {
            match stretch {
                Err(surrogate) => {
                    flush(&mut run, &mut out);
                    out.push(surrogate);
                }
                Ok(text) => {
                    for c in text.chars() {
                        if let Some(pair) = CORRECTED.iter().find(|pair| pair.0 == c) {
                            run.push(pair.1);
                        } else if Self::is_assigned(c.into()) {
                            run.push(c);
                        } else {
                            flush(&mut run, &mut out);
                            out.push_char(c);
                        }
                    }
                }
            }
        }
        flush(&mut run, &mut out);
        out
    }

    /// Whether the text is in a form.
    pub fn is_normalized(form: Form, s: &Wtf8) -> bool {
        s.is_ascii() || *Self::normalize(form, s) == *s
    }
}
