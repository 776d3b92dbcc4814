//! Cases whose answers were read off Python 3.14, and comparison with slow obvious code.

use super::*;
use crate::OutOfMemory;
use crate::wtf8::{Wtf8, Wtf8Buf};
use proptest::prelude::*;

fn w(s: &str) -> &Wtf8 {
    Wtf8::from_str(s)
}

fn texts<'a>(pieces: impl Iterator<Item = &'a Wtf8>) -> Vec<&'a str> {
    pieces.map(|p| p.as_str().unwrap()).collect()
}

fn rtexts<'a>(pieces: impl Iterator<Item = &'a Wtf8>) -> Vec<&'a str> {
    let mut v = texts(pieces);
    v.reverse();
    v
}

#[test]
fn finding() {
    let s = w("añb漢añ");
    assert_eq!(
        (find(s, w("ñ")), rfind(s, w("ñ")), find(s, w("x"))),
        (Some(1), Some(8), None)
    );
    assert_eq!((find(s, w("")), rfind(s, w(""))), (Some(0), Some(10)));
    assert_eq!(
        (
            count(s, w("")),
            count(s, w("añ")),
            count(w("aaaa"), w("aa"))
        ),
        (7, 2, 2)
    );
    assert_eq!(count::<[u8]>("ñ".as_bytes(), b""), 3);
}

#[test]
fn splitting() {
    assert_eq!(
        texts(Split::new(w("a,b,,c"), w(","), None).unwrap()),
        ["a", "b", "", "c"]
    );
    assert_eq!(
        texts(Split::new(w("a,b,,c"), w(","), Some(1)).unwrap()),
        ["a", "b,,c"]
    );
    assert_eq!(texts(Split::new(w(""), w(","), None).unwrap()), [""]);
    assert_eq!(
        texts(Split::new(w("aXXbXXX"), w("XX"), None).unwrap()),
        ["a", "b", "X"]
    );
    assert_eq!(
        rtexts(RSplit::new(w("aXXbXXX"), w("XX"), None).unwrap()),
        ["a", "bX", ""]
    );
    assert_eq!(
        rtexts(RSplit::new(w("a,b,c"), w(","), Some(1)).unwrap()),
        ["a,b", "c"]
    );
    assert!(
        Split::new(w("a"), w(""), None).is_none() && RSplit::new(w("a"), w(""), None).is_none()
    );
}

#[test]
fn white_space() {
    let s = w("  a\u{3000}漢 b\u{85}\x1c ");
    assert_eq!(texts(SplitWhitespace::new(s, None)), ["a", "漢", "b"]);
    assert_eq!(
        texts(SplitWhitespace::new(s, Some(1))),
        ["a", "漢 b\u{85}\x1c "]
    );
    assert_eq!(
        texts(SplitWhitespace::new(s, Some(0))),
        ["a\u{3000}漢 b\u{85}\x1c "]
    );
    assert_eq!(rtexts(RSplitWhitespace::new(s, None)), ["a", "漢", "b"]);
    assert_eq!(
        rtexts(RSplitWhitespace::new(s, Some(1))),
        ["  a\u{3000}漢", "b"]
    );
    assert_eq!(texts(SplitWhitespace::new(w(" \t "), None)), [""; 0]);
    assert_eq!(strip_whitespace(s, true, true), "a\u{3000}漢 b");
    assert_eq!(strip_whitespace(s, false, true), "  a\u{3000}漢 b");
    assert_eq!(
        strip_whitespace::<[u8]>(b" \x1ca\x0b ", true, true),
        b"\x1ca"
    );
    assert_eq!(strip_whitespace(w("  "), true, true), "");
}

#[test]
fn stripping_sets() {
    assert_eq!(strip(w("é-é漢x-é"), w("-é"), true, true), "漢x");
    assert_eq!(strip(w("xxaxx"), w("x"), false, true), "xxa");
    assert_eq!(strip(w("xx"), w("x"), true, true), "");
    assert_eq!(strip::<[u8]>(b"\xffab\xff", b"\xffb", true, true), b"a");
}

#[test]
fn lines() {
    let s = w("a\nb\r\nc\rd\x0be\x1cf\u{85}g\u{2028}h漢\n");
    assert_eq!(
        texts(Lines::new(s, false)),
        ["a", "b", "c", "d", "e", "f", "g", "h漢"]
    );
    assert_eq!(texts(Lines::new(w("\r\n\nx"), true)), ["\r\n", "\n", "x"]);
    let b: &[u8] = b"a\x0bb\nc\r\r\n";
    assert_eq!(
        Lines::new(b, true).collect::<Vec<_>>(),
        [&b"a\x0bb\n"[..], b"c\r", b"\r\n"]
    );
}

