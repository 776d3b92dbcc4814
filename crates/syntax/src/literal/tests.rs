//! Literal values, compared with what python3.14 evaluates.
use super::*;
use crate::parse::{Mode, Options, parse};
use ruff_python_ast::Expr;

fn text(source: &str) -> Result<Vec<u8>, String> {
    let parsed = parse(source, Mode::Eval, &Options::default()).map_err(|fault| fault.message)?;
    match parsed.expression().map(|tree| &*tree.body) {
        Some(Expr::StringLiteral(literal)) => {
            string_value(&parsed, literal).map(Cow::into_owned).map_err(|fault| fault.message)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn surrogates_survive() {
    assert_eq!(text(r#""\ud800""#).unwrap(), b"\xED\xA0\x80");
    assert_eq!(text(r#""a" "\U0000dfff" 'é\N{BULLET}\x41\101\q'"#).unwrap(), "a\u{0}é•AA\\q".as_bytes().iter().fold(Vec::new(), |mut out, &byte| {
        if byte == 0 { out.extend_from_slice(b"\xED\xBF\xBF") } else { out.push(byte) }
        out
    }));
    assert_eq!(text(r#"r"\ud800""#).unwrap(), br"\ud800");
    assert_eq!(text("'''\\u0041\\\nb'''").unwrap(), b"Ab");
}

#[test]
fn broken_escapes() {
    let message = |body: &str| escape::decode_text(body, false).unwrap_err().text_message();
    assert_eq!(
        message(r"\N{foo}"),
        "(unicode error) 'unicodeescape' codec can't decode bytes in position 0-6: unknown Unicode character name"
    );
    assert_eq!(
        message(r"ab\u12"),
        "(unicode error) 'unicodeescape' codec can't decode bytes in position 2-5: truncated \\uXXXX escape"
    );
    assert_eq!(
        message(r"\U00110000"),
        "(unicode error) 'unicodeescape' codec can't decode bytes in position 0-9: illegal Unicode character"
    );
    assert_eq!(
        message(r"\N"),
        "(unicode error) 'unicodeescape' codec can't decode bytes in position 0-1: malformed \\N character escape"
    );
    assert_eq!(escape::decode_bytes(br"\x1").unwrap_err().bytes_message(), "(value error) invalid \\x escape at position 0");
}

#[test]
fn integers() {
    assert_eq!(number::int_value("0xFF_ff"), IntLiteral::Small(0xFFFF));
    assert_eq!(number::int_value("1_000"), IntLiteral::Small(1000));
    assert_eq!(
        number::int_value("0b1_0000000000000000000000000000000000000000000000000000000000000000"),
        IntLiteral::Big { digits: "1".to_owned() + &"0".repeat(64), radix: 2 }
    );
    let long = "1".repeat(4301);
    let parsed = parse(&long, Mode::Eval, &Options::default()).unwrap();
    let range = TextRange::up_to((long.len() as u32).into());
    assert!(int_literal(&parsed, range, 4300).unwrap_err().message.starts_with("Exceeds the limit (4300 digits)"));
    assert!(int_literal(&parsed, range, 0).is_ok());
}
