//! `_tuplegetter`: the descriptor of a named tuple's field.

use orochi_objects::{
    Args, Attached, Def, GetSet, Method, Payload, PyResult, Slot, TypeSpec, Value, exception, int, payload, protocol,
    str, tuple, type_,
};

/// The body of a `_tuplegetter`.
pub struct PyTupleGetter {
    index: isize,
    doc: Slot,
}

impl Payload for PyTupleGetter {
    payload!(PyTupleGetter, "_tuplegetter");
    fn trace(&self, visit: &mut orochi_heap::Visit<'_>) {
        visit.slot(&self.doc);
    }
    fn clear(&self) {
        self.doc.set(Value::none());
    }
}

/// `_tuplegetter`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyTupleGetter>("collections._tuplegetter")
    .slots(&[Def::New(new), Def::DescrGet(get), Def::DescrSet(set), Def::Repr(repr)])
    .methods(&[Method::new("__reduce__", "($self, /)", reduce, "How to make the getter again, for pickle.")])
    .getset(&[GetSet::write("__doc__", doc, set_doc, "")]);

fn body(v: &Value) -> &PyTupleGetter {
    match v.payload::<PyTupleGetter>() {
        Some(b) => b,
        None => unreachable!("slots are called with their own type"),
    }
}

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    let a = args.expect(t, "_tuplegetter", 2, 2)?;
    let index = protocol::as_size(t, &a[0])?;
    TYPE.alloc_for(t, class, PyTupleGetter { index, doc: Slot::new(a[1].clone()) })
}

fn get(t: Attached<'_>, this: &Value, instance: Option<&Value>, _: &Value) -> PyResult {
    let Some(instance) = instance.filter(|i| !i.is_none()) else { return Ok(this.clone()) };
    let index = body(this).index;
    if tuple::as_tuple(instance).is_none() {
        return Err(t.type_error(format!(
            "descriptor for index '{index}' for tuple subclasses doesn't apply to '{}' object",
            type_::type_name(t, instance)
        )));
    }
    match usize::try_from(index).ok().and_then(|i| tuple::items(instance).get(i)) {
        Some(v) => Ok(v.clone()),
        None => Err(t.raise(&exception::IndexError, "tuple index out of range")),
    }
}

fn set(t: Attached<'_>, _: &Value, _: &Value, value: Option<&Value>) -> PyResult<()> {
    let what = if value.is_some() { "can't set attribute" } else { "can't delete attribute" };
    Err(t.raise(&exception::AttributeError, what))
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let b = body(this);
    let doc = protocol::repr(t, &b.doc.load())?;
    let name = type_::type_name(t, this);
    Ok(str::from_string(t, format!("{name}({}, {})", b.index, str::display(&doc))))
}

fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let b = body(&a[0]);
    let args = tuple::new(t, vec![int::new(t, b.index as i64), b.doc.load()]);
    Ok(tuple::new(t, vec![type_::type_of(t, &a[0]).clone(), args]))
}

fn doc(_: Attached<'_>, this: &Value) -> PyResult {
    Ok(body(this).doc.load())
}
fn set_doc(_: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    body(this).doc.set(value.cloned().unwrap_or(Value::none()));
    Ok(())
}
