//! `TypeVar`, `ParamSpec`, `TypeVarTuple`: one body, three types.

use orochi_heap::{Payload, Slot, Value, Visit, payload};
use orochi_objects::args::Signature;
use orochi_objects::slots::Def;
use orochi_objects::spec::{GetSet, Method, TypeSpec, flags};
use orochi_objects::{Args, Attached, PyResult, attr, protocol, str, tuple, type_};

use super::lazy::Lazy;

/// The body of a type parameter.
pub struct PyTypeParameter {
    name: Slot,
    bound: Lazy,
    constraints: Lazy,
    default: Lazy,
    covariant: bool,
    contravariant: bool,
    infer_variance: bool,
}

impl Payload for PyTypeParameter {
    payload!(PyTypeParameter, "type parameter");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.name);
        self.bound.trace(visit);
        self.constraints.trace(visit);
        self.default.trace(visit);
    }
    fn clear(&self) {
        self.bound.clear();
        self.constraints.clear();
        self.default.clear();
    }
}

const FLAGS: u64 = flags::HAS_DICT | flags::HAS_WEAKREF | flags::UNION_MEMBER;

const NAME: GetSet = GetSet::write("__name__", |_, v| Ok(body(v).name.load()), super::read_only, "");
const DEFAULT: GetSet = GetSet::read("__default__", get_default, "The default value for this type parameter.");
const EVALUATE_DEFAULT: GetSet = GetSet::read("evaluate_default", |t, v| Ok(body(v).default.evaluator(t)), "");
const COVARIANT: GetSet = GetSet::read("__covariant__", |_, v| Ok(Value::bool(body(v).covariant)), "");
const CONTRAVARIANT: GetSet = GetSet::read("__contravariant__", |_, v| Ok(Value::bool(body(v).contravariant)), "");
const INFER: GetSet = GetSet::read("__infer_variance__", |_, v| Ok(Value::bool(body(v).infer_variance)), "");
const BOUND: GetSet = GetSet::read("__bound__", |t, v| Ok(body(v).bound.get(t)?.unwrap_or(Value::none())), "");

const REDUCE: Method = Method::new("__reduce__", "($self, /)", |_, a| Ok(body(&a[0]).name.load()), "");
const HAS_DEFAULT: Method = Method::new("has_default", "($self, /)", has_default, "");

/// `typing.TypeVar`.
pub static TYPE_VAR: TypeSpec = TypeSpec::new::<PyTypeParameter>("typing.TypeVar")
    .flags(FLAGS)
    .slots(&[Def::New(type_var_new), Def::Repr(repr), Def::Or(super::union)])
    .methods(&[
        Method::new("__typing_subst__", "($self, arg, /)", |t, a| super::call_typing(t, "_typevar_subst", a), ""),
        Method::new("__typing_prepare_subst__", "($self, alias, args, /)", type_var_prepare, ""),
        Method::new("__mro_entries__", "($self, bases, /)", |t, _| super::cannot_subclass(t, "TypeVar"), ""),
        REDUCE,
        HAS_DEFAULT,
    ])
    .getset(&[
        NAME,
        BOUND,
        GetSet::read("__constraints__", get_constraints, ""),
        DEFAULT,
        COVARIANT,
        CONTRAVARIANT,
        INFER,
        EVALUATE_DEFAULT,
        GetSet::read("evaluate_bound", |t, v| Ok(body(v).bound.evaluator(t)), ""),
        GetSet::read("evaluate_constraints", |t, v| Ok(body(v).constraints.evaluator(t)), ""),
    ])
    .doc("Type variable.\n\nThe preferred way to construct a type variable is via the dedicated\nsyntax for generic functions, classes, and type aliases.");

/// `typing.ParamSpec`.
pub static PARAM_SPEC: TypeSpec = TypeSpec::new::<PyTypeParameter>("typing.ParamSpec")
    .flags(FLAGS)
    .slots(&[Def::New(param_spec_new), Def::Repr(repr), Def::Or(super::union)])
    .methods(&[
        Method::new("__typing_subst__", "($self, arg, /)", |t, a| super::call_typing(t, "_paramspec_subst", a), ""),
        Method::new(
            "__typing_prepare_subst__",
            "($self, alias, args, /)",
            |t, a| super::call_typing(t, "_paramspec_prepare_subst", a),
            "",
        ),
        Method::new("__mro_entries__", "($self, bases, /)", |t, _| super::cannot_subclass(t, "ParamSpec"), ""),
        REDUCE,
        HAS_DEFAULT,
    ])
    .getset(&[
        NAME,
        BOUND,
        DEFAULT,
        COVARIANT,
        CONTRAVARIANT,
        INFER,
        EVALUATE_DEFAULT,
        GetSet::read("args", |t, v| Ok(super::parts::args_of(t, v)), "Represents positional arguments."),
        GetSet::read("kwargs", |t, v| Ok(super::parts::kwargs_of(t, v)), "Represents keyword arguments."),
    ])
    .doc("Parameter specification variable.\n\nThe preferred way to construct a parameter specification is via the\ndedicated syntax for generic functions, classes, and type aliases.");

