//! `slice`.

use orochi_heap::{Payload, Slot, Value, Visit, payload};

use crate::spec::TypeSpec;
use crate::thread::{Attached, PyResult};

/// The body of a slice.
pub struct PySlice {
    /// Start, or None.
    pub start: Slot,
    /// Stop, or None.
    pub stop: Slot,
    /// Step, or None.
    pub step: Slot,
}

impl Payload for PySlice {
    payload!(PySlice, "slice");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.start);
        visit.slot(&self.stop);
        visit.slot(&self.step);
    }
}

/// `slice`.
pub static TYPE: TypeSpec = TypeSpec::new::<PySlice>("slice")
    .slots(crate::slice_type::SLOTS)
    .methods(crate::slice_type::METHODS)
    .getset(crate::slice_type::GETSET)
    .doc(crate::slice_type::DOC);

/// A new slice.
pub fn new(t: Attached<'_>, start: Value, stop: Value, step: Value) -> Value {
    TYPE.alloc(t, PySlice { start: Slot::new(start), stop: Slot::new(stop), step: Slot::new(step) })
}

/// An index of a slice: None gives `default`; large ints are clipped.
fn bound(t: Attached<'_>, v: &Value, default: isize) -> PyResult<isize> {
    if v.is_none() {
        return Ok(default);
    }
    if let Some(i) = v.as_small_int() {
        return Ok(i as isize);
    }
    if crate::type_::class_of(t, v).slots.index().is_none() && !crate::int::is_int(v) {
        return Err(t.type_error("slice indices must be integers or None or have an __index__ method"));
    }
    let i = crate::protocol::as_index(t, v)?;
    Ok(match crate::int::as_i64(&i) {
        Some(n) => n as isize,
        None if crate::int::as_big(&i).is_some_and(|b| orochi_number::int::is_negative(&b)) => isize::MIN,
        None => isize::MAX,
    })
}

/// Start, step and number of members for a sequence of `len` members.
pub fn indices(t: Attached<'_>, slice: &Value, len: usize) -> PyResult<(isize, isize, usize)> {
    let Some(s) = slice.payload::<PySlice>() else { return Err(t.type_error("not a slice")) };
    let step = bound(t, &s.step.load(), 1)?;
    if step == 0 {
        return Err(t.value_error("slice step cannot be zero"));
    }
    // A step of isize::MIN cannot be negated below.
    let step = step.max(-isize::MAX);
    let len = len as isize;
    let (low, high) = if step < 0 { (-1, len - 1) } else { (0, len) };
    let clip = |i: isize| {
        if i < 0 { (i.saturating_add(len)).max(low) } else { i.min(high) }
    };
    let start = clip(bound(t, &s.start.load(), if step < 0 { isize::MAX } else { 0 })?);
    let stop_value = s.stop.load();
    let stop = if stop_value.is_none() {
        if step < 0 { -1 } else { len }
    } else {
        clip(bound(t, &stop_value, 0)?)
    };
    let count = if step < 0 {
        if stop < start { (start - stop - 1) / -step + 1 } else { 0 }
    } else if start < stop {
        (stop - start - 1) / step + 1
    } else {
        0
    };
    Ok((start, step, count as usize))
}
