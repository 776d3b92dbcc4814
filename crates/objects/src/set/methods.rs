//! The Python types `set` and `frozenset`: slots and methods.

use std::sync::atomic::Ordering::Relaxed;

use orochi_heap::Value;

use super::{PySet, as_set, body, iter, operators as op};
use crate::args::Args;
use crate::dict::table::{self, Hashed};
use crate::thread::{Attached, PyResult};
use crate::type_::class_of;
use crate::{Def, Method};

pub(super) const SET_DOC: &str = "set(iterable=(), /)\n--\n\nAn unordered collection of distinct hashable members.";
pub(super) const FROZEN_DOC: &str =
    "frozenset(iterable=(), /)\n--\n\nAn immutable unordered collection of distinct hashable members.";

pub(super) const SET_SLOTS: &[Def] = &[
    Def::New(set_new),
    Def::Init(set_init),
    Def::Repr(repr),
    Def::Compare(op::compare),
    Def::Iter(iter::new),
    Def::Len(len),
    Def::Contains(super::contains),
    Def::Or(op::or),
    Def::And(op::and),
    Def::Sub(op::sub),
    Def::Xor(op::xor),
    Def::InplaceOr(op::inplace_or),
    Def::InplaceAnd(op::inplace_and),
    Def::InplaceSub(op::inplace_sub),
    Def::InplaceXor(op::inplace_xor),
];
pub(super) const FROZEN_SLOTS: &[Def] = &[
    Def::New(frozen_new),
    Def::Repr(repr),
    Def::Hash(frozen_hash),
    Def::Compare(op::compare),
    Def::Iter(iter::new),
    Def::Len(len),
    Def::Contains(super::contains),
    Def::Or(op::or),
    Def::And(op::and),
    Def::Sub(op::sub),
    Def::Xor(op::xor),
];

const UNION: Method = Method::new("union", "($self, /, *others)", union, "A new set of the members of this and the others.").at_once(|t, a| union_of(t, &a[0], &a[1..]));
const INTERSECTION: Method = Method::new("intersection", "($self, /, *others)", intersection, "A new set of the members that all have.").at_once(|t, a| intersection_of(t, &a[0], &a[1..]));
const DIFFERENCE: Method = Method::new("difference", "($self, /, *others)", difference, "A new set of the members that no other has.").at_once(|t, a| difference_of(t, &a[0], &a[1..]));
const SYMMETRIC: Method = Method::new("symmetric_difference", "($self, other, /)", symmetric, "A new set of the members that exactly one of the two has.");
const SUBSET: Method = Method::new("issubset", "($self, other, /)", is_subset, "Whether the other has every member.");
const SUPERSET: Method = Method::new("issuperset", "($self, other, /)", is_superset, "Whether every member of the other is here.");
const DISJOINT: Method = Method::new("isdisjoint", "($self, other, /)", is_disjoint, "Whether the two have no member in common.");
const REDUCE: Method = Method::new("__reduce__", "($self, /)", reduce, "How to make the set again, for pickle.");
const SIZEOF: Method = Method::new("__sizeof__", "($self, /)", own_size, "Bytes of memory.");

pub(super) const SET_METHODS: &[Method] = &[
    Method::class("__class_getitem__", "($type, object, /)", crate::generic_alias::class_getitem, "A generic alias, for annotations."),
    Method::new("add", "($self, object, /)", add, "Puts an object in."),
    Method::new("clear", "($self, /)", clear, "Takes all members out."),
    Method::new("copy", "($self, /)", copy, "A new set of the same members."),
    Method::new("discard", "($self, object, /)", discard, "Takes an object out if it is there."),
    Method::new("remove", "($self, object, /)", remove, "Takes an object out.\n\nRaises KeyError if it is not there."),
    Method::new("pop", "($self, /)", pop, "Takes out and returns some member.\n\nRaises KeyError if there is none."),
    Method::new("update", "($self, /, *others)", update, "Puts in the members of all others.").at_once(|t, a| update_with(t, &a[0], &a[1..])),
    Method::new("intersection_update", "($self, /, *others)", intersection_update, "Keeps the members that all others have."),
    Method::new("difference_update", "($self, /, *others)", difference_update, "Takes out the members of the others."),
    Method::new("symmetric_difference_update", "($self, other, /)", symmetric_update, "Keeps the members that exactly one of the two has."),
    UNION, INTERSECTION, DIFFERENCE, SYMMETRIC, SUBSET, SUPERSET, DISJOINT, REDUCE, SIZEOF,
];
pub(super) const FROZEN_METHODS: &[Method] = &[
    Method::class("__class_getitem__", "($type, object, /)", crate::generic_alias::class_getitem, "A generic alias, for annotations."),
    Method::new("copy", "($self, /)", copy, "A set of the same members."),
    UNION, INTERSECTION, DIFFERENCE, SYMMETRIC, SUBSET, SUPERSET, DISJOINT, REDUCE, SIZEOF,
];

