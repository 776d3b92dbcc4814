//! `Future`: a result that is not there yet, and who wants to be called when it is.
//!
//! A future is pending until a result, an exception or a cancellation settles it; then its callbacks are handed to
//! `loop.call_soon`, each with its context, and the list is empty from then on.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering::*};

use orochi_heap::{Visit, count};
use orochi_objects::{
    Args, Attached, Def, GetSet, Method, Payload, PyResult, Raised, Slot, TypeSpec, Value, args::Signature, attr, dict, exception,
    flags, generic_alias, int, list, payload, protocol, str, tuple, type_,
};
use orochi_runtime::Locked;
use smallvec::SmallVec;

use super::task::TaskPart;
use super::{awaited_by, future_iter, library, running_loop};

const PENDING: u8 = 0;
const CANCELLED: u8 = 1;
const FINISHED: u8 = 2;

/// A callback and the context that it runs in.
type Callbacks = SmallVec<[(Value, Value); 1]>;

/// The body of futures and tasks. Slots are unbound while nothing was put in.
#[derive(Default)]
pub struct PyFuture {
    /// Guarded by: the lock of `callbacks`, for writes.
    state: AtomicU8,
    /// Whether it was made as a task.
    pub is_task: bool,
    /// `_asyncio_future_blocking`: it was yielded by `await`, and whoever resumes the coroutine has not seen that yet.
    pub blocking: AtomicBool,
    /// Whether its death is to be reported: it has an exception that nobody has asked for.
    pub log_traceback: AtomicBool,
    callbacks: Locked<Callbacks>,
    /// The loop; unbound until `__init__` ran.
    pub event_loop: Slot,
    result: Slot,
    pub(super) exception: Slot,
    exception_traceback: Slot,
    pub(super) cancel_message: Slot,
    /// The CancelledError that ended a task, for the first who asks.
    pub(super) cancelled_error: Slot,
    source_traceback: Slot,
    /// See `awaited_by.rs`.
    pub awaited_by: Slot,
    /// What only tasks have.
    pub task: TaskPart,
}

impl PyFuture {
    /// The body of a task.
    pub fn of_task(task: TaskPart) -> PyFuture {
        PyFuture { is_task: true, task, ..PyFuture::default() }
    }
    fn slots(&self) -> [&Slot; 8] {
        [
            &self.event_loop,
            &self.result,
            &self.exception,
            &self.exception_traceback,
            &self.cancel_message,
            &self.cancelled_error,
            &self.source_traceback,
            &self.awaited_by,
        ]
    }
}

impl Payload for PyFuture {
    payload!(PyFuture, "Future");
    fn trace(&self, visit: &mut Visit<'_>) {
        for slot in self.slots() {
            visit.slot(slot);
        }
        self.task.trace(visit);
        if let Some(callbacks) = self.callbacks.try_lock() {
            visit.values(callbacks.iter().flat_map(|(callback, context)| [callback, context]));
        }
    }
    fn clear(&self) {
        let callbacks = std::mem::take(&mut *self.callbacks.lock());
        for slot in self.slots() {
            slot.take();
        }
        self.task.clear();
        drop(callbacks);
    }
}

