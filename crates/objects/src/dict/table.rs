//! The hash table of `dict`: layout, lookup, insertion, growth. See `dict.rs` for the protocol.
//!
//! ```text
//! | Table head | index: u32 * (mask + 1), 0 = free, else entry number + 1 | entries * capacity |
//! ```
//! Probing is `i = 5 i + 1 + perturb` over the index, as CPython's, so clustered hashes spread.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ptr;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering::*};

use orochi_heap::domain::single_domain;
use orochi_heap::{Slot, Value};

use super::PyDict;
use crate::thread::{Attached, PyResult};

/// One item. A deleted one has an unbound key and value.
#[repr(C)]
pub struct Entry {
    pub(crate) hash: AtomicI64,
    /// The key.
    pub key: Slot,
    /// The value.
    pub value: Slot,
}

/// The head of a table.
#[repr(C)]
pub struct Table {
    mask: u32,
    capacity: u32,
    /// Entries used, deleted ones included. Published after the entry is written.
    len: AtomicU32,
    _pad: u32,
}

const SMALLEST: u32 = 8;

impl Table {
    fn layout(mask: u32, capacity: u32) -> (Layout, usize) {
        let index = size_of::<Table>() + 4 * (mask as usize + 1);
        let entries = (index + 7) & !7;
        match Layout::from_size_align(entries + capacity as usize * size_of::<Entry>(), 8) {
            Ok(layout) => (layout, entries),
            Err(_) => handle_alloc_error(Layout::new::<Table>()),
        }
    }
    /// A table with room for at least `items` entries.
    fn new(items: usize) -> *mut Table {
        let mut size = SMALLEST as usize;
        while size * 2 / 3 < items {
            size *= 2;
        }
        let (mask, capacity) = (size as u32 - 1, (size * 2 / 3) as u32);
        let (layout, entries) = Table::layout(mask, capacity);
        // SAFETY: the layout is not empty; head and index are initialised at once, entries when used.
        unsafe {
            let p = alloc(layout);
            if p.is_null() {
                handle_alloc_error(layout);
            }
            p.cast::<Table>().write(Table { mask, capacity, len: AtomicU32::new(0), _pad: 0 });
            ptr::write_bytes(p.add(size_of::<Table>()), 0, entries - size_of::<Table>());
            p.cast()
        }
    }
    #[inline(always)]
    fn index(&self) -> &[AtomicU32] {
        // SAFETY: the index follows the head, `mask + 1` words, initialised.
        unsafe {
            std::slice::from_raw_parts((self as *const Table).add(1).cast::<AtomicU32>(), self.mask as usize + 1)
        }
    }
    #[inline(always)]
    fn entry_ptr(&self) -> *mut Entry {
        let offset = (size_of::<Table>() + 4 * (self.mask as usize + 1) + 7) & !7;
        // SAFETY: inside the allocation.
        unsafe { (self as *const Table).cast::<u8>().add(offset).cast_mut().cast() }
    }
    /// The entries in insertion order, deleted ones included.
    #[inline(always)]
    pub fn entries(&self) -> &[Entry] {
        // SAFETY: the first `len` entries are initialised.
        unsafe { std::slice::from_raw_parts(self.entry_ptr(), self.len.load(Acquire) as usize) }
    }
    /// Frees the memory without releasing the entries (they live in another table).
    ///
    /// # Safety
    /// Nobody looks at the table any more.
    unsafe fn free(table: *mut Table) {
        // SAFETY: as the caller says; the layout is that of the allocation.
        unsafe {
            let (layout, _) = Table::layout((*table).mask, (*table).capacity);
            dealloc(table.cast(), layout);
        }
    }
    /// Frees the memory and releases the entries.
    ///
    /// # Safety
    /// Nobody looks at the table any more, and its entries were not moved.
    pub(super) unsafe fn free_with_entries(table: *mut Table) {
        // SAFETY: as the caller says.
        unsafe {
            for e in (*table).entries() {
                drop(e.key.take());
                drop(e.value.take());
            }
            Table::free(table);
        }
    }
    #[inline(always)]
    fn probe(&self, hash: i64) -> Probe {
        Probe { at: hash as usize & self.mask as usize, perturb: hash as u64, mask: self.mask as usize }
    }
}

