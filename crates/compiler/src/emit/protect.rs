//! `try` with `except`, `except*`, `else` and `finally`.
//!
//! A protected region costs nothing until something is raised: it is an entry of the exception table.
//! A `finally` body is emitted for each way out of its `try`: the normal end, every jump out of it, and
//! the exception.

use orochi_bytecode::word::{EXTRA, TAKE_A, TAKE_B, TAKE_C};
use orochi_bytecode::{Const, Op};
use orochi_syntax::ast::{ExceptHandlerExceptHandler, Identifier, Stmt, StmtTry};
use orochi_syntax::text_size::Ranged;

use super::Emitter;
use crate::fault::Outcome;
use crate::unit::{BlockKind, Operand, Want};

impl<'a> Emitter<'a> {
    pub fn try_statement(&mut self, node: &'a StmtTry) -> Outcome {
        if node.finalbody.is_empty() {
            return self.try_except(node);
        }
        self.try_finally(&node.finalbody, |this| {
            if node.handlers.is_empty() {
                this.body(&node.body)
            } else {
                this.try_except(node)
            }
        })
    }

    fn try_finally(&mut self, finalbody: &'a [Stmt], inner: impl FnOnce(&mut Self) -> Outcome) -> Outcome {
        let mark = self.unit.next;
        let exception = self.unit.reserve(mark);
        let previous = self.unit.reserve(mark + 1);
        let outer = self.unit.handler;
        self.unit.line(self.unit.at);
        let (handler, label) = self.unit.handler_def(exception, exception);
        let end = self.unit.label();
        self.push_block(BlockKind::Finally { body: finalbody })?;
        self.unit.handler = handler;
        inner(self)?;
        self.unit.handler = outer;
        self.unit.blocks.pop();
        self.unit.next = mark;
        self.body(finalbody)?;
        self.unit.off_line();
        self.unit.jump(Op::Jump, 0, 0, 0, end);

        self.unit.bind(label);
        self.unit.emit(Op::PushExc, 0, previous, exception, 0);
        self.unit.next = mark + 2;
        self.push_block(BlockKind::FinallyHandler { previous, exception })?;
        let raised = self.unit.reserve(mark + 2);
        let (cleanup, cleanup_label) = self.unit.handler_def(raised, raised);
        self.unit.handler = cleanup;
        self.unit.in_finally += 1;
        self.body(finalbody)?;
        self.unit.in_finally -= 1;
        self.unit.off_line();
        self.unit.emit(Op::PopExc, TAKE_A, previous, 0, 0);
        self.unit.handler = outer;
        self.unit.emit(Op::Reraise, TAKE_A, exception, 0, 0);
        self.unit.blocks.pop();
        self.unit.bind(cleanup_label);
        self.unit.emit(Op::PopExc, TAKE_A, previous, 0, 0);
        self.unit.emit(Op::Reraise, TAKE_A | EXTRA, raised, 0, 0);
        self.unit.bind(end);
        self.unit.next = mark;
        Ok(())
    }

