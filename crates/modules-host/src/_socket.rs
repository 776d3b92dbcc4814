//! `_socket`: sockets, and names of hosts, services, interfaces.

mod address;
mod object;

use std::ffi::CString;
use std::sync::atomic::{AtomicI64, Ordering::*};

use orochi_host::net::{self, Host, HostError};
use orochi_host::{constants, fs};
use orochi_objects::{
    Attached, Method, ModuleSpec, PyResult, Raised, Slot, TypeSpec, Value, buffer, bytes, dict, exception, int, list, protocol, str,
    tuple, type_,
};

use crate::arguments::{c_int, c_int_or, decoded, file_name, text};
use crate::errors::{check, os_error};
use address::{AF_INET, AF_INET6, AF_UNIX, host_name, resolve, resolve_error, to_value};

/// What an interpreter keeps of the module.
struct State {
    gaierror: Slot,
    herror: Slot,
    /// Nanoseconds, negative for none.
    default_timeout: AtomicI64,
}

impl Default for State {
    fn default() -> State {
        State { gaierror: Slot::unbound(), herror: Slot::unbound(), default_timeout: AtomicI64::new(-1) }
    }
}

static TYPES: &[&TypeSpec] = &[&object::SOCKET];

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("_socket")
    .doc("Implementation module for socket operations.\n\nSee the socket module for documentation.")
    .functions(&[
        Method::new("getaddrinfo", "(host, port, family=0, type=0, proto=0, flags=0)", getaddrinfo, "Resolve host and port into addrinfo struct."),
        Method::new("getnameinfo", "(sockaddr, flags, /)", getnameinfo, "Get host and port for a sockaddr."),
        Method::new("gethostbyname", "(host, /)", gethostbyname, "Return the IP address (a string of the form '255.255.255.255') for a host."),
        Method::new("gethostbyname_ex", "(host, /)", gethostbyname_ex, "Return the true host name, a list of aliases, and a list of IP addresses, for a host."),
        Method::new("gethostbyaddr", "(host, /)", gethostbyaddr, "Return the true host name, a list of aliases, and a list of IP addresses, for a host."),
        Method::new("gethostname", "()", |t, _| { let raw = check(t, net::gethostname())?; Ok(decoded(t, &raw)) }, "Return the current host name."),
        Method::new("sethostname", "(name, /)", sethostname, "Sets the hostname to name."),
        Method::new("getservbyname", "(servicename, protocolname=None, /)", getservbyname, "Return a port number from a service name and protocol name."),
        Method::new("getservbyport", "(port, protocolname=None, /)", getservbyport, "Return the service name from a port number and protocol name."),
        Method::new("getprotobyname", "(name, /)", getprotobyname, "Return the protocol number for the named protocol."),
        Method::new("socketpair", "(family=AF_UNIX, type=SOCK_STREAM, proto=0, /)", socketpair, "Create a pair of socket objects from the sockets returned by the platform socketpair() function."),
        Method::new("close", "(fd, /)", close, "Close an integer socket file descriptor."),
        Method::new("dup", "(fd, /)", |t, a| { let fd = c_int(t, &a[0])?; Ok(Value::i32(check(t, fs::dup(fd))?)) }, "Duplicate an integer socket file descriptor."),
        Method::new("htons", "(integer, /)", |t, a| swap16(t, &a[0]), "Convert a 16-bit unsigned integer from host to network byte order."),
        Method::new("ntohs", "(integer, /)", |t, a| swap16(t, &a[0]), "Convert a 16-bit unsigned integer from network to host byte order."),
        Method::new("htonl", "(integer, /)", |t, a| swap32(t, &a[0]), "Convert a 32-bit integer from host to network byte order."),
        Method::new("ntohl", "(integer, /)", |t, a| swap32(t, &a[0]), "Convert a 32-bit integer from network to host byte order."),
        Method::new("inet_aton", "(ip_addr, /)", inet_aton, "Convert an IP address in string format to the 32-bit packed binary format."),
        Method::new("inet_ntoa", "(packed_ip, /)", inet_ntoa, "Convert an IP address from 32-bit packed binary format to string format."),
        Method::new("inet_pton", "(af, ip, /)", inet_pton, "Convert an IP address from string format to a packed string suitable for use with low-level network functions."),
        Method::new("inet_ntop", "(af, packed_ip, /)", inet_ntop, "Convert a packed IP address of the given family to string format."),
        Method::new("if_nameindex", "()", if_nameindex, "Returns a list of network interface information (index, name) tuples."),
        Method::new("if_nametoindex", "(oname, /)", if_nametoindex, "Returns the interface index corresponding to the interface name if_name."),
        Method::new("if_indextoname", "(if_index, /)", if_indextoname, "Returns the interface name corresponding to the interface index if_index."),
        Method::new("getdefaulttimeout", "()", |t, _| Ok(object::timeout_value(t, default_timeout(t))), "Returns the default timeout in seconds (float) for new socket objects."),
        Method::new("setdefaulttimeout", "(timeout, /)", setdefaulttimeout, "Set the default timeout in seconds (float) for new socket objects."),
        Method::new("CMSG_LEN", "(length, /)", |t, a| control_size(t, &a[0], "CMSG_LEN", net::cmsg_len), "Return the total length, without trailing padding, of an ancillary data item."),
        Method::new("CMSG_SPACE", "(length, /)", |t, a| control_size(t, &a[0], "CMSG_SPACE", net::cmsg_space), "Return the buffer size needed for recvmsg() to receive an ancillary data item."),
    ])
    .types(TYPES)
    .exec(|t, namespace| {
        crate::arguments::constants(t, namespace, constants::socket_constants());
        let state = t.interpreter().state::<State>();
        let put = |name: &str, value: Value| dict::set_by_name(t, namespace, name, value);
        for (name, slot) in [("gaierror", &state.gaierror), ("herror", &state.herror)] {
            let own = dict::new(t);
            dict::set_by_name(t, &own, "__module__", str::intern(t, "socket"));
            let bases = tuple::new(t, vec![exception::OSError.get(t).clone()]);
            let class = protocol::call(t, type_::TYPE.get(t), &[str::intern(t, name), bases, own])?;
            slot.set(class.clone());
            put(name, class);
        }
        put("error", exception::OSError.get(t).clone());
        put("timeout", exception::TimeoutError.get(t).clone());
        put("SocketType", object::SOCKET.get(t).clone());
        put("has_ipv6", Value::bool(true));
        Ok(())
    });

