//! `_imp`: what importlib needs of the interpreter; the embedded library.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use orochi_heap::Value;
use orochi_objects::spec::Method;
use orochi_objects::{Attached, ModuleSpec, PyResult, attr, bytes, dict, exception, import_lock, int, list, protocol, str, tuple};

/// How a `.pyc` file begins, as a little-endian word. To be changed whenever the compiler's output means something
/// else than before: files of older builds are compiled anew then.
const PYC_MAGIC: i64 = 0x0A0D_4F54;

/// `_imp`.
pub static MODULE: ModuleSpec = ModuleSpec::new("_imp")
    .doc("(Extremely) low-level import machinery bits as used by importlib.")
    .functions(&[
        Method::new("acquire_lock", "()", acquire_lock, "Acquires the interpreter's import lock for the current thread."),
        Method::new("release_lock", "()", release_lock, "Release the interpreter's import lock."),
        Method::new("lock_held", "()", |t, _| Ok(Value::bool(import_lock::is_held(t))), "Return True if the import lock is currently held, else False."),
        Method::new("extension_suffixes", "()", |t, _| Ok(list::new(t, Vec::new())), "Returns the list of file suffixes used to identify extension modules."),
        Method::new("is_builtin", "(name, /)", is_builtin, "Returns True if the module name corresponds to a built-in module."),
        Method::new("is_frozen", "(name, /)", is_frozen, "Returns True if the module name corresponds to a frozen module."),
        Method::new("is_frozen_package", "(name, /)", is_frozen_package, "Returns True if the module name is of a frozen package."),
        Method::new("find_frozen", "(name, /, *, withdata=False)", find_frozen, "Return info about the corresponding frozen module (if there is one) or None."),
        Method::new("get_frozen_object", "(name, data=None, /)", get_frozen_object, "Create a code object for a frozen module."),
        Method::new("init_frozen", "(name, /)", |_, _| Ok(Value::none()), "Initializes a frozen module."),
        Method::new("create_builtin", "(spec, /)", create_builtin, "Create an extension module."),
        Method::new("exec_builtin", "(mod, /)", |_, _| Ok(Value::i32(0)), "Initialize a built-in module."),
        Method::new("create_dynamic", "(spec, file=None, /)", no_dynamic, "Create an extension module."),
        Method::new("exec_dynamic", "(mod, /)", no_dynamic, "Initialize an extension module."),
        Method::new("_fix_co_filename", "(code, path, /)", fix_filename, "Changes code.co_filename to specify the passed-in path."),
        Method::new("source_hash", "(key, source)", source_hash, ""),
        Method::new("_override_frozen_modules_for_tests", "(override, /)", |_, _| Ok(Value::none()), ""),
        Method::new("_override_multi_interp_extensions_check", "(override, /)", |_, _| Ok(Value::i32(0)), ""),
        Method::new("_frozen_module_names", "()", |t, _| Ok(list::new(t, FROZEN.iter().map(|(n, _)| str::intern(t, n)).collect())), ""),
        Method::new("_set_lazy_imports", "(*args)", |_, _| Ok(Value::none()), ""),
        Method::new("_embedded_find", "(name, /)", embedded_find, "Whether a module of the embedded library is a package, and its path; or None."),
        Method::new("_embedded_code", "(name, root, /)", embedded_code, "The code object of a module of the embedded library."),
        Method::new("_embedded_source", "(name, /)", embedded_source, "The source text of a module of the embedded library."),
        Method::new("_embedded_modules", "(package, /)", embedded_modules, "Names and package flags of the modules directly below a package."),
    ])
    .exec(|t, d| {
        dict::set_by_name(t, d, "check_hash_based_pycs", str::intern(t, "default"));
        // CPython 3.14's token: files with it hold CPython's bytecode, so ours is another.
        dict::set_by_name(t, d, "pyc_magic_number_token", int::new(t, PYC_MAGIC));
        Ok(())
    });

/// Modules that importlib finds frozen: name here, name in the library.
const FROZEN: [(&str, &str); 4] = [
    ("_frozen_importlib", "importlib._bootstrap"),
    ("_frozen_importlib_external", "importlib._bootstrap_external"),
    ("_orochi_importer", "_orochi_importer"),
    ("zipimport", "zipimport"),
];

/// The native modules of a program, by name: `embed` fills it before the first import.
#[derive(Default)]
pub struct NativeModules {
    specs: Mutex<HashMap<&'static str, &'static ModuleSpec>>,
}

impl NativeModules {
    /// Adds modules.
    pub fn add(&self, specs: &[&'static ModuleSpec]) {
        let mut all = self.specs.lock().unwrap_or_else(|e| e.into_inner());
        all.extend(specs.iter().map(|s| (s.name, *s)));
    }
    /// The declaration of a module.
    pub fn find(&self, name: &str) -> Option<&'static ModuleSpec> {
        self.specs.lock().unwrap_or_else(|e| e.into_inner()).get(name).copied()
    }
    /// All names, sorted.
    pub fn names(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.specs.lock().unwrap_or_else(|e| e.into_inner()).keys().copied().collect();
        names.sort_unstable();
        names
    }
}

fn acquire_lock(t: Attached<'_>, _: &[Value]) -> PyResult {
    import_lock::acquire(t);
    Ok(Value::none())
}
fn release_lock(t: Attached<'_>, _: &[Value]) -> PyResult {
    if import_lock::release(t) {
        return Ok(Value::none());
    }
    Err(t.raise(&exception::RuntimeError, "not holding the import lock"))
}

