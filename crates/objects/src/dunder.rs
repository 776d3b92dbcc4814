//! Python's names of slots, in both directions.
//!
//! * A native type's slot is visible as a *slot wrapper* in its dict: `int.__add__` ([`add_wrappers`]).
//! * A Python class that defines `__add__` gets a slot function that calls it ([`update_slot`]). If
//!   what the lookup finds is a wrapper of a native slot, the native function itself is taken.
//!
//! [`NAMES`] is the one table of the correspondence. `dunder/wrapper.rs` is the wrapper type,
//! `dunder/python.rs` the slot functions that call Python methods.

mod python;
mod wrapper;

use orochi_heap::Value;

use crate::slots::{Def, SlotId};
use crate::thread::Attached;
use crate::type_::{PyType, lookup};

pub use wrapper::{PySlotWrapper, WRAPPER};

/// How Python calls a slot under a given name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// `f(self)`.
    Unary,
    /// `f(self) -> int`.
    Hash,
    /// `f(self) -> bool`.
    Bool,
    /// `f(self) -> int`.
    Len,
    /// `f(self)`, raising StopIteration at the end.
    Next,
    /// `f(self, other)`.
    Binary,
    /// `f(other, self)` of the slot.
    Reflected,
    /// `f(self, other)`, a comparison with this `CompareOp` number.
    Compare(crate::slots::CompareOp),
    /// `f(self, other, modulus=None)`.
    Pow,
    /// `f(other, self)` of the slot.
    ReflectedPow,
    /// `f(self, n)`.
    Repeat,
    /// `f(self, key)` -> bool.
    Contains,
    /// `f(self, name, value)`.
    Set,
    /// `f(self, name)`.
    Delete,
    /// `f(self, *args, **kwargs)`.
    Call,
    /// `f(self, *args, **kwargs)` -> None.
    Init,
    /// `f(self, instance, owner=None)`.
    DescrGet,
    /// `f(self)` -> None.
    Finalize,
    /// Not wrapped here (`__new__` is a builtin function; `__getattr__` is only a fallback).
    Hidden,
    /// `f(self, flags)` -> memoryview.
    Buffer,
}

/// One Python name of a slot.
pub struct Dunder {
    /// The name.
    pub name: &'static str,
    /// The slot.
    pub slot: SlotId,
    /// How the name calls the slot.
    pub shape: Shape,
    /// The slot function for classes that define the name in Python.
    pub python: Def,
    /// Docstring of the wrapper.
    pub doc: &'static str,
}

macro_rules! dunders {
    ($($name:literal $slot:ident $shape:expr, $python:path, $doc:literal;)+) => {
        /// Every special method that is a slot.
        pub static NAMES: &[Dunder] = &[
            $(Dunder { name: $name, slot: SlotId::$slot, shape: $shape, python: Def::$slot($python), doc: $doc }),+
        ];
    };
}

use Shape::*;
use crate::slots::CompareOp as C;

