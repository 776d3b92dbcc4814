//! Stress tests with real threads, in every lock mode.
#![cfg(not(feature = "model"))]

use orochi_runtime::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use orochi_runtime::*;
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

const MODES: [LockMode; 3] = [
    LockMode::ProcessLock,
    LockMode::InterpreterLock,
    LockMode::NoLock,
];

fn runtime(mode: LockMode) -> (Arc<RuntimeBase>, Arc<InterpreterBase>) {
    let rt = RuntimeBase::new(RuntimeConfig {
        mode,
        switch_interval: Duration::from_micros(200),
        ..Default::default()
    });
    let interp = rt.new_interpreter().unwrap();
    (rt, interp)
}

/// Starts an OS thread that is attached while `f` runs and ends afterwards.
fn spawn(
    rt: &Arc<RuntimeBase>,
    interp: &Arc<InterpreterBase>,
    f: impl FnOnce(&Arc<ThreadBase>) + Send + 'static,
) -> std::thread::JoinHandle<()> {
    let thread = rt.start_thread(interp).unwrap();
    std::thread::spawn(move || {
        thread.bind();
        thread.attach();
        f(&thread);
        thread.end();
    })
}

#[test]
fn attached_threads_of_a_domain_exclude_each_other() {
    for mode in [LockMode::ProcessLock, LockMode::InterpreterLock] {
        for policy in [GilPolicy::Interval, GilPolicy::Early] {
            let rt = RuntimeBase::new(RuntimeConfig {
                mode,
                switch_interval: Duration::from_micros(50),
                gil_policy: policy,
            });
            let interp = rt.new_interpreter().unwrap();
            let inside = Arc::new(AtomicU32::new(0));
            let count = Arc::new(AtomicU64::new(0));
            let threads: Vec<_> = (0..4)
                .map(|_| {
                    let (inside, count) = (inside.clone(), count.clone());
                    spawn(&rt, &interp, move |t| {
                        for i in 0..20_000u32 {
                            assert_eq!(inside.fetch_add(1, Ordering::Relaxed), 0);
                            let seen = count.load(Ordering::Relaxed);
                            count.store(seen + 1, Ordering::Relaxed);
                            inside.fetch_sub(1, Ordering::Relaxed);
                            if t.safepoint() {
                                t.safepoint_slow();
                            }
                            if i % 64 == 0 {
                                detached(t, || ());
                            }
                        }
                    })
                })
                .collect();
            for t in threads {
                t.join().unwrap();
            }
            assert_eq!(count.load(Ordering::Relaxed), 80_000);
            assert!(rt.registry().is_empty());
        }
    }
}

#[test]
fn computing_threads_take_turns() {
    let (rt, interp) = runtime(LockMode::ProcessLock);
    let done = Arc::new(AtomicBool::new(false));
    let turns: Vec<_> = (0..3).map(|_| Arc::new(AtomicU64::new(0))).collect();
    let threads: Vec<_> = turns
        .iter()
        .map(|mine| {
            let (mine, done) = (mine.clone(), done.clone());
            spawn(&rt, &interp, move |t| {
                while !done.load(Ordering::Relaxed) {
                    mine.fetch_add(1, Ordering::Relaxed);
                    if t.safepoint() {
                        t.safepoint_slow();
                    }
                }
            })
        })
        .collect();
    let start = Instant::now();
    while turns.iter().any(|t| t.load(Ordering::Relaxed) == 0) {
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "a computing thread never got the lock"
        );
        std::thread::sleep(Duration::from_millis(1));
    }
    done.store(true, Ordering::Relaxed);
    for t in threads {
        t.join().unwrap();
    }
}

