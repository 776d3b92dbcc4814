//! Callables written in Rust: builtin functions and methods, method descriptors, computed
//! attributes; and bound methods of any function.
//!
//! | Python type | made from | called with |
//! |---|---|---|
//! | `builtin_function_or_method` | a module's [`Method`], or a method bound to its object | the parameters |
//! | `method_descriptor`, `classmethod_descriptor` | a type's [`Method`] | self first |
//! | `getset_descriptor` | a type's [`GetSet`] | - |
//! | `method` | any function and its first argument | that argument in front |

use std::sync::Arc;

use orochi_heap::{Payload, Slot, Value, Visit, payload};

use crate::args::{Args, Arity, Signature};
use crate::slots::{CompareOp, Def};
use crate::spec::{Binding, GetSet, Method, NativeFn, TypeSpec, flags};
use crate::thread::{Attached, PyResult};
use crate::type_::{as_type, class_of, type_name};

/// A builtin function, or a builtin method bound to its object.
pub struct PyNativeFunction {
    method: &'static Method,
    signature: Arc<Signature>,
    arity: Arity,
    /// What takes that many arguments.
    entry: NativeFn,
    /// The object bound (passed first), or unbound for a plain function.
    receiver: Slot,
    /// `__module__`'s name, or None; for a static method of a native type the type, which is its `__self__`.
    module: Slot,
}

impl Payload for PyNativeFunction {
    payload!(PyNativeFunction, "builtin_function_or_method");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.receiver);
        visit.slot(&self.module);
    }
    fn clear(&self) {
        self.module.take();
    }
}

/// A method of a native type, not bound.
pub struct PyMethodDescriptor {
    pub(crate) method: &'static Method,
    pub(crate) signature: Arc<Signature>,
    arity: Arity,
    /// What takes that many arguments.
    entry: NativeFn,
    owner: Slot,
}

impl Payload for PyMethodDescriptor {
    payload!(PyMethodDescriptor, "method_descriptor");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.owner);
    }
}

/// A computed attribute of a native type.
pub struct PyGetSetDescriptor {
    getset: &'static GetSet,
    owner: Slot,
}

impl Payload for PyGetSetDescriptor {
    payload!(PyGetSetDescriptor, "getset_descriptor");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.owner);
    }
}

/// A function bound to its first argument.
pub struct PyMethod {
    /// The function.
    pub function: Slot,
    /// The first argument.
    pub receiver: Slot,
}

impl Payload for PyMethod {
    payload!(PyMethod, "method");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.function);
        visit.slot(&self.receiver);
    }
}

/// `builtin_function_or_method`.
pub static FUNCTION: TypeSpec = TypeSpec::new::<PyNativeFunction>("builtin_function_or_method")
    .flags(flags::NO_NEW | flags::HAS_WEAKREF)
    .slots(&[
        Def::Call(function_call),
        Def::Repr(function_repr),
        Def::Compare(function_compare),
        Def::Hash(function_hash),
    ])
    .getset(&[
        GetSet::read("__name__", function_name, ""),
        GetSet::read("__qualname__", function_qualname, ""),
        GetSet::read("__doc__", function_doc, ""),
        GetSet::read("__self__", function_self, ""),
        GetSet::read("__module__", function_module, ""),
        GetSet::read("__text_signature__", function_signature, ""),
    ])
    .methods(&[Method::new("__reduce__", "($self, /)", function_reduce, "Helper for pickle.")]);

/// `method_descriptor`.
pub static METHOD_DESCRIPTOR: TypeSpec = TypeSpec::new::<PyMethodDescriptor>("method_descriptor")
    .flags(flags::NO_NEW | flags::METHOD_DESCRIPTOR | flags::HAS_WEAKREF)
    .slots(&[Def::Call(descriptor_call), Def::DescrGet(descriptor_get), Def::Repr(descriptor_repr)])
    .getset(&[
        GetSet::read("__name__", descriptor_name, ""),
        GetSet::read("__qualname__", descriptor_qualname, ""),
        GetSet::read("__doc__", descriptor_doc, ""),
        GetSet::read("__objclass__", descriptor_owner, ""),
        GetSet::read("__text_signature__", descriptor_signature, ""),
    ])
    .methods(&[Method::new("__reduce__", "($self, /)", descriptor_reduce, "Helper for pickle.")]);

