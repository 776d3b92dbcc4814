//! The failures of number operations: an exception kind and the message that CPython 3.14 gives.

use std::borrow::Cow;
use std::fmt;

/// Which Python exception a failure becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// `ZeroDivisionError`
    ZeroDivision,
    /// `OverflowError` with a message
    Overflow,
    /// `OverflowError` whose arguments are `(34, 'Numerical result out of range')`, as `2.0 ** 5000` raises
    ResultRange,
    /// `ValueError`
    Value,
    /// `TypeError`
    Type,
    /// `MemoryError`, without arguments
    Memory,
}

/// A failed number operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberError {
    /// The exception to raise.
    pub kind: ErrorKind,
    /// The exception's message; empty for [`ErrorKind::Memory`].
    pub message: Cow<'static, str>,
}

/// The result of a fallible number operation.
pub type NumberResult<T> = Result<T, NumberError>;

impl NumberError {
    /// A failure of `kind` with `message`.
    #[cold]
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, message: message.into() }
    }

    /// A `ValueError`.
    #[cold]
    pub fn value(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Value, message)
    }

    /// An `OverflowError`.
    #[cold]
    pub fn overflow(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Overflow, message)
    }

    /// A `TypeError`.
    #[cold]
    pub fn type_error(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Type, message)
    }

    /// `ZeroDivisionError: division by zero`.
    #[cold]
    pub fn division_by_zero() -> Self {
        Self::new(ErrorKind::ZeroDivision, "division by zero")
    }

    /// `OverflowError: (34, 'Numerical result out of range')`.
    #[cold]
    pub fn result_range() -> Self {
        Self::new(ErrorKind::ResultRange, "(34, 'Numerical result out of range')")
    }

    /// `MemoryError`.
    #[cold]
    pub fn memory() -> Self {
        Self::new(ErrorKind::Memory, "")
    }
}

impl fmt::Display for NumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for NumberError {}
