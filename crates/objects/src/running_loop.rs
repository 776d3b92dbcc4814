//! The event loop of `asyncio` that runs in a thread, and the task that it runs: what the native module `_asyncio`
//! keeps for each thread.
//!
//! The thread itself reads and writes the two slots without a lock. A thread that asks for the task of another
//! thread's loop finds that thread's slots in the interpreter's list, where a thread enters when it runs a loop for
//! the first time and which it leaves when it ends.

use std::sync::atomic::{AtomicBool, AtomicI32};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};

use orochi_heap::{Slot, Value};

use crate::thread::{Attached, Thread};

/// The loop and the task of one thread; unbound where there is none.
#[derive(Default)]
pub struct RunningLoop {
    /// The loop. Written by its thread only.
    pub event_loop: Slot,
    /// The task. Written by its thread only.
    pub task: Slot,
    /// The process that ran the loop: after a fork the child has no task.
    pub process: AtomicI32,
    listed: AtomicBool,
}

/// The threads of an interpreter that run loops, or did.
#[derive(Default)]
struct RunningLoops(Mutex<Vec<Arc<RunningLoop>>>);

/// Makes `event_loop` (None: no loop) the calling thread's running loop.
pub fn set(t: Attached<'_>, event_loop: &Value) {
    let own = &t.thread().running_loop;
    if event_loop.is_none() {
        own.event_loop.take();
        return;
    }
    if !own.listed.swap(true, Relaxed) {
        let all = t.interpreter().state::<RunningLoops>();
        all.0.lock().unwrap_or_else(|e| e.into_inner()).push(own.clone());
    }
    own.event_loop.set(event_loop.clone());
}

/// The task that `event_loop` runs now in another thread of the interpreter, if there is one.
pub fn task_elsewhere(t: Attached<'_>, event_loop: &Value) -> Option<Value> {
    let all = t.interpreter().state::<RunningLoops>();
    let all = all.0.lock().unwrap_or_else(|e| e.into_inner()).clone();
    let found = all.iter().find(|running| running.event_loop.load().is(event_loop))?;
    Some(found.task.load()).filter(|task| !task.is_unbound())
}

/// The thread ends.
pub(crate) fn end(thread: &Thread) {
    let own = &thread.running_loop;
    if own.listed.swap(false, Relaxed) {
        let all = thread.interpreter.state::<RunningLoops>();
        all.0.lock().unwrap_or_else(|e| e.into_inner()).retain(|other| !Arc::ptr_eq(own, other));
    }
    own.task.take();
    own.event_loop.take();
}
