//! Orochi as a library: configuration, start, running programs, end.
//!
//! ```text
//! Config --start--> Runtime, Interpreter, Thread (attached)
//!            |  builtins, sys, importlib, encodings, standard streams, site
//!            `-- program::run: file, folder, zip, -c, -m, standard input, or the interactive prompt
//! ```
#![forbid(unsafe_code)]

pub mod config;
mod dump;
pub mod initialize;
mod last_finalisers;
pub mod program;

pub use config::Config;
pub use orochi_modules_eval::sys::VERSION as PYTHON_VERSION;
pub use program::main;
