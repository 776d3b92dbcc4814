//! Tests of sets without an eval loop, in every lock mode.

use crate::tests::in_every_mode;
use crate::{Value, protocol};

fn ints(t: crate::Attached<'_>, range: std::ops::Range<i32>) -> Value {
    let all: Vec<Value> = range.map(Value::i32).collect();
    super::from_items(t, &all).expect("hashable")
}

#[test]
fn operators_agree_with_counting() {
    in_every_mode(|t| {
        let (a, b) = (ints(t, 0..60), ints(t, 40..200));
        let len = |op| super::len(&protocol::binary(t, &a, &b, op).expect("sets"));
        assert_eq!(len(protocol::Operator::Or), 200);
        assert_eq!(len(protocol::Operator::And), 20);
        assert_eq!(len(protocol::Operator::Sub), 40);
        assert_eq!(len(protocol::Operator::Xor), 180);
    });
}

#[test]
fn popping_everything_is_linear() {
    in_every_mode(|t| {
        let a = ints(t, 0..20_000);
        for i in 0..20_000 {
            let v = crate::dict::table::pop_first(&super::body(&a).map).map(|(k, _)| k.as_small_int());
            assert_eq!(v, Some(Some(i)));
        }
        assert_eq!(super::len(&a), 0);
        super::add(t, &a, &Value::i32(1)).expect("hashable");
        assert!(super::contains(t, &a, &Value::i32(1)).expect("hashable"));
    });
}

#[test]
fn frozensets_hash_by_members() {
    in_every_mode(|t| {
        let a = super::frozen_from_items(t, &[Value::i32(1), Value::i32(2), Value::i32(3)]).expect("hashable");
        let b = super::frozen_from_items(t, &[Value::i32(3), Value::i32(1), Value::i32(2)]).expect("hashable");
        assert_eq!(protocol::hash(t, &a).ok(), protocol::hash(t, &b).ok());
        // CPython 3.14 gives the same number.
        assert_eq!(protocol::hash(t, &a).ok(), Some(-272375401224217160));
        let outer = super::from_items(t, &[a]).expect("hashable");
        assert!(super::contains(t, &outer, &ints(t, 1..4)).expect("a set is looked up by its members"));
    });
}
