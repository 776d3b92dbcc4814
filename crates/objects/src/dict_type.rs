//! The Python type `dict`: slots and methods. Views, iterators and merging are in `dict/`.

use orochi_heap::{Slot, Value};
use orochi_text::wtf8::Wtf8Buf;

use crate::args::Args;
use crate::dict::iter::{self, Part};
use crate::dict::table::{self, Hashed};
use crate::dict::{self, PyDict, as_dict, body, views};
use crate::list_type::push_text;
use crate::slots::CompareOp;
use crate::thread::{Attached, PyResult, Raised};
use crate::{Def, Method};

pub(crate) const DOC: &str = "dict(mapping_or_iterable=(), /, **kwargs)\n--\n\nA mutable mapping that keeps its keys in the order in which they came.\n\nItems come from a mapping, or from an iterable of pairs, then from the keyword arguments.";
pub(crate) const SLOTS: &[Def] = &[
    Def::New(new),
    Def::Init(init),
    Def::Repr(repr),
    Def::Compare(compare),
    Def::Iter(iter::keys),
    Def::Len(len),
    Def::GetItem(get_item),
    Def::SetItem(set_item),
    Def::Contains(dict::contains),
    Def::Or(or),
    Def::InplaceOr(inplace_or),
];
pub(crate) const METHODS: &[Method] = &[
    Method::class("__class_getitem__", "($type, object, /)", crate::generic_alias::class_getitem, "A generic alias, for annotations."),
    Method::new("__reversed__", "($self, /)", reversed, "An iterator over the keys from the last to the first."),
    Method::new("__sizeof__", "($self, /)", own_size, "Bytes of memory."),
    Method::new("clear", "($self, /)", clear, "Takes all items out."),
    Method::new("copy", "($self, /)", copy, "A new dict of the same items."),
    Method::class("fromkeys", "($type, iterable, value=None, /)", from_keys, "A new dict with the keys of the iterable, each with the value."),
    Method::new("get", "($self, key, default=None, /)", get, "The value of the key, or the default if it is not there."),
    Method::new("items", "($self, /)", items, "A view of the items."),
    Method::new("keys", "($self, /)", keys, "A view of the keys."),
    Method::new("pop", "($self, key, default=<unrepresentable>, /)", pop, "Takes the key out and returns its value.\n\nWithout the key: the default, or KeyError if none is given."),
    Method::new("popitem", "($self, /)", pop_item, "Takes out and returns the item that came last.\n\nRaises KeyError if there is none."),
    Method::new("setdefault", "($self, key, default=None, /)", set_default, "The value of the key; puts in the default if it is not there."),
    Method::new("update", "($self, /, *args, **kwargs)", update, "Sets the items of a mapping or of an iterable of pairs, then the keyword arguments.").at_once(update_plainly),
    Method::new("values", "($self, /)", values, "A view of the values."),
];

fn new(t: Attached<'_>, class: &Value, _: Args<'_>) -> PyResult {
    dict::TYPE.alloc_for(t, class, PyDict::default())
}

fn init(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    let a = Args::new(args.positional()).expect(t, "dict", 0, 1)?;
    if let Some(other) = a.first() {
        dict::update_from(t, this, other)?;
    }
    for (k, v) in args.keywords() {
        dict::set(t, this, k, v.clone())?;
    }
    Ok(())
}

fn update(t: Attached<'_>, a: &[Value]) -> PyResult {
    let args = Args::new(crate::tuple::items(&a[1])).expect(t, "update", 0, 1)?;
    if let Some(other) = args.first() {
        dict::update_from(t, &a[0], other)?;
    }
    dict::update(t, &a[0], &a[2])?;
    Ok(Value::none())
}

/// `update` without keyword arguments.
fn update_plainly(t: Attached<'_>, a: &[Value]) -> PyResult {
    if let Some(other) = Args::new(&a[1..]).expect(t, "update", 0, 1)?.first() {
        dict::update_from(t, &a[0], other)?;
    }
    Ok(Value::none())
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let map = body(this);
    if map.is_empty() {
        return Ok(crate::str::new(t, "{}"));
    }
    let text = t.printing(this, || {
        let mut out = Wtf8Buf::new();
        out.push_str("{");
        let (mut at, mut first) = (0, true);
        while let Some((k, v, _)) = table::next_entry(map, &mut at) {
            if !std::mem::take(&mut first) {
                out.push_str(", ");
            }
            let r = crate::protocol::repr(t, &k)?;
            push_text(t, &mut out, &r)?;
            out.push_str(": ");
            let r = crate::protocol::repr(t, &v)?;
            push_text(t, &mut out, &r)?;
        }
        out.push_str("}");
        crate::str::try_from_wtf8(t, &out)
    })?;
    Ok(text.unwrap_or_else(|| crate::str::new(t, "{...}")))
}

