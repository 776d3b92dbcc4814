//! ImportError and ModuleNotFoundError.

use orochi_heap::Value;

use super::{as_exception, fields, methods};
use crate::args::Args;
use crate::slots::Def;
use crate::spec::{GetSet, Method, TypeSpec, flags};
use crate::thread::{Attached, PyResult, Raised};

const MSG: usize = 0;
const NAME: usize = 1;
const PATH: usize = 2;
const NAME_FROM: usize = 3;

pub(super) const fn import_error_type(spec: TypeSpec) -> TypeSpec {
    spec.flags(flags::SOLID)
        .slots(&[Def::Init(init), Def::Str(str)])
        .methods(const { &[Method::new("__reduce__", "($self, /)", reduce, "")] })
        .getset(const { &[
            GetSet::write("msg", fields::get::<MSG>, fields::set::<MSG>, "exception message"),
            GetSet::write("name", fields::get::<NAME>, fields::set::<NAME>, "module name"),
            GetSet::write("path", fields::get::<PATH>, fields::set::<PATH>, "module path"),
            GetSet::write("name_from", fields::get::<NAME_FROM>, fields::set::<NAME_FROM>, "name imported from module"),
        ] })
}

/// ImportError with its attributes; None where not known.
#[cold]
pub fn import_error(t: Attached<'_>, message: impl AsRef<str>, name: Value, path: Value, name_from: Value) -> Raised {
    named(t, &super::ImportError, message.as_ref(), [name, path, name_from])
}
/// ModuleNotFoundError with the module's name.
#[cold]
pub fn module_not_found(t: Attached<'_>, message: impl AsRef<str>, name: Value) -> Raised {
    named(t, &super::ModuleNotFoundError, message.as_ref(), [name, Value::none(), Value::none()])
}
fn named(t: Attached<'_>, spec: &'static TypeSpec, message: &str, values: [Value; 3]) -> Raised {
    let raised = t.raise(spec, message);
    if let Some(e) = as_exception(&t.peek_raised(&raised)) {
        for (i, v) in values.into_iter().enumerate() {
            e.fields.set(NAME + i, v);
        }
    }
    raised
}

fn init(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    let known = [("name", NAME), ("path", PATH), ("name_from", NAME_FROM)];
    super::simple::init_with_keywords(t, this, args, "ImportError", &known)?;
    let msg = if let [one] = args.positional() { one.clone() } else { Value::unbound() };
    methods::body(t, this)?.fields.set(MSG, msg);
    Ok(())
}

fn str(t: Attached<'_>, this: &Value) -> PyResult {
    let msg = methods::body(t, this)?.fields.get(MSG);
    if !msg.is_unbound() && crate::str::is_exact_str(&msg) { Ok(msg) } else { methods::exception_str(t, this) }
}

fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let e = methods::body(t, &a[0])?;
    let own = methods::own_dict(t, &a[0]);
    let keys = [("name", NAME), ("path", PATH), ("name_from", NAME_FROM)];
    let set: Vec<_> = keys.into_iter().filter(|&(_, i)| !e.fields.get(i).is_unbound()).collect();
    let mut parts = vec![crate::type_::type_of(t, &a[0]).clone(), e.args.load()];
    if !set.is_empty() {
        let state = match own {
            Some(d) => crate::dict::copy(t, &d)?,
            None => crate::dict::new(t),
        };
        for (key, i) in set {
            crate::dict::set_by_name(t, &state, key, e.field_or_none(i));
        }
        parts.push(state);
    } else if let Some(d) = own {
        parts.push(d);
    }
    Ok(crate::tuple::new(t, parts))
}
