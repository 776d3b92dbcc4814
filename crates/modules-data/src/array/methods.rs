//! Methods and attributes of arrays.

use orochi_objects::protocol::{self, normalize_index};
use orochi_objects::type_::{as_type, type_name, type_of};
use orochi_objects::{Attached, GetSet, Method, PyResult, Value};
use orochi_objects::{attr, bytes, exception, int, list, str, tuple};
use orochi_text::wtf8::{CodePoint, Wtf8Buf};

use super::slots::{bytes_arg, pack_all};
use super::{ARRAY, PyArray, as_array, body, item, make};

pub(super) const METHODS: &[Method] = &[
    Method::class("__class_getitem__", "($type, object, /)", orochi_objects::generic_alias::class_getitem, "See PEP 585"),
    Method::new("__copy__", "($self, /)", copy, "A copy."),
    Method::new("__deepcopy__", "($self, unused, /)", copy, "A copy."),
    Method::new("__reduce_ex__", "($self, value, /)", reduce_ex, "State for pickling."),
    Method::new("__sizeof__", "($self, /)", size_of, "Size in memory, in bytes."),
    Method::new("append", "($self, v, /)", append, "Appends an item."),
    Method::new("buffer_info", "($self, /)", buffer_info, "Address and number of items."),
    Method::new("byteswap", "($self, /)", byteswap, "Turns the byte order of all items around."),
    Method::new("clear", "($self, /)", clear, "Removes all items."),
    Method::new("count", "($self, v, /)", count, "Number of items equal to the value."),
    Method::new("extend", "($self, bb, /)", extend, "Appends the items of an iterable."),
    Method::new("frombytes", "($self, buffer, /)", frombytes, "Appends items from their machine form."),
    Method::new("fromfile", "($self, f, n, /)", fromfile, "Appends n items read from a binary file."),
    Method::new("fromlist", "($self, list, /)", fromlist, "Appends the items of a list."),
    Method::new("fromunicode", "($self, ustr, /)", fromunicode, "Appends the characters of a str."),
    Method::new("index", "($self, v, start=0, stop=9223372036854775807, /)", index, "Index of the first item equal to the value."),
    Method::new("insert", "($self, i, v, /)", insert, "Inserts an item before the index."),
    Method::new("pop", "($self, i=-1, /)", pop, "Removes an item and gives it."),
    Method::new("remove", "($self, v, /)", remove, "Removes the first item equal to the value."),
    Method::new("reverse", "($self, /)", reverse, "Turns the order around, in place."),
    Method::new("tobytes", "($self, /)", tobytes, "The items in their machine form."),
    Method::new("tofile", "($self, f, /)", tofile, "Writes the items in their machine form to a file."),
    Method::new("tolist", "($self, /)", tolist, "The items as a list."),
    Method::new("tounicode", "($self, /)", tounicode, "The characters as a str."),
];

pub(super) const GETSET: &[GetSet] = &[
    GetSet::read("typecode", typecode, "The typecode."),
    GetSet::read("itemsize", itemsize, "Bytes of an item."),
];

fn typecode(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(str::from_code_point(t, u32::from(body(this).code)))
}
fn itemsize(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(int::from_usize(t, body(this).size()))
}

/// All items as values.
pub(super) fn items(t: Attached<'_>, a: &PyArray) -> PyResult<Vec<Value>> {
    a.to_vec().chunks_exact(a.size()).map(|bytes| item::unpack(t, a.code, bytes)).collect()
}
/// The characters of a text array.
pub(super) fn text_of(t: Attached<'_>, a: &PyArray) -> PyResult {
    let mut text = Wtf8Buf::new();
    for bytes in a.to_vec().chunks_exact(4) {
        let c = bytes.try_into().map_or(0, u32::from_ne_bytes);
        match CodePoint::new(c) {
            Some(c) => text.push(c),
            None => return Err(t.value_error(format!("character U+{c:x} is not in range [U+0000; U+10ffff]"))),
        }
    }
    str::try_from_wtf8(t, &text)
}

fn copy(t: Attached<'_>, a: &[Value]) -> PyResult {
    let a = body(&a[0]);
    Ok(make(t, a.code, a.to_vec()))
}

