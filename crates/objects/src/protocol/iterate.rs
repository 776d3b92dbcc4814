//! Iteration.

use orochi_heap::Value;

use crate::thread::{Attached, PyResult, Raised};
use crate::type_::{class_of, type_name};

/// Whether `iter(v)` can work.
pub fn is_iterable(t: Attached<'_>, v: &Value) -> bool {
    let ty = class_of(t, v);
    ty.slots.iter().is_some() || ty.slots.get_item().is_some()
}

/// Whether `next(v)` can work.
pub fn is_iterator(t: Attached<'_>, v: &Value) -> bool {
    class_of(t, v).slots.next().is_some()
}

/// `iter(v)`.
pub fn get_iter(t: Attached<'_>, v: &Value) -> PyResult {
    let ty = class_of(t, v);
    if let Some(f) = ty.slots.iter() {
        let it = f(t, v)?;
        if class_of(t, &it).slots.next().is_none() {
            return Err(no_iterator_given(t, &it));
        }
        return Ok(it);
    }
    if ty.slots.get_item().is_some() && !ty.has(crate::spec::flags::MAPPING) {
        return Ok(crate::iter::sequence_iterator(t, v));
    }
    Err(not_iterable(t, v))
}

#[cold]
#[inline(never)]
fn no_iterator_given(t: Attached<'_>, it: &Value) -> Raised {
    t.type_error(format!("iter() returned non-iterator of type '{}'", type_name(t, it)))
}
#[cold]
#[inline(never)]
fn not_iterable(t: Attached<'_>, v: &Value) -> Raised {
    t.type_error(format!("'{}' object is not iterable", type_name(t, v)))
}

/// `next(it)`, or `None` at the end.
#[inline]
pub fn next(t: Attached<'_>, it: &Value) -> PyResult<Option<Value>> {
    match class_of(t, it).slots.next() {
        Some(f) => f(t, it).or_else(|e| end_or(t, e)),
        None => Err(no_iterator(t, it)),
    }
}

/// The next two values of an iterator that gives pairs, without a tuple for them; `next` is its class's slot.
/// `None` if the iterator is of another kind.
#[inline]
pub fn next_pair(t: Attached<'_>, it: &Value, next: crate::slots::NextFn) -> Option<PyResult<Option<(Value, Value)>>> {
    // A class that has another `__next__` has another slot function.
    let is = |f: crate::slots::NextFn| next as usize == f as usize;
    if is(crate::dict::iter::next_item) {
        Some(crate::dict::iter::next_pair(t, it))
    } else if is(crate::enumerate::next) {
        Some(crate::enumerate::next_pair(t, it))
    } else if is(crate::zip::next) {
        crate::zip::next_pair(t, it)
    } else {
        None
    }
}

/// The end, if a StopIteration says so: of a generator that returned a value, or out of what an iterator called.
#[cold]
#[inline(never)]
pub fn end_or(t: Attached<'_>, e: Raised) -> PyResult<Option<Value>> {
    t.catch(e, &crate::exception::StopIteration).map(|_| None)
}

/// What a native loop does with a member; false ends the loop.
pub type Sink<'a> = &'a mut dyn FnMut(Value) -> PyResult<bool>;

#[cold]
#[inline(never)]
fn no_iterator(t: Attached<'_>, it: &Value) -> Raised {
    t.type_error(format!("'{}' object is not an iterator", type_name(t, it)))
}

/// Calls `sink` with what is left of an iterator until it answers false, where that runs Python code in one eval
/// loop: generators, `map` and `filter` objects. `None` for other iterators.
pub fn walk_iterator(t: Attached<'_>, it: &Value, sink: Sink<'_>) -> Option<PyResult<()>> {
    let spec = class_of(t, it).spec?;
    if std::ptr::eq(spec, &crate::map_::TYPE) {
        return crate::map_::walk(t, it, sink);
    }
    if std::ptr::eq(spec, &crate::filter::TYPE) {
        return crate::filter::walk(t, it, sink);
    }
    (t.runtime().upward.walk)(t, it, super::NativeLoop::Members(sink))
}

/// The members of an iterable one by one, for native loops: exact lists and tuples are read in place,
/// dicts and sets beside other threads as they are at one moment, others through their iterator.
pub struct Members<'a> {
    source: Source<'a>,
    at: usize,
}

