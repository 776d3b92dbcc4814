//! Native modules that talk to the operating system: `posix`, `time`, `_thread`, `_socket`, `_signal`
//! and the like. System calls go through `orochi-host`; those that can block run detached.
//!
//! One file (and folder, if it is large) per Python name, spelled as Python spells it. `ALL` is the
//! one list; a module not in it does not exist.
#![forbid(unsafe_code)]

use orochi_objects::ModuleSpec;

/// Every native module of this crate, by name.
pub static ALL: &[&ModuleSpec] = &[
];