/// `classmethod_descriptor`.
pub static CLASS_METHOD_DESCRIPTOR: TypeSpec = TypeSpec::new::<PyMethodDescriptor>("classmethod_descriptor")
    .flags(flags::NO_NEW)
    .slots(&[Def::Call(descriptor_call), Def::DescrGet(class_descriptor_get), Def::Repr(descriptor_repr)])
    .getset(&[
        GetSet::read("__name__", descriptor_name, ""),
        GetSet::read("__qualname__", descriptor_qualname, ""),
        GetSet::read("__doc__", descriptor_doc, ""),
        GetSet::read("__objclass__", descriptor_owner, ""),
        GetSet::read("__text_signature__", descriptor_signature, ""),
    ])
    .methods(&[Method::new("__reduce__", "($self, /)", descriptor_reduce, "Helper for pickle.")]);

/// `getset_descriptor`.
pub static GETSET_DESCRIPTOR: TypeSpec = TypeSpec::new::<PyGetSetDescriptor>("getset_descriptor")
    .flags(flags::NO_NEW)
    .slots(&[Def::DescrGet(getset_get), Def::DescrSet(getset_set), Def::Repr(getset_repr)])
    .getset(&[
        GetSet::read("__name__", getset_name, ""),
        GetSet::read("__qualname__", getset_qualname, ""),
        GetSet::read("__doc__", getset_doc, ""),
        GetSet::read("__objclass__", getset_owner, ""),
    ])
    .methods(&[Method::new("__reduce__", "($self, /)", getset_reduce, "Helper for pickle.")]);

/// `method`.
pub static METHOD: TypeSpec = TypeSpec::new::<PyMethod>("method")
    .flags(flags::HAS_WEAKREF)
    .slots(&[
        Def::New(method_new),
        Def::Call(method_call),
        Def::Repr(method_repr),
        Def::Compare(method_compare),
        Def::Hash(method_hash),
        Def::GetAttr(method_get_attr),
    ])
    .getset(&[
        GetSet::read("__func__", method_function, "the function (or other callable) implementing a method"),
        GetSet::read("__self__", method_self, "the instance to which a method is bound"),
    ])
    .methods(&[Method::new("__reduce__", "($self, /)", method_reduce, "")])
    .doc("method(function, instance, /)\n--\n\nCreate a bound instance method object.");

// --- making them ---------------------------------------------------------------------------------

/// A module's function. `module` is the module's name (a str) or None.
pub fn function(t: Attached<'_>, method: &'static Method, module: &Value) -> Value {
    let full_name = match crate::str::utf8(module) {
        Some(module) if module != "builtins" => format!("{module}.{}", method.name),
        _ => method.name.to_owned(),
    };
    let signature = Signature::parse(method.signature).named(full_name);
    let f = FUNCTION.alloc(
        t,
        PyNativeFunction {
            method,
            arity: arity_of(method, &signature),
            entry: method.at_once.unwrap_or(method.call),
            signature: Arc::new(signature),
            receiver: Slot::unbound(),
            module: Slot::new(module.clone()),
        },
    );
    orochi_heap::count::defer(&f);
    f
}

fn arity_of(method: &Method, signature: &Signature) -> Arity {
    if method.at_once.is_some() { Arity::ANY } else { signature.arity() }
}

