//! The instruction set and code objects: what the compiler writes and the eval loop reads.
//!
//! Knows neither source text nor Python objects. `instructions.rs` is THE table: from it come the
//! opcode enum, operand kinds, the disassembler and the reference page.
#![forbid(unsafe_code)]

pub mod code;
pub mod disassemble;
pub mod image;
pub mod instructions;
pub mod positions;
pub mod verify;
pub mod word;

pub use code::{Code, Const, Handler, Local, LocalKind, Text, flags};
pub use instructions::{Follow, Intrinsic1, Intrinsic2, Op, OperandKind};
pub use positions::{Position, PositionTable, PositionWriter};
pub use verify::verify;
pub use word::Word;
