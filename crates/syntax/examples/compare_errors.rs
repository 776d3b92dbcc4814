//! Compares the error pass with recorded outcomes of CPython.
//!
//! Input: a file with one case a line; fields are hex (`-` for empty) with a blank between: source,
//! mode, flags, then `OK`, or exception name, message, line, column, end line, end column,
//! metadata, text. Prints each difference and the share that agrees.
use orochi_syntax::{FaultKind, Mode, Options, parse};

fn unhex(field: &str) -> String {
    let bytes: Vec<u8> = (0..field.len() / 2)
        .filter_map(|at| u8::from_str_radix(field.get(2 * at..2 * at + 2)?, 16).ok())
        .collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn main() {
    let path = std::env::args().nth(1).expect("usage: compare_errors FILE [show N]");
    let show: usize = std::env::args().nth(2).and_then(|text| text.parse().ok()).unwrap_or(40);
    let cases = std::fs::read_to_string(path).expect("readable case file");
    let (mut total, mut ok, mut message_equal, mut all_equal, mut accepted) = (0, 0, 0, 0, 0);
    let (mut valid, mut valid_agreed, mut shown) = (0, 0, 0);
    for line in cases.lines() {
        let fields: Vec<String> = line.split(' ').map(unhex).collect();
        let mode = match fields[1].as_str() {
            "eval" => Mode::Eval,
            "single" => Mode::Single,
            _ => Mode::Exec,
        };
        let flags: u32 = fields[2].parse().unwrap_or(0);
        let options = Options { allow_incomplete: flags & 0x4000 != 0, dont_imply_dedent: flags & 0x200 != 0 };
        let started = std::time::Instant::now();
        let result = parse(&fields[0], mode, &options);
        if started.elapsed().as_millis() > 200 {
            println!("SLOW {:?} {mode:?} {:?}", started.elapsed(), fields[0]);
        }
        if fields[3] == "OK" {
            valid += 1;
            match result {
                Ok(_) => valid_agreed += 1,
                Err(fault) => println!("REFUSED {:?} {mode:?} {flags:x}: {} {:?}", fields[0], fault.message, fault.location),
            }
            continue;
        }
        if fields.len() < 8 {
            continue;
        }
        total += 1;
        let Err(fault) = result else {
            accepted += 1;
            println!("ACCEPTED {:?} {mode:?}: {}", fields[0], fields[4]);
            continue;
        };
        let name = match fault.kind {
            FaultKind::Indentation => "IndentationError",
            FaultKind::Tab => "TabError",
            FaultKind::Incomplete => "_IncompleteInputError",
            _ => "SyntaxError",
        };
        let location = fault.location;
        let got = location.map_or_else(String::new, |l| format!("{}:{}-{}:{}", l.line, l.column, l.end_line, l.end_column));
        let want = format!("{}:{}-{}:{}", fields[5], fields[6], fields[7], fields[8]);
        let text = fault.text.clone().unwrap_or_default();
        let same_message = fault.message == fields[4] && name == fields[3];
        let same_text = text.trim_end_matches('\n') == fields.get(10).map_or("", String::as_str).trim_end_matches('\n');
        ok += usize::from(same_text);
        message_equal += usize::from(same_message);
        if same_message && got == want {
            all_equal += 1;
        }
        if !(same_message && got == want && same_text) && shown < show {
            shown += 1;
            println!("{:?} {mode:?} {flags:x}\n   want {} {} {want} {:?}\n   got  {name} {} {got} {text:?}", fields[0], fields[3], fields[4], fields.get(10), fault.message);
        }
    }
    println!("errors {total}: message {message_equal}, message and place {all_equal}, line text {ok}, accepted {accepted}; valid {valid}, agreed {valid_agreed}");
}
