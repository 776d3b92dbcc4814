//! Methods of str that give a changed copy: case, padding, translation.

use orochi_heap::Value;
use orochi_text::str_ops::{self, Translated};
use orochi_text::wtf8::{CodePoint, Wtf8, Wtf8Buf};
use orochi_text::{OutOfMemory, bytes_ops, pad};

use super::{exact, me, size_arg};
use crate::protocol;
use crate::str::{self, as_str};
use crate::thread::{Attached, PyResult};
use crate::type_::type_name;

/// A changed copy: `ascii` changes ASCII texts, which stay ASCII, in place; `change` others.
fn changed(t: Attached<'_>, a: &[Value], ascii: fn(&mut [u8]), change: fn(&Wtf8) -> Wtf8Buf) -> PyResult {
    let s = me(t, a)?;
    if s.is_ascii() {
        // SAFETY: the callers' functions change the case of ASCII letters only.
        return unsafe { str::build::changed_ascii(t, s, ascii) };
    }
    str::try_from_wtf8(t, &change(s.wtf8()))
}
pub(super) fn capitalize(t: Attached<'_>, a: &[Value]) -> PyResult {
    changed(t, a, bytes_ops::capitalize_in_place, str_ops::capitalize)
}
pub(super) fn casefold(t: Attached<'_>, a: &[Value]) -> PyResult {
    changed(t, a, <[u8]>::make_ascii_lowercase, str_ops::casefold)
}
pub(super) fn title(t: Attached<'_>, a: &[Value]) -> PyResult {
    changed(t, a, bytes_ops::title_in_place, str_ops::title)
}
pub(super) fn lower(t: Attached<'_>, a: &[Value]) -> PyResult {
    changed(t, a, <[u8]>::make_ascii_lowercase, str_ops::lower)
}
pub(super) fn upper(t: Attached<'_>, a: &[Value]) -> PyResult {
    changed(t, a, <[u8]>::make_ascii_uppercase, str_ops::upper)
}
pub(super) fn swapcase(t: Attached<'_>, a: &[Value]) -> PyResult {
    changed(t, a, bytes_ops::swapcase_in_place, str_ops::swapcase)
}

/// Fills up to the width; `place` tells how many of the missing characters go to the left, given the width too.
fn padded(t: Attached<'_>, a: &[Value], place: fn(usize, usize) -> usize) -> PyResult {
    let s = me(t, a)?;
    let width = match a[1].as_small_int() {
        Some(width) => width as isize,
        None => size_arg(t, &a[1])?,
    };
    let fill = match a[2].given() {
        None => CodePoint::from(b' '),
        Some(v) => match as_str(v) {
            None => {
                return Err(t.type_error(format!("The fill character must be a unicode character, not {}", type_name(t, v))));
            }
            Some(c) => match c.wtf8().chars().next() {
                Some(only) if c.char_len() == 1 => only,
                _ => return Err(t.type_error("The fill character must be exactly one character long")),
            },
        },
    };
    if width <= s.char_len() as isize {
        return exact(t, &a[0]);
    }
    let missing = width as usize - s.char_len();
    let left = place(missing, width as usize).min(missing);
    str::build::padded(t, s, left, missing - left, fill)
}
pub(super) fn center(t: Attached<'_>, a: &[Value]) -> PyResult {
    // If the rest is odd, the extra fill is on the left exactly when the width is odd.
    padded(t, a, |missing, width| missing / 2 + (missing & width & 1))
}
pub(super) fn ljust(t: Attached<'_>, a: &[Value]) -> PyResult {
    padded(t, a, |_, _| 0)
}
pub(super) fn rjust(t: Attached<'_>, a: &[Value]) -> PyResult {
    padded(t, a, |missing, _| missing)
}
pub(super) fn zfill(t: Attached<'_>, a: &[Value]) -> PyResult {
    let s = me(t, a)?;
    let width = size_arg(t, &a[1])?;
    if width <= s.char_len() as isize {
        return exact(t, &a[0]);
    }
    match pad::zfill(s.wtf8(), width as usize) {
        Ok(text) => str::try_from_wtf8(t, &text),
        Err(OutOfMemory) => Err(t.memory_error()),
    }
}
pub(super) fn expandtabs(t: Attached<'_>, a: &[Value]) -> PyResult {
    let s = me(t, a)?;
    let size = match a[1].given() {
        None => 8,
        Some(v) => i32::try_from(protocol::expect_i64(t, v)?)
            .map_err(|_| t.overflow_error("Python int too large to convert to C int"))?,
    };
    if !s.bytes().contains(&b'\t') {
        return exact(t, &a[0]);
    }
    match pad::expandtabs(s.wtf8(), size.max(0) as usize) {
        Ok(text) => str::try_from_wtf8(t, &text),
        Err(OutOfMemory) => Err(t.overflow_error("new string is too long")),
    }
}