#[test]
fn current_domain_follows_attach() {
    for mode in MODES {
        let (rt, interp) = runtime(mode);
        let t = rt.start_thread(&interp).unwrap();
        t.bind();
        assert_eq!(current_domain(), 0);
        t.attach();
        assert_eq!(current_domain(), t.domain().id().raw());
        assert!(t.is_current());
        assert_eq!(t.state_racy(), ThreadState::Attached);
        detached(&t, || {
            assert_eq!(current_domain(), 0);
            assert!(current_thread().is_null());
        });
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            detached(&t, || panic!("on purpose"))
        }));
        assert!(caught.is_err());
        assert!(t.is_current());
        t.end();
        assert_eq!(current_domain(), 0);
    }
}

#[test]
fn stopped_world_is_still() {
    for mode in MODES {
        let (rt, interp) = runtime(mode);
        let second = rt.new_interpreter().unwrap();
        let done = Arc::new(AtomicBool::new(false));
        let moving = Arc::new(AtomicU64::new(0));
        let mut threads: Vec<_> = (0..3)
            .map(|n| {
                let (done, moving) = (done.clone(), moving.clone());
                spawn(&rt, if n == 2 { &second } else { &interp }, move |t| {
                    let mut i = 0u32;
                    while !done.load(Ordering::Relaxed) {
                        moving.fetch_add(1, Ordering::Relaxed);
                        if t.safepoint() {
                            t.safepoint_slow();
                        }
                        i += 1;
                        if i.is_multiple_of(16) {
                            detached(t, || std::hint::black_box(i));
                        }
                    }
                })
            })
            .collect();
        let stops = Arc::new(AtomicU32::new(0));
        for _ in 0..2 {
            let (moving, stops) = (moving.clone(), stops.clone());
            threads.push(spawn(&rt, &interp, move |t| {
                for _ in 0..200 {
                    stop_world(t, || {
                        let before = moving.load(Ordering::Relaxed);
                        for _ in 0..200 {
                            std::hint::spin_loop();
                        }
                        assert_eq!(
                            moving.load(Ordering::Relaxed),
                            before,
                            "a thread ran in a stopped world"
                        );
                        stops.fetch_add(1, Ordering::Relaxed);
                    });
                    if t.safepoint() {
                        t.safepoint_slow();
                    }
                }
            }));
        }
        for t in threads.drain(3..) {
            t.join().unwrap();
        }
        done.store(true, Ordering::Relaxed);
        for t in threads {
            t.join().unwrap();
        }
        assert_eq!(stops.load(Ordering::Relaxed), 400);
    }
}

#[test]
fn threads_start_and_end_in_a_world_that_stops() {
    for mode in MODES {
        let (rt, interp) = runtime(mode);
        let done = Arc::new(AtomicBool::new(false));
        let stopper = {
            let done = done.clone();
            spawn(&rt, &interp, move |t| {
                while !done.load(Ordering::Relaxed) {
                    stop_world(t, || ());
                    if t.safepoint() {
                        t.safepoint_slow();
                    }
                }
            })
        };
        for _ in 0..100 {
            let threads: Vec<_> = (0..3)
                .map(|_| spawn(&rt, &interp, |t| detached(t, || ())))
                .collect();
            for t in threads {
                t.join().unwrap();
            }
        }
        done.store(true, Ordering::Relaxed);
        stopper.join().unwrap();
        assert!(
            rt.domains().iter().count() <= 5,
            "orphaned domains are adopted"
        );
    }
}

