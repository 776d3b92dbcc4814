//! Assignment targets: storing, deleting, unpacking; `=`, `op=` and `del`.

use orochi_bytecode::word::TAKE_B;
use orochi_bytecode::{LocalKind, Op};
use orochi_syntax::ast::{Expr, StmtAssign, StmtAugAssign};
use orochi_syntax::text_size::{Ranged, TextRange};

use super::Emitter;
use crate::fault::Outcome;
use crate::unit::{Operand, Want};

impl<'a> Emitter<'a> {
    /// target = value (taken if it is a temporary, which may lie anywhere below `next`).
    pub fn store(&mut self, target: &'a Expr, value: Operand) -> Outcome {
        let before = self.at(target.range());
        let outcome = super::with_stack(|| self.store_inner(target, value));
        self.unit.at = before;
        outcome
    }

    fn store_inner(&mut self, target: &'a Expr, value: Operand) -> Outcome {
        let mark = self.unit.next;
        match target {
            Expr::Name(node) => self.store_name(&node.id, value)?,
            Expr::Attribute(node) => {
                self.refuse_debug(node.attr.id.as_str(), node.range)?;
                let value = self.unit.in_register(value);
                let object = self.register(&node.value)?;
                let name = self.attribute_name(&node.attr.id);
                let (a, value_flags) = self.unit.src_a(value);
                let (b, object_flags) = self.unit.src_b(object);
                self.at_attribute(target);
                self.unit.emit(Op::StoreAttr, value_flags | object_flags, a, b, name);
            }
            Expr::Subscript(node) => {
                let value = self.unit.in_register(value);
                let object = self.register(&node.value)?;
                let index = self.value(&node.slice, Want::Any)?;
                let (a, value_flags) = self.unit.src_a(value);
                let (b, object_flags) = self.unit.src_b(object);
                let (c, index_flags) = self.unit.src_or_const(index, orochi_bytecode::word::TAKE_C);
                self.unit.emit(Op::StoreSubscr, value_flags | object_flags | index_flags, a, b, c);
            }
            Expr::Tuple(node) => self.unpack(&node.elts, value, node.range)?,
            Expr::List(node) => self.unpack(&node.elts, value, node.range)?,
            Expr::Starred(node) => {
                return self.fault("starred assignment target must be in a list or tuple", node.range);
            }
            other => return self.fault("cannot assign to expression", other.range()),
        }
        self.unit.next = mark;
        Ok(())
    }

    /// The registers of the targets, if all are plain locals in consecutive registers.
    fn consecutive(&self, targets: &[Expr]) -> Option<u16> {
        let mut first = None;
        for (at, target) in targets.iter().enumerate() {
            let Expr::Name(name) = target else { return None };
            let register = self.local_target(&name.id)?;
            let wanted = u32::from(*first.get_or_insert(register)) + at as u32;
            let hidden = self.unit.code.locals[register as usize].kind.has(LocalKind::CELL);
            if u32::from(register) != wanted || hidden || name.id.as_str() == "__debug__" {
                return None;
            }
        }
        first
    }

    fn unpack(&mut self, targets: &'a [Expr], value: Operand, range: TextRange) -> Outcome {
        let starred = targets.iter().position(Expr::is_starred_expr);
        if let Some(at) = starred
            && targets[at + 1..].iter().any(Expr::is_starred_expr)
        {
            return self.fault("multiple starred expressions in assignment", range);
        }
        if targets.len() > 30_000 || starred.is_some_and(|at| at >= 256) {
            return self.fault("too many expressions in star-unpacking assignment", range);
        }
        let (b, flags) = self.unit.src_b(value);
        let count = targets.len() as u16;
        let first = match starred {
            None => {
                if let Some(first) = self.consecutive(targets).filter(|_| count > 0) {
                    self.unit.emit(Op::UnpackSequence, flags, first, b, count);
                    return Ok(());
                }
                let first = self.unit.reserve(self.unit.next);
                self.unit.emit(Op::UnpackSequence, flags, first, b, count);
                first
            }
            Some(at) => {
                let first = self.unit.reserve(self.unit.next);
                let after = (targets.len() - at - 1) as u64;
                self.unit.emit_argument(Op::UnpackEx, flags, first, b, at as u16, after);
                first
            }
        };
        self.unit.next = u32::from(first) + u32::from(count);
        self.unit.reserve(self.unit.next.saturating_sub(1));
        for (at, target) in targets.iter().enumerate() {
            let target = match target {
                Expr::Starred(node) => &*node.value,
                other => other,
            };
            self.store(target, Operand::Temp(first + at as u16))?;
        }
        Ok(())
    }

