//! The buffer protocol: a view of an object's memory.
//!
//! A [`Buffer`] keeps its exporter alive and, for resizable exporters, exported (they refuse to
//! resize meanwhile). Access goes through copying accessors, since another thread may write.

use orochi_heap::Value;

/// Shape of one dimension or more, as `memoryview` shows it.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    /// `struct` format of an item.
    pub format: String,
    /// Bytes of an item.
    pub item_size: usize,
    /// Items in each dimension.
    pub shape: Vec<usize>,
    /// Bytes from item to item in each dimension.
    pub strides: Vec<isize>,
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
}

impl Buffer {
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
}
