//! Expressions.

use orochi_bytecode::word::{EXTRA, INPLACE, TAKE_A, TAKE_B, TAKE_C};
use orochi_bytecode::{Const, Op};
use orochi_syntax::ast::{CmpOp, Expr, ExprAwait, ExprSlice, Operator, UnaryOp};
use orochi_syntax::text_size::Ranged;

use super::{Emitter, with_stack};
use crate::fault::Outcome;
use crate::fold::Folder;
use crate::symtable::ScopeKind;
use crate::unit::{Operand, Want};

/// The opcode of a binary operator.
pub fn binary_op(op: Operator) -> Op {
    match op {
        Operator::Add => Op::Add,
        Operator::Sub => Op::Sub,
        Operator::Mult => Op::Mul,
        Operator::MatMult => Op::MatMul,
        Operator::Div => Op::TrueDiv,
        Operator::Mod => Op::Mod,
        Operator::Pow => Op::Pow,
        Operator::LShift => Op::Shl,
        Operator::RShift => Op::Shr,
        Operator::BitOr => Op::Or,
        Operator::BitXor => Op::Xor,
        Operator::BitAnd => Op::And,
        Operator::FloorDiv => Op::FloorDiv,
    }
}

/// The opcode of a comparison.
pub fn compare_op(op: CmpOp) -> Op {
    match op {
        CmpOp::Eq => Op::Eq,
        CmpOp::NotEq => Op::Ne,
        CmpOp::Lt => Op::Lt,
        CmpOp::LtE => Op::Le,
        CmpOp::Gt => Op::Gt,
        CmpOp::GtE => Op::Ge,
        CmpOp::Is => Op::Is,
        CmpOp::IsNot => Op::IsNot,
        CmpOp::In => Op::In,
        CmpOp::NotIn => Op::NotIn,
    }
}

impl<'a> Emitter<'a> {
    /// The constant that an expression is, if it is one.
    pub fn fold(&self, expr: &Expr) -> Outcome<Option<Const>> {
        let folder = Folder {
            parsed: self.parsed,
            optimize: self.options.optimize,
            max_int_digits: self.options.max_int_digits,
            unfoldable: &self.unfoldable,
        };
        folder.fold(expr)
    }

    /// A constant where it is wanted.
    pub fn constant(&mut self, value: Const, want: Want) -> Operand {
        let index = self.unit.constant(value);
        match want {
            Want::Any => Operand::Const(index),
            Want::Register(register) => {
                self.unit.load_const_index(register, index);
                Operand::Local(register)
            }
            Want::Temp => {
                let register = self.unit.temp();
                self.unit.load_const_index(register, index);
                Operand::Temp(register)
            }
        }
    }

    /// Evaluates an expression.
    pub fn value(&mut self, expr: &'a Expr, want: Want) -> Outcome<Operand> {
        let before = self.at(expr.range());
        let outcome = with_stack(|| self.value_inner(expr, want));
        self.unit.at = before;
        outcome
    }
    /// Evaluates an expression into a register of some kind (no constant operand).
    pub fn register(&mut self, expr: &'a Expr) -> Outcome<Operand> {
        let operand = self.value(expr, Want::Any)?;
        let before = self.at(expr.range());
        let operand = self.unit.in_register(operand);
        self.unit.at = before;
        Ok(operand)
    }
    /// Evaluates an expression into a new temporary.
    pub fn temporary(&mut self, expr: &'a Expr) -> Outcome<u16> {
        match self.value(expr, Want::Temp)? {
            Operand::Temp(register) => Ok(register),
            _ => self.fault("expression without a register", expr.range()),
        }
    }
    /// Evaluates expressions into consecutive new temporaries; gives the first.
    pub fn run(&mut self, exprs: &'a [Expr]) -> Outcome<u16> {
        let first = self.unit.reserve(self.unit.next);
        for expr in exprs {
            self.temporary(expr)?;
        }
        Ok(first)
    }

