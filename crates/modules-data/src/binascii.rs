//! `binascii`: bytes as printable text and back: hexadecimal, base64, uuencode, quoted-printable;
//! checksums.

use std::borrow::Cow;

use orochi_objects::exception::{self, PyException};
use orochi_objects::spec::flags;
use orochi_objects::type_::type_name;
use orochi_objects::{Attached, Method, ModuleSpec, PyResult, Raised, TypeSpec, Value};
use orochi_objects::{buffer, bytes, int, protocol, str};

mod base64;
mod quoted_printable;
#[cfg(test)]
mod tests;
mod uu;

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("binascii")
    .doc("Conversion between binary data and ASCII")
    .functions(&[
        Method::new("a2b_base64", "(data, /, *, strict_mode=False)", a2b_base64, "Bytes from base64."),
        Method::new("a2b_hex", "(hexstr, /)", unhexlify, "Bytes from hexadecimal digits."),
        Method::new("a2b_qp", "(data, header=False)", a2b_qp, "Bytes from quoted-printable."),
        Method::new("a2b_uu", "(data, /)", a2b_uu, "Bytes from a uuencoded line."),
        Method::new("b2a_base64", "(data, /, *, newline=True)", b2a_base64, "Bytes as base64."),
        Method::new("b2a_hex", "(data, sep=None, bytes_per_sep=1)", hexlify, "Bytes as hexadecimal digits."),
        Method::new("b2a_qp", "(data, quotetabs=False, istext=True, header=False)", b2a_qp, "Bytes as quoted-printable."),
        Method::new("b2a_uu", "(data, /, *, backtick=False)", b2a_uu, "Bytes as a uuencoded line."),
        Method::new("crc32", "(data, crc=0, /)", crc32, "CRC-32 checksum."),
        Method::new("crc_hqx", "(data, crc, /)", crc_hqx, "CRC-CCITT checksum."),
        Method::new("hexlify", "(data, sep=None, bytes_per_sep=1)", hexlify, "Bytes as hexadecimal digits."),
        Method::new("unhexlify", "(hexstr, /)", unhexlify, "Bytes from hexadecimal digits."),
    ])
    .types(&[&ERROR, &INCOMPLETE]);

/// `binascii.Error`.
pub static ERROR: TypeSpec =
    TypeSpec::new::<PyException>("binascii.Error").base(&exception::ValueError).flags(flags::BASETYPE).mutable();
/// `binascii.Incomplete`.
pub static INCOMPLETE: TypeSpec =
    TypeSpec::new::<PyException>("binascii.Incomplete").base(&exception::Exception).flags(flags::BASETYPE).mutable();

#[cold]
fn error(t: Attached<'_>, message: impl AsRef<::core::primitive::str>) -> Raised {
    t.raise(&ERROR, message)
}

/// Bytes, or the bytes of an ASCII str.
fn ascii_arg<'a>(t: Attached<'_>, v: &'a Value) -> PyResult<Cow<'a, [u8]>> {
    if let Some(s) = str::as_str(v) {
        if !s.is_ascii() {
            return Err(t.value_error("string argument should contain only ASCII characters"));
        }
        return Ok(Cow::Borrowed(s.bytes()));
    }
    if let Some(b) = bytes::as_bytes(v) {
        return Ok(Cow::Borrowed(b));
    }
    if !buffer::is_exporter(t, v) {
        let given = type_name(t, v);
        return Err(t.type_error(format!("argument should be bytes, buffer or ASCII string, not '{given}'")));
    }
    Ok(Cow::Owned(buffer::get(t, v, false)?.to_vec()))
}

fn data_arg<'a>(t: Attached<'_>, v: &'a Value) -> PyResult<Cow<'a, [u8]>> {
    match bytes::as_bytes(v) {
        Some(b) => Ok(Cow::Borrowed(b)),
        None => Ok(Cow::Owned(buffer::read_arg(t, v, "")?.to_vec())),
    }
}

fn flag(t: Attached<'_>, v: &Value, default: bool) -> PyResult<bool> {
    v.given().map_or(Ok(default), |v| protocol::truth(t, v))
}

