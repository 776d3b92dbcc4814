//! Futex from a mutex and a condition variable, for systems without one and for the model checker.
//!
//! A queue of tickets gives the kernel's semantics exactly: a wake removes tickets, and a sleeper sleeps while its ticket is queued.
//! The word itself is changed outside the mutex, as with the kernel; the check under the mutex is what orders it against wakes.

use crate::sync::Wait;
use crate::sync::atomic::{AtomicU32, Ordering};
#[cfg(feature = "model")]
use shuttle::sync::{Condvar, Mutex, MutexGuard};
#[cfg(not(feature = "model"))]
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Duration;

struct Queue {
    next_ticket: u64,
    waiting: Vec<(u64, u32)>,
}

/// A word that threads can sleep on.
pub struct Futex {
    word: AtomicU32,
    queue: Mutex<Queue>,
    changed: Condvar,
}

impl Futex {
    /// A word with the value `value`.
    #[must_use]
    pub const fn new(value: u32) -> Self {
        Self {
            word: AtomicU32::new(value),
            queue: Mutex::new(Queue {
                next_ticket: 0,
                waiting: Vec::new(),
            }),
            changed: Condvar::new(),
        }
    }

    #[inline]
    pub(super) fn word(&self) -> &AtomicU32 {
        &self.word
    }

    /// As `wait`, for a sleeper of the classes in `mask` (not 0).
    pub fn wait_class(&self, expected: u32, timeout: Option<Duration>, mask: u32) -> Wait {
        let mut queue = self.lock();
        if self.word.load(Ordering::SeqCst) != expected {
            return Wait::Woken;
        }
        let ticket = queue.next_ticket;
        queue.next_ticket += 1;
        queue.waiting.push((ticket, mask));
        // In the model a timed wait either ends at once or never ends by itself: a protocol that leans on its timeouts to hide a lost
        // wake-up deadlocks there and is found.
        #[cfg(feature = "model")]
        let times_out = timeout.is_some() && {
            use shuttle::rand::Rng;
            shuttle::rand::thread_rng().gen_bool(0.5)
        };
        #[cfg(feature = "model")]
        if times_out {
            drop(queue);
            shuttle::thread::yield_now();
            queue = self.lock();
            return Self::withdraw(&mut queue, ticket);
        }
        #[cfg(not(feature = "model"))]
        if let Some(timeout) = timeout {
            let deadline = crate::sync::Deadline::after(timeout);
            while queue.waiting.iter().any(|&(t, _)| t == ticket) {
                let Some(left) = deadline.remaining() else {
                    return Self::withdraw(&mut queue, ticket);
                };
                queue = self
                    .changed
                    .wait_timeout(queue, left)
                    .unwrap_or_else(|e| e.into_inner())
                    .0;
            }
            return Wait::Woken;
        }
        while queue.waiting.iter().any(|&(t, _)| t == ticket) {
            queue = self.changed.wait(queue).unwrap_or_else(|e| e.into_inner());
        }
        Wait::Woken
    }

    /// Wakes at most `count` sleepers whose class is in `mask`; returns how many.
    pub fn wake_class(&self, count: u32, mask: u32) -> u32 {
        let mut queue = self.lock();
        let mut woken = 0;
        queue.waiting.retain(|&(_, class)| {
            let wake = woken < count && class & mask != 0;
            woken += u32::from(wake);
            !wake
        });
        drop(queue);
        if woken != 0 {
            self.changed.notify_all();
        }
        woken
    }

    fn withdraw(queue: &mut Queue, ticket: u64) -> Wait {
        match queue.waiting.iter().position(|&(t, _)| t == ticket) {
            Some(at) => {
                queue.waiting.remove(at);
                Wait::TimedOut
            }
            None => Wait::Woken,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(|e| e.into_inner())
    }
}
