//! One Python function called for one value after another: the eval loop is entered once for all calls.
//!
//! The closure that gives the arguments takes each result in between, while no frame of the function is there:
//!
//! ```text
//! call_each --> next_frame --> eval loop --return--> next_frame: closure(result) -> argument, a fresh frame
//!                                   ^---------------------|
//! ```

use orochi_heap::Value;
use orochi_objects::native::PyMethod;
use orochi_objects::{Attached, PyResult, protocol, protocol::EachStep};

use super::{borrowed, push, too_deep};
use crate::frame::{Entry, Frame, eval_thread};
use crate::function::{self, PyFunction};

/// A series of calls, on the stack of [`call_each`].
pub struct Series<'a> {
    callee: &'a Value,
    function: Value,
    /// Of a bound method.
    receiver: Option<Value>,
    step: EachStep<'a>,
}

/// Calls `callee` for each value that `step` gives; `None` if it is no Python function (or method) that takes
/// exactly that one argument.
pub fn call_each(t: Attached<'_>, callee: &Value, step: EachStep<'_>) -> Option<PyResult<()>> {
    let (function, receiver) = match callee.payload::<PyMethod>() {
        Some(m) => (m.function.load(), Some(m.receiver.load())),
        None => (callee.clone(), None),
    };
    let wanted = 1 + usize::from(receiver.is_some());
    if function.payload::<PyFunction>()?.code().simple_args != wanted {
        return None;
    }
    Some(run(t, Series { callee, function, receiver, step }))
}

fn run(t: Attached<'_>, mut series: Series<'_>) -> PyResult<()> {
    let traced = eval_thread(t).tracing.on();
    // SAFETY: the series stays in place until the loop is done with it.
    match unsafe { next_frame(t, (&raw mut series).cast(), None, traced) }? {
        // SAFETY: just pushed on the current frame.
        Some(frame) => unsafe { crate::eval_loop::run(t, frame) }.map(drop),
        None => Ok(()),
    }
}

/// The frame of the call after the one that gave `result`; `None` at the end of the series. `traced`: whether
/// the loop that is to run it traces.
///
/// # Safety
/// `series` is a living [`Series`], of which nobody else has hold meanwhile.
pub(crate) unsafe fn next_frame(
    t: Attached<'_>,
    series: *mut Series<'static>,
    mut result: Option<Value>,
    traced: bool,
) -> PyResult<Option<*mut Frame>> {
    // SAFETY: as the caller says.
    let s = unsafe { &mut *series };
    let thread = eval_thread(t);
    let given = 1 + usize::from(s.receiver.is_some());
    loop {
        let Some(v) = (s.step)(result)? else { return Ok(None) };
        t.safepoint()?;
        let f = function::body(&s.function);
        // Meanwhile the program may have given the function other code, or begun to trace.
        if f.code().simple_args != given || thread.tracing.on() != traced {
            result = Some(protocol::call(t, s.callee, std::slice::from_ref(&v))?);
            continue;
        }
        let regs = thread.top();
        if !thread.fits(regs, f.code().register_count + 8) {
            return Err(too_deep(t));
        }
        // SAFETY: the window lies above everything in use, and fits; the words are owned.
        unsafe {
            if let Some(receiver) = &s.receiver {
                regs.write(receiver.clone_register().into_bits());
            }
            regs.add(given - 1).write(v.into_bits());
            // The series holds the function for longer than the frame lives.
            let frame = push(t, f, borrowed(&s.function), regs, given, thread.current(), Entry::Each, 0);
            if frame.is_null() {
                crate::frame::release_range(regs, regs.add(given));
                return Err(too_deep(t));
            }
            // An aligned address and a 1 look like a small int to whoever looks at the frame's words.
            (*frame).extra = series as u64 | 1;
            return Ok(Some(frame));
        }
    }
}
