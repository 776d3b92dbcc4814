//! `filter`.

use orochi_heap::{Payload, Value, Visit, payload};

use crate::args::Args;
use crate::iter::itself;
use crate::protocol;
use crate::slots::Def;
use crate::spec::{Method, TypeSpec, flags};
use crate::thread::{Attached, PyResult};

/// The body of a filter object.
pub struct PyFilter {
    /// None and `bool` mean the member's own truth.
    function: Value,
    iterator: Value,
}

impl Payload for PyFilter {
    payload!(PyFilter, "filter");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.values([&self.function, &self.iterator]);
    }
}

/// `filter`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyFilter>("filter")
    .flags(flags::BASETYPE)
    .slots(&[Def::New(filter_new), Def::Iter(itself), Def::Next(next)])
    .methods(&[Method::new("__reduce__", "($self, /)", reduce, "Return state information for pickling.")])
    .doc(
        "filter(function, iterable, /)\n--\n\nReturn an iterator yielding those items of iterable for which function(item)\nis \
         true. If function is None, return the items that are true.",
    );

fn filter_new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    TYPE.refuse_keywords(t, class, args)?;
    let [function, iterable] = Args::new(args.positional()).expect(t, "filter", 2, 2)? else {
        unreachable!("two arguments")
    };
    let iterator = protocol::get_iter(t, iterable)?;
    TYPE.alloc_for(t, class, PyFilter { function: function.clone(), iterator })
}

fn own(v: &Value) -> &PyFilter {
    match v.payload::<PyFilter>() {
        Some(f) => f,
        None => unreachable!("slots are called with their own type"),
    }
}

fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let f = own(this);
    let by_truth = f.function.is_none() || f.function.is(crate::bool_::TYPE.get(t));
    while let Some(item) = protocol::next(t, &f.iterator)? {
        let wanted = if by_truth {
            protocol::truth(t, &item)?
        } else {
            let r = protocol::call(t, &f.function, std::slice::from_ref(&item))?;
            protocol::truth(t, &r)?
        };
        if wanted {
            return Ok(Some(item));
        }
        t.safepoint()?;
    }
    Ok(None)
}

/// Calls `sink` with what is left until it answers false; `None` if members are asked for their own truth.
pub(crate) fn walk(t: Attached<'_>, this: &Value, sink: protocol::Sink<'_>) -> Option<PyResult<()>> {
    let f = this.payload::<PyFilter>()?;
    if f.function.is_none() || f.function.is(crate::bool_::TYPE.get(t)) {
        return None;
    }
    let mut sink_raised = false;
    let mut item = None;
    let walked = protocol::call_each(t, &f.function, &mut |result| {
        if let (Some(r), Some(asked)) = (result, item.take())
            && protocol::truth(t, &r)?
            && !sink(asked).inspect_err(|_| sink_raised = true)?
        {
            return Ok(None);
        }
        item = protocol::next(t, &f.iterator)?;
        Ok(item.clone())
    });
    // A StopIteration of the function ends the filter.
    Some(walked.or_else(|e| if sink_raised { Err(e) } else { protocol::end_or(t, e).map(drop) }))
}

fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let f = own(&a[0]);
    let args = crate::tuple::new(t, vec![f.function.clone(), f.iterator.clone()]);
    Ok(crate::tuple::new(t, vec![crate::type_::type_of(t, &a[0]).clone(), args]))
}
