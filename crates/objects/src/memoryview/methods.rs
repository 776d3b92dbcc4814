//! Methods and attributes of memoryviews, comparison and hash.

use std::sync::atomic::Ordering::Relaxed;

use orochi_heap::Value;

use super::access::{for_each_offset, format_char, load, unsupported};
use super::{MAX_DIMENSIONS, Opened, as_memoryview, body, item, make, open, release as release_view};
use crate::buffer::Shape;
use crate::bytes_type::make::gather_from;
use crate::bytes_type::methods::hex_text;
use crate::slots::CompareOp;
use crate::spec::{GetSet, Method};
use crate::thread::{Attached, PyResult};

pub(super) const METHODS: &[Method] = &[
    Method::class("__class_getitem__", "($type, object, /)", crate::generic_alias::class_getitem, "See PEP 585"),
    Method::new("__enter__", "($self, /)", enter, "The view itself; ValueError if it was released."),
    Method::new("__exit__", "($self, /, *exc_info)", exit, "Releases the view.").at_once(exit),
    Method::class("_from_flags", "($type, /, object, flags)", from_flags, "A view got with the given request flags."),
    Method::new("cast", "($self, /, format, shape=None)", cast, "The same memory with another item format or shape."),
    Method::new("count", "($self, value, /)", count, "Number of items equal to the value."),
    Method::new("hex", "($self, /, sep=None, bytes_per_sep=1)", hex, "Two hexadecimal digits for each byte."),
    Method::new("index", "($self, value, start=0, stop=9223372036854775807, /)", index, "Index of the first item equal to the value."),
    Method::new("release", "($self, /)", release, "Gives the memory back to its object."),
    Method::new("tobytes", "($self, /, order='C')", tobytes, "The items as bytes, in C or Fortran order, or A for the order in memory."),
    Method::new("tolist", "($self, /)", tolist, "The items as a list, nested for several dimensions."),
    Method::new("toreadonly", "($self, /)", toreadonly, "The same view, read-only."),
];

pub(super) const GETSET: &[GetSet] = &[
    GetSet::read("obj", obj, "The object whose memory it is."),
    GetSet::read("nbytes", nbytes, "Bytes of all items together."),
    GetSet::read("readonly", readonly, "Whether the memory cannot be written."),
    GetSet::read("itemsize", itemsize, "Bytes of an item."),
    GetSet::read("format", format, "Format of an item, as in the struct module."),
    GetSet::read("ndim", ndim, "Number of dimensions."),
    GetSet::read("shape", shape, "Items in each dimension."),
    GetSet::read("strides", strides, "Bytes from item to item in each dimension."),
    GetSet::read("suboffsets", suboffsets, "Always empty."),
    GetSet::read("c_contiguous", c_contiguous, "Whether the items lie side by side in C order."),
    GetSet::read("f_contiguous", f_contiguous, "Whether the items lie side by side in Fortran order."),
    GetSet::read("contiguous", contiguous, "Whether the items lie side by side."),
];

pub(super) fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let released = if body(this).base.is_unbound() { "released " } else { "" };
    Ok(crate::str::from_string(t, format!("<{released}memory at {:#x}>", this.identity())))
}

pub(super) fn hash(t: Attached<'_>, this: &Value) -> PyResult<i64> {
    let known = body(this).hash.load(Relaxed);
    if known != 0 {
        return Ok(known);
    }
    let opened = open(t, this)?;
    if !opened.view.readonly {
        return Err(t.value_error("cannot hash writable memoryview object"));
    }
    if !matches!(item::native_char(&opened.view.shape.format), Some(b'B' | b'b' | b'c')) {
        return Err(t.value_error("memoryview: hashing is restricted to formats 'B', 'b' or 'c'"));
    }
    // The owner's hash may run Python, which must not release the view.
    let held = super::export(t, this, false)?;
    crate::protocol::hash(t, &opened.buffer().owner)?;
    drop(held);
    let h = crate::str::hash_bytes(t, &opened.to_vec());
    opened.view.hash.store(h, Relaxed);
    Ok(h)
}

