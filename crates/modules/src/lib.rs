//! Native modules of the language itself: `builtins`, `sys`, `itertools`, `_collections` and the like.
//!
//! One file (and folder, if it is large) per Python name, spelled as Python spells it. `ALL` is the
//! one list; a module not in it does not exist.
#![forbid(unsafe_code)]

pub mod _abc;
pub mod _contextvars;
pub mod _stat;
pub mod _suggestions;
pub mod _weakref;
pub mod builtins;
pub mod itertools;

use orochi_objects::ModuleSpec;

/// Every native module of this crate, by name.
pub static ALL: &[&ModuleSpec] = &[
    &_abc::MODULE,
    &_contextvars::MODULE,
    &_stat::MODULE,
    &_suggestions::MODULE,
    &_weakref::MODULE,
    &builtins::MODULE,
    &itertools::MODULE,
];

#[cfg(test)]
mod tests;
