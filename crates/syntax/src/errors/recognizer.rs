//! Tokens, memo and nodes of the pass, and how a fault gets its place.
//!
//! A rule is a function that returns `Some` and leaves the mark behind what it matched, or
//! returns `None`; whoever tries alternatives resets the mark (`attempt`). Once a fault is raised
//! no token matches any more, so every open rule fails and the pass ends.
use super::node::{Id, Kind, Node};
use crate::fault::{FaultKind, Location, SyntaxFault};
use crate::line_index::{LineIndex, char_count};
use crate::parse::Mode;
use crate::tokenize::{Token, TokenFault, Tokenizer, kind};

/// Which targets `raise_invalid_target` judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Targets {
    Assign,
    Delete,
    For,
}

/// A place in 1-based bytes; 0 and -1 are CPython's "nowhere".
#[derive(Debug, Clone, Copy)]
struct Place {
    line: i64,
    column: i64,
    end_line: i64,
    end_column: i64,
}

/// What a memoised rule gave at a mark.
#[derive(Clone, Copy)]
struct Memo {
    rule: u8,
    result: Option<Id>,
    mark: u32,
}

pub(super) struct Recognizer {
    tokenizer: Tokenizer<'static>,
    tokens: Vec<Token>,
    memo: Vec<Vec<Memo>>,
    nodes: Vec<Node>,
    pub(super) mark: usize,
    /// The rules for mistakes are on.
    pub(super) mistakes: bool,
    fault: Option<(FaultKind, String, Place)>,
    /// The tokenizer itself failed; its fault cannot be overruled.
    tokenizer_failed: bool,
    /// It failed because the text ended.
    eof_failed: bool,
    /// A fault of the tokenizer that is complete already.
    ready_fault: Option<SyntaxFault>,
    /// Line and byte column of the last compound statement of the first reading.
    last_compound: (u32, u32),
    mode: Mode,
    dont_imply_dedent: bool,
    parsing_started: bool,
    depth: usize,
}

/// More nested rules than this is CPython's parser stack overflow.
const MAX_DEPTH: usize = 6_100;

impl Recognizer {
    pub fn new(source: String, mode: Mode, dont_imply_dedent: bool) -> Self {
        Recognizer {
            tokenizer: Tokenizer::new(source),
            tokens: Vec::new(),
            memo: Vec::new(),
            nodes: Vec::new(),
            mark: 0,
            mistakes: false,
            fault: None,
            tokenizer_failed: false,
            eof_failed: false,
            ready_fault: None,
            last_compound: (0, 0),
            mode,
            dont_imply_dedent,
            parsing_started: false,
            depth: 0,
        }
    }

    /// Runs the start rule; `true` if the source fits.
    pub fn start(&mut self) -> bool {
        let found = match self.mode {
            Mode::Exec => self.file(),
            Mode::Eval => self.eval(),
            Mode::Single => self.interactive(),
        };
        found.is_some() && !self.raised()
    }

    /// Starts over with the rules for mistakes switched on. The tokens stay.
    pub fn restart_with_mistakes(&mut self) {
        self.mark = 0;
        self.mistakes = true;
        self.depth = 0;
        for memo in &mut self.memo {
            memo.clear();
        }
    }

    pub fn raised(&self) -> bool {
        self.fault.is_some() || self.ready_fault.is_some()
    }

    pub fn forget_fault(&mut self) {
        self.fault = None;
        self.ready_fault = None;
    }

    /// The source ended too early: the tokenizer has asked for more than the text has, and
    /// nothing else was wrong with it.
    pub fn ended_early(&self) -> bool {
        self.tokenizer.reached_end && (!self.tokenizer_failed || self.eof_failed || self.tokenizer.cut_short)
    }

    pub fn last_token(&self) -> Option<usize> {
        self.tokens.len().checked_sub(1)
    }

    /// After a single statement: is there more than blanks and comments?
    pub fn more_than_one_statement(&self) -> bool {
        let mut rest = self.tokenizer.rest();
        loop {
            rest = rest.trim_start_matches([' ', '\t', '\n', '\x0C']);
            let Some(comment) = rest.strip_prefix('#') else { return !rest.is_empty() };
            rest = comment.split_once('\n').map_or("", |(_, after)| after);
        }
    }

    /// Notes a compound statement that has been read and starts at token `first`.
    pub fn note_compound(&mut self, first: usize) {
        let token = self.tokens[first];
        if !self.mistakes && token.line >= self.last_compound.0 {
            self.last_compound = (token.line, (token.start - token.line_start) as u32);
        }
    }

