//! `type`: classes, their method resolution order, attribute lookup and its cache.
//!
//! A type keeps its attributes in a dict and a *resolved table*: what attribute lookup along the MRO
//! gave last time, by name. Inline caches hold an index into that table, so a change of a class
//! invalidates one entry in it and in its subclasses, not the caches. Only values that need no count
//! stand in it (immediates, deferred objects: functions, descriptors, types), so reading it writes
//! nothing.
//!
//! Making classes from Python lies in `type_/class.rs`; methods of `type` in `type_/methods.rs`.

mod annotations;
mod class;
mod lookup;
mod methods;
mod mro;
mod native_types;

use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering::*};

use orochi_heap::{Header, Kind, MapHead, Payload, Slot, Value, Visit};
use orochi_runtime::Locked;

use crate::map::Map;
use crate::slots::Slots;
use crate::spec::{TypeSpec, flags};
use crate::thread::{Attached, PyResult};

pub use class::{mangle, most_derived_meta, new_class};
pub use lookup::{Resolved, invalidate, invalidate_all, lookup, lookup_resolved};
pub use methods::{TYPE, changed, type_find_attr, type_get_attr};
pub use methods::type_call;
pub use mro::compute_mro;
pub(crate) use native_types::{TypeBuildLock, make_native};

/// The body of a type object.
pub struct PyType {
    /// The type object itself, uncounted.
    this: AtomicU64,
    /// `__name__` (a str).
    pub name: Slot,
    /// `__qualname__` (a str).
    pub qualname: Slot,
    /// `__bases__` (a tuple).
    pub bases: Slot,
    /// `__base__`, or None.
    pub base: Slot,
    /// `__mro__` (a tuple).
    pub mro: Slot,
    /// The attributes (a dict).
    pub dict: Slot,
    /// Operator functions.
    pub slots: Slots,
    /// [`flags`]. Guarded by: the type lock for writes.
    pub flags: AtomicU64,
    /// The Rust type of instances.
    pub kind: &'static Kind,
    /// Root map of instances. Replaced when the layout hint grows.
    map: AtomicPtr<Map>,
    /// Addresses of the MRO's types; replaced whole, retired.
    mro_raw: AtomicPtr<Vec<u64>>,
    resolved: AtomicPtr<Resolved>,
    /// Addresses of direct subclasses, which take themselves out. Guarded by: the lock.
    subclasses: Locked<Vec<u64>>,
    /// Changes whenever an attribute of the type or of a base changes; 0 is never current.
    pub version: AtomicU32,
    /// A number that no other type of the process has or will have: a key for caches that must not
    /// keep the type alive.
    pub serial: u64,
    /// The declaration, for native types.
    pub spec: Option<&'static TypeSpec>,
    /// Slots taken by `__slots__` members, bases included.
    pub members: u32,
    /// The module object or native state that a heap-made native type belongs to.
    pub module: Slot,
}

impl Payload for PyType {
    payload!(PyType, "type");
    fn trace(&self, visit: &mut Visit<'_>) {
        for slot in [&self.name, &self.qualname, &self.bases, &self.base, &self.mro, &self.dict, &self.module] {
            visit.slot(slot);
        }
    }
    fn clear(&self) {
        // The dict closes the cycles (functions -> globals -> class); the MRO holds the type itself.
        let attributes = self.dict.load();
        if crate::dict::as_dict(&attributes).is_some() {
            crate::dict::clear(&attributes);
        }
        self.mro.take();
    }
}

use orochi_heap::payload;

/// Dead types whose maps wait together for one flush of the caches.
const BURIED_AT_ONCE: usize = 256;

/// Frees the maps of a dead type once no inline cache can name them: a new map at the old address must not
/// be taken for the old one. No instance lives, so no cache learns of these maps any more; what the caches
/// know is dropped for many types together.
fn bury(map: *mut Map) {
    let attached = crate::start::with_current(|t| {
        let due = {
            let mut dead = t.runtime().dead_maps.lock();
            dead.push(map as usize);
            if dead.len() < BURIED_AT_ONCE { Vec::new() } else { std::mem::take(&mut *dead) }
        };
        if !due.is_empty() {
            t.flush_caches();
            for map in due {
                // SAFETY: a type dies after its last instance, and the caches have forgotten its maps.
                unsafe { Map::free_tree(map as *mut Map) };
            }
        }
    });
    if attached.is_none() {
        // SAFETY: the runtime ends: no code runs that could look at a cache.
        unsafe { Map::free_tree(map) };
    }
}

impl Drop for PyType {
    fn drop(&mut self) {
        let me = self.this.load(Relaxed);
        let bases = self.bases.load();
        for base in crate::tuple::items(&bases) {
            if let Some(base) = base.payload::<PyType>() {
                base.subclasses.lock().retain(|&s| s != me);
            }
        }
        let map = *self.map.get_mut();
        if !map.is_null() {
            bury(map);
        }
        for p in [*self.mro_raw.get_mut()] {
            if !p.is_null() {
                // SAFETY: made by Box::into_raw; nobody can look at a dead type.
                drop(unsafe { Box::from_raw(p) });
            }
        }
        let resolved = *self.resolved.get_mut();
        if !resolved.is_null() {
            // SAFETY: as above.
            drop(unsafe { Box::from_raw(resolved) });
        }
    }
}

