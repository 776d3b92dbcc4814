//! Tests of `memoryview`.

use orochi_heap::Value;

use super::of;
use crate::bytes_type::tests::{message, method};
use crate::tests::in_every_mode;
use crate::{attr, bytearray, bytes, list, protocol, slice, str, tuple};

#[test]
fn windows_write_through() {
    in_every_mode(|t| {
        let owner = bytearray::new(t, (0..12).collect());
        let view = of(t, &owner).expect("a view");
        let key = slice::new(t, Value::none(), Value::none(), Value::i32(-2));
        let odd = protocol::get_item(t, &view, &key).expect("a part");
        protocol::set_item(t, &odd, &Value::i32(0), &Value::i32(99)).expect("written");
        let bytes = method(t, &odd, "tobytes", &[]).expect("bytes");
        assert_eq!(bytes::as_bytes(&bytes), Some(&[99, 9, 7, 5, 3, 1][..]));
        assert_eq!(bytearray::as_bytearray(&owner).and_then(|b| b.byte(11)), Some(99));
        assert!(method(t, &owner, "clear", &[]).is_err_and(|e| t.raised_is(&e, &crate::exception::BufferError) && {
            drop(t.take_raised(e));
            true
        }));
        method(t, &view, "release", &[]).expect("released");
        let why = message(t, protocol::get_item(t, &view, &Value::i32(0)));
        assert_eq!(why, "operation forbidden on released memoryview object");
        method(t, &odd, "release", &[]).expect("released");
        method(t, &owner, "clear", &[]).expect("nothing is exported");
    });
}

#[test]
fn casts_to_shapes() {
    in_every_mode(|t| {
        let data: Vec<u8> = (0..24).collect();
        let view = of(t, &bytes::new(t, &data)).expect("a view");
        let shape = tuple::new(t, vec![Value::i32(3), Value::i32(4)]);
        let grid = method(t, &view, "cast", &[str::new(t, "H"), shape]).expect("a cast");
        let rows = method(t, &grid, "tolist", &[]).expect("a list");
        let rows = list::as_list(&rows).expect("a list").to_vec();
        let row: Vec<_> = list::as_list(&rows[2]).expect("a row").to_vec().iter().filter_map(Value::as_small_int).collect();
        assert_eq!(row, [0x1110, 0x1312, 0x1514, 0x1716]);
        let at = tuple::new(t, vec![Value::i32(-1), Value::i32(1)]);
        assert_eq!(protocol::get_item(t, &grid, &at).expect("an item").as_small_int(), Some(0x1312));
        let turned = method(t, &grid, "tobytes", &[str::new(t, "F")]).expect("bytes");
        assert_eq!(bytes::as_bytes(&turned).map(|b| b[..6].to_vec()), Some(vec![0, 1, 8, 9, 16, 17]));
        let why = message(t, method(t, &grid, "cast", &[str::new(t, "I")]));
        assert_eq!(why, "memoryview: cannot cast between two non-byte formats");
        let flat = method(t, &grid, "cast", &[str::new(t, "B")]).expect("a cast");
        assert!(protocol::equal(t, &flat, &view).expect("comparable"));
        let strides = attr::get_by_name(t, &grid, "strides").expect("strides");
        let strides: Vec<_> = tuple::items(&strides).iter().filter_map(Value::as_small_int).collect();
        assert_eq!(strides, [8, 2]);
        let why = message(t, protocol::set_item(t, &view, &Value::i32(0), &Value::i32(1)).map(|()| Value::none()));
        assert_eq!(why, "cannot modify read-only memory");
    });
}
