//! Tracing and profiling: what `sys.settrace` and `sys.setprofile` see.
//!
//! The eval loop exists twice (`run_from::<TRACED>`): plain, and traced, which asks here before each
//! instruction. A thread that traces keeps the bit `INSTRUMENT` in its pending word, so a plain loop notices
//! at its next safepoint and goes on as the traced one; the traced loop looks at [`Tracing::on`] before each
//! instruction. While nothing is traced the plain loop does nothing for it.
//!
//! Events, as CPython's: `call` when a frame begins or a generator is resumed, `line` when the line of the
//! instruction is another than that of the one before it in the frame, or a jump went back; `return` with
//! the value, or None when an exception leaves; `exception` in each frame that it passes; `opcode` for frames
//! that want it. A trace function is the frame's own (`f_trace`), but for `call`. While it runs nothing is traced.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering::*};

use orochi_bytecode::Op;
use orochi_bytecode::word::{EXTRA, Word};
use orochi_heap::value::UNBOUND;
use orochi_heap::{Slot, Value};
use orochi_objects::exception::as_exception;
use orochi_objects::type_::type_of;
use orochi_objects::{Attached, PyResult, Raised, protocol, str, tuple};
use orochi_runtime::bits;

use crate::frame::{Frame, eval_thread};
use crate::frame_object::{self, PyFrame};

/// A thread's trace and profile functions. Written by their thread only.
pub struct Tracing {
    /// `sys.settrace`'s function, or None.
    trace: Slot,
    /// `sys.setprofile`'s function, or None.
    profile: Slot,
    /// Whether one of the functions runs.
    inside: AtomicBool,
    /// Whether frames of this thread are to be run by the traced loop.
    on: AtomicBool,
    /// The event that a trace function is being told, by its first letter; 0 for none.
    event: AtomicU8,
}

impl Tracing {
    /// Nothing is traced.
    pub(crate) fn new() -> Tracing {
        Tracing {
            trace: Slot::new(Value::none()),
            profile: Slot::new(Value::none()),
            inside: AtomicBool::new(false),
            on: AtomicBool::new(false),
            event: AtomicU8::new(0),
        }
    }
    /// Whether the traced loop runs frames.
    #[inline(always)]
    pub(crate) fn on(&self) -> bool {
        self.on.load(Relaxed)
    }
    /// Shows the functions to the collector.
    pub(crate) fn visit(&self, visit: &mut dyn FnMut(u64)) {
        visit(self.trace.bits_racy());
        visit(self.profile.bits_racy());
    }
    fn refresh(&self, t: Attached<'_>) {
        let wanted = (!self.trace.load().is_none() || !self.profile.load().is_none()) && !self.inside.load(Relaxed);
        self.on.store(wanted, Relaxed);
        if wanted {
            t.thread().base.request(bits::INSTRUMENT);
        } else {
            t.thread().base.take_pending(bits::INSTRUMENT);
        }
    }
}

fn tracing(t: Attached<'_>) -> &Tracing {
    &eval_thread(t).tracing
}

/// Which of the two functions of a thread.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `sys.settrace`
    Trace,
    /// `sys.setprofile`
    Profile,
}

/// Sets the calling thread's function; None ends it.
pub fn set(t: Attached<'_>, kind: Kind, function: Value) {
    let state = tracing(t);
    let slot = if kind == Kind::Trace { &state.trace } else { &state.profile };
    slot.set(function);
    state.refresh(t);
}

/// Sets the function of every thread of the interpreter.
pub fn set_for_all(t: Attached<'_>, kind: Kind, function: Value) {
    let mut before = Vec::new();
    t.stop_world(|| {
        for &address in t.runtime().threads.lock().unwrap_or_else(|e| e.into_inner()).iter() {
            // SAFETY: threads take themselves out before they die; the world is stopped.
            let thread = unsafe { &*(address as *const orochi_objects::Thread) };
            if std::ptr::eq(thread, t.thread()) || !std::sync::Arc::ptr_eq(&thread.interpreter, &t.thread().interpreter) {
                continue;
            }
            // SAFETY: the thread's own part lives from before its first Python code to after its last.
            let Some(part) = (unsafe { thread.eval.load(Acquire).cast::<crate::frame::EvalThread>().as_ref() }) else { continue };
            let state = &part.tracing;
            let slot = if kind == Kind::Trace { &state.trace } else { &state.profile };
            before.push(slot.swap(function.clone()));
            let wanted = (!state.trace.load().is_none() || !state.profile.load().is_none()) && !state.inside.load(Relaxed);
            state.on.store(wanted, Relaxed);
            if wanted {
                thread.base.request(bits::INSTRUMENT);
            }
        }
    });
    drop(before);
    set(t, kind, function);
}

