//! `Slot`: a place in the heap that owns one reference and that any thread may read at any time.
//!
//! Reading takes a new reference. Without the lock this is a race with a writer who swaps the old
//! reference out and releases it. It is safe because (1) headers stay readable: cells are never
//! given to another size class while readers may be around, so a count word is always a count
//! word; (2) an object of the reader's own domain cannot die meanwhile, since only that domain
//! merges it; (3) for another domain's object the reader takes a count only if the object is not
//! dead, and looks at the slot again afterwards.

use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

use crate::atomic::AtomicU64;
use crate::count;
use crate::domain::single_domain;
use crate::header::Header;
use crate::value::{self, Value};

/// One shared place for a counted reference.
#[repr(transparent)]
pub struct Slot(AtomicU64);

impl Slot {
    /// A slot that owns `value`.
    #[inline]
    pub fn new(value: Value) -> Slot {
        Slot(AtomicU64::new(value.counted().into_bits()))
    }
    /// A slot without a value.
    #[inline]
    pub const fn unbound() -> Slot {
        Slot(AtomicU64::new(value::UNBOUND))
    }
    /// The word as it is now; a pointer in it may be stale at once.
    #[inline(always)]
    pub fn bits_racy(&self) -> u64 {
        self.0.load(Acquire)
    }
    /// Whether the slot has no value now.
    #[inline(always)]
    pub fn is_unbound(&self) -> bool {
        self.bits_racy() == value::UNBOUND
    }
    /// A new counted reference to the slot's value.
    #[inline(always)]
    pub fn load(&self) -> Value {
        // SAFETY: `load_word::<false>` gives a counted word.
        unsafe { Value::from_bits(self.load_word::<false>()) }
    }
    /// The slot's value for a register: deferred objects come uncounted (`100`), so that reading
    /// what every thread reads writes nothing.
    #[inline(always)]
    pub fn load_register(&self) -> Value {
        // SAFETY: the word is counted, or deferred, which a register may hold.
        unsafe { Value::from_bits(self.load_word::<true>()) }
    }
    #[inline(always)]
    fn load_word<const REGISTER: bool>(&self) -> u64 {
        let bits = self.0.load(Acquire);
        if bits & 0b11 != 0 {
            return bits;
        }
        // SAFETY: rule (1): the header is readable even if the object just died.
        let header = unsafe { &*(bits as *const Header) };
        if count::retain_own(header) {
            return bits;
        }
        // What is deferred and still there is alive: only the collector frees it.
        if REGISTER && count::is_deferred(header) && self.0.load(Acquire) == bits {
            return bits | value::TAG_DEFERRED;
        }
        self.load_slow::<REGISTER>(bits)
    }
    #[cold]
    #[inline(never)]
    fn load_slow<const REGISTER: bool>(&self, bits: u64) -> u64 {
        // SAFETY: rule (1); with one domain the object lives.
        if !REGISTER && single_domain() && count::retain_deferred_alone(unsafe { &*(bits as *const Header) }) {
            return bits;
        }
        self.load_shared::<REGISTER>(bits)
    }
    #[inline(never)]
    fn load_shared<const REGISTER: bool>(&self, mut bits: u64) -> u64 {
        loop {
            if bits & 0b11 != 0 {
                return bits;
            }
            // SAFETY: rule (1).
            let header = unsafe { &*(bits as *const Header) };
            // What needs no count (interned strs; for registers, functions and types) is most of what comes here.
            if count::is_immortal(header) || REGISTER && count::is_deferred(header) {
                let now = self.0.load(Acquire);
                if now == bits {
                    return if REGISTER { bits | value::TAG_DEFERRED } else { bits };
                }
                bits = now;
                continue;
            }
            match count::try_retain::<REGISTER>(header) {
                count::Taken::Counted => {
                    if single_domain() || self.0.load(Acquire) == bits {
                        return bits;
                    }
                    // SAFETY: `try_retain` gave us the count that this gives back.
                    unsafe { count::release(header.into()) };
                }
                count::Taken::Uncounted => {
                    if single_domain() || self.0.load(Acquire) == bits {
                        return if REGISTER { bits | value::TAG_DEFERRED } else { bits };
                    }
                }
                count::Taken::Dead => crate::atomic::spin_hint(),
            }
            bits = self.0.load(Acquire);
        }
    }
    /// Puts `value` in and gives what was there.
    #[inline(always)]
    pub fn swap(&self, value: Value) -> Value {
        let new = value.counted().into_bits();
        let old = if single_domain() {
            // With one domain nobody else runs: an atomic exchange would buy nothing.
            let old = self.0.load(Relaxed);
            self.0.store(new, Relaxed);
            old
        } else {
            self.0.swap(new, AcqRel)
        };
        // SAFETY: the slot owned that word and no longer does.
        unsafe { Value::from_bits(old) }
    }
    /// As [`Slot::swap`], where a lock keeps other writers away: readers need no atomic exchange.
    #[inline(always)]
    pub fn swap_locked(&self, value: Value) -> Value {
        let new = value.counted().into_bits();
        let old = self.0.load(Relaxed);
        self.0.store(new, Release);
        // SAFETY: the slot owned that word and no longer does: nobody else wrote between.
        unsafe { Value::from_bits(old) }
    }
    /// Puts `value` in and releases what was there.
    #[inline(always)]
    pub fn set(&self, value: Value) {
        drop(self.swap(value));
    }
    /// Empties the slot.
    #[inline(always)]
    pub fn take(&self) -> Value {
        self.swap(Value::unbound())
    }
    /// Puts `value` in if the slot holds exactly the word `current`; else gives `value` back.
    pub fn replace_if(&self, current: u64, value: Value) -> Result<Value, Value> {
        let new = value.counted();
        match self.0.compare_exchange(current, new.bits(), AcqRel, Acquire) {
            Ok(old) => {
                new.into_bits();
                // SAFETY: the slot owned that word and no longer does.
                Ok(unsafe { Value::from_bits(old) })
            }
            Err(_) => Err(new),
        }
    }
    /// A view without counting, for traces (the world is stopped) and owners of the slot.
    ///
    /// # Safety
    /// Nobody writes the slot while the view lives.
    #[inline(always)]
    pub unsafe fn view(&self) -> &Value {
        #[cfg(not(feature = "model"))]
        let word = self.0.as_ptr();
        // In a model a slot is no plain word; a model has few, so the copies may stay for ever.
        #[cfg(feature = "model")]
        let word = Box::into_raw(Box::new(self.0.load(Relaxed)));
        // SAFETY: AtomicU64 has the layout of u64; nobody writes it meanwhile.
        unsafe { Value::borrow_bits(&*word) }
    }
    /// A slot used once, before it is shared.
    #[inline(always)]
    pub fn init(&self, value: Value) {
        self.0.store(value.counted().into_bits(), Release);
    }
}

