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
            let comma = if parts.len() == 1 { "," } else { "" };
            format!("({}{comma})", parts.join(", "))
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

/// One operand as [`operands`] gives it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Operand {
    /// For people.
    Text(String),
    /// The word that is jumped to.
    Target(i64),
}

/// The operands of the instruction at word `at`, in the order of the table, the argument word's last; none if
/// there is no instruction.
pub fn operands(code: &Code, at: usize) -> Vec<Operand> {
    let Some(&word) = code.words.get(at) else { return Vec::new() };
    let Some(op) = Op::from_byte(word.op_byte()) else { return Vec::new() };
    let f = word.flags();
    let fields = [word.a(), word.b(), word.c()];
    let takes = [TAKE_A, TAKE_B, TAKE_C];
    let after = (at + op.size()) as i64;
    let mut parts = Vec::new();
    for (k, kind) in op.operands().into_iter().enumerate() {
        let value = u32::from(fields[k]);
        let taken = if f & takes[k] != 0 && op != Op::MakeFunction { "!" } else { "" };
        parts.push(Operand::Text(match kind {
            OperandKind::Unused => continue,
            OperandKind::Dst => register(code, value),
            OperandKind::SrcOrConst if f & CONST != 0 => constant(code, value),
            OperandKind::Src | OperandKind::SrcOrConst => register(code, value) + taken,
            OperandKind::Run | OperandKind::DstRun => format!("r{value}.."),
            OperandKind::Name => code.names.get(value as usize).map_or("?".into(), |name| text(name)),
            OperandKind::Number if op == Op::MakeFunction => constant(code, value),
            OperandKind::Number => format!("#{value}"),
            OperandKind::Const32 => constant(code, word.bc()),
            OperandKind::Jump16 => {
                parts.push(Operand::Target(after + i64::from(word.jump16())));
                continue;
            }
            OperandKind::Jump32 => {
                parts.push(Operand::Target(after + i64::from(word.jump32())));
                continue;
            }
        }));
    }
    if op.follow() == Follow::Argument {
        let argument = code.words.get(at + 1).map_or(0, |word| word.0);
        parts.push(Operand::Text(match op {
            Op::CallKw | Op::BuildConstKeyMap => constant(code, argument as u32),
            Op::LoadMappingOrCell => register(code, argument as u32),
            _ => format!("#{argument}"),
        }));
    }
    parts
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
    for (number, operand) in operands(code, at).into_iter().enumerate() {
        out.push_str(if number == 0 { " " } else { ", " });
        match operand {
            Operand::Text(text) => out.push_str(&text),
            Operand::Target(target) => {
                let _ = write!(out, "-> {target}");
            }
        }
    }
    out
}

/// A code object and, after it, those among its constants.
pub fn disassemble(code: &Code) -> String {
    write_all(code, |code, out| {
        head(code, out);
        instructions(code, |_, _| (), out);
        handlers(code, out);
    })
}

/// As [`disassemble`], with all there is to know: the file, the names, the constants, and above the first
/// instruction of a line its text, if `source` is given.
pub fn listing(code: &Code, source: Option<&str>) -> String {
    let lines: Vec<&str> = source.map_or(Vec::new(), |text| text.lines().collect());
    write_all(code, |code, out| {
        head(code, out);
        let _ = writeln!(out, "  file {}", text(&code.filename));
        let source_line = |number: u32, out: &mut String| {
            let line = (number as usize).checked_sub(1).and_then(|at| lines.get(at));
            if let Some(line) = line.map(|line| line.trim()).filter(|line| !line.is_empty()) {
                let _ = writeln!(out, "             | {line}");
            }
        };
        instructions(code, source_line, out);
        let all: Vec<String> = code.locals.iter().map(|local| text(&local.name)).collect();
        for (title, list) in [("locals", all), ("names", code.names.iter().map(|name| text(name)).collect())] {
            if !list.is_empty() {
                let _ = writeln!(out, "  {title} {}", list.join(", "));
            }
        }
        for (number, value) in code.constants.iter().enumerate() {
            let _ = writeln!(out, "  constant k{number} = {}", show_const(value));
        }
        handlers(code, out);
    })
}

/// Writes a code object and those among its constants, outer ones first, with an empty line between.
fn write_all(code: &Code, one: impl Fn(&Code, &mut String)) -> String {
    let mut out = String::new();
    let mut waiting = vec![code];
    while let Some(code) = waiting.pop() {
        if !out.is_empty() {
            out.push('\n');
        }
        one(code, &mut out);
        waiting.extend(code.constants.iter().rev().filter_map(|value| match value {
            Const::Code(inner) => Some(&**inner),
            _ => None,
        }));
    }
    out
}

fn head(code: &Code, out: &mut String) {
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
}

/// The instructions; `new_line` may write something above the first one of a source line.
fn instructions(code: &Code, new_line: impl Fn(u32, &mut String), out: &mut String) {
    let mut at = 0;
    let mut line = None;
    while at < code.words.len() {
        let own = code.line_at(at as u32);
        let shown = match own {
            Some(number) if own != line => {
                new_line(number, out);
                format!("{number:5}")
            }
            _ => "     ".into(),
        };
        line = own;
        let _ = writeln!(out, "{shown} {at:5}  {}", show_instruction(code, at));
        let size = Op::from_byte(code.words[at].op_byte()).map_or(1, Op::size);
        at += size;
    }
}

/// The exception table.
fn handlers(code: &Code, out: &mut String) {
    for handler in &code.handlers {
        let _ = writeln!(
            out,
            "  except {}..{} -> {} exception r{} release r{}",
            handler.start, handler.end, handler.target, handler.register, handler.release_from
        );
    }
}

/// The reference page of the instruction set, in Markdown.
pub fn reference() -> String {
    let mut out = String::from(
        "# Bytecode reference\n\nMade from `crates/bytecode/src/instructions.rs`; `cargo xtask regen` writes it \
         again.\nThe rules for words, flags and temporaries are in `word.rs`.\n\n\
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
