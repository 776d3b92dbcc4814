//! `partial`: a function with some arguments given, and `Placeholder`, which keeps a place free.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use orochi_objects::object::PyObject;
use orochi_objects::result_tuple::Members;
use orochi_objects::{
    Args, Attached, Def, GetSet, Method, Payload, PyResult, Slot, TypeSpec, Value, attr, dict, flags, native, payload,
    protocol, str, tuple, type_,
};

/// The body of a partial.
pub struct PyPartial {
    function: Slot,
    /// A tuple.
    args: Slot,
    /// A dict.
    keywords: Slot,
    /// How many of `args` are `Placeholder`.
    places: AtomicUsize,
}

impl Payload for PyPartial {
    payload!(PyPartial, "partial");
    fn trace(&self, visit: &mut orochi_heap::Visit<'_>) {
        for slot in [&self.function, &self.args, &self.keywords] {
            visit.slot(slot);
        }
    }
}

/// `functools.partial`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyPartial>("functools.partial")
    .flags(flags::BASETYPE | flags::HAS_DICT | flags::HAS_WEAKREF)
    .slots(&[Def::New(new), Def::Call(call), Def::Repr(repr), Def::DescrGet(get)])
    .methods(&[
        Method::new("__reduce__", "($self, /)", reduce, "How to make the partial again, for pickle."),
        Method::new("__setstate__", "($self, state, /)", set_state, "Takes over the state that pickle kept."),
        Method::class("__class_getitem__", "($type, object, /)", orochi_objects::generic_alias::class_getitem, "A generic alias, for annotations."),
    ])
    .getset(&[
        GetSet::read("func", |_, v| Ok(body(v).function.load()), "The function to be called."),
        GetSet::read("args", |_, v| Ok(body(v).args.load()), "The arguments that come first."),
        GetSet::read("keywords", |_, v| Ok(body(v).keywords.load()), "The keyword arguments."),
        GetSet::write("__dict__", get_dict, set_dict, ""),
    ])
    .doc("partial(func, /, *args, **keywords)\n--\n\nA function like func with some arguments already given.");

/// The type of `Placeholder`.
pub static PLACEHOLDER_TYPE: TypeSpec = TypeSpec::new::<PyObject>("functools._PlaceholderType")
    .slots(&[Def::New(placeholder_new), Def::Repr(|t, _| Ok(str::new(t, "Placeholder")))])
    .methods(&[Method::new("__reduce__", "($self, /)", |t, _| Ok(str::new(t, "Placeholder")), "The name, for pickle.")])
    .doc("The type of the Placeholder singleton, which keeps the place of a positional argument free.");

/// The interpreter's one `Placeholder`.
struct Placeholder(Slot);

impl Default for Placeholder {
    fn default() -> Placeholder {
        Placeholder(Slot::unbound())
    }
}

pub(super) fn placeholder(t: Attached<'_>) -> Value {
    let state = t.interpreter().state::<Placeholder>();
    let known = state.0.load();
    if !known.is_unbound() {
        return known;
    }
    let new = PLACEHOLDER_TYPE.alloc(t, PyObject);
    // Whoever comes first decides; the other object is dropped.
    drop(state.0.replace_if(Value::unbound().bits(), new));
    state.0.load()
}

fn placeholder_new(t: Attached<'_>, _: &Value, args: Args<'_>) -> PyResult {
    if !args.is_empty() {
        return Err(t.type_error("_PlaceholderType takes no arguments"));
    }
    Ok(placeholder(t))
}

