//! UTF-8. Valid input costs one check (the standard library's, which is vectorised for ASCII) and one copy.

use super::{Decoded, ErrorHandler, Replacement, decode_error, encode_error};
use crate::wtf8::{Wtf8, Wtf8Buf};

const NAME: &str = "utf-8";

/// Bytes to text. What is wrong is reported in maximal prefixes of valid sequences, as Unicode recommends.
pub fn utf8_decode<H: ErrorHandler + ?Sized>(
    input: &[u8],
    finished: bool,
    handler: &mut H,
) -> Result<Decoded, H::Error> {
    let mut out = Wtf8Buf::new();
    let mut at = 0;
    loop {
        let (valid, error_len) = match std::str::from_utf8(&input[at..]) {
            Ok(text) => {
                if at == 0 {
                    return Ok(Decoded {
                        text: text.into(),
                        consumed: input.len(),
                    });
                }
                out.push_str(text);
                return Ok(Decoded {
                    text: out,
                    consumed: input.len(),
                });
            }
            Err(e) => (e.valid_up_to(), e.error_len()),
        };
        // SAFETY: `from_utf8` says that this much is UTF-8.
        unsafe { out.push_bytes_unchecked(&input[at..at + valid]) };
        at += valid;
        let rest = &input[at..];
        let (end, reason) = match error_len {
            None if !finished => {
                return Ok(Decoded {
                    text: out,
                    consumed: at,
                });
            }
            None => (input.len(), "unexpected end of data"),
            // The third byte, yet to come, may make this a surrogate, which `surrogatepass` takes.
            Some(_) if !finished && matches!(rest, [0xED, 0xA0..=0xBF]) => {
                return Ok(Decoded {
                    text: out,
                    consumed: at,
                });
            }
            Some(len) if matches!(rest[0], 0xC2..=0xF4) => (at + len, "invalid continuation byte"),
            Some(len) => (at + len, "invalid start byte"),
        };
        at = decode_error(handler, NAME, input, (at, end), reason, &mut out)?;
    }
}

/// Text to bytes. Only surrogates have no form; a run of them is one error.
pub fn utf8_encode<H: ErrorHandler + ?Sized>(
    input: &Wtf8,
    handler: &mut H,
) -> Result<Vec<u8>, H::Error> {
    const REASON: &str = "surrogates not allowed";
    let mut out = Vec::with_capacity(input.len());
    let mut rest = input;
    while let Some(plain) = rest.first_surrogate() {
        out.extend_from_slice(&rest.as_bytes()[..plain]);
        let start = input.len() - rest.len() + plain;
        let run: usize = input
            .slice_from(start)
            .chars()
            .take_while(|c| c.is_surrogate())
            .map(|c| c.len())
            .sum();
        let span = (start, start + run);
        let (replacement, resume) = encode_error(handler, NAME, input, span, REASON)?;
        match replacement {
            Replacement::Bytes(bytes) => out.extend_from_slice(&bytes),
            Replacement::Text(text) if text.is_ascii() => out.extend_from_slice(text.as_bytes()),
            Replacement::Text(_) => {
                return Err(handler.unencodable(NAME, input, span.0, span.1, REASON));
            }
        }
        rest = input.slice_from(resume);
    }
    out.extend_from_slice(rest.as_bytes());
    Ok(out)
}
