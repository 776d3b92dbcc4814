//! The interactive prompt in plain lines: for pipes, `-i`, terminals that cannot do more, and `sys._baserepl()`.
//!
//! ```text
//! prompt to standard error, line from sys.__stdin__
//!     -> compiled for "single"; not complete: the next line
//!     -> linecache learns the source, for tracebacks
//!     -> runs in __main__ -> what it raises goes to sys.excepthook, SystemExit ends the loop
//! ```

use orochi_heap::Value;
use orochi_objects::type_::{is_instance_of, type_name, type_of};
use orochi_objects::{Attached, PyResult, dict, exception, int, module, protocol, str};

use crate::run;

const FILENAME: &str = "<stdin>";

/// Flags of `compile`: an input that is not complete is told from a wrong one, and blocks end with an empty line.
const INTERACTIVE: u32 = 0x4000 | 0x200;

/// Reads, runs and prints until the input ends; SystemExit, and nothing else, comes out.
pub fn run(t: Attached<'_>) -> PyResult<()> {
    let sys = t.interpreter().sys.load();
    for (name, text) in [("ps1", ">>> "), ("ps2", "... ")] {
        if dict::get_by_name(t, &sys, name).is_none() {
            dict::set_by_name(t, &sys, name, str::intern(t, text));
        }
    }
    let mut lines: Vec<String> = Vec::new();
    // The `from __future__` features that statements so far have asked for.
    let mut features = 0;
    loop {
        flush(t);
        let line = match prompt(t, if lines.is_empty() { "ps1" } else { "ps2" }).and_then(|()| read_line(t)) {
            Ok(line) => line,
            Err(e) => {
                let e = t.take_raised(e);
                if is_instance_of(t, &e, exception::KeyboardInterrupt.get(t)) {
                    orochi_host::console::write_error(b"\nKeyboardInterrupt\n");
                    lines.clear();
                    continue;
                }
                // The input is gone: closed, or no input at all.
                None
            }
        };
        let ended = match line {
            Some(line) if lines.is_empty() && line.trim().is_empty() => continue,
            Some(line) => match line.strip_suffix('\n') {
                Some(line) => {
                    lines.push(line.to_owned());
                    false
                }
                // The input ends within the line, so the next one would be the end.
                None => {
                    lines.push(line);
                    prompt(t, "ps2")?;
                    true
                }
            },
            None => true,
        };
        if ended {
            orochi_host::console::write_error(b"\n");
            if lines.is_empty() {
                return Ok(());
            }
            lines.push(String::new());
        }
        let outcome = match compile(t, &lines.join("\n"), features, ended) {
            Ok(None) => continue,
            Ok(Some(code)) => {
                features |= orochi_eval::code::body(&code).flags & orochi_bytecode::code::flags::FUTURE_MASK;
                execute(t, &code, &lines)
            }
            Err(e) => Err(e),
        };
        lines.clear();
        if let Err(e) = outcome {
            show(t, e)?;
        }
    }
}

/// Runs the file that `PYTHONSTARTUP` names (its path, and that as a str), then `sys.__interactivehook__`; only
/// SystemExit comes out.
pub fn start(t: Attached<'_>, startup: Option<(&[u8], Value)>) -> PyResult<()> {
    if let Some((path, filename)) = startup
        && let Err(e) = run_startup(t, path, &filename)
    {
        show(t, e)?;
    }
    if let Some(hook) = dict::get_by_name(t, &t.interpreter().sys.load(), "__interactivehook__")
        && let Err(e) = protocol::call(t, &hook, &[])
    {
        orochi_host::console::write_error(b"Failed calling sys.__interactivehook__\n");
        show(t, e)?;
    }
    Ok(())
}

fn run_startup(t: Attached<'_>, path: &[u8], filename: &Value) -> PyResult<()> {
    let read = std::ffi::CString::new(path).map_err(|_| orochi_host::Errno::EINVAL).and_then(|p| orochi_host::fs::read_file(&p));
    let source = match read {
        Ok(source) => source,
        Err(e) => {
            orochi_host::console::write_error(b"Could not open PYTHONSTARTUP\n");
            return Err(exception::os_error(t, e.0, Some(filename)));
        }
    };
    let text = crate::source::decode(t, &source, filename, true)?;
    let code = crate::source::compile(t, &text, filename, orochi_compiler::Mode::Exec, &orochi_compiler::Options::default())?;
    let namespace = main_namespace(t);
    dict::set_by_name(t, &namespace, "__file__", filename.clone());
    let done = run::run(t, &code, &namespace, &namespace, &[]).map(drop);
    drop(dict::remove(t, &namespace, &str::intern(t, "__file__"))?);
    done
}

