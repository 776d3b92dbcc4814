//! `__import__`: modules that are there already are found at once; the rest is importlib's work, the
//! library's own `importlib._bootstrap`.

use orochi_heap::Value;
use orochi_objects::spec::Method;
use orochi_objects::{Attached, PyResult, attr, dict, exception, protocol, str, tuple};

/// `builtins.__import__`.
pub static IMPORT: Method = Method::new(
    "__import__",
    "(name, globals=None, locals=None, fromlist=(), level=0)",
    builtin_import,
    "Import a module.",
);

fn builtin_import(t: Attached<'_>, a: &[Value]) -> PyResult {
    let none = Value::none();
    let globals = a[1].given().unwrap_or(&none);
    let empty = tuple::new(t, Vec::new());
    let fromlist = a[3].given().unwrap_or(&empty);
    let level = match a[4].given() {
        Some(l) => protocol::expect_i64(t, l)?,
        None => 0,
    };
    import(t, &a[0], globals, fromlist, level)
}

/// Whether a callable is our own `__import__`, so that it need not be called as one.
pub fn is_builtin_import(f: &Value) -> bool {
    orochi_objects::native::is_function(f, &IMPORT)
}

/// What `sys.modules` has under a name, unless that is None.
fn listed(t: Attached<'_>, name: &Value) -> PyResult<Option<Value>> {
    let modules = t.interpreter().modules.load();
    let found = if dict::as_dict(&modules).is_some() {
        dict::get(t, &modules, name)?
    } else {
        match protocol::get_item(t, &modules, name) {
            Ok(m) => Some(m),
            Err(e) => t.catch(e, &exception::KeyError).map(|_| None)?,
        }
    };
    Ok(found.filter(|m| !m.is_none()))
}

/// A module of `sys.modules`, if it is there and, once whoever initialises it is done, still there.
fn loaded(t: Attached<'_>, name: &Value) -> PyResult<Option<Value>> {
    let Some(m) = listed(t, name)? else { return Ok(None) };
    let n = t.names();
    let mut waited = false;
    if let Some(spec) = attr::find(t, &m, &n.__spec__)?
        && !spec.is_none()
        && let Some(flag) = attr::find(t, &spec, &n._initializing)?
        && protocol::truth(t, &flag)?
    {
        // Another thread may be importing it: importlib waits for that.
        let bootstrap = bootstrap(t)?;
        protocol::call_method(t, &bootstrap, &n._lock_unlock_module, std::slice::from_ref(name))?;
        waited = true;
    }
    // An import that failed has taken its module out again: then the caller has to try itself.
    if (waited || !t.single_domain()) && !listed(t, name)?.is_some_and(|now| now.is(&m)) {
        return Ok(None);
    }
    Ok(Some(m))
}

/// The module `importlib._bootstrap`.
pub fn bootstrap(t: Attached<'_>) -> PyResult {
    let modules = t.interpreter().modules.load();
    match dict::get_by_name(t, &modules, "_frozen_importlib") {
        Some(b) => Ok(b),
        None => Err(t.raise(&exception::ImportError, "the import system is not set up")),
    }
}

/// `__import__(name, globals, fromlist, level)`.
pub fn import(t: Attached<'_>, name: &Value, globals: &Value, fromlist: &Value, level: i64) -> PyResult {
    let n = t.names();
    if !str::is_str(name) {
        return Err(t.type_error("module name must be a string"));
    }
    if level < 0 {
        return Err(t.value_error("level must be >= 0"));
    }
    let text = str::display(name);
    let absolute = if level > 0 {
        absolute_name(t, &text, globals, level as usize)?
    } else {
        if text.is_empty() {
            return Err(t.value_error("Empty module name"));
        }
        str::intern_value(t, name)
    };
    let module = match loaded(t, &absolute)? {
        Some(m) => {
            crate::import_times::cached(t, &absolute);
            m
        }
        None => crate::import_times::timed(t, &absolute, || {
            let bootstrap = bootstrap(t)?;
            let f = attr::get(t, &bootstrap, &n._find_and_load)?;
            let import_ = protocol::builtin(t, "__import__")?;
            protocol::call(t, &f, &[absolute.clone(), import_])
        })?,
    };
    let has_from = !fromlist.is_none() && protocol::truth(t, fromlist)?;
    if has_from {
        if attr::find(t, &module, &n.__path__)?.is_none() {
            return Ok(module);
        }
        let bootstrap = bootstrap(t)?;
        let f = attr::get(t, &bootstrap, &n._handle_fromlist)?;
        let import_ = protocol::builtin(t, "__import__")?;
        return protocol::call(t, &f, &[module, fromlist.clone(), import_]);
    }
    if level == 0 || !text.is_empty() {
        let Some((front, _)) = text.split_once('.') else { return Ok(module) };
        if level == 0 {
            return import(t, &str::intern(t, front), globals, &Value::none(), 0);
        }
        // `import .a.b` gives the package that `.a` names.
        let cut = text.len() - front.len();
        let full = str::display(&absolute);
        let package = str::intern(t, &full[..full.len() - cut]);
        return match loaded(t, &package)? {
            Some(m) => Ok(m),
            None => Err(t.raise(&exception::KeyError, format!("'{}' not in sys.modules as expected", str::display(&package)))),
        };
    }
    Ok(module)
}

