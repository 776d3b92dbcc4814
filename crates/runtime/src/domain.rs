//! Ownership domains: ids, the owner word, borrowing, orphans.
//!
//! A domain is a set of threads of which at most one runs Python at a time. Its id is in the count word of every object it owns.
//!
//! ```text
//! owner word (no-lock mode)   bits 0-1  0 orphan: no thread     1 attached: its thread runs     2 detached: its thread does not
//!                             bit  2    borrowed: a foreign thread works in the domain for a moment
//!                             bit  3    suspended: the world is stopped, the owner must not attach
//!                             bit  4    the owner sleeps on this word
//! ```
//!
//! Rules: bits 2 and 3 are set only while the domain is not attached; the owner's attach is a compare-and-swap from exactly
//! `detached`, so it waits for both to go. Only an attached thread borrows, only for a domain that is not its own, and it does not
//! pause while it does; so a world stop never waits for a borrow, and an owner waits for one as long as for a short critical section.
//! With a lock, holding the lock is the ownership: a borrower takes the domain's lock if it is free.
//!
//! A domain whose thread has ended is an orphan. It keeps its id, its heap and its queue, and is adopted whole by the next new thread.

use crate::gil::Gil;
use crate::merge_queue::MergeQueue;
use crate::sync::atomic::{AtomicPtr, Ordering};
use crate::sync::{Futex, Locked};
use crate::thread::ThreadBase;
use std::sync::{Arc, OnceLock};

/// Twelve bits: 0 = no owner, 4095 = immortal, the rest name domains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(transparent)]
pub struct DomainId(u16);

impl DomainId {
    /// No owner: every reference is in the shared half of the count.
    pub const NONE: DomainId = DomainId(0);
    /// Never counted, never freed.
    pub const IMMORTAL: DomainId = DomainId(4095);
    /// How many ids there are, the two reserved ones included.
    pub const COUNT: u32 = 4096;

    /// The id with the number `raw`, if it has at most twelve bits.
    #[must_use]
    pub const fn from_raw(raw: u32) -> Option<DomainId> {
        if raw < Self::COUNT {
            Some(DomainId(raw as u16))
        } else {
            None
        }
    }

    /// The number, as it stands in count words and in [`current_domain`](crate::current_domain).
    #[inline]
    #[must_use]
    pub const fn raw(self) -> u32 {
        self.0 as u32
    }
}

pub(crate) const ORPHAN: u32 = 0;
pub(crate) const ATTACHED: u32 = 1;
pub(crate) const DETACHED: u32 = 2;
const KIND: u32 = 3;
const BORROWED: u32 = 4;
const SUSPENDED: u32 = 8;
const WAITING: u32 = 16;

/// What became of a pushed object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MergePush {
    /// The owner runs and merges at its next safepoint, or the queue had work already.
    OwnerNotified,
    /// Nobody runs in the domain; the pusher should try to borrow it (`RuntimeBase::borrow_domain`) and merge.
    OwnerIdle,
}

/// One domain. Lives as long as its runtime.
#[derive(Debug)]
pub struct Domain {
    id: DomainId,
    /// The lock that makes the domain one; `None` in no-lock mode, where `owner` does.
    gil: Option<Gil>,
    pub(crate) owner: Futex,
    /// No-lock mode: the thread that the domain belongs to, to be told of merges. Guarded by: itself.
    pub(crate) owner_thread: Locked<Option<Arc<ThreadBase>>>,
    queue: MergeQueue,
    /// The heap of this domain: belongs to the crate above, is adopted with the domain. Ordering: release / acquire.
    heap: AtomicPtr<()>,
}

impl Domain {
    fn new(id: DomainId, with_lock: bool) -> Self {
        Self {
            id,
            gil: with_lock.then(Gil::new),
            owner: Futex::new(ORPHAN),
            owner_thread: Locked::new(None),
            queue: MergeQueue::new(),
            heap: AtomicPtr::new(std::ptr::null_mut()),
        }
    }

    /// The id.
    #[inline]
    #[must_use]
    pub fn id(&self) -> DomainId {
        self.id
    }

    /// The lock of the domain; `None` in no-lock mode.
    #[inline]
    #[must_use]
    pub fn gil(&self) -> Option<&Gil> {
        self.gil.as_ref()
    }

