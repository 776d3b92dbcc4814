//! `sys`: the interpreter as a program sees it. What the command line decides is put in by `embed`.

use std::sync::atomic::Ordering::*;
use std::time::Duration;

use orochi_eval::trace::{self, Kind};
use orochi_eval::frame_object;
use orochi_heap::Value;
use orochi_objects::exception::{self, as_exception};
use orochi_objects::spec::Method;
use orochi_objects::type_::type_of;
use orochi_objects::{
    Attached, ModuleSpec, PyResult, attr, dict, float, int, protocol, simple_namespace, str, struct_sequence, tuple,
};

/// The Python version that Orochi is.
pub const VERSION: (i32, i32, i32) = (3, 14, 0);

struct_sequence! {
    /// `sys.flags`.
    pub static FLAGS = "sys.flags", visible 18, flags orochi_objects::flags::NO_NEW,
        "sys.flags\n\nFlags provided through command line arguments or environment vars.",
        ["debug": "-d", "inspect": "-i", "interactive": "-i", "optimize": "-O or -OO", "dont_write_bytecode": "-B",
         "no_user_site": "-s", "no_site": "-S", "ignore_environment": "-E", "verbose": "-v", "bytes_warning": "-b",
         "quiet": "-q", "hash_randomization": "-R", "isolated": "-I", "dev_mode": "-X dev", "utf8_mode": "-X utf8",
         "warn_default_encoding": "-X warn_default_encoding", "safe_path": "-P", "int_max_str_digits": "-X int_max_str_digits",
         "gil": "-X gil", "thread_inherit_context": "-X thread_inherit_context", "context_aware_warnings": "-X context_aware_warnings"];
}
struct_sequence! {
    /// `sys.version_info`.
    pub static VERSION_INFO = "sys.version_info", visible 5, flags orochi_objects::flags::NO_NEW,
        "sys.version_info\n\nVersion information as a named tuple.",
        ["major": "Major release number", "minor": "Minor release number", "micro": "Patch release number",
         "releaselevel": "'alpha', 'beta', 'candidate', or 'final'", "serial": "Serial release number"];
}
struct_sequence! {
    /// `sys.float_info`.
    pub static FLOAT_INFO = "sys.float_info", visible 11, flags 0,
        "sys.float_info\n\nA named tuple holding information about the float type.",
        ["max": "", "max_exp": "", "max_10_exp": "", "min": "", "min_exp": "", "min_10_exp": "", "dig": "", "mant_dig": "",
         "epsilon": "", "radix": "", "rounds": ""];
}
struct_sequence! {
    /// `sys.int_info`.
    pub static INT_INFO = "sys.int_info", visible 4, flags 0,
        "sys.int_info\n\nA named tuple that holds information about Python's\ninternal representation of integers.",
        ["bits_per_digit": "", "sizeof_digit": "", "default_max_str_digits": "", "str_digits_check_threshold": ""];
}
struct_sequence! {
    /// `sys.hash_info`.
    pub static HASH_INFO = "sys.hash_info", visible 9, flags 0,
        "hash_info\n\nA named tuple providing parameters used for computing hashes.",
        ["width": "", "modulus": "", "inf": "", "nan": "", "imag": "", "algorithm": "", "hash_bits": "", "seed_bits": "", "cutoff": ""];
}
struct_sequence! {
    /// `sys.thread_info`.
    pub static THREAD_INFO = "sys.thread_info", visible 3, flags 0,
        "sys.thread_info\n\nA named tuple holding information about the thread implementation.",
        ["name": "", "lock": "", "version": ""];
}
struct_sequence! {
    /// `sys.asyncgen_hooks`.
    pub static ASYNCGEN_HOOKS = "sys.asyncgen_hooks", visible 2, flags 0, "",
        ["firstiter": "", "finalizer": ""];
}
struct_sequence! {
    /// What `sys.unraisablehook` gets.
    pub static UNRAISABLE = "sys.UnraisableHookArgs", visible 5, flags 0,
        "UnraisableHookArgs\n\nType used to pass arguments to sys.unraisablehook.",
        ["exc_type": "", "exc_value": "", "exc_traceback": "", "err_msg": "", "object": ""];
}

