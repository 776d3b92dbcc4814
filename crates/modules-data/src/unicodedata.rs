//! `unicodedata`: the character database, and `ucd_3_2_0`, the database of Unicode 3.2.
//!
//! The functions of the module and the methods of `UCD` share their bodies: a function gets no
//! receiver, a method has it in front.

use orochi_heap::{Payload, Value, payload};
use orochi_objects::spec::{GetSet, TypeSpec, flags};
use orochi_objects::args::type_word;
use orochi_objects::{Attached, Method, ModuleSpec, PyResult, dict, exception, float, str};
use orochi_text::CodePoint;
use orochi_text::unicode::{self, Form, Unicode32};

/// `unicodedata`.
pub static MODULE: ModuleSpec = ModuleSpec::new("unicodedata")
    .doc("The Unicode character database, version 16.0.0.")
    .types(&[&UCD])
    .functions(&[
        Method::new("decimal", "(chr, default=<unrepresentable>, /)", |t, a| decimal(t, a, false), "The decimal value of a character."),
        Method::new("digit", "(chr, default=<unrepresentable>, /)", |t, a| digit(t, a, false), "The digit value of a character."),
        Method::new("numeric", "(chr, default=<unrepresentable>, /)", |t, a| numeric(t, a, false), "The numeric value of a character."),
        Method::new("category", "(chr, /)", |t, a| category(t, a, false), "The general category of a character."),
        Method::new("bidirectional", "(chr, /)", |t, a| bidirectional(t, a, false), "The bidirectional class of a character."),
        Method::new("combining", "(chr, /)", |t, a| combining(t, a, false), "The canonical combining class of a character."),
        Method::new("mirrored", "(chr, /)", |t, a| mirrored(t, a, false), "1 for a character that is mirrored in right-to-left text, else 0."),
        Method::new("east_asian_width", "(chr, /)", |t, a| east_asian_width(t, a, false), "The East Asian width of a character."),
        Method::new("decomposition", "(chr, /)", |t, a| decomposition(t, a, false), "The decomposition mapping of a character."),
        Method::new("name", "(chr, default=<unrepresentable>, /)", |t, a| name(t, a, false), "The name of a character."),
        Method::new("lookup", "(name, /)", |t, a| lookup(t, a, false), "The character, or sequence of characters, with a name."),
        Method::new("is_normalized", "(form, unistr, /)", |t, a| is_normalized(t, a, false), "Whether a str is in a normal form."),
        Method::new("normalize", "(form, unistr, /)", |t, a| normalize(t, a, false), "A str in a normal form."),
    ])
    .exec(|t, namespace| {
        dict::set_by_name(t, namespace, "unidata_version", str::new(t, unicode::UNIDATA_VERSION));
        dict::set_by_name(t, namespace, "ucd_3_2_0", UCD.alloc(t, PyUcd));
        Ok(())
    });

/// The body of the database of Unicode 3.2.
pub struct PyUcd;

impl Payload for PyUcd {
    payload!(PyUcd, "unicodedata.UCD");
    const CYCLIC: bool = false;
}

/// `unicodedata.UCD`.
pub static UCD: TypeSpec = TypeSpec::new::<PyUcd>("unicodedata.UCD")
    .flags(flags::NO_NEW)
    .methods(&[
        Method::new("decimal", "($self, chr, default=<unrepresentable>, /)", |t, a| decimal(t, &a[1..], true), ""),
        Method::new("digit", "($self, chr, default=<unrepresentable>, /)", |t, a| digit(t, &a[1..], true), ""),
        Method::new("numeric", "($self, chr, default=<unrepresentable>, /)", |t, a| numeric(t, &a[1..], true), ""),
        Method::new("category", "($self, chr, /)", |t, a| category(t, &a[1..], true), ""),
        Method::new("bidirectional", "($self, chr, /)", |t, a| bidirectional(t, &a[1..], true), ""),
        Method::new("combining", "($self, chr, /)", |t, a| combining(t, &a[1..], true), ""),
        Method::new("mirrored", "($self, chr, /)", |t, a| mirrored(t, &a[1..], true), ""),
        Method::new("east_asian_width", "($self, chr, /)", |t, a| east_asian_width(t, &a[1..], true), ""),
        Method::new("decomposition", "($self, chr, /)", |t, a| decomposition(t, &a[1..], true), ""),
        Method::new("name", "($self, chr, default=<unrepresentable>, /)", |t, a| name(t, &a[1..], true), ""),
        Method::new("lookup", "($self, name, /)", |t, a| lookup(t, &a[1..], true), ""),
        Method::new("is_normalized", "($self, form, unistr, /)", |t, a| is_normalized(t, &a[1..], true), ""),
        Method::new("normalize", "($self, form, unistr, /)", |t, a| normalize(t, &a[1..], true), ""),
    ])
    .getset(&[GetSet::read("unidata_version", |t, _| Ok(str::new(t, Unicode32::UNIDATA_VERSION)), "")]);

/// The one character of an argument; `n` numbers the argument where the function has several.
fn character(t: Attached<'_>, v: &Value, function: &str, n: &str) -> PyResult<CodePoint> {
    let Some(s) = str::as_str(v) else {
        let wrong = type_word(t, v);
        return Err(t.type_error(format!("{function}() argument{n} must be a unicode character, not {wrong}")));
    };
    match s.char_at(0).and_then(CodePoint::new) {
        Some(c) if s.char_len() == 1 => Ok(c),
        _ => {
            let len = s.char_len();
            Err(t.type_error(format!(
                "{function}(): argument{n} must be a unicode character, not a string of length {len}"
            )))
        }
    }
}

