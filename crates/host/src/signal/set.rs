//! Sets of signals, and the mask of the calling thread.

use crate::errno::{Result, direct};

/// A set of signals; bit `n - 1` is signal `n`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignalSet(u64);

impl SignalSet {
    /// No signal.
    pub const EMPTY: SignalSet = SignalSet(0);
    /// Every signal, those of libc's own use included.
    pub const ALL: SignalSet = SignalSet(u64::MAX);

    /// The set with just `signal`; empty for a number out of range.
    pub fn of(signal: i32) -> SignalSet {
        SignalSet(super::bit(signal))
    }

    pub(super) fn from_bits(bits: u64) -> SignalSet {
        SignalSet(bits)
    }

    /// Adds `signal`; a number out of range is ignored.
    pub fn insert(&mut self, signal: i32) {
        self.0 |= super::bit(signal);
    }

    /// Whether `signal` is in the set.
    pub fn contains(self, signal: i32) -> bool {
        self.0 & super::bit(signal) != 0
    }

    /// Whether the set is empty.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The signals in rising order.
    pub fn iter(self) -> impl Iterator<Item = i32> {
        (1..super::LIMIT).filter(move |n| self.contains(*n))
    }

    pub(crate) fn to_c(self) -> libc::sigset_t {
        // SAFETY: the structure is plain integers, zero is the empty set.
        let mut set: libc::sigset_t = unsafe { std::mem::zeroed() };
        for signal in self.iter() {
            // SAFETY: the set is a local; libc refuses the numbers that it keeps for itself.
            unsafe { libc::sigaddset(&raw mut set, signal) };
        }
        set
    }

    pub(super) fn from_c(set: &libc::sigset_t) -> SignalSet {
        let mut result = SignalSet::EMPTY;
        for signal in 1..super::LIMIT {
            // SAFETY: the set is valid, the number in range.
            if unsafe { libc::sigismember(set, signal) } == 1 {
                result.insert(signal);
            }
        }
        result
    }
}

impl FromIterator<i32> for SignalSet {
    fn from_iter<I: IntoIterator<Item = i32>>(signals: I) -> SignalSet {
        let mut set = SignalSet::EMPTY;
        signals.into_iter().for_each(|n| set.insert(n));
        set
    }
}

/// Every signal that a program may use.
pub fn valid_signals() -> SignalSet {
    // SAFETY: the structure is plain integers.
    let mut set: libc::sigset_t = unsafe { std::mem::zeroed() };
    // SAFETY: the set is a local.
    unsafe { libc::sigfillset(&raw mut set) };
    SignalSet::from_c(&set)
}

/// Changes the mask of the calling thread (`SIG_BLOCK`, `SIG_UNBLOCK`, `SIG_SETMASK`); answers the old one.
pub fn pthread_sigmask(how: i32, set: SignalSet) -> Result<SignalSet> {
    let new = set.to_c();
    let mut old = SignalSet::EMPTY.to_c();
    // SAFETY: both sets are locals that outlive the call.
    direct(unsafe { libc::pthread_sigmask(how, &raw const new, &raw mut old) })?;
    Ok(SignalSet::from_c(&old))
}
