//! The tokens as `_tokenize.TokenizerIter` gives them.
//!
//! Columns are code points from 0 (-1 where CPython has no place). With `extra_tokens` all
//! operators are OP, newlines have their text, and the tokens at the end of the text stand on a
//! line of their own; without, the quirks of CPython's bare tokenizer show.
use super::{Token, TokenFault, Tokenizer, kind};
use crate::fault::{FaultKind, Location, SyntaxFault};
use crate::line_index::char_count;

/// One item of the iterator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamToken {
    pub kind: u8,
    pub string: String,
    /// (line from 1, column from 0)
    pub start: (u32, i64),
    pub end: (u32, i64),
    /// The physical line, or lines of a token that spans several.
    pub line: String,
}

/// An iterator over the tokens of lines that a callback gives.
pub struct TokenStream<'a> {
    tokenizer: Tokenizer<'a>,
    extra_tokens: bool,
    done: bool,
}

impl<'a> TokenStream<'a> {
    /// `feed` gives one line at a time, newline included, and `None` at the end.
    pub fn new(feed: Box<dyn FnMut() -> Option<String> + Send + 'a>, extra_tokens: bool) -> Self {
        TokenStream { tokenizer: Tokenizer::from_lines(feed, extra_tokens), extra_tokens, done: false }
    }

    fn dress(&self, token: Token) -> StreamToken {
        let text = self.tokenizer.text();
        let implicit = self.tokenizer.implicit_newline();
        let trailing = token.kind == kind::ENDMARKER
            || (token.kind == kind::DEDENT && self.tokenizer.reached_end);
        let column = |line_start: usize, at: usize| i64::from(char_count(&text.as_bytes()[line_start..at]));
        let line = if trailing && self.extra_tokens {
            String::new()
        } else {
            let rest = &text[token.line_start..];
            let from_end = token.end_line_start - token.line_start;
            let end = memchr::memchr(b'\n', &rest.as_bytes()[from_end..]).map_or(rest.len(), |end| from_end + end + 1);
            let keep = if implicit && token.line_start + end == text.len() { end.saturating_sub(1) } else { end };
            rest[..keep].to_owned()
        };
        let mut out = StreamToken {
            kind: token.kind,
            string: text[token.start..token.end].to_owned(),
            start: (token.line, column(token.line_start, token.start)),
            end: (token.end_line, column(token.end_line_start, token.end)),
            line,
        };
        if !self.extra_tokens {
            if !token.placed {
                out.string.clear();
                (out.start.1, out.end.1) = (-1, -1);
                let last = out.line.trim_matches([' ', '\t', '\n', '\x0C']);
                if trailing && (last.is_empty() || last.starts_with('#')) {
                    out.line.clear();
                }
            }
            return out;
        }
        match token.kind {
            _ if trailing => {
                out.string.clear();
                out.start = (token.line + 1, 0);
                out.end = out.start;
            }
            kind::DEDENT => {
                out.string.clear();
                let at = column(token.line_start, token.cursor);
                out.start.1 = at;
                out.end.1 = at;
            }
            kind::NEWLINE | kind::NL => {
                let shown = !(implicit && token.cursor == text.len());
                out.string = if shown { "\n".to_owned() } else { String::new() };
                out.end = (out.start.0, out.start.1 + 1);
            }
            kind::LPAR..=kind::OP => out.kind = kind::OP,
            _ => {}
        }
        out
    }

    fn fault(&self, fault: TokenFault) -> SyntaxFault {
        let (kind, message) = match fault {
            TokenFault::Syntax(fault) => return *fault,
            TokenFault::Eof => {
                // CPython shows no source text here; its column is 0, or that of the end in bytes
                // behind a backslash.
                let (line, line_start, at) = self.tokenizer.current_line();
                let line = line.into();
                let in_brackets = self.tokenizer.open_bracket().is_some();
                let column = if in_brackets { 0 } else { (at - line_start) as i64 };
                let location = Location { line, column, end_line: line, end_column: column };
                let message = "unexpected EOF in multi-line statement";
                return SyntaxFault::at(FaultKind::Syntax, message, location, None);
            }
            TokenFault::Dedent => {
                (FaultKind::Indentation, "unindent does not match any outer indentation level")
            }
            TokenFault::TabSpace => (FaultKind::Tab, "inconsistent use of tabs and spaces in indentation"),
            TokenFault::TooDeep => (FaultKind::Indentation, "too many levels of indentation"),
            TokenFault::LineContinuation => {
                (FaultKind::Syntax, "unexpected character after line continuation character")
            }
        };
        let (line, line_start, _) = self.tokenizer.current_line();
        let whole = self.tokenizer.line_text(line_start);
        let column = i64::from(char_count(whole.as_bytes()));
        let shown = whole.trim_end_matches('\n').to_owned();
        let location = Location { line: line.into(), column, end_line: line.into(), end_column: column };
        SyntaxFault::at(kind, message, location, Some(shown))
    }
}

impl Iterator for TokenStream<'_> {
    type Item = Result<StreamToken, SyntaxFault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        match self.tokenizer.next_token() {
            Ok(token) => {
                self.done = token.kind == kind::ENDMARKER;
                Some(Ok(self.dress(token)))
            }
            Err(fault) => {
                self.done = true;
                Some(Err(self.fault(fault)))
            }
        }
    }
}
