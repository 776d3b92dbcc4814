//! Functions and lambdas: their own code, and the code that makes the function object.

use std::sync::Arc;

use orochi_bytecode::instructions::{
    FUNCTION_ANNOTATE, FUNCTION_ANNOTATIONS, FUNCTION_CLOSURE, FUNCTION_DEFAULTS, FUNCTION_KWDEFAULTS,
};
use orochi_bytecode::word::EXTRA;
use orochi_bytecode::{Code, Const, Op, flags};
use orochi_syntax::ast::{Expr, ExprLambda, Parameters, StmtFunctionDef};
use orochi_syntax::text_size::{Ranged, TextRange};

use super::Emitter;
use crate::fault::Outcome;
use crate::symtable::build::positional;
use crate::symtable::{ScopeId, ScopeKind, node_key, node_key_of};
use crate::unit::{Operand, Want};

impl<'a> Emitter<'a> {
    /// Sets the parameter counts and flags of the unit.
    fn signature(&mut self, parameters: &Parameters) -> Outcome {
        let count = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        let total = parameters.len();
        if total > 60_000 {
            return self.fault("too many parameters", parameters.range);
        }
        for parameter in parameters.iter() {
            let name = parameter.name();
            self.refuse_debug(name.id.as_str(), parameter.as_parameter().range)?;
        }
        let code = &mut self.unit.code;
        code.posonly_count = count(parameters.posonlyargs.len());
        code.arg_count = count(parameters.posonlyargs.len() + parameters.args.len());
        code.kwonly_count = count(parameters.kwonlyargs.len());
        if parameters.vararg.is_some() {
            code.flags |= flags::VARARGS;
        }
        if parameters.kwarg.is_some() {
            code.flags |= flags::VARKEYWORDS;
        }
        Ok(())
    }

