//! An upper bound on how deep the tree of a source can be, read off the text in one pass.
//!
//! Every level of a tree needs a token of its own between two separators, so the bound is: for
//! each open bracket, the operators, words and brackets since the last comma, newline or
//! semicolon at that level. Strings and comments are skipped; the code in the braces of an
//! f-string or t-string is counted like code in brackets.

/// A tree deeper than this is refused. CPython 3.14 with its usual 8 MB stack gives up at about
/// 6,000 levels in the parser.
const MAX_DEPTH: usize = 6_000;
/// CPython's `MAXLEVEL` and `MAXFSTRINGLEVEL`.
const MAX_BRACKETS: usize = 200;
const MAX_STRINGS: usize = 150;
/// A field may hold a format specification with a field, but no deeper.
const MAX_FORMATS: usize = 2;

/// What the measure found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nesting {
    Depth(usize),
    /// Too deep through a chain such as `a.b.c`, which a parser reads in a loop.
    Chain,
    /// Too deep through prefixes such as `- - x`, which a parser recurses on.
    Prefix,
    /// Too many brackets, f-strings or indents: the tokenizer reports it.
    Refused,
}

/// What a level closes with, and what its count was before it opened.
#[derive(Clone, Copy)]
enum Level {
    Bracket { count: usize },
    /// Braces of an interpolated string: quote byte, triple, raw (kept to resume the string).
    Field { count: usize, quote: u8, triple: bool, raw: bool, format: bool },
}

pub(crate) fn measure(text: &str) -> Nesting {
    Scan { bytes: text.as_bytes(), at: 0, levels: Vec::new(), count: 0, sum: 0, deepest: 0, run: 0, longest_run: 0 }.run()
}

struct Scan<'t> {
    bytes: &'t [u8],
    at: usize,
    levels: Vec<Level>,
    /// Tokens since the last separator at the current level, and in all open levels below.
    count: usize,
    sum: usize,
    deepest: usize,
    /// Prefix operators in a row, `**` and `lambda` included.
    run: usize,
    longest_run: usize,
}

