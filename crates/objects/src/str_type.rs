//! The Python type `str`: its slots and the table of its methods.
//!
//! `str_type/`: `search` (find, count, split, strip, replace, join), `change` (case, padding,
//! translation), `position` (indexes, slices, start and end arguments), `iterate` (iterators).
//! Formatting is in `percent.rs` and `str_format.rs`, encoding in `codecs.rs`.

mod change;
mod iterate;
mod position;
mod search;
#[cfg(test)]
mod tests;

use orochi_heap::Value;
use orochi_text::str_ops;

use crate::args::{Args, Signature};
use crate::str::{self, PyStr, as_str};
use crate::thread::{Attached, PyResult};
use crate::type_::type_name;
use crate::{CompareOp, Def, Method};

pub(crate) use position::{bounds, part_of};
pub(crate) use search::{list_of, tuple_of};

pub(crate) const DOC: &str = "str(object='') -> str\n\
str(bytes_or_buffer[, encoding[, errors]]) -> str\n\n\
The text of an object: decoded bytes if an encoding or an error handler is named,\n\
else what the object's __str__() gives, or repr(object).";

pub(crate) const SLOTS: &[Def] = &[
    Def::New(new),
    Def::Repr(repr),
    Def::Str(itself),
    Def::Hash(hash),
    Def::Compare(compare),
    Def::Iter(iterate::iter),
    Def::Len(len),
    Def::GetItem(position::get_item),
    Def::Contains(contains),
    Def::Concat(concat),
    Def::Repeat(repeat),
    Def::Mod(rem),
];

macro_rules! predicate {
    ($name:literal, $f:expr, $doc:literal) => {
        Method::new($name, "($self, /)", |t, a| Ok(Value::bool($f(me(t, a)?.wtf8()))), $doc)
    };
}

