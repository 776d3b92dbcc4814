//! `array`: arrays of numbers or characters in their machine form.
//!
//! An array holds its items as bytes behind a one-byte lock, with a count of exported buffers, as
//! `bytearray` does. What an item means is in `array/item.rs`, the operators in `array/slots.rs`,
//! the methods in `array/methods.rs`.

use orochi_objects::buffer::{Buffer, Memory, Shape};
use orochi_objects::spec::flags;
use orochi_objects::{Attached, Method, ModuleSpec, Payload, PyResult, TypeSpec, Value};
use orochi_objects::{dict, exception, payload, str};
use orochi_runtime::Locked;

mod item;
mod methods;
mod slots;
#[cfg(test)]
mod tests;

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("array")
    .doc("Arrays of numbers or characters in their machine form.")
    .functions(&[Method::new(
        "_array_reconstructor",
        "(arraytype, typecode, mformat_code, items, /)",
        methods::reconstruct,
        "Internal. Used for pickling support.",
    )])
    .types(&[&ARRAY])
    .exec(|t, namespace| {
        dict::set_by_name(t, namespace, "ArrayType", ARRAY.get(t).clone());
        dict::set_by_name(t, namespace, "typecodes", str::new(t, item::CODES));
        Ok(())
    });

/// `array.array`.
pub static ARRAY: TypeSpec = TypeSpec::new::<PyArray>("array.array")
    .flags(flags::BASETYPE | flags::SEQUENCE | flags::HAS_WEAKREF)
    .slots(slots::SLOTS)
    .methods(methods::METHODS)
    .getset(methods::GETSET)
    .doc("array(typecode [, initializer]) -> array\n\nA sequence of items of one machine type, named by the typecode.");

/// The body of an array.
pub struct PyArray {
    code: u8,
    state: Locked<State>,
}

#[derive(Default)]
struct State {
    bytes: Vec<u8>,
    exports: usize,
}

impl Payload for PyArray {
    payload!(PyArray, "array");
    const CYCLIC: bool = false;
}

impl PyArray {
    fn new(code: u8, bytes: Vec<u8>) -> PyArray {
        PyArray { code, state: Locked::new(State { bytes, exports: 0 }) }
    }
    /// Bytes of an item.
    fn size(&self) -> usize {
        item::size(self.code)
    }
    /// Number of items.
    fn len(&self) -> usize {
        self.state.lock().bytes.len() / self.size()
    }
    fn to_vec(&self) -> Vec<u8> {
        self.state.lock().bytes.clone()
    }
    /// Item `i`, if there is one.
    fn get(&self, t: Attached<'_>, i: usize) -> PyResult<Option<Value>> {
        let size = self.size();
        let mut bytes = [0u8; 8];
        {
            let state = self.state.lock();
            let Some(from) = i.checked_mul(size).and_then(|at| state.bytes.get(at..at + size)) else { return Ok(None) };
            bytes[..size].copy_from_slice(from);
        }
        item::unpack(t, self.code, &bytes[..size]).map(Some)
    }
    /// Runs `f`, which keeps the size, on the bytes in place.
    fn change<R>(&self, f: impl FnOnce(&mut [u8]) -> R) -> R {
        f(&mut self.state.lock().bytes)
    }
    /// Runs `f` on the vector; BufferError if a buffer is exported; `f` gives `None` without memory.
    fn resize<R>(&self, t: Attached<'_>, f: impl FnOnce(&mut Vec<u8>) -> Option<R>) -> PyResult<R> {
        let mut state = self.state.lock();
        if state.exports > 0 {
            drop(state);
            let message = "cannot resize an array that is exporting buffers";
            return Err(t.raise(&exception::BufferError, message));
        }
        let done = f(&mut state.bytes);
        drop(state);
        done.ok_or_else(|| t.memory_error())
    }
    fn extend(&self, t: Attached<'_>, more: &[u8]) -> PyResult<()> {
        self.resize(t, |bytes| {
            bytes.try_reserve(more.len()).ok()?;
            bytes.extend_from_slice(more);
            Some(())
        })
    }
}

fn as_array(v: &Value) -> Option<&PyArray> {
    v.payload::<PyArray>()
}

fn body(v: &Value) -> &PyArray {
    match as_array(v) {
        Some(a) => a,
        None => unreachable!("slots and methods are called with their own type"),
    }
}

fn make(t: Attached<'_>, code: u8, bytes: Vec<u8>) -> Value {
    ARRAY.alloc(t, PyArray::new(code, bytes))
}

/// An export; it ends when this is dropped.
struct Export {
    owner: Value,
    len: usize,
}

impl Drop for Export {
    fn drop(&mut self) {
        body(&self.owner).state.lock().exports -= 1;
    }
}

impl Memory for Export {
    fn len(&self) -> usize {
        self.len
    }
    fn read(&self, offset: usize, into: &mut [u8]) {
        body(&self.owner).change(|bytes| into.copy_from_slice(&bytes[offset..offset + into.len()]));
    }
    fn write(&self, offset: usize, from: &[u8]) {
        body(&self.owner).change(|bytes| bytes[offset..offset + from.len()].copy_from_slice(from));
    }
    fn trace(&self, visit: &mut orochi_heap::Visit<'_>) {
        visit.value(&self.owner);
    }
}

fn export(_: Attached<'_>, this: &Value, _writable: bool) -> PyResult<Buffer> {
    let array = body(this);
    let len = {
        let mut state = array.state.lock();
        state.exports += 1;
        state.bytes.len()
    };
    let shape = Shape::array((array.code as char).to_string(), array.size(), len / array.size());
    let memory = Box::new(Export { owner: this.clone(), len });
    Ok(Buffer { owner: this.clone(), memory, readonly: false, shape: Some(shape) })
}
