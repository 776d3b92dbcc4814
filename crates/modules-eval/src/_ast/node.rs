//! `ast.AST`, the base of all nodes: an object of attributes that knows its fields by `_fields`.

use orochi_heap::{Payload, Value, payload};
use orochi_objects::args::Args;
use orochi_objects::slots::Def;
use orochi_objects::spec::{Method, TypeSpec, flags};
use orochi_objects::type_::{self, type_name, type_of};
use orochi_objects::{Attached, PyResult, attr, dict, exception, list, protocol, str, tuple};

use super::Classes;

/// The body: everything is an attribute.
pub struct PyNode;

impl Payload for PyNode {
    payload!(PyNode, "AST");
}

/// `ast.AST`.
pub static AST: TypeSpec = TypeSpec::new::<PyNode>("ast.AST")
    .flags(flags::BASETYPE | flags::HAS_DICT | flags::HAS_WEAKREF)
    .mutable()
    .slots(&[Def::New(new), Def::Init(init), Def::Repr(repr)])
    .methods(&[
        Method::new("__reduce__", "($self, /)", reduce, ""),
        Method::new(
            "__replace__",
            "($self, /, **fields)",
            replace,
            "Return a copy of the AST node with new values for the specified fields.",
        ),
    ])
    .extra(fill);

fn fill(t: Attached<'_>, class: &Value) -> PyResult<()> {
    for name in ["_fields", "_attributes", "__match_args__"] {
        attr::set(t, class, &str::intern(t, name), Some(&tuple::new(t, Vec::new())))?;
    }
    Ok(())
}

fn new(t: Attached<'_>, class: &Value, _: Args<'_>) -> PyResult {
    AST.alloc_for(t, class, PyNode)
}

/// The names that a class attribute (`_fields`, `_attributes`) lists; none if it is not there.
fn listed(t: Attached<'_>, class: &Value, name: &str) -> PyResult<Vec<Value>> {
    match attr::find(t, class, &str::intern(t, name))? {
        Some(v) => protocol::collect(t, &v),
        None => Ok(Vec::new()),
    }
}

fn position(t: Attached<'_>, names: &[Value], name: &Value) -> PyResult<Option<usize>> {
    for (i, n) in names.iter().enumerate() {
        if protocol::equal_or_same(t, n, name)? {
            return Ok(Some(i));
        }
    }
    Ok(None)
}

fn deprecated(t: Attached<'_>, message: String) -> PyResult<()> {
    let modules = t.interpreter().modules.load();
    let Some(warnings) = dict::get_by_name(t, &modules, "_warnings") else { return Ok(()) };
    let warn = attr::get_by_name(t, &warnings, "warn")?;
    let args = [str::from_string(t, message), exception::DeprecationWarning.get(t).clone(), Value::i32(1)];
    protocol::call(t, &warn, &args)?;
    Ok(())
}

fn shown(t: Attached<'_>, v: &Value) -> PyResult<String> {
    Ok(str::display(&protocol::repr(t, v)?))
}

fn init(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    let class = type_of(t, this).clone();
    let fields = listed(t, &class, "_fields")?;
    let name = type_name(t, this);
    let given = args.positional();
    if given.len() > fields.len() {
        let s = if fields.len() == 1 { "" } else { "s" };
        return Err(t.type_error(format!("{name} constructor takes at most {} positional argument{s}", fields.len())));
    }
    let mut missing = vec![true; fields.len()];
    for (i, value) in given.iter().enumerate() {
        attr::set(t, this, &fields[i], Some(value))?;
        missing[i] = false;
    }
    let mut attributes = None;
    for (key, value) in args.keywords() {
        match position(t, &fields, key)? {
            Some(i) if i < given.len() => {
                return Err(t.type_error(format!("{name} got multiple values for argument {}", shown(t, key)?)));
            }
            Some(i) => missing[i] = false,
            None => {
                let known = match &attributes {
                    Some(a) => a,
                    None => attributes.insert(listed(t, &class, "_attributes")?),
                };
                if position(t, known, key)?.is_none() {
                    deprecated(
                        t,
                        format!(
                            "{name}.__init__ got an unexpected keyword argument {}. Support for arbitrary keyword arguments is \
                             deprecated and will be removed in Python 3.15.",
                            shown(t, key)?
                        ),
                    )?;
                }
            }
        }
        attr::set(t, this, key, Some(value))?;
    }
    if !missing.contains(&true) {
        return Ok(());
    }
    let Some(types) = attr::find(t, &class, &str::intern(t, "_field_types"))? else { return Ok(()) };
    if dict::as_dict(&types).is_none() {
        return Ok(());
    }
    for (i, field) in fields.iter().enumerate() {
        if !missing[i] {
            continue;
        }
        let Some(kind) = dict::get(t, &types, field)? else {
            deprecated(
                t,
                format!("Field {} is missing from {name}._field_types. This will become an error in Python 3.15.", shown(t, field)?),
            )?;
            continue;
        };
        match type_name(t, &kind).as_str() {
            // Optional: the class has None.
            "typing.Union" | "Union" | "types.UnionType" | "UnionType" => {}
            "types.GenericAlias" | "GenericAlias" => {
                let empty = list::new(t, Vec::new());
                attr::set(t, this, field, Some(&empty))?;
            }
            _ => {
                let classes = Classes::of(t)?;
                if kind.is(&classes.class("expr_context")) {
                    attr::set(t, this, field, Some(&classes.single("Load")))?;
                } else {
                    deprecated(
                        t,
                        format!(
                            "{name}.__init__ missing 1 required positional argument: {}. This will become an error in Python 3.15.",
                            shown(t, field)?
                        ),
                    )?;
                }
            }
        }
    }
    Ok(())
}

