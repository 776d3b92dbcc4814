//! Behaviour of str without an eval loop: each line is a method call and its repr, or its error.

use orochi_heap::Value;

use crate::tests::in_every_mode;
use crate::thread::Attached;
use crate::{dict, int, list, protocol, slice, str, tuple, type_};

/// The repr of a result, or `Type: message`.
fn shown(t: Attached<'_>, r: crate::PyResult) -> String {
    let r = r.and_then(|v| match (list::as_list(&v), tuple::as_tuple(&v)) {
        (Some(l), _) => Ok(str::from_string(t, format!("[{}]", all(t, &l.to_vec())))),
        (_, Some(all_of)) => Ok(str::from_string(t, format!("({})", all(t, all_of.items())))),
        _ => protocol::repr(t, &v),
    });
    match r {
        Ok(v) => str::display(&v),
        Err(e) => {
            let e = t.take_raised(e);
            let text = protocol::str(t, &e).map(|s| str::display(&s)).unwrap_or_default();
            format!("{}: {text}", type_::type_name(t, &e))
        }
    }
}
fn all(t: Attached<'_>, values: &[Value]) -> String {
    values.iter().map(|v| shown(t, Ok(v.clone()))).collect::<Vec<_>>().join(", ")
}
fn s(t: Attached<'_>, text: &str) -> Value {
    str::new(t, text)
}
fn call(t: Attached<'_>, this: &str, method: &str, args: &[Value]) -> String {
    let this = s(t, this);
    shown(t, protocol::call_method(t, &this, &str::intern(t, method), args))
}

#[test]
fn searching() {
    in_every_mode(|t| {
        let i = |n: i32| Value::i32(n);
        assert_eq!(call(t, "añb añb", "find", &[s(t, "b")]), "2");
        assert_eq!(call(t, "añb añb", "rfind", &[s(t, "ñ")]), "5");
        assert_eq!(call(t, "añb añb", "find", &[s(t, "ñ"), i(2)]), "5");
        assert_eq!(call(t, "añb añb", "find", &[s(t, "ñ"), i(2), i(-2)]), "-1");
        assert_eq!(call(t, "abc", "find", &[s(t, ""), i(4)]), "-1");
        assert_eq!(call(t, "abc", "count", &[s(t, "")]), "4");
        assert_eq!(call(t, "abc", "startswith", &[s(t, ""), i(4)]), "False");
        assert_eq!(call(t, "", "startswith", &[s(t, ""), i(1)]), "False");
        assert_eq!(call(t, "", "endswith", &[s(t, ""), i(0), i(5)]), "True");
        assert_eq!(call(t, "abc", "index", &[s(t, "x")]), "ValueError: substring not found");
        assert_eq!(call(t, "abc", "find", &[i(1)]), "TypeError: find() argument 1 must be str, not int");
        assert_eq!(
            call(t, "abc", "startswith", &[i(1)]),
            "TypeError: startswith first arg must be str or a tuple of str, not int"
        );
        let both = tuple::new(t, vec![s(t, "x"), s(t, "ab")]);
        assert_eq!(call(t, "abc", "startswith", &[both]), "True");
        assert_eq!(call(t, "a,b,,c", "split", &[s(t, ",")]), "['a', 'b', '', 'c']");
        assert_eq!(call(t, " a  b ñ ", "split", &[]), "['a', 'b', 'ñ']");
        assert_eq!(call(t, "a,b,c", "rsplit", &[s(t, ","), i(1)]), "['a,b', 'c']");
        assert_eq!(call(t, "a", "split", &[s(t, "")]), "ValueError: empty separator");
        assert_eq!(call(t, "a-b-c", "partition", &[s(t, "-")]), "('a', '-', 'b-c')");
        assert_eq!(call(t, "a-b-c", "rpartition", &[s(t, "-")]), "('a-b', '-', 'c')");
        assert_eq!(call(t, "a\r\nb\x0bc", "splitlines", &[]), "['a', 'b', 'c']");
        assert_eq!(call(t, "xxaxx", "strip", &[s(t, "x")]), "'a'");
        assert_eq!(call(t, "aaa", "replace", &[s(t, "a"), s(t, "bc"), i(2)]), "'bcbca'");
        assert_eq!(call(t, ", ", "join", &[list::new(t, vec![s(t, "ñ"), s(t, "b")])]), "'ñ, b'");
        let wrong = list::new(t, vec![s(t, "a"), i(1)]);
        assert_eq!(call(t, "", "join", &[wrong]), "TypeError: sequence item 1: expected str instance, int found");
        assert_eq!(call(t, "", "join", &[i(1)]), "TypeError: can only join an iterable");
    });
}