/// `_asyncio.Future`.
pub static FUTURE: TypeSpec = TypeSpec::new::<PyFuture>("_asyncio.Future")
    .flags(flags::BASETYPE | flags::HAS_DICT | flags::HAS_WEAKREF | flags::FINALIZE)
    .slots(&[
        Def::New(|t, class, _| FUTURE.alloc_for(t, class, PyFuture::default())),
        Def::Init(init),
        Def::Repr(|t, this| shown(t, this, library::future_repr)),
        Def::Iter(future_iter::new),
        Def::Await(future_iter::new),
        Def::Finalize(finalize),
    ])
    .methods(&[
        Method::new("result", "($self, /)", |t, a| result(t, body(&a[0])), "Return the result this future represents.\n\nIf the future has been cancelled, raises CancelledError.  If the\nfuture's result isn't yet available, raises InvalidStateError.  If\nthe future is done and has an exception set, this exception is raised."),
        Method::new("exception", "($self, /)", get_exception, "Return the exception that was set on this future.\n\nThe exception (or None if no exception was set) is returned only if\nthe future is done.  If the future has been cancelled, raises\nCancelledError.  If the future isn't done yet, raises\nInvalidStateError."),
        Method::new("set_result", "($self, result, /)", |t, a| settled(set_result(t, &a[0], a[1].clone())), "Mark the future done and set its result.\n\nIf the future is already done when this method is called, raises\nInvalidStateError."),
        Method::new("set_exception", "($self, exception, /)", |t, a| settled(set_exception(t, &a[0], &a[1])), "Mark the future done and set an exception.\n\nIf the future is already done when this method is called, raises\nInvalidStateError."),
        Method::new("add_done_callback", "($self, fn, /, *, context=<unrepresentable>)", add_done_callback, "Add a callback to be run when the future becomes done.\n\nThe callback is called with a single argument - the future object.\nIf the future is already done when this is called, the callback is\nscheduled with call_soon."),
        Method::new("remove_done_callback", "($self, fn, /)", remove_done_callback, "Remove all instances of a callback from the \"call when done\" list.\n\nReturns the number of callbacks removed."),
        Method::new("cancel", "($self, /, msg=None)", cancel_method, "Cancel the future and schedule callbacks.\n\nIf the future is already done or cancelled, return False.  Otherwise,\nchange the future's state to cancelled, schedule the callbacks and\nreturn True."),
        Method::new("cancelled", "($self, /)", |_, a| Ok(Value::bool(body(&a[0]).state() == CANCELLED)), "Return True if the future was cancelled."),
        Method::new("done", "($self, /)", |_, a| Ok(Value::bool(body(&a[0]).is_done())), "Return True if the future is done.\n\nDone means either that a result / exception are available, or that\nthe future was cancelled."),
        Method::new("get_loop", "($self, /)", |t, a| body(&a[0]).event_loop_or_error(t), "Return the event loop the Future is bound to."),
        Method::new("_make_cancelled_error", "($self, /)", |t, a| make_cancelled_error(t, body(&a[0])), "Create the CancelledError to raise if the Future is cancelled.\n\nThis should only be called once when handling a cancellation since\nit erases the context exception value."),
        Method::class("__class_getitem__", "($type, object, /)", generic_alias::class_getitem, "Futures are generic over the type of their results"),
    ])
    .getset(&[
        GetSet::read("_state", state_text, ""),
        GetSet::write("_asyncio_future_blocking", |_, v| Ok(Value::bool(body(v).blocking.load(Relaxed))), set_blocking, ""),
        GetSet::read("_asyncio_awaited_by", |t, v| awaited_by::shown(t, &body(v).awaited_by), ""),
        GetSet::read("_loop", |_, v| Ok(or_none(&body(v).event_loop)), ""),
        GetSet::read("_callbacks", callbacks, ""),
        GetSet::read("_result", |_, v| Ok(or_none(&body(v).result)), ""),
        GetSet::read("_exception", |_, v| Ok(or_none(&body(v).exception)), ""),
        GetSet::write("_log_traceback", |_, v| Ok(Value::bool(body(v).log_traceback.load(Relaxed))), set_log_traceback, ""),
        GetSet::read("_source_traceback", |_, v| Ok(or_none(&body(v).source_traceback)), ""),
        GetSet::write("_cancel_message", |_, v| Ok(or_none(&body(v).cancel_message)), set_cancel_message, ""),
    ])
    .doc("Future(*, loop=None)\n--\n\nThis class is *almost* compatible with concurrent.futures.Future.\n\n    Differences:\n\n    - result() and exception() do not take a timeout argument and\n      raise an exception when the future isn't done yet.\n\n    - Callbacks registered with add_done_callback() are always called\n      via the event loop's call_soon_threadsafe().\n\n    - This class is not compatible with the wait() and as_completed()\n      methods in the concurrent.futures package.");

