//! `count`: numbers without end.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::Relaxed};

use orochi_heap::Visit;
use orochi_objects::args::Signature;
use orochi_objects::protocol::{self, Operator};
use orochi_objects::{Args, Attached, Def, Payload, PyResult, Slot, TypeSpec, Value, complex, flags, float, int, iter::itself, payload, str};

use super::own;

struct PyCount {
    step: Value,
    /// The step while the numbers are 64-bit ints.
    small_step: i64,
    /// Whether `small` is the next number; else `any` is.
    is_small: AtomicBool,
    small: AtomicI64,
    any: Slot,
}

impl Payload for PyCount {
    payload!(PyCount, "itertools.count");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.value(&self.step);
        visit.slot(&self.any);
    }
    fn clear(&self) {
        self.any.set(Value::i32(0));
    }
}

/// `itertools.count`.
pub(super) static TYPE: TypeSpec = TypeSpec::new::<PyCount>("itertools.count")
    .flags(flags::BASETYPE)
    .slots(&[Def::New(new), Def::Iter(itself), Def::Next(next), Def::Repr(repr)])
    .doc(
        "count(start=0, step=1)\n--\n\nReturn a count object whose .__next__() method returns consecutive values.\n\nEquivalent \
         to:\n    def count(firstval=0, step=1):\n        x = firstval\n        while 1:\n            yield x\n            x += step",
    );

static SIGNATURE: LazyLock<Signature> = LazyLock::new(|| Signature::parse("(start=0, step=1)"));

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    SIGNATURE.call(t, "count", args, |a| {
        let start = a[0].given().cloned().unwrap_or(Value::i32(0));
        let step = a[1].given().cloned().unwrap_or(Value::i32(1));
        for v in [&start, &step] {
            let slots = &orochi_objects::type_::class_of(t, v).slots;
            let number = slots.index().is_some() || slots.int().is_some() || slots.float().is_some();
            if !number && complex::as_complex(v).is_none() {
                return Err(t.type_error("a number is required"));
            }
        }
        let (small, small_step) = (start.as_small_int(), step.as_small_int());
        let is_small = small.is_some() && small_step.is_some();
        let body = PyCount {
            step,
            small_step: small_step.unwrap_or(0),
            is_small: AtomicBool::new(is_small),
            small: AtomicI64::new(small.unwrap_or(0)),
            any: Slot::new(start),
        };
        TYPE.alloc_for(t, class, body)
    })
}

fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let s = own::<PyCount>(this);
    if s.is_small.load(Relaxed) {
        let mut now = s.small.load(Relaxed);
        while let Some(then) = now.checked_add(s.small_step) {
            match s.small.compare_exchange_weak(now, then, Relaxed, Relaxed) {
                Ok(_) => return Ok(Some(int::new(t, now))),
                Err(other) => now = other,
            }
        }
        s.any.set(int::new(t, now));
        s.is_small.store(false, Relaxed);
    }
    let now = s.any.load();
    s.any.set(protocol::binary(t, &now, &s.step, Operator::Add)?);
    Ok(Some(now))
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let s = own::<PyCount>(this);
    let now = if s.is_small.load(Relaxed) { int::new(t, s.small.load(Relaxed)) } else { s.any.load() };
    let now = str::display(&protocol::repr(t, &now)?);
    // A float 1.0 is shown: it makes the numbers floats.
    if s.step.as_small_int() == Some(1) && float::as_f64(&s.step).is_none() {
        return Ok(str::from_string(t, format!("count({now})")));
    }
    let step = str::display(&protocol::repr(t, &s.step)?);
    Ok(str::from_string(t, format!("count({now}, {step})")))
}
