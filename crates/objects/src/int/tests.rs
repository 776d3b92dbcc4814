//! Numbers through the object protocol, in every lock mode.

use orochi_heap::Value;

use crate::protocol::{self, Operator};
use crate::slots::CompareOp;
use crate::tests::in_every_mode;
use crate::thread::{Attached, PyResult};

fn text(t: Attached<'_>, r: PyResult) -> String {
    let r = match r {
        Ok(v) if crate::tuple::as_tuple(&v).is_some() => {
            return crate::tuple::items(&v).iter().map(|v| text(t, Ok(v.clone()))).collect::<Vec<_>>().join(", ");
        }
        Ok(v) => protocol::str(t, &v),
        Err(e) => {
            let e = t.take_raised(e);
            protocol::str(t, &e)
        }
    };
    match r {
        Ok(v) => crate::str::display(&v),
        Err(e) => {
            drop(t.take_raised(e));
            "<error>".to_owned()
        }
    }
}

fn int(t: Attached<'_>, s: &str) -> Value {
    let v = crate::str::new(t, s);
    protocol::call(t, crate::int::TYPE.get(t), &[v]).unwrap_or(Value::none())
}

#[test]
fn operators_of_every_size() {
    in_every_mode(|t| {
        let cases = [
            ("4611686018427387903", Operator::Add, "1", "4611686018427387904"),
            ("-4611686018427387904", Operator::Sub, "1", "-4611686018427387905"),
            ("4611686018427387904", Operator::Sub, "1", "4611686018427387903"),
            ("3000000000", Operator::Mul, "3000000000", "9000000000000000000"),
            ("-4611686018427387904", Operator::FloorDiv, "-1", "4611686018427387904"),
            ("-7", Operator::FloorDiv, "2", "-4"),
            ("-7", Operator::Mod, "2", "1"),
            ("7", Operator::Mod, "-2", "-1"),
            ("7", Operator::TrueDiv, "2", "3.5"),
            ("7", Operator::TrueDiv, "0", "division by zero"),
            ("7", Operator::Mod, "0", "division by zero"),
            ("1", Operator::Shl, "62", "4611686018427387904"),
            ("1", Operator::Shl, "-1", "negative shift count"),
            ("0", Operator::Shl, "-1", "negative shift count"),
            ("-5", Operator::Shr, "1", "-3"),
            ("-1", Operator::Xor, "36893488147419103232", "-36893488147419103233"),
            ("2", Operator::Pow, "100", "1267650600228229401496703205376"),
            ("2", Operator::Pow, "-1", "0.5"),
            ("0", Operator::Pow, "-1", "zero to a negative power"),
            ("-9", Operator::DivMod, "4", "-3, 3"),
        ];
        for (a, op, b, expected) in cases {
            let (x, y) = (int(t, a), int(t, b));
            assert_eq!(text(t, protocol::binary(t, &x, &y, op)), expected, "{a} {} {b}", op.symbol());
        }
    });
}

#[test]
fn text_in_both_directions() {
    in_every_mode(|t| {
        for (given, expected) in [
            (" 12_3\n", "123"),
            ("\u{663}\u{664}", "34"),
            ("1__2", "invalid literal for int() with base 10: "),
            ("", "invalid literal for int() with base 10: "),
        ] {
            let v = crate::str::new(t, given);
            let r = text(t, protocol::call(t, crate::int::TYPE.get(t), &[v]));
            assert!(r.starts_with(expected), "{r}");
        }
        let long = crate::str::new(t, &"1".repeat(5000));
        assert!(text(t, protocol::call(t, crate::int::TYPE.get(t), &[long])).starts_with("Exceeds the limit (4300 digits)"));
        let spec = crate::str::new(t, "+_x");
        assert_eq!(text(t, protocol::format(t, &Value::i32(0x12345), &spec)), "+1_2345");
        let spec = crate::str::new(t, ".2f");
        assert_eq!(text(t, protocol::format(t, &crate::float::new(t, 2.675), &spec)), "2.67");
    });
}

#[test]
fn mixed_numbers_compare_and_add() {
    in_every_mode(|t| {
        let half = crate::float::new(t, 0.5);
        assert_eq!(text(t, protocol::binary(t, &Value::i32(1), &half, Operator::Add)), "1.5");
        let z = crate::complex::new(t, crate::complex::Complex { re: 0.0, im: 1.0 });
        assert_eq!(text(t, protocol::binary(t, &Value::i32(1), &z, Operator::Add)), "(1+1j)");
        let minus = crate::float::new(t, -8.0);
        let third = crate::float::new(t, 0.5);
        assert!(text(t, protocol::binary(t, &minus, &third, Operator::Pow)).ends_with("j)"));
        let (big, near) = (int(t, "9007199254740993"), crate::float::new(t, 9_007_199_254_740_992.0));
        assert_eq!(protocol::compare_bool(t, &big, &near, CompareOp::Gt).ok(), Some(true));
        assert_eq!(protocol::compare_bool(t, &near, &big, CompareOp::Lt).ok(), Some(true));
        assert_eq!(protocol::equal(t, &Value::bool(true), &crate::float::new(t, 1.0)).ok(), Some(true));
        assert_eq!(protocol::hash(t, &Value::bool(true)).ok(), protocol::hash(t, &crate::float::new(t, 1.0)).ok());
        let r = protocol::binary(t, &Value::bool(true), &Value::bool(false), Operator::Or);
        assert_eq!(text(t, r), "True");
        let r = protocol::binary(t, &Value::bool(true), &Value::i32(2), Operator::Or);
        assert_eq!(text(t, r), "3");
        assert_eq!(text(t, protocol::binary(t, &half, &Value::none(), Operator::Add)), "unsupported operand type(s) for +: 'float' and 'NoneType'");
    });
}
