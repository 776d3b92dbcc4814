//! Source text to syntax tree for Python 3.14.
//!
//! The tree itself comes from ruff's parser, which is fast but words its errors in its own way.
//! So a source is parsed once by ruff, and only when that fails a second pass of our own
//! (`errors`) reads the source again with the grammar of the language, to say what CPython 3.14
//! says, at the place where CPython says it. The same tokenizer feeds `_tokenize`.
//!
//! * `decode`   bytes to text: byte order mark, coding cookie, NUL, newlines
//! * `parse`    text to `Parsed` (ruff's tree, the text, the line index) or a `SyntaxFault`
//! * `literal`  the values of string and number literals, and their escape warnings
//! * `tokenize` the token stream, as the grammar and as `_tokenize` see it
//! * `errors`   the second pass
//!
//! The crate knows no Python object: faults and warnings are plain data.
#![forbid(unsafe_code)]
// A fault is made at most once per source, and its reader takes it apart at once.
#![allow(clippy::result_large_err)]

pub mod decode;
pub mod errors;
pub mod fault;
pub mod line_index;
pub mod literal;
mod nesting;
pub mod parse;
pub mod tokenize;
pub mod warnings;

pub use fault::{FaultKind, Location, SyntaxFault};
pub use line_index::LineIndex;
pub use parse::{Mode, Options, Parsed, Tree, parse};
pub use warnings::SyntaxWarning;

pub use ruff_python_ast as ast;
pub use ruff_text_size as text_size;
