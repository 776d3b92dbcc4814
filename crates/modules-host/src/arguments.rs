//! What native functions of the system take: C integers, descriptors, file names, paths.
//!
//! File names are text in UTF-8; bytes that are no UTF-8 stand as U+DC80 to U+DCFF (PEP 383).

use std::ffi::CString;

use orochi_objects::type_::type_name;
use orochi_objects::{Attached, PyResult, Raised, Value, attr, bytes, dict, exception, int, list, protocol, str, tuple};
use orochi_text::{Wtf8, Wtf8Buf};

/// An argument as C `int`.
pub fn c_int(t: Attached<'_>, v: &Value) -> PyResult<i32> {
    let n = protocol::as_index(t, v)?;
    match int::as_i64(&n).map(i32::try_from) {
        Some(Ok(n)) => Ok(n),
        _ => Err(t.overflow_error("Python int too large to convert to C int")),
    }
}

/// An argument as C `int` that may be omitted.
pub fn c_int_or(t: Attached<'_>, v: &Value, default: i32) -> PyResult<i32> {
    v.given().map_or(Ok(default), |v| c_int(t, v))
}

/// An argument as C `long`.
pub fn c_long(t: Attached<'_>, v: &Value) -> PyResult<i64> {
    let n = protocol::as_index(t, v)?;
    int::as_i64(&n).ok_or_else(|| t.overflow_error("Python int too large to convert to C long"))
}

/// An argument as C `unsigned int`, wrapping as C does.
pub fn c_uint_wrapping(t: Attached<'_>, v: &Value) -> PyResult<u32> {
    let n = protocol::as_index(t, v)?;
    Ok(int::as_i64(&n).map_or(u32::MAX, |n| n as u32))
}

/// An argument as `u64`; OverflowError outside.
pub fn c_ulong(t: Attached<'_>, v: &Value) -> PyResult<u64> {
    let n = protocol::as_index(t, v)?;
    if let Some(n) = int::as_i64(&n) {
        return u64::try_from(n).map_err(|_| t.overflow_error("can't convert negative value to unsigned int"));
    }
    int::as_big(&n)
        .and_then(|n| u64::try_from(&n).ok())
        .ok_or_else(|| t.overflow_error("Python int too large to convert to C unsigned long"))
}

/// A flag argument by its truth.
pub fn flag(t: Attached<'_>, v: &Value, default: bool) -> PyResult<bool> {
    v.given().map_or(Ok(default), |v| protocol::truth(t, v))
}

/// A user or group id; -1 is "no change". `what` is `uid` or `gid`.
pub fn user_id(t: Attached<'_>, v: &Value, what: &str) -> PyResult<u32> {
    let n = match protocol::as_index(t, v) {
        Ok(n) => n,
        Err(e) => {
            drop(t.catch(e, &exception::TypeError)?);
            return Err(t.type_error(format!("{what} should be integer, not {}", type_name(t, v))));
        }
    };
    match int::as_i64(&n) {
        Some(-1) => Ok(u32::MAX),
        Some(n) if n < 0 => Err(t.overflow_error(format!("{what} is less than minimum"))),
        Some(n) if n < i64::from(u32::MAX) => Ok(n as u32),
        _ => Err(t.overflow_error(format!("{what} is greater than maximum"))),
    }
}

/// A descriptor: an int, or an object with `fileno()`.
pub fn descriptor(t: Attached<'_>, v: &Value) -> PyResult<i32> {
    let n = if int::is_int(v) {
        c_int(t, v)?
    } else {
        let Some(method) = attr::find(t, v, &t.names().fileno)? else {
            return Err(t.type_error("argument must be an int, or have a fileno() method."));
        };
        let n = protocol::call(t, &method, &[])?;
        if !int::is_int(&n) {
            return Err(t.type_error("fileno() returned a non-integer"));
        }
        c_int(t, &n)?
    };
    if n < 0 {
        return Err(t.value_error(format!("file descriptor cannot be a negative integer ({n})")));
    }
    Ok(n)
}