    fn value_inner(&mut self, expr: &'a Expr, want: Want) -> Outcome<Operand> {
        if !matches!(
            expr,
            Expr::Name(_) | Expr::Call(_) | Expr::Attribute(_) | Expr::Compare(_) | Expr::BoolOp(_)
        ) || matches!(expr, Expr::Name(node) if node.id.as_str() == "__debug__")
        {
            if let Expr::Subscript(node) = expr {
                self.check_subscript(&node.value, &node.slice);
            }
            if let Some(value) = self.fold(expr)? {
                return Ok(self.constant(value, want));
            }
        }
        let mark = self.unit.next;
        match expr {
            Expr::Name(node) => self.load_name(&node.id, want),
            Expr::BinOp(node) => {
                let left = self.register(&node.left)?;
                let right = self.value(&node.right, Want::Any)?;
                self.binary(binary_op(node.op), 0, left, right, want, mark)
            }
            Expr::UnaryOp(node) => {
                let op = match node.op {
                    UnaryOp::Not => return self.truth_value(expr, want),
                    UnaryOp::Invert => Op::Invert,
                    UnaryOp::UAdd => Op::Pos,
                    UnaryOp::USub => Op::Neg,
                };
                let operand = self.register(&node.operand)?;
                let (b, flags) = self.unit.src_b(operand);
                let target = self.destination(want, mark);
                self.unit.emit(op, flags, target, b, 0);
                Ok(self.finish(want, mark))
            }
            Expr::Compare(node) => {
                if node.ops.len() == 1 {
                    self.check_compare(&node.left, &node.ops, &node.comparators, expr.range());
                    let left = self.register(&node.left)?;
                    let right = self.comparand(node.ops[0], &node.comparators[0])?;
                    return self.binary(compare_op(node.ops[0]), 0, left, right, want, mark);
                }
                self.compare_chain(node, want)
            }
            Expr::BoolOp(node) => self.bool_value(node, want),
            Expr::If(node) => self.conditional_value(node, want),
            Expr::Named(node) => {
                let Some(name) = crate::symtable::is_name(&node.target) else {
                    return self.fault("cannot use assignment expressions with this target", node.target.range());
                };
                self.refuse_debug(name.as_str(), node.target.range())?;
                let target = match want {
                    Want::Register(register) => register,
                    _ => self.unit.reserve(mark),
                };
                let value = self.value(&node.value, Want::Temp)?;
                let Operand::Temp(value) = value else {
                    return self.fault("assignment expression without a value", node.range());
                };
                // The value stays in its temporary; the name gets a second reference.
                self.store_name_copy(name, value)?;
                if target != value {
                    self.unit.emit(Op::Move, TAKE_B, target, value, 0);
                }
                Ok(self.finish(want, mark))
            }
            Expr::Attribute(node) => {
                if let Some(operand) = self.super_attribute(node, want)? {
                    return Ok(operand);
                }
                let object = self.register(&node.value)?;
                let name = self.attribute_name(&node.attr.id);
                let (b, flags) = self.unit.src_b(object);
                let target = self.destination(want, mark);
                self.at_attribute(expr);
                self.unit.emit(Op::LoadAttr, flags, target, b, name);
                Ok(self.finish(want, mark))
            }
            Expr::Subscript(node) => {
                let object = self.register(&node.value)?;
                let index = self.value(&node.slice, Want::Any)?;
                self.binary(Op::LoadSubscr, 0, object, index, want, mark)
            }
            Expr::Slice(node) => self.slice(node, want),
            Expr::Call(node) => self.call(node, want),
            Expr::Tuple(node) => self.display(Op::BuildTuple, &node.elts, want),
            Expr::List(node) => self.display(Op::BuildList, &node.elts, want),
            Expr::Set(node) => self.display(Op::BuildSet, &node.elts, want),
            Expr::Dict(node) => self.dict(&node.items, want),
            Expr::Lambda(node) => self.lambda(node, want),
            Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => {
                self.comprehension(expr, want)
            }
            Expr::FString(node) => self.f_string(node, want),
            Expr::TString(node) => self.t_string(node, want),
            Expr::Await(node) => self.await_expression(node, want),
            Expr::Yield(node) => {
                self.check_yield(expr, "'yield' outside function")?;
                let value = match &node.value {
                    Some(value) => self.register(value)?,
                    None => {
                        let none = self.constant(Const::None, Want::Temp);
                        self.unit.in_register(none)
                    }
                };
                let (b, mut flags) = self.unit.src_b(value);
                if self.in_async_function() {
                    flags |= EXTRA;
                }
                let target = self.destination(want, mark);
                self.unit.emit(Op::Yield, flags, target, b, 0);
                Ok(self.finish(want, mark))
            }
            Expr::YieldFrom(node) => {
                self.check_yield(expr, "'yield from' outside function")?;
                if self.in_async_function() {
                    return self.fault("'yield from' inside async function", expr.range());
                }
                let value = self.register(&node.value)?;
                let (b, flags) = self.unit.src_b(value);
                let iterator = self.unit.reserve(mark);
                self.unit.emit(Op::GetYieldFromIter, flags, iterator, b, 0);
                self.unit.next = mark + 1;
                self.delegate(iterator, want, mark)
            }
            Expr::Starred(node) => self.fault("can't use starred expression here", node.range),
            Expr::IpyEscapeCommand(node) => self.fault("invalid syntax", node.range),
            Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::NumberLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::EllipsisLiteral(_) => self.fault("literal without a value", expr.range()),
        }
    }

