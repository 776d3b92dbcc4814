//! What the heap must know of an object: its `Kind` (Rust type) and the head of its map.
//!
//! A `Kind` is one static per Rust payload type; comparing its address is the downcast. A map
//! (hidden class) begins with a [`MapHead`]; `orochi-objects` adds the attribute table behind it.
//!
//! ```text
//! object:  Header | payload T (+ tail bytes of variable-size kinds) | extension word | slots...
//!                                                                     `--- only if MAP_ATTRS ---'
//! ```
//! The extension word is 0, or `pointer | 1` to the instance's materialised dict (a counted
//! reference), or a pointer to a boxed overflow array of slots ([`crate::slot::Overflow`]).

use std::any::TypeId;
use std::mem::{align_of, size_of};
use std::sync::atomic::Ordering::{Acquire, Relaxed};

use crate::header::Header;
use crate::value::Value;

/// What a trace reports to: each reference that the payload owns, once. Only the heap makes one, and
/// only while no other thread runs Python; that is why reporting a slot is safe.
pub struct Visit<'a>(&'a mut (dyn FnMut(&Value) + 'a));

impl<'a> Visit<'a> {
    pub(crate) fn new(f: &'a mut (dyn FnMut(&Value) + 'a)) -> Visit<'a> {
        Visit(f)
    }
    /// Reports a value that the payload holds directly.
    #[inline]
    pub fn value(&mut self, value: &Value) {
        (self.0)(value);
    }
    /// Reports the value of a slot.
    #[inline]
    pub fn slot(&mut self, slot: &crate::slot::Slot) {
        // SAFETY: a `Visit` exists only while the world is stopped, so nobody writes the slot.
        (self.0)(unsafe { slot.view() });
    }
    /// Reports all values of a collection.
    pub fn values<'v>(&mut self, values: impl IntoIterator<Item = &'v Value>) {
        values.into_iter().for_each(|v| self.value(v));
    }
}

/// The Rust type of an object's body. Declare it with [`crate::payload!`].
///
/// `kind()` must always give the one static made for this very type; registration checks it.
pub trait Payload: Sized + Send + Sync + 'static {
    /// The one static that stands for this type.
    fn kind() -> &'static Kind;
    /// Whether instances can be part of a cycle. If not, `trace` is never called.
    const CYCLIC: bool = true;
    /// Whether programs notice when an instance dies, without a finaliser (a weak reference's callback is called no
    /// more; a buffer's memory may move again): its count stays exact however many threads use it.
    const DEATH_SHOWS: bool = false;
    /// Calls `visit` for each `Value` that this body owns, each once. Runs while no other thread
    /// runs Python; must not run Python, allocate objects or take object locks.
    fn trace(&self, visit: &mut Visit<'_>) {
        let _ = visit;
    }
    /// Gives up the references that can close cycles; the object is unreachable but may still be
    /// asked things by finalisers, so it stays valid.
    fn clear(&self) {}
    /// Bytes behind `Self` that belong to the body (variable-size kinds).
    fn tail_size(&self) -> usize {
        0
    }
}

/// Names a payload type: `payload!(PyList, "list");` inside `impl Payload for PyList { .. }`.
#[macro_export]
macro_rules! payload {
    ($ty:ty, $name:literal) => {
        #[inline(always)]
        fn kind() -> &'static $crate::Kind {
            static KIND: $crate::Kind = $crate::Kind::new::<$ty>($name);
            &KIND
        }
    };
}

