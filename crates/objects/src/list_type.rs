//! The Python type `list`: slots and methods. Sorting and iterators are in `list/`.

use orochi_heap::Value;
use orochi_text::wtf8::Wtf8Buf;

use crate::args::Args;
use crate::list::{self, PyList, body};
use crate::slots::CompareOp;
use crate::thread::{Attached, PyResult, Raised};
use crate::type_::type_name;
use crate::{Def, Method};

pub(crate) const DOC: &str = "list(iterable=(), /)\n--\n\nA mutable sequence.\n\nWithout an argument it is empty; otherwise it holds what the iterable gives.";
pub(crate) const SLOTS: &[Def] = &[
    Def::New(new),
    Def::Init(init),
    Def::Repr(repr),
    Def::Compare(compare),
    Def::Iter(list::iter::new),
    Def::Len(len),
    Def::GetItem(get_item),
    Def::SetItem(set_item),
    Def::Contains(contains),
    Def::Concat(concat),
    Def::Repeat(repeat),
    Def::InplaceConcat(inplace_concat),
    Def::InplaceRepeat(inplace_repeat),
];
pub(crate) const METHODS: &[Method] = &[
    Method::class("__class_getitem__", "($type, object, /)", crate::generic_alias::class_getitem, "A generic alias, for annotations."),
    Method::new("append", "($self, object, /)", append, "Puts an object at the end."),
    Method::new("clear", "($self, /)", clear, "Takes all members out."),
    Method::new("copy", "($self, /)", copy, "A new list of the same members."),
    Method::new("count", "($self, value, /)", count, "How many members equal the value."),
    Method::new("extend", "($self, iterable, /)", extend, "Puts everything that the iterable gives at the end."),
    Method::new("index", "($self, value, start=0, stop=sys.maxsize, /)", index, "The first index of the value.\n\nRaises ValueError if it is not there."),
    Method::new("insert", "($self, index, object, /)", insert, "Puts an object before the index."),
    Method::new("pop", "($self, index=-1, /)", pop, "Takes out and returns the member at the index (the last one).\n\nRaises IndexError if there is none."),
    Method::new("remove", "($self, value, /)", remove, "Takes out the first member that equals the value.\n\nRaises ValueError if it is not there."),
    Method::new("reverse", "($self, /)", reverse, "Turns the order round."),
    Method::new("sort", "($self, /, *, key=None, reverse=False)", sort, "Sorts the members in place, stably.\n\nWith a key function, its results are compared instead."),
    Method::new("__reversed__", "($self, /)", list::iter::new_reverse, "An iterator from the last member to the first."),
    Method::new("__sizeof__", "($self, /)", own_size, "Bytes of memory."),
];

fn new(t: Attached<'_>, class: &Value, _: Args<'_>) -> PyResult {
    list::TYPE.alloc_for(t, class, PyList::default())
}

fn init(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    let a = args.expect(t, "list", 0, 1)?;
    let list = body(this);
    if !list.is_empty() {
        drop(list.take_block(t));
    }
    match a.first() {
        Some(iterable) => list::extend_from(t, this, iterable),
        None => Ok(()),
    }
}

/// `open`, the reprs of the members with commas, `close`.
pub(crate) fn repr_members(
    t: Attached<'_>,
    open: &str,
    close: &str,
    mut next: impl FnMut(usize) -> Option<Value>,
) -> PyResult {
    let mut out = Wtf8Buf::new();
    out.push_str(open);
    let mut i = 0;
    while let Some(v) = next(i) {
        if i > 0 {
            out.push_str(", ");
        }
        let r = crate::protocol::repr(t, &v)?;
        push_text(t, &mut out, &r)?;
        i += 1;
    }
    out.push_str(close);
    crate::str::try_from_wtf8(t, &out)
}

/// Appends the text of a str.
pub(crate) fn push_text(t: Attached<'_>, out: &mut Wtf8Buf, text: &Value) -> PyResult<()> {
    if let Some(text) = crate::str::wtf8(text) {
        out.try_reserve(text.as_bytes().len() + 2).map_err(|_| t.memory_error())?;
        out.push_wtf8(text);
    }
    Ok(())
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let list = body(this);
    if list.is_empty() {
        return Ok(crate::str::new(t, "[]"));
    }
    let text = t.printing(this, || repr_members(t, "[", "]", |i| list.get(i)))?;
    Ok(text.unwrap_or_else(|| crate::str::new(t, "[...]")))
}

