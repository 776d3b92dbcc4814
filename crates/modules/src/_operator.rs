//! `_operator`: the operators as functions; `attrgetter`, `itemgetter`, `methodcaller` in `_operator/`.

mod attrgetter;
mod itemgetter;
mod methodcaller;

use orochi_objects::{
    Args, Attached, CompareOp, Method, ModuleSpec, PyResult, Value, bytes, dict, exception, int, protocol,
    protocol::Operator,
    str, tuple,
    type_::{class_of, type_name},
};

macro_rules! binary {
    ($op:ident) => {
        |t, a| protocol::binary(t, &a[0], &a[1], Operator::$op)
    };
}
macro_rules! inplace {
    ($op:ident) => {
        |t, a| protocol::inplace(t, &a[0], &a[1], Operator::$op)
    };
}
macro_rules! compare {
    ($op:ident) => {
        |t, a| protocol::compare(t, &a[0], &a[1], CompareOp::$op)
    };
}

const TWO: &str = "(a, b, /)";
const ONE: &str = "(a, /)";

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("_operator")
    .doc(
        "Operator interface.\n\nThis module exports a set of functions implemented in C corresponding\nto the intrinsic operators \
         of Python.  For example, operator.add(x, y)\nis equivalent to the expression x+y.",
    )
    .functions(&[
        Method::new("truth", ONE, |t, a| protocol::truth(t, &a[0]).map(Value::bool), "Return True if a is true, False otherwise."),
        Method::new("contains", TWO, |t, a| protocol::contains(t, &a[0], &a[1]).map(Value::bool), "Same as b in a (note reversed operands)."),
        Method::new("indexOf", TWO, index_of, "Return the first index of b in a."),
        Method::new("countOf", TWO, count_of, "Return the number of items in a which are, or which equal, b."),
        Method::new("is_", TWO, |_, a| Ok(Value::bool(a[0].is(&a[1]))), "Same as a is b."),
        Method::new("is_not", TWO, |_, a| Ok(Value::bool(!a[0].is(&a[1]))), "Same as a is not b."),
        Method::new("is_none", ONE, |_, a| Ok(Value::bool(a[0].is_none())), "Same as a is None."),
        Method::new("is_not_none", ONE, |_, a| Ok(Value::bool(!a[0].is_none())), "Same as a is not None."),
        Method::new("index", ONE, |t, a| Ok(int::to_plain(t, &protocol::as_index(t, &a[0])?)), "Same as a.__index__()"),
        Method::new("add", TWO, binary!(Add), "Same as a + b."),
        Method::new("sub", TWO, binary!(Sub), "Same as a - b."),
        Method::new("mul", TWO, binary!(Mul), "Same as a * b."),
        Method::new("matmul", TWO, binary!(MatMul), "Same as a @ b."),
        Method::new("floordiv", TWO, binary!(FloorDiv), "Same as a // b."),
        Method::new("truediv", TWO, binary!(TrueDiv), "Same as a / b."),
        Method::new("mod", TWO, binary!(Mod), "Same as a % b."),
        Method::new("neg", ONE, |t, a| protocol::negate(t, &a[0]), "Same as -a."),
        Method::new("pos", ONE, |t, a| protocol::positive(t, &a[0]), "Same as +a."),
        Method::new("abs", ONE, absolute, "Same as abs(a)."),
        Method::new("inv", ONE, |t, a| protocol::invert(t, &a[0]), "Same as ~a."),
        Method::new("invert", ONE, |t, a| protocol::invert(t, &a[0]), "Same as ~a."),
        Method::new("lshift", TWO, binary!(Shl), "Same as a << b."),
        Method::new("rshift", TWO, binary!(Shr), "Same as a >> b."),
        Method::new("not_", ONE, |t, a| protocol::truth(t, &a[0]).map(|b| Value::bool(!b)), "Same as not a."),
        Method::new("and_", TWO, binary!(And), "Same as a & b."),
        Method::new("xor", TWO, binary!(Xor), "Same as a ^ b."),
        Method::new("or_", TWO, binary!(Or), "Same as a | b."),
        Method::new("iadd", TWO, inplace!(Add), "Same as a += b."),
        Method::new("isub", TWO, inplace!(Sub), "Same as a -= b."),
        Method::new("imul", TWO, inplace!(Mul), "Same as a *= b."),
        Method::new("imatmul", TWO, inplace!(MatMul), "Same as a @= b."),
        Method::new("ifloordiv", TWO, inplace!(FloorDiv), "Same as a //= b."),
        Method::new("itruediv", TWO, inplace!(TrueDiv), "Same as a /= b."),
        Method::new("imod", TWO, inplace!(Mod), "Same as a %= b."),
        Method::new("ilshift", TWO, inplace!(Shl), "Same as a <<= b."),
        Method::new("irshift", TWO, inplace!(Shr), "Same as a >>= b."),
        Method::new("iand", TWO, inplace!(And), "Same as a &= b."),
        Method::new("ixor", TWO, inplace!(Xor), "Same as a ^= b."),
        Method::new("ior", TWO, inplace!(Or), "Same as a |= b."),
        Method::new("concat", TWO, |t, a| concat(t, a, false), "Same as a + b, for a and b sequences."),
        Method::new("iconcat", TWO, |t, a| concat(t, a, true), "Same as a += b, for a and b sequences."),
        Method::new("getitem", TWO, |t, a| protocol::get_item(t, &a[0], &a[1]), "Same as a[b]."),
        Method::new(
            "setitem",
            "(a, b, c, /)",
            |t, a| protocol::set_item(t, &a[0], &a[1], &a[2]).map(|()| Value::none()),
            "Same as a[b] = c.",
        ),
        Method::new("delitem", TWO, |t, a| protocol::del_item(t, &a[0], &a[1]).map(|()| Value::none()), "Same as del a[b]."),
        Method::new("pow", TWO, binary!(Pow), "Same as a ** b."),
        Method::new("ipow", TWO, inplace!(Pow), "Same as a **= b."),
        Method::new("eq", TWO, compare!(Eq), "Same as a == b."),
        Method::new("ne", TWO, compare!(Ne), "Same as a != b."),
        Method::new("lt", TWO, compare!(Lt), "Same as a < b."),
        Method::new("le", TWO, compare!(Le), "Same as a <= b."),
        Method::new("gt", TWO, compare!(Gt), "Same as a > b."),
        Method::new("ge", TWO, compare!(Ge), "Same as a >= b."),
        Method::new("_compare_digest", TWO, compare_digest, "Return 'a == b'."),
        Method::new("length_hint", "(obj, default=0, /)", length_hint, "Return an estimate of the number of items in obj."),
        Method::new("call", "(obj, /, *args, **kwargs)", call, "Same as obj(*args, **kwargs)."),
    ])
    .types(&[&attrgetter::TYPE, &itemgetter::TYPE, &methodcaller::TYPE]);