fn body(v: &Value) -> &PyPartial {
    match v.payload::<PyPartial>() {
        Some(p) => p,
        None => unreachable!("slots are called with their own type"),
    }
}

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    let Some((function, given)) = args.positional().split_first() else {
        return Err(t.type_error("type 'partial' takes at least one argument"));
    };
    if !protocol::is_callable(t, function) {
        return Err(t.type_error("the first argument must be callable"));
    }
    let place = placeholder(t);
    if given.last().is_some_and(|v| v.is(&place)) {
        return Err(t.type_error("trailing Placeholders are not allowed"));
    }
    if args.keywords().any(|(_, v)| v.is(&place)) {
        return Err(t.type_error("Placeholder cannot be passed as a keyword argument"));
    }
    // A partial of a partial is flattened, unless somebody hung attributes on the inner one.
    let inner = function.payload::<PyPartial>().filter(|_| {
        let plain = type_::class_of(t, function).slots.call().is_some_and(|f| f as usize == call as orochi_objects::slots::CallFn as usize);
        plain && function.header().is_some_and(|h| attr::instance_items(t, h).is_empty())
    });
    let (function, args_tuple, keywords, places) = match inner {
        None => {
            let places = given.iter().filter(|v| v.is(&place)).count();
            (function.clone(), given.to_vec(), dict::new(t), places)
        }
        Some(p) => {
            let mut given = given.iter().cloned();
            let mut all: Vec<Value> = tuple::items(&p.args.load())
                .iter()
                .map(|v| if v.is(&place) { given.next().unwrap_or_else(|| place.clone()) } else { v.clone() })
                .collect();
            all.extend(given);
            let places = all.iter().filter(|v| v.is(&place)).count();
            (p.function.load(), all, dict::copy(t, &p.keywords.load())?, places)
        }
    };
    for (k, v) in args.keywords() {
        dict::set(t, &keywords, k, v.clone())?;
    }
    let made = PyPartial {
        function: Slot::new(function),
        args: Slot::new(tuple::new(t, args_tuple)),
        keywords: Slot::new(keywords),
        places: AtomicUsize::new(places),
    };
    TYPE.alloc_for(t, class, made)
}

fn call(t: Attached<'_>, callee: &Value, args: Args<'_>) -> PyResult {
    let p = body(callee);
    let (function, own, keywords) = (p.function.load(), p.args.load(), p.keywords.load());
    let given = args.positional();
    let places = p.places.load(Relaxed);
    if places == 0 && args.names().is_empty() && dict::len(&keywords) == 0 {
        let own = tuple::items(&own);
        let mut all = Members::with_capacity(own.len() + given.len());
        all.extend(own.iter().chain(given).cloned());
        return protocol::call(t, &function, &all);
    }
    if given.len() < places {
        return Err(t.type_error(format!(
            "missing positional arguments in 'partial' call; expected at least {places}, got {}",
            given.len()
        )));
    }
    let own = tuple::items(&own);
    let mut all: Members = Members::with_capacity(own.len() + args.all().len() + dict::len(&keywords));
    let mut given = given.iter();
    if places == 0 {
        all.extend(own.iter().cloned());
    } else {
        let place = placeholder(t);
        for v in own {
            let v = if v.is(&place) { given.next().unwrap_or(v) } else { v };
            all.push(v.clone());
        }
    }
    all.extend(given.cloned());
    if dict::len(&keywords) == 0 {
        all.extend(args.keywords().map(|(_, v)| v.clone()));
        return protocol::call_args(t, &function, Args::with_names(&all, args.names()));
    }
    let mut names = Vec::with_capacity(dict::len(&keywords) + args.names().len());
    let mut values = Vec::with_capacity(names.capacity());
    for (k, v) in dict::items(&keywords) {
        // A keyword given in the call wins, at the place of the old one.
        let newer = args.keywords().find(|(name, _)| str::same_text(name, &k)).map(|(_, v)| v.clone());
        if !str::is_str(&k) {
            return Err(t.type_error("keywords must be strings"));
        }
        names.push(k);
        values.push(newer.unwrap_or(v));
    }
    for (name, v) in args.keywords() {
        if !names.iter().any(|n| str::same_text(n, name)) {
            names.push(name.clone());
            values.push(v.clone());
        }
    }
    all.extend(values);
    protocol::call_args(t, &function, Args::with_names(&all, &names))
}

