//! What a thread carries of the heap while it is attached, and what a domain and a runtime own.
//!
//! ```text
//! thread-local LOCAL --> DomainHeap (one a domain: pages, merge queue) --> HeapShared (one a runtime)
//! ```
//! `LOCAL` is the only process-wide thing; [`enter`] fills it when a thread attaches, [`leave`]
//! empties it. A counting operation reads only `LOCAL.domain`, which compiles to one load.

use std::cell::Cell;
use std::ptr;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize};
use std::sync::Arc;

use crate::alloc::Pages;
use crate::atomic::Mutex;
use crate::header::{Header, IMMORTAL, LOCAL_BITS};
use crate::value::Value;
use crate::weak::WeakTable;

/// Upward calls of the heap. One constant table a program; it holds no state.
pub struct Hooks {
    /// Runs the finaliser (`__del__`, closing a generator) of the object. Never fails: errors are
    /// reported as unraisable there.
    pub finalize: fn(&Value),
    /// Calls the callbacks of dead weak references: pairs (callback, weakref object).
    pub weak_callbacks: fn(Vec<(Value, Value)>),
    /// Queues an object (by address) for domain `id` to merge: its owner, or whoever may stand in for it,
    /// gives it to [`crate::count::merge_batch`].
    pub queue_merge: fn(&HeapShared, u32, usize),
    /// This thread's domain has grown enough for a collection: ask for one at the next safepoint.
    pub collect_pending: fn(&HeapShared),
    /// Frees something once no thread can still be reading it (at once under a single domain).
    pub retire: fn(&HeapShared, Box<dyn FnOnce() + Send>),
    /// Shows every register word of every thread (the world is stopped).
    pub visit_registers: fn(&HeapShared, &mut dyn FnMut(u64)),
    /// Runs the closure while no other thread runs Python.
    pub stop_world: fn(&HeapShared, &mut dyn FnMut()),
    /// Shows every value that the runtime itself keeps uncounted (builtin types).
    pub visit_roots: fn(&HeapShared, VisitHeader<'_>),
}

/// Who is shown objects.
pub type VisitHeader<'a> = &'a mut dyn FnMut(&Header);

/// State of the heap that belongs to a runtime.
pub struct HeapShared {
    /// The upward calls.
    pub hooks: &'static Hooks,
    /// Whether one domain owns everything as long as the runtime lives (a global lock).
    pub single_domain: bool,
    /// Whether no second domain has begun to run yet: until then nothing here is atomic. Cleared once, with the world
    /// stopped; a thread hears of it by [`enter`] or [`refresh`]. Ordering: relaxed, the stop orders it.
    pub alone: AtomicBool,
    /// Weak references by object address.
    pub weak: WeakTable,
    /// All domains that ever were, for the collector. Guarded by: the mutex.
    pub domains: Mutex<Vec<Arc<DomainHeap>>>,
    /// Deferred objects of kinds that cannot be in cycles; the collector frees them.
    pub(crate) deferred_leaves: Mutex<Vec<usize>>,
    /// Collector settings and figures.
    pub collector: crate::collect::CollectorState,
    /// Opaque pointer of the layer above (its runtime), for the hooks.
    pub above: AtomicUsize,
    /// Objects promoted to deferred counts because many threads used them.
    pub promoted: AtomicU64,
}

impl HeapShared {
    /// A new heap for a runtime, in company: whoever starts the threads sets `alone`.
    pub fn new(hooks: &'static Hooks, single_domain: bool) -> Arc<HeapShared> {
        Arc::new(HeapShared {
            hooks,
            single_domain,
            alone: AtomicBool::new(single_domain),
            weak: WeakTable::default(),
            domains: Mutex::default(),
            deferred_leaves: Mutex::default(),
            collector: Default::default(),
            above: AtomicUsize::new(0),
            promoted: AtomicU64::new(0),
        })
    }
    /// The heap of domain `id`, made at first use; an orphan domain's heap is found again.
    pub fn domain(self: &Arc<HeapShared>, id: u32) -> Arc<DomainHeap> {
        assert!(id > 0 && id < IMMORTAL, "domain ids are 1..4095");
        let mut domains = self.domains.lock().unwrap_or_else(|e| e.into_inner());
        if let Some(found) = domains.iter().find(|d| d.id == id) {
            return found.clone();
        }
        let new = Arc::new(DomainHeap {
            id,
            shared: Arc::as_ptr(self),
            pages: Pages::default(),
        });
        domains.push(new.clone());
        new
    }
}

/// State of the heap that belongs to a domain.
pub struct DomainHeap {
    /// 1..4095.
    pub id: u32,
    shared: *const HeapShared,
    /// Only the attached thread of the domain touches it (and the collector, the world stopped).
    pub(crate) pages: Pages,
}

// SAFETY: `shared` outlives every domain (the runtime owns both); `pages` is touched by one thread
// at a time, the one attached to the domain, which the lock modes guarantee.
unsafe impl Send for DomainHeap {}
// SAFETY: as above.
unsafe impl Sync for DomainHeap {}

impl DomainHeap {
    /// The runtime's heap state.
    pub fn shared(&self) -> &HeapShared {
        // SAFETY: the runtime keeps the shared heap alive as long as any domain is used.
        unsafe { &*self.shared }
    }
}

/// Entries of the little table by which a thread recognises objects that it often counts foreignly.
pub(crate) const SAMPLES: usize = 256;

pub(crate) struct Local {
    /// `domain << LOCAL_BITS`, or `NO_DOMAIN`.
    pub domain: Cell<u32>,
    pub heap: Cell<*const DomainHeap>,
    pub single_domain: Cell<bool>,
    /// Depth of nested frees, bounded by `count::MAX_FREE_DEPTH`.
    pub free_depth: Cell<u32>,
    /// Non-null while frees wait in `count::POSTPONED` until the depth is small again.
    pub postponed: Cell<*mut Header>,
    pub foreign: Cell<u32>,
    pub samples: [Cell<usize>; SAMPLES],
}

/// No domain: no object's local half looks like this.
pub(crate) const NO_DOMAIN: u32 = 4094 << LOCAL_BITS;

impl Local {
    const fn new() -> Local {
        Local {
            domain: Cell::new(NO_DOMAIN),
            heap: Cell::new(ptr::null()),
            single_domain: Cell::new(false),
            free_depth: Cell::new(0),
            postponed: Cell::new(ptr::null_mut()),
            foreign: Cell::new(0),
            samples: [const { Cell::new(0) }; SAMPLES],
        }
    }
}

#[cfg(not(feature = "model"))]
thread_local! {
    pub(crate) static LOCAL: Local = const { Local::new() };
}

#[cfg(feature = "model")]
shuttle::thread_local! {
    pub(crate) static LOCAL: Local = Local::new();
}

/// Whether only this thread's domain runs (see [`HeapShared::alone`]). May turn false at a safepoint, never otherwise.
#[inline(always)]
pub fn single_domain() -> bool {
    LOCAL.with(|l| l.single_domain.get())
}

/// The id of this thread's domain; 0 when it is detached.
#[inline(always)]
pub fn current_domain() -> u32 {
    LOCAL.with(|l| if l.domain.get() == NO_DOMAIN { 0 } else { l.domain.get() >> LOCAL_BITS })
}

/// Makes `heap` this thread's heap; gives the one before, for [`restore`].
///
/// # Safety
/// The thread is the only one attached to the domain (or has borrowed it) until it calls [`leave`]
/// or [`restore`], and `heap` outlives that.
pub unsafe fn enter(heap: &DomainHeap) -> *const DomainHeap {
    LOCAL.with(|l| {
        l.domain.set(heap.id << LOCAL_BITS);
        l.single_domain.set(heap.shared().alone.load(Relaxed));
        l.heap.replace(heap)
    })
}

/// Hears whether other domains run by now: after every pause that was no [`leave`].
pub fn refresh() {
    if let Some(shared) = shared() {
        LOCAL.with(|l| l.single_domain.set(shared.alone.load(Relaxed)));
    }
}

/// Ends what [`enter`] began: the thread touches no object until it enters again. Gives the heap, for
/// [`restore`].
pub fn leave() -> *const DomainHeap {
    LOCAL.with(|l| {
        l.domain.set(NO_DOMAIN);
        l.heap.replace(ptr::null())
    })
}

/// Goes back to the heap that [`enter`] gave.
///
/// # Safety
/// `before` came from [`enter`] on this thread, whose attachment to it has not ended.
pub unsafe fn restore(before: *const DomainHeap) {
    if before.is_null() {
        leave();
    } else {
        // SAFETY: as the caller says.
        unsafe { enter(&*before) };
    }
}

/// This thread's heap.
#[inline(always)]
pub(crate) fn current() -> Option<&'static DomainHeap> {
    let heap = LOCAL.with(|l| l.heap.get());
    // SAFETY: `enter`'s contract: the heap outlives the attachment. The lifetime does not leave
    // the crate's own short uses.
    unsafe { heap.as_ref() }
}

/// This thread's runtime heap, while attached.
pub fn shared() -> Option<&'static HeapShared> {
    current().map(|h| h.shared())
}
