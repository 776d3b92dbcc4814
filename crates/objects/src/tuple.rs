//! `tuple`: immutable, members inline. Methods in `tuple_type.rs`.

pub mod iter;

use std::sync::atomic::{AtomicI64, Ordering::*};

use orochi_heap::{Payload, Value, Visit, payload};

use crate::spec::{TypeSpec, flags};
use crate::thread::{Attached, PyResult};

/// The body of a tuple; the members follow.
#[repr(C)]
pub struct PyTuple {
    len: u32,
    /// Members behind the visible ones: fields of a struct sequence that only have names.
    hidden: u32,
    /// 0: not computed.
    pub(crate) hash: AtomicI64,
}

impl Payload for PyTuple {
    payload!(PyTuple, "tuple");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.values(self.all());
    }
    fn tail_size(&self) -> usize {
        self.all_len() * 8
    }
}

impl Drop for PyTuple {
    fn drop(&mut self) {
        let tail = (self as *mut PyTuple).wrapping_add(1).cast::<Value>();
        // SAFETY: the tail holds `all_len` values, dropped once, here.
        unsafe { std::ptr::slice_from_raw_parts_mut(tail, self.all_len()).drop_in_place() }
    }
}

impl PyTuple {
    /// The members.
    #[inline(always)]
    pub fn items(&self) -> &[Value] {
        // SAFETY: `make` laid `len` values behind the body.
        unsafe { std::slice::from_raw_parts((self as *const PyTuple).add(1).cast::<Value>(), self.len as usize) }
    }
    #[inline(always)]
    fn all_len(&self) -> usize {
        self.len as usize + self.hidden as usize
    }
    /// The members and the hidden ones behind them.
    #[inline(always)]
    pub fn all(&self) -> &[Value] {
        // SAFETY: `make` laid `len + hidden` values behind the body.
        unsafe { std::slice::from_raw_parts((self as *const PyTuple).add(1).cast::<Value>(), self.all_len()) }
    }
}

/// `tuple`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyTuple>("tuple")
    .variable_size()
    .flags(flags::BASETYPE | flags::SEQUENCE | flags::MATCH_SELF)
    .slots(crate::tuple_type::SLOTS)
    .methods(crate::tuple_type::METHODS)
    .doc(crate::tuple_type::DOC);

fn filler(items: &mut dyn ExactSizeIterator<Item = Value>) -> impl FnOnce(*mut u8) {
    move |tail: *mut u8| {
        let tail = tail.cast::<Value>();
        for (i, v) in items.enumerate() {
            // SAFETY: the tail has room for as many values as the iterator announced.
            unsafe { tail.add(i).write(v.counted()) };
        }
    }
}

/// The tuple without members: there is one, which never dies.
#[inline]
pub fn empty(t: Attached<'_>) -> Value {
    let known = t.runtime().empty_tuple.load(Acquire);
    if known != 0 { immortal(known) } else { make_empty(t) }
}

/// The value of the word of the tuple without members.
#[inline(always)]
fn immortal(known: u64) -> Value {
    // SAFETY: the tuple never dies, so the word needs no count.
    unsafe { Value::from_bits(known) }
}

#[cold]
#[inline(never)]
fn make_empty(t: Attached<'_>) -> Value {
    let body = PyTuple { len: 0, hidden: 0, hash: AtomicI64::new(0) };
    // SAFETY: the map is tuple's; there is no tail.
    match unsafe { orochi_heap::alloc_tail(TYPE.map(t), body, 0, |_| ()) } {
        Ok(v) => {
            orochi_heap::count::immortalize(&v);
            match t.runtime().empty_tuple.compare_exchange(0, v.identity(), AcqRel, Acquire) {
                Ok(_) => v,
                // Another thread was first; this one stays unused.
                Err(known) => immortal(known),
            }
        }
        Err(_) => std::alloc::handle_alloc_error(std::alloc::Layout::new::<PyTuple>()),
    }
}

