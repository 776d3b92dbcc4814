//! The Python types `generator`, `coroutine`, `coroutine_wrapper`, `async_generator`: methods and attributes.

use std::sync::atomic::Ordering::*;

use orochi_heap::{Payload, Slot, Value, Visit, payload};
use orochi_objects::spec::{GetSet, Method, TypeSpec, flags};
use orochi_objects::type_::type_name;
use orochi_objects::{Attached, Def, PyResult, dict, exception, protocol, str};

use crate::at_rest::at_rest;
use crate::eval_loop::run_resumed;
use crate::frame::{Entry, eval_thread};

use super::{AT_DELEGATE, CREATED, FINISHED, Flavor, Outcome, PyGenerator, RUNNING, SUSPENDED, resume};

/// `generator`.
pub static GENERATOR: TypeSpec = TypeSpec::new::<PyGenerator>("generator")
    .flags(flags::NO_NEW | flags::FINALIZE | flags::HAS_WEAKREF)
    .slots(&[Def::Iter(orochi_objects::iter::itself), Def::Next(next), Def::Repr(repr), Def::Finalize(finalize)])
    .methods(&[
        Method::new("send", "($self, arg, /)", send, "send(value) -> send 'value' into generator,\nreturn next yielded value or raise StopIteration."),
        Method::new("throw", "($self, type, value=None, traceback=None, /)", throw, "throw(value)\nthrow(type[,value[,tb]])\n\nRaise exception in generator, return next yielded value or raise\nStopIteration."),
        Method::new("close", "($self, /)", close, "close() -> raise GeneratorExit inside generator."),
        Method::class("__class_getitem__", "($type, item, /)", class_getitem, "See PEP 585"),
    ])
    .getset(&[
        GetSet::write("__name__", |_, v| Ok(body(v).name()), set_name, ""),
        GetSet::write("__qualname__", |_, v| Ok(body(v).qualname()), set_qualname, ""),
        GetSet::read("gi_frame", frame, ""),
        GetSet::read("gi_running", running, ""),
        GetSet::read("gi_suspended", suspended, ""),
        GetSet::read("gi_code", |_, v| Ok(body(v).code.clone().counted()), ""),
        GetSet::read("gi_yieldfrom", delegate, "object being iterated by yield from, or None"),
    ]);

/// `coroutine`.
pub static COROUTINE: TypeSpec = TypeSpec::new::<PyGenerator>("coroutine")
    .flags(flags::NO_NEW | flags::FINALIZE | flags::HAS_WEAKREF)
    .slots(&[Def::Await(await_), Def::Repr(repr), Def::Finalize(finalize)])
    .methods(&[
        Method::new("send", "($self, arg, /)", send, "send(arg) -> send 'arg' into coroutine,\nreturn next iterated value or raise StopIteration."),
        Method::new("throw", "($self, type, value=None, traceback=None, /)", throw, "throw(value)\nthrow(type[,value[,traceback]])\n\nRaise exception in coroutine, return next iterated value or raise\nStopIteration."),
        Method::new("close", "($self, /)", close, "close() -> raise GeneratorExit inside coroutine."),
        Method::class("__class_getitem__", "($type, item, /)", class_getitem, "See PEP 585"),
    ])
    .getset(&[
        GetSet::write("__name__", |_, v| Ok(body(v).name()), set_name, ""),
        GetSet::write("__qualname__", |_, v| Ok(body(v).qualname()), set_qualname, ""),
        GetSet::read("cr_frame", frame, ""),
        GetSet::read("cr_running", running, ""),
        GetSet::read("cr_suspended", suspended, ""),
        GetSet::read("cr_code", |_, v| Ok(body(v).code.clone().counted()), ""),
        GetSet::read("cr_await", delegate, "object being awaited on, or None"),
        GetSet::read("cr_origin", |_, v| Ok(body(v).extra.load()), ""),
    ]);

pub use super::asyncgen::ASYNC_GENERATOR;

/// What `coroutine.__await__()` gives.
pub struct PyCoroutineWrapper {
    coroutine: Slot,
}

impl Payload for PyCoroutineWrapper {
    payload!(PyCoroutineWrapper, "coroutine_wrapper");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.coroutine);
    }
}

/// `coroutine_wrapper`.
static WRAPPER: TypeSpec = TypeSpec::new::<PyCoroutineWrapper>("coroutine_wrapper")
    .flags(flags::NO_NEW)
    .slots(&[Def::Iter(orochi_objects::iter::itself), Def::Next(wrapper_next)])
    .methods(&[
        Method::new("send", "($self, arg, /)", |t, a| send(t, &[wrapped(&a[0]), a[1].clone()]), ""),
        Method::new(
            "throw",
            "($self, type, value=None, traceback=None, /)",
            |t, a| throw(t, &[wrapped(&a[0]), a[1].clone(), a[2].clone(), a[3].clone()]),
            "",
        ),
        Method::new("close", "($self, /)", |t, a| close(t, &[wrapped(&a[0])]), ""),
    ]);

