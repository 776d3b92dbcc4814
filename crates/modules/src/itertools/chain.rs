//! `chain`: the members of several iterables, one after the other.

use orochi_heap::Visit;
use orochi_objects::{Args, Attached, Def, Method, Payload, PyResult, Slot, TypeSpec, Value, flags, iter::itself, payload, protocol, tuple};

use super::own;

struct PyChain {
    /// Iterator of the iterables; unbound at the end.
    source: Slot,
    /// Iterator of the current one, or unbound.
    active: Slot,
}

impl Payload for PyChain {
    payload!(PyChain, "itertools.chain");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.source);
        visit.slot(&self.active);
    }
    fn clear(&self) {
        drop(self.source.take());
        drop(self.active.take());
    }
}

/// `itertools.chain`.
pub(super) static TYPE: TypeSpec = TypeSpec::new::<PyChain>("itertools.chain")
    .flags(flags::BASETYPE)
    .slots(&[Def::New(new), Def::Iter(itself), Def::Next(next)])
    .methods(&[
        Method::class(
            "from_iterable",
            "($type, iterable, /)",
            from_iterable,
            "Alternative chain() constructor taking a single iterable argument that evaluates lazily.",
        ),
        Method::class("__class_getitem__", "($type, object, /)", orochi_objects::generic_alias::class_getitem, "See PEP 585"),
    ])
    .doc(
        "chain(*iterables)\n--\n\nReturn a chain object whose .__next__() method returns elements from the\nfirst iterable until \
         it is exhausted, then elements from the next\niterable, until all of the iterables are exhausted.",
    );

fn make(t: Attached<'_>, class: &Value, iterables: &Value) -> PyResult {
    let source = protocol::get_iter(t, iterables)?;
    TYPE.alloc_for(t, class, PyChain { source: Slot::new(source), active: Slot::unbound() })
}

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    TYPE.refuse_keywords(t, class, args)?;
    make(t, class, &tuple::from_slice(t, args.positional()))
}

fn from_iterable(t: Attached<'_>, a: &[Value]) -> PyResult {
    make(t, &a[0], &a[1])
}

fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let s = own::<PyChain>(this);
    loop {
        let active = s.active.load();
        if !active.is_unbound() {
            if let Some(v) = protocol::next(t, &active)? {
                return Ok(Some(v));
            }
            drop(s.active.take());
        }
        let source = s.source.load();
        if source.is_unbound() {
            return Ok(None);
        }
        let iterator = match protocol::next(t, &source) {
            Ok(Some(iterable)) => protocol::get_iter(t, &iterable),
            Ok(None) => {
                drop(s.source.take());
                return Ok(None);
            }
            Err(e) => Err(e),
        };
        match iterator {
            Ok(iterator) => s.active.set(iterator),
            Err(e) => {
                drop(s.source.take());
                return Err(e);
            }
        }
        t.safepoint()?;
    }
}
