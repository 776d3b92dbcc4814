//! `float`: in the value word where the exponent allows, else as [`PyFloat`].
//!
//! `float/arith.rs` has the operators (which the eval loop also calls), `float/new.rs` makes floats of
//! anything, `float/methods.rs` has the methods.

mod arith;
mod methods;
mod new;

use orochi_heap::{Payload, Value, payload};

use crate::slots::Def;
use crate::spec::{GetSet, TypeSpec, flags};
use crate::thread::Attached;

pub use arith::{
    absolute, add, compare, divmod, floor_div, modulo, mul, neg, pow, pow_floats, real, sub, true_div,
};
pub use new::from_text;

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
pub static TYPE: TypeSpec = TypeSpec::new::<PyFloat>("float")
    .flags(flags::BASETYPE | flags::MATCH_SELF)
    .slots(&[
        Def::New(new::float_new),
        Def::Repr(methods::repr),
        Def::Hash(arith::hash),
        Def::Compare(arith::compare),
        Def::Bool(arith::truth),
        Def::Int(arith::to_int),
        Def::Float(new::plain),
        Def::Neg(arith::neg),
        Def::Pos(new::plain),
        Def::Abs(arith::absolute),
        Def::Add(arith::add),
        Def::Sub(arith::sub),
        Def::Mul(arith::mul),
        Def::TrueDiv(arith::true_div),
        Def::FloorDiv(arith::floor_div),
        Def::Mod(arith::modulo),
        Def::DivMod(arith::divmod),
        Def::Pow(arith::pow),
    ])
    .methods(methods::METHODS)
    .getset(&[
        GetSet::read("real", new::plain, "the real part of a complex number"),
        GetSet::read("imag", |t, _| Ok(new(t, 0.0)), "the imaginary part of a complex number"),
    ])
    .doc("float(x=0, /)\n--\n\nConvert a string or number to a floating-point number, if possible.");

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
