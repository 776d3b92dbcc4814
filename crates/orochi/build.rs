//! How the binary is linked, where the linker is the one that comes with the Rust toolchain.
//!
//! **At a fixed address**, as distributions link CPython: the half megabyte of relocations that a movable one goes
//! through at each start costs 0.7 ms and as much private memory.
//!
//! **What every start runs side by side.** The kernel maps a binary in pieces of 64 KiB; the 1,300 functions that a
//! start runs (of 12,000) lie in nearly every piece if nobody orders them, which is 4 MiB of memory. `startup.order` names
//! them; `cargo xtask order` writes it from what a start ran, and the test command tells when it has gone stale. Names that
//! are not there are no error: they cost memory, nothing else.

use std::env::var;
use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=startup.order");
    let is = |name: &str, value: &str| var(name).is_ok_and(|found| found == value);
    let known = is("CARGO_CFG_TARGET_ARCH", "x86_64") && is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu");
    // A linker of the builder's own choice may not know these options.
    let chosen = var("RUSTC_LINKER").is_ok() || var("CARGO_ENCODED_RUSTFLAGS").is_ok_and(|flags| flags.contains("link"));
    if !known || chosen {
        return;
    }
    let order = Path::new(&var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("startup.order");
    println!("cargo:rustc-link-arg-bins=-no-pie");
    println!("cargo:rustc-link-arg-bins=-Wl,--no-warn-symbol-ordering,--symbol-ordering-file={}", order.display());
}
