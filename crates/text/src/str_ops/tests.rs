//! Answers read off Python 3.14.

use super::*;
use crate::repr::{ascii, bytes_repr, repr};
use crate::wtf8::{CodePoint, Wtf8, Wtf8Buf};
use crate::{OutOfMemory, pad};

fn w(s: &str) -> &Wtf8 {
    Wtf8::from_str(s)
}

#[test]
fn case() {
    let lowered: Vec<Wtf8Buf> = ["ΑΣ", "ΑΣΒ", "Σ", "Α.Σ."]
        .into_iter()
        .map(|s| lower(w(s)))
        .collect();
    assert_eq!(lowered, ["ας", "ασβ", "σ", "α.ς."]);
    assert_eq!(
        (title(w("ΑΣ Σ")), title(w("ǆ dz"))),
        ("Ας Σ".into(), "ǅ Dz".into())
    );
    assert_eq!(
        (title(w("ŉx ﬁ ß")), capitalize(w("ßa"))),
        ("ʼNx Fi Ss".into(), "Ssa".into())
    );
    assert_eq!(
        (capitalize(w("ǆΑΣ")), swapcase(w("aΣ ΑΣ"))),
        ("ǅας".into(), "Aς ας".into())
    );
    assert_eq!(
        (upper(w("straße")), casefold(w("Straße İ"))),
        ("STRASSE".into(), "strasse i̇".into())
    );
    assert_eq!(
        (title(w("they're bill's")), swapcase(w("aBc1"))),
        ("They'Re Bill'S".into(), "AbC1".into())
    );
}

#[test]
fn predicates() {
    let t: Vec<bool> = ["Ab Cd", "AB", "ab", "A1b", "A1B", "ǅa", "ǅA", "1", ""]
        .iter()
        .map(|s| is_title(w(s)))
        .collect();
    assert_eq!(
        t,
        [true, false, false, false, true, true, false, false, false]
    );
    let u: Vec<bool> = ["A1", "ǅ", "Aa", "1", "ᴬ"]
        .iter()
        .map(|s| is_upper(w(s)))
        .collect();
    assert_eq!(u, [true, false, false, false, false]);
    let i: Vec<bool> = ["_a", "1a", "é", "a·", "", "a b", "℘"]
        .iter()
        .map(|s| is_identifier(w(s)))
        .collect();
    assert_eq!(i, [true, false, true, true, false, false, true]);
    assert!(
        is_printable(w(""))
            && !is_alpha(w(""))
            && is_alnum(w("aé1²"))
            && !is_decimal(w("²"))
            && is_digit(w("²"))
    );
}

#[test]
fn reprs() {
    assert_eq!(repr(w("a'b")), "\"a'b\"");
    assert_eq!(repr(w("a\"b")), "'a\"b'");
    assert_eq!(repr(w("a'\"b")), r#"'a\'"b'"#);
    let mut odd = Wtf8Buf::from("\\\n\t\r\0\x7f\u{80}\u{ad}\u{378}é漢");
    odd.push(CodePoint::new(0xD800).unwrap());
    odd.push_str("😀\u{e0001}");
    assert_eq!(
        repr(&odd),
        r"'\\\n\t\r\x00\x7f\x80\xad\u0378é漢\ud800😀\U000e0001'"
    );
    assert_eq!(
        ascii(&odd),
        r"'\\\n\t\r\x00\x7f\x80\xad\u0378\xe9\u6f22\ud800\U0001f600\U000e0001'"
    );
    assert_eq!(
        bytes_repr(b"a'b\"\\\n\t\r\x00\x7f\xff"),
        r#"b'a\'b"\\\n\t\r\x00\x7f\xff'"#
    );
    assert_eq!(bytes_repr(b"'"), "b\"'\"");
}

#[test]
fn padding() {
    let centered: Vec<Wtf8Buf> = [5, 6, 4, 3, 0]
        .iter()
        .map(|&n| pad::center(w("ab"), n, w("é")).unwrap())
        .collect();
    assert_eq!(centered, ["ééabé", "ééabéé", "éabé", "éab", "ab"]);
    assert_eq!(pad::center(w("abc"), 6, w("*")).unwrap(), "*abc**");
    assert_eq!(
        (
            pad::ljust(w("é"), 3, w(".")).unwrap(),
            pad::rjust(w("é"), 3, w(".")).unwrap()
        ),
        ("é..".into(), "..é".into())
    );
    let z = |s, n| pad::zfill(w(s), n).unwrap();
    assert_eq!(
        (z("+12", 6), z("-é", 4), z("", 2), z("+", 1)),
        ("+00012".into(), "-00é".into(), "00".into(), "+".into())
    );
    let x = |s, n| pad::expandtabs(w(s), n).unwrap();
    assert_eq!(
        x("é\tb\r\tc\n12345678\t|", 8),
        "é       b\r        c\n12345678        |"
    );
    assert_eq!(
        (x("a\tb", 0), x("a\tb", 1), x("\t\ta\té", 3)),
        ("ab".into(), "a b".into(), "      a  é".into())
    );
    assert_eq!(pad::center(w("a"), usize::MAX, w("é")), Err(OutOfMemory));
    assert_eq!(
        pad::expandtabs(w("\t\t\t"), usize::MAX / 2),
        Err(OutOfMemory)
    );
}

#[test]
fn translation() {
    let mut asked = 0;
    let out = translate::<()>(w("aabbccéé"), |c| {
        asked += 1;
        Ok(match c.to_char() {
            Some('a') => Translated::Char('x'.into()),
            Some('b') => Translated::Delete,
            Some('c') => Translated::Text("yy".into()),
            _ => Translated::Keep,
        })
    });
    assert_eq!((out.unwrap(), asked), ("xxyyyyéé".into(), 6));
    assert_eq!(translate(w("a"), |_| Err(7)), Err(7));
}
