//! `math` over `orochi_number::math`. Functions of ints in `math/integers.rs`, of iterables in
//! `math/sums.rs`.

mod integers;
mod sums;

use orochi_number::{NumberResult, math as number};
use orochi_objects::{Attached, Method, ModuleSpec, PyResult, Value, dict, float, int, number::check, protocol, tuple, type_::type_name};

macro_rules! unary {
    ($name:ident) => {
        |t, a| one(t, a, number::$name)
    };
}
macro_rules! binary {
    ($name:ident) => {
        |t, a| two(t, a, number::$name)
    };
}

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("math")
    .doc("This module provides access to the mathematical functions\ndefined by the C standard.")
    .functions(FUNCTIONS)
    .exec(constants);

const FUNCTIONS: &[Method] = &[
    Method::new("acos", "(x, /)", unary!(acos), "Return the arc cosine (measured in radians) of x.\n\nThe result is between 0 and pi."),
    Method::new("acosh", "(x, /)", unary!(acosh), "Return the inverse hyperbolic cosine of x."),
    Method::new("asin", "(x, /)", unary!(asin), "Return the arc sine (measured in radians) of x.\n\nThe result is between -pi/2 and pi/2."),
    Method::new("asinh", "(x, /)", unary!(asinh), "Return the inverse hyperbolic sine of x."),
    Method::new("atan", "(x, /)", unary!(atan), "Return the arc tangent (measured in radians) of x.\n\nThe result is between -pi/2 and pi/2."),
    Method::new("atan2", "(y, x, /)", binary!(atan2), "Return the arc tangent (measured in radians) of y/x."),
    Method::new("atanh", "(x, /)", unary!(atanh), "Return the inverse hyperbolic tangent of x."),
    Method::new("cbrt", "(x, /)", unary!(cbrt), "Return the cube root of x."),
    Method::new("ceil", "(x, /)", integers::ceil, "Return the ceiling of x as an Integral.\n\nThis is the smallest integer >= x."),
    Method::new("comb", "(n, k, /)", integers::comb, "Number of ways to choose k items from n items without repetition and without order."),
    Method::new("copysign", "(x, y, /)", binary!(copysign), "Return a float with the magnitude (absolute value) of x but the sign of y."),
    Method::new("cos", "(x, /)", unary!(cos), "Return the cosine of x (measured in radians)."),
    Method::new("cosh", "(x, /)", unary!(cosh), "Return the hyperbolic cosine of x."),
    Method::new("degrees", "(x, /)", unary!(degrees), "Convert angle x from radians to degrees."),
    Method::new("dist", "(p, q, /)", sums::dist, "Return the Euclidean distance between two points p and q."),
    Method::new("erf", "(x, /)", unary!(erf), "Error function at x."),
    Method::new("erfc", "(x, /)", unary!(erfc), "Complementary error function at x."),
    Method::new("exp", "(x, /)", unary!(exp), "Return e raised to the power of x."),
    Method::new("exp2", "(x, /)", unary!(exp2), "Return 2 raised to the power of x."),
    Method::new("expm1", "(x, /)", unary!(expm1), "Return exp(x)-1."),
    Method::new("fabs", "(x, /)", unary!(fabs), "Return the absolute value of the float x."),
    Method::new("factorial", "(n, /)", integers::factorial, "Find n!."),
    Method::new("floor", "(x, /)", integers::floor, "Return the floor of x as an Integral.\n\nThis is the largest integer <= x."),
    Method::new("fma", "(x, y, z, /)", fma, "Fused multiply-add operation.\n\nCompute (x * y) + z with a single round."),
    Method::new("fmod", "(x, y, /)", |t, a| two_checked(t, a, number::fmod), "Return fmod(x, y), according to platform C.\n\nx % y may differ."),
    Method::new("frexp", "(x, /)", frexp, "Return the mantissa and exponent of x, as pair (m, e)."),
    Method::new("fsum", "(seq, /)", sums::fsum, "Return an accurate floating-point sum of values in the iterable seq."),
    Method::new("gamma", "(x, /)", unary!(gamma), "Gamma function at x."),
    Method::new("gcd", "(*integers)", integers::gcd, "Greatest Common Divisor."),
    Method::new("hypot", "(*coordinates)", sums::hypot, "Multidimensional Euclidean distance from the origin to a point."),
    Method::new("isclose", "(a, b, *, rel_tol=1e-09, abs_tol=0.0)", isclose, "Determine whether two floating-point numbers are close in value."),
    Method::new("isfinite", "(x, /)", |t, a| test(t, a, f64::is_finite), "Return True if x is neither an infinity nor a NaN, and False otherwise."),
    Method::new("isinf", "(x, /)", |t, a| test(t, a, f64::is_infinite), "Return True if x is a positive or negative infinity, and False otherwise."),
    Method::new("isnan", "(x, /)", |t, a| test(t, a, f64::is_nan), "Return True if x is a NaN (not a number), and False otherwise."),
    Method::new("isqrt", "(n, /)", integers::isqrt, "Return the integer part of the square root of the input."),
    Method::new("lcm", "(*integers)", integers::lcm, "Least Common Multiple."),
    Method::new("ldexp", "(x, i, /)", ldexp, "Return x * (2**i).\n\nThis is essentially the inverse of frexp()."),
    Method::new("lgamma", "(x, /)", unary!(lgamma), "Natural logarithm of absolute value of Gamma function at x."),
    Method::new("log", "(x, base=None, /)", log, "log(x, [base=math.e])\nReturn the logarithm of x to the given base."),
    Method::new("log10", "(x, /)", |t, a| logarithm(t, &a[0], number::log10, number::log10_int), "Return the base 10 logarithm of x."),
    Method::new("log1p", "(x, /)", unary!(log1p), "Return the natural logarithm of 1+x (base e)."),
    Method::new("log2", "(x, /)", |t, a| logarithm(t, &a[0], number::log2, number::log2_int), "Return the base 2 logarithm of x."),
    Method::new("modf", "(x, /)", modf, "Return the fractional and integer parts of x."),
    Method::new("nextafter", "(x, y, /, *, steps=None)", nextafter, "Return the floating-point value the given number of steps after x towards y."),
    Method::new("perm", "(n, k=None, /)", integers::perm, "Number of ways to choose k items from n items without repetition and with order."),
    Method::new("pow", "(x, y, /)", |t, a| two_checked(t, a, number::pow), "Return x**y (x to the power of y)."),
    Method::new("prod", "(iterable, /, *, start=1)", sums::prod, "Calculate the product of all the elements in the input iterable."),
    Method::new("radians", "(x, /)", unary!(radians), "Convert angle x from degrees to radians."),
    Method::new("remainder", "(x, y, /)", |t, a| two_checked(t, a, number::remainder), "Difference between x and the closest integer multiple of y."),
    Method::new("sin", "(x, /)", unary!(sin), "Return the sine of x (measured in radians)."),
    Method::new("sinh", "(x, /)", unary!(sinh), "Return the hyperbolic sine of x."),
    Method::new("sqrt", "(x, /)", unary!(sqrt), "Return the square root of x."),
    Method::new("sumprod", "(p, q, /)", sums::sumprod, "Return the sum of products of values from two iterables p and q."),
    Method::new("tan", "(x, /)", unary!(tan), "Return the tangent of x (measured in radians)."),
    Method::new("tanh", "(x, /)", unary!(tanh), "Return the hyperbolic tangent of x."),
    Method::new("trunc", "(x, /)", integers::trunc, "Truncates the Real x to the nearest Integral toward 0."),
    Method::new("ulp", "(x, /)", unary!(ulp), "Return the value of the least significant bit of the float x."),
];

