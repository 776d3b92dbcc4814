//! Raising, handling, `with`.

use orochi_bytecode::Op;
use orochi_bytecode::word::{TAKE_A, TAKE_B, TAKE_C, Word};
use orochi_heap::{Payload, Value};
use orochi_objects::exception::{self, as_exception};
use orochi_objects::type_::{PyType, as_type, class_of, type_of};
use orochi_objects::{Attached, PyResult, Raised, list, protocol, str, tuple};

use super::Regs;
use crate::frame::Frame;

/// Whether the value is a class of exceptions: no other classes have instances with their body.
fn is_exception_class(v: &Value) -> bool {
    v.payload::<PyType>().is_some_and(|c| std::ptr::eq(c.kind, exception::PyException::kind()))
}

/// Whether the value is a class of exceptions a call of which makes an instance that holds the arguments, and nothing
/// else.
#[inline]
pub(super) fn is_plain_class(t: Attached<'_>, v: &Value) -> bool {
    v.payload::<PyType>().is_some_and(exception::is_plain)
        && class_of(t, v).spec.is_some_and(|s| std::ptr::eq(s, &orochi_objects::type_::TYPE))
}

/// An exception instance of what was raised: an instance, or a class to be called.
fn instance_of(t: Attached<'_>, v: Value, what: &str) -> PyResult {
    if as_exception(&v).is_some() {
        return Ok(v);
    }
    if is_exception_class(&v) {
        if is_plain_class(t, &v) {
            return exception::plain(t, &v, &[]);
        }
        let made = protocol::call(t, &v, &[])?;
        if as_exception(&made).is_some() {
            return Ok(made);
        }
        return Err(t.type_error(format!(
            "calling {} should have returned an instance of BaseException, not {}",
            str::display(&protocol::repr(t, &v)?),
            str::display(&protocol::repr(t, type_of(t, &made))?)
        )));
    }
    Err(t.type_error(what))
}

/// `PushExc`: a handler begins.
#[inline(always)]
pub(crate) fn push(t: Attached<'_>, frame: &Frame, w: Word) {
    let regs = Regs::of(frame);
    let e = regs.operand(w, w.b(), TAKE_B);
    let before = t.set_handled(e);
    regs.put(w.a(), crate::generator::begin_handling(frame, before));
}

/// `PopExc`: a handler ends.
#[inline(always)]
pub(crate) fn pop(t: Attached<'_>, frame: &Frame, w: Word) {
    let before = Regs::of(frame).take(w.a());
    drop(t.set_handled(crate::generator::end_handling(frame, before)));
}

/// `MatchExc`: whether a handler takes the exception.
#[inline]
pub(crate) fn matched(t: Attached<'_>, frame: &Frame, w: Word) -> PyResult<()> {
    let regs = Regs::of(frame);
    let r = matches(t, regs.view(w.b()), regs.view(w.c()))?;
    regs.done(w, TAKE_B | TAKE_C);
    regs.put(w.a(), Value::bool(r));
    Ok(())
}

/// `Raise`: the exception that goes on its way.
#[inline]
pub(crate) fn raise(t: Attached<'_>, frame: &Frame, w: Word) -> Raised {
    let v = Regs::of(frame).operand(w, w.a(), TAKE_A);
    if v.is_unbound() {
        return super::name::unbound_local(t, frame, w.a() as usize);
    }
    match instance_of(t, v, "exceptions must derive from BaseException") {
        Ok(e) => t.raise_value(e),
        Err(raised) => raised,
    }
}

/// Whether an exception matches the class or tuple of an `except` clause.
fn matches(t: Attached<'_>, e: &Value, class: &Value) -> PyResult<bool> {
    let wrong = "catching classes that do not inherit from BaseException is not allowed";
    if tuple::as_tuple(class).is_some() {
        for c in tuple::items(class) {
            if !is_exception_class(c) {
                return Err(t.type_error(wrong));
            }
        }
        return Ok(tuple::items(class).iter().any(|c| class_of(t, e).is_subtype(as_type(c))));
    }
    if type_of(t, e).is(class) {
        return Ok(true);
    }
    if !is_exception_class(class) {
        return Err(t.type_error(wrong));
    }
    Ok(class_of(t, e).is_subtype(as_type(class)))
}

