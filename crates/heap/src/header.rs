//! The 16-byte object header: a split count word and a map pointer.
//!
//! ```text
//!            63                      37 36   32 31        20 19             0
//! count word |   shared count (27, signed) | flags |  domain (12) |  local count (20) |
//!            `------ shared half, atomic ---------'`------ local half, owner only ----'
//! map word   | pointer to the Map (hidden class)                                     |
//! ```
//!
//! The *local half* is written only by threads attached to `domain`, with plain loads and stores;
//! the *shared half* is atomic. The true count is their sum. Domain 0 means "no owner": then the
//! local count is 0 and the shared half alone counts (`MERGED` is set). Domain 4095 means immortal.
//!
//! Source of the split: Choi, Shull, Torrellas, "Biased Reference Counting", PACT 2018.

use std::sync::atomic::AtomicPtr;

use crate::atomic::AtomicU32;
use crate::kind::MapHead;

/// Bits of the local half that count.
pub const LOCAL_BITS: u32 = 20;
/// Mask of the local count.
pub const LOCAL_MASK: u32 = (1 << LOCAL_BITS) - 1;
/// The domain id of objects that live for ever and are never counted.
pub const IMMORTAL: u32 = 4095;

/// The owner gave the object up: the shared half alone counts, and whoever brings it to 0 frees.
pub const MERGED: u32 = 1 << 0;
/// The object stands in its owner's merge queue.
pub const QUEUED: u32 = 1 << 1;
/// Weak references to the object exist (in the side table of `weak.rs`).
pub const WEAK: u32 = 1 << 2;
/// Registers hold the object uncounted; only the collector frees it. Implies `MERGED`.
pub const DEFERRED: u32 = 1 << 3;
/// The finaliser has run (it runs once, PEP 442).
pub const FINALIZED: u32 = 1 << 4;
/// One reference in the shared half.
pub const SHARED_ONE: u32 = 1 << 5;
/// All flag bits of the shared half.
pub const FLAGS: u32 = SHARED_ONE - 1;

/// What every heap object begins with.
#[repr(C)]
pub struct Header {
    /// `domain << 20 | local count`. Guarded by: the owner. Ordering: relaxed.
    pub(crate) local: AtomicU32,
    /// `count << 5 | flags`. Guarded by: atomic operations. Ordering: see `count.rs`.
    pub(crate) shared: AtomicU32,
    /// The hidden class; for a free cell the link of the free list. Guarded by: the object's lock
    /// when it changes. Ordering: acquire/release.
    pub(crate) map: AtomicPtr<MapHead>,
}

#[cfg(not(feature = "model"))]
const _: () = assert!(size_of::<Header>() == 16, "the object header is 16 bytes");
const _: () = assert!(align_of::<Header>() == 8);

impl Header {
    /// Signed shared count of a shared half.
    #[inline]
    pub const fn shared_count(word: u32) -> i32 {
        (word as i32) >> 5
    }
}
