//! The hash table of `dict` and of the sets: layout, lookup, insertion, growth. See `dict.rs` for the
//! protocol.
//!
//! ```text
//! | Table head | index: u32 * (mask + 1), 0 = free, else entry number + 1 | entries * capacity |
//! ```
//! Probing is `i = 5 i + 1 + perturb` over the index, as CPython's, so clustered hashes spread.
//! Copying and exchanging whole tables is in `table/copy.rs`.
//! [`Hashed`] is a table with its lock and version; it is generic over what an entry holds besides
//! hash and key: a value ([`Entry`], dicts) or nothing ([`Member`], sets).

mod copy;

pub use copy::{adopt, copy_of, exchange, fill, snapshot, snapshot_keys, snapshot_values};

use std::alloc::{Layout, alloc, dealloc};
use std::marker::PhantomData;
use std::ptr;
use std::sync::atomic::{AtomicI64, AtomicPtr, AtomicU32, Ordering::*};

use orochi_heap::domain::single_domain;
use orochi_heap::{Slot, Value, Visit};
use orochi_runtime::ObjectLock;

use crate::thread::{Attached, PyResult};

/// What a table holds for each key.
pub trait Item: Sized {
    /// An item of a key and, for dicts, its value.
    fn make(hash: i64, key: Value, value: Value) -> Self;
    /// The key's hash.
    fn hash(&self) -> &AtomicI64;
    /// The key; unbound in a deleted item.
    fn key(&self) -> &Slot;
    /// The value's place, if items have one.
    fn value(&self) -> Option<&Slot>;
    /// An item of the same hash, key and value.
    fn copy(&self) -> Self;
}

/// One item of a dict. A deleted one has an unbound key and value.
#[repr(C)]
pub struct Entry {
    pub(crate) hash: AtomicI64,
    /// The key.
    pub key: Slot,
    /// The value.
    pub value: Slot,
}

/// One member of a set. A deleted one has an unbound key.
#[repr(C)]
pub struct Member {
    hash: AtomicI64,
    key: Slot,
}

impl Item for Entry {
    #[inline(always)]
    fn make(hash: i64, key: Value, value: Value) -> Entry {
        Entry { hash: AtomicI64::new(hash), key: Slot::new(key), value: Slot::new(value) }
    }
    #[inline(always)]
    fn hash(&self) -> &AtomicI64 {
        &self.hash
    }
    #[inline(always)]
    fn key(&self) -> &Slot {
        &self.key
    }
    #[inline(always)]
    fn value(&self) -> Option<&Slot> {
        Some(&self.value)
    }
    #[inline(always)]
    fn copy(&self) -> Entry {
        let hash = AtomicI64::new(self.hash.load(Relaxed));
        Entry { hash, key: Slot::new(self.key.load()), value: Slot::new(self.value.load()) }
    }
}

impl Item for Member {
    #[inline(always)]
    fn make(hash: i64, key: Value, _: Value) -> Member {
        Member { hash: AtomicI64::new(hash), key: Slot::new(key) }
    }
    #[inline(always)]
    fn hash(&self) -> &AtomicI64 {
        &self.hash
    }
    #[inline(always)]
    fn key(&self) -> &Slot {
        &self.key
    }
    #[inline(always)]
    fn value(&self) -> Option<&Slot> {
        None
    }
    #[inline(always)]
    fn copy(&self) -> Member {
        Member { hash: AtomicI64::new(self.hash.load(Relaxed)), key: Slot::new(self.key.load()) }
    }
}

/// The head of a table.
#[repr(C)]
pub struct Table<E> {
    mask: u32,
    capacity: u32,
    /// Entries used, deleted ones included. Published after the entry is written.
    len: AtomicU32,
    /// All entries from this number on are deleted or unused: where taking the last item looks first.
    /// Guarded by: the lock.
    end: AtomicU32,
    /// All entries below this number are deleted: where taking the first item looks first. A hint.
    start: AtomicU32,
    /// Where the entries begin, in words of 8 bytes from the start of the head.
    entries_at: u32,
    _entries: PhantomData<E>,
}

const SMALLEST: u32 = 8;

/// Most entries of a table: entry numbers and sizes stay far inside 32 bits.
const LARGEST: usize = 1 << 30;