/// The body of a future or task.
#[inline]
pub fn body(v: &Value) -> &PyFuture {
    match v.payload::<PyFuture>() {
        Some(f) => f,
        None => unreachable!("slots are called with their own type"),
    }
}

/// The value of a slot, None if there is none.
pub fn or_none(slot: &Slot) -> Value {
    let v = slot.load();
    if v.is_unbound() { Value::none() } else { v }
}

/// AttributeError of an attribute that can be set but not deleted.
pub fn given(t: Attached<'_>, v: Option<&Value>) -> PyResult<Value> {
    match v {
        Some(v) => Ok(v.clone()),
        None => Err(t.raise(&exception::AttributeError, "cannot delete attribute")),
    }
}

impl PyFuture {
    fn state(&self) -> u8 {
        self.state.load(Acquire)
    }
    /// Whether it is settled.
    pub fn is_done(&self) -> bool {
        self.state() != PENDING
    }
    /// The loop; RuntimeError if `__init__` has not run.
    pub fn event_loop_or_error(&self, t: Attached<'_>) -> PyResult {
        let event_loop = self.event_loop.load();
        if event_loop.is_unbound() { Err(uninitialized(t)) } else { Ok(event_loop) }
    }
}

#[cold]
fn uninitialized(t: Attached<'_>) -> Raised {
    t.raise(&exception::RuntimeError, "Future object is not initialized.")
}

// --- made, shown, dead ---------------------------------------------------------------------------

fn init(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    if let ([name], [event_loop]) = (args.names(), args.all())
        && str::utf8(name) == Some("loop")
    {
        return begin(t, this, Some(event_loop));
    }
    Signature::parse("(*, loop=None)").call(t, "Future", args, |a| begin(t, this, a[0].given()))
}

/// `Future.__init__`: pending, with this loop (None: the running one, or the policy's).
pub fn begin(t: Attached<'_>, this: &Value, event_loop: Option<&Value>) -> PyResult<()> {
    let f = body(this);
    if !f.event_loop.is_unbound() {
        f.clear();
        let _guard = f.callbacks.lock();
        f.state.store(PENDING, Release);
    }
    f.log_traceback.store(false, Relaxed);
    f.blocking.store(false, Relaxed);
    let event_loop = match event_loop.filter(|v| !v.is_none()) {
        Some(v) => v.clone(),
        None => running_loop::get_event_loop(t)?,
    };
    f.event_loop.set(event_loop.clone());
    let debug = protocol::call_method(t, &event_loop, &t.names().get_debug, &[])?;
    if protocol::truth(t, &debug)? {
        f.source_traceback.set(library::stack(t)?);
    }
    Ok(())
}

/// `repr` by one of the library's functions.
pub fn shown(t: Attached<'_>, this: &Value, by: fn(Attached<'_>) -> PyResult) -> PyResult {
    body(this).event_loop_or_error(t)?;
    protocol::call(t, &by(t)?, std::slice::from_ref(this))
}

/// Tells the loop's exception handler of something about a future that dies.
pub fn report(t: Attached<'_>, this: &Value, message: String, more: &[(&Value, Value)]) -> PyResult<()> {
    let f = body(this);
    let context = dict::new(t);
    for (name, value) in more {
        dict::set(t, &context, name, value.clone())?;
    }
    dict::set(t, &context, &t.names().message, str::from_string(t, message))?;
    let source = f.source_traceback.load();
    if !source.is_unbound() {
        dict::set(t, &context, &t.names().source_traceback, source)?;
    }
    let event_loop = f.event_loop_or_error(t)?;
    if let Err(e) = protocol::call_method(t, &event_loop, &t.names().call_exception_handler, &[context]) {
        let handler = attr::find(t, &event_loop, &t.names().call_exception_handler).ok().flatten();
        (t.runtime().upward.unraisable)(t, e, "Exception ignored in", &handler.unwrap_or(event_loop));
    }
    Ok(())
}

