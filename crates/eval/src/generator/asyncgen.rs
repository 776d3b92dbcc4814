//! `async_generator` and its awaitables: `asend`, `athrow`, `aclose`, `anext`.
//!
//! The frame of an asynchronous generator yields to two parties: values of its own `yield` go to whoever
//! awaits the step, wrapped in [`PyWrapped`] so that they are told apart from what an inner `await` yields,
//! which goes on to the event loop as it is.

use std::sync::atomic::{AtomicU8, Ordering::*};

use orochi_heap::{Payload, Slot, Value, Visit, payload};
use orochi_objects::spec::{GetSet, Method, TypeSpec, flags};
use orochi_objects::{Attached, Def, PyResult, Raised, exception, protocol, str};

use super::methods::{body, class_getitem, delegate, frame, stop, suspended, thrown};
use super::{ASYNC_RUNNING, CLOSED, CREATED, FINISHED, Flavor, HOOKS_RAN, Outcome, PyGenerator, resume};

/// A value of an asynchronous generator's own `yield`.
pub struct PyWrapped {
    value: Slot,
}

impl Payload for PyWrapped {
    payload!(PyWrapped, "async_generator_wrapped_value");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.value);
    }
}

static WRAPPED: TypeSpec = TypeSpec::new::<PyWrapped>("async_generator_wrapped_value").flags(flags::NO_NEW);

/// Wraps a yielded value.
pub fn wrap_async(t: Attached<'_>, value: Value) -> Value {
    WRAPPED.alloc(t, PyWrapped { value: Slot::new(value) })
}

/// `async_generator`.
pub static ASYNC_GENERATOR: TypeSpec = TypeSpec::new::<PyGenerator>("async_generator")
    .flags(flags::NO_NEW | flags::FINALIZE | flags::HAS_WEAKREF)
    .slots(&[
        Def::AIter(orochi_objects::iter::itself),
        Def::ANext(anext),
        Def::Repr(repr),
        Def::Finalize(finalize),
    ])
    .methods(&[
        Method::new("asend", "($self, value, /)", asend, "asend(v) -> send 'v' in generator."),
        Method::new("athrow", "($self, type, value=None, traceback=None, /)", athrow, "athrow(value)\nathrow(type[,value[,tb]])\n\nraise exception in generator."),
        Method::new("aclose", "($self, /)", aclose, "aclose() -> raise GeneratorExit inside generator."),
        Method::class("__class_getitem__", "($type, item, /)", class_getitem, "See PEP 585"),
    ])
    .getset(&[
        GetSet::write("__name__", |_, v| Ok(body(v).name()), |t, v, n| set_text(t, &body(v).name, n, "__name__"), ""),
        GetSet::write("__qualname__", |_, v| Ok(body(v).qualname()), |t, v, n| set_text(t, &body(v).qualname, n, "__qualname__"), ""),
        GetSet::read("ag_frame", frame, ""),
        GetSet::read("ag_running", |_, v| Ok(Value::bool(body(v).async_flags.load(Relaxed) & ASYNC_RUNNING != 0)), ""),
        GetSet::read("ag_suspended", suspended, ""),
        GetSet::read("ag_code", |_, v| Ok(body(v).code.clone().counted()), ""),
        GetSet::read("ag_await", delegate, "object being awaited on, or None"),
    ]);

fn set_text(t: Attached<'_>, slot: &Slot, v: Option<&Value>, name: &str) -> PyResult<()> {
    match v {
        Some(v) if str::is_str(v) => {
            slot.set(v.clone());
            Ok(())
        }
        _ => Err(t.type_error(format!("{name} must be set to a string object"))),
    }
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let name = str::display(&body(this).qualname());
    Ok(str::from_string(t, format!("<async_generator object {name} at {:#x}>", this.identity())))
}

/// What one step is to do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Task {
    Send,
    Throw,
    Close,
}

const INIT: u8 = 0;
const ITERATING: u8 = 1;
const DONE: u8 = 2;

/// An awaitable step of an asynchronous generator.
pub struct PyStep {
    generator: Slot,
    /// The value to send, or the exception to throw.
    argument: Slot,
    task: Task,
    state: AtomicU8,
}

impl Payload for PyStep {
    payload!(PyStep, "async_generator_asend");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.generator);
        visit.slot(&self.argument);
    }
}

