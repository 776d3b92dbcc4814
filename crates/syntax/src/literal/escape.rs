//! Backslash escapes of string and bytes literals.
//!
//! One walk serves three readers: the value, the error with CPython's wording (byte positions
//! are positions in the literal's body), and the warning about an escape that means nothing.

/// Why an escape does not decode. Positions are bytes within the decoded body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EscapeError {
    pub start: usize,
    /// Last byte of the bad escape, inclusive.
    pub end: usize,
    pub reason: &'static str,
}

impl EscapeError {
    /// The `SyntaxError` text for a string literal.
    pub fn text_message(&self) -> String {
        let EscapeError { start, end, reason } = self;
        if start == end {
            return format!("(unicode error) 'unicodeescape' codec can't decode byte 0x5c in position {start}: {reason}");
        }
        format!("(unicode error) 'unicodeescape' codec can't decode bytes in position {start}-{end}: {reason}")
    }

    /// The `SyntaxError` text for a bytes literal.
    pub fn bytes_message(&self) -> String {
        format!("(value error) invalid \\x escape at position {}", self.start)
    }
}

/// An escape that Python keeps as it stands but warns about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownEscape {
    /// Byte offset of the backslash within the body.
    pub at: usize,
    /// Length of the escape in bytes, backslash included.
    pub length: usize,
    /// An octal escape above `\377`, rather than an unknown letter.
    pub octal: bool,
}

/// Has the literal an escape that ruff may decode otherwise than Python?
pub fn needs_decoding(source: &str) -> bool {
    let bytes = source.as_bytes();
    memchr::memchr_iter(b'\\', bytes).any(|at| matches!(bytes.get(at + 1), Some(b'u' | b'U' | b'N')))
}

/// Start and end of the body of a literal with prefix and quotes; `None` if it has no end quote.
pub fn body_bounds(source: &str) -> Option<(usize, usize)> {
    let bytes = source.as_bytes();
    let open = bytes.iter().position(|byte| matches!(byte, b'"' | b'\''))?;
    let quote = bytes[open];
    let triple = bytes[open..].len() >= 6 && bytes[open + 1] == quote && bytes[open + 2] == quote;
    let width = if triple { 3 } else { 1 };
    let end = bytes.len().checked_sub(width)?;
    (end >= open + width && bytes[end] == quote).then_some((open + width, end))
}

/// Decodes the body of a string literal to generalized UTF-8. In an f-string or t-string
/// (`interpolated`) doubled braces are one brace.
///
/// # Errors
/// A truncated or unknown escape.
pub fn decode_text(body: &str, interpolated: bool) -> Result<Vec<u8>, EscapeError> {
    let bytes = body.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    // CPython decodes a body in which every non-ASCII character has become a 10-byte escape
    // (once there is a backslash); reported positions count in that form.
    let mut shift = 0;
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        if byte != b'\\' {
            let length = char_length(byte);
            out.extend_from_slice(&bytes[at..(at + length).min(bytes.len())]);
            if length > 1 {
                shift += 10 - length;
            }
            at += length;
            if interpolated && matches!(byte, b'{' | b'}') && bytes.get(at) == Some(&byte) {
                at += 1;
            }
            continue;
        }
        let start = at + shift;
        let Some(&letter) = bytes.get(at + 1) else {
            return Err(EscapeError { start, end: start, reason: "\\ at end of string" });
        };
        at += 2;
        match letter {
            b'x' => at = hex(bytes, at, 2, start, "truncated \\xXX escape", &mut out)?,
            b'u' => at = hex(bytes, at, 4, start, "truncated \\uXXXX escape", &mut out)?,
            b'U' => at = hex(bytes, at, 8, start, "truncated \\UXXXXXXXX escape", &mut out)?,
            b'N' => {
                let malformed = |end: usize| EscapeError { start, end, reason: "malformed \\N character escape" };
                if bytes.get(at) != Some(&b'{') {
                    return Err(malformed(start + 1));
                }
                let Some(length) = memchr::memchr(b'}', &bytes[at..]) else {
                    return Err(malformed(shift + bytes.len() - 1));
                };
                let name = &body[at + 1..at + length];
                if name.is_empty() {
                    return Err(malformed(start + 2));
                }
                at += length + 1;
                let Some(c) = unicode_names2::character(name) else {
                    let end = shift + at - 1;
                    return Err(EscapeError { start, end, reason: "unknown Unicode character name" });
                };
                push_code_point(u32::from(c), &mut out);
            }
            b'0'..=b'7' => {
                let (value, next) = octal(bytes, at - 1);
                push_code_point(value, &mut out);
                at = next;
            }
            _ => match simple(letter) {
                Some(Some(value)) => out.push(value),
                Some(None) => {}
                // An unknown escape stands for itself. Only the backslash is consumed: the
                // next character may be multi-byte, or a brace.
                None => {
                    out.push(b'\\');
                    at -= 1;
                }
            },
        }
    }
    Ok(out)
}

