//! Statements: simple ones, branches and loops.

use orochi_bytecode::instructions::Intrinsic1;
use orochi_bytecode::word::{TAKE_A, TAKE_B};
use orochi_bytecode::{Const, Op};
use orochi_syntax::ast::{Expr, Stmt, StmtAssert, StmtFor, StmtIf, StmtRaise, StmtReturn, StmtWhile};
use orochi_syntax::text_size::{Ranged, TextRange};

use super::{Emitter, with_stack};
use crate::assemble::Label;
use crate::fault::Outcome;
use crate::fold::is_true;
use crate::Mode;
use crate::symtable::ScopeKind;
use crate::unit::{Block, BlockKind, Operand, Want};

/// CPython refuses deeper nesting of loops, `try` and `with`.
const MOST_BLOCKS: usize = 21;

impl<'a> Emitter<'a> {
    pub fn body(&mut self, body: &'a [Stmt]) -> Outcome {
        body.iter().try_for_each(|statement| self.statement(statement))
    }

    pub fn statement(&mut self, statement: &'a Stmt) -> Outcome {
        let mark = self.unit.next;
        self.unit.at = statement.range();
        with_stack(|| self.statement_inner(statement))?;
        self.unit.next = mark;
        Ok(())
    }

    fn statement_inner(&mut self, statement: &'a Stmt) -> Outcome {
        match statement {
            Stmt::FunctionDef(node) => self.function(node),
            Stmt::ClassDef(node) => self.class(node),
            Stmt::Return(node) => self.return_statement(node),
            Stmt::Delete(node) => node.targets.iter().try_for_each(|target| self.delete(target)),
            Stmt::TypeAlias(node) => self.type_alias(node),
            Stmt::Assign(node) => self.assign(node),
            Stmt::AugAssign(node) => self.augmented(node, node.range),
            Stmt::AnnAssign(node) => self.annotated(node),
            Stmt::For(node) => self.for_statement(node),
            Stmt::While(node) => self.while_statement(node),
            Stmt::If(node) => self.if_statement(node),
            Stmt::With(node) => self.with_statement(node),
            Stmt::Match(node) => self.match_statement(node),
            Stmt::Raise(node) => self.raise(node),
            Stmt::Try(node) => self.try_statement(node),
            Stmt::Assert(node) => self.assert(node),
            Stmt::Import(node) => self.import(node),
            Stmt::ImportFrom(node) => self.import_from(node),
            Stmt::Global(_) | Stmt::Nonlocal(_) => Ok(()),
            Stmt::Expr(node) => self.expression_statement(&node.value),
            Stmt::Pass(node) => {
                self.unit.line(node.range);
                Ok(())
            }
            Stmt::Break(node) => self.leave_loop(true, node.range),
            Stmt::Continue(node) => self.leave_loop(false, node.range),
            Stmt::IpyEscapeCommand(node) => self.fault("invalid syntax", node.range),
        }
    }

    fn expression_statement(&mut self, expr: &'a Expr) -> Outcome {
        if self.mode == Mode::Single && self.outer.is_empty() {
            // At the prompt the value is shown.
            let mark = self.unit.next;
            let value = self.register(expr)?;
            let (b, flags) = self.unit.src_b(value);
            let target = self.unit.reserve(mark);
            self.unit.emit(Op::Intrinsic1, flags, target, b, Intrinsic1::Print as u16);
            self.unit.clear(target);
            return Ok(());
        }
        if self.fold(expr)?.is_some() {
            self.unit.line(expr.range());
            return Ok(());
        }
        let value = self.value(expr, Want::Any)?;
        if matches!(value, Operand::Local(_)) {
            self.unit.line(expr.range());
        }
        self.discard(value);
        Ok(())
    }

    // --- branches ---