fn hexlify(t: Attached<'_>, a: &[Value]) -> PyResult {
    let data = data_arg(t, &a[0])?;
    let digits = orochi_objects::bytes::hex_text(t, &data, &a[1], &a[2])?;
    bytes::try_new(t, str::as_str(&digits).map_or(&[][..], |s| s.bytes()))
}

fn unhexlify(t: Attached<'_>, a: &[Value]) -> PyResult {
    let text = ascii_arg(t, &a[0])?;
    if text.len() % 2 != 0 {
        return Err(error(t, "Odd-length string"));
    }
    let digit = |b: u8| (b as char).to_digit(16).map(|d| d as u8);
    let mut out = Vec::with_capacity(text.len() / 2);
    for pair in text.chunks_exact(2) {
        match (digit(pair[0]), digit(pair[1])) {
            (Some(high), Some(low)) => out.push(high << 4 | low),
            _ => return Err(error(t, "Non-hexadecimal digit found")),
        }
    }
    bytes::try_new(t, &out)
}

fn a2b_base64(t: Attached<'_>, a: &[Value]) -> PyResult {
    let text = ascii_arg(t, &a[0])?;
    let strict = flag(t, &a[1], false)?;
    let out = base64::decode(&text, strict).map_err(|m| error(t, m))?;
    bytes::try_new(t, &out)
}
fn b2a_base64(t: Attached<'_>, a: &[Value]) -> PyResult {
    let data = data_arg(t, &a[0])?;
    let newline = flag(t, &a[1], true)?;
    bytes::try_new(t, &base64::encode(&data, newline))
}

fn a2b_uu(t: Attached<'_>, a: &[Value]) -> PyResult {
    let text = ascii_arg(t, &a[0])?;
    let out = uu::decode(&text).map_err(|m| error(t, m))?;
    bytes::try_new(t, &out)
}
fn b2a_uu(t: Attached<'_>, a: &[Value]) -> PyResult {
    let data = data_arg(t, &a[0])?;
    let backtick = flag(t, &a[1], false)?;
    if data.len() > 45 {
        return Err(error(t, "At most 45 bytes at once"));
    }
    bytes::try_new(t, &uu::encode(&data, backtick))
}

fn a2b_qp(t: Attached<'_>, a: &[Value]) -> PyResult {
    let text = ascii_arg(t, &a[0])?;
    let header = flag(t, &a[1], false)?;
    bytes::try_new(t, &quoted_printable::decode(&text, header))
}
fn b2a_qp(t: Attached<'_>, a: &[Value]) -> PyResult {
    let data = data_arg(t, &a[0])?;
    let (tabs, text, header) = (flag(t, &a[1], false)?, flag(t, &a[2], true)?, flag(t, &a[3], false)?);
    bytes::try_new(t, &quoted_printable::encode(&data, tabs, text, header))
}

/// An unsigned 32-bit argument; other bits are cut off.
pub(crate) fn word_arg(t: Attached<'_>, v: &Value, default: u32) -> PyResult<u32> {
    match v.given() {
        None => Ok(default),
        Some(v) => {
            let i = protocol::as_index(t, v)?;
            Ok(match int::as_i64(&i) {
                Some(i) => i as u32,
                None => int::as_big(&i).map_or(0, |b| orochi_number::int::low_u64(&b) as u32),
            })
        }
    }
}

/// Bytes from which on a checksum gives the lock away.
pub(crate) const DETACH_FROM: usize = 5 * 1024;

/// CRC-32 of a buffer, continued.
pub(crate) fn crc32(t: Attached<'_>, a: &[Value]) -> PyResult {
    let start = word_arg(t, &a[1], 0)?;
    let data = data_arg(t, &a[0])?;
    let run = || {
        let mut hasher = crc32fast::Hasher::new_with_initial(start);
        hasher.update(&data);
        hasher.finalize()
    };
    let crc = if data.len() > DETACH_FROM { t.detached(run) } else { run() };
    Ok(int::new(t, i64::from(crc)))
}

fn crc_hqx(t: Attached<'_>, a: &[Value]) -> PyResult {
    let mut crc = word_arg(t, &a[1], 0)? & 0xFFFF;
    for &b in data_arg(t, &a[0])?.iter() {
        crc ^= u32::from(b) << 8;
        for _ in 0..8 {
            crc = if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 };
        }
        crc &= 0xFFFF;
    }
    Ok(int::new(t, i64::from(crc)))
}
