//! Attribute access: `object.__getattribute__` and `object.__setattr__`, instance attributes in
//! slots or in a dict, and the move from the one to the other.
//!
//! Instances begin with slots (see `map.rs`). When somebody asks for `__dict__`, deletes an
//! attribute, or sets too many, the attributes move to a dict for good. A slot that was moved out
//! of holds [`MOVED`], so that a reader or writer that still has the old map notices and looks again.

use orochi_heap::value::UNBOUND;
use orochi_heap::{Header, Slot, Value};

use crate::dict;
use crate::map::{Map, map_of};
use crate::thread::{Attached, PyResult, Raised};
use crate::type_::{class_of, lookup_resolved, type_of};

/// The word of a slot whose value has moved to the instance's dict.
pub const MOVED: u64 = UNBOUND + 8;

/// Whether a word read from a slot is no value: unbound or moved.
#[inline(always)]
pub const fn is_absent(word: u64) -> bool {
    word | 8 == MOVED
}

const _: () = assert!(UNBOUND | 8 == MOVED && UNBOUND & 8 == 0);

/// Slot `index` of an object whose map has it, or `None` if it is moving just now.
#[inline(always)]
pub fn slot_of<'a>(h: &'a Header, map: &Map, index: usize) -> Option<&'a Slot> {
    if index < map.head.inline_slots as usize {
        let attrs = h.attrs()?;
        // SAFETY: the index is below the number of inline slots.
        return Some(unsafe { attrs.inline(index) });
    }
    h.attrs()?.overflow()?.slots.get(index - map.head.inline_slots as usize)
}

/// The instance's own attribute `name` (an interned str), without descriptors.
#[inline]
pub fn instance_get(t: Attached<'_>, h: &Header, name: &Value) -> Option<Value> {
    loop {
        let map = map_of(h);
        if map.is_dict {
            let dict = h.attrs()?.dict()?;
            return dict::get_str(t, &dict, name);
        }
        let index = map.find(name.identity())?;
        if let Some(slot) = slot_of(h, map, index) {
            let value = slot.load();
            if !is_absent(value.bits()) {
                return Some(value);
            }
            if value.is_unbound() {
                return None;
            }
        }
        std::hint::spin_loop();
    }
}

/// Sets the instance's own attribute `name` (an interned str). The map allows attributes.
pub fn instance_set(t: Attached<'_>, h: &Header, name: &Value, value: Value) -> PyResult<()> {
    let mut value = value.counted();
    loop {
        let map = map_of(h);
        if map.is_dict {
            return match h.attrs().and_then(|a| a.dict()) {
                Some(dict) => dict::set(t, &dict, name, value),
                None => Err(t.memory_error()),
            };
        }
        let lock = if t.single_domain() { None } else { Some(t.attr_lock(h)) };
        if let Some(lock) = lock {
            lock.lock();
        }
        let outcome = set_locked(t, h, map, name, value);
        if let Some(lock) = lock {
            lock.unlock();
        }
        match outcome {
            Ok(old) => {
                drop(old);
                return Ok(());
            }
            Err(back) => {
                value = back;
                if std::ptr::eq(map_of(h), map) {
                    // No room for another slot.
                    drop(materialize_dict(t, h));
                }
            }
        }
    }
}

/// Under the lock: sets a slot or adds one. `Err`: the map changed, or there is no room.
fn set_locked(t: Attached<'_>, h: &Header, map: &Map, name: &Value, value: Value) -> Result<Value, Value> {
    if !std::ptr::eq(map_of(h), map) {
        return Err(value);
    }
    if let Some(index) = map.find(name.identity()) {
        return match slot_of(h, map, index) {
            Some(slot) => Ok(slot.swap(value)),
            None => Err(value),
        };
    }
    let Some(next) = map.with_attribute(name.identity()) else { return Err(value) };
    let index = map.members as usize + map.names.len();
    if !make_room(t, h, map, index) {
        return Err(value);
    }
    let new = std::ptr::from_ref(&next.head).cast_mut();
    if t.single_domain() {
        if let Some(slot) = slot_of(h, map, index) {
            drop_later(slot.swap(value));
        }
        // SAFETY: same type and inline slots; the new slot was just written.
        unsafe { h.set_map(new) };
        return Ok(Value::unbound());
    }
    // Attributes in inline slots are added without the lock, so the map decides who has the slot; until the
    // value is in it, readers find it unbound: the attribute is not there yet.
    // SAFETY: same type and inline slots; the slot is unbound until the next line.
    if !unsafe { h.replace_map(std::ptr::from_ref(&map.head).cast_mut(), new) } {
        return Err(value);
    }
    if let Some(slot) = slot_of(h, map, index) {
        drop_later(slot.swap(value));
    }
    Ok(Value::unbound())
}

