//! What every thread of an interpreter is doing: `sys._current_frames`.
//!
//! A frame of another thread is alive only as long as that thread stands still. So the world is stopped and the
//! frames are copied; what comes out shows that moment, and nothing in it changes when the threads go on.

use std::sync::atomic::Ordering::Acquire;

use orochi_heap::Value;
use orochi_objects::{Attached, Thread};

use crate::frame::EvalThread;
use crate::frame_object;

/// Identifier and innermost frame of each thread that runs Python code, the calling one among them.
pub fn of_all_threads(t: Attached<'_>) -> Vec<(u64, Value)> {
    let mut all = Vec::new();
    if let Some(own) = frame_object::caller(t, 0) {
        all.push((t.thread().base.ident(), own));
    }
    t.stop_world(|| {
        let threads = t.runtime().threads.lock().unwrap_or_else(|e| e.into_inner());
        for &address in threads.iter() {
            // SAFETY: threads take themselves out before they die; the world is stopped.
            let thread = unsafe { &*(address as *const Thread) };
            let same = std::ptr::eq(&*thread.interpreter, t.interpreter());
            if !same || std::ptr::eq(thread, t.thread()) {
                continue;
            }
            // SAFETY: the eval loop's part of a thread lives as long as the thread runs code.
            let Some(eval) = (unsafe { thread.eval.load(Acquire).cast::<EvalThread>().as_ref() }) else { continue };
            let frame = eval.current();
            if !frame.is_null() {
                // SAFETY: the thread stands still.
                all.push((thread.base.ident(), unsafe { frame_object::snapshot(t, frame) }));
            }
        }
    });
    all
}
