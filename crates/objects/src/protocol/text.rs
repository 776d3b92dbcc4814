//! `repr`, `str`, `ascii`, `format`.

use orochi_heap::Value;

use crate::thread::{Attached, PyResult};
use crate::type_::{class_of, type_name};

/// `repr(v)`.
pub fn repr(t: Attached<'_>, v: &Value) -> PyResult {
    t.check_stack(" while getting the repr of an object")?;
    t.safepoint()?;
    let Some(f) = class_of(t, v).slots.repr() else {
        return Ok(crate::str::from_string(t, format!("<{} object at {:#x}>", type_name(t, v), v.identity())));
    };
    let r = f(t, v)?;
    if crate::str::is_str(&r) {
        return Ok(r);
    }
    Err(t.type_error(format!("__repr__ returned non-string (type {})", type_name(t, &r))))
}

/// `str(v)`.
pub fn str(t: Attached<'_>, v: &Value) -> PyResult {
    if crate::str::is_exact_str(v) {
        return Ok(v.clone());
    }
    t.check_stack(" while getting the str of an object")?;
    let Some(f) = class_of(t, v).slots.str() else { return repr(t, v) };
    let r = f(t, v)?;
    if crate::str::is_str(&r) {
        return Ok(r);
    }
    Err(t.type_error(format!("__str__ returned non-string (type {})", type_name(t, &r))))
}

/// `ascii(v)`.
pub fn ascii(t: Attached<'_>, v: &Value) -> PyResult {
    let r = repr(t, v)?;
    let Some(s) = crate::str::as_str(&r) else { return Ok(r) };
    if s.is_ascii() {
        return Ok(r);
    }
    let mut out = String::with_capacity(s.bytes().len() * 2);
    for c in s.wtf8().chars() {
        let c = c.to_u32();
        match c {
            0..0x80 => out.push(c as u8 as char),
            0x80..0x100 => out.push_str(&format!("\\x{c:02x}")),
            0x100..0x1_0000 => out.push_str(&format!("\\u{c:04x}")),
            _ => out.push_str(&format!("\\U{c:08x}")),
        }
    }
    Ok(crate::str::from_string(t, out))
}

/// `repr(v)` for a message, whatever happens.
pub fn display_repr(t: Attached<'_>, v: &Value) -> String {
    match repr(t, v) {
        Ok(r) => crate::str::display(&r),
        Err(e) => {
            drop(t.take_raised(e));
            format!("<{} object>", type_name(t, v))
        }
    }
}

/// `format(v, spec)`; `spec` is a str.
pub fn format(t: Attached<'_>, v: &Value, spec: &Value) -> PyResult {
    let empty = crate::str::as_str(spec).is_some_and(|s| s.bytes().is_empty());
    if empty {
        if crate::str::is_exact_str(v) {
            return Ok(v.clone());
        }
        if v.is_small_int() || v.is_small_float() {
            return str(t, v);
        }
    }
    match super::call_special(t, v, &t.names().__format__, std::slice::from_ref(spec))? {
        Some(r) if crate::str::is_str(&r) => Ok(r),
        Some(r) => Err(t.type_error(format!("__format__ must return a str, not {}", type_name(t, &r)))),
        None => Err(t.type_error(format!("Type {} doesn't define __format__", type_name(t, v)))),
    }
}
