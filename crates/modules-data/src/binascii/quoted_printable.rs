//! Quoted-printable, as mail uses it (RFC 2045), with the header variant (`_` for space).

fn hex(c: u8) -> Option<u8> {
    (c as char).to_digit(16).map(|d| d as u8)
}

/// The bytes of a text. What is no escape stays as it is.
pub(super) fn decode(text: &[u8], header: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut i = 0;
    while i < text.len() {
        match text[i] {
            b'=' => {
                i += 1;
                match (text.get(i), text.get(i + 1)) {
                    (None, _) => break,
                    (Some(b'\n' | b'\r'), _) => {
                        // A soft line end: nothing up to and with the line feed.
                        while i < text.len() && text[i] != b'\n' {
                            i += 1;
                        }
                        i += 1;
                    }
                    (Some(b'='), _) => {
                        out.push(b'=');
                        i += 1;
                    }
                    (Some(&a), Some(&b)) => match (hex(a), hex(b)) {
                        (Some(high), Some(low)) => {
                            out.push(high << 4 | low);
                            i += 2;
                        }
                        _ => out.push(b'='),
                    },
                    (Some(_), None) => out.push(b'='),
                }
            }
            b'_' if header => {
                out.push(b' ');
                i += 1;
            }
            c => {
                out.push(c);
                i += 1;
            }
        }
    }
    out
}

/// Longest line.
const LINE: usize = 76;

/// The text of bytes. `tabs`: escape inner white space too; `text`: line ends stay line ends.
pub(super) fn encode(data: &[u8], tabs: bool, text: bool, header: bool) -> Vec<u8> {
    let crlf = data.iter().position(|&b| b == b'\n').is_some_and(|i| i > 0 && data[i - 1] == b'\r');
    let line_end: &[u8] = if crlf { b"\r\n" } else { b"\n" };
    let mut out = Vec::with_capacity(data.len() + data.len() / 8);
    let mut column = 0;
    let soft = |out: &mut Vec<u8>, column: &mut usize| {
        out.push(b'=');
        out.extend_from_slice(line_end);
        *column = 0;
    };
    let escape = |out: &mut Vec<u8>, b: u8| {
        const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
        out.extend_from_slice(&[b'=', DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]]);
    };
    let mut i = 0;
    while i < data.len() {
        let b = data[i];
        let next = data.get(i + 1).copied();
        let line_break = text && (b == b'\n' || b == b'\r' && next == Some(b'\n'));
        if line_break {
            // White space before a line end must not stay as it is.
            if let Some(&last @ (b' ' | b'\t')) = out.last() {
                out.pop();
                escape(&mut out, last);
            }
            out.extend_from_slice(line_end);
            i += if b == b'\r' { 2 } else { 1 };
            column = 0;
            continue;
        }
        let lone_dot = b == b'.' && column == 0 && matches!(next, None | Some(b'\n' | b'\r' | 0));
        let escaped = b > 126
            || b == b'='
            || header && b == b'_'
            || lone_dot
            || !text && (b == b'\r' || b == b'\n')
            || (b == b'\t' || b == b' ') && next.is_none()
            || b < 33 && !matches!(b, b'\r' | b'\n' | b'\t' | b' ')
            || b < 33 && b != b'\r' && b != b'\n' && (tabs || header && b != b' ' && b != b'\t');
        let escaped = escaped || tabs && matches!(b, b' ' | b'\t') && !header;
        let escaped = escaped && !(header && b == b' ' && next.is_some());
        if escaped {
            if column + 3 >= LINE {
                soft(&mut out, &mut column);
            }
            escape(&mut out, b);
            column += 3;
        } else {
            if column + 1 >= LINE && next.is_some_and(|n| n != b'\n') {
                soft(&mut out, &mut column);
            }
            out.push(if header && b == b' ' { b'_' } else { b });
            column += 1;
        }
        i += 1;
    }
    out
}
