//! `str.format`, `str.format_map` and `str.__format__`.
//!
//! [`Markup`] cuts a format string into literal text and replacement fields; [`FieldName`] cuts a
//! field's name into its first part and the attributes and items behind it. The module `_string` shows
//! both to Python. All that has a meaning is ASCII, so the text is read as bytes.

use orochi_heap::Value;
use orochi_number::format::{Family, FormatSpec, text as text_layout};
use orochi_text::wtf8::{CodePoint, Wtf8, Wtf8Buf};

use crate::args::Args;
use crate::number;
use crate::protocol;
use crate::str::build::Scratch;
use crate::str::{self, PyStr, as_str};
use crate::thread::{Attached, PyResult};
use crate::type_::type_name;

/// A replacement field.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// What stands before `!`, `:` or the end.
    pub name: &'a Wtf8,
    /// The character behind `!`.
    pub conversion: Option<CodePoint>,
    /// What stands behind `:`.
    pub spec: &'a Wtf8,
    /// Whether the specification has fields itself.
    pub nested: bool,
}

/// Literal text and the field behind it, if there is one.
pub type Section<'a> = (&'a Wtf8, Option<Field<'a>>);

/// Walks over a format string.
pub struct Markup<'a> {
    text: &'a Wtf8,
    at: usize,
}

