//! What sets do with each other: union, intersection, difference, comparison.
//!
//! The functions work on the tables. `other` may be any iterable where Python's methods allow it;
//! sets and dicts lend their hashes, so members are not hashed again.

use orochi_heap::Value;
use orochi_heap::domain::single_domain;

use super::{PySet, as_set, body, member_hash, methods::lookup_hash};
use crate::dict::table::{self, Hashed, Member};
use crate::slots::CompareOp;
use crate::thread::{Attached, PyResult};

/// A hash table of keys that gives its hashes away: a set's, or an exact dict's.
pub(super) enum Keys<'a> {
    /// Of a set or frozenset.
    Set(&'a Hashed<Member>),
    /// Of a dict.
    Dict(&'a Hashed<table::Entry>),
}

impl<'a> Keys<'a> {
    pub(super) fn of(t: Attached<'_>, v: &'a Value) -> Option<Keys<'a>> {
        if let Some(set) = as_set(v) {
            return Some(Keys::Set(&set.map));
        }
        if crate::dict::TYPE.is_exact(t, v) { crate::dict::as_dict(v).map(|d| Keys::Dict(&d.map)) } else { None }
    }
    pub(super) fn len(&self) -> usize {
        match self {
            Keys::Set(m) => m.len(),
            Keys::Dict(m) => m.len(),
        }
    }
    /// The keys, one after the other; beside other threads, as they are now.
    fn walk(&self) -> Walk<'a> {
        match self {
            Keys::Set(m) => walk(m),
            Keys::Dict(m) if single_domain() => Walk::Dict(m, 0),
            Keys::Dict(m) => Walk::Taken(table::snapshot(m).into_iter()),
        }
    }
    /// Puts the keys into a set; `false` if that is not empty, and nothing was done.
    fn fill(&self, t: Attached<'_>, to: &Hashed<Member>) -> bool {
        to.is_empty()
            && match self {
                Keys::Set(m) => table::copy_of(m).is_some_and(|copy| table::adopt(t, to, copy).is_ok()),
                Keys::Dict(m) => table::fill(t, to, m),
            }
    }
    pub(super) fn contains(&self, t: Attached<'_>, key: &Value, hash: i64) -> PyResult<bool> {
        match self {
            Keys::Set(m) => table::contains(t, m, key, hash),
            Keys::Dict(m) => table::contains(t, m, key, hash),
        }
    }
    fn is(&self, set: &Hashed<Member>) -> bool {
        matches!(self, Keys::Set(m) if std::ptr::eq(*m, set))
    }
}

/// A walk over the keys of a table. Without other threads it reads entry by entry, so it stays sound when `__eq__` changes the
/// table; beside them entries may move at any time, so it has taken all keys at its beginning.
enum Walk<'a> {
    Set(&'a Hashed<Member>, usize),
    Dict(&'a Hashed<table::Entry>, usize),
    Taken(std::vec::IntoIter<(Value, Value, i64)>),
}

impl Iterator for Walk<'_> {
    type Item = (Value, i64);
    #[inline]
    fn next(&mut self) -> Option<(Value, i64)> {
        match self {
            Walk::Set(m, at) => table::next_key(m, at),
            Walk::Dict(m, at) => table::next_key(m, at),
            Walk::Taken(all) => all.next().map(|(k, _, hash)| (k, hash)),
        }
    }
}

fn walk(set: &Hashed<Member>) -> Walk<'_> {
    if single_domain() { Walk::Set(set, 0) } else { Walk::Taken(table::snapshot(set).into_iter()) }
}

fn insert(t: Attached<'_>, to: &Hashed<Member>, key: &Value, hash: i64) -> PyResult<()> {
    table::insert(t, to, key, hash, Value::none()).map(drop)
}

/// `to |= other`.
pub(super) fn update(t: Attached<'_>, to: &Hashed<Member>, other: &Value) -> PyResult<()> {
    if let Some(keys) = Keys::of(t, other) {
        if keys.is(to) || keys.fill(t, to) {
            return Ok(());
        }
        for (k, hash) in keys.walk() {
            insert(t, to, &k, hash)?;
        }
        return Ok(());
    }
    let mut put = |v: Value| {
        let hash = member_hash(t, &v)?;
        insert(t, to, &v, hash)
    };
    match crate::dict::views::as_view(other).and_then(|_| crate::protocol::members_at_once(t, other)) {
        Some(members) => members.into_iter().try_for_each(put),
        None => crate::protocol::for_each(t, other, &mut put),
    }
}

