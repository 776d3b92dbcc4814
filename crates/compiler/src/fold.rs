//! Constant folding: what CPython's compiler folds where a program can see it, with bounds so that a
//! small source never makes a large constant.

use std::cell::RefCell;

use orochi_bytecode::Const;
use orochi_syntax::Parsed;
use orochi_syntax::ast::{Expr, Number, Operator, UnaryOp};
use orochi_syntax::literal::{IntLiteral, bytes_value, int_literal, string_value};
use orochi_syntax::text_size::TextRange;

use rustc_hash::FxHashSet;

use crate::fault::Outcome;

/// Longest folded text, bytes or tuple.
const LONGEST: usize = 4096;

/// Facts that folding needs.
pub struct Folder<'a> {
    pub parsed: &'a Parsed,
    pub optimize: u8,
    pub max_int_digits: usize,
    /// Addresses of nodes that are known to be no constants.
    pub unfoldable: &'a RefCell<FxHashSet<usize>>,
}

/// Magnitude of digits in a radix, little-endian bytes.
fn magnitude(digits: &str, radix: u32) -> Box<[u8]> {
    // Chunks of digits that fit 32 bits; schoolbook in base 2^32, bounded by the digit limit for
    // decimal. Powers of two are packed bit by bit.
    let mut limbs: Vec<u32> = Vec::new();
    if radix.is_power_of_two() {
        let bits = radix.trailing_zeros();
        let mut bytes = vec![0u8; digits.len() * bits as usize / 8 + 2];
        for (at, digit) in digits.bytes().rev().enumerate() {
            let value = (digit as char).to_digit(radix).unwrap_or(0) as u16;
            let bit = at * bits as usize;
            let shifted = value << (bit % 8);
            bytes[bit / 8] |= shifted as u8;
            bytes[bit / 8 + 1] |= (shifted >> 8) as u8;
        }
        while bytes.last() == Some(&0) {
            bytes.pop();
        }
        return bytes.into();
    }
    for chunk in digits.as_bytes().chunks(9) {
        let mut carry = 0u64;
        let mut scale = 1u64;
        for &digit in chunk {
            carry = carry * 10 + u64::from(digit.wrapping_sub(b'0'));
            scale *= 10;
        }
        for limb in &mut limbs {
            let value = u64::from(*limb) * scale + carry;
            *limb = value as u32;
            carry = value >> 32;
        }
        if carry > 0 {
            limbs.push(carry as u32);
        }
    }
    let mut bytes: Vec<u8> = limbs.iter().flat_map(|limb| limb.to_le_bytes()).collect();
    while bytes.last() == Some(&0) {
        bytes.pop();
    }
    bytes.into()
}

fn from_u64(value: u64) -> Const {
    match i64::try_from(value) {
        Ok(value) => Const::Int(value),
        Err(_) => Const::BigInt { negative: false, magnitude: value.to_le_bytes().into() },
    }
}

impl Folder<'_> {
    /// Value of an int literal.
    fn int(&self, range: TextRange) -> Outcome<Const> {
        Ok(match int_literal(self.parsed, range, self.max_int_digits)? {
            IntLiteral::Small(value) => from_u64(value),
            IntLiteral::Big { digits, radix } => {
                let magnitude = magnitude(&digits, radix);
                Const::BigInt { negative: false, magnitude }
            }
        })
    }

    /// The constant that an expression is, if it is one.
    ///
    /// # Errors
    /// A literal whose value cannot be had.
    pub fn fold(&self, expr: &Expr) -> Outcome<Option<Const>> {
        match expr {
            Expr::Tuple(_) | Expr::UnaryOp(_) | Expr::BinOp(_) | Expr::Subscript(_) => {
                // Asked again for each part of a tree that is no constant: remembered, so that the walk of a
                // deep tree stays linear.
                let key = std::ptr::from_ref(expr) as usize;
                if self.unfoldable.borrow().contains(&key) {
                    return Ok(None);
                }
                let outcome = crate::emit::with_stack(|| self.fold_inner(expr));
                if matches!(outcome, Ok(None)) {
                    self.unfoldable.borrow_mut().insert(key);
                }
                outcome
            }
            _ => self.fold_inner(expr),
        }
    }

    fn fold_inner(&self, expr: &Expr) -> Outcome<Option<Const>> {
        Ok(Some(match expr {
            Expr::NoneLiteral(_) => Const::None,
            Expr::EllipsisLiteral(_) => Const::Ellipsis,
            Expr::BooleanLiteral(node) => truth(node.value),
            Expr::NumberLiteral(node) => match &node.value {
                Number::Int(_) => self.int(node.range)?,
                Number::Float(value) => Const::Float(*value),
                Number::Complex { real, imag } => Const::Complex(*real, *imag),
            },
            Expr::StringLiteral(node) => Const::Str(string_value(self.parsed, node)?.into()),
            Expr::BytesLiteral(node) => Const::Bytes(bytes_value(node).into()),
            Expr::Name(node) if node.id.as_str() == "__debug__" => truth(self.optimize == 0),
            Expr::Tuple(node) => {
                let mut items = Vec::with_capacity(node.elts.len());
                for element in node.elts.iter().rev() {
                    match self.fold(element)? {
                        Some(item) => items.push(item),
                        None => return Ok(None),
                    }
                }
                items.reverse();
                Const::Tuple(items.into())
            }
            Expr::UnaryOp(node) => {
                let Some(operand) = self.fold(&node.operand)? else { return Ok(None) };
                return Ok(unary(node.op, operand));
            }
            Expr::BinOp(node) => {
                let Some(right) = self.fold(&node.right)? else { return Ok(None) };
                let Some(left) = self.fold(&node.left)? else { return Ok(None) };
                return Ok(binary(node.op, left, right));
            }
            Expr::Subscript(node) => {
                let Some(index) = self.fold(&node.slice)? else { return Ok(None) };
                let Some(value) = self.fold(&node.value)? else { return Ok(None) };
                return Ok(subscript(value, &index));
            }
            _ => return Ok(None),
        }))
    }
}

