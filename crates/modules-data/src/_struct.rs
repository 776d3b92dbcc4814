//! `_struct`: values packed into bytes by format strings, and back.
//!
//! A format is parsed once into [`Layout`] (`_struct/layout.rs`): a list of codes with their offsets.
//! The functions of the module keep the layouts of recent formats in the interpreter.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use orochi_objects::exception::{self, PyException};
use orochi_objects::spec::flags;
use orochi_objects::type_::type_name;
use orochi_objects::{Args, Attached, Def, GetSet, Method, ModuleSpec, Payload, PyResult, Raised, Slot, TypeSpec, Value};
use orochi_objects::{buffer, bytes, int, payload, str, tuple};
use orochi_objects::args::Signature;
use orochi_runtime::Locked;

mod items;
mod layout;
#[cfg(test)]
mod tests;

use layout::Layout;

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("_struct")
    .doc("Packs values into bytes by format strings, and back.")
    .functions(&[
        Method::new("_clearcache", "()", clear_cache, "Forgets the parsed formats."),
        Method::new("calcsize", "(format, /)", calcsize, "Size in bytes of what the format describes."),
        Method::new("iter_unpack", "(format, buffer, /)", iter_unpack, "An iterator of tuples unpacked one after the other."),
        Method::new("pack", "(*args)", pack, "pack(format, v1, v2, ...): the values as bytes."),
        Method::new("pack_into", "(*args)", pack_into, "pack_into(format, buffer, offset, v1, v2, ...): writes the values into a buffer."),
        Method::new("unpack", "(format, buffer, /)", unpack, "The values in a buffer of exactly the size of the format."),
        Method::new("unpack_from", "(format, /, buffer, offset=0)", unpack_from, "The values in a buffer from an offset on."),
    ])
    .types(&[&STRUCT, &ERROR]);

/// `struct.error`.
pub static ERROR: TypeSpec =
    TypeSpec::new::<PyException>("struct.error").base(&exception::Exception).flags(flags::BASETYPE).mutable();

/// `Struct`.
pub static STRUCT: TypeSpec = TypeSpec::new::<PyStruct>("_struct.Struct")
    .flags(flags::BASETYPE | flags::HAS_WEAKREF)
    .slots(&[Def::New(struct_new), Def::Init(struct_init), Def::Repr(struct_repr)])
    .methods(&[
        Method::new("iter_unpack", "($self, buffer, /)", struct_iter_unpack, "An iterator of tuples unpacked one after the other."),
        Method::new("pack", "($self, /, *values)", struct_pack, "The values as bytes."),
        Method::new("pack_into", "($self, /, *args)", struct_pack_into, "pack_into(buffer, offset, v1, v2, ...): writes the values into a buffer."),
        Method::new("unpack", "($self, buffer, /)", struct_unpack, "The values in a buffer of exactly the size of the format."),
        Method::new("unpack_from", "($self, /, buffer, offset=0)", struct_unpack_from, "The values in a buffer from an offset on."),
        Method::new("__sizeof__", "($self, /)", struct_size_of, "Size in memory, in bytes."),
    ])
    .getset(&[GetSet::read("format", struct_format, "The format string."), GetSet::read("size", struct_size, "Size in bytes.")])
    .doc("Struct(format)\n--\n\nA format, parsed once.");

static UNPACK_ITERATOR: TypeSpec = TypeSpec::new::<PyUnpackIterator>("_struct.unpack_iterator")
    .flags(flags::NO_NEW)
    .slots(&[Def::Iter(orochi_objects::iter::itself), Def::Next(iterator_next)])
    .methods(&[Method::new("__length_hint__", "($self, /)", iterator_length_hint, "Number of tuples left.")]);

/// The body of a `Struct`.
pub struct PyStruct {
    /// None until `__init__` ran.
    layout: Locked<Option<Arc<Layout>>>,
}

impl Payload for PyStruct {
    payload!(PyStruct, "Struct");
    const CYCLIC: bool = false;
}

