//! The steps of a task: its coroutine is resumed, and what it yields says when to go on.
//!
//! | yielded | the task goes on |
//! |---|---|
//! | a future, by `await` | when that is done ([`wake_up`]) |
//! | None | in the loop's next round |
//! | anything else | in the next round, with a RuntimeError |
//!
//! When the coroutine ends the task is settled: with its value, as cancelled, or with its exception.

use std::sync::atomic::Ordering::Relaxed;

use orochi_eval::generator::{self, Flavor, Outcome, PyGenerator};
use orochi_heap::Visit;
use orochi_objects::{
    Args, Attached, Def, GetSet, Payload, PyResult, Slot, TypeSpec, Value, attr, exception, flags, payload, protocol, str, type_,
};

use super::future::{self, PyFuture, or_none};
use super::{awaited_by, library, running_loop};

// --- callbacks -----------------------------------------------------------------------------------

/// What the loop calls to make a step.
struct PyTaskStep {
    task: Slot,
    /// What to throw into the coroutine; unbound: nothing.
    exception: Slot,
    /// Whether the task is entered already.
    eager: bool,
}

impl Payload for PyTaskStep {
    payload!(PyTaskStep, "TaskStepMethWrapper");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.task);
        visit.slot(&self.exception);
    }
    fn clear(&self) {
        self.task.take();
        self.exception.take();
    }
}

/// `_asyncio.TaskStepMethWrapper`.
static STEP: TypeSpec = TypeSpec::new::<PyTaskStep>("_asyncio.TaskStepMethWrapper")
    .flags(flags::NO_NEW)
    .slots(&[Def::Call(step_call)])
    .getset(&[GetSet::read("__self__", |_, v| Ok(v.payload::<PyTaskStep>().map_or(Value::none(), |s| or_none(&s.task))), "")]);

fn step_call(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult {
    let Some(s) = this.payload::<PyTaskStep>() else { return Ok(Value::none()) };
    if !args.is_empty() {
        let what = if args.names().is_empty() { "positional" } else { "keyword" };
        return Err(t.type_error(format!("function takes no {what} arguments")));
    }
    let task = s.task.load();
    let Some(f) = task.payload::<PyFuture>() else { return Ok(Value::none()) };
    let thrown = Some(s.exception.take()).filter(|e| !e.is_unbound());
    if s.eager { run(t, &task, f, thrown) } else { step(t, &task, f, thrown) }
}

/// What a future calls when it is done, to wake the task that waits for it.
struct PyTaskWakeup {
    task: Slot,
}

impl Payload for PyTaskWakeup {
    payload!(PyTaskWakeup, "task_wakeup");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.task);
    }
    fn clear(&self) {
        self.task.take();
    }
}

/// A method of tasks as far as Python can see.
static WAKEUP: TypeSpec = TypeSpec::new::<PyTaskWakeup>("_asyncio.task_wakeup")
    .flags(flags::NO_NEW)
    .slots(&[Def::Call(wakeup_call), Def::Repr(wakeup_repr)])
    .getset(&[
        GetSet::read("__self__", |_, v| Ok(woken(v)), ""),
        GetSet::read("__name__", |t, _| Ok(str::intern(t, "task_wakeup")), ""),
        GetSet::read("__qualname__", |t, v| Ok(str::from_string(t, format!("{}.task_wakeup", type_::type_name(t, &woken(v))))), ""),
    ]);

fn woken(v: &Value) -> Value {
    v.payload::<PyTaskWakeup>().map_or(Value::none(), |w| or_none(&w.task))
}

fn wakeup_repr(t: Attached<'_>, this: &Value) -> PyResult {
    let task = woken(this);
    let text = format!("<built-in method task_wakeup of {} object at {:#x}>", type_::type_name(t, &task), task.identity());
    Ok(str::from_string(t, text))
}

