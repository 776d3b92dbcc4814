//! `_abc`: what `abc.ABCMeta` does on each class: registration, and the caches of `isinstance`.
//!
//! The cached answers are read on every `isinstance` with an abstract class, by all threads at once:
//! reading takes no lock and no count. A class is known by its serial number, which no other class
//! ever gets, so the caches hold no references. See `_abc/cache.rs`.

mod cache;

use std::sync::atomic::{AtomicU64, Ordering::*};

use cache::Cache;
use orochi_heap::Visit;
use orochi_objects::module::ModuleSpec;
use orochi_objects::spec::{Method, TypeSpec, flags};
use orochi_objects::type_::{self, PyType};
use orochi_objects::{
    Attached, Payload, PyResult, Value, attr, dict, exception, int, payload, protocol, str, tuple, weak_ref,
};
use orochi_runtime::Locked;

/// `_abc`.
pub static MODULE: ModuleSpec = ModuleSpec::new("_abc")
    .doc("Module contains faster C implementation of abc.ABCMeta")
    .functions(&[
        Method::new("get_cache_token", "()", cache_token, "Returns the current ABC cache token.\n\nThe token is an opaque object (supporting equality testing) identifying the\ncurrent version of the ABC cache for virtual subclasses. The token changes\nwith every call to register() on any ABC."),
        Method::new("_abc_init", "(self, /)", init, "Internal ABC helper for class set-up. Should be never used outside abc module."),
        Method::new("_reset_registry", "(self, /)", reset_registry, "Internal ABC helper to reset registry of a given class.\n\nShould be only used by refleak.py"),
        Method::new("_reset_caches", "(self, /)", reset_caches, "Internal ABC helper to reset both caches of a given class.\n\nShould be only used by refleak.py"),
        Method::new("_get_dump", "(self, /)", dump, "Internal ABC helper for cache and registry debugging.\n\nReturn shallow copies of registry, of both caches, and\nnegative cache version. Don't call this function directly,\ninstead use ABC._dump_registry() for a nice repr."),
        Method::new("_abc_register", "(self, subclass, /)", register, "Internal ABC helper for subclasss registration. Should be never used outside abc module."),
        Method::new("_abc_instancecheck", "(self, instance, /)", instance_check, "Internal ABC helper for instance checks. Should be never used outside abc module."),
        Method::new("_abc_subclasscheck", "(self, subclass, /)", subclass_check, "Internal ABC helper for subclasss checks. Should be never used outside abc module."),
    ]);

/// The body of a class's `_abc_impl`.
#[derive(Default)]
struct PyAbcData {
    /// Weak references to registered classes.
    registry: Locked<Vec<Value>>,
    /// Classes known to be subclasses.
    yes: Cache,
    /// Classes known not to be, each with the registration count at which that was found.
    no: Cache,
}

impl Payload for PyAbcData {
    payload!(PyAbcData, "_abc_data");
    fn trace(&self, visit: &mut Visit<'_>) {
        if let Some(list) = self.registry.try_lock() {
            visit.values(list.iter());
        }
    }
}

static DATA: TypeSpec =
    TypeSpec::new::<PyAbcData>("_abc._abc_data").flags(flags::NO_NEW).doc("Internal state held by ABC machinery.");

/// How often a class was registered anywhere in the interpreter.
#[derive(Default)]
struct Registrations(AtomicU64);

/// Flags of classes that pattern matching goes by.
const COLLECTION: u64 = flags::SEQUENCE | flags::MAPPING;

fn registrations(t: Attached<'_>) -> u64 {
    t.interpreter().state::<Registrations>().0.load(Acquire)
}

/// The class's data. It is deferred, so looking it up counts nothing.
fn data_of(t: Attached<'_>, class: &Value) -> PyResult {
    let found = match class.payload::<PyType>() {
        Some(ty) => type_::lookup_resolved(t, ty, &t.names()._abc_impl),
        None => None,
    };
    let data = match found {
        Some(v) => v,
        None => attr::get(t, class, &t.names()._abc_impl)?,
    };
    if data.payload::<PyAbcData>().is_none() {
        return Err(t.type_error("_abc_impl is set to a wrong type"));
    }
    Ok(data)
}

