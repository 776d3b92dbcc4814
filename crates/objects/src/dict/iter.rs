//! Iterators of dicts and their views, forwards and backwards.
//!
//! An iterator keeps an entry number. The dict must keep its length; when it does not, the iterator
//! raises, and goes on raising. Entries may move to other numbers when a dict that loses and gains keys
//! is rebuilt: then members can be missed or come twice, as many as there were at the beginning.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use orochi_heap::{Payload, Slot, Value, Visit, payload};

use super::{PyDict, table};
use crate::result_tuple::ResultTuple;
use crate::slots::Def;
use crate::spec::{Method, TypeSpec, flags};
use crate::thread::{Attached, PyResult, Raised};

/// What an iterator or view shows of the items.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// Keys.
    Keys,
    /// Values.
    Values,
    /// Pairs of key and value.
    Items,
}

/// The body of a dict iterator.
pub struct PyDictIter {
    /// The dict; unbound at the end.
    dict: Slot,
    at: AtomicUsize,
    /// Length that the dict must keep; `usize::MAX` after it did not.
    expected: AtomicUsize,
    left: AtomicUsize,
    part: Part,
    reverse: bool,
    /// Of iterators over items.
    pair: ResultTuple,
}

impl Payload for PyDictIter {
    payload!(PyDictIter, "dict_iterator");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.dict);
        self.pair.trace(visit);
    }
}

const METHODS: &[Method] = &[
    Method::new("__length_hint__", "($self, /)", length_hint, "How many members may still come."),
    Method::new("__reduce__", "($self, /)", reduce, "How to make the iterator again, for pickle."),
];

macro_rules! iterator_types {
    ($($spec:ident $name:literal $next:ident;)+) => {
        $(
            #[doc = concat!("`", $name, "`.")]
            pub static $spec: TypeSpec = TypeSpec::new::<PyDictIter>($name)
                .flags(flags::NO_NEW)
                .slots(&[Def::Iter(crate::iter::itself), Def::Next($next)])
                .methods(METHODS);
        )+
    };
}

iterator_types! {
    KEYS "dict_keyiterator" next_key;
    VALUES "dict_valueiterator" next_value;
    ITEMS "dict_itemiterator" next_item;
    REVERSE_KEYS "dict_reversekeyiterator" previous;
    REVERSE_VALUES "dict_reversevalueiterator" previous;
    REVERSE_ITEMS "dict_reverseitemiterator" previous;
}

/// An iterator over a part of a dict's items.
pub fn new(t: Attached<'_>, dict: &Value, part: Part, reverse: bool) -> Value {
    let body = super::body(dict);
    let spec = match (part, reverse) {
        (Part::Keys, false) => &KEYS,
        (Part::Values, false) => &VALUES,
        (Part::Items, false) => &ITEMS,
        (Part::Keys, true) => &REVERSE_KEYS,
        (Part::Values, true) => &REVERSE_VALUES,
        (Part::Items, true) => &REVERSE_ITEMS,
    };
    let n = body.len();
    spec.alloc(
        t,
        PyDictIter {
            dict: Slot::new(dict.clone()),
            at: AtomicUsize::new(if reverse { table::end_position(body) } else { 0 }),
            expected: AtomicUsize::new(n),
            left: AtomicUsize::new(n),
            part,
            reverse,
            pair: ResultTuple::default(),
        },
    )
}

/// `iter(dict)`. Not inlined: its address tells whether a class iterates as a dict does.
pub fn keys(t: Attached<'_>, dict: &Value) -> PyResult {
    Ok(new(t, dict, Part::Keys, false))
}

#[inline(always)]
fn it(v: &Value) -> &PyDictIter {
    match v.payload::<PyDictIter>() {
        Some(i) => i,
        None => unreachable!("slots are called with their own type"),
    }
}

#[cold]
#[inline(never)]
fn changed(t: Attached<'_>, it: &PyDictIter) -> Raised {
    it.expected.store(usize::MAX, Relaxed);
    t.raise(&crate::exception::RuntimeError, "dictionary changed size during iteration")
}

/// The next entry, for a thread that runs alone; `None`: the end or something unusual, nothing changed.
///
/// # Safety
/// There is one domain, and the entry is let go before Python code can run.
#[inline(always)]
unsafe fn entry_alone(it: &PyDictIter) -> Option<&table::Entry> {
    // SAFETY: as the caller says, nobody writes the slot nor changes the dict meanwhile.
    let body = unsafe { it.dict.view() }.payload::<PyDict>()?;
    let left = it.left.load(Relaxed);
    if body.map.len() != it.expected.load(Relaxed) || left == 0 {
        return None;
    }
    let mut at = it.at.load(Relaxed);
    let entry = table::next_in_place(&body.map, &mut at)?;
    it.at.store(at, Relaxed);
    it.left.store(left - 1, Relaxed);
    Some(entry)
}

/// How a step ended.
enum Step<R> {
    Found(R),
    End,
    /// The dict has another length.
    Changed,
    /// More members came than there were.
    Grown,
}