impl PyType {
    /// The type object.
    #[inline(always)]
    pub fn this(&self) -> &Value {
        // SAFETY: the word is the object that this body belongs to; it lives as long as `self`.
        unsafe { Value::borrow_bits(&*self.this.as_ptr()) }
    }
    /// The root map of new instances.
    #[inline(always)]
    pub fn map(&self) -> *mut Map {
        self.map.load(Acquire)
    }
    /// The types of the MRO, the type itself first.
    #[inline(always)]
    pub fn mro_types(&self) -> impl Iterator<Item = &PyType> {
        // SAFETY: the vector is retired, not freed, when it is replaced; bases live as long as it.
        let raw = unsafe { self.mro_raw.load(Acquire).as_ref() }.map_or(&[][..], |v| &v[..]);
        raw.iter().map(|&word| {
            // SAFETY: the words are types that the MRO tuple keeps alive.
            unsafe { (*(word as *const Header)).body::<PyType>() }
        })
    }
    /// The MRO as words, each a type that the MRO tuple keeps alive; two types' rests of it can be compared.
    #[inline(always)]
    pub(crate) fn mro_raw(&self) -> &[u64] {
        // SAFETY: the vector is retired, not freed, when it is replaced.
        unsafe { self.mro_raw.load(Acquire).as_ref() }.map_or(&[][..], |v| &v[..])
    }
    /// Whether this is `other` or a subclass of it.
    #[inline]
    pub fn is_subtype(&self, other: &PyType) -> bool {
        std::ptr::eq(self, other) || self.mro_types().any(|ty| std::ptr::eq(ty, other))
    }
    /// Whether a flag of [`flags`] is set.
    #[inline(always)]
    pub fn has(&self, flag: u64) -> bool {
        self.flags.load(Relaxed) & flag != 0
    }
    /// Sets the MRO, the tuple and the raw vector.
    pub(crate) fn set_mro(&self, t: Attached<'_>, mro: Value) {
        let raw: Vec<u64> = crate::tuple::items(&mro).iter().map(Value::identity).collect();
        let old = self.mro_raw.swap(Box::into_raw(Box::new(raw)), AcqRel);
        let old_tuple = self.mro.swap(mro);
        retire_later(t, old, old_tuple);
    }
    /// The direct subclasses that live.
    pub fn subclasses(&self) -> Vec<Value> {
        let list = self.subclasses.lock();
        // SAFETY: a subclass takes itself out before it dies; types are freed by the collector only,
        // while no thread runs.
        list.iter().map(|&word| unsafe { Value::borrow_bits(&word) }.clone()).collect()
    }
    pub(crate) fn add_subclass(&self, sub: &Value) {
        self.subclasses.lock().push(sub.identity());
    }
    pub(crate) fn remove_subclass(&self, sub: &Value) {
        self.subclasses.lock().retain(|&s| s != sub.identity());
    }
    /// The name, for messages.
    pub fn name_text(&self) -> String {
        crate::str::display(&self.name.load())
    }
    /// The name with its module in front unless that is `builtins`, for messages.
    pub fn full_name(&self, t: Attached<'_>) -> String {
        let module = crate::dict::get_str(t, &self.dict.load(), &t.names().__module__);
        let qualname = crate::str::display(&self.qualname.load());
        match module {
            Some(m) if crate::str::is_str(&m) && crate::str::display(&m) != "builtins" => {
                format!("{}.{qualname}", crate::str::display(&m))
            }
            _ => qualname,
        }
    }
}

/// Frees a boxed thing and drops a value when no thread can still look at them.
pub(crate) fn retire_later<T: Send + 'static>(t: Attached<'_>, old: *mut T, value: Value) {
    if old.is_null() {
        return;
    }
    // SAFETY: made by Box::into_raw; replaced, so nobody finds it from now on.
    let boxed = unsafe { Box::from_raw(old) };
    let heap = &t.runtime().heap;
    (heap.hooks.retire)(heap, Box::new(move || drop((boxed, value))));
}

/// A bare type object: no MRO, no slots, no attributes yet. Deferred from birth.
#[allow(clippy::too_many_arguments, reason = "one call each from native and Python classes")]
pub(crate) fn bare(
    t: Attached<'_>,
    meta_map: *const MapHead,
    name: Value,
    qualname: Value,
    bases: Value,
    base: Value,
    kind: &'static Kind,
    type_flags: u64,
    members: u32,
    spec: Option<&'static TypeSpec>,
) -> Value {
    let body = PyType {
        this: AtomicU64::new(0),
        name: Slot::new(name),
        qualname: Slot::new(qualname),
        bases: Slot::new(bases),
        base: Slot::new(base),
        mro: Slot::unbound(),
        dict: Slot::new(crate::dict::new(t)),
        slots: Slots::new(),
        flags: AtomicU64::new(type_flags),
        kind,
        map: AtomicPtr::default(),
        mro_raw: AtomicPtr::default(),
        resolved: AtomicPtr::default(),
        subclasses: Locked::new(Vec::new()),
        version: AtomicU32::new(1),
        serial: next_serial(),
        spec,
        members,
        module: Slot::unbound(),
    };
    // SAFETY: the metatype's map lives at least as long as its instances; its kind is PyType.
    let ty = unsafe { orochi_heap::alloc(meta_map, body) };
    as_type(&ty).this.store(ty.identity(), Release);
    orochi_heap::count::defer(&ty);
    ty
}