fn truth(value: bool) -> Const {
    if value { Const::True } else { Const::False }
}

/// Truth value of a constant.
pub fn is_true(value: &Const) -> bool {
    match value {
        Const::None | Const::False => false,
        Const::True | Const::Ellipsis | Const::Slice(_) | Const::Code(_) | Const::BigInt { .. } => true,
        Const::Int(value) => *value != 0,
        Const::Float(value) => *value != 0.0,
        Const::Complex(re, im) => *re != 0.0 || *im != 0.0,
        Const::Str(text) => !text.is_empty(),
        Const::Bytes(bytes) => !bytes.is_empty(),
        Const::Tuple(items) | Const::FrozenSet(items) => !items.is_empty(),
    }
}

fn unary(op: UnaryOp, operand: Const) -> Option<Const> {
    Some(match (op, operand) {
        (UnaryOp::Not, value) => truth(!is_true(&value)),
        (UnaryOp::USub, Const::Int(value)) => match value.checked_neg() {
            Some(value) => Const::Int(value),
            None => from_u64(value.unsigned_abs()),
        },
        (UnaryOp::USub, Const::BigInt { negative: false, magnitude }) => {
            // The one magnitude that fits when negative.
            if *magnitude == (1u64 << 63).to_le_bytes() {
                return Some(Const::Int(i64::MIN));
            }
            Const::BigInt { negative: true, magnitude }
        }
        (UnaryOp::USub, Const::BigInt { negative: true, magnitude }) => Const::BigInt { negative: false, magnitude },
        (UnaryOp::USub, Const::Float(value)) => Const::Float(-value),
        (UnaryOp::USub, Const::Complex(re, im)) => Const::Complex(-re, -im),
        (UnaryOp::USub, Const::True) => Const::Int(-1),
        (UnaryOp::USub, Const::False) => Const::Int(0),
        (UnaryOp::UAdd, value @ (Const::Int(_) | Const::BigInt { .. } | Const::Float(_) | Const::Complex(..))) => value,
        (UnaryOp::UAdd, Const::True) => Const::Int(1),
        (UnaryOp::UAdd, Const::False) => Const::Int(0),
        (UnaryOp::Invert, Const::Int(value)) => Const::Int(!value),
        _ => return None,
    })
}

fn as_int(value: &Const) -> Option<i64> {
    match value {
        Const::Int(value) => Some(*value),
        Const::True => Some(1),
        Const::False => Some(0),
        _ => None,
    }
}
/// Exact only: an int beyond 2**53 is left to the runtime.
fn as_float(value: &Const) -> Option<f64> {
    match value {
        Const::Float(value) => Some(*value),
        other => as_int(other).filter(|value| value.unsigned_abs() <= 1 << 53).map(|value| value as f64),
    }
}

