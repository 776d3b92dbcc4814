//! The reading half: chunks from the buffer, decoded; lines and pieces given out of them.

use std::sync::atomic::Ordering::Relaxed;

use orochi_objects::spec::native_body;
use orochi_objects::{Attached, PyResult, Value, buffer as memory, int, protocol, str, type_};
use orochi_text::wtf8::Wtf8Buf;

use super::super::exclusive::Session;
use super::super::support::*;
use super::super::buffered;
use super::{Newline, PyText, Reading, body, open_buffer, write};

/// Forgets what was read ahead: something was written, or the position changes.
pub fn forget(t: Attached<'_>, this: &Value) -> PyResult<()> {
    let f = body(this);
    let python = f.decoder.load();
    let Some(mut r) = f.reading.try_enter(t) else { return Ok(()) };
    r.forget_text();
    r.snapshot = None;
    f.was_read.store(false, Relaxed);
    if f.readable.load(Relaxed) {
        r.decoder.reset(t, &python)?;
    }
    Ok(())
}

/// Reads and decodes the next chunk; false at the end. `hint` is the number of characters wanted.
pub fn read_chunk(
    t: Attached<'_>,
    this: &Value,
    buffer: &Value,
    r: &mut Session<'_, Reading>,
    hint: usize,
) -> PyResult<bool> {
    let f = body(this);
    if !f.readable.load(Relaxed) {
        return Err(unsupported(t, "not readable"));
    }
    let python = f.decoder.load();
    let telling = f.telling.load(Relaxed);
    let before = if telling { Some(r.decoder.state(t, &python)?) } else { None };
    let wanted = (hint as f64 * r.ratio.max(1.0)) as usize;
    let size = f.chunk.load(Relaxed).max(if hint > 0 { wanted.min(1 << 24) } else { 0 });
    let mut input = Vec::new();
    if buffered::is_ours(buffer) {
        buffered::read_chunk(t, buffer, &mut input, size)?;
    } else {
        let one = f.has_read1.load(Relaxed);
        let name = if one { &t.names().read1 } else { &t.names().read };
        let data = call(t, buffer, name, &[int::from_usize(t, size)])?;
        if !memory::is_exporter(t, &data) {
            return Err(t.type_error(format!(
                "underlying {}() should have returned a bytes-like object, not '{}'",
                if one { "read1" } else { "read" },
                type_::type_name(t, &data)
            )));
        }
        input = memory::read_arg(t, &data, "")?.to_vec();
    }
    let end = input.is_empty();
    let text = r.decoder.decode(t, &python, &input, end)?;
    let chars = text.char_count();
    r.ratio = if chars > 0 { input.len() as f64 / chars as f64 } else { 0.0 };
    let more = !text.is_empty() || !end;
    r.text = text;
    r.at = 0;
    f.was_read.store(true, Relaxed);
    if let Some((mut held, flags)) = before {
        held.extend_from_slice(&input);
        r.snapshot = Some((flags, held));
    }
    Ok(more)
}

/// What must hold before anything is read: the file is open, and what was written is out.
fn begin(t: Attached<'_>, this: &Value) -> PyResult {
    let buffer = open_buffer(t, this)?;
    if body(this).writable.load(Relaxed) {
        write::flush_pending(t, this, &buffer)?;
    }
    Ok(buffer)
}

/// One line; empty at the end. `limit` counts characters.
pub fn line(t: Attached<'_>, this: &Value, limit: Option<usize>) -> PyResult {
    let buffer = begin(t, this)?;
    let f = body(this);
    let newline = f.newline();
    if limit.is_none() {
        let quick = f.reading.quick(|r| {
            let end = newline.line_end(r.text.as_bytes(), r.at)?;
            if end - r.at > buffered::LONG || (newline == Newline::CrLf && end < r.at + 2) {
                return None;
            }
            let line = str::from_wtf8(t, r.text.slice(r.at..end));
            r.at = end;
            Some(line)
        });
        if let Some(line) = quick {
            return Ok(line);
        }
    }
    let mut r = f.reading.enter(t, this)?;
    let mut line = Wtf8Buf::new();
    let mut left = limit;
    loop {
        // A line end that lies across two chunks.
        if newline == Newline::CrLf
            && line.as_bytes().last() == Some(&b'\r')
            && r.rest().as_bytes().first() == Some(&b'\n')
            && left != Some(0)
        {
            line.push_ascii(b'\n');
            r.at += 1;
            break;
        }
        let rest = r.rest();
        let window = match left {
            Some(left) => rest.slice_to(rest.byte_offset(left).unwrap_or(rest.len())),
            None => rest,
        };
        let end = newline.line_end(window.as_bytes(), 0);
        let taken = window.slice_to(end.unwrap_or(window.len()));
        let n = taken.len();
        line.try_reserve(n).map_err(|_| t.memory_error())?;
        line.push_wtf8(taken);
        left = left.map(|left| left - taken.char_count());
        r.at += n;
        if end.is_some() || left == Some(0) || !read_chunk(t, this, &buffer, &mut r, 0)? {
            break;
        }
        t.safepoint()?;
    }
    str::try_from_wtf8(t, &line)
}