fn absolute_name(t: Attached<'_>, name: &str, globals: &Value, level: usize) -> PyResult {
    let n = t.names();
    if dict::as_dict(globals).is_none() {
        return Err(t.raise(&exception::KeyError, "'__name__' not in globals"));
    }
    let package = match dict::get_str(t, globals, &n.__package__).filter(|p| !p.is_none()) {
        Some(p) => p,
        None => {
            let spec = dict::get_str(t, globals, &n.__spec__).filter(|s| !s.is_none());
            match spec {
                Some(spec) => attr::get_by_name(t, &spec, "parent")?,
                None => {
                    let Some(own) = dict::get_str(t, globals, &n.__name__) else {
                        return Err(t.raise(&exception::KeyError, "'__name__' not in globals"));
                    };
                    if dict::get_str(t, globals, &n.__path__).is_some() {
                        own
                    } else {
                        let own = str::display(&own);
                        str::intern(t, own.rsplit_once('.').map_or("", |(p, _)| p))
                    }
                }
            }
        }
    };
    if !str::is_str(&package) {
        return Err(t.type_error("package must be a string"));
    }
    let package = str::display(&package);
    if package.is_empty() {
        return Err(t.raise(&exception::ImportError, "attempted relative import with no known parent package"));
    }
    let mut base = package.as_str();
    for _ in 1..level {
        match base.rsplit_once('.') {
            Some((head, _)) => base = head,
            None => return Err(t.raise(&exception::ImportError, "attempted relative import beyond top-level package")),
        }
    }
    let full = if name.is_empty() { base.to_owned() } else { format!("{base}.{name}") };
    Ok(str::intern(t, &full))
}

/// `from module import name`.
pub fn import_from(t: Attached<'_>, module: &Value, name: &Value) -> PyResult {
    let n = t.names();
    if let Some(v) = attr::find(t, module, name)? {
        return Ok(v);
    }
    // A submodule of a package that is still being imported is in `sys.modules` only.
    let package = attr::find(t, module, &n.__name__)?.filter(str::is_str);
    let text = str::display(name);
    let package_name = package.as_ref().map(str::display);
    if let Some(package) = &package_name {
        let full = str::intern(t, &format!("{package}.{text}"));
        let modules = t.interpreter().modules.load();
        if dict::as_dict(&modules).is_some()
            && let Some(m) = dict::get(t, &modules, &full)?
        {
            return Ok(m);
        }
    }
    let shown = package_name.clone().unwrap_or_else(|| "<unknown module name>".to_owned());
    let origin = match attr::find(t, module, &n.__spec__)? {
        Some(spec) if !spec.is_none() => attr::find(t, &spec, &str::intern(t, "origin"))?,
        _ => None,
    };
    let file = match attr::find(t, module, &n.__file__)?.filter(str::is_str) {
        Some(f) => Some(f),
        None => origin.filter(|o| str::is_str(o) && !matches!(str::display(o).as_str(), "frozen" | "built-in")),
    };
    let place = file.as_ref().map_or("unknown location".to_owned(), str::display);
    let initializing = match attr::find(t, module, &n.__spec__)? {
        Some(spec) if !spec.is_none() => match attr::find(t, &spec, &n._initializing)? {
            Some(flag) => protocol::truth(t, &flag)?,
            None => false,
        },
        _ => false,
    };
    let message = if initializing {
        format!("cannot import name '{text}' from partially initialized module '{shown}' (most likely due to a circular import) ({place})")
    } else {
        format!("cannot import name '{text}' from '{shown}' ({place})")
    };
    let raised = t.raise(&exception::ImportError, message);
    let e = t.peek_raised(&raised);
    let name_value = str::from_string(t, shown);
    for (key, v) in [(&n.name, Some(name_value)), (&n.path, file), (&n.name_from, Some(name.clone()))] {
        if let Some(v) = v
            && let Err(second) = attr::set(t, &e, key, Some(&v))
        {
            return Err(second);
        }
    }
    Err(raised)
}

/// An attribute of a native module, imported now if need be.
pub fn native_attribute(t: Attached<'_>, module: &str, name: &str) -> PyResult {
    let m = import(t, &str::intern(t, module), &Value::none(), &Value::none(), 0)?;
    attr::get_by_name(t, &m, name)
}
