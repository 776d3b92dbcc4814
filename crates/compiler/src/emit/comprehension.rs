//! Comprehensions and generator expressions.
//!
//! A list, set or dict comprehension runs in the enclosing function's frame: its variables are
//! registers of that frame which nothing else uses meanwhile. They are unbound before and after.

use orochi_bytecode::word::{EXTRA, TAKE_A, TAKE_B, TAKE_C};
use orochi_bytecode::{Const, LocalKind, Op, flags};
use orochi_syntax::ast::{Comprehension, Expr};
use orochi_syntax::text_size::{Ranged, TextRange, TextSize};

use super::Emitter;
use crate::assemble::{Label, NONE};
use crate::fault::Outcome;
use crate::symtable::{NodeKey, ScopeId, ScopeKind, node_key};
use crate::unit::{Operand, Want};

/// The parts of a comprehension, whatever its kind.
struct Parts<'a> {
    key: NodeKey,
    kind: ScopeKind,
    generators: &'a [Comprehension],
    first: Option<&'a Expr>,
    second: &'a Expr,
}

fn parts(expr: &Expr) -> Option<Parts<'_>> {
    Some(match expr {
        Expr::ListComp(n) => {
            Parts { key: node_key(n), kind: ScopeKind::ListComp, generators: &n.generators, first: None, second: &n.elt }
        }
        Expr::SetComp(n) => {
            Parts { key: node_key(n), kind: ScopeKind::SetComp, generators: &n.generators, first: None, second: &n.elt }
        }
        Expr::DictComp(n) => Parts {
            key: node_key(n),
            kind: ScopeKind::DictComp,
            generators: &n.generators,
            first: n.key.as_deref(),
            second: &n.value,
        },
        Expr::Generator(n) => {
            Parts { key: node_key(n), kind: ScopeKind::Generator, generators: &n.generators, first: None, second: &n.elt }
        }
        _ => return None,
    })
}

impl<'a> Emitter<'a> {
    pub fn comprehension(&mut self, expr: &'a Expr, want: Want) -> Outcome<Operand> {
        let Some(parts) = parts(expr) else { return self.value(expr, want) };
        let Some(outermost) = parts.generators.first() else { return self.fault("invalid syntax", expr.range()) };
        let scope_id = self.scope_of(parts.key);
        let scope = self.table.scope(scope_id);
        let is_async = scope.is_coroutine;
        let inlined = scope.inlined;
        if is_async && parts.kind != ScopeKind::Generator && !self.can_await() {
            let message = "asynchronous comprehension outside of an asynchronous function";
            return self.fault(message, expr.range());
        }
        if let Some(star) = [parts.first, Some(parts.second)].into_iter().flatten().find(|e| e.is_starred_expr()) {
            return self.fault("iterable unpacking cannot be used in comprehension", star.range());
        }
        let mark = self.unit.next;
        if inlined {
            return self.inlined_comprehension(&parts, scope_id, want, mark, expr.range());
        }
        // A function of its own, called with the outermost iterator.
        let line = self.line_of(self.comprehension_start(expr));
        let name = self.table.scope(scope_id).name.clone();
        self.open_unit(scope_id, name.as_str(), line);
        self.unit.code.arg_count = 1;
        let is_generator = parts.kind == ScopeKind::Generator;
        if self.table.scope(scope_id).is_method {
            self.unit.code.flags |= flags::METHOD;
        }
        self.unit.code.flags |= match (is_generator, is_async) {
            (true, true) => flags::ASYNC_GENERATOR,
            (true, false) => flags::GENERATOR,
            (false, true) => flags::COROUTINE,
            (false, false) => 0,
        };
        self.unit.at = expr.range();
        let outcome = self.comprehension_body(&parts);
        let code = self.close_unit(outcome)?;
        let run = self.make_function(code, scope_id, 0, Want::Temp, mark)?;
        let Operand::Temp(run) = run else { return self.fault("function without a register", expr.range()) };
        self.unit.reserve(self.unit.next);
        self.unit.next += 1;
        let iterator = self.unit.reserve(self.unit.next);
        let iterable = self.iterable(&outermost.iter)?;
        let before = self.at(outermost.iter.range());
        let (b, take) = self.unit.src_b(iterable);
        let op = if outermost.is_async { Op::GetAiter } else { Op::GetIter };
        self.unit.emit(op, take, iterator, b, 0);
        self.unit.at = before;
        self.unit.next = u32::from(iterator) + 1;
        let target = self.destination(want, mark);
        self.unit.emit(Op::Call, EXTRA, target, run, 1);
        let result = self.finish(want, mark);
        if is_async && !is_generator {
            self.unit.next = mark;
            let value = match result {
                Operand::Local(register) => Operand::Local(register),
                other => {
                    self.unit.next = mark + 1;
                    other
                }
            };
            return self.await_operand(value, 0, want, mark);
        }
        Ok(result)
    }

