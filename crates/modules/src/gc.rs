//! `gc`: the cycle collector's switches and figures.
//!
//! There is one generation; functions that take or give three know the oldest as the real one. Thresholds
//! are kept for programs that set and read them: the collector decides by growth of the heap. Frozen
//! objects are counted only, since a collection does not move or write what it finds alive.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering::*};

use orochi_heap::collect;
use orochi_objects::{Attached, Method, ModuleSpec, PyResult, Slot, Value, dict, flags, int, list, protocol, str, tuple, type_};

const DEBUG_STATS: i64 = 1;
const DEBUG_SAVEALL: i64 = 32;

/// What an interpreter keeps of the module.
struct State {
    thresholds: [AtomicI64; 3],
    debug: AtomicI64,
    frozen: AtomicUsize,
    callbacks: Slot,
    garbage: Slot,
    /// Collections of the two younger generations that were asked for, and what they found: every
    /// collection is a whole one, but is reported where it was asked for.
    young: [(AtomicUsize, AtomicUsize); 2],
}

impl Default for State {
    fn default() -> State {
        let thresholds = [2000, 10, 0].map(AtomicI64::new);
        State { thresholds, debug: AtomicI64::new(0), frozen: AtomicUsize::new(0), callbacks: Slot::unbound(), garbage: Slot::unbound(), young: Default::default() }
    }
}

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("gc")
    .doc("This module provides access to the garbage collector for reference cycles.")
    .functions(&[
        Method::new("enable", "()", |t, _| switch(t, true), "Enable automatic garbage collection."),
        Method::new("disable", "()", |t, _| switch(t, false), "Disable automatic garbage collection."),
        Method::new("isenabled", "()", |t, _| Ok(Value::bool(t.runtime().heap.collector.enabled.load(Relaxed))), "Returns true if automatic garbage collection is enabled."),
        Method::new("collect", "(generation=2)", run, "Run the garbage collector.\n\nThe number of unreachable objects is returned."),
        Method::new("get_count", "()", get_count, "Return a three-tuple of the current collection counts."),
        Method::new("get_threshold", "()", get_threshold, "Return the current collection thresholds."),
        Method::new("set_threshold", "(threshold0, threshold1=10, threshold2=0, /)", set_threshold, "Set the collection thresholds (the collection frequency)."),
        Method::new("get_debug", "()", |t, _| Ok(int::new(t, state(t).debug.load(Relaxed))), "Get the garbage collection debugging flags."),
        Method::new("set_debug", "(flags)", set_debug, "Set the garbage collection debugging flags."),
        Method::new("get_objects", "(generation=None)", get_objects, "Return a list of objects tracked by the collector (excluding the list returned)."),
        Method::new("get_stats", "()", get_stats, "Return a list of dictionaries containing per-generation statistics."),
        Method::new("get_referrers", "(*objs)", get_referrers, "Return the list of objects that directly refer to any of 'objs'."),
        Method::new("get_referents", "(*objs)", get_referents, "Return the list of objects that are directly referred to by 'objs'."),
        Method::new("is_tracked", "(obj, /)", |t, a| Ok(Value::bool(is_tracked(t, &a[0]))), "Returns true if the object is tracked by the garbage collector."),
        Method::new("is_finalized", "(obj, /)", is_finalized, "Returns true if the object has been already finalized by the GC."),
        Method::new("freeze", "()", freeze, "Freeze all current tracked objects and ignore them for future collections."),
        Method::new("unfreeze", "()", |t, _| { state(t).frozen.store(0, Relaxed); Ok(Value::none()) }, "Unfreeze all objects in the permanent generation."),
        Method::new("get_freeze_count", "()", |t, _| Ok(int::from_usize(t, state(t).frozen.load(Relaxed))), "Return the number of objects in the permanent generation."),
    ])
    .exec(|t, namespace| {
        for (name, value) in [
            ("DEBUG_STATS", 1),
            ("DEBUG_COLLECTABLE", 2),
            ("DEBUG_UNCOLLECTABLE", 4),
            ("DEBUG_SAVEALL", 32),
            ("DEBUG_LEAK", 38),
        ] {
            dict::set_by_name(t, namespace, name, Value::i32(value));
        }
        let callbacks = list::new(t, Vec::new());
        state(t).callbacks.set(callbacks.clone());
        dict::set_by_name(t, namespace, "callbacks", callbacks);
        let garbage = list::new(t, Vec::new());
        state(t).garbage.set(garbage.clone());
        dict::set_by_name(t, namespace, "garbage", garbage);
        Ok(())
    });

