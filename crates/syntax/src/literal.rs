//! The values of literals.
//!
//! String values are generalized UTF-8: a lone surrogate is its three bytes, as Python's `str`
//! may hold one. Ruff's decoded value is used as it is unless the source has a `\u`, `\U` or
//! `\N` escape; only then is the literal decoded again from its source range, part by part,
//! because ruff puts U+FFFD in place of a surrogate.
use crate::fault::{FaultKind, SyntaxFault};
use crate::parse::Parsed;
use ruff_python_ast::{
    ExprBytesLiteral, ExprStringLiteral, InterpolatedStringLiteralElement, StringLiteral,
};
use ruff_text_size::{Ranged, TextRange};
use std::borrow::Cow;

pub mod escape;
pub mod number;

pub use number::{IntLiteral, int_literal};

/// The value of a string expression, implicit concatenation included.
///
/// # Errors
/// An escape that does not decode, placed on the part that holds it.
pub fn string_value<'a>(parsed: &Parsed, literal: &'a ExprStringLiteral) -> Result<Cow<'a, [u8]>, SyntaxFault> {
    let mut parts = literal.value.iter();
    if let (Some(only), None) = (parts.next(), parts.next()) {
        return string_part(parsed, only);
    }
    let mut out = Vec::new();
    for part in &literal.value {
        out.extend_from_slice(&string_part(parsed, part)?);
    }
    // Two halves of a pair that meet at a seam stay two surrogates, as in Python.
    Ok(Cow::Owned(out))
}

/// The value of one part of a string expression or of a concatenated f-string.
///
/// # Errors
/// An escape that does not decode.
pub fn string_part<'a>(parsed: &Parsed, part: &'a StringLiteral) -> Result<Cow<'a, [u8]>, SyntaxFault> {
    let borrowed = Cow::Borrowed(part.value.as_bytes());
    if part.flags.prefix().is_raw() {
        return Ok(borrowed);
    }
    let source = parsed.slice(part.range());
    if !escape::needs_decoding(source) {
        return Ok(borrowed);
    }
    let Some((start, end)) = escape::body_bounds(source) else {
        return Ok(borrowed);
    };
    escape::decode_text(&source[start..end], false)
        .map(Cow::Owned)
        .map_err(|error| escape_fault(parsed, part.range(), &error))
}

/// The value of a literal stretch of an f-string or t-string. `raw`: the string has an `r` prefix.
///
/// # Errors
/// An escape that does not decode.
pub fn interpolated_literal<'a>(
    parsed: &Parsed,
    element: &'a InterpolatedStringLiteralElement,
    raw: bool,
) -> Result<Cow<'a, [u8]>, SyntaxFault> {
    let borrowed = Cow::Borrowed(element.value.as_bytes());
    let source = parsed.slice(element.range());
    if raw || !escape::needs_decoding(source) {
        return Ok(borrowed);
    }
    escape::decode_text(source, true)
        .map(Cow::Owned)
        .map_err(|error| escape_fault(parsed, element.range(), &error))
}

/// The value of a bytes expression, implicit concatenation included.
pub fn bytes_value(literal: &ExprBytesLiteral) -> Cow<'_, [u8]> {
    let mut parts = literal.value.iter();
    if let (Some(only), None) = (parts.next(), parts.next()) {
        return Cow::Borrowed(&only.value);
    }
    Cow::Owned(literal.value.iter().flat_map(|part| part.value.iter().copied()).collect())
}

fn escape_fault(parsed: &Parsed, range: TextRange, error: &escape::EscapeError) -> SyntaxFault {
    parsed.fault(FaultKind::Syntax, error.text_message(), range)
}

#[cfg(test)]
mod tests;
