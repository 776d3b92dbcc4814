//! Compares the token stream with recorded streams of CPython's `_tokenize`.
//!
//! Input: one case a line, hex fields: source, `1` or `0` for extra tokens, and the expected items
//! as lines `kind|string|line:col|line:col|physical line`, strings written as Python's `ascii()`.
use orochi_syntax::FaultKind;
use orochi_syntax::tokenize::TokenStream;

fn unhex(field: &str) -> String {
    let bytes: Vec<u8> = (0..field.len() / 2)
        .filter_map(|at| u8::from_str_radix(field.get(2 * at..2 * at + 2)?, 16).ok())
        .collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Python's `ascii()` of a string.
fn ascii(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\\' => out.push_str("\\\\"),
            c if c == quote => out.extend(['\\', c]),
            ' '..='~' => out.push(c),
            c if (c as u32) < 0x100 => out.push_str(&format!("\\x{:02x}", c as u32)),
            c if (c as u32) < 0x10000 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push_str(&format!("\\U{:08x}", c as u32)),
        }
    }
    out.push(quote);
    out
}

fn main() {
    let path = std::env::args().nth(1).expect("usage: compare_tokens FILE [show N]");
    let show: usize = std::env::args().nth(2).and_then(|text| text.parse().ok()).unwrap_or(20);
    let (mut total, mut equal, mut shown) = (0, 0, 0);
    for line in std::fs::read_to_string(path).expect("readable case file").lines() {
        let mut fields = line.split(' ');
        let mut next = || fields.next().unwrap_or_default();
        let (source, extra, want) = (unhex(next()), next() == "1", unhex(next()));
        let lines: Vec<String> = source.split_inclusive('\n').map(str::to_owned).collect();
        let mut lines = lines.into_iter();
        let got: Vec<String> = TokenStream::new(Box::new(move || lines.next()), extra)
            .map(|item| match item {
                Ok(t) => format!(
                    "{}|{}|{}:{}|{}:{}|{}",
                    t.kind, ascii(&t.string), t.start.0, t.start.1, t.end.0, t.end.1, ascii(&t.line)
                ),
                Err(fault) => {
                    let name = match fault.kind {
                        FaultKind::Indentation => "IndentationError",
                        FaultKind::Tab => "TabError",
                        _ => "SyntaxError",
                    };
                    let place = fault.location.map_or_else(String::new, |l| {
                        format!("|{}:{}|{}", l.line, l.column, fault.text.as_deref().map_or_else(|| "None".to_owned(), ascii))
                    });
                    format!("{name}|{}{place}", ascii(&fault.message))
                }
            })
            .collect();
        total += 1;
        let got = got.join("\n");
        if got == want {
            equal += 1;
        } else if shown < show {
            shown += 1;
            println!("{source:?} extra {extra}");
            for (want, got) in want.lines().zip(got.lines()).filter(|(want, got)| want != got).take(3) {
                println!("   want {want}\n   got  {got}");
            }
            let (wanted, found) = (want.lines().count(), got.lines().count());
            if wanted != found {
                println!("   want {wanted} items, got {found}: {:?} {:?}", want.lines().last(), got.lines().last());
            }
        }
    }
    println!("streams {total}, equal {equal}");
}
