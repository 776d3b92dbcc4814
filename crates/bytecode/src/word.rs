//! One instruction in 64 bits, and the rules for its operand flags.
//!
//! ```text
//!  63        48 47        32 31        16 15      8 7       0
//! |     c      |     b      |     a      |  flags  |   op    |
//! ```
//!
//! Operands are register numbers, table indexes or offsets; [`crate::instructions`] says which.
//! Every register always holds a valid value (an immediate, a counted or an uncounted reference),
//! so writing a register releases what was there before.
//!
//! Locals are read in place. The last instruction that reads a *temporary* carries a
//! `TAKE` flag for that operand and leaves the register without a counted
//! reference (fast paths on immediates may leave the immediate there). So every temporary is dead
//! after its use, objects die where CPython's would, and a normal return releases only the locals.
//! A destination may be the register of an operand that is taken (`Add t0, t0 TAKE, t1 TAKE`): operands are
//! read and taken first, the result is written last, and only if the instruction succeeds.

use crate::instructions::Op;

/// Operand `b` is a temporary: release it after use.
pub const TAKE_B: u8 = 1 << 0;
/// Operand `c` is a temporary: release it after use.
pub const TAKE_C: u8 = 1 << 1;
/// Operand `a` (where it is a source) is a temporary: release it after use.
pub const TAKE_A: u8 = 1 << 2;
/// The last source operand (`c`; `b` in fused jumps; `a` in `Return`) indexes the constants.
pub const CONST: u8 = 1 << 3;
/// Binary operation from an augmented assignment: try the in-place slot first.
pub const INPLACE: u8 = 1 << 4;
/// Instruction-specific; the table's prose says what it means.
pub const EXTRA: u8 = 1 << 5;

/// One encoded instruction (or a raw argument or cache word that follows one).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(transparent)]
pub struct Word(pub u64);

impl Word {
    /// Encodes an instruction with three 16-bit operands.
    #[inline]
    pub const fn new(op: Op, flags: u8, a: u16, b: u16, c: u16) -> Word {
        Word(op as u64 | (flags as u64) << 8 | (a as u64) << 16 | (b as u64) << 32 | (c as u64) << 48)
    }

    /// Encodes an instruction whose `b` and `c` form one 32-bit operand (an index or an offset).
    #[inline]
    pub const fn wide(op: Op, flags: u8, a: u16, bc: u32) -> Word {
        Word(op as u64 | (flags as u64) << 8 | (a as u64) << 16 | (bc as u64) << 32)
    }

    /// The opcode byte; valid only for words that are instructions.
    #[inline]
    pub const fn op_byte(self) -> u8 {
        self.0 as u8
    }
    /// The flag byte.
    #[inline]
    pub const fn flags(self) -> u8 {
        (self.0 >> 8) as u8
    }
    /// Operand `a`.
    #[inline]
    pub const fn a(self) -> u16 {
        (self.0 >> 16) as u16
    }
    /// Operand `b`.
    #[inline]
    pub const fn b(self) -> u16 {
        (self.0 >> 32) as u16
    }
    /// Operand `c`.
    #[inline]
    pub const fn c(self) -> u16 {
        (self.0 >> 48) as u16
    }
    /// Operands `b` and `c` as one unsigned index.
    #[inline]
    pub const fn bc(self) -> u32 {
        (self.0 >> 32) as u32
    }
    /// Operands `b` and `c` as one signed offset in words, counted from the next instruction.
    #[inline]
    pub const fn jump32(self) -> i32 {
        (self.0 >> 32) as i32
    }
    /// Operand `c` as a signed offset in words, counted from the next instruction.
    #[inline]
    pub const fn jump16(self) -> i16 {
        (self.0 >> 48) as i16
    }
}
