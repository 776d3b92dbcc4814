//! `deque`: a ring of values with an optional greatest length.
//!
//! The ring is behind a one-byte lock; no Python code runs and no value is released under it. Each
//! change counts up `state`, by which iterators and searches notice that the deque was changed.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use orochi_objects::slots::CompareOp;
use orochi_objects::{
    Args, Attached, Def, GetSet, Method, Payload, PyResult, Raised, TypeSpec, Value, attr, exception, flags, int, list,
    payload, protocol, str, tuple, type_,
};
use orochi_runtime::Locked;

use super::deque_iter;

/// Stands for "no greatest length".
const UNBOUNDED: usize = usize::MAX;

/// The body of a deque.
pub struct PyDeque {
    ring: Locked<VecDeque<Value>>,
    state: AtomicUsize,
    max: AtomicUsize,
    /// The length, for those who only ask for it.
    len: AtomicUsize,
}

impl Default for PyDeque {
    fn default() -> PyDeque {
        PyDeque {
            ring: Locked::default(),
            state: AtomicUsize::new(0),
            max: AtomicUsize::new(UNBOUNDED),
            len: AtomicUsize::new(0),
        }
    }
}

impl Payload for PyDeque {
    payload!(PyDeque, "deque");
    fn trace(&self, visit: &mut orochi_heap::Visit<'_>) {
        if let Some(ring) = self.ring.try_lock() {
            visit.values(ring.iter());
        }
    }
    fn clear(&self) {
        drop(self.change(std::mem::take));
    }
}

impl PyDeque {
    /// Changes the ring; what comes out must be released by the caller.
    fn change<R>(&self, f: impl FnOnce(&mut VecDeque<Value>) -> R) -> R {
        let mut ring = self.ring.lock();
        let result = f(&mut ring);
        self.len.store(ring.len(), Relaxed);
        self.state.store(self.state.load(Relaxed).wrapping_add(1), Relaxed);
        result
    }
    /// Counts changes.
    pub(super) fn state(&self) -> usize {
        self.state.load(Relaxed)
    }
    /// Number of members.
    pub(super) fn len(&self) -> usize {
        self.len.load(Relaxed)
    }
    /// Member `i`.
    pub(super) fn get(&self, i: usize) -> Option<Value> {
        self.ring.lock().get(i).cloned()
    }
    fn max(&self) -> Option<usize> {
        Some(self.max.load(Relaxed)).filter(|&m| m != UNBOUNDED)
    }
    fn snapshot(&self) -> Vec<Value> {
        self.ring.lock().iter().cloned().collect()
    }
    fn push_back(&self, t: Attached<'_>, v: Value) -> PyResult<()> {
        let max = self.max.load(Relaxed);
        let v = v.counted();
        let out = self.change(|ring| {
            if max == 0 {
                return Ok(Some(v));
            }
            if ring.len() == ring.capacity() && ring.try_reserve(1).is_err() {
                return Err(v);
            }
            let out = if ring.len() >= max { ring.pop_front() } else { None };
            ring.push_back(v);
            Ok(out)
        });
        out.map(drop).map_err(|v| {
            drop(v);
            t.memory_error()
        })
    }
    fn push_front(&self, t: Attached<'_>, v: Value) -> PyResult<()> {
        let max = self.max.load(Relaxed);
        let v = v.counted();
        let out = self.change(|ring| {
            if max == 0 {
                return Ok(Some(v));
            }
            if ring.len() == ring.capacity() && ring.try_reserve(1).is_err() {
                return Err(v);
            }
            let out = if ring.len() >= max { ring.pop_back() } else { None };
            ring.push_front(v);
            Ok(out)
        });
        out.map(drop).map_err(|v| {
            drop(v);
            t.memory_error()
        })
    }
}

