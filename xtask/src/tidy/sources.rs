//! Rules about source files: their first line, their length, their names, unsafe code and system calls.

use super::{Source, Tree};

/// Lines above which a file is worth a thought, and above which it is refused.
const LONG: usize = 800;
const CEILING: usize = 1_200;

/// Files over the ceiling, with the length that each had when it was let in. This list may only shrink, and so may the
/// files: one that grows past its length here is refused.
const OVER_THE_CEILING: &[(&str, usize)] = &[];

/// Names that do not say what is inside.
const BANNED: &[&str] = &[
    "common", "util", "utils", "helpers", "core", "manager", "misc", "context", "vm", "mod",
];

/// Crates that may hold unsafe code.
const UNSAFE_ALLOWED: &[&str] = &["text", "runtime", "heap", "host", "objects", "eval"];

/// Where the operating system may be asked: elsewhere Python programs would block with the lock held.
const SYSTEM_ALLOWED: &[&str] = &[
    "crates/host/",
    "crates/orochi/",
    "crates/stdlib/",
    "crates/testkit/",
    "xtask/",
];
const SYSTEM_MODULES: &[&str] = &["fs", "net", "env", "process"];

fn is_rust(source: &Source) -> bool {
    source.path.ends_with(".rs")
}

/// Tests, build scripts and generators of tables run on a developer's machine, not in a user's program.
fn is_test(path: &str) -> bool {
    path.starts_with("tests/")
        || path.contains("/tests/")
        || path.ends_with("/tests.rs")
        || path.contains("/benches/")
        || path.contains("/examples/")
        || path.contains("/generate/")
        || path.ends_with("/build.rs")
}

pub fn opens_with_its_design(tree: &Tree) -> Vec<String> {
    let opens = |source: &Source| {
        let first = source
            .text
            .lines()
            .find(|line| !line.starts_with("#!/"))
            .unwrap_or("");
        if is_rust(source) {
            first.starts_with("//!")
        } else {
            first.starts_with("\"\"\"")
        }
    };
    tree.sources
        .iter()
        .filter(|source| !source.text.trim().is_empty() && !opens(source))
        .map(|source| {
            format!(
                "{}:1: the first line must say what the file is ({})",
                source.path,
                if is_rust(source) { "//!" } else { "\"\"\"" }
            )
        })
        .collect()
}

pub fn ceiling(tree: &Tree) -> Vec<String> {
    let mut broken = Vec::new();
    for source in &tree.sources {
        let lines = source.text.lines().count();
        let allowed = OVER_THE_CEILING
            .iter()
            .find(|(path, _)| *path == source.path)
            .map_or(CEILING, |(_, lines)| *lines);
        if lines > allowed {
            broken.push(format!(
                "{}: {lines} lines, {allowed} are allowed: split it by role",
                source.path
            ));
        }
    }
    for (path, _) in OVER_THE_CEILING {
        let lines = tree
            .sources
            .iter()
            .find(|source| source.path == *path)
            .map_or(0, |source| source.text.lines().count());
        if lines <= CEILING {
            broken.push(format!("{path}: is under the ceiling now: take it off the list in xtask/src/tidy/sources.rs"));
        }
    }
    broken
}

/// Files between the two lengths.
pub fn long_files(tree: &Tree) -> Vec<String> {
    tree.sources
        .iter()
        .map(|source| (source, source.text.lines().count()))
        .filter(|(_, lines)| (LONG + 1..=CEILING).contains(lines))
        .map(|(source, lines)| format!("{}: {lines} lines; over {CEILING} is refused", source.path))
        .collect()
}

pub fn names(tree: &Tree) -> Vec<String> {
    tree.sources
        .iter()
        .filter(|source| is_rust(source))
        .filter_map(|source| {
            let banned = source
                .path
                .split('/')
                .find(|part| BANNED.contains(&part.trim_end_matches(".rs")))?;
            Some(format!(
                "{}: `{banned}` does not say what is inside",
                source.path
            ))
        })
        .collect()
}

pub fn forbids_unsafe(tree: &Tree) -> Vec<String> {
    let mut broken = Vec::new();
    for manifest in &tree.manifests {
        let Some(folder) = manifest
            .path
            .strip_suffix("Cargo.toml")
            .filter(|folder| !folder.is_empty())
        else {
            continue;
        };
        // A generator of a crate's tables (`crates/x/generate`) is part of the crate.
        let name = folder
            .trim_start_matches("crates/")
            .split('/')
            .next()
            .unwrap_or("");
        if UNSAFE_ALLOWED.contains(&name) {
            continue;
        }
        for root in ["src/lib.rs", "src/main.rs"] {
            let path = format!("{folder}{root}");
            if let Some(source) = tree.sources.iter().find(|source| source.path == path)
                && !source.text.contains("#![forbid(unsafe_code)]")
            {
                broken.push(format!("{path}: #![forbid(unsafe_code)] is missing"));
            }
        }
    }
    broken
}

pub fn system_calls(tree: &Tree) -> Vec<String> {
    let mut broken = Vec::new();
    for source in tree.sources.iter().filter(|source| is_rust(source)) {
        if is_test(&source.path)
            || SYSTEM_ALLOWED
                .iter()
                .any(|folder| source.path.starts_with(folder))
        {
            continue;
        }
        for (number, line) in source.text.lines().enumerate() {
            // Tests stand at the end of a file and run on a developer's machine.
            if line.trim() == "#[cfg(test)]" {
                break;
            }
            if let Some(module) = system_module(line) {
                broken.push(format!(
                    "{}:{}: std::{module} belongs into crates/host",
                    source.path,
                    number + 1
                ));
            }
        }
    }
    broken
}

/// The module of `std` that asks the system, if this line of code names one.
fn system_module(line: &str) -> Option<&'static str> {
    let code = line.split("//").next().unwrap_or("");
    let ends = |rest: &str| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_');
    for module in SYSTEM_MODULES {
        if let Some(at) = code.find(&format!("std::{module}"))
            && ends(&code[at + "std::".len() + module.len()..])
        {
            return Some(module);
        }
    }
    let group = code
        .trim_start()
        .trim_start_matches("pub ")
        .strip_prefix("use std::{")?;
    SYSTEM_MODULES
        .iter()
        .find(|module| {
            group
                .split([',', '}', '{'])
                .any(|part| part.trim().split("::").next() == Some(**module))
        })
        .copied()
}

#[cfg(test)]
mod tests {
    use super::system_module;

    #[test]
    fn system_modules_are_seen() {
        assert_eq!(system_module("let x = std::fs::read(path)?;"), Some("fs"));
        assert_eq!(
            system_module("use std::{collections::HashMap, env};"),
            Some("env")
        );
        assert_eq!(
            system_module("use std::{process::Command, rc::Rc};"),
            Some("process")
        );
        assert_eq!(system_module("// std::fs is not for us"), None);
        assert_eq!(system_module("let x = std::network::y;"), None);
        assert_eq!(system_module("use std::{fmt, rc::Rc};"), None);
    }
}