/// The entry of a native type's dict for a method.
pub(crate) fn method_descriptor(t: Attached<'_>, owner: &Value, method: &'static Method) -> Value {
    let full_name = format!("{}.{}", as_type(owner).name_text(), method.name);
    let signature = Arc::new(Signature::parse(method.signature).named(full_name));
    let (arity, entry) = (arity_of(method, &signature), method.at_once.unwrap_or(method.call));
    let descriptor = match method.binding {
        Binding::Static => FUNCTION.alloc(
            t,
            PyNativeFunction { method, signature, arity, entry, receiver: Slot::unbound(), module: Slot::new(owner.clone()) },
        ),
        Binding::Instance => {
            METHOD_DESCRIPTOR.alloc(t, PyMethodDescriptor { method, signature, arity, entry, owner: Slot::new(owner.clone()) })
        }
        Binding::Class => {
            CLASS_METHOD_DESCRIPTOR.alloc(t, PyMethodDescriptor { method, signature, arity, entry, owner: Slot::new(owner.clone()) })
        }
    };
    orochi_heap::count::defer(&descriptor);
    descriptor
}

/// The entry of a native type's dict for a computed attribute.
pub(crate) fn getset_descriptor(t: Attached<'_>, owner: &Value, getset: &'static GetSet) -> Value {
    let d = GETSET_DESCRIPTOR.alloc(t, PyGetSetDescriptor { getset, owner: Slot::new(owner.clone()) });
    orochi_heap::count::defer(&d);
    d
}

/// Whether a value is the module function of this declaration.
pub fn is_function(v: &Value, method: &'static Method) -> bool {
    v.payload::<PyNativeFunction>().is_some_and(|f| std::ptr::eq(f.method, method))
}

/// The builtin function that a call of `callee` runs, for profilers: a method descriptor is shown bound to the first
/// argument. `None`: it is no builtin function.
pub fn as_called(t: Attached<'_>, callee: &Value, first: Option<&Value>) -> Option<Value> {
    if callee.payload::<PyNativeFunction>().is_some() {
        return Some(callee.clone());
    }
    callee.payload::<PyMethodDescriptor>()?;
    let receiver = first?;
    match class_of(t, callee).slots.descr_get()?(t, callee, Some(receiver), crate::type_::type_of(t, receiver)) {
        Ok(bound) => Some(bound),
        Err(e) => {
            drop(t.take_raised(e));
            None
        }
    }
}

/// A function bound to its first argument.
pub fn bind(t: Attached<'_>, function: &Value, receiver: &Value) -> Value {
    METHOD.alloc(t, PyMethod { function: Slot::new(function.clone()), receiver: Slot::new(receiver.clone()) })
}

/// Splits a docstring into the text and the signature in front of it (`name(...)\n--\n\n`).
pub fn split_doc(doc: &'static str) -> (&'static str, Option<&'static str>) {
    match doc.split_once("\n--\n\n") {
        Some((head, text)) if head.ends_with(')') => match head.find('(') {
            Some(at) => (text, Some(&head[at..])),
            None => (doc, None),
        },
        _ => (doc, None),
    }
}

/// Calls a body: one that takes arguments as they came, or the usual one with what the signature makes of them.
#[inline(always)]
fn call_bound(t: Attached<'_>, method: &'static Method, signature: &Signature, args: Args<'_>) -> PyResult {
    match (method.at_once, method.named) {
        (Some(f), _) if args.names().is_empty() => return f(t, args.all()),
        (_, Some(f)) => {
            if let Some(r) = f(t, args) {
                return r;
            }
        }
        _ => {}
    }
    signature.call(t, method.name, args, |a| (method.call)(t, a))
}

// --- builtin functions ---------------------------------------------------------------------------

fn native(v: &Value) -> &PyNativeFunction {
    match v.payload::<PyNativeFunction>() {
        Some(f) => f,
        None => unreachable!("slots are called with their own type"),
    }
}

impl PyNativeFunction {
    /// The object bound, for a register; unbound for a plain function.
    #[inline(always)]
    pub fn receiver_register(&self) -> Value {
        self.receiver.load_register()
    }
    /// The body and the numbers of arguments with which it can be called at once, the receiver included.
    #[inline(always)]
    pub fn entry(&self) -> (NativeFn, Arity) {
        (self.entry, self.arity)
    }
    /// Calls the body with all arguments, the receiver in front if there is one.
    #[inline]
    pub fn call(&self, t: Attached<'_>, args: Args<'_>) -> PyResult {
        call_bound(t, self.method, &self.signature, args)
    }
}