/// The operations of a payload type that the heap needs.
pub struct Kind {
    /// For messages and dumps.
    pub name: &'static str,
    /// `size_of` the payload.
    pub size: usize,
    /// Whether instances can be part of a cycle.
    pub cyclic: bool,
    /// See [`Payload::DEATH_SHOWS`].
    pub death_shows: bool,
    /// The Rust type this was made for.
    pub type_id: fn() -> TypeId,
    pub(crate) drop: unsafe fn(*mut u8),
    pub(crate) trace: unsafe fn(*const u8, &mut Visit<'_>),
    pub(crate) clear: unsafe fn(*const u8),
    pub(crate) tail: unsafe fn(*const u8) -> usize,
}

impl Kind {
    /// The kind of `T`.
    pub const fn new<T: Payload>(name: &'static str) -> Kind {
        const { assert!(align_of::<T>() <= 8, "bodies are 8-byte aligned") };
        Kind {
            name,
            size: (size_of::<T>() + 7) & !7,
            cyclic: T::CYCLIC,
            death_shows: T::DEATH_SHOWS,
            type_id: TypeId::of::<T>,
            // SAFETY: the heap calls these four with the body of an object of this kind; this one once, at its death.
            drop: |p| unsafe { p.cast::<T>().drop_in_place() },
            // SAFETY: as above; the body lives.
            trace: |p, visit| unsafe { (*p.cast::<T>()).trace(visit) },
            // SAFETY: as above; the body lives.
            clear: |p| unsafe { (*p.cast::<T>()).clear() },
            // SAFETY: as above; the body lives.
            tail: |p| unsafe { (*p.cast::<T>()).tail_size() },
        }
    }
}

/// The map flag: instances have an extension word and slots behind the payload.
pub const MAP_ATTRS: u32 = 1 << 0;
/// The map flag: the type has a finaliser (`__del__`, generators, async generators).
pub const MAP_FINALIZE: u32 = 1 << 1;
/// The map flag: the kind has tail bytes.
pub const MAP_TAIL: u32 = 1 << 2;

/// The map flag: the type was made by the program. Its instances lie in pages that the collector walks, also
/// those of kinds that hold no references (a subclass of `int`): each keeps its type alive.
pub const MAP_HEAP_TYPE: u32 = 1 << 3;

/// What every map begins with.
#[repr(C)]
pub struct MapHead {
    /// The Rust type of the instances.
    pub kind: &'static Kind,
    /// The type object of the instances: deferred, not counted by maps or instances; the collector
    /// treats it as an edge from each instance. Null only while the first types are made.
    pub ty: std::sync::atomic::AtomicPtr<Header>,
    /// `MAP_*`. Guarded by: the world being stopped when it changes after publication.
    pub flags: std::sync::atomic::AtomicU32,
    /// Slots inside the object, behind the extension word.
    pub inline_slots: u32,
}

impl MapHead {
    /// The type object as a borrowed header.
    #[inline(always)]
    pub fn ty(&self) -> *mut Header {
        self.ty.load(Relaxed)
    }
    /// The `MAP_*` flags.
    #[inline(always)]
    pub fn flags(&self) -> u32 {
        self.flags.load(Relaxed)
    }
}

impl Header {
    /// The object's map.
    #[inline(always)]
    pub fn map_head(&self) -> &MapHead {
        // SAFETY: a live object's map pointer is valid: maps live as long as their type, and the
        // collector keeps a type while it has instances.
        unsafe { &*self.map.load(Acquire) }
    }
    /// The address of the map; equal addresses mean equal layout.
    #[inline(always)]
    pub fn map_ptr(&self) -> *mut MapHead {
        self.map.load(Acquire)
    }
    /// Replaces the map (a transition of the hidden class, or `__class__` assignment).
    ///
    /// # Safety
    /// The new map describes the object as it is now: same kind, same inline slots, and each slot
    /// that the new map names is initialised. The object's lock is held if others can see it.
    #[inline(always)]
    pub unsafe fn set_map(&self, map: *mut MapHead) {
        self.map.store(map, std::sync::atomic::Ordering::Release);
    }
    /// Replaces the map by one with another attribute, if it still is `old`: other threads may add one too.
    ///
    /// # Safety
    /// As [`Header::set_map`], without the lock; the slot that only the new map names is unbound or gets its
    /// value next.
    #[inline(always)]
    pub unsafe fn replace_map(&self, old: *mut MapHead, new: *mut MapHead) -> bool {
        use std::sync::atomic::Ordering::AcqRel;
        self.map.compare_exchange(old, new, AcqRel, Acquire).is_ok()
    }
    /// Start of the body.
    #[inline(always)]
    pub fn body_ptr(&self) -> *mut u8 {
        // SAFETY: every object has its body right behind the header, in the same allocation.
        unsafe { (self as *const Header).add(1).cast::<u8>().cast_mut() }
    }
    /// The body as a `T`.
    ///
    /// # Safety
    /// The object's kind is `T`.
    #[inline(always)]
    pub unsafe fn body<T: Payload>(&self) -> &T {
        // SAFETY: as the caller says; bodies are 8-byte aligned and initialised before publication.
        unsafe { &*self.body_ptr().cast::<T>() }
    }
    /// Bytes of payload and tail, rounded up to 8.
    #[inline(always)]
    pub fn body_size(&self) -> usize {
        let map = self.map_head();
        let mut size = map.kind.size;
        if map.flags() & MAP_TAIL != 0 {
            // SAFETY: the body is initialised and of this kind.
            size += (unsafe { (map.kind.tail)(self.body_ptr()) } + 7) & !7;
        }
        size
    }
    /// The extension word and the inline slots, if the map says that there are any.
    #[inline(always)]
    pub fn attrs(&self) -> Option<&crate::slot::Attrs> {
        if self.map_head().flags() & MAP_ATTRS == 0 {
            return None;
        }
        // SAFETY: MAP_ATTRS means that `alloc` laid an Attrs behind the body and initialised it.
        Some(unsafe { &*self.body_ptr().add(self.body_size()).cast::<crate::slot::Attrs>() })
    }
    /// Inline slot `index`.
    ///
    /// # Safety
    /// The map has MAP_ATTRS, no MAP_TAIL, and more than `index` inline slots.
    #[inline(always)]
    pub unsafe fn inline_slot_unchecked(&self, index: usize) -> &crate::slot::Slot {
        let offset = self.map_head().kind.size + 8 + index * 8;
        // SAFETY: as the caller says, the slot lies inside the object.
        unsafe { &*self.body_ptr().add(offset).cast::<crate::slot::Slot>() }
    }
}
