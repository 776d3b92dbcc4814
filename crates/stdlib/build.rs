//! Compiles the standard library to bytecode images.
//!
//! Input: the Python files of the crate `rustpython-pylib`, changed by `edits.rs`, with the files of `overlay/` over them (ours;
//! each says at its head why it is there). Output: one blob of images, one of sources (each a zlib stream),
//! and a table of where a module's lie in them, sorted by module name.

#[path = "edits.rs"]
mod edits;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Folders of the library that programs do not import.
const LEFT_OUT: [&str; 6] = ["test", "idlelib", "turtledemo", "lib2to3", "__pycache__", "ensurepip"];
/// What every start imports. Their images lie side by side, so that they share pages of the binary.
const AT_START: [&str; 15] = [
    "importlib/_bootstrap.py",
    "importlib/_bootstrap_external.py",
    "_orochi_importer.py",
    "codecs.py",
    "encodings/aliases.py",
    "encodings/__init__.py",
    "abc.py",
    "_collections_abc.py",
    "io.py",
    "stat.py",
    "genericpath.py",
    "posixpath.py",
    "os.py",
    "_sitebuiltins.py",
    "site.py",
];
/// Files that suit another interpreter only.
const FOREIGN: [&str; 4] = ["_pycodecs.py", "_dummy_os.py", "_dummy_thread.py", "dummy_threading.py"];

fn collect(root: &Path, folder: &Path, found: &mut BTreeMap<String, PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            if !LEFT_OUT.contains(&name.as_str()) && name != "tests" {
                collect(root, &path, found);
            }
        } else if name.ends_with(".py") && !FOREIGN.contains(&name.as_str()) {
            let relative = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            found.insert(relative, path);
        }
    }
}

fn main() {
    let here = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=overlay");
    println!("cargo:rerun-if-changed=edits.rs");
    let mut files = BTreeMap::new();
    collect(Path::new(rustpython_pylib::LIB_PATH), Path::new(rustpython_pylib::LIB_PATH), &mut files);
    let overlay = here.join("overlay");
    collect(&overlay, &overlay, &mut files);

    let mut jobs: Vec<(String, PathBuf)> = files.into_iter().collect();
    jobs.sort_by_key(|(path, _)| !AT_START.contains(&path.as_str()));
    let half = jobs.len().div_ceil(std::thread::available_parallelism().map_or(1, usize::from));
    let compiled: Vec<(String, Built)> = std::thread::scope(|scope| {
        let workers: Vec<_> = jobs
            .chunks(half.max(1))
            .map(|chunk| {
                let build = move || chunk.iter().filter_map(|(path, file)| Some((path.clone(), compile(path, file)?))).collect::<Vec<_>>();
                std::thread::Builder::new().stack_size(64 << 20).spawn_scoped(scope, build)
            })
            .collect();
        workers.into_iter().flatten().flat_map(|w| w.join().unwrap_or_default()).collect()
    });

    let mut images = Vec::new();
    let mut sources = Vec::new();
    let mut rows = BTreeMap::new();
    for (path, built) in compiled {
        let stem = path.trim_end_matches(".py");
        let (module, package) = match stem.strip_suffix("/__init__") {
            Some(folder) => (folder.replace('/', "."), true),
            None => (stem.replace('/', "."), false),
        };
        let image = images.len()..images.len() + built.image.len();
        let source = sources.len()..sources.len() + built.source.len();
        rows.insert(module, (package, path, image, source, built.text_len));
        images.extend(built.image);
        sources.extend(built.source);
    }
    let mut table = String::from("&[\n");
    for (module, (package, path, image, source, text_len)) in &rows {
        let _ = writeln!(
            table,
            "    Row {{ module: {module:?}, package: {package}, path: {path:?}, image: ({}, {}), source: ({}, {}), text_len: {text_len} }},",
            image.start, image.end, source.start, source.end,
        );
    }
    table.push(']');
    write(&out.join("table.rs"), table.as_bytes());
    write(&out.join("images.bin"), &images);
    write(&out.join("sources.bin"), &sources);
}

fn write(path: &Path, bytes: &[u8]) {
    if let Err(e) = std::fs::write(path, bytes) {
        fail(&format!("{}: {e}", path.display()));
    }
}

fn fail(message: &str) -> ! {
    println!("cargo:warning={message}");
    std::process::exit(1)
}

/// What is kept of one file.
struct Built {
    image: Vec<u8>,
    /// The text, compressed.
    source: Vec<u8>,
    text_len: usize,
}

/// The text as a zlib stream.
fn compress(text: &str) -> Vec<u8> {
    let mut out = vec![0; zlib_rs::compress_bound(text.len())];
    let (written, result) = zlib_rs::compress_slice(&mut out, text.as_bytes(), zlib_rs::DeflateConfig::new(9));
    if result != zlib_rs::ReturnCode::Ok {
        fail("a source cannot be compressed");
    }
    written.to_vec()
}

/// The image and source of one file. Its code's filename is relative to the library's root, marked so that the
/// loader can put the real prefix in front.
fn compile(path: &str, file: &Path) -> Option<Built> {
    let bytes = std::fs::read(file).unwrap_or_else(|e| fail(&format!("{}: {e}", file.display())));
    let Ok(source) = String::from_utf8(bytes) else {
        println!("cargo:warning={path} is not UTF-8: left out");
        return None;
    };
    let mut source = source.replace("\r\n", "\n");
    for &(edited, from, to) in edits::EDITS.iter().filter(|e| e.0 == path) {
        if source.matches(from).count() != 1 {
            fail(&format!("{edited}: the passage of an edit does not stand there once: {from}"));
        }
        source = source.replace(from, to);
    }
    let options = orochi_compiler::Options::default();
    let filename = format!("<stdlib>/{path}");
    match orochi_compiler::compile(&source, filename.as_bytes(), orochi_compiler::Mode::Exec, &options) {
        Ok((code, _)) => {
            Some(Built { image: orochi_bytecode::image::write(&code), source: compress(&source), text_len: source.len() })
        }
        Err(fault) => {
            println!("cargo:warning={path} does not compile: {}", fault.message);
            None
        }
    }
}
