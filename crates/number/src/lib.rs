//! Everything about Python's numbers that needs no object model.
//!
//! The runtime keeps ints of 63 bits in tagged words and larger ones as [`IBig`]; floats are `f64`, complex numbers are
//! [`complex::Complex`]. This crate gives their meaning: arithmetic with Python's signs and rounding, text in both
//! directions, the format mini-language, `math`, `cmath`, the Mersenne twister behind `random`, and the half/single
//! float packing of `struct`. Nothing here knows about objects, and nothing here keeps state.
//!
//! Failures are a [`NumberError`]: which exception to raise, and CPython 3.14's exact words.
//!
//! **Long-running operations.** An operation on an `IBig` of n bits takes about n (add, and, shift, compare, hash),
//! n log n (multiply, divide, parse, print) or worse (`pow`, `pow_mod`, `factorial`, `comb`, `perm`, `gcd`, `isqrt`).
//! None of them can be interrupted; a caller that must stay responsive checks `int::bit_length` first and detaches.
//! Results larger than [`int::MAX_BITS`] are refused with a memory error before anything is computed.
#![forbid(unsafe_code)]

pub mod cmath;
pub mod complex;
pub mod error;
pub mod float;
pub mod format;
pub mod int;
pub mod math;
pub mod pack;
pub mod percent;
pub mod random;
pub mod text;

pub use dashu_int::{IBig, Sign, UBig};
pub use error::{ErrorKind, NumberError, NumberResult};
pub use text::TextSink;
