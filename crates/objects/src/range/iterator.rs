//! Iterators of ranges: `range_iterator` of words, `longrange_iterator` of big numbers.

use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use dashu_int::IBig;
use orochi_heap::{Payload, Value, payload};
use orochi_runtime::Locked;

use super::{Members, PyRange, own};
use crate::iter::itself;
use crate::slots::Def;
use crate::spec::{Method, TypeSpec, flags};
use crate::thread::{Attached, PyResult};

/// The body of a `range_iterator`. The position is the only state; threads that share one iterator may
/// see a member twice, as in any sequence walked by index without a lock.
pub struct PyRangeIterator {
    start: i64,
    step: i64,
    len: i64,
    at: AtomicI64,
}

impl Payload for PyRangeIterator {
    payload!(PyRangeIterator, "range_iterator");
    const CYCLIC: bool = false;
}

impl PyRangeIterator {
    /// The next member.
    #[inline(always)]
    pub fn next(&self) -> Option<i64> {
        let i = self.at.load(Relaxed);
        if i >= self.len {
            return None;
        }
        self.at.store(i + 1, Relaxed);
        // Exact for every member; only the unused one after the last may wrap.
        Some(self.start.wrapping_add(i.wrapping_mul(self.step)))
    }
    fn state(&self) -> (i64, i64) {
        let i = self.at.load(Relaxed).min(self.len);
        (self.start.wrapping_add(i.wrapping_mul(self.step)), self.len - i)
    }
}

/// The body of a `longrange_iterator`. Guarded by: the lock, for the position.
pub struct PyBigRangeIterator {
    start: IBig,
    step: IBig,
    len: IBig,
    at: Locked<IBig>,
}

impl Payload for PyBigRangeIterator {
    payload!(PyBigRangeIterator, "longrange_iterator");
    const CYCLIC: bool = false;
}

/// `range_iterator`.
pub static ITERATOR: TypeSpec = TypeSpec::new::<PyRangeIterator>("range_iterator")
    .flags(flags::NO_NEW)
    .slots(&[Def::Iter(itself), Def::Next(next)])
    .methods(&[
        Method::new("__length_hint__", "($self, /)", length_hint, "Private method returning an estimate of len(list(it))."),
        Method::new("__reduce__", "($self, /)", reduce, "Return state information for pickling."),
        Method::new("__setstate__", "($self, object, /)", set_state, "Set state information for unpickling."),
    ]);

/// `longrange_iterator`.
pub static BIG_ITERATOR: TypeSpec = TypeSpec::new::<PyBigRangeIterator>("longrange_iterator")
    .flags(flags::NO_NEW)
    .slots(&[Def::Iter(itself), Def::Next(big_next)])
    .methods(&[
        Method::new("__length_hint__", "($self, /)", big_length_hint, "Private method returning an estimate of len(list(it))."),
        Method::new("__reduce__", "($self, /)", big_reduce, "Return state information for pickling."),
        Method::new("__setstate__", "($self, object, /)", big_set_state, "Set state information for unpickling."),
    ]);

/// The iterator of a range.
pub fn iterator(t: Attached<'_>, range: &PyRange) -> Value {
    match &range.members {
        Members::Small { start, step, len } => {
            ITERATOR.alloc(t, PyRangeIterator { start: *start, step: *step, len: *len, at: AtomicI64::new(0) })
        }
        Members::Big { start, step, len } => big(t, start.clone(), step.clone(), len.clone()),
    }
}

fn big(t: Attached<'_>, start: IBig, step: IBig, len: IBig) -> Value {
    BIG_ITERATOR.alloc(t, PyBigRangeIterator { start, step, len, at: Locked::new(IBig::ZERO) })
}

pub(super) fn iter(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(iterator(t, own(this)))
}

/// The iterator from the last member to the first.
pub(super) fn reversed(t: Attached<'_>, a: &[Value]) -> PyResult {
    let range = own(&a[0]);
    if let Members::Small { start, step, len } = range.members
        && let Some(step) = step.checked_neg()
    {
        let last = start.wrapping_add((len - 1).wrapping_mul(-step));
        return Ok(ITERATOR.alloc(t, PyRangeIterator { start: last, step, len, at: AtomicI64::new(0) }));
    }
    let (start, step, len) = range.big();
    let last = start + &step * (&len - IBig::ONE);
    Ok(big(t, last, -step, len))
}

fn small(v: &Value) -> &PyRangeIterator {
    match v.payload::<PyRangeIterator>() {
        Some(i) => i,
        None => unreachable!("slots are called with their own type"),
    }
}
fn large(v: &Value) -> &PyBigRangeIterator {
    match v.payload::<PyBigRangeIterator>() {
        Some(i) => i,
        None => unreachable!("slots are called with their own type"),
    }
}

fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    Ok(small(this).next().map(|i| crate::int::new(t, i)))
}

fn length_hint(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(crate::int::new(t, small(&a[0]).state().1))
}

fn reduced(t: Attached<'_>, start: IBig, step: IBig, left: IBig) -> PyResult {
    let stop = &start + &step * left;
    let int = |n| crate::int::from_big(t, n);
    let range = super::new(t, int(start), int(stop), int(step))?;
    let args = crate::tuple::new(t, vec![range]);
    Ok(crate::tuple::new(t, vec![crate::protocol::builtin(t, "iter")?, args, Value::none()]))
}

fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let it = small(&a[0]);
    let (start, left) = it.state();
    reduced(t, start.into(), it.step.into(), left.into())
}

fn set_state(t: Attached<'_>, a: &[Value]) -> PyResult {
    let it = small(&a[0]);
    let at = crate::protocol::expect_i64(t, &a[1])?;
    // Counted from where the iterator stands.
    let now = it.at.load(Relaxed).min(it.len);
    it.at.store(now + at.clamp(0, it.len - now), Relaxed);
    Ok(Value::none())
}

fn big_next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let it = large(this);
    let at = {
        let mut at = it.at.lock();
        if *at >= it.len {
            return Ok(None);
        }
        let now = at.clone();
        *at += IBig::ONE;
        now
    };
    Ok(Some(crate::int::from_big(t, &it.start + &it.step * at)))
}

fn big_length_hint(t: Attached<'_>, a: &[Value]) -> PyResult {
    let it = large(&a[0]);
    let at = it.at.lock().clone();
    Ok(crate::int::from_big(t, &it.len - at))
}

fn big_reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let it = large(&a[0]);
    let at = it.at.lock().clone();
    let start = &it.start + &it.step * &at;
    reduced(t, start, it.step.clone(), &it.len - at)
}

fn big_set_state(t: Attached<'_>, a: &[Value]) -> PyResult {
    let it = large(&a[0]);
    let Some(at) = crate::int::as_big(&a[1]) else {
        return Err(t.type_error(format!("state must be an int, not {}", crate::type_::type_name(t, &a[1]))));
    };
    let mut now = it.at.lock();
    let left = &it.len - &*now;
    *now += at.clamp(IBig::ZERO, left);
    Ok(Value::none())
}