/// Whether two items in memory are equal; `None`: a format that cannot be unpacked.
fn same_items(t: Attached<'_>, x: (&Shape, &[u8]), y: (&Shape, &[u8])) -> PyResult<Option<bool>> {
    let (f, g) = (item::native_char(&x.0.format), item::native_char(&y.0.format));
    let (Some(f), Some(g)) = (f, g) else { return Ok(None) };
    if f == g && !matches!(f, b'e' | b'f' | b'd' | b'?') {
        return Ok(Some(x.1 == y.1));
    }
    for (a, b) in x.1.chunks_exact(x.0.item_size).zip(y.1.chunks_exact(y.0.item_size)) {
        let (Some(a), Some(b)) = (item::unpack(t, f, a), item::unpack(t, g, b)) else { return Ok(None) };
        if !crate::protocol::equal(t, &a?, &b?)? {
            return Ok(Some(false));
        }
    }
    Ok(Some(true))
}

pub(super) fn compare(t: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) || as_memoryview(a).is_none() {
        return Ok(Value::not_implemented());
    }
    let answer = |equal: bool| Ok(Value::bool(equal == (op == CompareOp::Eq)));
    let released = |v: &Value| as_memoryview(v).is_some_and(|m| m.base.is_unbound());
    if released(a) || released(b) {
        return answer(a.is(b));
    }
    if !crate::buffer::is_exporter(t, b) {
        return Ok(Value::not_implemented());
    }
    let x = open(t, a)?;
    let y = match crate::buffer::get_full(t, b, false) {
        Ok(y) => y,
        Err(e) => {
            drop(t.take_raised(e));
            return Ok(Value::not_implemented());
        }
    };
    let plain = Shape::array("B", 1, y.memory.len());
    let y_shape = y.shape.as_ref().unwrap_or(&plain);
    if x.view.shape.shape != y_shape.shape {
        return answer(false);
    }
    let (xs, ys) = (x.to_vec(), gather_from(&*y.memory, y_shape));
    if let Some(equal) = same_items(t, (&x.view.shape, &xs), (y_shape, &ys))? {
        return answer(equal);
    }
    // Structured formats: the struct module knows them, if it can be imported.
    let unpacked = |shape: &Shape, bytes: &[u8]| -> PyResult<Option<Value>> {
        let modules = t.interpreter().modules.load();
        let Some(module) = crate::dict::as_dict(&modules).and_then(|_| crate::dict::get_by_name(t, &modules, "_struct"))
        else {
            return Ok(None);
        };
        let f = crate::attr::get_by_name(t, &module, "iter_unpack")?;
        let format = crate::str::new(t, &shape.format);
        match crate::protocol::call(t, &f, &[format, crate::bytes::new(t, bytes)]) {
            Ok(items) => crate::protocol::collect(t, &items).map(|v| Some(crate::list::new(t, v))),
            Err(e) => {
                drop(t.take_raised(e));
                Ok(None)
            }
        }
    };
    match (unpacked(&x.view.shape, &xs)?, unpacked(y_shape, &ys)?) {
        (Some(xs), Some(ys)) => answer(crate::protocol::equal(t, &xs, &ys)?),
        _ => answer(false),
    }
}

fn enter(t: Attached<'_>, a: &[Value]) -> PyResult {
    drop(open(t, &a[0])?);
    Ok(a[0].clone())
}
fn exit(t: Attached<'_>, a: &[Value]) -> PyResult {
    release_view(t, &a[0])?;
    Ok(Value::none())
}
fn release(t: Attached<'_>, a: &[Value]) -> PyResult {
    release_view(t, &a[0])?;
    Ok(Value::none())
}

fn from_flags(t: Attached<'_>, a: &[Value]) -> PyResult {
    const WRITABLE: i64 = 1;
    let wants_writing = crate::protocol::expect_i64(t, &a[2])? & WRITABLE != 0;
    if wants_writing {
        return super::from_buffer(t, crate::buffer::get_full(t, &a[1], true)?);
    }
    super::of(t, &a[1])
}

fn toreadonly(t: Attached<'_>, a: &[Value]) -> PyResult {
    let opened = open(t, &a[0])?;
    Ok(make(t, opened.base.clone(), opened.view.shape.clone(), true))
}