#[test]
fn merge_work_reaches_the_owner_or_a_borrower() {
    let (rt, interp) = runtime(LockMode::NoLock);
    let merged = Arc::new(AtomicUsize::new(0));
    let done = Arc::new(AtomicBool::new(false));
    let owner = rt.start_thread(&interp).unwrap();
    let id = owner.domain().id();
    let owner_thread = {
        let (owner, merged, done) = (owner.clone(), merged.clone(), done.clone());
        std::thread::spawn(move || {
            owner.attach();
            while !done.load(Ordering::Relaxed) {
                if owner.safepoint() && owner.safepoint_slow() & bits::MERGE != 0 {
                    owner.take_pending(bits::MERGE);
                    merged.fetch_add(owner.domain().queue().take_all().len(), Ordering::Relaxed);
                }
                detached(&owner, std::thread::yield_now);
            }
            merged.fetch_add(owner.domain().queue().take_all().len(), Ordering::Relaxed);
            owner.end();
        })
    };
    let pushers: Vec<_> = (0..2)
        .map(|_| {
            let merged = merged.clone();
            spawn(&rt, &interp, move |t| {
                for i in 0..10_000 {
                    if t.runtime().push_merge(id, i) == MergePush::OwnerIdle {
                        t.runtime().borrow_domain(t, id, |d| {
                            assert_eq!(current_domain(), id.raw());
                            merged.fetch_add(d.queue().take_all().len(), Ordering::Relaxed);
                        });
                        assert_eq!(current_domain(), t.domain().id().raw());
                    }
                    if t.safepoint() {
                        t.safepoint_slow();
                    }
                }
            })
        })
        .collect();
    for t in pushers {
        t.join().unwrap();
    }
    done.store(true, Ordering::Relaxed);
    owner_thread.join().unwrap();
    assert_eq!(merged.load(Ordering::Relaxed), 20_000);
    // The owner has ended: the orphan can be borrowed, and is adopted by the next thread.
    spawn(&rt, &interp, move |t| {
        if t.domain().id() != id {
            assert_eq!(t.runtime().push_merge(id, 1), MergePush::OwnerIdle);
            assert_eq!(
                t.runtime().borrow_domain(t, id, |d| d.queue().take_all()),
                Some(vec![1])
            );
        }
    })
    .join()
    .unwrap();
}

#[test]
fn daemon_threads_stop_for_ever_and_do_not_block_the_end() {
    for mode in MODES {
        let (rt, interp) = runtime(mode);
        let started = Arc::new(Barrier::new(2));
        let ran = Arc::new(AtomicU64::new(0));
        let daemon = rt.start_thread(&interp).unwrap();
        daemon.set_daemon(true);
        {
            let (started, ran) = (started.clone(), ran.clone());
            std::thread::spawn(move || {
                daemon.attach();
                detached(&daemon, || started.wait());
                loop {
                    ran.fetch_add(1, Ordering::Relaxed);
                    if daemon.safepoint() {
                        daemon.safepoint_slow();
                    }
                }
            });
        }
        started.wait();
        let main = rt.start_thread(&interp).unwrap();
        main.attach();
        assert!(interp.begin_finalizing(&main));
        assert!(!interp.begin_finalizing(&main));
        assert_eq!(
            rt.start_thread(&interp).unwrap_err(),
            StartError::Finalizing
        );
        // Detaching lets the daemon come in and notice; the finalizing thread itself goes on.
        detached(&main, || std::thread::sleep(Duration::from_millis(20)));
        stop_world(&main, || {
            let before = ran.load(Ordering::Relaxed);
            std::thread::sleep(Duration::from_millis(2));
            assert_eq!(ran.load(Ordering::Relaxed), before);
        });
        main.end();
    }
}

#[test]
fn try_attach_says_finalizing() {
    for mode in MODES {
        let (rt, interp) = runtime(mode);
        let main = rt.start_thread(&interp).unwrap();
        let other = rt.start_thread(&interp).unwrap();
        main.attach();
        interp.begin_finalizing(&main);
        main.detach();
        assert_eq!(other.try_attach(), Err(Finalizing));
        main.attach();
        main.end();
    }
}

static FREED: AtomicUsize = AtomicUsize::new(0);

unsafe fn free_box(ptr: *mut u8, size: usize) {
    assert_eq!(size, 8);
    // SAFETY: the test retires pointers from `Box::<u64>::into_raw` only, once each.
    let boxed = unsafe { Box::from_raw(ptr.cast::<u64>()) };
    assert!(*boxed < u64::MAX);
    FREED.fetch_add(1, Ordering::Relaxed);
}