/// Raises one of the module's own exceptions.
fn raise(t: Attached<'_>, which: fn(&State) -> &Slot, code: i32, message: &str) -> Raised {
    let class = which(t.interpreter().state::<State>()).load();
    if class.is_unbound() {
        return t.raise(&exception::OSError, message);
    }
    match protocol::call(t, &class, &[Value::i32(code), str::new(t, message)]) {
        Ok(e) => t.raise_value(e),
        Err(e) => e,
    }
}
fn host_error(t: Attached<'_>, error: HostError) -> Raised {
    raise(t, |s| &s.herror, error.code, &error.message())
}

fn default_timeout(t: Attached<'_>) -> i64 {
    t.interpreter().state::<State>().default_timeout.load(Relaxed)
}
fn setdefaulttimeout(t: Attached<'_>, a: &[Value]) -> PyResult {
    let nanos = object::timeout_argument(t, &a[0])?;
    t.interpreter().state::<State>().default_timeout.store(nanos, Relaxed);
    Ok(Value::none())
}

fn getaddrinfo(t: Attached<'_>, a: &[Value]) -> PyResult {
    let host = if a[0].is_none() {
        None
    } else if str::is_str(&a[0]) || bytes::as_bytes(&a[0]).is_some() {
        Some(host_name(t, &a[0])?)
    } else {
        return Err(t.type_error("getaddrinfo() argument 1 must be string or None"));
    };
    let nul = || t.value_error("embedded null character");
    let port = if a[1].is_none() {
        None
    } else if int::is_int(&a[1]) {
        let n = protocol::expect_i64(t, &a[1])?;
        Some(CString::new(n.to_string()).map_err(|_| nul())?)
    } else if let Some(s) = str::as_str(&a[1]) {
        Some(CString::new(crate::arguments::encode(t, &a[1], s.wtf8())?).map_err(|_| nul())?)
    } else if let Some(raw) = bytes::as_bytes(&a[1]) {
        Some(CString::new(raw).map_err(|_| nul())?)
    } else {
        return Err(t.raise(&exception::OSError, "Int or String expected"));
    };
    let n = |i: usize| c_int_or(t, &a[i], 0);
    let (family, kind, proto, flags) = (n(2)?, n(3)?, n(4)?, n(5)?);
    let found = t.detached(|| net::getaddrinfo(host.as_deref(), port.as_deref(), family, kind, proto, flags));
    let mut all = Vec::new();
    for info in found.map_err(|e| resolve_error(t, e))? {
        let address = to_value(t, Some(&info.address))?;
        let fields = vec![
            Value::i32(info.family),
            Value::i32(info.kind),
            Value::i32(info.protocol),
            decoded(t, &info.canonical),
            address,
        ];
        all.push(tuple::new(t, fields));
    }
    Ok(list::new(t, all))
}

