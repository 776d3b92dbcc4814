//! The type `_socket.socket`.
//!
//! A socket with a timeout does not block in the kernel: each call first polls for the time that is left
//! (also after an interruption by a signal), then tries, and polls again if there was nothing after all.

use std::io::{IoSlice, IoSliceMut};
use std::sync::atomic::{AtomicI32, AtomicI64, Ordering::*};

use orochi_host::net::{self, Address, ControlMessage};
use orochi_host::{Errno, fs, poll};
use orochi_objects::{
    Args, Attached, Def, GetSet, Method, Payload, PyResult, Raised, TypeSpec, Value, buffer, bytes, exception, flags, float,
    int, list, payload, protocol, str, tuple,
};

use super::address::{from_value, to_value};
use crate::arguments::{c_int, c_int_or};
use crate::errors::{check, os_error};
use crate::seconds::{self, Rounding};
use crate::select::Until;

pub(super) const SOCK_CLOEXEC: i32 = 0o2000000;
const SOCK_NONBLOCK: i32 = 0o4000;
const SOL_SOCKET: i32 = 1;
const SO_TYPE: i32 = 3;
const SO_PROTOCOL: i32 = 38;
const POLLIN: i16 = 1;
const POLLOUT: i16 = 4;

/// The body of a socket.
pub struct PySocket {
    /// -1: closed, or not initialised.
    fd: AtomicI32,
    family: AtomicI32,
    kind: AtomicI32,
    protocol: AtomicI32,
    /// Nanoseconds; negative: wait for ever, 0: do not wait.
    timeout: AtomicI64,
}

impl Payload for PySocket {
    payload!(PySocket, "socket");
    const CYCLIC: bool = false;
}

impl Drop for PySocket {
    fn drop(&mut self) {
        let fd = *self.fd.get_mut();
        if fd >= 0 {
            let _ = fs::close(fd);
        }
    }
}

/// `_socket.socket`.
pub static SOCKET: TypeSpec = TypeSpec::new::<PySocket>("_socket.socket")
    .flags(flags::BASETYPE)
    .slots(&[Def::New(new), Def::Init(init), Def::Repr(repr)])
    .methods(&[
        Method::new("_accept", "($self, /)", accept, "_accept() -> (integer, address info)"),
        Method::new("bind", "($self, address, /)", bind, "Bind the socket to a local address."),
        Method::new("close", "($self, /)", close, "Close the socket.  It cannot be used after this call."),
        Method::new("connect", "($self, address, /)", connect, "Connect the socket to a remote address."),
        Method::new("connect_ex", "($self, address, /)", connect_ex, "This is like connect(address), but returns an error code instead of raising an exception."),
        Method::new("detach", "($self, /)", |_, a| Ok(Value::i32(this(&a[0]).fd.swap(-1, AcqRel))), "Close the socket object without closing the underlying file descriptor."),
        Method::new("fileno", "($self, /)", |_, a| Ok(Value::i32(this(&a[0]).fd.load(Relaxed))), "Return the integer file descriptor of the socket."),
        Method::new("getpeername", "($self, /)", |t, a| { let found = check(t, net::getpeername(this(&a[0]).fd.load(Relaxed)))?; to_value(t, found.as_ref()) }, "Return the address of the remote endpoint."),
        Method::new("getsockname", "($self, /)", |t, a| { let found = check(t, net::getsockname(this(&a[0]).fd.load(Relaxed)))?; to_value(t, found.as_ref()) }, "Return the address of the local endpoint."),
        Method::new("getsockopt", "($self, level, option, buffersize=0, /)", getsockopt, "Get a socket option."),
        Method::new("setsockopt", "($self, level, option, value, optlen=<unrepresentable>, /)", setsockopt, "Set a socket option."),
        Method::new("listen", "($self, backlog=128, /)", listen, "Enable a server to accept connections."),
        Method::new("recv", "($self, buffersize, flags=0, /)", recv, "Receive up to buffersize bytes from the socket."),
        Method::new("recv_into", "($self, /, buffer, nbytes=0, flags=0)", recv_into, "A version of recv() that stores its data into a buffer."),
        Method::new("recvfrom", "($self, buffersize, flags=0, /)", recvfrom, "Like recv(buffersize, flags) but also return the sender's address info."),
        Method::new("recvfrom_into", "($self, /, buffer, nbytes=0, flags=0)", recvfrom_into, "Like recv_into(buffer[, nbytes[, flags]]) but also return the sender's address info."),
        Method::new("recvmsg", "($self, bufsize, ancbufsize=0, flags=0, /)", recvmsg, "Receive normal data (up to bufsize bytes) and ancillary data from the socket."),
        Method::new("recvmsg_into", "($self, buffers, ancbufsize=0, flags=0, /)", recvmsg_into, "Receive normal data and ancillary data from the socket, scattering the data into buffers."),
        Method::new("send", "($self, data, flags=0, /)", send, "Send a data string to the socket."),
        Method::new("sendall", "($self, data, flags=0, /)", sendall, "Send a data string to the socket, until all of it is sent."),
        Method::new("sendto", "($self, /, *args)", sendto, "Like send(data, flags) but allows specifying the destination address."),
        Method::new("sendmsg", "($self, buffers, ancdata=(), flags=0, address=None, /)", sendmsg, "Send normal and ancillary data to the socket."),
        Method::new("setblocking", "($self, flag, /)", setblocking, "Set the socket to blocking (flag is true) or non-blocking (false)."),
        Method::new("getblocking", "($self, /)", |_, a| Ok(Value::bool(this(&a[0]).timeout.load(Relaxed) != 0)), "Returns True if socket is in blocking mode, or False if it is in non-blocking mode."),
        Method::new("settimeout", "($self, timeout, /)", settimeout, "Set a timeout on socket operations."),
        Method::new("gettimeout", "($self, /)", |t, a| Ok(timeout_value(t, this(&a[0]).timeout.load(Relaxed))), "Returns the timeout in seconds (float) associated with socket operations."),
        Method::new("shutdown", "($self, flag, /)", shutdown, "Shut down the reading side, the writing side, or both sides of the connection."),
    ])
    .getset(&[
        GetSet::read("family", |_, v| Ok(Value::i32(this(v).family.load(Relaxed))), "the socket family"),
        GetSet::read("type", |_, v| Ok(Value::i32(this(v).kind.load(Relaxed))), "the socket type"),
        GetSet::read("proto", |_, v| Ok(Value::i32(this(v).protocol.load(Relaxed))), "the socket protocol"),
        GetSet::read("timeout", |t, v| Ok(timeout_value(t, this(v).timeout.load(Relaxed))), "the socket timeout"),
    ])
    .doc("socket(family=AF_INET, type=SOCK_STREAM, proto=0) -> socket object\nsocket(family=-1, type=-1, proto=-1, fileno=None) -> socket object");

