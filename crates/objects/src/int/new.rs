//! Making ints: `int(x)`, `int(text, base)`, of numbers, text and bytes.

use std::sync::LazyLock;

use orochi_heap::Value;
use orochi_number::int::{ParseIntError, parse, parse_short};

use super::{PyInt, TYPE, arith, from_big, max_str_digits, view};
use crate::args::{Args, Signature};
use crate::number;
use crate::thread::{Attached, PyResult};
use crate::type_::{class_of, type_name};

static SIGNATURE: LazyLock<Signature> = LazyLock::new(|| Signature::parse("(x=0, /, base=10)"));

/// `int.__new__`.
pub(super) fn int_new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    let value = match args.all() {
        [] => Value::i32(0),
        [x] if args.names().is_empty() => of_any(t, x)?,
        _ => {
            let count = args.all().len();
            if count > 2 {
                return Err(t.type_error(format!("int expected at most 2 arguments, got {count}")));
            }
            SIGNATURE.call(t, "int", args, |a| match (a[0].given(), a[1].given()) {
                (Some(x), Some(base)) => of_text(t, x, base),
                (Some(x), None) => of_any(t, x),
                (None, Some(_)) => Err(t.type_error("int() missing string argument")),
                (None, None) => Ok(Value::i32(0)),
            })?
        }
    };
    if class.is(TYPE.get(t)) {
        return Ok(value);
    }
    match view(&value) {
        Some(n) => TYPE.alloc_for::<PyInt>(t, class, arith::body(n)),
        None => Ok(value),
    }
}

/// The same number as an exact int: what `int()`, `operator.index`, `+x` give of an int.
pub(super) fn plain(t: Attached<'_>, v: &Value) -> PyResult {
    Ok(to_plain(t, v))
}

/// The number of an int (a bool, an instance of a subclass) as an exact int; other values as they are.
pub fn to_plain(t: Attached<'_>, v: &Value) -> Value {
    if v.is_small_int() || TYPE.is_exact(t, v) {
        return v.clone();
    }
    match view(v) {
        Some(super::IntView::Small(i)) => super::new(t, i),
        Some(super::IntView::Big(b)) => from_big(t, b.clone()),
        None => v.clone(),
    }
}

/// `int(x)`.
fn of_any(t: Attached<'_>, x: &Value) -> PyResult {
    if x.is_small_int() {
        return Ok(x.clone());
    }
    if let Some(s) = crate::str::as_str(x)
        && crate::str::is_exact_str(x)
        && let Some(n) = parse_short(s.bytes())
    {
        return Ok(super::new(t, n));
    }
    let slots = &class_of(t, x).slots;
    if let Some(f) = slots.int() {
        let r = f(t, x)?;
        return if super::is_int(&r) {
            check_exact(t, r, "__int__")
        } else {
            Err(t.type_error(format!("__int__ returned non-int (type {})", type_name(t, &r))))
        };
    }
    if slots.index().is_some() {
        return Ok(to_plain(t, &crate::protocol::as_index(t, x)?));
    }
    if let Some(r) = of_text_or_bytes(t, x, 10)? {
        return Ok(r);
    }
    Err(t.type_error(format!(
        "int() argument must be a string, a bytes-like object or a real number, not '{}'",
        type_name(t, x)
    )))
}

/// An exact int of what `__int__` gave; an instance of a subclass is accepted with a warning.
fn check_exact(t: Attached<'_>, r: Value, method: &str) -> PyResult {
    if r.is_small_int() || TYPE.is_exact(t, &r) {
        return Ok(r);
    }
    crate::number::deprecated(
        t,
        &format!(
            "{method} returned non-int (type {}).  The ability to return an instance of a strict subclass of int is \
             deprecated, and may not be supported in a future version of Python.",
            type_name(t, &r)
        ),
    )?;
    Ok(to_plain(t, &r))
}

/// `int(x, base)`.
fn of_text(t: Attached<'_>, x: &Value, base: &Value) -> PyResult {
    let base = crate::protocol::as_index(t, base)?;
    let base = super::as_i64(&base).and_then(|b| u32::try_from(b).ok()).filter(|&b| b == 0 || (2..=36).contains(&b));
    let Some(base) = base else {
        return Err(t.value_error("int() base must be >= 2 and <= 36, or 0"));
    };
    match text_of(t, x, false)? {
        Some(text) => from_text(t, &text, base, x),
        None => Err(t.type_error("int() can't convert non-string with explicit base")),
    }
}

fn of_text_or_bytes(t: Attached<'_>, x: &Value, base: u32) -> PyResult<Option<Value>> {
    match text_of(t, x, true)? {
        Some(text) => from_text(t, &text, base, x).map(Some),
        None => Ok(None),
    }
}

/// The text of a str or of bytes, in ASCII; of any buffer if `buffers`.
fn text_of(t: Attached<'_>, x: &Value, buffers: bool) -> PyResult<Option<Vec<u8>>> {
    if let Some(s) = crate::str::as_str(x) {
        return Ok(Some(text_to_ascii(s)));
    }
    if let Some(b) = crate::bytes::as_bytes(x) {
        return Ok(Some(b.to_vec()));
    }
    match class_of(t, x).slots.buffer() {
        Some(open) if buffers || x.kind().is_some_and(|k| k.name == "bytearray") => Ok(Some(open(t, x, false)?.to_vec())),
        _ => Ok(None),
    }
}

/// A text as number parsers want it: decimal digits and spaces of any script as ASCII ones; what is
/// neither becomes a character that no number has.
pub fn text_to_ascii(s: &crate::str::PyStr) -> Vec<u8> {
    if s.is_ascii() {
        // Four more control characters count as spaces in a str than in bytes.
        return s.bytes().iter().map(|&b| if (0x1c..=0x1f).contains(&b) { b' ' } else { b }).collect();
    }
    s.wtf8()
        .chars()
        .map(|c| match c.to_u32() {
            u @ 0..0x80 => u as u8,
            _ => match orochi_text::unicode::decimal(c) {
                Some(d) => b'0' + d,
                None if orochi_text::unicode::is_space(c) => b' ',
                None => b'?',
            },
        })
        .collect()
}

/// The int that `text` (ASCII) writes in `base`; `shown` stands in the message.
pub fn from_text(t: Attached<'_>, text: &[u8], base: u32, shown: &Value) -> PyResult {
    match parse(text, base, max_str_digits(t, text.len())) {
        Ok(n) => Ok(from_big(t, n)),
        Err(ParseIntError::Other(e)) => Err(number::raise(t, e)),
        Err(ParseIntError::Invalid) => {
            let repr = crate::protocol::repr(t, shown)?;
            let mut message = format!("invalid literal for int() with base {base}: ");
            match crate::str::utf8(&repr) {
                Some(text) if text.len() <= 200 => message.push_str(text),
                _ => message.extend(crate::str::display(&repr).chars().take(200)),
            }
            Err(t.value_error(message))
        }
    }
}
