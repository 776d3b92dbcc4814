//! Construction, text and methods of complex.

use std::sync::LazyLock;

use orochi_heap::Value;
use orochi_number::complex::{self as number, Complex};
use orochi_number::format::Family;

use super::{PyComplex, TYPE, as_complex, new};
use crate::args::{Args, Signature};
use crate::number::check;
use crate::spec::Method;
use crate::thread::{Attached, PyResult};
use crate::type_::{class_of, type_name};

pub(super) const METHODS: &[Method] = &[
    Method::new("conjugate", "($self, /)", conjugate, "Return the complex conjugate of its argument. (3-4j).conjugate() == 3+4j."),
    Method::new("__complex__", "($self, /)", |t, a| plain(t, &a[0]), "Convert this value to exact type complex."),
    Method::class("from_number", "($type, number, /)", from_number, "Convert number to a complex floating-point number."),
    Method::new("__getnewargs__", "($self, /)", getnewargs, ""),
    Method::new("__format__", "($self, format_spec, /)", format, "Convert to a string according to format_spec."),
];

static SIGNATURE: LazyLock<Signature> = LazyLock::new(|| Signature::parse("(real=0, imag=0)"));

fn own(v: &Value) -> Complex {
    as_complex(v).unwrap_or(number::new(0.0, 0.0))
}

/// `complex.__new__`.
pub(super) fn complex_new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    SIGNATURE.call(t, "complex", args, |a| {
        let (real, imag) = (a[0].given(), a[1].given());
        if let (Some(r), None) = (real, imag) {
            if class.is(TYPE.get(t)) && TYPE.is_exact(t, r) {
                return Ok(r.clone());
            }
            let value = match crate::str::as_str(r) {
                Some(_) => from_text(t, r)?,
                None => match try_number(t, r)? {
                    Some(z) => z,
                    None => {
                        return Err(t.type_error(format!(
                            "complex() argument must be a string or a number, not {}",
                            type_name(t, r)
                        )));
                    }
                },
            };
            return make(t, class, value);
        }
        let mut z = number::new(0.0, 0.0);
        // Complex parts still add up: complex(a, b) is a + b*j.
        if let Some(r) = real {
            z = part(t, r, "real")?;
        }
        if let Some(i) = imag {
            let i = part(t, i, "imag")?;
            z = number::new(z.re - i.im, z.im + i.re);
        }
        make(t, class, z)
    })
}

fn make(t: Attached<'_>, class: &Value, value: Complex) -> PyResult {
    if class.is(TYPE.get(t)) { Ok(new(t, value)) } else { TYPE.alloc_for(t, class, PyComplex { value }) }
}

/// The `real` or `imag` argument of two: a real number; a complex one with a warning.
fn part(t: Attached<'_>, v: &Value, name: &str) -> PyResult<Complex> {
    if let Some(z) = as_complex(v) {
        crate::number::deprecated(t, &format!("complex() argument '{name}' must be a real number, not {}", type_name(t, v)))?;
        return Ok(z);
    }
    let slots = &class_of(t, v).slots;
    if slots.float().is_none() && slots.index().is_none() {
        if name == "real"
            && let Some(z) = try_number(t, v)?
        {
            crate::number::deprecated(t, &format!("complex() argument 'real' must be a real number, not {}", type_name(t, v)))?;
            return Ok(z);
        }
        return Err(t.type_error(format!("complex() argument '{name}' must be a real number, not {}", type_name(t, v))));
    }
    Ok(number::new(crate::protocol::to_float(t, v)?, 0.0))
}

/// The complex value of a number: by `__complex__`, else as a real one; `None` if it is no number.
fn try_number(t: Attached<'_>, v: &Value) -> PyResult<Option<Complex>> {
    if TYPE.is_exact(t, v) {
        return Ok(as_complex(v));
    }
    if v.header().is_some()
        && let Some(r) = crate::protocol::call_special(t, v, &t.names().__complex__, &[])?
    {
        let Some(z) = as_complex(&r) else {
            return Err(t.type_error(format!(
                "{}.__complex__() must return a complex, not {}",
                type_name(t, v),
                type_name(t, &r)
            )));
        };
        if !TYPE.is_exact(t, &r) {
            crate::number::deprecated(
                t,
                &format!(
                    "{}.__complex__() must return a complex, not {}.  The ability to return an instance of a strict subclass \
                     of complex is deprecated, and may not be supported in a future version of Python.",
                    type_name(t, v),
                    type_name(t, &r)
                ),
            )?;
        }
        return Ok(Some(z));
    }
    let slots = &class_of(t, v).slots;
    if slots.float().is_none() && slots.index().is_none() {
        return Ok(None);
    }
    Ok(Some(number::new(crate::protocol::to_float(t, v)?, 0.0)))
}

/// The complex value of a number; TypeError if it is none. How `cmath` takes its arguments.
pub fn from_any(t: Attached<'_>, v: &Value) -> PyResult<Complex> {
    match try_number(t, v)? {
        Some(z) => Ok(z),
        None => Err(t.type_error(format!("must be real number, not {}", type_name(t, v)))),
    }
}

fn from_text(t: Attached<'_>, v: &Value) -> PyResult<Complex> {
    let text = crate::str::as_str(v).map(crate::int::text_to_ascii).unwrap_or_default();
    match number::parse(&text) {
        Some(z) => Ok(z),
        None => Err(t.value_error("complex() arg is a malformed string")),
    }
}

/// The same number as an exact complex.
pub(super) fn plain(t: Attached<'_>, v: &Value) -> PyResult {
    if TYPE.is_exact(t, v) { Ok(v.clone()) } else { Ok(new(t, own(v))) }
}
pub(super) fn re(t: Attached<'_>, v: &Value) -> PyResult {
    Ok(crate::float::new(t, own(v).re))
}
pub(super) fn im(t: Attached<'_>, v: &Value) -> PyResult {
    Ok(crate::float::new(t, own(v).im))
}
pub(super) fn repr(t: Attached<'_>, v: &Value) -> PyResult {
    Ok(crate::str::from_string(t, number::repr(own(v))))
}
fn conjugate(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(new(t, number::conjugate(own(&a[0]))))
}
fn getnewargs(t: Attached<'_>, a: &[Value]) -> PyResult {
    let z = own(&a[0]);
    Ok(crate::tuple::new(t, vec![crate::float::new(t, z.re), crate::float::new(t, z.im)]))
}

fn from_number(t: Attached<'_>, a: &[Value]) -> PyResult {
    if a[0].is(TYPE.get(t)) && TYPE.is_exact(t, &a[1]) {
        return Ok(a[1].clone());
    }
    let z = from_any(t, &a[1])?;
    let value = new(t, z);
    if a[0].is(TYPE.get(t)) { Ok(value) } else { crate::protocol::call(t, &a[0], std::slice::from_ref(&value)) }
}

fn format(t: Attached<'_>, a: &[Value]) -> PyResult {
    let Some(spec_text) = crate::str::as_str(&a[1]) else {
        return Err(t.type_error(format!("__format__() argument must be str, not {}", type_name(t, &a[1]))));
    };
    if spec_text.bytes().is_empty() {
        return crate::protocol::str(t, &a[0]);
    }
    let name = type_name(t, &a[0]);
    let spec = crate::number::format_spec(t, &a[1], Family::Float, &name)?;
    let locale = crate::number::Locale::of(t, spec.kind == Some('n'));
    let z = own(&a[0]);
    let text = check(t, orochi_number::format::complex(&spec, z.re, z.im, &name, &locale.view()))?;
    Ok(crate::str::from_string(t, text))
}
