//! `super`: attribute lookup that begins behind a class in the MRO of an object's type.
//!
//! The eval loop compiles `super().name` to [`lookup`], which makes no super object. `super()`
//! itself, called without arguments, asks the layer above for the class cell and the first argument
//! of the running function (`Upward::zero_arg_super`).

use orochi_heap::{Payload, Slot, Value, Visit, payload};

use crate::args::Args;
use crate::slots::Def;
use crate::spec::{GetSet, TypeSpec, flags};
use crate::thread::{Attached, PyResult};
use crate::type_::{PyType, as_type, class_of, type_name, type_of};

/// The body of a super object.
pub struct PySuper {
    class: Slot,
    /// The object, or None if not bound.
    object: Slot,
    /// The type whose MRO is searched, or None if not bound.
    start: Slot,
}

impl Payload for PySuper {
    payload!(PySuper, "super");
    fn trace(&self, visit: &mut Visit<'_>) {
        for slot in [&self.class, &self.object, &self.start] {
            visit.slot(slot);
        }
    }
}

/// `super`.
pub static TYPE: TypeSpec = TypeSpec::new::<PySuper>("super")
    .flags(flags::BASETYPE)
    .slots(&[
        Def::New(new_empty),
        Def::Init(init),
        Def::Repr(repr),
        Def::GetAttr(get_attr),
        Def::DescrGet(descr_get),
    ])
    .getset(&[
        GetSet::read("__thisclass__", |_, v| Ok(body(v).class.load()), "the class invoking super()"),
        GetSet::read("__self__", |_, v| Ok(body(v).object.load()), "the instance invoking super(); may be None"),
        GetSet::read("__self_class__", |_, v| Ok(body(v).start.load()), "the type of the instance invoking super(); may be None"),
    ])
    .doc("super() -> same as super(__class__, <first argument>)\nsuper(type) -> unbound super object\nsuper(type, obj) -> bound super object; requires isinstance(obj, type)\nsuper(type, type2) -> bound super object; requires issubclass(type2, type)\n");

fn body(v: &Value) -> &PySuper {
    match v.payload::<PySuper>() {
        Some(s) => s,
        None => unreachable!("slots are called with their own type"),
    }
}

fn new_empty(t: Attached<'_>, class: &Value, _: Args<'_>) -> PyResult {
    let none = || Slot::new(Value::none());
    TYPE.alloc_for(t, class, PySuper { class: none(), object: none(), start: none() })
}

