//! Names to addresses and back: hosts, services, protocols.

use super::address::Address;
use crate::errno::{Errno, zeroed};
use crate::strings::bytes_of;
use crate::users::texts_of;
use std::ffi::{CStr, c_char, c_int};
use std::fmt;
use std::ptr::null_mut;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Why a lookup failed: an `EAI_*` number (Python's `gaierror`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResolveError {
    pub code: i32,
    /// Set when the code is `EAI_SYSTEM`.
    pub errno: Option<Errno>,
}

impl ResolveError {
    fn new(code: i32) -> ResolveError {
        ResolveError { code, errno: (code == libc::EAI_SYSTEM).then(Errno::last) }
    }

    /// libc's text for the code.
    pub fn message(self) -> String {
        // SAFETY: libc answers a NUL-ended text that it keeps.
        let text = unsafe { bytes_of(libc::gai_strerror(self.code)) }.unwrap_or_default();
        String::from_utf8_lossy(&text).into_owned()
    }
}

impl fmt::Display for ResolveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[Errno {}] {}", self.code, self.message())
    }
}

impl std::error::Error for ResolveError {}

/// One answer of [`getaddrinfo`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressInfo {
    pub family: i32,
    pub kind: i32,
    pub protocol: i32,
    pub canonical: Vec<u8>,
    pub address: Address,
}

/// The addresses of a host and service.
pub fn getaddrinfo(
    host: Option<&CStr>,
    service: Option<&CStr>,
    family: i32,
    kind: i32,
    protocol: i32,
    flags: i32,
) -> Result<Vec<AddressInfo>, ResolveError> {
    // SAFETY: NULL pointers and zeros are a valid hint.
    let mut hint: libc::addrinfo = unsafe { std::mem::zeroed() };
    hint.ai_family = family;
    hint.ai_socktype = kind;
    hint.ai_protocol = protocol;
    hint.ai_flags = flags;
    let mut list = null_mut();
    let host = host.map_or(std::ptr::null(), CStr::as_ptr);
    let service = service.map_or(std::ptr::null(), CStr::as_ptr);
    // SAFETY: texts are NULL or NUL-ended, hint and answer are locals.
    let code = unsafe { libc::getaddrinfo(host, service, &raw const hint, &raw mut list) };
    if code != 0 {
        return Err(ResolveError::new(code));
    }
    let mut answers = Vec::new();
    let mut at = list;
    // SAFETY: each entry of the list is valid until the list is freed, once, below.
    unsafe {
        while let Some(entry) = at.as_ref() {
            let len = entry.ai_addrlen as usize;
            if !entry.ai_addr.is_null()
                && let Some(address) = Address::decode(std::slice::from_raw_parts(entry.ai_addr.cast::<u8>(), len))
            {
                answers.push(AddressInfo {
                    family: entry.ai_family,
                    kind: entry.ai_socktype,
                    protocol: entry.ai_protocol,
                    canonical: bytes_of(entry.ai_canonname).unwrap_or_default(),
                    address,
                });
            }
            at = entry.ai_next;
        }
        if !list.is_null() {
            libc::freeaddrinfo(list);
        }
    }
    Ok(answers)
}

/// Host and service names of an address; `flags` are `NI_*`.
pub fn getnameinfo(address: &Address, flags: i32) -> Result<(Vec<u8>, Vec<u8>), ResolveError> {
    let c = address.encode().map_err(|_| ResolveError { code: libc::EAI_FAMILY, errno: None })?;
    let (mut host, mut service) = ([0u8; 1025], [0u8; 64]);
    // SAFETY: the address outlives the call, both buffers are writable for the lengths given.
    let code = unsafe {
        libc::getnameinfo(
            c.as_ptr(),
            c.len(),
            host.as_mut_ptr().cast(),
            host.len() as libc::socklen_t,
            service.as_mut_ptr().cast(),
            service.len() as libc::socklen_t,
            flags,
        )
    };
    if code != 0 {
        return Err(ResolveError::new(code));
    }
    Ok((crate::strings::until_nul(&host), crate::strings::until_nul(&service)))
}

/// Why a lookup of the older family failed: an `h_errno` number (Python's `herror`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostError {
    pub code: i32,
}

impl HostError {
    /// libc's text for the code.
    pub fn message(self) -> String {
        // SAFETY: libc answers a NUL-ended text that it keeps.
        let text = unsafe { bytes_of(hstrerror(self.code)) }.unwrap_or_default();
        String::from_utf8_lossy(&text).into_owned()
    }
}

/// A host as the older family of lookups answers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    pub name: Vec<u8>,
    pub aliases: Vec<Vec<u8>>,
    /// `AF_INET` or `AF_INET6`.
    pub family: i32,
    /// 4 or 16 bytes each.
    pub addresses: Vec<Vec<u8>>,
}