impl<E: Item> Table<E> {
    fn layout(mask: u32, capacity: u32) -> Option<(Layout, usize)> {
        let index = size_of::<Table<E>>() + 4 * (mask as usize + 1);
        let entries = (index + 7) & !7;
        let layout = Layout::from_size_align(entries + capacity as usize * size_of::<E>(), 8).ok()?;
        Some((layout, entries))
    }
    /// A table with room for at least `items` entries; `None` if there is no memory.
    fn new(items: usize) -> Option<*mut Table<E>> {
        if items > LARGEST {
            return None;
        }
        let mut size = SMALLEST as usize;
        while size * 2 / 3 < items {
            size *= 2;
        }
        Table::of_size(size as u32 - 1, (size * 2 / 3) as u32)
    }
    /// An empty table as large as another.
    fn new_like(other: &Table<E>) -> Option<*mut Table<E>> {
        Table::of_size(other.mask, other.capacity)
    }
    fn of_size(mask: u32, capacity: u32) -> Option<*mut Table<E>> {
        let (layout, entries) = Table::<E>::layout(mask, capacity)?;
        // SAFETY: the layout is not empty; head and index are initialised at once, entries when used.
        unsafe {
            let p = alloc(layout);
            if p.is_null() {
                return None;
            }
            p.cast::<Table<E>>().write(Table {
                mask,
                capacity,
                len: AtomicU32::new(0),
                end: AtomicU32::new(0),
                start: AtomicU32::new(0),
                entries_at: (entries / 8) as u32,
                _entries: PhantomData,
            });
            ptr::write_bytes(p.add(size_of::<Table<E>>()), 0, entries - size_of::<Table<E>>());
            Some(p.cast())
        }
    }
    #[inline(always)]
    fn index(&self) -> &[AtomicU32] {
        // SAFETY: the index follows the head, `mask + 1` words, initialised.
        unsafe {
            std::slice::from_raw_parts((self as *const Table<E>).add(1).cast::<AtomicU32>(), self.mask as usize + 1)
        }
    }
    #[inline(always)]
    fn entry_ptr(&self) -> *mut E {
        // SAFETY: inside the allocation.
        unsafe { (self as *const Table<E>).cast::<u64>().add(self.entries_at as usize).cast_mut().cast() }
    }
    /// The entries in insertion order, deleted ones included.
    #[inline(always)]
    pub fn entries(&self) -> &[E] {
        // SAFETY: the first `len` entries are initialised.
        unsafe { std::slice::from_raw_parts(self.entry_ptr(), self.len.load(Acquire) as usize) }
    }
    /// Bytes of memory.
    pub fn size(&self) -> usize {
        Table::<E>::layout(self.mask, self.capacity).map_or(0, |(l, _)| l.size())
    }
    /// Frees the memory without releasing the entries (they live in another table).
    ///
    /// # Safety
    /// Nobody looks at the table any more.
    unsafe fn free(table: *mut Table<E>) {
        // SAFETY: as the caller says; the layout is that of the allocation.
        unsafe {
            if let Some((layout, _)) = Table::<E>::layout((*table).mask, (*table).capacity) {
                dealloc(table.cast(), layout);
            }
        }
    }
    /// Frees the memory and releases the entries.
    ///
    /// # Safety
    /// Nobody looks at the table any more, and its entries were not moved.
    unsafe fn free_with_entries(table: *mut Table<E>) {
        // SAFETY: as the caller says.
        unsafe {
            for e in (*table).entries() {
                // The words are not written over: the memory goes away, and nobody else knows it.
                drop(Value::from_bits(e.key().bits_racy()));
                if let Some(v) = e.value() {
                    drop(Value::from_bits(v.bits_racy()));
                }
            }
            Table::free(table);
        }
    }
    #[inline(always)]
    fn probe(&self, hash: i64) -> Probe {
        Probe { at: hash as usize & self.mask as usize, perturb: hash as u64, mask: self.mask as usize }
    }
    /// Writes entry number `n` and its place in the index.
    ///
    /// # Safety
    /// `n < capacity`, the entry is not initialised; nobody else writes the table.
    #[inline(always)]
    unsafe fn put(&self, n: u32, hash: i64, item: E) {
        // SAFETY: as the caller says; readers see the entry only by `len` and the index.
        unsafe { self.entry_ptr().add(n as usize).write(item) };
        self.len.store(n + 1, Release);
        let mut probe = self.probe(hash);
        let index = self.index();
        while index[probe.at].load(Relaxed) != 0 {
            probe.next();
        }
        index[probe.at].store(n + 1, Release);
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

/// A hash table that readers use without a lock.
pub struct Hashed<E: Item> {
    table: AtomicPtr<Table<E>>,
    /// Live entries.
    used: AtomicU32,
    /// Changes whenever a key comes or goes. Even between changes.
    version: AtomicU32,
    lock: ObjectLock,
}

impl<E: Item> Default for Hashed<E> {
    fn default() -> Hashed<E> {
        Hashed {
            table: AtomicPtr::default(),
            used: AtomicU32::new(0),
            version: AtomicU32::new(0),
            lock: ObjectLock::new(),
        }
    }
}

impl<E: Item> Drop for Hashed<E> {
    fn drop(&mut self) {
        let table = *self.table.get_mut();
        if !table.is_null() {
            // SAFETY: nobody else can reach a dying container.
            unsafe { Table::free_with_entries(table) };
        }
    }
}

impl<E: Item> Hashed<E> {
    /// The table, if there is one.
    #[inline(always)]
    pub fn table(&self) -> Option<&Table<E>> {
        // SAFETY: tables are retired, not freed, when they are replaced.
        unsafe { self.table.load(Acquire).as_ref() }
    }
    #[inline(always)]
    fn is_current(&self, table: &Table<E>) -> bool {
        single_domain() || ptr::eq(self.table.load(Acquire), table)
    }
    /// Number of live entries.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.used.load(Relaxed) as usize
    }
    /// Whether there is no live entry.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Shows every reference to the collector.
    pub fn trace(&self, visit: &mut Visit<'_>) {
        if let Some(table) = self.table() {
            for e in table.entries() {
                visit.slot(e.key());
                if let Some(v) = e.value() {
                    visit.slot(v);
                }
            }
        }
    }
    /// The version of the keys: changes when a key comes or goes.
    #[inline(always)]
    pub fn keys_version(&self) -> u32 {
        self.version.load(Acquire)
    }
    /// Bytes of memory besides the body.
    pub fn size(&self) -> usize {
        self.table().map_or(0, Table::size)
    }
    #[inline(always)]
    fn locked<R>(&self, f: impl FnOnce() -> R) -> R {
        let _guard = self.write();
        f()
    }
    /// Keeps other writers out while the guard lives.
    #[inline(always)]
    fn write(&self) -> Writing<'_> {
        if single_domain() {
            return Writing(None);
        }
        self.lock.lock();
        Writing(Some(&self.lock))
    }
    #[inline(always)]
    fn count(&self, used: u32) {
        self.used.store(used, Relaxed);
        self.version.store(self.version.load(Relaxed).wrapping_add(2), Release);
    }
}