fn init(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult<()> {
    let a = args.expect(t, "super", 0, 2)?;
    let (class, object) = match a {
        [] => (t.runtime().upward.zero_arg_super)(t)?,
        [class] => (class.clone(), Value::none()),
        _ => (a[0].clone(), a[1].clone()),
    };
    if class.payload::<PyType>().is_none() {
        return Err(t.type_error(format!("super() argument 1 must be a type, not {}", type_name(t, &class))));
    }
    let start = if object.is_none() { Value::none() } else { start_of(t, &class, &object)?.counted() };
    let s = body(this);
    s.class.set(class);
    s.object.set(object);
    s.start.set(start);
    Ok(())
}

/// The type whose MRO `super(class, object)` searches, as a register holds it (the object keeps it alive);
/// TypeError if the object does not fit the class.
fn start_of(t: Attached<'_>, class: &Value, object: &Value) -> PyResult {
    let c = as_type(class);
    if let Some(o) = object.payload::<PyType>()
        && o.is_subtype(c)
    {
        return Ok(object.clone_register());
    }
    let ty = class_of(t, object);
    if ty.is_subtype(c) {
        return Ok(ty.this().clone_register());
    }
    // A proxy may claim another class.
    if let Some(claimed) = crate::attr::find(t, object, &t.names().__class__)?
        && !claimed.is(ty.this())
        && claimed.payload::<PyType>().is_some_and(|k| k.is_subtype(c))
    {
        return Ok(claimed);
    }
    let (what, name) = match object.payload::<PyType>() {
        Some(o) => ("type", o.name_text()),
        None => ("instance of", ty.name_text()),
    };
    Err(t.type_error(format!(
        "super(type, obj): obj ({what} {name}) is not an instance or subtype of type ({}).",
        c.name_text()
    )))
}

/// `super(class, object)`.
pub fn new(t: Attached<'_>, class: &Value, object: &Value) -> PyResult {
    if class.payload::<PyType>().is_none() {
        return Err(t.type_error(format!("super() argument 1 must be a type, not {}", type_name(t, class))));
    }
    let start = start_of(t, class, object)?;
    Ok(TYPE.alloc(
        t,
        PySuper { class: Slot::new(class.clone()), object: Slot::new(object.clone()), start: Slot::new(start.counted()) },
    ))
}

/// The class attribute that `super(class, object).name` means, without binding it, and the type to
/// bind it with.
fn find(t: Attached<'_>, class: &Value, start: &Value, name: &Value) -> Option<Value> {
    let mro = as_type(start).mro_raw();
    let behind = mro.iter().position(|&ty| ty == class.identity())? + 1;
    // Where the rest of the MRO is the next type's own (single inheritance), that type's table knows.
    let next = mro.get(behind)?;
    // SAFETY: the words are types that the MRO tuple keeps alive.
    let next = as_type(unsafe { Value::borrow_bits(next) });
    if next.mro_raw() == &mro[behind..] {
        return crate::type_::lookup_resolved(t, next, name);
    }
    // SAFETY: as above.
    let types = mro[behind..].iter().map(|word| as_type(unsafe { Value::borrow_bits(word) }));
    types.into_iter().find_map(|ty| crate::dict::get_str(t, &ty.dict.load(), name))
}

fn bind(t: Attached<'_>, found: Value, object: &Value, start: &Value) -> PyResult {
    match class_of(t, &found).slots.descr_get() {
        Some(get) => t.keeping(found, |found| {
            t.keeping(start.clone_register(), |start| get(t, found, if object.is(start) { None } else { Some(object) }, start))
        }),
        None => Ok(found.counted()),
    }
}

/// `super(class, object).name` without a super object; `name` is a str.
pub fn lookup(t: Attached<'_>, class: &Value, object: &Value, name: &Value) -> PyResult {
    if class.payload::<PyType>().is_none() {
        return Err(t.type_error(format!("super() argument 1 must be a type, not {}", type_name(t, class))));
    }
    let start = start_of(t, class, object)?;
    if !crate::str::same_text(name, &t.names().__class__)
        && let Some(found) = find(t, class, &start, name)
    {
        return bind(t, found, object, &start);
    }
    let this = new(t, class, object)?;
    crate::attr::generic_get(t, &this, name)
}

/// As [`lookup`] for a method call: the function and whether the object goes in front of the
/// arguments, so that no bound method is made.
pub fn lookup_method(t: Attached<'_>, class: &Value, object: &Value, name: &Value) -> PyResult<(Value, bool)> {
    if class.payload::<PyType>().is_some() {
        let start = start_of(t, class, object)?;
        if let Some(found) = find(t, class, &start, name) {
            if !object.is(&start) && class_of(t, &found).has(flags::METHOD_DESCRIPTOR) {
                return Ok((found, true));
            }
            return Ok((bind(t, found, object, &start)?, false));
        }
    }
    Ok((lookup(t, class, object, name)?, false))
}

fn get_attr(t: Attached<'_>, this: &Value, name: &Value) -> PyResult {
    let s = body(this);
    let start = s.start.load();
    if !start.is_none()
        && crate::str::is_str(name)
        && !crate::str::same_text(name, &t.names().__class__)
        && let Some(found) = find(t, &s.class.load(), &start, name)
    {
        return bind(t, found.counted(), &s.object.load(), &start);
    }
    crate::attr::generic_get(t, this, name)
}

fn descr_get(t: Attached<'_>, this: &Value, instance: Option<&Value>, _: &Value) -> PyResult {
    let s = body(this);
    let Some(instance) = instance.filter(|i| !i.is_none()) else { return Ok(this.clone()) };
    if !s.object.load().is_none() || s.class.load().is_none() {
        return Ok(this.clone());
    }
    if TYPE.is_exact(t, this) {
        return new(t, &s.class.load(), instance);
    }
    let class = type_of(t, this).clone();
    crate::protocol::call(t, &class, &[s.class.load(), instance.clone()])
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let s = body(this);
    let class = s.class.load();
    let class = class.payload::<PyType>().map_or("NULL".to_owned(), PyType::name_text);
    let start = s.start.load();
    let text = match start.payload::<PyType>() {
        Some(start) => format!("<super: <class '{class}'>, <{} object>>", start.name_text()),
        None => format!("<super: <class '{class}'>, NULL>"),
    };
    Ok(crate::str::from_string(t, text))
}
