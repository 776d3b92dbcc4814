//! `set` and `frozenset`: the compact hash table of `dict` without values, in insertion order.
//!
//! Reading takes no lock, writing takes the set's; see `dict.rs`. The Python types' slots and methods
//! are in `set/methods.rs`, operators in `set/operators.rs`, the iterator in `set/iter.rs`.

pub mod iter;
mod methods;
mod operators;

use std::sync::atomic::AtomicI64;

use orochi_heap::{Payload, Value, Visit, payload};

use crate::dict::table::{self, Hashed, Member};
use crate::spec::{TypeSpec, flags};
use crate::thread::{Attached, PyResult};

/// The body of a set or frozenset.
pub struct PySet {
    pub(crate) map: Hashed<Member>,
    /// The hash of a frozenset; 0: not computed.
    hash: AtomicI64,
    /// Whether this is a frozenset.
    pub(crate) frozen: bool,
}

impl Payload for PySet {
    payload!(PySet, "set");
    fn trace(&self, visit: &mut Visit<'_>) {
        self.map.trace(visit);
    }
    fn clear(&self) {
        table::clear(&self.map);
    }
}

impl PySet {
    pub(crate) fn new(frozen: bool) -> PySet {
        PySet { map: Hashed::default(), hash: AtomicI64::new(0), frozen }
    }
    /// Number of members.
    pub fn len(&self) -> usize {
        self.map.len()
    }
    /// Whether there is no member.
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }
}

/// `set`.
pub static TYPE: TypeSpec = TypeSpec::new::<PySet>("set")
    .flags(flags::BASETYPE | flags::MATCH_SELF | flags::HAS_WEAKREF)
    .slots(methods::SET_SLOTS)
    .methods(methods::SET_METHODS)
    .doc(methods::SET_DOC);

/// `frozenset`.
pub static FROZEN: TypeSpec = TypeSpec::new::<PySet>("frozenset")
    .flags(flags::BASETYPE | flags::MATCH_SELF | flags::HAS_WEAKREF)
    .slots(methods::FROZEN_SLOTS)
    .methods(methods::FROZEN_METHODS)
    .doc(methods::FROZEN_DOC);

/// The body, if the value is a set, a frozenset or of a subclass.
#[inline(always)]
pub fn as_set(v: &Value) -> Option<&PySet> {
    v.payload::<PySet>()
}
#[inline(always)]
pub(crate) fn body(v: &Value) -> &PySet {
    match v.payload::<PySet>() {
        Some(s) => s,
        None => unreachable!("not a set"),
    }
}

/// A new empty set.
pub fn new(t: Attached<'_>) -> Value {
    TYPE.alloc(t, PySet::new(false))
}
/// A new empty frozenset, to be filled before anybody sees it.
pub fn new_frozen(t: Attached<'_>) -> Value {
    FROZEN.alloc(t, PySet::new(true))
}
/// A new set of the values given.
pub fn from_items(t: Attached<'_>, items: &[Value]) -> PyResult {
    let set = new(t);
    items.iter().try_for_each(|v| add(t, &set, v))?;
    Ok(set)
}
/// A new frozenset of the values given (constants of code).
pub fn frozen_from_items(t: Attached<'_>, items: &[Value]) -> PyResult {
    let set = new_frozen(t);
    items.iter().try_for_each(|v| add(t, &set, v))?;
    Ok(set)
}

/// The hash of a member; TypeError that says so if it has none.
#[inline]
pub fn member_hash(t: Attached<'_>, v: &Value) -> PyResult<i64> {
    crate::protocol::hash(t, v).map_err(|e| crate::dict::unhashable(t, e, v, "a set element"))
}

/// Number of members; `set` is a set or frozenset (checked by the caller), as in all functions here.
#[inline]
pub fn len(set: &Value) -> usize {
    body(set).len()
}

/// Puts a value in.
#[inline]
pub fn add(t: Attached<'_>, set: &Value, v: &Value) -> PyResult<()> {
    let hash = member_hash(t, v)?;
    table::insert(t, &body(set).map, v, hash, Value::none()).map(drop)
}

/// Whether the value is there. A set is looked up as the frozenset of its members.
pub fn contains(t: Attached<'_>, set: &Value, v: &Value) -> PyResult<bool> {
    let hash = methods::lookup_hash(t, v)?;
    table::contains(t, &body(set).map, v, hash)
}

/// Takes the value out; whether it was there.
pub fn discard(t: Attached<'_>, set: &Value, v: &Value) -> PyResult<bool> {
    let hash = methods::lookup_hash(t, v)?;
    Ok(table::remove(t, &body(set).map, v, hash)?.is_some())
}

/// Puts everything in that the iterable gives.
pub fn update(t: Attached<'_>, set: &Value, iterable: &Value) -> PyResult<()> {
    operators::update(t, &body(set).map, iterable)
}

/// All members as they are now.
pub fn members(set: &Value) -> Vec<Value> {
    table::snapshot_keys(&body(set).map)
}

#[cfg(test)]
mod tests;
