//! What a failed parse reports: everything that a Python `SyntaxError` carries, as plain data.

/// The Python exception that a fault becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// `SyntaxError`
    Syntax,
    /// `IndentationError`
    Indentation,
    /// `TabError`
    Tab,
    /// `_IncompleteInputError`: the source may be continued (only with `Options::allow_incomplete`)
    Incomplete,
    /// `RecursionError`: the tree is deeper than a compiler may walk
    Recursion,
    /// `MemoryError`: the parser's own depth limit
    Memory,
    /// `UnicodeEncodeError` for codec 'utf-8', reason 'surrogates not allowed';
    /// `start` and `end` count code points
    Encode { start: usize, end: usize },
}

/// Where a fault lies. Lines count from 1, columns are 1-based code points; CPython itself
/// uses 0 and -1 for a few faults that have no real place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Location {
    pub line: i64,
    pub column: i64,
    pub end_line: i64,
    pub end_column: i64,
}

/// A source that cannot be parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxFault {
    pub kind: FaultKind,
    pub message: String,
    /// `None`: the exception has a message only (`args == (message,)`).
    pub location: Option<Location>,
    /// The source line with its newline, if it can be shown.
    pub text: Option<String>,
    /// CPython leaves `filename` unset (None) for this fault.
    pub omit_filename: bool,
    /// Line and byte column from which `traceback` looks for a misspelt keyword: the first two
    /// items of CPython's `SyntaxError._metadata`, whose third is the whole source.
    pub typo_start: Option<(u32, u32)>,
    /// More input could still make the source valid.
    pub incomplete: bool,
}

impl SyntaxFault {
    /// A fault with a message and no place.
    pub fn bare(kind: FaultKind, message: impl Into<String>) -> Self {
        SyntaxFault {
            kind,
            message: message.into(),
            location: None,
            text: None,
            omit_filename: false,
            typo_start: None,
            incomplete: false,
        }
    }

    /// A fault at a place.
    pub fn at(kind: FaultKind, message: impl Into<String>, location: Location, text: Option<String>) -> Self {
        SyntaxFault { location: Some(location), text, ..Self::bare(kind, message) }
    }
}
