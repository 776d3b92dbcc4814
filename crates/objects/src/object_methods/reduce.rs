//! How plain objects are pickled: `object.__reduce_ex__` and `object.__getstate__`.
//!
//! Protocols below 2 are `copyreg`'s business; from 2 on the object is rebuilt by
//! `copyreg.__newobj__(cls, *args)` and a state.

use orochi_heap::Value;

use super::import;
use crate::thread::{Attached, PyResult};
use crate::type_::{PyType, as_type, class_of, lookup, type_name};

pub(super) fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    reduce_at(t, &a[0], 0)
}

pub(super) fn reduce_ex(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = t.names();
    let protocol = crate::protocol::expect_i64(t, &a[1])?;
    let own = lookup(t, class_of(t, &a[0]), &n.__reduce__);
    let inherited = crate::dict::get_str(t, &as_type(crate::object::TYPE.get(t)).dict.load(), &n.__reduce__);
    let overridden = match (&own, &inherited) {
        (Some(own), Some(inherited)) => !own.is(inherited),
        _ => false,
    };
    if overridden {
        let f = crate::attr::get(t, &a[0], &n.__reduce__)?;
        return crate::protocol::call(t, &f, &[]);
    }
    reduce_at(t, &a[0], protocol)
}

fn reduce_at(t: Attached<'_>, this: &Value, protocol: i64) -> PyResult {
    if protocol >= 2 {
        return reduce_new(t, this);
    }
    let copyreg = import(t, "copyreg")?;
    let f = crate::attr::get_by_name(t, &copyreg, "_reduce_ex")?;
    crate::protocol::call(t, &f, &[this.clone(), crate::int::new(t, protocol)])
}

/// Arguments of `__new__` as the object wants them: a tuple and a dict.
fn new_arguments(t: Attached<'_>, this: &Value) -> PyResult<Option<(Value, Option<Value>)>> {
    let n = t.names();
    if let Some(f) = crate::protocol::lookup_special(t, this, &n.__getnewargs_ex__)? {
        let r = crate::protocol::call(t, &f, &[])?;
        let Some(tuple) = crate::tuple::as_tuple(&r) else {
            return Err(t.type_error(format!("__getnewargs_ex__ should return a tuple, not '{}'", type_name(t, &r))));
        };
        let [args, keywords] = tuple.items() else {
            return Err(t.value_error(format!("__getnewargs_ex__ should return a tuple of length 2, not {}", tuple.items().len())));
        };
        if crate::tuple::as_tuple(args).is_none() {
            return Err(t.type_error(format!(
                "first item of the tuple returned by __getnewargs_ex__ must be a tuple, not '{}'",
                type_name(t, args)
            )));
        }
        if crate::dict::as_dict(keywords).is_none() {
            return Err(t.type_error(format!(
                "second item of the tuple returned by __getnewargs_ex__ must be a dict, not '{}'",
                type_name(t, keywords)
            )));
        }
        return Ok(Some((args.clone(), Some(keywords.clone()))));
    }
    if let Some(f) = crate::protocol::lookup_special(t, this, &n.__getnewargs__)? {
        let r = crate::protocol::call(t, &f, &[])?;
        if crate::tuple::as_tuple(&r).is_none() {
            return Err(t.type_error(format!("__getnewargs__ should return a tuple, not '{}'", type_name(t, &r))));
        }
        return Ok(Some((r, None)));
    }
    Ok(None)
}