fn tobytes(t: Attached<'_>, a: &[Value]) -> PyResult {
    let opened = open(t, &a[0])?;
    let order = match a[1].given() {
        None => b'C',
        Some(v) if v.is_none() => b'C',
        Some(v) => match crate::str::expect(t, v, "tobytes() argument 'order'")?.bytes() {
            b"C" => b'C',
            b"F" => b'F',
            b"A" => b'A',
            _ => return Err(t.value_error("order must be 'C', 'F' or 'A'")),
        },
    };
    let shape = &opened.view.shape;
    let fortran = order == b'F' || order == b'A' && shape.is_f_contiguous() && !shape.is_c_contiguous();
    if !fortran || shape.shape.len() < 2 {
        return crate::bytes::try_new(t, &opened.to_vec());
    }
    let mut turned = shape.clone();
    turned.shape.reverse();
    turned.strides.reverse();
    crate::bytes::try_new(t, &gather_from(&*opened.buffer().memory, &turned))
}

fn hex(t: Attached<'_>, a: &[Value]) -> PyResult {
    let bytes = open(t, &a[0])?.to_vec();
    let held = super::export(t, &a[0], false)?;
    let text = hex_text(t, &bytes, &a[1], &a[2]);
    drop(held);
    text
}

fn nested(t: Attached<'_>, opened: &Opened<'_>, format: u8, shape: &[usize], strides: &[isize], at: isize) -> PyResult {
    let ([n, inner @ ..], [stride, inner_strides @ ..]) = (shape, strides) else { return load(t, opened, format, at) };
    let mut items = Vec::new();
    if items.try_reserve_exact(*n).is_err() {
        return Err(t.memory_error());
    }
    for i in 0..*n {
        items.push(nested(t, opened, format, inner, inner_strides, at + i as isize * stride)?);
    }
    Ok(crate::list::new(t, items))
}
fn tolist(t: Attached<'_>, a: &[Value]) -> PyResult {
    let opened = open(t, &a[0])?;
    let s = &opened.view.shape;
    let format = format_char(t, s)?;
    nested(t, &opened, format, &s.shape, &s.strides, s.offset as isize)
}

fn count(t: Attached<'_>, a: &[Value]) -> PyResult {
    let opened = open(t, &a[0])?;
    let items = flat(t, &opened)?;
    let mut n = 0;
    for item in &items {
        n += usize::from(crate::protocol::equal_or_same(t, item, &a[1])?);
    }
    Ok(crate::int::from_usize(t, n))
}
fn flat(t: Attached<'_>, opened: &Opened<'_>) -> PyResult<Vec<Value>> {
    let s = &opened.view.shape;
    match s.shape.len() {
        0 => return Err(t.type_error("invalid indexing of 0-dim memory")),
        1 => {}
        _ => {
            let message = "multi-dimensional sub-views are not implemented";
            return Err(t.raise(&crate::exception::NotImplementedError, message));
        }
    }
    let format = format_char(t, s)?;
    let mut items = Vec::with_capacity(s.item_count());
    let mut result = Ok(());
    for_each_offset(&s.shape, &s.strides, s.offset as isize, &mut |at| {
        if result.is_ok() {
            match load(t, opened, format, at) {
                Ok(v) => items.push(v),
                Err(e) => result = Err(e),
            }
        }
    });
    result.map(|()| items)
}
fn index(t: Attached<'_>, a: &[Value]) -> PyResult {
    use crate::bytes_type::flavor::{bound_arg, clip_range};
    let start = bound_arg(t, &a[2], 0)?;
    let stop = bound_arg(t, &a[3], isize::MAX)?;
    let opened = open(t, &a[0])?;
    let items = flat(t, &opened)?;
    for i in clip_range(items.len(), start, stop).into_iter().flatten() {
        if crate::protocol::equal_or_same(t, &items[i], &a[1])? {
            return Ok(crate::int::from_usize(t, i));
        }
    }
    Err(t.value_error("memoryview.index(x): x not found"))
}

