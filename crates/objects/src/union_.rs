//! `typing.Union` (also `types.UnionType`): `int | str`.
//!
//! Members are kept in order without duplicates; unions inside are spread out. Hashable members are
//! compared by hash and equality, others by equality alone.

use orochi_heap::{Payload, Slot, Value, Visit, payload};

use crate::slots::{CompareOp, Def};
use crate::spec::{GetSet, Method, TypeSpec, flags};
use crate::thread::{Attached, PyResult};
use crate::type_::PyType;

/// The body of a union.
pub struct PyUnion {
    /// A tuple.
    args: Slot,
    /// A tuple, or unbound until asked for.
    parameters: Slot,
}

impl Payload for PyUnion {
    payload!(PyUnion, "Union");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.args);
        visit.slot(&self.parameters);
    }
}

/// `typing.Union`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyUnion>("typing.Union")
    .flags(flags::NO_NEW | flags::HAS_WEAKREF)
    .slots(&[Def::Repr(repr), Def::Hash(hash), Def::Compare(compare), Def::Or(or), Def::GetItem(get_item)])
    .methods(&[
        Method::new("__instancecheck__", "($self, instance, /)", instance_check, ""),
        Method::new("__subclasscheck__", "($self, subclass, /)", subclass_check, ""),
        Method::new("__mro_entries__", "($self, bases, /)", mro_entries, ""),
        Method::class("__class_getitem__", "($type, args, /)", class_getitem, ""),
    ])
    .getset(&[
        GetSet::read("__args__", |_, v| Ok(body(v).args.load()), ""),
        GetSet::read("__parameters__", parameters, "Type variables in the types.UnionType."),
        GetSet::read("__name__", |t, _| Ok(crate::str::intern(t, "Union")), "Name of the type"),
        GetSet::read("__qualname__", |t, _| Ok(crate::str::intern(t, "Union")), "Qualified name of the type"),
        GetSet::read("__origin__", |t, _| Ok(TYPE.get(t).clone()), "Always returns the type"),
    ])
    .doc("Represent a union type\n\nE.g. for int | str");

fn body(v: &Value) -> &PyUnion {
    match v.payload::<PyUnion>() {
        Some(u) => u,
        None => unreachable!("slots are called with their own type"),
    }
}

/// The members of a union (a tuple); `None` for other values.
pub fn members(v: &Value) -> Option<Value> {
    v.payload::<PyUnion>().map(|u| u.args.load())
}

/// Members on their way into a union.
#[derive(Default)]
struct Members {
    list: Vec<Value>,
}

impl Members {
    fn add(&mut self, t: Attached<'_>, v: &Value) -> PyResult<()> {
        if let Some(inner) = members(v) {
            for m in crate::tuple::items(&inner) {
                self.add_one(t, m)?;
            }
            return Ok(());
        }
        if v.is_none() {
            return self.add_one(t, &crate::singletons::NONE_TYPE.get(t).clone());
        }
        if crate::str::is_str(v) {
            let forward = forward_reference(t, v)?;
            return self.add_one(t, &forward);
        }
        self.add_one(t, v)
    }
    fn add_one(&mut self, t: Attached<'_>, v: &Value) -> PyResult<()> {
        for m in &self.list {
            if m.is(v) || crate::protocol::equal(t, m, v)? {
                return Ok(());
            }
        }
        self.list.push(v.clone());
        Ok(())
    }
    fn finish(mut self, t: Attached<'_>) -> PyResult {
        match self.list.len() {
            0 => Err(t.type_error("Cannot take a Union of no types.")),
            1 => Ok(self.list.remove(0)),
            _ => {
                let args = crate::tuple::new(t, self.list);
                Ok(TYPE.alloc(t, PyUnion { args: Slot::new(args), parameters: Slot::unbound() }))
            }
        }
    }
}

/// `typing`'s object for a type named by a string.
fn forward_reference(t: Attached<'_>, text: &Value) -> PyResult {
    let typing = crate::object_methods::import(t, "typing")?;
    let convert = crate::attr::get_by_name(t, &typing, "_type_convert")?;
    crate::protocol::call(t, &convert, std::slice::from_ref(text))
}

/// Whether the value may stand in `a | b` without further question.
fn unionable(t: Attached<'_>, v: &Value) -> bool {
    v.is_none()
        || v.payload::<PyType>().is_some()
        || crate::generic_alias::is_alias(v)
        || v.payload::<PyUnion>().is_some()
        || crate::type_::class_of(t, v).has(flags::UNION_MEMBER)
}

