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

#[cfg(test)]
mod tests {
    use super::*;

    fn value(table: &[(&str, i64)], name: &str) -> Option<i64> {
        table.iter().find(|(n, _)| *n == name).map(|(_, v)| *v)
    }

    #[test]
    fn tables_are_sorted_without_doubles() {
        let tables = [
            fcntl_constants(),
            langinfo_constants(),
            locale_constants(),
            mmap_constants(),
            posix_constants(),
            resource_constants(),
            select_constants(),
            signal_constants(),
            socket_constants(),
            syslog_constants(),
            termios_constants(),
            time_constants(),
        ];
        for table in tables {
            assert!(table.windows(2).all(|w| w[0].0 < w[1].0), "{:?}", table[0]);
        }
        for table in [sysconf_names(), pathconf_names(), confstr_names()] {
            assert!(table.windows(2).all(|w| w[0].0 < w[1].0), "{:?}", table[0]);
        }
    }

    #[test]
    fn known_values() {
        assert_eq!(value(posix_constants(), "O_CREAT"), Some(0o100));
        assert_eq!(value(posix_constants(), "EX_USAGE"), Some(64));
        assert_eq!(value(signal_constants(), "SIGKILL"), Some(9));
        assert_eq!(value(signal_constants(), "SIGRTMAX"), Some(64));
        assert_eq!(value(socket_constants(), "AF_INET6"), Some(10));
        assert_eq!(value(socket_constants(), "EAI_NONAME"), Some(-2));
        assert_eq!(value(select_constants(), "EPOLLET"), Some(1 << 31));
        assert_eq!(value(termios_constants(), "TCSANOW"), Some(0));
        assert_eq!(value(mmap_constants(), "ACCESS_WRITE"), Some(2));
        assert_eq!(value(resource_constants(), "RLIM_INFINITY"), Some(-1));
        assert_eq!(value(time_constants(), "CLOCK_MONOTONIC"), Some(1));
    }

    /// Written numbers must agree with the running libc where it can be asked.
    #[test]
    fn real_time_signals_match_libc() {
        assert_eq!(value(signal_constants(), "SIGRTMIN"), Some(i64::from(libc::SIGRTMIN())));
        assert_eq!(value(signal_constants(), "SIGRTMAX"), Some(i64::from(libc::SIGRTMAX())));
    }
}
