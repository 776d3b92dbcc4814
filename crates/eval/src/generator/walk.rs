//! Native loops over generators, run by one eval loop: `sum(x for x in xs)` enters it once.
//!
//! ```text
//! walk: claims, enters the frame with Entry::Sink --> eval loop --yield--> feed: suspends, calls the closure,
//!                                                        ^--------------------- claims again, resumes
//! ```
//! While the closure runs the generator is suspended as any other is: the program may look at it, and who
//! resumes it meanwhile is what it would be if the native loop asked for each value by itself.

use orochi_heap::Value;
use orochi_objects::protocol::{NativeLoop, Sink};
use orochi_objects::{Attached, PyResult};

use super::{FINISHED, Flavor, PyGenerator, within_limit};
use crate::frame::{Entry, Frame, eval_thread};

/// A closure on the stack of [`walk`].
pub struct Closure<'a>(Sink<'a>);

/// `Upward::walk`.
pub fn walk(t: Attached<'_>, walked: &Value, native: NativeLoop<'_>) -> Option<PyResult<()>> {
    match native {
        NativeLoop::Members(sink) => walk_iterator(t, walked, sink),
        NativeLoop::Calls(step) => crate::call::each::call_each(t, walked, step),
    }
}

/// Calls `sink` with what a generator yields until that answers false; `None` if the iterator is no generator.
fn walk_iterator(t: Attached<'_>, iterator: &Value, sink: Sink<'_>) -> Option<PyResult<()>> {
    let g = iterator.payload::<PyGenerator>()?;
    if g.flavor != Flavor::Generator {
        return None;
    }
    Some(walk_generator(t, g, sink))
}

fn walk_generator(t: Attached<'_>, g: &PyGenerator, sink: Sink<'_>) -> PyResult<()> {
    within_limit(t)?;
    let mut closure = Closure(sink);
    // Only the lifetime is forgotten: `feed` calls it while this function waits for the eval loop.
    let closure = (&raw mut closure).cast::<Closure<'static>>();
    let previous = eval_thread(t).current();
    match enter(t, g, closure, previous)? {
        // SAFETY: claimed and linked.
        Some(frame) => unsafe { crate::eval_loop::run(t, frame) }.map(drop),
        None => Ok(()),
    }
}

/// Claims the generator and links its frame; `None` at its end.
#[inline]
fn enter(t: Attached<'_>, g: &PyGenerator, closure: *mut Closure<'static>, previous: *mut Frame) -> PyResult<Option<*mut Frame>> {
    match g.claim() {
        None => Err(t.value_error("generator already executing")),
        Some(FINISHED) => Ok(None),
        Some(_) => {
            g.sink.set(closure);
            Ok(Some(g.enter(t, previous, Entry::Sink, 0, Some(Value::none()))))
        }
    }
}

/// The generator of the frame, entered by [`walk`], yielded a value: suspends it and gives the value to the
/// closure. True if it runs again, as the current frame; else [`walk`]'s caller is the current frame again.
///
/// # Safety
/// The frame is a running generator's, with [`Entry::Sink`]; its pc is saved.
#[inline]
pub(crate) unsafe fn feed(t: Attached<'_>, frame: *mut Frame, v: Value) -> PyResult<bool> {
    // SAFETY: as the caller says. The generator is held by whoever called `walk`, which waits with the
    // closure: nobody else calls it, since only this thread runs the loop that `walk` began.
    unsafe {
        let g = &*(*frame).generator;
        let (closure, previous) = (g.sink.get(), (*frame).previous);
        super::suspend(t, frame);
        let thread = eval_thread(t);
        thread.current.store(previous, std::sync::atomic::Ordering::Relaxed);
        if !(*closure).0(v)? {
            return Ok(false);
        }
        match enter(t, g, closure, previous)? {
            Some(frame) => {
                thread.current.store(frame, std::sync::atomic::Ordering::Relaxed);
                Ok(true)
            }
            None => Ok(false),
        }
    }
}
