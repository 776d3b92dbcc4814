//! Socket addresses as values, and their C form.

use crate::errno::{Errno, Result};
use std::mem::{MaybeUninit, offset_of};

/// The address of a socket. Ports, flow labels and protocols are in host order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    Inet4 { ip: [u8; 4], port: u16 },
    Inet6 { ip: [u8; 16], port: u16, flow: u32, scope: u32 },
    /// A path, a name that starts with NUL (abstract), or nothing (unnamed).
    Unix(Vec<u8>),
    Netlink { pid: u32, groups: u32 },
    Packet { interface: i32, protocol: u16, kind: u8, hardware: u16, address: Vec<u8> },
    Vsock { cid: u32, port: u32 },
    /// Any other family: what follows the family number, in C layout.
    Other { family: u16, data: Vec<u8> },
}

/// Bytes of the largest address.
pub(super) const LARGEST: usize = size_of::<libc::sockaddr_storage>();

/// An address in C form.
pub(super) struct Encoded {
    storage: libc::sockaddr_storage,
    len: usize,
}

impl Encoded {
    pub(super) fn as_ptr(&self) -> *const libc::sockaddr {
        (&raw const self.storage).cast()
    }

    pub(super) fn len(&self) -> libc::socklen_t {
        self.len as libc::socklen_t
    }
}

/// Room for an address that the kernel writes.
pub(super) struct Room {
    storage: MaybeUninit<libc::sockaddr_storage>,
    pub(super) len: libc::socklen_t,
}

impl Room {
    pub(super) fn new() -> Room {
        Room { storage: MaybeUninit::zeroed(), len: LARGEST as libc::socklen_t }
    }

    pub(super) fn as_mut_ptr(&mut self) -> *mut libc::sockaddr {
        self.storage.as_mut_ptr().cast()
    }

    pub(super) fn decode(&self) -> Option<Address> {
        let len = (self.len as usize).min(LARGEST);
        // SAFETY: the storage was zeroed, so all its bytes are initialised.
        let bytes = unsafe { std::slice::from_raw_parts(self.storage.as_ptr().cast::<u8>(), len) };
        Address::decode(bytes)
    }
}

/// Copies a C structure out of bytes; missing bytes are zero.
fn take<T: Copy>(bytes: &[u8]) -> T {
    let mut value = MaybeUninit::<T>::zeroed();
    let n = bytes.len().min(size_of::<T>());
    // SAFETY: `n` bytes are readable and fit. Callers use C structures of plain integers, for which any
    // bytes are a value.
    unsafe {
        std::ptr::copy_nonoverlapping(bytes.as_ptr(), value.as_mut_ptr().cast::<u8>(), n);
        value.assume_init()
    }
}

/// The C form of a structure that starts an address.
fn encoded<T: Copy>(value: T, len: usize) -> Encoded {
    const { assert!(size_of::<T>() <= LARGEST) };
    // SAFETY: the structure is plain integers.
    let mut storage: libc::sockaddr_storage = unsafe { std::mem::zeroed() };
    // SAFETY: the storage is large enough, by the assertion, and aligned for every address.
    unsafe { (&raw mut storage).cast::<T>().write(value) };
    Encoded { storage, len }
}

const UNIX_PATH: usize = offset_of!(libc::sockaddr_un, sun_path);

impl Address {
    /// The family number (`AF_*`).
    pub fn family(&self) -> i32 {
        match self {
            Address::Inet4 { .. } => libc::AF_INET,
            Address::Inet6 { .. } => libc::AF_INET6,
            Address::Unix(_) => libc::AF_UNIX,
            Address::Netlink { .. } => libc::AF_NETLINK,
            Address::Packet { .. } => libc::AF_PACKET,
            Address::Vsock { .. } => libc::AF_VSOCK,
            Address::Other { family, .. } => i32::from(*family),
        }
    }

