//! Model-checked tests of counting: shuttle runs each body under thousands of schedules, with the domains of `orochi-runtime` in
//! no-lock mode. `cargo test -p orochi-heap --features model --test model`; a failure prints the schedule, which `shuttle::replay`
//! repeats. `OROCHI_MODEL_ITERATIONS` sets how many.
//!
//! What is found here: an object freed twice or never, freed under a reader, a weak reference that brings a dead object back, a
//! merge that is forgotten when a domain changes hands.
#![cfg(feature = "model")]

use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicUsize, Ordering::*};

use orochi_heap::kind::MAP_FINALIZE;
use orochi_heap::weak::Watcher;
use orochi_heap::{Header, HeapShared, Hooks, MapHead, Payload, Slot, Value, Visit, count, domain, payload};
use orochi_runtime::{DomainId, GilPolicy, InterpreterBase, LockMode, MergePush, RuntimeBase, RuntimeConfig, ThreadBase, bits};
use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::thread;

/// Half of the schedules uniformly random, half with few forced switches at chosen depths (PCT), which finds rarer orders.
fn explore(body: impl Fn() + Send + Sync + Clone + 'static) {
    let iterations = std::env::var("OROCHI_MODEL_ITERATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(2_000);
    let config = || {
        let mut config = shuttle::Config::new();
        // A failed assertion prints a backtrace on the stack of the task.
        config.stack_size = 1 << 20;
        config
    };
    shuttle::Runner::new(RandomScheduler::new(iterations / 2), config()).run(body.clone());
    shuttle::Runner::new(PctScheduler::new(3, iterations / 2), config()).run(body);
}

/// What happened to the objects of one run.
#[derive(Default)]
struct Log {
    made: AtomicUsize,
    dropped: AtomicUsize,
    finalized: AtomicUsize,
    called: AtomicUsize,
    /// Where a finaliser puts its object.
    rescued: Slot,
}

const ALIVE: u32 = 0x600D;
const DEAD: u32 = 0xDEAD;

/// An object that knows whether it lives, and may hold another.
struct Probe {
    state: AtomicU32,
    log: Arc<Log>,
    child: Slot,
}

impl Payload for Probe {
    payload!(Probe, "probe");
    const CYCLIC: bool = false;
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.child);
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        assert_eq!(self.state.swap(DEAD, SeqCst), ALIVE, "an object was freed twice");
        self.log.dropped.fetch_add(1, SeqCst);
    }
}

/// A weak reference object.
#[repr(C)]
struct Watch {
    watcher: Watcher,
}

impl Payload for Watch {
    payload!(Watch, "watch");
    const CYCLIC: bool = false;
}

impl Drop for Watch {
    fn drop(&mut self) {
        let object = std::ptr::from_ref(self) as usize - size_of::<Header>();
        if let Some(heap) = domain::shared() {
            heap.weak.unwatch(object, &self.watcher);
        }
    }
}

static HOOKS: Hooks = Hooks {
    finalize,
    weak_callbacks,
    queue_merge,
    collect_pending: |_| (),
    retire: |_, memory| std::mem::forget(memory),
    visit_registers: |_, _| (),
    stop_world: |_, f| {
        orochi_runtime::with_current_thread(|t| match t {
            Some(t) => orochi_runtime::stop_world(t, &mut *f),
            None => f(),
        })
    },
    visit_roots: |_, _| (),
};

fn finalize(v: &Value) {
    let probe = check(v);
    probe.log.finalized.fetch_add(1, SeqCst);
    probe.log.rescued.set(v.clone());
}

fn weak_callbacks(calls: Vec<(Value, Value)>) {
    for (callback, _watch) in calls {
        check(&callback).log.called.fetch_add(1, SeqCst);
    }
}

fn queue_merge(heap: &HeapShared, owner: u32, object: usize) {
    // SAFETY: the world of the run keeps its runtime.
    let rt = unsafe { &*(heap.above.load(Acquire) as *const RuntimeBase) };
    let Some(id) = DomainId::from_raw(owner) else { return };
    if rt.push_merge(id, object) == MergePush::OwnerIdle {
        let mut dead = Vec::new();
        orochi_runtime::with_current_thread(|t| {
            if let Some(t) = t {
                // SAFETY: taken from the queue of a domain that is borrowed meanwhile.
                rt.borrow_domain(t, id, |d| dead = unsafe { count::merge_batch(d.queue().take_all()) });
            }
        });
        // SAFETY: just found dead.
        unsafe { count::free_batch(dead) };
    }
}