fn this(v: &Value) -> &PySocket {
    match v.payload::<PySocket>() {
        Some(s) => s,
        None => unreachable!("methods are called with their own type"),
    }
}

/// A timeout as Python shows it.
pub(super) fn timeout_value(t: Attached<'_>, nanos: i64) -> Value {
    if nanos < 0 { Value::none() } else { seconds::nanos_as_float(t, nanos) }
}

/// A timeout argument: None is for ever.
pub(super) fn timeout_argument(t: Attached<'_>, v: &Value) -> PyResult<i64> {
    if v.is_none() {
        return Ok(-1);
    }
    let nanos = seconds::nanos(t, v, Rounding::Up)?;
    if nanos < 0 { Err(t.value_error("Timeout value out of range")) } else { Ok(nanos) }
}

fn new(t: Attached<'_>, class: &Value, _: Args<'_>) -> PyResult {
    let body = PySocket {
        fd: AtomicI32::new(-1),
        family: AtomicI32::new(0),
        kind: AtomicI32::new(0),
        protocol: AtomicI32::new(0),
        timeout: AtomicI64::new(-1),
    };
    SOCKET.alloc_for(t, class, body)
}

fn init(t: Attached<'_>, v: &Value, args: Args<'_>) -> PyResult<()> {
    let signature = orochi_objects::args::Signature::parse("(family=-1, type=-1, proto=-1, fileno=None)");
    signature.call(t, "socket", args, |a| {
        let (mut family, mut kind, mut protocol) = (c_int_or(t, &a[0], -1)?, c_int_or(t, &a[1], -1)?, c_int_or(t, &a[2], -1)?);
        let fd = match a[3].given().filter(|v| !v.is_none()) {
            Some(number) => {
                if float::as_f64(number).is_some() {
                    return Err(t.type_error("integer argument expected, got float"));
                }
                let fd = c_int(t, number)?;
                if fd < 0 {
                    return Err(t.value_error("negative file descriptor"));
                }
                let address = check(t, net::getsockname(fd))?;
                if family == -1 {
                    family = address.map_or(0, |a| a.family());
                }
                if kind == -1 {
                    kind = check(t, net::getsockopt_int(fd, SOL_SOCKET, SO_TYPE))?;
                }
                if protocol == -1 {
                    protocol = net::getsockopt_int(fd, SOL_SOCKET, SO_PROTOCOL).unwrap_or(0);
                }
                fd
            }
            None => {
                if family == -1 {
                    family = super::address::AF_INET;
                }
                if kind == -1 {
                    kind = 1;
                }
                protocol = protocol.max(0);
                check(t, net::socket(family, kind | SOCK_CLOEXEC, protocol))?
            }
        };
        let s = this(v);
        let old = s.fd.swap(fd, AcqRel);
        if old >= 0 {
            let _ = fs::close(old);
        }
        s.family.store(family, Relaxed);
        s.kind.store(kind & !(SOCK_CLOEXEC | SOCK_NONBLOCK), Relaxed);
        s.protocol.store(protocol, Relaxed);
        let default = super::default_timeout(t);
        if kind & SOCK_NONBLOCK != 0 {
            s.timeout.store(0, Relaxed);
        } else {
            s.timeout.store(default, Relaxed);
            if default >= 0 {
                check(t, fs::set_blocking(fd, false))?;
            }
        }
        Ok(())
    })
}

