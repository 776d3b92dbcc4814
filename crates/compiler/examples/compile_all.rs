//! Compiles and verifies every Python file under the given folders and prints the speed.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use orochi_compiler::{Mode, Options, compile};

fn collect(path: &Path, out: &mut Vec<PathBuf>) {
    if path.is_dir() {
        let Ok(entries) = std::fs::read_dir(path) else { return };
        for entry in entries.flatten() {
            collect(&entry.path(), out);
        }
    } else if path.extension().is_some_and(|e| e == "py") {
        out.push(path.to_owned());
    }
}

fn main() {
    let mut files = Vec::new();
    for folder in std::env::args().skip(1) {
        collect(Path::new(&folder), &mut files);
    }
    files.sort();
    let (mut bytes, mut spent, mut checked, mut faults, mut count) = (0, Duration::ZERO, Duration::ZERO, 0, 0);
    for file in &files {
        let Ok(source) = std::fs::read_to_string(file) else { continue };
        bytes += source.len();
        count += 1;
        let start = Instant::now();
        let outcome = compile(&source, b"f", Mode::Exec, &Options::default());
        spent += start.elapsed();
        match outcome {
            Ok((code, _)) => {
                let start = Instant::now();
                if let Err(refusal) = orochi_bytecode::verify(&code) {
                    println!("{}: REFUSED {refusal}", file.display());
                }
                checked += start.elapsed();
            }
            Err(fault) => {
                faults += 1;
                println!("{}:{:?}: {}", file.display(), fault.location.map(|l| l.line), fault.message);
            }
        }
    }
    let rate = |time: Duration| bytes as f64 / 1e6 / time.as_secs_f64().max(1e-9);
    println!(
        "{count} files, {:.1} MB, {faults} faults; parse and compile {:.1} MB/s, verify {:.1} MB/s",
        bytes as f64 / 1e6,
        rate(spent),
        rate(checked)
    );
}
