//! Settings of the command line that native modules of several crates read; one of each an interpreter, found by
//! `t.interpreter().state::<CpuCount>()`.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// How many processors `os.cpu_count()` is to tell of; 0: as many as there are.
#[derive(Default)]
pub struct CpuCount(AtomicU32);

impl CpuCount {
    /// The number that was given, if one was.
    pub fn given(&self) -> Option<u32> {
        Some(self.0.load(Relaxed)).filter(|&n| n > 0)
    }
    /// Sets it.
    pub fn set(&self, n: u32) {
        self.0.store(n, Relaxed);
    }
}