fn repr(t: Attached<'_>, v: &Value) -> PyResult {
    let s = this(v);
    let n = |a: &AtomicI32| a.load(Relaxed);
    let (fd, family, kind, protocol) = (n(&s.fd), n(&s.family), n(&s.kind), n(&s.protocol));
    Ok(str::from_string(t, format!("<socket object, fd={fd}, family={family}, type={kind}, proto={protocol}>")))
}

fn timed_out(t: Attached<'_>) -> Raised {
    t.raise(&exception::TimeoutError, "timed out")
}

/// Runs a socket call with the socket's timeout, from `until` on if one call of Python makes several.
fn run<R: Send>(
    t: Attached<'_>,
    s: &PySocket,
    events: i16,
    until: Option<Until>,
    mut call: impl FnMut(i32) -> orochi_host::Result<R> + Send,
) -> PyResult<R> {
    let (fd, timeout) = (s.fd.load(Relaxed), s.timeout.load(Relaxed));
    let until = until.unwrap_or_else(|| Until::after((timeout > 0).then_some(timeout)));
    loop {
        let result = t.detached(|| {
            if timeout > 0 && poll::wait_for(fd, events, until.left())? == 0 {
                return Err(Errno::ETIMEDOUT);
            }
            call(fd)
        });
        match result {
            Ok(r) => return Ok(r),
            Err(Errno::EINTR) => t.safepoint()?,
            Err(Errno::EAGAIN) if timeout > 0 => {}
            Err(Errno::ETIMEDOUT) if timeout > 0 => return Err(timed_out(t)),
            Err(e) => return Err(os_error(t, e)),
        }
    }
}

fn accept(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (fd, address) = run(t, this(&a[0]), POLLIN, None, |fd| net::accept4(fd, SOCK_CLOEXEC))?;
    let address = to_value(t, address.as_ref())?;
    Ok(tuple::new(t, vec![Value::i32(fd), address]))
}

fn bind(t: Attached<'_>, a: &[Value]) -> PyResult {
    let s = this(&a[0]);
    let address = from_value(t, &a[1], s.family.load(Relaxed), "bind")?;
    let fd = s.fd.load(Relaxed);
    check(t, t.detached(|| net::bind(fd, &address)))?;
    Ok(Value::none())
}

fn close(t: Attached<'_>, a: &[Value]) -> PyResult {
    let fd = this(&a[0]).fd.swap(-1, AcqRel);
    if fd >= 0 {
        match t.detached(|| fs::close(fd)) {
            // The other side has gone: nothing is lost that the program still could send.
            Err(e) if e.name() != Some("ECONNRESET") && e != Errno::EINTR => return Err(os_error(t, e)),
            _ => {}
        }
    }
    Ok(Value::none())
}

