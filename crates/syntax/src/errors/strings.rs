//! String literals: concatenation, escapes, replacement fields.
use super::expressions::rule;
use super::node::{Id, Kind};
use super::recognizer::Recognizer;
use crate::literal::escape;
use crate::tokenize::kind::*;

impl Recognizer {
    pub fn strings(&mut self) -> Option<Id> {
        self.memoised(rule::STRINGS, |this| {
            if this.mistakes {
                this.mixed_templates();
            }
            let first = this.mark;
            let (mut bytes, mut text, mut fields) = (false, false, false);
            while let Some(token) = this.peek() {
                match token.kind {
                    STRING => {
                        if this.string_part()? { bytes = true } else { text = true }
                    }
                    FSTRING_START => {
                        this.interpolated(FSTRING_START)?;
                        (text, fields) = (true, true);
                    }
                    _ => break,
                }
            }
            if bytes && text {
                return this.raise_here("cannot mix bytes and nonbytes literals");
            }
            if this.mark > first {
                let kind = if fields { Kind::JoinedStr } else { Kind::Literal };
                return (!this.raised()).then(|| this.node(kind, first, Vec::new()));
            }
            this.some(|this| this.interpolated(TSTRING_START))?;
            Some(this.node(Kind::TemplateStr, first, Vec::new()))
        })
    }

    fn mixed_templates(&mut self) {
        const MESSAGE: &str = "cannot mix t-string literals with string or bytes literals";
        self.attempt(|this| {
            let first = this.mark;
            this.some(Self::plain_part)?;
            this.interpolated(TSTRING_START)?;
            let last = this.mark - 1;
            this.raise_tokens::<Id>(first, last, MESSAGE)
        });
        self.attempt(|this| {
            let first = this.mark;
            this.some(|this| this.interpolated(TSTRING_START))?;
            this.plain_part()?;
            let last = this.mark - 1;
            this.raise_tokens::<Id>(first, last, MESSAGE)
        });
    }

    fn plain_part(&mut self) -> Option<()> {
        if self.at_token(STRING) {
            return self.string_part().map(|_| ());
        }
        self.interpolated(FSTRING_START)
    }

    /// One STRING token, checked as CPython does when it reads it; `true` for bytes.
    fn string_part(&mut self) -> Option<bool> {
        let at = self.token(STRING)?;
        let source = self.text_of(self.token_at(at));
        let quote = source.find(['"', '\'']).unwrap_or(0);
        let prefix = source[..quote].to_ascii_lowercase();
        let bytes = prefix.contains('b');
        let Some((start, end)) = escape::body_bounds(source) else { return Some(bytes) };
        let body = &source[start..end];
        if bytes && !body.is_ascii() {
            return self.raise_tokens(at, at, "bytes can only contain ASCII literal characters");
        }
        if prefix.contains('r') || !body.contains('\\') {
            return Some(bytes);
        }
        let message = if bytes {
            escape::decode_bytes(body.as_bytes()).err().map(|error| error.bytes_message())
        } else {
            escape::decode_text(body, false).err().map(|error| error.text_message())
        };
        match message {
            Some(message) => self.raise_tokens(at, at, message),
            None => Some(bytes),
        }
    }

    fn interpolated(&mut self, start: u8) -> Option<()> {
        let first = self.token(start)?;
        let raw = self.text_of(self.token_at(first)).to_ascii_lowercase().contains('r');
        let mut middles = Vec::new();
        self.many(|this| {
            if let Some(middle) = this.token(start + 1) {
                middles.push(middle);
                return Some(());
            }
            this.replacement_field()
        });
        self.token(start + 2)?;
        if !raw {
            for middle in middles {
                let body = self.text_of(self.token_at(middle));
                if body.contains('\\')
                    && let Err(error) = escape::decode_text(body, true)
                {
                    return self.raise_here(error.text_message());
                }
            }
        }
        Some(())
    }

    /// `{ ... }` in an f-string or t-string.
    pub fn replacement_field(&mut self) -> Option<()> {
        self.memoised_twice(rule::REPLACEMENT_FIELD, |this| {
            let first = this.mark;
            this.any_replacement_field()?;
            Some(this.node(Kind::Other, first, Vec::new()))
        })
        .map(|_| ())
    }

    fn any_replacement_field(&mut self) -> Option<()> {
        if let Some(found) = self.attempt(|this| {
            this.token(LBRACE)?;
            this.annotated_value()?;
            this.token(EQUAL);
            this.attempt(Self::conversion);
            this.attempt(|this| {
                this.token(COLON)?;
                this.format_specification();
                (!this.raised()).then_some(())
            });
            this.token(RBRACE)?;
            Some(())
        }) {
            return Some(found);
        }
        if self.mistakes {
            self.invalid_replacement_field();
        }
        None
    }