#[test]
fn retired_memory_outlives_its_readers() {
    for mode in MODES {
        let (rt, interp) = runtime(mode);
        FREED.store(0, Ordering::Relaxed);
        let shared = Arc::new(sync::atomic::AtomicPtr::new(Box::into_raw(Box::new(0u64))));
        let done = Arc::new(AtomicBool::new(false));
        let readers: Vec<_> = (0..2)
            .map(|_| {
                let (shared, done) = (shared.clone(), done.clone());
                spawn(&rt, &interp, move |t| {
                    let mut last = 0;
                    while !done.load(Ordering::Relaxed) {
                        let ptr = shared.load(Ordering::Acquire);
                        // SAFETY: read between two safepoints of an attached thread; the writer retires what it unlinks.
                        let value = unsafe { std::ptr::read_volatile(ptr) };
                        assert!(value >= last);
                        last = value;
                        if t.safepoint() {
                            t.safepoint_slow();
                        }
                    }
                })
            })
            .collect();
        let writer = {
            let shared = shared.clone();
            spawn(&rt, &interp, move |t| {
                for i in 1..=20_000u64 {
                    let old = shared.swap(Box::into_raw(Box::new(i)), Ordering::AcqRel);
                    // SAFETY: unlinked by the swap, freed once.
                    unsafe { retire(t, old.cast(), 8, free_box) };
                    if t.safepoint() {
                        t.safepoint_slow();
                    }
                }
            })
        };
        writer.join().unwrap();
        done.store(true, Ordering::Relaxed);
        for t in readers {
            t.join().unwrap();
        }
        spawn(&rt, &interp, |t| {
            stop_world(t, || t.runtime().qsbr().reclaim_all_stopped(t))
        })
        .join()
        .unwrap();
        assert_eq!(FREED.load(Ordering::Relaxed), 20_000);
        // SAFETY: the last box, which nobody else can see any more.
        drop(unsafe { Box::from_raw(shared.load(Ordering::Relaxed)) });
    }
}

#[test]
fn early_waiter_does_not_wait_for_the_interval() {
    let rt = RuntimeBase::new(RuntimeConfig {
        switch_interval: Duration::from_secs(5),
        ..Default::default()
    });
    let interp = rt.new_interpreter().unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let polite = rt.start_thread(&interp).unwrap();
    polite.attach();
    polite.detach();
    let computing = {
        let done = done.clone();
        spawn(&rt, &interp, move |t| {
            while !done.load(Ordering::Relaxed) {
                if t.safepoint() {
                    t.safepoint_slow();
                }
            }
        })
    };
    while interp.domain().unwrap().gil().unwrap().holder_racy() == 0 {
        std::thread::yield_now();
    }
    let start = Instant::now();
    polite.attach();
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "waited {:?}",
        start.elapsed()
    );
    done.store(true, Ordering::Relaxed);
    polite.end();
    computing.join().unwrap();
}

/// Nobody needs a lock of an object while one domain runs alone, in any mode; afterwards only those without a lock do.
#[test]
fn object_locks_cost_nothing_where_a_lock_is_held() {
    for mode in MODES {
        let (rt, interp) = runtime(mode);
        let t = rt.start_thread(&interp).unwrap();
        t.attach();
        let lock = ObjectLock::new();
        let held = lock.hold();
        assert!(!lock.is_locked_racy());
        drop(held);
        let told = Arc::new(AtomicBool::new(false));
        let second = {
            let (rt, told) = (rt.clone(), told.clone());
            spawn(&rt.clone(), &interp, move |t| {
                rt.end_solitude(t, || told.store(true, Ordering::SeqCst));
                let lock = ObjectLock::new();
                let held = lock.hold();
                assert_eq!(lock.is_locked_racy(), rt.mode() == LockMode::NoLock);
                drop(held);
            })
        };
        detached(&t, || second.join().unwrap());
        let without_lock = mode == LockMode::NoLock;
        assert_eq!(told.load(Ordering::SeqCst), without_lock);
        assert_eq!(rt.is_solitary(), !without_lock);
        let held = lock.hold();
        assert_eq!(lock.is_locked_racy(), without_lock);
        drop(held);
        assert!(!lock.is_locked_racy());
        t.end();
    }
}

