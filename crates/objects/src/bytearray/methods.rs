//! Slots of `bytearray`, and the methods that `bytes` has not.

use orochi_heap::Value;
use orochi_text::{repr, search};

use super::{ByteArray, PyByteArray, as_bytearray, buffer};
use crate::args::Args;
use crate::bytes_type::flavor::{Flavor, byte_arg, bytes_arg, expect_item_index};
use crate::bytes_type::make::{self, Source};
use crate::bytes_type::{contains, iterator, methods, sliced};
use crate::exception::IndexError;
use crate::slots::{CompareOp, Def};
use crate::spec::Method;
use crate::thread::{Attached, PyResult};
use crate::type_::{class_of, type_name};

pub(super) const DOC: &str = "\
bytearray(ints) -> the ints, each in range(256), as bytes
bytearray(string, encoding[, errors]) -> the text in an encoding
bytearray(buffer) -> a copy of the buffer's bytes
bytearray(int) -> that many zero bytes
bytearray() -> no bytes

Mutable sequence of bytes.";

pub(super) const SLOTS: &[Def] = &[
    Def::New(new),
    Def::Init(init),
    Def::Repr(repr),
    Def::Str(repr),
    Def::Compare(compare),
    Def::Len(len),
    Def::GetItem(get_item),
    Def::SetItem(set_item),
    Def::Contains(contains::<ByteArray>),
    Def::Concat(concat),
    Def::Repeat(repeat),
    Def::InplaceConcat(inplace_concat),
    Def::InplaceRepeat(inplace_repeat),
    Def::Mod(rem),
    Def::Iter(iter),
    Def::Buffer(buffer),
];

pub(super) const METHODS: &[Method] = methods::shared_methods![ByteArray;
    Method::new("__alloc__", "($self, /)", alloc, "Number of bytes that there is room for."),
    Method::new("__reduce__", "($self, /)", reduce, "State for pickling."),
    Method::new("__reduce_ex__", "($self, proto=0, /)", reduce_ex, "State for pickling."),
    Method::new("__sizeof__", "($self, /)", size_of, "Size in memory, in bytes."),
    Method::new("append", "($self, item, /)", append, "Appends one byte."),
    Method::new("clear", "($self, /)", clear, "Removes all bytes."),
    Method::new("copy", "($self, /)", copy, "A copy."),
    Method::new("extend", "($self, iterable_of_ints, /)", extend, "Appends the bytes of an iterable or buffer."),
    Method::new("insert", "($self, index, item, /)", insert, "Inserts one byte before the index."),
    Method::new("pop", "($self, index=-1, /)", pop, "Removes a byte and gives it."),
    Method::new("remove", "($self, value, /)", remove, "Removes the first byte of that value."),
    Method::new("resize", "($self, size, /)", resize, "Sets the size; new bytes are zero."),
    Method::new("reverse", "($self, /)", reverse, "Turns the order around, in place."),
];

fn body(v: &Value) -> &PyByteArray {
    match as_bytearray(v) {
        Some(b) => b,
        None => unreachable!("slots and methods are called with their own type"),
    }
}

fn new(t: Attached<'_>, class: &Value, _: Args<'_>) -> PyResult {
    super::TYPE.alloc_for(t, class, PyByteArray::default())
}

fn init(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    let bytes = match make::from_args(t, "bytearray", "byte", false, args)? {
        Source::Bytes(bytes) => bytes,
        Source::Object(v) => crate::bytes::as_bytes(&v).unwrap_or(&[]).to_vec(),
    };
    let old = body(this).resize(t, |now| Some(std::mem::replace(now, bytes)))?;
    drop(old);
    Ok(())
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let bytes = body(this).to_vec();
    let inner = repr::bytes_repr(&bytes);
    let name = crate::type_::type_of(t, this);
    let name = crate::type_::as_type(name).name_text();
    let name = name.rsplit('.').next().unwrap_or("bytearray");
    Ok(crate::str::from_string(t, format!("{name}({})", inner.to_string_lossy())))
}

