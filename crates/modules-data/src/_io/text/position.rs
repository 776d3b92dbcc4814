//! Positions in text: `tell` and `seek`.
//!
//! A position is where the buffer must stand, the state that the decoder must have there, how many
//! bytes to feed to it, and how many characters of what it gives then to skip. All five numbers are
//! packed into one int, so that for stateless stretches it is simply the byte position:
//!
//! | bits | meaning |
//! |---|---|
//! | 0..64 | byte position |
//! | 64..96 | decoder flags |
//! | 96..128 | bytes to feed |
//! | 128..160 | characters to skip |
//! | 160 | whether the decoder must be told the end |
//!
//! To tell a position inside a chunk, the decoder is fed the chunk again from the snapshot, byte by byte
//! near the place, and the last point before it at which it holds nothing back is taken.

use std::sync::atomic::Ordering::Relaxed;

use dashu_int::{IBig, UBig};
use orochi_objects::{Attached, PyResult, Value, int, protocol};

use super::super::buffered;
use super::super::file::plain_os_error;
use super::super::support::*;
use super::{Reading, body, open_buffer, position_value, write};

#[derive(Default, Debug)]
struct Cookie {
    at: i64,
    flags: u64,
    feed: usize,
    skip: usize,
    end: bool,
}

impl Cookie {
    fn pack(&self, t: Attached<'_>) -> Value {
        if self.flags == 0 && self.feed == 0 && self.skip == 0 && !self.end {
            return position_value(t, self.at);
        }
        let low = UBig::from(self.at.max(0) as u64);
        let middle = UBig::from(self.flags & 0xFFFF_FFFF | (self.feed as u64) << 32);
        let high = UBig::from(self.skip as u64 & 0xFFFF_FFFF | u64::from(self.end) << 32);
        int::from_big(t, IBig::from(low | (middle << 64) | (high << 128)))
    }
    fn unpack(t: Attached<'_>, v: &Value) -> PyResult<Cookie> {
        if let Some(at) = int::as_i64(v) {
            return if at < 0 {
                Err(t.value_error(format!("negative seek position {at}")))
            } else {
                Ok(Cookie { at, ..Cookie::default() })
            };
        }
        let big = int::as_big(v).unwrap_or_default();
        if big < IBig::ZERO {
            return Err(t.value_error(format!("negative seek position {}", protocol::display_repr(t, v))));
        }
        let word = |shift: usize| -> u64 {
            let part: IBig = (big.clone() >> shift) & IBig::from(u64::MAX);
            u64::try_from(&part).unwrap_or(0)
        };
        let (low, middle, high) = (word(0), word(64), word(128));
        let at = i64::try_from(low).map_err(|_| t.overflow_error("Python int too large to convert to C long"))?;
        Ok(Cookie {
            at,
            flags: middle & 0xFFFF_FFFF,
            feed: (middle >> 32) as usize,
            skip: (high & 0xFFFF_FFFF) as usize,
            end: high >> 32 & 1 != 0,
        })
    }
}

fn buffer_tell(t: Attached<'_>, buffer: &Value) -> PyResult<i64> {
    if buffered::is_ours(buffer) {
        return buffered::tell(t, buffer);
    }
    let at = call(t, buffer, &t.names().tell, &[])?;
    offset_arg(t, &at)
}

fn buffer_seek(t: Attached<'_>, buffer: &Value, at: i64, whence: i32) -> PyResult {
    call(t, buffer, &t.names().seek, &[int::new(t, at), Value::i32(whence)])
}

/// `tell()`.
pub fn tell(t: Attached<'_>, a: &[Value]) -> PyResult {
    let this = &a[0];
    let buffer = open_buffer(t, this)?;
    let f = body(this);
    if !f.seekable.load(Relaxed) {
        return Err(unsupported(t, "underlying stream is not seekable"));
    }
    if !f.telling.load(Relaxed) {
        return Err(plain_os_error(t, "telling position disabled by next() call"));
    }
    write::flush_pending(t, this, &buffer)?;
    call(t, this, &t.names().flush, &[])?;
    let at = buffer_tell(t, &buffer)?;
    let mut r = f.reading.enter(t, this)?;
    if !f.readable.load(Relaxed) || r.snapshot.is_none() {
        return Ok(position_value(t, at));
    }
    let python = f.decoder.load();
    let saved = r.decoder.state(t, &python)?;
    let seen = r.decoder.newlines.as_ref().map_or(0, |n| n.seen);
    let cookie = locate(t, &mut r, &python, at);
    let failed = match cookie {
        Ok(cookie) => Ok(cookie.pack(t)),
        Err(e) => Err(t.take_raised(e)),
    };
    let restored = r.decoder.set_state(t, &python, &saved.0, saved.1);
    if let Some(n) = &mut r.decoder.newlines {
        n.seen = seen;
    }
    match failed {
        Ok(v) => restored.map(|()| v),
        Err(e) => {
            if let Err(second) = restored {
                drop(t.take_raised(second));
            }
            Err(t.set_raised(e))
        }
    }
}

