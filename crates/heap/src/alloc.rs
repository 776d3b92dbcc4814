//! Allocation: per-domain pages of one size class, after mimalloc's shape.
//!
//! A page is 64 KiB, aligned to its size, so the page of a cell is an address mask away. Its head
//! holds the owner's free list, a bump index for cells never used (untouched memory stays
//! unmapped), and one atomic list of cells freed by other domains. Objects over 16 KiB get a page of
//! their own size with the same head. Pages are apart for kinds that can be in cycles and kinds
//! that cannot, so the collector walks only the former.
//!
//! A free cell keeps a readable header: `local = 0, shared = MERGED` ("dead"), the free list's link
//! in the map word. Cells of a page never change their size class while the runtime lives under
//! several domains, so a lock-free reader always finds a count word (see `slot.rs`).

use std::alloc::{Layout, alloc as system_alloc, dealloc as system_free, handle_alloc_error};
use std::cell::{Cell, UnsafeCell};
use std::ptr::{self, NonNull};
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::AtomicPtr;

use crate::atomic::AtomicU32;
use crate::domain::{DomainHeap, LOCAL};
use crate::header::*;
use crate::kind::{MAP_ATTRS, MAP_HEAP_TYPE, MAP_TAIL, MapHead, Payload};
use crate::value::{UNBOUND, Value};

/// Size and alignment of a page.
pub const PAGE: usize = 64 * 1024;
/// Bytes at the start of a page that are not cells.
const HEAD: usize = 128;
/// Largest object that shares a page.
const LARGEST: usize = 16 * 1024;
/// Classes of 16-byte steps up to 1 KiB.
const FINE: usize = 64;
/// Sizes of the classes above.
const COARSE: [usize; 16] =
    [1280, 1536, 1792, 2048, 2560, 3072, 3584, 4096, 5120, 6144, 7168, 8192, 10240, 12288, 14336, 16384];
/// Number of size classes.
const CLASSES: usize = FINE + COARSE.len();

/// The head of a page.
#[repr(C)]
pub(crate) struct Page {
    heap: *const DomainHeap,
    /// Bytes of a cell.
    cell: u32,
    class: u16,
    pub(crate) cyclic: bool,
    large: bool,
    /// Cells that fit.
    capacity: u32,
    /// Cells handed out at least once.
    bump: Cell<u32>,
    /// Objects made in this page so far, and those of them that were freed, as the owner knows (remote frees are
    /// counted when they are taken in). The difference is in use.
    made: Cell<u64>,
    freed: Cell<u64>,
    /// Whether the page waits in the class's list of pages with room.
    listed: Cell<bool>,
    free: Cell<*mut Header>,
    /// Cells freed by other domains, linked by the map word.
    remote: AtomicPtr<Header>,
    /// One word per cell for the collector, during a collection.
    pub(crate) marks: UnsafeCell<Vec<i64>>,
    size: usize,
}

const _: () = assert!(size_of::<Page>() <= HEAD);

/// The class of pages that hold one large object: no number of a list (those of acyclic kinds begin at CLASSES).
const LARGE_CLASS: u16 = u16::MAX;

/// The pages of a domain. Only the thread attached to the domain touches it.
pub(crate) struct Pages {
    /// The page that each class allocates from. Index: class, plus CLASSES for acyclic kinds.
    current: [Cell<*mut Page>; 2 * CLASSES],
    /// Pages with room, by class.
    roomy: UnsafeCell<[Vec<*mut Page>; 2 * CLASSES]>,
    all: UnsafeCell<Vec<*mut Page>>,
    /// Cells of cyclic kinds handed out from untouched memory since the last collection.
    pub(crate) grown: Cell<usize>,
    /// Bytes of pages in all.
    pub(crate) bytes: Cell<usize>,
    /// Large objects that were freed.
    gone: Cell<u64>,
}

