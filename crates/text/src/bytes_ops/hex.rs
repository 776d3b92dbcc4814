//! `bytes.hex` and `bytes.fromhex`.

use crate::search::is_byte_space;
use crate::{OutOfMemory, vec_with_room};

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Two digits a byte; `separator` between groups of `group` bytes, counted from the right, or from the left if
/// `group` is negative. The result is ASCII if the separator is.
pub fn hex(bytes: &[u8], separator: Option<u8>, group: isize) -> Result<Vec<u8>, OutOfMemory> {
    let size = group.unsigned_abs();
    let digits = bytes.len().checked_mul(2).ok_or(OutOfMemory)?;
    let separator = separator.filter(|_| size > 0 && size < bytes.len());
    let Some(separator) = separator else {
        let mut out = vec_with_room(digits)?;
        bytes.iter().for_each(|&b| push_byte(&mut out, b));
        return Ok(out);
    };
    let mut out = vec_with_room(
        digits
            .checked_add((bytes.len() - 1) / size)
            .ok_or(OutOfMemory)?,
    )?;
    // From the right, the first group is the short one.
    let first = match bytes.len() % size {
        short @ 1.. if group > 0 => short,
        _ => size,
    };
    let (head, tail) = bytes.split_at(first);
    head.iter().for_each(|&b| push_byte(&mut out, b));
    for chunk in tail.chunks(size) {
        out.push(separator);
        chunk.iter().for_each(|&b| push_byte(&mut out, b));
    }
    Ok(out)
}

#[inline]
fn push_byte(out: &mut Vec<u8>, byte: u8) {
    out.extend_from_slice(&[DIGITS[(byte >> 4) as usize], DIGITS[(byte & 15) as usize]]);
}

/// Why text is not hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FromHexError {
    /// Not a digit, at this byte offset.
    NotHex(usize),
    /// The last byte has one digit only.
    OddDigits,
}

/// Bytes from pairs of digits; ASCII white space between pairs is skipped.
pub fn fromhex(text: &[u8]) -> Result<Vec<u8>, FromHexError> {
    let digit = |at: usize| {
        let byte = *text.get(at).ok_or(FromHexError::OddDigits)?;
        (byte as char)
            .to_digit(16)
            .map(|d| d as u8)
            .ok_or(FromHexError::NotHex(at))
    };
    let mut out = Vec::with_capacity(text.len() / 2);
    let mut at = 0;
    while at < text.len() {
        if is_byte_space(text[at]) {
            at += 1;
            continue;
        }
        out.push(digit(at)? << 4 | digit(at + 1)?);
        at += 2;
    }
    Ok(out)
}
