//! Brings an interpreter up: `builtins`, `sys`, importlib, encodings, the standard streams, `site`.

use orochi_heap::Value;
use orochi_modules_eval::_imp::NativeModules;
use orochi_objects::{Args, Attached, Method, PyResult, Runtime, Upward, attr, dict, exception, int, list, module, protocol, str, tuple};
use orochi_runtime::{LockMode, RuntimeConfig, bits};

use crate::config::Config;

/// The upward calls of the object layer.
pub static UPWARD: Upward = Upward {
    finalize: orochi_eval::start::finalize,
    safepoint,
    visit_registers: orochi_eval::start::visit_registers,
    unraisable: orochi_modules_eval::sys::report_unraisable,
    zero_arg_super: orochi_eval::start::zero_arg_super,
    thread_begin: orochi_eval::start::thread_begin,
    thread_end: orochi_eval::start::thread_end,
    flush_caches: orochi_eval::code_list::flush_caches,
    walk: orochi_eval::generator::walk,
};

fn safepoint(t: Attached<'_>, found: u32) -> PyResult<()> {
    if found & bits::SIGNAL != 0 {
        t.thread().base.take_pending(bits::SIGNAL);
        orochi_modules_host::signals::run_pending(t)?;
    }
    // `INSTRUMENT` stays as long as the thread traces: the eval loop looks at it.
    let rest = found & !(bits::SIGNAL | bits::INSTRUMENT);
    if rest != 0 {
        // Nothing else has a meaning yet: a bit left set would make every safepoint slow.
        t.thread().base.take_pending(rest);
    }
    Ok(())
}

/// A runtime as the configuration says.
pub fn runtime(config: &Config) -> std::sync::Arc<Runtime> {
    let key = match config.hash_seed {
        Some(seed) => orochi_text::hash::HashKey::from_seed(seed),
        None => {
            let mut random = [0u8; 16];
            // Without randomness the hashes are predictable, which is no reason not to run.
            if orochi_host::random::fill(&mut random).is_err() {
                random = (orochi_host::clock::monotonic_nanos() as u128).to_le_bytes();
            }
            orochi_text::hash::HashKey::from_bytes(random)
        }
    };
    let base = RuntimeConfig { mode: config.mode, ..RuntimeConfig::default() };
    Runtime::new(base, &UPWARD, orochi_objects::RuntimeOptions { hash_key: key })
}

/// Every native module of the program.
fn add_native_modules(t: Attached<'_>) {
    let modules = t.interpreter().state::<NativeModules>();
    modules.add(orochi_modules::ALL);
    modules.add(orochi_modules_data::ALL);
    modules.add(orochi_modules_eval::ALL);
    modules.add(orochi_modules_host::ALL);
}

/// A str of bytes from the operating system: UTF-8, other bytes as lone surrogates.
pub fn os_text(t: Attached<'_>, b: &[u8]) -> Value {
    str::from_buf(t, orochi_text::Wtf8Buf::from_system(b))
}