    fn if_statement(&mut self, node: &'a StmtIf) -> Outcome {
        let end = self.unit.label();
        let mut next = self.unit.label();
        self.jump_if(&node.test, false, next)?;
        self.body(&node.body)?;
        let clauses = &node.elif_else_clauses;
        if !clauses.is_empty() {
            self.unit.off_line();
            self.unit.jump(Op::Jump, 0, 0, 0, end);
        }
        for (at, clause) in clauses.iter().enumerate() {
            self.unit.bind(next);
            next = self.unit.label();
            self.unit.at = clause.range;
            if let Some(test) = &clause.test {
                self.jump_if(test, false, next)?;
            }
            self.body(&clause.body)?;
            if at + 1 < clauses.len() {
                self.unit.off_line();
                self.unit.jump(Op::Jump, 0, 0, 0, end);
            }
        }
        self.unit.bind(next);
        self.unit.bind(end);
        Ok(())
    }

    fn assert(&mut self, node: &'a StmtAssert) -> Outcome {
        if let Expr::Tuple(tuple) = &*node.test
            && !tuple.elts.is_empty()
        {
            self.warn("assertion is always true, perhaps remove parentheses?", node.range);
        }
        if self.options.optimize > 0 {
            return Ok(());
        }
        let mark = self.unit.next;
        let end = self.unit.label();
        self.jump_if(&node.test, true, end)?;
        let run = self.unit.temp();
        let at = node.test.range();
        let before = self.at(at);
        self.unit.emit(Op::LoadAssertionError, 0, run, 0, 0);
        self.unit.at = before;
        if let Some(message) = &node.msg {
            self.unit.reserve(self.unit.next);
            self.unit.next += 1;
            self.finish_call(run, orochi_bytecode::word::EXTRA, &[], std::slice::from_ref(message), &[], at, Want::Temp, mark)?;
        }
        self.at(at);
        self.unit.emit(Op::Raise, TAKE_A, run, 0, 0);
        self.unit.at = before;
        self.unit.bind(end);
        self.unit.next = mark;
        Ok(())
    }

    fn raise(&mut self, node: &'a StmtRaise) -> Outcome {
        let Some(exception) = &node.exc else {
            self.unit.emit(Op::RaiseCurrent, 0, 0, 0, 0);
            return Ok(());
        };
        let exception = self.register(exception)?;
        match &node.cause {
            Some(cause) => {
                let cause = self.register(cause)?;
                let (a, a_flags) = self.unit.src_a(exception);
                let (b, b_flags) = self.unit.src_b(cause);
                self.unit.emit(Op::RaiseFrom, a_flags | b_flags, a, b, 0);
            }
            None => {
                let (a, flags) = self.unit.src_a(exception);
                self.unit.emit(Op::Raise, flags, a, 0, 0);
            }
        }
        Ok(())
    }

    // --- loops ---

    pub fn push_block(&mut self, kind: BlockKind<'a>) -> Outcome {
        if self.unit.blocks.len() >= MOST_BLOCKS {
            return self.fault("too many statically nested blocks", self.unit.at);
        }
        let outer_handler = self.unit.handler;
        self.unit.blocks.push(Block { kind, outer_handler });
        Ok(())
    }

    fn while_statement(&mut self, node: &'a StmtWhile) -> Outcome {
        let (head, top, end) = (self.unit.label(), self.unit.label(), self.unit.label());
        let forever = self.fold(&node.test)?.map(|value| is_true(&value));
        self.push_block(BlockKind::While { head, end })?;
        match forever {
            Some(true) => {
                self.unit.bind(top);
                self.unit.bind(head);
                self.unit.line(node.test.range());
                self.body(&node.body)?;
                self.unit.off_line();
                self.unit.jump(Op::Loop, 0, 0, 0, top);
                self.unit.blocks.pop();
                // The `else` can never run, but has to be right.
                self.body(&node.orelse)?;
                self.unit.bind(end);
                return Ok(());
            }
            Some(false) => {
                let skip = self.unit.label();
                self.unit.at = node.test.range();
                self.unit.jump(Op::Jump, 0, 0, 0, skip);
                self.unit.bind(head);
                self.body(&node.body)?;
                self.unit.bind(skip);
            }
            None => {
                self.unit.off_line();
                self.unit.jump(Op::Jump, 0, 0, 0, head);
                self.unit.bind(top);
                self.body(&node.body)?;
                self.unit.bind(head);
                self.jump_if(&node.test, true, top)?;
            }
        }
        self.unit.blocks.pop();
        self.body(&node.orelse)?;
        self.unit.bind(end);
        Ok(())
    }

