//! Compiles each file named and prints its fault and warnings on one line, for comparison with another
//! implementation.

use orochi_compiler::{Mode, Options, compile};

fn main() {
    for file in std::env::args().skip(1) {
        let Ok(source) = std::fs::read_to_string(&file) else { continue };
        let name = file.rsplit('/').next().unwrap_or_default().to_owned();
        match compile(&source, b"x", Mode::Exec, &Options::default()) {
            Ok((code, warnings)) => {
                let refused = orochi_bytecode::verify(&code).err().map_or(String::new(), |r| format!(" REFUSED {r}"));
                let shown: Vec<String> = warnings.iter().map(|w| format!(" W{} {}", w.line, w.message)).collect();
                println!("{name} OK{}{refused}", shown.concat());
            }
            Err(fault) => {
                let place = fault.location.map_or("None:None-None:None".to_owned(), |l| {
                    format!("{}:{}-{}:{}", l.line, l.column, l.end_line, l.end_column)
                });
                println!("{name} {place} {}", fault.message);
            }
        }
    }
}
