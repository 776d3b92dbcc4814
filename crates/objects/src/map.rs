//! Maps: hidden classes of instances. A map says which attribute lies in which slot.
//!
//! Each class has a root map without attributes; adding an attribute follows (or makes) a
//! transition to a child map, so instances that get the same attributes in the same order share one
//! map, and an inline cache is one pointer comparison. Maps belong to their type and live as long
//! as it. Deleting an attribute, or having too many, moves the instance's attributes to a dict: its
//! map is then the type's dict map.
//!
//! ```text
//! root {}  --x-->  {x:0}  --y-->  {x:0, y:1}          slots: inline 0..n, then the overflow array
//!    `-----y-->  {y:0}
//! ```

use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering::*};

use orochi_heap::{Header, Kind, MapHead, Value};
use orochi_runtime::Locked;

/// More attributes than this live in a dict.
pub const MAX_SLOTS: usize = 64;

/// A hidden class.
#[repr(C)]
pub struct Map {
    /// What the heap needs.
    pub head: MapHead,
    /// Attribute names (addresses of interned strs) by slot.
    pub names: Box<[u64]>,
    /// Whether the attributes live in a dict.
    pub is_dict: bool,
    /// Whether instances may get attributes at all.
    pub has_dict: bool,
    /// Slots of `__slots__` members, which come first and are not attributes of the map.
    pub members: u32,
    /// The dict map of the same type (for root maps and their children).
    dict_map: AtomicPtr<Map>,
    /// The child taken last: name, map. Read without the lock.
    last_child: AtomicPtr<Map>,
    children: Locked<Vec<*mut Map>>,
    /// Root maps of the same type with another number of inline slots (of a root map only).
    variants: Locked<Vec<*mut Map>>,
}

// SAFETY: maps are immutable but for atomics and the locked list; they are freed with their type.
unsafe impl Send for Map {}
// SAFETY: as above.
unsafe impl Sync for Map {}

impl Map {
    /// The root map of a type.
    pub fn root(kind: &'static Kind, ty: *mut Header, flags: u32, inline_slots: u32, members: u32, has_dict: bool) -> *mut Map {
        Box::into_raw(Box::new(Map {
            head: MapHead { kind, ty: AtomicPtr::new(ty), flags: AtomicU32::new(flags), inline_slots },
            names: Box::new([]),
            is_dict: false,
            has_dict,
            members,
            dict_map: AtomicPtr::default(),
            last_child: AtomicPtr::default(),
            children: Locked::new(Vec::new()),
            variants: Locked::new(Vec::new()),
        }))
    }

    fn child(&self, names: Box<[u64]>, is_dict: bool) -> *mut Map {
        Box::into_raw(Box::new(Map {
            head: MapHead {
                kind: self.head.kind,
                ty: AtomicPtr::new(self.head.ty()),
                flags: AtomicU32::new(self.head.flags()),
                inline_slots: self.head.inline_slots,
            },
            names,
            is_dict,
            has_dict: self.has_dict,
            members: self.members,
            dict_map: AtomicPtr::default(),
            last_child: AtomicPtr::default(),
            children: Locked::new(Vec::new()),
            variants: Locked::new(Vec::new()),
        }))
    }

    /// The slot of attribute `name` (an interned str), counted from the first slot of the object.
    #[inline(always)]
    pub fn find(&self, name: u64) -> Option<usize> {
        self.names.iter().position(|&n| n == name).map(|i| i + self.members as usize)
    }

    /// The names of the attributes, in the order of their slots.
    pub fn attribute_names(&self) -> Vec<Value> {
        // SAFETY: names of maps are interned strs, which are immortal: no count is owed.
        self.names.iter().map(|&name| unsafe { Value::from_bits(name) }).collect()
    }

