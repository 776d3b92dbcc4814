//! Annotations: deferred `__annotate__` functions (PEP 649, 749), text under the future import, and
//! annotated assignment.

use orochi_bytecode::word::{CONST, TAKE_A, TAKE_B, TAKE_C};
use orochi_bytecode::{Const, Op};
use orochi_syntax::ast::name::Name;
use orochi_syntax::ast::{Expr, StmtAnnAssign};
use orochi_syntax::text_size::{Ranged, TextRange};

use super::Emitter;
use crate::fault::Outcome;
use crate::symtable::{DeferredAnnotation, ScopeId, ScopeKind};
use crate::unit::{Operand, Want};

impl<'a> Emitter<'a> {
    /// The text of an annotation.
    pub fn annotation_text(&self, expr: &Expr) -> Outcome<Const> {
        let text = crate::unparse::unparse(self.parsed, expr)?;
        Ok(Const::Str(text.into()))
    }

    /// `target: annotation = value`
    pub fn annotated(&mut self, node: &'a StmtAnnAssign) -> Outcome {
        let mark = self.unit.next;
        if let Some(value) = &node.value {
            if let Expr::Name(name) = &*node.target
                && let Some(register) = self.local_target(&name.id)
            {
                self.refuse_debug(name.id.as_str(), name.range)?;
                self.value(value, Want::Register(register))?;
            } else {
                let value = self.value(value, Want::Any)?;
                self.store(&node.target, value)?;
            }
            self.unit.next = mark;
        }
        self.at(node.range);
        let in_namespace = !self.unit.kind.is_function_like();
        match &*node.target {
            Expr::Name(name) => {
                self.refuse_debug(name.id.as_str(), name.range)?;
                if node.simple && in_namespace {
                    self.note_annotation(node, name)?;
                }
            }
            Expr::Attribute(target) => {
                self.refuse_debug(target.attr.id.as_str(), target.range)?;
                if node.value.is_none() {
                    let object = self.value(&target.value, Want::Any)?;
                    self.discard(object);
                }
            }
            Expr::Subscript(target) if node.value.is_none() => {
                let object = self.value(&target.value, Want::Any)?;
                self.discard(object);
                self.unit.next = mark;
                let index = self.value(&target.slice, Want::Any)?;
                self.discard(index);
            }
            _ => {}
        }
        self.unit.next = mark;
        if !node.simple && in_namespace && !self.future_annotations() {
            let value = self.value(&node.annotation, Want::Any)?;
            self.discard(value);
        }
        self.unit.next = mark;
        Ok(())
    }

    fn note_annotation(&mut self, node: &'a StmtAnnAssign, name: &'a orochi_syntax::ast::ExprName) -> Outcome {
        if self.future_annotations() {
            let text = self.annotation_text(&node.annotation)?;
            let value = self.unit.temp();
            self.unit.load_const(value, text);
            let dict = self.unit.temp();
            let index = self.unit.name("__annotations__");
            self.unit.emit(Op::LoadName, 0, dict, index, 0);
            let key = self.mangled(&name.id);
            let key = self.unit.constant(Const::Str(key.as_bytes().into()));
            let (c, flags) = self.unit.src_or_const(Operand::Const(key), TAKE_C);
            self.unit.emit(Op::StoreSubscr, TAKE_A | TAKE_B | flags, value, dict, c);
            return Ok(());
        }
        let annotations = &self.table.scope(self.unit.scope).annotations;
        let own = annotations.iter().find(|a| std::ptr::eq(a.statement, node));
        let Some(condition) = own.and_then(|a| a.condition) else { return Ok(()) };
        let set = self.unit.temp();
        let conditional = Name::new_static("__conditional_annotations__");
        match self.cell_register(&conditional) {
            Some(cell) => self.unit.emit(Op::LoadCell, 0, set, cell, 0),
            None => {
                let index = self.unit.name(conditional.as_str());
                self.unit.emit(Op::LoadName, 0, set, index, 0);
            }
        }
        let member = self.unit.temp();
        self.unit.load_const(member, Const::Int(condition));
        self.unit.emit(Op::SetAdd, TAKE_B, set, member, 0);
        self.unit.clear(set);
        Ok(())
    }

    /// At the start of an annotate function: only the format 1 and 2 (VALUE, VALUE_WITH_FAKE_GLOBALS) are known.
    pub fn check_format(&mut self) {
        self.unit.code.arg_count = 1;
        self.unit.code.posonly_count = 1;
        let fine = self.unit.label();
        let two = self.unit.constant16(Const::Int(2));
        self.unit.jump(Op::JumpIfNotGt, CONST, 0, two, fine);
        let error = self.unit.reserve(self.unit.next);
        self.unit.emit(Op::LoadNotImplementedError, 0, error, 0, 0);
        self.unit.emit(Op::Raise, TAKE_A, error, 0, 0);
        self.unit.bind(fine);
    }