/// Connects; the inner error is the socket's.
fn try_connect(t: Attached<'_>, s: &PySocket, address: &Address) -> PyResult<Result<(), Errno>> {
    let (fd, timeout) = (s.fd.load(Relaxed), s.timeout.load(Relaxed));
    let until = Until::after((timeout > 0).then_some(timeout));
    match t.detached(|| net::connect(fd, address)) {
        Ok(()) => return Ok(Ok(())),
        Err(Errno::EINTR) => t.safepoint()?,
        Err(Errno::EINPROGRESS) if timeout > 0 => {}
        Err(e) => return Ok(Err(e)),
    }
    // The attempt goes on in the kernel; what came of it stands in SO_ERROR. A socket that does not wait
    // was interrupted before it could say so.
    if timeout == 0 {
        return Ok(Err(Errno::EINPROGRESS));
    }
    loop {
        match t.detached(|| poll::wait_for(fd, POLLOUT, until.left())) {
            Ok(0) => return Ok(Err(Errno::ETIMEDOUT)),
            Ok(_) => {
                return Ok(match net::take_error(fd) {
                    Ok(None) => Ok(()),
                    Ok(Some(e)) => Err(e),
                    Err(e) => Err(e),
                });
            }
            Err(Errno::EINTR) => t.safepoint()?,
            Err(e) => return Ok(Err(e)),
        }
    }
}

fn connect(t: Attached<'_>, a: &[Value]) -> PyResult {
    let s = this(&a[0]);
    let address = from_value(t, &a[1], s.family.load(Relaxed), "connect")?;
    match try_connect(t, s, &address)? {
        Ok(()) => Ok(Value::none()),
        Err(Errno::ETIMEDOUT) if s.timeout.load(Relaxed) > 0 => Err(timed_out(t)),
        Err(e) => Err(os_error(t, e)),
    }
}

fn connect_ex(t: Attached<'_>, a: &[Value]) -> PyResult {
    let s = this(&a[0]);
    let address = from_value(t, &a[1], s.family.load(Relaxed), "connect_ex")?;
    let code = match try_connect(t, s, &address)? {
        Ok(()) => 0,
        Err(Errno::ETIMEDOUT) if s.timeout.load(Relaxed) > 0 => Errno::EAGAIN.0,
        Err(e) => e.0,
    };
    Ok(Value::i32(code))
}

fn getsockopt(t: Attached<'_>, a: &[Value]) -> PyResult {
    let fd = this(&a[0]).fd.load(Relaxed);
    let (level, option, size) = (c_int(t, &a[1])?, c_int(t, &a[2])?, c_int_or(t, &a[3], 0)?);
    if size == 0 {
        return Ok(Value::i32(check(t, net::getsockopt_int(fd, level, option))?));
    }
    if !(0..=1024).contains(&size) {
        return Err(t.raise(&exception::OSError, "getsockopt buflen out of range"));
    }
    let raw = check(t, net::getsockopt(fd, level, option, size as usize))?;
    Ok(bytes::new(t, &raw))
}

fn setsockopt(t: Attached<'_>, a: &[Value]) -> PyResult {
    let fd = this(&a[0]).fd.load(Relaxed);
    let (level, option) = (c_int(t, &a[1])?, c_int(t, &a[2])?);
    let done = if let Some(len) = a[4].given() {
        if !a[3].is_none() {
            let got = orochi_objects::type_::type_name(t, &a[3]);
            return Err(t.type_error(format!("setsockopt() argument 3 must be None, not {got}")));
        }
        net::setsockopt_null(fd, level, option, c_int(t, len)? as u32)
    } else if int::is_int(&a[3]) {
        net::setsockopt_int(fd, level, option, c_int(t, &a[3])?)
    } else {
        let raw = buffer::read_arg(t, &a[3], "")?.to_vec();
        net::setsockopt(fd, level, option, &raw)
    };
    check(t, done)?;
    Ok(Value::none())
}

fn listen(t: Attached<'_>, a: &[Value]) -> PyResult {
    let backlog = c_int_or(t, &a[1], 128)?.max(0);
    check(t, net::listen(this(&a[0]).fd.load(Relaxed), backlog))?;
    Ok(Value::none())
}

/// A number of bytes to receive.
fn size(t: Attached<'_>, v: &Value, function: &str) -> PyResult<usize> {
    let n = protocol::as_size(t, v)?;
    usize::try_from(n).map_err(|_| t.value_error(format!("negative buffersize in {function}")))
}

fn recv(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = size(t, &a[1], "recv")?;
    let flags = c_int_or(t, &a[2], 0)?;
    let data = run(t, this(&a[0]), POLLIN, None, |fd| net::recv_vec(fd, n, flags))?;
    bytes::try_new(t, &data)
}

/// Room for `n` bytes, zeroed.
fn room(t: Attached<'_>, n: usize) -> PyResult<Vec<u8>> {
    let mut data = Vec::new();
    data.try_reserve_exact(n).map_err(|_| t.memory_error())?;
    data.resize(n, 0);
    Ok(data)
}

