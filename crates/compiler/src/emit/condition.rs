//! Conditions: jumps on truth, comparisons, `and`, `or`, `not`, conditional expressions; and the
//! warnings about comparisons, calls and subscripts that cannot mean what they say.

use orochi_bytecode::word::{EXTRA, TAKE_A, TAKE_B, TAKE_C};
use orochi_bytecode::Op;
use orochi_syntax::ast::{BoolOp, CmpOp, Expr, ExprBoolOp, ExprCompare, ExprIf, Number, UnaryOp};
use orochi_syntax::text_size::{Ranged, TextRange};

use super::expr::compare_op;
use super::{Emitter, with_stack};
use crate::assemble::Label;
use crate::fault::Outcome;
use crate::fold::is_true;
use crate::unit::{Operand, Want};

/// The fused jump of a comparison, if it has one.
fn fused(op: CmpOp, when: bool) -> Option<Op> {
    Some(match (op, when) {
        (CmpOp::Lt, true) => Op::JumpIfLt,
        (CmpOp::LtE, true) => Op::JumpIfLe,
        (CmpOp::Gt, true) => Op::JumpIfGt,
        (CmpOp::GtE, true) => Op::JumpIfGe,
        (CmpOp::Eq, true) => Op::JumpIfEq,
        (CmpOp::NotEq, true) => Op::JumpIfNe,
        (CmpOp::Lt, false) => Op::JumpIfNotLt,
        (CmpOp::LtE, false) => Op::JumpIfNotLe,
        (CmpOp::Gt, false) => Op::JumpIfNotGt,
        (CmpOp::GtE, false) => Op::JumpIfNotGe,
        (CmpOp::Eq, false) => Op::JumpIfNotEq,
        (CmpOp::NotEq, false) => Op::JumpIfNotNe,
        (CmpOp::Is, true) | (CmpOp::IsNot, false) => Op::JumpIfIs,
        (CmpOp::IsNot, true) | (CmpOp::Is, false) => Op::JumpIfIsNot,
        (CmpOp::In | CmpOp::NotIn, _) => return None,
    })
}

fn truth_jump(when: bool) -> Op {
    if when { Op::JumpIfTrue } else { Op::JumpIfFalse }
}

impl<'a> Emitter<'a> {
    /// Jumps to `target` if the expression's truth is `when`, else goes on.
    pub fn jump_if(&mut self, expr: &'a Expr, when: bool, target: Label) -> Outcome {
        let before = self.at(expr.range());
        let outcome = with_stack(|| self.jump_if_inner(expr, when, target));
        self.unit.at = before;
        outcome
    }

    fn jump_if_inner(&mut self, expr: &'a Expr, when: bool, target: Label) -> Outcome {
        let mark = self.unit.next;
        match expr {
            Expr::UnaryOp(node) if node.op == UnaryOp::Not => return self.jump_if(&node.operand, !when, target),
            Expr::BoolOp(node) => {
                // `and` decides early on false, `or` on true.
                let early = node.op == BoolOp::Or;
                let Some((last, first)) = node.values.split_last() else { return Ok(()) };
                if early == when {
                    for value in &node.values {
                        self.jump_if(value, when, target)?;
                    }
                } else {
                    let skip = self.unit.label();
                    for value in first {
                        self.jump_if(value, early, skip)?;
                    }
                    self.jump_if(last, when, target)?;
                    self.unit.bind(skip);
                }
                return Ok(());
            }
            Expr::If(node) => {
                let (other, end) = (self.unit.label(), self.unit.label());
                self.jump_if(&node.test, false, other)?;
                self.jump_if(&node.body, when, target)?;
                self.unit.jump(Op::Jump, 0, 0, 0, end);
                self.unit.bind(other);
                self.jump_if(&node.orelse, when, target)?;
                self.unit.bind(end);
                return Ok(());
            }
            Expr::Compare(node) if node.ops.len() == 1 => {
                self.check_compare(&node.left, &node.ops, &node.comparators, node.range);
                let left = self.register(&node.left)?;
                self.compare_jump(node.ops[0], left, &node.comparators[0], when, target)?;
                self.unit.next = mark;
                return Ok(());
            }
            Expr::Compare(node) => return self.chain_jump(node, when, target),
            _ => {}
        }
        if let Some(value) = self.fold(expr)? {
            self.unit.line(expr.range());
            if is_true(&value) == when {
                self.unit.jump(Op::Jump, 0, 0, 0, target);
            }
            return Ok(());
        }
        let value = self.register(expr)?;
        let (a, flags) = self.unit.src_a(value);
        self.unit.jump(truth_jump(when), flags, a, 0, target);
        self.unit.next = mark;
        Ok(())
    }

