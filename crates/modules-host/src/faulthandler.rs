//! `faulthandler`: tracebacks of threads written straight to a descriptor.
//!
//! What is asked for is dumped: now, after a time by a watchdog thread, or (`register`) when a signal is
//! handled. `enable` is remembered; this runtime is memory-safe code and installs no handlers for fatal
//! signals of the process, so a crash in a foreign library is not reported.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use orochi_host::fs;
use orochi_objects::{
    Attached, Method, ModuleSpec, PyResult, Slot, Thread, Value, attr, dict, exception, int, native, protocol, str,
};
use orochi_runtime::Locked;

use crate::arguments::{c_int, descriptor, flag};
use crate::seconds::{self, Rounding};

/// What an interpreter keeps of the module.
#[derive(Default)]
struct State {
    /// Where `enable` wants reports, a file or descriptor; unbound while disabled.
    enabled: Slot,
    watchdog: Mutex<Option<Arc<Watchdog>>>,
    /// The file that the watchdog writes to: kept, so that its descriptor stays open.
    later: Slot,
    registered: Locked<Vec<Registered>>,
}

/// What `register` was told of a signal.
#[derive(Clone)]
struct Registered {
    signal: i32,
    descriptor: i32,
    all_threads: bool,
    chain: bool,
    /// The file of the descriptor: kept, so that it stays open.
    _file: Value,
    /// The handler before.
    before: Value,
}

/// A watchdog that can be called off.
struct Watchdog {
    cancelled: Mutex<bool>,
    changed: Condvar,
}

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("faulthandler").doc("faulthandler module.").functions(&[
    Method::new("enable", "(file=sys.stderr, all_threads=True, c_stack=True)", enable, "Enable the fault handler."),
    Method::new("disable", "()", disable, "Disable the fault handler."),
    Method::new("is_enabled", "()", |t, _| Ok(Value::bool(!state(t).enabled.is_unbound())), "Check if the handler is enabled."),
    Method::new("dump_traceback", "(file=sys.stderr, all_threads=True)", dump_traceback, "Dump the traceback of the current thread, or of all threads if all_threads is True, into file."),
    Method::new("dump_traceback_later", "(timeout, repeat=False, file=sys.stderr, exit=False)", dump_later, "Dump the traceback of all threads in timeout seconds."),
    Method::new("cancel_dump_traceback_later", "()", cancel, "Cancel the previous call to dump_traceback_later()."),
    Method::new("register", "(signum, file=sys.stderr, all_threads=True, chain=False)", register, "Register a handler for the signal 'signum'."),
    Method::new("unregister", "(signum, /)", unregister, "Unregister the handler of the signal 'signum' registered by register()."),
    Method::new("_sigsegv", "(release_gil=False, /)", |t, _| end_by(t, 11), "Raise a SIGSEGV signal."),
    Method::new("_sigabrt", "()", |t, _| end_by(t, 6), "Raise a SIGABRT signal."),
    Method::new("_sigfpe", "()", |t, _| end_by(t, 8), "Raise a SIGFPE signal."),
]);

fn state<'t>(t: Attached<'t>) -> &'t State {
    t.interpreter().state::<State>()
}

fn sys_value(t: Attached<'_>, name: &str) -> Option<Value> {
    let sys = t.interpreter().sys.load();
    dict::as_dict(&sys)?;
    dict::get_by_name(t, &sys, name)
}

/// A file argument, standard error by default, and its descriptor; the file is flushed. Whoever keeps the descriptor
/// keeps the file.
fn file(t: Attached<'_>, v: &Value) -> PyResult<(i32, Value)> {
    let file = match v.given().filter(|v| !v.is_none()) {
        Some(v) if int::is_int(v) => {
            let fd = c_int(t, v)?;
            return if fd < 0 { Err(t.value_error("file is not a valid file descriptor")) } else { Ok((fd, v.clone())) };
        }
        Some(v) => v.clone(),
        None => match sys_value(t, "stderr") {
            Some(v) if !v.is_none() => v,
            Some(_) => return Err(t.raise(&exception::RuntimeError, "sys.stderr is None")),
            None => return Err(t.raise(&exception::RuntimeError, "unable to get sys.stderr")),
        },
    };
    let fd = descriptor(t, &file)?;
    if let Err(e) = protocol::call_method(t, &file, &t.names().flush, &[]) {
        drop(t.take_raised(e));
    }
    Ok((fd, file))
}