/// `typing.TypeVarTuple`.
pub static TYPE_VAR_TUPLE: TypeSpec = TypeSpec::new::<PyTypeParameter>("typing.TypeVarTuple")
    .flags(flags::HAS_DICT | flags::HAS_WEAKREF)
    .slots(&[Def::New(type_var_tuple_new), Def::Repr(repr), Def::Iter(super::iterate_unpacked)])
    .methods(&[
        Method::new("__typing_subst__", "($self, arg, /)", |t, _| Err(t.type_error("Substitution of bare TypeVarTuple is not supported")), ""),
        Method::new(
            "__typing_prepare_subst__",
            "($self, alias, args, /)",
            |t, a| super::call_typing(t, "_typevartuple_prepare_subst", a),
            "",
        ),
        Method::new("__mro_entries__", "($self, bases, /)", |t, _| super::cannot_subclass(t, "TypeVarTuple"), ""),
        REDUCE,
        HAS_DEFAULT,
    ])
    .getset(&[NAME, DEFAULT, EVALUATE_DEFAULT])
    .doc("Type variable tuple. A specialized form of type variable that enables\nvariadic generics.");

fn body(v: &Value) -> &PyTypeParameter {
    match v.payload::<PyTypeParameter>() {
        Some(p) => p,
        None => unreachable!("slots are called with their own type"),
    }
}

/// Sets `__module__` of a new parameter to the caller's module.
fn finish(t: Attached<'_>, made: Value) -> PyResult {
    let module = super::caller_module(t);
    if !is_typing(&module) {
        attr::set(t, &made, &t.names().__module__, Some(&module))?;
    }
    Ok(made)
}

fn is_typing(module: &Value) -> bool {
    str::utf8(module) == Some("typing")
}

/// What the keywords of all three constructors say.
struct Given<'a> {
    bound: &'a Value,
    default: &'a Value,
    covariant: &'a Value,
    contravariant: &'a Value,
    infer_variance: &'a Value,
}

fn make(t: Attached<'_>, spec: &'static TypeSpec, name: &Value, constraints: Vec<Value>, given: &Given<'_>) -> PyResult {
    let flag = |v: &Value| v.given().map_or(Ok(false), |v| protocol::truth(t, v));
    let (covariant, contravariant) = (flag(given.covariant)?, flag(given.contravariant)?);
    let infer_variance = flag(given.infer_variance)?;
    if covariant && contravariant {
        return Err(t.value_error("Bivariant types are not supported."));
    }
    if infer_variance && (covariant || contravariant) {
        return Err(t.value_error("Variance cannot be specified with infer_variance."));
    }
    let bound = match given.bound.given().filter(|b| !b.is_none()) {
        Some(bound) => {
            let message = str::new(t, "Bound must be a type.");
            Lazy::known(super::call_typing(t, "_type_check", &[bound.clone(), message])?)
        }
        None => Lazy::default(),
    };
    if constraints.len() == 1 {
        return Err(t.type_error("A single constraint is not allowed"));
    }
    if !constraints.is_empty() && !bound.is_absent() {
        return Err(t.type_error("Constraints cannot be combined with bound=..."));
    }
    let constraints = if constraints.is_empty() { Lazy::default() } else { Lazy::known(tuple::new(t, constraints)) };
    let default = given.default.given().map_or_else(Lazy::default, |d| Lazy::known(d.clone()));
    let body =
        PyTypeParameter { name: Slot::new(name.clone()), bound, constraints, default, covariant, contravariant, infer_variance };
    finish(t, spec.alloc(t, body))
}

fn need_name(t: Attached<'_>, v: &Value, function: &str) -> PyResult<()> {
    if str::is_str(v) {
        return Ok(());
    }
    let name = type_::type_name(t, v);
    Err(t.type_error(format!("{function}() argument 'name' must be str, not {name}")))
}

fn type_var_new(t: Attached<'_>, _: &Value, args: Args<'_>) -> PyResult {
    let signature =
        "(name, *constraints, bound=None, default=NoDefault, covariant=False, contravariant=False, infer_variance=False)";
    Signature::parse(signature).call(t, "typevar", args, |a| {
        need_name(t, &a[0], "typevar")?;
        let given =
            Given { bound: &a[2], default: &a[3], covariant: &a[4], contravariant: &a[5], infer_variance: &a[6] };
        make(t, &TYPE_VAR, &a[0], tuple::items(&a[1]).to_vec(), &given)
    })
}

