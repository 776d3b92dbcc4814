//! The methods that `bytes` and `bytearray` share, generic over the [`Flavor`].
//!
//! Arguments are read (and copied if they can change) before the object's own bytes are looked at,
//! so that nothing runs while a bytearray is locked.

use std::borrow::Cow;

use orochi_heap::Value;
use orochi_text::bytes_ops::{self, FromHexError};
use orochi_text::{pad, search};
use smallvec::SmallVec;

use super::flavor::{Flavor, bound_arg, bytes_arg, clip_range, needle_arg};
use super::make;
use crate::thread::{Attached, PyResult};
use crate::type_::type_name;

/// The shared methods of flavor `$F`, then others.
macro_rules! shared_methods {
    ($F:ty; $($more:expr,)*) => {
        &[
            Method::new("capitalize", "($self, /)", methods::capitalize::<$F>, "First byte upper case, the others lower case (ASCII)."),
            Method::new("center", "($self, width, fillchar=b' ', /)", methods::center::<$F>, "Centered in a field of the given width."),
            Method::new("count", "($self, sub, start=None, end=None, /)", methods::count::<$F>, "Number of occurrences of sub that do not overlap, in [start:end]."),
            Method::new("decode", "($self, /, encoding='utf-8', errors='strict')", methods::decode::<$F>, "The bytes as text in the given encoding."),
            Method::new("endswith", "($self, suffix, start=None, end=None, /)", methods::endswith::<$F>, "Whether [start:end] ends with the suffix, or with one of a tuple of suffixes."),
            Method::new("expandtabs", "($self, /, tabsize=8)", methods::expandtabs::<$F>, "Tabs replaced by spaces up to the next column."),
            Method::new("find", "($self, sub, start=None, end=None, /)", methods::find::<$F>, "Lowest index of sub in [start:end], or -1."),
            Method::class("fromhex", "($type, string, /)", methods::fromhex::<$F>, "Bytes from pairs of hexadecimal digits."),
            Method::new("hex", "($self, sep=None, bytes_per_sep=1)", methods::hex::<$F>, "Two hexadecimal digits for each byte."),
            Method::new("index", "($self, sub, start=None, end=None, /)", methods::index::<$F>, "As find, with ValueError where there is none."),
            Method::new("isalnum", "($self, /)", methods::isalnum::<$F>, "Whether all are ASCII letters or digits."),
            Method::new("isalpha", "($self, /)", methods::isalpha::<$F>, "Whether all are ASCII letters."),
            Method::new("isascii", "($self, /)", methods::isascii::<$F>, "Whether all are below 128."),
            Method::new("isdigit", "($self, /)", methods::isdigit::<$F>, "Whether all are ASCII digits."),
            Method::new("islower", "($self, /)", methods::islower::<$F>, "Whether there is a lower case letter and no upper case one."),
            Method::new("isspace", "($self, /)", methods::isspace::<$F>, "Whether all are ASCII white space."),
            Method::new("istitle", "($self, /)", methods::istitle::<$F>, "Whether words begin with upper case and go on in lower case."),
            Method::new("isupper", "($self, /)", methods::isupper::<$F>, "Whether there is an upper case letter and no lower case one."),
            Method::new("join", "($self, iterable_of_bytes, /)", methods::join::<$F>, "The members with these bytes between them."),
            Method::new("ljust", "($self, width, fillchar=b' ', /)", methods::ljust::<$F>, "At the left of a field of the given width."),
            Method::new("lower", "($self, /)", methods::lower::<$F>, "ASCII letters in lower case."),
            Method::new("lstrip", "($self, bytes=None, /)", methods::lstrip::<$F>, "Without leading bytes of a set (None: white space)."),
            Method::stat("maketrans", "(frm, to, /)", methods::maketrans, "A table for translate, from frm to to."),
            Method::new("partition", "($self, sep, /)", methods::partition::<$F>, "The parts before, at and behind the first sep."),
            Method::new("removeprefix", "($self, prefix, /)", methods::removeprefix::<$F>, "Without the prefix, if it is there."),
            Method::new("removesuffix", "($self, suffix, /)", methods::removesuffix::<$F>, "Without the suffix, if it is there."),
            Method::new("replace", "($self, old, new, count=-1, /)", methods::replace::<$F>, "Occurrences of old replaced by new, at most count."),
            Method::new("rfind", "($self, sub, start=None, end=None, /)", methods::rfind::<$F>, "Highest index of sub in [start:end], or -1."),
            Method::new("rindex", "($self, sub, start=None, end=None, /)", methods::rindex::<$F>, "As rfind, with ValueError where there is none."),
            Method::new("rjust", "($self, width, fillchar=b' ', /)", methods::rjust::<$F>, "At the right of a field of the given width."),
            Method::new("rpartition", "($self, sep, /)", methods::rpartition::<$F>, "The parts before, at and behind the last sep."),
            Method::new("rsplit", "($self, /, sep=None, maxsplit=-1)", methods::rsplit::<$F>, "The parts between separators, splitting from the right."),
            Method::new("rstrip", "($self, bytes=None, /)", methods::rstrip::<$F>, "Without trailing bytes of a set (None: white space)."),
            Method::new("split", "($self, /, sep=None, maxsplit=-1)", methods::split::<$F>, "The parts between separators (None: white space)."),
            Method::new("splitlines", "($self, /, keepends=False)", methods::splitlines::<$F>, "The lines."),
            Method::new("startswith", "($self, prefix, start=None, end=None, /)", methods::startswith::<$F>, "Whether [start:end] begins with the prefix, or with one of a tuple of prefixes."),
            Method::new("strip", "($self, bytes=None, /)", methods::strip::<$F>, "Without leading and trailing bytes of a set (None: white space)."),
            Method::new("swapcase", "($self, /)", methods::swapcase::<$F>, "ASCII letters in the other case."),
            Method::new("title", "($self, /)", methods::title::<$F>, "Words in upper case at the front and lower case behind."),
            Method::new("translate", "($self, table, /, delete=b'')", methods::translate::<$F>, "Without the bytes in delete, the others looked up in table (None: kept)."),
            Method::new("upper", "($self, /)", methods::upper::<$F>, "ASCII letters in upper case."),
            Method::new("zfill", "($self, width, /)", methods::zfill::<$F>, "Zeros in front, behind a sign."),
            $($more,)*
        ]
    };
}
pub(crate) use shared_methods;