    /// An annotation's value; `*Ts` after `*args:` means the one thing that it unpacks to.
    fn annotation_value(&mut self, expr: &'a Expr) -> Outcome<u16> {
        let Expr::Starred(starred) = expr else { return self.temporary(expr) };
        let mark = self.unit.next;
        let value = self.register(&starred.value)?;
        let (b, flags) = self.unit.src_b(value);
        let only = self.unit.reserve(mark);
        self.unit.emit(Op::UnpackSequence, flags, only, b, 1);
        self.unit.next = mark + 1;
        Ok(only)
    }

    /// Makes a function's `__annotate__` in a new temporary.
    pub fn function_annotate(&mut self, scope: ScopeId, all: &[(Name, &'a Expr)], range: TextRange) -> Outcome {
        let mark = self.unit.next;
        let line = self.line_of(self.unit.at);
        let at = self.unit.at;
        self.open_unit(scope, "__annotate__", line);
        self.unit.at = at;
        let outcome: Outcome = (|| {
            self.check_format();
            let first = self.unit.reserve(self.unit.next);
            if all.len() <= 60 {
                let mut keys = Vec::with_capacity(all.len());
                for (name, annotation) in all {
                    keys.push(Const::Str(name.as_bytes().into()));
                    self.annotation_value(annotation)?;
                }
                let keys = self.unit.constant(Const::Tuple(keys.into()));
                self.unit.emit_argument(Op::BuildConstKeyMap, 0, first, first, all.len() as u16, keys.into());
            } else {
                self.unit.emit(Op::BuildMap, 0, first, first, 0);
                self.unit.next = u32::from(first) + 1;
                for (name, annotation) in all {
                    let key = self.unit.temp();
                    self.unit.load_const(key, Const::Str(name.as_bytes().into()));
                    let value = self.annotation_value(annotation)?;
                    self.unit.emit(Op::MapAdd, TAKE_B | TAKE_C, first, key, value);
                    self.unit.next = u32::from(first) + 1;
                }
            }
            self.unit.emit(Op::Return, TAKE_A, first, 0, 0);
            Ok(())
        })();
        let code = self.close_unit(outcome);
        let _ = range;
        self.make_function(code?, scope, 0, Want::Temp, mark)?;
        Ok(())
    }

    /// Makes the `__annotate__` of a module or class from its collected annotations.
    pub fn deferred_annotations(&mut self) -> Outcome {
        let own = self.table.scope(self.unit.scope);
        let (Some(scope), false) = (own.annotation_scope, own.annotations.is_empty()) else { return Ok(()) };
        let all: Vec<DeferredAnnotation<'a>> = own.annotations.clone();
        let conditional_module = own.has_conditional_annotations && own.kind == ScopeKind::Module;
        let mark = self.unit.next;
        let line = match self.unit.kind {
            ScopeKind::Class => self.unit.code.first_line,
            _ => self.line_of(self.unit.at),
        };
        let start = match self.unit.kind {
            ScopeKind::Class => self.unit.at,
            _ => self.unit.at,
        };
        self.open_unit(scope, "__annotate__", line);
        self.unit.at = start;
        let outcome: Outcome = (|| {
            self.check_format();
            let map = self.unit.temp();
            self.unit.emit(Op::BuildMap, 0, map, map, 0);
            let base = self.unit.next;
            for annotation in all {
                let node = annotation.statement;
                let Some(name) = crate::symtable::is_name(&node.target) else { continue };
                self.unit.at = start;
                let skip = self.unit.label();
                if let Some(condition) = annotation.condition {
                    let member = self.unit.temp();
                    self.unit.load_const(member, Const::Int(condition));
                    let set = self.unit.temp();
                    let conditional = Name::new_static("__conditional_annotations__");
                    let var = self.var(&conditional);
                    self.load_var(var, &conditional, set);
                    self.unit.emit(Op::In, TAKE_B | TAKE_C, member, member, set);
                    self.unit.jump(Op::JumpIfFalse, TAKE_A, member, 0, skip);
                    self.unit.next = base;
                }
                self.unit.at = node.annotation.range();
                let value = self.annotation_value(&node.annotation)?;
                let key = self.mangled(name);
                let key = self.unit.constant(Const::Str(key.as_bytes().into()));
                let (c, flags) = self.unit.src_or_const(Operand::Const(key), TAKE_C);
                self.unit.emit(Op::StoreSubscr, TAKE_A | flags, value, map, c);
                self.unit.next = base;
                self.unit.bind(skip);
            }
            self.unit.at = start;
            self.unit.emit(Op::Return, TAKE_A, map, 0, 0);
            Ok(())
        })();
        let code = self.close_unit(outcome);
        let function = self.make_function(code?, scope, 0, Want::Temp, mark)?;
        if let Operand::Temp(register) = function {
            let name = if self.unit.kind == ScopeKind::Class { "__annotate_func__" } else { "__annotate__" };
            self.store_namespace(name, register);
        }
        self.unit.next = mark;
        if conditional_module {
            let set = self.unit.reserve(mark);
            self.unit.emit(Op::BuildSet, 0, set, set, 0);
            self.store_namespace("__conditional_annotations__", set);
        }
        Ok(())
    }
}