    /// Jumps on a comparison of an evaluated left side.
    fn compare_jump(&mut self, op: CmpOp, left: Operand, right: &'a Expr, when: bool, target: Label) -> Outcome {
        if matches!(op, CmpOp::Is | CmpOp::IsNot) && right.is_none_literal_expr() {
            let (a, flags) = self.unit.src_a(left);
            let jump = if (op == CmpOp::Is) == when { Op::JumpIfNone } else { Op::JumpIfNotNone };
            self.unit.jump(jump, flags, a, 0, target);
            return Ok(());
        }
        let right = self.comparand(op, right)?;
        self.compare_jump_operands(op, left, right, true, when, target);
        Ok(())
    }

    /// As `compare_jump`, both sides evaluated; `take_right`: this is the right side's last use.
    fn compare_jump_operands(
        &mut self,
        op: CmpOp,
        left: Operand,
        right: Operand,
        take_right: bool,
        when: bool,
        target: Label,
    ) {
        let (a, left_flags) = self.unit.src_a(left);
        match fused(op, when) {
            Some(jump) => {
                let (b, mut right_flags) = self.unit.src_or_const(right, TAKE_B);
                if !take_right {
                    right_flags &= !TAKE_B;
                }
                self.unit.jump(jump, left_flags | right_flags, a, b, target);
            }
            None => {
                let (c, mut right_flags) = self.unit.src_or_const(right, TAKE_C);
                if !take_right {
                    right_flags &= !TAKE_C;
                }
                let left_flags = if left_flags != 0 { TAKE_B } else { 0 };
                let result = self.unit.temp();
                self.unit.emit(compare_op(op), left_flags | right_flags, result, a, c);
                self.unit.jump(truth_jump(when), TAKE_A, result, 0, target);
            }
        }
    }

    fn chain_jump(&mut self, node: &'a ExprCompare, when: bool, target: Label) -> Outcome {
        let mark = self.unit.next;
        self.check_compare(&node.left, &node.ops, &node.comparators, node.range);
        let end = self.unit.label();
        let on_false = if when { end } else { target };
        let mut cleanups: Vec<(Label, u16)> = Vec::new();
        let mut left = self.register(&node.left)?;
        let last = node.ops.len() - 1;
        for (&op, comparator) in node.ops[..last].iter().zip(&node.comparators) {
            let right = self.register(comparator)?;
            let fail = match right {
                Operand::Temp(register) => {
                    let label = self.unit.label();
                    cleanups.push((label, register));
                    label
                }
                _ => on_false,
            };
            self.compare_jump_operands(op, left, right, false, false, fail);
            left = right;
        }
        self.compare_jump(node.ops[last], left, &node.comparators[last], when, target)?;
        if !cleanups.is_empty() {
            self.unit.jump(Op::Jump, 0, 0, 0, end);
            for (label, register) in cleanups {
                self.unit.bind(label);
                self.unit.clear(register);
                self.unit.jump(Op::Jump, 0, 0, 0, on_false);
            }
        }
        self.unit.bind(end);
        self.unit.next = mark;
        Ok(())
    }