/// The lock of a table, held; nothing where there is one domain.
struct Writing<'a>(Option<&'a ObjectLock>);

impl Drop for Writing<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        if let Some(lock) = self.0 {
            lock.unlock();
        }
    }
}

/// How a key compares with an entry without running Python.
enum Same {
    Yes,
    No,
    /// Only `__eq__` knows.
    Ask(Value),
}

/// `stable`: nobody writes the entry meanwhile (one domain, or the lock is held).
#[inline(always)]
fn compare<E: Item>(t: Attached<'_>, entry: &E, key: &Value, hash: i64, stable: bool) -> Same {
    if entry.hash().load(Relaxed) != hash {
        return Same::No;
    }
    let word = entry.key().bits_racy();
    if word == key.identity() {
        return Same::Yes;
    }
    if word == orochi_heap::value::UNBOUND {
        return Same::No;
    }
    if stable {
        // SAFETY: as the caller says; the view ends with this call.
        let other = unsafe { entry.key().view() };
        return match same_plainly(t, key, other) {
            Some(true) => Same::Yes,
            Some(false) => Same::No,
            None => Same::Ask(other.clone()),
        };
    }
    // Keys that all threads look at are not counted by them.
    let other = entry.key().load_register();
    match same_plainly(t, key, &other) {
        Some(true) => Same::Yes,
        Some(false) => Same::No,
        None if other.is_unbound() => Same::No,
        None => Same::Ask(other.counted()),
    }
}

/// Whether two keys of the same hash are equal, where that can be seen without running Python.
#[inline(always)]
fn same_plainly(t: Attached<'_>, a: &Value, b: &Value) -> Option<bool> {
    if let (Some(x), Some(y)) = (crate::str::exact_bytes(a), crate::str::exact_bytes(b)) {
        return Some(x == y);
    }
    if let (Some(x), Some(y)) = (a.as_small_int(), b.as_small_int()) {
        return Some(x == y);
    }
    same_tuples(t, a, b)
}