fn state<'t>(t: Attached<'t>) -> &'t State {
    t.interpreter().state::<State>()
}

fn switch(t: Attached<'_>, on: bool) -> PyResult {
    t.runtime().heap.collector.enabled.store(on, Relaxed);
    Ok(Value::none())
}

fn generation(t: Attached<'_>, v: &Value, default: i64) -> PyResult<i64> {
    let n = v.given().map_or(Ok(default), |v| protocol::expect_i64(t, v))?;
    if (0..=2).contains(&n) { Ok(n) } else { Err(t.value_error("invalid generation")) }
}

fn run(t: Attached<'_>, a: &[Value]) -> PyResult {
    let generation = generation(t, &a[0], 2)?;
    let state = state(t);
    let debug = state.debug.load(Relaxed);
    notify(t, "start", generation, 0);
    let start = std::time::Instant::now();
    if debug & DEBUG_STATS != 0 {
        let live = collect::object_count(&t.runtime().heap);
        tell(t, &format!("gc: collecting generation {generation}...\ngc: objects in each generation: 0 0 {live}\n"));
        tell(t, &format!("gc: objects in permanent generation: {}\n", state.frozen.load(Relaxed)));
    }
    let mut kept = Vec::new();
    let found = collect::collect_into(&t.runtime().heap, (debug & DEBUG_SAVEALL != 0).then_some(&mut kept));
    if let Some(garbage) = list::as_list(&state.garbage.load()) {
        for v in kept {
            garbage.push(t, v)?;
        }
    }
    if let Some((collections, collected)) = state.young.get(generation as usize) {
        collections.fetch_add(1, Relaxed);
        collected.fetch_add(found, Relaxed);
    }
    if debug & DEBUG_STATS != 0 {
        let seconds = start.elapsed().as_secs_f64();
        tell(t, &format!("gc: done, {found} unreachable, 0 uncollectable, {seconds:.4}s elapsed\n"));
    }
    notify(t, "stop", generation, found);
    Ok(int::from_usize(t, found))
}

/// Writes a debugging line to `sys.stderr`; a stream that fails is not worth an error.
fn tell(t: Attached<'_>, text: &str) {
    let sys = t.interpreter().sys.load();
    if let Some(err) = dict::get_by_name(t, &sys, "stderr").filter(|s| !s.is_none())
        && let Err(e) = protocol::call_method(t, &err, &t.names().write, &[str::new(t, text)])
    {
        drop(t.take_raised(e));
    }
}

/// Calls `gc.callbacks`.
fn notify(t: Attached<'_>, phase: &str, generation: i64, found: usize) {
    let callbacks = state(t).callbacks.load();
    let Some(callbacks) = list::as_list(&callbacks).map(list::PyList::to_vec) else { return };
    for callback in callbacks {
        let info = dict::new(t);
        dict::set_by_name(t, &info, "generation", int::new(t, generation));
        dict::set_by_name(t, &info, "collected", int::from_usize(t, found));
        dict::set_by_name(t, &info, "uncollectable", Value::i32(0));
        if let Err(e) = protocol::call(t, &callback, &[str::new(t, phase), info]) {
            (t.runtime().upward.unraisable)(t, e, "Exception ignored in GC callback", &callback);
        }
    }
}

fn get_count(t: Attached<'_>, _: &[Value]) -> PyResult {
    Ok(tuple::new(t, vec![Value::i32(0), Value::i32(0), Value::i32(0)]))
}

