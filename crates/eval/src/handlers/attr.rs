//! Attributes, with inline caches keyed by the receiver's map.
//!
//! ```text
//! | map address: 48 | kind: 3 | index: 13 |
//!   SLOT     the attribute lies `index` words behind the object's start
//!   RESOLVED the attribute is entry `index` of the resolved table of the receiver's class, and needs no binding
//!   METHOD   the same, a function: binding passes the receiver as self
//!   MODULE   the receiver is a module; entry `index` of its dict, if the key there is the name
//!   TYPE     the receiver is a class; entry `index` of its own resolved table
//!   PROPERTY entry `index` of the class's resolved table is a property whose getter is a Python function, or
//!            a descriptor whose `__get__` is one
//!   NATIVE   entry `index` of the class's resolved table describes an attribute that native code reads
//!   ADD      (stores) the attribute is added: the map's transition for the name leads on
//! ```
//! A map is never freed while its class lives, and a class's instances keep it; a cache of a dead class
//! could meet a new map at the old address only with equal meaning checked anew: slots are re-read from
//! names, so every kind verifies the name or is flushed when classes change shape
//! ([`crate::code_list::flush_caches`]).

use std::sync::atomic::{AtomicU64, Ordering::*};

use orochi_bytecode::Op;
use orochi_bytecode::word::{TAKE_B, Word};
use orochi_heap::value::TAG_DEFERRED;
use orochi_heap::{Header, Slot, Value};
use orochi_objects::attr::{self, is_absent};
use orochi_objects::map::{Map, map_of};
use orochi_objects::class_method::PyClassMethod;
use orochi_objects::module::PyModule;
use orochi_objects::property::PyProperty;
use orochi_objects::slots::{BinaryFn, SetFn};
use orochi_objects::spec::flags;
use orochi_objects::static_method::PyStaticMethod;
use orochi_objects::type_::{self, PyType, class_of};
use orochi_objects::{Attached, PyResult, dict, protocol};

use super::Regs;
use crate::frame::{Frame, eval_thread};
use crate::site_table::{Access, Lookup};

const NATIVE: u64 = 0;
const SLOT: u64 = 1;
const RESOLVED: u64 = 2;
const METHOD: u64 = 3;
const MODULE: u64 = 4;
const TYPE: u64 = 5;
const ADD: u64 = 6;
const PROPERTY: u64 = 7;

const MAX_INDEX: usize = 0x1FFF;

fn pack(map: *const Map, kind: u64, index: usize) -> u64 {
    (map as u64) << 16 | kind << 13 | index as u64
}

#[inline(always)]
fn header_of<'a>(word: u64) -> Option<&'a Header> {
    // SAFETY: a pointer word in a register is a live object.
    if word & 0b11 == 0 { Some(unsafe { &*((word & !TAG_DEFERRED) as *const Header) }) } else { None }
}

/// The slot `index` words behind the start of an object.
///
/// # Safety
/// The cache entry was made for this map, which has that slot.
#[inline(always)]
unsafe fn slot_at(h: &Header, index: usize) -> &Slot {
    // SAFETY: as the caller says.
    unsafe { &*(h as *const Header).cast::<Slot>().add(index) }
}

#[inline(always)]
fn name_word(frame: &Frame, name: u16) -> u64 {
    // SAFETY: name numbers are in range (verified).
    unsafe { frame.code().names.get_unchecked(name as usize) }.identity()
}

#[inline(always)]
fn class_body<'a>(h: &Header) -> &'a PyType {
    // SAFETY: a type outlives its instances.
    unsafe { (*h.map_head().ty()).body::<PyType>() }
}