macro_rules! tests {
    ($($name:ident $f:expr;)+) => { $(
        pub(crate) fn $name<F: Flavor>(_: Attached<'_>, a: &[Value]) -> PyResult {
            Ok(Value::bool(F::peek(&a[0], $f)))
        }
    )+ };
}
tests! {
    isalnum bytes_ops::is_alnum;
    isalpha bytes_ops::is_alpha;
    isascii <[u8]>::is_ascii;
    isdigit bytes_ops::is_digit;
    islower bytes_ops::is_lower;
    isspace bytes_ops::is_space;
    istitle bytes_ops::is_title;
    isupper bytes_ops::is_upper;
}

macro_rules! maps {
    ($($name:ident $f:expr;)+) => { $(
        pub(crate) fn $name<F: Flavor>(t: Attached<'_>, a: &[Value]) -> PyResult {
            F::changed(t, &a[0], $f)
        }
    )+ };
}
maps! {
    capitalize bytes_ops::capitalize_in_place;
    lower <[u8]>::make_ascii_lowercase;
    swapcase bytes_ops::swapcase_in_place;
    title bytes_ops::title_in_place;
    upper <[u8]>::make_ascii_uppercase;
}

/// Runs `f` on what is searched in and for, and the offset of the former; `None`: the range is void.
fn searched<F: Flavor, R>(t: Attached<'_>, a: &[Value], f: impl FnOnce(&[u8], &[u8], usize) -> R) -> PyResult<Option<R>> {
    let needle = needle_arg(t, &a[1])?;
    let start = bound_arg(t, &a[2], 0)?;
    let stop = bound_arg(t, &a[3], isize::MAX)?;
    Ok(F::peek(&a[0], |bytes| {
        let range = clip_range(bytes.len(), start, stop)?;
        Some(f(&bytes[range.clone()], &needle, range.start))
    }))
}
fn found<F: Flavor>(t: Attached<'_>, a: &[Value], find: fn(&[u8], &[u8]) -> Option<usize>) -> PyResult<Option<usize>> {
    Ok(searched::<F, _>(t, a, |bytes, needle, offset| find(bytes, needle).map(|i| i + offset))?.flatten())
}
fn or_minus_one(t: Attached<'_>, at: Option<usize>) -> PyResult {
    Ok(at.map_or(Value::i32(-1), |i| crate::int::from_usize(t, i)))
}
fn or_error(t: Attached<'_>, at: Option<usize>) -> PyResult {
    at.map(|i| crate::int::from_usize(t, i)).ok_or_else(|| t.value_error("subsection not found"))
}
pub(crate) fn find<F: Flavor>(t: Attached<'_>, a: &[Value]) -> PyResult {
    or_minus_one(t, found::<F>(t, a, search::find_bytes)?)
}
pub(crate) fn rfind<F: Flavor>(t: Attached<'_>, a: &[Value]) -> PyResult {
    or_minus_one(t, found::<F>(t, a, search::rfind_bytes)?)
}
pub(crate) fn index<F: Flavor>(t: Attached<'_>, a: &[Value]) -> PyResult {
    or_error(t, found::<F>(t, a, search::find_bytes)?)
}
pub(crate) fn rindex<F: Flavor>(t: Attached<'_>, a: &[Value]) -> PyResult {
    or_error(t, found::<F>(t, a, search::rfind_bytes)?)
}
pub(crate) fn count<F: Flavor>(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = searched::<F, _>(t, a, |bytes, needle, _| search::count(bytes, needle))?;
    Ok(crate::int::from_usize(t, n.unwrap_or(0)))
}

