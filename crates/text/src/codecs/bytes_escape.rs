//! `codecs.escape_decode` and `escape_encode`: bytes as they are written in a bytes literal.

use super::InvalidEscape;
use crate::repr::bytes_repr_quoted;

/// What to do about a bad `\x`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BytesEscapeError {
    /// `ValueError: invalid \x escape at position {0}`.
    InvalidHex(usize),
    /// `ValueError: Trailing \ in string`.
    TrailingBackslash,
}

/// The bytes, and the first escape to warn about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BytesEscapes {
    /// Decoded.
    pub bytes: Vec<u8>,
    /// The warning is `DeprecationWarning`, in source code `SyntaxWarning`.
    pub first_invalid: Option<InvalidEscape>,
}

/// Handling of a bad `\x`: an error, one `?`, or nothing. `None` for names other than Python's three.
fn stand_in(errors: &str) -> Option<Option<&'static [u8]>> {
    Some(match errors {
        "strict" => None,
        "replace" => Some(b"?"),
        "ignore" => Some(b""),
        _ => return None,
    })
}

/// Replaces escapes. `Err(None)`: the name in `errors` is unknown, and it was needed (`ValueError`).
pub fn bytes_escape_decode(
    input: &[u8],
    errors: &str,
) -> Result<BytesEscapes, Option<BytesEscapeError>> {
    let mut out = Vec::with_capacity(input.len());
    let mut first_invalid = None;
    let mut at = 0;
    while at < input.len() {
        let plain = memchr::memchr(b'\\', &input[at..]).unwrap_or(input.len() - at);
        out.extend_from_slice(&input[at..at + plain]);
        at += plain;
        if at == input.len() {
            break;
        }
        let Some(&kind) = input.get(at + 1) else {
            return Err(Some(BytesEscapeError::TrailingBackslash));
        };
        let start = at;
        at += 2;
        match kind {
            b'\n' => {}
            b'\\' | b'\'' | b'"' => out.push(kind),
            b'a' => out.push(0x07),
            b'b' => out.push(0x08),
            b't' => out.push(b'\t'),
            b'n' => out.push(b'\n'),
            b'v' => out.push(0x0B),
            b'f' => out.push(0x0C),
            b'r' => out.push(b'\r'),
            b'0'..=b'7' => {
                let digits = input[start + 1..]
                    .iter()
                    .take(3)
                    .take_while(|b| matches!(b, b'0'..=b'7'));
                let (value, count) =
                    digits.fold((0u16, 0), |(v, n), b| (v << 3 | u16::from(b - b'0'), n + 1));
                if value > 0o377 && first_invalid.is_none() {
                    first_invalid = Some(InvalidEscape::Octal { at: start, value });
                }
                out.push(value as u8);
                at = start + 1 + count;
            }
            b'x' => {
                let digit = |at: usize| input.get(at).and_then(|&b| (b as char).to_digit(16));
                if let (Some(high), Some(low)) = (digit(at), digit(at + 1)) {
                    out.push((high << 4 | low) as u8);
                    at += 2;
                } else {
                    match stand_in(errors) {
                        Some(Some(bytes)) => out.extend_from_slice(bytes),
                        Some(None) => return Err(Some(BytesEscapeError::InvalidHex(start))),
                        None => return Err(None),
                    }
                    at += digit(at).is_some() as usize;
                }
            }
            byte => {
                first_invalid = first_invalid.or(Some(InvalidEscape::Unknown { at: start, byte }));
                out.extend_from_slice(&[b'\\', byte]);
            }
        }
    }
    Ok(BytesEscapes {
        bytes: out,
        first_invalid,
    })
}

/// Writes escapes where `repr` between single quotes has them.
pub fn bytes_escape_encode(input: &[u8]) -> Vec<u8> {
    let mut text = bytes_repr_quoted(input, b'\'').into_bytes();
    text.pop();
    text.drain(..2);
    text
}
