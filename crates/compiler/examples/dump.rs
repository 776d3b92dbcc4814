//! Prints the bytecode of a Python file (or of standard input with `-`): `dump [--eval|--single] FILE`.

use std::io::Read;

use orochi_compiler::{Mode, Options, compile};

fn main() {
    let mut mode = Mode::Exec;
    let mut file = None;
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--eval" => mode = Mode::Eval,
            "--single" => mode = Mode::Single,
            _ => file = Some(argument),
        }
    }
    let name = file.unwrap_or_else(|| "-".to_owned());
    let mut source = String::new();
    let read = if name == "-" {
        std::io::stdin().read_to_string(&mut source).map(|_| ())
    } else {
        std::fs::read_to_string(&name).map(|text| source = text)
    };
    if let Err(error) = read {
        eprintln!("{name}: {error}");
        std::process::exit(1);
    }
    match compile(&source, name.as_bytes(), mode, &Options::default()) {
        Ok((code, warnings)) => {
            for warning in warnings {
                eprintln!("{name}:{}: SyntaxWarning: {}", warning.line, warning.message);
            }
            if let Err(refusal) = orochi_bytecode::verify(&code) {
                eprintln!("{name}: refused: {refusal}");
            }
            println!("{}", orochi_bytecode::disassemble::disassemble(&code));
        }
        Err(fault) => {
            let place = fault.location.map_or(String::new(), |l| format!("{}:{}", l.line, l.column));
            eprintln!("{name}:{place}: {:?}: {}", fault.kind, fault.message);
            std::process::exit(1);
        }
    }
}
