//! `list`: a growable array, readable without a lock.
//!
//! The members lie in a block `{capacity, slots...}`; the length stands in the body. A reader takes
//! the block, the length and the slot, then looks whether the block is still the list's. Writers
//! hold the list's one-byte lock when several domains exist; a block that was outgrown is retired.
//! Methods in `list_type.rs`.

use std::alloc::{Layout, alloc, dealloc};
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::*};

use orochi_heap::domain::single_domain;
use orochi_heap::{Payload, Slot, Value, Visit, payload};
use orochi_runtime::ObjectLock;

use crate::spec::{TypeSpec, flags};
use crate::thread::{Attached, PyResult};

/// A block of slots.
#[repr(C)]
struct Block {
    capacity: usize,
}

impl Block {
    fn layout(capacity: usize) -> Option<Layout> {
        let bytes = capacity.checked_mul(8)?.checked_add(8)?;
        Layout::from_size_align(bytes, 8).ok()
    }
    fn new(capacity: usize) -> Option<*mut Block> {
        let layout = Block::layout(capacity)?;
        // SAFETY: the layout is not empty.
        let p = unsafe { alloc(layout) }.cast::<Block>();
        if p.is_null() {
            return None;
        }
        // SAFETY: fresh memory of that layout; every slot begins unbound.
        unsafe {
            p.write(Block { capacity });
            let slots = p.add(1).cast::<u64>();
            for i in 0..capacity {
                slots.add(i).write(orochi_heap::value::UNBOUND);
            }
        }
        Some(p)
    }
    #[inline(always)]
    fn slots(&self) -> &[Slot] {
        // SAFETY: `capacity` initialised slots follow the head.
        unsafe { std::slice::from_raw_parts((self as *const Block).add(1).cast::<Slot>(), self.capacity) }
    }
    /// # Safety
    /// Nobody looks at the block; its words were moved or taken.
    unsafe fn free(block: *mut Block) {
        // SAFETY: as the caller says.
        unsafe {
            if let Some(layout) = Block::layout((*block).capacity) {
                dealloc(block.cast(), layout);
            }
        }
    }
}

/// The body of a list.
pub struct PyList {
    block: AtomicPtr<Block>,
    len: AtomicUsize,
    lock: ObjectLock,
}

impl Payload for PyList {
    payload!(PyList, "list");
    fn trace(&self, visit: &mut Visit<'_>) {
        for slot in self.used_slots() {
            visit.slot(slot);
        }
    }
    fn clear(&self) {
        drop(self.take_all());
    }
}

impl Drop for PyList {
    fn drop(&mut self) {
        for slot in self.used_slots() {
            drop(slot.take());
        }
        let block = *self.block.get_mut();
        if !block.is_null() {
            // SAFETY: nobody else can reach a dying list; its slots are empty.
            unsafe { Block::free(block) };
        }
    }
}

/// `list`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyList>("list")
    .flags(flags::BASETYPE | flags::SEQUENCE | flags::MATCH_SELF)
    .slots(crate::list_type::SLOTS)
    .methods(crate::list_type::METHODS)
    .doc(crate::list_type::DOC);

impl Default for PyList {
    fn default() -> PyList {
        PyList { block: AtomicPtr::default(), len: AtomicUsize::new(0), lock: ObjectLock::new() }
    }
}

