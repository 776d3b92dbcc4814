//! Tests of `array`.

use orochi_objects::{Value, bytes, list, protocol, slice, str};

use crate::tests::{call, in_every_mode, message, module, shown};

#[test]
fn items_slices_and_messages() {
    in_every_mode(|t| {
        let m = module(t, &super::MODULE);
        let ints = |items: &[i32]| list::new(t, items.iter().map(|&i| Value::i32(i)).collect());
        let make = |code: &core::primitive::str, v: Value| call(t, &m, "array", &[str::new(t, code), v]);
        let a = make("i", ints(&[1, -2, 3])).expect("an array");
        assert_eq!(shown(t, Ok(a.clone())), "array('i', [1, -2, 3])");
        assert_eq!(message(t, make("b", ints(&[300]))), "signed char is greater than maximum");
        assert_eq!(message(t, make("I", ints(&[-1]))), "can't convert negative value to unsigned int");
        assert_eq!(message(t, make("i", str::new(t, "x"))), "cannot use a str to initialize an array with typecode 'i'");
        assert_eq!(shown(t, make("w", str::new(t, "ab"))), "array('w', 'ab')");
        call(t, &a, "extend", std::slice::from_ref(&a)).expect("room");
        let every_other = slice::new(t, Value::none(), Value::none(), Value::i32(2));
        assert_eq!(shown(t, protocol::get_item(t, &a, &every_other)), "array('i', [1, 3, -2])");
        protocol::del_item(t, &a, &every_other).expect("deleted");
        assert_eq!(shown(t, call(t, &a, "tolist", &[])), "[-2, 1, 3]");
        call(t, &a, "byteswap", &[]).expect("swapped");
        assert_eq!(shown(t, call(t, &a, "pop", &[])), (3 << 24).to_string());
        let raw = make("H", bytes::new(t, b"\x01\x00\xff\xff")).expect("an array");
        assert_eq!(shown(t, call(t, &raw, "tolist", &[])), "[1, 65535]");
        assert_eq!(message(t, make("H", bytes::new(t, b"abc"))), "bytes length not a multiple of item size");
    });
}
