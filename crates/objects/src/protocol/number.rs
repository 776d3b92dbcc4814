//! Arithmetic: how binary operators choose between the operands' slots; conversions to int and float.

use orochi_heap::Value;

use crate::slots::{BinaryFn, Slots};
use crate::thread::{Attached, PyResult, Raised};
use crate::type_::{class_of, type_name};

/// A binary operator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    TrueDiv,
    /// `//`
    FloorDiv,
    /// `%`
    Mod,
    /// `**`
    Pow,
    /// `@`
    MatMul,
    /// `<<`
    Shl,
    /// `>>`
    Shr,
    /// `&`
    And,
    /// `|`
    Or,
    /// `^`
    Xor,
    /// `divmod()`
    DivMod,
}

impl Operator {
    /// As it is written.
    pub const fn symbol(self) -> &'static str {
        ["+", "-", "*", "/", "//", "%", "** or pow()", "@", "<<", ">>", "&", "|", "^", "divmod()"][self as usize]
    }
    /// As its augmented assignment is written.
    pub const fn inplace_symbol(self) -> &'static str {
        ["+=", "-=", "*=", "/=", "//=", "%=", "**=", "@=", "<<=", ">>=", "&=", "|=", "^=", "divmod()"][self as usize]
    }
    #[inline(always)]
    fn slot(self, s: &Slots) -> Option<BinaryFn> {
        match self {
            Operator::Add => s.add(),
            Operator::Sub => s.sub(),
            Operator::Mul => s.mul(),
            Operator::TrueDiv => s.true_div(),
            Operator::FloorDiv => s.floor_div(),
            Operator::Mod => s.rem(),
            Operator::MatMul => s.mat_mul(),
            Operator::Shl => s.shl(),
            Operator::Shr => s.shr(),
            Operator::And => s.and(),
            Operator::Or => s.or(),
            Operator::Xor => s.xor(),
            Operator::DivMod => s.divmod(),
            Operator::Pow => None,
        }
    }
    fn inplace_slot(self, s: &Slots) -> Option<BinaryFn> {
        match self {
            Operator::Add => s.inplace_add(),
            Operator::Sub => s.inplace_sub(),
            Operator::Mul => s.inplace_mul(),
            Operator::TrueDiv => s.inplace_true_div(),
            Operator::FloorDiv => s.inplace_floor_div(),
            Operator::Mod => s.inplace_rem(),
            Operator::Pow => s.inplace_pow(),
            Operator::MatMul => s.inplace_mat_mul(),
            Operator::Shl => s.inplace_shl(),
            Operator::Shr => s.inplace_shr(),
            Operator::And => s.inplace_and(),
            Operator::Or => s.inplace_or(),
            Operator::Xor => s.inplace_xor(),
            Operator::DivMod => None,
        }
    }
}

/// Tries the numeric slots of both operands; NotImplemented if neither knows.
fn try_slots(t: Attached<'_>, a: &Value, b: &Value, op: Operator) -> PyResult {
    let (ta, tb) = (class_of(t, a), class_of(t, b));
    let fa = op.slot(&ta.slots);
    let fb = if std::ptr::eq(ta, tb) { None } else { op.slot(&tb.slots) };
    let same = matches!((fa, fb), (Some(x), Some(y)) if x as usize == y as usize);
    let fb = if same { None } else { fb };
    if let Some(g) = fb
        && fa.is_some()
        && tb.is_subtype(ta)
    {
        let r = g(t, a, b)?;
        if !r.is_not_implemented() {
            return Ok(r);
        }
        return match fa {
            Some(f) => f(t, a, b),
            None => Ok(r),
        };
    }
    if let Some(f) = fa {
        let r = f(t, a, b)?;
        if !r.is_not_implemented() {
            return Ok(r);
        }
    }
    match fb {
        Some(g) => g(t, a, b),
        None => Ok(Value::not_implemented()),
    }
}

#[cold]
fn unsupported(t: Attached<'_>, a: &Value, b: &Value, symbol: &str) -> Raised {
    t.type_error(format!(
        "unsupported operand type(s) for {symbol}: '{}' and '{}'",
        type_name(t, a),
        type_name(t, b)
    ))
}