fn cast(t: Attached<'_>, a: &[Value]) -> PyResult {
    const NOT_NATIVE: &str = "format must be a native single character format prefixed with an optional '@'";
    let opened = open(t, &a[0])?;
    let s = &opened.view.shape;
    let format = crate::str::expect(t, &a[1], "cast() argument 'format'")?.wtf8().to_string_lossy().into_owned();
    let wanted = a[2].given().filter(|v| !v.is_none());
    if !s.is_c_contiguous() {
        return Err(t.type_error("memoryview: casts are restricted to C-contiguous views"));
    }
    if (wanted.is_some() || s.shape.len() != 1) && s.shape.contains(&0) {
        return Err(t.type_error("memoryview: cannot cast view with zeros in shape or strides"));
    }
    let dimensions = match wanted {
        None => None,
        Some(v) => {
            let members = match (crate::list::as_list(v), crate::tuple::as_tuple(v)) {
                (Some(list), _) => list.to_vec(),
                (_, Some(tuple)) => tuple.items().to_vec(),
                _ => return Err(t.type_error("shape must be a list or a tuple")),
            };
            if members.len() > MAX_DIMENSIONS {
                let message = format!("memoryview: number of dimensions must not exceed {MAX_DIMENSIONS}");
                return Err(t.value_error(message));
            }
            if s.shape.len() != 1 && members.len() != 1 {
                return Err(t.type_error("memoryview: cast must be 1D -> ND or ND -> 1D"));
            }
            Some(members)
        }
    };
    let Some(to) = item::native_char(&format) else {
        return Err(t.value_error(format!("memoryview: destination {NOT_NATIVE}")));
    };
    let Some(from) = item::native_char(&s.format) else {
        return Err(t.value_error(format!("memoryview: source {NOT_NATIVE}")));
    };
    let is_byte = |c: u8| matches!(c, b'b' | b'B' | b'c');
    if !is_byte(from) && !is_byte(to) {
        return Err(t.type_error("memoryview: cannot cast between two non-byte formats"));
    }
    let Some(item_size) = item::size(to) else { return Err(unsupported(t, &format)) };
    let all = s.byte_len();
    if all % item_size != 0 {
        return Err(t.type_error("memoryview: length is not a multiple of itemsize"));
    }
    let mut shape = Shape::array(format, item_size, all / item_size);
    shape.offset = s.offset;
    if let Some(members) = dimensions {
        shape.shape.clear();
        let mut product = item_size;
        for m in &members {
            if !crate::int::is_int(m) {
                return Err(t.type_error("memoryview.cast(): elements of shape must be integers"));
            }
            let n = match crate::int::as_i64(m).and_then(|n| usize::try_from(n).ok()) {
                Some(n) if n > 0 => n,
                _ => return Err(t.value_error("memoryview.cast(): elements of shape must be integers > 0")),
            };
            product = match product.checked_mul(n) {
                Some(p) if p <= isize::MAX as usize => p,
                _ => return Err(t.value_error("memoryview.cast(): product(shape) > SSIZE_MAX")),
            };
            shape.shape.push(n);
        }
        if product != all {
            return Err(t.type_error("memoryview: product(shape) * itemsize != buffer size"));
        }
        shape.strides = Shape::c_strides(item_size, &shape.shape);
    }
    Ok(make(t, opened.base.clone(), shape, opened.view.readonly))
}

fn obj(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(open(t, this)?.buffer().owner.clone())
}
fn nbytes(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(crate::int::from_usize(t, open(t, this)?.view.shape.byte_len()))
}
fn readonly(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(Value::bool(open(t, this)?.view.readonly))
}
fn itemsize(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(crate::int::from_usize(t, open(t, this)?.view.shape.item_size))
}
fn format(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(crate::str::new(t, &open(t, this)?.view.shape.format))
}
fn ndim(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(crate::int::from_usize(t, open(t, this)?.view.shape.shape.len()))
}
fn shape(t: Attached<'_>, this: &Value) -> PyResult {
    let opened = open(t, this)?;
    Ok(crate::tuple::new(t, opened.view.shape.shape.iter().map(|&n| crate::int::from_usize(t, n)).collect()))
}
fn strides(t: Attached<'_>, this: &Value) -> PyResult {
    let opened = open(t, this)?;
    Ok(crate::tuple::new(t, opened.view.shape.strides.iter().map(|&n| crate::int::new(t, n as i64)).collect()))
}
fn suboffsets(t: Attached<'_>, this: &Value) -> PyResult {
    drop(open(t, this)?);
    Ok(crate::tuple::new(t, Vec::new()))
}
fn c_contiguous(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(Value::bool(open(t, this)?.view.shape.is_c_contiguous()))
}
fn f_contiguous(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(Value::bool(open(t, this)?.view.shape.is_f_contiguous()))
}
fn contiguous(t: Attached<'_>, this: &Value) -> PyResult {
    let opened = open(t, this)?;
    let s = &opened.view.shape;
    Ok(Value::bool(s.is_c_contiguous() || s.is_f_contiguous()))
}
