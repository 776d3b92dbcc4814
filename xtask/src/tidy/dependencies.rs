//! The rule about crates: which may use which. The table is here; docs/architecture.md says why it is so.

use super::Tree;

/// A crate, and the crates of the workspace that it may use. Lower crates stand first, and nothing uses what stands
/// below it, so that no circle can be written. A crate that is not in the table may use none.
const MAY_USE: &[(&str, &[&str])] = &[
    ("text", &[]),
    ("host", &[]),
    ("number", &["text"]),
    ("regex", &["text"]),
    ("bytecode", &["text", "number"]),
    ("syntax", &["text", "number"]),
    ("compiler", &["syntax", "bytecode", "text", "number"]),
    ("stdlib", &["compiler", "syntax", "bytecode", "text"]),
    ("runtime", &["host"]),
    ("heap", &["runtime", "host"]),
    (
        "objects",
        &["heap", "runtime", "bytecode", "text", "number"],
    ),
    (
        "eval",
        &["objects", "heap", "runtime", "bytecode", "text", "number"],
    ),
    // Native modules, by what they need: objects alone, data formats too, the system's calls, running code.
    (
        "modules",
        &["objects", "heap", "runtime", "text", "number"],
    ),
    (
        "modules-data",
        &[
            "objects", "heap", "runtime", "text", "number", "regex", "syntax", "host",
        ],
    ),
    (
        "modules-host",
        &["objects", "heap", "runtime", "text", "number", "host"],
    ),
    (
        "modules-eval",
        &[
            "eval", "objects", "heap", "runtime", "bytecode", "text", "number", "compiler",
            "syntax", "host", "stdlib",
        ],
    ),
    (
        "embed",
        &[
            "modules",
            "modules-data",
            "modules-host",
            "modules-eval",
            "eval",
            "objects",
            "heap",
            "runtime",
            "bytecode",
            "text",
            "number",
            "compiler",
            "syntax",
            "regex",
            "host",
            "stdlib",
        ],
    ),
    ("orochi", &["embed", "runtime", "host"]),
    ("testkit", &["embed"]),
];

pub fn edges(tree: &Tree) -> Vec<String> {
    let mut broken = Vec::new();
    for manifest in &tree.manifests {
        let Some(name) = manifest
            .path
            .strip_prefix("crates/")
            .and_then(|path| path.strip_suffix("/Cargo.toml"))
        else {
            if manifest.path == "xtask/Cargo.toml" {
                for used in uses(&manifest.text) {
                    broken.push(format!(
                        "{}: xtask uses {used}; it must build without the workspace",
                        manifest.path
                    ));
                }
            }
            continue;
        };
        if name.contains('/') {
            continue; // a generator of tables, no part of the workspace's crates
        }
        let Some((_, allowed)) = MAY_USE.iter().find(|(each, _)| *each == name) else {
            broken.push(format!(
                "{}: the crate is not in the table of xtask/src/tidy/dependencies.rs",
                manifest.path
            ));
            continue;
        };
        for used in uses(&manifest.text) {
            if !allowed.contains(&used.as_str()) {
                broken.push(format!("{}: {name} may not use {used}", manifest.path));
            }
        }
    }
    broken
}

/// The crates of ours that a manifest names as a dependency, tests' excepted: they may look from above.
fn uses(manifest: &str) -> Vec<String> {
    let mut section = String::new();
    let mut found = Vec::new();
    for line in manifest.lines() {
        let line = line.trim();
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']').to_string();
            if let Some((kind, name)) = section.rsplit_once("dependencies.orochi-")
                && !kind.ends_with("dev-")
            {
                found.push(name.to_string());
            }
        } else if section.ends_with("dependencies")
            && !section.ends_with("dev-dependencies")
            && let Some(rest) = line.strip_prefix("orochi-")
        {
            let end = rest
                .find(|next: char| !next.is_alphanumeric() && next != '-' && next != '_')
                .unwrap_or(rest.len());
            found.push(rest[..end].to_string());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{MAY_USE, uses};

    #[test]
    fn the_table_has_no_circle() {
        for (at, (name, allowed)) in MAY_USE.iter().enumerate() {
            for used in *allowed {
                assert!(
                    MAY_USE[..at].iter().any(|(lower, _)| lower == used),
                    "{name} uses {used}, which stands below it"
                );
            }
        }
    }

    #[test]
    fn manifests_are_read() {
        let manifest = "[dependencies]\norochi-text.workspace = true\nlibc = \"1\"\n[dev-dependencies]\norochi-embed = {}\n\
                        [dependencies.orochi-heap]\n[build-dependencies]\norochi-compiler = { path = \"x\" }\n";
        assert_eq!(uses(manifest), ["text", "heap", "compiler"]);
    }
}
