//! Measures what the lock costs: `cargo run --release -p orochi-runtime --example lock_cost`.
//!
//! Rows: attach + detach without contention, a safepoint poll, a forced hand-over between two computing threads, an echo-like thread
//! beside a computing one (how long it waits for the lock, and what the computing thread keeps), a world stop, retiring.
#[cfg(feature = "model")]
fn main() {}

#[cfg(not(feature = "model"))]
use orochi_runtime::sync::atomic::{AtomicBool, AtomicU64, Ordering};
#[cfg(not(feature = "model"))]
use orochi_runtime::*;
#[cfg(not(feature = "model"))]
use std::hint::black_box;
#[cfg(not(feature = "model"))]
use std::sync::Arc;
#[cfg(not(feature = "model"))]
use std::time::{Duration, Instant};

#[cfg(not(feature = "model"))]
fn runtime(
    mode: LockMode,
    policy: GilPolicy,
    interval: Duration,
) -> (Arc<RuntimeBase>, Arc<InterpreterBase>) {
    let rt = RuntimeBase::new(RuntimeConfig {
        mode,
        switch_interval: interval,
        gil_policy: policy,
    });
    let interp = rt.new_interpreter().expect("the first domain");
    (rt, interp)
}

#[cfg(not(feature = "model"))]
fn computing(t: &ThreadBase, done: &AtomicBool, steps: &AtomicU64) {
    let mut n = 0u64;
    while !done.load(Ordering::Relaxed) {
        n = black_box(n + 1);
        if t.safepoint() {
            t.safepoint_slow();
        }
    }
    steps.fetch_add(n, Ordering::Relaxed);
}

/// Pins the calling thread to processor `n`: two computing threads on one processor wait for the scheduler's slice, not for the lock.
#[cfg(not(feature = "model"))]
fn pin(n: usize) {
    #[cfg(target_os = "linux")]
    // SAFETY: the set is a plain bit mask on this stack frame, valid for the calls.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(n, &mut set);
        libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const set);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = n;
}

