//! Tests of `bytes`, called as Python calls it.

use orochi_heap::Value;

use crate::tests::in_every_mode;
use crate::thread::{Attached, PyResult};
use crate::{bytes, list, protocol, str, tuple};

pub(crate) fn message(t: Attached<'_>, r: PyResult) -> String {
    let e = t.take_raised(r.expect_err("an exception"));
    protocol::str(t, &e).map(|s| str::display(&s)).unwrap_or_default()
}
pub(crate) fn method(t: Attached<'_>, this: &Value, name: &str, args: &[Value]) -> PyResult {
    protocol::call_method(t, this, &str::intern(t, name), args)
}
fn b(t: Attached<'_>, text: &[u8]) -> Value {
    bytes::new(t, text)
}
fn same(v: PyResult, expected: &[u8]) {
    assert_eq!(bytes::as_bytes(&v.expect("a result")), Some(expected));
}

#[test]
fn searching_splitting_joining() {
    in_every_mode(|t| {
        let s = b(t, b"spam and eggs and spam");
        let n = |v: PyResult| v.expect("a result").as_small_int();
        assert_eq!(n(method(t, &s, "find", &[b(t, b"and")])), Some(5));
        assert_eq!(n(method(t, &s, "rfind", &[b(t, b"and")])), Some(14));
        assert_eq!(n(method(t, &s, "find", &[b(t, b"and"), Value::i32(-9)])), Some(14));
        assert_eq!(n(method(t, &s, "count", &[Value::i32(97)])), Some(4));
        assert_eq!(message(t, method(t, &s, "find", &[Value::i32(300)])), "byte must be in range(0, 256)");
        assert_eq!(message(t, method(t, &s, "index", &[b(t, b"x")])), "subsection not found");
        let parts = method(t, &s, "split", &[]).expect("a list");
        let parts = list::as_list(&parts).expect("a list").to_vec();
        assert_eq!(parts.len(), 5);
        same(method(t, &b(t, b"-"), "join", &[list::new(t, parts)]), b"spam-and-eggs-and-spam");
        let last = method(t, &s, "rsplit", &[b(t, b" "), Value::i32(1)]).expect("a list");
        let last = list::as_list(&last).expect("a list").to_vec();
        assert_eq!(bytes::as_bytes(&last[0]), Some(&b"spam and eggs and"[..]));
        let bad = list::new(t, vec![Value::i32(5)]);
        let why = message(t, method(t, &s, "join", &[bad]));
        assert_eq!(why, "sequence item 0: expected a bytes-like object, int found");
        same(method(t, &s, "replace", &[b(t, b"and"), b(t, b"&"), Value::i32(1)]), b"spam & eggs and spam");
    });
}

#[test]
fn constructor_and_slices() {
    in_every_mode(|t| {
        let new = |args: &[Value]| protocol::call(t, bytes::TYPE.get(t), args);
        same(new(&[Value::i32(3)]), b"\0\0\0");
        same(new(&[tuple::new(t, vec![Value::i32(1), Value::i32(255)])]), b"\x01\xff");
        same(new(&[str::new(t, "h\u{e9}"), str::new(t, "latin-1")]), b"h\xe9");
        assert_eq!(message(t, new(&[Value::i32(-1)])), "negative count");
        assert_eq!(message(t, new(&[str::new(t, "x")])), "string argument without an encoding");
        let s = b(t, b"abcdef");
        let slice = |from: i32, to: Value, step: i32| crate::slice::new(t, Value::i32(from), to, Value::i32(step));
        same(protocol::get_item(t, &s, &slice(1, Value::i32(4), 1)), b"bcd");
        same(protocol::get_item(t, &s, &slice(-1, Value::none(), -2)), b"fdb");
        assert_eq!(message(t, protocol::get_item(t, &s, &Value::i32(6))), "index out of range");
        let text = protocol::repr(t, &b(t, b"it's\n")).expect("a str");
        assert_eq!(str::display(&text), r#"b"it's\n""#);
        assert!(protocol::get_item(t, &s, &slice(0, Value::none(), 1)).expect("a part").is(&s));
    });
}

#[test]
fn text_and_back() {
    in_every_mode(|t| {
        let text = method(t, &b(t, b"h\xc3\xa9"), "decode", &[]).expect("a str");
        assert_eq!(str::display(&text), "h\u{e9}");
        let why = message(t, method(t, &b(t, b"\xff"), "decode", &[str::new(t, "ascii"), str::new(t, "nope")]));
        assert_eq!(why, "unknown error handler name 'nope'");
        let hex = method(t, &b(t, b"\x01\xab\xcd"), "hex", &[str::new(t, ":"), Value::i32(2)]).expect("a str");
        assert_eq!(str::display(&hex), "01:abcd");
    });
}