fn set_new(t: Attached<'_>, class: &Value, _: Args<'_>) -> PyResult {
    super::TYPE.alloc_for(t, class, PySet::new(false))
}

fn set_init(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    let a = args.expect(t, "set", 0, 1)?;
    let set = body(this);
    if !set.is_empty() {
        drop(table::exchange(t, &set.map, Hashed::default()));
    }
    set.hash.store(0, Relaxed);
    match a.first() {
        Some(iterable) => op::update(t, &set.map, iterable),
        None => Ok(()),
    }
}

fn frozen_new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    super::FROZEN.refuse_keywords(t, class, args)?;
    let a = Args::new(args.positional()).expect(t, "frozenset", 0, 1)?;
    let exact = class.is(super::FROZEN.get(t));
    if exact
        && let Some(v) = a.first()
        && super::FROZEN.is_exact(t, v)
    {
        return Ok(v.clone());
    }
    let this = super::FROZEN.alloc_for(t, class, PySet::new(true))?;
    if let Some(iterable) = a.first() {
        op::update(t, &body(&this).map, iterable)?;
    }
    Ok(this)
}

/// The hash to look a value up by: a set has none of its own and stands for the frozenset of its members.
pub(super) fn lookup_hash(t: Attached<'_>, v: &Value) -> PyResult<i64> {
    match super::member_hash(t, v) {
        Ok(h) => Ok(h),
        Err(e) => match as_set(v) {
            Some(set) if !set.frozen && t.raised_is(&e, &crate::exception::TypeError) => {
                drop(t.take_raised(e));
                Ok(hash_of_members(set))
            }
            _ => Err(e),
        },
    }
}

/// The hash of a set of members: an exclusive or of their spread hashes, so that order does not
/// matter, with the length, then dispersed. CPython's constants.
fn hash_of_members(set: &PySet) -> i64 {
    let mut h = 0u64;
    let mut at = 0;
    let mut n = 0u64;
    while let Some((_, hash)) = table::next_key(&set.map, &mut at) {
        let x = hash as u64;
        h ^= ((x ^ 89_869_747) ^ (x << 16)).wrapping_mul(3_644_798_167);
        n += 1;
    }
    h ^= (n + 1).wrapping_mul(1_927_868_237);
    h ^= (h >> 11) ^ (h >> 25);
    h = h.wrapping_mul(69_069).wrapping_add(907_133_923);
    if h == u64::MAX { 590_923_713 } else { h as i64 }
}

fn frozen_hash(_: Attached<'_>, this: &Value) -> PyResult<i64> {
    let set = body(this);
    let known = set.hash.load(Relaxed);
    if known != 0 {
        return Ok(known);
    }
    let h = hash_of_members(set);
    set.hash.store(h, Relaxed);
    Ok(h)
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let name = class_of(t, this).name_text();
    if body(this).is_empty() {
        return Ok(crate::str::from_string(t, format!("{name}()")));
    }
    let text = t.printing(this, || {
        let members = super::members(this);
        let (open, close) = if super::TYPE.is_exact(t, this) {
            ("{".to_owned(), "}")
        } else {
            (format!("{name}({{"), "})")
        };
        crate::list_type::repr_members(t, &open, close, |i| members.get(i).cloned())
    })?;
    Ok(text.unwrap_or_else(|| crate::str::from_string(t, format!("{name}(...)"))))
}

fn len(_: Attached<'_>, this: &Value) -> PyResult<usize> {
    Ok(body(this).len())
}

