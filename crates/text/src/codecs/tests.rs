//! The codecs against cases made by Python 3.14 (`generate/codec_cases.py`).

use super::*;
use crate::wtf8::CodePoint;

fn hex(text: &str) -> Vec<u8> {
    crate::bytes_ops::fromhex(text.as_bytes()).unwrap()
}

fn show(bytes: &[u8]) -> String {
    String::from_utf8(crate::bytes_ops::hex(bytes, None, 1).unwrap()).unwrap()
}

/// The decoding string of the script.
fn table() -> Wtf8Buf {
    let mut out: Wtf8Buf = (0..0x80u8).map(CodePoint::from).collect();
    out.push_str("\u{20ac}\u{fffe}é漢😀");
    out.extend((0x100..0x160).filter_map(CodePoint::new));
    out
}

fn error(e: CodecError, text: Option<&Wtf8>) -> String {
    let (CodecError::Decode(e) | CodecError::Encode(e)) = e else {
        return "?TypeError".into();
    };
    let place = |at| text.map_or(at, |s: &Wtf8| s.char_offset(at));
    format!(
        "!{},{},{},{}",
        e.encoding,
        place(e.start),
        place(e.end),
        e.reason
    )
}

fn decode(codec: &str, errors: &str, finished: bool, input: &[u8]) -> String {
    if codec == "escape" {
        return match bytes_escape_decode(input, errors) {
            Ok(out) => format!("={},0,0", show(&out.bytes)),
            Err(_) => "?ValueError".into(),
        };
    }
    let h = &mut Builtin::from_name(errors).unwrap();
    let (family, order) = codec.split_once(' ').unwrap_or((codec, "0"));
    let order = ByteOrder::from_number(order.parse().unwrap());
    let plain = |d: Decoded| (d.text, d.consumed, 0);
    let ordered = |d: Decoded16| (d.text, d.consumed, d.order.to_number());
    let result = match family {
        "utf-8" => utf8_decode(input, finished, h).map(plain),
        "utf-7" => utf7_decode(input, finished, h).map(plain),
        "ascii" => ascii_decode(input, h).map(plain),
        "latin-1" => Ok((latin1_decode(input), input.len(), 0)),
        "unicode_escape" => {
            unicode_escape_decode(input, finished, h).map(|d| (d.text, d.consumed, 0))
        }
        "raw_unicode_escape" => raw_unicode_escape_decode(input, finished, h).map(plain),
        "charmap" => charmap_table_decode(input, &table(), h).map(plain),
        "utf-16" => utf16_decode(input, order, finished, h).map(ordered),
        "utf-32" => utf32_decode(input, order, finished, h).map(ordered),
        other => panic!("{other}"),
    };
    match result {
        Ok((text, consumed, order)) => {
            assert!(Wtf8::from_bytes(text.as_bytes()).is_ok());
            format!("={},{consumed},{order}", show(text.as_bytes()))
        }
        Err(e) => error(e, None),
    }
}

fn encode(codec: &str, errors: &str, input: &[u8]) -> String {
    if codec == "escape" {
        return format!("={},{},0", show(&bytes_escape_encode(input)), input.len());
    }
    let h = &mut Builtin::from_name(errors).unwrap();
    let input = Wtf8::from_bytes(input).unwrap();
    let (family, order) = codec.split_once(' ').unwrap_or((codec, "0"));
    let order = ByteOrder::from_number(order.parse().unwrap());
    let result = match family {
        "utf-8" => utf8_encode(input, h),
        "utf-7" => Ok(utf7_encode(input)),
        "ascii" => ascii_encode(input, h),
        "latin-1" => latin1_encode(input, h),
        "unicode_escape" => Ok(unicode_escape_encode(input)),
        "raw_unicode_escape" => Ok(raw_unicode_escape_encode(input)),
        "charmap" => CharmapTable::new(&table()).encode(input, h),
        "utf-16" => utf16_encode(input, order, h),
        "utf-32" => utf32_encode(input, order, h),
        other => panic!("{other}"),
    };
    match result {
        Ok(bytes) => format!("={},{},0", show(&bytes), input.char_count()),
        Err(e) => error(e, Some(input)),
    }
}

