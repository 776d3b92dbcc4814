//! Signals between the system's handler and Python: who the main thread is, and the handlers' turn.
//!
//! The system's handler records the signal and sets the SIGNAL bit of the receiving thread, which finds it at its next safepoint and
//! calls [`run_pending`]. Who the main thread is belongs to the runtime. Signals belong to the process, and the handler may touch
//! atomics only: hence the statics that name the receiver, which is the main thread of the runtime that asked last. In a fork's child
//! the forking thread becomes the main one.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::*};
use std::sync::{Arc, OnceLock};

use orochi_host::signal::{self, Disposition, LIMIT};
use orochi_objects::{Attached, PyResult, Slot, Value, dict, int, protocol};
use orochi_runtime::{Locked, ThreadBase, bits};

/// How often the receiver can change: with each runtime, and when another thread than the main one forks.
const ENTRIES: usize = 256;
/// Threads that were receivers; none leaves the list, because a handler may be about to use it.
static RECEIVERS: [OnceLock<Arc<ThreadBase>>; ENTRIES] = [const { OnceLock::new() }; ENTRIES];
/// 1 + the entry whose SIGNAL bit the handler sets, 0 for none.
static RECEIVER: AtomicUsize = AtomicUsize::new(0);
static CHANGE: Locked<()> = Locked::new(());

/// The main thread of a runtime.
#[derive(Default)]
struct Main(Locked<Option<Arc<ThreadBase>>>);

fn main_thread(t: Attached<'_>) -> Option<Arc<ThreadBase>> {
    t.runtime().state::<Main>().0.lock().clone()
}

/// Called inside the system's signal handler.
fn hook(_: i32) {
    let receiver = RECEIVER.load(Acquire).checked_sub(1).and_then(|i| RECEIVERS.get(i)?.get());
    if let Some(receiver) = receiver {
        receiver.request(bits::SIGNAL);
    }
}

/// The calling thread is the main thread, unless there is one already. To be called by the thread that
/// starts the first interpreter, before it imports anything.
pub fn bind_main(t: Attached<'_>) {
    if main_thread(t).is_none() {
        become_main(t);
    }
}

/// The calling thread is the main thread from now on: after a fork.
pub fn become_main(t: Attached<'_>) {
    *t.runtime().state::<Main>().0.lock() = Some(t.base.clone());
    let guard = CHANGE.lock();
    for (i, entry) in RECEIVERS.iter().enumerate() {
        if Arc::ptr_eq(entry.get_or_init(|| t.base.clone()), &t.base) {
            RECEIVER.store(i + 1, Release);
            break;
        }
    }
    drop(guard);
    signal::set_hook(Some(hook));
}

/// The identifier of the main thread.
pub fn main_ident(t: Attached<'_>) -> u64 {
    main_thread(t).map_or(t.base.ident(), |m| m.ident())
}

/// Whether the calling thread is the main thread of the main interpreter.
pub fn is_main(t: Attached<'_>) -> bool {
    t.interpreter().base.id() == 0 && main_thread(t).is_none_or(|m| Arc::ptr_eq(&m, &t.base))
}

/// What Python knows of the signals of an interpreter.
pub struct Signals {
    /// Handlers by signal: a callable, 0 (default), 1 (ignore), None (not from Python).
    pub handlers: [Slot; LIMIT as usize],
    /// Whether `handlers` was filled.
    pub ready: OnceLock<()>,
    /// Signals taken from the system whose handlers have not run, because one before raised.
    left: AtomicU64,
    /// `signal.ItimerError`.
    pub timer_error: Slot,
    /// `default_int_handler`.
    pub default_interrupt: Slot,
}

impl Default for Signals {
    fn default() -> Signals {
        Signals {
            handlers: [const { Slot::unbound() }; LIMIT as usize],
            ready: OnceLock::new(),
            left: AtomicU64::new(0),
            timer_error: Slot::unbound(),
            default_interrupt: Slot::unbound(),
        }
    }
}