struct Probe {
    at: usize,
    perturb: u64,
    mask: usize,
}

impl Probe {
    #[inline(always)]
    fn next(&mut self) {
        self.perturb >>= 5;
        self.at = self.at.wrapping_mul(5).wrapping_add(self.perturb as usize + 1) & self.mask;
    }
}

impl PyDict {
    #[inline(always)]
    pub(crate) fn table(&self) -> Option<&Table> {
        // SAFETY: tables are retired, not freed, when they are replaced.
        unsafe { self.table.load(Acquire).as_ref() }
    }
    #[inline(always)]
    fn locked<R>(&self, f: impl FnOnce() -> R) -> R {
        if single_domain() { f() } else { self.lock.with(f) }
    }
}

/// How a key compares with an entry without running Python.
enum Same {
    Yes,
    No,
    /// Only `__eq__` knows.
    Ask(Value),
}

#[inline(always)]
fn compare(entry: &Entry, key: &Value, hash: i64) -> Same {
    if entry.hash.load(Relaxed) != hash {
        return Same::No;
    }
    let word = entry.key.bits_racy();
    if word == key.identity() {
        return Same::Yes;
    }
    if word == orochi_heap::value::UNBOUND {
        return Same::No;
    }
    let other = entry.key.load();
    if let (Some(a), Some(b)) = (crate::str::exact_bytes(key), crate::str::exact_bytes(&other)) {
        return if a == b { Same::Yes } else { Same::No };
    }
    if let (Some(a), Some(b)) = (key.as_small_int(), other.as_small_int()) {
        return if a == b { Same::Yes } else { Same::No };
    }
    if other.is_unbound() { Same::No } else { Same::Ask(other) }
}

/// Finds the entry of a key: entry number and whether it was found; and the version looked at.
/// Runs `__eq__` where needed, and starts anew when the dict changed meanwhile.
fn find(t: Attached<'_>, d: &PyDict, key: &Value, hash: i64) -> PyResult<(Option<usize>, u32)> {
    'again: loop {
        let version = d.version.load(Acquire);
        let Some(table) = d.table() else { return Ok((None, version)) };
        let mut probe = table.probe(hash);
        loop {
            let n = table.index()[probe.at].load(Acquire);
            if n == 0 {
                return Ok((None, version));
            }
            let entries = table.entries();
            if let Some(entry) = entries.get(n as usize - 1) {
                match compare(entry, key, hash) {
                    Same::Yes => return Ok((Some(n as usize - 1), version)),
                    Same::No => {}
                    Same::Ask(other) => {
                        let equal = crate::protocol::equal(t, &other, key)?;
                        if d.version.load(Acquire) != version || !ptr::eq(d.table.load(Acquire), table) {
                            continue 'again;
                        }
                        if equal {
                            return Ok((Some(n as usize - 1), version));
                        }
                    }
                }
            }
            probe.next();
        }
    }
}

/// The value of a key.
pub(super) fn get(t: Attached<'_>, d: &PyDict, key: &Value, hash: i64) -> PyResult<Option<Value>> {
    loop {
        let before = d.table.load(Acquire);
        let (Some(i), version) = find(t, d, key, hash)? else { return Ok(None) };
        if !ptr::eq(before, d.table.load(Acquire)) {
            continue;
        }
        // SAFETY: not null, an entry was found; retired, not freed.
        let Some(entry) = unsafe { (*before).entries() }.get(i) else { continue };
        let value = entry.value.load();
        // The same table and keys: the word was the dict's when it was counted.
        if ptr::eq(before, d.table.load(Acquire)) && !value.is_unbound() {
            return Ok(Some(value));
        }
        if d.version.load(Acquire) == version && value.is_unbound() {
            return Ok(None);
        }
    }
}

