//! `str`: the object and what the rest of the interpreter needs of it; methods in `str/`.
//!
//! A str holds generalized UTF-8 inline (`orochi_text::wtf8`), with its length in code points (so
//! "is ASCII" is one comparison), a cached hash, and for long non-ASCII text an index table made when
//! something first asks for a position. Interned strs are immortal and equal exactly when identical.

use std::collections::HashMap;
use std::hash::Hasher;
use std::sync::RwLock;
use std::sync::atomic::{AtomicPtr, AtomicU8, AtomicU64, Ordering::*};

use orochi_heap::{Payload, Value, payload};
use orochi_text::wtf8::{CharIndex, Wtf8, Wtf8Buf};

use crate::spec::{TypeSpec, flags};
use crate::thread::{Attached, PyResult};

/// The body of a str; the bytes follow.
#[repr(C)]
pub struct PyStr {
    /// 0: not computed.
    hash: AtomicU64,
    /// Bytes.
    len: usize,
    /// Code points.
    chars: usize,
    index: AtomicPtr<CharIndex>,
    interned: AtomicU8,
}

impl Payload for PyStr {
    payload!(PyStr, "str");
    const CYCLIC: bool = false;
    fn tail_size(&self) -> usize {
        // The tail begins behind the fields; the size counted is from `Self`'s end.
        self.len
    }
}

impl Drop for PyStr {
    fn drop(&mut self) {
        let index = *self.index.get_mut();
        if !index.is_null() {
            // SAFETY: made by Box::into_raw, owned by this str.
            drop(unsafe { Box::from_raw(index) });
        }
    }
}

impl PyStr {
    /// The bytes, generalized UTF-8.
    #[inline(always)]
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: `new_with` laid `len` initialised bytes behind the body.
        unsafe { std::slice::from_raw_parts((self as *const PyStr).add(1).cast::<u8>(), self.len) }
    }
    /// The text.
    #[inline(always)]
    pub fn wtf8(&self) -> &Wtf8 {
        // SAFETY: strs are made of Wtf8 only.
        unsafe { Wtf8::from_bytes_unchecked(self.bytes()) }
    }
    /// Length in code points.
    #[inline(always)]
    pub fn char_len(&self) -> usize {
        self.chars
    }
    /// Whether every code point is ASCII.
    #[inline(always)]
    pub fn is_ascii(&self) -> bool {
        self.chars == self.len
    }
    /// Whether the str is interned: then identity decides equality with other interned strs.
    #[inline(always)]
    pub fn is_interned(&self) -> bool {
        self.interned.load(Relaxed) != 0
    }
    /// The table from code point number to byte offset, made now if need be (non-ASCII strs).
    pub fn char_index(&self) -> &CharIndex {
        let mut index = self.index.load(Acquire);
        if index.is_null() {
            let new = Box::into_raw(Box::new(CharIndex::build(self.wtf8())));
            match self.index.compare_exchange(std::ptr::null_mut(), new, AcqRel, Acquire) {
                Ok(_) => index = new,
                Err(now) => {
                    // SAFETY: nobody saw the new one.
                    drop(unsafe { Box::from_raw(new) });
                    index = now;
                }
            }
        }
        // SAFETY: set once, freed with the str.
        unsafe { &*index }
    }
}

/// `str`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyStr>("str")
    .variable_size()
    .flags(flags::BASETYPE | flags::MATCH_SELF)
    .slots(crate::str_type::SLOTS)
    .methods(crate::str_type::METHODS)
    .doc(crate::str_type::DOC);

fn make(t: Attached<'_>, class: Option<&Value>, text: &Wtf8) -> PyResult {
    let bytes = text.as_bytes();
    let chars = text.char_count();
    let body = PyStr {
        hash: AtomicU64::new(0),
        len: bytes.len(),
        chars,
        index: AtomicPtr::default(),
        interned: AtomicU8::new(0),
    };
    let init = |tail: *mut u8| {
        // SAFETY: the tail has room for `len` bytes.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), tail, bytes.len()) }
    };
    match class {
        None => {
            // SAFETY: the map is str's; the tail is filled with the bytes that `len` announces.
            unsafe { orochi_heap::alloc_tail(TYPE.map(t), body, bytes.len(), init) }.map_err(|_| t.memory_error())
        }
        // SAFETY: as above; the class is checked there.
        Some(class) => unsafe { crate::type_::alloc_instance_tail(t, class, body, bytes.len(), init) },
    }
}