pub(crate) const METHODS: &[Method] = &[
    Method::new("encode", "($self, /, encoding='utf-8', errors='strict')", encode, "The text as bytes in an encoding."),
    Method::new("replace", "($self, old, new, /, count=-1)", search::replace, "A copy with occurrences of old replaced by new, at most count of them."),
    Method::new("split", "($self, /, sep=None, maxsplit=-1)", search::split, "The parts between separators, from the left."),
    Method::new("rsplit", "($self, /, sep=None, maxsplit=-1)", search::rsplit, "The parts between separators, splitting from the right."),
    Method::new("join", "($self, iterable, /)", search::join, "The strings of the iterable with this one between them."),
    Method::new("capitalize", "($self, /)", change::capitalize, "A copy whose first character is title case and the rest lower case."),
    Method::new("casefold", "($self, /)", change::casefold, "A copy for comparisons that ignore case."),
    Method::new("title", "($self, /)", change::title, "A copy in which words begin with a title case character."),
    Method::new("center", "($self, width, fillchar=' ', /)", change::center, "A copy in the middle of width characters."),
    Method::new("count", "($self, sub, start=None, end=None, /)", search::count, "How often sub occurs in self[start:end], without overlaps."),
    Method::new("expandtabs", "($self, /, tabsize=8)", change::expandtabs, "A copy with spaces for tabs."),
    Method::new("find", "($self, sub, start=None, end=None, /)", search::find, "The lowest index of sub in self[start:end], or -1."),
    Method::new("partition", "($self, sep, /)", search::partition, "What is before the first sep, sep, and what is after it."),
    Method::new("index", "($self, sub, start=None, end=None, /)", search::index, "As find(), but ValueError if sub does not occur."),
    Method::new("ljust", "($self, width, fillchar=' ', /)", change::ljust, "A copy at the left of width characters."),
    Method::new("lower", "($self, /)", change::lower, "A copy in lower case."),
    Method::new("lstrip", "($self, chars=None, /)", search::lstrip, "A copy without leading white space, or characters of chars."),
    Method::new("rfind", "($self, sub, start=None, end=None, /)", search::rfind, "The highest index of sub in self[start:end], or -1."),
    Method::new("rindex", "($self, sub, start=None, end=None, /)", search::rindex, "As rfind(), but ValueError if sub does not occur."),
    Method::new("rjust", "($self, width, fillchar=' ', /)", change::rjust, "A copy at the right of width characters."),
    Method::new("rstrip", "($self, chars=None, /)", search::rstrip, "A copy without trailing white space, or characters of chars."),
    Method::new("rpartition", "($self, sep, /)", search::rpartition, "What is before the last sep, sep, and what is after it."),
    Method::new("splitlines", "($self, /, keepends=False)", search::splitlines, "The lines, with their ends if keepends is true."),
    Method::new("strip", "($self, chars=None, /)", search::strip, "A copy without white space around it, or characters of chars."),
    Method::new("swapcase", "($self, /)", change::swapcase, "A copy with upper and lower case exchanged."),
    Method::new("translate", "($self, table, /)", change::translate, "A copy in which the table, by ordinals, replaces characters."),
    Method::new("upper", "($self, /)", change::upper, "A copy in upper case."),
    Method::new("startswith", "($self, prefix, start=None, end=None, /)", search::startswith, "Whether self[start:end] begins with prefix, or one of a tuple of them."),
    Method::new("endswith", "($self, suffix, start=None, end=None, /)", search::endswith, "Whether self[start:end] ends with suffix, or one of a tuple of them."),
    Method::new("removeprefix", "($self, prefix, /)", search::removeprefix, "A copy without the prefix, if it is there."),
    Method::new("removesuffix", "($self, suffix, /)", search::removesuffix, "A copy without the suffix, if it is there."),
    Method::new("isascii", "($self, /)", |t, a| Ok(Value::bool(me(t, a)?.is_ascii())), "Whether all characters are ASCII."),
    predicate!("islower", str_ops::is_lower, "Whether there are cased characters, all lower case."),
    predicate!("isupper", str_ops::is_upper, "Whether there are cased characters, all upper case."),
    predicate!("istitle", str_ops::is_title, "Whether words begin, and only they, with an upper or title case character."),
    predicate!("isspace", str_ops::is_space, "Whether there are characters, all white space."),
    predicate!("isdecimal", str_ops::is_decimal, "Whether there are characters, all decimal digits."),
    predicate!("isdigit", str_ops::is_digit, "Whether there are characters, all digits."),
    predicate!("isnumeric", str_ops::is_numeric, "Whether there are characters, all numeric."),
    predicate!("isalpha", str_ops::is_alpha, "Whether there are characters, all letters."),
    predicate!("isalnum", str_ops::is_alnum, "Whether there are characters, all letters or numeric."),
    predicate!("isidentifier", str_ops::is_identifier, "Whether this is an identifier (keywords are)."),
    predicate!("isprintable", str_ops::is_printable, "Whether repr() would show all characters as they are."),
    Method::new("zfill", "($self, width, /)", change::zfill, "A copy with zeros in front, behind the sign, to width characters."),
    Method::new("format", "($self, /, *args, **kwargs)", crate::str_format::format_method, "A copy with the fields in braces replaced by formatted arguments.")
        .at_once(crate::str_format::format_at_once)
        .named(crate::str_format::format_named),
    Method::new("format_map", "($self, mapping, /)", crate::str_format::format_map_method, "As format(), with the names looked up in a mapping."),
    Method::new("__format__", "($self, format_spec, /)", crate::str_format::format_spec_method, "The text as the format specification says."),
    Method::stat("maketrans", "(x, y=<unrepresentable>, z=<unrepresentable>, /)", change::maketrans, "A table for translate()."),
    Method::new("__sizeof__", "($self, /)", size_of, "Bytes in memory."),
    Method::new("__getnewargs__", "($self, /)", get_new_args, ""),
];

/// The receiver of a method.
fn me<'a>(t: Attached<'_>, a: &'a [Value]) -> PyResult<&'a PyStr> {
    match a.first().and_then(as_str) {
        Some(s) => Ok(s),
        None => Err(t.type_error("descriptor requires a 'str' object")),
    }
}

/// A str that is exactly a str: the value itself, or a copy without the class.
pub(crate) fn exact(t: Attached<'_>, v: &Value) -> PyResult {
    match as_str(v) {
        Some(s) if !str::is_exact_str(v) => str::piece(t, s.wtf8(), s.is_ascii()),
        _ => Ok(v.clone()),
    }
}

/// An argument that is a size: OverflowError in the words of functions, not of indexing.
fn size_arg(t: Attached<'_>, v: &Value) -> PyResult<isize> {
    let i = crate::protocol::as_index(t, v)?;
    match crate::int::as_i64(&i) {
        Some(n) => Ok(n as isize),
        None => Err(t.overflow_error("Python int too large to convert to C ssize_t")),
    }
}

