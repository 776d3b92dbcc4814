//! `repr`, `str`, `ascii`, `format`.

use orochi_heap::Value;
use orochi_number::format::{Family, FormatSpec, Int, NumberLocale, text as text_layout, write_float, write_int};
use orochi_number::text::Digits;
use orochi_number::{TextSink, float as float_number};
use orochi_text::wtf8::{CodePoint, Wtf8};

use crate::number::check;
use crate::str::build::Scratch;
use crate::thread::{Attached, PyResult};
use crate::type_::{class_of, type_name};

/// `repr(v)`.
pub fn repr(t: Attached<'_>, v: &Value) -> PyResult {
    if let Some(i) = v.as_small_int() {
        return Ok(crate::str::from_i64(t, i));
    }
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
    if let Some(i) = v.as_small_int() {
        return Ok(crate::str::from_i64(t, i));
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
    if let Some(spec) = crate::str::as_str(spec)
        && (v.is_small_int() || v.is_small_float() || crate::str::is_exact_str(v))
    {
        if spec.bytes().is_empty() {
            return str(t, v);
        }
        let mut out = Scratch::new();
        if format_plain(t, &mut out, v, spec.wtf8())? {
            // SAFETY: all that is written are texts.
            return unsafe { out.to_str(t) };
        }
    }
    match super::call_special(t, v, &t.names().__format__, std::slice::from_ref(spec))? {
        Some(r) if crate::str::is_str(&r) => Ok(r),
        Some(r) => Err(t.type_error(format!("__format__ must return a str, not {}", type_name(t, &r)))),
        None => Err(t.type_error(format!("Type {} doesn't define __format__", type_name(t, v)))),
    }
}

/// Appends `format(v, spec)`, without making a str of it where `v` is an int, float or str.
pub(crate) fn format_into(t: Attached<'_>, out: &mut Scratch, v: &Value, spec: &Wtf8) -> PyResult<()> {
    if format_plain(t, out, v, spec)? {
        return Ok(());
    }
    let spec = if spec.is_empty() { crate::str::empty(t) } else { crate::str::try_from_wtf8(t, spec)? };
    let text = format(t, v, &spec)?;
    match crate::str::as_str(&text) {
        Some(s) => out.push(t, s.bytes()),
        None => Ok(()),
    }
}

/// Appends `format(v, spec)` of ints and floats in the value word and of exact strs, whose `__format__` cannot be
/// another. `false`, and nothing is written: the value or the specification is not so plain.
fn format_plain(t: Attached<'_>, out: &mut Scratch, v: &Value, spec: &Wtf8) -> PyResult<bool> {
    if let Some(i) = v.as_small_int() {
        if spec.is_empty() {
            let digits = Digits::signed(i);
            out.push(t, digits.as_bytes())?;
            return Ok(true);
        }
        let Some(text) = spec.as_str() else { return Ok(false) };
        let mut spec = FormatSpec::plain(Family::Int);
        check(t, spec.read(text, Family::Int, "int"))?;
        // A code point may be a surrogate, and the locale has to be asked.
        if matches!(spec.kind, Some('c' | 'n')) {
            return Ok(false);
        }
        check(t, write_int(out, &spec, Int::Small(i), "int", &NumberLocale::C, 0))?;
        return Ok(true);
    }
    if let Some(x) = v.as_small_float() {
        if spec.is_empty() {
            let mut text = String::new();
            float_number::repr_into(x, &mut text);
            out.push_str(&text);
            return Ok(true);
        }
        let Some(text) = spec.as_str() else { return Ok(false) };
        let mut spec = FormatSpec::plain(Family::Float);
        check(t, spec.read(text, Family::Float, "float"))?;
        if spec.kind == Some('n') {
            return Ok(false);
        }
        check(t, write_float(out, &spec, x, "float", &NumberLocale::C))?;
        return Ok(true);
    }
    if !crate::str::is_exact_str(v) {
        return Ok(false);
    }
    let Some(s) = crate::str::as_str(v) else { return Ok(false) };
    if spec.is_empty() {
        out.push(t, s.bytes())?;
        return Ok(true);
    }
    let Some(text) = spec.as_str() else { return Ok(false) };
    let mut spec = FormatSpec::plain(Family::Text);
    check(t, spec.read(text, Family::Text, "str"))?;
    let layout = check(t, text_layout(&spec, s.char_len(), "str"))?;
    let fill = CodePoint::from_char(layout.fill);
    out.fill_with(t, fill, layout.left)?;
    out.push(t, &s.bytes()[..s.byte_of(layout.keep)])?;
    out.fill_with(t, fill, layout.right)?;
    Ok(true)
}