impl Default for Pages {
    fn default() -> Pages {
        Pages {
            current: [const { Cell::new(ptr::null_mut()) }; 2 * CLASSES],
            roomy: UnsafeCell::new([const { Vec::new() }; 2 * CLASSES]),
            all: UnsafeCell::default(),
            grown: Cell::new(0),
            bytes: Cell::new(0),
            gone: Cell::new(0),
        }
    }
}

#[inline(always)]
fn class_of(size: usize) -> usize {
    if size <= FINE * 16 { (size - 1) / 16 } else { FINE + COARSE.partition_point(|&s| s < size) }
}

fn class_size(class: usize) -> usize {
    if class < FINE { (class + 1) * 16 } else { COARSE[class - FINE] }
}

/// The page of an object.
pub(crate) fn page_of(h: &Header) -> &Page {
    // SAFETY: every object lies in a page aligned to PAGE, large ones at its start.
    unsafe { &*((h as *const Header as usize & !(PAGE - 1)) as *const Page) }
}

impl Page {
    #[inline]
    fn cell_at(&self, index: u32) -> *mut Header {
        (self as *const Page as usize + HEAD + index as usize * self.cell as usize) as *mut Header
    }
    /// The cell's number in the page.
    pub(crate) fn index_of(&self, h: &Header) -> usize {
        (h as *const Header as usize - self as *const Page as usize - HEAD) / self.cell as usize
    }
    /// Cells handed out at least once.
    pub(crate) fn touched(&self) -> u32 {
        self.bump.get()
    }
    /// The live objects. World stopped.
    pub(crate) fn live(&self) -> impl Iterator<Item = &Header> {
        (0..self.bump.get()).filter_map(|i| {
            // SAFETY: cells below the bump index hold a header, of an object or of a free cell.
            let h = unsafe { &*self.cell_at(i) };
            let dead = h.local.load(Relaxed) == 0 && {
                let s = h.shared.load(Acquire);
                s & MERGED != 0 && s & (DEFERRED | QUEUED) == 0 && Header::shared_count(s) == 0
            };
            if dead { None } else { Some(h) }
        })
    }
    /// Takes in what other domains freed.
    fn collect_remote(&self) {
        let mut cell = self.remote.swap(ptr::null_mut(), Acquire);
        while let Some(c) = NonNull::new(cell) {
            // SAFETY: cells in the list are free; their map word is the link.
            let h = unsafe { c.as_ref() };
            let next = h.map.load(Relaxed).cast::<Header>();
            h.map.store(self.free.get().cast(), Relaxed);
            self.free.set(c.as_ptr());
            self.freed.set(self.freed.get() + 1);
            cell = next;
        }
    }
    #[inline(always)]
    fn pop(&self) -> *mut Header {
        let cell = self.free.get();
        if !cell.is_null() {
            // SAFETY: a cell of the free list is readable; its map word is the link.
            self.free.set(unsafe { (*cell).map.load(Relaxed) }.cast());
            self.made.set(self.made.get() + 1);
        }
        cell
    }
}

impl Pages {
    /// All pages, for the collector.
    pub(crate) fn all(&self) -> &[*mut Page] {
        // SAFETY: the caller is the domain's thread or the world is stopped.
        unsafe { &*self.all.get() }
    }

    /// Cells in use, as their owner knows.
    pub(crate) fn used_cells(&self) -> usize {
        // SAFETY: pages in the list live; the figure may be stale.
        self.all().iter().map(|&p| unsafe { (*p).made.get() - (*p).freed.get() } as usize).sum()
    }

    /// Objects made so far.
    fn made(&self) -> u64 {
        // SAFETY: pages in the list live.
        let pages: u64 = self.all().iter().map(|&p| unsafe { (*p).made.get() }).sum();
        pages + self.gone.get()
    }

