//! `tee`: several iterators over one.
//!
//! All branches share a `_tee_dataobject`: the source, the members that not every branch has given
//! yet, and where each branch stands. A branch that dies gives up its place, so that what only it
//! waited for goes.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering::*};

use orochi_heap::Visit;
use orochi_objects::{Args, Attached, Def, Method, Payload, PyResult, TypeSpec, Value, attr, exception, flags, iter::itself, payload, protocol, str, tuple};
use orochi_runtime::Locked;

use super::own;

/// Members in waiting.
#[derive(Default)]
struct Waiting {
    items: VecDeque<Value>,
    /// Position of the first of them.
    base: u64,
    /// Where each branch stands; `None`: the place is free.
    branches: Vec<Option<u64>>,
}

impl Waiting {
    fn add(&mut self, at: u64) -> usize {
        match self.branches.iter().position(Option::is_none) {
            Some(free) => {
                self.branches[free] = Some(at);
                free
            }
            None => {
                self.branches.push(Some(at));
                self.branches.len() - 1
            }
        }
    }
    /// Takes out what no branch waits for.
    fn prune(&mut self) -> Vec<Value> {
        let end = self.base + self.items.len() as u64;
        let least = self.branches.iter().flatten().copied().min().unwrap_or(end);
        let n = (least.saturating_sub(self.base) as usize).min(self.items.len());
        self.base += n as u64;
        self.items.drain(..n).collect()
    }
}

struct PyTeeData {
    source: Value,
    /// Whether some branch is reading the source.
    running: AtomicBool,
    /// Guarded by: the lock.
    waiting: Locked<Waiting>,
}

impl Payload for PyTeeData {
    payload!(PyTeeData, "itertools._tee_dataobject");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.value(&self.source);
        if let Some(waiting) = self.waiting.try_lock() {
            visit.values(waiting.items.iter());
        }
    }
    fn clear(&self) {
        let items = std::mem::take(&mut self.waiting.lock().items);
        drop(items);
    }
}

struct PyTee {
    data: Value,
    branch: usize,
}

impl Payload for PyTee {
    payload!(PyTee, "itertools._tee");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.value(&self.data);
    }
}

impl Drop for PyTee {
    fn drop(&mut self) {
        if let Some(data) = self.data.payload::<PyTeeData>() {
            let gone = {
                let mut waiting = data.waiting.lock();
                if let Some(place) = waiting.branches.get_mut(self.branch) {
                    *place = None;
                }
                waiting.prune()
            };
            drop(gone);
        }
    }
}

/// `itertools._tee`.
pub(super) static TYPE: TypeSpec = TypeSpec::new::<PyTee>("itertools._tee")
    .flags(flags::HAS_WEAKREF)
    .slots(&[Def::New(new), Def::Iter(itself), Def::Next(next)])
    .methods(&[Method::new("__copy__", "($self, /)", |t, a| Ok(copy(t, &a[0])), "Returns an independent iterator.")])
    .doc("_tee(iterable, /)\n--\n\nIterator wrapped to make it copyable.");

/// `itertools._tee_dataobject`.
pub(super) static DATA: TypeSpec =
    TypeSpec::new::<PyTeeData>("itertools._tee_dataobject").flags(flags::NO_NEW).doc("Data container common to multiple tee objects.");

/// A first branch of a new source.
fn make(t: Attached<'_>, source: Value) -> Value {
    let waiting = Waiting { branches: vec![Some(0)], ..Waiting::default() };
    let data = DATA.alloc(t, PyTeeData { source, running: AtomicBool::new(false), waiting: Locked::new(waiting) });
    TYPE.alloc(t, PyTee { data, branch: 0 })
}

/// Another branch that stands where `this` does.
fn copy(t: Attached<'_>, this: &Value) -> Value {
    let s = own::<PyTee>(this);
    let data = own::<PyTeeData>(&s.data);
    let branch = {
        let mut waiting = data.waiting.lock();
        let at = waiting.branches.get(s.branch).copied().flatten().unwrap_or(waiting.base);
        waiting.add(at)
    };
    TYPE.alloc(t, PyTee { data: s.data.clone(), branch })
}

fn new(t: Attached<'_>, _: &Value, args: Args<'_>) -> PyResult {
    let a = args.expect(t, "_tee", 1, 1)?;
    let it = protocol::get_iter(t, &a[0])?;
    if it.payload::<PyTee>().is_some() {
        return Ok(copy(t, &it));
    }
    Ok(make(t, it))
}

fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let s = own::<PyTee>(this);
    let data = own::<PyTeeData>(&s.data);
    loop {
        let (found, gone) = {
            let mut waiting = data.waiting.lock();
            let at = waiting.branches.get(s.branch).copied().flatten().unwrap_or(waiting.base);
            let index = at.saturating_sub(waiting.base) as usize;
            match waiting.items.get(index).cloned() {
                Some(v) => {
                    if let Some(place) = waiting.branches.get_mut(s.branch) {
                        *place = Some(at + 1);
                    }
                    (Some(v), if index == 0 { waiting.prune() } else { Vec::new() })
                }
                None => (None, Vec::new()),
            }
        };
        drop(gone);
        if found.is_some() {
            return Ok(found);
        }
        if data.running.swap(true, Acquire) {
            return Err(t.raise(&exception::RuntimeError, "cannot re-enter the tee iterator"));
        }
        let item = protocol::next(t, &data.source);
        data.running.store(false, Release);
        let Some(item) = item? else { return Ok(None) };
        let mut waiting = data.waiting.lock();
        if waiting.items.try_reserve(1).is_err() {
            drop(waiting);
            drop(item);
            return Err(t.memory_error());
        }
        waiting.items.push_back(item);
    }
}

/// `tee(iterable, n=2)`.
pub(super) fn tee(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = match a[1].given() {
        Some(n) => super::size(t, n)?,
        None => 2,
    };
    let Ok(n) = usize::try_from(n) else { return Err(t.value_error("n must be >= 0")) };
    let mut branches = Vec::new();
    branches.try_reserve_exact(n).map_err(|_| t.memory_error())?;
    if n == 0 {
        return Ok(tuple::new(t, branches));
    }
    let it = protocol::get_iter(t, &a[0])?;
    if it.payload::<PyTee>().is_some() {
        branches.extend((0..n).map(|_| copy(t, &it)));
        return Ok(tuple::new(t, branches));
    }
    // Anything else that can copy itself is trusted to.
    let copier = attr::find(t, &it, &str::intern(t, "__copy__"))?;
    match copier {
        Some(f) => {
            branches.push(it);
            for _ in 1..n {
                branches.push(protocol::call(t, &f, &[])?);
            }
        }
        None => {
            let first = make(t, it);
            for _ in 1..n {
                let more = copy(t, &first);
                branches.push(more);
            }
            branches.insert(0, first);
        }
    }
    tuple::try_new(t, branches)
}
