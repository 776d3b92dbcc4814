//! The whole standard library compiles, and all its code passes the verifier and survives an image.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use orochi_compiler::{Mode, Options, compile};

fn collect(path: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, out);
        } else if path.extension().is_some_and(|e| e == "py") {
            out.push(path);
        }
    }
}

#[test]
fn the_library_compiles() {
    let mut files = Vec::new();
    collect(Path::new(rustpython_pylib::LIB_PATH), &mut files);
    assert!(files.len() > 500, "library not found at {}", rustpython_pylib::LIB_PATH);
    let (mut bytes, mut spent) = (0, Duration::ZERO);
    let (mut compiling, mut verifying, mut reading) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let mut image_bytes = 0;
    for file in &files {
        let Ok(source) = std::fs::read_to_string(file) else { continue };
        bytes += source.len();
        let start = Instant::now();
        let (code, _) = match compile(&source, b"f", Mode::Exec, &Options::default()) {
            Ok(made) => made,
            Err(fault) => panic!("{}: {:?} {}", file.display(), fault.location, fault.message),
        };
        compiling += start.elapsed();
        let start = Instant::now();
        orochi_bytecode::verify(&code).unwrap_or_else(|refusal| panic!("{}: {refusal}", file.display()));
        verifying += start.elapsed();
        let image = orochi_bytecode::image::write(&code);
        image_bytes += image.len();
        let start = Instant::now();
        let back = orochi_bytecode::image::read(&image).expect("readable");
        reading += start.elapsed();
        assert_eq!(orochi_bytecode::image::write(&back), image, "{}", file.display());
    }
    spent += compiling + verifying + reading;
    let rate = |time: Duration| bytes as f64 / 1e6 / time.as_secs_f64().max(1e-9);
    println!(
        "{} files, {:.1} MB of source, {:.1} MB of images; compile {:.1} MB/s, verify {:.1} MB/s, load {:.1} MB/s ({spent:?})",
        files.len(),
        bytes as f64 / 1e6,
        image_bytes as f64 / 1e6,
        rate(compiling),
        rate(verifying),
        rate(reading),
    );
}