fn body(v: &Value) -> &PyAbcData {
    match v.payload::<PyAbcData>() {
        Some(d) => d,
        None => unreachable!("checked by data_of"),
    }
}

fn cache_token(t: Attached<'_>, _: &[Value]) -> PyResult {
    Ok(int::new(t, registrations(t) as i64))
}

fn is_abstract(t: Attached<'_>, v: &Value) -> PyResult<bool> {
    match attr::find(t, v, &t.names().__isabstractmethod__)? {
        Some(f) => protocol::truth(t, &f),
        None => Ok(false),
    }
}

fn init(t: Attached<'_>, a: &[Value]) -> PyResult {
    let n = t.names();
    let class = &a[0];
    let own = match class.payload::<PyType>() {
        Some(ty) => dict::items(&ty.dict.load()),
        None => return Err(t.type_error("_abc_init() argument must be a class")),
    };
    let mut names = dict::new(t);
    for (key, value) in &own {
        if is_abstract(t, value)? {
            dict::set(t, &names, key, Value::none())?;
        }
    }
    let bases = attr::get(t, class, &n.__bases__)?;
    for base in tuple::items(&bases) {
        let Some(inherited) = attr::find(t, base, &n.__abstractmethods__)? else { continue };
        for key in protocol::collect(t, &inherited)? {
            if let Some(value) = attr::find(t, class, &key)?
                && is_abstract(t, &value)?
            {
                dict::set(t, &names, &key, Value::none())?;
            }
        }
    }
    let frozenset = protocol::builtin(t, "frozenset")?;
    names = protocol::call(t, &frozenset, &[names])?;
    attr::set(t, class, &n.__abstractmethods__, Some(&names))?;

    let data = DATA.alloc(t, PyAbcData::default());
    orochi_heap::count::defer(&data);
    attr::set(t, class, &n._abc_impl, Some(&data))?;

    let ty = type_::as_type(class);
    if let Some(wanted) = dict::get_str(t, &ty.dict.load(), &n.__abc_tpflags__)
        && let Some(wanted) = int::as_i64(&wanted)
    {
        let wanted = wanted as u64;
        if wanted & COLLECTION == COLLECTION {
            return Err(t.type_error("__abc_tpflags__ cannot be both Py_TPFLAGS_SEQUENCE and Py_TPFLAGS_MAPPING"));
        }
        attr::set(t, class, &n.__abc_tpflags__, None)?;
        set_collection(ty, wanted & COLLECTION);
    }
    Ok(Value::none())
}

/// Makes the class a sequence or a mapping for pattern matching.
fn set_collection(ty: &PyType, wanted: u64) {
    if wanted != 0 {
        ty.flags.fetch_and(!COLLECTION, AcqRel);
        ty.flags.fetch_or(wanted, AcqRel);
    }
}

fn set_collection_below(ty: &PyType, wanted: u64) {
    if ty.flags.load(Acquire) & COLLECTION == wanted || ty.has(flags::IMMUTABLE) {
        return;
    }
    set_collection(ty, wanted);
    for sub in ty.subclasses() {
        set_collection_below(type_::as_type(&sub), wanted);
    }
}

fn register(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (class, sub) = (&a[0], &a[1]);
    if sub.payload::<PyType>().is_none() {
        return Err(t.type_error("Can only register classes"));
    }
    if protocol::is_subclass(t, sub, class)? {
        return Ok(sub.clone());
    }
    if protocol::is_subclass(t, class, sub)? {
        return Err(t.raise(&exception::RuntimeError, "Refusing to create an inheritance cycle"));
    }
    let data = data_of(t, class)?;
    let reference = weak_ref::new(t, sub, Value::none())?;
    let dead: Vec<Value> = {
        let mut list = body(&data).registry.lock();
        let known = list.iter().any(|r| r.is(&reference));
        let dead = list.extract_if(.., |r| weak_ref::is_dead(r)).collect();
        if !known {
            list.push(reference);
        }
        dead
    };
    drop(dead);
    t.interpreter().state::<Registrations>().0.fetch_add(1, AcqRel);
    if let Some(ty) = class.payload::<PyType>() {
        let wanted = ty.flags.load(Acquire) & COLLECTION;
        if wanted != 0 {
            set_collection_below(type_::as_type(sub), wanted);
        }
    }
    Ok(sub.clone())
}