/// A new tuple of the values given.
pub fn new(t: Attached<'_>, items: Vec<Value>) -> Value {
    match try_new(t, items) {
        Ok(v) => v,
        Err(_) => std::alloc::handle_alloc_error(std::alloc::Layout::new::<PyTuple>()),
    }
}
/// A new tuple; MemoryError if there is no room.
pub fn try_new(t: Attached<'_>, items: Vec<Value>) -> PyResult {
    let n = items.len();
    if n == 0 {
        return Ok(empty(t));
    }
    let Ok(len) = u32::try_from(n) else { return Err(t.memory_error()) };
    let body = PyTuple { len, hidden: 0, hash: AtomicI64::new(0) };
    let mut items = items.into_iter();
    // SAFETY: the map is tuple's; the tail is filled with `n` values.
    unsafe { orochi_heap::alloc_tail(TYPE.map(t), body, n * 8, filler(&mut items)) }.map_err(|_| t.memory_error())
}
/// A new tuple of `n` values that move out of register words, unbound markers taking their places.
///
/// # Safety
/// `words..words + n` are valid owned words that nobody else looks at.
#[inline]
pub unsafe fn from_words(t: Attached<'_>, words: *mut u64, n: usize) -> PyResult {
    if n == 0 {
        return Ok(empty(t));
    }
    let Ok(len) = u32::try_from(n) else { return Err(t.memory_error()) };
    let body = PyTuple { len, hidden: 0, hash: AtomicI64::new(0) };
    // SAFETY: the map is tuple's; the tail is filled with `n` values, each moved once.
    unsafe { orochi_heap::alloc_tail(TYPE.map(t), body, n * 8, |tail| crate::value_run::move_words(words, tail.cast(), n)) }
        .map_err(|_| t.memory_error())
}
/// A new tuple of the values of a slice.
pub fn from_slice(t: Attached<'_>, items: &[Value]) -> Value {
    if items.is_empty() {
        return empty(t);
    }
    let Ok(len) = u32::try_from(items.len()) else { return new(t, items.to_vec()) };
    let body = PyTuple { len, hidden: 0, hash: AtomicI64::new(0) };
    let fill = |tail: *mut u8| {
        for (i, v) in items.iter().enumerate() {
            // SAFETY: the tail has room for as many values as there are items.
            unsafe { tail.cast::<Value>().add(i).write(v.clone()) };
        }
    };
    // SAFETY: the map is tuple's; the tail is filled with `len` values.
    match unsafe { orochi_heap::alloc_tail(TYPE.map(t), body, items.len() * 8, fill) } {
        Ok(v) => v,
        Err(_) => std::alloc::handle_alloc_error(std::alloc::Layout::new::<PyTuple>()),
    }
}
/// A new tuple of a subclass.
pub fn new_in(t: Attached<'_>, class: &Value, items: Vec<Value>) -> PyResult {
    let n = items.len();
    new_hiding(t, class, items, n)
}
/// A new tuple of a subclass, of which only the first `visible` of the values are members; the others
/// are seen through [`PyTuple::all`].
pub fn new_hiding(t: Attached<'_>, class: &Value, items: Vec<Value>, visible: usize) -> PyResult {
    let n = items.len();
    let visible = visible.min(n);
    let (Ok(len), Ok(hidden)) = (u32::try_from(visible), u32::try_from(n - visible)) else {
        return Err(t.memory_error());
    };
    let body = PyTuple { len, hidden, hash: AtomicI64::new(0) };
    let mut items = items.into_iter();
    // SAFETY: the class is checked there; the tail is filled with `n` values.
    unsafe { crate::type_::alloc_instance_tail(t, class, body, n * 8, filler(&mut items)) }
}

/// The body, if the value is a tuple or of a subclass.
#[inline(always)]
pub fn as_tuple(v: &Value) -> Option<&PyTuple> {
    v.payload::<PyTuple>()
}
/// The members of a tuple; nothing for other values.
#[inline(always)]
pub fn items(v: &Value) -> &[Value] {
    as_tuple(v).map_or(&[], PyTuple::items)
}

/// `tuple[i]`, negative indices counting from the end; IndexError outside.
#[inline]
pub fn get_index(t: Attached<'_>, tuple: &Value, i: i64) -> PyResult {
    let members = items(tuple);
    let found = if i >= 0 {
        members.get(i as usize)
    } else {
        crate::protocol::normalize_index(i as isize, members.len()).and_then(|i| members.get(i))
    };
    match found {
        Some(v) => Ok(v.clone()),
        None => Err(t.raise(&crate::exception::IndexError, "tuple index out of range")),
    }
}
