//! `fcntl`: control of descriptors, and locks on files.

use orochi_host::{constants, fs};
use orochi_objects::{Attached, Method, ModuleSpec, PyResult, Value, buffer, bytes, int, protocol, str};

use crate::arguments::{c_int, c_int_or, c_long, descriptor, flag};
use crate::errors::{blocking, blocking_none, check, os_error};

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("fcntl")
    .doc("This module performs file control and I/O control on file\ndescriptors.")
    .functions(&[
        Method::new("fcntl", "(fd, cmd, arg=0, /)", fcntl, "Perform the operation `cmd` on file descriptor fd."),
        Method::new("ioctl", "(fd, request, arg=0, mutate_flag=True, /)", ioctl, "Perform the operation request on file descriptor fd."),
        Method::new("flock", "(fd, operation, /)", flock, "Perform the lock operation on file descriptor fd."),
        Method::new("lockf", "(fd, cmd, len=0, start=0, whence=0, /)", lockf, "A wrapper around the fcntl() locking calls."),
    ])
    .exec(|t, namespace| {
        crate::arguments::constants(t, namespace, constants::fcntl_constants());
        Ok(())
    });

/// Longest argument that is passed by value.
const LONGEST: usize = 1024;

/// A number argument as C reads it: signed or unsigned, 32 bits count.
fn number(t: Attached<'_>, v: &Value) -> PyResult<i64> {
    let n = protocol::as_index(t, v)?;
    int::as_i64(&n).ok_or_else(|| t.overflow_error("Python int too large to convert to C long"))
}

/// The bytes of a str or buffer argument; `None` for numbers.
fn content(t: Attached<'_>, v: &Value, function: &str) -> PyResult<Option<Vec<u8>>> {
    let raw = if str::is_str(v) {
        crate::arguments::text(t, v, function)?.into_bytes()
    } else if buffer::is_exporter(t, v) {
        buffer::get(t, v, false)?.to_vec()
    } else {
        return Ok(None);
    };
    if raw.len() > LONGEST {
        return Err(t.value_error(format!("{function} argument 3 is too long")));
    }
    Ok(Some(raw))
}

fn fcntl(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (fd, command) = (descriptor(t, &a[0])?, c_int(t, &a[1])?);
    let Some(v) = a[2].given() else { return Ok(int::new(t, i64::from(blocking(t, || fs::fcntl(fd, command, 0))?))) };
    if let Some(mut raw) = content(t, v, "fcntl")? {
        blocking(t, || fs::fcntl_bytes(fd, command, &mut raw))?;
        return bytes::try_new(t, &raw);
    }
    let n = number(t, v)?;
    Ok(int::new(t, i64::from(blocking(t, || fs::fcntl(fd, command, n))?)))
}

fn ioctl(t: Attached<'_>, a: &[Value]) -> PyResult {
    let fd = descriptor(t, &a[0])?;
    let request = {
        let n = protocol::as_index(t, &a[1])?;
        match int::as_i64(&n) {
            Some(n) => n as u64,
            None => crate::arguments::c_ulong(t, &n)?,
        }
    };
    let mutate = flag(t, &a[3], true)?;
    let Some(v) = a[2].given() else { return answer(t, t.detached(|| fs::ioctl(fd, request, 0))) };
    if int::is_int(v) {
        let n = number(t, v)?;
        return answer(t, t.detached(|| fs::ioctl(fd, request, n)));
    }
    if mutate && buffer::is_exporter(t, v) {
        let target = buffer::get(t, v, false)?;
        if !target.readonly {
            let mut raw = target.to_vec();
            let reply = t.detached(|| fs::ioctl_bytes(fd, request, &mut raw));
            target.fill(&raw);
            return answer(t, reply);
        }
    }
    match content(t, v, "ioctl")? {
        Some(mut raw) => {
            check(t, t.detached(|| fs::ioctl_bytes(fd, request, &mut raw)))?;
            bytes::try_new(t, &raw)
        }
        None => Err(t.type_error(format!(
            "ioctl() argument 3 must be an integer, a bytes-like object, or a string, not {}",
            orochi_objects::type_::type_name(t, v)
        ))),
    }
}

fn answer(t: Attached<'_>, reply: orochi_host::Result<i32>) -> PyResult {
    Ok(int::new(t, i64::from(check(t, reply)?)))
}

fn flock(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (fd, operation) = (descriptor(t, &a[0])?, c_int(t, &a[1])?);
    blocking_none(t, || fs::flock(fd, operation))
}

fn lockf(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (fd, command) = (descriptor(t, &a[0])?, c_int(t, &a[1])?);
    let long = |v: &Value| v.given().map_or(Ok(0), |v| c_long(t, v));
    let (length, start, whence) = (long(&a[2])?, long(&a[3])?, c_int_or(t, &a[4], 0)?);
    // LOCK_SH 1, LOCK_EX 2, LOCK_NB 4, LOCK_UN 8; F_RDLCK 0, F_WRLCK 1, F_UNLCK 2.
    let kind = if command & 8 != 0 {
        2
    } else if command & 1 != 0 {
        0
    } else if command & 2 != 0 {
        1
    } else {
        return Err(t.value_error("unrecognized lockf argument"));
    };
    let wait = command & 4 == 0;
    match crate::errors::retry(t, || fs::record_lock(fd, kind, wait, start, length, whence))? {
        Ok(()) => Ok(Value::none()),
        Err(e) => Err(os_error(t, e)),
    }
}
