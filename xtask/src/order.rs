//! `cargo xtask order`: which functions a start runs, for the linker to lay side by side.
//!
//! `crates/orochi/startup.order` holds their symbols, one a line, sorted; `crates/orochi/build.rs` says what it is for.
//! The command runs a start in each lock mode under valgrind and takes the symbols that callgrind saw and the binary has.
//! Symbols hold a digest of types and of the compiler, so they go stale: the check counts how many the binary still has.

use crate::arguments::Arguments;
use crate::modes::{MODES, Subject, root};
use crate::process::run as run_process;
use crate::report::Tally;
use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(300);
/// Of a hundred names, how many the binary must have.
const ENOUGH: usize = 90;

fn file() -> PathBuf {
    root().join("crates/orochi/startup.order")
}

pub fn run(mut arguments: Arguments) -> Result<Tally, String> {
    let orochi = crate::build::orochi(&mut arguments, "release")?;
    arguments.done()?;
    let known = symbols(&orochi)?;
    let trace = std::env::temp_dir().join(format!("orochi-order-{}", std::process::id()));
    let mut seen = BTreeSet::new();
    for mode in MODES {
        let command: Vec<String> = ["valgrind", "--tool=callgrind", "--demangle=no", "--compress-strings=no"]
            .into_iter()
            .map(str::to_string)
            .chain([format!("--callgrind-out-file={}", trace.display()), orochi.display().to_string()])
            .collect();
        let words: Vec<&str> = mode.options.iter().copied().chain(["-c", "pass"]).collect();
        let outcome = run_process(&command, &words, None, LIMIT)?;
        if !outcome.ok() {
            return Err(format!("valgrind: {}: {}", outcome.ending, outcome.tail(5)));
        }
        let text = std::fs::read(&trace).map_err(|error| format!("{}: {error}", trace.display()))?;
        seen.extend(names(&String::from_utf8_lossy(&text)).filter(|name| known.contains(name.as_bytes())).map(str::to_string));
    }
    let _ = std::fs::remove_file(&trace);
    let mut text = String::new();
    for name in &seen {
        text.push_str(name);
        text.push('\n');
    }
    std::fs::write(file(), text).map_err(|error| format!("{}: {error}", file().display()))?;
    println!("{} functions; build again to lay them side by side", seen.len());
    Ok(Tally::default())
}

/// The functions of a callgrind profile whose symbols are the same in every build: those that the compiler made while it
/// optimised have a number of that build in their names.
fn names(profile: &str) -> impl Iterator<Item = &str> {
    profile
        .lines()
        .filter_map(|line| line.strip_prefix("fn=").or_else(|| line.strip_prefix("cfn=")))
        // Recursion levels are told apart by a number behind a quote.
        .map(|name| name.split('\'').next().unwrap_or(name))
        .filter(|name| (name.starts_with("_ZN") || name.starts_with("_R")) && !name.contains(".llvm."))
}

/// Every string of a binary that ends with a null byte, its symbols' names among them.
fn symbols(binary: &Path) -> Result<HashSet<Vec<u8>>, String> {
    let bytes = std::fs::read(binary).map_err(|error| format!("{}: {error}", binary.display()))?;
    Ok(bytes
        .split(|&byte| byte == 0)
        .filter(|text| text.starts_with(b"_ZN") || text.starts_with(b"_R"))
        .map(<[u8]>::to_vec)
        .collect())
}

/// Whether the binary has the functions that the file names.
pub fn check(subject: &Subject) -> Result<Tally, String> {
    if !cfg!(all(target_arch = "x86_64", target_os = "linux", target_env = "gnu")) {
        println!("not checked: the order is for another kind of machine");
        return Ok(Tally::default());
    }
    let binary = Path::new(&subject.command[0]);
    let flags = std::env::var_os("RUSTFLAGS").is_some_and(|flags| !flags.is_empty());
    if flags || binary.parent().is_none_or(|folder| !folder.ends_with("release")) {
        println!("not checked: the symbols are those of the release profile, without flags of the builder's own");
        return Ok(Tally::default());
    }
    let text = std::fs::read_to_string(file()).map_err(|error| format!("{}: {error}", file().display()))?;
    let known = symbols(binary)?;
    let all = text.lines().count();
    let there = text.lines().filter(|name| known.contains(name.as_bytes())).count();
    println!("{there} of the {all} functions of startup.order are in the binary");
    if all == 0 || there * 100 < all * ENOUGH {
        println!("FAILED order: it is stale; write it again with `cargo xtask order` (needs valgrind)");
        return Ok(Tally::failed());
    }
    Ok(Tally::passed())
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn functions_of_a_profile() {
        let profile = "fn=_ZN1a1bE'2\n10 5\ncfn=_RNv1c\ncalls=1 2\nfn=main\nfn=_ZN1d1eE.llvm.77\n";
        assert_eq!(names(profile).collect::<Vec<_>>(), ["_ZN1a1bE", "_RNv1c"]);
    }
}
