//! `zip`.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use orochi_heap::{Payload, Value, Visit, payload};

use crate::args::Args;
use crate::iter::itself;
use crate::protocol;
use crate::result_tuple::{Members, ResultTuple};
use crate::slots::Def;
use crate::spec::{Method, TypeSpec, flags};
use crate::thread::{Attached, PyResult};

/// The body of a zip object.
pub struct PyZip {
    iterators: Box<[Value]>,
    strict: AtomicBool,
    result: ResultTuple,
}

impl Payload for PyZip {
    payload!(PyZip, "zip");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.values(&self.iterators);
        self.result.trace(visit);
    }
}

/// `zip`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyZip>("zip")
    .flags(flags::BASETYPE)
    .slots(&[Def::New(zip_new), Def::Iter(itself), Def::Next(next)])
    .methods(&[
        Method::new("__reduce__", "($self, /)", reduce, "Return state information for pickling."),
        Method::new("__setstate__", "($self, object, /)", set_state, "Set state information for unpickling."),
    ])
    .doc(
        "zip(*iterables, strict=False)\n--\n\nThe zip object yields n-length tuples, where n is the number of \
         iterables\npassed as positional arguments to zip().  The i-th element in every tuple\ncomes from the i-th iterable \
         argument to zip().  This continues until the\nshortest argument is exhausted.\n\nIf strict is true and one of the \
         arguments is exhausted before the others,\nraise a ValueError.",
    );

/// The `strict` keyword of `zip()` and `map()`; other keywords are a TypeError, also for subclasses.
pub(crate) fn strict_keyword(t: Attached<'_>, function: &str, args: Args<'_>) -> PyResult<bool> {
    let mut strict = false;
    for (name, value) in args.keywords() {
        if crate::str::utf8(name) == Some("strict") {
            strict = protocol::truth(t, value)?;
        } else {
            return Err(t.type_error(format!("{function}() got an unexpected keyword argument '{}'", crate::str::display(name))));
        }
    }
    Ok(strict)
}

fn zip_new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    let strict = strict_keyword(t, "zip", args)?;
    let mut iterators = Vec::with_capacity(args.positional().len());
    for v in args.positional() {
        iterators.push(protocol::get_iter(t, v)?);
    }
    TYPE.alloc_for(t, class, PyZip { iterators: iterators.into(), strict: AtomicBool::new(strict), result: ResultTuple::default() })
}

fn own(v: &Value) -> &PyZip {
    match v.payload::<PyZip>() {
        Some(z) => z,
        None => unreachable!("slots are called with their own type"),
    }
}

/// The next member of each iterator, or `None` when the first ends. With `strict`, ValueError unless all
/// end together.
#[inline]
pub(crate) fn next_of_each(t: Attached<'_>, iterators: &[Value], strict: bool, function: &str) -> PyResult<Option<Members>> {
    let mut items = Members::with_capacity(iterators.len());
    for it in iterators {
        match protocol::next(t, it)? {
            Some(v) => items.push(v),
            None if strict => return unequal(t, iterators, items.len(), function).map(|()| None),
            None => return Ok(None),
        }
    }
    Ok(Some(items))
}

/// Iterator `ended` ended: the ones before must not have given anything, the ones after must end too.
fn unequal(t: Attached<'_>, iterators: &[Value], ended: usize, function: &str) -> PyResult<()> {
    let plural = |n: usize| if n == 1 { " " } else { "s 1-" };
    if ended > 0 {
        return Err(t.value_error(format!(
            "{function}() argument {} is shorter than argument{}{ended}",
            ended + 1,
            plural(ended)
        )));
    }
    for (i, it) in iterators.iter().enumerate().skip(1) {
        if protocol::next(t, it)?.is_some() {
            return Err(t.value_error(format!("{function}() argument {} is longer than argument{}{i}", i + 1, plural(i))));
        }
    }
    Ok(())
}

/// The next two members, without a tuple; `None` if it does not zip two iterators, or is strict.
pub(crate) fn next_pair(t: Attached<'_>, this: &Value) -> Option<PyResult<Option<(Value, Value)>>> {
    let z = own(this);
    if let [a, b] = &z.iterators[..]
        && !z.strict.load(Relaxed)
    {
        return Some(both(t, z, a, b));
    }
    None
}

fn both(t: Attached<'_>, z: &PyZip, a: &Value, b: &Value) -> PyResult<Option<(Value, Value)>> {
    if let Some(first) = protocol::next(t, a)?
        && let Some(second) = protocol::next(t, b)?
    {
        return Ok(Some((first, second)));
    }
    z.result.clear();
    Ok(None)
}

pub(crate) fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let z = own(this);
    if z.iterators.is_empty() {
        return Ok(None);
    }
    if let Some(pair) = next_pair(t, this) {
        return Ok(pair?.map(|(a, b)| z.result.pair(t, a, b)));
    }
    match next_of_each(t, &z.iterators, z.strict.load(Relaxed), "zip")? {
        Some(mut members) => Ok(Some(z.result.of(t, &mut members))),
        None => {
            z.result.clear();
            Ok(None)
        }
    }
}

fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let z = own(&a[0]);
    let mut parts =
        vec![crate::type_::type_of(t, &a[0]).clone(), crate::tuple::from_slice(t, &z.iterators)];
    if z.strict.load(Relaxed) {
        parts.push(Value::bool(true));
    }
    Ok(crate::tuple::new(t, parts))
}

fn set_state(t: Attached<'_>, a: &[Value]) -> PyResult {
    own(&a[0]).strict.store(protocol::truth(t, &a[1])?, Relaxed);
    Ok(Value::none())
}