/// Adds the attribute that `next` names behind those of the object's map, whose slot is `slot`, without a lock.
/// `Err` gives the value back: another thread was faster, or the attributes are moving.
///
/// # Safety
/// `map` was the object's map a moment ago, `next` is that map with one attribute more, and `slot` is the object's
/// inline slot for it.
#[inline(always)]
pub unsafe fn add_inline(t: Attached<'_>, h: &Header, map: &Map, next: &Map, slot: &Slot, value: Value) -> Result<(), Value> {
    let new = std::ptr::from_ref(&next.head).cast_mut();
    if t.single_domain() {
        slot.set(value);
        // SAFETY: the caller says; the slot was just written, and nobody else runs.
        unsafe { h.set_map(new) };
        return Ok(());
    }
    // SAFETY: the caller says; the slot is unbound until the next line.
    if !unsafe { h.replace_map(std::ptr::from_ref(&map.head).cast_mut(), new) } {
        return Err(value);
    }
    let old = slot.swap(value);
    if old.bits() == MOVED {
        // The attributes moved to a dict before the value came: put the mark back and take the slow way.
        return Err(slot.swap(old));
    }
    drop(old);
    Ok(())
}

/// A slot that is being added holds no value: nothing to release.
fn drop_later(old: Value) {
    debug_assert!(!old.is_object());
    old.into_bits();
}

/// Makes sure that slot `index` exists. Under the lock.
pub fn make_room(t: Attached<'_>, h: &Header, map: &Map, index: usize) -> bool {
    let inline = map.head.inline_slots as usize;
    if index < inline {
        return true;
    }
    let Some(attrs) = h.attrs() else { return false };
    let need = index - inline + 1;
    let old = attrs.overflow();
    if old.is_some_and(|o| o.slots.len() >= need) {
        return true;
    }
    let size = (need + 3) & !3;
    let new: Box<[Slot]> = (0..size).map(|_| Slot::unbound()).collect();
    if let Some(old) = old {
        for (to, from) in new.iter().zip(&old.slots) {
            // The old array keeps nothing: a reader of it finds "moved" and looks again.
            let moved = from.swap(moved_word());
            to.init(moved);
        }
    }
    // SAFETY: the lock is held, the attributes are in slots, the old array's words were moved.
    let old = unsafe { attrs.set_overflow(Some(Box::new(orochi_heap::slot::Overflow { slots: new }))) };
    if let Some(old) = old {
        let heap = &t.runtime().heap;
        (heap.hooks.retire)(heap, Box::new(move || drop(old)));
    }
    true
}

fn moved_word() -> Value {
    // SAFETY: a special word without memory.
    unsafe { Value::from_bits(MOVED) }
}