    #[inline(always)]
    fn allocate(&self, heap: &DomainHeap, size: usize, cyclic: bool) -> *mut Header {
        if size <= LARGEST {
            let class = class_of(size) + if cyclic { 0 } else { CLASSES };
            let page = self.current[class].get();
            if !page.is_null() {
                // SAFETY: a current page lives.
                let cell = unsafe { (*page).pop() };
                if !cell.is_null() {
                    return cell;
                }
            }
            return self.allocate_slow(heap, class, cyclic);
        }
        self.new_page(heap, size, LARGE_CLASS, cyclic)
    }

    #[cold]
    #[inline(never)]
    fn allocate_slow(&self, heap: &DomainHeap, class: usize, cyclic: bool) -> *mut Header {
        loop {
            let page = self.current[class].get();
            if !page.is_null() {
                // SAFETY: a current page lives.
                let p = unsafe { &*page };
                p.collect_remote();
                let cell = p.pop();
                if !cell.is_null() {
                    return cell;
                }
                if p.bump.get() < p.capacity {
                    // A batch of fresh cells goes to the free list in address order.
                    let first = p.bump.get();
                    let batch = (4096 / p.cell).clamp(1, p.capacity - first);
                    for i in (first..first + batch).rev() {
                        let cell = p.cell_at(i);
                        // SAFETY: the cell lies in the page and nobody uses it yet.
                        unsafe {
                            cell.write(Header {
                                local: AtomicU32::new(0),
                                shared: AtomicU32::new(MERGED),
                                map: AtomicPtr::new(p.free.get().cast()),
                            })
                        };
                        p.free.set(cell);
                    }
                    p.bump.set(first + batch);
                    if cyclic {
                        self.note_growth(heap, batch as usize);
                    }
                    continue;
                }
            }
            // SAFETY: only this thread uses the list.
            let next = unsafe { (&mut (*self.roomy.get()))[class].pop() };
            match next {
                Some(page) => {
                    // SAFETY: listed pages live.
                    unsafe { (*page).listed.set(false) };
                    self.current[class].set(page);
                }
                None => {
                    self.find_room(class);
                    // SAFETY: only this thread uses the list.
                    if unsafe { (&(*self.roomy.get()))[class].is_empty() } {
                        let cell = self.new_page(heap, class_size(class % CLASSES), class as u16, cyclic);
                        self.current[class].set(cell.cast());
                    }
                }
            }
        }
    }

    /// Lists the full pages of a class into which other domains have freed.
    fn find_room(&self, class: usize) {
        for &page in self.all() {
            // SAFETY: pages in the list live.
            let p = unsafe { &*page };
            if p.class as usize == class && !p.listed.get() && !p.remote.load(Relaxed).is_null() {
                p.listed.set(true);
                // SAFETY: only this thread uses the list.
                unsafe { (&mut (*self.roomy.get()))[class].push(page) };
            }
        }
    }

    pub(crate) fn note_growth(&self, heap: &DomainHeap, cells: usize) {
        let grown = self.grown.get() + cells;
        self.grown.set(grown);
        let shared = heap.shared();
        if shared.collector.wants_collection(grown) {
            (shared.hooks.collect_pending)(shared);
        }
    }

    /// A new page. For a class: returns the page itself. For a large object ([`LARGE_CLASS`]): its cell.
    fn new_page(&self, heap: &DomainHeap, cell: usize, class: u16, cyclic: bool) -> *mut Header {
        let large = class == LARGE_CLASS;
        let size = if large { HEAD + cell } else { PAGE };
        let Ok(layout) = Layout::from_size_align(size, PAGE) else { return ptr::null_mut() };
        // SAFETY: the layout's size is not zero.
        let memory = unsafe { system_alloc(layout) };
        if memory.is_null() {
            if large {
                return ptr::null_mut();
            }
            handle_alloc_error(layout);
        }
        let page = memory.cast::<Page>();
        // SAFETY: fresh memory of at least HEAD bytes, aligned to PAGE.
        unsafe {
            page.write(Page {
                heap,
                cell: cell.min(u32::MAX as usize) as u32,
                class,
                cyclic,
                large,
                capacity: if large { 1 } else { ((PAGE - HEAD) / cell) as u32 },
                bump: Cell::new(u32::from(large)),
                made: Cell::new(u64::from(large)),
                freed: Cell::new(0),
                listed: Cell::new(false),
                free: Cell::new(ptr::null_mut()),
                remote: AtomicPtr::default(),
                marks: UnsafeCell::default(),
                size,
            });
            (*self.all.get()).push(page);
        }
        self.bytes.set(self.bytes.get() + size);
        if !large {
            return page.cast();
        }
        if cyclic {
            self.note_growth(heap, 1 + cell / 1024);
        }
        // SAFETY: the page lives.
        let cell = unsafe { (*page).cell_at(0) };
        // SAFETY: the cell lies in the page; a dead header until `init` makes it live.
        unsafe { cell.write(Header { local: AtomicU32::new(0), shared: AtomicU32::new(MERGED), map: AtomicPtr::default() }) };
        cell
    }

