//! The list of threads of a runtime, by slot. Slots are small numbers from 1, reused; a thread's slot is what a lock's word holds.
//!
//! The registry keeps an entry alive until its thread has ended, which is what allows others to set bits in its pending word.

use crate::sync::{Locked, LockedGuard};
use crate::thread::ThreadBase;
use std::sync::Arc;

/// Guarded by: the runtime's registry lock. Held for short stretches, by attached and by detached threads, never across a pause.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    pub(crate) entries: Vec<Option<Arc<ThreadBase>>>,
    pub(crate) free: Vec<u32>,
}

impl Slots {
    /// A slot that is not in use; the caller fills it before it gives the lock back.
    pub(crate) fn take_slot(&mut self) -> u32 {
        if let Some(slot) = self.free.pop() {
            return slot;
        }
        if self.entries.is_empty() {
            self.entries.push(None);
        }
        self.entries.push(None);
        u32::try_from(self.entries.len() - 1).unwrap_or(u32::MAX)
    }

    pub(crate) fn fill(&mut self, thread: Arc<ThreadBase>) {
        let slot = thread.slot as usize;
        self.entries[slot] = Some(thread);
    }

    pub(crate) fn remove(&mut self, slot: u32) -> Option<Arc<ThreadBase>> {
        let entry = self.entries.get_mut(slot as usize)?.take();
        if entry.is_some() {
            self.free.push(slot);
        }
        entry
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<ThreadBase>> {
        self.entries.iter().flatten()
    }
}

/// The registry: slots behind a lock.
#[derive(Debug, Default)]
pub struct Registry {
    slots: Locked<Slots>,
}

impl Registry {
    pub(crate) fn lock(&self) -> LockedGuard<'_, Slots> {
        self.slots.lock()
    }

    /// Sets bits for the thread in `slot`; returns whether there is one.
    pub fn request(&self, slot: u32, bits: u32) -> bool {
        let slots = self.slots.lock();
        match slots.entries.get(slot as usize) {
            Some(Some(thread)) => {
                thread.request(bits);
                true
            }
            _ => false,
        }
    }

    /// All threads at this moment.
    #[must_use]
    pub fn threads(&self) -> Vec<Arc<ThreadBase>> {
        self.slots.lock().iter().cloned().collect()
    }

    /// The thread with this `threading.get_ident()` in the interpreter with this id.
    #[must_use]
    pub fn find_by_ident(&self, interpreter: u64, ident: u64) -> Option<Arc<ThreadBase>> {
        self.slots
            .lock()
            .iter()
            .find(|t| t.ident() == ident && t.interpreter().id() == interpreter)
            .cloned()
    }

    /// How many threads there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.lock().iter().count()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
