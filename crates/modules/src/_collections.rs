//! `_collections`: the native parts of `collections`.
//!
//! `deque` is in `_collections/deque.rs` (its iterators in `deque_iter.rs`), `defaultdict` in
//! `defaultdict.rs`, the getter of named tuples' fields in `tuplegetter.rs`.

mod defaultdict;
mod deque;
mod deque_iter;
mod tuplegetter;

use orochi_objects::{Attached, Method, ModuleSpec, PyResult, Value, dict, int, protocol, type_};

/// `_collections`.
pub static MODULE: ModuleSpec = ModuleSpec::new("_collections")
    .doc("Native container types of the collections module.")
    .functions(&[Method::new(
        "_count_elements",
        "(mapping, iterable, /)",
        count_elements,
        "Adds one to mapping[x] for each x of the iterable.",
    )])
    .types(&[
        &deque::TYPE,
        &defaultdict::TYPE,
        &deque_iter::TYPE,
        &deque_iter::REVERSE,
        &tuplegetter::TYPE,
    ]);

/// Whether `get` and `__setitem__` of the mapping are dict's own (Counter replaces `__delitem__` only).
fn counts_natively(t: Attached<'_>, mapping: &Value) -> bool {
    if dict::as_dict(mapping).is_none() {
        return false;
    }
    let (own, class) = (type_::as_type(dict::TYPE.get(t)), type_::class_of(t, mapping));
    [&t.names().get, &t.names().__setitem__].into_iter().all(|name| {
        match (type_::lookup_resolved(t, own, name), type_::lookup_resolved(t, class, name)) {
            (Some(a), Some(b)) => a.is(&b),
            _ => false,
        }
    })
}

fn count_elements(t: Attached<'_>, a: &[Value]) -> PyResult {
    let one = Value::i32(1);
    let plus_one = |old: &Value| match old.as_small_int() {
        Some(n) => Ok(int::new(t, n + 1)),
        None => protocol::binary(t, old, &one, protocol::Operator::Add),
    };
    if counts_natively(t, &a[0]) {
        protocol::for_each(t, &a[1], |k| {
            let hash = dict::key_hash(t, &k)?;
            if dict::count_one(t, &a[0], &k, hash)? {
                return Ok(());
            }
            let new = match dict::get_hashed(t, &a[0], &k, hash)? {
                Some(old) => plus_one(&old)?,
                None => one.clone(),
            };
            dict::set_hashed(t, &a[0], &k, hash, new)
        })?;
        return Ok(Value::none());
    }
    let get = orochi_objects::attr::get(t, &a[0], &t.names().get)?;
    protocol::for_each(t, &a[1], |k| {
        let old = protocol::call(t, &get, &[k.clone(), Value::i32(0)])?;
        let new = plus_one(&old)?;
        protocol::set_item(t, &a[0], &k, &new)
    })?;
    Ok(Value::none())
}

#[cfg(test)]
mod tests;
