//! Text to tree: ruff's parser between a depth check before it and the error pass after it.
//!
//! Depth: a tree node lies under its parent in memory, so dropping or walking a tree recurses as
//! deep as the source nests. `nesting` bounds that depth from the text before any tree is built,
//! and a source beyond the limit is refused; `Parsed::depth_bound` tells the compiler how much
//! stack a walk may need.
use crate::decode::universal_newlines;
use crate::errors;
use crate::fault::{FaultKind, Location, SyntaxFault};
use crate::line_index::LineIndex;
use crate::nesting::{self, Nesting};
use crate::warnings::{self, SyntaxWarning};
use ruff_python_ast::token::{Token, TokenKind};
use ruff_python_ast::{Arguments, ModExpression, ModModule, PythonVersion};
use ruff_python_parser::{Mode as RuffMode, ParseOptions, parse_unchecked};
use ruff_text_size::{Ranged, TextRange};

/// Above this length in bytes the tree of a wrong source is dropped on a stack of its own.
const LONG_SOURCE: usize = 16 * 1024;
/// Address space only: pages are touched as deep as the tree is.
const DROP_STACK: usize = 256 * 1024 * 1024;

/// The three start symbols of `compile()`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Exec,
    Eval,
    /// One interactive statement.
    Single,
}

/// How to read a source.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// `PyCF_ALLOW_INCOMPLETE_INPUT` (0x4000): a source that ends too early is
    /// `FaultKind::Incomplete`.
    pub allow_incomplete: bool,
    /// `PyCF_DONT_IMPLY_DEDENT` (0x200): in `Mode::Single` the end of the text does not end a block.
    pub dont_imply_dedent: bool,
}

/// The tree of a source.
#[derive(Debug)]
pub enum Tree {
    /// `Mode::Exec` and `Mode::Single`
    Module(ModModule),
    /// `Mode::Eval`
    Expression(ModExpression),
}

/// A source that parsed.
#[derive(Debug)]
pub struct Parsed {
    text: Box<str>,
    index: LineIndex,
    tree: Tree,
    warnings: Vec<SyntaxWarning>,
    depth_bound: usize,
}

impl Parsed {
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The module of `Mode::Exec` and `Mode::Single`.
    pub fn module(&self) -> Option<&ModModule> {
        match &self.tree {
            Tree::Module(module) => Some(module),
            Tree::Expression(_) => None,
        }
    }

    /// The expression of `Mode::Eval`.
    pub fn expression(&self) -> Option<&ModExpression> {
        match &self.tree {
            Tree::Expression(expression) => Some(expression),
            Tree::Module(_) => None,
        }
    }

    /// The text that ranges point into: newlines are `\n`.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The source at `range`; empty if the range is not within the text.
    pub fn slice(&self, range: TextRange) -> &str {
        self.text.get(range.start().to_usize()..range.end().to_usize()).unwrap_or_default()
    }

    pub fn line_index(&self) -> &LineIndex {
        &self.index
    }

    /// The source's `SyntaxWarning`s, in source order.
    pub fn warnings(&self) -> &[SyntaxWarning] {
        &self.warnings
    }

    /// No expression of the tree is deeper than this many nodes.
    pub fn depth_bound(&self) -> usize {
        self.depth_bound
    }

    /// CPython's `lineno, col_offset, end_lineno, end_col_offset`: lines from 1, UTF-8 byte columns from 0.
    pub fn position(&self, range: TextRange) -> (u32, u32, u32, u32) {
        let (line, column) = self.index.line_column(range.start().to_u32());
        let (end_line, end_column) = self.index.line_column(range.end().to_u32());
        (line, column, end_line, end_column)
    }

    /// A fault at `range` of this source.
    pub fn fault(&self, kind: FaultKind, message: impl Into<String>, range: TextRange) -> SyntaxFault {
        fault_at(&self.text, &self.index, kind, message, range)
    }

    /// CPython's "keyword argument repeated" for a call or class definition. The compiler asks
    /// for it where CPython's does: the grammar accepts the repetition.
    pub fn repeated_keyword(&self, arguments: &Arguments) -> Option<SyntaxFault> {
        let keywords = &arguments.keywords;
        keywords.iter().enumerate().find_map(|(at, keyword)| {
            let name = keyword.arg.as_ref()?;
            // CPython reports the first keyword of those that a later one repeats.
            let repeated = keywords[at + 1..].iter().find(|later| later.arg.as_ref().is_some_and(|arg| arg.id == name.id))?;
            let message = format!("keyword argument repeated: {}", name.id);
            Some(self.fault(FaultKind::Syntax, message, repeated.range()))
        })
    }
}