pub(crate) fn cold(t: Attached<'_>, frame: &mut Frame, op: Op, w: Word) -> PyResult<()> {
    let regs = Regs::of(frame);
    match op {
        Op::MatchExcGroup => {
            let (e, class) = (regs.operand(w, w.b(), TAKE_B), regs.operand(w, w.c(), TAKE_C));
            let (matched, rest) = match_group(t, &e, &class)?;
            regs.put(w.a(), matched);
            regs.put(w.a() + 1, rest);
            Ok(())
        }
        Op::RaiseFrom => {
            let (v, cause) = (regs.operand(w, w.a(), TAKE_A), regs.operand(w, w.b(), TAKE_B));
            let e = instance_of(t, v, "exceptions must derive from BaseException")?;
            let cause = if cause.is_none() {
                cause
            } else {
                instance_of(t, cause, "exception causes must derive from BaseException")?
            };
            exception::set_cause(&e, cause);
            Err(t.raise_value(e))
        }
        Op::RaiseCurrent => {
            let e = t.handled();
            if e.is_none() {
                return Err(t.raise(&exception::RuntimeError, "No active exception to reraise"));
            }
            Err(t.set_raised(e))
        }
        Op::Reraise => {
            let e = regs.operand(w, w.a(), TAKE_A);
            if as_exception(&e).is_none() {
                // Only in code that no compiler made.
                return Err(t.type_error("exceptions must derive from BaseException"));
            }
            Err(t.set_raised(e))
        }
        Op::PrepReraiseStar => {
            let (excs, original) = (regs.operand(w, w.b(), TAKE_B), regs.operand(w, w.c(), TAKE_C));
            let r = prepare_reraise_star(t, &excs, &original)?;
            regs.put(w.a(), r);
            Ok(())
        }
        Op::LoadAssertionError => {
            regs.put(w.a(), exception::AssertionError.get(t).clone());
            Ok(())
        }
        _ => {
            regs.put(w.a(), exception::NotImplementedError.get(t).clone());
            Ok(())
        }
    }
}

/// `WithExceptStart`: enters `__exit__` if it is a Python function, or calls what it is and puts the result.
///
/// # Safety
/// As the eval loop's invariants.
pub(crate) unsafe fn enter_exit(t: Attached<'_>, frame: *mut Frame, w: Word) -> PyResult<Option<*mut Frame>> {
    // SAFETY: the frame runs.
    let regs = Regs::of(unsafe { &*frame });
    let base = w.b();
    let exit = regs.take(base);
    let this = regs.take(base + 1).counted();
    let e = regs.get(base + 2);
    let traceback = as_exception(&e).map_or(Value::none(), |x| x.traceback.load());
    let args = [this, type_of(t, &e).clone(), e, traceback];
    let skip = usize::from(args[0].is_unbound());
    // SAFETY: as the caller says.
    unsafe { super::call::enter_or_call(t, frame, exit, args, skip, w.a()) }
}

/// `async for` ends at StopAsyncIteration: true then; else the exception goes on.
pub(crate) fn end_async_for(t: Attached<'_>, frame: &mut Frame, w: Word) -> PyResult<bool> {
    let regs = Regs::of(frame);
    let e = regs.operand(w, w.a(), TAKE_A);
    if orochi_objects::type_::is_instance_of(t, &e, exception::StopAsyncIteration.get(t)) {
        return Ok(true);
    }
    Err(reraise(t, e))
}

fn reraise(t: Attached<'_>, e: Value) -> Raised {
    t.set_raised(e)
}

/// `except*`: the part of the exception that matches, and the rest.
fn match_group(t: Attached<'_>, e: &Value, class: &Value) -> PyResult<(Value, Value)> {
    if e.is_none() {
        return Ok((Value::none(), Value::none()));
    }
    let classes: Vec<Value> =
        if tuple::as_tuple(class).is_some() { tuple::items(class).to_vec() } else { vec![class.clone()] };
    for c in &classes {
        if !is_exception_class(c) {
            return Err(t.type_error("catching classes that do not inherit from BaseException is not allowed"));
        }
        if exception::group::is_group_class(t, c) {
            return Err(t.type_error("catching ExceptionGroup with except* is not allowed. Use except instead."));
        }
    }
    exception::group::except_star(t, e, class)
}

/// What an `except*` statement raises in the end: exceptions raised in its handlers and what no handler
/// took, put together so that the original's structure is kept.
fn prepare_reraise_star(t: Attached<'_>, excs: &Value, original: &Value) -> PyResult {
    let all: Vec<Value> =
        list::as_list(excs).map_or(Vec::new(), list::PyList::to_vec).into_iter().filter(|e| !e.is_none()).collect();
    exception::group::reraise_star(t, original, &all)
}
