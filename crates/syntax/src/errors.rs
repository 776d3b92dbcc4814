//! The second pass: CPython 3.14's words and places for a source that does not parse.
//!
//! CPython reads a source with a backtracking (PEG) grammar. When no rule fits, it reads the
//! source again with extra rules switched on that describe common mistakes; the first of them
//! that fits, in grammar order, gives the message. If none fits, the token that the first reading
//! reached last is where the "invalid syntax" is. Both facts depend on the order in which rules
//! are tried, so this pass is a recogniser of the same kind: memoised functions over a lazily
//! filled token list, tried in the order of the language's grammar.
//!
//! * `recognizer`  tokens, memo, tree nodes, and the ways to raise a fault
//! * `statements`, `compound`, `patterns`, `parameters`  the statements
//! * `expressions`, `atoms`, `arguments`, `strings`, `targets`  the expressions
//!
//! Recursion is bounded: `nesting` has refused deeper sources before, and the pass runs on a
//! stack of its own.
use crate::fault::{FaultKind, SyntaxFault};
use crate::parse::{Mode, Options};
use recognizer::Recognizer;

mod arguments;
mod atoms;
mod compound;
mod expressions;
mod node;
mod parameters;
mod patterns;
mod recognizer;
mod statements;
mod strings;
mod targets;

/// Address space for the pass: a base, and some for each level that the text may nest. Pages are
/// touched only as deep as it does.
const STACK: usize = 2 * 1024 * 1024;
const STACK_PER_LEVEL: usize = 48 * 1024;
const MAX_LEVELS: usize = 6_100;

/// Reads `text` with the whole grammar of the language.
///
/// # Errors
/// The fault that CPython 3.14 reports.
pub(crate) fn check(text: &str, mode: Mode, options: &Options) -> Result<(), SyntaxFault> {
    let stack = STACK + STACK_PER_LEVEL * text.len().min(MAX_LEVELS);
    stacker::grow(stack, || check_here(text, mode, options))
}

fn check_here(text: &str, mode: Mode, options: &Options) -> Result<(), SyntaxFault> {
    let mut source = text.to_owned();
    if mode == Mode::Exec && !source.is_empty() && !source.ends_with('\n') {
        source.push('\n');
    }
    let mut recognizer = Recognizer::new(source, mode, options.dont_imply_dedent);
    if recognizer.start() {
        if mode == Mode::Single && recognizer.more_than_one_statement() {
            recognizer.raise_last::<()>(
                FaultKind::Syntax,
                "multiple statements found while compiling a single statement",
            );
            return Err(SyntaxFault { typo_start: None, ..recognizer.into_fault() });
        }
        return Ok(());
    }
    let incomplete = recognizer.ended_early();
    if incomplete && options.allow_incomplete {
        recognizer.forget_fault();
        recognizer.raise_last::<()>(FaultKind::Incomplete, "incomplete input");
        let mut fault = recognizer.into_fault();
        fault.incomplete = true;
        return Err(fault);
    }
    let last = recognizer.last_token();
    if !recognizer.raised() {
        recognizer.restart_with_mistakes();
        recognizer.start();
    }
    recognizer.settle(last);
    let mut fault = recognizer.into_fault();
    fault.incomplete = incomplete;
    Err(fault)
}

#[cfg(test)]
mod tests;
