//! Tests of `_collections`, `_functools` and `_queue` without an eval loop, in every lock mode.

use orochi_objects::{Args, Attached, PyResult, Value, attr, dict, list, module, protocol, str, tuple};

use crate::tests::in_every_mode;

fn ok<T>(t: Attached<'_>, r: PyResult<T>) -> T {
    match r {
        Ok(v) => v,
        Err(e) => panic!("{}", str::display(&protocol::repr(t, &t.take_raised(e)).unwrap_or(Value::none()))),
    }
}

fn message(t: Attached<'_>, r: PyResult) -> String {
    match r {
        Ok(v) => panic!("no error but {v:?}"),
        Err(e) => str::display(&ok(t, protocol::str(t, &t.take_raised(e)))),
    }
}

fn get(t: Attached<'_>, module: &Value, name: &str) -> Value {
    match dict::get_by_name(t, &module::dict_of(module), name) {
        Some(v) => v,
        None => panic!("no {name}"),
    }
}

fn method(t: Attached<'_>, v: &Value, name: &str, args: &[Value]) -> PyResult {
    protocol::call_method(t, v, &str::intern(t, name), args)
}

fn text(t: Attached<'_>, v: &Value) -> String {
    str::display(&ok(t, protocol::repr(t, v)))
}

#[test]
fn every_module_can_be_made() {
    in_every_mode(|t| {
        for spec in crate::ALL {
            let made = ok(t, spec.make(t));
            assert!(dict::len(&module::dict_of(&made)) > 3, "{}", spec.name);
        }
    });
}

#[test]
fn deques_turn_and_stay_short() {
    in_every_mode(|t| {
        let deque = get(t, &ok(t, crate::_collections::MODULE.make(t)), "deque");
        let items = list::new(t, (0..10).map(Value::i32).collect());
        let d = ok(t, protocol::call(t, &deque, &[items, Value::i32(4)]));
        assert_eq!(text(t, &d), "deque([6, 7, 8, 9], maxlen=4)");
        ok(t, method(t, &d, "rotate", &[Value::i32(5)]));
        assert_eq!(text(t, &d), "deque([9, 6, 7, 8], maxlen=4)");
        ok(t, method(t, &d, "appendleft", &[Value::i32(1)]));
        assert_eq!(text(t, &d), "deque([1, 9, 6, 7], maxlen=4)");
        let twice = ok(t, protocol::binary(t, &d, &Value::i32(2), protocol::Operator::Mul));
        assert_eq!(text(t, &twice), text(t, &d));
        let it = ok(t, protocol::get_iter(t, &d));
        ok(t, method(t, &d, "pop", &[]));
        assert_eq!(message(t, protocol::next(t, &it).map(|_| Value::none())), "deque mutated during iteration");
        assert_eq!(message(t, method(t, &d, "remove", &[Value::none()])), "deque.remove(x): x not in deque");
    });
}

#[test]
fn missing_keys_are_made() {
    in_every_mode(|t| {
        let class = get(t, &ok(t, crate::_collections::MODULE.make(t)), "defaultdict");
        let d = ok(t, protocol::call(t, &class, &[list::TYPE.get(t).clone()]));
        let made = ok(t, protocol::get_item(t, &d, &Value::i32(3)));
        ok(t, list::append(t, &made, Value::i32(1)));
        assert_eq!(text(t, &d), "defaultdict(<class 'list'>, {3: [1]})");
        assert!(dict::len(&d) == 1);
    });
}

#[test]
fn partials_fill_places() {
    in_every_mode(|t| {
        let functools = ok(t, crate::_functools::MODULE.make(t));
        let (partial, place) = (get(t, &functools, "partial"), get(t, &functools, "Placeholder"));
        let max = protocol::builtin(t, "max").ok();
        let function = max.unwrap_or_else(|| list::TYPE.get(t).clone());
        let tuple_type = tuple::TYPE.get(t).clone();
        let p = ok(t, protocol::call(t, &partial, &[tuple_type, place.clone(), Value::i32(2)]));
        let q = ok(t, protocol::call(t, &partial, &[p, Value::i32(1)]));
        assert_eq!(text(t, &q), "functools.partial(<class 'tuple'>, 1, 2)");
        assert_eq!(
            message(t, protocol::call(t, &partial, &[function, place])),
            "trailing Placeholders are not allowed"
        );
    });
}

#[test]
fn caches_forget_the_least_used() {
    in_every_mode(|t| {
        let functools = ok(t, crate::_functools::MODULE.make(t));
        let make = get(t, &functools, "_lru_cache_wrapper");
        // A list made of the argument: a new object for each call, so a hit can be told from a miss.
        let wrapped = list::TYPE.get(t).clone();
        let cache = ok(t, protocol::call(t, &make, &[wrapped, Value::i32(2), Value::bool(false), Value::none()]));
        let arg = |i: i32| str::from_string(t, format!("key {i}"));
        let call = |i: i32| ok(t, protocol::call_args(t, &cache, Args::new(&[arg(i)])));
        let (one, two) = (call(1), call(2));
        assert!(one.is(&call(1)));
        let three = call(3);
        assert!(one.is(&call(1)) && three.is(&call(3)));
        assert!(!two.is(&call(2)));
        assert!(!one.is(&call(1)));
        assert!(attr::find(t, &cache, &str::intern(t, "cache_clear")).is_ok_and(|f| f.is_some()));
    });
}

#[test]
fn queues_give_in_order() {
    in_every_mode(|t| {
        let queue = ok(t, crate::_queue::MODULE.make(t));
        let q = ok(t, protocol::call(t, &get(t, &queue, "SimpleQueue"), &[]));
        for i in 0..3 {
            ok(t, method(t, &q, "put", &[Value::i32(i)]));
        }
        for i in 0..3 {
            assert_eq!(ok(t, method(t, &q, "get", &[])).as_small_int(), Some(i));
        }
        let e = method(t, &q, "get", &[Value::bool(true), orochi_objects::float::new(t, 0.01)]);
        assert_eq!(message(t, e), "");
    });
}