/// `a | b` of types.
pub fn or(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    if !unionable(t, a) || !unionable(t, b) {
        return Ok(Value::not_implemented());
    }
    of(t, &[a.clone(), b.clone()])
}

/// The union of the members given, whatever they are.
pub fn of(t: Attached<'_>, list: &[Value]) -> PyResult {
    let mut members = Members::default();
    for v in list {
        members.add(t, v)?;
    }
    members.finish(t)
}

fn class_getitem(t: Attached<'_>, a: &[Value]) -> PyResult {
    let list = match crate::tuple::as_tuple(&a[1]) {
        Some(tuple) => tuple.items().to_vec(),
        None => vec![a[1].clone()],
    };
    // `typing` says what is a type.
    let needs_check = |v: &Value| !unionable(t, v) && !crate::str::is_str(v);
    if list.iter().any(needs_check) {
        let typing = crate::object_methods::import(t, "typing")?;
        let check = crate::attr::get_by_name(t, &typing, "_type_check")?;
        let message = crate::str::new(t, "Union[arg, ...]: each arg must be a type.");
        for v in list.iter().filter(|v| needs_check(v)) {
            crate::protocol::call(t, &check, &[v.clone(), message.clone()])?;
        }
    }
    of(t, &list)
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let args = body(this).args.load();
    let mut parts = Vec::new();
    for v in crate::tuple::items(&args) {
        parts.push(if v.is(crate::singletons::NONE_TYPE.get(t)) {
            "None".to_owned()
        } else {
            crate::generic_alias::type_repr(t, v)?
        });
    }
    Ok(crate::str::from_string(t, parts.join(" | ")))
}

fn hash(t: Attached<'_>, this: &Value) -> PyResult<i64> {
    // As of a frozenset: the order does not matter.
    let mut h: u64 = 0x5bd1_e995;
    for v in crate::tuple::items(&body(this).args.load()) {
        let one = crate::protocol::hash(t, v)? as u64;
        h ^= (one ^ 89_869_747 ^ one << 16).wrapping_mul(3_644_798_167);
    }
    let h = h as i64;
    Ok(if h == -1 { -2 } else { h })
}

fn subset(t: Attached<'_>, a: &[Value], b: &[Value]) -> PyResult<bool> {
    for x in a {
        let mut found = false;
        for y in b {
            if crate::protocol::equal_or_same(t, x, y)? {
                found = true;
                break;
            }
        }
        if !found {
            return Ok(false);
        }
    }
    Ok(true)
}

fn compare(t: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (members(a), members(b)) else { return Ok(Value::not_implemented()) };
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Value::not_implemented());
    }
    let (x, y) = (crate::tuple::items(&x), crate::tuple::items(&y));
    let same = x.len() == y.len() && subset(t, x, y)? && subset(t, y, x)?;
    Ok(Value::bool(same == (op == CompareOp::Eq)))
}

fn parameters(t: Attached<'_>, this: &Value) -> PyResult {
    let u = body(this);
    let known = u.parameters.load();
    if !known.is_unbound() {
        return Ok(known);
    }
    let made = crate::generic_alias::make_parameters(t, &u.args.load())?;
    u.parameters.set(made.clone());
    Ok(made)
}

fn get_item(t: Attached<'_>, this: &Value, item: &Value) -> PyResult {
    let args = crate::generic_alias::substitute(t, this, &body(this).args.load(), &parameters(t, this)?, item)?;
    of(t, crate::tuple::items(&args))
}

fn instance_check(t: Attached<'_>, a: &[Value]) -> PyResult {
    let args = body(&a[0]).args.load();
    for c in crate::tuple::items(&args) {
        if crate::protocol::is_instance(t, &a[1], c)? {
            return Ok(Value::bool(true));
        }
    }
    Ok(Value::bool(false))
}
fn subclass_check(t: Attached<'_>, a: &[Value]) -> PyResult {
    if a[1].payload::<PyType>().is_none() {
        return Err(t.type_error("issubclass() arg 1 must be a class"));
    }
    let args = body(&a[0]).args.load();
    for c in crate::tuple::items(&args) {
        if crate::protocol::is_subclass(t, &a[1], c)? {
            return Ok(Value::bool(true));
        }
    }
    Ok(Value::bool(false))
}
fn mro_entries(t: Attached<'_>, a: &[Value]) -> PyResult {
    Err(t.type_error(format!("Cannot subclass {}", crate::protocol::display_repr(t, &a[0]))))
}
