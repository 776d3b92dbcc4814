//! BaseExceptionGroup and ExceptionGroup, and what `except*` needs of them.
//!
//! Splitting walks the tree of groups and builds, for the leaves that match and for the rest, groups
//! of the same shape with [`derive`](derive_call)d nodes, which keep traceback, cause, context, notes.

use std::collections::HashSet;

use orochi_heap::Value;

use super::{PyException, as_exception, fields, methods};
use crate::args::Args;
use crate::slots::Def;
use crate::spec::{GetSet, Method, TypeSpec, flags};
use crate::thread::{Attached, PyResult};
use crate::type_::{PyType, as_type, class_of, type_name};

const MESSAGE: usize = 0;
const EXCEPTIONS: usize = 1;

pub(super) const fn group_type(spec: TypeSpec) -> TypeSpec {
    spec.flags(flags::SOLID)
        .slots(&[Def::New(new), Def::Init(init), Def::Str(str)])
        .methods(const { &[
            Method::class("__class_getitem__", "($type, object, /)", crate::generic_alias::class_getitem, "See PEP 585"),
            Method::new("derive", "($self, excs, /)", |t, a| derive(t, &a[0], &a[1]), ""),
            Method::new("split", "($self, matcher_value, /)", split, ""),
            Method::new("subgroup", "($self, matcher_value, /)", subgroup, ""),
        ] })
        .getset(const { &[
            GetSet::read("message", fields::get::<MESSAGE>, "exception message"),
            GetSet::read("exceptions", fields::get::<EXCEPTIONS>, "nested exceptions"),
        ] })
}
/// An ExceptionGroup is an Exception, too.
static SECOND_BASE: [&TypeSpec; 1] = [&super::Exception];

pub(super) const fn exception_group_type(spec: TypeSpec) -> TypeSpec {
    spec.also(&SECOND_BASE)
}

/// The exceptions in a group; nothing for other values.
pub fn exceptions(group: &Value) -> Value {
    as_exception(group).map_or(Value::none(), |e| e.field_or_none(EXCEPTIONS))
}

fn is_group(t: Attached<'_>, v: &Value) -> bool {
    super::BaseExceptionGroup.check(t, v)
}

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    let a = args.positional();
    let [message, members] = a else {
        return Err(t.type_error(format!("BaseExceptionGroup.__new__() takes exactly 2 arguments ({} given)", a.len())));
    };
    if !crate::str::is_str(message) {
        return Err(t.type_error(format!(
            "BaseExceptionGroup.__new__() argument 1 must be str, not {}",
            crate::args::type_word(t, message)
        )));
    }
    let sequence = crate::list::as_list(members).is_some() || class_of(t, members).slots.get_item().is_some();
    if !sequence || crate::dict::as_dict(members).is_some() {
        return Err(t.type_error("second argument (exceptions) must be a sequence"));
    }
    let list = crate::protocol::collect(t, members)?;
    if list.is_empty() {
        return Err(t.value_error("second argument (exceptions) must be a non-empty sequence"));
    }
    let mut base_inside = false;
    for (i, e) in list.iter().enumerate() {
        if as_exception(e).is_none() {
            return Err(t.value_error(format!("Item {i} of second argument (exceptions) is not an exception")));
        }
        base_inside |= !super::Exception.check(t, e);
    }
    let mut class = class.clone();
    if class.is(super::BaseExceptionGroup.get(t)) {
        if !base_inside {
            class = super::ExceptionGroup.get(t).clone();
        }
    } else if base_inside {
        if class.is(super::ExceptionGroup.get(t)) {
            return Err(t.type_error("Cannot nest BaseExceptions in an ExceptionGroup"));
        }
        if as_type(&class).is_subtype(as_type(super::Exception.get(t))) {
            return Err(t.type_error(format!("Cannot nest BaseExceptions in '{}'", as_type(&class).name_text())));
        }
    }
    let body = PyException::new(crate::tuple::from_slice(t, a));
    body.fields.set(MESSAGE, message.clone());
    body.fields.set(EXCEPTIONS, crate::tuple::new(t, list));
    crate::type_::alloc_instance(t, &class, body)
}

fn init(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    methods::exception_init(t, this, args)
}

fn str(t: Attached<'_>, this: &Value) -> PyResult {
    let e = methods::body(t, this)?;
    let message = crate::protocol::str(t, &e.field_or_none(MESSAGE))?;
    let n = crate::tuple::items(&e.field_or_none(EXCEPTIONS)).len();
    let mut out = orochi_text::Wtf8Buf::new();
    if let Some(w) = crate::str::wtf8(&message) {
        out.push_wtf8(w);
    }
    out.push_str(&format!(" ({n} sub-exception{})", if n == 1 { "" } else { "s" }));
    Ok(crate::str::from_buf(t, out))
}