/// A str of bytes from the system.
pub fn decoded(t: Attached<'_>, bytes: &[u8]) -> Value {
    str::from_buf(t, Wtf8Buf::from_system(bytes))
}

/// The bytes for the system of a text; UnicodeEncodeError for other surrogates than those of [`decoded`].
pub fn encode(t: Attached<'_>, v: &Value, text: &Wtf8) -> PyResult<Vec<u8>> {
    if let Some(plain) = text.as_str() {
        return Ok(plain.as_bytes().to_vec());
    }
    let mut out = Vec::new();
    for (i, c) in text.chars().enumerate() {
        let n = c.to_u32();
        if (0xDC80..=0xDCFF).contains(&n) {
            out.push((n - 0xDC00) as u8);
        } else if c.is_surrogate() {
            return Err(encode_error(t, v, i));
        } else {
            out.extend_from_slice(c.encode(&mut [0; 4]));
        }
    }
    Ok(out)
}

fn encode_error(t: Attached<'_>, v: &Value, at: usize) -> Raised {
    let reason = str::new(t, "surrogates not allowed");
    let args = vec![str::new(t, "utf-8"), v.clone(), int::from_usize(t, at), int::from_usize(t, at + 1), reason];
    t.raise_with(&exception::UnicodeEncodeError, args)
}

/// `os.fspath(v)`: a str or bytes object.
pub fn fspath(t: Attached<'_>, v: &Value) -> PyResult {
    if str::is_str(v) || bytes::as_bytes(v).is_some() {
        return Ok(v.clone());
    }
    let Some(path) = protocol::call_special(t, v, &t.names().__fspath__, &[])? else {
        return Err(t.type_error(format!("expected str, bytes or os.PathLike object, not {}", type_name(t, v))));
    };
    if str::is_str(&path) || bytes::as_bytes(&path).is_some() {
        return Ok(path);
    }
    Err(t.type_error(format!(
        "expected {}.__fspath__() to return str or bytes, not {}",
        type_name(t, v),
        type_name(t, &path)
    )))
}

/// The bytes of a str or bytes object without NUL, for C.
fn c_string_of(t: Attached<'_>, v: &Value, nul: impl FnOnce() -> String) -> PyResult<CString> {
    let raw = match (str::wtf8(v), bytes::as_bytes(v)) {
        (Some(text), _) => encode(t, v, text)?,
        (None, Some(raw)) => raw.to_vec(),
        _ => return Err(t.type_error(format!("expected str or bytes, not {}", type_name(t, v)))),
    };
    CString::new(raw).map_err(|_| t.value_error(nul()))
}

/// A file name for C: str, bytes or PathLike.
pub fn file_name(t: Attached<'_>, v: &Value) -> PyResult<CString> {
    let path = fspath(t, v)?;
    c_string_of(t, &path, || "embedded null byte".to_owned())
}

/// A str argument for C in UTF-8; `what` names function and argument in errors.
pub fn text(t: Attached<'_>, v: &Value, what: &str) -> PyResult<CString> {
    str::expect(t, v, what)?;
    c_string_of(t, v, || "embedded null character".to_owned())
}

/// What a path argument may be besides str, bytes and PathLike.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Also {
    /// Nothing else.
    Nothing,
    /// An open descriptor.
    Descriptor,
    /// None, for the current directory.
    None,
    /// Both.
    DescriptorOrNone,
}

/// A path argument.
pub struct Path {
    /// What was passed, for error messages.
    pub object: Value,
    /// The name; empty for a descriptor.
    pub name: CString,
    /// The open file instead of a name.
    pub fd: Option<i32>,
    /// Whether it was bytes: then results are bytes.
    pub is_bytes: bool,
}

