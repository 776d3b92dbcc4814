//! `module`, and how native modules are declared: one `static` [`ModuleSpec`] a module.
//!
//! ```ignore
//! pub static MODULE: ModuleSpec = ModuleSpec::new("_bisect")
//!     .doc("Bisection algorithms.")
//!     .functions(&[Method::new("bisect_left", "(a, x, lo=0, hi=None, *, key=None)", bisect_left, "...")])
//!     .types(&[&deque::TYPE])
//!     .exec(|t, dict| { dict::set_by_name(t, dict, "MAXSIZE", int::new(t, 1)); Ok(()) });
//! ```
//! A native module's state that outlives a call belongs to the interpreter
//! ([`crate::Interpreter::state`]), never to a static.

use orochi_heap::{Payload, Slot, Value, Visit, payload};

use crate::args::Args;
use crate::dict;
use crate::slots::Def;
use crate::spec::{GetSet, Method, TypeSpec, flags};
use crate::thread::{Attached, PyResult};
use crate::type_::type_name;

/// The declaration of a native module.
pub struct ModuleSpec {
    /// Its full name.
    pub name: &'static str,
    doc: &'static str,
    functions: &'static [Method],
    types: &'static [&'static TypeSpec],
    exec: Option<fn(Attached<'_>, &Value) -> PyResult<()>>,
}

impl ModuleSpec {
    /// An empty module.
    pub const fn new(name: &'static str) -> ModuleSpec {
        ModuleSpec { name, doc: "", functions: &[], types: &[], exec: None }
    }
    /// The docstring.
    pub const fn doc(mut self, doc: &'static str) -> ModuleSpec {
        self.doc = doc;
        self
    }
    /// Functions (their signatures have no `$self`).
    pub const fn functions(mut self, functions: &'static [Method]) -> ModuleSpec {
        self.functions = functions;
        self
    }
    /// Types published under their short names.
    pub const fn types(mut self, types: &'static [&'static TypeSpec]) -> ModuleSpec {
        self.types = types;
        self
    }
    /// What the lists cannot say: called with the module's dict.
    pub const fn exec(mut self, exec: fn(Attached<'_>, &Value) -> PyResult<()>) -> ModuleSpec {
        self.exec = Some(exec);
        self
    }
    /// A new module object.
    pub fn make(&'static self, t: Attached<'_>) -> PyResult {
        let module = new(t, self.name);
        self.fill(t, &dict_of(&module))?;
        Ok(module)
    }
    /// Fills a module's dict.
    pub fn fill(&'static self, t: Attached<'_>, namespace: &Value) -> PyResult<()> {
        let name = crate::str::intern(t, self.name);
        let doc = if self.doc.is_empty() { Value::none() } else { crate::str::new(t, self.doc) };
        dict::set_by_name(t, namespace, "__doc__", doc);
        for f in self.functions {
            dict::set_by_name(t, namespace, f.name, crate::native::function(t, f, &name));
        }
        for ty in self.types {
            dict::set_by_name(t, namespace, ty.short_name(), ty.get(t).clone());
        }
        match self.exec {
            Some(exec) => exec(t, namespace),
            None => Ok(()),
        }
    }
}

/// The body of a module object.
pub struct PyModule {
    /// `__dict__`.
    pub dict: Slot,
}

impl Payload for PyModule {
    payload!(PyModule, "module");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.dict);
    }
}

/// `module`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyModule>("module")
    .flags(flags::BASETYPE | flags::HAS_WEAKREF)
    .mutable()
    .slots(&[
        Def::New(module_new),
        Def::Init(module_init),
        Def::Repr(module_repr),
        Def::GetAttr(module_get_attr),
        Def::SetAttr(module_set_attr),
    ])
    .methods(&[Method::new("__dir__", "($self, /)", module_dir, "__dir__() -> list\nspecialized dir() implementation")])
    .getset(&[
        GetSet::read("__dict__", module_dict, ""),
        GetSet::write("__annotations__", get_annotations, set_annotations, ""),
        GetSet::write("__annotate__", get_annotate, set_annotate, ""),
    ])
    .doc("module(name, doc=None)\n--\n\nCreate a module object.\n\nThe name must be a string; the optional docstring can have any type.");