fn compare(t: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    if as_bytearray(a).is_none() || !crate::buffer::is_exporter(t, b) {
        return Ok(Value::not_implemented());
    }
    let y = bytes_arg(t, b, "")?;
    Ok(Value::bool(body(a).peek(|x| match op {
        CompareOp::Eq => x == &*y,
        CompareOp::Ne => x != &*y,
        _ => op.holds(x.cmp(&*y)),
    })))
}

fn len(_: Attached<'_>, this: &Value) -> PyResult<usize> {
    Ok(body(this).len())
}

fn out_of_range(t: Attached<'_>) -> crate::Raised {
    t.raise(&IndexError, "bytearray index out of range")
}

fn get_item(t: Attached<'_>, this: &Value, key: &Value) -> PyResult {
    let b = body(this);
    if key.payload::<crate::slice::PySlice>().is_some() {
        let bytes = loop {
            let n = b.len();
            let (start, step, count) = crate::slice::indices(t, key, n)?;
            // Another thread may change the size meanwhile.
            if let Some(bytes) = b.peek(|bytes| (bytes.len() == n).then(|| sliced(bytes, start, step, count))) {
                break bytes;
            }
        };
        return ByteArray::make(t, bytes);
    }
    let i = match key.as_small_int() {
        Some(i) => i as isize,
        None => expect_item_index::<ByteArray>(t, key)?,
    };
    match b.peek(|bytes| crate::protocol::normalize_index(i, bytes.len()).map(|i| bytes[i])) {
        Some(byte) => Ok(Value::i32(i32::from(byte))),
        None => Err(out_of_range(t)),
    }
}

fn set_item(t: Attached<'_>, this: &Value, key: &Value, value: Option<&Value>) -> PyResult<()> {
    if key.payload::<crate::slice::PySlice>().is_some() {
        return set_slice(t, body(this), key, value);
    }
    let i = match key.as_small_int() {
        Some(i) => i as isize,
        None => expect_item_index::<ByteArray>(t, key)?,
    };
    let b = body(this);
    match value {
        Some(v) => {
            let byte = byte_arg(t, v, "byte")?;
            let set = b.change(|bytes| crate::protocol::normalize_index(i, bytes.len()).map(|i| bytes[i] = byte));
            set.ok_or_else(|| out_of_range(t))
        }
        None => {
            if b.peek(|bytes| crate::protocol::normalize_index(i, bytes.len())).is_none() {
                return Err(out_of_range(t));
            }
            let done = b.resize(t, |bytes| {
                Some(crate::protocol::normalize_index(i, bytes.len()).map(|i| _ = bytes.remove(i)))
            })?;
            done.ok_or_else(|| out_of_range(t))
        }
    }
}

fn set_slice(t: Attached<'_>, b: &PyByteArray, key: &Value, value: Option<&Value>) -> PyResult<()> {
    let refuse = || t.type_error("can assign only bytes, buffers, or iterables of ints in range(0, 256)");
    let values = match value {
        None => Vec::new(),
        Some(v) => {
            let exporter = crate::buffer::is_exporter(t, v);
            if !exporter && (crate::str::is_str(v) || class_of(t, v).slots.index().is_some()) {
                return Err(refuse());
            }
            make::collect(t, v, "byte", refuse)?
        }
    };
    loop {
        let n = b.len();
        let (start, step, count) = crate::slice::indices(t, key, n)?;
        if step != 1 && !values.is_empty() && values.len() != count {
            return Err(t.value_error(format!(
                "attempt to assign bytes of size {} to extended slice of size {count}",
                values.len()
            )));
        }
        let done = if values.len() == count {
            b.change(|bytes| {
                (bytes.len() == n).then(|| {
                    let mut at = start;
                    for &v in &values {
                        bytes[at as usize] = v;
                        at = at.wrapping_add(step);
                    }
                })
            })
        } else if step == 1 {
            b.resize(t, |bytes| {
                if bytes.len() != n {
                    return Some(None);
                }
                bytes.try_reserve(values.len()).ok()?;
                bytes.splice(start as usize..start as usize + count, values.iter().copied());
                Some(Some(()))
            })?
        } else {
            b.resize(t, |bytes| {
                if bytes.len() != n {
                    return Some(None);
                }
                // The members counted from the lowest up.
                let (low, gap) = if step > 0 {
                    (start as usize, step as usize)
                } else {
                    ((start + (count as isize - 1) * step) as usize, step.unsigned_abs())
                };
                let (mut i, mut left) = (0, count);
                bytes.retain(|_| {
                    let drop = left > 0 && i >= low && (i - low) % gap == 0;
                    left -= usize::from(drop);
                    i += 1;
                    !drop
                });
                Some(Some(()))
            })?
        };
        if done.is_some() {
            return Ok(());
        }
        t.safepoint()?;
    }
}