/// The target of a `recv..._into`, and how much is wanted.
fn target(t: Attached<'_>, a: &[Value], function: &str) -> PyResult<(buffer::Buffer, usize)> {
    let target = buffer::write_arg(t, &a[1], &format!("{function}() argument 1"))?;
    let n = a[2].given().map_or(Ok(0), |v| size(t, v, function))?;
    if n > target.len() {
        return Err(t.value_error("buffer too small for requested bytes"));
    }
    let n = if n == 0 { target.len() } else { n };
    Ok((target, n))
}

fn recv_into(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (target, n) = target(t, a, "recv_into")?;
    let flags = c_int_or(t, &a[3], 0)?;
    let data = run(t, this(&a[0]), POLLIN, None, |fd| net::recv_vec(fd, n, flags))?;
    Ok(int::from_usize(t, target.fill(&data)))
}

fn recvfrom(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = size(t, &a[1], "recvfrom")?;
    let flags = c_int_or(t, &a[2], 0)?;
    let mut data = room(t, n)?;
    let (got, address) = run(t, this(&a[0]), POLLIN, None, |fd| net::recvfrom(fd, &mut data, flags))?;
    let address = to_value(t, address.as_ref())?;
    Ok(tuple::new(t, vec![bytes::try_new(t, &data[..got])?, address]))
}

fn recvfrom_into(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (target, n) = target(t, a, "recvfrom_into")?;
    let flags = c_int_or(t, &a[3], 0)?;
    let mut data = room(t, n)?;
    let (got, address) = run(t, this(&a[0]), POLLIN, None, |fd| net::recvfrom(fd, &mut data, flags))?;
    target.fill(&data[..got]);
    let address = to_value(t, address.as_ref())?;
    Ok(tuple::new(t, vec![int::from_usize(t, got), address]))
}

fn control_size(t: Attached<'_>, v: &Value, function: &str) -> PyResult<usize> {
    let n = v.given().map_or(Ok(0), |v| protocol::as_size(t, v))?;
    match usize::try_from(n) {
        Ok(n) if n <= i32::MAX as usize => Ok(n),
        _ => Err(t.value_error(format!("invalid ancillary data buffer length in {function}"))),
    }
}

fn control_list(t: Attached<'_>, messages: &[ControlMessage]) -> Value {
    let one = |m: &ControlMessage| tuple::new(t, vec![Value::i32(m.level), Value::i32(m.kind), bytes::new(t, &m.data)]);
    list::new(t, messages.iter().map(one).collect())
}

fn recvmsg(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = protocol::as_size(t, &a[1])?;
    let Ok(n) = usize::try_from(n) else { return Err(t.value_error("negative buffer size in recvmsg()")) };
    let control = control_size(t, &a[2], "recvmsg()")?;
    let flags = c_int_or(t, &a[3], 0)?;
    let mut data = room(t, n)?;
    let got = run(t, this(&a[0]), POLLIN, None, |fd| {
        net::recvmsg(fd, &mut [IoSliceMut::new(&mut data)], control, flags)
    })?;
    let body = bytes::try_new(t, &data[..got.len.min(n)])?;
    let address = to_value(t, got.address.as_ref())?;
    Ok(tuple::new(t, vec![body, control_list(t, &got.control), Value::i32(got.flags), address]))
}

fn iterable(t: Attached<'_>, v: &Value, what: &str) -> PyResult<Vec<Value>> {
    if !protocol::is_iterable(t, v) {
        return Err(t.type_error(format!("{what} must be an iterable")));
    }
    protocol::collect(t, v)
}

fn recvmsg_into(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (mut buffers, mut rooms) = (Vec::new(), Vec::new());
    for item in iterable(t, &a[1], "recvmsg_into() argument 1")? {
        let target = buffer::write_arg(t, &item, "recvmsg_into() argument 1 items")?;
        rooms.push(room(t, target.len())?);
        buffers.push(target);
    }
    let control = control_size(t, &a[2], "recvmsg_into()")?;
    let flags = c_int_or(t, &a[3], 0)?;
    let got = run(t, this(&a[0]), POLLIN, None, |fd| {
        let mut slices: Vec<IoSliceMut<'_>> = rooms.iter_mut().map(|r| IoSliceMut::new(r)).collect();
        net::recvmsg(fd, &mut slices, control, flags)
    })?;
    let mut left = got.len;
    for (to, from) in buffers.iter().zip(&rooms) {
        let here = left.min(from.len());
        to.fill(&from[..here]);
        left -= here;
    }
    let address = to_value(t, got.address.as_ref())?;
    let fields = vec![int::from_usize(t, got.len), control_list(t, &got.control), Value::i32(got.flags), address];
    Ok(tuple::new(t, fields))
}

