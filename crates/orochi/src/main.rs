//! The `orochi` command: arguments to configuration to the runtime.
#![forbid(unsafe_code)]

fn main() {}
