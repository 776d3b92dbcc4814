//! The running loop and the running task of a thread. They lie in the thread itself
//! (`orochi_objects::running_loop`); a task is entered only while its loop is the running one.

use std::sync::atomic::Ordering::Relaxed;

use orochi_host::process::getpid;
use orochi_objects::{Attached, PyResult, Raised, Value, exception, protocol, running_loop};

use super::library;

fn none_if_unbound(v: Value) -> Value {
    if v.is_unbound() { Value::none() } else { v }
}

/// The calling thread's loop, or None.
pub fn current(t: Attached<'_>) -> Value {
    none_if_unbound(t.thread().running_loop.event_loop.load())
}

/// The running loop, else the policy's.
pub fn get_event_loop(t: Attached<'_>) -> PyResult {
    let now = current(t);
    if now.is_none() { library::policy_loop(t) } else { Ok(now) }
}

/// The running loop; RuntimeError if there is none.
pub fn get_running_loop(t: Attached<'_>) -> PyResult {
    let now = current(t);
    if now.is_none() { Err(t.raise(&exception::RuntimeError, "no running event loop")) } else { Ok(now) }
}

/// `_get_running_loop()`.
pub fn get_or_none(t: Attached<'_>, _: &[Value]) -> PyResult {
    Ok(current(t))
}

/// `_set_running_loop(loop)`.
pub fn set(t: Attached<'_>, a: &[Value]) -> PyResult {
    let own = &t.thread().running_loop;
    if !a[0].is_none() {
        own.process.store(getpid(), Relaxed);
    } else if !own.task.is_unbound() && own.process.load(Relaxed) != getpid() {
        own.task.take();
    }
    running_loop::set(t, &a[0]);
    Ok(Value::none())
}

/// `current_task(loop=None)`.
pub fn current_task(t: Attached<'_>, a: &[Value]) -> PyResult {
    let own = &t.thread().running_loop;
    match a[0].given().filter(|v| !v.is_none()) {
        None => {
            get_running_loop(t)?;
        }
        Some(event_loop) if own.event_loop.load().is(event_loop) => {}
        Some(event_loop) => return Ok(running_loop::task_elsewhere(t, event_loop).unwrap_or(Value::none())),
    }
    Ok(none_if_unbound(own.task.load()))
}

fn check_loop(t: Attached<'_>, event_loop: &Value) -> PyResult<()> {
    if t.thread().running_loop.event_loop.load().is(event_loop) {
        return Ok(());
    }
    Err(t.raise(&exception::RuntimeError, format!("loop {} is not the running loop", protocol::display_repr(t, event_loop))))
}

#[cold]
fn other_task(t: Attached<'_>, before: &str, task: &Value, between: &str, other: &Value, after: &str) -> Raised {
    let task = protocol::display_repr(t, task);
    let other = if other.is_unbound() { "None".to_owned() } else { protocol::display_repr(t, other) };
    t.raise(&exception::RuntimeError, format!("{before} {task} {between} {other} {after}"))
}

/// `task` begins to run.
pub fn enter_task(t: Attached<'_>, event_loop: &Value, task: &Value) -> PyResult<()> {
    check_loop(t, event_loop)?;
    let own = &t.thread().running_loop.task;
    if !own.is_unbound() {
        return Err(other_task(t, "Cannot enter into task", task, "while another task", &own.load(), "is being executed."));
    }
    own.set(task.clone());
    Ok(())
}

/// `task` ceases to run.
pub fn leave_task(t: Attached<'_>, event_loop: &Value, task: &Value) -> PyResult<()> {
    check_loop(t, event_loop)?;
    let own = &t.thread().running_loop.task;
    let now = own.load();
    if !now.is(task) {
        return Err(other_task(t, "Invalid attempt to leave task", task, "while task", &now, "is entered."));
    }
    own.take();
    Ok(())
}

/// Puts another task (None: none) in the place of the running one, which it gives (or None).
pub fn swap_task(t: Attached<'_>, event_loop: &Value, task: &Value) -> PyResult {
    check_loop(t, event_loop)?;
    let new = if task.is_none() { Value::unbound() } else { task.clone() };
    Ok(none_if_unbound(t.thread().running_loop.task.swap(new)))
}

/// `_enter_task(loop, task)`.
pub fn enter(t: Attached<'_>, a: &[Value]) -> PyResult {
    enter_task(t, &a[0], &a[1]).map(|()| Value::none())
}
/// `_leave_task(loop, task)`.
pub fn leave(t: Attached<'_>, a: &[Value]) -> PyResult {
    leave_task(t, &a[0], &a[1]).map(|()| Value::none())
}
/// `_swap_current_task(loop, task)`.
pub fn swap(t: Attached<'_>, a: &[Value]) -> PyResult {
    swap_task(t, &a[0], &a[1])
}
