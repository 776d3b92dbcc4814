//! Merging into a dict: from dicts, other mappings, and iterables of pairs.

use orochi_heap::Value;

use super::{body, table};
use crate::thread::{Attached, PyResult};
use crate::type_::class_of;

/// What merging does with a key that is there already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OnDouble {
    /// The new value wins.
    Replace,
    /// The old value stays.
    Keep,
    /// KeyError with the key.
    Raise,
}

/// Whether walking the entries of the dict shows what iterating over it would: its class did not
/// replace `__iter__`.
fn iterates_plainly(t: Attached<'_>, v: &Value) -> bool {
    super::as_dict(v).is_some()
        && class_of(t, v).slots.iter().is_some_and(|f| f as usize == super::iter::keys as crate::slots::UnaryFn as usize)
}

/// Sets all items of a mapping (a dict, or what has `keys()`) in `dict`.
pub fn merge(t: Attached<'_>, dict: &Value, mapping: &Value, on_double: OnDouble) -> PyResult<()> {
    if iterates_plainly(t, mapping) {
        if on_double == OnDouble::Replace {
            return super::update(t, dict, mapping);
        }
        let (to, from) = (body(dict), body(mapping));
        if to.is_empty() && !std::ptr::eq(to, from) && table::fill(t, to, from) {
            return Ok(());
        }
        for (k, v, hash) in table::snapshot(from) {
            set_one(t, to, &k, hash, v, on_double)?;
        }
        return Ok(());
    }
    let keys = crate::protocol::call_method(t, mapping, &t.names().keys, &[])?;
    crate::protocol::for_each(t, &keys, |k| {
        let v = crate::protocol::get_item(t, mapping, &k)?;
        let hash = super::key_hash(t, &k)?;
        set_one(t, body(dict), &k, hash, v, on_double)
    })
}

fn set_one(
    t: Attached<'_>,
    to: &table::Hashed<table::Entry>,
    k: &Value,
    hash: i64,
    v: Value,
    on_double: OnDouble,
) -> PyResult<()> {
    if on_double != OnDouble::Replace && table::contains(t, to, k, hash)? {
        return match on_double {
            OnDouble::Raise => Err(t.raise_with(&crate::exception::KeyError, vec![k.clone()])),
            _ => Ok(()),
        };
    }
    table::insert(t, to, k, hash, v).map(drop)
}

/// `dict.update(other)`: a mapping if it has `keys`, else an iterable of pairs.
pub fn update_from(t: Attached<'_>, dict: &Value, other: &Value) -> PyResult<()> {
    if super::TYPE.is_exact(t, other) {
        return super::update(t, dict, other);
    }
    if super::as_dict(other).is_some() || crate::attr::find(t, other, &t.names().keys)?.is_some() {
        return merge(t, dict, other, OnDouble::Replace);
    }
    let mut n = 0usize;
    crate::protocol::for_each(t, other, |pair| {
        let members = match crate::protocol::collect(t, &pair) {
            Ok(members) => members,
            Err(e) if t.raised_is(&e, &crate::exception::TypeError) && !crate::protocol::is_iterable(t, &pair) => {
                drop(t.take_raised(e));
                return Err(not_a_pair(t, n));
            }
            Err(e) => return Err(e),
        };
        let [k, v] = &members[..] else {
            return Err(t.value_error(format!(
                "dictionary update sequence element #{n} has length {}; 2 is required",
                members.len()
            )));
        };
        super::set(t, dict, k, v.clone())?;
        n += 1;
        Ok(())
    })
}

#[cold]
fn not_a_pair(t: Attached<'_>, n: usize) -> crate::Raised {
    let e = t.type_error("object is not iterable");
    let exception = t.peek_raised(&e);
    let note = crate::str::from_string(t, format!("Cannot convert dictionary update sequence element #{n} to a sequence"));
    let add = crate::str::intern(t, "add_note");
    // The note is a comfort: without it the error stands as it is.
    match crate::attr::find(t, &exception, &add).and_then(|f| match f {
        Some(f) => crate::protocol::call(t, &f, &[note]).map(drop),
        None => Ok(()),
    }) {
        Ok(()) => e,
        Err(other) => other,
    }
}
