//! Tests of contexts and their persistent map.

use orochi_objects::{Attached, Value, int, protocol, str};

use super::*;
use crate::tests::in_every_mode;

fn make_variable(t: Attached<'_>, name: &str) -> Value {
    protocol::call(t, VARIABLE.get(t), &[str::new(t, name)]).expect("a variable")
}

#[test]
fn the_map_keeps_old_versions() {
    in_every_mode(|t| {
        let keys: Vec<Value> = (0..500).map(|i| make_variable(t, &format!("v{i}"))).collect();
        let mut map = Value::none();
        let mut versions = Vec::new();
        for (i, k) in keys.iter().enumerate() {
            versions.push(map.clone());
            map = map::with(t, &map, k, &Value::i32(i as i32));
        }
        assert_eq!(map::len(&map), 500);
        assert_eq!(map::len(&versions[100]), 100);
        for (i, k) in keys.iter().enumerate() {
            assert_eq!(map::get(&map, k).and_then(|v| int::as_i64(&v)), Some(i as i64));
            assert_eq!(map::get(&versions[100], k).is_some(), i < 100);
        }
        for (i, k) in keys.iter().enumerate() {
            map = map::without(t, &map, k);
            assert_eq!(map::len(&map), 499 - i);
            assert!(map::get(&map, k).is_none());
        }
        assert!(map.is_none());
    });
}

#[test]
fn variables_are_set_and_reset() {
    in_every_mode(|t| {
        let v = make_variable(t, "v");
        assert!(value_of(t, &v).is_none());
        let token = variable_set(t, &[v.clone(), Value::i32(1)]).expect("a token");
        assert_eq!(value_of(t, &v).and_then(|v| int::as_i64(&v)), Some(1));
        let copy = copy_of(t, &current(t)).expect("a copy");
        variable_reset(t, &[v.clone(), token.clone()]).expect("reset");
        assert!(value_of(t, &v).is_none());
        let again = variable_reset(t, &[v.clone(), token]).expect_err("used");
        let text = str::display(&protocol::str(t, &t.take_raised(again)).expect("text"));
        assert!(text.ends_with("has already been used once"), "{text}");
        enter(t, &copy).expect("not entered");
        assert_eq!(value_of(t, &v).and_then(|v| int::as_i64(&v)), Some(1));
        leave(t, &copy).expect("running");
        assert!(value_of(t, &v).is_none());
    });
}
