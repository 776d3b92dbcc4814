//! The functions of `builtins` that run code: `compile`, `eval`, `exec`, `globals`, `locals`, `vars`
//! without arguments, `__import__`, `__build_class__`.

use orochi_compiler::{Mode, Options};
use orochi_eval::call::{Activation, run_code};
use orochi_eval::code::{self, PyCode};
use orochi_eval::frame_object;
use orochi_eval::function;
use orochi_heap::Value;
use orochi_objects::spec::Method;
use orochi_objects::type_::{class_of, type_name};
use orochi_objects::{Attached, PyResult, cell, dict, exception, protocol, str, tuple};

/// What joins `builtins`.
pub static FUNCTIONS: &[&Method] = &[&crate::breakpoint::BREAKPOINT, &COMPILE, &EVAL, &EXEC, &GLOBALS, &LOCALS, &orochi_eval::import::IMPORT, &orochi_eval::class::BUILD_CLASS];

static COMPILE: Method = Method::new(
    "compile",
    "(source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1)",
    compile,
    "Compile source into a code object that can be executed by exec() or eval().",
);
static EVAL: Method =
    Method::new("eval", "(source, /, globals=None, locals=None)", eval, "Evaluate the given source in the context of globals and locals.");
static EXEC: Method = Method::new(
    "exec",
    "(source, /, globals=None, locals=None, *, closure=None)",
    exec,
    "Execute the given source in the context of globals and locals.",
);
static GLOBALS: Method = Method::new("globals", "()", globals, "Return the dictionary containing the current scope's global variables.");
static LOCALS: Method = Method::new("locals", "()", locals, "Return a dictionary containing the current scope's local variables.");

const FUTURE_MASK: i64 = orochi_bytecode::code::flags::FUTURE_MASK as i64;
const ONLY_AST: i64 = 0x400;
const ALLOW_INCOMPLETE: i64 = 0x4000;
const DONT_IMPLY_DEDENT: i64 = 0x200;
const TYPE_COMMENTS: i64 = 0x1000;
const TOP_LEVEL_AWAIT: i64 = 0x2000;
const OPTIMIZED_AST: i64 = 0x8000 | ONLY_AST;
const IGNORE_COOKIE: i64 = 0x0800;

/// The optimisation level of the command line.
fn default_level(t: Attached<'_>) -> u8 {
    let sys = t.interpreter().sys.load();
    let flags = dict::get_by_name(t, &sys, "flags");
    let level = flags.and_then(|f| orochi_objects::attr::get_by_name(t, &f, "optimize").ok());
    level.as_ref().and_then(Value::as_small_int).unwrap_or(0).clamp(0, 2) as u8
}

/// Text and filename of a source argument: str, bytes-like.
pub fn source_text(t: Attached<'_>, source: &Value, filename: &Value, function: &str, what: &str) -> PyResult<String> {
    if let Some(s) = str::as_str(source) {
        return match orochi_syntax::decode::text_of_str(s.bytes()) {
            Ok(text) => Ok(text.to_owned()),
            Err(fault) => Err(crate::source::raise(t, fault, filename)),
        };
    }
    if let Some(bytes) = orochi_objects::bytes::as_bytes(source) {
        return crate::source::decode(t, bytes, filename, false);
    }
    if class_of(t, source).slots.buffer().is_some() {
        let buffer = orochi_objects::buffer::get(t, source, false)?;
        let bytes = buffer.to_vec();
        return crate::source::decode(t, &bytes, filename, false);
    }
    Err(t.type_error(format!("{function}() arg 1 must be a {what}")))
}

