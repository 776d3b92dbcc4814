//! Processes: identity, starting and waiting, limits and scheduling, the environment, facts of the system.
//! Everything is reachable as `process::name`; submodules divide by purpose.

mod closed_streams;
mod environment;
mod exec;
mod fork_exec;
mod identity;
mod limits;
mod schedule;
mod spawn;
mod system;
mod wait;

pub use closed_streams::close_again;
pub use environment::{environment, getenv, putenv, unsetenv};
pub use exec::{abort, arguments, executable, execv, execve, exit, exit_now, fexecve, fork, forkpty, system};
pub use fork_exec::{ForkExec, Identity, fork_exec};
pub use identity::*;
pub use limits::*;
pub use schedule::*;
pub use spawn::{FileAction, SpawnOptions, posix_spawn};
pub use system::*;
pub use wait::*;

#[cfg(test)]
mod tests;