/// `deque`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyDeque>("collections.deque")
    .flags(flags::BASETYPE | flags::SEQUENCE | flags::HAS_WEAKREF)
    .slots(&[
        Def::New(new),
        Def::Init(init),
        Def::Repr(repr),
        Def::Compare(compare),
        Def::Iter(iter),
        Def::Len(len),
        Def::GetItem(get_item),
        Def::SetItem(set_item),
        Def::Contains(contains),
        Def::Concat(concat),
        Def::Repeat(repeat),
        Def::InplaceConcat(inplace_concat),
        Def::InplaceRepeat(inplace_repeat),
    ])
    .methods(&[
        Method::new("append", "($self, item, /)", append, "Puts an item at the right end."),
        Method::new("appendleft", "($self, item, /)", append_left, "Puts an item at the left end."),
        Method::new("clear", "($self, /)", clear, "Takes all items out."),
        Method::new("__copy__", "($self, /)", copy, "A shallow copy."),
        Method::new("copy", "($self, /)", copy, "A shallow copy."),
        Method::new("count", "($self, value, /)", count, "How many items equal the value."),
        Method::new("extend", "($self, iterable, /)", extend, "Puts everything that the iterable gives at the right end."),
        Method::new("extendleft", "($self, iterable, /)", extend_left, "Puts everything that the iterable gives at the left end, one after the other."),
        Method::new("index", "($self, value, start=0, stop=sys.maxsize, /)", index, "The first index of the value.\n\nRaises ValueError if it is not there."),
        Method::new("insert", "($self, index, value, /)", insert, "Puts a value before the index."),
        Method::new("pop", "($self, /)", pop, "Takes out and returns the rightmost item."),
        Method::new("popleft", "($self, /)", pop_left, "Takes out and returns the leftmost item."),
        Method::new("remove", "($self, value, /)", remove, "Takes out the first item that equals the value."),
        Method::new("reverse", "($self, /)", reverse, "Turns the order round."),
        Method::new("rotate", "($self, n=1, /)", rotate, "Moves every item n places to the right; negative: to the left."),
        Method::new("__reversed__", "($self, /)", reversed, "An iterator from the right end."),
        Method::new("__reduce__", "($self, /)", reduce, "How to make the deque again, for pickle."),
        Method::new("__sizeof__", "($self, /)", own_size, "Bytes of memory."),
        Method::class("__class_getitem__", "($type, object, /)", orochi_objects::generic_alias::class_getitem, "A generic alias, for annotations."),
    ])
    .getset(&[GetSet::read("maxlen", max_len, "The greatest length, or None.")])
    .doc("deque([iterable[, maxlen]])\n--\n\nA sequence that is fast at both ends.");

/// The body of what is known to be a deque.
pub(super) fn body(v: &Value) -> &PyDeque {
    match v.payload::<PyDeque>() {
        Some(d) => d,
        None => unreachable!("slots are called with their own type"),
    }
}

fn new(t: Attached<'_>, class: &Value, _: Args<'_>) -> PyResult {
    TYPE.alloc_for(t, class, PyDeque::default())
}

fn init(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    let n = args.all().len();
    if n > 2 {
        return Err(t.type_error(format!("deque() takes at most 2 arguments ({n} given)")));
    }
    let positional = args.positional();
    let (mut iterable, mut max) = (positional.first(), positional.get(1));
    for (name, value) in args.keywords() {
        let name = str::display(name);
        let (target, position) = match name.as_str() {
            "iterable" => (&mut iterable, 1),
            "maxlen" => (&mut max, 2),
            _ => return Err(t.type_error(format!("deque() got an unexpected keyword argument '{name}'"))),
        };
        if target.is_some() {
            return Err(t.type_error(format!("argument for deque() given by name ('{name}') and position ({position})")));
        }
        *target = Some(value);
    }
    let d = body(this);
    let max = match max.filter(|m| !m.is_none()) {
        None => UNBOUNDED,
        Some(m) => {
            if !int::is_int(m) {
                return Err(t.type_error("an integer is required"));
            }
            let m = protocol::as_size(t, m)?;
            usize::try_from(m).map_err(|_| t.value_error("maxlen must be non-negative"))?
        }
    };
    d.max.store(max, Relaxed);
    if d.len() > 0 {
        drop(d.change(std::mem::take));
    }
    match iterable {
        Some(iterable) => extend_with(t, this, iterable),
        None => Ok(()),
    }
}

fn extend_with(t: Attached<'_>, this: &Value, iterable: &Value) -> PyResult<()> {
    let d = body(this);
    if this.is(iterable) {
        return d.snapshot().into_iter().try_for_each(|v| d.push_back(t, v));
    }
    protocol::for_each(t, iterable, |v| d.push_back(t, v))
}

