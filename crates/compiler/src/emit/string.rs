//! f-strings and t-strings.

use orochi_bytecode::instructions::Op;
use orochi_bytecode::word::{EXTRA, TAKE_C};
use orochi_bytecode::Const;
use orochi_syntax::ast::{
    ConversionFlag, ExprFString, ExprTString, FStringPart, InterpolatedElement, InterpolatedStringElement,
    InterpolatedStringElements,
};
use orochi_syntax::literal::{interpolated_literal, string_part};
use orochi_syntax::text_size::{Ranged, TextRange, TextSize};

use super::Emitter;
use crate::fault::Outcome;
use crate::unit::{Operand, Want};

/// A stretch of a formatted string.
enum Piece<'a> {
    Text(Vec<u8>),
    Value(&'a InterpolatedElement, bool),
}

fn push_text(pieces: &mut Vec<Piece<'_>>, text: &[u8]) {
    if text.is_empty() {
        return;
    }
    match pieces.last_mut() {
        Some(Piece::Text(before)) => before.extend_from_slice(text),
        _ => pieces.push(Piece::Text(text.to_vec())),
    }
}

fn conversion(node: &InterpolatedElement) -> u16 {
    match node.conversion {
        ConversionFlag::Str => 1,
        ConversionFlag::Repr => 2,
        ConversionFlag::Ascii => 3,
        // `{x=}` shows the repr.
        ConversionFlag::None if node.debug_text.is_some() && node.format_spec.is_none() => 2,
        ConversionFlag::None => 0,
    }
}

impl<'a> Emitter<'a> {
    fn pieces(
        &self,
        elements: &'a InterpolatedStringElements,
        raw: bool,
        pieces: &mut Vec<Piece<'a>>,
    ) -> Outcome {
        for element in elements {
            match element {
                InterpolatedStringElement::Literal(text) => {
                    push_text(pieces, &interpolated_literal(self.parsed, text, raw)?);
                }
                InterpolatedStringElement::Interpolation(node) => {
                    if let Some(debug) = &node.debug_text {
                        push_text(pieces, debug.as_str().as_bytes());
                    }
                    pieces.push(Piece::Value(node, raw));
                }
            }
        }
        Ok(())
    }

    pub fn f_string(&mut self, node: &'a ExprFString, want: Want) -> Outcome<Operand> {
        let mut pieces = Vec::new();
        for part in &node.value {
            match part {
                FStringPart::Literal(text) => push_text(&mut pieces, &string_part(self.parsed, text)?),
                FStringPart::FString(part) => {
                    let raw = part.flags.prefix().is_raw();
                    self.pieces(&part.elements, raw, &mut pieces)?;
                }
            }
        }
        self.join(pieces, want)
    }

    fn join(&mut self, mut pieces: Vec<Piece<'a>>, want: Want) -> Outcome<Operand> {
        let mark = self.unit.next;
        if pieces.len() == 1
            && let Some(Piece::Value(node, raw)) = pieces.first()
        {
            let (node, raw) = (*node, *raw);
            return self.formatted(node, raw, want);
        }
        if pieces.iter().all(|piece| matches!(piece, Piece::Text(_))) {
            let text = match pieces.pop() {
                Some(Piece::Text(text)) => text,
                _ => Vec::new(),
            };
            return Ok(self.constant(Const::Str(text.into()), want));
        }
        let first = self.unit.reserve(mark);
        let count = pieces.len() as u16;
        for piece in pieces {
            match piece {
                Piece::Text(text) => {
                    self.constant(Const::Str(text.into()), Want::Temp);
                }
                Piece::Value(node, raw) => {
                    self.formatted(node, raw, Want::Temp)?;
                }
            }
        }
        let target = self.destination(want, mark);
        self.unit.emit(Op::BuildString, 0, target, first, count);
        Ok(self.finish(want, mark))
    }

    /// One replacement field of an f-string.
    fn formatted(&mut self, node: &'a InterpolatedElement, raw: bool, want: Want) -> Outcome<Operand> {
        let mark = self.unit.next;
        let before = self.at(node.range);
        let mut value = self.register(&node.expression)?;
        let kind = conversion(node);
        if kind != 0 {
            let (b, flags) = self.unit.src_b(value);
            let converted = self.unit.reserve(mark);
            self.unit.emit(Op::Convert, flags, converted, b, kind);
            self.unit.next = mark + 1;
            value = Operand::Temp(converted);
        }
        match &node.format_spec {
            None => {
                let (b, flags) = self.unit.src_b(value);
                let target = self.destination(want, mark);
                self.unit.emit(Op::FormatSimple, flags, target, b, 0);
            }
            Some(spec) => {
                let mut pieces = Vec::new();
                self.pieces(&spec.elements, raw, &mut pieces)?;
                let spec = super::with_stack(|| self.join(pieces, Want::Any))?;
                let (b, flags) = self.unit.src_b(value);
                let (c, spec_flags) = self.unit.src_or_const(spec, TAKE_C);
                let target = self.destination(want, mark);
                self.unit.emit(Op::FormatSpec, flags | spec_flags, target, b, c);
            }
        }
        self.unit.at = before;
        Ok(self.finish(want, mark))
    }

    /// Source text of a field's expression, parentheses included.
    fn field_text(&self, node: &InterpolatedElement) -> &str {
        let text = self.parsed.text();
        let range = node.expression.range();
        let (mut start, mut end) = (range.start().to_usize(), range.end().to_usize());
        let (low, high) = (node.range.start().to_usize() + 1, node.range.end().to_usize());
        loop {
            let before = text[low..start].trim_end();
            let after = text[end..high].trim_start();
            if before.ends_with('(') && after.starts_with(')') {
                start = low + before.len() - 1;
                end = high - after.len() + 1;
                continue;
            }
            break;
        }
        let range = TextRange::new(TextSize::new(start as u32), TextSize::new(end as u32));
        self.parsed.slice(range)
    }

    pub fn t_string(&mut self, node: &'a ExprTString, want: Want) -> Outcome<Operand> {
        let mark = self.unit.next;
        let mut pieces = Vec::new();
        for part in &node.value {
            let raw = part.flags.prefix().is_raw();
            self.pieces(&part.elements, raw, &mut pieces)?;
        }
        let mut strings = Vec::new();
        let mut text = Vec::new();
        let mut fields = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Text(more) => text.extend(more),
                Piece::Value(node, raw) => {
                    strings.push(Const::Str(std::mem::take(&mut text).into()));
                    fields.push((node, raw));
                }
            }
        }
        strings.push(Const::Str(text.into()));
        let first = self.unit.temp();
        self.unit.load_const(first, Const::Tuple(strings.into()));
        let members = self.unit.reserve(self.unit.next);
        let count = fields.len() as u16;
        for (node, raw) in fields {
            let start = self.unit.next;
            let before = self.at(node.range);
            let run = self.temporary(&node.expression)?;
            let expression = Const::Str(self.field_text(node).as_bytes().into());
            self.constant(expression, Want::Temp);
            let mut flags = 0;
            if let Some(spec) = &node.format_spec {
                flags = EXTRA;
                let mut pieces = Vec::new();
                self.pieces(&spec.elements, raw, &mut pieces)?;
                self.join(pieces, Want::Temp)?;
            }
            self.unit.emit(Op::BuildInterpolation, flags, run, run, conversion(node));
            self.unit.next = start + 1;
            self.unit.at = before;
        }
        self.unit.emit(Op::BuildTuple, 0, members, members, count);
        let target = self.destination(want, mark);
        self.unit.emit(Op::BuildTemplate, 0, target, first, 0);
        Ok(self.finish(want, mark))
    }
}