/// The attribute by the inline cache, if it holds.
#[inline(always)]
pub(crate) fn cached_load(_t: Attached<'_>, receiver: u64, cache: u64, frame: &Frame, name: u16) -> Option<Value> {
    let h = header_of(receiver)?;
    if h.map_ptr() as u64 != cache >> 16 {
        return None;
    }
    let index = (cache & 0x1FFF) as usize;
    match cache >> 13 & 7 {
        SLOT => {
            // SAFETY: the cache was made for this map.
            let v = unsafe { slot_at(h, index) }.load_register();
            if is_absent(v.bits()) { None } else { Some(v) }
        }
        RESOLVED => {
            class_body(h).resolved_value_at(index, name_word(frame, name)).filter(|v| !v.is_unbound())
        }
        MODULE => {
            // SAFETY: the map's kind was checked when the cache was made.
            let namespace = unsafe { h.body::<PyModule>() }.dict.bits_racy();
            // SAFETY: a module's dict is set at birth and stays.
            let d = unsafe { Value::borrow_bits(&namespace).payload_unchecked::<dict::PyDict>() };
            let v = dict::slot_at(d, index, name_word(frame, name))?.load_register();
            if v.is_unbound() { None } else { Some(v) }
        }
        TYPE => {
            // SAFETY: the map's kind was checked when the cache was made.
            let v = unsafe { h.body::<PyType>() }.resolved_value_at(index, name_word(frame, name))?;
            plain_class_attribute(v)
        }
        _ => None,
    }
}

/// A class attribute that needs no binding when it is read from the class: an immediate, a function, a plain object.
#[inline(always)]
fn plain_class_attribute(v: Value) -> Option<Value> {
    match v.header() {
        None if v.is_unbound() => None,
        None => Some(v),
        Some(h) if class_body(h).has(flags::METHOD_DESCRIPTOR) => Some(v),
        Some(h) if class_body(h).slots.descr_get().is_none() => Some(v),
        Some(_) => None,
    }
}

/// The method by the inline cache, as a register word: binding it passes the receiver as self.
#[inline(always)]
pub(crate) fn cached_method(receiver: u64, cache: u64, frame: &Frame, name: u16) -> Option<u64> {
    let h = header_of(receiver)?;
    if h.map_ptr() as u64 != cache >> 16 || cache >> 13 & 7 != METHOD {
        return None;
    }
    let word = class_body(h).resolved_at((cache & 0x1FFF) as usize, name_word(frame, name))?;
    if word & 0b111 == TAG_DEFERRED { Some(word) } else { None }
}

/// Whether the inline cache remembers a property or another descriptor that Python code reads.
#[inline(always)]
pub(crate) fn is_property(cache: u64) -> bool {
    cache >> 13 & 7 == PROPERTY
}

/// The native attribute that the inline cache remembers, if it holds.
#[inline]
fn cached_native(t: Attached<'_>, receiver: &Value, cache: u64, name: &Value) -> Option<PyResult> {
    let h = receiver.header()?;
    if h.map_ptr() as u64 != cache >> 16 || cache >> 13 & 7 != NATIVE {
        return None;
    }
    let word = class_body(h).resolved_at((cache & 0x1FFF) as usize, name.identity())?;
    if word & 0b111 != TAG_DEFERRED {
        return None;
    }
    // SAFETY: a resolved word with this tag is an object that needs no count.
    orochi_objects::native::native_attribute(t, unsafe { Value::from_bits(word) }, receiver)
}

/// How Python code reads an attribute: by a property's getter, or by a descriptor's `__get__`.
pub(crate) enum Getter {
    /// The function to call with the receiver.
    Property(Value),
    /// The function to call with the descriptor, the receiver and the receiver's class.
    Descriptor(Value, Value),
}

/// The getter that the inline cache remembers, if it holds.
#[inline]
pub(crate) fn cached_getter(t: Attached<'_>, receiver: u64, cache: u64, frame: &Frame, name: u16) -> Option<Getter> {
    let h = header_of(receiver)?;
    if h.map_ptr() as u64 != cache >> 16 || !is_property(cache) {
        return None;
    }
    let word = class_body(h).resolved_at((cache & 0x1FFF) as usize, name_word(frame, name))?;
    if word & 0b111 != TAG_DEFERRED {
        return None;
    }
    // SAFETY: a resolved word with this tag is an object that needs no count.
    let found = unsafe { Value::from_bits(word) };
    match found.payload::<PyProperty>() {
        Some(property) => Some(Getter::Property(property.get.load_register())),
        None => Some(Getter::Descriptor(python_get(t, &found)?, found)),
    }
}