    /// The C form. `ENAMETOOLONG` when a path or other data does not fit.
    pub(super) fn encode(&self) -> Result<Encoded> {
        let family = self.family() as libc::sa_family_t;
        Ok(match self {
            Address::Inet4 { ip, port } => {
                let c = libc::sockaddr_in {
                    sin_family: family,
                    sin_port: port.to_be(),
                    sin_addr: libc::in_addr { s_addr: u32::from_ne_bytes(*ip) },
                    sin_zero: [0; 8],
                };
                encoded(c, size_of_val(&c))
            }
            Address::Inet6 { ip, port, flow, scope } => {
                let c = libc::sockaddr_in6 {
                    sin6_family: family,
                    sin6_port: port.to_be(),
                    sin6_flowinfo: flow.to_be(),
                    sin6_addr: libc::in6_addr { s6_addr: *ip },
                    sin6_scope_id: *scope,
                };
                encoded(c, size_of_val(&c))
            }
            Address::Unix(path) => {
                let mut c = libc::sockaddr_un { sun_family: family, sun_path: [0; 108] };
                // A path keeps its ending NUL; an abstract name and the empty name have none.
                let is_path = path.first().is_some_and(|b| *b != 0);
                if path.len() + usize::from(is_path) > c.sun_path.len() {
                    return Err(Errno::ENAMETOOLONG);
                }
                for (slot, byte) in c.sun_path.iter_mut().zip(path) {
                    *slot = *byte as libc::c_char;
                }
                encoded(c, UNIX_PATH + path.len() + usize::from(is_path))
            }
            Address::Netlink { pid, groups } => {
                // SAFETY: the structure is plain integers; its padding must be zero.
                let mut c: libc::sockaddr_nl = unsafe { std::mem::zeroed() };
                c.nl_family = family;
                c.nl_pid = *pid;
                c.nl_groups = *groups;
                encoded(c, size_of_val(&c))
            }
            Address::Packet { interface, protocol, kind, hardware, address } => {
                let mut c = libc::sockaddr_ll {
                    sll_family: family,
                    sll_protocol: protocol.to_be(),
                    sll_ifindex: *interface,
                    sll_hatype: *hardware,
                    sll_pkttype: *kind,
                    sll_halen: address.len() as u8,
                    sll_addr: [0; 8],
                };
                if address.len() > c.sll_addr.len() {
                    return Err(Errno::ENAMETOOLONG);
                }
                c.sll_addr[..address.len()].copy_from_slice(address);
                encoded(c, size_of_val(&c))
            }
            Address::Vsock { cid, port } => {
                // SAFETY: the structure is plain integers; its reserved fields must be zero.
                let mut c: libc::sockaddr_vm = unsafe { std::mem::zeroed() };
                c.svm_family = family;
                c.svm_cid = *cid;
                c.svm_port = *port;
                encoded(c, size_of_val(&c))
            }
            Address::Other { data, .. } => {
                let mut bytes = [0u8; LARGEST];
                let len = data.len() + 2;
                if len > LARGEST {
                    return Err(Errno::ENAMETOOLONG);
                }
                bytes[..2].copy_from_slice(&family.to_ne_bytes());
                bytes[2..len].copy_from_slice(data);
                encoded(bytes, len)
            }
        })
    }