/// The future dies: an exception that nobody asked for is told of.
pub fn finalize(t: Attached<'_>, this: &Value) -> PyResult<()> {
    let f = body(this);
    if !f.log_traceback.swap(false, Relaxed) {
        return Ok(());
    }
    let exception = or_none(&f.exception);
    let message = format!("{} exception was never retrieved", type_::type_name(t, this));
    report(t, this, message, &[(&t.names().exception, exception), (&t.names().future, this.clone())])
}

/// A future that was settled without an exception has nothing to tell when it dies; one of a class of Python's may
/// have a finaliser of its own.
fn nothing_to_tell(this: &Value) {
    if let Some(h) = this.header()
        && h.map_head().flags() & orochi_heap::kind::MAP_HEAP_TYPE == 0
    {
        count::spare_finaliser(h);
    }
}

// --- settling ------------------------------------------------------------------------------------

fn settled(r: PyResult<()>) -> PyResult {
    r.map(|()| Value::none())
}

/// Makes a pending future done: `state`, with what `put` puts in (it gives what was there). Gives the callbacks, or
/// `None` if it was done already.
fn settle(f: &PyFuture, state: u8, slot: &Slot, value: Value) -> Option<Callbacks> {
    let mut callbacks = f.callbacks.lock();
    if f.is_done() {
        return None;
    }
    let old = slot.swap(value);
    f.state.store(state, Release);
    let taken = std::mem::take(&mut *callbacks);
    drop(callbacks);
    drop(old);
    Some(taken)
}

#[cold]
fn not_pending(t: Attached<'_>) -> Raised {
    library::invalid_state(t, "invalid state")
}

/// `loop.call_soon(callback, *argument, context=context)`.
pub fn call_soon(t: Attached<'_>, event_loop: &Value, callback: Value, argument: Option<&Value>, context: Option<Value>) -> PyResult<()> {
    let n = t.names();
    let mut all: SmallVec<[Value; 3]> = SmallVec::new();
    all.push(callback);
    all.extend(argument.cloned());
    let names = if context.is_some() { std::slice::from_ref(&n.context) } else { &[] };
    all.extend(context);
    protocol::call_method_args(t, event_loop, &n.call_soon, Args::with_names(&all, names)).map(drop)
}

fn schedule(t: Attached<'_>, this: &Value, f: &PyFuture, callbacks: Callbacks) -> PyResult<()> {
    if callbacks.is_empty() {
        return Ok(());
    }
    let event_loop = f.event_loop_or_error(t)?;
    for (callback, context) in callbacks {
        call_soon(t, &event_loop, callback, Some(this), Some(context))?;
    }
    Ok(())
}

/// Settles with a result; InvalidStateError if it is settled already.
pub fn set_result(t: Attached<'_>, this: &Value, result: Value) -> PyResult<()> {
    let f = body(this);
    f.event_loop_or_error(t)?;
    let Some(callbacks) = settle(f, FINISHED, &f.result, result) else { return Err(not_pending(t)) };
    nothing_to_tell(this);
    schedule(t, this, f, callbacks)
}