unsafe extern "C" {
    fn hstrerror(code: c_int) -> *const c_char;
    fn gethostbyname_r(
        name: *const c_char,
        host: *mut libc::hostent,
        buffer: *mut c_char,
        size: usize,
        found: *mut *mut libc::hostent,
        error: *mut c_int,
    ) -> c_int;
    fn gethostbyaddr_r(
        address: *const libc::c_void,
        len: libc::socklen_t,
        family: c_int,
        host: *mut libc::hostent,
        buffer: *mut c_char,
        size: usize,
        found: *mut *mut libc::hostent,
        error: *mut c_int,
    ) -> c_int;
}

/// The resolver's code for "ask again, it failed inside" (`NO_RECOVERY`).
const NO_RECOVERY: i32 = 3;

fn look_up_host(
    call: impl Fn(*mut libc::hostent, *mut c_char, usize, *mut *mut libc::hostent, *mut c_int) -> c_int,
) -> Result<Host, HostError> {
    let failed = HostError { code: NO_RECOVERY };
    let mut size = 4096;
    loop {
        let mut buffer = zeroed(size).map_err(|_| failed)?;
        // SAFETY: NULL pointers and zeros are a valid entry.
        let mut entry: libc::hostent = unsafe { std::mem::zeroed() };
        let (mut found, mut code) = (null_mut(), 0);
        let status = call(&raw mut entry, buffer.as_mut_ptr().cast(), size, &raw mut found, &raw mut code);
        if status == libc::ERANGE && size < 1 << 22 {
            size *= 4;
            continue;
        }
        if status != 0 || found.is_null() {
            return Err(HostError { code });
        }
        let mut addresses = Vec::new();
        let width = usize::try_from(entry.h_length).unwrap_or(0);
        // SAFETY: the lookup succeeded: texts are NUL-ended, arrays NULL-ended, each address `width`
        // bytes, all in the buffer, which is alive.
        unsafe {
            let mut at = entry.h_addr_list;
            while !at.is_null() && !(*at).is_null() {
                addresses.push(std::slice::from_raw_parts((*at).cast::<u8>(), width).to_vec());
                at = at.add(1);
            }
            return Ok(Host {
                name: bytes_of(entry.h_name).unwrap_or_default(),
                aliases: texts_of(entry.h_aliases),
                family: entry.h_addrtype,
                addresses,
            });
        }
    }
}

/// All names and IPv4 addresses of a host.
pub fn gethostbyname(name: &CStr) -> Result<Host, HostError> {
    look_up_host(|entry, buffer, size, found, error| {
        // SAFETY: the name is NUL-ended; entry, buffer and answers outlive the call.
        unsafe { gethostbyname_r(name.as_ptr(), entry, buffer, size, found, error) }
    })
}

/// All names of the host with these 4 or 16 bytes of address.
pub fn gethostbyaddr(address: &[u8]) -> Result<Host, HostError> {
    let family = if address.len() == 4 { libc::AF_INET } else { libc::AF_INET6 };
    if address.len() != 4 && address.len() != 16 {
        return Err(HostError { code: NO_RECOVERY });
    }
    look_up_host(|entry, buffer, size, found, error| {
        let len = address.len() as libc::socklen_t;
        // SAFETY: the address is readable for its length; entry, buffer and answers outlive the call.
        unsafe { gethostbyaddr_r(address.as_ptr().cast(), len, family, entry, buffer, size, found, error) }
    })
}

/// The service and protocol databases answer from one static entry.
/// Guarded by: itself. Held from the lookup until the entry is copied.
static DATABASE: Mutex<()> = Mutex::new(());

/// Keeps such lookups away, for a fork.
pub(crate) fn hold() -> MutexGuard<'static, ()> {
    DATABASE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Port of a service, of any protocol or one (`tcp`, `udp`).
pub fn getservbyname(name: &CStr, protocol: Option<&CStr>) -> Option<u16> {
    let _turn = hold();
    let protocol = protocol.map_or(std::ptr::null(), CStr::as_ptr);
    // SAFETY: texts are NULL or NUL-ended; the entry is copied under the lock.
    unsafe { libc::getservbyname(name.as_ptr(), protocol).as_ref() }.map(|entry| u16::from_be(entry.s_port as u16))
}

/// Name of the service at a port, of any protocol or one.
pub fn getservbyport(port: u16, protocol: Option<&CStr>) -> Option<Vec<u8>> {
    let _turn = hold();
    let protocol = protocol.map_or(std::ptr::null(), CStr::as_ptr);
    // SAFETY: texts are NULL or NUL-ended; the entry is copied under the lock.
    unsafe {
        libc::getservbyport(i32::from(port.to_be()), protocol).as_ref().and_then(|entry| bytes_of(entry.s_name))
    }
}

/// Number of a protocol.
pub fn getprotobyname(name: &CStr) -> Option<i32> {
    let _turn = hold();
    // SAFETY: the name is NUL-ended; the entry is copied under the lock.
    unsafe { libc::getprotobyname(name.as_ptr()).as_ref() }.map(|entry| entry.p_proto)
}
