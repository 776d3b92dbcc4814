//! Native modules of the language itself: `builtins`, `sys`, `itertools`, `_collections` and the like.
//!
//! One file (and folder, if it is large) per Python name, spelled as Python spells it. `ALL` is the
//! one list; a module not in it does not exist.
#![forbid(unsafe_code)]

pub mod _abc;
pub mod _bisect;
pub mod _collections;
pub mod _contextvars;
pub mod _functools;
pub mod _heapq;
pub mod _operator;
pub mod _orochi;
pub mod _queue;
pub mod _remote_debugging;
pub mod _stat;
pub mod _suggestions;
pub mod _typing;
pub mod _weakref;
pub mod atexit;
pub mod builtins;
pub mod cmath;
pub mod gc;
pub mod itertools;
pub mod math;

use orochi_objects::ModuleSpec;

/// Every native module of this crate, by name.
pub static ALL: &[&ModuleSpec] = &[
    &_abc::MODULE,
    &_bisect::MODULE,
    &_collections::MODULE,
    &_contextvars::MODULE,
    &_functools::MODULE,
    &_heapq::MODULE,
    &_operator::MODULE,
    &_orochi::MODULE,
    &_queue::MODULE,
    &_remote_debugging::MODULE,
    &_stat::MODULE,
    &_suggestions::MODULE,
    &_typing::MODULE,
    &_weakref::MODULE,
    &atexit::MODULE,
    &builtins::MODULE,
    &cmath::MODULE,
    &gc::MODULE,
    &itertools::MODULE,
    &math::MODULE,
];

#[cfg(test)]
mod tests;
