//! `memoryview`: a window on another object's memory, with item format, shape and strides.
//!
//! A view holds a [`PyManagedBuffer`], the one export of the object that all views made from each
//! other share; the export ends when the last of them is released or dies. Shape and offset of a
//! view never change, so reading needs no lock. `memoryview/item.rs` turns bytes into values,
//! `memoryview/access.rs` indexes, `memoryview/methods.rs` has the rest.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering::*};

use orochi_heap::{Payload, Slot, Value, Visit, payload};

use crate::args::{Args, Signature};
use crate::buffer::{self, Buffer, Memory, Shape};
use crate::slots::Def;
use crate::spec::{TypeSpec, flags};
use crate::thread::{Attached, PyResult};
use crate::type_::type_name;

mod access;
pub mod item;
mod methods;
#[cfg(test)]
mod tests;

pub use access::for_each_offset;

/// Most dimensions of a view.
pub const MAX_DIMENSIONS: usize = 64;

/// An export that views share.
pub(crate) struct PyManagedBuffer {
    pub(crate) buffer: Buffer,
}

impl Payload for PyManagedBuffer {
    payload!(PyManagedBuffer, "_managedbuffer");
    const DEATH_SHOWS: bool = true;
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.value(&self.buffer.owner);
        self.buffer.memory.trace(visit);
    }
}

static MANAGED: TypeSpec = TypeSpec::new::<PyManagedBuffer>("_managedbuffer").flags(flags::NO_NEW);

/// The body of a memoryview.
pub struct PyMemoryView {
    /// The [`PyManagedBuffer`]; unbound once released.
    base: Slot,
    shape: Shape,
    readonly: bool,
    /// Buffers of this view that are in use.
    exports: AtomicUsize,
    /// 0: not computed.
    hash: AtomicI64,
}

impl Payload for PyMemoryView {
    payload!(PyMemoryView, "memoryview");
    const DEATH_SHOWS: bool = true;
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.base);
    }
    fn clear(&self) {
        drop(self.base.take());
    }
}

/// `memoryview`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyMemoryView>("memoryview")
    .flags(flags::SEQUENCE | flags::HAS_WEAKREF)
    .slots(&[
        Def::New(new),
        Def::Repr(methods::repr),
        Def::Hash(methods::hash),
        Def::Compare(methods::compare),
        Def::Len(access::len),
        Def::GetItem(access::get_item),
        Def::SetItem(access::set_item),
        Def::Iter(access::iter),
        Def::Buffer(export),
    ])
    .methods(methods::METHODS)
    .getset(methods::GETSET)
    .doc("memoryview(object)\n--\n\nA view of the memory of an object that supports the buffer protocol.");

/// The body, if the value is a memoryview.
pub fn as_memoryview(v: &Value) -> Option<&PyMemoryView> {
    v.payload::<PyMemoryView>()
}

fn body(v: &Value) -> &PyMemoryView {
    match as_memoryview(v) {
        Some(view) => view,
        None => unreachable!("slots and methods are called with their own type"),
    }
}

/// What a view shows, as long as it is not released.
struct Opened<'a> {
    view: &'a PyMemoryView,
    base: Value,
}

impl Opened<'_> {
    fn buffer(&self) -> &Buffer {
        match self.base.payload::<PyManagedBuffer>() {
            Some(m) => &m.buffer,
            None => unreachable!("opened with its base"),
        }
    }
    /// All items in order of their indexes (C order).
    fn to_vec(&self) -> Vec<u8> {
        let shape = &self.view.shape;
        if shape.is_c_contiguous() {
            let mut out = vec![0; shape.byte_len()];
            self.buffer().memory.read(shape.offset, &mut out);
            return out;
        }
        crate::bytes_type::make::gather_from(&*self.buffer().memory, shape)
    }
}

/// The view's base; ValueError if the view was released.
fn open<'a>(t: Attached<'_>, v: &'a Value) -> PyResult<Opened<'a>> {
    let view = body(v);
    let base = view.base.load();
    if base.is_unbound() {
        return Err(t.value_error("operation forbidden on released memoryview object"));
    }
    Ok(Opened { view, base })
}