    /// Emits a two-operand instruction for evaluated operands.
    pub fn binary(
        &mut self,
        op: Op,
        extra: u8,
        left: Operand,
        right: Operand,
        want: Want,
        mark: u32,
    ) -> Outcome<Operand> {
        let (b, left_flags) = self.unit.src_b(left);
        let (c, right_flags) = self.unit.src_or_const(right, TAKE_C);
        let target = self.destination(want, mark);
        self.unit.emit(op, left_flags | right_flags | extra, target, b, c);
        Ok(self.finish(want, mark))
    }

    /// `target op= value` on an operand that holds the old value; gives the new one.
    pub fn in_place(&mut self, op: Operator, left: Operand, right: Operand, want: Want, mark: u32) -> Outcome<Operand> {
        self.binary(binary_op(op), INPLACE, left, right, want, mark)
    }

    /// The right side of a comparison; a set or list display after `in` becomes a constant.
    pub fn comparand(&mut self, op: CmpOp, expr: &'a Expr) -> Outcome<Operand> {
        if matches!(op, CmpOp::In | CmpOp::NotIn)
            && let Some(value) = self.constant_container(expr)?
        {
            return Ok(self.constant(value, Want::Any));
        }
        self.value(expr, Want::Any)
    }

    /// The constant for a display that is only iterated or searched.
    pub fn constant_container(&self, expr: &Expr) -> Outcome<Option<Const>> {
        let (elements, is_set) = match expr {
            Expr::Set(node) => (&node.elts, true),
            Expr::List(node) => (&node.elts, false),
            _ => return Ok(None),
        };
        let mut items = Vec::with_capacity(elements.len());
        for element in elements {
            match self.fold(element)? {
                Some(item) => items.push(item),
                None => return Ok(None),
            }
        }
        let items = items.into_boxed_slice();
        Ok(Some(if is_set { Const::FrozenSet(items) } else { Const::Tuple(items) }))
    }

    /// An attribute's name, mangled, as an index.
    pub fn attribute_name(&mut self, name: &orochi_syntax::ast::name::Name) -> u16 {
        let name = self.mangled(name);
        self.unit.name(name.as_str())
    }

    /// In an attribute access over several lines the line is that of the attribute's name.
    pub fn at_attribute(&mut self, expr: &Expr) {
        if let Expr::Attribute(node) = expr
            && self.line_of(node.range) != self.line_of(node.attr.range)
        {
            self.unit.at = node.attr.range;
        }
    }

    fn store_name_copy(&mut self, name: &orochi_syntax::ast::name::Name, value: u16) -> Outcome {
        // `Local` says "read in place": the temporary keeps its reference.
        self.store_name(name, Operand::Local(value))
    }

    fn slice(&mut self, node: &'a ExprSlice, want: Want) -> Outcome<Operand> {
        let mark = self.unit.next;
        let parts = [&node.lower, &node.upper, &node.step];
        let mut constants = Vec::with_capacity(3);
        for part in parts {
            match part {
                None => constants.push(Const::None),
                Some(part) => match self.fold(part)? {
                    Some(value) => constants.push(value),
                    None => break,
                },
            }
        }
        if let Ok(all) = <[Const; 3]>::try_from(constants) {
            return Ok(self.constant(Const::Slice(Box::new(all)), want));
        }
        let first = self.unit.reserve(mark);
        let count = if node.step.is_some() { 3 } else { 2 };
        for part in parts.into_iter().take(count) {
            match part {
                Some(part) => {
                    self.temporary(part)?;
                }
                None => {
                    self.constant(Const::None, Want::Temp);
                }
            }
        }
        let target = self.destination(want, mark);
        self.unit.emit(Op::BuildSlice, 0, target, first, count as u16);
        Ok(self.finish(want, mark))
    }

