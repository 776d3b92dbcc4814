//! Indexes and slices of a str, and the optional start and end of its methods. Python counts code
//! points; ASCII strs need no counting, others go through `PyStr::byte_of`.

use std::ops::Range;

use orochi_heap::Value;
use orochi_text::wtf8::{CodePoint, Wtf8Buf};

use crate::protocol;
use crate::str::{self, PyStr, as_str};
use crate::thread::{Attached, PyResult};
use crate::type_::{class_of, type_name};

/// A start or end argument as slices take it: an index clipped to `isize`.
fn slice_index(t: Attached<'_>, v: &Value) -> PyResult<isize> {
    if let Some(i) = v.as_small_int() {
        return Ok(i as isize);
    }
    if !crate::int::is_int(v) && class_of(t, v).slots.index().is_none() {
        return Err(t.type_error("slice indices must be integers or None or have an __index__ method"));
    }
    let i = protocol::as_index(t, v)?;
    Ok(match crate::int::as_i64(&i) {
        Some(n) => n as isize,
        None if crate::int::as_big(&i).is_some_and(|b| orochi_number::int::is_negative(&b)) => isize::MIN,
        None => isize::MAX,
    })
}

/// The part of a sequence of `len` members that optional arguments select: `None` if the start lies
/// behind the end, where not even the empty sequence is found.
pub(crate) fn bounds(t: Attached<'_>, len: usize, start: &Value, end: &Value) -> PyResult<Option<Range<usize>>> {
    let given = |v: &Value| match v.given() {
        Some(v) if !v.is_none() => slice_index(t, v).map(Some),
        _ => Ok(None),
    };
    let clip = |i: isize| if i < 0 { i.saturating_add(len as isize).max(0) as usize } else { i as usize };
    let start = given(start)?.map_or(0, clip);
    let end = given(end)?.map_or(len, |i| clip(i).min(len));
    Ok((start <= end).then_some(start..end))
}

/// `s[key]`.
pub(super) fn get_item(t: Attached<'_>, this: &Value, key: &Value) -> PyResult {
    let Some(s) = as_str(this) else { return Err(t.type_error("not a str")) };
    if let Some(i) = key.as_small_int() {
        return at(t, s, i as isize);
    }
    if crate::slice::TYPE.is_exact(t, key) {
        return slice(t, this, s, key);
    }
    if crate::int::is_int(key) || class_of(t, key).slots.index().is_some() {
        return match protocol::as_size(t, key) {
            Ok(i) => at(t, s, i),
            Err(e) => {
                drop(t.catch(e, &crate::exception::OverflowError)?);
                let name = type_name(t, key);
                Err(t.raise(&crate::exception::IndexError, format!("cannot fit '{name}' into an index-sized integer")))
            }
        };
    }
    Err(t.type_error(format!("string indices must be integers, not '{}'", type_name(t, key))))
}

#[inline]
fn at(t: Attached<'_>, s: &PyStr, i: isize) -> PyResult {
    match protocol::normalize_index(i, s.char_len()).and_then(|i| s.char_at(i)) {
        Some(c) => Ok(str::from_code_point(t, c)),
        None => Err(t.raise(&crate::exception::IndexError, "string index out of range")),
    }
}

fn slice(t: Attached<'_>, this: &Value, s: &PyStr, key: &Value) -> PyResult {
    let (start, step, count) = protocol::slice_indices(t, key, s.char_len())?;
    part_of(t, this, s, start, step, count)
}

/// The `count` characters at `start`, `start + step`, and so on, which are all inside.
pub(crate) fn part_of(t: Attached<'_>, this: &Value, s: &PyStr, start: isize, step: isize, count: usize) -> PyResult {
    if count == 0 {
        return Ok(str::empty(t));
    }
    if step == 1 {
        let from = s.byte_of(start as usize);
        let to = s.byte_of(start as usize + count);
        return str::part(t, this, from..to);
    }
    if s.is_ascii() && count > 1 {
        return str::build::strided(t, s, start as usize, step, count);
    }
    let mut out = Wtf8Buf::new();
    if out.try_reserve(count).is_err() {
        return Err(t.memory_error());
    }
    let positions = (0..count as isize).map(|n| (start + n * step) as usize);
    if s.is_ascii() {
        let bytes = s.bytes();
        positions.for_each(|i| out.push_ascii(bytes[i]));
    } else if step == -1 && count == s.char_len() {
        s.wtf8().rchars().for_each(|c| out.push(c));
    } else {
        positions.filter_map(|i| s.char_at(i).and_then(CodePoint::new)).for_each(|c| out.push(c));
    }
    str::piece(t, &out, s.is_ascii())
}