/// The position of the reader, whose buffer stands at `at`.
fn locate(t: Attached<'_>, r: &mut Reading, python: &Value, at: i64) -> PyResult<Cookie> {
    let Some((flags, input)) = r.snapshot.clone() else { return Ok(Cookie { at, ..Cookie::default() }) };
    let mut cookie = Cookie { at: at - input.len() as i64, flags, ..Cookie::default() };
    let mut wanted = r.text.slice_to(r.at).char_count();
    if wanted == 0 {
        return Ok(cookie);
    }
    // First guess: as many bytes as the characters took on average, rounded down; halved until the
    // decoder gives no more characters than wanted and holds nothing back.
    let mut skip_bytes = ((r.ratio * wanted as f64) as usize).min(input.len());
    let mut back = 1usize;
    let mut start = None;
    while skip_bytes > 0 {
        r.decoder.set_state(t, python, &[], flags)?;
        let n = r.decoder.decode(t, python, &input[..skip_bytes], false)?.char_count();
        if n <= wanted {
            let (held, now) = r.decoder.state(t, python)?;
            if held.is_empty() {
                start = Some((n, now));
                break;
            }
            // The decoder holds bytes back: the point before them is safe.
            skip_bytes = skip_bytes.saturating_sub(held.len().max(1));
            back = 1;
        } else {
            skip_bytes = skip_bytes.saturating_sub(back);
            back = back.saturating_mul(2);
        }
        t.safepoint()?;
    }
    match start {
        Some((n, now)) => {
            wanted -= n;
            cookie.at += skip_bytes as i64;
            cookie.flags = now;
        }
        None => {
            skip_bytes = 0;
            r.decoder.set_state(t, python, &[], flags)?;
        }
    }
    if wanted == 0 {
        return Ok(cookie);
    }
    // Then byte by byte, noting each point where nothing is held back.
    let (mut fed, mut given) = (0usize, 0usize);
    for at in skip_bytes..input.len() {
        fed += 1;
        given += r.decoder.decode(t, python, &input[at..=at], false)?.char_count();
        let (held, now) = r.decoder.state(t, python)?;
        if held.is_empty() && given <= wanted {
            cookie.at += fed as i64;
            wanted -= given;
            cookie.flags = now;
            (fed, given) = (0, 0);
        }
        if given >= wanted {
            break;
        }
        t.safepoint()?;
    }
    if given < wanted {
        given += r.decoder.decode(t, python, &[], true)?.char_count();
        cookie.end = true;
        if given < wanted {
            return Err(plain_os_error(t, "can't reconstruct logical file position"));
        }
    }
    cookie.feed = fed;
    cookie.skip = wanted;
    Ok(cookie)
}

/// `seek(cookie, whence=0)`.
pub fn seek(t: Attached<'_>, a: &[Value]) -> PyResult {
    let this = &a[0];
    let buffer = open_buffer(t, this)?;
    let whence = a[2].given().map_or(Ok(0), |v| protocol::expect_i64(t, v))?;
    let f = body(this);
    if !f.seekable.load(Relaxed) {
        return Err(unsupported(t, "underlying stream is not seekable"));
    }
    let n = t.names();
    let zero = protocol::equal(t, &a[1], &Value::i32(0))?;
    let target = match whence {
        0 => a[1].clone(),
        1 if !zero => return Err(unsupported(t, "can't do nonzero cur-relative seeks")),
        1 => call(t, this, &n.tell, &[])?,
        2 if !zero => return Err(unsupported(t, "can't do nonzero end-relative seeks")),
        2 => {
            call(t, this, &n.flush, &[])?;
            super::read::forget(t, this)?;
            let at = buffer_seek(t, &buffer, 0, 2)?;
            let start = protocol::equal(t, &at, &Value::i32(0))?;
            reset_encoder(t, this, start)?;
            return Ok(at);
        }
        _ => return Err(t.value_error(format!("invalid whence ({whence}, should be 0, 1 or 2)"))),
    };
    let target = protocol::as_index(t, &target)?;
    let cookie = Cookie::unpack(t, &target)?;
    call(t, this, &n.flush, &[])?;
    buffer_seek(t, &buffer, cookie.at, 0)?;
    super::read::forget(t, this)?;
    if f.readable.load(Relaxed) {
        let python = f.decoder.load();
        let mut r = f.reading.enter(t, this)?;
        if cookie.at != 0 || cookie.flags != 0 {
            r.decoder.set_state(t, &python, &[], cookie.flags)?;
        }
        if cookie.skip > 0 {
            let mut input = Vec::new();
            if buffered::is_ours(&buffer) {
                while input.len() < cookie.feed {
                    let missing = cookie.feed - input.len();
                    if buffered::read_chunk(t, &buffer, &mut input, missing)? == 0 {
                        break;
                    }
                }
            } else {
                let data = call(t, &buffer, &n.read, &[int::from_usize(t, cookie.feed)])?;
                input = orochi_objects::buffer::read_arg(t, &data, "")?.to_vec();
            }
            let text = r.decoder.decode(t, &python, &input, cookie.end)?;
            r.snapshot = Some((cookie.flags, input));
            let Some(at) = text.byte_offset(cookie.skip) else {
                return Err(plain_os_error(t, "can't restore logical file position"));
            };
            r.text = text;
            r.at = at;
            f.was_read.store(true, Relaxed);
        } else {
            r.snapshot = Some((cookie.flags, Vec::new()));
        }
    }
    reset_encoder(t, this, cookie.at == 0 && cookie.flags == 0)?;
    Ok(target)
}

/// Tells the Python encoder whether the file is at its beginning (where a mark may belong).
fn reset_encoder(t: Attached<'_>, this: &Value, start: bool) -> PyResult<()> {
    let encoder = body(this).encoder.load();
    if encoder.is_none() || encoder.is_unbound() {
        return Ok(());
    }
    if start {
        call(t, &encoder, &t.names().reset, &[])?;
    } else {
        call(t, &encoder, &t.names().setstate, &[Value::i32(0)])?;
    }
    Ok(())
}
