//! `_symtable`: the compiler's symbol tables, as the library's `symtable` reads them.

use orochi_compiler::symtable::{Place, ScopeId, ScopeKind, SymbolTable};
use orochi_heap::{Payload, Value, payload};
use orochi_objects::slots::Def;
use orochi_objects::spec::{Method, TypeSpec, flags};
use orochi_objects::{Attached, ModuleSpec, PyResult, attr, dict, int, list, protocol, str};
use orochi_syntax::Mode;

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("_symtable")
    .functions(&[Method::new(
        "symtable",
        "(source, filename, startstr, /)",
        symtable,
        "Return symbol and scope dictionaries used internally by compiler.",
    )])
    .exec(|t, namespace| {
        for (name, value) in CONSTANTS {
            dict::set_by_name(t, namespace, name, Value::i32(*value));
        }
        Ok(())
    });

/// Bit position of the scope in a symbol's flags.
const SCOPE_OFF: u32 = 12;

const CONSTANTS: &[(&str, i32)] = &[
    ("USE", 16),
    ("DEF_GLOBAL", 1),
    ("DEF_NONLOCAL", 8),
    ("DEF_LOCAL", 2),
    ("DEF_PARAM", 4),
    ("DEF_TYPE_PARAM", 1024),
    ("DEF_FREE_CLASS", 64),
    ("DEF_IMPORT", 128),
    ("DEF_BOUND", 134),
    ("DEF_ANNOT", 256),
    ("DEF_COMP_ITER", 512),
    ("DEF_COMP_CELL", 2048),
    ("TYPE_FUNCTION", 0),
    ("TYPE_CLASS", 1),
    ("TYPE_MODULE", 2),
    ("TYPE_ANNOTATION", 3),
    ("TYPE_TYPE_ALIAS", 4),
    ("TYPE_TYPE_PARAMETERS", 5),
    ("TYPE_TYPE_VARIABLE", 6),
    ("LOCAL", 1),
    ("GLOBAL_EXPLICIT", 2),
    ("GLOBAL_IMPLICIT", 3),
    ("FREE", 4),
    ("CELL", 5),
    ("SCOPE_OFF", SCOPE_OFF as i32),
    ("SCOPE_MASK", 15),
];

/// The body of an entry: everything is an attribute.
pub struct PyEntry;

impl Payload for PyEntry {
    payload!(PyEntry, "symtable entry");
}

/// One scope.
pub static ENTRY: TypeSpec =
    TypeSpec::new::<PyEntry>("symtable entry").flags(flags::HAS_DICT | flags::HAS_WEAKREF | flags::NO_NEW).slots(&[Def::Repr(repr)]);

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let show = |name: &str| -> PyResult<String> { Ok(str::display(&protocol::str(t, &attr::get_by_name(t, this, name)?)?)) };
    Ok(str::from_string(t, format!("<symtable entry {}({}), line {}>", show("name")?, show("id")?, show("lineno")?)))
}

fn symtable(t: Attached<'_>, a: &[Value]) -> PyResult {
    let mode = match str::expect(t, &a[2], "symtable() argument 3")?.wtf8().as_str() {
        Some("exec") => Mode::Exec,
        Some("eval") => Mode::Eval,
        Some("single") => Mode::Single,
        _ => return Err(t.value_error("symtable() arg 3 must be 'exec' or 'eval' or 'single'")),
    };
    let filename = match str::as_str(&a[1]) {
        Some(_) => a[1].clone(),
        None => str::from_string(t, String::from_utf8_lossy(orochi_objects::bytes::as_bytes(&a[1]).unwrap_or(b"?")).into_owned()),
    };
    let text = crate::run::source_text(t, &a[0], &filename, "symtable", "string or bytes")?;
    let options = orochi_compiler::Options::default();
    let parsed = match orochi_syntax::parse(&text, mode, &options.syntax) {
        Ok(p) => p,
        Err(fault) => return Err(crate::source::raise(t, fault, &filename)),
    };
    let table = match orochi_compiler::symbol_table(&parsed, &options) {
        Ok(table) => table,
        Err(fault) => return Err(crate::source::raise(t, *fault, &filename)),
    };
    entry(t, &table, ScopeId(0))
}

/// The children, with those of comprehensions that are part of the scope in their place.
fn children(table: &SymbolTable<'_>, id: ScopeId, out: &mut Vec<ScopeId>) {
    for &child in &table.scope(id).children {
        if table.scope(child).inlined { children(table, child, out) } else { out.push(child) }
    }
}

fn entry(t: Attached<'_>, table: &SymbolTable<'_>, id: ScopeId) -> PyResult {
    t.check_stack(" during compilation")?;
    let scope = table.scope(id);
    let symbols = dict::new(t);
    let names = list::new(t, Vec::new());
    for symbol in &scope.symbols {
        let place = match symbol.place {
            Place::Local => 1,
            Place::GlobalExplicit => 2,
            Place::GlobalImplicit => 3,
            Place::Free { .. } => 4,
            Place::Cell => 5,
        };
        let name = str::intern(t, symbol.name.as_str());
        if symbol.flags & orochi_compiler::symtable::DEF_PARAM != 0 {
            list::append(t, &names, name.clone())?;
        }
        dict::set_str(t, &symbols, &name, int::new(t, i64::from(symbol.flags | place << SCOPE_OFF)));
    }
    let mut inner = Vec::new();
    children(table, id, &mut inner);
    let below = list::new(t, Vec::new());
    for child in inner {
        list::append(t, &below, entry(t, table, child)?)?;
    }
    let (kind, name) = match scope.kind {
        ScopeKind::Module => (2, "top"),
        ScopeKind::Class => (1, scope.name.as_str()),
        ScopeKind::Function => (0, scope.name.as_str()),
        ScopeKind::Lambda => (0, "lambda"),
        ScopeKind::ListComp => (0, "listcomp"),
        ScopeKind::SetComp => (0, "setcomp"),
        ScopeKind::DictComp => (0, "dictcomp"),
        ScopeKind::Generator => (0, "genexpr"),
        ScopeKind::Annotation => (3, scope.name.as_str()),
        ScopeKind::TypeAlias => (4, scope.name.as_str()),
        ScopeKind::TypeParams => (5, scope.name.as_str()),
        ScopeKind::TypeVariable => (6, scope.name.as_str()),
    };
    let line = if scope.kind == ScopeKind::Module { 0 } else { scope.line };
    let this = ENTRY.alloc(t, PyEntry);
    let Some(h) = this.header() else { return Ok(this) };
    let identity = int::new(t, this.identity() as i64);
    for (field, value) in [
        ("id", identity),
        ("name", str::intern(t, name)),
        ("symbols", symbols),
        ("varnames", names),
        ("children", below),
        ("nested", Value::bool(scope.nested)),
        ("type", Value::i32(kind)),
        ("lineno", int::new(t, i64::from(line))),
    ] {
        attr::instance_set(t, h, &str::intern(t, field), value)?;
    }
    Ok(this)
}