    fn for_statement(&mut self, node: &'a StmtFor) -> Outcome {
        if node.is_async && !self.can_await() {
            return self.fault("'async for' outside async function", node.range);
        }
        let mark = self.unit.next;
        let iterator = self.unit.reserve(mark);
        let at = node.iter.range();
        let iterable = self.iterable(&node.iter)?;
        self.at(at);
        let (b, flags) = self.unit.src_b(iterable);
        let op = if node.is_async { Op::GetAiter } else { Op::GetIter };
        self.unit.emit(op, flags, iterator, b, 0);
        self.unit.next = mark + 1;
        let (head, top, done, end) = (self.unit.label(), self.unit.label(), self.unit.label(), self.unit.label());
        self.push_block(BlockKind::For { head, end, iterator })?;
        if node.is_async {
            self.unit.bind(head);
            self.async_next(iterator, &node.target, done)?;
            self.body(&node.body)?;
            self.unit.off_line();
            self.unit.jump(Op::Loop, 0, 0, 0, head);
            self.unit.bind(done);
            self.unit.clear(iterator);
        } else {
            self.unit.jump(Op::Jump, 0, 0, 0, head);
            self.unit.bind(top);
            self.store_next(&node.target)?;
            self.body(&node.body)?;
            self.unit.bind(head);
            self.at(at);
            let target = self.next_target(&node.target, iterator);
            self.unit.jump(Op::ForLoop, TAKE_B, target, iterator, top);
        }
        self.unit.blocks.pop();
        self.unit.next = mark;
        self.body(&node.orelse)?;
        self.unit.bind(end);
        Ok(())
    }

    fn leave_loop(&mut self, is_break: bool, range: TextRange) -> Outcome {
        let word = if is_break { "break" } else { "continue" };
        let mut target: Option<(usize, Label, Option<u16>)> = None;
        for (at, block) in self.unit.blocks.iter().enumerate().rev() {
            match block.kind {
                BlockKind::While { head, end } => {
                    target = Some((at, if is_break { end } else { head }, None));
                    break;
                }
                BlockKind::For { head, end, iterator } => {
                    let released = is_break.then_some(iterator);
                    target = Some((at, if is_break { end } else { head }, released));
                    break;
                }
                BlockKind::StarHandler => {
                    let message = "'break', 'continue' and 'return' cannot appear in an except* block";
                    return self.fault(message, range);
                }
                _ => {}
            }
        }
        let Some((at, label, iterator)) = target else {
            let message = if is_break { "'break' outside loop" } else { "'continue' not properly in loop" };
            return self.fault(message, range);
        };
        self.warn_finally(word, at + 1, range);
        self.unit.line(range);
        self.unwind(at + 1)?;
        self.unit.off_line();
        // The blocks inside the loop are left.
        let inside = self.unit.handler;
        if let Some(left) = self.unit.blocks.get(at + 1) {
            self.unit.handler = left.outer_handler;
        }
        if let Some(iterator) = iterator {
            self.unit.clear(iterator);
        }
        self.unit.jump(Op::Jump, 0, 0, 0, label);
        self.unit.handler = inside;
        Ok(())
    }