    /// Where a comprehension begins: a generator expression that is a call's only argument begins at the
    /// call's parenthesis.
    fn comprehension_start(&self, expr: &Expr) -> TextRange {
        match expr {
            Expr::Generator(node) if !node.parenthesized => {
                let before = &self.parsed.text()[..node.range.start().to_usize()];
                let at = before.trim_end().len().saturating_sub(1);
                TextRange::empty(TextSize::new(at as u32))
            }
            other => other.range(),
        }
    }

    /// What a loop iterates: a list display of constants may be a tuple.
    pub fn iterable(&mut self, expr: &'a Expr) -> Outcome<Operand> {
        if let Expr::List(_) | Expr::Set(_) = expr
            && let Some(value) = self.constant_container(expr)?
        {
            let before = self.at(expr.range());
            let operand = self.constant(value, Want::Temp);
            self.unit.at = before;
            return Ok(operand);
        }
        self.register(expr)
    }

    /// Body of a comprehension that is a function of its own; its argument is the iterator.
    fn comprehension_body(&mut self, parts: &Parts<'a>) -> Outcome {
        if parts.kind == ScopeKind::Generator {
            let iterator = self.unit.temp();
            self.unit.emit(Op::Move, 0, iterator, 0, 0);
            self.unit.clear(0);
            self.generators(parts, 0, None, Some(iterator))?;
            self.return_none();
            return Ok(());
        }
        let result = self.unit.temp();
        self.empty(parts.kind, result);
        let iterator = self.unit.temp();
        self.unit.emit(Op::Move, 0, iterator, 0, 0);
        self.unit.clear(0);
        self.generators(parts, 0, Some(result), Some(iterator))?;
        self.unit.emit(Op::Return, TAKE_A, result, 0, 0);
        Ok(())
    }

    fn empty(&mut self, kind: ScopeKind, register: u16) {
        let op = match kind {
            ScopeKind::SetComp => Op::BuildSet,
            ScopeKind::DictComp => Op::BuildMap,
            _ => Op::BuildList,
        };
        self.unit.emit(op, 0, register, register, 0);
    }

    fn inlined_comprehension(
        &mut self,
        parts: &Parts<'a>,
        scope: ScopeId,
        want: Want,
        mark: u32,
        range: TextRange,
    ) -> Outcome<Operand> {
        let result = self.unit.reserve(mark);
        // The outermost iterable belongs to the enclosing scope.
        self.unit.next = mark + 1;
        let outermost = &parts.generators[0];
        let iterator = self.unit.reserve(mark + 1);
        let iterable = self.iterable(&outermost.iter)?;
        let before = self.at(outermost.iter.range());
        let (b, take) = self.unit.src_b(iterable);
        let op = if outermost.is_async { Op::GetAiter } else { Op::GetIter };
        self.unit.emit(op, take, iterator, b, 0);
        self.unit.at = before;
        self.unit.next = mark + 2;
        self.empty(parts.kind, result);

        let own: Vec<u16> = {
            let symbols = self.table.scope(scope).symbols.iter();
            symbols.filter_map(|s| self.unit.registers.get(&(scope, s.name.clone())).copied()).collect()
        };
        for &register in &own {
            if self.unit.code.locals[register as usize].kind.has(LocalKind::CELL) {
                self.unit.emit(Op::MakeCell, 0, register, 0, 0);
            }
        }
        let outer_scope = std::mem::replace(&mut self.unit.current_scope, scope);
        let outer_handler = self.unit.handler;
        // Only an exception that this frame handles leaves the variables to somebody.
        let protect = (outer_handler != NONE && !own.is_empty()).then(|| {
            let (handler, label) = self.unit.handler_def(result, mark as u16);
            self.unit.handler = handler;
            label
        });
        let outcome = self.generators(parts, 0, Some(result), Some(iterator));
        self.unit.current_scope = outer_scope;
        self.unit.handler = outer_handler;
        outcome?;
        for &register in &own {
            self.unit.clear(register);
        }
        if let Some(label) = protect {
            let end = self.unit.label();
            self.unit.jump(Op::Jump, 0, 0, 0, end);
            self.unit.bind(label);
            for &register in &own {
                self.unit.clear(register);
            }
            let before = self.at(range);
            self.unit.emit(Op::Reraise, TAKE_A, result, 0, 0);
            self.unit.at = before;
            self.unit.bind(end);
        }
        self.unit.next = mark + 1;
        self.deliver(result, want, mark)
    }

    /// The loops from generator `at` on. `iterator`: the evaluated iterator of the outermost.
    fn generators(&mut self, parts: &Parts<'a>, at: usize, result: Option<u16>, iterator: Option<u16>) -> Outcome {
        super::with_stack(|| self.generators_inner(parts, at, result, iterator))
    }

