//! Tests of the object layer without an eval loop, in every lock mode.

use orochi_runtime::{LockMode, RuntimeConfig};

use super::*;

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

#[test]
fn types_bootstrap() {
    in_every_mode(|t| {
        let ty = type_::type_of(t, &Value::i32(1));
        assert_eq!(type_::as_type(ty).name_text(), "int");
        assert_eq!(type_::type_name(t, ty), "type");
        assert!(type_::is_instance_of(t, ty, object::TYPE.get(t)));
    });
}

#[test]
fn dicts_keep_order_and_grow() {
    in_every_mode(|t| {
        let d = dict::new(t);
        for i in 0..1000 {
            dict::set(t, &d, &Value::i32(i), Value::i32(i * 2)).expect("hashable");
        }
        for i in (0..1000).step_by(2) {
            dict::remove(t, &d, &Value::i32(i)).expect("hashable");
        }
        assert_eq!(dict::len(&d), 500);
        let found = dict::get(t, &d, &Value::i32(501)).expect("hashable");
        assert_eq!(found.and_then(|v| v.as_small_int()), Some(1002));
        let keys: Vec<_> = dict::keys(&d).iter().filter_map(Value::as_small_int).collect();
        assert_eq!(keys, (0..1000).filter(|i| i % 2 == 1).collect::<Vec<_>>());
    });
}

#[test]
fn errors_have_messages() {
    in_every_mode(|t| {
        let e = protocol::length(t, &Value::i32(1)).expect_err("ints have no length");
        let e = t.take_raised(e);
        let text = protocol::str(t, &e).map(|s| str::display(&s)).unwrap_or_default();
        assert_eq!(text, "object of type 'int' has no len()");
    });
}

#[test]
fn cycles_are_collected() {
    in_every_mode(|t| {
        let before = t.runtime().heap.collector.collected.load(std::sync::atomic::Ordering::Relaxed);
        for _ in 0..100 {
            let l = list::new(t, Vec::new());
            list::as_list(&l).expect("a list").push(t, l.clone()).expect("room");
        }
        orochi_heap::collect::collect(&t.runtime().heap);
        let after = t.runtime().heap.collector.collected.load(std::sync::atomic::Ordering::Relaxed);
        assert!(after - before >= 100, "{} collected", after - before);
    });
}

/// An object with a place in a roster.
struct Listed {
    place: orochi_heap::roster::Place,
}
impl crate::Payload for Listed {
    crate::payload!(Listed, "listed");
    const CYCLIC: bool = false;
}
static LISTED: crate::TypeSpec = crate::TypeSpec::new::<Listed>("listed");

fn place(v: &Value) -> &orochi_heap::roster::Place {
    v.payload::<Listed>().map(|l| &l.place).expect("its body")
}

#[test]
fn a_roster_lists_the_living() {
    in_every_mode(|t| {
        let roster = std::sync::Arc::new(orochi_heap::roster::Roster::default());
        let make = || LISTED.alloc(t, Listed { place: orochi_heap::roster::Place::in_roster(roster.clone()) });
        let all: Vec<Value> = (0..100).map(|_| make()).collect();
        assert!(roster.living().is_empty());
        for v in &all {
            place(v).enter(v);
            place(v).enter(v);
        }
        assert_eq!(roster.living().len(), 100);
        // A place that is no part of the object stays out.
        let stranger = orochi_heap::roster::Place::in_roster(roster.clone());
        stranger.enter(&all[0]);
        assert_eq!(roster.living().len(), 100);
        place(&all[7]).leave();
        place(&all[7]).leave();
        assert!(!roster.living().iter().any(|v| v.is(&all[7])));
        let kept = all[50].clone();
        drop(all);
        let living = roster.living();
        assert!(living.len() == 1 && living[0].is(&kept));
        let again = make();
        place(&again).enter(&again);
        assert_eq!(roster.living().len(), 2);
    });
}
