//! Every operating-system call that Orochi makes, as safe functions on Linux. It knows no Python type.
//!
//! Rules that hold for the whole crate:
//! - File descriptors are plain `i32`, as in Python. A number that names nothing open gives `EBADF`.
//!   Whoever passes a number decides whether it may be touched; ownership is the caller's affair.
//! - Errors are [`Errno`]. `EINTR` is returned, never retried here: the caller runs its signal handlers
//!   and calls again (PEP 475).
//! - Paths are `&CStr`. Calls that take a directory take its descriptor first; [`fs::CWD`] means the
//!   working directory.
//! - Lengths and numbers are checked before they reach the kernel, allocation failure becomes `ENOMEM`.
//! - The calls go to `libc` directly: rustix's descriptor types exclude -1 and closed numbers, which
//!   Python may pass at any time.
//! - Functions are safe in Rust's sense with one stated exception: `ioctl` and `fcntl` hand a number to
//!   the kernel which some requests read as an address. Their documentation says so.

pub mod clock;
pub mod console;
pub mod constants;
mod errno;
pub mod fs;
pub mod locale;
pub mod memory;
pub mod mmap;
pub mod net;
pub mod poll;
pub mod process;
pub mod random;
pub mod shm;
pub mod signal;
mod strings;
pub mod syslog;
pub mod thread;
pub mod tty;
pub mod users;

pub use errno::{Errno, Result};
pub use strings::CStringArray;
