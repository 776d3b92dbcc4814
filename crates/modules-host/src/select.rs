//! `select`: waiting for descriptors with `select`, `poll` and `epoll`.

mod epoll;
mod poll;

use orochi_host::clock::{Timespec, monotonic_nanos};
use orochi_host::{Errno, constants};
use orochi_objects::type_::class_of;
use orochi_objects::{Attached, Method, ModuleSpec, PyResult, TypeSpec, Value, dict, exception, float, int, list, protocol, tuple};

use crate::arguments::{descriptor, list_or_tuple};
use crate::errors::os_error;
use crate::seconds::{self, Rounding};

static TYPES: &[&TypeSpec] = &[&epoll::EPOLL];

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("select")
    .doc("This module supports asynchronous I/O on multiple file descriptors.")
    .functions(&[
        Method::new("select", "(rlist, wlist, xlist, timeout=None, /)", select, "Wait until one or more file descriptors are ready for some kind of I/O."),
        Method::new("poll", "()", poll::new, "Returns a polling object."),
    ])
    .types(TYPES)
    .exec(|t, namespace| {
        crate::arguments::constants(t, namespace, constants::select_constants());
        dict::set_by_name(t, namespace, "error", exception::OSError.get(t).clone());
        dict::set_by_name(t, namespace, "PIPE_BUF", int::from_usize(t, orochi_host::poll::PIPE_BUF));
        Ok(())
    });

/// Until when to wait: nanoseconds of the monotonic clock, `None` for ever.
#[derive(Clone, Copy)]
pub(crate) struct Until(Option<i64>);

impl Until {
    /// So many nanoseconds from now; negative is for ever.
    pub(crate) fn after(nanos: Option<i64>) -> Until {
        Until(nanos.filter(|n| *n >= 0).map(|n| monotonic_nanos().saturating_add(n)))
    }
    /// What is left.
    pub(crate) fn left(self) -> Option<Timespec> {
        self.0.map(|end| Timespec::from_nanos((end - monotonic_nanos()).max(0)))
    }
    /// What is left in milliseconds, rounded up; -1 for ever.
    pub(crate) fn left_ms(self) -> i32 {
        match self.0 {
            None => -1,
            Some(end) => {
                let left = (end - monotonic_nanos()).max(0);
                i32::try_from(left.saturating_add(999_999) / 1_000_000).unwrap_or(i32::MAX)
            }
        }
    }
}

/// Repeats an interrupted wait with the time that is left.
pub(crate) fn wait<R: Send>(
    t: Attached<'_>,
    until: Until,
    mut call: impl FnMut(Until) -> orochi_host::Result<R> + Send,
) -> PyResult<R> {
    loop {
        match t.detached(|| call(until)) {
            Ok(r) => return Ok(r),
            Err(Errno::EINTR) => t.safepoint()?,
            Err(e) => return Err(os_error(t, e)),
        }
    }
}

/// Whether a value is a number of any kind.
fn is_number(t: Attached<'_>, v: &Value) -> bool {
    float::as_f64(v).is_some() || class_of(t, v).slots.index().is_some()
}

/// The descriptors of a sequence, beside their objects.
fn descriptors(t: Attached<'_>, v: &Value) -> PyResult<(Vec<Value>, Vec<i32>)> {
    let objects = match list_or_tuple(v) {
        Some(items) => items,
        None => match protocol::collect(t, v) {
            Ok(items) => items,
            Err(e) => {
                drop(t.catch(e, &exception::TypeError)?);
                return Err(t.type_error("arguments 1-3 must be sequences"));
            }
        },
    };
    let mut fds = Vec::with_capacity(objects.len());
    for o in &objects {
        let fd = descriptor(t, o)?;
        if fd >= orochi_host::poll::SELECT_LIMIT {
            return Err(t.value_error("filedescriptor out of range in select()"));
        }
        fds.push(fd);
    }
    Ok((objects, fds))
}

fn select(t: Attached<'_>, a: &[Value]) -> PyResult {
    let timeout = match a[3].given().filter(|v| !v.is_none()) {
        None => None,
        Some(v) if !is_number(t, v) => return Err(t.type_error("timeout must be a float or None")),
        Some(v) => {
            let nanos = seconds::nanos(t, v, Rounding::Up)?;
            if nanos < 0 {
                return Err(t.value_error("timeout must be non-negative"));
            }
            Some(nanos)
        }
    };
    let (read, write, except) = (descriptors(t, &a[0])?, descriptors(t, &a[1])?, descriptors(t, &a[2])?);
    let fds = [&read.1[..], &write.1[..], &except.1[..]];
    let ready = wait(t, Until::after(timeout), |until| {
        orochi_host::poll::select(fds[0], fds[1], fds[2], until.left())
    })?;
    let pick = |(objects, fds): &(Vec<Value>, Vec<i32>), ready: &[i32]| {
        let found = objects.iter().zip(fds).filter(|(_, fd)| ready.contains(fd)).map(|(o, _)| o.clone()).collect();
        list::new(t, found)
    };
    Ok(tuple::new(t, vec![pick(&read, &ready.0), pick(&write, &ready.1), pick(&except, &ready.2)]))
}