fn tail_match<F: Flavor>(t: Attached<'_>, a: &[Value], name: &str, test: fn(&[u8], &[u8]) -> bool) -> PyResult {
    let start = bound_arg(t, &a[2], 0)?;
    let stop = bound_arg(t, &a[3], isize::MAX)?;
    let test = |affix: &[u8]| F::peek(&a[0], |b| clip_range(b.len(), start, stop).is_some_and(|r| test(&b[r], affix)));
    if crate::tuple::as_tuple(&a[1]).is_some() {
        for affix in crate::tuple::items(&a[1]) {
            if test(&bytes_arg(t, affix, "")?) {
                return Ok(Value::bool(true));
            }
        }
        return Ok(Value::bool(false));
    }
    if !crate::buffer::is_exporter(t, &a[1]) {
        let given = type_name(t, &a[1]);
        return Err(t.type_error(format!("{name} first arg must be bytes or a tuple of bytes, not {given}")));
    }
    Ok(Value::bool(test(&bytes_arg(t, &a[1], "")?)))
}
pub(crate) fn startswith<F: Flavor>(t: Attached<'_>, a: &[Value]) -> PyResult {
    tail_match::<F>(t, a, "startswith", |b, affix| b.starts_with(affix))
}
pub(crate) fn endswith<F: Flavor>(t: Attached<'_>, a: &[Value]) -> PyResult {
    tail_match::<F>(t, a, "endswith", |b, affix| b.ends_with(affix))
}

fn stripped<F: Flavor>(t: Attached<'_>, a: &[Value], left: bool, right: bool) -> PyResult {
    let set = match a[1].given() {
        Some(v) if !v.is_none() => Some(bytes_arg(t, v, "")?),
        _ => None,
    };
    let bytes = F::bytes(&a[0]);
    let part = match &set {
        None => search::strip_whitespace::<[u8]>(&bytes, left, right),
        Some(set) => search::strip::<[u8]>(&bytes, set, left, right),
    };
    F::part(t, &a[0], bytes.len(), part)
}
pub(crate) fn strip<F: Flavor>(t: Attached<'_>, a: &[Value]) -> PyResult {
    stripped::<F>(t, a, true, true)
}
pub(crate) fn lstrip<F: Flavor>(t: Attached<'_>, a: &[Value]) -> PyResult {
    stripped::<F>(t, a, true, false)
}
pub(crate) fn rstrip<F: Flavor>(t: Attached<'_>, a: &[Value]) -> PyResult {
    stripped::<F>(t, a, false, true)
}
pub(crate) fn removeprefix<F: Flavor>(t: Attached<'_>, a: &[Value]) -> PyResult {
    let prefix = bytes_arg(t, &a[1], "")?;
    let bytes = F::bytes(&a[0]);
    F::part(t, &a[0], bytes.len(), bytes.strip_prefix(&*prefix).unwrap_or(&bytes))
}
pub(crate) fn removesuffix<F: Flavor>(t: Attached<'_>, a: &[Value]) -> PyResult {
    let suffix = bytes_arg(t, &a[1], "")?;
    let bytes = F::bytes(&a[0]);
    F::part(t, &a[0], bytes.len(), bytes.strip_suffix(&*suffix).unwrap_or(&bytes))
}

