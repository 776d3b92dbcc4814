//! `reversed` of sequences without `__reversed__`.

use std::sync::atomic::{AtomicIsize, Ordering::Relaxed};

use orochi_heap::{Payload, Slot, Value, Visit, payload};

use crate::args::Args;
use crate::iter::itself;
use crate::protocol;
use crate::slots::Def;
use crate::spec::{Method, TypeSpec, flags};
use crate::thread::{Attached, PyResult};
use crate::type_::{class_of, type_name};

/// The body of a reversed object.
pub struct PyReversed {
    /// The sequence; unbound at the end.
    sequence: Slot,
    /// The next index; -1 at the end.
    at: AtomicIsize,
}

impl Payload for PyReversed {
    payload!(PyReversed, "reversed");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.sequence);
    }
    fn clear(&self) {
        drop(self.sequence.take());
    }
}

/// `reversed`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyReversed>("reversed")
    .flags(flags::BASETYPE)
    .slots(&[Def::New(reversed_new), Def::Iter(itself), Def::Next(next)])
    .methods(&[
        Method::new("__length_hint__", "($self, /)", length_hint, "Private method returning an estimate of len(list(it))."),
        Method::new("__reduce__", "($self, /)", reduce, "Return state information for pickling."),
        Method::new("__setstate__", "($self, object, /)", set_state, "Set state information for unpickling."),
    ])
    .doc("reversed(object, /)\n--\n\nReturn a reverse iterator over the values of the given sequence.");

fn reversed_new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    TYPE.refuse_keywords(t, class, args)?;
    let [sequence] = Args::new(args.positional()).expect(t, "reversed", 1, 1)? else { unreachable!("one argument") };
    if let Some(f) = protocol::lookup_special(t, sequence, &t.names().__reversed__)? {
        if f.is_none() {
            return Err(t.type_error(format!("'{}' object is not reversible", type_name(t, sequence))));
        }
        return protocol::call(t, &f, &[]);
    }
    let ty = class_of(t, sequence);
    if ty.slots.get_item().is_none() || ty.slots.len().is_none() || crate::dict::as_dict(sequence).is_some() {
        return Err(t.type_error(format!("'{}' object is not reversible", type_name(t, sequence))));
    }
    let n = protocol::length(t, sequence)? as isize;
    TYPE.alloc_for(t, class, PyReversed { sequence: Slot::new(sequence.clone()), at: AtomicIsize::new(n - 1) })
}

fn own(v: &Value) -> &PyReversed {
    match v.payload::<PyReversed>() {
        Some(r) => r,
        None => unreachable!("slots are called with their own type"),
    }
}

fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let r = own(this);
    let at = r.at.load(Relaxed);
    let sequence = r.sequence.load();
    if at < 0 || sequence.is_unbound() {
        // The end lets the sequence go, as its finaliser may be waited for.
        drop(r.sequence.take());
        return Ok(None);
    }
    r.at.store(at - 1, Relaxed);
    match protocol::get_item(t, &sequence, &crate::int::new(t, at as i64)) {
        Ok(v) => Ok(Some(v)),
        Err(e) => {
            r.at.store(-1, Relaxed);
            drop(r.sequence.take());
            if t.raised_is(&e, &crate::exception::IndexError) || t.raised_is(&e, &crate::exception::StopIteration) {
                drop(t.take_raised(e));
                return Ok(None);
            }
            Err(e)
        }
    }
}

fn length_hint(t: Attached<'_>, a: &[Value]) -> PyResult {
    let r = own(&a[0]);
    let sequence = r.sequence.load();
    if sequence.is_unbound() {
        return Ok(Value::i32(0));
    }
    let n = protocol::length(t, &sequence)? as isize;
    let left = r.at.load(Relaxed) + 1;
    // A sequence that shrank has nothing left to give.
    Ok(crate::int::new(t, if n < left { 0 } else { left as i64 }))
}

fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let r = own(&a[0]);
    let sequence = r.sequence.load();
    let class = crate::type_::type_of(t, &a[0]).clone();
    if sequence.is_unbound() {
        let empty = crate::tuple::new(t, vec![crate::tuple::new(t, Vec::new())]);
        return Ok(crate::tuple::new(t, vec![class, empty]));
    }
    let args = crate::tuple::new(t, vec![sequence]);
    Ok(crate::tuple::new(t, vec![class, args, crate::int::new(t, r.at.load(Relaxed) as i64)]))
}

fn set_state(t: Attached<'_>, a: &[Value]) -> PyResult {
    let r = own(&a[0]);
    let at = protocol::as_size(t, &a[1])?;
    let sequence = r.sequence.load();
    if !sequence.is_unbound() {
        let n = protocol::length(t, &sequence)? as isize;
        r.at.store(at.clamp(-1, n - 1), Relaxed);
    }
    Ok(Value::none())
}
