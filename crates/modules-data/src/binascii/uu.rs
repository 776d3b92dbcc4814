//! Uuencoded lines: a length, then six bits a character from space (or backtick) on.

/// One line, with its line end. At most 45 bytes.
pub(super) fn encode(data: &[u8], backtick: bool) -> Vec<u8> {
    let digit = |n: u32| match (n & 63) as u8 {
        0 if backtick => b'`',
        n => n + b' ',
    };
    let mut out = vec![digit(data.len() as u32)];
    for c in data.chunks(3) {
        let byte = |i: usize| u32::from(c.get(i).copied().unwrap_or(0));
        let n = byte(0) << 16 | byte(1) << 8 | byte(2);
        out.extend_from_slice(&[digit(n >> 18), digit(n >> 12), digit(n >> 6), digit(n)]);
    }
    out.push(b'\n');
    out
}

/// The bytes of a line; the error is the message of `binascii.Error`. Digits that are missing at the
/// end count as zero, since mailers cut off spaces.
pub(super) fn decode(text: &[u8]) -> Result<Vec<u8>, &'static str> {
    let Some((&first, rest)) = text.split_first() else {
        // CPython reads the terminator of an empty line as a length of 32.
        return Ok(vec![0; 32]);
    };
    let wanted = usize::from(first.wrapping_sub(b' ') & 63);
    let mut out = Vec::with_capacity(wanted);
    let mut digits = rest.iter().copied();
    let (mut bits, mut count) = (0u32, 0);
    while out.len() < wanted {
        let value = match digits.next() {
            None | Some(b'\n' | b'\r') => 0,
            Some(c @ b' '..=b'`') => u32::from(c - b' ') & 63,
            Some(_) => return Err("Illegal char"),
        };
        bits = bits << 6 | value;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    // One character of padding may follow.
    for c in digits {
        if !matches!(c, b' ' | b'`' | b'\n' | b'\r') {
            return Err("Trailing garbage");
        }
    }
    Ok(out)
}