/// Settles with an exception (an instance or a class); InvalidStateError if it is settled already.
pub fn set_exception(t: Attached<'_>, this: &Value, given: &Value) -> PyResult<()> {
    let f = body(this);
    f.event_loop_or_error(t)?;
    if f.is_done() {
        return Err(not_pending(t));
    }
    let is_class = given
        .payload::<type_::PyType>()
        .is_some_and(|c| c.is_subtype(type_::as_type(exception::BaseException.get(t))));
    let mut e = if is_class { protocol::call(t, given, &[])? } else { given.clone() };
    if exception::as_exception(&e).is_none() {
        return Err(t.type_error("invalid exception object"));
    }
    if type_::is_instance_of(t, &e, exception::StopIteration.get(t)) {
        let message = "StopIteration interacts badly with generators and cannot be raised into a Future";
        let raised = t.raise(&exception::RuntimeError, message);
        let new = t.take_raised(raised);
        exception::set_cause(&new, e.clone());
        if let Some(x) = exception::as_exception(&new) {
            x.context.set(e);
        }
        e = new;
    }
    f.exception_traceback.set(exception::as_exception(&e).map_or(Value::none(), |x| x.traceback.load()));
    let Some(callbacks) = settle(f, FINISHED, &f.exception, e) else { return Err(not_pending(t)) };
    schedule(t, this, f, callbacks)?;
    f.log_traceback.store(true, Relaxed);
    Ok(())
}

/// Settles as cancelled; false if it is settled already.
pub fn cancel(t: Attached<'_>, this: &Value, message: Value) -> PyResult<bool> {
    let f = body(this);
    f.event_loop_or_error(t)?;
    f.log_traceback.store(false, Relaxed);
    let Some(callbacks) = settle(f, CANCELLED, &f.cancel_message, message) else { return Ok(false) };
    nothing_to_tell(this);
    schedule(t, this, f, callbacks)?;
    Ok(true)
}

fn cancel_method(t: Attached<'_>, a: &[Value]) -> PyResult {
    cancel(t, &a[0], a[1].given().cloned().unwrap_or(Value::none())).map(Value::bool)
}

// --- what it holds -------------------------------------------------------------------------------

/// The CancelledError to raise: the one that ended the task, once, else a new one.
pub fn make_cancelled_error(t: Attached<'_>, f: &PyFuture) -> PyResult {
    let kept = f.cancelled_error.take();
    if !kept.is_unbound() {
        return Ok(kept);
    }
    let class = library::cancelled_error(t)?;
    let message = or_none(&f.cancel_message);
    let args = if message.is_none() { &[][..] } else { std::slice::from_ref(&message) };
    protocol::call(t, &class, args)
}

/// What a settled future holds: a result (`Ok`) or an exception instance (`Err`). InvalidStateError, with
/// `otherwise`, of a pending one. From now on its exception counts as asked for.
pub fn outcome(t: Attached<'_>, f: &PyFuture, otherwise: &str) -> PyResult<Result<Value, Value>> {
    match f.state() {
        PENDING => return Err(library::invalid_state(t, otherwise)),
        CANCELLED => return make_cancelled_error(t, f).map(Err),
        _ => {}
    }
    f.log_traceback.store(false, Relaxed);
    let e = f.exception.load();
    if e.is_unbound() {
        return Ok(Ok(or_none(&f.result)));
    }
    if let Some(x) = exception::as_exception(&e) {
        x.traceback.set(or_none(&f.exception_traceback));
        f.exception_traceback.take();
    }
    Ok(Err(e))
}

/// `result()`.
pub fn result(t: Attached<'_>, f: &PyFuture) -> PyResult {
    match outcome(t, f, "Result is not set.")? {
        Ok(v) => Ok(v),
        Err(e) => Err(t.raise_value(e)),
    }
}

fn get_exception(t: Attached<'_>, a: &[Value]) -> PyResult {
    let f = body(&a[0]);
    match f.state() {
        PENDING => Err(library::invalid_state(t, "Exception is not set.")),
        CANCELLED => {
            let e = make_cancelled_error(t, f)?;
            Err(t.raise_value(e))
        }
        _ => {
            f.log_traceback.store(false, Relaxed);
            Ok(or_none(&f.exception))
        }
    }
}

