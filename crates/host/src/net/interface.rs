//! This machine's name and network interfaces.

use crate::errno::{Errno, Result, done};
use crate::strings::{bytes_of, until_nul};
use std::ffi::CStr;

/// The machine's name.
pub fn gethostname() -> Result<Vec<u8>> {
    let mut name = [0u8; 1025];
    // SAFETY: the buffer is writable; the last byte stays NUL.
    done(unsafe { libc::gethostname(name.as_mut_ptr().cast(), name.len() - 1) })?;
    Ok(until_nul(&name))
}

/// Sets the machine's name; needs privilege.
pub fn sethostname(name: &[u8]) -> Result<()> {
    // SAFETY: the bytes are readable for the length given.
    done(unsafe { libc::sethostname(name.as_ptr().cast(), name.len()) })
}

/// Number and name of each interface.
pub fn if_nameindex() -> Result<Vec<(u32, Vec<u8>)>> {
    // SAFETY: takes nothing.
    let list = unsafe { libc::if_nameindex() };
    if list.is_null() {
        return Err(Errno::last());
    }
    let mut found = Vec::new();
    // SAFETY: the list ends with an entry of number 0 and NULL name; it is freed once, after its use.
    unsafe {
        let mut at = list;
        while (*at).if_index != 0 {
            found.push(((*at).if_index, bytes_of((*at).if_name).unwrap_or_default()));
            at = at.add(1);
        }
        libc::if_freenameindex(list);
    }
    Ok(found)
}

/// Number of the interface with this name.
pub fn if_nametoindex(name: &CStr) -> Result<u32> {
    // SAFETY: the name is NUL-ended and outlives the call.
    match unsafe { libc::if_nametoindex(name.as_ptr()) } {
        0 => Err(Errno::last()),
        index => Ok(index),
    }
}

/// Name of the interface with this number.
pub fn if_indextoname(index: u32) -> Result<Vec<u8>> {
    let mut name = [0u8; libc::IF_NAMESIZE + 1];
    // SAFETY: the buffer holds the longest name.
    if unsafe { libc::if_indextoname(index, name.as_mut_ptr().cast()) }.is_null() {
        return Err(Errno::last());
    }
    Ok(until_nul(&name))
}
