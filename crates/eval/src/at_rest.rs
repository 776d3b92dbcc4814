//! Looking at an activation that another thread may be running.
//!
//! A frame object or a generator can be handed to any thread, but the activation behind it moves, and ends, under the
//! hands of the thread that runs it. Who looks at one is either its own thread: then it waits, further up in that
//! thread's chain; or the only domain that runs; or brings the world to rest for the look.

use orochi_objects::Attached;

use crate::frame::{Frame, eval_thread};

/// Runs `look` while nobody runs or ends `frame`, which may have ended before. `look` must not run Python.
pub(crate) fn at_rest<R>(t: Attached<'_>, frame: *const Frame, look: impl FnOnce() -> R) -> R {
    if t.single_domain() || is_own(t, frame) { look() } else { t.stop_world(look) }
}

/// Whether the frame is one of the running thread's chain. `frame` is compared, never followed.
pub(crate) fn is_own(t: Attached<'_>, frame: *const Frame) -> bool {
    let mut at = eval_thread(t).current();
    // SAFETY: frames in the running thread's chain live.
    while let Some(f) = unsafe { at.as_ref() } {
        if std::ptr::eq(f, frame) {
            return true;
        }
        at = f.previous;
    }
    false
}
