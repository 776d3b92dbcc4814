//! Making, comparing, indexing and joining arrays.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use orochi_objects::protocol::{self, normalize_index};
use orochi_objects::slice::{self, PySlice};
use orochi_objects::spec::flags;
use orochi_objects::type_::{class_of, type_name};
use orochi_objects::{Args, Attached, CompareOp, Def, Method, Payload, PyResult, Raised, Slot, TypeSpec, Value};
use orochi_objects::{buffer, bytearray, bytes, exception, int, iter, list, payload, str, tuple};

use super::{ARRAY, PyArray, as_array, body, export, item, make, methods};

pub(super) const SLOTS: &[Def] = &[
    Def::New(new),
    Def::Repr(repr),
    Def::Compare(compare),
    Def::Len(len),
    Def::GetItem(get_item),
    Def::SetItem(set_item),
    Def::Contains(contains),
    Def::Concat(concat),
    Def::Repeat(repeat),
    Def::InplaceConcat(inplace_concat),
    Def::InplaceRepeat(inplace_repeat),
    Def::Iter(array_iter),
    Def::Buffer(export),
];

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    if class.is(ARRAY.get(t)) {
        args.no_keywords(t, "array.array")?;
    }
    let a = args.positional();
    let given = a.len();
    if given == 0 {
        return Err(t.type_error("array() takes at least 1 argument (0 given)"));
    }
    if given > 2 {
        return Err(t.type_error(format!("array() takes at most 2 arguments ({given} given)")));
    }
    let code = match str::as_str(&a[0]) {
        Some(s) if s.char_len() == 1 => s.bytes()[0],
        Some(s) => {
            let n = s.char_len();
            return Err(t.type_error(format!("array() argument 1 must be a unicode character, not a string of length {n}")));
        }
        None => {
            let given = type_name(t, &a[0]);
            return Err(t.type_error(format!("array() argument 1 must be a unicode character, not {given}")));
        }
    };
    let initial = a.get(1);
    if let Some(v) = initial
        && !item::is_text(code)
    {
        let shown = code as char;
        if str::is_str(v) {
            return Err(t.type_error(format!("cannot use a str to initialize an array with typecode '{shown}'")));
        }
        if as_array(v).is_some_and(|a| item::is_text(a.code)) {
            return Err(t.type_error(format!("cannot use a unicode array to initialize an array with typecode '{shown}'")));
        }
    }
    if !item::CODES.as_bytes().contains(&code) || !code.is_ascii() {
        return Err(item::bad_code(t));
    }
    let made = ARRAY.alloc_for(t, class, PyArray::new(code, Vec::new()))?;
    let Some(v) = initial else { return Ok(made) };
    let array = body(&made);
    if let Some(s) = str::as_str(v) {
        let text: Vec<u8> = s.wtf8().chars().flat_map(|c| c.to_u32().to_ne_bytes()).collect();
        array.extend(t, &text)?;
    } else if bytes::as_bytes(v).is_some() || bytearray::as_bytearray(v).is_some() {
        methods::take_bytes(t, array, v)?;
    } else {
        let packed = pack_all(t, code, v)?;
        array.extend(t, &packed)?;
    }
    Ok(made)
}

/// The bytes of all members of an iterable as items.
pub(super) fn pack_all(t: Attached<'_>, code: u8, v: &Value) -> PyResult<Vec<u8>> {
    if let Some(other) = as_array(v)
        && other.code == code
    {
        return Ok(other.to_vec());
    }
    let size = item::size(code);
    let mut out = Vec::new();
    let mut push = |v: &Value| {
        let bytes = item::pack(t, code, v)?;
        if out.try_reserve(size).is_err() {
            return Err(t.memory_error());
        }
        out.extend_from_slice(&bytes[..size]);
        Ok(())
    };
    if list::as_list(v).is_some() || tuple::as_tuple(v).is_some() {
        for member in protocol::collect(t, v)? {
            push(&member)?;
        }
    } else {
        protocol::for_each(t, v, |member| push(&member))?;
    }
    Ok(out)
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let a = body(this);
    let name = type_name(t, this);
    let name = name.rsplit('.').next().unwrap_or("array");
    let code = a.code as char;
    if a.len() == 0 {
        return Ok(str::new(t, &format!("{name}('{code}')")));
    }
    let shown = t.printing(this, || {
        let inner = if item::is_text(a.code) { methods::text_of(t, a)? } else { list::new(t, methods::items(t, a)?) };
        protocol::repr(t, &inner)
    })?;
    let inner = shown.map_or("...".to_owned(), |v| str::display(&v));
    Ok(str::new(t, &format!("{name}('{code}', {inner})")))
}