fn compare(t: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (list::as_list(a), list::as_list(b)) else { return Ok(Value::not_implemented()) };
    if x.len() != y.len() && matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Value::bool(op == CompareOp::Ne));
    }
    compare_members(t, op, |i| x.get(i), |i| y.get(i), || (x.len(), y.len()))
}

/// Compares two sequences: by the first pair that differs, else by length.
pub(crate) fn compare_members(
    t: Attached<'_>,
    op: CompareOp,
    a: impl Fn(usize) -> Option<Value>,
    b: impl Fn(usize) -> Option<Value>,
    lengths: impl Fn() -> (usize, usize),
) -> PyResult {
    let mut i = 0;
    while let (Some(v), Some(w)) = (a(i), b(i)) {
        if !crate::protocol::equal_or_same(t, &v, &w)? {
            return match op {
                CompareOp::Eq => Ok(Value::bool(false)),
                CompareOp::Ne => Ok(Value::bool(true)),
                _ => crate::protocol::compare(t, &v, &w, op),
            };
        }
        i += 1;
    }
    let (n, m) = lengths();
    Ok(Value::bool(op.holds(n.cmp(&m))))
}

fn len(_: Attached<'_>, this: &Value) -> PyResult<usize> {
    Ok(body(this).len())
}

#[cold]
fn bad_index(t: Attached<'_>, key: &Value) -> Raised {
    t.type_error(format!("list indices must be integers or slices, not {}", type_name(t, key)))
}

/// An index that is not a slice.
fn index_of_key(t: Attached<'_>, key: &Value) -> PyResult<i64> {
    if crate::type_::class_of(t, key).slots.index().is_none() && !crate::int::is_int(key) {
        return Err(bad_index(t, key));
    }
    let i = crate::protocol::as_index(t, key)?;
    crate::int::as_i64(&i).ok_or_else(|| {
        t.raise(
            &crate::exception::IndexError,
            format!("cannot fit '{}' into an index-sized integer", type_name(t, key)),
        )
    })
}

/// `list[key]`.
pub(crate) fn get_item(t: Attached<'_>, this: &Value, key: &Value) -> PyResult {
    if let Some(i) = key.as_small_int() {
        return list::get_index(t, this, i);
    }
    if crate::slice::TYPE.is_exact(t, key) {
        return get_slice(t, this, key);
    }
    list::get_index(t, this, index_of_key(t, key)?)
}

fn get_slice(t: Attached<'_>, this: &Value, slice: &Value) -> PyResult {
    let list = body(this);
    let (start, step, count) = slice_of(t, list, slice)?;
    list.copy_slice(t, start as usize, step, count)
}

/// Start, step and count of a slice. `__index__` of its parts may change the list, so the length is
/// taken again after they are known.
fn slice_of(t: Attached<'_>, list: &PyList, slice: &Value) -> PyResult<(isize, isize, usize)> {
    let slice = settled(t, slice)?;
    crate::slice::indices(t, &slice, list.len())
}

/// A slice whose parts are ints or None: `__index__` runs here, once.
pub(crate) fn settled(t: Attached<'_>, slice: &Value) -> PyResult {
    let Some(s) = slice.payload::<crate::slice::PySlice>() else { return Err(t.type_error("not a slice")) };
    let parts = [s.start.load(), s.stop.load(), s.step.load()];
    let plain = |v: &Value| v.is_none() || v.is_small_int();
    if parts.iter().all(plain) {
        return Ok(slice.clone());
    }
    let mut out = Vec::with_capacity(3);
    for v in parts {
        out.push(if plain(&v) {
            v
        } else if crate::type_::class_of(t, &v).slots.index().is_none() && !crate::int::is_int(&v) {
            return Err(t.type_error("slice indices must be integers or None or have an __index__ method"));
        } else {
            crate::protocol::as_index(t, &v)?
        });
    }
    let mut parts = out.into_iter();
    let mut next = || parts.next().unwrap_or(Value::none());
    Ok(crate::slice::new(t, next(), next(), next()))
}

/// `list[key] = value`, `del list[key]`.
pub(crate) fn set_item(t: Attached<'_>, this: &Value, key: &Value, value: Option<&Value>) -> PyResult<()> {
    if crate::slice::TYPE.is_exact(t, key) {
        return match value {
            Some(v) => set_slice(t, this, key, v),
            None => del_slice(t, this, key),
        };
    }
    let i = match key.as_small_int() {
        Some(i) => i,
        None => index_of_key(t, key)?,
    };
    match value {
        Some(v) => list::set_index(t, this, i, v.clone()),
        None => {
            let list = body(this);
            let at = crate::protocol::normalize_index(i as isize, list.len());
            match at.and_then(|at| list.remove(at)) {
                Some(old) => {
                    drop(old);
                    Ok(())
                }
                None => Err(t.raise(&crate::exception::IndexError, "list assignment index out of range")),
            }
        }
    }
}

