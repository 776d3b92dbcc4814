//! Ranges of words and of big numbers agree with arithmetic.

use orochi_heap::Value;

use crate::protocol;
use crate::tests::in_every_mode;
use crate::thread::Attached;

fn make(t: Attached<'_>, args: &[i64]) -> Value {
    let args: Vec<_> = args.iter().map(|&i| crate::int::new(t, i)).collect();
    protocol::call(t, super::TYPE.get(t), &args).expect("a range")
}

fn members(t: Attached<'_>, v: &Value) -> Vec<i64> {
    protocol::collect(t, v).expect("members").iter().filter_map(crate::int::as_i64).collect()
}

#[test]
fn members_both_ways() {
    in_every_mode(|t| {
        for (args, expected) in [
            (&[5][..], vec![0, 1, 2, 3, 4]),
            (&[5, 0, -2], vec![5, 3, 1]),
            (&[0, -5], vec![]),
            (&[i64::MAX - 2, i64::MAX], vec![i64::MAX - 2, i64::MAX - 1]),
            (&[i64::MIN, i64::MAX, i64::MAX], vec![i64::MIN, -1, i64::MAX - 1]),
            (&[3, 3], vec![]),
        ] {
            let r = make(t, args);
            assert_eq!(members(t, &r), expected);
            let name = crate::str::intern(t, "__reversed__");
            let back = protocol::call_method(t, &r, &name, &[]).expect("an iterator");
            let mut reversed = expected.clone();
            reversed.reverse();
            assert_eq!(members(t, &back), reversed);
            assert_eq!(protocol::length(t, &r).ok(), Some(expected.len()));
            for v in &expected {
                assert_eq!(protocol::contains(t, &r, &crate::int::new(t, *v)).ok(), Some(true));
            }
        }
    });
}

#[test]
fn slices_are_ranges() {
    in_every_mode(|t| {
        let r = make(t, &[0, 100, 3]);
        let slice = crate::slice::new(t, Value::i32(-4), Value::i32(1), Value::i32(-10));
        let s = protocol::get_item(t, &r, &slice).expect("a range");
        assert_eq!(members(t, &s), vec![90, 60, 30]);
        let text = protocol::repr(t, &s).map(|v| crate::str::display(&v)).unwrap_or_default();
        assert_eq!(text, "range(90, 3, -30)");
        assert!(protocol::get_item(t, &r, &Value::i32(34)).map_err(|e| drop(t.take_raised(e))).is_err());
    });
}

#[test]
fn iterators_of_the_builtins() {
    in_every_mode(|t| {
        let call = |spec: &'static crate::TypeSpec, args: &[Value]| protocol::call(t, spec.get(t), args).expect("an iterator");
        let pairs = protocol::collect(t, &call(&crate::zip::TYPE, &[make(t, &[3]), make(t, &[5, 10])])).expect("pairs");
        let sums: Vec<_> = pairs.iter().map(|p| crate::tuple::items(p).iter().filter_map(crate::int::as_i64).sum::<i64>()).collect();
        assert_eq!(sums, [5, 7, 9]);
        let kept = call(&crate::filter::TYPE, &[Value::none(), make(t, &[3])]);
        assert_eq!(members(t, &kept), [1, 2]);
        let mapped = call(&crate::map_::TYPE, &[crate::float::TYPE.get(t).clone(), make(t, &[2])]);
        assert_eq!(protocol::collect(t, &mapped).expect("floats").iter().filter_map(crate::float::as_f64).collect::<Vec<_>>(), [0.0, 1.0]);
        let numbered = call(&crate::enumerate::TYPE, &[make(t, &[7, 9]), Value::i32(1)]);
        let flat: Vec<_> = protocol::collect(t, &numbered).expect("pairs").iter().flat_map(|p| crate::tuple::items(p).to_vec()).collect();
        assert_eq!(flat.iter().filter_map(crate::int::as_i64).collect::<Vec<_>>(), [1, 7, 2, 8]);
    });
}
