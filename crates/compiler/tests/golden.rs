//! Golden disassemblies: each file of `tests/golden` is a source, a line `=== bytecode`, and its bytecode.
//! `cargo xtask bless` writes them again.

use std::path::Path;

use orochi_compiler::{Mode, Options, compile};

const SEPARATOR: &str = "=== bytecode\n";

#[test]
fn golden_bytecode_is_as_recorded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let bless = std::env::var_os("OROCHI_BLESS").is_some();
    let mut files: Vec<_> = std::fs::read_dir(&folder).expect("folder").flatten().map(|e| e.path()).collect();
    files.sort();
    assert!(files.len() >= 30, "golden files are missing");
    let mut wrong = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("readable");
        let (source, recorded) = text.split_once(SEPARATOR).expect("separator");
        let (code, _) = compile(source, b"golden.py", Mode::Exec, &Options::default())
            .unwrap_or_else(|fault| panic!("{}: {}", file.display(), fault.message));
        orochi_bytecode::verify(&code).unwrap_or_else(|refusal| panic!("{}: {refusal}", file.display()));
        let made = orochi_bytecode::disassemble::disassemble(&code);
        if bless {
            std::fs::write(&file, format!("{source}{SEPARATOR}{made}")).expect("written");
        } else if made != recorded {
            wrong.push(format!("{}:\n{made}", file.display()));
        }
    }
    assert!(wrong.is_empty(), "bytecode differs (`cargo xtask bless` to accept):\n{}", wrong.join("\n"));
}

/// The promise that the eval loop's speed rests on: one turn of the loop is two instructions.
#[test]
fn a_countdown_takes_two_instructions_a_turn() {
    let source = "def f(n):\n    while n > 0:\n        n -= 1\n";
    let (code, _) = compile(source, b"x", Mode::Exec, &Options::default()).expect("compiles");
    let text = orochi_bytecode::disassemble::disassemble(&code);
    let body: Vec<&str> = text.lines().skip_while(|line| !line.starts_with("code f")).skip(1).collect();
    assert!(body[0].contains("Jump -> 2"), "{text}");
    assert!(body[1].contains("Sub= r0:n, r0:n, k"), "{text}");
    assert!(body[2].contains("JumpIfGt r0:n, k") && body[2].ends_with("-> 1"), "{text}");
    assert!(body[3].contains("Return"), "{text}");
}
