//! All tasks of a loop. Native tasks stand in a roster, which they leave when they die; tasks of other classes stand
//! in a `WeakSet` or, during an eager first step, in a set.

use orochi_objects::{Attached, PyResult, Value, protocol, set};

use super::future::{self, PyFuture};
use super::{library, running_loop};

/// `all_tasks(loop=None)`.
pub fn all_tasks(t: Attached<'_>, a: &[Value]) -> PyResult {
    let event_loop = match a[0].given().filter(|v| !v.is_none()) {
        Some(v) => v.clone(),
        None => running_loop::get_running_loop(t)?,
    };
    let library = library::of(t);
    let found = set::new(t);
    // Eager tasks first: one that is scheduled meanwhile is found in the other set.
    let mut foreign = set_members(&library.foreign_eager_tasks.load());
    foreign.extend(protocol::collect(t, &library::foreign_tasks(t)?)?);
    for task in library.tasks.living() {
        if task.payload::<PyFuture>().is_some_and(|f| !f.is_done() && f.event_loop.load().is(&event_loop)) {
            set::add(t, &found, &task)?;
        }
    }
    for task in foreign {
        if future::loop_of(t, &task)?.is(&event_loop)
            && !protocol::truth(t, &protocol::call_method(t, &task, &t.names().done, &[])?)?
        {
            set::add(t, &found, &task)?;
        }
    }
    Ok(found)
}

fn set_members(v: &Value) -> Vec<Value> {
    if set::as_set(v).is_some() { set::members(v) } else { Vec::new() }
}

/// The place in the roster, if it is a native task.
fn native(v: &Value) -> Option<&PyFuture> {
    v.payload::<PyFuture>().filter(|f| f.is_task)
}

/// `_register_task(task)`.
pub fn register(t: Attached<'_>, a: &[Value]) -> PyResult {
    match native(&a[0]) {
        Some(f) => f.task.place.enter(&a[0]),
        None => drop(protocol::call_method(t, &library::foreign_tasks(t)?, &t.names().add, &[a[0].clone()])?),
    }
    Ok(Value::none())
}

/// `_unregister_task(task)`.
pub fn unregister(t: Attached<'_>, a: &[Value]) -> PyResult {
    match native(&a[0]) {
        Some(f) => f.task.place.leave(),
        None => drop(protocol::call_method(t, &library::foreign_tasks(t)?, &t.names().discard, &[a[0].clone()])?),
    }
    Ok(Value::none())
}

/// `_register_eager_task(task)`.
pub fn register_eager(t: Attached<'_>, a: &[Value]) -> PyResult {
    if native(&a[0]).is_some() {
        return register(t, a);
    }
    let slot = &library::of(t).foreign_eager_tasks;
    if slot.is_unbound() {
        // If another thread made one meanwhile, that counts.
        drop(slot.replace_if(Value::unbound().bits(), set::new(t)));
    }
    set::add(t, &slot.load(), &a[0])?;
    Ok(Value::none())
}

/// `_unregister_eager_task(task)`.
pub fn unregister_eager(t: Attached<'_>, a: &[Value]) -> PyResult {
    if native(&a[0]).is_some() {
        return unregister(t, a);
    }
    let eager = library::of(t).foreign_eager_tasks.load();
    if set::as_set(&eager).is_some() {
        set::discard(t, &eager, &a[0])?;
    }
    Ok(Value::none())
}
