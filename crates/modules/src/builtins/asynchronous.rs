//! `aiter`, `anext`, and the awaitable of `anext` with a default.

use orochi_objects::{
    Attached, Def, Method, Payload, PyResult, TypeSpec, Value, exception, flags, iter::itself, payload, protocol,
    type_::{class_of, type_name},
};

/// What `anext(iterator, default)` gives: awaits the next member, and gives the default at the end.
struct PyAnextAwaitable {
    awaitable: Value,
    default: Value,
}

impl Payload for PyAnextAwaitable {
    payload!(PyAnextAwaitable, "anext_awaitable");
    fn trace(&self, visit: &mut orochi_heap::Visit<'_>) {
        visit.values([&self.awaitable, &self.default]);
    }
}

/// `anext_awaitable`.
static TYPE: TypeSpec = TypeSpec::new::<PyAnextAwaitable>("anext_awaitable")
    .flags(flags::NO_NEW)
    .slots(&[Def::Await(itself), Def::Iter(itself), Def::Next(next)])
    .methods(&[
        Method::new("send", "($self, value, /)", |t, a| forward(t, a, "send"), ""),
        Method::new("throw", "($self, typ, val=None, tb=None, /)", |t, a| forward(t, a, "throw"), ""),
        Method::new("close", "($self, /)", |t, a| forward(t, a, "close"), ""),
    ]);

pub(super) fn aiter(t: Attached<'_>, a: &[Value]) -> PyResult {
    let Some(f) = class_of(t, &a[0]).slots.aiter() else {
        return Err(t.type_error(format!("'{}' object is not an async iterable", type_name(t, &a[0]))));
    };
    let it = f(t, &a[0])?;
    if class_of(t, &it).slots.anext().is_none() {
        return Err(t.type_error(format!("aiter() returned not an async iterator of type '{}'", type_name(t, &it))));
    }
    Ok(it)
}

pub(super) fn anext(t: Attached<'_>, a: &[Value]) -> PyResult {
    let Some(f) = class_of(t, &a[0]).slots.anext() else {
        return Err(t.type_error(format!("'{}' object is not an async iterator", type_name(t, &a[0]))));
    };
    let awaitable = f(t, &a[0])?;
    match a[1].given() {
        None => Ok(awaitable),
        Some(default) => Ok(TYPE.alloc(t, PyAnextAwaitable { awaitable, default: default.clone() })),
    }
}

fn own(v: &Value) -> &PyAnextAwaitable {
    match v.payload::<PyAnextAwaitable>() {
        Some(a) => a,
        None => unreachable!("slots are called with their own type"),
    }
}

/// The iterator that awaiting the wrapped awaitable runs.
fn inner(t: Attached<'_>, this: &Value) -> PyResult {
    let awaitable = &own(this).awaitable;
    let it = match class_of(t, awaitable).slots.await_() {
        Some(f) => f(t, awaitable)?,
        // A generator decorated as a coroutine is its own iterator.
        None => awaitable.clone(),
    };
    if !protocol::is_iterator(t, &it) {
        return Err(t.type_error(format!("object {} can't be used in 'await' expression", type_name(t, awaitable))));
    }
    Ok(it)
}

/// The end of the asynchronous iteration becomes the default, as the value of the await.
fn finish(t: Attached<'_>, this: &Value, e: orochi_objects::Raised) -> orochi_objects::Raised {
    match t.catch(e, &exception::StopAsyncIteration) {
        Ok(_) => t.raise_with(&exception::StopIteration, vec![own(this).default.clone()]),
        Err(e) => e,
    }
}

fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let it = inner(t, this)?;
    protocol::next(t, &it).map_err(|e| finish(t, this, e))
}

fn forward(t: Attached<'_>, a: &[Value], method: &str) -> PyResult {
    let it = inner(t, &a[0])?;
    let args: Vec<Value> = a[1..].iter().filter_map(Value::given).cloned().collect();
    let name = orochi_objects::str::intern(t, method);
    protocol::call_method(t, &it, &name, &args).map_err(|e| finish(t, &a[0], e))
}
