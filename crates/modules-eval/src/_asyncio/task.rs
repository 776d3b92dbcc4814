//! `Task`: a future that runs a coroutine. Its steps are in `step.rs`.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::*};

use orochi_eval::generator::{Flavor, PyGenerator};
use orochi_heap::Visit;
use orochi_heap::roster::Place;
use orochi_objects::{
    Args, Attached, Def, GetSet, Method, PyResult, Slot, TypeSpec, Value, args::Signature, exception, flags, generic_alias,
    int, protocol, str,
};

use super::future::{self, FUTURE, PyFuture, body, or_none};
use super::{future_iter, library, running_loop, step};

/// What a task has beside what a future has. Slots are unbound while nothing was put in.
#[derive(Default)]
pub struct TaskPart {
    /// The coroutine; taken out when an eager task ends in its first step.
    pub coroutine: Slot,
    /// The name: a str, or the number of a name made up.
    name: Slot,
    /// The context that its steps run in.
    pub context: Slot,
    /// What it waits for.
    pub waiter: Slot,
    /// Whether the next step throws CancelledError.
    pub must_cancel: AtomicBool,
    log_destroy_pending: AtomicBool,
    /// Cancellations asked for and not taken back.
    cancels: AtomicU64,
    /// Its place among all tasks.
    pub place: Place,
}

impl TaskPart {
    fn slots(&self) -> [&Slot; 4] {
        [&self.coroutine, &self.name, &self.context, &self.waiter]
    }
    /// Shows its references to the collector.
    pub fn trace(&self, visit: &mut Visit<'_>) {
        for slot in self.slots() {
            visit.slot(slot);
        }
    }
    /// Drops its references.
    pub fn clear(&self) {
        for slot in self.slots() {
            slot.take();
        }
    }
}

/// `_asyncio.Task`.
pub static TASK: TypeSpec = TypeSpec::new::<PyFuture>("_asyncio.Task")
    .base(&FUTURE)
    .flags(flags::BASETYPE | flags::HAS_DICT | flags::HAS_WEAKREF | flags::FINALIZE)
    .slots(&[
        Def::New(new),
        Def::Init(init),
        Def::Repr(|t, this| future::shown(t, this, library::task_repr)),
        Def::Iter(future_iter::new),
        Def::Await(future_iter::new),
        Def::Finalize(finalize),
    ])
    .methods(&[
        Method::new("get_coro", "($self, /)", |_, a| Ok(or_none(&body(&a[0]).task.coroutine)), ""),
        Method::new("get_context", "($self, /)", |_, a| Ok(or_none(&body(&a[0]).task.context)), ""),
        Method::new("get_name", "($self, /)", get_name, ""),
        Method::new("set_name", "($self, value, /)", set_name, ""),
        Method::new("set_result", "($self, result, /)", |t, _| unsupported(t, "set_result"), ""),
        Method::new("set_exception", "($self, exception, /)", |t, _| unsupported(t, "set_exception"), ""),
        Method::new("cancel", "($self, /, msg=None)", cancel, "Request that this task cancel itself.\n\nThis arranges for a CancelledError to be thrown into the\nwrapped coroutine on the next cycle through the event loop.\nThe coroutine then has a chance to clean up or even deny\nthe request using try/except/finally.\n\nThis also increases the task's count of cancellation requests."),
        Method::new("cancelling", "($self, /)", |t, a| Ok(int::from_usize(t, body(&a[0]).task.cancels.load(Relaxed) as usize)), "Return the count of the task's cancellation requests.\n\nThis count is incremented when .cancel() is called\nand may be decremented using .uncancel()."),
        Method::new("uncancel", "($self, /)", uncancel, "Decrement the task's count of cancellation requests.\n\nThis should be used by tasks that catch CancelledError\nand wish to continue indefinitely until they are cancelled again.\n\nReturns the remaining number of cancellation requests."),
        Method::new("get_stack", "($self, /, *, limit=None)", get_stack, "Return the list of stack frames for this task's coroutine."),
        Method::new("print_stack", "($self, /, *, limit=None, file=None)", print_stack, "Print the stack or traceback for this task's coroutine."),
        Method::class("__class_getitem__", "($type, object, /)", generic_alias::class_getitem, "Tasks are generic over the return type of their wrapped coroutines"),
    ])
    .getset(&[
        GetSet::write("_log_destroy_pending", |_, v| Ok(Value::bool(body(v).task.log_destroy_pending.load(Relaxed))), set_log_destroy_pending, ""),
        GetSet::read("_must_cancel", |_, v| Ok(Value::bool(body(v).task.must_cancel.load(Relaxed))), ""),
        GetSet::read("_coro", |_, v| Ok(or_none(&body(v).task.coroutine)), ""),
        GetSet::read("_fut_waiter", |_, v| Ok(or_none(&body(v).task.waiter)), ""),
    ])
    .doc("Task(coro, *, loop=None, name=None, context=None, eager_start=False)\n--\n\nA coroutine wrapped in a Future.");