/// The `__get__` of a descriptor's class, if it is a Python function.
fn python_get(t: Attached<'_>, descriptor: &Value) -> Option<Value> {
    let get = type_::lookup_resolved(t, class_of(t, descriptor), &t.names().__get__)?;
    super::call::as_function(get.bits()).is_some_and(|f| !f.code().is_generator_like()).then_some(get)
}

/// The kind of cache for an attribute that a descriptor of the class reads, if there is one.
fn descriptor_kind(t: Attached<'_>, found: &Value) -> Option<u64> {
    if let Some(property) = found.payload::<PyProperty>() {
        let getter = property.get.load_register();
        let simple = super::call::as_function(getter.bits()).is_some_and(|f| f.code().simple_args == 1);
        return Some(if simple { PROPERTY } else { NATIVE });
    }
    if orochi_objects::native::is_native_attribute(t, found) {
        return Some(NATIVE);
    }
    python_get(t, found).map(|_| PROPERTY)
}

/// LoadAttr without a cache; fills it where it can.
pub(crate) fn load(t: Attached<'_>, frame: &Frame, receiver: &Value, w: Word, cache: &AtomicU64) -> PyResult {
    let name = &frame.code().names[w.c() as usize];
    if receiver.is_unbound() {
        return Err(super::name::unbound_local(t, frame, w.b() as usize));
    }
    let Some(h) = receiver.header() else { return attr::get(t, receiver, name) };
    if let Some(r) = cached_native(t, receiver, cache.load(Relaxed), name) {
        return r;
    }
    if let Some(word) = eval_thread(t).site_table.get(t, h.map_ptr(), name, Access::Load, cache) {
        if let Some(v) = cached_load(t, receiver.bits(), word, frame, w.c()) {
            return Ok(v);
        }
        if let Some(r) = cached_native(t, receiver, word, name) {
            return r;
        }
    }
    let lookup = Lookup::begin(t, cache, name, Access::Load);
    let ty = class_of(t, receiver);
    let map = map_of(h);
    let getter = ty.slots.get_attr();
    if getter.is_some_and(|f| f as usize == attr::generic_get as BinaryFn as usize) {
        // Sites that see many classes come here often: the value is taken on the way.
        let found = type_::lookup_resolved(t, ty, name);
        let data = found.as_ref().is_some_and(|d| class_of(t, d).slots.descr_set().is_some());
        if data {
            // A `__slots__` member is a slot like any other.
            if let Some(i) = found.as_ref().and_then(orochi_objects::member::slot_index)
                && let Some(index) = slot_offset(h, map, i as usize)
            {
                lookup.found(t, &map.head, pack(map, SLOT, index));
                // SAFETY: the map has that slot.
                let v = unsafe { slot_at(h, index) }.load_register();
                if !is_absent(v.bits()) {
                    return Ok(v);
                }
            } else if let Some(found) = &found
                && let Some(i) = ty.resolved_index(name.identity()).filter(|&i| i <= MAX_INDEX)
                && let Some(kind) = descriptor_kind(t, found)
            {
                lookup.found(t, &map.head, pack(map, kind, i));
            }
        } else if let Some(i) = map.find(name.identity()) {
            if let Some(index) = slot_offset(h, map, i) {
                lookup.found(t, &map.head, pack(map, SLOT, index));
                // SAFETY: the map has that slot.
                let v = unsafe { slot_at(h, index) }.load_register();
                if !is_absent(v.bits()) {
                    return Ok(v);
                }
            }
        } else if !map.is_dict
            && let Some(found) = found
        {
            if class_of(t, &found).slots.descr_get().is_some() {
                if let Some(kind) = descriptor_kind(t, &found)
                    && let Some(i) = ty.resolved_index(name.identity()).filter(|&i| i <= MAX_INDEX)
                {
                    lookup.found(t, &map.head, pack(map, kind, i));
                }
                return attr::get(t, receiver, name);
            }
            if let Some(i) = ty.resolved_index(name.identity()).filter(|&i| i <= MAX_INDEX) {
                lookup.found(t, &map.head, pack(map, RESOLVED, i));
            }
            return Ok(found);
        }
    } else if let Some(m) = receiver.payload::<PyModule>() {
        let namespace = m.dict.load();
        let plain = type_::lookup_resolved(t, ty, name).is_none();
        if plain
            && let Some(d) = dict::as_dict(&namespace)
            && let Some(i) = dict::index_of(t, d, name).filter(|&i| i <= MAX_INDEX)
        {
            lookup.found(t, &map.head, pack(map, MODULE, i));
        }
    } else if let Some(class) = receiver.payload::<PyType>() {
        let own = getter.is_some_and(|f| f as usize == type_::type_get_attr as BinaryFn as usize);
        let v = attr::get(t, receiver, name)?;
        if own
            && class_decides(t, ty, name)
            && let Some(i) = class.resolved_index(name.identity()).filter(|&i| i <= MAX_INDEX)
        {
            lookup.found(t, &map.head, pack(map, TYPE, i));
        }
        return Ok(v);
    }
    attr::get(t, receiver, name)
}