/// `to -= other`.
pub(super) fn difference_update(t: Attached<'_>, to: &Hashed<Member>, other: &Value) -> PyResult<()> {
    if let Some(keys) = Keys::of(t, other) {
        if keys.is(to) {
            drop(table::exchange(t, to, Hashed::default()));
            return Ok(());
        }
        // Looking each own member up is less work if the other is much larger.
        if to.len() / 4 < keys.len() {
            for (k, hash) in walk(to) {
                if keys.contains(t, &k, hash)? {
                    drop(table::remove(t, to, &k, hash)?);
                }
            }
            return Ok(());
        }
        for (k, hash) in keys.walk() {
            drop(table::remove(t, to, &k, hash)?);
        }
        return Ok(());
    }
    crate::protocol::for_each(t, other, |v| {
        let hash = member_hash(t, &v)?;
        table::remove(t, to, &v, hash).map(drop)
    })
}

/// `result = a - other`.
pub(super) fn difference(t: Attached<'_>, result: &Hashed<Member>, a: &Hashed<Member>, other: &Value) -> PyResult<()> {
    if let Some(keys) = Keys::of(t, other) {
        for (k, hash) in walk(a) {
            if !keys.contains(t, &k, hash)? {
                insert(t, result, &k, hash)?;
            }
        }
        return Ok(());
    }
    copy(t, result, a)?;
    difference_update(t, result, other)
}

/// `result = a & other`.
pub(super) fn intersection(
    t: Attached<'_>,
    result: &Hashed<Member>,
    a: &Hashed<Member>,
    other: &Value,
) -> PyResult<()> {
    if let Some(keys) = Keys::of(t, other) {
        if keys.len() > a.len() {
            for (k, hash) in walk(a) {
                if keys.contains(t, &k, hash)? {
                    insert(t, result, &k, hash)?;
                }
            }
        } else {
            for (k, hash) in keys.walk() {
                if table::contains(t, a, &k, hash)? {
                    insert(t, result, &k, hash)?;
                }
            }
        }
        return Ok(());
    }
    crate::protocol::for_each(t, other, |v| {
        let hash = member_hash(t, &v)?;
        if table::contains(t, a, &v, hash)? { insert(t, result, &v, hash) } else { Ok(()) }
    })
}

/// `to ^= other`.
pub(super) fn symmetric_update(t: Attached<'_>, to: &Hashed<Member>, other: &Value) -> PyResult<()> {
    let made;
    let keys = match Keys::of(t, other) {
        Some(keys) => keys,
        None => {
            // Members that the iterable gives twice count once.
            made = super::new(t);
            update(t, &body(&made).map, other)?;
            Keys::Set(&body(&made).map)
        }
    };
    if keys.is(to) {
        drop(table::exchange(t, to, Hashed::default()));
        return Ok(());
    }
    for (k, hash) in keys.walk() {
        if table::remove(t, to, &k, hash)?.is_none() {
            insert(t, to, &k, hash)?;
        }
    }
    Ok(())
}

/// Whether no member of `other` is in `a`.
pub(super) fn is_disjoint(t: Attached<'_>, a: &Hashed<Member>, other: &Value) -> PyResult<bool> {
    if let Some(keys) = Keys::of(t, other) {
        if keys.len() > a.len() {
            for (k, hash) in walk(a) {
                if keys.contains(t, &k, hash)? {
                    return Ok(false);
                }
            }
        } else {
            for (k, hash) in keys.walk() {
                if table::contains(t, a, &k, hash)? {
                    return Ok(false);
                }
            }
        }
        return Ok(true);
    }
    let it = crate::protocol::get_iter(t, other)?;
    while let Some(v) = crate::protocol::next(t, &it)? {
        let hash = lookup_hash(t, &v)?;
        if table::contains(t, a, &v, hash)? {
            return Ok(false);
        }
        t.safepoint()?;
    }
    Ok(true)
}

