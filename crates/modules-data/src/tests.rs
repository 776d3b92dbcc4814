//! What the tests of the modules share: a runtime in every lock mode, and calls as Python makes them.

mod io;

use orochi_objects::{Attached, ModuleSpec, PyResult, Runtime, RuntimeOptions, Thread, Upward, Value, attr, exception, protocol, str};
use orochi_runtime::{LockMode, RuntimeConfig};

static UPWARD: Upward = Upward {
    finalize: |t, v| {
        if let Some(f) = orochi_objects::type_::class_of(t, v).slots.finalize()
            && let Err(e) = f(t, v)
        {
            drop(t.take_raised(e));
        }
    },
    safepoint: |_, _| Ok(()),
    visit_registers: |_, _| (),
    unraisable: |t, e, _, _| drop(t.take_raised(e)),
    zero_arg_super: |t| Err(t.raise(&exception::RuntimeError, "super(): no current frame")),
    thread_begin: |_| (),
    thread_end: |_| (),
    flush_caches: |_| (),
    walk: |_, _, _| None,
};

/// Runs `f` on an attached thread of a fresh runtime, once per lock mode.
pub(crate) fn in_every_mode(f: fn(Attached<'_>)) {
    for mode in [LockMode::ProcessLock, LockMode::InterpreterLock, LockMode::NoLock] {
        let config = RuntimeConfig { mode, ..RuntimeConfig::default() };
        let runtime = Runtime::new(config, &UPWARD, RuntimeOptions::default());
        let Ok(interpreter) = runtime.new_interpreter() else { panic!("no interpreter") };
        let here = 0u8;
        let low = (&raw const here as usize) - 1024 * 1024;
        let Ok(thread) = Thread::start(&interpreter) else { panic!("no thread") };
        thread.run(low, f);
    }
}

/// A fresh module object.
pub(crate) fn module(t: Attached<'_>, spec: &'static ModuleSpec) -> Value {
    match spec.make(t) {
        Ok(module) => module,
        Err(e) => panic!("{}", text(t, &t.take_raised(e))),
    }
}
/// `object.name(*args)`.
pub(crate) fn call(t: Attached<'_>, object: &Value, name: &::core::primitive::str, args: &[Value]) -> PyResult {
    protocol::call(t, &attr::get_by_name(t, object, name)?, args)
}
/// `str(v)`.
pub(crate) fn text(t: Attached<'_>, v: &Value) -> String {
    protocol::str(t, v).map(|s| str::display(&s)).unwrap_or_default()
}
/// The message of the exception that a call must raise.
pub(crate) fn message(t: Attached<'_>, r: PyResult) -> String {
    let e = t.take_raised(r.expect_err("an exception"));
    text(t, &e)
}
/// `repr` of a result, or the exception's message.
pub(crate) fn shown(t: Attached<'_>, r: PyResult) -> String {
    match r {
        Ok(v) => protocol::repr(t, &v).map(|s| str::display(&s)).unwrap_or_default(),
        Err(e) => text(t, &t.take_raised(e)),
    }
}

/// The value of a result, or a panic that shows the exception.
fn ok<T>(t: Attached<'_>, r: PyResult<T>) -> T {
    match r {
        Ok(v) => v,
        Err(e) => panic!("{}", described(t, e)),
    }
}
/// Class and text of the exception that must have been raised.
fn error<T>(t: Attached<'_>, r: PyResult<T>) -> String {
    match r {
        Ok(_) => panic!("no exception"),
        Err(e) => described(t, e),
    }
}
fn described(t: Attached<'_>, e: orochi_objects::Raised) -> String {
    let e = t.take_raised(e);
    format!("{}: {}", orochi_objects::type_::type_name(t, &e), text(t, &e))
}