/// A new module with `__name__` and the attributes that importing sets later.
pub fn new(t: Attached<'_>, name: &str) -> Value {
    let namespace = dict::new(t);
    dict::set_by_name(t, &namespace, "__name__", crate::str::intern(t, name));
    for key in ["__doc__", "__package__", "__loader__", "__spec__"] {
        dict::set_by_name(t, &namespace, key, Value::none());
    }
    with_dict(t, namespace)
}

/// A module object of an existing namespace.
pub fn with_dict(t: Attached<'_>, namespace: Value) -> Value {
    let m = TYPE.alloc(t, PyModule { dict: Slot::new(namespace) });
    orochi_heap::count::defer(&m);
    m
}

/// The namespace of a module; None if the value is no module.
pub fn dict_of(module: &Value) -> Value {
    module.payload::<PyModule>().map_or(Value::none(), |m| m.dict.load())
}

fn module_new(t: Attached<'_>, class: &Value, _: Args<'_>) -> PyResult {
    crate::type_::alloc_instance(t, class, PyModule { dict: Slot::new(dict::new(t)) })
}

fn module_init(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    let signature = crate::args::Signature::parse("(name, doc=None)");
    signature.call(t, "module", args, |a| {
        crate::str::expect(t, &a[0], "module.__init__() argument 1")?;
        let namespace = dict_of(this);
        dict::set_by_name(t, &namespace, "__name__", a[0].clone());
        dict::set_by_name(t, &namespace, "__doc__", a[1].given().cloned().unwrap_or(Value::none()));
        for key in ["__package__", "__loader__", "__spec__"] {
            dict::set_by_name(t, &namespace, key, Value::none());
        }
        Ok(())
    })
}

fn module_repr(t: Attached<'_>, this: &Value) -> PyResult {
    let namespace = dict_of(this);
    // importlib knows best how a module describes itself, once it is there.
    let modules = t.interpreter().modules.load();
    if dict::as_dict(&modules).is_some()
        && let Some(bootstrap) = dict::get_by_name(t, &modules, "_frozen_importlib")
        && let Some(f) = crate::attr::find(t, &bootstrap, &crate::str::intern(t, "_module_repr"))?
    {
        return crate::protocol::call(t, &f, std::slice::from_ref(this));
    }
    let name = dict::get_str(t, &namespace, &t.names().__name__).map_or("?".to_owned(), |n| crate::str::display(&n));
    Ok(crate::str::from_string(t, format!("<module '{name}'>")))
}

fn module_get_attr(t: Attached<'_>, this: &Value, name: &Value) -> PyResult {
    if let Some(v) = find_attr(t, this, name)? {
        return Ok(v);
    }
    let namespace = dict_of(this);
    let n = t.names();
    if let Some(f) = dict::get_str(t, &namespace, &n.__getattr__) {
        return crate::protocol::call(t, &f, std::slice::from_ref(name));
    }
    let text = crate::str::display(name);
    let own = dict::get_str(t, &namespace, &n.__name__);
    let message = match own {
        Some(own) if crate::str::is_str(&own) => {
            let own = crate::str::display(&own);
            let initializing = match dict::get_str(t, &namespace, &n.__spec__) {
                Some(spec) if !spec.is_none() => match crate::attr::find(t, &spec, &n._initializing)? {
                    Some(v) => crate::protocol::truth(t, &v)?,
                    None => false,
                },
                _ => false,
            };
            if initializing {
                format!(
                    "partially initialized module '{own}' has no attribute '{text}' (most likely due to a circular import)"
                )
            } else {
                format!("module '{own}' has no attribute '{text}'")
            }
        }
        _ => format!("module has no attribute '{text}'"),
    };
    Err(crate::attr::attribute_error(t, message, this, name))
}

