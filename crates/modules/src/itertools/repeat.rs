//! `repeat`: one object, endlessly or n times.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use orochi_heap::Visit;
use orochi_objects::args::Signature;
use orochi_objects::{Args, Attached, Def, Method, Payload, PyResult, TypeSpec, Value, flags, int, iter::itself, payload, protocol, str};

use super::own;

struct PyRepeat {
    object: Value,
    /// How often it is still to be given; negative: endlessly.
    left: AtomicI64,
}

impl Payload for PyRepeat {
    payload!(PyRepeat, "itertools.repeat");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.value(&self.object);
    }
}

/// `itertools.repeat`.
pub(super) static TYPE: TypeSpec = TypeSpec::new::<PyRepeat>("itertools.repeat")
    .flags(flags::BASETYPE)
    .slots(&[Def::New(new), Def::Iter(itself), Def::Next(next), Def::Repr(repr)])
    .methods(&[Method::new("__length_hint__", "($self, /)", length_hint, "Private method returning an estimate of len(list(it)).")])
    .doc(
        "repeat(object [,times]) -> create an iterator which returns the object\nfor the specified number of times.  If not \
         specified, returns the object\nendlessly.",
    );

static SIGNATURE: LazyLock<Signature> = LazyLock::new(|| Signature::parse("(object, times=None)"));

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    SIGNATURE.call(t, "repeat", args, |a| {
        let left = match a[1].given() {
            Some(times) => (super::size(t, times)? as i64).max(0),
            None => -1,
        };
        TYPE.alloc_for(t, class, PyRepeat { object: a[0].clone(), left: AtomicI64::new(left) })
    })
}

fn next(_: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let s = own::<PyRepeat>(this);
    let left = s.left.load(Relaxed);
    if left == 0 {
        return Ok(None);
    }
    if left > 0 {
        s.left.store(left - 1, Relaxed);
    }
    Ok(Some(s.object.clone()))
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let s = own::<PyRepeat>(this);
    let object = str::display(&protocol::repr(t, &s.object)?);
    let left = s.left.load(Relaxed);
    Ok(str::from_string(t, if left < 0 { format!("repeat({object})") } else { format!("repeat({object}, {left})") }))
}

fn length_hint(t: Attached<'_>, a: &[Value]) -> PyResult {
    match own::<PyRepeat>(&a[0]).left.load(Relaxed) {
        left if left < 0 => Err(t.type_error("len() of unsized object")),
        left => Ok(int::new(t, left)),
    }
}
