//! The token stream of Python 3.14.
//!
//! `Tokenizer` reads text, whole or line by line from a callback, and gives the tokens that
//! CPython's own tokenizer gives, one at a time: the error pass needs to know how far the
//! tokenizer has read when the grammar fails. `TokenStream` dresses them as `_tokenize` does:
//! strings, (line, code point column) pairs, the physical line, and with `extra_tokens` also
//! comments and the newlines that end no statement.
//!
//! Strings with replacement fields keep a stack of modes, because a field holds code and code may
//! hold strings again; `fields` has that part, `number` the number literals.
use crate::fault::{FaultKind, Location, SyntaxFault};
use crate::line_index::char_count;

pub mod character;
mod fields;
pub mod kind;
mod number;
mod stream;

pub use stream::{StreamToken, TokenStream};

/// Bracket levels, indentation levels and nested interpolated strings that CPython allows.
const MAX_LEVEL: usize = 200;
const MAX_INDENT: usize = 100;
const MAX_STRINGS: usize = 150;

/// One token. Offsets are bytes of `Tokenizer::text`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// One of `kind::*`.
    pub kind: u8,
    pub start: usize,
    pub end: usize,
    /// INDENT, DEDENT and ENDMARKER have no place of their own.
    pub placed: bool,
    /// 1-based line of start and end, and the offsets where these lines start.
    pub line: u32,
    pub end_line: u32,
    pub line_start: usize,
    pub end_line_start: usize,
    /// Open brackets after this token.
    pub level: u16,
    /// Where the reader stands after the token; beyond `end` for NEWLINE.
    pub cursor: usize,
    /// For the keyword kinds the grammar uses; `kind` is NAME then.
    pub keyword: u8,
}

/// Why there is no next token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenFault {
    /// A fault with its own words and place.
    Syntax(Box<SyntaxFault>),
    /// The text ended inside brackets or after a line continuation.
    Eof,
    /// A dedent to a level that was never open.
    Dedent,
    /// Tabs and spaces mixed so that the level depends on the tab size.
    TabSpace,
    /// More than 100 levels of indentation.
    TooDeep,
    /// Something after a backslash.
    LineContinuation,
}

/// A string whose replacement fields are being read.
#[derive(Debug, Clone)]
struct StringMode {
    /// Reading literal text, not code.
    literal: bool,
    quote: u8,
    quote_size: usize,
    raw: bool,
    /// `f` or `t`.
    letter: char,
    depth: usize,
    /// Depth at which the current field was opened; one per nested field.
    field_depth: isize,
    format: bool,
    start: usize,
    line: u32,
    line_start: usize,
}

/// Reads tokens from a text.
pub struct Tokenizer<'a> {
    text: String,
    feed: Option<Box<dyn FnMut() -> Option<String> + Send + 'a>>,
    extra_tokens: bool,
    at: usize,
    line: u32,
    line_start: usize,
    line_end: usize,
    at_line_start: bool,
    pending: i32,
    indents: Vec<(usize, usize)>,
    brackets: Vec<(u8, u32, usize)>,
    modes: Vec<StringMode>,
    /// The reader has asked for a character beyond the end.
    pub(crate) reached_end: bool,
    implicit_newline: bool,
    /// The text ended within a string.
    pub(crate) cut_short: bool,
    comment_line: bool,
    blank_line: bool,
    /// Emit the NL after a comment that stood alone.
    pub(crate) failed: bool,
}

impl<'a> Tokenizer<'a> {
    /// Reads `text`, in which newlines are `\n`.
    pub fn new(text: String) -> Self {
        Tokenizer {
            text,
            feed: None,
            extra_tokens: false,
            at: 0,
            line: 0,
            line_start: 0,
            line_end: 0,
            at_line_start: true,
            pending: 0,
            indents: vec![(0, 0)],
            brackets: Vec::new(),
            modes: Vec::new(),
            reached_end: false,
            implicit_newline: false,
            cut_short: false,
            comment_line: false,
            blank_line: false,
            failed: false,
        }
    }

    /// Reads the lines that `feed` gives until it gives `None`. With `extra_tokens` there are
    /// COMMENT and NL tokens and some checks are left out, as `tokenize.py` expects.
    pub fn from_lines(feed: Box<dyn FnMut() -> Option<String> + Send + 'a>, extra_tokens: bool) -> Self {
        Tokenizer { feed: Some(feed), extra_tokens, ..Self::new(String::new()) }
    }

