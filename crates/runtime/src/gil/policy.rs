//! How patient a waiter is.
//!
//! The convoy: a thread that gives the lock up around a system call of a microsecond finds a computing thread in possession when it
//! comes back, and waits a whole interval for it: an echo takes 5 ms instead of 10 us. The thread has not had its share, it gave it
//! away. So under `Early` a thread whose last release was its own wish asks for the lock at once and is woken before the others.
//!
//! What keeps the computing threads alive is a budget per lock: the time that such threads hold it (plus a fixed charge per switch) is
//! taken from an account that fills with half of the time that passes, up to one default interval. When it is empty they wait as everybody does. A
//! thread that asked early and then computes is asked in turn after the interval, and has lost its preference by then.
//!
//! The clock is read only by threads that came in early, twice per visit; the other paths pay one relaxed load at release.

use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::monotonic_us;

/// The named policies, `-X gil-policy=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum GilPolicy {
    /// Every waiter waits the switch interval before it asks, as in CPython.
    Interval,
    /// A thread that gave the lock up by itself asks at once, within a budget.
    #[default]
    Early,
}

impl GilPolicy {
    /// The policy with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "interval" => Some(Self::Interval),
            "early" => Some(Self::Early),
            _ => None,
        }
    }

    /// The name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Interval => "interval",
            Self::Early => "early",
        }
    }
}

/// Largest credit, microseconds.
const CAP_US: u64 = 5_000;
/// What a switch costs the thread that was interrupted, charged on top of the time held, microseconds.
const SWITCH_US: u64 = 10;

/// The account of early visits to one lock, in microseconds.
///
/// Kept as the moment at which the account was last empty: credit = (now - empty_since) / 2, at most the cap. Spending moves the moment
/// forward, so filling up needs no writer.
#[derive(Debug)]
pub(super) struct Budget {
    /// Guarded by: the lock (written only by its holder). Ordering: relaxed, an old value is as good.
    empty_since: AtomicU64,
    /// When the present early visit began; 0 = the holder did not come early. Guarded by: the lock.
    visit: AtomicU64,
}

impl Budget {
    pub(super) const fn new() -> Self {
        Self {
            empty_since: AtomicU64::new(0),
            visit: AtomicU64::new(0),
        }
    }

    /// Whether an early visit may begin.
    pub(super) fn has_credit(&self) -> bool {
        cfg!(feature = "model") || monotonic_us() > self.empty_since.load(Ordering::Relaxed)
    }

    /// The holder came early.
    pub(super) fn begin(&self) {
        self.visit.store(monotonic_us().max(1), Ordering::Relaxed);
    }

    /// The holder leaves.
    #[inline]
    pub(super) fn end(&self) {
        let visit = self.visit.load(Ordering::Relaxed);
        if visit != 0 {
            self.settle(visit);
        }
    }

    #[cold]
    fn settle(&self, visit: u64) {
        let now = monotonic_us();
        let cost = now.saturating_sub(visit) + SWITCH_US;
        let oldest = now.saturating_sub(2 * CAP_US);
        let since = self.empty_since.load(Ordering::Relaxed).max(oldest);
        self.empty_since.store(since + 2 * cost, Ordering::Relaxed);
        self.visit.store(0, Ordering::Relaxed);
    }
}