/// A module's attribute without `__getattr__`: its type's descriptors and its dict.
pub fn find_attr(t: Attached<'_>, this: &Value, name: &Value) -> PyResult<Option<Value>> {
    let name = &crate::attr::interned_name(t, name)?;
    let ty = crate::type_::class_of(t, this);
    let found = crate::type_::lookup_resolved(t, ty, name);
    if let Some(attr) = &found {
        let slots = &crate::type_::class_of(t, attr).slots;
        if let Some(get) = slots.descr_get()
            && slots.descr_set().is_some()
        {
            let attr = attr.clone();
            return get(t, &attr, Some(this), ty.this()).map(Some);
        }
    }
    let namespace = dict_of(this);
    if dict::as_dict(&namespace).is_some()
        && let Some(v) = dict::get_str(t, &namespace, name)
    {
        return Ok(Some(v));
    }
    match found {
        Some(attr) => {
            let attr = attr.counted();
            match crate::type_::class_of(t, &attr).slots.descr_get() {
                Some(get) => get(t, &attr, Some(this), ty.this()).map(Some),
                None => Ok(Some(attr)),
            }
        }
        None => Ok(None),
    }
}

fn module_set_attr(t: Attached<'_>, this: &Value, name: &Value, value: Option<&Value>) -> PyResult<()> {
    let name = &crate::attr::interned_name(t, name)?;
    if let Some(attr) = crate::type_::lookup_resolved(t, crate::type_::class_of(t, this), name)
        && let Some(set) = crate::type_::class_of(t, &attr).slots.descr_set()
    {
        let attr = attr.counted();
        return set(t, &attr, this, value);
    }
    let namespace = dict_of(this);
    match value {
        Some(v) => dict::set(t, &namespace, name, v.clone()),
        None => match dict::remove(t, &namespace, name)? {
            Some(_) => Ok(()),
            None => {
                let own = dict::get_str(t, &namespace, &t.names().__name__).map_or(String::new(), |n| crate::str::display(&n));
                let message = format!("module '{own}' has no attribute '{}'", crate::str::display(name));
                Err(crate::attr::attribute_error(t, message, this, name))
            }
        },
    }
}

fn module_dict(_: Attached<'_>, this: &Value) -> PyResult {
    Ok(dict_of(this))
}

fn module_dir(t: Attached<'_>, a: &[Value]) -> PyResult {
    let namespace = crate::attr::get(t, &a[0], &t.names().__dict__)?;
    if dict::as_dict(&namespace).is_none() {
        return Err(t.type_error(format!("{}.__dict__ is not a dictionary", type_name(t, &a[0]))));
    }
    match dict::get_str(t, &namespace, &t.names().__dir__) {
        Some(f) => crate::protocol::call(t, &f, &[]),
        None => Ok(crate::list::new(t, dict::keys(&namespace))),
    }
}

fn get_annotations(t: Attached<'_>, this: &Value) -> PyResult {
    let n = t.names();
    let namespace = dict_of(this);
    if let Some(v) = dict::get_str(t, &namespace, &n.__annotations__) {
        return Ok(v);
    }
    let annotate = dict::get_str(t, &namespace, &n.__annotate__).unwrap_or(Value::none());
    let result = if annotate.is_none() {
        dict::new(t)
    } else {
        let r = crate::protocol::call(t, &annotate, &[Value::i32(1)])?;
        if dict::as_dict(&r).is_none() {
            return Err(t.type_error(format!("__annotate__ returned non-dict of type '{}'", type_name(t, &r))));
        }
        r
    };
    dict::set_str(t, &namespace, &n.__annotations__, result.clone());
    Ok(result)
}
fn set_annotations(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    let n = t.names();
    let namespace = dict_of(this);
    match value {
        Some(v) => dict::set_str(t, &namespace, &n.__annotations__, v.clone()),
        None => {
            if dict::remove(t, &namespace, &n.__annotations__)?.is_none() {
                return Err(t.raise(&crate::exception::AttributeError, "__annotations__"));
            }
        }
    }
    drop(dict::remove(t, &namespace, &n.__annotate__)?);
    Ok(())
}
fn get_annotate(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(dict::get_str(t, &dict_of(this), &t.names().__annotate__).unwrap_or(Value::none()))
}
fn set_annotate(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    let Some(v) = value else { return Err(t.type_error("cannot delete __annotate__ attribute")) };
    if !v.is_none() && !crate::protocol::is_callable(t, v) {
        return Err(t.type_error("__annotate__ must be callable or None"));
    }
    dict::set_str(t, &dict_of(this), &t.names().__annotate__, v.clone());
    drop(dict::remove(t, &dict_of(this), &t.names().__annotations__)?);
    Ok(())
}