/// The loop of anything that is a future: by `get_loop()`, else `_loop`.
pub fn loop_of(t: Attached<'_>, v: &Value) -> PyResult {
    if let Some(f) = orochi_objects::spec::native_body::<PyFuture>(v) {
        return f.event_loop_or_error(t);
    }
    match attr::find(t, v, &t.names().get_loop)? {
        Some(get) => protocol::call(t, &get, &[]),
        None => attr::get(t, v, &t.names()._loop),
    }
}

// --- callbacks -----------------------------------------------------------------------------------

/// Calls `callback` in `context` when the future is done, which it may be already.
pub fn when_done(t: Attached<'_>, this: &Value, callback: Value, context: Value) -> PyResult<()> {
    let f = body(this);
    let event_loop = f.event_loop_or_error(t)?;
    let mut callbacks = f.callbacks.lock();
    if !f.is_done() {
        callbacks.push((callback, context));
        return Ok(());
    }
    drop(callbacks);
    call_soon(t, &event_loop, callback, Some(this), Some(context))
}

fn add_done_callback(t: Attached<'_>, a: &[Value]) -> PyResult {
    let context = match a[2].given().filter(|v| !v.is_none()) {
        Some(v) => v.clone(),
        None => library::copy_context(t)?,
    };
    settled(when_done(t, &a[0], a[1].clone(), context))
}

fn remove_done_callback(t: Attached<'_>, a: &[Value]) -> PyResult {
    let f = body(&a[0]);
    f.event_loop_or_error(t)?;
    // Comparing runs Python code, which may change the list: what is equal is noted, then taken out by identity.
    let now: Vec<(Value, Value)> = f.callbacks.lock().to_vec();
    let mut equal = HashSet::new();
    for (callback, context) in &now {
        if protocol::equal_or_same(t, callback, &a[1])? {
            equal.insert((callback.identity(), context.identity()));
        }
    }
    if equal.is_empty() {
        return Ok(Value::i32(0));
    }
    let mut callbacks = f.callbacks.lock();
    let (removed, kept): (Vec<_>, Callbacks) = {
        let mut removed = Vec::new();
        let mut kept = Callbacks::new();
        for entry in std::mem::take(&mut *callbacks) {
            if equal.contains(&(entry.0.identity(), entry.1.identity())) { removed.push(entry) } else { kept.push(entry) }
        }
        (removed, kept)
    };
    *callbacks = kept;
    drop(callbacks);
    Ok(int::from_usize(t, removed.len()))
}

fn callbacks(t: Attached<'_>, this: &Value) -> PyResult {
    let f = body(this);
    f.event_loop_or_error(t)?;
    let all: Vec<(Value, Value)> = f.callbacks.lock().to_vec();
    if all.is_empty() {
        return Ok(Value::none());
    }
    Ok(list::new(t, all.into_iter().map(|(callback, context)| tuple::new(t, vec![callback, context])).collect()))
}

// --- attributes ----------------------------------------------------------------------------------

fn state_text(t: Attached<'_>, this: &Value) -> PyResult {
    let f = body(this);
    f.event_loop_or_error(t)?;
    Ok(str::intern(t, match f.state() {
        PENDING => "PENDING",
        CANCELLED => "CANCELLED",
        _ => "FINISHED",
    }))
}

fn set_blocking(t: Attached<'_>, this: &Value, v: Option<&Value>) -> PyResult<()> {
    let f = body(this);
    f.event_loop_or_error(t)?;
    let v = protocol::truth(t, &given(t, v)?)?;
    f.blocking.store(v, Relaxed);
    Ok(())
}

fn set_log_traceback(t: Attached<'_>, this: &Value, v: Option<&Value>) -> PyResult<()> {
    if protocol::truth(t, &given(t, v)?)? {
        return Err(t.value_error("_log_traceback can only be set to False"));
    }
    body(this).log_traceback.store(false, Relaxed);
    Ok(())
}

fn set_cancel_message(t: Attached<'_>, this: &Value, v: Option<&Value>) -> PyResult<()> {
    body(this).cancel_message.set(given(t, v)?);
    Ok(())
}