fn compile(t: Attached<'_>, a: &[Value]) -> PyResult {
    let filename = match str::as_str(&a[1]) {
        Some(_) => a[1].clone(),
        None => {
            let os_fspath = orochi_eval::import::native_attribute(t, "posix", "fspath")?;
            let path = protocol::call(t, &os_fspath, std::slice::from_ref(&a[1]))?;
            match orochi_objects::bytes::as_bytes(&path) {
                Some(b) => str::from_string(t, String::from_utf8_lossy(b).into_owned()),
                None => path,
            }
        }
    };
    let mode_text = str::expect(t, &a[2], "compile() argument 'mode'")?.wtf8().as_str().unwrap_or("").to_owned();
    let flags = match a[3].given() {
        Some(f) => protocol::expect_i64(t, f)?,
        None => 0,
    };
    let known = FUTURE_MASK | OPTIMIZED_AST | ALLOW_INCOMPLETE | DONT_IMPLY_DEDENT | TYPE_COMMENTS | TOP_LEVEL_AWAIT | IGNORE_COOKIE;
    if flags & !known != 0 {
        return Err(t.value_error("compile(): unrecognised flags"));
    }
    let optimize = match a[5].given() {
        Some(o) => protocol::expect_i64(t, o)?,
        None => -1,
    };
    if !(-1..=2).contains(&optimize) {
        return Err(t.value_error("compile(): invalid optimize value"));
    }
    let mode = match mode_text.as_str() {
        "exec" => Mode::Exec,
        "eval" => Mode::Eval,
        "single" => Mode::Single,
        "func_type" if flags & ONLY_AST != 0 => {
            return Err(t.raise(&exception::NotImplementedError, "compile() mode 'func_type' is not supported"));
        }
        "func_type" => return Err(t.value_error("compile() mode 'func_type' requires flag PyCF_ONLY_AST")),
        _ => return Err(t.value_error("compile() mode must be 'exec', 'eval' or 'single'")),
    };
    let inherited = match a[4].given() {
        Some(v) if protocol::truth(t, v)? => 0,
        _ => caller_future_flags(t),
    };
    let options = Options {
        optimize: if optimize < 0 { default_level(t) } else { optimize as u8 },
        future: (flags & FUTURE_MASK) as u32 | inherited,
        allow_top_level_await: flags & TOP_LEVEL_AWAIT != 0,
        max_int_digits: orochi_objects::int::max_str_digits(t, usize::MAX).min(1 << 40),
        syntax: orochi_syntax::Options {
            allow_incomplete: flags & ALLOW_INCOMPLETE != 0,
            dont_imply_dedent: flags & DONT_IMPLY_DEDENT != 0,
        },
    };
    if crate::_ast::node::is_node(t, &a[0]) {
        if flags & OPTIMIZED_AST == ONLY_AST {
            return Ok(a[0].clone());
        }
        return crate::source::compile_nodes(t, &a[0], &filename, mode, &options);
    }
    let text = source_text(t, &a[0], &filename, "compile", "string, bytes or AST object")?;
    if flags & ONLY_AST != 0 {
        return crate::source::parse_to_nodes(t, &text, &filename, mode, &options);
    }
    crate::source::compile(t, &text, &filename, mode, &options)
}

fn caller_future_flags(t: Attached<'_>) -> u32 {
    match frame_object::caller(t, 0) {
        Some(f) => code::body(&frame_object::code_of(&f)).flags & orochi_bytecode::code::flags::FUTURE_MASK,
        None => 0,
    }
}

/// Globals and locals of `eval` and `exec`, checked, with `__builtins__` put in.
fn namespaces(t: Attached<'_>, globals: &Value, locals: &Value, function: &str) -> PyResult<(Value, Value)> {
    let given = |v: &Value| v.given().filter(|v| !v.is_none()).cloned();
    let globals_given = given(globals);
    let locals_given = given(locals);
    if let Some(l) = &locals_given
        && class_of(t, l).slots.get_item().is_none()
    {
        return Err(t.type_error(format!("{function}() locals must be a mapping or None, not {}", type_name(t, l))));
    }
    if let Some(g) = &globals_given
        && dict::as_dict(g).is_none()
    {
        return Err(t.type_error(if function == "eval" && class_of(t, g).slots.get_item().is_some() {
            "globals must be a real dict; try eval(code, {}, mapping)".to_owned()
        } else if function == "eval" {
            "globals must be a dict".to_owned()
        } else {
            format!("{function}() globals must be a dict, not {}", type_name(t, g))
        }));
    }
    let (g, l) = match (globals_given, locals_given) {
        (Some(g), Some(l)) => (g, l),
        (Some(g), None) => (g.clone(), g),
        (None, l) => {
            let Some(frame) = frame_object::caller(t, 0) else {
                return Err(t.raise(&exception::SystemError, "globals and locals cannot be NULL"));
            };
            let g = frame_object::globals_of(&frame);
            let l = match l {
                Some(l) => l,
                None => frame_object::locals_of(t, &frame)?,
            };
            (g, l)
        }
    };
    if dict::get_str(t, &g, &t.names().__builtins__).is_none() {
        let builtins = match frame_object::caller(t, 0) {
            Some(f) => frame_object::builtins_of(&f),
            None => t.interpreter().builtins.load(),
        };
        dict::set_str(t, &g, &t.names().__builtins__, builtins);
    }
    Ok((g, l))
}