/// Numbers of machine formats that pickles carry, little-endian then big-endian.
fn machine_format(code: u8) -> i32 {
    let order = i32::from(cfg!(target_endian = "big"));
    match code {
        b'b' => 1,
        b'B' => 0,
        b'h' => 4 + order,
        b'H' => 2 + order,
        b'i' => 8 + order,
        b'I' => 6 + order,
        b'l' | b'q' => 12 + order,
        b'L' | b'Q' => 10 + order,
        b'f' => 14 + order,
        b'd' => 16 + order,
        _ => 20 + order,
    }
}

fn reduce_ex(t: Attached<'_>, a: &[Value]) -> PyResult {
    let protocol = protocol::as_size(t, &a[1])?;
    let array = body(&a[0]);
    let state = match attr::find(t, &a[0], &t.names().__dict__)? {
        Some(d) => d,
        None => Value::none(),
    };
    let code = typecode(t, &a[0])?;
    let class = type_of(t, &a[0]).clone();
    if protocol < 3 {
        let content = if item::is_text(array.code) { text_of(t, array)? } else { list::new(t, items(t, array)?) };
        return Ok(tuple::new(t, vec![class, tuple::new(t, vec![code, content]), state]));
    }
    let module = protocol::call(t, &protocol::builtin(t, "__import__")?, &[str::new(t, "array")])?;
    let make = attr::get_by_name(t, &module, "_array_reconstructor")?;
    let args = vec![class, code, Value::i32(machine_format(array.code)), bytes::try_new(t, &array.to_vec())?];
    Ok(tuple::new(t, vec![make, tuple::new(t, args), state]))
}

/// `_array_reconstructor(class, typecode, machine format, bytes)`.
pub(super) fn reconstruct(t: Attached<'_>, a: &[Value]) -> PyResult {
    let is_type = orochi_objects::type_::TYPE.check(t, &a[0]);
    if !is_type {
        return Err(t.type_error(format!("first argument must be a type object, not {}", type_name(t, &a[0]))));
    }
    if !as_type(&a[0]).is_subtype(as_type(ARRAY.get(t))) {
        let name = as_type(&a[0]).name_text();
        return Err(t.type_error(format!("{name} is not a subtype of array.array")));
    }
    match str::as_str(&a[1]).map(|s| s.bytes()) {
        Some(&[c]) if item::CODES.as_bytes().contains(&c) => {}
        Some(_) => return Err(t.value_error("second argument must be a valid type code")),
        None => return Err(t.type_error("_array_reconstructor() argument 2 must be a unicode character, not int")),
    }
    let Some(data) = bytes::as_bytes(&a[3]) else {
        return Err(t.type_error(format!("fourth argument should be bytes, not {}", type_name(t, &a[3]))));
    };
    let format = protocol::expect_i64(t, &a[2])?;
    // Kind of number, bytes, most significant byte first.
    let (kind, size, big) = match format {
        0 => ('u', 1, false),
        1 => ('i', 1, false),
        2..=13 => {
            let i = format - 2;
            (if i / 2 % 2 == 0 { 'u' } else { 'i' }, 2 << (i / 4), i % 2 == 1)
        }
        14..=17 => ('f', 4 << ((format - 14) / 2), format % 2 == 1),
        18 | 19 => ('t', 2, format == 19),
        20 | 21 => ('t', 4, format == 21),
        _ => return Err(t.value_error("third argument must be a valid machine format code.")),
    };
    if data.len() % size != 0 {
        return Err(t.value_error("bytes length not a multiple of item size"));
    }
    let values: PyResult<Vec<Value>> = data.chunks_exact(size).map(|item| {
        let mut bytes = [0u8; 8];
        bytes[..size].copy_from_slice(item);
        if big {
            bytes[..size].reverse();
        }
        let word = u64::from_le_bytes(bytes);
        Ok(match kind {
            'u' => int::from_big(t, word.into()),
            'i' => {
                let shift = 64 - 8 * size as u32;
                int::new(t, ((word << shift) as i64) >> shift)
            }
            'f' if size == 4 => orochi_objects::float::new(t, f64::from(f32::from_bits(word as u32))),
            'f' => orochi_objects::float::new(t, f64::from_bits(word)),
            _ => str::from_code_point(t, word as u32),
        })
    }).collect();
    protocol::call(t, &a[0], &[a[1].clone(), list::new(t, values?)])
}

fn size_of(t: Attached<'_>, a: &[Value]) -> PyResult {
    let a = body(&a[0]);
    Ok(int::from_usize(t, std::mem::size_of::<PyArray>() + 16 + a.len() * a.size()))
}

