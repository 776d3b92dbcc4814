//! The text modules (`_codecs`, `unicodedata`, `_string`) without an eval loop, in every lock mode.

use orochi_heap::Value;
use orochi_objects::{Attached, PyResult, attr, bytes, dict, protocol, str, tuple, type_};

use crate::tests::in_every_mode;

/// The repr of a result, or `Type: message`.
fn shown(t: Attached<'_>, r: PyResult) -> String {
    match r.and_then(|v| protocol::repr(t, &v)) {
        Ok(v) => str::display(&v),
        Err(e) => {
            let e = t.take_raised(e);
            let text = protocol::str(t, &e).map(|s| str::display(&s)).unwrap_or_default();
            format!("{}: {text}", type_::type_name(t, &e))
        }
    }
}

fn call(t: Attached<'_>, m: &Value, name: &str, args: &[Value]) -> String {
    shown(t, attr::get_by_name(t, m, name).and_then(|f| protocol::call(t, &f, args)))
}

#[test]
fn codecs() {
    in_every_mode(|t| {
        let m = super::MODULE.make(t).expect("a module");
        let s = |text: &str| str::new(t, text);
        let b = |data: &[u8]| bytes::new(t, data);
        let none = Value::none;
        assert_eq!(call(t, &m, "utf_8_encode", &[s("aé")]), "(b'a\\xc3\\xa9', 2)");
        assert_eq!(call(t, &m, "utf_8_decode", &[b(b"a\xc3")]), "('a', 1)");
        assert_eq!(
            call(t, &m, "utf_8_decode", &[b(b"a\xc3"), none(), Value::bool(true)]),
            "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xc3 in position 1: unexpected end of data"
        );
        assert_eq!(call(t, &m, "utf_16_ex_decode", &[b(b"\xff\xfea\0")]), "('a', 4, -1)");
        assert_eq!(call(t, &m, "utf_8_encode", &[Value::i32(1)]), "TypeError: utf_8_encode() argument 1 must be str, not int");
        assert_eq!(call(t, &m, "utf_8_decode", &[s("a")]), "TypeError: a bytes-like object is required, not 'str'");
        assert_eq!(call(t, &m, "escape_decode", &[b(b"\\x1")]), "ValueError: invalid \\x escape at position 0");
        let map = dict::new(t);
        dict::set(t, &map, &Value::i32(97), s("xy")).expect("hashable");
        assert_eq!(call(t, &m, "charmap_decode", &[b(b"ab"), s("ignore"), map.clone()]), "('xy', 2)");
        assert_eq!(
            call(t, &m, "charmap_encode", &[s("a"), none(), map]),
            "TypeError: character mapping must return integer, bytes or None, not str"
        );
        assert_eq!(call(t, &m, "charmap_build", &[s("bc")]), "{98: 0, 99: 1}");
        let build = attr::get_by_name(t, &m, "charmap_build").expect("there");
        let table = protocol::call(t, &build, &[s("\0bc")]).expect("a table");
        assert_eq!(
            call(t, &m, "charmap_encode", &[s("bx"), s("replace"), table]),
            "UnicodeEncodeError: 'charmap' codec can't encode character '\\x78' in position 1: character maps to <undefined>"
        );
        assert_eq!(call(t, &m, "lookup", &[s("nope")]), "LookupError: unknown encoding: nope");
        assert_eq!(call(t, &m, "lookup_error", &[s("nope")]), "LookupError: unknown error handler name 'nope'");
        assert_eq!(call(t, &m, "_unregister_error", &[s("zip")]), "False");
    });
}

#[test]
fn handlers_are_functions() {
    in_every_mode(|t| {
        let m = super::MODULE.make(t).expect("a module");
        let find = attr::get_by_name(t, &m, "lookup_error").expect("there");
        let ignore = protocol::call(t, &find, &[str::new(t, "backslashreplace")]).expect("a handler");
        // A handler under another name, given to a codec, is asked as a Python function.
        let register = attr::get_by_name(t, &m, "register_error").expect("there");
        protocol::call(t, &register, &[str::new(t, "mine"), ignore]).expect("registered");
        assert_eq!(call(t, &m, "ascii_encode", &[str::new(t, "aé!"), str::new(t, "mine")]), "(b'a\\\\xe9!', 3)");
        assert_eq!(call(t, &m, "ascii_decode", &[bytes::new(t, b"a\xff"), str::new(t, "mine")]), "('a\\\\xff', 2)");
    });
}

#[test]
fn characters() {
    in_every_mode(|t| {
        let m = crate::unicodedata::MODULE.make(t).expect("a module");
        let s = |text: &str| str::new(t, text);
        assert_eq!(call(t, &m, "name", &[s("é")]), "'LATIN SMALL LETTER E WITH ACUTE'");
        assert_eq!(call(t, &m, "name", &[s("\0")]), "ValueError: no such name");
        assert_eq!(call(t, &m, "name", &[s("ab")]), "TypeError: name(): argument 1 must be a unicode character, not a string of length 2");
        assert_eq!(call(t, &m, "lookup", &[s("x")]), "KeyError: \"undefined character name 'x'\"");
        assert_eq!(call(t, &m, "decimal", &[s("a"), Value::i32(5)]), "5");
        assert_eq!(call(t, &m, "normalize", &[s("NFD"), s("é")]), "'e\u{301}'");
        assert_eq!(call(t, &m, "normalize", &[s("x"), s("é")]), "ValueError: invalid normalization form");
        let old = attr::get_by_name(t, &m, "ucd_3_2_0").expect("there");
        assert_eq!(call(t, &old, "lookup", &[s("KEYCAP NUMBER SIGN")]), "KeyError: \"undefined character name 'KEYCAP NUMBER SIGN'\"");
        assert_eq!(shown(t, attr::get_by_name(t, &old, "unidata_version")), "'3.2.0'");
    });
}

#[test]
fn format_strings() {
    in_every_mode(|t| {
        let m = crate::_string::MODULE.make(t).expect("a module");
        let list = |name: &str, text: &str| {
            let made = attr::get_by_name(t, &m, name).and_then(|f| protocol::call(t, &f, &[str::new(t, text)]));
            let made = made.expect("made");
            let it = match tuple::items(&made) {
                [_, rest] => rest.clone(),
                _ => made,
            };
            shown(t, protocol::collect(t, &it).map(|v| orochi_objects::list::new(t, v)))
        };
        assert_eq!(list("formatter_parser", "a{b!r:c}d{}"), "[('a', 'b', 'c', 'r'), ('d', '', '', None)]");
        assert_eq!(list("formatter_parser", "{a"), "ValueError: expected '}' before end of string");
        assert_eq!(list("formatter_field_name_split", "a.b[c][0]"), "[(True, 'b'), (False, 'c'), (False, 0)]");
        assert_eq!(list("formatter_field_name_split", "0[1]b"), "ValueError: Only '.' or '[' may follow ']' in format field specifier");
    });
}
