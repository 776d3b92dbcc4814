//! What `await future` iterates over: it yields the future once, while that is pending, and ends with its result.

use std::sync::atomic::Ordering::Relaxed;

use orochi_heap::Visit;
use orochi_objects::slots::Step;
use orochi_objects::{Attached, Def, Method, Payload, PyResult, Slot, TypeSpec, Value, exception, flags, payload};

use super::future::{self, PyFuture};

/// The body.
pub struct PyFutureIter {
    /// Unbound after `throw` or `close`.
    future: Slot,
}

impl Payload for PyFutureIter {
    payload!(PyFutureIter, "FutureIter");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.future);
    }
    fn clear(&self) {
        self.future.take();
    }
}

/// `_asyncio.FutureIter`.
static TYPE: TypeSpec = TypeSpec::new::<PyFutureIter>("_asyncio.FutureIter")
    .flags(flags::NO_NEW)
    .slots(&[Def::Iter(orochi_objects::iter::itself), Def::Next(next), Def::Send(|t, this, _| step(t, this))])
    .methods(&[
        Method::new("send", "($self, value, /)", |t, a| raising(t, step(t, &a[0])), ""),
        Method::new("throw", "($self, type, value=None, traceback=None, /)", throw, ""),
        Method::new("close", "($self, /)", close, ""),
    ]);

/// A new iterator of a future.
pub fn new(t: Attached<'_>, future: &Value) -> PyResult {
    let f = future::body(future);
    f.event_loop_or_error(t)?;
    Ok(TYPE.alloc(t, PyFutureIter { future: Slot::new(future.clone()) }))
}

fn body(v: &Value) -> &PyFutureIter {
    match v.payload::<PyFutureIter>() {
        Some(i) => i,
        None => unreachable!("slots are called with their own type"),
    }
}

fn step(t: Attached<'_>, this: &Value) -> PyResult<Step> {
    let future = body(this).future.load();
    let Some(f) = future.payload::<PyFuture>() else { return Ok(Step::Returned(Value::none())) };
    if !f.is_done() {
        if f.blocking.swap(true, Relaxed) {
            return Err(t.raise(&exception::RuntimeError, "await wasn't used with future"));
        }
        return Ok(Step::Yielded(future));
    }
    future::result(t, f).map(Step::Returned)
}

fn raising(t: Attached<'_>, step: PyResult<Step>) -> PyResult {
    match step? {
        Step::Yielded(v) => Ok(v),
        Step::Returned(v) => Err(exception::stop_iteration(t, v)),
    }
}

fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    match step(t, this)? {
        Step::Yielded(v) => Ok(Some(v)),
        Step::Returned(v) if v.is_none() => Ok(None),
        Step::Returned(v) => Err(exception::stop_iteration(t, v)),
    }
}

fn throw(t: Attached<'_>, a: &[Value]) -> PyResult {
    let e = orochi_eval::generator::thrown(t, &a[1..])?;
    body(&a[0]).future.take();
    Err(t.raise_value(e))
}

fn close(_: Attached<'_>, a: &[Value]) -> PyResult {
    body(&a[0]).future.take();
    Ok(Value::none())
}
