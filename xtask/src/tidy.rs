//! `cargo xtask tidy`: what the layout of the sources and the documents must hold.
//!
//! Each rule is one function in `tidy/`; it reads and reports, and changes nothing. A rule that was broken prints one
//! line that starts with the place.

mod dependencies;
mod documents;
mod sources;

use crate::arguments::Arguments;
use crate::modes::root;
use crate::report::Tally;
use std::path::{Path, PathBuf};

pub fn run(arguments: Arguments) -> Result<Tally, String> {
    arguments.done()?;
    let tally = check()?;
    println!("{tally}");
    Ok(tally)
}

/// A file of the workspace.
pub struct Source {
    /// From the workspace's root, with `/`.
    pub path: String,
    pub text: String,
}

/// One rule: what it holds, and the places where that is broken.
type Rule = (&'static str, fn(&Tree) -> Vec<String>);

const RULES: &[Rule] = &[
    (
        "every source opens with what it is",
        sources::opens_with_its_design,
    ),
    ("no file is over the ceiling", sources::ceiling),
    ("no name says nothing", sources::names),
    (
        "unsafe is forbidden where it has no business",
        sources::forbids_unsafe,
    ),
    ("the system is called in one place", sources::system_calls),
    ("crates use only what the table allows", dependencies::edges),
    ("paths in the documents exist", documents::paths),
    ("the page of what is there is up to date", |tree| {
        crate::status::stale(&tree.root)
    }),
];

/// Everything that the rules look at, read once.
pub struct Tree {
    pub root: PathBuf,
    pub sources: Vec<Source>,
    pub documents: Vec<Source>,
    pub manifests: Vec<Source>,
}

pub fn check() -> Result<Tally, String> {
    let tree = Tree::read(&root())?;
    let mut tally = Tally::default();
    for (name, rule) in RULES {
        let broken = rule(&tree);
        if broken.is_empty() {
            tally.add(Tally::passed());
            continue;
        }
        tally.add(Tally::failed());
        println!("FAILED tidy: {name}");
        for line in broken {
            println!("  {line}");
        }
    }
    for warning in sources::long_files(&tree) {
        println!("warning: {warning}");
    }
    Ok(tally)
}

impl Tree {
    fn read(root: &Path) -> Result<Self, String> {
        let mut tree = Self {
            root: root.to_path_buf(),
            sources: Vec::new(),
            documents: Vec::new(),
            manifests: Vec::new(),
        };
        for folder in ["crates", "xtask", "tests", "benches", "examples", "docs"] {
            tree.walk(&root.join(folder))?;
        }
        for name in ["README.md", "CONTRIBUTING.md", "Cargo.toml"] {
            if root.join(name).is_file() {
                tree.take(&root.join(name))?;
            }
        }
        Ok(tree)
    }

    fn walk(&mut self, folder: &Path) -> Result<(), String> {
        let Ok(entries) = std::fs::read_dir(folder) else {
            return Ok(());
        };
        let mut paths: Vec<PathBuf> = entries
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .collect();
        paths.sort();
        for path in paths {
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default();
            if path.is_dir() {
                if name != "target" && name != "__pycache__" {
                    self.walk(&path)?;
                }
            } else {
                self.take(&path)?;
            }
        }
        Ok(())
    }

    fn take(&mut self, path: &Path) -> Result<(), String> {
        let kind = match path.extension().and_then(|extension| extension.to_str()) {
            Some("rs" | "py") => &mut self.sources,
            Some("md") => &mut self.documents,
            Some("toml") if path.ends_with("Cargo.toml") => &mut self.manifests,
            _ => return Ok(()),
        };
        let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let relative = path
            .strip_prefix(&self.root)
            .unwrap_or(path)
            .to_string_lossy()
            .replace('\\', "/");
        kind.push(Source {
            path: relative,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        });
        Ok(())
    }
}