    fn try_except(&mut self, node: &'a StmtTry) -> Outcome {
        let handlers: Vec<&'a ExceptHandlerExceptHandler> =
            node.handlers.iter().filter_map(|handler| handler.as_except_handler()).collect();
        for (at, handler) in handlers.iter().enumerate() {
            if handler.type_.is_none() && at + 1 < handlers.len() {
                return self.fault("default 'except:' must be last", handler.range);
            }
            if let Some(name) = &handler.name {
                self.refuse_debug(name.id.as_str(), handler.range)?;
            }
        }
        let mark = self.unit.next;
        let exception = self.unit.reserve(mark);
        let previous = self.unit.reserve(mark + 1);
        let outer = self.unit.handler;
        self.unit.line(self.unit.at);
        let (handler, label) = self.unit.handler_def(exception, exception);
        let end = self.unit.label();
        self.push_block(BlockKind::Try)?;
        self.unit.handler = handler;
        self.body(&node.body)?;
        self.unit.handler = outer;
        self.unit.blocks.pop();
        self.unit.next = mark;
        self.body(&node.orelse)?;
        self.unit.off_line();
        self.unit.jump(Op::Jump, 0, 0, 0, end);

        self.unit.bind(label);
        self.unit.emit(Op::PushExc, 0, previous, exception, 0);
        self.unit.next = mark + 2;
        let raised = self.unit.reserve(mark + 2);
        let (cleanup, cleanup_label) = self.unit.handler_def(raised, raised);
        self.unit.handler = cleanup;
        if node.is_star {
            self.star_handlers(&handlers, exception, previous, outer)?;
            self.unit.handler = outer;
            self.unit.jump(Op::Jump, 0, 0, 0, end);
        } else {
            for handler in handlers {
                self.handler(handler, exception, previous, cleanup, outer)?;
                self.unit.jump(Op::Jump, 0, 0, 0, end);
                if let Some(next) = self.pending_handler.take() {
                    self.unit.bind(next);
                }
                self.unit.next = mark + 2;
                self.unit.handler = cleanup;
            }
            // No handler matched.
            self.unit.off_line();
            self.unit.handler = outer;
            self.unit.emit(Op::PopExc, TAKE_A, previous, 0, 0);
            self.unit.emit(Op::Reraise, TAKE_A, exception, 0, 0);
        }
        self.unit.bind(cleanup_label);
        self.unit.off_line();
        self.unit.handler = outer;
        self.unit.emit(Op::PopExc, TAKE_A, previous, 0, 0);
        self.unit.emit(Op::Reraise, TAKE_A | EXTRA, raised, 0, 0);
        self.unit.bind(end);
        self.unit.next = mark;
        Ok(())
    }

    /// One `except`: leaves the label of what comes next in `pending_handler`.
    fn handler(
        &mut self,
        node: &'a ExceptHandlerExceptHandler,
        exception: u16,
        previous: u16,
        cleanup: u32,
        outer: u32,
    ) -> Outcome {
        let mark = self.unit.next;
        self.unit.at = node.range;
        if let Some(kind) = &node.type_ {
            let next = self.unit.label();
            self.pending_handler = Some(next);
            let class = self.register(kind)?;
            let (c, flags) = self.unit.src_c(class);
            let matched = self.unit.reserve(mark);
            self.at(kind.range());
            self.unit.emit(Op::MatchExc, flags, matched, exception, c);
            self.unit.jump(Op::JumpIfFalse, TAKE_A, matched, 0, next);
            self.unit.next = mark;
            self.unit.at = node.range;
        } else {
            self.unit.line(node.range);
        }
        // The nested handlers of the body must not hide the label from the caller.
        let next = self.pending_handler.take();
        let Some(name) = &node.name else {
            self.unit.blocks_push_handler(previous, exception, None, outer);
            self.body(&node.body)?;
            self.unit.blocks.pop();
            self.unit.handler = cleanup;
            self.unit.next = mark;
            self.unit.off_line();
            self.unit.emit(Op::PopExc, TAKE_A, previous, 0, 0);
            self.unit.handler = outer;
            self.unit.clear(exception);
            self.pending_handler = next;
            return Ok(());
        };
        self.store_name(&name.id, Operand::Local(exception))?;
        // Whatever ends the body, the name goes.
        let raised = self.unit.reserve(mark);
        let (forget, forget_label) = self.unit.handler_def(raised, raised);
        self.unit.blocks_push_handler(previous, exception, Some(name), outer);
        self.unit.handler = forget;
        self.body(&node.body)?;
        self.unit.blocks.pop();
        self.unit.handler = cleanup;
        self.unit.next = mark;
        self.unit.off_line();
        self.unit.emit(Op::PopExc, TAKE_A, previous, 0, 0);
        self.unit.handler = outer;
        self.unit.clear(exception);
        self.forget(name)?;
        let done = self.unit.label();
        self.unit.jump(Op::Jump, 0, 0, 0, done);
        self.unit.bind(forget_label);
        self.unit.handler = cleanup;
        self.unit.next = mark + 1;
        self.forget(name)?;
        self.unit.emit(Op::Reraise, TAKE_A | EXTRA, raised, 0, 0);
        self.unit.bind(done);
        self.unit.handler = outer;
        self.unit.next = mark;
        self.pending_handler = next;
        Ok(())
    }