    /// Finds the final fault, given the last token of the first reading.
    pub fn settle(&mut self, last: Option<usize>) {
        if self.raised() {
            if !self.tokenizer_failed && !self.tokenizer.reached_end {
                self.scan_the_rest();
            }
            return;
        }
        match last.map(|last| (last, self.tokens[last])) {
            None => self.raise_place(FaultKind::Syntax, "error at start before reading any input", Place {
                line: 0,
                column: 0,
                end_line: 0,
                end_column: 0,
            }),
            Some((_, token)) if token.kind == kind::INDENT => {
                self.raise_last::<()>(FaultKind::Indentation, "unexpected indent");
            }
            Some((_, token)) if token.kind == kind::DEDENT => {
                self.raise_last::<()>(FaultKind::Indentation, "unexpected unindent");
            }
            Some((last, _)) => {
                self.raise_tokens::<()>(last, last, "invalid syntax");
                self.scan_the_rest();
            }
        }
    }

    /// A fault of the tokenizer behind the mistake, or a bracket left open before it, is the
    /// better explanation.
    fn scan_the_rest(&mut self) {
        let line = self.tokens.last().map_or(0, |token| token.line);
        loop {
            match self.tokenizer.next_token() {
                Ok(token) if token.kind == kind::ENDMARKER => return,
                Ok(_) => {}
                // Within a string with fields CPython keeps the first explanation.
                Err(_) if self.tokenizer.in_fields() => return,
                Err(TokenFault::Syntax(fault)) => {
                    self.fault = None;
                    self.ready_fault = Some(*fault);
                    return;
                }
                Err(_) => {
                    if let Some((_, opened, _)) = self.tokenizer.open_bracket()
                        && line > opened
                    {
                        self.fault = None;
                        self.raise_never_closed();
                    }
                    return;
                }
            }
        }
    }

    /// The fault, with columns in code points and the line it shows.
    pub fn into_fault(self) -> SyntaxFault {
        if let Some(mut fault) = self.ready_fault {
            fault.typo_start = Some(self.last_compound);
            return fault;
        }
        let Some((kind, message, place)) = self.fault else {
            return SyntaxFault::bare(FaultKind::Syntax, "invalid syntax");
        };
        if kind == FaultKind::Memory {
            return SyntaxFault::bare(kind, message);
        }
        let text = self.tokenizer.text();
        let index = LineIndex::new(text);
        let mut shown = u32::try_from(place.line).ok().and_then(|line| index.line_text(text, line)).unwrap_or_default();
        if place.line < i64::from(self.tokenizer.current_line().0) {
            shown = shown.trim_end_matches('\n');
        }
        // CPython measures both columns on the line of the start.
        let column = |column: i64| match usize::try_from(column - 1) {
            Ok(bytes) if bytes <= shown.len() || place.line != place.end_line => {
                i64::from(char_count(&shown.as_bytes()[..bytes.min(shown.len())])) + 1
            }
            Ok(bytes) => i64::from(char_count(shown.as_bytes())) + 1 + (bytes - shown.len()) as i64,
            Err(_) => column,
        };
        let location = Location {
            line: place.line,
            column: column(place.column),
            end_line: place.end_line,
            end_column: column(place.end_column),
        };
        if kind == FaultKind::Incomplete
            && self.tokenizer.cut_short
            && let Some(start) = u32::try_from(place.line).ok().and_then(|line| index.line_start(line))
        {
            // All lines of the string that is still open.
            shown = &text[start as usize..];
        }
        let mut fault = SyntaxFault::at(kind, message, location, Some(shown.to_owned()));
        fault.typo_start = Some(self.last_compound);
        fault
    }

    // Tokens.

    /// The token at the mark, read if need be; `None` after a fault.
    pub fn peek(&mut self) -> Option<Token> {
        if self.raised() {
            return None;
        }
        if self.mark == self.tokens.len() {
            self.fill()?;
        }
        Some(self.tokens[self.mark])
    }

