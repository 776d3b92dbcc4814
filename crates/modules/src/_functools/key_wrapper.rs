//! `cmp_to_key`: objects that compare by calling a comparison function.

use orochi_objects::slots::CompareOp;
use orochi_objects::{Args, Attached, Def, GetSet, Payload, PyResult, Slot, TypeSpec, Value, attr, flags, payload, protocol, str};

/// The key function that `cmp_to_key` gives, and the keys that it makes.
pub struct PyKeyWrapper {
    compare: Slot,
    /// The wrapped object; unbound in the key function itself.
    object: Slot,
}

impl Payload for PyKeyWrapper {
    payload!(PyKeyWrapper, "KeyWrapper");
    fn trace(&self, visit: &mut orochi_heap::Visit<'_>) {
        visit.slot(&self.compare);
        visit.slot(&self.object);
    }
    fn clear(&self) {
        self.object.take();
    }
}

/// `functools.KeyWrapper`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyKeyWrapper>("functools.KeyWrapper")
    .flags(flags::NO_NEW)
    .slots(&[Def::Call(call), Def::Compare(compare)])
    .getset(&[
        GetSet::write("obj", object, set_object, "The object that is compared."),
        GetSet::read("__text_signature__", |t, _| Ok(str::new(t, "(obj)")), ""),
    ]);

fn body(v: &Value) -> &PyKeyWrapper {
    match v.payload::<PyKeyWrapper>() {
        Some(k) => k,
        None => unreachable!("slots are called with their own type"),
    }
}

/// `functools.cmp_to_key(mycmp)`.
pub(super) fn cmp_to_key(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(TYPE.alloc(t, PyKeyWrapper { compare: Slot::new(a[0].clone()), object: Slot::unbound() }))
}

fn call(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult {
    with_object(t, args, |a| {
        let compare = body(this).compare.load();
        Ok(TYPE.alloc(t, PyKeyWrapper { compare: Slot::new(compare), object: Slot::new(a.clone()) }))
    })
}

/// One argument, which may be named `obj`.
fn with_object(t: Attached<'_>, args: Args<'_>, f: impl FnOnce(&Value) -> PyResult) -> PyResult {
    match (args.all(), args.names()) {
        ([v], []) => f(v),
        ([v], [name]) if str::display(name) == "obj" => f(v),
        _ => orochi_objects::args::Signature::parse("(obj)").call(t, "K", args, |a| f(&a[0])),
    }
}

fn compare(t: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (a.payload::<PyKeyWrapper>(), b.payload::<PyKeyWrapper>()) else {
        return Err(t.type_error("other argument must be K instance"));
    };
    let (v, w) = (x.object.load(), y.object.load());
    if v.is_unbound() || w.is_unbound() {
        return Err(t.raise(&orochi_objects::exception::AttributeError, "object"));
    }
    let order = protocol::call(t, &x.compare.load(), &[v, w])?;
    protocol::compare(t, &order, &Value::i32(0), op)
}

fn object(t: Attached<'_>, this: &Value) -> PyResult {
    let object = body(this).object.load();
    if object.is_unbound() {
        return Err(attr::no_attribute(t, this, &t.names().obj));
    }
    Ok(object)
}
fn set_object(_: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    drop(body(this).object.swap(value.cloned().unwrap_or(Value::unbound())));
    Ok(())
}
