//! The buffer protocol: a view of an object's memory.
//!
//! A [`Buffer`] keeps its exporter alive and, for resizable exporters, exported (they refuse to
//! resize meanwhile). Access goes through copying accessors, since another thread may write.
//!
//! Three ways in: [`get`] for plain bytes (most callers), [`get_full`] with shape and strides
//! (`memoryview`), and [`read_arg`] / [`write_arg`] for arguments, with their messages.

use orochi_heap::{Value, Visit};

use crate::exception::BufferError;
use crate::thread::{Attached, PyResult, Raised};
use crate::type_::{class_of, type_name};

/// Shape of one dimension or more, as `memoryview` shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// `struct` format of an item.
    pub format: String,
    /// Bytes of an item.
    pub item_size: usize,
    /// Items in each dimension. None: one item.
    pub shape: Vec<usize>,
    /// Bytes from item to item in each dimension.
    pub strides: Vec<isize>,
    /// Where in the memory the item with all indexes 0 lies.
    pub offset: usize,
}

impl Shape {
    /// One dimension of `count` items that lie side by side.
    pub fn array(format: impl Into<String>, item_size: usize, count: usize) -> Shape {
        Shape { format: format.into(), item_size, shape: vec![count], strides: vec![item_size as isize], offset: 0 }
    }
    /// Strides of items that lie side by side, last index fastest.
    pub fn c_strides(item_size: usize, shape: &[usize]) -> Vec<isize> {
        let mut strides = vec![0; shape.len()];
        let mut step = item_size as isize;
        for (stride, &n) in strides.iter_mut().zip(shape).rev() {
            *stride = step;
            step = step.saturating_mul(n as isize);
        }
        strides
    }
    /// Number of items.
    pub fn item_count(&self) -> usize {
        self.shape.iter().product()
    }
    /// Bytes of all items together.
    pub fn byte_len(&self) -> usize {
        self.item_count() * self.item_size
    }
    /// Whether the items lie side by side, last index fastest.
    pub fn is_c_contiguous(&self) -> bool {
        self.side_by_side((0..self.shape.len()).rev())
    }
    /// Whether the items lie side by side, first index fastest.
    pub fn is_f_contiguous(&self) -> bool {
        self.side_by_side(0..self.shape.len())
    }
    fn side_by_side(&self, dimensions: impl Iterator<Item = usize>) -> bool {
        if self.item_count() == 0 {
            return true;
        }
        let mut step = self.item_size as isize;
        for d in dimensions {
            if self.shape[d] > 1 && self.strides[d] != step {
                return false;
            }
            step *= self.shape[d] as isize;
        }
        true
    }
}

/// Memory that an object exposes.
pub struct Buffer {
    /// The object.
    pub owner: Value,
    /// The bytes.
    pub memory: Box<dyn Memory>,
    /// Whether writing is forbidden.
    pub readonly: bool,
    /// `None`: plain bytes, one dimension.
    pub shape: Option<Shape>,
}

/// Bytes of an exporter. Dropping it ends the export.
pub trait Memory: Send + Sync {
    /// Number of bytes.
    fn len(&self) -> usize;
    /// Whether there are no bytes.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Copies bytes out, from `offset` on; the range lies inside.
    fn read(&self, offset: usize, into: &mut [u8]);
    /// Copies bytes in, from `offset` on; the range lies inside. Only for writable buffers.
    fn write(&self, offset: usize, from: &[u8]);
    /// The bytes in place, where nobody can change them (`bytes`).
    fn stable(&self) -> Option<&[u8]> {
        None
    }
    /// Shows the values that the memory itself holds to the collector.
    fn trace(&self, _visit: &mut Visit<'_>) {}
}

impl Buffer {
    /// Number of bytes.
    pub fn len(&self) -> usize {
        self.memory.len()
    }
    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.memory.is_empty()
    }
    /// All bytes, copied unless they cannot change.
    pub fn to_vec(&self) -> Vec<u8> {
        if let Some(bytes) = self.memory.stable() {
            return bytes.to_vec();
        }
        let mut out = vec![0; self.memory.len()];
        self.memory.read(0, &mut out);
        out
    }
    /// Calls `f` with the bytes, without a copy where they cannot change.
    pub fn with<R>(&self, f: impl FnOnce(&[u8]) -> R) -> R {
        match self.memory.stable() {
            Some(bytes) => f(bytes),
            None => f(&self.to_vec()),
        }
    }
    /// Copies as many of the bytes in as there is room for; gives their number.
    pub fn fill(&self, from: &[u8]) -> usize {
        let n = from.len().min(self.memory.len());
        self.memory.write(0, &from[..n]);
        n
    }
}

