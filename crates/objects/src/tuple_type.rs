//! The Python type `tuple`: slots and methods. The iterator is in `tuple/iter.rs`.

use std::sync::atomic::Ordering::Relaxed;

use orochi_heap::Value;

use crate::args::Args;
use crate::list_type::{bound, compare_members, push_text, repeated};
use crate::slots::CompareOp;
use crate::thread::{Attached, PyResult};
use crate::tuple::{self, items};
use crate::type_::type_name;
use crate::{Def, Method};

pub(crate) const DOC: &str = "tuple(iterable=(), /)\n--\n\nAn immutable sequence.\n\nWithout an argument it is empty; otherwise it holds what the iterable gives. A tuple given is returned itself.";
pub(crate) const SLOTS: &[Def] = &[
    Def::New(new),
    Def::Repr(repr),
    Def::Hash(hash),
    Def::Compare(compare),
    Def::Iter(tuple::iter::new),
    Def::Len(len),
    Def::GetItem(get_item),
    Def::Contains(contains),
    Def::Concat(concat),
    Def::Repeat(repeat),
];
pub(crate) const METHODS: &[Method] = &[
    Method::class("__class_getitem__", "($type, object, /)", crate::generic_alias::class_getitem, "A generic alias, for annotations."),
    Method::new("count", "($self, value, /)", count, "How many members equal the value."),
    Method::new("index", "($self, value, start=0, stop=sys.maxsize, /)", index, "The first index of the value.\n\nRaises ValueError if it is not there."),
    Method::new("__getnewargs__", "($self, /)", new_args, "Arguments for __new__, for pickle and copy."),
];

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    tuple::TYPE.refuse_keywords(t, class, args)?;
    let a = Args::new(args.positional()).expect(t, "tuple", 0, 1)?;
    let exact = class.is(tuple::TYPE.get(t));
    let members = match a.first() {
        None => Vec::new(),
        Some(v) if exact && tuple::TYPE.is_exact(t, v) => return Ok(v.clone()),
        Some(v) => crate::protocol::collect(t, v)?,
    };
    if exact { tuple::try_new(t, members) } else { tuple::new_in(t, class, members) }
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let members = items(this);
    if members.is_empty() {
        return Ok(crate::str::new(t, "()"));
    }
    let text = t.printing(this, || {
        let mut out = orochi_text::wtf8::Wtf8Buf::new();
        out.push_str("(");
        for (i, v) in members.iter().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            let r = crate::protocol::repr(t, v)?;
            push_text(t, &mut out, &r)?;
        }
        out.push_str(if members.len() == 1 { ",)" } else { ")" });
        crate::str::try_from_wtf8(t, &out)
    })?;
    Ok(text.unwrap_or_else(|| crate::str::new(t, "(...)")))
}

/// The hash of a sequence of hashes: xxHash's round without its final mix, as CPython's tuples have it,
/// so that programs which print hashes of tuples of ints agree.
pub fn combine_hashes(hashes: impl ExactSizeIterator<Item = PyResult<i64>>) -> PyResult<i64> {
    const PRIME_1: u64 = 11_400_714_785_074_694_791;
    const PRIME_2: u64 = 14_029_467_366_897_019_727;
    const PRIME_5: u64 = 2_870_177_450_012_600_261;
    let n = hashes.len() as u64;
    let mut acc = PRIME_5;
    for lane in hashes {
        acc = acc.wrapping_add((lane? as u64).wrapping_mul(PRIME_2)).rotate_left(31).wrapping_mul(PRIME_1);
    }
    acc = acc.wrapping_add(n ^ PRIME_5 ^ 3_527_539);
    Ok(if acc == u64::MAX { 1_546_275_796 } else { acc as i64 })
}

fn hash(t: Attached<'_>, this: &Value) -> PyResult<i64> {
    let Some(body) = tuple::as_tuple(this) else { return Ok(0) };
    let known = body.hash.load(Relaxed);
    if known != 0 {
        return Ok(known);
    }
    t.check_stack("")?;
    let h = combine_hashes(body.items().iter().map(|v| crate::protocol::hash(t, v)))?;
    body.hash.store(h, Relaxed);
    Ok(h)
}