    /// The text read so far.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The last token was a NEWLINE that the text does not have.
    pub(crate) fn implicit_newline(&self) -> bool {
        self.implicit_newline && self.line_end == self.text.len()
    }

    /// Reading code within a string with replacement fields, or its text.
    pub(crate) fn in_fields(&self) -> bool {
        !self.modes.is_empty()
    }

    pub(crate) fn current_line(&self) -> (u32, usize, usize) {
        (self.line, self.line_start, self.at)
    }

    /// The innermost open bracket: its character, line and start offset.
    pub(crate) fn open_bracket(&self) -> Option<(u8, u32, usize)> {
        self.brackets.last().copied()
    }

    /// Drops all open blocks: DEDENTs come at once. For the end of an interactive statement.
    pub(crate) fn end_blocks(&mut self) {
        let open = self.indents.len() - 1;
        if open > 0 {
            self.pending = -(open as i32);
            self.indents.truncate(1);
        }
    }

    /// The rest of the text that no token has been made of.
    pub(crate) fn rest(&self) -> &str {
        &self.text[self.at.min(self.text.len())..]
    }

    fn next_byte(&mut self) -> Option<u8> {
        if self.at == self.line_end && !self.next_line() {
            self.reached_end = true;
            return None;
        }
        let byte = self.text.as_bytes()[self.at];
        self.at += 1;
        Some(byte)
    }

    fn next_line(&mut self) -> bool {
        if self.at == self.text.len() {
            if self.reached_end {
                return false;
            }
            let Some(feed) = &mut self.feed else { return false };
            let Some(line) = feed().filter(|line| !line.is_empty()) else { return false };
            self.text.push_str(&line);
            if !line.ends_with('\n') {
                self.text.push('\n');
                self.implicit_newline = true;
            }
        }
        self.line_start = self.at;
        self.line += 1;
        let rest = &self.text.as_bytes()[self.at..];
        self.line_end = memchr::memchr(b'\n', rest).map_or(self.text.len(), |end| self.at + end + 1);
        true
    }

    /// Takes back a byte that `next_byte` gave; the end of the text cannot be taken back.
    fn back(&mut self, byte: Option<u8>) {
        if byte.is_some() {
            self.at -= 1;
        }
    }

    fn peek(&mut self) -> Option<u8> {
        let byte = self.next_byte();
        self.back(byte);
        byte
    }

    fn token(&self, kind: u8, start: usize) -> Token {
        Token {
            kind,
            start,
            end: self.at,
            placed: true,
            line: self.line,
            end_line: self.line,
            line_start: self.line_start,
            end_line_start: self.line_start,
            level: self.brackets.len() as u16,
            cursor: self.at,
            keyword: 0,
        }
    }

    fn unplaced(&self, kind: u8) -> Token {
        Token { placed: false, ..self.token(kind, self.at) }
    }

    /// A stand-in for the token that could not be read.
    pub(crate) fn failed_token(&self) -> Token {
        self.unplaced(kind::ERRORTOKEN)
    }

    /// A fault at the last character read, where CPython puts most of the tokenizer's.
    fn fault(&mut self, message: impl Into<String>) -> TokenFault {
        let column = i64::from(char_count(&self.text.as_bytes()[self.line_start..self.at]));
        self.fault_columns(message, column, column)
    }

    fn fault_columns(&mut self, message: impl Into<String>, column: i64, end_column: i64) -> TokenFault {
        self.failed = true;
        let line = self.line;
        let text = self.line_text(self.line_start).trim_end_matches('\n').to_owned();
        let location = Location { line: line.into(), column, end_line: line.into(), end_column };
        TokenFault::Syntax(Box::new(SyntaxFault::at(FaultKind::Syntax, message, location, Some(text))))
    }

