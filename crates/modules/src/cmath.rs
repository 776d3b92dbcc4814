//! `cmath` over `orochi_number::cmath`.

use orochi_number::{NumberResult, cmath as number, complex::Complex};
use orochi_objects::{Attached, Method, ModuleSpec, PyResult, Value, complex, dict, float, number::check, protocol, tuple};

macro_rules! unary {
    ($name:ident) => {
        |t, a| one(t, a, number::$name)
    };
}

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("cmath")
    .doc("This module provides access to mathematical functions for complex\nnumbers.")
    .functions(&[
        Method::new("acos", "(z, /)", unary!(acos), "Return the arc cosine of z."),
        Method::new("acosh", "(z, /)", unary!(acosh), "Return the inverse hyperbolic cosine of z."),
        Method::new("asin", "(z, /)", unary!(asin), "Return the arc sine of z."),
        Method::new("asinh", "(z, /)", unary!(asinh), "Return the inverse hyperbolic sine of z."),
        Method::new("atan", "(z, /)", unary!(atan), "Return the arc tangent of z."),
        Method::new("atanh", "(z, /)", unary!(atanh), "Return the inverse hyperbolic tangent of z."),
        Method::new("cos", "(z, /)", unary!(cos), "Return the cosine of z."),
        Method::new("cosh", "(z, /)", unary!(cosh), "Return the hyperbolic cosine of z."),
        Method::new("exp", "(z, /)", unary!(exp), "Return the exponential value e**z."),
        Method::new(
            "isclose",
            "(a, b, *, rel_tol=1e-09, abs_tol=0.0)",
            isclose,
            "Determine whether two complex numbers are close in value.",
        ),
        Method::new("isfinite", "(z, /)", |t, a| test(t, a, number::isfinite), "Return True if both the real and imaginary parts of z are finite, else False."),
        Method::new("isinf", "(z, /)", |t, a| test(t, a, number::isinf), "Checks if the real or imaginary part of z is infinite."),
        Method::new("isnan", "(z, /)", |t, a| test(t, a, number::isnan), "Checks if the real or imaginary part of z not a number (NaN)."),
        Method::new("log", "(z, base=<unrepresentable>, /)", log, "log(z[, base]) -> the logarithm of z to the given base."),
        Method::new("log10", "(z, /)", unary!(log10), "Return the base-10 logarithm of z."),
        Method::new("phase", "(z, /)", phase, "Return argument, also known as the phase angle, of a complex."),
        Method::new("polar", "(z, /)", polar, "Convert a complex from rectangular coordinates to polar coordinates."),
        Method::new("rect", "(r, phi, /)", rect, "Convert from polar coordinates to rectangular coordinates."),
        Method::new("sin", "(z, /)", unary!(sin), "Return the sine of z."),
        Method::new("sinh", "(z, /)", unary!(sinh), "Return the hyperbolic sine of z."),
        Method::new("sqrt", "(z, /)", unary!(sqrt), "Return the square root of z."),
        Method::new("tan", "(z, /)", unary!(tan), "Return the tangent of z."),
        Method::new("tanh", "(z, /)", unary!(tanh), "Return the hyperbolic tangent of z."),
    ])
    .exec(constants);

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
    for (name, im) in [("infj", f64::INFINITY), ("nanj", f64::NAN)] {
        dict::set_by_name(t, namespace, name, complex::new(t, Complex { re: 0.0, im }));
    }
    Ok(())
}

fn one(t: Attached<'_>, a: &[Value], f: fn(Complex) -> NumberResult<Complex>) -> PyResult {
    let z = complex::from_any(t, &a[0])?;
    Ok(complex::new(t, check(t, f(z))?))
}
fn test(t: Attached<'_>, a: &[Value], f: fn(Complex) -> bool) -> PyResult {
    Ok(Value::bool(f(complex::from_any(t, &a[0])?)))
}
fn log(t: Attached<'_>, a: &[Value]) -> PyResult {
    let z = complex::from_any(t, &a[0])?;
    let base = a[1].given().map(|b| complex::from_any(t, b)).transpose()?;
    Ok(complex::new(t, check(t, number::log(z, base))?))
}
fn phase(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(float::new(t, number::phase(complex::from_any(t, &a[0])?)))
}
fn polar(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (r, phi) = check(t, number::polar(complex::from_any(t, &a[0])?))?;
    Ok(tuple::new(t, vec![float::new(t, r), float::new(t, phi)]))
}
fn rect(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (r, phi) = (protocol::to_float(t, &a[0])?, protocol::to_float(t, &a[1])?);
    Ok(complex::new(t, check(t, number::rect(r, phi))?))
}
fn isclose(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (x, y) = (complex::from_any(t, &a[0])?, complex::from_any(t, &a[1])?);
    let tolerance = |v: &Value, usual: f64| v.given().map_or(Ok(usual), |v| protocol::to_float(t, v));
    let (rel, abs) = (tolerance(&a[2], 1e-9)?, tolerance(&a[3], 0.0)?);
    Ok(Value::bool(check(t, number::isclose(x, y, rel, abs))?))
}