fn absolute(t: Attached<'_>, a: &[Value]) -> PyResult {
    match class_of(t, &a[0]).slots.abs() {
        Some(f) => f(t, &a[0]),
        None => Err(t.type_error(format!("bad operand type for abs(): '{}'", type_name(t, &a[0])))),
    }
}

fn iterator(t: Attached<'_>, v: &Value) -> PyResult {
    protocol::get_iter(t, v).map_err(|e| match t.catch(e, &exception::TypeError) {
        Ok(_) => t.type_error(format!("argument of type '{}' is not iterable", type_name(t, v))),
        Err(e) => e,
    })
}

fn index_of(t: Attached<'_>, a: &[Value]) -> PyResult {
    let it = iterator(t, &a[0])?;
    let mut i = 0usize;
    while let Some(v) = protocol::next(t, &it)? {
        if protocol::equal_or_same(t, &v, &a[1])? {
            return Ok(int::from_usize(t, i));
        }
        i += 1;
        t.safepoint()?;
    }
    Err(t.value_error("sequence.index(x): x not in sequence"))
}

fn count_of(t: Attached<'_>, a: &[Value]) -> PyResult {
    let it = iterator(t, &a[0])?;
    let mut n = 0usize;
    while let Some(v) = protocol::next(t, &it)? {
        n += usize::from(protocol::equal_or_same(t, &v, &a[1])?);
        t.safepoint()?;
    }
    Ok(int::from_usize(t, n))
}

