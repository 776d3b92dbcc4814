//! The code object being made: its instructions, tables, registers and enclosing blocks.
//!
//! Temporaries are a stack: `next` is the first free one. An expression whose value needs a temporary
//! gets the register that was `next` when it began and leaves `next` one higher, whatever scratch it
//! used in between.

use orochi_bytecode::word::{CONST, TAKE_A, TAKE_B, TAKE_C};
use orochi_bytecode::{Code, Const, Local, LocalKind, Op, Text};
use orochi_syntax::ast::name::Name;
use orochi_syntax::ast::{Identifier, Stmt};
use orochi_syntax::text_size::{TextRange, TextSize};
use rustc_hash::FxHashMap;

use crate::assemble::{HandlerDef, Ins, LINE, Label, NONE};
use crate::symtable::{ScopeId, ScopeKind};

/// Where a value is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operand {
    /// A local, read in place.
    Local(u16),
    /// A temporary: whoever uses it last takes it.
    Temp(u16),
    /// An index into the constants.
    Const(u32),
}

/// Where a value is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Want {
    /// Wherever it is cheapest.
    Any,
    /// In the first free temporary.
    Temp,
    /// In this register; written at success only.
    Register(u16),
}

/// A statement that surrounds the code being made and has something to undo on the way out.
#[derive(Clone, Copy)]
pub struct Block<'a> {
    pub kind: BlockKind<'a>,
    /// Handler outside the block.
    pub outer_handler: u32,
}

#[derive(Clone, Copy)]
pub enum BlockKind<'a> {
    While { head: Label, end: Label },
    /// `for` and `async for`; the iterator is released on the way out.
    For { head: Label, end: Label, iterator: u16 },
    /// Body of `try` with handlers: nothing to undo.
    Try,
    /// Body of `try` (and its handlers) with `finally`.
    Finally { body: &'a [Stmt] },
    /// Body of an `except`.
    Handler { previous: u16, exception: u16, name: Option<&'a Identifier> },
    /// Body of an `except*`.
    StarHandler,
    /// `finally` body run because of an exception.
    FinallyHandler { previous: u16, exception: u16 },
    /// `with` and `async with`.
    With { exit: u16, is_async: bool, at: TextRange },
}

/// Range of an instruction that has no line.
pub fn nowhere() -> TextRange {
    TextRange::empty(TextSize::new(u32::MAX))
}

pub struct Unit<'a> {
    pub scope: ScopeId,
    pub kind: ScopeKind,
    pub code: Code,
    pub instructions: Vec<Ins>,
    pub labels: Vec<u32>,
    pub handlers: Vec<HandlerDef>,
    /// Handler of the instructions being emitted.
    pub handler: u32,
    const_index: FxHashMap<Const, u32>,
    name_index: FxHashMap<Text, u16>,
    /// Register of each variable of the unit's scope and of its inlined comprehensions.
    pub registers: FxHashMap<(ScopeId, Name), u16>,
    pub free_registers: FxHashMap<Name, u16>,
    pub next: u32,
    pub most: u32,
    pub blocks: Vec<Block<'a>>,
    /// Scope whose names are being compiled: the unit's or an inlined comprehension's.
    pub current_scope: ScopeId,
    /// Depth of `finally` bodies being compiled.
    pub in_finally: u32,
    /// Source of the instructions being emitted.
    pub at: TextRange,
    /// A limit of the format was passed: what there is too much of.
    pub overflow: Option<&'static str>,
    pub qualname: String,
}

