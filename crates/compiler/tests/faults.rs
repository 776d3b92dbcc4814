//! Compile-time errors and warnings, word for word and place for place as CPython 3.14 gives them.
//!
//! `faults.txt` holds cases separated by `====`: the source, then `--> ` and either
//! `line:column-line:column message` or `OK` with the warnings (`W<line> <text>`).

use orochi_compiler::{Mode, Options, compile};

fn outcome(source: &str) -> String {
    match compile(source, b"x", Mode::Exec, &Options::default()) {
        Ok((code, warnings)) => {
            orochi_bytecode::verify(&code).unwrap_or_else(|refusal| panic!("{source}: {refusal}"));
            let shown: Vec<String> = warnings.iter().map(|w| format!(" W{} {}", w.line, w.message)).collect();
            format!("OK{}", shown.concat())
        }
        Err(fault) => match fault.location {
            Some(l) => format!("{}:{}-{}:{} {}", l.line, l.column, l.end_line, l.end_column, fault.message),
            None => fault.message.clone(),
        },
    }
}

#[test]
fn faults_and_warnings() {
    let mut wrong = Vec::new();
    let cases: Vec<&str> = include_str!("faults.txt").split("====\n").collect();
    assert!(cases.len() > 100);
    for case in cases {
        let (source, wanted) = case.split_once("--> ").expect("expectation");
        let found = outcome(source);
        if found != wanted.trim_end() {
            wrong.push(format!("{source}wanted {wanted}found  {found}\n"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
