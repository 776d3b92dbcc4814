//! `_thread._ThreadHandle`: what one thread knows of another that it wants to join.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::*};

use orochi_objects::{Args, Attached, Def, GetSet, Method, Payload, PyResult, TypeSpec, Value, exception, flags, int, payload, str};

use crate::raw_lock::{Once, Patience, optional_patience};

/// A thread as others see it.
#[derive(Default)]
pub struct HandleState {
    /// Whether a thread was started for this handle.
    started: AtomicBool,
    ident: AtomicU64,
    /// Set when the identifier is known.
    pub(super) known: Once,
    /// Set when the thread has left Python.
    pub(super) done: Once,
    /// Whether the end of the interpreter does not wait for it.
    pub(super) daemon: AtomicBool,
}

impl HandleState {
    /// The thread's identifier, 0 before it runs.
    pub fn ident(&self) -> u64 {
        self.ident.load(Acquire)
    }
    pub(super) fn set_ident(&self, ident: u64) {
        self.ident.store(ident, Release);
        self.known.set();
    }
    /// Claims the handle for a thread that is about to start; `false` if it has one.
    pub(super) fn claim(&self) -> bool {
        !self.started.swap(true, AcqRel)
    }
    /// No thread was started after all.
    pub(super) fn unclaim(&self) {
        self.started.store(false, Release);
    }
    /// The thread does not exist any more (in a fork's child).
    pub(super) fn vanish(&self) {
        self.known.set();
        self.done.set();
    }
    /// Waits for the end of the thread.
    pub(super) fn join(&self, t: Attached<'_>, patience: Patience) -> PyResult<()> {
        if !self.started.load(Acquire) {
            return Err(t.raise(&exception::RuntimeError, "thread not started"));
        }
        if !self.done.is_set() && self.ident() == t.base.ident() {
            return Err(t.raise(&exception::RuntimeError, "Cannot join current thread"));
        }
        if !self.done.is_set() && t.interpreter().base.is_finalizing() {
            // It sleeps till the process is gone.
            return Err(t.raise(&exception::PythonFinalizationError, "cannot join thread at interpreter shutdown"));
        }
        self.done.wait_interruptibly(t, patience)?;
        Ok(())
    }
}

/// The body of a handle.
pub struct PyHandle {
    pub(super) state: Arc<HandleState>,
}

impl Payload for PyHandle {
    payload!(PyHandle, "_ThreadHandle");
    const CYCLIC: bool = false;
}

/// `_thread._ThreadHandle`.
pub static HANDLE: TypeSpec = TypeSpec::new::<PyHandle>("_thread._ThreadHandle")
    .flags(flags::HAS_WEAKREF)
    .slots(&[Def::New(handle_new), Def::Repr(handle_repr)])
    .methods(&[
        Method::new("join", "($self, timeout=None, /)", handle_join, ""),
        Method::new("is_done", "($self, /)", |_, a| Ok(Value::bool(state(&a[0]).done.is_set())), ""),
        Method::new("_set_done", "($self, /)", handle_set_done, ""),
    ])
    .getset(&[GetSet::read("ident", |t, v| Ok(int::from_u64(t, state(v).ident())), "")]);

pub(super) fn state(v: &Value) -> &Arc<HandleState> {
    match v.payload::<PyHandle>() {
        Some(h) => &h.state,
        None => unreachable!("methods are called with their own type"),
    }
}

fn handle_new(t: Attached<'_>, _: &Value, args: Args<'_>) -> PyResult {
    args.expect(t, "_ThreadHandle", 0, 0)?;
    Ok(HANDLE.alloc(t, PyHandle { state: Arc::default() }))
}

fn handle_repr(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(str::from_string(t, format!("<_thread._ThreadHandle object: ident={}>", state(this).ident())))
}

fn handle_join(t: Attached<'_>, a: &[Value]) -> PyResult {
    let patience = optional_patience(t, &a[1])?;
    state(&a[0]).clone().join(t, patience)?;
    Ok(Value::none())
}

fn handle_set_done(t: Attached<'_>, a: &[Value]) -> PyResult {
    let state = state(&a[0]);
    if !state.started.load(Acquire) {
        return Err(t.raise(&exception::RuntimeError, "thread not started"));
    }
    state.done.set();
    Ok(Value::none())
}

/// `_make_thread_handle(ident)`: for a thread that runs already and was not started here.
pub(super) fn make(t: Attached<'_>, a: &[Value]) -> PyResult {
    let ident = crate::arguments::c_ulong(t, &a[0])?;
    let state = HandleState::default();
    state.claim();
    state.set_ident(ident);
    let state = Arc::new(state);
    state.daemon.store(true, Relaxed);
    super::threads(t).handles.lock().push(Arc::downgrade(&state));
    Ok(HANDLE.alloc(t, PyHandle { state }))
}
