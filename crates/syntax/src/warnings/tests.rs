//! Warnings, as python3.14 words them.
use crate::parse::{Mode, Options, parse};

fn warnings(source: &str) -> Vec<(String, u32)> {
    let parsed = parse(source, Mode::Exec, &Options::default()).unwrap();
    parsed.warnings().iter().map(|warning| (warning.error_message.clone(), warning.line)).collect()
}

#[test]
fn escapes_and_numbers() {
    let unknown = |shown: &str| {
        format!("\"{shown}\" is an invalid escape sequence. Did you mean \"\\{shown}\"? A raw string is also an option.")
    };
    assert_eq!(warnings("x = '\\d'\ny = b'\\N'\nz = f'\\q{x}'"), [
        (unknown("\\d"), 1),
        (unknown("\\N"), 2),
        (unknown("\\q"), 3)
    ]);
    assert_eq!(warnings("'''\n\\é\\ud800\\d'''"), [(unknown("\\d"), 2)]);
    assert_eq!(warnings("r'\\d' '\\x41\\101\\n\\\n'"), []);
    assert_eq!(warnings("'\\777'").len(), 1);
    assert_eq!(warnings("f'\\{x}\\}}'"), [(unknown("\\{"), 1), (unknown("\\}"), 1)]);
    assert_eq!(warnings("'\\d \\q' '\\q'"), [(unknown("\\d"), 1), (unknown("\\q"), 1)]);
    assert_eq!(warnings("1if 1 else 2"), [("invalid decimal literal".to_owned(), 1)]);
}
