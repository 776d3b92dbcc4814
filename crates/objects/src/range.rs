//! `range`: start, step and length; words where they fit, big numbers otherwise.
//!
//! Iterators in `range/iterator.rs`, methods and slots in `range/methods.rs`.

pub mod iterator;
mod methods;

#[cfg(test)]
mod tests;

use dashu_int::IBig;
use orochi_heap::{Payload, Value, Visit, payload};

use crate::slots::Def;
use crate::spec::{GetSet, TypeSpec, flags};
use crate::thread::{Attached, PyResult};

pub use iterator::{BIG_ITERATOR, ITERATOR, PyRangeIterator, iterator};

/// The members of a range.
pub(crate) enum Members {
    /// Every member, the step and the length fit.
    Small { start: i64, step: i64, len: i64 },
    /// Any numbers. The length is not negative.
    Big { start: IBig, step: IBig, len: IBig },
}

/// The body of a range. Immutable.
pub struct PyRange {
    /// `start`, an exact int.
    pub start: Value,
    /// `stop`, an exact int.
    pub stop: Value,
    /// `step`, an exact int.
    pub step: Value,
    pub(crate) members: Members,
}

impl Payload for PyRange {
    payload!(PyRange, "range");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.values([&self.start, &self.stop, &self.step]);
    }
}

/// `range`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyRange>("range")
    .flags(flags::SEQUENCE)
    .slots(&[
        Def::New(methods::range_new),
        Def::Repr(methods::repr),
        Def::Hash(methods::hash),
        Def::Compare(methods::compare),
        Def::Bool(methods::truth),
        Def::Len(methods::len),
        Def::GetItem(methods::get_item),
        Def::Contains(methods::contains),
        Def::Iter(iterator::iter),
    ])
    .methods(methods::METHODS)
    .getset(&[
        GetSet::write("start", |_, r| Ok(own(r).start.clone()), methods::read_only, ""),
        GetSet::write("stop", |_, r| Ok(own(r).stop.clone()), methods::read_only, ""),
        GetSet::write("step", |_, r| Ok(own(r).step.clone()), methods::read_only, ""),
    ])
    .doc(
        "range(stop) -> range object\nrange(start, stop[, step]) -> range object\n\nReturn an object that produces a sequence \
         of integers from start (inclusive)\nto stop (exclusive) by step.  range(i, j) produces i, i+1, i+2, ..., j-1.\nstart \
         defaults to 0, and stop is omitted!  range(4) produces 0, 1, 2, 3.\nThese are exactly the valid indices for a list of \
         4 elements.\nWhen step is given, it specifies the increment (or decrement).",
    );

/// The body, if the value is a range.
#[inline]
pub fn as_range(v: &Value) -> Option<&PyRange> {
    v.payload::<PyRange>()
}

fn own(v: &Value) -> &PyRange {
    match as_range(v) {
        Some(r) => r,
        None => unreachable!("slots are called with their own type"),
    }
}

/// The number of members of a range of words, if it fits.
#[inline]
fn small_len(start: i64, stop: i64, step: i64) -> Option<i64> {
    let (low, high) = if step > 0 { (start, stop) } else { (stop, start) };
    if low >= high {
        return Some(0);
    }
    // Exact: the distance of two words fits an unsigned word.
    let last = high.wrapping_sub(low) as u64 - 1;
    let steps = match step.unsigned_abs() {
        1 => last,
        step => last / step,
    };
    i64::try_from(steps).ok()?.checked_add(1)
}

/// A range of exact ints (or bools); ValueError for a zero step.
pub fn new(t: Attached<'_>, start: Value, stop: Value, step: Value) -> PyResult {
    if let (Some(a), Some(b), Some(1)) = (start.as_small_int(), stop.as_small_int(), step.as_small_int())
        && let Some(len) = small_len(a, b, 1)
    {
        return Ok(TYPE.alloc(t, PyRange { start, stop, step, members: Members::Small { start: a, step: 1, len } }));
    }
    let (start, stop, step) =
        (crate::int::to_plain(t, &start), crate::int::to_plain(t, &stop), crate::int::to_plain(t, &step));
    let small = match (start.as_small_int(), stop.as_small_int(), step.as_small_int()) {
        (_, _, Some(0)) => return Err(t.value_error("range() arg 3 must not be zero")),
        (Some(a), Some(b), Some(s)) => small_len(a, b, s).map(|len| Members::Small { start: a, step: s, len }),
        _ => None,
    };
    let members = match small {
        Some(m) => m,
        None => {
            let big = |v: &Value| crate::int::as_big(v).unwrap_or_default();
            let (a, b, s) = (big(&start), big(&stop), big(&step));
            let negative = orochi_number::int::is_negative(&s);
            let span = if negative { &a - &b } else { &b - &a };
            let len = if span <= IBig::ZERO {
                IBig::ZERO
            } else {
                let size = if negative { -&s } else { s.clone() };
                (span - IBig::ONE) / size + IBig::ONE
            };
            Members::Big { start: a, step: s, len }
        }
    };
    Ok(TYPE.alloc(t, PyRange { start, stop, step, members }))
}

impl PyRange {
    /// The number of members.
    pub(crate) fn length(&self, t: Attached<'_>) -> Value {
        match &self.members {
            Members::Small { len, .. } => crate::int::new(t, *len),
            Members::Big { len, .. } => crate::int::from_big(t, len.clone()),
        }
    }
    /// Start, step and number of members, if all fit words and so do the members.
    pub fn small(&self) -> Option<(i64, i64, i64)> {
        match self.members {
            Members::Small { start, step, len } => Some((start, step, len)),
            Members::Big { .. } => None,
        }
    }
    fn big(&self) -> (IBig, IBig, IBig) {
        match &self.members {
            Members::Small { start, step, len } => ((*start).into(), (*step).into(), (*len).into()),
            Members::Big { start, step, len } => (start.clone(), step.clone(), len.clone()),
        }
    }
}
