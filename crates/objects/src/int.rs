//! `int`: 63-bit ints in the value word, larger ones as [`PyInt`].
//!
//! [`IntView`] shows both carriers (and bools) alike. `int/arith.rs` has the operators, which the eval
//! loop also calls when its tagged fast paths do not apply; `int/new.rs` makes ints of anything;
//! `int/text.rs` prints them; `int/methods.rs` has the methods.

mod arith;
mod methods;
mod new;
mod text;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::cmp::Ordering;

use dashu_int::IBig;
use orochi_heap::{Payload, Value, payload};
use orochi_number::int as number;

use crate::slots::Def;
use crate::spec::{GetSet, TypeSpec, flags};
use crate::thread::Attached;

pub use arith::{
    absolute, add, and, divmod, floor_div, invert, modulo, mul, neg, or, pow, shl, shr, sub, true_div, xor,
};
pub use new::{from_text, text_to_ascii, to_plain};
pub use text::{DigitLimit, decimal, max_str_digits, set_max_str_digits};

/// A large int, or an instance of a subclass of int.
pub struct PyInt {
    /// The number.
    pub value: IBig,
}

impl Payload for PyInt {
    payload!(PyInt, "int");
    const CYCLIC: bool = false;
}

/// `int`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyInt>("int")
    .flags(flags::BASETYPE | flags::MATCH_SELF)
    .slots(&[
        Def::New(new::int_new),
        Def::Repr(text::repr),
        Def::Hash(arith::hash),
        Def::Compare(arith::compare),
        Def::Bool(arith::truth),
        Def::Int(new::plain),
        Def::Index(new::plain),
        Def::Float(arith::float),
        Def::Neg(arith::neg),
        Def::Pos(new::plain),
        Def::Invert(arith::invert),
        Def::Abs(arith::absolute),
        Def::Add(arith::add),
        Def::Sub(arith::sub),
        Def::Mul(arith::mul),
        Def::TrueDiv(arith::true_div),
        Def::FloorDiv(arith::floor_div),
        Def::Mod(arith::modulo),
        Def::DivMod(arith::divmod),
        Def::Shl(arith::shl),
        Def::Shr(arith::shr),
        Def::And(arith::and),
        Def::Or(arith::or),
        Def::Xor(arith::xor),
        Def::Pow(arith::pow),
    ])
    .methods(methods::METHODS)
    .getset(&[
        GetSet::read("real", new::plain, "the real part of a complex number"),
        GetSet::read("imag", |_, _| Ok(Value::i32(0)), "the imaginary part of a complex number"),
        GetSet::read("numerator", new::plain, "the numerator of a rational number in lowest terms"),
        GetSet::read("denominator", |_, _| Ok(Value::i32(1)), "the denominator of a rational number in lowest terms"),
    ])
    .doc(
        "int([x]) -> integer\nint(x, base=10) -> integer\n\nConvert a number or string to an integer, or return 0 if no \
         arguments\nare given.",
    );

/// An int.
#[inline(always)]
pub fn new(t: Attached<'_>, i: i64) -> Value {
    match Value::small_int(i) {
        Some(v) => v,
        None => boxed(t, i),
    }
}
/// An int of a word that needs memory: the seldom case, apart from the callers' code.
#[cold]
#[inline(never)]
fn boxed(t: Attached<'_>, i: i64) -> Value {
    TYPE.alloc(t, PyInt { value: IBig::from(i) })
}
/// An int of any size.
pub fn from_big(t: Attached<'_>, value: IBig) -> Value {
    match i64::try_from(&value).ok().and_then(Value::small_int) {
        Some(v) => v,
        None => TYPE.alloc(t, PyInt { value }),
    }
}
/// An int of a size or count.
#[inline]
pub fn from_usize(t: Attached<'_>, n: usize) -> Value {
    match i64::try_from(n).ok().and_then(Value::small_int) {
        Some(v) => v,
        None => from_big(t, IBig::from(n)),
    }
}
/// An int of an unsigned number.
#[inline]
pub fn from_u64(t: Attached<'_>, n: u64) -> Value {
    match i64::try_from(n).ok().and_then(Value::small_int) {
        Some(v) => v,
        None => from_big(t, IBig::from(n)),
    }
}
/// Whether the value is an int (bools and subclasses are).
#[inline(always)]
pub fn is_int(v: &Value) -> bool {
    v.is_small_int() || v.as_bool().is_some() || v.payload::<PyInt>().is_some()
}
/// The number, if the value is an int (bools and subclasses are) that fits.
#[inline(always)]
pub fn as_i64(v: &Value) -> Option<i64> {
    if let Some(i) = v.as_small_int() {
        return Some(i);
    }
    if let Some(b) = v.as_bool() {
        return Some(i64::from(b));
    }
    i64::try_from(&v.payload::<PyInt>()?.value).ok()
}
/// The number, if the value is an int (bools and subclasses are).
pub fn as_big(v: &Value) -> Option<IBig> {
    view(v).map(|n| n.to_big().into_owned())
}

/// An int's number, wherever it lies.
#[derive(Clone, Copy, Debug)]
pub enum IntView<'a> {
    /// 63 bits at most: from the word, or a bool.
    Small(i64),
    /// Any number.
    Big(&'a IBig),
}

/// The number, if the value is an int (bools and subclasses are).
#[inline(always)]
pub fn view(v: &Value) -> Option<IntView<'_>> {
    if let Some(i) = v.as_small_int() {
        return Some(IntView::Small(i));
    }
    if let Some(b) = v.as_bool() {
        return Some(IntView::Small(i64::from(b)));
    }
    v.payload::<PyInt>().map(|p| IntView::Big(&p.value))
}

impl<'a> IntView<'a> {
    /// As a big number.
    #[inline]
    pub fn to_big(self) -> Cow<'a, IBig> {
        match self {
            IntView::Small(i) => Cow::Owned(IBig::from(i)),
            IntView::Big(b) => Cow::Borrowed(b),
        }
    }
    /// Whether the number is below zero.
    pub fn is_negative(self) -> bool {
        match self {
            IntView::Small(i) => i < 0,
            IntView::Big(b) => number::is_negative(b),
        }
    }
    /// Whether the number is zero.
    pub fn is_zero(self) -> bool {
        match self {
            IntView::Small(i) => i == 0,
            IntView::Big(b) => b.is_zero(),
        }
    }
    /// Order of two numbers.
    pub fn order(self, other: IntView<'_>) -> Ordering {
        match (self, other) {
            (IntView::Small(x), IntView::Small(y)) => x.cmp(&y),
            (x, y) => x.to_big().as_ref().cmp(y.to_big().as_ref()),
        }
    }
    /// As a float, correctly rounded; `None` if it is too large.
    #[inline]
    pub fn to_f64(self) -> Option<f64> {
        match self {
            IntView::Small(i) => Some(i as f64),
            IntView::Big(b) => number::to_f64(b).ok(),
        }
    }
    /// Order of the number and a float, by exact value; `None` for nan.
    #[inline]
    pub fn order_f64(self, x: f64) -> Option<Ordering> {
        match self {
            IntView::Small(i) => number::small_cmp_f64(i, x),
            IntView::Big(b) => number::cmp_f64(b, x),
        }
    }
}