    /// From the C form; `None` when there is no family, as after receiving on a connected stream.
    pub fn decode(bytes: &[u8]) -> Option<Address> {
        let family = u16::from_ne_bytes([*bytes.first()?, *bytes.get(1)?]);
        Some(match i32::from(family) {
            libc::AF_INET => {
                let c: libc::sockaddr_in = take(bytes);
                Address::Inet4 { ip: c.sin_addr.s_addr.to_ne_bytes(), port: u16::from_be(c.sin_port) }
            }
            libc::AF_INET6 => {
                let c: libc::sockaddr_in6 = take(bytes);
                Address::Inet6 {
                    ip: c.sin6_addr.s6_addr,
                    port: u16::from_be(c.sin6_port),
                    flow: u32::from_be(c.sin6_flowinfo),
                    scope: c.sin6_scope_id,
                }
            }
            libc::AF_UNIX => {
                let path = bytes.get(UNIX_PATH..).unwrap_or(&[]);
                if path.first() == Some(&0) {
                    Address::Unix(path.to_vec())
                } else {
                    Address::Unix(crate::strings::until_nul(path))
                }
            }
            libc::AF_NETLINK => {
                let c: libc::sockaddr_nl = take(bytes);
                Address::Netlink { pid: c.nl_pid, groups: c.nl_groups }
            }
            libc::AF_PACKET => {
                let c: libc::sockaddr_ll = take(bytes);
                let len = usize::from(c.sll_halen).min(c.sll_addr.len());
                Address::Packet {
                    interface: c.sll_ifindex,
                    protocol: u16::from_be(c.sll_protocol),
                    kind: c.sll_pkttype,
                    hardware: c.sll_hatype,
                    address: c.sll_addr[..len].to_vec(),
                }
            }
            libc::AF_VSOCK => {
                let c: libc::sockaddr_vm = take(bytes);
                Address::Vsock { cid: c.svm_cid, port: c.svm_port }
            }
            _ => Address::Other { family, data: bytes[2..].to_vec() },
        })
    }
}

/// The bytes of a written address of `family`; `None` when it is not one. `EAFNOSUPPORT` for other
/// families.
pub fn inet_pton(family: i32, text: &std::ffi::CStr) -> Result<Option<Vec<u8>>> {
    let mut bytes = [0u8; 16];
    // SAFETY: the text is NUL-ended, 16 bytes hold an address of either family.
    match unsafe { c_inet_pton(family, text.as_ptr(), bytes.as_mut_ptr().cast()) } {
        1 if family == libc::AF_INET => Ok(Some(bytes[..4].to_vec())),
        1 => Ok(Some(bytes.to_vec())),
        0 => Ok(None),
        _ => Err(Errno::last()),
    }
}

/// The written form of the bytes of an address. `EAFNOSUPPORT` for families other than `AF_INET` and
/// `AF_INET6`, `EINVAL` for a wrong number of bytes.
pub fn inet_ntop(family: i32, bytes: &[u8]) -> Result<String> {
    let expected = match family {
        libc::AF_INET => 4,
        libc::AF_INET6 => 16,
        _ => return Err(Errno::EAFNOSUPPORT),
    };
    if bytes.len() != expected {
        return Err(Errno::EINVAL);
    }
    let mut text = [0u8; 64];
    // SAFETY: the bytes are as many as the family has, the buffer is writable for the length given.
    let reply = unsafe {
        c_inet_ntop(family, bytes.as_ptr().cast(), text.as_mut_ptr().cast(), text.len() as libc::socklen_t)
    };
    if reply.is_null() {
        return Err(Errno::last());
    }
    Ok(String::from_utf8_lossy(&crate::strings::until_nul(&text)).into_owned())
}

unsafe extern "C" {
    #[link_name = "inet_aton"]
    fn c_inet_aton(text: *const libc::c_char, address: *mut libc::in_addr) -> i32;
    #[link_name = "inet_pton"]
    fn c_inet_pton(family: i32, text: *const libc::c_char, address: *mut libc::c_void) -> i32;
    #[link_name = "inet_ntop"]
    fn c_inet_ntop(
        family: i32,
        address: *const libc::c_void,
        text: *mut libc::c_char,
        size: libc::socklen_t,
    ) -> *const libc::c_char;
}

/// The bytes of an IPv4 address in any of the old forms (`127.1`, `0x7f000001` ...).
pub fn inet_aton(text: &std::ffi::CStr) -> Option<[u8; 4]> {
    let mut address = libc::in_addr { s_addr: 0 };
    // SAFETY: the text is NUL-ended, the address a local.
    let known = unsafe { c_inet_aton(text.as_ptr(), &raw mut address) } != 0;
    known.then(|| address.s_addr.to_ne_bytes())
}
