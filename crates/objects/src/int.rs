//! `int`: 63-bit ints in the value word, larger ones as [`PyInt`].

use dashu_int::IBig;
use orochi_heap::{Payload, Value, payload};

use crate::spec::{TypeSpec, flags};
use crate::thread::Attached;

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
pub static TYPE: TypeSpec = TypeSpec::new::<PyInt>("int").flags(flags::BASETYPE | flags::MATCH_SELF);

/// An int.
#[inline(always)]
pub fn new(t: Attached<'_>, i: i64) -> Value {
    match Value::small_int(i) {
        Some(v) => v,
        None => TYPE.alloc(t, PyInt { value: IBig::from(i) }),
    }
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
    if let Some(i) = v.as_small_int() {
        return Some(IBig::from(i));
    }
    if let Some(b) = v.as_bool() {
        return Some(IBig::from(i64::from(b)));
    }
    v.payload::<PyInt>().map(|p| p.value.clone())
}
