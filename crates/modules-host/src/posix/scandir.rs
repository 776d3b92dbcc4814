//! `scandir` and `DirEntry`.

use std::ffi::CString;
use std::sync::OnceLock;

use orochi_host::fs::{self, Directory, KIND_DIRECTORY, KIND_FILE, KIND_SYMLINK, KIND_UNKNOWN, Stat};
use orochi_host::Errno;
use orochi_objects::{Attached, Def, GetSet, Method, Payload, PyResult, Slot, TypeSpec, Value, flags, int, payload, protocol, str};
use orochi_runtime::Locked;

use crate::arguments::{Also, Path, flag};
use crate::errors::file_error;

/// An entry of a directory, with what reading the directory told about it.
pub struct PyDirEntry {
    name: Slot,
    path: Slot,
    /// The path for C; relative to `dir` if that is a descriptor.
    c_path: CString,
    dir: Option<i32>,
    kind: u8,
    ino: u64,
    /// `stat` following links, and not: asked once.
    stat: Slot,
    lstat: Slot,
    modes: [OnceLock<u32>; 2],
}

impl Payload for PyDirEntry {
    payload!(PyDirEntry, "DirEntry");
    fn trace(&self, visit: &mut orochi_heap::Visit<'_>) {
        for slot in [&self.name, &self.path, &self.stat, &self.lstat] {
            visit.slot(slot);
        }
    }
}

/// `os.DirEntry`.
pub static DIR_ENTRY: TypeSpec = TypeSpec::new::<PyDirEntry>("posix.DirEntry")
    .flags(flags::NO_NEW)
    .slots(&[Def::Repr(entry_repr)])
    .methods(&[
        Method::new("is_dir", "($self, /, *, follow_symlinks=True)", |t, a| is_kind(t, a, KIND_DIRECTORY, 0o040000), "Return True if the entry is a directory; cached per entry."),
        Method::new("is_file", "($self, /, *, follow_symlinks=True)", |t, a| is_kind(t, a, KIND_FILE, 0o100000), "Return True if the entry is a file; cached per entry."),
        Method::new("is_symlink", "($self, /)", is_symlink, "Return True if the entry is a symbolic link; cached per entry."),
        Method::new("is_junction", "($self, /)", |_, _| Ok(Value::bool(false)), "Return True if the entry is a junction; cached per entry."),
        Method::new("stat", "($self, /, *, follow_symlinks=True)", entry_stat, "Return stat_result object for the entry; cached per entry."),
        Method::new("inode", "($self, /)", |t, a| Ok(int::from_u64(t, entry(&a[0]).ino)), "Return inode of the entry; cached per entry."),
        Method::new("__fspath__", "($self, /)", |_, a| Ok(entry(&a[0]).path.load()), "Returns the path for the entry."),
        Method::class("__class_getitem__", "($type, object, /)", orochi_objects::generic_alias::class_getitem, "See PEP 585"),
    ])
    .getset(&[
        GetSet::read("name", |_, v| Ok(entry(v).name.load()), "the entry's base filename, relative to scandir() \"path\" argument"),
        GetSet::read("path", |_, v| Ok(entry(v).path.load()), "the entry's full path name; equivalent to os.path.join(scandir_path, entry.name)"),
    ]);

/// The body of what `scandir` gives.
pub struct PyScandir {
    stream: Locked<Option<Directory>>,
    path: Path,
}

impl Payload for PyScandir {
    payload!(PyScandir, "ScandirIterator");
    fn trace(&self, visit: &mut orochi_heap::Visit<'_>) {
        visit.value(&self.path.object);
    }
}

/// `posix.ScandirIterator`.
pub static SCANDIR: TypeSpec = TypeSpec::new::<PyScandir>("posix.ScandirIterator")
    .flags(flags::NO_NEW)
    .slots(&[Def::Iter(|_, v| Ok(v.clone())), Def::Next(next)])
    .methods(&[
        Method::new("__enter__", "($self, /)", |_, a| Ok(a[0].clone()), ""),
        Method::new("__exit__", "($self, /, *exc_info)", close, "").at_once(close),
        Method::new("close", "($self, /)", close, ""),
    ]);

pub(super) static FUNCTIONS: &[Method] =
    &[Method::new("scandir", "(path=None)", scandir, "Return an iterator of DirEntry objects for given path.")];

fn entry(v: &Value) -> &PyDirEntry {
    match v.payload::<PyDirEntry>() {
        Some(e) => e,
        None => unreachable!("methods are called with their own type"),
    }
}
fn iterator(v: &Value) -> &PyScandir {
    match v.payload::<PyScandir>() {
        Some(e) => e,
        None => unreachable!("methods are called with their own type"),
    }
}

