//! `bytearray`: mutable bytes behind a one-byte lock, with a count of exported buffers.
//!
//! While a buffer of the object is exported its size cannot change; bytes in place can. Nothing but
//! plain byte work runs under the lock.

use std::borrow::Cow;

use orochi_heap::{Payload, Value, payload};
use orochi_runtime::Locked;

use crate::buffer::{Buffer, Memory};
use crate::bytes_type::flavor::Flavor;
use crate::spec::{TypeSpec, flags};
use crate::thread::{Attached, PyResult};

mod methods;
#[cfg(test)]
mod tests;

/// The body of a bytearray.
#[derive(Default)]
pub struct PyByteArray {
    state: Locked<State>,
}

#[derive(Default)]
struct State {
    bytes: Vec<u8>,
    exports: usize,
}

impl Payload for PyByteArray {
    payload!(PyByteArray, "bytearray");
    const CYCLIC: bool = false;
}

/// `bytearray`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyByteArray>("bytearray")
    .flags(flags::BASETYPE | flags::MATCH_SELF)
    .slots(methods::SLOTS)
    .methods(methods::METHODS)
    .doc(methods::DOC);

impl PyByteArray {
    /// Number of bytes.
    pub fn len(&self) -> usize {
        self.state.lock().bytes.len()
    }
    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Byte `i`, if there is one.
    #[inline]
    pub fn byte(&self, i: usize) -> Option<u8> {
        self.state.lock().bytes.get(i).copied()
    }
    /// Sets byte `i`; false if there is none.
    #[inline]
    pub fn set_byte(&self, i: usize, b: u8) -> bool {
        self.state.lock().bytes.get_mut(i).map(|at| *at = b).is_some()
    }
    /// All bytes as they are now.
    pub fn to_vec(&self) -> Vec<u8> {
        self.state.lock().bytes.clone()
    }
    /// Runs `f`, which runs no Python and makes no objects, on the bytes in place.
    pub fn peek<R>(&self, f: impl FnOnce(&[u8]) -> R) -> R {
        f(&self.state.lock().bytes)
    }
    /// As [`PyByteArray::peek`], for changes that keep the size.
    pub fn change<R>(&self, f: impl FnOnce(&mut [u8]) -> R) -> R {
        f(&mut self.state.lock().bytes)
    }
    /// Runs `f`, which runs no Python and makes no objects, on the vector. BufferError if a buffer is
    /// exported; `f` gives `None` where there is no memory.
    pub fn resize<R>(&self, t: Attached<'_>, f: impl FnOnce(&mut Vec<u8>) -> Option<R>) -> PyResult<R> {
        let mut state = self.state.lock();
        if state.exports > 0 {
            drop(state);
            return Err(t.raise(&crate::exception::BufferError, "Existing exports of data: object cannot be re-sized"));
        }
        let done = f(&mut state.bytes);
        drop(state);
        done.ok_or_else(|| t.memory_error())
    }
    /// Appends bytes; BufferError if a buffer is exported, MemoryError if there is no room.
    pub fn extend(&self, t: Attached<'_>, more: &[u8]) -> PyResult<()> {
        self.resize(t, |bytes| {
            bytes.try_reserve(more.len()).ok()?;
            bytes.extend_from_slice(more);
            Some(())
        })
    }
}

/// A new bytearray.
pub fn new(t: Attached<'_>, bytes: Vec<u8>) -> Value {
    TYPE.alloc(t, PyByteArray { state: Locked::new(State { bytes, exports: 0 }) })
}

/// The body, if the value is a bytearray or of a subclass.
#[inline(always)]
pub fn as_bytearray(v: &Value) -> Option<&PyByteArray> {
    v.payload::<PyByteArray>()
}

/// The flavor of the shared methods.
pub(crate) struct ByteArray;

impl Flavor for ByteArray {
    const NAME: &'static str = "bytearray";
    const INDEX_NAME: &'static str = "bytearray";
    fn make(t: Attached<'_>, bytes: Vec<u8>) -> PyResult {
        Ok(new(t, bytes))
    }
    fn make_from(t: Attached<'_>, bytes: &[u8]) -> PyResult {
        let mut copy = Vec::new();
        if copy.try_reserve_exact(bytes.len()).is_err() {
            return Err(t.memory_error());
        }
        copy.extend_from_slice(bytes);
        Ok(new(t, copy))
    }
    fn bytes(v: &Value) -> Cow<'_, [u8]> {
        Cow::Owned(as_bytearray(v).map_or(Vec::new(), PyByteArray::to_vec))
    }
    fn peek<R>(v: &Value, f: impl FnOnce(&[u8]) -> R) -> R {
        match as_bytearray(v) {
            Some(b) => b.peek(f),
            None => f(&[]),
        }
    }
    fn itself(_: Attached<'_>, _: &Value) -> Option<Value> {
        None
    }
}

/// An export; it ends when this is dropped.
struct Export {
    owner: Value,
    /// The size cannot change meanwhile.
    len: usize,
}

impl Export {
    fn body(&self) -> &PyByteArray {
        match as_bytearray(&self.owner) {
            Some(b) => b,
            None => unreachable!("made of a bytearray"),
        }
    }
}

impl Drop for Export {
    fn drop(&mut self) {
        self.body().state.lock().exports -= 1;
    }
}

impl Memory for Export {
    fn len(&self) -> usize {
        self.len
    }
    fn read(&self, offset: usize, into: &mut [u8]) {
        self.body().peek(|bytes| into.copy_from_slice(&bytes[offset..offset + into.len()]));
    }
    fn write(&self, offset: usize, from: &[u8]) {
        self.body().change(|bytes| bytes[offset..offset + from.len()].copy_from_slice(from));
    }
    fn trace(&self, visit: &mut orochi_heap::Visit<'_>) {
        visit.value(&self.owner);
    }
}

fn buffer(_: Attached<'_>, this: &Value, _writable: bool) -> PyResult<Buffer> {
    let len = match as_bytearray(this) {
        Some(b) => {
            let mut state = b.state.lock();
            state.exports += 1;
            state.bytes.len()
        }
        None => unreachable!("slots are called with their own type"),
    };
    let memory = Export { owner: this.clone(), len };
    Ok(Buffer { owner: this.clone(), memory: Box::new(memory), readonly: false, shape: None })
}
