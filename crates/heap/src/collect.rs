//! The cycle collector: trial deletion over the pages of all domains, the world stopped.
//!
//! 1. every live object of a cyclic kind gets its true count in a side word of its page;
//! 2. each reference that such an object owns is subtracted from its target's word;
//! 3. what is left positive, what a register holds uncounted, and what the runtime pins is
//!    reachable, and all that can be reached from it (an instance reaches its type);
//! 4. the rest is garbage: finalisers run once (the world goes on meanwhile), weak references die,
//!    and what nobody rescued is cleared; its counts then free it.
//!
//! Deferred objects follow the same rules, but their registers' references are not in the count;
//! step 3 finds those. Deferred leaves (strings and the like) die here when their count is 0 and no
//! register holds them.
//!
//! A trace that reports too little keeps garbage; one that reports too much gets a live object
//! cleared, not freed: memory stays safe, since only counts free.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::*};

use crate::alloc::page_of;
use crate::count;
use crate::domain::{DomainHeap, HeapShared};
use crate::header::Header;
use crate::kind::{MAP_ATTRS, MAP_FINALIZE};
use crate::value::Value;

/// The side word of an object that is reachable.
const REACHED: i64 = i64::MAX;
/// The side word of a garbage object, while step 4 runs.
const GARBAGE: i64 = i64::MIN;

/// Settings and figures of the collector.
pub struct CollectorState {
    /// `gc.enable()` / `gc.disable()`.
    pub enabled: AtomicBool,
    /// Growth (in cells) that asks for a collection.
    threshold: AtomicUsize,
    running: AtomicBool,
    /// Collections so far.
    pub collections: AtomicUsize,
    /// Objects found unreachable so far.
    pub collected: AtomicUsize,
    /// Nanoseconds the world was stopped, longest.
    pub longest_pause_ns: AtomicUsize,
}

/// Growth below which no collection is asked for.
const MIN_THRESHOLD: usize = 20_000;

impl Default for CollectorState {
    fn default() -> CollectorState {
        CollectorState {
            enabled: AtomicBool::new(true),
            threshold: AtomicUsize::new(MIN_THRESHOLD),
            running: AtomicBool::new(false),
            collections: AtomicUsize::new(0),
            collected: AtomicUsize::new(0),
            longest_pause_ns: AtomicUsize::new(0),
        }
    }
}

impl CollectorState {
    /// Whether a domain that grew by so many cells should collect.
    #[inline]
    pub fn wants_collection(&self, grown: usize) -> bool {
        grown >= self.threshold.load(Relaxed) && self.enabled.load(Relaxed) && !self.running.load(Relaxed)
    }
}

/// Calls `visit` for every reference that the object owns.
pub(crate) fn trace(h: &Header, visit: &mut dyn FnMut(&Value)) {
    let visit = &mut crate::Visit::new(visit);
    let map = h.map_head();
    if map.kind.cyclic {
        // SAFETY: the body is of this kind.
        unsafe { (map.kind.trace)(h.body_ptr(), visit) };
    }
    if map.flags() & MAP_ATTRS != 0
        && let Some(attrs) = h.attrs()
    {
        attrs.trace(map.inline_slots as usize, visit);
    }
}

/// Whether the object lies in a page that the collector walks.
pub fn is_tracked(h: &Header) -> bool {
    page_of(h).cyclic
}

#[allow(clippy::mut_from_ref, reason = "the world is stopped and one collector runs")]
fn mark(h: &Header) -> &mut i64 {
    let page = page_of(h);
    // SAFETY: one collector runs at a time; `begin` sized the vector for all touched cells.
    unsafe { &mut (&mut *page.marks.get())[page.index_of(h)] }
}

fn for_each_object(domains: &[std::sync::Arc<DomainHeap>], f: &mut dyn FnMut(&Header)) {
    for domain in domains {
        for &page in domain.pages.all() {
            // SAFETY: listed pages live; the world is stopped.
            let page = unsafe { &*page };
            if page.cyclic {
                page.live().filter(|h| !count::is_dying(h)).for_each(&mut *f);
            }
        }
    }
}

