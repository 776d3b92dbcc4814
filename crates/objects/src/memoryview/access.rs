//! Indexing, slicing and assigning to memoryviews.

use orochi_heap::Value;

use super::{Opened, body, item, make, open};
use crate::buffer::Shape;
use crate::exception::{IndexError, NotImplementedError};
use crate::slice::PySlice;
use crate::thread::{Attached, PyResult, Raised};
use crate::type_::class_of;

/// Calls `f` with the offset of each item, last index fastest. `offset`: that of the first item.
pub fn for_each_offset(shape: &[usize], strides: &[isize], offset: isize, f: &mut dyn FnMut(isize)) {
    match (shape, strides) {
        ([n, inner @ ..], [stride, inner_strides @ ..]) => {
            for i in 0..*n {
                for_each_offset(inner, inner_strides, offset + i as isize * stride, f);
            }
        }
        _ => f(offset),
    }
}

pub(super) fn unsupported(t: Attached<'_>, format: &str) -> Raised {
    t.raise(&NotImplementedError, format!("memoryview: format {format} not supported"))
}

/// The item at a byte offset.
pub(super) fn load(t: Attached<'_>, opened: &Opened<'_>, format: u8, offset: isize) -> PyResult {
    let size = opened.view.shape.item_size;
    let mut bytes = [0u8; 8];
    let Some(bytes) = bytes.get_mut(..size) else { return Err(unsupported(t, &opened.view.shape.format)) };
    opened.buffer().memory.read(offset as usize, bytes);
    item::unpack(t, format, bytes).unwrap_or_else(|| Err(unsupported(t, &opened.view.shape.format)))
}

/// The character of the view's format.
pub(super) fn format_char(t: Attached<'_>, shape: &Shape) -> PyResult<u8> {
    match item::native_char(&shape.format) {
        Some(c) if item::size(c) == Some(shape.item_size) => Ok(c),
        _ => Err(unsupported(t, &shape.format)),
    }
}

pub(super) fn len(t: Attached<'_>, this: &Value) -> PyResult<usize> {
    let opened = open(t, this)?;
    match opened.view.shape.shape.first() {
        Some(n) => Ok(*n),
        None => Err(t.type_error("0-dim memory has no length")),
    }
}

pub(super) fn iter(t: Attached<'_>, this: &Value) -> PyResult {
    let opened = open(t, this)?;
    match opened.view.shape.shape.len() {
        0 => return Err(t.type_error("invalid indexing of 0-dim memory")),
        1 => drop(format_char(t, &opened.view.shape)?),
        _ => return Err(t.raise(&NotImplementedError, "multi-dimensional sub-views are not implemented")),
    }
    Ok(crate::bytes_type::iterator::new(t, &crate::bytes_type::iterator::MEMORY, this))
}

fn is_int(t: Attached<'_>, v: &Value) -> bool {
    class_of(t, v).slots.index().is_some()
}

fn step_to(t: Attached<'_>, shape: &Shape, dimension: usize, key: &Value) -> PyResult<isize> {
    let i = crate::protocol::as_index(t, key)?;
    let found = crate::int::as_i64(&i)
        .and_then(|i| crate::protocol::normalize_index(i as isize, shape.shape[dimension]));
    match found {
        Some(i) => Ok(i as isize * shape.strides[dimension]),
        None => {
            let message = format!("index out of bounds on dimension {}", dimension + 1);
            Err(t.raise(&IndexError, message))
        }
    }
}

/// What a key means.
enum Place {
    /// One item, by its offset.
    Item(isize),
    /// A part of the first dimension.
    Part(Shape),
    /// All of a view without dimensions.
    Whole,
}

fn place(t: Attached<'_>, shape: &Shape, key: &Value) -> PyResult<Place> {
    let dimensions = shape.shape.len();
    let offset = shape.offset as isize;
    let tuple = crate::tuple::as_tuple(key).map(|_| crate::tuple::items(key));
    if dimensions == 0 {
        return match tuple {
            Some([]) => Ok(Place::Item(offset)),
            None if key.is(&Value::ellipsis()) => Ok(Place::Whole),
            _ => Err(t.type_error("invalid indexing of 0-dim memory")),
        };
    }
    if let Some(keys) = tuple {
        if !keys.is_empty() && keys.iter().all(|k| is_int(t, k)) {
            if keys.len() < dimensions {
                return Err(t.raise(&NotImplementedError, "sub-views are not implemented"));
            }
            if keys.len() > dimensions {
                let given = keys.len();
                return Err(t.type_error(format!("cannot index {dimensions}-dimension view with {given}-element tuple")));
            }
            let mut at = offset;
            for (d, k) in keys.iter().enumerate() {
                at += step_to(t, shape, d, k)?;
            }
            return Ok(Place::Item(at));
        }
        if !keys.is_empty() && keys.iter().all(|k| k.payload::<PySlice>().is_some()) {
            return Err(t.raise(&NotImplementedError, "multi-dimensional slicing is not implemented"));
        }
        return Err(t.type_error("memoryview: invalid slice key"));
    }
    if is_int(t, key) {
        if dimensions > 1 {
            return Err(t.raise(&NotImplementedError, "multi-dimensional sub-views are not implemented"));
        }
        return Ok(Place::Item(offset + step_to(t, shape, 0, key)?));
    }
    if key.payload::<PySlice>().is_some() {
        let (start, step, count) = crate::slice::indices(t, key, shape.shape[0])?;
        let mut part = shape.clone();
        if count > 0 {
            part.offset = (offset + start * shape.strides[0]) as usize;
        }
        part.shape[0] = count;
        part.strides[0] = shape.strides[0].wrapping_mul(step);
        return Ok(Place::Part(part));
    }
    Err(t.type_error("memoryview: invalid slice key"))
}

