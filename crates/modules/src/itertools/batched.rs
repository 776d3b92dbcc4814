//! `batched`: members in tuples of n.

use std::sync::LazyLock;

use orochi_heap::Visit;
use orochi_objects::args::Signature;
use orochi_objects::{Args, Attached, Def, Payload, PyResult, Slot, TypeSpec, Value, flags, iter::itself, payload, protocol, tuple};

use super::own;

struct PyBatched {
    /// Unbound at the end.
    iterator: Slot,
    size: usize,
    strict: bool,
}

impl Payload for PyBatched {
    payload!(PyBatched, "itertools.batched");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.iterator);
    }
    fn clear(&self) {
        drop(self.iterator.take());
    }
}

/// `itertools.batched`.
pub(super) static TYPE: TypeSpec = TypeSpec::new::<PyBatched>("itertools.batched")
    .flags(flags::BASETYPE)
    .slots(&[Def::New(new), Def::Iter(itself), Def::Next(next)])
    .doc(
        "batched(iterable, n, *, strict=False)\n--\n\nBatch data into tuples of length n. The last batch may be shorter than \
         n.\n\nLoops over the input iterable and accumulates data into tuples\nup to size n.  The input is consumed lazily, just \
         enough to\nfill a batch.",
    );

static SIGNATURE: LazyLock<Signature> = LazyLock::new(|| Signature::parse("(iterable, n, *, strict=False)"));

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    SIGNATURE.call(t, "batched", args, |a| {
        let size = super::size(t, &a[1])?;
        let strict = a[2].given().map_or(Ok(false), |v| protocol::truth(t, v))?;
        if size < 1 {
            return Err(t.value_error("n must be at least one"));
        }
        let iterator = protocol::get_iter(t, &a[0])?;
        TYPE.alloc_for(t, class, PyBatched { iterator: Slot::new(iterator), size: size as usize, strict })
    })
}

fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let s = own::<PyBatched>(this);
    let iterator = s.iterator.load();
    if iterator.is_unbound() {
        return Ok(None);
    }
    let mut items = Vec::new();
    while items.len() < s.size {
        match protocol::next(t, &iterator) {
            Ok(Some(v)) => {
                if items.len() == items.capacity() && items.try_reserve(s.size.min(64)).is_err() {
                    return Err(t.memory_error());
                }
                items.push(v);
            }
            Ok(None) => {
                drop(s.iterator.take());
                break;
            }
            Err(e) => {
                drop(s.iterator.take());
                return Err(e);
            }
        }
        t.safepoint()?;
    }
    if items.is_empty() {
        return Ok(None);
    }
    if s.strict && items.len() < s.size {
        return Err(t.value_error("batched(): incomplete batch"));
    }
    tuple::try_new(t, items).map(Some)
}