fn getnameinfo(t: Attached<'_>, a: &[Value]) -> PyResult {
    let flags = c_int(t, &a[1])?;
    if tuple::as_tuple(&a[0]).is_none() {
        return Err(t.type_error("getnameinfo() argument 1 must be a tuple"));
    }
    let (host, port, rest) = match tuple::items(&a[0]) {
        [host, port, rest @ ..] if rest.len() <= 2 && str::is_str(host) => (host, port, rest),
        _ => return Err(t.type_error("getnameinfo(): illegal sockaddr argument")),
    };
    let name = text(t, host, "getnameinfo(): host")?;
    let port = c_int(t, port)?;
    let flow = rest.first().map_or(Ok(0), |v| crate::arguments::c_uint_wrapping(t, v))?;
    let scope = rest.get(1).map_or(Ok(0), |v| crate::arguments::c_uint_wrapping(t, v))?;
    if flow > 0xfffff {
        return Err(t.overflow_error("getnameinfo(): flowinfo must be 0-1048575."));
    }
    const AI_NUMERICHOST: i32 = 4;
    let service = CString::new(port.to_string()).unwrap_or_default();
    let found = t.detached(|| net::getaddrinfo(Some(&name), Some(&service), 0, 2, 0, AI_NUMERICHOST));
    let found = found.map_err(|e| resolve_error(t, e))?;
    if found.len() > 1 {
        return Err(t.raise(&exception::OSError, "sockaddr resolved to multiple addresses"));
    }
    let Some(first) = found.into_iter().next() else {
        return Err(t.raise(&exception::OSError, "sockaddr resolved to no address"));
    };
    let address = match first.address {
        net::Address::Inet4 { .. } if !rest.is_empty() => {
            return Err(t.raise(&exception::OSError, "IPv4 sockaddr must be 2 tuple"));
        }
        net::Address::Inet6 { ip, port, .. } => net::Address::Inet6 { ip, port, flow, scope },
        other => other,
    };
    let (host, service) = t.detached(|| net::getnameinfo(&address, flags)).map_err(|e| resolve_error(t, e))?;
    Ok(tuple::new(t, vec![decoded(t, &host), decoded(t, &service)]))
}

fn gethostbyname(t: Attached<'_>, a: &[Value]) -> PyResult {
    let name = host_name(t, &a[0])?;
    let address = resolve(t, &name, AF_INET)?;
    let value = to_value(t, Some(&address))?;
    Ok(tuple::items(&value).first().cloned().unwrap_or(Value::none()))
}

