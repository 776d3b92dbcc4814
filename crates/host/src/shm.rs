//! Named shared memory and named semaphores (POSIX), as `_posixshmem` and `_multiprocessing` need them.

use crate::clock::Timespec;
use crate::errno::{Errno, Result, check, done};
use std::ffi::CStr;
use std::ptr::NonNull;

/// Opens or makes the shared memory `name` (`/word`).
pub fn shm_open(name: &CStr, flags: i32, mode: u32) -> Result<i32> {
    // SAFETY: the name is NUL-ended and outlives the call.
    check(unsafe { libc::shm_open(name.as_ptr(), flags, mode) })
}

/// Removes the name of shared memory.
pub fn shm_unlink(name: &CStr) -> Result<()> {
    // SAFETY: the name is NUL-ended and outlives the call.
    done(unsafe { libc::shm_unlink(name.as_ptr()) })
}

/// Removes the name of a semaphore.
pub fn sem_unlink(name: &CStr) -> Result<()> {
    // SAFETY: the name is NUL-ended and outlives the call.
    done(unsafe { libc::sem_unlink(name.as_ptr()) })
}

/// Largest value of a semaphore.
pub const SEM_VALUE_MAX: u32 = i32::MAX as u32;

/// An open named semaphore, closed when dropped. It stays valid in forked children.
#[derive(Debug)]
pub struct Semaphore(NonNull<libc::sem_t>);

// SAFETY: a semaphore is made to be used by many threads.
unsafe impl Send for Semaphore {}
// SAFETY: all its operations are thread-safe.
unsafe impl Sync for Semaphore {}

impl Semaphore {
    /// Opens the semaphore `name`; with `O_CREAT` in `flags` it is made with `mode` and `value`.
    pub fn open(name: &CStr, flags: i32, mode: u32, value: u32) -> Result<Semaphore> {
        // SAFETY: the name is NUL-ended; the variadic arguments are unsigned ints.
        let semaphore = unsafe { libc::sem_open(name.as_ptr(), flags, mode as libc::c_uint, value as libc::c_uint) };
        // `SEM_FAILED` is NULL.
        NonNull::new(semaphore).map(Semaphore).ok_or_else(Errno::last)
    }

    /// A number that tells this semaphore from others in the process.
    pub fn handle(&self) -> usize {
        self.0.as_ptr() as usize
    }

    /// Takes one, waiting as long as it takes. `EINTR` when a signal came.
    pub fn wait(&self) -> Result<()> {
        // SAFETY: the semaphore is open while `self` lives.
        done(unsafe { libc::sem_wait(self.0.as_ptr()) })
    }

    /// Takes one if it is there, else `EAGAIN`.
    pub fn try_wait(&self) -> Result<()> {
        // SAFETY: the semaphore is open while `self` lives.
        done(unsafe { libc::sem_trywait(self.0.as_ptr()) })
    }

    /// Takes one, waiting until the wall clock shows `deadline`; then `ETIMEDOUT`.
    pub fn timed_wait(&self, deadline: Timespec) -> Result<()> {
        let deadline = deadline.to_c();
        // SAFETY: the semaphore is open while `self` lives, the time outlives the call.
        done(unsafe { libc::sem_timedwait(self.0.as_ptr(), &raw const deadline) })
    }

    /// Gives one back.
    pub fn post(&self) -> Result<()> {
        // SAFETY: the semaphore is open while `self` lives.
        done(unsafe { libc::sem_post(self.0.as_ptr()) })
    }

    /// How many can be taken now.
    pub fn value(&self) -> Result<i32> {
        let mut value = 0;
        // SAFETY: the semaphore is open while `self` lives.
        done(unsafe { libc::sem_getvalue(self.0.as_ptr(), &raw mut value) })?;
        Ok(value)
    }
}

impl Drop for Semaphore {
    fn drop(&mut self) {
        // SAFETY: the semaphore is open and not used again. glibc counts opens of one name.
        unsafe { libc::sem_close(self.0.as_ptr()) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CString;

    fn unique(word: &str) -> CString {
        CString::new(format!("/orochi-host-{word}-{}", crate::process::getpid())).unwrap()
    }

    #[test]
    fn semaphores_count() {
        let name = unique("sem");
        let flags = libc::O_CREAT | libc::O_EXCL;
        let semaphore = Semaphore::open(&name, flags, 0o600, 1).unwrap();
        assert_eq!(Semaphore::open(&name, flags, 0o600, 1).unwrap_err(), Errno::EEXIST);
        let again = Semaphore::open(&name, 0, 0, 0).unwrap();
        sem_unlink(&name).unwrap();
        semaphore.wait().unwrap();
        assert_eq!(again.try_wait(), Err(Errno::EAGAIN));
        let soon = Timespec::from_nanos(crate::clock::realtime_nanos() + 2_000_000);
        assert_eq!(again.timed_wait(soon), Err(Errno::ETIMEDOUT));
        semaphore.post().unwrap();
        assert_eq!(again.value(), Ok(1));
        assert_eq!(sem_unlink(&name), Err(Errno::ENOENT));
    }

    #[test]
    fn shared_memory_has_a_name() {
        let name = unique("mem");
        let fd = shm_open(&name, libc::O_CREAT | libc::O_EXCL | libc::O_RDWR, 0o600).unwrap();
        crate::fs::ftruncate(fd, 10).unwrap();
        assert_eq!(crate::fs::fstat(fd).unwrap().size, 10);
        shm_unlink(&name).unwrap();
        crate::fs::close(fd).unwrap();
        assert_eq!(shm_unlink(&name), Err(Errno::ENOENT));
    }
}