fn text_arg(t: Attached<'_>, v: &Value) -> PyResult<String> {
    str::expect(t, v, "argument 1").map(|_| str::display(v))
}

fn is_builtin(t: Attached<'_>, a: &[Value]) -> PyResult {
    let name = text_arg(t, &a[0])?;
    let known = t.interpreter().state::<NativeModules>().find(&name).is_some();
    Ok(Value::i32(if name == "sys" || name == "builtins" { -1 } else { i32::from(known) }))
}

fn frozen(name: &str) -> Option<orochi_stdlib::Module> {
    let (_, real) = FROZEN.iter().find(|(n, _)| *n == name)?;
    orochi_stdlib::find(real)
}

fn is_frozen(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(Value::bool(frozen(&text_arg(t, &a[0])?).is_some()))
}
fn is_frozen_package(t: Attached<'_>, a: &[Value]) -> PyResult {
    let name = text_arg(t, &a[0])?;
    match frozen(&name) {
        Some(m) => Ok(Value::bool(m.is_package())),
        None => Err(t.raise(&exception::ImportError, format!("No such frozen object named {name}"))),
    }
}
fn find_frozen(t: Attached<'_>, a: &[Value]) -> PyResult {
    let name = text_arg(t, &a[0])?;
    let Some(m) = frozen(&name) else { return Ok(Value::none()) };
    Ok(tuple::new(t, vec![Value::none(), Value::bool(m.is_package()), str::intern(t, m.name())]))
}
fn get_frozen_object(t: Attached<'_>, a: &[Value]) -> PyResult {
    let name = text_arg(t, &a[0])?;
    match frozen(&name).and_then(|m| m.code(&format!("<frozen {}>", m.name()))) {
        Some(code) => Ok(orochi_eval::code::new(t, &Arc::new(code))),
        None => Err(t.raise(&exception::ImportError, format!("No such frozen object named {name}"))),
    }
}

fn create_builtin(t: Attached<'_>, a: &[Value]) -> PyResult {
    let name = attr::get(t, &a[0], &t.names().name)?;
    let text = text_arg(t, &name)?;
    let modules = t.interpreter().modules.load();
    if (text == "sys" || text == "builtins")
        && let Some(m) = dict::get_str(t, &modules, &name)
    {
        return Ok(m);
    }
    match t.interpreter().state::<NativeModules>().find(&text) {
        Some(spec) => spec.make(t),
        None => Ok(Value::none()),
    }
}

fn no_dynamic(t: Attached<'_>, _: &[Value]) -> PyResult {
    Err(t.raise(&exception::ImportError, "extension modules cannot be loaded: the C API is not supported"))
}

fn fix_filename(_: Attached<'_>, _: &[Value]) -> PyResult {
    Ok(Value::none())
}

fn source_hash(t: Attached<'_>, a: &[Value]) -> PyResult {
    let key = protocol::expect_i64(t, &a[0])?;
    let data = bytes::as_bytes(&a[1]).map_or(Vec::new(), <[u8]>::to_vec);
    let hash = str::hash_bytes(t, &data) ^ key;
    Ok(bytes::new(t, &hash.to_le_bytes()))
}

fn embedded_find(t: Attached<'_>, a: &[Value]) -> PyResult {
    let name = text_arg(t, &a[0])?;
    match orochi_stdlib::find(&name) {
        Some(m) => Ok(tuple::new(t, vec![Value::bool(m.is_package()), str::new(t, m.path())])),
        None => Ok(Value::none()),
    }
}

fn embedded_code(t: Attached<'_>, a: &[Value]) -> PyResult {
    let name = text_arg(t, &a[0])?;
    let root = text_arg(t, &a[1])?;
    let Some(m) = orochi_stdlib::find(&name) else {
        return Err(t.raise(&exception::ImportError, format!("no embedded module named {name}")));
    };
    match m.code(&format!("{root}/{}", m.path())) {
        Some(code) => Ok(orochi_eval::code::new(t, &Arc::new(code))),
        None => Err(t.raise(&exception::ImportError, format!("the embedded module {name} is damaged"))),
    }
}

fn embedded_source(t: Attached<'_>, a: &[Value]) -> PyResult {
    let name = text_arg(t, &a[0])?;
    match orochi_stdlib::find(&name) {
        None => Err(t.raise(&exception::ImportError, format!("no embedded module named {name}"))),
        Some(m) => match m.source() {
            Some(text) => Ok(str::from_string(t, text)),
            None => Err(t.raise(&exception::ImportError, format!("the source of the embedded module {name} is damaged"))),
        },
    }
}

fn embedded_modules(t: Attached<'_>, a: &[Value]) -> PyResult {
    let package = text_arg(t, &a[0])?;
    let prefix = if package.is_empty() { String::new() } else { format!("{package}.") };
    let rows = orochi_stdlib::all()
        .filter_map(|m| {
            let rest = m.name().strip_prefix(prefix.as_str())?;
            if rest.is_empty() || rest.contains('.') {
                return None;
            }
            Some(tuple::new(t, vec![str::new(t, rest), Value::bool(m.is_package())]))
        })
        .collect();
    Ok(list::new(t, rows))
}
