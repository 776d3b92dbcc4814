//! Source bytes to text: byte order mark, PEP 263 cookie, NUL bytes, universal newlines.
//!
//! UTF-8, Latin-1 and ASCII are decoded here; any other codec is Python's business, so the
//! caller passes a function for it. Wording and places follow CPython 3.14 and differ between
//! `compile()` of a bytes object and a file, which `Origin` tells apart.
use crate::fault::{FaultKind, Location, SyntaxFault};
use std::borrow::Cow;

/// Where source bytes come from.
#[derive(Debug, Clone, Copy)]
pub enum Origin<'a> {
    /// An argument of `compile`, `exec` or `eval`.
    Object,
    /// A script or module file; the name goes into one message.
    File(&'a str),
}

/// How a foreign codec failed: the text that follows in the `SyntaxError`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodecFailure {
    /// No codec of that name.
    Unknown,
    /// The codec refused; its error's `str()`.
    Failed(String),
}

/// Decodes `bytes` with the codec named `encoding` (as written in the cookie, normalised).
pub type Codec<'a> = dyn FnMut(&str, &[u8]) -> Result<String, CodecFailure> + 'a;

/// Decodes a source. The text has `\n` newlines only and no byte order mark.
///
/// # Errors
/// NUL bytes, an unknown or contradicting cookie, and bytes that the codec refuses.
pub fn decode_source(bytes: &[u8], origin: Origin<'_>, codec: &mut Codec<'_>) -> Result<String, SyntaxFault> {
    if let Some(at) = memchr::memchr(0, bytes) {
        return Err(null_bytes(bytes, at, origin));
    }
    let (body, has_mark) = match bytes.strip_prefix(b"\xEF\xBB\xBF") {
        Some(rest) => (rest, true),
        None => (bytes, false),
    };
    let encoding = cookie(body).map_or_else(|| "utf-8".to_owned(), normalise);
    if has_mark && encoding != "utf-8" {
        let line = first_cookie_line(body);
        let text = String::from_utf8_lossy(line.1).into_owned();
        let end = text.chars().count() as i64;
        let location = Location { line: line.0, column: 0, end_line: line.0, end_column: end };
        return Err(SyntaxFault::at(
            FaultKind::Syntax,
            format!("encoding problem: {encoding} with BOM"),
            location,
            Some(text),
        ));
    }
    let text = match encoding.as_str() {
        "utf-8" => match std::str::from_utf8(body) {
            Ok(text) => Cow::Borrowed(text),
            Err(error) => return Err(not_utf8(body, error.valid_up_to(), origin)),
        },
        "iso-8859-1" => Cow::Owned(body.iter().map(|&byte| byte as char).collect()),
        "ascii" | "us-ascii" => match body.iter().position(|byte| !byte.is_ascii()) {
            None => Cow::Borrowed(std::str::from_utf8(body).unwrap_or_default()),
            Some(at) => {
                return Err(no_place(format!(
                    "'ascii' codec can't decode byte 0x{:02x} in position {at}: ordinal not in range(128)",
                    body[at]
                )));
            }
        },
        other => match codec(other, body) {
            Ok(text) => Cow::Owned(text),
            Err(CodecFailure::Unknown) => return Err(no_place(format!("unknown encoding: {other}"))),
            Err(CodecFailure::Failed(message)) => return Err(no_place(message)),
        },
    };
    Ok(universal_newlines(&text).into_owned())
}

/// The text of a `str` object given as generalized UTF-8 (lone surrogates as three bytes).
///
/// # Errors
/// `FaultKind::Encode` when it holds a surrogate: CPython cannot encode such a source.
pub fn text_of_str(generalized: &[u8]) -> Result<&str, SyntaxFault> {
    let error = match std::str::from_utf8(generalized) {
        Ok(text) => return Ok(text),
        Err(error) => error,
    };
    let valid = &generalized[..error.valid_up_to()];
    let start = crate::line_index::char_count(valid) as usize;
    let surrogates = generalized[valid.len()..]
        .chunks(3)
        .take_while(|unit| unit.len() == 3 && unit[0] == 0xED && unit[1] >= 0xA0)
        .count();
    let end = start + surrogates.max(1);
    Err(SyntaxFault::bare(FaultKind::Encode { start, end }, "surrogates not allowed"))
}

