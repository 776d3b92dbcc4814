//! Lazily computed values, and constants in the shape of evaluate functions.

use orochi_heap::{Payload, Slot, Value, Visit, payload};
use orochi_objects::slots::Def;
use orochi_objects::spec::{TypeSpec, flags};
use orochi_objects::{Args, Attached, PyResult, generic_alias, protocol, str, tuple};

/// A value, or the function that computes it.
#[derive(Default)]
pub struct Lazy {
    /// Unbound until known.
    value: Slot,
    /// Unbound: none.
    evaluate: Slot,
}

/// The `annotationlib.Format` in which values are wanted here.
const FORMAT_VALUE: i32 = 1;
/// The `annotationlib.Format` of source text.
const FORMAT_STRING: i64 = 4;

impl Lazy {
    /// A known value.
    pub fn known(value: Value) -> Lazy {
        Lazy { value: Slot::new(value), evaluate: Slot::unbound() }
    }
    /// A value that a function computes.
    pub fn later(evaluate: Value) -> Lazy {
        Lazy { value: Slot::unbound(), evaluate: Slot::new(evaluate) }
    }
    /// The value, computed now if need be; `None` if there is neither value nor function.
    pub fn get(&self, t: Attached<'_>) -> PyResult<Option<Value>> {
        let value = self.value.load();
        if !value.is_unbound() {
            return Ok(Some(value));
        }
        let evaluate = self.evaluate.load();
        if evaluate.is_unbound() {
            return Ok(None);
        }
        let value = protocol::call(t, &evaluate, &[Value::i32(FORMAT_VALUE)])?;
        self.value.set(value.clone());
        Ok(Some(value))
    }
    /// A function that computes the value in a given format, or None.
    pub fn evaluator(&self, t: Attached<'_>) -> Value {
        let evaluate = self.evaluate.load();
        if !evaluate.is_unbound() {
            return evaluate;
        }
        let value = self.value.load();
        if value.is_unbound() { Value::none() } else { constant(t, value) }
    }
    /// Whether there is neither value nor function.
    pub fn is_absent(&self) -> bool {
        self.value.is_unbound() && self.evaluate.is_unbound()
    }
    /// Sets the function that computes the value.
    pub fn set_evaluator(&self, evaluate: Value) {
        self.value.take();
        self.evaluate.set(evaluate);
    }
    /// For the collector.
    pub fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.value);
        visit.slot(&self.evaluate);
    }
    /// For the collector.
    pub fn clear(&self) {
        self.value.take();
        self.evaluate.take();
    }
    /// The evaluate function, if it is one of the evaluator's.
    pub fn function(&self) -> Option<Value> {
        let evaluate = self.evaluate.load();
        if evaluate.is_unbound() { None } else { Some(evaluate) }
    }
}

/// The body of an evaluate function that gives a constant.
struct PyConstant {
    value: Slot,
}

impl Payload for PyConstant {
    payload!(PyConstant, "_ConstEvaluator");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.value);
    }
    fn clear(&self) {
        self.value.set(Value::none());
    }
}

static CONSTANT: TypeSpec = TypeSpec::new::<PyConstant>("_typing._ConstEvaluator")
    .flags(flags::NO_NEW)
    .slots(&[Def::Call(constant_call), Def::Repr(constant_repr)]);

fn constant(t: Attached<'_>, value: Value) -> Value {
    CONSTANT.alloc(t, PyConstant { value: Slot::new(value) })
}

fn value_of(v: &Value) -> Value {
    v.payload::<PyConstant>().map_or(Value::none(), |c| c.value.load())
}

fn constant_call(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult {
    let a = args.expect(t, "constevaluator.__call__", 1, 1)?;
    let value = value_of(this);
    if protocol::expect_i64(t, &a[0])? != FORMAT_STRING {
        return Ok(value);
    }
    let text = match tuple::as_tuple(&value) {
        Some(members) => {
            let parts: PyResult<Vec<String>> = members.items().iter().map(|v| generic_alias::type_repr(t, v)).collect();
            format!("({})", parts?.join(", "))
        }
        None => generic_alias::type_repr(t, &value)?,
    };
    Ok(str::from_string(t, text))
}

fn constant_repr(t: Attached<'_>, this: &Value) -> PyResult {
    let inner = protocol::repr(t, &value_of(this))?;
    Ok(str::from_string(t, format!("<constevaluator {}>", str::display(&inner))))
}