macro_rules! step_type {
    ($name:ident $python:literal) => {
        static $name: TypeSpec = TypeSpec::new::<PyStep>($python)
            .flags(flags::NO_NEW)
            .slots(&[
                Def::Await(orochi_objects::iter::itself),
                Def::Iter(orochi_objects::iter::itself),
                Def::Next(step_next),
            ])
            .methods(&[
                Method::new("send", "($self, value, /)", step_send, ""),
                Method::new("throw", "($self, type, value=None, traceback=None, /)", step_throw, ""),
                Method::new("close", "($self, /)", step_close, ""),
            ]);
    };
}
step_type!(ASEND "async_generator_asend");
step_type!(ATHROW "async_generator_athrow");

fn new_step(t: Attached<'_>, generator: &Value, task: Task, argument: Value) -> PyResult {
    run_hooks(t, generator)?;
    let spec = if task == Task::Send { &ASEND } else { &ATHROW };
    Ok(spec.alloc(
        t,
        PyStep { generator: Slot::new(generator.clone()), argument: Slot::new(argument), task, state: AtomicU8::new(INIT) },
    ))
}

fn anext(t: Attached<'_>, this: &Value) -> PyResult {
    new_step(t, this, Task::Send, Value::none())
}
fn asend(t: Attached<'_>, a: &[Value]) -> PyResult {
    new_step(t, &a[0], Task::Send, a[1].clone())
}
fn athrow(t: Attached<'_>, a: &[Value]) -> PyResult {
    let e = thrown(t, &a[1..])?;
    new_step(t, &a[0], Task::Throw, e)
}
fn aclose(t: Attached<'_>, a: &[Value]) -> PyResult {
    new_step(t, &a[0], Task::Close, Value::none())
}

/// The hooks of `sys.set_asyncgen_hooks`, at first use.
fn run_hooks(t: Attached<'_>, generator: &Value) -> PyResult<()> {
    let g = body(generator);
    if g.async_flags.fetch_or(HOOKS_RAN, AcqRel) & HOOKS_RAN != 0 {
        return Ok(());
    }
    let (first, finalizer) = t.thread().asyncgen_hooks.borrow().clone();
    g.extra.set(finalizer);
    if !first.is_none() {
        protocol::call(t, &first, std::slice::from_ref(generator))?;
    }
    Ok(())
}

fn finalize(t: Attached<'_>, this: &Value) -> PyResult<()> {
    let g = body(this);
    if g.state() == FINISHED || g.state() == CREATED {
        return Ok(());
    }
    let finalizer = g.extra.load();
    if !finalizer.is_none() && g.async_flags.load(Relaxed) & CLOSED == 0 {
        return protocol::call(t, &finalizer, std::slice::from_ref(this)).map(drop);
    }
    super::methods::close_generator(t, this).map(drop)
}

fn part(v: &Value) -> &PyStep {
    match v.payload::<PyStep>() {
        Some(s) => s,
        None => unreachable!("slots are called with their own type"),
    }
}

/// Whether the value is a step.
pub(super) fn is_awaitable(v: &Value) -> bool {
    v.payload::<PyStep>().is_some()
}

/// One step of a delegation to a step object, without an exception for its result.
pub(super) fn step(t: Attached<'_>, iterator: &Value, sent: &Value) -> Option<PyResult<Outcome>> {
    let s = iterator.payload::<PyStep>()?;
    Some(drive(t, s, Ok(sent.clone())))
}

fn reused(t: Attached<'_>, s: &PyStep) -> Raised {
    t.raise(
        &exception::RuntimeError,
        if s.task == Task::Send {
            "cannot reuse already awaited __anext__()/asend()"
        } else {
            "cannot reuse already awaited aclose()/athrow()"
        },
    )
}

