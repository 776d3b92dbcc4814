//! `select.epoll`.

use std::sync::atomic::{AtomicI32, Ordering::*};

use orochi_host::{fs, poll};
use orochi_objects::{
    Args, Attached, Def, GetSet, Method, Payload, PyResult, TypeSpec, Value, flags, int, list, payload, tuple,
};

use super::{Until, is_number, wait};
use crate::arguments::{c_int, c_int_or, c_uint_wrapping, descriptor};
use crate::errors::check;
use crate::seconds::{self, Rounding};

/// The body: the descriptor, -1 once closed.
pub struct PyEpoll {
    fd: AtomicI32,
}

impl Payload for PyEpoll {
    payload!(PyEpoll, "epoll");
    const CYCLIC: bool = false;
}

impl Drop for PyEpoll {
    fn drop(&mut self) {
        let fd = *self.fd.get_mut();
        if fd >= 0 {
            let _ = fs::close(fd);
        }
    }
}

/// `select.epoll`.
pub static EPOLL: TypeSpec = TypeSpec::new::<PyEpoll>("select.epoll")
    .flags(flags::BASETYPE)
    .slots(&[Def::New(new)])
    .methods(&[
        Method::class("fromfd", "($type, fd, /)", fromfd, "Create an epoll object from a given control fd."),
        Method::new("close", "($self, /)", close, "Close the epoll control file descriptor."),
        Method::new("fileno", "($self, /)", |t, a| Ok(Value::i32(open_fd(t, &a[0])?)), "Return the epoll control file descriptor."),
        Method::new("register", "($self, /, fd, eventmask=select.EPOLLIN | select.EPOLLPRI | select.EPOLLOUT)", register, "Registers a new fd or raises an OSError if the fd is already registered."),
        Method::new("modify", "($self, /, fd, eventmask)", modify, "Modify event mask for a registered file descriptor."),
        Method::new("unregister", "($self, /, fd)", unregister, "Remove a registered file descriptor from the epoll object."),
        Method::new("poll", "($self, /, timeout=None, maxevents=-1)", poll_events, "Wait for events on the epoll file descriptor."),
        Method::new("__enter__", "($self, /)", |t, a| { open_fd(t, &a[0])?; Ok(a[0].clone()) }, ""),
        Method::new("__exit__", "($self, exc_type=None, exc_value=None, exc_tb=None, /)", close, ""),
    ])
    .getset(&[GetSet::read("closed", |_, v| Ok(Value::bool(body(v).fd.load(Relaxed) < 0)), "True if the epoll handler is closed")])
    .doc("epoll(sizehint=-1, flags=0)\n--\n\nReturns an epolling object.");

fn body(v: &Value) -> &PyEpoll {
    match v.payload::<PyEpoll>() {
        Some(e) => e,
        None => unreachable!("methods are called with their own type"),
    }
}

fn open_fd(t: Attached<'_>, v: &Value) -> PyResult<i32> {
    let fd = body(v).fd.load(Relaxed);
    if fd < 0 { Err(t.value_error("I/O operation on closed epoll object")) } else { Ok(fd) }
}

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    let signature = orochi_objects::args::Signature::parse("(sizehint=-1, flags=0)");
    signature.call(t, "epoll", args, |a| {
        let hint = c_int_or(t, &a[0], -1)?;
        if hint != -1 && hint <= 0 {
            return Err(t.value_error("negative sizehint"));
        }
        let flags = c_int_or(t, &a[1], 0)?;
        // EPOLL_CLOEXEC is the only flag and always on.
        const CLOEXEC: i32 = 0o2000000;
        if flags & !CLOEXEC != 0 {
            return Err(crate::errors::os_error(t, orochi_host::Errno::EINVAL));
        }
        let fd = check(t, poll::epoll_create(CLOEXEC))?;
        EPOLL.alloc_for(t, class, PyEpoll { fd: AtomicI32::new(fd) })
    })
}

fn fromfd(t: Attached<'_>, a: &[Value]) -> PyResult {
    let fd = c_int(t, &a[1])?;
    EPOLL.alloc_for(t, &a[0], PyEpoll { fd: AtomicI32::new(fd) })
}

fn close(t: Attached<'_>, a: &[Value]) -> PyResult {
    let fd = body(&a[0]).fd.swap(-1, AcqRel);
    if fd >= 0 {
        check(t, t.detached(|| fs::close(fd)))?;
    }
    Ok(Value::none())
}

fn register(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (epoll, fd) = (open_fd(t, &a[0])?, descriptor(t, &a[1])?);
    // EPOLLIN | EPOLLPRI | EPOLLOUT
    let events = a[2].given().map_or(Ok(7), |v| c_uint_wrapping(t, v))?;
    check(t, poll::epoll_add(epoll, fd, events))?;
    Ok(Value::none())
}
fn modify(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (epoll, fd) = (open_fd(t, &a[0])?, descriptor(t, &a[1])?);
    check(t, poll::epoll_modify(epoll, fd, c_uint_wrapping(t, &a[2])?))?;
    Ok(Value::none())
}
fn unregister(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (epoll, fd) = (open_fd(t, &a[0])?, descriptor(t, &a[1])?);
    check(t, poll::epoll_remove(epoll, fd))?;
    Ok(Value::none())
}

fn poll_events(t: Attached<'_>, a: &[Value]) -> PyResult {
    let epoll = open_fd(t, &a[0])?;
    let timeout = match a[1].given().filter(|v| !v.is_none()) {
        None => None,
        Some(v) if !is_number(t, v) => return Err(t.type_error("timeout must be an integer or None")),
        Some(v) => Some(seconds::nanos(t, v, Rounding::Up)?),
    };
    let limit = match c_int_or(t, &a[2], -1)? {
        // As many as fit a default that CPython chose too.
        -1 => 1023,
        n if n <= 0 => return Err(t.value_error(format!("maxevents must be greater than 0, got {n}"))),
        n => n as usize,
    };
    let ready = wait(t, Until::after(timeout), |until| poll::epoll_wait(epoll, limit, until.left_ms()))?;
    let pairs = ready.iter().map(|&(fd, events)| tuple::new(t, vec![Value::i32(fd), int::new(t, i64::from(events))]));
    Ok(list::new(t, pairs.collect()))
}