fn append(t: Attached<'_>, a: &[Value]) -> PyResult {
    let array = body(&a[0]);
    let packed = item::pack(t, array.code, &a[1])?;
    array.extend(t, &packed[..array.size()])?;
    Ok(Value::none())
}

fn buffer_info(t: Attached<'_>, a: &[Value]) -> PyResult {
    let array = body(&a[0]);
    let address = array.change(|bytes| bytes.as_ptr() as usize);
    Ok(tuple::new(t, vec![int::from_usize(t, address), int::from_usize(t, array.len())]))
}

fn byteswap(_: Attached<'_>, a: &[Value]) -> PyResult {
    let array = body(&a[0]);
    let size = array.size();
    array.change(|bytes| bytes.chunks_exact_mut(size).for_each(<[u8]>::reverse));
    Ok(Value::none())
}

fn clear(t: Attached<'_>, a: &[Value]) -> PyResult {
    drop(body(&a[0]).resize(t, |bytes| Some(std::mem::take(bytes)))?);
    Ok(Value::none())
}

fn position(t: Attached<'_>, a: &PyArray, v: &Value, range: std::ops::Range<usize>) -> PyResult<Option<usize>> {
    for i in range {
        let Some(member) = a.get(t, i)? else { break };
        if protocol::equal_or_same(t, &member, v)? {
            return Ok(Some(i));
        }
    }
    Ok(None)
}

fn count(t: Attached<'_>, a: &[Value]) -> PyResult {
    let array = body(&a[0]);
    let (mut n, mut i) = (0, 0);
    while let Some(member) = array.get(t, i)? {
        n += usize::from(protocol::equal_or_same(t, &member, &a[1])?);
        i += 1;
    }
    Ok(int::from_usize(t, n))
}

fn index(t: Attached<'_>, a: &[Value]) -> PyResult {
    let array = body(&a[0]);
    let n = array.len();
    let bound = |v: &Value, default: isize| -> PyResult<usize> {
        let i = v.given().map_or(Ok(default), |v| protocol::as_size(t, v))?;
        Ok(if i < 0 { i.saturating_add(n as isize).max(0) } else { i } as usize)
    };
    let (start, stop) = (bound(&a[2], 0)?, bound(&a[3], isize::MAX)?);
    match position(t, array, &a[1], start..stop.min(n).max(start))? {
        Some(i) => Ok(int::from_usize(t, i)),
        None => Err(t.value_error("array.index(x): x not in array")),
    }
}

/// Appends the items of an array of the same kind or of another iterable.
pub(super) fn extend_by(t: Attached<'_>, a: &PyArray, v: &Value) -> PyResult<()> {
    if as_array(v).is_some_and(|other| other.code != a.code) {
        return Err(t.type_error("can only extend with array of same kind"));
    }
    let more = pack_all(t, a.code, v)?;
    if more.is_empty() { Ok(()) } else { a.extend(t, &more) }
}
fn extend(t: Attached<'_>, a: &[Value]) -> PyResult {
    extend_by(t, body(&a[0]), &a[1])?;
    Ok(Value::none())
}

/// Appends items from their machine form.
pub(super) fn take_bytes(t: Attached<'_>, a: &PyArray, v: &Value) -> PyResult<()> {
    let more = bytes_arg(t, v)?;
    if more.len() % a.size() != 0 {
        return Err(t.value_error("bytes length not a multiple of item size"));
    }
    if more.is_empty() { Ok(()) } else { a.extend(t, &more) }
}
fn frombytes(t: Attached<'_>, a: &[Value]) -> PyResult {
    take_bytes(t, body(&a[0]), &a[1])?;
    Ok(Value::none())
}

fn fromfile(t: Attached<'_>, a: &[Value]) -> PyResult {
    let array = body(&a[0]);
    let n = protocol::as_size(t, &a[2])?;
    let Ok(n) = usize::try_from(n) else { return Err(t.value_error("negative count")) };
    let Some(wanted) = n.checked_mul(array.size()).filter(|&n| n <= isize::MAX as usize) else {
        return Err(t.memory_error());
    };
    let data = protocol::call_method(t, &a[1], &t.names().read, &[int::from_usize(t, wanted)])?;
    let Some(data) = bytes::as_bytes(&data) else { return Err(t.type_error("read() didn't return bytes")) };
    let whole = data.len() - data.len() % array.size();
    let short = data.len() != wanted;
    if !short || whole == data.len() {
        array.extend(t, data)?;
    } else {
        return Err(t.value_error("bytes length not a multiple of item size"));
    }
    if short {
        return Err(t.raise(&exception::EOFError, "read() didn't return enough bytes"));
    }
    Ok(Value::none())
}