/// The object's body, which must be alive.
fn check(v: &Value) -> &Probe {
    let probe = v.payload::<Probe>().expect("a probe");
    assert_eq!(probe.state.load(SeqCst), ALIVE, "a dead object was reached");
    probe
}

/// A runtime with a heap, for one run.
#[derive(Clone)]
struct World {
    rt: Arc<RuntimeBase>,
    interp: Arc<InterpreterBase>,
    heap: Arc<HeapShared>,
    log: Arc<Log>,
    /// Whether the first thread runs as if no other ever came, until one does.
    solitary: bool,
}

fn map(kind: &'static orochi_heap::Kind, flags: u32) -> *const MapHead {
    let head = MapHead { kind, ty: AtomicPtr::default(), flags: AtomicU32::new(flags), inline_slots: 0 };
    Box::into_raw(Box::new(head))
}

impl World {
    fn new() -> World {
        let rt = RuntimeBase::new(RuntimeConfig {
            mode: LockMode::NoLock,
            switch_interval: std::time::Duration::from_millis(5),
            gil_policy: GilPolicy::Interval,
        });
        let interp = rt.new_interpreter().unwrap();
        let heap = HeapShared::new(&HOOKS, false);
        heap.above.store(Arc::as_ptr(&rt) as usize, Release);
        World { rt, interp, heap, log: Arc::default(), solitary: false }
    }
    /// A world whose first thread needs no atomics before the second comes.
    fn solitary() -> World {
        let world = World { solitary: true, ..World::new() };
        world.heap.alone.store(true, SeqCst);
        world
    }

    fn probe_of(&self, flags: u32, child: Value) -> Value {
        self.log.made.fetch_add(1, SeqCst);
        let body = Probe { state: AtomicU32::new(ALIVE), log: self.log.clone(), child: Slot::new(child) };
        // SAFETY: the map is for this kind and is never freed.
        unsafe { orochi_heap::alloc(map(Probe::kind(), flags), body) }
    }
    fn probe(&self) -> Value {
        self.probe_of(0, Value::none())
    }
    fn watch(&self, target: &Value, callback: Value) -> Value {
        // SAFETY: as above.
        let watch = unsafe { orochi_heap::alloc(map(Watch::kind(), 0), Watch { watcher: Watcher::new(callback) }) };
        self.heap.weak.watch(target, &watch, part(&watch));
        watch
    }

    /// Runs `f` attached on this thread of the model.
    fn run(&self, t: &ThreadBase, f: impl FnOnce(&World, &ThreadBase)) {
        t.attach();
        if self.solitary {
            self.rt.end_solitude(t, || self.heap.alone.store(false, SeqCst));
        }
        let heap = self.heap.domain(t.domain().id().raw());
        // SAFETY: just attached to that domain; the world keeps the heap.
        unsafe { domain::enter(&heap) };
        f(self, t);
        merge(t);
        domain::leave();
        t.end();
    }
    /// A thread whose entry is made now: its domain is fresh.
    fn spawn(&self, f: impl FnOnce(&World, &ThreadBase) + Send + 'static) -> thread::JoinHandle<()> {
        let t = self.rt.start_thread(&self.interp).unwrap();
        let world = self.clone();
        thread::spawn(move || world.run(&t, f))
    }
    /// A thread whose entry is made when it runs: it may adopt the domain of one that has ended.
    fn spawn_late(&self, f: impl FnOnce(&World, &ThreadBase) + Send + 'static) -> thread::JoinHandle<()> {
        let world = self.clone();
        thread::spawn(move || {
            let t = world.rt.start_thread(&world.interp).unwrap();
            world.run(&t, f);
        })
    }
    /// Joins all threads; then nothing may be left: every object was dropped once.
    fn finish(&self, threads: Vec<thread::JoinHandle<()>>) {
        for t in threads {
            t.join().unwrap();
        }
        let t = self.rt.start_thread(&self.interp).unwrap();
        self.run(&t, |world, t| {
            drop(world.log.rescued.take());
            merge(t);
            orochi_heap::collect::collect(&world.heap);
            for d in world.rt.domains().iter() {
                assert!(!d.queue().is_nonempty(), "an object was left in a queue and nobody was told");
            }
        });
        assert_eq!(self.log.dropped.load(SeqCst), self.log.made.load(SeqCst), "an object was not freed");
    }
}