/// A part of another memory.
struct Window {
    inner: Box<dyn Memory>,
    offset: usize,
    len: usize,
}

impl Memory for Window {
    fn len(&self) -> usize {
        self.len
    }
    fn read(&self, offset: usize, into: &mut [u8]) {
        self.inner.read(self.offset + offset, into);
    }
    fn write(&self, offset: usize, from: &[u8]) {
        self.inner.write(self.offset + offset, from);
    }
    fn stable(&self) -> Option<&[u8]> {
        self.inner.stable()?.get(self.offset..self.offset + self.len)
    }
    fn trace(&self, visit: &mut Visit<'_>) {
        self.inner.trace(visit);
    }
}

/// Memory of an object that never changes, seen through a function.
pub struct StableMemory {
    /// The object.
    pub owner: Value,
    /// Its bytes.
    pub bytes: fn(&Value) -> &[u8],
}

impl Memory for StableMemory {
    fn len(&self) -> usize {
        (self.bytes)(&self.owner).len()
    }
    fn read(&self, offset: usize, into: &mut [u8]) {
        into.copy_from_slice(&(self.bytes)(&self.owner)[offset..offset + into.len()]);
    }
    fn write(&self, _: usize, _: &[u8]) {}
    fn stable(&self) -> Option<&[u8]> {
        Some((self.bytes)(&self.owner))
    }
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.value(&self.owner);
    }
}

/// Whether the value exposes memory.
pub fn is_exporter(t: Attached<'_>, v: &Value) -> bool {
    class_of(t, v).slots.buffer().is_some()
}

/// The memory of a value as its exporter describes it, possibly with shape and gaps.
/// TypeError if it has none, BufferError if it must be writable and is not.
pub fn get_full(t: Attached<'_>, v: &Value, writable: bool) -> PyResult<Buffer> {
    let Some(f) = class_of(t, v).slots.buffer() else { return Err(not_bytes_like(t, v, "")) };
    let buffer = f(t, v, writable)?;
    if writable && buffer.readonly {
        return Err(t.raise(&BufferError, "Object is not writable."));
    }
    Ok(buffer)
}

/// The memory of a value as plain bytes: [`get_full`], and BufferError if the items do not lie side by side.
pub fn get(t: Attached<'_>, v: &Value, writable: bool) -> PyResult<Buffer> {
    let mut buffer = get_full(t, v, writable)?;
    if let Some(shape) = buffer.shape.take() {
        if !shape.is_c_contiguous() {
            return Err(t.raise(&BufferError, format!("{}: underlying buffer is not C-contiguous", type_name(t, v))));
        }
        let (offset, len) = (shape.offset, shape.byte_len());
        if offset != 0 || len != buffer.memory.len() {
            buffer.memory = Box::new(Window { inner: buffer.memory, offset, len });
        }
    }
    Ok(buffer)
}

/// Bytes to read that a caller passed. `what` is the beginning of the message of the TypeError for
/// other values, up to `, not 'int'`; if empty: `a bytes-like object is required`.
pub fn read_arg(t: Attached<'_>, v: &Value, what: &str) -> PyResult<Buffer> {
    if !is_exporter(t, v) {
        return Err(not_bytes_like(t, v, what));
    }
    get(t, v, false)
}

/// Bytes to write into that a caller passed. `what` names the argument in the TypeError for other
/// values and read-only ones: `readinto() argument` gives `readinto() argument must be read-write
/// bytes-like object, not bytes`.
pub fn write_arg(t: Attached<'_>, v: &Value, what: &str) -> PyResult<Buffer> {
    let refuse = || t.type_error(format!("{what} must be read-write bytes-like object, not {}", type_name(t, v)));
    if !is_exporter(t, v) {
        return Err(refuse());
    }
    match get(t, v, true) {
        Ok(buffer) => Ok(buffer),
        Err(e) => {
            drop(t.catch(e, &BufferError)?);
            Err(refuse())
        }
    }
}

/// The bytes of an argument, copied unless they are those of a `bytes` object: see [`read_arg`].
pub fn with_bytes<R>(t: Attached<'_>, v: &Value, what: &str, f: impl FnOnce(&[u8]) -> R) -> PyResult<R> {
    if let Some(bytes) = crate::bytes::as_bytes(v) {
        return Ok(f(bytes));
    }
    Ok(read_arg(t, v, what)?.with(f))
}

#[cold]
fn not_bytes_like(t: Attached<'_>, v: &Value, what: &str) -> Raised {
    let what = if what.is_empty() { "a bytes-like object is required" } else { what };
    t.type_error(format!("{what}, not '{}'", type_name(t, v)))
}