    fn fill(&mut self) -> Option<()> {
        match self.tokenizer.next_token() {
            Ok(mut token) => {
                if token.kind == kind::NEWLINE {
                    token.end = token.cursor;
                }
                if self.mode == Mode::Single && token.kind == kind::ENDMARKER && self.parsing_started {
                    // The end of an interactive statement counts as a newline.
                    token.kind = kind::NEWLINE;
                    self.parsing_started = false;
                    if !self.dont_imply_dedent {
                        self.tokenizer.end_blocks();
                    }
                } else {
                    self.parsing_started = true;
                }
                self.tokens.push(token);
                self.memo.push(Vec::new());
                Some(())
            }
            Err(fault) => {
                self.tokenizer_failed = true;
                self.eof_failed = fault == TokenFault::Eof;
                self.raise_token_fault(fault);
                // The failed token counts as the last one read.
                self.tokens.push(self.tokenizer.failed_token());
                self.memo.push(Vec::new());
                None
            }
        }
    }

    fn raise_token_fault(&mut self, fault: TokenFault) {
        let (line, line_start, at) = self.tokenizer.current_line();
        let column = (at - line_start) as i64;
        let line = i64::from(line);
        let at_end = Place { line, column, end_line: line, end_column: -1 };
        match fault {
            TokenFault::Syntax(fault) => self.ready_fault = Some(*fault),
            TokenFault::Eof => {
                if self.tokenizer.open_bracket().is_some() {
                    self.raise_never_closed();
                } else {
                    self.raise_place(FaultKind::Syntax, "unexpected EOF while parsing", at_end);
                }
            }
            TokenFault::Dedent => self.raise_place(
                FaultKind::Indentation,
                "unindent does not match any outer indentation level",
                at_end,
            ),
            TokenFault::TabSpace => self.raise_place(
                FaultKind::Tab,
                "inconsistent use of tabs and spaces in indentation",
                Place { column: 1, end_column: 0, ..at_end },
            ),
            TokenFault::TooDeep => self.raise_place(
                FaultKind::Indentation,
                "too many levels of indentation",
                Place { column: 1, end_column: 0, ..at_end },
            ),
            TokenFault::LineContinuation => self.raise_place(
                FaultKind::Syntax,
                "unexpected character after line continuation character",
                Place { column, end_column: 0, ..at_end },
            ),
        }
    }

    fn raise_never_closed(&mut self) {
        let Some((bracket, line, at)) = self.tokenizer.open_bracket() else { return };
        let text = self.tokenizer.text();
        let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let place = Place { line: line.into(), column: (at - start) as i64 + 1, end_line: line.into(), end_column: 0 };
        let message = format!("'{}' was never closed", bracket as char);
        self.raise_place(FaultKind::Syntax, message, place);
    }

    /// Matches one token of `kind` that is no keyword (for NAME).
    pub fn token(&mut self, kind: u8) -> Option<usize> {
        let token = self.peek()?;
        if token.kind != kind || token.keyword != 0 {
            return None;
        }
        self.mark += 1;
        Some(self.mark - 1)
    }

    /// Matches the keyword `keyword` (`kind::KW_*`).
    pub fn keyword(&mut self, keyword: u8) -> Option<usize> {
        if self.peek()?.keyword != keyword {
            return None;
        }
        self.mark += 1;
        Some(self.mark - 1)
    }

    /// Matches a soft keyword.
    pub fn soft(&mut self, word: &str) -> Option<usize> {
        let token = self.peek()?;
        if token.kind != kind::NAME || token.keyword != 0 || self.text_of(token) != word {
            return None;
        }
        self.mark += 1;
        Some(self.mark - 1)
    }

    pub fn at_token(&mut self, kind: u8) -> bool {
        self.peek().is_some_and(|token| token.kind == kind && token.keyword == 0)
    }

    /// Matches a token that must be there: otherwise "expected '...'" is raised on the spot.
    pub fn force(&mut self, kind: u8) -> Option<usize> {
        if let Some(found) = self.token(kind) {
            return Some(found);
        }
        self.peek()?;
        if !self.mistakes {
            return None;
        }
        let shown = kind::operator_text(kind).unwrap_or_default();
        self.raise_tokens(self.mark, self.mark, format!("expected '{shown}'"))
    }

    pub fn text_of(&self, token: Token) -> &str {
        self.tokenizer.text().get(token.start..token.end).unwrap_or_default()
    }

    pub fn token_at(&self, index: usize) -> Token {
        self.tokens[index]
    }

    // Rules.

    /// Tries a rule and resets the mark if it fails.
    pub fn attempt<T>(&mut self, rule: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.raised() {
            return None;
        }
        let mark = self.mark;
        let found = rule(self);
        if found.is_none() {
            self.mark = mark;
        }
        found
    }