fn wakeup_call(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult {
    let [settled] = args.expect(t, "task_wakeup", 1, 1)? else { return Ok(Value::none()) };
    let task = woken(this);
    match task.payload::<PyFuture>() {
        Some(f) => wake_up(t, &task, f, settled),
        None => Ok(Value::none()),
    }
}

/// Asks the loop to make a step soon, which throws `exception` if there is one.
pub fn soon(t: Attached<'_>, task: &Value, f: &PyFuture, exception: Option<Value>) -> PyResult<()> {
    let exception = exception.map_or(Slot::unbound(), Slot::new);
    let callback = STEP.alloc(t, PyTaskStep { task: Slot::new(task.clone()), exception, eager: false });
    future::call_soon(t, &f.event_loop_or_error(t)?, callback, None, Some(or_none(&f.task.context)))
}

/// A callable that makes the first step of a task that is the running one already.
pub fn eager(t: Attached<'_>, task: &Value) -> Value {
    STEP.alloc(t, PyTaskStep { task: Slot::new(task.clone()), exception: Slot::unbound(), eager: true })
}

// --- steps ---------------------------------------------------------------------------------------

/// One step, with the task entered meanwhile.
fn step(t: Attached<'_>, task: &Value, f: &PyFuture, thrown: Option<Value>) -> PyResult {
    let event_loop = f.event_loop_or_error(t)?;
    running_loop::enter_task(t, &event_loop, task)?;
    match run(t, task, f, thrown) {
        Ok(v) => running_loop::leave_task(t, &event_loop, task).map(|()| v),
        Err(e) => {
            let e = t.take_raised(e);
            running_loop::leave_task(t, &event_loop, task)?;
            Err(t.set_raised(e))
        }
    }
}

/// Resumes the coroutine and does what follows from what it gave.
fn run(t: Attached<'_>, task: &Value, f: &PyFuture, mut thrown: Option<Value>) -> PyResult {
    if f.is_done() {
        let shown = thrown.map_or(String::new(), |e| protocol::display_repr(t, &e));
        let message = format!("__step(): already done: {} {shown}", protocol::display_repr(t, task));
        return Err(library::invalid_state(t, &message));
    }
    if f.task.must_cancel.load(Relaxed) {
        let class = library::cancelled_error(t)?;
        if !thrown.as_ref().is_some_and(|e| type_::is_instance_of(t, e, &class)) {
            thrown = Some(future::make_cancelled_error(t, f)?);
        }
        f.task.must_cancel.store(false, Relaxed);
    }
    f.task.waiter.take();
    let coroutine = f.task.coroutine.load();
    if coroutine.is_unbound() {
        return Err(t.raise(&exception::RuntimeError, "uninitialized Task object"));
    }
    let outcome = match thrown {
        None => generator::send_none(t, &coroutine),
        Some(e) => generator::throw_into(t, &coroutine, e),
    };
    match outcome {
        Ok(Outcome::Yielded(v)) => {
            wait_for(t, task, f, v)?;
        }
        Ok(Outcome::Returned(v)) => {
            if f.task.must_cancel.swap(false, Relaxed) {
                // It was cancelled right before it ended.
                future::cancel(t, task, or_none(&f.cancel_message))?;
            } else {
                future::set_result(t, task, v)?;
            }
        }
        Err(raised) => {
            let e = t.take_raised(raised);
            if type_::is_instance_of(t, &e, &library::cancelled_error(t)?) {
                f.cancelled_error.set(e);
                future::cancel(t, task, Value::none())?;
                return Ok(Value::none());
            }
            future::set_exception(t, task, &e)?;
            let ends_the_loop = [&exception::KeyboardInterrupt, &exception::SystemExit];
            if ends_the_loop.into_iter().any(|kind| type_::is_instance_of(t, &e, kind.get(t))) {
                return Err(t.set_raised(e));
            }
        }
    }
    Ok(Value::none())
}

/// The coroutine yielded `v`.
fn wait_for(t: Attached<'_>, task: &Value, f: &PyFuture, v: Value) -> PyResult<()> {
    if let Some(other) = orochi_objects::spec::native_body::<PyFuture>(&v) {
        if v.is(task) {
            return refuse(t, task, f, "Task cannot await on itself:", None, "");
        }
        if !other.event_loop.load().is(&f.event_loop.load()) {
            return refuse(t, task, f, "Task", Some(("got Future", &v)), " attached to a different loop");
        }
        if !other.blocking.swap(false, Relaxed) {
            return refuse(t, task, f, "yield was used instead of yield from in task", Some(("with", &v)), "");
        }
        awaited_by::add(t, &other.awaited_by, task)?;
        let callback = WAKEUP.alloc(t, PyTaskWakeup { task: Slot::new(task.clone()) });
        future::when_done(t, &v, callback, or_none(&f.task.context))?;
        return waiting(t, f, v);
    }
    if v.is_none() {
        return soon(t, task, f, None);
    }
    if v.is(task) {
        return refuse(t, task, f, "Task cannot await on itself:", None, "");
    }
    let n = t.names();
    if let Some(blocking) = attr::find(t, &v, &n._asyncio_future_blocking)?.filter(|b| !b.is_none()) {
        if !future::loop_of(t, &v)?.is(&f.event_loop.load()) {
            return refuse(t, task, f, "Task", Some(("got Future", &v)), " attached to a different loop");
        }
        if !protocol::truth(t, &blocking)? {
            return refuse(t, task, f, "yield was used instead of yield from in task", Some(("with", &v)), "");
        }
        if let Some(other) = v.payload::<PyFuture>() {
            awaited_by::add(t, &other.awaited_by, task)?;
        }
        attr::set(t, &v, &n._asyncio_future_blocking, Some(&Value::bool(false)))?;
        let callback = WAKEUP.alloc(t, PyTaskWakeup { task: Slot::new(task.clone()) });
        let all = [callback, or_none(&f.task.context)];
        protocol::call_method_args(t, &v, &n.add_done_callback, Args::with_names(&all, std::slice::from_ref(&n.context)))?;
        return waiting(t, f, v);
    }
    if v.payload::<PyGenerator>().is_some_and(|g| g.flavor == Flavor::Generator) {
        return refuse(t, task, f, "yield was used instead of yield from for generator in task", Some(("with", &v)), "");
    }
    let message = format!("Task got bad yield: {}", protocol::display_repr(t, &v));
    throw_soon(t, task, f, &message)
}

/// The task waits for `v`, which is cancelled at once if the task is to be.
fn waiting(t: Attached<'_>, f: &PyFuture, v: Value) -> PyResult<()> {
    f.task.waiter.set(v.clone());
    if f.task.must_cancel.load(Relaxed) && cancel_waiter(t, &v, &or_none(&f.cancel_message))? {
        f.task.must_cancel.store(false, Relaxed);
    }
    Ok(())
}

/// `waiter.cancel(msg=message)`, as a truth value.
pub fn cancel_waiter(t: Attached<'_>, waiter: &Value, message: &Value) -> PyResult<bool> {
    let n = t.names();
    let args = Args::with_names(std::slice::from_ref(message), std::slice::from_ref(&n.msg));
    let r = protocol::call_method_args(t, waiter, &n.cancel, args)?;
    protocol::truth(t, &r)
}

/// The task yielded what it must not: RuntimeError is thrown in the next step.
#[cold]
fn refuse(t: Attached<'_>, task: &Value, f: &PyFuture, before: &str, other: Option<(&str, &Value)>, after: &str) -> PyResult<()> {
    let mut message = format!("{before} {}", protocol::display_repr(t, task));
    if let Some((between, other)) = other {
        message += &format!(" {between} {}", protocol::display_repr(t, other));
    }
    throw_soon(t, task, f, &(message + after))
}

#[cold]
fn throw_soon(t: Attached<'_>, task: &Value, f: &PyFuture, message: &str) -> PyResult<()> {
    let e = protocol::call(t, exception::RuntimeError.get(t), &[str::new(t, message)])?;
    soon(t, task, f, Some(e))
}

/// What the task waited for is done.
fn wake_up(t: Attached<'_>, task: &Value, f: &PyFuture, settled: &Value) -> PyResult {
    if let Some(other) = settled.payload::<PyFuture>() {
        awaited_by::discard(t, &other.awaited_by, task)?;
    }
    let thrown = match orochi_objects::spec::native_body::<PyFuture>(settled) {
        Some(other) => future::outcome(t, other, "Result is not set.")?.err(),
        None => match protocol::call_method(t, settled, &t.names().result, &[]) {
            Ok(_) => None,
            Err(e) => Some(t.take_raised(e)),
        },
    };
    step(t, task, f, thrown)
}
