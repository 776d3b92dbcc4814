//! The storage against plain vectors of numbers.

use super::*;
use proptest::prelude::*;

/// Mixes all encoded lengths and surrogates, pairs of them included.
pub(crate) fn points() -> impl Strategy<Value = Vec<u32>> {
    let one = prop_oneof![
        0u32..0x80,
        0x80u32..0x800,
        0xD7F0u32..0xE010,
        0x800u32..0x10000,
        0x10000u32..=0x10FFFF
    ];
    prop::collection::vec(one, 0..300)
}

pub(crate) fn build(points: &[u32]) -> Wtf8Buf {
    points.iter().map(|&v| CodePoint::new(v).unwrap()).collect()
}

proptest! {
    #[test]
    fn round_trip(v in points()) {
        let s = build(&v);
        prop_assert_eq!(Wtf8::from_bytes(s.as_bytes()).unwrap(), s.as_wtf8());
        prop_assert_eq!(s.chars().map(CodePoint::to_u32).collect::<Vec<_>>(), v.clone());
        prop_assert_eq!(s.rchars().map(CodePoint::to_u32).collect::<Vec<_>>(), v.iter().rev().copied().collect::<Vec<_>>());
        prop_assert_eq!(s.char_count(), v.len());
        prop_assert_eq!(s.is_ascii(), v.iter().all(|&c| c < 128));
        prop_assert_eq!(s.as_str().is_none(), v.iter().any(|c| (0xD800..0xE000).contains(c)));
        prop_assert_eq!(s.max_char().to_u32(), v.iter().copied().max().unwrap_or(0));
        let mut back: Vec<_> = s.char_indices().rev().collect();
        back.reverse();
        prop_assert_eq!(back, s.char_indices().collect::<Vec<_>>());
    }

    #[test]
    fn positions(v in points()) {
        let s = build(&v);
        let table = CharIndex::build(&s);
        prop_assert_eq!(table.char_count(), v.len());
        let starts: Vec<usize> = s.char_indices().map(|(at, _)| at).chain([s.len()]).collect();
        for (n, &at) in starts.iter().enumerate() {
            prop_assert_eq!(s.byte_offset(n), Some(at));
            prop_assert_eq!(table.byte_offset(&s, n), Some(at));
            prop_assert_eq!(s.char_offset(at), n);
            prop_assert_eq!(table.char_offset(&s, at), n);
        }
        for n in v.len() + 1..v.len() + 70 {
            prop_assert_eq!(s.byte_offset(n), None);
            prop_assert_eq!(table.byte_offset(&s, n), None);
        }
    }

    #[test]
    fn order_is_code_point_order(a in points(), b in points()) {
        prop_assert_eq!(build(&a).cmp(&build(&b)), a.cmp(&b));
    }

    #[test]
    fn checked_never_accepts_undecodable(bytes in prop::collection::vec(any::<u8>(), 0..12)) {
        if let Ok(s) = Wtf8::from_bytes(&bytes) {
            let again: Wtf8Buf = s.chars().collect();
            prop_assert_eq!(again.as_bytes(), &bytes[..]);
        }
    }
}

#[test]
fn surrogates_stay_apart() {
    let s = build(&[0xD83D, 0xDE00]);
    assert_eq!(s.as_bytes(), b"\xed\xa0\xbd\xed\xb8\x80");
    assert_eq!(s.char_count(), 2);
    assert_eq!(s.to_string_lossy(), "\u{FFFD}\u{FFFD}");
    assert_eq!(
        Wtf8::from_bytes(b"ab\xed\xa0"),
        Err(InvalidWtf8 { valid_up_to: 2 })
    );
    assert_eq!(
        Wtf8::from_bytes(b"\xc0\x80"),
        Err(InvalidWtf8 { valid_up_to: 0 })
    );
}

#[test]
fn substring_clamps() {
    let s = Wtf8::from_str("aé漢😀z");
    assert_eq!(s.substring(1, 3), "é漢");
    assert_eq!(s.substring(3, 99), "😀z");
    assert_eq!(s.substring(9, 12), "");
    assert_eq!(s.substring(3, 2), "");
}
