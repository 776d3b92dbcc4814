//! Code objects as plain data: what the compiler makes and the runtime turns into a code object.
//!
//! A frame's register window is `[locals..., temporaries...]`. `Code::locals` describes the first
//! part register by register: parameters (positional-only, positional, keyword-only, `*args`,
//! `**kwargs`), other locals, cells that are no parameters, free variables. A parameter that inner
//! functions capture keeps its register; the prologue's `MakeCell` wraps it in place. Everything
//! from `locals.len()` to `register_count` is temporary.
//!
//! Text is "generalized UTF-8" (UTF-8 that may encode lone surrogates) in byte slices, because this
//! crate knows no string type.

use std::sync::Arc;

use crate::positions::{Position, PositionTable};
use crate::word::Word;

/// Text in generalized UTF-8. Shared: a name stands in many code objects of a module.
pub type Text = Arc<[u8]>;

/// The `co_flags` bits, with CPython 3.14's values (`inspect` and `dis` show them to users).
pub mod flags {
    /// Locals are registers.
    pub const OPTIMIZED: u32 = 0x1;
    /// A call makes a new namespace.
    pub const NEWLOCALS: u32 = 0x2;
    /// Has `*args`.
    pub const VARARGS: u32 = 0x4;
    /// Has `**kwargs`.
    pub const VARKEYWORDS: u32 = 0x8;
    /// Defined inside another function.
    pub const NESTED: u32 = 0x10;
    /// A generator function.
    pub const GENERATOR: u32 = 0x20;
    /// A coroutine function (`async def`).
    pub const COROUTINE: u32 = 0x80;
    /// Set by `types.coroutine`; never by the compiler.
    pub const ITERABLE_COROUTINE: u32 = 0x100;
    /// An asynchronous generator function.
    pub const ASYNC_GENERATOR: u32 = 0x200;
    /// `from __future__ import division`.
    pub const FUTURE_DIVISION: u32 = 0x20000;
    /// `from __future__ import absolute_import`.
    pub const FUTURE_ABSOLUTE_IMPORT: u32 = 0x40000;
    /// `from __future__ import with_statement`.
    pub const FUTURE_WITH_STATEMENT: u32 = 0x80000;
    /// `from __future__ import print_function`.
    pub const FUTURE_PRINT_FUNCTION: u32 = 0x100000;
    /// `from __future__ import unicode_literals`.
    pub const FUTURE_UNICODE_LITERALS: u32 = 0x200000;
    /// `from __future__ import barry_as_FLUFL`.
    pub const FUTURE_BARRY_AS_BDFL: u32 = 0x400000;
    /// `from __future__ import generator_stop`.
    pub const FUTURE_GENERATOR_STOP: u32 = 0x800000;
    /// `from __future__ import annotations`.
    pub const FUTURE_ANNOTATIONS: u32 = 0x1000000;
    /// All future bits that an enclosing `exec` or `compile` hands down.
    pub const FUTURE_MASK: u32 = 0x1fe0000;
    /// `constants[0]` is the docstring.
    pub const HAS_DOCSTRING: u32 = 0x4000000;
    /// A function defined directly in a class body.
    pub const METHOD: u32 = 0x8000000;
}

/// What a register of the locals part is; a set of the bits below.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LocalKind(pub u8);

impl LocalKind {
    /// A parameter.
    pub const PARAM: LocalKind = LocalKind(1);
    /// Listed in `co_varnames` (parameters and plain locals).
    pub const LOCAL: LocalKind = LocalKind(2);
    /// Holds a cell of this function (listed in `co_cellvars`).
    pub const CELL: LocalKind = LocalKind(4);
    /// Holds a cell of an enclosing function (listed in `co_freevars`).
    pub const FREE: LocalKind = LocalKind(8);
    /// Variable of an inlined comprehension: in no list, but while it is bound `locals()` shows it,
    /// and it shadows another local of its name.
    pub const HIDDEN: LocalKind = LocalKind(16);

