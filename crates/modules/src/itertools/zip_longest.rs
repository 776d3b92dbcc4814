//! `zip_longest`: tuples until the last iterable ends.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use orochi_heap::Visit;
use orochi_objects::result_tuple::{Members, ResultTuple};
use orochi_objects::{Args, Attached, Def, Payload, PyResult, Slot, TypeSpec, Value, flags, iter::itself, payload, protocol, str};

use super::own;

struct PyZipLongest {
    /// Each unbound when it has ended.
    iterators: Box<[Slot]>,
    fill: Value,
    /// How many have not ended.
    active: AtomicUsize,
    result: ResultTuple,
}

impl Payload for PyZipLongest {
    payload!(PyZipLongest, "itertools.zip_longest");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.value(&self.fill);
        for slot in &self.iterators {
            visit.slot(slot);
        }
        self.result.trace(visit);
    }
    fn clear(&self) {
        for slot in &self.iterators {
            drop(slot.take());
        }
    }
}

/// `itertools.zip_longest`.
pub(super) static TYPE: TypeSpec = TypeSpec::new::<PyZipLongest>("itertools.zip_longest")
    .flags(flags::BASETYPE)
    .slots(&[Def::New(new), Def::Iter(itself), Def::Next(next)])
    .doc(
        "zip_longest(*iterables, fillvalue=None)\n--\n\nReturn a zip_longest object whose .__next__() method returns a tuple \
         where\nthe i-th element comes from the i-th iterable argument.  The .__next__()\nmethod continues until the longest \
         iterable in the argument sequence\nis exhausted and then it raises StopIteration.  When the shorter iterables\nare \
         exhausted, the fillvalue is substituted in their place.  The fillvalue\ndefaults to None or can be specified by a keyword \
         argument.",
    );

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    let mut fill = Value::none();
    for (name, value) in args.keywords() {
        if str::utf8(name) != Some("fillvalue") {
            return Err(t.type_error("zip_longest() got an unexpected keyword argument"));
        }
        fill = value.clone();
    }
    let mut iterators = Vec::with_capacity(args.positional().len());
    for v in args.positional() {
        iterators.push(Slot::new(protocol::get_iter(t, v)?));
    }
    let active = AtomicUsize::new(iterators.len());
    TYPE.alloc_for(t, class, PyZipLongest { iterators: iterators.into(), fill, active, result: ResultTuple::default() })
}

fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let s = own::<PyZipLongest>(this);
    if s.active.load(Relaxed) == 0 {
        return Ok(None);
    }
    let mut items: Members = Members::with_capacity(s.iterators.len());
    for slot in &s.iterators {
        let it = slot.load();
        if it.is_unbound() {
            items.push(s.fill.clone());
            continue;
        }
        match protocol::next(t, &it) {
            Ok(Some(v)) => items.push(v),
            Ok(None) => {
                // Whoever takes the iterator out counts it; another thread may have been first.
                if !slot.take().is_unbound() && s.active.fetch_sub(1, Relaxed) == 1 {
                    return Ok(None);
                }
                items.push(s.fill.clone());
            }
            Err(e) => {
                s.active.store(0, Relaxed);
                return Err(e);
            }
        }
    }
    Ok(Some(s.result.of(t, &mut items)))
}
