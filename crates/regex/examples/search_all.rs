//! Search-all times next to those of a reference: `search_all BENCH TEXT`, where BENCH was
//! written by `tests/make_bench.py` from the same TEXT. Times are the best of seven, in ms.

use std::time::Instant;

use orochi_regex::{ASCII_TABLES, Bytes, CharTables, Program, Text, Utf8};

static TABLES: CharTables = CharTables {
    is_alnum: |c| char::from_u32(c).is_some_and(char::is_alphanumeric),
    is_space: |c| matches!(c, 28..=31) || char::from_u32(c).is_some_and(char::is_whitespace),
    to_lower: |c| char::from_u32(c).map_or(c, |x| x.to_lowercase().next().map_or(c, u32::from)),
    to_upper: |c| char::from_u32(c).map_or(c, |x| x.to_uppercase().next().map_or(c, u32::from)),
    ..ASCII_TABLES
};

fn search_all<T: Text>(program: &Program, text: T) -> (f64, usize) {
    let mut best = f64::MAX;
    let mut count = 0;
    for _ in 0..7 {
        let start = Instant::now();
        count = 0;
        let mut matcher = program
            .matcher(text, 0..text.bytes().len())
            .expect("small tables");
        while matcher.next_search(&mut || true).expect("bounded patterns") {
            count += 1;
        }
        best = best.min(start.elapsed().as_secs_f64() * 1e3);
    }
    (best, count)
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let [_, bench, text] = &args[..] else {
        eprintln!("usage: search_all BENCH TEXT");
        return;
    };
    let bench = std::fs::read_to_string(bench).expect("bench file");
    let text = std::fs::read(text).expect("text file");
    println!(
        "{:>9} {:>9} {:>9} {:>8}  pattern",
        "reference", "bytes", "utf8", "matches"
    );
    for line in bench.lines() {
        let parts: Vec<&str> = line.split('\t').collect();
        let [reference, expected, flags, groups, code, pattern] = parts[..] else {
            continue;
        };
        let code = code
            .split(',')
            .map(|w| u32::from_str_radix(w, 16).expect("hex"))
            .collect();
        let flags = u32::from_str_radix(flags, 16).expect("hex");
        let groups = groups.parse().expect("number");
        let program = Program::new(code, groups, flags, &TABLES).expect("valid code");
        let (utf8, count) = search_all(&program, Utf8(&text));
        let bytes = if text.is_ascii() {
            search_all(&program, Bytes(&text)).0
        } else {
            f64::NAN
        };
        let note = if expected == count.to_string() {
            ""
        } else {
            "   DIFFERENT COUNT"
        };
        println!("{reference:>9} {bytes:>9.3} {utf8:>9.3} {count:>8}  {pattern}{note}");
    }
}