    fn line_text(&self, start: usize) -> &str {
        let rest = &self.text[start..];
        let end = memchr::memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |end| end + 1);
        &rest[..end]
    }

    /// The next token.
    ///
    /// # Errors
    /// The text cannot go on; asking again gives no sensible answer.
    pub fn next_token(&mut self) -> Result<Token, TokenFault> {
        let result = match self.modes.last() {
            Some(mode) if mode.literal => self.field_text(),
            _ => self.code_token(),
        };
        if result.is_err() {
            self.failed = true;
        }
        result
    }

    fn code_token(&mut self) -> Result<Token, TokenFault> {
        loop {
            if self.at_line_start {
                self.blank_line = false;
                self.at_line_start = false;
                self.indentation()?;
            }
            if self.pending < 0 {
                self.pending += 1;
                return Ok(self.unplaced(kind::DEDENT));
            }
            if self.pending > 0 {
                self.pending -= 1;
                let token = self.token(kind::INDENT, self.line_start);
                return Ok(Token { placed: false, ..token });
            }
            if let Some(token) = self.after_indentation()? {
                return Ok(token);
            }
        }
    }

    /// Measures the indentation of a line and queues INDENT or DEDENTs.
    fn indentation(&mut self) -> Result<(), TokenFault> {
        let (mut column, mut alternative, mut continued) = (0usize, 0usize, None);
        let first = loop {
            match self.next_byte() {
                Some(b' ') => {
                    column += 1;
                    alternative += 1;
                }
                Some(b'\t') => {
                    column = (column / 8 + 1) * 8;
                    alternative += 1;
                }
                Some(0x0C) => (column, alternative) = (0, 0),
                Some(b'\\') => {
                    continued = continued.or(Some(column));
                    self.continuation()?;
                }
                other => break other,
            }
        };
        self.back(first);
        if matches!(first, Some(b'#' | b'\n')) {
            self.blank_line = true;
            return Ok(());
        }
        if !self.brackets.is_empty() {
            return Ok(());
        }
        if let Some(continued) = continued.filter(|&continued| continued > 0) {
            (column, alternative) = (continued, continued);
        }
        let (top, top_alternative) = self.indents.last().copied().unwrap_or_default();
        if column == top {
            if alternative != top_alternative {
                return Err(self.indent_fault(TokenFault::TabSpace));
            }
        } else if column > top {
            if self.indents.len() >= MAX_INDENT {
                return Err(self.indent_fault(TokenFault::TooDeep));
            }
            if alternative <= top_alternative {
                return Err(self.indent_fault(TokenFault::TabSpace));
            }
            self.pending += 1;
            self.indents.push((column, alternative));
        } else {
            while self.indents.len() > 1 && self.indents.last().is_some_and(|&(open, _)| column < open) {
                self.pending -= 1;
                self.indents.pop();
            }
            let (open, open_alternative) = self.indents.last().copied().unwrap_or_default();
            if column != open {
                return Err(self.indent_fault(TokenFault::Dedent));
            }
            if alternative != open_alternative {
                return Err(self.indent_fault(TokenFault::TabSpace));
            }
        }
        Ok(())
    }

    fn indent_fault(&mut self, fault: TokenFault) -> TokenFault {
        self.at = self.line_end;
        fault
    }

    /// After a backslash: the rest of the line must be empty, and a line must follow.
    fn continuation(&mut self) -> Result<(), TokenFault> {
        match self.next_byte() {
            Some(b'\n') => {}
            _ => return Err(TokenFault::LineContinuation),
        }
        match self.next_byte() {
            None => {
                self.at = self.text.len();
                Err(TokenFault::Eof)
            }
            byte => {
                self.back(byte);
                Ok(())
            }
        }
    }

    /// One token of code, or `None` after a newline that gives none.
    fn after_indentation(&mut self) -> Result<Option<Token>, TokenFault> {
        loop {
            let mut byte = self.next_byte();
            while matches!(byte, Some(b' ' | b'\t' | 0x0C)) {
                byte = self.next_byte();
            }
            let Some(mut first) = byte else { return self.end().map(Some) };
            let mut start = self.at - 1;
            if first == b'#' {
                while let Some(byte) = self.next_byte() {
                    if byte == b'\n' {
                        self.at -= 1;
                        break;
                    }
                }
                if self.extra_tokens {
                    self.comment_line = self.blank_line;
                    return Ok(Some(self.token(kind::COMMENT, start)));
                }
                match self.next_byte() {
                    None => return self.end().map(Some),
                    Some(newline) => first = newline,
                }
                // CPython's NEWLINE starts where the comment does.
            } else {
                start = self.at - 1;
            }
            return match first {
                b'\n' => {
                    self.at_line_start = true;
                    if self.blank_line || !self.brackets.is_empty() {
                        if self.extra_tokens {
                            self.comment_line = false;
                            return Ok(Some(self.token(kind::NL, start)));
                        }
                        return Ok(None);
                    }
                    if self.comment_line && self.extra_tokens {
                        self.comment_line = false;
                        return Ok(Some(self.token(kind::NL, start)));
                    }
                    let mut token = self.token(kind::NEWLINE, start);
                    token.end = self.at - 1;
                    Ok(Some(token))
                }
                b'\\' => {
                    self.continuation()?;
                    continue;
                }
                b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => self.name_or_string(start).map(Some),
                b'0'..=b'9' => self.number(first, start).map(Some),
                b'.' => self.dot(start).map(Some),
                b'"' | b'\'' => self.string(start, first).map(Some),
                _ => self.operator(first, start).map(Some),
            };
        }
    }

    fn end(&mut self) -> Result<Token, TokenFault> {
        if !self.brackets.is_empty() {
            return Err(TokenFault::Eof);
        }
        Ok(self.unplaced(kind::ENDMARKER))
    }

    fn name_or_string(&mut self, start: usize) -> Result<Token, TokenFault> {
        // Which prefix letters have been seen; a quote after them starts a string.
        let mut seen = [false; 5];
        self.at = start;
        let mut byte = self.next_byte();
        while let Some(letter) = byte
            .and_then(|byte| b"burft".iter().position(|&letter| letter == byte.to_ascii_lowercase()))
            .filter(|&letter| !seen[letter])
        {
            seen[letter] = true;
            byte = self.next_byte();
            if let Some(quote @ (b'"' | b'\'')) = byte {
                self.check_prefix(start, seen)?;
                let [_, _, raw, f, t] = seen;
                if f || t {
                    return self.start_fields(start, quote, raw, if f { 'f' } else { 't' });
                }
                return self.string(start, quote);
            }
        }
        let mut ascii = true;
        while let Some(current) = byte {
            if !(current.is_ascii_alphanumeric() || current == b'_' || current >= 0x80) {
                break;
            }
            ascii &= current < 0x80;
            byte = self.next_byte();
        }
        self.back(byte);
        if !ascii && !self.extra_tokens {
            self.verify_identifier(start)?;
        }
        let mut token = self.token(kind::NAME, start);
        if ascii {
            token.keyword = kind::keyword(&self.text[start..self.at]);
        }
        Ok(token)
    }

    /// Letters that make no string prefix together.
    fn check_prefix(&mut self, start: usize, [b, u, r, f, t]: [bool; 5]) -> Result<(), TokenFault> {
        let pairs = [
            (u && b, 'u', 'b'),
            (u && r, 'u', 'r'),
            (u && f, 'u', 'f'),
            (u && t, 'u', 't'),
            (b && f, 'b', 'f'),
            (b && t, 'b', 't'),
            (f && t, 'f', 't'),
        ];
        match pairs.into_iter().find(|&(both, ..)| both) {
            None => Ok(()),
            Some((_, first, second)) => {
                let message = format!("'{first}' and '{second}' prefixes are incompatible");
                Err(self.fault_span(message, start + 1, self.at))
            }
        }
    }

    /// A fault between two offsets of the current line, both 1-based when shown.
    fn fault_span(&mut self, message: impl Into<String>, start: usize, end: usize) -> TokenFault {
        let bytes = self.text.as_bytes();
        let column = i64::from(char_count(&bytes[self.line_start..start]));
        let end_column = i64::from(char_count(&bytes[self.line_start..end]));
        self.fault_columns(message, column, end_column)
    }

    fn verify_identifier(&mut self, start: usize) -> Result<(), TokenFault> {
        let name = &self.text[start..self.at];
        for (offset, c) in name.char_indices() {
            let valid = if offset == 0 { character::starts_identifier(c) } else { character::continues_identifier(c) };
            if !valid {
                self.at = start + offset + c.len_utf8();
                let message = character::invalid_message(c);
                return Err(self.fault(message));
            }
        }
        Ok(())
    }

    fn dot(&mut self, start: usize) -> Result<Token, TokenFault> {
        let byte = self.next_byte();
        match byte {
            Some(b'0'..=b'9') => return self.fraction(byte, start),
            Some(b'.') => {
                let third = self.next_byte();
                if third == Some(b'.') {
                    return Ok(self.token(kind::ELLIPSIS, start));
                }
                self.back(third);
                self.back(byte);
            }
            _ => self.back(byte),
        }
        Ok(self.token(kind::DOT, start))
    }

    /// A string or bytes literal without fields; the first quote has been read.
    fn string(&mut self, start: usize, quote: u8) -> Result<Token, TokenFault> {
        let (line, line_start) = (self.line, self.line_start);
        let mut size = 1;
        let mut ended = false;
        let second = self.next_byte();
        if second == Some(quote) {
            let third = self.next_byte();
            if third == Some(quote) {
                size = 3;
            } else {
                self.back(third);
                ended = true;
            }
        } else {
            self.back(second);
        }
        let (mut run, mut escaped_quote) = (0, false);
        while !ended {
            let byte = self.next_byte();
            match byte {
                None | Some(b'\n') if byte.is_none() || size == 1 => {
                    return Err(self.unterminated(start, line, line_start, quote, size, escaped_quote));
                }
                Some(byte) if byte == quote => {
                    run += 1;
                    ended = run == size;
                }
                Some(b'\\') => {
                    run = 0;
                    if self.next_byte() == Some(quote) {
                        escaped_quote = true;
                    }
                }
                _ => run = 0,
            }
        }
        Ok(Token { line, line_start, ..self.token(kind::STRING, start) })
    }

    fn unterminated(
        &mut self,
        start: usize,
        line: u32,
        line_start: usize,
        quote: u8,
        size: usize,
        escaped_quote: bool,
    ) -> TokenFault {
        let detected = self.line;
        self.at = start + 1;
        (self.line, self.line_start) = (line, line_start);
        if let Some(mode) = self.modes.last().filter(|mode| mode.quote == quote && mode.quote_size == size) {
            let message = format!("{}-string: expecting '}}'", mode.letter);
            return self.fault(message);
        }
        self.cut_short |= self.reached_end;
        if size == 3 {
            return self.fault(format!("unterminated triple-quoted string literal (detected at line {detected})"));
        }
        let hint = if escaped_quote { "; perhaps you escaped the end quote?" } else { "" };
        self.fault(format!("unterminated string literal (detected at line {detected}){hint}"))
    }

    fn operator(&mut self, first: u8, start: usize) -> Result<Token, TokenFault> {
        if let Some(token) = self.field_punctuation(first, start) {
            return Ok(token);
        }
        let second = self.next_byte();
        if let Some(two) = second.and_then(|second| kind::two_bytes(first, second)) {
            let third = self.next_byte();
            if let Some(three) = third.and_then(|third| kind::three_bytes(two, third)) {
                return Ok(self.token(three, start));
            }
            self.back(third);
            return Ok(self.token(two, start));
        }
        self.back(second);
        match first {
            b'(' | b'[' | b'{' => {
                if self.brackets.len() >= MAX_LEVEL {
                    return Err(self.fault("too many nested parentheses"));
                }
                self.brackets.push((first, self.line, start));
                if let Some(mode) = self.modes.last_mut() {
                    mode.depth += 1;
                }
            }
            b')' | b']' | b'}' => self.close(first)?,
            byte if byte < 0x20 || byte == 0x7F => {
                return Err(self.fault(format!("invalid non-printable character U+{byte:04X}")));
            }
            _ => {}
        }
        Ok(self.token(kind::one_byte(first), start))
    }

    fn close(&mut self, closing: u8) -> Result<(), TokenFault> {
        let shown = closing as char;
        if let Some(mode) = self.modes.last()
            && mode.depth == 0
            && closing == b'}'
        {
            let message = format!("{}-string: single '}}' is not allowed", mode.letter);
            return Err(self.fault(message));
        }
        if self.brackets.is_empty() && !self.extra_tokens {
            return Err(self.fault(format!("unmatched '{shown}'")));
        }
        if let Some((opening, line, _)) = self.brackets.pop() {
            let matches = matches!((opening, closing), (b'(', b')') | (b'[', b']') | (b'{', b'}'));
            if !matches && !self.extra_tokens {
                if let Some(mode) = self.modes.last()
                    && opening == b'{'
                    && mode.depth as isize - 1 == mode.field_depth
                {
                    let message = format!("{}-string: unmatched '{shown}'", mode.letter);
                    return Err(self.fault(message));
                }
                let opening = opening as char;
                let place = if line == self.line { String::new() } else { format!(" on line {line}") };
                return Err(self.fault(format!(
                    "closing parenthesis '{shown}' does not match opening parenthesis '{opening}'{place}"
                )));
            }
        }
        let mut unmatched = None;
        if let Some(mode) = self.modes.last_mut() {
            match mode.depth.checked_sub(1) {
                None => unmatched = Some(format!("{}-string: unmatched '{shown}'", mode.letter)),
                Some(depth) => {
                    mode.depth = depth;
                    if closing == b'}' && depth as isize == mode.field_depth {
                        mode.field_depth -= 1;
                        mode.literal = true;
                        mode.format = mode.field_depth >= 0;
                    }
                }
            }
        }
        match unmatched {
            Some(message) => Err(self.fault(message)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
