//! `str`: the object and what the rest of the interpreter needs of it; methods in `str_type.rs`. `str/build.rs`
//! makes strs in place.
//!
//! A str holds generalized UTF-8 inline (`orochi_text::wtf8`), with its length in code points (so
//! "is ASCII" is one comparison), a cached hash, and for long non-ASCII text an index table made when
//! something first asks for a position. Interned strs are immortal and equal exactly when identical.

pub(crate) mod build;

use std::collections::HashMap;
use std::sync::RwLock;
use std::ops::Range;
use std::sync::atomic::{AtomicPtr, AtomicU8, AtomicU64, Ordering::*};

use orochi_heap::{Payload, Value, payload};
use orochi_text::wtf8::{CharIndex, Wtf8, Wtf8Buf};

use crate::spec::{TypeSpec, flags};
use crate::thread::{Attached, PyResult};

pub use build::{from_i64, from_i64_in_base};

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
    /// Bytes of the tail behind the text: room that [`append`] may fill.
    spare: u32,
    interned: AtomicU8,
}

impl Payload for PyStr {
    payload!(PyStr, "str");
    const CYCLIC: bool = false;
    fn tail_size(&self) -> usize {
        // The tail begins behind the fields; the size counted is from `Self`'s end.
        self.len + self.spare as usize
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
    /// Byte offset of a code point by number; the length for the number of code points and beyond.
    #[inline]
    pub fn byte_of(&self, n: usize) -> usize {
        if n >= self.chars {
            return self.len;
        }
        if self.is_ascii() {
            return n;
        }
        let found = if self.len < INDEX_FROM { self.wtf8().byte_offset(n) } else { self.char_index().byte_offset(self.wtf8(), n) };
        found.unwrap_or(self.len)
    }
    /// Number of the code point that begins at a byte offset.
    #[inline]
    pub fn char_of(&self, byte: usize) -> usize {
        if self.is_ascii() {
            return byte;
        }
        if self.len < INDEX_FROM {
            return self.wtf8().char_offset(byte.min(self.len));
        }
        self.char_index().char_offset(self.wtf8(), byte)
    }
    /// The code point of a number below the length.
    #[inline]
    pub fn char_at(&self, n: usize) -> Option<u32> {
        if self.is_ascii() {
            return self.bytes().get(n).map(|&b| u32::from(b));
        }
        self.wtf8().char_at_byte(self.byte_of(n)).map(|c| c.to_u32())
    }
}

/// Bytes from which a non-ASCII str gets an index table when it is indexed; shorter ones are counted through.
const INDEX_FROM: usize = 128;

/// `str`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyStr>("str")
    .variable_size()
    .flags(flags::BASETYPE | flags::MATCH_SELF)
    .slots(crate::str_type::SLOTS)
    .methods(crate::str_type::METHODS)
    .doc(crate::str_type::DOC);

fn new_body(len: usize, chars: usize, spare: u32) -> PyStr {
    PyStr {
        hash: AtomicU64::new(0),
        len,
        chars,
        index: AtomicPtr::default(),
        spare,
        interned: AtomicU8::new(0),
    }
}

/// The map of exact strs.
#[inline(always)]
fn map(t: Attached<'_>) -> *const orochi_heap::MapHead {
    let known = t.thread().str_map.load(Relaxed);
    if known.is_null() { find_map(t) } else { known }
}
#[cold]
fn find_map(t: Attached<'_>) -> *const orochi_heap::MapHead {
    let map = TYPE.map(t);
    t.thread().str_map.store(map.cast_mut(), Relaxed);
    map
}

/// A str of `len` bytes and `chars` code points that `fill` writes, with `spare` bytes of room behind.
///
/// # Safety
/// `fill` writes `len` bytes of generalized UTF-8 that are `chars` code points.
#[inline(always)]
unsafe fn make(t: Attached<'_>, len: usize, chars: usize, spare: u32, fill: impl FnOnce(*mut u8)) -> PyResult {
    let Some(tail) = len.checked_add(spare as usize) else { return Err(t.memory_error()) };
    // SAFETY: the map is str's; the tail begins with the bytes that `len` announces, and the room behind
    // them is read only after `append` wrote it.
    let made = unsafe {
        orochi_heap::alloc_tail_with::<PyStr>(map(t), tail, |place, tail| {
            place.write(new_body(len, chars, spare));
            fill(tail);
        })
    };
    match made {
        Ok(v) => Ok(v),
        Err(_) => Err(t.memory_error()),
    }
}

/// Copies bytes as `copy_nonoverlapping` does; few of them without a call.
///
/// # Safety
/// As for `copy_nonoverlapping`.
#[inline(always)]
pub(crate) unsafe fn copy_bytes(from: *const u8, to: *mut u8, n: usize) {
    // SAFETY: both ends of `n` bytes are inside, as the caller says; where they overlap, the same bytes are
    // written twice. The reads come before the writes.
    unsafe {
        match n {
            9..=16 => {
                let (a, b) = (from.cast::<u64>().read_unaligned(), from.add(n - 8).cast::<u64>().read_unaligned());
                to.cast::<u64>().write_unaligned(a);
                to.add(n - 8).cast::<u64>().write_unaligned(b);
            }
            4..=8 => {
                let (a, b) = (from.cast::<u32>().read_unaligned(), from.add(n - 4).cast::<u32>().read_unaligned());
                to.cast::<u32>().write_unaligned(a);
                to.add(n - 4).cast::<u32>().write_unaligned(b);
            }
            2..=3 => {
                let (a, b) = (from.cast::<u16>().read_unaligned(), from.add(n - 2).cast::<u16>().read_unaligned());
                to.cast::<u16>().write_unaligned(a);
                to.add(n - 2).cast::<u16>().write_unaligned(b);
            }
            1 => *to = *from,
            0 => {}
            _ => std::ptr::copy_nonoverlapping(from, to, n),
        }
    }
}

/// `chars`: the number of code points.
#[inline(always)]
fn copy_of(t: Attached<'_>, text: &Wtf8, chars: usize) -> PyResult {
    let bytes = text.as_bytes();
    // SAFETY: the tail has room for the bytes of a text, of which `chars` is the count (the callers
    // in this file counted, or know that the text is ASCII).
    unsafe { make(t, bytes.len(), chars, 0, |tail| copy_bytes(bytes.as_ptr(), tail, bytes.len())) }
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
    match copy_of(t, text, text.char_count()) {
        Ok(v) => v,
        Err(_) => std::alloc::handle_alloc_error(std::alloc::Layout::new::<PyStr>()),
    }
}
/// A new str, with MemoryError if there is no room: for sizes that the program chooses.
pub fn try_from_wtf8(t: Attached<'_>, text: &Wtf8) -> PyResult {
    copy_of(t, text, text.char_count())
}
/// A new str of an owned buffer.
pub fn from_buf(t: Attached<'_>, text: Wtf8Buf) -> Value {
    from_wtf8(t, &text)
}
/// A new instance of a subclass of str.
pub fn new_in(t: Attached<'_>, class: &Value, text: &Wtf8) -> PyResult {
    let bytes = text.as_bytes();
    let body = new_body(bytes.len(), text.char_count(), 0);
    // SAFETY: the class is checked there; the tail gets the bytes of a text.
    unsafe { crate::type_::alloc_instance_tail(t, class, body, bytes.len(), |tail| copy_bytes(bytes.as_ptr(), tail, bytes.len())) }
}
/// The empty str.
#[inline]
pub fn empty(t: Attached<'_>) -> Value {
    let known = &t.runtime().interned.latin1[256];
    let word = known.load(Acquire);
    if word != 0 {
        // SAFETY: interned strs are immortal, so the word needs no count.
        return unsafe { Value::from_bits(word) };
    }
    let v = intern(t, "");
    known.store(v.identity(), Release);
    v
}
/// A str of one code point; those below 256 are interned, and found without a search.
#[inline]
pub fn from_code_point(t: Attached<'_>, c: u32) -> Value {
    if c < 256 {
        let word = t.runtime().interned.latin1[c as usize].load(Acquire);
        if word != 0 {
            // SAFETY: interned strs are immortal, so the word needs no count.
            return unsafe { Value::from_bits(word) };
        }
    }
    new_code_point(t, c)
}
fn new_code_point(t: Attached<'_>, c: u32) -> Value {
    let mut buf = Wtf8Buf::new();
    if let Some(c) = orochi_text::wtf8::CodePoint::new(c) {
        buf.push(c);
    }
    if c >= 256 {
        return from_wtf8(t, &buf);
    }
    let v = intern_wtf8(t, &buf);
    t.runtime().interned.latin1[c as usize].store(v.identity(), Release);
    v
}

/// The part of a str between two byte offsets that are boundaries; the str itself where that is the same.
pub fn part(t: Attached<'_>, v: &Value, range: Range<usize>) -> PyResult {
    let Some(s) = as_str(v) else { return Err(t.type_error("not a str")) };
    if range.start == 0 && range.end == s.len && is_exact_str(v) {
        return Ok(v.clone());
    }
    if s.is_ascii() && range.len() == 1 {
        return Ok(from_code_point(t, u32::from(s.bytes()[range.start])));
    }
    piece(t, s.wtf8().slice(range), s.is_ascii())
}
/// A new str of a piece of a text, which is known to be ASCII or not.
#[inline]
pub fn piece(t: Attached<'_>, text: &Wtf8, ascii: bool) -> PyResult {
    let bytes = text.as_bytes();
    match bytes {
        [] => return Ok(empty(t)),
        [b] => return Ok(from_code_point(t, u32::from(*b))),
        _ => {}
    }
    copy_of(t, text, if ascii { bytes.len() } else { text.char_count() })
}

/// `a + b` of two strs; TypeError for other values.
pub fn concat(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    let (Some(x), Some(y)) = (as_str(a), as_str(b)) else { return Err(not_concatenable(t, a, b)) };
    if y.len == 0 && is_exact_str(a) {
        return Ok(a.clone());
    }
    if x.len == 0 && is_exact_str(b) {
        return Ok(b.clone());
    }
    joined(t, x, y, 0)
}
#[cold]
fn not_concatenable(t: Attached<'_>, a: &Value, b: &Value) -> crate::thread::Raised {
    let wrong = if is_str(a) { b } else { a };
    t.type_error(format!("can only concatenate str (not \"{}\") to str", crate::type_::type_name(t, wrong)))
}
fn joined(t: Attached<'_>, x: &PyStr, y: &PyStr, spare: u32) -> PyResult {
    let (a, b) = (x.bytes(), y.bytes());
    let Some(len) = a.len().checked_add(b.len()) else { return Err(t.memory_error()) };
    // SAFETY: two texts one after the other are a text, and their code points add up.
    unsafe {
        make(t, len, x.chars + y.chars, spare, |tail| {
            copy_bytes(a.as_ptr(), tail, a.len());
            copy_bytes(b.as_ptr(), tail.add(a.len()), b.len());
        })
    }
}

/// `left += right`: where `left` is the only reference, the text grows in place or gets room to grow, so
/// that building a str by `+=` in a loop is linear. On an error `left` is as it was.
pub fn append(t: Attached<'_>, left: &mut Value, right: &Value) -> PyResult<()> {
    let (Some(x), Some(y)) = (as_str(left), as_str(right)) else {
        *left = concat(t, left, right)?;
        return Ok(());
    };
    let unique = is_exact_str(left) && left.header().is_some_and(orochi_heap::count::is_unique);
    if !unique || x.is_interned() || y.len == 0 {
        *left = concat(t, left, right)?;
        return Ok(());
    }
    let (len, room) = (x.len, x.spare as usize);
    let (from, more, more_chars) = (y.bytes().as_ptr(), y.len, y.chars);
    if more > room {
        let grown = len.saturating_add(more);
        *left = joined(t, x, y, if grown < 32 { 0 } else { u32::try_from(grown / 2).unwrap_or(u32::MAX) })?;
        return Ok(());
    }
    if let Some(header) = left.header() {
        let body = header.body_ptr().cast::<PyStr>();
        // SAFETY: this thread holds the only reference, so nobody else sees the object; `right` is another
        // object (or it would be a second reference), and the room behind the text is part of the tail.
        // No reference to the body is used after this point.
        unsafe {
            copy_bytes(from, body.add(1).cast::<u8>().add(len), more);
            (*body).len = len + more;
            (*body).chars += more_chars;
            (*body).spare -= more as u32;
            (*body).hash.store(0, Relaxed);
            let index = (*body).index.swap(std::ptr::null_mut(), Relaxed);
            if !index.is_null() {
                drop(Box::from_raw(index));
            }
        }
    }
    Ok(())
}

/// The strs one after the other, as f-strings need it; TypeError for a value that is no str.
pub fn join(t: Attached<'_>, pieces: &[Value]) -> PyResult {
    join_with(t, None, pieces)
}

/// `separator.join(pieces)`.
pub fn join_with(t: Attached<'_>, separator: Option<&PyStr>, pieces: &[Value]) -> PyResult {
    match pieces {
        [] => return Ok(empty(t)),
        [only] if is_exact_str(only) => return Ok(only.clone()),
        _ => {}
    }
    let (gap, gap_chars) = separator.map_or((&[][..], 0), |s| (s.bytes(), s.chars));
    let gaps = pieces.len() - 1;
    let (mut len, mut chars) = (gap.len().checked_mul(gaps), gap_chars.wrapping_mul(gaps));
    for (i, piece) in pieces.iter().enumerate() {
        let Some(s) = as_str(piece) else {
            let name = crate::type_::type_name(t, piece);
            return Err(t.type_error(format!("sequence item {i}: expected str instance, {name} found")));
        };
        len = len.and_then(|n| n.checked_add(s.len));
        chars = chars.wrapping_add(s.chars);
    }
    let Some(len) = len else { return Err(t.overflow_error("join() result is too long for a Python string")) };
    // SAFETY: texts one after the other are a text; `len` is the sum of the very pieces copied (strs that
    // others hold do not change), and `chars` cannot have wrapped where `len` did not overflow.
    unsafe {
        make(t, len, chars, 0, |tail| {
            let mut at = tail;
            for (i, piece) in pieces.iter().enumerate() {
                let bytes = as_str(piece).map_or(&[][..], PyStr::bytes);
                if i > 0 {
                    copy_bytes(gap.as_ptr(), at, gap.len());
                    at = at.add(gap.len());
                }
                copy_bytes(bytes.as_ptr(), at, bytes.len());
                at = at.add(bytes.len());
            }
        })
    }
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
    crate::spec::native_body::<PyStr>(v).is_some()
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
        None => Err(t.type_error(format!("{what} must be str, not {}", crate::args::type_word(t, v)))),
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
    orochi_text::hash::hash_bytes(t.runtime().options.hash_key, bytes)
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
pub(crate) struct InternTable {
    stripes: [RwLock<HashMap<&'static [u8], u64>>; STRIPES],
    /// The strs of one code point below 256, and the empty one; 0: not made yet.
    latin1: [AtomicU64; 257],
}

impl Default for InternTable {
    fn default() -> InternTable {
        InternTable { stripes: Default::default(), latin1: [const { AtomicU64::new(0) }; 257] }
    }
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