#[test]
fn as_python() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in include_str!("cases.txt").lines() {
        let f: Vec<&str> = line.split('|').collect();
        let (got, expected) = match f[..] {
            ["D", codec, errors, finished, input, result] => {
                (decode(codec, errors, finished == "1", &hex(input)), result)
            }
            ["E", codec, errors, input, result] => (encode(codec, errors, &hex(input)), result),
            _ => panic!("{line}"),
        };
        count += 1;
        if got != expected {
            wrong.push(format!("{line}\n    got {got}"));
        }
    }
    assert!(count > 3000);
    assert!(
        wrong.is_empty(),
        "{} of {count} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn warnings() {
    let first = |input: &[u8]| {
        unicode_escape_decode(input, true, &mut Builtin::Strict)
            .unwrap()
            .first_invalid
    };
    assert_eq!(
        first(br"a\q\w"),
        Some(InvalidEscape::Unknown { at: 1, byte: b'q' })
    );
    assert_eq!(
        first(br"\400"),
        Some(InvalidEscape::Octal {
            at: 0,
            value: 0o400
        })
    );
    assert_eq!(first(br"\n\377"), None);
    assert_eq!(
        bytes_escape_decode(br"\t\u", "strict")
            .unwrap()
            .first_invalid,
        Some(InvalidEscape::Unknown { at: 2, byte: b'u' })
    );
    assert_eq!(
        bytes_escape_decode(br"ab\x1", "strict"),
        Err(Some(BytesEscapeError::InvalidHex(2)))
    );
    assert_eq!(
        bytes_escape_decode(br"ab\", "strict"),
        Err(Some(BytesEscapeError::TrailingBackslash))
    );
}

/// A handler that goes on at odd places and replaces by what cannot be encoded.
struct Odd(usize);

impl ErrorHandler for Odd {
    type Error = &'static str;
    fn decode_error(
        &mut self,
        _: &str,
        _: &[u8],
        _: usize,
        _: usize,
        _: &'static str,
    ) -> Result<(Wtf8Buf, usize), &'static str> {
        Ok(("é".into(), self.0))
    }
    fn encode_error(
        &mut self,
        _: &str,
        _: &Wtf8,
        _: usize,
        _: usize,
        _: &'static str,
    ) -> Result<(Replacement, usize), &'static str> {
        Ok((Replacement::Text("é".into()), self.0))
    }
    fn unencodable(
        &mut self,
        _: &str,
        _: &Wtf8,
        _: usize,
        _: usize,
        _: &'static str,
    ) -> &'static str {
        "unencodable"
    }
}

#[test]
fn odd_handlers() {
    assert_eq!(
        utf8_decode(b"a\xffbc", true, &mut Odd(3)).unwrap().text,
        "aéc"
    );
    assert_eq!(
        utf8_decode(b"a\xffbc", true, &mut Odd(99)).unwrap().text,
        "aé"
    );
    let s = Wtf8::from_str("a漢b");
    assert_eq!(latin1_encode(s, &mut Odd(2)), Ok(b"a\xe9".to_vec()));
    assert_eq!(latin1_encode(s, &mut Odd(4)), Ok(b"a\xe9b".to_vec()));
    assert_eq!(ascii_encode(s, &mut Odd(4)), Err("unencodable"));
    let mapped = charmap_decode(
        b"abc",
        |b| Ok((b != b'b').then(|| "xy".into())),
        &mut Odd(2),
    );
    assert_eq!(mapped.unwrap().text, "xyéxy");
}

#[test]
fn direct_codecs() {
    for name in [
        "utf-8",
        "UTF8",
        "utf_8",
        "Latin-1",
        "iso-8859-1",
        "us-ascii",
        "utf-16",
        "UTF-32-BE",
    ] {
        let codec = Codec::from_name(name).unwrap();
        let bytes = codec
            .encode(Wtf8::from_str("abc"), &mut Builtin::Strict)
            .unwrap();
        assert_eq!(
            codec.decode(&bytes, &mut Builtin::Strict).unwrap(),
            "abc",
            "{name}"
        );
    }
    assert_eq!(
        (
            Codec::from_name("cp1252"),
            Codec::from_name("an endless name of a codec")
        ),
        (None, None)
    );
    let name = Wtf8::from_bytes(b"a\xed\xb3\xbf").unwrap();
    assert_eq!(
        Codec::Utf8
            .encode(name, &mut Builtin::SurrogateEscape)
            .unwrap(),
        b"a\xff"
    );
    assert_eq!(
        Codec::Utf8
            .decode(b"a\xff", &mut Builtin::SurrogateEscape)
            .unwrap()
            .as_wtf8(),
        name
    );
}
