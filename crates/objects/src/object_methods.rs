//! Methods and computed attributes of `object`, and the checks behind `isinstance` and `issubclass`.
//!
//! Pickling is in `object_methods/reduce.rs`, assignment to `__class__` in `object_methods/class_assignment.rs`.

mod class_assignment;
mod reduce;

use orochi_heap::Value;

use crate::spec::{GetSet, Method};
use crate::thread::{Attached, PyResult, Raised};
use crate::type_::{PyType, as_type, class_of, type_name};

pub(crate) const METHODS: &[Method] = &[
    Method::new("__reduce__", "($self, /)", reduce::reduce, "Helper for pickle."),
    Method::new("__reduce_ex__", "($self, protocol, /)", reduce::reduce_ex, "Helper for pickle."),
    Method::new("__getstate__", "($self, /)", reduce::get_state, "Helper for pickle."),
    Method::new("__dir__", "($self, /)", dir, "Default dir() implementation."),
    Method::new(
        "__format__",
        "($self, format_spec, /)",
        format,
        "Default object formatter.\n\nReturn str(self) if format_spec is empty. Raise TypeError otherwise.",
    ),
    Method::new("__sizeof__", "($self, /)", size_of, "Size of object in memory, in bytes."),
    Method::class(
        "__init_subclass__",
        "($type, /, *args, **kwargs)",
        init_subclass,
        "This method is called when a class is subclassed.\n\nThe default implementation does nothing. It may be\noverridden to extend subclasses.",
    ),
    Method::class(
        "__subclasshook__",
        "($type, object, /)",
        |_, _| Ok(Value::not_implemented()),
        "Abstract classes can override this to customize issubclass().\n\nThis is invoked early on by abc.ABCMeta.__subclasscheck__().\nIt should return True, False or NotImplemented.  If it returns\nNotImplemented, the normal algorithm is used.  Otherwise, it\noverrides the normal algorithm (and the outcome is cached).",
    ),
];
pub(crate) const GETSET: &[GetSet] =
    &[GetSet::write("__class__", crate::object::class, class_assignment::set_class, "the object's class")];

/// The error for an instance of an abstract class: names its abstract methods.
pub(crate) fn abstract_error(t: Attached<'_>, class: &Value) -> Raised {
    let name = as_type(class).name_text();
    match abstract_names(t, class) {
        Ok(names) => {
            let s = if names.len() > 1 { "s" } else { "" };
            let list: Vec<String> = names.iter().map(|n| format!("'{n}'")).collect();
            t.type_error(format!(
                "Can't instantiate abstract class {name} without an implementation for abstract method{s} {}",
                list.join(", ")
            ))
        }
        Err(e) => e,
    }
}

fn abstract_names(t: Attached<'_>, class: &Value) -> PyResult<Vec<String>> {
    let set = crate::attr::get(t, class, &t.names().__abstractmethods__)?;
    let mut names: Vec<String> = Vec::new();
    for v in crate::protocol::collect(t, &set)? {
        names.push(crate::str::display(&crate::protocol::str(t, &v)?));
    }
    names.sort();
    Ok(names)
}

/// `import name`, for a module without dots.
pub fn import(t: Attached<'_>, name: &str) -> PyResult {
    let key = crate::str::intern(t, name);
    let modules = t.interpreter().modules.load();
    if crate::dict::as_dict(&modules).is_some()
        && let Some(m) = crate::dict::get_str(t, &modules, &key)
        && !m.is_none()
    {
        return Ok(m);
    }
    let import = crate::protocol::builtin(t, "__import__")?;
    crate::protocol::call(t, &import, &[key])
}

/// The name of the module whose code runs now, or None: what a class or type parameter made by a call
/// says of its origin.
pub fn caller_module(t: Attached<'_>) -> Value {
    let globals = crate::protocol::builtin(t, "globals").and_then(|f| crate::protocol::call(t, &f, &[]));
    match globals {
        Ok(g) if crate::dict::as_dict(&g).is_some() => {
            crate::dict::get_str(t, &g, &t.names().__name__).unwrap_or(Value::none())
        }
        Ok(_) => Value::none(),
        Err(e) => {
            drop(t.take_raised(e));
            Value::none()
        }
    }
}

fn dir(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = t.names();
    let all = match crate::attr::find(t, &a[0], &n.__dict__)? {
        Some(d) if crate::dict::as_dict(&d).is_some() => crate::dict::copy(t, &d)?,
        _ => crate::dict::new(t),
    };
    if let Some(class) = crate::attr::find(t, &a[0], &n.__class__)? {
        merge_class(t, &all, &class)?;
    }
    Ok(crate::list::new(t, crate::dict::keys(&all)))
}

fn merge_class(t: Attached<'_>, all: &Value, class: &Value) -> PyResult<()> {
    t.check_stack("")?;
    if let Some(ty) = class.payload::<PyType>() {
        for c in ty.mro_types() {
            crate::dict::update(t, all, &c.dict.load())?;
        }
        return Ok(());
    }
    let n = t.names();
    if let Some(d) = crate::attr::find(t, class, &n.__dict__)?
        && crate::dict::as_dict(&d).is_some()
    {
        crate::dict::update(t, all, &d)?;
    }
    if let Some(bases) = crate::attr::find(t, class, &n.__bases__)? {
        for b in crate::tuple::items(&bases) {
            merge_class(t, all, b)?;
        }
    }
    Ok(())
}

fn format(t: Attached<'_>, a: &[Value]) -> PyResult {
    let Some(spec) = crate::str::as_str(&a[1]) else {
        return Err(t.type_error(format!("__format__() argument must be str, not {}", crate::args::type_word(t, &a[1]))));
    };
    if !spec.bytes().is_empty() {
        return Err(t.type_error(format!("unsupported format string passed to {}.__format__", type_name(t, &a[0]))));
    }
    crate::protocol::str(t, &a[0])
}

fn size_of(t: Attached<'_>, a: &[Value]) -> PyResult {
    let ty = class_of(t, &a[0]);
    let own = a[0].header().map_or(8, |h| 16 + h.body_size());
    Ok(crate::int::from_usize(t, own + 8 * ty.members as usize))
}

fn init_subclass(t: Attached<'_>, a: &[Value]) -> PyResult {
    let name = as_type(&a[0]).name_text();
    if crate::dict::len(&a[2]) != 0 {
        return Err(t.type_error(format!("{name}.__init_subclass__() takes no keyword arguments")));
    }
    let n = crate::tuple::items(&a[1]).len();
    if n != 0 {
        return Err(t.type_error(format!("{name}.__init_subclass__() takes no arguments ({n} given)")));
    }
    Ok(Value::none())
}