/// `\r\n` and `\r` become `\n`; borrows when there is nothing to do.
pub fn universal_newlines(text: &str) -> Cow<'_, str> {
    if memchr::memchr(b'\r', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\r', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        out.push('\n');
        rest = &rest[at + 1..];
        rest = rest.strip_prefix('\n').unwrap_or(rest);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The encoding named in the first two lines (PEP 263), as written.
///
/// The second line counts only if the first is blank or a comment.
pub fn cookie(bytes: &[u8]) -> Option<&str> {
    let mut rest = bytes;
    for _ in 0..2 {
        let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
        let line = &rest[..end];
        let body_start = line.iter().position(|byte| !matches!(byte, b' ' | b'\t' | 0x0C))?;
        if line[body_start] != b'#' {
            return None;
        }
        if let Some(name) = cookie_in_comment(&line[body_start..]) {
            return Some(name);
        }
        let skip = if rest[end..].starts_with(b"\r\n") { 2 } else { 1 };
        rest = rest.get(end + skip..)?;
    }
    None
}

/// `coding[:=]\s*([-\w.]+)` in one comment, anywhere after the `#`.
fn cookie_in_comment(comment: &[u8]) -> Option<&str> {
    let mut from = 0;
    while let Some(found) = find(&comment[from..], b"coding") {
        let after = from + found + 6;
        from = after;
        if !matches!(comment.get(after), Some(b':' | b'=')) {
            continue;
        }
        let mut start = after + 1;
        while matches!(comment.get(start), Some(b' ' | b'\t')) {
            start += 1;
        }
        let length = comment[start..]
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
            .count();
        if length > 0 {
            return std::str::from_utf8(&comment[start..start + length]).ok();
        }
    }
    None
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// `utf-8*` and the Latin-1 names get their one name, anything else stays as written.
fn normalise(name: &str) -> String {
    let lower: String = name
        .chars()
        .take(12)
        .map(|c| if c == '_' { '-' } else { c.to_ascii_lowercase() })
        .collect();
    if lower == "utf-8" || lower.starts_with("utf-8-") || lower == "utf8" {
        return "utf-8".to_owned();
    }
    for latin in ["latin-1", "iso-8859-1", "iso-latin-1"] {
        if lower == latin || lower.strip_prefix(latin).is_some_and(|rest| rest.starts_with('-')) {
            return "iso-8859-1".to_owned();
        }
    }
    if matches!(lower.as_str(), "ascii" | "us-ascii") {
        return lower;
    }
    name.to_owned()
}

fn first_cookie_line(body: &[u8]) -> (i64, &[u8]) {
    for (at, line) in body.split(|&byte| byte == b'\n').take(2).enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if cookie(line).is_some() {
            return (at as i64 + 1, line);
        }
    }
    (1, b"")
}

fn no_place(message: String) -> SyntaxFault {
    let location = Location { line: 0, column: -1, end_line: 0, end_column: -1 };
    SyntaxFault::at(FaultKind::Syntax, message, location, None)
}

fn null_bytes(bytes: &[u8], at: usize, origin: Origin<'_>) -> SyntaxFault {
    match origin {
        Origin::Object => SyntaxFault::bare(FaultKind::Syntax, "source code string cannot contain null bytes"),
        Origin::File(_) => {
            let start = bytes[..at].iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
            let line = bytes[..at].iter().filter(|&&byte| byte == b'\n').count() as i64 + 1;
            let text = String::from_utf8_lossy(&bytes[start..at]).into_owned();
            let end = text.chars().count() as i64;
            let location = Location { line, column: 0, end_line: line, end_column: end };
            SyntaxFault::at(FaultKind::Syntax, "source code cannot contain null bytes", location, Some(text))
        }
    }
}

fn not_utf8(body: &[u8], at: usize, origin: Origin<'_>) -> SyntaxFault {
    let line = body[..at].iter().filter(|&&byte| byte == b'\n').count() as i64 + 1;
    let start = body[..at].iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
    let end = body[at..].iter().position(|&byte| byte == b'\n').map_or(body.len(), |newline| at + newline);
    let text = String::from_utf8_lossy(&body[start..end]).into_owned();
    let column = i64::from(crate::line_index::char_count(&body[start..at])) + 1;
    let place = match origin {
        Origin::Object => String::new(),
        Origin::File(name) => format!(" in file {name}"),
    };
    let message = format!(
        "Non-UTF-8 code starting with '\\x{:02x}'{place} on line {line}, but no encoding declared; \
         see https://peps.python.org/pep-0263/ for details",
        body[at]
    );
    let location = Location { line, column, end_line: line, end_column: column };
    let mut fault = SyntaxFault::at(FaultKind::Syntax, message, location, Some(text));
    fault.omit_filename = matches!(origin, Origin::Object);
    fault
}

#[cfg(test)]
mod tests;
