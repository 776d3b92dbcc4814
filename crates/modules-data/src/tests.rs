//! What the tests of the modules share: a runtime in every lock mode, and calls as Python makes them.

use orochi_objects::{Attached, ModuleSpec, PyResult, Runtime, RuntimeOptions, Thread, Upward, Value, attr, exception, protocol, str};
use orochi_runtime::{LockMode, RuntimeConfig};

static UPWARD: Upward = Upward {
    finalize: |_, _| (),
    safepoint: |_, _| Ok(()),
    visit_registers: |_, _| (),
    unraisable: |t, e, _, _| drop(t.take_raised(e)),
    zero_arg_super: |t| Err(t.raise(&exception::RuntimeError, "super(): no current frame")),
    thread_begin: |_| (),
    thread_end: |_| (),
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
