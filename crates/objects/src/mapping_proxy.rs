//! `mappingproxy`: a read-only view of a mapping.

use orochi_heap::{Payload, Slot, Value, Visit, payload};

use crate::args::{Args, Signature};
use crate::slots::{CompareOp, Def};
use crate::spec::{Method, TypeSpec, flags};
use crate::thread::{Attached, PyResult};
use crate::type_::{class_of, type_name};

/// The body of a mappingproxy.
pub struct PyMappingProxy {
    /// The mapping.
    pub mapping: Slot,
}

impl Payload for PyMappingProxy {
    payload!(PyMappingProxy, "mappingproxy");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.mapping);
    }
}

/// `mappingproxy`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyMappingProxy>("mappingproxy")
    .flags(flags::MAPPING)
    .slots(&[
        Def::New(proxy_new),
        Def::Repr(repr),
        Def::Str(str),
        Def::Hash(hash),
        Def::Compare(compare),
        Def::Iter(iter),
        Def::Len(len),
        Def::GetItem(get_item),
        Def::Contains(contains),
        Def::Or(or),
        Def::InplaceOr(inplace_or),
    ])
    .methods(&[
        Method::class("__class_getitem__", "($type, object, /)", crate::generic_alias::class_getitem, "A generic alias, for annotations."),
        Method::new("get", "($self, key, default=None, /)", get, "The value of the key, or the default if it is not there."),
        Method::new("keys", "($self, /)", keys, "The mapping's keys."),
        Method::new("values", "($self, /)", values, "The mapping's values."),
        Method::new("items", "($self, /)", items, "The mapping's items."),
        Method::new("copy", "($self, /)", copy, "A copy of the mapping."),
        Method::new("__reversed__", "($self, /)", reversed, "An iterator over the keys from the last to the first."),
    ])
    .doc("mappingproxy(mapping)\n--\n\nA read-only view of a mapping.");

/// A proxy of a mapping.
pub fn new(t: Attached<'_>, mapping: &Value) -> PyResult {
    Ok(TYPE.alloc(t, PyMappingProxy { mapping: Slot::new(mapping.clone()) }))
}

fn proxy_new(t: Attached<'_>, _: &Value, args: Args<'_>) -> PyResult {
    Signature::parse("(mapping)").call(t, "mappingproxy", args, |a| {
        let mapping = class_of(t, &a[0]).slots.get_item().is_some()
            && crate::list::as_list(&a[0]).is_none()
            && crate::tuple::as_tuple(&a[0]).is_none();
        if !mapping {
            return Err(t.type_error(format!("mappingproxy() argument must be a mapping, not {}", type_name(t, &a[0]))));
        }
        new(t, &a[0])
    })
}

fn mapping(this: &Value) -> Value {
    match this.payload::<PyMappingProxy>() {
        Some(p) => p.mapping.load(),
        None => unreachable!("slots are called with their own type"),
    }
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let mut out = orochi_text::wtf8::Wtf8Buf::new();
    out.push_str("mappingproxy(");
    let r = crate::protocol::repr(t, &mapping(this))?;
    crate::list_type::push_text(t, &mut out, &r)?;
    out.push_str(")");
    crate::str::try_from_wtf8(t, &out)
}
fn str(t: Attached<'_>, this: &Value) -> PyResult {
    crate::protocol::str(t, &mapping(this))
}
fn hash(t: Attached<'_>, this: &Value) -> PyResult<i64> {
    crate::protocol::hash(t, &mapping(this))
}
fn compare(t: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    crate::protocol::compare(t, &mapping(a), b, op)
}
fn iter(t: Attached<'_>, this: &Value) -> PyResult {
    crate::protocol::get_iter(t, &mapping(this))
}
fn len(t: Attached<'_>, this: &Value) -> PyResult<usize> {
    crate::protocol::length(t, &mapping(this))
}
fn get_item(t: Attached<'_>, this: &Value, key: &Value) -> PyResult {
    crate::protocol::get_item(t, &mapping(this), key)
}
fn contains(t: Attached<'_>, this: &Value, key: &Value) -> PyResult<bool> {
    crate::protocol::contains(t, &mapping(this), key)
}
fn bare(v: &Value) -> Value {
    v.payload::<PyMappingProxy>().map_or_else(|| v.clone(), |p| p.mapping.load())
}
fn or(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    crate::protocol::binary(t, &bare(a), &bare(b), crate::protocol::Operator::Or)
}
fn inplace_or(t: Attached<'_>, a: &Value, _: &Value) -> PyResult {
    Err(t.type_error(format!("'|=' is not supported by {}; use '|' instead", type_name(t, a))))
}

fn get(t: Attached<'_>, a: &[Value]) -> PyResult {
    let default = a[2].given().cloned().unwrap_or(Value::none());
    crate::protocol::call_method(t, &mapping(&a[0]), &t.names().get, &[a[1].clone(), default])
}
fn keys(t: Attached<'_>, a: &[Value]) -> PyResult {
    crate::protocol::call_method(t, &mapping(&a[0]), &t.names().keys, &[])
}
fn values(t: Attached<'_>, a: &[Value]) -> PyResult {
    crate::protocol::call_method(t, &mapping(&a[0]), &crate::str::intern(t, "values"), &[])
}
fn items(t: Attached<'_>, a: &[Value]) -> PyResult {
    crate::protocol::call_method(t, &mapping(&a[0]), &t.names().items, &[])
}
fn copy(t: Attached<'_>, a: &[Value]) -> PyResult {
    crate::protocol::call_method(t, &mapping(&a[0]), &t.names().copy, &[])
}
fn reversed(t: Attached<'_>, a: &[Value]) -> PyResult {
    crate::protocol::call_method(t, &mapping(&a[0]), &t.names().__reversed__, &[])
}