fn host_value(t: Attached<'_>, host: &Host) -> Value {
    let aliases = list::new(t, host.aliases.iter().map(|n| decoded(t, n)).collect());
    let written = |raw: &Vec<u8>| net::inet_ntop(host.family, raw).map_or(Value::none(), |s| str::new(t, &s));
    let addresses = list::new(t, host.addresses.iter().map(written).collect());
    tuple::new(t, vec![decoded(t, &host.name), aliases, addresses])
}
fn gethostbyname_ex(t: Attached<'_>, a: &[Value]) -> PyResult {
    let name = host_name(t, &a[0])?;
    // Refuses what does not exist with the newer family of errors, as CPython does.
    resolve(t, &name, AF_INET)?;
    let host = t.detached(|| net::gethostbyname(&name)).map_err(|e| host_error(t, e))?;
    Ok(host_value(t, &host))
}
fn gethostbyaddr(t: Attached<'_>, a: &[Value]) -> PyResult {
    let name = host_name(t, &a[0])?;
    let raw = match resolve(t, &name, 0)? {
        net::Address::Inet4 { ip, .. } => ip.to_vec(),
        net::Address::Inet6 { ip, .. } => ip.to_vec(),
        _ => return Err(t.raise(&exception::OSError, "unsupported address family")),
    };
    let host = t.detached(|| net::gethostbyaddr(&raw)).map_err(|e| host_error(t, e))?;
    Ok(host_value(t, &host))
}
fn sethostname(t: Attached<'_>, a: &[Value]) -> PyResult {
    let name = file_name(t, &a[0])?;
    check(t, net::sethostname(name.as_bytes()))?;
    Ok(Value::none())
}

fn protocol_name(t: Attached<'_>, v: &Value, function: &str) -> PyResult<Option<CString>> {
    v.given().filter(|v| !v.is_none()).map(|v| text(t, v, &format!("{function}() argument 2"))).transpose()
}
fn getservbyname(t: Attached<'_>, a: &[Value]) -> PyResult {
    let name = text(t, &a[0], "getservbyname() argument 1")?;
    let protocol = protocol_name(t, &a[1], "getservbyname")?;
    match t.detached(|| net::getservbyname(&name, protocol.as_deref())) {
        Some(port) => Ok(Value::i32(i32::from(port))),
        None => Err(t.raise(&exception::OSError, "service/proto not found")),
    }
}
fn getservbyport(t: Attached<'_>, a: &[Value]) -> PyResult {
    let Ok(port) = u16::try_from(c_int(t, &a[0])?) else {
        return Err(t.overflow_error("getservbyport: port must be 0-65535."));
    };
    let protocol = protocol_name(t, &a[1], "getservbyport")?;
    match t.detached(|| net::getservbyport(port, protocol.as_deref())) {
        Some(name) => Ok(decoded(t, &name)),
        None => Err(t.raise(&exception::OSError, "port/proto not found")),
    }
}
fn getprotobyname(t: Attached<'_>, a: &[Value]) -> PyResult {
    let name = text(t, &a[0], "getprotobyname() argument 1")?;
    match t.detached(|| net::getprotobyname(&name)) {
        Some(n) => Ok(Value::i32(n)),
        None => Err(t.raise(&exception::OSError, "protocol not found")),
    }
}

fn socketpair(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (family, kind, proto) = (c_int_or(t, &a[0], AF_UNIX)?, c_int_or(t, &a[1], 1)?, c_int_or(t, &a[2], 0)?);
    let (x, y) = check(t, net::socketpair(family, kind | object::SOCK_CLOEXEC, proto))?;
    let make = |fd: i32| {
        let args = [Value::i32(family), Value::i32(kind), Value::i32(proto), Value::i32(fd)];
        protocol::call(t, object::SOCKET.get(t), &args)
    };
    let first = make(x);
    let second = make(y);
    Ok(tuple::new(t, vec![first?, second?]))
}
fn close(t: Attached<'_>, a: &[Value]) -> PyResult {
    let fd = c_int(t, &a[0])?;
    match t.detached(|| fs::close(fd)) {
        Err(e) if e.name() != Some("ECONNRESET") => Err(os_error(t, e)),
        _ => Ok(Value::none()),
    }
}

