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
//! Table and lookup are in `dict/table.rs`; the Python type in `dict/methods.rs` and its neighbours.

pub mod table;

use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering::*};

use orochi_heap::{Payload, Slot, Value, Visit, payload};
use orochi_runtime::ObjectLock;

use crate::spec::{TypeSpec, flags};
use crate::thread::{Attached, PyResult};
use table::Table;

/// The body of a dict.
pub struct PyDict {
    pub(crate) table: AtomicPtr<Table>,
    /// Live entries.
    pub(crate) used: AtomicU32,
    /// Changes whenever a key comes or goes. Even between changes.
    pub(crate) version: AtomicU32,
    pub(crate) lock: ObjectLock,
}

impl Payload for PyDict {
    payload!(PyDict, "dict");
    fn trace(&self, visit: &mut Visit<'_>) {
        if let Some(table) = self.table() {
            for e in table.entries() {
                visit.slot(&e.key);
                visit.slot(&e.value);
            }
        }
    }
    fn clear(&self) {
        table::clear(self);
    }
}

impl Default for PyDict {
    fn default() -> PyDict {
        PyDict {
            table: AtomicPtr::default(),
            used: AtomicU32::new(0),
            version: AtomicU32::new(0),
            lock: ObjectLock::new(),
        }
    }
}

impl Drop for PyDict {
    fn drop(&mut self) {
        let table = *self.table.get_mut();
        if !table.is_null() {
            // SAFETY: nobody else can reach a dying dict.
            unsafe { Table::free_with_entries(table) };
        }
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
fn body(v: &Value) -> &PyDict {
    match v.payload::<PyDict>() {
        Some(d) => d,
        None => unreachable!("not a dict"),
    }
}

/// Number of items.
#[inline(always)]
pub fn len(dict: &Value) -> usize {
    body(dict).used.load(Relaxed) as usize
}

/// `dict[key]`, or `None` if the key is not there. Raises what `__hash__` and `__eq__` raise.
/// `dict` is a dict (checked by the caller), as in all functions here.
pub fn get(t: Attached<'_>, dict: &Value, key: &Value) -> PyResult<Option<Value>> {
    if crate::str::is_exact_str(key) {
        return table::get_str_like(t, body(dict), key);
    }
    let hash = crate::protocol::hash(t, key)?;
    table::get(t, body(dict), key, hash)
}

/// As [`get`] with the key's hash known.
pub fn get_hashed(t: Attached<'_>, dict: &Value, key: &Value, hash: i64) -> PyResult<Option<Value>> {
    table::get(t, body(dict), key, hash)
}

/// `dict[name]` for a str: cannot fail unless other keys' `__eq__` does, which counts as "not there".
#[inline]
pub fn get_str(t: Attached<'_>, dict: &Value, name: &Value) -> Option<Value> {
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
    let hash = crate::protocol::hash(t, key)?;
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

/// `dict[name] = value` for a Rust string.
pub fn set_by_name(t: Attached<'_>, dict: &Value, name: &str, value: Value) {
    set_str(t, dict, &crate::str::intern(t, name), value);
}

/// Takes the key out; gives its value, or `None` if it was not there.
pub fn remove(t: Attached<'_>, dict: &Value, key: &Value) -> PyResult<Option<Value>> {
    let hash = crate::protocol::hash(t, key)?;
    table::remove(t, body(dict), key, hash)
}

/// The value of the key; sets and gives `default` if it is not there.
pub fn set_default(t: Attached<'_>, dict: &Value, key: &Value, default: Value) -> PyResult {
    let hash = crate::protocol::hash(t, key)?;
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
    let mut out = Vec::with_capacity(len(dict));
    let mut at = 0;
    while let Some(item) = next_item(dict, &mut at) {
        out.push(item);
    }
    out
}

/// All keys as they are now.
pub fn keys(dict: &Value) -> Vec<Value> {
    items(dict).into_iter().map(|(k, _)| k).collect()
}

/// A new dict with the same items.
pub fn copy(t: Attached<'_>, dict: &Value) -> PyResult {
    let new = new(t);
    update(t, &new, dict)?;
    Ok(new)
}

/// Sets all items of the dict `other` in `dict`.
pub fn update(t: Attached<'_>, dict: &Value, other: &Value) -> PyResult<()> {
    let mut at = 0;
    while let Some((k, v, hash)) = table::next_entry(body(other), &mut at) {
        table::insert(t, body(dict), &k, hash, v)?;
    }
    Ok(())
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
pub fn slot_at<'a>(dict: &'a PyDict, index: usize, name: u64) -> Option<&'a Slot> {
    let table = dict.table()?;
    let entry = table.entries().get(index)?;
    if entry.key.bits_racy() == name { Some(&entry.value) } else { None }
}

/// The entry number of a str key that is there as the same object, for an inline cache.
pub fn index_of(t: Attached<'_>, dict: &PyDict, name: &Value) -> Option<usize> {
    let hash = crate::str::hash(t, name);
    table::index_of_same(dict, name, hash)
}