/// The next part, as `read` finds it from an entry number on.
#[inline(always)]
fn advance<R>(
    t: Attached<'_>,
    it: &PyDictIter,
    read: impl FnOnce(&table::Hashed<table::Entry>, &mut usize) -> Option<R>,
) -> PyResult<Option<R>> {
    let step = if t.single_domain() {
        // SAFETY: with one domain nobody writes the slot before the step, which reaches no safepoint, is done.
        step(it, unsafe { it.dict.view() }, read)
    } else {
        step(it, &it.dict.load(), read)
    };
    match step {
        Step::Found(found) => Ok(Some(found)),
        Step::End => {
            drop(it.dict.take());
            it.pair.clear();
            Ok(None)
        }
        Step::Changed => Err(changed(t, it)),
        Step::Grown => Err(grown(t, it)),
    }
}

#[inline(always)]
fn step<R>(
    it: &PyDictIter,
    dict: &Value,
    read: impl FnOnce(&table::Hashed<table::Entry>, &mut usize) -> Option<R>,
) -> Step<R> {
    let Some(body) = dict.payload::<PyDict>() else { return Step::End };
    if body.map.len() != it.expected.load(Relaxed) {
        return Step::Changed;
    }
    let mut at = it.at.load(Relaxed);
    let Some(found) = read(&body.map, &mut at) else { return Step::End };
    let left = it.left.load(Relaxed);
    if left == 0 {
        return Step::Grown;
    }
    it.at.store(at, Relaxed);
    it.left.store(left - 1, Relaxed);
    Step::Found(found)
}

#[cold]
fn grown(t: Attached<'_>, it: &PyDictIter) -> Raised {
    drop(it.dict.take());
    t.raise(&crate::exception::RuntimeError, "dictionary keys changed during iteration")
}

/// `next(dict_keyiterator)`.
pub fn next_key(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    if t.single_domain()
        // SAFETY: one domain; the key is cloned at once.
        && let Some(entry) = unsafe { entry_alone(it(this)) }
    {
        return Ok(Some(entry.key.load()));
    }
    key_anyhow(t, this)
}
/// `next(dict_valueiterator)`.
pub fn next_value(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    if t.single_domain()
        // SAFETY: one domain; the value is cloned at once.
        && let Some(entry) = unsafe { entry_alone(it(this)) }
    {
        return Ok(Some(entry.value.load()));
    }
    value_anyhow(t, this)
}
/// `next(dict_itemiterator)`.
pub fn next_item(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let it = it(this);
    if t.single_domain()
        // SAFETY: one domain; key and value are cloned at once.
        && let Some(entry) = unsafe { entry_alone(it) }
    {
        return Ok(Some(it.pair.pair(t, entry.key.load(), entry.value.load())));
    }
    item_anyhow(t, this)
}

/// As [`next_item`], without a tuple.
pub fn next_pair(t: Attached<'_>, this: &Value) -> PyResult<Option<(Value, Value)>> {
    let it = it(this);
    if t.single_domain()
        // SAFETY: one domain; key and value are cloned at once.
        && let Some(entry) = unsafe { entry_alone(it) }
    {
        return Ok(Some((entry.key.load(), entry.value.load())));
    }
    Ok(advance(t, it, table::next_entry)?.map(|(k, v, _)| (k, v)))
}

/// As [`next_key`], beside other threads and at the end.
#[inline(never)]
fn key_anyhow(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    Ok(advance(t, it(this), table::next_key)?.map(|(k, _)| k))
}
/// As [`next_value`], beside other threads and at the end.
#[inline(never)]
fn value_anyhow(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    advance(t, it(this), table::next_value)
}
/// As [`next_item`], beside other threads and at the end.
#[inline(never)]
fn item_anyhow(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let pair = advance(t, it(this), table::next_entry)?;
    Ok(pair.map(|(k, v, _)| it(this).pair.pair(t, k, v)))
}

fn part_of(t: Attached<'_>, part: Part, key: Value, value: Value) -> Value {
    match part {
        Part::Keys => key,
        Part::Values => value,
        Part::Items => crate::tuple::new(t, vec![key, value]),
    }
}

/// `next` of the reversed iterators.
pub fn previous(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let it = it(this);
    Ok(advance(t, it, table::previous_entry)?.map(|(k, v, _)| part_of(t, it.part, k, v)))
}

fn length_hint(t: Attached<'_>, a: &[Value]) -> PyResult {
    let it = it(&a[0]);
    let dict = it.dict.load();
    let same = dict.payload::<PyDict>().is_some_and(|d| d.map.len() == it.expected.load(Relaxed));
    Ok(crate::int::from_usize(t, if same { it.left.load(Relaxed) } else { 0 }))
}

fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let iter = crate::protocol::builtin(t, "iter")?;
    let it = it(&a[0]);
    let mut rest = Vec::new();
    let dict = it.dict.load();
    if let Some(body) = dict.payload::<PyDict>() {
        if body.map.len() != it.expected.load(Relaxed) {
            return Err(changed(t, it));
        }
        let mut at = it.at.load(Relaxed);
        while let Some((k, v, _)) =
            if it.reverse { table::previous_entry(&body.map, &mut at) } else { table::next_entry(&body.map, &mut at) }
        {
            rest.push(part_of(t, it.part, k, v));
        }
    }
    let rest = crate::list::new(t, rest);
    Ok(crate::tuple::new(t, vec![iter, crate::tuple::new(t, vec![rest])]))
}