/// The body of an `unpack_iterator`.
struct PyUnpackIterator {
    layout: Arc<Layout>,
    /// A memoryview of the buffer; unbound at the end.
    view: Slot,
    len: usize,
    at: AtomicUsize,
}

impl Payload for PyUnpackIterator {
    payload!(PyUnpackIterator, "unpack_iterator");
    fn trace(&self, visit: &mut orochi_heap::Visit<'_>) {
        visit.slot(&self.view);
    }
    fn clear(&self) {
        drop(self.view.take());
    }
}

/// Layouts of formats that module functions got.
#[derive(Default)]
struct Cache(Mutex<HashMap<Vec<u8>, Arc<Layout>>>);

const CACHE_LIMIT: usize = 100;

#[cold]
fn error(t: Attached<'_>, message: impl AsRef<::core::primitive::str>) -> Raised {
    t.raise(&ERROR, message)
}

fn format_bytes<'a>(t: Attached<'_>, v: &'a Value) -> PyResult<&'a [u8]> {
    if let Some(s) = str::as_str(v) {
        if !s.is_ascii() {
            // The codec's own error.
            orochi_objects::protocol::call_method(t, v, &t.names().encode, &[str::new(t, "ascii")])?;
        }
        return Ok(s.bytes());
    }
    bytes::as_bytes(v)
        .ok_or_else(|| t.type_error(format!("Struct() argument 1 must be a str or bytes object, not {}", type_name(t, v))))
}

fn cached(t: Attached<'_>, format: &Value) -> PyResult<Arc<Layout>> {
    let text = format_bytes(t, format)?;
    let cache = t.interpreter().state::<Cache>();
    if let Some(found) = cache.0.lock().unwrap_or_else(|e| e.into_inner()).get(text) {
        return Ok(found.clone());
    }
    let layout = Arc::new(Layout::parse(text).map_err(|m| error(t, m))?);
    let mut all = cache.0.lock().unwrap_or_else(|e| e.into_inner());
    if all.len() >= CACHE_LIMIT {
        all.clear();
    }
    all.insert(text.to_vec(), layout.clone());
    Ok(layout)
}

fn clear_cache(t: Attached<'_>, _: &[Value]) -> PyResult {
    t.interpreter().state::<Cache>().0.lock().unwrap_or_else(|e| e.into_inner()).clear();
    Ok(Value::none())
}

fn layout_of(t: Attached<'_>, v: &Value) -> PyResult<Arc<Layout>> {
    let layout = v.payload::<PyStruct>().and_then(|s| s.layout.lock().clone());
    layout.ok_or_else(|| t.raise(&exception::RuntimeError, "Struct object is not initialized"))
}

fn struct_new(t: Attached<'_>, class: &Value, _: Args<'_>) -> PyResult {
    STRUCT.alloc_for(t, class, PyStruct { layout: Locked::new(None) })
}

fn struct_init(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    Signature::parse("(format)").call(t, "Struct", args, |a| {
        let layout = Layout::parse(format_bytes(t, &a[0])?).map_err(|m| error(t, m))?;
        let Some(body) = this.payload::<PyStruct>() else { return Err(t.type_error("expected a Struct")) };
        let old = body.layout.lock().replace(Arc::new(layout));
        drop(old);
        Ok(())
    })
}

fn struct_repr(t: Attached<'_>, this: &Value) -> PyResult {
    let layout = layout_of(t, this)?;
    let name = type_name(t, this);
    let name = name.rsplit('.').next().unwrap_or("Struct");
    Ok(str::new(t, &format!("{name}('{}')", layout.text())))
}
fn struct_format(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(str::new(t, &layout_of(t, this)?.text()))
}
fn struct_size(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(int::from_usize(t, layout_of(t, this)?.size))
}
fn struct_size_of(t: Attached<'_>, a: &[Value]) -> PyResult {
    let layout = layout_of(t, &a[0])?;
    Ok(int::from_usize(t, std::mem::size_of::<PyStruct>() + 16 + layout.memory_size()))
}

fn calcsize(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(int::from_usize(t, cached(t, &a[0])?.size))
}

// --- packing -------------------------------------------------------------------------------------