fn function_call(t: Attached<'_>, callee: &Value, args: Args<'_>) -> PyResult {
    let f = native(callee);
    let receiver = f.receiver.load();
    if receiver.is_unbound() {
        return call_bound(t, f.method, &f.signature, args);
    }
    args.with_first(&receiver, |args| call_bound(t, f.method, &f.signature, args))
}

fn function_repr(t: Attached<'_>, this: &Value) -> PyResult {
    let f = native(this);
    let receiver = holder(f);
    let text = if receiver.is_unbound() {
        format!("<built-in function {}>", f.method.name)
    } else {
        format!("<built-in method {} of {} object at {:#x}>", f.method.name, type_name(t, &receiver), receiver.identity())
    };
    Ok(crate::str::from_string(t, text))
}

fn function_compare(_: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (a.payload::<PyNativeFunction>(), b.payload::<PyNativeFunction>()) else {
        return Ok(Value::not_implemented());
    };
    let same = std::ptr::eq(x.method, y.method) && x.receiver.load().is(&y.receiver.load());
    Ok(match op {
        CompareOp::Eq => Value::bool(same),
        CompareOp::Ne => Value::bool(!same),
        _ => Value::not_implemented(),
    })
}

fn function_hash(_: Attached<'_>, this: &Value) -> PyResult<i64> {
    let f = native(this);
    let h = (f.method as *const Method as i64) ^ (f.receiver.load().identity() >> 4) as i64;
    Ok(if h == -1 { -2 } else { h })
}

fn function_name(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(crate::str::intern(t, native(this).method.name))
}
/// What `__self__` is: the object bound, or the type of a static method; else unbound.
fn holder(f: &PyNativeFunction) -> Value {
    let receiver = f.receiver.load();
    if !receiver.is_unbound() {
        return receiver;
    }
    let module = f.module.load();
    if module.payload::<crate::type_::PyType>().is_some() { module } else { receiver }
}
fn function_qualname(t: Attached<'_>, this: &Value) -> PyResult {
    let f = native(this);
    let receiver = holder(f);
    if receiver.is_unbound() {
        return function_name(t, this);
    }
    let class = if receiver.payload::<crate::type_::PyType>().is_some() { as_type(&receiver) } else { class_of(t, &receiver) };
    let class = crate::str::display(&class.qualname.load());
    Ok(crate::str::from_string(t, format!("{class}.{}", f.method.name)))
}
fn doc_of(t: Attached<'_>, method: &'static Method) -> PyResult {
    Ok(if method.doc.is_empty() { Value::none() } else { crate::str::new(t, method.doc) })
}
fn signature_of(t: Attached<'_>, method: &'static Method) -> PyResult {
    Ok(if method.signature.is_empty() { Value::none() } else { crate::str::new(t, method.signature) })
}
fn function_doc(t: Attached<'_>, this: &Value) -> PyResult {
    doc_of(t, native(this).method)
}
fn function_self(_: Attached<'_>, this: &Value) -> PyResult {
    let receiver = holder(native(this));
    Ok(if receiver.is_unbound() { Value::none() } else { receiver })
}
fn function_module(_: Attached<'_>, this: &Value) -> PyResult {
    let module = native(this).module.load();
    Ok(if module.payload::<crate::type_::PyType>().is_some() { Value::none() } else { module })
}
fn function_signature(t: Attached<'_>, this: &Value) -> PyResult {
    signature_of(t, native(this).method)
}
fn function_reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let f = native(&a[0]);
    let receiver = holder(f);
    let name = crate::str::intern(t, f.method.name);
    if receiver.is_unbound() {
        return Ok(name);
    }
    let getattr = crate::protocol::builtin(t, "getattr")?;
    let args = crate::tuple::new(t, vec![receiver, name]);
    Ok(crate::tuple::new(t, vec![getattr, args]))
}

// --- method descriptors --------------------------------------------------------------------------

