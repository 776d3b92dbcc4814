//! Reference counting: owner's plain path, everybody's atomic path, merging, death.
//!
//! The states of an object (see `header.rs` for the bits):
//!
//! ```text
//!  owned    local = domain|n, n >= 1         the true count is n + shared
//!  merged   local = 0,  MERGED               the true count is shared; 0 means dead
//!  deferred local = 0,  MERGED|DEFERRED      as merged, but 0 means "ask the collector"
//!  immortal local = 4095|0                   never counted
//!  free     local = 0,  shared = MERGED      a cell of a page's free list
//! ```
//! * owned -> merged: the owner's last local reference goes (`local_zero`), or the owner finds the
//!   object in its merge queue. One compare-and-swap publishes count and flag together.
//! * A foreign release that would make the shared count negative sets QUEUED in the same
//!   compare-and-swap and puts the object into the owner's queue; a queued object is freed only by
//!   the one who takes it out.
//! * merged with 0 is final: [`try_retain`] fails on it.
//! * Every 61st foreign retain of a thread is sampled; an object met again and again there is shared
//!   hot, and its owner makes it deferred, so that registers stop counting it.
//!
//! With a single domain the same states are used but nothing is atomic.

use std::ptr::NonNull;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

use crate::alloc;
use crate::domain::{LOCAL, SAMPLES, current};
use crate::header::*;
use crate::kind::{MAP_ATTRS, MAP_FINALIZE, MAP_HEAP_TYPE};
use crate::value::Value;

/// Nested frees before the rest is postponed: a list of a list of a list ... must not recurse.
const MAX_FREE_DEPTH: u32 = if cfg!(feature = "model") { 1 } else { 64 };
/// One foreign retain in this many is sampled.
#[cfg(not(feature = "model"))]
const SAMPLE_EVERY: u32 = 61;

#[cfg(feature = "model")]
thread_local! {
    /// In a model the test says, or no schedule would get so far; never, at first. A test's threads are one of the system's.
    pub static SAMPLE_EVERY: std::cell::Cell<u32> = const { std::cell::Cell::new(u32::MAX) };
}
/// Shared counts beyond this make a merged object immortal instead of overflowing.
const SHARED_LIMIT: i32 = 1 << 25;

/// Counts one more reference to a live object.
#[inline(always)]
pub fn retain(header: &Header) {
    if !retain_own(header) {
        retain_slow(header);
    }
}

/// The owner's path of [`retain`]: false if the object is not this domain's (or its local count is full).
#[inline(always)]
pub(crate) fn retain_own(header: &Header) -> bool {
    let local = header.local.load(Relaxed);
    let count = local ^ LOCAL.with(|l| l.domain.get());
    if count < LOCAL_MASK {
        header.local.store(local + 1, Relaxed);
        return true;
    }
    false
}

#[cold]
#[inline(never)]
fn retain_slow(header: &Header) {
    let local = header.local.load(Relaxed);
    if local >> LOCAL_BITS == IMMORTAL {
        return;
    }
    let (domain, single) = LOCAL.with(|l| (l.domain.get(), l.single_domain.get()));
    if local >> LOCAL_BITS == domain >> LOCAL_BITS {
        // The local count is full: half of it moves to the shared half.
        let half = LOCAL_MASK / 2;
        header.shared.fetch_add(half * SHARED_ONE, Relaxed);
        header.local.store(local - half + 1, Relaxed);
        return;
    }
    if single {
        let shared = header.shared.load(Relaxed);
        header.shared.store(shared.wrapping_add(SHARED_ONE), Relaxed);
        saturate(header, shared);
        return;
    }
    let before = header.shared.fetch_add(SHARED_ONE, Relaxed);
    saturate(header, before);
    if before & DEFERRED == 0 {
        sample(header);
    }
}

