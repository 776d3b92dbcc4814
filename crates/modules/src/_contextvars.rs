//! `_contextvars`: contexts, context variables, tokens.
//!
//! A context's values are a persistent map (`_contextvars/map.rs`), so copying a context copies one
//! reference. The running context hangs on the thread; a thread that never set a variable has none.

mod map;

use std::sync::atomic::{AtomicBool, Ordering::*};

use orochi_objects::module::ModuleSpec;
use orochi_objects::slots::{CompareOp, Def};
use orochi_objects::spec::{GetSet, Method, TypeSpec, flags};
use orochi_objects::{
    Args, Attached, Payload, PyResult, Slot, Value, args::Signature, dict, exception, generic_alias, payload, protocol, str,
    tuple, type_,
};
use orochi_heap::Visit;

/// `_contextvars`.
pub static MODULE: ModuleSpec = ModuleSpec::new("_contextvars")
    .doc("Context Variables")
    .functions(&[Method::new("copy_context", "()", |t, _| copy_of(t, &current(t)), "")])
    .types(&[&CONTEXT, &VARIABLE, &TOKEN]);

/// The body of a context.
struct PyContext {
    /// The persistent map, or None when empty.
    values: Slot,
    /// The context to go back to, while this one runs.
    previous: Slot,
    entered: AtomicBool,
}

impl Payload for PyContext {
    payload!(PyContext, "Context");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.values);
        visit.slot(&self.previous);
    }
    fn clear(&self) {
        self.values.set(Value::none());
    }
}

/// The body of a context variable.
struct PyVariable {
    name: Slot,
    /// Unbound: none.
    default: Slot,
}

impl Payload for PyVariable {
    payload!(PyVariable, "ContextVar");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.name);
        visit.slot(&self.default);
    }
    fn clear(&self) {
        self.default.take();
    }
}

/// The body of a token.
struct PyToken {
    context: Slot,
    variable: Slot,
    /// Unbound: there was none.
    old: Slot,
    used: AtomicBool,
}

impl Payload for PyToken {
    payload!(PyToken, "Token");
    fn trace(&self, visit: &mut Visit<'_>) {
        for slot in [&self.context, &self.variable, &self.old] {
            visit.slot(slot);
        }
    }
}

/// The body of `Token.MISSING`.
struct PyMissing;

impl Payload for PyMissing {
    payload!(PyMissing, "Token.MISSING");
    const CYCLIC: bool = false;
}

static MISSING: TypeSpec = TypeSpec::new::<PyMissing>("Token.MISSING")
    .flags(flags::NO_NEW)
    .slots(&[Def::Repr(|t, _| Ok(str::new(t, "<Token.MISSING>")))]);

/// `contextvars.Context`.
pub static CONTEXT: TypeSpec = TypeSpec::new::<PyContext>("_contextvars.Context")
    .flags(flags::HAS_WEAKREF)
    .slots(&[
        Def::New(context_new),
        Def::Len(|_, v| Ok(map::len(&context(v).values.load()))),
        Def::GetItem(context_get_item),
        Def::Contains(context_contains),
        Def::Iter(context_iter),
        Def::Compare(context_compare),
    ])
    .methods(&[
        Method::new("run", "($self, callable, /, *args, **kwargs)", context_run, "").at_once(context_run_at_once),
        Method::new("copy", "($self, /)", |t, a| copy_of(t, &a[0]), "Return a shallow copy of the context object."),
        Method::new("get", "($self, key, default=None, /)", context_get, ""),
        Method::new("keys", "($self, /)", |t, a| listed(t, &a[0], |pair| tuple::items(pair)[0].clone()), ""),
        Method::new("values", "($self, /)", |t, a| listed(t, &a[0], |pair| tuple::items(pair)[1].clone()), ""),
        Method::new("items", "($self, /)", |t, a| listed(t, &a[0], Value::clone), ""),
    ]);