fn serial(class: &Value) -> Option<u64> {
    class.payload::<PyType>().map(|ty| ty.serial)
}

fn instance_check(t: Attached<'_>, a: &[Value]) -> PyResult {
    let data = data_of(t, &a[0])?;
    let d = body(&data);
    let subtype = type_::type_of(t, &a[1]);
    let claimed = protocol::claimed_class(t, &a[1])?;
    let subclass = claimed.as_ref().unwrap_or(subtype);
    if serial(subclass).is_some_and(|s| d.yes.contains(s, 0)) {
        return Ok(Value::bool(true));
    }
    if claimed.is_none() && serial(subtype).is_some_and(|s| d.no.contains(s, registrations(t))) {
        return Ok(Value::bool(false));
    }
    let name = &t.names().__subclasscheck__;
    let first = protocol::call_method(t, &a[0], name, std::slice::from_ref(subclass))?;
    if claimed.is_none() || protocol::truth(t, &first)? {
        return Ok(first);
    }
    protocol::call_method(t, &a[0], name, std::slice::from_ref(subtype))
}

fn subclass_check(t: Attached<'_>, a: &[Value]) -> PyResult {
    let (class, sub) = (&a[0], &a[1]);
    let Some(sub_type) = sub.payload::<PyType>() else { return Err(t.type_error("issubclass() arg 1 must be a class")) };
    let data = data_of(t, class)?.counted();
    let d = body(&data);
    let key = sub_type.serial;
    if d.yes.contains(key, 0) {
        return Ok(Value::bool(true));
    }
    let version = registrations(t);
    if d.no.contains(key, version) {
        return Ok(Value::bool(false));
    }
    let found = find_subclass(t, class, sub, sub_type, d)?;
    if found { d.yes.insert(key, 0) } else { d.no.insert(key, version) }
    Ok(Value::bool(found))
}

fn find_subclass(t: Attached<'_>, class: &Value, sub: &Value, sub_type: &PyType, d: &PyAbcData) -> PyResult<bool> {
    t.check_stack(" in __subclasscheck__")?;
    let hooked = protocol::call_method(t, class, &str::intern(t, "__subclasshook__"), std::slice::from_ref(sub))?;
    match hooked.as_bool() {
        Some(answer) => return Ok(answer),
        None if hooked.is_not_implemented() => {}
        None => {
            return Err(t.raise(
                &exception::AssertionError,
                "__subclasshook__ must return either False, True, or NotImplemented",
            ));
        }
    }
    if let Some(c) = class.payload::<PyType>()
        && sub_type.is_subtype(c)
    {
        return Ok(true);
    }
    let registered: Vec<Value> = d.registry.lock().clone();
    for reference in &registered {
        if let Some(registered) = weak_ref::target(t, reference)
            && protocol::is_subclass(t, sub, &registered)?
        {
            return Ok(true);
        }
    }
    let below = protocol::call_method(t, class, &t.names().__subclasses__, &[])?;
    let Some(below) = orochi_objects::list::as_list(&below) else {
        return Err(t.type_error("__subclasses__() must return a list"));
    };
    for subclass in below.to_vec() {
        if protocol::is_subclass(t, sub, &subclass)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn reset_registry(t: Attached<'_>, a: &[Value]) -> PyResult {
    let data = data_of(t, &a[0])?;
    let old = std::mem::take(&mut *body(&data).registry.lock());
    drop(old);
    Ok(Value::none())
}

fn reset_caches(t: Attached<'_>, a: &[Value]) -> PyResult {
    let data = data_of(t, &a[0])?;
    body(&data).yes.clear();
    body(&data).no.clear();
    Ok(Value::none())
}

/// Registry, caches (empty: the caches hold no references to classes) and version.
fn dump(t: Attached<'_>, a: &[Value]) -> PyResult {
    let data = data_of(t, &a[0])?.counted();
    let registered: Vec<Value> = body(&data).registry.lock().clone();
    let set = protocol::builtin(t, "set")?;
    let registry = protocol::call(t, &set, &[orochi_objects::list::new(t, registered)])?;
    let (yes, no) = (protocol::call(t, &set, &[])?, protocol::call(t, &set, &[])?);
    Ok(tuple::new(t, vec![registry, yes, no, cache_token(t, &[])?]))
}