/// `sys`.
pub static MODULE: ModuleSpec = ModuleSpec::new("sys")
    .doc("This module provides access to some objects used or maintained by the\ninterpreter and to functions that interact strongly with the interpreter.")
    .functions(&[
        Method::new("intern", "(string, /)", intern, "``Intern'' the given string."),
        Method::new("_is_interned", "(string, /)", is_interned, ""),
        Method::new("_is_immortal", "(op, /)", is_immortal, ""),
        Method::new("getrefcount", "(object, /)", getrefcount, "Return the reference count of object."),
        Method::new("_getframe", "(depth=0, /)", getframe, "Return a frame object from the call stack."),
        Method::new("_getframemodulename", "(depth=0)", getframemodulename, "Return the name of the module for a calling frame."),
        Method::new("_current_frames", "()", current_frames, "Return a dict mapping each thread's thread id to its current stack frame."),
        Method::new("exc_info", "()", exc_info, "Return current exception information: (type, value, traceback)."),
        Method::new("exception", "()", |t, _| Ok(t.handled()), "Return the current exception."),
        Method::new("exit", "(status=None, /)", exit, "Exit the interpreter by raising SystemExit(status)."),
        Method::new("getrecursionlimit", "()", getrecursionlimit, "Return the current value of the recursion limit."),
        Method::new("setrecursionlimit", "(limit, /)", setrecursionlimit, "Set the maximum depth of the Python interpreter stack to n."),
        Method::new("getswitchinterval", "()", getswitchinterval, "Return the current thread switch interval; see sys.setswitchinterval()."),
        Method::new("setswitchinterval", "(interval, /)", setswitchinterval, "Set the ideal thread switching delay inside the Python interpreter."),
        Method::new("_is_gil_enabled", "()", is_gil_enabled, "Return True if the GIL is currently enabled."),
        Method::new("getdefaultencoding", "()", |t, _| Ok(str::intern(t, "utf-8")), "Return the current default encoding used by the Unicode implementation."),
        Method::new("getfilesystemencoding", "()", |t, _| Ok(str::intern(t, "utf-8")), "Return the encoding used to convert Unicode filenames to OS filenames."),
        Method::new("getfilesystemencodeerrors", "()", |t, _| Ok(str::intern(t, "surrogateescape")), "Return the error mode used for Unicode to OS filename conversion."),
        Method::new("getsizeof", "(object, default=None, /)", getsizeof, "Return the size of object in bytes."),
        Method::new("displayhook", "(object, /)", displayhook, "Print an object to sys.stdout and also save it in builtins._"),
        Method::new("_baserepl", "()", |t, _| crate::interactive::run(t).map(|()| Value::none()), "Private function for getting the base REPL"),
        Method::new("excepthook", "(exctype, value, traceback, /)", excepthook, "Handle an exception by displaying it with a traceback on sys.stderr."),
        Method::new("unraisablehook", "(unraisable, /)", unraisablehook, "Handle an unraisable exception."),
        Method::new("settrace", "(function, /)", settrace, "Set the global debug tracing function."),
        Method::new("gettrace", "()", |t, _| Ok(trace::get(t, Kind::Trace)), "Return the global debug tracing function set with sys.settrace."),
        Method::new("setprofile", "(function, /)", setprofile, "Set the profiling function."),
        Method::new("getprofile", "()", |t, _| Ok(trace::get(t, Kind::Profile)), "Return the profiling function set with sys.setprofile."),
        Method::new("_settraceallthreads", "(function, /)", |t, a| { trace::set_for_all(t, Kind::Trace, a[0].clone()); Ok(Value::none()) }, "Sets the trace function of all threads."),
        Method::new("_setprofileallthreads", "(function, /)", |t, a| { trace::set_for_all(t, Kind::Profile, a[0].clone()); Ok(Value::none()) }, "Sets the profiling function of all threads."),
        Method::new("is_finalizing", "()", |t, _| Ok(Value::bool(t.interpreter().base.is_finalizing())), "Return True if Python is exiting."),
        Method::new("audit", "(event, /, *args)", |_, _| Ok(Value::none()), "Passes the event to any hooks that are attached."),
        Method::new("addaudithook", "(hook)", |t, _| Err(t.raise(&exception::NotImplementedError, "audit hooks are not supported yet")), "Adds a new audit hook callback."),
        Method::new("_clear_type_cache", "()", |_, _| Ok(Value::none()), ""),
        Method::new("_clear_internal_caches", "()", |_, _| Ok(Value::none()), ""),
        Method::new("is_remote_debug_enabled", "()", |_, _| Ok(Value::bool(false)), "Return True if remote debugging is enabled, False otherwise."),
        Method::new("remote_exec", "(pid, script)", |t, _| Err(t.raise(&exception::RuntimeError, "Remote debugging is not enabled")), "Executes a file containing Python code in a given remote Python process."),
        Method::new("is_stack_trampoline_active", "()", |_, _| Ok(Value::bool(false)), ""),
        Method::new("get_asyncgen_hooks", "()", get_asyncgen_hooks, "Return the installed asynchronous generators hooks."),
        Method::new("set_asyncgen_hooks", "(firstiter=None, finalizer=None)", set_asyncgen_hooks, "Set a finalizer for async generators objects."),
        Method::new("get_coroutine_origin_tracking_depth", "()", get_origin_depth, ""),
        Method::new("set_coroutine_origin_tracking_depth", "(depth)", set_origin_depth, ""),
        Method::new("get_int_max_str_digits", "()", |t, _| Ok(int::from_usize(t, int::max_str_digits(t, usize::MAX))), ""),
        Method::new("set_int_max_str_digits", "(maxdigits)", set_max_digits, ""),
        Method::new("getallocatedblocks", "()", |t, _| Ok(int::from_usize(t, orochi_heap::collect::object_count(&t.runtime().heap))), ""),
        Method::new("getunicodeinternedsize", "(*, _only_immortal=False)", |_, _| Ok(Value::i32(0)), ""),
        Method::new("breakpointhook", "(*args, **kws)", crate::breakpoint::hook, "This hook function is called by built-in breakpoint()."),
        Method::new("_clear_type_descriptors", "(type, /)", clear_type_descriptors, ""),
        Method::new("_get_cpu_count_config", "()", |t, _| Ok(int::new(t, t.interpreter().state::<orochi_objects::settings::CpuCount>().given().map_or(-1, i64::from))), ""),
        Method::new("activate_stack_trampoline", "(backend, /)", |t, _| Err(t.raise(&exception::NotImplementedError, "perf trampolines are not supported")), ""),
        Method::new("deactivate_stack_trampoline", "()", |_, _| Ok(Value::none()), ""),
        Method::new("call_tracing", "(func, args, /)", call_tracing, "Call func(*args), while tracing is enabled."),
    ])
    .exec(fill);

