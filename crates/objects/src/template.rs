//! `string.templatelib.Template` and `Interpolation`: what t-strings make.
//!
//! A template alternates strings and interpolations and has one string more than interpolations.

use orochi_heap::{Payload, Slot, Value, Visit, payload};

use crate::args::{Args, Signature};
use crate::iter::itself;
use crate::spec::{GetSet, Method, TypeSpec, flags};
use crate::str::{self, as_str};
use crate::thread::{Attached, PyResult};
use crate::type_::type_name;
use crate::{Def, protocol, tuple};

/// The body of a template.
pub struct PyTemplate {
    strings: Slot,
    interpolations: Slot,
}

impl Payload for PyTemplate {
    payload!(PyTemplate, "string.templatelib.Template");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.strings);
        visit.slot(&self.interpolations);
    }
}

/// The body of an interpolation.
pub struct PyInterpolation {
    value: Slot,
    expression: Slot,
    conversion: Slot,
    format_spec: Slot,
}

impl Payload for PyInterpolation {
    payload!(PyInterpolation, "string.templatelib.Interpolation");
    fn trace(&self, visit: &mut Visit<'_>) {
        for slot in [&self.value, &self.expression, &self.conversion, &self.format_spec] {
            visit.slot(slot);
        }
    }
}

/// The body of an iterator over a template.
pub struct PyTemplateIterator {
    /// Iterators of the two tuples; unbound at the end.
    strings: Slot,
    interpolations: Slot,
    from_strings: std::sync::atomic::AtomicBool,
}

impl Payload for PyTemplateIterator {
    payload!(PyTemplateIterator, "string.templatelib.TemplateIter");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.strings);
        visit.slot(&self.interpolations);
    }
}

/// `string.templatelib.Template`.
pub static TEMPLATE: TypeSpec = TypeSpec::new::<PyTemplate>("string.templatelib.Template")
    .flags(flags::SEQUENCE)
    .slots(&[Def::New(template_new), Def::Repr(template_repr), Def::Iter(template_iter), Def::Concat(template_concat)])
    .methods(&[
        Method::new("__reduce__", "($self, /)", template_reduce, "State for pickling."),
        Method::class("__class_getitem__", "($type, object, /)", crate::generic_alias::class_getitem, "See PEP 585"),
    ])
    .getset(&[
        GetSet::read("strings", |t, v| Ok(template(t, v)?.strings.load()), "Strings"),
        GetSet::read("interpolations", |t, v| Ok(template(t, v)?.interpolations.load()), "Interpolations"),
        GetSet::read("values", template_values, "Values of interpolations"),
    ])
    .doc("Template object");

/// `string.templatelib.Interpolation`.
pub static INTERPOLATION: TypeSpec = TypeSpec::new::<PyInterpolation>("string.templatelib.Interpolation")
    .slots(&[Def::New(interpolation_new), Def::Repr(interpolation_repr)])
    .methods(&[
        Method::new("__reduce__", "($self, /)", interpolation_reduce, "State for pickling."),
        Method::class("__class_getitem__", "($type, object, /)", crate::generic_alias::class_getitem, "See PEP 585"),
    ])
    .getset(&[
        GetSet::read("value", |t, v| Ok(field(t, v)?.value.load()), "Value"),
        GetSet::read("expression", |t, v| Ok(field(t, v)?.expression.load()), "Expression"),
        GetSet::read("conversion", |t, v| Ok(field(t, v)?.conversion.load()), "Conversion"),
        GetSet::read("format_spec", |t, v| Ok(field(t, v)?.format_spec.load()), "Format specifier"),
    ])
    .extra(interpolation_match_args)
    .doc("Interpolation object");

/// `string.templatelib.TemplateIter`.
pub static ITERATOR: TypeSpec = TypeSpec::new::<PyTemplateIterator>("string.templatelib.TemplateIter")
    .flags(flags::NO_NEW)
    .slots(&[Def::Iter(itself), Def::Next(iterator_next)]);