fn part(watch: &Value) -> &Watcher {
    &watch.payload::<Watch>().expect("a weak reference").watcher
}

fn merge(t: &ThreadBase) {
    t.take_pending(bits::MERGE);
    // SAFETY: this thread's own queue; what is found dead is freed once.
    unsafe { count::free_batch(count::merge_batch(t.domain().queue().take_all())) };
    let mut dead = Vec::new();
    // SAFETY: taken from the queue of a domain that is borrowed meanwhile.
    t.runtime().merge_idle(t, |d| dead.extend(unsafe { count::merge_batch(d.queue().take_all()) }));
    // SAFETY: just found dead.
    unsafe { count::free_batch(dead) };
}

fn poll(t: &ThreadBase) {
    if t.safepoint() {
        let bits = t.safepoint_slow();
        domain::refresh();
        if bits & bits::MERGE != 0 {
            merge(t);
        }
    }
}

/// Readers take references from a slot that its owner empties: split counts, both halves.
#[test]
fn split_counts_free_once() {
    explore(|| {
        let world = World::new();
        let slot = Arc::new(Slot::unbound());
        let mut threads = Vec::new();
        let shared = slot.clone();
        threads.push(world.spawn(move |world, t| {
            let mine = world.probe();
            shared.set(mine.clone());
            poll(t);
            drop(mine);
            drop(shared.take());
            poll(t);
        }));
        for _ in 0..2 {
            let shared = slot.clone();
            threads.push(world.spawn(move |_, t| {
                let v = shared.load();
                if !v.is_unbound() {
                    check(&v);
                    let again = v.clone();
                    drop(v);
                    check(&again);
                }
                poll(t);
            }));
        }
        world.finish(threads);
    });
}

/// The first thread counts and writes without atomics until the second attaches: whenever that is, no count is lost.
#[test]
fn solitude_ends_at_a_safepoint() {
    explore(|| {
        let world = World::solitary();
        let slot = Arc::new(Slot::unbound());
        let mut threads = Vec::new();
        for _ in 0..2 {
            let shared = slot.clone();
            threads.push(world.spawn(move |world, t| {
                for _ in 0..3 {
                    drop(shared.swap(world.probe()));
                    poll(t);
                    let v = shared.load();
                    if !v.is_unbound() {
                        check(&v);
                        drop(v.clone());
                    }
                    poll(t);
                }
                drop(shared.take());
                poll(t);
            }));
        }
        world.finish(threads);
    });
}

/// A writer who replaces what others read: the reader gets the old object or the new one, alive.
#[test]
fn slot_readers_see_living_objects() {
    explore(|| {
        let world = World::new();
        let slot = Arc::new(Slot::unbound());
        let mut threads = Vec::new();
        for _ in 0..2 {
            let shared = slot.clone();
            threads.push(world.spawn(move |world, t| {
                for _ in 0..2 {
                    shared.set(world.probe());
                    let v = shared.load();
                    if !v.is_unbound() {
                        check(&v);
                    }
                }
                poll(t);
            }));
        }
        let shared = slot.clone();
        threads.push(world.spawn(move |_, t| {
            let v = shared.load();
            if !v.is_unbound() {
                check(&v);
            }
            drop(v);
            drop(shared.take());
            poll(t);
        }));
        for t in threads {
            t.join().unwrap();
        }
        let last = slot.clone();
        let threads = vec![world.spawn(move |_, _| drop(last.take()))];
        world.finish(threads);
    });
}

