//! `P.args` and `P.kwargs` of a ParamSpec.

use orochi_heap::{Payload, Slot, Value, Visit, payload};
use orochi_objects::slots::{CompareOp, Def};
use orochi_objects::spec::{GetSet, Method, TypeSpec, flags};
use orochi_objects::{Args, Attached, PyResult, attr, protocol, str};

/// The body of both.
pub struct PyParamSpecPart {
    origin: Slot,
    keywords: bool,
}

impl Payload for PyParamSpecPart {
    payload!(PyParamSpecPart, "ParamSpecArgs");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.origin);
    }
}

const GETSET: &[GetSet] = &[GetSet::read("__origin__", |_, v| Ok(body(v).origin.load()), "")];

/// `typing.ParamSpecArgs`.
pub static PARAM_SPEC_ARGS: TypeSpec = TypeSpec::new::<PyParamSpecPart>("typing.ParamSpecArgs")
    .flags(flags::HAS_WEAKREF)
    .slots(&[Def::New(args_new), Def::Repr(repr), Def::Compare(compare)])
    .methods(&[Method::new("__mro_entries__", "($self, bases, /)", |t, _| super::cannot_subclass(t, "ParamSpecArgs"), "")])
    .getset(GETSET)
    .doc("The args for a ParamSpec object.");

/// `typing.ParamSpecKwargs`.
pub static PARAM_SPEC_KWARGS: TypeSpec = TypeSpec::new::<PyParamSpecPart>("typing.ParamSpecKwargs")
    .flags(flags::HAS_WEAKREF)
    .slots(&[Def::New(kwargs_new), Def::Repr(repr), Def::Compare(compare)])
    .methods(&[Method::new("__mro_entries__", "($self, bases, /)", |t, _| super::cannot_subclass(t, "ParamSpecKwargs"), "")])
    .getset(GETSET)
    .doc("The kwargs for a ParamSpec object.");

fn body(v: &Value) -> &PyParamSpecPart {
    match v.payload::<PyParamSpecPart>() {
        Some(p) => p,
        None => unreachable!("slots are called with their own type"),
    }
}

/// `origin.args`.
pub fn args_of(t: Attached<'_>, origin: &Value) -> Value {
    PARAM_SPEC_ARGS.alloc(t, PyParamSpecPart { origin: Slot::new(origin.clone()), keywords: false })
}
/// `origin.kwargs`.
pub fn kwargs_of(t: Attached<'_>, origin: &Value) -> Value {
    PARAM_SPEC_KWARGS.alloc(t, PyParamSpecPart { origin: Slot::new(origin.clone()), keywords: true })
}

fn args_new(t: Attached<'_>, _: &Value, args: Args<'_>) -> PyResult {
    Ok(args_of(t, &args.expect(t, "paramspecargs", 1, 1)?[0]))
}
fn kwargs_new(t: Attached<'_>, _: &Value, args: Args<'_>) -> PyResult {
    Ok(kwargs_of(t, &args.expect(t, "paramspeckwargs", 1, 1)?[0]))
}

fn compare(t: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (a.payload::<PyParamSpecPart>(), b.payload::<PyParamSpecPart>()) else {
        return Ok(Value::not_implemented());
    };
    if x.keywords != y.keywords || !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Value::not_implemented());
    }
    protocol::compare(t, &x.origin.load(), &y.origin.load(), op)
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let p = body(this);
    let part = if p.keywords { "kwargs" } else { "args" };
    let origin = p.origin.load();
    let name = if super::PARAM_SPEC.check(t, &origin) {
        protocol::str(t, &attr::get(t, &origin, &t.names().__name__)?)?
    } else {
        protocol::repr(t, &origin)?
    };
    Ok(str::from_string(t, format!("{}.{part}", str::display(&name))))
}
