//! A parker: one sleeper, any number of wakers, one token that does not add up.

use super::Futex;
use super::atomic::Ordering;
use std::time::Duration;

const EMPTY: u32 = 0;
const TOKEN: u32 = 1;
const PARKED: u32 = 2;

/// Sleep until somebody calls [`Parker::unpark`]; an unpark before the park is not lost.
#[derive(Debug)]
pub struct Parker {
    state: Futex,
}

impl Parker {
    /// A parker without a token.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            state: Futex::new(EMPTY),
        }
    }

    /// Sleeps until a token is there and takes it. One thread at a time.
    pub fn park(&self) {
        self.park_inner(None);
    }

    /// As [`park`](Self::park), at most for `timeout`; returns whether a token was taken.
    pub fn park_timeout(&self, timeout: Duration) -> bool {
        self.park_inner(Some(timeout))
    }

    /// Leaves a token and wakes the sleeper.
    pub fn unpark(&self) {
        if self.state.swap(TOKEN, Ordering::AcqRel) == PARKED {
            self.state.wake_one();
        }
    }

    fn park_inner(&self, timeout: Option<Duration>) -> bool {
        let deadline = timeout.map(super::Deadline::after);
        loop {
            match self
                .state
                .compare_exchange(TOKEN, EMPTY, Ordering::Acquire, Ordering::Relaxed)
            {
                Ok(_) => return true,
                Err(EMPTY) => {
                    if self
                        .state
                        .compare_exchange(EMPTY, PARKED, Ordering::AcqRel, Ordering::Relaxed)
                        .is_err()
                    {
                        continue;
                    }
                }
                Err(_) => {}
            }
            let left = match deadline.map(|d| d.remaining()) {
                None => None,
                Some(Some(left)) => Some(left),
                // Late: take the token if it came at the last moment, leave nothing behind.
                Some(None) => return self.state.swap(EMPTY, Ordering::Acquire) == TOKEN,
            };
            self.state.wait(PARKED, left);
        }
    }
}

impl Default for Parker {
    fn default() -> Self {
        Self::new()
    }
}