fn set_slice(t: Attached<'_>, this: &Value, slice: &Value, value: &Value) -> PyResult<()> {
    let list = body(this);
    let slice = settled(t, slice)?;
    let new = match crate::protocol::collect(t, value) {
        Ok(new) => new,
        Err(e) => {
            if crate::protocol::is_iterable(t, value) {
                return Err(e);
            }
            drop(t.take_raised(e));
            return Err(t.type_error("must assign iterable to extended slice"));
        }
    };
    let (start, step, count) = crate::slice::indices(t, &slice, list.len())?;
    if step == 1 {
        let dead = list.splice(t, start as usize, count, new)?;
        drop(dead);
        return Ok(());
    }
    if new.len() != count {
        return Err(t.value_error(format!(
            "attempt to assign sequence of size {} to extended slice of size {count}",
            new.len()
        )));
    }
    let mut dead = Vec::with_capacity(count);
    for (k, v) in new.into_iter().enumerate() {
        // Both outcomes are a value to release after the list is consistent.
        dead.push(list.set((start + k as isize * step) as usize, v).unwrap_or_else(|back| back));
    }
    drop(dead);
    Ok(())
}

fn del_slice(t: Attached<'_>, this: &Value, slice: &Value) -> PyResult<()> {
    let list = body(this);
    let (start, step, count) = slice_of(t, list, slice)?;
    if count == 0 {
        return Ok(());
    }
    if step == 1 {
        let dead = list.splice(t, start as usize, count, Vec::new())?;
        drop(dead);
        return Ok(());
    }
    let (first, step) = if step < 0 { (start + step * (count as isize - 1), -step) } else { (start, step) };
    let (first, step) = (first as usize, step as usize);
    let dead = list.edit(t, |members| {
        let (mut dead, mut kept) = (Vec::with_capacity(count), Vec::with_capacity(members.len()));
        for (i, v) in members.drain(..).enumerate() {
            if i >= first && (i - first) % step == 0 && dead.len() < count { dead.push(v) } else { kept.push(v) }
        }
        *members = kept;
        dead
    })?;
    drop(dead);
    Ok(())
}

fn find(t: Attached<'_>, list: &PyList, value: &Value, start: usize, stop: usize) -> PyResult<Option<usize>> {
    let mut i = start;
    while i < stop
        && let Some(v) = list.get(i)
    {
        if crate::protocol::equal_or_same(t, &v, value)? {
            return Ok(Some(i));
        }
        if i & 1023 == 1023 {
            t.safepoint()?;
        }
        i += 1;
    }
    Ok(None)
}

fn contains(t: Attached<'_>, this: &Value, value: &Value) -> PyResult<bool> {
    Ok(find(t, body(this), value, 0, usize::MAX)?.is_some())
}

fn concat(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    let Some(other) = list::as_list(b) else {
        return Err(t.type_error(format!("can only concatenate list (not \"{}\") to list", type_name(t, b))));
    };
    let (first, second) = (body(a), other);
    let mut all = Vec::new();
    if all.try_reserve_exact(first.len() + second.len()).is_err() {
        return Err(t.memory_error());
    }
    all.extend(first.to_vec());
    all.extend(second.to_vec());
    Ok(list::new(t, all))
}

/// `n` times the members given; MemoryError if that is too much.
pub(crate) fn repeated(t: Attached<'_>, members: &[Value], n: isize) -> PyResult<Vec<Value>> {
    let n = n.max(0) as usize;
    let mut out = Vec::new();
    let room = members.len().checked_mul(n).filter(|&all| all <= isize::MAX as usize / 8);
    if room.is_none_or(|all| out.try_reserve_exact(all).is_err()) {
        return Err(t.memory_error());
    }
    if let [one] = members {
        out.resize(n, one.clone());
        return Ok(out);
    }
    for _ in 0..if members.is_empty() { 0 } else { n } {
        out.extend_from_slice(members);
    }
    Ok(out)
}

fn repeat(t: Attached<'_>, this: &Value, n: isize) -> PyResult {
    let members = body(this).to_vec();
    Ok(list::new(t, repeated(t, &members, n)?))
}

fn inplace_concat(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    list::extend_from(t, a, b)?;
    Ok(a.clone())
}

