//! The classes of exceptions, as CPython's `Exceptions` documentation draws them.
//!
//! Each is a [`TypeSpec`] named as in Python: `exception::ValueError`. Those with attributes of their
//! own get them from the file named behind the arrow.

#![allow(non_upper_case_globals, reason = "exception classes are named as in Python")]

use super::PyException;
use super::{group, import_error, methods, os_error, simple, syntax_error, unicode_error};
use crate::spec::{TypeSpec, flags};

macro_rules! exceptions {
    (@extend; $spec:expr) => { $spec };
    (@extend $extend:path; $spec:expr) => { $extend($spec) };
    ($( $name:ident : $base:ident $doc:literal $(=> $extend:path)?; )+) => {
        $(
            #[doc = concat!("`", stringify!($name), "`: ", $doc)]
            pub static $name: TypeSpec = exceptions!(
                @extend $($extend)?;
                TypeSpec::new::<PyException>(stringify!($name)).base(&$base).flags(flags::BASETYPE).doc($doc)
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
    BaseExceptionGroup: BaseException "A combination of multiple unrelated exceptions." => group::group_type;
    ExceptionGroup: BaseExceptionGroup "" => group::exception_group_type;
    GeneratorExit: BaseException "Request that a generator exit.";
    KeyboardInterrupt: BaseException "Program interrupted by user.";
    SystemExit: BaseException "Request to exit from the interpreter." => simple::system_exit_type;
    Exception: BaseException "Common base class for all non-exit exceptions.";
    ArithmeticError: Exception "Base class for arithmetic errors.";
    FloatingPointError: ArithmeticError "Floating-point operation failed.";
    OverflowError: ArithmeticError "Result too large to be represented.";
    ZeroDivisionError: ArithmeticError "Second argument to a division or modulo operation was zero.";
    AssertionError: Exception "Assertion failed.";
    AttributeError: Exception "Attribute not found." => simple::attribute_error_type;
    BufferError: Exception "Buffer error.";
    EOFError: Exception "Read beyond end of file.";
    ImportError: Exception "Import can't find module, or can't find name in module." => import_error::import_error_type;
    ModuleNotFoundError: ImportError "Module not found.";
    LookupError: Exception "Base class for lookup errors.";
    IndexError: LookupError "Sequence index out of range.";
    KeyError: LookupError "Mapping key not found." => simple::key_error_type;
    MemoryError: Exception "Out of memory.";
    NameError: Exception "Name not found globally." => simple::name_error_type;
    UnboundLocalError: NameError "Local name referenced but not bound to a value.";
    OSError: Exception "Base class for I/O related errors." => os_error::os_error_type;
    BlockingIOError: OSError "I/O operation would block.";
    ChildProcessError: OSError "Child process error.";
    ConnectionError: OSError "Connection error.";
    BrokenPipeError: ConnectionError "Broken pipe.";
    ConnectionAbortedError: ConnectionError "Connection aborted.";
    ConnectionRefusedError: ConnectionError "Connection refused.";
    ConnectionResetError: ConnectionError "Connection reset.";
    FileExistsError: OSError "File already exists.";
    FileNotFoundError: OSError "File not found.";
    InterruptedError: OSError "Interrupted by signal.";
    IsADirectoryError: OSError "Operation doesn't work on directories.";
    NotADirectoryError: OSError "Operation only works on directories.";
    PermissionError: OSError "Not enough permissions.";
    ProcessLookupError: OSError "Process not found.";
    TimeoutError: OSError "Timeout expired.";
    ReferenceError: Exception "Weak ref proxy used after referent went away.";
    RuntimeError: Exception "Unspecified run-time error.";
    NotImplementedError: RuntimeError "Method or function hasn't been implemented yet.";
    PythonFinalizationError: RuntimeError "Operation blocked during Python finalization.";
    RecursionError: RuntimeError "Recursion limit exceeded.";
    StopAsyncIteration: Exception "Signal the end from iterator.__anext__().";
    StopIteration: Exception "Signal the end from iterator.__next__()." => simple::stop_iteration_type;
    SyntaxError: Exception "Invalid syntax." => syntax_error::syntax_error_type;
    IndentationError: SyntaxError "Improper indentation.";
    TabError: IndentationError "Improper mixture of spaces and tabs.";
    _IncompleteInputError: SyntaxError "incomplete input.";
    SystemError: Exception "Internal error in the Python interpreter.";
    TypeError: Exception "Inappropriate argument type.";
    ValueError: Exception "Inappropriate argument value (of correct type).";
    UnicodeError: ValueError "Unicode related error.";
    UnicodeDecodeError: UnicodeError "Unicode decoding error." => unicode_error::decode_type;
    UnicodeEncodeError: UnicodeError "Unicode encoding error." => unicode_error::encode_type;
    UnicodeTranslateError: UnicodeError "Unicode translation error." => unicode_error::translate_type;
    Warning: Exception "Base class for warning categories.";
    BytesWarning: Warning "Base class for warnings about bytes and buffer related problems, mostly\nrelated to conversion from str or comparing to str.";
    DeprecationWarning: Warning "Base class for warnings about deprecated features.";
    EncodingWarning: Warning "Base class for warnings about encodings.";
    FutureWarning: Warning "Base class for warnings about constructs that will change semantically\nin the future.";
    ImportWarning: Warning "Base class for warnings about probable mistakes in module imports";
    PendingDeprecationWarning: Warning "Base class for warnings about features which will be deprecated\nin the future.";
    ResourceWarning: Warning "Base class for warnings about resource usage.";
    RuntimeWarning: Warning "Base class for warnings about dubious runtime behavior.";
    SyntaxWarning: Warning "Base class for warnings about dubious syntax.";
    UnicodeWarning: Warning "Base class for warnings about Unicode related problems, mostly\nrelated to conversion problems.";
    UserWarning: Warning "Base class for warnings generated by user code.";
}
