//! `TypeAliasType`: what `type X = ...` makes.

use orochi_heap::{Payload, Slot, Value, Visit, payload};
use orochi_objects::args::Signature;
use orochi_objects::slots::Def;
use orochi_objects::spec::{GetSet, Method, TypeSpec, flags};
use orochi_objects::{Args, Attached, PyResult, attr, generic_alias, protocol, str, tuple, type_};

use super::lazy::Lazy;

/// The body of a type alias.
pub struct PyTypeAlias {
    name: Slot,
    /// A tuple, or None.
    type_params: Slot,
    value: Lazy,
    /// The module's name, or unbound: the evaluate function knows.
    module: Slot,
}

impl Payload for PyTypeAlias {
    payload!(PyTypeAlias, "TypeAliasType");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.name);
        visit.slot(&self.type_params);
        visit.slot(&self.module);
        self.value.trace(visit);
    }
    fn clear(&self) {
        self.value.clear();
        self.type_params.set(Value::none());
    }
}

/// `typing.TypeAliasType`.
pub static ALIAS: TypeSpec = TypeSpec::new::<PyTypeAlias>("typing.TypeAliasType")
    .flags(flags::HAS_WEAKREF | flags::UNION_MEMBER)
    .slots(&[
        Def::New(new),
        Def::Repr(|_, v| Ok(body(v).name.load())),
        Def::GetItem(get_item),
        Def::Iter(super::iterate_unpacked),
        Def::Or(super::union),
    ])
    .methods(&[Method::new("__reduce__", "($self, /)", |_, a| Ok(body(&a[0]).name.load()), "")])
    .getset(&[
        GetSet::write("__name__", |_, v| Ok(body(v).name.load()), super::read_only, ""),
        GetSet::read("__value__", |t, v| Ok(body(v).value.get(t)?.unwrap_or(Value::none())), ""),
        GetSet::read("evaluate_value", |t, v| Ok(body(v).value.evaluator(t)), ""),
        GetSet::read("__type_params__", type_params, ""),
        GetSet::read("__parameters__", |t, v| super::unpack_tuples(t, &type_params(t, v)?), ""),
        GetSet::read("__module__", get_module, ""),
    ])
    .doc("Type alias.\n\nType aliases are created through the type statement::\n\n    type Alias = int");

fn body(v: &Value) -> &PyTypeAlias {
    match v.payload::<PyTypeAlias>() {
        Some(a) => a,
        None => unreachable!("slots are called with their own type"),
    }
}

/// `type name[type_params] = ...`: name, type parameters or None, evaluate function.
pub fn make(t: Attached<'_>, a: &[Value]) -> PyResult {
    let params = if tuple::items(&a[1]).is_empty() { Value::none() } else { a[1].clone() };
    Ok(ALIAS.alloc(
        t,
        PyTypeAlias {
            name: Slot::new(a[0].clone()),
            type_params: Slot::new(params),
            value: Lazy::later(a[2].clone()),
            module: Slot::unbound(),
        },
    ))
}

/// TypeError unless parameters without default come first.
fn check_params(t: Attached<'_>, params: &Value) -> PyResult<()> {
    let mut default_seen = false;
    for p in tuple::items(params) {
        let Some(has_default) = super::parameter::parameter_default(p) else {
            return Err(t.type_error(format!("Expected a type param, got {}", protocol::display_repr(t, p))));
        };
        if default_seen && !has_default {
            return Err(t.type_error(format!(
                "non-default type parameter '{}' follows default type parameter",
                protocol::display_repr(t, p)
            )));
        }
        default_seen |= has_default;
    }
    Ok(())
}

fn new(t: Attached<'_>, _: &Value, args: Args<'_>) -> PyResult {
    Signature::parse("(name, value, *, type_params=())").call(t, "typealias", args, |a| {
        if !str::is_str(&a[0]) {
            let name = type_::type_name(t, &a[0]);
            return Err(t.type_error(format!("typealias() argument 'name' must be str, not {name}")));
        }
        let mut params = Value::none();
        if let Some(given) = a[2].given() {
            if tuple::as_tuple(given).is_none() {
                return Err(t.type_error("type_params must be a tuple"));
            }
            check_params(t, given)?;
            if !tuple::items(given).is_empty() {
                params = given.clone();
            }
        }
        Ok(ALIAS.alloc(
            t,
            PyTypeAlias {
                name: Slot::new(a[0].clone()),
                type_params: Slot::new(params),
                value: Lazy::known(a[1].clone()),
                module: Slot::new(super::caller_module(t)),
            },
        ))
    })
}

fn type_params(t: Attached<'_>, this: &Value) -> PyResult {
    let params = body(this).type_params.load();
    Ok(if params.is_none() { tuple::new(t, Vec::new()) } else { params })
}

fn get_module(t: Attached<'_>, this: &Value) -> PyResult {
    let b = body(this);
    let module = b.module.load();
    if !module.is_unbound() {
        return Ok(module);
    }
    match b.value.function() {
        Some(f) => Ok(attr::find(t, &f, &t.names().__module__)?.unwrap_or(Value::none())),
        None => Ok(Value::none()),
    }
}

fn get_item(t: Attached<'_>, this: &Value, item: &Value) -> PyResult {
    if body(this).type_params.load().is_none() {
        return Err(t.type_error("Only generic type aliases are subscriptable"));
    }
    Ok(generic_alias::new(t, this, item))
}
