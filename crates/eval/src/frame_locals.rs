//! `FrameLocalsProxy` (PEP 667): what `f_locals` of a function's frame gives. It holds no values: reading and
//! writing go to the frame's variables, other keys into the frame's extra dict.

use orochi_heap::{Payload, Slot, Value, Visit, payload};
use orochi_objects::spec::{Method, TypeSpec, flags};
use orochi_objects::type_::type_name;
use orochi_objects::{Args, Attached, CompareOp, Def, PyResult, dict, exception, list, protocol, str, tuple};

use crate::frame_object::{self, PyFrame};

/// The body of a proxy.
pub struct PyFrameLocals {
    frame: Slot,
}

impl Payload for PyFrameLocals {
    payload!(PyFrameLocals, "FrameLocalsProxy");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.frame);
    }
}

/// `FrameLocalsProxy`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyFrameLocals>("FrameLocalsProxy")
    .flags(flags::MAPPING)
    .slots(&[
        Def::New(proxy_new),
        Def::Repr(repr),
        Def::Compare(compare),
        Def::Iter(iter),
        Def::Len(|t, this| Ok(variables(t, this).len())),
        Def::GetItem(get_item),
        Def::SetItem(set_item),
        Def::Contains(|t, this, key| Ok(find(t, this, key)?.is_some())),
        Def::Or(or),
        Def::InplaceOr(inplace_or),
    ])
    .methods(&[
        Method::new("__reversed__", "($self, /)", reversed, ""),
        Method::new("copy", "($self, /)", |t, a| snapshot(t, &a[0]), ""),
        Method::new("keys", "($self, /)", keys, ""),
        Method::new("values", "($self, /)", |t, a| Ok(list::new(t, variables(t, &a[0]).into_iter().map(|(_, v)| v).collect())), ""),
        Method::new("items", "($self, /)", items, ""),
        Method::new("update", "($self, other, /)", |t, a| update(t, &a[0], &a[1]).map(|()| Value::none()), ""),
        Method::new("get", "($self, key, default=None, /)", get, ""),
        Method::new("pop", "($self, key, default=None, /)", pop, ""),
        Method::new("setdefault", "($self, key, default=None, /)", set_default, ""),
    ]);

/// The proxy of a function's frame object.
pub fn new(t: Attached<'_>, frame: &Value) -> Value {
    TYPE.alloc(t, PyFrameLocals { frame: Slot::new(frame.clone()) })
}

fn proxy_new(t: Attached<'_>, _: &Value, args: Args<'_>) -> PyResult {
    args.no_keywords(t, "FrameLocalsProxy")?;
    let a = args.expect(t, "FrameLocalsProxy", 1, 1)?;
    if a[0].payload::<PyFrame>().is_none() {
        return Err(t.type_error(format!("expect frame, not {}", type_name(t, &a[0]))));
    }
    Ok(new(t, &a[0]))
}

fn frame(this: &Value) -> Value {
    match this.payload::<PyFrameLocals>() {
        Some(p) => p.frame.load(),
        None => unreachable!("slots are called with their own type"),
    }
}

fn variables(_: Attached<'_>, this: &Value) -> Vec<(Value, Value)> {
    frame_object::body(&frame(this)).variables()
}

fn snapshot(t: Attached<'_>, this: &Value) -> PyResult {
    dict::from_items(t, variables(t, this))
}

/// The number of the variable that `key` names. Keys that are no exact strs are compared as a dict would.
fn index_of(t: Attached<'_>, this: &Value, key: &Value) -> PyResult<Option<usize>> {
    let frame = frame(this);
    let body = frame_object::body(&frame);
    if str::is_exact_str(key) {
        return Ok(body.index_of(|name| str::same_text(name, key)));
    }
    let hash = protocol::hash(t, key)?;
    for (i, name) in body.names() {
        if str::hash(t, &name) == hash && protocol::equal(t, &name, key)? {
            return Ok(Some(i));
        }
    }
    Ok(None)
}

fn find(t: Attached<'_>, this: &Value, key: &Value) -> PyResult<Option<Value>> {
    let frame = frame(this);
    let body = frame_object::body(&frame);
    if let Some(i) = index_of(t, this, key)?
        && let Some(v) = body.variable(i)
    {
        return Ok(Some(v));
    }
    match body.extra() {
        Some(extra) => dict::get(t, &extra, key),
        None => Ok(None),
    }
}

fn get_item(t: Attached<'_>, this: &Value, key: &Value) -> PyResult {
    find(t, this, key)?.ok_or_else(|| t.raise_with(&exception::KeyError, vec![key.clone()]))
}