fn enable(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (_, file) = file(t, &a[0])?;
    state(t).enabled.set(file);
    Ok(Value::none())
}
fn disable(t: Attached<'_>, _: &[Value]) -> PyResult {
    let before = state(t).enabled.take();
    Ok(Value::bool(!before.is_unbound()))
}

/// Most frames shown of one thread.
const DEEPEST: usize = 100;

/// The lines of a frame and its callers.
fn frames(t: Attached<'_>, mut frame: Value, out: &mut String) -> PyResult<()> {
    let mut depth = 0;
    while !frame.is_none() {
        if depth == DEEPEST {
            out.push_str("  ...\n");
            return Ok(());
        }
        depth += 1;
        let code = attr::get_by_name(t, &frame, "f_code")?;
        let file = protocol::display_repr(t, &attr::get_by_name(t, &code, "co_filename")?);
        let file = file.trim_matches(['\'', '"']).to_owned();
        let line = attr::get_by_name(t, &frame, "f_lineno")?;
        let line = int::as_i64(&line).map_or("???".to_owned(), |n| n.to_string());
        let name = str::display(&attr::get_by_name(t, &code, "co_name")?);
        out.push_str(&format!("  File \"{file}\", line {line} in {name}\n"));
        frame = attr::get_by_name(t, &frame, "f_back")?;
    }
    if depth == 0 {
        out.push_str("  <no Python frame>\n");
    }
    Ok(())
}

/// The tracebacks of this thread or of all, as text.
fn report(t: Attached<'_>, all_threads: bool) -> PyResult<String> {
    let mut out = String::new();
    let me = t.base.ident();
    if all_threads && let Some(get) = sys_value(t, "_current_frames") {
        let all = protocol::call(t, &get, &[])?;
        let mut entries = dict::items(&all);
        // The calling thread comes last, as the one that matters most.
        entries.sort_by_key(|(ident, _)| int::as_i64(ident) == Some(me as i64));
        for (i, (ident, frame)) in entries.into_iter().enumerate() {
            let ident = int::as_i64(&ident).unwrap_or(0) as u64;
            let title = if ident == me { "Current thread" } else { "Thread" };
            if i > 0 {
                out.push('\n');
            }
            out.push_str(&format!("{title} {ident:#018x} (most recent call first):\n"));
            frames(t, frame, &mut out)?;
        }
        return Ok(out);
    }
    out.push_str("Stack (most recent call first):\n");
    let frame = match sys_value(t, "_getframe") {
        Some(get) => protocol::call(t, &get, &[])?,
        None => Value::none(),
    };
    frames(t, frame, &mut out)?;
    Ok(out)
}

fn dump_traceback(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (fd, _file) = file(t, &a[0])?;
    let text = report(t, flag(t, &a[1], true)?)?;
    crate::errors::check(t, t.detached(|| fs::write_all(fd, text.as_bytes())))?;
    Ok(Value::none())
}

fn call_off(t: Attached<'_>) {
    let running = state(t).watchdog.lock().unwrap_or_else(|e| e.into_inner()).take();
    if let Some(watchdog) = running {
        *watchdog.cancelled.lock().unwrap_or_else(|e| e.into_inner()) = true;
        watchdog.changed.notify_all();
    }
    drop(state(t).later.take());
}
fn cancel(t: Attached<'_>, _: &[Value]) -> PyResult {
    call_off(t);
    Ok(Value::none())
}

