//! `Value`: one Python value in 64 bits.
//!
//! | low bits | meaning |
//! |---|---|
//! | `000` | pointer to a heap object; this word owns one count |
//! | `100` | pointer to a deferred heap object, not counted; only in registers |
//! | `..1` | int of 63 bits |
//! | `010` | float, exponent window rotated to the low bits ("Float Self-Tagging", 2024) |
//! | `110` | None, True, False, Ellipsis, NotImplemented, the unbound marker |
//!
//! A float fits when its exponent lies in -127..=128 or it is zero; others are boxed. The bias of
//! the exponent is moved so that the top three exponent bits are 000 inside the window; rotating
//! left by four then leaves `sign 000` in the low bits, where the tag goes.
//!
//! `Value` is an owned reference: `clone` counts (also from a `100` word), `drop` uncounts.

use std::fmt;
use std::mem::ManuallyDrop;
use std::num::NonZeroU64;
use std::ptr::NonNull;

use crate::count;
use crate::header::Header;
use crate::kind::{Kind, MapHead, Payload};

/// Tag bits of a deferred pointer.
pub const TAG_DEFERRED: u64 = 0b100;
const TAG_FLOAT: u64 = 0b010;
const TAG_SPECIAL: u64 = 0b110;
const TAG_MASK: u64 = 0b111;

/// Subtracted from the bits of a float so that the window's top exponent bits are zero.
const FLOAT_BIAS: u64 = 896 << 52;

/// Largest int that needs no memory.
pub const SMALL_MAX: i64 = i64::MAX >> 1;
/// Smallest int that needs no memory.
pub const SMALL_MIN: i64 = i64::MIN >> 1;

/// An owned reference to a Python value.
#[repr(transparent)]
pub struct Value(NonZeroU64);

const _: () = assert!(size_of::<Value>() == 8 && size_of::<Option<Value>>() == 8);

const fn special(n: u64) -> u64 {
    n << 3 | TAG_SPECIAL
}

/// The word of `None`.
pub const NONE: u64 = special(0);
/// The word of `False`.
pub const FALSE: u64 = special(2);
/// The word of `True`.
pub const TRUE: u64 = special(3);
/// The word of `Ellipsis`.
pub const ELLIPSIS: u64 = special(4);
/// The word of `NotImplemented`.
pub const NOT_IMPLEMENTED: u64 = special(5);
/// The word of the marker for "no value here".
pub const UNBOUND: u64 = special(6);

impl Value {
    /// Python's `None`.
    #[inline(always)]
    pub const fn none() -> Value {
        Value::constant(NONE)
    }
    /// A Python bool.
    #[inline(always)]
    pub const fn bool(b: bool) -> Value {
        Value::constant(if b { TRUE } else { FALSE })
    }
    /// Python's `NotImplemented`.
    #[inline(always)]
    pub const fn not_implemented() -> Value {
        Value::constant(NOT_IMPLEMENTED)
    }
    /// Python's `Ellipsis`.
    #[inline(always)]
    pub const fn ellipsis() -> Value {
        Value::constant(ELLIPSIS)
    }
    /// The marker for "no value": an unbound local, an omitted argument, a deleted slot.
    #[inline(always)]
    pub const fn unbound() -> Value {
        Value::constant(UNBOUND)
    }
    #[inline(always)]
    const fn constant(word: u64) -> Value {
        match NonZeroU64::new(word) {
            Some(w) => Value(w),
            None => unreachable!(),
        }
    }

    /// The int `i`, if it needs no memory (63 bits).
    #[inline(always)]
    pub const fn small_int(i: i64) -> Option<Value> {
        if i >= SMALL_MIN && i <= SMALL_MAX { Some(Value::constant((i as u64) << 1 | 1)) } else { None }
    }
    /// The int `i`, which the type guarantees to fit.
    #[inline(always)]
    pub const fn i32(i: i32) -> Value {
        Value::constant((i as i64 as u64) << 1 | 1)
    }
    /// The float `f`, if it needs no memory.
    #[inline(always)]
    pub fn small_float(f: f64) -> Option<Value> {
        let bits = f.to_bits();
        let word = bits.wrapping_sub(FLOAT_BIAS).rotate_left(4);
        // 0 and 8 stand for the zeros; the smallest magnitude of the window is boxed instead.
        if word & TAG_MASK == 0 && word > 15 {
            return Some(Value::constant(word | TAG_FLOAT));
        }
        if bits << 1 == 0 { Some(Value::constant((bits >> 60) | TAG_FLOAT)) } else { None }
    }