#[cfg(not(feature = "model"))]
fn main() {
    const N: u32 = 5_000_000;
    let five = Duration::from_millis(5);
    for mode in [LockMode::ProcessLock, LockMode::NoLock] {
        let (rt, interp) = runtime(mode, GilPolicy::Early, five);
        let t = rt.start_thread(&interp).expect("a thread");
        t.attach();
        let start = Instant::now();
        for _ in 0..N {
            detached(&t, || black_box(()));
        }
        println!(
            "{:12} detach + attach       {:7.1} ns",
            mode.name(),
            start.elapsed().as_nanos() as f64 / f64::from(N)
        );
        let start = Instant::now();
        for _ in 0..N {
            if black_box(&t).safepoint() {
                t.safepoint_slow();
            }
        }
        println!(
            "{:12} safepoint             {:7.2} ns",
            mode.name(),
            start.elapsed().as_nanos() as f64 / f64::from(N)
        );
        let start = Instant::now();
        let mut sum = 0u32;
        for _ in 0..N {
            sum = black_box(sum.wrapping_add(current_domain()));
        }
        println!(
            "{:12} current_domain        {:7.2} ns",
            mode.name(),
            start.elapsed().as_nanos() as f64 / f64::from(N)
        );
        t.end();
    }

    // Forced hand-over: two computing threads with the shortest interval; each switch is one request and one hand-over.
    let (rt, interp) = runtime(
        LockMode::ProcessLock,
        GilPolicy::Interval,
        Duration::from_micros(1),
    );
    let (done, steps) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
    );
    let workers: Vec<_> = (0..2)
        .map(|n| {
            let (t, done, steps) = (
                rt.start_thread(&interp).expect("a thread"),
                done.clone(),
                steps.clone(),
            );
            std::thread::spawn(move || {
                pin(n);
                t.attach();
                computing(&t, &done, &steps);
                t.end();
            })
        })
        .collect();
    std::thread::sleep(Duration::from_millis(100));
    let gil = interp.domain().expect("a domain").gil().expect("a lock");
    let (start, before) = (Instant::now(), gil.switch_count());
    std::thread::sleep(Duration::from_millis(500));
    let switches = gil.switch_count().wrapping_sub(before);
    println!(
        "gil          forced switch         {:7.2} us",
        start.elapsed().as_micros() as f64 / f64::from(switches.max(1))
    );
    done.store(true, Ordering::Relaxed);
    for w in workers {
        w.join().expect("a worker");
    }

    // Echo beside a computing thread: sleeps 1 ms detached, then measures how long the attach takes.
    let alone = {
        let (rt, interp) = runtime(LockMode::ProcessLock, GilPolicy::Early, five);
        echo(&rt, &interp, false).1
    };
    for policy in [GilPolicy::Interval, GilPolicy::Early] {
        let (rt, interp) = runtime(LockMode::ProcessLock, policy, five);
        let (mut waits, kept) = echo(&rt, &interp, true);
        waits.sort_unstable();
        println!(
            "gil {:8} wait of an I/O thread  p50 {:6.1} us, p99 {:6.1} us; the computing thread keeps {:.1} %",
            policy.name(),
            waits[waits.len() / 2] as f64 / 1e3,
            waits[waits.len() * 99 / 100] as f64 / 1e3,
            100.0 * kept / alone
        );
    }

    // World stop beside a thread that computes on another processor: from the call until the closure runs.
    let (rt, interp) = runtime(LockMode::NoLock, GilPolicy::Early, five);
    let (done, steps) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
    );
    let other = {
        let (t, done, steps) = (
            rt.start_thread(&interp).expect("a thread"),
            done.clone(),
            steps.clone(),
        );
        std::thread::spawn(move || {
            pin(1);
            t.attach();
            while !done.load(Ordering::Relaxed) {
                steps.fetch_add(1, Ordering::Relaxed);
                if t.safepoint() {
                    t.safepoint_slow();
                }
            }
            t.end();
        })
    };
    pin(0);
    let t = rt.start_thread(&interp).expect("a thread");
    t.attach();
    let mut stopping = Duration::ZERO;
    for _ in 0..2_000 {
        // Until the other thread runs again, so that each round stops a thread that computes.
        let before = steps.load(Ordering::Relaxed);
        while steps.load(Ordering::Relaxed) == before {
            std::hint::spin_loop();
        }
        let start = Instant::now();
        stop_world(&t, || stopping += start.elapsed());
    }
    println!(
        "nogil        world stop, 1 running {:7.2} us",
        stopping.as_nanos() as f64 / 2e6
    );
    unsafe fn free(ptr: *mut u8, _size: usize) {
        // SAFETY: only boxes of u64 are retired below.
        drop(unsafe { Box::from_raw(ptr.cast::<u64>()) });
    }
    let start = Instant::now();
    for i in 0..1_000_000u64 {
        let ptr = Box::into_raw(Box::new(i)).cast();
        // SAFETY: nobody else has seen the box.
        unsafe { retire(&t, ptr, 8, free) };
        if t.safepoint() {
            t.safepoint_slow();
        }
    }
    println!(
        "nogil        retire + free (8 B)   {:7.1} ns",
        start.elapsed().as_nanos() as f64 / 1e6
    );
    done.store(true, Ordering::Relaxed);
    t.end();
    other.join().expect("a worker");
}

/// Waits for the lock in nanoseconds of a thread that sleeps 1 ms at a time, and the steps of the computing thread per second.
#[cfg(not(feature = "model"))]
fn echo(rt: &Arc<RuntimeBase>, interp: &Arc<InterpreterBase>, with_io: bool) -> (Vec<u128>, f64) {
    let (done, steps) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
    );
    let start = Instant::now();
    let worker = {
        let (t, done, steps) = (
            rt.start_thread(interp).expect("a thread"),
            done.clone(),
            steps.clone(),
        );
        std::thread::spawn(move || {
            t.attach();
            computing(&t, &done, &steps);
            t.end();
        })
    };
    let mut waits = Vec::new();
    if with_io {
        let t = rt.start_thread(interp).expect("a thread");
        t.attach();
        for _ in 0..500 {
            t.detach();
            std::thread::sleep(Duration::from_millis(1));
            let asked = Instant::now();
            t.attach();
            waits.push(asked.elapsed().as_nanos());
        }
        t.end();
    } else {
        std::thread::sleep(Duration::from_millis(500));
    }
    done.store(true, Ordering::Relaxed);
    worker.join().expect("the worker");
    (
        waits,
        steps.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64(),
    )
}