/// `sys._jit`: there is no compiler to machine code yet.
static JIT: ModuleSpec = ModuleSpec::new("sys._jit").functions(&[
    Method::new("is_available", "()", |_, _| Ok(Value::bool(false)), "Return True if the current Python executable supports JIT compilation, and False otherwise."),
    Method::new("is_enabled", "()", |_, _| Ok(Value::bool(false)), "Return True if JIT compilation is enabled for the current Python process (implies sys._jit.is_available()), and False otherwise."),
    Method::new("is_active", "()", |_, _| Ok(Value::bool(false)), "Return True if the topmost Python frame is currently executing JIT code (implies sys._jit.is_enabled()), and False otherwise."),
]);

/// `sys.monitoring`: tools can be named; events cannot be had yet.
static MONITORING: ModuleSpec = ModuleSpec::new("sys.monitoring")
    .functions(&[
        Method::new("use_tool_id", "(tool_id, name, /)", no_monitoring, ""),
        Method::new("free_tool_id", "(tool_id, /)", |_, _| Ok(Value::none()), ""),
        Method::new("clear_tool_id", "(tool_id, /)", |_, _| Ok(Value::none()), ""),
        Method::new("get_tool", "(tool_id, /)", |_, _| Ok(Value::none()), ""),
        Method::new("get_events", "(tool_id, /)", |_, _| Ok(Value::i32(0)), ""),
        Method::new("set_events", "(tool_id, event_set, /)", no_monitoring, ""),
        Method::new("register_callback", "(tool_id, event, func, /)", no_monitoring, ""),
        Method::new("restart_events", "()", |_, _| Ok(Value::none()), ""),
    ])
    .exec(|t, d| {
        for (name, id) in [("DEBUGGER_ID", 0), ("COVERAGE_ID", 1), ("PROFILER_ID", 2), ("OPTIMIZER_ID", 5)] {
            dict::set_by_name(t, d, name, Value::i32(id));
        }
        let names = [
            "PY_START", "PY_RESUME", "PY_RETURN", "PY_YIELD", "CALL", "LINE", "INSTRUCTION", "JUMP", "BRANCH_LEFT",
            "BRANCH_RIGHT", "STOP_ITERATION", "RAISE", "EXCEPTION_HANDLED", "PY_UNWIND", "PY_THROW", "RERAISE", "C_RETURN",
            "C_RAISE", "BRANCH",
        ];
        let mut events: Vec<(&str, Value)> = names.iter().enumerate().map(|(i, n)| (*n, Value::i32(1 << i))).collect();
        events.push(("NO_EVENTS", Value::i32(0)));
        dict::set_by_name(t, d, "events", simple_namespace::new(t, &events)?);
        for name in ["DISABLE", "MISSING"] {
            let marker = orochi_objects::object::TYPE.alloc(t, orochi_objects::object::PyObject);
            dict::set_by_name(t, d, name, marker);
        }
        Ok(())
    });