fn packed(t: Attached<'_>, layout: &Layout, function: &::core::primitive::str, values: &[Value]) -> PyResult<Vec<u8>> {
    if values.len() != layout.count {
        let (wanted, given) = (layout.count, values.len());
        return Err(error(t, format!("{function} expected {wanted} items for packing (got {given})")));
    }
    let mut out = Vec::new();
    if out.try_reserve_exact(layout.size).is_err() {
        return Err(t.memory_error());
    }
    out.resize(layout.size, 0);
    let mut next = values.iter();
    for code in layout.codes() {
        for i in 0..code.repeat {
            let Some(v) = next.next() else { break };
            let at = code.offset + i * code.size;
            items::pack(t, code, v, &mut out[at..at + code.size])?;
        }
    }
    Ok(out)
}

fn pack(t: Attached<'_>, a: &[Value]) -> PyResult {
    let [format, values @ ..] = tuple::items(&a[0]) else { return Err(t.type_error("missing format argument")) };
    let layout = cached(t, format)?;
    bytes::try_new(t, &packed(t, &layout, "pack", values)?)
}
fn struct_pack(t: Attached<'_>, a: &[Value]) -> PyResult {
    let layout = layout_of(t, &a[0])?;
    bytes::try_new(t, &packed(t, &layout, "pack", tuple::items(&a[1]))?)
}

fn place(t: Attached<'_>, layout: &Layout, args: &[Value]) -> PyResult {
    let (target, offset, values) = match args {
        [] => return Err(error(t, "pack_into expected buffer argument")),
        [_] => return Err(error(t, "pack_into expected offset argument")),
        [target, offset, values @ ..] => (target, offset, values),
    };
    if values.len() != layout.count {
        let (wanted, given) = (layout.count, values.len());
        return Err(error(t, format!("pack_into expected {wanted} items for packing (got {given})")));
    }
    let target = buffer::write_arg(t, target, "argument")?;
    let offset = orochi_objects::protocol::as_size(t, offset)?;
    let at = checked_offset(t, layout, offset, target.len(), "pack_into", "packing", || {
        format!("no space to pack {} bytes at offset {offset}", layout.size)
    })?;
    let packed = packed(t, layout, "pack_into", values)?;
    target.memory.write(at, &packed);
    Ok(Value::none())
}
fn pack_into(t: Attached<'_>, a: &[Value]) -> PyResult {
    let [format, args @ ..] = tuple::items(&a[0]) else { return Err(t.type_error("missing format argument")) };
    place(t, &*cached(t, format)?, args)
}
fn struct_pack_into(t: Attached<'_>, a: &[Value]) -> PyResult {
    place(t, &*layout_of(t, &a[0])?, tuple::items(&a[1]))
}

/// An offset that may count from the end, with room for the layout behind it.
fn checked_offset(
    t: Attached<'_>,
    layout: &Layout,
    offset: isize,
    len: usize,
    function: &::core::primitive::str,
    doing: &::core::primitive::str,
    short: impl FnOnce() -> String,
) -> PyResult<usize> {
    let size = layout.size;
    let mut at = offset;
    if at < 0 {
        if at.saturating_add(size as isize) > 0 {
            return Err(error(t, short()));
        }
        at = at.saturating_add(len as isize);
        if at < 0 {
            return Err(error(t, format!("offset {offset} out of range for {len}-byte buffer")));
        }
    }
    let at = at as usize;
    if at > len || len - at < size {
        let least = size as u128 + at as u128;
        return Err(error(
            t,
            format!(
                "{function} requires a buffer of at least {least} bytes for {doing} {size} bytes at offset {at} \
                 (actual buffer size is {len})"
            ),
        ));
    }
    Ok(at)
}

// --- unpacking -----------------------------------------------------------------------------------

fn unpacked(t: Attached<'_>, layout: &Layout, bytes: &[u8]) -> PyResult {
    let mut out = Vec::new();
    if out.try_reserve_exact(layout.count).is_err() {
        return Err(t.memory_error());
    }
    for code in layout.codes() {
        for i in 0..code.repeat {
            let at = code.offset + i * code.size;
            out.push(items::unpack(t, code, &bytes[at..at + code.size])?);
        }
    }
    tuple::try_new(t, out)
}

