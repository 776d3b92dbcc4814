//! `complex`: two floats. Operators in `complex/arith.rs`, construction and methods in `complex/methods.rs`.

mod arith;
mod methods;

use orochi_heap::{Payload, Value, payload};
pub use orochi_number::complex::Complex;

use crate::slots::Def;
use crate::spec::{GetSet, TypeSpec, flags};
use crate::thread::Attached;

pub use methods::from_any;

/// The body of a complex number.
pub struct PyComplex {
    /// The number.
    pub value: Complex,
}

impl Payload for PyComplex {
    payload!(PyComplex, "complex");
    const CYCLIC: bool = false;
}

/// `complex`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyComplex>("complex")
    .flags(flags::BASETYPE)
    .slots(&[
        Def::New(methods::complex_new),
        Def::Repr(methods::repr),
        Def::Hash(arith::hash),
        Def::Compare(arith::compare),
        Def::Bool(arith::truth),
        Def::Neg(arith::neg),
        Def::Pos(methods::plain),
        Def::Abs(arith::absolute),
        Def::Add(arith::add),
        Def::Sub(arith::sub),
        Def::Mul(arith::mul),
        Def::TrueDiv(arith::true_div),
        Def::Pow(arith::pow),
    ])
    .methods(methods::METHODS)
    .getset(&[
        GetSet::read("real", methods::re, "the real part of a complex number"),
        GetSet::read("imag", methods::im, "the imaginary part of a complex number"),
    ])
    .doc(
        "complex(real=0, imag=0)\n--\n\nCreate a complex number from a string or numbers.\n\nIf a string is given, parse it as \
         a complex number.\nIf a single number is given, convert it to a complex number.\nIf the 'real' or 'imag' arguments \
         are given, create a complex number\nwith the specified real and imaginary components.",
    );

/// A complex number.
pub fn new(t: Attached<'_>, value: Complex) -> Value {
    TYPE.alloc(t, PyComplex { value })
}
/// The number, if the value is complex (subclasses are).
#[inline]
pub fn as_complex(v: &Value) -> Option<Complex> {
    v.payload::<PyComplex>().map(|p| p.value)
}