fn no_monitoring(t: Attached<'_>, _: &[Value]) -> PyResult {
    Err(t.raise(&exception::NotImplementedError, "sys.monitoring events are not supported yet"))
}

fn fill(t: Attached<'_>, d: &Value) -> PyResult<()> {
    let put = |name: &str, v: Value| dict::set_by_name(t, d, name, v);
    let text = |s: &str| str::intern(t, s);
    let (major, minor, micro) = VERSION;
    let info = VERSION_INFO.make(t, vec![Value::i32(major), Value::i32(minor), Value::i32(micro), text("final"), Value::i32(0)])?;
    put("version_info", info.clone());
    put("version", str::new(t, &format!("{major}.{minor}.{micro} (main, Nov 21 2026, 00:00:00) [Orochi {}]", env!("CARGO_PKG_VERSION"))));
    let hex = i64::from(major) << 24 | i64::from(minor) << 16 | i64::from(micro) << 8 | 0xF0;
    put("hexversion", int::new(t, hex));
    put("api_version", Value::i32(1013));
    put("copyright", str::new(t, "Orochi is free software under the MIT or Apache-2.0 licences.\nThe standard library is under the PSF licence."));
    put("platform", text("linux"));
    put("byteorder", text(if cfg!(target_endian = "little") { "little" } else { "big" }));
    put("maxsize", int::new(t, i64::MAX));
    put("maxunicode", Value::i32(0x10FFFF));
    put("float_repr_style", text("short"));
    put("abiflags", text(""));
    put("platlibdir", text("lib"));
    put("pycache_prefix", Value::none());
    put("_framework", text(""));
    put("_git", tuple::new(t, vec![text("Orochi"), text(""), text("")]));
    put("ps1", text(">>> "));
    put("ps2", text("... "));
    dict::remove(t, d, &text("ps1"))?;
    dict::remove(t, d, &text("ps2"))?;
    let implementation = simple_namespace::new(
        t,
        &[
            ("name", text("orochi")),
            ("cache_tag", text("orochi-314")),
            ("version", info),
            ("hexversion", int::new(t, hex)),
            ("_multiarch", text("x86_64-linux-gnu")),
            ("supports_isolated_interpreters", Value::bool(true)),
        ],
    )?;
    put("implementation", implementation);
    let f = |x: f64| float::new(t, x);
    put(
        "float_info",
        FLOAT_INFO.make(
            t,
            vec![
                f(f64::MAX),
                Value::i32(1024),
                Value::i32(308),
                f(f64::MIN_POSITIVE),
                Value::i32(-1021),
                Value::i32(-307),
                Value::i32(15),
                Value::i32(53),
                f(f64::EPSILON),
                Value::i32(2),
                Value::i32(1),
            ],
        )?,
    );
    put("int_info", INT_INFO.make(t, vec![Value::i32(30), Value::i32(4), Value::i32(4300), Value::i32(640)])?);
    put(
        "hash_info",
        HASH_INFO.make(
            t,
            vec![
                Value::i32(64),
                int::new(t, (1 << 61) - 1),
                Value::i32(314_159),
                Value::i32(0),
                Value::i32(1_000_003),
                text("siphash13"),
                Value::i32(64),
                Value::i32(128),
                Value::i32(0),
            ],
        )?,
    );
    put("thread_info", THREAD_INFO.make(t, vec![text("pthread"), text("semaphore"), Value::none()])?);
    for (name, original) in [
        ("displayhook", "__displayhook__"),
        ("excepthook", "__excepthook__"),
        ("unraisablehook", "__unraisablehook__"),
        ("breakpointhook", "__breakpointhook__"),
    ] {
        if let Some(v) = dict::get_by_name(t, d, name) {
            put(original, v);
        }
    }
    put("UnraisableHookArgs", UNRAISABLE.get(t).clone());
    put("_jit", JIT.make(t)?);
    let monitoring = MONITORING.make(t)?;
    dict::set_by_name(t, &t.interpreter().modules.load(), "sys.monitoring", monitoring.clone());
    put("monitoring", monitoring);
    Ok(())
}