fn constants(t: Attached<'_>, namespace: &Value) -> PyResult<()> {
    for (name, value) in [
        ("pi", std::f64::consts::PI),
        ("e", std::f64::consts::E),
        ("tau", std::f64::consts::TAU),
        ("inf", f64::INFINITY),
        ("nan", f64::NAN),
    ] {
        dict::set_by_name(t, namespace, name, float::new(t, value));
    }
    Ok(())
}

fn one(t: Attached<'_>, a: &[Value], f: fn(f64) -> NumberResult<f64>) -> PyResult {
    let x = protocol::to_float(t, &a[0])?;
    Ok(float::new(t, check(t, f(x))?))
}
fn two(t: Attached<'_>, a: &[Value], f: fn(f64, f64) -> f64) -> PyResult {
    let (x, y) = (protocol::to_float(t, &a[0])?, protocol::to_float(t, &a[1])?);
    Ok(float::new(t, f(x, y)))
}
fn two_checked(t: Attached<'_>, a: &[Value], f: fn(f64, f64) -> NumberResult<f64>) -> PyResult {
    let (x, y) = (protocol::to_float(t, &a[0])?, protocol::to_float(t, &a[1])?);
    Ok(float::new(t, check(t, f(x, y))?))
}
fn test(t: Attached<'_>, a: &[Value], f: fn(f64) -> bool) -> PyResult {
    Ok(Value::bool(f(protocol::to_float(t, &a[0])?)))
}

