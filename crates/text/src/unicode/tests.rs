//! Every property over nearly all code points against checksums made by Python 3.14 (`generate/checksums.py`), and cases
//! with names and sequences.

use super::*;
use crate::str_ops;
use crate::wtf8::{Wtf8, Wtf8Buf};

/// CRC-32 as in zlib.
fn crc32(text: &[u8], mut crc: u32) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut n = 0;
        while n < 2048 {
            let v = if n % 8 == 0 {
                n as u32 / 8
            } else {
                table[n / 8]
            };
            table[n / 8] = v >> 1 ^ if v & 1 != 0 { 0xEDB88320 } else { 0 };
            n += 1;
        }
        table
    };
    crc = !crc;
    for &byte in text {
        crc = crc >> 8 ^ TABLE[((crc ^ u32::from(byte)) & 0xFF) as usize];
    }
    !crc
}

fn checksum(property: impl Fn(CodePoint, &Wtf8) -> Wtf8Buf) -> u32 {
    let mut crc = 0;
    let mut part = Wtf8Buf::new();
    // Beyond these there are only unassigned and private code points.
    let parts = [
        0..0x32400,
        0xE0000..0xE0200,
        0xEFF80..0xF0080,
        0x10FF80..0x110000,
    ];
    for v in parts.into_iter().flatten() {
        let c = CodePoint::new(v).unwrap();
        part.push_wtf8(&property(c, &Wtf8Buf::from(c)));
        part.push_char(';');
        if part.len() > 1 << 16 {
            crc = crc32(part.as_bytes(), crc);
            part.clear();
        }
    }
    crc32(part.as_bytes(), crc)
}

fn text(value: impl ToString) -> Wtf8Buf {
    Wtf8Buf::from(value.to_string())
}

fn maybe(value: Option<impl ToString>) -> Wtf8Buf {
    value.map_or(Wtf8Buf::new(), text)
}

fn bit(value: bool) -> Wtf8Buf {
    text(value as u8)
}

fn form(name: &str) -> Option<Form> {
    Form::from_name(name.strip_prefix("is ").unwrap_or(name))
}

fn property(name: &str, c: CodePoint, s: &Wtf8) -> Wtf8Buf {
    match name {
        "isalpha" => bit(str_ops::is_alpha(s)),
        "isdecimal" => bit(str_ops::is_decimal(s)),
        "isdigit" => bit(str_ops::is_digit(s)),
        "isnumeric" => bit(str_ops::is_numeric(s)),
        "isalnum" => bit(str_ops::is_alnum(s)),
        "isspace" => bit(str_ops::is_space(s)),
        "isupper" => bit(str_ops::is_upper(s)),
        "islower" => bit(str_ops::is_lower(s)),
        "istitle" => bit(str_ops::is_title(s)),
        "isprintable" => bit(str_ops::is_printable(s)),
        "isidentifier" => bit(str_ops::is_identifier(s)),
        "continue" => bit(is_identifier_continue(c)),
        "upper" => str_ops::upper(s),
        "lower" => str_ops::lower(s),
        "title" => str_ops::title(s),
        "casefold" => str_ops::casefold(s),
        "swapcase" => str_ops::swapcase(s),
        "capitalize" => str_ops::capitalize(s),
        "category" => text(category(c).name()),
        "bidirectional" => text(bidirectional(c)),
        "combining" => text(combining(c)),
        "east_asian_width" => text(east_asian_width(c)),
        "mirrored" => bit(is_mirrored(c)),
        "decomposition" => text(decomposition(c)),
        "decimal" => maybe(decimal(c)),
        "digit" => maybe(digit(c)),
        "numeric" => maybe(numeric(c).map(|v| format!("{v:.9}"))),
        "name" => maybe(super::name(c)),
        "3.2 category" => text(Unicode32::category(c).name()),
        "3.2 bidirectional" => text(Unicode32::bidirectional(c)),
        "3.2 combining" => text(Unicode32::combining(c)),
        "3.2 east_asian_width" => text(Unicode32::east_asian_width(c)),
        "3.2 mirrored" => bit(Unicode32::is_mirrored(c)),
        "3.2 decomposition" => text(Unicode32::decomposition(c)),
        "3.2 decimal" => maybe(Unicode32::decimal(c)),
        "3.2 digit" => maybe(Unicode32::digit(c)),
        "3.2 numeric" => maybe(Unicode32::numeric(c).map(|v| format!("{v:.9}"))),
        "3.2 name" => maybe(Unicode32::name(c)),
        _ => match (name.strip_prefix("3.2 "), form(name)) {
            (Some(name), _) if name.starts_with("is") => {
                bit(Unicode32::is_normalized(form(name).unwrap(), s))
            }
            (Some(name), _) => Unicode32::normalize(form(name).unwrap(), s),
            (None, Some(form)) if name.starts_with("is") => bit(is_normalized(form, s)),
            (None, form) => normalize(form.unwrap(), s),
        },
    }
}

