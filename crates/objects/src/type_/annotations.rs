//! `__annotate__` and `__annotations__` of classes (PEP 649, PEP 749): evaluated when asked for.

use orochi_heap::Value;

use super::{as_type, invalidate};
use crate::dict;
use crate::thread::{Attached, PyResult};

const CACHE: &str = "__annotations_cache__";
const FUNCTION: &str = "__annotate_func__";

fn own(t: Attached<'_>, this: &Value, name: &str) -> Option<Value> {
    dict::get_by_name(t, &as_type(this).dict.load(), name)
}

fn put(t: Attached<'_>, this: &Value, name: &str, value: Option<Value>) -> PyResult<()> {
    let key = crate::str::intern(t, name);
    let attributes = as_type(this).dict.load();
    match value {
        Some(v) => dict::set_str(t, &attributes, &key, v),
        None => drop(dict::remove(t, &attributes, &key)?),
    }
    invalidate(t, as_type(this), &key);
    Ok(())
}

fn mutable(t: Attached<'_>, this: &Value, what: &str) -> PyResult<()> {
    if as_type(this).has(crate::flags::IMMUTABLE) {
        let name = as_type(this).name_text();
        return Err(t.type_error(format!("cannot set '{what}' attribute of immutable type '{name}'")));
    }
    Ok(())
}

pub(super) fn get_annotate(t: Attached<'_>, this: &Value) -> PyResult {
    if as_type(this).has(crate::flags::IMMUTABLE) {
        let name = as_type(this).name_text();
        return Err(t.raise(
            &crate::exception::AttributeError,
            format!("type object '{name}' has no attribute '__annotate__'"),
        ));
    }
    Ok(own(t, this, FUNCTION).or_else(|| own(t, this, "__annotate__")).unwrap_or(Value::none()))
}

pub(super) fn set_annotate(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    mutable(t, this, "__annotate__")?;
    let Some(v) = value else { return Err(t.type_error("cannot delete __annotate__ attribute")) };
    if !v.is_none() && !crate::protocol::is_callable(t, v) {
        return Err(t.type_error("__annotate__ must be callable or None"));
    }
    put(t, this, FUNCTION, Some(v.clone()))?;
    if !v.is_none() {
        put(t, this, CACHE, None)?;
    }
    Ok(())
}

pub(super) fn get_annotations(t: Attached<'_>, this: &Value) -> PyResult {
    if as_type(this).has(crate::flags::IMMUTABLE) {
        let name = as_type(this).name_text();
        return Err(t.raise(
            &crate::exception::AttributeError,
            format!("type object '{name}' has no attribute '__annotations__'"),
        ));
    }
    if let Some(v) = own(t, this, "__annotations__").or_else(|| own(t, this, CACHE)) {
        return Ok(v);
    }
    let annotate = get_annotate(t, this)?;
    let result = if annotate.is_none() {
        dict::new(t)
    } else {
        let r = crate::protocol::call(t, &annotate, &[Value::i32(1)])?;
        if dict::as_dict(&r).is_none() {
            return Err(t.type_error(format!(
                "__annotate__ returned non-dict of type '{}'",
                super::type_name(t, &r)
            )));
        }
        r
    };
    put(t, this, CACHE, Some(result.clone()))?;
    Ok(result)
}

pub(super) fn set_annotations(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    mutable(t, this, "__annotations__")?;
    let had = own(t, this, "__annotations__").is_some() || own(t, this, CACHE).is_some();
    if value.is_none() && !had {
        return Err(t.raise(&crate::exception::AttributeError, "__annotations__"));
    }
    if own(t, this, "__annotations__").is_some() {
        put(t, this, "__annotations__", value.cloned())?;
    } else {
        put(t, this, CACHE, value.cloned())?;
    }
    put(t, this, FUNCTION, Some(Value::none()))
}
