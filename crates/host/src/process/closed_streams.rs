//! Standard descriptors that were closed when the process began.
//!
//! Rust's runtime opens `/dev/null` in their place before `main`, so that no file gets their numbers by accident. A Python
//! program expects to find them closed (`sys.stdin` is None), so a function that the loader calls before the runtime notes
//! which they were, and `main` closes them again.

use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

/// Bit `n`: descriptor `n` was closed.
static CLOSED: AtomicU8 = AtomicU8::new(0);

/// Called by the loader, before anything of Rust's runtime is set up: system calls and an atomic only.
extern "C" fn note() {
    for fd in 0..3 {
        // SAFETY: asks for the flags of a descriptor by its number.
        if unsafe { libc::fcntl(fd, libc::F_GETFD) } < 0 {
            CLOSED.fetch_or(1 << fd, Relaxed);
        }
    }
}

#[cfg(target_os = "linux")]
#[used]
// SAFETY: the section holds addresses of functions without parameters, which the loader calls once; this is one, and it
// needs nothing that is not set up then.
#[unsafe(link_section = ".init_array")]
static NOTE: extern "C" fn() = note;

/// Closes them again. To be called first in `main`.
pub fn close_again() {
    for fd in 0..3 {
        if CLOSED.load(Relaxed) & 1 << fd != 0 {
            // SAFETY: the runtime opened it in place of a closed one, and nobody has used it.
            unsafe { libc::close(fd) };
        }
    }
}