/// A `maxsplit` or `count`: `None` for all.
fn limit_arg(t: Attached<'_>, v: &Value) -> PyResult<Option<usize>> {
    match v.given() {
        Some(v) => Ok(usize::try_from(crate::protocol::as_size(t, v)?).ok()),
        None => Ok(None),
    }
}

fn parts<'b, F: Flavor>(t: Attached<'_>, parts: impl Iterator<Item = &'b [u8]>, reversed: bool) -> PyResult {
    let mut out: SmallVec<[Value; 32]> = SmallVec::new();
    for part in parts {
        out.push(F::make_from(t, part)?);
    }
    if reversed {
        out.reverse();
    }
    crate::str_type::list_of(t, &mut out)
}

fn splitting<F: Flavor>(t: Attached<'_>, a: &[Value], from_right: bool) -> PyResult {
    let limit = limit_arg(t, &a[2])?;
    let separator = match a[1].given() {
        Some(v) if !v.is_none() => Some(bytes_arg(t, v, "")?),
        _ => None,
    };
    let bytes = F::bytes(&a[0]);
    let bytes = &*bytes;
    let no_separator = || t.value_error("empty separator");
    match (&separator, from_right) {
        (None, false) => parts::<F>(t, search::SplitWhitespace::<[u8]>::new(bytes, limit), false),
        (Some(s), false) => parts::<F>(t, search::Split::<[u8]>::new(bytes, s, limit).ok_or_else(no_separator)?, false),
        (None, true) => parts::<F>(t, search::RSplitWhitespace::<[u8]>::new(bytes, limit), true),
        (Some(s), true) => parts::<F>(t, search::RSplit::<[u8]>::new(bytes, s, limit).ok_or_else(no_separator)?, true),
    }
}
pub(crate) fn split<F: Flavor>(t: Attached<'_>, a: &[Value]) -> PyResult {
    splitting::<F>(t, a, false)
}
pub(crate) fn rsplit<F: Flavor>(t: Attached<'_>, a: &[Value]) -> PyResult {
    splitting::<F>(t, a, true)
}
pub(crate) fn splitlines<F: Flavor>(t: Attached<'_>, a: &[Value]) -> PyResult {
    let keep = match a[1].given() {
        Some(v) => crate::protocol::truth(t, v)?,
        None => false,
    };
    let bytes = F::bytes(&a[0]);
    parts::<F>(t, search::Lines::<[u8]>::new(&bytes, keep), false)
}

fn parted<F: Flavor>(t: Attached<'_>, a: &[Value], from_right: bool) -> PyResult {
    let separator = bytes_arg(t, &a[1], "")?;
    if separator.is_empty() {
        return Err(t.value_error("empty separator"));
    }
    let bytes = F::bytes(&a[0]);
    let found = if from_right {
        search::rpartition::<[u8]>(&bytes, &separator)
    } else {
        search::partition::<[u8]>(&bytes, &separator)
    };
    let mut items = match found {
        Some((head, tail)) => [F::make_from(t, head)?, F::make_from(t, &separator)?, F::make_from(t, tail)?],
        None => {
            let whole = F::part(t, &a[0], bytes.len(), &bytes)?;
            let (x, y) = (F::make_from(t, &[])?, F::make_from(t, &[])?);
            if from_right { [x, y, whole] } else { [whole, x, y] }
        }
    };
    crate::str_type::tuple_of(t, &mut items)
}
pub(crate) fn partition<F: Flavor>(t: Attached<'_>, a: &[Value]) -> PyResult {
    parted::<F>(t, a, false)
}
pub(crate) fn rpartition<F: Flavor>(t: Attached<'_>, a: &[Value]) -> PyResult {
    parted::<F>(t, a, true)
}

pub(crate) fn replace<F: Flavor>(t: Attached<'_>, a: &[Value]) -> PyResult {
    let limit = limit_arg(t, &a[3])?;
    let (old, new) = (bytes_arg(t, &a[1], "")?, bytes_arg(t, &a[2], "")?);
    let bytes = F::bytes(&a[0]);
    match search::replace::<[u8]>(&bytes, &old, &new, limit) {
        Ok(Some(out)) => F::make(t, out),
        Ok(None) => F::part(t, &a[0], bytes.len(), &bytes),
        Err(_) => Err(t.memory_error()),
    }
}

