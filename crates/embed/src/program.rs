//! Runs a program and ends: exit status, `threading._shutdown`, `atexit`, flushing, the last finalisers.

use orochi_compiler::{Mode, Options};
use orochi_heap::Value;
use orochi_objects::{Attached, PyResult, Raised, Thread, attr, dict, exception, int, list, protocol, str};

use orochi_modules_eval::interactive;

use crate::config::{Config, Program};
use crate::initialize::{self, import, os_text};

/// Runs the program that the configuration names; gives the exit status of the process.
pub fn main(config: Config) -> i32 {
    let runtime = initialize::runtime(&config);
    let Ok(interpreter) = runtime.new_interpreter() else { return 1 };
    let Ok(thread) = Thread::start(&interpreter) else { return 1 };
    let low = orochi_host::thread::stack_bounds().map_or(0, |b| b.low);
    thread.run(low, |t| {
        let status = match initialize::interpreter(t, &config) {
            Ok(()) => run(t, &config),
            Err(e) => {
                orochi_host::console::write_error(b"Fatal Python error: the interpreter could not be initialized\n");
                let e = t.take_raised(e);
                orochi_modules_eval::sys::print_exception(t, &e);
                1
            }
        };
        let status = end(t, status);
        if status == INTERRUPTED {
            orochi_modules_host::signals::die_of_interrupt();
        }
        // What is still held dies with the process, as daemon threads do.
        orochi_host::process::exit_now(status)
    })
}

/// The status of a program that an uncaught KeyboardInterrupt ended: it dies of SIGINT, as its callers expect.
const INTERRUPTED: i32 = 130;

fn run(t: Attached<'_>, config: &Config) -> i32 {
    let result = match config.dump {
        Some(view) => crate::dump::print(t, config, view),
        None => run_program(t, config),
    };
    let mut status = match result {
        Ok(()) => 0,
        Err(e) => report(t, e),
    };
    let interactive_end = config.inspect || config.environment("PYTHONINSPECT").is_some();
    if interactive_end && config.dump.is_none() && config.program != Program::Input {
        status = match prompt(t, config) {
            Ok(()) => 0,
            Err(e) => report(t, e),
        };
    }
    status
}

fn set_argv(t: Attached<'_>, config: &Config, first: Value) {
    let mut argv = vec![first];
    argv.extend(config.arguments.iter().map(|a| os_text(t, a)));
    dict::set_by_name(t, &t.interpreter().sys.load(), "argv", list::new(t, argv));
}

/// Puts a folder in front of `sys.path`, unless `-P` or `-I` forbid it.
pub(crate) fn path_first(t: Attached<'_>, config: &Config, folder: Value) -> PyResult<()> {
    if config.safe_path {
        return Ok(());
    }
    let Some(path) = dict::get_by_name(t, &t.interpreter().sys.load(), "path") else { return Ok(()) };
    protocol::call_method(t, &path, &str::intern(t, "insert"), &[Value::i32(0), folder]).map(drop)
}

fn run_program(t: Attached<'_>, config: &Config) -> PyResult<()> {
    match &config.program {
        Program::Command(text) => {
            set_argv(t, config, str::intern(t, "-c"));
            path_first(t, config, str::empty(t))?;
            let filename = str::intern(t, "<string>");
            let text = command_text(t, text)?;
            let code = compile_text(t, config, &text, &filename)?;
            let namespace = interactive::main_namespace(t);
            orochi_modules_eval::run::run(t, &code, &namespace, &namespace, &[]).map(drop).map_err(|e| {
                // Only a traceback wants the source: then it is told to linecache.
                let e = t.take_raised(e);
                if let Err(other) = interactive::remember_source(t, &code, &text, &filename) {
                    drop(t.take_raised(other));
                }
                t.raise_value(e)
            })
        }
        Program::Module(name) => {
            set_argv(t, config, str::intern(t, "-m"));
            let cwd = orochi_host::fs::getcwd().map_or_else(|_| str::empty(t), |p| os_text(t, &p));
            path_first(t, config, cwd)?;
            let runpy = import(t, "runpy")?;
            let f = attr::get_by_name(t, &runpy, "_run_module_as_main")?;
            protocol::call(t, &f, &[os_text(t, name), Value::bool(true)]).map(drop)
        }
        Program::File(path) => run_file(t, config, path),
        Program::Input => {
            set_argv(t, config, str::intern(t, if config.dash { "-" } else { "" }));
            path_first(t, config, str::empty(t))?;
            if orochi_host::fs::isatty(0) || config.inspect {
                return prompt(t, config);
            }
            let source = orochi_host::fs::read_to_end(0).map_err(|e| orochi_objects::exception::os_error(t, e.0, None))?;
            let filename = str::intern(t, "<stdin>");
            let text = orochi_modules_eval::source::decode(t, &source, &filename, true)?;
            run_text(t, config, &text, &filename)
        }
    }
}

