//! Expressions back to source text, for annotations under `from __future__ import annotations`.
//!
//! Spacing and parentheses are those of CPython's unparser: one blank around binary operators,
//! parentheses only where precedence needs them.

use orochi_syntax::Parsed;
use orochi_syntax::ast::{
    BoolOp, CmpOp, Comprehension, ConversionFlag, Expr, FStringPart, InterpolatedStringElement,
    InterpolatedStringElements, Number, Operator, Parameters, UnaryOp,
};
use orochi_syntax::literal::{bytes_value, interpolated_literal, string_part, string_value};
use orochi_syntax::text_size::Ranged;

use crate::fault::Outcome;

/// Binding strength, weakest first.
mod level {
    pub const TUPLE: u8 = 0;
    pub const TEST: u8 = 1;
    pub const OR: u8 = 2;
    pub const AND: u8 = 3;
    pub const NOT: u8 = 4;
    pub const COMPARE: u8 = 5;
    pub const BIT_OR: u8 = 6;
    pub const BIT_XOR: u8 = 7;
    pub const BIT_AND: u8 = 8;
    pub const SHIFT: u8 = 9;
    pub const ARITH: u8 = 10;
    pub const TERM: u8 = 11;
    pub const FACTOR: u8 = 12;
    pub const POWER: u8 = 13;
    pub const AWAIT: u8 = 14;
    pub const ATOM: u8 = 15;
}

/// Source text of an expression (generalized UTF-8).
///
/// # Errors
/// A literal whose value cannot be had.
pub fn unparse(parsed: &Parsed, expr: &Expr) -> Outcome<Vec<u8>> {
    let mut writer = Writer { parsed, out: Vec::new() };
    writer.expr(expr, level::TEST)?;
    Ok(writer.out)
}

struct Writer<'a> {
    parsed: &'a Parsed,
    out: Vec<u8>,
}

fn operator(op: Operator) -> (&'static str, u8) {
    match op {
        Operator::Add => (" + ", level::ARITH),
        Operator::Sub => (" - ", level::ARITH),
        Operator::Mult => (" * ", level::TERM),
        Operator::MatMult => (" @ ", level::TERM),
        Operator::Div => (" / ", level::TERM),
        Operator::Mod => (" % ", level::TERM),
        Operator::LShift => (" << ", level::SHIFT),
        Operator::RShift => (" >> ", level::SHIFT),
        Operator::BitOr => (" | ", level::BIT_OR),
        Operator::BitXor => (" ^ ", level::BIT_XOR),
        Operator::BitAnd => (" & ", level::BIT_AND),
        Operator::FloorDiv => (" // ", level::TERM),
        Operator::Pow => (" ** ", level::POWER),
    }
}

fn comparison(op: CmpOp) -> &'static str {
    match op {
        CmpOp::Eq => " == ",
        CmpOp::NotEq => " != ",
        CmpOp::Lt => " < ",
        CmpOp::LtE => " <= ",
        CmpOp::Gt => " > ",
        CmpOp::GtE => " >= ",
        CmpOp::Is => " is ",
        CmpOp::IsNot => " is not ",
        CmpOp::In => " in ",
        CmpOp::NotIn => " not in ",
    }
}

