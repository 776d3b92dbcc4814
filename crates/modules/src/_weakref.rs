//! `_weakref`: what `weakref` builds on.

use orochi_objects::module::ModuleSpec;
use orochi_objects::spec::Method;
use orochi_objects::{Attached, PyResult, Value, dict, list, type_, weak_ref};

/// `_weakref`.
pub static MODULE: ModuleSpec = ModuleSpec::new("_weakref")
    .doc("Weak-reference support module.")
    .functions(&[
        Method::new("getweakrefcount", "(object, /)", count, "Return the number of weak references to 'object'."),
        Method::new("getweakrefs", "(object, /)", references, "Return a list of all weak reference objects pointing to 'object'."),
        Method::new(
            "proxy",
            "(object, callback=None, /)",
            proxy,
            "Create a proxy object that weakly references 'object'.\n\n'callback', if given, is called with a reference to the\nproxy when 'object' is about to be finalized.",
        ),
        Method::new(
            "_remove_dead_weakref",
            "(dct, key, /)",
            remove_dead,
            "Atomically remove key from dict if it points to a dead weakref.",
        ),
    ])
    .exec(|t, namespace| {
        dict::set_by_name(t, namespace, "ref", weak_ref::TYPE.get(t).clone());
        dict::set_by_name(t, namespace, "ReferenceType", weak_ref::TYPE.get(t).clone());
        dict::set_by_name(t, namespace, "ProxyType", weak_ref::PROXY.get(t).clone());
        dict::set_by_name(t, namespace, "CallableProxyType", weak_ref::CALLABLE_PROXY.get(t).clone());
        Ok(())
    });

fn count(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(orochi_objects::int::from_usize(t, weak_ref::count(t, &a[0])))
}

fn references(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(list::new(t, weak_ref::watchers(t, &a[0])))
}

fn proxy(t: Attached<'_>, a: &[Value]) -> PyResult {
    weak_ref::new_proxy(t, &a[0], a[1].given().cloned().unwrap_or(Value::none()))
}

fn remove_dead(t: Attached<'_>, a: &[Value]) -> PyResult {
    if dict::as_dict(&a[0]).is_none() {
        let name = type_::type_name(t, &a[0]);
        return Err(t.type_error(format!("_remove_dead_weakref() argument 1 must be dict, not {name}")));
    }
    match dict::get(t, &a[0], &a[1])? {
        None => return Ok(Value::none()),
        Some(v) if weak_ref::TYPE.check(t, &v) => {}
        Some(_) => return Err(t.type_error("not a weakref")),
    }
    // Another thread may put a live reference there meanwhile: look and take are one step.
    drop(dict::remove_if(t, &a[0], &a[1], weak_ref::is_dead)?);
    Ok(Value::none())
}