    /// A tuple, list or set display.
    pub fn display(&mut self, op: Op, elements: &'a [Expr], want: Want) -> Outcome<Operand> {
        let mark = self.unit.next;
        let starred = elements.iter().any(Expr::is_starred_expr);
        if !starred && op != Op::BuildTuple && elements.len() > 2 {
            let mut items = Vec::new();
            for element in elements {
                match self.fold(element)? {
                    Some(item) => items.push(item),
                    None => break,
                }
            }
            if items.len() == elements.len() {
                return self.display_of_constants(op, items, want);
            }
        }
        // Long displays are built piece by piece, so that they need few registers.
        if !starred && elements.len() <= 255 {
            let first = self.run(elements)?;
            let target = self.destination(want, mark);
            self.unit.emit(op, 0, target, first, elements.len() as u16);
            return Ok(self.finish(want, mark));
        }
        let list = self.collect(op == Op::BuildSet, elements)?;
        let target = self.destination(want, mark);
        if op == Op::BuildTuple {
            self.unit.emit(Op::ListToTuple, TAKE_B, target, list, 0);
        } else if target != list {
            self.unit.emit(Op::Move, TAKE_B, target, list, 0);
        }
        Ok(self.finish(want, mark))
    }

    fn display_of_constants(&mut self, op: Op, items: Vec<Const>, want: Want) -> Outcome<Operand> {
        let mark = self.unit.next;
        let container = self.unit.temp();
        self.unit.emit(op, 0, container, container, 0);
        let items = items.into_boxed_slice();
        let (all, extend) = match op {
            Op::BuildSet => (Const::FrozenSet(items), Op::SetUpdate),
            _ => (Const::Tuple(items), Op::ListExtend),
        };
        let source = self.unit.temp();
        self.unit.load_const(source, all);
        self.unit.emit(extend, TAKE_B, container, source, 0);
        let target = self.destination(want, mark);
        if target != container {
            self.unit.emit(Op::Move, TAKE_B, target, container, 0);
        }
        Ok(self.finish(want, mark))
    }

    /// Builds a list (or set) of elements, starred ones included, in a new temporary.
    pub fn collect(&mut self, is_set: bool, elements: &'a [Expr]) -> Outcome<u16> {
        let container = self.unit.temp();
        let (build, add, extend) = if is_set {
            (Op::BuildSet, Op::SetAdd, Op::SetUpdate)
        } else {
            (Op::BuildList, Op::ListAppend, Op::ListExtend)
        };
        let plain = elements.iter().take(64).take_while(|e| !e.is_starred_expr()).count();
        // The container is the first register of its own run.
        self.unit.next -= 1;
        self.run(&elements[..plain])?;
        self.unit.emit(build, 0, container, container, plain as u16);
        self.unit.next = container as u32 + 1;
        for element in &elements[plain..] {
            let (op, element) = match element {
                Expr::Starred(node) => (extend, &*node.value),
                other => (add, other),
            };
            let value = self.register(element)?;
            let (b, flags) = self.unit.src_b(value);
            self.unit.emit(op, flags, container, b, 0);
            self.unit.next = container as u32 + 1;
        }
        Ok(container)
    }