fn scandir(t: Attached<'_>, a: &[Value]) -> PyResult {
    let path = Path::of(t, &a[0], "scandir", "path", Also::DescriptorOrNone)?;
    let (name, fd) = (path.name.as_c_str(), path.fd);
    let stream = t.detached(|| fd.map_or_else(|| Directory::open(name), Directory::from_descriptor));
    let stream = path.check(t, stream)?;
    Ok(SCANDIR.alloc(t, PyScandir { stream: Locked::new(Some(stream)), path }))
}

fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let it = iterator(this);
    // The stream is out of the object while it is read, so that no lock is held meanwhile.
    let Some(mut stream) = it.stream.lock().take() else { return Ok(None) };
    let (found, stream) = t.detached(move || (stream.next_entry(), stream));
    match found {
        Ok(Some(found)) => {
            *it.stream.lock() = Some(stream);
            let name = it.path.result(t, &found.name);
            let (path, c_path) = if it.path.fd.is_some() {
                (name.clone(), found.name)
            } else {
                let mut joined = it.path.name.as_bytes().to_vec();
                if it.path.object.is_none() {
                    joined = b".".to_vec();
                }
                if joined.last().is_some_and(|&b| b != b'/') {
                    joined.push(b'/');
                }
                joined.extend_from_slice(&found.name);
                (it.path.result(t, &joined), joined)
            };
            let body = PyDirEntry {
                name: Slot::new(name),
                path: Slot::new(path),
                c_path: CString::new(c_path).unwrap_or_default(),
                dir: it.path.fd,
                kind: found.kind,
                ino: found.ino,
                stat: Slot::unbound(),
                lstat: Slot::unbound(),
                modes: Default::default(),
            };
            Ok(Some(DIR_ENTRY.alloc(t, body)))
        }
        Ok(None) => {
            t.detached(move || drop(stream));
            Ok(None)
        }
        Err(e) => Err(it.path.error(t, e)),
    }
}

fn close(t: Attached<'_>, a: &[Value]) -> PyResult {
    let stream = iterator(&a[0]).stream.lock().take();
    t.detached(move || drop(stream));
    Ok(Value::none())
}

fn entry_repr(t: Attached<'_>, this: &Value) -> PyResult {
    let name = protocol::repr(t, &entry(this).name.load())?;
    Ok(str::from_string(t, format!("<DirEntry {}>", str::display(&name))))
}

fn ask(t: Attached<'_>, e: &PyDirEntry, follow: bool) -> orochi_host::Result<Stat> {
    let (dir, path) = (super::at(e.dir), e.c_path.as_c_str());
    let found = t.detached(|| fs::fstatat(dir, path, follow))?;
    let _ = e.modes[usize::from(follow)].set(found.mode);
    Ok(found)
}

fn entry_stat(t: Attached<'_>, a: &[Value]) -> PyResult {
    let e = entry(&a[0]);
    let follow = flag(t, &a[1], true)? && may_be_link(e);
    let kept = if follow { &e.stat } else { &e.lstat };
    if kept.is_unbound() {
        let found = ask(t, e, follow).map_err(|error| file_error(t, error, &e.path.load()))?;
        kept.set(super::stat::result(t, &found)?);
    }
    Ok(kept.load())
}

fn may_be_link(e: &PyDirEntry) -> bool {
    e.kind == KIND_SYMLINK || e.kind == KIND_UNKNOWN
}

/// Whether the entry is of a kind; what does not exist (any more) is of none.
fn has_kind(t: Attached<'_>, e: &PyDirEntry, follow: bool, kind: u8, bits: u32) -> PyResult<bool> {
    let needs_stat = e.kind == KIND_UNKNOWN || (follow && e.kind == KIND_SYMLINK);
    if !needs_stat {
        return Ok(e.kind == kind);
    }
    let known = e.modes[usize::from(follow)].get().copied();
    let mode = match known {
        Some(mode) => mode,
        None => match ask(t, e, follow) {
            Ok(found) => found.mode,
            Err(Errno::ENOENT) => return Ok(false),
            Err(error) => return Err(file_error(t, error, &e.path.load())),
        },
    };
    Ok(mode & 0o170000 == bits)
}

fn is_kind(t: Attached<'_>, a: &[Value], kind: u8, bits: u32) -> PyResult {
    let follow = flag(t, &a[1], true)?;
    Ok(Value::bool(has_kind(t, entry(&a[0]), follow, kind, bits)?))
}

fn is_symlink(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(Value::bool(has_kind(t, entry(&a[0]), false, KIND_SYMLINK, 0o120000)?))
}