fn concat(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    if !crate::buffer::is_exporter(t, b) {
        return Err(t.type_error(format!("can't concat {} to {}", type_name(t, b), type_name(t, a))));
    }
    let y = bytes_arg(t, b, "")?;
    let joined = body(a).peek(|x| search::join::<[u8], _>(&[], [x, &*y].into_iter()));
    ByteArray::made(t, joined)
}

fn repeat(t: Attached<'_>, this: &Value, n: isize) -> PyResult {
    let out = body(this).peek(|bytes| search::repeat(bytes, n.max(0) as usize));
    ByteArray::made(t, out)
}

fn inplace_concat(t: Attached<'_>, this: &Value, other: &Value) -> PyResult {
    if !crate::buffer::is_exporter(t, other) {
        return Err(t.type_error(format!("can't concat {} to {}", type_name(t, other), type_name(t, this))));
    }
    let more = bytes_arg(t, other, "")?;
    if !more.is_empty() {
        body(this).extend(t, &more)?;
    }
    Ok(this.clone())
}

fn inplace_repeat(t: Attached<'_>, this: &Value, n: isize) -> PyResult {
    let n = n.max(0) as usize;
    if n != 1 {
        body(this).resize(t, |bytes| {
            *bytes = search::repeat::<[u8]>(bytes, n).ok()?;
            Some(())
        })?;
    }
    Ok(this.clone())
}

fn iter(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(iterator::new(t, &iterator::BYTEARRAY, this))
}

fn alloc(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = body(&a[0]).len();
    Ok(crate::int::from_usize(t, if n == 0 { 0 } else { n + 1 }))
}

fn size_of(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = body(&a[0]).len();
    Ok(crate::int::from_usize(t, std::mem::size_of::<PyByteArray>() + 16 + n))
}

/// Class, arguments of its constructor, state.
fn reduced(t: Attached<'_>, this: &Value, protocol: isize) -> PyResult {
    let bytes = body(this).to_vec();
    let args = if protocol < 3 {
        let text = orochi_text::codecs::latin1_decode(&bytes);
        vec![crate::str::try_from_wtf8(t, &text)?, crate::str::intern(t, "latin-1")]
    } else {
        vec![crate::bytes::try_new(t, &bytes)?]
    };
    let state = match crate::attr::find(t, this, &t.names().__getstate__)? {
        Some(f) => crate::protocol::call(t, &f, &[])?,
        None => Value::none(),
    };
    Ok(crate::tuple::new(t, vec![crate::type_::type_of(t, this).clone(), crate::tuple::new(t, args), state]))
}
fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    reduced(t, &a[0], 2)
}
fn reduce_ex(t: Attached<'_>, a: &[Value]) -> PyResult {
    let protocol = match a[1].given() {
        Some(v) => crate::protocol::as_size(t, v)?,
        None => 0,
    };
    reduced(t, &a[0], protocol)
}