/// Resumes the generator for this step. `Returned` is the step's result; `Yielded` goes to the event loop.
fn drive(t: Attached<'_>, s: &PyStep, sent: Result<Value, Value>) -> PyResult<Outcome> {
    let generator = s.generator.load();
    let g = body(&generator);
    if s.state.load(Relaxed) == DONE {
        return Err(reused(t, s));
    }
    let first = s.state.load(Relaxed) == INIT;
    let sent = if first {
        if g.async_flags.load(Relaxed) & ASYNC_RUNNING != 0 {
            s.state.store(DONE, Relaxed);
            let what = match s.task {
                Task::Send => "anext()",
                Task::Throw => "athrow()",
                Task::Close => "aclose()",
            };
            return Err(t.raise(&exception::RuntimeError, format!("{what}: asynchronous generator is already running")));
        }
        let closed = g.async_flags.load(Relaxed) & CLOSED != 0 || g.state() == FINISHED;
        if s.task == Task::Close && (closed || g.state() == CREATED) {
            s.state.store(DONE, Relaxed);
            g.async_flags.fetch_or(CLOSED, Relaxed);
            if g.state() == CREATED {
                super::methods::close_generator(t, &generator)?;
            }
            return Ok(Outcome::Returned(Value::none()));
        }
        if closed {
            s.state.store(DONE, Relaxed);
            return Err(t.raise_with(&exception::StopAsyncIteration, Vec::new()));
        }
        s.state.store(ITERATING, Relaxed);
        g.async_flags.fetch_or(ASYNC_RUNNING, Relaxed);
        match (s.task, sent) {
            (_, Err(e)) => Err(e),
            (Task::Send, Ok(v)) => Ok(if v.is_none() { s.argument.load() } else { v }),
            (Task::Throw, Ok(_)) => Err(s.argument.load()),
            (Task::Close, Ok(_)) => {
                g.async_flags.fetch_or(CLOSED, Relaxed);
                Err(protocol::call(t, exception::GeneratorExit.get(t), &[])?)
            }
        }
    } else {
        sent
    };
    let outcome = resume(t, &generator, sent);
    let over = |s: &PyStep| {
        s.state.store(DONE, Relaxed);
        g.async_flags.fetch_and(!ASYNC_RUNNING, Relaxed);
    };
    match outcome {
        Ok(Outcome::Yielded(v)) => match v.payload::<PyWrapped>() {
            Some(w) => {
                over(s);
                if s.task == Task::Close {
                    return Err(t.raise(&exception::RuntimeError, "async generator ignored GeneratorExit"));
                }
                Ok(Outcome::Returned(w.value.load()))
            }
            None => Ok(Outcome::Yielded(v)),
        },
        Ok(Outcome::Returned(_)) => {
            over(s);
            g.async_flags.fetch_or(CLOSED, Relaxed);
            if s.task == Task::Close {
                return Ok(Outcome::Returned(Value::none()));
            }
            Err(t.raise_with(&exception::StopAsyncIteration, Vec::new()))
        }
        Err(e) => {
            over(s);
            if s.task == Task::Close
                && (t.raised_is(&e, &exception::StopAsyncIteration) || t.raised_is(&e, &exception::GeneratorExit))
            {
                drop(t.take_raised(e));
                return Ok(Outcome::Returned(Value::none()));
            }
            Err(e)
        }
    }
}

fn step_next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    match drive(t, part(this), Ok(Value::none()))? {
        Outcome::Yielded(v) => Ok(Some(v)),
        Outcome::Returned(v) => Err(stop(t, v)),
    }
}
fn step_send(t: Attached<'_>, a: &[Value]) -> PyResult {
    match drive(t, part(&a[0]), Ok(a[1].clone()))? {
        Outcome::Yielded(v) => Ok(v),
        Outcome::Returned(v) => Err(stop(t, v)),
    }
}
fn step_throw(t: Attached<'_>, a: &[Value]) -> PyResult {
    let e = thrown(t, &a[1..])?;
    match drive(t, part(&a[0]), Err(e))? {
        Outcome::Yielded(v) => Ok(v),
        Outcome::Returned(v) => Err(stop(t, v)),
    }
}
fn step_close(t: Attached<'_>, a: &[Value]) -> PyResult {
    let s = part(&a[0]);
    if s.state.load(Relaxed) == DONE {
        return Ok(Value::none());
    }
    let exit = protocol::call(t, exception::GeneratorExit.get(t), &[])?;
    match drive(t, s, Err(exit)) {
        Ok(Outcome::Yielded(_)) => Err(t.raise(&exception::RuntimeError, "coroutine ignored GeneratorExit")),
        Ok(Outcome::Returned(_)) => Ok(Value::none()),
        Err(e) => {
            if t.raised_is(&e, &exception::StopIteration)
                || t.raised_is(&e, &exception::StopAsyncIteration)
                || t.raised_is(&e, &exception::GeneratorExit)
            {
                drop(t.take_raised(e));
                return Ok(Value::none());
            }
            Err(e)
        }
    }
}

/// So that the flavours stay told apart here too.
const _: fn(&PyGenerator) -> bool = |g| g.flavor == Flavor::AsyncGenerator;