pub(crate) fn join<F: Flavor>(t: Attached<'_>, a: &[Value]) -> PyResult {
    let plain = crate::list::as_list(&a[1]).is_some() || crate::tuple::as_tuple(&a[1]).is_some();
    if !plain && !crate::protocol::is_iterable(t, &a[1]) {
        return Err(t.type_error("can only join an iterable"));
    }
    let members = crate::protocol::collect(t, &a[1])?;
    if let ([one], true) = (&members[..], F::NAME == "bytes")
        && crate::bytes::TYPE.is_exact(t, one)
    {
        return Ok(one.clone());
    }
    let mut pieces: Vec<Cow<'_, [u8]>> = Vec::with_capacity(members.len());
    for (i, member) in members.iter().enumerate() {
        if !crate::buffer::is_exporter(t, member) {
            let given = type_name(t, member);
            return Err(t.type_error(format!("sequence item {i}: expected a bytes-like object, {given} found")));
        }
        pieces.push(bytes_arg(t, member, "")?);
    }
    let separator = F::bytes(&a[0]);
    F::made(t, search::join::<[u8], _>(&separator, pieces.iter().map(|p| &**p)))
}

/// Pads bytes to a width with a fill byte.
type Pad = fn(&[u8], usize, &[u8]) -> Result<Vec<u8>, orochi_text::OutOfMemory>;

fn padded<F: Flavor>(
    t: Attached<'_>,
    a: &[Value],
    name: &str,
    f: Pad,
) -> PyResult {
    let width = crate::protocol::as_size(t, &a[1])?.max(0) as usize;
    let fill = match a[2].given() {
        None => b' ',
        Some(v) => {
            let exact = crate::bytes::as_bytes(v).is_some() || crate::bytearray::as_bytearray(v).is_some();
            if !exact {
                let given = type_name(t, v);
                return Err(t.type_error(format!("{name}() argument 2 must be a byte string of length 1, not {given}")));
            }
            match *bytes_arg(t, v, "")? {
                [b] => b,
                ref other => {
                    return Err(t.type_error(format!(
                        "{name}(): argument 2 must be a byte string of length 1, not a {} object of length {}",
                        type_name(t, v),
                        other.len()
                    )));
                }
            }
        }
    };
    let bytes = F::bytes(&a[0]);
    if width <= bytes.len() {
        return F::part(t, &a[0], bytes.len(), &bytes);
    }
    F::made(t, f(&bytes, width, &[fill]))
}
pub(crate) fn center<F: Flavor>(t: Attached<'_>, a: &[Value]) -> PyResult {
    padded::<F>(t, a, "center", pad::center::<[u8]>)
}
pub(crate) fn ljust<F: Flavor>(t: Attached<'_>, a: &[Value]) -> PyResult {
    padded::<F>(t, a, "ljust", pad::ljust::<[u8]>)
}
pub(crate) fn rjust<F: Flavor>(t: Attached<'_>, a: &[Value]) -> PyResult {
    padded::<F>(t, a, "rjust", pad::rjust::<[u8]>)
}
pub(crate) fn zfill<F: Flavor>(t: Attached<'_>, a: &[Value]) -> PyResult {
    let width = crate::protocol::as_size(t, &a[1])?.max(0) as usize;
    let bytes = F::bytes(&a[0]);
    if width <= bytes.len() {
        return F::part(t, &a[0], bytes.len(), &bytes);
    }
    F::made(t, pad::zfill::<[u8]>(&bytes, width))
}
pub(crate) fn expandtabs<F: Flavor>(t: Attached<'_>, a: &[Value]) -> PyResult {
    let size = match a[1].given() {
        Some(v) => crate::protocol::as_size(t, v)?,
        None => 8,
    };
    if size > i32::MAX as isize {
        return Err(t.overflow_error("Python int too large to convert to C int"));
    }
    let bytes = F::bytes(&a[0]);
    F::made(t, pad::expandtabs::<[u8]>(&bytes, size.max(0) as usize))
}

pub(crate) fn decode<F: Flavor>(t: Attached<'_>, a: &[Value]) -> PyResult {
    if a[2].is_unbound()
        && crate::codecs::is_utf8(&a[1])
        && let Some(bytes) = crate::bytes::as_bytes(&a[0])
        && let Some(made) = crate::str::build::from_utf8(t, bytes)
    {
        return made;
    }
    for (v, what) in [(&a[1], "encoding"), (&a[2], "errors")] {
        if let Some(v) = v.given()
            && !crate::str::is_str(v)
        {
            return Err(t.type_error(format!("decode() argument '{what}' must be str, not {}", type_name(t, v))));
        }
    }
    make::decode(t, &F::bytes(&a[0]), a[1].given(), a[2].given())
}