impl Drop for Slot {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the slot owns the word and goes away.
        drop(unsafe { Value::from_bits(*self.0.get_mut()) });
    }
}

impl Default for Slot {
    fn default() -> Slot {
        Slot::unbound()
    }
}

/// Slots that did not fit into the object. Replaced by a longer copy when it is full; the old array
/// is retired, since a reader may still look at it.
pub struct Overflow {
    /// The slots, numbered on from the inline ones.
    pub slots: Box<[Slot]>,
}

/// The extension word, with the inline slots behind it in memory.
#[repr(C)]
pub struct Attrs {
    /// 0, `*mut Overflow`, or `dict object | 1`. Guarded by: the object's lock for writes.
    pub(crate) extension: std::sync::atomic::AtomicU64,
}

/// What an extension word says.
pub enum Extension<'a> {
    /// Nothing.
    None,
    /// More slots.
    Overflow(&'a Overflow),
    /// The instance's attributes live in this dict.
    Dict(Value),
}

impl Attrs {
    /// Inline slot `index`.
    ///
    /// # Safety
    /// The object's map has more than `index` inline slots.
    #[inline(always)]
    pub unsafe fn inline(&self, index: usize) -> &Slot {
        // SAFETY: as the caller says; the slots follow the extension word.
        unsafe { &*(self as *const Attrs).add(1).cast::<Slot>().add(index) }
    }
    /// Whether the attributes live in a dict.
    #[inline(always)]
    pub fn has_dict(&self) -> bool {
        self.extension.load(Acquire) & 1 != 0
    }
    /// The dict, if the attributes live in one. A dict once set is replaced only under the object's
    /// lock; the retry is the slot protocol.
    pub fn dict(&self) -> Option<Value> {
        loop {
            let word = self.extension.load(Acquire);
            if word & 1 == 0 {
                return None;
            }
            // SAFETY: rule (1) of this file.
            let header = unsafe { &*((word & !1) as *const Header) };
            let taken = count::retain_own(header)
                || match count::try_retain::<false>(header) {
                    count::Taken::Counted | count::Taken::Uncounted => true,
                    count::Taken::Dead => false,
                };
            if taken {
                // SAFETY: one count was just taken.
                let dict = unsafe { Value::from_bits(word & !1) };
                if self.extension.load(Acquire) == word {
                    return Some(dict);
                }
            }
        }
    }
    /// Sets the dict and gives the one before; an overflow array must have been taken out before.
    pub fn set_dict(&self, dict: Option<Value>) -> Option<Value> {
        let word = dict.map_or(0, |d| d.counted().into_bits() | 1);
        let old = self.extension.swap(word, AcqRel);
        // SAFETY: the extension owned that reference and no longer does.
        if old & 1 != 0 { Some(unsafe { Value::from_bits(old & !1) }) } else { None }
    }
    /// The overflow array.
    #[inline(always)]
    pub fn overflow(&self) -> Option<&Overflow> {
        let word = self.extension.load(Acquire);
        if word & 1 != 0 || word == 0 {
            return None;
        }
        // SAFETY: an even non-zero word points to an Overflow that is freed only at quiescence.
        Some(unsafe { &*(word as *const Overflow) })
    }
    /// Installs an overflow array and gives the one before, to be retired.
    ///
    /// # Safety
    /// The attributes are not in a dict; the object's lock is held. The old array's slots must have
    /// been moved (their words taken) before it is dropped.
    pub unsafe fn set_overflow(&self, new: Option<Box<Overflow>>) -> Option<Box<Overflow>> {
        let word = new.map_or(0, |b| Box::into_raw(b) as u64);
        let old = self.extension.swap(word, AcqRel);
        debug_assert!(old & 1 == 0);
        // SAFETY: a non-zero even word came from Box::into_raw.
        if old != 0 { Some(unsafe { Box::from_raw(old as *mut Overflow) }) } else { None }
    }
    /// Visits what the region owns.
    pub(crate) fn trace(&self, inline_slots: usize, visit: &mut crate::Visit<'_>) {
        for i in 0..inline_slots {
            // SAFETY: the caller read the number from the map.
            visit.slot(unsafe { self.inline(i) });
        }
        let word = self.extension.load(Acquire);
        if word & 1 != 0 {
            let word = word & !1;
            // SAFETY: the extension owns the reference; the world is stopped.
            visit.value(unsafe { Value::borrow_bits(&word) });
        } else if let Some(overflow) = self.overflow() {
            for slot in &overflow.slots {
                visit.slot(slot);
            }
        }
    }
    /// Releases everything (the collector breaks cycles so).
    pub(crate) fn clear(&self, inline_slots: usize) {
        for i in 0..inline_slots {
            // SAFETY: the caller read the number from the map.
            drop(unsafe { self.inline(i) }.take());
        }
        if self.has_dict() {
            drop(self.set_dict(None));
        } else if let Some(overflow) = self.overflow() {
            for slot in &overflow.slots {
                drop(slot.take());
            }
        }
    }
    /// Drops everything; the object is being freed.
    ///
    /// # Safety
    /// Nobody else can reach the object.
    pub(crate) unsafe fn destroy(&self, inline_slots: usize) {
        self.clear(inline_slots);
        if !self.has_dict() {
            // SAFETY: the slots are empty; nobody reads the array any more.
            drop(unsafe { self.set_overflow(None) });
        }
    }
}