/// `contextvars.ContextVar`.
pub static VARIABLE: TypeSpec = TypeSpec::new::<PyVariable>("_contextvars.ContextVar")
    .flags(flags::HAS_WEAKREF)
    .slots(&[Def::New(variable_new), Def::Repr(variable_repr)])
    .methods(&[
        Method::new("get", "($self, default=<unrepresentable>, /)", variable_get, "Return a value for the context variable for the current context."),
        Method::new("set", "($self, value, /)", variable_set, "Call to set a new value for the context variable in the current context."),
        Method::new("reset", "($self, token, /)", variable_reset, "Reset the context variable."),
        Method::class("__class_getitem__", "($type, object, /)", generic_alias::class_getitem, "See PEP 585"),
    ])
    .getset(&[GetSet::read("name", |_, v| Ok(variable(v).name.load()), "")]);

/// `contextvars.Token`.
pub static TOKEN: TypeSpec = TypeSpec::new::<PyToken>("_contextvars.Token")
    .slots(&[Def::New(token_new), Def::Repr(token_repr)])
    .methods(&[
        Method::class("__class_getitem__", "($type, object, /)", generic_alias::class_getitem, "See PEP 585"),
        Method::new("__enter__", "($self, /)", |_, a| Ok(a[0].clone()), "Enter into Token context manager."),
        Method::new("__exit__", "($self, type, val, tb, /)", token_exit, "Exit from Token context manager, restore the linked ContextVar."),
    ])
    .getset(&[
        GetSet::read("var", |_, v| Ok(token(v).variable.load()), ""),
        GetSet::read("old_value", token_old, ""),
    ])
    .extra(|t, ty| {
        dict::set_by_name(t, &type_::as_type(ty).dict.load(), "MISSING", MISSING.alloc(t, PyMissing));
        Ok(())
    });

fn missing(t: Attached<'_>) -> Value {
    let namespace = type_::as_type(TOKEN.get(t)).dict.load();
    dict::get_by_name(t, &namespace, "MISSING").unwrap_or(Value::none())
}

fn context(v: &Value) -> &PyContext {
    match v.payload::<PyContext>() {
        Some(c) => c,
        None => unreachable!("slots are called with their own type"),
    }
}
fn variable(v: &Value) -> &PyVariable {
    match v.payload::<PyVariable>() {
        Some(c) => c,
        None => unreachable!("slots are called with their own type"),
    }
}
fn token(v: &Value) -> &PyToken {
    match v.payload::<PyToken>() {
        Some(c) => c,
        None => unreachable!("slots are called with their own type"),
    }
}

// --- contexts ------------------------------------------------------------------------------------

fn new_context(t: Attached<'_>, values: Value) -> Value {
    CONTEXT.alloc(
        t,
        PyContext { values: Slot::new(values), previous: Slot::new(Value::none()), entered: AtomicBool::new(false) },
    )
}

/// The running context of the thread; made if there is none yet.
pub fn current(t: Attached<'_>) -> Value {
    let now = t.context.borrow().clone();
    if !now.is_none() {
        return now;
    }
    let new = new_context(t, Value::none());
    context(&new).entered.store(true, Relaxed);
    drop(t.context.replace(new.clone()));
    new
}

/// A new context with the same values.
pub fn copy_of(t: Attached<'_>, of: &Value) -> PyResult {
    Ok(new_context(t, context(of).values.load()))
}

/// Makes `new` the running context; RuntimeError if it runs already.
pub fn enter(t: Attached<'_>, new: &Value) -> PyResult<()> {
    let c = context(new);
    if c.entered.swap(true, AcqRel) {
        let text = protocol::display_repr(t, new);
        return Err(t.raise(&exception::RuntimeError, format!("cannot enter context: {text} is already entered")));
    }
    let before = t.context.replace(new.clone());
    c.previous.set(before);
    Ok(())
}

/// Goes back to the context that ran before `old` was entered.
pub fn leave(t: Attached<'_>, old: &Value) -> PyResult<()> {
    let c = context(old);
    if !t.context.borrow().is(old) {
        let text = protocol::display_repr(t, old);
        return Err(t.raise(
            &exception::RuntimeError,
            format!("cannot exit context: thread state references a different context object than {text}"),
        ));
    }
    let before = c.previous.swap(Value::none());
    drop(t.context.replace(before));
    c.entered.store(false, Release);
    Ok(())
}

fn context_new(t: Attached<'_>, _: &Value, args: Args<'_>) -> PyResult {
    if !args.is_empty() {
        return Err(t.type_error("Context() does not accept any arguments"));
    }
    Ok(new_context(t, Value::none()))
}

