//! `types.GenericAlias`: `list[int]`. Behaves as its origin but for a few attributes.
//!
//! Substitution of type parameters (used by unions, too) is in `generic_alias/substitute.rs`.

mod substitute;

use orochi_heap::{Payload, Slot, Value, Visit, payload};

use crate::args::Args;
use crate::slots::{CompareOp, Def};
use crate::spec::{GetSet, Method, TypeSpec, flags};
use crate::thread::{Attached, PyResult};

pub use substitute::{make_parameters, substitute, unpack_items};

/// The body of a generic alias.
pub struct PyGenericAlias {
    origin: Slot,
    /// A tuple.
    args: Slot,
    /// A tuple, or unbound until asked for.
    parameters: Slot,
    /// `*tuple[int]`.
    starred: bool,
}

impl Payload for PyGenericAlias {
    payload!(PyGenericAlias, "GenericAlias");
    fn trace(&self, visit: &mut Visit<'_>) {
        for slot in [&self.origin, &self.args, &self.parameters] {
            visit.slot(slot);
        }
    }
}

/// `types.GenericAlias`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyGenericAlias>("types.GenericAlias")
    .flags(flags::BASETYPE | flags::HAS_WEAKREF)
    .slots(&[
        Def::New(alias_new),
        Def::Repr(repr),
        Def::Hash(hash),
        Def::Compare(compare),
        Def::Call(call),
        Def::GetAttr(get_attr),
        Def::GetItem(get_item),
        Def::Iter(iter),
        Def::Or(crate::union_::or),
    ])
    .methods(&[
        Method::new("__mro_entries__", "($self, bases, /)", |t, a| Ok(crate::tuple::new(t, vec![body(&a[0]).origin.load()])), ""),
        Method::new("__instancecheck__", "($self, instance, /)", instance_check, ""),
        Method::new("__subclasscheck__", "($self, subclass, /)", subclass_check, ""),
        Method::new("__reduce__", "($self, /)", reduce, ""),
        Method::new("__dir__", "($self, /)", dir, ""),
    ])
    .getset(&[
        GetSet::read("__origin__", |_, v| Ok(body(v).origin.load()), ""),
        GetSet::read("__args__", |_, v| Ok(body(v).args.load()), ""),
        GetSet::read("__unpacked__", |_, v| Ok(Value::bool(body(v).starred)), ""),
        GetSet::read("__parameters__", parameters, "Type variables in the GenericAlias."),
        GetSet::read("__typing_unpacked_tuple_args__", unpacked_tuple_args, ""),
    ])
    .doc("GenericAlias(origin, args, /)\n--\n\nRepresent a PEP 585 generic type\n\nE.g. for t = list[int], t.__origin__ is list and t.__args__ is (int,).");

/// Attributes that are the alias's own; others are the origin's.
const OWN: [&str; 12] = [
    "__class__", "__origin__", "__args__", "__unpacked__", "__parameters__", "__typing_unpacked_tuple_args__",
    "__mro_entries__", "__reduce_ex__", "__reduce__", "__bases__", "__copy__", "__deepcopy__",
];

fn body(v: &Value) -> &PyGenericAlias {
    match v.payload::<PyGenericAlias>() {
        Some(a) => a,
        None => unreachable!("slots are called with their own type"),
    }
}

/// `origin[args]`; `args` is a tuple, or the only argument.
pub fn new(t: Attached<'_>, origin: &Value, args: &Value) -> Value {
    make(t, origin, args, false)
}

/// `cls[args]`, for the method `__class_getitem__` of native types.
pub fn class_getitem(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(new(t, &a[0], &a[1]))
}

fn make(t: Attached<'_>, origin: &Value, args: &Value, starred: bool) -> Value {
    let args = if crate::tuple::as_tuple(args).is_some() { args.clone() } else { crate::tuple::new(t, vec![args.clone()]) };
    TYPE.alloc(
        t,
        PyGenericAlias { origin: Slot::new(origin.clone()), args: Slot::new(args), parameters: Slot::unbound(), starred },
    )
}