/// Counts a reference to a deferred object while there is one domain only: false if it is not deferred, or its
/// count is huge.
#[inline]
pub(crate) fn retain_deferred_alone(header: &Header) -> bool {
    let shared = header.shared.load(Relaxed);
    let plain = shared & DEFERRED != 0 && header.local.load(Relaxed) == 0 && Header::shared_count(shared) < SHARED_LIMIT;
    if plain {
        header.shared.store(shared.wrapping_add(SHARED_ONE), Relaxed);
    }
    plain
}

/// A merged object with a huge count becomes immortal.
fn saturate(header: &Header, shared: u32) {
    if Header::shared_count(shared) > SHARED_LIMIT && shared & MERGED != 0 {
        header.local.store(IMMORTAL << LOCAL_BITS, Relaxed);
    }
}

/// What [`try_retain`] got.
#[derive(PartialEq, Eq, Debug, Clone, Copy)]
pub enum Taken {
    /// One count.
    Counted,
    /// The object needs no count (immortal; or deferred, for a register).
    Uncounted,
    /// Nothing: the object is dead.
    Dead,
}

/// Tries to count a reference to an object of another domain that may have died.
///
/// `REGISTER`: the reference goes to a register, so a deferred object is not counted.
pub(crate) fn try_retain<const REGISTER: bool>(header: &Header) -> Taken {
    if retain_own(header) {
        return Taken::Counted;
    }
    let local = header.local.load(Relaxed);
    if local >> LOCAL_BITS == IMMORTAL {
        return Taken::Uncounted;
    }
    let mut shared = header.shared.load(Acquire);
    if LOCAL.with(|l| l.single_domain.get() || l.domain.get() >> LOCAL_BITS == local >> LOCAL_BITS) {
        if REGISTER && shared & DEFERRED != 0 {
            return Taken::Uncounted;
        }
        if shared & MERGED != 0 && shared & DEFERRED == 0 && Header::shared_count(shared) == 0 {
            // Dead, its freeing postponed: a weak reference must not bring it back.
            return Taken::Dead;
        }
        retain_slow(header);
        return Taken::Counted;
    }
    loop {
        if shared & DEFERRED != 0 {
            if REGISTER {
                return Taken::Uncounted;
            }
        } else if shared & MERGED != 0 && Header::shared_count(shared) == 0 {
            return Taken::Dead;
        }
        match header.shared.compare_exchange_weak(shared, shared.wrapping_add(SHARED_ONE), AcqRel, Acquire) {
            Ok(_) => break,
            Err(now) => shared = now,
        }
    }
    if shared & DEFERRED == 0 {
        sample(header);
    }
    Taken::Counted
}

/// Gives one reference back; the object may die here, and finalisers run then.
///
/// # Safety
/// The caller owns one count and does not use it again.
#[inline(always)]
pub unsafe fn release(header: NonNull<Header>) {
    // SAFETY: the caller's count keeps the object alive until the store below.
    let h = unsafe { header.as_ref() };
    let local = h.local.load(Relaxed);
    let count = local ^ LOCAL.with(|l| l.domain.get());
    if count.wrapping_sub(1) < LOCAL_MASK {
        h.local.store(local - 1, Relaxed);
        if count == 1 {
            // SAFETY: this was the owner's last local reference.
            unsafe { local_zero(header) };
        }
    } else {
        // SAFETY: as the caller says.
        unsafe { release_slow(header) };
    }
}