fn inplace_repeat(t: Attached<'_>, this: &Value, n: isize) -> PyResult {
    let list = body(this);
    if n <= 0 {
        drop(list.take_block(t));
        return Ok(this.clone());
    }
    let members = list.to_vec();
    list.extend(t, repeated(t, &members, n - 1)?)?;
    Ok(this.clone())
}

fn append(t: Attached<'_>, a: &[Value]) -> PyResult {
    body(&a[0]).push(t, a[1].clone())?;
    Ok(Value::none())
}

fn clear(t: Attached<'_>, a: &[Value]) -> PyResult {
    drop(body(&a[0]).take_block(t));
    Ok(Value::none())
}

fn copy(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(list::new(t, body(&a[0]).to_vec()))
}

fn count(t: Attached<'_>, a: &[Value]) -> PyResult {
    let list = body(&a[0]);
    let (mut i, mut n) = (0, 0);
    while let Some(v) = list.get(i) {
        n += usize::from(crate::protocol::equal_or_same(t, &v, &a[1])?);
        if i & 1023 == 1023 {
            t.safepoint()?;
        }
        i += 1;
    }
    Ok(crate::int::from_usize(t, n))
}

fn extend(t: Attached<'_>, a: &[Value]) -> PyResult {
    list::extend_from(t, &a[0], &a[1])?;
    Ok(Value::none())
}

/// A bound of `index()`: clipped, negative counts from the end.
pub(crate) fn bound(t: Attached<'_>, v: &Value, len: usize, default: usize) -> PyResult<usize> {
    let Some(v) = v.given() else { return Ok(default) };
    if crate::type_::class_of(t, v).slots.index().is_none() && !crate::int::is_int(v) {
        return Err(t.type_error("slice indices must be integers or have an __index__ method"));
    }
    let i = crate::protocol::as_index(t, v)?;
    Ok(match crate::int::as_i64(&i) {
        Some(n) if n < 0 => (len as i64).saturating_add(n).max(0) as usize,
        Some(n) => n as usize,
        None if crate::int::as_big(&i).is_some_and(|b| orochi_number::int::is_negative(&b)) => 0,
        None => usize::MAX,
    })
}

fn index(t: Attached<'_>, a: &[Value]) -> PyResult {
    let list = body(&a[0]);
    let start = bound(t, &a[2], list.len(), 0)?;
    let stop = bound(t, &a[3], list.len(), usize::MAX)?;
    match find(t, list, &a[1], start, stop)? {
        Some(i) => Ok(crate::int::from_usize(t, i)),
        None => Err(t.value_error("list.index(x): x not in list")),
    }
}

fn insert(t: Attached<'_>, a: &[Value]) -> PyResult {
    let i = crate::protocol::as_size(t, &a[1])?;
    let list = body(&a[0]);
    let at = if i < 0 { (list.len() as isize).saturating_add(i).max(0) } else { i };
    list.insert(t, at as usize, a[2].clone())?;
    Ok(Value::none())
}

fn pop(t: Attached<'_>, a: &[Value]) -> PyResult {
    let list = body(&a[0]);
    let i = match a[1].given() {
        None => None,
        Some(v) => Some(crate::protocol::as_size(t, v)?),
    };
    let found = match i {
        None | Some(-1) => list.pop(),
        Some(i) => crate::protocol::normalize_index(i, list.len()).and_then(|at| list.remove(at)),
    };
    match found {
        Some(v) => Ok(v),
        None if list.is_empty() => Err(t.raise(&crate::exception::IndexError, "pop from empty list")),
        None => Err(t.raise(&crate::exception::IndexError, "pop index out of range")),
    }
}

fn remove(t: Attached<'_>, a: &[Value]) -> PyResult {
    let list = body(&a[0]);
    match find(t, list, &a[1], 0, usize::MAX)? {
        Some(i) => {
            drop(list.remove(i));
            Ok(Value::none())
        }
        None => Err(t.value_error("list.remove(x): x not in list")),
    }
}

fn reverse(_: Attached<'_>, a: &[Value]) -> PyResult {
    body(&a[0]).reverse();
    Ok(Value::none())
}

fn sort(t: Attached<'_>, a: &[Value]) -> PyResult {
    let reverse = match a[2].given() {
        Some(v) => crate::protocol::truth(t, v)?,
        None => false,
    };
    let key = a[1].given().cloned().unwrap_or(Value::none());
    list::sort::sort(t, &a[0], &key, reverse)?;
    Ok(Value::none())
}

fn own_size(t: Attached<'_>, a: &[Value]) -> PyResult {
    // Header and body, then the block.
    Ok(crate::int::from_usize(t, 16 + size_of::<PyList>() + body(&a[0]).size()))
}