/// The program of `-c`: UTF-8 whatever it says of its coding, the indentation that all lines share taken off.
pub(crate) fn command_text(t: Attached<'_>, bytes: &[u8]) -> PyResult<String> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(dedent(text)),
        Err(_) => {
            orochi_host::console::write_error(b"Unable to decode the command from the command line: it is not UTF-8\n");
            Err(t.raise_with(&exception::SystemExit, vec![Value::i32(1)]))
        }
    }
}

/// Takes off the blanks with which all lines begin; lines of blanks only do not count and become empty.
fn dedent(text: &str) -> String {
    let blank = |line: &str| line.trim_matches([' ', '\t']).is_empty();
    let mut margin: Option<&str> = None;
    for line in text.split('\n').filter(|line| !blank(line)) {
        let indent = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
        let shared = match margin {
            None => indent.len(),
            Some(before) => before.bytes().zip(indent.bytes()).take_while(|(a, b)| a == b).count(),
        };
        margin = Some(&indent[..shared]);
    }
    let margin = margin.map_or(0, str::len);
    if margin == 0 {
        return text.to_owned();
    }
    let lines = text.split('\n').map(|line| if blank(line) { "" } else { &line[margin..] });
    lines.collect::<Vec<_>>().join("\n")
}

fn compile_text(t: Attached<'_>, config: &Config, text: &str, filename: &Value) -> PyResult {
    let options = Options { optimize: config.optimize, ..Options::default() };
    orochi_modules_eval::source::compile(t, text, filename, Mode::Exec, &options)
}

fn run_text(t: Attached<'_>, config: &Config, text: &str, filename: &Value) -> PyResult<()> {
    let code = compile_text(t, config, text, filename)?;
    let namespace = interactive::main_namespace(t);
    orochi_modules_eval::run::run(t, &code, &namespace, &namespace, &[]).map(drop)
}

fn run_file(t: Attached<'_>, config: &Config, path: &[u8]) -> PyResult<()> {
    let name = os_text(t, path);
    set_argv(t, config, name.clone());
    let is_folder = is_folder(path);
    // A folder or an archive with `__main__` in it is a place to import from.
    if is_folder || is_archive(path) {
        let sys = t.interpreter().sys.load();
        if let Some(paths) = dict::get_by_name(t, &sys, "path") {
            protocol::call_method(t, &paths, &str::intern(t, "insert"), &[Value::i32(0), name.clone()])?;
        }
        let runpy = import(t, "runpy")?;
        let f = attr::get_by_name(t, &runpy, "_run_module_as_main")?;
        let found = protocol::call(t, &f, &[str::intern(t, "__main__"), Value::bool(false)]);
        return match found {
            Ok(_) => Ok(()),
            Err(e) => Err(e),
        };
    }
    let source = read_script(t, path)?;
    let folder = folder_of(path);
    path_first(t, config, os_text(t, &folder))?;
    let namespace = interactive::main_namespace(t);
    let shown = os_text(t, &absolute(path));
    dict::set_by_name(t, &namespace, "__file__", shown.clone());
    dict::set_by_name(t, &namespace, "__cached__", Value::none());
    let compiled = path.ends_with(b".pyc");
    let loader = attr::get_by_name(t, &import(t, "_frozen_importlib_external")?, if compiled { "SourcelessFileLoader" } else { "SourceFileLoader" })?;
    let loader = protocol::call(t, &loader, &[str::intern(t, "__main__"), shown.clone()])?;
    dict::set_by_name(t, &namespace, "__loader__", loader.clone());
    if compiled {
        let code = match protocol::call_method(t, &loader, &str::intern(t, "get_code"), &[str::intern(t, "__main__")]) {
            Ok(code) => code,
            Err(e) => {
                drop(t.catch(e, &exception::ImportError)?);
                return Err(t.raise(&exception::RuntimeError, "Bad magic number in .pyc file"));
            }
        };
        return orochi_modules_eval::run::run(t, &code, &namespace, &namespace, &[]).map(drop);
    }
    let text = orochi_modules_eval::source::decode(t, &source, &shown, true)?;
    run_text(t, config, &text, &shown)
}

