//! `weakref.proxy`: an object that does what its target does, while it lives.

use orochi_heap::weak::Watcher;
use orochi_heap::{Payload, Value, Visit, payload};

use crate::args::Args;
use crate::protocol::{self, Operator};
use crate::slots::{CompareOp, Def};
use crate::spec::{Method, TypeSpec, flags};
use crate::thread::{Attached, PyResult};

/// The body of a proxy.
#[repr(C)]
pub struct PyProxy {
    /// What the heap knows: must be the first field.
    watcher: Watcher,
}

impl Payload for PyProxy {
    payload!(PyProxy, "weakproxy");
    const DEATH_SHOWS: bool = true;
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.watcher.callback);
    }
    fn clear(&self) {
        self.watcher.callback.take();
    }
}

impl Drop for PyProxy {
    fn drop(&mut self) {
        super::unwatch(std::ptr::from_ref(self).cast(), &self.watcher);
    }
}

/// The target if the value is a proxy, else the value; ReferenceError if the target has died.
fn unwrap(t: Attached<'_>, v: &Value) -> PyResult {
    match v.payload::<PyProxy>() {
        Some(p) => t.runtime().heap.weak.upgrade(&p.watcher).ok_or_else(|| super::gone(t)),
        None => Ok(v.clone()),
    }
}

macro_rules! binary {
    ($op:ident) => {
        |t, a, b| protocol::binary(t, &unwrap(t, a)?, &unwrap(t, b)?, Operator::$op)
    };
}
macro_rules! inplace {
    ($op:ident) => {
        |t, a, b| protocol::inplace(t, &unwrap(t, a)?, &unwrap(t, b)?, Operator::$op)
    };
}

macro_rules! slots {
    ($($more:expr),*) => {
        &[
            Def::Repr(repr),
            Def::Str(|t, v| protocol::str(t, &unwrap(t, v)?)),
            Def::Compare(compare),
            Def::GetAttr(|t, v, name| crate::attr::get(t, &unwrap(t, v)?, name)),
            Def::SetAttr(|t, v, name, value| crate::attr::set(t, &unwrap(t, v)?, name, value)),
            Def::Iter(|t, v| protocol::get_iter(t, &unwrap(t, v)?)),
            Def::Next(next),
            Def::Len(|t, v| protocol::length(t, &unwrap(t, v)?)),
            Def::GetItem(|t, v, key| protocol::get_item(t, &unwrap(t, v)?, key)),
            Def::SetItem(set_item),
            Def::Contains(|t, v, item| protocol::contains(t, &unwrap(t, v)?, item)),
            Def::Bool(|t, v| protocol::truth(t, &unwrap(t, v)?)),
            Def::Int(|t, v| protocol::to_int(t, &unwrap(t, v)?)),
            Def::Float(|t, v| Ok(crate::float::new(t, protocol::to_float(t, &unwrap(t, v)?)?))),
            Def::Index(|t, v| protocol::as_index(t, &unwrap(t, v)?)),
            Def::Neg(|t, v| protocol::negate(t, &unwrap(t, v)?)),
            Def::Pos(|t, v| protocol::positive(t, &unwrap(t, v)?)),
            Def::Invert(|t, v| protocol::invert(t, &unwrap(t, v)?)),
            Def::Abs(abs),
            Def::Add(binary!(Add)),
            Def::Sub(binary!(Sub)),
            Def::Mul(binary!(Mul)),
            Def::TrueDiv(binary!(TrueDiv)),
            Def::FloorDiv(binary!(FloorDiv)),
            Def::Mod(binary!(Mod)),
            Def::DivMod(binary!(DivMod)),
            Def::MatMul(binary!(MatMul)),
            Def::Shl(binary!(Shl)),
            Def::Shr(binary!(Shr)),
            Def::And(binary!(And)),
            Def::Or(binary!(Or)),
            Def::Xor(binary!(Xor)),
            Def::Pow(|t, a, b, c| protocol::power(t, &unwrap(t, a)?, &unwrap(t, b)?, &unwrap(t, c)?)),
            Def::InplaceAdd(inplace!(Add)),
            Def::InplaceSub(inplace!(Sub)),
            Def::InplaceMul(inplace!(Mul)),
            Def::InplaceTrueDiv(inplace!(TrueDiv)),
            Def::InplaceFloorDiv(inplace!(FloorDiv)),
            Def::InplaceMod(inplace!(Mod)),
            Def::InplaceMatMul(inplace!(MatMul)),
            Def::InplaceShl(inplace!(Shl)),
            Def::InplaceShr(inplace!(Shr)),
            Def::InplaceAnd(inplace!(And)),
            Def::InplaceOr(inplace!(Or)),
            Def::InplaceXor(inplace!(Xor)),
            Def::InplacePow(inplace!(Pow)),
            $($more),*
        ]
    };
}

