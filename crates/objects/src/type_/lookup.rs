//! Attribute lookup along the MRO, with the resolved table that makes it one probe.
//!
//! The table remembers *values* where nobody counts them (immediates, deferred objects: functions,
//! descriptors, types). Of other class attributes (the members of an enum, a dict or a list of the
//! class) a table that keeps no counts cannot hold a reference; for these it remembers the *place*: which
//! class of the MRO has the name and at which entry of its dict. Reading there is as safe as reading
//! any dict, and as every change of a class forgets the name in all its subclasses, the place is the
//! right one for as long as it stands.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::*};

use orochi_heap::Value;
use orochi_heap::value::{TAG_DEFERRED, UNBOUND};

use super::PyType;
use crate::thread::Attached;

/// One name that was looked up.
#[derive(Default)]
pub struct Entry {
    /// Address of the interned name; 0: free.
    pub name: AtomicU64,
    /// 0: not known now. The unbound word: the attribute does not exist. Else a word that needs no
    /// count: an immediate, or a deferred object's address with the deferred tag. Else, with the tag
    /// of a counted pointer (which never stands here), a [`place`].
    pub value: AtomicU64,
}

/// The word of the attribute at entry `index` of the dict of class `mro` of the MRO.
fn place(mro: usize, index: usize) -> u64 {
    (((mro as u64) << 32 | index as u64) + 1) << 3
}

/// Whether a word of the resolved table tells a [`place`].
#[inline(always)]
pub fn is_place(word: u64) -> bool {
    word & 0b111 == 0
}

/// The names looked up on a type: open addressing, entries never move within one table.
pub struct Resolved {
    /// A power of two.
    entries: Box<[Entry]>,
    used: AtomicU32,
}

/// Larger tables are not made: classes with so many names are looked up along the MRO.
const MAX_ENTRIES: usize = 8192;

impl Resolved {
    fn with_capacity(n: usize) -> Resolved {
        Resolved { entries: (0..n).map(|_| Entry::default()).collect(), used: AtomicU32::new(0) }
    }
    #[inline(always)]
    fn start(&self, name: u64) -> usize {
        ((name >> 4) as usize).wrapping_mul(0x9E37_79B9) >> 3 & (self.entries.len() - 1)
    }
    #[inline(always)]
    fn find(&self, name: u64) -> Option<usize> {
        let mut i = self.start(name);
        loop {
            let n = self.entries[i].name.load(Acquire);
            if n == name {
                return Some(i);
            }
            if n == 0 {
                return None;
            }
            i = (i + 1) & (self.entries.len() - 1);
        }
    }
    /// The entry's index for a name, made if it does not stand there. `None`: the table is full.
    fn insert(&self, name: u64) -> Option<usize> {
        let mut i = self.start(name);
        loop {
            let n = self.entries[i].name.load(Acquire);
            if n == name {
                return Some(i);
            }
            if n == 0 {
                if (self.used.load(Relaxed) as usize + 1) * 4 > self.entries.len() * 3 {
                    return None;
                }
                self.used.fetch_add(1, Relaxed);
                self.entries[i].name.store(name, Release);
                return Some(i);
            }
            i = (i + 1) & (self.entries.len() - 1);
        }
    }
}

impl PyType {
    /// The cached word for the entry that an inline cache remembers, if it still is that name's and known.
    #[inline(always)]
    pub fn resolved_at(&self, index: usize, name: u64) -> Option<u64> {
        // SAFETY: tables are retired, not freed, when they are replaced.
        let table = unsafe { self.resolved.load(Acquire).as_ref() }?;
        let entry = table.entries.get(index)?;
        if entry.name.load(Relaxed) != name {
            return None;
        }
        match entry.value.load(Acquire) {
            0 => None,
            word => Some(word),
        }
    }
    /// The attribute that an inline cache remembers by its entry, as a register holds it; the unbound
    /// marker: there is none. `None`: not known now.
    #[inline(always)]
    pub fn resolved_value_at(&self, index: usize, name: u64) -> Option<Value> {
        let word = self.resolved_at(index, name)?;
        if is_place(word) {
            return self.at_place(index, word, name);
        }
        // SAFETY: such a word needs no count.
        Some(unsafe { Value::from_bits(word) })
    }
    /// The attribute at the place that entry `index` told; `None`: the name stands there no more, or the
    /// object has become a deferred one, which the table can hold itself.
    #[inline]
    fn at_place(&self, index: usize, word: u64, name: u64) -> Option<Value> {
        let at = (word >> 3) - 1;
        let class = self.mro_types().nth((at >> 32) as usize)?;
        let namespace = class.dict.bits_racy();
        // SAFETY: a class gets its dict at birth and never another; no count is taken.
        let dict = crate::dict::as_dict(unsafe { Value::borrow_bits(&namespace) })?;
        let v = crate::dict::slot_at(dict, at as u32 as usize, name)?.load_register();
        // A class before it in the MRO may have got the name meanwhile: then this is a value that came too late.
        if v.is_unbound() || v.is_deferred_ref() || self.resolved_at(index, name) != Some(word) { None } else { Some(v) }
    }
    /// The index of a name in the resolved table, for an inline cache.
    pub fn resolved_index(&self, name: u64) -> Option<usize> {
        // SAFETY: as above.
        unsafe { self.resolved.load(Acquire).as_ref() }?.find(name)
    }
}

/// What [`lookup_resolved`] found.
enum Cached {
    Known(u64),
    /// The entry, and the place that it told.
    Place(usize, u64),
    Unknown,
}