    /// Register that a loop's next value goes to: the target itself if it is a plain local, else the
    /// temporary behind the iterator.
    pub fn next_target(&mut self, target: &Expr, iterator: u16) -> u16 {
        if let Expr::Name(name) = target
            && name.id.as_str() != "__debug__"
            && let Some(register) = self.local_target(&name.id)
        {
            return register;
        }
        self.unit.reserve(u32::from(iterator) + 1)
    }
    /// At a loop body's start: stores the next value from the temporary at `next`, unless it went to the
    /// target directly.
    pub fn store_next(&mut self, target: &'a Expr) -> Outcome {
        if let Expr::Name(name) = target {
            self.refuse_debug(name.id.as_str(), name.range)?;
            if self.local_target(&name.id).is_some() {
                return Ok(());
            }
        }
        let register = self.unit.temp();
        self.store(target, Operand::Temp(register))?;
        self.unit.next = u32::from(register);
        Ok(())
    }

    pub fn assign(&mut self, node: &'a StmtAssign) -> Outcome {
        let mark = self.unit.next;
        if let [target] = &node.targets[..] {
            if let Expr::Name(name) = target {
                self.refuse_debug(name.id.as_str(), name.range)?;
                if let Some(register) = self.local_target(&name.id) {
                    self.value(&node.value, Want::Register(register))?;
                    self.unit.next = mark;
                    return Ok(());
                }
            }
            if self.parallel(target, &node.value)? {
                self.unit.next = mark;
                return Ok(());
            }
        }
        let mut value = self.value(&node.value, Want::Any)?;
        if node.targets.len() > 1 {
            let before = self.at(node.value.range());
            value = self.unit.in_register(value);
            self.unit.at = before;
        }
        let base = self.unit.next;
        for (at, target) in node.targets.iter().enumerate() {
            let last = at + 1 == node.targets.len();
            let operand = match value {
                // Kept for the targets to come.
                Operand::Temp(register) if !last => Operand::Local(register),
                other => other,
            };
            self.store(target, operand)?;
            self.unit.next = base;
        }
        self.unit.next = mark;
        Ok(())
    }

