//! Native modules that reach into the eval loop, the compiler and the import system: `sys`, `_imp`,
//! `marshal`, `_warnings`, and the functions of `builtins` that run code.
//!
//! One file per Python name, spelled as Python spells it. `ALL` is the one list.
#![forbid(unsafe_code)]

pub mod _ast;
pub mod _asyncio;
pub mod _imp;
pub mod _opcode;
pub mod _symtable;
pub mod _warnings;
mod breakpoint;
pub mod interactive;
pub mod marshal;
pub mod run;
pub mod source;
pub mod sys;

use orochi_objects::ModuleSpec;

/// Every native module of this crate, by name.
pub static ALL: &[&ModuleSpec] = &[&_ast::MODULE, &_asyncio::MODULE, &_imp::MODULE, &_opcode::MODULE, &_symtable::MODULE, &_warnings::MODULE, &marshal::MODULE, &sys::MODULE];