    /// The word.
    #[inline(always)]
    pub const fn bits(&self) -> u64 {
        self.0.get()
    }
    /// Gives the word away with its count.
    #[inline(always)]
    pub fn into_bits(self) -> u64 {
        ManuallyDrop::new(self).0.get()
    }
    /// Takes a word over with its count.
    ///
    /// # Safety
    /// `bits` is a valid word, and a count that it stands for belongs to the caller, who gives it up.
    #[inline(always)]
    pub const unsafe fn from_bits(bits: u64) -> Value {
        // SAFETY: no valid word is zero.
        Value(unsafe { NonZeroU64::new_unchecked(bits) })
    }
    /// A view of a word that somebody else owns, without counting.
    ///
    /// # Safety
    /// The owner keeps the word's count for as long as the view lives.
    #[inline(always)]
    pub const unsafe fn borrow_bits(bits: &u64) -> &Value {
        // SAFETY: Value is a transparent u64, the caller vouches for the word.
        unsafe { &*(bits as *const u64 as *const Value) }
    }

    /// Whether this is an int without memory.
    #[inline(always)]
    pub const fn is_small_int(&self) -> bool {
        self.bits() & 1 != 0
    }
    /// The int, if it is one without memory (bools are not).
    #[inline(always)]
    pub const fn as_small_int(&self) -> Option<i64> {
        if self.is_small_int() { Some(self.bits() as i64 >> 1) } else { None }
    }
    /// Whether this is a float without memory.
    #[inline(always)]
    pub const fn is_small_float(&self) -> bool {
        self.bits() & TAG_MASK == TAG_FLOAT
    }
    /// The float, if it is one without memory.
    #[inline(always)]
    pub const fn as_small_float(&self) -> Option<f64> {
        if self.is_small_float() { Some(Self::decode_float(self.bits())) } else { None }
    }
    /// The float of a word tagged as one.
    #[inline(always)]
    pub const fn decode_float(bits: u64) -> f64 {
        let word = bits ^ TAG_FLOAT;
        if word > 15 { f64::from_bits(word.rotate_right(4).wrapping_add(FLOAT_BIAS)) } else { f64::from_bits(word << 60) }
    }
    /// Whether this is a pointer, counted or not.
    #[inline(always)]
    pub const fn is_object(&self) -> bool {
        self.bits() & 0b11 == 0
    }
    /// Whether this is an uncounted pointer.
    #[inline(always)]
    pub const fn is_deferred_ref(&self) -> bool {
        self.bits() & TAG_MASK == TAG_DEFERRED
    }
    /// Whether this is `None`.
    #[inline(always)]
    pub const fn is_none(&self) -> bool {
        self.bits() == NONE
    }
    /// Whether this is `True`.
    #[inline(always)]
    pub const fn is_true(&self) -> bool {
        self.bits() == TRUE
    }
    /// Whether this is `False`.
    #[inline(always)]
    pub const fn is_false(&self) -> bool {
        self.bits() == FALSE
    }
    /// The bool, if this is one.
    #[inline(always)]
    pub const fn as_bool(&self) -> Option<bool> {
        match self.bits() {
            TRUE => Some(true),
            FALSE => Some(false),
            _ => None,
        }
    }
    /// Whether this is the unbound marker.
    #[inline(always)]
    pub const fn is_unbound(&self) -> bool {
        self.bits() == UNBOUND
    }
    /// Whether this is `NotImplemented`.
    #[inline(always)]
    pub const fn is_not_implemented(&self) -> bool {
        self.bits() == NOT_IMPLEMENTED
    }
    /// Whether this is `Ellipsis`.
    #[inline(always)]
    pub const fn is_ellipsis(&self) -> bool {
        self.bits() == ELLIPSIS
    }
    /// The value, or `None` (Rust) for the unbound marker: how native functions see omitted arguments.
    #[inline(always)]
    pub fn given(&self) -> Option<&Value> {
        if self.is_unbound() { None } else { Some(self) }
    }
    /// Python's `is`.
    #[inline(always)]
    pub const fn is(&self, other: &Value) -> bool {
        self.identity() == other.identity()
    }
    /// A number that is the same for two values exactly when Python's `is` says so.
    #[inline(always)]
    pub const fn identity(&self) -> u64 {
        if self.is_object() { self.bits() & !TAG_DEFERRED } else { self.bits() }
    }