/// `a op b`.
///
/// A slot function of a numeric operator gets both operands in order, whichever side is its own type.
pub fn binary(t: Attached<'_>, a: &Value, b: &Value, op: Operator) -> PyResult {
    if op == Operator::Pow {
        return power(t, a, b, &Value::none());
    }
    let r = try_slots(t, a, b, op)?;
    if !r.is_not_implemented() {
        return Ok(r);
    }
    sequence_operator(t, a, b, op, false)?.ok_or(()).map_err(|()| unsupported(t, a, b, op.symbol()))
}

/// `a op= b`.
pub fn inplace(t: Attached<'_>, a: &Value, b: &Value, op: Operator) -> PyResult {
    if let Some(f) = op.inplace_slot(&class_of(t, a).slots) {
        let r = f(t, a, b)?;
        if !r.is_not_implemented() {
            return Ok(r);
        }
    }
    if op == Operator::Pow {
        let r = try_power(t, a, b, &Value::none())?;
        return if r.is_not_implemented() { Err(unsupported(t, a, b, op.inplace_symbol())) } else { Ok(r) };
    }
    let r = try_slots(t, a, b, op)?;
    if !r.is_not_implemented() {
        return Ok(r);
    }
    sequence_operator(t, a, b, op, true)?.ok_or(()).map_err(|()| unsupported(t, a, b, op.inplace_symbol()))
}

/// `+` and `*` of sequences, after the numeric slots.
fn sequence_operator(t: Attached<'_>, a: &Value, b: &Value, op: Operator, in_place: bool) -> PyResult<Option<Value>> {
    let (sa, sb) = (&class_of(t, a).slots, &class_of(t, b).slots);
    match op {
        Operator::Add => {
            let f = if in_place { sa.inplace_concat().or(sa.concat()) } else { sa.concat() };
            f.map(|f| f(t, a, b)).transpose()
        }
        Operator::Mul => {
            let f = if in_place { sa.inplace_repeat().or(sa.repeat()) } else { sa.repeat() };
            if let Some(f) = f {
                return f(t, a, repeat_count(t, b)?).map(Some);
            }
            match sb.repeat() {
                Some(f) => f(t, b, repeat_count(t, a)?).map(Some),
                None => Ok(None),
            }
        }
        _ => Ok(None),
    }
}

fn repeat_count(t: Attached<'_>, n: &Value) -> PyResult<isize> {
    if class_of(t, n).slots.index().is_none() {
        return Err(t.type_error(format!("can't multiply sequence by non-int of type '{}'", type_name(t, n))));
    }
    as_size(t, n)
}

fn try_power(t: Attached<'_>, a: &Value, b: &Value, modulus: &Value) -> PyResult {
    let (ta, tb) = (class_of(t, a), class_of(t, b));
    let fa = ta.slots.pow();
    let fb = if std::ptr::eq(ta, tb) { None } else { tb.slots.pow() };
    let fb = if matches!((fa, fb), (Some(x), Some(y)) if x as usize == y as usize) { None } else { fb };
    let mut order = [fa, fb];
    if fa.is_some() && fb.is_some() && tb.is_subtype(ta) {
        order.swap(0, 1);
    }
    for f in order.into_iter().flatten() {
        let r = f(t, a, b, modulus)?;
        if !r.is_not_implemented() {
            return Ok(r);
        }
    }
    if !modulus.is_none()
        && let Some(f) = class_of(t, modulus).slots.pow()
    {
        return f(t, a, b, modulus);
    }
    Ok(Value::not_implemented())
}

/// `pow(a, b, modulus)`; None for `a ** b`.
pub fn power(t: Attached<'_>, a: &Value, b: &Value, modulus: &Value) -> PyResult {
    let r = try_power(t, a, b, modulus)?;
    if !r.is_not_implemented() {
        return Ok(r);
    }
    if modulus.is_none() {
        return Err(unsupported(t, a, b, Operator::Pow.symbol()));
    }
    Err(t.type_error(format!(
        "unsupported operand type(s) for ** or pow(): '{}', '{}', '{}'",
        type_name(t, a),
        type_name(t, b),
        type_name(t, modulus)
    )))
}

