//! Tests of `bytearray`.

use orochi_heap::Value;

use super::{as_bytearray, new};
use crate::bytes_type::tests::{message, method};
use crate::tests::in_every_mode;
use crate::{buffer, bytes, protocol, slice};

#[test]
fn grows_shrinks_and_counts_exports() {
    in_every_mode(|t| {
        let v = new(t, b"abc".to_vec());
        let body = as_bytearray(&v).expect("a bytearray");
        method(t, &v, "append", &[Value::i32(100)]).expect("room");
        method(t, &v, "extend", std::slice::from_ref(&v)).expect("room");
        assert_eq!(body.to_vec(), b"abcdabcd");
        let export = buffer::get(t, &v, true).expect("a buffer");
        let why = message(t, method(t, &v, "pop", &[]));
        assert_eq!(why, "Existing exports of data: object cannot be re-sized");
        export.memory.write(1, b"XY");
        drop(export);
        method(t, &v, "pop", &[]).expect("no export is left");
        assert_eq!(body.to_vec(), b"aXYdabc");
    });
}

#[test]
fn slices_are_assigned_and_deleted() {
    in_every_mode(|t| {
        let v = new(t, b"0123456789".to_vec());
        let body = as_bytearray(&v).expect("a bytearray");
        let key = |a: Value, b: Value, c: Value| slice::new(t, a, b, c);
        let (none, i) = (Value::none, Value::i32);
        protocol::set_item(t, &v, &key(i(1), i(3), none()), &bytes::new(t, b"abcd")).expect("assigned");
        assert_eq!(body.to_vec(), b"0abcd3456789");
        protocol::del_item(t, &v, &key(none(), none(), i(-3))).expect("deleted");
        assert_eq!(body.to_vec(), b"0acd4578");
        let wrong = protocol::set_item(t, &v, &key(none(), none(), i(2)), &bytes::new(t, b"x"));
        let why = message(t, wrong.map(|()| none()));
        assert_eq!(why, "attempt to assign bytes of size 1 to extended slice of size 4");
        protocol::set_item(t, &v, &key(none(), none(), i(2)), &bytes::new(t, b"wxyz")).expect("assigned");
        assert_eq!(body.to_vec(), b"waxdy5z8");
    });
}
