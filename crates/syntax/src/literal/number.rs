//! Number literals.
//!
//! Ruff keeps floats and complex numbers as `f64`, and integers up to `u64`; a longer integer is
//! given as digits and radix, for whoever owns big integers. Python refuses a decimal literal of
//! more than 4300 digits (`sys.set_int_max_str_digits`), because reading it is quadratic.
use crate::fault::{FaultKind, SyntaxFault};
use crate::parse::Parsed;
use ruff_text_size::TextRange;

/// An integer literal's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IntLiteral {
    Small(u64),
    /// Digits without prefix and underscores; at least one, radix 2, 8, 10 or 16.
    Big { digits: String, radix: u32 },
}

/// The value of the integer literal at `range`. `max_digits` is `sys.get_int_max_str_digits()`,
/// 0 for no limit.
///
/// # Errors
/// A decimal literal with more digits than the limit.
pub fn int_literal(parsed: &Parsed, range: TextRange, max_digits: usize) -> Result<IntLiteral, SyntaxFault> {
    let value = int_value(parsed.slice(range));
    match &value {
        IntLiteral::Big { digits, radix: 10 } if max_digits > 0 && digits.len() > max_digits => {
            let message = format!(
                "Exceeds the limit ({max_digits} digits) for integer string conversion: value has {} digits; \
                 use sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal for huge \
                 integer literals to avoid decimal conversion limits.",
                digits.len()
            );
            let mut fault = parsed.fault(FaultKind::Syntax, message, range);
            if let Some(location) = &mut fault.location {
                location.column -= 1;
                location.end_line = location.line;
            }
            Err(fault)
        }
        _ => Ok(value),
    }
}

/// The value of integer literal text, which the grammar has accepted before.
pub fn int_value(source: &str) -> IntLiteral {
    let (body, radix) = match source.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&source[2..], 16),
        [b'0', b'o' | b'O', ..] => (&source[2..], 8),
        [b'0', b'b' | b'B', ..] => (&source[2..], 2),
        _ => (source, 10),
    };
    let digits: String = body.chars().filter(|&c| c != '_').collect();
    match u64::from_str_radix(&digits, radix) {
        Ok(value) => IntLiteral::Small(value),
        Err(_) => IntLiteral::Big { digits, radix },
    }
}
