//! Tests without an eval loop, in every lock mode.

use orochi_objects::{Attached, Interpreter, Runtime, RuntimeOptions, Thread, Upward, Value, attr, dict, exception, protocol, str, tuple};
use orochi_runtime::{LockMode, RuntimeConfig, bits};
use std::sync::Arc;

static UPWARD: Upward = Upward {
    finalize: |_, _| (),
    safepoint: |t, found| {
        t.base.take_pending(found & !bits::SIGNAL);
        if found & bits::SIGNAL != 0 { crate::signals::run_pending(t) } else { Ok(()) }
    },
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
        let interpreter: Arc<Interpreter> = runtime.new_interpreter().expect("an interpreter");
        let here = 0u8;
        let low = (&raw const here as usize) - 1024 * 1024;
        Thread::start(&interpreter).expect("a thread").run(low, f);
    }
}

/// Calls a function of a module made afresh.
pub(crate) fn call(t: Attached<'_>, module: &Value, name: &str, args: &[Value]) -> Value {
    let f = attr::get_by_name(t, module, name).expect("a function");
    match protocol::call(t, &f, args) {
        Ok(v) => v,
        Err(e) => {
            let e = t.take_raised(e);
            panic!("{name}: {}", protocol::display_repr(t, &e));
        }
    }
}

/// The message that a call raises.
pub(crate) fn message(t: Attached<'_>, module: &Value, name: &str, args: &[Value]) -> String {
    let f = attr::get_by_name(t, module, name).expect("a function");
    let e = protocol::call(t, &f, args).expect_err("an error");
    let e = t.take_raised(e);
    str::display(&protocol::str(t, &e).expect("a text"))
}

#[test]
fn every_module_can_be_made() {
    in_every_mode(|t| {
        for module in crate::ALL {
            module.make(t).map_err(|e| panic!("{}: {}", module.name, protocol::display_repr(t, &t.take_raised(e)))).ok();
        }
    });
}

#[test]
fn names_are_sorted_and_unique() {
    assert!(crate::ALL.windows(2).all(|w| w[0].name < w[1].name));
}

#[test]
fn locks_and_their_errors() {
    in_every_mode(|t| {
        let m = crate::_thread::MODULE.make(t).expect("a module");
        let lock = call(t, &m, "allocate_lock", &[]);
        assert_eq!(call(t, &lock, "acquire", &[]).as_bool(), Some(true));
        assert_eq!(call(t, &lock, "acquire", &[Value::bool(false)]).as_bool(), Some(false));
        let brief = orochi_objects::float::new(t, 0.01);
        assert_eq!(call(t, &lock, "acquire", &[Value::bool(true), brief]).as_bool(), Some(false));
        call(t, &lock, "release", &[]);
        assert_eq!(message(t, &lock, "release", &[]), "release unlocked lock");
        let args = [Value::bool(false), Value::i32(5)];
        assert_eq!(message(t, &lock, "acquire", &args), "can't specify a timeout for a non-blocking call");
    });
}

#[test]
fn threads_start_and_are_joined() {
    in_every_mode(|t| {
        let m = crate::_thread::MODULE.make(t).expect("a module");
        let lock = call(t, &m, "allocate_lock", &[]);
        let acquire = attr::get_by_name(t, &lock, "acquire").expect("a method");
        let handle = call(t, &m, "start_joinable_thread", std::slice::from_ref(&acquire));
        call(t, &handle, "join", &[]);
        assert_eq!(call(t, &handle, "is_done", &[]).as_bool(), Some(true));
        assert_eq!(call(t, &lock, "locked", &[]).as_bool(), Some(true));
        // Many at once, on one lock.
        let release = attr::get_by_name(t, &lock, "release").expect("a method");
        let handles: Vec<Value> = (0..8).map(|_| call(t, &m, "start_joinable_thread", std::slice::from_ref(&acquire))).collect();
        for _ in 0..8 {
            protocol::call(t, &release, &[]).expect("held");
            while call(t, &lock, "locked", &[]).as_bool() != Some(true) {
                t.detached(std::thread::yield_now);
            }
        }
        for h in &handles {
            call(t, h, "join", &[]);
        }
        assert_eq!(call(t, &m, "_count", &[]).as_small_int(), Some(0));
    });
}

#[test]
fn local_data_is_per_thread() {
    in_every_mode(|t| {
        let m = crate::_thread::MODULE.make(t).expect("a module");
        let local = call(t, &m, "_local", &[]);
        let x = str::intern(t, "x");
        attr::set(t, &local, &x, Some(&Value::i32(5))).expect("settable");
        assert_eq!(attr::get(t, &local, &x).expect("set").as_small_int(), Some(5));
        let set = attr::get_by_name(t, &local, "__setattr__").expect("a method");
        let args = tuple::new(t, vec![x.clone(), Value::i32(6)]);
        call(t, &m, "start_new_thread", &[set, args]);
        while call(t, &m, "_count", &[]).as_small_int() != Some(0) {
            t.detached(std::thread::yield_now);
        }
        assert_eq!(attr::get(t, &local, &x).expect("set").as_small_int(), Some(5));
        let own = attr::get_by_name(t, &local, "__dict__").expect("a dict");
        assert_eq!(dict::len(&own), 1);
    });
}

#[test]
fn times() {
    in_every_mode(|t| {
        let m = crate::time::MODULE.make(t).expect("a module");
        let zero = call(t, &m, "gmtime", &[Value::i32(0)]);
        let text = "time.struct_time(tm_year=1970, tm_mon=1, tm_mday=1, tm_hour=0, tm_min=0, tm_sec=0, tm_wday=3, tm_yday=1, tm_isdst=0)";
        assert_eq!(protocol::display_repr(t, &zero), text);
        let asc = call(t, &m, "asctime", std::slice::from_ref(&zero));
        assert_eq!(str::display(&asc), "Thu Jan  1 00:00:00 1970");
        let text = call(t, &m, "strftime", &[str::new(t, "%Y-%m \u{e9}\0%%"), zero]);
        assert_eq!(str::display(&text), "1970-01 \u{e9}\0%");
        assert_eq!(message(t, &m, "sleep", &[Value::i32(-1)]), "sleep length must be non-negative");
        let before = orochi_host::clock::monotonic_nanos();
        call(t, &m, "sleep", &[orochi_objects::float::new(t, 0.02)]);
        assert!(orochi_host::clock::monotonic_nanos() - before >= 20_000_000);
    });
}
