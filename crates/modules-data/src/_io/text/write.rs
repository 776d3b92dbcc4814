//! The writing half: encoding into `pending`, and giving that to the buffer.

use std::sync::atomic::Ordering::Relaxed;

use orochi_objects::{Attached, PyResult, Value, bytes, int, str, type_};

use super::super::buffered;
use super::super::coder::NativeCodec;
use super::super::support::*;
use super::{body, open_buffer};

/// `write(text)`: gives the number of characters.
pub fn write(t: Attached<'_>, a: &[Value]) -> PyResult {
    let this = &a[0];
    let Some(s) = str::as_str(&a[1]) else {
        super::buffer(t, this)?;
        return Err(t.type_error(format!("write() argument must be str, not {}", type_::type_name(t, &a[1]))));
    };
    let buffer = open_buffer(t, this)?;
    let f = body(this);
    if !f.writable.load(Relaxed) {
        return Err(unsupported(t, "not writable"));
    }
    let text = s.bytes();
    let line_buffering = f.line_buffering.load(Relaxed);
    let write_through = f.write_through.load(Relaxed);
    let translated = f.newline().written();
    let has_newline = (line_buffering || translated.is_some()) && memchr::memchr(b'\n', text).is_some();
    let flush = line_buffering && (has_newline || memchr::memchr(b'\r', text).is_some());
    let chunk = f.chunk.load(Relaxed);
    let mut full = None;
    if translated.is_none() || !has_newline {
        let mut w = f.writing.lock();
        let plain = match &w.native {
            Some(_) if s.is_ascii() => true,
            Some(n) => n.codec == NativeCodec::Utf8 && s.wtf8().first_surrogate().is_none(),
            None => false,
        };
        if plain && w.pending.try_reserve(text.len()).is_ok() {
            w.pending.extend_from_slice(text);
            full = Some(w.pending.len() >= chunk);
        }
    }
    let full = match full {
        Some(full) => full,
        None => {
            let encoded = encode(t, this, &a[1], if has_newline { translated } else { None })?;
            let mut w = f.writing.lock();
            let room = w.pending.try_reserve(encoded.len()).is_ok();
            if room {
                w.pending.extend_from_slice(&encoded);
            }
            let len = w.pending.len();
            drop(w);
            if !room {
                return Err(t.memory_error());
            }
            len >= chunk
        }
    };
    if full || flush || write_through {
        flush_pending(t, this, &buffer)?;
    }
    if flush {
        flush_buffer(t, &buffer)?;
    }
    if f.was_read.load(Relaxed) {
        super::read::forget(t, this)?;
    }
    Ok(int::from_usize(t, s.char_len()))
}

fn encode(t: Attached<'_>, this: &Value, object: &Value, newline: Option<&'static [u8]>) -> PyResult<Vec<u8>> {
    let f = body(this);
    let replaced;
    let object = match (newline, str::as_str(object)) {
        (Some(newline), Some(s)) => {
            let mut out = orochi_text::wtf8::Wtf8Buf::with_capacity(s.bytes().len() + 16);
            let mut from = 0;
            for at in memchr::memchr_iter(b'\n', s.bytes()) {
                out.push_wtf8(s.wtf8().slice(from..at));
                newline.iter().for_each(|&b| out.push_ascii(b));
                from = at + 1;
            }
            out.push_wtf8(s.wtf8().slice_from(from));
            replaced = str::try_from_wtf8(t, &out)?;
            &replaced
        }
        _ => object,
    };
    let native = f.writing.lock().native.clone();
    match (native, str::as_str(object)) {
        (Some(mut native), Some(s)) => native.encode(t, object, s.wtf8()),
        _ => {
            let encoder = f.encoder.load();
            let data = call(t, &encoder, &t.names().encode, std::slice::from_ref(object))?;
            match bytes::as_bytes(&data) {
                Some(b) => Ok(b.to_vec()),
                None => Err(t.type_error(format!(
                    "encoder should return a bytes object, not '{}'",
                    type_::type_name(t, &data)
                ))),
            }
        }
    }
}

/// Gives what is pending to the buffer.
pub fn flush_pending(t: Attached<'_>, this: &Value, buffer: &Value) -> PyResult<()> {
    let f = body(this);
    if f.writing.lock().pending.is_empty() {
        return Ok(());
    }
    // A thread that comes back here from within (a signal handler that prints) goes ahead.
    let _in_order = f.flushing.try_enter(t);
    let pending = std::mem::take(&mut f.writing.lock().pending);
    if pending.is_empty() {
        return Ok(());
    }
    if buffered::is_ours(buffer) {
        buffered::write_bytes(t, buffer, &pending)?;
    } else {
        let data = bytes::try_new(t, &pending)?;
        call(t, buffer, &t.names().write, &[data])?;
    }
    let mut w = f.writing.lock();
    if w.pending.capacity() == 0 && pending.capacity() <= 64 * 1024 {
        let mut room = pending;
        room.clear();
        w.pending = room;
    }
    Ok(())
}

/// `buffer.flush()`.
pub fn flush_buffer(t: Attached<'_>, buffer: &Value) -> PyResult<()> {
    if buffered::is_ours(buffer) {
        return buffered::flush_any(t, buffer);
    }
    call(t, buffer, &t.names().flush, &[]).map(drop)
}
