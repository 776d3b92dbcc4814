//! Operators on any values.

use orochi_bytecode::Op;
use orochi_bytecode::word::{TAKE_B, Word};
use orochi_heap::Value;
use orochi_objects::protocol::{self, Operator};
use orochi_objects::{Attached, CompareOp, PyResult, Raised, str};

use super::Regs;
use crate::frame::Frame;

/// If an operand is an unbound local, the error for it: locals are read in place, so the check is made
/// only where no fast path applied.
#[cold]
fn unbound_operand(t: Attached<'_>, frame: &Frame, registers: &[u16]) -> Option<Raised> {
    let regs = Regs::of(frame);
    registers
        .iter()
        .find(|&&r| (r as usize) < frame.code().register_count && regs.view(r).is_unbound())
        .map(|&r| super::name::unbound_local(t, frame, r as usize))
}

/// `b op c`, or `b op= c`.
#[inline(never)]
pub(crate) fn binary(t: Attached<'_>, b: &Value, c: &Value, op: Operator, in_place: bool, frame: &Frame, w: Word) -> PyResult {
    if let (Some(x), Some(y)) = (number(b), number(c)) {
        // A mix of ints and floats without memory, or a result that needs some.
        match op {
            Operator::Add => return Ok(orochi_objects::float::new(t, x + y)),
            Operator::Sub => return Ok(orochi_objects::float::new(t, x - y)),
            Operator::Mul => return Ok(orochi_objects::float::new(t, x * y)),
            Operator::TrueDiv if y != 0.0 => return Ok(orochi_objects::float::new(t, x / y)),
            _ => {}
        }
    }
    if op == Operator::Add && str::is_exact_str(b) && str::is_exact_str(c) {
        return str::concat(t, b, c);
    }
    if (b.is_unbound() || c.is_unbound())
        && let Some(e) = unbound_operand(t, frame, &[w.b(), w.c()])
    {
        return Err(e);
    }
    if in_place { protocol::inplace(t, b, c, op) } else { protocol::binary(t, b, c, op) }
}

/// `b += c` of two strs into the register of `b`, which holds the last reference more often than not: the
/// text grows in place. `None`: these are other operands.
#[inline(never)]
pub(crate) fn append(t: Attached<'_>, c: &Value, frame: &Frame, w: Word) -> Option<PyResult> {
    let regs = Regs::of(frame);
    let b = regs.view(w.b());
    if !str::is_exact_str(b) || !str::is_exact_str(c) || b.is(c) {
        return None;
    }
    let mut text = regs.take(w.b()).counted();
    Some(match str::append(t, &mut text, c) {
        Ok(()) => Ok(text),
        Err(e) => {
            regs.put(w.b(), text);
            Err(e)
        }
    })
}

/// The number of a float, or of an int that a float holds exactly: but not two ints.
#[inline(always)]
fn number(v: &Value) -> Option<f64> {
    v.as_small_float()
}

/// `b op c`.
#[inline(never)]
pub(crate) fn compare(t: Attached<'_>, b: &Value, c: &Value, op: CompareOp, frame: &Frame, w: Word) -> PyResult {
    if let Some(r) = fast_equal(b, c, op) {
        return Ok(Value::bool(r));
    }
    if (b.is_unbound() || c.is_unbound())
        && let Some(e) = unbound_operand(t, frame, &[w.b(), w.c()])
    {
        return Err(e);
    }
    protocol::compare(t, b, c, op)
}

/// Truth of `a op b`.
#[inline(never)]
pub(crate) fn compare_truth(t: Attached<'_>, a: &Value, b: &Value, op: CompareOp, frame: &Frame, w: Word) -> PyResult<bool> {
    if let Some(r) = fast_equal(a, b, op) {
        return Ok(r);
    }
    if (a.is_unbound() || b.is_unbound())
        && let Some(e) = unbound_operand(t, frame, &[w.a(), w.b()])
    {
        return Err(e);
    }
    let r = protocol::compare(t, a, b, op)?;
    protocol::truth(t, &r)
}

/// Equality of exact strs.
#[inline(always)]
fn fast_equal(a: &Value, b: &Value, op: CompareOp) -> Option<bool> {
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) || !a.is_object() || !b.is_object() {
        return None;
    }
    if str::is_exact_str(a) && str::is_exact_str(b) {
        return Some(str::same_text(a, b) == (op == CompareOp::Eq));
    }
    None
}

/// The truth of an operand.
#[inline(never)]
pub(crate) fn truth(t: Attached<'_>, v: &Value, frame: &Frame, w: Word) -> PyResult<bool> {
    if v.is_unbound()
        && let Some(e) = unbound_operand(t, frame, &[w.a(), w.b()])
    {
        return Err(e);
    }
    protocol::truth(t, v)
}

/// `-b`, `+b`, `~b`.
pub(crate) fn unary(t: Attached<'_>, frame: &mut Frame, w: Word) -> PyResult<()> {
    let regs = Regs::of(frame);
    let v = regs.view(w.b());
    if v.is_unbound() {
        return Err(super::name::unbound_local(t, frame, w.b() as usize));
    }
    let r = match Op::from_byte(w.op_byte()) {
        Some(Op::Neg) => protocol::negate(t, v)?,
        Some(Op::Pos) => protocol::positive(t, v)?,
        _ => protocol::invert(t, v)?,
    };
    regs.done(w, TAKE_B);
    regs.put(w.a(), r);
    Ok(())
}