impl PyList {
    #[inline(always)]
    fn block(&self) -> Option<&Block> {
        // SAFETY: blocks are retired, not freed, when they are replaced.
        unsafe { self.block.load(Acquire).as_ref() }
    }
    fn used_slots(&self) -> &[Slot] {
        let n = self.len();
        self.block().map_or(&[], |b| &b.slots()[..n.min(b.capacity)])
    }
    /// Number of members.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len.load(Acquire)
    }
    /// Whether the list has no members.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Member `i`, if there is one. Takes no lock.
    #[inline(always)]
    pub fn get(&self, i: usize) -> Option<Value> {
        self.load::<false>(i)
    }
    /// As [`PyList::get`], for a register: deferred objects come uncounted.
    #[inline(always)]
    pub fn get_register(&self, i: usize) -> Option<Value> {
        self.load::<true>(i)
    }
    #[inline(always)]
    fn load<const REGISTER: bool>(&self, i: usize) -> Option<Value> {
        loop {
            if i >= self.len() {
                return None;
            }
            let block = self.block()?;
            let slot = block.slots().get(i)?;
            let value = if REGISTER { slot.load_register() } else { slot.load() };
            if single_domain() || ptr::eq(self.block.load(Acquire), block) {
                return if value.is_unbound() { None } else { Some(value) };
            }
        }
    }
    /// Runs `f` with the list locked against other writers. `f` must not run Python nor drop values.
    #[inline(always)]
    fn locked<R>(&self, f: impl FnOnce() -> R) -> R {
        if single_domain() { f() } else { self.lock.with(f) }
    }
    /// Makes room for `n` members in all. Under the lock. `false`: no memory.
    #[must_use]
    fn reserve(&self, t: Attached<'_>, n: usize) -> bool {
        let old = self.block.load(Relaxed);
        // SAFETY: the block lives.
        let (capacity, old_slots) = unsafe { old.as_ref() }.map_or((0, &[][..]), |b| (b.capacity, b.slots()));
        if n <= capacity {
            return true;
        }
        let Some(wanted) = n.checked_add(n / 8 + 6) else { return false };
        let Some(new) = Block::new(wanted & !3) else { return false };
        // SAFETY: the new block is ours until stored; words move, and the old block is freed without
        // releasing them.
        unsafe {
            let to = new.add(1).cast::<u64>();
            for (i, slot) in old_slots.iter().enumerate().take(self.len()) {
                to.add(i).write(slot.bits_racy());
            }
        }
        self.block.store(new, Release);
        retire(t, old);
        true
    }
    /// Appends; MemoryError if there is no room.
    #[inline]
    pub fn push(&self, t: Attached<'_>, value: Value) -> PyResult<()> {
        let value = value.counted();
        let done = self.locked(|| {
            let n = self.len.load(Relaxed);
            if !self.block().is_some_and(|b| n < b.capacity) && !self.reserve(t, n + 1) {
                return Err(value);
            }
            if let Some(slot) = self.block().and_then(|b| b.slots().get(n)) {
                slot.init(value);
            }
            self.len.store(n + 1, Release);
            Ok(())
        });
        done.map_err(|v| {
            drop(v);
            t.memory_error()
        })
    }
    /// Replaces member `i`; gives the old one, or the new one back if there is no such member.
    #[inline]
    pub fn set(&self, i: usize, value: Value) -> Result<Value, Value> {
        self.locked(|| {
            if i >= self.len.load(Relaxed) {
                return Err(value);
            }
            match self.block().and_then(|b| b.slots().get(i)) {
                Some(slot) => Ok(slot.swap(value)),
                None => Err(value),
            }
        })
    }
    /// Takes the last member out.
    pub fn pop(&self) -> Option<Value> {
        self.locked(|| {
            let n = self.len.load(Relaxed).checked_sub(1)?;
            self.len.store(n, Release);
            Some(self.block()?.slots().get(n)?.take())
        })
    }
    /// Changes the list as a whole: `f` gets all members as a vector and leaves the new ones in it.
    /// What `f` gives is passed on; values that it dropped out of the vector should be in there, so
    /// that they are released after the lock. `f` runs no Python.
    pub fn edit<R>(&self, t: Attached<'_>, f: impl FnOnce(&mut Vec<Value>) -> R) -> PyResult<R> {
        let result = self.locked(|| {
            let mut members = self.take_words();
            let r = f(&mut members);
            if !self.reserve(t, members.len()) {
                // Nothing is lost: the caller gets the members back to drop them outside the lock.
                return Err(members);
            }
            let n = members.len();
            if let Some(block) = self.block() {
                for (slot, v) in block.slots().iter().zip(members) {
                    slot.init(v);
                }
            }
            self.len.store(n, Release);
            Ok(r)
        });
        result.map_err(|lost| {
            drop(lost);
            t.memory_error()
        })
    }
    /// Moves all members out. Under the lock.
    fn take_words(&self) -> Vec<Value> {
        let n = self.len.swap(0, AcqRel);
        self.block().map_or(Vec::new(), |b| b.slots()[..n.min(b.capacity)].iter().map(Slot::take).collect())
    }
    /// Empties the list; gives what it had.
    pub fn take_all(&self) -> Vec<Value> {
        self.locked(|| self.take_words())
    }
    /// All members as they are now.
    pub fn to_vec(&self) -> Vec<Value> {
        if single_domain() {
            return self.used_slots().iter().map(Slot::load).collect();
        }
        self.lock.with(|| self.used_slots().iter().map(Slot::load).collect())
    }
    /// Appends all values; MemoryError if there is no room.
    pub fn extend(&self, t: Attached<'_>, values: Vec<Value>) -> PyResult<()> {
        let done = self.locked(|| {
            let n = self.len.load(Relaxed);
            if !n.checked_add(values.len()).is_some_and(|all| self.reserve(t, all)) {
                return Err(values);
            }
            let more = values.len();
            if let Some(block) = self.block() {
                for (slot, v) in block.slots()[n..].iter().zip(values) {
                    slot.init(v);
                }
            }
            self.len.store(n + more, Release);
            Ok(())
        });
        done.map_err(|v| {
            drop(v);
            t.memory_error()
        })
    }
}

fn retire(t: Attached<'_>, old: *mut Block) {
    if old.is_null() {
        return;
    }
    if single_domain() {
        // SAFETY: nobody else runs; the words were moved.
        unsafe { Block::free(old) };
        return;
    }
    let address = old as usize;
    let heap = &t.runtime().heap;
    // SAFETY (in the closure): runs when no thread can still look at the block.
    (heap.hooks.retire)(heap, Box::new(move || unsafe { Block::free(address as *mut Block) }));
}

/// A new list of the values given.
pub fn new(t: Attached<'_>, items: Vec<Value>) -> Value {
    let list = TYPE.alloc(t, PyList::default());
    if let (Some(body), false) = (as_list(&list), items.is_empty())
        && let Err(e) = body.extend(t, items)
    {
        drop(t.take_raised(e));
        std::alloc::handle_alloc_error(Layout::new::<PyList>());
    }
    list
}
/// The body, if the value is a list or of a subclass.
#[inline(always)]
pub fn as_list(v: &Value) -> Option<&PyList> {
    v.payload::<PyList>()
}