fn intern(t: Attached<'_>, a: &[Value]) -> PyResult {
    if str::is_exact_str(&a[0]) {
        return Ok(str::intern_value(t, &a[0]));
    }
    if str::is_str(&a[0]) {
        return Err(t.type_error(format!("can't intern {}", orochi_objects::type_::type_name(t, &a[0]))));
    }
    Err(t.type_error(format!("intern() argument must be str, not {}", orochi_objects::type_::type_name(t, &a[0]))))
}
fn is_interned(_: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(Value::bool(str::as_str(&a[0]).is_some_and(str::PyStr::is_interned)))
}
fn is_immortal(_: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(Value::bool(a[0].header().is_none_or(orochi_heap::count::is_immortal)))
}
fn getrefcount(t: Attached<'_>, a: &[Value]) -> PyResult {
    use orochi_heap::count::{is_deferred, total, uncounted_registers};
    let count = a[0].header().map_or(i64::from(u32::MAX), |h| {
        let uncounted = if is_deferred(h) { uncounted_registers(h) } else { 0 };
        total(h) + uncounted
    });
    Ok(int::new(t, count.max(1)))
}
fn getframe(t: Attached<'_>, a: &[Value]) -> PyResult {
    let depth = match a[0].given() {
        Some(d) => protocol::expect_i64(t, d)?.max(0) as usize,
        None => 0,
    };
    frame_object::caller(t, depth).ok_or_else(|| t.value_error("call stack is not deep enough"))
}
fn getframemodulename(t: Attached<'_>, a: &[Value]) -> PyResult {
    let depth = match a[0].given() {
        Some(d) => protocol::expect_i64(t, d)?.max(0) as usize,
        None => 0,
    };
    match frame_object::caller(t, depth) {
        Some(f) => Ok(dict::get_str(t, &frame_object::globals_of(&f), &t.names().__name__).unwrap_or(Value::none())),
        None => Ok(Value::none()),
    }
}
fn current_frames(t: Attached<'_>, _: &[Value]) -> PyResult {
    let d = dict::new(t);
    for (ident, frame) in orochi_eval::all_frames::of_all_threads(t) {
        dict::set(t, &d, &int::new(t, ident as i64), frame)?;
    }
    Ok(d)
}
fn exc_info(t: Attached<'_>, _: &[Value]) -> PyResult {
    let e = t.handled();
    if e.is_none() {
        return Ok(tuple::new(t, vec![Value::none(), Value::none(), Value::none()]));
    }
    let tb = as_exception(&e).map_or(Value::none(), |x| x.traceback.load());
    Ok(tuple::new(t, vec![type_of(t, &e).clone(), e, tb]))
}
fn exit(t: Attached<'_>, a: &[Value]) -> PyResult {
    let args = match a[0].given() {
        Some(v) if v.is_none() => Vec::new(),
        Some(v) if tuple::TYPE.is_exact(t, v) => tuple::items(v).to_vec(),
        Some(v) => vec![v.clone()],
        None => Vec::new(),
    };
    Err(t.raise_with(&exception::SystemExit, args))
}
fn getrecursionlimit(t: Attached<'_>, _: &[Value]) -> PyResult {
    Ok(int::new(t, i64::from(t.interpreter().recursion_limit.load(Relaxed))))
}
fn setrecursionlimit(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = protocol::expect_i64(t, &a[0])?;
    if n < 1 {
        return Err(t.value_error("recursion limit must be greater or equal than 1"));
    }
    if n > i64::from(i32::MAX) {
        return Err(t.overflow_error("Python int too large to convert to C int"));
    }
    let depth = orochi_eval::frame::eval_thread(t).depth();
    if depth as i64 >= n {
        return Err(t.raise(
            &exception::RecursionError,
            format!("cannot set the recursion limit to {n} at the recursion depth {depth}: the limit is too low"),
        ));
    }
    t.interpreter().recursion_limit.store(n as u32, Relaxed);
    orochi_eval::frame::eval_thread(t).set_limit(t);
    Ok(Value::none())
}
fn getswitchinterval(t: Attached<'_>, _: &[Value]) -> PyResult {
    Ok(float::new(t, t.runtime().base.switch_interval().as_secs_f64()))
}
fn setswitchinterval(t: Attached<'_>, a: &[Value]) -> PyResult {
    let s = protocol::to_float(t, &a[0])?;
    if s.is_nan() || s <= 0.0 {
        return Err(t.value_error("switch interval must be strictly positive"));
    }
    t.runtime().base.set_switch_interval(Duration::try_from_secs_f64(s).unwrap_or(Duration::from_secs(3600)));
    Ok(Value::none())
}
fn is_gil_enabled(t: Attached<'_>, _: &[Value]) -> PyResult {
    Ok(Value::bool(t.runtime().base.mode().has_lock()))
}
fn getsizeof(t: Attached<'_>, a: &[Value]) -> PyResult {
    let size = match protocol::call_special(t, &a[0], &t.names().__sizeof__, &[]) {
        Ok(Some(v)) => v,
        Ok(None) => return a[1].given().cloned().ok_or_else(|| t.type_error("no __sizeof__")),
        Err(e) => match a[1].given() {
            Some(default) => {
                drop(t.catch(e, &exception::TypeError)?);
                return Ok(default.clone());
            }
            None => return Err(e),
        },
    };
    let n = protocol::expect_i64(t, &size)?;
    if n < 0 {
        return Err(t.value_error("__sizeof__() should return >= 0"));
    }
    // Objects that the collector tracks carry no links here: nothing is added.
    Ok(int::new(t, n))
}
fn displayhook(t: Attached<'_>, a: &[Value]) -> PyResult {
    let builtins = t.interpreter().builtins.load();
    if a[0].is_none() {
        return Ok(Value::none());
    }
    dict::set_by_name(t, &builtins, "_", Value::none());
    let Some(out) = dict::get_by_name(t, &t.interpreter().sys.load(), "stdout") else {
        return Err(t.raise(&exception::RuntimeError, "lost sys.stdout"));
    };
    let text = protocol::repr(t, &a[0])?;
    if let Err(e) = protocol::call_method(t, &out, &t.names().write, std::slice::from_ref(&text)) {
        drop(t.catch(e, &exception::UnicodeEncodeError)?);
        write_escaped(t, &out, &text)?;
    }
    protocol::call_method(t, &out, &t.names().write, &[str::intern(t, "\n")])?;
    dict::set_by_name(t, &builtins, "_", a[0].clone());
    Ok(Value::none())
}