    /// The map with one more attribute, or `None` if it would be one too many.
    pub fn with_attribute(&self, name: u64) -> Option<&Map> {
        let last = self.last_child.load(Acquire);
        // SAFETY: children live as long as their parent.
        if let Some(last) = unsafe { last.as_ref() }
            && last.names.last() == Some(&name)
        {
            return Some(last);
        }
        if self.names.len() >= MAX_SLOTS || self.is_dict {
            return None;
        }
        let mut children = self.children.lock();
        // SAFETY: children live as long as their parent.
        let found = children.iter().copied().find(|&c| unsafe { &*c }.names.last() == Some(&name));
        let map = found.unwrap_or_else(|| {
            let names = self.names.iter().copied().chain([name]).collect();
            let map = self.child(names, false);
            children.push(map);
            map
        });
        self.last_child.store(map, Release);
        // SAFETY: as above.
        Some(unsafe { &*map })
    }

    /// The map of instances of the same type whose attributes live in a dict.
    pub fn dict_map(&self) -> &Map {
        if self.is_dict {
            return self;
        }
        let mut map = self.dict_map.load(Acquire);
        if map.is_null() {
            let new = self.child(Box::new([]), true);
            match self.dict_map.compare_exchange(ptr::null_mut(), new, AcqRel, Acquire) {
                Ok(_) => map = new,
                Err(now) => {
                    // SAFETY: nobody saw the new one.
                    drop(unsafe { Box::from_raw(new) });
                    map = now;
                }
            }
        }
        // SAFETY: it lives as long as this map.
        unsafe { &*map }
    }

    /// The root map of the same type for objects with another number of inline slots: objects that
    /// come from another class keep theirs. To be called on a root map.
    pub fn with_inline_slots(&self, inline_slots: u32) -> &Map {
        if self.head.inline_slots == inline_slots {
            return self;
        }
        let mut variants = self.variants.lock();
        // SAFETY: variants live as long as the root map.
        let found = variants.iter().copied().find(|&m| unsafe { &*m }.head.inline_slots == inline_slots);
        let map = found.unwrap_or_else(|| {
            let new = Map::root(self.head.kind, self.head.ty(), self.head.flags(), inline_slots, self.members, self.has_dict);
            variants.push(new);
            new
        });
        // SAFETY: as above.
        unsafe { &*map }
    }

    /// Frees a root map and all maps that come from it.
    ///
    /// # Safety
    /// No instance of the type exists, and no thread looks at its maps any more.
    pub unsafe fn free_tree(map: *mut Map) {
        let mut stack = vec![map];
        while let Some(m) = stack.pop() {
            // SAFETY: each map of the tree is reached once.
            let owned = unsafe { Box::from_raw(m) };
            stack.extend(owned.children.lock().iter().copied());
            stack.extend(owned.variants.lock().iter().copied());
            let dict = owned.dict_map.load(Relaxed);
            if !dict.is_null() {
                stack.push(dict);
            }
        }
    }

    /// Calls `f` for this map and all that come from it.
    pub fn for_tree(&self, f: &mut dyn FnMut(&Map)) {
        f(self);
        // SAFETY: children live as long as their parent.
        let children: Vec<&Map> = self.children.lock().iter().map(|&c| unsafe { &*c }).collect();
        // SAFETY: as above.
        let variants: Vec<&Map> = self.variants.lock().iter().map(|&m| unsafe { &*m }).collect();
        for map in children.into_iter().chain(variants) {
            map.for_tree(f);
        }
        // SAFETY: as above.
        if let Some(dict) = unsafe { self.dict_map.load(Acquire).as_ref() } {
            f(dict);
        }
    }
}

/// The full map of an object.
#[inline(always)]
pub fn map_of(h: &Header) -> &Map {
    // SAFETY: every map head of the object layer is the first field of a `Map`.
    unsafe { &*(h.map_head() as *const MapHead).cast::<Map>() }
}

/// The map, if the value is an object.
#[inline(always)]
pub fn map_of_value(v: &Value) -> Option<&Map> {
    v.header().map(map_of)
}
