//! The interpreter's registry of codecs and of error handlers.
//!
//! Search functions are asked in order of registration; what they find is remembered by the
//! normalised name. The package `encodings` registers itself when it is imported, which the first
//! question does. Locks are never held while Python code runs.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering::*};

use orochi_heap::Value;
use orochi_runtime::Locked;
use orochi_text::codecs::Builtin;

use super::errors::BUILTIN_HANDLERS;
use super::expect_callable;
use crate::protocol;
use crate::str;
use crate::thread::{Attached, PyResult};

/// Codecs and error handlers of an interpreter.
pub struct Registry {
    search: Locked<Vec<Value>>,
    found: Locked<HashMap<String, Value>>,
    errors: Locked<HashMap<String, Value>>,
    imported: AtomicBool,
}

impl Default for Registry {
    fn default() -> Registry {
        Registry {
            search: Locked::new(Vec::new()),
            found: Locked::new(HashMap::new()),
            errors: Locked::new(HashMap::new()),
            imported: AtomicBool::new(false),
        }
    }
}

fn registry<'t>(t: Attached<'t>) -> &'t Registry {
    t.interpreter().state::<Registry>()
}

/// `codecs.register(search_function)`.
pub fn register(t: Attached<'_>, search: &Value) -> PyResult<()> {
    expect_callable(t, search, "argument must be callable")?;
    registry(t).search.lock().push(search.clone().counted());
    Ok(())
}

/// `codecs.unregister(search_function)`: forgets it, and all that was found.
pub fn unregister(t: Attached<'_>, search: &Value) {
    let registry = registry(t);
    let mut all = registry.search.lock();
    let gone = all.iter().position(|f| f.is(search)).map(|at| all.remove(at));
    drop(all);
    if gone.is_some() {
        let found = std::mem::take(&mut *registry.found.lock());
        drop(found);
    }
}

/// The name under which search functions know an encoding: lower case, runs of anything but letters,
/// digits and dots as one underscore.
pub fn normalize(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut gap = false;
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || c == '.' {
            if gap && !out.is_empty() {
                out.push('_');
            }
            gap = false;
            out.push(c.to_ascii_lowercase());
        } else {
            gap = true;
        }
    }
    out
}

/// `codecs.lookup(encoding)`: the tuple that a search function gave.
pub fn lookup(t: Attached<'_>, encoding: &str) -> PyResult {
    let registry = registry(t);
    let key = normalize(encoding);
    if let Some(found) = registry.found.lock().get(&key).cloned() {
        return Ok(found);
    }
    if !registry.imported.swap(true, AcqRel) {
        // A failure leaves the registry as it is: the next question tries again.
        if let Err(e) = import_encodings(t) {
            registry.imported.store(false, Release);
            return Err(e);
        }
    }
    let name = str::intern(t, &key);
    let mut at = 0;
    loop {
        let search = registry.search.lock().get(at).cloned();
        let Some(search) = search else { break };
        let codec = protocol::call(t, &search, std::slice::from_ref(&name))?;
        if !codec.is_none() {
            if crate::tuple::as_tuple(&codec).is_none_or(|c| c.items().len() != 4) {
                return Err(t.type_error("codec search functions must return 4-tuples"));
            }
            let old = registry.found.lock().insert(key, codec.clone());
            drop(old);
            return Ok(codec);
        }
        at += 1;
    }
    Err(t.raise(&crate::exception::LookupError, format!("unknown encoding: {encoding}")))
}

fn import_encodings(t: Attached<'_>) -> PyResult<()> {
    let import = match protocol::builtin(t, "__import__") {
        Ok(import) => import,
        // An interpreter without `__import__` has only the codecs that are registered.
        Err(e) => {
            drop(t.catch(e, &crate::exception::AttributeError)?);
            return Ok(());
        }
    };
    protocol::call(t, &import, &[str::intern(t, "encodings")]).map(drop)
}

