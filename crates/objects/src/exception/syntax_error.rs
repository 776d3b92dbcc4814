//! SyntaxError: where in the source it is.
//!
//! `SyntaxError(msg, (filename, lineno, offset, text[, end_lineno, end_offset[, metadata]]))`.

use orochi_heap::Value;

use super::{fields, methods};
use crate::args::Args;
use crate::slots::Def;
use crate::spec::{GetSet, TypeSpec, flags};
use crate::thread::{Attached, PyResult};
use crate::type_::type_name;

const MSG: usize = 0;
const FILENAME: usize = 1;
const LINENO: usize = 2;
const OFFSET: usize = 3;
const TEXT: usize = 4;
const END_LINENO: usize = 5;
const END_OFFSET: usize = 6;
const METADATA: usize = 7;
const PRINT: usize = 8;

pub(super) const fn syntax_error_type(spec: TypeSpec) -> TypeSpec {
    spec.flags(flags::SOLID).slots(&[Def::Init(init), Def::Str(str)]).getset(const { &[
        GetSet::write("msg", fields::get::<MSG>, fields::set::<MSG>, "exception msg"),
        GetSet::write("filename", fields::get::<FILENAME>, fields::set::<FILENAME>, "exception filename"),
        GetSet::write("lineno", fields::get::<LINENO>, fields::set::<LINENO>, "exception lineno"),
        GetSet::write("offset", fields::get::<OFFSET>, fields::set::<OFFSET>, "exception offset"),
        GetSet::write("text", fields::get::<TEXT>, fields::set::<TEXT>, "exception text"),
        GetSet::write("end_lineno", fields::get::<END_LINENO>, fields::set::<END_LINENO>, "exception end lineno"),
        GetSet::write("end_offset", fields::get::<END_OFFSET>, fields::set::<END_OFFSET>, "exception end offset"),
        GetSet::write("print_file_and_line", fields::get::<PRINT>, fields::set::<PRINT>, "exception print_file_and_line"),
        GetSet::write("_metadata", fields::get::<METADATA>, fields::set::<METADATA>, "exception private metadata"),
    ] })
}

fn init(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    args.no_keywords(t, &type_name(t, this))?;
    let a = args.positional();
    let e = methods::body(t, this)?;
    e.args.set(crate::tuple::from_slice(t, a));
    if let Some(msg) = a.first() {
        e.fields.set(MSG, msg.clone());
    }
    if let [_, place] = a {
        let place = crate::protocol::collect(t, place)?;
        let n = place.len();
        if n < 4 {
            return Err(t.type_error(format!("function takes at least 4 arguments ({n} given)")));
        }
        if n > 7 {
            return Err(t.type_error(format!("function takes at most 7 arguments ({n} given)")));
        }
        for i in 0..7 {
            e.fields.set(FILENAME + i, place.get(i).cloned().unwrap_or(Value::unbound()));
        }
        if n == 5 {
            return Err(t.type_error("end_offset must be provided when end_lineno is provided"));
        }
    }
    Ok(())
}

fn str(t: Attached<'_>, this: &Value) -> PyResult {
    let e = methods::body(t, this)?;
    let msg = crate::protocol::str(t, &e.field_or_none(MSG))?;
    let filename = e.fields.get(FILENAME);
    let filename = crate::str::is_str(&filename).then(|| {
        let name = crate::str::display(&filename);
        name.rsplit('/').next().unwrap_or_default().to_owned()
    });
    let line = e.fields.get(LINENO);
    let line = if crate::int::TYPE.is_exact(t, &line) { crate::int::as_i64(&line) } else { None };
    let place = match (filename, line) {
        (None, None) => return Ok(msg),
        (Some(f), Some(l)) => format!(" ({f}, line {l})"),
        (Some(f), None) => format!(" ({f})"),
        (None, Some(l)) => format!(" (line {l})"),
    };
    let mut out = orochi_text::Wtf8Buf::new();
    if let Some(w) = crate::str::wtf8(&msg) {
        out.push_wtf8(w);
    }
    out.push_str(&place);
    Ok(crate::str::from_buf(t, out))
}