const METHODS: &[Method] = &[
    Method::new("__bytes__", "($self, /)", |t, a| protocol::call_method(t, &unwrap(t, &a[0])?, &t.names().__bytes__, &[]), ""),
    Method::new(
        "__reversed__",
        "($self, /)",
        |t, a| protocol::call_method(t, &unwrap(t, &a[0])?, &t.names().__reversed__, &[]),
        "",
    ),
];

/// `weakref.ProxyType`.
pub static PROXY: TypeSpec =
    TypeSpec::new::<PyProxy>("weakref.ProxyType").flags(flags::NO_NEW).slots(slots!()).methods(METHODS);

/// `weakref.CallableProxyType`.
pub static CALLABLE_PROXY: TypeSpec = TypeSpec::new::<PyProxy>("weakref.CallableProxyType")
    .flags(flags::NO_NEW)
    .slots(slots!(Def::Call(call)))
    .methods(METHODS);

/// A proxy of `target`; one without callback is shared.
pub fn new_proxy(t: Attached<'_>, target: &Value, callback: Value) -> PyResult {
    super::check_target(t, target)?;
    let spec = if protocol::is_callable(t, target) { &CALLABLE_PROXY } else { &PROXY };
    let callback = if callback.is_none() { Value::unbound() } else { callback };
    if callback.is_unbound() {
        let shared = super::watchers(t, target)
            .into_iter()
            .find(|w| w.payload::<PyProxy>().is_some_and(|p| p.watcher.callback.is_unbound()));
        if let Some(shared) = shared {
            return Ok(shared);
        }
    }
    let proxy = spec.alloc(t, PyProxy { watcher: Watcher::new(callback) });
    if let Some(p) = proxy.payload::<PyProxy>() {
        t.runtime().heap.weak.watch(target, &proxy, &p.watcher);
    }
    Ok(proxy)
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let target = this.payload::<PyProxy>().and_then(|p| t.runtime().heap.weak.upgrade(&p.watcher));
    let text = match target {
        Some(target) => format!("<weakproxy at {:#x}; {}>", this.identity(), super::describe(t, &target)),
        None => format!("<weakproxy at {:#x}; dead>", this.identity()),
    };
    Ok(crate::str::from_string(t, text))
}

fn compare(t: Attached<'_>, a: &Value, b: &Value, op: CompareOp) -> PyResult {
    protocol::compare(t, &unwrap(t, a)?, &unwrap(t, b)?, op)
}

fn next(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let target = unwrap(t, this)?;
    if !protocol::is_iterator(t, &target) {
        let name = crate::type_::type_name(t, &target);
        return Err(t.type_error(format!("Weakref proxy referenced a non-iterator '{name}' object")));
    }
    protocol::next(t, &target)
}

fn set_item(t: Attached<'_>, this: &Value, key: &Value, value: Option<&Value>) -> PyResult<()> {
    let target = unwrap(t, this)?;
    match value {
        Some(v) => protocol::set_item(t, &target, key, v),
        None => protocol::del_item(t, &target, key),
    }
}

fn abs(t: Attached<'_>, this: &Value) -> PyResult {
    let target = unwrap(t, this)?;
    match crate::type_::class_of(t, &target).slots.abs() {
        Some(f) => f(t, &target),
        None => Err(t.type_error(format!("bad operand type for abs(): '{}'", crate::type_::type_name(t, &target)))),
    }
}

fn call(t: Attached<'_>, this: &Value, args: Args<'_>) -> PyResult {
    protocol::call_args(t, &unwrap(t, this)?, args)
}
