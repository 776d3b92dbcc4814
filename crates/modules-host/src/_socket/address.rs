//! Socket addresses as Python writes them, and names of hosts.

use std::ffi::{CStr, CString};

use orochi_host::net::{self, Address, ResolveError, inet_ntop};
use orochi_objects::type_::type_name;
use orochi_objects::{Attached, PyResult, Raised, Value, buffer, bytes, exception, int, protocol, str, tuple};

use crate::arguments::{decoded, encode};

pub(super) const AF_UNIX: i32 = 1;
pub(super) const AF_INET: i32 = 2;
pub(super) const AF_INET6: i32 = 10;
const AF_NETLINK: i32 = 16;
const AF_PACKET: i32 = 17;
const AF_VSOCK: i32 = 40;
/// Bytes of `sun_path`.
const UNIX_PATH: usize = 108;

/// The Python form of an address.
pub(super) fn to_value(t: Attached<'_>, address: Option<&Address>) -> PyResult {
    let n = |n: i64| int::new(t, n);
    let Some(address) = address else { return Ok(Value::none()) };
    let written = |family, ip: &[u8]| inet_ntop(family, ip).map_or(Value::none(), |text| str::new(t, &text));
    Ok(match address {
        Address::Inet4 { ip, port } => tuple::new(t, vec![written(AF_INET, ip), n(i64::from(*port))]),
        Address::Inet6 { ip, port, flow, scope } => tuple::new(
            t,
            vec![written(AF_INET6, ip), n(i64::from(*port)), n(i64::from(*flow)), n(i64::from(*scope))],
        ),
        Address::Unix(path) if path.first() == Some(&0) => bytes::new(t, path),
        Address::Unix(path) => decoded(t, path),
        Address::Netlink { pid, groups } => tuple::new(t, vec![n(i64::from(*pid)), n(i64::from(*groups))]),
        Address::Packet { interface, protocol, kind, hardware, address } => {
            let name = net::if_indextoname(*interface as u32).unwrap_or_default();
            let fields = vec![
                decoded(t, &name),
                n(i64::from(*protocol)),
                n(i64::from(*kind)),
                n(i64::from(*hardware)),
                bytes::new(t, address),
            ];
            tuple::new(t, fields)
        }
        Address::Vsock { cid, port } => tuple::new(t, vec![n(i64::from(*cid)), n(i64::from(*port))]),
        Address::Other { family, data } => tuple::new(t, vec![n(i64::from(*family)), bytes::new(t, data)]),
    })
}

/// A host name for C: ASCII text as it is, other text in IDNA, bytes as they are.
pub(super) fn host_name(t: Attached<'_>, v: &Value) -> PyResult<CString> {
    let raw = if let Some(text) = str::as_str(v) {
        if text.is_ascii() {
            text.bytes().to_vec()
        } else {
            let coded = protocol::call_method(t, v, &t.names().encode, &[str::new(t, "idna")])?;
            bytes::as_bytes(&coded).unwrap_or(b"").to_vec()
        }
    } else if buffer::is_exporter(t, v) {
        buffer::get(t, v, false)?.to_vec()
    } else {
        return Err(t.type_error(format!("str, bytes or bytearray expected, not {}", type_name(t, v))));
    };
    CString::new(raw).map_err(|_| t.type_error("host name must not contain null character"))
}

/// `gaierror`, or OSError where the system says more.
pub(super) fn resolve_error(t: Attached<'_>, error: ResolveError) -> Raised {
    match error.errno {
        Some(errno) => crate::errors::os_error(t, errno),
        None => super::raise(t, |e| &e.gaierror, error.code, &error.message()),
    }
}

/// The address of a host: its first one of the family. `""` is any, `<broadcast>` all.
pub(super) fn resolve(t: Attached<'_>, host: &CStr, family: i32) -> PyResult<Address> {
    const AI_PASSIVE: i32 = 1;
    let any4 = |ip| Ok(Address::Inet4 { ip, port: 0 });
    match host.to_bytes() {
        b"" => {
            let found = t.detached(|| net::getaddrinfo(None, Some(c"0"), family, 2, 0, AI_PASSIVE));
            let found = found.map_err(|e| resolve_error(t, e))?;
            return match <[_; 1]>::try_from(found) {
                Ok([one]) => Ok(one.address),
                Err(_) => Err(t.raise(&exception::OSError, "wildcard resolved to multiple address")),
            };
        }
        b"<broadcast>" | b"255.255.255.255" if family != AF_INET && family != 0 => {
            return Err(t.raise(&exception::OSError, "address family mismatched"));
        }
        b"<broadcast>" | b"255.255.255.255" => return any4([255; 4]),
        _ => {}
    }
    if family != AF_INET6
        && let Ok(Some(ip)) = net::inet_pton(AF_INET, host)
        && let Ok(ip) = <[u8; 4]>::try_from(ip)
    {
        return any4(ip);
    }
    let found = t.detached(|| net::getaddrinfo(Some(host), None, family, 0, 0, 0));
    let found = found.map_err(|e| resolve_error(t, e))?;
    found.into_iter().next().map(|i| i.address).ok_or_else(|| t.raise(&exception::OSError, "no address found"))
}

