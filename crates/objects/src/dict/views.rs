//! `dict_keys`, `dict_values`, `dict_items`: live views of a dict.

use orochi_heap::{Payload, Slot, Value, Visit, payload};

use super::iter::Part;
use crate::slots::{CompareOp, Def};
use crate::spec::{GetSet, Method, TypeSpec, flags};
use crate::thread::{Attached, PyResult};
use crate::type_::class_of;

/// The body of a view.
pub struct PyDictView {
    /// The dict.
    dict: Slot,
    part: Part,
}

impl Payload for PyDictView {
    payload!(PyDictView, "dict_view");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.dict);
    }
}

const SET_SLOTS: &[Def] = &[
    Def::Repr(repr),
    Def::Compare(compare),
    Def::Iter(iter),
    Def::Len(len),
    Def::Contains(contains),
    Def::And(and),
    Def::Or(or),
    Def::Xor(xor),
    Def::Sub(sub),
];
const SET_METHODS: &[Method] = &[
    Method::new("isdisjoint", "($self, other, /)", is_disjoint, "Whether the view and the iterable have nothing in common."),
    REVERSED,
];
const REVERSED: Method = Method::new("__reversed__", "($self, /)", reversed, "An iterator from the last item to the first.");
const GETSET: &[GetSet] = &[GetSet::read("mapping", mapping, "A read-only proxy of the dict that the view shows.")];

/// `dict_keys`.
pub static KEYS: TypeSpec =
    TypeSpec::new::<PyDictView>("dict_keys").flags(flags::NO_NEW).slots(SET_SLOTS).methods(SET_METHODS).getset(GETSET);
/// `dict_items`.
pub static ITEMS: TypeSpec =
    TypeSpec::new::<PyDictView>("dict_items").flags(flags::NO_NEW).slots(SET_SLOTS).methods(SET_METHODS).getset(GETSET);
/// `dict_values`.
pub static VALUES: TypeSpec = TypeSpec::new::<PyDictView>("dict_values")
    .flags(flags::NO_NEW)
    .slots(&[Def::Repr(repr), Def::Iter(iter), Def::Len(len)])
    .methods(&[REVERSED])
    .getset(GETSET);

/// A view of a part of a dict's items.
pub fn new(t: Attached<'_>, dict: &Value, part: Part) -> Value {
    let spec = match part {
        Part::Keys => &KEYS,
        Part::Values => &VALUES,
        Part::Items => &ITEMS,
    };
    spec.alloc(t, PyDictView { dict: Slot::new(dict.clone()), part })
}

/// The body, if the value is a view.
pub fn as_view(v: &Value) -> Option<&PyDictView> {
    v.payload::<PyDictView>()
}

impl PyDictView {
    /// The dict that the view shows.
    pub fn dict(&self) -> Value {
        self.dict.load()
    }
    /// What it shows of it.
    pub fn part(&self) -> Part {
        self.part
    }
}

fn view(v: &Value) -> &PyDictView {
    match v.payload::<PyDictView>() {
        Some(view) => view,
        None => unreachable!("slots are called with their own type"),
    }
}

/// `iter(view)`.
pub fn iter(t: Attached<'_>, this: &Value) -> PyResult {
    let view = view(this);
    Ok(super::iter::new(t, &view.dict(), view.part, false))
}
fn reversed(t: Attached<'_>, a: &[Value]) -> PyResult {
    let view = view(&a[0]);
    Ok(super::iter::new(t, &view.dict(), view.part, true))
}
fn len(_: Attached<'_>, this: &Value) -> PyResult<usize> {
    Ok(super::len(&view(this).dict()))
}
fn mapping(t: Attached<'_>, this: &Value) -> PyResult {
    crate::mapping_proxy::new(t, &view(this).dict())
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let name = class_of(t, this).name_text();
    let text = t.printing(this, || {
        let members = crate::protocol::collect(t, this)?;
        crate::list_type::repr_members(t, &format!("{name}(["), "])", |i| members.get(i).cloned())
    })?;
    Ok(text.unwrap_or_else(|| crate::str::new(t, "...")))
}

fn contains(t: Attached<'_>, this: &Value, v: &Value) -> PyResult<bool> {
    let view = view(this);
    let dict = view.dict();
    if view.part == Part::Keys {
        return super::contains(t, &dict, v);
    }
    let [key, value] = crate::tuple::items(v) else { return Ok(false) };
    match super::get(t, &dict, key)? {
        Some(found) => crate::protocol::equal_or_same(t, &found, value),
        None => Ok(false),
    }
}

fn is_set_like(v: &Value) -> bool {
    crate::set::as_set(v).is_some() || as_view(v).is_some_and(|w| w.part != Part::Values)
}

fn all_in(t: Attached<'_>, a: &Value, b: &Value) -> PyResult<bool> {
    let it = crate::protocol::get_iter(t, a)?;
    while let Some(v) = crate::protocol::next(t, &it)? {
        if !crate::protocol::contains(t, b, &v)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn compare(t: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    if !is_set_like(b) {
        return Ok(Value::not_implemented());
    }
    let (n, m) = (crate::protocol::length(t, a)?, crate::protocol::length(t, b)?);
    let result = match op {
        CompareOp::Eq | CompareOp::Ne => (n == m && all_in(t, a, b)?) == (op == CompareOp::Eq),
        CompareOp::Lt => n < m && all_in(t, a, b)?,
        CompareOp::Le => n <= m && all_in(t, a, b)?,
        CompareOp::Gt => n > m && all_in(t, b, a)?,
        CompareOp::Ge => n >= m && all_in(t, b, a)?,
    };
    Ok(Value::bool(result))
}

/// A new set of what the iterable gives.
fn set_of(t: Attached<'_>, iterable: &Value) -> PyResult {
    let set = crate::set::new(t);
    crate::set::update(t, &set, iterable)?;
    Ok(set)
}

fn and(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    // The result keeps the order of the iterable that is walked; the view is asked where possible.
    let (walked, asked) = if as_view(a).is_some() { (b, a) } else { (a, b) };
    let result = crate::set::new(t);
    crate::protocol::for_each(t, walked, |v| {
        if contains(t, asked, &v)? { crate::set::add(t, &result, &v) } else { Ok(()) }
    })?;
    Ok(result)
}
fn or(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    let result = set_of(t, a)?;
    crate::set::update(t, &result, b)?;
    Ok(result)
}
fn xor(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    let (x, y) = (set_of(t, a)?, set_of(t, b)?);
    crate::protocol::binary(t, &x, &y, crate::protocol::Operator::Xor)
}
fn sub(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    let result = set_of(t, a)?;
    crate::protocol::for_each(t, b, |v| crate::set::discard(t, &result, &v).map(drop))?;
    Ok(result)
}

fn is_disjoint(t: Attached<'_>, a: &[Value]) -> PyResult {
    if a[0].is(&a[1]) {
        return Ok(Value::bool(super::len(&view(&a[0]).dict()) == 0));
    }
    let it = crate::protocol::get_iter(t, &a[1])?;
    while let Some(v) = crate::protocol::next(t, &it)? {
        if contains(t, &a[0], &v)? {
            return Ok(Value::bool(false));
        }
        t.safepoint()?;
    }
    Ok(Value::bool(true))
}
