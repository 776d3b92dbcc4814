//! `dropwhile`: the members from the first on that fails the predicate.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use orochi_heap::Visit;
use orochi_objects::{Args, Attached, Def, Payload, PyResult, TypeSpec, Value, flags, iter::itself, payload, protocol};

use super::own;

struct PyDropWhile {
    function: Value,
    iterator: Value,
    /// Whether a member has failed.
    started: AtomicBool,
}

impl Payload for PyDropWhile {
    payload!(PyDropWhile, "itertools.dropwhile");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.values([&self.function, &self.iterator]);
    }
}

/// `itertools.dropwhile`.
pub(super) static TYPE: TypeSpec = TypeSpec::new::<PyDropWhile>("itertools.dropwhile")
    .flags(flags::BASETYPE)
    .slots(&[Def::New(new), Def::Iter(itself), Def::Next(next)])
    .doc("dropwhile(predicate, iterable, /)\n--\n\nDrop items from the iterable while predicate(item) is true.\n\nAfterwards, return every element until the iterable is exhausted.");

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    TYPE.refuse_keywords(t, class, args)?;
    let a = Args::new(args.positional()).expect(t, "dropwhile", 2, 2)?;
    let iterator = protocol::get_iter(t, &a[1])?;
    let body = PyDropWhile { function: a[0].clone(), iterator, started: AtomicBool::new(false) };
    TYPE.alloc_for(t, class, body)
}

fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let s = own::<PyDropWhile>(this);
    if s.started.load(Relaxed) {
        return protocol::next(t, &s.iterator);
    }
    while let Some(v) = protocol::next(t, &s.iterator)? {
        let r = protocol::call(t, &s.function, std::slice::from_ref(&v))?;
        if !protocol::truth(t, &r)? {
            s.started.store(true, Relaxed);
            return Ok(Some(v));
        }
        t.safepoint()?;
    }
    Ok(None)
}