/// The owner's local count came to zero.
///
/// # Safety
/// The caller is attached to the object's domain and just stored the zero.
#[inline(never)]
unsafe fn local_zero(header: NonNull<Header>) {
    // SAFETY: the object is not freed before its halves are merged, which happens here.
    let h = unsafe { header.as_ref() };
    let mut shared = h.shared.load(Relaxed);
    debug_assert!(shared & MERGED == 0, "count underflow of {}", h.map_head().kind.name);
    if LOCAL.with(|l| l.single_domain.get()) {
        h.local.store(0, Relaxed);
        h.shared.store(shared | MERGED, Relaxed);
    } else {
        // The owner field goes first: from now on the shared half decides.
        h.local.store(0, Relaxed);
        while let Err(now) = h.shared.compare_exchange_weak(shared, shared | MERGED, AcqRel, Relaxed) {
            shared = now;
            if shared & MERGED != 0 {
                // A foreign release came between, found no owner, merged, and so decides.
                return;
            }
        }
    }
    // DEFERRED: another thread found no owner and promoted the object between the two stores; the collector frees it.
    if Header::shared_count(shared) == 0 && shared & (QUEUED | DEFERRED) == 0 {
        // SAFETY: merged with zero: nobody else can take a reference any more.
        unsafe { free(header) };
    }
}

/// # Safety
/// As [`release`].
#[cold]
#[inline(never)]
unsafe fn release_slow(header: NonNull<Header>) {
    // SAFETY: the caller owns a count.
    let h = unsafe { header.as_ref() };
    let local = h.local.load(Relaxed);
    if local >> LOCAL_BITS == IMMORTAL {
        return;
    }
    let mut shared = h.shared.load(Acquire);
    if shared & MERGED != 0 && LOCAL.with(|l| l.single_domain.get()) {
        // Nobody else counts: no exchange.
        let new = shared.wrapping_sub(SHARED_ONE);
        debug_assert!(Header::shared_count(new) >= 0, "count underflow of {}", h.map_head().kind.name);
        h.shared.store(new, Relaxed);
        if Header::shared_count(new) == 0 && new & (QUEUED | DEFERRED) == 0 {
            // SAFETY: merged with zero: nobody else can take a reference any more.
            unsafe { free(header) };
        }
        return;
    }
    loop {
        let mut new = shared.wrapping_sub(SHARED_ONE);
        let negative = Header::shared_count(new) < 0;
        let queue = shared & (MERGED | QUEUED) == 0 && negative;
        debug_assert!(!(negative && shared & MERGED != 0), "count underflow of {}", h.map_head().kind.name);
        if queue {
            new |= QUEUED;
        }
        match h.shared.compare_exchange_weak(shared, new, AcqRel, Acquire) {
            Ok(_) => {
                if queue {
                    queue_at_owner(h);
                } else if new & MERGED != 0 && Header::shared_count(new) == 0 && new & (QUEUED | DEFERRED) == 0 {
                    // SAFETY: merged with zero: nobody else can take a reference any more.
                    unsafe { free(header) };
                }
                return;
            }
            Err(now) => shared = now,
        }
    }
}

/// Puts a QUEUED object into its owner's merge queue; if it has none any more, merges it here.
fn queue_at_owner(h: &Header) {
    let owner = h.local.load(Acquire) >> LOCAL_BITS;
    let Some(heap) = current() else {
        // A reference dropped on a thread that is not attached: the object stays until the end.
        return;
    };
    if owner != 0 && owner != IMMORTAL {
        (heap.shared().hooks.queue_merge)(heap.shared(), owner, h as *const Header as usize);
        return;
    }
    // The owner merged it between our two looks: nobody else takes it out.
    let object = h as *const Header as *mut Header;
    // SAFETY: QUEUED keeps the object's memory until this call clears it; dead is merged with zero.
    unsafe {
        if merge_queued(object) {
            free(NonNull::new_unchecked(object));
        }
    }
}

/// Merges objects taken from a merge queue; gives those that are dead, for [`free_batch`].
///
/// # Safety
/// The addresses come from [`crate::Hooks::queue_merge`], each taken once; the thread is attached to
/// the domain they were queued for, or stands in for its owner.
pub unsafe fn merge_batch(objects: Vec<usize>) -> Vec<usize> {
    let mut dead = objects;
    // SAFETY: as the caller says; what is dead stays readable until it is freed.
    dead.retain(|&o| unsafe {
        let is_dead = merge_queued(o as *mut Header);
        if is_dead {
            mark_dying(&*(o as *const Header));
        }
        is_dead
    });
    dead
}

