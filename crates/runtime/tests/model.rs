//! Model-checked tests of the protocols: shuttle runs each body under thousands of schedules. `cargo test -p orochi-runtime --features
//! model --test model`; a failure prints the schedule, which `shuttle::replay` repeats. `OROCHI_MODEL_ITERATIONS` sets how many.
//!
//! What is found here: two threads where one should be, lost wake-ups (a schedule that ends with sleepers is a deadlock, and timed
//! waits end at once or never, so no timeout hides one), memory freed under a reader, a stopped world that moves.
#![cfg(feature = "model")]

use orochi_runtime::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use orochi_runtime::*;
use shuttle::thread;
use std::sync::Arc;
use std::time::Duration;

/// Half of the schedules uniformly random, half with few forced switches at chosen depths (PCT), which finds rarer orders.
fn explore(body: impl Fn() + Send + Sync + Clone + 'static) {
    let iterations = std::env::var("OROCHI_MODEL_ITERATIONS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(2_000);
    shuttle::check_random(body.clone(), iterations / 2);
    shuttle::check_pct(body, iterations / 2, 3);
}

fn runtime(mode: LockMode, gil_policy: GilPolicy) -> (Arc<RuntimeBase>, Arc<InterpreterBase>) {
    let rt = RuntimeBase::new(RuntimeConfig {
        mode,
        switch_interval: Duration::from_millis(5),
        gil_policy,
    });
    let interp = rt.new_interpreter().unwrap();
    (rt, interp)
}

fn spawn(
    rt: &Arc<RuntimeBase>,
    interp: &Arc<InterpreterBase>,
    f: impl FnOnce(&ThreadBase) + Send + 'static,
) -> thread::JoinHandle<()> {
    let t = rt.start_thread(interp).unwrap();
    thread::spawn(move || {
        t.attach();
        f(&t);
        t.end();
    })
}

fn join(threads: Vec<thread::JoinHandle<()>>) {
    for t in threads {
        t.join().unwrap();
    }
}

fn poll(t: &ThreadBase) -> u32 {
    if t.safepoint() { t.safepoint_slow() } else { 0 }
}

/// Enters a section that at most one thread may be in.
fn alone(inside: &AtomicU32) {
    assert_eq!(
        inside.fetch_add(1, Ordering::SeqCst),
        0,
        "two threads hold one lock"
    );
    thread::yield_now();
    inside.fetch_sub(1, Ordering::SeqCst);
}

fn gil_exclusion(policy: GilPolicy) {
    explore(move || {
        let (rt, interp) = runtime(LockMode::ProcessLock, policy);
        let inside = Arc::new(AtomicU32::new(0));
        join(
            (0..3)
                .map(|n| {
                    let inside = inside.clone();
                    spawn(&rt, &interp, move |t| {
                        for _ in 0..2 {
                            alone(&inside);
                            poll(t);
                            alone(&inside);
                            if n != 0 {
                                detached(t, thread::yield_now);
                            }
                        }
                    })
                })
                .collect(),
        );
        assert_eq!(rt.registry().len(), 0);
    });
}

#[test]
fn gil_excludes_and_loses_no_wakeup_interval() {
    gil_exclusion(GilPolicy::Interval);
}

#[test]
fn gil_excludes_and_loses_no_wakeup_early() {
    gil_exclusion(GilPolicy::Early);
}

/// After a forced hand-over somebody else has had the lock: the requester does not depend on luck.
#[test]
fn gil_forced_switch_really_switches() {
    explore(|| {
        let (rt, interp) = runtime(LockMode::ProcessLock, GilPolicy::Interval);
        let ran = Arc::new(AtomicBool::new(false));
        let holder = rt.start_thread(&interp).unwrap();
        holder.attach();
        let other = {
            let ran = ran.clone();
            spawn(&rt, &interp, move |_| ran.store(true, Ordering::SeqCst))
        };
        // Until the waiter asks; it may also never come to wait.
        for _ in 0..20 {
            let asked = holder.pending_word().load(Ordering::SeqCst) & bits::LOCK_REQUEST != 0;
            poll(&holder);
            if asked {
                assert!(
                    ran.load(Ordering::SeqCst),
                    "the lock came back before the requester had it"
                );
                break;
            }
            thread::yield_now();
        }
        holder.detach();
        other.join().unwrap();
        holder.attach();
        holder.end();
    });
}

/// A thread that was asked and detached before it came to a safepoint gives the turn when it comes back.
#[test]
fn gil_owed_turn_is_given() {
    explore(|| {
        let (rt, interp) = runtime(LockMode::ProcessLock, GilPolicy::Interval);
        let ran = Arc::new(AtomicBool::new(false));
        let holder = rt.start_thread(&interp).unwrap();
        holder.attach();
        let other = {
            let ran = ran.clone();
            spawn(&rt, &interp, move |t| {
                ran.store(true, Ordering::SeqCst);
                detached(t, thread::yield_now);
            })
        };
        for _ in 0..10 {
            let asked = holder.pending_word().load(Ordering::SeqCst) & bits::LOCK_REQUEST != 0;
            detached(&holder, || ());
            if asked {
                assert!(
                    ran.load(Ordering::SeqCst),
                    "the lock came back before the requester had it"
                );
            }
            thread::yield_now();
        }
        holder.detach();
        other.join().unwrap();
        holder.attach();
        holder.end();
    });
}

/// The owner and a borrower are never in a domain together, and an owner that waited for a borrow wakes up.
#[test]
fn borrow_excludes_reattach() {
    for mode in [LockMode::NoLock, LockMode::InterpreterLock] {
        explore(move || {
            let (rt, interp) = runtime(mode, GilPolicy::Interval);
            let second = rt.new_interpreter().unwrap();
            let inside = Arc::new(AtomicU32::new(0));
            let owner = rt.start_thread(&interp).unwrap();
            let id = owner.domain().id();
            let owner_thread = {
                let inside = inside.clone();
                thread::spawn(move || {
                    for _ in 0..3 {
                        owner.attach();
                        alone(&inside);
                        owner.detach();
                    }
                    owner.end();
                })
            };
            let mut threads = vec![owner_thread];
            for _ in 0..2 {
                let inside = inside.clone();
                threads.push(spawn(&rt, &second, move |t| {
                    for _ in 0..3 {
                        t.runtime().borrow_domain(t, id, |d| {
                            assert_eq!(current_domain(), d.id().raw());
                            alone(&inside);
                        });
                        poll(t);
                    }
                }));
            }
            join(threads);
        });
    }
}

/// Each pushed object is merged, by the owner or by a borrower, whoever comes and goes.
#[test]
fn merge_work_is_not_lost() {
    for mode in [LockMode::NoLock, LockMode::InterpreterLock] {
        explore(move || {
            let (rt, interp) = runtime(mode, GilPolicy::Interval);
            let second = rt.new_interpreter().unwrap();
            let merged = Arc::new(AtomicUsize::new(0));
            let pushed = Arc::new(AtomicUsize::new(0));
            let owner = rt.start_thread(&interp).unwrap();
            let id = owner.domain().id();
            let owner_thread = {
                let (merged, pushed) = (merged.clone(), pushed.clone());
                thread::spawn(move || {
                    owner.attach();
                    // Runs as long as it was told of everything: what it was not told of, the pusher has to do.
                    while pushed.load(Ordering::SeqCst) < 2 || owner.safepoint() {
                        if poll(&owner) & bits::MERGE != 0 {
                            owner.take_pending(bits::MERGE);
                            merged.fetch_add(
                                owner.domain().queue().take_all().len(),
                                Ordering::SeqCst,
                            );
                        }
                        detached(&owner, thread::yield_now);
                    }
                    owner.end();
                })
            };
            let pushers = (0..2)
                .map(|i| {
                    let (merged, pushed) = (merged.clone(), pushed.clone());
                    spawn(&rt, &second, move |t| {
                        if t.runtime().push_merge(id, i) == MergePush::OwnerIdle {
                            t.runtime().borrow_domain(t, id, |d| {
                                merged.fetch_add(d.queue().take_all().len(), Ordering::SeqCst);
                            });
                        }
                        pushed.fetch_add(1, Ordering::SeqCst);
                        poll(t);
                    })
                })
                .chain(std::iter::once(owner_thread))
                .collect();
            join(pushers);
            let left = rt.domains().get(id).unwrap().queue().take_all().len();
            assert_eq!(
                merged.load(Ordering::SeqCst) + left,
                2,
                "an object was lost"
            );
            assert_eq!(
                left, 0,
                "an object was left in the queue and nobody was told"
            );
        });
    }
}

/// An owner that was told and leaves without merging passes the work on.
#[test]
fn merge_work_of_an_owner_that_left_is_passed_on() {
    for mode in [LockMode::NoLock, LockMode::InterpreterLock] {
        for ends in [false, true] {
            explore(move || {
                let (rt, interp) = runtime(mode, GilPolicy::Interval);
                let second = rt.new_interpreter().unwrap();
                let owner = rt.start_thread(&interp).unwrap();
                let id = owner.domain().id();
                // Before the owner can end: else it might adopt the very domain.
                let pusher = rt.start_thread(&second).unwrap();
                let owner_thread = thread::spawn(move || {
                    owner.attach();
                    thread::yield_now();
                    if ends {
                        owner.end();
                    } else {
                        owner.detach();
                    }
                });
                let other = thread::spawn(move || {
                    pusher.attach();
                    let t = &*pusher;
                    let mut merged = 0;
                    if t.runtime().push_merge(id, 1) == MergePush::OwnerIdle {
                        t.runtime()
                            .borrow_domain(t, id, |d| merged += d.queue().take_all().len());
                    }
                    while merged == 0 {
                        if poll(t) & bits::MERGE != 0 {
                            t.take_pending(bits::MERGE);
                            t.runtime()
                                .merge_idle(t, |d| merged += d.queue().take_all().len());
                        }
                        thread::yield_now();
                    }
                    t.end();
                });
                join(vec![owner_thread, other]);
            });
        }
    }
}

/// A push that meets a borrow is not left behind by the borrower.
#[test]
fn merge_work_that_meets_a_borrow_is_done() {
    for mode in [LockMode::NoLock, LockMode::InterpreterLock] {
        explore(move || {
            let (rt, interp) = runtime(mode, GilPolicy::Interval);
            let second = rt.new_interpreter().unwrap();
            let owner = rt.start_thread(&interp).unwrap();
            let id = owner.domain().id();
            let merged = Arc::new(AtomicUsize::new(0));
            let pushers = (0..2)
                .map(|i| {
                    let merged = merged.clone();
                    spawn(&rt, &second, move |t| {
                        let merge = |d: &Domain| {
                            merged.fetch_add(d.queue().take_all().len(), Ordering::SeqCst);
                        };
                        if t.runtime().push_merge(id, i) == MergePush::OwnerIdle {
                            t.runtime().borrow_domain(t, id, merge);
                        }
                        while merged.load(Ordering::SeqCst) < 2 {
                            if poll(t) & bits::MERGE != 0 {
                                t.take_pending(bits::MERGE);
                                t.runtime().merge_idle(t, merge);
                            }
                            detached(t, thread::yield_now);
                        }
                    })
                })
                .collect();
            join(pushers);
        });
    }
}

/// In a stopped world nobody is attached; two stoppers do not wait for each other; everybody goes on afterwards.
#[test]
fn stopped_world_is_still() {
    for mode in [
        LockMode::NoLock,
        LockMode::InterpreterLock,
        LockMode::ProcessLock,
    ] {
        explore(move || {
            let (rt, interp) = runtime(mode, GilPolicy::Interval);
            let second = rt.new_interpreter().unwrap();
            let running = Arc::new(AtomicU32::new(0));
            let mut threads = Vec::new();
            for n in 0..2 {
                let running = running.clone();
                threads.push(spawn(
                    &rt,
                    if n == 0 { &interp } else { &second },
                    move |t| {
                        for _ in 0..3 {
                            running.fetch_add(1, Ordering::SeqCst);
                            thread::yield_now();
                            running.fetch_sub(1, Ordering::SeqCst);
                            poll(t);
                            detached(t, thread::yield_now);
                        }
                    },
                ));
            }
            for n in 0..2 {
                let running = running.clone();
                threads.push(spawn(
                    &rt,
                    if n == 0 { &interp } else { &second },
                    move |t| {
                        for _ in 0..2 {
                            stop_world(t, || {
                                assert_eq!(
                                    running.load(Ordering::SeqCst),
                                    0,
                                    "a thread runs in a stopped world"
                                );
                                thread::yield_now();
                                assert_eq!(
                                    running.load(Ordering::SeqCst),
                                    0,
                                    "a thread began to run in a stopped world"
                                );
                            });
                            poll(t);
                        }
                    },
                ));
            }
            join(threads);
        });
    }
}

/// A thread that is started while the world stops does not run before it goes on.
#[test]
fn thread_start_respects_a_stopped_world() {
    explore(|| {
        let (rt, interp) = runtime(LockMode::NoLock, GilPolicy::Interval);
        let running = Arc::new(AtomicU32::new(0));
        let stopper = {
            let running = running.clone();
            spawn(&rt, &interp, move |t| {
                for _ in 0..2 {
                    stop_world(t, || {
                        thread::yield_now();
                        assert_eq!(running.load(Ordering::SeqCst), 0);
                    });
                }
            })
        };
        let mut threads = vec![stopper];
        for _ in 0..2 {
            let running = running.clone();
            threads.push(spawn(&rt, &interp, move |t| {
                running.fetch_add(1, Ordering::SeqCst);
                thread::yield_now();
                running.fetch_sub(1, Ordering::SeqCst);
                poll(t);
            }));
        }
        join(threads);
    });
}

/// A bit that was set is seen, once, and what was written before it is visible.
#[test]
fn safepoint_word_loses_no_request() {
    explore(|| {
        let (rt, interp) = runtime(LockMode::NoLock, GilPolicy::Interval);
        let t = rt.start_thread(&interp).unwrap();
        let mailbox = Arc::new(AtomicU32::new(0));
        let received = Arc::new(AtomicU32::new(0));
        let receiver = {
            let (t, mailbox, received) = (t.clone(), mailbox.clone(), received.clone());
            thread::spawn(move || {
                t.attach();
                while received.load(Ordering::Relaxed) < 3 {
                    if poll(&t) & bits::SIGNAL != 0 {
                        t.take_pending(bits::SIGNAL);
                        received.fetch_add(mailbox.swap(0, Ordering::SeqCst), Ordering::Relaxed);
                    }
                    thread::yield_now();
                }
                t.end();
            })
        };
        for _ in 0..3 {
            mailbox.fetch_add(1, Ordering::SeqCst);
            t.request(bits::SIGNAL);
        }
        receiver.join().unwrap();
    });
}

struct Cell {
    alive: AtomicBool,
    freed: AtomicUsize,
}

unsafe fn mark_freed(ptr: *mut u8, _size: usize) {
    // SAFETY: the tests retire pointers to cells that outlive the runtime.
    let cell = unsafe { &*ptr.cast::<Cell>() };
    cell.alive.store(false, Ordering::SeqCst);
    assert_eq!(cell.freed.fetch_add(1, Ordering::SeqCst), 0, "freed twice");
}

/// What a reader holds between two quiescent points is not freed; what is retired is freed in the end, once.
#[test]
fn qsbr_frees_after_the_readers_and_once() {
    explore(|| {
        let (rt, interp) = runtime(LockMode::NoLock, GilPolicy::Interval);
        let cells: Arc<Vec<Cell>> = Arc::new(
            (0..3)
                .map(|_| Cell {
                    alive: AtomicBool::new(true),
                    freed: AtomicUsize::new(0),
                })
                .collect(),
        );
        let shared = Arc::new(AtomicUsize::new(0));
        let mut threads = Vec::new();
        for _ in 0..2 {
            let (cells, shared) = (cells.clone(), shared.clone());
            threads.push(spawn(&rt, &interp, move |t| {
                for i in 0..3 {
                    let at = shared.load(Ordering::SeqCst);
                    thread::yield_now();
                    assert!(
                        cells[at].alive.load(Ordering::SeqCst),
                        "freed under a reader"
                    );
                    if i == 1 {
                        detached(t, thread::yield_now);
                    }
                    poll(t);
                }
            }));
        }
        threads.push({
            let (cells, shared) = (cells.clone(), shared.clone());
            spawn(&rt, &interp, move |t| {
                for next in 1..3 {
                    let old = shared.swap(next, Ordering::SeqCst);
                    let ptr = std::ptr::from_ref(&cells[old]).cast_mut().cast();
                    // SAFETY: unlinked by the swap; `mark_freed` may run on any thread, the cells outlive everything.
                    unsafe { retire(t, ptr, 1, mark_freed) };
                    t.request(bits::QUIESCENT);
                    poll(t);
                }
            })
        });
        join(threads);
        let last = rt.start_thread(&interp).unwrap();
        last.attach();
        last.request(bits::QUIESCENT);
        poll(&last);
        assert_eq!(rt.qsbr().waiting(&last), 0, "retired memory was forgotten");
        last.end();
        assert_eq!(
            cells
                .iter()
                .map(|c| c.freed.load(Ordering::SeqCst))
                .sum::<usize>(),
            2
        );
    });
}

/// Daemon threads are kept out after the end began, wherever they are, and the finalizing thread is not.
#[test]
fn finalizing_keeps_others_out() {
    for mode in [LockMode::ProcessLock, LockMode::NoLock] {
        explore(move || {
            let (rt, interp) = runtime(mode, GilPolicy::Interval);
            let main = rt.start_thread(&interp).unwrap();
            let over = Arc::new(AtomicBool::new(false));
            let daemons: Vec<_> = (0..2)
                .map(|_| {
                    let (t, over) = (rt.start_thread(&interp).unwrap(), over.clone());
                    thread::spawn(move || {
                        if t.try_attach().is_err() {
                            return;
                        }
                        loop {
                            assert!(
                                !over.load(Ordering::SeqCst),
                                "a daemon thread runs after the end"
                            );
                            if t.safepoint() && t.try_safepoint_slow().is_err() {
                                return;
                            }
                            t.detach();
                            thread::yield_now();
                            if t.try_attach().is_err() {
                                return;
                            }
                        }
                    })
                })
                .collect();
            main.attach();
            interp.begin_finalizing(&main);
            stop_world(&main, || over.store(true, Ordering::SeqCst));
            main.detach();
            join(daemons);
            main.attach();
            main.end();
        });
    }
}

/// One-byte locks that share a parking word: exclusion, and nobody sleeps for ever.
#[test]
fn object_lock_excludes_and_loses_no_wakeup() {
    explore(|| {
        let locks = Arc::new([ObjectLock::new(), ObjectLock::new()]);
        let inside = Arc::new([AtomicU32::new(0), AtomicU32::new(0)]);
        join(
            (0..3)
                .map(|n| {
                    let (locks, inside) = (locks.clone(), inside.clone());
                    thread::spawn(move || {
                        for i in 0..2 {
                            let at = (n + i) % 2;
                            locks[at].with(|| alone(&inside[at]));
                        }
                    })
                })
                .collect(),
        );
    });
}

#[test]
fn event_and_parker_lose_no_wakeup() {
    explore(|| {
        let event = Arc::new(Event::new());
        let parker = Arc::new(Parker::new());
        let value = Arc::new(AtomicU32::new(0));
        let mut threads = Vec::new();
        for _ in 0..2 {
            let (event, value) = (event.clone(), value.clone());
            threads.push(thread::spawn(move || {
                event.wait();
                assert_eq!(value.load(Ordering::Relaxed), 7);
            }));
        }
        threads.push({
            let parker = parker.clone();
            thread::spawn(move || {
                parker.park();
            })
        });
        value.store(7, Ordering::Relaxed);
        event.set();
        parker.unpark();
        join(threads);
    });
}
