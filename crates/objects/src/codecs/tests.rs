//! Encoding and decoding through the object layer.

use super::*;
use crate::tests::in_every_mode;

fn utf8(t: Attached<'_>, r: PyResult) -> Result<String, String> {
    r.map(|v| str::display(&v)).map_err(|e| type_name(t, &t.take_raised(e)))
}

#[test]
fn shortcuts_and_handlers() {
    in_every_mode(|t| {
        let text = str::new(t, "aé漢");
        let e = |encoding: &str, errors: Option<&str>| {
            let r = encode_named(t, &text, encoding, errors);
            r.map(|v| bytes::as_bytes(&v).unwrap_or_default().to_vec()).map_err(|e| type_name(t, &t.take_raised(e)))
        };
        assert_eq!(e("utf-8", None), Ok("aé漢".as_bytes().to_vec()));
        assert_eq!(e("latin-1", Some("replace")), Ok(b"a\xe9?".to_vec()));
        assert_eq!(e("ascii", Some("xmlcharrefreplace")), Ok(b"a&#233;&#28450;".to_vec()));
        assert_eq!(e("ascii", None), Err("UnicodeEncodeError".into()));
        assert_eq!(e("ascii", Some("nobody")), Err("LookupError".into()));
        assert_eq!(e("nothing", None), Err("LookupError".into()));
        assert_eq!(utf8(t, decode_named(t, b"a\xc3\xa9", "U8", None)), Err("LookupError".into()));
        assert_eq!(utf8(t, decode_named(t, b"a\xc3\xa9", "utf_8", None)), Ok("aé".into()));
        assert_eq!(utf8(t, decode_named(t, b"a\xff", "utf_8", Some("backslashreplace"))), Ok("a\\xff".into()));
        assert_eq!(utf8(t, decode_named(t, b"a\xff", "utf_8", None)), Err("UnicodeDecodeError".into()));
    });
}

#[test]
fn names_are_normalised() {
    for (name, key) in [("UTF-8", "utf_8"), ("  Foo--Bar ", "foo_bar"), ("iso8859.1", "iso8859.1"), ("é", "")] {
        assert_eq!(registry::normalize(name), key);
    }
}