/// Words from the object's start to slot `i`, if it lies inside an object of fixed size.
fn slot_offset(h: &Header, map: &Map, i: usize) -> Option<usize> {
    if i >= map.head.inline_slots as usize || map.head.flags() & orochi_heap::kind::MAP_TAIL != 0 {
        return None;
    }
    let index = (16 + h.body_size() + 8) / 8 + i;
    (index <= MAX_INDEX).then_some(index)
}

/// LoadMethod without a cache; fills it where it can. Gives callable and self (or unbound).
pub(crate) fn load_method(t: Attached<'_>, frame: &Frame, receiver: &Value, w: Word, cache: &AtomicU64) -> PyResult<(Value, Value)> {
    let name = &frame.code().names[w.c() as usize];
    if receiver.is_unbound() {
        return Err(super::name::unbound_local(t, frame, w.b() as usize));
    }
    let word = cache.load(Relaxed);
    // What is called without self: functions of modules and classes, callables in attributes.
    if matches!(word >> 13 & 7, MODULE | TYPE | SLOT | RESOLVED)
        && let Some(v) = cached_load(t, receiver.bits(), word, frame, w.c())
    {
        return Ok((v, Value::unbound()));
    }
    if let Some(h) = receiver.header()
        && let Some(word) = eval_thread(t).site_table.get(t, h.map_ptr(), name, Access::Method, cache)
        && let Some(function) = cached_method(receiver.bits(), word, frame, w.c())
    {
        // SAFETY: resolved words need no count; a register may hold them.
        return Ok((unsafe { Value::from_bits(function) }, receiver.clone()));
    }
    let lookup = Lookup::begin(t, cache, name, Access::Method);
    let ty = class_of(t, receiver);
    let generic = ty.slots.get_attr().is_some_and(|f| f as usize == attr::generic_get as BinaryFn as usize);
    if generic && let Some(f) = type_::lookup_resolved(t, ty, name)
        && class_of(t, &f).has(flags::METHOD_DESCRIPTOR)
    {
        let own = receiver.header().is_some_and(|h| {
            let map = map_of(h);
            if map.is_dict { attr::instance_get(t, h, name).is_some() } else { map.find(name.identity()).is_some() && attr::instance_get(t, h, name).is_some() }
        });
        if !own {
            if let Some(h) = receiver.header()
                && !map_of(h).is_dict
                && let Some(i) = ty.resolved_index(name.identity()).filter(|&i| i <= MAX_INDEX)
            {
                lookup.found(t, h.map_ptr(), pack(map_of(h), METHOD, i));
            }
            return Ok((f, receiver.clone()));
        }
    }
    if let Some(found) = unbound_class_method(t, receiver, ty, name, generic) {
        return Ok(found);
    }
    Ok((load(t, frame, receiver, w, cache)?, Value::unbound()))
}

/// Whether a class whose metaclass is `meta` decides itself what its attribute is: what the metaclass has of that name
/// (`type` too has an `__init__` and a `__setattr__`) is no data descriptor. If it becomes one, all caches are emptied.
fn class_decides(t: Attached<'_>, meta: &PyType, name: &Value) -> bool {
    type_::lookup_resolved(t, meta, name).is_none_or(|found| class_of(t, &found).slots.descr_set().is_none())
}

