//! Calls of one callable for many values: the keys of a sort, `map`, `filter`.

use orochi_heap::Value;

use super::call;
use crate::thread::{Attached, PyResult};

/// Takes what the call before gave (`None` at first) and gives the argument of the next call, or `None` at the end.
pub type EachStep<'a> = &'a mut dyn FnMut(Option<Value>) -> PyResult<Option<Value>>;

/// A native loop that Python code takes part in, as closures for its steps.
pub enum NativeLoop<'a> {
    /// Over the values of an iterator.
    Members(super::Sink<'a>),
    /// That calls a callable for each value.
    Calls(EachStep<'a>),
}

/// Calls `callable(v)` for each value that `step` gives. A Python function's calls run in one eval loop.
pub fn call_each(t: Attached<'_>, callable: &Value, step: EachStep<'_>) -> PyResult<()> {
    if let Some(done) = (t.runtime().upward.walk)(t, callable, NativeLoop::Calls(step)) {
        return done;
    }
    let mut result = None;
    while let Some(v) = step(result)? {
        result = Some(call(t, callable, std::slice::from_ref(&v))?);
        t.safepoint()?;
    }
    Ok(())
}
