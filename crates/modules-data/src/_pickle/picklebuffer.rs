//! `PickleBuffer`: memory that a pickle may leave out, to be handed over beside it.

use orochi_objects::buffer::{self, Buffer, Shape};
use orochi_objects::spec::flags;
use orochi_objects::{Args, Attached, Def, Method, Payload, PyResult, Slot, TypeSpec, Value};
use orochi_objects::{exception, memoryview, payload};

/// The body of a PickleBuffer.
pub(super) struct PyPickleBuffer {
    /// A view of the object; unbound once released.
    view: Slot,
}

impl Payload for PyPickleBuffer {
    payload!(PyPickleBuffer, "PickleBuffer");
    fn trace(&self, visit: &mut orochi_heap::Visit<'_>) {
        visit.slot(&self.view);
    }
    fn clear(&self) {
        drop(self.view.take());
    }
}

/// `PickleBuffer`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyPickleBuffer>("pickle.PickleBuffer")
    .flags(flags::HAS_WEAKREF)
    .slots(&[Def::New(new), Def::Buffer(export)])
    .methods(&[
        Method::new("raw", "($self, /)", raw, "A view of the bytes in memory, without shape."),
        Method::new("release", "($self, /)", release, "Gives the memory back."),
    ])
    .doc("Wrapper for potentially out-of-band buffers");

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    args.no_keywords(t, "PickleBuffer")?;
    let given = args.expect(t, "PickleBuffer", 1, 1)?;
    if !buffer::is_exporter(t, &given[0]) {
        buffer::get_full(t, &given[0], false)?;
    }
    let view = memoryview::of(t, &given[0])?;
    TYPE.alloc_for(t, class, PyPickleBuffer { view: Slot::new(view) })
}

fn view(t: Attached<'_>, v: &Value) -> PyResult {
    match v.payload::<PyPickleBuffer>().map(|b| b.view.load()) {
        Some(view) if !view.is_unbound() => Ok(view),
        _ => Err(t.value_error("operation forbidden on released PickleBuffer object")),
    }
}

fn export(t: Attached<'_>, v: &Value, writable: bool) -> PyResult<Buffer> {
    let view = view(t, v)?;
    buffer::get_full(t, &view, writable)
}

fn flat(t: Attached<'_>, v: &Value) -> PyResult<Buffer> {
    let mut full = export(t, v, false)?;
    if let Some(shape) = full.shape.take() {
        if !shape.is_c_contiguous() && !shape.is_f_contiguous() {
            return Err(t.raise(&exception::BufferError, "cannot extract raw buffer from non-contiguous buffer"));
        }
        full.shape = Some(Shape { offset: shape.offset, ..Shape::array("B", 1, shape.byte_len()) });
    }
    Ok(full)
}

/// The bytes in the order in which they lie in memory.
pub(super) fn raw_bytes(t: Attached<'_>, v: &Value) -> PyResult<Vec<u8>> {
    let flat = flat(t, v)?;
    let all = flat.to_vec();
    Ok(match &flat.shape {
        Some(s) => all.get(s.offset..s.offset + s.byte_len()).unwrap_or(&[]).to_vec(),
        None => all,
    })
}

fn raw(t: Attached<'_>, a: &[Value]) -> PyResult {
    memoryview::from_buffer(t, flat(t, &a[0])?)
}

fn release(_: Attached<'_>, a: &[Value]) -> PyResult {
    if let Some(b) = a[0].payload::<PyPickleBuffer>() {
        drop(b.view.take());
    }
    Ok(Value::none())
}
