//! Methods of str that look for something: find and its kin, split, strip, replace, join.
//!
//! Searching is done on bytes; only results and optional bounds are translated to code points.

use orochi_heap::Value;
use orochi_text::search as text;
use orochi_text::wtf8::Wtf8;
use smallvec::SmallVec;

use super::{bounds, exact, me, size_arg};
use crate::protocol;
use crate::str::{self, PyStr, as_str};
use crate::thread::{Attached, PyResult};
use crate::type_::type_name;

/// Receiver, needle, and the bytes of the receiver that the optional bounds select (with the offset of
/// their first); `None` where nothing can be found.
type Selected<'a> = (&'a PyStr, &'a PyStr, Option<(usize, &'a [u8])>);

fn selected<'a>(t: Attached<'_>, a: &'a [Value], name: &str) -> PyResult<Selected<'a>> {
    let s = me(t, a)?;
    let needle = match as_str(&a[1]) {
        Some(needle) => needle,
        None => str::expect(t, &a[1], &format!("{name}() argument 1"))?,
    };
    if a[2].is_unbound() && a[3].is_unbound() {
        return Ok((s, needle, Some((0, s.bytes()))));
    }
    let range = bounds(t, s.char_len(), &a[2], &a[3])?;
    Ok((s, needle, range.map(|r| cut(s, r))))
}
fn cut(s: &PyStr, range: std::ops::Range<usize>) -> (usize, &[u8]) {
    let from = s.byte_of(range.start);
    let to = s.byte_of(range.end);
    // A start behind the end of the text selects nothing; `bounds` lets it through for an empty text only.
    (from, &s.bytes()[from..to.max(from)])
}

fn position(t: Attached<'_>, a: &[Value], name: &str, last: bool) -> PyResult<Option<usize>> {
    let (s, needle, part) = selected(t, a, name)?;
    let Some((from, part)) = part else { return Ok(None) };
    let found = if last { text::rfind_bytes(part, needle.bytes()) } else { text::find_bytes(part, needle.bytes()) };
    Ok(found.map(|at| s.char_of(from + at)))
}

pub(super) fn find(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(position(t, a, "find", false)?.map_or(Value::i32(-1), |i| crate::int::from_usize(t, i)))
}
pub(super) fn rfind(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(position(t, a, "rfind", true)?.map_or(Value::i32(-1), |i| crate::int::from_usize(t, i)))
}
pub(super) fn index(t: Attached<'_>, a: &[Value]) -> PyResult {
    match position(t, a, "index", false)? {
        Some(i) => Ok(crate::int::from_usize(t, i)),
        None => Err(t.value_error("substring not found")),
    }
}
pub(super) fn rindex(t: Attached<'_>, a: &[Value]) -> PyResult {
    match position(t, a, "rindex", true)? {
        Some(i) => Ok(crate::int::from_usize(t, i)),
        None => Err(t.value_error("substring not found")),
    }
}
pub(super) fn count(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (s, needle, part) = selected(t, a, "count")?;
    let n = match part {
        None => 0,
        Some((from, part)) => text::count(s.wtf8().slice(from..from + part.len()), needle.wtf8()),
    };
    Ok(crate::int::from_usize(t, n))
}

pub(super) fn startswith(t: Attached<'_>, a: &[Value]) -> PyResult {
    matches_at(t, a, "startswith", |part, wanted| part.starts_with(wanted))
}
pub(super) fn endswith(t: Attached<'_>, a: &[Value]) -> PyResult {
    matches_at(t, a, "endswith", |part, wanted| part.ends_with(wanted))
}
fn matches_at(t: Attached<'_>, a: &[Value], name: &str, matches: fn(&[u8], &[u8]) -> bool) -> PyResult {
    let s = me(t, a)?;
    let part = if a[2].is_unbound() && a[3].is_unbound() {
        Some(s.bytes())
    } else {
        bounds(t, s.char_len(), &a[2], &a[3])?.filter(|r| r.start <= s.char_len()).map(|r| cut(s, r).1)
    };
    let hit = |wanted: &PyStr| part.is_some_and(|p| matches(p, wanted.bytes()));
    if let Some(wanted) = as_str(&a[1]) {
        return Ok(Value::bool(hit(wanted)));
    }
    let Some(all) = crate::tuple::as_tuple(&a[1]) else {
        let wrong = type_name(t, &a[1]);
        return Err(t.type_error(format!("{name} first arg must be str or a tuple of str, not {wrong}")));
    };
    for wanted in all.items() {
        match as_str(wanted) {
            Some(wanted) if hit(wanted) => return Ok(Value::bool(true)),
            Some(_) => {}
            None => {
                let wrong = type_name(t, wanted);
                return Err(t.type_error(format!("tuple for {name} must only contain str, not {wrong}")));
            }
        }
    }
    Ok(Value::bool(false))
}

