//! Native modules that talk to the operating system: `posix`, `time`, `_thread`, `_socket`, `_signal`
//! and the like. System calls go through `orochi-host`; those that can block run detached.
//!
//! One file (and folder, if it is large) per Python name, spelled as Python spells it. `ALL` is the
//! one list; a module not in it does not exist. What several modules need: `arguments` (what they
//! take), `errors` (what they raise), `seconds` (times), `raw_lock` (waiting), `signals` (handlers).
#![forbid(unsafe_code)]

use orochi_objects::ModuleSpec;

pub mod _locale;
pub mod _multiprocessing;
pub mod _posixshmem;
pub mod _posixsubprocess;
pub mod _signal;
pub mod _socket;
pub mod _thread;
pub mod arguments;
pub mod errno;
pub mod errors;
pub mod faulthandler;
pub mod fcntl;
pub mod grp;
pub mod mmap;
pub mod posix;
pub mod pwd;
pub mod raw_lock;
pub mod resource;
pub mod seconds;
pub mod select;
pub mod signals;
pub mod syslog;
pub mod termios;
pub mod time;

/// Every native module of this crate, by name.
pub static ALL: &[&ModuleSpec] = &[
    &_locale::MODULE,
    &_multiprocessing::MODULE,
    &_posixshmem::MODULE,
    &_posixsubprocess::MODULE,
    &_signal::MODULE,
    &_socket::MODULE,
    &_thread::MODULE,
    &errno::MODULE,
    &faulthandler::MODULE,
    &fcntl::MODULE,
    &grp::MODULE,
    &mmap::MODULE,
    &posix::MODULE,
    &pwd::MODULE,
    &resource::MODULE,
    &select::MODULE,
    &syslog::MODULE,
    &termios::MODULE,
    &time::MODULE,
];

#[cfg(test)]
mod tests;