/// Shows the types of objects that are being freed: what is left of those is not looked at any more, but still freed by its map.
fn for_each_type_of_the_dying(domains: &[std::sync::Arc<DomainHeap>], f: &mut dyn FnMut(&Header)) {
    for domain in domains {
        for &page in domain.pages.all() {
            // SAFETY: listed pages live; the world is stopped.
            let page = unsafe { &*page };
            if page.cyclic {
                for h in page.live().filter(|h| count::is_dying(h)) {
                    // SAFETY: a type outlives its instances: that is what this walk is for.
                    if let Some(ty) = unsafe { h.map_head().ty().as_ref() } {
                        f(ty);
                    }
                }
            }
        }
    }
}

/// All live objects that can be part of a cycle (`gc.get_objects`). World stopped by the caller.
pub fn objects(shared: &HeapShared) -> Vec<Value> {
    let domains = shared.domains.lock().unwrap_or_else(|e| e.into_inner()).clone();
    let mut all = Vec::new();
    for_each_object(&domains, &mut |h| {
        count::retain(h);
        // SAFETY: one count was just taken (immortals need none).
        all.push(unsafe { Value::from_bits(h as *const Header as u64) });
    });
    all
}

/// All live objects whose finaliser has not run yet. World stopped by the caller.
pub fn unfinalized(shared: &HeapShared) -> Vec<Value> {
    let domains = shared.domains.lock().unwrap_or_else(|e| e.into_inner()).clone();
    let mut all = Vec::new();
    for_each_object(&domains, &mut |h| {
        if h.map_head().flags() & MAP_FINALIZE != 0 && !count::is_finalized(h) {
            count::retain(h);
            // SAFETY: one count was just taken (immortals need none).
            all.push(unsafe { Value::from_bits(h as *const Header as u64) });
        }
    });
    all
}

/// Runs the object's finaliser, unless it ran before.
pub fn finalize_early(shared: &HeapShared, value: &Value) {
    if let Some(h) = value.header()
        && h.map_head().flags() & MAP_FINALIZE != 0
        && count::set_finalized(h)
    {
        (shared.hooks.finalize)(value);
    }
}

/// Marks what can be reached from the objects on the stack.
fn reach(stack: &mut Vec<*const Header>, limit_to_garbage: bool) {
    while let Some(next) = stack.pop() {
        // SAFETY: reachable objects are live.
        let h = unsafe { &*next };
        let mut push = |target: &Header| {
            if is_tracked(target) {
                let m = mark(target);
                if *m != REACHED && (!limit_to_garbage || *m == GARBAGE) {
                    *m = REACHED;
                    stack.push(target);
                }
            }
        };
        trace(h, &mut |v| {
            if let Some(target) = v.header() {
                push(target);
            }
        });
        // SAFETY: a type outlives its instances.
        if let Some(ty) = unsafe { h.map_head().ty().as_ref() } {
            push(ty);
        }
    }
}

/// Collects once; gives the number of unreachable objects that no finaliser rescued.
pub fn collect(shared: &HeapShared) -> usize {
    collect_into(shared, None)
}

/// As [`collect`], but what was found is put into `kept`, if given, and not cleared (`gc.DEBUG_SAVEALL`).
pub fn collect_into(shared: &HeapShared, kept: Option<&mut Vec<Value>>) -> usize {
    let state = &shared.collector;
    if state.running.swap(true, AcqRel) {
        return 0;
    }
    let mut garbage: Vec<Value> = Vec::new();
    let mut dead_leaves: Vec<usize> = Vec::new();
    let mut live = 0usize;
    let started = std::time::Instant::now();
    (shared.hooks.stop_world)(shared, &mut || {
        find_garbage(shared, &mut garbage, &mut dead_leaves, &mut live);
    });
    state.longest_pause_ns.fetch_max(started.elapsed().as_nanos() as usize, Relaxed);
    state.threshold.store((live / 2).max(MIN_THRESHOLD), Relaxed);
    state.collections.fetch_add(1, Relaxed);
    for leaf in dead_leaves {
        // SAFETY: deferred leaves with count zero that no register holds; the count made here is
        // the only one and is given back at once.
        unsafe {
            let h = &*(leaf as *const Header);
            count::retain(h);
            count::undefer(h);
            drop(Value::from_bits(leaf as u64));
        }
    }
    let mut found = 0;
    if !garbage.is_empty() {
        count::free_at_once(|| found = dispose(shared, garbage, kept));
    }
    state.collected.fetch_add(found, Relaxed);
    state.running.store(false, Release);
    found
}

