//! `bytes`: immutable, inline. Methods in `bytes_type.rs`.

use std::sync::atomic::AtomicI64;

use orochi_heap::{Payload, Value, payload};

use crate::spec::{TypeSpec, flags};
use crate::thread::{Attached, PyResult};

/// The body of a bytes object; the bytes follow.
#[repr(C)]
pub struct PyBytes {
    len: usize,
    /// 0: not computed.
    pub(crate) hash: AtomicI64,
}

impl Payload for PyBytes {
    payload!(PyBytes, "bytes");
    const CYCLIC: bool = false;
    fn tail_size(&self) -> usize {
        self.len
    }
}

impl PyBytes {
    /// The bytes.
    #[inline(always)]
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: `make` laid `len` initialised bytes behind the body.
        unsafe { std::slice::from_raw_parts((self as *const PyBytes).add(1).cast::<u8>(), self.len) }
    }
}

/// `bytes`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyBytes>("bytes")
    .variable_size()
    .flags(flags::BASETYPE | flags::MATCH_SELF)
    .slots(crate::bytes_type::SLOTS)
    .methods(crate::bytes_type::METHODS)
    .doc(crate::bytes_type::DOC);

/// A new bytes object of `len` bytes that `fill` writes; MemoryError if there is no room.
///
/// # Safety
/// `fill` writes `len` bytes.
#[inline(always)]
pub(crate) unsafe fn build(t: Attached<'_>, len: usize, fill: impl FnOnce(*mut u8)) -> PyResult {
    // SAFETY: the map is that of bytes; the tail is filled.
    let made = unsafe {
        orochi_heap::alloc_tail_with::<PyBytes>(TYPE.map(t), len, |place, tail| {
            place.write(PyBytes { len, hash: AtomicI64::new(0) });
            fill(tail);
        })
    };
    made.map_err(|_| t.memory_error())
}
/// A new bytes object of two parts.
pub(crate) fn concat(t: Attached<'_>, a: &[u8], b: &[u8]) -> PyResult {
    let Some(len) = a.len().checked_add(b.len()) else { return Err(t.memory_error()) };
    // SAFETY: both parts are written.
    unsafe {
        build(t, len, |tail| {
            crate::str::copy_bytes(a.as_ptr(), tail, a.len());
            crate::str::copy_bytes(b.as_ptr(), tail.add(a.len()), b.len());
        })
    }
}
/// A changed copy of bytes.
pub(crate) fn changed(t: Attached<'_>, bytes: &[u8], change: impl FnOnce(&mut [u8])) -> PyResult {
    // SAFETY: all is written before the slice is made.
    unsafe {
        build(t, bytes.len(), |tail| {
            crate::str::copy_bytes(bytes.as_ptr(), tail, bytes.len());
            change(std::slice::from_raw_parts_mut(tail, bytes.len()));
        })
    }
}
/// A new bytes object; MemoryError if there is no room.
pub fn try_new(t: Attached<'_>, bytes: &[u8]) -> PyResult {
    // SAFETY: all is written.
    unsafe { build(t, bytes.len(), |tail| crate::str::copy_bytes(bytes.as_ptr(), tail, bytes.len())) }
}
/// A new bytes object.
pub fn new(t: Attached<'_>, bytes: &[u8]) -> Value {
    match try_new(t, bytes) {
        Ok(v) => v,
        Err(_) => std::alloc::handle_alloc_error(std::alloc::Layout::new::<PyBytes>()),
    }
}
/// A new instance of a subclass.
pub fn new_in(t: Attached<'_>, class: &Value, bytes: &[u8]) -> PyResult {
    let body = PyBytes { len: bytes.len(), hash: AtomicI64::new(0) };
    // SAFETY: the class is checked there; the tail is filled.
    unsafe {
        crate::type_::alloc_instance_tail(t, class, body, bytes.len(), |tail| {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), tail, bytes.len())
        })
    }
}
/// `bytes.hex` of any bytes, as a str; separator and group size may be omitted.
pub fn hex_text(t: Attached<'_>, bytes: &[u8], separator: &Value, group: &Value) -> PyResult {
    crate::bytes_type::methods::hex_text(t, bytes, separator, group)
}
/// The bytes, if the value is a bytes object or of a subclass.
#[inline(always)]
pub fn as_bytes(v: &Value) -> Option<&[u8]> {
    v.payload::<PyBytes>().map(PyBytes::bytes)
}