/// A logarithm, exact also for ints that no float can hold.
fn logarithm(
    t: Attached<'_>,
    v: &Value,
    of_float: fn(f64) -> NumberResult<f64>,
    of_int: fn(&orochi_number::IBig) -> NumberResult<f64>,
) -> PyResult {
    Ok(float::new(t, log_value(t, v, of_float, of_int)?))
}

fn log_value(
    t: Attached<'_>,
    v: &Value,
    of_float: fn(f64) -> NumberResult<f64>,
    of_int: fn(&orochi_number::IBig) -> NumberResult<f64>,
) -> PyResult<f64> {
    let r = match int::view(v) {
        Some(int::IntView::Small(i)) if i > 0 => of_float(i as f64),
        Some(n) => of_int(&n.to_big()),
        None => of_float(protocol::to_float(t, v)?),
    };
    check(t, r)
}

fn log(t: Attached<'_>, a: &[Value]) -> PyResult {
    let x = log_value(t, &a[0], number::log, number::log_int)?;
    let Some(base) = a[1].given() else { return Ok(float::new(t, x)) };
    let base = log_value(t, base, number::log, number::log_int)?;
    Ok(float::new(t, check(t, number::log_ratio(x, base))?))
}

fn fma(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (x, y, z) = (protocol::to_float(t, &a[0])?, protocol::to_float(t, &a[1])?, protocol::to_float(t, &a[2])?);
    Ok(float::new(t, check(t, number::fma(x, y, z))?))
}

fn frexp(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (m, e) = number::frexp(protocol::to_float(t, &a[0])?);
    Ok(tuple::new(t, vec![float::new(t, m), Value::i32(e)]))
}

fn modf(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (fraction, whole) = number::modf(protocol::to_float(t, &a[0])?);
    Ok(tuple::new(t, vec![float::new(t, fraction), float::new(t, whole)]))
}

fn ldexp(t: Attached<'_>, a: &[Value]) -> PyResult {
    let x = protocol::to_float(t, &a[0])?;
    let Some(i) = int::view(&a[1]) else {
        return Err(t.type_error("Expected an int as second argument to ldexp."));
    };
    let exponent = int::as_i64(&a[1]).unwrap_or(if i.is_negative() { i64::MIN } else { i64::MAX });
    Ok(float::new(t, check(t, number::ldexp(x, exponent))?))
}

fn isclose(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (x, y) = (protocol::to_float(t, &a[0])?, protocol::to_float(t, &a[1])?);
    let tolerance = |v: &Value, usual: f64| v.given().map_or(Ok(usual), |v| protocol::to_float(t, v));
    let (rel, abs) = (tolerance(&a[2], 1e-9)?, tolerance(&a[3], 0.0)?);
    Ok(Value::bool(check(t, number::isclose(x, y, rel, abs))?))
}

fn nextafter(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (x, y) = (protocol::to_float(t, &a[0])?, protocol::to_float(t, &a[1])?);
    let steps = match a[2].given().filter(|s| !s.is_none()) {
        None => None,
        Some(s) => {
            let n = protocol::as_index(t, s)?;
            match int::view(&n) {
                Some(n) if n.is_negative() => return Err(t.value_error("steps must be a non-negative integer")),
                _ => Some(int::as_big(&n).and_then(|n| u64::try_from(&n).ok()).unwrap_or(u64::MAX)),
            }
        }
    };
    Ok(float::new(t, number::nextafter(x, y, steps)))
}

/// TypeError as `math.trunc` words it.
fn no_method(t: Attached<'_>, v: &Value, name: &str) -> orochi_objects::Raised {
    t.type_error(format!("type {} doesn't define {name} method", type_name(t, v)))
}
