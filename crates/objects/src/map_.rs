//! The builtin type `map` (`map.rs` is about hidden classes).

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use orochi_heap::{Payload, Value, Visit, payload};

use crate::args::Args;
use crate::iter::itself;
use crate::protocol;
use crate::slots::Def;
use crate::spec::{Method, TypeSpec, flags};
use crate::thread::{Attached, PyResult};

/// The body of a map object.
pub struct PyMap {
    function: Value,
    iterators: Box<[Value]>,
    strict: AtomicBool,
}

impl Payload for PyMap {
    payload!(PyMap, "map");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.value(&self.function);
        visit.values(&self.iterators);
    }
}

/// `map`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyMap>("map")
    .flags(flags::BASETYPE)
    .slots(&[Def::New(map_new), Def::Iter(itself), Def::Next(next)])
    .methods(&[
        Method::new("__reduce__", "($self, /)", reduce, "Return state information for pickling."),
        Method::new("__setstate__", "($self, object, /)", set_state, "Set state information for unpickling."),
    ])
    .doc(
        "map(function, iterable, /, *iterables, strict=False)\n--\n\nMake an iterator that computes the function using \
         arguments from\neach of the iterables.  Stops when the shortest iterable is exhausted.\n\nIf strict is true and one \
         of the arguments is exhausted before the others,\nraise a ValueError.",
    );

fn map_new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    let strict = crate::zip::strict_keyword(t, "map", args)?;
    let [function, iterables @ ..] = args.positional() else {
        return Err(t.type_error("map() must have at least two arguments."));
    };
    if iterables.is_empty() {
        return Err(t.type_error("map() must have at least two arguments."));
    }
    let mut iterators = Vec::with_capacity(iterables.len());
    for v in iterables {
        iterators.push(protocol::get_iter(t, v)?);
    }
    let body = PyMap { function: function.clone(), iterators: iterators.into(), strict: AtomicBool::new(strict) };
    TYPE.alloc_for(t, class, body)
}

fn own(v: &Value) -> &PyMap {
    match v.payload::<PyMap>() {
        Some(m) => m,
        None => unreachable!("slots are called with their own type"),
    }
}

fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let m = own(this);
    if let [one] = &m.iterators[..] {
        let Some(item) = protocol::next(t, one)? else { return Ok(None) };
        return protocol::call(t, &m.function, std::slice::from_ref(&item)).map(Some);
    }
    match crate::zip::next_of_each(t, &m.iterators, m.strict.load(Relaxed), "map")? {
        Some(items) => protocol::call(t, &m.function, &items).map(Some),
        None => Ok(None),
    }
}

/// Function and iterator of a map over one iterable.
pub fn parts(this: &Value) -> Option<(&Value, &Value)> {
    let m = this.payload::<PyMap>()?;
    if let [one] = &m.iterators[..] { Some((&m.function, one)) } else { None }
}

/// Calls `sink` with what is left until it answers false; `None` if it maps several iterables.
pub(crate) fn walk(t: Attached<'_>, this: &Value, sink: protocol::Sink<'_>) -> Option<PyResult<()>> {
    let (function, iterator) = parts(this)?;
    let mut sink_raised = false;
    let walked = protocol::call_each(t, function, &mut |result| {
        if let Some(r) = result
            && !sink(r).inspect_err(|_| sink_raised = true)?
        {
            return Ok(None);
        }
        protocol::next(t, iterator)
    });
    // A StopIteration of the function ends the map.
    Some(walked.or_else(|e| if sink_raised { Err(e) } else { protocol::end_or(t, e).map(drop) }))
}

fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let m = own(&a[0]);
    let mut args = vec![m.function.clone()];
    args.extend(m.iterators.iter().cloned());
    let mut parts = vec![crate::type_::type_of(t, &a[0]).clone(), crate::tuple::new(t, args)];
    if m.strict.load(Relaxed) {
        parts.push(Value::bool(true));
    }
    Ok(crate::tuple::new(t, parts))
}

fn set_state(t: Attached<'_>, a: &[Value]) -> PyResult {
    own(&a[0]).strict.store(protocol::truth(t, &a[1])?, Relaxed);
    Ok(Value::none())
}