fn find_garbage(shared: &HeapShared, garbage: &mut Vec<Value>, dead_leaves: &mut Vec<usize>, live: &mut usize) {
    let domains = shared.domains.lock().unwrap_or_else(|e| e.into_inner()).clone();
    for domain in &domains {
        domain.pages.grown.set(0);
        for &page in domain.pages.all() {
            // SAFETY: the world is stopped; one collector runs.
            unsafe {
                let page = &*page;
                if page.cyclic {
                    let marks = &mut *page.marks.get();
                    marks.clear();
                    marks.resize(page.touched() as usize, 0);
                }
            }
        }
    }
    for_each_object(&domains, &mut |h| {
        *live += 1;
        *mark(h) += count::total(h);
    });
    for_each_object(&domains, &mut |h| {
        trace(h, &mut |v| {
            if !v.is_deferred_ref()
                && let Some(target) = v.header()
                && is_tracked(target)
            {
                *mark(target) -= 1;
            }
        });
    });
    let mut stack: Vec<*const Header> = Vec::new();
    let mut held: HashSet<usize> = HashSet::new();
    let root = |h: &Header, stack: &mut Vec<*const Header>| {
        let m = mark(h);
        if *m != REACHED {
            *m = REACHED;
            stack.push(h);
        }
    };
    for_each_object(&domains, &mut |h| {
        if *mark(h) > 0 {
            root(h, &mut stack);
        }
    });
    (shared.hooks.visit_registers)(shared, &mut |word| {
        // SAFETY: registers hold valid words.
        let v = unsafe { Value::borrow_bits(&word) };
        if v.is_deferred_ref()
            && let Some(h) = v.header()
        {
            if is_tracked(h) { root(h, &mut stack) } else {
                held.insert(h as *const Header as usize);
            }
        }
    });
    (shared.hooks.visit_roots)(shared, &mut |h| {
        if is_tracked(h) {
            root(h, &mut stack);
        }
    });
    for_each_type_of_the_dying(&domains, &mut |ty| {
        if is_tracked(ty) {
            root(ty, &mut stack);
        }
    });
    reach(&mut stack, false);
    // Uncounted references to leaves from suspended frames.
    for_each_object(&domains, &mut |h| {
        if *mark(h) == REACHED {
            trace(h, &mut |v| {
                if v.is_deferred_ref()
                    && let Some(target) = v.header()
                    && !is_tracked(target)
                {
                    held.insert(target as *const Header as usize);
                }
            });
        } else {
            count::retain(h);
            // An instance that waited in its owner's queue would outlive its type.
            if !shared.single_domain {
                count::merge_stopped(h);
            }
            // SAFETY: the count just taken.
            garbage.push(unsafe { Value::from_bits(h as *const Header as u64) });
        }
    });
    shared.deferred_leaves.lock().unwrap_or_else(|e| e.into_inner()).retain(|&leaf| {
        // SAFETY: leaves in the list are freed only through it.
        let h = unsafe { &*(leaf as *const Header) };
        let dead = count::total(h) == 0 && !held.contains(&leaf);
        if dead {
            dead_leaves.push(leaf);
        }
        !dead
    });
}