fn add(t: Attached<'_>, a: &[Value]) -> PyResult {
    super::add(t, &a[0], &a[1])?;
    Ok(Value::none())
}
fn clear(t: Attached<'_>, a: &[Value]) -> PyResult {
    drop(table::exchange(t, &body(&a[0]).map, Hashed::default()));
    Ok(Value::none())
}
fn copy(t: Attached<'_>, a: &[Value]) -> PyResult {
    if super::FROZEN.is_exact(t, &a[0]) {
        return Ok(a[0].clone());
    }
    op::copy_of(t, &a[0])
}
fn discard(t: Attached<'_>, a: &[Value]) -> PyResult {
    super::discard(t, &a[0], &a[1])?;
    Ok(Value::none())
}
fn remove(t: Attached<'_>, a: &[Value]) -> PyResult {
    if super::discard(t, &a[0], &a[1])? {
        return Ok(Value::none());
    }
    Err(t.raise_with(&crate::exception::KeyError, vec![a[1].clone()]))
}
fn pop(t: Attached<'_>, a: &[Value]) -> PyResult {
    match table::pop_first(&body(&a[0]).map) {
        Some((v, _)) => Ok(v),
        None => Err(t.raise(&crate::exception::KeyError, "pop from an empty set")),
    }
}
fn others(a: &[Value]) -> &[Value] {
    crate::tuple::items(&a[1])
}
fn union(t: Attached<'_>, a: &[Value]) -> PyResult {
    union_of(t, &a[0], others(a))
}
fn union_of(t: Attached<'_>, this: &Value, others: &[Value]) -> PyResult {
    let result = op::copy_of(t, this)?;
    for other in others {
        op::update(t, &body(&result).map, other)?;
    }
    Ok(result)
}
fn update(t: Attached<'_>, a: &[Value]) -> PyResult {
    update_with(t, &a[0], others(a))
}
fn update_with(t: Attached<'_>, this: &Value, others: &[Value]) -> PyResult {
    for other in others {
        op::update(t, &body(this).map, other)?;
    }
    Ok(Value::none())
}
fn intersection(t: Attached<'_>, a: &[Value]) -> PyResult {
    intersection_of(t, &a[0], others(a))
}
fn intersection_of(t: Attached<'_>, this: &Value, others: &[Value]) -> PyResult {
    if others.is_empty() {
        return op::copy_of(t, this);
    }
    let mut result = this.clone();
    for other in others {
        let next = op::new_like(t, body(this));
        op::intersection(t, &body(&next).map, &body(&result).map, other)?;
        result = next;
    }
    Ok(result)
}
fn intersection_update(t: Attached<'_>, a: &[Value]) -> PyResult {
    // All others are read before this set changes: one of them may be this set, or raise.
    let result = intersection(t, a)?;
    let taken = Hashed::default();
    op::copy(t, &taken, &body(&result).map)?;
    drop(table::exchange(t, &body(&a[0]).map, taken));
    Ok(Value::none())
}
fn difference(t: Attached<'_>, a: &[Value]) -> PyResult {
    difference_of(t, &a[0], others(a))
}
fn difference_of(t: Attached<'_>, this: &Value, others: &[Value]) -> PyResult {
    let Some((first, rest)) = others.split_first() else { return op::copy_of(t, this) };
    let result = op::new_like(t, body(this));
    op::difference(t, &body(&result).map, &body(this).map, first)?;
    for other in rest {
        op::difference_update(t, &body(&result).map, other)?;
    }
    Ok(result)
}
fn difference_update(t: Attached<'_>, a: &[Value]) -> PyResult {
    for other in others(a) {
        op::difference_update(t, &body(&a[0]).map, other)?;
    }
    Ok(Value::none())
}
fn symmetric(t: Attached<'_>, a: &[Value]) -> PyResult {
    let result = op::copy_of(t, &a[0])?;
    op::symmetric_update(t, &body(&result).map, &a[1])?;
    Ok(result)
}
fn symmetric_update(t: Attached<'_>, a: &[Value]) -> PyResult {
    op::symmetric_update(t, &body(&a[0]).map, &a[1])?;
    Ok(Value::none())
}

fn is_subset(t: Attached<'_>, a: &[Value]) -> PyResult {
    let this = &body(&a[0]).map;
    if let Some(other) = as_set(&a[1]) {
        return Ok(Value::bool(op::is_subset(t, this, &other.map)?));
    }
    let common = Hashed::default();
    op::intersection(t, &common, this, &a[1])?;
    Ok(Value::bool(common.len() == this.len()))
}
fn is_superset(t: Attached<'_>, a: &[Value]) -> PyResult {
    let this = &body(&a[0]).map;
    if let Some(other) = as_set(&a[1]) {
        return Ok(Value::bool(op::is_subset(t, &other.map, this)?));
    }
    let it = crate::protocol::get_iter(t, &a[1])?;
    while let Some(v) = crate::protocol::next(t, &it)? {
        if !super::contains(t, &a[0], &v)? {
            return Ok(Value::bool(false));
        }
        t.safepoint()?;
    }
    Ok(Value::bool(true))
}
fn is_disjoint(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(Value::bool(op::is_disjoint(t, &body(&a[0]).map, &a[1])?))
}

fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let members = crate::list::new(t, super::members(&a[0]));
    let state = match crate::attr::find(t, &a[0], &t.names().__getstate__)? {
        Some(f) => crate::protocol::call(t, &f, &[])?,
        None => crate::attr::find(t, &a[0], &t.names().__dict__)?.unwrap_or(Value::none()),
    };
    let class = crate::type_::type_of(t, &a[0]).clone();
    Ok(crate::tuple::new(t, vec![class, crate::tuple::new(t, vec![members]), state]))
}

fn own_size(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(crate::int::from_usize(t, 16 + size_of::<PySet>() + body(&a[0]).map.size()))
}