    /// Whether all bits of `other` are set.
    #[inline]
    pub const fn has(self, other: LocalKind) -> bool {
        self.0 & other.0 == other.0
    }
    /// The union of two sets.
    #[inline]
    pub const fn with(self, other: LocalKind) -> LocalKind {
        LocalKind(self.0 | other.0)
    }
    /// Whether the register holds a cell (own or enclosing) once the prologue has run.
    #[inline]
    pub const fn holds_cell(self) -> bool {
        self.0 & (4 | 8) != 0
    }
}

/// One register of the locals part.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Local {
    /// The variable's name (mangled if it was private).
    pub name: Text,
    /// What it is.
    pub kind: LocalKind,
}

/// One entry of the exception table. Entries are sorted by `start` and do not overlap, so a pc has
/// at most one handler, found by binary search.
///
/// When an instruction in `start..end` raises: registers from `release_from` on are released, the
/// exception goes to `R[register]`, and execution goes on at `target`. `register >= release_from`
/// always holds, and all registers below `release_from` keep what they held.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Handler {
    /// First covered word.
    pub start: u32,
    /// One past the last covered word.
    pub end: u32,
    /// The handler's first instruction.
    pub target: u32,
    /// Register that receives the exception.
    pub register: u16,
    /// First temporary that unwinding releases.
    pub release_from: u16,
}

/// A constant.
#[derive(Clone, Debug)]
pub enum Const {
    /// `None`
    None,
    /// `True`
    True,
    /// `False`
    False,
    /// `...`
    Ellipsis,
    /// An int that fits 64 bits.
    Int(i64),
    /// Any other int: sign and little-endian magnitude without leading zero bytes.
    BigInt {
        /// Whether the number is below zero.
        negative: bool,
        /// Magnitude, least significant byte first.
        magnitude: Box<[u8]>,
    },
    /// A float.
    Float(f64),
    /// A complex number: real and imaginary part.
    Complex(f64, f64),
    /// Text.
    Str(Text),
    /// Bytes.
    Bytes(Box<[u8]>),
    /// A tuple.
    Tuple(Box<[Const]>),
    /// A frozenset (the right side of `in {1, 2}`), in source order.
    FrozenSet(Box<[Const]>),
    /// `slice(start, stop, step)`.
    Slice(Box<[Const; 3]>),
    /// Code of an inner function, class, ...
    Code(Arc<Code>),
}

