//! `_string`: how `str.format` reads its format string, for `string.Formatter`.

use std::sync::atomic::{AtomicUsize, Ordering::*};

use orochi_heap::{Payload, Slot, Value, Visit, payload};
use orochi_objects::spec::{TypeSpec, flags};
use orochi_objects::str::{self, PyStr};
use orochi_objects::str_format::{FieldName, First, Markup, Step};
use orochi_objects::type_::type_name;
use orochi_objects::{Attached, Def, Method, ModuleSpec, PyResult, int, iter, tuple};

/// `_string`.
pub static MODULE: ModuleSpec = ModuleSpec::new("_string").doc("string helper module").functions(&[
    Method::new("formatter_field_name_split", "(object, /)", field_name_split, "Splits the name of a replacement field."),
    Method::new("formatter_parser", "(object, /)", parser, "Iterates over the sections of a format string."),
]);

/// The body of both iterators: a str and where to go on in it.
pub struct PyWalk {
    text: Slot,
    at: AtomicUsize,
}

impl Payload for PyWalk {
    payload!(PyWalk, "formatteriterator");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.text);
    }
}

/// `formatteriterator`.
pub static SECTIONS: TypeSpec = TypeSpec::new::<PyWalk>("formatteriterator")
    .flags(flags::NO_NEW)
    .slots(&[Def::Iter(iter::itself), Def::Next(next_section)]);

/// `fieldnameiterator`.
pub static STEPS: TypeSpec = TypeSpec::new::<PyWalk>("fieldnameiterator")
    .flags(flags::NO_NEW)
    .slots(&[Def::Iter(iter::itself), Def::Next(next_step)]);

fn text_arg<'a>(t: Attached<'_>, v: &'a Value) -> PyResult<&'a PyStr> {
    match str::as_str(v) {
        Some(s) => Ok(s),
        None => Err(t.type_error(format!("expected str, got {}", type_name(t, v)))),
    }
}

fn parser(t: Attached<'_>, a: &[Value]) -> PyResult {
    text_arg(t, &a[0])?;
    Ok(SECTIONS.alloc(t, PyWalk { text: Slot::new(a[0].clone()), at: AtomicUsize::new(0) }))
}

fn next_section(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let Some(walk) = this.payload::<PyWalk>() else { return Ok(None) };
    let text = walk.text.load();
    let mut markup = Markup::resume(text_arg(t, &text)?.wtf8(), walk.at.load(Relaxed));
    let section = markup.next_section().map_err(|m| t.value_error(m));
    walk.at.store(markup.offset(), Relaxed);
    let Some((literal, field)) = section? else { return Ok(None) };
    let literal = str::try_from_wtf8(t, literal)?;
    let parts = match field {
        None => vec![literal, Value::none(), Value::none(), Value::none()],
        Some(field) => {
            let name = str::try_from_wtf8(t, field.name)?;
            let spec = str::try_from_wtf8(t, field.spec)?;
            let conversion = field.conversion.map_or(Value::none(), |c| str::from_code_point(t, c.to_u32()));
            vec![literal, name, spec, conversion]
        }
    };
    Ok(Some(tuple::new(t, parts)))
}

fn field_name_split(t: Attached<'_>, a: &[Value]) -> PyResult {
    let s = text_arg(t, &a[0])?;
    let (first, rest) = FieldName::split(s.wtf8()).map_err(|m| t.value_error(m))?;
    let first = match first {
        First::Auto => str::empty(t),
        First::Index(i) => int::from_usize(t, i),
        First::Name(name) => str::try_from_wtf8(t, name)?,
    };
    let steps = STEPS.alloc(t, PyWalk { text: Slot::new(a[0].clone()), at: AtomicUsize::new(rest.offset()) });
    Ok(tuple::new(t, vec![first, steps]))
}

fn next_step(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let Some(walk) = this.payload::<PyWalk>() else { return Ok(None) };
    let text = walk.text.load();
    let mut steps = FieldName::resume(text_arg(t, &text)?.wtf8(), walk.at.load(Relaxed));
    let step = steps.next_step().map_err(|m| t.value_error(m));
    walk.at.store(steps.offset(), Relaxed);
    let (attribute, name) = match step? {
        None => return Ok(None),
        Some(Step::Attribute(name)) => (true, str::try_from_wtf8(t, name)?),
        Some(Step::Key(name)) => (false, str::try_from_wtf8(t, name)?),
        Some(Step::Index(i)) => (false, int::from_usize(t, i)),
    };
    Ok(Some(tuple::new(t, vec![Value::bool(attribute), name])))
}