/// Brings the interpreter of the calling thread up.
pub fn interpreter(t: Attached<'_>, config: &Config) -> PyResult<()> {
    orochi_eval::start::thread_begin(t);
    add_native_modules(t);
    let interpreter = t.interpreter();
    let modules = dict::new(t);
    interpreter.modules.set(modules.clone());

    let builtins = orochi_modules::builtins::MODULE.make(t)?;
    let builtins_dict = module::dict_of(&builtins);
    let name = str::intern(t, "builtins");
    for f in orochi_modules_eval::run::FUNCTIONS {
        dict::set_by_name(t, &builtins_dict, f.name, orochi_objects::native::function(t, f, &name));
    }
    interpreter.builtins.set(builtins_dict.clone());
    let sys = orochi_modules_eval::sys::MODULE.make(t)?;
    let sys_dict = module::dict_of(&sys);
    interpreter.sys.set(sys_dict.clone());
    dict::set_by_name(t, &modules, "builtins", builtins);
    dict::set_by_name(t, &modules, "sys", sys.clone());
    dict::set_by_name(t, &sys_dict, "modules", modules.clone());
    fill_sys(t, config, &sys_dict)?;
    dict::set_by_name(t, &sys_dict, "stderr", early_stderr(t)?);

    if config.import_times > 0 {
        orochi_eval::import_times::enable(t, config.import_times, orochi_host::console::write_error);
    }
    // importlib, from the embedded library.
    let imp = orochi_modules_eval::_imp::MODULE.make(t)?;
    dict::set_by_name(t, &modules, "_imp", imp.clone());
    let bootstrap = run_embedded(t, "importlib._bootstrap", "_frozen_importlib", "<frozen importlib._bootstrap>")?;
    call_attr(t, &bootstrap, "_install", &[sys, imp])?;
    call_attr(t, &bootstrap, "_install_external_importers", &[])?;
    let importer = import(t, "_orochi_importer")?;
    call_attr(t, &importer, "install", &[])?;

    import(t, "encodings")?;
    import(t, "codecs")?;
    standard_streams(t, config, &sys_dict)?;
    main_module(t)?;
    orochi_modules_host::signals::start(t)?;
    if !config.no_site {
        import(t, "site")?;
    }
    if !config.warnings.is_empty() {
        import(t, "warnings")?;
    }
    let builtins_open = attr::get_by_name(t, &import(t, "io")?, "open")?;
    dict::set_by_name(t, &builtins_dict, "open", builtins_open);
    Ok(())
}

/// Imports a module.
pub fn import(t: Attached<'_>, name: &str) -> PyResult {
    let from = tuple::new(t, vec![str::intern(t, "*")]);
    orochi_eval::import::import(t, &str::intern(t, name), &Value::none(), &from, 0)
}

fn call_attr(t: Attached<'_>, object: &Value, name: &str, args: &[Value]) -> PyResult {
    let f = attr::get_by_name(t, object, name)?;
    protocol::call(t, &f, args)
}

/// Runs a module of the embedded library under another name, before importlib is there.
fn run_embedded(t: Attached<'_>, name: &str, import_as: &str, filename: &str) -> PyResult {
    let Some(code) = orochi_stdlib::find(name).and_then(|m| m.code(filename)) else {
        return Err(t.raise(&exception::ImportError, format!("the embedded library has no {name}")));
    };
    let code = orochi_eval::code::new(t, &std::sync::Arc::new(code));
    let m = module::new(t, import_as);
    let namespace = module::dict_of(&m);
    dict::set_by_name(t, &namespace, "__builtins__", t.interpreter().builtins.load());
    // importlib takes this for a mark of its own when it sets the module's spec up.
    dict::set_by_name(t, &namespace, "__origname__", str::intern(t, name));
    dict::set_by_name(t, &t.interpreter().modules.load(), import_as, m.clone());
    orochi_modules_eval::run::run(t, &code, &namespace, &namespace, &[])?;
    Ok(m)
}

