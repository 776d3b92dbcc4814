//! `dict`: insertion-ordered, compact, readable without a lock.
//!
//! A table is one allocation: an index of entry numbers (open addressing) and an array of entries
//! `{hash, key, value}` in insertion order. A deleted entry keeps its place with an unbound key.
//! Growing copies into a new table; the old one is retired, its words untouched, so a reader who
//! still looks at it finds what was there and then sees that the dict has another table.
//!
//! Readers take no lock. Writers hold the dict's one-byte lock when several domains exist. Python code
//! (`__eq__`, `__hash__`) never runs under the lock: a lookup that needs it runs unlocked, and the
//! writer checks afterwards that the keys' version is the one it looked at.
//!
//! Table and lookup are in `dict/table.rs`, merging in `dict/merge.rs`, views and iterators beside them; slots and methods
//! in `dict_type.rs`.

pub mod iter;
mod merge;
pub mod table;
pub mod views;

pub use merge::{OnDouble, merge, update_from};

use orochi_heap::{Payload, Slot, Value, Visit, payload};

use crate::spec::{TypeSpec, flags};
use crate::thread::{Attached, PyResult, Raised};
use table::{Entry, Hashed};

/// The body of a dict.
#[derive(Default)]
pub struct PyDict {
    pub(crate) map: Hashed<Entry>,
    /// What a native subclass keeps besides (`defaultdict`: the factory); unbound in dicts.
    pub extra: Slot,
}

impl PyDict {
    /// The version of the keys: changes when a key comes or goes.
    #[inline(always)]
    pub fn keys_version(&self) -> u32 {
        self.map.keys_version()
    }
}

impl Payload for PyDict {
    payload!(PyDict, "dict");
    fn trace(&self, visit: &mut Visit<'_>) {
        self.map.trace(visit);
        visit.slot(&self.extra);
    }
    fn clear(&self) {
        table::clear(&self.map);
        self.extra.take();
    }
}

/// `dict`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyDict>("dict")
    .flags(flags::BASETYPE | flags::MAPPING | flags::MATCH_SELF)
    .slots(crate::dict_type::SLOTS)
    .methods(crate::dict_type::METHODS)
    .doc(crate::dict_type::DOC);

/// A new empty dict.
#[inline]
pub fn new(t: Attached<'_>) -> Value {
    TYPE.alloc(t, PyDict::default())
}

/// The body, if the value is a dict or of a subclass.
#[inline(always)]
pub fn as_dict(v: &Value) -> Option<&PyDict> {
    v.payload::<PyDict>()
}

#[inline(always)]
pub(crate) fn body(v: &Value) -> &Hashed<Entry> {
    match v.payload::<PyDict>() {
        Some(d) => &d.map,
        None => unreachable!("not a dict"),
    }
}

/// Number of items.
#[inline(always)]
pub fn len(dict: &Value) -> usize {
    body(dict).len()
}

/// The hash of a key; TypeError that says so if it has none.
#[inline]
pub fn key_hash(t: Attached<'_>, key: &Value) -> PyResult<i64> {
    crate::protocol::hash(t, key).map_err(|e| unhashable(t, e, key, "a dict key"))
}

/// Words the TypeError of a key without a hash as 3.14 does: what it was to be used as.
#[cold]
pub(crate) fn unhashable(t: Attached<'_>, e: Raised, key: &Value, role: &str) -> Raised {
    let exception = t.peek_raised(&e);
    if !crate::exception::TypeError.is_exact(t, &exception) {
        return e;
    }
    let name = crate::type_::type_name(t, key);
    match crate::protocol::str(t, &exception) {
        Ok(text) => {
            drop(t.take_raised(e));
            t.type_error(format!("cannot use '{name}' as {role} ({})", crate::str::display(&text)))
        }
        Err(other) => other,
    }
}

