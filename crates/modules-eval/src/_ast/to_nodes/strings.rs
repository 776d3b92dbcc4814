//! String literals, f-strings and t-strings as nodes: neighbouring literal pieces become one Constant.

use orochi_heap::Value;
use orochi_objects::{PyResult, str};
use orochi_syntax::ast::{
    ConversionFlag, ExprFString, ExprTString, FStringPart, InterpolatedElement, InterpolatedStringElement, InterpolatedStringElements,
    StringLiteral,
};
use orochi_syntax::literal;
use orochi_syntax::text_size::{Ranged, TextRange, TextSize};

use super::Converter;

/// A stretch of an interpolated string under way.
#[derive(Default)]
struct Pieces {
    values: Vec<Value>,
    text: Vec<u8>,
    range: Option<TextRange>,
    kind: Option<Value>,
}

impl Converter<'_> {
    /// A `str` of generalized UTF-8.
    pub(super) fn text(&self, bytes: &[u8]) -> Value {
        match orochi_text::Wtf8::from_bytes(bytes) {
            Ok(w) => str::from_wtf8(self.t, w),
            Err(_) => str::new(self.t, &String::from_utf8_lossy(bytes)),
        }
    }
    /// `'u'` for a literal with that prefix, else None.
    pub(super) fn string_kind(&self, first: Option<&StringLiteral>) -> Value {
        if first.is_some_and(|p| p.flags.prefix().is_unicode()) { str::intern(self.t, "u") } else { Value::none() }
    }

    fn add_text(&self, pieces: &mut Pieces, bytes: &[u8], range: TextRange, kind: Value) {
        if bytes.is_empty() {
            return;
        }
        if pieces.text.is_empty() {
            pieces.kind = Some(kind);
        }
        pieces.text.extend_from_slice(bytes);
        pieces.range = Some(pieces.range.map_or(range, |r| r.cover(range)));
    }
    fn flush(&self, pieces: &mut Pieces) -> PyResult<()> {
        if let Some(range) = pieces.range.take() {
            let text = self.text(&std::mem::take(&mut pieces.text));
            let kind = pieces.kind.take().unwrap_or(Value::none());
            pieces.values.push(self.constant(range, text, kind)?);
        }
        Ok(())
    }

    fn elements(&self, all: &InterpolatedStringElements, raw: bool, template: bool, out: &mut Pieces) -> PyResult<()> {
        for element in all {
            match element {
                InterpolatedStringElement::Literal(text) => {
                    let bytes = literal::interpolated_literal(self.parsed, text, raw).map_err(|f| self.fault(f))?;
                    self.add_text(out, &bytes, text.range(), Value::none());
                }
                InterpolatedStringElement::Interpolation(field) => {
                    if let Some(debug) = &field.debug_text {
                        let start = field.range.start() + TextSize::new(1);
                        let end = start + TextSize::new(debug.as_str().len() as u32);
                        self.add_text(out, debug.as_str().as_bytes(), TextRange::new(start, end.min(field.range.end())), Value::none());
                    }
                    self.flush(out)?;
                    out.values.push(self.field(field, raw, template)?);
                }
            }
        }
        Ok(())
    }

    fn field(&self, field: &InterpolatedElement, raw: bool, template: bool) -> PyResult {
        let value = self.expr(&field.expression)?;
        let conversion = match field.conversion {
            ConversionFlag::None if field.debug_text.is_some() && field.format_spec.is_none() => i32::from(b'r'),
            ConversionFlag::None => -1,
            flag => i32::from(flag as i8),
        };
        let spec = match &field.format_spec {
            None => Value::none(),
            Some(spec) => {
                let mut pieces = Pieces::default();
                self.t.check_stack(" during ast construction")?;
                self.elements(&spec.elements, raw, false, &mut pieces)?;
                self.flush(&mut pieces)?;
                let start = self.colon_before(spec.range.start());
                let range = TextRange::new(start, spec.range.end());
                self.node("JoinedStr", range, &[("values", self.list(pieces.values))])?
            }
        };
        let conversion = Value::i32(conversion);
        if template {
            let text = str::new(self.t, self.field_text(field));
            let fields = [("value", value), ("str", text), ("conversion", conversion), ("format_spec", spec)];
            return self.node("Interpolation", field.range, &fields);
        }
        self.node("FormattedValue", field.range, &[("value", value), ("conversion", conversion), ("format_spec", spec)])
    }

    /// A format specification starts at its colon.
    fn colon_before(&self, at: TextSize) -> TextSize {
        let text = self.parsed.text().as_bytes();
        let i = at.to_usize();
        if i > 0 && text.get(i - 1) == Some(&b':') { TextSize::new(i as u32 - 1) } else { at }
    }

    /// Source text of a field's expression, parentheses included.
    fn field_text(&self, field: &InterpolatedElement) -> &str {
        let text = self.parsed.text();
        let range = field.expression.range();
        let (mut start, mut end) = (range.start().to_usize(), range.end().to_usize());
        let (low, high) = (field.range.start().to_usize() + 1, field.range.end().to_usize());
        while let (Some(before), Some(after)) = (text.get(low..start), text.get(end..high)) {
            let (before, after) = (before.trim_end(), after.trim_start());
            if !before.ends_with('(') || !after.starts_with(')') {
                break;
            }
            start = low + before.len() - 1;
            end = high - after.len() + 1;
        }
        text.get(start..end).unwrap_or("")
    }

    pub(super) fn f_string(&self, x: &ExprFString) -> PyResult {
        let mut pieces = Pieces::default();
        for part in &x.value {
            match part {
                FStringPart::Literal(text) => {
                    let bytes = literal::string_part(self.parsed, text).map_err(|f| self.fault(f))?;
                    self.add_text(&mut pieces, &bytes, text.range, self.string_kind(Some(text)));
                }
                FStringPart::FString(part) => {
                    self.elements(&part.elements, part.flags.prefix().is_raw(), false, &mut pieces)?;
                }
            }
        }
        self.flush(&mut pieces)?;
        self.node("JoinedStr", x.range, &[("values", self.list(pieces.values))])
    }

    pub(super) fn t_string(&self, x: &ExprTString) -> PyResult {
        let mut pieces = Pieces::default();
        for part in &x.value {
            self.elements(&part.elements, part.flags.prefix().is_raw(), true, &mut pieces)?;
        }
        self.flush(&mut pieces)?;
        self.node("TemplateStr", x.range, &[("values", self.list(pieces.values))])
    }
}
