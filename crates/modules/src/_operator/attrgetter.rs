//! `attrgetter`: a function that fetches attributes, also dotted ones.

use orochi_heap::Visit;
use orochi_objects::{Args, Attached, Def, Method, Payload, PyResult, TypeSpec, Value, attr, flags, payload, protocol, str, tuple};

struct PyAttrGetter {
    /// The names as given.
    names: Value,
    /// The interned parts of each.
    paths: Box<[Box<[Value]>]>,
}

impl Payload for PyAttrGetter {
    payload!(PyAttrGetter, "operator.attrgetter");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.value(&self.names);
        for path in &self.paths {
            visit.values(path);
        }
    }
}

/// `operator.attrgetter`.
pub(super) static TYPE: TypeSpec = TypeSpec::new::<PyAttrGetter>("operator.attrgetter")
    .flags(flags::HAS_WEAKREF)
    .slots(&[Def::New(new), Def::Call(call), Def::Repr(repr)])
    .methods(&[Method::new("__reduce__", "($self, /)", reduce, "Return state information for pickling")])
    .doc(
        "attrgetter(attr, /, *attrs)\n--\n\nReturn a callable object that fetches the given attribute(s) from its \
         operand.\n\nAfter f = attrgetter('name'), the call f(r) returns r.name.\nAfter g = attrgetter('name', 'date'), the call \
         g(r) returns (r.name, r.date).\nAfter h = attrgetter('name.first', 'name.last'), the call h(r) returns\n(r.name.first, \
         r.name.last).",
    );

fn own(v: &Value) -> &PyAttrGetter {
    match v.payload::<PyAttrGetter>() {
        Some(g) => g,
        None => unreachable!("slots are called with their own type"),
    }
}

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    let names = args.expect(t, "attrgetter", 1, usize::MAX).map_err(|e| super::one_argument(t, e, args, "attrgetter"))?;
    let mut paths = Vec::with_capacity(names.len());
    for name in names {
        if !str::is_str(name) {
            return Err(t.type_error("attribute name must be a string"));
        }
        let text = str::utf8(name);
        let path: Box<[Value]> = match text {
            Some(text) => text.split('.').map(|part| str::intern(t, part)).collect(),
            None => Box::new([str::intern_value(t, name)]),
        };
        paths.push(path);
    }
    TYPE.alloc_for(t, class, PyAttrGetter { names: tuple::from_slice(t, names), paths: paths.into() })
}

fn follow(t: Attached<'_>, object: &Value, path: &[Value]) -> PyResult {
    let mut found = object.clone();
    for name in path {
        found = attr::get(t, &found, name)?;
    }
    Ok(found)
}

fn call(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult {
    let [object] = args.expect(t, "attrgetter", 1, 1)? else { unreachable!("one argument") };
    match &own(this).paths[..] {
        [one] => follow(t, object, one),
        many => {
            let found: PyResult<Vec<Value>> = many.iter().map(|path| follow(t, object, path)).collect();
            Ok(tuple::new(t, found?))
        }
    }
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let names = tuple::items(&own(this).names);
    let parts: PyResult<Vec<String>> = names.iter().map(|v| protocol::repr(t, v).map(|s| str::display(&s))).collect();
    Ok(str::from_string(t, format!("operator.attrgetter({})", parts?.join(", "))))
}

fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let class = orochi_objects::type_::type_of(t, &a[0]).clone();
    Ok(tuple::new(t, vec![class, own(&a[0]).names.clone()]))
}