    /// The value of `a < b < c`.
    pub fn compare_chain(&mut self, node: &'a ExprCompare, want: Want) -> Outcome<Operand> {
        let mark = self.unit.next;
        self.check_compare(&node.left, &node.ops, &node.comparators, node.range);
        let result = self.unit.temp();
        let end = self.unit.label();
        let mut cleanups: Vec<(Label, u16)> = Vec::new();
        let mut left = self.register(&node.left)?;
        let last = node.ops.len() - 1;
        for (at, (&op, comparator)) in node.ops.iter().zip(&node.comparators).enumerate() {
            let right = if at == last { self.comparand(op, comparator)? } else { self.register(comparator)? };
            let (b, left_flags) = self.unit.src_b(left);
            let (c, mut right_flags) = self.unit.src_or_const(right, TAKE_C);
            if at < last {
                right_flags &= !TAKE_C;
            }
            self.unit.emit(compare_op(op), left_flags | right_flags, result, b, c);
            if at < last {
                let fail = match right {
                    Operand::Temp(register) => {
                        let label = self.unit.label();
                        cleanups.push((label, register));
                        label
                    }
                    _ => end,
                };
                self.unit.jump(Op::JumpIfFalse, EXTRA, result, 0, fail);
                left = right;
            }
        }
        if !cleanups.is_empty() {
            self.unit.jump(Op::Jump, 0, 0, 0, end);
            for (label, register) in cleanups {
                self.unit.bind(label);
                self.unit.clear(register);
                self.unit.jump(Op::Jump, 0, 0, 0, end);
            }
        }
        self.unit.bind(end);
        self.deliver(result, want, mark)
    }

    /// Brings the temporary at `mark` to where it is wanted.
    pub fn deliver(&mut self, result: u16, want: Want, mark: u32) -> Outcome<Operand> {
        if let Want::Register(register) = want
            && register != result
        {
            self.unit.emit(Op::Move, TAKE_B, register, result, 0);
        }
        Ok(self.finish(want, mark))
    }

    pub fn bool_value(&mut self, node: &'a ExprBoolOp, want: Want) -> Outcome<Operand> {
        let mark = self.unit.next;
        let result = self.unit.reserve(mark);
        let end = self.unit.label();
        let jump = truth_jump(node.op == BoolOp::Or);
        let Some((last, first)) = node.values.split_last() else {
            return self.fault("empty boolean operation", node.range);
        };
        for value in first {
            self.temporary(value)?;
            self.unit.jump(jump, EXTRA, result, 0, end);
            self.unit.next = mark;
        }
        self.temporary(last)?;
        self.unit.bind(end);
        self.deliver(result, want, mark)
    }

    pub fn conditional_value(&mut self, node: &'a ExprIf, want: Want) -> Outcome<Operand> {
        let mark = self.unit.next;
        if let Some(test) = self.fold(&node.test)? {
            return self.value(if is_true(&test) { &node.body } else { &node.orelse }, want);
        }
        let branch = match want {
            Want::Any => Want::Temp,
            other => other,
        };
        let (other, end) = (self.unit.label(), self.unit.label());
        self.jump_if(&node.test, false, other)?;
        self.value(&node.body, branch)?;
        self.unit.jump(Op::Jump, 0, 0, 0, end);
        self.unit.bind(other);
        self.unit.next = mark;
        self.value(&node.orelse, branch)?;
        self.unit.bind(end);
        Ok(self.finish(branch, mark))
    }

    /// `not x` as a value.
    pub fn truth_value(&mut self, expr: &'a Expr, want: Want) -> Outcome<Operand> {
        let Expr::UnaryOp(node) = expr else { return self.value(expr, want) };
        let mark = self.unit.next;
        if let Expr::Compare(compare) = &*node.operand
            && let [op @ (CmpOp::Is | CmpOp::IsNot | CmpOp::In | CmpOp::NotIn)] = *compare.ops
        {
            self.check_compare(&compare.left, &compare.ops, &compare.comparators, compare.range);
            let left = self.register(&compare.left)?;
            let right = self.comparand(op, &compare.comparators[0])?;
            return self.binary(compare_op(op.negate()), 0, left, right, want, mark);
        }
        let operand = self.register(&node.operand)?;
        let (b, flags) = self.unit.src_b(operand);
        let target = self.destination(want, mark);
        self.unit.emit(Op::Not, flags, target, b, 0);
        Ok(self.finish(want, mark))
    }

    // --- warnings ---