/// Writes text that the stream's encoding does not know all of: what it does not know becomes escapes.
fn write_escaped(t: Attached<'_>, out: &Value, text: &Value) -> PyResult<()> {
    let method = |object: &Value, name: &str, args: &[Value]| protocol::call_method(t, object, &str::intern(t, name), args);
    let encoding = attr::get_by_name(t, out, "encoding")?;
    let encoded = method(text, "encode", &[encoding.clone(), str::intern(t, "backslashreplace")])?;
    match attr::find(t, out, &str::intern(t, "buffer"))? {
        Some(buffer) => {
            method(out, "flush", &[])?;
            method(&buffer, "write", &[encoded])?;
        }
        None => {
            let known = method(&encoded, "decode", &[encoding, str::intern(t, "strict")])?;
            method(out, "write", &[known])?;
        }
    }
    Ok(())
}
fn excepthook(t: Attached<'_>, a: &[Value]) -> PyResult {
    print_exception(t, &a[1]);
    Ok(Value::none())
}

/// Prints an exception with its traceback to `sys.stderr`, by the library's `traceback` where it can be
/// imported, else in one line.
pub fn print_exception(t: Attached<'_>, e: &Value) {
    if let Err(second) = try_print(t, e) {
        drop(t.take_raised(second));
        let name = orochi_objects::type_::type_name(t, e);
        let text = match protocol::str(t, e) {
            Ok(s) => str::display(&s),
            Err(third) => {
                drop(t.take_raised(third));
                "<exception str() failed>".to_owned()
            }
        };
        orochi_host::console::write_error(format!("{name}: {text}\n").as_bytes());
    }
}

