//! Native modules of the language itself: `builtins`, `sys`, `itertools`, `_collections` and the like.
//!
//! One file (and folder, if it is large) per Python name, spelled as Python spells it. `ALL` is the
//! one list; a module not in it does not exist.
#![forbid(unsafe_code)]

pub mod builtins;
pub mod itertools;

use orochi_objects::ModuleSpec;

/// Every native module of this crate, by name.
pub static ALL: &[&ModuleSpec] = &[
    &builtins::MODULE,
    &itertools::MODULE,
];