fn port(t: Attached<'_>, v: &Value, function: &str) -> PyResult<u16> {
    let n = protocol::as_index(t, v)?;
    match int::as_i64(&n).map(u16::try_from) {
        Some(Ok(port)) => Ok(port),
        _ => Err(t.overflow_error(format!("{function}(): port must be 0-65535."))),
    }
}
fn u32_of(t: Attached<'_>, v: &Value) -> PyResult<u32> {
    crate::arguments::c_uint_wrapping(t, v)
}

/// An address argument of `function` for a socket of `family`.
pub(super) fn from_value(t: Attached<'_>, v: &Value, family: i32, function: &str) -> PyResult<Address> {
    let name = match family {
        AF_INET => "AF_INET",
        AF_INET6 => "AF_INET6",
        AF_NETLINK => "AF_NETLINK",
        AF_PACKET => "AF_PACKET",
        AF_VSOCK => "AF_VSOCK",
        AF_UNIX => return unix(t, v),
        _ => return Err(t.raise(&exception::OSError, format!("{function}(): bad family"))),
    };
    if tuple::as_tuple(v).is_none() {
        return Err(t.type_error(format!("{function}(): {name} address must be tuple, not {}", type_name(t, v))));
    }
    match (family, tuple::items(v)) {
        (AF_INET, [host, number]) => {
            let host = host_name(t, host)?;
            let port = port(t, number, function)?;
            match resolve(t, &host, AF_INET)? {
                Address::Inet4 { ip, .. } => Ok(Address::Inet4 { ip, port }),
                other => Ok(other),
            }
        }
        (AF_INET, _) => Err(t.type_error("AF_INET address must be a pair (host, port)")),
        (AF_INET6, [host, number, rest @ ..]) if rest.len() <= 2 => {
            let host = host_name(t, host)?;
            let port = port(t, number, function)?;
            let flow = rest.first().map_or(Ok(0), |v| u32_of(t, v))?;
            let given_scope = rest.get(1).map_or(Ok(0), |v| u32_of(t, v))?;
            if flow > 0xfffff {
                return Err(t.overflow_error(format!("{function}(): flowinfo must be 0-1048575.")));
            }
            match resolve(t, &host, AF_INET6)? {
                Address::Inet6 { ip, scope, .. } => {
                    let scope = if rest.len() == 2 { given_scope } else { scope };
                    Ok(Address::Inet6 { ip, port, flow, scope })
                }
                other => Ok(other),
            }
        }
        (AF_INET6, _) => Err(t.type_error("AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])")),
        (AF_NETLINK, [pid, groups]) => Ok(Address::Netlink { pid: u32_of(t, pid)?, groups: u32_of(t, groups)? }),
        (AF_NETLINK, _) => Err(t.type_error("AF_NETLINK address must be a pair (pid, groups)")),
        (AF_VSOCK, [cid, port]) => Ok(Address::Vsock { cid: u32_of(t, cid)?, port: u32_of(t, port)? }),
        (AF_VSOCK, _) => Err(t.type_error("AF_VSOCK address must be a pair (cid, port)")),
        (_, [interface, proto, rest @ ..]) if rest.len() <= 3 => {
            let interface = host_name(t, interface)?;
            let number = crate::errors::check(t, net::if_nametoindex(&interface))?;
            let protocol = protocol::expect_i64(t, proto)?;
            let Ok(protocol) = u16::try_from(protocol) else {
                return Err(t.overflow_error(format!("{function}(): proto must be 0-65535.")));
            };
            let kind = rest.first().map_or(Ok(0), |v| u32_of(t, v))? as u8;
            let hardware = rest.get(1).map_or(Ok(0), |v| u32_of(t, v))? as u16;
            let address = rest.get(2).map_or(Ok(Vec::new()), |v| Ok(buffer::read_arg(t, v, "")?.to_vec()))?;
            if address.len() > 8 {
                return Err(t.value_error("Hardware address must be 8 bytes or less"));
            }
            Ok(Address::Packet { interface: number as i32, protocol, kind, hardware, address })
        }
        _ => {
            let form = "(ifname, proto[, pkttype[, hatype[, addr]]])";
            Err(t.type_error(format!("AF_PACKET address must be a tuple of two to five elements {form}")))
        }
    }
}

fn unix(t: Attached<'_>, v: &Value) -> PyResult<Address> {
    let path = match str::as_str(v) {
        Some(text) => encode(t, v, text.wtf8())?,
        None => buffer::read_arg(t, v, "")?.to_vec(),
    };
    let room = if path.first() == Some(&0) { UNIX_PATH } else { UNIX_PATH - 1 };
    if path.len() > room {
        return Err(t.raise(&exception::OSError, "AF_UNIX path too long"));
    }
    Ok(Address::Unix(path))
}
