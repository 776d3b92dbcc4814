//! Tests of `_struct`.

use orochi_objects::{Value, bytes, float, int, str, tuple};

use crate::tests::{call, in_every_mode, message, module};

#[test]
fn alignment_order_and_ranges() {
    in_every_mode(|t| {
        let m = module(t, &super::MODULE);
        let f = |s: &'static core::primitive::str| str::new(t, s);
        let size = |s| call(t, &m, "calcsize", &[f(s)]).expect("a size").as_small_int();
        assert_eq!(size("3b i"), Some(8));
        assert_eq!(size("<3bi"), Some(7));
        assert_eq!(size("b0i"), Some(4));
        let packed = |args: &[Value]| {
            let v = call(t, &m, "pack", args)?;
            Ok(bytes::as_bytes(&v).expect("bytes").to_vec())
        };
        let show = |r: Result<Vec<u8>, orochi_objects::Raised>| match r {
            Ok(v) => format!("{v:?}"),
            Err(e) => message(t, Err(e)),
        };
        assert_eq!(show(packed(&[f(">hB"), Value::i32(-2), Value::i32(255)])), "[255, 254, 255]");
        assert_eq!(show(packed(&[f("b"), Value::i32(128)])), "'b' format requires -128 <= number <= 127");
        assert_eq!(show(packed(&[f("b")])), "pack expected 1 items for packing (got 0)");
        assert_eq!(show(packed(&[f("4p"), bytes::new(t, b"abcdef")])), "[3, 97, 98, 99]");
        assert_eq!(show(packed(&[f("<e"), float::new(t, 1.5)])), "[0, 62]");
        assert_eq!(show(packed(&[f("5")])), "repeat count given without format specifier");
        let back = call(t, &m, "unpack", &[f(">q3sxQ"), bytes::new(t, &[255; 20])]).expect("a tuple");
        let back = tuple::items(&back);
        assert_eq!(back[0].as_small_int(), Some(-1));
        assert_eq!(bytes::as_bytes(&back[1]), Some(&[255; 3][..]));
        assert_eq!(int::as_big(&back[2]), Some(u64::MAX.into()));
        let why = message(t, call(t, &m, "unpack", &[f("i"), bytes::new(t, b"x")]));
        assert_eq!(why, "unpack requires a buffer of 4 bytes");
    });
}
