//! Tables of names and numbers that Python modules publish on Linux, one file a module.
//! The tables are data only; whoever builds a module walks its table once at import.

mod clock;
mod configuration;
mod errno;
mod fcntl;
mod locale;
mod mmap;
mod posix;
mod resource;
mod select;
mod signal;
mod socket;
mod syslog;
mod termios;

pub use clock::time_constants;
pub use configuration::{confstr_names, pathconf_names, sysconf_names};
pub use errno::errno_names;
pub use fcntl::fcntl_constants;
pub use locale::{langinfo_constants, locale_constants};
pub use mmap::mmap_constants;
pub use posix::posix_constants;
pub use resource::resource_constants;
pub use select::select_constants;
pub use signal::signal_constants;
pub use socket::socket_constants;
pub use syslog::syslog_constants;
pub use termios::termios_constants;