fn compare(t: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (as_array(a), as_array(b)) else { return Ok(Value::not_implemented()) };
    let (m, n) = (x.len(), y.len());
    if m != n && matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Value::bool(op == CompareOp::Ne));
    }
    if x.code == y.code && !matches!(x.code, b'f' | b'd') && matches!(op, CompareOp::Eq | CompareOp::Ne) {
        let same = x.to_vec() == y.to_vec();
        return Ok(Value::bool(same == (op == CompareOp::Eq)));
    }
    for i in 0..m.min(n) {
        let (Some(p), Some(q)) = (x.get(t, i)?, y.get(t, i)?) else { break };
        if !protocol::equal(t, &p, &q)? {
            return match op {
                CompareOp::Eq => Ok(Value::bool(false)),
                CompareOp::Ne => Ok(Value::bool(true)),
                _ => protocol::compare(t, &p, &q, op),
            };
        }
    }
    Ok(Value::bool(op.holds(m.cmp(&n))))
}

fn len(_: Attached<'_>, this: &Value) -> PyResult<usize> {
    Ok(body(this).len())
}

fn contains(t: Attached<'_>, this: &Value, v: &Value) -> PyResult<bool> {
    let a = body(this);
    let mut i = 0;
    while let Some(member) = a.get(t, i)? {
        if protocol::equal_or_same(t, &member, v)? {
            return Ok(true);
        }
        i += 1;
    }
    Ok(false)
}

fn index_arg(t: Attached<'_>, key: &Value) -> PyResult<isize> {
    if class_of(t, key).slots.index().is_none() {
        return Err(t.type_error("array indices must be integers"));
    }
    let i = protocol::as_index(t, key)?;
    int::as_i64(&i).map(|i| i as isize).ok_or_else(|| {
        let kind = type_name(t, key);
        t.raise(&exception::IndexError, format!("cannot fit '{kind}' into an index-sized integer"))
    })
}

fn get_item(t: Attached<'_>, this: &Value, key: &Value) -> PyResult {
    let a = body(this);
    let size = a.size();
    if key.payload::<PySlice>().is_some() {
        let all = a.to_vec();
        let (start, step, count) = slice::indices(t, key, all.len() / size)?;
        let mut out = Vec::with_capacity(count * size);
        let mut at = start;
        for _ in 0..count {
            out.extend_from_slice(&all[at as usize * size..][..size]);
            at = at.wrapping_add(step);
        }
        return Ok(make(t, a.code, out));
    }
    let i = index_arg(t, key)?;
    let item = match normalize_index(i, a.len()) {
        Some(i) => a.get(t, i)?,
        None => None,
    };
    item.ok_or_else(|| t.raise(&exception::IndexError, "array index out of range"))
}

#[cold]
pub(super) fn bad_argument(t: Attached<'_>) -> Raised {
    t.type_error("bad argument type for built-in operation")
}

fn set_item(t: Attached<'_>, this: &Value, key: &Value, value: Option<&Value>) -> PyResult<()> {
    let a = body(this);
    let size = a.size();
    if key.payload::<PySlice>().is_some() {
        let values = match value {
            None => Vec::new(),
            Some(v) => match as_array(v) {
                Some(other) if other.code == a.code => other.to_vec(),
                Some(_) => return Err(bad_argument(t)),
                None => {
                    let given = type_name(t, v);
                    return Err(t.type_error(format!("can only assign array (not \"{given}\") to array slice")));
                }
            },
        };
        return set_slice(t, a, key, &values, value.is_none());
    }
    let i = index_arg(t, key)?;
    let outside = || t.raise(&exception::IndexError, "array assignment index out of range");
    match value {
        Some(v) => {
            let packed = item::pack(t, a.code, v)?;
            let done = a.change(|bytes| {
                normalize_index(i, bytes.len() / size)
                    .map(|i| bytes[i * size..(i + 1) * size].copy_from_slice(&packed[..size]))
            });
            done.ok_or_else(outside)
        }
        None => {
            let done = a.resize(t, |bytes| {
                Some(normalize_index(i, bytes.len() / size).map(|i| {
                    bytes.drain(i * size..(i + 1) * size);
                }))
            })?;
            done.ok_or_else(outside)
        }
    }
}

fn set_slice(t: Attached<'_>, a: &PyArray, key: &Value, values: &[u8], delete: bool) -> PyResult<()> {
    let size = a.size();
    let given = values.len() / size;
    loop {
        let n = a.len();
        let (start, step, count) = slice::indices(t, key, n)?;
        if step != 1 && !delete && given != count {
            let message = format!("attempt to assign array of size {given} to extended slice of size {count}");
            return Err(t.value_error(message));
        }
        let same = |bytes: &[u8]| bytes.len() == n * size;
        let done = if given == count && !delete {
            a.change(|bytes| {
                same(bytes).then(|| {
                    let mut at = start;
                    for item in values.chunks_exact(size) {
                        bytes[at as usize * size..][..size].copy_from_slice(item);
                        at = at.wrapping_add(step);
                    }
                })
            })
        } else if step == 1 {
            a.resize(t, |bytes| {
                if !same(bytes) {
                    return Some(None);
                }
                bytes.try_reserve(values.len()).ok()?;
                let from = start as usize * size;
                bytes.splice(from..from + count * size, values.iter().copied());
                Some(Some(()))
            })?
        } else if count == 0 {
            Some(())
        } else {
            a.resize(t, |bytes| {
                if !same(bytes) {
                    return Some(None);
                }
                let gap = step.unsigned_abs();
                let low = if step > 0 { start as usize } else { (start + (count as isize - 1) * step) as usize };
                let gone = |i: usize| i >= low && (i - low).is_multiple_of(gap) && (i - low) / gap < count;
                let kept = bytes.chunks_exact(size).enumerate().filter(|(i, _)| !gone(*i));
                *bytes = kept.flat_map(|(_, item)| item.iter().copied()).collect();
                Some(Some(()))
            })?
        };
        if done.is_some() {
            return Ok(());
        }
        t.safepoint()?;
    }
}