fn try_print(t: Attached<'_>, e: &Value) -> PyResult<()> {
    let f = orochi_eval::import::native_attribute(t, "traceback", "_print_exception_bltin")?;
    protocol::call(t, &f, std::slice::from_ref(e))?;
    let err = dict::get_by_name(t, &t.interpreter().sys.load(), "stderr").unwrap_or(Value::none());
    if !err.is_none() {
        protocol::call_method(t, &err, &t.names().flush, &[])?;
    }
    Ok(())
}

fn unraisablehook(t: Attached<'_>, a: &[Value]) -> PyResult {
    let get = |name: &str| attr::get_by_name(t, &a[0], name);
    let (message, object, e) = (get("err_msg")?, get("object")?, get("exc_value")?);
    let err = dict::get_by_name(t, &t.interpreter().sys.load(), "stderr").unwrap_or(Value::none());
    if err.is_none() {
        return Ok(Value::none());
    }
    let head = if message.is_none() { "Exception ignored in".to_owned() } else { str::display(&message) };
    let line = if object.is_none() { format!("{head}:\n") } else { format!("{head}: {}\n", protocol::display_repr(t, &object)) };
    protocol::call_method(t, &err, &t.names().write, &[str::from_string(t, line)])?;
    if !e.is_none() {
        print_exception(t, &e);
    }
    Ok(Value::none())
}

