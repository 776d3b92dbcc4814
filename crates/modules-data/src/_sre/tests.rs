//! `_sre`: patterns whose code was recorded from `re._compiler`, on str (also not ASCII) and bytes.

use orochi_objects::{Attached, PyResult, Value, bytes, dict, int, list, protocol, str, tuple, type_};

use super::MODULE;
use crate::tests::{call, in_every_mode, text};

/// `(?P<a>\w)(x)?`
const NAMED: &[i64] = &[14, 7, 4, 1, 2, 8, 14, 0, 17, 0, 13, 4, 8, 14, 0, 17, 1, 23, 9, 0, 1, 17, 2, 16, 120, 17, 3, 18, 1];
/// `\s*`
const SPACES: &[i64] = &[14, 4, 0, 0, 4294967295, 24, 9, 0, 4294967295, 13, 4, 8, 12, 0, 1, 1];
/// `b+`
const PLUS: &[i64] = &[14, 4, 0, 1, 4294967295, 24, 6, 1, 4294967295, 16, 98, 1, 1];

fn ok<T>(t: Attached<'_>, r: PyResult<T>) -> T {
    match r {
        Ok(v) => v,
        Err(e) => panic!("{}", text(t, &t.take_raised(e))),
    }
}
fn error<T>(t: Attached<'_>, r: PyResult<T>) -> String {
    match r {
        Ok(_) => panic!("no exception"),
        Err(e) => {
            let e = t.take_raised(e);
            format!("{}: {}", type_::type_name(t, &e), text(t, &e))
        }
    }
}

fn compile(t: Attached<'_>, source: &str, code: &[i64], groups: i32, names: &[(&str, i32)]) -> Value {
    let m = ok(t, MODULE.make(t));
    let words = list::new(t, code.iter().map(|&w| int::new(t, w)).collect());
    let groupindex = dict::new(t);
    let mut indexgroup = vec![Value::none(); groups as usize + 1];
    for (name, i) in names {
        dict::set_by_name(t, &groupindex, name, Value::i32(*i));
        indexgroup[*i as usize] = str::intern(t, name);
    }
    let args = [str::new(t, source), Value::i32(32), words, Value::i32(groups), groupindex, tuple::new(t, indexgroup)];
    ok(t, call(t, &m, "compile", &args))
}
fn named(t: Attached<'_>) -> Value {
    compile(t, r"(?P<a>\w)(x)?", NAMED, 2, &[("a", 1)])
}
fn show(t: Attached<'_>, v: &Value) -> String {
    str::display(&ok(t, protocol::repr(t, v)))
}

#[test]
fn matches_and_groups() {
    in_every_mode(|t| {
        let p = named(t);
        let euro = str::new(t, "\u{20ac}\u{e4}x.");
        let m = ok(t, call(t, &p, "search", std::slice::from_ref(&euro)));
        assert_eq!(show(t, &m), "<re.Match object; span=(1, 3), match='\u{e4}x'>");
        assert_eq!(show(t, &ok(t, call(t, &m, "groups", &[]))), "('\u{e4}', 'x')");
        assert_eq!(show(t, &ok(t, call(t, &m, "span", &[Value::i32(2)]))), "(2, 3)");
        assert_eq!(show(t, &ok(t, call(t, &m, "groupdict", &[]))), "{'a': '\u{e4}'}");
        assert_eq!(error(t, call(t, &m, "group", &[Value::i32(3)])), "IndexError: no such group");
        assert_eq!(show(t, &ok(t, protocol::get_item(t, &m, &str::new(t, "a")))), "'\u{e4}'");
        assert!(ok(t, call(t, &p, "match", std::slice::from_ref(&euro))).is_none());
        let m = ok(t, call(t, &p, "match", &[euro.clone(), Value::i32(1), Value::i32(2)]));
        assert_eq!(show(t, &ok(t, call(t, &m, "groups", &[]))), "('\u{e4}', None)");
        assert_eq!(
            error(t, call(t, &p, "match", &[bytes::new(t, b"a")])),
            "TypeError: cannot use a string pattern on a bytes-like object"
        );
        assert_eq!(error(t, call(t, &p, "match", &[Value::i32(1)])), "TypeError: expected string or bytes-like object, got 'int'");
        assert_eq!(show(t, &p), r"re.compile('(?P<a>\\w)(x)?')");
    });
}

#[test]
fn searching_all() {
    in_every_mode(|t| {
        let p = named(t);
        let all = ok(t, call(t, &p, "findall", &[str::new(t, "ax b \u{e9}x")]));
        assert_eq!(show(t, &all), "[('a', 'x'), ('b', ''), ('\u{e9}', 'x')]");
        let spaces = compile(t, r"\s*", SPACES, 0, &[]);
        let parts = ok(t, call(t, &spaces, "split", &[str::new(t, "a  bc\u{2003}d")]));
        assert_eq!(show(t, &parts), "['', 'a', '', 'b', 'c', '', 'd', '']");
        let joined = ok(t, call(t, &spaces, "sub", &[str::new(t, "-"), str::new(t, "a  b")]));
        assert_eq!(show(t, &joined), "'-a--b-'");
        let plus = compile(t, "b+", PLUS, 0, &[]);
        let abba = str::new(t, "abba\u{1f600}b");
        let counted = ok(t, call(t, &plus, "subn", &[str::new(t, ""), abba.clone()]));
        assert_eq!(show(t, &counted), "('aa\u{1f600}', 2)");
        let it = ok(t, call(t, &plus, "finditer", &[abba]));
        let mut spans = Vec::new();
        while let Some(m) = ok(t, protocol::next(t, &it)) {
            spans.push(show(t, &ok(t, call(t, &m, "span", &[]))));
        }
        assert_eq!(spans, ["(1, 3)", "(5, 6)"]);
        assert!(ok(t, protocol::equal(t, &plus, &compile(t, "b+", PLUS, 0, &[]))));
        assert!(!ok(t, protocol::equal(t, &plus, &spaces)));
    });
}

#[test]
fn bad_code() {
    in_every_mode(|t| {
        let m = ok(t, MODULE.make(t));
        let args = |code: &[i64]| {
            let words = list::new(t, code.iter().map(|&w| int::new(t, w)).collect());
            [str::new(t, "a"), Value::i32(0), words, Value::i32(0), dict::new(t), tuple::new(t, vec![])]
        };
        assert_eq!(error(t, call(t, &m, "compile", &args(&[1, 2, 3]))), "RuntimeError: invalid SRE code");
        assert_eq!(
            error(t, call(t, &m, "compile", &args(&[-1]))),
            "OverflowError: can't convert negative value to unsigned int"
        );
    });
}
