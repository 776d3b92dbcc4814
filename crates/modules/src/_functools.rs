//! `_functools`: the native parts of `functools`.
//!
//! `partial` and `Placeholder` are in `_functools/partial.rs`, the cache of `lru_cache` in
//! `lru_cache.rs`, `cmp_to_key` in `key_wrapper.rs`.

mod key_wrapper;
mod lru_cache;
mod partial;

use orochi_objects::{Attached, Method, ModuleSpec, PyResult, Value, dict, exception, protocol};

/// `_functools`.
pub static MODULE: ModuleSpec = ModuleSpec::new("_functools")
    .doc("Native tools that operate on functions.")
    .functions(&[
        Method::new("reduce", "(function, iterable, /, initial=<functools initial sentinel>)", reduce, "Applies a function of two arguments to the members of an iterable, from left to right, down to one value."),
        Method::new("cmp_to_key", "(mycmp)", key_wrapper::cmp_to_key, "Makes a key function of a comparison function."),
    ])
    .types(&[&partial::TYPE, &partial::PLACEHOLDER_TYPE, &lru_cache::TYPE])
    .exec(|t, namespace| {
        let placeholder = partial::placeholder(t);
        dict::set_by_name(t, namespace, "Placeholder", placeholder);
        Ok(())
    });

fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let mut members = match protocol::Members::of(t, &a[1]) {
        Ok(members) => members,
        Err(e) => {
            drop(t.catch(e, &exception::TypeError)?);
            return Err(t.type_error("reduce() arg 2 must support iteration"));
        }
    };
    let mut result = match a[2].given() {
        Some(v) => v.clone(),
        None => match members.next(t)? {
            Some(v) => v,
            None => return Err(t.type_error("reduce() of empty iterable with no initial value")),
        },
    };
    members.walk(t, |v| {
        let both = [std::mem::replace(&mut result, Value::none()), v];
        result = protocol::call(t, &a[0], &both)?;
        Ok(true)
    })?;
    Ok(result)
}