fn concat(t: Attached<'_>, a: &[Value], in_place: bool) -> PyResult {
    let slots = &class_of(t, &a[0]).slots;
    let found = if in_place { slots.inplace_concat().or(slots.concat()) } else { slots.concat() };
    if let Some(f) = found {
        return f(t, &a[0], &a[1]);
    }
    // A class's own `__add__` counts if both look like sequences.
    if slots.get_item().is_some() && class_of(t, &a[1]).slots.get_item().is_some() {
        return if in_place {
            protocol::inplace(t, &a[0], &a[1], Operator::Add)
        } else {
            protocol::binary(t, &a[0], &a[1], Operator::Add)
        };
    }
    Err(t.type_error(format!("'{}' object can't be concatenated", type_name(t, &a[0]))))
}

fn length_hint(t: Attached<'_>, a: &[Value]) -> PyResult {
    let default = match a[1].given() {
        Some(d) => protocol::as_size(t, d)?,
        None => 0,
    };
    // A negative default is given back as it is; it stands for "no hint".
    match usize::try_from(default) {
        Ok(d) => Ok(int::from_usize(t, protocol::length_hint(t, &a[0], d)?)),
        Err(_) => {
            let n = protocol::length_hint(t, &a[0], usize::MAX)?;
            Ok(if n == usize::MAX { int::new(t, default as i64) } else { int::from_usize(t, n) })
        }
    }
}

fn call(t: Attached<'_>, a: &[Value]) -> PyResult {
    with_keywords(tuple::items(&a[1]), &a[2], |args| protocol::call_args(t, &a[0], args))
}

/// Positional values and a dict of keywords as the arguments of a call.
fn with_keywords<R>(positional: &[Value], keywords: &Value, f: impl FnOnce(Args<'_>) -> R) -> R {
    let items = if dict::as_dict(keywords).is_some() { dict::items(keywords) } else { Vec::new() };
    if items.is_empty() {
        return f(Args::new(positional));
    }
    let (names, values): (Vec<Value>, Vec<Value>) = items.into_iter().unzip();
    let mut all = positional.to_vec();
    all.extend(values);
    f(Args::with_names(&all, &names))
}

/// Compares all bytes of both, wherever the first difference is.
fn compare_digest(t: Attached<'_>, a: &[Value]) -> PyResult {
    if let (Some(x), Some(y)) = (str::as_str(&a[0]), str::as_str(&a[1])) {
        if !x.is_ascii() || !y.is_ascii() {
            return Err(t.type_error("comparing strings with non-ASCII characters is not supported"));
        }
        return Ok(Value::bool(same(x.bytes(), y.bytes())));
    }
    let open = |v: &Value| match (bytes::as_bytes(v), class_of(t, v).slots.buffer()) {
        (Some(b), _) => Ok(Some(b.to_vec())),
        (None, Some(f)) => f(t, v, false).map(|b| Some(b.to_vec())),
        (None, None) => Ok(None),
    };
    match (open(&a[0])?, open(&a[1])?) {
        (Some(x), Some(y)) => Ok(Value::bool(same(&x, &y))),
        _ => Err(t.type_error(format!(
            "unsupported operand types(s) or combination of types: '{}' and '{}'",
            type_name(t, &a[0]),
            type_name(t, &a[1])
        ))),
    }
}

/// Equality in a time that depends on the length of `b` only.
fn same(a: &[u8], b: &[u8]) -> bool {
    let right = a.len() == b.len();
    let left = if right { a } else { b };
    let difference = left.iter().zip(b).fold(u8::from(!right), |d, (x, y)| std::hint::black_box(d | (x ^ y)));
    difference == 0
}

/// The error for no arguments at all, as the getters word it.
fn one_argument(t: Attached<'_>, e: orochi_objects::Raised, args: Args<'_>, name: &str) -> orochi_objects::Raised {
    if !args.is_empty() {
        return e;
    }
    drop(t.take_raised(e));
    t.type_error(format!("{name} expected 1 argument, got 0"))
}
