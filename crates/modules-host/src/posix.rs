//! `posix`: system calls under the names that `os` builds on.
//!
//! One file a family; each lists its functions, this file puts them together.

mod files;
mod paths;
pub mod process;
mod scandir;
pub mod stat;
mod system;

use orochi_host::{constants, fs};
use orochi_objects::{Attached, ModuleSpec, PyResult, TypeSpec, Value, dict, exception, int, list, native, str};

use crate::arguments::{Path, c_int};

static TYPES: &[&TypeSpec] = &[
    &scandir::DIR_ENTRY,
    &stat::STAT_RESULT.spec,
    &stat::STATVFS_RESULT.spec,
    &files::TERMINAL_SIZE.spec,
    &system::TIMES_RESULT.spec,
    &system::UNAME_RESULT.spec,
    &system::SCHED_PARAM.spec,
    &process::WAITID_RESULT.spec,
];

/// What `os` asks for to know which calls take descriptors and directories.
const HAVE: &[&str] = &[
    "HAVE_EVENTFD", "HAVE_TIMERFD_CREATE", "HAVE_FACCESSAT", "HAVE_FCHDIR", "HAVE_FCHMOD", "HAVE_FCHMODAT", "HAVE_FCHOWN",
    "HAVE_FCHOWNAT", "HAVE_FEXECVE", "HAVE_FDOPENDIR", "HAVE_FPATHCONF", "HAVE_FSTATAT", "HAVE_FSTATVFS", "HAVE_FTRUNCATE",
    "HAVE_FUTIMENS", "HAVE_FUTIMES", "HAVE_FUTIMESAT", "HAVE_LINKAT", "HAVE_LCHOWN", "HAVE_LSTAT", "HAVE_LUTIMES",
    "HAVE_MEMFD_CREATE", "HAVE_MKDIRAT", "HAVE_MKFIFOAT", "HAVE_MKNODAT", "HAVE_OPENAT", "HAVE_READLINKAT",
    "HAVE_RENAMEAT", "HAVE_SYMLINKAT", "HAVE_UNLINKAT", "HAVE_UTIMENSAT", "HAVE_PTSNAME_R",
];

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("posix")
    .doc(
        "This module provides access to operating system functionality that is\nstandardized by the C Standard and the POSIX \
         standard (a thinly\ndisguised Unix interface).  Refer to the library manual and\ncorresponding Unix manual entries \
         for more information on calls.",
    )
    .types(TYPES)
    .exec(|t, namespace| {
        crate::signals::bind_main(t);
        let name = str::intern(t, "posix");
        let families = [
            files::FUNCTIONS,
            paths::FUNCTIONS,
            process::FUNCTIONS,
            scandir::FUNCTIONS,
            stat::FUNCTIONS,
            system::FUNCTIONS,
        ];
        for f in families.into_iter().flatten() {
            dict::set_by_name(t, namespace, f.name, native::function(t, f, &name));
        }
        crate::arguments::constants(t, namespace, constants::posix_constants());
        let put = |name: &str, value: Value| dict::set_by_name(t, namespace, name, value);
        put("environ", system::environ(t));
        put("error", exception::OSError.get(t).clone());
        put("_have_functions", list::new(t, HAVE.iter().map(|n| str::intern(t, n)).collect()));
        for (name, table) in [
            ("sysconf_names", constants::sysconf_names()),
            ("pathconf_names", constants::pathconf_names()),
            ("confstr_names", constants::confstr_names()),
        ] {
            let names = dict::new(t);
            for &(name, number) in table {
                dict::set_by_name(t, &names, name, int::new(t, i64::from(number)));
            }
            put(name, names);
        }
        Ok(())
    });

/// The directory that a call begins at.
fn at(dir: Option<i32>) -> i32 {
    dir.unwrap_or(fs::CWD)
}

/// A file mode that may be omitted.
fn mode(t: Attached<'_>, v: &Value, default: u32) -> PyResult<u32> {
    v.given().map_or(Ok(default), |v| Ok(c_int(t, v)? as u32))
}

/// A descriptor excludes a directory and links.
fn check_fd_alone(t: Attached<'_>, function: &str, path: &Path, dir: Option<i32>, follow: bool) -> PyResult<()> {
    if path.fd.is_none() {
        return Ok(());
    }
    if dir.is_some() {
        return Err(t.value_error(format!("{function}: can't specify dir_fd without matching path")));
    }
    if !follow {
        return Err(t.value_error(format!("{function}: cannot use fd and follow_symlinks together")));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