/// As [`lookup`], for codecs between str and bytes only; `use_instead` is what the message recommends.
pub(super) fn lookup_text(t: Attached<'_>, encoding: &str, use_instead: &str) -> PyResult {
    let codec = lookup(t, encoding)?;
    if !crate::tuple::TYPE.is_exact(t, &codec)
        && let Some(is_text) = crate::attr::find(t, &codec, &str::intern(t, "_is_text_encoding"))?
        && !protocol::truth(t, &is_text)?
    {
        let message = format!("'{encoding}' is not a text encoding; use {use_instead} to handle arbitrary codecs");
        return Err(t.raise(&crate::exception::LookupError, message));
    }
    Ok(codec)
}

/// Calls the encoder (0) or decoder (1) of a codec: the first member of the pair that it gives.
pub(super) fn call_codec(
    t: Attached<'_>,
    codec: &Value,
    which: usize,
    object: &Value,
    errors: Option<&str>,
    encoding: &str,
) -> PyResult {
    let Some(function) = crate::tuple::items(codec).get(which) else {
        return Err(t.type_error("codec search functions must return 4-tuples"));
    };
    let out = match errors {
        Some(errors) => protocol::call(t, function, &[object.clone(), str::new(t, errors)]),
        None => protocol::call(t, function, std::slice::from_ref(object)),
    };
    let doing = if which == 0 { "encoding" } else { "decoding" };
    let out = match out {
        Ok(out) => out,
        Err(e) => {
            let exception = t.peek_raised(&e);
            let note = str::from_string(t, format!("{doing} with '{encoding}' codec failed"));
            let noted = protocol::call_method(t, &exception, &str::intern(t, "add_note"), &[note]);
            return match noted {
                Ok(_) => Err(e),
                Err(other) => {
                    drop(t.take_raised(other));
                    Err(t.set_raised(exception))
                }
            };
        }
    };
    match crate::tuple::as_tuple(&out).map(|pair| pair.items()) {
        Some([first, _]) => Ok(first.clone()),
        // The two messages differ by a space in CPython too.
        _ if which == 1 => Err(t.type_error("decoder must return a tuple (object,integer)")),
        _ => Err(t.type_error("encoder must return a tuple (object, integer)")),
    }
}

/// `codecs.register_error(name, handler)`.
pub fn register_error(t: Attached<'_>, name: &str, handler: &Value) -> PyResult<()> {
    expect_callable(t, handler, "handler must be callable")?;
    let old = registry(t).errors.lock().insert(name.to_owned(), handler.clone().counted());
    drop(old);
    Ok(())
}

/// Forgets a handler; whether there was one. ValueError for a standard one.
pub fn unregister_error(t: Attached<'_>, name: &str) -> PyResult<bool> {
    if Builtin::from_name(name).is_some() {
        return Err(t.value_error(format!("cannot un-register built-in error handler '{name}'")));
    }
    let old = registry(t).errors.lock().remove(name);
    Ok(old.is_some())
}

/// The handler that was registered by Python code under a name.
pub(super) fn registered_error(t: Attached<'_>, name: &str) -> Option<Value> {
    registry(t).errors.lock().get(name).cloned()
}

/// `codecs.lookup_error(name)`.
pub fn lookup_error(t: Attached<'_>, name: &str) -> PyResult {
    if let Some(handler) = registered_error(t, name) {
        return Ok(handler);
    }
    let Some(method) = BUILTIN_HANDLERS.iter().find(|m| m.name.strip_suffix("_errors").unwrap_or(m.name) == name) else {
        return Err(t.raise(&crate::exception::LookupError, format!("unknown error handler name '{name}'")));
    };
    // The function object stays the same from now on.
    let function = crate::native::function(t, method, &Value::none());
    let registry = registry(t);
    let kept = registry.errors.lock().entry(name.to_owned()).or_insert_with(|| function.clone()).clone();
    drop(function);
    Ok(kept)
}