/// The bytes of a script. A file that cannot be read ends the program with status 2, as CPython does.
pub(crate) fn read_script(t: Attached<'_>, path: &[u8]) -> PyResult<Vec<u8>> {
    read_path(path).map_err(|e| {
        let message = format!(
            "{}: can't open file '{}': [Errno {}] {}\n",
            str::display(&dict::get_by_name(t, &t.interpreter().sys.load(), "executable").unwrap_or(Value::none())),
            String::from_utf8_lossy(&absolute(path)),
            e.0,
            e.message()
        );
        orochi_host::console::write_error(message.as_bytes());
        t.raise_with(&exception::SystemExit, vec![Value::i32(2)])
    })
}

fn c_path(path: &[u8]) -> orochi_host::Result<std::ffi::CString> {
    std::ffi::CString::new(path).map_err(|_| orochi_host::Errno::EINVAL)
}

fn read_path(path: &[u8]) -> orochi_host::Result<Vec<u8>> {
    orochi_host::fs::read_file(&c_path(path)?)
}

fn real_path(path: &[u8]) -> orochi_host::Result<Vec<u8>> {
    orochi_host::fs::realpath(&c_path(path)?)
}

pub(crate) fn is_folder(path: &[u8]) -> bool {
    const FOLDER: u32 = 0o040_000;
    c_path(path).and_then(|p| orochi_host::fs::stat(&p)).is_ok_and(|s| s.mode & 0o170_000 == FOLDER)
}

pub(crate) fn is_archive(path: &[u8]) -> bool {
    read_path(path).is_ok_and(|b| b.starts_with(b"PK\x03\x04") || b.ends_with(b"PK\x05\x06"))
}

pub(crate) fn absolute(path: &[u8]) -> Vec<u8> {
    if path.starts_with(b"/") {
        return path.to_vec();
    }
    let mut full = orochi_host::fs::getcwd().unwrap_or_default();
    if !full.ends_with(b"/") {
        full.push(b'/');
    }
    full.extend_from_slice(path);
    full
}

/// The folder of a script, links resolved.
fn folder_of(path: &[u8]) -> Vec<u8> {
    let full = real_path(path).unwrap_or_else(|_| absolute(path));
    match full.iter().rposition(|&b| b == b'/') {
        Some(0) => b"/".to_vec(),
        Some(i) => full[..i].to_vec(),
        None => Vec::new(),
    }
}

/// The interactive prompt: the library's own, or plain lines where the terminal cannot.
fn prompt(t: Attached<'_>, config: &Config) -> PyResult<()> {
    if !config.quiet && config.program == Program::Input {
        let sys = t.interpreter().sys.load();
        let version = dict::get_by_name(t, &sys, "version").map_or(String::new(), |v| str::display(&v));
        let text = format!(
            "Python {version} on linux\nType \"help\", \"copyright\", \"credits\" or \"license\" for more information.\n"
        );
        orochi_host::console::write_error(text.as_bytes());
    }
    if config.program == Program::Input {
        let startup = config.environment("PYTHONSTARTUP").filter(|path| !path.is_empty());
        interactive::start(t, startup.as_deref().map(|path| (path, os_text(t, path))))?;
    }
    let capable = orochi_host::fs::isatty(0) && orochi_host::fs::isatty(1) && config.environment("PYTHON_BASIC_REPL").is_none();
    if capable {
        let main = import(t, "_pyrepl.__main__").and_then(|_| import(t, "_pyrepl.main"));
        match main {
            Ok(m) => {
                let f = attr::get_by_name(t, &m, "interactive_console")?;
                let main = dict::get_by_name(t, &t.interpreter().modules.load(), "__main__").unwrap_or(Value::none());
                return protocol::call(t, &f, &[main]).map(drop);
            }
            Err(e) => drop(t.take_raised(e)),
        }
    }
    interactive::run(t)
}