#[test]
fn changing() {
    in_every_mode(|t| {
        let i = |n: i32| Value::i32(n);
        assert_eq!(call(t, "straße", "upper", &[]), "'STRASSE'");
        assert_eq!(call(t, "ab", "center", &[i(5), s(t, "ñ")]), "'ññabñ'");
        assert_eq!(
            call(t, "ab", "center", &[i(5), s(t, "xy")]),
            "TypeError: The fill character must be exactly one character long"
        );
        assert_eq!(call(t, "-4", "zfill", &[i(5)]), "'-0004'");
        assert_eq!(call(t, "a\tb", "expandtabs", &[i(4)]), "'a   b'");
        let huge = int::new(t, i64::MAX / 4);
        assert_eq!(call(t, "a", "ljust", &[huge]), "MemoryError: ");
        let table = protocol::call_method(t, &s(t, ""), &str::intern(t, "maketrans"), &[s(t, "ab"), s(t, "xy"), s(t, "c")]);
        let table = table.expect("a table");
        assert_eq!(call(t, "abcd", "translate", &[table]), "'xyd'");
        assert_eq!(call(t, "a\u{e9}", "encode", &[]), shown(t, Ok(crate::bytes::new(t, "a\u{e9}".as_bytes()))));
    });
}

#[test]
fn sequences() {
    in_every_mode(|t| {
        let long: String = "aé漢𝒳".repeat(100);
        let v = s(t, &long);
        let chars: Vec<char> = long.chars().collect();
        for i in [0usize, 1, 2, 3, 199, 399] {
            let got = protocol::get_item(t, &v, &int::from_usize(t, i)).expect("inside");
            assert_eq!(str::utf8(&got), Some(chars[i].to_string().as_str()));
        }
        assert_eq!(shown(t, protocol::get_item(t, &v, &Value::i32(400))), "IndexError: string index out of range");
        let wrong = protocol::get_item(t, &v, &s(t, "a"));
        assert_eq!(shown(t, wrong), "TypeError: string indices must be integers, not 'str'");
        for (start, stop, step) in [(3, 10, 1), (0, 400, 7), (399, 2, -3), (-1, -500, -1), (5, 5, 1)] {
            let key = slice::new(t, Value::i32(start), Value::i32(stop), Value::i32(step));
            let got = protocol::get_item(t, &v, &key).expect("a slice");
            let (from, step, count) = slice::indices(t, &key, 400).expect("indices");
            let want: String = (0..count as isize).map(|n| chars[(from + n * step) as usize]).collect();
            assert_eq!(str::utf8(&got), Some(want.as_str()));
        }
        let mut seen = String::new();
        protocol::for_each(t, &v, |c| {
            seen.push_str(str::utf8(&c).unwrap_or("?"));
            Ok(())
        })
        .expect("iterates");
        assert_eq!(seen, long);
        let e = protocol::binary(t, &v, &Value::i32(1), protocol::Operator::Add);
        assert_eq!(shown(t, e), "TypeError: can only concatenate str (not \"int\") to str");
        let e = protocol::contains(t, &v, &Value::i32(1));
        assert_eq!(
            shown(t, e.map(Value::bool)),
            "TypeError: 'in <string>' requires string as left operand, not int"
        );
        let r = protocol::binary(t, &s(t, "ab"), &Value::i32(3), protocol::Operator::Mul);
        assert_eq!(shown(t, r), "'ababab'");
        let r = protocol::binary(t, &s(t, "abc"), &int::new(t, i64::MAX / 2), protocol::Operator::Mul);
        assert_eq!(shown(t, r), "OverflowError: repeated string is too long");
    });
}

#[test]
fn appending_grows_in_place_only_where_unique() {
    in_every_mode(|t| {
        let piece = s(t, "é!");
        let mut v = s(t, "x");
        let mut want = String::from("x");
        let mut kept: Vec<(Value, String)> = Vec::new();
        for i in 0..2000 {
            str::append(t, &mut v, &piece).expect("room");
            want.push_str("é!");
            str::hash(t, &v);
            if i % 97 == 0 {
                kept.push((v.clone(), want.clone()));
                protocol::get_item(t, &v, &Value::i32(1)).expect("inside");
            }
        }
        assert_eq!(str::utf8(&v), Some(want.as_str()));
        assert_eq!(str::as_str(&v).map(|s| s.char_len()), Some(want.chars().count()));
        assert_eq!(str::hash(t, &v), str::hash(t, &s(t, &want)));
        for (v, want) in kept {
            assert_eq!(str::utf8(&v), Some(want.as_str()));
        }
        let same = s(t, "aa");
        let mut twice = same.clone();
        str::append(t, &mut twice, &same).expect("room");
        assert_eq!(str::utf8(&twice), Some("aaaa"));
        assert_eq!(str::utf8(&same), Some("aa"));
    });
}