fn get_threshold(t: Attached<'_>, _: &[Value]) -> PyResult {
    Ok(tuple::new(t, state(t).thresholds.iter().map(|n| int::new(t, n.load(Relaxed))).collect()))
}
fn set_threshold(t: Attached<'_>, a: &[Value]) -> PyResult {
    let state = state(t);
    for (to, v) in state.thresholds.iter().zip(a) {
        if let Some(v) = v.given() {
            to.store(protocol::expect_i64(t, v)?, Relaxed);
        }
    }
    // A first threshold of 0 switches automatic collection off.
    if a[0].given().is_some() {
        t.runtime().heap.collector.enabled.store(state.thresholds[0].load(Relaxed) != 0, Relaxed);
    }
    Ok(Value::none())
}
fn set_debug(t: Attached<'_>, a: &[Value]) -> PyResult {
    state(t).debug.store(protocol::expect_i64(t, &a[0])?, Relaxed);
    Ok(Value::none())
}

fn all_objects(t: Attached<'_>) -> Vec<Value> {
    let mut all = Vec::new();
    t.stop_world(|| all = collect::objects(&t.runtime().heap));
    all
}

fn get_objects(t: Attached<'_>, a: &[Value]) -> PyResult {
    if let Some(v) = a[0].given().filter(|v| !v.is_none()) {
        let n = protocol::expect_i64(t, v)?;
        if n < 0 {
            return Err(t.value_error("generation parameter cannot be negative"));
        }
        if n > 2 {
            return Err(t.value_error("generation parameter must be less than the number of available generations (3)"));
        }
        if n != 2 {
            return Ok(list::new(t, Vec::new()));
        }
    }
    Ok(list::new(t, all_objects(t)))
}

fn get_stats(t: Attached<'_>, _: &[Value]) -> PyResult {
    let collector = &t.runtime().heap.collector;
    let mut all = Vec::new();
    for generation in 0..3 {
        let stats = dict::new(t);
        let young = &state(t).young;
        let (collections, collected) = match young.get(generation) {
            Some((collections, collected)) => (collections.load(Relaxed), collected.load(Relaxed)),
            None => (
                young.iter().fold(collector.collections.load(Relaxed), |n, y| n.saturating_sub(y.0.load(Relaxed))),
                young.iter().fold(collector.collected.load(Relaxed), |n, y| n.saturating_sub(y.1.load(Relaxed))),
            ),
        };
        dict::set_by_name(t, &stats, "collections", int::from_usize(t, collections));
        dict::set_by_name(t, &stats, "collected", int::from_usize(t, collected));
        dict::set_by_name(t, &stats, "uncollectable", Value::i32(0));
        all.push(stats);
    }
    Ok(list::new(t, all))
}

fn get_referents(t: Attached<'_>, a: &[Value]) -> PyResult {
    let mut found = Vec::new();
    for v in tuple::items(&a[0]) {
        found.extend(collect::referents(&t.runtime().heap, v));
    }
    Ok(list::new(t, found))
}

fn get_referrers(t: Attached<'_>, a: &[Value]) -> PyResult {
    let wanted = tuple::items(&a[0]);
    let mut found = Vec::new();
    for candidate in all_objects(t) {
        if candidate.is(&a[0]) {
            continue;
        }
        let referents = collect::referents(&t.runtime().heap, &candidate);
        if referents.iter().any(|r| r.header().is_some() && wanted.iter().any(|w| w.is(r))) {
            found.push(candidate);
        }
        t.safepoint()?;
    }
    Ok(list::new(t, found))
}

/// Types that are not made by a class statement, and plain `object`s, refer to nothing that can go.
fn is_tracked(t: Attached<'_>, v: &Value) -> bool {
    let Some(h) = v.header() else { return false };
    match v.payload::<type_::PyType>() {
        Some(class) => class.has(flags::HEAP_TYPE),
        None => collect::is_tracked(h) && !orochi_objects::object::TYPE.is_exact(t, v),
    }
}

fn is_finalized(_: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(Value::bool(a[0].header().is_some_and(orochi_heap::count::is_finalized)))
}

fn freeze(t: Attached<'_>, _: &[Value]) -> PyResult {
    state(t).frozen.store(all_objects(t).len(), Relaxed);
    Ok(Value::none())
}