fn reduce_new(t: Attached<'_>, this: &Value) -> PyResult {
    let ty = class_of(t, this);
    if ty.slots.new_().is_none() {
        return Err(t.type_error(format!("cannot pickle '{}' object", ty.name_text())));
    }
    let class = ty.this().clone();
    let arguments = new_arguments(t, this)?;
    let has_arguments = arguments.is_some();
    let copyreg = import(t, "copyreg")?;
    let (args, keywords) = arguments.unwrap_or_else(|| (crate::tuple::new(t, Vec::new()), None));
    let (maker, args) = match keywords {
        Some(keywords) if crate::dict::len(&keywords) != 0 => {
            (crate::attr::get_by_name(t, &copyreg, "__newobj_ex__")?, crate::tuple::new(t, vec![class, args, keywords]))
        }
        _ => {
            let mut all = vec![class];
            all.extend(crate::tuple::items(&args).iter().cloned());
            (crate::attr::get_by_name(t, &copyreg, "__newobj__")?, crate::tuple::new(t, all))
        }
    };
    let is_list = crate::list::as_list(this).is_some();
    let is_dict = crate::dict::as_dict(this).is_some();
    let state = state_of(t, this, !has_arguments && !is_list && !is_dict)?;
    let list_items = if is_list { crate::protocol::get_iter(t, this)? } else { Value::none() };
    let dict_items = if is_dict {
        let items = crate::protocol::call_method(t, this, &t.names().items, &[])?;
        crate::protocol::get_iter(t, &items)?
    } else {
        Value::none()
    };
    Ok(crate::tuple::new(t, vec![maker, args, state, list_items, dict_items]))
}

/// The object's state by its own `__getstate__`.
fn state_of(t: Attached<'_>, this: &Value, required: bool) -> PyResult {
    let name = &t.names().__getstate__;
    let own = lookup(t, class_of(t, this), name);
    let inherited = crate::dict::get_str(t, &as_type(crate::object::TYPE.get(t)).dict.load(), name);
    let plain = matches!((&own, &inherited), (Some(a), Some(b)) if a.is(b))
        && this.header().is_none_or(|h| crate::attr::instance_get(t, h, name).is_none());
    if plain {
        return default_state(t, this, required);
    }
    crate::protocol::call_method(t, this, name, &[])
}

pub(super) fn get_state(t: Attached<'_>, a: &[Value]) -> PyResult {
    default_state(t, &a[0], false)
}

fn default_state(t: Attached<'_>, this: &Value, required: bool) -> PyResult {
    let ty = class_of(t, this);
    if required && !std::ptr::eq(ty.kind, as_type(crate::object::TYPE.get(t)).kind) {
        return Err(t.type_error(format!("cannot pickle '{}' object", ty.name_text())));
    }
    let mut state = match crate::attr::find(t, this, &t.names().__dict__)? {
        Some(d) if crate::dict::as_dict(&d).is_some() && crate::dict::len(&d) == 0 => Value::none(),
        Some(d) => d,
        None => Value::none(),
    };
    let names = slot_names(t, ty)?;
    if names.is_empty() {
        return Ok(state);
    }
    let slots = crate::dict::new(t);
    for name in &names {
        if let Some(v) = crate::attr::find(t, this, name)? {
            crate::dict::set(t, &slots, name, v)?;
        }
    }
    if crate::dict::len(&slots) != 0 {
        state = crate::tuple::new(t, vec![state, slots]);
    }
    Ok(state)
}

/// Names of the class's `__slots__`, as `copyreg` finds and remembers them.
fn slot_names(t: Attached<'_>, ty: &PyType) -> PyResult<Vec<Value>> {
    if ty.members == 0 {
        return Ok(Vec::new());
    }
    let known = crate::dict::get_str(t, &ty.dict.load(), &t.names().__slotnames__);
    let names = match known {
        Some(names) => names,
        None => {
            let copyreg = import(t, "copyreg")?;
            let f = crate::attr::get_by_name(t, &copyreg, "_slotnames")?;
            crate::protocol::call(t, &f, std::slice::from_ref(ty.this()))?
        }
    };
    if names.is_none() {
        return Ok(Vec::new());
    }
    match crate::list::as_list(&names) {
        Some(list) => Ok(list.to_vec()),
        None => Err(t.type_error(format!(
            "copyreg._slotnames didn't return a list or None, but {}",
            type_name(t, &names)
        ))),
    }
}
