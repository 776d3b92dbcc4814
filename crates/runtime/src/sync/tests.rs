//! Tests of the primitives, with real threads.

use super::*;
use std::sync::Arc;
use std::time::Duration;

#[test]
fn locked_counts_exactly() {
    let total = Arc::new(Locked::new(0u64));
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let total = total.clone();
            std::thread::spawn(move || {
                for _ in 0..20_000 {
                    *total.lock() += 1;
                }
            })
        })
        .collect();
    for t in threads {
        t.join().unwrap();
    }
    assert_eq!(*total.lock(), 80_000);
    assert_eq!(guards_held(), 0);
}

#[test]
fn try_lock_says_no_while_held() {
    let lock = ObjectLock::new();
    lock.lock();
    assert!(!lock.try_lock());
    lock.unlock();
    assert!(lock.try_lock());
    lock.unlock();
}

#[test]
fn with_unlocks_on_panic() {
    let lock = ObjectLock::new();
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        lock.with(|| panic!("on purpose"))
    }));
    assert!(caught.is_err());
    assert!(!lock.is_locked_racy());
}

#[test]
fn guard_is_counted_in_debug_builds() {
    let data = Locked::new(1);
    let guard = data.lock();
    assert_eq!(guards_held(), u32::from(cfg!(debug_assertions)));
    drop(guard);
    assert_eq!(guards_held(), 0);
}

#[test]
fn event_wakes_all_waiters() {
    let event = Arc::new(Event::new());
    assert!(!event.wait_timeout(Duration::from_millis(1)));
    let threads: Vec<_> = (0..3)
        .map(|_| {
            let event = event.clone();
            std::thread::spawn(move || event.wait())
        })
        .collect();
    std::thread::sleep(Duration::from_millis(5));
    event.set();
    for t in threads {
        t.join().unwrap();
    }
    assert!(event.is_set());
    assert!(event.wait_timeout(Duration::ZERO));
}

#[test]
fn parker_keeps_one_token() {
    let parker = Parker::new();
    parker.unpark();
    parker.unpark();
    parker.park();
    assert!(!parker.park_timeout(Duration::from_millis(1)));
    parker.unpark();
    assert!(parker.park_timeout(Duration::from_secs(5)));
}

#[test]
fn parker_hands_over() {
    let parker = Arc::new(Parker::new());
    let other = parker.clone();
    let sleeper = std::thread::spawn(move || other.park());
    parker.unpark();
    sleeper.join().unwrap();
}

#[test]
fn futex_does_not_sleep_on_another_value() {
    let futex = Futex::new(1);
    assert_eq!(futex.wait(0, None), Wait::Woken);
    assert_eq!(
        futex.wait(1, Some(Duration::from_millis(1))),
        Wait::TimedOut
    );
    assert!(!futex.wake_one());
}