/// `run` without named arguments.
fn context_run_at_once(t: Attached<'_>, a: &[Value]) -> PyResult {
    let [this, callable, rest @ ..] = a else {
        return Err(t.type_error("run() missing 1 required positional argument"));
    };
    enter(t, this)?;
    left(t, this, protocol::call(t, callable, rest))
}

fn context_run(t: Attached<'_>, a: &[Value]) -> PyResult {
    enter(t, &a[0])?;
    let mut all = tuple::items(&a[2]).to_vec();
    let mut names = Vec::new();
    for (name, value) in dict::items(&a[3]) {
        names.push(name);
        all.push(value);
    }
    left(t, &a[0], protocol::call_args(t, &a[1], Args::with_names(&all, &names)))
}

/// What a call gave that ran in a context, which is left now.
fn left(t: Attached<'_>, this: &Value, result: PyResult) -> PyResult {
    match (result, leave(t, this)) {
        (Ok(v), Ok(())) => Ok(v),
        (Err(e), Ok(())) => Err(e),
        (_, Err(e)) => Err(e),
    }
}

fn need_variable<'v>(t: Attached<'_>, key: &'v Value) -> PyResult<&'v PyVariable> {
    match key.payload::<PyVariable>() {
        Some(v) => Ok(v),
        None => Err(t.type_error(format!("a ContextVar key was expected, got {}", protocol::display_repr(t, key)))),
    }
}

fn context_get_item(t: Attached<'_>, this: &Value, key: &Value) -> PyResult {
    need_variable(t, key)?;
    match map::get(&context(this).values.load(), key) {
        Some(v) => Ok(v),
        None => Err(t.raise_with(&exception::KeyError, vec![key.clone()])),
    }
}
fn context_contains(t: Attached<'_>, this: &Value, key: &Value) -> PyResult<bool> {
    need_variable(t, key)?;
    Ok(map::get(&context(this).values.load(), key).is_some())
}
fn context_get(t: Attached<'_>, a: &[Value]) -> PyResult {
    need_variable(t, &a[1])?;
    let found = map::get(&context(&a[0]).values.load(), &a[1]);
    Ok(found.unwrap_or_else(|| a[2].given().cloned().unwrap_or(Value::none())))
}

fn listed(t: Attached<'_>, this: &Value, part: fn(&Value) -> Value) -> PyResult {
    let mut out = Vec::new();
    map::for_each(&context(this).values.load(), &mut |pair| out.push(part(pair)));
    let list = tuple::new(t, out);
    protocol::get_iter(t, &list)
}

fn context_iter(t: Attached<'_>, this: &Value) -> PyResult {
    listed(t, this, |pair| tuple::items(pair)[0].clone())
}

fn context_compare(t: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (a.payload::<PyContext>(), b.payload::<PyContext>()) else {
        return Ok(Value::not_implemented());
    };
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Value::not_implemented());
    }
    let (x, y) = (x.values.load(), y.values.load());
    let mut pairs = Vec::new();
    map::for_each(&x, &mut |pair| pairs.push(pair.clone()));
    let mut same = map::len(&x) == map::len(&y);
    for pair in pairs {
        if !same {
            break;
        }
        let [key, value] = tuple::items(&pair) else { continue };
        same = match map::get(&y, key) {
            Some(other) => protocol::equal_or_same(t, value, &other)?,
            None => false,
        };
    }
    Ok(Value::bool(same == (op == CompareOp::Eq)))
}

// --- variables -----------------------------------------------------------------------------------

fn variable_new(t: Attached<'_>, _: &Value, args: Args<'_>) -> PyResult {
    Signature::parse("(name, /, *, default=None)").call(t, "ContextVar", args, |a| {
        if !str::is_str(&a[0]) {
            return Err(t.type_error("context variable name must be a str"));
        }
        let v = VARIABLE.alloc(t, PyVariable { name: Slot::new(a[0].clone()), default: Slot::new(a[1].clone()) });
        orochi_heap::count::defer(&v);
        Ok(v)
    })
}