#[test]
fn percent_formatting() {
    in_every_mode(|t| {
        let f = |template: &str, v: Value| {
            let r = protocol::binary(t, &s(t, template), &v, protocol::Operator::Mod);
            r.map(|v| str::display(&v)).unwrap_or_else(|e| shown(t, Err(e)))
        };
        let i = |n: i32| Value::i32(n);
        assert_eq!(f("%s-%r", tuple::new(t, vec![s(t, "é"), s(t, "é")])), "é-'é'");
        assert_eq!(f("%5.1f|%-6d|%#x|%c", tuple::new(t, vec![crate::float::new(t, 2.25), i(7), i(255), i(233)])), "  2.2|7     |0xff|é");
        assert_eq!(f("%%%d%%", i(3)), "%3%");
        let d = dict::new(t);
        dict::set_by_name(t, &d, "k", i(5));
        assert_eq!(f("%(k)03d", d.clone()), "005");
        assert_eq!(f("%(k)d %d", d), "TypeError: not enough arguments for format string");
        assert_eq!(f("%d", s(t, "a")), "TypeError: %d format: a real number is required, not str");
        assert_eq!(f("%y", i(1)), "ValueError: unsupported format character 'y' (0x79) at index 1");
        assert_eq!(f("", i(1)), "TypeError: not all arguments converted during string formatting");
        assert_eq!(f("%.2s|", s(t, "éèê")), "éè|");
        assert_eq!(f("%99999999999999999999d", i(1)), "ValueError: width too big");
    });
}

#[test]
fn braces() {
    in_every_mode(|t| {
        let i = |n: i32| Value::i32(n);
        let call = |this: &str, args: &[Value]| call(t, this, "format", args);
        assert_eq!(call("{} {{}} {}", &[i(1), s(t, "é")]), "'1 {} é'");
        assert_eq!(call("{0[1]!r:>5}", &[tuple::new(t, vec![i(1), s(t, "x")])]), "\"  'x'\"");
        assert_eq!(call("{:{}}|", &[s(t, "a"), i(3)]), "'a  |'");
        assert_eq!(call("{", &[]), "ValueError: Single '{' encountered in format string");
        assert_eq!(call("{!r", &[i(1)]), "ValueError: unmatched '{' in format spec");
        assert_eq!(call("{}{0}", &[i(1)]), "ValueError: cannot switch from automatic field numbering to manual field specification");
        assert_eq!(call("{5}", &[]), "IndexError: Replacement index 5 out of range for positional args tuple");
        assert_eq!(call("{:{:{}}}", &[i(1), i(2), i(3)]), "ValueError: Max string recursion exceeded");
        let spec = |text: &str, spec: &str| shown(t, protocol::format(t, &s(t, text), &s(t, spec)));
        assert_eq!(spec("abc", "é^7"), "'ééabcéé'");
        assert_eq!(spec("abc", ".2"), "'ab'");
        assert_eq!(spec("abc", "d"), "ValueError: Unknown format code 'd' for object of type 'str'");
    });
}

#[test]
fn making() {
    in_every_mode(|t| {
        let ty = str::TYPE.get(t).clone();
        assert_eq!(shown(t, protocol::call(t, &ty, &[])), "''");
        assert_eq!(shown(t, protocol::call(t, &ty, &[Value::i32(5)])), "'5'");
        let b = crate::bytes::new(t, b"\xc3\xa9");
        assert_eq!(shown(t, protocol::call(t, &ty, &[b, s(t, "UTF-8")])), "'é'");
        let r = protocol::call(t, &ty, &[s(t, "a"), s(t, "utf-8")]);
        assert_eq!(shown(t, r), "TypeError: decoding str is not supported");
        let r = protocol::call(t, &ty, &[Value::i32(1), s(t, "utf-8")]);
        assert_eq!(shown(t, r), "TypeError: decoding to str: need a bytes-like object, int found");
    });
}
