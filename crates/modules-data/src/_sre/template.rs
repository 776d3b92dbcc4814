//! `SRE_Template`: a replacement text taken apart into literal stretches and group numbers, by
//! `re._compile_template`.

use orochi_heap::Visit;
use orochi_objects::exception::{IndexError, TypeError};
use orochi_objects::spec::{TypeSpec, flags};
use orochi_objects::{Attached, Payload, PyResult, Slot, Value, attr, buffer, bytes, int, list, payload, protocol, str, type_};
use orochi_text::wtf8::Wtf8Buf;

use super::matched::Groups;
use super::pattern;
use super::subject::Subject;

/// The body: a literal, then groups with the literal behind each (None: nothing).
pub struct PyTemplate {
    literal: Slot,
    parts: Box<[(u32, Slot)]>,
}

impl Payload for PyTemplate {
    payload!(PyTemplate, "SRE_Template");
    fn trace(&self, visit: &mut Visit<'_>) {
        visit.slot(&self.literal);
        for (_, literal) in &self.parts {
            visit.slot(literal);
        }
    }
}

/// `_sre.SRE_Template`.
pub static TYPE: TypeSpec = TypeSpec::new::<PyTemplate>("_sre.SRE_Template").flags(flags::NO_NEW);

/// `_sre.template(pattern, [literal, group, literal, ...])`.
pub fn make(t: Attached<'_>, a: &[Value]) -> PyResult {
    let invalid = || t.type_error("invalid template");
    if a[0].payload::<pattern::PyPattern>().is_none() {
        let got = type_::type_name(t, &a[0]);
        return Err(t.type_error(format!("template() argument 1 must be re.Pattern, not {got}")));
    }
    if list::as_list(&a[1]).is_none() {
        let got = type_::type_name(t, &a[1]);
        return Err(t.type_error(format!("template() argument 2 must be list, not {got}")));
    }
    let items = protocol::collect(t, &a[1])?;
    let is_literal = |v: &Value| str::is_str(v) || bytes::as_bytes(v).is_some();
    let Some((literal, rest)) = items.split_first() else { return Err(invalid()) };
    if rest.len() % 2 != 0 || !is_literal(literal) {
        return Err(invalid());
    }
    let mut parts = Vec::new();
    for pair in rest.chunks_exact(2) {
        let Some(index) = int::as_i64(&pair[0]) else { return Err(invalid()) };
        let Ok(index) = u32::try_from(index) else { return Err(invalid()) };
        if !is_literal(&pair[1]) {
            return Err(invalid());
        }
        parts.push((index, Slot::new(pair[1].clone())));
    }
    Ok(TYPE.alloc(t, PyTemplate { literal: Slot::new(literal.clone()), parts: parts.into() }))
}

/// `re._compile_template(pattern, text)`.
pub fn compile(t: Attached<'_>, pattern: &Value, text: &Value) -> PyResult {
    let import = protocol::builtin(t, "__import__")?;
    let re = protocol::call(t, &import, &[str::intern(t, "re")])?;
    let f = attr::get_by_name(t, &re, "_compile_template")?;
    let result = match protocol::call(t, &f, &[pattern.clone(), text.clone()]) {
        Ok(r) => r,
        // Text of a type that cannot be hashed is not cached: the plain type of its kind is.
        Err(e) if t.raised_is(&e, &TypeError) && !str::is_str(text) && bytes::as_bytes(text).is_none() => {
            if !buffer::is_exporter(t, text) {
                return Err(e);
            }
            drop(t.take_raised(e));
            let plain = buffer::read_arg(t, text, "")?.with(|b| bytes::try_new(t, b))?;
            protocol::call(t, &f, &[pattern.clone(), plain])?
        }
        Err(e) => return Err(e),
    };
    if result.payload::<PyTemplate>().is_none() {
        let got = type_::type_name(t, &result);
        return Err(t.type_error(format!("the result of compiling a replacement string is {got}, not a template")));
    }
    Ok(result)
}

/// The text of a template without groups.
pub fn literal(template: &Value) -> Option<Value> {
    template.payload::<PyTemplate>().filter(|p| p.parts.is_empty()).map(|p| p.literal.load())
}

/// Pieces of str or bytes being put together.
pub enum Joined {
    /// For a str.
    Text(Wtf8Buf),
    /// For bytes.
    Bytes(Vec<u8>),
}

impl Joined {
    /// Nothing yet, of the kind of the subject.
    pub fn new(subject: &Subject) -> Joined {
        if subject.is_text() { Joined::Text(Wtf8Buf::new()) } else { Joined::Bytes(Vec::new()) }
    }
    /// A stretch of the subject.
    pub fn stretch(&mut self, t: Attached<'_>, subject: &Subject, from: usize, to: usize) -> PyResult<()> {
        match self {
            Joined::Text(out) => {
                out.try_reserve(to - from).map_err(|_| t.memory_error())?;
                out.push_wtf8(subject.text().slice(from..to));
            }
            Joined::Bytes(out) => {
                out.try_reserve(to - from).map_err(|_| t.memory_error())?;
                out.extend_from_slice(&subject.bytes()[from..to]);
            }
        }
        Ok(())
    }
    /// A str or bytes; TypeError as that of `join` for item number `index`.
    pub fn value(&mut self, t: Attached<'_>, v: &Value, index: usize) -> PyResult<()> {
        match self {
            Joined::Text(out) => match str::as_str(v) {
                Some(s) => {
                    out.try_reserve(s.bytes().len()).map_err(|_| t.memory_error())?;
                    out.push_wtf8(s.wtf8());
                    Ok(())
                }
                None => {
                    let got = type_::type_name(t, v);
                    Err(t.type_error(format!("sequence item {index}: expected str instance, {got} found")))
                }
            },
            Joined::Bytes(out) => {
                if str::is_str(v) || !buffer::is_exporter(t, v) {
                    let got = type_::type_name(t, v);
                    return Err(t.type_error(format!("sequence item {index}: expected a bytes-like object, {got} found")));
                }
                let piece = buffer::read_arg(t, v, "")?;
                out.try_reserve(piece.len()).map_err(|_| t.memory_error())?;
                piece.with(|b| out.extend_from_slice(b));
                Ok(())
            }
        }
    }
    /// All of it.
    pub fn finish(self, t: Attached<'_>) -> PyResult {
        match self {
            Joined::Text(out) => str::try_from_wtf8(t, &out),
            Joined::Bytes(out) => bytes::try_new(t, &out),
        }
    }
}

/// Puts the text of the template for a match behind `out`.
pub fn expand_into(t: Attached<'_>, template: &Value, subject: &Subject, groups: &Groups, count: u32, out: &mut Joined) -> PyResult<()> {
    let Some(p) = template.payload::<PyTemplate>() else { return Err(t.type_error("invalid template")) };
    out.value(t, &p.literal.load(), 0)?;
    for (index, literal) in &p.parts {
        if *index > count {
            return Err(t.raise(&IndexError, "no such group"));
        }
        if let Some((from, to)) = groups.get(*index) {
            out.stretch(t, subject, from, to)?;
        }
        out.value(t, &literal.load(), 0)?;
    }
    Ok(())
}

/// The text of the template for a match.
pub fn expand(t: Attached<'_>, template: &Value, subject: &Subject, groups: &Groups) -> PyResult {
    let mut out = Joined::new(subject);
    expand_into(t, template, subject, groups, u32::MAX, &mut out)?;
    out.finish(t)
}