/// What `sys` gets from the command line, the environment and the place of the executable.
fn fill_sys(t: Attached<'_>, config: &Config, sys: &Value) -> PyResult<()> {
    let put = |name: &str, v: Value| dict::set_by_name(t, sys, name, v);
    let flag = |b: bool| Value::i32(i32::from(b));
    let gil = match config.mode {
        LockMode::NoLock => Value::i32(0),
        _ => Value::i32(1),
    };
    if let Some(n) = config.int_max_str_digits {
        int::set_max_str_digits(t, n as usize)?;
    }
    let digits = int::from_usize(t, int::max_str_digits(t, usize::MAX));
    if let Some(n) = config.cpu_count {
        t.interpreter().state::<orochi_objects::settings::CpuCount>().set(n);
    }
    let flags = vec![
        flag(config.debug),
        flag(config.inspect),
        flag(config.inspect),
        Value::i32(i32::from(config.optimize)),
        flag(config.no_bytecode),
        flag(config.no_user_site || config.isolated),
        flag(config.no_site),
        flag(config.ignore_environment),
        Value::i32(i32::from(config.verbose)),
        Value::i32(i32::from(config.bytes_warning)),
        flag(config.quiet),
        flag(config.hash_seed != Some(0)),
        flag(config.isolated),
        Value::bool(config.dev),
        Value::i32(1),
        flag(config.x_option("warn_default_encoding").is_some()),
        Value::bool(config.safe_path),
        digits,
        gil,
        flag(config.mode == LockMode::NoLock),
        flag(config.mode == LockMode::NoLock),
    ];
    put("flags", orochi_modules_eval::sys::FLAGS.make(t, flags)?);
    if let Some(prefix) = &config.pycache_prefix {
        put("pycache_prefix", os_text(t, prefix));
    }
    put("dont_write_bytecode", Value::bool(config.no_bytecode));

    let executable = orochi_host::process::executable().unwrap_or_default();
    let folder = executable.rsplitn(2, |&b| b == b'/').nth(1).unwrap_or(b"/").to_vec();
    let mut library = folder.clone();
    library.extend_from_slice(b"/lib/python3.14");
    put("executable", os_text(t, &executable));
    put("_base_executable", os_text(t, &executable));
    for name in ["prefix", "exec_prefix", "base_prefix", "base_exec_prefix"] {
        put(name, os_text(t, &folder));
    }
    put("_stdlib_dir", os_text(t, &library));
    put("platstdlib", os_text(t, &library));
    let mut path = Vec::new();
    if let Some(extra) = config.environment("PYTHONPATH") {
        path.extend(extra.split(|&b| b == b':').map(|p| os_text(t, p)));
    }
    path.push(os_text(t, &library));
    put("path", list::new(t, path));
    put("orig_argv", list::new(t, config.original.iter().map(|a| os_text(t, a)).collect()));
    put("argv", list::new(t, vec![str::empty(t)]));
    put("meta_path", list::new(t, Vec::new()));
    put("path_hooks", list::new(t, Vec::new()));
    put("path_importer_cache", dict::new(t));
    put("warnoptions", list::new(t, config.warnings.iter().map(|w| os_text(t, w)).collect()));
    let options = dict::new(t);
    for (name, value) in &config.x_options {
        let v = value.as_ref().map_or(Value::bool(true), |v| str::new(t, v));
        dict::set_by_name(t, &options, name, v);
    }
    put("_xoptions", options);
    let native = t.interpreter().state::<NativeModules>().names();
    put("builtin_module_names", tuple::new(t, native.iter().map(|n| str::intern(t, n)).collect()));
    let mut all: Vec<&str> = orochi_stdlib::all().map(orochi_stdlib::Module::name).filter(|n| !n.contains('.')).collect();
    all.extend(&native);
    let names = all.iter().map(|n| str::intern(t, n)).collect::<Vec<_>>();
    put("stdlib_module_names", orochi_objects::set::frozen_from_items(t, &names)?);
    Ok(())
}

/// `sys.stderr` until the streams are there: for what importlib says with `-v`, and for errors of the start itself.
fn early_stderr(t: Attached<'_>) -> PyResult {
    static WRITE: Method = Method::new("write", "(text, /)", write, "Write to standard error.");
    static FLUSH: Method = Method::new("flush", "()", |_, _| Ok(Value::none()), "Nothing is kept back.");
    fn write(t: Attached<'_>, a: &[Value]) -> PyResult {
        let text = str::display(&a[0]);
        orochi_host::console::write_error(text.as_bytes());
        Ok(int::from_usize(t, text.chars().count()))
    }
    let module = str::intern(t, "sys");
    let functions = [&WRITE, &FLUSH].map(|f| orochi_objects::native::function(t, f, &module));
    let names = [str::intern(t, "write"), str::intern(t, "flush")];
    protocol::call_args(t, orochi_objects::simple_namespace::TYPE.get(t), Args::with_names(&functions, &names))
}

