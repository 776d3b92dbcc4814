//! `_opcode`: what `opcode` and `dis` ask about instructions.
//!
//! The numbers and names are those of our own instruction table. The library file `_opcode_metadata.py`
//! lists them for Python; [`metadata`] writes it and a test holds it to the table. After our own come,
//! with numbers that no code contains, the names of CPython's instructions that `dis` looks up when it is
//! imported.

use orochi_bytecode::instructions::{Op, OperandKind};
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
    ])
    .exec(|t, namespace| {
        dict::set_by_name(t, namespace, "ENABLE_SPECIALIZATION", Value::i32(0));
        dict::set_by_name(t, namespace, "ENABLE_SPECIALIZATION_FT", Value::i32(0));
        Ok(())
    });

/// Names that CPython's `opcode` and `dis` need and our table does not have.
const FOREIGN: &[&str] = &[
    "BINARY_OP", "CACHE", "CALL_INTRINSIC_1", "CALL_INTRINSIC_2", "COMPARE_OP", "CONTAINS_OP", "CONVERT_VALUE", "COPY_FREE_VARS", "END_ASYNC_FOR",
    "ENTER_EXECUTOR", "EXTENDED_ARG", "FOR_ITER", "IMPORT_NAME", "IS_OP", "JUMP_BACKWARD", "LOAD_ATTR", "LOAD_COMMON_CONSTANT",
    "LOAD_FAST_BORROW_LOAD_FAST_BORROW", "LOAD_FAST_LOAD_FAST", "LOAD_GLOBAL", "LOAD_SMALL_INT", "LOAD_SPECIAL", "LOAD_SUPER_ATTR",
    "SEND", "SET_FUNCTION_ATTRIBUTE", "STORE_FAST_LOAD_FAST", "STORE_FAST_STORE_FAST", "STORE_GLOBAL", "STORE_NAME",
];

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
         instruction are of CPython and in no code: `dis` looks them up.\n\"\"\"\n\n_specializations = {}\n\n_specialized_opmap = {}\n\nopmap = {\n",
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
    fn library_file_lists_the_table() {
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../stdlib/overlay/_opcode_metadata.py");
        if std::env::var_os("WRITE_OPCODE_METADATA").is_some() {
            std::fs::write(&file, super::metadata()).unwrap();
        }
        assert_eq!(std::fs::read_to_string(file).unwrap(), super::metadata());
    }
}