/// The maker ends while another holds its object; a third may get the maker's domain meanwhile.
#[test]
fn domain_changes_hands() {
    explore(|| {
        let world = World::new();
        let (first, second) = (Arc::new(Slot::unbound()), Arc::new(Slot::unbound()));
        let mut threads = Vec::new();
        let (a, b) = (first.clone(), second.clone());
        threads.push(world.spawn(move |world, _| {
            let v = world.probe();
            a.set(v.clone());
            b.set(v);
        }));
        for slot in [first, second] {
            threads.push(world.spawn_late(move |world, t| {
                let mut v = slot.take();
                if v.is_unbound() {
                    thread::yield_now();
                    v = slot.take();
                }
                if !v.is_unbound() {
                    check(&v);
                }
                let own = world.probe();
                drop(v);
                poll(t);
                check(&own);
                // What came later than this thread looked is released here.
                slot.set(own);
                drop(slot.take());
            }));
        }
        for t in threads {
            t.join().unwrap();
        }
        world.finish(Vec::new());
    });
}

/// A weak reference is asked while the last references go: it gives a living object or nothing.
#[test]
fn weak_upgrade_against_last_release() {
    explore(|| {
        let world = World::new();
        let (slot, watched) = (Arc::new(Slot::unbound()), Arc::new(Slot::unbound()));
        let mut threads = Vec::new();
        let (strong, weak) = (slot.clone(), watched.clone());
        threads.push(world.spawn(move |world, t| {
            let v = world.probe();
            weak.set(world.watch(&v, world.probe()));
            strong.set(v.clone());
            drop(v);
            poll(t);
        }));
        let strong = slot.clone();
        threads.push(world.spawn(move |_, t| {
            drop(strong.take());
            poll(t);
        }));
        let weak = watched.clone();
        threads.push(world.spawn(move |world, t| {
            let watch = weak.load();
            if !watch.is_unbound() {
                for _ in 0..2 {
                    if let Some(v) = world.heap.weak.upgrade(part(&watch)) {
                        check(&v);
                    }
                }
            }
            poll(t);
        }));
        for t in threads {
            t.join().unwrap();
        }
        let (strong, weak) = (slot.clone(), watched.clone());
        let log = world.log.clone();
        let end = world.spawn(move |_, t| {
            drop(strong.take());
            merge(t);
            let watch = weak.take();
            assert!(part(&watch).is_dead(), "the weak reference outlived its target");
            assert_eq!(log.called.load(SeqCst), 1, "callbacks of the weak reference");
        });
        world.finish(vec![end]);
    });
}

/// A weak reference dies while its target does.
#[test]
fn watcher_dies_with_its_target() {
    explore(|| {
        let world = World::new();
        let (slot, watched) = (Arc::new(Slot::unbound()), Arc::new(Slot::unbound()));
        let t = {
            let (strong, weak) = (slot.clone(), watched.clone());
            world.spawn(move |world, _| {
                let v = world.probe();
                weak.set(world.watch(&v, world.probe()));
                strong.set(v);
            })
        };
        t.join().unwrap();
        let threads = [slot, watched]
            .into_iter()
            .map(|s| {
                world.spawn(move |_, t| {
                    drop(s.take());
                    poll(t);
                })
            })
            .collect();
        world.finish(threads);
        assert!(world.log.called.load(SeqCst) <= 1);
    });
}

/// Objects that many threads use become deferred: only the collector frees them, and it does.
#[test]
fn promotion_keeps_the_count() {
    count::SAMPLE_EVERY.set(1);
    explore(|| {
        let world = World::new();
        let slot = Arc::new(Slot::unbound());
        let mut threads = Vec::new();
        let shared = slot.clone();
        threads.push(world.spawn(move |world, t| {
            let v = world.probe();
            shared.set(v.clone());
            poll(t);
            check(&v);
            drop(v);
            drop(shared.take());
            poll(t);
        }));
        for _ in 0..2 {
            let shared = slot.clone();
            threads.push(world.spawn(move |_, t| {
                for _ in 0..3 {
                    let v = shared.load();
                    if !v.is_unbound() {
                        check(&v);
                    }
                }
                poll(t);
            }));
        }
        for t in threads {
            t.join().unwrap();
        }
        let end = world.spawn(move |_, t| {
            drop(slot.take());
            merge(t);
        });
        world.finish(vec![end]);
    });
}

