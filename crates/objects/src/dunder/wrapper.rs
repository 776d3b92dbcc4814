//! `wrapper_descriptor`: a native slot under its Python name; and `__new__` of native types.

use orochi_heap::{Payload, Slot, Value, Visit, payload};

use super::{Dunder, Shape};
use crate::args::Args;
use crate::slots::{CompareOp, Def, SlotId, Slots};
use crate::spec::{GetSet, Method, TypeSpec, flags};
use crate::thread::{Attached, PyResult};
use crate::type_::{PyType, as_type, class_of, type_name};

/// A slot function under one of its names.
pub struct PySlotWrapper {
    pub(super) dunder: &'static Dunder,
    pub(super) function: usize,
    owner: Slot,
    /// A table with just this slot, to call it by type.
    slots: Slots,
}

impl Payload for PySlotWrapper {
    payload!(PySlotWrapper, "wrapper_descriptor");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.owner);
    }
}

impl PySlotWrapper {
    pub(super) fn owner(&self) -> Value {
        self.owner.load()
    }
}

/// `wrapper_descriptor`.
pub static WRAPPER: TypeSpec = TypeSpec::new::<PySlotWrapper>("wrapper_descriptor")
    .flags(flags::NO_NEW | flags::METHOD_DESCRIPTOR)
    .slots(&[Def::Call(call), Def::DescrGet(get), Def::Repr(repr)])
    .getset(&[
        GetSet::read("__name__", name, ""),
        GetSet::read("__qualname__", qualname, ""),
        GetSet::read("__doc__", doc, ""),
        GetSet::read("__objclass__", objclass, ""),
        GetSet::read("__text_signature__", text_signature, ""),
    ])
    .methods(&[Method::new("__reduce__", "($self, /)", reduce, "Helper for pickle.")]);

/// A wrapper bound to its object.
pub struct PyMethodWrapper {
    wrapper: Slot,
    receiver: Slot,
}

impl Payload for PyMethodWrapper {
    payload!(PyMethodWrapper, "method-wrapper");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.wrapper);
        visit.slot(&self.receiver);
    }
}

/// `method-wrapper`.
pub static METHOD_WRAPPER: TypeSpec = TypeSpec::new::<PyMethodWrapper>("method-wrapper")
    .flags(flags::NO_NEW)
    .slots(&[Def::Call(bound_call), Def::Repr(bound_repr), Def::Compare(bound_compare), Def::Hash(bound_hash)])
    .getset(&[
        GetSet::read("__self__", bound_self, ""),
        GetSet::read("__name__", bound_name, ""),
        GetSet::read("__qualname__", bound_qualname, ""),
        GetSet::read("__doc__", bound_doc, ""),
        GetSet::read("__objclass__", bound_objclass, ""),
        GetSet::read("__text_signature__", bound_text_signature, ""),
    ])
    .methods(&[Method::new("__reduce__", "($self, /)", bound_reduce, "Helper for pickle.")]);

pub(super) fn make(t: Attached<'_>, ty: &Value, dunder: &'static Dunder) -> Value {
    let own = &as_type(ty).slots;
    let slots = Slots::new();
    slots.copy(own, dunder.slot);
    let w = WRAPPER.alloc(
        t,
        PySlotWrapper { dunder, function: own.raw(dunder.slot), owner: Slot::new(ty.clone()), slots },
    );
    orochi_heap::count::defer(&w);
    w
}

fn wrapper(v: &Value) -> &PySlotWrapper {
    match v.payload::<PySlotWrapper>() {
        Some(w) => w,
        None => unreachable!("slots are called with their own type"),
    }
}

/// The function behind a method that sets or deletes items, if that is a native type's own and takes `this`.
pub(super) fn native_item_setter(t: Attached<'_>, method: &Value, this: &Value, shape: Shape) -> Option<crate::slots::SetFn> {
    let w = method.payload::<PySlotWrapper>()?;
    let fits = w.dunder.slot == SlotId::SetItem && w.dunder.shape == shape && class_of(t, this).is_subtype(as_type(&w.owner.load_register()));
    if fits { w.slots.set_item() } else { None }
}

fn call(t: Attached<'_>, callee: &Value, args: Args<'_>) -> PyResult {
    let w = wrapper(callee);
    // The type lives as long as its wrapper.
    let owner = w.owner.load_register();
    let name = w.dunder.name;
    let Some(this) = args.positional().first() else {
        return Err(t.type_error(format!("descriptor '{name}' of '{}' object needs an argument", as_type(&owner).name_text())));
    };
    if !class_of(t, this).is_subtype(as_type(&owner)) {
        return Err(t.type_error(format!(
            "descriptor '{name}' requires a '{}' object but received a '{}'",
            as_type(&owner).name_text(),
            type_name(t, this)
        )));
    }
    apply(t, w, this, args.skip_first())
}

