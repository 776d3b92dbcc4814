//! Slots and methods of range.

use dashu_int::IBig;
use orochi_heap::Value;

use super::{Members, PyRange, TYPE, as_range, new, own};
use crate::args::Args;
use crate::exception;
use crate::int::from_big;
use crate::protocol;
use crate::slots::CompareOp;
use crate::spec::Method;
use crate::thread::{Attached, PyResult, Raised};

pub(super) const METHODS: &[Method] = &[
    Method::new("__reversed__", "($self, /)", super::iterator::reversed, "Return a reverse iterator."),
    Method::new("__reduce__", "($self, /)", reduce, ""),
    Method::new("count", "($self, value, /)", count, "rangeobject.count(value) -> integer -- return number of occurrences of value"),
    Method::new(
        "index",
        "($self, value, /)",
        index,
        "rangeobject.index(value) -> integer -- return index of value.\nRaise ValueError if the value is not present.",
    ),
];

pub(super) fn read_only(t: Attached<'_>, _: &Value, _: Option<&Value>) -> PyResult<()> {
    Err(t.raise(&exception::AttributeError, "readonly attribute"))
}

pub(super) fn range_new(t: Attached<'_>, _: &Value, args: Args<'_>) -> PyResult {
    args.no_keywords(t, "range")?;
    let index = |v: &Value| if v.is_small_int() { Ok(v.clone()) } else { protocol::as_index(t, v) };
    match args.all() {
        [] => Err(t.type_error("range expected at least 1 argument, got 0")),
        [stop] => new(t, Value::i32(0), index(stop)?, Value::i32(1)),
        [start, stop] => new(t, index(start)?, index(stop)?, Value::i32(1)),
        [start, stop, step] => new(t, index(start)?, index(stop)?, index(step)?),
        more => Err(t.type_error(format!("range expected at most 3 arguments, got {}", more.len()))),
    }
}

pub(super) fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let r = own(this);
    let text = |v: &Value| protocol::repr(t, v).map(|s| crate::str::display(&s));
    let (start, stop) = (text(&r.start)?, text(&r.stop)?);
    Ok(crate::str::from_string(
        t,
        if r.step.as_small_int() == Some(1) {
            format!("range({start}, {stop})")
        } else {
            format!("range({start}, {stop}, {})", text(&r.step)?)
        },
    ))
}

/// Length, first member if there is one, step if it matters: what equality means.
fn essence(t: Attached<'_>, r: &PyRange) -> [Value; 3] {
    let len = r.length(t);
    let (start, step) = match len.as_small_int() {
        Some(0) => (Value::none(), Value::none()),
        Some(1) => (r.start.clone(), Value::none()),
        _ => (r.start.clone(), r.step.clone()),
    };
    [len, start, step]
}

pub(super) fn hash(t: Attached<'_>, this: &Value) -> PyResult<i64> {
    protocol::hash(t, &crate::tuple::new(t, essence(t, own(this)).to_vec()))
}

pub(super) fn compare(t: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (as_range(a), as_range(b)) else { return Ok(Value::not_implemented()) };
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Value::not_implemented());
    }
    let mut equal = true;
    for (p, q) in essence(t, x).iter().zip(&essence(t, y)) {
        equal = equal && protocol::equal_or_same(t, p, q)?;
    }
    Ok(Value::bool(equal == (op == CompareOp::Eq)))
}

pub(super) fn truth(_: Attached<'_>, this: &Value) -> PyResult<bool> {
    Ok(match &own(this).members {
        Members::Small { len, .. } => *len != 0,
        Members::Big { len, .. } => !len.is_zero(),
    })
}

pub(super) fn len(t: Attached<'_>, this: &Value) -> PyResult<usize> {
    let fits = match &own(this).members {
        Members::Small { len, .. } => usize::try_from(*len).ok(),
        Members::Big { len, .. } => usize::try_from(len).ok(),
    };
    fits.filter(|&n| n <= isize::MAX as usize)
        .ok_or_else(|| t.overflow_error("Python int too large to convert to C ssize_t"))
}

fn out_of_range(t: Attached<'_>) -> Raised {
    t.raise(&exception::IndexError, "range object index out of range")
}