/// A class method or static method that is called: its function and the class (or unbound), without a bound
/// method between.
fn unbound_class_method(t: Attached<'_>, receiver: &Value, ty: &PyType, name: &Value, generic: bool) -> Option<(Value, Value)> {
    let (found, class) = if generic {
        let found = type_::lookup_resolved(t, ty, name)?;
        if receiver.header().is_some_and(|h| attr::instance_get(t, h, name).is_some()) {
            return None;
        }
        (found, ty.this())
    } else {
        let class = receiver.payload::<PyType>()?;
        let own = ty.slots.get_attr().is_some_and(|f| f as usize == type_::type_get_attr as BinaryFn as usize);
        if !own || !class_decides(t, ty, name) {
            return None;
        }
        (type_::lookup_resolved(t, class, name)?, receiver)
    };
    let (function, class) = match found.payload::<PyStaticMethod>() {
        Some(method) => (method.callable.load_register(), Value::unbound()),
        None => (found.payload::<PyClassMethod>()?.callable.load_register(), class.clone_register()),
    };
    super::call::as_function(function.bits())?;
    Some((function, class))
}

/// StoreAttr by the inline cache. `Err` gives the value back: the cache does not hold.
#[inline(always)]
pub(crate) fn cached_store(t: Attached<'_>, receiver: u64, value: Value, cache: u64, frame: &Frame, name: u16) -> Result<(), Value> {
    let Some(h) = header_of(receiver) else { return Err(value) };
    if h.map_ptr() as u64 != cache >> 16 {
        return Err(value);
    }
    let index = (cache & 0x1FFF) as usize;
    match cache >> 13 & 7 {
        SLOT => {
            // SAFETY: the cache was made for this map.
            let slot = unsafe { slot_at(h, index) };
            let old = slot.swap(value);
            if old.bits() == attr::MOVED {
                // The attributes are moving to a dict just now: put the mark back and take the slow way.
                return Err(slot.swap(old));
            }
            drop(old);
            Ok(())
        }
        ADD => {
            // SAFETY: the map is the object's own.
            let map = unsafe { &*((cache >> 16) as *const Map) };
            let Some(next) = map.with_attribute(name_word(frame, name)) else { return Err(value) };
            // SAFETY: the cache was made for this map: slot `index` is the first that it does not name.
            unsafe { attr::add_inline(t, h, map, next, slot_at(h, index), value) }
        }
        _ => Err(value),
    }
}

/// StoreAttr without a cache; fills it where it can.
pub(crate) fn store(t: Attached<'_>, frame: &Frame, receiver: &Value, mut value: Value, w: Word, cache: &AtomicU64) -> PyResult<()> {
    let name = &frame.code().names[w.c() as usize];
    if receiver.is_unbound() {
        return Err(super::name::unbound_local(t, frame, w.b() as usize));
    }
    if value.is_unbound() {
        return Err(super::name::unbound_local(t, frame, w.a() as usize));
    }
    if let Some(h) = receiver.header() {
        if let Some(word) = eval_thread(t).site_table.get(t, h.map_ptr(), name, Access::Store, cache) {
            match cached_store(t, receiver.bits(), value, word, frame, w.c()) {
                Ok(()) => return Ok(()),
                Err(back) => value = back,
            }
        }
        let lookup = Lookup::begin(t, cache, name, Access::Store);
        let ty = class_of(t, receiver);
        let map = map_of(h);
        let generic = ty.slots.set_attr().is_some_and(|f| f as usize == attr::generic_set as SetFn as usize);
        if generic && !map.is_dict {
            let found = type_::lookup_resolved(t, ty, name);
            let place = match found.as_ref().map(|d| class_of(t, d).slots.descr_set().is_some()) {
                Some(true) => found.as_ref().and_then(orochi_objects::member::slot_index).map(|i| i as usize),
                _ if map.has_dict => match map.find(name.identity()) {
                    Some(i) => Some(i),
                    None => {
                        if let Some(index) = slot_offset(h, map, map.members as usize + map.names.len()) {
                            lookup.found(t, &map.head, pack(map, ADD, index));
                        }
                        None
                    }
                },
                _ => None,
            };
            if let Some(index) = place.and_then(|i| slot_offset(h, map, i)) {
                lookup.found(t, &map.head, pack(map, SLOT, index));
                // SAFETY: the map has that slot.
                let slot = unsafe { slot_at(h, index) };
                let old = slot.swap(value);
                if old.bits() != attr::MOVED {
                    return Ok(());
                }
                let value = slot.swap(old);
                return attr::set(t, receiver, name, Some(&value));
            }
        }
    }
    attr::set(t, receiver, name, Some(&value))
}