/// `sys.stdin`, `sys.stdout`, `sys.stderr`.
fn standard_streams(t: Attached<'_>, config: &Config, sys: &Value) -> PyResult<()> {
    let io = import(t, "io")?;
    let (encoding, errors) = match config.environment("PYTHONIOENCODING") {
        Some(v) => {
            let v = String::from_utf8_lossy(&v).into_owned();
            let (e, r) = v.split_once(':').map_or((v.as_str(), ""), |(e, r)| (e, r));
            let encoding = if e.is_empty() { "utf-8".to_owned() } else { e.to_owned() };
            // An encoding alone is one that is meant.
            let errors = if !r.is_empty() { r } else if e.is_empty() { config.stream_errors() } else { "strict" };
            (encoding, errors.to_owned())
        }
        None => ("utf-8".to_owned(), config.stream_errors().to_owned()),
    };
    for (fd, name) in [(0, "stdin"), (1, "stdout"), (2, "stderr")] {
        let stream = if orochi_host::fs::fstat(fd).is_err() {
            Value::none()
        } else {
            let errors = if fd == 2 { "backslashreplace" } else { &errors };
            stream(t, config, &io, fd, name, &encoding, errors)?
        };
        dict::set_by_name(t, sys, name, stream.clone());
        dict::set_by_name(t, sys, &format!("__{name}__"), stream);
    }
    Ok(())
}

fn stream(t: Attached<'_>, config: &Config, io: &Value, fd: i32, name: &str, encoding: &str, errors: &str) -> PyResult {
    let writing = fd != 0;
    let raw_unbuffered = config.unbuffered && writing;
    let open = attr::get_by_name(t, io, "open")?;
    let args = [
        Value::i32(fd),
        str::intern(t, if writing { "wb" } else { "rb" }),
        Value::i32(if raw_unbuffered { 0 } else { -1 }),
        Value::none(),
        Value::none(),
        Value::none(),
        Value::bool(false),
    ];
    let buffer = protocol::call(t, &open, &args)?;
    let raw = if raw_unbuffered { buffer.clone() } else { attr::get_by_name(t, &buffer, "raw")? };
    attr::set(t, &raw, &t.names().name, Some(&str::new(t, &format!("<{name}>"))))?;
    let terminal = orochi_host::fs::isatty(fd);
    let wrapper = attr::get_by_name(t, io, "TextIOWrapper")?;
    let names: Vec<Value> =
        ["encoding", "errors", "newline", "line_buffering", "write_through"].iter().map(|n| str::intern(t, n)).collect();
    let all = [
        buffer,
        str::new(t, encoding),
        str::new(t, errors),
        if writing { str::intern(t, "\n") } else { Value::none() },
        Value::bool(writing && (terminal || fd == 2)),
        Value::bool(raw_unbuffered),
    ];
    let text = protocol::call_args(t, &wrapper, Args::with_names(&all, &names))?;
    attr::set(t, &text, &str::intern(t, "mode"), Some(&str::intern(t, if writing { "w" } else { "r" })))?;
    Ok(text)
}

/// The module `__main__`.
fn main_module(t: Attached<'_>) -> PyResult<()> {
    let m = module::new(t, "__main__");
    let namespace = module::dict_of(&m);
    dict::set_by_name(t, &namespace, "__builtins__", {
        let modules = t.interpreter().modules.load();
        dict::get_by_name(t, &modules, "builtins").unwrap_or(Value::none())
    });
    // A script replaces it by the loader of its file.
    let importer = attr::get_by_name(t, &import(t, "_frozen_importlib")?, "BuiltinImporter")?;
    dict::set_by_name(t, &namespace, "__loader__", importer);
    dict::set_by_name(t, &t.interpreter().modules.load(), "__main__", m);
    Ok(())
}