/// A chain whose nested frees are postponed, while another thread holds a link.
#[test]
fn postponed_frees_are_done() {
    explore(|| {
        let world = World::new();
        let slot = Arc::new(Slot::unbound());
        let shared = slot.clone();
        let maker = world.spawn(move |world, t| {
            let mut chain = Value::none();
            for _ in 0..4 {
                chain = world.probe_of(0, chain);
            }
            let middle = check(&chain).child.load();
            shared.set(check(&middle).child.load());
            drop(middle);
            drop(chain);
            poll(t);
        });
        let other = world.spawn(move |_, t| {
            let v = slot.take();
            if !v.is_unbound() {
                drop(check(&v).child.load());
            }
            drop(v);
            poll(t);
            drop(slot.take());
        });
        maker.join().unwrap();
        world.finish(vec![other]);
    });
}

/// A finaliser brings its object back while a weak reference is asked; it runs once.
#[test]
fn finaliser_runs_once() {
    explore(|| {
        let world = World::new();
        let (slot, watched) = (Arc::new(Slot::unbound()), Arc::new(Slot::unbound()));
        let (strong, weak) = (slot.clone(), watched.clone());
        let maker = world.spawn(move |world, t| {
            let v = world.probe_of(MAP_FINALIZE, Value::none());
            weak.set(world.watch(&v, Value::none()));
            strong.set(v);
            poll(t);
        });
        let strong = slot.clone();
        let dropper = world.spawn(move |world, t| {
            drop(strong.take());
            poll(t);
            drop(world.log.rescued.take());
        });
        let weak = watched.clone();
        let asker = world.spawn(move |world, t| {
            let watch = weak.load();
            if !watch.is_unbound()
                && let Some(v) = world.heap.weak.upgrade(part(&watch))
            {
                check(&v);
            }
            poll(t);
        });
        for t in [maker, dropper, asker] {
            t.join().unwrap();
        }
        let log = world.log.clone();
        let end = world.spawn(move |_, t| {
            drop(slot.take());
            merge(t);
            drop(watched.take());
        });
        world.finish(vec![end]);
        assert_eq!(log.finalized.load(SeqCst), 1, "runs of the finaliser");
    });
}

/// Threads that take, give, copy and drop references as the scheduler's dice say. What a slot gives was put into a slot.
fn mixed(sample_every: u32) {
    count::SAMPLE_EVERY.set(sample_every);
    explore(|| {
        use shuttle::rand::Rng;
        let world = World::new();
        let slots: Arc<[Slot; 2]> = Arc::new([Slot::unbound(), Slot::unbound()]);
        let threads = (0..3)
            .map(|_| {
                let slots = slots.clone();
                world.spawn(move |world, t| {
                    let mut dice = shuttle::rand::thread_rng();
                    let mut held: Vec<Value> = Vec::new();
                    let secret = |v: &Value| check(v).child.load().is_true();
                    for _ in 0..8 {
                        let slot = &slots[dice.gen_range(0..2)];
                        match dice.gen_range(0..8) {
                            0 | 1 => held.extend(Some(slot.load()).filter(|v| !v.is_unbound())),
                            2 | 3 => {
                                let new = held.pop().unwrap_or_else(|| world.probe());
                                held.extend(Some(slot.swap(new)).filter(|v| !v.is_unbound()));
                            }
                            4 => drop(held.pop()),
                            5 | 6 => {
                                // The new object's cell may be the one that a reader has just read from the slot.
                                drop(slot.take());
                                let own = world.probe_of(0, Value::bool(true));
                                check(&own);
                            }
                            _ => poll(t),
                        }
                        assert!(!held.iter().any(secret), "a slot gave what nobody put into one");
                    }
                    drop(held);
                    poll(t);
                })
            })
            .collect::<Vec<_>>();
        for t in threads {
            t.join().unwrap();
        }
        let end = world.spawn(move |_, _| slots.iter().for_each(|s| drop(s.take())));
        world.finish(vec![end]);
    });
}

#[test]
fn mixed_counting() {
    mixed(u32::MAX);
}

#[test]
fn mixed_counting_with_promotion() {
    mixed(1);
}
