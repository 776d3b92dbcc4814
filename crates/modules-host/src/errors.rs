//! From the numbers that system calls fail with to Python's exceptions, and the retry of interrupted
//! calls (PEP 475).

use orochi_host::Errno;
use orochi_objects::{Attached, PyResult, Raised, Value, exception, int, str};

/// OSError (or the subclass that belongs to the number).
#[cold]
pub fn os_error(t: Attached<'_>, error: Errno) -> Raised {
    t.raise_with(&exception::OSError, vec![int::new(t, i64::from(error.0)), str::new(t, &error.message())])
}

/// OSError with the name of the file.
#[cold]
pub fn file_error(t: Attached<'_>, error: Errno, file: &Value) -> Raised {
    let args = vec![int::new(t, i64::from(error.0)), str::new(t, &error.message()), file.clone()];
    t.raise_with(&exception::OSError, args)
}

/// OSError with the names of two files.
#[cold]
pub fn two_files_error(t: Attached<'_>, error: Errno, first: &Value, second: &Value) -> Raised {
    let (number, text) = (int::new(t, i64::from(error.0)), str::new(t, &error.message()));
    t.raise_with(&exception::OSError, vec![number, text, first.clone(), Value::none(), second.clone()])
}

/// The result of a system call, or OSError.
pub fn check<R>(t: Attached<'_>, result: orochi_host::Result<R>) -> PyResult<R> {
    result.map_err(|e| os_error(t, e))
}

/// Runs a system call detached, once more after each interruption by a signal whose handler does not
/// raise. What the call failed with otherwise is the caller's business.
pub fn retry<R: Send>(
    t: Attached<'_>,
    mut call: impl FnMut() -> orochi_host::Result<R> + Send,
) -> PyResult<orochi_host::Result<R>> {
    loop {
        match t.detached(&mut call) {
            Err(Errno::EINTR) => t.safepoint()?,
            result => return Ok(result),
        }
    }
}

/// [`retry`], and OSError if the call fails.
pub fn blocking<R: Send>(t: Attached<'_>, call: impl FnMut() -> orochi_host::Result<R> + Send) -> PyResult<R> {
    let result = retry(t, call)?;
    check(t, result)
}

/// [`blocking`] for calls that give nothing.
pub fn blocking_none(t: Attached<'_>, call: impl FnMut() -> orochi_host::Result<()> + Send) -> PyResult {
    blocking(t, call)?;
    Ok(Value::none())
}

/// Issues a warning as `warnings.warn` does. Raises what a filter makes of it.
pub fn warn(t: Attached<'_>, category: &'static orochi_objects::TypeSpec, message: &str) -> PyResult<()> {
    let import = orochi_objects::protocol::builtin(t, "__import__")?;
    let warnings = orochi_objects::protocol::call(t, &import, &[orochi_objects::str::new(t, "warnings")])?;
    let warn = orochi_objects::attr::get_by_name(t, &warnings, "warn")?;
    let message = orochi_objects::str::new(t, message);
    orochi_objects::protocol::call(t, &warn, &[message, category.get(t).clone()]).map(drop)
}