impl<'a> Markup<'a> {
    /// Starts at the beginning.
    pub fn new(text: &'a Wtf8) -> Markup<'a> {
        Markup { text, at: 0 }
    }
    /// Goes on at a byte offset that [`Markup::offset`] gave.
    pub fn resume(text: &'a Wtf8, at: usize) -> Markup<'a> {
        Markup { text, at: at.min(text.len()) }
    }
    /// Where the next section begins.
    pub fn offset(&self) -> usize {
        self.at
    }
    /// The next section; `None` at the end; the message of a ValueError.
    pub fn next_section(&mut self) -> Result<Option<Section<'a>>, &'static str> {
        let bytes = self.text.as_bytes();
        if self.at >= bytes.len() {
            return Ok(None);
        }
        let start = self.at;
        let Some(brace) = bytes[start..].iter().position(|&b| b == b'{' || b == b'}') else {
            self.at = bytes.len();
            return Ok(Some((self.text.slice_from(start), None)));
        };
        let brace = start + brace;
        let next = bytes.get(brace + 1);
        if next == Some(&bytes[brace]) {
            // A doubled brace ends the literal behind its first half.
            self.at = brace + 2;
            return Ok(Some((self.text.slice(start..brace + 1), None)));
        }
        if bytes[brace] == b'}' {
            return Err("Single '}' encountered in format string");
        }
        if next.is_none() {
            return Err("Single '{' encountered in format string");
        }
        self.at = brace + 1;
        let field = self.field()?;
        Ok(Some((self.text.slice(start..brace), Some(field))))
    }

    fn field(&mut self) -> Result<Field<'a>, &'static str> {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let mut at = start;
        let end = loop {
            match bytes.get(at) {
                None => return Err("expected '}' before end of string"),
                Some(b'{') => return Err("unexpected '{' in field name"),
                Some(b'[') => {
                    at += bytes[at..].iter().position(|&b| b == b']').unwrap_or(bytes.len() - at);
                    continue_past(&mut at, bytes.len());
                }
                Some(b'}' | b':' | b'!') => break at,
                Some(_) => at += 1,
            }
        };
        let name = self.text.slice(start..end);
        let mut field = Field { name, conversion: None, spec: Wtf8::EMPTY, nested: false };
        let closing = bytes[end];
        at = end + 1;
        if closing == b'}' {
            self.at = at;
            return Ok(field);
        }
        if closing == b'!' {
            let Some(c) = self.text.char_at_byte(at) else {
                return Err("end of string while looking for conversion specifier");
            };
            field.conversion = Some(c);
            at += c.len();
            match bytes.get(at) {
                None => {}
                Some(b'}') => {
                    self.at = at + 1;
                    return Ok(field);
                }
                Some(b':') => at += 1,
                Some(_) => return Err("expected ':' after conversion specifier"),
            }
        }
        let spec = at;
        let mut depth = 1;
        while let Some(&b) = bytes.get(at) {
            match b {
                b'{' => {
                    field.nested = true;
                    depth += 1;
                }
                b'}' => {
                    depth -= 1;
                    if depth == 0 {
                        field.spec = self.text.slice(spec..at);
                        self.at = at + 1;
                        return Ok(field);
                    }
                }
                _ => {}
            }
            at += 1;
        }
        Err("unmatched '{' in format spec")
    }
}

/// Steps over a closing bracket, if the text did not end before it.
fn continue_past(at: &mut usize, len: usize) {
    *at = (*at + 1).min(len);
}

/// The first part of a field's name.
#[derive(Clone, Copy, Debug)]
pub enum First<'a> {
    /// Nothing: the next argument.
    Auto,
    /// An argument by position.
    Index(usize),
    /// An argument by name.
    Name(&'a Wtf8),
}

/// One step behind the first part.
#[derive(Clone, Copy, Debug)]
pub enum Step<'a> {
    /// `.name`
    Attribute(&'a Wtf8),
    /// `[12]`
    Index(usize),
    /// `[key]`
    Key(&'a Wtf8),
}

/// The steps of a field's name behind its first part.
pub struct FieldName<'a> {
    text: &'a Wtf8,
    at: usize,
}

const TOO_MANY_DIGITS: &str = "Too many decimal digits in format string";

/// A number, if the text is one.
fn integer(text: &Wtf8) -> Result<Option<usize>, &'static str> {
    if text.is_empty() {
        return Ok(None);
    }
    // Names are the rule, and most begin with a letter.
    if text.as_bytes()[0].is_ascii() && !text.as_bytes()[0].is_ascii_digit() {
        return Ok(None);
    }
    let mut n = 0usize;
    for c in text.chars() {
        let Some(d) = orochi_text::unicode::decimal(c) else { return Ok(None) };
        let next = n.checked_mul(10).and_then(|n| n.checked_add(usize::from(d)));
        n = next.filter(|&n| n <= isize::MAX as usize).ok_or(TOO_MANY_DIGITS)?;
    }
    Ok(Some(n))
}

impl<'a> FieldName<'a> {
    /// The first part, and the walk over the rest. Errors are messages of ValueError.
    pub fn split(name: &'a Wtf8) -> Result<(First<'a>, FieldName<'a>), &'static str> {
        let end = name.as_bytes().iter().position(|b| matches!(b, b'.' | b'[')).unwrap_or(name.len());
        let first = name.slice_to(end);
        let first = match integer(first)? {
            Some(i) => First::Index(i),
            None if first.is_empty() => First::Auto,
            None => First::Name(first),
        };
        Ok((first, FieldName { text: name, at: end }))
    }
    /// Goes on at a byte offset that [`FieldName::offset`] gave.
    pub fn resume(text: &'a Wtf8, at: usize) -> FieldName<'a> {
        FieldName { text, at: at.min(text.len()) }
    }
    /// Where the next step begins.
    pub fn offset(&self) -> usize {
        self.at
    }
    /// The next step.
    pub fn next_step(&mut self) -> Result<Option<Step<'a>>, &'static str> {
        let bytes = self.text.as_bytes();
        let step = match bytes.get(self.at) {
            None => return Ok(None),
            Some(b'.') => {
                let start = self.at + 1;
                let len = bytes[start..].iter().position(|b| matches!(b, b'.' | b'['));
                self.at = len.map_or(bytes.len(), |n| start + n);
                Step::Attribute(self.text.slice(start..self.at))
            }
            Some(b'[') => {
                let start = self.at + 1;
                let Some(len) = bytes[start..].iter().position(|&b| b == b']') else {
                    return Err("Missing ']' in format string");
                };
                self.at = start + len + 1;
                let key = self.text.slice(start..start + len);
                match integer(key)? {
                    Some(i) => Step::Index(i),
                    None => Step::Key(key),
                }
            }
            Some(_) => return Err("Only '.' or '[' may follow ']' in format field specifier"),
        };
        match step {
            Step::Attribute(name) | Step::Key(name) if name.is_empty() => Err("Empty attribute in format string"),
            step => Ok(Some(step)),
        }
    }
}

/// How the fields without a number are counted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Numbering {
    Unknown,
    Automatic,
    Manual,
}

/// Where values by name come from.
#[derive(Clone, Copy)]
enum Named<'a> {
    Mapping(&'a Value),
    /// The keyword arguments of a call.
    Keywords(Args<'a>),
}

impl Named<'_> {
    fn get(self, t: Attached<'_>, name: &Wtf8) -> PyResult {
        match self {
            Named::Mapping(mapping) => protocol::get_item(t, mapping, &str::try_from_wtf8(t, name)?),
            Named::Keywords(args) => {
                let same = |key: &Value| as_str(key).is_some_and(|key| key.bytes() == name.as_bytes());
                match args.keywords().find(|(key, _)| same(key)) {
                    Some((_, v)) => Ok(v.clone()),
                    None => Err(t.raise_with(&crate::exception::KeyError, vec![str::try_from_wtf8(t, name)?])),
                }
            }
        }
    }
}

/// Where the fields' values come from.
struct Arguments<'a> {
    /// `None`: `format_map`.
    positional: Option<&'a [Value]>,
    named: Named<'a>,
    numbering: Numbering,
    next: usize,
}

impl Arguments<'_> {
    fn value(&mut self, t: Attached<'_>, name: &Wtf8) -> PyResult {
        let (first, mut rest) = FieldName::split(name).map_err(|m| t.value_error(m))?;
        let numbering = match first {
            First::Auto => Numbering::Automatic,
            First::Index(_) => Numbering::Manual,
            First::Name(_) => Numbering::Unknown,
        };
        if numbering != Numbering::Unknown {
            match (self.numbering, numbering) {
                (Numbering::Manual, Numbering::Automatic) => {
                    return Err(t.value_error(
                        "cannot switch from manual field specification to automatic field numbering",
                    ));
                }
                (Numbering::Automatic, Numbering::Manual) => {
                    return Err(t.value_error(
                        "cannot switch from automatic field numbering to manual field specification",
                    ));
                }
                _ => self.numbering = numbering,
            }
        }
        let mut value = match first {
            First::Auto => {
                self.next += 1;
                self.at(t, self.next - 1)?
            }
            First::Index(i) => self.at(t, i)?,
            First::Name(name) => self.named.get(t, name)?,
        };
        while let Some(step) = rest.next_step().map_err(|m| t.value_error(m))? {
            value = match step {
                Step::Attribute(name) => crate::attr::get(t, &value, &str::try_from_wtf8(t, name)?)?,
                Step::Index(i) => protocol::get_item(t, &value, &crate::int::from_usize(t, i))?,
                Step::Key(key) => protocol::get_item(t, &value, &str::try_from_wtf8(t, key)?)?,
            };
        }
        Ok(value)
    }
    fn at(&self, t: Attached<'_>, i: usize) -> PyResult {
        let Some(all) = self.positional else {
            return Err(t.value_error("Format string contains positional fields"));
        };
        match all.get(i) {
            Some(v) => Ok(v.clone()),
            None => {
                let message = format!("Replacement index {i} out of range for positional args tuple");
                Err(t.raise(&crate::exception::IndexError, message))
            }
        }
    }
}

