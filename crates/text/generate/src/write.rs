//! Writes the Rust source of the tables in lines of bounded length.

const WIDTH: usize = 400;

pub struct Source {
    text: String,
    line: String,
}

/// Consecutive numbers as first and last.
pub fn ranges(sorted: &[u32]) -> Vec<(u32, u32)> {
    let mut out: Vec<(u32, u32)> = Vec::new();
    for &n in sorted {
        match out.last_mut() {
            Some((_, last)) if *last + 1 == n => *last = n,
            _ => out.push((n, n)),
        }
    }
    out
}

impl Source {
    pub fn new() -> Source {
        let text = "//! Unicode 16.0 (and 3.2 where it differs) as tables. Generated: run `cargo run` in `crates/text/generate`,\n\
            //! and do not edit. Data from the Unicode Character Database, © Unicode, Inc., under the Unicode License V3.\n\
            #![cfg_attr(rustfmt, rustfmt_skip)]\n\
            #![allow(clippy::all, reason = \"generated\")]\n\n\
            use super::record as r;\n";
        Source { text: text.into(), line: String::new() }
    }

    pub fn open(&mut self, doc: &str, name: &str, kind: &str, start: &str) {
        self.text.push_str(&format!("\n{doc}\npub(super) static {name}: &{kind} = &[{start}\n"));
    }

    pub fn item(&mut self, item: &str) {
        if self.line.len() + item.len() >= WIDTH {
            self.flush();
        }
        self.line.push_str(item);
        self.line.push(',');
    }

    pub fn close(&mut self) {
        self.flush();
        self.text.push_str("];\n");
    }

    pub fn numbers<N: std::fmt::Display>(&mut self, doc: &str, name: &str, kind: &str, numbers: &[N]) {
        self.open(doc, name, &format!("[{kind}]"), "");
        numbers.iter().for_each(|n| self.item(&n.to_string()));
        self.close();
    }

    /// Cuts the numbers into blocks and stores equal blocks once, with the block size that gives the least bytes.
    pub fn two_stage(&mut self, name: &str, doc: &str, numbers: &[u16]) {
        let build = |shift: u32| {
            let mut blocks: Vec<&[u16]> = Vec::new();
            let mut known = std::collections::HashMap::new();
            let mut stage1: Vec<u16> = Vec::new();
            for block in numbers.chunks(1 << shift) {
                stage1.push(*known.entry(block).or_insert_with(|| {
                    blocks.push(block);
                    blocks.len() as u16 - 1
                }));
            }
            (stage1, blocks.concat())
        };
        let size = |shift: &u32| {
            let (stage1, stage2) = build(*shift);
            stage1.len() + stage2.len()
        };
        let shift = (4..10).min_by_key(size).expect("not empty");
        let (stage1, stage2) = build(shift);
        self.text.push_str(&format!("\n/// Log of the block size of [`{name}_STAGE2`].\npub(super) const {name}_SHIFT: u32 = {shift};\n"));
        self.numbers(&format!("/// Block of [`{name}_STAGE2`] for each block of code points."), &format!("{name}_STAGE1"), "u16", &stage1);
        self.numbers(&format!("/// {doc}."), &format!("{name}_STAGE2"), "u16", &stage2);
    }

    fn flush(&mut self) {
        if !self.line.is_empty() {
            self.text.push_str(&self.line);
            self.text.push('\n');
            self.line.clear();
        }
    }

    pub fn finish(self) -> String {
        self.text
    }
}