/// Calls the slot with `self` and the other arguments.
fn apply(t: Attached<'_>, w: &PySlotWrapper, this: &Value, args: Args<'_>) -> PyResult {
    let name = w.dunder.name;
    let s = &w.slots;
    if w.dunder.shape == Shape::Call {
        return match s.call() {
            Some(f) => f(t, this, args),
            None => Ok(Value::not_implemented()),
        };
    }
    if w.dunder.shape == Shape::Init {
        if let Some(f) = s.init() {
            f(t, this, args)?;
        }
        return Ok(Value::none());
    }
    if !args.names().is_empty() {
        args.no_keywords(t, &format!("wrapper {name}"))?;
    }
    let a = args.positional();
    let (min, max) = match w.dunder.shape {
        Shape::Unary | Shape::Hash | Shape::Bool | Shape::Len | Shape::Next | Shape::Finalize => (0, 0),
        Shape::Set => (2, 2),
        Shape::Pow | Shape::ReflectedPow | Shape::DescrGet => (1, 2),
        _ => (1, 1),
    };
    if a.len() < min || a.len() > max {
        let s = if min == 1 { "" } else { "s" };
        return Err(t.type_error(format!("expected {min} argument{s}, got {}", a.len())));
    }
    match w.dunder.shape {
        Shape::Unary => unary(t, s, w.dunder.slot, this),
        Shape::Hash => match s.hash() {
            Some(f) => Ok(crate::int::new(t, f(t, this)?)),
            None => Ok(Value::not_implemented()),
        },
        Shape::Bool => match s.bool() {
            Some(f) => Ok(Value::bool(f(t, this)?)),
            None => Ok(Value::not_implemented()),
        },
        Shape::Len => match s.len() {
            Some(f) => Ok(crate::int::from_usize(t, f(t, this)?)),
            None => Ok(Value::not_implemented()),
        },
        Shape::Next => match s.next() {
            Some(f) => match f(t, this)? {
                Some(v) => Ok(v),
                None => Err(t.raise_with(&crate::exception::StopIteration, Vec::new())),
            },
            None => Ok(Value::not_implemented()),
        },
        Shape::Binary => binary(t, s, w.dunder.slot, this, &a[0]),
        Shape::Reflected => binary(t, s, w.dunder.slot, &a[0], this),
        Shape::Compare(op) => match s.compare() {
            Some(f) => f(t, this, &a[0], op),
            None => Ok(Value::not_implemented()),
        },
        Shape::Pow | Shape::ReflectedPow => {
            let none = Value::none();
            let modulus = a.get(1).unwrap_or(&none);
            let (x, y) = if w.dunder.shape == Shape::Pow { (this, &a[0]) } else { (&a[0], this) };
            match s.pow() {
                Some(f) => f(t, x, y, modulus),
                None => Ok(Value::not_implemented()),
            }
        }
        Shape::Repeat => {
            let n = crate::protocol::as_size(t, &a[0])?;
            let f = if w.dunder.slot == SlotId::Repeat { s.repeat() } else { s.inplace_repeat() };
            match f {
                Some(f) => f(t, this, n),
                None => Ok(Value::not_implemented()),
            }
        }
        Shape::Contains => match s.contains() {
            Some(f) => Ok(Value::bool(f(t, this, &a[0])?)),
            None => Ok(Value::not_implemented()),
        },
        Shape::Set => set(t, s, w.dunder.slot, this, &a[0], Some(&a[1])),
        Shape::Delete => set(t, s, w.dunder.slot, this, &a[0], None),
        Shape::DescrGet => {
            let owner = a.get(1).cloned().unwrap_or(Value::none());
            let instance = if a[0].is_none() { None } else { Some(&a[0]) };
            if instance.is_none() && owner.is_none() {
                return Err(t.type_error("__get__(None, None) is invalid"));
            }
            let owner = if owner.is_none() { crate::type_::type_of(t, &a[0]).clone() } else { owner };
            match s.descr_get() {
                Some(f) => f(t, this, instance, &owner),
                None => Ok(this.clone()),
            }
        }
        Shape::Finalize => {
            if let Some(f) = s.finalize() {
                f(t, this)?;
            }
            Ok(Value::none())
        }
        Shape::Buffer => crate::protocol::call(t, &crate::protocol::builtin(t, "memoryview")?, std::slice::from_ref(this)),
        Shape::Call | Shape::Init | Shape::Hidden => Ok(Value::not_implemented()),
    }
}