/// TypeError if there is more than the name by position.
fn only_name(t: Attached<'_>, args: &Args<'_>, function: &str) -> PyResult<()> {
    match args.positional().len() {
        0 | 1 => Ok(()),
        n => Err(t.type_error(format!("{function}() takes exactly 1 positional argument ({n} given)"))),
    }
}

fn param_spec_new(t: Attached<'_>, _: &Value, args: Args<'_>) -> PyResult {
    only_name(t, &args, "paramspec")?;
    let signature = "(name, *, bound=None, default=NoDefault, covariant=False, contravariant=False, infer_variance=False)";
    Signature::parse(signature).call(t, "paramspec", args, |a| {
        need_name(t, &a[0], "paramspec")?;
        let given =
            Given { bound: &a[1], default: &a[2], covariant: &a[3], contravariant: &a[4], infer_variance: &a[5] };
        make(t, &PARAM_SPEC, &a[0], Vec::new(), &given)
    })
}

fn type_var_tuple_new(t: Attached<'_>, _: &Value, args: Args<'_>) -> PyResult {
    only_name(t, &args, "typevartuple")?;
    Signature::parse("(name, *, default=NoDefault)").call(t, "typevartuple", args, |a| {
        need_name(t, &a[0], "typevartuple")?;
        let absent = Value::unbound();
        let given =
            Given { bound: &absent, default: &a[1], covariant: &absent, contravariant: &absent, infer_variance: &absent };
        make(t, &TYPE_VAR_TUPLE, &a[0], Vec::new(), &given)
    })
}

fn inferred(t: Attached<'_>, name: &Value, bound: Lazy, constraints: Lazy) -> PyResult {
    let body = PyTypeParameter {
        name: Slot::new(name.clone()),
        bound,
        constraints,
        default: Lazy::default(),
        covariant: false,
        contravariant: false,
        infer_variance: true,
    };
    finish(t, TYPE_VAR.alloc(t, body))
}

/// `class C[T: bound]`: name, evaluate function.
pub fn make_with_bound(t: Attached<'_>, a: &[Value]) -> PyResult {
    inferred(t, &a[0], Lazy::later(a[1].clone()), Lazy::default())
}
/// `class C[T: (a, b)]`: name, evaluate function.
pub fn make_with_constraints(t: Attached<'_>, a: &[Value]) -> PyResult {
    inferred(t, &a[0], Lazy::default(), Lazy::later(a[1].clone()))
}
/// `class C[T = default]`: parameter, evaluate function; gives the parameter.
pub fn set_default(t: Attached<'_>, a: &[Value]) -> PyResult {
    match a[0].payload::<PyTypeParameter>() {
        Some(p) => p.default.set_evaluator(a[1].clone()),
        None => return Err(t.type_error(format!("Expected a type param, got {}", protocol::display_repr(t, &a[0])))),
    }
    Ok(a[0].clone())
}

/// Whether the value is a type parameter, and whether it has a default.
pub fn parameter_default(v: &Value) -> Option<bool> {
    v.payload::<PyTypeParameter>().map(|p| !p.default.is_absent())
}

fn get_default(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(body(this).default.get(t)?.unwrap_or_else(|| super::no_default(t)))
}
fn get_constraints(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(body(this).constraints.get(t)?.unwrap_or_else(|| tuple::new(t, Vec::new())))
}
fn has_default(t: Attached<'_>, a: &[Value]) -> PyResult {
    let default = &body(&a[0]).default;
    if default.function().is_some() {
        return Ok(Value::bool(true));
    }
    Ok(Value::bool(!get_default(t, &a[0])?.is(&super::no_default(t))))
}

fn type_var_prepare(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (this, alias, args) = (&a[0], &a[1], &a[2]);
    let parameters = attr::get(t, alias, &t.names().__parameters__)?;
    let parameters = protocol::collect(t, &parameters)?;
    let given = protocol::collect(t, args)?;
    let Some(index) = parameters.iter().position(|p| p.is(this)) else {
        return Err(t.value_error("sequence.index(x): x not in sequence"));
    };
    if index < given.len() {
        return Ok(args.clone());
    }
    if index == given.len() {
        let default = get_default(t, this)?;
        if !default.is(&super::no_default(t)) {
            let mut all = given;
            all.push(default);
            return Ok(tuple::new(t, all));
        }
    }
    let text = protocol::str(t, alias)?;
    let expected = parameters.iter().filter(|p| parameter_default(p) != Some(true)).count();
    Err(t.type_error(format!(
        "Too few arguments for {}; actual {}, expected at least {expected}",
        str::display(&text),
        given.len()
    )))
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let p = body(this);
    let name = p.name.load();
    if p.infer_variance || TYPE_VAR_TUPLE.check(t, this) {
        return protocol::str(t, &name);
    }
    let sign = if p.covariant {
        '+'
    } else if p.contravariant {
        '-'
    } else {
        '~'
    };
    Ok(str::from_string(t, format!("{sign}{}", str::display(&name))))
}