fn get(t: Attached<'_>, this: &Value, instance: Option<&Value>, _: &Value) -> PyResult {
    match instance.filter(|i| !i.is_none()) {
        Some(instance) => Ok(native::bind(t, this, instance)),
        None => Ok(this.clone()),
    }
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let text = t.printing(this, || {
        let p = body(this);
        let mut out = orochi_text::wtf8::Wtf8Buf::new();
        let push = |out: &mut orochi_text::wtf8::Wtf8Buf, v: &Value| {
            if let Some(text) = str::wtf8(v) {
                out.push_wtf8(text);
            }
        };
        out.push_str(&type_::class_of(t, this).full_name(t));
        out.push_str("(");
        push(&mut out, &protocol::repr(t, &p.function.load())?);
        for v in tuple::items(&p.args.load()) {
            out.push_str(", ");
            push(&mut out, &protocol::repr(t, v)?);
        }
        for (k, v) in dict::items(&p.keywords.load()) {
            out.push_str(", ");
            push(&mut out, &protocol::str(t, &k)?);
            out.push_str("=");
            push(&mut out, &protocol::repr(t, &v)?);
        }
        out.push_str(")");
        str::try_from_wtf8(t, &out)
    })?;
    Ok(text.unwrap_or_else(|| str::new(t, "...")))
}

fn own_dict(t: Attached<'_>, this: &Value) -> Value {
    match this.header() {
        Some(h) if !attr::instance_items(t, h).is_empty() => attr::materialize_dict(t, h).unwrap_or(Value::none()),
        _ => Value::none(),
    }
}

fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let p = body(&a[0]);
    let function = p.function.load();
    let state = tuple::new(t, vec![function.clone(), p.args.load(), p.keywords.load(), own_dict(t, &a[0])]);
    let class = type_::type_of(t, &a[0]).clone();
    Ok(tuple::new(t, vec![class, tuple::new(t, vec![function]), state]))
}

fn set_state(t: Attached<'_>, a: &[Value]) -> PyResult {
    let invalid = || t.type_error("invalid partial state");
    if tuple::as_tuple(&a[1]).is_none() {
        return Err(invalid());
    }
    let [function, args, keywords, namespace] = tuple::items(&a[1]) else { return Err(invalid()) };
    let known = dict::as_dict(keywords).is_some() || keywords.is_none();
    if !protocol::is_callable(t, function) || tuple::as_tuple(args).is_none() || !known {
        return Err(invalid());
    }
    let place = placeholder(t);
    let members = tuple::items(args);
    if members.last().is_some_and(|v| v.is(&place)) {
        return Err(t.type_error("trailing Placeholders are not allowed"));
    }
    let plain_args =
        if tuple::TYPE.is_exact(t, args) { args.clone() } else { tuple::from_slice(t, members) };
    let keywords = match keywords.is_none() {
        true => dict::new(t),
        false if dict::TYPE.is_exact(t, keywords) => keywords.clone(),
        false => dict::copy(t, keywords)?,
    };
    let p = body(&a[0]);
    p.places.store(members.iter().filter(|v| v.is(&place)).count(), Relaxed);
    p.function.set(function.clone());
    p.args.set(plain_args);
    p.keywords.set(keywords);
    if let Some(h) = a[0].header() {
        let new = if namespace.is_none() { dict::new(t) } else { namespace.clone() };
        if dict::as_dict(&new).is_none() {
            return Err(invalid());
        }
        attr::replace_dict(t, h, new);
    }
    Ok(Value::none())
}

/// `__dict__` of a native instance that has attributes.
pub(super) fn get_dict(t: Attached<'_>, this: &Value) -> PyResult {
    match this.header().and_then(|h| attr::materialize_dict(t, h)) {
        Some(d) => Ok(d),
        None => Err(attr::no_attribute(t, this, &t.names().__dict__)),
    }
}
pub(super) fn set_dict(t: Attached<'_>, this: &Value, value: Option<&Value>) -> PyResult<()> {
    let Some(v) = value else { return Err(t.type_error("cannot delete __dict__")) };
    if dict::as_dict(v).is_none() {
        let name = type_::type_name(t, v);
        return Err(t.type_error(format!("__dict__ must be set to a dictionary, not a '{name}'")));
    }
    if let Some(h) = this.header() {
        attr::replace_dict(t, h, v.clone());
    }
    Ok(())
}