fn descriptor(v: &Value) -> &PyMethodDescriptor {
    match v.payload::<PyMethodDescriptor>() {
        Some(d) => d,
        None => unreachable!("slots are called with their own type"),
    }
}

impl PyMethodDescriptor {
    /// Whether `receiver` may be passed as self.
    #[inline(always)]
    pub fn accepts(&self, t: Attached<'_>, receiver: &Value) -> bool {
        // SAFETY: the owner is set at birth and never changes.
        let owner = unsafe { self.owner.view() };
        class_of(t, receiver).is_subtype(as_type(owner))
    }
    /// The body and the numbers of arguments with which it can be called at once, self included.
    #[inline(always)]
    pub fn entry(&self) -> (NativeFn, Arity) {
        (self.entry, self.arity)
    }
    /// Calls the method with self and arguments.
    #[inline]
    pub fn call(&self, t: Attached<'_>, args: Args<'_>) -> PyResult {
        call_bound(t, self.method, &self.signature, args)
    }
    /// The declaration.
    pub fn method(&self) -> &'static Method {
        self.method
    }
    /// The parsed signature.
    pub fn signature(&self) -> &Signature {
        &self.signature
    }
}

fn descriptor_call(t: Attached<'_>, callee: &Value, args: Args<'_>) -> PyResult {
    let d = descriptor(callee);
    let owner = d.owner.load();
    let Some(receiver) = args.positional().first() else {
        return Err(t.type_error(format!(
            "unbound method {}.{}() needs an argument",
            as_type(&owner).name_text(),
            d.method.name
        )));
    };
    if d.method.binding == Binding::Instance {
        if !d.accepts(t, receiver) {
            return Err(t.type_error(format!(
                "descriptor '{}' for '{}' objects doesn't apply to a '{}' object",
                d.method.name,
                as_type(&owner).name_text(),
                type_name(t, receiver)
            )));
        }
    } else if receiver.payload::<crate::type_::PyType>().is_none() {
        return Err(t.type_error(format!(
            "descriptor '{}' for type '{}' needs a type, not a '{}' as arg 2",
            d.method.name,
            as_type(&owner).name_text(),
            type_name(t, receiver)
        )));
    }
    d.call(t, args)
}

fn bound(t: Attached<'_>, d: &PyMethodDescriptor, receiver: &Value) -> Value {
    FUNCTION.alloc(
        t,
        PyNativeFunction {
            method: d.method,
            signature: d.signature.clone(),
            arity: d.arity,
            entry: d.entry,
            receiver: Slot::new(receiver.clone()),
            module: Slot::new(Value::none()),
        },
    )
}

fn descriptor_get(t: Attached<'_>, this: &Value, instance: Option<&Value>, _: &Value) -> PyResult {
    let Some(instance) = instance else { return Ok(this.clone()) };
    let d = descriptor(this);
    if !d.accepts(t, instance) {
        return Err(t.type_error(format!(
            "descriptor '{}' for '{}' objects doesn't apply to a '{}' object",
            d.method.name,
            as_type(&d.owner.load()).name_text(),
            type_name(t, instance)
        )));
    }
    Ok(bound(t, d, instance))
}

fn class_descriptor_get(t: Attached<'_>, this: &Value, instance: Option<&Value>, class: &Value) -> PyResult {
    let _ = instance;
    Ok(bound(t, descriptor(this), class))
}

fn descriptor_repr(t: Attached<'_>, this: &Value) -> PyResult {
    let d = descriptor(this);
    let owner = as_type(&d.owner.load()).name_text();
    Ok(crate::str::from_string(t, format!("<method '{}' of '{owner}' objects>", d.method.name)))
}
fn descriptor_name(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(crate::str::intern(t, descriptor(this).method.name))
}
fn descriptor_qualname(t: Attached<'_>, this: &Value) -> PyResult {
    let d = descriptor(this);
    let owner = crate::str::display(&as_type(&d.owner.load()).qualname.load());
    Ok(crate::str::from_string(t, format!("{owner}.{}", d.method.name)))
}
fn descriptor_doc(t: Attached<'_>, this: &Value) -> PyResult {
    doc_of(t, descriptor(this).method)
}
fn descriptor_owner(_: Attached<'_>, this: &Value) -> PyResult {
    Ok(descriptor(this).owner.load())
}
fn descriptor_signature(t: Attached<'_>, this: &Value) -> PyResult {
    signature_of(t, descriptor(this).method)
}
fn descriptor_reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let d = descriptor(&a[0]);
    let getattr = crate::protocol::builtin(t, "getattr")?;
    let args = crate::tuple::new(t, vec![d.owner.load(), crate::str::intern(t, d.method.name)]);
    Ok(crate::tuple::new(t, vec![getattr, args]))
}

