//! `builtins`: the functions that need no compiler and no frame, all builtin types, exception classes
//! and constants.
//!
//! `exec`, `eval`, `compile`, `__import__`, `__build_class__`, `globals`, `locals` and `breakpoint`
//! belong to the evaluator, which adds them to the module's namespace. `dir()` and `vars()` without
//! arguments ask that `locals`.
//!
//! One file a family: `attributes`, `classes`, `iteration`, `numbers`, `order` (min, max, sorted),
//! `output` (print, input, open), `asynchronous`.

mod asynchronous;
mod attributes;
mod classes;
mod iteration;
mod numbers;
mod order;
mod output;

use orochi_objects::{self as objects, Attached, Method, ModuleSpec, PyResult, TypeSpec, Value};

use objects::{dict, exception};

/// The module.
pub static MODULE: ModuleSpec = ModuleSpec::new("builtins")
    .doc(
        "Built-in functions, types, exceptions, and other objects.\n\nThis module provides direct access to all 'built-in'\n\
         identifiers of Python; for example, builtins.len is\nthe full name for the built-in function len().\n\nThis module is \
         not normally accessed explicitly by most\napplications, but can be useful in modules that provide\nobjects with the \
         same name as a builtin, but in which\nthe built-in of that name is also needed.",
    )
    .functions(FUNCTIONS)
    .types(TYPES)
    .exec(exec);

const FUNCTIONS: &[Method] = &[
    Method::new("abs", "(x, /)", numbers::abs, "Return the absolute value of the argument."),
    Method::new("aiter", "(async_iterable, /)", asynchronous::aiter, "Return an AsyncIterator for an AsyncIterable object."),
    Method::new(
        "all",
        "(iterable, /)",
        iteration::all,
        "Return True if bool(x) is True for all values x in the iterable.\n\nIf the iterable is empty, return True.",
    ),
    Method::new(
        "anext",
        "(aiterator, default=<unrepresentable>, /)",
        asynchronous::anext,
        "Return the next item from the async iterator.",
    ),
    Method::new(
        "any",
        "(iterable, /)",
        iteration::any,
        "Return True if bool(x) is True for any x in the iterable.\n\nIf the iterable is empty, return False.",
    ),
    Method::new(
        "ascii",
        "(obj, /)",
        output::ascii,
        "Return an ASCII-only representation of an object.\n\nAs repr(), return a string containing a printable representation \
         of an\nobject, but escape the non-ASCII characters in the string returned by\nrepr() using \\\\x, \\\\u or \\\\U \
         escapes. This generates a string similar\nto that returned by repr() in Python 2.",
    ),
    Method::new("bin", "(number, /)", numbers::bin, "Return the binary representation of an integer."),
    Method::new("callable", "(obj, /)", classes::callable, "Return whether the object is callable (i.e., some kind of function)."),
    Method::new("chr", "(i, /)", numbers::chr, "Return a Unicode string of one character with ordinal i; 0 <= i <= 0x10ffff."),
    Method::new("delattr", "(obj, name, /)", attributes::delattr, "Deletes the named attribute from the given object."),
    Method::new("dir", "(*args)", attributes::dir, "Show attributes of an object."),
    Method::new("divmod", "(x, y, /)", numbers::divmod, "Return the tuple (x//y, x%y).  Invariant: div*y + mod == x."),
    Method::new("format", "(value, format_spec='', /)", output::format, "Return type(value).__format__(value, format_spec)."),
    Method::new("getattr", "(object, name, default=None, /)", attributes::getattr, "Get a named attribute from an object."),
    Method::new("hasattr", "(obj, name, /)", attributes::hasattr, "Return whether the object has an attribute with the given name."),
    Method::new("hash", "(obj, /)", classes::hash, "Return the hash value for the given object."),
    Method::new("hex", "(number, /)", numbers::hex, "Return the hexadecimal representation of an integer."),
    Method::new("id", "(obj, /)", classes::id, "Return the identity of an object."),
    Method::new("input", "(prompt='', /)", output::input, "Read a string from standard input.  The trailing newline is stripped."),
    Method::new(
        "isinstance",
        "(obj, class_or_tuple, /)",
        classes::isinstance,
        "Return whether an object is an instance of a class or of a subclass thereof.",
    ),
    Method::new(
        "issubclass",
        "(cls, class_or_tuple, /)",
        classes::issubclass,
        "Return whether 'cls' is derived from another class or is the same class.",
    ),
    Method::new("iter", "(object, sentinel=None, /)", iteration::iter, "Get an iterator from an object."),
    Method::new("len", "(obj, /)", iteration::len, "Return the number of items in a container."),
    Method::new(
        "max",
        "(*args, key=None, default=None)",
        order::max,
        "With a single iterable argument, return its biggest item. The\ndefault keyword-only argument specifies an object to \
         return if\nthe provided iterable is empty.\nWith two or more positional arguments, return the largest argument.",
    )
    .at_once(order::max_at_once),
    Method::new(
        "min",
        "(*args, key=None, default=None)",
        order::min,
        "With a single iterable argument, return its smallest item. The\ndefault keyword-only argument specifies an object to \
         return if\nthe provided iterable is empty.\nWith two or more positional arguments, return the smallest argument.",
    )
    .at_once(order::min_at_once),
    Method::new("next", "(iterator, default=None, /)", iteration::next, "Return the next item from the iterator."),
    Method::new("oct", "(number, /)", numbers::oct, "Return the octal representation of an integer."),
    Method::new(
        "open",
        "(file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None)",
        output::open,
        "Open file and return a stream.  Raise OSError upon failure.",
    ),
    Method::new("ord", "(character, /)", numbers::ord, "Return the ordinal value of a character."),
    Method::new(
        "pow",
        "(base, exp, mod=None)",
        numbers::pow,
        "Equivalent to base**exp with 2 arguments or base**exp % mod with 3 arguments.",
    ),
    Method::new(
        "print",
        "(*args, sep=' ', end='\\n', file=None, flush=False)",
        output::print,
        "Prints the values to a stream, or to sys.stdout by default.",
    ).at_once(output::print_at_once).named(output::print_named),
    Method::new("repr", "(obj, /)", output::repr, "Return the canonical string representation of the object."),
    Method::new("round", "(number, ndigits=None)", numbers::round, "Round a number to a given precision in decimal digits."),
    Method::new("setattr", "(obj, name, value, /)", attributes::setattr, "Sets the named attribute on the given object to the specified value."),
    Method::new(
        "sorted",
        "(iterable, /, *, key=None, reverse=False)",
        order::sorted,
        "Return a new list containing all items from the iterable in ascending order.",
    ),
    Method::new("sum", "(iterable, /, start=0)", numbers::sum, "Return the sum of a 'start' value (default: 0) plus an iterable of numbers"),
    Method::new("vars", "(object=<unrepresentable>, /)", attributes::vars, "Show vars."),
];