pub(super) fn get_item(t: Attached<'_>, this: &Value, key: &Value) -> PyResult {
    let r = own(this);
    if let (Some(i), Members::Small { start, step, len }) = (key.as_small_int(), &r.members) {
        let i = if i < 0 { i + len } else { i };
        if i < 0 || i >= *len {
            return Err(out_of_range(t));
        }
        return Ok(crate::int::new(t, start.wrapping_add(i.wrapping_mul(*step))));
    }
    if crate::slice::TYPE.is_exact(t, key) {
        return sub_range(t, r, key);
    }
    if crate::type_::class_of(t, key).slots.index().is_none() {
        return Err(t.type_error(format!(
            "range indices must be integers or slices, not {}",
            crate::type_::type_name(t, key)
        )));
    }
    let i = crate::int::as_big(&protocol::as_index(t, key)?).unwrap_or_default();
    let (start, step, len) = r.big();
    let i = if i < IBig::ZERO { i + &len } else { i };
    if i < IBig::ZERO || i >= len {
        return Err(out_of_range(t));
    }
    Ok(from_big(t, start + step * i))
}

fn sub_range(t: Attached<'_>, r: &PyRange, slice: &Value) -> PyResult {
    let (start, step, len) = r.big();
    let (from, to, by) = crate::slice_type::big_indices(t, slice, &len)?;
    let member = |i: IBig| from_big(t, &start + &step * i);
    new(t, member(from), member(to), from_big(t, &step * by))
}

/// The position of an int in the range.
fn position(r: &PyRange, v: &Value) -> Option<IBig> {
    if let (Some(n), Members::Small { start, step, len }) = (v.as_small_int(), &r.members) {
        let (offset, step) = (i128::from(n) - i128::from(*start), i128::from(*step));
        let i = offset / step;
        return (offset % step == 0 && i >= 0 && i < i128::from(*len)).then(|| i.into());
    }
    let n = crate::int::as_big(v)?;
    let (start, step, len) = r.big();
    let offset = n - start;
    let i = &offset / &step;
    (&i * &step == offset && i >= IBig::ZERO && i < len).then_some(i)
}

/// Whether `==` of the value is int's own, so that it can be found by arithmetic.
fn plain(t: Attached<'_>, v: &Value) -> bool {
    v.is_small_int() || v.as_bool().is_some() || crate::int::TYPE.is_exact(t, v)
}

pub(super) fn contains(t: Attached<'_>, this: &Value, v: &Value) -> PyResult<bool> {
    if plain(t, v) {
        return Ok(position(own(this), v).is_some());
    }
    protocol::contains_by_iteration(t, this, v)
}

fn count(t: Attached<'_>, a: &[Value]) -> PyResult {
    if plain(t, &a[1]) {
        return Ok(Value::i32(i32::from(position(own(&a[0]), &a[1]).is_some())));
    }
    let mut n = 0usize;
    let it = protocol::get_iter(t, &a[0])?;
    while let Some(v) = protocol::next(t, &it)? {
        n += usize::from(protocol::equal_or_same(t, &v, &a[1])?);
        t.safepoint()?;
    }
    Ok(crate::int::from_usize(t, n))
}

fn index(t: Attached<'_>, a: &[Value]) -> PyResult {
    if plain(t, &a[1]) {
        return match position(own(&a[0]), &a[1]) {
            Some(i) => Ok(from_big(t, i)),
            None => Err(t.value_error("range.index(x): x not in range")),
        };
    }
    let it = protocol::get_iter(t, &a[0])?;
    let mut i = 0usize;
    while let Some(v) = protocol::next(t, &it)? {
        if protocol::equal_or_same(t, &v, &a[1])? {
            return Ok(crate::int::from_usize(t, i));
        }
        i += 1;
        t.safepoint()?;
    }
    Err(t.value_error("sequence.index(x): x not in sequence"))
}

fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let r = own(&a[0]);
    let args = crate::tuple::new(t, vec![r.start.clone(), r.stop.clone(), r.step.clone()]);
    Ok(crate::tuple::new(t, vec![TYPE.get(t).clone(), args]))
}