    /// Evaluates defaults into new temporaries; gives the flags of `MakeFunction` that they stand for.
    pub fn defaults(&mut self, parameters: &'a Parameters) -> Outcome<u8> {
        let mut made = 0;
        let defaults: Vec<&'a Expr> = positional(parameters).filter_map(|p| p.default.as_deref()).collect();
        if !defaults.is_empty() {
            made |= FUNCTION_DEFAULTS;
            self.tuple_of(&defaults)?;
        }
        let keyword: Vec<(&str, &'a Expr)> = parameters
            .kwonlyargs
            .iter()
            .filter_map(|p| Some((p.parameter.name.id.as_str(), p.default.as_deref()?)))
            .collect();
        if !keyword.is_empty() {
            made |= FUNCTION_KWDEFAULTS;
            let mark = self.unit.next;
            let first = self.unit.reserve(mark);
            let mut keys = Vec::with_capacity(keyword.len());
            for (name, default) in keyword {
                let name = self.mangled(&orochi_syntax::ast::name::Name::new(name));
                keys.push(Const::Str(name.as_bytes().into()));
                self.temporary(default)?;
            }
            let count = keys.len() as u16;
            let keys = self.unit.constant(Const::Tuple(keys.into()));
            self.unit.emit_argument(Op::BuildConstKeyMap, 0, first, first, count, keys.into());
            self.unit.next = mark + 1;
        }
        Ok(made)
    }

    /// A tuple of expressions in a new temporary, constant if it can be.
    fn tuple_of(&mut self, exprs: &[&'a Expr]) -> Outcome<u16> {
        let mark = self.unit.next;
        let mut constants = Vec::with_capacity(exprs.len());
        for expr in exprs {
            match self.fold(expr)? {
                Some(value) => constants.push(value),
                None => break,
            }
        }
        let register = self.unit.reserve(mark);
        if constants.len() == exprs.len() {
            self.unit.next = mark + 1;
            self.unit.load_const(register, Const::Tuple(constants.into()));
            return Ok(register);
        }
        for expr in exprs {
            self.temporary(expr)?;
        }
        self.unit.emit(Op::BuildTuple, 0, register, register, exprs.len() as u16);
        self.unit.next = mark + 1;
        Ok(register)
    }

    /// Emits `MakeFunction` with a run from `mark` on: what `made` names stands there already; the
    /// closure is added. Gives the function.
    pub fn make_function(
        &mut self,
        code: Arc<Code>,
        scope: ScopeId,
        made: u8,
        want: Want,
        mark: u32,
    ) -> Outcome<Operand> {
        let mut flags = made;
        // The closure's bit comes before that of text annotations, its register too.
        let text_annotations = made & FUNCTION_ANNOTATIONS != 0;
        let frees: Vec<_> = self.table.scope(scope).frees.iter().cloned().collect();
        if !frees.is_empty() {
            flags |= FUNCTION_CLOSURE;
            let top = self.unit.next;
            if text_annotations {
                // Make room below the annotations, which are the top temporary.
                let from = (top - 1) as u16;
                let to = self.unit.temp();
                self.unit.emit(Op::Move, orochi_bytecode::word::TAKE_B, to, from, 0);
            }
            let start = self.unit.next;
            let first = self.unit.reserve(start);
            for name in &frees {
                let Some(cell) = self.cell_register(name) else {
                    return self.fault(format!("no cell for '{name}'"), TextRange::default());
                };
                let register = self.unit.temp();
                self.unit.emit(Op::Move, 0, register, cell, 0);
            }
            let target = if text_annotations { (top - 1) as u16 } else { first };
            self.unit.emit(Op::BuildTuple, 0, target, first, frees.len() as u16);
            self.unit.next = if text_annotations { start } else { start + 1 };
        }
        let first = self.unit.reserve(mark);
        let index = self.unit.constant16(Const::Code(code));
        let target = self.destination(want, mark);
        self.unit.emit(Op::MakeFunction, flags, target, first, index);
        Ok(self.finish(want, mark))
    }

    pub fn lambda(&mut self, node: &'a ExprLambda, want: Want) -> Outcome<Operand> {
        let mark = self.unit.next;
        let made = match &node.parameters {
            Some(parameters) => self.defaults(parameters)?,
            None => 0,
        };
        let scope = self.scope_of(node_key(node));
        self.open_unit(scope, "<lambda>", self.line_of(node.range));
        let outcome: Outcome = (|| {
            if let Some(parameters) = &node.parameters {
                self.signature(parameters)?;
            }
            let data = self.table.scope(scope);
            if data.is_method {
                self.unit.code.flags |= flags::METHOD;
            }
            if data.is_generator {
                self.unit.code.flags |= flags::GENERATOR;
            }
            self.unit.at = node.body.range();
            let value = self.value(&node.body, Want::Any)?;
            if data_is_generator(self, scope) {
                self.discard(value);
                self.unit.next = self.unit.code.locals.len() as u32;
                self.return_none();
            } else {
                self.emit_return(value);
            }
            Ok(())
        })();
        let code = self.close_unit(outcome);
        self.make_function(code?, scope, made, want, mark)
    }

    /// `def` and `async def`, decorators included.
    pub fn function(&mut self, node: &'a StmtFunctionDef) -> Outcome {
        let mark = self.unit.next;
        self.refuse_debug(node.name.id.as_str(), node.range)?;
        let first_line = match node.decorator_list.first() {
            Some(first) => self.line_of(first.range),
            None => self.line_of(node.name.range).min(self.line_of(node.range)),
        };
        // Each decorator waits as the callable of a call's run.
        for decorator in &node.decorator_list {
            self.temporary(&decorator.expression)?;
            self.unit.reserve(self.unit.next);
            self.unit.next += 1;
        }
        let header = self.header(node);
        self.at(header);
        let start = self.unit.next;
        let function = match &node.type_params {
            None => {
                let made = self.defaults(&node.parameters)?;
                self.plain_function(node, first_line, made, start)?
            }
            Some(params) => self.generic_function(node, params, first_line, start)?,
        };
        self.decorate(&node.decorator_list, function, mark);
        self.at(header);
        if let Operand::Temp(register) = function {
            let top = if node.decorator_list.is_empty() { register } else { self.unit.reserve(mark) };
            self.store_name(&node.name.id, Operand::Temp(top))?;
        }
        self.unit.next = mark;
        Ok(())
    }

    /// The range that stands for a definition: its header line.
    fn header(&self, node: &StmtFunctionDef) -> TextRange {
        let start = match node.decorator_list.last() {
            // The node begins at its first decorator.
            Some(last) => {
                let text = &self.parsed.text()[last.range.end().to_usize()..];
                let skip = text.len() - text.trim_start().len();
                let comments = skip_comments(&text[skip..]);
                last.range.end() + orochi_syntax::text_size::TextSize::new((skip + comments) as u32)
            }
            None => node.range.start(),
        };
        TextRange::new(start.min(node.range.end()), node.range.end())
    }

    /// Calls the decorators that wait from `mark` on with the value on top, innermost first; the last result
    /// is in `mark`.
    pub fn decorate(&mut self, decorators: &'a [orochi_syntax::ast::Decorator], value: Operand, mark: u32) {
        let Operand::Temp(_) = value else { return };
        for (at, decorator) in decorators.iter().enumerate().rev() {
            let run = self.unit.reserve(mark + 2 * at as u32);
            let target = match at {
                0 => run,
                // The result is the argument of the decorator outside.
                _ => run,
            };
            self.at(decorator.expression.range());
            self.unit.emit(Op::Call, EXTRA, target, run, 1);
        }
        self.unit.next = mark + 1;
    }

    /// Makes the function object; what `made` names stands from `mark` on.
    pub fn plain_function(
        &mut self,
        node: &'a StmtFunctionDef,
        first_line: u32,
        made: u8,
        mark: u32,
    ) -> Outcome<Operand> {
        let mut made = made;
        made |= self.function_annotations(node)?;
        let scope_id = self.scope_of(node_key(node));
        self.open_unit(scope_id, node.name.id.as_str(), first_line);
        let outcome = self.function_code(node, scope_id);
        let code = self.close_unit(outcome);
        self.make_function(code?, scope_id, made, Want::Temp, mark)
    }

    fn function_code(&mut self, node: &'a StmtFunctionDef, scope_id: ScopeId) -> Outcome {
        self.signature(&node.parameters)?;
        let scope = self.table.scope(scope_id);
        let (is_generator, is_method) = (scope.is_generator, scope.is_method);
        self.unit.code.flags |= match (node.is_async, is_generator) {
            (true, true) => flags::ASYNC_GENERATOR,
            (true, false) => flags::COROUTINE,
            (false, true) => flags::GENERATOR,
            (false, false) => 0,
        };
        if is_method {
            self.unit.code.flags |= flags::METHOD;
        }
        let mut body = &node.body[..];
        if let Some(text) = Self::docstring_of(body) {
            if self.options.optimize < 2 {
                let value = orochi_syntax::literal::string_value(self.parsed, text)?;
                let value = crate::docstring::clean(&value);
                self.unit.constant(Const::Str(value.into()));
                self.unit.code.flags |= flags::HAS_DOCSTRING;
            }
            body = &body[1..];
        }
        self.body(body)?;
        self.return_none();
        Ok(())
    }

    /// Evaluates the annotations of a function into a new temporary; gives their flag.
    fn function_annotations(&mut self, node: &'a StmtFunctionDef) -> Outcome<u8> {
        let parameters = &node.parameters;
        // The order of CPython: positional, `*args`, keyword-only, `**kwargs`, return.
        let mut all: Vec<(orochi_syntax::ast::name::Name, &'a Expr)> = Vec::new();
        let positional_only = positional(parameters).map(|p| &p.parameter);
        let rest = parameters.vararg.as_deref().into_iter();
        let rest = rest.chain(parameters.kwonlyargs.iter().map(|p| &p.parameter));
        let rest = rest.chain(parameters.kwarg.as_deref());
        for parameter in positional_only.chain(rest) {
            if let Some(annotation) = parameter.annotation.as_deref() {
                all.push((self.mangled(&parameter.name.id), annotation));
            }
        }
        if let Some(returns) = node.returns.as_deref() {
            all.push((orochi_syntax::ast::name::Name::new_static("return"), returns));
        }
        if all.is_empty() {
            return Ok(0);
        }
        if self.future_annotations() {
            let mut items = Vec::with_capacity(all.len() * 2);
            for (name, annotation) in all {
                items.push(Const::Str(name.as_bytes().into()));
                items.push(self.annotation_text(annotation)?);
            }
            let register = self.unit.temp();
            self.unit.load_const(register, Const::Tuple(items.into()));
            return Ok(FUNCTION_ANNOTATIONS);
        }
        let scope = self.scope_of(node_key_of(node, 2));
        self.function_annotate(scope, &all, node.range)?;
        Ok(FUNCTION_ANNOTATE)
    }
}

fn data_is_generator(emitter: &Emitter<'_>, scope: ScopeId) -> bool {
    let scope = emitter.table.scope(scope);
    scope.is_generator && scope.kind == ScopeKind::Lambda
}

/// Bytes of comment and blank lines at the start of a text.
fn skip_comments(text: &str) -> usize {
    let mut rest = text;
    while rest.starts_with('#') {
        let line = rest.find('\n').map_or(rest.len(), |at| at + 1);
        rest = rest[line..].trim_start();
    }
    text.len() - rest.len()
}
