//! The text that is matched. The engine counts bytes, Python characters: for ASCII and bytes they are
//! the same, for other text the str's own index translates, and only where Python sees a position.

use std::sync::Arc;

use orochi_objects::{Attached, PyResult, Value, buffer, bytes, str, type_};
use orochi_text::wtf8::Wtf8;

/// What a pattern was made of, and so what it can be used on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatternKind {
    /// A str.
    Text,
    /// bytes.
    Bytes,
    /// Nothing: it matches both.
    Any,
}

/// The kind of the pattern `source`.
pub fn kind_of_pattern(t: Attached<'_>, source: &Value) -> PyResult<PatternKind> {
    if source.is_none() {
        return Ok(PatternKind::Any);
    }
    if str::is_str(source) {
        return Ok(PatternKind::Text);
    }
    if buffer::is_exporter(t, source) {
        return Ok(PatternKind::Bytes);
    }
    Err(not_text(t, source))
}

fn not_text(t: Attached<'_>, v: &Value) -> orochi_objects::Raised {
    t.type_error(format!("expected string or bytes-like object, got '{}'", type_::type_name(t, v)))
}

/// A text being matched.
#[derive(Clone)]
pub struct Subject {
    /// The object.
    pub object: Value,
    /// The bytes of objects that are neither str nor bytes, copied: they could change meanwhile.
    copy: Option<Arc<[u8]>>,
    /// Whether characters can be longer than a byte.
    pub wide: bool,
}

impl Subject {
    /// The text of an argument; TypeError if it does not suit the pattern.
    pub fn new(t: Attached<'_>, kind: PatternKind, object: &Value) -> PyResult<Subject> {
        if let Some(s) = str::as_str(object) {
            if kind == PatternKind::Bytes {
                return Err(t.type_error("cannot use a bytes pattern on a string-like object"));
            }
            return Ok(Subject { object: object.clone(), copy: None, wide: !s.is_ascii() });
        }
        if !buffer::is_exporter(t, object) {
            return Err(not_text(t, object));
        }
        if kind == PatternKind::Text {
            return Err(t.type_error("cannot use a string pattern on a bytes-like object"));
        }
        let copy = match bytes::as_bytes(object) {
            Some(_) => None,
            None => Some(buffer::read_arg(t, object, "")?.to_vec().into()),
        };
        Ok(Subject { object: object.clone(), copy, wide: false })
    }
    /// The bytes.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        if let Some(s) = str::as_str(&self.object) {
            return s.bytes();
        }
        match &self.copy {
            Some(copy) => copy,
            None => bytes::as_bytes(&self.object).unwrap_or(&[]),
        }
    }
    /// Whether it is a str.
    pub fn is_text(&self) -> bool {
        str::is_str(&self.object)
    }
    /// Length in characters.
    pub fn len(&self) -> usize {
        str::as_str(&self.object).map_or(self.bytes().len(), str::PyStr::char_len)
    }
    /// The byte of character `n` (clamped).
    #[inline]
    pub fn byte_of(&self, n: usize) -> usize {
        match str::as_str(&self.object) {
            Some(s) if self.wide && n > 0 => {
                if n >= s.char_len() { s.bytes().len() } else { s.char_index().byte_offset(s.wtf8(), n).unwrap_or(s.bytes().len()) }
            }
            _ => n.min(self.bytes().len()),
        }
    }
    /// The character at a byte offset.
    #[inline]
    pub fn char_of(&self, at: usize) -> usize {
        match str::as_str(&self.object) {
            Some(s) if self.wide && at > 0 => {
                // Near the beginning counting is cheaper than an index.
                if at <= 64 { s.wtf8().char_offset(at) } else { s.char_index().char_offset(s.wtf8(), at) }
            }
            _ => at,
        }
    }
    /// The text of a stretch, of the str's kind.
    pub fn text(&self) -> &Wtf8 {
        str::as_str(&self.object).map_or(Wtf8::from_str(""), str::PyStr::wtf8)
    }
    /// The str or bytes of a stretch.
    pub fn slice(&self, t: Attached<'_>, from: usize, to: usize) -> PyResult {
        if let Some(s) = str::as_str(&self.object) {
            if from == 0 && to == s.bytes().len() && str::is_exact_str(&self.object) {
                return Ok(self.object.clone());
            }
            return str::piece(t, s.wtf8().slice(from..to), s.is_ascii());
        }
        let all = self.bytes();
        if from == 0 && to == all.len() && bytes::TYPE.is_exact(t, &self.object) {
            return Ok(self.object.clone());
        }
        bytes::try_new(t, &all[from..to])
    }
    /// The empty str or bytes.
    pub fn empty(&self, t: Attached<'_>) -> PyResult {
        if self.is_text() { Ok(str::empty(t)) } else { bytes::try_new(t, &[]) }
    }
    /// For the collector.
    pub fn trace(&self, visit: &mut orochi_heap::Visit<'_>) {
        visit.value(&self.object);
    }
}

/// Calls an expression with the engine's text of a subject, compiled once an encoding.
macro_rules! with_text {
    ($subject:expr, $text:ident => $body:expr) => {
        if $subject.wide {
            let $text = orochi_regex::Utf8($subject.bytes());
            $body
        } else {
            let $text = orochi_regex::Bytes($subject.bytes());
            $body
        }
    };
}
pub(super) use with_text;