    /// Gives a large page back to the system.
    fn release_large(&self, page: *mut Page) {
        // SAFETY: only this thread uses the list; the page lives until freed here.
        unsafe {
            let all = &mut *self.all.get();
            if let Some(at) = all.iter().rposition(|&p| p == page) {
                all.swap_remove(at);
            }
            let size = (*page).size;
            self.bytes.set(self.bytes.get() - size);
            self.gone.set(self.gone.get() + 1);
            let heap = &*(*page).heap;
            page.drop_in_place();
            let address = page as usize;
            let shared = heap.shared();
            let free = move || {
                // SAFETY: the same layout as at the allocation; nobody reads it any more.
                system_free(address as *mut u8, Layout::from_size_align_unchecked(size, PAGE))
            };
            if shared.single_domain { free() } else { (shared.hooks.retire)(shared, Box::new(free)) }
        }
    }
}

/// Objects that this thread's domain has made so far; 0 while detached. Adds up over its pages, so that making an
/// object costs nothing for it.
pub fn allocations() -> u64 {
    crate::domain::current().map_or(0, |heap| heap.pages.made())
}

/// Bytes of an object in all.
pub fn object_size(h: &Header) -> usize {
    let map = h.map_head();
    let attrs = if map.flags() & MAP_ATTRS != 0 { 8 + 8 * map.inline_slots as usize } else { 0 };
    size_of::<Header>() + h.body_size() + attrs
}

/// Makes an object. Returns an owned reference, the only one.
///
/// # Safety
/// `map` outlives the object (its type does), and its kind is `T`.
#[inline(always)]
pub unsafe fn alloc<T: Payload>(map: *const MapHead, body: T) -> Value {
    // SAFETY: the caller says that the map lives.
    debug_assert!(size_of::<T>() == 0 || unsafe { (*map).flags() } & MAP_TAIL == 0);
    // SAFETY: as the caller says.
    match unsafe { alloc_tail(map, body, 0, |_| ()) } {
        Ok(v) => v,
        Err(_) => handle_alloc_error(Layout::new::<T>()),
    }
}

/// There was no memory for an object of that many bytes.
#[derive(Debug)]
pub struct OutOfMemory(pub usize);

/// Makes an object with `tail` bytes behind the body, which `init` fills (it gets their start).
///
/// # Safety
/// As [`alloc`]; `init` initialises the tail so that the kind's operations may read it, and
/// `T::tail_size` of `body` gives `tail`.
#[inline(always)]
pub unsafe fn alloc_tail<T: Payload>(
    map: *const MapHead,
    body: T,
    tail: usize,
    init: impl FnOnce(*mut u8),
) -> Result<Value, OutOfMemory> {
    // SAFETY: as the caller says; the body is written.
    unsafe {
        alloc_tail_with::<T>(map, tail, |place, tail| {
            place.write(body);
            init(tail);
        })
    }
}