    fn generators_inner(
        &mut self,
        parts: &Parts<'a>,
        at: usize,
        result: Option<u16>,
        iterator: Option<u16>,
    ) -> Outcome {
        let Some(generator) = parts.generators.get(at) else { return self.element(parts, result) };
        let mark = iterator.map_or(self.unit.next, u32::from);
        let before = self.at(generator.iter.range());
        let iterator = match iterator {
            Some(iterator) => iterator,
            None => {
                // `for y in [x]` binds, it does not loop.
                if let Expr::List(list) = &generator.iter
                    && let [only] = &list.elts[..]
                    && !only.is_starred_expr()
                    && !generator.is_async
                {
                    let value = self.value(only, Want::Any)?;
                    self.store(&generator.target, value)?;
                    self.unit.next = mark;
                    let skip = self.unit.label();
                    for test in &generator.ifs {
                        self.jump_if(test, false, skip)?;
                    }
                    self.generators(parts, at + 1, result, None)?;
                    self.unit.bind(skip);
                    self.unit.at = before;
                    return Ok(());
                }
                let iterable = self.iterable(&generator.iter)?;
                let (b, take) = self.unit.src_b(iterable);
                let iterator = self.unit.reserve(mark);
                let op = if generator.is_async { Op::GetAiter } else { Op::GetIter };
                self.unit.emit(op, take, iterator, b, 0);
                iterator
            }
        };
        self.unit.next = mark + 1;
        let (body, head, done) = (self.unit.label(), self.unit.label(), self.unit.label());
        if generator.is_async {
            self.unit.bind(head);
            self.async_next(iterator, &generator.target, done)?;
        } else {
            self.unit.jump(Op::Jump, 0, 0, 0, head);
            self.unit.bind(body);
            self.store_next(&generator.target)?;
        }
        for test in &generator.ifs {
            self.jump_if(test, false, head)?;
        }
        self.generators(parts, at + 1, result, None)?;
        self.unit.next = mark + 1;
        self.unit.at = generator.iter.range();
        if generator.is_async {
            self.unit.jump(Op::Loop, 0, 0, 0, head);
            self.unit.bind(done);
            self.unit.clear(iterator);
        } else {
            self.unit.bind(head);
            let target = self.next_target(&generator.target, iterator);
            self.unit.jump(Op::ForLoop, TAKE_B, target, iterator, body);
        }
        self.unit.next = mark;
        self.unit.at = before;
        Ok(())
    }

    fn element(&mut self, parts: &Parts<'a>, result: Option<u16>) -> Outcome {
        let mark = self.unit.next;
        let before = self.at(parts.second.range());
        match (result, parts.first) {
            (Some(result), Some(key)) => {
                let key = self.register(key)?;
                let value = self.register(parts.second)?;
                let (b, key_flags) = self.unit.src_b(key);
                let (c, value_flags) = self.unit.src_c(value);
                self.unit.emit(Op::MapAdd, key_flags | value_flags, result, b, c);
            }
            (Some(result), None) => {
                let value = self.register(parts.second)?;
                let (b, take) = self.unit.src_b(value);
                let op = if parts.kind == ScopeKind::SetComp { Op::SetAdd } else { Op::ListAppend };
                self.unit.emit(op, take, result, b, 0);
            }
            (None, _) => {
                let value = self.register(parts.second)?;
                let (b, mut take) = self.unit.src_b(value);
                if self.unit.code.flags & flags::ASYNC_GENERATOR != 0 {
                    take |= EXTRA;
                }
                let sent = self.unit.reserve(mark);
                self.unit.emit(Op::Yield, take, sent, b, 0);
                self.unit.clear(sent);
            }
        }
        self.unit.at = before;
        self.unit.next = mark;
        Ok(())
    }

    /// `await anext(iterator)` into a loop target; jumps to `done` when the iterator ends.
    pub fn async_next(&mut self, iterator: u16, target: &'a Expr, done: Label) -> Outcome {
        let mark = self.unit.next;
        let outer = self.unit.handler;
        let register = self.unit.reserve(mark);
        let (handler, label) = self.unit.handler_def(register, register);
        self.unit.handler = handler;
        self.unit.emit(Op::GetAnext, 0, register, iterator, 0);
        self.unit.next = mark + 1;
        let sent = self.unit.temp();
        self.unit.load_const(sent, Const::None);
        self.unit.emit(Op::YieldFrom, TAKE_B | TAKE_C, register, register, sent);
        self.unit.handler = outer;
        self.unit.next = mark + 1;
        let go_on = self.unit.label();
        self.unit.jump(Op::Jump, 0, 0, 0, go_on);
        self.unit.bind(label);
        self.unit.jump(Op::EndAsyncFor, TAKE_A, register, 0, done);
        self.unit.bind(go_on);
        self.store(target, Operand::Temp(register))?;
        self.unit.next = mark;
        Ok(())
    }
}