/// The value found, the default that was given, or ValueError.
fn or_default(t: Attached<'_>, found: Option<Value>, default: &Value, message: &str) -> PyResult {
    match found.or_else(|| default.given().cloned()) {
        Some(v) => Ok(v),
        None => Err(t.value_error(message)),
    }
}

fn decimal(t: Attached<'_>, a: &[Value], old: bool) -> PyResult {
    let c = character(t, &a[0], "decimal", " 1")?;
    let found = if old { Unicode32::decimal(c) } else { unicode::decimal(c) };
    or_default(t, found.map(|d| Value::i32(d.into())), &a[1], "not a decimal")
}
fn digit(t: Attached<'_>, a: &[Value], old: bool) -> PyResult {
    let c = character(t, &a[0], "digit", " 1")?;
    let found = if old { Unicode32::digit(c) } else { unicode::digit(c) };
    or_default(t, found.map(|d| Value::i32(d.into())), &a[1], "not a digit")
}
fn numeric(t: Attached<'_>, a: &[Value], old: bool) -> PyResult {
    let c = character(t, &a[0], "numeric", " 1")?;
    let found = if old { Unicode32::numeric(c) } else { unicode::numeric(c) };
    or_default(t, found.map(|x| float::new(t, x)), &a[1], "not a numeric character")
}
fn category(t: Attached<'_>, a: &[Value], old: bool) -> PyResult {
    let c = character(t, &a[0], "category", "")?;
    let found = if old { Unicode32::category(c) } else { unicode::category(c) };
    Ok(str::intern(t, found.name()))
}
fn bidirectional(t: Attached<'_>, a: &[Value], old: bool) -> PyResult {
    let c = character(t, &a[0], "bidirectional", "")?;
    Ok(str::intern(t, if old { Unicode32::bidirectional(c) } else { unicode::bidirectional(c) }))
}
fn combining(t: Attached<'_>, a: &[Value], old: bool) -> PyResult {
    let c = character(t, &a[0], "combining", "")?;
    Ok(Value::i32(if old { Unicode32::combining(c) } else { unicode::combining(c) }.into()))
}
fn mirrored(t: Attached<'_>, a: &[Value], old: bool) -> PyResult {
    let c = character(t, &a[0], "mirrored", "")?;
    Ok(Value::i32(if old { Unicode32::is_mirrored(c) } else { unicode::is_mirrored(c) }.into()))
}
fn east_asian_width(t: Attached<'_>, a: &[Value], old: bool) -> PyResult {
    let c = character(t, &a[0], "east_asian_width", "")?;
    Ok(str::intern(t, if old { Unicode32::east_asian_width(c) } else { unicode::east_asian_width(c) }))
}
fn decomposition(t: Attached<'_>, a: &[Value], old: bool) -> PyResult {
    let c = character(t, &a[0], "decomposition", "")?;
    Ok(str::from_string(t, if old { Unicode32::decomposition(c) } else { unicode::decomposition(c) }))
}
fn name(t: Attached<'_>, a: &[Value], old: bool) -> PyResult {
    let c = character(t, &a[0], "name", " 1")?;
    let found = if old { Unicode32::name(c) } else { unicode::name(c) };
    or_default(t, found.map(|n| str::from_string(t, n)), &a[1], "no such name")
}

fn lookup(t: Attached<'_>, a: &[Value], old: bool) -> PyResult {
    /// Longer than any name: CPython says so instead of searching.
    const TOO_LONG: usize = 256;
    let wanted = str::expect(t, &a[0], "lookup() argument")?;
    if wanted.bytes().len() > TOO_LONG {
        return Err(t.raise(&exception::KeyError, "name too long"));
    }
    if let Some(text) = wanted.wtf8().as_str() {
        let found = if old { Unicode32::lookup(text) } else { unicode::lookup(text) };
        if let Some(c) = found {
            return Ok(str::from_code_point(t, c.to_u32()));
        }
        if !old && let Some(sequence) = unicode::lookup_sequence(text) {
            return Ok(str::new(t, sequence));
        }
    }
    Err(t.raise(&exception::KeyError, format!("undefined character name '{}'", str::display(&a[0]))))
}

fn form_and_text<'a>(t: Attached<'_>, a: &'a [Value], function: &str) -> PyResult<(Form, &'a str::PyStr)> {
    let form = str::expect(t, &a[0], &format!("{function}() argument 1"))?;
    let text = str::expect(t, &a[1], &format!("{function}() argument 2"))?;
    match form.wtf8().as_str().and_then(Form::from_name) {
        Some(form) => Ok((form, text)),
        None => Err(t.value_error("invalid normalization form")),
    }
}
fn is_normalized(t: Attached<'_>, a: &[Value], old: bool) -> PyResult {
    let (form, text) = form_and_text(t, a, "is_normalized")?;
    let text = text.wtf8();
    Ok(Value::bool(if old { Unicode32::is_normalized(form, text) } else { unicode::is_normalized(form, text) }))
}
fn normalize(t: Attached<'_>, a: &[Value], old: bool) -> PyResult {
    let (form, text) = form_and_text(t, a, "normalize")?;
    if text.bytes().is_empty() || text.is_ascii() {
        // Of a subclass's instance, the str without the class.
        return if str::is_exact_str(&a[1]) { Ok(a[1].clone()) } else { str::try_from_wtf8(t, text.wtf8()) };
    }
    let text = text.wtf8();
    let out = if old { Unicode32::normalize(form, text) } else { unicode::normalize(form, text) };
    str::try_from_wtf8(t, &out)
}
