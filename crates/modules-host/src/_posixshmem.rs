//! `_posixshmem`: named shared memory.

use orochi_host::shm;
use orochi_objects::{Attached, Method, ModuleSpec, PyResult, Value};

use crate::arguments::{c_int, c_int_or, text};
use crate::errors::{file_error, retry};

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("_posixshmem").doc("POSIX shared memory module").functions(&[
    Method::new("shm_open", "(path, flags, mode=511)", shm_open, "Open a shared memory object.  Returns a file descriptor (integer)."),
    Method::new("shm_unlink", "(path, /)", shm_unlink, "Remove a shared memory object (similar to unlink())."),
]);

fn shm_open(t: Attached<'_>, a: &[Value]) -> PyResult {
    let name = text(t, &a[0], "shm_open() argument 'path'")?;
    let (flags, mode) = (c_int(t, &a[1])?, c_int_or(t, &a[2], 0o777)?);
    match retry(t, || shm::shm_open(&name, flags, mode as u32))? {
        Ok(fd) => Ok(Value::i32(fd)),
        Err(e) => Err(file_error(t, e, &a[0])),
    }
}

fn shm_unlink(t: Attached<'_>, a: &[Value]) -> PyResult {
    let name = text(t, &a[0], "shm_unlink() argument")?;
    match retry(t, || shm::shm_unlink(&name))? {
        Ok(()) => Ok(Value::none()),
        Err(e) => Err(file_error(t, e, &a[0])),
    }
}