/// `BaseExceptionGroup.derive`: a group with the same message.
fn derive(t: Attached<'_>, this: &Value, members: &Value) -> PyResult {
    let message = methods::body(t, this)?.field_or_none(MESSAGE);
    let class = super::BaseExceptionGroup.get(t).clone();
    crate::protocol::call(t, &class, &[message, members.clone()])
}

/// `this.derive(members)` with the metadata of `this`; None if there are no members.
fn derive_call(t: Attached<'_>, this: &Value, members: Vec<Value>) -> PyResult {
    if members.is_empty() {
        return Ok(Value::none());
    }
    let list = crate::list::new(t, members);
    let new = crate::protocol::call_method(t, this, &crate::str::intern(t, "derive"), &[list])?;
    if !is_group(t, &new) {
        return Err(t.type_error("derive must return an instance of BaseExceptionGroup"));
    }
    if let (Some(from), Some(to)) = (as_exception(this), as_exception(&new)) {
        to.traceback.set(from.traceback.load());
        to.context.set(from.context.load());
        let cause = from.cause.load();
        if !cause.is_none() {
            super::set_cause(&new, cause);
        }
    }
    let name = &t.names().__notes__;
    if let Some(notes) = crate::attr::find(t, this, name)?
        && class_of(t, &notes).slots.get_item().is_some()
        && crate::dict::as_dict(&notes).is_none()
    {
        let copy = crate::list::new(t, crate::protocol::collect(t, &notes)?);
        crate::attr::set(t, &new, name, Some(&copy))?;
    }
    Ok(new)
}

