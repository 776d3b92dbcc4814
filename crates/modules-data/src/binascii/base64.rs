//! Base64 with Python's leniency: characters outside the alphabet are skipped unless strict.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const VALUES: [u8; 256] = {
    let mut table = [255; 256];
    let mut i = 0;
    while i < 64 {
        table[ALPHABET[i] as usize] = i as u8;
        i += 1;
    }
    table
};

/// The text of bytes.
pub(super) fn encode(data: &[u8], newline: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len().div_ceil(3) * 4 + 1);
    let digit = |n: u32| ALPHABET[(n & 63) as usize];
    let mut chunks = data.chunks_exact(3);
    for c in &mut chunks {
        let n = u32::from(c[0]) << 16 | u32::from(c[1]) << 8 | u32::from(c[2]);
        out.extend_from_slice(&[digit(n >> 18), digit(n >> 12), digit(n >> 6), digit(n)]);
    }
    match *chunks.remainder() {
        [a] => {
            let n = u32::from(a) << 16;
            out.extend_from_slice(&[digit(n >> 18), digit(n >> 12), b'=', b'=']);
        }
        [a, b] => {
            let n = u32::from(a) << 16 | u32::from(b) << 8;
            out.extend_from_slice(&[digit(n >> 18), digit(n >> 12), digit(n >> 6), b'=']);
        }
        _ => {}
    }
    if newline {
        out.push(b'\n');
    }
    out
}

/// The bytes of a text; the error is the message of `binascii.Error`.
pub(super) fn decode(text: &[u8], strict: bool) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 3);
    // Digits of the unfinished group, and `=` seen behind them.
    let (mut digits, mut bits, mut pads) = (0u32, 0u32, 0u32);
    let mut padding_started = false;
    if strict && text.first() == Some(&b'=') {
        return Err("Leading padding not allowed".to_owned());
    }
    for (i, &c) in text.iter().enumerate() {
        if c == b'=' {
            padding_started = true;
            pads += 1;
            if digits >= 2 && digits + pads >= 4 {
                // The group is complete: lenient reading ends here.
                if strict && i + 1 < text.len() {
                    let why = if text[i + 1] == b'=' { "Excess padding not allowed" } else { "Excess data after padding" };
                    let why = if VALUES[text[i + 1] as usize] == 255 && text[i + 1] != b'=' {
                        "Only base64 data is allowed"
                    } else {
                        why
                    };
                    return Err(why.to_owned());
                }
                return Ok(out);
            }
            if strict && digits == 0 {
                return Err("Excess padding not allowed".to_owned());
            }
            continue;
        }
        let value = VALUES[c as usize];
        if value == 255 {
            if strict {
                return Err("Only base64 data is allowed".to_owned());
            }
            continue;
        }
        if strict && padding_started {
            let why = if digits == 1 {
                let n = out.len() / 3 * 4 + 1;
                format!("Invalid base64-encoded string: number of data characters ({n}) cannot be 1 more than a multiple of 4")
            } else {
                "Discontinuous padding not allowed".to_owned()
            };
            return Err(why);
        }
        pads = 0;
        bits = bits << 6 | u32::from(value);
        digits += 1;
        match digits {
            2 => out.push((bits >> 4) as u8),
            3 => out.push((bits >> 2) as u8),
            4 => {
                out.push(bits as u8);
                (digits, bits) = (0, 0);
            }
            _ => {}
        }
    }
    match digits {
        0 => Ok(out),
        1 => {
            let n = out.len() / 3 * 4 + 1;
            Err(format!("Invalid base64-encoded string: number of data characters ({n}) cannot be 1 more than a multiple of 4"))
        }
        _ => Err("Incorrect padding".to_owned()),
    }
}