/// A new str. Aborts only if the process has no memory at all.
pub fn new(t: Attached<'_>, text: &str) -> Value {
    from_wtf8(t, Wtf8::from_str(text))
}
/// A new str of a Rust string that is at hand.
pub fn from_string(t: Attached<'_>, text: String) -> Value {
    new(t, &text)
}
/// A new str of generalized UTF-8.
pub fn from_wtf8(t: Attached<'_>, text: &Wtf8) -> Value {
    match make(t, None, text) {
        Ok(v) => v,
        Err(_) => std::alloc::handle_alloc_error(std::alloc::Layout::new::<PyStr>()),
    }
}
/// A new str, with MemoryError if there is no room: for sizes that the program chooses.
pub fn try_from_wtf8(t: Attached<'_>, text: &Wtf8) -> PyResult {
    make(t, None, text)
}
/// A new str of an owned buffer.
pub fn from_buf(t: Attached<'_>, text: Wtf8Buf) -> Value {
    from_wtf8(t, &text)
}
/// A new instance of a subclass of str.
pub fn new_in(t: Attached<'_>, class: &Value, text: &Wtf8) -> PyResult {
    make(t, Some(class), text)
}
/// The empty str.
pub fn empty(t: Attached<'_>) -> Value {
    intern(t, "")
}
/// A str of one code point; ASCII ones are interned.
pub fn from_code_point(t: Attached<'_>, c: u32) -> Value {
    let mut buf = Wtf8Buf::new();
    if let Some(c) = orochi_text::wtf8::CodePoint::new(c) {
        buf.push(c);
    }
    if c < 128 { intern_wtf8(t, &buf) } else { from_wtf8(t, &buf) }
}

/// The body, if the value is a str or of a subclass.
#[inline(always)]
pub fn as_str(v: &Value) -> Option<&PyStr> {
    v.payload::<PyStr>()
}
/// Whether the value is a str or of a subclass.
#[inline(always)]
pub fn is_str(v: &Value) -> bool {
    as_str(v).is_some()
}
/// Whether the value is a str and of no subclass: hashing and comparing it runs no Python.
#[inline(always)]
pub fn is_exact_str(v: &Value) -> bool {
    // A subclass's map has attributes or another type; the exact map has neither.
    as_str(v).is_some() && v.map_head().is_some_and(|m| is_str_type(m))
}
#[inline(always)]
fn is_str_type(m: &orochi_heap::MapHead) -> bool {
    // SAFETY: a type outlives its instances.
    let ty = unsafe { (*m.ty()).body::<crate::type_::PyType>() };
    ty.spec.is_some_and(|s| std::ptr::eq(s, &TYPE))
}
/// The bytes of an exact str.
#[inline(always)]
pub fn exact_bytes(v: &Value) -> Option<&[u8]> {
    if is_exact_str(v) { as_str(v).map(PyStr::bytes) } else { None }
}
/// The text of a str.
#[inline(always)]
pub fn wtf8(v: &Value) -> Option<&Wtf8> {
    as_str(v).map(PyStr::wtf8)
}
/// The text of a str without lone surrogates.
#[inline(always)]
pub fn utf8(v: &Value) -> Option<&str> {
    as_str(v)?.wtf8().as_str()
}
/// The text for messages: lone surrogates replaced; other values by their kind.
pub fn display(v: &Value) -> String {
    match as_str(v) {
        Some(s) => match s.wtf8().as_str() {
            Some(text) => text.to_owned(),
            None => String::from_utf8_lossy(s.bytes()).into_owned(),
        },
        None => format!("{v:?}"),
    }
}
/// The text of an argument that must be a str; TypeError otherwise.
pub fn expect<'a>(t: Attached<'_>, v: &'a Value, what: &str) -> PyResult<&'a PyStr> {
    match as_str(v) {
        Some(s) => Ok(s),
        None => Err(t.type_error(format!("{what} must be str, not {}", crate::type_::type_name(t, v)))),
    }
}

