//! A growing set of (class serial, version) pairs that is read without a lock.
//!
//! Levels of atomic words, each eight times as large as the one before; a key may stand in a few
//! places of each level. Words are only ever added or overwritten in place, levels never move, so a
//! reader needs nothing but loads. When every place is taken the pair is not remembered: the cache
//! may forget, but never lie.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::*};

/// Levels: 16, 128, ... words; the last has half a million.
const LEVELS: usize = 6;
/// Places that a key may stand at in one level.
const PROBES: usize = 8;
/// Low bits of a word that hold the version.
const VERSION_BITS: u32 = 28;

/// The set.
#[derive(Default)]
pub struct Cache {
    levels: [OnceLock<Box<[AtomicU64]>>; LEVELS],
}

fn word(serial: u64, version: u64) -> u64 {
    serial << VERSION_BITS | version & ((1 << VERSION_BITS) - 1)
}

fn places(len: usize, serial: u64) -> impl Iterator<Item = usize> {
    let start = serial.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    (0..PROBES as u64).map(move |i| (start + i) as usize & (len - 1))
}

impl Cache {
    /// Whether the pair was put in.
    pub fn contains(&self, serial: u64, version: u64) -> bool {
        let wanted = word(serial, version);
        for level in &self.levels {
            let Some(words) = level.get() else { return false };
            for at in places(words.len(), serial) {
                match words[at].load(Acquire) {
                    0 => return false,
                    w if w == wanted => return true,
                    _ => {}
                }
            }
        }
        false
    }

    /// Puts the pair in; an older version of the same serial is replaced.
    pub fn insert(&self, serial: u64, version: u64) {
        if serial >> (64 - VERSION_BITS) != 0 {
            return;
        }
        let new = word(serial, version);
        for (i, level) in self.levels.iter().enumerate() {
            let words = level.get_or_init(|| (0..16usize << (3 * i)).map(|_| AtomicU64::new(0)).collect());
            for at in places(words.len(), serial) {
                let now = words[at].load(Acquire);
                let free = now >> VERSION_BITS == 0 || now >> VERSION_BITS == serial;
                if free && words[at].compare_exchange(now, new, AcqRel, Acquire).is_ok() {
                    return;
                }
            }
        }
    }

    /// Takes everything out.
    pub fn clear(&self) {
        // A zero ends a search, so words become a pair that nobody asks for instead.
        for words in self.levels.iter().filter_map(OnceLock::get) {
            words.iter().filter(|w| w.load(Relaxed) != 0).for_each(|w| w.store(1, Release));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Cache;

    #[test]
    fn remembers_pairs() {
        let c = Cache::default();
        for i in 1..2000 {
            c.insert(i, 3);
        }
        assert!((1..2000).all(|i| c.contains(i, 3)));
        assert!(!(1..2000).any(|i| c.contains(i, 4)));
        assert!(!c.contains(2000, 3));
        c.insert(7, 4);
        assert!(c.contains(7, 4) && !c.contains(7, 3));
        c.clear();
        assert!(!(1..2000).any(|i| c.contains(i, 3)));
    }
}