dunders! {
    "__getattribute__" GetAttr Binary, python::get_attr, "Return getattr(self, name).";
    "__getattr__" GetAttr Hidden, python::get_attr, "";
    "__setattr__" SetAttr Set, python::set_attr, "Implement setattr(self, name, value).";
    "__delattr__" SetAttr Delete, python::set_attr, "Implement delattr(self, name).";
    "__repr__" Repr Unary, python::repr, "Return repr(self).";
    "__hash__" Hash Hash, python::hash, "Return hash(self).";
    "__call__" Call Call, python::call, "Call self as a function.";
    "__str__" Str Unary, python::str, "Return str(self).";
    "__lt__" Compare Compare(C::Lt), python::compare, "Return self<value.";
    "__le__" Compare Compare(C::Le), python::compare, "Return self<=value.";
    "__eq__" Compare Compare(C::Eq), python::compare, "Return self==value.";
    "__ne__" Compare Compare(C::Ne), python::compare, "Return self!=value.";
    "__gt__" Compare Compare(C::Gt), python::compare, "Return self>value.";
    "__ge__" Compare Compare(C::Ge), python::compare, "Return self>=value.";
    "__iter__" Iter Unary, python::iter, "Implement iter(self).";
    "__next__" Next Next, python::next, "Implement next(self).";
    "__get__" DescrGet DescrGet, python::descr_get, "Return an attribute of instance, which is of type owner.";
    "__set__" DescrSet Set, python::descr_set, "Set an attribute of instance to value.";
    "__delete__" DescrSet Delete, python::descr_set, "Delete an attribute of instance.";
    "__init__" Init Init, python::init, "Initialize self.  See help(type(self)) for accurate signature.";
    "__new__" New Hidden, python::new, "";
    "__del__" Finalize Finalize, python::finalize, "Called when the instance is about to be destroyed.";
    "__len__" Len Len, python::len, "Return len(self).";
    "__getitem__" GetItem Binary, python::get_item, "Return self[key].";
    "__setitem__" SetItem Set, python::set_item, "Set self[key] to value.";
    "__delitem__" SetItem Delete, python::set_item, "Delete self[key].";
    "__contains__" Contains Contains, python::contains, "Return bool(key in self).";
    "__add__" Concat Binary, python::add, "Return self+value.";
    "__mul__" Repeat Repeat, python::repeat_unused, "Return self*value.";
    "__rmul__" Repeat Repeat, python::repeat_unused, "Return value*self.";
    "__iadd__" InplaceConcat Binary, python::inplace_add, "Implement self+=value.";
    "__imul__" InplaceRepeat Repeat, python::repeat_unused, "Implement self*=value.";
    "__bool__" Bool Bool, python::bool, "True if self else False";
    "__int__" Int Unary, python::int, "int(self)";
    "__float__" Float Unary, python::float, "float(self)";
    "__index__" Index Unary, python::index, "Return self converted to an integer, if self is suitable for use as an index into a list.";
    "__neg__" Neg Unary, python::neg, "-self";
    "__pos__" Pos Unary, python::pos, "+self";
    "__invert__" Invert Unary, python::invert, "~self";
    "__abs__" Abs Unary, python::abs, "abs(self)";
    "__add__" Add Binary, python::add, "Return self+value.";
    "__radd__" Add Reflected, python::add, "Return value+self.";
    "__sub__" Sub Binary, python::sub, "Return self-value.";
    "__rsub__" Sub Reflected, python::sub, "Return value-self.";
    "__mul__" Mul Binary, python::mul, "Return self*value.";
    "__rmul__" Mul Reflected, python::mul, "Return value*self.";
    "__truediv__" TrueDiv Binary, python::true_div, "Return self/value.";
    "__rtruediv__" TrueDiv Reflected, python::true_div, "Return value/self.";
    "__floordiv__" FloorDiv Binary, python::floor_div, "Return self//value.";
    "__rfloordiv__" FloorDiv Reflected, python::floor_div, "Return value//self.";
    "__mod__" Mod Binary, python::rem, "Return self%value.";
    "__rmod__" Mod Reflected, python::rem, "Return value%self.";
    "__divmod__" DivMod Binary, python::divmod, "Return divmod(self, value).";
    "__rdivmod__" DivMod Reflected, python::divmod, "Return divmod(value, self).";
    "__matmul__" MatMul Binary, python::mat_mul, "Return self@value.";
    "__rmatmul__" MatMul Reflected, python::mat_mul, "Return value@self.";
    "__lshift__" Shl Binary, python::shl, "Return self<<value.";
    "__rlshift__" Shl Reflected, python::shl, "Return value<<self.";
    "__rshift__" Shr Binary, python::shr, "Return self>>value.";
    "__rrshift__" Shr Reflected, python::shr, "Return value>>self.";
    "__and__" And Binary, python::and, "Return self&value.";
    "__rand__" And Reflected, python::and, "Return value&self.";
    "__or__" Or Binary, python::or, "Return self|value.";
    "__ror__" Or Reflected, python::or, "Return value|self.";
    "__xor__" Xor Binary, python::xor, "Return self^value.";
    "__rxor__" Xor Reflected, python::xor, "Return value^self.";
    "__pow__" Pow Pow, python::pow, "Return pow(self, value, mod).";
    "__rpow__" Pow ReflectedPow, python::pow, "Return pow(value, self, mod).";
    "__iadd__" InplaceAdd Binary, python::inplace_add, "Return self+=value.";
    "__isub__" InplaceSub Binary, python::inplace_sub, "Return self-=value.";
    "__imul__" InplaceMul Binary, python::inplace_mul, "Return self*=value.";
    "__itruediv__" InplaceTrueDiv Binary, python::inplace_true_div, "Return self/=value.";
    "__ifloordiv__" InplaceFloorDiv Binary, python::inplace_floor_div, "Return self//=value.";
    "__imod__" InplaceMod Binary, python::inplace_rem, "Return self%=value.";
    "__imatmul__" InplaceMatMul Binary, python::inplace_mat_mul, "Return self@=value.";
    "__ilshift__" InplaceShl Binary, python::inplace_shl, "Return self<<=value.";
    "__irshift__" InplaceShr Binary, python::inplace_shr, "Return self>>=value.";
    "__iand__" InplaceAnd Binary, python::inplace_and, "Return self&=value.";
    "__ior__" InplaceOr Binary, python::inplace_or, "Return self|=value.";
    "__ixor__" InplaceXor Binary, python::inplace_xor, "Return self^=value.";
    "__ipow__" InplacePow Binary, python::inplace_pow, "Return self**=value.";
    "__await__" Await Unary, python::await_, "Return an iterator to be used in await expression.";
    "__aiter__" AIter Unary, python::aiter, "Return an awaitable, that resolves in asynchronous iterator.";
    "__anext__" ANext Unary, python::anext, "Return a value or raise StopAsyncIteration.";
    "__buffer__" Buffer Buffer, python::buffer, "Return a buffer object that exposes the underlying memory of the object.";
}