/// Ends dead objects: finalisers may run, so the thread is attached and may pause.
///
/// # Safety
/// The addresses come from [`merge_batch`], each used once.
pub unsafe fn free_batch(dead: Vec<usize>) {
    for object in dead {
        // SAFETY: merged with zero, and nobody else frees it.
        unsafe { free(NonNull::new_unchecked(object as *mut Header)) };
    }
}

/// Takes an object out of the merge queue: its halves become one; true if that is zero (dead).
///
/// # Safety
/// The object carries QUEUED and was taken from the queue; the thread is attached to (or has
/// borrowed) the domain that owns it, or nobody owns it.
unsafe fn merge_queued(object: *mut Header) -> bool {
    // SAFETY: QUEUED keeps the memory.
    let h = unsafe { &*object };
    let local = h.local.load(Relaxed);
    let owned = local >> LOCAL_BITS != 0 && local >> LOCAL_BITS != IMMORTAL;
    let count = if owned { local & LOCAL_MASK } else { 0 };
    if owned {
        h.local.store(0, Relaxed);
    }
    let mut shared = h.shared.load(Acquire);
    let new = loop {
        let new = (shared.wrapping_add(count * SHARED_ONE) & !QUEUED) | MERGED;
        match h.shared.compare_exchange_weak(shared, new, AcqRel, Acquire) {
            Ok(_) => break new,
            Err(now) => shared = now,
        }
    };
    Header::shared_count(new) == 0 && new & DEFERRED == 0
}

#[inline(always)]
fn sample_every() -> u32 {
    #[cfg(not(feature = "model"))]
    return SAMPLE_EVERY;
    #[cfg(feature = "model")]
    SAMPLE_EVERY.get()
}

/// Notes a foreign retain now and then; an object met repeatedly is asked to become deferred.
fn sample(header: &Header) {
    LOCAL.with(|l| {
        let n = l.foreign.get().wrapping_add(1);
        l.foreign.set(n);
        if n % sample_every() != 0 {
            return;
        }
        let address = header as *const Header as usize;
        let cell = &l.samples[(address >> 4) % SAMPLES];
        if cell.get() != address {
            cell.set(address);
            return;
        }
        cell.set(0);
        promote(header);
    });
}

/// Asks for deferred counts: what every thread uses must not be counted by their registers.
/// Objects whose death somebody watches (finaliser, weak references, what [`crate::Payload::DEATH_SHOWS`] says) keep exact counts.
fn promote(header: &Header) {
    let shared = header.shared.load(Relaxed);
    let map = header.map_head();
    if shared & (DEFERRED | WEAK) != 0 || map.flags() & MAP_FINALIZE != 0 || map.kind.death_shows {
        return;
    }
    let Some(heap) = current() else { return };
    let local = header.local.load(Relaxed);
    if local >> LOCAL_BITS == 0 {
        // Merged: the flag alone does it. We hold a reference, so the count is not zero.
        defer_merged(header);
        heap.shared().promoted.fetch_add(1, Relaxed);
        return;
    }
    // Owned elsewhere: the owner merges it, and the next sample finds it merged.
    if shared & QUEUED == 0 && header.shared.compare_exchange(shared, shared | QUEUED, AcqRel, Relaxed).is_ok() {
        queue_at_owner(header);
    }
}

fn defer_merged(header: &Header) {
    if header.shared.fetch_or(DEFERRED, AcqRel) & DEFERRED != 0 {
        return;
    }
    if !crate::collect::is_tracked(header)
        && let Some(heap) = current()
    {
        let mut leaves = heap.shared().deferred_leaves.lock().unwrap_or_else(|e| e.into_inner());
        leaves.push(header as *const Header as usize);
    }
}

