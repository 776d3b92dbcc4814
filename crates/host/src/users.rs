//! The user and group databases. A lookup that finds nothing is `Ok(None)`.

use crate::errno::{Errno, Result, direct, zeroed};
use crate::strings::bytes_of;
use std::ffi::{CStr, c_char};
use std::mem::MaybeUninit;
use std::ptr::null_mut;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// An entry of the user database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub name: Vec<u8>,
    pub passwd: Vec<u8>,
    pub uid: u32,
    pub gid: u32,
    pub gecos: Vec<u8>,
    pub dir: Vec<u8>,
    pub shell: Vec<u8>,
}

/// An entry of the group database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub name: Vec<u8>,
    pub passwd: Vec<u8>,
    pub gid: u32,
    pub members: Vec<Vec<u8>>,
}

/// The walk through a whole database has one position for the process.
/// Guarded by: itself. Held during a whole walk.
static WALK: Mutex<()> = Mutex::new(());

/// Keeps walks away, for a fork.
pub(crate) fn hold() -> MutexGuard<'static, ()> {
    WALK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Largest buffer tried for one entry.
const LARGEST: usize = 1 << 24;

/// # Safety
/// `entry` was filled by a successful lookup whose buffer is still alive.
unsafe fn user_of(entry: &libc::passwd) -> User {
    // SAFETY: by contract each text is NULL or NUL-ended.
    unsafe {
        User {
            name: bytes_of(entry.pw_name).unwrap_or_default(),
            passwd: bytes_of(entry.pw_passwd).unwrap_or_default(),
            uid: entry.pw_uid,
            gid: entry.pw_gid,
            gecos: bytes_of(entry.pw_gecos).unwrap_or_default(),
            dir: bytes_of(entry.pw_dir).unwrap_or_default(),
            shell: bytes_of(entry.pw_shell).unwrap_or_default(),
        }
    }
}

/// # Safety
/// `entry` was filled by a successful lookup whose buffer is still alive.
unsafe fn group_of(entry: &libc::group) -> Group {
    // SAFETY: by contract each text is NULL or NUL-ended, and the members are a NULL-ended array.
    unsafe {
        Group {
            name: bytes_of(entry.gr_name).unwrap_or_default(),
            passwd: bytes_of(entry.gr_passwd).unwrap_or_default(),
            gid: entry.gr_gid,
            members: texts_of(entry.gr_mem),
        }
    }
}

/// The strings of a NULL-ended array.
///
/// # Safety
/// `array` is NULL or a NULL-ended array of NUL-ended strings.
pub(crate) unsafe fn texts_of(array: *const *mut c_char) -> Vec<Vec<u8>> {
    let mut texts = Vec::new();
    if array.is_null() {
        return texts;
    }
    let mut at = array;
    // SAFETY: the array ends with NULL, at which reading stops.
    unsafe {
        while let Some(text) = bytes_of(*at) {
            texts.push(text);
            at = at.add(1);
        }
    }
    texts
}

/// Runs one reentrant lookup with growing buffers. The call fills the entry and says whether it found one.
fn look_up<E, T>(
    call: impl Fn(*mut E, *mut c_char, usize, *mut *mut E) -> i32,
    convert: impl Fn(&E) -> T,
) -> Result<Option<T>> {
    let mut size = 1024;
    loop {
        let mut buffer = zeroed(size)?;
        let mut entry = MaybeUninit::<E>::uninit();
        let mut found: *mut E = null_mut();
        match direct(call(entry.as_mut_ptr(), buffer.as_mut_ptr().cast(), size, &raw mut found)) {
            Ok(()) if found.is_null() => return Ok(None),
            // SAFETY: a non-NULL answer points to the entry, which is filled.
            Ok(()) => return Ok(Some(convert(unsafe { entry.assume_init_ref() }))),
            Err(Errno::ERANGE) if size < LARGEST => size *= 4,
            // These numbers too mean "no such entry" with some services behind the database.
            Err(Errno::ENOENT | Errno::ESRCH | Errno::EBADF | Errno::EPERM) => return Ok(None),
            Err(error) => return Err(error),
        }
    }
}

/// The user with this name.
pub fn getpwnam(name: &CStr) -> Result<Option<User>> {
    look_up(
        // SAFETY: the name is NUL-ended; entry, buffer and answer outlive the call.
        |entry, buffer, size, found| unsafe { libc::getpwnam_r(name.as_ptr(), entry, buffer, size, found) },
        // SAFETY: `look_up` converts before the buffer ends.
        |entry| unsafe { user_of(entry) },
    )
}

/// The user with this id.
pub fn getpwuid(uid: u32) -> Result<Option<User>> {
    look_up(
        // SAFETY: entry, buffer and answer outlive the call.
        |entry, buffer, size, found| unsafe { libc::getpwuid_r(uid, entry, buffer, size, found) },
        // SAFETY: `look_up` converts before the buffer ends.
        |entry| unsafe { user_of(entry) },
    )
}

/// The group with this name.
pub fn getgrnam(name: &CStr) -> Result<Option<Group>> {
    look_up(
        // SAFETY: the name is NUL-ended; entry, buffer and answer outlive the call.
        |entry, buffer, size, found| unsafe { libc::getgrnam_r(name.as_ptr(), entry, buffer, size, found) },
        // SAFETY: `look_up` converts before the buffer ends.
        |entry| unsafe { group_of(entry) },
    )
}

/// The group with this id.
pub fn getgrgid(gid: u32) -> Result<Option<Group>> {
    look_up(
        // SAFETY: entry, buffer and answer outlive the call.
        |entry, buffer, size, found| unsafe { libc::getgrgid_r(gid, entry, buffer, size, found) },
        // SAFETY: `look_up` converts before the buffer ends.
        |entry| unsafe { group_of(entry) },
    )
}

/// Every user.
pub fn getpwall() -> Vec<User> {
    let _walk = hold();
    let mut users = Vec::new();
    // SAFETY: the lock keeps other walks away; each entry is copied before the next call.
    unsafe {
        libc::setpwent();
        while let Some(entry) = libc::getpwent().as_ref() {
            users.push(user_of(entry));
        }
        libc::endpwent();
    }
    users
}

/// Every group.
pub fn getgrall() -> Vec<Group> {
    let _walk = hold();
    let mut groups = Vec::new();
    // SAFETY: the lock keeps other walks away; each entry is copied before the next call.
    unsafe {
        libc::setgrent();
        while let Some(entry) = libc::getgrent().as_ref() {
            groups.push(group_of(entry));
        }
        libc::endgrent();
    }
    groups
}

unsafe extern "C" {
    fn getlogin_r(name: *mut c_char, size: usize) -> i32;
}

/// The user who logged in on the controlling terminal.
pub fn getlogin() -> Result<Vec<u8>> {
    let mut name = [0u8; 256];
    // SAFETY: the buffer is writable for the length given.
    direct(unsafe { getlogin_r(name.as_mut_ptr().cast(), name.len()) })?;
    Ok(crate::strings::until_nul(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_is_known() {
        let root = getpwuid(0).unwrap().unwrap();
        assert_eq!(root.name, b"root");
        assert_eq!(getpwnam(c"root").unwrap().as_ref(), Some(&root));
        assert!(getpwall().contains(&root));
        assert_eq!(getgrgid(0).unwrap().unwrap().name, b"root");
        assert!(getgrall().contains(&getgrnam(c"root").unwrap().unwrap()));
        assert_eq!(getpwnam(c"no such user").unwrap(), None);
        assert_eq!(getgrgid(0xfffe_fffe).unwrap(), None);
    }
}
