//! The Python type `bytes`: slots and methods. What it shares with `bytearray` is in `bytes_type/`.

use std::sync::atomic::Ordering::Relaxed;

use orochi_heap::Value;
use orochi_text::{repr, search};

use crate::args::Args;
use crate::buffer::{Buffer, StableMemory};
use crate::bytes::{PyBytes, as_bytes};
use crate::slots::{CompareOp, Def};
use crate::spec::Method;
use crate::thread::{Attached, PyResult};
use crate::type_::type_name;

pub(crate) mod flavor;
pub(crate) mod iterator;
pub(crate) mod make;
pub(crate) mod methods;
#[cfg(test)]
pub(crate) mod tests;

use flavor::{Bytes, Flavor, bytes_arg, expect_item_index, needle_arg};
use make::Source;

pub(crate) const DOC: &str = "\
bytes(ints) -> the ints, each in range(256), as bytes
bytes(string, encoding[, errors]) -> the text in an encoding
bytes(buffer) -> a copy of the buffer's bytes
bytes(int) -> that many zero bytes
bytes() -> no bytes

Immutable sequence of bytes.";

pub(crate) const SLOTS: &[Def] = &[
    Def::New(new),
    Def::Repr(repr),
    Def::Str(repr),
    Def::Hash(hash),
    Def::Compare(compare),
    Def::Len(len),
    Def::GetItem(get_item),
    Def::Contains(contains::<Bytes>),
    Def::Concat(concat),
    Def::Repeat(repeat),
    Def::Mod(rem),
    Def::Iter(iter),
    Def::Buffer(buffer),
];

pub(crate) const METHODS: &[Method] = methods::shared_methods![Bytes;
    Method::new("__bytes__", "($self, /)", to_bytes, "The object as exactly bytes."),
    Method::new("__getnewargs__", "($self, /)", getnewargs, ""),
];

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    let source = make::from_args(t, "bytes", "bytes", true, args)?;
    if class.is(crate::bytes::TYPE.get(t)) {
        return match source {
            Source::Object(v) => Ok(v),
            Source::Bytes(bytes) => crate::bytes::try_new(t, &bytes),
        };
    }
    match &source {
        Source::Object(v) => crate::bytes::new_in(t, class, as_bytes(v).unwrap_or(&[])),
        Source::Bytes(bytes) => crate::bytes::new_in(t, class, bytes),
    }
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    crate::str::try_from_wtf8(t, &repr::bytes_repr(as_bytes(this).unwrap_or(&[])))
}

fn hash(t: Attached<'_>, this: &Value) -> PyResult<i64> {
    let Some(body) = this.payload::<PyBytes>() else { return Ok(0) };
    let known = body.hash.load(Relaxed);
    if known != 0 {
        return Ok(known);
    }
    let h = crate::str::hash_bytes(t, body.bytes());
    body.hash.store(h, Relaxed);
    Ok(h)
}

fn compare(_: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (as_bytes(a), as_bytes(b)) else { return Ok(Value::not_implemented()) };
    Ok(Value::bool(match op {
        CompareOp::Eq => a.is(b) || x == y,
        CompareOp::Ne => !a.is(b) && x != y,
        _ => op.holds(x.cmp(y)),
    }))
}

fn len(_: Attached<'_>, this: &Value) -> PyResult<usize> {
    Ok(as_bytes(this).map_or(0, <[u8]>::len))
}

/// The members of a slice.
pub(crate) fn sliced(bytes: &[u8], start: isize, step: isize, count: usize) -> Vec<u8> {
    if step == 1 {
        return bytes[start as usize..start as usize + count].to_vec();
    }
    let mut at = start;
    let mut out = Vec::with_capacity(count);
    for _ in 0..count {
        out.push(bytes[at as usize]);
        at = at.wrapping_add(step);
    }
    out
}

fn get_item(t: Attached<'_>, this: &Value, key: &Value) -> PyResult {
    let bytes = as_bytes(this).unwrap_or(&[]);
    if key.payload::<crate::slice::PySlice>().is_some() {
        let (start, step, count) = crate::slice::indices(t, key, bytes.len())?;
        if step == 1 {
            return Bytes::part(t, this, bytes.len(), &bytes[start as usize..start as usize + count]);
        }
        return crate::bytes::try_new(t, &sliced(bytes, start, step, count));
    }
    let i = match key.as_small_int() {
        Some(i) => i as isize,
        None => expect_item_index::<Bytes>(t, key)?,
    };
    match crate::protocol::normalize_index(i, bytes.len()) {
        Some(i) => Ok(Value::i32(i32::from(bytes[i]))),
        None => Err(t.raise(&crate::exception::IndexError, "index out of range")),
    }
}

pub(crate) fn contains<F: Flavor>(t: Attached<'_>, this: &Value, item: &Value) -> PyResult<bool> {
    let needle = if !crate::buffer::is_exporter(t, item) && crate::type_::class_of(t, item).slots.index().is_some() {
        needle_arg(t, item)?
    } else {
        bytes_arg(t, item, "")?
    };
    Ok(F::peek(this, |bytes| search::find_bytes(bytes, &needle).is_some()))
}

fn concat(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    if let (Some(x), Some(y)) = (as_bytes(a), as_bytes(b))
        && !x.is_empty()
        && !y.is_empty()
    {
        return crate::bytes::concat(t, x, y);
    }
    if !crate::buffer::is_exporter(t, b) {
        return Err(t.type_error(format!("can't concat {} to {}", type_name(t, b), type_name(t, a))));
    }
    let x = as_bytes(a).unwrap_or(&[]);
    let y = bytes_arg(t, b, "")?;
    for (v, other) in [(a, y.len()), (b, x.len())] {
        if other == 0
            && let Some(same) = Bytes::itself(t, v)
        {
            return Ok(same);
        }
    }
    Bytes::made(t, search::join::<[u8], _>(&[], [x, &*y].into_iter()))
}

fn repeat(t: Attached<'_>, this: &Value, n: isize) -> PyResult {
    let bytes = as_bytes(this).unwrap_or(&[]);
    let n = n.max(0) as usize;
    if bytes.len().checked_mul(n).is_none_or(|all| all > isize::MAX as usize) {
        return Err(t.overflow_error("repeated bytes are too long"));
    }
    if n == 1
        && let Some(same) = Bytes::itself(t, this)
    {
        return Ok(same);
    }
    Bytes::made(t, search::repeat(bytes, n))
}

fn iter(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(iterator::new(t, &iterator::BYTES, this))
}

fn buffer(t: Attached<'_>, this: &Value, writable: bool) -> PyResult<Buffer> {
    if writable {
        return Err(t.raise(&crate::exception::BufferError, "Object is not writable."));
    }
    let memory = StableMemory { owner: this.clone(), bytes: |v| as_bytes(v).unwrap_or(&[]) };
    Ok(Buffer { owner: this.clone(), memory: Box::new(memory), readonly: true, shape: None })
}

fn to_bytes(t: Attached<'_>, a: &[Value]) -> PyResult {
    match Bytes::itself(t, &a[0]) {
        Some(same) => Ok(same),
        None => crate::bytes::try_new(t, as_bytes(&a[0]).unwrap_or(&[])),
    }
}

fn getnewargs(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(crate::tuple::new(t, vec![to_bytes(t, a)?]))
}

fn rem(t: Attached<'_>, template: &Value, values: &Value) -> PyResult {
    match crate::bytes::as_bytes(template) {
        Some(bytes) => crate::bytes::try_new(t, &crate::percent::format_bytes(t, bytes, values)?),
        None => Ok(Value::not_implemented()),
    }
}