fn index_error(t: Attached<'_>, message: &str) -> Raised {
    t.raise(&exception::IndexError, message)
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let text = t.printing(this, || {
        let members = list::new(t, body(this).snapshot());
        let members = protocol::repr(t, &members)?;
        let name = type_::type_name(t, this);
        let mut out = orochi_text::wtf8::Wtf8Buf::new();
        out.push_str(&name);
        out.push_str("(");
        if let Some(text) = str::wtf8(&members) {
            out.push_wtf8(text);
        }
        if let Some(max) = body(this).max() {
            out.push_str(&format!(", maxlen={max}"));
        }
        out.push_str(")");
        str::try_from_wtf8(t, &out)
    })?;
    Ok(text.unwrap_or_else(|| str::new(t, "[...]")))
}

fn compare(t: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (a.payload::<PyDeque>(), b.payload::<PyDeque>()) else {
        return Ok(Value::not_implemented());
    };
    if x.len() != y.len() && matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Value::bool(op == CompareOp::Ne));
    }
    let (it, jt) = (deque_iter::make(t, a, false), deque_iter::make(t, b, false));
    loop {
        let (v, w) = (protocol::next(t, &it)?, protocol::next(t, &jt)?);
        let order = match (v, w) {
            (Some(v), Some(w)) => {
                if protocol::equal_or_same(t, &v, &w)? {
                    continue;
                }
                return match op {
                    CompareOp::Eq => Ok(Value::bool(false)),
                    CompareOp::Ne => Ok(Value::bool(true)),
                    _ => protocol::compare(t, &v, &w, op),
                };
            }
            (None, None) => std::cmp::Ordering::Equal,
            (None, Some(_)) => std::cmp::Ordering::Less,
            (Some(_), None) => std::cmp::Ordering::Greater,
        };
        return Ok(Value::bool(op.holds(order)));
    }
}

fn iter(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(deque_iter::make(t, this, false))
}
fn reversed(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(deque_iter::make(t, &a[0], true))
}
fn len(_: Attached<'_>, this: &Value) -> PyResult<usize> {
    Ok(body(this).len())
}

fn position(t: Attached<'_>, this: &Value, key: &Value) -> PyResult<usize> {
    if type_::class_of(t, key).slots.index().is_none() && !int::is_int(key) {
        return Err(t.type_error(format!("sequence index must be integer, not '{}'", type_::type_name(t, key))));
    }
    let i = protocol::as_index(t, key)?;
    let Some(i) = int::as_i64(&i) else {
        return Err(index_error(
            t,
            &format!("cannot fit '{}' into an index-sized integer", type_::type_name(t, key)),
        ));
    };
    protocol::normalize_index(i as isize, body(this).len()).ok_or_else(|| index_error(t, "deque index out of range"))
}

fn get_item(t: Attached<'_>, this: &Value, key: &Value) -> PyResult {
    let i = position(t, this, key)?;
    body(this).get(i).ok_or_else(|| index_error(t, "deque index out of range"))
}

fn set_item(t: Attached<'_>, this: &Value, key: &Value, value: Option<&Value>) -> PyResult<()> {
    let i = position(t, this, key)?;
    let old = match value {
        // Replacing a member does not disturb iterators.
        Some(v) => {
            let new = v.clone();
            let mut ring = body(this).ring.lock();
            ring.get_mut(i).map(|slot| std::mem::replace(slot, new))
        }
        None => body(this).change(|ring| ring.remove(i)),
    };
    match old {
        Some(old) => {
            drop(old);
            Ok(())
        }
        None => Err(index_error(t, "deque index out of range")),
    }
}

/// The place of a value in `start..stop`; RuntimeError if the deque changes meanwhile.
fn find(t: Attached<'_>, this: &Value, value: &Value, start: usize, stop: usize) -> PyResult<Option<usize>> {
    let d = body(this);
    let state = d.state();
    let mut i = start;
    while i < stop
        && let Some(v) = d.get(i)
    {
        let equal = protocol::equal_or_same(t, &v, value)?;
        if d.state() != state {
            return Err(t.raise(&exception::RuntimeError, "deque mutated during iteration"));
        }
        if equal {
            return Ok(Some(i));
        }
        i += 1;
    }
    Ok(None)
}

fn contains(t: Attached<'_>, this: &Value, value: &Value) -> PyResult<bool> {
    Ok(find(t, this, value, 0, usize::MAX)?.is_some())
}

