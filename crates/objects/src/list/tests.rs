//! Tests of lists, tuples and dicts without an eval loop, in every lock mode.

use crate::tests::in_every_mode;
use crate::{Attached, Value, dict, list, protocol, slice, str, tuple};

fn ints(t: Attached<'_>, range: impl IntoIterator<Item = i32>) -> Value {
    list::new(t, range.into_iter().map(Value::i32).collect())
}

fn text(t: Attached<'_>, v: &Value) -> String {
    str::display(&protocol::repr(t, v).expect("a repr"))
}

fn slice_of(t: Attached<'_>, start: Option<i32>, stop: Option<i32>, step: Option<i32>) -> Value {
    let part = |n: Option<i32>| n.map_or(Value::none(), Value::i32);
    slice::new(t, part(start), part(stop), part(step))
}

#[test]
fn slices_read_write_and_delete() {
    in_every_mode(|t| {
        for start in [None, Some(-7), Some(-1), Some(0), Some(2), Some(9)] {
            for stop in [None, Some(-9), Some(-2), Some(0), Some(3), Some(20)] {
                for step in [None, Some(1), Some(2), Some(3), Some(-1), Some(-2)] {
                    let key = slice_of(t, start, stop, step);
                    let all = ints(t, 0..7);
                    let part = protocol::get_item(t, &all, &key).expect("a slice");
                    let part: Vec<i64> =
                        list::as_list(&part).expect("a list").to_vec().iter().filter_map(Value::as_small_int).collect();
                    let mut expected: Vec<i64> = (0..7).collect();
                    protocol::del_item(t, &all, &key).expect("deletes");
                    expected.retain(|i| !part.contains(i));
                    let left: Vec<i64> =
                        list::as_list(&all).expect("a list").to_vec().iter().filter_map(Value::as_small_int).collect();
                    assert_eq!(left, expected, "{start:?}:{stop:?}:{step:?}");
                    let again = ints(t, 0..7);
                    let new = ints(t, (0..part.len() as i32).map(|i| i + 100));
                    protocol::set_item(t, &again, &key, &new).expect("assigns");
                    let got = protocol::get_item(t, &again, &Value::i32(6)).map(|v| v.as_small_int());
                    assert_eq!(list::as_list(&again).expect("a list").len(), 7, "{got:?}");
                    for (k, i) in part.iter().enumerate() {
                        let v = list::get_index(t, &again, *i).expect("in range");
                        assert_eq!(v.as_small_int(), Some(k as i64 + 100));
                    }
                }
            }
        }
    });
}

#[test]
fn members_move_without_loss() {
    in_every_mode(|t| {
        let l = list::new(t, Vec::new());
        let body = list::as_list(&l).expect("a list");
        let strs: Vec<Value> = (0..100).map(|i| str::from_string(t, format!("member {i}"))).collect();
        for s in &strs {
            body.insert(t, 0, s.clone()).expect("room");
        }
        body.reverse();
        for i in (0..100).rev().step_by(3) {
            drop(body.remove(i));
        }
        drop(body.splice(t, 10, 20, strs[..50].to_vec()).expect("room"));
        drop(body.splice(t, 5, 40, vec![Value::none()]).expect("room"));
        assert_eq!(body.len(), 66 - 20 + 50 - 40 + 1);
        let e = list::sort::sort(t, &l, &Value::none(), false).expect_err("None and str have no order");
        drop(t.take_raised(e));
        assert_eq!(body.len(), 66 - 20 + 50 - 40 + 1);
    });
}

#[test]
fn sorting_is_stable_both_ways() {
    in_every_mode(|t| {
        let l = ints(t, (0..1000).map(|i| i * 7919 % 1000));
        list::sort::sort(t, &l, &Value::none(), true).expect("ints");
        let got: Vec<i64> = list::as_list(&l).expect("a list").to_vec().iter().filter_map(Value::as_small_int).collect();
        assert_eq!(got, (0..1000).rev().collect::<Vec<i64>>());
    });
}

#[test]
fn reprs_and_hashes() {
    in_every_mode(|t| {
        let l = list::new(t, vec![Value::none(), Value::ellipsis()]);
        list::append(t, &l, l.clone()).expect("room");
        assert_eq!(text(t, &l), "[None, Ellipsis, [...]]");
        let one = tuple::new(t, vec![Value::i32(1), Value::i32(2), Value::i32(3)]);
        // The same number as CPython's.
        assert_eq!(protocol::hash(t, &one).ok(), Some(529344067295497451));
        let d = dict::new(t);
        let pair = tuple::new(t, vec![Value::none()]);
        dict::set(t, &d, &pair, d.clone()).expect("hashable");
        assert_eq!(text(t, &d), "{(None,): {...}}");
        let e = dict::set(t, &d, &l, Value::none()).expect_err("lists have no hash");
        let message = str::display(&protocol::str(t, &t.take_raised(e)).expect("text"));
        assert_eq!(message, "cannot use 'list' as a dict key (unhashable type: 'list')");
    });
}

#[test]
fn iterators_notice_changes() {
    in_every_mode(|t| {
        let d = dict::new(t);
        for i in 0..10 {
            dict::set(t, &d, &Value::i32(i), Value::none()).expect("hashable");
        }
        let it = protocol::get_iter(t, &d).expect("an iterator");
        assert!(protocol::next(t, &it).is_ok_and(|v| v.is_some()));
        dict::set(t, &d, &Value::i32(99), Value::none()).expect("hashable");
        for _ in 0..2 {
            let e = protocol::next(t, &it).expect_err("changed");
            let e = t.take_raised(e);
            assert_eq!(str::display(&protocol::str(t, &e).expect("text")), "dictionary changed size during iteration");
        }
    });
}
