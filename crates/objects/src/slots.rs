//! Type slots: the operator functions of a type, and how they are named in Python.
//!
//! A type's [`Slots`] is an array of function addresses by [`SlotId`]; each id has one function
//! type, kept by the typed constructors ([`Def`]) and accessors. Inheriting is copying entries.
//! Absent means 0. `dunder.rs` makes Python-visible wrappers of slots, and slots of Python methods.

use std::mem::transmute;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use orochi_heap::Value;

use crate::args::Args;
use crate::thread::{Attached, PyResult};

/// Comparison operators, with the numbers that the eval loop uses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum CompareOp {
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

impl CompareOp {
    /// The operator with sides exchanged.
    pub const fn swapped(self) -> CompareOp {
        match self {
            CompareOp::Lt => CompareOp::Gt,
            CompareOp::Le => CompareOp::Ge,
            CompareOp::Gt => CompareOp::Lt,
            CompareOp::Ge => CompareOp::Le,
            other => other,
        }
    }
    /// The operator as it is written.
    pub const fn symbol(self) -> &'static str {
        ["<", "<=", "==", "!=", ">", ">="][self as usize]
    }
    /// Whether the operator holds for two sides in this order.
    pub fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            CompareOp::Lt => order.is_lt(),
            CompareOp::Le => order.is_le(),
            CompareOp::Eq => order.is_eq(),
            CompareOp::Ne => order.is_ne(),
            CompareOp::Gt => order.is_gt(),
            CompareOp::Ge => order.is_ge(),
        }
    }
}

/// What a step of a generator or of an awaitable's iterator gave.
#[derive(Debug)]
pub enum Step {
    /// A value was yielded.
    Yielded(Value),
    /// It ended with this value.
    Returned(Value),
}