/// `dict[key]`, or `None` if the key is not there. Raises what `__hash__` and `__eq__` raise.
/// `dict` is a dict (checked by the caller), as in all functions here.
pub fn get(t: Attached<'_>, dict: &Value, key: &Value) -> PyResult<Option<Value>> {
    if crate::str::is_exact_str(key) {
        return table::get_str_like(t, body(dict), key);
    }
    let hash = key_hash(t, key)?;
    table::get(t, body(dict), key, hash)
}

/// As [`get`] with the key's hash known.
pub fn get_hashed(t: Attached<'_>, dict: &Value, key: &Value, hash: i64) -> PyResult<Option<Value>> {
    table::get(t, body(dict), key, hash)
}

/// `dict[name]` for a str: cannot fail unless other keys' `__eq__` does, which counts as "not there".
#[inline]
pub fn get_str(t: Attached<'_>, dict: &Value, name: &Value) -> Option<Value> {
    // A namespace that the collector has cleared is no dict any more.
    as_dict(dict)?;
    match table::get_str_like(t, body(dict), name) {
        Ok(found) => found,
        Err(e) => {
            drop(t.take_raised(e));
            None
        }
    }
}

/// `dict[name]` for a Rust string.
pub fn get_by_name(t: Attached<'_>, dict: &Value, name: &str) -> Option<Value> {
    get_str(t, dict, &crate::str::intern(t, name))
}

/// `dict[key] = value`.
pub fn set(t: Attached<'_>, dict: &Value, key: &Value, value: Value) -> PyResult<()> {
    let hash = key_hash(t, key)?;
    table::insert(t, body(dict), key, hash, value).map(drop)
}

/// As [`set`] with the key's hash known.
pub fn set_hashed(t: Attached<'_>, dict: &Value, key: &Value, hash: i64, value: Value) -> PyResult<()> {
    table::insert(t, body(dict), key, hash, value).map(drop)
}

/// `dict[name] = value` for a str.
pub fn set_str(t: Attached<'_>, dict: &Value, name: &Value, value: Value) {
    let hash = crate::str::hash(t, name);
    if let Err(e) = table::insert(t, body(dict), name, hash, value) {
        drop(t.take_raised(e));
    }
}

/// Fills an empty dict with `room` items at most, whose keys are all different strs. The iterator must not run Python.
pub(crate) fn fill_with(t: Attached<'_>, dict: &Value, room: usize, items: impl Iterator<Item = (Value, Value)>) {
    let hashed = items.map(|(name, value)| {
        let hash = crate::str::hash(t, &name);
        (name, hash, value)
    });
    table::fill_with(t, body(dict), room, hashed);
}

/// `dict[name] = value` for a Rust string.
pub fn set_by_name(t: Attached<'_>, dict: &Value, name: &str, value: Value) {
    set_str(t, dict, &crate::str::intern(t, name), value);
}

/// `dict[key] = dict.get(key, 0) + 1` where the value is a small int or missing; `false`: nothing was done.
pub fn count_one(t: Attached<'_>, dict: &Value, key: &Value, hash: i64) -> PyResult<bool> {
    table::count_one(t, body(dict), key, hash)
}

/// Takes the key out; gives its value, or `None` if it was not there.
pub fn remove(t: Attached<'_>, dict: &Value, key: &Value) -> PyResult<Option<Value>> {
    let hash = key_hash(t, key)?;
    table::remove(t, body(dict), key, hash)
}

/// Takes the key out if its value is a `wanted` one, as one step for all threads; gives the value. `wanted` must
/// neither run Python nor take locks.
pub fn remove_if(t: Attached<'_>, dict: &Value, key: &Value, wanted: impl Fn(&Value) -> bool) -> PyResult<Option<Value>> {
    let hash = key_hash(t, key)?;
    table::remove_if(t, body(dict), key, hash, |entry| wanted(&entry.value.load()))
}

/// The value of the key; sets and gives `default` if it is not there.
pub fn set_default_hashed(t: Attached<'_>, dict: &Value, key: &Value, hash: i64, default: Value) -> PyResult {
    table::set_default(t, body(dict), key, hash, default)
}