    /// The object's header, if this is an object.
    #[inline(always)]
    pub fn header(&self) -> Option<&Header> {
        if self.is_object() {
            // SAFETY: an object word is a valid pointer while the value lives.
            Some(unsafe { self.header_unchecked() })
        } else {
            None
        }
    }
    /// The object's header.
    ///
    /// # Safety
    /// `is_object()` holds.
    #[inline(always)]
    pub unsafe fn header_unchecked(&self) -> &Header {
        // SAFETY: the caller knows that this is a pointer word; with the deferred bit masked off it
        // is the address of a live header.
        unsafe { &*((self.bits() & !TAG_DEFERRED) as *const Header) }
    }
    /// The address of the object.
    #[inline(always)]
    pub fn header_ptr(&self) -> Option<NonNull<Header>> {
        self.header().map(NonNull::from)
    }
    /// The map of the object, if this is an object.
    #[inline(always)]
    pub fn map_head(&self) -> Option<&MapHead> {
        self.header().map(|h| h.map_head())
    }
    /// The object's body, if its Rust type is `T` (Python subclasses share their base's Rust type).
    #[inline(always)]
    pub fn payload<T: Payload>(&self) -> Option<&T> {
        let header = self.header()?;
        if std::ptr::eq(header.map_head().kind, T::kind()) {
            // SAFETY: the map's kind says that the body is a `T`.
            Some(unsafe { header.body::<T>() })
        } else {
            None
        }
    }
    /// The body.
    ///
    /// # Safety
    /// This is an object whose kind is `T`.
    #[inline(always)]
    pub unsafe fn payload_unchecked<T: Payload>(&self) -> &T {
        // SAFETY: as the caller says.
        unsafe { self.header_unchecked().body::<T>() }
    }
    /// The kind of the object's body, if this is an object.
    #[inline(always)]
    pub fn kind(&self) -> Option<&'static Kind> {
        self.map_head().map(|m| m.kind)
    }
    /// A copy for a register: a deferred object comes uncounted, so that reading what every thread reads
    /// writes nothing.
    #[inline(always)]
    pub fn clone_register(&self) -> Value {
        let Some(h) = self.header() else { return Value(self.0) };
        if count::retain_own(h) {
            return Value::constant(self.bits() & !TAG_DEFERRED);
        }
        if count::is_deferred(h) { Value::constant(self.bits() | TAG_DEFERRED) } else { self.clone() }
    }
    /// Turns an uncounted register reference into a counted one; others stay as they are. Needed
    /// wherever a word leaves the registers.
    #[inline(always)]
    pub fn counted(self) -> Value {
        if self.is_deferred_ref() { self.clone() } else { self }
    }
}

impl Clone for Value {
    #[inline(always)]
    fn clone(&self) -> Value {
        if self.is_object() {
            // SAFETY: this is an object, alive through `self`.
            count::retain(unsafe { self.header_unchecked() });
            Value::constant(self.bits() & !TAG_DEFERRED)
        } else {
            Value(self.0)
        }
    }
}

impl Drop for Value {
    #[inline(always)]
    fn drop(&mut self) {
        if self.bits() & TAG_MASK == 0 {
            // SAFETY: this word owns a count of a live object and is not used again.
            unsafe { count::release(NonNull::new_unchecked(self.bits() as *mut Header)) }
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(i) = self.as_small_int() {
            return write!(f, "{i}");
        }
        if let Some(x) = self.as_small_float() {
            return write!(f, "{x:?}");
        }
        match self.bits() {
            NONE => f.write_str("None"),
            TRUE => f.write_str("True"),
            FALSE => f.write_str("False"),
            ELLIPSIS => f.write_str("Ellipsis"),
            NOT_IMPLEMENTED => f.write_str("NotImplemented"),
            UNBOUND => f.write_str("<unbound>"),
            bits => write!(f, "<{} at {bits:#x}>", self.kind().map_or("?", |k| k.name)),
        }
    }
}