/// As [`alloc_tail`], with the body too written where it will lie.
///
/// # Safety
/// As [`alloc_tail`]; `init` initialises the body and the tail.
#[inline(always)]
pub unsafe fn alloc_tail_with<T: Payload>(
    map: *const MapHead,
    tail: usize,
    init: impl FnOnce(*mut T, *mut u8),
) -> Result<Value, OutOfMemory> {
    // SAFETY: the caller says that the map lives.
    let head = unsafe { &*map };
    debug_assert!(ptr::eq(head.kind, T::kind()) && (head.kind.type_id)() == std::any::TypeId::of::<T>());
    let body_size = const { (size_of::<T>() + 7) & !7 };
    let attrs = if head.flags() & MAP_ATTRS != 0 { 8 + 8 * head.inline_slots as usize } else { 0 };
    if tail > isize::MAX as usize / 2 {
        return Err(OutOfMemory(tail));
    }
    let attrs_at = size_of::<Header>() + body_size + ((tail + 7) & !7);
    let heap = LOCAL.with(|l| l.heap.get());
    assert!(!heap.is_null(), "an object is made on a thread that is not attached");
    // SAFETY: `enter`'s contract.
    let heap = unsafe { &*heap };
    let cell = heap.pages.allocate(heap, attrs_at + attrs, T::CYCLIC || head.flags() & MAP_HEAP_TYPE != 0);
    if cell.is_null() {
        return Err(OutOfMemory(attrs_at + attrs));
    }
    // SAFETY: the cell is free, large enough and ours; the header goes live last.
    unsafe {
        let start = cell.cast::<u8>();
        init(start.add(size_of::<Header>()).cast::<T>(), start.add(size_of::<Header>() + size_of::<T>()));
        if attrs != 0 {
            let region = start.add(attrs_at).cast::<u64>();
            region.write(0);
            for i in 0..head.inline_slots as usize {
                region.add(1 + i).write(UNBOUND);
            }
        }
        let h = &*cell;
        h.map.store(map.cast_mut(), Release);
        h.shared.store(0, Release);
        h.local.store(heap.id << LOCAL_BITS | 1, Release);
        Ok(Value::from_bits(cell as u64))
    }
}

#[cfg(not(feature = "model"))]
const _: () = assert!(size_of::<crate::slot::Attrs>() == 8 && size_of::<crate::slot::Slot>() == 8);

/// Gives an object's memory back.
///
/// # Safety
/// The body was dropped; nobody refers to the object.
#[inline(always)]
pub(crate) unsafe fn free(header: NonNull<Header>) {
    // SAFETY: the cell's memory stays readable.
    let h = unsafe { header.as_ref() };
    h.local.store(0, Relaxed);
    h.shared.store(MERGED, Release);
    let page = page_of(h);
    let heap = LOCAL.with(|l| l.heap.get());
    if ptr::eq(page.heap, heap) {
        if page.large {
            // SAFETY: `enter`'s contract: this thread's heap lives.
            unsafe { (*heap).pages.release_large(page as *const Page as *mut Page) };
            return;
        }
        h.map.store(page.free.get().cast(), Relaxed);
        page.free.set(header.as_ptr());
        page.freed.set(page.freed.get() + 1);
        if !page.listed.get() {
            list_page(page, heap);
        }
        return;
    }
    // Another domain's page: its atomic list.
    let mut first = page.remote.load(Relaxed);
    loop {
        h.map.store(first.cast(), Relaxed);
        match page.remote.compare_exchange_weak(first, header.as_ptr(), AcqRel, Relaxed) {
            Ok(_) => return,
            Err(now) => first = now,
        }
    }
}

/// Puts a page that has room again, and is not the one allocated from, into its class's list.
#[inline]
fn list_page(page: &Page, heap: *const DomainHeap) {
    // SAFETY: `enter`'s contract: this thread's heap lives, and only this thread uses its lists.
    unsafe {
        let pages = &(*heap).pages;
        let class = page.class as usize;
        let this = page as *const Page as *mut Page;
        if pages.current[class].get() != this {
            page.listed.set(true);
            (&mut (*pages.roomy.get()))[class].push(this);
        }
    }
}