pub(super) fn removeprefix(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (s, prefix) = (me(t, a)?, str::expect(t, &a[1], "removeprefix() argument")?);
    match s.bytes().starts_with(prefix.bytes()) {
        true => str::part(t, &a[0], prefix.bytes().len()..s.bytes().len()),
        false => exact(t, &a[0]),
    }
}
pub(super) fn removesuffix(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (s, suffix) = (me(t, a)?, str::expect(t, &a[1], "removesuffix() argument")?);
    match s.bytes().ends_with(suffix.bytes()) {
        true => str::part(t, &a[0], 0..s.bytes().len() - suffix.bytes().len()),
        false => exact(t, &a[0]),
    }
}

pub(super) fn replace(t: Attached<'_>, a: &[Value]) -> PyResult {
    let s = me(t, a)?;
    let old = str::expect(t, &a[1], "replace() argument 1")?;
    let new = str::expect(t, &a[2], "replace() argument 2")?;
    let limit = match a[3].given() {
        Some(n) => usize::try_from(size_arg(t, n)?).ok(),
        None => None,
    };
    if !old.bytes().is_empty() {
        return match str::build::replaced(t, s, old, new, limit.unwrap_or(usize::MAX))? {
            Some(v) => Ok(v),
            None => exact(t, &a[0]),
        };
    }
    match text::replace(s.wtf8(), old.wtf8(), new.wtf8(), limit) {
        Ok(Some(out)) => str::try_from_wtf8(t, &out),
        Ok(None) => exact(t, &a[0]),
        Err(_) => Err(t.overflow_error("replace string is too long")),
    }
}

/// Separator (`None`: white space) and the largest number of splits (`None`: all).
fn split_args<'a>(t: Attached<'_>, a: &'a [Value]) -> PyResult<(Option<&'a PyStr>, Option<usize>)> {
    let max = match a[2].given() {
        Some(n) => usize::try_from(size_arg(t, n)?).ok(),
        None => None,
    };
    let separator = match a[1].given() {
        Some(v) if !v.is_none() => match as_str(v) {
            Some(s) if s.bytes().is_empty() => return Err(t.value_error("empty separator")),
            Some(s) => Some(s),
            None => return Err(t.type_error(format!("must be str or None, not {}", type_name(t, v)))),
        },
        _ => None,
    };
    Ok((separator, max))
}
fn pieces<'a>(t: Attached<'_>, s: &PyStr, pieces: impl Iterator<Item = &'a Wtf8>, reversed: bool) -> PyResult {
    let ascii = s.is_ascii();
    let mut out: SmallVec<[Value; 32]> = SmallVec::new();
    for piece in pieces {
        out.push(str::piece(t, piece, ascii)?);
    }
    if reversed {
        out.reverse();
    }
    list_of(t, &mut out)
}
/// A new list; the values move into it.
pub(crate) fn list_of(t: Attached<'_>, values: &mut [Value]) -> PyResult {
    // SAFETY: a Value is a transparent word; words that move leave valid ones behind.
    unsafe { crate::list::from_words(t, values.as_mut_ptr().cast(), values.len()) }
}
/// A new tuple; the values move into it.
pub(crate) fn tuple_of(t: Attached<'_>, values: &mut [Value]) -> PyResult {
    // SAFETY: as above.
    unsafe { crate::tuple::from_words(t, values.as_mut_ptr().cast(), values.len()) }
}
pub(super) fn split(t: Attached<'_>, a: &[Value]) -> PyResult {
    let s = me(t, a)?;
    match split_args(t, a)? {
        (None, max) => pieces(t, s, text::SplitWhitespace::new(s.wtf8(), max), false),
        (Some(by), max) => match text::Split::new(s.wtf8(), by.wtf8(), max) {
            Some(split) => pieces(t, s, split, false),
            None => Err(t.value_error("empty separator")),
        },
    }
}
pub(super) fn rsplit(t: Attached<'_>, a: &[Value]) -> PyResult {
    let s = me(t, a)?;
    match split_args(t, a)? {
        (None, max) => pieces(t, s, text::RSplitWhitespace::new(s.wtf8(), max), true),
        (Some(by), max) => match text::RSplit::new(s.wtf8(), by.wtf8(), max) {
            Some(split) => pieces(t, s, split, true),
            None => Err(t.value_error("empty separator")),
        },
    }
}
pub(super) fn splitlines(t: Attached<'_>, a: &[Value]) -> PyResult {
    let s = me(t, a)?;
    let keep = match a[1].given() {
        Some(v) => protocol::truth(t, v)?,
        None => false,
    };
    pieces(t, s, text::Lines::new(s.wtf8(), keep), false)
}

