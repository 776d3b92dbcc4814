//! `-X dump=tokens|ast|bytecode`: what is made of the program, printed in place of running it.
//!
//! The program is found as it would be to run it (a file, a folder or archive with `__main__`, `-c`, `-m`, standard
//! input), so what is shown is what would run. Of that only `-m` runs anything: the packages around the module are
//! imported, because they say where it lies.

use std::fmt::Write as _;

use orochi_compiler::{Mode, Options};
use orochi_heap::Value;
use orochi_objects::{Attached, PyResult, attr, dict, exception, protocol, str, tuple};
use orochi_syntax::tokenize::{TokenStream, kind};
use orochi_text::Wtf8;

use crate::config::{Config, Program, View};
use crate::initialize::{import, os_text};
use crate::program;

/// A program, not run.
struct Loaded {
    /// None: there is only code.
    text: Option<String>,
    filename: Value,
    /// Code that was compiled before.
    code: Option<Value>,
}

/// Prints the view.
pub fn print(t: Attached<'_>, config: &Config, view: View) -> PyResult<()> {
    let loaded = load(t, config)?;
    let out = match (view, &loaded.text) {
        (View::Bytecode, _) => bytecode(t, config, &loaded)?,
        (_, None) => {
            let name = str::display(&loaded.filename);
            return Err(t.raise(&exception::ImportError, format!("there is no source of {name}")));
        }
        (View::Tokens, Some(text)) => tokens(t, text, &loaded.filename)?,
        (View::Ast, Some(text)) => tree(t, config, text, &loaded.filename)?,
    };
    orochi_host::console::write_output(out.as_bytes()).map_err(|e| exception::os_error(t, e.0, None))
}

fn load(t: Attached<'_>, config: &Config) -> PyResult<Loaded> {
    let source = |bytes: &[u8], filename: Value| {
        let text = orochi_modules_eval::source::decode(t, bytes, &filename, true)?;
        Ok(Loaded { text: Some(text), filename, code: None })
    };
    match &config.program {
        Program::Command(text) => {
            Ok(Loaded { text: Some(program::command_text(t, text)?), filename: str::intern(t, "<string>"), code: None })
        }
        Program::Input => {
            let text = orochi_host::fs::read_to_end(0).map_err(|e| exception::os_error(t, e.0, None))?;
            source(&text, str::intern(t, "<stdin>"))
        }
        Program::File(path) if program::is_folder(path) || program::is_archive(path) => {
            let sys = t.interpreter().sys.load();
            if let Some(paths) = dict::get_by_name(t, &sys, "path") {
                protocol::call_method(t, &paths, &str::intern(t, "insert"), &[Value::i32(0), os_text(t, path)])?;
            }
            module(t, "_get_main_module_details", &[])
        }
        Program::File(path) => {
            let bytes = program::read_script(t, path)?;
            source(&bytes, os_text(t, &program::absolute(path)))
        }
        Program::Module(name) => {
            let cwd = orochi_host::fs::getcwd().map_or_else(|_| str::empty(t), |p| os_text(t, &p));
            program::path_first(t, config, cwd)?;
            module(t, "_get_module_details", &[os_text(t, name)])
        }
    }
}

/// A module as `runpy` finds it: a function of it gives (name, spec, code).
fn module(t: Attached<'_>, function: &str, args: &[Value]) -> PyResult<Loaded> {
    let f = attr::get_by_name(t, &import(t, "runpy")?, function)?;
    let found = match protocol::call(t, &f, args) {
        Ok(found) => found,
        Err(e) => {
            // As for a module that cannot be run: the message and no traceback.
            let e = t.catch(e, &exception::ImportError)?;
            let executable = dict::get_by_name(t, &t.interpreter().sys.load(), "executable").unwrap_or(Value::none());
            let message = format!("{}: {}", str::display(&executable), str::display(&protocol::str(t, &e)?));
            return Err(t.raise_with(&exception::SystemExit, vec![str::from_string(t, message)]));
        }
    };
    let [name, spec, code] = tuple::items(&found) else {
        return Err(t.type_error("runpy gave no module"));
    };
    let loader = attr::get_by_name(t, spec, "loader")?;
    let text = match attr::find(t, &loader, &str::intern(t, "get_source"))? {
        Some(get_source) => protocol::call(t, &get_source, std::slice::from_ref(name))?,
        None => Value::none(),
    };
    let filename = orochi_eval::code::body(code).filename.clone();
    Ok(Loaded { text: str::utf8(&text).map(str::to_owned), filename, code: Some(code.clone()) })
}

fn options(config: &Config) -> Options {
    Options { optimize: config.optimize, ..Options::default() }
}

/// One token a line: where it stands, what it is, its text. Where the tokenizer gives up, the error is the one that
/// running the program would give.
fn tokens(t: Attached<'_>, text: &str, filename: &Value) -> PyResult<String> {
    let mut lines = text.split_inclusive('\n').map(str::to_owned).collect::<Vec<_>>().into_iter();
    let mut out = String::new();
    for token in TokenStream::new(Box::new(move || lines.next()), true) {
        let token = token.map_err(|fault| {
            let parsed = orochi_syntax::parse(text, Mode::Exec, &orochi_syntax::Options::default());
            orochi_modules_eval::source::raise(t, parsed.err().unwrap_or(fault), filename)
        })?;
        let place = format!("{},{}-{},{}:", token.start.0, token.start.1, token.end.0, token.end.1);
        let name = kind::name(kind::exact(token.kind, &token.string));
        let shown = orochi_text::repr::repr(Wtf8::from_str(&token.string));
        let _ = writeln!(out, "{place:<20}{name:<15}{}", shown.to_string_lossy());
        t.safepoint()?;
    }
    Ok(out)
}

/// The tree as `ast.dump` writes it.
fn tree(t: Attached<'_>, config: &Config, text: &str, filename: &Value) -> PyResult<String> {
    let root = orochi_modules_eval::source::parse_to_nodes(t, text, filename, Mode::Exec, &options(config))?;
    let dump = attr::get_by_name(t, &import(t, "ast")?, "dump")?;
    let args = [root, Value::i32(2)];
    let names = [str::intern(t, "indent")];
    let shown = protocol::call_args(t, &dump, orochi_objects::Args::with_names(&args, &names))?;
    Ok(str::display(&shown) + "\n")
}

/// The listing of every code object.
fn bytecode(t: Attached<'_>, config: &Config, loaded: &Loaded) -> PyResult<String> {
    let code = match (&loaded.code, &loaded.text) {
        (Some(code), _) => code.clone(),
        (None, Some(text)) => orochi_modules_eval::source::compile(t, text, &loaded.filename, Mode::Exec, &options(config))?,
        (None, None) => return Err(t.raise(&exception::ImportError, "there is no code")),
    };
    let code = &orochi_eval::code::body(&code).code;
    Ok(orochi_bytecode::disassemble::listing(code, loaded.text.as_deref()))
}