pub(crate) fn fault_at(
    text: &str,
    index: &LineIndex,
    kind: FaultKind,
    message: impl Into<String>,
    range: TextRange,
) -> SyntaxFault {
    let (line, column) = index.line_char_column(text, range.start().to_u32());
    let (end_line, end_column) = index.line_char_column(text, range.end().to_u32());
    let location = Location {
        line: line.into(),
        column: column.into(),
        end_line: end_line.into(),
        end_column: end_column.into(),
    };
    SyntaxFault::at(kind, message, location, index.line_text(text, line).map(str::to_owned))
}

/// Parses a source.
///
/// # Errors
/// What CPython 3.14 would raise, as data.
pub fn parse(source: &str, mode: Mode, options: &Options) -> Result<Parsed, SyntaxFault> {
    if memchr::memchr(0, source.as_bytes()).is_some() {
        return Err(SyntaxFault::bare(FaultKind::Syntax, "source code string cannot contain null bytes"));
    }
    if source.len() >= u32::MAX as usize {
        return Err(SyntaxFault::bare(FaultKind::Memory, "source is too large"));
    }
    let text: Box<str> = universal_newlines(source).into();
    let depth_bound = match nesting::measure(&text) {
        Nesting::Depth(depth) => depth,
        Nesting::Chain => {
            return Err(SyntaxFault::bare(FaultKind::Recursion, "Stack overflow during compilation"));
        }
        Nesting::Prefix => {
            return Err(SyntaxFault::bare(
                FaultKind::Memory,
                "Parser stack overflowed - Python source too complex to parse",
            ));
        }
        // Too many brackets or indents, which the error pass words and places.
        Nesting::Refused => return Err(diagnose(&text, mode, options, None)),
    };
    // The interactive rules are not in ruff's grammar, and a byte order mark is none of a text's.
    // Nor does ruff mind blanks on a last line of their own, which indent nothing.
    let blanks = mode == Mode::Eval
        && text.rfind('\n').is_some_and(|newline| {
            let last = &text[newline + 1..];
            !last.is_empty() && last.bytes().all(|byte| matches!(byte, b' ' | b'\t' | 0x0C))
        });
    if mode == Mode::Single || blanks || text.starts_with('\u{FEFF}') {
        errors::check(&text, mode, options)?;
    }
    let ruff_mode = if mode == Mode::Eval { RuffMode::Expression } else { RuffMode::Module };
    let parsed = parse_unchecked(
        &text,
        ParseOptions::from(ruff_mode).with_target_version(PythonVersion::PY314),
    );
    if let Some(error) = parsed.errors().first() {
        let hint = (error.error.to_string(), error.range());
        if text.len() > LONG_SOURCE {
            // Behind its first error ruff may read the text otherwise than `nesting` did.
            stacker::grow(DROP_STACK, move || drop(parsed));
        }
        return Err(diagnose(&text, mode, options, Some(hint)));
    }
    if !parsed.unsupported_syntax_errors().is_empty() || doubtful(parsed.tokens()) {
        // Ruff also reads what only a later version allows, or none.
        errors::check(&text, mode, options)?;
    }
    let index = LineIndex::new(&text);
    let warnings = warnings::collect(&text, &index, parsed.tokens());
    let tree = match parsed.into_syntax() {
        ruff_python_ast::Mod::Module(module) => Tree::Module(module),
        ruff_python_ast::Mod::Expression(expression) => Tree::Expression(expression),
    };
    Ok(Parsed { text, index, tree, warnings, depth_bound })
}

/// Ruff takes `yield / x` for a yield expression.
fn doubtful(tokens: &[Token]) -> bool {
    tokens.windows(2).any(|pair| pair[0].kind() == TokenKind::Yield && pair[1].kind() == TokenKind::Slash)
}

/// CPython's fault for a source that is known to be wrong; `hint` is ruff's message and place, used
/// when the second pass finds nothing.
fn diagnose(text: &str, mode: Mode, options: &Options, hint: Option<(String, TextRange)>) -> SyntaxFault {
    if let Err(fault) = errors::check(text, mode, options) {
        return fault;
    }
    let index = LineIndex::new(text);
    let (message, range) = hint.unwrap_or_else(|| ("invalid syntax".to_owned(), TextRange::default()));
    fault_at(text, &index, FaultKind::Syntax, message, range)
}

#[cfg(test)]
mod tests;
