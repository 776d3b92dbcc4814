//! Objects in memory: values, headers, counts, allocation, weak references, cycle collection.
//!
//! Knows nothing of Python semantics: what lies above (types, threads, the eval loop) plugs in
//! through [`Hooks`]. Reading order: `value`, `header`, `kind`, `count`, `slot`, `alloc`, `weak`,
//! `collect`.

pub mod alloc;
mod atomic;
pub mod collect;
pub mod count;
pub mod domain;
pub mod header;
pub mod kind;
pub mod roster;
pub mod slot;
pub mod value;
pub mod weak;

pub use alloc::{alloc, alloc_tail, alloc_tail_with};
pub use domain::{DomainHeap, HeapShared, Hooks};
pub use header::Header;
pub use kind::{Kind, MapHead, Payload, Visit};
pub use slot::Slot;
pub use value::Value;

#[cfg(test)]
mod tests;