/// Makes an object that only this thread knows deferred: functions, types, modules, code.
pub fn defer(value: &Value) {
    let Some(h) = value.header() else { return };
    let local = h.local.load(Relaxed);
    if local >> LOCAL_BITS == IMMORTAL || h.shared.load(Relaxed) & DEFERRED != 0 {
        return;
    }
    h.local.store(0, Relaxed);
    h.shared.fetch_add((local & LOCAL_MASK) * SHARED_ONE, Relaxed);
    h.shared.fetch_or(MERGED, Release);
    defer_merged(h);
}

/// Makes an object of the caller's own domain deferred, which other threads may know: class attributes that
/// every lookup reads. `false`: another domain owns it.
pub fn defer_own(h: &Header) -> bool {
    let local = h.local.load(Relaxed);
    let mut shared = h.shared.load(Acquire);
    if shared & DEFERRED != 0 {
        return true;
    }
    if local >> LOCAL_BITS != 0 {
        if local >> LOCAL_BITS != LOCAL.with(|l| l.domain.get()) >> LOCAL_BITS {
            return false;
        }
        // The local half is added in the step that makes the shared half decide: in no moment could the count
        // be taken for zero. Only the owner, who is here, looks at the local half meanwhile.
        let added = (local & LOCAL_MASK) * SHARED_ONE;
        while let Err(now) = h.shared.compare_exchange_weak(shared, shared.wrapping_add(added) | MERGED, AcqRel, Acquire) {
            shared = now;
        }
        h.local.store(0, Release);
    }
    defer_merged(h);
    true
}

/// Makes an object that only this thread knows immortal (interned strings, builtin singletons).
pub fn immortalize(value: &Value) {
    if let Some(h) = value.header() {
        h.local.store(IMMORTAL << LOCAL_BITS, Relaxed);
    }
}

/// What `_orochi` tells of an object's counts.
#[derive(Debug, Clone, Copy)]
pub struct Counts {
    /// Domain that owns the local half (0 none, 4095 immortal).
    pub domain: u32,
    /// Local half.
    pub local: u32,
    /// Shared half.
    pub shared: i32,
    /// Flags of the shared half.
    pub flags: u32,
}

/// The counts of an object as they are now.
pub fn counts(h: &Header) -> Counts {
    let local = h.local.load(Relaxed);
    let shared = h.shared.load(Relaxed);
    Counts { domain: local >> LOCAL_BITS, local: local & LOCAL_MASK, shared: Header::shared_count(shared), flags: shared & FLAGS }
}

/// The true count (a guess while other threads run). Immortals give a large number.
pub fn total(h: &Header) -> i64 {
    let c = counts(h);
    if c.domain == IMMORTAL { i64::from(u32::MAX) } else { i64::from(c.local) + i64::from(c.shared) }
}

/// How many registers of all threads hold a deferred object without counting it. Stops the world.
pub fn uncounted_registers(h: &Header) -> i64 {
    let Some(heap) = current() else { return 0 };
    let shared = heap.shared();
    let word = h as *const Header as u64 | crate::value::TAG_DEFERRED;
    let mut found = 0;
    (shared.hooks.stop_world)(shared, &mut || {
        (shared.hooks.visit_registers)(shared, &mut |w| found += i64::from(w == word));
    });
    found
}

/// Whether the caller's reference is the only one: then nobody else can see the object.
#[inline(always)]
pub fn is_unique(h: &Header) -> bool {
    let local = h.local.load(Relaxed);
    local ^ LOCAL.with(|l| l.domain.get()) == 1 && h.shared.load(Relaxed) == 0
}

/// Whether the object was made deferred.
#[inline(always)]
pub fn is_deferred(h: &Header) -> bool {
    h.shared.load(Relaxed) & DEFERRED != 0
}

/// Whether the object is never counted.
#[inline(always)]
pub fn is_immortal(h: &Header) -> bool {
    h.local.load(Relaxed) >> LOCAL_BITS == IMMORTAL
}

