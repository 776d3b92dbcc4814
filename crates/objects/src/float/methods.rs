//! Methods and text of float.

use orochi_heap::Value;
use orochi_number::float as number;
use orochi_number::format::Family;

use super::{TYPE, as_f64, new};
use crate::int::from_big;
use crate::number::check;
use crate::spec::Method;
use crate::str::build::Scratch;
use crate::thread::{Attached, PyResult};
use crate::type_::type_name;

pub(super) const METHODS: &[Method] = &[
    Method::new("conjugate", "($self, /)", |t, a| super::new::plain(t, &a[0]), "Return self, the complex conjugate of any float."),
    Method::new("__trunc__", "($self, /)", trunc, "Return the Integral closest to x between 0 and x."),
    Method::new("__floor__", "($self, /)", floor, "Return the floor as an Integral."),
    Method::new("__ceil__", "($self, /)", ceil, "Return the ceiling as an Integral."),
    Method::new("__round__", "($self, ndigits=None, /)", round, "Return the Integral closest to x, rounding half toward even."),
    Method::new("as_integer_ratio", "($self, /)", as_integer_ratio, "Return a pair of integers, whose ratio is exactly equal to the original float."),
    Method::class("fromhex", "($type, string, /)", fromhex, "Create a floating-point number from a hexadecimal string."),
    Method::class("from_number", "($type, number, /)", from_number, "Convert real number to a floating-point number."),
    Method::new("hex", "($self, /)", hex, "Return a hexadecimal representation of a floating-point number."),
    Method::new("is_integer", "($self, /)", is_integer, "Return True if the float is an integer."),
    Method::new("__getnewargs__", "($self, /)", getnewargs, ""),
    Method::class("__getformat__", "($type, typestr, /)", getformat, "You probably don't want to use this function."),
    Method::new("__format__", "($self, format_spec, /)", format, "Formats the float according to format_spec."),
];

fn own(v: &Value) -> f64 {
    as_f64(v).unwrap_or(0.0)
}

pub(super) fn repr(t: Attached<'_>, v: &Value) -> PyResult {
    Ok(crate::str::from_string(t, number::repr(own(v))))
}

/// An integral float as an int.
pub(super) fn to_int_object(t: Attached<'_>, x: f64) -> PyResult {
    // Below 2^62 the conversion of the machine is exact, and the int lies in the word.
    if x.abs() < 4.0e18 {
        return Ok(crate::int::new(t, x as i64));
    }
    Ok(from_big(t, check(t, number::trunc(x))?))
}

fn trunc(t: Attached<'_>, a: &[Value]) -> PyResult {
    to_int_object(t, own(&a[0]).trunc())
}
fn floor(t: Attached<'_>, a: &[Value]) -> PyResult {
    to_int_object(t, own(&a[0]).floor())
}
fn ceil(t: Attached<'_>, a: &[Value]) -> PyResult {
    to_int_object(t, own(&a[0]).ceil())
}

fn round(t: Attached<'_>, a: &[Value]) -> PyResult {
    let x = own(&a[0]);
    let Some(digits) = a[1].given().filter(|d| !d.is_none()) else {
        return to_int_object(t, x.round_ties_even());
    };
    let digits = crate::protocol::as_index(t, digits)?;
    let digits = match crate::int::as_i64(&digits) {
        Some(n) => n,
        None if crate::int::view(&digits).is_some_and(crate::int::IntView::is_negative) => i64::MIN,
        None => i64::MAX,
    };
    Ok(new(t, check(t, number::round(x, digits))?))
}

fn as_integer_ratio(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (n, d) = check(t, number::as_integer_ratio(own(&a[0])))?;
    Ok(crate::tuple::new(t, vec![from_big(t, n), from_big(t, d)]))
}

/// A float, or the class called with it if it is a subclass.
fn in_class(t: Attached<'_>, class: &Value, x: f64) -> PyResult {
    let value = new(t, x);
    if class.is(TYPE.get(t)) { Ok(value) } else { crate::protocol::call(t, class, std::slice::from_ref(&value)) }
}

fn fromhex(t: Attached<'_>, a: &[Value]) -> PyResult {
    let Some(s) = crate::str::as_str(&a[1]) else {
        return Err(t.type_error("bad argument type for built-in operation"));
    };
    in_class(t, &a[0], check(t, number::from_hex(s.bytes()))?)
}

fn from_number(t: Attached<'_>, a: &[Value]) -> PyResult {
    if a[0].is(TYPE.get(t)) && TYPE.is_exact(t, &a[1]) {
        return Ok(a[1].clone());
    }
    let slots = &crate::type_::class_of(t, &a[1]).slots;
    if slots.float().is_none() && slots.index().is_none() {
        return Err(t.type_error(format!("must be real number, not {}", type_name(t, &a[1]))));
    }
    in_class(t, &a[0], super::new::number(t, &a[1])?)
}

fn hex(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(crate::str::from_string(t, number::to_hex(own(&a[0]))))
}

fn is_integer(_: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(Value::bool(number::is_integer(own(&a[0]))))
}

fn getnewargs(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(crate::tuple::new(t, vec![new(t, own(&a[0]))]))
}

fn getformat(t: Attached<'_>, a: &[Value]) -> PyResult {
    if !crate::str::is_str(&a[1]) {
        return Err(t.type_error(format!("__getformat__() argument must be str, not {}", type_name(t, &a[1]))));
    }
    match crate::str::utf8(&a[1]) {
        Some("double" | "float") => Ok(crate::str::new(
            t,
            if cfg!(target_endian = "little") { "IEEE, little-endian" } else { "IEEE, big-endian" },
        )),
        _ => Err(t.value_error("__getformat__() argument 1 must be 'double' or 'float'")),
    }
}

fn format(t: Attached<'_>, a: &[Value]) -> PyResult {
    let Some(spec_text) = crate::str::as_str(&a[1]) else {
        return Err(t.type_error(format!("__format__() argument must be str, not {}", type_name(t, &a[1]))));
    };
    if spec_text.bytes().is_empty() {
        return crate::protocol::str(t, &a[0]);
    }
    let name = type_name(t, &a[0]);
    let spec = crate::number::format_spec(t, &a[1], Family::Float, &name)?;
    let locale = crate::number::Locale::of(t, spec.kind == Some('n'));
    let mut out = Scratch::new();
    check(t, orochi_number::format::write_float(&mut out, &spec, own(&a[0]), &name, &locale.view()))?;
    // SAFETY: all that is written are texts.
    unsafe { out.to_str(t) }
}