pub(super) fn get_item(t: Attached<'_>, this: &Value, key: &Value) -> PyResult {
    let opened = open(t, this)?;
    let shape = &opened.view.shape;
    // One byte of a plain view, the usual case.
    if let (Some(i), [n], "B") = (key.as_small_int(), &shape.shape[..], &*shape.format)
        && let Some(i) = crate::protocol::normalize_index(i as isize, *n)
    {
        let mut byte = [0];
        opened.buffer().memory.read((shape.offset as isize + i as isize * shape.strides[0]) as usize, &mut byte);
        return Ok(Value::i32(i32::from(byte[0])));
    }
    if key.payload::<PySlice>().is_none() && shape.shape.len() == 1 {
        format_char(t, shape)?;
    }
    match place(t, shape, key)? {
        Place::Item(at) => load(t, &opened, format_char(t, shape)?, at),
        Place::Part(part) => Ok(make(t, opened.base.clone(), part, opened.view.readonly)),
        Place::Whole => Ok(this.clone()),
    }
}

pub(super) fn set_item(t: Attached<'_>, this: &Value, key: &Value, value: Option<&Value>) -> PyResult<()> {
    let opened = open(t, this)?;
    let shape = &opened.view.shape;
    if opened.view.readonly {
        return Err(t.type_error("cannot modify read-only memory"));
    }
    let Some(value) = value else { return Err(t.type_error("cannot delete memory")) };
    if key.payload::<PySlice>().is_none() && shape.shape.len() == 1 {
        format_char(t, shape)?;
    }
    match place(t, shape, key)? {
        Place::Item(at) => store(t, this, &opened, at, value),
        Place::Whole => store(t, this, &opened, shape.offset as isize, value),
        Place::Part(_) if shape.shape.len() > 1 => {
            Err(t.raise(&NotImplementedError, "memoryview slice assignments are currently restricted to ndim = 1"))
        }
        Place::Part(part) => assign(t, &opened, &part, value),
    }
}

fn store(t: Attached<'_>, this: &Value, opened: &Opened<'_>, at: isize, value: &Value) -> PyResult<()> {
    let shape = &opened.view.shape;
    let format = format_char(t, shape)?;
    let mut bytes = [0u8; 8];
    let bytes = &mut bytes[..shape.item_size];
    let wrong = |what: &str| format!("memoryview: invalid {what} for format '{}'", shape.format);
    match item::pack(t, format, value, bytes) {
        Ok(()) => {}
        Err(item::Misfit::Type) => return Err(t.type_error(wrong("type"))),
        Err(item::Misfit::Value) => return Err(t.value_error(wrong("value"))),
        Err(item::Misfit::Raised(e)) => return Err(e),
    }
    // Looking at the value may have released the view.
    if body(this).base.is_unbound() {
        return Err(t.value_error("operation forbidden on released memoryview object"));
    }
    opened.buffer().memory.write(at as usize, bytes);
    Ok(())
}

fn assign(t: Attached<'_>, opened: &Opened<'_>, part: &Shape, value: &Value) -> PyResult<()> {
    let source = crate::buffer::get_full(t, value, false)?;
    let plain = Shape::array("B", 1, source.memory.len());
    let from = source.shape.as_ref().unwrap_or(&plain);
    let same_format = from.format.trim_start_matches('@') == part.format.trim_start_matches('@');
    if !same_format || from.item_size != part.item_size || from.shape != part.shape {
        return Err(t.value_error("memoryview assignment: lvalue and rvalue have different structures"));
    }
    // Copied first: source and target may overlap.
    let bytes = crate::bytes_type::make::gather_from(&*source.memory, from);
    let memory = &*opened.buffer().memory;
    if part.is_c_contiguous() {
        memory.write(part.offset, &bytes);
        return Ok(());
    }
    let mut items = bytes.chunks_exact(part.item_size.max(1));
    for_each_offset(&part.shape, &part.strides, part.offset as isize, &mut |at| {
        if let Some(item) = items.next() {
            memory.write(at as usize, item);
        }
    });
    Ok(())
}