    /// Does the rule match here? Consumes nothing.
    pub fn ahead<T>(&mut self, rule: impl FnOnce(&mut Self) -> Option<T>) -> bool {
        let mark = self.mark;
        let found = self.attempt(rule).is_some();
        self.mark = mark;
        found
    }

    /// As `ahead`, but fails the rule it stands in.
    pub fn must<T>(&mut self, rule: impl FnOnce(&mut Self) -> Option<T>) -> Option<()> {
        self.ahead(rule).then_some(())
    }

    /// Negative lookahead.
    pub fn never<T>(&mut self, rule: impl FnOnce(&mut Self) -> Option<T>) -> Option<()> {
        let found = self.ahead(rule);
        (!found && !self.raised()).then_some(())
    }

    pub fn many<T>(&mut self, mut rule: impl FnMut(&mut Self) -> Option<T>) -> Vec<T> {
        let mut found = Vec::new();
        loop {
            let mark = self.mark;
            match self.attempt(&mut rule) {
                Some(item) if self.mark > mark => found.push(item),
                _ => return found,
            }
        }
    }

    pub fn some<T>(&mut self, rule: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let found = self.many(rule);
        (!found.is_empty()).then_some(found)
    }

    /// One or more items with `separator` between; a separator behind the last stays unread.
    pub fn gather<T>(&mut self, separator: u8, mut rule: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let mut found = vec![self.attempt(&mut rule)?];
        while let Some(item) = self.attempt(|this| {
            this.token(separator)?;
            rule(this)
        }) {
            found.push(item);
        }
        Some(found)
    }