/// A template of a tuple of strs and a tuple of one interpolation less.
pub fn new(t: Attached<'_>, strings: Value, interpolations: Value) -> PyResult {
    let counts = (tuple::items(&strings).len(), tuple::items(&interpolations).len());
    if counts.0 != counts.1 + 1 {
        return Err(t.value_error("a template has one string more than interpolations"));
    }
    Ok(TEMPLATE.alloc(t, PyTemplate { strings: Slot::new(strings), interpolations: Slot::new(interpolations) }))
}

/// An interpolation: a value, the text of its expression, `None` or the str of its conversion (`r`,
/// `s`, `a`), and the str of its format specification.
pub fn interpolation(t: Attached<'_>, value: Value, expression: Value, conversion: Value, format_spec: Value) -> PyResult {
    Ok(INTERPOLATION.alloc(
        t,
        PyInterpolation {
            value: Slot::new(value),
            expression: Slot::new(expression),
            conversion: Slot::new(conversion),
            format_spec: Slot::new(format_spec),
        },
    ))
}

fn template<'a>(t: Attached<'_>, v: &'a Value) -> PyResult<&'a PyTemplate> {
    v.payload::<PyTemplate>().ok_or_else(|| t.type_error("a Template is required"))
}
fn field<'a>(t: Attached<'_>, v: &'a Value) -> PyResult<&'a PyInterpolation> {
    v.payload::<PyInterpolation>().ok_or_else(|| t.type_error("an Interpolation is required"))
}

fn template_new(t: Attached<'_>, _: &Value, args: Args<'_>) -> PyResult {
    if !args.names().is_empty() {
        return Err(t.type_error("Template.__new__ only accepts *args arguments"));
    }
    // Neighbouring strings become one; between and around interpolations there is always one.
    let mut strings: Vec<Value> = Vec::new();
    let mut interpolations = Vec::new();
    let mut last_is_text = false;
    for v in args.positional() {
        if str::is_str(v) {
            let text = match strings.pop() {
                Some(before) if last_is_text => str::concat(t, &before, v)?,
                before => {
                    strings.extend(before);
                    v.clone()
                }
            };
            strings.push(text);
            last_is_text = true;
        } else if v.payload::<PyInterpolation>().is_some() {
            if !last_is_text {
                strings.push(str::empty(t));
            }
            interpolations.push(v.clone());
            last_is_text = false;
        } else {
            let wrong = type_name(t, v);
            return Err(t.type_error(format!(
                "Template.__new__ *args need to be of type 'str' or 'Interpolation', got {wrong}"
            )));
        }
    }
    if !last_is_text {
        strings.push(str::empty(t));
    }
    new(t, tuple::new(t, strings), tuple::new(t, interpolations))
}

fn template_repr(t: Attached<'_>, this: &Value) -> PyResult {
    let body = template(t, this)?;
    let strings = protocol::repr(t, &body.strings.load())?;
    let interpolations = protocol::repr(t, &body.interpolations.load())?;
    let parts =
        [str::new(t, "Template(strings="), strings, str::new(t, ", interpolations="), interpolations, str::new(t, ")")];
    str::join(t, &parts)
}

fn template_concat(t: Attached<'_>, this: &Value, other: &Value) -> PyResult {
    let (Some(a), Some(b)) = (this.payload::<PyTemplate>(), other.payload::<PyTemplate>()) else {
        let wrong = crate::type_::class_of(t, if this.payload::<PyTemplate>().is_some() { other } else { this });
        let name = wrong.name_text();
        return Err(t.type_error(format!(
            "can only concatenate string.templatelib.Template (not \"{name}\") to string.templatelib.Template"
        )));
    };
    let (left, right) = (a.strings.load(), b.strings.load());
    let mut strings = tuple::items(&left).to_vec();
    if let (Some(last), [first, rest @ ..]) = (strings.pop(), tuple::items(&right)) {
        strings.push(str::concat(t, &last, first)?);
        strings.extend(rest.iter().cloned());
    }
    let mut interpolations = tuple::items(&a.interpolations.load()).to_vec();
    interpolations.extend(tuple::items(&b.interpolations.load()).iter().cloned());
    new(t, tuple::try_new(t, strings)?, tuple::try_new(t, interpolations)?)
}

fn template_values(t: Attached<'_>, this: &Value) -> PyResult {
    let all = template(t, this)?.interpolations.load();
    let values = tuple::items(&all).iter().map(|v| Ok(field(t, v)?.value.load())).collect::<PyResult<Vec<_>>>()?;
    tuple::try_new(t, values)
}

