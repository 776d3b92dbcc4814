//! One item: value to bytes and back. Slices have the code's size.

use orochi_number::complex::Complex;
use orochi_number::pack as floats;
use orochi_objects::protocol;
use orochi_objects::type_::class_of;
use orochi_objects::{Attached, PyResult, Value, bytes, complex, float, int};

use super::error;
use super::layout::{Code, Order};

fn put(code: &Code, out: &mut [u8], little: &[u8]) {
    out.copy_from_slice(&little[..out.len()]);
    if code.order == Order::Big {
        out.reverse();
    }
}

/// The low bytes of an item as a little-endian number.
fn number(code: &Code, from: &[u8]) -> u64 {
    let mut all = [0u8; 8];
    all[..from.len()].copy_from_slice(from);
    if code.order == Order::Big {
        all[..from.len()].reverse();
    }
    u64::from_le_bytes(all)
}

fn integer(t: Attached<'_>, v: &Value) -> PyResult<Option<i128>> {
    let small = |v: &Value| match int::as_i64(v) {
        Some(i) => Some(i128::from(i)),
        None => int::as_big(v).and_then(|b| i128::try_from(&b).ok()),
    };
    if int::is_int(v) {
        return Ok(small(v));
    }
    if class_of(t, v).slots.index().is_none() {
        return Err(error(t, "required argument is not an integer"));
    }
    Ok(small(&protocol::as_index(t, v)?))
}

fn pack_int(t: Attached<'_>, code: &Code, v: &Value, out: &mut [u8]) -> PyResult<()> {
    let n = integer(t, v)?;
    let bits = 8 * code.size as u32;
    let (low, high) = match code.format {
        b'P' => (i128::from(i64::MIN), i128::from(u64::MAX)),
        c if c.is_ascii_lowercase() => (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1),
        _ => (0, (1i128 << bits) - 1),
    };
    match n {
        Some(n) if (low..=high).contains(&n) => {
            put(code, out, &(n as u64).to_le_bytes());
            Ok(())
        }
        _ if code.format == b'P' => Err(error(t, "int too large to convert")),
        _ => Err(error(t, format!("'{}' format requires {low} <= number <= {high}", code.format as char))),
    }
}

fn real(t: Attached<'_>, v: &Value) -> PyResult<f64> {
    if let Some(f) = float::as_f64(v) {
        return Ok(f);
    }
    protocol::to_float(t, v).map_err(|e| {
        drop(t.take_raised(e));
        error(t, "required argument is not a float")
    })
}

fn pack_real(t: Attached<'_>, code: &Code, kind: u8, x: f64, out: &mut [u8]) -> PyResult<()> {
    let too_large = |c| t.overflow_error(format!("float too large to pack with {c} format"));
    match kind {
        b'e' => put(code, out, &floats::pack_half(x).map_err(|_| too_large('e'))?.to_le_bytes()),
        b'f' => put(code, out, &floats::pack_single(x).map_err(|_| too_large('f'))?.to_le_bytes()),
        _ => put(code, out, &x.to_le_bytes()),
    }
    Ok(())
}

/// Writes a value.
pub(super) fn pack(t: Attached<'_>, code: &Code, v: &Value, out: &mut [u8]) -> PyResult<()> {
    match code.format {
        b'c' => match bytes::as_bytes(v) {
            Some([b]) => out[0] = *b,
            _ => return Err(error(t, "char format requires a bytes object of length 1")),
        },
        b'?' => out[0] = u8::from(protocol::truth(t, v)?),
        b's' | b'p' => {
            let copy;
            let from = match (bytes::as_bytes(v), orochi_objects::bytearray::as_bytearray(v)) {
                (Some(b), _) => b,
                (_, Some(b)) => {
                    copy = b.to_vec();
                    &copy
                }
                _ => return Err(error(t, format!("argument for '{}' must be a bytes object", code.format as char))),
            };
            let out = match (code.format, out) {
                (b's', out) => out,
                (_, [len, out @ ..]) => {
                    *len = from.len().min(out.len()).min(255) as u8;
                    out
                }
                (_, _) => return Ok(()),
            };
            let n = from.len().min(out.len());
            out[..n].copy_from_slice(&from[..n]);
        }
        b'e' | b'f' | b'd' => pack_real(t, code, code.format, real(t, v)?, out)?,
        b'F' | b'D' => {
            let z = match complex::as_complex(v) {
                Some(z) => (z.re, z.im),
                None => match protocol::to_float(t, v) {
                    Ok(x) => (x, 0.0),
                    Err(e) => {
                        drop(t.take_raised(e));
                        return Err(error(t, "required argument is not a complex"));
                    }
                },
            };
            let half = code.size / 2;
            let kind = if code.format == b'F' { b'f' } else { b'd' };
            pack_real(t, code, kind, z.0, &mut out[..half])?;
            pack_real(t, code, kind, z.1, &mut out[half..])?;
        }
        _ => pack_int(t, code, v, out)?,
    }
    Ok(())
}

/// Reads a value.
pub(super) fn unpack(t: Attached<'_>, code: &Code, from: &[u8]) -> PyResult {
    let real = |kind: u8, from: &[u8]| match kind {
        b'e' => floats::unpack_half(number(code, from) as u16),
        b'f' => floats::unpack_single(number(code, from) as u32),
        _ => f64::from_bits(number(code, from)),
    };
    Ok(match code.format {
        b'c' | b's' => return bytes::try_new(t, from),
        b'p' => {
            let n = match from {
                [len, rest @ ..] => usize::from(*len).min(rest.len()),
                [] => return bytes::try_new(t, &[]),
            };
            return bytes::try_new(t, &from[1..1 + n]);
        }
        b'?' => Value::bool(from[0] != 0),
        b'e' | b'f' | b'd' => float::new(t, real(code.format, from)),
        b'F' | b'D' => {
            let half = code.size / 2;
            let kind = if code.format == b'F' { b'f' } else { b'd' };
            complex::new(t, Complex { re: real(kind, &from[..half]), im: real(kind, &from[half..]) })
        }
        c => {
            let n = number(code, from);
            if c.is_ascii_lowercase() {
                let shift = 64 - 8 * code.size as u32;
                int::new(t, ((n << shift) as i64) >> shift)
            } else {
                match i64::try_from(n) {
                    Ok(i) => int::new(t, i),
                    Err(_) => int::from_big(t, n.into()),
                }
            }
        }
    })
}