/// Formats `text` with the arguments; `depth` levels of fields may stand in each other.
fn build(t: Attached<'_>, out: &mut Scratch, text: &Wtf8, arguments: &mut Arguments<'_>, depth: u32) -> PyResult<()> {
    if depth == 0 {
        return Err(t.value_error("Max string recursion exceeded"));
    }
    let mut markup = Markup::new(text);
    while let Some((literal, field)) = markup.next_section().map_err(|m| t.value_error(m))? {
        out.push(t, literal.as_bytes())?;
        let Some(field) = field else { continue };
        let mut value = arguments.value(t, field.name)?;
        if let Some(c) = field.conversion {
            value = match c.to_u32() {
                0x72 => protocol::repr(t, &value)?,
                0x73 => protocol::str(t, &value)?,
                0x61 => protocol::ascii(t, &value)?,
                n @ 33..127 => {
                    let c = char::from(n as u8);
                    return Err(t.value_error(format!("Unknown conversion specifier {c}")));
                }
                n => return Err(t.value_error(format!("Unknown conversion specifier \\x{n:x}"))),
            };
        }
        if field.nested {
            let mut spec = Scratch::new();
            build(t, &mut spec, field.spec, arguments, depth - 1)?;
            // SAFETY: all that is written are texts.
            let spec = unsafe { spec.to_str(t) }?;
            protocol::format_into(t, out, &value, str::wtf8(&spec).unwrap_or_default())?;
        } else {
            protocol::format_into(t, out, &value, field.spec)?;
        }
    }
    Ok(())
}

/// The text with its fields replaced.
fn formatted(t: Attached<'_>, text: &PyStr, arguments: &mut Arguments<'_>) -> PyResult {
    let mut out = Scratch::new();
    build(t, &mut out, text.wtf8(), arguments, 2)?;
    // SAFETY: all that is written are texts.
    unsafe { out.to_str(t) }
}

