//! Tests of reading and writing JSON without an eval loop, in every lock mode.

use orochi_objects::{Args, Attached, Value, attr, dict, float, int, module, protocol, simple_namespace, str, tuple};

use crate::tests::{in_every_mode, shown};

fn scanner(t: Attached<'_>) -> Value {
    let json = super::MODULE.make(t).expect("a module");
    let settings = [
        ("strict", Value::bool(true)),
        ("object_hook", Value::none()),
        ("object_pairs_hook", Value::none()),
        ("parse_float", float::TYPE.get(t).clone()),
        ("parse_int", int::TYPE.get(t).clone()),
        ("parse_constant", float::TYPE.get(t).clone()),
    ];
    let names: Vec<Value> = settings.iter().map(|(n, _)| str::intern(t, n)).collect();
    let values: Vec<Value> = settings.into_iter().map(|(_, v)| v).collect();
    let settings = protocol::call_args(t, simple_namespace::TYPE.get(t), Args::with_names(&values, &names));
    let settings = settings.expect("a namespace");
    let class = dict::get_by_name(t, &module::dict_of(&json), "make_scanner").expect("the scanner");
    protocol::call(t, &class, &[settings]).expect("a scanner")
}

fn read(t: Attached<'_>, text: &::core::primitive::str) -> String {
    let r = protocol::call(t, &scanner(t), &[str::new(t, text), Value::i32(0)]);
    shown(t, r)
}

#[test]
fn values_are_read() {
    in_every_mode(|t| {
        assert_eq!(read(t, "[1, -2.5e1, \"a\\u00e9\\ud83d\\ude00\\n\", null, true, {}]"), "([1, -25.0, 'aé😀\\n', None, True, {}], 52)");
        assert_eq!(read(t, "{\"k\": [false], \"k\": 0}  "), "({'k': 0}, 22)");
        assert_eq!(read(t, "NaN"), "(nan, 3)");
        // The index of what is no value.
        assert_eq!(read(t, "[1, x]"), "4");
        assert_eq!(read(t, ""), "0");
    });
}

#[test]
fn values_are_written() {
    in_every_mode(|t| {
        let json = super::MODULE.make(t).expect("a module");
        let get = |name| dict::get_by_name(t, &module::dict_of(&json), name).expect("a name");
        let (yes, no) = (Value::bool(true), Value::bool(false));
        let args = [
            dict::new(t), Value::none(), get("encode_basestring_ascii"), Value::none(), str::new(t, ": "),
            str::new(t, ", "), no.clone(), no, yes,
        ];
        let encoder = protocol::call(t, &get("make_encoder"), &args).expect("an encoder");
        let d = dict::new(t);
        dict::set_by_name(t, &d, "é😀\"\x7f", tuple::new(t, vec![Value::i32(1), float::new(t, 0.5), Value::none()]));
        let r = protocol::call(t, &encoder, &[d.clone(), Value::i32(0)]);
        assert_eq!(shown(t, r), "('{\"\\\\u00e9\\\\ud83d\\\\ude00\\\\\"\\\\u007f\": [1, 0.5, null]}',)");
        dict::set_by_name(t, &d, "again", d.clone());
        let r = protocol::call(t, &encoder, &[d, Value::i32(0)]);
        assert_eq!(shown(t, r), "Circular reference detected");
        assert!(attr::find(t, &encoder, &str::intern(t, "markers")).is_ok_and(|m| m.is_some()));
    });
}
