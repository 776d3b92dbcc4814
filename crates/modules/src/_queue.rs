//! `_queue`: `SimpleQueue`, an unbounded queue whose `put` never blocks.
//!
//! Items and waiters are behind a one-byte lock. A thread that finds the queue empty leaves a parker
//! and sleeps detached; `put` wakes the one that waits longest. A wake is a hint: whoever wakes looks
//! again, so an item can never be lost with a waiter that gave up. Sleeps are cut into slices, so that
//! signal handlers run.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use orochi_objects::{
    Args, Attached, Def, Method, ModuleSpec, Payload, PyResult, TypeSpec, Value, dict, exception, flags, int, payload,
    protocol, str, tuple, type_,
};
use orochi_runtime::{Locked, Parker};

/// Longest sleep between two looks for signals.
const SLICE: Duration = Duration::from_millis(50);

#[derive(Default)]
struct State {
    items: VecDeque<Value>,
    waiters: VecDeque<Arc<Parker>>,
}

/// The body of a `SimpleQueue`.
#[derive(Default)]
pub struct PySimpleQueue {
    state: Locked<State>,
}

impl Payload for PySimpleQueue {
    payload!(PySimpleQueue, "SimpleQueue");
    fn trace(&self, visit: &mut orochi_heap::Visit<'_>) {
        if let Some(state) = self.state.try_lock() {
            visit.values(state.items.iter());
        }
    }
    fn clear(&self) {
        let items = std::mem::take(&mut self.state.lock().items);
        drop(items);
    }
}

/// `SimpleQueue`.
static TYPE: TypeSpec = TypeSpec::new::<PySimpleQueue>("_queue.SimpleQueue")
    .flags(flags::BASETYPE | flags::HAS_WEAKREF)
    .slots(&[Def::New(new)])
    .methods(&[
        Method::new("put", "($self, /, item, block=True, timeout=None)", put, "Puts an item in. Never blocks; the other arguments are ignored."),
        Method::new("put_nowait", "($self, /, item)", put, "Puts an item in. Never blocks."),
        Method::new("get", "($self, /, block=True, timeout=None)", get, "Takes the oldest item out.\n\nWaits for one, at most for timeout seconds if given. Raises Empty if none came or if block is false."),
        Method::new("get_nowait", "($self, /)", get_nowait, "Takes the oldest item out; raises Empty if there is none."),
        Method::new("empty", "($self, /)", empty, "Whether there is no item just now."),
        Method::new("qsize", "($self, /)", size, "The number of items just now."),
        Method::new("__sizeof__", "($self, /)", own_size, "Bytes of memory."),
        Method::class("__class_getitem__", "($type, object, /)", orochi_objects::generic_alias::class_getitem, "A generic alias, for annotations."),
    ])
    .doc("SimpleQueue()\n--\n\nAn unbounded queue.");

/// The interpreter's `Empty`.
struct Types(orochi_objects::Slot);

impl Default for Types {
    fn default() -> Types {
        Types(orochi_objects::Slot::unbound())
    }
}

/// `_queue`.
pub static MODULE: ModuleSpec = ModuleSpec::new("_queue")
    .doc("Native parts of the queue module.")
    .types(&[&TYPE])
    .exec(|t, namespace| {
        let body = dict::new(t);
        dict::set_by_name(t, &body, "__module__", str::intern(t, "_queue"));
        let bases = tuple::new(t, vec![exception::Exception.get(t).clone()]);
        let class = protocol::call(t, type_::TYPE.get(t), &[str::intern(t, "Empty"), bases, body])?;
        t.interpreter().state::<Types>().0.set(class.clone());
        dict::set_by_name(t, namespace, "Empty", class);
        Ok(())
    });

fn body(v: &Value) -> &PySimpleQueue {
    match v.payload::<PySimpleQueue>() {
        Some(q) => q,
        None => unreachable!("slots are called with their own type"),
    }
}

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    args.expect(t, "SimpleQueue", 0, 0)?;
    TYPE.alloc_for(t, class, PySimpleQueue::default())
}