/// Equality as the constant table wants it: same type and same bits (so `0.0` and `-0.0`, `1` and
/// `True`, `1` and `1.0` differ); code objects are equal only to themselves.
impl PartialEq for Const {
    fn eq(&self, other: &Const) -> bool {
        use Const::*;
        match (self, other) {
            (None, None) | (True, True) | (False, False) | (Ellipsis, Ellipsis) => true,
            (Int(a), Int(b)) => a == b,
            (BigInt { negative: n, magnitude: m }, BigInt { negative: o, magnitude: p }) => n == o && m == p,
            (Float(a), Float(b)) => a.to_bits() == b.to_bits(),
            (Complex(a, b), Complex(c, d)) => a.to_bits() == c.to_bits() && b.to_bits() == d.to_bits(),
            (Str(a), Str(b)) => a == b,
            (Bytes(a), Bytes(b)) => a == b,
            (Tuple(a), Tuple(b)) | (FrozenSet(a), FrozenSet(b)) => a == b,
            (Slice(a), Slice(b)) => a == b,
            (Code(a), Code(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }
}
impl Eq for Const {}

impl std::hash::Hash for Const {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Const::None | Const::True | Const::False | Const::Ellipsis => {}
            Const::Int(value) => value.hash(state),
            Const::BigInt { negative, magnitude } => (negative, magnitude).hash(state),
            Const::Float(value) => value.to_bits().hash(state),
            Const::Complex(re, im) => (re.to_bits(), im.to_bits()).hash(state),
            Const::Str(text) => text.hash(state),
            Const::Bytes(bytes) => bytes.hash(state),
            Const::Tuple(items) | Const::FrozenSet(items) => items.hash(state),
            Const::Slice(parts) => parts.hash(state),
            Const::Code(code) => (Arc::as_ptr(code) as usize).hash(state),
        }
    }
}

/// A compiled function, class body, module or expression.
#[derive(Clone, Debug, Default)]
pub struct Code {
    /// `co_name`
    pub name: Text,
    /// `co_qualname`
    pub qualname: Text,
    /// `co_filename`
    pub filename: Text,
    /// `co_firstlineno`
    pub first_line: u32,
    /// Positional parameters, positional-only ones included.
    pub arg_count: u16,
    /// Positional-only parameters.
    pub posonly_count: u16,
    /// Keyword-only parameters.
    pub kwonly_count: u16,
    /// Bits of [`flags`].
    pub flags: u32,
    /// The registers before the temporaries.
    pub locals: Vec<Local>,
    /// Size of the register window: locals and temporaries.
    pub register_count: u16,
    /// The instructions.
    pub words: Vec<Word>,
    /// What `LoadConst` and the `CONST` flag index.
    pub constants: Vec<Const>,
    /// What `Name` operands index.
    pub names: Vec<Text>,
    /// The exception table.
    pub handlers: Vec<Handler>,
    /// Source position of each instruction.
    pub positions: PositionTable,
}

impl Code {
    /// Number of parameters in registers: positional, keyword-only, `*args`, `**kwargs`.
    pub fn parameter_count(&self) -> usize {
        self.arg_count as usize
            + self.kwonly_count as usize
            + (self.flags & flags::VARARGS != 0) as usize
            + (self.flags & flags::VARKEYWORDS != 0) as usize
    }

    /// First temporary register.
    pub fn first_temporary(&self) -> usize {
        self.locals.len()
    }

    /// Names with the given kind bits, in register order.
    fn names_of(&self, kind: LocalKind) -> impl Iterator<Item = &[u8]> {
        self.locals.iter().filter(move |local| local.kind.has(kind)).map(|local| &*local.name)
    }
    /// `co_varnames`
    pub fn var_names(&self) -> impl Iterator<Item = &[u8]> {
        self.locals
            .iter()
            .filter(|local| local.kind.has(LocalKind::LOCAL) && !local.kind.has(LocalKind::HIDDEN))
            .map(|local| &*local.name)
    }
    /// `co_cellvars`
    pub fn cell_names(&self) -> impl Iterator<Item = &[u8]> {
        self.locals
            .iter()
            .filter(|local| local.kind.has(LocalKind::CELL) && !local.kind.has(LocalKind::HIDDEN))
            .map(|local| &*local.name)
    }
    /// `co_freevars`; their registers are the last of the locals part, in the order of the closure.
    pub fn free_names(&self) -> impl Iterator<Item = &[u8]> {
        self.names_of(LocalKind::FREE)
    }
    /// Register of the first free variable, and how many there are.
    pub fn free_registers(&self) -> std::ops::Range<usize> {
        let count = self.free_names().count();
        self.locals.len() - count..self.locals.len()
    }

    /// The exception table's entry for the instruction at word `pc`.
    #[inline]
    pub fn handler_at(&self, pc: u32) -> Option<&Handler> {
        let after = self.handlers.partition_point(|handler| handler.start <= pc);
        let handler = &self.handlers[..after].last()?;
        (pc < handler.end).then_some(handler)
    }

    /// Source line of the instruction at word `pc`, if it has one.
    pub fn line_at(&self, pc: u32) -> Option<u32> {
        self.positions.at(pc).map(|position| position.line)
    }
    /// Source position of the instruction at word `pc`, if it has one.
    pub fn position_at(&self, pc: u32) -> Option<Position> {
        self.positions.at(pc)
    }
}
