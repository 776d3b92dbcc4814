//! How native types are declared: one `static` [`TypeSpec`] a type, next to its code.
//!
//! ```ignore
//! pub static TYPE: TypeSpec = TypeSpec::new::<PyDeque>("collections.deque")
//!     .doc("deque([iterable[, maxlen]])\n--\n\nA list-like sequence ...")
//!     .slots(&[Def::New(deque_new), Def::Repr(deque_repr), Def::Len(deque_len)])
//!     .methods(&[Method::new("append", "($self, item, /)", deque_append, "Add an element.")])
//!     .getset(&[GetSet::read("maxlen", deque_maxlen, "maximum size")]);
//! ```
//! `TYPE.get(t)` is the type object (made at first use, one a runtime), `TYPE.alloc(t, PyDeque{..})`
//! makes an instance of exactly that type. A spec has no registration list.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering::*};

use orochi_heap::{Kind, MapHead, Payload, Value};

use crate::args::Args;
use crate::slots::Def;
use crate::thread::{Attached, PyResult};

/// A native function: `args` has exactly one entry for each parameter of the signature (`$self`
/// first for methods); omitted ones are the unbound marker ([`Value::given`]), `*args` is a tuple,
/// `**kwargs` a dict.
pub type NativeFn = fn(Attached<'_>, &[Value]) -> PyResult;

/// Another body of a function with `**kwargs` or options by name, for calls with names: it gets the arguments as
/// they came, without a tuple and a dict (self, which is there, first). `None`, before anything has happened: the
/// arguments are bound and the usual body is called.
pub type NamedFn = fn(Attached<'_>, Args<'_>) -> Option<PyResult>;

/// How a method gets its first argument.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Binding {
    /// The instance.
    Instance,
    /// The class.
    Class,
    /// Nothing.
    Static,
}

/// A method of a native type, or a function of a native module.
pub struct Method {
    /// Python name.
    pub name: &'static str,
    /// As CPython's text signatures: `($self, object, /, *, key=None, **kwargs)`.
    pub signature: &'static str,
    /// The body.
    pub call: NativeFn,
    /// The docstring.
    pub doc: &'static str,
    /// What the first argument is.
    pub binding: Binding,
    /// Of functions with `*args`: what a call without names calls, with all arguments as they lie.
    pub at_once: Option<NativeFn>,
    /// What a call with names calls first.
    pub named: Option<NamedFn>,
}

impl Method {
    /// A method of the instance (signature begins with `$self`), or a module's function.
    pub const fn new(name: &'static str, signature: &'static str, call: NativeFn, doc: &'static str) -> Method {
        Method { name, signature, call, doc, binding: Binding::Instance, at_once: None, named: None }
    }
    /// A class method (signature begins with `$type`).
    pub const fn class(name: &'static str, signature: &'static str, call: NativeFn, doc: &'static str) -> Method {
        Method { name, signature, call, doc, binding: Binding::Class, at_once: None, named: None }
    }
    /// A static method.
    pub const fn stat(name: &'static str, signature: &'static str, call: NativeFn, doc: &'static str) -> Method {
        Method { name, signature, call, doc, binding: Binding::Static, at_once: None, named: None }
    }
}

impl Method {
    /// Calls without names go to `call`, which gets any number of arguments, self in front: no tuple is made
    /// for `*args`. The other parameters are left out then.
    pub const fn at_once(mut self, call: NativeFn) -> Method {
        self.at_once = Some(call);
        self
    }
    /// Calls with names go to `call` first, with the arguments as they came.
    pub const fn named(mut self, call: NamedFn) -> Method {
        self.named = Some(call);
        self
    }
}

