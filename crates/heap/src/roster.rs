//! A roster: objects that can be listed while they live, without being kept alive by that.
//!
//! For types whose instances must all be found (the tasks of an event loop). Cheaper than a weak reference each: an
//! object has a [`Place`] in its body, which names its entry; when the body is dropped the place takes the entry out,
//! so the address in an entry is that of an object whose body is still there. Whether the object is dead already its
//! count says, as for weak references.

use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use crate::atomic::{AtomicU32, Mutex, MutexGuard};
use crate::count;
use crate::header::Header;
use crate::value::Value;

const STRIPES: usize = 16;

/// Objects that can be listed. Entries are spread over stripes, so that threads which make objects do not meet.
#[derive(Default)]
pub struct Roster {
    stripes: [Mutex<Entries>; STRIPES],
}

#[derive(Default)]
struct Entries {
    /// Addresses of headers; 0: free.
    addresses: Vec<usize>,
    free: Vec<u32>,
}

/// An object's place in a roster: part of the object's body.
#[derive(Default)]
pub struct Place {
    roster: Option<Arc<Roster>>,
    /// Number of the entry and one; 0: not entered. Guarded by: the stripe's lock for writes.
    at: AtomicU32,
}

impl Place {
    /// A place in `roster`, not entered yet.
    pub fn in_roster(roster: Arc<Roster>) -> Place {
        Place { roster: Some(roster), at: AtomicU32::new(0) }
    }
    fn stripe<'a>(&self, roster: &'a Roster) -> MutexGuard<'a, Entries> {
        let address = std::ptr::from_ref(self) as usize;
        roster.stripes[(address >> 6) % STRIPES].lock().unwrap_or_else(|e| e.into_inner())
    }
    /// Enters `object`, whose body this place must be a part of (else nothing happens).
    pub fn enter(&self, object: &Value) {
        let (Some(roster), Some(h)) = (&self.roster, object.header()) else { return };
        let start = h.body_ptr() as usize;
        let here = std::ptr::from_ref(self) as usize;
        if here < start || here + size_of::<Place>() > start + h.body_size() {
            return;
        }
        let mut entries = self.stripe(roster);
        if self.at.load(Relaxed) != 0 {
            return;
        }
        let address = std::ptr::from_ref(h) as usize;
        let at = match entries.free.pop() {
            Some(at) => {
                entries.addresses[at as usize] = address;
                at
            }
            None => {
                entries.addresses.push(address);
                (entries.addresses.len() - 1) as u32
            }
        };
        self.at.store(at + 1, Release);
    }
    /// Takes the object out.
    pub fn leave(&self) {
        if self.at.load(Acquire) == 0 {
            return;
        }
        let Some(roster) = &self.roster else { return };
        let mut entries = self.stripe(roster);
        let at = self.at.load(Relaxed);
        if at != 0 {
            self.at.store(0, Relaxed);
            entries.addresses[at as usize - 1] = 0;
            entries.free.push(at - 1);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.leave();
    }
}

impl Roster {
    /// The objects entered that live, in no order.
    pub fn living(&self) -> Vec<Value> {
        let mut found = Vec::new();
        for stripe in &self.stripes {
            let entries = stripe.lock().unwrap_or_else(|e| e.into_inner());
            for &address in entries.addresses.iter().filter(|&&a| a != 0) {
                // SAFETY: a place leaves, under this lock, before the body of its object is dropped: the header is there.
                let h = unsafe { &*(address as *const Header) };
                if count::try_retain::<false>(h) != count::Taken::Dead {
                    // SAFETY: a count was taken, or the object needs none.
                    found.push(unsafe { Value::from_bits(address as u64) });
                }
            }
        }
        found
    }
}