/// A deque like this one (same class and greatest length) with its items.
fn copy(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (this, d) = (&a[0], body(&a[0]));
    if TYPE.is_exact(t, this) {
        let new = PyDeque::default();
        new.max.store(d.max.load(Relaxed), Relaxed);
        let items: VecDeque<Value> = d.snapshot().into();
        drop(new.change(|ring| std::mem::replace(ring, items)));
        return Ok(TYPE.alloc(t, new));
    }
    let class = type_::type_of(t, this).clone();
    let args = match d.max() {
        Some(max) => vec![this.clone(), int::from_usize(t, max)],
        None => vec![this.clone()],
    };
    let made = protocol::call(t, &class, &args)?;
    if made.payload::<PyDeque>().is_none() {
        return Err(t.type_error(format!(
            "{}() must return a deque, not {}",
            type_::type_name(t, this),
            type_::type_name(t, &made)
        )));
    }
    Ok(made)
}

fn concat(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    if b.payload::<PyDeque>().is_none() {
        return Err(t.type_error(format!("can only concatenate deque (not \"{}\") to deque", type_::type_name(t, b))));
    }
    let result = copy(t, std::slice::from_ref(a))?;
    extend_with(t, &result, b)?;
    Ok(result)
}

fn inplace_concat(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    extend_with(t, a, b)?;
    Ok(a.clone())
}

fn repeat_in(t: Attached<'_>, this: &Value, n: isize) -> PyResult<()> {
    let d = body(this);
    let items = d.snapshot();
    if n <= 0 || items.is_empty() {
        drop(d.change(std::mem::take));
        return Ok(());
    }
    let (n, len, max) = (n as usize, items.len(), d.max.load(Relaxed));
    // With a greatest length only the last items matter: no need to go through all of them.
    let Some(total) = len.checked_mul(n).map(|all| all.min(max)).or((max != UNBOUNDED).then_some(max)) else {
        return Err(t.memory_error());
    };
    let mut ring = VecDeque::new();
    if total > isize::MAX as usize / 8 || ring.try_reserve_exact(total).is_err() {
        return Err(t.memory_error());
    }
    let first = (len - total % len) % len;
    ring.extend((0..total).map(|k| items[(first + k) % len].clone()));
    drop(d.change(|old| std::mem::replace(old, ring)));
    Ok(())
}
fn repeat(t: Attached<'_>, this: &Value, n: isize) -> PyResult {
    let result = copy(t, std::slice::from_ref(this))?;
    repeat_in(t, &result, n)?;
    Ok(result)
}
fn inplace_repeat(t: Attached<'_>, this: &Value, n: isize) -> PyResult {
    repeat_in(t, this, n)?;
    Ok(this.clone())
}

fn append(t: Attached<'_>, a: &[Value]) -> PyResult {
    body(&a[0]).push_back(t, a[1].clone())?;
    Ok(Value::none())
}
fn append_left(t: Attached<'_>, a: &[Value]) -> PyResult {
    body(&a[0]).push_front(t, a[1].clone())?;
    Ok(Value::none())
}
fn clear(_: Attached<'_>, a: &[Value]) -> PyResult {
    drop(body(&a[0]).change(std::mem::take));
    Ok(Value::none())
}
fn extend(t: Attached<'_>, a: &[Value]) -> PyResult {
    extend_with(t, &a[0], &a[1])?;
    Ok(Value::none())
}
fn extend_left(t: Attached<'_>, a: &[Value]) -> PyResult {
    let d = body(&a[0]);
    if a[0].is(&a[1]) {
        d.snapshot().into_iter().try_for_each(|v| d.push_front(t, v))?;
    } else {
        protocol::for_each(t, &a[1], |v| d.push_front(t, v))?;
    }
    Ok(Value::none())
}
fn count(t: Attached<'_>, a: &[Value]) -> PyResult {
    let d = body(&a[0]);
    let state = d.state();
    let (mut i, mut n) = (0, 0);
    while let Some(v) = d.get(i) {
        n += usize::from(protocol::equal_or_same(t, &v, &a[1])?);
        if d.state() != state {
            return Err(t.raise(&exception::RuntimeError, "deque mutated during iteration"));
        }
        i += 1;
    }
    Ok(int::from_usize(t, n))
}