/// The calling thread's function, or None.
pub fn get(t: Attached<'_>, kind: Kind) -> Value {
    let state = tracing(t);
    if kind == Kind::Trace { state.trace.load() } else { state.profile.load() }
}

/// Calls `function` with tracing on even inside a trace function (`sys.call_tracing`).
pub fn call_tracing(t: Attached<'_>, function: &Value, args: &[Value]) -> PyResult {
    let state = tracing(t);
    let inside = state.inside.swap(false, Relaxed);
    state.refresh(t);
    let result = protocol::call(t, function, args);
    state.inside.store(inside, Relaxed);
    state.refresh(t);
    result
}

/// Calls a trace or profile function, nothing being traced meanwhile.
fn call(t: Attached<'_>, function: &Value, object: &Value, event: &str, argument: Value) -> PyResult {
    let state = tracing(t);
    let inside = state.inside.swap(true, Relaxed);
    let outer = state.event.swap(event.as_bytes()[0], Relaxed);
    state.refresh(t);
    let result = protocol::call(t, function, &[object.clone(), str::intern(t, event), argument]);
    state.event.store(outer, Relaxed);
    state.inside.store(inside, Relaxed);
    state.refresh(t);
    result
}

/// An event for the trace function of the frame (for `call`: of the thread).
fn trace_event(t: Attached<'_>, object: &Value, event: &str, argument: Value) -> PyResult<()> {
    let body = frame_object::body(object);
    let function = if event == "call" { get(t, Kind::Trace) } else { body.trace_function() };
    if function.is_none() || get(t, Kind::Trace).is_none() {
        return Ok(());
    }
    match call(t, &function, object, event, argument) {
        Ok(v) => {
            if !v.is_none() {
                body.set_trace_function(v);
            }
            Ok(())
        }
        Err(e) => {
            // A trace function that raises is taken away.
            set(t, Kind::Trace, Value::none());
            body.set_trace_function(Value::none());
            Err(e)
        }
    }
}

fn profile_event(t: Attached<'_>, object: &Value, event: &str, argument: Value) -> PyResult<()> {
    let function = get(t, Kind::Profile);
    if function.is_none() {
        return Ok(());
    }
    match call(t, &function, object, event, argument) {
        Ok(_) => Ok(()),
        Err(e) => {
            set(t, Kind::Profile, Value::none());
            Err(e)
        }
    }
}

/// A frame begins, or a generator is resumed.
#[cold]
pub(crate) fn entered(t: Attached<'_>, frame: *mut Frame) -> PyResult<()> {
    let object = frame_object::of(t, frame);
    trace_event(t, &object, "call", Value::none())?;
    profile_event(t, &object, "call", Value::none())
}

/// Tracing began while `frame` and its callers were under way: the lines on which they are have begun.
pub(crate) fn joined(frame: *mut Frame) {
    let mut frame = frame;
    // SAFETY: frames in the running thread's chain live.
    while let Some(f) = unsafe { frame.as_ref() } {
        if f.object != UNBOUND {
            let body = frame_object::body(f.view(&f.object));
            body.set_last_line(body.code().line_at(f.pc_index()).unwrap_or(0));
            body.set_last_index(f.pc_index());
        }
        frame = f.previous;
    }
}

/// The instruction at `pc` is about to run: `line` and `opcode` events. Gives where to go on, which is
/// elsewhere if the trace function has set `f_lineno`.
pub(crate) fn before(t: Attached<'_>, frame: *mut Frame, pc: *const AtomicU64) -> PyResult<*const AtomicU64> {
    // SAFETY: the frame is the running one, `pc` points into its code.
    let (f, behind) = unsafe { (&mut *frame, pc.add(1)) };
    if f.object == UNBOUND {
        return Ok(pc);
    }
    let object = f.view(&f.object).clone();
    let body = frame_object::body(&object);
    if body.trace_function().is_none() {
        return Ok(pc);
    }
    f.pc = behind;
    let index = f.pc_index();
    let line = body.code().lines().get(index as usize).copied().unwrap_or(0);
    let (last_line, last_index) = body.last_traced();
    body.set_last_index(index);
    if line != 0 {
        body.set_last_line(line);
        let back = index < last_index && body.jumped(last_index);
        if (line != last_line || back) && body.wants(PyFrame::TRACE_LINES) {
            trace_event(t, &object, "line", Value::none())?;
        }
    }
    if body.wants(PyFrame::TRACE_OPCODES) && f.pc == behind {
        trace_event(t, &object, "opcode", Value::none())?;
    }
    if f.pc == behind {
        return Ok(pc);
    }
    // `f_lineno` was set: the new instruction gets its own line event.
    body.set_last_line(0);
    // SAFETY: `f.pc` stands behind an instruction.
    before(t, frame, unsafe { f.pc.sub(1) })
}

