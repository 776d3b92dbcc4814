//! Normalization forms, by the `unicode-normalization` package, pinned to Unicode 16.0.
//!
//! It works on `char`, so text is cut at surrogates. That changes nothing: a surrogate has combining class 0, does
//! not decompose and composes with nothing, so no form looks across it.

use crate::wtf8::{CodePoint, Wtf8, Wtf8Buf};
use unicode_normalization::{
    IsNormalized, UnicodeNormalization as _, is_nfc_quick, is_nfd_quick, is_nfkc_quick,
    is_nfkd_quick,
};

/// The four forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Canonical composition.
    Nfc,
    /// Canonical decomposition.
    Nfd,
    /// Compatibility composition.
    Nfkc,
    /// Compatibility decomposition.
    Nfkd,
}

impl Form {
    /// By Python's name.
    pub fn from_name(name: &str) -> Option<Form> {
        Some(match name {
            "NFC" => Form::Nfc,
            "NFD" => Form::Nfd,
            "NFKC" => Form::Nfkc,
            "NFKD" => Form::Nfkd,
            _ => return None,
        })
    }

    fn quick_check(self, s: &str) -> IsNormalized {
        match self {
            Form::Nfc => is_nfc_quick(s.chars()),
            Form::Nfd => is_nfd_quick(s.chars()),
            Form::Nfkc => is_nfkc_quick(s.chars()),
            Form::Nfkd => is_nfkd_quick(s.chars()),
        }
    }

    fn chars(self, s: &str, mut each: impl FnMut(char)) {
        match self {
            Form::Nfc => s.nfc().for_each(&mut each),
            Form::Nfd => s.nfd().for_each(&mut each),
            Form::Nfkc => s.nfkc().for_each(&mut each),
            Form::Nfkd => s.nfkd().for_each(&mut each),
        }
    }
}

/// A stretch without surrogates, or one surrogate.
pub(super) fn stretches(s: &Wtf8) -> impl Iterator<Item = Result<&str, CodePoint>> {
    let mut rest = s;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest.first_surrogate().unwrap_or(rest.len());
        if end == 0 {
            let mut chars = rest.chars();
            let c = chars.next()?;
            rest = chars.as_wtf8();
            return Some(Err(c));
        }
        let text = rest.slice_to(end).as_str();
        rest = rest.slice_from(end);
        text.map(Ok)
    })
}

/// The text in a form. Text that a quick check recognises is only copied.
pub fn normalize(form: Form, s: &Wtf8) -> Wtf8Buf {
    if s.is_ascii() {
        return s.to_owned();
    }
    let mut out = Wtf8Buf::with_capacity(s.len());
    for stretch in stretches(s) {
        match stretch {
            Ok(text) if form.quick_check(text) == IsNormalized::Yes => out.push_str(text),
            Ok(text) => form.chars(text, |c| out.push_char(c)),
            Err(surrogate) => out.push(surrogate),
        }
    }
    out
}

/// Whether the text is in a form.
pub fn is_normalized(form: Form, s: &Wtf8) -> bool {
    s.is_ascii()
        || stretches(s)
            .flatten()
            .all(|text| match form.quick_check(text) {
                IsNormalized::Yes => true,
                IsNormalized::No => false,
                IsNormalized::Maybe => {
                    let mut expected = text.chars();
                    let mut same = true;
                    form.chars(text, |c| same &= expected.next() == Some(c));
                    same && expected.next().is_none()
                }
            })
}