fn compare(t: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    if as_dict(a).is_none() || as_dict(b).is_none() || !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Value::not_implemented());
    }
    Ok(Value::bool(equal(t, a, b)? == (op == CompareOp::Eq)))
}

fn equal(t: Attached<'_>, a: &Value, b: &Value) -> PyResult<bool> {
    let (x, y) = (body(a), body(b));
    if x.len() != y.len() {
        return Ok(false);
    }
    let mut at = 0;
    while let Some((k, v, hash)) = table::next_entry(x, &mut at) {
        // Dicts that are equal often have their keys at the same places.
        let near = as_dict(b).and_then(|d| dict::slot_at(d, at - 1, k.identity())).map(Slot::load);
        let other = match near.filter(|w| !w.is_unbound()) {
            Some(w) => Some(w),
            None => dict::get_hashed(t, b, &k, hash)?,
        };
        match other {
            Some(w) if crate::protocol::equal_or_same(t, &v, &w)? => {}
            _ => return Ok(false),
        }
    }
    Ok(true)
}

fn len(_: Attached<'_>, this: &Value) -> PyResult<usize> {
    Ok(dict::len(this))
}

#[cold]
fn missing_key(t: Attached<'_>, key: &Value) -> Raised {
    t.raise_with(&crate::exception::KeyError, vec![key.clone()])
}

/// `dict[key]`, with `__missing__` of subclasses.
pub(crate) fn get_item(t: Attached<'_>, this: &Value, key: &Value) -> PyResult {
    if let Some(v) = dict::get(t, this, key)? {
        return Ok(v);
    }
    if !dict::TYPE.is_exact(t, this)
        && let Some(v) = crate::protocol::call_special(t, this, &t.names().__missing__, std::slice::from_ref(key))?
    {
        return Ok(v);
    }
    Err(missing_key(t, key))
}

fn set_item(t: Attached<'_>, this: &Value, key: &Value, value: Option<&Value>) -> PyResult<()> {
    match value {
        Some(v) => dict::set(t, this, key, v.clone()),
        None => match dict::remove(t, this, key)? {
            Some(old) => {
                drop(old);
                Ok(())
            }
            None => Err(missing_key(t, key)),
        },
    }
}

fn or(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    if as_dict(a).is_none() || as_dict(b).is_none() {
        return Ok(Value::not_implemented());
    }
    let result = dict::copy(t, a)?;
    dict::update_from(t, &result, b)?;
    Ok(result)
}

fn inplace_or(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    dict::update_from(t, a, b)?;
    Ok(a.clone())
}

fn reversed(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(iter::new(t, &a[0], Part::Keys, true))
}
fn own_size(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(crate::int::from_usize(t, 16 + size_of::<PyDict>() + body(&a[0]).size()))
}
fn clear(t: Attached<'_>, a: &[Value]) -> PyResult {
    drop(table::exchange(t, body(&a[0]), Hashed::default()));
    Ok(Value::none())
}
fn copy(t: Attached<'_>, a: &[Value]) -> PyResult {
    dict::copy(t, &a[0])
}

fn from_keys(t: Attached<'_>, a: &[Value]) -> PyResult {
    let value = a[2].given().cloned().unwrap_or(Value::none());
    let result = crate::protocol::call(t, &a[0], &[])?;
    if dict::TYPE.is_exact(t, &result) {
        crate::protocol::for_each(t, &a[1], |k| dict::set(t, &result, &k, value.clone()))?;
    } else {
        crate::protocol::for_each(t, &a[1], |k| crate::protocol::set_item(t, &result, &k, &value))?;
    }
    Ok(result)
}

fn default(a: &[Value]) -> Value {
    a[2].given().cloned().unwrap_or(Value::none())
}
fn get(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(dict::get(t, &a[0], &a[1])?.unwrap_or_else(|| default(a)))
}
fn items(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(views::new(t, &a[0], Part::Items))
}
fn keys(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(views::new(t, &a[0], Part::Keys))
}
fn values(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(views::new(t, &a[0], Part::Values))
}
fn pop(t: Attached<'_>, a: &[Value]) -> PyResult {
    match (dict::remove(t, &a[0], &a[1])?, a[2].given()) {
        (Some(v), _) => Ok(v),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Err(missing_key(t, &a[1])),
    }
}
fn pop_item(t: Attached<'_>, a: &[Value]) -> PyResult {
    match table::pop_last(body(&a[0])) {
        Some((k, v)) => Ok(crate::tuple::new(t, vec![k, v])),
        None => Err(t.raise(&crate::exception::KeyError, "popitem(): dictionary is empty")),
    }
}
fn set_default(t: Attached<'_>, a: &[Value]) -> PyResult {
    dict::set_default(t, &a[0], &a[1], default(a))
}
