//! The matching engine behind `_sre`: it executes the code arrays that the standard library's
//! `re._compiler` emits (MAGIC 20230612, 32-bit code words).
//!
//! The way of a pattern:
//! 1. `translate` validates a code array once and turns it into instructions with absolute
//!    targets, merged literals and 256-entry character tables. Hostile arrays end here.
//! 2. `analyze` derives which characters can start each part, and from that the search strategy,
//!    the dispatch tables of alternations and the repeats that never need to give back.
//! 3. `execute` is a backtracking machine with its own heap stacks, so the depth of a pattern or
//!    the length of a text never touches the native stack.
//! 4. `matcher` is the public face: match, fullmatch, search and the scanner rules.
//!
//! Texts are bytes with one character each (ASCII `str`, `bytes`) or generalized UTF-8 (`str`;
//! lone surrogates are three bytes). All positions are byte offsets.
#![forbid(unsafe_code)]

mod analyze;
mod charset;
mod execute;
mod first;
mod matcher;
mod opcodes;
mod program;
mod scan;
mod search;
mod tables;
mod text;
mod translate;

pub use matcher::{MatchError, Matcher, State};
pub use opcodes::{CODESIZE, MAGIC, MAXREPEAT};
pub use program::{BadCode, Program};
pub use tables::{ASCII_TABLES, CharTables};
pub use text::{Bytes, Text, Utf8};