/// As [`set_default_hashed`], of a key whose hash is not known.
pub fn set_default(t: Attached<'_>, dict: &Value, key: &Value, default: Value) -> PyResult {
    let hash = key_hash(t, key)?;
    table::set_default(t, body(dict), key, hash, default)
}

/// Whether the key is there.
pub fn contains(t: Attached<'_>, dict: &Value, key: &Value) -> PyResult<bool> {
    Ok(get(t, dict, key)?.is_some())
}

/// Takes everything out.
pub fn clear(dict: &Value) {
    table::clear(body(dict));
}

/// The item at or after position `at` (an entry number, 0 at first), and the position after it.
/// Positions stay meaningful while keys are not added or removed.
pub fn next_item(dict: &Value, at: &mut usize) -> Option<(Value, Value)> {
    table::next_entry(body(dict), at).map(|(k, v, _)| (k, v))
}

/// All items as they are now.
pub fn items(dict: &Value) -> Vec<(Value, Value)> {
    table::snapshot(body(dict)).into_iter().map(|(k, v, _)| (k, v)).collect()
}

/// All keys as they are now.
pub fn keys(dict: &Value) -> Vec<Value> {
    table::snapshot_keys(body(dict))
}

/// All values as they are now.
pub fn values(dict: &Value) -> Vec<Value> {
    table::snapshot_values(body(dict))
}

/// A new dict with the same items.
pub fn copy(t: Attached<'_>, dict: &Value) -> PyResult {
    let new = new(t);
    update(t, &new, dict)?;
    Ok(new)
}

/// Sets all items of the dict `other` in `dict`, as they are at one moment. RuntimeError if a key's own `__eq__` changes the keys
/// of `other` meanwhile; what other threads do is no error.
pub fn update(t: Attached<'_>, dict: &Value, other: &Value) -> PyResult<()> {
    let (to, from) = (body(dict), body(other));
    if std::ptr::eq(to, from) {
        return Ok(());
    }
    if to.is_empty() {
        let Some(copy) = table::copy_of(from) else { return Err(t.memory_error()) };
        match table::adopt(t, to, copy) {
            Ok(()) => return Ok(()),
            // Another thread was faster: what it set is overwritten one by one.
            Err(copy) => drop(copy),
        }
    }
    let version = from.keys_version();
    if t.single_domain() {
        let mut at = 0;
        while let Some((k, v, hash)) = table::next_entry(from, &mut at) {
            drop(table::insert(t, to, &k, hash, v)?);
            if from.keys_version() != version {
                return Err(changed_meanwhile(t));
            }
        }
        return Ok(());
    }
    for (k, v, hash) in table::snapshot(from) {
        drop(table::insert(t, to, &k, hash, v)?);
        if from.keys_version() != version && crate::type_::class_of(t, &k).has(crate::spec::flags::HEAP_TYPE) {
            return Err(changed_meanwhile(t));
        }
    }
    Ok(())
}

#[cold]
fn changed_meanwhile(t: Attached<'_>) -> Raised {
    t.raise(&crate::exception::RuntimeError, "dict mutated during update")
}

/// A new dict with the items given, later ones win.
pub fn from_items(t: Attached<'_>, items: impl IntoIterator<Item = (Value, Value)>) -> PyResult {
    let dict = new(t);
    for (k, v) in items {
        set(t, &dict, &k, v)?;
    }
    Ok(dict)
}

/// The slot of the value at entry `index` if that entry's key is exactly the object `name`: how
/// inline caches of global variables read, without hashing.
#[inline(always)]
pub fn slot_at(dict: &PyDict, index: usize, name: u64) -> Option<&Slot> {
    let table = dict.map.table()?;
    let entry = table.entries().get(index)?;
    if entry.key.bits_racy() == name { Some(&entry.value) } else { None }
}

/// The entry number of a str key that is there as the same object, for an inline cache.
pub fn index_of(t: Attached<'_>, dict: &PyDict, name: &Value) -> Option<usize> {
    let hash = crate::str::hash(t, name);
    table::index_of_same(&dict.map, name, hash)
}