enum Source<'a> {
    List(&'a crate::list::PyList),
    Tuple(&'a [Value]),
    Iterator(Value, crate::slots::NextFn),
    /// Of a dict or set beside other threads.
    Taken(std::vec::IntoIter<Value>),
}

impl<'a> Members<'a> {
    /// Of any iterable; TypeError for others.
    #[inline]
    pub fn of(t: Attached<'_>, iterable: &'a Value) -> PyResult<Members<'a>> {
        let source = if crate::list::TYPE.is_exact(t, iterable)
            && let Some(list) = crate::list::as_list(iterable)
        {
            Source::List(list)
        } else if crate::tuple::TYPE.is_exact(t, iterable) {
            Source::Tuple(crate::tuple::items(iterable))
        } else if !t.single_domain()
            && is_table(iterable)
            && let Some(members) = members_at_once(t, iterable)
        {
            Source::Taken(members.into_iter())
        } else {
            let it = get_iter(t, iterable)?;
            match class_of(t, &it).slots.next() {
                Some(next) => Source::Iterator(it, next),
                None => Source::Tuple(&[]),
            }
        };
        Ok(Members { source, at: 0 })
    }
    /// Of values that lie in a row.
    #[inline]
    pub fn of_slice(values: &'a [Value]) -> Members<'a> {
        Members { source: Source::Tuple(values), at: 0 }
    }
    /// The next one, or `None` at the end.
    #[inline(always)]
    pub fn next(&mut self, t: Attached<'_>) -> PyResult<Option<Value>> {
        let found = match &mut self.source {
            Source::Taken(members) => return Ok(members.next()),
            Source::List(list) => list.get(self.at),
            Source::Tuple(items) => items.get(self.at).cloned(),
            Source::Iterator(it, next) => return next(t, it).or_else(|e| end_or(t, e)),
        };
        self.at += 1;
        Ok(found)
    }
    /// Calls `f` with each member that is left until it answers false; see [`walk_iterator`].
    #[inline]
    pub fn walk(mut self, t: Attached<'_>, mut f: impl FnMut(Value) -> PyResult<bool>) -> PyResult<()> {
        if let Source::Iterator(it, _) = &self.source
            && let Some(walked) = walk_iterator(t, it, &mut f)
        {
            return walked;
        }
        while let Some(v) = self.next(t)? {
            if !f(v)? {
                break;
            }
            t.safepoint()?;
        }
        Ok(())
    }
    /// How many there may be, for reserving memory.
    pub fn hint(&self) -> usize {
        match &self.source {
            Source::List(list) => list.len(),
            Source::Tuple(items) => items.len(),
            Source::Iterator(..) => 0,
            Source::Taken(members) => members.len(),
        }
    }
}

/// Calls `f` with each member. A walk over a dict or set is not interrupted by other threads: with a lock it keeps it unless `f`
/// lets go, without one it takes the members at once.
#[inline]
pub fn for_each(t: Attached<'_>, iterable: &Value, mut f: impl FnMut(Value) -> PyResult<()>) -> PyResult<()> {
    let mut members = Members::of(t, iterable)?;
    if !is_table(iterable) {
        return members.walk(t, |v| f(v).map(|()| true));
    }
    while let Some(v) = members.next(t)? {
        f(v)?;
    }
    Ok(())
}

/// Whether a value is a dict, a view of one, or a set.
fn is_table(v: &Value) -> bool {
    crate::dict::as_dict(v).is_some() || crate::set::as_set(v).is_some() || crate::dict::views::as_view(v).is_some()
}

/// The members of what iterates as its builtin kind does, as they are at one moment: lists, tuples, dicts and their views, sets.
/// No other thread can make that fail.
pub fn members_at_once(t: Attached<'_>, v: &Value) -> Option<Vec<Value>> {
    use crate::dict::iter::Part;
    let iter = class_of(t, v).slots.iter()? as usize;
    let is = |f: crate::slots::UnaryFn| iter == f as usize;
    if crate::list::TYPE.is_exact(t, v) {
        return crate::list::as_list(v).map(crate::list::PyList::to_vec);
    }
    if crate::tuple::TYPE.is_exact(t, v) {
        return Some(crate::tuple::items(v).to_vec());
    }
    if crate::dict::as_dict(v).is_some() && is(crate::dict::iter::keys) {
        return Some(crate::dict::keys(v));
    }
    if crate::set::as_set(v).is_some() && is(crate::set::iter::new) {
        return Some(crate::set::members(v));
    }
    let view = crate::dict::views::as_view(v)?;
    if !is(crate::dict::views::iter) {
        return None;
    }
    let dict = view.dict();
    Some(match view.part() {
        Part::Keys => crate::dict::keys(&dict),
        Part::Values => crate::dict::values(&dict),
        Part::Items => crate::dict::items(&dict).into_iter().map(|(k, v)| crate::tuple::new(t, vec![k, v])).collect(),
    })
}

/// All members as a vector.
pub fn collect(t: Attached<'_>, iterable: &Value) -> PyResult<Vec<Value>> {
    if let Some(members) = members_at_once(t, iterable) {
        return Ok(members);
    }
    let mut out = Vec::new();
    for_each(t, iterable, |v| {
        if out.len() == out.capacity() && out.try_reserve(out.len().max(8)).is_err() {
            return Err(t.memory_error());
        }
        out.push(v);
        Ok(())
    })?;
    Ok(out)
}
