//! `defaultdict`: a dict whose missing keys are made by a factory, kept in the dict body's spare slot.

use orochi_objects::dict::{self, PyDict};
use orochi_objects::{
    Args, Attached, Def, GetSet, Method, PyResult, TypeSpec, Value, exception, flags, protocol, str, tuple, type_,
};

/// `defaultdict`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyDict>("collections.defaultdict")
    .base(&dict::TYPE)
    .flags(flags::BASETYPE)
    .slots(&[Def::Init(init), Def::Repr(repr), Def::Or(or)])
    .methods(&[
        Method::new("__missing__", "($self, key, /)", missing, "Calls the factory for a missing key, keeps and returns the value.\n\nWithout a factory, raises KeyError."),
        Method::new("copy", "($self, /)", copy, "A copy with the same factory."),
        Method::new("__copy__", "($self, /)", copy, "A copy with the same factory."),
        Method::new("__reduce__", "($self, /)", reduce, "How to make the dict again, for pickle."),
        Method::class("__class_getitem__", "($type, object, /)", orochi_objects::generic_alias::class_getitem, "A generic alias, for annotations."),
    ])
    .getset(&[GetSet::write("default_factory", get_factory, set_factory, "Makes the value of a missing key; None: no value is made.")])
    .doc("defaultdict(default_factory=None, /, [...])\n--\n\nA dict whose missing keys get a value from a factory.\n\nThe other arguments are those of dict.");

fn body(v: &Value) -> &PyDict {
    match dict::as_dict(v) {
        Some(d) => d,
        None => unreachable!("slots are called with their own type"),
    }
}

fn factory(this: &Value) -> Value {
    let f = body(this).extra.load();
    if f.is_unbound() { Value::none() } else { f }
}

fn init(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    let (factory, rest) = match args.positional().first() {
        Some(f) => (f.clone(), args.skip_first()),
        None => (Value::none(), args),
    };
    if !factory.is_none() && !protocol::is_callable(t, &factory) {
        return Err(t.type_error("first argument must be callable or None"));
    }
    body(this).extra.set(factory);
    match type_::as_type(dict::TYPE.get(t)).slots.init() {
        Some(init) => init(t, this, rest),
        None => Ok(()),
    }
}

fn missing(t: Attached<'_>, a: &[Value]) -> PyResult {
    let factory = factory(&a[0]);
    if factory.is_none() {
        return Err(t.raise_with(&exception::KeyError, vec![a[1].clone()]));
    }
    let value = protocol::call(t, &factory, &[])?;
    protocol::set_item(t, &a[0], &a[1], &value)?;
    Ok(value)
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let items = match type_::as_type(dict::TYPE.get(t)).slots.repr() {
        Some(f) => f(t, this)?,
        None => str::empty(t),
    };
    let factory = factory(this);
    // A factory that is a method of the dict itself would print the dict again.
    let factory = match t.printing(&factory, || protocol::repr(t, &factory))? {
        Some(text) => str::display(&text),
        None => "...".to_owned(),
    };
    let name = type_::type_name(t, this);
    Ok(str::from_string(t, format!("{name}({factory}, {})", str::display(&items))))
}

/// A new instance of the same class with the factory of `like` and the items of `from`.
fn copy_like(t: Attached<'_>, like: &Value, from: &Value) -> PyResult {
    let class = type_::type_of(t, like).clone();
    let args = if type_::is_instance_of(t, like, TYPE.get(t)) { vec![factory(like), from.clone()] } else { vec![from.clone()] };
    protocol::call(t, &class, &args)
}

fn copy(t: Attached<'_>, a: &[Value]) -> PyResult {
    copy_like(t, &a[0], &a[0])
}

fn or(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    if dict::as_dict(a).is_none() || dict::as_dict(b).is_none() {
        return Ok(Value::not_implemented());
    }
    let like = if type_::is_instance_of(t, a, TYPE.get(t)) { a } else { b };
    let result = copy_like(t, like, a)?;
    if dict::as_dict(&result).is_some() {
        dict::update_from(t, &result, b)?;
    }
    Ok(result)
}

fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let factory = factory(&a[0]);
    let args = if factory.is_none() { Vec::new() } else { vec![factory] };
    let items = protocol::call_method(t, &a[0], &t.names().items, &[])?;
    let items = protocol::get_iter(t, &items)?;
    let class = type_::type_of(t, &a[0]).clone();
    Ok(tuple::new(t, vec![class, tuple::new(t, args), Value::none(), Value::none(), items]))
}

fn get_factory(_: Attached<'_>, this: &Value) -> PyResult {
    Ok(factory(this))
}
fn set_factory(_: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    body(this).extra.set(value.cloned().unwrap_or(Value::none()));
    Ok(())
}