fn bound(t: Attached<'_>, v: &Value, len: usize, default: usize) -> PyResult<usize> {
    let Some(v) = v.given() else { return Ok(default) };
    if type_::class_of(t, v).slots.index().is_none() && !int::is_int(v) {
        return Err(t.type_error("slice indices must be integers or have an __index__ method"));
    }
    let i = protocol::as_index(t, v)?;
    Ok(match int::as_i64(&i) {
        Some(n) if n < 0 => (len as i64).saturating_add(n).max(0) as usize,
        Some(n) => n as usize,
        None if int::as_big(&i).is_some_and(|b| orochi_number::int::is_negative(&b)) => 0,
        None => usize::MAX,
    })
}

fn index(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = body(&a[0]).len();
    let (start, stop) = (bound(t, &a[2], n, 0)?, bound(t, &a[3], n, usize::MAX)?);
    match find(t, &a[0], &a[1], start, stop)? {
        Some(i) => Ok(int::from_usize(t, i)),
        None => Err(t.value_error("deque.index(x): x not in deque")),
    }
}
fn insert(t: Attached<'_>, a: &[Value]) -> PyResult {
    let i = protocol::as_size(t, &a[1])?;
    let d = body(&a[0]);
    let max = d.max.load(Relaxed);
    let v = a[2].clone();
    let done = d.change(|ring| {
        let n = ring.len();
        if n >= max {
            return Err((v, true));
        }
        if ring.try_reserve(1).is_err() {
            return Err((v, false));
        }
        let at = if i < 0 { (n as isize).saturating_add(i).max(0) as usize } else { (i as usize).min(n) };
        ring.insert(at, v);
        Ok(())
    });
    match done {
        Ok(()) => Ok(Value::none()),
        Err((v, full)) => {
            drop(v);
            Err(if full { index_error(t, "deque already at its maximum size") } else { t.memory_error() })
        }
    }
}
fn pop(t: Attached<'_>, a: &[Value]) -> PyResult {
    body(&a[0]).change(VecDeque::pop_back).ok_or_else(|| index_error(t, "pop from an empty deque"))
}
fn pop_left(t: Attached<'_>, a: &[Value]) -> PyResult {
    body(&a[0]).change(VecDeque::pop_front).ok_or_else(|| index_error(t, "pop from an empty deque"))
}
fn remove(t: Attached<'_>, a: &[Value]) -> PyResult {
    let d = body(&a[0]);
    let state = d.state();
    let mut i = 0;
    while let Some(v) = d.get(i) {
        let equal = protocol::equal_or_same(t, &v, &a[1])?;
        if d.state() != state {
            return Err(index_error(t, "deque mutated during remove()."));
        }
        if equal {
            drop(d.change(|ring| ring.remove(i)));
            return Ok(Value::none());
        }
        i += 1;
    }
    Err(t.value_error("deque.remove(x): x not in deque"))
}
fn reverse(_: Attached<'_>, a: &[Value]) -> PyResult {
    body(&a[0]).change(|ring| ring.make_contiguous().reverse());
    Ok(Value::none())
}
fn rotate(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = match a[1].given() {
        Some(n) => protocol::as_size(t, n)?,
        None => 1,
    };
    body(&a[0]).change(|ring| {
        if !ring.is_empty() {
            let n = n.rem_euclid(ring.len() as isize) as usize;
            ring.rotate_right(n);
        }
    });
    Ok(Value::none())
}

fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let state = match attr::find(t, &a[0], &t.names().__getstate__)? {
        Some(f) => protocol::call(t, &f, &[])?,
        None => Value::none(),
    };
    let args = match body(&a[0]).max() {
        Some(max) => vec![tuple::new(t, Vec::new()), int::from_usize(t, max)],
        None => Vec::new(),
    };
    let items = protocol::get_iter(t, &a[0])?;
    let class = type_::type_of(t, &a[0]).clone();
    Ok(tuple::new(t, vec![class, tuple::new(t, args), state, items]))
}

fn max_len(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(body(this).max().map_or(Value::none(), |m| int::from_usize(t, m)))
}
fn own_size(t: Attached<'_>, a: &[Value]) -> PyResult {
    let ring = body(&a[0]).ring.lock().capacity() * 8;
    Ok(int::from_usize(t, 16 + size_of::<PyDeque>() + ring))
}
