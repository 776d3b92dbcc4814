//! Making floats: `float(x)` of numbers, text and bytes.

use orochi_heap::Value;

use super::{PyFloat, TYPE, as_f64, new};
use crate::args::Args;
use crate::thread::{Attached, PyResult};
use crate::type_::{class_of, type_name};

/// `float.__new__`.
pub(super) fn float_new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    let exact = class.is(TYPE.get(t));
    let value = match args.expect(t, "float", 0, 1)? {
        [] => 0.0,
        [x] => {
            if exact && x.is_small_float() {
                return Ok(x.clone());
            }
            of_any(t, x)?
        }
        _ => unreachable!("at most one argument"),
    };
    if exact { Ok(new(t, value)) } else { TYPE.alloc_for(t, class, PyFloat { value }) }
}

/// The same number as an exact float.
pub(super) fn plain(t: Attached<'_>, v: &Value) -> PyResult {
    if v.is_small_float() || TYPE.is_exact(t, v) {
        return Ok(v.clone());
    }
    Ok(new(t, as_f64(v).unwrap_or(0.0)))
}

/// `float(x)`.
fn of_any(t: Attached<'_>, x: &Value) -> PyResult<f64> {
    if let Some(s) = crate::str::as_str(x) {
        // Plain ASCII needs no copy in which other digits and spaces become ASCII.
        if s.is_ascii() && s.bytes().iter().all(|b| !b.is_ascii_control()) {
            return from_text(t, s.bytes(), x);
        }
        return from_text(t, &crate::int::text_to_ascii(s), x);
    }
    let slots = &class_of(t, x).slots;
    if slots.float().is_some() || slots.index().is_some() {
        return number(t, x);
    }
    if let Some(b) = crate::bytes::as_bytes(x) {
        return from_text(t, b, x);
    }
    if let Some(open) = slots.buffer() {
        let bytes = open(t, x, false)?.to_vec();
        return from_text(t, &bytes, x);
    }
    Err(t.type_error(format!("float() argument must be a string or a real number, not '{}'", type_name(t, x))))
}

/// The float of a number: of what has `__float__` or `__index__`.
pub(super) fn number(t: Attached<'_>, x: &Value) -> PyResult<f64> {
    if TYPE.is_exact(t, x)
        && let Some(f) = as_f64(x)
    {
        return Ok(f);
    }
    if let Some(f) = class_of(t, x).slots.float() {
        let r = f(t, x)?;
        let Some(value) = as_f64(&r) else {
            return Err(t.type_error(format!("{}.__float__() must return a float, not {}", type_name(t, x), type_name(t, &r))));
        };
        if !r.is_small_float() && !TYPE.is_exact(t, &r) {
            crate::number::deprecated(
                t,
                &format!(
                    "{}.__float__() must return a float, not {}.  The ability to return an instance of a strict subclass of \
                     float is deprecated, and may not be supported in a future version of Python.",
                    type_name(t, x),
                    type_name(t, &r)
                ),
            )?;
        }
        return Ok(value);
    }
    crate::protocol::to_float(t, x)
}

/// The float that `text` (ASCII) writes; `shown` stands in the message.
pub fn from_text(t: Attached<'_>, text: &[u8], shown: &Value) -> PyResult<f64> {
    match orochi_number::float::parse(text) {
        Some(f) => Ok(f),
        None => {
            let repr = crate::protocol::repr(t, shown)?;
            let repr: String = crate::str::display(&repr).chars().take(200).collect();
            Err(t.value_error(format!("could not convert string to float: {repr}")))
        }
    }
}