    /// Runs a rule once per mark.
    pub fn memoised(&mut self, rule: u8, body: impl FnOnce(&mut Self) -> Option<Id>) -> Option<Id> {
        self.peek()?;
        let mark = self.mark;
        if let Some(memo) = self.memo[mark].iter().find(|memo| memo.rule == rule) {
            let memo = *memo;
            self.mark = memo.mark as usize;
            return memo.result;
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH * 8 {
            let place = Place { line: 0, column: 0, end_line: 0, end_column: 0 };
            self.raise_place(
                FaultKind::Memory,
                "Parser stack overflowed - Python source too complex to parse",
                place,
            );
            return None;
        }
        let result = self.attempt(body);
        self.depth -= 1;
        let after = self.mark as u32;
        self.memo[mark].push(Memo { rule, result, mark: after });
        result
    }

    /// Runs a rule once per mark and state of `mistakes`: for the rules that CPython does not
    /// memoise, where a result of the one state must not serve the other.
    pub fn memoised_twice(&mut self, rule: u8, body: impl FnOnce(&mut Self) -> Option<Id>) -> Option<Id> {
        let state = if self.mistakes { 0x80 } else { 0 };
        self.memoised(rule | state, body)
    }

    // Nodes.

    /// A node over the tokens from `first` to the mark.
    pub fn node(&mut self, kind: Kind, first: usize, children: Vec<Id>) -> Id {
        let last = self.mark.saturating_sub(1).max(first);
        self.nodes.push(Node { kind, first: first as u32, last: last as u32, children });
        (self.nodes.len() - 1) as Id
    }

    pub fn kind(&self, id: Id) -> Kind {
        self.nodes[id as usize].kind
    }

    pub fn children(&self, id: Id) -> &[Id] {
        &self.nodes[id as usize].children
    }

    pub fn first(&self, id: Id) -> usize {
        self.nodes[id as usize].first as usize
    }

    pub fn last(&self, id: Id) -> usize {
        self.nodes[id as usize].last as usize
    }

    /// The text of a node that is one token.
    pub fn name(&self, id: Id) -> &str {
        self.text_of(self.tokens[self.first(id)])
    }

    // Faults.

    fn raise_place(&mut self, kind: FaultKind, message: impl Into<String>, place: Place) {
        if !self.raised() {
            self.fault = Some((kind, message.into(), place));
        }
    }

    /// Raises over the tokens `first` to `last`.
    pub fn raise_tokens<T>(&mut self, first: usize, last: usize, message: impl Into<String>) -> Option<T> {
        let (from, to) = (self.tokens[first], self.tokens[last]);
        let place = Place {
            line: from.line.into(),
            column: if from.placed { (from.start - from.line_start) as i64 + 1 } else { 0 },
            end_line: to.end_line.into(),
            end_column: if to.placed { (to.end - to.end_line_start) as i64 + 1 } else { 0 },
        };
        self.raise_place(FaultKind::Syntax, message, place);
        None
    }

    /// Raises over one node.
    pub fn raise_node<T>(&mut self, id: Id, message: impl Into<String>) -> Option<T> {
        self.raise_tokens(self.first(id), self.last(id), message)
    }

    /// Raises from the start of one node to the end of another.
    pub fn raise_nodes<T>(&mut self, from: Id, to: Id, message: impl Into<String>) -> Option<T> {
        self.raise_tokens(self.first(from), self.last(to), message)
    }

    /// A dictionary key that no colon follows: CPython places this on the key's last character,
    /// counted on the key's first line, without an end.
    pub fn raise_key_without_colon<T>(&mut self, first: usize, last: usize) -> Option<T> {
        let (from, to) = (self.tokens[first], self.tokens[last]);
        let place = Place {
            line: from.line.into(),
            column: (to.end - to.end_line_start) as i64,
            end_line: to.end_line.into(),
            end_column: 0,
        };
        self.raise_place(FaultKind::Syntax, "':' expected after dictionary key", place);
        None
    }

    /// Raises from a token to wherever the tokenizer has read.
    pub fn raise_from<T>(&mut self, first: usize, message: impl Into<String>) -> Option<T> {
        let from = self.tokens[first];
        let (line, line_start, at) = self.tokenizer.current_line();
        let place = Place {
            line: from.line.into(),
            column: if from.placed { (from.start - from.line_start) as i64 + 1 } else { 0 },
            end_line: line.into(),
            end_column: (at - line_start) as i64,
        };
        self.raise_place(FaultKind::Syntax, message, place);
        None
    }

    /// Raises over the last token that was read.
    pub fn raise_last<T>(&mut self, kind: FaultKind, message: impl Into<String>) -> Option<T> {
        match self.last_token() {
            Some(last) => self.raise_on(kind, last, message),
            None => {
                let place = Place { line: 0, column: 0, end_line: 0, end_column: 0 };
                self.raise_place(kind, message, place);
                None
            }
        }
    }

    /// Raises over the token at the mark.
    pub fn raise_next<T>(&mut self, message: impl Into<String>) -> Option<T> {
        self.peek()?;
        self.raise_on(FaultKind::Syntax, self.mark, message)
    }

    /// A syntax fault over the last token that was read.
    pub fn raise_here<T>(&mut self, message: impl Into<String>) -> Option<T> {
        self.raise_last(FaultKind::Syntax, message)
    }

    fn raise_on<T>(&mut self, kind: FaultKind, index: usize, message: impl Into<String>) -> Option<T> {
        let token = self.tokens[index];
        let place = if token.placed {
            Place {
                line: token.line.into(),
                column: (token.start - token.line_start) as i64 + 1,
                end_line: token.end_line.into(),
                end_column: (token.end - token.end_line_start) as i64 + 1,
            }
        } else {
            let (_, line_start, at) = self.tokenizer.current_line();
            Place {
                line: token.line.into(),
                column: (at - line_start) as i64,
                end_line: token.end_line.into(),
                end_column: -1,
            }
        };
        self.raise_place(kind, message, place);
        None
    }

    /// "expected an indented block after ... on line N", where `opener` is the first token.
    pub fn raise_no_block<T>(&mut self, what: &str, opener: usize) -> Option<T> {
        let line = self.tokens[opener].line;
        self.raise_last(FaultKind::Indentation, format!("expected an indented block after {what} on line {line}"))
    }

    /// Raises "cannot assign to ..." or "cannot delete ..." for the part of `id` that is no target.
    pub fn raise_invalid_target<T>(&mut self, targets: Targets, id: Id) -> Option<T> {
        let wrong = self.invalid_target(targets, id)?;
        let verb = if targets == Targets::Delete { "delete" } else { "assign to" };
        let what = self.kind(wrong).describe();
        self.raise_node(wrong, format!("cannot {verb} {what}"))
    }

    fn invalid_target(&self, targets: Targets, id: Id) -> Option<Id> {
        let children = self.children(id);
        match self.kind(id) {
            Kind::List | Kind::Tuple => children.iter().find_map(|&child| self.invalid_target(targets, child)),
            Kind::Starred if targets == Targets::Delete => Some(id),
            Kind::Starred => children.first().and_then(|&value| self.invalid_target(targets, value)),
            // `for a in b` reads as a comparison first; its left side is the target.
            Kind::Compare if targets == Targets::For => {
                children.first().and_then(|&left| self.invalid_target(targets, left))
            }
            Kind::Name | Kind::Subscript | Kind::Attribute => None,
            _ => Some(id),
        }
    }
}
