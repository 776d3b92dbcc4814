//! Readers of the Unicode Character Database's text files.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// One line of `UnicodeData.txt`.
#[derive(Clone)]
pub struct Row {
    pub category: String,
    pub combining: u8,
    pub bidi: String,
    pub decomposition: String,
    pub decimal: String,
    pub digit: String,
    pub numeric: String,
    pub mirrored: bool,
}

/// All rows; the pairs of lines that stand for a range are expanded.
pub fn unicode_data(text: &str) -> BTreeMap<u32, Row> {
    let mut rows = BTreeMap::new();
    let mut range_start = None;
    for line in text.lines() {
        let f: Vec<&str> = line.split(';').collect();
        let cp = u32::from_str_radix(f[0], 16).expect("a code point");
        let row = Row {
            category: f[2].into(),
            combining: f[3].parse().expect("a combining class"),
            bidi: f[4].into(),
            decomposition: f[5].into(),
            decimal: f[6].into(),
            digit: f[7].into(),
            numeric: f[8].into(),
            mirrored: f[9] == "Y",
        };
        if f[1].ends_with(", First>") {
            range_start = Some(cp);
        }
        if f[1].ends_with(", Last>") {
            for cp in range_start.take().expect("a first line")..cp {
                rows.insert(cp, row.clone());
            }
        }
        rows.insert(cp, row);
    }
    rows
}

/// The fields of each line that has any, comments cut off.
pub fn field_lines(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines()
        .map(|line| line.split('#').next().unwrap_or("").trim())
        .filter(|line| !line.is_empty())
        .map(|line| line.split(';').map(str::trim).collect())
}

/// `0041` or `0041..005A`.
pub fn hex_range(text: &str) -> RangeInclusive<u32> {
    let hex = |t: &str| u32::from_str_radix(t, 16).expect("a code point");
    match text.split_once("..") {
        Some((first, last)) => hex(first)..=hex(last),
        None => hex(text)..=hex(text),
    }
}

/// `7`, `-1/2`.
pub fn fraction(text: &str) -> f64 {
    let number = |t: &str| t.parse::<f64>().expect("a number");
    match text.split_once('/') {
        Some((n, d)) => number(n) / number(d),
        None => number(text),
    }
}
