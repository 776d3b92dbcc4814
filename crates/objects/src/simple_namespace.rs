//! `types.SimpleNamespace`: an object of attributes.

use orochi_heap::{Payload, Value, payload};

use crate::args::Args;
use crate::slots::{CompareOp, Def};
use crate::spec::{Method, TypeSpec, flags};
use crate::thread::{Attached, PyResult};
use crate::type_::type_name;

/// The body: everything is an attribute.
pub struct PySimpleNamespace;

impl Payload for PySimpleNamespace {
    payload!(PySimpleNamespace, "SimpleNamespace");
}

/// `types.SimpleNamespace`.
pub static TYPE: TypeSpec = TypeSpec::new::<PySimpleNamespace>("types.SimpleNamespace")
    .flags(flags::BASETYPE | flags::HAS_DICT)
    .slots(&[Def::New(new_empty), Def::Init(init), Def::Repr(repr), Def::Compare(compare)])
    .methods(&[
        Method::new("__reduce__", "($self, /)", reduce, "Return state information for pickling"),
        Method::new("__replace__", "($self, /, **changes)", replace, "Return a copy of the namespace object with new values for the specified attributes."),
    ])
    .doc("SimpleNamespace(mapping_or_iterable=(), /, **kwargs)\n--\n\nA simple attribute-based namespace.");

/// A namespace with the attributes given.
pub fn new(t: Attached<'_>, attributes: &[(&str, Value)]) -> PyResult {
    let this = TYPE.alloc(t, PySimpleNamespace);
    for (name, value) in attributes {
        set(t, &this, &crate::str::intern(t, name), value.clone())?;
    }
    Ok(this)
}

fn set(t: Attached<'_>, this: &Value, name: &Value, value: Value) -> PyResult<()> {
    match this.header() {
        Some(h) => crate::attr::instance_set(t, h, &crate::attr::interned_name(t, name)?, value),
        None => Ok(()),
    }
}

fn new_empty(t: Attached<'_>, class: &Value, _: Args<'_>) -> PyResult {
    TYPE.alloc_for(t, class, PySimpleNamespace)
}

fn init(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    let a = args.positional();
    if a.len() > 1 {
        return Err(t.type_error(format!("{} expected at most 1 argument, got {}", type_name(t, this), a.len())));
    }
    if let Some(source) = a.first() {
        let dict_type = crate::dict::TYPE.get(t).clone();
        let d = if crate::dict::TYPE.is_exact(t, source) {
            source.clone()
        } else {
            crate::protocol::call(t, &dict_type, std::slice::from_ref(source))?
        };
        let items = crate::dict::items(&d);
        if !items.iter().all(|(k, _)| crate::str::is_str(k)) {
            return Err(t.type_error("keywords must be strings"));
        }
        for (k, v) in items {
            set(t, this, &k, v)?;
        }
    }
    for (name, value) in args.keywords() {
        set(t, this, name, value.clone())?;
    }
    Ok(())
}

fn items(t: Attached<'_>, this: &Value) -> Vec<(Value, Value)> {
    this.header().map_or(Vec::new(), |h| crate::attr::instance_items(t, h))
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let name = if TYPE.is_exact(t, this) { "namespace".to_owned() } else { type_name(t, this) };
    let parts = t.printing(this, || {
        let mut parts = Vec::new();
        for (k, v) in items(t, this) {
            if crate::str::as_str(&k).is_some_and(|s| !s.bytes().is_empty()) {
                parts.push(format!("{}={}", crate::str::display(&k), crate::str::display(&crate::protocol::repr(t, &v)?)));
            }
        }
        Ok(parts.join(", "))
    })?;
    Ok(crate::str::from_string(t, format!("{name}({})", parts.as_deref().unwrap_or("..."))))
}

fn attributes(t: Attached<'_>, this: &Value) -> PyResult {
    crate::member::get_dict(t, this)
}

fn compare(t: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    if !TYPE.check(t, a) || !TYPE.check(t, b) {
        return Ok(Value::not_implemented());
    }
    crate::protocol::compare(t, &attributes(t, a)?, &attributes(t, b)?, op)
}

fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let class = crate::type_::type_of(t, &a[0]).clone();
    let empty = crate::tuple::new(t, Vec::new());
    let own = attributes(t, &a[0])?;
    Ok(crate::tuple::new(t, vec![class, empty, own]))
}

fn replace(t: Attached<'_>, a: &[Value]) -> PyResult {
    let class = crate::type_::type_of(t, &a[0]).clone();
    let new = crate::protocol::call(t, &class, &[])?;
    if !TYPE.check(t, &new) {
        return Err(t.type_error(format!("expect {} type, but {}() returned '{}' object",
            "types.SimpleNamespace", type_name(t, &a[0]), type_name(t, &new))));
    }
    for (k, v) in items(t, &a[0]) {
        set(t, &new, &k, v)?;
    }
    for (k, v) in crate::dict::items(&a[1]) {
        set(t, &new, &k, v)?;
    }
    Ok(new)
}