/// The value of a str key: no Python runs unless another key with the same hash asks for it.
#[inline]
pub(super) fn get_str_like(t: Attached<'_>, d: &PyDict, key: &Value) -> PyResult<Option<Value>> {
    let hash = crate::str::hash(t, key);
    if let Some(table) = d.table() {
        let mut probe = table.probe(hash);
        let entries = table.entries();
        loop {
            let n = table.index()[probe.at].load(Acquire);
            if n == 0 {
                return Ok(None);
            }
            let Some(entry) = entries.get(n as usize - 1) else { break };
            if entry.key.bits_racy() == key.identity() {
                let value = entry.value.load();
                if !value.is_unbound() && (single_domain() || ptr::eq(d.table.load(Acquire), table)) {
                    return Ok(Some(value));
                }
                break;
            }
            if entry.hash.load(Relaxed) == hash {
                break;
            }
            probe.next();
        }
    } else {
        return Ok(None);
    }
    get(t, d, key, hash)
}

/// Sets a key; gives the value before.
pub(super) fn insert(t: Attached<'_>, d: &PyDict, key: &Value, hash: i64, value: Value) -> PyResult<Option<Value>> {
    loop {
        let (found, version) = find(t, d, key, hash)?;
        let done = d.locked(|| {
            if d.version.load(Relaxed) != version {
                return None;
            }
            match found {
                Some(i) => d.table().and_then(|table| table.entries().get(i)).map(|e| Some(e.value.swap(value.clone()))),
                None => {
                    add(t, d, key, hash, value.clone());
                    Some(None)
                }
            }
        });
        if let Some(old) = done {
            return Ok(old);
        }
    }
}

/// Sets a key that is not there; gives the value now there.
pub(super) fn set_default(t: Attached<'_>, d: &PyDict, key: &Value, hash: i64, default: Value) -> PyResult {
    loop {
        if let Some(v) = get(t, d, key, hash)? {
            return Ok(v);
        }
        let (found, version) = find(t, d, key, hash)?;
        if found.is_some() {
            continue;
        }
        let done = d.locked(|| {
            if d.version.load(Relaxed) != version {
                return false;
            }
            add(t, d, key, hash, default.clone());
            true
        });
        if done {
            return Ok(default);
        }
    }
}

/// Appends an entry for a key that is not there. Under the lock.
fn add(t: Attached<'_>, d: &PyDict, key: &Value, hash: i64, value: Value) {
    let full = d.table().is_none_or(|table| table.len.load(Relaxed) == table.capacity);
    if full {
        grow(t, d);
    }
    let Some(table) = d.table() else { return };
    let n = table.len.load(Relaxed);
    // SAFETY: `n < capacity`; the entry is not initialised yet, and readers see it only by `len`.
    unsafe {
        table.entry_ptr().add(n as usize).write(Entry {
            hash: AtomicI64::new(hash),
            key: Slot::new(key.clone()),
            value: Slot::new(value),
        });
    }
    table.len.store(n + 1, Release);
    let mut probe = table.probe(hash);
    while table.index()[probe.at].load(Relaxed) != 0 {
        probe.next();
    }
    table.index()[probe.at].store(n + 1, Release);
    d.used.store(d.used.load(Relaxed) + 1, Relaxed);
    d.version.store(d.version.load(Relaxed).wrapping_add(2), Release);
}

/// A new table with the live entries, with room for as many again. Under the lock.
fn grow(t: Attached<'_>, d: &PyDict) {
    let used = d.used.load(Relaxed) as usize;
    let new = Table::new((used * 2).max(SMALLEST as usize / 2));
    let old = d.table.load(Relaxed);
    // SAFETY: `new` is ours until it is stored; the words of live entries move there, and the old
    // table is freed without releasing them.
    unsafe {
        let mut n = 0u32;
        if !old.is_null() {
            for e in (*old).entries() {
                if e.key.is_unbound() {
                    continue;
                }
                let hash = e.hash.load(Relaxed);
                ptr::copy_nonoverlapping(e, (*new).entry_ptr().add(n as usize), 1);
                let mut probe = (*new).probe(hash);
                while (*new).index()[probe.at].load(Relaxed) != 0 {
                    probe.next();
                }
                n += 1;
                (*new).index()[probe.at].store(n, Relaxed);
            }
        }
        (*new).len.store(n, Release);
        d.table.store(new, Release);
    }
    retire(t, old);
}