// --- computed attributes -------------------------------------------------------------------------

fn getset(v: &Value) -> &PyGetSetDescriptor {
    match v.payload::<PyGetSetDescriptor>() {
        Some(d) => d,
        None => unreachable!("slots are called with their own type"),
    }
}

fn check_owner(t: Attached<'_>, d: &PyGetSetDescriptor, instance: &Value) -> PyResult<()> {
    // The type lives as long as its descriptor: threads that share both need not count it.
    let owner = d.owner.load_register();
    if class_of(t, instance).is_subtype(as_type(&owner)) {
        return Ok(());
    }
    Err(t.type_error(format!(
        "descriptor '{}' for '{}' objects doesn't apply to a '{}' object",
        d.getset.name,
        as_type(&owner).name_text(),
        type_name(t, instance)
    )))
}

/// Reads the attribute of `instance` that `descriptor` describes, if native code does that; a word for registers.
#[inline]
pub fn native_attribute(t: Attached<'_>, descriptor: Value, instance: &Value) -> Option<PyResult> {
    if let Some(d) = descriptor.payload::<PyGetSetDescriptor>() {
        if is_real_class(&descriptor) {
            return Some(Ok(crate::type_::type_of(t, instance).clone_register()));
        }
        return Some(check_owner(t, d, instance).and_then(|()| (d.getset.get)(t, instance)));
    }
    let ty = class_of(t, &descriptor);
    let get = ty.slots.descr_get().filter(|_| ty.spec.is_some())?;
    Some(t.keeping(descriptor, |descriptor| get(t, descriptor, Some(instance), crate::type_::type_of(t, instance))))
}

/// Whether the value is `object.__dict__['__class__']`.
#[inline]
pub(crate) fn is_real_class(descriptor: &Value) -> bool {
    descriptor.payload::<PyGetSetDescriptor>().is_some_and(|d| d.getset.get as usize == crate::object::class as crate::slots::UnaryFn as usize)
}

/// Whether native code reads the attribute that the value describes.
pub fn is_native_attribute(t: Attached<'_>, descriptor: &Value) -> bool {
    let ty = class_of(t, descriptor);
    ty.spec.is_some() && ty.slots.descr_get().is_some()
}

fn getset_get(t: Attached<'_>, this: &Value, instance: Option<&Value>, _: &Value) -> PyResult {
    let Some(instance) = instance else { return Ok(this.clone()) };
    let d = getset(this);
    check_owner(t, d, instance)?;
    (d.getset.get)(t, instance)
}

fn getset_set(t: Attached<'_>, this: &Value, instance: &Value, value: Option<&Value>) -> PyResult<()> {
    let d = getset(this);
    check_owner(t, d, instance)?;
    match d.getset.set {
        Some(set) => set(t, instance, value),
        None => {
            let owner = as_type(&d.owner.load()).name_text();
            Err(t.raise(
                &crate::exception::AttributeError,
                format!("attribute '{}' of '{owner}' objects is not writable", d.getset.name),
            ))
        }
    }
}