/// The next [`PyType::serial`].
pub(crate) fn next_serial() -> u64 {
    // A source of numbers; it carries no state of any runtime.
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Relaxed)
}

/// Makes the root map of a type's instances.
pub(crate) fn set_root_map(ty: &Value, inline_slots: u32, tail: bool) {
    let body = as_type(ty);
    let mut map_flags = 0;
    let has_dict = body.has(flags::HAS_DICT);
    if has_dict || body.members > 0 {
        map_flags |= orochi_heap::kind::MAP_ATTRS;
    }
    if body.has(flags::FINALIZE) {
        map_flags |= orochi_heap::kind::MAP_FINALIZE;
    }
    if body.has(flags::HEAP_TYPE) {
        map_flags |= orochi_heap::kind::MAP_HEAP_TYPE;
    }
    if tail {
        map_flags |= orochi_heap::kind::MAP_TAIL;
    }
    let slots = if map_flags & orochi_heap::kind::MAP_ATTRS != 0 { body.members + inline_slots } else { 0 };
    let map = Map::root(body.kind, ty.identity() as *mut Header, map_flags, slots, body.members, has_dict);
    body.map.store(map, Release);
}

/// The body of a type object.
///
/// Panics if the value is no type: callers have checked, or hold what can only be one.
#[inline(always)]
pub fn as_type(ty: &Value) -> &PyType {
    match ty.payload::<PyType>() {
        Some(p) => p,
        None => unreachable!("not a type object"),
    }
}

/// The type of a value, as a borrowed value.
#[inline(always)]
pub fn type_of<'a>(t: Attached<'a>, v: &Value) -> &'a Value {
    class_of(t, v).this()
}

/// The type of a value.
#[inline(always)]
pub fn class_of<'a>(t: Attached<'a>, v: &Value) -> &'a PyType {
    if let Some(h) = v.header() {
        // SAFETY: a type outlives its instances, and is freed only while the world is stopped.
        return unsafe { (*h.map_head().ty()).body::<PyType>() };
    }
    class_of_immediate(t, v)
}

/// The type of a value without memory. Apart, so that the look at an object's type stays short.
#[inline(never)]
fn class_of_immediate<'a>(t: Attached<'a>, v: &Value) -> &'a PyType {
    // SAFETY: entries of the type table hold types.
    unsafe { crate::spec::spec_of_immediate(v).get(t).payload_unchecked::<PyType>() }
}

/// Whether `v` is an instance of `class` or a subclass, by its real type (no `__instancecheck__`).
#[inline]
pub fn is_instance_of(t: Attached<'_>, v: &Value, class: &Value) -> bool {
    match class.payload::<PyType>() {
        Some(c) => class_of(t, v).is_subtype(c),
        None => false,
    }
}

/// The type's name for messages: `'int' object`.
pub fn type_name(t: Attached<'_>, v: &Value) -> String {
    class_of(t, v).name_text()
}

/// A new instance of `class` with the body given; the class's instances must have that Rust type.
pub fn alloc_instance<T: Payload>(t: Attached<'_>, class: &Value, body: T) -> PyResult {
    let ty = as_type(class);
    if !std::ptr::eq(ty.kind, T::kind()) {
        return Err(t.type_error(format!("object layout of '{}' is not that of '{}'", ty.name_text(), T::kind().name)));
    }
    // SAFETY: the map's kind is T's; maps live as long as the class, and the class as its instances.
    Ok(unsafe { orochi_heap::alloc(ty.map().cast::<MapHead>(), body) })
}

/// Whether `class` has instances with `tail` bytes of this kind: as [`alloc_instance`] for
/// variable-size kinds.
///
/// # Safety
/// `init` fills the tail as the kind's operations expect, `T::tail_size` of `body` gives `tail`.
pub unsafe fn alloc_instance_tail<T: Payload>(
    t: Attached<'_>,
    class: &Value,
    body: T,
    tail: usize,
    init: impl FnOnce(*mut u8),
) -> PyResult {
    let ty = as_type(class);
    if !std::ptr::eq(ty.kind, T::kind()) {
        return Err(t.type_error(format!("object layout of '{}' is not that of '{}'", ty.name_text(), T::kind().name)));
    }
    // SAFETY: as above, and as the caller says.
    unsafe { orochi_heap::alloc_tail(ty.map().cast::<MapHead>(), body, tail, init) }.map_err(|_| t.memory_error())
}