#[test]
fn partitions() {
    assert_eq!(partition(w("a-b-c"), w("-")).unwrap(), (w("a"), w("b-c")));
    assert_eq!(rpartition(w("a-b-c"), w("-")).unwrap(), (w("a-b"), w("c")));
    assert!(partition(w("a"), w("-")).is_none() && partition(w("a"), w("")).is_none());
}

#[test]
fn replacing() {
    let r = |s, a, b, n| {
        replace(w(s), w(a), w(b), n)
            .unwrap()
            .map(|s: Wtf8Buf| s.to_string())
    };
    assert_eq!(r("aXbXc", "X", "漢", None).unwrap(), "a漢b漢c");
    assert_eq!(r("aXbXc", "X", "y", Some(1)).unwrap(), "aybXc");
    assert_eq!(r("aXXbXX", "XX", "", None).unwrap(), "ab");
    assert_eq!(r("éa", "", "-", None).unwrap(), "-é-a-");
    assert_eq!(r("éa", "", "-", Some(2)).unwrap(), "-é-a");
    assert_eq!(r("", "", "x", None).unwrap(), "x");
    assert_eq!(r("abc", "x", "y", None), None);
    assert_eq!(
        replace::<[u8]>(b"aaa", b"aa", &[], Some(5))
            .unwrap()
            .unwrap(),
        b"a"
    );
}

#[test]
fn sizes_that_cannot_be() {
    assert_eq!(repeat(w("ab"), usize::MAX / 2 + 1), Err(OutOfMemory));
    assert_eq!(repeat(w("ab"), isize::MAX as usize), Err(OutOfMemory));
    assert_eq!(repeat(w("é"), 5).unwrap(), "ééééé");
    assert_eq!(repeat(w("é"), 0).unwrap(), "");
    assert_eq!(repeat::<[u8]>(b"x", 3).unwrap(), b"xxx");
    assert_eq!(
        join(w(", "), ["a", "b"].into_iter().map(w)).unwrap(),
        "a, b"
    );
}

proptest! {
    #[test]
    fn against_slow_code(s in "[abé漢😀 \n]{0,40}", n in "[abé漢]{1,2}", max in prop::option::of(0usize..4)) {
        let (h, needle) = (w(&s), w(&n));
        prop_assert_eq!(find(h, needle), s.find(&n));
        prop_assert_eq!(rfind(h, needle), s.rfind(&n));
        prop_assert_eq!(count(h, needle), s.matches(&n).count());
        let split = texts(Split::new(h, needle, max).unwrap());
        prop_assert_eq!(split, s.splitn(max.unwrap_or(99) + 1, &n).collect::<Vec<_>>());
        let rsplit = texts(RSplit::new(h, needle, max).unwrap());
        prop_assert_eq!(rsplit, s.rsplitn(max.unwrap_or(99) + 1, &n).collect::<Vec<_>>());
        prop_assert_eq!(texts(SplitWhitespace::new(h, None)), s.split_whitespace().collect::<Vec<_>>());
        prop_assert_eq!(rtexts(RSplitWhitespace::new(h, None)), s.split_whitespace().collect::<Vec<_>>());
        let replaced = replace(h, needle, w("xyz"), max).unwrap().map_or(s.clone(), |r| r.to_string());
        prop_assert_eq!(replaced, s.replacen(&n, "xyz", max.unwrap_or(99)));
    }

    /// Subjects and needles on both sides of the limits between the ways of searching.
    #[test]
    fn bytes_against_slow_code(h in prop::collection::vec(0u8..3, 0..700), n in prop::collection::vec(0u8..3, 1..40), cut in 0usize..700) {
        let slow: Vec<usize> = (0..h.len()).filter(|&at| h[at..].starts_with(&n)).collect();
        prop_assert_eq!(find_bytes(&h, &n), slow.first().copied());
        prop_assert_eq!(rfind_bytes(&h, &n), slow.last().copied());
        let mut free = 0;
        let apart: Vec<usize> = slow.iter().copied().filter(|&at| at >= free && { free = at + n.len(); true }).collect();
        prop_assert_eq!(Occurrences::new(&h, &n).collect::<Vec<_>>(), apart);
        // A needle that does occur.
        let from = cut.min(h.len());
        let part = &h[from..(from + n.len()).min(h.len())];
        prop_assert_eq!(find_bytes(&h, part), h.windows(part.len().max(1)).position(|w| w == part).or(part.is_empty().then_some(0)));
    }
}