/// `f(x)`.
pub type UnaryFn = fn(Attached<'_>, &Value) -> PyResult;
/// `f(x, y)`; may give NotImplemented where the operator protocol says so.
pub type BinaryFn = fn(Attached<'_>, &Value, &Value) -> PyResult;
/// `f(x, y, z)`.
pub type TernaryFn = fn(Attached<'_>, &Value, &Value, &Value) -> PyResult;
/// Hash of a value.
pub type HashFn = fn(Attached<'_>, &Value) -> PyResult<i64>;
/// Truth of a value.
pub type PredicateFn = fn(Attached<'_>, &Value) -> PyResult<bool>;
/// Length of a value.
pub type LenFn = fn(Attached<'_>, &Value) -> PyResult<usize>;
/// Comparison; gives NotImplemented if it does not know the other.
pub type CompareFn = fn(Attached<'_>, &Value, &Value, CompareOp) -> PyResult;
/// Sets (`Some`) or deletes (`None`) an attribute or item.
pub type SetFn = fn(Attached<'_>, &Value, &Value, Option<&Value>) -> PyResult<()>;
/// Next value, or `None` at the end.
pub type NextFn = fn(Attached<'_>, &Value) -> PyResult<Option<Value>>;
/// `container, item`.
pub type ContainsFn = fn(Attached<'_>, &Value, &Value) -> PyResult<bool>;
/// A call of the value.
pub type CallFn = fn(Attached<'_>, &Value, Args<'_>) -> PyResult;
/// `cls.__new__(cls, ...)`.
pub type NewFn = fn(Attached<'_>, &Value, Args<'_>) -> PyResult;
/// `self.__init__(...)`.
pub type InitFn = fn(Attached<'_>, &Value, Args<'_>) -> PyResult<()>;
/// A step of an iterator that is sent a value, as by `yield from`.
pub type SendFn = fn(Attached<'_>, &Value, &Value) -> PyResult<Step>;
/// Descriptor read: descriptor, instance (`None`: on the class), class.
pub type DescrGetFn = fn(Attached<'_>, &Value, Option<&Value>, &Value) -> PyResult;
/// Repetition of a sequence.
pub type RepeatFn = fn(Attached<'_>, &Value, isize) -> PyResult;
/// Finaliser.
pub type FinalizeFn = fn(Attached<'_>, &Value) -> PyResult<()>;
/// Opens the value's memory: see `buffer.rs`.
pub type BufferFn = fn(Attached<'_>, &Value, bool) -> PyResult<crate::buffer::Buffer>;

macro_rules! slots {
    ($( $(#[doc = $doc:literal])+ $id:ident $get:ident $ty:ty; )+) => {
        /// The number of a slot.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum SlotId { $( $(#[doc = $doc])+ $id, )+ }

        /// A slot with its function, as types declare it.
        #[derive(Clone, Copy)]
        pub enum Def { $( $(#[doc = $doc])+ $id($ty), )+ }

        impl SlotId {
            /// Every slot.
            pub const ALL: &'static [SlotId] = &[ $(SlotId::$id),+ ];
        }

        impl Def {
            /// The slot's number and function address.
            pub fn parts(self) -> (SlotId, usize) {
                match self { $( Def::$id(f) => (SlotId::$id, f as usize), )+ }
            }
        }

        impl Slots {
            $(
                $(#[doc = $doc])+
                #[inline(always)]
                pub fn $get(&self) -> Option<$ty> {
                    let f = self.0[SlotId::$id as usize].load(Relaxed);
                    // SAFETY: the entry of this id is 0 or came from a `Def` of this very variant, or
                    // was copied from the same entry of another type: a function of type `$ty`.
                    unsafe { transmute::<usize, Option<$ty>>(f) }
                }
            )+
        }
    };
}

/// Number of slots.
pub const SLOT_COUNT: usize = SlotId::ALL.len();

/// The slots of a type. Guarded by: the runtime's type lock for writes. Ordering: relaxed; a reader
/// that races with a change of the type sees the old or the new function.
pub struct Slots([AtomicUsize; SLOT_COUNT]);

impl Slots {
    /// No slots.
    pub const fn new() -> Slots {
        Slots([const { AtomicUsize::new(0) }; SLOT_COUNT])
    }
    /// Sets one slot.
    pub fn set(&self, def: Def) {
        let (id, f) = def.parts();
        self.0[id as usize].store(f, Relaxed);
    }
    /// Empties one slot.
    pub fn unset(&self, id: SlotId) {
        self.0[id as usize].store(0, Relaxed);
    }
    /// The raw entry, for identity.
    pub fn raw(&self, id: SlotId) -> usize {
        self.0[id as usize].load(Relaxed)
    }
    /// Sets one slot to the raw entry of the same slot of another type.
    pub(crate) fn set_raw(&self, id: SlotId, function: usize) {
        self.0[id as usize].store(function, Relaxed);
    }
    /// Copies one slot from another type.
    pub fn copy(&self, from: &Slots, id: SlotId) {
        self.0[id as usize].store(from.raw(id), Relaxed);
    }
}

impl Default for Slots {
    fn default() -> Slots {
        Slots::new()
    }
}

slots! {
    /// `repr(x)`.
    Repr repr UnaryFn;
    /// `str(x)`.
    Str str UnaryFn;
    /// `hash(x)`.
    Hash hash HashFn;
    /// `x(...)`.
    Call call CallFn;
    /// `x.name`.
    GetAttr get_attr BinaryFn;
    /// `x.name = v`, `del x.name`.
    SetAttr set_attr SetFn;
    /// Comparison.
    Compare compare CompareFn;
    /// `iter(x)`.
    Iter iter UnaryFn;
    /// `next(x)`.
    Next next NextFn;
    /// `__get__`.
    DescrGet descr_get DescrGetFn;
    /// `__set__`, `__delete__`: descriptor, instance, value.
    DescrSet descr_set SetFn;
    /// `__init__`.
    Init init InitFn;
    /// `__new__`.
    New new_ NewFn;
    /// `__del__`.
    Finalize finalize FinalizeFn;
    /// `len(x)`.
    Len len LenFn;
    /// `x[k]`.
    GetItem get_item BinaryFn;
    /// `x[k] = v`, `del x[k]`.
    SetItem set_item SetFn;
    /// `v in x`.
    Contains contains ContainsFn;
    /// `a + b` of sequences, tried after the numeric one.
    Concat concat BinaryFn;
    /// `a * n` of sequences, tried after the numeric one.
    Repeat repeat RepeatFn;
    /// `a += b` of sequences.
    InplaceConcat inplace_concat BinaryFn;
    /// `a *= n` of sequences.
    InplaceRepeat inplace_repeat RepeatFn;
    /// `bool(x)`.
    Bool bool PredicateFn;
    /// `int(x)`.
    Int int UnaryFn;
    /// `float(x)`.
    Float float UnaryFn;
    /// `operator.index(x)`.
    Index index UnaryFn;
    /// `-x`.
    Neg neg UnaryFn;
    /// `+x`.
    Pos pos UnaryFn;
    /// `~x`.
    Invert invert UnaryFn;
    /// `abs(x)`.
    Abs abs UnaryFn;
    /// `a + b`.
    Add add BinaryFn;
    /// `a - b`.
    Sub sub BinaryFn;
    /// `a * b`.
    Mul mul BinaryFn;
    /// `a / b`.
    TrueDiv true_div BinaryFn;
    /// `a // b`.
    FloorDiv floor_div BinaryFn;
    /// `a % b`.
    Mod rem BinaryFn;
    /// `divmod(a, b)`.
    DivMod divmod BinaryFn;
    /// `a @ b`.
    MatMul mat_mul BinaryFn;
    /// `a << b`.
    Shl shl BinaryFn;
    /// `a >> b`.
    Shr shr BinaryFn;
    /// `a & b`.
    And and BinaryFn;
    /// `a | b`.
    Or or BinaryFn;
    /// `a ^ b`.
    Xor xor BinaryFn;
    /// `pow(a, b, c)`; `a ** b` has None for c.
    Pow pow TernaryFn;
    /// `a += b`.
    InplaceAdd inplace_add BinaryFn;
    /// `a -= b`.
    InplaceSub inplace_sub BinaryFn;
    /// `a *= b`.
    InplaceMul inplace_mul BinaryFn;
    /// `a /= b`.
    InplaceTrueDiv inplace_true_div BinaryFn;
    /// `a //= b`.
    InplaceFloorDiv inplace_floor_div BinaryFn;
    /// `a %= b`.
    InplaceMod inplace_rem BinaryFn;
    /// `a @= b`.
    InplaceMatMul inplace_mat_mul BinaryFn;
    /// `a <<= b`.
    InplaceShl inplace_shl BinaryFn;
    /// `a >>= b`.
    InplaceShr inplace_shr BinaryFn;
    /// `a &= b`.
    InplaceAnd inplace_and BinaryFn;
    /// `a |= b`.
    InplaceOr inplace_or BinaryFn;
    /// `a ^= b`.
    InplaceXor inplace_xor BinaryFn;
    /// `a **= b`.
    InplacePow inplace_pow BinaryFn;
    /// `__await__`.
    Await await_ UnaryFn;
    /// `__aiter__`.
    AIter aiter UnaryFn;
    /// `__anext__`.
    ANext anext UnaryFn;
    /// `x.send(v)` without a StopIteration at the end. Only of native types that Python cannot subclass.
    Send send SendFn;
    /// The buffer protocol: value, whether it must be writable.
    Buffer buffer BufferFn;
}
