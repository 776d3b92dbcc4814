//! The second level of the inline caches: a table a thread, for sites that see many maps.
//!
//! An inline cache is one word and remembers one map. A site that meets several, such as an attribute
//! store in a base class's `__init__`, finds the word of the map at hand here, by map, name and kind of
//! access. A word means the same as in the inline cache and is checked in the same way; the whole
//! table is forgotten when the inline caches are flushed. The idea is the stub cache of V8.

use std::cell::{Cell, OnceCell};
use std::sync::atomic::Ordering::{Acquire, Relaxed, SeqCst};
use std::sync::atomic::{AtomicU64, fence};

use orochi_heap::Value;
use orochi_heap::kind::MapHead;
use orochi_objects::Attached;

use crate::frame::eval_thread;

/// Entries; a power of two.
const ENTRIES: usize = 1024;

/// A site whose cache holds another map's word gets a new one at every so many hits of a thread.
const WRITTEN_EVERY: u32 = 16;

/// What a site does with the attribute: the words of one access are no good for another.
#[derive(Clone, Copy)]
#[repr(u64)]
pub enum Access {
    /// Reads it.
    Load,
    /// Calls it.
    Method,
    /// Sets it.
    Store,
}

#[derive(Default)]
struct Entry {
    /// Address of the name, with the access in the low bits; 0: free.
    key: Cell<u64>,
    /// As in the inline cache; the map's address is its upper part.
    word: Cell<u64>,
}

/// The table of one thread; only that thread uses it.
#[derive(Default)]
pub struct SiteTable {
    entries: OnceCell<Box<[Entry]>>,
    epoch: Cell<u64>,
    hits: Cell<u32>,
}

/// Writes a word into a site's cache; `false`: the caches were flushed since `epoch`, and it was taken back.
fn write(t: Attached<'_>, cache: &AtomicU64, word: u64, epoch: u64) -> bool {
    cache.store(word, Relaxed);
    // Whoever flushes counts first and writes then: either the flush comes after our word, or we see the count.
    fence(SeqCst);
    let good = t.runtime().cache_epoch.load(SeqCst) == epoch;
    if !good {
        cache.store(0, Relaxed);
    }
    good
}

impl SiteTable {
    #[inline(always)]
    fn place(map: *const MapHead, key: u64) -> usize {
        ((map as u64 >> 4) ^ (key >> 4).wrapping_mul(31) ^ key << 7) as usize & (ENTRIES - 1)
    }
    /// The word for a map and a name (an interned str). It goes into the site's own cache if that is empty, and
    /// now and then otherwise: sites that see many maps would write a word that all threads read.
    #[inline(always)]
    pub fn get(&self, t: Attached<'_>, map: *const MapHead, name: &Value, access: Access, cache: &AtomicU64) -> Option<u64> {
        let entries = self.entries.get()?;
        let key = name.identity() | access as u64;
        let e = &entries[Self::place(map, key)];
        let word = e.word.get();
        if e.key.get() != key || word >> 16 != map as u64 {
            return None;
        }
        if self.epoch.get() != t.runtime().cache_epoch.load(Acquire) {
            self.forget(t);
            return None;
        }
        let hits = self.hits.get().wrapping_add(1);
        self.hits.set(hits);
        if hits.is_multiple_of(WRITTEN_EVERY) || cache.load(Relaxed) == 0 {
            write(t, cache, word, self.epoch.get());
        }
        Some(word)
    }
    /// Notes the word for a map and a name.
    fn put(&self, t: Attached<'_>, map: *const MapHead, name: &Value, access: Access, word: u64) {
        let entries = self.entries.get_or_init(|| (0..ENTRIES).map(|_| Entry::default()).collect());
        if self.epoch.get() != t.runtime().cache_epoch.load(Acquire) {
            self.forget(t);
        }
        let key = name.identity() | access as u64;
        let e = &entries[Self::place(map, key)];
        e.key.set(key);
        e.word.set(word);
    }
    #[cold]
    fn forget(&self, t: Attached<'_>) {
        self.epoch.set(t.runtime().cache_epoch.load(Acquire));
        if let Some(entries) = self.entries.get() {
            entries.iter().for_each(|e| e.key.set(0));
        }
    }
}

/// A lookup that may end in a cache word: the caches may be flushed while it runs, and then it leaves none.
pub struct Lookup<'a> {
    cache: &'a AtomicU64,
    name: &'a Value,
    access: Access,
    epoch: u64,
}

impl<'a> Lookup<'a> {
    /// Begins: to be called before anything is looked at.
    pub fn begin(t: Attached<'_>, cache: &'a AtomicU64, name: &'a Value, access: Access) -> Lookup<'a> {
        Lookup { cache, name, access, epoch: t.runtime().cache_epoch.load(Acquire) }
    }
    /// Notes the word for a map, in the site's cache and in the thread's table.
    pub fn found(&self, t: Attached<'_>, map: *const MapHead, word: u64) {
        if write(t, self.cache, word, self.epoch) {
            eval_thread(t).site_table.put(t, map, self.name, self.access, word);
        }
    }
}