/// What decides whether an exception belongs to the first part.
enum Matcher<'a> {
    /// A class or tuple of classes.
    Type(&'a Value),
    /// A callable.
    Predicate(&'a Value),
    /// Identities of leaves.
    Leaves(&'a HashSet<u64>),
}

fn is_exception_class(t: Attached<'_>, v: &Value) -> bool {
    v.payload::<PyType>().is_some_and(|ty| ty.is_subtype(as_type(super::BaseException.get(t))))
}

/// Whether an exception is an instance of a class, or of one in a tuple (nested at will).
pub fn matches(t: Attached<'_>, exception: &Value, class: &Value) -> bool {
    match crate::tuple::as_tuple(class) {
        Some(tuple) => t.check_stack("").map_err(|e| drop(t.take_raised(e))).is_ok() && tuple.items().iter().any(|c| matches(t, exception, c)),
        None => crate::type_::is_instance_of(t, exception, class),
    }
}

fn matcher<'a>(t: Attached<'_>, value: &'a Value) -> PyResult<Matcher<'a>> {
    if crate::protocol::is_callable(t, value) && value.payload::<PyType>().is_none() {
        return Ok(Matcher::Predicate(value));
    }
    let all_classes = crate::tuple::as_tuple(value).is_some_and(|c| c.items().iter().all(|c| is_exception_class(t, c)));
    if is_exception_class(t, value) || all_classes {
        return Ok(Matcher::Type(value));
    }
    Err(t.type_error("expected an exception type, a tuple of exception types, or a callable (other than a class)"))
}

/// The part of `this` that matches and, if wanted, the rest; None where nothing remains.
fn divide(t: Attached<'_>, this: &Value, matcher: &Matcher<'_>, want_rest: bool) -> PyResult<(Value, Value)> {
    t.check_stack(" in exceptiongroup_split_recursive")?;
    let hit = match matcher {
        Matcher::Type(class) => matches(t, this, class),
        Matcher::Predicate(f) => {
            let r = crate::protocol::call(t, f, std::slice::from_ref(this))?;
            crate::protocol::truth(t, &r)?
        }
        Matcher::Leaves(ids) => !is_group(t, this) && ids.contains(&this.identity()),
    };
    if hit {
        return Ok((this.clone(), Value::none()));
    }
    if !is_group(t, this) {
        return Ok((Value::none(), if want_rest { this.clone() } else { Value::none() }));
    }
    let members = exceptions(this);
    let (mut yes, mut no) = (Vec::new(), Vec::new());
    for member in crate::tuple::items(&members) {
        let (a, b) = divide(t, member, matcher, want_rest)?;
        if !a.is_none() {
            yes.push(a);
        }
        if !b.is_none() {
            no.push(b);
        }
    }
    Ok((derive_call(t, this, yes)?, derive_call(t, this, no)?))
}

fn split(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (yes, no) = divide(t, &a[0], &matcher(t, &a[1])?, true)?;
    Ok(crate::tuple::new(t, vec![yes, no]))
}
fn subgroup(t: Attached<'_>, a: &[Value]) -> PyResult {
    divide(t, &a[0], &matcher(t, &a[1])?, false).map(|(yes, _)| yes)
}

/// `except* class`: the part of the exception that matches (a lone exception is wrapped in a group)
/// and the rest; None where there is none. `class` has been checked.
pub fn except_star(t: Attached<'_>, exception: &Value, class: &Value) -> PyResult<(Value, Value)> {
    if matches(t, exception, class) {
        if is_group(t, exception) {
            return Ok((exception.clone(), Value::none()));
        }
        let list = crate::list::new(t, vec![exception.clone()]);
        let wrapper = super::BaseExceptionGroup.get(t).clone();
        let group = crate::protocol::call(t, &wrapper, &[crate::str::empty(t), list])?;
        return Ok((group, Value::none()));
    }
    if !is_group(t, exception) {
        return Ok((Value::none(), exception.clone()));
    }
    let pair = crate::protocol::call_method(t, exception, &crate::str::intern(t, "split"), std::slice::from_ref(class))?;
    let owner = type_name(t, exception);
    let Some(tuple) = crate::tuple::as_tuple(&pair) else {
        return Err(t.type_error(format!("{owner}.split must return a tuple, not {}", type_name(t, &pair))));
    };
    match tuple.items() {
        [yes, no, ..] => Ok((yes.clone(), no.clone())),
        items => Err(t.type_error(format!("{owner}.split must return a 2-tuple, got tuple of size {}", items.len()))),
    }
}

/// What to raise after the clauses of `except*`: `raised` are the exceptions that clauses let out or
/// that no clause took (None entries count as nothing). None: nothing.
pub fn reraise_star(t: Attached<'_>, original: &Value, raised: &[Value]) -> PyResult {
    let raised: Vec<&Value> = raised.iter().filter(|e| !e.is_none()).collect();
    let Some(first) = raised.first() else { return Ok(Value::none()) };
    if !is_group(t, original) {
        return Ok((*first).clone());
    }
    let (mut fresh, mut again) = (Vec::new(), Vec::new());
    for e in raised {
        if same_metadata(t, e, original)? { again.push(e.clone()) } else { fresh.push(e.clone()) }
    }
    let mut ids = HashSet::new();
    for e in &again {
        leaves(t, e, &mut ids)?;
    }
    let rest = if ids.is_empty() { Value::none() } else { divide(t, original, &Matcher::Leaves(&ids), false)?.0 };
    if fresh.is_empty() {
        return Ok(rest);
    }
    if !rest.is_none() {
        fresh.push(rest);
    }
    if let [one] = &fresh[..] {
        return Ok(one.clone());
    }
    let list = crate::list::new(t, fresh);
    let class = super::BaseExceptionGroup.get(t).clone();
    crate::protocol::call(t, &class, &[crate::str::empty(t), list])
}

/// Whether two exceptions come from one: the same notes, traceback, cause and context.
fn same_metadata(t: Attached<'_>, a: &Value, b: &Value) -> PyResult<bool> {
    let (Some(x), Some(y)) = (as_exception(a), as_exception(b)) else { return Ok(false) };
    let same = |f: fn(&PyException) -> &orochi_heap::Slot| f(x).load().is(&f(y).load());
    if !same(|e| &e.traceback) || !same(|e| &e.cause) || !same(|e| &e.context) {
        return Ok(false);
    }
    let name = &t.names().__notes__;
    Ok(match (crate::attr::find(t, a, name)?, crate::attr::find(t, b, name)?) {
        (None, None) => true,
        (Some(m), Some(n)) => m.is(&n),
        _ => false,
    })
}

fn leaves(t: Attached<'_>, e: &Value, ids: &mut HashSet<u64>) -> PyResult<()> {
    if !is_group(t, e) {
        ids.insert(e.identity());
        return Ok(());
    }
    t.check_stack(" in collect_exception_group_leaf_ids")?;
    for member in crate::tuple::items(&exceptions(e)) {
        leaves(t, member, ids)?;
    }
    Ok(())
}

/// Whether `class` is a class of groups, which may not stand behind `except*`.
pub fn is_group_class(t: Attached<'_>, class: &Value) -> bool {
    class.payload::<PyType>().is_some_and(|ty| ty.is_subtype(as_type(super::BaseExceptionGroup.get(t))))
}
