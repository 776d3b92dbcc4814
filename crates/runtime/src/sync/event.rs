//! A one-shot event: not set, then set for ever. Waiting after it was set costs one load.

use super::atomic::Ordering;
use super::{Deadline, Futex};
use std::time::Duration;

const UNSET: u32 = 0;
const WAITED_FOR: u32 = 1;
const SET: u32 = 2;

/// Set once; everything before [`Event::set`] is visible to whoever saw it set.
#[derive(Debug)]
pub struct Event {
    state: Futex,
}

impl Event {
    /// An event that is not set.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            state: Futex::new(UNSET),
        }
    }

    /// Whether the event is set.
    #[inline]
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.state.load(Ordering::Acquire) == SET
    }

    /// Sets the event and wakes all waiters. Setting it again does nothing.
    pub fn set(&self) {
        if self.state.swap(SET, Ordering::AcqRel) == WAITED_FOR {
            self.state.wake_all();
        }
    }

    /// Sleeps until the event is set. Call it detached: it may sleep for ever.
    pub fn wait(&self) {
        while !self.prepare() {
            self.state.wait(WAITED_FOR, None);
        }
    }

    /// Sleeps until the event is set or `timeout` has passed; returns whether it is set.
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        let deadline = Deadline::after(timeout);
        while !self.prepare() {
            let Some(left) = deadline.remaining() else {
                return self.is_set();
            };
            self.state.wait(WAITED_FOR, Some(left));
        }
        true
    }

    /// Announces a waiter; true when the event is set already.
    fn prepare(&self) -> bool {
        match self
            .state
            .compare_exchange(UNSET, WAITED_FOR, Ordering::AcqRel, Ordering::Acquire)
        {
            Ok(_) => false,
            Err(seen) => seen == SET,
        }
    }
}

impl Default for Event {
    fn default() -> Self {
        Self::new()
    }
}
