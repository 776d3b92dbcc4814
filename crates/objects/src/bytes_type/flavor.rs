//! What differs between `bytes` and `bytearray` in the methods that both have, and how their
//! arguments are read.

use std::borrow::Cow;

use orochi_heap::Value;
use orochi_text::OutOfMemory;

use crate::buffer;
use crate::thread::{Attached, PyResult};
use crate::type_::{class_of, type_name};

/// One of the two types.
pub(crate) trait Flavor {
    /// Python name.
    const NAME: &'static str;
    /// What indexing calls the type in its TypeError.
    const INDEX_NAME: &'static str;
    /// A new object.
    fn make(t: Attached<'_>, bytes: Vec<u8>) -> PyResult;
    /// A new object of borrowed bytes.
    fn make_from(t: Attached<'_>, bytes: &[u8]) -> PyResult;
    /// A new object of the bytes, changed in place.
    fn changed(t: Attached<'_>, v: &Value, change: fn(&mut [u8])) -> PyResult {
        let mut copy = Self::bytes(v).into_owned();
        change(&mut copy);
        Self::make(t, copy)
    }
    /// The bytes; copied if they can change.
    fn bytes(v: &Value) -> Cow<'_, [u8]>;
    /// Runs `f`, which makes no objects and runs no Python, on the bytes in place.
    fn peek<R>(v: &Value, f: impl FnOnce(&[u8]) -> R) -> R;
    /// The object itself, where an unchanged result may be it.
    fn itself(t: Attached<'_>, v: &Value) -> Option<Value>;

    /// A part of the object's bytes: the object itself if it is all of them.
    fn part(t: Attached<'_>, whole: &Value, len: usize, part: &[u8]) -> PyResult {
        if part.len() == len
            && let Some(same) = Self::itself(t, whole)
        {
            return Ok(same);
        }
        Self::make_from(t, part)
    }
    /// A new object of what a text routine made.
    fn made(t: Attached<'_>, bytes: Result<Vec<u8>, OutOfMemory>) -> PyResult {
        match bytes {
            Ok(bytes) => Self::make(t, bytes),
            Err(OutOfMemory) => Err(t.memory_error()),
        }
    }
}

/// `bytes`.
pub(crate) struct Bytes;

impl Flavor for Bytes {
    const NAME: &'static str = "bytes";
    const INDEX_NAME: &'static str = "byte";
    fn make(t: Attached<'_>, bytes: Vec<u8>) -> PyResult {
        crate::bytes::try_new(t, &bytes)
    }
    fn make_from(t: Attached<'_>, bytes: &[u8]) -> PyResult {
        crate::bytes::try_new(t, bytes)
    }
    fn changed(t: Attached<'_>, v: &Value, change: fn(&mut [u8])) -> PyResult {
        crate::bytes::changed(t, crate::bytes::as_bytes(v).unwrap_or(&[]), change)
    }
    fn bytes(v: &Value) -> Cow<'_, [u8]> {
        Cow::Borrowed(crate::bytes::as_bytes(v).unwrap_or(&[]))
    }
    fn peek<R>(v: &Value, f: impl FnOnce(&[u8]) -> R) -> R {
        f(crate::bytes::as_bytes(v).unwrap_or(&[]))
    }
    fn itself(t: Attached<'_>, v: &Value) -> Option<Value> {
        crate::bytes::TYPE.is_exact(t, v).then(|| v.clone())
    }
}

/// The bytes of a bytes-like argument, copied if they can change.
pub(crate) fn bytes_arg<'a>(t: Attached<'_>, v: &'a Value, what: &str) -> PyResult<Cow<'a, [u8]>> {
    match crate::bytes::as_bytes(v) {
        Some(bytes) => Ok(Cow::Borrowed(bytes)),
        None => Ok(Cow::Owned(buffer::read_arg(t, v, what)?.to_vec())),
    }
}

/// An int argument in `0..256`.
pub(crate) fn byte_arg(t: Attached<'_>, v: &Value, what: &str) -> PyResult<u8> {
    let i = crate::protocol::as_index(t, v)?;
    match crate::int::as_i64(&i).and_then(|i| u8::try_from(i).ok()) {
        Some(b) => Ok(b),
        None => Err(t.value_error(format!("{what} must be in range(0, 256)"))),
    }
}

/// What is searched for: bytes, or one byte as an int.
pub(crate) fn needle_arg<'a>(t: Attached<'_>, v: &'a Value) -> PyResult<Cow<'a, [u8]>> {
    if let Some(bytes) = crate::bytes::as_bytes(v) {
        return Ok(Cow::Borrowed(bytes));
    }
    if !buffer::is_exporter(t, v) && class_of(t, v).slots.index().is_some() {
        return Ok(Cow::Owned(vec![byte_arg(t, v, "byte")?]));
    }
    bytes_arg(t, v, "argument should be integer or bytes-like object")
}

/// A start or stop argument: None and absence give `default`, large ints are clipped.
pub(crate) fn bound_arg(t: Attached<'_>, v: &Value, default: isize) -> PyResult<isize> {
    if v.is_unbound() || v.is_none() {
        return Ok(default);
    }
    if let Some(i) = v.as_small_int() {
        return Ok(i as isize);
    }
    if class_of(t, v).slots.index().is_none() {
        return Err(t.type_error("slice indices must be integers or None or have an __index__ method"));
    }
    let i = crate::protocol::as_index(t, v)?;
    Ok(match crate::int::as_i64(&i) {
        Some(i) => i as isize,
        None if crate::int::as_big(&i).is_some_and(|b| orochi_number::int::is_negative(&b)) => isize::MIN,
        None => isize::MAX,
    })
}

/// The range between two bounds as `find` and its kin count them; `None` if it begins behind its end.
pub(crate) fn clip_range(len: usize, start: isize, stop: isize) -> Option<std::ops::Range<usize>> {
    let clip = |i: isize| if i < 0 { i.saturating_add(len as isize).max(0) as usize } else { i as usize };
    let (start, stop) = (clip(start), clip(stop).min(len));
    (start <= stop).then_some(start..stop)
}

/// An index for item access; TypeError and IndexError in the words of `F`.
pub(crate) fn expect_item_index<F: Flavor>(t: Attached<'_>, key: &Value) -> PyResult<isize> {
    if class_of(t, key).slots.index().is_none() {
        let name = F::INDEX_NAME;
        return Err(t.type_error(format!("{name} indices must be integers or slices, not {}", type_name(t, key))));
    }
    let i = crate::protocol::as_index(t, key)?;
    crate::int::as_i64(&i).map(|i| i as isize).ok_or_else(|| {
        let kind = type_name(t, key);
        t.raise(&crate::exception::IndexError, format!("cannot fit '{kind}' into an index-sized integer"))
    })
}
