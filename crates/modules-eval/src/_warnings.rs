//! `_warnings`: the part of `warnings` that the interpreter itself reaches. The work is done by the
//! library's `_py_warnings`; this module holds the state that both share, and forwards.

use orochi_heap::Value;
use orochi_objects::spec::Method;
use orochi_objects::{Args, Attached, ModuleSpec, PyResult, attr, dict, list, protocol, str};

/// `_warnings`.
pub static MODULE: ModuleSpec = ModuleSpec::new("_warnings")
    .doc("_warnings provides basic warning filtering support.\nIt is a helper module to speed up interpreter start-up.")
    .functions(&[
        Method::new("warn", "(message, category=None, stacklevel=1, source=None, *, skip_file_prefixes=())", warn, "Issue a warning, or maybe ignore it or raise an exception."),
        Method::new("warn_explicit", "(message, category, filename, lineno, module=None, registry=None, module_globals=None, source=None)", warn_explicit, "Issue a warning, or maybe ignore it or raise an exception."),
        Method::new("_filters_mutated_lock_held", "()", |_, _| Ok(Value::none()), ""),
        Method::new("_acquire_lock", "()", |_, _| Ok(Value::none()), ""),
        Method::new("_release_lock", "()", |_, _| Ok(Value::none()), ""),
    ])
    .exec(|t, d| {
        dict::set_by_name(t, d, "filters", list::new(t, Vec::new()));
        dict::set_by_name(t, d, "_defaultaction", str::intern(t, "default"));
        dict::set_by_name(t, d, "_onceregistry", dict::new(t));
        Ok(())
    });

/// The library's module, imported now if it is the first warning. While the interpreter still starts (there is no
/// `__main__` yet) nothing can be imported, and a warning has nowhere to go.
fn python_module(t: Attached<'_>) -> PyResult<Option<Value>> {
    let modules = t.interpreter().modules.load();
    let listed = |name: &str| dict::as_dict(&modules).and_then(|_| dict::get_by_name(t, &modules, name));
    if let Some(m) = listed("_py_warnings") {
        return Ok(Some(m));
    }
    if listed("__main__").is_none() {
        return Ok(None);
    }
    orochi_eval::import::import(t, &str::intern(t, "warnings"), &Value::none(), &Value::none(), 0)?;
    Ok(listed("_py_warnings"))
}

fn forward(t: Attached<'_>, function: &str, a: &[Value], names: &[&str], keyword_from: usize) -> PyResult {
    let Some(m) = python_module(t)? else { return Ok(Value::none()) };
    let f = attr::get_by_name(t, &m, function)?;
    let mut all = Vec::new();
    let mut keys = Vec::new();
    for (i, v) in a.iter().enumerate() {
        let Some(v) = v.given() else { continue };
        if i < keyword_from {
            all.push(v.clone());
        }
    }
    for (i, v) in a.iter().enumerate().skip(keyword_from) {
        if let Some(v) = v.given() {
            keys.push(str::intern(t, names[i]));
            all.push(v.clone());
        }
    }
    protocol::call_args(t, &f, Args::with_names(&all, &keys))
}

fn warn(t: Attached<'_>, a: &[Value]) -> PyResult {
    let names = ["message", "category", "stacklevel", "source", "skip_file_prefixes"];
    forward(t, "warn", a, &names, 1)
}

fn warn_explicit(t: Attached<'_>, a: &[Value]) -> PyResult {
    let names = ["message", "category", "filename", "lineno", "module", "registry", "module_globals", "source"];
    forward(t, "warn_explicit", a, &names, 4)
}
