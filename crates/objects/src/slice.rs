//! `slice`.

use orochi_heap::{Payload, Slot, Value, Visit, payload};
use smallvec::SmallVec;

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
    let start = bound(t, &s.start.load(), if step < 0 { isize::MAX } else { 0 })?;
    let stop = s.stop.load();
    let stop = if stop.is_none() { None } else { Some(bound(t, &stop, 0)?) };
    Ok(clip(start, stop, step, len))
}

/// As [`indices`], of parts that are small ints or None; `None` if they are not, or the step is zero.
#[inline]
pub fn plain_indices(start: &Value, stop: &Value, step: Option<&Value>, len: usize) -> Option<(isize, isize, usize)> {
    let part = |v: &Value| if v.is_none() { Some(None) } else { v.as_small_int().map(|i| Some(i as isize)) };
    let step = match step {
        Some(v) => part(v)?.unwrap_or(1),
        None => 1,
    };
    if step == 0 {
        return None;
    }
    let start = part(start)?.unwrap_or(if step < 0 { isize::MAX } else { 0 });
    Some(clip(start, part(stop)?, step, len))
}

/// Start and count of what a slice takes from a sequence of `len` members, and the step. The step is neither
/// zero nor `isize::MIN`.
#[inline]
fn clip(start: isize, stop: Option<isize>, step: isize, len: usize) -> (isize, isize, usize) {
    let len = len as isize;
    let (low, high) = if step < 0 { (-1, len - 1) } else { (0, len) };
    let clip = |i: isize| {
        if i < 0 { (i.saturating_add(len)).max(low) } else { i.min(high) }
    };
    let start = clip(start);
    let stop = match stop {
        Some(stop) => clip(stop),
        None if step < 0 => -1,
        None => len,
    };
    let count = match step {
        1 => (stop - start).max(0),
        _ if step < 0 && stop < start => (start - stop - 1) / -step + 1,
        _ if step > 0 && start < stop => (stop - start - 1) / step + 1,
        _ => 0,
    };
    (start, step, count as usize)
}

/// `container[start:stop:step]` of an exact list, tuple or str and parts that are small ints or None, without a
/// slice object; `None`: make one.
#[inline]
pub fn plain_get(t: Attached<'_>, container: &Value, start: &Value, stop: &Value, step: Option<&Value>) -> Option<PyResult> {
    if let Some(s) = crate::spec::native_body::<crate::str::PyStr>(container) {
        let (start, step, count) = plain_indices(start, stop, step, s.char_len())?;
        return Some(crate::str_type::part_of(t, container, s, start, step, count));
    }
    let map = container.header()?.map_ptr().cast_const();
    if std::ptr::eq(map, crate::list::TYPE.map(t)) {
        let list = crate::list::as_list(container)?;
        let (start, step, count) = plain_indices(start, stop, step, list.len())?;
        return Some(list.copy_slice(t, start as usize, step, count));
    }
    if std::ptr::eq(map, crate::tuple::TYPE.map(t)) {
        let items = crate::tuple::items(container);
        let (start, step, count) = plain_indices(start, stop, step, items.len())?;
        if step != 1 {
            return None;
        }
        if count == items.len() {
            return Some(Ok(container.clone()));
        }
        return Some(Ok(crate::tuple::from_slice(t, &items[start as usize..start as usize + count])));
    }
    None
}

/// `container[start:stop] = value` of exact lists of the same number of members, and parts that are small ints or
/// None; `None`: make a slice.
#[inline]
pub fn plain_set(t: Attached<'_>, container: &Value, start: &Value, stop: &Value, value: &Value) -> Option<()> {
    let map = crate::list::TYPE.map(t);
    if !std::ptr::eq(container.header()?.map_ptr(), map) || !std::ptr::eq(value.header()?.map_ptr(), map) || container.is(value) {
        return None;
    }
    let (list, new) = (crate::list::as_list(container)?, crate::list::as_list(value)?);
    let (start, _, count) = plain_indices(start, stop, None, list.len())?;
    if new.len() != count {
        return None;
    }
    let mut values: SmallVec<[Value; 16]> = (0..count).map_while(|i| new.get(i)).collect();
    // Other threads may have shortened either list: then the general way says what happens. The old members are
    // released behind the list's lock.
    let done = values.len() == count && list.overwrite(start as usize, &mut values);
    done.then_some(())
}