fn retire(t: Attached<'_>, old: *mut Table) {
    if old.is_null() {
        return;
    }
    if single_domain() {
        // SAFETY: nobody else runs; the entries were moved.
        unsafe { Table::free(old) };
        return;
    }
    let address = old as usize;
    let heap = &t.runtime().heap;
    // SAFETY (in the closure): runs when no thread can still look at the table; entries were moved.
    (heap.hooks.retire)(heap, Box::new(move || unsafe { Table::free(address as *mut Table) }));
}

/// Takes a key out; gives its value.
pub(super) fn remove(t: Attached<'_>, d: &PyDict, key: &Value, hash: i64) -> PyResult<Option<Value>> {
    loop {
        let (found, version) = find(t, d, key, hash)?;
        let Some(i) = found else { return Ok(None) };
        let done = d.locked(|| {
            if d.version.load(Relaxed) != version {
                return None;
            }
            let entry = d.table().and_then(|table| table.entries().get(i))?;
            let old = (entry.key.take(), entry.value.take());
            d.used.store(d.used.load(Relaxed) - 1, Relaxed);
            d.version.store(version.wrapping_add(2), Release);
            Some(old)
        });
        if let Some((key, value)) = done {
            drop(key);
            return Ok(Some(value));
        }
    }
}

/// Takes the last item out.
pub fn pop_last(d: &PyDict) -> Option<(Value, Value)> {
    d.locked(|| {
        let entry = d.table()?.entries().iter().rev().find(|e| !e.key.is_unbound())?;
        let item = (entry.key.take(), entry.value.take());
        d.used.store(d.used.load(Relaxed) - 1, Relaxed);
        d.version.store(d.version.load(Relaxed).wrapping_add(2), Release);
        Some(item)
    })
}

/// Takes everything out. The values are released after the dict is empty.
pub(super) fn clear(d: &PyDict) {
    let dead: Vec<Value> = d.locked(|| {
        let Some(table) = d.table() else { return Vec::new() };
        let dead = table.entries().iter().flat_map(|e| [e.key.take(), e.value.take()]).collect();
        d.used.store(0, Relaxed);
        d.version.store(d.version.load(Relaxed).wrapping_add(2), Release);
        dead
    });
    drop(dead);
}

/// The next live entry from number `at` on: key, value, hash.
pub fn next_entry(d: &PyDict, at: &mut usize) -> Option<(Value, Value, i64)> {
    loop {
        let table = d.table()?;
        let entry = table.entries().get(*at)?;
        let (key, value, hash) = (entry.key.load(), entry.value.load(), entry.hash.load(Relaxed));
        if !ptr::eq(d.table.load(Acquire), table) {
            continue;
        }
        *at += 1;
        if !key.is_unbound() && !value.is_unbound() {
            return Some((key, value, hash));
        }
    }
}

/// The previous live entry below number `at`.
pub fn previous_entry(d: &PyDict, at: &mut usize) -> Option<(Value, Value, i64)> {
    while *at > 0 {
        let table = d.table()?;
        *at = (*at).min(table.entries().len());
        if *at == 0 {
            return None;
        }
        let entry = table.entries().get(*at - 1)?;
        let (key, value, hash) = (entry.key.load(), entry.value.load(), entry.hash.load(Relaxed));
        if !ptr::eq(d.table.load(Acquire), table) {
            continue;
        }
        *at -= 1;
        if !key.is_unbound() && !value.is_unbound() {
            return Some((key, value, hash));
        }
    }
    None
}

/// Entries used so far, deleted ones included: where a reversed iteration begins.
pub fn end_position(d: &PyDict) -> usize {
    d.table().map_or(0, |t| t.entries().len())
}

/// The version of the keys: changes when a key comes or goes.
#[inline(always)]
pub fn keys_version(d: &PyDict) -> u32 {
    d.version.load(Acquire)
}

pub(super) fn index_of_same(d: &PyDict, key: &Value, hash: i64) -> Option<usize> {
    let table = d.table()?;
    let mut probe = table.probe(hash);
    loop {
        let n = table.index()[probe.at].load(Acquire);
        if n == 0 {
            return None;
        }
        if table.entries().get(n as usize - 1)?.key.bits_racy() == key.identity() {
            return Some(n as usize - 1);
        }
        probe.next();
    }
}