fn unary(t: Attached<'_>, s: &Slots, id: SlotId, this: &Value) -> PyResult {
    let f = match id {
        SlotId::Repr => s.repr(),
        SlotId::Str => s.str(),
        SlotId::Iter => s.iter(),
        SlotId::Int => s.int(),
        SlotId::Float => s.float(),
        SlotId::Index => s.index(),
        SlotId::Neg => s.neg(),
        SlotId::Pos => s.pos(),
        SlotId::Invert => s.invert(),
        SlotId::Abs => s.abs(),
        SlotId::Await => s.await_(),
        SlotId::AIter => s.aiter(),
        SlotId::ANext => s.anext(),
        _ => None,
    };
    f.map_or(Ok(Value::not_implemented()), |f| f(t, this))
}

fn binary(t: Attached<'_>, s: &Slots, id: SlotId, a: &Value, b: &Value) -> PyResult {
    let f = match id {
        SlotId::GetAttr => s.get_attr(),
        SlotId::GetItem => s.get_item(),
        SlotId::Concat => s.concat(),
        SlotId::InplaceConcat => s.inplace_concat(),
        SlotId::Add => s.add(),
        SlotId::Sub => s.sub(),
        SlotId::Mul => s.mul(),
        SlotId::TrueDiv => s.true_div(),
        SlotId::FloorDiv => s.floor_div(),
        SlotId::Mod => s.rem(),
        SlotId::DivMod => s.divmod(),
        SlotId::MatMul => s.mat_mul(),
        SlotId::Shl => s.shl(),
        SlotId::Shr => s.shr(),
        SlotId::And => s.and(),
        SlotId::Or => s.or(),
        SlotId::Xor => s.xor(),
        SlotId::InplaceAdd => s.inplace_add(),
        SlotId::InplaceSub => s.inplace_sub(),
        SlotId::InplaceMul => s.inplace_mul(),
        SlotId::InplaceTrueDiv => s.inplace_true_div(),
        SlotId::InplaceFloorDiv => s.inplace_floor_div(),
        SlotId::InplaceMod => s.inplace_rem(),
        SlotId::InplaceMatMul => s.inplace_mat_mul(),
        SlotId::InplaceShl => s.inplace_shl(),
        SlotId::InplaceShr => s.inplace_shr(),
        SlotId::InplaceAnd => s.inplace_and(),
        SlotId::InplaceOr => s.inplace_or(),
        SlotId::InplaceXor => s.inplace_xor(),
        SlotId::InplacePow => s.inplace_pow(),
        _ => None,
    };
    f.map_or(Ok(Value::not_implemented()), |f| f(t, a, b))
}

fn set(t: Attached<'_>, s: &Slots, id: SlotId, this: &Value, key: &Value, value: Option<&Value>) -> PyResult {
    let f = match id {
        SlotId::SetAttr => s.set_attr(),
        SlotId::SetItem => s.set_item(),
        SlotId::DescrSet => s.descr_set(),
        _ => None,
    };
    match f {
        Some(f) => f(t, this, key, value).map(|()| Value::none()),
        None => Ok(Value::not_implemented()),
    }
}