impl Path {
    /// Reads argument `what` of `function`.
    pub fn of(t: Attached<'_>, v: &Value, function: &str, what: &str, also: Also) -> PyResult<Path> {
        let fd_ok = matches!(also, Also::Descriptor | Also::DescriptorOrNone);
        let none_ok = matches!(also, Also::None | Also::DescriptorOrNone);
        let v = match v.given() {
            Some(v) if !(none_ok && v.is_none()) => v,
            _ => return Ok(Path { object: Value::none(), name: c".".to_owned(), fd: None, is_bytes: false }),
        };
        let is_name = str::is_str(v) || bytes::as_bytes(v).is_some();
        if !is_name && fd_ok && orochi_objects::type_::class_of(t, v).slots.index().is_some() {
            let n = protocol::as_index(t, v)?;
            let fd = match int::as_i64(&n).map(i32::try_from) {
                Some(Ok(fd)) => fd,
                _ if int::as_i64(&n).is_some_and(|n| n < 0) => return Err(t.overflow_error("fd is less than minimum")),
                _ => return Err(t.overflow_error("fd is greater than maximum")),
            };
            return Ok(Path { object: v.clone(), name: CString::default(), fd: Some(fd), is_bytes: false });
        }
        let path = if is_name {
            v.clone()
        } else if protocol::has_special(t, v, &t.names().__fspath__) {
            fspath(t, v)?
        } else {
            let allowed = match also {
                Also::DescriptorOrNone => "string, bytes, os.PathLike, integer or None",
                Also::Descriptor => "string, bytes, os.PathLike or integer",
                Also::None => "string, bytes, os.PathLike or None",
                Also::Nothing => "string, bytes or os.PathLike",
            };
            return Err(t.type_error(format!("{function}: {what} should be {allowed}, not {}", type_name(t, v))));
        };
        let name = c_string_of(t, &path, || format!("{function}: embedded null character in {what}"))?;
        Ok(Path { object: v.clone(), name, fd: None, is_bytes: bytes::as_bytes(&path).is_some() })
    }
    /// A result of the same kind: bytes for bytes, else str.
    pub fn result(&self, t: Attached<'_>, raw: &[u8]) -> Value {
        if self.is_bytes { bytes::new(t, raw) } else { decoded(t, raw) }
    }
    /// OSError about this file.
    pub fn error(&self, t: Attached<'_>, error: orochi_host::Errno) -> Raised {
        crate::errors::file_error(t, error, &self.object)
    }
    /// The result of a system call, or OSError about this file.
    pub fn check<R>(&self, t: Attached<'_>, result: orochi_host::Result<R>) -> PyResult<R> {
        result.map_err(|e| self.error(t, e))
    }
}

/// A `dir_fd` argument: a descriptor, or the current directory.
pub fn dir_fd(t: Attached<'_>, v: &Value) -> PyResult<Option<i32>> {
    let Some(v) = v.given().filter(|v| !v.is_none()) else { return Ok(None) };
    if orochi_objects::type_::class_of(t, v).slots.index().is_none() {
        return Err(t.type_error(format!("argument should be integer or None, not {}", type_name(t, v))));
    }
    let n = protocol::as_index(t, v)?;
    match int::as_i64(&n).map(i32::try_from) {
        Some(Ok(fd)) => Ok(Some(fd)),
        _ if int::as_i64(&n).is_some_and(|n| n < 0) => Err(t.overflow_error("fd is less than minimum")),
        _ => Err(t.overflow_error("fd is greater than maximum")),
    }
}

/// A list or tuple as a vector, `None` for other values.
pub fn list_or_tuple(v: &Value) -> Option<Vec<Value>> {
    match (list::as_list(v), tuple::as_tuple(v)) {
        (Some(l), _) => Some(l.to_vec()),
        (None, Some(tuple)) => Some(tuple.items().to_vec()),
        _ => None,
    }
}

/// The file names in a list or tuple.
pub fn file_names(t: Attached<'_>, items: &[Value]) -> PyResult<Vec<CString>> {
    items.iter().map(|v| file_name(t, v)).collect()
}

/// Puts a table of constants into a namespace.
pub fn constants(t: Attached<'_>, namespace: &Value, table: &[(&'static str, i64)]) {
    for &(name, value) in table {
        dict::set_by_name(t, namespace, name, int::new(t, value));
    }
}

/// A str for a message of this program.
pub fn message(t: Attached<'_>, text: impl AsRef<std::primitive::str>) -> Value {
    str::new(t, text.as_ref())
}