fn wrapped(v: &Value) -> Value {
    v.payload::<PyCoroutineWrapper>().map_or(Value::none(), |w| w.coroutine.load())
}

fn wrapper_next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    send(t, &[wrapped(this), Value::none()]).map(Some)
}

fn await_(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(WRAPPER.alloc(t, PyCoroutineWrapper { coroutine: Slot::new(this.clone()) }))
}

pub(super) fn body(v: &Value) -> &PyGenerator {
    match v.payload::<PyGenerator>() {
        Some(g) => g,
        None => unreachable!("slots are called with their own type"),
    }
}

/// StopIteration with the value that a generator returned.
pub(super) fn stop(t: Attached<'_>, v: Value) -> orochi_objects::Raised {
    let args = if v.is_none() { Vec::new() } else { vec![v] };
    t.raise_with(&exception::StopIteration, args)
}

fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let thread = eval_thread(t);
    let outcome = match super::resumable(thread, this) {
        // SAFETY: claimed and linked.
        Some(g) => unsafe { run_resumed(t, g.enter(t, thread.current(), Entry::Native, 0, Some(Value::none()))) },
        None => resume(t, this, Ok(Value::none())),
    };
    match outcome? {
        Outcome::Yielded(v) => Ok(Some(v)),
        Outcome::Returned(v) if v.is_none() => Ok(None),
        // The value travels in the exception for those who look (`next()` in Python code).
        Outcome::Returned(v) => Err(stop(t, v)),
    }
}

fn send(t: Attached<'_>, a: &[Value]) -> PyResult {
    match resume(t, &a[0], Ok(a[1].clone()))? {
        Outcome::Yielded(v) => Ok(v),
        Outcome::Returned(v) => Err(stop(t, v)),
    }
}

/// The exception instance that `throw(type, value, traceback)` means.
pub fn thrown(t: Attached<'_>, a: &[Value]) -> PyResult {
    let given = |i: usize| a.get(i).and_then(Value::given).filter(|v| !v.is_none());
    if given(2).is_some_and(|tb| tb.kind().is_none_or(|k| k.name != "traceback")) {
        return Err(t.type_error("throw() third argument must be a traceback object"));
    }
    if a.len() > 1 && a[1].given().is_some() {
        crate::start::warn(
            t,
            &exception::DeprecationWarning,
            "the (type, exc, tb) signature of throw() is deprecated, use the single-arg signature instead.",
        )?;
    }
    let e = if exception::as_exception(&a[0]).is_some() {
        if given(1).is_some() {
            return Err(t.type_error("instance exception may not have a separate value"));
        }
        a[0].clone()
    } else if a[0].payload::<orochi_objects::type_::PyType>().is_some_and(|c| {
        c.is_subtype(orochi_objects::type_::as_type(exception::BaseException.get(t)))
    }) {
        match given(1) {
            Some(v) if orochi_objects::type_::is_instance_of(t, v, &a[0]) => v.clone(),
            Some(v) if orochi_objects::tuple::as_tuple(v).is_some() => protocol::call(t, &a[0], orochi_objects::tuple::items(v))?,
            Some(v) => protocol::call(t, &a[0], std::slice::from_ref(v))?,
            None => protocol::call(t, &a[0], &[])?,
        }
    } else {
        return Err(t.type_error(format!(
            "exceptions must be classes or instances deriving from BaseException, not {}",
            type_name(t, &a[0])
        )));
    };
    if let (Some(tb), Some(x)) = (given(2), exception::as_exception(&e)) {
        x.traceback.set(tb.clone());
    }
    Ok(e)
}

fn throw(t: Attached<'_>, a: &[Value]) -> PyResult {
    let e = thrown(t, &a[1..])?;
    match resume(t, &a[0], Err(e))? {
        Outcome::Yielded(v) => Ok(v),
        Outcome::Returned(v) => Err(stop(t, v)),
    }
}

fn close(t: Attached<'_>, a: &[Value]) -> PyResult {
    close_generator(t, &a[0])
}

