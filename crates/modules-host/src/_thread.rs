//! `_thread`: locks, thread-local data, starting and joining threads. `threading` is built on it.
//!
//! A started thread makes its own entry of the runtime on its OS thread; the parent waits only until it
//! knows the identifier. What outlives a call stands in [`Threads`], one an interpreter.

mod handle;
mod local;
mod lock;
mod start;

use std::sync::atomic::{AtomicUsize, Ordering::*};
use std::sync::{Arc, Weak};

use orochi_objects::{
    Attached, Method, ModuleSpec, PyResult, TypeSpec, Value, attr, dict, exception, float, int, protocol, str,
    struct_sequence,
};
use orochi_runtime::Locked;

pub use handle::HandleState;
pub use local::forget_thread;
pub use lock::{LOCK, PyLock};

use crate::arguments::c_int_or;

/// What an interpreter knows of its threads.
#[derive(Default)]
pub struct Threads {
    /// Stack size of new threads, 0: default.
    pub stack_size: AtomicUsize,
    /// Threads started by this module that have not ended.
    pub running: AtomicUsize,
    /// Handles of threads that were started, for the end of the interpreter and for forks.
    pub handles: Locked<Vec<Weak<HandleState>>>,
    /// Tables of thread-local data, by thread that has data in them.
    pub(crate) locals: Locked<Vec<(u64, Weak<local::Table>)>>,
}

struct_sequence! {
    /// What `threading.excepthook` gets.
    pub static EXCEPT_HOOK_ARGS = "_thread._ExceptHookArgs", visible 4, flags 0,
        "ExceptHookArgs\n\nType used to pass arguments to threading.excepthook.",
        ["exc_type": "Exception type", "exc_value": "Exception value", "exc_traceback": "Exception traceback", "thread": "Thread"];
}

static TYPES: &[&TypeSpec] = &[&lock::LOCK, &lock::RLOCK, &local::LOCAL, &handle::HANDLE, &EXCEPT_HOOK_ARGS.spec];

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("_thread")
    .doc("This module provides primitive operations to write multi-threaded programs.\nThe 'threading' module provides a more convenient interface.")
    .functions(&[
        Method::new("start_new_thread", "(function, args, kwargs={}, /)", start::start_new_thread, "Start a new thread and return its identifier."),
        Method::new("start_new", "(function, args, kwargs={}, /)", start::start_new_thread, "An obsolete synonym of start_new_thread()."),
        Method::new("start_joinable_thread", "(function, handle=None, daemon=True)", start::start_joinable_thread, "*For internal use only*: start a new thread."),
        Method::new("daemon_threads_allowed", "()", |_, _| Ok(Value::bool(true)), "Return True if daemon threads are allowed in the current interpreter."),
        Method::new("allocate_lock", "()", lock::allocate, "Create a new lock object."),
        Method::new("allocate", "()", lock::allocate, "An obsolete synonym of allocate_lock()."),
        Method::new("exit", "()", exit, "Raise a SystemExit exception."),
        Method::new("exit_thread", "()", exit, "An obsolete synonym of exit()."),
        Method::new("interrupt_main", "(signum=signal.SIGINT, /)", interrupt_main, "Simulate the arrival of the given signal in the main thread."),
        Method::new("get_ident", "()", |t, _| Ok(int::from_u64(t, t.base.ident())), "Return a non-zero integer that uniquely identifies the current thread."),
        Method::new("get_native_id", "()", |t, _| Ok(int::from_u64(t, orochi_host::thread::native_id() as u64)), "Return a non-negative integer identifying the thread as reported by the OS."),
        Method::new("_count", "()", |t, _| Ok(int::from_usize(t, threads(t).running.load(Relaxed))), "Return the number of currently running Python threads, excluding the main thread."),
        Method::new("stack_size", "(size=0, /)", stack_size, "Return the thread stack size used when creating new threads."),
        Method::new("_excepthook", "(args, /)", excepthook, "Handle uncaught Thread.run() exception."),
        Method::new("_get_main_thread_ident", "()", |t, _| Ok(int::from_u64(t, crate::signals::main_ident(t))), "Internal only. Return a non-zero integer that uniquely identifies the main thread."),
        Method::new("_is_main_interpreter", "()", |t, _| Ok(Value::bool(t.interpreter().base.id() == 0)), "Return True if the current interpreter is the main Python interpreter."),
        Method::new("_make_thread_handle", "(ident, /)", handle::make, "Internal only. Make a thread handle for threads not spawned by the threading module."),
        Method::new("_shutdown", "()", start::shutdown, "Wait for all non-daemon threads (other than the calling thread) to stop."),
        Method::new("set_name", "(name)", set_name, "Set the name of the current thread."),
        Method::new("_get_name", "()", get_name, "Get the name of the current thread."),
    ])
    .types(TYPES)
    .exec(|t, namespace| {
        crate::signals::bind_main(t);
        dict::set_by_name(t, namespace, "LockType", lock::LOCK.get(t).clone());
        dict::set_by_name(t, namespace, "error", exception::RuntimeError.get(t).clone());
        let max = (crate::raw_lock::TIMEOUT_MAX / 1_000_000_000) as f64;
        dict::set_by_name(t, namespace, "TIMEOUT_MAX", float::new(t, max));
        dict::set_by_name(t, namespace, "_NAME_MAXLEN", int::from_usize(t, NAME_MAX));
        Ok(())
    });

