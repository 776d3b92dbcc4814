//! Facts about the system the process runs on.

use crate::errno::{Errno, Result, done, zeroed};
use crate::strings::bytes_of;
use std::mem::MaybeUninit;

/// Answer of [`uname`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemName {
    pub sysname: Vec<u8>,
    pub nodename: Vec<u8>,
    pub release: Vec<u8>,
    pub version: Vec<u8>,
    pub machine: Vec<u8>,
}

/// Names of the system and the machine.
pub fn uname() -> Result<SystemName> {
    let mut c = MaybeUninit::<libc::utsname>::zeroed();
    // SAFETY: the structure has room.
    done(unsafe { libc::uname(c.as_mut_ptr()) })?;
    // SAFETY: the call succeeded, so each field is a NUL-ended text.
    unsafe {
        let c = c.assume_init_ref();
        Ok(SystemName {
            sysname: bytes_of(c.sysname.as_ptr()).unwrap_or_default(),
            nodename: bytes_of(c.nodename.as_ptr()).unwrap_or_default(),
            release: bytes_of(c.release.as_ptr()).unwrap_or_default(),
            version: bytes_of(c.version.as_ptr()).unwrap_or_default(),
            machine: bytes_of(c.machine.as_ptr()).unwrap_or_default(),
        })
    }
}

/// Load over 1, 5 and 15 minutes.
pub fn getloadavg() -> Result<[f64; 3]> {
    let mut loads = [0.0; 3];
    // SAFETY: the array has room for the three numbers.
    if unsafe { libc::getloadavg(loads.as_mut_ptr(), 3) } == 3 { Ok(loads) } else { Err(Errno::EIO) }
}

/// The value of an `_SC_` number, -1 where the system sets no limit; `EINVAL` for an unknown number.
pub fn sysconf(name: i32) -> Result<i64> {
    Errno::set_last(0);
    // SAFETY: only an integer crosses.
    match (unsafe { libc::sysconf(name) }, Errno::last()) {
        (-1, error) if error.0 != 0 => Err(error),
        (value, _) => Ok(value),
    }
}

/// The text of a `_CS_` number, `None` where it has none; `EINVAL` for an unknown number.
pub fn confstr(name: i32) -> Result<Option<Vec<u8>>> {
    Errno::set_last(0);
    // SAFETY: with size 0 nothing is written.
    let size = unsafe { libc::confstr(name, std::ptr::null_mut(), 0) };
    if size == 0 {
        return match Errno::last() {
            Errno(0) => Ok(None),
            error => Err(error),
        };
    }
    let mut text = zeroed(size)?;
    // SAFETY: the buffer is writable for the size given.
    unsafe { libc::confstr(name, text.as_mut_ptr().cast(), size) };
    Ok(Some(crate::strings::until_nul(&text)))
}