/// Decodes the body of a bytes literal.
///
/// # Errors
/// A truncated `\x`.
pub fn decode_bytes(body: &[u8]) -> Result<Vec<u8>, EscapeError> {
    let mut out = Vec::with_capacity(body.len());
    let mut at = 0;
    while at < body.len() {
        if body[at] != b'\\' {
            out.push(body[at]);
            at += 1;
            continue;
        }
        let start = at;
        let Some(&letter) = body.get(at + 1) else {
            return Err(EscapeError { start, end: start, reason: "Trailing \\ in string" });
        };
        at += 2;
        match letter {
            b'x' => {
                let digit = |index: usize| body.get(index).and_then(|&byte| (byte as char).to_digit(16));
                let (Some(high), Some(low)) = (digit(at), digit(at + 1)) else {
                    return Err(EscapeError { start, end: start, reason: "invalid \\x escape" });
                };
                out.push((high * 16 + low) as u8);
                at += 2;
            }
            b'0'..=b'7' => {
                let (value, next) = octal(body, at - 1);
                out.push(value as u8);
                at = next;
            }
            _ => match simple(letter) {
                Some(Some(value)) => out.push(value),
                Some(None) => {}
                None => {
                    out.push(b'\\');
                    at -= 1;
                }
            },
        }
    }
    Ok(out)
}

/// Calls `report` for each escape that means nothing. `text`: a string, not bytes, literal, so
/// that `\N`, `\u` and `\U` have a meaning.
pub fn unknown_escapes(body: &[u8], text: bool, mut report: impl FnMut(UnknownEscape)) {
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'\\', body.get(at..).unwrap_or_default()) {
        at += found;
        let Some(&letter) = body.get(at + 1) else { return };
        match letter {
            b'0'..=b'7' => {
                let (value, next) = octal(body, at + 1);
                if value > 0o377 {
                    report(UnknownEscape { at, length: next - at, octal: true });
                }
                at = next;
            }
            b'x' => at += 2,
            b'N' if text => {
                // The name may not hold a backslash, but skipping it is not worth a search.
                at += 2;
            }
            b'u' | b'U' if text => at += 2,
            _ if simple(letter).is_some() => at += 2,
            // CPython warns about ASCII letters and signs only.
            _ if !letter.is_ascii() => at += 2,
            _ => {
                report(UnknownEscape { at, length: 2, octal: false });
                at += 2;
            }
        }
    }
}

/// The value of a one-letter escape; `Some(None)` is the escaped newline, which vanishes.
fn simple(letter: u8) -> Option<Option<u8>> {
    Some(Some(match letter {
        b'\n' => return Some(None),
        b'\\' => b'\\',
        b'\'' => b'\'',
        b'"' => b'"',
        b'a' => 0x07,
        b'b' => 0x08,
        b'f' => 0x0C,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0B,
        _ => return None,
    }))
}

fn octal(bytes: &[u8], from: usize) -> (u32, usize) {
    let mut value = 0;
    let mut at = from;
    while at < from + 3 {
        match bytes.get(at) {
            Some(&digit @ b'0'..=b'7') => value = value * 8 + u32::from(digit - b'0'),
            _ => break,
        }
        at += 1;
    }
    (value, at)
}

fn hex(
    bytes: &[u8],
    from: usize,
    digits: usize,
    start: usize,
    reason: &'static str,
    out: &mut Vec<u8>,
) -> Result<usize, EscapeError> {
    let mut value = 0u32;
    for step in 0..digits {
        match bytes.get(from + step).and_then(|&byte| (byte as char).to_digit(16)) {
            Some(digit) => value = value * 16 + digit,
            None => return Err(EscapeError { start, end: start + 1 + step, reason }),
        }
    }
    if value > 0x10FFFF {
        return Err(EscapeError { start, end: start + 1 + digits, reason: "illegal Unicode character" });
    }
    push_code_point(value, out);
    Ok(from + digits)
}

/// Appends a code point, surrogates included, as generalized UTF-8.
fn push_code_point(value: u32, out: &mut Vec<u8>) {
    match char::from_u32(value) {
        Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        None => out.extend_from_slice(&[
            0xE0 | (value >> 12) as u8,
            0x80 | (value >> 6 & 0x3F) as u8,
            0x80 | (value & 0x3F) as u8,
        ]),
    }
}

fn char_length(lead: u8) -> usize {
    match lead {
        0..=0x7F => 1,
        0x80..=0xDF => 2,
        0xE0..=0xEF => 3,
        _ => 4,
    }
}