/// Reports the exception that ended the program; gives the exit status.
fn report(t: Attached<'_>, raised: Raised) -> i32 {
    let e = t.take_raised(raised);
    if orochi_objects::type_::is_instance_of(t, &e, exception::SystemExit.get(t)) {
        return exit_status(t, &e);
    }
    let interrupted = orochi_objects::type_::is_instance_of(t, &e, exception::KeyboardInterrupt.get(t));
    if let Err(exit) = interactive::report(t, &e) {
        let exit = t.take_raised(exit);
        return exit_status(t, &exit);
    }
    if interrupted { INTERRUPTED } else { 1 }
}

fn exit_status(t: Attached<'_>, e: &Value) -> i32 {
    let code = match attr::get_by_name(t, e, "code") {
        Ok(c) => c,
        Err(e) => {
            drop(t.take_raised(e));
            return 1;
        }
    };
    if code.is_none() {
        return 0;
    }
    if int::is_int(&code) {
        return int::as_i64(&code).map_or(-1, |n| n as i32) & 0xFF;
    }
    let sys = t.interpreter().sys.load();
    let done = match dict::get_by_name(t, &sys, "stderr").filter(|s| !s.is_none()) {
        Some(err) => protocol::str(t, &code).and_then(|text| {
            protocol::call_method(t, &err, &t.names().write, &[text])?;
            protocol::call_method(t, &err, &t.names().write, &[str::intern(t, "\n")])
        }),
        None => Ok(Value::none()),
    };
    if let Err(second) = done {
        drop(t.take_raised(second));
    }
    1
}

/// Waits for threads, runs `atexit`, flushes the streams; daemon threads stop, and finalisers that are left run.
fn end(t: Attached<'_>, mut status: i32) -> i32 {
    let modules = t.interpreter().modules.load();
    if let Some(threading) = dict::get_by_name(t, &modules, "threading") {
        let done = attr::get_by_name(t, &threading, "_shutdown").and_then(|f| protocol::call(t, &f, &[]));
        if let Err(e) = done {
            (t.runtime().upward.unraisable)(t, e, "Exception ignored on threading shutdown", &threading);
        }
    }
    if let Some(m) = dict::get_by_name(t, &modules, "atexit") {
        let done = attr::get_by_name(t, &m, "_run_exitfuncs").and_then(|f| protocol::call(t, &f, &[]));
        if let Err(e) = done {
            let e = t.take_raised(e);
            orochi_modules_eval::sys::print_exception(t, &e);
        }
    }
    status = flush_streams(t, status);
    t.interpreter().base.begin_finalizing(&t.thread().base);
    if crate::last_finalisers::run(t) {
        status = flush_streams(t, status);
    }
    status
}

/// Flushes the standard streams; gives the status, or 120 if standard output fails.
fn flush_streams(t: Attached<'_>, mut status: i32) -> i32 {
    let sys = t.interpreter().sys.load();
    for name in ["stdout", "stderr"] {
        let Some(stream) = dict::get_by_name(t, &sys, name).filter(|s| !s.is_none()) else { continue };
        let closed = attr::find(t, &stream, &str::intern(t, "closed")).and_then(|c| c.map_or(Ok(false), |c| protocol::truth(t, &c)));
        match closed {
            Ok(false) => {}
            Ok(true) => continue,
            Err(e) => {
                drop(t.take_raised(e));
                continue;
            }
        }
        if let Err(e) = protocol::call_method(t, &stream, &t.names().flush, &[]) {
            if name == "stdout" {
                (t.runtime().upward.unraisable)(t, e, "Exception ignored while flushing sys.stdout", &Value::none());
                status = 120;
            } else {
                drop(t.take_raised(e));
            }
        }
    }
    status
}