/// `readline(size=-1)`.
pub fn readline(t: Attached<'_>, a: &[Value]) -> PyResult {
    let limit = a[1].given().map_or(Ok(-1), |v| protocol::as_size(t, v))?;
    line(t, &a[0], usize::try_from(limit).ok())
}

/// `next(file)`.
pub fn next_line(t: Attached<'_>, this: &Value) -> PyResult<Option<Value>> {
    let f = body(this);
    f.telling.store(false, Relaxed);
    if native_body::<PyText>(this).is_none() {
        let line = call(t, this, &t.names().readline, &[])?;
        if !str::is_str(&line) {
            return Err(super::super::file::plain_os_error(
                t,
                &format!("readline() should have returned a str object, not '{}'", type_::type_name(t, &line)),
            ));
        }
        return end_of_lines(t, this, line);
    }
    let line = line(t, this, None)?;
    end_of_lines(t, this, line)
}

fn end_of_lines(t: Attached<'_>, this: &Value, line: Value) -> PyResult<Option<Value>> {
    if str::as_str(&line).is_some_and(|s| !s.bytes().is_empty()) {
        return Ok(Some(line));
    }
    let f = body(this);
    if let Some(mut r) = f.reading.try_enter(t) {
        r.snapshot = None;
    }
    f.telling.store(f.seekable.load(Relaxed), Relaxed);
    Ok(None)
}

/// `read(size=-1)`.
pub fn read(t: Attached<'_>, a: &[Value]) -> PyResult {
    let size = size_arg(t, &a[1])?;
    let this = &a[0];
    let buffer = open_buffer(t, this)?;
    let f = body(this);
    if !f.readable.load(Relaxed) {
        return Err(unsupported(t, "not readable"));
    }
    if f.writable.load(Relaxed) {
        write::flush_pending(t, this, &buffer)?;
    }
    let mut r = f.reading.enter(t, this)?;
    let Ok(size) = usize::try_from(size) else { return read_all(t, this, &buffer, &mut r) };
    let mut out = Wtf8Buf::new();
    let mut left = size;
    loop {
        let rest = r.rest();
        let piece = rest.slice_to(rest.byte_offset(left).unwrap_or(rest.len()));
        let (n, chars) = (piece.len(), piece.char_count());
        out.try_reserve(n).map_err(|_| t.memory_error())?;
        out.push_wtf8(piece);
        r.at += n;
        left -= chars;
        if left == 0 || !read_chunk(t, this, &buffer, &mut r, left)? {
            return str::try_from_wtf8(t, &out);
        }
        t.safepoint()?;
    }
}

fn read_all(t: Attached<'_>, this: &Value, buffer: &Value, r: &mut Session<'_, Reading>) -> PyResult {
    let python = body(this).decoder.load();
    let mut input = Vec::new();
    if buffered::is_ours(buffer) {
        buffered::read_rest(t, buffer, &mut input)?;
    } else {
        let data = call(t, buffer, &t.names().read, &[])?;
        input = match orochi_objects::bytes::as_bytes(&data) {
            Some(b) => b.to_vec(),
            None => memory::read_arg(t, &data, "")?.to_vec(),
        };
    }
    let text = r.decoder.decode(t, &python, &input, true)?;
    let result = if r.rest().is_empty() {
        str::try_from_wtf8(t, &text)?
    } else {
        let mut all: Wtf8Buf = r.rest().into();
        all.try_reserve(text.len()).map_err(|_| t.memory_error())?;
        all.push_wtf8(&text);
        str::try_from_wtf8(t, &all)?
    };
    r.forget_text();
    r.snapshot = None;
    Ok(result)
}
