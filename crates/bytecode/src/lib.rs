//! The instruction set and code objects: what the compiler writes and the eval loop reads.
//!
//! Knows neither source text nor Python objects. `instructions.rs` is THE table: from it come the
//! opcode enum, operand kinds, the disassembler and the reference page.
#![forbid(unsafe_code)]

pub mod instructions;
pub mod word;

pub use instructions::{Op, OperandKind};
pub use word::Word;
