//! The lock modes that every test runs in, and the interpreter that runs it.

use crate::arguments::Arguments;
use std::path::{Path, PathBuf};

/// A lock mode, as a name for tables and as the option that chooses it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mode {
    pub name: &'static str,
    pub options: &'static [&'static str],
}

/// One lock for the interpreter, or none.
pub const MODES: &[Mode] = &[
    Mode {
        name: "gil",
        options: &["-X", "gil=1"],
    },
    Mode {
        name: "nogil",
        options: &["-X", "gil=0"],
    },
];

/// An interpreter that is not ours has one mode and is not told about any.
pub const PEER: &[Mode] = &[Mode {
    name: "peer",
    options: &[],
}];

/// An interpreter to test: the command, its modes, and the folder it sees as its root.
pub struct Subject {
    pub command: Vec<String>,
    pub modes: &'static [Mode],
    pub prefix_root: Option<PathBuf>,
}

impl Subject {
    /// From `--orochi PATH`, `--python CMD` with `--prefix-root DIR`, or by building.
    pub fn from(arguments: &mut Arguments) -> Result<Self, String> {
        if let Some(command) = arguments.words("--python")? {
            let prefix_root = arguments.value("--prefix-root")?.map(PathBuf::from);
            return Ok(Self {
                command,
                modes: PEER,
                prefix_root,
            });
        }
        let orochi = crate::build::orochi(arguments, "release")?;
        Ok(Self {
            command: vec![orochi.display().to_string()],
            modes: MODES,
            prefix_root: None,
        })
    }

    /// The subject's own command in `mode`, up to where the script's path stands.
    pub fn in_mode(&self, mode: Mode) -> Vec<String> {
        let mut command = self.command.clone();
        command.extend(mode.options.iter().map(|option| option.to_string()));
        command
    }

    /// Make `folder` visible to the subject: its path there. A chrooted subject gets a copy, in a folder of its own.
    pub fn visible(&self, folder: &Path) -> Result<Visible, String> {
        visible(folder, self.prefix_root.as_deref())
    }
}

/// A folder as an interpreter sees it; the copy, if there had to be one, goes when this goes.
pub struct Visible {
    /// Where the interpreter finds it.
    pub seen: PathBuf,
    copy: Option<PathBuf>,
}

impl Drop for Visible {
    fn drop(&mut self) {
        if let Some(copy) = &self.copy {
            // A copy that cannot be removed lies in a temporary folder: nothing is lost.
            let _ = std::fs::remove_dir_all(copy);
        }
    }
}

/// `folder` as it is seen under `prefix_root`.
pub fn visible(folder: &Path, prefix_root: Option<&Path>) -> Result<Visible, String> {
    let Some(root) = prefix_root else {
        return Ok(Visible {
            seen: folder.to_path_buf(),
            copy: None,
        });
    };
    let name = folder.file_name().ok_or("a folder without a name")?;
    let unique = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |time| time.as_nanos());
    let inside = Path::new("tmp").join(format!("orochi-{}-{unique}", std::process::id()));
    let copy = root.join(&inside);
    copy_folder(folder, &copy.join(name))
        .map_err(|error| format!("cannot copy {}: {error}", folder.display()))?;
    Ok(Visible {
        seen: Path::new("/").join(inside).join(name),
        copy: Some(copy),
    })
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// The Python scripts of `folder` whose name contains `filter`; a name with a leading underscore is not a script.
pub fn scripts(folder: &Path, filter: &str) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    for entry in
        std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?
    {
        let name = entry
            .map_err(|error| error.to_string())?
            .file_name()
            .to_string_lossy()
            .into_owned();
        if name.ends_with(".py") && !name.starts_with('_') && name.contains(filter) {
            names.push(name);
        }
    }
    names.sort();
    if names.is_empty() {
        return Err(format!(
            "no script in {} is called like `{filter}`",
            folder.display()
        ));
    }
    Ok(names)
}

/// The root of the workspace.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}