    fn return_statement(&mut self, node: &'a StmtReturn) -> Outcome {
        let range = node.range;
        if !matches!(self.unit.kind, ScopeKind::Function | ScopeKind::Lambda) {
            return self.fault("'return' outside function", range);
        }
        let scope = self.table.scope(self.unit.scope);
        if node.value.is_some() && scope.is_coroutine && scope.is_generator {
            return self.fault("'return' with value in async generator", range);
        }
        if self.unit.blocks.iter().any(|block| matches!(block.kind, BlockKind::StarHandler)) {
            let message = "'break', 'continue' and 'return' cannot appear in an except* block";
            return self.fault(message, range);
        }
        self.warn_finally("return", 0, range);
        let mut value = match &node.value {
            Some(value) => self.value(value, Want::Any)?,
            None => self.constant(Const::None, Want::Any),
        };
        self.unit.at = range;
        if !self.unit.blocks.is_empty() {
            if !matches!(value, Operand::Temp(_)) {
                self.unit.line(range);
            }
            // What is undone on the way may rebind the local.
            let runs_code = self
                .unit
                .blocks
                .iter()
                .any(|block| matches!(block.kind, BlockKind::Finally { .. } | BlockKind::Handler { name: Some(_), .. }));
            if let Operand::Local(register) = value
                && runs_code
            {
                let copy = self.unit.temp();
                self.unit.emit(Op::Move, 0, copy, register, 0);
                value = Operand::Temp(copy);
            }
            self.unwind(0)?;
            if self.unit.blocks.iter().any(|block| !matches!(block.kind, BlockKind::While { .. } | BlockKind::For { .. } | BlockKind::Try)) {
                self.unit.off_line();
            }
        }
        // All blocks are left: their handlers have nothing to do with the return itself.
        let inside = self.unit.handler;
        if let Some(outermost) = self.unit.blocks.first() {
            self.unit.handler = outermost.outer_handler;
        }
        self.emit_return(value);
        self.unit.handler = inside;
        Ok(())
    }

    /// PEP 765: leaving a `finally` block drops the exception that is under way.
    fn warn_finally(&mut self, word: &str, from: usize, range: TextRange) {
        let inside = self.unit.in_finally > 0
            && self.unit.blocks[from.min(self.unit.blocks.len())..]
                .iter()
                .any(|block| matches!(block.kind, BlockKind::FinallyHandler { .. }));
        if inside {
            self.warn(format!("'{word}' in a 'finally' block"), range);
        }
    }

    /// Emits what leaving the blocks from index `to` on has to undo, innermost first.
    pub fn unwind(&mut self, to: usize) -> Outcome {
        let handler = self.unit.handler;
        let removed = self.unit.blocks.split_off(to);
        let mut outcome = Ok(());
        let mut left = removed.len();
        while left > 0 && outcome.is_ok() {
            left -= 1;
            let block = removed[left];
            self.unit.handler = block.outer_handler;
            // Code emitted here sees only the blocks outside.
            self.unit.blocks.extend_from_slice(&removed[..left]);
            outcome = self.undo(block.kind);
            self.unit.blocks.truncate(to);
        }
        self.unit.blocks.extend(removed);
        self.unit.handler = handler;
        outcome
    }

    fn undo(&mut self, kind: BlockKind<'a>) -> Outcome {
        match kind {
            BlockKind::While { .. } | BlockKind::Try | BlockKind::StarHandler => {}
            BlockKind::For { iterator, .. } => self.unit.clear(iterator),
            BlockKind::Finally { body } => {
                let next = self.unit.next;
                self.body(body)?;
                self.unit.next = next;
            }
            BlockKind::Handler { previous, exception, name } => {
                self.unit.emit(Op::PopExc, TAKE_A, previous, 0, 0);
                self.unit.clear(exception);
                if let Some(name) = name {
                    self.forget(name)?;
                }
            }
            BlockKind::FinallyHandler { previous, exception } => {
                self.unit.emit(Op::PopExc, TAKE_A, previous, 0, 0);
                self.unit.clear(exception);
            }
            BlockKind::With { exit, is_async, at } => {
                let before = self.at(at);
                self.exit_normally(exit, is_async, TAKE_B)?;
                self.unit.at = before;
            }
        }
        Ok(())
    }
}