fn getset_repr(t: Attached<'_>, this: &Value) -> PyResult {
    let d = getset(this);
    let owner = as_type(&d.owner.load()).name_text();
    Ok(crate::str::from_string(t, format!("<attribute '{}' of '{owner}' objects>", d.getset.name)))
}
fn getset_name(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(crate::str::intern(t, getset(this).getset.name))
}
fn getset_qualname(t: Attached<'_>, this: &Value) -> PyResult {
    let d = getset(this);
    let owner = crate::str::display(&as_type(&d.owner.load()).qualname.load());
    Ok(crate::str::from_string(t, format!("{owner}.{}", d.getset.name)))
}
fn getset_doc(t: Attached<'_>, this: &Value) -> PyResult {
    let doc = getset(this).getset.doc;
    Ok(if doc.is_empty() { Value::none() } else { crate::str::new(t, doc) })
}
fn getset_reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let d = getset(&a[0]);
    let getattr = crate::protocol::builtin(t, "getattr")?;
    let args = crate::tuple::new(t, vec![d.owner.load(), crate::str::intern(t, d.getset.name)]);
    Ok(crate::tuple::new(t, vec![getattr, args]))
}
fn getset_owner(_: Attached<'_>, this: &Value) -> PyResult {
    Ok(getset(this).owner.load())
}

// --- bound methods -------------------------------------------------------------------------------

fn method(v: &Value) -> &PyMethod {
    match v.payload::<PyMethod>() {
        Some(m) => m,
        None => unreachable!("slots are called with their own type"),
    }
}

fn method_new(t: Attached<'_>, _: &Value, args: Args<'_>) -> PyResult {
    let a = args.expect(t, "method", 2, 2)?;
    if class_of(t, &a[0]).slots.call().is_none() {
        return Err(t.type_error("first argument must be callable"));
    }
    if a[1].is_none() {
        return Err(t.type_error("instance must not be None"));
    }
    Ok(bind(t, &a[0], &a[1]))
}

fn method_call(t: Attached<'_>, callee: &Value, args: Args<'_>) -> PyResult {
    let m = method(callee);
    let function = m.function.load();
    args.with_first(&m.receiver.load(), |args| crate::protocol::call_args(t, &function, args))
}

fn method_repr(t: Attached<'_>, this: &Value) -> PyResult {
    let m = method(this);
    let function = m.function.load();
    let name = match crate::attr::find(t, &function, &t.names().__qualname__)? {
        Some(n) if crate::str::is_str(&n) => crate::str::display(&n),
        _ => "?".to_owned(),
    };
    let receiver = crate::protocol::repr(t, &m.receiver.load())?;
    Ok(crate::str::from_string(t, format!("<bound method {name} of {}>", crate::str::display(&receiver))))
}

fn method_compare(t: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (a.payload::<PyMethod>(), b.payload::<PyMethod>()) else {
        return Ok(Value::not_implemented());
    };
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Value::not_implemented());
    }
    let same = x.receiver.load().is(&y.receiver.load())
        && crate::protocol::equal(t, &x.function.load(), &y.function.load())?;
    Ok(Value::bool(same == (op == CompareOp::Eq)))
}

fn method_hash(t: Attached<'_>, this: &Value) -> PyResult<i64> {
    let m = method(this);
    let h = crate::protocol::hash(t, &m.function.load())? ^ crate::object::identity_hash(t, &m.receiver.load())?;
    Ok(if h == -1 { -2 } else { h })
}

/// Attributes of the method itself, else of its function.
fn method_get_attr(t: Attached<'_>, this: &Value, name: &Value) -> PyResult {
    if let Some(v) = crate::attr::generic_find(t, this, name)?
        && !crate::str::same_text(name, &t.names().__doc__)
    {
        return Ok(v);
    }
    crate::attr::get(t, &method(this).function.load(), name)
}

fn method_function(_: Attached<'_>, this: &Value) -> PyResult {
    Ok(method(this).function.load())
}
fn method_self(_: Attached<'_>, this: &Value) -> PyResult {
    Ok(method(this).receiver.load())
}
fn method_reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let m = method(&a[0]);
    let name = crate::attr::get(t, &m.function.load(), &t.names().__name__)?;
    let getattr = crate::protocol::builtin(t, "getattr")?;
    let args = crate::tuple::new(t, vec![m.receiver.load(), name]);
    Ok(crate::tuple::new(t, vec![getattr, args]))
}
