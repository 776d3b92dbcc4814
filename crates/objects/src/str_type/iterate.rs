//! Iterators over a str: `str_ascii_iterator` and, for other texts, `str_iterator`.

use std::sync::atomic::{AtomicUsize, Ordering::*};

use orochi_heap::{Payload, Slot, Value, Visit, payload};

use crate::iter::itself;
use crate::spec::{TypeSpec, flags};
use crate::str::{self, as_str};
use crate::thread::{Attached, PyResult};
use crate::{Def, Method};

/// The body of an iterator over a str.
pub struct PyStrIterator {
    /// The str; unbound at the end.
    text: Slot,
    /// Byte offset of the next code point. Two threads that share the iterator may get the same one.
    at: AtomicUsize,
}

impl Payload for PyStrIterator {
    payload!(PyStrIterator, "str_iterator");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.text);
    }
}

const SLOTS: &[Def] = &[Def::Iter(itself), Def::Next(next)];
const METHODS: &[Method] = &[
    Method::new("__length_hint__", "($self, /)", length_hint, "How many characters are left."),
    Method::new("__reduce__", "($self, /)", reduce, "State for pickling."),
    Method::new("__setstate__", "($self, state, /)", set_state, "Sets the index of the next character."),
];

/// `str_ascii_iterator`.
pub(super) static ASCII_ITERATOR: TypeSpec =
    TypeSpec::new::<PyStrIterator>("str_ascii_iterator").flags(flags::NO_NEW).slots(SLOTS).methods(METHODS);
/// `str_iterator`.
pub(super) static ITERATOR: TypeSpec =
    TypeSpec::new::<PyStrIterator>("str_iterator").flags(flags::NO_NEW).slots(SLOTS).methods(METHODS);

/// `iter(s)`.
pub(super) fn iter(t: Attached<'_>, this: &Value) -> PyResult {
    let spec = if as_str(this).is_some_and(|s| s.is_ascii()) { &ASCII_ITERATOR } else { &ITERATOR };
    Ok(spec.alloc(t, PyStrIterator { text: Slot::new(this.clone()), at: AtomicUsize::new(0) }))
}

fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let Some(it) = this.payload::<PyStrIterator>() else { return Ok(None) };
    let character = if t.single_domain() {
        // SAFETY: one domain, and nothing runs before the view ends.
        step(t, it, unsafe { it.text.view() })
    } else {
        step(t, it, &it.text.load_register())
    };
    if character.is_none() {
        drop(it.text.take());
    }
    Ok(character)
}

/// The next character; `None` at the end.
#[inline(always)]
fn step(t: Attached<'_>, it: &PyStrIterator, text: &Value) -> Option<Value> {
    let s = as_str(text)?;
    let at = it.at.load(Relaxed);
    if let Some(&b) = s.bytes().get(at)
        && b < 0x80
    {
        it.at.store(at + 1, Relaxed);
        return Some(str::from_code_point(t, u32::from(b)));
    }
    let c = s.wtf8().char_at_byte(at.min(s.bytes().len()))?;
    it.at.store(at + c.len(), Relaxed);
    Some(str::from_code_point(t, c.to_u32()))
}

fn length_hint(t: Attached<'_>, a: &[Value]) -> PyResult {
    let Some(it) = a[0].payload::<PyStrIterator>() else { return Ok(Value::none()) };
    let text = it.text.load();
    let left = as_str(&text).map_or(0, |s| s.char_len() - s.char_of(it.at.load(Relaxed).min(s.bytes().len())));
    Ok(crate::int::from_usize(t, left))
}

fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let function = crate::protocol::builtin(t, "iter")?;
    let Some(it) = a[0].payload::<PyStrIterator>() else { return Ok(Value::none()) };
    let text = it.text.load();
    let parts = match as_str(&text) {
        Some(s) => {
            let index = crate::int::from_usize(t, s.char_of(it.at.load(Relaxed).min(s.bytes().len())));
            vec![function, crate::tuple::new(t, vec![text.clone()]), index]
        }
        None => vec![function, crate::tuple::new(t, vec![str::empty(t)])],
    };
    Ok(crate::tuple::new(t, parts))
}

fn set_state(t: Attached<'_>, a: &[Value]) -> PyResult {
    let index = crate::protocol::as_size(t, &a[1])?;
    if let Some(it) = a[0].payload::<PyStrIterator>() {
        let text = it.text.load();
        if let Some(s) = as_str(&text) {
            it.at.store(s.byte_of(index.max(0) as usize), Relaxed);
        }
    }
    Ok(Value::none())
}