/// Whether the finaliser of the object has run.
pub fn is_finalized(h: &Header) -> bool {
    h.shared.load(Relaxed) & FINALIZED != 0
}

/// Notes that the finaliser runs (it runs once).
pub fn set_finalized(h: &Header) -> bool {
    h.shared.fetch_or(FINALIZED, AcqRel) & FINALIZED == 0
}

/// Notes that an object that the caller holds needs no finaliser any more.
#[inline]
pub fn spare_finaliser(h: &Header) {
    if LOCAL.with(|l| l.single_domain.get()) {
        h.shared.store(h.shared.load(Relaxed) | FINALIZED, Relaxed);
    } else {
        h.shared.fetch_or(FINALIZED, AcqRel);
    }
}

/// Ends a dead object: finaliser, weak references, body, memory. Nested frees are bounded; the rest
/// waits in a list of the thread.
///
/// # Safety
/// The object is merged with count zero, not queued, not deferred.
#[inline]
unsafe fn free(header: NonNull<Header>) {
    LOCAL.with(|l| {
        let depth = l.free_depth.get();
        if depth >= MAX_FREE_DEPTH {
            // SAFETY: the object is dead; its memory is ours until it is freed.
            mark_dying(unsafe { header.as_ref() });
            POSTPONED.with(|p| p.borrow_mut().push(header));
            l.postponed.set(header.as_ptr());
            return;
        }
        l.free_depth.set(depth + 1);
        // SAFETY: as the caller says.
        unsafe { free_now(header) };
        l.free_depth.set(depth);
        if depth == 0 && !l.postponed.get().is_null() {
            // SAFETY: the list holds what `free` put there.
            unsafe { free_postponed() };
        }
    });
}

/// # Safety
/// At depth 0.
#[cold]
unsafe fn free_postponed() {
    LOCAL.with(|l| {
        while let Some(next) = POSTPONED.with(|p| p.borrow_mut().pop()) {
            l.free_depth.set(1);
            // SAFETY: it was dead when it was postponed, and nothing else frees it.
            unsafe { free_now(next) };
            l.free_depth.set(0);
        }
        l.postponed.set(std::ptr::null_mut());
    });
}

#[cfg(not(feature = "model"))]
thread_local! {
    static POSTPONED: std::cell::RefCell<Vec<NonNull<Header>>> = const { std::cell::RefCell::new(Vec::new()) };
}

#[cfg(feature = "model")]
shuttle::thread_local! {
    static POSTPONED: std::cell::RefCell<Vec<NonNull<Header>>> = std::cell::RefCell::new(Vec::new());
}

/// # Safety
/// As [`free`].
#[inline]
unsafe fn free_now(header: NonNull<Header>) {
    // SAFETY: nobody else can reach the object; its memory is valid until `alloc::free`.
    let h = unsafe { header.as_ref() };
    let map = h.map_head();
    let flags = map.flags();
    let shared = h.shared.load(Relaxed);
    if flags & MAP_FINALIZE != 0 && shared & FINALIZED == 0 && resurrected_by_finaliser(h) {
        return;
    }
    if flags & (MAP_HEAP_TYPE | MAP_ATTRS) != 0 {
        mark_dying(h);
    }
    if shared & WEAK != 0 || h.shared.load(Relaxed) & WEAK != 0 {
        let dead = current().map(|heap| heap.shared().weak.kill(h)).unwrap_or_default();
        h.shared.fetch_and(!WEAK, Relaxed);
        if let (false, Some(heap)) = (dead.is_empty(), current()) {
            (heap.shared().hooks.weak_callbacks)(dead);
        }
    }
    if flags & MAP_ATTRS != 0 {
        // SAFETY: the map says that there is a region; nobody else can reach the object.
        unsafe { (*h.body_ptr().add(h.body_size()).cast::<crate::slot::Attrs>()).destroy(map.inline_slots as usize) };
    }
    // SAFETY: the body is dropped once, here.
    unsafe { (map.kind.drop)(h.body_ptr()) };
    // SAFETY: the cell came from `alloc`, nothing refers to it.
    unsafe { alloc::free(header) };
}

