//! The error of a system call: its number, with the name and the text that libc gives it.

use crate::constants::errno_names;
use std::fmt;

/// Result of every call in this crate.
pub type Result<T> = std::result::Result<T, Errno>;

/// An error number of the operating system.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Errno(pub i32);

impl Errno {
    pub const EPERM: Errno = Errno(libc::EPERM);
    pub const ENOENT: Errno = Errno(libc::ENOENT);
    pub const ESRCH: Errno = Errno(libc::ESRCH);
    pub const EINTR: Errno = Errno(libc::EINTR);
    pub const EIO: Errno = Errno(libc::EIO);
    pub const E2BIG: Errno = Errno(libc::E2BIG);
    pub const ENOEXEC: Errno = Errno(libc::ENOEXEC);
    pub const EBADF: Errno = Errno(libc::EBADF);
    pub const ECHILD: Errno = Errno(libc::ECHILD);
    pub const EAGAIN: Errno = Errno(libc::EAGAIN);
    pub const ENOMEM: Errno = Errno(libc::ENOMEM);
    pub const EACCES: Errno = Errno(libc::EACCES);
    pub const EEXIST: Errno = Errno(libc::EEXIST);
    pub const ENOTDIR: Errno = Errno(libc::ENOTDIR);
    pub const EISDIR: Errno = Errno(libc::EISDIR);
    pub const EINVAL: Errno = Errno(libc::EINVAL);
    pub const ENOTTY: Errno = Errno(libc::ENOTTY);
    pub const ESPIPE: Errno = Errno(libc::ESPIPE);
    pub const EPIPE: Errno = Errno(libc::EPIPE);
    pub const ERANGE: Errno = Errno(libc::ERANGE);
    pub const ENAMETOOLONG: Errno = Errno(libc::ENAMETOOLONG);
    pub const ENOSYS: Errno = Errno(libc::ENOSYS);
    pub const ENOTSUP: Errno = Errno(libc::ENOTSUP);
    pub const EOVERFLOW: Errno = Errno(libc::EOVERFLOW);
    pub const ETIMEDOUT: Errno = Errno(libc::ETIMEDOUT);
    pub const EINPROGRESS: Errno = Errno(libc::EINPROGRESS);
    pub const EAFNOSUPPORT: Errno = Errno(libc::EAFNOSUPPORT);

    /// The calling thread's `errno`.
    pub fn last() -> Errno {
        // SAFETY: glibc returns a valid pointer to the thread's own errno.
        Errno(unsafe { *libc::__errno_location() })
    }

    /// Sets the calling thread's `errno`, for calls that report failure only through it.
    pub(crate) fn set_last(value: i32) {
        // SAFETY: glibc returns a valid pointer to the thread's own errno.
        unsafe { *libc::__errno_location() = value };
    }

    /// The preferred symbolic name, as in Python's `errno.errorcode`.
    pub fn name(self) -> Option<&'static str> {
        errno_names().iter().rev().find(|(_, number)| *number == self.0).map(|(name, _)| *name)
    }

    /// libc's text for this error in the current locale, as `os.strerror` shows it.
    pub fn message(self) -> String {
        let mut text = [0u8; 256];
        // SAFETY: the buffer is writable for the length given; libc ends the text with NUL inside it.
        unsafe { libc::strerror_r(self.0, text.as_mut_ptr().cast(), text.len()) };
        let end = text.iter().position(|b| *b == 0).unwrap_or(text.len());
        String::from_utf8_lossy(&text[..end]).into_owned()
    }
}

impl fmt::Debug for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "Errno({}, {name})", self.0),
            None => write!(f, "Errno({})", self.0),
        }
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[Errno {}] {}", self.0, self.message())
    }
}

impl std::error::Error for Errno {}

impl From<std::io::Error> for Errno {
    fn from(error: std::io::Error) -> Errno {
        Errno(error.raw_os_error().unwrap_or(libc::EIO))
    }
}

/// Integers with which C calls report failure as -1.
pub(crate) trait Reply: Copy {
    fn is_failure(self) -> bool;
}

impl Reply for i32 {
    fn is_failure(self) -> bool {
        self == -1
    }
}

impl Reply for i64 {
    fn is_failure(self) -> bool {
        self == -1
    }
}

impl Reply for isize {
    fn is_failure(self) -> bool {
        self == -1
    }
}

/// Turns the -1 of a C call into the thread's `errno`.
#[inline]
pub(crate) fn check<T: Reply>(reply: T) -> Result<T> {
    if reply.is_failure() { Err(Errno::last()) } else { Ok(reply) }
}

/// [`check`] where the value says nothing.
#[inline]
pub(crate) fn done<T: Reply>(reply: T) -> Result<()> {
    check(reply).map(|_| ())
}

/// [`check`] where the value is a byte count.
#[inline]
pub(crate) fn count(reply: isize) -> Result<usize> {
    check(reply).map(|n| n as usize)
}

/// For calls of the pthread and posix_ families, which return the error number itself.
#[inline]
pub(crate) fn direct(error: i32) -> Result<()> {
    if error == 0 { Ok(()) } else { Err(Errno(error)) }
}

/// A zeroed byte vector, or `ENOMEM`.
pub(crate) fn zeroed(len: usize) -> Result<Vec<u8>> {
    let mut bytes = empty(len)?;
    bytes.resize(len, 0);
    Ok(bytes)
}

/// An empty byte vector that can take `len` bytes, or `ENOMEM`.
pub(crate) fn empty(len: usize) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(len).map_err(|_| Errno::ENOMEM)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_errorcode() {
        assert_eq!(Errno(libc::EAGAIN).name(), Some("EAGAIN"));
        assert_eq!(Errno(libc::EDEADLK).name(), Some("EDEADLOCK"));
        assert_eq!(Errno(libc::ENOTSUP).name(), Some("ENOTSUP"));
        assert_eq!(Errno(99_999).name(), None);
    }

    #[test]
    fn texts_are_those_of_libc() {
        assert_eq!(Errno::ENOENT.message(), "No such file or directory");
        assert_eq!(Errno(99_999).message(), "Unknown error 99999");
    }
}