fn dump_later(t: Attached<'_>, a: &[Value]) -> PyResult {
    let nanos = seconds::nanos(t, &a[0], Rounding::Up)?;
    let Some(nanos) = u64::try_from(nanos).ok().filter(|n| *n > 0) else {
        return Err(t.value_error("timeout must be greater than 0"));
    };
    let (repeat, (fd, file), exit) = (flag(t, &a[1], false)?, file(t, &a[2])?, flag(t, &a[3], false)?);
    call_off(t);
    state(t).later.set(file);
    let watchdog = Arc::new(Watchdog { cancelled: Mutex::new(false), changed: Condvar::new() });
    *state(t).watchdog.lock().unwrap_or_else(|e| e.into_inner()) = Some(watchdog.clone());
    let interpreter = t.thread().interpreter.clone();
    let time = Duration::from_nanos(nanos);
    let head = {
        let total = nanos / 1000;
        let (hours, minutes) = (total / 3_600_000_000, total / 60_000_000 % 60);
        let (whole, part) = (total / 1_000_000 % 60, total % 1_000_000);
        if part == 0 { format!("Timeout ({hours}:{minutes:02}:{whole:02})!\n") } else { format!("Timeout ({hours}:{minutes:02}:{whole:02}.{part:06})!\n") }
    };
    let body = Box::new(move || {
        loop {
            let guard = watchdog.cancelled.lock().unwrap_or_else(|e| e.into_inner());
            let waited = watchdog.changed.wait_timeout_while(guard, time, |cancelled| !*cancelled);
            if waited.is_ok_and(|(cancelled, _)| *cancelled) {
                return;
            }
            let _ = fs::write_all(fd, head.as_bytes());
            if let Ok(entry) = Thread::start(&interpreter) {
                let low = orochi_host::thread::stack_bounds().map_or(0, |b| b.low);
                entry.run(low, |t| {
                    (t.runtime().upward.thread_begin)(t);
                    match report(t, true) {
                        Ok(text) => drop(fs::write_all(fd, text.as_bytes())),
                        Err(e) => drop(t.take_raised(e)),
                    }
                    (t.runtime().upward.thread_end)(t);
                });
            }
            if exit {
                orochi_host::process::exit_now(1);
            }
            if !repeat {
                return;
            }
        }
    });
    if t.detached(|| orochi_host::thread::spawn(1 << 20, body)).is_err() {
        return Err(t.raise(&exception::RuntimeError, "unable to start watchdog thread"));
    }
    Ok(Value::none())
}

/// Lets the process die of a signal, for tests of what sees it die.
fn end_by(t: Attached<'_>, signal: i32) -> PyResult {
    // The first may only take a handler away that is not ours.
    for _ in 0..2 {
        crate::errors::check(t, orochi_host::signal::raise(signal))?;
    }
    Ok(Value::none())
}

static ON_SIGNAL: Method = Method::new("_dump_on_signal", "(signum, frame, /)", on_signal, "");

fn on_signal(t: Attached<'_>, a: &[Value]) -> PyResult {
    let number = c_int(t, &a[0])?;
    let entry = state(t).registered.lock().iter().find(|entry| entry.signal == number).cloned();
    let Some(entry) = entry else { return Ok(Value::none()) };
    let (text, fd) = (report(t, entry.all_threads)?, entry.descriptor);
    let _ = t.detached(|| fs::write_all(fd, text.as_bytes()));
    if entry.chain && protocol::is_callable(t, &entry.before) {
        protocol::call(t, &entry.before, a)?;
    }
    Ok(Value::none())
}

fn signal_module(t: Attached<'_>) -> PyResult {
    let import = protocol::builtin(t, "__import__")?;
    protocol::call(t, &import, &[str::new(t, "_signal")])
}

fn register(t: Attached<'_>, a: &[Value]) -> PyResult {
    let number = c_int(t, &a[0])?;
    if matches!(number, 4 | 6 | 7 | 8 | 11) {
        return Err(t.raise(&exception::RuntimeError, format!("signal {number} cannot be registered, use enable() instead")));
    }
    let ((descriptor, file), all_threads, chain) = (file(t, &a[1])?, flag(t, &a[2], true)?, flag(t, &a[3], false)?);
    let handler = native::function(t, &ON_SIGNAL, &str::intern(t, "faulthandler"));
    let set = attr::get_by_name(t, &signal_module(t)?, "signal")?;
    let old = protocol::call(t, &set, &[Value::i32(number), handler])?;
    let replaced = {
        let mut registered = state(t).registered.lock();
        let known = registered.iter().position(|entry| entry.signal == number).map(|i| registered.swap_remove(i));
        let before = known.as_ref().map_or(old, |entry| entry.before.clone());
        registered.push(Registered { signal: number, descriptor, all_threads, chain, _file: file, before });
        known
    };
    // Not under the lock: a file may close here.
    drop(replaced);
    Ok(Value::none())
}

fn unregister(t: Attached<'_>, a: &[Value]) -> PyResult {
    let number = c_int(t, &a[0])?;
    let entry = {
        let state = state(t);
        let mut registered = state.registered.lock();
        registered.iter().position(|entry| entry.signal == number).map(|i| registered.swap_remove(i))
    };
    let Some(entry) = entry else { return Ok(Value::bool(false)) };
    let set = attr::get_by_name(t, &signal_module(t)?, "signal")?;
    let old = if entry.before.is_none() { Value::i32(0) } else { entry.before };
    protocol::call(t, &set, &[Value::i32(number), old])?;
    Ok(Value::bool(true))
}
