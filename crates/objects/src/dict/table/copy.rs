//! Whole tables: copied as they are at one moment, put in the place of another.

use std::ptr;
use std::sync::atomic::Ordering::{AcqRel, Relaxed};

use orochi_heap::{Slot, Value};

use super::{Entry, Hashed, Item, Table, retire};
use crate::thread::Attached;

/// A copy of all entries; `None`: there is no memory. It has the places of the original's table, unless
/// that is mostly deleted entries.
pub fn copy_of<E: Item>(d: &Hashed<E>) -> Option<Hashed<E>> {
    let copy = Hashed::default();
    let done = d.locked(|| {
        let Some(from) = d.table() else { return true };
        let (len, used) = (from.len.load(Relaxed), d.used.load(Relaxed));
        if used == 0 {
            return true;
        }
        let dense = len - used <= len / 4;
        let to = if dense { Table::new_like(from) } else { Table::new(used as usize) };
        let Some(to) = to else { return false };
        // SAFETY: `to` is ours until it is stored, and has room for `len` entries (`used` of them if they
        // are packed); the lock keeps the words of `from` as they are.
        unsafe {
            if dense {
                ptr::copy_nonoverlapping(
                    from.index().as_ptr().cast::<u32>(),
                    (*to).index().as_ptr().cast_mut().cast::<u32>(),
                    from.mask as usize + 1,
                );
                for (n, e) in from.entries().iter().enumerate() {
                    (*to).entry_ptr().add(n).write(e.copy());
                }
                (*to).len.store(len, Relaxed);
                (*to).end.store(from.end.load(Relaxed), Relaxed);
                (*to).start.store(from.start.load(Relaxed), Relaxed);
            } else {
                let live = from.entries().iter().filter(|e| !e.key().is_unbound());
                for (n, e) in (0..used).zip(live) {
                    (*to).put(n, e.hash().load(Relaxed), e.copy());
                    (*to).end.store(n + 1, Relaxed);
                }
            }
        }
        copy.table.store(to, Relaxed);
        copy.used.store(used, Relaxed);
        true
    });
    if done { Some(copy) } else { None }
}

/// Puts the entries of `with` in the place of this empty container's; gives them back if it is not
/// empty (any more).
pub fn adopt<E: Item>(t: Attached<'_>, d: &Hashed<E>, mut with: Hashed<E>) -> Result<(), Hashed<E>> {
    let old = d.locked(|| {
        if !d.is_empty() {
            return Err(());
        }
        let (new, used) = (std::mem::take(with.table.get_mut()), *with.used.get_mut());
        let old = d.table.swap(new, AcqRel);
        d.count(used);
        Ok(old)
    });
    match old {
        Ok(old) => {
            // What it held was deleted entries only: their words need no release.
            retire(t, old);
            Ok(())
        }
        Err(()) => Err(with),
    }
}

/// Puts the entries of another container in the place of this one's; gives a container with what was
/// here, to be dropped without the lock.
pub fn exchange<E: Item>(t: Attached<'_>, d: &Hashed<E>, with: Hashed<E>) -> Vec<Value> {
    let mut with = with;
    let (new, used) = (std::mem::take(with.table.get_mut()), *with.used.get_mut());
    let (old, dead) = d.locked(|| {
        let dead = d.table().map_or(Vec::new(), |table| {
            table.entries().iter().flat_map(|e| [e.key().take(), e.value().map_or(Value::none(), Slot::take)]).collect()
        });
        let old = d.table.swap(new, AcqRel);
        d.count(used);
        (old, dead)
    });
    retire(t, old);
    dead
}

/// The live entries as they are at one moment: key, value (None in sets), hash. Runs no Python.
pub fn snapshot<E: Item>(d: &Hashed<E>) -> Vec<(Value, Value, i64)> {
    d.locked(|| {
        let mut out = Vec::with_capacity(d.len());
        for e in d.table().map_or(&[][..], Table::entries) {
            let key = e.key().load();
            if !key.is_unbound() {
                out.push((key, e.value().map_or(Value::none(), Slot::load), e.hash().load(Relaxed)));
            }
        }
        out
    })
}

/// The live keys as they are at one moment.
pub fn snapshot_keys<E: Item>(d: &Hashed<E>) -> Vec<Value> {
    d.locked(|| {
        let mut out = Vec::with_capacity(d.len());
        out.extend(d.table().map_or(&[][..], Table::entries).iter().map(|e| e.key().load()).filter(|k| !k.is_unbound()));
        out
    })
}

/// The values as they are at one moment.
pub fn snapshot_values(d: &Hashed<Entry>) -> Vec<Value> {
    d.locked(|| {
        let mut out = Vec::with_capacity(d.len());
        out.extend(d.table().map_or(&[][..], Table::entries).iter().map(|e| e.value.load()).filter(|v| !v.is_unbound()));
        out
    })
}

/// Puts what `from` holds at one moment into the empty table `to`, without asking a key anything.
/// `false`: `to` was not empty, or there is no memory; nothing happened then.
#[must_use]
pub fn fill<A: Item, B: Item>(t: Attached<'_>, to: &Hashed<A>, from: &Hashed<B>) -> bool {
    if from.is_empty() && to.is_empty() {
        return true;
    }
    let made = from.locked(|| {
        let new = Table::<A>::new(from.len())?;
        let mut n = 0u32;
        for e in from.table().map_or(&[][..], Table::entries) {
            let key = e.key().load();
            if key.is_unbound() {
                continue;
            }
            let hash = e.hash().load(Relaxed);
            let value = e.value().map_or(Value::none(), Slot::load);
            // SAFETY: the table has room for all live entries, and is ours until it is stored.
            unsafe { (*new).put(n, hash, A::make(hash, key, value)) };
            n += 1;
        }
        // SAFETY: as above.
        unsafe { (*new).end.store(n, Relaxed) };
        Some((new, n))
    });
    let Some((new, n)) = made else { return false };
    let old = to.locked(|| {
        if !to.is_empty() {
            return None;
        }
        let old = to.table.swap(new, AcqRel);
        to.count(n);
        Some(old)
    });
    match old {
        // Its entries are deleted ones: nothing is lost with the memory.
        Some(old) => retire(t, old),
        // SAFETY: nobody else has seen the new table.
        None => unsafe { Table::free_with_entries(new) },
    }
    old.is_some()
}