    /// `name = None; del name`, without an error if it is gone already.
    pub fn forget(&mut self, name: &Identifier) -> Outcome {
        if let Some(register) = self.local_target(&name.id) {
            self.unit.clear(register);
            return Ok(());
        }
        let none = self.constant(Const::None, Want::Temp);
        self.store_name(&name.id, none)?;
        self.unit.next -= 1;
        self.delete_name(&name.id, name.range)
    }

    /// The handlers of `except*`. Registers behind `previous`: the original exception, the list of what is to
    /// be raised at the end, the rest that no handler took.
    fn star_handlers(
        &mut self,
        handlers: &[&'a ExceptHandlerExceptHandler],
        exception: u16,
        previous: u16,
        outer: u32,
    ) -> Outcome {
        let mark = self.unit.next;
        let cleanup = self.unit.handler;
        let list = self.unit.temp();
        self.unit.emit(Op::BuildList, 0, list, list, 0);
        let rest = self.unit.temp();
        self.unit.emit(Op::Move, 0, rest, exception, 0);
        // A cleanup that knows that list and rest are alive is not needed: unwinding releases them.
        for node in handlers {
            self.unit.at = node.range;
            let next = self.unit.label();
            let no_match = self.unit.label();
            let Some(kind) = &node.type_ else {
                return self.fault("expected one or more exception types", node.range);
            };
            let top = self.unit.next;
            let class = self.register(kind)?;
            let (c, flags) = self.unit.src_c(class);
            // matched, new rest
            let matched = self.unit.reserve(top);
            let left = self.unit.reserve(top + 1);
            self.at(kind.range());
            self.unit.emit(Op::MatchExcGroup, TAKE_B | flags, matched, rest, c);
            self.unit.emit(Op::Move, TAKE_B, rest, left, 0);
            self.unit.jump(Op::JumpIfNone, 0, matched, 0, no_match);
            self.unit.at = node.range;
            // The matching part is the handled exception in the body.
            self.unit.next = top + 1;
            let inner_previous = self.unit.temp();
            self.unit.emit(Op::PushExc, 0, inner_previous, matched, 0);
            if let Some(name) = &node.name {
                self.store_name(&name.id, Operand::Local(matched))?;
            }
            let raised = self.unit.reserve(self.unit.next);
            let (collect, collect_label) = self.unit.handler_def(raised, raised);
            self.push_block(BlockKind::StarHandler)?;
            self.unit.handler = collect;
            let body_mark = self.unit.next;
            self.body(&node.body)?;
            self.unit.next = body_mark;
            self.unit.blocks.pop();
            self.unit.handler = cleanup;
            self.unit.off_line();
            self.unit.emit(Op::PopExc, TAKE_A, inner_previous, 0, 0);
            self.unit.clear(matched);
            if let Some(name) = &node.name {
                self.forget(name)?;
            }
            self.unit.jump(Op::Jump, 0, 0, 0, next);
            // Raised in the body: remembered for the end.
            self.unit.bind(collect_label);
            self.unit.emit(Op::PopExc, TAKE_A, inner_previous, 0, 0);
            self.unit.emit(Op::ListAppend, TAKE_B, list, raised, 0);
            self.unit.clear(matched);
            if let Some(name) = &node.name {
                self.forget(name)?;
            }
            self.unit.jump(Op::Jump, 0, 0, 0, next);
            self.unit.bind(no_match);
            self.unit.clear(matched);
            self.unit.bind(next);
            self.unit.next = top;
        }
        self.unit.off_line();
        self.unit.emit(Op::ListAppend, TAKE_B, list, rest, 0);
        let outcome = self.unit.reserve(mark);
        self.unit.emit(Op::PrepReraiseStar, TAKE_B | TAKE_C, outcome, list, exception);
        let raise = self.unit.label();
        self.unit.emit(Op::PopExc, TAKE_A, previous, 0, 0);
        self.unit.handler = outer;
        self.unit.jump(Op::JumpIfNotNone, 0, outcome, 0, raise);
        self.unit.clear(outcome);
        let done = self.unit.label();
        self.unit.jump(Op::Jump, 0, 0, 0, done);
        self.unit.bind(raise);
        self.unit.emit(Op::Reraise, TAKE_A, outcome, 0, 0);
        self.unit.bind(done);
        self.unit.next = mark;
        Ok(())
    }
}