    /// The merge queue.
    #[inline]
    #[must_use]
    pub fn queue(&self) -> &MergeQueue {
        &self.queue
    }

    /// The pointer that the heap keeps here; null at first.
    #[inline]
    #[must_use]
    pub fn heap(&self) -> *mut () {
        self.heap.load(Ordering::Acquire)
    }

    /// Sets the heap's pointer. Only the owner does, or the table's user before any thread runs.
    pub fn set_heap(&self, heap: *mut ()) {
        self.heap.store(heap, Ordering::Release);
    }

    /// The owner attaches: waits for a borrow or a world stop to end.
    #[inline]
    pub(crate) fn owner_attach(&self) {
        // SeqCst (here and in detach): the order of this word against the pending word decides whether a stopper counts this thread.
        if self
            .owner
            .compare_exchange(DETACHED, ATTACHED, Ordering::SeqCst, Ordering::Relaxed)
            .is_err()
        {
            self.owner_attach_slow();
        }
    }

    #[cold]
    fn owner_attach_slow(&self) {
        loop {
            let seen = match self.owner.compare_exchange(
                DETACHED,
                ATTACHED,
                Ordering::SeqCst,
                Ordering::SeqCst,
            ) {
                Ok(_) => return,
                Err(seen) => seen,
            };
            debug_assert_eq!(
                seen & KIND,
                DETACHED,
                "a thread attached to a domain that is not its own"
            );
            let marked = seen | WAITING;
            if seen == marked
                || self
                    .owner
                    .compare_exchange(seen, marked, Ordering::SeqCst, Ordering::Relaxed)
                    .is_ok()
            {
                self.owner.wait(marked, None);
            }
        }
    }

    /// The owner detaches. While attached the word has no other bits, so a store is enough.
    #[inline]
    pub(crate) fn owner_detach(&self) {
        debug_assert_eq!(self.owner.load(Ordering::Relaxed), ATTACHED);
        self.owner.store(DETACHED, Ordering::SeqCst);
    }

    /// A thread that is not attached takes an orphan or fresh domain as its own, suspended when the world is stopped.
    pub(crate) fn owner_adopt(&self, suspended: bool) {
        // A borrower may be at work in the orphan, so its bit must survive.
        let mut seen = self.owner.load(Ordering::Relaxed);
        loop {
            debug_assert_eq!(seen & KIND, ORPHAN);
            let new = (seen & BORROWED) | DETACHED | if suspended { SUSPENDED } else { 0 };
            match self
                .owner
                .compare_exchange(seen, new, Ordering::SeqCst, Ordering::Relaxed)
            {
                Ok(_) => return,
                Err(now) => seen = now,
            }
        }
    }

    /// The attached owner leaves for good.
    pub(crate) fn owner_abandon(&self) {
        debug_assert_eq!(self.owner.load(Ordering::Relaxed), ATTACHED);
        self.owner.store(ORPHAN, Ordering::SeqCst);
    }

    /// Whether the owner is attached at this moment. A read-modify-write: an owner that attaches later reads from it, and so sees all
    /// that this thread did before.
    pub(crate) fn owner_is_attached(&self) -> bool {
        self.owner.fetch_or(0, Ordering::AcqRel) & KIND == ATTACHED
    }

    /// Suspends the owner if it is not attached; returns whether it is now suspended.
    pub(crate) fn owner_suspend(&self) -> bool {
        let mut seen = self.owner.load(Ordering::SeqCst);
        loop {
            if seen & KIND == ATTACHED {
                return false;
            }
            match self.owner.compare_exchange(
                seen,
                seen | SUSPENDED,
                Ordering::SeqCst,
                Ordering::SeqCst,
            ) {
                Ok(_) => return true,
                Err(now) => seen = now,
            }
        }
    }

    /// Lets a suspended owner attach again.
    pub(crate) fn owner_resume(&self) {
        self.clear_and_wake(SUSPENDED);
    }