#[inline(always)]
fn cached(ty: &PyType, name: u64) -> Cached {
    // SAFETY: tables are retired, not freed, when they are replaced.
    if let Some(table) = unsafe { ty.resolved.load(Acquire).as_ref() }
        && let Some(i) = table.find(name)
    {
        match table.entries[i].value.load(Acquire) {
            0 => {}
            word if is_place(word) => return Cached::Place(i, word),
            word => return Cached::Known(word),
        }
    }
    Cached::Unknown
}

/// The attribute `name` (an interned str) of the class, along its MRO, without binding.
///
/// The value may be an *uncounted* reference to a deferred object: use it before the next
/// safepoint, put it into a register, or make it counted ([`Value::counted`]).
#[inline(always)]
pub fn lookup_resolved(t: Attached<'_>, ty: &PyType, name: &Value) -> Option<Value> {
    match cached(ty, name.identity()) {
        Cached::Known(UNBOUND) => None,
        // SAFETY: the word needs no count (immediate or deferred).
        Cached::Known(word) => Some(unsafe { Value::from_bits(word) }),
        Cached::Place(i, word) => match ty.at_place(i, word, name.identity()) {
            Some(v) => Some(v),
            None => resolve(t, ty, name),
        },
        Cached::Unknown => resolve(t, ty, name),
    }
}

/// The attribute `name` (an interned str) of the class, along its MRO, without binding; counted.
pub fn lookup(t: Attached<'_>, ty: &PyType, name: &Value) -> Option<Value> {
    lookup_resolved(t, ty, name).map(Value::counted)
}

#[inline(never)]
fn resolve(t: Attached<'_>, ty: &PyType, name: &Value) -> Option<Value> {
    let version = ty.version.load(Acquire);
    let mut found = None;
    let mut at = None;
    for (mro, class) in ty.mro_types().enumerate() {
        // A finaliser may run when the class itself, garbage too, has been cleared already.
        let namespace = class.dict.load();
        if let Some(dict) = crate::dict::as_dict(&namespace)
            && let Some(v) = crate::dict::get_str(t, &namespace, name)
        {
            found = Some(v);
            at = crate::dict::index_of(t, dict, name).map(|index| place(mro, index));
            break;
        }
    }
    let word = match &found {
        None => UNBOUND,
        Some(v) if !v.is_object() => v.bits(),
        Some(v) => match v.header() {
            Some(h) if orochi_heap::count::is_deferred(h) || orochi_heap::count::is_immortal(h) => {
                v.identity() | TAG_DEFERRED
            }
            // Methods, properties and their like are read as long as the class lives: from now on nobody counts them.
            Some(h) if is_binder(t, v) && orochi_heap::count::defer_own(h) => v.identity() | TAG_DEFERRED,
            // A class that keeps its names under other objects than the interned ones has no place to tell.
            _ => match at {
                Some(place) => place,
                None => return found,
            },
        },
    };
    remember(t, ty, name.identity(), word, version);
    found
}

/// Whether the class attribute is a descriptor without a finaliser: one whose death nobody waits for.
fn is_binder(t: Attached<'_>, v: &Value) -> bool {
    let slots = &super::class_of(t, v).slots;
    slots.descr_get().is_some() && slots.finalize().is_none()
}

/// Writes a result into the table, unless the class changed meanwhile.
fn remember(t: Attached<'_>, ty: &PyType, name: u64, word: u64, version: u32) {
    let guard = t.runtime().type_lock.lock();
    if ty.version.load(Acquire) != version {
        return;
    }
    // SAFETY: tables are retired, not freed.
    let table = unsafe { ty.resolved.load(Acquire).as_ref() };
    if let Some(table) = table
        && let Some(i) = table.insert(name)
    {
        table.entries[i].value.store(word, Release);
        return;
    }
    let size = table.map_or(8, |t| t.entries.len() * 2);
    if size > MAX_ENTRIES {
        return;
    }
    let new = Resolved::with_capacity(size);
    if let Some(table) = table {
        for e in &table.entries {
            let n = e.name.load(Relaxed);
            if n != 0
                && let Some(i) = new.insert(n)
            {
                new.entries[i].value.store(e.value.load(Relaxed), Relaxed);
            }
        }
    }
    if let Some(i) = new.insert(name) {
        new.entries[i].value.store(word, Relaxed);
    }
    let old = ty.resolved.swap(Box::into_raw(Box::new(new)), AcqRel);
    drop(guard);
    super::retire_later(t, old, Value::none());
}

/// Attribute `name` of the class changed (already in its dict): forgets it here and in all subclasses.
pub fn invalidate(t: Attached<'_>, ty: &PyType, name: &Value) {
    let _guard = t.runtime().type_lock.lock();
    forget(ty, Some(name.identity()));
}

/// The MRO of the class changed: forgets everything here and in all subclasses.
pub fn invalidate_all(t: Attached<'_>, ty: &PyType) {
    let _guard = t.runtime().type_lock.lock();
    forget(ty, None);
}

fn forget(ty: &PyType, name: Option<u64>) {
    let mut stack: Vec<*const PyType> = vec![ty];
    while let Some(next) = stack.pop() {
        // SAFETY: types are freed only while the world is stopped.
        let ty = unsafe { &*next };
        ty.version.fetch_add(1, AcqRel);
        // SAFETY: tables are retired, not freed.
        if let Some(table) = unsafe { ty.resolved.load(Acquire).as_ref() } {
            match name {
                Some(name) => {
                    if let Some(i) = table.find(name) {
                        table.entries[i].value.store(0, Release);
                    }
                }
                None => table.entries.iter().for_each(|e| e.value.store(0, Release)),
            }
        }
        stack.extend(ty.subclasses().iter().map(|s| super::as_type(s) as *const PyType));
    }
}
