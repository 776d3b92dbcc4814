//! `compress`: the members whose selector is true.

use std::sync::LazyLock;

use orochi_heap::Visit;
use orochi_objects::args::Signature;
use orochi_objects::{Args, Attached, Def, Payload, PyResult, TypeSpec, Value, flags, iter::itself, payload, protocol};

use super::own;

struct PyCompress {
    data: Value,
    selectors: Value,
}

impl Payload for PyCompress {
    payload!(PyCompress, "itertools.compress");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.values([&self.data, &self.selectors]);
    }
}

/// `itertools.compress`.
pub(super) static TYPE: TypeSpec = TypeSpec::new::<PyCompress>("itertools.compress")
    .flags(flags::BASETYPE)
    .slots(&[Def::New(new), Def::Iter(itself), Def::Next(next)])
    .doc(
        "compress(data, selectors)\n--\n\nReturn data elements corresponding to true selector elements.\n\nForms a shorter iterator \
         from selected data elements using the selectors to\nchoose the data elements.",
    );

static SIGNATURE: LazyLock<Signature> = LazyLock::new(|| Signature::parse("(data, selectors)"));

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    SIGNATURE.call(t, "compress", args, |a| {
        let data = protocol::get_iter(t, &a[0])?;
        let selectors = protocol::get_iter(t, &a[1])?;
        TYPE.alloc_for(t, class, PyCompress { data, selectors })
    })
}

fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let s = own::<PyCompress>(this);
    while let Some(v) = protocol::next(t, &s.data)? {
        let Some(selector) = protocol::next(t, &s.selectors)? else { return Ok(None) };
        if protocol::truth(t, &selector)? {
            return Ok(Some(v));
        }
        t.safepoint()?;
    }
    Ok(None)
}
