//! The text form of code objects, for people and golden tests.
//!
//! ```text
//! line  word  Opcode flags  operands
//! ```
//! `rN` is a register (with the local's name), `rN!` one that is taken, `kN` a constant, `->` a jump's target.

use std::fmt::Write;

use crate::code::{Code, Const, LocalKind, flags};
use crate::instructions::{Follow, Op, OperandKind};
use crate::word::{CONST, EXTRA, INPLACE, TAKE_A, TAKE_B, TAKE_C};

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A constant in Python's notation, or near it.
pub fn show_const(value: &Const) -> String {
    match value {
        Const::None => "None".into(),
        Const::True => "True".into(),
        Const::False => "False".into(),
        Const::Ellipsis => "...".into(),
        Const::Int(value) => value.to_string(),
        Const::BigInt { negative, magnitude } => {
            let mut out = String::from(if *negative { "-0x" } else { "0x" });
            for byte in magnitude.iter().rev() {
                let _ = write!(out, "{byte:02x}");
            }
            out
        }
        Const::Float(value) => format!("{value:?}"),
        Const::Complex(re, im) => format!("({re:?}{im:+?}j)"),
        Const::Str(bytes) => format!("{:?}", text(bytes)),
        Const::Bytes(bytes) => format!("b\"{}\"", bytes.escape_ascii()),
        Const::Tuple(items) => {
            let parts: Vec<String> = items.iter().map(show_const).collect();
            format!("({})", parts.join(", "))
        }
        Const::FrozenSet(items) => {
            let parts: Vec<String> = items.iter().map(show_const).collect();
            format!("frozenset({{{}}})", parts.join(", "))
        }
        Const::Slice(parts) => {
            format!("slice({}, {}, {})", show_const(&parts[0]), show_const(&parts[1]), show_const(&parts[2]))
        }
        Const::Code(code) => format!("<code {}>", text(&code.name)),
    }
}

fn register(code: &Code, number: u32) -> String {
    match code.locals.get(number as usize) {
        Some(local) => format!("r{number}:{}", text(&local.name)),
        None => format!("r{number}"),
    }
}

fn constant(code: &Code, index: u32) -> String {
    match code.constants.get(index as usize) {
        Some(value) => format!("k{index}={}", show_const(value)),
        None => format!("k{index}=?"),
    }
}

/// One instruction, without its address.
pub fn show_instruction(code: &Code, at: usize) -> String {
    let word = code.words[at];
    let Some(op) = Op::from_byte(word.op_byte()) else { return format!("? {:#x}", word.0) };
    let mut out = op.name().to_owned();
    let f = word.flags();
    if op == Op::MakeFunction {
        let _ = write!(out, " {f:#x}");
    } else {
        for (bit, mark) in [(INPLACE, "="), (EXTRA, "+")] {
            if f & bit != 0 {
                out.push_str(mark);
            }
        }
    }
    let kinds = op.operands();
    let fields = [word.a(), word.b(), word.c()];
    let takes = [TAKE_A, TAKE_B, TAKE_C];
    let after = at + op.size();
    let mut parts = Vec::new();
    for (k, kind) in kinds.into_iter().enumerate() {
        let value = u32::from(fields[k]);
        let taken = if f & takes[k] != 0 && op != Op::MakeFunction { "!" } else { "" };
        match kind {
            OperandKind::Unused => {}
            OperandKind::Dst => parts.push(register(code, value)),
            OperandKind::Src => parts.push(register(code, value) + taken),
            OperandKind::SrcOrConst if f & CONST != 0 => parts.push(constant(code, value)),
            OperandKind::SrcOrConst => parts.push(register(code, value) + taken),
            OperandKind::Run | OperandKind::DstRun => parts.push(format!("r{value}..")),
            OperandKind::Name => {
                let name = code.names.get(value as usize).map_or("?".into(), |name| text(name));
                parts.push(name);
            }
            OperandKind::Number if op == Op::MakeFunction => parts.push(constant(code, value)),
            OperandKind::Number => parts.push(format!("#{value}")),
            OperandKind::Jump16 => parts.push(format!("-> {}", after as i64 + i64::from(word.jump16()))),
            OperandKind::Const32 => parts.push(constant(code, word.bc())),
            OperandKind::Jump32 => parts.push(format!("-> {}", after as i64 + i64::from(word.jump32()))),
        }
    }
    if op.follow() == Follow::Argument {
        let argument = code.words.get(at + 1).map_or(0, |word| word.0);
        match op {
            Op::CallKw | Op::BuildConstKeyMap => parts.push(constant(code, argument as u32)),
            Op::LoadMappingOrCell => parts.push(register(code, argument as u32)),
            _ => parts.push(format!("#{argument}")),
        }
    }
    if !parts.is_empty() {
        let _ = write!(out, " {}", parts.join(", "));
    }
    out
}