#[test]
fn all_properties() {
    let wrong: Vec<&str> = CHECKSUMS
        .iter()
        .filter(|(name, sum)| checksum(|c, s| property(name, c, s)) != *sum)
        .map(|e| e.0)
        .collect();
    assert!(wrong.is_empty(), "not as in Python: {wrong:?}");
}

#[test]
fn names_and_back() {
    let c = |v: u32| CodePoint::new(v);
    assert_eq!(lookup("latin small letter a"), c(0x61));
    assert_eq!(lookup("LATINSMALLLETTERA"), None);
    assert_eq!(
        (lookup("LF"), lookup("line feed"), lookup("NBSP")),
        (c(10), c(10), c(0xA0))
    );
    assert_eq!(lookup("cjk unified ideograph-4e00"), c(0x4E00));
    assert_eq!(lookup("TANGUT IDEOGRAPH-17000"), c(0x17000));
    assert_eq!(
        (lookup("hangul syllable ga"), lookup("é"), lookup("")),
        (c(0xAC00), None, None)
    );
    assert_eq!(lookup(&"A".repeat(5000)), None);
    assert_eq!(
        lookup_sequence("Keycap Digit One"),
        Some("1\u{FE0F}\u{20E3}")
    );
    assert_eq!(lookup("KEYCAP DIGIT ONE"), None);
    for v in (0..0x110000).step_by(7) {
        if let Some(found) = name(c(v).unwrap()) {
            assert_eq!(lookup(&found), c(v), "{found}");
        }
    }
}

#[test]
fn normalization_across_surrogates() {
    let s: Wtf8Buf = [0x65, 0x301, 0xD800, 0x301, 0x65, 0x301]
        .iter()
        .map(|&v| CodePoint::new(v).unwrap())
        .collect();
    let n: Wtf8Buf = [0xE9, 0xD800, 0x301, 0xE9]
        .iter()
        .map(|&v| CodePoint::new(v).unwrap())
        .collect();
    assert_eq!(normalize(Form::Nfc, &s), n);
    assert!(
        !is_normalized(Form::Nfc, &s)
            && is_normalized(Form::Nfc, &n)
            && !is_normalized(Form::Nfd, &n)
    );
}

#[rustfmt::skip]
const CHECKSUMS: &[(&str, u32)] = &[
    ("isalpha", 0xbeb7cc91),
    ("isdecimal", 0x08dcec73),
    ("isdigit", 0x05342a19),
    ("isnumeric", 0xf34db3a5),
    ("isalnum", 0x5aa8adcf),
    ("isspace", 0x836ed505),
    ("isupper", 0x001dbc78),
    ("islower", 0xdcdd3b45),
    ("istitle", 0x21bd8f8a),
    ("isprintable", 0xa6c969d2),
    ("isidentifier", 0x1cbbb03b),
    ("continue", 0x4fe19d58),
    ("upper", 0xd4e59fc2),
    ("lower", 0x91282f9a),
    ("title", 0x7e5a090f),
    ("casefold", 0x08be1a12),
    ("swapcase", 0x70aa1f14),
    ("capitalize", 0x7e5a090f),
    ("category", 0x7ce1b435),
    ("bidirectional", 0x0b0274dd),
    ("combining", 0x205d01ad),
    ("east_asian_width", 0xe48f4822),
    ("mirrored", 0x0ab26ad2),
    ("decomposition", 0xdcd05209),
    ("decimal", 0xf384387c),
    ("digit", 0xc8be833a),
    ("numeric", 0x4c6c4e27),
    ("name", 0x4e61f8d3),
    ("NFC", 0xf30370db),
    ("is NFC", 0x8d54fc4d),
    ("NFD", 0x43c96ba3),
    ("is NFD", 0x29bb437e),
    ("NFKC", 0x7eae3895),
    ("is NFKC", 0xf162b2ff),
    ("NFKD", 0x94cd53c4),
    ("is NFKD", 0x8d41b94f),
    ("3.2 category", 0x6a1f88c1),
    ("3.2 bidirectional", 0x8448b0eb),
    ("3.2 combining", 0x86ae4404),
    ("3.2 east_asian_width", 0xf816ce57),
    ("3.2 mirrored", 0x136e1de9),
    ("3.2 decomposition", 0x5f936f00),
    ("3.2 decimal", 0xd346d335),
    ("3.2 digit", 0xc8be833a),
    ("3.2 numeric", 0xaf7f7e60),
    ("3.2 name", 0xddf690d9),
    ("3.2 NFC", 0x11d021e7),
    ("3.2 is NFC", 0x07a4dc37),
    ("3.2 NFD", 0xab0a6741),
    ("3.2 is NFD", 0x9ed8441f),
    ("3.2 NFKC", 0x911f360a),
    ("3.2 is NFKC", 0x6de54518),
    ("3.2 NFKD", 0xbd3652bd),
    ("3.2 is NFKD", 0x2c5569b3),
];
