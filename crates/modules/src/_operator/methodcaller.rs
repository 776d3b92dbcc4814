//! `methodcaller`: a function that calls a method with fixed arguments.

use orochi_heap::Visit;
use orochi_objects::{Args, Attached, Def, Method, Payload, PyResult, TypeSpec, Value, attr, dict, flags, payload, protocol, str, tuple};

struct PyMethodCaller {
    name: Value,
    /// A tuple.
    args: Value,
    /// A dict.
    keywords: Value,
}

impl Payload for PyMethodCaller {
    payload!(PyMethodCaller, "operator.methodcaller");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.values([&self.name, &self.args, &self.keywords]);
    }
}

/// `operator.methodcaller`.
pub(super) static TYPE: TypeSpec = TypeSpec::new::<PyMethodCaller>("operator.methodcaller")
    .flags(flags::HAS_WEAKREF)
    .slots(&[Def::New(new), Def::Call(call), Def::Repr(repr)])
    .methods(&[Method::new("__reduce__", "($self, /)", reduce, "Return state information for pickling")])
    .doc(
        "methodcaller(name, /, *args, **kwargs)\n--\n\nReturn a callable object that calls the given method on its \
         operand.\n\nAfter f = methodcaller('name'), the call f(r) returns r.name().\nAfter g = methodcaller('name', 'date', \
         foo=1), the call g(r) returns\nr.name('date', foo=1).",
    );

fn own(v: &Value) -> &PyMethodCaller {
    match v.payload::<PyMethodCaller>() {
        Some(m) => m,
        None => unreachable!("slots are called with their own type"),
    }
}

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    let [name, rest @ ..] = args.positional() else {
        return Err(t.type_error("methodcaller needs at least one argument, the method name"));
    };
    if !str::is_str(name) {
        return Err(t.type_error("method name must be a string"));
    }
    let keywords = dict::new(t);
    for (key, value) in args.keywords() {
        dict::set(t, &keywords, key, value.clone())?;
    }
    let body = PyMethodCaller { name: str::intern_value(t, name), args: tuple::from_slice(t, rest), keywords };
    TYPE.alloc_for(t, class, body)
}

fn call(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult {
    let [object] = args.expect(t, "methodcaller", 1, 1)? else { unreachable!("one argument") };
    let m = own(this);
    if dict::len(&m.keywords) == 0 {
        return protocol::call_method(t, object, &m.name, tuple::items(&m.args));
    }
    let method = attr::get(t, object, &m.name)?;
    super::with_keywords(tuple::items(&m.args), &m.keywords, |args| protocol::call_args(t, &method, args))
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let m = own(this);
    let text = t.printing(this, || {
        let mut parts = vec![str::display(&protocol::repr(t, &m.name)?)];
        for v in tuple::items(&m.args) {
            parts.push(str::display(&protocol::repr(t, v)?));
        }
        for (k, v) in dict::items(&m.keywords) {
            parts.push(format!("{}={}", str::display(&k), str::display(&protocol::repr(t, &v)?)));
        }
        Ok(parts.join(", "))
    })?;
    Ok(str::from_string(t, format!("operator.methodcaller({})", text.unwrap_or("...".to_owned()))))
}

fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let m = own(&a[0]);
    let class = orochi_objects::type_::type_of(t, &a[0]).clone();
    let mut args = vec![m.name.clone()];
    if dict::len(&m.keywords) == 0 {
        args.extend(tuple::items(&m.args).iter().cloned());
        return Ok(tuple::new(t, vec![class, tuple::new(t, args)]));
    }
    // Keywords need a partial: the class with the method's name and them.
    let modules = t.interpreter().modules.load();
    let functools = match dict::get_by_name(t, &modules, "functools") {
        Some(m) => m,
        None => {
            let import = protocol::builtin(t, "__import__")?;
            protocol::call(t, &import, &[str::new(t, "functools")])?
        }
    };
    let partial = attr::get_by_name(t, &functools, "partial")?;
    let f = super::with_keywords(&[class, m.name.clone()], &m.keywords, |args| protocol::call_args(t, &partial, args))?;
    Ok(tuple::new(t, vec![f, m.args.clone()]))
}
