//! Answers read off Python 3.14.

use super::*;

#[test]
fn hexadecimal() {
    let b = b"\x01\xab\xcd\xef\x99";
    let h = |group| String::from_utf8(hex(b, Some(b':'), group).unwrap()).unwrap();
    assert_eq!(
        (h(1), h(2), h(-2)),
        (
            "01:ab:cd:ef:99".into(),
            "01:abcd:ef99".into(),
            "01ab:cdef:99".into()
        )
    );
    assert_eq!(
        (h(5), h(4), h(0)),
        (
            "01abcdef99".into(),
            "01:abcdef99".into(),
            "01abcdef99".into()
        )
    );
    assert_eq!(
        (h(isize::MIN), hex(b"", Some(b':'), 1).unwrap()),
        ("01abcdef99".into(), vec![])
    );
    assert_eq!(fromhex(b"ab cd"), Ok(vec![0xAB, 0xCD]));
    assert_eq!(fromhex(b" ab\tCD "), Ok(vec![0xAB, 0xCD]));
    assert_eq!(
        (fromhex(b"a"), fromhex(b"abc")),
        (Err(FromHexError::OddDigits), Err(FromHexError::OddDigits))
    );
    assert_eq!(
        (fromhex(b"ab c d"), fromhex(b"xx")),
        (Err(FromHexError::NotHex(4)), Err(FromHexError::NotHex(0)))
    );
}

#[test]
fn case_and_predicates() {
    assert_eq!(title(b"aB cD1e"), b"Ab Cd1E");
    assert_eq!(swapcase(b"aB\xe9"), b"Ab\xe9");
    assert_eq!(capitalize(b"\xe9Ab"), b"\xe9ab");
    assert!(
        is_title(b"Ab C1D")
            && !is_upper(b"1")
            && is_upper(b"A1")
            && is_lower(b"a\xc0")
            && !is_title(b"aB")
    );
    assert!(
        is_alnum(b"a1")
            && !is_alpha(b"\xe9")
            && is_digit(b"12")
            && is_space(b"\x0b ")
            && !is_space(b"\x1c")
    );
    let mut table = [0u8; 256];
    (0..256).for_each(|i| table[i] = (i as u8).to_ascii_uppercase());
    assert_eq!(translate(b"hello", Some(&table), b"l"), b"HEO");
}