    /// Claims the domain for a foreign thread. Fails when its owner runs, when another borrows it, or when the world is stopped by
    /// somebody else than the borrower.
    pub(crate) fn owner_try_borrow(&self, borrower_stopped_world: bool) -> bool {
        let mut seen = self.owner.load(Ordering::Relaxed);
        loop {
            if seen & KIND == ATTACHED
                || seen & BORROWED != 0
                || (seen & SUSPENDED != 0 && !borrower_stopped_world)
            {
                return false;
            }
            match self.owner.compare_exchange(
                seen,
                seen | BORROWED,
                Ordering::SeqCst,
                Ordering::Relaxed,
            ) {
                Ok(_) => return true,
                Err(now) => seen = now,
            }
        }
    }

    /// Ends a borrow.
    pub(crate) fn owner_end_borrow(&self) {
        self.clear_and_wake(BORROWED);
    }

    /// After a fork, in the child: the word of a domain whose thread does not exist, or of the thread that forked.
    pub(crate) fn owner_reset(&self, word: u32) {
        self.owner.store(word, Ordering::SeqCst);
    }

    /// Clears `bit` and, if the owner sleeps, its mark, and wakes it; it looks again and sleeps again if the other bit is still set.
    fn clear_and_wake(&self, bit: u32) {
        if self.owner.fetch_and(!(bit | WAITING), Ordering::SeqCst) & WAITING != 0 {
            self.owner.wake_all();
        }
    }

    /// The owner word in words, for debug output. May be stale.
    #[must_use]
    pub fn owner_racy(&self) -> &'static str {
        let word = self.owner.load(Ordering::Relaxed);
        match (word & KIND, word & BORROWED != 0, word & SUSPENDED != 0) {
            (_, true, _) => "borrowed",
            (_, _, true) => "suspended",
            (ATTACHED, ..) => "attached",
            (DETACHED, ..) => "detached",
            _ => "orphan",
        }
    }
}

const CHUNK: usize = 64;
type Chunk = Box<[OnceLock<Arc<Domain>>; CHUNK]>;

/// All domains of a runtime. Finding one by id takes no lock.
pub struct DomainTable {
    chunks: [OnceLock<Chunk>; DomainId::COUNT as usize / CHUNK],
    free: Locked<FreeIds>,
    with_lock: bool,
}

struct FreeIds {
    next: u32,
    orphans: Vec<DomainId>,
}

impl DomainTable {
    /// An empty table; its domains have a lock each, or none.
    #[must_use]
    pub(crate) fn new(with_lock: bool) -> Self {
        Self {
            chunks: [const { OnceLock::new() }; DomainId::COUNT as usize / CHUNK],
            free: Locked::new(FreeIds {
                next: 1,
                orphans: Vec::new(),
            }),
            with_lock,
        }
    }

    /// The domain `id`, if it was ever allocated.
    #[inline]
    #[must_use]
    pub fn get(&self, id: DomainId) -> Option<&Arc<Domain>> {
        let raw = id.raw() as usize;
        self.chunks.get(raw / CHUNK)?.get()?[raw % CHUNK].get()
    }

    /// An orphan, oldest first, else a fresh domain; `None` when all 4094 are in use.
    pub(crate) fn allocate(&self) -> Option<Arc<Domain>> {
        let mut free = self.free.lock();
        if !free.orphans.is_empty() {
            let id = free.orphans.remove(0);
            return self.get(id).cloned();
        }
        let id = DomainId::from_raw(free.next).filter(|&id| id != DomainId::IMMORTAL)?;
        free.next += 1;
        let domain = Arc::new(Domain::new(id, self.with_lock));
        let raw = id.raw() as usize;
        let chunk =
            self.chunks[raw / CHUNK].get_or_init(|| Box::new([const { OnceLock::new() }; CHUNK]));
        Some(chunk[raw % CHUNK].get_or_init(|| domain).clone())
    }

    /// Makes an allocated domain an orphan that the next `allocate` hands out.
    pub(crate) fn release(&self, id: DomainId) {
        let mut free = self.free.lock();
        debug_assert!(!free.orphans.contains(&id), "a domain was released twice");
        free.orphans.push(id);
    }

    /// Every domain that was ever allocated, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Domain>> {
        self.chunks
            .iter()
            .filter_map(OnceLock::get)
            .flat_map(|chunk| chunk.iter())
            .filter_map(OnceLock::get)
    }
}

impl std::fmt::Debug for DomainTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.iter().map(|d| (d.id().raw(), d.owner_racy())))
            .finish()
    }
}