fn template_iter(t: Attached<'_>, this: &Value) -> PyResult {
    let body = template(t, this)?;
    let strings = protocol::get_iter(t, &body.strings.load())?;
    let interpolations = protocol::get_iter(t, &body.interpolations.load())?;
    Ok(ITERATOR.alloc(
        t,
        PyTemplateIterator {
            strings: Slot::new(strings),
            interpolations: Slot::new(interpolations),
            from_strings: std::sync::atomic::AtomicBool::new(true),
        },
    ))
}

fn iterator_next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    use std::sync::atomic::Ordering::Relaxed;
    let Some(it) = this.payload::<PyTemplateIterator>() else { return Ok(None) };
    loop {
        let from_strings = it.from_strings.fetch_xor(true, Relaxed);
        let source = if from_strings { &it.strings } else { &it.interpolations };
        match protocol::next(t, &source.load())? {
            Some(text) if from_strings && as_str(&text).is_some_and(|s| s.char_len() == 0) => {}
            // The last string is behind the last interpolation, so the interpolations' end is the end.
            other => return Ok(other),
        }
    }
}

fn template_reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let body = template(t, &a[0])?;
    let import = protocol::builtin(t, "__import__")?;
    let names = tuple::new(t, vec![str::intern(t, "_template_unpickle")]);
    let module = protocol::call(t, &import, &[
        str::intern(t, "string.templatelib"),
        Value::none(),
        Value::none(),
        names,
    ])?;
    let function = crate::attr::get_by_name(t, &module, "_template_unpickle")?;
    let state = tuple::new(t, vec![body.strings.load(), body.interpolations.load()]);
    Ok(tuple::new(t, vec![function, state]))
}

fn interpolation_new(t: Attached<'_>, _: &Value, args: Args<'_>) -> PyResult {
    let signature = Signature::parse("(value, expression='', conversion=None, format_spec='')");
    signature.call(t, "Interpolation", args, |a| {
        let text = |v: &Value, name: &str| match v.given() {
            None => Ok(str::empty(t)),
            Some(v) if str::is_str(v) => Ok(v.clone()),
            Some(v) => {
                let wrong = type_name(t, v);
                Err(t.type_error(format!("Interpolation() argument '{name}' must be str, not {wrong}")))
            }
        };
        let expression = text(&a[1], "expression")?;
        let conversion = match a[2].given() {
            Some(v) if !v.is_none() => {
                let v = text(v, "conversion")?;
                if !matches!(str::utf8(&v), Some("s" | "r" | "a")) {
                    return Err(t.value_error("Interpolation() argument 'conversion' must be one of 's', 'a' or 'r'"));
                }
                v
            }
            _ => Value::none(),
        };
        let format_spec = text(&a[3], "format_spec")?;
        interpolation(t, a[0].clone(), expression, conversion, format_spec)
    })
}

fn interpolation_repr(t: Attached<'_>, this: &Value) -> PyResult {
    let body = field(t, this)?;
    let mut parts = vec![str::new(t, "Interpolation(")];
    for (i, slot) in [&body.value, &body.expression, &body.conversion, &body.format_spec].into_iter().enumerate() {
        if i > 0 {
            parts.push(str::new(t, ", "));
        }
        parts.push(protocol::repr(t, &slot.load())?);
    }
    parts.push(str::new(t, ")"));
    str::join(t, &parts)
}

fn interpolation_reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let body = field(t, &a[0])?;
    let state = tuple::new(t, vec![
        body.value.load(),
        body.expression.load(),
        body.conversion.load(),
        body.format_spec.load(),
    ]);
    Ok(tuple::new(t, vec![INTERPOLATION.get(t).clone(), state]))
}

fn interpolation_match_args(t: Attached<'_>, ty: &Value) -> PyResult<()> {
    let names = ["value", "expression", "conversion", "format_spec"].map(|n| str::intern(t, n));
    let names = tuple::new(t, names.to_vec());
    crate::dict::set_by_name(t, &crate::type_::as_type(ty).dict.load(), "__match_args__", names);
    Ok(())
}