/// `close()`: gives the value that the generator returns on GeneratorExit, or None.
pub(super) fn close_generator(t: Attached<'_>, this: &Value) -> PyResult {
    let g = body(this);
    match g.state() {
        FINISHED => return Ok(Value::none()),
        CREATED if g.state.compare_exchange(CREATED, FINISHED, AcqRel, Acquire).is_ok() => {
            // SAFETY: it never ran and never will.
            unsafe { g.release(Some(t)) };
            return Ok(Value::none());
        }
        _ => {}
    }
    let exit = protocol::call(t, exception::GeneratorExit.get(t), &[])?;
    match resume(t, this, Err(exit)) {
        Ok(Outcome::Yielded(_)) => {
            let what = match g.flavor {
                Flavor::Generator => "generator",
                Flavor::Coroutine => "coroutine",
                Flavor::AsyncGenerator => "async generator",
            };
            Err(t.raise(&exception::RuntimeError, format!("{what} ignored GeneratorExit")))
        }
        Ok(Outcome::Returned(v)) => Ok(v),
        Err(e) => {
            if t.raised_is(&e, &exception::GeneratorExit) {
                drop(t.take_raised(e));
                return Ok(Value::none());
            }
            Err(e)
        }
    }
}

/// The generator dies: closed if it is suspended; a coroutine that nobody awaited is reported.
fn finalize(t: Attached<'_>, this: &Value) -> PyResult<()> {
    let g = body(this);
    match g.state() {
        FINISHED | RUNNING => Ok(()),
        CREATED if g.flavor == Flavor::Coroutine => {
            let name = str::display(&g.qualname());
            crate::start::warn(t, &exception::RuntimeWarning, &format!("coroutine '{name}' was never awaited"))
        }
        CREATED => Ok(()),
        _ => close_generator(t, this).map(drop),
    }
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let g = body(this);
    let kind = type_name(t, this);
    let name = str::display(&g.qualname());
    Ok(str::from_string(t, format!("<{kind} object {name} at {:#x}>", this.identity())))
}

fn set_name(t: Attached<'_>, this: &Value, v: Option<&Value>) -> PyResult<()> {
    match v {
        Some(v) if str::is_str(v) => {
            body(this).name.set(v.clone());
            Ok(())
        }
        _ => Err(t.type_error("__name__ must be set to a string object")),
    }
}
fn set_qualname(t: Attached<'_>, this: &Value, v: Option<&Value>) -> PyResult<()> {
    match v {
        Some(v) if str::is_str(v) => {
            body(this).qualname.set(v.clone());
            Ok(())
        }
        _ => Err(t.type_error("__qualname__ must be set to a string object")),
    }
}
pub(super) fn frame(t: Attached<'_>, this: &Value) -> PyResult {
    let g = body(this);
    Ok(at_rest(t, g.frame.get(), || g.frame().map_or(Value::none(), |f| crate::frame_object::of(t, f))))
}
pub(super) fn running(_: Attached<'_>, this: &Value) -> PyResult {
    Ok(Value::bool(body(this).state() == RUNNING))
}
pub(super) fn suspended(_: Attached<'_>, this: &Value) -> PyResult {
    Ok(Value::bool(body(this).state() == SUSPENDED))
}
/// What it delegates to, or None.
pub(super) fn delegate(t: Attached<'_>, this: &Value) -> PyResult {
    let g = body(this);
    Ok(at_rest(t, g.frame.get(), || {
        if g.state() != SUSPENDED || g.async_flags.load(Relaxed) & AT_DELEGATE == 0 {
            return Value::none();
        }
        // SAFETY: suspended: pc is at the `yield from`.
        unsafe {
            let f = &*g.frame.get();
            let word = orochi_bytecode::word::Word((*f.pc).load(Relaxed));
            f.reg(word.b() as usize).clone()
        }
    }))
}

pub(super) fn class_getitem(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(orochi_objects::generic_alias::new(t, &a[0], &a[1]))
}

/// `sys.set_coroutine_origin_tracking_depth`: notes where a coroutine was made.
pub(super) fn note_origin(t: Attached<'_>, coroutine: &Value) {
    let sys = t.interpreter().sys.load();
    if dict::as_dict(&sys).is_none() {
        return;
    }
    let depth = crate::start::origin_depth(t);
    if depth == 0 {
        return;
    }
    let mut rows = Vec::new();
    let mut at = crate::frame::eval_thread(t).current();
    while !at.is_null() && rows.len() < depth {
        // SAFETY: frames in the chain live.
        let f = unsafe { &*at };
        let line = orochi_objects::int::new(t, i64::from(f.line()));
        rows.push(orochi_objects::tuple::new(t, vec![f.code().filename.clone(), line, f.code().name.clone()]));
        at = f.previous;
    }
    body(coroutine).extra.set(orochi_objects::tuple::new(t, rows));
}