fn get(t: Attached<'_>, this: &Value, instance: Option<&Value>, _: &Value) -> PyResult {
    let Some(instance) = instance else { return Ok(this.clone()) };
    Ok(METHOD_WRAPPER.alloc(
        t,
        PyMethodWrapper { wrapper: Slot::new(this.clone()), receiver: Slot::new(instance.clone()) },
    ))
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let w = wrapper(this);
    let owner = as_type(&w.owner.load()).name_text();
    Ok(crate::str::from_string(t, format!("<slot wrapper '{}' of '{owner}' objects>", w.dunder.name)))
}
fn name(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(crate::str::intern(t, wrapper(this).dunder.name))
}
fn qualname(t: Attached<'_>, this: &Value) -> PyResult {
    let w = wrapper(this);
    let owner = crate::str::display(&as_type(&w.owner.load()).qualname.load());
    Ok(crate::str::from_string(t, format!("{owner}.{}", w.dunder.name)))
}
fn doc(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(crate::str::new(t, wrapper(this).dunder.doc))
}
fn objclass(_: Attached<'_>, this: &Value) -> PyResult {
    Ok(wrapper(this).owner.load())
}
/// A call of `getattr` that gives the wrapper again.
fn by_getattr(t: Attached<'_>, holder: Value, name: &str) -> PyResult {
    let getattr = crate::protocol::builtin(t, "getattr")?;
    Ok(crate::tuple::new(t, vec![getattr, crate::tuple::new(t, vec![holder, crate::str::intern(t, name)])]))
}
fn reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let w = wrapper(&a[0]);
    by_getattr(t, w.owner.load(), w.dunder.name)
}
fn bound_reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    let b = bound(&a[0]);
    by_getattr(t, b.receiver.load(), wrapper(&b.wrapper.load()).dunder.name)
}
fn native_new_reduce(t: Attached<'_>, a: &[Value]) -> PyResult {
    by_getattr(t, native_new_self(t, &a[0])?, "__new__")
}
fn signature_text(d: &Dunder) -> &'static str {
    match d.shape {
        Shape::Call | Shape::Init => "($self, /, *args, **kwargs)",
        Shape::Set if d.slot == SlotId::SetItem => "($self, key, value, /)",
        Shape::Set if d.slot == SlotId::DescrSet => "($self, instance, value, /)",
        Shape::Set => "($self, name, value, /)",
        Shape::Delete if d.slot == SlotId::SetItem => "($self, key, /)",
        Shape::Delete if d.slot == SlotId::DescrSet => "($self, instance, /)",
        Shape::Delete => "($self, name, /)",
        Shape::DescrGet => "($self, instance, owner=None, /)",
        Shape::Pow | Shape::ReflectedPow => "($self, value, mod=None, /)",
        Shape::Contains => "($self, key, /)",
        Shape::Binary if d.slot == SlotId::GetItem => "($self, key, /)",
        Shape::Binary if d.slot == SlotId::GetAttr => "($self, name, /)",
        Shape::Binary | Shape::Reflected | Shape::Compare(_) | Shape::Repeat => "($self, value, /)",
        Shape::Buffer => "($self, flags, /)",
        _ => "($self, /)",
    }
}
fn text_signature(t: Attached<'_>, this: &Value) -> PyResult {
    Ok(crate::str::new(t, signature_text(wrapper(this).dunder)))
}

// --- bound wrappers ------------------------------------------------------------------------------

fn bound(v: &Value) -> &PyMethodWrapper {
    match v.payload::<PyMethodWrapper>() {
        Some(w) => w,
        None => unreachable!("slots are called with their own type"),
    }
}
fn bound_call(t: Attached<'_>, callee: &Value, args: Args<'_>) -> PyResult {
    let b = bound(callee);
    let w = b.wrapper.load();
    apply(t, wrapper(&w), &b.receiver.load(), args)
}
fn bound_repr(t: Attached<'_>, this: &Value) -> PyResult {
    let b = bound(this);
    let receiver = b.receiver.load();
    let name = wrapper(&b.wrapper.load()).dunder.name;
    Ok(crate::str::from_string(
        t,
        format!("<method-wrapper '{name}' of {} object at {:#x}>", type_name(t, &receiver), receiver.identity()),
    ))
}
fn bound_compare(_: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (a.payload::<PyMethodWrapper>(), b.payload::<PyMethodWrapper>()) else {
        return Ok(Value::not_implemented());
    };
    let same = x.wrapper.load().is(&y.wrapper.load()) && x.receiver.load().is(&y.receiver.load());
    Ok(match op {
        CompareOp::Eq => Value::bool(same),
        CompareOp::Ne => Value::bool(!same),
        _ => Value::not_implemented(),
    })
}
fn bound_hash(_: Attached<'_>, this: &Value) -> PyResult<i64> {
    let b = bound(this);
    Ok(((b.wrapper.load().identity() >> 4) ^ (b.receiver.load().identity() >> 4).rotate_left(7)) as i64 & i64::MAX)
}
fn bound_self(_: Attached<'_>, this: &Value) -> PyResult {
    Ok(bound(this).receiver.load())
}
fn bound_name(t: Attached<'_>, this: &Value) -> PyResult {
    name(t, &bound(this).wrapper.load())
}
fn bound_qualname(t: Attached<'_>, this: &Value) -> PyResult {
    qualname(t, &bound(this).wrapper.load())
}
fn bound_doc(t: Attached<'_>, this: &Value) -> PyResult {
    doc(t, &bound(this).wrapper.load())
}
fn bound_objclass(t: Attached<'_>, this: &Value) -> PyResult {
    objclass(t, &bound(this).wrapper.load())
}
fn bound_text_signature(t: Attached<'_>, this: &Value) -> PyResult {
    text_signature(t, &bound(this).wrapper.load())
}

// --- __new__ of native types ---------------------------------------------------------------------

/// The body of a native type's `__new__`: a builtin function that knows its type.
pub struct PyNativeNew {
    owner: Slot,
}

