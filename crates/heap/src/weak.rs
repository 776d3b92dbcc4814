//! Weak references: a side table from object address to the weak reference objects that watch it.
//!
//! An object carries only the WEAK flag; the table is striped by address. A watcher is registered
//! uncounted and takes itself out when it dies, so an entry always names live watchers. When the
//! object dies, [`WeakTable::kill`] empties each watcher's target and gives the callbacks to call.

use std::collections::HashMap;
use std::sync::atomic::Ordering::*;

use crate::atomic::{AtomicU64, Mutex, MutexGuard};
use crate::count;
use crate::header::Header;
use crate::slot::Slot;
use crate::value::Value;

const STRIPES: usize = 16;

/// The part of a weak reference object (or proxy) that the heap writes.
pub struct Watcher {
    /// Address of the object watched; 0 when it has died. Guarded by: the stripe's lock for writes.
    target: AtomicU64,
    /// What to call, with the weak reference object, when the target dies; unbound if nothing.
    pub callback: Slot,
}

/// All weak references of a runtime. The vectors hold addresses of the watchers' object headers.
#[derive(Default)]
pub struct WeakTable {
    stripes: [Mutex<HashMap<usize, Vec<usize>>>; STRIPES],
}

impl Watcher {
    /// A watcher of nothing yet.
    pub fn new(callback: Value) -> Watcher {
        Watcher { target: AtomicU64::new(0), callback: Slot::new(callback) }
    }
    /// Whether the target has died (or none was set).
    pub fn is_dead(&self) -> bool {
        self.target.load(Acquire) == 0
    }
    /// Address of the target, for hashing and `repr`; 0 when dead.
    pub fn target_address(&self) -> u64 {
        self.target.load(Acquire)
    }
}

impl WeakTable {
    fn stripe(&self, address: usize) -> MutexGuard<'_, HashMap<usize, Vec<usize>>> {
        self.stripes[(address >> 4) % STRIPES].lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Makes `watcher` (whose body is found by `part`) watch `target`.
    pub fn watch(&self, target: &Value, watcher: &Value, part: &Watcher) {
        let (Some(t), Some(w)) = (target.header(), watcher.header()) else { return };
        let address = t as *const Header as usize;
        let mut stripe = self.stripe(address);
        count::set_weak(t);
        part.target.store(address as u64, Release);
        stripe.entry(address).or_default().push(w as *const Header as usize);
    }

    /// Ends a watcher's watch; its object is dying.
    pub fn unwatch(&self, watcher: usize, part: &Watcher) {
        let address = part.target.load(Acquire) as usize;
        if address == 0 {
            return;
        }
        let mut stripe = self.stripe(address);
        if part.target.swap(0, AcqRel) == 0 {
            return;
        }
        if let Some(list) = stripe.get_mut(&address) {
            list.retain(|&w| w != watcher);
            if list.is_empty() {
                stripe.remove(&address);
                // SAFETY: the target has not been killed (the stripe is locked and the watcher still
                // pointed to it), so its header is live or dying, in any case readable.
                count::clear_weak(unsafe { &*(address as *const Header) });
            }
        }
    }

    /// A counted reference to the target, unless it is dead or dying.
    pub fn upgrade(&self, part: &Watcher) -> Option<Value> {
        let address = part.target.load(Acquire) as usize;
        if address == 0 {
            return None;
        }
        let _stripe = self.stripe(address);
        let now = part.target.load(Acquire);
        if now == 0 {
            return None;
        }
        // SAFETY: `kill` empties the target under this lock before the memory goes.
        let h = unsafe { &*(now as *const Header) };
        let taken = count::try_retain::<false>(h);
        if taken == count::Taken::Dead { None } else {
            // SAFETY: a count was taken, or the object needs none.
            Some(unsafe { Value::from_bits(now) })
        }
    }

    /// Calls `found` with each live watcher of `target` until it gives true.
    pub fn watchers(&self, target: &Value) -> Vec<Value> {
        let Some(t) = target.header() else { return Vec::new() };
        let address = t as *const Header as usize;
        let stripe = self.stripe(address);
        let Some(list) = stripe.get(&address) else { return Vec::new() };
        list.iter()
            .filter_map(|&w| {
                // SAFETY: watchers take themselves out before their memory goes.
                let h = unsafe { &*(w as *const Header) };
                match count::try_retain::<false>(h) {
                    count::Taken::Dead => None,
                    // SAFETY: a count was taken, or the object needs none.
                    _ => Some(unsafe { Value::from_bits(w as u64) }),
                }
            })
            .collect()
    }

    /// Number of weak references to `target`.
    pub fn count(&self, target: &Value) -> usize {
        let Some(t) = target.header() else { return 0 };
        let address = t as *const Header as usize;
        self.stripe(address).get(&address).map_or(0, Vec::len)
    }

    /// The object dies: empties all its watchers; gives pairs (callback, watcher) in the order in
    /// which CPython calls them (latest first).
    pub(crate) fn kill(&self, target: &Header) -> Vec<(Value, Value)> {
        let address = target as *const Header as usize;
        let mut stripe = self.stripe(address);
        let Some(list) = stripe.remove(&address) else { return Vec::new() };
        let mut calls = Vec::new();
        for &w in list.iter().rev() {
            // SAFETY: watchers take themselves out, under this lock, before their memory goes.
            let h = unsafe { &*(w as *const Header) };
            let part = watcher_part(h);
            part.target.store(0, Release);
            let callback = part.callback.load();
            if callback.is_unbound() || callback.is_none() {
                continue;
            }
            if count::try_retain::<false>(h) != count::Taken::Dead {
                // SAFETY: a count was taken, or the object needs none.
                calls.push((callback, unsafe { Value::from_bits(w as u64) }));
            }
        }
        calls
    }
}

/// The watcher of a weak reference object: the first field of its body (`repr(C)`), for references
/// and proxies alike.
fn watcher_part(h: &Header) -> &Watcher {
    // SAFETY: only objects whose payload begins with a Watcher are registered (`watch`'s `part`).
    unsafe { &*h.body_ptr().cast::<Watcher>() }
}
