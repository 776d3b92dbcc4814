//! Python 3.14 syntax trees to register bytecode.
//!
//! ```text
//! source -> orochi_syntax::Parsed -> future -> symtable -> emit -> assemble -> Code
//! ```
//!
//! * `symtable` which name means what
//! * `emit`     walks the tree once more and writes instructions with labels (`unit` holds the code
//!   object under way)
//! * `assemble` drops checks that are proven and code that is not reached, and encodes
//! * `fold`, `unparse`, `docstring`, `future` small parts that these use
//!
//! The crate knows no Python object: faults and warnings are plain data.
#![forbid(unsafe_code)]

mod assemble;
mod docstring;
mod emit;
mod fault;
mod fold;
mod future;
pub mod symtable;
mod unit;
pub mod unparse;

use orochi_bytecode::{Code, flags};
pub use orochi_syntax::{FaultKind, Mode, Parsed, SyntaxFault, SyntaxWarning};

pub use fault::Outcome;

use emit::Emitter;
use symtable::{ScopeId, ScopeKind, SymbolTable};
use unit::Unit;

/// How to compile.
#[derive(Debug, Clone)]
pub struct Options {
    /// Optimisation level: 0 none, 1 drops `assert` and `__debug__` is false, 2 drops docstrings as well.
    pub optimize: u8,
    /// `CO_FUTURE_*` bits inherited from surrounding code (or given as `compile`'s flags).
    pub future: u32,
    /// `PyCF_ALLOW_TOP_LEVEL_AWAIT`: a module may `await`.
    pub allow_top_level_await: bool,
    /// `sys.get_int_max_str_digits()`; 0 for no limit.
    pub max_int_digits: usize,
    /// How to read the source, where it is not parsed yet.
    pub syntax: orochi_syntax::Options,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            optimize: 0,
            future: 0,
            allow_top_level_await: false,
            max_int_digits: 4300,
            syntax: orochi_syntax::Options::default(),
        }
    }
}

/// Compiles a source text. Gives the code of the module and the `SyntaxWarning`s in the order in which they
/// are to be issued.
///
/// # Errors
/// What CPython 3.14 would raise, as data.
pub fn compile(
    source: &str,
    filename: &[u8],
    mode: Mode,
    options: &Options,
) -> Result<(Code, Vec<SyntaxWarning>), Box<SyntaxFault>> {
    let parsed = orochi_syntax::parse(source, mode, &options.syntax)?;
    compile_parsed(&parsed, filename, mode, options)
}

/// Compiles a source that is parsed already.
///
/// # Errors
/// What CPython 3.14's symbol table pass and compiler would raise, as data.
pub fn compile_parsed(
    parsed: &Parsed,
    filename: &[u8],
    mode: Mode,
    options: &Options,
) -> Result<(Code, Vec<SyntaxWarning>), Box<SyntaxFault>> {
    let future = future::features(parsed)? | options.future & flags::FUTURE_MASK;
    let table = symtable::build::build(parsed, future & flags::FUTURE_ANNOTATIONS != 0)?;
    let unit = Unit::new(ScopeId(0), ScopeKind::Module, "<module>", "<module>".to_owned(), 1);
    let emitter = Emitter {
        parsed,
        table,
        options,
        mode,
        filename: filename.into(),
        future,
        unit,
        outer: Vec::new(),
        warnings: parsed.warnings().to_vec(),
        pending_handler: None,
        unfoldable: Default::default(),
    };
    emitter.source()
}

/// The symbol table of a parsed source, for Python's `symtable` module.
///
/// # Errors
/// What CPython's symbol table pass refuses.
pub fn symbol_table<'a>(parsed: &'a Parsed, options: &Options) -> Result<SymbolTable<'a>, Box<SyntaxFault>> {
    let future = future::features(parsed)? | options.future & flags::FUTURE_MASK;
    symtable::build::build(parsed, future & flags::FUTURE_ANNOTATIONS != 0)
}

#[cfg(test)]
mod tests;
