//! `bool`: the two ints True and False, which need no memory.

use orochi_heap::Value;

use crate::args::Args;
use crate::slots::Def;
use crate::spec::TypeSpec;
use crate::thread::{Attached, PyResult};

/// `bool`.
pub static TYPE: TypeSpec = TypeSpec::new::<crate::int::PyInt>("bool")
    .base(&crate::int::TYPE)
    .slots(&[
        Def::New(bool_new),
        Def::Repr(repr),
        Def::And(and),
        Def::Or(or),
        Def::Xor(xor),
        Def::Invert(invert),
    ])
    .doc(
        "bool(object=False, /)\n--\n\nReturns True when the argument is true, False otherwise.\n\nThe builtins True and False \
         are the only two instances of the class bool.\nThe class bool is a subclass of the class int, and cannot be \
         subclassed.",
    );

fn bool_new(t: Attached<'_>, _: &Value, args: Args<'_>) -> PyResult {
    match args.expect(t, "bool", 0, 1)? {
        [x] => crate::protocol::truth(t, x).map(Value::bool),
        _ => Ok(Value::bool(false)),
    }
}

fn repr(t: Attached<'_>, v: &Value) -> PyResult {
    Ok(crate::str::intern(t, if v.is_true() { "True" } else { "False" }))
}

/// `a & b`: a bool of two bools, else as ints.
pub fn and(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    match (a.as_bool(), b.as_bool()) {
        (Some(x), Some(y)) => Ok(Value::bool(x & y)),
        _ => crate::int::and(t, a, b),
    }
}
/// `a | b`: a bool of two bools, else as ints.
pub fn or(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    match (a.as_bool(), b.as_bool()) {
        (Some(x), Some(y)) => Ok(Value::bool(x | y)),
        _ => crate::int::or(t, a, b),
    }
}
/// `a ^ b`: a bool of two bools, else as ints.
pub fn xor(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    match (a.as_bool(), b.as_bool()) {
        (Some(x), Some(y)) => Ok(Value::bool(x ^ y)),
        _ => crate::int::xor(t, a, b),
    }
}

/// `~a`: of the int, with a warning.
pub fn invert(t: Attached<'_>, a: &Value) -> PyResult {
    crate::number::deprecated(
        t,
        "Bitwise inversion '~' on bool is deprecated and will be removed in Python 3.16. This returns the bitwise \
         inversion of the underlying int object and is usually not what you expect from the negation of a bool object. Use \
         the 'not' operator for boolean negation or ~int(x) for the bitwise inversion of the underlying int.",
    )?;
    crate::int::invert(t, a)
}