pub(crate) fn fromhex<F: Flavor>(t: Attached<'_>, a: &[Value]) -> PyResult {
    let text = match crate::str::as_str(&a[1]) {
        Some(s) => Cow::Borrowed(s.bytes()),
        None if crate::buffer::is_exporter(t, &a[1]) => bytes_arg(t, &a[1], "")?,
        None => {
            let given = type_name(t, &a[1]);
            return Err(t.type_error(format!("fromhex() argument must be str or bytes-like, not {given}")));
        }
    };
    let bytes = match bytes_ops::fromhex(&text) {
        Ok(bytes) => bytes,
        Err(FromHexError::NotHex(at)) => {
            let at = crate::str::wtf8(&a[1]).map_or(at, |s| s.char_offset(at));
            let message = format!("non-hexadecimal number found in fromhex() arg at position {at}");
            return Err(t.value_error(message));
        }
        Err(FromHexError::OddDigits) => {
            return Err(t.value_error("fromhex() arg must contain an even number of hexadecimal digits"));
        }
    };
    let made = F::make(t, bytes)?;
    // A subclass is made by its own constructor.
    if crate::type_::type_of(t, &made).is(&a[0]) { Ok(made) } else { crate::protocol::call(t, &a[0], &[made]) }
}

/// `hex` of any bytes: separator and group size as the methods take them.
pub(crate) fn hex_text(t: Attached<'_>, bytes: &[u8], separator: &Value, group: &Value) -> PyResult {
    let group = match group.given() {
        Some(v) => crate::protocol::as_size(t, v)?,
        None => 1,
    };
    let separator = match separator.given() {
        None => None,
        Some(v) => {
            let n = match crate::str::as_str(v) {
                Some(s) => s.char_len(),
                None => crate::protocol::length(t, v)?,
            };
            if n != 1 {
                return Err(t.value_error("sep must be length 1."));
            }
            let byte = match (crate::str::as_str(v), crate::bytes::as_bytes(v)) {
                (Some(s), _) if !s.is_ascii() => return Err(t.value_error("sep must be ASCII.")),
                (Some(s), _) => s.bytes()[0],
                (None, Some(b)) => b[0],
                (None, None) => return Err(t.type_error("sep must be str or bytes.")),
            };
            if !byte.is_ascii() {
                return Err(t.value_error("sep must be ASCII."));
            }
            Some(byte)
        }
    };
    if separator.is_none() {
        return crate::str::build::hex(t, bytes);
    }
    let digits = bytes_ops::hex(bytes, separator, group).map_err(|_| t.memory_error())?;
    match orochi_text::wtf8::Wtf8Buf::from_ascii(digits) {
        Some(text) => crate::str::try_from_wtf8(t, &text),
        None => Err(t.value_error("sep must be ASCII.")),
    }
}
pub(crate) fn hex<F: Flavor>(t: Attached<'_>, a: &[Value]) -> PyResult {
    hex_text(t, &F::bytes(&a[0]), &a[1], &a[2])
}

pub(crate) fn maketrans(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (from, to) = (bytes_arg(t, &a[0], "")?, bytes_arg(t, &a[1], "")?);
    if from.len() != to.len() {
        return Err(t.value_error("maketrans arguments must have same length"));
    }
    let mut table: [u8; 256] = std::array::from_fn(|i| i as u8);
    for (&f, &to) in from.iter().zip(to.iter()) {
        table[f as usize] = to;
    }
    crate::bytes::try_new(t, &table)
}
pub(crate) fn translate<F: Flavor>(t: Attached<'_>, a: &[Value]) -> PyResult {
    let table = if a[1].is_none() { None } else { Some(bytes_arg(t, &a[1], "")?) };
    let table: Option<&[u8; 256]> = match &table {
        None => None,
        Some(bytes) => match <&[u8; 256]>::try_from(&**bytes) {
            Ok(table) => Some(table),
            Err(_) => return Err(t.value_error("translation table must be 256 characters long")),
        },
    };
    let delete = match a[2].given() {
        Some(v) => bytes_arg(t, v, "")?,
        None => Cow::Borrowed(&[][..]),
    };
    let out = F::peek(&a[0], |bytes| bytes_ops::translate(bytes, table, &delete));
    F::make(t, out)
}