/// The code of the lines so far; `None`: more lines are needed, which at the end of the input is an error.
fn compile(t: Attached<'_>, source: &str, features: u32, ended: bool) -> PyResult<Option<Value>> {
    let flags = features | if ended { 0 } else { INTERACTIVE };
    let compile = protocol::builtin(t, "compile")?;
    let args = [
        str::new(t, source),
        str::intern(t, FILENAME),
        str::intern(t, "single"),
        int::new(t, flags.into()),
        Value::bool(true),
    ];
    match protocol::call(t, &compile, &args) {
        Ok(code) => Ok(Some(code)),
        Err(e) => {
            let e = t.take_raised(e);
            if type_name(t, &e) == "_IncompleteInputError" {
                return Ok(None);
            }
            // Nobody called: the error itself shows where it is.
            if let Some(body) = exception::as_exception(&e) {
                body.traceback.set(Value::none());
            }
            Err(t.raise_value(e))
        }
    }
}

fn execute(t: Attached<'_>, code: &Value, lines: &[String]) -> PyResult<()> {
    let mut text = lines.join("\n");
    text.push('\n');
    remember_source(t, code, &text, &str::intern(t, FILENAME))?;
    let namespace = main_namespace(t);
    run::run(t, code, &namespace, &namespace, &[]).map(drop)
}

/// Tells `linecache` the source of code that came from no file.
pub fn remember_source(t: Attached<'_>, code: &Value, text: &str, filename: &Value) -> PyResult<()> {
    let register = orochi_eval::import::native_attribute(t, "linecache", "_register_code")?;
    protocol::call(t, &register, &[code.clone(), str::new(t, text), filename.clone()]).map(drop)
}

/// Reports an exception as the end of a program does; SystemExit is given on.
fn show(t: Attached<'_>, raised: orochi_objects::Raised) -> PyResult<()> {
    if t.raised_is(&raised, &exception::SystemExit) {
        return Err(raised);
    }
    let e = t.take_raised(raised);
    report(t, &e)?;
    flush(t);
    Ok(())
}

/// Hands an exception that nobody caught to `sys.excepthook`, and remembers it in `sys.last_exc` and its like.
///
/// # Errors
/// SystemExit, if the hook raises it. Whatever else the hook raises is printed beside the exception.
pub fn report(t: Attached<'_>, e: &Value) -> PyResult<()> {
    let sys = t.interpreter().sys.load();
    let traceback = exception::as_exception(e).map_or(Value::none(), |x| x.traceback.load());
    let class = type_of(t, e).clone();
    for (name, v) in [("last_exc", e), ("last_value", e), ("last_type", &class), ("last_traceback", &traceback)] {
        dict::set_by_name(t, &sys, name, v.clone());
    }
    let Some(hook) = dict::get_by_name(t, &sys, "excepthook") else {
        orochi_host::console::write_error(b"sys.excepthook is missing\n");
        crate::sys::print_exception(t, e);
        return Ok(());
    };
    if let Err(second) = protocol::call(t, &hook, &[class, e.clone(), traceback]) {
        let second = t.take_raised(second);
        if is_instance_of(t, &second, exception::SystemExit.get(t)) {
            return Err(t.raise_value(second));
        }
        orochi_host::console::write_error(b"Error in sys.excepthook:\n");
        crate::sys::print_exception(t, &second);
        orochi_host::console::write_error(b"\nOriginal exception was:\n");
        crate::sys::print_exception(t, e);
    }
    Ok(())
}

/// The namespace of `__main__`.
pub fn main_namespace(t: Attached<'_>) -> Value {
    let modules = t.interpreter().modules.load();
    dict::get_by_name(t, &modules, "__main__").map_or(Value::none(), |m| module::dict_of(&m))
}

fn prompt(t: Attached<'_>, name: &str) -> PyResult<()> {
    if let Some(v) = dict::get_by_name(t, &t.interpreter().sys.load(), name) {
        let text = protocol::str(t, &v)?;
        orochi_host::console::write_error(str::display(&text).as_bytes());
    }
    Ok(())
}

/// A line with its end; `None` where the input ends. `input()` and `sys.stdin` read from the same buffer.
fn read_line(t: Attached<'_>) -> PyResult<Option<String>> {
    let Some(input) = dict::get_by_name(t, &t.interpreter().sys.load(), "__stdin__").filter(|s| !s.is_none()) else { return Ok(None) };
    let line = protocol::call_method(t, &input, &str::intern(t, "readline"), &[])?;
    let text = str::display(&line);
    Ok(if text.is_empty() { None } else { Some(text) })
}

fn flush(t: Attached<'_>) {
    let sys = t.interpreter().sys.load();
    for name in ["stderr", "stdout"] {
        let Some(stream) = dict::get_by_name(t, &sys, name).filter(|s| !s.is_none()) else { continue };
        if let Err(e) = protocol::call_method(t, &stream, &t.names().flush, &[]) {
            drop(t.take_raised(e));
        }
    }
}
