//! All code objects of a runtime, whose inline caches have to be dropped when a class changes in a way that maps do not show.
//!
//! A code object puts itself in when it is made and takes itself out when it dies, wherever that is: it carries the list and its own
//! place in it. The lock is held while caches are dropped, so none dies meanwhile.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};

use orochi_objects::Attached;

use crate::code::PyCode;

/// Addresses of the code objects of a runtime.
#[derive(Default)]
pub struct CodeList(Mutex<Vec<usize>>);

/// What a code object keeps of its list.
pub struct Place {
    list: Arc<CodeList>,
    /// Index in the list. Guarded by: the list's lock.
    index: AtomicUsize,
}

impl Place {
    /// For a code object that is being made.
    pub fn new(t: Attached<'_>) -> Place {
        Place { list: t.runtime().state::<CodeList>(), index: AtomicUsize::new(usize::MAX) }
    }
}

impl CodeList {
    fn lock(&self) -> MutexGuard<'_, Vec<usize>> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }
}

/// Puts a code object into its list.
pub fn register(code: &PyCode) {
    let mut all = code.place.list.lock();
    code.place.index.store(all.len(), Relaxed);
    all.push(std::ptr::from_ref(code) as usize);
}

/// Takes a code object that dies out of its list.
pub fn unregister(code: &PyCode) {
    let mut all = code.place.list.lock();
    let i = code.place.index.load(Relaxed);
    if i >= all.len() {
        return;
    }
    all.swap_remove(i);
    if let Some(&moved) = all.get(i) {
        // SAFETY: code objects take themselves out, under this lock, before they die.
        unsafe { &*(moved as *const PyCode) }.place.index.store(i, Relaxed);
    }
}

/// Drops all inline caches: `Upward::flush_caches`.
pub fn flush_caches(t: Attached<'_>) {
    let list = t.runtime().state::<CodeList>();
    for &code in list.lock().iter() {
        // SAFETY: code objects take themselves out, under this lock, before they die.
        unsafe { &*(code as *const PyCode) }.flush_caches();
    }
}