/// The interpreter's threads.
pub fn threads(t: Attached<'_>) -> Arc<Threads> {
    t.interpreter().state::<Threads>().clone()
}

/// The kernel's id of the thread with this identifier.
pub fn native_id_of(t: Attached<'_>, ident: u64) -> Option<i32> {
    let found = t.runtime().base.registry().find_by_ident(t.interpreter().base.id(), ident)?;
    i32::try_from(found.native_id()).ok()
}

fn exit(t: Attached<'_>, _: &[Value]) -> PyResult {
    Err(t.raise_with(&exception::SystemExit, Vec::new()))
}

fn interrupt_main(t: Attached<'_>, a: &[Value]) -> PyResult {
    let signal = c_int_or(t, &a[0], 2)?;
    if !(1..orochi_host::signal::LIMIT).contains(&signal) {
        return Err(t.value_error("signal number out of range"));
    }
    crate::signals::interrupt(t, signal);
    // In the main thread the handler runs now, as if the signal had come during the call.
    crate::signals::run_pending(t)?;
    Ok(Value::none())
}

/// Smallest stack that Python code can run on.
const MIN_STACK: i64 = 0xd000;

fn stack_size(t: Attached<'_>, a: &[Value]) -> PyResult {
    let size = a[0].given().map_or(Ok(0), |v| protocol::expect_i64(t, v))?;
    let state = threads(t);
    let old = state.stack_size.load(Relaxed);
    if a[0].given().is_some() {
        if size != 0 && size < MIN_STACK {
            return Err(t.value_error(format!("size must be at least {MIN_STACK} bytes")));
        }
        state.stack_size.store(size as usize, Relaxed);
    }
    Ok(int::from_usize(t, old))
}

/// Bytes that the kernel keeps of a thread's name.
const NAME_MAX: usize = 15;

fn set_name(t: Attached<'_>, a: &[Value]) -> PyResult {
    let name = str::expect(t, &a[0], "set_name() argument 'name'")?;
    let raw = crate::arguments::encode(t, &a[0], name.wtf8())?;
    let short: Vec<u8> = raw.iter().take(NAME_MAX).copied().take_while(|&b| b != 0).collect();
    if let Ok(short) = std::ffi::CString::new(short) {
        crate::errors::check(t, orochi_host::thread::set_name(&short))?;
    }
    t.base.set_name(&str::display(&a[0]));
    Ok(Value::none())
}

fn get_name(t: Attached<'_>, _: &[Value]) -> PyResult {
    let name = crate::errors::check(t, orochi_host::thread::name())?;
    Ok(crate::arguments::decoded(t, &name))
}

/// Prints `Exception in thread ...` and the traceback on `sys.stderr`.
fn excepthook(t: Attached<'_>, a: &[Value]) -> PyResult {
    if !EXCEPT_HOOK_ARGS.spec.is_exact(t, &a[0]) {
        return Err(t.type_error("_thread._excepthook argument type must be ExceptHookArgs"));
    }
    let [class, value, traceback, thread] = orochi_objects::tuple::items(&a[0]) else { return Ok(Value::none()) };
    if class.is(exception::SystemExit.get(t)) {
        return Ok(Value::none());
    }
    let sys = t.interpreter().sys.load();
    let mut file = if dict::as_dict(&sys).is_some() {
        dict::get_by_name(t, &sys, "stderr").unwrap_or(Value::none())
    } else {
        Value::none()
    };
    if file.is_none() {
        if thread.is_none() {
            return Ok(Value::none());
        }
        file = attr::find(t, thread, &str::intern(t, "_stderr"))?.unwrap_or(Value::none());
        if file.is_none() {
            return Ok(Value::none());
        }
    }
    let name = if thread.is_none() { None } else { attr::find(t, thread, &t.names().name)? };
    let name = match name {
        Some(name) => str::display(&protocol::str(t, &name)?),
        None => t.base.ident().to_string(),
    };
    let head = str::from_string(t, format!("Exception in thread {name}:\n"));
    protocol::call_method(t, &file, &t.names().write, &[head])?;
    let import = protocol::builtin(t, "__import__")?;
    let printer = protocol::call(t, &import, &[str::new(t, "traceback")])?;
    let print = attr::get_by_name(t, &printer, "print_exception")?;
    protocol::call(t, &print, &[class.clone(), value.clone(), traceback.clone(), Value::none(), file.clone()])?;
    protocol::call_method(t, &file, &t.names().flush, &[])?;
    Ok(Value::none())
}

/// After a fork, in the child: the other threads are gone.
pub fn after_fork(t: Attached<'_>) {
    let state = threads(t);
    state.running.store(0, Relaxed);
    let me = t.base.ident();
    let handles: Vec<Weak<HandleState>> = std::mem::take(&mut *state.handles.lock());
    for handle in handles.iter().filter_map(Weak::upgrade) {
        if handle.ident() != me {
            handle.vanish();
        } else {
            state.handles.lock().push(Arc::downgrade(&handle));
        }
    }
    crate::signals::become_main(t);
}
