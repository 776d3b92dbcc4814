//! What tests of native modules need: a thread without an eval loop, in every lock mode.

use orochi_objects::{Attached, Runtime, RuntimeOptions, Thread, Upward, exception};
use orochi_runtime::{LockMode, RuntimeConfig};

static UPWARD: Upward = Upward {
    finalize: |_, _| (),
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