/// Whether every member of `a` is in `b`.
pub(super) fn is_subset(t: Attached<'_>, a: &Hashed<Member>, b: &Hashed<Member>) -> PyResult<bool> {
    if a.len() > b.len() {
        return Ok(false);
    }
    for (k, hash) in walk(a) {
        if !table::contains(t, b, &k, hash)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Puts all members of `from` into the empty table `to`.
pub(super) fn copy(t: Attached<'_>, to: &Hashed<Member>, from: &Hashed<Member>) -> PyResult<()> {
    if Keys::Set(from).fill(t, to) {
        return Ok(());
    }
    for (k, hash) in walk(from) {
        insert(t, to, &k, hash)?;
    }
    Ok(())
}

/// A new set of the same kind (set or frozenset, never a subclass) as `like`.
pub(super) fn new_like(t: Attached<'_>, like: &PySet) -> Value {
    if like.frozen { super::new_frozen(t) } else { super::new(t) }
}

/// A new set of the same kind and members.
pub(super) fn copy_of(t: Attached<'_>, this: &Value) -> PyResult {
    let result = new_like(t, body(this));
    copy(t, &body(&result).map, &body(this).map)?;
    Ok(result)
}

pub(super) fn or(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    if as_set(a).is_none() || as_set(b).is_none() {
        return Ok(Value::not_implemented());
    }
    let result = copy_of(t, a)?;
    update(t, &body(&result).map, b)?;
    Ok(result)
}
pub(super) fn and(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    let (Some(x), Some(_)) = (as_set(a), as_set(b)) else { return Ok(Value::not_implemented()) };
    let result = new_like(t, x);
    intersection(t, &body(&result).map, &x.map, b)?;
    Ok(result)
}
pub(super) fn sub(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    let (Some(x), Some(_)) = (as_set(a), as_set(b)) else { return Ok(Value::not_implemented()) };
    let result = new_like(t, x);
    difference(t, &body(&result).map, &x.map, b)?;
    Ok(result)
}
pub(super) fn xor(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    if as_set(a).is_none() || as_set(b).is_none() {
        return Ok(Value::not_implemented());
    }
    let result = copy_of(t, a)?;
    symmetric_update(t, &body(&result).map, b)?;
    Ok(result)
}
pub(super) fn inplace_or(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    if as_set(b).is_none() {
        return Ok(Value::not_implemented());
    }
    update(t, &body(a).map, b)?;
    Ok(a.clone())
}
pub(super) fn inplace_and(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    if as_set(b).is_none() {
        return Ok(Value::not_implemented());
    }
    intersection_update(t, &body(a).map, b)?;
    Ok(a.clone())
}
/// `to &= other`.
pub(super) fn intersection_update(t: Attached<'_>, to: &Hashed<Member>, other: &Value) -> PyResult<()> {
    let result = Hashed::default();
    intersection(t, &result, to, other)?;
    drop(table::exchange(t, to, result));
    Ok(())
}
pub(super) fn inplace_sub(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    if as_set(b).is_none() {
        return Ok(Value::not_implemented());
    }
    difference_update(t, &body(a).map, b)?;
    Ok(a.clone())
}
pub(super) fn inplace_xor(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    if as_set(b).is_none() {
        return Ok(Value::not_implemented());
    }
    symmetric_update(t, &body(a).map, b)?;
    Ok(a.clone())
}

pub(super) fn compare(t: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (as_set(a), as_set(b)) else { return Ok(Value::not_implemented()) };
    let (n, m) = (x.len(), y.len());
    let result = match op {
        CompareOp::Eq | CompareOp::Ne => {
            let equal = n == m && is_subset(t, &x.map, &y.map)?;
            equal == (op == CompareOp::Eq)
        }
        CompareOp::Le => is_subset(t, &x.map, &y.map)?,
        CompareOp::Ge => is_subset(t, &y.map, &x.map)?,
        CompareOp::Lt => n < m && is_subset(t, &x.map, &y.map)?,
        CompareOp::Gt => n > m && is_subset(t, &y.map, &x.map)?,
    };
    Ok(Value::bool(result))
}