fn alias_new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    let a = args.expect(t, "GenericAlias", 2, 2)?;
    let args = if crate::tuple::as_tuple(&a[1]).is_some() { a[1].clone() } else { crate::tuple::new(t, vec![a[1].clone()]) };
    let b = PyGenericAlias { origin: Slot::new(a[0].clone()), args: Slot::new(args), parameters: Slot::unbound(), starred: false };
    TYPE.alloc_for(t, class, b)
}

/// How a type is written inside brackets.
pub fn type_repr(t: Attached<'_>, v: &Value) -> PyResult<String> {
    let n = t.names();
    if v.is_ellipsis() {
        return Ok("...".to_owned());
    }
    let full = |t| crate::protocol::repr(t, v).map(|r| crate::str::display(&r));
    if crate::attr::find(t, v, &n.__origin__)?.is_some()
        && crate::attr::find(t, v, &crate::str::intern(t, "__args__"))?.is_some()
    {
        return full(t);
    }
    let Some(qualname) = crate::attr::find(t, v, &n.__qualname__)? else { return full(t) };
    let module = match crate::attr::find(t, v, &n.__module__)? {
        Some(m) if !m.is_none() => crate::str::display(&crate::protocol::str(t, &m)?),
        _ => return full(t),
    };
    let qualname = crate::str::display(&crate::protocol::str(t, &qualname)?);
    Ok(if module == "builtins" { qualname } else { format!("{module}.{qualname}") })
}

fn item_repr(t: Attached<'_>, v: &Value) -> PyResult<String> {
    if crate::list::TYPE.is_exact(t, v)
        && let Some(list) = crate::list::as_list(v)
    {
        let items: PyResult<Vec<String>> = list.to_vec().iter().map(|v| type_repr(t, v)).collect();
        return Ok(format!("[{}]", items?.join(", ")));
    }
    type_repr(t, v)
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    t.check_stack(" while getting the repr of an object")?;
    let b = body(this);
    let origin = type_repr(t, &b.origin.load())?;
    let args = b.args.load();
    let items: PyResult<Vec<String>> = crate::tuple::items(&args).iter().map(|v| item_repr(t, v)).collect();
    let items = items?;
    let inner = if items.is_empty() { "()".to_owned() } else { items.join(", ") };
    let star = if b.starred { "*" } else { "" };
    Ok(crate::str::from_string(t, format!("{star}{origin}[{inner}]")))
}

fn hash(t: Attached<'_>, this: &Value) -> PyResult<i64> {
    let b = body(this);
    let h = crate::protocol::hash(t, &b.origin.load())? ^ crate::protocol::hash(t, &b.args.load())?;
    Ok(if h == -1 { -2 } else { h })
}

fn compare(t: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (a.payload::<PyGenericAlias>(), b.payload::<PyGenericAlias>()) else {
        return Ok(Value::not_implemented());
    };
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Value::not_implemented());
    }
    let same = x.starred == y.starred
        && crate::protocol::equal(t, &x.origin.load(), &y.origin.load())?
        && crate::protocol::equal(t, &x.args.load(), &y.args.load())?;
    Ok(Value::bool(same == (op == CompareOp::Eq)))
}