    pub fn check_compare(&mut self, left: &Expr, ops: &[CmpOp], comparators: &[Expr], range: TextRange) {
        let mut left_fine = Self::may_be_compared_by_identity(left);
        let mut left_expr = left;
        for (op, right) in ops.iter().zip(comparators) {
            let right_fine = Self::may_be_compared_by_identity(right);
            if matches!(op, CmpOp::Is | CmpOp::IsNot) && (!left_fine || !right_fine) {
                let literal = if left_fine { right } else { left_expr };
                let kind = type_name(literal).unwrap_or("str");
                let (word, better) = if *op == CmpOp::Is { ("is", "==") } else { ("is not", "!=") };
                self.warn(format!("\"{word}\" with '{kind}' literal. Did you mean \"{better}\"?"), range);
                return;
            }
            left_fine = right_fine;
            left_expr = right;
        }
    }

    fn may_be_compared_by_identity(expr: &Expr) -> bool {
        match expr {
            Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::BytesLiteral(_) => false,
            Expr::Tuple(node) => !node.elts.iter().all(is_constant),
            _ => true,
        }
    }

    pub fn check_callee(&mut self, callee: &Expr) {
        let checked = matches!(
            callee,
            Expr::NumberLiteral(_)
                | Expr::StringLiteral(_)
                | Expr::BytesLiteral(_)
                | Expr::BooleanLiteral(_)
                | Expr::NoneLiteral(_)
                | Expr::EllipsisLiteral(_)
                | Expr::Tuple(_)
                | Expr::List(_)
                | Expr::ListComp(_)
                | Expr::Dict(_)
                | Expr::DictComp(_)
                | Expr::Set(_)
                | Expr::SetComp(_)
                | Expr::Generator(_)
                | Expr::FString(_)
                | Expr::TString(_)
        );
        if checked && let Some(kind) = type_name(callee) {
            let message = format!("'{kind}' object is not callable; perhaps you missed a comma?");
            self.warn(message, callee.range());
        }
    }

    pub fn check_subscript(&mut self, value: &Expr, index: &Expr) {
        match value {
            Expr::NoneLiteral(_)
            | Expr::EllipsisLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NumberLiteral(_)
            | Expr::Set(_)
            | Expr::SetComp(_)
            | Expr::Generator(_)
            | Expr::TString(_)
            | Expr::Lambda(_) => {
                if let Some(kind) = type_name(value) {
                    let message = format!("'{kind}' object is not subscriptable; perhaps you missed a comma?");
                    self.warn(message, value.range());
                }
            }
            Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::Tuple(_)
            | Expr::List(_)
            | Expr::ListComp(_)
            | Expr::FString(_) => {
                let fine = matches!(index, Expr::BooleanLiteral(_))
                    || matches!(index, Expr::NumberLiteral(node) if matches!(node.value, Number::Int(_)));
                if let (Some(kind), Some(index_kind)) = (type_name(value), type_name(index))
                    && !fine
                    && index_kind != "slice"
                {
                    let message = format!(
                        "{kind} indices must be integers or slices, not {index_kind}; perhaps you missed a comma?"
                    );
                    self.warn(message, value.range());
                }
            }
            _ => {}
        }
    }
}

fn is_constant(expr: &Expr) -> bool {
    match expr {
        Expr::Tuple(node) => node.elts.iter().all(is_constant),
        Expr::UnaryOp(node) => is_constant(&node.operand),
        other => other.is_literal_expr(),
    }
}

/// Name of the type that a display or literal has.
pub fn type_name(expr: &Expr) -> Option<&'static str> {
    Some(match expr {
        Expr::Tuple(_) => "tuple",
        Expr::List(_) | Expr::ListComp(_) => "list",
        Expr::Dict(_) | Expr::DictComp(_) => "dict",
        Expr::Set(_) | Expr::SetComp(_) => "set",
        Expr::Generator(_) => "generator",
        Expr::Lambda(_) => "function",
        Expr::TString(_) => "string.templatelib.Template",
        Expr::FString(_) | Expr::StringLiteral(_) => "str",
        Expr::BytesLiteral(_) => "bytes",
        Expr::BooleanLiteral(_) => "bool",
        Expr::NoneLiteral(_) => "NoneType",
        Expr::EllipsisLiteral(_) => "ellipsis",
        Expr::NumberLiteral(node) => match node.value {
            Number::Int(_) => "int",
            Number::Float(_) => "float",
            Number::Complex { .. } => "complex",
        },
        _ => return None,
    })
}
