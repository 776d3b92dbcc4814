//! `filterfalse`: the members that fail the predicate.

use orochi_heap::Visit;
use orochi_objects::{Args, Attached, Def, Payload, PyResult, TypeSpec, Value, flags, iter::itself, payload, protocol};

use super::own;

struct PyFilterFalse {
    function: Value,
    iterator: Value,
}

impl Payload for PyFilterFalse {
    payload!(PyFilterFalse, "itertools.filterfalse");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.values([&self.function, &self.iterator]);
    }
}

/// `itertools.filterfalse`.
pub(super) static TYPE: TypeSpec = TypeSpec::new::<PyFilterFalse>("itertools.filterfalse")
    .flags(flags::BASETYPE)
    .slots(&[Def::New(new), Def::Iter(itself), Def::Next(next)])
    .doc("filterfalse(function, iterable, /)\n--\n\nReturn those items of iterable for which function(item) is false.\n\nIf function is None, return the items that are false.");

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    TYPE.refuse_keywords(t, class, args)?;
    let a = Args::new(args.positional()).expect(t, "filterfalse", 2, 2)?;
    let iterator = protocol::get_iter(t, &a[1])?;
    let body = PyFilterFalse { function: a[0].clone(), iterator };
    TYPE.alloc_for(t, class, body)
}

fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let s = own::<PyFilterFalse>(this);
    let by_truth = s.function.is_none() || s.function.is(orochi_objects::bool_::TYPE.get(t));
    while let Some(v) = protocol::next(t, &s.iterator)? {
        let found = if by_truth {
            protocol::truth(t, &v)?
        } else {
            let r = protocol::call(t, &s.function, std::slice::from_ref(&v))?;
            protocol::truth(t, &r)?
        };
        if !found {
            return Ok(Some(v));
        }
        t.safepoint()?;
    }
    Ok(None)
}
