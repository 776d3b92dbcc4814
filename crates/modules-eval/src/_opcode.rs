//! `_opcode`: what `opcode` and `dis` ask about instructions.
//!
//! The numbers and names are those of our own instruction table. The library file `_opcode_metadata.py`
//! lists them for Python; [`metadata`] writes it and a test holds it to the table. After our own come,
//! with numbers that no code contains, a few names of CPython's instructions that programs look up.
//! The library files `opcode.py` and `dis.py` are ours too; `_instructions` gives them what they show.

use orochi_bytecode::Code;
use orochi_bytecode::disassemble::{Operand, operands};
use orochi_bytecode::instructions::{Op, OperandKind};
use orochi_bytecode::word::{CONST, EXTRA, INPLACE, Word};
use orochi_eval::code::{PyCode, offset_of};
use orochi_heap::Value;
use orochi_objects::spec::Method;
use orochi_objects::{Attached, ModuleSpec, PyResult, dict, int, list, protocol, str, tuple};

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("_opcode")
    .doc("Opcode support module.")
    .functions(&[
        Method::new("stack_effect", "(opcode, oparg=None, /, *, jump=None)", stack_effect, "Compute the stack effect of the opcode."),
        Method::new("is_valid", "(opcode)", is_valid, "Return True if opcode is valid, False otherwise."),
        Method::new("has_arg", "(opcode)", has_arg, "Return True if the opcode uses its oparg, False otherwise."),
        Method::new("has_const", "(opcode)", has_const, "Return True if the opcode accesses a constant, False otherwise."),
        Method::new("has_name", "(opcode)", has_name, "Return True if the opcode accesses an attribute by name, False otherwise."),
        Method::new("has_jump", "(opcode)", has_jump, "Return True if the opcode has a jump target, False otherwise."),
        Method::new("has_free", "(opcode)", has_free, "Return True if the opcode accesses a free variable, False otherwise."),
        Method::new("has_local", "(opcode)", has_local, "Return True if the opcode accesses a local variable, False otherwise."),
        Method::new("has_exc", "(opcode)", has_exc, "Return True if the opcode sets an exception handler, False otherwise."),
        Method::new("get_specialization_stats", "()", nothing, "Return the specialization stats"),
        Method::new("get_executor", "(code, offset)", nothing, "Return the executor object at offset in code if exists, None otherwise."),
        Method::new("get_nb_ops", "()", binary_operators, "Return array of symbols of binary ops."),
        Method::new("get_intrinsic1_descs", "()", no_names, "Return a list of names of the unary intrinsics."),
        Method::new("get_intrinsic2_descs", "()", no_names, "Return a list of names of the binary intrinsics."),
        Method::new("get_special_method_names", "()", special_names, "Return a list of special method names."),
        Method::new("_instructions", "(code, /)", instructions, "Rows of a code object or of bytes: offset, opcode, kind of the main operand ('name', 'const', 'local' or None), its number or None, offset of a jump's target or None, operands (a target's as an int)."),
        Method::new("_handlers", "(code, /)", handlers, "Rows of the exception table: start, end and target as offsets, register of the exception, first register released."),
        Method::new("_local_name", "(code, register, /)", local_name, "The local variable of a register; the register's number if it is a temporary."),
        Method::new("_words", "(opcode, /)", words, "Words that the instruction takes."),
    ])
    .exec(|t, namespace| {
        dict::set_by_name(t, namespace, "ENABLE_SPECIALIZATION", Value::i32(0));
        dict::set_by_name(t, namespace, "ENABLE_SPECIALIZATION_FT", Value::i32(0));
        Ok(())
    });

/// Names of CPython's instructions that programs look up without needing them in code: the library's `opcode`
/// promises the first three, the last two stand at the start of CPython's functions.
const FOREIGN: &[&str] = &["CACHE", "COMPARE_OP", "EXTENDED_ARG", "COPY_FREE_VARS", "RESUME"];

/// `LoadGlobal` as `LOAD_GLOBAL`.
fn python_name(op: Op) -> String {
    let mut out = String::new();
    for (i, c) in op.name().char_indices() {
        if i > 0 && c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_uppercase());
    }
    out
}

/// The text of the library file `_opcode_metadata.py`.
pub fn metadata() -> String {
    let mut out = String::from(
        "\"\"\"Numbers of Orochi's instructions; written by `metadata` of the native module `_opcode`.\n\nThe names after the last \
         instruction are of CPython and in no code: programs look them up.\n\"\"\"\n\n_specializations = {}\n\n_specialized_opmap = {}\n\nopmap = {\n",
    );
    let mut names: Vec<String> = Op::ALL.iter().map(|&op| python_name(op)).collect();
    for foreign in FOREIGN {
        if !names.iter().any(|n| n == foreign) {
            names.push((*foreign).to_owned());
        }
    }
    for (number, name) in names.iter().enumerate() {
        out.push_str(&format!("    '{name}': {number},\n"));
    }
    out.push_str(&format!("}}\n\nHAVE_ARGUMENT = 0\nMIN_INSTRUMENTED_OPCODE = {}\n", names.len()));
    out
}