/// `-v`.
pub fn negate(t: Attached<'_>, v: &Value) -> PyResult {
    match class_of(t, v).slots.neg() {
        Some(f) => f(t, v),
        None => Err(t.type_error(format!("bad operand type for unary -: '{}'", type_name(t, v)))),
    }
}
/// `+v`.
pub fn positive(t: Attached<'_>, v: &Value) -> PyResult {
    match class_of(t, v).slots.pos() {
        Some(f) => f(t, v),
        None => Err(t.type_error(format!("bad operand type for unary +: '{}'", type_name(t, v)))),
    }
}
/// `~v`.
pub fn invert(t: Attached<'_>, v: &Value) -> PyResult {
    match class_of(t, v).slots.invert() {
        Some(f) => f(t, v),
        None => Err(t.type_error(format!("bad operand type for unary ~: '{}'", type_name(t, v)))),
    }
}

/// `operator.index(v)`: an int (of exactly that type, or a bool).
pub fn as_index(t: Attached<'_>, v: &Value) -> PyResult {
    if crate::int::is_int(v) {
        return Ok(v.clone());
    }
    let Some(f) = class_of(t, v).slots.index() else {
        return Err(t.type_error(format!("'{}' object cannot be interpreted as an integer", type_name(t, v))));
    };
    let r = f(t, v)?;
    if crate::int::is_int(&r) {
        return Ok(r);
    }
    Err(t.type_error(format!("__index__ returned non-int (type {})", type_name(t, &r))))
}

/// An index or count: clipped to the range of `isize` as slices do.
pub fn as_size(t: Attached<'_>, v: &Value) -> PyResult<isize> {
    let i = as_index(t, v)?;
    match crate::int::as_i64(&i) {
        Some(n) => Ok(n as isize),
        None => Err(t.overflow_error(format!("cannot fit '{}' into an index-sized integer", type_name(t, v)))),
    }
}

/// An int argument that must fit 64 bits.
pub fn expect_i64(t: Attached<'_>, v: &Value) -> PyResult<i64> {
    let i = as_index(t, v)?;
    crate::int::as_i64(&i).ok_or_else(|| t.overflow_error("Python int too large to convert to C long"))
}

/// An int argument that must be a size.
pub fn expect_usize(t: Attached<'_>, v: &Value) -> PyResult<usize> {
    let n = expect_i64(t, v)?;
    usize::try_from(n).map_err(|_| t.value_error("expected a non-negative integer"))
}

/// `int(v)` of a number or of what has `__int__`, `__index__`: not of text.
pub fn to_int(t: Attached<'_>, v: &Value) -> PyResult {
    if crate::int::is_int(v) && crate::int::TYPE.is_exact(t, v) {
        return Ok(v.clone());
    }
    let slots = &class_of(t, v).slots;
    if let Some(f) = slots.int() {
        let r = f(t, v)?;
        if !crate::int::is_int(&r) {
            return Err(t.type_error(format!("__int__ returned non-int (type {})", type_name(t, &r))));
        }
        return Ok(r);
    }
    if slots.index().is_some() {
        return as_index(t, v);
    }
    Err(t.type_error(format!(
        "int() argument must be a string, a bytes-like object or a real number, not '{}'",
        type_name(t, v)
    )))
}

/// A float argument: a float, an int, or what has `__float__` or `__index__`.
pub fn to_float(t: Attached<'_>, v: &Value) -> PyResult<f64> {
    if let Some(f) = crate::float::as_f64(v) {
        return Ok(f);
    }
    if let Some(i) = v.as_small_int() {
        return Ok(i as f64);
    }
    let slots = &class_of(t, v).slots;
    if let Some(f) = slots.float() {
        let r = f(t, v)?;
        return crate::float::as_f64(&r).ok_or_else(|| {
            t.type_error(format!("{}.__float__() must return a float, not {}", type_name(t, v), type_name(t, &r)))
        });
    }
    if slots.index().is_some() {
        let i = as_index(t, v)?;
        return match crate::int::as_big(&i) {
            Some(n) => orochi_number::int::to_f64(&n).map_err(|e| t.overflow_error(e.message)),
            None => Err(t.type_error("must be real number")),
        };
    }
    Err(t.type_error(format!("must be real number, not {}", type_name(t, v))))
}
