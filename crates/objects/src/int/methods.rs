//! Methods of int.

use dashu_int::IBig;
use orochi_heap::Value;
use orochi_number::int as number;

use super::{IntView, TYPE, from_big, from_usize, new, to_plain, view};
use crate::number::check;
use crate::spec::Method;
use crate::thread::{Attached, PyResult};
use crate::type_::{class_of, type_name};

pub(super) const METHODS: &[Method] = &[
    Method::new("conjugate", "($self, /)", plain, "Returns self, the complex conjugate of any int."),
    Method::new("bit_length", "($self, /)", bit_length, "Number of bits necessary to represent self in binary."),
    Method::new("bit_count", "($self, /)", bit_count, "Number of ones in the binary representation of the absolute value of self."),
    Method::new(
        "to_bytes",
        "($self, /, length=1, byteorder='big', *, signed=False)",
        to_bytes,
        "Return an array of bytes representing an integer.",
    ),
    Method::class(
        "from_bytes",
        "($type, /, bytes, byteorder='big', *, signed=False)",
        from_bytes,
        "Return the integer represented by the given array of bytes.",
    ),
    Method::new("as_integer_ratio", "($self, /)", as_integer_ratio, "Return a pair of integers, whose ratio is equal to the original int."),
    Method::new("is_integer", "($self, /)", |_, _| Ok(Value::bool(true)), "Returns True. Exists for duck type compatibility with float.is_integer."),
    Method::new("__trunc__", "($self, /)", plain, "Truncating an Integral returns itself."),
    Method::new("__floor__", "($self, /)", plain, "Flooring an Integral returns itself."),
    Method::new("__ceil__", "($self, /)", plain, "Ceiling of an Integral returns itself."),
    Method::new("__round__", "($self, ndigits=None, /)", round, "Rounding an Integral returns itself."),
    Method::new("__getnewargs__", "($self, /)", getnewargs, ""),
    Method::new("__format__", "($self, format_spec, /)", super::text::format, "Convert to a string according to format_spec."),
    Method::new("__sizeof__", "($self, /)", sizeof, "Returns size in memory, in bytes."),
];

fn plain(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(to_plain(t, &a[0]))
}

fn own(v: &Value) -> IntView<'_> {
    view(v).unwrap_or(IntView::Small(0))
}

fn bit_length(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(match own(&a[0]) {
        IntView::Small(i) => Value::i32(64 - i.unsigned_abs().leading_zeros() as i32),
        IntView::Big(b) => from_usize(t, number::bit_length(b)),
    })
}

fn bit_count(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(match own(&a[0]) {
        IntView::Small(i) => Value::i32(i.unsigned_abs().count_ones() as i32),
        IntView::Big(b) => from_usize(t, number::bit_count(b)),
    })
}

/// `byteorder`: whether it is little.
fn byte_order(t: Attached<'_>, v: &Value, function: &str) -> PyResult<bool> {
    let Some(v) = v.given() else { return Ok(false) };
    if !crate::str::is_str(v) {
        return Err(t.type_error(format!("{function}() argument 'byteorder' must be str, not {}", type_name(t, v))));
    }
    match crate::str::utf8(v) {
        Some("little") => Ok(true),
        Some("big") => Ok(false),
        _ => Err(t.value_error("byteorder must be either 'little' or 'big'")),
    }
}

fn signed(t: Attached<'_>, v: &Value) -> PyResult<bool> {
    v.given().map_or(Ok(false), |v| crate::protocol::truth(t, v))
}

fn to_bytes(t: Attached<'_>, a: &[Value]) -> PyResult {
    let length = match a[1].given() {
        Some(v) => crate::protocol::as_size(t, v)?,
        None => 1,
    };
    let little = byte_order(t, &a[2], "to_bytes")?;
    let signed = signed(t, &a[3])?;
    let Ok(length) = usize::try_from(length) else {
        return Err(t.value_error("length argument must be non-negative"));
    };
    let bytes = check(t, number::to_bytes(&own(&a[0]).to_big(), length, little, signed))?;
    crate::bytes::try_new(t, &bytes)
}

fn from_bytes(t: Attached<'_>, a: &[Value]) -> PyResult {
    let little = byte_order(t, &a[2], "from_bytes")?;
    let signed = signed(t, &a[3])?;
    let bytes = bytes_of(t, &a[1])?;
    let value = number::from_bytes(&bytes, little, signed);
    if a[0].is(TYPE.get(t)) {
        return Ok(from_big(t, value));
    }
    let value = from_big(t, value);
    crate::protocol::call(t, &a[0], std::slice::from_ref(&value))
}

/// `bytes(v)` for what has bytes: a buffer, `__bytes__`, or an iterable of ints.
fn bytes_of(t: Attached<'_>, v: &Value) -> PyResult<Vec<u8>> {
    if let Some(b) = crate::bytes::as_bytes(v) {
        return Ok(b.to_vec());
    }
    if let Some(r) = crate::protocol::call_special(t, v, &t.names().__bytes__, &[])? {
        return match crate::bytes::as_bytes(&r) {
            Some(b) => Ok(b.to_vec()),
            None => Err(t.type_error(format!("__bytes__ returned non-bytes (type {})", type_name(t, &r)))),
        };
    }
    if let Some(open) = class_of(t, v).slots.buffer() {
        return Ok(open(t, v, false)?.to_vec());
    }
    if crate::str::is_str(v) || !crate::protocol::is_iterable(t, v) {
        return Err(t.type_error(format!("cannot convert '{}' object to bytes", type_name(t, v))));
    }
    let mut out = Vec::new();
    crate::protocol::for_each(t, v, |item| {
        let n = crate::protocol::as_size(t, &item)?;
        match u8::try_from(n) {
            Ok(b) => out.push(b),
            Err(_) => return Err(t.value_error("bytes must be in range(0, 256)")),
        }
        Ok(())
    })?;
    Ok(out)
}

fn as_integer_ratio(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(crate::tuple::new(t, vec![to_plain(t, &a[0]), Value::i32(1)]))
}

fn round(t: Attached<'_>, a: &[Value]) -> PyResult {
    let Some(digits) = a[1].given().filter(|d| !d.is_none()) else { return Ok(to_plain(t, &a[0])) };
    let digits = crate::protocol::as_index(t, digits)?;
    match view(&digits) {
        Some(d) if d.is_negative() => {
            // More places than any int has digits round to zero.
            let places = super::as_i64(&digits).map_or(usize::MAX, |d| d.unsigned_abs() as usize);
            let n = own(&a[0]).to_big();
            let rounded = if places > number::bit_length(&n) { IBig::ZERO } else { check(t, number::round_half_even(&n, places))? };
            Ok(from_big(t, rounded))
        }
        _ => Ok(to_plain(t, &a[0])),
    }
}

fn getnewargs(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(crate::tuple::new(t, vec![to_plain(t, &a[0])]))
}

/// As CPython's: a header of 24 bytes and 4 for each 30 bits.
fn sizeof(t: Attached<'_>, a: &[Value]) -> PyResult {
    let bits = match own(&a[0]) {
        IntView::Small(i) => 64 - i.unsigned_abs().leading_zeros() as usize,
        IntView::Big(b) => number::bit_length(b),
    };
    Ok(new(t, 24 + 4 * bits.div_ceil(30).max(1) as i64))
}