/// A code object and, after it, those among its constants.
pub fn disassemble(code: &Code) -> String {
    let mut out = String::new();
    one(code, &mut out);
    out
}

fn one(code: &Code, out: &mut String) {
    let names = [
        (flags::GENERATOR, "generator"),
        (flags::COROUTINE, "coroutine"),
        (flags::ASYNC_GENERATOR, "async generator"),
    ];
    let kind: Vec<&str> = names.iter().filter(|(bit, _)| code.flags & bit != 0).map(|(_, name)| *name).collect();
    let _ = writeln!(
        out,
        "code {} line {} args {}/{}/{} registers {} {}",
        text(&code.qualname),
        code.first_line,
        code.posonly_count,
        code.arg_count,
        code.kwonly_count,
        code.register_count,
        kind.join(" "),
    );
    let special: Vec<String> = code
        .locals
        .iter()
        .filter(|local| local.kind.holds_cell() || local.kind.has(LocalKind::HIDDEN))
        .map(|local| {
            let kinds = [(LocalKind::CELL, "cell"), (LocalKind::FREE, "free"), (LocalKind::HIDDEN, "hidden")];
            let words: Vec<&str> = kinds.iter().filter(|(k, _)| local.kind.has(*k)).map(|(_, w)| *w).collect();
            format!("{} {}", words.join(" "), text(&local.name))
        })
        .collect();
    if !special.is_empty() {
        let _ = writeln!(out, "  {}", special.join(", "));
    }
    let mut at = 0;
    let mut line = None;
    while at < code.words.len() {
        let own = code.line_at(at as u32);
        let shown = match own {
            Some(number) if own != line => format!("{number:5}"),
            _ => "     ".into(),
        };
        line = own;
        let _ = writeln!(out, "{shown} {at:5}  {}", show_instruction(code, at));
        let size = Op::from_byte(code.words[at].op_byte()).map_or(1, Op::size);
        at += size;
    }
    for handler in &code.handlers {
        let _ = writeln!(
            out,
            "  except {}..{} -> {} exception r{} release r{}",
            handler.start, handler.end, handler.target, handler.register, handler.release_from
        );
    }
    for value in &code.constants {
        inner(value, out);
    }
}

fn inner(value: &Const, out: &mut String) {
    if let Const::Code(code) = value {
        out.push('\n');
        one(code, out);
    }
}

/// The reference page of the instruction set, in Markdown.
pub fn reference() -> String {
    let mut out = String::from(
        "# Bytecode reference\n\nMade from `crates/bytecode/src/instructions.rs`; run the crate's tests with \
         `BLESS=1` to write it again.\nThe rules for words, flags and temporaries are in `word.rs`.\n\n\
         | no. | opcode | a | b | c | follows | meaning |\n|---|---|---|---|---|---|---|\n",
    );
    for (number, op) in Op::ALL.iter().enumerate() {
        let [a, b, c] = op.operands().map(|kind| match kind {
            OperandKind::Unused => String::new(),
            other => format!("{other:?}"),
        });
        let follow = match op.follow() {
            Follow::Plain => "",
            Follow::Cached => "cache",
            Follow::Argument => "argument",
        };
        let doc = op.doc().split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|");
        let _ = writeln!(out, "| {number} | {} | {a} | {b} | {c} | {follow} | {doc} |", op.name());
    }
    out
}

/// Number of instructions in a code object, for statistics.
pub fn instruction_count(code: &Code) -> usize {
    let mut at = 0;
    let mut count = 0;
    while let Some(word) = code.words.get(at) {
        at += Op::from_byte(word.op_byte()).map_or(1, Op::size);
        count += 1;
    }
    count
}
