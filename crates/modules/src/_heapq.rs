//! `_heapq`: lists kept as binary heaps, smallest or largest first.
//!
//! Comparisons run Python, which may change the list: every access checks its bounds, and a list that
//! changed its length during a sift is a RuntimeError.

use orochi_objects::list::PyList;
use orochi_objects::{Attached, CompareOp, Method, ModuleSpec, PyResult, Raised, Value, exception, list, protocol, type_::type_name};

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("_heapq").doc("Heap queue algorithm (a.k.a. priority queue).").functions(&[
    Method::new("heappush", "(heap, item, /)", |t, a| push(t, a, MIN), "Push item onto heap, maintaining the heap invariant."),
    Method::new("heappushpop", "(heap, item, /)", |t, a| push_pop(t, a, MIN), "Push item on the heap, then pop and return the smallest item from the heap."),
    Method::new("heappop", "(heap, /)", |t, a| pop(t, a, MIN), "Pop the smallest item off the heap, maintaining the heap invariant."),
    Method::new("heapreplace", "(heap, item, /)", |t, a| replace(t, a, MIN), "Pop and return the current smallest value, and add the new item."),
    Method::new("heapify", "(heap, /)", |t, a| heapify(t, a, MIN), "Transform list into a heap, in-place, in O(len(heap)) time."),
    Method::new("heappush_max", "(heap, item, /)", |t, a| push(t, a, MAX), "Push item onto max heap, maintaining the heap invariant."),
    Method::new("heappushpop_max", "(heap, item, /)", |t, a| push_pop(t, a, MAX), "Maxheap variant of heappushpop."),
    Method::new("heappop_max", "(heap, /)", |t, a| pop(t, a, MAX), "Maxheap variant of heappop."),
    Method::new("heapreplace_max", "(heap, item, /)", |t, a| replace(t, a, MAX), "Maxheap variant of heapreplace."),
    Method::new("heapify_max", "(heap, /)", |t, a| heapify(t, a, MAX), "Maxheap variant of heapify."),
]);

/// Which member comes first.
#[derive(Clone, Copy)]
struct Order {
    max: bool,
}
const MIN: Order = Order { max: false };
const MAX: Order = Order { max: true };

impl Order {
    /// Whether `a` must stand above `b`. Only `<` is used, as documented.
    fn before(self, t: Attached<'_>, a: &Value, b: &Value) -> PyResult<bool> {
        let (x, y) = if self.max { (b, a) } else { (a, b) };
        protocol::compare_bool(t, x, y, CompareOp::Lt)
    }
}

/// The first argument, which must be a list; `name` is the function without `_max`.
fn heap<'a>(t: Attached<'_>, a: &'a [Value], order: Order, name: &str) -> PyResult<&'a PyList> {
    match list::as_list(&a[0]) {
        Some(l) => Ok(l),
        None => {
            let max = if order.max { "_max" } else { "" };
            let which = if a.len() > 1 { "argument 1" } else { "argument" };
            Err(t.type_error(format!("{name}{max}() {which} must be list, not {}", type_name(t, &a[0]))))
        }
    }
}

fn changed(t: Attached<'_>) -> Raised {
    t.raise(&exception::RuntimeError, "list changed size during iteration")
}

fn get(t: Attached<'_>, h: &PyList, i: usize) -> PyResult {
    h.get(i).ok_or_else(|| changed(t))
}

fn swap(t: Attached<'_>, h: &PyList, i: usize, j: usize) -> PyResult<()> {
    let (a, b) = (get(t, h, i)?, get(t, h, j)?);
    let old = h.set(i, b);
    let other = h.set(j, a);
    let done = old.is_ok() && other.is_ok();
    drop((old, other));
    if done { Ok(()) } else { Err(changed(t)) }
}

/// Moves the member at `at` up to its place, not above `top`.
fn sift_up(t: Attached<'_>, h: &PyList, top: usize, mut at: usize, order: Order) -> PyResult<()> {
    let size = h.len();
    let item = get(t, h, at)?;
    while at > top {
        let parent = (at - 1) / 2;
        let above = get(t, h, parent)?;
        let before = order.before(t, &item, &above)?;
        if h.len() != size {
            return Err(changed(t));
        }
        if !before {
            break;
        }
        swap(t, h, at, parent)?;
        at = parent;
    }
    Ok(())
}

/// Moves the member at `at` down: first to a leaf along the better children, then up to its place
/// (fewer comparisons than looking for the place on the way down).
fn sift_down(t: Attached<'_>, h: &PyList, at: usize, order: Order) -> PyResult<()> {
    let size = h.len();
    let mut hole = at;
    loop {
        let left = 2 * hole + 1;
        if left >= size {
            break;
        }
        let mut child = left;
        if left + 1 < size {
            let (a, b) = (get(t, h, left)?, get(t, h, left + 1)?);
            let left_first = order.before(t, &a, &b)?;
            if h.len() != size {
                return Err(changed(t));
            }
            if !left_first {
                child = left + 1;
            }
        }
        swap(t, h, hole, child)?;
        hole = child;
    }
    sift_up(t, h, at, hole, order)
}

fn empty(t: Attached<'_>) -> Raised {
    t.raise(&exception::IndexError, "index out of range")
}

fn push(t: Attached<'_>, a: &[Value], order: Order) -> PyResult {
    let h = heap(t, a, order, "heappush")?;
    h.push(t, a[1].clone())?;
    let last = h.len().checked_sub(1).ok_or_else(|| changed(t))?;
    sift_up(t, h, 0, last, order)?;
    Ok(Value::none())
}

fn pop(t: Attached<'_>, a: &[Value], order: Order) -> PyResult {
    let h = heap(t, a, order, "heappop")?;
    let Some(last) = h.pop() else { return Err(empty(t)) };
    if h.is_empty() {
        return Ok(last);
    }
    match h.set(0, last) {
        Ok(first) => {
            sift_down(t, h, 0, order)?;
            Ok(first)
        }
        Err(_) => Err(changed(t)),
    }
}

fn replace(t: Attached<'_>, a: &[Value], order: Order) -> PyResult {
    let h = heap(t, a, order, "heapreplace")?;
    match h.set(0, a[1].clone()) {
        Ok(first) => {
            sift_down(t, h, 0, order)?;
            Ok(first)
        }
        Err(_) => Err(empty(t)),
    }
}

fn push_pop(t: Attached<'_>, a: &[Value], order: Order) -> PyResult {
    let h = heap(t, a, order, "heappushpop")?;
    let Some(first) = h.get(0) else { return Ok(a[1].clone()) };
    if !order.before(t, &first, &a[1])? {
        return Ok(a[1].clone());
    }
    replace(t, a, order)
}

fn heapify(t: Attached<'_>, a: &[Value], order: Order) -> PyResult {
    let h = heap(t, a, order, "heapify")?;
    for at in (0..h.len() / 2).rev() {
        sift_down(t, h, at, order)?;
        t.safepoint()?;
    }
    Ok(Value::none())
}