static TYPES: &[&TypeSpec] = &[
    &objects::bool_::TYPE,
    &objects::bytearray::TYPE,
    &objects::bytes::TYPE,
    &objects::class_method::TYPE,
    &objects::complex::TYPE,
    &objects::dict::TYPE,
    &objects::enumerate::TYPE,
    &objects::filter::TYPE,
    &objects::float::TYPE,
    &objects::set::FROZEN,
    &objects::int::TYPE,
    &objects::list::TYPE,
    &objects::map_::TYPE,
    &objects::memoryview::TYPE,
    &objects::object::TYPE,
    &objects::property::TYPE,
    &objects::range::TYPE,
    &objects::reversed::TYPE,
    &objects::set::TYPE,
    &objects::slice::TYPE,
    &objects::static_method::TYPE,
    &objects::str::TYPE,
    &objects::super_::TYPE,
    &objects::tuple::TYPE,
    &objects::type_::TYPE,
    &objects::zip::TYPE,
];

fn exec(t: Attached<'_>, namespace: &Value) -> PyResult<()> {
    for class in exception::ALL {
        dict::set_by_name(t, namespace, class.short_name(), class.get(t).clone());
    }
    for alias in ["EnvironmentError", "IOError"] {
        dict::set_by_name(t, namespace, alias, exception::OSError.get(t).clone());
    }
    for (name, value) in [
        ("None", Value::none()),
        ("True", Value::bool(true)),
        ("False", Value::bool(false)),
        ("NotImplemented", Value::not_implemented()),
        ("Ellipsis", Value::ellipsis()),
        ("__debug__", Value::bool(true)),
    ] {
        dict::set_by_name(t, namespace, name, value);
    }
    Ok(())
}
