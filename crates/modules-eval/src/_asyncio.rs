//! `_asyncio`: futures and tasks of `asyncio`, and which loop and task run.
//!
//! ```text
//! future.rs       Future: state, callbacks, result            future_iter.rs  what `await future` iterates over
//! task.rs         Task: a future with a coroutine             step.rs         one step of a task, and waking it up
//! running_loop.rs the thread's loop and its task              tasks.rs        all tasks of a loop
//! awaited_by.rs   who waits for a future                      library.rs      what the Python part of asyncio supplies
//! ```
//! A task is a future with a few more fields: both have the body [`future::PyFuture`], because Task is a subclass.
//!
//! Threads: asyncio's objects belong to the thread of their loop, but any thread may touch them. Each field is a slot or
//! an atomic; the change from pending to done and the list of callbacks are behind one small lock, so that a callback
//! is either in the list that is scheduled, or finds the future done. Python code never runs under it.

mod awaited_by;
mod future;
mod future_iter;
mod library;
mod running_loop;
mod step;
mod task;
mod tasks;

use orochi_objects::{Method, ModuleSpec};

/// `_asyncio`.
pub static MODULE: ModuleSpec = ModuleSpec::new("_asyncio")
    .doc("Accelerator module for asyncio")
    .types(&[&future::FUTURE, &task::TASK])
    .functions(&[
        Method::new("get_event_loop", "()", |t, _| running_loop::get_event_loop(t), "Return an asyncio event loop.\n\nWhen called from a coroutine or a callback (e.g. scheduled with\ncall_soon or similar API), this function will always return the\nrunning event loop."),
        Method::new("get_running_loop", "()", |t, _| running_loop::get_running_loop(t), "Return the running event loop.  Raise a RuntimeError if there is none.\n\nThis function is thread-specific."),
        Method::new("_get_running_loop", "()", running_loop::get_or_none, "Return the running event loop or None.\n\nThis is a low-level function intended to be used by event loops.\nThis function is thread-specific."),
        Method::new("_set_running_loop", "(loop, /)", running_loop::set, "Set the running event loop.\n\nThis is a low-level function intended to be used by event loops.\nThis function is thread-specific."),
        Method::new("current_task", "(loop=None)", running_loop::current_task, "Return a currently executed task."),
        Method::new("_enter_task", "(loop, task)", running_loop::enter, "Enter into task execution or resume suspended task.\n\nTask belongs to loop.\n\nReturns None."),
        Method::new("_leave_task", "(loop, task)", running_loop::leave, "Leave task execution or suspend a task.\n\nTask belongs to loop.\n\nReturns None."),
        Method::new("_swap_current_task", "(loop, task)", running_loop::swap, "Temporarily swap in the supplied task and return the original one (or None).\n\nThis is intended for use during eager coroutine execution."),
        Method::new("all_tasks", "(loop=None)", tasks::all_tasks, "Return a set of all tasks for the loop."),
        Method::new("_register_task", "(task)", tasks::register, "Register a new task in asyncio as executed by loop.\n\nReturns None."),
        Method::new("_unregister_task", "(task)", tasks::unregister, "Unregister a task.\n\nReturns None."),
        Method::new("_register_eager_task", "(task)", tasks::register_eager, "Register a new task in asyncio as executed by loop.\n\nReturns None."),
        Method::new("_unregister_eager_task", "(task)", tasks::unregister_eager, "Unregister a task.\n\nReturns None."),
        Method::new("future_add_to_awaited_by", "(fut, waiter, /)", awaited_by::add_function, "Record that `fut` is awaited on by `waiter`."),
        Method::new("future_discard_from_awaited_by", "(fut, waiter, /)", awaited_by::discard_function, "Record that `fut` is no longer awaited on by `waiter`."),
    ]);