fn set_item(t: Attached<'_>, this: &Value, key: &Value, value: Option<&Value>) -> PyResult<()> {
    let frame = frame(this);
    let body = frame_object::body(&frame);
    let index = index_of(t, this, key)?;
    match (index, value) {
        (Some(i), Some(v)) => body.write(t, i, v.clone()),
        (Some(_), None) => Err(t.value_error("cannot remove local variables from FrameLocalsProxy")),
        (None, Some(v)) => dict::set(t, &body.extra_or_new(t), key, v.clone()),
        (None, None) => {
            let removed = match body.extra() {
                Some(extra) => dict::remove(t, &extra, key)?,
                None => None,
            };
            removed.map(drop).ok_or_else(|| t.raise_with(&exception::KeyError, vec![key.clone()]))
        }
    }
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let shown = t.printing(&frame(this), || protocol::repr(t, &snapshot(t, this)?))?;
    Ok(shown.unwrap_or_else(|| str::intern(t, "{...}")))
}

fn compare(t: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    let equal = if b.payload::<PyFrameLocals>().is_some() {
        frame(a).is(&frame(b))
    } else if dict::as_dict(b).is_some() {
        protocol::equal(t, &snapshot(t, a)?, b)?
    } else {
        return Ok(Value::not_implemented());
    };
    Ok(match op {
        CompareOp::Eq => Value::bool(equal),
        CompareOp::Ne => Value::bool(!equal),
        _ => Value::not_implemented(),
    })
}

fn names(t: Attached<'_>, this: &Value) -> Vec<Value> {
    variables(t, this).into_iter().map(|(name, _)| name).collect()
}
fn keys(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(list::new(t, names(t, &a[0])))
}
fn iter(t: Attached<'_>, this: &Value) -> PyResult {
    protocol::get_iter(t, &list::new(t, names(t, this)))
}
fn reversed(t: Attached<'_>, a: &[Value]) -> PyResult {
    let mut all = names(t, &a[0]);
    all.reverse();
    Ok(list::new(t, all))
}
fn items(t: Attached<'_>, a: &[Value]) -> PyResult {
    let pairs = variables(t, &a[0]).into_iter().map(|(k, v)| tuple::new(t, vec![k, v]));
    Ok(list::new(t, pairs.collect()))
}

fn update(t: Attached<'_>, this: &Value, other: &Value) -> PyResult<()> {
    let mapping = dict::as_dict(other).is_some() || other.payload::<PyFrameLocals>().is_some();
    if !mapping {
        return Err(t.type_error("update() argument must be dict or another FrameLocalsProxy"));
    }
    let all = if dict::as_dict(other).is_some() { dict::items(other) } else { variables(t, other) };
    for (key, value) in all {
        set_item(t, this, &key, Some(&value))?;
    }
    Ok(())
}

fn get(t: Attached<'_>, a: &[Value]) -> PyResult {
    Ok(find(t, &a[0], &a[1])?.unwrap_or_else(|| a[2].given().cloned().unwrap_or(Value::none())))
}

fn pop(t: Attached<'_>, a: &[Value]) -> PyResult {
    if index_of(t, &a[0], &a[1])?.is_some() {
        return Err(t.value_error("cannot remove local variables from FrameLocalsProxy"));
    }
    let removed = match frame_object::body(&frame(&a[0])).extra() {
        Some(extra) => dict::remove(t, &extra, &a[1])?,
        None => None,
    };
    match (removed, a[2].given()) {
        (Some(v), _) => Ok(v),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Err(t.raise_with(&exception::KeyError, vec![a[1].clone()])),
    }
}

fn set_default(t: Attached<'_>, a: &[Value]) -> PyResult {
    if let Some(v) = find(t, &a[0], &a[1])? {
        return Ok(v);
    }
    let default = a[2].given().cloned().unwrap_or(Value::none());
    set_item(t, &a[0], &a[1], Some(&default))?;
    Ok(default)
}

/// A dict of both; for the sides of `|` that are mappings.
fn or(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    let whole = dict::new(t);
    for side in [a, b] {
        let all = if side.payload::<PyFrameLocals>().is_some() {
            variables(t, side)
        } else if dict::as_dict(side).is_some() {
            dict::items(side)
        } else {
            return Ok(Value::not_implemented());
        };
        for (key, value) in all {
            dict::set(t, &whole, &key, value)?;
        }
    }
    Ok(whole)
}
fn inplace_or(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    if dict::as_dict(b).is_none() && b.payload::<PyFrameLocals>().is_none() {
        return Ok(Value::not_implemented());
    }
    update(t, a, b)?;
    Ok(a.clone())
}
