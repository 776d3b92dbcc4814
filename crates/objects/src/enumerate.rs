//! `enumerate`.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use dashu_int::IBig;
use orochi_heap::{Payload, Value, Visit, payload};

use crate::args::{Args, Signature};
use crate::iter::itself;
use crate::protocol;
use crate::result_tuple::ResultTuple;
use crate::slots::Def;
use crate::spec::{Method, TypeSpec, flags};
use crate::thread::{Attached, PyResult};

/// The body of an enumerate object.
pub struct PyEnumerate {
    iterator: Value,
    /// Members given so far, when the numbering began with a word.
    count: AtomicI64,
    /// What is added to the count: the start, if it is no word.
    base: Option<IBig>,
    pair: ResultTuple,
}

impl Payload for PyEnumerate {
    payload!(PyEnumerate, "enumerate");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.value(&self.iterator);
        self.pair.trace(visit);
    }
}

/// `enumerate`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyEnumerate>("enumerate")
    .flags(flags::BASETYPE)
    .slots(&[Def::New(enumerate_new), Def::Iter(itself), Def::Next(next)])
    .methods(&[
        Method::new("__reduce__", "($self, /)", reduce, "Return state information for pickling."),
        Method::class("__class_getitem__", "($type, object, /)", crate::generic_alias::class_getitem, "See PEP 585"),
    ])
    .doc(
        "enumerate(iterable, start=0)\n--\n\nReturn an enumerate object.\n\n  iterable\n    an object supporting \
         iteration\n\nThe enumerate object yields pairs containing a count (from start, which\ndefaults to zero) and a value \
         yielded by the iterable argument.\n\nenumerate is useful for obtaining an indexed list:\n    (0, seq[0]), (1, seq[1]), \
         (2, seq[2]), ...",
    );

static SIGNATURE: LazyLock<Signature> = LazyLock::new(|| Signature::parse("(iterable, start=0)"));

fn enumerate_new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    if let [iterable] = args.all()
        && args.names().is_empty()
    {
        let iterator = protocol::get_iter(t, iterable)?;
        let body = PyEnumerate { iterator, count: AtomicI64::new(0), base: None, pair: ResultTuple::default() };
        return TYPE.alloc_for(t, class, body);
    }
    let given = args.all().len();
    if given > 2 {
        return Err(t.type_error(format!("enumerate() takes at most 2 arguments ({given} given)")));
    }
    if let Some((name, _)) = args.keywords().find(|(k, _)| !matches!(crate::str::utf8(k), Some("iterable" | "start"))) {
        let name = crate::str::display(name);
        return Err(t.type_error(format!("'{name}' is an invalid keyword argument for enumerate()")));
    }
    if args.positional().is_empty() && !args.names().iter().any(|k| crate::str::utf8(k) == Some("iterable")) {
        return Err(t.type_error("enumerate() missing required argument 'iterable'"));
    }
    SIGNATURE.call(t, "enumerate", args, |a| {
        let start = match a[1].given() {
            Some(s) => protocol::as_index(t, s)?,
            None => Value::i32(0),
        };
        let iterator = protocol::get_iter(t, &a[0])?;
        let (count, base) = match crate::int::to_plain(t, &start).as_small_int() {
            Some(n) => (n, None),
            None => (0, crate::int::as_big(&start)),
        };
        TYPE.alloc_for(t, class, PyEnumerate { iterator, count: AtomicI64::new(count), base, pair: ResultTuple::default() })
    })
}

fn own(v: &Value) -> &PyEnumerate {
    match v.payload::<PyEnumerate>() {
        Some(e) => e,
        None => unreachable!("slots are called with their own type"),
    }
}

fn number(t: Attached<'_>, e: &PyEnumerate, count: i64) -> Value {
    match &e.base {
        None => crate::int::new(t, count),
        Some(base) => crate::int::from_big(t, base + IBig::from(count)),
    }
}

pub(crate) fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let pair = next_pair(t, this)?;
    Ok(pair.map(|(n, item)| own(this).pair.pair(t, n, item)))
}

/// Number and member, without a tuple.
pub(crate) fn next_pair(t: Attached<'_>, this: &Value) -> PyResult<Option<(Value, Value)>> {
    let e = own(this);
    let Some(item) = protocol::next(t, &e.iterator)? else {
        e.pair.clear();
        return Ok(None);
    };
    // A count cannot wrap: it would take centuries.
    let count = if t.single_domain() {
        let n = e.count.load(Relaxed);
        e.count.store(n + 1, Relaxed);
        n
    } else {
        e.count.fetch_add(1, Relaxed)
    };
    Ok(Some((number(t, e, count), item)))
}

fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let e = own(&a[0]);
    let args = crate::tuple::new(t, vec![e.iterator.clone(), number(t, e, e.count.load(Relaxed))]);
    Ok(crate::tuple::new(t, vec![crate::type_::type_of(t, &a[0]).clone(), args]))
}