/// The instance's `__dict__`: moves the attributes there if they are in slots. `None`: instances of
/// this type have no attributes.
pub fn materialize_dict(t: Attached<'_>, h: &Header) -> Option<Value> {
    let attrs = h.attrs()?;
    if !map_of(h).has_dict {
        return None;
    }
    if let Some(dict) = attrs.dict() {
        return Some(dict);
    }
    let new = dict::new(t);
    let lock = if t.single_domain() { None } else { Some(t.attr_lock(h)) };
    if let Some(lock) = lock {
        lock.lock();
    }
    let mut map = map_of(h);
    let mut retired = None;
    let (mut first, mut moved) = (true, 0);
    // Once, and again if another thread has added an attribute in an inline slot meanwhile.
    while !map.is_dict {
        let moving = map.names.iter().enumerate().skip(moved).filter_map(|(i, &name)| {
            let value = slot_of(h, map, map.members as usize + i)?.swap(moved_word());
            // SAFETY: names of maps are interned strs, which are immortal.
            if is_absent(value.bits()) { None } else { Some((unsafe { Value::from_bits(name) }, value)) }
        });
        if first {
            dict::fill_with(t, &new, map.names.len(), moving);
        } else {
            moving.for_each(|(name, value)| dict::set_str(t, &new, &name, value));
        }
        if first {
            // SAFETY: the lock is held; the words were moved.
            retired = unsafe { attrs.set_overflow(None) };
            drop(attrs.set_dict(Some(new.clone())));
        }
        (first, moved) = (false, map.names.len());
        let (from, to) = (std::ptr::from_ref(&map.head).cast_mut(), std::ptr::from_ref(&map.dict_map().head).cast_mut());
        // SAFETY: same type and inline slots; the dict map names no slots; the lock is held.
        if unsafe { h.replace_map(from, to) } {
            break;
        }
        map = map_of(h);
    }
    if let Some(lock) = lock {
        lock.unlock();
    }
    if let Some(old) = retired {
        let heap = &t.runtime().heap;
        (heap.hooks.retire)(heap, Box::new(move || drop(old)));
    }
    attrs.dict()
}

/// Replaces the instance's `__dict__` by another dict. `false`: instances have none.
pub fn replace_dict(t: Attached<'_>, h: &Header, new: Value) -> bool {
    if materialize_dict(t, h).is_none() {
        return false;
    }
    let old = h.attrs().and_then(|a| a.set_dict(Some(new)));
    drop(old);
    true
}

/// The instance's attributes as (name, value) pairs, without moving them to a dict.
pub fn instance_items(t: Attached<'_>, h: &Header) -> Vec<(Value, Value)> {
    let map = map_of(h);
    if map.is_dict {
        return h.attrs().and_then(|a| a.dict()).map_or(Vec::new(), |d| dict::items(&d));
    }
    map.names
        .iter()
        .filter_map(|&name| {
            // SAFETY: names of maps are interned strs, which are immortal.
            let name = unsafe { Value::from_bits(name) };
            instance_get(t, h, &name).map(|v| (name, v))
        })
        .collect()
}

/// Whether instances of the object's type can have attributes of their own.
pub fn has_instance_dict(h: &Header) -> bool {
    map_of(h).has_dict
}

/// AttributeError as `object.__getattribute__` words it.
#[cold]
pub fn no_attribute(t: Attached<'_>, object: &Value, name: &Value) -> Raised {
    let message =
        format!("'{}' object has no attribute '{}'", crate::type_::type_name(t, object), crate::str::display(name));
    attribute_error(t, message, object, name)
}

/// AttributeError with its `name` and `obj`.
#[cold]
pub fn attribute_error(t: Attached<'_>, message: String, object: &Value, name: &Value) -> Raised {
    crate::exception::attribute_error(t, message, object, name)
}

/// `object.__getattribute__(this, name)`; `name` is an interned str.
pub fn generic_get(t: Attached<'_>, this: &Value, name: &Value) -> PyResult {
    match generic_find(t, this, name)? {
        Some(v) => Ok(v),
        None => Err(no_attribute(t, this, name)),
    }
}

/// As [`generic_get`], with `None` where there is no such attribute (no exception is made).
pub fn generic_find(t: Attached<'_>, this: &Value, name: &Value) -> PyResult<Option<Value>> {
    let name = &interned_name(t, name)?;
    let ty = class_of(t, this);
    let found = lookup_resolved(t, ty, name);
    let mut getter = None;
    if let Some(attr) = &found {
        let attr_type = class_of(t, attr);
        getter = attr_type.slots.descr_get();
        if let Some(get) = getter
            && attr_type.slots.descr_set().is_some()
        {
            return t.keeping(attr.clone_register(), |attr| get(t, attr, Some(this), ty.this())).map(Some);
        }
    }
    if let Some(h) = this.header()
        && let Some(v) = instance_get(t, h, name)
    {
        return Ok(Some(v));
    }
    match (found, getter) {
        (Some(attr), Some(get)) => t.keeping(attr, |attr| get(t, attr, Some(this), ty.this())).map(Some),
        (Some(attr), None) => Ok(Some(attr.counted())),
        (None, _) => Ok(None),
    }
}