/// As [`same_plainly`], for tuples of strs, small ints and identical members.
#[inline(never)]
fn same_tuples(t: Attached<'_>, a: &Value, b: &Value) -> Option<bool> {
    let tuple = &crate::tuple::TYPE;
    if !tuple.is_exact(t, a) || !tuple.is_exact(t, b) {
        return None;
    }
    let (x, y) = (crate::tuple::items(a), crate::tuple::items(b));
    if x.len() != y.len() {
        return Some(false);
    }
    for (v, w) in x.iter().zip(y) {
        let same = v.is(w)
            || match (v.as_small_int(), w.as_small_int()) {
                (Some(i), Some(j)) => i == j,
                _ => crate::str::exact_bytes(v)? == crate::str::exact_bytes(w)?,
            };
        if !same {
            return Some(false);
        }
    }
    Some(true)
}

/// Finds the entry of a key: entry number and whether it was found; and the version looked at.
/// Runs `__eq__` where needed, and starts anew when the table changed meanwhile.
#[inline]
fn find<E: Item>(t: Attached<'_>, d: &Hashed<E>, key: &Value, hash: i64) -> PyResult<(Option<usize>, u32)> {
    let mut stable = single_domain();
    'again: loop {
        let version = d.version.load(Acquire);
        let Some(table) = d.table() else { return Ok((None, version)) };
        let mut probe = table.probe(hash);
        let index = table.index();
        loop {
            let n = index[probe.at].load(Acquire);
            if n == 0 {
                return Ok((None, version));
            }
            if let Some(entry) = table.entries().get(n as usize - 1) {
                match compare(t, entry, key, hash, stable) {
                    Same::Yes => return Ok((Some(n as usize - 1), version)),
                    Same::No => {}
                    Same::Ask(other) => {
                        let equal = crate::protocol::equal(t, &other, key)?;
                        stable = single_domain();
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

/// Whether a key is there.
pub fn contains<E: Item>(t: Attached<'_>, d: &Hashed<E>, key: &Value, hash: i64) -> PyResult<bool> {
    Ok(find(t, d, key, hash)?.0.is_some())
}

/// The key object that is there for a key.
pub fn find_key<E: Item>(t: Attached<'_>, d: &Hashed<E>, key: &Value, hash: i64) -> PyResult<Option<Value>> {
    loop {
        let before = d.table.load(Acquire);
        let (Some(i), _) = find(t, d, key, hash)? else { return Ok(None) };
        // SAFETY: not null, an entry was found; retired, not freed.
        let Some(entry) = (unsafe { (*before).entries() }).get(i) else { continue };
        let found = entry.key().load();
        if ptr::eq(before, d.table.load(Acquire)) && !found.is_unbound() {
            return Ok(Some(found));
        }
    }
}

/// The value of a key.
pub(super) fn get(t: Attached<'_>, d: &Hashed<Entry>, key: &Value, hash: i64) -> PyResult<Option<Value>> {
    loop {
        let before = d.table.load(Acquire);
        let (Some(i), version) = find(t, d, key, hash)? else { return Ok(None) };
        if single_domain() {
            // Nothing runs between the end of the search and the look at the entry.
            return Ok(d.table().and_then(|table| table.entries().get(i)).map(|entry| entry.value.load()));
        }
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
pub(super) fn get_str_like(t: Attached<'_>, d: &Hashed<Entry>, key: &Value) -> PyResult<Option<Value>> {
    let hash = crate::str::hash(t, key);
    if let Some(table) = d.table() {
        let mut probe = table.probe(hash);
        let (index, entries) = (table.index(), table.entries());
        loop {
            let n = index[probe.at].load(Acquire);
            if n == 0 {
                return Ok(None);
            }
            let Some(entry) = entries.get(n as usize - 1) else { break };
            if entry.key.bits_racy() == key.identity() {
                let value = entry.value.load();
                if !value.is_unbound() && d.is_current(table) {
                    return Ok(Some(value));
                }
                break;
            }
            if entry.hash.load(Relaxed) == hash {
                if !single_domain() {
                    break;
                }
                // SAFETY: with one domain nobody writes the slot while it is looked at.
                let other = unsafe { entry.key.view() };
                match (crate::str::exact_bytes(key), crate::str::exact_bytes(other)) {
                    (Some(a), Some(b)) if a == b => return Ok(Some(entry.value.load())),
                    _ => break,
                }
            }
            probe.next();
        }
    } else {
        return Ok(None);
    }
    get(t, d, key, hash)
}

/// Why [`insert_plainly`] gave the value back.
enum Refused {
    /// Only `__eq__` knows whether the key is there.
    Ask,
    Memory,
}

/// Sets a key; gives the value before. A member of a set that was there already gives `value` back.
#[inline]
pub fn insert<E: Item>(
    t: Attached<'_>,
    d: &Hashed<E>,
    key: &Value,
    hash: i64,
    value: Value,
) -> PyResult<Option<Value>> {
    let value = value.counted();
    match d.locked(|| insert_plainly(t, d, key, hash, value)) {
        Ok(old) => Ok(old),
        Err((back, Refused::Ask)) => insert_asking(t, d, key, hash, back),
        Err((back, Refused::Memory)) => {
            drop(back);
            Err(t.memory_error())
        }
    }
}

/// Where a key belongs.
enum Place {
    /// Its entry.
    Entry(usize),
    /// It is not there; this place of the index is free for it.
    Free(usize),
    /// Only `__eq__` knows.
    Ask,
}

/// Looks for a key's place without running Python. Under the lock.
#[inline(always)]
fn place<E: Item>(t: Attached<'_>, table: &Table<E>, key: &Value, hash: i64) -> Place {
    let mut probe = table.probe(hash);
    let (index, entries) = (table.index(), table.entries());
    loop {
        let n = index[probe.at].load(Relaxed) as usize;
        if n == 0 {
            return Place::Free(probe.at);
        }
        if let Some(entry) = entries.get(n - 1) {
            match compare(t, entry, key, hash, true) {
                Same::Yes => return Place::Entry(n - 1),
                Same::No => {}
                // The entry holds another reference: the one dropped here is not the last.
                Same::Ask(_) => return Place::Ask,
            }
        }
        probe.next();
    }
}

/// Finds the key's place and sets it in one walk, if no `__eq__` is needed. Under the lock.
#[inline(always)]
fn insert_plainly<E: Item>(
    t: Attached<'_>,
    d: &Hashed<E>,
    key: &Value,
    hash: i64,
    value: Value,
) -> Result<Option<Value>, (Value, Refused)> {
    let refused = match d.table() {
        None => add(t, d, key, hash, value),
        Some(table) => match place(t, table, key, hash) {
            Place::Entry(i) => {
                return Ok(Some(match table.entries()[i].value() {
                    Some(slot) => slot.swap(value),
                    None => value,
                }));
            }
            Place::Ask => return Err((value, Refused::Ask)),
            Place::Free(at) => add_at(t, d, table, at, key, hash, value),
        },
    };
    match refused {
        None => Ok(None),
        Some(back) => Err((back, Refused::Memory)),
    }
}

/// As [`add`], where the free place of the index is known.
#[must_use]
#[inline(always)]
fn add_at<E: Item>(
    t: Attached<'_>,
    d: &Hashed<E>,
    table: &Table<E>,
    at: usize,
    key: &Value,
    hash: i64,
    value: Value,
) -> Option<Value> {
    let n = table.len.load(Relaxed);
    if n == table.capacity {
        return add(t, d, key, hash, value);
    }
    // SAFETY: `n < capacity`; the entry is not initialised yet; the lock is held. Readers see it only by
    // `len` and the index.
    unsafe { table.entry_ptr().add(n as usize).write(E::make(hash, key.clone(), value)) };
    table.len.store(n + 1, Release);
    table.index()[at].store(n + 1, Release);
    table.end.store(n + 1, Relaxed);
    d.count(d.used.load(Relaxed) + 1);
    None
}

/// Adds one to the value of a key, which counts as 0 if the key is not there. `false`: nothing was done,
/// for the value is no small int or `__eq__` must be asked.
pub(super) fn count_one(t: Attached<'_>, d: &Hashed<Entry>, key: &Value, hash: i64) -> PyResult<bool> {
    let done = d.locked(|| {
        let Some(table) = d.table() else { return Ok(add(t, d, key, hash, Value::i32(1)).is_none()) };
        match place(t, table, key, hash) {
            Place::Entry(i) => {
                let slot = &table.entries()[i].value;
                // SAFETY: under the lock nobody else writes the slot.
                let next = unsafe { slot.view() }.as_small_int().and_then(|n| Value::small_int(n + 1));
                match next {
                    // The old value is an int without memory: nothing dies.
                    Some(next) => drop(slot.swap(next)),
                    None => return Err(()),
                }
                Ok(true)
            }
            Place::Free(at) => Ok(add_at(t, d, table, at, key, hash, Value::i32(1)).is_none()),
            Place::Ask => Err(()),
        }
    });
    match done {
        Ok(true) => Ok(true),
        Ok(false) => Err(t.memory_error()),
        Err(()) => Ok(false),
    }
}

/// As [`insert`], where other keys' `__eq__` must be asked: it runs unlocked, and the version tells
/// whether what it said still counts.
#[cold]
#[inline(never)]
fn insert_asking<E: Item>(
    t: Attached<'_>,
    d: &Hashed<E>,
    key: &Value,
    hash: i64,
    mut value: Value,
) -> PyResult<Option<Value>> {
    loop {
        let (found, version) = find(t, d, key, hash)?;
        let done = d.locked(|| {
            if d.version.load(Relaxed) != version {
                return Err((value, true));
            }
            match found {
                Some(i) => match d.table().and_then(|table| table.entries().get(i)) {
                    Some(e) => Ok(Some(match e.value() {
                        Some(slot) => slot.swap(value),
                        None => value,
                    })),
                    None => Err((value, true)),
                },
                None => match add(t, d, key, hash, value) {
                    None => Ok(None),
                    Some(back) => Err((back, false)),
                },
            }
        });
        match done {
            Ok(old) => return Ok(old),
            Err((back, true)) => value = back,
            Err((back, false)) => {
                drop(back);
                return Err(t.memory_error());
            }
        }
    }
}

/// Sets a key that is not there; gives the value now there.
pub(super) fn set_default(t: Attached<'_>, d: &Hashed<Entry>, key: &Value, hash: i64, default: Value) -> PyResult {
    let plain = d.locked(|| {
        let Some(table) = d.table() else { return Some(add(t, d, key, hash, default.clone()).map_or(Ok(None), |_| Err(()))) };
        match place(t, table, key, hash) {
            Place::Entry(i) => Some(Ok(Some(table.entries()[i].value.load()))),
            Place::Free(at) => Some(add_at(t, d, table, at, key, hash, default.clone()).map_or(Ok(None), |_| Err(()))),
            Place::Ask => None,
        }
    });
    match plain {
        Some(Ok(found)) => return Ok(found.unwrap_or(default)),
        Some(Err(())) => return Err(t.memory_error()),
        None => {}
    }
    loop {
        let (found, version) = find(t, d, key, hash)?;
        if let Some(i) = found {
            if let Some(table) = d.table()
                && let Some(entry) = table.entries().get(i)
            {
                let value = entry.value.load();
                if d.version.load(Acquire) == version && d.is_current(table) && !value.is_unbound() {
                    return Ok(value);
                }
            }
            continue;
        }
        let done = d.locked(|| {
            if d.version.load(Relaxed) != version {
                return None;
            }
            Some(add(t, d, key, hash, default.clone()))
        });
        match done {
            Some(None) => return Ok(default),
            Some(Some(_)) => return Err(t.memory_error()),
            None => {}
        }
    }
}

/// Appends an entry for a key that is not there. Under the lock. Gives the value back if there is no
/// memory.
#[must_use]
#[inline(never)]
fn add<E: Item>(t: Attached<'_>, d: &Hashed<E>, key: &Value, hash: i64, value: Value) -> Option<Value> {
    let full = d.table().is_none_or(|table| table.len.load(Relaxed) == table.capacity);
    if full {
        // Small tables grow fast, so that they are seldom copied; large ones with less waste.
        let used = d.used.load(Relaxed) as usize;
        let room = if used < 1 << 16 { used * 3 } else { used * 2 };
        if !grow(t, d, room.max(SMALLEST as usize / 2)) {
            return Some(value);
        }
    }
    let Some(table) = d.table() else { return Some(value) };
    let n = table.len.load(Relaxed);
    // SAFETY: `n < capacity`; the entry is not initialised yet; the lock is held.
    unsafe { table.put(n, hash, E::make(hash, key.clone(), value)) };
    table.end.store(n + 1, Relaxed);
    d.count(d.used.load(Relaxed) + 1);
    None
}

/// A new table with the live entries and room for `room` in all. Under the lock. `false`: no memory.
#[must_use]
fn grow<E: Item>(t: Attached<'_>, d: &Hashed<E>, room: usize) -> bool {
    let Some(new) = Table::<E>::new(room) else { return false };
    let old = d.table.load(Relaxed);
    // SAFETY: `new` is ours until it is stored; the words of live entries move there, and the old
    // table is freed without releasing them.
    unsafe {
        let mut n = 0u32;
        if !old.is_null() {
            for e in (*old).entries() {
                if e.key().is_unbound() {
                    continue;
                }
                (*new).put(n, e.hash().load(Relaxed), ptr::read(e));
                n += 1;
            }
        }
        (*new).end.store(n, Relaxed);
    }
    d.table.store(new, Release);
    // Entry numbers changed: inline caches and iterators that hold one must notice.
    d.version.store(d.version.load(Relaxed).wrapping_add(2), Release);
    retire(t, old);
    true
}

/// Makes room for `more` new keys at once.
pub fn reserve<E: Item>(t: Attached<'_>, d: &Hashed<E>, more: usize) {
    let enough = d.locked(|| {
        let room = d.used.load(Relaxed) as usize + more;
        let have = d.table().map_or(0, |table| (table.capacity - table.len.load(Relaxed)) as usize + d.len());
        // Not enough memory for all at once is no error yet: the keys may be there already.
        have >= room || grow(t, d, room)
    });
    let _ = enough;
}

/// Fills an empty table with keys that are all different; those that do not fit (`room` was too small, or there is
/// no memory) are dropped. The iterator runs under the lock: it must not run Python.
pub fn fill_with<E: Item>(t: Attached<'_>, d: &Hashed<E>, room: usize, items: impl Iterator<Item = (Value, i64, Value)>) {
    d.locked(|| {
        if d.table().is_some() || !grow(t, d, room) {
            return;
        }
        let Some(table) = d.table() else { return };
        let mut n = 0;
        for (key, hash, value) in items.take(table.capacity as usize) {
            // SAFETY: `n < capacity`; the entry is not initialised yet; the lock is held.
            unsafe { table.put(n, hash, E::make(hash, key, value.counted())) };
            n += 1;
        }
        table.end.store(n, Relaxed);
        d.count(n);
    });
}

fn retire<E: Item>(t: Attached<'_>, old: *mut Table<E>) {
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
    let free = move || {
        // SAFETY: runs when no thread can still look at the table; its entries were moved.
        unsafe { Table::free(address as *mut Table<E>) }
    };
    (heap.hooks.retire)(heap, Box::new(free));
}

/// Empties entry `i`. Under the lock.
fn take_entry<E: Item>(d: &Hashed<E>, table: &Table<E>, i: usize) -> Option<(Value, Value)> {
    let entry = table.entries().get(i)?;
    let old = (entry.key().take(), entry.value().map_or(Value::none(), Slot::take));
    let n = i as u32;
    if table.start.load(Relaxed) == n {
        table.start.store(n + 1, Relaxed);
    }
    if table.end.load(Relaxed) == n + 1 {
        table.end.store(n, Relaxed);
    }
    d.count(d.used.load(Relaxed) - 1);
    Some(old)
}

/// Takes a key out; gives its value (None for a member of a set).
pub fn remove<E: Item>(t: Attached<'_>, d: &Hashed<E>, key: &Value, hash: i64) -> PyResult<Option<Value>> {
    remove_if(t, d, key, hash, |_| true)
}

/// Takes a key out if its value is a `wanted` one, in one step that no other thread comes into; gives the value.
/// `wanted` runs under the lock: no Python, no other lock.
pub fn remove_if<E: Item>(
    t: Attached<'_>,
    d: &Hashed<E>,
    key: &Value,
    hash: i64,
    wanted: impl Fn(&E) -> bool,
) -> PyResult<Option<Value>> {
    loop {
        let (found, version) = find(t, d, key, hash)?;
        let Some(i) = found else { return Ok(None) };
        let done = d.locked(|| {
            if d.version.load(Relaxed) != version {
                return None;
            }
            let table = d.table()?;
            if wanted(table.entries().get(i)?) { take_entry(d, table, i).map(Some) } else { Some(None) }
        });
        match done {
            Some(Some((key, value))) => {
                drop(key);
                return Ok(Some(value));
            }
            Some(None) => return Ok(None),
            None => {}
        }
    }
}

/// Takes the last item out.
pub fn pop_last<E: Item>(d: &Hashed<E>) -> Option<(Value, Value)> {
    d.locked(|| {
        let table = d.table()?;
        let end = (table.end.load(Relaxed) as usize).min(table.entries().len());
        let i = table.entries()[..end].iter().rposition(|e| !e.key().is_unbound())?;
        table.end.store(i as u32 + 1, Relaxed);
        take_entry(d, table, i)
    })
}

/// Takes the first item out.
pub fn pop_first<E: Item>(d: &Hashed<E>) -> Option<(Value, Value)> {
    d.locked(|| {
        let table = d.table()?;
        let start = (table.start.load(Relaxed) as usize).min(table.entries().len());
        let i = start + table.entries()[start..].iter().position(|e| !e.key().is_unbound())?;
        table.start.store(i as u32, Relaxed);
        take_entry(d, table, i)
    })
}

/// Takes everything out. The values are released after the container is empty.
pub fn clear<E: Item>(d: &Hashed<E>) {
    let dead: Vec<Value> = d.locked(|| {
        let Some(table) = d.table() else { return Vec::new() };
        let mut dead = Vec::with_capacity(d.len());
        for e in table.entries() {
            dead.push(e.key().take());
            if let Some(v) = e.value() {
                dead.push(v.take());
            }
        }
        table.end.store(0, Relaxed);
        table.start.store(table.len.load(Relaxed), Relaxed);
        d.count(0);
        dead
    });
    drop(dead);
}

/// The next live entry from number `at` on, for a thread that runs alone.
#[inline(always)]
pub fn next_in_place<'a, E: Item>(d: &'a Hashed<E>, at: &mut usize) -> Option<&'a E> {
    let table = d.table()?;
    if *at == 0 {
        *at = table.start.load(Relaxed) as usize;
    }
    loop {
        let entry = table.entries().get(*at)?;
        *at += 1;
        if !entry.key().is_unbound() {
            return Some(entry);
        }
    }
}

/// The next live entry from number `at` on: key, value (None in sets), hash.
#[inline(always)]
pub fn next_entry<E: Item>(d: &Hashed<E>, at: &mut usize) -> Option<(Value, Value, i64)> {
    loop {
        let table = d.table()?;
        if *at == 0 {
            *at = table.start.load(Relaxed) as usize;
        }
        let entry = table.entries().get(*at)?;
        let (key, hash) = (entry.key().load(), entry.hash().load(Relaxed));
        let value = entry.value().map_or(Value::none(), Slot::load);
        if !d.is_current(table) {
            continue;
        }
        *at += 1;
        if !key.is_unbound() && !value.is_unbound() {
            return Some((key, value, hash));
        }
    }
}

/// As [`next_entry`], the key only.
#[inline(always)]
pub fn next_key<E: Item>(d: &Hashed<E>, at: &mut usize) -> Option<(Value, i64)> {
    loop {
        let table = d.table()?;
        if *at == 0 {
            *at = table.start.load(Relaxed) as usize;
        }
        let entry = table.entries().get(*at)?;
        let (key, hash) = (entry.key().load(), entry.hash().load(Relaxed));
        if !d.is_current(table) {
            continue;
        }
        *at += 1;
        if !key.is_unbound() {
            return Some((key, hash));
        }
    }
}

/// As [`next_entry`], the value only.
#[inline(always)]
pub fn next_value(d: &Hashed<Entry>, at: &mut usize) -> Option<Value> {
    loop {
        let table = d.table()?;
        if *at == 0 {
            *at = table.start.load(Relaxed) as usize;
        }
        let value = table.entries().get(*at)?.value.load();
        if !d.is_current(table) {
            continue;
        }
        *at += 1;
        if !value.is_unbound() {
            return Some(value);
        }
    }
}

/// The previous live entry below number `at`.
pub fn previous_entry<E: Item>(d: &Hashed<E>, at: &mut usize) -> Option<(Value, Value, i64)> {
    while *at > 0 {
        let table = d.table()?;
        *at = (*at).min(table.entries().len());
        if *at == 0 {
            return None;
        }
        let entry = table.entries().get(*at - 1)?;
        let (key, hash) = (entry.key().load(), entry.hash().load(Relaxed));
        let value = entry.value().map_or(Value::none(), Slot::load);
        if !d.is_current(table) {
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
pub fn end_position<E: Item>(d: &Hashed<E>) -> usize {
    d.table().map_or(0, |t| t.entries().len())
}

pub(super) fn index_of_same(d: &Hashed<Entry>, key: &Value, hash: i64) -> Option<usize> {
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