fn send(t: Attached<'_>, a: &[Value]) -> PyResult {
    let data = buffer::read_arg(t, &a[1], "")?;
    let flags = c_int_or(t, &a[2], 0)?;
    let sent = data.with(|data| run(t, this(&a[0]), POLLOUT, None, |fd| net::send(fd, data, flags)))?;
    Ok(int::from_usize(t, sent))
}

fn sendall(t: Attached<'_>, a: &[Value]) -> PyResult {
    let s = this(&a[0]);
    let data = buffer::read_arg(t, &a[1], "")?;
    let flags = c_int_or(t, &a[2], 0)?;
    let timeout = s.timeout.load(Relaxed);
    let until = Until::after((timeout > 0).then_some(timeout));
    data.with(|data| {
        let mut rest = data;
        while !rest.is_empty() {
            let sent = run(t, s, POLLOUT, Some(until), |fd| net::send(fd, rest, flags))?;
            rest = &rest[sent.min(rest.len())..];
            t.safepoint()?;
        }
        Ok(Value::none())
    })
}

fn sendto(t: Attached<'_>, a: &[Value]) -> PyResult {
    let s = this(&a[0]);
    let (data, flags, address) = match tuple::items(&a[1]) {
        [data, address] => (data, 0, address),
        [data, flags, address] => (data, c_int(t, flags)?, address),
        other => return Err(t.type_error(format!("sendto() takes 2 or 3 arguments ({} given)", other.len()))),
    };
    let data = buffer::read_arg(t, data, "")?;
    let address = from_value(t, address, s.family.load(Relaxed), "sendto")?;
    let sent = data.with(|data| run(t, s, POLLOUT, None, |fd| net::sendto(fd, data, flags, &address)))?;
    Ok(int::from_usize(t, sent))
}

fn sendmsg(t: Attached<'_>, a: &[Value]) -> PyResult {
    let s = this(&a[0]);
    let mut data = Vec::new();
    for item in iterable(t, &a[1], "sendmsg() argument 1")? {
        data.push(buffer::read_arg(t, &item, "")?.to_vec());
    }
    let mut control = Vec::new();
    if let Some(messages) = a[2].given() {
        for item in iterable(t, messages, "sendmsg() argument 2")? {
            let parts = protocol::collect(t, &item)?;
            let [level, kind, content] = &parts[..] else {
                return Err(t.type_error("[sendmsg() ancillary data items] must be 3-item sequences"));
            };
            let data = buffer::read_arg(t, content, "")?.to_vec();
            control.push(ControlMessage { level: c_int(t, level)?, kind: c_int(t, kind)?, data });
        }
    }
    let flags = c_int_or(t, &a[3], 0)?;
    let address = match a[4].given().filter(|v| !v.is_none()) {
        Some(v) => Some(from_value(t, v, s.family.load(Relaxed), "sendmsg")?),
        None => None,
    };
    let slices: Vec<IoSlice<'_>> = data.iter().map(|d| IoSlice::new(d)).collect();
    let sent = run(t, s, POLLOUT, None, |fd| net::sendmsg(fd, &slices, &control, flags, address.as_ref()))?;
    Ok(int::from_usize(t, sent))
}

fn set_timeout(t: Attached<'_>, v: &Value, nanos: i64) -> PyResult {
    let s = this(v);
    s.timeout.store(nanos, Relaxed);
    check(t, fs::set_blocking(s.fd.load(Relaxed), nanos < 0))?;
    Ok(Value::none())
}
fn setblocking(t: Attached<'_>, a: &[Value]) -> PyResult {
    let on = protocol::truth(t, &a[1])?;
    set_timeout(t, &a[0], if on { -1 } else { 0 })
}
fn settimeout(t: Attached<'_>, a: &[Value]) -> PyResult {
    let nanos = timeout_argument(t, &a[1])?;
    set_timeout(t, &a[0], nanos)
}

fn shutdown(t: Attached<'_>, a: &[Value]) -> PyResult {
    let how = c_int(t, &a[1])?;
    let fd = this(&a[0]).fd.load(Relaxed);
    check(t, t.detached(|| net::shutdown(fd, how)))?;
    Ok(Value::none())
}
