//! What the eval loop does when a runtime, an interpreter or a thread starts, and its upward calls.

use std::any::Any;
use std::sync::atomic::{AtomicUsize, Ordering::*};

use orochi_heap::Value;
use orochi_objects::{Attached, PyResult, Runtime, Thread, TypeSpec, dict, protocol, str, tuple};

use crate::frame::EvalThread;

/// The eval loop's part of an interpreter.
#[derive(Default)]
pub struct EvalState {
    /// `sys.set_coroutine_origin_tracking_depth`.
    pub origin_depth: AtomicUsize,
    empty_tuple: orochi_heap::Slot,
}

/// The interpreter's empty tuple.
pub(crate) fn empty_tuple(t: Attached<'_>) -> Value {
    let state = t.interpreter().state::<EvalState>();
    let v = state.empty_tuple.load();
    if !v.is_unbound() {
        return v;
    }
    let new = tuple::new(t, Vec::new());
    orochi_heap::count::immortalize(&new);
    state.empty_tuple.set(new.clone());
    new
}

/// Gives the calling thread its eval stacks: `Upward::thread_begin`.
pub fn thread_begin(t: Attached<'_>) {
    let state = Box::into_raw(EvalThread::new());
    t.thread().eval.store(state.cast(), Release);
}

/// Frees them: `Upward::thread_end`.
pub fn thread_end(t: Attached<'_>) {
    let state = t.thread().eval.swap(std::ptr::null_mut(), AcqRel).cast::<EvalThread>();
    if !state.is_null() {
        // SAFETY: made by `thread_begin`, taken once; no frame is left.
        drop(unsafe { Box::from_raw(state) });
    }
}

/// `Upward::visit_registers`.
pub fn visit_registers(thread: &Thread, visit: &mut dyn FnMut(u64)) {
    let state = thread.eval.load(Acquire).cast::<EvalThread>();
    // SAFETY: the thread is stopped; its eval state lives as long as it is registered.
    if let Some(state) = unsafe { state.as_ref() } {
        state.visit(visit);
    }
}

/// `Upward::finalize`: `__del__` or the type's own finaliser.
pub fn finalize(t: Attached<'_>, v: &Value) {
    let Some(f) = orochi_objects::type_::class_of(t, v).slots.finalize() else { return };
    // An exception in flight or being handled must survive the finaliser.
    let saved = t.suspend_raised();
    if let Err(e) = f(t, v) {
        let del = orochi_objects::type_::lookup(t, orochi_objects::type_::class_of(t, v), &t.names().__del__);
        (t.runtime().upward.unraisable)(t, e, "Exception ignored while calling deallocator", &del.unwrap_or_else(|| v.clone()));
    }
    t.restore_raised(saved);
}

/// Issues a warning through the `warnings` machinery, if that is there.
pub fn warn(t: Attached<'_>, category: &'static TypeSpec, message: &str) -> PyResult<()> {
    let modules = t.interpreter().modules.load();
    if dict::as_dict(&modules).is_none() {
        return Ok(());
    }
    let Some(warnings) = dict::get_by_name(t, &modules, "_warnings") else { return Ok(()) };
    let warn = orochi_objects::attr::get_by_name(t, &warnings, "warn")?;
    protocol::call(t, &warn, &[str::new(t, message), category.get(t).clone()]).map(drop)
}

/// `sys.set_coroutine_origin_tracking_depth`'s value.
pub(crate) fn origin_depth(t: Attached<'_>) -> usize {
    t.interpreter().state::<EvalState>().origin_depth.load(Relaxed)
}

/// Proof that the state types are what the interpreter can hold.
const _: fn() = || {
    fn is_state<T: Any + Send + Sync + Default>() {}
    is_state::<EvalState>();
    let _: Option<&Runtime> = None;
};

/// The class and object of the calling function's zero-argument `super()`: `Upward::zero_arg_super`.
pub fn zero_arg_super(t: Attached<'_>) -> PyResult<(Value, Value)> {
    let none = |what: &str| t.raise(&orochi_objects::exception::RuntimeError, format!("super(): {what}"));
    let frame = crate::frame::eval_thread(t).current();
    if frame.is_null() {
        return Err(none("no current frame"));
    }
    // SAFETY: the current frame lives.
    let f = unsafe { &*frame };
    let code = f.code();
    if code.code.arg_count == 0 {
        return Err(none("no arguments"));
    }
    // SAFETY: a parameter's register.
    let mut object = unsafe { f.reg(0) }.clone();
    if code.holds_cell(0)
        && let Some(c) = object.payload::<orochi_objects::cell::PyCell>()
    {
        let inner = c.contents.load();
        object = inner;
    }
    if object.is_unbound() {
        return Err(none("arg[0] deleted"));
    }
    let Some(i) = code.free_registers.clone().find(|&i| code.local_names[i].is(&t.names().__class__)) else {
        return Err(none("__class__ cell not found"));
    };
    // SAFETY: a free variable's register.
    let cell = unsafe { f.reg(i) };
    let class = cell.payload::<orochi_objects::cell::PyCell>().map_or(Value::unbound(), |c| c.contents.load());
    if class.is_unbound() {
        return Err(none("empty __class__ cell"));
    }
    Ok((class, object))
}