fn append(t: Attached<'_>, a: &[Value]) -> PyResult {
    let byte = byte_arg(t, &a[1], "byte")?;
    body(&a[0]).extend(t, &[byte])?;
    Ok(Value::none())
}

fn clear(t: Attached<'_>, a: &[Value]) -> PyResult {
    let old = body(&a[0]).resize(t, |bytes| Some(std::mem::take(bytes)))?;
    drop(old);
    Ok(Value::none())
}

fn copy(t: Attached<'_>, a: &[Value]) -> PyResult {
    ByteArray::make(t, body(&a[0]).to_vec())
}

fn extend(t: Attached<'_>, a: &[Value]) -> PyResult {
    if crate::str::is_str(&a[1]) {
        return Err(t.type_error("expected iterable of integers; got: 'str'"));
    }
    let refuse = || t.type_error(format!("can't extend bytearray with {}", type_name(t, &a[1])));
    let more = make::collect(t, &a[1], "byte", refuse)?;
    body(&a[0]).extend(t, &more)?;
    Ok(Value::none())
}

fn insert(t: Attached<'_>, a: &[Value]) -> PyResult {
    let at = crate::protocol::as_size(t, &a[1])?;
    let byte = byte_arg(t, &a[2], "byte")?;
    body(&a[0]).resize(t, |bytes| {
        let n = bytes.len() as isize;
        let at = if at < 0 { at.saturating_add(n).max(0) } else { at.min(n) };
        bytes.try_reserve(1).ok()?;
        bytes.insert(at as usize, byte);
        Some(())
    })?;
    Ok(Value::none())
}

fn pop(t: Attached<'_>, a: &[Value]) -> PyResult {
    let at = match a[1].given() {
        Some(v) => crate::protocol::as_size(t, v)?,
        None => -1,
    };
    let b = body(&a[0]);
    if b.is_empty() {
        return Err(t.raise(&IndexError, "pop from empty bytearray"));
    }
    if b.peek(|bytes| crate::protocol::normalize_index(at, bytes.len())).is_none() {
        return Err(t.raise(&IndexError, "pop index out of range"));
    }
    let byte = b.resize(t, |bytes| {
        Some(crate::protocol::normalize_index(at, bytes.len()).map(|i| bytes.remove(i)))
    })?;
    match byte {
        Some(byte) => Ok(Value::i32(i32::from(byte))),
        None => Err(t.raise(&IndexError, "pop index out of range")),
    }
}

fn remove(t: Attached<'_>, a: &[Value]) -> PyResult {
    let byte = byte_arg(t, &a[1], "byte")?;
    let b = body(&a[0]);
    if b.peek(|bytes| search::find_bytes(bytes, &[byte])).is_none() {
        return Err(t.value_error("value not found in bytearray"));
    }
    b.resize(t, |bytes| Some(search::find_bytes(bytes, &[byte]).map(|i| _ = bytes.remove(i))))?;
    Ok(Value::none())
}

fn resize(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = crate::protocol::as_size(t, &a[1])?;
    let Ok(n) = usize::try_from(n) else {
        return Err(t.value_error(format!("Can only resize to positive sizes, got {n}")));
    };
    body(&a[0]).resize(t, |bytes| {
        bytes.try_reserve(n.saturating_sub(bytes.len())).ok()?;
        bytes.resize(n, 0);
        Some(())
    })?;
    Ok(Value::none())
}

fn reverse(_: Attached<'_>, a: &[Value]) -> PyResult {
    body(&a[0]).change(<[u8]>::reverse);
    Ok(Value::none())
}

fn rem(t: Attached<'_>, template: &Value, values: &Value) -> PyResult {
    match as_bytearray(template) {
        Some(bytes) => Ok(super::new(t, crate::percent::format_bytes(t, &bytes.to_vec(), values)?)),
        None => Ok(Value::not_implemented()),
    }
}