/// Step 4. Each value in `garbage` holds one count of its object. Gives how many were not rescued.
fn dispose(shared: &HeapShared, mut garbage: Vec<Value>, kept: Option<&mut Vec<Value>>) -> usize {
    // Weak references into garbage die before any finaliser can see through them; callbacks of
    // watchers that are garbage themselves are not called.
    let mut calls = Vec::new();
    for v in &garbage {
        if let Some(h) = v.header()
            && count::counts(h).flags & crate::header::WEAK != 0
        {
            calls.extend(shared.weak.kill(h));
        }
    }
    let garbage_set: HashSet<u64> = garbage.iter().map(Value::identity).collect();
    calls.retain(|(_, watcher)| !garbage_set.contains(&watcher.identity()));
    if !calls.is_empty() {
        (shared.hooks.weak_callbacks)(calls);
    }
    let mut finalized_any = false;
    for v in &garbage {
        if let Some(h) = v.header()
            && h.map_head().flags() & MAP_FINALIZE != 0
            && count::set_finalized(h)
        {
            finalized_any = true;
            (shared.hooks.finalize)(v);
        }
    }
    if finalized_any {
        (shared.hooks.stop_world)(shared, &mut || rescue(shared, &mut garbage));
    }
    let found = garbage.len();
    if let Some(kept) = kept {
        kept.append(&mut garbage);
        return found;
    }
    for v in &garbage {
        if let Some(h) = v.header() {
            count::undefer(h);
        }
    }
    for v in &garbage {
        let Some(h) = v.header() else { continue };
        let map = h.map_head();
        // SAFETY: the body is of this kind; `clear` keeps it valid.
        unsafe { (map.kind.clear)(h.body_ptr()) };
        if map.flags() & MAP_ATTRS != 0
            && let Some(attrs) = h.attrs()
        {
            attrs.clear(map.inline_slots as usize);
        }
    }
    // Types last: instances that die meanwhile still need them.
    let (types, others): (Vec<Value>, Vec<Value>) = garbage.into_iter().partition(|v| v.kind().is_some_and(|k| k.name == "type"));
    drop(others);
    // A metaclass after its classes: a class is an instance too.
    let mut types = types;
    while !types.is_empty() {
        let metas: HashSet<usize> = types.iter().filter_map(|v| v.header().map(|h| h.map_head().ty() as usize)).collect();
        let is_meta = |v: &Value| metas.contains(&(v.identity() as usize));
        let (later, now): (Vec<Value>, Vec<Value>) = types.into_iter().partition(is_meta);
        if now.is_empty() {
            // Only `type` itself is its own metaclass, and it is never garbage: keep rather than guess.
            later.into_iter().for_each(|v| _ = v.into_bits());
            break;
        }
        drop(now);
        types = later;
    }
    found
}

/// After finalisers: what has references from outside the garbage, and all it reaches, lives on.
fn rescue(shared: &HeapShared, garbage: &mut Vec<Value>) {
    let domains = shared.domains.lock().unwrap_or_else(|e| e.into_inner()).clone();
    for domain in &domains {
        for &page in domain.pages.all() {
            // SAFETY: the world is stopped; one collector runs.
            unsafe {
                let page = &*page;
                if page.cyclic {
                    let marks = &mut *page.marks.get();
                    marks.clear();
                    marks.resize(page.touched() as usize, 0);
                }
            }
        }
    }
    // Our own reference to each is not from outside.
    for v in garbage.iter() {
        if let Some(h) = v.header() {
            *mark(h) = count::total(h) - 1;
        }
    }
    let set: HashSet<u64> = garbage.iter().map(Value::identity).collect();
    for v in garbage.iter() {
        if let Some(h) = v.header() {
            trace(h, &mut |edge| {
                if !edge.is_deferred_ref()
                    && set.contains(&edge.identity())
                    && let Some(target) = edge.header()
                {
                    *mark(target) -= 1;
                }
            });
        }
    }
    let mut registers = HashSet::new();
    (shared.hooks.visit_registers)(shared, &mut |word| {
        registers.insert(word & !crate::value::TAG_DEFERRED);
    });
    let mut stack: Vec<*const Header> = Vec::new();
    for v in garbage.iter() {
        let Some(h) = v.header() else { continue };
        let m = mark(h);
        if *m > 0 || registers.contains(&v.identity()) {
            *m = REACHED;
            stack.push(h);
        } else {
            *m = GARBAGE;
        }
    }
    reach(&mut stack, true);
    garbage.retain(|v| v.header().is_some_and(|h| *mark(h) == GARBAGE));
}

/// The values that an object refers to directly (`gc.get_referents`), counted.
pub fn referents(shared: &HeapShared, value: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    (shared.hooks.stop_world)(shared, &mut || {
        if let Some(h) = value.header() {
            trace(h, &mut |v| {
                if !v.is_unbound() {
                    found.push(v.clone());
                }
            });
        }
    });
    found
}

/// Number of live objects in pages (a guess while other threads run).
pub fn object_count(shared: &HeapShared) -> usize {
    let domains = shared.domains.lock().unwrap_or_else(|e| e.into_inner()).clone();
    domains.iter().map(|d| d.pages.used_cells()).sum()
}