fn receiver<'a>(t: Attached<'_>, a: &'a [Value]) -> PyResult<&'a PyStr> {
    as_str(&a[0]).ok_or_else(|| t.type_error("descriptor requires a 'str' object"))
}

/// `str.format(*args, **kwargs)`.
pub(crate) fn format_method(t: Attached<'_>, a: &[Value]) -> PyResult {
    let s = receiver(t, a)?;
    let positional = Some(crate::tuple::items(&a[1]));
    let mut arguments = Arguments { positional, named: Named::Mapping(&a[2]), numbering: Numbering::Unknown, next: 0 };
    formatted(t, s, &mut arguments)
}

/// `str.format` without names, self in front.
pub(crate) fn format_at_once(t: Attached<'_>, a: &[Value]) -> PyResult {
    let s = receiver(t, a)?;
    let named = Named::Keywords(Args::new(&[]));
    formatted(t, s, &mut Arguments { positional: Some(&a[1..]), named, numbering: Numbering::Unknown, next: 0 })
}

/// `str.format` with names, the arguments as they came.
pub(crate) fn format_named(t: Attached<'_>, args: Args<'_>) -> Option<PyResult> {
    let (first, positional) = args.positional().split_first()?;
    let s = as_str(first)?;
    let mut arguments =
        Arguments { positional: Some(positional), named: Named::Keywords(args), numbering: Numbering::Unknown, next: 0 };
    Some(formatted(t, s, &mut arguments))
}

/// `str.format_map(mapping)`.
pub(crate) fn format_map_method(t: Attached<'_>, a: &[Value]) -> PyResult {
    let s = receiver(t, a)?;
    let mut arguments = Arguments { positional: None, named: Named::Mapping(&a[1]), numbering: Numbering::Unknown, next: 0 };
    formatted(t, s, &mut arguments)
}

/// `str.__format__(spec)`.
pub(crate) fn format_spec_method(t: Attached<'_>, a: &[Value]) -> PyResult {
    let s = receiver(t, a)?;
    let Some(spec) = as_str(&a[1]) else {
        return Err(t.type_error(format!("__format__() argument must be str, not {}", crate::args::type_word(t, &a[1]))));
    };
    if spec.bytes().is_empty() {
        return protocol::str(t, &a[0]);
    }
    // A lone surrogate can only be the fill character (a spec must be UTF-8 for the parser): U+10FFFF,
    // which is no character, stands in for it.
    let stand_in = '\u{10FFFF}';
    let surrogate = spec.wtf8().chars().find(|c| c.is_surrogate());
    let parsed = match spec.wtf8().as_str() {
        Some(text) => FormatSpec::parse(text, Family::Text, &type_name(t, &a[0])),
        None => {
            let text: String = spec.wtf8().chars().map(|c| c.to_char().unwrap_or(stand_in)).collect();
            FormatSpec::parse(&text, Family::Text, &type_name(t, &a[0]))
        }
    };
    let parsed = parsed.map_err(|e| number::raise(t, e))?;
    if let (Some(c), Some(kind)) = (surrogate, parsed.kind)
        && kind == stand_in
    {
        let (code, name) = (c.to_u32(), type_name(t, &a[0]));
        return Err(t.value_error(format!("Unknown format code '\\x{code:x}' for object of type '{name}'")));
    }
    let layout = text_layout(&parsed, s.char_len(), &type_name(t, &a[0])).map_err(|e| number::raise(t, e))?;
    let fill = match surrogate {
        Some(c) if layout.fill == stand_in => c,
        _ => CodePoint::from_char(layout.fill),
    };
    let kept = s.wtf8().slice_to(s.byte_of(layout.keep));
    if layout.left == 0 && layout.right == 0 {
        return str::part(t, &a[0], 0..kept.len());
    }
    let mut out = Wtf8Buf::new();
    let room = layout.left.checked_add(layout.right).and_then(|n| n.checked_mul(fill.len())).and_then(|n| n.checked_add(kept.len()));
    if room.is_none_or(|n| out.try_reserve(n).is_err())
        || out.push_repeated(fill, layout.left).is_err()
    {
        return Err(t.memory_error());
    }
    out.push_wtf8(kept);
    if out.push_repeated(fill, layout.right).is_err() {
        return Err(t.memory_error());
    }
    str::try_from_wtf8(t, &out)
}
