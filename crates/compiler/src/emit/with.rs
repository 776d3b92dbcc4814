//! `with` and `async with`. Registers from the statement's first on: the manager (later the exception
//! handled before), exit method, its self, and in the handler the exception.

use orochi_bytecode::word::{EXTRA, TAKE_A, TAKE_B};
use orochi_bytecode::{Const, Op};
use orochi_syntax::ast::{StmtWith, WithItem};
use orochi_syntax::text_size::Ranged;

use super::Emitter;
use crate::fault::Outcome;
use crate::unit::{BlockKind, Operand, Want};

impl<'a> Emitter<'a> {
    pub fn with_statement(&mut self, node: &'a StmtWith) -> Outcome {
        if node.is_async && !self.can_await() {
            return self.fault("'async with' outside async function", node.range);
        }
        self.with_items(node, &node.items)
    }

    fn with_items(&mut self, node: &'a StmtWith, items: &'a [WithItem]) -> Outcome {
        let Some((item, rest)) = items.split_first() else { return self.body(&node.body) };
        let is_async = node.is_async;
        let mark = self.unit.next;
        let manager = self.unit.reserve(mark);
        let exit = self.unit.reserve(mark + 1);
        let exception = self.unit.reserve(mark + 3);
        let at = item.context_expr.range();
        self.value(&item.context_expr, Want::Temp)?;
        self.at(at);
        let enter = self.unit.reserve(mark + 3);
        self.unit.reserve(mark + 4);
        let (exit_name, enter_name) = if is_async { (3, 2) } else { (1, 0) };
        self.unit.emit(Op::LoadSpecial, 0, exit, manager, exit_name);
        self.unit.emit(Op::LoadSpecial, TAKE_B, enter, manager, enter_name);
        self.unit.emit(Op::Call, 0, enter, enter, 0);
        self.unit.next = mark + 4;
        if is_async {
            self.await_operand(Operand::Temp(enter), 1, Want::Temp, mark + 3)?;
        }
        let outer = self.unit.handler;
        let (handler, label) = self.unit.handler_def(exception, exception);
        self.push_block(BlockKind::With { exit, is_async, at })?;
        self.unit.handler = handler;
        match &item.optional_vars {
            Some(target) => self.store(target, Operand::Temp(enter))?,
            None => self.unit.clear(enter),
        }
        self.unit.next = mark + 3;
        self.with_items(node, rest)?;
        self.unit.handler = outer;
        self.unit.blocks.pop();
        self.unit.next = mark + 3;
        self.at(at);
        self.exit_normally(exit, is_async, TAKE_B)?;
        let end = self.unit.label();
        self.unit.off_line();
        self.unit.jump(Op::Jump, 0, 0, 0, end);
        self.at(at);

        // An exception: the exit method may swallow it.
        self.unit.bind(label);
        let previous = manager;
        self.unit.emit(Op::PushExc, 0, previous, exception, 0);
        let result = self.unit.reserve(mark + 4);
        let (cleanup, cleanup_label) = self.unit.handler_def(result, result);
        self.unit.handler = cleanup;
        self.unit.emit(Op::WithExceptStart, 0, result, exit, 0);
        self.unit.next = mark + 5;
        if is_async {
            self.await_operand(Operand::Temp(result), 2, Want::Temp, mark + 4)?;
        }
        let swallowed = self.unit.label();
        self.unit.jump(Op::JumpIfTrue, TAKE_A, result, 0, swallowed);
        self.unit.handler = outer;
        self.unit.off_line();
        self.unit.emit(Op::PopExc, TAKE_A, previous, 0, 0);
        self.unit.emit(Op::Reraise, TAKE_A | EXTRA, exception, 0, 0);
        self.unit.bind(swallowed);
        self.unit.emit(Op::PopExc, TAKE_A, previous, 0, 0);
        self.unit.clear(exception);
        self.unit.jump(Op::Jump, 0, 0, 0, end);
        self.unit.bind(cleanup_label);
        self.unit.emit(Op::PopExc, TAKE_A, previous, 0, 0);
        self.unit.emit(Op::Reraise, TAKE_A | EXTRA, result, 0, 0);
        self.unit.bind(end);
        self.unit.next = mark;
        Ok(())
    }

    /// Calls the exit method in `exit` with three times None.
    pub fn exit_normally(&mut self, exit: u16, is_async: bool, take: u8) -> Outcome {
        let mark = self.unit.next;
        let run = if mark == u32::from(exit) + 2 {
            exit
        } else {
            // Something lies above (a value being returned): call from the top.
            let run = self.unit.temp();
            let own = self.unit.temp();
            self.unit.emit(Op::Move, take, run, exit, 0);
            self.unit.emit(Op::Move, take, own, exit + 1, 0);
            run
        };
        for _ in 0..3 {
            self.constant(Const::None, Want::Temp);
        }
        self.unit.emit(Op::Call, 0, run, run, 3);
        self.unit.next = u32::from(run) + 1;
        if is_async {
            self.await_operand(Operand::Temp(run), 2, Want::Temp, u32::from(run))?;
        }
        self.unit.clear(run);
        self.unit.next = mark;
        Ok(())
    }
}
