//! Tests of weak references and proxies.

use orochi_heap::Value;

use crate::tests::in_every_mode;
use crate::thread::Attached;
use crate::{protocol, str, weak_ref};

fn target(t: Attached<'_>) -> Value {
    crate::exception::ValueError.alloc(t, crate::exception::PyException::new(crate::tuple::new(t, vec![Value::i32(4)])))
}

#[test]
fn references_die_with_their_target() {
    in_every_mode(|t| {
        let object = target(t);
        let r = weak_ref::new(t, &object, Value::none()).expect("referable");
        let again = weak_ref::new(t, &object, Value::none()).expect("referable");
        assert!(r.is(&again), "one reference for all");
        assert!(weak_ref::target(t, &r).is_some_and(|v| v.is(&object)));
        assert_eq!(weak_ref::count(t, &object), 1);
        drop(object);
        assert!(weak_ref::is_dead(&r));
        let text = str::display(&protocol::repr(t, &r).expect("a repr"));
        assert!(text.ends_with("; dead>"), "{text}");
    });
}

#[test]
fn references_end_before_their_target() {
    in_every_mode(|t| {
        let object = target(t);
        drop(weak_ref::new(t, &object, Value::none()));
        assert_eq!(weak_ref::count(t, &object), 0);
        let e = weak_ref::new(t, &Value::i32(1), Value::none()).expect_err("ints cannot be referenced");
        assert_eq!(str::display(&protocol::str(t, &t.take_raised(e)).expect("text")), "cannot create weak reference to 'int' object");
    });
}

#[test]
fn proxies_act_as_their_target() {
    in_every_mode(|t| {
        let object = target(t);
        let p = weak_ref::new_proxy(t, &object, Value::none()).expect("referable");
        assert_eq!(str::display(&protocol::str(t, &p).expect("text")), "4");
        drop(object);
        let e = protocol::str(t, &p).expect_err("dead");
        assert!(t.raised_is(&e, &crate::exception::ReferenceError));
        drop(t.take_raised(e));
    });
}
