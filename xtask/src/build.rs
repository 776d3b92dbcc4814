//! Finding or building the `orochi` that a command needs.
//!
//! Tests and measures use the profile `release`, which is what users run and is built once. `--orochi` names another
//! build, such as one of the profile `checked` (optimised, with the runtime's assertions about its own protocol).

use crate::arguments::Arguments;
use crate::modes::root;
use std::path::PathBuf;

/// The path given by `--orochi`, or the binary of `profile`, built now.
pub fn orochi(arguments: &mut Arguments, profile: &str) -> Result<PathBuf, String> {
    if let Some(path) = arguments.value("--orochi")? {
        let path = std::path::absolute(&path).map_err(|error| format!("{path}: {error}"))?;
        if !path.is_file() {
            return Err(format!("{} is not a file", path.display()));
        }
        return Ok(path);
    }
    println!("building orochi ({profile})");
    let built = crate::process::run_shown(
        "cargo",
        &[
            "build",
            "--quiet",
            "--profile",
            profile,
            "--package",
            "orochi",
        ],
        &[],
    )?;
    if !built {
        return Err("orochi does not build".to_string());
    }
    let path = target().join(profile).join("orochi");
    if path.is_file() {
        Ok(path)
    } else {
        Err(format!("cargo built no {}", path.display()))
    }
}

/// The folder that cargo builds into.
pub fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}
