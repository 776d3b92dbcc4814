//! `select.poll` objects.

use std::sync::atomic::{AtomicBool, Ordering::*};

use orochi_host::Errno;
use orochi_host::poll::{PollFd, ppoll};
use orochi_objects::{Attached, Method, Payload, PyResult, TypeSpec, Value, exception, flags, int, list, payload, protocol, tuple};
use orochi_runtime::Locked;

use super::{Until, is_number, wait};
use crate::arguments::descriptor;
use crate::errors::os_error;
use crate::seconds::{self, Rounding};

/// The body of a poll object: what it waits for, in order of registration.
#[derive(Default)]
pub struct PyPoll {
    watched: Locked<Vec<(i32, i16)>>,
    running: AtomicBool,
}

impl Payload for PyPoll {
    payload!(PyPoll, "poll");
    const CYCLIC: bool = false;
}

/// `select.poll`'s instances.
pub static POLL: TypeSpec = TypeSpec::new::<PyPoll>("select.poll").flags(flags::NO_NEW).methods(&[
    Method::new("register", "($self, fd, eventmask=select.POLLIN | select.POLLPRI | select.POLLOUT, /)", register, "Register a file descriptor with the polling object."),
    Method::new("modify", "($self, fd, eventmask, /)", modify, "Modify an already registered file descriptor."),
    Method::new("unregister", "($self, fd, /)", unregister, "Remove a file descriptor being tracked by the polling object."),
    Method::new("poll", "($self, timeout=None, /)", poll, "Polls the set of registered file descriptors."),
]);

pub(super) fn new(t: Attached<'_>, _: &[Value]) -> PyResult {
    Ok(POLL.alloc(t, PyPoll::default()))
}

fn body(v: &Value) -> &PyPoll {
    match v.payload::<PyPoll>() {
        Some(p) => p,
        None => unreachable!("methods are called with their own type"),
    }
}

/// An event mask: C `unsigned short`.
fn mask(t: Attached<'_>, v: &Value) -> PyResult<i16> {
    let n = protocol::as_index(t, v)?;
    match int::as_i64(&n) {
        Some(n) if n < 0 => Err(t.value_error("Cannot convert negative int")),
        Some(n) if n <= i64::from(u16::MAX) => Ok(n as u16 as i16),
        _ => Err(t.overflow_error("Python int too large for C unsigned short")),
    }
}

fn register(t: Attached<'_>, a: &[Value]) -> PyResult {
    let fd = descriptor(t, &a[1])?;
    // POLLIN | POLLPRI | POLLOUT
    let events = a[2].given().map_or(Ok(7), |v| mask(t, v))?;
    let mut watched = body(&a[0]).watched.lock();
    match watched.iter_mut().find(|(known, _)| *known == fd) {
        Some(entry) => entry.1 = events,
        None => watched.push((fd, events)),
    }
    Ok(Value::none())
}
fn modify(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (fd, events) = (descriptor(t, &a[1])?, mask(t, &a[2])?);
    let found = body(&a[0]).watched.lock().iter_mut().find(|(known, _)| *known == fd).map(|entry| entry.1 = events);
    if found.is_none() {
        return Err(os_error(t, Errno::ENOENT));
    }
    Ok(Value::none())
}
fn unregister(t: Attached<'_>, a: &[Value]) -> PyResult {
    let fd = descriptor(t, &a[1])?;
    let mut watched = body(&a[0]).watched.lock();
    let at = watched.iter().position(|(known, _)| *known == fd);
    at.map(|at| watched.remove(at));
    drop(watched);
    if at.is_none() {
        return Err(t.raise_with(&exception::KeyError, vec![Value::i32(fd)]));
    }
    Ok(Value::none())
}

fn poll(t: Attached<'_>, a: &[Value]) -> PyResult {
    let timeout = match a[1].given().filter(|v| !v.is_none()) {
        None => None,
        Some(v) if !is_number(t, v) => return Err(t.type_error("timeout must be an integer or None")),
        Some(v) => Some(milliseconds(t, v)?),
    };
    let p = body(&a[0]);
    if p.running.swap(true, AcqRel) {
        return Err(t.raise(&exception::RuntimeError, "concurrent poll() invocation"));
    }
    let mut fds: Vec<PollFd> =
        p.watched.lock().iter().map(|&(fd, events)| PollFd { fd, events, revents: 0 }).collect();
    let result = wait(t, Until::after(timeout), |until| ppoll(&mut fds, until.left()));
    p.running.store(false, Release);
    result?;
    let ready = fds.iter().filter(|f| f.revents != 0).map(|f| {
        tuple::new(t, vec![Value::i32(f.fd), Value::i32(i32::from(f.revents as u16))])
    });
    Ok(list::new(t, ready.collect()))
}

/// Milliseconds as nanoseconds, rounded up.
fn milliseconds(t: Attached<'_>, v: &Value) -> PyResult<i64> {
    let too_large = || t.overflow_error("timeout is too large");
    if let Some(x) = orochi_objects::float::as_f64(v) {
        let seconds = orochi_objects::float::new(t, x / 1000.0);
        return seconds::nanos(t, &seconds, Rounding::Up);
    }
    let n = protocol::as_index(t, v)?;
    match int::as_i64(&n) {
        Some(n) if n > i64::from(i32::MAX) => Err(too_large()),
        Some(n) => Ok(n.saturating_mul(1_000_000)),
        None => Err(too_large()),
    }
}
