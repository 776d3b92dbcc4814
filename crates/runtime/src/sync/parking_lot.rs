//! Where the sleepers of one-byte locks sleep: a small table of futex words, chosen by the lock's address.
//!
//! A byte is too small for the kernel to sleep on, so a lock that is contended borrows a word. The word is a ticket counter: a waker
//! advances it and wakes everybody on it; a sleeper sleeps only if it has not moved since before the sleeper last looked at its lock.
//! Two locks that share a word wake each other's sleepers for nothing, never forget one.
//!
//! This table is the one process-wide static of the crate besides the thread-locals: it holds no state that anybody owns (after a
//! fork, or with many runtimes, any value of the counters is right), and it lets locks be constants.

use super::Futex;
use super::atomic::Ordering;

const STRIPES: usize = 64;

/// One word to a cache line, so that unrelated locks do not slow each other down.
#[repr(align(64))]
struct Stripe {
    ticket: Futex,
}

impl Stripe {
    const fn new() -> Self {
        Self {
            ticket: Futex::new(0),
        }
    }
}

#[cfg(not(feature = "model"))]
static LOT: [Stripe; STRIPES] = [const { Stripe::new() }; STRIPES];

#[cfg(feature = "model")]
shuttle::lazy_static! {
    static ref LOT: Vec<Stripe> = (0..STRIPES).map(|_| Stripe::new()).collect();
}

fn stripe(address: usize) -> &'static Stripe {
    // Objects are 16-byte aligned, so the low bits say little; Fibonacci hashing spreads the rest.
    let hash = (address as u64 >> 3).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    &LOT[(hash >> 58) as usize % STRIPES]
}

/// Sleeps on behalf of the lock at `address` if `still_blocked` holds after the ticket was read. May return for no reason.
pub(super) fn park(address: usize, still_blocked: impl FnOnce() -> bool) {
    let stripe = stripe(address);
    let ticket = stripe.ticket.load(Ordering::SeqCst);
    if still_blocked() {
        stripe.ticket.wait(ticket, None);
    }
}

/// Wakes everybody who sleeps for the lock at `address`. The lock must have been changed before.
pub(super) fn unpark(address: usize) {
    let stripe = stripe(address);
    stripe.ticket.fetch_add(1, Ordering::SeqCst);
    stripe.ticket.wake_all();
}
