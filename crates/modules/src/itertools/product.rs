//! `product`: the Cartesian product, the last place changing fastest.

use orochi_heap::Visit;
use orochi_objects::result_tuple::{Members, ResultTuple};
use orochi_objects::{Args, Attached, Def, Method, Payload, PyResult, TypeSpec, Value, flags, int, iter::itself, payload, protocol, str};
use orochi_runtime::Locked;

use super::own;

struct PyProduct {
    /// One pool an iterable; the places repeat them.
    pools: Box<[Box<[Value]>]>,
    /// A position a place; `None` at the end. Guarded by: the lock.
    state: Locked<Option<Vec<usize>>>,
    /// Whether the first result was given. Guarded by: the lock of `state`, held around it.
    started: std::sync::atomic::AtomicBool,
    result: ResultTuple,
}

impl Payload for PyProduct {
    payload!(PyProduct, "itertools.product");
    fn trace(&self, visit: &mut Visit<'_>) {
        for pool in &self.pools {
            visit.values(pool);
        }
        self.result.trace(visit);
    }
}

/// `itertools.product`.
pub(super) static TYPE: TypeSpec = TypeSpec::new::<PyProduct>("itertools.product")
    .flags(flags::BASETYPE)
    .slots(&[Def::New(new), Def::Iter(itself), Def::Next(next)])
    .methods(&[Method::new("__sizeof__", "($self, /)", size_of, "Returns size in memory, in bytes.")])
    .doc(
        "product(*iterables, repeat=1)\n--\n\nCartesian product of input iterables.  Equivalent to nested for-loops.\n\nFor \
         example, product(A, B) returns the same as:  ((x,y) for x in A for y in B).\nThe leftmost iterators are in the outermost \
         for-loop, so the output tuples\ncycle in a manner similar to an odometer (with the rightmost element changing\non every \
         iteration).",
    );

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    let mut repeat = 1;
    for (name, value) in args.keywords() {
        if str::utf8(name) != Some("repeat") {
            let name = str::display(name);
            return Err(t.type_error(format!("product() got an unexpected keyword argument '{name}'")));
        }
        repeat = super::size(t, value)?;
    }
    let Ok(repeat) = usize::try_from(repeat) else { return Err(t.value_error("repeat argument cannot be negative")) };
    let mut pools: Vec<Box<[Value]>> = Vec::new();
    if repeat > 0 {
        for v in args.positional() {
            pools.push(protocol::collect(t, v)?.into());
        }
    }
    let Some(places) = pools.len().checked_mul(repeat).filter(|&n| n <= isize::MAX as usize / 8) else {
        return Err(t.overflow_error("repeat argument too large"));
    };
    let state = if pools.iter().any(|p| p.is_empty()) { None } else { Some(super::indices(t, places, |_| 0)?) };
    let body = PyProduct { pools: pools.into(), state: Locked::new(state), started: false.into(), result: ResultTuple::default() };
    TYPE.alloc_for(t, class, body)
}

/// The next positions; `false` at the end.
fn advance(at: &mut [usize], pools: &[Box<[Value]>]) -> bool {
    for (i, p) in at.iter_mut().enumerate().rev() {
        *p += 1;
        if *p < pools[i % pools.len()].len() {
            return true;
        }
        *p = 0;
    }
    false
}

fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let s = own::<PyProduct>(this);
    let mut items: Members = {
        let mut state = s.state.lock();
        let Some(at) = state.as_mut() else { return Ok(None) };
        if s.started.swap(true, std::sync::atomic::Ordering::Relaxed) && !advance(at, &s.pools) {
            *state = None;
            return Ok(None);
        }
        at.iter().enumerate().map(|(i, &p)| s.pools[i % s.pools.len()][p].clone()).collect()
    };
    Ok(Some(s.result.of(t, &mut items)))
}

fn size_of(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(int::from_usize(t, 64 + own::<PyProduct>(&a[0]).pools.iter().map(|p| 16 + p.len() * 8).sum::<usize>()))
}