/// Reads an attribute of a native instance.
pub type Getter = fn(Attached<'_>, &Value) -> PyResult;
/// Writes (`Some`) or deletes (`None`) an attribute of a native instance.
pub type Setter = fn(Attached<'_>, &Value, Option<&Value>) -> PyResult<()>;

/// A computed attribute of a native type.
pub struct GetSet {
    /// Python name.
    pub name: &'static str,
    /// Reads it.
    pub get: Getter,
    /// Writes or deletes it; without, it is read-only.
    pub set: Option<Setter>,
    /// The docstring.
    pub doc: &'static str,
}

impl GetSet {
    /// A read-only attribute.
    pub const fn read(name: &'static str, get: Getter, doc: &'static str) -> GetSet {
        GetSet { name, get, set: None, doc }
    }
    /// An attribute that can be written.
    pub const fn write(name: &'static str, get: Getter, set: Setter, doc: &'static str) -> GetSet {
        GetSet { name, get, set: Some(set), doc }
    }
}

/// Flags of types; the numeric values that CPython publishes in `__flags__` where it has them.
pub mod flags {
    /// Matches sequence patterns.
    pub const SEQUENCE: u64 = 1 << 5;
    /// Matches mapping patterns.
    pub const MAPPING: u64 = 1 << 6;
    /// Attributes of the type cannot be changed.
    pub const IMMUTABLE: u64 = 1 << 8;
    /// Made by a class statement or `type()`.
    pub const HEAP_TYPE: u64 = 1 << 9;
    /// May be subclassed.
    pub const BASETYPE: u64 = 1 << 10;
    /// Instances cannot be made from Python.
    pub const NO_NEW: u64 = 1 << 7;
    /// Functions: binding them makes a method; a call with self in front is the same.
    pub const METHOD_DESCRIPTOR: u64 = 1 << 17;
    /// Has unimplemented abstract methods.
    pub const ABSTRACT: u64 = 1 << 20;
    /// Class patterns match the subject itself (int, str, list ...).
    pub const MATCH_SELF: u64 = 1 << 22;
    /// Instances have attributes of their own (`__dict__`).
    pub const HAS_DICT: u64 = 1 << 40;
    /// Instances can be weakly referenced.
    pub const HAS_WEAKREF: u64 = 1 << 41;
    /// Has a finaliser.
    pub const FINALIZE: u64 = 1 << 42;
    /// Gives the fields of the body a meaning of its own: two such types cannot be bases together.
    pub const SOLID: u64 = 1 << 43;
    /// Instances may stand in a union of types (`x | int`): type parameters and aliases.
    pub const UNION_MEMBER: u64 = 1 << 44;
}

/// The declaration of a native type.
pub struct TypeSpec {
    /// `list`, or with its module: `collections.deque`.
    pub name: &'static str,
    /// Docstring, with a text signature in front if it has one (`list(iterable=(), /)\n--\n\n...`).
    pub doc: &'static str,
    pub(crate) base: Option<&'static TypeSpec>,
    pub(crate) also: &'static [&'static TypeSpec],
    pub(crate) kind: fn() -> &'static Kind,
    pub(crate) flags: u64,
    pub(crate) slots: &'static [Def],
    pub(crate) methods: &'static [Method],
    pub(crate) getset: &'static [GetSet],
    pub(crate) extra: Option<fn(Attached<'_>, &Value) -> PyResult<()>>,
    pub(crate) tail: bool,
    id: OnceLock<u32>,
}

impl TypeSpec {
    /// A type whose instances have the body `T`. Final, mutable through nothing, base `object`.
    pub const fn new<T: Payload>(name: &'static str) -> TypeSpec {
        TypeSpec {
            name,
            doc: "",
            base: None,
            also: &[],
            kind: T::kind,
            flags: flags::IMMUTABLE,
            slots: &[],
            methods: &[],
            getset: &[],
            extra: None,
            tail: false,
            id: OnceLock::new(),
        }
    }
    /// The docstring.
    pub const fn doc(mut self, doc: &'static str) -> TypeSpec {
        self.doc = doc;
        self
    }
    /// The base type; its body must be the same Rust type or `object`'s.
    pub const fn base(mut self, base: &'static TypeSpec) -> TypeSpec {
        self.base = Some(base);
        self
    }
    /// More base types, behind the first; their body must be the same Rust type.
    pub const fn also(mut self, bases: &'static [&'static TypeSpec]) -> TypeSpec {
        self.also = bases;
        self
    }
    /// More flags (see [`flags`]).
    pub const fn flags(mut self, more: u64) -> TypeSpec {
        self.flags |= more;
        self
    }
    /// Attributes of the type may be changed (as of heap types).
    pub const fn mutable(mut self) -> TypeSpec {
        self.flags &= !flags::IMMUTABLE;
        self
    }
    /// Operator functions.
    pub const fn slots(mut self, slots: &'static [Def]) -> TypeSpec {
        self.slots = slots;
        self
    }
    /// Methods.
    pub const fn methods(mut self, methods: &'static [Method]) -> TypeSpec {
        self.methods = methods;
        self
    }
    /// Computed attributes.
    pub const fn getset(mut self, getset: &'static [GetSet]) -> TypeSpec {
        self.getset = getset;
        self
    }
    /// Fills what the lists cannot say (class constants): called with the new type object.
    pub const fn extra(mut self, fill: fn(Attached<'_>, &Value) -> PyResult<()>) -> TypeSpec {
        self.extra = Some(fill);
        self
    }
    /// The payload has tail bytes (variable size).
    pub const fn variable_size(mut self) -> TypeSpec {
        self.tail = true;
        self
    }

    /// The name without its module.
    pub fn short_name(&self) -> &'static str {
        self.name.rsplit('.').next().unwrap_or(self.name)
    }
    /// The module's name.
    pub fn module_name(&self) -> &'static str {
        self.name.rsplit_once('.').map_or("builtins", |(m, _)| m)
    }

    #[inline(always)]
    pub(crate) fn id(&'static self) -> usize {
        *self.id.get_or_init(|| {
            static NEXT: AtomicU32 = AtomicU32::new(0);
            // A number for each spec of the program; it carries no state of any runtime.
            NEXT.fetch_add(1, Relaxed)
        }) as usize
    }
    #[inline(always)]
    pub(crate) fn entry(&'static self, t: Attached<'_>) -> &'static NativeType {
        let entry = t.runtime().types.entries[self.id()].load(Acquire);
        if entry.is_null() {
            return crate::type_::make_native(t, self);
        }
        // SAFETY: entries live as long as the runtime, which outlives every token; the lifetime is
        // cut to the token's by the public functions below.
        unsafe { &*entry }
    }
    /// The type object.
    #[inline(always)]
    pub fn get<'t>(&'static self, t: Attached<'t>) -> &'t Value {
        &self.entry(t).ty
    }
    /// The map of exact instances.
    #[inline(always)]
    pub fn map(&'static self, t: Attached<'_>) -> *const MapHead {
        self.entry(t).map.load(Acquire)
    }
    /// A new instance of exactly this type.
    #[inline(always)]
    pub fn alloc<T: Payload>(&'static self, t: Attached<'_>, body: T) -> Value {
        let map = self.map(t);
        // SAFETY: the map belongs to a type that lives as long as the runtime.
        if !std::ptr::eq(unsafe { (*map).kind }, T::kind()) || self.tail {
            self.has_another_body();
        }
        // SAFETY: as above; the kind was checked.
        unsafe { orochi_heap::alloc(map, body) }
    }
    #[cold]
    #[inline(never)]
    fn has_another_body(&self) -> ! {
        panic!("{} has another body", self.name)
    }
    /// TypeError for keyword arguments of a constructor, unless a subclass has an `__init__` that may want them.
    pub fn refuse_keywords(&'static self, t: Attached<'_>, class: &Value, args: crate::args::Args<'_>) -> PyResult<()> {
        if args.names().is_empty() {
            return Ok(());
        }
        let (own, init) = (self.get(t), crate::slots::SlotId::Init);
        let body = crate::type_::as_type;
        if class.is(own) || body(class).slots.raw(init) == body(own).slots.raw(init) {
            return args.no_keywords(t, self.short_name());
        }
        Ok(())
    }
    /// A new instance of `class`, which is this type or a subclass of it.
    pub fn alloc_for<T: Payload>(&'static self, t: Attached<'_>, class: &Value, body: T) -> PyResult {
        crate::type_::alloc_instance(t, class, body)
    }
    /// Whether `value` is an instance of exactly this type.
    #[inline(always)]
    pub fn is_exact(&'static self, t: Attached<'_>, value: &Value) -> bool {
        // A runtime has one type for a spec, and a subclass has none or another.
        let spec = match value.is_object() {
            true => crate::type_::class_of(t, value).spec,
            false => Some(spec_of_immediate(value)),
        };
        spec.is_some_and(|s| std::ptr::eq(s, self))
    }
    /// Whether `value` is an instance of this type or a subclass.
    #[inline]
    pub fn check(&'static self, t: Attached<'_>, value: &Value) -> bool {
        crate::type_::is_instance_of(t, value, self.get(t))
    }
}