pub(super) fn translate(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (s, table) = (me(t, a)?, &a[1]);
    let out = str_ops::translate(s.wtf8(), |c| {
        let found = match protocol::get_item(t, table, &Value::i32(c.to_u32() as i32)) {
            Ok(found) => found,
            Err(e) => {
                drop(t.catch(e, &crate::exception::LookupError)?);
                return Ok(Translated::Keep);
            }
        };
        translated(t, &found)
    })?;
    str::try_from_wtf8(t, &out)
}

/// What a mapping's answer means, in `translate` and in `charmap_encode`'s sibling.
fn translated(t: Attached<'_>, found: &Value) -> PyResult<Translated> {
    if found.is_none() {
        return Ok(Translated::Delete);
    }
    if crate::int::is_int(found) {
        let c = crate::int::as_i64(found).and_then(|n| u32::try_from(n).ok()).and_then(CodePoint::new);
        return c.map(Translated::Char).ok_or_else(|| t.value_error("character mapping must be in range(0x110000)"));
    }
    match as_str(found) {
        Some(s) => Ok(match (s.char_len(), s.wtf8().chars().next()) {
            (1, Some(c)) => Translated::Char(c),
            _ => Translated::Text(s.wtf8().chars().collect()),
        }),
        None => Err(t.type_error("character mapping must return integer, None or str")),
    }
}

pub(super) fn maketrans(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (x, y, z) = (&a[0], a[1].given(), a[2].given());
    let table = crate::dict::new(t);
    let Some(y) = y else {
        if !crate::dict::TYPE.is_exact(t, x) {
            return Err(t.type_error("if you give only one argument to maketrans it must be a dict"));
        }
        for (key, value) in crate::dict::items(x) {
            let key = match as_str(&key) {
                Some(s) => match s.char_at(0) {
                    Some(c) if s.char_len() == 1 => Value::i32(c as i32),
                    _ => return Err(t.value_error("string keys in translatetable must be of length 1")),
                },
                None if crate::int::is_int(&key) => key,
                None => return Err(t.type_error("keys in translate table mustbe strings or integers")),
            };
            crate::dict::set(t, &table, &key, value)?;
        }
        return Ok(table);
    };
    let arg = |v: &Value, n: u32| -> PyResult<Vec<u32>> {
        match as_str(v) {
            Some(s) => Ok(s.wtf8().chars().map(CodePoint::to_u32).collect()),
            None => Err(t.type_error(format!("maketrans() argument {n} must be str, not {}", crate::args::type_word(t, v)))),
        }
    };
    let to = arg(y, 2)?;
    let delete = match z {
        Some(z) => arg(z, 3)?,
        None => Vec::new(),
    };
    let Some(from) = as_str(x) else {
        return Err(t.type_error("first maketrans argument must be a string if there is a second argument"));
    };
    if from.char_len() != to.len() {
        return Err(t.value_error("the first two maketrans arguments must have equal length"));
    }
    for (c, to) in from.wtf8().chars().zip(to) {
        crate::dict::set(t, &table, &Value::i32(c.to_u32() as i32), Value::i32(to as i32))?;
    }
    for c in delete {
        crate::dict::set(t, &table, &Value::i32(c as i32), Value::none())?;
    }
    Ok(table)
}