fn exactly(t: Attached<'_>, layout: &Layout, source: &Value) -> PyResult {
    buffer::with_bytes(t, source, "", |bytes| {
        if bytes.len() != layout.size {
            return Err(error(t, format!("unpack requires a buffer of {} bytes", layout.size)));
        }
        unpacked(t, layout, bytes)
    })?
}
fn unpack(t: Attached<'_>, a: &[Value]) -> PyResult {
    exactly(t, &*cached(t, &a[0])?, &a[1])
}
fn struct_unpack(t: Attached<'_>, a: &[Value]) -> PyResult {
    exactly(t, &*layout_of(t, &a[0])?, &a[1])
}

fn from_offset(t: Attached<'_>, layout: &Layout, source: &Value, offset: &Value) -> PyResult {
    let offset = match offset.given() {
        Some(v) => orochi_objects::protocol::as_size(t, v)?,
        None => 0,
    };
    let source = buffer::read_arg(t, source, "")?;
    let at = checked_offset(t, layout, offset, source.len(), "unpack_from", "unpacking", || {
        format!("not enough data to unpack {} bytes at offset {offset}", layout.size)
    })?;
    if let Some(bytes) = source.memory.stable() {
        return unpacked(t, layout, &bytes[at..at + layout.size]);
    }
    let mut bytes = vec![0; layout.size];
    source.memory.read(at, &mut bytes);
    unpacked(t, layout, &bytes)
}
fn unpack_from(t: Attached<'_>, a: &[Value]) -> PyResult {
    from_offset(t, &*cached(t, &a[0])?, &a[1], &a[2])
}
fn struct_unpack_from(t: Attached<'_>, a: &[Value]) -> PyResult {
    from_offset(t, &*layout_of(t, &a[0])?, &a[1], &a[2])
}

fn iterator(t: Attached<'_>, layout: Arc<Layout>, source: &Value) -> PyResult {
    if layout.size == 0 {
        return Err(error(t, "cannot iteratively unpack with a struct of length 0"));
    }
    let exported = buffer::read_arg(t, source, "")?;
    let len = exported.len();
    if len % layout.size != 0 {
        let size = layout.size;
        return Err(error(t, format!("iterative unpacking requires a buffer of a multiple of {size} bytes")));
    }
    let view = orochi_objects::memoryview::from_buffer(t, exported)?;
    Ok(UNPACK_ITERATOR.alloc(t, PyUnpackIterator { layout, view: Slot::new(view), len, at: AtomicUsize::new(0) }))
}
fn iter_unpack(t: Attached<'_>, a: &[Value]) -> PyResult {
    iterator(t, cached(t, &a[0])?, &a[1])
}
fn struct_iter_unpack(t: Attached<'_>, a: &[Value]) -> PyResult {
    iterator(t, layout_of(t, &a[0])?, &a[1])
}

fn iterator_next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let Some(it) = this.payload::<PyUnpackIterator>() else { return Ok(None) };
    let view = it.view.load();
    if view.is_unbound() {
        return Ok(None);
    }
    let at = it.at.fetch_add(it.layout.size, Relaxed);
    if at >= it.len {
        drop(it.view.take());
        return Ok(None);
    }
    let source = buffer::get(t, &view, false)?;
    if let Some(bytes) = source.memory.stable() {
        return unpacked(t, &it.layout, &bytes[at..at + it.layout.size]).map(Some);
    }
    let mut bytes = vec![0; it.layout.size];
    source.memory.read(at, &mut bytes);
    unpacked(t, &it.layout, &bytes).map(Some)
}

fn iterator_length_hint(t: Attached<'_>, a: &[Value]) -> PyResult {
    let left = a[0].payload::<PyUnpackIterator>().map_or(0, |it| {
        if it.view.is_unbound() { 0 } else { it.len.saturating_sub(it.at.load(Relaxed)) / it.layout.size }
    });
    Ok(int::from_usize(t, left))
}