    fn dict(&mut self, items: &'a [orochi_syntax::ast::DictItem], want: Want) -> Outcome<Operand> {
        let mark = self.unit.next;
        let plain = items.iter().take(64).take_while(|item| item.key.is_some()).count();
        if plain == items.len() && plain > 1 {
            let mut keys = Vec::with_capacity(plain);
            for item in items {
                match item.key.as_ref().map(|key| self.fold(key)).transpose()?.flatten() {
                    Some(key) => keys.push(key),
                    None => break,
                }
            }
            if keys.len() == plain {
                let first = self.unit.reserve(mark);
                for item in items {
                    self.temporary(&item.value)?;
                }
                let keys = self.unit.constant(Const::Tuple(keys.into()));
                let target = self.destination(want, mark);
                self.unit.emit_argument(Op::BuildConstKeyMap, 0, target, first, plain as u16, keys.into());
                return Ok(self.finish(want, mark));
            }
        }
        let first = self.unit.reserve(mark);
        for item in &items[..plain] {
            if let Some(key) = &item.key {
                self.temporary(key)?;
            }
            self.temporary(&item.value)?;
        }
        if plain == items.len() {
            let target = self.destination(want, mark);
            self.unit.emit(Op::BuildMap, 0, target, first, plain as u16);
            return Ok(self.finish(want, mark));
        }
        self.unit.emit(Op::BuildMap, 0, first, first, plain as u16);
        self.unit.next = mark + 1;
        for item in &items[plain..] {
            match &item.key {
                Some(key) => {
                    let key = self.register(key)?;
                    let value = self.register(&item.value)?;
                    let (b, key_flags) = self.unit.src_b(key);
                    let (c, value_flags) = self.unit.src_c(value);
                    self.unit.emit(Op::MapAdd, key_flags | value_flags, first, b, c);
                }
                None => {
                    let other = self.register(&item.value)?;
                    let (b, flags) = self.unit.src_b(other);
                    self.unit.emit(Op::DictUpdate, flags, first, b, 0);
                }
            }
            self.unit.next = mark + 1;
        }
        let target = self.destination(want, mark);
        if target != first {
            self.unit.emit(Op::Move, TAKE_B, target, first, 0);
        }
        Ok(self.finish(want, mark))
    }

    // --- suspension ---

    pub fn in_async_function(&self) -> bool {
        let scope = self.table.scope(self.unit.scope);
        match self.unit.kind {
            ScopeKind::Function => scope.is_coroutine,
            _ => false,
        }
    }

    /// Whether `await` is possible in the unit.
    pub fn can_await(&self) -> bool {
        let scope = self.table.scope(self.unit.scope);
        match self.unit.kind {
            ScopeKind::Module => self.options.allow_top_level_await,
            ScopeKind::Function => self.unit.code.flags & COROUTINE_LIKE != 0,
            kind => kind == ScopeKind::Generator && scope.is_coroutine,
        }
    }

    fn check_yield(&mut self, expr: &Expr, message: &str) -> Outcome {
        match self.unit.kind {
            ScopeKind::Function | ScopeKind::Lambda => Ok(()),
            _ => self.fault(message, expr.range()),
        }
    }

    fn await_expression(&mut self, node: &'a ExprAwait, want: Want) -> Outcome<Operand> {
        if !self.can_await() {
            let inside = matches!(self.unit.kind, ScopeKind::Function | ScopeKind::Lambda)
                || self.unit.kind.is_comprehension();
            let message = if inside { "'await' outside async function" } else { "'await' outside function" };
            return self.fault(message, node.range);
        }
        let mark = self.unit.next;
        let value = self.register(&node.value)?;
        self.await_operand(value, 0, want, mark)
    }

    /// Awaits an evaluated operand. `what` is GetAwaitable's number.
    pub fn await_operand(&mut self, value: Operand, what: u16, want: Want, mark: u32) -> Outcome<Operand> {
        let (b, flags) = self.unit.src_b(value);
        let iterator = self.unit.reserve(mark);
        self.unit.emit(Op::GetAwaitable, flags, iterator, b, what);
        self.unit.next = mark + 1;
        self.delegate(iterator, want, mark)
    }

    /// Runs the iterator in the temporary `iterator` (which is `mark`) to its end.
    pub fn delegate(&mut self, iterator: u16, want: Want, mark: u32) -> Outcome<Operand> {
        let sent = self.unit.temp();
        self.unit.load_const(sent, Const::None);
        let target = self.destination(want, mark);
        self.unit.emit(Op::YieldFrom, TAKE_B | TAKE_C, target, iterator, sent);
        Ok(self.finish(want, mark))
    }

    /// Releases an operand that nobody wants.
    pub fn discard(&mut self, operand: Operand) {
        if let Operand::Temp(register) = operand {
            self.unit.clear(register);
        }
    }

    /// Emits `Return` of an operand.
    pub fn emit_return(&mut self, value: Operand) {
        let (a, flags) = self.unit.src_or_const(value, TAKE_A);
        self.unit.emit(Op::Return, flags, a, 0, 0);
    }
}

/// Flags of code in which `await` may stand.
const COROUTINE_LIKE: u32 = orochi_bytecode::flags::COROUTINE | orochi_bytecode::flags::ASYNC_GENERATOR;