/// The interpreter's signals, with handlers as the system has them.
pub fn signals(t: Attached<'_>) -> Arc<Signals> {
    let state = t.interpreter().state::<Signals>().clone();
    if state.ready.get().is_none() {
        let handler = crate::_signal::default_interrupt(t);
        for number in 1..LIMIT {
            let value = match signal::disposition(number) {
                Ok(Disposition::Default) => Value::i32(0),
                Ok(Disposition::Ignore) => Value::i32(1),
                Ok(Disposition::Record) if number == 2 => handler.clone(),
                _ => Value::none(),
            };
            state.handlers[number as usize].set(value);
        }
        state.default_interrupt.set(handler);
        let _ = state.ready.set(());
    }
    state
}

/// What an interpreter that owns the process does at its start: the calling thread is the main one,
/// SIGPIPE is ignored, SIGINT raises KeyboardInterrupt.
pub fn start(t: Attached<'_>) -> PyResult<()> {
    bind_main(t);
    crate::errors::check(t, signal::install_defaults())?;
    signals(t);
    Ok(())
}

/// The signal arrives in the main thread as if it had been sent, unless Python does not handle it.
pub fn interrupt(t: Attached<'_>, number: i32) {
    let state = signals(t);
    let Some(handler) = state.handlers.get(number as usize).map(Slot::load) else { return };
    if is_callable_handler(&handler) {
        signal::simulate(number);
    }
}

fn is_callable_handler(handler: &Value) -> bool {
    !handler.is_none() && !handler.is_unbound() && int::as_i64(handler).is_none()
}

/// Runs the Python handlers of signals that came. For the safepoint of whoever runs Python; does nothing
/// in other threads than the main one. After an exception the other handlers wait for the next safepoint.
pub fn run_pending(t: Attached<'_>) -> PyResult<()> {
    t.base.take_pending(bits::SIGNAL);
    if !is_main(t) {
        return Ok(());
    }
    let state = signals(t);
    if let Some(error) = signal::take_wakeup_error() {
        let e = crate::errors::os_error(t, error);
        let message = "Exception ignored when trying to write to the signal wakeup fd";
        (t.runtime().upward.unraisable)(t, e, message, &Value::none());
    }
    let mut waiting = state.left.swap(0, AcqRel);
    for number in signal::take_pending().iter() {
        waiting |= 1 << (number - 1);
    }
    while waiting != 0 {
        let number = waiting.trailing_zeros() + 1;
        waiting &= waiting - 1;
        let handler = state.handlers[number as usize].load();
        if !is_callable_handler(&handler) {
            continue;
        }
        let frame = frame(t);
        if let Err(e) = protocol::call(t, &handler, &[Value::i32(number as i32), frame]) {
            if waiting != 0 {
                state.left.fetch_or(waiting, AcqRel);
                t.base.request(bits::SIGNAL);
            }
            return Err(e);
        }
    }
    Ok(())
}

/// The running frame, or None where there is none.
fn frame(t: Attached<'_>) -> Value {
    let sys = t.interpreter().sys.load();
    if dict::as_dict(&sys).is_none() {
        return Value::none();
    }
    let Some(get) = dict::get_by_name(t, &sys, "_getframe") else { return Value::none() };
    match protocol::call(t, &get, &[]) {
        Ok(frame) => frame,
        Err(e) => {
            drop(t.take_raised(e));
            Value::none()
        }
    }
}

/// After a fork, in the child: signals that came to the parent are not the child's.
pub fn after_fork(t: Attached<'_>) {
    signal::clear_pending();
    t.interpreter().state::<Signals>().left.store(0, Release);
    become_main(t);
    t.base.take_pending(bits::SIGNAL);
}

/// Ends the process by SIGINT with its default action: how a program that an uncaught KeyboardInterrupt ended
/// tells its caller. Returns only if the signal is blocked.
pub fn die_of_interrupt() {
    const SIGINT: i32 = 2;
    if signal::install(SIGINT, signal::Disposition::Default).is_ok() {
        let _ = orochi_host::process::kill(orochi_host::process::getpid(), SIGINT);
    }
}