impl Scan<'_> {
    fn run(mut self) -> Nesting {
        let mut line_start = true;
        let mut indents: Vec<usize> = Vec::new();
        while let Some(&byte) = self.bytes.get(self.at) {
            if line_start && self.levels.is_empty() {
                line_start = false;
                let width = self.bytes[self.at..].iter().take_while(|b| matches!(b, b' ' | b'\t' | 0x0C)).count();
                let first = self.bytes.get(self.at + width);
                if !matches!(first, None | Some(b'\n' | b'#')) {
                    while indents.last().is_some_and(|&last| last > width) {
                        indents.pop();
                    }
                    if width > indents.last().copied().unwrap_or(0) {
                        indents.push(width);
                        if indents.len() >= 100 {
                            return Nesting::Refused;
                        }
                    }
                }
            }
            match byte {
                b' ' | b'\t' | 0x0C | b'\r' => self.at += 1,
                b'\n' => {
                    self.at += 1;
                    if self.levels.is_empty() {
                        self.count = 0;
                        self.run = 0;
                        line_start = true;
                    }
                }
                b'\\' => self.at += 2,
                b'#' => {
                    self.at = memchr::memchr(b'\n', &self.bytes[self.at..]).map_or(self.bytes.len(), |end| self.at + end);
                }
                b'(' | b'[' | b'{' => {
                    self.step(1);
                    self.open(Level::Bracket { count: self.count });
                    self.at += 1;
                }
                b')' | b']' | b'}' => {
                    self.at += 1;
                    self.run = 0;
                    match self.levels.pop() {
                        Some(Level::Bracket { count }) => self.close(count),
                        Some(Level::Field { count, quote, triple, raw, .. }) => {
                            self.close(count);
                            // A field within a format specification resumes that, any other
                            // field resumes the literal text of its string.
                            match self.levels.last() {
                                Some(Level::Field { format: true, .. }) => self.format_text(quote, triple, raw),
                                _ => self.literal_text(quote, triple, raw),
                            }
                        }
                        None => {}
                    }
                }
                b',' | b';' => {
                    self.at += 1;
                    self.count = 0;
                    self.run = 0;
                }
                b'"' | b'\'' => self.string(self.at, self.at),
                b':' => {
                    self.at += 1;
                    if let Some(&Level::Field { count, quote, triple, raw, .. }) = self.levels.last() {
                        self.levels.pop();
                        self.levels.push(Level::Field { count, quote, triple, raw, format: true });
                        self.format_text(quote, triple, raw);
                    }
                }
                b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => self.word(),
                b'0'..=b'9' => {
                    while self.bytes.get(self.at).is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.')) {
                        self.at += 1;
                    }
                    self.run = 0;
                }
                b'-' | b'+' | b'~' => {
                    self.at += 1;
                    self.step(1);
                    self.run += 1;
                    self.longest_run = self.longest_run.max(self.run);
                }
                b'*' => {
                    self.at += 1;
                    self.step(1);
                }
                _ => {
                    self.at += 1;
                    self.step(1);
                    self.run = 0;
                }
            }
            if self.fields_in_formats() > MAX_FORMATS {
                return Nesting::Refused;
            }
            let strings = || self.levels.iter().filter(|level| matches!(level, Level::Field { .. })).count();
            if self.levels.len() > MAX_BRACKETS || (self.levels.len() > MAX_STRINGS && strings() >= MAX_STRINGS) {
                return Nesting::Refused;
            }
            if self.longest_run > MAX_DEPTH {
                return Nesting::Prefix;
            }
            if self.deepest > MAX_DEPTH * 2 {
                return Nesting::Chain;
            }
        }
        if self.deepest > MAX_DEPTH { Nesting::Chain } else { Nesting::Depth(self.deepest + 1) }
    }

    /// Fields open in the string on top that lie in a format specification.
    fn fields_in_formats(&self) -> usize {
        self.levels.iter().rev().skip(1).take_while(|level| matches!(level, Level::Field { format: true, .. })).count()
    }

    fn step(&mut self, by: usize) {
        self.count += by;
        self.deepest = self.deepest.max(self.sum + self.count);
    }

    fn open(&mut self, level: Level) {
        self.sum += self.count;
        self.count = 0;
        self.levels.push(level);
    }

    fn close(&mut self, count: usize) {
        self.sum -= count;
        self.count = count;
    }

    fn word(&mut self) {
        let start = self.at;
        while self.bytes.get(self.at).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_' || *b >= 0x80) {
            self.at += 1;
        }
        if matches!(self.bytes.get(self.at), Some(b'"' | b'\'')) && self.at - start <= 2 {
            self.string(start, self.at);
            return;
        }
        match &self.bytes[start..self.at] {
            b"not" | b"await" => self.step(1),
            b"lambda" => {
                self.step(1);
                self.run += 1;
                self.longest_run = self.longest_run.max(self.run);
            }
            b"if" | b"and" | b"or" | b"in" | b"is" | b"for" | b"yield" | b"from" | b"async" => {
                self.step(1);
                self.run = 0;
            }
            _ => self.run = 0,
        }
    }

    /// A string whose prefix starts at `start` and whose quote is at `quote_at`.
    fn string(&mut self, start: usize, quote_at: usize) {
        let prefix = &self.bytes[start..quote_at];
        let has = |letter: u8| prefix.iter().any(|byte| byte.to_ascii_lowercase() == letter);
        let valid = prefix.iter().all(|byte| matches!(byte.to_ascii_lowercase(), b'r' | b'b' | b'u' | b'f' | b't'));
        let quote = self.bytes[quote_at];
        let triple = self.bytes[quote_at..].starts_with(&[quote; 3]);
        self.at = quote_at + if triple { 3 } else { 1 };
        self.run = 0;
        if valid && (has(b'f') || has(b't')) {
            self.literal_text(quote, triple, has(b'r'));
            return;
        }
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\\' => self.at += 2,
                b'\n' if !triple => return,
                _ if byte == quote && (!triple || self.bytes[self.at..].starts_with(&[quote; 3])) => {
                    self.at += if triple { 3 } else { 1 };
                    return;
                }
                _ => self.at += 1,
            }
        }
    }

    /// Literal text of an interpolated string, up to its end or the next field.
    fn literal_text(&mut self, quote: u8, triple: bool, raw: bool) {
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\\' if self.bytes[self.at..].starts_with(b"\\N{") && !raw => {
                    self.at += 3;
                    while self.bytes.get(self.at).is_some_and(|b| !matches!(b, b'}' | b'\n') && *b != quote) {
                        self.at += 1;
                    }
                    if self.bytes.get(self.at) == Some(&b'}') {
                        self.at += 1;
                    }
                }
                // A backslash does not escape a brace.
                b'\\' => self.at += if matches!(self.bytes.get(self.at + 1), Some(b'{' | b'}')) { 1 } else { 2 },
                b'\n' if !triple => return,
                b'{' if self.bytes.get(self.at + 1) == Some(&b'{') => self.at += 2,
                b'{' => {
                    self.at += 1;
                    self.step(1);
                    self.open(Level::Field { count: self.count, quote, triple, raw, format: false });
                    return;
                }
                _ if byte == quote && (!triple || self.bytes[self.at..].starts_with(&[quote; 3])) => {
                    self.at += if triple { 3 } else { 1 };
                    return;
                }
                _ => self.at += 1,
            }
        }
    }

    /// Text of a format specification, up to the end of its field or a field within.
    fn format_text(&mut self, quote: u8, triple: bool, raw: bool) {
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\n' if !triple => return,
                b'{' => {
                    self.at += 1;
                    self.step(1);
                    self.open(Level::Field { count: self.count, quote, triple, raw, format: false });
                    return;
                }
                // The caller's loop closes the field.
                b'}' => return,
                _ if byte == quote && (!triple || self.bytes[self.at..].starts_with(&[quote; 3])) => return,
                _ => self.at += 1,
            }
        }
    }
}
