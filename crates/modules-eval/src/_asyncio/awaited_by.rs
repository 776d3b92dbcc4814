//! Who waits for a future: nothing, one future, or a set of them once there is a second.

use orochi_objects::{Attached, PyResult, Slot, Value, set};

use super::future::PyFuture;

/// Notes that `waiter` waits.
pub fn add(t: Attached<'_>, slot: &Slot, waiter: &Value) -> PyResult<()> {
    loop {
        let now = slot.load();
        if now.is(waiter) {
            return Ok(());
        }
        if set::as_set(&now).is_some() {
            return set::add(t, &now, waiter);
        }
        let new = if now.is_unbound() { waiter.clone() } else { set::from_items(t, &[now.clone(), waiter.clone()])? };
        // Another thread may have noted one meanwhile.
        if slot.replace_if(now.bits(), new).is_ok() {
            return Ok(());
        }
    }
}

/// Notes that `waiter` does not wait any more.
pub fn discard(t: Attached<'_>, slot: &Slot, waiter: &Value) -> PyResult<()> {
    let now = slot.load();
    if set::as_set(&now).is_some() {
        return set::discard(t, &now, waiter).map(drop);
    }
    if now.is(waiter) {
        // If it is another one by now, nothing is to be done.
        drop(slot.replace_if(now.bits(), Value::unbound()));
    }
    Ok(())
}

/// `_asyncio_awaited_by`: a frozenset or None.
pub fn shown(t: Attached<'_>, slot: &Slot) -> PyResult {
    let now = slot.load();
    if now.is_unbound() {
        return Ok(Value::none());
    }
    let all = if set::as_set(&now).is_some() { set::members(&now) } else { vec![now] };
    set::frozen_from_items(t, &all)
}

/// The slot of a future, if both are futures of this module.
fn slot_of<'a>(future: &'a Value, waiter: &Value) -> Option<&'a Slot> {
    waiter.payload::<PyFuture>()?;
    Some(&future.payload::<PyFuture>()?.awaited_by)
}

/// `future_add_to_awaited_by(fut, waiter)`.
pub fn add_function(t: Attached<'_>, a: &[Value]) -> PyResult {
    if let Some(slot) = slot_of(&a[0], &a[1]) {
        add(t, slot, &a[1])?;
    }
    Ok(Value::none())
}

/// `future_discard_from_awaited_by(fut, waiter)`.
pub fn discard_function(t: Attached<'_>, a: &[Value]) -> PyResult {
    if let Some(slot) = slot_of(&a[0], &a[1]) {
        discard(t, slot, &a[1])?;
    }
    Ok(Value::none())
}
