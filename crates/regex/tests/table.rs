//! Replays the match table that `make_table.py` wrote with a reference Python: same code arrays,
//! same texts, same spans. ASCII `str` texts run through both encodings. The environment variable
//! `OROCHI_REGEX_TABLE` names another table to replay instead.

use std::fmt::Write;

use orochi_regex::{Bytes, CharTables, Matcher, Program, Text, Utf8};

/// Unicode tables of the test: the standard library's, which agree with Python's on the
/// characters that the table uses.
static TABLES: CharTables = CharTables {
    is_alnum: |c| char::from_u32(c).is_some_and(char::is_alphanumeric),
    is_decimal: |c| matches!(c, 48..=57 | 0x660..=0x669),
    is_space: |c| matches!(c, 28..=31) || char::from_u32(c).is_some_and(char::is_whitespace),
    is_linebreak: |c| matches!(c, 10..=13 | 28..=30 | 0x85 | 0x2028 | 0x2029),
    to_lower: |c| match c {
        0x130 => 0x69,
        _ => char::from_u32(c).map_or(c, |x| {
            let mut lower = x.to_lowercase();
            match (lower.next(), lower.next()) {
                (Some(y), None) => y as u32,
                _ => c,
            }
        }),
    },
    to_upper: |c| {
        char::from_u32(c).map_or(c, |x| {
            let mut upper = x.to_uppercase();
            match (upper.next(), upper.next()) {
                (Some(y), None) => y as u32,
                _ => c,
            }
        })
    },
    locale_is_alnum: |b| b.is_ascii_alphanumeric(),
    locale_lower: |b| b.to_ascii_lowercase(),
    locale_upper: |b| b.to_ascii_uppercase(),
};

fn show<T: Text>(m: &Matcher<'_, T>, groups: u32) -> String {
    let mut out = m.last_index().unwrap_or(0).to_string();
    for group in 0..=groups {
        match m.group(group) {
            Some((from, to)) => write!(out, " {from},{to}").unwrap(),
            None => out.push_str(" -"),
        }
    }
    out
}

fn answer<T: Text>(program: &Program, text: T, mode: &str, from: usize, to: usize) -> String {
    let groups = program.groups();
    let mut hook = || true;
    let mut m = program.matcher(text, from..to).unwrap();
    let mut all = Vec::new();
    match mode {
        "i" => {
            while m.next_search(&mut hook).unwrap() {
                all.push(show(&m, groups));
            }
            return all.join("; ");
        }
        "c" => {
            while m.next_match(&mut hook).unwrap() {
                all.push(show(&m, groups));
            }
            return all.join("; ");
        }
        _ => {}
    }
    let found = match mode {
        "m" => m.match_start(&mut hook),
        "f" => m.fullmatch(&mut hook),
        _ => m.search(&mut hook),
    };
    if found.unwrap() {
        show(&m, groups)
    } else {
        "-".to_owned()
    }
}

fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2)
        .map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap())
        .collect()
}

fn replay(table: &str) -> (usize, Vec<String>) {
    let mut program = None;
    let mut text = (false, Vec::new());
    let (mut seen, mut faults) = (0, Vec::new());
    let (mut head, mut body) = ("", "");
    for line in table.lines() {
        let (mode, rest) = line.split_once(' ').unwrap();
        match mode {
            "P" => {
                let mut parts = rest.split(' ');
                let flags = u32::from_str_radix(parts.next().unwrap(), 16).unwrap();
                let groups = parts.next().unwrap().parse().unwrap();
                let code: Vec<u32> = parts
                    .next()
                    .unwrap()
                    .split(',')
                    .map(|w| u32::from_str_radix(w, 16).unwrap())
                    .collect();
                head = line;
                program = Some(Program::new(code, groups, flags, &TABLES));
                if let Some(Err(bad)) = &program {
                    faults.push(format!("{head}: {bad}"));
                }
            }
            "T" => {
                let (kind, hex) = rest.split_once(' ').unwrap();
                text = (kind == "u", unhex(hex));
                body = line;
            }
            _ => {
                let Some(Ok(program)) = &program else {
                    continue;
                };
                let (range, expected) = rest.split_once(':').unwrap();
                let (from, to) = range.split_once(' ').unwrap();
                let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
                let expected = expected.trim();
                let mut check = |found: String, how: &str| {
                    seen += 1;
                    if found != expected {
                        faults.push(format!("{head}\n  {body}\n  {line}\n  {how} found {found}"));
                    }
                };
                if text.0 {
                    check(answer(program, Utf8(&text.1), mode, from, to), "utf8");
                }
                if !text.0 || text.1.is_ascii() {
                    check(answer(program, Bytes(&text.1), mode, from, to), "bytes");
                }
            }
        }
    }
    (seen, faults)
}

#[test]
fn agrees_with_the_reference() {
    let table = match std::env::var("OROCHI_REGEX_TABLE") {
        Ok(path) => std::fs::read_to_string(path).unwrap(),
        Err(_) => include_str!("table.txt").to_owned(),
    };
    let (seen, faults) = replay(&table);
    for fault in faults.iter().take(15) {
        eprintln!("{fault}");
    }
    assert!(seen > 1000, "only {seen} records");
    assert!(faults.is_empty(), "{} of {seen} differ", faults.len());
}