/// Puts the wrappers of a native type's own slot into its dict, where nothing stands under the name.
pub(crate) fn add_wrappers(t: Attached<'_>, ty: &Value, slot: SlotId, dict: &Value) {
    if slot == SlotId::New {
        let key = crate::str::intern(t, "__new__");
        crate::dict::set_str(t, dict, &key, wrapper::new_function(t, ty));
        return;
    }
    for d in NAMES.iter().filter(|d| d.slot == slot && d.shape != Hidden) {
        let key = crate::str::intern(t, d.name);
        if crate::dict::get_str(t, dict, &key).is_none() {
            crate::dict::set_str(t, dict, &key, wrapper::make(t, ty, d));
        }
    }
}

/// Whether a name is the name of a slot.
pub fn is_dunder(name: &str) -> bool {
    name.starts_with("__") && NAMES.iter().any(|d| d.name == name)
}

/// Sets the slot functions of a class for the special method `name` (all that it feeds), from what
/// lookup along the MRO finds now.
pub fn update_slots_for(t: Attached<'_>, ty: &PyType, name: &str) {
    let mut done: Vec<SlotId> = Vec::new();
    for d in NAMES.iter().filter(|d| d.name == name) {
        if !done.contains(&d.slot) {
            done.push(d.slot);
            update_slot(t, ty, d.slot);
        }
    }
}

/// Sets every slot of a new class.
pub fn update_all_slots(t: Attached<'_>, ty: &PyType) {
    for &slot in SlotId::ALL {
        update_slot(t, ty, slot);
    }
}

/// Sets one slot from the special methods that feed it.
fn update_slot(t: Attached<'_>, ty: &PyType, slot: SlotId) {
    let mut native: Option<usize> = None;
    let mut generic: Option<Def> = None;
    for d in NAMES.iter().filter(|d| d.slot == slot) {
        let name = crate::str::intern(t, d.name);
        let Some(found) = lookup(t, ty, &name) else { continue };
        // Sequence slots belong to native types: a Python `__add__` feeds only the numeric slot.
        let sequence = matches!(slot, SlotId::Concat | SlotId::Repeat | SlotId::InplaceConcat | SlotId::InplaceRepeat);
        if let Some(w) = found.payload::<PySlotWrapper>() {
            if w.dunder.slot == slot && ty.is_subtype(crate::type_::as_type(&w.owner())) {
                let f = w.function;
                if native.is_some_and(|n| n != f) {
                    generic = Some(d.python);
                }
                native = Some(f);
                continue;
            }
            if sequence || w.dunder.name == d.name && is_numeric_pair(w.dunder.slot, slot) {
                // The other slot of the same name takes it.
                continue;
            }
            generic = Some(d.python);
        } else if slot == SlotId::New {
            match wrapper::native_new(t, &found) {
                Some(f) => native = Some(f),
                None => generic = Some(d.python),
            }
        } else if slot == SlotId::Hash && found.is_none() {
            native = None;
            generic = None;
            break;
        } else if !sequence {
            generic = Some(d.python);
        }
    }
    match (generic, native) {
        (Some(def), _) => ty.slots.set(def),
        (None, Some(f)) => ty.slots.set_raw(slot, f),
        (None, None) => ty.slots.unset(slot),
    }
}

/// Whether two slots share their Python names (`+` of numbers and of sequences).
fn is_numeric_pair(a: SlotId, b: SlotId) -> bool {
    let pair = |x, y| (a == x && b == y) || (a == y && b == x);
    pair(SlotId::Add, SlotId::Concat)
        || pair(SlotId::Mul, SlotId::Repeat)
        || pair(SlotId::InplaceAdd, SlotId::InplaceConcat)
        || pair(SlotId::InplaceMul, SlotId::InplaceRepeat)
}

/// The slot function of classes with an `__init__` in Python: the eval loop calls the method itself then.
pub fn python_init() -> crate::slots::InitFn {
    python::init
}

/// The slot function of classes with a `__new__` in Python.
pub fn python_new() -> crate::slots::NewFn {
    python::new
}

/// The slot function of classes with a `__next__` in Python.
pub fn python_next() -> crate::slots::NextFn {
    python::next
}
