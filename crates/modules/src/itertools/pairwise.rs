//! `pairwise`: overlapping pairs.

use orochi_heap::Visit;
use orochi_objects::result_tuple::ResultTuple;
use orochi_objects::{Args, Attached, Def, Payload, PyResult, Slot, TypeSpec, Value, flags, iter::itself, payload, protocol};

use super::own;

struct PyPairwise {
    /// Unbound at the end.
    iterator: Slot,
    /// The member before; unbound at first.
    old: Slot,
    result: ResultTuple,
}

impl Payload for PyPairwise {
    payload!(PyPairwise, "itertools.pairwise");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.iterator);
        visit.slot(&self.old);
        self.result.trace(visit);
    }
    fn clear(&self) {
        drop(self.iterator.take());
        drop(self.old.take());
    }
}

/// `itertools.pairwise`.
pub(super) static TYPE: TypeSpec = TypeSpec::new::<PyPairwise>("itertools.pairwise")
    .flags(flags::BASETYPE)
    .slots(&[Def::New(new), Def::Iter(itself), Def::Next(next)])
    .doc(
        "pairwise(iterable, /)\n--\n\nReturn an iterator of overlapping pairs taken from the input iterator.\n\n    s -> (s0,s1), \
         (s1,s2), (s2, s3), ...",
    );

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    TYPE.refuse_keywords(t, class, args)?;
    let a = Args::new(args.positional()).expect(t, "pairwise", 1, 1)?;
    let iterator = protocol::get_iter(t, &a[0])?;
    TYPE.alloc_for(t, class, PyPairwise { iterator: Slot::new(iterator), old: Slot::unbound(), result: ResultTuple::default() })
}

fn end(s: &PyPairwise) {
    drop(s.iterator.take());
    drop(s.old.take());
}

fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let s = own::<PyPairwise>(this);
    let iterator = s.iterator.load();
    if iterator.is_unbound() {
        return Ok(None);
    }
    let take = || {
        let r = protocol::next(t, &iterator);
        if !matches!(r, Ok(Some(_))) {
            end(s);
        }
        r
    };
    let mut old = s.old.load();
    if old.is_unbound() {
        let Some(first) = take()? else { return Ok(None) };
        s.old.set(first.clone());
        // Taking the first member may have run this very iterator to its end.
        if s.iterator.is_unbound() {
            drop(s.old.take());
            return Ok(None);
        }
        old = first;
    }
    let Some(new) = take()? else { return Ok(None) };
    s.old.set(new.clone());
    Ok(Some(s.result.pair(t, old, new)))
}
