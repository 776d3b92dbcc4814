//! What all file types share: errors of the system, argument conversions, calls of methods by name,
//! warnings.

use std::ffi::CString;

use orochi_host::Errno;
use orochi_objects::exception::{BlockingIOError, OSError, ResourceWarning};
use orochi_objects::spec::TypeSpec;
use orochi_objects::{Args, Attached, PyResult, Raised, Value, attr, bytes, dict, int, protocol, str, type_};

/// `object.name(args)`.
pub fn call(t: Attached<'_>, object: &Value, name: &Value, args: &[Value]) -> PyResult {
    protocol::call_method(t, object, name, args)
}

/// `object.name(args)` for a name that is not among the runtime's.
pub fn call_named(t: Attached<'_>, object: &Value, name: &str, args: &[Value]) -> PyResult {
    protocol::call_method(t, object, &str::intern(t, name), args)
}

/// Truth of `object.name()`.
pub fn ask(t: Attached<'_>, object: &Value, name: &Value) -> PyResult<bool> {
    let answer = call(t, object, name, &[])?;
    protocol::truth(t, &answer)
}

/// Truth of `object.closed`.
pub fn is_closed(t: Attached<'_>, object: &Value) -> PyResult<bool> {
    let closed = attr::get(t, object, &t.names().closed)?;
    protocol::truth(t, &closed)
}

/// `io.UnsupportedOperation(message)`.
#[cold]
pub fn unsupported(t: Attached<'_>, message: &str) -> Raised {
    match super::unsupported_operation(t).and_then(|class| protocol::call(t, &class, &[str::new(t, message)])) {
        Ok(e) => t.raise_value(e),
        Err(e) => e,
    }
}

/// ValueError for a closed file.
#[cold]
pub fn closed_error(t: Attached<'_>) -> Raised {
    t.value_error("I/O operation on closed file")
}

/// The OSError of an error number, of the subclass that fits it.
#[cold]
pub fn os_error(t: Attached<'_>, e: Errno) -> Raised {
    if e == Errno::ENOMEM {
        return t.memory_error();
    }
    t.raise_with(&OSError, vec![Value::i32(e.0), str::new(t, &e.message())])
}

/// As [`os_error`], with the file's name.
#[cold]
pub fn os_error_at(t: Attached<'_>, e: Errno, name: &Value) -> Raised {
    t.raise_with(&OSError, vec![Value::i32(e.0), str::new(t, &e.message()), name.clone()])
}

/// `BlockingIOError(EAGAIN, ..., written)`.
#[cold]
pub fn blocking_error(t: Attached<'_>, written: usize) -> Raised {
    let text = str::new(t, "write could not complete without blocking");
    t.raise_with(&BlockingIOError, vec![Value::i32(Errno::EAGAIN.0), text, int::from_usize(t, written)])
}

/// Repeats a blocking call, run detached, while signals interrupt it and their handlers raise nothing.
/// `None`: it would block.
pub fn blocking<R: Send>(
    t: Attached<'_>,
    mut call: impl FnMut() -> orochi_host::Result<R> + Send,
) -> PyResult<Option<R>> {
    loop {
        match t.detached(&mut call) {
            Ok(r) => return Ok(Some(r)),
            Err(Errno::EINTR) => t.safepoint()?,
            Err(Errno::EAGAIN) => return Ok(None),
            Err(e) => return Err(os_error(t, e)),
        }
    }
}

/// A size argument: omitted or None is -1.
pub fn size_arg(t: Attached<'_>, v: &Value) -> PyResult<isize> {
    match v.given() {
        None => Ok(-1),
        Some(v) if v.is_none() => Ok(-1),
        Some(v) if int::is_int(v) || type_::class_of(t, v).slots.index().is_some() => protocol::as_size(t, v),
        Some(v) => Err(t.type_error(format!("argument should be integer or None, not '{}'", type_::type_name(t, v)))),
    }
}

/// A size argument where None is not allowed: omitted is -1.
pub fn plain_size_arg(t: Attached<'_>, v: &Value) -> PyResult<isize> {
    v.given().map_or(Ok(-1), |v| protocol::as_size(t, v))
}

/// A file offset.
pub fn offset_arg(t: Attached<'_>, v: &Value) -> PyResult<i64> {
    let i = protocol::as_index(t, v)?;
    int::as_i64(&i).ok_or_else(|| t.overflow_error("Python int too large to convert to C long"))
}

/// The argument, or None if it was omitted.
pub fn or_none(v: &Value) -> Value {
    v.given().cloned().unwrap_or(Value::none())
}

/// An argument that is None (or omitted) or a str.
pub fn optional_str(t: Attached<'_>, v: &Value, function: &str, name: &str) -> PyResult<Option<String>> {
    match v.given() {
        None => Ok(None),
        Some(v) if v.is_none() => Ok(None),
        Some(v) => match str::as_str(v) {
            Some(s) if s.bytes().contains(&0) => Err(t.value_error("embedded null character")),
            Some(_) => Ok(Some(str::display(v))),
            None => Err(t.type_error(format!(
                "{function}() argument '{name}' must be str or None, not {}",
                type_::type_name(t, v)
            ))),
        },
    }
}