fn concat(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    let x = body(a);
    let Some(y) = as_array(b) else {
        let given = type_name(t, b);
        return Err(t.type_error(format!("can only append array (not \"{given}\") to array")));
    };
    if x.code != y.code {
        return Err(bad_argument(t));
    }
    let (mut joined, tail) = (x.to_vec(), y.to_vec());
    if joined.try_reserve_exact(tail.len()).is_err() {
        return Err(t.memory_error());
    }
    joined.extend_from_slice(&tail);
    Ok(make(t, x.code, joined))
}

fn repeated(t: Attached<'_>, a: &PyArray, n: isize) -> PyResult<Vec<u8>> {
    orochi_text::search::repeat::<[u8]>(&a.to_vec(), n.max(0) as usize).map_err(|_| t.memory_error())
}
fn repeat(t: Attached<'_>, this: &Value, n: isize) -> PyResult {
    let a = body(this);
    Ok(make(t, a.code, repeated(t, a, n)?))
}
fn inplace_concat(t: Attached<'_>, this: &Value, other: &Value) -> PyResult {
    if as_array(other).is_none() {
        let given = type_name(t, other);
        return Err(t.type_error(format!("can only extend with array (not \"{given}\")")));
    }
    methods::extend_by(t, body(this), other)?;
    Ok(this.clone())
}
fn inplace_repeat(t: Attached<'_>, this: &Value, n: isize) -> PyResult {
    let a = body(this);
    if n != 1 && a.len() > 0 {
        let all = repeated(t, a, n)?;
        a.resize(t, |bytes| {
            *bytes = all;
            Some(())
        })?;
    }
    Ok(this.clone())
}

// --- iteration -----------------------------------------------------------------------------------

struct PyArrayIterator {
    /// The array; unbound at the end.
    array: Slot,
    at: AtomicUsize,
}

impl Payload for PyArrayIterator {
    payload!(PyArrayIterator, "arrayiterator");
    fn trace(&self, visit: &mut orochi_heap::Visit<'_>) {
        visit.slot(&self.array);
    }
}

static ITERATOR: TypeSpec = TypeSpec::new::<PyArrayIterator>("array.arrayiterator")
    .flags(flags::NO_NEW)
    .slots(&[Def::Iter(iter::itself), Def::Next(next)])
    .methods(&[
        Method::new("__reduce__", "($self, /)", iterator_reduce, "State for pickling."),
        Method::new("__setstate__", "($self, state, /)", iterator_set_state, "Sets the position."),
    ]);

fn array_iter(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(ITERATOR.alloc(t, PyArrayIterator { array: Slot::new(this.clone()), at: AtomicUsize::new(0) }))
}

fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let Some(it) = this.payload::<PyArrayIterator>() else { return Ok(None) };
    let array = it.array.load();
    if array.is_unbound() {
        return Ok(None);
    }
    let at = it.at.load(Relaxed);
    let item = body(&array).get(t, at)?;
    match &item {
        Some(_) => it.at.store(at + 1, Relaxed),
        None => drop(it.array.take()),
    }
    Ok(item)
}

fn iterator_reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let make = protocol::builtin(t, "iter")?;
    let Some(it) = a[0].payload::<PyArrayIterator>() else { return Ok(Value::none()) };
    let array = it.array.load();
    if array.is_unbound() {
        return Ok(tuple::new(t, vec![make, tuple::new(t, vec![list::new(t, Vec::new())])]));
    }
    Ok(tuple::new(t, vec![make, tuple::new(t, vec![array]), int::from_usize(t, it.at.load(Relaxed))]))
}
fn iterator_set_state(t: Attached<'_>, a: &[Value]) -> PyResult {
    let at = protocol::as_size(t, &a[1])?.max(0) as usize;
    if let Some(it) = a[0].payload::<PyArrayIterator>() {
        let array = it.array.load();
        if !array.is_unbound() {
            it.at.store(at.min(body(&array).len()), Relaxed);
        }
    }
    Ok(Value::none())
}

/// A buffer of bytes that `frombytes` takes.
pub(super) fn bytes_arg(t: Attached<'_>, v: &Value) -> PyResult<Vec<u8>> {
    Ok(buffer::read_arg(t, v, "")?.to_vec())
}