impl Payload for PyNativeNew {
    payload!(PyNativeNew, "builtin __new__");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.owner);
    }
}

/// The type of native `__new__` functions; named as the other builtin functions are.
pub static NATIVE_NEW: TypeSpec = TypeSpec::new::<PyNativeNew>("builtin_function_or_method")
    .flags(flags::NO_NEW)
    .slots(&[Def::Call(native_new_call), Def::Repr(native_new_repr)])
    .getset(&[
        GetSet::read("__name__", native_new_name, ""),
        GetSet::read("__qualname__", native_new_qualname, ""),
        GetSet::read("__self__", native_new_self, ""),
        GetSet::read("__doc__", native_new_doc, ""),
        GetSet::read("__text_signature__", native_new_signature, ""),
        GetSet::read("__module__", |_, _| Ok(Value::none()), ""),
    ])
    .methods(&[Method::new("__reduce__", "($self, /)", native_new_reduce, "Helper for pickle.")]);

pub(super) fn new_function(t: Attached<'_>, ty: &Value) -> Value {
    let f = NATIVE_NEW.alloc(t, PyNativeNew { owner: Slot::new(ty.clone()) });
    orochi_heap::count::defer(&f);
    f
}

/// The native slot function of what was found as `__new__`, if it is a native type's.
pub(super) fn native_new(_: Attached<'_>, found: &Value) -> Option<usize> {
    let f = found.payload::<PyNativeNew>()?;
    Some(as_type(&f.owner.load()).slots.raw(SlotId::New))
}

fn owner_of(v: &Value) -> Value {
    v.payload::<PyNativeNew>().map_or(Value::none(), |f| f.owner.load())
}

/// `cls.__new__(sub, ...)`: `sub` must be a subclass whose instances the native function can make.
fn native_new_call(t: Attached<'_>, callee: &Value, args: Args<'_>) -> PyResult {
    let owner_value = owner_of(callee);
    let owner = as_type(&owner_value);
    let name = || owner.name_text();
    let Some(class) = args.positional().first() else {
        return Err(t.type_error(format!("{}.__new__(): not enough arguments", name())));
    };
    let Some(sub) = class.payload::<PyType>() else {
        return Err(t.type_error(format!("{}.__new__(X): X is not a type object ({})", name(), type_name(t, class))));
    };
    if !sub.is_subtype(owner) {
        let (name, sub_name) = (name(), sub.name_text());
        return Err(t.type_error(format!("{name}.__new__({sub_name}): {sub_name} is not a subtype of {name}")));
    }
    // The nearest native base decides who may make instances.
    let nearest = sub.mro_types().find(|b| !b.has(flags::HEAP_TYPE) && std::ptr::eq(b.kind, sub.kind));
    if let Some(nearest) = nearest
        && nearest.slots.raw(SlotId::New) != owner.slots.raw(SlotId::New)
    {
        let right = nearest.name_text();
        if nearest.slots.new_().is_none() {
            let full = nearest.spec.map_or(right, |s| s.name.to_owned());
            return Err(t.type_error(format!("cannot create '{full}' instances")));
        }
        let (name, sub_name) = (name(), sub.name_text());
        return Err(t.type_error(format!("{name}.__new__({sub_name}) is not safe, use {right}.__new__()")));
    }
    match owner.slots.new_() {
        Some(f) => f(t, class, args.skip_first()),
        None => Err(t.type_error(format!("cannot create '{}' instances", name()))),
    }
}
fn native_new_repr(t: Attached<'_>, this: &Value) -> PyResult {
    let owner = owner_of(this);
    Ok(crate::str::from_string(t, format!("<built-in method __new__ of type object at {:#x}>", owner.identity())))
}
fn native_new_name(t: Attached<'_>, _: &Value) -> PyResult {
    Ok(t.names().__new__.clone())
}
fn native_new_qualname(t: Attached<'_>, this: &Value) -> PyResult {
    let owner = owner_of(this);
    let class = crate::str::display(&as_type(&owner).qualname.load());
    Ok(crate::str::from_string(t, format!("{class}.__new__")))
}
fn native_new_self(_: Attached<'_>, this: &Value) -> PyResult {
    Ok(owner_of(this))
}
fn native_new_doc(t: Attached<'_>, _: &Value) -> PyResult {
    Ok(crate::str::new(t, "Create and return a new object.  See help(type) for accurate signature."))
}
fn native_new_signature(t: Attached<'_>, _: &Value) -> PyResult {
    Ok(crate::str::new(t, "($type, *args, **kwargs)"))
}
