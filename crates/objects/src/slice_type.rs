//! The Python type `slice`: slots and methods.

use dashu_int::IBig;
use orochi_heap::Value;

use crate::args::Args;
use crate::protocol;
use crate::slice::{PySlice, TYPE};
use crate::thread::{Attached, PyResult};
use crate::{CompareOp, Def, GetSet, Method};

pub(crate) const DOC: &str = "slice(stop)\nslice(start, stop[, step])\n\nCreate a slice object.  This is used for extended \
                              slicing (e.g. a[0:10:2]).";
pub(crate) const SLOTS: &[Def] =
    &[Def::New(slice_new), Def::Repr(repr), Def::Hash(hash), Def::Compare(compare)];
pub(crate) const METHODS: &[Method] = &[
    Method::new(
        "indices",
        "($self, object, /)",
        indices,
        "S.indices(len) -> (start, stop, stride)\n\nAssuming a sequence of length len, calculate the start and stop\nindices, \
         and the stride length of the extended slice described by\nS. Out of bounds indices are clipped in a manner consistent \
         with the\nhandling of normal slices.",
    ),
    Method::new("__reduce__", "($self, /)", reduce, "Return state information for pickling."),
];
pub(crate) const GETSET: &[GetSet] = &[
    GetSet::write("start", |_, s| Ok(own(s).start.load()), read_only, ""),
    GetSet::write("stop", |_, s| Ok(own(s).stop.load()), read_only, ""),
    GetSet::write("step", |_, s| Ok(own(s).step.load()), read_only, ""),
];

fn own(v: &Value) -> &PySlice {
    match v.payload::<PySlice>() {
        Some(s) => s,
        None => unreachable!("slots are called with their own type"),
    }
}

fn read_only(t: Attached<'_>, _: &Value, _: Option<&Value>) -> PyResult<()> {
    Err(t.raise(&crate::exception::AttributeError, "readonly attribute"))
}

fn slice_new(t: Attached<'_>, _: &Value, args: Args<'_>) -> PyResult {
    let v = |i: &Value| i.clone();
    Ok(match args.expect(t, "slice", 1, 3)? {
        [stop] => crate::slice::new(t, Value::none(), v(stop), Value::none()),
        [start, stop] => crate::slice::new(t, v(start), v(stop), Value::none()),
        [start, stop, step, ..] => crate::slice::new(t, v(start), v(stop), v(step)),
        [] => unreachable!("at least one argument"),
    })
}

fn parts(t: Attached<'_>, v: &Value) -> Value {
    let s = own(v);
    crate::tuple::new(t, vec![s.start.load(), s.stop.load(), s.step.load()])
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let s = own(this);
    let text = |v: Value| protocol::repr(t, &v).map(|s| crate::str::display(&s));
    let (start, stop, step) = (text(s.start.load())?, text(s.stop.load())?, text(s.step.load())?);
    Ok(crate::str::from_string(t, format!("slice({start}, {stop}, {step})")))
}

fn hash(t: Attached<'_>, this: &Value) -> PyResult<i64> {
    protocol::hash(t, &parts(t, this))
}

fn compare(t: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    if b.payload::<PySlice>().is_none() || a.payload::<PySlice>().is_none() {
        return Ok(Value::not_implemented());
    }
    if a.is(b) {
        return Ok(Value::bool(matches!(op, CompareOp::Eq | CompareOp::Le | CompareOp::Ge)));
    }
    protocol::compare(t, &parts(t, a), &parts(t, b), op)
}

fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(crate::tuple::new(t, vec![TYPE.get(t).clone(), parts(t, &a[0])]))
}

fn indices(t: Attached<'_>, a: &[Value]) -> PyResult {
    let len = crate::int::as_big(&protocol::as_index(t, &a[1])?).unwrap_or_default();
    if len < IBig::ZERO {
        return Err(t.value_error("length should not be negative"));
    }
    let (start, stop, step) = big_indices(t, &a[0], &len)?;
    let int = |n| crate::int::from_big(t, n);
    Ok(crate::tuple::new(t, vec![int(start), int(stop), int(step)]))
}

/// Start, stop and step of a slice of `len` members, of any size, clipped as slicing does.
pub(crate) fn big_indices(t: Attached<'_>, slice: &Value, len: &IBig) -> PyResult<(IBig, IBig, IBig)> {
    let s = own(slice);
    let number = |v: Value| -> PyResult<Option<IBig>> {
        if v.is_none() {
            return Ok(None);
        }
        if crate::type_::class_of(t, &v).slots.index().is_none() {
            return Err(t.type_error("slice indices must be integers or None or have an __index__ method"));
        }
        Ok(crate::int::as_big(&protocol::as_index(t, &v)?))
    };
    let step = number(s.step.load())?.unwrap_or(IBig::ONE);
    if step.is_zero() {
        return Err(t.value_error("slice step cannot be zero"));
    }
    let down = step < IBig::ZERO;
    let (low, high) = if down { (IBig::NEG_ONE, len - IBig::ONE) } else { (IBig::ZERO, len.clone()) };
    let clip = |i: IBig| if i < IBig::ZERO { (i + len).max(low.clone()) } else { i.min(high.clone()) };
    let start = match number(s.start.load())? {
        Some(i) => clip(i),
        None => if down { high.clone() } else { low.clone() },
    };
    let stop = match number(s.stop.load())? {
        Some(i) => clip(i),
        None => if down { low.clone() } else { high.clone() },
    };
    Ok((start, stop, step))
}