/// The variable's value in the running context, its default, or `None`.
pub fn value_of(t: Attached<'_>, this: &Value) -> Option<Value> {
    let values = {
        let running = t.context.borrow();
        running.payload::<PyContext>().map(|c| c.values.load())
    };
    if let Some(v) = values.and_then(|values| map::get(&values, this)) {
        return Some(v);
    }
    let default = variable(this).default.load();
    if default.is_unbound() { None } else { Some(default) }
}

fn variable_get(t: Attached<'_>, a: &[Value]) -> PyResult {
    let values = t.context.borrow().payload::<PyContext>().map(|c| c.values.load());
    if let Some(v) = values.and_then(|values| map::get(&values, &a[0])) {
        return Ok(v);
    }
    if let Some(default) = a[1].given() {
        return Ok(default.clone());
    }
    let default = variable(&a[0]).default.load();
    if default.is_unbound() { Err(t.raise_with(&exception::LookupError, vec![a[0].clone()])) } else { Ok(default) }
}

fn variable_set(t: Attached<'_>, a: &[Value]) -> PyResult {
    let running = current(t);
    let c = context(&running);
    let old_map = c.values.load();
    let old = map::get(&old_map, &a[0]).unwrap_or(Value::unbound());
    c.values.set(map::with(t, &old_map, &a[0], &a[1]));
    Ok(TOKEN.alloc(
        t,
        PyToken {
            context: Slot::new(running.clone()),
            variable: Slot::new(a[0].clone()),
            old: Slot::new(old),
            used: AtomicBool::new(false),
        },
    ))
}

fn variable_reset(t: Attached<'_>, a: &[Value]) -> PyResult {
    let Some(k) = a[1].payload::<PyToken>() else {
        return Err(t.type_error(format!("expected an instance of Token, got {}", protocol::display_repr(t, &a[1]))));
    };
    if k.used.load(Acquire) {
        let text = protocol::display_repr(t, &a[1]);
        return Err(t.raise(&exception::RuntimeError, format!("{text} has already been used once")));
    }
    if !k.variable.load().is(&a[0]) {
        return Err(t.value_error(format!("{} was created by a different ContextVar", protocol::display_repr(t, &a[1]))));
    }
    let running = current(t);
    if !k.context.load().is(&running) {
        return Err(t.value_error(format!("{} was created in a different Context", protocol::display_repr(t, &a[1]))));
    }
    if k.used.swap(true, AcqRel) {
        let text = protocol::display_repr(t, &a[1]);
        return Err(t.raise(&exception::RuntimeError, format!("{text} has already been used once")));
    }
    let c = context(&running);
    let values = c.values.load();
    let old = k.old.load();
    let new = if old.is_unbound() { map::without(t, &values, &a[0]) } else { map::with(t, &values, &a[0], &old) };
    c.values.set(new);
    Ok(Value::none())
}

fn variable_repr(t: Attached<'_>, this: &Value) -> PyResult {
    let v = variable(this);
    let name = protocol::display_repr(t, &v.name.load());
    let default = v.default.load();
    let shown = if default.is_unbound() {
        String::new()
    } else {
        let text = t.printing(this, || protocol::repr(t, &default))?;
        format!(" default={}", text.map_or("...".to_owned(), |s| str::display(&s)))
    };
    Ok(str::from_string(t, format!("<ContextVar name={name}{shown} at {:#x}>", this.identity())))
}

// --- tokens --------------------------------------------------------------------------------------

fn token_new(t: Attached<'_>, _: &Value, _: Args<'_>) -> PyResult {
    Err(t.raise(&exception::RuntimeError, "Tokens can only be created by ContextVars"))
}
fn token_old(t: Attached<'_>, this: &Value) -> PyResult {
    let old = token(this).old.load();
    Ok(if old.is_unbound() { missing(t) } else { old })
}
fn token_repr(t: Attached<'_>, this: &Value) -> PyResult {
    let k = token(this);
    let used = if k.used.load(Relaxed) { " used" } else { "" };
    let variable = protocol::repr(t, &k.variable.load())?;
    Ok(str::from_string(t, format!("<Token{used} var={} at {:#x}>", str::display(&variable), this.identity())))
}
fn token_exit(t: Attached<'_>, a: &[Value]) -> PyResult {
    let variable = token(&a[0]).variable.load();
    variable_reset(t, &[variable, a[0].clone()])
}

#[cfg(test)]
mod tests;