/// A number below a limit, for the byte orders.
fn unsigned(t: Attached<'_>, v: &Value, max: i64, kind: &str) -> PyResult<i64> {
    let n = protocol::as_index(t, v)?;
    let too_large = || t.overflow_error(format!("Python int too large for C {kind}"));
    let Some(n) = int::as_i64(&n) else { return Err(too_large()) };
    if n < 0 {
        return Err(t.value_error("Cannot convert negative int"));
    }
    if n > max { Err(too_large()) } else { Ok(n) }
}
fn swap16(t: Attached<'_>, v: &Value) -> PyResult {
    let n = unsigned(t, v, 0xffff, "uint16_t")?;
    Ok(Value::i32(i32::from((n as u16).to_be())))
}
fn swap32(t: Attached<'_>, v: &Value) -> PyResult {
    let n = unsigned(t, v, 0xffff_ffff, "uint32_t")?;
    Ok(int::new(t, i64::from((n as u32).to_be())))
}

fn inet_aton(t: Attached<'_>, a: &[Value]) -> PyResult {
    let name = text(t, &a[0], "inet_aton() argument 1")?;
    match net::inet_aton(&name) {
        Some(raw) => Ok(bytes::new(t, &raw)),
        None => Err(t.raise(&exception::OSError, "illegal IP address string passed to inet_aton")),
    }
}
fn inet_ntoa(t: Attached<'_>, a: &[Value]) -> PyResult {
    let raw = buffer::read_arg(t, &a[0], "")?.to_vec();
    if raw.len() != 4 {
        return Err(t.raise(&exception::OSError, "packed IP wrong length for inet_ntoa"));
    }
    Ok(str::new(t, &check(t, net::inet_ntop(AF_INET, &raw))?))
}
fn inet_pton(t: Attached<'_>, a: &[Value]) -> PyResult {
    let family = c_int(t, &a[0])?;
    let name = text(t, &a[1], "inet_pton() argument 2")?;
    match check(t, net::inet_pton(family, &name))? {
        Some(raw) => Ok(bytes::new(t, &raw)),
        None => Err(t.raise(&exception::OSError, "illegal IP address string passed to inet_pton")),
    }
}
fn inet_ntop(t: Attached<'_>, a: &[Value]) -> PyResult {
    let family = c_int(t, &a[0])?;
    let raw = buffer::read_arg(t, &a[1], "")?.to_vec();
    let expected = match family {
        AF_INET => 4,
        AF_INET6 => 16,
        _ => return Err(t.value_error(format!("unknown address family {family}"))),
    };
    if raw.len() != expected {
        return Err(t.value_error("invalid length of packed IP address string"));
    }
    Ok(str::new(t, &check(t, net::inet_ntop(family, &raw))?))
}

fn if_nameindex(t: Attached<'_>, _: &[Value]) -> PyResult {
    let all = check(t, net::if_nameindex())?;
    let one = |(index, name): &(u32, Vec<u8>)| tuple::new(t, vec![int::new(t, i64::from(*index)), decoded(t, name)]);
    Ok(list::new(t, all.iter().map(one).collect()))
}
fn if_nametoindex(t: Attached<'_>, a: &[Value]) -> PyResult {
    let name = file_name(t, &a[0])?;
    Ok(int::new(t, i64::from(check(t, net::if_nametoindex(&name))?)))
}
fn if_indextoname(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = crate::arguments::c_ulong(t, &a[0])?;
    let Ok(n) = u32::try_from(n) else { return Err(t.overflow_error("Python int too large to convert to C int")) };
    let name = check(t, net::if_indextoname(n))?;
    Ok(decoded(t, &name))
}

fn control_size(t: Attached<'_>, v: &Value, name: &str, compute: fn(usize) -> Option<usize>) -> PyResult {
    let n = protocol::as_size(t, v)?;
    match usize::try_from(n).ok().and_then(compute) {
        Some(n) => Ok(int::from_usize(t, n)),
        None => Err(t.overflow_error(format!("{name}() argument out of range"))),
    }
}

#[cfg(test)]
mod tests;