/// A thread that detaches all the time, and releases before it sees the request, must not keep the lock from a computing thread.
#[test]
fn a_thread_that_detaches_often_gives_its_turn() {
    let rt = RuntimeBase::new(RuntimeConfig {
        switch_interval: Duration::from_millis(1),
        ..Default::default()
    });
    let interp = rt.new_interpreter().unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let busy = {
        let done = done.clone();
        spawn(&rt, &interp, move |t| {
            while !done.load(Ordering::Relaxed) {
                // No safepoint between attach and detach: the request is only ever seen by detach.
                for _ in 0..2_000 {
                    std::hint::spin_loop();
                }
                detached(t, || ());
            }
        })
    };
    let gil = interp.domain().unwrap().gil().unwrap();
    while gil.holder_racy() == 0 {
        std::thread::yield_now();
    }
    let (second, start) = (rt.start_thread(&interp).unwrap(), Instant::now());
    for _ in 0..20 {
        second.attach();
        second.detach();
    }
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "20 turns took {:?}",
        start.elapsed()
    );
    done.store(true, Ordering::Relaxed);
    busy.join().unwrap();
    second.attach();
    second.end();
}

#[cfg(target_os = "linux")]
#[test]
fn fork_leaves_one_thread() {
    for mode in MODES {
        let (rt, interp) = runtime(mode);
        let done = Arc::new(AtomicBool::new(false));
        let others: Vec<_> = (0..2)
            .map(|_| {
                let done = done.clone();
                spawn(&rt, &interp, move |t| {
                    while !done.load(Ordering::Relaxed) {
                        if t.safepoint() {
                            t.safepoint_slow();
                        }
                        detached(t, || ());
                    }
                })
            })
            .collect();
        let main = rt.start_thread(&interp).unwrap();
        main.attach();
        let guard = fork::prepare(&main);
        // SAFETY: the child only runs this crate's repair and async-signal-safe calls before it exits.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            let gone = guard.in_child();
            let ok = gone.len() == 2 && rt.registry().len() == 1 && {
                detached(&main, || ());
                stop_world(&main, || main.is_current())
            };
            // SAFETY: leaves the child without running the test harness's exit code.
            unsafe { libc::_exit(i32::from(!ok)) };
        }
        guard.in_parent();
        assert!(pid > 0);
        let mut status = 0;
        // SAFETY: `status` is valid for the call.
        detached(&main, || unsafe { libc::waitpid(pid, &raw mut status, 0) });
        assert_eq!(status, 0, "the child failed in mode {mode:?}");
        done.store(true, Ordering::Relaxed);
        main.end();
        for t in others {
            t.join().unwrap();
        }
    }
}

#[test]
fn interpreters_with_locks_have_their_own_domains() {
    let (rt, first) = runtime(LockMode::InterpreterLock);
    let second = rt.new_interpreter().unwrap();
    assert_ne!(first.domain().unwrap().id(), second.domain().unwrap().id());
    let id = second.domain().unwrap().id();
    second.end(&rt);
    let third = rt.new_interpreter().unwrap();
    assert_eq!(third.domain().unwrap().id(), id);
    let (rt, first) = runtime(LockMode::ProcessLock);
    let second = rt.new_interpreter().unwrap();
    assert_eq!(first.domain().unwrap().id(), second.domain().unwrap().id());
}

#[cfg(debug_assertions)]
#[test]
fn a_guard_across_a_safepoint_is_an_assertion() {
    let (rt, interp) = runtime(LockMode::ProcessLock);
    let t = rt.start_thread(&interp).unwrap();
    t.attach();
    let data = Locked::new(0);
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _guard = data.lock();
        t.safepoint()
    }));
    assert!(caught.is_err());
    t.end();
}