/// Marks a dead object whose freeing runs Python or waits: until its memory goes the collector keeps its type, which its body and
/// map are read with. Merged with zero and QUEUED, without being in a queue, is what says so. Nobody else writes the word of a
/// dead object, so a plain store does.
fn mark_dying(h: &Header) {
    h.shared.store(h.shared.load(Relaxed) | QUEUED, Relaxed);
}

/// Whether [`mark_dying`] was called. Only for the collector, the world stopped and all merge queues empty.
pub(crate) fn is_dying(h: &Header) -> bool {
    let shared = h.shared.load(Relaxed);
    h.local.load(Relaxed) >> LOCAL_BITS == 0
        && shared & (MERGED | QUEUED | DEFERRED) == MERGED | QUEUED
        && Header::shared_count(shared) == 0
}

/// Makes the halves one in the owner's stead: afterwards whoever gives the last reference back frees the object at once. World
/// stopped.
pub(crate) fn merge_stopped(h: &Header) {
    let local = h.local.load(Relaxed);
    if local >> LOCAL_BITS == 0 || local >> LOCAL_BITS == IMMORTAL {
        return;
    }
    h.local.store(0, Relaxed);
    h.shared.fetch_add((local & LOCAL_MASK) * SHARED_ONE, AcqRel);
    h.shared.fetch_or(MERGED, AcqRel);
}

/// Runs `f` as if no object was being freed further up the stack, so that what `f` releases is freed when it returns.
pub(crate) fn free_at_once<R>(f: impl FnOnce() -> R) -> R {
    struct Restore(u32);
    impl Drop for Restore {
        fn drop(&mut self) {
            LOCAL.with(|l| l.free_depth.set(self.0));
        }
    }
    let _restore = Restore(LOCAL.with(|l| l.free_depth.replace(0)));
    f()
}

/// Runs the finaliser with the object alive again; true if somebody kept it.
fn resurrected_by_finaliser(h: &Header) -> bool {
    let Some(heap) = current() else { return false };
    h.shared.fetch_or(FINALIZED, AcqRel);
    h.shared.fetch_and(!(MERGED | QUEUED), AcqRel);
    h.local.store(heap.id << LOCAL_BITS | 1, Relaxed);
    // SAFETY: the count just made belongs to this value.
    let value = unsafe { Value::from_bits(h as *const Header as u64) };
    (heap.shared().hooks.finalize)(&value);
    value.into_bits();
    // The reference is given back by hand, without running `free` again.
    let local = h.local.load(Relaxed);
    if local >> LOCAL_BITS != heap.id {
        // Somebody merged it meanwhile: give the count back there.
        let before = h.shared.fetch_sub(SHARED_ONE, AcqRel);
        return Header::shared_count(before) != 1 || before & QUEUED != 0;
    }
    h.local.store(local - 1, Relaxed);
    if (local - 1) & LOCAL_MASK != 0 {
        return true;
    }
    h.local.store(0, Relaxed);
    let before = h.shared.fetch_or(MERGED, AcqRel);
    Header::shared_count(before) != 0 || before & QUEUED != 0
}

/// Marks that weak references to the object exist. Only with a reference held.
pub(crate) fn set_weak(h: &Header) {
    h.shared.fetch_or(WEAK, AcqRel);
}
/// Marks that no weak reference to the object exists any more.
pub(crate) fn clear_weak(h: &Header) {
    h.shared.fetch_and(!WEAK, AcqRel);
}

/// Takes an object that the collector found unreachable out of the deferred state. World stopped.
pub(crate) fn undefer(h: &Header) {
    h.shared.fetch_and(!DEFERRED, AcqRel);
}