fn fromlist(t: Attached<'_>, a: &[Value]) -> PyResult {
    if list::as_list(&a[1]).is_none() {
        return Err(t.type_error("arg must be list"));
    }
    let array = body(&a[0]);
    let more = pack_all(t, array.code, &a[1])?;
    if !more.is_empty() {
        array.extend(t, &more)?;
    }
    Ok(Value::none())
}

fn fromunicode(t: Attached<'_>, a: &[Value]) -> PyResult {
    let s = str::expect(t, &a[1], "fromunicode() argument")?;
    let array = body(&a[0]);
    if !item::is_text(array.code) {
        return Err(t.value_error("fromunicode() may only be called on unicode type arrays ('u' or 'w')"));
    }
    let more: Vec<u8> = s.wtf8().chars().flat_map(|c| c.to_u32().to_ne_bytes()).collect();
    array.extend(t, &more)?;
    Ok(Value::none())
}

fn tounicode(t: Attached<'_>, a: &[Value]) -> PyResult {
    let array = body(&a[0]);
    if !item::is_text(array.code) {
        return Err(t.value_error("tounicode() may only be called on unicode type arrays ('u' or 'w')"));
    }
    text_of(t, array)
}

fn insert(t: Attached<'_>, a: &[Value]) -> PyResult {
    let array = body(&a[0]);
    let at = protocol::as_size(t, &a[1])?;
    let packed = item::pack(t, array.code, &a[2])?;
    let size = array.size();
    array.resize(t, |bytes| {
        let n = (bytes.len() / size) as isize;
        let at = if at < 0 { at.saturating_add(n).max(0) } else { at.min(n) } as usize * size;
        bytes.try_reserve(size).ok()?;
        bytes.splice(at..at, packed[..size].iter().copied());
        Some(())
    })?;
    Ok(Value::none())
}

/// Takes item `i` out.
fn take(t: Attached<'_>, a: &PyArray, i: isize, outside: &::core::primitive::str) -> PyResult {
    let size = a.size();
    let found = match normalize_index(i, a.len()) {
        Some(at) => a.get(t, at)?,
        None => None,
    };
    let Some(value) = found else { return Err(t.raise(&exception::IndexError, outside)) };
    a.resize(t, |bytes| {
        if let Some(i) = normalize_index(i, bytes.len() / size) {
            bytes.drain(i * size..(i + 1) * size);
        }
        Some(())
    })?;
    Ok(value)
}

fn pop(t: Attached<'_>, a: &[Value]) -> PyResult {
    let array = body(&a[0]);
    let i = a[1].given().map_or(Ok(-1), |v| protocol::as_size(t, v))?;
    if array.len() == 0 {
        return Err(t.raise(&exception::IndexError, "pop from empty array"));
    }
    take(t, array, i, "pop index out of range")
}

fn remove(t: Attached<'_>, a: &[Value]) -> PyResult {
    let array = body(&a[0]);
    match position(t, array, &a[1], 0..array.len())? {
        Some(i) => {
            take(t, array, i as isize, "array index out of range")?;
            Ok(Value::none())
        }
        None => Err(t.value_error("array.remove(x): x not in array")),
    }
}

fn reverse(_: Attached<'_>, a: &[Value]) -> PyResult {
    let array = body(&a[0]);
    let size = array.size();
    array.change(|bytes| {
        bytes.reverse();
        bytes.chunks_exact_mut(size).for_each(<[u8]>::reverse);
    });
    Ok(Value::none())
}

fn tobytes(t: Attached<'_>, a: &[Value]) -> PyResult {
    bytes::try_new(t, &body(&a[0]).to_vec())
}
fn tofile(t: Attached<'_>, a: &[Value]) -> PyResult {
    const PIECE: usize = 64 * 1024;
    for piece in body(&a[0]).to_vec().chunks(PIECE) {
        protocol::call_method(t, &a[1], &t.names().write, &[bytes::try_new(t, piece)?])?;
    }
    Ok(Value::none())
}
fn tolist(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(list::new(t, items(t, body(&a[0]))?))
}