fn separator<'a>(t: Attached<'_>, v: &'a Value) -> PyResult<&'a PyStr> {
    let Some(s) = as_str(v) else { return Err(t.type_error(format!("must be str, not {}", type_name(t, v)))) };
    if s.bytes().is_empty() { Err(t.value_error("empty separator")) } else { Ok(s) }
}
pub(super) fn partition(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (s, by) = (me(t, a)?, separator(t, &a[1])?);
    match text::find_bytes(s.bytes(), by.bytes()) {
        Some(at) => around(t, a, s, at, by),
        None => tuple_of(t, &mut [exact(t, &a[0])?, str::empty(t), str::empty(t)]),
    }
}
pub(super) fn rpartition(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (s, by) = (me(t, a)?, separator(t, &a[1])?);
    match text::rfind_bytes(s.bytes(), by.bytes()) {
        Some(at) => around(t, a, s, at, by),
        None => tuple_of(t, &mut [str::empty(t), str::empty(t), exact(t, &a[0])?]),
    }
}
fn around(t: Attached<'_>, a: &[Value], s: &PyStr, at: usize, by: &PyStr) -> PyResult {
    let after = at + by.bytes().len();
    tuple_of(t, &mut [str::part(t, &a[0], 0..at)?, a[1].clone(), str::part(t, &a[0], after..s.bytes().len())?])
}

pub(super) fn strip(t: Attached<'_>, a: &[Value]) -> PyResult {
    strip_ends(t, a, "strip", true, true)
}
pub(super) fn lstrip(t: Attached<'_>, a: &[Value]) -> PyResult {
    strip_ends(t, a, "lstrip", true, false)
}
pub(super) fn rstrip(t: Attached<'_>, a: &[Value]) -> PyResult {
    strip_ends(t, a, "rstrip", false, true)
}
fn strip_ends(t: Attached<'_>, a: &[Value], name: &str, left: bool, right: bool) -> PyResult {
    let s = me(t, a)?;
    let rest = match a[1].given() {
        Some(v) if !v.is_none() => match as_str(v) {
            Some(chars) => text::strip(s.wtf8(), chars.wtf8(), left, right),
            None => return Err(t.type_error(format!("{name} arg must be None or str"))),
        },
        _ => text::strip_whitespace(s.wtf8(), left, right),
    };
    let start = rest.as_bytes().as_ptr() as usize - s.bytes().as_ptr() as usize;
    str::part(t, &a[0], start..start + rest.len())
}

pub(super) fn join(t: Attached<'_>, a: &[Value]) -> PyResult {
    let s = me(t, a)?;
    if crate::tuple::TYPE.is_exact(t, &a[1]) {
        return str::join_with(t, Some(s), crate::tuple::items(&a[1]));
    }
    if t.single_domain()
        && let Some(list) = crate::spec::native_body::<crate::list::PyList>(&a[1])
    {
        // SAFETY: one domain, and joining runs no Python.
        return str::join_with(t, Some(s), unsafe { list.view() });
    }
    let items = if crate::list::TYPE.is_exact(t, &a[1]) {
        protocol::collect(t, &a[1])?
    } else {
        let it = match protocol::get_iter(t, &a[1]) {
            Ok(it) => it,
            Err(e) => {
                drop(t.catch(e, &crate::exception::TypeError)?);
                return Err(t.type_error("can only join an iterable"));
            }
        };
        protocol::collect(t, &it)?
    };
    str::join_with(t, Some(s), &items)
}