impl Writer<'_> {
    fn text(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn expr(&mut self, expr: &Expr, level: u8) -> Outcome {
        crate::emit::with_stack(|| self.expr_inner(expr, level))
    }

    fn group(&mut self, needed: bool, inner: impl FnOnce(&mut Self) -> Outcome) -> Outcome {
        if needed {
            self.text("(");
        }
        inner(self)?;
        if needed {
            self.text(")");
        }
        Ok(())
    }

    fn list(&mut self, items: &[Expr]) -> Outcome {
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.text(", ");
            }
            self.expr(item, level::TEST)?;
        }
        Ok(())
    }

    fn expr_inner(&mut self, expr: &Expr, level: u8) -> Outcome {
        match expr {
            Expr::BoolOp(node) => {
                let (word, own) = match node.op {
                    BoolOp::And => (" and ", level::AND),
                    BoolOp::Or => (" or ", level::OR),
                };
                self.group(level > own, |this| {
                    for (at, value) in node.values.iter().enumerate() {
                        if at > 0 {
                            this.text(word);
                        }
                        this.expr(value, own + 1)?;
                    }
                    Ok(())
                })
            }
            Expr::BinOp(node) => {
                let (word, own) = operator(node.op);
                let right_first = node.op == Operator::Pow;
                self.group(level > own, |this| {
                    this.expr(&node.left, own + u8::from(right_first))?;
                    this.text(word);
                    this.expr(&node.right, own + u8::from(!right_first))
                })
            }
            Expr::UnaryOp(node) => {
                let (word, own) = match node.op {
                    UnaryOp::Invert => ("~", level::FACTOR),
                    UnaryOp::Not => ("not ", level::NOT),
                    UnaryOp::UAdd => ("+", level::FACTOR),
                    UnaryOp::USub => ("-", level::FACTOR),
                };
                self.group(level > own, |this| {
                    this.text(word);
                    this.expr(&node.operand, own)
                })
            }
            Expr::Lambda(node) => self.group(level > level::TEST, |this| {
                this.text("lambda");
                if let Some(parameters) = &node.parameters
                    && parameters.iter().next().is_some()
                {
                    this.text(" ");
                    this.parameters(parameters)?;
                }
                this.text(": ");
                this.expr(&node.body, level::TEST)
            }),
            Expr::If(node) => self.group(level > level::TEST, |this| {
                this.expr(&node.body, level::TEST + 1)?;
                this.text(" if ");
                this.expr(&node.test, level::TEST + 1)?;
                this.text(" else ");
                this.expr(&node.orelse, level::TEST)
            }),
            Expr::Dict(node) => {
                self.text("{");
                for (at, item) in node.items.iter().enumerate() {
                    if at > 0 {
                        self.text(", ");
                    }
                    match &item.key {
                        Some(key) => {
                            self.expr(key, level::TEST)?;
                            self.text(": ");
                            self.expr(&item.value, level::TEST)?;
                        }
                        None => {
                            self.text("**");
                            self.expr(&item.value, level::BIT_OR)?;
                        }
                    }
                }
                self.text("}");
                Ok(())
            }
            Expr::Set(node) => {
                self.text("{");
                self.list(&node.elts)?;
                self.text("}");
                Ok(())
            }
            Expr::List(node) => {
                self.text("[");
                self.list(&node.elts)?;
                self.text("]");
                Ok(())
            }
            Expr::Tuple(node) => {
                if node.elts.is_empty() {
                    self.text("()");
                    return Ok(());
                }
                self.group(level > level::TUPLE, |this| {
                    this.list(&node.elts)?;
                    if node.elts.len() == 1 {
                        this.text(",");
                    }
                    Ok(())
                })
            }
            Expr::ListComp(node) => {
                self.text("[");
                self.expr(&node.elt, level::TEST)?;
                self.generators(&node.generators)?;
                self.text("]");
                Ok(())
            }
            Expr::SetComp(node) => {
                self.text("{");
                self.expr(&node.elt, level::TEST)?;
                self.generators(&node.generators)?;
                self.text("}");
                Ok(())
            }
            Expr::DictComp(node) => {
                self.text("{");
                if let Some(key) = &node.key {
                    self.expr(key, level::TEST)?;
                    self.text(": ");
                }
                self.expr(&node.value, level::TEST)?;
                self.generators(&node.generators)?;
                self.text("}");
                Ok(())
            }
            Expr::Generator(node) => {
                self.text("(");
                self.expr(&node.elt, level::TEST)?;
                self.generators(&node.generators)?;
                self.text(")");
                Ok(())
            }
            Expr::Yield(node) => {
                self.text("(yield");
                if let Some(value) = &node.value {
                    self.text(" ");
                    self.expr(value, level::TUPLE)?;
                }
                self.text(")");
                Ok(())
            }
            Expr::YieldFrom(node) => {
                self.text("(yield from ");
                self.expr(&node.value, level::TEST)?;
                self.text(")");
                Ok(())
            }
            Expr::Await(node) => self.group(level > level::AWAIT, |this| {
                this.text("await ");
                this.expr(&node.value, level::ATOM)
            }),
            Expr::Compare(node) => self.group(level > level::COMPARE, |this| {
                this.expr(&node.left, level::COMPARE + 1)?;
                for (op, right) in node.ops.iter().zip(&node.comparators) {
                    this.text(comparison(*op));
                    this.expr(right, level::COMPARE + 1)?;
                }
                Ok(())
            }),
            Expr::Call(node) => {
                self.expr(&node.func, level::ATOM)?;
                let arguments = &node.arguments;
                if let ([Expr::Generator(_)], true) = (&arguments.args[..], arguments.keywords.is_empty()) {
                    // Its own parentheses are the call's.
                    return self.expr(&arguments.args[0], level::TEST);
                }
                self.text("(");
                self.list(&arguments.args)?;
                for (at, keyword) in arguments.keywords.iter().enumerate() {
                    if at > 0 || !arguments.args.is_empty() {
                        self.text(", ");
                    }
                    match &keyword.arg {
                        Some(name) => {
                            self.text(name.id.as_str());
                            self.text("=");
                        }
                        None => self.text("**"),
                    }
                    self.expr(&keyword.value, level::TEST)?;
                }
                self.text(")");
                Ok(())
            }
            Expr::Attribute(node) => {
                let start = self.out.len();
                self.expr(&node.value, level::ATOM)?;
                // `1 .real` needs the blank.
                if self.out[start..].iter().all(u8::is_ascii_digit) {
                    self.text(" ");
                }
                self.text(".");
                self.text(node.attr.id.as_str());
                Ok(())
            }
            Expr::Subscript(node) => {
                self.expr(&node.value, level::ATOM)?;
                self.text("[");
                self.expr(&node.slice, level::TUPLE)?;
                self.text("]");
                Ok(())
            }
            Expr::Slice(node) => {
                if let Some(lower) = &node.lower {
                    self.expr(lower, level::TEST)?;
                }
                self.text(":");
                if let Some(upper) = &node.upper {
                    self.expr(upper, level::TEST)?;
                }
                if let Some(step) = &node.step {
                    self.text(":");
                    self.expr(step, level::TEST)?;
                }
                Ok(())
            }
            Expr::Starred(node) => {
                self.text("*");
                self.expr(&node.value, level::BIT_OR)
            }
            Expr::Name(node) => {
                self.text(node.id.as_str());
                Ok(())
            }
            Expr::Named(node) => self.group(level > level::TUPLE, |this| {
                this.expr(&node.target, level::TEST)?;
                this.text(" := ");
                this.expr(&node.value, level::TEST)
            }),
            Expr::NoneLiteral(_) => {
                self.text("None");
                Ok(())
            }
            Expr::EllipsisLiteral(_) => {
                self.text("...");
                Ok(())
            }
            Expr::BooleanLiteral(node) => {
                self.text(if node.value { "True" } else { "False" });
                Ok(())
            }
            Expr::NumberLiteral(node) => {
                self.number(&node.value, node.range());
                Ok(())
            }
            Expr::StringLiteral(node) => {
                if node.value.is_unicode() {
                    self.text("u");
                }
                let value = string_value(self.parsed, node)?.into_owned();
                self.quoted(&value, true);
                Ok(())
            }
            Expr::BytesLiteral(node) => {
                self.text("b");
                self.quoted(&bytes_value(node), false);
                Ok(())
            }
            Expr::FString(node) => {
                let mut inner = Writer { parsed: self.parsed, out: Vec::new() };
                for part in &node.value {
                    match part {
                        FStringPart::Literal(text) => {
                            let value = string_part(self.parsed, text)?.into_owned();
                            inner.literal(&value);
                        }
                        FStringPart::FString(part) => {
                            inner.elements(&part.elements, part.flags.prefix().is_raw())?;
                        }
                    }
                }
                self.text("f");
                self.quoted(&inner.out, true);
                Ok(())
            }
            Expr::TString(node) => {
                let mut inner = Writer { parsed: self.parsed, out: Vec::new() };
                for part in &node.value {
                    inner.elements(&part.elements, part.flags.prefix().is_raw())?;
                }
                self.text("t");
                self.quoted(&inner.out, true);
                Ok(())
            }
            Expr::IpyEscapeCommand(_) => Ok(()),
        }
    }

    fn number(&mut self, value: &Number, range: orochi_syntax::text_size::TextRange) {
        match value {
            Number::Int(_) => {
                let source = self.parsed.slice(range);
                match orochi_syntax::literal::number::int_value(source) {
                    orochi_syntax::literal::IntLiteral::Small(value) => self.text(&value.to_string()),
                    orochi_syntax::literal::IntLiteral::Big { digits, radix: 10 } => self.text(&digits),
                    orochi_syntax::literal::IntLiteral::Big { .. } => self.text(source),
                }
            }
            Number::Float(value) => self.float(*value),
            Number::Complex { imag, .. } => {
                if imag.fract() == 0.0 && imag.abs() < 1e16 {
                    self.text(&format!("{imag:.0}"));
                } else {
                    self.float(*imag);
                }
                self.text("j");
            }
        }
    }

    /// A float as `repr` writes it; infinity as a literal that overflows to it.
    fn float(&mut self, value: f64) {
        if value.is_infinite() {
            return self.text("1e309");
        }
        let text = format!("{value:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let exponent: i32 = exponent.parse().unwrap_or(0);
        if value == 0.0 || (-4..16).contains(&exponent) {
            let plain = format!("{value}");
            self.text(&plain);
            if !plain.contains('.') {
                self.text(".0");
            }
        } else {
            let sign = if exponent < 0 { '-' } else { '+' };
            self.text(&format!("{digits}e{sign}{:02}", exponent.abs()));
        }
    }

    fn literal(&mut self, value: &[u8]) {
        for &byte in value {
            if matches!(byte, b'{' | b'}') {
                self.out.push(byte);
            }
            self.out.push(byte);
        }
    }

    fn elements(&mut self, elements: &InterpolatedStringElements, raw: bool) -> Outcome {
        for element in elements {
            match element {
                InterpolatedStringElement::Literal(text) => {
                    let value = interpolated_literal(self.parsed, text, raw)?.into_owned();
                    self.literal(&value);
                }
                InterpolatedStringElement::Interpolation(node) => {
                    if let Some(debug) = &node.debug_text {
                        self.literal(debug.as_str().as_bytes());
                    }
                    self.text("{");
                    let start = self.out.len();
                    self.expr(&node.expression, level::TEST + 1)?;
                    if self.out.get(start) == Some(&b'{') {
                        self.out.insert(start, b' ');
                    }
                    let shown = match node.conversion {
                        ConversionFlag::None if node.debug_text.is_some() && node.format_spec.is_none() => Some('r'),
                        other => other.to_char(),
                    };
                    if let Some(kind) = shown {
                        self.text("!");
                        self.out.push(kind as u8);
                    }
                    if let Some(spec) = &node.format_spec {
                        self.text(":");
                        self.elements(&spec.elements, raw)?;
                    }
                    self.text("}");
                }
            }
        }
        Ok(())
    }

    /// Text or bytes as `repr` writes them.
    fn quoted(&mut self, value: &[u8], is_text: bool) {
        let quote = if value.contains(&b'\'') && !value.contains(&b'"') { b'"' } else { b'\'' };
        self.out.push(quote);
        for (at, &byte) in value.iter().enumerate() {
            match byte {
                b'\n' => self.text("\\n"),
                b'\r' => self.text("\\r"),
                b'\t' => self.text("\\t"),
                b'\\' => self.text("\\\\"),
                _ if byte == quote => self.out.extend([b'\\', quote]),
                0..0x20 | 0x7f => self.text(&format!("\\x{byte:02x}")),
                0x80.. if !is_text => self.text(&format!("\\x{byte:02x}")),
                // A lone surrogate is escaped: its three bytes are ED, A0..BF, 80..BF.
                0xed if value.get(at + 1).is_some_and(|next| *next >= 0xa0) => {
                    let (b, c) = (value[at + 1], value.get(at + 2).copied().unwrap_or(0x80));
                    let code = 0xd000 | u32::from(b & 0x3f) << 6 | u32::from(c & 0x3f);
                    self.text(&format!("\\u{code:04x}"));
                }
                0x80..0xc0 if is_text && surrogate_tail(value, at) => {}
                _ => self.out.push(byte),
            }
        }
        self.out.push(quote);
    }

    fn generators(&mut self, generators: &[Comprehension]) -> Outcome {
        for generator in generators {
            self.text(if generator.is_async { " async for " } else { " for " });
            self.expr(&generator.target, level::TUPLE)?;
            self.text(" in ");
            self.expr(&generator.iter, level::TEST + 1)?;
            for test in &generator.ifs {
                self.text(" if ");
                self.expr(test, level::TEST + 1)?;
            }
        }
        Ok(())
    }

    fn parameters(&mut self, parameters: &Parameters) -> Outcome {
        let mut first = true;
        let mut comma = |this: &mut Self| {
            if !std::mem::take(&mut first) {
                this.text(", ");
            }
        };
        let with_default = |this: &mut Self, p: &orochi_syntax::ast::ParameterWithDefault| -> Outcome {
            this.text(p.parameter.name.id.as_str());
            if let Some(default) = &p.default {
                this.text("=");
                this.expr(default, level::TEST)?;
            }
            Ok(())
        };
        for parameter in &parameters.posonlyargs {
            comma(self);
            with_default(self, parameter)?;
        }
        if !parameters.posonlyargs.is_empty() {
            comma(self);
            self.text("/");
        }
        for parameter in &parameters.args {
            comma(self);
            with_default(self, parameter)?;
        }
        if parameters.vararg.is_some() || !parameters.kwonlyargs.is_empty() {
            comma(self);
            self.text("*");
            if let Some(rest) = &parameters.vararg {
                self.text(rest.name.id.as_str());
            }
        }
        for parameter in &parameters.kwonlyargs {
            comma(self);
            with_default(self, parameter)?;
        }
        if let Some(rest) = &parameters.kwarg {
            comma(self);
            self.text("**");
            self.text(rest.name.id.as_str());
        }
        Ok(())
    }
}

/// Whether the byte is the second or third of an encoded surrogate.
fn surrogate_tail(value: &[u8], at: usize) -> bool {
    let start = |back: usize| {
        at.checked_sub(back).is_some_and(|from| {
            value[from] == 0xed && value.get(from + 1).is_some_and(|next| *next >= 0xa0)
        })
    };
    start(1) || start(2)
}