fn op_of(t: Attached<'_>, v: &Value) -> PyResult<Option<Op>> {
    let number = protocol::expect_i64(t, v)?;
    Ok(u8::try_from(number).ok().and_then(Op::from_byte))
}

fn any_operand(t: Attached<'_>, a: &[Value], test: fn(OperandKind) -> bool) -> PyResult {
    Ok(Value::bool(op_of(t, &a[0])?.is_some_and(|op| op.operands().into_iter().any(test))))
}

/// Bytes of a word, in which offsets count.
const WORD: i64 = 8;

fn words(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(Value::i32(op_of(t, &a[0])?.map_or(1, |op| op.size() as i32)))
}

fn code_arg<'a>(t: Attached<'_>, v: &'a Value) -> PyResult<&'a PyCode> {
    match v.payload::<PyCode>() {
        Some(code) => Ok(code),
        None => Err(t.type_error(format!("expected a code object, not {}", orochi_objects::type_::type_name(t, v)))),
    }
}

fn instructions(t: Attached<'_>, a: &[Value]) -> PyResult {
    let own;
    let mut rows = Vec::new();
    let (code, begin) = match orochi_objects::bytes::as_bytes(&a[0]) {
        Some(bytes) => {
            let words = bytes.as_chunks::<8>().0.iter().map(|b| Word(u64::from_le_bytes(*b))).collect();
            own = Code { words, ..Code::default() };
            (&own, 0)
        }
        None => {
            // The word that stands for the beginning.
            let code = &*code_arg(t, &a[0])?.code;
            rows.push(row(t, &Code::default(), 0, Word::new(Op::Nop, 0, 0, 0, 0), 0));
            (code, offset_of(0))
        }
    };
    let mut at = 0;
    while let Some(&word) = code.words.get(at) {
        rows.push(row(t, code, at, word, begin));
        at += Op::from_byte(word.op_byte()).map_or(1, Op::size);
        t.safepoint()?;
    }
    Ok(list::new(t, rows))
}

fn row(t: Attached<'_>, code: &Code, at: usize, word: Word, begin: i64) -> Value {
    let mut target = Value::none();
    let mut shown: Vec<Value> = operands(code, at)
        .into_iter()
        .map(|operand| match operand {
            Operand::Text(text) => str::from_string(t, text),
            Operand::Target(word) => {
                target = int::new(t, begin + word * WORD);
                target.clone()
            }
        })
        .collect();
    let op = Op::from_byte(word.op_byte());
    for (bit, mark) in [(INPLACE, "in place"), (EXTRA, "extra")] {
        if op.is_some_and(|op| op != Op::MakeFunction) && word.flags() & bit != 0 {
            shown.push(str::intern(t, mark));
        }
    }
    let (kind, number) = main_operand(op, word).map_or((Value::none(), Value::none()), |(kind, number)| {
        (kind.map_or(Value::none(), |kind| str::intern(t, kind)), int::new(t, number))
    });
    let offset = int::new(t, begin + at as i64 * WORD);
    tuple::new(t, vec![offset, Value::i32(i32::from(word.op_byte())), kind, number, target, tuple::new(t, shown)])
}

/// The operand that says most: the target of a jump, a name, a constant, a register, in this order.
fn main_operand(op: Option<Op>, word: Word) -> Option<(Option<&'static str>, i64)> {
    let op = op?;
    let rank = |kind: OperandKind| match kind {
        OperandKind::Unused => 9,
        OperandKind::Jump16 | OperandKind::Jump32 => 0,
        OperandKind::Name => 1,
        OperandKind::Const32 => 2,
        OperandKind::SrcOrConst if word.flags() & CONST != 0 => 2,
        OperandKind::Src | OperandKind::SrcOrConst => 3,
        OperandKind::Number => 4,
        OperandKind::Dst | OperandKind::Run | OperandKind::DstRun => 5,
    };
    let fields = [word.a(), word.b(), word.c()];
    let (at, kind) = op.operands().into_iter().enumerate().min_by_key(|&(_, kind)| rank(kind))?;
    let field = i64::from(fields[at]);
    Some(match rank(kind) {
        9 => return None,
        0 if kind == OperandKind::Jump16 => (None, i64::from(word.jump16())),
        0 => (None, i64::from(word.jump32())),
        1 => (Some("name"), field),
        2 if kind == OperandKind::Const32 => (Some("const"), i64::from(word.bc())),
        2 => (Some("const"), field),
        4 if op == Op::MakeFunction => (Some("const"), field),
        4 => (None, field),
        _ => (Some("local"), field),
    })
}

