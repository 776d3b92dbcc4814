//! Starting threads, and waiting for them at the end.

use std::sync::atomic::Ordering::*;
use std::sync::{Arc, Mutex, Weak};

use orochi_objects::{Args, Attached, PyResult, Thread, Value, dict, exception, int, protocol, tuple};

use super::handle::{HANDLE, HandleState, PyHandle, state};
use super::{Threads, threads};
use crate::raw_lock::Patience;

/// Stack of a thread whose size nobody chose: as of the main thread on most systems.
const DEFAULT_STACK: usize = 8 << 20;

/// What a thread calls.
struct Task {
    function: Value,
    args: Vec<Value>,
    names: Vec<Value>,
}

/// Says that the thread is over, also if it panics.
struct Ending {
    handle: Arc<HandleState>,
    threads: Arc<Threads>,
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.threads.running.fetch_update(AcqRel, Acquire, |n| n.checked_sub(1)).ok();
        self.handle.done.set();
    }
}

/// Starts a thread for a claimed handle; gives its identifier.
fn start(t: Attached<'_>, task: Task, handle: &Arc<HandleState>) -> PyResult<u64> {
    let refused = |t: Attached<'_>| t.raise(&exception::RuntimeError, "can't start new thread");
    if t.interpreter().base.is_finalizing() {
        let message = "can't create new thread at interpreter shutdown";
        return Err(t.raise(&exception::PythonFinalizationError, message));
    }
    let entry = Thread::start(&t.thread().interpreter).map_err(|_| refused(t))?;
    entry.base.set_daemon(handle.daemon.load(Relaxed));
    let base = entry.base.clone();
    let state = threads(t);
    let stack = match state.stack_size.load(Relaxed) {
        0 => DEFAULT_STACK,
        n => n,
    };
    state.running.fetch_add(1, AcqRel);
    {
        let mut handles = state.handles.lock();
        handles.retain(|h| h.upgrade().is_some_and(|h| !h.done.is_set()));
        handles.push(Arc::downgrade(handle));
    }
    let ending = Ending { handle: handle.clone(), threads: state };
    // Held here too, so that values are released by an attached thread if none starts.
    let parcel = Arc::new(Mutex::new(Some((entry, task, ending))));
    let taken = parcel.clone();
    let body = Box::new(move || {
        let content = taken.lock().unwrap_or_else(|e| e.into_inner()).take();
        let Some((entry, task, ending)) = content else { return };
        ending.handle.set_ident(orochi_host::thread::ident());
        let here = 0u8;
        let low = match orochi_host::thread::stack_bounds() {
            Ok(bounds) => bounds.low,
            Err(_) => (&raw const here as usize).saturating_sub(stack / 2),
        };
        entry.run(low, |t| {
            (t.runtime().upward.thread_begin)(t);
            run(t, task);
            super::local::forget_thread(t);
        });
        drop(ending);
    });
    if t.detached(|| orochi_host::thread::spawn(stack, body)).is_err() {
        t.detached(|| base.end());
        let content = parcel.lock().unwrap_or_else(|e| e.into_inner()).take();
        if let Some((_, task, ending)) = content {
            // The handle may be used for another try.
            let Ending { handle, threads } = &ending;
            threads.running.fetch_sub(1, AcqRel);
            threads.handles.lock().retain(|h| !std::ptr::eq(h.as_ptr(), Arc::as_ptr(handle)));
            std::mem::forget(ending);
            drop(task);
        }
        return Err(refused(t));
    }
    t.detached(|| handle.known.wait());
    Ok(handle.ident())
}

/// The thread's whole Python life.
fn run(t: Attached<'_>, task: Task) {
    let Task { function, args, names } = task;
    if let Err(e) = protocol::call_args(t, &function, Args::with_names(&args, &names)) {
        if t.raised_is(&e, &exception::SystemExit) {
            drop(t.take_raised(e));
        } else {
            let e = t.take_raised(e);
            let shown = match protocol::repr(t, &function) {
                Ok(shown) => orochi_objects::str::display(&shown),
                Err(second) => {
                    drop(t.take_raised(second));
                    "<object repr() failed>".to_owned()
                }
            };
            let e = t.set_raised(e);
            let message = format!("Exception ignored in thread started by {shown}");
            (t.runtime().upward.unraisable)(t, e, &message, &Value::none());
        }
    }
}

/// `start_new_thread(function, args, kwargs={})`.
pub(super) fn start_new_thread(t: Attached<'_>, a: &[Value]) -> PyResult {
    if !protocol::is_callable(t, &a[0]) {
        return Err(t.type_error("first arg must be callable"));
    }
    let Some(given) = tuple::as_tuple(&a[1]) else { return Err(t.type_error("2nd arg must be a tuple")) };
    let mut args = given.items().to_vec();
    let mut names = Vec::new();
    if let Some(keywords) = a[2].given() {
        if dict::as_dict(keywords).is_none() {
            return Err(t.type_error("optional 3rd arg must be a dictionary"));
        }
        for (name, value) in dict::items(keywords) {
            if !orochi_objects::str::is_str(&name) {
                return Err(t.type_error("keywords must be strings"));
            }
            names.push(name);
            args.push(value);
        }
    }
    let handle = Arc::new(HandleState::default());
    handle.claim();
    handle.daemon.store(true, Relaxed);
    let ident = start(t, Task { function: a[0].clone(), args, names }, &handle)?;
    Ok(int::from_u64(t, ident))
}

/// `start_joinable_thread(function, handle=None, daemon=True)`.
pub(super) fn start_joinable_thread(t: Attached<'_>, a: &[Value]) -> PyResult {
    if !protocol::is_callable(t, &a[0]) {
        return Err(t.type_error("thread function must be callable"));
    }
    let daemon = crate::arguments::flag(t, &a[2], true)?;
    let handle = match a[1].given().filter(|v| !v.is_none()) {
        Some(v) if HANDLE.is_exact(t, v) => v.clone(),
        Some(_) => return Err(t.type_error("'handle' must be a _ThreadHandle")),
        None => HANDLE.alloc(t, PyHandle { state: Arc::default() }),
    };
    let handle_state = state(&handle).clone();
    if !handle_state.claim() {
        return Err(t.raise(&exception::RuntimeError, "thread already started"));
    }
    handle_state.daemon.store(daemon, Relaxed);
    let task = Task { function: a[0].clone(), args: Vec::new(), names: Vec::new() };
    if let Err(e) = start(t, task, &handle_state) {
        handle_state.unclaim();
        return Err(e);
    }
    Ok(handle)
}

/// `_shutdown()`: waits for all threads that are no daemons.
pub(super) fn shutdown(t: Attached<'_>, _: &[Value]) -> PyResult {
    let me = t.base.ident();
    let state = threads(t);
    loop {
        let next = state
            .handles
            .lock()
            .iter()
            .filter_map(Weak::upgrade)
            .find(|h| !h.daemon.load(Relaxed) && !h.done.is_set() && h.ident() != me);
        let Some(handle) = next else { return Ok(Value::none()) };
        if let Err(e) = handle.join(t, Patience::Endless) {
            let message = "Exception ignored while joining a thread in _thread._shutdown()";
            (t.runtime().upward.unraisable)(t, e, message, &Value::none());
            return Ok(Value::none());
        }
    }
}