fn attributes_of(t: Attached<'_>, this: &Value) -> Vec<(Value, Value)> {
    this.header().map_or(Vec::new(), |h| attr::instance_items(t, h))
}

/// The class, None for each field that is there (so that nothing required is missed), and all attributes.
fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let class = type_of(t, &a[0]).clone();
    let own = attributes_of(t, &a[0]);
    let names: Vec<Value> = own.iter().map(|(k, _)| k.clone()).collect();
    let mut blanks = Vec::new();
    for field in listed(t, &class, "_fields")? {
        if position(t, &names, &field)?.is_none() {
            break;
        }
        blanks.push(Value::none());
    }
    let state = dict::from_items(t, own)?;
    let args = tuple::new(t, blanks);
    Ok(tuple::new(t, vec![class, args, state]))
}

fn replace(t: Attached<'_>, a: &[Value]) -> PyResult {
    let class = type_of(t, &a[0]).clone();
    let name = type_name(t, &a[0]);
    let fields = listed(t, &class, "_fields")?;
    let attributes = listed(t, &class, "_attributes")?;
    let mut all: Vec<(Value, Value)> = attributes_of(t, &a[0]);
    for (key, value) in dict::items(&a[1]) {
        if position(t, &fields, &key)?.is_none() && position(t, &attributes, &key)?.is_none() {
            return Err(t.type_error(format!("{name}.__replace__ got an unexpected keyword argument {}.", shown(t, &key)?)));
        }
        match all.iter_mut().find(|(k, _)| str::same_text(k, &key)) {
            Some(place) => place.1 = value,
            None => all.push((key, value)),
        }
    }
    let names: Vec<Value> = all.iter().map(|(k, _)| k.clone()).collect();
    let mut missing = Vec::new();
    for field in &fields {
        if position(t, &names, field)?.is_none() && attr::find(t, &a[0], field)?.is_none() {
            missing.push(shown(t, field)?);
        }
    }
    if !missing.is_empty() {
        missing.sort();
        let s = if missing.len() == 1 { "" } else { "s" };
        let (count, list) = (missing.len(), missing.join(", "));
        return Err(t.type_error(format!("{name}.__replace__ missing {count} keyword argument{s}: {list}.")));
    }
    let keys: Vec<Value> = all.iter().map(|(k, _)| k.clone()).collect();
    let values: Vec<Value> = all.into_iter().map(|(_, v)| v).collect();
    protocol::call_args(t, &class, Args::with_names(&values, &keys))
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(str::from_string(t, show(t, this, 3)?))
}

/// The text of a node down to a depth.
fn show(t: Attached<'_>, this: &Value, depth: usize) -> PyResult<String> {
    let name = type_name(t, this);
    if depth == 0 {
        return Ok(format!("{name}(...)"));
    }
    let fields = listed(t, type_of(t, this), "_fields")?;
    let inner = t.printing(this, || {
        let mut parts = Vec::with_capacity(fields.len());
        for field in &fields {
            let Some(value) = attr::find(t, this, field)? else {
                return Err(attr::no_attribute(t, this, field));
            };
            parts.push(format!("{}={}", str::display(field), show_value(t, &value, depth - 1)?));
        }
        Ok(parts.join(", "))
    })?;
    Ok(format!("{name}({})", inner.as_deref().unwrap_or("...")))
}

/// Long lists show their ends.
fn show_value(t: Attached<'_>, value: &Value, depth: usize) -> PyResult<String> {
    let (open, close, items) = if let Some(l) = list::as_list(value) {
        ("[", "]", l.to_vec())
    } else if tuple::as_tuple(value).is_some() {
        ("(", ")", tuple::items(value).to_vec())
    } else if AST.check(t, value) {
        return show(t, value, depth);
    } else {
        return shown(t, value);
    };
    let one = |v: &Value| if AST.check(t, v) { show(t, v, depth) } else { shown(t, v) };
    Ok(match items.as_slice() {
        [] => format!("{open}{close}"),
        [a] => format!("{open}{}{close}", one(a)?),
        [a, b] => format!("{open}{}, {}{close}", one(a)?, one(b)?),
        [a, .., b] => format!("{open}{}, ..., {}{close}", one(a)?, one(b)?),
    })
}

/// Whether a value is a node.
pub fn is_node(t: Attached<'_>, v: &Value) -> bool {
    type_::is_instance_of(t, v, AST.get(t))
}
