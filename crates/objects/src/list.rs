//! `list`: a growable array, readable without a lock.
//!
//! The members lie in a block `{capacity, slots...}`; the length stands in the body. A reader takes
//! the block, the length and the slot, then looks whether the block is still the list's. Writers
//! hold the list's one-byte lock when several domains exist; a block that was outgrown is retired.
//! Methods in `list_type.rs`; sorting and iterators in `list/`.

pub mod iter;
pub mod sort;

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
    /// A block whose slots the caller fills from the front; it calls [`Block::blank`] for the rest.
    fn raw(capacity: usize) -> Option<*mut Block> {
        let layout = Block::layout(capacity)?;
        // SAFETY: the layout is not empty.
        let p = unsafe { alloc(layout) }.cast::<Block>();
        if !p.is_null() {
            // SAFETY: fresh memory of that layout.
            unsafe { p.write(Block { capacity }) };
        }
        (!p.is_null()).then_some(p)
    }
    /// Marks the slots from `used` on as unbound.
    ///
    /// # Safety
    /// Nobody else knows the block.
    unsafe fn blank(block: *mut Block, used: usize) {
        // SAFETY: `capacity` slots follow the head.
        unsafe {
            let slots = block.add(1).cast::<u64>();
            for i in used..(*block).capacity {
                slots.add(i).write(orochi_heap::value::UNBOUND);
            }
        }
    }
    fn new(capacity: usize) -> Option<*mut Block> {
        let block = Block::raw(capacity)?;
        // SAFETY: the block is ours.
        unsafe { Block::blank(block, 0) };
        Some(block)
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
        let wanted = if capacity == 0 { n.checked_add(3) } else { n.checked_add(n / 8 + 6) };
        match wanted {
            Some(wanted) => self.move_to(t, old, old_slots, wanted & !3),
            None => false,
        }
    }
    /// As [`PyList::reserve`] without spare room.
    #[must_use]
    fn reserve_exact(&self, t: Attached<'_>, n: usize) -> bool {
        let old = self.block.load(Relaxed);
        // SAFETY: the block lives.
        let (capacity, old_slots) = unsafe { old.as_ref() }.map_or((0, &[][..]), |b| (b.capacity, b.slots()));
        n <= capacity || self.move_to(t, old, old_slots, n)
    }
    fn move_to(&self, t: Attached<'_>, old: *mut Block, old_slots: &[Slot], capacity: usize) -> bool {
        let Some(new) = Block::new(capacity) else { return false };
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
            if self.block().is_none_or(|b| n >= b.capacity) && !self.reserve(t, n + 1) {
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
                Some(slot) => Ok(slot.swap_locked(value)),
                None => Err(value),
            }
        })
    }
    /// Takes the last member out.
    #[inline]
    pub fn pop(&self) -> Option<Value> {
        self.locked(|| {
            let n = self.len.load(Relaxed).checked_sub(1)?;
            self.len.store(n, Release);
            Some(self.block()?.slots().get(n)?.take())
        })
    }
    /// Takes member `i` out; later ones move down.
    pub fn remove(&self, i: usize) -> Option<Value> {
        self.locked(|| {
            let n = self.len.load(Relaxed);
            if i >= n {
                return None;
            }
            let slots = self.block()?.slots();
            let old = slots[i].bits_racy();
            move_words(slots, i + 1, i, n - i - 1);
            self.len.store(n - 1, Release);
            slots[n - 1].init(Value::unbound());
            // SAFETY: the word's owner was the list, which has overwritten it.
            Some(unsafe { Value::from_bits(old) })
        })
    }
    /// Puts a value before member `i` (at the end if there are fewer).
    pub fn insert(&self, t: Attached<'_>, i: usize, value: Value) -> PyResult<()> {
        let value = value.counted();
        let done = self.locked(|| {
            let n = self.len.load(Relaxed);
            if !self.reserve(t, n + 1) {
                return Err(value);
            }
            let Some(block) = self.block() else { return Err(value) };
            let (slots, i) = (block.slots(), i.min(n));
            // Readers see a member twice for a moment, never a hole.
            move_words(slots, i, i + 1, n - i);
            slots[i].init(value);
            self.len.store(n + 1, Release);
            Ok(())
        });
        done.map_err(|v| {
            drop(v);
            t.memory_error()
        })
    }
    /// Replaces the members `start..start + count` (clipped to the length) by others; gives the old ones.
    pub fn splice(&self, t: Attached<'_>, start: usize, count: usize, new: Vec<Value>) -> PyResult<Vec<Value>> {
        let done = self.locked(|| {
            let n = self.len.load(Relaxed);
            let start = start.min(n);
            let count = count.min(n - start);
            let mut old = Vec::new();
            if old.try_reserve_exact(count).is_err() {
                return Err(new);
            }
            let Some(after) = (n - count).checked_add(new.len()) else { return Err(new) };
            if !self.reserve(t, after) {
                return Err(new);
            }
            let Some(block) = self.block() else { return if after == 0 { Ok(old) } else { Err(new) } };
            let slots = block.slots();
            let words: Vec<u64> = slots[start..start + count].iter().map(Slot::bits_racy).collect();
            let added = new.len();
            if added < count {
                for (slot, v) in slots[start..].iter().zip(new) {
                    slot.init(v);
                }
                move_words(slots, start + count, start + added, n - start - count);
                self.len.store(after, Release);
                for slot in &slots[after..n] {
                    slot.init(Value::unbound());
                }
            } else {
                move_words(slots, start + count, start + added, n - start - count);
                for (slot, v) in slots[start..].iter().zip(new) {
                    slot.init(v);
                }
                self.len.store(after, Release);
            }
            // SAFETY: the words' owner was the list, which has overwritten them.
            old.extend(words.into_iter().map(|w| unsafe { Value::from_bits(w) }));
            Ok(old)
        });
        done.map_err(|v| {
            drop(v);
            t.memory_error()
        })
    }
    /// Turns the order round.
    pub fn reverse(&self) {
        self.locked(|| {
            let slots = self.used_slots();
            let n = slots.len();
            for i in 0..n / 2 {
                let (a, b) = (slots[i].bits_racy(), slots[n - 1 - i].bits_racy());
                // SAFETY: the two words change places; the list owns both before and after.
                unsafe {
                    slots[i].init(Value::from_bits(b));
                    slots[n - 1 - i].init(Value::from_bits(a));
                }
            }
        });
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
    /// Empties the list; gives what it had. The memory stays with the list.
    pub fn take_all(&self) -> Vec<Value> {
        self.locked(|| self.take_words())
    }
    /// Empties the list, its memory included; gives what it had.
    pub fn take_block(&self, t: Attached<'_>) -> Vec<Value> {
        let (members, old) = self.locked(|| {
            let members = self.take_words();
            (members, self.block.swap(ptr::null_mut(), AcqRel))
        });
        retire(t, old);
        members
    }
    /// Whether the list has no memory for members: it was made so, and nothing came since.
    pub fn is_blank(&self) -> bool {
        self.block.load(Acquire).is_null()
    }
    /// Bytes of memory besides the body.
    pub fn size(&self) -> usize {
        self.block().map_or(0, |b| (b.capacity + 1) * 8)
    }
    /// All members as they are now.
    pub fn to_vec(&self) -> Vec<Value> {
        self.range(0, usize::MAX)
    }
    /// The members `start..end` (clipped to the length) as they are now.
    pub fn range(&self, start: usize, end: usize) -> Vec<Value> {
        let copy = || {
            let slots = self.used_slots();
            let end = end.min(slots.len());
            slots.get(start.min(end)..end).map_or(Vec::new(), |s| s.iter().map(Slot::load).collect())
        };
        self.locked(copy)
    }
    /// A new list of the `count` members `start, start + step, ...` as they are now (fewer, if another thread
    /// has shortened the list); MemoryError if there is no room.
    pub fn copy_slice(&self, t: Attached<'_>, start: usize, step: isize, count: usize) -> PyResult {
        let new = PyList::default();
        if count > 0 {
            let Some(block) = Block::raw(count) else { return Err(t.memory_error()) };
            let copied = self.locked(|| {
                let slots = self.used_slots();
                // SAFETY: the block has room for `count` words and is ours.
                let to = unsafe { block.add(1).cast::<u64>() };
                let mut from = start;
                for i in 0..count {
                    let Some(slot) = slots.get(from) else { return i };
                    // SAFETY: as above.
                    unsafe { to.add(i).write(slot.load().into_bits()) };
                    from = from.wrapping_add_signed(step);
                }
                count
            });
            // SAFETY: the block is ours until it is stored.
            unsafe { Block::blank(block, copied) };
            new.block.store(block, Relaxed);
            new.len.store(copied, Relaxed);
        }
        Ok(TYPE.alloc(t, new))
    }
    /// Puts the values in the places of the members from `start` on, one for one; `values` holds the old ones
    /// afterwards. `false` (nothing done): there are not as many members.
    pub(crate) fn overwrite(&self, start: usize, values: &mut [Value]) -> bool {
        self.locked(|| match self.used_slots().get(start..).and_then(|s| s.get(..values.len())) {
            Some(slots) => {
                for (slot, v) in slots.iter().zip(values) {
                    *v = slot.swap_locked(std::mem::replace(v, Value::none()));
                }
                true
            }
            None => false,
        })
    }
    /// The members as they stand, without counting them.
    ///
    /// # Safety
    /// A single domain; nothing changes the list while the view lives (no Python runs).
    pub(crate) unsafe fn view(&self) -> &[Value] {
        let slots = self.used_slots();
        // SAFETY: a slot is one word, a Value too; nobody writes, as the caller says. Used slots are bound.
        unsafe { std::slice::from_raw_parts(slots.as_ptr().cast::<Value>(), slots.len()) }
    }
    /// Appends all values; MemoryError if there is no room.
    pub fn extend(&self, t: Attached<'_>, values: Vec<Value>) -> PyResult<()> {
        if values.is_empty() {
            return Ok(());
        }
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
    /// Makes room for `more` members beyond those there; MemoryError if there is none.
    pub fn make_room(&self, t: Attached<'_>, more: usize) -> PyResult<()> {
        let done = self.locked(|| self.len.load(Relaxed).checked_add(more).is_some_and(|all| self.reserve_exact(t, all)));
        if done { Ok(()) } else { Err(t.memory_error()) }
    }
}

/// Moves `count` words from slot `from` on to slot `to` on; ranges may overlap. What stood at the
/// target is overwritten, not released. Under the lock.
fn move_words(slots: &[Slot], from: usize, to: usize, count: usize) {
    debug_assert!(from + count <= slots.len() && to + count <= slots.len());
    if single_domain() {
        let base = slots.as_ptr().cast_mut().cast::<u64>();
        // SAFETY: inside the slots; with one domain nobody reads them meanwhile.
        unsafe { ptr::copy(base.add(from), base.add(to), count) };
        return;
    }
    let copy = |i: usize| {
        // SAFETY: the word keeps one owner, the list: its old place is overwritten or given up.
        slots[to + i].init(unsafe { Value::from_bits(slots[from + i].bits_racy()) });
    };
    if from < to { (0..count).rev().for_each(copy) } else { (0..count).for_each(copy) }
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
    let free = move || {
        // SAFETY: runs when no thread can still look at the block.
        unsafe { Block::free(address as *mut Block) }
    };
    (heap.hooks.retire)(heap, Box::new(free));
}

/// A new list of the values given.
pub fn new(t: Attached<'_>, mut items: Vec<Value>) -> Value {
    let n = items.len();
    // SAFETY: a value is one word; the vector owned the words, which move out of its buffer, and forgets them.
    let made = unsafe {
        items.set_len(0);
        from_words(t, items.as_mut_ptr().cast(), n)
    };
    match made {
        Ok(list) => list,
        Err(_) => std::alloc::handle_alloc_error(Layout::new::<PyList>()),
    }
}
/// A new list of `n` values that move out of register words, unbound markers taking their places.
///
/// # Safety
/// `words..words + n` are valid owned words that nobody else looks at.
#[inline]
pub unsafe fn from_words(t: Attached<'_>, words: *mut u64, n: usize) -> PyResult {
    let new = PyList::default();
    if n > 0 {
        let Some(block) = Block::raw(n) else { return Err(t.memory_error()) };
        // SAFETY: the block has room for exactly `n` words and is ours until it is stored.
        unsafe { crate::value_run::move_words(words, block.add(1).cast(), n) };
        new.block.store(block, Relaxed);
        new.len.store(n, Relaxed);
    }
    Ok(TYPE.alloc(t, new))
}
/// The body, if the value is a list or of a subclass.
#[inline(always)]
pub fn as_list(v: &Value) -> Option<&PyList> {
    v.payload::<PyList>()
}
/// The body of what is known to be a list.
#[inline(always)]
pub(crate) fn body(v: &Value) -> &PyList {
    match v.payload::<PyList>() {
        Some(l) => l,
        None => unreachable!("not a list"),
    }
}

/// `list.append(value)`; `list` is a list, as in all functions here.
#[inline]
pub fn append(t: Attached<'_>, list: &Value, value: Value) -> PyResult<()> {
    body(list).push(t, value)
}

/// `list[i]`, negative indices counting from the end; IndexError outside.
#[inline]
pub fn get_index(t: Attached<'_>, list: &Value, i: i64) -> PyResult {
    let list = body(list);
    let found = if i >= 0 {
        list.get(i as usize)
    } else {
        crate::protocol::normalize_index(i as isize, list.len()).and_then(|i| list.get(i))
    };
    match found {
        Some(v) => Ok(v),
        None => Err(t.raise(&crate::exception::IndexError, "list index out of range")),
    }
}

/// `list[i] = value` for an index.
#[inline]
pub fn set_index(t: Attached<'_>, list: &Value, i: i64, value: Value) -> PyResult<()> {
    let list = body(list);
    let at = if i >= 0 { Some(i as usize) } else { crate::protocol::normalize_index(i as isize, list.len()) };
    let outcome = match at {
        Some(at) => list.set(at, value.counted()),
        None => Err(value),
    };
    match outcome {
        Ok(old) => {
            drop(old);
            Ok(())
        }
        Err(_) => Err(t.raise(&crate::exception::IndexError, "list assignment index out of range")),
    }
}

/// Members that a length hint may make room for.
const BELIEVED_HINT: usize = 1 << 16;

/// `list.extend(iterable)`: members come into the list one by one, as the iterable gives them.
pub fn extend_from(t: Attached<'_>, list: &Value, iterable: &Value) -> PyResult<()> {
    let to = body(list);
    if let Some(members) = crate::protocol::members_at_once(t, iterable) {
        return to.extend(t, members);
    }
    let it = crate::protocol::get_iter(t, iterable)?;
    let hint = crate::protocol::length_hint(t, iterable, 0)?;
    if hint > isize::MAX as usize / 16 {
        return Err(t.memory_error());
    }
    // The hint is a stranger's word: past some size the members themselves must tell how many they are.
    if hint > 0 {
        to.make_room(t, hint.min(BELIEVED_HINT))?;
    }
    if let Some(walked) = crate::protocol::walk_iterator(t, &it, &mut |v| to.push(t, v).map(|()| true)) {
        return walked;
    }
    let Some(next) = crate::type_::class_of(t, &it).slots.next() else { return Ok(()) };
    while let Some(v) = next(t, &it).or_else(|e| crate::protocol::end_or(t, e))? {
        to.push(t, v)?;
        t.safepoint()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
