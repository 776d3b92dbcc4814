//! `takewhile`: the members before the first that fails the predicate.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use orochi_heap::Visit;
use orochi_objects::{Args, Attached, Def, Payload, PyResult, TypeSpec, Value, flags, iter::itself, payload, protocol};

use super::own;

struct PyTakeWhile {
    function: Value,
    iterator: Value,
    /// Whether a member has failed.
    stopped: AtomicBool,
}

impl Payload for PyTakeWhile {
    payload!(PyTakeWhile, "itertools.takewhile");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.values([&self.function, &self.iterator]);
    }
}

/// `itertools.takewhile`.
pub(super) static TYPE: TypeSpec = TypeSpec::new::<PyTakeWhile>("itertools.takewhile")
    .flags(flags::BASETYPE)
    .slots(&[Def::New(new), Def::Iter(itself), Def::Next(next)])
    .doc("takewhile(predicate, iterable, /)\n--\n\nReturn successive entries from an iterable as long as the predicate evaluates to true for each entry.");

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    TYPE.refuse_keywords(t, class, args)?;
    let a = Args::new(args.positional()).expect(t, "takewhile", 2, 2)?;
    let iterator = protocol::get_iter(t, &a[1])?;
    let body = PyTakeWhile { function: a[0].clone(), iterator, stopped: AtomicBool::new(false) };
    TYPE.alloc_for(t, class, body)
}

fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let s = own::<PyTakeWhile>(this);
    if s.stopped.load(Relaxed) {
        return Ok(None);
    }
    let Some(v) = protocol::next(t, &s.iterator)? else { return Ok(None) };
    let r = protocol::call(t, &s.function, std::slice::from_ref(&v))?;
    if protocol::truth(t, &r)? {
        return Ok(Some(v));
    }
    s.stopped.store(true, Relaxed);
    Ok(None)
}