fn compare(t: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (tuple::as_tuple(a), tuple::as_tuple(b)) else { return Ok(Value::not_implemented()) };
    let (x, y) = (x.items(), y.items());
    compare_members(t, op, |i| x.get(i).cloned(), |i| y.get(i).cloned(), || (x.len(), y.len()))
}

fn len(_: Attached<'_>, this: &Value) -> PyResult<usize> {
    Ok(items(this).len())
}

/// `tuple[key]`.
pub(crate) fn get_item(t: Attached<'_>, this: &Value, key: &Value) -> PyResult {
    if let Some(i) = key.as_small_int() {
        return tuple::get_index(t, this, i);
    }
    if crate::slice::TYPE.is_exact(t, key) {
        let members = items(this);
        let (start, step, count) = crate::slice::indices(t, key, members.len())?;
        if step == 1 && count == members.len() && tuple::TYPE.is_exact(t, this) {
            return Ok(this.clone());
        }
        let part = (0..count).map(|k| members[(start + k as isize * step) as usize].clone()).collect();
        return tuple::try_new(t, part);
    }
    if crate::type_::class_of(t, key).slots.index().is_none() && !crate::int::is_int(key) {
        return Err(t.type_error(format!("tuple indices must be integers or slices, not {}", type_name(t, key))));
    }
    let i = crate::protocol::as_index(t, key)?;
    match crate::int::as_i64(&i) {
        Some(i) => tuple::get_index(t, this, i),
        None => Err(t.raise(
            &crate::exception::IndexError,
            format!("cannot fit '{}' into an index-sized integer", type_name(t, key)),
        )),
    }
}

fn contains(t: Attached<'_>, this: &Value, value: &Value) -> PyResult<bool> {
    for v in items(this) {
        if crate::protocol::equal_or_same(t, v, value)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn concat(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    if tuple::as_tuple(b).is_none() {
        return Err(t.type_error(format!("can only concatenate tuple (not \"{}\") to tuple", type_name(t, b))));
    }
    let (x, y) = (items(a), items(b));
    if x.is_empty() && tuple::TYPE.is_exact(t, b) {
        return Ok(b.clone());
    }
    if y.is_empty() && tuple::TYPE.is_exact(t, a) {
        return Ok(a.clone());
    }
    let mut all = Vec::new();
    if all.try_reserve_exact(x.len() + y.len()).is_err() {
        return Err(t.memory_error());
    }
    all.extend_from_slice(x);
    all.extend_from_slice(y);
    tuple::try_new(t, all)
}

fn repeat(t: Attached<'_>, this: &Value, n: isize) -> PyResult {
    if (n == 1 || items(this).is_empty()) && tuple::TYPE.is_exact(t, this) {
        return Ok(this.clone());
    }
    tuple::try_new(t, repeated(t, items(this), n)?)
}

fn count(t: Attached<'_>, a: &[Value]) -> PyResult {
    let mut n = 0;
    for v in items(&a[0]) {
        n += usize::from(crate::protocol::equal_or_same(t, v, &a[1])?);
    }
    Ok(crate::int::from_usize(t, n))
}

fn index(t: Attached<'_>, a: &[Value]) -> PyResult {
    let members = items(&a[0]);
    let start = bound(t, &a[2], members.len(), 0)?;
    let stop = bound(t, &a[3], members.len(), usize::MAX)?.min(members.len());
    for (i, v) in members.iter().enumerate().take(stop).skip(start) {
        if crate::protocol::equal_or_same(t, v, &a[1])? {
            return Ok(crate::int::from_usize(t, i));
        }
    }
    Err(t.value_error("tuple.index(x): x not in tuple"))
}

fn new_args(t: Attached<'_>, a: &[Value]) -> PyResult {
    let plain = tuple::from_slice(t, items(&a[0]));
    Ok(tuple::new(t, vec![plain]))
}