fn put(t: Attached<'_>, a: &[Value]) -> PyResult {
    let item = a[1].clone();
    let done = {
        let mut state = body(&a[0]).state.lock();
        if state.items.try_reserve(1).is_err() {
            Err(item)
        } else {
            state.items.push_back(item);
            Ok(state.waiters.pop_front())
        }
    };
    match done {
        Ok(Some(waiter)) => waiter.unpark(),
        Ok(None) => {}
        Err(item) => {
            drop(item);
            return Err(t.memory_error());
        }
    }
    Ok(Value::none())
}

fn take(queue: &PySimpleQueue) -> Option<Value> {
    queue.state.lock().items.pop_front()
}

fn raise_empty(t: Attached<'_>) -> PyResult {
    let class = t.interpreter().state::<Types>().0.load();
    let e = protocol::call(t, &class, &[])?;
    Err(t.raise_value(e))
}

fn get(t: Attached<'_>, a: &[Value]) -> PyResult {
    let queue = body(&a[0]);
    let block = match a[1].given() {
        Some(v) => protocol::truth(t, v)?,
        None => true,
    };
    let mut deadline = None;
    if block && let Some(timeout) = a[2].given().filter(|v| !v.is_none()) {
        let seconds = seconds(t, timeout)?;
        deadline = Duration::try_from_secs_f64(seconds).ok().and_then(|d| Instant::now().checked_add(d));
    }
    if let Some(v) = take(queue) {
        return Ok(v);
    }
    if !block {
        return raise_empty(t);
    }
    let parker = Arc::new(Parker::new());
    loop {
        {
            let mut state = queue.state.lock();
            if let Some(v) = state.items.pop_front() {
                state.waiters.retain(|w| !Arc::ptr_eq(w, &parker));
                return Ok(v);
            }
            if !state.waiters.iter().any(|w| Arc::ptr_eq(w, &parker)) {
                state.waiters.push_back(parker.clone());
            }
        }
        let left = deadline.map(|d| d.saturating_duration_since(Instant::now()));
        let slice = left.map_or(SLICE, |l| l.min(SLICE));
        let woken = !slice.is_zero() && t.detached(|| parker.park_timeout(slice));
        let late = !woken && left.is_some_and(|l| l <= SLICE);
        let interrupted = t.safepoint();
        if interrupted.is_err() || late {
            let rest = {
                let mut state = queue.state.lock();
                state.waiters.retain(|w| !Arc::ptr_eq(w, &parker));
                // A wake that came for this thread is passed on, or its item taken at the last moment.
                match interrupted {
                    Ok(()) => state.items.pop_front(),
                    Err(_) => {
                        let next = if state.items.is_empty() { None } else { state.waiters.pop_front() };
                        drop(state);
                        if let Some(next) = next {
                            next.unpark();
                        }
                        None
                    }
                }
            };
            interrupted?;
            return match rest {
                Some(v) => Ok(v),
                None => raise_empty(t),
            };
        }
    }
}

fn seconds(t: Attached<'_>, v: &Value) -> PyResult<f64> {
    let number = orochi_objects::float::as_f64(v).is_some() || type_::class_of(t, v).slots.index().is_some() || int::is_int(v);
    if !number {
        let name = type_::type_name(t, v);
        return Err(t.type_error(format!("'{name}' object cannot be interpreted as an integer or float")));
    }
    let seconds = protocol::to_float(t, v)?;
    if seconds.is_nan() {
        return Err(t.value_error("Invalid value NaN (not a number)"));
    }
    if seconds < 0.0 {
        return Err(t.value_error("'timeout' must be a non-negative number"));
    }
    if seconds > 9_223_372_036.0 {
        return Err(t.overflow_error("timeout value is too large"));
    }
    Ok(seconds)
}

fn get_nowait(t: Attached<'_>, a: &[Value]) -> PyResult {
    match take(body(&a[0])) {
        Some(v) => Ok(v),
        None => raise_empty(t),
    }
}
fn empty(_: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(Value::bool(body(&a[0]).state.lock().items.is_empty()))
}
fn size(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = body(&a[0]).state.lock().items.len();
    Ok(int::from_usize(t, n))
}
fn own_size(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = body(&a[0]).state.lock().items.capacity();
    Ok(int::from_usize(t, 16 + size_of::<PySimpleQueue>() + n * 8))
}
