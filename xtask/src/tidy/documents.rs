//! The rule about documents: a path in a code span or a link is a path that exists.

use super::Tree;
use std::path::Path;

/// A code span is a path from the root when it starts with one of these.
const ROOTS: &[&str] = &[
    "crates/",
    "docs/",
    "tests/",
    "benches/",
    "examples/",
    "xtask/",
    ".ci/",
    ".cargo/",
];

pub fn paths(tree: &Tree) -> Vec<String> {
    let mut broken = Vec::new();
    for document in &tree.documents {
        let folder = Path::new(&document.path).parent().unwrap_or(Path::new(""));
        let mut fenced = false;
        for (number, line) in document.text.lines().enumerate() {
            if line.trim_start().starts_with("```") {
                fenced = !fenced;
                continue;
            }
            if fenced {
                continue;
            }
            let mut missing =
                |path: &str| broken.push(format!("{}:{}: no {path}", document.path, number + 1));
            for path in spans(line).iter().flat_map(|span| root_paths(span)) {
                if !tree.root.join(&path).exists() {
                    missing(&path);
                }
            }
            for target in links(line) {
                let known = tree.root.join(folder).join(&target).exists();
                if !known {
                    missing(&target);
                }
            }
        }
    }
    broken
}

/// What stands between backticks.
fn spans(line: &str) -> Vec<&str> {
    line.split('`').skip(1).step_by(2).collect()
}

/// The targets of `[text](target)` that are files here.
fn links(line: &str) -> Vec<String> {
    // Code spans hold no links.
    let text: String = line.split('`').step_by(2).collect();
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target.split('#').next().unwrap_or("").to_string())
        .filter(|target| {
            !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:")
        })
        .collect()
}

/// The paths that a span names: none if it is no path, several if it has `{a,b}`; up to the first placeholder.
fn root_paths(span: &str) -> Vec<String> {
    if !ROOTS.iter().any(|root| span.starts_with(root)) || span.contains(' ') {
        return Vec::new();
    }
    let span = span.split(':').next().unwrap_or(span);
    expand(span)
        .into_iter()
        .filter_map(|path| match path.find(['*', '<', '$', '…']) {
            None => Some(path),
            Some(at) => path[..at].rfind('/').map(|end| path[..end].to_string()),
        })
        .collect()
}

fn expand(path: &str) -> Vec<String> {
    match path.split_once('{').and_then(|(before, rest)| {
        rest.split_once('}')
            .map(|(inside, after)| (before, inside, after))
    }) {
        None => vec![path.to_string()],
        Some((before, inside, after)) => inside
            .split(',')
            .flat_map(|part| expand(&format!("{before}{}{after}", part.trim())))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::{links, root_paths, spans};

    #[test]
    fn spans_and_links_are_found() {
        assert_eq!(spans("a `b` c `d e`"), ["b", "d e"]);
        assert_eq!(
            links("see [x](where.md#top) and [y](https://a.b/c)"),
            ["where.md"]
        );
    }

    #[test]
    fn placeholders_and_braces() {
        assert_eq!(
            root_paths("crates/a/{b,c}.rs:12"),
            ["crates/a/b.rs", "crates/a/c.rs"]
        );
        assert_eq!(
            root_paths("crates/objects/src/<type>.rs"),
            ["crates/objects/src"]
        );
        assert_eq!(root_paths("tests/behaviour/*.py"), ["tests/behaviour"]);
        assert!(root_paths("cargo xtask test").is_empty());
        assert!(root_paths("list/storage.rs").is_empty());
    }
}