pub(super) fn cold(t: Attached<'_>, frame: &mut Frame, op: Op, w: Word) -> PyResult<()> {
    let regs = Regs::of(frame);
    match op {
        Op::DeleteAttr => {
            let name = frame.code().names[w.c() as usize].clone();
            attr::set(t, regs.view(w.b()), &name, None)?;
            regs.done(w, TAKE_B);
            Ok(())
        }
        Op::LoadSuperAttr | Op::LoadSuperMethod => {
            let name = frame.code().names[w.c() as usize].clone();
            let (sup, class, this) = (regs.take(w.b()), regs.take(w.b() + 1), regs.take(w.b() + 2));
            let plain = sup.is(orochi_objects::super_::TYPE.get(t));
            if plain && op == Op::LoadSuperMethod {
                let (f, pass_self) = orochi_objects::super_::lookup_method(t, &class, &this, &name)?;
                regs.put(w.a(), f);
                regs.put(w.a() + 1, if pass_self { this } else { Value::unbound() });
                return Ok(());
            }
            let v = if plain {
                orochi_objects::super_::lookup(t, &class, &this, &name)?
            } else {
                let object = protocol::call(t, &sup, &[class, this])?;
                attr::get(t, &object, &name)?
            };
            if op == Op::LoadSuperMethod {
                match super::call::open_method(&v) {
                    Some((function, this)) => {
                        regs.put(w.a(), function);
                        regs.put(w.a() + 1, this);
                    }
                    None => {
                        regs.put(w.a(), v);
                        regs.put(w.a() + 1, Value::unbound());
                    }
                }
            } else {
                regs.put(w.a(), v);
            }
            Ok(())
        }
        // `LoadSpecial` stands in the eval loop.
        _ => load_special(t, frame, w),
    }
}

/// `__enter__` and its like, bound, for `with`.
pub(crate) fn load_special(t: Attached<'_>, frame: &mut Frame, w: Word) -> PyResult<()> {
    let regs = Regs::of(frame);
    let n = t.names();
    let (name, protocol_name) = match w.c() {
        0 => (&n.__enter__, "the context manager protocol"),
        1 => (&n.__exit__, "the context manager protocol"),
        2 => (&n.__aenter__, "the asynchronous context manager protocol"),
        _ => (&n.__aexit__, "the asynchronous context manager protocol"),
    };
    let receiver = regs.view(w.b());
    if let Some(f) = type_::lookup_resolved(t, class_of(t, receiver), name)
        && class_of(t, &f).has(flags::METHOD_DESCRIPTOR)
    {
        let this = regs.operand(w, w.b(), TAKE_B);
        regs.put(w.a(), f);
        regs.put(w.a() + 1, this);
        return Ok(());
    }
    match protocol::lookup_special(t, receiver, name)? {
        Some(f) => {
            regs.done(w, TAKE_B);
            match super::call::open_method(&f) {
                Some((function, this)) => {
                    regs.put(w.a(), function);
                    regs.put(w.a() + 1, this);
                }
                None => {
                    regs.put(w.a(), f);
                    regs.put(w.a() + 1, Value::unbound());
                }
            }
            Ok(())
        }
        None => {
            let other = if w.c() < 2 { &n.__aenter__ } else { &n.__enter__ };
            let mut message = format!(
                "'{}' object does not support {protocol_name} (missed {} method)",
                class_of(t, receiver).full_name(t),
                orochi_objects::str::display(name)
            );
            if protocol::has_special(t, receiver, other) {
                message.push_str(if w.c() < 2 {
                    " but it supports the asynchronous context manager protocol. Did you mean to use 'async with'?"
                } else {
                    " but it supports the context manager protocol. Did you mean to use 'with'?"
                });
            }
            Err(t.type_error(message))
        }
    }
}