/// The spec of the type of a value without memory.
#[inline]
pub(crate) fn spec_of_immediate(v: &Value) -> &'static TypeSpec {
    if v.is_small_int() {
        &crate::int::TYPE
    } else if v.is_small_float() {
        &crate::float::TYPE
    } else if v.as_bool().is_some() {
        &crate::bool_::TYPE
    } else if v.is_none() {
        &crate::singletons::NONE_TYPE
    } else if v.is_ellipsis() {
        &crate::singletons::ELLIPSIS_TYPE
    } else {
        &crate::singletons::NOT_IMPLEMENTED_TYPE
    }
}

/// A native type of one runtime.
pub struct NativeType {
    pub(crate) ty: Value,
    pub(crate) map: AtomicPtr<MapHead>,
}

/// Most native types a program can declare.
const MAX_SPECS: usize = 2048;

/// The native types of a runtime, by spec number.
pub(crate) struct TypeTable {
    pub(crate) entries: Box<[AtomicPtr<NativeType>]>,
    pub(crate) build: crate::type_::TypeBuildLock,
}

impl TypeTable {
    pub(crate) fn new() -> TypeTable {
        TypeTable { entries: (0..MAX_SPECS).map(|_| AtomicPtr::default()).collect(), build: Default::default() }
    }
    /// All types made so far.
    pub(crate) fn made(&self) -> impl Iterator<Item = &Value> {
        self.entries.iter().filter_map(|e| {
            // SAFETY: entries live as long as the table.
            unsafe { e.load(Acquire).as_ref() }.map(|e| &e.ty)
        })
    }
}

/// The body, if the value's class is a native type itself and not a subclass made by Python code, so that no method
/// is another than the native one. Where a body belongs to one native type, this is its exactness.
#[inline(always)]
pub fn native_body<T: Payload>(v: &Value) -> Option<&T> {
    v.payload::<T>().filter(|_| v.map_head().is_some_and(|map| map.flags() & orochi_heap::kind::MAP_HEAP_TYPE == 0))
}