/// The interned str of an attribute name; TypeError if it is no str.
pub fn interned_name(t: Attached<'_>, name: &Value) -> PyResult {
    match crate::str::as_str(name) {
        Some(s) if s.is_interned() => Ok(name.clone()),
        Some(_) => Ok(crate::str::intern_value(t, name)),
        None => Err(t.type_error(format!("attribute name must be string, not '{}'", crate::type_::type_name(t, name)))),
    }
}

/// `object.__setattr__` (`Some`) and `object.__delattr__` (`None`).
pub fn generic_set(t: Attached<'_>, this: &Value, name: &Value, value: Option<&Value>) -> PyResult<()> {
    let name = &interned_name(t, name)?;
    let ty = class_of(t, this);
    let found = lookup_resolved(t, ty, name);
    if let Some(attr) = &found
        && let Some(set) = class_of(t, attr).slots.descr_set()
    {
        return t.keeping(attr.clone_register(), |attr| set(t, attr, this, value));
    }
    let Some(h) = this.header().filter(|h| map_of(h).has_dict) else {
        return Err(match &found {
            Some(_) => attribute_error(
                t,
                format!("'{}' object attribute '{}' is read-only", ty.name_text(), crate::str::display(name)),
                this,
                name,
            ),
            None => {
                attribute_error(
                    t,
                    format!("'{}' object has no attribute '{}' and no __dict__ for setting new attributes", ty.name_text(), crate::str::display(name)),
                    this,
                    name,
                )
            }
        });
    };
    match value {
        Some(value) => instance_set(t, h, name, value.clone()),
        None => {
            if instance_get(t, h, name).is_none() {
                return Err(no_attribute(t, this, name));
            }
            match materialize_dict(t, h) {
                Some(dict) => match dict::remove(t, &dict, name)? {
                    Some(_) => Ok(()),
                    None => Err(no_attribute(t, this, name)),
                },
                None => Err(no_attribute(t, this, name)),
            }
        }
    }
}

/// `getattr(this, name)` for an interned or other str.
#[inline]
pub fn get(t: Attached<'_>, this: &Value, name: &Value) -> PyResult {
    match class_of(t, this).slots.get_attr() {
        Some(f) => f(t, this, name),
        None => Err(no_attribute(t, this, name)),
    }
}

/// `getattr(this, name, None)`, telling absence from None: AttributeError becomes `None` (Rust).
pub fn find(t: Attached<'_>, this: &Value, name: &Value) -> PyResult<Option<Value>> {
    let ty = class_of(t, this);
    if ty.slots.get_attr().is_some_and(|f| f as usize == generic_get as crate::slots::BinaryFn as usize) {
        match generic_find(t, this, name) {
            Ok(v) => return Ok(v),
            Err(e) => return t.catch(e, &crate::exception::AttributeError).map(|_| None),
        }
    }
    match get(t, this, name) {
        Ok(v) => Ok(Some(v)),
        Err(e) => t.catch(e, &crate::exception::AttributeError).map(|_| None),
    }
}

/// `getattr(this, name)` for a Rust string.
pub fn get_by_name(t: Attached<'_>, this: &Value, name: &str) -> PyResult {
    get(t, this, &crate::str::intern(t, name))
}

/// `setattr(this, name, value)` (`Some`), `delattr(this, name)` (`None`).
pub fn set(t: Attached<'_>, this: &Value, name: &Value, value: Option<&Value>) -> PyResult<()> {
    match class_of(t, this).slots.set_attr() {
        Some(f) => f(t, this, name, value),
        None => Err(t.type_error(format!("'{}' object has no attributes", type_of(t, this).kind().map_or("?", |k| k.name)))),
    }
}