/// Whether the frame may be sent to another line now: CPython's rules.
pub(crate) fn may_jump(t: Attached<'_>, object: &Value) -> PyResult<()> {
    let state = tracing(t);
    match state.event.load(Relaxed) {
        _ if frame_object::body(object).trace_function().is_none() && state.event.load(Relaxed) != b'c' => {
            Err(t.value_error("f_lineno can only be set in a trace function"))
        }
        0 => Err(t.value_error("f_lineno can only be set in a trace function")),
        b'l' => Ok(()),
        b'c' => Err(t.value_error("can't jump from the 'call' trace event of a new frame")),
        _ => Err(t.value_error("can only jump from a 'line' trace event")),
    }
}

/// The frame returns or yields `value`.
#[cold]
pub(crate) fn leaves(t: Attached<'_>, frame: *mut Frame, value: &Value) -> PyResult<()> {
    // SAFETY: the frame is the running one.
    let f = unsafe { &*frame };
    if f.object == UNBOUND && get(t, Kind::Profile).is_none() {
        return Ok(());
    }
    let object = frame_object::of(t, frame);
    let value = value.clone().counted();
    trace_event(t, &object, "return", value.clone())?;
    profile_event(t, &object, "return", value)
}

/// An exception is raised in the frame, or comes from what it called. Gives what goes on: the same, or what the
/// trace function raised.
#[cold]
pub(crate) fn raised(t: Attached<'_>, frame: *mut Frame, raised: Raised) -> Raised {
    // SAFETY: the frame is in the running thread's chain.
    let f = unsafe { &*frame };
    if f.object == UNBOUND || frame_object::body(f.view(&f.object)).trace_function().is_none() {
        return raised;
    }
    let object = frame_object::of(t, frame);
    let e = t.take_raised(raised);
    let traceback = as_exception(&e).map_or(Value::none(), |x| x.traceback.load());
    let argument = tuple::new(t, vec![type_of(t, &e).clone(), e.clone(), traceback]);
    match trace_event(t, &object, "exception", argument) {
        Ok(()) => t.set_raised(e),
        Err(new) => new,
    }
}

/// A generator that the frame runs has ended with `value`: shown as the StopIteration that nobody raised.
#[cold]
pub(crate) fn stopped(t: Attached<'_>, frame: *mut Frame, value: &Value) -> PyResult<()> {
    let arguments = if value.is_none() { Vec::new() } else { vec![value.clone().counted()] };
    let stop = t.raise_with(&orochi_objects::exception::StopIteration, arguments);
    let e = t.take_raised(stop);
    let e = t.take_raised(raised(t, frame, t.set_raised(e.clone())));
    if type_of(t, &e).is(orochi_objects::exception::StopIteration.get(t)) { Ok(()) } else { Err(t.set_raised(e)) }
}

/// An exception leaves the frame. Gives what goes on.
#[cold]
pub(crate) fn unwound(t: Attached<'_>, frame: *mut Frame, raised: Raised) -> Raised {
    let e = t.take_raised(raised);
    // SAFETY: the frame is in the running thread's chain.
    let f = unsafe { &mut *frame };
    let word = f.code().words.get(f.pc_index() as usize).map_or(Word(0), |w| Word(w.load(Relaxed)));
    if Op::from_byte(word.op_byte()) == Some(Op::Reraise)
        && word.flags() & EXTRA != 0
        && let Some(pc) = crate::traceback::raised_at(&e, f)
    {
        // The end of a handler: the frame is left where the exception came up.
        f.pc = pc;
    }
    match leaves(t, frame, &Value::none()) {
        Ok(()) => t.set_raised(e),
        Err(new) => new,
    }
}

/// A call of what may be a builtin function, with `c_call`, `c_return` and `c_exception` for the profiler.
#[cold]
pub(crate) fn native_call(
    t: Attached<'_>,
    frame: *mut Frame,
    callee: &Value,
    first: Option<&Value>,
    run: impl FnOnce() -> PyResult,
) -> PyResult {
    let shown = if get(t, Kind::Profile).is_none() { None } else { orochi_objects::native::as_called(t, callee, first) };
    let Some(shown) = shown else { return run() };
    let object = frame_object::of(t, frame);
    profile_event(t, &object, "c_call", shown.clone())?;
    match run() {
        Ok(v) => {
            profile_event(t, &object, "c_return", shown)?;
            Ok(v)
        }
        Err(raised) => {
            let e = t.take_raised(raised);
            match profile_event(t, &object, "c_exception", shown) {
                Ok(()) => Err(t.set_raised(e)),
                Err(new) => Err(new),
            }
        }
    }
}
