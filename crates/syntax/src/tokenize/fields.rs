//! Strings with replacement fields (PEP 701, PEP 750).
//!
//! Such a string is START, then MIDDLE tokens and the tokens of its fields, then END. A mode
//! remembers the quote and how many brackets of the string are open; `literal` says whether text
//! or code is being read. A colon at the field's own depth starts the format specification, which
//! is text again.
use super::{MAX_STRINGS, StringMode, Token, TokenFault, Tokenizer, kind};

/// Fields within format specifications within fields.
const MAX_FIELD_NESTING: isize = 3;

impl Tokenizer<'_> {
    /// The START token; the first quote has been read.
    pub(super) fn start_fields(
        &mut self,
        start: usize,
        quote: u8,
        raw: bool,
        letter: char,
    ) -> Result<Token, TokenFault> {
        let mut quote_size = 1;
        let second = self.next_byte();
        if second == Some(quote) {
            let third = self.next_byte();
            if third == Some(quote) {
                quote_size = 3;
            } else {
                self.back(third);
                self.back(second);
            }
        } else {
            self.back(second);
        }
        if self.modes.len() + 1 >= MAX_STRINGS {
            return Err(self.fault("too many nested f-strings or t-strings"));
        }
        self.modes.push(StringMode {
            literal: true,
            quote,
            quote_size,
            raw,
            letter,
            depth: 0,
            field_depth: -1,
            format: false,
            start,
            line: self.line,
            line_start: self.line_start,
        });
        let kind = if letter == 'f' { kind::FSTRING_START } else { kind::TSTRING_START };
        Ok(self.token(kind, start))
    }

    /// The colon that starts a format specification.
    pub(super) fn field_punctuation(&mut self, byte: u8, start: usize) -> Option<Token> {
        let mode = self.modes.last_mut()?;
        let depth = mode.depth as isize - 1;
        if byte == b':' && mode.field_depth >= 0 && depth == mode.field_depth {
            mode.literal = true;
            mode.format = true;
            return Some(self.token(kind::COLON, start));
        }
        None
    }

    /// A token in literal text: END, MIDDLE, or the brace that opens a field.
    pub(super) fn field_text(&mut self) -> Result<Token, TokenFault> {
        let Some(mode) = self.modes.last().cloned() else { return self.code_token() };
        let first = self.next_byte();
        if first == Some(b'{') {
            let second = self.next_byte();
            self.back(second);
            self.back(first);
            if second != Some(b'{') {
                self.enter_field()?;
                return self.code_token();
            }
        } else {
            self.back(first);
        }
        let start = self.at;
        // The first character may stand on a new line, which reading it has entered.
        let (line, line_start) = (self.line, self.line_start);
        let width = mode.quote_size;
        if self.starts_with_quotes(&mode) {
            for _ in 0..width {
                self.next_byte();
            }
            self.modes.pop();
            let kind = if mode.letter == 'f' { kind::FSTRING_END } else { kind::TSTRING_END };
            return Ok(self.token(kind, start));
        }
        let kind = if mode.letter == 'f' { kind::FSTRING_MIDDLE } else { kind::TSTRING_MIDDLE };
        let format = mode.format && mode.field_depth >= 0;
        let mut named_escape = false;
        let mut run = 0;
        loop {
            let byte = self.next_byte();
            match byte {
                None | Some(b'\n') if byte.is_none() || mode.quote_size == 1 => {
                    if format && byte.is_some() {
                        let message = format!(
                            "{0}-string: newlines are not allowed in format specifiers for single quoted {0}-strings",
                            mode.letter
                        );
                        return Err(self.fault(message));
                    }
                    self.cut_short |= byte.is_none() && mode.quote_size == 3;
                    let detected = self.line;
                    self.at = mode.start + 1;
                    (self.line, self.line_start) = (mode.line, mode.line_start);
                    let what = if mode.quote_size == 3 { "triple-quoted " } else { "" };
                    return Err(self.fault(format!(
                        "unterminated {what}{}-string literal (detected at line {detected})",
                        mode.letter
                    )));
                }
                Some(byte) if byte == mode.quote => {
                    run += 1;
                    if run == mode.quote_size {
                        self.at -= run;
                        return Ok(Token { line, line_start, ..self.token(kind, start) });
                    }
                    continue;
                }
                Some(b'{') => {
                    let peek = self.peek();
                    if peek != Some(b'{') || format {
                        self.at -= 1;
                        let token = Token { line, line_start, ..self.token(kind, start) };
                        self.enter_field()?;
                        return Ok(token);
                    }
                    return Ok(self.doubled(kind, start, line, line_start));
                }
                Some(b'}') => {
                    if named_escape {
                        return Ok(Token { line, line_start, ..self.token(kind, start) });
                    }
                    let peek = self.peek();
                    if peek == Some(b'}') && !format && mode.depth == 0 {
                        return Ok(self.doubled(kind, start, line, line_start));
                    }
                    self.at -= 1;
                    if let Some(mode) = self.modes.last_mut() {
                        mode.literal = false;
                    }
                    return Ok(Token { line, line_start, ..self.token(kind, start) });
                }
                Some(b'\\') => {
                    let peek = self.next_byte();
                    match peek {
                        // A backslash does not escape a brace.
                        Some(b'{' | b'}') => self.back(peek),
                        Some(b'N') if !mode.raw => {
                            let brace = self.next_byte();
                            if brace == Some(b'{') {
                                named_escape = true;
                            } else {
                                self.back(brace);
                            }
                        }
                        // The end of the text is found again by the next turn.
                        _ => {}
                    }
                }
                _ => {}
            }
            run = 0;
        }
    }

    /// The first of two equal braces has been read: the token ends with it, and the second is skipped.
    fn doubled(&mut self, kind: u8, start: usize, line: u32, line_start: usize) -> Token {
        let token = Token { line, line_start, ..self.token(kind, start) };
        self.next_byte();
        Token { cursor: self.at, ..token }
    }

    fn starts_with_quotes(&mut self, mode: &StringMode) -> bool {
        let bytes = self.text.as_bytes();
        (0..mode.quote_size).all(|step| bytes.get(self.at + step) == Some(&mode.quote))
    }

    fn enter_field(&mut self) -> Result<(), TokenFault> {
        let Some(mode) = self.modes.last_mut() else { return Ok(()) };
        // The brace itself counts when it is read as code.
        mode.field_depth += 1;
        if mode.field_depth >= MAX_FIELD_NESTING {
            let message = format!("{}-string: expressions nested too deeply", mode.letter);
            return Err(self.fault(message));
        }
        mode.literal = false;
        Ok(())
    }
}