fn handlers(t: Attached<'_>, a: &[Value]) -> PyResult {
    let code = code_arg(t, &a[0])?;
    let offset = |word: u32| int::new(t, offset_of(word));
    let register = |r: u16| Value::i32(i32::from(r));
    let rows = code.code.handlers.iter().map(|h| {
        let row = vec![offset(h.start), offset(h.end), offset(h.target), register(h.register), register(h.release_from)];
        tuple::new(t, row)
    });
    Ok(list::new(t, rows.collect()))
}

fn local_name(t: Attached<'_>, a: &[Value]) -> PyResult {
    let code = code_arg(t, &a[0])?;
    let register = protocol::expect_i64(t, &a[1])?;
    Ok(usize::try_from(register).ok().and_then(|i| code.local_names.get(i)).cloned().unwrap_or_else(|| a[1].clone()))
}

fn stack_effect(t: Attached<'_>, a: &[Value]) -> PyResult {
    if op_of(t, &a[0])?.is_none() {
        return Err(t.value_error("invalid opcode or oparg"));
    }
    // Instructions work on registers: nothing is pushed.
    Ok(int::new(t, 0))
}
fn is_valid(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(Value::bool(op_of(t, &a[0])?.is_some()))
}
fn has_arg(t: Attached<'_>, a: &[Value]) -> PyResult {
    any_operand(t, a, |k| k != OperandKind::Unused)
}
fn has_const(t: Attached<'_>, a: &[Value]) -> PyResult {
    any_operand(t, a, |k| matches!(k, OperandKind::Const32 | OperandKind::SrcOrConst))
}
fn has_name(t: Attached<'_>, a: &[Value]) -> PyResult {
    any_operand(t, a, |k| k == OperandKind::Name)
}
fn has_jump(t: Attached<'_>, a: &[Value]) -> PyResult {
    any_operand(t, a, |k| matches!(k, OperandKind::Jump16 | OperandKind::Jump32))
}
fn has_free(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(Value::bool(op_of(t, &a[0])?.is_some_and(|op| matches!(op, Op::LoadCell | Op::StoreCell | Op::DeleteCell))))
}
fn has_local(t: Attached<'_>, a: &[Value]) -> PyResult {
    any_operand(t, a, |k| matches!(k, OperandKind::Src | OperandKind::Dst | OperandKind::SrcOrConst))
}
/// Handlers stand in the exception table; no instruction sets one.
fn has_exc(t: Attached<'_>, a: &[Value]) -> PyResult {
    op_of(t, &a[0])?;
    Ok(Value::bool(false))
}
fn nothing(_: Attached<'_>, _: &[Value]) -> PyResult {
    Ok(Value::none())
}
fn no_names(t: Attached<'_>, _: &[Value]) -> PyResult {
    Ok(list::new(t, Vec::new()))
}
fn special_names(t: Attached<'_>, _: &[Value]) -> PyResult {
    Ok(list::new(t, ["__enter__", "__exit__", "__aenter__", "__aexit__"].iter().map(|n| str::intern(t, n)).collect()))
}
fn binary_operators(t: Attached<'_>, _: &[Value]) -> PyResult {
    const NAMES: [(&str, &str); 13] = [
        ("ADD", "+"), ("AND", "&"), ("FLOOR_DIVIDE", "//"), ("LSHIFT", "<<"), ("MATRIX_MULTIPLY", "@"), ("MULTIPLY", "*"),
        ("REMAINDER", "%"), ("OR", "|"), ("POWER", "**"), ("RSHIFT", ">>"), ("SUBTRACT", "-"), ("TRUE_DIVIDE", "/"), ("XOR", "^"),
    ];
    let pair = |name: String, sign: String| tuple::new(t, vec![str::from_string(t, name), str::from_string(t, sign)]);
    let mut all: Vec<Value> = NAMES.iter().map(|(n, s)| pair(format!("NB_{n}"), (*s).to_owned())).collect();
    all.extend(NAMES.iter().map(|(n, s)| pair(format!("NB_INPLACE_{n}"), format!("{s}="))));
    all.push(pair("NB_SUBSCR".to_owned(), "[]".to_owned()));
    Ok(list::new(t, all))
}

#[cfg(test)]
mod tests {
    #[test]
    fn generated_library_file_lists_the_table() {
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../stdlib/overlay/_opcode_metadata.py");
        if std::env::var_os("OROCHI_REGEN").is_some() {
            std::fs::write(&file, super::metadata()).unwrap();
        }
        assert_eq!(std::fs::read_to_string(file).unwrap(), super::metadata());
    }
}
