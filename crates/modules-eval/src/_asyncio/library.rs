//! What the Python part of `asyncio` supplies, found at first use and kept: exceptions, texts of futures and tasks,
//! stacks. It imports this module while it is being imported itself, so nothing is looked up earlier.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use orochi_heap::roster::Roster;
use orochi_objects::{Attached, PyResult, Raised, Slot, Value, attr, protocol, str, tuple};

/// The module's state in an interpreter.
#[derive(Default)]
pub struct Library {
    cancelled_error: Slot,
    invalid_state_error: Slot,
    future_repr: Slot,
    task_repr: Slot,
    task_get_stack: Slot,
    task_print_stack: Slot,
    extract_stack: Slot,
    is_coroutine: Slot,
    copy_context: Slot,
    get_policy: Slot,
    /// Tasks that are not native, as a `WeakSet`.
    foreign_tasks: Slot,
    /// Tasks that are not native and do their first step before they are scheduled: a set.
    pub foreign_eager_tasks: Slot,
    /// All native tasks.
    pub tasks: Arc<Roster>,
    /// How many tasks got a name made up.
    pub task_names: AtomicU64,
}

/// The state.
pub fn of(t: Attached<'_>) -> &Library {
    t.interpreter().state::<Library>()
}

fn imported(t: Attached<'_>, slot: fn(&Library) -> &Slot, module: &str, name: &str) -> PyResult {
    let slot = slot(of(t));
    let known = slot.load();
    if !known.is_unbound() {
        return Ok(known);
    }
    let fromlist = tuple::new(t, vec![str::intern(t, name)]);
    let module = orochi_eval::import::import(t, &str::intern(t, module), &Value::none(), &fromlist, 0)?;
    let found = attr::get_by_name(t, &module, name)?;
    slot.set(found.clone());
    Ok(found)
}

/// `asyncio.CancelledError`.
pub fn cancelled_error(t: Attached<'_>) -> PyResult {
    imported(t, |l| &l.cancelled_error, "asyncio.exceptions", "CancelledError")
}
/// Raises `asyncio.InvalidStateError`.
pub fn invalid_state(t: Attached<'_>, message: &str) -> Raised {
    let made = imported(t, |l| &l.invalid_state_error, "asyncio.exceptions", "InvalidStateError")
        .and_then(|class| protocol::call(t, &class, &[str::new(t, message)]));
    match made {
        Ok(e) => t.raise_value(e),
        Err(e) => e,
    }
}
/// `asyncio.base_futures._future_repr`.
pub fn future_repr(t: Attached<'_>) -> PyResult {
    imported(t, |l| &l.future_repr, "asyncio.base_futures", "_future_repr")
}
/// `asyncio.base_tasks._task_repr`.
pub fn task_repr(t: Attached<'_>) -> PyResult {
    imported(t, |l| &l.task_repr, "asyncio.base_tasks", "_task_repr")
}
/// `asyncio.base_tasks._task_get_stack`.
pub fn task_get_stack(t: Attached<'_>) -> PyResult {
    imported(t, |l| &l.task_get_stack, "asyncio.base_tasks", "_task_get_stack")
}
/// `asyncio.base_tasks._task_print_stack`.
pub fn task_print_stack(t: Attached<'_>) -> PyResult {
    imported(t, |l| &l.task_print_stack, "asyncio.base_tasks", "_task_print_stack")
}
/// The stack of the running Python code, for messages of debug mode.
pub fn stack(t: Attached<'_>) -> PyResult {
    let f = imported(t, |l| &l.extract_stack, "asyncio.format_helpers", "extract_stack")?;
    protocol::call(t, &f, &[])
}
/// `asyncio.coroutines.iscoroutine(v)`.
pub fn is_coroutine(t: Attached<'_>, v: &Value) -> PyResult<bool> {
    let f = imported(t, |l| &l.is_coroutine, "asyncio.coroutines", "iscoroutine")?;
    protocol::truth(t, &protocol::call(t, &f, std::slice::from_ref(v))?)
}
/// `contextvars.copy_context()`.
pub fn copy_context(t: Attached<'_>) -> PyResult {
    let f = imported(t, |l| &l.copy_context, "_contextvars", "copy_context")?;
    protocol::call(t, &f, &[])
}
/// The event loop of the policy.
pub fn policy_loop(t: Attached<'_>) -> PyResult {
    let f = imported(t, |l| &l.get_policy, "asyncio.events", "_get_event_loop_policy")?;
    let policy = protocol::call(t, &f, &[])?;
    protocol::call(t, &attr::get_by_name(t, &policy, "get_event_loop")?, &[])
}
/// The `WeakSet` of tasks that are not native.
pub fn foreign_tasks(t: Attached<'_>) -> PyResult {
    let slot = &of(t).foreign_tasks;
    let known = slot.load();
    if !known.is_unbound() {
        return Ok(known);
    }
    let module = orochi_eval::import::import(t, &str::intern(t, "weakref"), &Value::none(), &Value::none(), 0)?;
    let new = protocol::call(t, &attr::get_by_name(t, &module, "WeakSet")?, &[])?;
    // The first one made is the one that counts.
    Ok(match slot.replace_if(Value::unbound().bits(), new.clone()) {
        Ok(_) => new,
        Err(_) => slot.load(),
    })
}
