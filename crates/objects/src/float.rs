//! `float`: in the value word where the exponent allows, else as [`PyFloat`].

use orochi_heap::{Payload, Value, payload};

use crate::spec::{TypeSpec, flags};
use crate::thread::Attached;

/// A float of extreme exponent, or an instance of a subclass of float.
pub struct PyFloat {
    /// The number.
    pub value: f64,
}

impl Payload for PyFloat {
    payload!(PyFloat, "float");
    const CYCLIC: bool = false;
}

/// `float`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyFloat>("float").flags(flags::BASETYPE | flags::MATCH_SELF);

/// A float.
#[inline(always)]
pub fn new(t: Attached<'_>, value: f64) -> Value {
    match Value::small_float(value) {
        Some(v) => v,
        None => TYPE.alloc(t, PyFloat { value }),
    }
}
/// The number, if the value is a float (subclasses are).
#[inline(always)]
pub fn as_f64(v: &Value) -> Option<f64> {
    if let Some(f) = v.as_small_float() {
        return Some(f);
    }
    v.payload::<PyFloat>().map(|p| p.value)
}