/// Truth of an optional argument.
pub fn flag_arg(t: Attached<'_>, v: &Value, default: bool) -> PyResult<bool> {
    v.given().map_or(Ok(default), |v| protocol::truth(t, v))
}

/// The bytes of a value that a method must give as bytes.
pub fn expect_bytes<'a>(t: Attached<'_>, v: &'a Value, what: &str) -> PyResult<&'a [u8]> {
    bytes::as_bytes(v).ok_or_else(|| {
        t.raise(&OSError, format!("{what} should have returned a bytes object, not '{}'", type_::type_name(t, v)))
    })
}

/// `os.fspath(v)`, a str or bytes.
pub fn fspath(t: Attached<'_>, v: &Value) -> PyResult {
    if str::is_str(v) || bytes::as_bytes(v).is_some() {
        return Ok(v.clone());
    }
    let Some(path) = protocol::call_special(t, v, &t.names().__fspath__, &[])? else {
        return Err(t.type_error(format!("expected str, bytes or os.PathLike object, not {}", type_::type_name(t, v))));
    };
    if str::is_str(&path) || bytes::as_bytes(&path).is_some() {
        return Ok(path);
    }
    Err(t.type_error(format!(
        "expected {}.__fspath__() to return str or bytes, not {}",
        type_::type_name(t, v),
        type_::type_name(t, &path)
    )))
}

/// A path (str or bytes) as the system takes it: UTF-8 with escaped bytes restored.
pub fn path_to_c(t: Attached<'_>, path: &Value) -> PyResult<CString> {
    let bytes = match (str::as_str(path), bytes::as_bytes(path)) {
        (Some(s), _) => super::coder::Native::new(super::coder::NativeCodec::Utf8, orochi_text::codecs::Builtin::SurrogateEscape)
            .encode(t, path, s.wtf8())?,
        (None, Some(b)) => b.to_vec(),
        (None, None) => return Err(t.type_error("path must be str or bytes")),
    };
    CString::new(bytes).map_err(|_| t.value_error("embedded null byte"))
}

/// `warnings.warn(message, category, stacklevel, source)`, if the module `_warnings` is there.
pub fn warn(t: Attached<'_>, category: &'static TypeSpec, message: &str, source: Option<&Value>) -> PyResult<()> {
    warn_at(t, category, message, 1, source)
}

/// As [`warn`], seen from `level` frames above.
pub fn warn_at(
    t: Attached<'_>,
    category: &'static TypeSpec,
    message: &str,
    level: i64,
    source: Option<&Value>,
) -> PyResult<()> {
    let modules = t.interpreter().modules.load();
    if dict::as_dict(&modules).is_none() {
        return Ok(());
    }
    let Some(module) = dict::get_by_name(t, &modules, "_warnings") else { return Ok(()) };
    let f = attr::get_by_name(t, &module, "warn")?;
    let names = [str::intern(t, "stacklevel"), str::intern(t, "source")];
    let source = source.cloned().unwrap_or(Value::none());
    let all = [str::new(t, message), category.get(t).clone(), int::new(t, level), source];
    protocol::call_args(t, &f, Args::with_names(&all, &names)).map(drop)
}

/// ResourceWarning that `source` was not closed; an exception made of it is reported, not raised.
pub fn warn_unclosed(t: Attached<'_>, source: &Value) {
    let message = format!("unclosed file {}", protocol::display_repr(t, source));
    if let Err(e) = warn(t, &ResourceWarning, &message, Some(source)) {
        // An error of the warning itself; a warning turned into an exception is reported as well.
        (t.runtime().upward.unraisable)(t, e, "Exception ignored in", source);
    }
}

/// Runs `then` after `first` in every case. If both raise, the second exception has the first as context.
pub fn both(t: Attached<'_>, first: PyResult<()>, then: impl FnOnce() -> PyResult<()>) -> PyResult<()> {
    match first {
        Ok(()) => then(),
        Err(e) => {
            let e = t.take_raised(e);
            match then() {
                Ok(()) => Err(t.set_raised(e)),
                Err(second) => {
                    let second = t.take_raised(second);
                    if let Some(body) = orochi_objects::exception::as_exception(&second)
                        && !second.is(&e)
                    {
                        body.context.set(e);
                    }
                    Err(t.set_raised(second))
                }
            }
        }
    }
}

/// What an object's repr says of its attribute `name`; `None` if it has none or cannot give it.
pub fn name_for_repr(t: Attached<'_>, this: &Value) -> PyResult<Option<String>> {
    let found = match attr::find(t, this, &t.names().name) {
        Ok(found) => found,
        Err(e) => {
            drop(t.catch(e, &orochi_objects::exception::ValueError)?);
            None
        }
    };
    let Some(name) = found else { return Ok(None) };
    let text = t.printing(this, || protocol::repr(t, &name))?;
    match text {
        Some(text) => Ok(Some(str::display(&text))),
        None => Err(t.raise(
            &orochi_objects::exception::RuntimeError,
            format!("reentrant call inside {}.__repr__", type_::type_name(t, this)),
        )),
    }
}

/// `__getstate__` and `__reduce_ex__` of files.
pub fn refuse_pickle(t: Attached<'_>, a: &[Value]) -> PyResult {
    Err(t.type_error(format!("cannot pickle '{}' instances", type_::type_name(t, &a[0]))))
}