fn call(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult {
    let object = crate::protocol::call_args(t, &body(this).origin.load(), args)?;
    if let Err(e) = crate::attr::set(t, &object, &t.names().__orig_class__, Some(this)) {
        if t.raised_is(&e, &crate::exception::AttributeError) || t.raised_is(&e, &crate::exception::TypeError) {
            drop(t.take_raised(e));
        } else {
            return Err(e);
        }
    }
    Ok(object)
}

fn get_attr(t: Attached<'_>, this: &Value, name: &Value) -> PyResult {
    if crate::str::utf8(name).is_some_and(|n| !OWN.contains(&n)) {
        return crate::attr::get(t, &body(this).origin.load(), name);
    }
    crate::attr::generic_get(t, this, name)
}

fn get_item(t: Attached<'_>, this: &Value, item: &Value) -> PyResult {
    let b = body(this);
    let args = substitute(t, this, &b.args.load(), &parameters(t, this)?, item)?;
    Ok(make(t, &b.origin.load(), &args, b.starred))
}

fn parameters(t: Attached<'_>, this: &Value) -> PyResult {
    let b = body(this);
    let known = b.parameters.load();
    if !known.is_unbound() {
        return Ok(known);
    }
    let made = make_parameters(t, &b.args.load())?;
    b.parameters.set(made.clone());
    Ok(made)
}

fn unpacked_tuple_args(t: Attached<'_>, this: &Value) -> PyResult {
    let b = body(this);
    Ok(if b.starred && b.origin.load().is(crate::tuple::TYPE.get(t)) { b.args.load() } else { Value::none() })
}

fn instance_check(t: Attached<'_>, _: &[Value]) -> PyResult {
    Err(t.type_error("isinstance() argument 2 cannot be a parameterized generic"))
}
fn subclass_check(t: Attached<'_>, _: &[Value]) -> PyResult {
    Err(t.type_error("issubclass() argument 2 cannot be a parameterized generic"))
}

fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let b = body(&a[0]);
    if b.starred {
        let plain = new(t, &b.origin.load(), &b.args.load());
        let it = iter(t, &plain)?;
        return Ok(crate::tuple::new(t, vec![crate::protocol::builtin(t, "next")?, crate::tuple::new(t, vec![it])]));
    }
    let args = crate::tuple::new(t, vec![b.origin.load(), b.args.load()]);
    Ok(crate::tuple::new(t, vec![TYPE.get(t).clone(), args]))
}

fn dir(t: Attached<'_>, a: &[Value]) -> PyResult {
    let dir = crate::protocol::builtin(t, "dir")?;
    let names = crate::protocol::call(t, &dir, &[body(&a[0]).origin.load()])?;
    let mut names = crate::protocol::collect(t, &names)?;
    for own in &OWN[..9] {
        let own = crate::str::intern(t, own);
        if !names.iter().any(|n| crate::str::is_str(n) && crate::str::same_text(n, &own)) {
            names.push(own);
        }
    }
    Ok(crate::list::new(t, names))
}

// --- `*alias` ------------------------------------------------------------------------------------

/// Gives the starred alias once.
struct PyAliasIterator {
    alias: Slot,
}

impl Payload for PyAliasIterator {
    payload!(PyAliasIterator, "generic_alias_iterator");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.alias);
    }
}

static ITERATOR: TypeSpec = TypeSpec::new::<PyAliasIterator>("generic_alias_iterator")
    .flags(flags::NO_NEW)
    .slots(&[Def::Iter(crate::iter::itself), Def::Next(iterator_next)])
    .methods(&[Method::new("__reduce__", "($self, /)", iterator_reduce, "")]);

fn iter(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(ITERATOR.alloc(t, PyAliasIterator { alias: Slot::new(this.clone()) }))
}

fn iterator_next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let Some(it) = this.payload::<PyAliasIterator>() else { return Ok(None) };
    let alias = it.alias.take();
    let Some(b) = alias.payload::<PyGenericAlias>() else { return Ok(None) };
    Ok(Some(make(t, &b.origin.load(), &b.args.load(), true)))
}

fn iterator_reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let alias = a[0].payload::<PyAliasIterator>().map_or(Value::unbound(), |it| it.alias.load());
    let source = if alias.is_unbound() { crate::tuple::new(t, Vec::new()) } else { alias };
    Ok(crate::tuple::new(t, vec![crate::protocol::builtin(t, "iter")?, crate::tuple::new(t, vec![source])]))
}

/// Whether the value is an exact or derived generic alias.
pub fn is_alias(v: &Value) -> bool {
    v.payload::<PyGenericAlias>().is_some()
}

/// What an alias is an alias of.
pub fn origin_of(v: &Value) -> Option<Value> {
    v.payload::<PyGenericAlias>().map(|b| b.origin.load())
}