fn new(t: Attached<'_>, class: &Value, args: Args<'_>) -> PyResult {
    let text = match args.all() {
        [] => str::empty(t),
        [only] if args.names().is_empty() => crate::protocol::str(t, only)?,
        _ => {
            if args.positional().len() > 3 {
                return Err(t.type_error(format!("str expected at most 3 arguments, got {}", args.positional().len())));
            }
            if args.all().len() > 3 {
                return Err(t.type_error(format!("str() takes at most 3 arguments ({} given)", args.all().len())));
            }
            let signature = Signature::parse("(object='', encoding='utf-8', errors='strict')");
            signature.call(t, "str", args, |a| {
                for (v, name) in [(&a[1], "encoding"), (&a[2], "errors")] {
                    if let Some(v) = v.given() {
                        str::expect(t, v, &format!("str() argument '{name}'"))?;
                    }
                }
                let Some(object) = a[0].given() else { return Ok(str::empty(t)) };
                if a[1].is_unbound() && a[2].is_unbound() {
                    return crate::protocol::str(t, object);
                }
                crate::codecs::decode_object(t, object, a[1].given(), a[2].given())
            })?
        }
    };
    if class.is(str::TYPE.get(t)) {
        return Ok(text);
    }
    match as_str(&text) {
        Some(s) => str::new_in(t, class, s.wtf8()),
        None => Ok(text),
    }
}

fn repr(t: Attached<'_>, this: &Value) -> PyResult {
    let s = me(t, std::slice::from_ref(this))?;
    if orochi_text::repr::is_plain(s.bytes()) {
        return str::build::quoted(t, s);
    }
    Ok(str::from_buf(t, orochi_text::repr::repr(s.wtf8())))
}

fn itself(t: Attached<'_>, this: &Value) -> PyResult {
    exact(t, this)
}

fn hash(t: Attached<'_>, this: &Value) -> PyResult<i64> {
    Ok(str::hash(t, this))
}

fn len(_: Attached<'_>, this: &Value) -> PyResult<usize> {
    Ok(as_str(this).map_or(0, PyStr::char_len))
}

fn compare(_: Attached<'_>, this: &Value, other: &Value, op: CompareOp) -> PyResult {
    let (Some(a), Some(b)) = (as_str(this), as_str(other)) else { return Ok(Value::not_implemented()) };
    Ok(Value::bool(match op {
        CompareOp::Eq => str::same_text(this, other),
        CompareOp::Ne => !str::same_text(this, other),
        _ => op.holds(a.bytes().cmp(b.bytes())),
    }))
}

fn contains(t: Attached<'_>, this: &Value, item: &Value) -> PyResult<bool> {
    let Some(needle) = as_str(item) else {
        return Err(t.type_error(format!("'in <string>' requires string as left operand, not {}", type_name(t, item))));
    };
    Ok(as_str(this).is_some_and(|s| orochi_text::search::contains(s.bytes(), needle.bytes())))
}

fn concat(t: Attached<'_>, a: &Value, b: &Value) -> PyResult {
    str::concat(t, a, b)
}

fn repeat(t: Attached<'_>, this: &Value, n: isize) -> PyResult {
    let s = me(t, std::slice::from_ref(this))?;
    if n <= 0 || s.char_len() == 0 {
        return Ok(str::empty(t));
    }
    if n == 1 {
        return exact(t, this);
    }
    let n = n as usize;
    if s.char_len().checked_mul(n).is_none_or(|c| c > isize::MAX as usize) {
        return Err(t.overflow_error("repeated string is too long"));
    }
    str::build::repeated(t, s, n)
}

fn rem(t: Attached<'_>, format: &Value, args: &Value) -> PyResult {
    match as_str(format) {
        Some(s) => crate::percent::format_str(t, s, args),
        None => Ok(Value::not_implemented()),
    }
}

fn encode(t: Attached<'_>, a: &[Value]) -> PyResult {
    if let Some(s) = as_str(&a[0])
        && s.is_ascii()
        && a[2].is_unbound()
        && crate::codecs::is_utf8(&a[1])
    {
        return crate::bytes::try_new(t, s.bytes());
    }
    for (v, name) in [(&a[1], "encoding"), (&a[2], "errors")] {
        if let Some(v) = v.given() {
            str::expect(t, v, &format!("encode() argument '{name}'"))?;
        }
    }
    crate::codecs::encode(t, &a[0], a[1].given(), a[2].given())
}

fn size_of(t: Attached<'_>, a: &[Value]) -> PyResult {
    let size = a[0].header().map_or(0, orochi_heap::alloc::object_size);
    Ok(crate::int::from_usize(t, size))
}

fn get_new_args(t: Attached<'_>, a: &[Value]) -> PyResult {
    let copy = match as_str(&a[0]) {
        Some(s) => str::try_from_wtf8(t, s.wtf8())?,
        None => a[0].clone(),
    };
    Ok(crate::tuple::new(t, vec![copy]))
}
