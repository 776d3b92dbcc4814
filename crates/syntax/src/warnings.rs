//! The `SyntaxWarning`s that reading a source gives: escapes without a meaning, and numbers that
//! run into a keyword (`1if x else y`).
//!
//! They come from the token list in source order, once per place, however often the compiler
//! visits a node. The warnings about meaning (`assert (x, y)`, `x is 1`) are the compiler's.
use crate::fault::{FaultKind, Location, SyntaxFault};
use crate::line_index::LineIndex;
use crate::literal::escape::{body_bounds, unknown_escapes};
use ruff_python_ast::token::{Token, TokenKind};
use ruff_text_size::{Ranged, TextRange, TextSize};

/// One warning of category `SyntaxWarning`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxWarning {
    /// The text of the warning.
    pub message: String,
    /// The text of the `SyntaxError` when the warnings filter turns it into an error.
    pub error_message: String,
    pub range: TextRange,
    /// 1-based line, the only place that a warning shows.
    pub line: u32,
}

impl SyntaxWarning {
    /// The error to raise when the filter says "error".
    pub fn into_fault(self, text: &str, index: &LineIndex) -> SyntaxFault {
        let (line, column) = index.line_char_column(text, self.range.start().to_u32());
        let (end_line, end_column) = index.line_char_column(text, self.range.end().to_u32());
        let location = Location {
            line: line.into(),
            column: column.into(),
            end_line: end_line.into(),
            end_column: end_column.into(),
        };
        let shown = index.line_text(text, line).map(str::to_owned);
        SyntaxFault::at(FaultKind::Syntax, self.error_message, location, shown)
    }
}

/// All warnings of a source that parsed, in source order.
pub(crate) fn collect(text: &str, index: &LineIndex, tokens: &[Token]) -> Vec<SyntaxWarning> {
    let mut out = Vec::new();
    let escapes = memchr::memchr(b'\\', text.as_bytes()).is_some();
    let mut previous: Option<Token> = None;
    for &token in tokens {
        match token.kind() {
            TokenKind::String if escapes => string_warnings(text, index, token, &mut out),
            TokenKind::FStringMiddle | TokenKind::TStringMiddle if escapes => {
                let raw = token.string_flags().is_some_and(|flags| flags.is_raw_string());
                if !raw {
                    let mut range = token.range();
                    if ends_with_lone_backslash(&text[range]) && text[range.end().to_usize()..].starts_with('{') {
                        // The brace opens a field all the same.
                        range = TextRange::new(range.start(), range.end() + TextSize::from(1));
                    }
                    body_warnings(text, index, range, true, &mut out);
                }
            }
            kind if kind.is_keyword() => {
                if let Some(number) = previous.filter(|number| number.end() == token.start())
                    && let Some(message) = number_warning(&text[number.range()], number.kind())
                {
                    out.push(SyntaxWarning {
                        message: message.to_owned(),
                        error_message: message.to_owned(),
                        range: TextRange::new(number.end() - TextSize::from(1), number.end()),
                        line: index.line(number.end().to_u32()),
                    });
                }
            }
            _ => {}
        }
        previous = Some(token);
    }
    out
}

fn ends_with_lone_backslash(text: &str) -> bool {
    text.bytes().rev().take_while(|&byte| byte == b'\\').count() % 2 == 1
}

fn number_warning(text: &str, kind: TokenKind) -> Option<&'static str> {
    match kind {
        TokenKind::Int => Some(match text.as_bytes().get(1) {
            Some(b'x' | b'X') => "invalid hexadecimal literal",
            Some(b'o' | b'O') => "invalid octal literal",
            Some(b'b' | b'B') => "invalid binary literal",
            _ => "invalid decimal literal",
        }),
        TokenKind::Float => Some("invalid decimal literal"),
        TokenKind::Complex => Some("invalid imaginary literal"),
        _ => None,
    }
}

fn string_warnings(text: &str, index: &LineIndex, token: Token, out: &mut Vec<SyntaxWarning>) {
    let Some(flags) = token.string_flags() else { return };
    if flags.is_raw_string() {
        return;
    }
    let source = &text[token.range()];
    if memchr::memchr(b'\\', source.as_bytes()).is_none() {
        return;
    }
    let Some((start, end)) = body_bounds(source) else { return };
    let body = TextRange::new(
        token.start() + TextSize::from(start as u32),
        token.start() + TextSize::from(end as u32),
    );
    body_warnings(text, index, body, !flags.is_byte_string(), out);
}

fn body_warnings(text: &str, index: &LineIndex, range: TextRange, is_text: bool, out: &mut Vec<SyntaxWarning>) {
    let body = &text[range];
    // CPython warns once per literal token.
    let mut warned = false;
    unknown_escapes(body.as_bytes(), is_text, |escape| {
        if std::mem::replace(&mut warned, true) {
            return;
        }
        let start = range.start() + TextSize::from(escape.at as u32);
        let shown = &body[escape.at..escape.at + escape.length];
        let what = if escape.octal { "octal escape" } else { "escape" };
        let head = format!("\"{shown}\" is an invalid {what} sequence.");
        let tail = format!("Did you mean \"\\{shown}\"? A raw string is also an option.");
        out.push(SyntaxWarning {
            message: format!("{head} Such sequences will not work in the future. {tail}"),
            error_message: format!("{head} {tail}"),
            range: TextRange::at(start, TextSize::from(2)),
            line: index.line(start.to_u32()),
        });
    });
}

#[cfg(test)]
mod tests;