fn binary(op: Operator, left: Const, right: Const) -> Option<Const> {
    if let (Some(a), Some(b)) = (as_int(&left), as_int(&right)) {
        // `True & False` is a bool: left to the runtime.
        if !matches!((&left, &right), (Const::Int(_), Const::Int(_))) {
            return None;
        }
        return int_binary(op, a, b);
    }
    match (&left, &right) {
        (Const::Str(a), Const::Str(b)) if op == Operator::Add && a.len() + b.len() <= LONGEST => {
            // Halves of a surrogate pair must not meet in a seam unnoticed.
            if a.last().is_some_and(|byte| *byte >= 0x80) && b.first() == Some(&0xed) {
                return None;
            }
            return Some(Const::Str([&**a, &**b].concat().into()));
        }
        (Const::Bytes(a), Const::Bytes(b)) if op == Operator::Add && a.len() + b.len() <= LONGEST => {
            return Some(Const::Bytes([&**a, &**b].concat().into()));
        }
        (Const::Tuple(a), Const::Tuple(b)) if op == Operator::Add && a.len() + b.len() <= 256 => {
            return Some(Const::Tuple([&**a, &**b].concat().into()));
        }
        _ => {}
    }
    if op == Operator::Mult {
        let (sequence, count) = match (as_int(&left), as_int(&right)) {
            (Some(count), None) => (&right, count),
            (None, Some(count)) => (&left, count),
            _ => (&left, -1),
        };
        let times = usize::try_from(count).ok().filter(|&count| count <= LONGEST);
        match (sequence, times) {
            (Const::Str(text), Some(times)) if text.len() * times <= LONGEST && !text.contains(&0xed) => {
                return Some(Const::Str(text.repeat(times).into()));
            }
            (Const::Bytes(bytes), Some(times)) if bytes.len() * times <= LONGEST => {
                return Some(Const::Bytes(bytes.repeat(times).into()));
            }
            (Const::Tuple(items), Some(times)) if items.len() * times <= 256 => {
                let all = (0..times).flat_map(|_| items.iter().cloned()).collect();
                return Some(Const::Tuple(all));
            }
            _ => {}
        }
    }
    if let (Some(a), Some(b)) = (as_float(&left), as_float(&right)) {
        return Some(Const::Float(match op {
            Operator::Add => a + b,
            Operator::Sub => a - b,
            Operator::Mult => a * b,
            Operator::Div if b != 0.0 => a / b,
            _ => return None,
        }));
    }
    // A sum of a real and an imaginary literal: how complex constants are written.
    let parts = |value: &Const| match value {
        Const::Complex(re, im) => Some((*re, *im, true)),
        other => as_float(other).map(|re| (re, 0.0, false)),
    };
    let ((a, b, left_complex), (c, d, right_complex)) = (parts(&left)?, parts(&right)?);
    // Mixed arithmetic leaves the other operand's imaginary part as it is, sign of zero included.
    match (op, left_complex, right_complex) {
        (Operator::Add, true, true) => Some(Const::Complex(a + c, b + d)),
        (Operator::Add, true, false) => Some(Const::Complex(a + c, b)),
        (Operator::Add, false, true) => Some(Const::Complex(a + c, d)),
        (Operator::Sub, true, true) => Some(Const::Complex(a - c, b - d)),
        (Operator::Sub, true, false) => Some(Const::Complex(a - c, b)),
        (Operator::Sub, false, true) => Some(Const::Complex(a - c, -d)),
        _ => None,
    }
}

fn int_binary(op: Operator, a: i64, b: i64) -> Option<Const> {
    let value = match op {
        Operator::Add => a.checked_add(b)?,
        Operator::Sub => a.checked_sub(b)?,
        Operator::Mult => a.checked_mul(b)?,
        Operator::Div => {
            let (x, y) = (as_float(&Const::Int(a))?, as_float(&Const::Int(b))?);
            return (y != 0.0).then(|| Const::Float(x / y));
        }
        Operator::FloorDiv => {
            let quotient = a.checked_div(b)?;
            quotient - i64::from(a % b != 0 && (a < 0) != (b < 0))
        }
        Operator::Mod => {
            let rest = a.checked_rem(b)?;
            if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest }
        }
        Operator::Pow => a.checked_pow(u32::try_from(b).ok()?)?,
        Operator::LShift => {
            let shift = u32::try_from(b).ok().filter(|&shift| shift < 63)?;
            let shifted = a << shift;
            if shifted >> shift != a {
                return None;
            }
            shifted
        }
        Operator::RShift => a >> u32::try_from(b).ok()?.min(63),
        Operator::BitAnd => a & b,
        Operator::BitOr => a | b,
        Operator::BitXor => a ^ b,
        Operator::MatMult => return None,
    };
    Some(Const::Int(value))
}

fn subscript(value: Const, index: &Const) -> Option<Const> {
    let at = as_int(index)?;
    match value {
        Const::Tuple(items) => {
            let length = i64::try_from(items.len()).ok()?;
            let at = if at < 0 { at + length } else { at };
            items.get(usize::try_from(at).ok()?).cloned()
        }
        Const::Str(text) if text.is_ascii() => {
            let length = i64::try_from(text.len()).ok()?;
            let at = if at < 0 { at + length } else { at };
            let byte = *text.get(usize::try_from(at).ok()?)?;
            Some(Const::Str([byte].into()))
        }
        Const::Bytes(bytes) => {
            let length = i64::try_from(bytes.len()).ok()?;
            let at = if at < 0 { at + length } else { at };
            Some(Const::Int(i64::from(*bytes.get(usize::try_from(at).ok()?)?)))
        }
        _ => None,
    }
}
