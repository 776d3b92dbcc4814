//! The classes of exceptions, as CPython's `Exceptions` documentation draws them.
//!
//! Each is a [`TypeSpec`] named as in Python: `exception::ValueError`. Those with attributes of their
//! own get them from `exception/methods.rs`.

#![allow(non_upper_case_globals, reason = "exception classes are named as in Python")]

use super::PyException;
use super::methods;
use crate::spec::{TypeSpec, flags};

macro_rules! exceptions {
    ($( $name:ident : $base:ident $doc:literal; )+) => {
        $(
            #[doc = concat!("`", stringify!($name), "`: ", $doc)]
            pub static $name: TypeSpec = methods::extend(
                stringify!($name),
                TypeSpec::new::<PyException>(stringify!($name)).base(&$base).flags(flags::BASETYPE).doc($doc),
            );
        )+
        /// Every exception class, for the `builtins` module.
        pub static ALL: &[&TypeSpec] = &[&BaseException, $(&$name),+];
    };
}

/// `BaseException`.
pub static BaseException: TypeSpec = TypeSpec::new::<PyException>("BaseException")
    .flags(flags::BASETYPE | flags::HAS_DICT | flags::HAS_WEAKREF)
    .slots(methods::SLOTS)
    .methods(methods::METHODS)
    .getset(methods::GETSET)
    .doc("Common base class for all exceptions.");

exceptions! {
    BaseExceptionGroup: BaseException "";
    GeneratorExit: BaseException "Request that a generator exit.";
    KeyboardInterrupt: BaseException "Program interrupted by user.";
    SystemExit: BaseException "Request to exit from the interpreter.";
    Exception: BaseException "Common base class for all non-exit exceptions.";
    ArithmeticError: Exception "Base class for arithmetic errors.";
    FloatingPointError: ArithmeticError "Floating-point operation failed.";
    OverflowError: ArithmeticError "Result too large to be represented.";
    ZeroDivisionError: ArithmeticError "Second argument to a division or modulo operation was zero.";
    AssertionError: Exception "Assertion failed.";
    AttributeError: Exception "Attribute not found.";
    BufferError: Exception "Buffer error.";
    EOFError: Exception "Read beyond end of file.";
    ImportError: Exception "Import can't find module, or can't find name in module.";
    ModuleNotFoundError: ImportError "Module not found.";
    LookupError: Exception "Base class for lookup errors.";
    IndexError: LookupError "Sequence index out of range.";
    KeyError: LookupError "Mapping key not found.";
    MemoryError: Exception "Out of memory.";
    NameError: Exception "Name not found globally.";
    UnboundLocalError: NameError "Local name referenced but not bound to a value.";
    OSError: Exception "Base class for I/O related errors.";
    BlockingIOError: OSError "";
    ChildProcessError: OSError "";
    ConnectionError: OSError "";
    BrokenPipeError: ConnectionError "";
    ConnectionAbortedError: ConnectionError "";
    ConnectionRefusedError: ConnectionError "";
    ConnectionResetError: ConnectionError "";
    FileExistsError: OSError "";
    FileNotFoundError: OSError "";
    InterruptedError: OSError "";
    IsADirectoryError: OSError "";
    NotADirectoryError: OSError "";
    PermissionError: OSError "";
    ProcessLookupError: OSError "";
    TimeoutError: OSError "";
    ReferenceError: Exception "Weak ref proxy used after referent went away.";
    RuntimeError: Exception "Unspecified run-time error.";
    NotImplementedError: RuntimeError "";
    PythonFinalizationError: RuntimeError "";
    RecursionError: RuntimeError "";
    StopAsyncIteration: Exception "Signal the end from iterator.__anext__().";
    StopIteration: Exception "Signal the end from iterator.__next__().";
    SyntaxError: Exception "Invalid syntax.";
    IndentationError: SyntaxError "";
    TabError: IndentationError "";
    _IncompleteInputError: SyntaxError "";
    SystemError: Exception "Internal error in the Python interpreter.";
    TypeError: Exception "Inappropriate argument type.";
    ValueError: Exception "Inappropriate argument value (of correct type).";
    UnicodeError: ValueError "";
    UnicodeDecodeError: UnicodeError "";
    UnicodeEncodeError: UnicodeError "";
    UnicodeTranslateError: UnicodeError "";
    Warning: Exception "";
    BytesWarning: Warning "";
    DeprecationWarning: Warning "";
    EncodingWarning: Warning "";
    FutureWarning: Warning "";
    ImportWarning: Warning "";
    PendingDeprecationWarning: Warning "";
    ResourceWarning: Warning "";
    RuntimeWarning: Warning "";
    SyntaxWarning: Warning "";
    UnicodeWarning: Warning "";
    UserWarning: Warning "";
}
