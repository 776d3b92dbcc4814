//! Files, directories and descriptors. Everything is reachable as `fs::name`; the submodules only divide
//! the file by what a call acts on: an open descriptor, a path, a directory, extended attributes, or
//! descriptors of a special kind (pipes, event counters, timers, terminals' pairs).

mod control;
mod descriptor;
mod directory;
mod path;
mod special;
mod stat;
mod transfer;
mod whole;
mod xattr;

pub use control::*;
pub use descriptor::*;
pub use directory::*;
pub use path::*;
pub use special::*;
pub use stat::*;
pub use transfer::*;
pub use whole::*;
pub use xattr::*;

/// Stands for the working directory where a call takes a directory descriptor.
pub const CWD: i32 = libc::AT_FDCWD;

#[cfg(test)]
mod tests;
