//! `accumulate`: running totals.

use std::sync::LazyLock;

use orochi_heap::Visit;
use orochi_objects::args::Signature;
use orochi_objects::protocol::{self, Operator};
use orochi_objects::{Args, Attached, Def, Payload, PyResult, Slot, TypeSpec, Value, flags, iter::itself, payload};

use super::own;

struct PyAccumulate {
    iterator: Value,
    /// None: addition.
    function: Value,
    /// Unbound before the first member.
    total: Slot,
    /// The initial value until it was given; then unbound.
    initial: Slot,
}

impl Payload for PyAccumulate {
    payload!(PyAccumulate, "itertools.accumulate");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.values([&self.iterator, &self.function]);
        visit.slot(&self.total);
        visit.slot(&self.initial);
    }
    fn clear(&self) {
        drop(self.total.take());
        drop(self.initial.take());
    }
}

/// `itertools.accumulate`.
pub(super) static TYPE: TypeSpec = TypeSpec::new::<PyAccumulate>("itertools.accumulate")
    .flags(flags::BASETYPE)
    .slots(&[Def::New(new), Def::Iter(itself), Def::Next(next)])
    .doc("accumulate(iterable, func=None, *, initial=None)\n--\n\nReturn series of accumulated sums.");

static SIGNATURE: LazyLock<Signature> = LazyLock::new(|| Signature::parse("(iterable, func=None, *, initial=None)"));

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    SIGNATURE.call(t, "accumulate", args, |a| {
        let initial = a[2].given().filter(|v| !v.is_none()).cloned().unwrap_or(Value::unbound());
        let body = PyAccumulate {
            iterator: protocol::get_iter(t, &a[0])?,
            function: a[1].given().cloned().unwrap_or(Value::none()),
            total: Slot::unbound(),
            initial: Slot::new(initial),
        };
        TYPE.alloc_for(t, class, body)
    })
}

fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let s = own::<PyAccumulate>(this);
    if !s.initial.is_unbound() {
        let initial = s.initial.take();
        if !initial.is_unbound() {
            s.total.set(initial.clone());
            return Ok(Some(initial));
        }
    }
    let Some(item) = protocol::next(t, &s.iterator)? else { return Ok(None) };
    let total = s.total.load();
    let sum = if total.is_unbound() {
        item
    } else if s.function.is_none() {
        protocol::binary(t, &total, &item, Operator::Add)?
    } else {
        protocol::call(t, &s.function, &[total, item])?
    };
    s.total.set(sum.clone());
    Ok(Some(sum))
}