/// Runs a code object in namespaces.
pub fn run(t: Attached<'_>, code_value: &Value, globals: &Value, locals: &Value, closure: &[Value]) -> PyResult {
    let activation = Activation {
        code: code::body(code_value),
        function: Value::unbound(),
        code_value: code_value.clone(),
        globals: globals.clone(),
        builtins: function::builtins_for(t, globals),
        locals: locals.clone(),
    };
    run_code(t, activation, closure)
}

fn eval(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (globals, locals) = namespaces(t, &a[1], &a[2], "eval")?;
    if let Some(c) = a[0].payload::<PyCode>() {
        if !c.free_registers.is_empty() {
            return Err(t.type_error("code object passed to eval() may not contain free variables"));
        }
        return run(t, &a[0], &globals, &locals, &[]);
    }
    let filename = str::intern(t, "<string>");
    let text = source_text(t, &a[0], &filename, "eval", "string, bytes or code object")?;
    let text = text.trim_start_matches([' ', '\t']);
    let options = Options { optimize: default_level(t), future: caller_future_flags(t), ..Options::default() };
    let code = crate::source::compile(t, text, &filename, Mode::Eval, &options)?;
    run(t, &code, &globals, &locals, &[])
}

fn exec(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (globals, locals) = namespaces(t, &a[1], &a[2], "exec")?;
    let closure = a[3].given().filter(|c| !c.is_none());
    if let Some(c) = a[0].payload::<PyCode>() {
        let free = c.free_registers.len();
        match closure {
            None if free > 0 => return Err(t.type_error(format!("code object requires a closure of exactly length {free}"))),
            Some(_) if free == 0 => return Err(t.type_error("cannot use a closure with this code object")),
            Some(cl) => {
                let items = tuple::items(cl);
                if tuple::as_tuple(cl).is_none()
                    || items.len() != free
                    || items.iter().any(|c| c.payload::<cell::PyCell>().is_none())
                {
                    return Err(t.type_error(format!("code object requires a closure of exactly length {free}")));
                }
            }
            None => {}
        }
        run(t, &a[0], &globals, &locals, closure.map_or(&[], |c| tuple::items(c)))?;
        return Ok(Value::none());
    }
    if closure.is_some() {
        return Err(t.type_error("closure can only be used when source is a code object"));
    }
    let filename = str::intern(t, "<string>");
    let text = source_text(t, &a[0], &filename, "exec", "string, bytes or code object")?;
    let options = Options { optimize: default_level(t), future: caller_future_flags(t), ..Options::default() };
    let code = crate::source::compile(t, &text, &filename, Mode::Exec, &options)?;
    run(t, &code, &globals, &locals, &[])?;
    Ok(Value::none())
}

fn globals(t: Attached<'_>, _: &[Value]) -> PyResult {
    Ok(frame_object::caller(t, 0).map_or(Value::none(), |f| frame_object::globals_of(&f)))
}

fn locals(t: Attached<'_>, _: &[Value]) -> PyResult {
    match frame_object::caller(t, 0) {
        Some(f) => frame_object::locals_of(t, &f),
        None => Err(t.raise(&exception::SystemError, "frame does not exist")),
    }
}