/// The hash of a str (not of a subclass with an own `__hash__`).
#[inline(always)]
pub fn hash(t: Attached<'_>, v: &Value) -> i64 {
    let Some(s) = as_str(v) else { return 0 };
    let h = s.hash.load(Relaxed);
    if h != 0 {
        return h as i64;
    }
    let h = hash_bytes(t, s.bytes());
    s.hash.store(h as u64, Relaxed);
    h
}
/// The hash of text and of bytes: SipHash-1-3 with the runtime's key; never 0 for non-empty, never -1.
pub fn hash_bytes(t: Attached<'_>, bytes: &[u8]) -> i64 {
    if bytes.is_empty() {
        return 0;
    }
    let (k0, k1) = t.runtime().options.hash_key;
    let mut hasher = siphasher::sip::SipHasher13::new_with_keys(k0, k1);
    hasher.write(bytes);
    match hasher.finish() as i64 {
        -1 => -2,
        h => h,
    }
}
/// Whether two strs have the same text.
#[inline]
pub fn same_text(a: &Value, b: &Value) -> bool {
    if a.is(b) {
        return true;
    }
    match (as_str(a), as_str(b)) {
        (Some(x), Some(y)) => !(x.is_interned() && y.is_interned()) && x.bytes() == y.bytes(),
        _ => false,
    }
}

const STRIPES: usize = 16;

/// The interned strs of a runtime, by text. They are immortal.
#[derive(Default)]
pub(crate) struct InternTable {
    stripes: [RwLock<HashMap<&'static [u8], u64>>; STRIPES],
}

impl InternTable {
    fn stripe(&self, bytes: &[u8]) -> &RwLock<HashMap<&'static [u8], u64>> {
        let mix = bytes.len() ^ bytes.first().map_or(0, |&b| usize::from(b)) ^ bytes.last().map_or(0, |&b| usize::from(b) << 2);
        &self.stripes[mix % STRIPES]
    }
    fn find(&self, bytes: &[u8]) -> Option<Value> {
        let stripe = self.stripe(bytes).read().unwrap_or_else(|e| e.into_inner());
        // SAFETY: interned strs are immortal, so the word needs no count.
        stripe.get(bytes).map(|&w| unsafe { Value::from_bits(w) })
    }
}

/// The interned str of a Rust string.
pub fn intern(t: Attached<'_>, text: &str) -> Value {
    intern_wtf8(t, Wtf8::from_str(text))
}
/// The interned str of a text.
pub fn intern_wtf8(t: Attached<'_>, text: &Wtf8) -> Value {
    match t.runtime().interned.find(text.as_bytes()) {
        Some(v) => v,
        None => intern_new(t, from_wtf8(t, text)),
    }
}
/// The interned str equal to an exact str (which may become it).
pub fn intern_value(t: Attached<'_>, v: &Value) -> Value {
    let Some(s) = as_str(v) else { return v.clone() };
    if s.is_interned() {
        return v.clone();
    }
    match t.runtime().interned.find(s.bytes()) {
        Some(found) => found,
        // The object itself must not become immortal: somebody may watch its death by its count.
        None => intern_new(t, from_wtf8(t, s.wtf8())),
    }
}
/// The interned str of a text, if there is one.
pub fn find_interned(t: Attached<'_>, text: &Wtf8) -> Option<Value> {
    t.runtime().interned.find(text.as_bytes())
}
fn intern_new(t: Attached<'_>, new: Value) -> Value {
    let Some(s) = as_str(&new) else { return new };
    hash(t, &new);
    // SAFETY: the str becomes immortal below, before the table shows it.
    let bytes: &'static [u8] = unsafe { std::mem::transmute(s.bytes()) };
    let mut stripe = t.runtime().interned.stripe(bytes).write().unwrap_or_else(|e| e.into_inner());
    if let Some(&w) = stripe.get(bytes) {
        // SAFETY: interned strs are immortal.
        return unsafe { Value::from_bits(w) };
    }
    s.interned.store(1, Relaxed);
    orochi_heap::count::immortalize(&new);
    stripe.insert(bytes, new.identity());
    drop(stripe);
    new
}