    /// `a, b = x, y`: no tuple is made. Gives whether it was such an assignment.
    fn parallel(&mut self, target: &'a Expr, value: &'a Expr) -> Outcome<bool> {
        let targets = match target {
            Expr::Tuple(node) => &node.elts[..],
            Expr::List(node) => &node.elts[..],
            _ => return Ok(false),
        };
        let Expr::Tuple(values) = value else { return Ok(false) };
        let simple = |e: &Expr| matches!(e, Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_));
        if targets.len() != values.elts.len()
            || targets.is_empty()
            || targets.len() > 32
            || !targets.iter().all(simple)
            || values.elts.iter().any(Expr::is_starred_expr)
            || self.fold(value)?.is_some()
        {
            return Ok(false);
        }
        let registers: Vec<Option<u16>> = targets
            .iter()
            .map(|target| crate::symtable::is_name(target).and_then(|name| self.local_target(name)))
            .collect();
        let mut operands = Vec::with_capacity(targets.len());
        for (at, value) in values.elts.iter().enumerate() {
            let mark = self.unit.next;
            let mut operand = self.value(value, Want::Any)?;
            // A local that an earlier target overwrites is read first.
            if let Operand::Local(register) = operand
                && registers[..at].contains(&Some(register))
            {
                self.unit.next = mark;
                let copy = self.unit.temp();
                self.unit.emit(Op::Move, 0, copy, register, 0);
                operand = Operand::Temp(copy);
            }
            operands.push(operand);
        }
        for (target, operand) in targets.iter().zip(operands) {
            self.store(target, operand)?;
        }
        Ok(true)
    }

    pub fn augmented(&mut self, node: &'a StmtAugAssign, whole: TextRange) -> Outcome {
        let mark = self.unit.next;
        match &*node.target {
            Expr::Name(name) => {
                self.refuse_debug(name.id.as_str(), name.range)?;
                let before = self.at(name.range);
                let old = self.load_name(&name.id, Want::Any)?;
                self.unit.at = before;
                let right = self.value(&node.value, Want::Any)?;
                if let Some(register) = self.local_target(&name.id) {
                    self.at(whole);
                    self.in_place(node.op, old, right, Want::Register(register), mark)?;
                } else {
                    self.at(whole);
                    let new = self.in_place(node.op, old, right, Want::Temp, mark)?;
                    self.at(name.range);
                    self.store_name(&name.id, new)?;
                }
            }
            Expr::Attribute(target) => {
                self.refuse_debug(target.attr.id.as_str(), target.range)?;
                let object = self.register(&target.value)?;
                let name = self.attribute_name(&target.attr.id);
                let (b, flags) = self.unit.src_b(object);
                let middle = self.unit.next;
                let old = self.unit.temp();
                self.at(target.range);
                self.at_attribute(&node.target);
                self.unit.emit(Op::LoadAttr, 0, old, b, name);
                let right = self.value(&node.value, Want::Any)?;
                self.at(whole);
                let new = self.in_place(node.op, Operand::Temp(old), right, Want::Temp, middle)?;
                let (a, new_flags) = self.unit.src_a(new);
                self.at(target.range);
                self.at_attribute(&node.target);
                self.unit.emit(Op::StoreAttr, flags | new_flags, a, b, name);
            }
            Expr::Subscript(target) => {
                let object = self.register(&target.value)?;
                let index = self.value(&target.slice, Want::Any)?;
                let (b, object_flags) = self.unit.src_b(object);
                let (c, index_flags) = self.unit.src_or_const(index, orochi_bytecode::word::TAKE_C);
                let middle = self.unit.next;
                let old = self.unit.temp();
                self.at(target.range);
                self.unit.emit(Op::LoadSubscr, index_flags & orochi_bytecode::word::CONST, old, b, c);
                let right = self.value(&node.value, Want::Any)?;
                self.at(whole);
                let new = self.in_place(node.op, Operand::Temp(old), right, Want::Temp, middle)?;
                let (a, new_flags) = self.unit.src_a(new);
                self.at(target.range);
                self.unit.emit(Op::StoreSubscr, object_flags | index_flags | new_flags, a, b, c);
            }
            other => return self.fault("illegal expression for augmented assignment", other.range()),
        }
        self.unit.next = mark;
        Ok(())
    }

    pub fn delete(&mut self, target: &'a Expr) -> Outcome {
        let mark = self.unit.next;
        let before = self.at(target.range());
        match target {
            Expr::Name(node) => self.delete_name(&node.id, node.range)?,
            Expr::Attribute(node) => {
                if node.attr.id.as_str() == "__debug__" {
                    return self.fault("cannot delete __debug__", node.range);
                }
                let object = self.register(&node.value)?;
                let name = self.attribute_name(&node.attr.id);
                let (b, flags) = self.unit.src_b(object);
                self.at_attribute(target);
                self.unit.emit(Op::DeleteAttr, flags & TAKE_B, 0, b, name);
            }
            Expr::Subscript(node) => {
                let object = self.register(&node.value)?;
                let index = self.value(&node.slice, Want::Any)?;
                let (b, object_flags) = self.unit.src_b(object);
                let (c, index_flags) = self.unit.src_or_const(index, orochi_bytecode::word::TAKE_C);
                self.unit.emit(Op::DeleteSubscr, object_flags | index_flags, 0, b, c);
            }
            Expr::Tuple(node) => {
                for element in &node.elts {
                    super::with_stack(|| self.delete(element))?;
                }
            }
            Expr::List(node) => {
                for element in &node.elts {
                    super::with_stack(|| self.delete(element))?;
                }
            }
            other => return self.fault("cannot delete expression", other.range()),
        }
        self.unit.at = before;
        self.unit.next = mark;
        Ok(())
    }
}
