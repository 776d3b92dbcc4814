//! Token streams as python3.14's `_tokenize` gives them.
use super::*;

fn stream(source: &str, extra: bool) -> Vec<String> {
    let lines: Vec<String> = source.split_inclusive('\n').map(str::to_owned).collect();
    let mut lines = lines.into_iter();
    TokenStream::new(Box::new(move || lines.next()), extra)
        .map(|item| match item {
            Ok(t) => format!("{} {:?} {}:{} {}:{}", t.kind, t.string, t.start.0, t.start.1, t.end.0, t.end.1),
            Err(fault) => fault.message,
        })
        .collect()
}

#[test]
fn extra_tokens() {
    assert_eq!(stream("x = 1 # c\n\nif x:\n\ty\n  # e\nw", true), [
        "1 \"x\" 1:0 1:1", "55 \"=\" 1:2 1:3", "2 \"1\" 1:4 1:5", "65 \"# c\" 1:6 1:9", "4 \"\\n\" 1:9 1:10",
        "66 \"\\n\" 2:0 2:1", "1 \"if\" 3:0 3:2", "1 \"x\" 3:3 3:4", "55 \":\" 3:4 3:5", "4 \"\\n\" 3:5 3:6",
        "5 \"\\t\" 4:0 4:1", "1 \"y\" 4:1 4:2", "4 \"\\n\" 4:2 4:3", "65 \"# e\" 5:2 5:5", "66 \"\\n\" 5:5 5:6",
        "6 \"\" 6:0 6:0", "1 \"w\" 6:0 6:1", "4 \"\" 6:1 6:2", "0 \"\" 7:0 7:0",
    ]);
    assert_eq!(stream("", true), ["0 \"\" 1:0 1:0"]);
}

#[test]
fn fields() {
    assert_eq!(stream("f'a{x!r:>{w}}b{{' t'{a=}'", true), [
        "59 \"f'\" 1:0 1:2", "60 \"a\" 1:2 1:3", "55 \"{\" 1:3 1:4", "1 \"x\" 1:4 1:5", "55 \"!\" 1:5 1:6",
        "1 \"r\" 1:6 1:7", "55 \":\" 1:7 1:8", "60 \">\" 1:8 1:9", "55 \"{\" 1:9 1:10", "1 \"w\" 1:10 1:11",
        "55 \"}\" 1:11 1:12", "60 \"\" 1:12 1:12", "55 \"}\" 1:12 1:13", "60 \"b{\" 1:13 1:15", "61 \"'\" 1:16 1:17",
        "62 \"t'\" 1:18 1:20", "55 \"{\" 1:20 1:21", "1 \"a\" 1:21 1:22", "55 \"=\" 1:22 1:23", "55 \"}\" 1:23 1:24",
        "64 \"'\" 1:24 1:25", "4 \"\" 1:25 1:26", "0 \"\" 2:0 2:0",
    ]);
}

#[test]
fn extra_tokens_forgive_numbers() {
    assert_eq!(stream("010 2e", true)[..3], ["2 \"010\" 1:0 1:3", "2 \"2\" 1:4 1:5", "1 \"e\" 1:5 1:6"]);
}

#[test]
fn faults() {
    for (source, message) in [
        ("'abc", "unterminated string literal (detected at line 1)"),
        ("1__0", "invalid decimal literal"),
        ("0o8", "invalid digit '8' in octal literal"),
        ("  a\n b", "unindent does not match any outer indentation level"),
        ("\tx\n        y", "inconsistent use of tabs and spaces in indentation"),
        ("f'}'", "f-string: single '}' is not allowed"),
        ("(", "unexpected EOF in multi-line statement"),
        ("a\\", "unexpected EOF in multi-line statement"),
        ("(]", "closing parenthesis ']' does not match opening parenthesis '('"),
        ("\u{2260}", "invalid character '≠' (U+2260)"),
    ] {
        assert_eq!(stream(source, false).last().map(String::as_str), Some(message), "{source}");
    }
}