// --- made and dead -------------------------------------------------------------------------------

fn new(t: Attached<'_>, class: &Value, _: Args<'_>) -> PyResult {
    let place = Place::in_roster(library::of(t).tasks.clone());
    let task = TaskPart { place, ..TaskPart::default() };
    TASK.alloc_for(t, class, PyFuture::of_task(task))
}

/// The arguments of a task: coroutine, loop, name, context, eager start.
type Given<'a> = [Option<&'a Value>; 5];

/// The arguments, if they are as they should be.
fn bound(args: Args<'_>) -> Option<Given<'_>> {
    let mut all: Given<'_> = [None; 5];
    match args.positional() {
        [] => {}
        [coroutine] => all[0] = Some(coroutine),
        _ => return None,
    }
    for (name, value) in args.keywords() {
        let at = match str::utf8(name)? {
            "coro" => 0,
            "loop" => 1,
            "name" => 2,
            "context" => 3,
            "eager_start" => 4,
            _ => return None,
        };
        if all[at].replace(value).is_some() {
            return None;
        }
    }
    all[0].map(|_| all)
}

fn init(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    if let Some(given) = bound(args) {
        return begin(t, this, given);
    }
    let signature = Signature::parse("(coro, *, loop=None, name=None, context=None, eager_start=False)");
    signature.call(t, "Task", args, |a| begin(t, this, [0, 1, 2, 3, 4].map(|i| a[i].given())))
}

fn begin(t: Attached<'_>, this: &Value, [coroutine, event_loop, name, context, eager]: Given<'_>) -> PyResult<()> {
    future::begin(t, this, event_loop)?;
    let f = body(this);
    let task = &f.task;
    let coroutine = coroutine.cloned().unwrap_or(Value::none());
    let native = coroutine.payload::<PyGenerator>().is_some_and(|g| g.flavor == Flavor::Coroutine);
    if !native && !library::is_coroutine(t, &coroutine)? {
        // A task that never began is not reported when it dies.
        task.log_destroy_pending.store(false, Relaxed);
        return Err(t.type_error(format!("a coroutine was expected, got {}", protocol::display_repr(t, &coroutine))));
    }
    task.context.set(match context.filter(|v| !v.is_none()) {
        Some(v) => v.clone(),
        None => library::copy_context(t)?,
    });
    task.waiter.take();
    task.must_cancel.store(false, Relaxed);
    task.cancels.store(0, Relaxed);
    task.log_destroy_pending.store(true, Relaxed);
    task.coroutine.set(coroutine);
    task.name.set(match name.filter(|v| !v.is_none()) {
        Some(v) => name_text(t, v)?,
        None => int::from_usize(t, library::of(t).task_names.fetch_add(1, Relaxed) as usize + 1),
    });
    if eager.map_or(Ok(false), |v| protocol::truth(t, v))? {
        let running = protocol::call_method(t, &f.event_loop_or_error(t)?, &t.names().is_running, &[])?;
        if protocol::truth(t, &running)? {
            return start_eagerly(t, this, f);
        }
    }
    step::soon(t, this, f, None)?;
    task.place.enter(this);
    Ok(())
}

/// Does the first step at once, in the task's context, as the running task.
fn start_eagerly(t: Attached<'_>, this: &Value, f: &PyFuture) -> PyResult<()> {
    let event_loop = f.event_loop_or_error(t)?;
    let before = running_loop::swap_task(t, &event_loop, this)?;
    f.task.place.enter(this);
    let first = step::eager(t, this);
    let stepped = protocol::call_method(t, &or_none(&f.task.context), &t.names().run, &[first]);
    let failed = match stepped {
        Ok(_) => None,
        Err(e) => Some(t.take_raised(e)),
    };
    running_loop::swap_task(t, &event_loop, &before)?;
    if f.is_done() {
        f.task.place.leave();
        f.task.coroutine.take();
    }
    match failed {
        Some(e) => Err(t.set_raised(e)),
        None => Ok(()),
    }
}

fn finalize(t: Attached<'_>, this: &Value) -> PyResult<()> {
    let f = body(this);
    f.task.place.leave();
    if !f.is_done() && f.task.log_destroy_pending.load(Relaxed) {
        let message = "Task was destroyed but it is pending!".to_owned();
        future::report(t, this, message, &[(&t.names().task, this.clone())])?;
    }
    future::finalize(t, this)
}

// --- methods and attributes ----------------------------------------------------------------------

fn name_text(t: Attached<'_>, v: &Value) -> PyResult {
    if str::is_exact_str(v) { Ok(v.clone()) } else { protocol::str(t, v) }
}

fn get_name(t: Attached<'_>, a: &[Value]) -> PyResult {
    let slot = &body(&a[0]).task.name;
    let name = slot.load();
    if let Some(n) = int::as_i64(&name) {
        let text = str::from_string(t, format!("Task-{n}"));
        // A name given meanwhile stays.
        drop(slot.replace_if(name.bits(), text));
    }
    Ok(or_none(slot))
}

fn set_name(t: Attached<'_>, a: &[Value]) -> PyResult {
    body(&a[0]).task.name.set(name_text(t, &a[1])?);
    Ok(Value::none())
}

fn unsupported(t: Attached<'_>, what: &str) -> PyResult {
    Err(t.raise(&exception::RuntimeError, format!("Task does not support {what} operation")))
}

fn cancel(t: Attached<'_>, a: &[Value]) -> PyResult {
    let f = body(&a[0]);
    f.event_loop_or_error(t)?;
    let message = a[1].given().cloned().unwrap_or(Value::none());
    f.log_traceback.store(false, Relaxed);
    if f.is_done() {
        return Ok(Value::bool(false));
    }
    f.task.cancels.fetch_add(1, Relaxed);
    let waiter = f.task.waiter.load();
    if !waiter.is_unbound() && step::cancel_waiter(t, &waiter, &message)? {
        // The waiter stays: it may be a task that ignores its cancellation.
        return Ok(Value::bool(true));
    }
    f.task.must_cancel.store(true, Relaxed);
    f.cancel_message.set(message);
    Ok(Value::bool(true))
}

fn uncancel(t: Attached<'_>, a: &[Value]) -> PyResult {
    let task = &body(&a[0]).task;
    let before = task.cancels.fetch_update(Relaxed, Relaxed, |n| n.checked_sub(1)).unwrap_or(0);
    if before == 1 {
        task.must_cancel.store(false, Relaxed);
    }
    Ok(int::from_usize(t, before.saturating_sub(1) as usize))
}

fn get_stack(t: Attached<'_>, a: &[Value]) -> PyResult {
    let limit = a[1].given().cloned().unwrap_or(Value::none());
    protocol::call(t, &library::task_get_stack(t)?, &[a[0].clone(), limit])
}

fn print_stack(t: Attached<'_>, a: &[Value]) -> PyResult {
    let given = |i: usize| a[i].given().cloned().unwrap_or(Value::none());
    protocol::call(t, &library::task_print_stack(t)?, &[a[0].clone(), given(1), given(2)])
}

fn set_log_destroy_pending(t: Attached<'_>, this: &Value, v: Option<&Value>) -> PyResult<()> {
    let v = protocol::truth(t, &future::given(t, v)?)?;
    body(this).task.log_destroy_pending.store(v, Relaxed);
    Ok(())
}