impl<'a> Unit<'a> {
    pub fn new(scope: ScopeId, kind: ScopeKind, name: &str, qualname: String, first_line: u32) -> Unit<'a> {
        let code = Code {
            name: name.as_bytes().into(),
            qualname: qualname.as_bytes().into(),
            first_line,
            ..Code::default()
        };
        Unit {
            scope,
            kind,
            code,
            instructions: Vec::new(),
            labels: Vec::new(),
            handlers: Vec::new(),
            handler: NONE,
            const_index: FxHashMap::default(),
            name_index: FxHashMap::default(),
            registers: FxHashMap::default(),
            free_registers: FxHashMap::default(),
            next: 0,
            most: 0,
            blocks: Vec::new(),
            current_scope: scope,
            in_finally: 0,
            at: nowhere(),
            overflow: None,
            qualname,
        }
    }

    // --- tables ---

    pub fn constant(&mut self, value: Const) -> u32 {
        if let Some(&index) = self.const_index.get(&value) {
            return index;
        }
        let index = self.code.constants.len() as u32;
        self.const_index.insert(value.clone(), index);
        self.code.constants.push(value);
        index
    }
    /// An index that has to fit an operand of 16 bits.
    pub fn constant16(&mut self, value: Const) -> u16 {
        let index = self.constant(value);
        u16::try_from(index).unwrap_or_else(|_| {
            self.overflow = Some("constants");
            0
        })
    }
    pub fn name(&mut self, name: &str) -> u16 {
        if let Some(&index) = self.name_index.get(name.as_bytes()) {
            return index;
        }
        let index = self.code.names.len();
        let Ok(short) = u16::try_from(index) else {
            self.overflow = Some("names");
            return 0;
        };
        self.name_index.insert(name.as_bytes().into(), short);
        self.code.names.push(name.as_bytes().into());
        short
    }

    // --- registers ---

    pub fn add_local(&mut self, name: &str, kind: LocalKind) -> u16 {
        let register = self.code.locals.len();
        self.code.locals.push(Local { name: name.as_bytes().into(), kind });
        u16::try_from(register).unwrap_or_else(|_| {
            self.overflow = Some("local variables");
            0
        })
    }
    /// Called when all locals are known.
    pub fn start_temporaries(&mut self) {
        self.next = self.code.locals.len() as u32;
        self.most = self.next;
    }
    /// The register number `number`, noting that the window must hold it.
    pub fn reserve(&mut self, number: u32) -> u16 {
        if number >= self.most {
            self.most = number + 1;
        }
        u16::try_from(number).ok().filter(|&r| r < u16::MAX - 8).unwrap_or_else(|| {
            self.overflow = Some("registers");
            0
        })
    }
    /// Notes that the window holds `count` registers behind those in use.
    pub fn make_room(&mut self, count: u32) {
        let wanted = self.next + count;
        // Near the bound nothing is asked that is not needed.
        if wanted < u32::from(u16::MAX) / 2 {
            self.most = self.most.max(wanted);
        }
    }
    /// A new temporary.
    pub fn temp(&mut self) -> u16 {
        let register = self.reserve(self.next);
        self.next += 1;
        register
    }

    // --- emission ---

    fn push(&mut self, ins: Ins) {
        self.instructions.push(ins);
    }
    fn blank(&self, op: Op) -> Ins {
        Ins { op, flags: 0, a: 0, b: 0, c: 0, wide: 0, argument: 0, handler: self.handler, at: self.at }
    }
    pub fn emit(&mut self, op: Op, flags: u8, a: u16, b: u16, c: u16) {
        let blank = self.blank(op);
        self.push(Ins { flags, a, b, c, ..blank });
    }
    pub fn emit_argument(&mut self, op: Op, flags: u8, a: u16, b: u16, c: u16, argument: u64) {
        let blank = self.blank(op);
        self.push(Ins { flags, a, b, c, argument, ..blank });
    }
    /// A jump; `a` and `b` are its registers.
    pub fn jump(&mut self, op: Op, flags: u8, a: u16, b: u16, label: Label) {
        let blank = self.blank(op);
        self.push(Ins { flags, a, b, wide: label.0, ..blank });
    }
    pub fn load_const(&mut self, register: u16, value: Const) {
        let index = self.constant(value);
        self.load_const_index(register, index);
    }
    pub fn load_const_index(&mut self, register: u16, index: u32) {
        let blank = self.blank(Op::LoadConst);
        self.push(Ins { a: register, wide: index, ..blank });
    }
    /// A statement without instructions of its own: debuggers stop at its line all the same.
    pub fn line(&mut self, at: TextRange) {
        let before = std::mem::replace(&mut self.at, at);
        self.emit(Op::Nop, LINE, 0, 0, 0);
        self.at = before;
    }
    /// The instructions that follow belong to no line.
    pub fn off_line(&mut self) {
        self.at = nowhere();
    }
    pub fn clear(&mut self, register: u16) {
        self.emit(Op::Clear, 0, register, 0, 0);
    }

    /// Opens the block of an `except` body. Its own way out is in `Emitter::undo`.
    pub fn blocks_push_handler(&mut self, previous: u16, exception: u16, name: Option<&'a Identifier>, outer: u32) {
        self.blocks.push(Block { kind: BlockKind::Handler { previous, exception, name }, outer_handler: outer });
    }

    pub fn label(&mut self) -> Label {
        self.labels.push(NONE);
        Label(self.labels.len() as u32 - 1)
    }
    pub fn bind(&mut self, label: Label) {
        self.labels[label.0 as usize] = self.instructions.len() as u32;
    }
    /// A new handler; its code begins where the label is bound.
    pub fn handler_def(&mut self, register: u16, release_from: u16) -> (u32, Label) {
        let target = self.label();
        self.handlers.push(HandlerDef { target, register, release_from });
        (self.handlers.len() as u32 - 1, target)
    }

    // --- operands ---

    /// Puts an operand into a register of its own kind: constants are loaded into a temporary.
    pub fn in_register(&mut self, operand: Operand) -> Operand {
        match operand {
            Operand::Const(index) => {
                let register = self.temp();
                self.load_const_index(register, index);
                Operand::Temp(register)
            }
            other => other,
        }
    }
    /// Register and flag of operand `b`.
    pub fn src_b(&mut self, operand: Operand) -> (u16, u8) {
        self.src(operand, TAKE_B)
    }
    /// Register and flag of operand `c`.
    pub fn src_c(&mut self, operand: Operand) -> (u16, u8) {
        self.src(operand, TAKE_C)
    }
    /// Register and flag of operand `a`.
    pub fn src_a(&mut self, operand: Operand) -> (u16, u8) {
        self.src(operand, TAKE_A)
    }
    fn src(&mut self, operand: Operand, take: u8) -> (u16, u8) {
        match self.in_register(operand) {
            Operand::Local(register) => (register, 0),
            Operand::Temp(register) => (register, take),
            Operand::Const(_) => (0, 0),
        }
    }
    /// As `src_*`, but a constant stays one where its index fits.
    pub fn src_or_const(&mut self, operand: Operand, take: u8) -> (u16, u8) {
        match operand {
            Operand::Const(index) if index <= u16::MAX as u32 => (index as u16, CONST),
            other => self.src(other, take),
        }
    }
    /// Moves or loads an operand into a register.
    pub fn store_register(&mut self, register: u16, operand: Operand) {
        match operand {
            Operand::Const(index) => self.load_const_index(register, index),
            Operand::Local(source) if source == register => {}
            Operand::Local(source) => self.emit(Op::Move, 0, register, source, 0),
            Operand::Temp(source) if source == register => {}
            Operand::Temp(source) => self.emit(Op::Move, TAKE_B, register, source, 0),
        }
    }
}
