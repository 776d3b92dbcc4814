//! `_typing`: type parameters, type aliases, `Generic`; the rest of `typing` is written in Python and
//! called from here by name.
//!
//! Bounds, constraints, defaults and alias values may be *lazy*: a function of the evaluator's making
//! computes them at first use (`_typing/lazy.rs`). The functions whose names begin with `_make` or
//! `_set` are what the evaluator calls for the syntax of PEP 695 and 696.

mod alias;
mod generic;
mod lazy;
mod parameter;
mod parts;

use orochi_heap::{Payload, Value, payload};
use orochi_objects::module::ModuleSpec;
use orochi_objects::slots::Def;
use orochi_objects::spec::{Method, TypeSpec};
use orochi_objects::object_methods::caller_module;
use orochi_objects::{Args, Attached, PyResult, attr, dict, exception, object_methods, protocol, str, tuple, type_, union_};

pub use alias::ALIAS;
pub use generic::GENERIC;
pub use parameter::{PARAM_SPEC, TYPE_VAR, TYPE_VAR_TUPLE};
pub use parts::{PARAM_SPEC_ARGS, PARAM_SPEC_KWARGS};

/// `_typing`.
pub static MODULE: ModuleSpec = ModuleSpec::new("_typing")
    .doc("Primitives and accelerators for the typing module.\n")
    .functions(&[
        Method::new("_idfunc", "(x, /)", |_, a| Ok(a[0].clone()), ""),
        Method::new("_make_type_alias", "(name, type_params, evaluate, /)", alias::make, ""),
        Method::new("_make_type_var_with_bound", "(name, evaluate, /)", parameter::make_with_bound, ""),
        Method::new("_make_type_var_with_constraints", "(name, evaluate, /)", parameter::make_with_constraints, ""),
        Method::new("_set_type_param_default", "(parameter, evaluate, /)", parameter::set_default, ""),
        Method::new("_subscript_generic", "(parameters, /)", generic::subscript, ""),
    ])
    .types(&[&TYPE_VAR, &PARAM_SPEC, &TYPE_VAR_TUPLE, &PARAM_SPEC_ARGS, &PARAM_SPEC_KWARGS, &ALIAS, &GENERIC, &union_::TYPE])
    .exec(|t, namespace| {
        dict::set_by_name(t, namespace, "NoDefault", no_default(t));
        Ok(())
    });

/// The body of `NoDefault`.
struct PyNoDefault;

impl Payload for PyNoDefault {
    payload!(PyNoDefault, "NoDefaultType");
}

static NO_DEFAULT: TypeSpec = TypeSpec::new::<PyNoDefault>("typing.NoDefaultType")
    .slots(&[Def::New(no_default_new), Def::Repr(|t, _| Ok(str::new(t, "typing.NoDefault")))])
    .methods(&[Method::new("__reduce__", "($self, /)", |t, _| Ok(str::new(t, "NoDefault")), "")])
    .extra(|t, ty| {
        // The one instance; `__doc__`-like entries of the type keep it alive as long as the runtime.
        let one = NO_DEFAULT.alloc(t, PyNoDefault);
        dict::set_by_name(t, &type_::as_type(ty).dict.load(), "_instance", one);
        Ok(())
    })
    .doc("The type of the NoDefault singleton.");

fn no_default_new(t: Attached<'_>, _: &Value, args: Args<'_>) -> PyResult {
    if !args.is_empty() {
        return Err(t.type_error("NoDefaultType takes no arguments"));
    }
    Ok(no_default(t))
}

/// `typing.NoDefault`.
fn no_default(t: Attached<'_>) -> Value {
    let namespace = type_::as_type(NO_DEFAULT.get(t)).dict.load();
    dict::get_by_name(t, &namespace, "_instance").unwrap_or(Value::none())
}

/// Calls a function of the module `typing`.
fn call_typing(t: Attached<'_>, name: &str, args: &[Value]) -> PyResult {
    call_typing_args(t, name, Args::new(args))
}
fn call_typing_args(t: Attached<'_>, name: &str, args: Args<'_>) -> PyResult {
    let typing = object_methods::import(t, "typing")?;
    let f = attr::get_by_name(t, &typing, name)?;
    protocol::call_args(t, &f, args)
}

/// Type parameters with each TypeVarTuple unpacked.
fn unpack_tuples(t: Attached<'_>, parameters: &Value) -> PyResult {
    let list = tuple::items(parameters);
    if !list.iter().any(|p| TYPE_VAR_TUPLE.check(t, p)) {
        return Ok(parameters.clone());
    }
    let mut out = Vec::with_capacity(list.len());
    for p in list {
        out.push(if TYPE_VAR_TUPLE.check(t, p) { unpacked(t, p)? } else { p.clone() });
    }
    Ok(tuple::new(t, out))
}

/// `typing.Unpack[value]`.
fn unpacked(t: Attached<'_>, value: &Value) -> PyResult {
    let typing = object_methods::import(t, "typing")?;
    let unpack = attr::get_by_name(t, &typing, "Unpack")?;
    protocol::get_item(t, &unpack, value)
}

/// An iterator that gives `typing.Unpack[value]`, as `*value` asks for.
fn iterate_unpacked(t: Attached<'_>, value: &Value) -> PyResult {
    let one = unpacked(t, value)?;
    protocol::get_iter(t, &tuple::new(t, vec![one]))
}

/// `a | b` with a type parameter or alias on one side.
fn union(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    union_::of(t, &[a.clone(), b.clone()])
}

/// The error for a type parameter as a base class.
fn cannot_subclass(t: Attached<'_>, what: &str) -> PyResult {
    Err(t.type_error(format!("Cannot subclass an instance of {what}")))
}

/// The error for setting what cannot be set.
fn read_only(t: Attached<'_>, _: &Value, _: Option<&Value>) -> PyResult<()> {
    Err(t.raise(&exception::AttributeError, "readonly attribute"))
}