    fn format_specification(&mut self) {
        self.many(|this| {
            if this.token(FSTRING_MIDDLE).or_else(|| this.token(TSTRING_MIDDLE)).is_some() {
                return Some(());
            }
            this.replacement_field()
        });
    }

    fn conversion(&mut self) -> Option<()> {
        let mark = self.token(EXCLAMATION)?;
        let name = self.token(NAME)?;
        let letter = self.letter();
        let (before, after) = (self.token_at(mark), self.token_at(name));
        if before.end != after.start || before.line != after.line {
            return self.raise_tokens(
                mark,
                name,
                format!("{letter}-string: conversion type must come right after the exclamation mark"),
            );
        }
        let shown = self.text_of(after).to_owned();
        if !matches!(shown.as_str(), "s" | "r" | "a") {
            return self.raise_tokens(
                name,
                name,
                format!("{letter}-string: invalid conversion character '{shown}': expected 's', 'r', or 'a'"),
            );
        }
        Some(())
    }

    /// `f` or `t`: which string the token at the mark lies in.
    fn letter(&self) -> char {
        let mut open = 0usize;
        for index in (0..self.mark).rev() {
            match self.token_at(index).kind {
                FSTRING_END | TSTRING_END => open += 1,
                FSTRING_START | TSTRING_START if open > 0 => open -= 1,
                FSTRING_START => return 'f',
                TSTRING_START => return 't',
                _ => {}
            }
        }
        'f'
    }

    fn invalid_replacement_field(&mut self) {
        let letter = self.letter();
        for (token, shown) in [(EQUAL, "="), (EXCLAMATION, "!"), (COLON, ":"), (RBRACE, "}")] {
            self.attempt(|this| {
                this.token(LBRACE)?;
                let at = this.token(token)?;
                this.raise_tokens::<()>(at, at, format!("{letter}-string: valid expression required before '{shown}'"))
            });
        }
        self.attempt(|this| {
            this.token(LBRACE)?;
            this.never(Self::annotated_value)?;
            this.raise_next::<()>(format!("{letter}-string: expecting a valid expression after '{{'"))
        });
        self.attempt(|this| {
            this.token(LBRACE)?;
            this.annotated_value()?;
            this.never_any(&[EQUAL, EXCLAMATION, COLON, RBRACE])?;
            this.raise_next::<()>(format!("{letter}-string: expecting '=', or '!', or ':', or '}}'"))
        });
        self.attempt(|this| {
            this.token(LBRACE)?;
            this.annotated_value()?;
            this.token(EQUAL)?;
            this.never_any(&[EXCLAMATION, COLON, RBRACE])?;
            this.raise_next::<()>(format!("{letter}-string: expecting '!', or ':', or '}}'"))
        });
        self.attempt(|this| {
            this.token(LBRACE)?;
            this.annotated_value()?;
            this.token(EQUAL);
            this.token(EXCLAMATION)?;
            if this.at_token(COLON) || this.at_token(RBRACE) {
                return this.raise_next::<()>(format!("{letter}-string: missing conversion character"));
            }
            this.never(|this| this.token(NAME))?;
            this.raise_next::<()>(format!("{letter}-string: invalid conversion character"))
        });
        self.attempt(|this| {
            this.field_head()?;
            this.never_any(&[COLON, RBRACE])?;
            this.raise_next::<()>(format!("{letter}-string: expecting ':' or '}}'"))
        });
        self.attempt(|this| {
            this.field_head()?;
            this.token(COLON)?;
            this.format_specification();
            this.never(|this| this.token(RBRACE))?;
            this.raise_next::<()>(format!("{letter}-string: expecting '}}', or format specs"))
        });
        self.attempt(|this| {
            this.field_head()?;
            this.never(|this| this.token(RBRACE))?;
            this.raise_next::<()>(format!("{letter}-string: expecting '}}'"))
        });
    }

    fn field_head(&mut self) -> Option<()> {
        self.token(LBRACE)?;
        self.annotated_value()?;
        self.token(EQUAL);
        self.attempt(|this| {
            this.token(EXCLAMATION)?;
            this.token(NAME)
        });
        Some(())
    }

    fn never_any(&mut self, kinds: &[u8]) -> Option<()> {
        self.never(|this| kinds.iter().find_map(|&kind| this.token(kind)))
    }
}