fn make(t: Attached<'_>, base: Value, shape: Shape, readonly: bool) -> Value {
    let view = PyMemoryView {
        base: Slot::new(base),
        shape,
        readonly,
        exports: AtomicUsize::new(0),
        hash: AtomicI64::new(0),
    };
    TYPE.alloc(t, view)
}

/// A view of a buffer.
pub fn from_buffer(t: Attached<'_>, mut buffer: Buffer) -> PyResult {
    let shape = buffer.shape.take().unwrap_or_else(|| Shape::array("B", 1, buffer.memory.len()));
    if shape.shape.len() > MAX_DIMENSIONS || shape.shape.len() != shape.strides.len() {
        return Err(t.value_error(format!("memoryview: number of dimensions must not exceed {MAX_DIMENSIONS}")));
    }
    let readonly = buffer.readonly;
    let base = MANAGED.alloc(t, PyManagedBuffer { buffer });
    Ok(make(t, base, shape, readonly))
}

/// `memoryview(v)`.
pub fn of(t: Attached<'_>, v: &Value) -> PyResult {
    if as_memoryview(v).is_some() {
        let opened = open(t, v)?;
        return Ok(make(t, opened.base.clone(), opened.view.shape.clone(), opened.view.readonly));
    }
    if !buffer::is_exporter(t, v) {
        let given = type_name(t, v);
        return Err(t.type_error(format!("memoryview: a bytes-like object is required, not '{given}'")));
    }
    // Writable where the exporter allows it.
    let buffer = buffer::get_full(t, v, false)?;
    from_buffer(t, buffer)
}

fn new(t: Attached<'_>, _: &Value, args: Args<'_>) -> PyResult {
    if let ([one], []) = (args.all(), args.names()) {
        return of(t, one);
    }
    Signature::parse("(object)").call(t, "memoryview", args, |a| of(t, &a[0]))
}

/// An export of a view; it ends when this is dropped.
struct Export {
    view: Value,
    base: Value,
}

impl Export {
    fn memory(&self) -> &dyn Memory {
        match self.base.payload::<PyManagedBuffer>() {
            Some(m) => &*m.buffer.memory,
            None => unreachable!("made of an opened view"),
        }
    }
}

impl Drop for Export {
    fn drop(&mut self) {
        body(&self.view).exports.fetch_sub(1, AcqRel);
    }
}

impl Memory for Export {
    fn len(&self) -> usize {
        self.memory().len()
    }
    fn read(&self, offset: usize, into: &mut [u8]) {
        self.memory().read(offset, into);
    }
    fn write(&self, offset: usize, from: &[u8]) {
        self.memory().write(offset, from);
    }
    fn stable(&self) -> Option<&[u8]> {
        self.memory().stable()
    }
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.value(&self.view);
        visit.value(&self.base);
    }
}

fn export(t: Attached<'_>, this: &Value, writable: bool) -> PyResult<Buffer> {
    let opened = open(t, this)?;
    if writable && opened.view.readonly {
        return Err(t.raise(&crate::exception::BufferError, "memoryview: underlying buffer is not writable"));
    }
    opened.view.exports.fetch_add(1, AcqRel);
    let memory = Export { view: this.clone(), base: opened.base.clone() };
    Ok(Buffer {
        owner: this.clone(),
        memory: Box::new(memory),
        readonly: opened.view.readonly,
        shape: Some(opened.view.shape.clone()),
    })
}

/// Ends the view. BufferError while buffers of it are in use.
fn release(t: Attached<'_>, v: &Value) -> PyResult<()> {
    let view = body(v);
    let exports = view.exports.load(Acquire);
    if exports > 0 {
        let s = if exports == 1 { "" } else { "s" };
        return Err(t.raise(&crate::exception::BufferError, format!("memoryview has {exports} exported buffer{s}")));
    }
    drop(view.base.take());
    Ok(())
}