/// `Upward::unraisable`: calls `sys.unraisablehook`.
pub fn report_unraisable(t: Attached<'_>, raised: orochi_objects::Raised, message: &str, object: &Value) {
    let e = t.take_raised(raised);
    let sys = t.interpreter().sys.load();
    if dict::as_dict(&sys).is_none() {
        return;
    }
    let Some(hook) = dict::get_by_name(t, &sys, "unraisablehook") else { return };
    let tb = as_exception(&e).map_or(Value::none(), |x| x.traceback.load());
    let values = vec![type_of(t, &e).clone(), e.clone(), tb, str::new(t, message), object.clone()];
    let done = UNRAISABLE.make(t, values).and_then(|args| protocol::call(t, &hook, &[args]));
    if let Err(second) = done {
        drop(t.take_raised(second));
        print_exception(t, &e);
    }
}

/// Takes `__dict__` and `__weakref__` of a class away: `dataclass(slots=True)` replaces the class.
fn clear_type_descriptors(t: Attached<'_>, a: &[Value]) -> PyResult {
    let Some(class) = a[0].payload::<orochi_objects::type_::PyType>() else {
        return Err(t.type_error("argument must be a type"));
    };
    if class.has(orochi_objects::flags::IMMUTABLE) {
        return Err(t.type_error("argument is immutable"));
    }
    let attributes = class.dict.load();
    for name in [&t.names().__dict__, &t.names().__weakref__] {
        drop(dict::remove(t, &attributes, name)?);
        orochi_objects::type_::changed(t, class, name, None);
    }
    Ok(Value::none())
}

fn settrace(t: Attached<'_>, a: &[Value]) -> PyResult {
    trace::set(t, Kind::Trace, a[0].clone());
    Ok(Value::none())
}
fn setprofile(t: Attached<'_>, a: &[Value]) -> PyResult {
    trace::set(t, Kind::Profile, a[0].clone());
    Ok(Value::none())
}
fn call_tracing(t: Attached<'_>, a: &[Value]) -> PyResult {
    if tuple::as_tuple(&a[1]).is_none() {
        let given = orochi_objects::type_::type_name(t, &a[1]);
        return Err(t.type_error(format!("call_tracing() argument 2 must be tuple, not {given}")));
    }
    trace::call_tracing(t, &a[0], tuple::items(&a[1]))
}
fn get_asyncgen_hooks(t: Attached<'_>, _: &[Value]) -> PyResult {
    let (first, last) = t.thread().asyncgen_hooks.borrow().clone();
    ASYNCGEN_HOOKS.make(t, vec![first, last])
}
fn set_asyncgen_hooks(t: Attached<'_>, a: &[Value]) -> PyResult {
    for (i, name) in ["firstiter", "finalizer"].iter().enumerate() {
        if let Some(v) = a[i].given()
            && !v.is_none()
            && !protocol::is_callable(t, v)
        {
            return Err(t.type_error(format!("callable {name} expected, got {}", orochi_objects::type_::type_name(t, v))));
        }
    }
    let mut hooks = t.thread().asyncgen_hooks.borrow().clone();
    if let Some(v) = a[0].given() {
        hooks.0 = v.clone();
    }
    if let Some(v) = a[1].given() {
        hooks.1 = v.clone();
    }
    let old = t.thread().asyncgen_hooks.replace(hooks);
    drop(old);
    Ok(Value::none())
}
fn get_origin_depth(t: Attached<'_>, _: &[Value]) -> PyResult {
    Ok(int::from_usize(t, t.interpreter().state::<orochi_eval::start::EvalState>().origin_depth.load(Relaxed)))
}
fn set_origin_depth(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = protocol::expect_i64(t, &a[0])?;
    if n < 0 {
        return Err(t.value_error("depth must be >= 0"));
    }
    t.interpreter().state::<orochi_eval::start::EvalState>().origin_depth.store(n as usize, Relaxed);
    Ok(Value::none())
}
fn set_max_digits(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = protocol::expect_i64(t, &a[0])?;
    if n != 0 && n < 640 {
        return Err(t.value_error("maxdigits must be 0 or larger than 640"));
    }
    int::set_max_str_digits(t, n as usize)?;
    Ok(Value::none())
}
